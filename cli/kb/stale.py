"""`mtb-match kb stale`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import AsOf, EngineOption, Jurisdiction, KbOption, day, default_jurisdiction, one_of, rule_set
from cli.curated import Curated, CurationFile
from cli.kb.options import Out, RetractedFile, retracted_papers, working
from cli.rule_files import RulesOption

if TYPE_CHECKING:
    from kb.curation.acts import Book
    from kb.curation.stale import Stale
    from matcher.stale import Affected

FORMATS = ("text", "json", "tsv")


def stale(
    registry: Annotated[
        Path | None, typer.Option("--registry", help="A folder of patients: whom what has aged concerns, and how.")
    ] = None,
    retracted: RetractedFile = None,
    newer: Annotated[
        Path | None, typer.Option("--newer", help="The store of a newer release, to compare the evidence with.")
    ] = None,
    years: Annotated[
        int | None, typer.Option("--older-than", min=1, help="Curated items that nobody looked at for so many years.")
    ] = None,
    kb: KbOption = None,
    curation: CurationFile = None,
    as_of: AsOf = None,
    jurisdiction: Jurisdiction = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "text",
    out: Out = None,
) -> None:
    """List what has aged: withdrawn approvals, evidence of retracted papers, superseded evidence, and whom it concerns.

    Exit code 0, also when something is listed; 1 when a patient or a file cannot be read.
    """
    from cli.output import write
    from matcher.report.stale import VIEWS

    one_of(form, FORMATS, "--format")
    on = day(as_of)
    known = _book(Curated(curation).journal)
    found = _found(kb, on, known, retracted, newer, years)
    concerned = None
    if registry is not None:
        concerned = _concerned(registry, found, (kb, on, known), (jurisdiction, rules, engine))
    write(VIEWS[form](found, concerned, on), out)
    if any(each.problem for each in concerned or ()):
        raise typer.Exit(1)


def _book(path: Path | None) -> "Book":
    """The journal's book; an empty one where the user has none."""
    from kb.curation.acts import book
    from kb.curation.journal import Journal
    from kb.curation.opening import head_of

    if path is None:
        return book((), ())
    journal = Journal(path)
    head_of(journal)
    return journal.book()


def _found(
    kb: str | None, on: str, known: "Book", retracted: Path | None, newer: Path | None, years: int | None
) -> "tuple[Stale, ...]":
    from kb.curation.graph import counted, open_with
    from kb.curation.stale import NONE
    from kb.curation.stale import stale as listed
    from kb.store import open_store

    papers = retracted_papers(retracted)
    with working("looking for what has aged"):
        knowledge = open_with(kb, counted(known, on))
        against = None if newer is None else open_store(newer)
        return listed(knowledge, on, known, NONE if papers is None else papers, against, years)


def _concerned(
    registry: Path,
    found: "tuple[Stale, ...]",
    graph: "tuple[str | None, str, Book]",
    options: tuple[str | None, list[Path] | None, str | None],
) -> "tuple[Affected, ...]":
    from matcher.case import Request
    from matcher.stale import affected, graphs_of

    kb, on, known = graph
    jurisdiction, rules, engine = options
    default = default_jurisdiction() if jurisdiction is None else None
    template = Request(registry, on, None, jurisdiction, default)
    shown, done = sys.stderr.isatty(), 0

    def step() -> None:
        nonlocal done
        done += 1
        if shown:
            print(f"\r\033[Kpatient {done}", end="", file=sys.stderr, flush=True)

    concerned = affected(template, found, graphs_of(kb, known, on, found), rule_set(rules), engine or "sql", step)
    if shown:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return concerned
