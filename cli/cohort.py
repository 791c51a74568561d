"""`mtb-match cohort`: every patient of a study, a registry or a folder."""

import atexit
import gc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from cli.asking import (
    AsOf,
    AssayOption,
    BuildOption,
    Jurisdiction,
    KbOption,
    Strict,
    TumorType,
    day,
    default_jurisdiction,
    one_of,
    rule_set,
)
from cli.curated import CurationFile, Include, curated
from cli.rule_files import RulesOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.cohort_told import Bar
    from kb.graph import KnowledgeBase
    from matcher.case import Request
    from matcher.cohort.output import Target
    from matcher.cohort.run import Finished
    from rules.language import RuleSet

ENGINES = ("sql", "spark")
SOME_UNREADABLE = 3
"""The exit code of a run that finished, though some patients could not be read."""
INTERRUPTED = 130

Inputs = Annotated[
    list[Path],
    typer.Argument(
        metavar="INPUT...",
        help="A cBioPortal study folder, a MAF of many samples, a folder of MAFs with clinical tables, "
        "or a folder of patient files; several may be named.",
    ),
]
OutFile = Annotated[
    Path,
    typer.Option(
        "--out",
        help="The file of the recommendations: X.parquet, X.tsv or X.jsonl (the texts also .gz). Beside it X.patients, "
        "X.avoided, X.notes, X.blocks, and X.json, which says what they were made from.",
    ),
]
Clinical = Annotated[
    Path | None, typer.Option("--clinical", help="The clinical table of a MAF: tumor types by sample.")
]
FormOption = Annotated[
    str | None, typer.Option("--format", help="parquet, tsv or jsonl, where the name of --out does not say it.")
]
Summary = Annotated[Path | None, typer.Option("--summary", help="Also write a page with figures to this HTML file.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        help="An older graph, or the output of an earlier run: match only who can change since, and tell what did.",
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew where an interrupted run left pieces.")]


def cohort(
    inputs: Inputs,
    *,
    out: OutFile,
    clinical: Clinical = None,
    summary: Summary = None,
    since: Since = None,
    form: FormOption = None,
    fresh: Fresh = False,
    tumor_type: TumorType = None,
    jurisdiction: Jurisdiction = None,
    assay: AssayOption = None,
    as_of: AsOf = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: Annotated[str, typer.Option("--engine", help="sql (DuckDB, here) or spark (a cluster).")] = "sql",
    strict: Strict = False,
    build: BuildOption = None,
    curation: CurationFile = None,
    include: Include = None,
) -> None:
    """Recommend for every patient of a study, a registry or a folder.

    An interrupted run goes on when the same command is given again. Exit codes: 0 done; 1 nothing could be matched;
    2 wrong usage; 3 done, but some patients could not be read; 130 interrupted.
    """
    from matcher.case import Request

    atexit.unregister(gc.freeze)  # what DuckDB made must be freed at the end: else it warns of leaks
    one_of(engine, ENGINES, "--engine")
    aim = _aim(out, form, [*inputs, *([clinical] if clinical is not None else [])], summary)
    default = default_jurisdiction() if jurisdiction is None else None
    request = Request(inputs[0], day(as_of), tumor_type, jurisdiction, default, assay, None, strict, build)
    known, ruled = curated(curation, include, as_of).knowledge(kb), rule_set(rules)
    finished = _finished(_Asked(inputs, clinical, request, known, ruled, engine, since, include), aim, fresh)
    if summary is not None:
        from matcher.cohort.summary import write  # type: ignore[import-untyped, import-not-found, unused-ignore]

        write(out, summary)
        print(f"page: {summary}")
    if finished.counts["unreadable"]:
        raise typer.Exit(SOME_UNREADABLE)


class _Asked(NamedTuple):
    """A question about a cohort: who, and what they are matched with."""

    inputs: "Sequence[Path]"
    clinical: Path | None
    request: "Request"
    knowledge: "KnowledgeBase"
    rules: "RuleSet"
    engine: str
    since: str | None
    include: str | None

    @property
    def about(self) -> dict[str, Any]:
        """What the answers are made from, as the manifest tells it."""
        asked = self.request
        options = {
            "tumor_type": asked.tumor_type,
            "jurisdiction": asked.jurisdiction or asked.default_jurisdiction,
            "assay": _assay(asked.assay),
            "build": asked.build,
            "strict": asked.strict,
            "include": self.include,
            "since": self.since,
            "engine": self.engine,
        }
        return {
            "kb": {"release": self.knowledge.release, "digest": self.knowledge.digest},
            "rules": {"digest": self.rules.digest},
            "as_of": asked.as_of,
            "options": {name: value for name, value in options.items() if value not in (None, False)},
            "inputs": {"paths": [str(path) for path in self.inputs], "clinical": str(self.clinical or "") or None},
        }


def _assay(name: str | None) -> str | None:
    """The assay as it is told: a file with the digest of what it says, since answers follow from that."""
    if name is None or not Path(name).is_file():
        return name
    from hashlib import sha256

    return f"{name} sha256:{sha256(Path(name).read_bytes()).hexdigest()}"


def _aim(out: Path, form: str | None, read: "Sequence[Path]", summary: Path | None) -> "Target":
    """Where to write; UnusableInput for a place where it cannot stand, before anything is matched."""
    from matcher.cohort.output import FORMS, target
    from matcher.notes import UnusableInput

    aim = target(out, one_of(form, FORMS, "--format") if form is not None else None)
    for path in (out, *([summary] if summary is not None else [])):
        folder = path.absolute().parent
        if not folder.is_dir():
            raise UnusableInput(str(path), "its folder is not there", "make the folder, or choose another")
        for each in read:
            if each.resolve() in (path.resolve(), *path.resolve().parents):
                raise UnusableInput(str(path), f"lies in what is read ({each})", "choose a place outside of it")
    return aim


def _finished(asked: _Asked, aim: "Target", fresh: bool) -> "Finished":
    """The run, done and told; UnusableInput where nobody could be matched, typer.Exit where it was interrupted."""
    from cli.cohort_told import Bar, interruptible, refused, stopped, told

    bar = Bar()
    try:
        with interruptible(), bar:
            finished = _run(asked, aim, fresh, bar)
    except KeyboardInterrupt:
        stopped(aim.out, bar.kept)
        raise typer.Exit(INTERRUPTED) from None
    if not finished.files:
        raise refused(asked.inputs, finished)
    told(finished, bar.seconds)
    return finished


def _many(engine: str) -> Any:
    """What makes the evaluator of many patients; None for the usual one."""
    if engine == "sql":
        return None
    from rules.spark_engine import SparkCohort  # type: ignore[import-untyped, import-not-found, unused-ignore]

    return SparkCohort


def _run(asked: _Asked, aim: "Target", fresh: bool, watcher: "Bar") -> "Finished":
    from matcher.cohort.intake import intake as intake_of  # type: ignore[import-untyped, import-not-found, unused-ignore]
    from matcher.cohort.matching import Matching
    from matcher.cohort.run import run

    intake = intake_of(asked.inputs, asked.request, asked.knowledge, asked.clinical)
    matching: Any = Matching(asked.knowledge, asked.rules, _many(asked.engine))
    gone = None
    if asked.since is not None:
        from matcher.cohort.since import rematched  # type: ignore[import-untyped, import-not-found, unused-ignore]

        matching = rematched(asked.since, matching, intake, asked.request)
        gone = matching.gone
    with closing(matching):
        return run(intake, matching, aim.out, aim.form, progress=watcher, fresh=fresh, about=asked.about, gone=gone)
