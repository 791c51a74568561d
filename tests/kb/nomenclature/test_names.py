"""Fusions, free texts of alterations, and words for significance."""

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Fusion, MarkerValue, Place, SmallVariant
from kb.nomenclature import alteration_text, fusion, significance
from kb.nomenclature.errors import UnreadableAlteration, UnreadableFusion

TABLES = Path(__file__).parents[2] / "tables"
HERE = Place("table.tsv", 2)


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.mark.parametrize("row", table("fusions.tsv"), ids=lambda row: row["text"])
def test_fusions(row: dict[str, str]) -> None:
    name = fusion.parse(row["text"])
    assert (name.five_prime or "", name.three_prime or "") == (row["five_prime"], row["three_prime"])
    assert name.oriented == (row["oriented"] == "yes")
    assert str(name) == row["text"]


def test_a_list_of_genes_settles_the_hyphens() -> None:
    genes = {"TRA", "TRA-X", "X-ALK", "ALK", "ROS1"}
    assert fusion.parse("TRA-X-ROS1", genes.__contains__).five_prime == "TRA-X"
    with pytest.raises(UnreadableFusion, match="two colons"):
        fusion.parse("TRA-X-ALK", genes.__contains__)
    with pytest.raises(UnreadableFusion):
        fusion.parse("TRA-X", genes.__contains__)


@pytest.mark.parametrize("text", ["", "ALK", "A::B::C", "::", "fusion", "EML4-ALK-ROS1"])
def test_no_fusion(text: str) -> None:
    with pytest.raises(UnreadableFusion):
        fusion.parse(text)


@pytest.mark.parametrize("row", table("alteration_text.tsv"), ids=lambda row: f"{row['gene']} {row['text']}")
def test_alterations_of_a_table(row: dict[str, str]) -> None:
    found = alteration_text.parse(row["text"], row["gene"], HERE)
    assert found.label == row["label"]
    if isinstance(found, SmallVariant):
        assert (str(found.exon or ""), "".join(found.consequences)) == (row["exon"], row["consequence"])


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("deletion", "homozygous deletion or loss"),
        ("none", "wild type or not detected"),
        ("V600E/K", "V600E"),
        ("EML4-RET", "V600E"),
        ("124C>T", "c.124C>T, or p.124C>T"),
    ],
)
def test_what_is_ambiguous_is_refused_with_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(UnreadableAlteration, match=remedy):
        alteration_text.parse(text, "ALK", HERE)


def test_a_splice_isoform_of_ar_is_a_marker_and_not_a_dna_variant() -> None:
    assert isinstance(alteration_text.parse("AR-V7", "AR", HERE), MarkerValue)


def test_a_bare_fusion_does_not_say_which_side_the_gene_is_on() -> None:
    found = alteration_text.parse("fusion", "FGFR2", HERE)
    assert isinstance(found, Fusion)
    assert not found.oriented


@given(st.text(max_size=30), st.sampled_from(["BRAF", "ALK", ""]))
def test_any_text_is_read_or_refused(text: str, gene: str) -> None:
    with suppress(UnreadableAlteration):
        assert alteration_text.parse(text, gene, HERE).label


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Pathogenic", "pathogenic"),
        ("Likely_pathogenic", "likely pathogenic"),
        ("pathogenic&likely_pathogenic", "pathogenic"),
        ("Uncertain_significance", "uncertain"),
        ("VUS", "uncertain"),
        ("Conflicting_interpretations_of_pathogenicity", "uncertain"),
        ("benign,pathogenic", "uncertain"),
        ("Likely Oncogenic", "likely oncogenic"),
        ("Likely Neutral", "likely benign"),
        ("Inconclusive", "uncertain"),
        ("not_provided", None),
        ("", None),
    ],
)
def test_significance(text: str, word: str | None) -> None:
    assert significance.parse(text) == word
    assert word is None or word in significance.WORDS
