"""Present, absent, not tested, equivocal: from the alterations, the markers and what was looked at."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    MarkerValue,
    Origin,
    Place,
    SmallVariant,
)
from kb.nomenclature import alteration_text
from kb.nomenclature.free_text import parse_all
from kb.nomenclature.protein import parse
from matcher.assay import BUILT_IN, Assay, Coverage, Part
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard, _all_of, _any_of, _negate
from matcher.marker_reading import measures
from matcher.patient import Sample
from tests.shared import knowledge

PLACE = Place("p.tsv", 2)
SMALL, COPIES, FUSIONS = "small variant", "copy number", "fusion"
PANEL = Assay("panel", (Part(frozenset({SMALL, COPIES}), frozenset({"BRCA1", "BRCA2", "EGFR"})),))
PAIRED = Assay("paired", (Part(frozenset({SMALL, COPIES})),), germline=True)
ASSAYS = {**BUILT_IN, "panel": PANEL, "paired": PAIRED}
TABLES = Path(__file__).parents[1] / "tables"


def status(
    biomarker: str,
    *alterations: Alteration,
    assay: str | None = None,
    reported: tuple[str, ...] = (SMALL,),
    kind: str = "tissue",
) -> BiomarkerStatus:
    samples = (Sample("s", kind=kind, assay=assay, reported=frozenset(reported)),)
    return StatusBoard(alterations, Coverage(samples, ASSAYS), knowledge()).status(biomarker)


def variant(gene: str, change: str) -> SmallVariant:
    return SmallVariant(gene, PLACE, parse(change))


def amplified(gene: str) -> CopyNumberChange:
    return CopyNumberChange(gene, CopyNumberState.AMPLIFICATION, PLACE)


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def observed(text: str) -> Alteration:
    gene, _, change = text.partition(" ")
    if "::" in gene:
        return Fusion(*gene.split("::"), PLACE)
    return alteration_text.parse(change, gene, PLACE)


@pytest.mark.parametrize("row", table("status.tsv"), ids=lambda row: "-".join(row.values()))
def test_status(row: dict[str, str]) -> None:
    found = status(
        row["biomarker"],
        *(observed(text) for text in row["alterations"].split("|") if text),
        assay=row["assay"] or None,
        reported=tuple(row["results"].split("|")),
        kind=row["specimen"],
    )
    assert found.status.value == row["status"], found.because
    assert found.because


def test_every_status_and_every_way_of_testing_has_a_row() -> None:
    rows = table("status.tsv")
    assert {row["status"] for row in rows} == {each.value for each in Status}
    assert {row["assay"] for row in rows} >= {"", *ASSAYS}
    assert {row["specimen"] for row in rows} == {"tissue", "ctDNA"}


@pytest.mark.parametrize("row", table("markers.tsv"), ids=lambda row: f"{row['biomarker']}-{row['markers']}")
def test_markers(row: dict[str, str]) -> None:
    values = [MarkerValue(*text.split("=", 1), PLACE) for text in row["markers"].split("|") if text]
    assert status(row["biomarker"], *values).status.value == row["status"]
    assert status(row["biomarker"], *reversed(values)).status.value == row["status"]


def test_every_measured_marker_of_the_graph_has_a_row() -> None:
    """Every scale that labels name; those that only preclinical evidence names are read the same way."""
    named = {row["biomarker"] for row in table("markers.tsv")}
    for marker in ("HER2", "ER", "PR", "MSI", "MMR proteins", "TMB", "GIS"):
        assert {each.id for each in knowledge().biomarkers_of_marker(marker)} <= named, marker


def test_amplification_by_sequencing_stands_in_for_her2_testing_with_a_caution() -> None:
    found = status("HER2:POS", amplified("ERBB2"))
    assert (found.status, bool(found.caution)) == (Status.PRESENT, True)
    assert status("HER2:NEG", amplified("ERBB2")).status is Status.ABSENT
    assert status("HER2:POS_GASTRIC", amplified("ERBB2")).status is Status.EQUIVOCAL


@pytest.mark.parametrize(("value", "expected"), [("3+", "present"), ("0", "equivocal"), ("1+", "equivocal")])
def test_her2_testing_beside_an_amplification(value: str, expected: str) -> None:
    found = status("HER2:POS", amplified("ERBB2"), MarkerValue("HER2 IHC", value, PLACE))
    assert found.status.value == expected
    assert found.caution is None


def test_wild_type_is_defeated_by_a_mutation_and_left_open_by_an_unknown_one() -> None:
    assert status("KRAS:WT", variant("KRAS", "p.G12D"), assay="WES").status is Status.ABSENT
    assert status("KRAS:WT", variant("KRAS", "p.K128R"), assay="WES").status is Status.EQUIVOCAL
    assert status("KRAS:WT", variant("KRAS", "p.G12="), assay="WES").status is Status.PRESENT
    assert status("RAS:WT", variant("NRAS", "p.Q61K"), assay="WES").status is Status.ABSENT
    assert status("EGFR:NOSENS", variant("EGFR", "p.L858R"), assay="WES").status is Status.ABSENT


@pytest.mark.parametrize(
    ("gene", "change", "expected"),
    [
        ("KRAS", "p.A59T", Status.ABSENT),
        ("NRAS", "p.A59D", Status.ABSENT),
        ("KRAS", "p.K117E", Status.ABSENT),
        ("KRAS", "p.A59=", Status.PRESENT),
        ("KRAS", "p.A59*", Status.EQUIVOCAL),
        ("KRAS", "p.S65N", Status.EQUIVOCAL),
    ],
)
def test_a_substitution_at_a_codon_that_defines_ras_is_no_wild_type(gene: str, change: str, expected: Status) -> None:
    """The labels' RAS is wild type at codons 12, 13, 59, 61, 117 and 146, whoever classified it."""
    found = variant(gene, change)
    assert status("RAS:WT", found, assay="WES").status is expected
    unclear = {Status.ABSENT: Status.EQUIVOCAL}.get(expected, expected)
    assert status("RAS:WT", replace(found, significance="uncertain"), assay="WES").status is unclear
    if expected is Status.ABSENT:
        assert status("RAS:WT", replace(found, filtered="t_lod"), assay="WES").status is Status.EQUIVOCAL


