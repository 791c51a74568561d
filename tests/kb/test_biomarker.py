"""What each kind of biomarker covers, and how closely."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from kb.alteration import Alteration, Fusion, Origin, Place, SmallVariant
from kb.biomarker import covers
from kb.nomenclature import alteration_text
from tests.shared import knowledge

TABLE = Path(__file__).parents[1] / "tables" / "biomarkers.tsv"
PLACE = Place("table.tsv", 2)


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def alteration(row: dict[str, str]) -> Alteration:
    gene, _, text = row["alteration"].partition(" ")
    found = alteration_text.parse(text, gene, PLACE)
    if not isinstance(found, SmallVariant):
        return found
    if "3028+1" in text:  # the annotator's term comes with the coding name
        found = replace(found, consequences=("splice_donor_variant",))
    origin = Origin(row["origin"]) if row["origin"] else Origin.UNKNOWN
    return replace(found, origin=origin, significance=row["significance"] or None)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['biomarker']}-{row['alteration']}-{row['significance']}")
def test_covers(row: dict[str, str]) -> None:
    match = covers(knowledge().biomarker(row["biomarker"]), alteration(row), knowledge())
    if row["expected"] == "none":
        assert match is None
    elif row["expected"] == "doubt":
        assert match is not None
        assert match.doubt
    else:
        assert match is not None
        assert (match.doubt, match.closeness.label) == (None, row["expected"])


def test_every_kind_that_alterations_decide_has_a_row_that_covers_and_one_that_does_not() -> None:
    decided = {"protein change", "codon", "exon and class", "oncogenic mutation", "loss of function", "amplification"}
    decided |= {"homozygous deletion", "fusion", "germline", "isoform"}
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for row in rows():
        kinds[row["expected"] == "none"].add(knowledge().biomarker(row["biomarker"]).kind)
    assert kinds[True] >= decided
    assert kinds[False] >= decided


def test_a_fusion_out_of_frame_is_in_doubt() -> None:
    fusion = Fusion("EML4", "ALK", PLACE, in_frame=False)
    match = covers(knowledge().biomarker("ALK:FUSION"), fusion, knowledge())
    assert match is not None
    assert match.doubt


def test_a_fusion_without_orientation_may_stand_either_way() -> None:
    fusion = Fusion("NRG1", "CD74", PLACE, oriented=False)
    assert covers(knowledge().biomarker("NRG1:FUSION"), fusion, knowledge()) is not None


def test_a_fusion_with_an_unnamed_partner_is_in_doubt_for_a_named_one() -> None:
    match = covers(knowledge().biomarker("FGFR3:TACC3FUS"), Fusion("FGFR3", None, PLACE), knowledge())
    assert match is not None
    assert match.doubt


def test_the_graph_places_specific_biomarkers_under_broad_ones() -> None:
    names = {each.id for each in knowledge().narrower_biomarkers(knowledge().biomarker("EGFR:MUT"))}
    assert {"EGFR:ACTMUT", "EGFR:L858R", "EGFR:T790M", "EGFR:EX20INS"} <= names


def test_without_the_graph_a_broad_biomarker_rests_on_the_input() -> None:
    variant = alteration_text.parse("p.H1047R", "PIK3CA", PLACE)
    match = covers(knowledge().biomarker("PIK3CA:MUT"), variant)
    assert match is not None
    assert match.doubt
