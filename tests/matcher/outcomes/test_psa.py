"""PSA progression and response by PCWG3, held to cases computed by hand, and what the measures make of a course."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.outcomes.psa import MEASURES, PCWG3, Value, first_progression, progression, psa_progression, psa_response
from matcher.outcomes.psa import response as psa_decline
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Result, Spell
from tests.matcher.outcomes.course import endpoint, subject

TABLE = Path(__file__).parents[2] / "tables" / "psa.tsv"
START = "prior_therapies:\n  - {regimen: [enzalutamide], start: 2024-01-01, guided_by: s}\n"


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def values(text: str) -> list[Value]:
    return [Value(float(day), float(psa)) for day, psa in (each.split(":") for each in text.split())]


def number(text: str) -> float | None:
    return None if text == "-" else float(text)


def test_the_table_has_cases_of_every_kind() -> None:
    assert len(cases()) >= 15
    assert (
        {case["progression"] == "-" for case in cases()}
        == {case["response"] == "-" for case in cases()}
        == {True, False}
    )


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["case"])
def test_progression_and_response_as_computed_by_hand(case: dict[str, str]) -> None:
    baseline, course = float(case["baseline"]), values(case["values"])
    found = progression(baseline, course)
    assert (found and found.day, found and found.confirmed) == (number(case["progression"]), number(case["confirmed"]))
    assert psa_decline(baseline, course) == number(case["response"])


PSA = st.floats(0, 200).map(lambda value: round(value, 1))
COURSES = st.lists(st.tuples(st.integers(1, 60), PSA), min_size=1, max_size=12).map(
    lambda steps: [Value(float(sum(gap for gap, _ in steps[: at + 1])), psa) for at, (_, psa) in enumerate(steps)]
)


@given(PSA, COURSES, COURSES)
def test_values_after_a_confirmed_progression_do_not_move_it(
    baseline: float, course: list[Value], more: list[Value]
) -> None:
    found = progression(baseline, course)
    later = [Value(course[-1].day + value.day, value.psa) for value in more]
    if found is not None:
        assert progression(baseline, [*course, *later]) == found


@given(PSA, COURSES)
def test_a_progression_is_late_and_high_enough_and_holds_until_it_is_confirmed(
    baseline: float, course: list[Value]
) -> None:
    found = progression(baseline, course)
    if found is None:
        return
    before = [baseline, *(value.psa for value in course if value.day < found.day)]
    assert found.day >= PCWG3.early
    assert found.above == min(before)
    assert found.psa >= max(found.above * 1.25, found.above + 2) - 1e-6
    if found.above < baseline:
        assert found.confirmed - found.day >= 21
        assert all(
            value.psa >= max(found.above * 1.25, found.above + 2) - 1e-6
            for value in course
            if found.day <= value.day <= found.confirmed
        )


@given(PSA, COURSES)
def test_psa_that_only_falls_never_progresses(baseline: float, course: list[Value]) -> None:
    falling = [Value(value.day, baseline / (number + 2)) for number, value in enumerate(course)]
    assert progression(baseline, falling) is None


# --- the measures ----------------------------------------------------------------------------------------------------


def measured(folder: Path, name: str, text: str, start: str = START) -> Subject:
    """A course with PSA as `2023-12-20:20`, and any other event as it is written in a file."""
    events = [
        f"{{date: {part.split(':')[0]}, kind: PSA, value: {part.split(':')[1]}, unit: ng/mL}}"
        if part[0].isdecimal()
        else f"{{{part}}}"
        for part in text.split("; ")
    ]
    return subject(folder, start + "events:\n" + "".join(f"  - {event}\n" for event in events), name)


RISING = "2023-12-20:20; 2024-01-29:10; 2024-03-25:4; 2024-04-22:6.5; 2024-05-20:7"


def spell(result: Result) -> Spell:
    (found,) = result.spells
    return found


def test_the_time_to_psa_progression_runs_from_the_start_of_treatment(tmp_path: Path) -> None:
    found = psa_progression(endpoint(MEASURES["PSA progression"]), (measured(tmp_path, "A", RISING),))
    assert spell(found) == Spell("A", 112, True)
    assert found.curve is not None
    assert found.curve.median.value == 112


def test_a_rise_that_is_not_confirmed_is_told_and_censored(tmp_path: Path) -> None:
    one = measured(tmp_path, "A", RISING.rpartition("; ")[0])
    found = psa_progression(endpoint(MEASURES["PSA progression"]), (one,))
    assert spell(found) == Spell("A", 112, False)
    assert "A: the rise to 6.5 ng/mL on day 112 is not confirmed: not counted" in found.notes


def test_another_therapy_ends_what_psa_tells_of_the_treatment(tmp_path: Path) -> None:
    start = START + "  - {regimen: [docetaxel], start: 2024-05-01}\n"
    found = psa_progression(endpoint(MEASURES["PSA progression"]), (measured(tmp_path, "A", RISING, start),))
    assert spell(found) == Spell("A", 112, False)


def test_the_share_with_a_confirmed_decline_and_the_waterfall(tmp_path: Path) -> None:
    subjects = (
        measured(tmp_path, "A", RISING),
        measured(tmp_path, "B", "2024-01-01:10; 2024-02-01:4"),
        measured(tmp_path, "C", "2024-01-01:10; 2024-02-01:15"),
        measured(tmp_path, "D", "2024-02-01:15; 2024-03-01:14"),
    )
    found = psa_response(endpoint(MEASURES["PSA response"]), subjects)
    assert found.value is not None
    assert found.value[:2] == (1, 3)
    assert [row[0] for row in dict(found.tables)["best change"].rows] == ["C", "B", "A"]
    assert dict(found.tables)["best change"].rows[2] == ("A", 20.0, 4.0, -80.0, "yes")
    assert [(each.subject, each.reason) for each in found.excluded] == [("D", "no PSA on or before 2024-01-01")]


@pytest.mark.parametrize(
    ("more", "expected", "by"),
    [
        ("date: 2024-03-01, kind: assessment, response: PD", Spell("A", 60, True), "imaging"),
        ("date: 2024-06-01, kind: assessment, response: PD", Spell("A", 112, True), "PSA"),
        ("date: 2024-04-22, kind: assessment, response: PD", Spell("A", 112, True), "PSA and imaging"),
        ("date: 2024-03-01, kind: progression, by: imaging", Spell("A", 60, True), "imaging"),
        ("date: 2024-03-01, kind: progression, by: clinical", Spell("A", 112, True), "PSA"),
        ("date: 2024-03-01, kind: death", Spell("A", 112, True), "PSA"),
    ],
)
def test_the_first_of_psa_and_imaging_counts(tmp_path: Path, more: str, expected: Spell, by: str) -> None:
    one = measured(tmp_path, "A", f"{RISING}; {more}")
    found = first_progression(endpoint(MEASURES["PSA or imaging progression"]), (one,))
    assert spell(found) == expected
    row = dict(found.tables)["first progression"].rows[0]
    assert set(str(row[1]).split(" and ")) == set(by.split(" and "))


def test_the_last_evaluation_censors_and_what_is_not_evaluable_is_none(tmp_path: Path) -> None:
    seen = "date: 2024-03-01, kind: assessment, response: SD; date: 2024-04-01, kind: assessment, response: NE"
    text = f"2024-01-01:10; 2024-02-01:6; {seen}"
    found = first_progression(endpoint(MEASURES["PSA or imaging progression"]), (measured(tmp_path, "A", text),))
    assert spell(found) == Spell("A", 60, False)


def test_a_declared_psa_progression_is_told_and_the_values_decide(tmp_path: Path) -> None:
    one = measured(tmp_path, "A", "2024-01-01:10; 2024-02-01:6; date: 2024-03-01, kind: PSA progression")
    found = first_progression(endpoint(MEASURES["PSA or imaging progression"]), (one,))
    assert spell(found).event is False
    assert "A: the PSA progression told on 2024-03-01 does not count by itself: the PSA values decide" in found.notes


def test_death_is_an_event_where_the_study_says_so(tmp_path: Path) -> None:
    one = measured(tmp_path, "A", "2024-01-01:10; 2024-02-01:6; date: 2024-03-01, kind: death")
    found = first_progression(endpoint(MEASURES["PSA or imaging progression"], {"death": True}), (one,))
    assert spell(found) == Spell("A", 60, True)
