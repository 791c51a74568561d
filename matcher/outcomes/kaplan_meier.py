"""Kaplan-Meier estimates of times to an event, medians, rates at landmarks, and the log-rank test (lifelines)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from matcher.outcomes.values import CONFIDENCE, DAYS_PER_MONTH, Curve, Estimate, Spell

_HALF = 0.5 + 1e-9
"""One half, with room for the rounding of a product of fractions: 9/10 * 8/9 * ... must count as 5/10."""

_GRIDS = (1, 2, 3, 6, 12, 24, 60, 120)
"""Months between two days of the numbers at risk: the first that gives no more than MOST_DAYS of them."""

MOST_DAYS = 9

Step = tuple[float, float, float, float]


class LogRank(NamedTuple):
    """The log-rank test of equal survival: chi-square statistic, its degrees of freedom, and p.

    It says nothing of the size of a difference, and in groups that were not randomized nothing of its cause.
    """

    statistic: float
    degrees: int
    p: float


def kaplan_meier(spells: Iterable[Spell], confidence: float = CONFIDENCE) -> Curve:
    """The product-limit estimate, in days.

    The interval is Greenwood's on the scale of log(-log S), as R's `survfit(conf.type = "log-log")` has it. The
    interval of the median are the first days on which the limits are at 0.5 or below (Brookmeyer and Crowley). Where
    the estimate is 0 no interval is defined: its lower limit is 0 and its upper one that of the step before.

    >>> found = kaplan_meier([Spell("a", 10, True), Spell("b", 20, False), Spell("c", 30, True)])
    >>> [(day, round(share, 3)) for day, share, _, _ in found.steps], found.median.value
    ([(0.0, 1.0), (10.0, 0.667), (30.0, 0.0)], 30.0)
    """
    every = tuple(spells)
    if not every:
        return Curve((), Estimate(None, None, None, "days"), (), 0, ())
    steps = _steps(every, confidence)
    return Curve(
        steps,
        _median(steps),
        tuple((day, sum(spell.days >= day for spell in every)) for day in _days(max(spell.days for spell in every))),
        sum(spell.event for spell in every),
        tuple(sorted(spell.days for spell in every if not spell.event)),
    )


def _steps(spells: Sequence[Spell], confidence: float) -> tuple[Step, ...]:
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter(alpha=1 - confidence).fit(
        [spell.days for spell in spells], [spell.event for spell in spells]
    )
    limits = fitted.confidence_interval_
    estimate = zip(fitted.timeline, fitted.survival_function_.iloc[:, 0], limits.values.tolist(), strict=True)
    at_event = {spell.days for spell in spells if spell.event}
    steps: list[Step] = [(0.0, 1.0, 1.0, 1.0)]
    for day, share, (low, high) in estimate:
        if day in at_event:
            is_zero = share < 1e-12
            steps.append((float(day), 0.0, 0.0, steps[-1][3]) if is_zero else (float(day), float(share), low, high))
    return tuple(steps)


def _median(steps: Sequence[Step]) -> Estimate:
    """The first day on which half or fewer are free of the event; None where that day is not reached."""
    defined = [step for step in steps if step[1] > 0]
    return Estimate(
        next((day for day, share, _, _ in steps if share <= _HALF), None),
        next((day for day, _, low, _ in defined if low <= _HALF), None),
        next((day for day, _, _, high in defined if high <= _HALF), None),
        "days",
    )


def _days(last: float) -> Iterable[float]:
    """Days for the numbers at risk: every so many months until the last day."""
    months = next((grid for grid in _GRIDS if last / DAYS_PER_MONTH / grid < MOST_DAYS), _GRIDS[-1])
    number = int(last / DAYS_PER_MONTH / months + 1e-9)
    return (each * months * DAYS_PER_MONTH for each in range(number + 1))


def months(estimate: Estimate) -> Estimate:
    """An estimate in days as one in months of 30.4375 days."""
    value, low, high = (None if each is None else each / DAYS_PER_MONTH for each in estimate[:3])
    return Estimate(value, low, high, "months")


def until(spells: Iterable[Spell], days: float) -> tuple[Spell, ...]:
    """The spells with follow-up ended at this day: what is longer is censored then.

    >>> until([Spell("a", 100, True), Spell("b", 800, True)], 730)
    (Spell(subject='a', days=100, event=True), Spell(subject='b', days=730, event=False))
    """
    return tuple(Spell(each.subject, days, False) if each.days > days else each for each in spells)


def rate_at(curve: Curve, days: float, followed: float) -> Estimate:
    """The share free of the event at a day, with its interval; all None behind the last day that anyone was `followed`.

    >>> curve = kaplan_meier([Spell("a", 10, True), Spell("b", 20, False)])
    >>> rate_at(curve, 15, 20).value, rate_at(curve, 25, 20).value
    (0.5, None)
    """
    before = [step for step in curve.steps if step[0] <= days]
    if not before or (days > followed and before[-1][1] > 0):
        return Estimate(None, None, None)
    return Estimate(*before[-1][1:])


def follow_up(spells: Iterable[Spell]) -> Estimate:
    """The median follow-up in days, by the reverse Kaplan-Meier method: the end of follow-up is its event."""
    return kaplan_meier(Spell(each.subject, each.days, not each.event) for each in spells).median


def log_rank(groups: Mapping[str, Sequence[Spell]]) -> LogRank | None:
    """The log-rank test of the groups; None where fewer than two have subjects, or nobody had the event."""
    rows = [(name, spell) for name, spells in groups.items() for spell in spells]
    if len({name for name, _ in rows}) < 2 or not any(spell.event for _, spell in rows):
        return None
    from lifelines.statistics import multivariate_logrank_test

    found = multivariate_logrank_test(
        [spell.days for _, spell in rows], [name for name, _ in rows], [spell.event for _, spell in rows]
    )
    return LogRank(float(found.test_statistic), int(found.degrees_of_freedom), float(found.p_value))
