"""What of a patient's facts rules can tell apart: sentences need not be the same for patients to be alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rules.language import Variable

if TYPE_CHECKING:
    from rules.facts import Fact
    from rules.language import Rule, RuleSet

TEXTS = (("biomarker_of", "because"),)
"""The fields of facts that hold sentences with the names of those alterations that others may stand for."""
AGE = ("age", "years")
LIMITS = (("minimum_age", "years"), ("maximum_age", "years"))
"""The fields of facts that hold what ages are held against."""


def texts_count(rules: RuleSet) -> bool:
    """Whether some rule asks for more of the sentences than to repeat them."""
    return any(not _only_told(rule, field) for rule in rules.rules for field in TEXTS)


def ages_count(rules: RuleSet) -> frozenset[float] | None:
    """The ages that rules name; None where some rule does more with an age than to hold it against limits."""
    named: set[float] = set()
    for rule in rules.rules:
        ages = set(_variables(rule, AGE))
        if _has_constant(rule, AGE) or any(_used(rule, age) > 1 for age in ages):
            return None
        limits = {name for field in LIMITS for name in _variables(rule, field)}
        for left, _, right in rule.comparisons():
            for mine, other in ((left, right), (right, left)):
                if not isinstance(mine, Variable) or mine.name not in ages:
                    continue
                if isinstance(other, Variable) and other.name not in limits:
                    return None
                if not isinstance(other, Variable):
                    named.add(float(other))
    return frozenset(named)


def limits_of(facts: Iterable[Fact]) -> frozenset[float]:
    """The ages that these facts hold a patient's age against."""
    fields = dict(LIMITS)
    found = (each.get(fields[each.predicate]) for each in facts if each.predicate in fields)
    return frozenset(float(value) for value in found if value is not None)


def place_of(age: int, limits: Iterable[float]) -> tuple[int, int]:
    """Where an age stands among limits: ages that stand at the same place are alike.

    >>> place_of(17, [12, 18]) == place_of(13, [12, 18]), place_of(18, [12, 18]) == place_of(19, [12, 18])
    (True, False)
    """
    ordered = sorted(limits)
    return bisect_left(ordered, age), bisect_right(ordered, age)


def _only_told(rule: Rule, field: tuple[str, str]) -> bool:
    if _has_constant(rule, field):
        return False
    compared = {term.name for each in rule.comparisons() for term in each[::2] if isinstance(term, Variable)}
    return all(_used(rule, name) == 1 and name not in compared for name in _variables(rule, field))


def _terms(rule: Rule, field: tuple[str, str]) -> Iterator[object]:
    """What the rule's conditions say of a field of a predicate."""
    predicate, name = field
    for atom in (*rule.positives(), *rule.settled()):
        if atom.predicate == predicate:
            yield from (term for key, term in atom.fields if key == name)


def _variables(rule: Rule, field: tuple[str, str]) -> Iterator[str]:
    return (term.name for term in _terms(rule, field) if isinstance(term, Variable) and not term.is_anonymous)


def _has_constant(rule: Rule, field: tuple[str, str]) -> bool:
    return any(not isinstance(term, Variable) for term in _terms(rule, field))


def _used(rule: Rule, name: str) -> int:
    """How often a variable stands in the rule's patterns and its conclusion; comparisons are not counted."""
    atoms = (rule.head, *rule.positives(), *rule.settled())
    places = (term for atom in atoms for _, term in atom.fields if isinstance(term, Variable) and term.name == name)
    aggregated = sum(each.of == name for each in rule.aggregates())
    return sum(1 for _ in places) + aggregated
