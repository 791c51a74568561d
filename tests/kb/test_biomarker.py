"""What each kind of biomarker covers, and how closely."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from kb import terms as t
from kb.alteration import Alteration, Fusion, Origin, Place, SmallVariant
from kb.biomarker import Closeness, Match, covers, may_cover_variants
from kb.nomenclature import alteration_text, protein
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


NEVER_FROM_ALTERATIONS = {"expression", "signature", "wild type", "reversion", "none"}
"""Kinds that markers, the assay or the patient file decide; no alteration covers them."""


def kinds_of_the_graph() -> set[str]:
    query = f"SELECT DISTINCT ?kind WHERE {{ ?item a <{t.BIOMARKER}> ; <{t.KIND}> ?kind }}"
    return {row[0].value for row in knowledge().store.query(query, use_default_graph_as_union=True)}


def test_every_kind_of_the_graph_has_a_row_that_covers_and_one_that_does_not() -> None:
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for row in rows():
        kinds[row["expected"] != "none"].add(knowledge().biomarker(row["biomarker"]).kind)
    graph = kinds_of_the_graph()
    assert graph > NEVER_FROM_ALTERATIONS
    assert kinds[False] == graph
    assert kinds[True] == graph - NEVER_FROM_ALTERATIONS


def test_small_variants_are_covered_by_kinds_that_may_cover_them_alone() -> None:
    of_variants = [row for row in rows() if isinstance(alteration(row), SmallVariant)]
    biomarkers = [knowledge().biomarker(row["biomarker"]) for row in of_variants]
    covering = [each for each, row in zip(biomarkers, of_variants, strict=True) if row["expected"] != "none"]
    assert covering
    assert all(map(may_cover_variants, covering))
    assert {each.kind for each in biomarkers if not may_cover_variants(each)} > {"fusion", "amplification"}


def test_every_change_of_the_graph_is_covered_by_its_own_biomarker() -> None:
    """Both spellings of each protein change that the graph names, and only those of its gene."""
    query = f'SELECT ?item WHERE {{ ?item <{t.KIND}> "protein change" }}'
    items = [t.item_id(row[0].value) for row in knowledge().store.query(query, use_default_graph_as_union=True)]
    assert len(items) > 200
    for item in items:
        biomarker = knowledge().biomarker(item)
        for change in biomarker.protein_changes:
            variant = SmallVariant(biomarker.genes[0], PLACE, protein.parse(change))
            again = replace(variant, protein=protein.parse(str(protein.parse(change))))
            assert covers(biomarker, variant) == covers(biomarker, again) == Match(Closeness.EXACT), item
            assert covers(biomarker, replace(variant, gene="TTN")) is None


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


def test_a_variant_without_its_protein_change_never_rules_out_a_change_at_its_codon() -> None:
    """Whatever a bare coding name may give at a codon, no biomarker of a substitution there is told to be absent."""
    query = f'SELECT ?item WHERE {{ ?item <{t.KIND}> "protein change" }}'
    items = [t.item_id(row[0].value) for row in knowledge().store.query(query, use_default_graph_as_union=True)]
    tried = 0
    for item in items:
        biomarker = knowledge().biomarker(item)
        if not biomarker.protein_changes:
            continue
        change = protein.parse(biomarker.protein_changes[0])
        if change.consequence_class != "missense" or change.first is None or change.first != change.last:
            continue
        tried += 1
        start = 3 * change.first - 2
        for first, last in ((start, start + 1), (start + 1, start + 2), (start, start + 2), (start - 1, start)):
            coding = f"c.{first}_{last}delins{'A' * (last - first + 1)}"
            match = covers(biomarker, SmallVariant(biomarker.genes[0], PLACE, coding=coding), knowledge())
            assert match is not None, (item, coding)
            assert match.doubt, (item, coding)
        for position in range(start, start + 3):
            match = covers(biomarker, SmallVariant(biomarker.genes[0], PLACE, coding=f"c.{position}A>G"), knowledge())
            assert match is not None, item
            assert match.doubt, item
    assert tried > 150


def test_the_doubt_names_the_codon_of_a_bare_coding_change() -> None:
    match = covers(
        knowledge().biomarker("BRAF:V600E"), SmallVariant("BRAF", PLACE, coding="c.1799_1800delinsAA"), knowledge()
    )
    assert match is not None
    assert "codon 600" in (match.doubt or "")
