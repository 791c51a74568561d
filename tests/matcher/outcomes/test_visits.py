"""Values at visits: the baseline, windows around the days of visits, and visits by their order."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.outcomes.performance import MEASURES
from matcher.outcomes.study import Endpoint
from matcher.outcomes.values import Excluded
from matcher.outcomes.visits import Dated, origin_of, series, visit_name, visit_names
from tests.matcher.outcomes.course import endpoint, subject

ORIGIN = date(2024, 1, 10)
MEASURE = MEASURES["ECOG change"]


def at(*days: int) -> list[Dated[int]]:
    return [Dated(ORIGIN + timedelta(days=day), day) for day in days]


def planned(*visits: float, window: float | None = None) -> Endpoint:
    return endpoint(MEASURE, {"visits": visits, "visit_window": window})


@pytest.mark.parametrize(
    ("days", "visits", "window", "baseline", "placed"),
    [
        ((-9, 0, 30), (42.0,), None, 0, {"week 6": 30}),
        ((-9, -2), (42.0,), None, -2, {}),
        ((40, 45), (42.0,), 7.0, None, {"week 6": 40}),
        ((41, 43), (42.0,), 7.0, None, {"week 6": 41}),
        ((30,), (42.0,), 7.0, None, {}),
        ((42, 63, 84), (42.0, 84.0), None, None, {"week 6": 42, "week 12": 84}),
        ((63,), (42.0, 84.0), None, None, {"week 6": 63}),
        ((5, 50), (), None, None, {"visit 1": 5, "visit 2": 50}),
    ],
)
def test_which_value_belongs_where(
    days: tuple[int, ...], visits: tuple[float, ...], window: float | None, baseline: int | None, placed: dict[str, int]
) -> None:
    found = series(at(*days), ORIGIN, planned(*visits, window=window))
    assert (found.baseline and found.baseline.value) == baseline
    assert {name: each.value for name, each in found.visits.items()} == placed


@given(
    st.lists(st.integers(-60, 400), unique=True),
    st.lists(st.sampled_from([21.0, 42.0, 84.0, 168.0]), unique=True, max_size=4),
    st.none() | st.floats(0, 60),
)
def test_a_value_is_at_one_visit_at_most_and_never_before_the_first_dose(
    days: list[int], visits: list[float], window: float | None
) -> None:
    plan = planned(*visits, window=window)
    found = series(at(*days), ORIGIN, plan)
    values = [each.value for each in found.visits.values()]
    assert len(values) == len(set(values))
    assert all(value > 0 for value in values)
    assert set(found.visits) <= set(visit_names([found], plan))
    assert found.baseline is None or found.baseline.value == max(day for day in days if day <= 0)


@pytest.mark.parametrize(("days", "name"), [(42.0, "week 6"), (365.25 / 2, "month 6"), (45.0, "day 45")])
def test_a_visit_is_named_by_its_day(days: float, name: str) -> None:
    assert visit_name(days) == name


def test_a_start_without_a_full_date_is_no_day_to_count_from(tmp_path: Path) -> None:
    text = """prior_therapies: [{regimen: [pyrotinib], start: 2024-01, guided_by: s}]
"""
    found = origin_of(subject(tmp_path, text))
    assert isinstance(found, Excluded)
    assert found.reason == "no day to count visits from: 2024-01 is no full date"
