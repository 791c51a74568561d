"""CIViC: both layouts, boolean profiles, substitutes, assertions, and every record accounted for."""

from functools import cache
from pathlib import Path

import pytest

from kb.errors import UnreadableSource
from kb.loaders import civic
from kb.loaders.base import Report
from kb.normalizer import Normalizer
from kb.starter import DATA, read_tables
from kb.statements import Row, Tables
from tests.kb.loaders.releases import assertion, evidence, write

SHARED = Path(__file__).parents[4] / "shared" / "data" / "civic"


@cache
def starter() -> Tables:
    return read_tables(DATA / "source")


def loaded(path: Path) -> tuple[dict[str, Row], Report]:
    report = Report("civic")
    tables = civic.load(path, Normalizer(starter()), report)
    return {row["id"]: row for row in tables["evidence"]}, report


def one(tmp_path: Path, **fields: str) -> Row:
    rows, report = loaded(write(tmp_path / "civic", [evidence(1, **fields)]))
    assert not report.unread, report.unread
    (row,) = rows.values()
    return row


def test_an_item_becomes_a_row_in_the_terms_of_the_graph(tmp_path):
    row = one(tmp_path, nct_ids="NCT00000001, NCT00000002", is_flagged="true")
    assert (row["id"], row["profile"], row["regimen"], row["tumor_types"]) == (
        "EID1",
        "BRAF:V600E",
        "vemurafenib",
        "MEL",
    )
    assert (row["direction"], row["significance"], row["level"]) == ("supports", "sensitivity", "B")
    assert row["sources"].startswith("PMID:1001 https://pubmed.ncbi.nlm.nih.gov/1001/ | CIViC EID1 ")
    assert row["trials"] == "NCT00000001 | NCT00000002"
    assert "FLAGGED in CIViC" in row["note"]


def test_no_benefit_is_sensitivity_that_is_not_supported(tmp_path):
    row = one(tmp_path, evidence_direction="Does Not Support")
    assert (row["direction"], row["significance"]) == ("does not support", "sensitivity")


PROFILES = {
    "BRAF V600E AND BRAF Amplification": "BRAF:V600E AND BRAF:AMP",
    "BRAF Amplification AND ( BRAF V600E OR BRAF V600K )": "BRAF:AMP AND (BRAF:V600E OR BRAF:V600K)",
    "NOT KIT D816V": "NOT KIT:D816V",
    "EML4::ALK Fusion AND ALK C1156Y": "ALK:EML4FUS AND ALK:C1156Y",
    "MET Amplification AND MET Splice Site (c.3028G>A)": "MET:AMP AND MET:c.3028G>A",
    "v::ALK Fusion OR v::ROS1 Fusion": "ALK:FUSION OR ROS1:FUSION",
    "PTEN Loss": "PTEN:IHCLOSS OR PTEN:HOMDEL",
    "PTEN Loss AND BRAF V600E": "(PTEN:IHCLOSS OR PTEN:HOMDEL) AND BRAF:V600E",
}


@pytest.mark.parametrize("name", PROFILES)
def test_boolean_profiles(tmp_path, name):
    assert one(tmp_path, profile=name)["profile"] == PROFILES[name]


def test_the_older_layout_names_fusions_under_a_gene(tmp_path):
    items = [evidence(1, "ALK EML4::ALK"), evidence(2, "EML4::ALK Fusion"), evidence(3)]
    rows, report = loaded(write(tmp_path / "civic", items, day="01-Aug-2024", features=False))
    assert [row["profile"] for row in rows.values()] == ["ALK:EML4FUS", "ALK:EML4FUS", "BRAF:V600E"]
    assert report.released_on == "2024-08-01"


def test_combination_and_substitutes_and_sequence_are_kept_apart(tmp_path):
    items = [
        evidence(1, therapies="Dabrafenib,Trametinib", therapy_interaction_type="Combination"),
        evidence(2, therapies="Dabrafenib,Vemurafenib", therapy_interaction_type="Substitutes"),
        evidence(3, therapies="Dabrafenib,Trametinib", therapy_interaction_type="Sequential"),
    ]
    rows, _ = loaded(write(tmp_path / "civic", items))
    assert {id: (row["regimen"], row["combination"]) for id, row in rows.items()} == {
        "EID1": ("dabrafenib+trametinib", "combination"),
        "EID2.1": ("dabrafenib", "single"),
        "EID2.2": ("vemurafenib", "single"),
        "EID3": ("dabrafenib+trametinib", "sequential"),
    }


