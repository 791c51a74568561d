"""Intervals, settings, and what one drug's history says of another of its class: case by case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.history import (
    BROAD,
    Course,
    Days,
    course_of,
    dated_state,
    history_facts,
    is_settled,
    relatives,
    settings_of,
    since_last,
)
from matcher.patient import Event, Patient, PriorTherapy
from tests.shared import knowledge

PLACE = Place("p.yaml", 7)
TODAY = "2026-11-20"


def given_(*drugs: str, **more: object) -> PriorTherapy:
    return PriorTherapy(drugs, PLACE, **more)  # type: ignore[arg-type]


def course(*therapies: PriorTherapy) -> Course:
    return course_of(Patient("P", prior_therapies=therapies), knowledge())


@pytest.mark.parametrize(
    ("setting", "line", "expected"),
    [
        ("adjuvant", None, {"adjuvant", "(neo)adjuvant"}),
        ("Neoadjuvant", None, {"neoadjuvant", "(neo)adjuvant"}),
        ("metastatic", 1, {"metastatic", "first-line"}),
        ("metastatic", 2, {"metastatic"}),
        ("metastatic", None, {"metastatic"}),
        (None, 1, None),
        ("unclear", 1, None),
    ],
)
def test_settings_are_those_that_the_file_tells(
    setting: str | None, line: int | None, expected: set[str] | None
) -> None:
    assert settings_of(given_("docetaxel", setting=setting, line=line)) == expected


@pytest.mark.parametrize(
    ("therapies", "setting", "expected"),
    [
        ((), "metastatic", True),
        ((given_("trastuzumab", setting="adjuvant"),), "metastatic", True),
        ((given_("trastuzumab"),), "metastatic", False),
        ((given_("docetaxel"),), "metastatic", True),
        ((given_("trastuzumab", setting="metastatic"),), "first-line", False),
        ((given_("trastuzumab", setting="metastatic", line=2),), "first-line", True),
    ],
)
def test_a_setting_is_settled_when_every_such_regimen_tells_its_own(
    therapies: tuple[PriorTherapy, ...], setting: str, expected: bool
) -> None:
    assert is_settled(setting, ["trastuzumab"], course(*therapies)) is expected


@pytest.mark.parametrize(
    ("therapies", "expected"),
    [
        ((), None),
        ((given_("docetaxel", stop="2026-11-10"),), None),
        ((given_("gefitinib", stop="2026-11-10"),), Days(10, 10)),
        ((given_("gefitinib", stop="2026-10"),), Days(20, 50)),
        (
            (given_("gefitinib", start="2026-01-01", stop="2026-11-10"), given_("gefitinib", stop="2025-01-01")),
            Days(10, 10),
        ),
        ((given_("gefitinib", start="2026-11-01"),), Days(0, 19)),
        ((given_("gefitinib", start="2026-01-01"), given_("docetaxel", start="2026-11-10")), Days(10, 323)),
    ],
)
def test_days_since_the_last_dose(therapies: tuple[PriorTherapy, ...], expected: Days | None) -> None:
    assert since_last("egfr tki", course(*therapies), TODAY) == expected


def test_a_therapy_without_any_date_may_have_ended_today_or_long_ago() -> None:
    found = since_last("egfr tki", course(given_("gefitinib")), TODAY)
    assert found is not None
    assert (found.least, found.most > 10_000) == (0, True)


ADJUVANT = given_("letrozole", setting="adjuvant", start="2020-01-01", stop="2025-01-01", stopped_for="completed")


@pytest.mark.parametrize(
    ("therapies", "events", "expected"),
    [
        ((), (), "missed"),
        ((given_("letrozole", setting="metastatic"),), (), "missed"),
        ((given_("letrozole"),), (), "open"),
        ((ADJUVANT,), (), "open"),
        ((ADJUVANT,), (Event("2025-06-01", "recurrence"),), "met"),
        ((ADJUVANT,), (Event("2026-06-01", "recurrence"),), "missed"),
        ((ADJUVANT,), (Event("2025-12", "progression"), Event("2026-10-01", "progression")), "met"),
        ((ADJUVANT,), (Event("2026-01", "progression"),), "open"),
        ((ADJUVANT,), (Event("2019-01-01", "recurrence"),), "open"),
        ((ADJUVANT, given_("fulvestrant", setting="metastatic", start="2025-08-01")), (), "met"),
        ((ADJUVANT, given_("fulvestrant", setting="metastatic", start="2026-08-01")), (), "open"),
        ((given_("letrozole", setting="adjuvant", stopped_for="progression"),), (), "met"),
    ],
)
def test_recurrence_within_twelve_months_of_adjuvant_endocrine_therapy(
    therapies: tuple[PriorTherapy, ...], events: tuple[Event, ...], expected: str
) -> None:
    patient = Patient("P", prior_therapies=therapies, events=events)
    name = "endocrine therapy (adjuvant)"
    assert dated_state("recurred within", name, 365, patient, course(*therapies), TODAY) == expected


@pytest.mark.parametrize(
    ("stop", "setting", "expected"),
    [
        ("2026-01-01", "adjuvant", "met"),
        ("2025-01-01", "adjuvant", "missed"),
        ("2025", "adjuvant", "open"),
        ("2026-01-01", None, "open"),
        ("2026-01-01", "metastatic", "missed"),
    ],
)
def test_adjuvant_trastuzumab_completed_less_than_a_year_ago(stop: str, setting: str | None, expected: str) -> None:
    therapies = (given_("trastuzumab", setting=setting, stop=stop),)
    patient = Patient("P", prior_therapies=therapies)
    found = dated_state("completed within", "trastuzumab (adjuvant)", 365, patient, course(*therapies), TODAY)
    assert found == expected


@pytest.mark.parametrize(
    ("stopped_for", "expected"),
    [("toxicity", "met"), ("intolerance", "met"), ("progression", "missed"), (None, "open")],
)
def test_intolerance_is_an_end_for_toxicity(stopped_for: str | None, expected: str) -> None:
    therapies = (given_("cisplatin", stopped_for=stopped_for),)
    found = dated_state("intolerant of", "platinum", 0, Patient("P"), course(*therapies), TODAY)
    assert found == expected


@pytest.mark.parametrize(
    ("drug", "before", "group"),
    [
        ("ribociclib", "palbociclib", "cdk4/6 inhibitor"),
        ("niraparib", "olaparib", "parp inhibitor"),
        ("erlotinib", "gefitinib", "first-generation egfr tki"),
        ("osimertinib", "gefitinib", None),
        ("trastuzumab deruxtecan", "sacituzumab govitecan", None),
        ("docetaxel", "carboplatin", None),
        ("olaparib", "olaparib", None),
    ],
)
def test_relatives_share_a_mechanism_and_no_wide_class(drug: str, before: str, group: str | None) -> None:
    classes = {name: knowledge().therapy(name).classes for name in (drug, before)}
    found = relatives({drug: classes[drug]}, {before: classes[before]})
    assert [each.group for each in found] == ([group] if group else [])


@given(st.sampled_from(sorted(BROAD)))
def test_wide_classes_never_relate_two_drugs(name: str) -> None:
    assert relatives({"a": (name,)}, {"b": (name,)}) == ()


def test_therapies_in_a_setting_are_stated_only_where_a_requirement_asks_for_them() -> None:
    patient = Patient("P", prior_therapies=(ADJUVANT,))
    own = course_of(patient, knowledge())
    plain = {str(each.get("therapy")) for each in history_facts(patient, own, ())}
    asked = {str(each.get("therapy")) for each in history_facts(patient, own, {"letrozole (adjuvant)"})}
    assert asked - plain == {"letrozole (adjuvant)"}
