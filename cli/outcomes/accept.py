"""`mtb-match outcomes accept` and `reject`: a curator's decision on proposed local evidence."""

from pathlib import Path
from typing import Annotated

import typer

from cli.asking import day
from cli.outcomes.propose import On, OutFile

ProposedFile = Annotated[
    Path, typer.Argument(metavar="PROPOSED", help="A file of `outcomes propose`, or of a decision.")
]
Items = Annotated[list[str] | None, typer.Option("--item", help="The id of an item; several may be named.")]
Curator = Annotated[str, typer.Option("--curator", help="Who decides: the curator's name.")]
Orcid = Annotated[str, typer.Option("--orcid", help="The curator's ORCID iD, 0000-0000-0000-0000.")]
All = Annotated[bool, typer.Option("--all", help="Every item that nobody decided on yet.")]


def accept(
    proposed: ProposedFile,
    *,
    item: Items = None,
    every: All = False,
    curator: Curator,
    orcid: Orcid,
    out: OutFile,
    because: Annotated[str | None, typer.Option("--because", help="Why; recorded with the decision.")] = None,
    on: On = None,
) -> None:
    """Accept proposed local evidence as a curator: `kb build ... local=FILE` then takes it into the graph."""
    _decide("accepted", proposed, item, every, (curator, orcid, day(on), because), out)


def reject(
    proposed: ProposedFile,
    *,
    item: Items = None,
    every: All = False,
    curator: Curator,
    orcid: Orcid,
    out: OutFile,
    because: Annotated[str, typer.Option("--because", help="Why; recorded with the decision.")],
    on: On = None,
) -> None:
    """Reject proposed or accepted local evidence with a reason; it stays in the file, and leaves the graph."""
    _decide("rejected", proposed, item, every, (curator, orcid, day(on), because), out)


def _decide(
    status: str,
    proposed: Path,
    items: list[str] | None,
    every: bool,
    who: tuple[str, str, str, str | None],
    out: Path,
) -> None:
    from cli.output import write
    from kb.outcomes import Curation, as_trig, decided, read_local
    from matcher.notes import UnusableInput

    if bool(items) == every:
        raise typer.BadParameter("name items with --item, or give --all", param_hint="--item")
    local = read_local(proposed)
    wanted = items or [each.id for each in local.items if local.decision(each.id) is None]
    if not wanted:
        raise UnusableInput(str(proposed), "no item is left that nobody decided on", "name items with --item")
    found = decided(local, wanted, Curation("", "", 0, status, *who))
    write(as_trig(found), out)
    for each in found.items:
        print(f"{each.id}: {found.status(each.id)}")
    print(f"written to {out}")
