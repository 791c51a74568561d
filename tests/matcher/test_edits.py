"""Edits of a patient: how they are written, and what each does."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.case import Request, read_patient
from matcher.edits import ACTIONS, Edit, edited, parse_edit
from matcher.history import lines_of_therapy
from matcher.notes import UnusableInput
from matcher.patient import Patient
from tests.shared import knowledge

EXAMPLES = Path(__file__).parents[2] / "examples"
BREAST = Request(EXAMPLES / "her2-breast-precise/cautions-and-wishes.yaml", "2026-11-20")
COLON = Request(EXAMPLES / "mtb-ngs-real-world/braf-colorectal.tsv", "2026-11-20", "COAD", "US")


def patient_after(request: Request, *options: tuple[str, str]) -> Patient:
    edits = [parse_edit(action, text) for action, text in options]
    return edited(request, read_patient(request), edits, knowledge())[1][1]


@pytest.mark.parametrize(
    ("action", "text", "key", "value"),
    [
        ("add", "EGFR T790M", "alterations", "EGFR T790M"),
        ("add", "EML4::ALK", "alterations", "EML4::ALK"),
        ("remove", "ERBB2 amplification", "alterations", "ERBB2 amplification"),
        ("set", "MSI=MSI-H", "biomarkers.MSI", "MSI-H"),
        ("set", "HER2 IHC=3+", "biomarkers.HER2 IHC", "3+"),
        ("set", "MSI-H", "biomarkers.MSI", "MSI-H"),
        ("set", "KRAS wild type", "biomarkers.KRAS", "wild type"),
        ("remove", "age", "age", ""),
        ("set", " jurisdiction = US ", "jurisdiction", "US"),
        ("add", "progression=osimertinib", "prior_therapies", "{regimen: [osimertinib], stopped_for: progression}"),
        ("add", "progression=a + b", "prior_therapies", "{regimen: [a, b], stopped_for: progression}"),
    ],
)
def test_what_an_option_says(action: str, text: str, key: str, value: str) -> None:
    edit = parse_edit(action, text)
    assert edit == Edit(action, key, value)
    assert parse_edit(action, shlex.split(str(edit))[1]) == edit


@pytest.mark.parametrize(
    ("action", "text", "told"),
    [
        ("set", "jurisdicton=US", "did you mean 'jurisdiction'"),
        ("set", "stage", "has no value"),
        ("set", "id=P-2", "cannot be edited"),
        ("add", "nonsense", "no alteration"),
        ("add", "=x", "names nothing"),
        ("add", "progression=", "no value"),
        ("set", "EGFR L858R", "names no key"),
    ],
)
def test_what_is_no_edit(action: str, text: str, told: str) -> None:
    with pytest.raises(UnusableInput, match=told) as error:
        parse_edit(action, text)
    assert error.value.where == f"--{action}"
    assert error.value.remedy


@given(st.sampled_from(ACTIONS), st.text(max_size=60))
def test_any_text_is_an_edit_or_an_error(action: str, text: str) -> None:
    try:
        edit = parse_edit(action, text)
    except UnusableInput:
        return
    assert parse_edit(action, shlex.split(str(edit))[1]) == edit


def labels(patient: Patient) -> set[str]:
    return {one.label for one in patient.alterations}


@pytest.mark.parametrize(
    ("option", "gone", "came"),
    [
        (("add", "EGFR T790M"), set(), {"EGFR T790M"}),
        (("add", "BRAF V600E"), set(), set()),
        (("add", "alterations={gene: KRAS, alteration: G12D, vaf: 0.2}"), set(), {"KRAS G12D"}),
        (("remove", "BRAF V600E"), {"BRAF V600E"}, set()),
        (("remove", "alterations=TP53"), {"TP53 R175H"}, set()),
        (("set", "alterations.BRAF=not found"), {"BRAF V600E"}, {"BRAF wild type"}),
        (("set", "BRAF wild type"), {"BRAF V600E"}, {"BRAF wild type"}),
        (("add", "BRAF wild type"), set(), {"BRAF wild type"}),
        (("set", "alterations.BRAF=K601E"), {"BRAF V600E"}, {"BRAF K601E"}),
        (("set", "alterations.ALK fusion=not found"), set(), {"ALK fusion not detected"}),
        (("set", "alterations=none"), {"BRAF V600E", "TP53 R175H", "APC R1450*"}, set()),
        (("set", "MSI=MSI-H"), set(), {"MSI MSI-H"}),
    ],
)
def test_what_an_edit_does_to_a_thin_patient(option: tuple[str, str], gone: set[str], came: set[str]) -> None:
    before, after = read_patient(COLON)[1], patient_after(COLON, option)
    assert labels(before) - labels(after) == gone
    assert labels(after) - labels(before) == came


def test_a_marker_that_is_set_takes_the_place_of_what_says_the_same() -> None:
    after = labels(patient_after(BREAST, ("set", "HER2 IHC=1+")))
    assert "HER2 IHC 1+" in after
    assert "HER2 IHC 3+" not in after
    assert {"ER 80 %", "PR 10 %"} <= after
    assert {"HER2 IHC 1+", "HER2 IHC 3+"} <= labels(patient_after(BREAST, ("add", "HER2 IHC=1+")))


def test_what_is_new_is_at_the_place_of_its_option() -> None:
    after = patient_after(COLON, ("add", "EGFR T790M"), ("add", "KRAS G12C"), ("set", "MSI=MSS"))
    places = {one.label: one.place for one in after.alterations}
    assert places["EGFR T790M"] == Place("--add 1")
    assert places["KRAS G12C"] == Place("--add 2")
    assert places["MSI MSS"] == Place("--set 1")


def test_what_is_added_to_the_unknown_leaves_it_incomplete() -> None:
    after = patient_after(COLON, ("add", "medications=warfarin"), ("add", "progression=cetuximab"))
    assert after.medications == ("warfarin",)
    assert after.prior_therapies is not None
    assert [one.stopped_for for one in after.prior_therapies] == ["progression"]
    assert after.incomplete == {"medications", "prior_therapies"}


def test_maintenance_that_is_added_is_no_further_line() -> None:
    added = ("add", "prior_therapies={regimen: [capecitabine], setting: maintenance}")
    before = patient_after(BREAST).prior_therapies
    history = patient_after(BREAST, added).prior_therapies
    assert before
    assert history
    assert any(each.line is not None for each in before)
    assert history[-1].line is None
    assert lines_of_therapy(history) == lines_of_therapy(before)


def test_the_next_line_has_the_next_number() -> None:
    history = patient_after(BREAST, ("add", "prior_therapies=capecitabine")).prior_therapies
    assert history is not None
    assert (history[-1].regimen, history[-1].line, history[-1].stopped_for) == (("capecitabine",), 4, None)


@pytest.mark.parametrize(
    "text", ["KRAS G12C", "medications=aspirin", "progression=osimertinib", "ER=5 %", "conditions=asthma"]
)
@pytest.mark.parametrize("request_", [BREAST, COLON])
def test_what_is_added_can_be_removed_again(request_: Request, text: str) -> None:
    before = read_patient(request_)[1]
    if text == "ER=5 %":
        added, removed = ("add", text), ("remove", "biomarkers.ER=5 %")
    else:
        added, removed = ("add", text), ("remove", text)
    assert patient_after(request_, added) != before
    assert patient_after(request_, added, removed) == before


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("remove", "KRAS G12C"), "BRAF V600E, TP53 R175H, APC R1450"),
        (("remove", "progression=osimertinib"), "nothing of the kind is known"),
        (("set", "ecog=9"), "from 0 to 5"),
        (("set", "as_of=soon"), "YYYY-MM-DD"),
        (("set", "foo=bar"), "no biomarker speaks of the marker"),
        (("add", "tumor_type=LUAD"), "COAD already"),
        (("add", "alterations=["), "not readable as YAML"),
        (("add", "prior_therapies={regimen: [a], best_response: fine}"), "best_response"),
        (("add", "samples={id: new, variants: nowhere.maf}"), "no such file"),
        (("set", "age.years=3"), "no part"),
    ],
)
def test_an_edit_that_cannot_be_done_says_why(option: tuple[str, str], told: str) -> None:
    with pytest.raises(UnusableInput, match=told) as error:
        patient_after(COLON, option)
    assert str(error.value.where) == f"--{option[0]} 1"


@pytest.mark.parametrize("option", [("add", "BRAF V600E"), ("set", "jurisdiction=US"), ("remove", "age")])
def test_an_edit_that_changes_nothing_is_a_note(option: tuple[str, str]) -> None:
    read = read_patient(COLON)
    request, (_, patient, notes) = edited(COLON, read, [parse_edit(*option)], knowledge())
    assert (request, patient) == (COLON, read[1])
    assert "changes nothing" in notes[-1].message


KEYS = (
    "alterations", "alterations.EGFR", "biomarkers", "biomarkers.MSI", "prior_therapies", "conditions", "medications",
    "measurements", "measurements.LVEF", "samples", "events", "organoids", "preferences", "age", "as_of", "stage",
)  # fmt: skip
ODD = ("none", "unknown", "[]", "{}", "[a, b]", "{a: b}", "EGFR T790M", "not found", "48 %", "[[a]]", "*a", "~")
VALUES = st.one_of(st.text(max_size=30), st.sampled_from(ODD))


@given(st.sampled_from(ACTIONS), st.sampled_from(KEYS), VALUES, st.sampled_from([BREAST, COLON]))
def test_any_edit_is_done_or_refused(action: str, key: str, value: str, request: Request) -> None:
    try:
        edit = parse_edit(action, f"{key}={value}")
        changed, (_, patient, notes) = edited(request, read_patient(request), [edit], knowledge())
    except UnusableInput as error:
        refused = error
        assert str(refused.where).startswith(f"--{action}"), refused
        return
    assert (changed, patient) != (request, read_patient(request)[1]) or notes
