"""Functional evidence of an answer: each organoid result with what became of it, and what nothing else recommends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from matcher.facts import regimen_id
from matcher.organoids import Tested, tested

if TYPE_CHECKING:
    from kb.indication import Regimen
    from matcher.case import Matched
    from matcher.recommend import Option
    from rules.facts import Fact

COUNTS, SUPERSEDED = "counts", "superseded"
"""What became of a result that was weighed; one that was not says why (`matcher.organoids`)."""


class Read(NamedTuple):
    """One organoid result as it was read: `verdict` by its cut-offs, None where it is not weighed, and its `state`.

    `state` is `counts`, `superseded`, or why it is not weighed.
    """

    tested: Tested
    scheme: str
    verdict: str | None
    state: str


class Said(NamedTuple):
    """What the organoids say of an option by one tested scheme: `reach` is the whole regimen or a part of it."""

    scheme: str
    reach: str
    verdict: str
    results: tuple[Read, ...]


def results_of(matched: Matched) -> tuple[Read, ...]:
    """Every organoid result of the patient, in the order of the file."""
    if not matched.patient.organoids:
        return ()
    derivations = matched.derivations
    schemes = {str(fact.get("id")): str(fact.get("scheme")) for fact in derivations.facts("organoid")}
    verdicts = {str(fact.get("organoid")): str(fact.get("verdict")) for fact in derivations.facts("organoid_reads")}
    superseded = {str(fact.get("organoid")) for fact in derivations.facts("organoid_superseded")}
    return tuple(
        Read(
            each,
            schemes.get(each.id, regimen_id(each.regimen)),
            verdicts.get(each.id),
            each.left_out or (SUPERSEDED if each.id in superseded else COUNTS),
        )
        for each in tested(matched.patient, matched.knowledge, matched.query.as_of)
    )


def said_of(matched: Matched, option: Option) -> tuple[Said, ...]:
    """What the organoids say of an option, a test of the whole first; empty where none does."""
    if not matched.patient.organoids:
        return ()
    results = results_of(matched)
    found = (
        Said(scheme, str(fact.get("reach")), str(fact.get("verdict")), tuple(_counting(results, scheme)))
        for fact in matched.derivations.facts("functional")
        if fact.get("option") == option.id
        for scheme in (str(fact.get("by")),)
    )
    return tuple(sorted(found, key=lambda each: (each.reach != "whole", each.scheme)))


def _counting(results: Iterable[Read], scheme: str) -> Iterator[Read]:
    return (each for each in results if each.state == COUNTS and each.scheme == scheme)


def functional_facts(matched: Matched, option: Option) -> tuple[Fact, ...]:
    """The facts to prove that tell where organoids put an option: its place, else what they say of it."""
    found = [fact for fact in matched.derivations.facts("functional_place") if fact.get("option") == option.id]
    said = [fact for fact in matched.derivations.facts("functional") if fact.get("option") == option.id]
    return tuple(found or said)


class Only(NamedTuple):
    """A scheme that nothing but organoids supports: no recommendation; `fact` is to be proved."""

    regimen: Regimen
    fact: Fact
    results: tuple[Read, ...]


def functional_only(matched: Matched) -> tuple[Only, ...]:
    """The schemes that organoids are sensitive to and nothing else recommends, by name."""
    results = results_of(matched)
    if not results:
        return ()
    found = sorted(matched.derivations.facts("functional_only"), key=lambda fact: str(fact.get("scheme")))
    return tuple(
        Only(tuple(scheme.split("+")), fact, tuple(_counting(results, scheme)))
        for fact in found
        for scheme in (str(fact.get("scheme")),)
    )