def test_wild_type_may_be_stated() -> None:
    assert status("KRAS:WT", MarkerValue("KRAS", "wild type", PLACE)).status is Status.PRESENT
    assert status("KRAS:WT", MarkerValue("KRAS", "mutated", PLACE)).status is Status.ABSENT


def test_a_status_names_its_alterations_and_places() -> None:
    found = status("EGFR:L858R", variant("EGFR", "p.L858R"))
    assert (found.status, found.closeness.label if found.closeness else None) == (Status.PRESENT, "exact")
    assert [str(each.place) for each in found.alterations] == ["p.tsv:2"]
    assert "EGFR L858R" in found.because


def test_profiles() -> None:
    board = StatusBoard(
        (variant("PIK3CA", "p.H1047R"), MarkerValue("ER", "90 %", PLACE), MarkerValue("HER2 IHC", "0", PLACE)),
        Coverage((), ASSAYS),
        knowledge(),
    )
    expression = "HR:POS AND HER2:NEG AND (PIK3CA:MUT OR AKT1:MUT OR PTEN:ALT)"
    whole = board.profile(expression)
    assert (whole.status, whole.genomic) == (Status.PRESENT, True)
    assert board.profile("NOT PIK3CA:MUT").status is Status.ABSENT
    assert board.profile("AKT1:MUT AND HER2:NEG").status is Status.NOT_TESTED


PARTS = st.sampled_from(list(Status))


def part(number: int, found: Status) -> BiomarkerStatus:
    return BiomarkerStatus(f"B{number}", f"b{number}", found, "")


