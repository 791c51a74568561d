"""What every command about one patient asks: the options, and the patient matched with them.

Annotations are evaluated here, not kept as text: typer would compile each at every start.
"""

import datetime
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from cli.curated import Curated, CurationFile, Include, curated
from cli.rule_files import RulesOption, loaded, site_warnings_text

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Matched, Request
    from rules.language import RuleSet

LANGUAGES = ("en", "zh")

PatientArgument = Annotated[
    Path,
    typer.Argument(
        metavar="PATIENT", help="Variant file, patient file, clinical document or study folder; - is stdin."
    ),
]
TumorType = Annotated[
    str | None,
    typer.Option(
        "--tumor-type", help="OncoTree code or name, DOID, NCIt, ICD-10 or ICD-O-3; overrides the patient file."
    ),
]
Jurisdiction = Annotated[
    str | None,
    typer.Option("--jurisdiction", help="CN, US or EU: whose approvals count. It has no default."),
]
AssayOption = Annotated[
    str | None,
    typer.Option("--assay", help="WES, WGS or a YAML file: what was looked at and can be absent."),
]
SampleOption = Annotated[str | None, typer.Option("--sample", help="The sample to read, in a file that has several.")]
BuildOption = Annotated[
    str | None, typer.Option("--build", help="GRCh37 or GRCh38, for files whose coordinates state none.")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The date that counts, YYYY-MM-DD; today when not given.")]
KbOption = Annotated[
    str | None,
    typer.Option("--kb", help="A store folder, or sparql+http://..., to use instead of the starter graph."),
]
EngineOption = Annotated[str | None, typer.Option("--engine", help="durable or sql: the evaluator of the rules.")]
Strict = Annotated[bool, typer.Option("--strict", help="Make the first warning about the input an error.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.")]
Lang = Annotated[str, typer.Option("--lang", help=f"One of {', '.join(LANGUAGES)}: the language of the sentences.")]


class Asked(NamedTuple):
    """A question about one patient: the request, and what it is answered with."""

    request: "Request"
    kb: str | None
    rules: list[Path] | None
    engine: str | None
    curated: Curated = Curated()

    def matched(self) -> "Matched":
        """Everything derived for the patient; the errors of `matcher.case.match`."""
        from matcher.case import match

        return match(self.request, self.knowledge(), self.rule_set(), self.evaluator())

    def knowledge(self) -> "KnowledgeBase":
        """The knowledge base that was named, or the starter's, with the curated items that count."""
        return self.curated.knowledge(self.kb)

    def rule_set(self) -> "RuleSet":
        """The library with the site's rules; warnings about those are shown."""
        return rule_set(self.rules)

    @property
    def ground(self) -> tuple[str, ...]:
        """The options that say what it is answered from, as they were given; every evaluator answers the same."""
        curated = self.curated
        told = (
            ("--kb", self.kb),
            *(("--rules", file) for file in self.rules or ()),
            ("--curation", curated.file),
            ("--include", curated.include),
        )
        return tuple(str(word) for name, value in told if value is not None for word in (name, value))

    def evaluator(self) -> str:
        """The evaluator that was named, or the one that this Python has."""
        from rules.engine import default_engine_name

        return self.engine or default_engine_name()


def rule_set(extra: list[Path] | None) -> "RuleSet":
    """The library with these rules on top; warnings about them go to stderr."""
    found = loaded(extra)
    if extra and found.warnings:
        print(site_warnings_text(found), file=sys.stderr)
    return found


def _asked(
    patient: PatientArgument,
    tumor_type: TumorType = None,
    jurisdiction: Jurisdiction = None,
    assay: AssayOption = None,
    sample: SampleOption = None,
    as_of: AsOf = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    strict: Strict = False,
    build: BuildOption = None,
    curation: CurationFile = None,
    include: Include = None,
) -> Asked:
    """The question that these options ask."""
    from cli.piped import readable
    from matcher.case import Request

    default = default_jurisdiction() if jurisdiction is None else None
    request = Request(
        readable(patient), day(as_of), tumor_type, jurisdiction, default, assay, sample, strict, build
    )  # fmt: skip
    return Asked(request, kb, rules, engine, curated(curation, include, as_of))


def about_a_patient(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes an `Asked` first, as one that typer gives PATIENT and the options of every such command.

    PATIENT comes before the command's own arguments, the shared options come after its own.
    """
    shared = dict(inspect.signature(_asked).parameters)
    own = list(inspect.signature(command).parameters.values())[1:]
    patient = shared.pop("patient")

    def run(**given: Any) -> None:
        about = {name: given.pop(name) for name in ("patient", *shared)}
        command(_asked(**about), **given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    ordered = [each.replace(kind=keyword) for each in (patient, *own, *shared.values())]
    run.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in ordered}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def one_of(value: str, known: Sequence[str], option: str) -> str:
    """The value, if it is a known one; wrong usage otherwise."""
    if value not in known:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(known)}", param_hint=option)
    return value


@contextmanager
def usage(option: str) -> Iterator[None]:
    """What cannot be used of an option's value is wrong usage."""
    from matcher.notes import UnusableInput

    try:
        yield
    except UnusableInput as error:
        raise typer.BadParameter(f"{error.reason}; {error.remedy}", param_hint=option) from error


def default_jurisdiction() -> str | None:
    """The jurisdiction of the user's configuration; None where it has none."""
    from cli.settings import default_jurisdiction as configured

    return configured()


def day(as_of: str | None, option: str = "--as-of") -> str:
    """An ISO day, today when none is given; wrong usage of the option when it is no date."""
    if as_of is None:
        return datetime.date.today().isoformat()
    try:
        return datetime.date.fromisoformat(as_of).isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"{as_of!r} is not a date YYYY-MM-DD", param_hint=option) from error
