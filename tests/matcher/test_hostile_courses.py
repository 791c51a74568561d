"""Courses that contradict themselves or tell too little: right counts, listed exclusions, and never a guess."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.outcomes.computed import Ground, outcomes_of
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import read_study
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Result
from matcher.report.outcomes_folder import folder
from tests.matcher.courses import EVERY, computed, event, seen, start, subject
from tests.shared import knowledge, library

ENTERED = event("2024-01-05", "enrolment", study="study")

COURSES: dict[str, tuple[dict[str, object], ...]] = {
    "PD on the day of the start": (start("2024-01-10"), seen("2024-01-10", "PD")),
    "PD on the day of the start, then SD": (start("2024-01-10"), seen("2024-01-10", "PD"), seen("2024-03-10", "SD")),
    "death without progression": (start("2024-01-10"), event("2024-04-10", "death", cause="accident")),
    "death on the first day": (start("2024-01-10"), event("2024-01-10", "death", cause="accident")),
    "response under the next therapy": (
        start("2024-01-10"),
        seen("2024-03-10", "SD"),
        start("2024-04-01", "olaparib"),
        seen("2024-06-01", "PR"),
    ),
    "next therapy without its day": (
        start("2024-01-10"),
        seen("2024-03-10", "SD"),
        start("2024-04", "olaparib"),
        seen("2024-04-15", "PR"),
        seen("2024-06-01", "PR"),
    ),
    "start without its day": (start("2024-01"), seen("2024-03-10", "PR")),
    "progression without its day": (start("2024-01-10"), seen("2024-03", "PD")),
    "two progressions": (
        start("2024-01-10"),
        seen("2024-03-10", "PD"),
        event("2024-03-12", "progression", by="imaging"),
        seen("2024-05-01", "PD"),
    ),
    "two responses on one day": (start("2024-01-10"), seen("2024-03-10", "PD"), seen("2024-03-10", "CR")),
    "start after death": (event("2024-02-01", "death", cause="cancer"), start("2024-03-10"), seen("2024-05-10", "PR")),
    "response after death": (
        start("2024-01-10"),
        event("2024-02-01", "death", cause="cancer"),
        seen("2024-03-10", "PR"),
    ),
    "nothing started": (),
}


@pytest.fixture
def subjects(tmp_path: Path) -> tuple[Subject, ...]:
    return tuple(subject(tmp_path, name, ENTERED, *events) for name, events in COURSES.items())


def reasons(result: Result) -> dict[str, str]:
    return {each.subject: each.reason for each in result.excluded}


def test_best_responses(tmp_path: Path, subjects: tuple[Subject, ...]) -> None:
    found = computed(tmp_path, subjects, "objective response rate")
    best = {row[0]: (row[1], row[2]) for row in dict(found.tables)["best response by subject"].rows}
    assert best == {
        "PD on the day of the start": ("NE", None),
        "PD on the day of the start, then SD": ("SD", 60),
        "death without progression": ("NE", None),
        "death on the first day": ("NE", None),
        "response under the next therapy": ("SD", 60),
        "next therapy without its day": ("SD", 60),
        "progression without its day": ("NE", None),
        "two progressions": ("PD", 60),
        "two responses on one day": ("PD", 60),
        "response after death": ("NE", None),
    }
    assert found.value is not None
    assert found.value[:2] == (0, 10)


@pytest.mark.parametrize(
    "told",
    [
        "start: PD of 2024-01-10 is of the day on which the treatment began: taken as from before it",
        "its day: assessment of 2024-04-15 may lie after the next therapy began (2024-04): not used; give its day",
        "progression without its day: assessment of 2024-03 has no full date: not used",
        "two responses on one day: CR and PD on one day, 2024-03-10: PD counts",
        "response after death: assessment of 2024-03-10 is after the death: not used",
    ],
)
def test_what_is_not_used_is_told(tmp_path: Path, subjects: tuple[Subject, ...], told: str) -> None:
    notes = computed(tmp_path, subjects, "best overall response").notes
    assert [note for note in notes if told in note], notes


@pytest.mark.parametrize("measure", ["objective response rate", "progression-free survival", "overall survival"])
def test_who_is_not_counted_is_listed(tmp_path: Path, subjects: tuple[Subject, ...], measure: str) -> None:
    found = reasons(computed(tmp_path, subjects, measure))
    assert found["start without its day"] == "the start of pyrotinib has no full date: 2024-01"
    assert found["start after death"] == "the death (2024-02-01) is before the start of pyrotinib (2024-03-10)"
    assert found["nothing started"] == "no treatment of the study is told"


def test_progression_free_survival(tmp_path: Path, subjects: tuple[Subject, ...]) -> None:
    found = computed(tmp_path, subjects, "progression-free survival")
    assert {each.subject: (each.days, each.event) for each in found.spells} == {
        "PD on the day of the start": (0, False),
        "PD on the day of the start, then SD": (60, False),
        "death without progression": (91, True),
        "death on the first day": (0, True),
        "response under the next therapy": (143, False),
        "next therapy without its day": (143, False),
        "two progressions": (60, True),
        "two responses on one day": (60, True),
        "response after death": (22, True),
    }
    assert reasons(found)["progression without its day"] == "the progression or death of 2024-03 has no full date"
    assert any("on the day that time is counted from" in note for note in found.notes)


def test_follow_up_ends_at_the_next_therapy_where_that_is_asked_for(
    tmp_path: Path, subjects: tuple[Subject, ...]
) -> None:
    found = computed(tmp_path, subjects, "progression-free survival", censor_at_new_therapy="yes")
    days = {each.subject: (each.days, each.event) for each in found.spells}
    assert days["response under the next therapy"] == (60, False)
    assert reasons(found)["next therapy without its day"] == "the start of the next therapy has no full date: 2024-04"


def test_two_assessments_of_one_day_are_one_visit(tmp_path: Path, subjects: tuple[Subject, ...]) -> None:
    both = [each for each in subjects if each.id == "two responses on one day"]
    found = computed(tmp_path, both, "objective response rate", each_visit="yes")
    table = dict(found.tables)["objective response by visit"]
    assert [row[:2] for row in table.rows] == [(1, 1)]


@pytest.mark.parametrize("measure", sorted(EVERY))
def test_a_study_where_nobody_started_treatment(tmp_path: Path, measure: str) -> None:
    """No number is made of nobody, and who does not count is told."""
    nobody = computed(tmp_path, (), measure)
    assert (nobody.n, nobody.spells, nobody.excluded) == (0, (), ())
    found = computed(tmp_path, (subject(tmp_path, "A", ENTERED),), measure)
    assert found.n + len(found.excluded) == 1
    assert found.n == (1 if measure == "guided treatment" else 0)


@pytest.mark.parametrize(
    ("began", "stopped", "of_study"),
    [
        ("2023-12", None, False),
        ("2024-01", None, True),
        ("2024-01", "2024-01-04", False),
        ("2024", "2024-03-01", True),
        ("2024-01-04", None, False),
        ("2024-01-05", None, True),
    ],
)
def test_a_start_without_its_day_is_of_the_study_where_it_may_be(
    tmp_path: Path, began: str, stopped: str | None, of_study: bool
) -> None:
    line = {"regimen": "pyrotinib", "line": 1, "start": began} | ({} if stopped is None else {"stop": stopped})
    made = subject(tmp_path, "A", ENTERED, prior_therapies=[line])
    assert bool(made.treatments) == of_study


def test_a_death_before_another_time_origin(tmp_path: Path) -> None:
    told = (event("2024-01-03", "death", cause="cancer"), start("2024-03-10"))
    found = computed(tmp_path, (subject(tmp_path, "A", ENTERED, *told),), "overall survival", **{"from": "enrolment"})
    assert reasons(found)["A"] == "the death (2024-01-03) is before the time origin"


def test_an_arm_without_patients_beside_one_where_nobody_started(tmp_path: Path) -> None:
    told = {"id": "P", "tumor_type": "LUAD", "jurisdiction": "CN", "events": [{**ENTERED, "arm": "b"}]}
    (tmp_path / "P.json").write_text(json.dumps(told), encoding="utf-8")
    measures = [{"measure": name} for name in sorted(EVERY)]
    study = {"study": "study", "patients": ["P.json"], "arms": {"a": "empty", "b": "one"}, "endpoints": measures}
    (tmp_path / "study.json").write_text(json.dumps(study), encoding="utf-8")
    found = outcomes_of(read_study(tmp_path / "study.json", MEASURES), Ground(knowledge(), library(), "2026-11-20"))
    assert [row[:3] for row in found.patients.rows] == [("a", None, 0), ("b", None, 1)]
    assert {each.arm for each in found.results} == {"b"}
    assert found.comparisons == ()
    names = [name for name, _ in folder(found, "html", "report.html")]
    assert "report.html" in names
