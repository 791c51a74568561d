"""A patient's states by day, and what moves between them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.alteration import Place, SmallVariant
from matcher.case import Request, read_patient
from matcher.patient import Event, Patient, PriorTherapy, Sample
from matcher.timeline import FINDINGS, Move, Timeline, days, difference, on_day
from rules.engine import default_engine_name
from tests.shared import knowledge, library

EXAMPLE = Path(__file__).parents[2] / "examples/timeline/colorectal-under-antibody.yaml"
REQUEST = Request(EXAMPLE, "2026-11-20")
HERE = Place("p.yaml")


def test_the_days_of_a_patient_file() -> None:
    _, patient, _ = read_patient(REQUEST)
    assert days(patient) == ("2024-01-15", "2024-02-01", "2024-09-30", "2024-11-01", "2025-04-20", "2025-05-10")


def test_a_patient_on_a_day_has_only_what_was_known() -> None:
    _, patient, _ = read_patient(REQUEST)
    first = on_day(patient, "2024-03-01")
    assert [sample.id for sample in first.samples] == ["primary"]
    assert {call.sample for call in first.alterations} == {"primary", None}  # a stated marker is of no sample
    assert first.prior_therapies is not None
    (therapy,) = first.prior_therapies
    assert (therapy.stop, therapy.best_response, therapy.stopped_for) == (None, None, None)
    assert first.events == ()
    assert on_day(patient, "2025-05-10").samples == patient.samples


def therapy(**known: str | None) -> PriorTherapy:
    return replace(PriorTherapy(("panitumumab",), HERE), **known)


@pytest.mark.parametrize(
    ("given", "progressed", "ended_for"),
    [
        (therapy(start="2024-11-01"), "2025-04-20", "progression"),
        (therapy(start="2024-11-01", stop="2025-05-01"), "2025-04-20", "progression"),
        (therapy(start="2024-11-01", stop="2025-01"), "2025-04-20", None),  # it had ended
        (therapy(start="2025-04"), "2025-04-20", None),  # it may have begun after it
        (therapy(), "2025-04-20", None),  # begun nobody knows when
        (therapy(start="2024-11-01", stopped_for="toxicity"), "2025-04-20", "toxicity"),
        (therapy(start="2024-11-01"), "2024", None),  # the progression may have come before
    ],
)
def test_a_progression_ends_the_therapy_that_was_surely_given(
    given: PriorTherapy, progressed: str, ended_for: str | None
) -> None:
    patient = Patient("P", prior_therapies=(given,), events=(Event(progressed, "progression"),))
    known = on_day(patient, "2026-01-01").prior_therapies
    assert known is not None
    assert known[0].stopped_for == ended_for


def test_what_has_no_date_was_known_all_along_and_no_history_stays_unknown() -> None:
    call = SmallVariant("KRAS", HERE, sample="s")
    patient = Patient("P", samples=(Sample("s"),), alterations=(call,))
    assert on_day(patient, "1999-01-01") == patient


def moves(evaluator: str) -> list[tuple[Move, ...]]:
    _, patient, _ = read_patient(REQUEST)
    with Timeline(knowledge(), library(), evaluator) as timeline:
        found = [timeline.advance(REQUEST, day)[1] for day in days(patient)]
    assert found[0] is None
    return [each.moves for each in found[1:] if each is not None]


def test_every_move_has_a_reason_and_says_what_it_is() -> None:
    steps = moves(default_engine_name())
    assert all(steps[:2])
    for each in (move for step in steps for move in step if move.what != "rank"):
        assert each.because, each
        assert " -> " in str(each) or each.what == FINDINGS
    assert steps == moves("sql")


def test_a_rank_that_only_others_changed_names_them() -> None:
    found = [move for step in moves("sql") for move in step if move.what == "rank" and not move.reasons]
    assert found
    assert all(move.passed for move in found)


def test_the_same_state_twice_makes_no_difference() -> None:
    with Timeline(knowledge(), library(), "sql") as timeline:
        first, none = timeline.advance(REQUEST)
        again, nothing = timeline.advance(REQUEST)
    assert none is None
    assert nothing is not None
    assert not nothing
    assert not difference(first, again, nothing.change)
