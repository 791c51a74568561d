"""`mtb-match cohort`: every patient of a study, a registry or a folder."""

import atexit
import gc
import os
from contextlib import ExitStack, closing
from functools import partial
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
    usage,
)
from cli.curated import Curated, CurationFile, Include, curated
from cli.rule_files import RulesOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cli.cohort_told import Bar
    from kb.graph import KnowledgeBase
    from matcher.case import Request
    from matcher.cohort.matching import Matching
    from matcher.cohort.output import Target
    from matcher.cohort.processes import Processes
    from matcher.cohort.run import Finished
    from matcher.cohort.spark import SparkMatching
    from matcher.cohort.subject import Intake
    from matcher.cohort.workers import Workers
    from rules.language import RuleSet

ENGINES = ("sql", "spark")
SOME_UNREADABLE = 3
"""The exit code of a run that finished, though some patients could not be read."""
INTERRUPTED = 130
LEAST_PIECE = 250
"""A piece of fewer patients costs more than a process for it gains."""
WORKER_MEMORY = "300MB"
"""What the rules of one process hold in memory; more goes to temporary files."""
MANY_BYTES = 16 << 20
"""Inputs of so many bytes are of many patients, most likely: processes begin before these are counted."""
MOST_WORKERS = 4
"""So many processes answer where nobody says how many: each wants memory of its own."""
SPARK_PIECE = 50_000
"""So many patients make a piece on a cluster, which divides it among its executors."""

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
PAGES = (".html", ".htm")
"""The endings of the file of --summary."""
Summary = Annotated[Path | None, typer.Option("--summary", help="Also write a page with figures to this HTML file.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        help="An older graph, or the output of an earlier run: match only who can change since, and tell what did.",
    ),
]
Changes = Annotated[
    bool,
    typer.Option(
        "--changes/--no-changes",
        help="For the page of --summary: match again under the other jurisdictions, and with the tests that keep most "
        "options back, and tell what that would change.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="So many processes answer; as many as there are cores, up to 4, by default."),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew where an interrupted run left pieces.")]


def cohort(
    inputs: Inputs,
    *,
    out: OutFile,
    clinical: Clinical = None,
    summary: Summary = None,
    changes: Changes = True,
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
    workers: WorkersOption = None,
    strict: Strict = False,
    build: BuildOption = None,
    curation: CurationFile = None,
    include: Include = None,
) -> None:
    """Recommend for every patient of a study, a registry or a folder.

    An interrupted run goes on when the same command is given again. Exit codes: 0 done; 1 nothing could be matched, or
    a file is to be mended; 2 wrong usage; 3 done, but some patients could not be read; 130 interrupted.
    """
    from matcher.case import JURISDICTIONS, Request

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy multiplies no matrices here: more threads would wait
    gc.disable()  # patients come and go without cycles; a search for some takes a fifth of the time
    atexit.unregister(gc.freeze)  # what DuckDB made must be freed at the end: else it warns of leaks
    one_of(engine, ENGINES, "--engine")
    if jurisdiction is not None:
        one_of(jurisdiction.upper(), JURISDICTIONS, "--jurisdiction")
    aim = _aim(out, form, [*inputs, *([clinical] if clinical is not None else [])], summary)
    default = default_jurisdiction() if jurisdiction is None else None
    request = Request(inputs[0], day(as_of), tumor_type, jurisdiction, default, assay, None, strict, build)
    counted = curated(curation, include, as_of)
    _check_words(request)
    processes = _processes(partial(_opened, counted, kb, rules or ()), workers)
    with closing(processes):
        if engine == "sql" and since is None and _size(inputs) >= MANY_BYTES:
            processes.begin(early=True)  # they open graph and rules while this one does
        known, ruled = counted.knowledge(kb), rule_set(rules)
        _check_tumor_type(tumor_type, known)
        asked = _Asked(
            inputs=inputs,
            clinical=clinical,
            request=request,
            knowledge=known,
            rules=ruled,
            engine=engine,
            since=since,
            include=include,
            store=kb,
            rule_files=rules or (),
            curated=counted,
            processes=processes,
        )
        _check_place(asked)
        finished = _finished(asked, aim, fresh)
    if since is not None:
        _tell_account(out)
    if summary is not None:
        _summarize(asked, out, summary, changes)
    if finished.counts["unreadable"]:
        raise typer.Exit(SOME_UNREADABLE)