def test_a_disease_that_names_a_marker_adds_it_to_the_profile(tmp_path):
    her2 = {"disease": "Her2-receptor Positive Breast Cancer", "doid": "0060079"}
    row = one(tmp_path, profile="ERBB2 Amplification", therapies="Trastuzumab", **her2)
    assert (row["profile"], row["tumor_types"]) == ("ERBB2:AMP AND HER2:POS", "BRCA")


def test_every_record_is_taken_left_or_refused(tmp_path):
    items = [
        evidence(1),
        evidence(2, evidence_type="Prognostic"),
        evidence(3, evidence_status="rejected"),
        evidence(4, profile="BRAF Strange Thing"),
        evidence(5, disease="Nosuch disease", doid=""),
        evidence(6, therapies=""),
        evidence(7, therapy_interaction_type="Somehow"),
        evidence(8, significance="N/A"),
    ]
    _, report = loaded(write(tmp_path / "civic", items))
    assert report.taken == {"evidence": 1}
    assert sorted(id for ids in report.left.values() for id in ids) == ["EID2", "EID3"]
    assert [each.record for each in report.unread] == ["EID4", "EID5", "EID6", "EID7", "EID8"]
    assert report.unread[0].place == "01-Jul-2025-ClinicalEvidenceSummaries.tsv:5"
    assert (report.understood["evidence"], report.met["evidence"]) == (1, 6)


def test_an_assertion_gives_its_level_to_the_items_that_say_the_same(tmp_path):
    items = [evidence(1), evidence(2, disease="Cancer", doid="162", therapies="Vemurafenib")]
    rows, _ = loaded(write(tmp_path / "civic", items, [assertion(9, "1,2")]))
    assert rows["EID1"]["amp_assertion"] == "Tier I - Level A (CIViC AID9)"
    assert rows["EID2"]["amp_assertion"] == ""
    assert (rows["AID9"]["level"], rows["AID9"]["regimen"]) == ("A", "vemurafenib")


def test_an_assertion_takes_its_therapies_as_its_evidence_does(tmp_path):
    both = "Dabrafenib,Trametinib"
    items = [evidence(1, therapies=both, therapy_interaction_type="Combination")]
    rows, _ = loaded(write(tmp_path / "a", items, [assertion(9, "1", therapies="Trametinib,Dabrafenib")]))
    assert rows["AID9"]["regimen"] == "dabrafenib+trametinib"
    _, report = loaded(write(tmp_path / "b", [evidence(1)], [assertion(9, "1", therapies=both)]))
    assert "given together or are alternatives" in report.unread[0].reason


def test_oncogenic_evidence_places_a_variant_under_the_oncogenic_mutation(tmp_path):
    items = [evidence(1), evidence(2, evidence_type="Oncogenic", significance="Oncogenicity")]
    tables = civic.load(write(tmp_path / "civic", items), Normalizer(starter()), Report("civic"))
    assert tables["links"] == (Row(biomarker="BRAF:V600E", broader="BRAF:MUT"),)


def test_the_same_id_twice_is_refused(tmp_path):
    with pytest.raises(UnreadableSource, match=r":3: has the id 1 a second time \(first in line 2\)"):
        loaded(write(tmp_path / "civic", [evidence(1), evidence(1)]))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
@pytest.mark.parametrize(
    ("release", "total", "refused"), [("2025-07-01", 2710, 30), ("2024-08-01", 2634, 31)], ids=["2025", "2024"]
)
def test_nearly_all_of_a_real_release_is_understood(release, total, refused):
    rows, report = loaded(SHARED / release)
    assert report.met["evidence"] == total
    assert len([each for each in report.unread if each.record.startswith("EID")]) == refused
    assert report.understood["evidence"] == total - refused >= 0.97 * total
    assert not [each for each in report.unread if each.record.startswith("AID")]
    assert all(row["tumor_types"] and row["regimen"] and row["profile"] for row in rows.values())
