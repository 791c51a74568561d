"""ECOG against baseline: which value is the baseline, which belongs to a visit, and what the changes come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.outcomes.performance import MEASURES, ecog_change
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Result
from tests.matcher.outcomes.course import endpoint, subject

MEASURE = MEASURES["ECOG change"]
START = "prior_therapies:\n  - {regimen: [pyrotinib], start: 2024-01-10, guided_by: s}\n"


def graded(folder: Path, name: str, *grades: tuple[str, int], ecog: int | None = None, start: str = START) -> Subject:
    events = "".join(f"  - {{date: {on}, kind: ECOG, value: {value}}}\n" for on, value in grades)
    own = "" if ecog is None else f"ecog: {ecog}\n"
    return subject(folder, own + start + (f"events:\n{events}" if events else ""), name)


def table(result: Result, name: str) -> list[dict[str, str | int | float | None]]:
    found = dict(result.tables)[name]
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_changes_are_counted_at_each_visit_and_at_the_last_one(tmp_path: Path) -> None:
    subjects = (
        graded(tmp_path, "A", ("2024-01-01", 2), ("2024-01-10", 1), ("2024-02-20", 0), ("2024-04-02", 1)),
        graded(tmp_path, "B", ("2024-01-09", 1), ("2024-02-21", 1), ("2024-04-03", 0)),
        graded(tmp_path, "C", ("2024-01-09", 1), ("2024-02-22", 3)),
    )
    found = ecog_change(endpoint(MEASURE), subjects)
    first, second = table(found, "ECOG against baseline")
    assert (first["visit"], first["n"], first["improved"], first["stable"], first["worse"]) == ("visit 1", 3, 1, 1, 1)
    assert first["mean difference"] == pytest.approx((-1 + 0 + 2) / 3)
    assert first["SD"] == pytest.approx(1.527525)
    assert (second["n"], second["improved"], second["stable"], second["missing"]) == (2, 1, 1, 1)
    assert [(name, share.number, share.of) for name, share in found.shares] == [
        ("improved", 1, 3),
        ("stable", 1, 3),
        ("worse", 1, 3),
    ]
    assert table(found, "differences")[0] == {"visit": "visit 1", "difference in grades": -1, "subjects": 1}


def test_a_visit_takes_the_nearest_value_in_its_window(tmp_path: Path) -> None:
    one = graded(tmp_path, "A", ("2024-01-10", 1), ("2024-02-15", 0), ("2024-02-22", 2), ("2024-12-01", 3))
    found = ecog_change(endpoint(MEASURE, {"visits": (42.0, 84.0), "visit_window": 14.0}), (one,))
    rows = table(found, "ECOG against baseline")
    assert [(row["visit"], row["n"], row["worse"], row["missing"]) for row in rows] == [
        ("week 6", 1, 1, 0),
        ("week 12", 0, 0, 1),
    ]


def test_the_files_own_undated_grade_stands_in_for_a_baseline_and_is_told(tmp_path: Path) -> None:
    found = ecog_change(endpoint(MEASURE), (graded(tmp_path, "A", ("2024-02-20", 0), ecog=1),))
    assert found.n == 1
    assert found.notes == ("A: no ECOG is dated on or before 2024-01-10; the patient file's own, undated, is taken",)


def test_who_cannot_be_counted_is_listed_with_the_reason(tmp_path: Path) -> None:
    subjects = (
        graded(tmp_path, "A", ("2024-02-20", 0)),
        graded(tmp_path, "B", ("2024-01-01", 1)),
        graded(tmp_path, "C", ("2024-01-01", 1), start=""),
    )
    found = ecog_change(endpoint(MEASURE), subjects)
    assert found.n == 0
    assert {each.subject: each.reason for each in found.excluded} == {
        "A": "no ECOG on or before 2024-01-10",
        "B": "no ECOG after the baseline is at a visit",
        "C": "no day to count visits from: neither a treatment of the study nor an enrolment is told",
    }


def test_without_treatment_visits_are_counted_from_the_enrolment(tmp_path: Path) -> None:
    text = """events:
  - {date: 2024-01-05, kind: enrolment, study: TEST, arm: prospective}
  - {date: 2024-01-05, kind: ECOG, value: 1}
  - {date: 2024-03-05, kind: ECOG, value: 1}
"""
    found = ecog_change(endpoint(MEASURE), (subject(tmp_path, text),))
    assert (found.arm, found.n, dict(found.shares)["stable"].number) == ("prospective", 1, 1)


def test_a_value_without_a_full_date_is_told_and_at_no_visit(tmp_path: Path) -> None:
    found = ecog_change(endpoint(MEASURE), (graded(tmp_path, "A", ("2024-01-10", 1), ("2024-03", 0)),))
    assert found.notes == ("A: ECOG of 2024-03 has no full date and is at no visit",)
    assert found.excluded[0][:2] == ("A", "no ECOG after the baseline is at a visit")
    assert found.excluded[0].where.startswith("A.yaml")


def test_arms_are_never_put_together_silently(tmp_path: Path) -> None:
    one = graded(tmp_path, "A", ("2024-01-10", 1), ("2024-02-10", 1))._replace(arm="retrospective")
    two = graded(tmp_path, "B", ("2024-01-10", 1), ("2024-02-10", 1))._replace(arm="prospective")
    found = ecog_change(endpoint(MEASURE), (one, two))
    assert (found.arm, found.notes) == (None, ("arms are counted together: prospective 1, retrospective 1",))
