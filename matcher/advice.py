"""What the course asks for beside therapies: re-sequencing to be considered, and whether a patient stays in a study."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matcher.case import Matched
    from rules.facts import Fact
    from rules.wording import Wording

DUE, OPEN = "due", "open"
"""Whether it is to be considered, or dates leave that undetermined."""


class Advice(NamedTuple):
    """One piece of advice: `topic` is `re-sequencing` or `study`, `cause` what asks for it and `day` its last day.

    `message` is the rule's sentence in the language of the answer; `fact` is what was derived, for its proof.
    """

    topic: str
    state: str
    cause: str
    regimen: str
    day: str
    message: str
    rule: str
    fact: Fact


def advice_of(matched: Matched, wording: Wording) -> tuple[Advice, ...]:
    """All advice: what is due before what is open, re-sequencing first, then the newest cause first."""
    derived = matched.derivations.derived
    found = []
    for fact in matched.derivations.concluded("advice"):
        told, way = dict(fact.fields), derived[fact][0]
        topic, state, cause, regimen, day = (str(told[key]) for key in ("topic", "state", "cause", "regimen", "latest"))
        found.append(Advice(topic, state, cause, regimen, day, wording.signed(way), way.rule, fact))
    newest = sorted(found, key=lambda each: (each.day, each.cause, each.regimen), reverse=True)
    return tuple(sorted(newest, key=lambda each: (each.state != DUE, each.topic)))


def foremost(advice: Iterable[Advice]) -> tuple[Advice, ...]:
    """The first of each topic: the newest cause that is due, or else the newest that is open."""
    firsts: dict[str, Advice] = {}
    for each in advice:
        firsts.setdefault(each.topic, each)
    return tuple(firsts.values())
