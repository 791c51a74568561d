"""What an answer says of curated evidence: which items count, which wait, and what the site took back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from matcher.phrases import in_language, joined, say
from rules.facts import Fact, fact
from rules.proof import foundations

if TYPE_CHECKING:
    from kb.curation.standing import Standing
    from kb.graph import KnowledgeBase
    from matcher.case import Matched
    from matcher.recommend import Option
    from rules.facts import Derivations, Premise

NAMED = 3
"""At most this many items are named in a sentence; JSON has all."""


def considered(matched: Matched) -> tuple[str, ...]:
    """The ids of the curated items that were considered for a patient, sorted; empty where none counts."""
    standing = matched.knowledge.standing
    if standing is None:
        return ()
    counting = {*standing.accepted, *standing.submitted}
    found = {item.record.id for item in matched.case.items.values()}
    return tuple(sorted(found & counting))


def curation_line(knowledge: KnowledgeBase, lang: str, about: tuple[str, ...] | None = None) -> str:
    """What counts of curated evidence, in one sentence; empty for a graph without any.

    `about` are the items that were considered for a patient; None where the answer is about no patient.
    """
    standing = knowledge.standing
    if standing is None:
        return ""
    parts = list(_parts(standing, lang))
    if about is not None and (standing.accepted or standing.submitted):
        ids = _ids(about, lang)
        parts.append(say("curation", "considered" if ids else "none considered", lang, ids=ids))
    told = in_language(joined(parts, "sentences"), lang)
    key = "told" if standing.day is None else "told on a day"
    return say("curation", key, lang, day=standing.day or "", text=told)


def _parts(standing: Standing, lang: str) -> Iterator[str]:
    yield say("curation", _number("accepted", len(standing.accepted)), lang, count=len(standing.accepted))
    for state in ("submitted", "unfit", "waiting", "disputed", "retracted"):
        ids: tuple[str, ...] = getattr(standing, state)
        if ids:
            yield say("curation", _number(state, len(ids)), lang, count=len(ids), ids=_ids(ids, lang))


def _number(key: str, count: int) -> str:
    return f"one {key}" if count == 1 else key if count else f"no {key}"


def _ids(ids: Iterable[str], lang: str) -> str:
    """The first ids, and how many more there are."""
    every = tuple(ids)
    if not every:
        return ""
    told = in_language(joined(every[:NAMED], "list"), lang)
    more = len(every) - NAMED
    return say("curation", "and more", lang, ids=told, count=more) if more > 0 else told


def item_name(id: str, knowledge: KnowledgeBase, lang: str) -> str:
    """An item's id; one that counts although no second person accepted it says so."""
    standing = knowledge.standing
    if standing is None or id not in standing.submitted:
        return id
    return say("curation", "item not accepted", lang, id=id)


def submitted_behind(matched: Matched, option: Option) -> tuple[str, ...]:
    """The items that nobody accepted yet without which an option's tier, or one of its levels, would not hold; sorted.

    That can be another item than the option: the best evidence for the regimen and the alteration decides a level.
    """
    standing = matched.knowledge.standing
    if standing is None or not standing.submitted:
        return ()
    roots = [each for each in _shown(option) if each in matched.derivations.derived]
    unaccepted = frozenset(standing.submitted)
    held = _held_without(matched.derivations, roots, unaccepted)
    lost = [each for each in roots if each not in held]
    premises = [part for each in foundations(matched.derivations, lost).values() for part in each.premises]
    named = {str(value) for part in premises if isinstance(part, Fact) for _, value in part.fields}
    return tuple(sorted(named & unaccepted))


def _held_without(derivations: Derivations, roots: Iterable[Fact], items: frozenset[str]) -> set[Fact]:
    """The facts among these and below them that have a derivation without what is said of some items."""
    waiting, below = [*roots], set[Fact]()
    while waiting:
        current = waiting.pop()
        if current not in below and current not in derivations.given:
            below.add(current)
            waiting += [
                part for each in derivations.derived[current] for part in each.premises if isinstance(part, Fact)
            ]
    held: set[Fact] = set()

    def stands(part: Premise) -> bool:
        if not isinstance(part, Fact) or part in held:
            return True
        return part in derivations.given and items.isdisjoint(str(value) for _, value in part.fields)

    while new := {
        each for each in below - held if any(all(map(stands, way.premises)) for way in derivations.derived[each])
    }:
        held |= new
    return held


def _shown(option: Option) -> tuple[Fact, ...]:
    """What is shown of an option at once: its tier and its levels."""
    tier = fact("recommendation", option=option.id, tier=option.tier or "")
    return (tier, *option.graded.facts)


def rests_on_submitted(matched: Matched, option: Option, lang: str) -> str:
    """That an option rests on items which nobody accepted yet; empty where it does not."""
    found = submitted_behind(matched, option)
    return say("curation", "rests on", lang, ids=_ids(found, lang)) if found else ""


def state_of(id: str, knowledge: KnowledgeBase) -> str | None:
    """`accepted` or `submitted` for a curated item that counts; None for any other item."""
    standing = knowledge.standing
    if standing is None:
        return None
    return "submitted" if id in standing.submitted else "accepted" if id in standing.accepted else None


def curation_structure(knowledge: KnowledgeBase, about: tuple[str, ...] | None = None) -> dict[str, Any]:
    """What counts of curated evidence as the part `curation` of a JSON answer; empty for a graph without any."""
    standing = knowledge.standing
    if standing is None:
        return {}
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in standing._asdict().items()}
    return {"curation": told if about is None else {**told, "considered": list(about)}}
