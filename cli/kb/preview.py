"""`mtb-match kb preview`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import AsOf, AssayOption, BuildOption, EngineOption, Jurisdiction, TumorType, day, rule_set
from cli.kb.options import CurationFile, Kb, Out
from cli.kb.scenarios import FeaturesFolder, scenario_part
from cli.kb.stated import book_of, items_stated
from cli.rule_files import RulesOption
from cli.shown import Form, checked, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from kb.curation.acts import Book
    from kb.curation.proposed import Proposal
    from kb.graph import KnowledgeBase
    from matcher.case import Request

Registry = Annotated[
    Path | None,
    typer.Option("--registry", help="The folder of the patients: patient files and variant files."),
]


def preview(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ITEM|FILE]...",
            help="Items by id, or files for `kb add`; all that wait for a decision when none is named.",
        ),
    ] = None,
    registry: Registry = None,
    features: FeaturesFolder = None,
    curation: CurationFile = None,
    kb: Kb = None,
    jurisdiction: Jurisdiction = None,
    tumor_type: TumorType = None,
    assay: AssayOption = None,
    build: BuildOption = None,
    as_of: AsOf = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    form: Form = "text",
    out: Out = None,
) -> None:
    """Show what a decision would change before it is made: patients, with the cause, and rules that fire or stop.

    One that waits is shown as accepted, an accepted one or an evidence item of the graph as retracted, a retracted one
    as reinstated; a file as if all of it were accepted. Exit code 1 when a patient could not be matched, else 0.
    """
    from kb.store import cache_folder
    from matcher.preview import preview as previewed
    from matcher.preview import unseen
    from matcher.report.preview_document import preview_document
    from matcher.report.preview_json import preview_structure

    form = checked(form)
    if registry is None and features is None:
        raise typer.BadParameter("name the patients' folder, a folder of features, or both", param_hint="--registry")
    knowledge = _base(kb)
    decided = _proposal(named or [], curation, knowledge)
    if registry is None:
        found = unseen(knowledge, decided, day(as_of), rule_set(rules))
    else:
        request = _template(registry, day(as_of), tumor_type, jurisdiction, assay, build)
        cache = cache_folder() / "preview"
        found = previewed(knowledge, decided, request, rule_set(rules), engine or "sql", cache, _progress())
    part = None if features is None else scenario_part(features, kb, decided.before, decided.after)
    lines, sections = ((part.line,), (part.section,)) if part is not None else ((), ())
    told = {} if part is None else {"scenarios": part.structure}
    show(lambda: preview_document(found, lines, sections), lambda: preview_structure(found) | told, form, out)
    if found.problems:
        raise typer.Exit(1)


def _base(kb: str | None) -> "KnowledgeBase":
    from kb.graph import open_knowledge_base

    if kb is not None and "://" in kb:
        raise typer.BadParameter("a preview is of a store folder, not of an endpoint", param_hint="--kb")
    return open_knowledge_base(kb)


def _template(
    registry: Path, as_of: str, tumor_type: str | None, jurisdiction: str | None, assay: str | None, build: str | None
) -> "Request":
    """The options that count for every patient of the registry."""
    from cli.asking import default_jurisdiction
    from matcher.case import Request

    default = default_jurisdiction() if jurisdiction is None else None
    return Request(registry, as_of, tumor_type, jurisdiction, default, assay, build=build)


def _proposal(named: list[str], curation: Path | None, knowledge: "KnowledgeBase") -> "Proposal":
    """The decisions that a preview is of: on the items named, the files' items, or all that wait."""
    from kb.curation.proposed import proposal
    from kb.curation.reading import named as told_id
    from kb.curation.reading import waiting
    from kb.errors import CurationProblem

    files = [Path(each) for each in named if Path(each).is_file()]
    ids = [each for each in named if not Path(each).is_file()]
    book = book_of(curation, is_needed=not named or any(_is_of_journal(each) for each in ids))
    if not named:
        ids = [item.id for item in waiting(book)]
        if not ids:
            raise CurationProblem("the journal", "has no item that waits for a decision", "name an item, or a file")
    ids = [told_id(book, each) for each in ids]
    for id in ids:
        _check(id, book, knowledge)
    return proposal(book, ids, [each[1:] for path in files for each in items_stated(path, knowledge)])


def _is_of_journal(name: str) -> bool:
    from kb.curation.item import is_curated

    return is_curated(name)


def _check(id: str, book: "Book", knowledge: "KnowledgeBase") -> None:
    """CurationProblem for what is neither an item of the journal nor an evidence item of the graph, nor a file."""
    from kb.errors import CurationProblem, UnknownItem

    if id in book.items or _is_of_journal(id):
        return
    try:
        knowledge.evidence_item(id)
    except UnknownItem as error:
        raise CurationProblem(
            id,
            "is no item of the journal, no evidence item of the graph, and no file",
            "name one of `kb review`, an evidence item such as EID12, or a file",
        ) from error


def _progress() -> "Callable[[int, int], None] | None":
    """Says on a terminal how many patients are done."""
    if not sys.stderr.isatty():
        return None

    def told(done: int, of: int) -> None:
        end = "\r" if done + 1 < of else "\r\033[K"
        print(f"\r\033[Kpatients {done + 1}/{of} ...", end=end, file=sys.stderr, flush=True)

    return told
