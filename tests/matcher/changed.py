"""A patient after edits, matched as a whole: what a named change is held against."""

from __future__ import annotations

from matcher.case import match_patient
from matcher.edits import Edit, edited
from matcher.why_not import WhyNot
from rules.engine import engine


def tiers_of(found: WhyNot, edits: tuple[Edit, ...], evaluator: str) -> dict[str, str]:
    """The options of the target that are recommended after the edits, with their tiers."""
    source = found.matched.source
    assert source is not None
    request, read = edited(source.request, source.read, edits, found.matched.knowledge)
    again = match_patient(request, read, found.matched.knowledge, found.matched.rules, engine(evaluator).run)
    return {
        str(fact.get("option")): str(fact.get("tier"))
        for fact in again.derivations.facts("recommendation")
        if again.case.items[str(fact.get("option"))].regimen in found.target.regimens
    }