@given(st.lists(PARTS, min_size=1, max_size=4))
def test_connectives_are_kleenes(found: list[Status]) -> None:
    """A composite is decided exactly when every way of settling the open parts gives the same truth."""
    parts = tuple(part(number, each) for number, each in enumerate(found))
    worlds = [(each is Status.PRESENT,) if each in {Status.PRESENT, Status.ABSENT} else (True, False) for each in found]
    for combine, truth in ((_all_of, all), (_any_of, any)):
        outcomes = {truth(world) for world in product(*worlds)}
        whole = combine(parts).status
        if outcomes == {True}:
            assert whole is Status.PRESENT
        elif outcomes == {False}:
            assert whole is Status.ABSENT
        else:
            assert whole in {Status.NOT_TESTED, Status.EQUIVOCAL}
        assert combine(tuple(reversed(parts))).status is whole


@given(PARTS)
def test_a_double_negation_changes_nothing(found: Status) -> None:
    assert _negate(_negate(part(0, found))).status is found


def test_a_fusion_that_was_found_is_present_without_an_assay() -> None:
    found = status("RET:FUSION", Fusion("CCDC6", "RET", PLACE), reported=(FUSIONS,))
    assert found.status is Status.PRESENT


def _told(biomarker: str, *texts: str) -> Status:
    """The status that these texts of a report give, with no assay."""
    found = [one for text in texts for one in parse_all(text, Place("list.txt", 1))]
    return StatusBoard(found, Coverage((), {}), knowledge()).status(biomarker).status


@pytest.mark.parametrize(
    ("biomarker", "texts", "status"),
    [
        ("RAS:WT", ("RAS wild type",), Status.PRESENT),
        ("RAS:WT", ("KRAS wt",), Status.NOT_TESTED),
        ("KRAS:WT", ("KRAS mutant",), Status.EQUIVOCAL),
        ("KRAS:WT", ("KRAS wt", "KRAS G12C"), Status.EQUIVOCAL),
        ("ALK:NOALT", ("no ALK fusion",), Status.PRESENT),
        ("ALK:FUSION", ("no ALK fusion",), Status.ABSENT),
        ("ALK:FUSION", ("no ALK fusion", "EML4-ALK"), Status.EQUIVOCAL),
        ("ALK:NOALT", ("no ALK fusion", "EML4-ALK"), Status.EQUIVOCAL),
        ("EGFR:T790M", ("EGFR T790M not detected",), Status.ABSENT),
        ("EGFR:T790M", ("EGFR T790M not detected", "EGFR T790M"), Status.EQUIVOCAL),
        ("EGFR:EX20INS", ("EGFR exon 20 insertion not detected",), Status.ABSENT),
        ("ER:POS", ("ER 90%", "ESR1 wild type"), Status.PRESENT),
        ("HER2:POS", ("ERBB2 wild type",), Status.NOT_TESTED),
        ("HER2:LOW", ("HER2 IHC 2+/ISH-",), Status.PRESENT),
        ("MSI:NOT_H", ("MSS",), Status.PRESENT),
        ("PDL1:TPS50", ("PD-L1 TPS 80%",), Status.PRESENT),
        ("TMB:H10", ("TMB-H (14 mut/Mb)",), Status.PRESENT),
        ("TMB:H10", ("TMB-H",), Status.EQUIVOCAL),
        ("MMR:D", ("dMMR",), Status.PRESENT),
        ("PTEN:IHCLOSS", ("PTEN loss (IHC)",), Status.PRESENT),
        ("PTEN:LOF", ("PTEN LOF",), Status.PRESENT),
        ("AR:V7", ("AR-V7 positive",), Status.PRESENT),
    ],
)
def test_what_a_report_says_reaches_the_biomarker(biomarker: str, texts: tuple[str, ...], status: Status) -> None:
    assert _told(biomarker, *texts) is status