def _check_words(request: "Request") -> None:
    """Wrong usage for an unknown genome build; UnusableInput for an assay that is not there or cannot be read."""
    from matcher.assay_files import assay
    from matcher.case import build_named

    if request.build is not None:
        with usage("--build"):
            build_named(request.build)
    if request.assay is not None:
        assay(request.assay)


def _check_tumor_type(name: str | None, known: "KnowledgeBase") -> None:
    """Wrong usage for a tumor type that is not known or not clear."""
    from kb.alteration import Place
    from matcher.normalize import resolved_tumor_type

    if name is not None:
        with usage("--tumor-type"):
            resolved_tumor_type(name, Place("--tumor-type"), known)


def _check_place(asked: "_Asked") -> None:
    """Wrong usage where no jurisdiction is given and the inputs hold no file that could state one.

    UnusableInput for an unknown one in the configuration.
    """
    from matcher.case import JURISDICTIONS

    default, known = asked.request.default_jurisdiction, ", ".join(JURISDICTIONS)
    if default is not None and default.upper() not in JURISDICTIONS:
        from cli.settings import config_file
        from matcher.notes import UnusableInput

        raise UnusableInput(str(config_file()), f"unknown jurisdiction {default!r}", f"name one of {known}")
    if default is None and asked.request.jurisdiction is None and not asked.intake().has_patient_files:
        message = f"no jurisdiction is given; name one of {known}, or set it in the configuration"
        raise typer.BadParameter(message, param_hint="--jurisdiction")


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processes(opened: "Callable[[], Matching]", count: int | None) -> "Processes":
    """What answers on several cores; not begun."""
    from matcher.cohort.processes import Processes

    return Processes(opened, count or min(_cores(), MOST_WORKERS))


def _size(inputs: "Iterable[Path]") -> int:
    """The bytes of these files, and of those in these folders; 0 where one cannot be looked at: a reader tells why."""
    files = (file for path in inputs for file in (path.iterdir() if path.is_dir() else (path,)))
    try:
        return sum(file.stat().st_size for file in files if file.is_file())
    except OSError:
        return 0


def _tell_account(out: Path) -> None:
    """Says what came of matching again since an earlier release."""
    from matcher.cohort.account import account, lines
    from matcher.cohort.output import opened

    with closing(opened(out)) as output:
        print("\n".join(lines(account(output))))


def _summarize(asked: "_Asked", out: Path, page: Path, changes: bool) -> None:
    """Writes the page; with `changes`, after what another place or test would change was tried."""
    from matcher.cohort.summary import write

    if changes:
        from cli.cohort_told import counting
        from matcher.cohort.changes import add_changes, jurisdictions, untested

        wanted = (*jurisdictions(), *untested(out))
        with closing(asked.matching()) as matching, counting("trying changes") as watch:
            add_changes(out, asked.intake().subjects(), matching, wanted, watch)
    write(out, page)
    print(f"page: {page}")


def _opened(known: Curated, store: str | None, rules: "Sequence[Path]") -> "Matching":
    """The graph and the rules, opened in a process of their own."""
    from cli.rule_files import loaded
    from matcher.cohort.matching import Matching, duckdb_engine

    engine = duckdb_engine(threads=1, memory=WORKER_MEMORY)
    found = Matching(known.knowledge(store), loaded(list(rules)), engine, side_by_side=False)
    found.ready()
    return found


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
    store: str | None
    rule_files: "Sequence[Path]"
    curated: Curated
    processes: "Processes"

    def intake(self, whole: bool = True) -> "Intake":
        """The patients of the inputs; unless they are asked for `whole`, rows are left to the processes that answer."""
        from matcher.cohort.intake import intake

        return intake(self.inputs, self.request, self.knowledge, self.clinical, whole=whole)

    def matching(self) -> "Matching":
        """What answers them in this process."""
        from matcher.cohort.matching import Matching

        return Matching(self.knowledge, self.rules)

    def workers(self) -> "Workers":
        """What answers them on several cores."""
        from matcher.cohort.workers import Workers

        return Workers(self.matching(), self.processes)

    def on_spark(self) -> "SparkMatching":
        """What answers them on a cluster, whose nodes open the graph and the rules for themselves."""
        from matcher.cohort.spark import Curation, SparkMatching

        journal, curated = self.curated.journal, None
        if journal is not None:
            curated = Curation(str(journal.absolute()), self.curated.day, self.curated.include is not None)
        return SparkMatching(None if self.store is None else Path(self.store), self.rule_files, curation=curated)

    @property
    def about(self) -> dict[str, Any]:
        """What the answers are made from, as the manifest tells it."""
        from matcher.cohort.run import options

        beside = {"include": self.include, "since": self.since, "engine": self.engine}
        told = {**options(self.request), **beside}
        return {
            "kb": {"release": self.knowledge.release, "digest": self.knowledge.digest, "store": self.store},
            "rules": {"digest": self.rules.digest},
            "as_of": self.request.as_of,
            "options": {name: value for name, value in told.items() if value not in (None, False)},
            "inputs": {"paths": [str(path) for path in self.inputs], "clinical": str(self.clinical or "") or None},
        }


