"""Courses that contradict themselves: each contradiction is named with its place and a remedy, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.case import Request, match, unused_notes
from matcher.event_checks import course_notes
from matcher.notes import Note, UnusableInput
from matcher.patient import Patient
from matcher.readers.patient_file import read_patient_file
from tests.matcher.test_replay import COURSES, EXAMPLES, TODAY
from tests.shared import knowledge, library

HEAD = "id: T\ntumor_type: BRCA\njurisdiction: CN\n"
THERAPY = "prior_therapies:\n  - {regimen: [pyrotinib], line: 1, start: 2024-01-10, stop: 2024-12-31}\n"


def read(tmp_path: Path, text: str) -> Patient:
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_patient_file(path).patient


def notes(tmp_path: Path, text: str, as_of: str = TODAY) -> tuple[Note, ...]:
    return course_notes(read(tmp_path, text), knowledge(), as_of)


def assessed(*lines: str) -> str:
    return THERAPY + "events:\n" + "".join(f"  - {{kind: assessment, {line}}}\n" for line in lines)


def events(*lines: str) -> str:
    return "events:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


def therapies(*lines: str) -> str:
    return "prior_therapies:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


WRONG = {
    "stop before start": (
        therapies("regimen: [pyrotinib], start: 2024-05-01, stop: 2024-04-30"),
        5,
        "pyrotinib stops on 2024-04-30, before it starts on 2024-05-01",
    ),
    "overlap": (
        therapies("regimen: [pyrotinib], line: 1, start: 2024-01-01, stop: 2024-06-01",
                  "regimen: [everolimus], line: 2, start: 2024-05-01"),
        6,
        "everolimus starts on 2024-05-01, while pyrotinib is given until 2024-06-01 (p.yaml:5)",
    ),
    "told twice": (
        therapies("regimen: [pyrotinib], start: 2024-01-01")
        + events("date: 2024-01-01, kind: therapy start, regimen: pyrotinib"),
        7,
        "pyrotinib from 2024-01-01 is told twice (p.yaml:5)",
    ),
    "response before start": (
        assessed("date: 2024-01-02, response: PR"), 7, "PR on 2024-01-02 comes before the start of any therapy"
    ),
    "response before the study's therapy": (
        therapies("regimen: [docetaxel], line: 1, start: 2023-01-01, stop: 2023-05-01",
                  "regimen: [pyrotinib], line: 2, start: 2024-03-01")
        + events("date: 2024-01-01, kind: enrolment", "date: 2024-02-01, kind: assessment, response: PR"),
        9,
        "PR on 2024-02-01 comes before the first therapy of the study (2024-03-01)",
    ),
    "after death": (
        events("date: 2024-01-01, kind: death", "date: 2024-02-01, kind: PSA, value: 3, unit: ng/mL"),
        6,
        "the value on 2024-02-01 comes after the death on 2024-01-01 (p.yaml:5)",
    ),
    "therapy after death": (
        therapies("regimen: [pyrotinib], start: 2024-01-10") + events("date: 2023-12-01, kind: death"),
        5,
        "the start of pyrotinib on 2024-01-10 comes after the death",
    ),
    "sample after death": (
        "samples:\n  - {id: s, date: 2024-02-01}\n" + events("date: 2024-01-01, kind: death"),
        None,
        "the sample s on 2024-02-01 comes after the death",
    ),
    "two deaths": (
        events("date: 2024-01-01, kind: death", "date: 2024-01-02, kind: death"),
        6,
        "the patient dies on 2024-01-01 (p.yaml:5) and again on 2024-01-02",
    ),
    "death before diagnosis": (
        "diagnosed: 2024-02\n" + events("date: 2024-01-31, kind: death"), 6, "before the diagnosis on 2024-02"
    ),
    "future": (
        events("date: 2026-11-21, kind: progression", "date: 2027, kind: last contact"),
        5,
        "the progression on 2026-11-21 is after the date asked for (2026-11-20), as are 1 further dates",
    ),
    "CR after PD": (
        assessed("date: 2024-03-01, response: PD", "date: 2024-05-01, response: CR"),
        8,
        "CR on 2024-05-01 follows PD on 2024-03-01 (p.yaml:7)",
    ),
    "PR after CR": (
        assessed("date: 2024-03-01, response: CR", "date: 2024-05-01, response: PR"),
        8,
        "by RECIST 1.1 disease that comes back after CR is PD",
    ),
    "new lesion": (
        assessed("date: 2024-03-01, response: SD, new_lesion: yes"), 7, "by RECIST 1.1 a new lesion is PD"
    ),
    "growth": (
        assessed("date: 2024-03-01, response: PR, target_mm: 20", "date: 2024-05-01, response: SD, target_mm: 25"),
        8,
        "the target lesions grew from 20 to 25 mm",
    ),
    "no decrease": (
        assessed("date: 2024-01-05, response: NE, target_mm: 50", "date: 2024-03-01, response: PR, target_mm: 36"),
        8,
        "the target lesions went from 50 to 36 mm, by RECIST 1.1 PR asks for 30 % less",
    ),
    "grade 5": (
        events("date: 2024-03-01, kind: adverse event, term: Sepsis, grade: 5"),
        5,
        "Sepsis of grade 5 on 2024-03-01 is a death, and the file tells none",
    ),
    "resolved before": (
        events("date: 2024-03-01, kind: adverse event, term: Rash maculo-papular, grade: 1, resolved: 2024-02-01"),
        5,
        "Rash maculo-papular resolves on 2024-02-01, before it begins on 2024-03-01",
    ),
    "no such term": (
        events("date: 2024-03-01, kind: adverse event, term: Leucopenia of sorts, grade: 2, ctcae: 5.0"),
        5,
        "'Leucopenia of sorts' is not a term of CTCAE 5.0",
    ),
    "no such sample": (
        events("date: 2024-03-01, kind: board, profile: liver"), 5, "no sample has the id 'liver'"
    ),
    "guided by a later sample": (
        "samples:\n  - {id: s, date: 2024-02-01}\n"
        + therapies("regimen: [pyrotinib], start: 2024-01-01, guided_by: s"),
        7,
        "before the sample s that guided it was taken on 2024-02-01",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_contradiction_is_named_with_its_place_and_a_remedy(tmp_path: Path, case: str) -> None:
    text, row, message = WRONG[case]
    (note,) = notes(tmp_path, text)
    assert message in note.message
    assert note.where.row == row
    assert note.remedy


RIGHT = {
    "partial dates that may be in order": therapies("regimen: [pyrotinib], start: 2024-05-20, stop: 2024-05"),
    "one line": therapies("regimen: [pyrotinib], line: 2, start: 2024-01-01, stop: 2024-06-01",
                          "regimen: [capecitabine], line: 2, start: 2024-02-01"),
    "begun together": therapies("regimen: [pyrotinib], start: 2024-01-01",
                                "regimen: [capecitabine], start: 2024-01-01"),
    "one after the other": therapies("regimen: [pyrotinib], start: 2024-01-01, stop: 2024-06-01",
                                     "regimen: [everolimus], start: 2024-06-01"),
    "castration goes on": therapies("regimen: [goserelin], line: 1, start: 2023-01-01, stop: 2024-12-01",
                                    "regimen: [abiraterone], line: 2, start: 2024-01-01"),
    "a baseline before the start": assessed("date: 2024-01-02, response: NE, target_mm: 50"),
    "30 % exactly": assessed("date: 2024-01-05, response: NE, target_mm: 50",
                             "date: 2024-03-01, response: PR, target_mm: 35"),
    "growth by less than 5 mm": assessed("date: 2024-03-01, response: PR, target_mm: 10",
                                         "date: 2024-05-01, response: PR, target_mm: 14"),
    "PD by other lesions": assessed("date: 2024-03-01, response: SD, target_mm: 50",
                                    "date: 2024-05-01, response: PD, target_mm: 50"),
    "CR then PD": assessed("date: 2024-03-01, response: CR", "date: 2024-05-01, response: PD"),
    "a new baseline": therapies("regimen: [pyrotinib], line: 1, start: 2024-01-01, stop: 2024-03-02",
                                "regimen: [everolimus], line: 2, start: 2024-03-10")
    + events("date: 2024-03-01, kind: assessment, response: PD", "date: 2024-05-01, kind: assessment, response: CR"),
    "death of grade 5": events("date: 2024-03-01, kind: adverse event, term: Sepsis, grade: 5",
                                "date: 2024-03-01, kind: death"),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_what_can_be_so_is_not_told(tmp_path: Path, case: str) -> None:
    assert notes(tmp_path, RIGHT[case]) == ()


@pytest.mark.parametrize("name", ["her2-course.yaml", "registry-second-profile.yaml", "registry-withdrawal.yaml"])
def test_the_examples_hold_no_contradiction(name: str) -> None:
    assert course_notes(read_patient_file(EXAMPLES / name).patient, knowledge(), TODAY) == ()


def test_a_psa_value_needs_its_unit(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(HEAD.replace("BRCA", "PRAD") + events("date: 2024-03-01, kind: PSA, value: 3, unit: nmol/L"))
    found = match(Request(path, TODAY), knowledge(), library(), "sql").notes
    assert [str(note) for note in found if "unit" in note.message] == [
        "p.yaml:5: PSA: unit 'nmol/L' is not used; write unit: ng/mL"
    ]


def test_the_match_tells_a_contradiction_and_strict_refuses_it(tmp_path: Path) -> None:
    text, _, message = WRONG["CR after PD"]
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    request = Request(path, TODAY)
    assert any(message in note.message for note in match(request, knowledge(), library(), "sql").notes)
    with pytest.raises(UnusableInput, match="follows PD"):
        match(request._replace(strict=True), knowledge(), library(), "sql")


def test_only_kinds_that_nothing_weighs_are_named(tmp_path: Path) -> None:
    kinds = ("progression", "death", "decision, chosen: none", "biopsy", "last contact", "birthday")
    patient = read(tmp_path, events(*(f"date: 2024-03-01, kind: {kind}" for kind in kinds)))
    (note,) = unused_notes(patient)
    assert note.message == "no rule weighs the patient's events (biopsy, last contact)"
    assert unused_notes(read(tmp_path, events("date: 2024-03-01, kind: progression"))) == ()


@settings(deadline=None)
@given(COURSES, st.sampled_from([None, "2024-06-01", TODAY]))
def test_any_course_can_be_checked(patient: Patient, as_of: str | None) -> None:
    for note in course_notes(patient, knowledge(), as_of):
        assert note.message
        assert note.remedy


@pytest.mark.parametrize(("as_of", "told"), [("2024-02-28", False), ("2024-03-01", True), ("2026-01-01", True)])
def test_the_match_says_that_the_patient_died(tmp_path: Path, as_of: str, told: bool) -> None:
    """The timeline makes no answer from that date on; the main answer must not read as advice either."""
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + events("date: 2024-03-01, kind: death"), encoding="utf-8")
    found = match(Request(path, as_of), knowledge(), library(), "sql")
    assert any(note.message.startswith("the patient died (2024-03-01)") for note in found.notes) is told