@pytest.mark.parametrize(
    ("biomarker", "partners", "expected"),
    [
        ("ALK:FUSION", ("EML4", "ALK"), Status.PRESENT),
        ("ALK:FUSION", ("ALK", "EML4"), Status.EQUIVOCAL),
        ("NTRK1:FUSION", ("NTRK1", None), Status.EQUIVOCAL),
        ("NTRK1:FUSION", (None, "NTRK1"), Status.PRESENT),
        ("FGFR3:FUSION", ("FGFR3", "TACC3"), Status.PRESENT),
        ("FGFR3:FUSION", ("TACC3", "FGFR3"), Status.EQUIVOCAL),
    ],
)
def test_the_kinase_must_stand_on_its_side(
    biomarker: str, partners: tuple[str | None, str | None], expected: Status
) -> None:
    assert status(biomarker, Fusion(*partners, PLACE)).status is expected
    assert status(biomarker, Fusion(*partners, PLACE, oriented=False)).status is Status.PRESENT


@pytest.mark.parametrize(
    ("change", "expected"),
    [("p.D594N", Status.PRESENT), ("p.G466V", Status.PRESENT), ("p.V600E", Status.ABSENT), ("p.A762E", Status.ABSENT)],
)
def test_a_biomarker_of_several_codons_is_of_those_alone(change: str, expected: Status) -> None:
    assert status("BRAF:CLASS3", variant("BRAF", change), assay="WES").status is expected


def test_a_filtered_call_leaves_open_what_it_would_decide() -> None:
    out = replace(variant("KRAS", "p.G12C"), filtered="panel_of_normals")
    for biomarker in ("KRAS:G12C", "KRAS:MUT", "KRAS:WT", "RAS:WT"):
        found = status(biomarker, out, assay="WES")
        assert found.status is Status.EQUIVOCAL
        assert "did not pass the caller's filter (panel_of_normals)" in found.because


def test_a_filtered_call_that_would_decide_nothing_changes_nothing() -> None:
    out = replace(variant("TP53", "p.P72R"), filtered="germline")
    assert status("TP53:WT", out, assay="WES").status is Status.PRESENT
    assert status("TP53:MUT", out, assay="WES").status is Status.ABSENT


@pytest.mark.parametrize(
    ("change", "significance", "expected"),
    [
        ("p.K3326*", None, Status.EQUIVOCAL),
        ("p.T3310fs", None, Status.EQUIVOCAL),
        ("p.K3326*", "pathogenic", Status.PRESENT),
        ("p.K3326*", "benign", Status.EQUIVOCAL),
        ("p.Y3009*", None, Status.PRESENT),
        ("p.S1982fs", None, Status.PRESENT),
    ],
)
def test_a_truncation_near_the_end_may_keep_the_function(
    change: str, significance: str | None, expected: Status
) -> None:
    found = status("BRCA2:LOF", replace(variant("BRCA2", change), significance=significance), assay="WES")
    assert found.status is expected
    if significance is None and expected is Status.EQUIVOCAL:
        assert "of 3418 residues and escapes nonsense-mediated decay" in found.because


PERCENT_BIOMARKERS = ("CLDN18.2:POS75", "MET:IHC50_3P", "FOLR1:POS", "ER:POS", "PR:POS", "PDL1:TPS50", "PDL1:CPS10")


@pytest.mark.parametrize("biomarker", PERCENT_BIOMARKERS)
@pytest.mark.parametrize("intensity", ["1+", "2+", "3+", "2+/3+", "1+ to 3+", "++", "+++"])
def test_an_intensity_alone_is_never_compared_with_a_percentage(biomarker: str, intensity: str) -> None:
    named = knowledge().biomarker(biomarker)
    scale = f" {named.assay}" if named.marker == "PD-L1" else ""
    found = status(biomarker, MarkerValue(f"{named.marker}{scale}", intensity, PLACE))
    assert found.status is Status.EQUIVOCAL


@given(st.floats(0, 100), st.sampled_from(["MSI", "MSI status", "MSI score"]), st.sampled_from(["", "%", " points"]))
def test_a_bare_msi_score_decides_nothing(score: float, name: str, unit: str) -> None:
    value = MarkerValue(name, f"{score:.2f}{unit}", PLACE)
    assert {status(each, value).status for each in ("MSI:H", "MSI:NOT_H")} == {Status.EQUIVOCAL}


