"""A drug of the history that could not be read leaves open what it may decide, and nothing else: case by case."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb.alteration import Place
from kb.indication import Requirement
from matcher.case import Request, match
from matcher.clinical import Person, _verdict, state_condition, state_requirement
from matcher.eligibility import Criterion
from matcher.facts import Case, Origin, Query
from matcher.history import course_of, history_facts
from matcher.normalize import normalized_history
from matcher.patient import Event, Patient, PriorTherapy
from matcher.recommend import Answer, answer
from matcher.report.rows import Rows
from matcher.unread import state_unread
from matcher.why import why
from rules.engine import default_engine_name, engine
from rules.facts import fact
from tests.shared import knowledge, library

TODAY = "2026-11-20"
UNREAD = "drug-of-nobody"


def given_(*drugs: str, **more: object) -> PriorTherapy:
    return PriorTherapy(drugs, Place("p.yaml", 7), **more)  # type: ignore[arg-type]


def person(*therapies: PriorTherapy, events: tuple[Event, ...] = ()) -> Person:
    patient = Patient("P", prior_therapies=therapies, events=events)
    query = Query(knowledge().tumor_type("COAD"), "EU", TODAY)
    return Person(patient, course_of(patient, knowledge()), query, knowledge())


def verdicts(asked: Requirement, who: Person) -> dict[str, str]:
    """The verdicts on a requirement, each with what its rules bound; both evaluators agree on them."""
    case = Case(knowledge=knowledge())
    state_requirement(case, "R", asked, who)
    stated = (
        *case.facts,
        fact("asks", item="I", requirement="R"),
        *history_facts(who.patient, who.course, case.asked),
    )
    found, other = (engine(name).run(library(), stated) for name in (default_engine_name(), "sql"))
    assert found == other
    return {
        str(each.get("verdict")): " ".join(str(one.bindings) for one in found.derived[each])
        for each in found.facts("finding")
    }


def needs(kind: str, *any_of: str, **more: object) -> Requirement:
    return Requirement(kind, "as the label has it", any_of, **more)  # type: ignore[arg-type]


PROGRESSED = given_(UNREAD, stopped_for="progression")
COMPLETED = given_(UNREAD, stopped_for="completed")
RESPONDED = given_(UNREAD, best_response="PR", stopped_for="completed")
STABLE = given_(UNREAD, best_response="SD", stopped_for="completed")
SILENT = given_(UNREAD)
ADJUVANT = given_(UNREAD, setting="adjuvant", stopped_for="completed")
METASTATIC = given_(UNREAD, setting="metastatic", stopped_for="progression")
PLATINUM = given_("oxaliplatin", best_response="SD", stopped_for="completed")
FAILED = given_("oxaliplatin", stopped_for="progression")

RECEIVED, NONE = needs("received", "platinum"), needs("not-received", "platinum")
PROGRESSION, REFRACTORY = needs("progressed-on", "platinum"), needs("refractory-to", "platinum")
RESPONSE, CONTROL = needs("response-to", "platinum"), needs("no-progression-on", "platinum")
TWO = needs("received", "platinum", at_least=2)
ONE_AT_MOST = needs("received", "platinum", at_most=1)
ANY_TWO = needs("received", at_least=2)
OF_ADJUVANT = needs("received", "platinum", setting="adjuvant")
OF_FIRST_LINE = needs("received", "platinum", setting="first-line")


@pytest.mark.parametrize(
    ("asked", "history", "expected"),
    [
        # received
        (RECEIVED, (PROGRESSED,), "undetermined"),
        (RECEIVED, (COMPLETED,), "undetermined"),
        (RECEIVED, (COMPLETED, PLATINUM), "pass"),
        (RECEIVED, (given_("oxaliplatin", UNREAD),), "pass"),
        (RECEIVED, (given_("gefitinib"),), "fail"),
        # no prior
        (NONE, (PROGRESSED,), "undetermined"),
        (NONE, (COMPLETED, PLATINUM), "fail"),
        (NONE, (given_("gefitinib"),), "pass"),
        # progressed on: an unread drug that ended otherwise cannot meet it
        (PROGRESSION, (PROGRESSED,), "undetermined"),
        (PROGRESSION, (SILENT,), "undetermined"),
        (PROGRESSION, (COMPLETED,), "fail"),
        (PROGRESSION, (PROGRESSED, FAILED), "pass"),
        (PROGRESSION, (PROGRESSED, PLATINUM), "undetermined"),
        (REFRACTORY, (PROGRESSED,), "undetermined"),
        (REFRACTORY, (COMPLETED,), "fail"),
        # response to
        (RESPONSE, (RESPONDED,), "undetermined"),
        (RESPONSE, (SILENT,), "undetermined"),
        (RESPONSE, (STABLE,), "fail"),
        # no progression on: it may be the therapy, and it may have failed
        (CONTROL, (STABLE,), "undetermined"),
        (CONTROL, (SILENT,), "undetermined"),
        (CONTROL, (PROGRESSED,), "fail"),
        (CONTROL, (PLATINUM, PROGRESSED), "undetermined"),
        (CONTROL, (PLATINUM, STABLE), "pass"),
        (CONTROL, (FAILED, STABLE), "undetermined"),
        # at least so many regimens of a class, and at most
        (TWO, (PLATINUM, COMPLETED), "undetermined"),
        (TWO, (COMPLETED,), "fail"),
        (TWO, (COMPLETED, PROGRESSED), "undetermined"),
        (TWO, (PLATINUM, FAILED, COMPLETED), "pass"),
        (ONE_AT_MOST, (PLATINUM, COMPLETED), "undetermined"),
        (ONE_AT_MOST, (PLATINUM,), "pass"),
        (ONE_AT_MOST, (PLATINUM, FAILED, COMPLETED), "fail"),
        # regimens of any therapy count, whatever the drug is
        (ANY_TWO, (COMPLETED, PROGRESSED), "pass"),
        (ANY_TWO, (COMPLETED,), "fail"),
        (needs("progressed-on"), (PROGRESSED,), "pass"),
        # settings and lines
        (OF_ADJUVANT, (ADJUVANT,), "undetermined"),
        (OF_ADJUVANT, (COMPLETED,), "undetermined"),
        (OF_ADJUVANT, (METASTATIC,), "fail"),
        (OF_FIRST_LINE, (given_(UNREAD, line=1),), "undetermined"),
        (OF_FIRST_LINE, (given_(UNREAD, line=2),), "fail"),
        (OF_FIRST_LINE, (METASTATIC,), "undetermined"),
        # alternatives: one that may be met leaves the whole open
        (needs("received", "taxane", alternatives=(RECEIVED,)), (METASTATIC,), "undetermined"),
        (needs("received", "taxane", alternatives=(PROGRESSION,)), (FAILED, COMPLETED), "pass"),
        (needs("received", "taxane", at_least=2, alternatives=(CONTROL,)), (PLATINUM, PROGRESSED), "undetermined"),
    ],
)  # fmt: skip
def test_a_requirement_that_an_unread_drug_may_decide_is_open(
    asked: Requirement, history: tuple[PriorTherapy, ...], expected: str
) -> None:
    found = verdicts(asked, person(*history))
    assert list(found) == [expected]
    if expected == "undetermined":
        assert UNREAD in found["undetermined"]


@pytest.mark.parametrize(
    ("text", "history", "expected"),
    [
        ("intolerant to platinum", (given_(UNREAD, stopped_for="toxicity"),), "undetermined"),
        ("intolerant to platinum", (SILENT,), "undetermined"),
        ("intolerant to platinum", (COMPLETED,), "fail"),
        ("intolerant to platinum", (given_("oxaliplatin", stopped_for="toxicity"), COMPLETED), "pass"),
    ],
)
def test_an_intolerance_to_an_unread_drug_may_be_the_one_asked_for(
    text: str, history: tuple[PriorTherapy, ...], expected: str
) -> None:
    found = _verdict(Criterion("intolerant of", "platinum"), person(*history))
    assert found.value == expected
    assert (expected != "undetermined") or UNREAD in " ".join(found.because)


EARLY = given_(UNREAD, setting="adjuvant", start="2025-01-01", stop="2025-06-01", stopped_for="completed")


@pytest.mark.parametrize(
    ("kind", "value", "history", "events", "expected"),
    [
        ("received", "platinum", (PROGRESSED,), (), "undetermined"),
        ("received", "platinum (adjuvant)", (METASTATIC,), (), "fail"),
        ("received", "platinum (adjuvant)", (ADJUVANT,), (), "undetermined"),
        ("progressed on", "platinum", (PROGRESSED,), (), "undetermined"),
        ("progressed on", "platinum", (COMPLETED,), (), "fail"),
        ("progressed on", "platinum", (PLATINUM, PROGRESSED), (), "undetermined"),
        ("progressed on", "platinum", (PLATINUM, COMPLETED), (), "fail"),
        ("recurred within", "platinum (adjuvant)|365", (EARLY,), (Event("2025-10-01", "recurrence"),), "undetermined"),
        ("recurred within", "platinum (adjuvant)|365", (EARLY,), (Event("2026-10-01", "recurrence"),), "fail"),
    ],
)
def test_a_condition_that_an_unread_drug_may_decide_is_open(
    kind: str, value: str, history: tuple[PriorTherapy, ...], events: tuple[Event, ...], expected: str
) -> None:
    assert _verdict(Criterion(kind, value), person(*history, events=events)).value == expected


@pytest.mark.parametrize(
    ("history", "events", "expected"),
    [
        ((EARLY,), (Event("2025-10-01", "recurrence"),), "undetermined"),
        ((EARLY,), (Event("2026-10-01", "recurrence"),), "fail"),
        ((METASTATIC,), (), "fail"),
    ],
)
def test_a_recurrence_after_an_unread_drug_may_be_the_one_asked_for(
    history: tuple[PriorTherapy, ...], events: tuple[Event, ...], expected: str
) -> None:
    asked = Requirement(
        "text", "received chemotherapy in the metastatic setting, or recurred within 6 months of adjuvant chemotherapy"
    )
    assert list(verdicts(asked, person(*history, events=events))) == [expected]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ((given_(UNREAD, stop="2026-11-10"),), "undetermined"),
        ((SILENT,), "undetermined"),
        ((given_(UNREAD, stop="2026-09-10"),), "pass"),
        ((given_("oxaliplatin", stop="2026-09-10"), given_(UNREAD, stop="2026-11-10")), "undetermined"),
        ((given_("oxaliplatin", stop="2026-11-10"), given_(UNREAD, stop="2026-11-10")), "fail"),
    ],
)
def test_a_washout_from_an_unread_drug_may_be_the_one_asked_for(
    history: tuple[PriorTherapy, ...], expected: str
) -> None:
    who, case = person(*history), Case(knowledge=knowledge())
    state_condition(case, "I", "no prior chemotherapy within 18 days", Origin(""), who)
    stated = (*case.facts, *history_facts(who.patient, who.course, ()))
    found = [engine(name).run(library(), stated).facts("finding") for name in (default_engine_name(), "sql")]
    assert found[0] == found[1]
    assert [each.get("verdict") for each in found[0]] == [expected]


def test_a_history_known_in_part_is_open_as_before() -> None:
    who = person(PROGRESSED)
    part = who._replace(patient=replace(who.patient, incomplete=frozenset({"prior_therapies"})))
    assert list(verdicts(NONE, part)) == ["undetermined"]
    assert list(verdicts(RECEIVED, part)) == ["undetermined"]


LUNG: dict[str, object] = {
    "id": "P", "tumor_type": "LUAD", "jurisdiction": "EU", "stage": "IV",
    "prior_therapies": [{"regimen": [UNREAD], "line": 1, "stopped_for": "progression"}],
    "alterations": [{"gene": "EGFR", "alteration": "L861Q"}],
}  # fmt: skip


def asked(about: dict[str, object], folder: Path) -> Answer:
    path = folder / "patient.json"
    path.write_text(json.dumps(about), encoding="utf-8")
    return answer(match(Request(path, TODAY), knowledge(), library(), default_engine_name()))


def test_an_unread_drug_stands_to_confirm_at_the_recommendation(tmp_path: Path) -> None:
    found = asked(LUNG, tmp_path)
    afatinib = next(each.option for each in found.recommendations if each.option.regimen == ("afatinib",))
    prior = [each for each in afatinib.findings if each.criterion == "prior-therapy"]
    assert [(each.verdict, UNREAD in each.message) for each in prior] == [("undetermined", True)]


NOT_AGAIN = ("re-exposure", "undetermined")
NOT_TOLERATED = ("prior-toxicity", "undetermined")


@pytest.mark.parametrize(
    ("regimen", "ended", "expected"),
    [
        ([UNREAD], {"stopped_for": "progression"}, {NOT_AGAIN}),
        ([UNREAD], {"best_response": "PD"}, {NOT_AGAIN}),
        ([UNREAD], {"stopped_for": "toxicity"}, {NOT_TOLERATED}),
        ([UNREAD], {"stopped_for": "progression", "toxicities": ["rash"]}, {NOT_AGAIN, NOT_TOLERATED}),
        ([UNREAD], {}, {NOT_AGAIN}),
        ([UNREAD], {"best_response": "PR"}, {NOT_AGAIN}),
        ([UNREAD], {"stopped_for": "completed"}, set()),
        ([UNREAD, "afatinib"], {"stopped_for": "progression"}, {("re-exposure", "warn")}),
        (["afatinib"], {"stopped_for": "progression"}, {("re-exposure", "warn")}),
    ],
)
def test_a_recommended_drug_asks_to_confirm_that_it_is_not_an_unread_one_that_failed(
    regimen: list[str], ended: dict[str, object], expected: set[tuple[str, str]], tmp_path: Path
) -> None:
    found = asked(LUNG | {"prior_therapies": [{"regimen": regimen, "line": 1, **ended}]}, tmp_path)
    afatinib = next(each.option for each in found.recommendations if each.option.regimen == ("afatinib",))
    again = [each for each in afatinib.findings if each.criterion in {"re-exposure", "prior-toxicity"}]
    assert {(each.criterion, each.verdict) for each in again} == expected
    assert all((each.about == UNREAD) == (each.verdict == "undetermined") for each in again)
    assert afatinib.tier == ("off-label" if "afatinib" in regimen else "on-label")


def test_every_drug_that_is_recommended_names_the_unread_one_and_no_operation_does(tmp_path: Path) -> None:
    found = asked(LUNG, tmp_path)
    options = [each.option for each in found.recommendations if each.option.tier != "trial"]
    assert len(options) > 5
    assert all(any(each.about == UNREAD for each in one.findings) and "to confirm" in one.flags for one in options)
    case, kb = Case(knowledge=knowledge()), knowledge()
    regimens = [("radiotherapy",), ("radiotherapy", "temozolomide"), ("platinum chemoradiotherapy",)]
    state_unread(case, regimens, kb.therapies(name for each in regimens for name in each), person(PROGRESSED))
    assert [each.get("regimen") for each in case.facts] == ["radiotherapy+temozolomide", "platinum chemoradiotherapy"]


@pytest.mark.parametrize(
    ("lang", "asks", "shortly"),
    [
        ("en", "confirm that it is neither afatinib nor akin to a drug of it", f"{UNREAD} (unread) is another drug"),
        ("zh", "请确认其既不是阿法替尼，也不与其中的药物同类", f"{UNREAD}（无法识别）为其他药物"),
    ],
)
def test_why_and_the_table_ask_to_confirm_it(lang: str, asks: str, shortly: str, tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(LUNG), encoding="utf-8")
    matched = match(Request(path, TODAY), knowledge(), library(), default_engine_name())
    told = why(matched, "afatinib", lang)
    assert [asks in each.step.text for each in told.to_confirm if each.finding.criterion == "re-exposure"] == [True]
    rows = Rows(told.answer)
    to_note = [rows.recommendation(each).to_note for each in told.answer.recommendations if each.option.tier != "trial"]
    assert to_note
    assert all(shortly in each for each in to_note)


@pytest.mark.parametrize(
    ("therapy", "told"),
    [
        (PROGRESSED, "the disease progressed on it: compare every recommended drug with it"),
        (given_(UNREAD, stopped_for="toxicity"), "it was not tolerated: compare every recommended drug with it"),
        (given_(UNREAD, toxicities=("rash",)), "it was not tolerated: compare every recommended drug with it"),
        (SILENT, "why it was stopped is not told: compare every recommended drug with it"),
        (COMPLETED, "nothing warns where a recommended drug is it or resembles it"),
    ],
)
def test_the_note_on_an_unread_drug_tells_what_to_look_out_for(therapy: PriorTherapy, told: str) -> None:
    _, (note,) = normalized_history((therapy,), knowledge())
    assert note.message.endswith(told)
    assert f"unknown drug {UNREAD!r}" in note.message
