"""Terms of CTCAE: the two versions, how a term is found, and what is told of one that is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from matcher.notes import UnusableInput
from matcher.outcomes.ctcae import VERSIONS, find, key_of, nearest, read_terms, term_notes, terms
from matcher.outcomes.subject import Subject
from tests.matcher.outcomes.course import subject


def adverse(folder: Path, *events: str) -> Subject:
    lines = "".join(f"  - {{date: 2024-03-01, kind: adverse event, {event}}}\n" for event in events)
    return subject(folder, f"events:\n{lines}")


def test_each_version_has_as_many_terms_as_its_document_says() -> None:
    assert [len(terms(version)) for version in VERSIONS] == [790, 837]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_class_of_a_version_has_its_term_for_what_is_not_listed(version: str) -> None:
    classes = Counter(term.soc for term in terms(version).values())
    others = [term for term in terms(version).values() if term.name.endswith(" - Other, specify")]
    assert len(classes) == 26
    assert {term.soc for term in others} == set(classes)


@pytest.mark.parametrize(
    ("text", "older", "newer"),
    [
        ("Diarrhea", "Gastrointestinal disorders", "Gastrointestinal disorders"),
        ("diarrhoea", "Gastrointestinal disorders", "Gastrointestinal disorders"),
        ("ANAEMIA", "Blood and lymphatic system disorders", "Blood and lymphatic system disorders"),
        ("tumour lysis syndrome", "Metabolism and nutrition disorders", "Metabolism and nutrition disorders"),
        ("Infusion related reaction", "General disorders and administration site conditions",
         "Injury, poisoning and procedural complications"),
        ("Eczema", None, "Skin and subcutaneous tissue disorders"),
        ("Acute coronary syndrome", "Cardiac disorders", None),
        ("Eye disorders - Other: chalazion", "Eye disorders", "Eye disorders"),
        ("Pneumonia", None, None),
    ],
)  # fmt: skip
def test_a_term_is_found_in_its_version_alone(text: str, older: str | None, newer: str | None) -> None:
    found = [find(text, version) for version in VERSIONS]
    assert [None if each is None else each.soc for each in found] == [older, newer]


@pytest.mark.parametrize("version", VERSIONS)
def test_no_two_terms_are_read_as_one(version: str) -> None:
    assert all(key_of(term.name) == key for key, term in terms(version).items())


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Pneumonia", "Lung infection"),
        ("Neutropenia", "Neutrophil count decreased"),
        ("ALT increased", "Alanine aminotransferase increased"),
        ("Fatige", "Fatigue"),
    ],
)
def test_an_unknown_term_is_given_the_likely_one_first(text: str, near: str) -> None:
    assert nearest(text, "5.0")[0] == near


def test_a_text_like_no_term_is_given_none() -> None:
    assert nearest("qzx", "5.0") == ()


def test_an_unknown_term_is_told_with_its_place(tmp_path: Path) -> None:
    (note,) = term_notes(adverse(tmp_path, "term: Pneumonia, grade: 3, ctcae: 5.0").events)
    assert str(note.where).startswith("P.yaml")
    assert note.message == "'Pneumonia' is not a term of CTCAE 5.0: counted as written"
    assert note.remedy == "nearest terms: Lung infection"


def test_a_term_of_the_other_version_is_told_as_such(tmp_path: Path) -> None:
    (note,) = term_notes(adverse(tmp_path, "term: Eczema, grade: 1, ctcae: 4.03").events)
    assert note.message == "'Eczema' is a term of CTCAE 5.0 and not of 4.03: counted as written"


def test_without_a_version_a_term_of_either_is_known(tmp_path: Path) -> None:
    patient = adverse(tmp_path, "term: Eczema, grade: 1", "term: Spleen disorder, grade: 1", "term: Qzx, grade: 1")
    assert [note.message for note in term_notes(patient.events)] == [
        "'Qzx' is not a term of CTCAE 4.03 or 5.0: counted as written"
    ]


def test_grades_by_another_version_than_the_protocol_s_are_told(tmp_path: Path) -> None:
    patient = adverse(tmp_path, "term: Fatigue, grade: 2, ctcae: 4.03", "term: Fatigue, grade: 2, ctcae: 5.0")
    (note,) = term_notes(patient.events, "5.0")
    assert note.message == "Fatigue was graded by CTCAE 4.03, and the protocol asks for 5.0: counted as graded"


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            "term: Fatigue, grade: 4, ctcae: 5.0",
            "CTCAE 5.0 has no grade 4 of Fatigue, 3 is its highest: counted so",
        ),
        (
            "term: Alopecia, grade: 3, ctcae: 5.0",
            "CTCAE 5.0 has no grade 3 of Alopecia, 2 is its highest: counted so",
        ),
        ("term: Fatigue, grade: 3, ctcae: 5.0", None),
        ("term: Fatigue, grade: 4, ctcae: 4.03", None),
        ("term: Sepsis, grade: 5, ctcae: 5.0", None),
    ],
)
def test_a_grade_that_the_version_does_not_have_is_told(tmp_path: Path, event: str, told: str | None) -> None:
    assert [note.message for note in term_notes(adverse(tmp_path, event).events)] == ([] if told is None else [told])


def test_death_that_is_told_not_to_be_serious_is_told(tmp_path: Path) -> None:
    (note,) = term_notes(adverse(tmp_path, "term: Sepsis, grade: 5, serious: no, ctcae: 5.0").events)
    assert "grade 5 is death" in note.message


def test_a_site_s_own_words_count_as_the_terms_it_says(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    lines = ["term\tcounts_as\tsoc", "腹泻\tDiarrhea\t", "IRR\tInfusion related reaction\t", "rash\tEczema\t"]
    path.write_text("\n".join([*lines, "Low mood\t\tPsychiatric disorders\n"]), encoding="utf-8")
    own = read_terms(path)
    assert all(find("腹泻", version, own) == find("Diarrhea", version) for version in VERSIONS)
    assert all(find("irr", version, own) == find("Infusion related reaction", version) for version in VERSIONS)
    assert find("Rash", "4.03", own) is None
    low = find("low mood", "4.03", own)
    assert low is not None
    assert low[:2] == ("Low mood", "Psychiatric disorders")
    assert term_notes(adverse(tmp_path, "term: 腹泻, grade: 1, ctcae: 5.0").events, "5.0", own) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [("a,b\n1,2\n", "it is no list of terms"), ("term,counts_as\nLow,Qzx\n", "counts_as 'Qzx' is no term of CTCAE")],
)
def test_a_list_of_terms_that_cannot_be_used_is_one_error(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInput, match=told):
        read_terms(path)
