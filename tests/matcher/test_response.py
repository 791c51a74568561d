"""Best overall response by RECIST 1.1 (Eisenhauer 2009, table 3), its windows, and rates with both denominators."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.outcomes.response import (
    Best,
    Rule,
    Seen,
    assessments,
    baseline_mm,
    best_change,
    best_overall_response,
    disagreements,
    response_result,
    target_response,
)
from matcher.outcomes.treatment import Course, course_of
from matcher.outcomes.values import Result
from tests.matcher.courses import computed, endpoint, event, seen, start, subject

CONFIRMED = Rule(confirm=True)
MONTH = 30


def told(text: str, first: int = 42, apart: int = 42) -> list[Seen]:
    """`PR SD PD` as assessments six weeks apart; `PR@35` is one on its own day."""
    found = []
    for number, each in enumerate(text.split()):
        response, _, day = each.partition("@")
        found.append(Seen(int(day) if day else first + number * apart, response))
    return found


@pytest.mark.parametrize(
    ("first", "second", "late", "early"),
    [
        ("CR", "CR", "CR", "CR"),
        ("CR", "PR", "SD", "PD"),
        ("CR", "SD", "SD", "PD"),
        ("CR", "PD", "SD", "PD"),
        ("CR", "NE", "SD", "NE"),
        ("PR", "CR", "PR", "PR"),
        ("PR", "PR", "PR", "PR"),
        ("PR", "SD", "SD", "SD"),
        ("PR", "PD", "SD", "PD"),
        ("PR", "NE", "SD", "NE"),
        ("NE", "NE", "NE", "NE"),
    ],
)
def test_table_3_row_by_row(first: str, second: str, late: str, early: str) -> None:
    """`late` where the first assessment comes after the least time of SD, `early` where it comes before."""
    assert best_overall_response([Seen(42, first), Seen(84, second)], CONFIRMED) == late
    assert best_overall_response([Seen(28, first), Seen(70, second)], CONFIRMED) == early


@pytest.mark.parametrize(
    ("text", "rule", "best"),
    [
        ("PR SD PD", Rule(), "PR"),
        ("SD PR PD", Rule(), "PR"),
        ("SD PD PR", Rule(), "SD"),
        ("PD PR", Rule(), "PD"),
        ("", Rule(), "NE"),
        ("NE NE", Rule(), "NE"),
        ("SD@28 PD@56", Rule(), "PD"),
        ("SD@28", Rule(), "NE"),
        ("SD@28 SD@56", Rule(), "SD"),
        ("SD@28", Rule(minimum_sd=28), "SD"),
        ("NON-CR/NON-PD", Rule(), "NON-CR/NON-PD"),
        ("PR@42 PR@69", CONFIRMED, "SD"),
        ("PR@42 PR@70", CONFIRMED, "PR"),
        ("PR@42 PR@60 PR@84", CONFIRMED, "PR"),
        ("PR NE PR", CONFIRMED, "PR"),
        ("PR SD PR", CONFIRMED, "SD"),
        ("PR SD PR PR", CONFIRMED, "PR"),
        ("PR CR CR", CONFIRMED, "CR"),
        ("CR NE CR", CONFIRMED, "CR"),
        ("CR CR PR", CONFIRMED, "CR"),
        ("CR PR PR", CONFIRMED, "SD"),
        ("CR PR PR", Rule(confirm=True, after_cr="PR"), "PR"),
        ("CR PR", Rule(confirm=True, after_cr="PR"), "PR"),
        ("CR CR PR", Rule(confirm=True, after_cr="PR"), "CR"),
        ("CR PR CR CR", CONFIRMED, "SD"),
    ],
)
def test_sequences(text: str, rule: Rule, best: str) -> None:
    assert best_overall_response(told(text), rule) == best


SEQUENCES = st.lists(st.sampled_from(["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]), max_size=8).flatmap(
    lambda names: st.lists(st.integers(7, 1000), min_size=len(names), max_size=len(names), unique=True).map(
        lambda days: [Seen(day, name) for day, name in zip(sorted(days), names, strict=True)]
    )
)
RANK = {"CR": 0, "PR": 1, "SD": 2, "NON-CR/NON-PD": 2, "PD": 3, "NE": 3}


@given(SEQUENCES)
def test_to_ask_for_confirmation_never_makes_a_response_better(every: list[Seen]) -> None:
    assert RANK[best_overall_response(every, CONFIRMED)] >= RANK[best_overall_response(every)]


@given(SEQUENCES, st.sampled_from([Rule(), CONFIRMED]), st.integers(0, 8))
def test_more_follow_up_never_takes_a_response_away(every: list[Seen], rule: Rule, length: int) -> None:
    assert RANK[best_overall_response(every, rule)] <= RANK[best_overall_response(every[:length], rule)]


@given(SEQUENCES, SEQUENCES, st.sampled_from([Rule(), CONFIRMED]))
def test_nothing_after_progression_counts(before: list[Seen], after: list[Seen], rule: Rule) -> None:
    progressed = [*before, Seen(1001, "PD")]
    later = [Seen(each.days + 1001, each.response) for each in after]
    assert best_overall_response([*progressed, *later], rule) == best_overall_response(progressed, rule)


# --- assessments of a course -----------------------------------------------------------------------------------------


def course(folder: Path, *events: dict[str, object]) -> Course:
    found = course_of(subject(folder, "P", *events))
    assert isinstance(found, Course)
    return found


def test_what_counts_lies_between_the_start_and_the_next_therapy(tmp_path: Path) -> None:
    found = course(
        tmp_path,
        seen("2024-01-01", "NE", target_mm=50),
        start("2024-01-01"),
        seen("2024-02-12", "SD"),
        seen("2024-03-25", "PD"),
        start("2024-03-25", "sotorasib"),
        seen("2024-05-06", "PR"),
    )
    assert [(each.days, each.response) for each in assessments(found).seen] == [(42, "SD"), (84, "PD")]


def test_the_same_regimen_again_is_no_other_therapy(tmp_path: Path) -> None:
    found = course(tmp_path, start("2024-01-01"), start("2024-02-01"), seen("2024-03-25", "PR"))
    assert [each.response for each in assessments(found).seen] == ["PR"]


@pytest.mark.parametrize(("by", "counted"), [("imaging", ["PD"]), (None, ["PD"]), ("PSA", []), ("clinical", [])])
def test_a_progression_that_imaging_saw_is_a_pd(tmp_path: Path, by: str | None, counted: list[str]) -> None:
    more = {} if by is None else {"by": by}
    found = course(tmp_path, start("2024-01-01"), event("2024-02-12", "progression", **more))
    assert [each.response for each in assessments(found).seen] == counted


def test_a_partial_date_is_told_and_not_used(tmp_path: Path) -> None:
    found = assessments(course(tmp_path, start("2024-01-01"), seen("2024-02", "PR")))
    assert found.seen == ()
    assert found.notes == ("assessment of 2024-02 has no full date: not used",)


# --- target lesions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sums", "found"),
    [
        ((100, 100, 100), "SD"),
        ((70, 100, 100), "PR"),
        ((71, 100, 71), "SD"),
        ((0, 100, 100), "CR"),
        ((120, 100, 100), "PD"),
        ((119, 100, 100), "SD"),
        ((12, 100, 10), "PR"),  # a fifth more than the nadir, and less than 5 mm
        ((15, 100, 10), "PD"),
    ],
)
def test_target_lesions_by_recist(sums: tuple[int, int, int], found: str) -> None:
    assert target_response(*sums) == found


def test_a_new_lesion_is_progression() -> None:
    assert target_response(10, 100, 10, True) == "PD"


def test_change_is_against_the_last_measurement_before_treatment(tmp_path: Path) -> None:
    found = subject(
        tmp_path,
        "P",
        seen("2023-11-01", "baseline", target_mm=40),
        seen("2023-12-30", "baseline", target_mm=50),
        start("2024-01-01"),
        seen("2024-02-12", "PR", target_mm=30),
        seen("2024-03-25", "PD", target_mm=45),
    )
    made = course_of(found)
    assert isinstance(made, Course)
    assert baseline_mm(made) == 50
    assert best_change(made) == pytest.approx(-40)


def test_there_is_no_change_without_a_baseline(tmp_path: Path) -> None:
    made = course_of(subject(tmp_path, "P", start("2024-01-01"), seen("2024-02-12", "PR", target_mm=30)))
    assert isinstance(made, Course)
    assert best_change(made) is None


@pytest.mark.parametrize(
    ("stated", "mm", "told"),
    [
        ("PR", 45, "stated PR, the target lesions (45 mm) give SD"),
        ("SD", 30, "stated SD, the target lesions (30 mm) give PR"),
        ("SD", 60, "stated SD, the target lesions (60 mm) give PD"),
        ("PR", 30, None),
        ("PD", 30, None),
        ("CR", 8, None),
        ("NE", 60, None),
    ],
)
def test_a_stated_response_that_the_sums_do_not_allow_is_told(
    tmp_path: Path, stated: str, mm: int, told: str | None
) -> None:
    found = course(
        tmp_path,
        seen("2024-01-01", "baseline", target_mm=50),
        start("2024-01-01"),
        seen("2024-02-12", stated, target_mm=mm),
    )
    assert disagreements(found) == (() if told is None else (f"2024-02-12: {told}",))


# --- rates -----------------------------------------------------------------------------------------------------------


def rate(folder: Path, measure: str = "objective response rate", **options: object) -> Result:
    """Five subjects: an early responder, a late one, one that is stable, one never assessed, one never treated."""
    treated = start("2024-01-01")
    subjects = (
        subject(folder, "early", treated, seen("2024-02-12", "PR", modality="CT", cycle=2)),
        subject(folder, "late", treated, seen("2024-02-12", "SD", modality="CT"), seen("2024-05-06", "CR")),
        subject(folder, "stable", treated, seen("2024-02-12", "SD", modality="MRI")),
        subject(folder, "unseen", treated),
        subject(folder, "untreated"),
    )
    return computed(folder, subjects, measure, **options)


def test_both_denominators_are_told_and_nobody_is_lost(tmp_path: Path) -> None:
    found = rate(tmp_path)
    shares = {name: (share.number, share.of) for name, share in found.shares}
    assert shares["of treated subjects"] == (2, 4)
    assert shares["of evaluable subjects"] == (2, 3)
    assert (shares["CR"], shares["PR"], shares["SD"], shares["NE"]) == ((1, 4), (1, 4), (1, 4), (1, 4))
    assert [(each.subject, each.reason) for each in found.excluded] == [
        ("untreated", "no treatment of the study is told")
    ]
    assert any(note.endswith("among the treated: unseen") for note in found.notes)


@pytest.mark.parametrize(
    ("options", "number", "of"),
    [
        ({}, 2, 4),
        ({"of": "evaluable"}, 2, 3),
        ({"within": "3 months"}, 1, 4),
        ({"within": "6 weeks", "first_evaluation": "yes"}, 1, 4),
        ({"within": "5 weeks", "first_evaluation": "yes", "of": "evaluable"}, 0, 0),
        ({"within": "5 weeks", "tolerance": "7 days"}, 1, 4),
        ({"cycles": ["2", "3", "4"]}, 1, 4),
        ({"cycles": ["6"], "cycle_days": ["21"]}, 1, 4),
        ({"cycles": ["4"], "cycle_days": ["28"]}, 0, 4),
        ({"modality": ["CT", "MRI"]}, 1, 4),
        ({"confirm": "yes"}, 0, 4),
        ({"therapy": "guided"}, 2, 4),
        ({"therapy": "targeted"}, 2, 4),
    ],
)
def test_windows(tmp_path: Path, options: dict[str, object], number: int, of: int) -> None:
    value = rate(tmp_path, **options).value
    assert value is not None
    assert value[:2] == (number, of)


def test_disease_control_counts_the_stable(tmp_path: Path) -> None:
    value = rate(tmp_path, "disease control rate").value
    assert value is not None
    assert value[:2] == (3, 4)


def test_an_assessment_without_modality_is_told(tmp_path: Path) -> None:
    notes = rate(tmp_path, modality=["CT"]).notes
    assert "late: assessment of 2024-05-06 does not say by what it was made: not used" in notes


def test_visits_are_counted_one_by_one(tmp_path: Path) -> None:
    (name, table), _ = rate(tmp_path, each_visit="yes").tables[::-1]
    assert name == "objective response by visit"
    first, second = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert (first["assessed"], first["PR"], first["SD"], first["ORR of assessed"]) == (3, 1, 2, pytest.approx(1 / 3))
    assert (second["assessed"], second["CR"], second["ORR of treated"]) == (1, 1, 0.25)


def test_a_progression_told_beside_its_assessment_is_no_further_visit(tmp_path: Path) -> None:
    events = [seen("2024-02-12", "SD"), seen("2024-03-25", "PD"), event("2024-03-26", "progression", by="imaging")]
    found = computed(
        tmp_path, [subject(tmp_path, "P", start("2024-01-01"), *events)], "best overall response", each_visit="yes"
    )
    table = dict(found.tables)["objective response by visit"]
    assert [row[1] for row in table.rows] == [1, 1]


def test_the_interval_is_that_of_clopper_and_pearson(tmp_path: Path) -> None:
    # R: binom.test(16, 42)$conf.int is 0.2357 to 0.5436.
    best = [Best(str(number), "PR" if number < 16 else "SD") for number in range(42)]
    value = response_result(endpoint(tmp_path, "objective response rate"), best).value
    assert value is not None
    assert (value.number, value.of) == (16, 42)
    assert round(value[3] or 0, 4) == 0.2357
    assert round(value[4] or 0, 4) == 0.5436
