"""A patient after edits, matched as a whole: what a named change is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matcher.case import Matched, match_patient
from matcher.edits import Edit, edited
from matcher.why_not import WhyNot
from rules.engine import engine

TIERS = ("on-label", "off-label", "trial")


def gained(found: WhyNot, edits: Iterable[Edit], evaluator: str) -> dict[str, str]:
    """The options asked for whose regimen is in a better tier after the edits than before, with their tiers."""
    before = tiers(found.matched, found)
    now: dict[tuple[str, ...], int] = {}
    for name, tier in before.items():
        regimen = found.matched.case.items[name].regimen
        now[regimen] = min(TIERS.index(tier), now.get(regimen, len(TIERS)))
    again = changed(found, edits, evaluator)
    return {
        name: tier
        for name, tier in tiers(again, found).items()
        if TIERS.index(tier) < now.get(again.case.items[name].regimen, len(TIERS))
    }


def changed(found: WhyNot, edits: Iterable[Edit], evaluator: str) -> Matched:
    """The whole patient matched after the edits."""
    source = found.matched.source
    assert source is not None
    request, read = edited(source.request, source.read, edits, found.matched.knowledge)
    return match_patient(request, read, found.matched.knowledge, found.matched.rules, engine(evaluator).run)


def tiers(matched: Matched, found: WhyNot) -> dict[str, str]:
    """The recommended options of the regimens asked for, with their tiers."""
    return {
        str(fact.get("option")): str(fact.get("tier"))
        for fact in matched.derivations.facts("recommendation")
        if matched.case.items[str(fact.get("option"))].regimen in found.target.regimens
    }


def is_as_good(tiers: Mapping[str, str], tier: str) -> bool:
    """Whether one of the tiers is this one, or better."""
    return any(TIERS.index(each) <= TIERS.index(tier) for each in tiers.values())
