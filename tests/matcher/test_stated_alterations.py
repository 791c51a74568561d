"""An alteration that stands among the markers of a patient file counts as one that stands among the alterations."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.alteration import CopyNumberChange, Fusion, MarkerValue, Place, SmallVariant
from matcher.case import Request, match
from matcher.edits import Edit
from matcher.patient import Sample
from matcher.recommend import answer
from matcher.stated_alterations import stated_alterations, with_stated_alterations
from matcher.what_if import what_if
from tests.shared import knowledge, library

PLACE = Place("p.yaml", 4)
ALTERATIONS = (
    ("LUAD", "EGFR L858R"),
    ("LUAD", "EGFR exon 19 deletion"),
    ("LUAD", "EGFR exon 20 insertion"),
    ("LUAD", "ALK rearrangement"),
    ("LUAD", "EML4-ALK fusion"),
    ("LUAD", "RET rearrangement"),
    ("LUAD", "MET exon 14 skipping"),
    ("LUAD", "KRAS G12C"),
    ("BRCA", "ERBB2 amplification"),
    ("BRCA", "HER2 amplification"),
    ("BRCA", "PIK3CA H1047R"),
    ("CHOL", "FGFR2 fusion"),
    ("CHOL", "IDH1 R132C"),
    ("MEL", "BRAF V600E"),
    ("COADREAD", "KRAS G12D"),
)


def stated(name: str, value: str = "detected", sample: str | None = None) -> MarkerValue:
    return MarkerValue(name, value, PLACE, sample)


def told(folder: Path, tumor: str, line: str) -> list[object]:
    """The recommendations of a patient of whom one line tells what was found."""
    path = folder / "p.yaml"
    path.write_text(f"id: P\ntumor_type: {tumor}\njurisdiction: US\n{line}\n", encoding="utf-8")
    found = answer(match(Request(path, "2026-11-20"), knowledge(), library(), "sql"))
    return [(each.option.id, each.option.tier, each.evidence, each.option.flags) for each in found.recommendations]


@pytest.mark.parametrize(("tumor", "name"), ALTERATIONS)
def test_the_answer_is_that_of_the_alteration(tmp_path: Path, tumor: str, name: str) -> None:
    found = told(tmp_path, tumor, f"alterations: [{name}]")
    assert len(found) > 1
    assert told(tmp_path, tumor, f"biomarkers: {{{name}: detected}}") == found


@pytest.mark.parametrize("value", ["positive", "present", "yes", "+", "True", "阳性"])
def test_it_is_found_in_any_words(value: str) -> None:
    (found,) = stated_alterations(stated("BRAF V600E", value), knowledge())
    assert isinstance(found, SmallVariant)
    assert (found.label, found.place) == ("BRAF V600E", PLACE)


@pytest.mark.parametrize("value", ["not detected", "negative", "unknown", "equivocal", "not tested", "32 %", ""])
def test_what_was_not_found_stays_a_marker(value: str) -> None:
    given_ = (stated("BRAF V600E", value), stated("ALK rearrangement", value))
    assert with_stated_alterations(given_, knowledge()) == (given_, ())


@pytest.mark.parametrize(
    "name",
    [
        *("HER2 IHC", "HER2", "PTEN", "MET", "PD-L1", "TOP2A", "MSI", "AR-V7", "EGFRvIII", "HRD", "CD117", "RAS", "HR"),
        *("PTEN loss", "CDKN2A deletion", "NTRK fusion", "BRAF V600", "ALK", "ALK IHC", "MGMT promoter methylation"),
        *("DPYD *2A", "Sparkle", "Sparkle V600E", "KRAS wild type", "IGF2 expression", "COSMIC signature SBS4"),
    ],
)
def test_a_measured_marker_and_what_is_not_understood_stay_markers(name: str) -> None:
    assert stated_alterations(stated(name), knowledge()) == ()


def test_a_symbol_is_approved_and_the_sample_stays() -> None:
    (copies,) = stated_alterations(stated("HER2 amplification", sample="liver"), knowledge())
    assert isinstance(copies, CopyNumberChange)
    assert (copies.gene, copies.sample) == ("ERBB2", "liver")
    (fused,) = stated_alterations(stated("EML4-ALK"), knowledge())
    assert isinstance(fused, Fusion)
    assert (fused.five_prime, fused.three_prime) == ("EML4", "ALK")


def test_in_normal_tissue_it_is_of_the_germline() -> None:
    samples = (Sample("blood", kind="normal"), Sample("liver", kind="tissue"))
    markers = (stated("BRCA1 E23fs", sample="blood"), stated("BRCA2 S1982fs", sample="liver"))
    found, _ = with_stated_alterations(markers, knowledge(), samples)
    assert [(each.gene, each.origin.value) for each in found if isinstance(each, SmallVariant)] == [
        ("BRCA1", "germline"),
        ("BRCA2", "unknown"),
    ]


def test_part_of_an_isoforms_name_is_enough() -> None:
    (found,) = stated_alterations(stated("MET exon 14"), knowledge())
    assert isinstance(found, SmallVariant)
    assert (found.gene, found.exon) == ("MET", 14)


def test_it_is_told_and_counted_once() -> None:
    found, notes = with_stated_alterations((stated("EGFR L858R"),), knowledge())
    assert [each.label for each in found] == ["EGFR L858R"]
    (note,) = notes
    assert (note.severity.value, note.where) == ("info", PLACE)
    assert note.message == "EGFR L858R detected is read as the alteration EGFR L858R"
    again = with_stated_alterations((*found, stated("EGFR L858R")), knowledge())
    assert again == (found, ())


def test_what_one_sample_has_is_told_of_another_one_too() -> None:
    (called,), _ = with_stated_alterations((stated("EGFR L858R", sample="liver"),), knowledge())
    of_patient, of_liver, of_plasma = (stated("EGFR L858R", sample=name) for name in (None, "liver", "plasma"))
    for marker in (of_patient, of_liver):
        assert with_stated_alterations((called, marker), knowledge()) == ((called,), ())
    found, _ = with_stated_alterations((called, of_plasma), knowledge())
    assert [each.sample for each in found] == ["liver", "plasma"]


def test_a_marker_that_says_more_than_the_alteration_stays_beside_it() -> None:
    """An exon alone leaves open what changed there; the biomarker of this very name does not."""
    name = "ERBB2 tyrosine-kinase-domain activating mutation"
    assert with_stated_alterations((stated(name),), knowledge())[0] == (stated(name),)
    found, _ = with_stated_alterations((stated("KIT exon 9 mutation"),), knowledge())
    assert [type(each) for each in found] == [MarkerValue, SmallVariant]


def test_every_biomarker_that_is_stated_by_its_name_is_present(tmp_path: Path) -> None:
    """Whatever its name is read as, and whatever else follows."""
    genes = ("ALK", "ARID1A", "BRAF", "BRCA1", "EGFR", "ERBB2", "FGFR2", "IDH1", "KIT", "KRAS", "MET", "PIK3CA", "ROS1")
    named = {each.id: each for gene in genes for each in knowledge().biomarkers_of_gene(gene)}
    every = [each for each in named.values() if each.state == "present" and not each.marker]
    assert len(every) > 50
    missed = []
    for each in every[::2]:
        found, _ = with_stated_alterations((stated(each.label),), knowledge())
        if not any(isinstance(one, MarkerValue) for one in found):
            path = tmp_path / "p.yaml"
            path.write_text(f"id: P\ntumor_type: LUAD\nbiomarkers: {{'{each.label}': detected}}\n", encoding="utf-8")
            matched = match(Request(path, "2026-11-20", jurisdiction="US"), knowledge(), library(), "sql")
            missed += [each.id] if matched.board.status(each.id).status.value != "present" else []
    assert missed == []


def test_an_edit_may_state_it_so(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("id: P\ntumor_type: LUAD\njurisdiction: US\n", encoding="utf-8")
    edits = [Edit("add", "biomarkers.KRAS G12C mutation", "positive")]
    found = what_if(Request(path, "2026-11-20"), edits, knowledge(), library(), "sql")
    assert any(each.option.regimen == ("sotorasib",) for each in found.after.recommendations)


@settings(max_examples=60)
@given(st.text(max_size=30), st.sampled_from(["detected", "positive", "high", "3+", "amplified", "yes"]))
def test_any_name_is_read_or_stays(name: str, value: str) -> None:
    marker = stated(name, value)
    found, _ = with_stated_alterations((marker,), knowledge())
    assert marker in found or stated_alterations(marker, knowledge())
    assert found
