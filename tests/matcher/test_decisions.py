"""Joint decisions: what was chosen beside what was recommended, in the answer and as a measure of a study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb.alteration import Place
from matcher.case import Request, match
from matcher.decisions import FOLLOWED, NONE, NOT_RECORDED, OTHER, Joint, decisions, weighed
from matcher.events import Events, read_events
from matcher.outcomes.decisions import MEASURES, joint_decision
from matcher.outcomes.study import Endpoint, read_study
from matcher.outcomes.subject import Subject, subject_of
from matcher.outcomes.values import proportion
from matcher.patient import Event, Patient, PriorTherapy
from matcher.recommend import answer
from matcher.regimens import is_same, named
from matcher.report import FORMATS, render
from matcher.report.as_json import structure
from tests.shared import knowledge, library

PLACE = Place("patient.yaml", 3)
TODAY = "2026-11-20"


def event(date: str, kind: str, **details: str) -> Event:
    return Event(date, kind, tuple(details.items()), PLACE)


def found(*events: Event, therapies: tuple[PriorTherapy, ...] = ()) -> tuple[Joint, ...]:
    patient = Patient("P", events=events, prior_therapies=therapies)
    return decisions(read_events(patient)[0], patient, knowledge())


@pytest.mark.parametrize(
    ("recommended", "chosen", "outcome", "followed"),
    [
        ("pyrotinib + capecitabine", "capecitabine + pyrotinib", FOLLOWED, ("capecitabine", "pyrotinib")),
        ("pyrotinib + capecitabine", "卡培他滨 + 吡咯替尼", FOLLOWED, ("capecitabine", "pyrotinib")),
        ("T-DM1", "trastuzumab emtansine", FOLLOWED, ("trastuzumab emtansine",)),
        ("CDK4/6 inhibitor + letrozole", "palbociclib + letrozole", FOLLOWED, ("cdk4/6 inhibitor", "letrozole")),
        ("pyrotinib + capecitabine", "capecitabine", OTHER, None),
        ("pyrotinib + capecitabine", "none", NONE, None),
    ],
)
def test_a_decision_follows_whatever_the_names_and_their_order(
    recommended: str, chosen: str, outcome: str, followed: tuple[str, ...] | None
) -> None:
    (joint,) = found(event("2024-05-01", "decision", recommended=recommended, chosen=chosen))
    assert (joint.outcome, joint.followed) == (outcome, followed)


def test_a_decision_is_about_the_last_board_before_it() -> None:
    boards = (
        event("2024-01-01", "board", recommended="olaparib"),
        event("2024-04-01", "board", recommended="niraparib; bevacizumab"),
        event("2024-06-01", "board", recommended="paclitaxel"),
    )
    (joint,) = found(*boards, event("2024-05-01", "decision", chosen="bevacizumab"))
    assert joint.recommended == (("niraparib",), ("bevacizumab",))
    assert (joint.outcome, joint.followed) == (FOLLOWED, ("bevacizumab",))


def test_a_decision_is_about_the_board_of_its_own_profile() -> None:
    boards = (
        event("2024-01-01", "board", profile="biopsy", recommended="olaparib"),
        event("2024-04-01", "board", profile="plasma", recommended="niraparib"),
    )
    (joint,) = found(*boards, event("2024-05-01", "decision", profile="biopsy", chosen="olaparib"))
    assert joint.recommended == (("olaparib",),)


def test_without_any_recommendation_nothing_was_followed_or_not() -> None:
    (joint,) = found(event("2024-05-01", "decision", chosen="olaparib"))
    assert (joint.outcome, joint.lacks_reason) == (NOT_RECORDED, False)


def test_the_chosen_therapy_is_told_to_have_begun_on_its_first_start_since() -> None:
    starts = ("2023-01-01", "2024-06-01", "2024-05-10")
    therapies = tuple(PriorTherapy(("olaparib",), PLACE, start=start) for start in starts)
    (joint,) = found(event("2024-05-01", "decision", recommended="olaparib", chosen="olaparib"), therapies=therapies)
    assert joint.started == "2024-05-10"


@pytest.mark.parametrize(
    ("given", "lacks"), [({"reason": "toxicity"}, False), ({"detail": "far away"}, False), ({}, True)]
)
def test_a_difference_without_a_reason_lacks_one(given: dict[str, str], lacks: bool) -> None:
    (joint,) = found(event("2024-05-01", "decision", recommended="olaparib", chosen="none", **given))
    assert joint.lacks_reason is lacks


def test_regimens_are_the_same_part_by_part() -> None:
    kb = knowledge()
    assert is_same(("trastuzumab", "cdk4/6 inhibitor"), ("palbociclib", "trastuzumab"), kb)
    assert is_same(("palbociclib",), ("cdk4/6 inhibitor",), kb)
    assert not is_same(("palbociclib",), ("ribociclib",), kb)
    assert not is_same(("palbociclib", "letrozole"), ("palbociclib", "palbociclib"), kb)
    # The class must not take the drug that the other part needs.
    assert is_same(("cdk4/6 inhibitor", "palbociclib"), ("palbociclib", "ribociclib"), kb)
    assert named(("Herceptin", "unknown thing"), kb) == ("trastuzumab", "unknown thing")


# --- in the answer ----------------------------------------------------------------------------------------------------


def patient_file(tmp_path: Path, events: list[dict[str, str]]) -> Path:
    path = tmp_path / "patient.json"
    about = {
        "id": "P", "tumor_type": "BRCA", "jurisdiction": "CN", "stage": "metastatic", "biomarkers": {"HER2 IHC": "3+"},
        "events": events,
    }  # fmt: skip
    path.write_text(json.dumps(about), encoding="utf-8")
    return path


def test_every_form_of_the_answer_shows_the_decisions(tmp_path: Path) -> None:
    events = [
        {"date": "2024-05-01", "kind": "board", "recommended": "pyrotinib + capecitabine; T-DM1"},
        {"date": "2024-05-03", "kind": "decision", "chosen": "trastuzumab deruxtecan", "reason": "cost or coverage"},
    ]
    request = Request(patient_file(tmp_path, events), TODAY)
    told = answer(match(request, knowledge(), library(), "sql"))
    (decision,) = structure(told)["decisions"]
    assert (decision["outcome"], decision["reason"]) == (OTHER, "cost or coverage")
    assert decision["recommended"][0]["tier"] == "on-label"
    (each,) = weighed(told)
    assert each.chosen is not None
    assert (each.chosen.tier, each.chosen.rank) == (decision["chosen_place"]["tier"], decision["chosen_place"]["rank"])
    for form in sorted(FORMATS.keys() - {"tsv"}):
        assert "cost or coverage" in render(told, form), form
    chinese = answer(match(request, knowledge(), library(), "sql"), "zh")
    assert "费用或医保" in render(chinese, "markdown")


def test_an_answer_without_decisions_shows_none(tmp_path: Path) -> None:
    told = answer(match(Request(patient_file(tmp_path, []), TODAY), knowledge(), library(), "sql"))
    assert structure(told)["decisions"] == []
    assert "Joint decisions" not in render(told, "markdown")


def test_notes_ask_for_the_reason_and_name_unknown_drugs(tmp_path: Path) -> None:
    events = [
        {"date": "2024-05-01", "kind": "board", "recommended": "pyrotinb"},
        {"date": "2024-05-03", "kind": "decision", "chosen": "none"},
    ]
    told = answer(match(Request(patient_file(tmp_path, events), TODAY), knowledge(), library(), "sql"))
    messages = [str(note) for note in told.notes]
    assert any(
        "is for no therapy, not for pyrotinb, and gives no reason; write reason: preference" in m for m in messages
    )
    assert any("unknown drug 'pyrotinb': compared as written; did you mean 'pyrotinib'?" in m for m in messages)


# --- as a measure -----------------------------------------------------------------------------------------------------


def subject(name: str, *events: Event) -> Subject:
    study = read_study(Path(__file__).parents[2] / "matcher/outcomes/studies/refractory-solid-registry.yaml", None, ())
    return subject_of(Patient(name, events=events, place=PLACE), study)[0]


def endpoint(**options: object) -> Endpoint:
    read = {name: option.default for name, option in MEASURES["joint decision"].options.items()}
    return Endpoint("joint decision", "joint decision", read | options, "", PLACE)


def decided(name: str, chosen: str, **more: str) -> Subject:
    return subject(name, event("2024-05-01", "decision", recommended="olaparib", chosen=chosen, **more))


def test_the_measure_counts_those_who_followed_and_the_reasons_of_the_others() -> None:
    subjects = (
        *(decided(f"F{number}", "olaparib") for number in range(7)),
        decided("A", "niraparib", reason="cost or coverage"),
        decided("B", "none", reason="preference"),
        decided("C", "none"),
        subject("D"),
        subject("E", event("2024-05-01", "decision", chosen="olaparib")),
    )
    result = joint_decision(endpoint(), subjects)
    assert (result.n, result.value) == (10, proportion(7, 10))
    assert dict(result.shares) == {
        "not followed: preference": proportion(1, 10),
        "not followed: cost or coverage": proportion(1, 10),
        "not followed: no reason given": proportion(1, 10),
        "no therapy chosen": proportion(2, 10),
    }
    assert [(each.subject, each.reason) for each in result.excluded] == [
        ("D", "no joint decision is recorded"),
        ("E", "no recommendation is recorded"),
    ]
    assert result.notes == ("no reason is given for C: write it in the patient's file",)
    ((_, table),) = result.tables
    assert [row[0] for row in table.rows] == [each.id for each in subjects[:10]]


def test_the_measure_counts_one_decision_of_each_patient() -> None:
    twice = subject(
        "T",
        event("2024-05-01", "decision", recommended="olaparib", chosen="olaparib"),
        event("2025-05-01", "decision", recommended="niraparib", chosen="none", reason="toxicity"),
    )
    assert joint_decision(endpoint(), (twice,)).value == proportion(1, 1)
    assert joint_decision(endpoint(which="last"), (twice,)).value == proportion(0, 1)


def test_no_events_are_no_decisions() -> None:
    assert decisions(Events(()), Patient("P"), knowledge()) == ()
    assert joint_decision(endpoint(), ()).value == proportion(0, 0)


def test_what_a_board_recommended_without_a_decision_stands_beside_the_answer(tmp_path: Path) -> None:
    events = [
        {"date": "2024-05-01", "kind": "board", "recommended": "T-DM1; everolimus"},
        {"date": "2024-06-01", "kind": "board"},
        {"date": "2024-07-01", "kind": "board", "recommended": "pyrotinib + capecitabine"},
        {"date": "2024-07-03", "kind": "decision", "chosen": "pyrotinib + capecitabine"},
    ]
    told = answer(match(Request(patient_file(tmp_path, events), TODAY), knowledge(), library(), "sql"))
    first, second = structure(told)["decisions"]
    assert (first["date"], first["outcome"], first["chosen"]) == ("2024-05-01", "no decision recorded", [])
    assert [each["regimen"] for each in first["recommended"]] == [["trastuzumab emtansine"], ["everolimus"]]
    assert first["recommended"][1]["tier"] is None
    assert (second["date"], second["outcome"]) == ("2024-07-03", FOLLOWED)
    assert "no decision is recorded" in render(told, "markdown")
    chinese = answer(match(Request(patient_file(tmp_path, events), TODAY), knowledge(), library(), "sql"), "zh")
    assert "未记录决定" in render(chinese, "markdown")