def _aim(out: Path, form: str | None, read: "Sequence[Path]", summary: Path | None) -> "Target":
    """Where to write; wrong usage for an unknown form, UnusableInput for a place where it cannot stand."""
    from matcher.cohort.output import FORMS, target
    from matcher.file_names import check_name
    from matcher.notes import UnusableInput

    named = one_of(form, FORMS, "--format") if form is not None else None
    with usage("--out"):
        aim = target(out, named)
    if summary is not None and (summary.is_dir() or summary.resolve() in _written(aim)):
        raise UnusableInput(str(summary), "is a folder, or a file of --out", "choose another place for --summary")
    if summary is not None and summary.suffix.lower() not in PAGES:
        reason = f"the page is HTML; end its name in {' or '.join(PAGES)}"
        raise typer.BadParameter(f"{summary}: {reason}", param_hint="--summary")
    for path in (out, *([summary] if summary is not None else [])):
        check_name(path)
        folder = path.absolute().parent
        if not folder.is_dir():
            raise UnusableInput(str(path), "its folder is not there", "make the folder, or choose another")
        for each in read:
            if each.resolve() in (path.resolve(), *path.resolve().parents):
                raise UnusableInput(str(path), f"lies in what is read ({each})", "choose a place outside of it")
    return aim


def _written(aim: "Target") -> "set[Path]":
    """The files that a run may write."""
    from matcher.cohort.tables import COLUMNS

    return {file.resolve() for file in (aim.out, aim.manifest, *map(aim.file, COLUMNS))}


def _finished(asked: _Asked, aim: "Target", fresh: bool) -> "Finished":
    """The run, done and told; UnusableInput where nobody could be matched, typer.Exit where it was interrupted."""
    from cli.cohort_told import Bar, interruptible, refused, stopped, told

    bar = Bar()
    try:
        with interruptible() as bar.came, bar:
            finished = _run(asked, aim, fresh, bar)
    except KeyboardInterrupt:
        stopped(aim.out, bar.kept)
        raise typer.Exit(INTERRUPTED) from None
    if not finished.files:
        raise refused(asked.inputs, finished)
    told(finished, bar.seconds)
    return finished


def _sized(total: int | None) -> int:
    """The size of pieces: smaller where a run's own would leave processes idle, in a cohort of fewer than two."""
    from matcher.cohort.run import PIECE

    if total is None or total >= 2 * PIECE:
        return PIECE
    return max(LEAST_PIECE, -(-total // MOST_WORKERS))


def _run(asked: _Asked, aim: "Target", fresh: bool, watcher: "Bar") -> "Finished":
    from matcher.cohort.run import FIRST, PIECE, run

    intake, gone = asked.intake(whole=asked.engine != "sql" or asked.since is not None), None
    piece = _sized(intake.total) if asked.engine == "sql" else SPARK_PIECE
    with ExitStack() as opened:
        matching: Any = opened.enter_context(closing(asked.workers() if asked.engine == "sql" else asked.on_spark()))
        if asked.since is None:
            if asked.engine == "sql" and intake.total is not None:
                matching.expect(several=intake.total > piece)
        else:  # few may be asked: it shows whether there are several pieces
            from matcher.cohort.since import rematched

            matching = opened.enter_context(closing(rematched(asked.since, matching, intake, asked.request)))
            gone = matching.gone
        told: dict[str, Any] = {"progress": watcher, "fresh": fresh, "about": asked.about, "gone": gone}
        first = FIRST if piece == PIECE and asked.since is None else ()
        return run(intake, matching, aim.out, aim.form, piece=piece, first=first, **told)