@given(
    st.sampled_from(["HER2", "HER2 IHC", "PD-L1 TPS", "PD-L1", "MSI", "MMR", "CLDN18.2", "HRD", "HR", "MLH1/PMS2"]),
    st.text(st.sampled_from("0123456789.,+-/%() <>=abcdefhilmnopst阳性缺失"), max_size=20),
)
def test_any_text_of_a_marker_is_read(name: str, text: str) -> None:
    found = measures(MarkerValue(name, text, PLACE))
    assert found
    assert all(each.bounds is None or each.bounds[0] <= each.bounds[1] or "-" in text for each in found)


@given(st.integers(0, 100), st.integers(0, 100))
def test_more_cells_never_lose_a_biomarker(one: int, other: int) -> None:
    rank = {Status.ABSENT: 0, Status.EQUIVOCAL: 1, Status.PRESENT: 2}
    for biomarker, marker, text in (
        ("CLDN18.2:POS75", "CLDN18.2", "2+/3+ in {}%"),
        ("CLDN18.2:POS75", "CLDN18.2", "3+ in {}%"),
        ("MET:IHC50_3P", "c-Met IHC", "3+ in {}%"),
        ("FOLR1:POS", "FOLR1", "{}% PS2+"),
    ):
        fewer, more = (
            rank[status(biomarker, MarkerValue(marker, text.format(n), PLACE)).status] for n in sorted((one, other))
        )
        assert fewer <= more


@pytest.mark.parametrize("value", ["positive", "negative", "3+"])
def test_a_result_of_the_whole_protein_leaves_a_called_isoform_alone(value: str) -> None:
    called = observed("EGFR EGFRvIII")
    found = status("EGFR:VIII", called, MarkerValue("EGFR IHC", value, PLACE))
    assert found == status("EGFR:VIII", called)
    assert found.status is Status.PRESENT


@pytest.mark.parametrize(
    ("biomarker", "denial", "call"),
    [
        ("EGFR:L858R", "EGFR=wild type", "EGFR L858R"),
        ("EGFR:ACTMUT", "EGFR=wild type", "EGFR L858R"),
        ("EGFR:ACTMUT", "EGFR L858R=not detected", "EGFR L858R"),
        ("EGFR:L858R", "EGFR L858R=not detected", "EGFR L858R"),
        ("EGFR:MUT", "EGFR L858R=not detected", "EGFR L858R"),
        ("KRAS:G12C", "KRAS=wild type", "KRAS G12C"),
        ("KRAS:G12C", "KRAS mutation=negative", "KRAS G12C"),
        ("ALK:FUSION", "ALK fusion=not detected", "EML4::ALK fusion"),
    ],
)
def test_a_denial_leaves_open_every_biomarker_that_rests_on_the_call_alone(
    biomarker: str, denial: str, call: str
) -> None:
    called = observed(call)
    assert status(biomarker, called).status is Status.PRESENT
    stated = MarkerValue(*denial.split("=", 1), PLACE)
    found = status(biomarker, called, stated)
    assert found.status is Status.EQUIVOCAL
    assert "disagree" in found.because
    of_another = replace(stated, sample="liver")
    assert status(biomarker, replace(called, sample="skin"), of_another).status is Status.PRESENT


def test_a_denial_of_germline_mutations_beside_a_germline_call_is_open() -> None:
    called = replace(variant("BRCA1", "C61G"), origin=Origin.GERMLINE, significance="pathogenic")
    named = [each.id for each in knowledge().biomarkers_of_gene("BRCA1") if status(each.id, called).status == "present"]
    assert len(named) > 1
    denied = MarkerValue("BRCA1 mutation", "negative", PLACE)
    assert {status(each, called, denied).status for each in named} == {Status.EQUIVOCAL}


def test_a_call_that_is_not_denied_keeps_what_rests_on_it() -> None:
    denied = MarkerValue("EGFR L858R", "not detected", PLACE)
    calls = variant("EGFR", "L858R"), variant("EGFR", "T790M"), variant("EGFR", "G719S")
    assert status("EGFR:T790M", *calls, denied).status is Status.PRESENT
    assert status("EGFR:ACTMUT", *calls, denied).alterations == (calls[2],)
