"""What a curator reads of a book: its items in one line each, an item whole, and each act in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kb import terms as t
from kb.content import kind_of, plain
from kb.curation.acts import ACCEPTED, DISPUTED, RETRACTED, SUBMITTED, Act, Book, state
from kb.curation.item import PREFIX, Item, is_curated
from kb.curation.world import sources_of
from kb.errors import CurationProblem
from kb.rdf import iri

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

WAITING = (SUBMITTED, DISPUTED)
"""The states in which an item waits for a decision."""

STATES = (SUBMITTED, DISPUTED, ACCEPTED, "rejected", "superseded", RETRACTED)
"""Every state that a curated item can be in, those that wait first."""

_SHOWN = (
    t.HAS_PROFILE, t.HAS_REGIMEN, t.COMBINATION, t.HAS_TUMOR_TYPE, t.TUMOR_AS_STATED, t.TUMOR_PLACEMENT, t.DIRECTION,
    t.SIGNIFICANCE, t.LEVEL, t.LEVEL_SOURCE, t.RATING, t.ORIGIN, t.TRIAL_NUMBER, t.SOURCE, t.VERIFIED, t.NOTE,
)  # fmt: skip
"""The properties of an evidence item in the order in which a reviewer reads them; others follow."""

_UNSHOWN = {t.TYPE, t.IDENTIFIER, t.DESIGN_OF}


def item_named(ids: Collection[str], text: str) -> str | None:
    """That one of these ids which a curator names: the id, its digits, or as many of them as tell it apart.

    None where none is named; CurationProblem for digits that fit several items.
    """
    if text in ids:
        return text
    digits = text.removeprefix(PREFIX).lower()
    if not digits or set(digits) - set("0123456789abcdef"):
        return None
    found = sorted(id for id in ids if id.startswith(PREFIX + digits))
    if len(found) > 1:
        raise CurationProblem(text, f"is how {len(found)} items begin ({', '.join(found[:3])})", "write more digits")
    return found[0] if found else None


def named(known: Book, text: str) -> str:
    """The id of the book's item that a curator names (`item_named`); what is no such name comes back as it is.

    That is the id of an item of the graph. CurationProblem for a curated item that the book has not, or for several.
    """
    found = item_named(known.items, text)
    if found is None and text.startswith(PREFIX):
        raise CurationProblem(text, "is not in this journal", "see `kb review --state any` for what is")
    return found or text


def item_of_book(known: Book, text: str) -> Item:
    """The curated item that a curator names; CurationProblem where the book has none of that name."""
    id = named(known, text)
    if id not in known.items:
        raise CurationProblem(text, "is no item of this journal", "see `kb review --state any` for those that are")
    return known.items[id]


def waiting(known: Book, day: str | None = None) -> tuple[Item, ...]:
    """The items that wait for a decision at the end of a day, or now: submitted ones, and disputed ones."""
    return known.in_state(WAITING, day)


def act_line(act: Act) -> str:
    """An act in one sentence.

    >>> from kb.curation.acts import Act, Person
    >>> act_line(Act("EID12", "retracted", Person("A. Reader", "0000-0002-1825-0097"), "2026-11-21T10:00:00.000000Z"))
    'retracted on 2026-11-21 at 10:00 UTC by A. Reader (https://orcid.org/0000-0002-1825-0097)'
    """
    told = f"{act.kind} on {act.day} at {act.at[11:16]} UTC by {act.person.name} (https://orcid.org/{act.person.orcid})"
    told += f", entered as {act.method}" if act.method else ""
    if act.other:
        told += f", to supersede {act.other}" if act.kind == SUBMITTED else f", superseded by {act.other}"
    return told + (f": {act.reason}" if act.reason else "")


def list_line(known: Book, item: Item, day: str | None = None) -> str:
    """An item in one line: id, state, what it says, level and sources."""
    level = item.one(t.LEVEL) or "not given"
    return f"{item.id}  {known.status(item.id, day)}  {item.label} (level {level}; {', '.join(sources(item))})"


def sources(item: Item) -> tuple[str, ...]:
    """The documents of an item by their labels."""
    return tuple(sorted(label for label, _ in sources_of(item)))


def fields(item: Item, kind: str = "evidence") -> Iterator[tuple[str, str]]:
    """What is said of an item, or of the `design` of its study: the property in words, and its values as one text."""
    from kb.diff import field_name

    told, labels = item.told(kind), _labels(item)
    order = [*(each for each in _SHOWN if each in told), *sorted(told.keys() - {*_SHOWN})]
    for predicate in order:
        if predicate not in _UNSHOWN:
            yield field_name(predicate), "; ".join(sorted(_read(each, labels) for each in told[predicate]))


def added(item: Item) -> tuple[str, ...]:
    """The biomarkers and therapies that the item adds to the graph, as `biomarker EGFR:X1Y`, sorted."""
    kinds = {iri(t.BIOMARKER): "biomarker", **dict.fromkeys(map(iri, (t.DRUG, t.DRUG_CLASS, t.SCHEME)), "therapy")}
    found = (
        f"{kinds[value]} {t.item_id(plain(node))}"
        for node, predicate, value in item.statements
        if predicate == iri(t.TYPE) and value in kinds
    )
    return tuple(sorted(found))


def item_lines(known: Book, id: str, day: str | None = None) -> Iterator[str]:
    """An item whole: what it says, the design of its study, what it adds, its state and every act on it."""
    item, acts = known.items.get(id), known.history(id, day)
    yield id if item is None else f"{id}: {item.label}"
    yield f"state: {state(acts) or 'nothing was done with it'}"
    if item is not None:
        yield from (f"  {name}: {text}" for name, text in fields(item))
        yield from (f"  study's {name}: {text}" for name, text in fields(item, "design"))
        yield from (f"  new in the graph: {each}" for each in added(item))
        yield f"  digest: {item.digest}"
    yield from (act_line(act) for act in acts)


def item_structure(known: Book, id: str, day: str | None = None) -> dict[str, Any]:
    """An item and the acts on it as plain structures for JSON."""
    item, acts = known.items.get(id), known.history(id, day)
    told: dict[str, Any] = {"id": id, "state": state(acts), "curated": is_curated(id)}
    if item is not None:
        told |= {
            "says": item.label,
            "digest": item.digest,
            "fields": dict(fields(item)),
            "design": dict(fields(item, "design")),
            "adds": list(added(item)),
        }
    return {**told, "acts": [act_structure(act) for act in acts]}


def act_structure(act: Act) -> dict[str, Any]:
    """An act as plain structures for JSON: what, by whom, when and why; what it does not have is left out."""
    told = {**act._asdict(), "person": act.person._asdict()}
    return {name: value for name, value in told.items() if value is not None and name != "item"}


def _labels(item: Item) -> dict[str, str]:
    return {
        plain(node): plain(value)
        for node, predicate, value in item.statements
        if predicate == iri(t.LABEL) and kind_of(plain(node)) is None
    }


def _read(value: str, labels: dict[str, str]) -> str:
    if value in labels:
        return f"{labels[value]} {value}"
    return t.item_id(value) if value.startswith(t.ITEMS) else value


def states(asked: Iterable[str]) -> tuple[str, ...]:
    """The states that are asked for; all of them where `any` is among them, those that wait where none is named."""
    wanted = tuple(asked)
    return STATES if "any" in wanted else wanted or WAITING


def evidence_near(knowledge: KnowledgeBase, text: str) -> tuple[str, ...]:
    """The ids of evidence items of a graph that are nearest to a text, at most three."""
    from difflib import get_close_matches

    ids = {each.upper(): each for each in knowledge.evidence_ids()}
    return tuple(ids[each] for each in get_close_matches(text.upper(), sorted(ids), 3))
