"""What is read from a description of a study: a table of phrases, and what is never read."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import evidence as terms
from kb.loaders.study_text import StudyText, read_study
from kb.loaders.study_words import ENDPOINTS

TABLE = Path(__file__).parents[2] / "tables" / "kb" / "study_text.tsv"
FACTS = ("kind", "phase", "stratified", "comparator", "endpoints", "reported", "size")


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["text"][:60])
def test_a_phrase_and_its_facts(case):
    row = read_study(case["text"], case["level"], case["for"] == "yes").row("EID1", "PMID:1")
    expected = {fact: case[fact] or "" for fact in FACTS}
    expected["reported"] = " | ".join(sorted(filter(None, expected["reported"].split(" | "))))
    assert {fact: row[fact] for fact in FACTS} == expected


def test_the_table_has_every_kind_comparator_and_outcome():
    assert {case["kind"] for case in cases()} - {"", None} == set(terms.KINDS)
    assert {case["comparator"] for case in cases()} >= {"placebo", "none", "standard of care", "alteration-negative"}
    assert {case["stratified"] for case in cases()} >= {"yes", "no"}


def test_the_endpoints_are_those_of_the_model():
    assert set(ENDPOINTS) | {"CR"} == terms.ENDPOINTS


WORDS = sorted({word for case in cases() for word in case["text"].split()})


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), st.sampled_from("ABCDE"), st.booleans())
def test_any_text_gives_facts_of_the_model_and_improves_only_what_it_reports(text, level, is_for):
    study = read_study(text, level, is_for)
    assert study.kind in {None, *terms.KINDS}
    assert study.comparator in {None, *terms.COMPARATORS}
    assert study.phase in {None, "1", "1/2", "2", "2/3", "3", "4"}
    assert set(study.endpoints) <= set(study.reported) <= terms.ENDPOINTS
    assert is_for or study.endpoints == ()
    assert study.size is None or study.size >= 1


def test_nothing_is_read_from_nothing():
    assert read_study("", "A", True) == StudyText()
    assert not read_study("", "A", True).tells_something
