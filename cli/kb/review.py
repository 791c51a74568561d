"""`mtb-match kb review`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.kb.options import (
    CurationFile,
    Curator,
    Kb,
    Orcid,
    Out,
    RetractedFile,
    journal_to_begin,
    papers_for_gate,
    person,
    standing_journal,
    working,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kb.curation.acts import Book
    from kb.curation.gate import Finding
    from kb.curation.journal import Entry, Journal

FORMATS = ("text", "json")
SCHEMA = "mtb-match-review/1"
SUBMITTED_BEFORE = "https://w3id.org/mtb-match/shapes#SubmittedBefore"
"""The shape of what is no news of an item in the journal."""

ItemArgument = Annotated[
    str | None, typer.Argument(metavar="[ITEM]", help="A curated item's id, or its first digits; none lists items.")
]
Because = Annotated[str | None, typer.Option("--because", help="Why; recorded with the act.")]
Accept = Annotated[bool, typer.Option("--accept", help="Accept the item: it counts from now on. A second person does.")]
Reject = Annotated[bool, typer.Option("--reject", help="Reject the item, with --because.")]
State = Annotated[
    list[str] | None,
    typer.Option("--state", help="List items in this state, or any; those that wait when not given. Repeatable."),
]
Day = Annotated[str | None, typer.Option("--as-of", help="As it was at the end of this day (UTC), YYYY-MM-DD.")]
Form = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]


def review(
    item: ItemArgument = None,
    accept: Accept = False,
    reject: Reject = False,
    because: Because = None,
    curator: Curator = None,
    orcid: Orcid = None,
    state: State = None,
    as_of: Day = None,
    form: Form = "text",
    out: Out = None,
    kb: Kb = None,
    retracted: RetractedFile = None,
    curation: CurationFile = None,
) -> None:
    """List what waits for a second person, show an item whole, or decide on it with --accept or --reject.

    One that waits is shown with what the gate says of it today.
    """
    from cli.asking import one_of
    from cli.output import write

    one_of(form, FORMATS, "--format")
    _check_use(item, accept, reject, because, state, as_of)
    book_of = standing_journal(curation)
    if item is None:
        text = _listed(book_of.book(), _states(state), as_of, form)
    elif accept or reject:
        text = _decided(book_of, item, "accepted" if accept else "rejected", (curator, orcid, because), form)
    else:
        text = _shown(book_of.book(), item, (kb, retracted, as_of), form)
    write(text, out)


def _check_use(
    item: str | None, accept: bool, reject: bool, because: str | None, state: list[str] | None, as_of: str | None
) -> None:
    """Wrong usage for options that do not go together."""
    from cli.asking import day

    if accept and reject:
        raise typer.BadParameter("give --accept or --reject, not both", param_hint="--accept")
    if because is not None and not (accept or reject):
        raise typer.BadParameter("is the reason of a decision: add --accept or --reject", param_hint="--because")
    if item is None and (accept or reject):
        raise typer.BadParameter("name the item to decide on", param_hint="ITEM")
    if item is not None and state:
        raise typer.BadParameter("is for the list; an item is shown whatever its state", param_hint="--state")
    if (accept or reject) and as_of:
        raise typer.BadParameter("a decision is of now", param_hint="--as-of")
    if as_of is not None:
        day(as_of)


def _states(asked: list[str] | None) -> tuple[str, ...]:
    from cli.asking import one_of
    from kb.curation.reading import STATES, states

    return states(one_of(each, (*STATES, "any"), "--state") for each in asked or ())


def _listed(known: "Book", wanted: tuple[str, ...], as_of: str | None, form: str) -> str:
    from kb.curation.reading import item_structure, list_line
    from matcher.report.hidden import visible_lines

    items = known.in_state(wanted, as_of)
    retracted = known.retracted(as_of) if "retracted" in wanted else ()
    if form == "json":
        told = [item_structure(known, id, as_of) for id in (*(each.id for each in items), *retracted)]
        return _json({"schema": SCHEMA, "as_of": as_of, "states": list(wanted), "items": told})
    lines = [list_line(known, each, as_of) for each in items]
    lines += [f"{id}  retracted, an item of the graph" for id in retracted]
    return visible_lines(lines or [f"no item is {' or '.join(wanted)}"])


def _shown(known: "Book", item: str, asked: tuple[str | None, Path | None, str | None], form: str) -> str:
    from kb.curation.reading import item_lines, item_of_book, item_structure, named
    from matcher.report.hidden import visible_lines

    id, as_of = named(known, item), asked[2]
    if not known.history(id):
        id = item_of_book(known, item).id
    findings = _findings(known, id, asked)
    if form == "json":
        told = item_structure(known, id, as_of)
        gate = {} if findings is None else {"gate": [each.as_json() for each in findings]}
        return _json({"schema": SCHEMA, "as_of": as_of, "items": [{**told, **gate}]})
    return visible_lines([*item_lines(known, id, as_of), *(() if findings is None else _gate_lines(findings))])


def _findings(
    known: "Book", id: str, asked: tuple[str | None, Path | None, str | None]
) -> "tuple[Finding, ...] | None":  # fmt: skip
    """What the gate says of an item that waits now; None for another one, and for how it was on a day."""
    from kb.curation.gate import gate
    from kb.curation.reading import WAITING
    from kb.graph import open_knowledge_base

    kb, retracted, as_of = asked
    if as_of is not None or id not in known.items or known.status(id) not in WAITING:
        return None
    papers = papers_for_gate(retracted)
    with working("asking the gate"):
        found = gate(known.items[id], open_knowledge_base(kb), known, papers)
    return tuple(each for each in found if each.shape != SUBMITTED_BEFORE)


def _gate_lines(findings: "Sequence[Finding]") -> "Iterator[str]":
    from cli.kb.check import finding_lines, verdict

    yield f"the gate: {verdict(findings)}"
    for each in findings:
        yield from finding_lines(each)


def _decided(
    to: "Journal", item: str, kind: str, who: tuple[str | None, str | None, str | None], form: str
) -> str:  # fmt: skip
    from kb.curation.journal import decision
    from kb.curation.reading import item_of_book

    by = person(who[0], who[1])
    wanted = item_of_book(to.book(), item)
    return recorded(to.record(decision(wanted.id, kind, by, who[2])), to.book(), form)


def recorded(entries: "tuple[Entry, ...]", known: "Book", form: str) -> str:
    """What was recorded, an act a line; as JSON the items with all acts on them."""
    from kb.curation.reading import act_line, item_structure
    from matcher.report.hidden import visible_lines

    if form == "json":
        told = [item_structure(known, each.act.item) for each in entries]
        return _json({"schema": SCHEMA, "recorded": [each.number for each in entries], "items": told})
    return visible_lines([f"{each.act.item}: {act_line(each.act)}" for each in entries])


def _json(told: dict[str, object]) -> str:
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def take_back(
    kind: str,
    item: str,
    who: tuple[str | None, str | None, str | None],
    where: tuple[Path | None, str | None],
    form: str,
) -> None:
    """Record that an item was retracted or reinstated; one of the graph must be in it.

    A retraction of the graph's own item may begin a journal; anything else is about what a journal says.
    """
    from cli.asking import one_of
    from kb.curation.item import is_curated
    from kb.curation.journal import decision
    from kb.curation.reading import named

    one_of(form, FORMATS, "--format")
    begins = kind == "retracted" and not is_curated(item)
    to, by = (journal_to_begin if begins else standing_journal)(where[0]), person(who[0], who[1])
    known = to.book()
    id = named(known, item)
    if id not in known.items and not known.history(id):
        id = _of_graph(item, where[1])
    print(recorded(to.record(decision(id, kind, by, who[2])), to.book(), form), end="")


def _of_graph(item: str, kb: str | None) -> str:
    """The id of an evidence item of the graph; CurationProblem where it has none, with what is near."""
    from kb.curation.reading import evidence_near
    from kb.errors import CurationProblem, UnknownItem
    from kb.graph import open_knowledge_base

    knowledge = open_knowledge_base(kb)
    try:
        return knowledge.evidence_item(item).id
    except UnknownItem as error:
        near = evidence_near(knowledge, item)
        told = (
            f"did you mean {', '.join(near)}?" if near else "name an item of `kb review --state any`, or of the graph"
        )
        raise CurationProblem(
            item, f"is no item of the journal and no evidence item of {knowledge.release}", told
        ) from error
