"""`mtb-match kb import`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.kb.options import CurationFile, Kb, RetractedFile, journal_to_begin, papers_for_gate, working

if TYPE_CHECKING:
    from kb.curation.arrival import Arrival
    from kb.curation.gate import Finding
    from kb.curation.item import Item

SHOWN = 20
"""Warnings of the gate that are shown."""


def import_(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `kb export --format curated` wrote.")],
    curation: CurationFile = None,
    kb: Kb = None,
    retracted: RetractedFile = None,
    gated: Annotated[
        bool, typer.Option("--gate/--no-gate", help="Have the new items pass the gate against the graph of --kb.")
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be taken in, and stop there.")] = False,
) -> None:
    """Take curated evidence and the decisions on it from a folder of the text form into the journal.

    People and times stay as they were; what the journal has stays too. All is taken in, or nothing.
    """
    from kb.curation.acts import now
    from kb.curation.arrival import arrival, check_signatures, pass_gate
    from kb.curation.text_reader import read
    from kb.graph import open_knowledge_base
    from matcher.report.hidden import visible_lines

    to, held = journal_to_begin(curation), read(folder)
    coming = arrival(to.book(), held, now())
    unchecked = check_signatures(coming, held)
    findings: tuple[tuple[Item, Finding], ...] = ()
    if gated and coming.items:
        with working("passing the gate"):
            findings = pass_gate(coming, open_knowledge_base(kb), papers_for_gate(retracted))
    if coming.acts and not dry_run:
        to.take_in(held.book, held.signed)
    _say(findings)
    if unchecked:
        print(f"note: signatures not checked: {unchecked}; pip install 'mtb-match[nanopub]'", file=sys.stderr)
    print(visible_lines([*_told(coming, len(held.book.items), len(held.book.acts), dry_run)]), end="")


def _say(findings: "tuple[tuple[Item, Finding], ...]") -> None:
    """The gate's first warnings, and how much it has to say beside them."""
    from kb.curation.gate import WARNING
    from matcher.report.hidden import visible_lines

    warnings = [f"{item.id}: {finding}" for item, finding in findings if finding.severity == WARNING]
    print(visible_lines(warnings[:SHOWN]), end="", file=sys.stderr)
    if len(findings) > len(warnings[:SHOWN]):
        more = len(findings) - len(warnings[:SHOWN])
        print(f"note: the gate has more to say ({more}); `mtb-match kb check ITEM` shows it", file=sys.stderr)


def _told(coming: "Arrival", items: int, acts: int, dry_run: bool) -> Iterator[str]:
    took = "would be taken in" if dry_run else "taken in"
    yield (
        f"{took}: items {len(coming.items)}, acts {len(coming.acts)}; "
        f"known before: items {items - len(coming.items)}, acts {acts - len(coming.acts)}"
    )
    for id in coming.touched:
        item = coming.book.items.get(id)
        yield f"{id}  {coming.book.status(id)}  {'an item of the graph' if item is None else item.label}"
    for id in coming.disputed:
        yield f"{id} was decided on differently; decide again: mtb-match kb review {id} --accept or --reject"
    if coming.only_here:
        yield f"acts that only the journal has: {len(coming.only_here)}; `kb export --format curated` adds them"
    yield f"digest {coming.book.digest}"
