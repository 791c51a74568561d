"""The dated events of a patient file: what each kind tells, and what is told of those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.events import Assessment, Board, Decision, Events, Level, Progression, kind_of, read_events
from matcher.notes import Note
from matcher.patient import Patient
from matcher.readers.patient_file import read_patient_file

HEAD = "id: T\ntumor_type: BRCA\n"


def read(tmp_path: Path, text: str) -> tuple[Patient, Events, tuple[Note, ...]]:
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    found = read_patient_file(path)
    events, notes = read_events(found.patient)
    return found.patient, events, (*found.notes, *notes)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Adverse Event", "adverse event"),
        ("AE", "adverse event"),
        ("psa", "PSA"),
        ("follow-up", "last contact"),
        ("treatment_start", "therapy start"),
        ("MTB", "board"),
        ("birthday", None),
    ],
)
def test_a_kind_is_known_by_several_names(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


def test_events_come_in_the_order_of_their_dates(tmp_path: Path) -> None:
    text = """events:
  - {date: 2024-09-02, kind: board, profile: liver, recommended: [pyrotinib + capecitabine, tucatinib], actionable: yes}
  - {date: 2024-03-01, kind: assessment, response: pr, modality: ct, cycle: 2, target_mm: 31.5, new_lesion: no}
  - {date: 2024-09-03, kind: decision, recommended: pyrotinib + capecitabine, chosen: none, reason: Preference}
  - {date: 2024-06-01, kind: PSA, value: 4.2, unit: "µg/L"}
  - {date: 2024-09-01, kind: PSA progression}
"""
    _, events, notes = read(tmp_path, text)
    assert notes == ()
    assert [each.date for each in events.every] == [
        "2024-03-01",
        "2024-06-01",
        "2024-09-01",
        "2024-09-02",
        "2024-09-03",
    ]
    (assessment,) = events.of(Assessment)
    assert assessment[2:] == ("PR", "CT", 2, 31.5, False)
    assert events.of(Board)[0].recommended == (("pyrotinib", "capecitabine"), ("tucatinib",))
    assert events.of(Decision)[0][2:5] == (("pyrotinib", "capecitabine"), (), "preference")
    assert events.of(Level)[0][2:] == ("PSA", 4.2)
    assert events.of(Progression)[0].by == "PSA"
    assert str(assessment.place) == "p.yaml:5"


@pytest.mark.parametrize(
    ("event", "texts"),
    [
        ("{date: 2024-01-01, kind: progresion}", ("p.yaml:4", "'progresion' is not known", "'progression'")),
        ("{date: 2024-01-01, kind: assessment, response: better}", ("'better' is not used", "CR, PR, SD")),
        ("{date: 2024-01-01, kind: assessment}", ("assessment without response", "CR, PR, SD")),
        ("{date: 2024-01-01, kind: PSA, value: 3}", ("unit None is not used", "ng/mL")),
        ("{date: 2024-01-01, kind: PSA, value: -3, unit: ng/mL}", ("'-3' is not used", "from 0")),
        ("{date: 2024-01-01, kind: ECOG, value: 1.5}", ("'1.5' is not used", "whole number from 0 to 5")),
        ("{date: 2024-01-01, kind: adverse event, grade: 3}", ("adverse event without term",)),
        ("{date: 2024-01-01, kind: adverse event, term: Nausea, grade: 6}", ("'6' is not used", "from 1 to 5")),
        ("{date: 2024-01-01, kind: adverse event, term: Nausea, ctcae: 3}", ("ctcae '3' is not used", "4.03, 5.0")),
        ("{date: 2024-01-01, kind: decision}", ("decision without chosen", "chosen: none")),
        ("{date: 2024-01-01, kind: death, caus: cancer}", ("unknown key 'caus'", "'cause'")),
        ("{date: 2024-01-01, kind: therapy start}", ("therapy start without regimen",)),
        ("{date: 2024-01-01, kind: therapy stop, regimen: x}", ("without a therapy that was going on", "name the")),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_a_remedy(
    tmp_path: Path, event: str, texts: tuple[str, ...]
) -> None:
    _, _, notes = read(tmp_path, f"events:\n  - {event}\n")
    assert len(notes) == 1
    for text in texts:
        assert text in str(notes[0])


def test_starts_and_stops_are_therapies_of_a_history_known_in_part(tmp_path: Path) -> None:
    text = """events:
  - {date: 2024-09-01, kind: therapy stop, regimen: docetaxel + trastuzumab, reason: progression, best_response: PR}
  - {date: 2024-01-01, kind: therapy start, regimen: [trastuzumab, docetaxel], line: 1, guided_by: liver}
  - {date: 2024-10-03, kind: organoid, drug: [pyrotinib, capecitabine], inhibition_percent: 70, sample: liver}
"""
    patient, events, notes = read(tmp_path, text)
    assert notes == ()
    assert events.every == ()
    (therapy,) = patient.prior_therapies or ()
    assert (therapy.regimen, therapy.start, therapy.stop) == (("trastuzumab", "docetaxel"), "2024-01-01", "2024-09-01")
    assert (therapy.stopped_for, therapy.best_response, therapy.guided_by) == ("progression", "PR", "liver")
    assert "prior_therapies" in patient.incomplete
    assert patient.organoids[0].drug == "pyrotinib + capecitabine"


def test_therapies_of_events_join_a_history_that_the_file_calls_whole(tmp_path: Path) -> None:
    text = """prior_therapies: none
events:
  - {date: 2024-01-01, kind: therapy start, regimen: trastuzumab}
"""
    patient, _, _ = read(tmp_path, text)
    assert [each.regimen for each in patient.prior_therapies or ()] == [("trastuzumab",)]
    assert patient.incomplete == frozenset()
