"""PROMIS-29: raw sums, T-scores from the user's table, impossible answers, and change by visit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.events import Questionnaire
from matcher.notes import UnusableInput
from matcher.outcomes.quality import (
    DOMAINS,
    MEASURES,
    RAW,
    T_SCORE,
    promis_change,
    questionnaire_notes,
    read_scoring,
    scores_of,
)
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Estimate, Result
from tests.matcher.outcomes.course import endpoint, subject

MEASURE = MEASURES["PROMIS-29"]
START = "prior_therapies:\n  - {regimen: [pyrotinib], start: 2024-01-10, guided_by: s}\n"

INVENTED = "domain\traw\tt_score\tse\nfatigue\t8\t48.6\t2.0\nfatigue\t10\t51.4\t2.0\nPhysical Function\t20\t60\t5\n"
"""A table for tests with numbers of no real table."""


def answered(**answers: float) -> Questionnaire:
    return Questionnaire("2024-01-01", Place("p.yaml", 3), tuple(answers.items()))


def asked(folder: Path, name: str, *events: str) -> Subject:
    lines = "".join(f"  - {{kind: PROMIS-29, {event}}}\n" for event in events)
    return subject(folder, f"{START}events:\n{lines}", name)


def rows(result: Result) -> list[dict[str, str | int | float | None]]:
    table = dict(result.tables)["PROMIS-29 by visit"]
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_four_items_are_summed_and_scored_by_the_users_table(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(INVENTED, encoding="utf-8")
    scores, notes = scores_of(answered(fatigue_1=2, fatigue_2=2, fatigue_3=1, fatigue_4=3), read_scoring(path))
    assert scores == {("fatigue", RAW): 8, ("fatigue", T_SCORE): 48.6}
    assert notes == ()


def test_without_a_table_there_is_no_t_score() -> None:
    assert scores_of(answered(fatigue_raw=8))[0] == {("fatigue", RAW): 8}


def test_a_t_score_that_the_file_gives_stays(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(INVENTED, encoding="utf-8")
    scores, _ = scores_of(answered(fatigue=50.5, fatigue_raw=8), read_scoring(path))
    assert scores[("fatigue", T_SCORE)] == 50.5


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"fatigue_2": 6}, "fatigue_2 6 is impossible"),
        ({"fatigue_2": 0}, "fatigue_2 0 is impossible"),
        ({"fatigue_2": 2.5}, "fatigue_2 2.5 is impossible"),
        ({"fatigue_5": 2}, "fatigue_5 2 is impossible"),
        ({"fatigue_raw": 21}, "fatigue_raw 21 is impossible"),
        ({"fatigue": 14}, "fatigue 14 is impossible"),
        ({"pain_intensity": 11}, "pain_intensity 11 is impossible"),
        ({"appetite": 50}, "unknown key 'appetite'"),
    ],
)
def test_an_impossible_answer_is_told_and_not_used(answers: dict[str, float], told: str) -> None:
    scores, notes = scores_of(answered(**answers))
    assert scores == {}
    assert notes[0].message == f"PROMIS-29: {told}: not used"


def test_a_sum_needs_all_four_items() -> None:
    scores, (note,) = scores_of(answered(anxiety_1=1, anxiety_2=2, anxiety_4=5))
    assert scores == {}
    assert note.message == "PROMIS-29: anxiety has 3 of 4 items: no raw sum"
    assert note.remedy == "tell anxiety_3; no answer is filled in"


def test_a_sum_that_is_not_that_of_its_items_is_told() -> None:
    scores, (note,) = scores_of(answered(anxiety_1=1, anxiety_2=2, anxiety_3=2, anxiety_4=5, anxiety_raw=12))
    assert scores == {("anxiety", RAW): 10}
    assert "is not the sum of its items, 10" in note.message


@given(st.sampled_from(DOMAINS), st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_any_four_possible_answers_give_their_sum(domain: str, answers: list[int]) -> None:
    told = {f"{domain}_{number}": float(answer) for number, answer in enumerate(answers, start=1)}
    assert scores_of(answered(**told)) == ({(domain, RAW): sum(answers)}, ())


def test_change_is_told_by_domain_and_visit_with_what_is_missing(tmp_path: Path) -> None:
    subjects = (
        asked(
            tmp_path, "A", "date: 2024-01-05, fatigue: 60", "date: 2024-02-20, fatigue: 54",
            "date: 2024-04-01, fatigue: 50",
        ),
        asked(
            tmp_path, "B", "date: 2024-01-10, fatigue: 50, physical_function: 40",
            "date: 2024-02-20, fatigue: 52, physical_function: 45",
        ),
        asked(tmp_path, "C", "date: 2024-02-20, fatigue: 52"),
    )  # fmt: skip
    found = promis_change(endpoint(MEASURE, {"domain": "fatigue", "important_difference": (5.0,)}), subjects)
    assert found.n == 2
    assert [each.reason for each in found.excluded] == ["no PROMIS-29 on or before 2024-01-10"]
    physical, fatigue = rows(found)[1], rows(found)[4]
    assert physical == {
        "domain": "physical_function", "scale": "T-score", "better": "higher", "visit": "visit 1", "n": 1, "mean": 45.0,
        "SD": None, "mean change": 5.0, "SD of change": None, "missing": 0, "improved": 1, "improved share": 1.0,
        "worse": 0, "worse share": 0.0,
    }  # fmt: skip
    assert (fatigue["domain"], fatigue["visit"], fatigue["better"]) == ("fatigue", "visit 1", "lower")
    assert (fatigue["mean change"], fatigue["SD of change"]) == (-2.0, pytest.approx(5.656854))
    assert (fatigue["improved"], fatigue["worse"]) == (1, 0)
    assert rows(found)[5]["missing"] == 1
    assert found.value == Estimate(-10.0, None, None, "T-score points at visit 2")


def test_the_headline_s_interval_is_student_s(tmp_path: Path) -> None:
    subjects = tuple(
        asked(tmp_path, name, "date: 2024-01-05, fatigue: 60", f"date: 2024-02-20, fatigue: {then}")
        for name, then in (("A", 54), ("B", 58), ("C", 59))
    )
    found = promis_change(endpoint(MEASURE, {"domain": "fatigue"}), subjects)
    assert isinstance(found.value, Estimate)
    # -3 +- 4.302653 * 2.645751 / sqrt(3), from tables of t with 2 degrees of freedom
    assert found.value[:3] == (pytest.approx(-3), pytest.approx(-9.572405, abs=1e-5), pytest.approx(3.572405, abs=1e-5))


def test_raw_sums_are_told_to_be_no_t_scores(tmp_path: Path) -> None:
    one = asked(tmp_path, "A", "date: 2024-01-05, fatigue_raw: 8", "date: 2024-02-20, fatigue_raw: 10")
    found = promis_change(endpoint(MEASURE), (one,))
    assert rows(found)[1]["scale"] == "raw sum"
    assert "raw sums are no T-scores" in found.notes[0]


def test_the_endpoint_names_the_scoring_table(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(INVENTED, encoding="utf-8")
    one = asked(tmp_path, "A", "date: 2024-01-05, fatigue_raw: 8", "date: 2024-02-20, fatigue_raw: 10")
    found = promis_change(endpoint(MEASURE, {"scoring": path}), (one,))
    change = next(row["mean change"] for row in rows(found) if (row["scale"], row["visit"]) == ("T-score", "visit 1"))
    assert change == pytest.approx(2.8)
    assert found.notes == ()


def test_what_is_wrong_in_a_questionnaire_is_in_the_result_too(tmp_path: Path) -> None:
    one = asked(tmp_path, "A", "date: 2024-02-20, fatigue_1: 7")
    assert len(questionnaire_notes(one.events)) == 1
    (note,) = promis_change(endpoint(MEASURE), (one,)).notes
    assert note.startswith("A: A.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\tb\n1\t2\n", "it is no scoring table"),
        ("domain\traw\tt_score\nsleep\t3\t40\n", "raw sum or T-score is not one"),
        ("domain\traw\tt_score\nmood\t8\t40\n", "unknown domain 'mood'"),
        ("domain\traw\tt_score\nfatigue\t8\t40\nfatigue\t8\t41\n", "fatigue 8 has two T-scores"),
    ],
)
def test_a_scoring_table_that_cannot_be_used_is_one_error(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInput, match=told):
        read_scoring(path)
