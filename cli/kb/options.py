"""Options that several `kb` commands share."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cli.curated import NONE
from cli.curated import CurationFile as CurationFile

if TYPE_CHECKING:
    from kb.curation.acts import Person
    from kb.curation.journal import Journal
    from kb.curation.retractions import RetractedPapers

Item = TypeVar("Item")

Kb = Annotated[
    str | None,
    typer.Option("--kb", help="A store folder, or sparql+http://..., to use instead of the starter graph."),
]
Curator = Annotated[str | None, typer.Option("--curator", help="Who you are: the curator's name.")]
Orcid = Annotated[str | None, typer.Option("--orcid", help="Your ORCID iD, 0000-0000-0000-0000.")]
RetractedFile = Annotated[
    Path | None,
    typer.Option(
        "--retracted",
        help="A list of retracted papers (Retraction Watch's CSV, or PMIDs and DOIs, one a line); else "
        "MTB_MATCH_RETRACTED, else that of the configuration.",
    ),
]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.")]


def journal(named: Path | None) -> "Journal":
    """The journal of curation that was named, or the user's own; wrong usage where there is none."""
    from cli.settings import curation_file
    from kb.curation.journal import Journal

    path = None if named == NONE else named or curation_file()
    if path is None:
        raise typer.BadParameter(
            "name the journal of curation, such as curation.sqlite; the first item makes it", param_hint="--curation"
        )
    return Journal(path)


def journal_to_begin(named: Path | None) -> "Journal":
    """The journal as `journal`, which may be begun; CurationProblem where its folder is not there."""
    from kb.errors import CurationProblem

    found = journal(named)
    folder = found.path.absolute().parent
    if not folder.exists():
        raise CurationProblem(str(found.path), "its folder is not there", f"make {folder}, or name another file")
    return found


def standing_journal(named: Path | None) -> "Journal":
    """The journal as `journal`, which is there: what is read of none is no empty answer, but CurationProblem."""
    from kb.curation.opening import head_of

    found = journal(named)
    head_of(found)
    return found


def retracted_papers(named: Path | None) -> "RetractedPapers | None":
    """The retracted papers of the list that was named, or of the user's own; None where there is no list."""
    from cli.settings import retracted_file
    from kb.curation.retractions import read_retracted

    path = named or retracted_file()
    return None if path is None else read_retracted(path)


def papers_for_gate(named: Path | None) -> "RetractedPapers | tuple[()]":
    """The retracted papers for the gate; without a list none, and a note says that nobody looked."""
    papers = retracted_papers(named)
    if papers is None:
        print("note: whether a source was retracted was not looked at: no list is named (--retracted)", file=sys.stderr)
        return ()
    return papers


def person(curator: str | None, orcid: str | None) -> "Person":
    """The curator of these options; wrong usage where one is missing."""
    from kb.curation.acts import Person

    if not curator or not orcid:
        raise typer.BadParameter("say who you are", param_hint="--orcid" if curator else "--curator")
    return Person(curator, orcid)


def checked_kinds(kinds: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """The kinds of items that were asked for; wrong usage when there is no such kind."""
    for kind in kinds or ():
        if kind not in known:
            raise typer.BadParameter(f"{kind!r} is not one of {', '.join(known)}", param_hint="--kind")
    return tuple(kinds or ())


@contextmanager
def working(step: str) -> Iterator[None]:
    """Say what takes its time, on a terminal, until it is done."""
    shown = sys.stderr.isatty()
    if shown:
        print(f"{step} ...", end="\r", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def counted(step: str, items: Sequence[Item]) -> Iterator[Item]:
    """The items one by one, and on a terminal how many are done."""
    shown = sys.stderr.isatty()
    for number, item in enumerate(items, start=1):
        if shown and len(items) > 1:
            print(f"\r\033[K{step} {number} of {len(items)} ...", end="\r", file=sys.stderr, flush=True)
        yield item
