"""The table of protein changes, round trips, and whatever else may be typed."""

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import KnowledgeError
from kb.nomenclature.errors import UnreadableProteinChange
from kb.nomenclature.protein import KINDS, THREE_TO_ONE, ProteinChange, parse

TABLES = Path(__file__).parents[2] / "tables"


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open() as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


ROWS = table("protein.tsv")
UNREADABLE = table("protein_unreadable.tsv")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_the_table_reads_as_it_says(row: dict[str, str]) -> None:
    change = parse(row["text"])
    assert (change.kind, change.consequence_class) == (row["kind"], row["class"])
    assert (change.first, change.last) == tuple(int(row[key]) if row[key] else None for key in ("first", "last"))
    assert change.short == row["short"]
    assert str(change) == row["text"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_the_short_form_is_the_same_change(row: dict[str, str]) -> None:
    change = parse(row["text"])
    assert parse(change.short) == change
    assert hash(parse(change.short)) == hash(change)


def test_every_kind_and_class_has_a_row() -> None:
    assert {row["kind"] for row in ROWS} == set(KINDS)
    assert len({row["class"] for row in ROWS}) == 11


def test_every_residue_has_both_codes() -> None:
    # Residues whose letter is also the older sign for a stop, or the stop itself, are in the table.
    for three, one in THREE_TO_ONE.items():
        if one not in "X*":
            assert parse(f"p.Met5{three}") == parse(f"p.M5{one}")


@pytest.mark.parametrize("row", UNREADABLE, ids=lambda row: row["text"])
def test_what_is_no_protein_change_is_refused_with_its_text(row: dict[str, str]) -> None:
    with pytest.raises(UnreadableProteinChange) as caught:
        parse(row["text"])
    assert caught.value.text == row["text"]
    assert isinstance(caught.value, KnowledgeError)
    assert caught.value.remedy in str(caught.value)


def test_different_changes_differ() -> None:
    assert len({parse(text) for text in ("V600E", "V600K", "V601E", "V600=", "V600fs", "V600del")}) == 6


def test_predicted_is_kept_and_does_not_count() -> None:
    assert parse("p.(V600E)").predicted
    assert not parse("p.V600E").predicted


def test_truncating_is_nonsense_and_frameshift() -> None:
    truncating = {row["class"] for row in ROWS if parse(row["text"]).is_truncating}
    assert truncating == {"nonsense", "frameshift"}


def test_a_change_made_without_text_prints_itself() -> None:
    assert str(ProteinChange("substitution", 600, 600, "V", "V", "E")) == "p.V600E"


residue = st.sampled_from("ACDEFGHIKLMNPQRSTVWY")
codon = st.integers(2, 35000)


@given(residue, codon, residue)
def test_a_substitution_is_the_same_in_both_codes(old: str, at: int, new: str) -> None:
    three = {one: three for three, one in THREE_TO_ONE.items()}
    assert parse(f"p.{three[old]}{at}{three[new]}") == parse(f"{old}{at}{new}")


@given(residue, codon, residue, st.integers(1, 400), st.text("ACDEFGHIKLMNPQRSTVWY", min_size=1, max_size=12))
def test_ranges_print_back(old: str, at: int, last: str, width: int, new: str) -> None:
    for edit in ("del", "dup", f"delins{new}"):
        text = f"p.{old}{at}_{last}{at + width}{edit}"
        assert str(parse(text)) == text
        assert parse(parse(text).short) == parse(text)
        assert len(parse(text).codons) == width + 1


@given(st.one_of(st.text(max_size=40), st.text("p.VX600_*?delinsfxt=>()%3D:1", max_size=25)))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableProteinChange):
        change = parse(text)
        assert str(change) == text
        assert change.kind in KINDS
        assert change.short
        assert change.consequence_class
