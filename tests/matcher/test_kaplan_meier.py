"""Kaplan-Meier estimates against hand computation, against R's published figures, and by their laws."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.outcomes.kaplan_meier import follow_up, kaplan_meier, log_rank, months, rate_at, until
from matcher.outcomes.values import Estimate, Spell


def spells(*told: str | int | float) -> tuple[Spell, ...]:
    """Times in days; a `+` behind one is a censored one, as textbooks write it."""
    texts = [str(each) for each in told]
    return tuple(
        Spell(str(number), float(text.rstrip("+")), not text.endswith("+")) for number, text in enumerate(texts)
    )


def product_limit(every: tuple[Spell, ...]) -> list[tuple[float, float]]:
    """The estimate as its definition has it: the product of (1 - deaths / at risk)."""
    share, found = 1.0, [(0.0, 1.0)]
    for day in sorted({spell.days for spell in every if spell.event}):
        at_risk = sum(spell.days >= day for spell in every)
        deaths = sum(spell.days == day and spell.event for spell in every)
        share *= 1 - deaths / at_risk
        found.append((day, share))
    return found


def test_ten_subjects_by_hand() -> None:
    # At risk 10, 9, 7, 6, 4, 2 at the six days with an event: 9/10, * 8/9, * 6/7, * 5/6, * 3/4, * 1/2.
    curve = kaplan_meier(spells(6, 10, "11+", 13, 16, "20+", 23, "25+", 32, "34+"))
    expected = [1, 9 / 10, 8 / 10, 24 / 35, 4 / 7, 3 / 7, 3 / 14]
    assert [day for day, *_ in curve.steps] == [0, 6, 10, 13, 16, 23, 32]
    assert [share for _, share, _, _ in curve.steps] == pytest.approx(expected)
    assert curve.median.value == 23
    assert (curve.events, curve.censored) == (6, (11, 20, 25, 34))


def test_greenwoods_interval_by_hand() -> None:
    # Two of four died at day 5: S = 1/2; the variance of log S is 2 / (4 * 2) = 1/4; z is 1.96.
    curve = kaplan_meier(spells(5, 5, "9+", "9+"))
    half, width = math.log(2), 1.959964 * 0.5 / math.log(2)
    _, share, low, high = curve.steps[1]
    assert share == 0.5
    assert low == pytest.approx(math.exp(-half * math.exp(width)), abs=1e-6)
    assert high == pytest.approx(math.exp(-half * math.exp(-width)), abs=1e-6)


def test_rounding_does_not_move_the_median() -> None:
    # 9/10 * 8/9 * 7/8 * 6/7 * 5/6 is 1/2 and a little more in floating point.
    assert kaplan_meier(spells(*range(1, 11))).median.value == 5


@pytest.mark.parametrize(
    ("told", "median"),
    [
        ((), Estimate(None, None, None, "days")),
        (("5+", "9+"), Estimate(None, None, None, "days")),
        ((7,), Estimate(7, None, None, "days")),
        ((0, "0+"), Estimate(0, None, None, "days")),
    ],
)
def test_where_an_interval_is_not_reached_it_has_no_limit(told: tuple[str, ...], median: Estimate) -> None:
    found = kaplan_meier(spells(*told)).median
    assert (found.value, found.high) == (median.value, median.high)


def test_no_step_is_without_number() -> None:
    curve = kaplan_meier(spells(3, 4, 5))
    assert all(math.isfinite(number) for step in curve.steps for number in step)
    assert curve.steps[-1][1:3] == (0, 0)


def test_numbers_at_risk_count_who_is_followed_to_the_day() -> None:
    curve = kaplan_meier(spells(30, 100, "200+", "400+"))
    by_month = {round(day / 30.4375): number for day, number in curve.at_risk}
    assert by_month == {0: 4, 2: 3, 4: 2, 6: 2, 8: 1, 10: 1, 12: 1}


def test_follow_up_ends_at_the_limit() -> None:
    found = until(spells(100, "800+", 731, 730), 730)
    assert [(each.days, each.event) for each in found] == [(100, True), (730, False), (730, False), (730, True)]


def test_a_rate_is_told_as_far_as_anyone_was_followed() -> None:
    every = spells(100, "300+")
    curve = kaplan_meier(every)
    assert rate_at(curve, 299, 300).value == 0.5
    assert rate_at(curve, 301, 300).value is None


def test_follow_up_turns_events_and_censoring_around() -> None:
    assert follow_up(spells(1, 1, "50+", "60+", "70+")).value == 60


# --- published figures -----------------------------------------------------------------------------------------------


def of_lifelines(name: str, time: str, event: str, group: str) -> dict[str, tuple[Spell, ...]]:
    """A data set that comes with lifelines, by group."""
    import lifelines.datasets

    data = getattr(lifelines.datasets, f"load_{name}")()
    found: dict[str, tuple[Spell, ...]] = {}
    for number, (days, happened, of) in enumerate(zip(data[time], data[event], data[group], strict=True)):
        found[str(of)] = (*found.get(str(of), ()), Spell(str(number), float(days), bool(happened)))
    return found


def test_lung_as_r_and_sas_have_it() -> None:
    # survfit(Surv(time, status) ~ sex, data = lung, conf.type = "log-log"), and survdiff.
    groups = of_lifelines("lung", "time", "status", "sex")
    every = [spell for group in groups.values() for spell in group]
    assert kaplan_meier(every).median[:3] == (310, 284, 361)
    assert kaplan_meier(groups["1"]).median[:3] == (270, 210, 306)
    assert kaplan_meier(groups["2"]).median[:3] == (426, 345, 524)
    assert (kaplan_meier(groups["1"]).events, kaplan_meier(groups["2"]).events) == (112, 53)
    test = log_rank(groups)
    assert test is not None
    assert (round(test.statistic, 1), test.degrees, round(test.p, 5)) == (10.3, 1, 0.00131)


def test_leukemia_as_textbooks_have_it() -> None:
    # Freireich's trial of 6-mercaptopurine: medians 23 and 8 weeks, log-rank 16.79.
    groups = of_lifelines("leukemia", "t", "status", "Rx")
    treated, placebo = kaplan_meier(groups["0"]), kaplan_meier(groups["1"])
    assert treated.median[:3] == (23, 13, None)
    assert placebo.median[:3] == (8, 4, 11)
    shares = {day: round(share, 4) for day, share, _, _ in treated.steps}
    assert shares == {0: 1, 6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    test = log_rank(groups)
    assert test is not None
    assert round(test.statistic, 2) == 16.79


def test_no_log_rank_without_two_groups_or_an_event() -> None:
    assert log_rank({"a": spells(1, 2)}) is None
    assert log_rank({"a": spells(1, 2), "b": ()}) is None
    assert log_rank({"a": spells("1+"), "b": spells("2+")}) is None


# --- laws ------------------------------------------------------------------------------------------------------------

COHORTS = st.lists(st.tuples(st.integers(0, 2000), st.booleans()), min_size=1, max_size=40).map(
    lambda rows: tuple(Spell(str(number), float(days), event) for number, (days, event) in enumerate(rows))
)


@given(COHORTS)
def test_the_estimate_is_the_product_limit_and_never_rises(every: tuple[Spell, ...]) -> None:
    steps = kaplan_meier(every).steps
    assert [(day, pytest.approx(share, abs=1e-9)) for day, share, _, _ in steps] == product_limit(every)
    assert all(later[1] <= sooner[1] + 1e-12 for sooner, later in pairwise(steps))
    assert all(low - 1e-12 <= share <= high + 1e-12 for _, share, low, high in steps)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=40))
def test_without_censoring_it_is_the_share_that_is_left(days: list[int]) -> None:
    curve = kaplan_meier(spells(*days))
    for day, share, _, _ in curve.steps:
        assert share == pytest.approx(sum(each > day for each in days) / len(days))
    assert curve.median.value == sorted(days)[(len(days) - 1) // 2]


@given(COHORTS, st.integers(2, 30))
def test_the_median_is_scaled_with_the_days(every: tuple[Spell, ...], factor: int) -> None:
    median = kaplan_meier(every).median
    scaled = kaplan_meier(spell._replace(days=spell.days * factor) for spell in every).median
    assert [None if each is None else each * factor for each in median[:3]] == list(scaled[:3])
    value = months(median).value
    assert value is None or value * 30.4375 == pytest.approx(median.value)


@given(COHORTS)
def test_who_is_censored_before_everything_changes_nothing(every: tuple[Spell, ...]) -> None:
    """Somebody censored before the first event is never at risk at one."""
    late = tuple(spell._replace(days=spell.days + 1) for spell in every)
    joined = (*late, Spell("early", 0.5, False))
    assert kaplan_meier(joined).steps == kaplan_meier(late).steps


@given(COHORTS)
def test_who_is_followed_longest_without_event_never_lowers_the_curve(every: tuple[Spell, ...]) -> None:
    last = max(spell.days for spell in every) + 1
    before, after = kaplan_meier(every).steps, kaplan_meier((*every, Spell("last", last, False))).steps
    assert [day for day, *_ in before] == [day for day, *_ in after]
    assert all(new[1] >= old[1] - 1e-12 for old, new in zip(before, after, strict=True))
