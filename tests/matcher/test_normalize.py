"""What is said of names that are not understood: each with the remedy that mends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.alteration import MarkerValue, Place, SmallVariant
from kb.graph import open_knowledge_base
from matcher.case import Request, match
from matcher.normalize import marker_notes, normalized_alterations
from matcher.notes import Severity
from tests.shared import knowledge, library

PLACE = Place("p.tsv", 2)


@pytest.mark.parametrize(
    ("symbol", "remedy"),
    [
        ("EGFR（表皮生长因子受体）", "write EGFR alone"),
        ("KRAS基因", "write KRAS alone"),
        ("HER2 (ERBB2)", "write ERBB2 alone"),
        ("2-Sep", "a spreadsheet made a date of it"),
        ("Mar-01", "a spreadsheet made a date of it"),
        ("KRASS", "nearest known: KRAS"),
        ("表皮", "check the symbol"),
    ],
)
def test_an_unknown_gene_has_a_remedy(symbol: str, remedy: str) -> None:
    _, (note,) = normalized_alterations([SmallVariant(symbol, PLACE)], knowledge())
    assert note.remedy.startswith(remedy)
    assert note.severity is Severity.WARNING


@pytest.mark.parametrize("symbol", ["KRAS", "HER2", "egfr"])
def test_a_known_gene_is_no_warning(symbol: str) -> None:
    _, notes = normalized_alterations([SmallVariant(symbol, PLACE)], knowledge())
    assert all(note.severity is Severity.INFO for note in notes)


@pytest.mark.parametrize(
    ("marker", "value", "said"),
    [
        ("HER-2 IHC", "3+", None),
        ("AKT1 IHC", "3+", "names the gene AKT1"),
        ("KRAS", "G12C", "names the gene KRAS"),
        ("ROS1", "positive", "names the gene ROS1"),
        ("MLH1", "loss", None),
        ("MLH1", "(-)", None),
        ("MSH6", "（+）", None),
        ("MSI", "0.45", "is a score"),
        ("MSI", "unstable", "may be MSI-high or MSI-low"),
        ("PD-L1 TPS", "0.6", "may be a fraction or a percentage"),
        ("PD-L1 IC", "3", "may be the class IC3 or 3%"),
        ("CLDN18.2", "3+", "is an intensity without the percentage"),
        ("HER2 IHC", "1+ to 2+", "is a range of scores"),
        ("HER2 FISH", "2.4", "is a ratio without the copy number"),
        ("TMB", "12,400", "has a comma that may part"),
        ("TMB", "380 mutations", "is not in mutations per megabase"),
        ("TMB", "12 mut/Mb", None),
        ("TMB", "1.2 x 10^1", "is written with a power of ten"),
        ("GIS", "55%", "is not a genomic instability score"),
        ("PD-L1 TPS", "60 TPM", "is not a percentage or a score"),
        ("ER", "90 fmol/mg", "is not a percentage of cells"),
        ("BRCA", "negative", "no biomarker speaks of the marker 'BRCA'"),
        ("p16", "positive", "no biomarker speaks of the marker 'p16'"),
        ("HR status", "positive", None),
        ("RAS", "wild type", None),
        ("PD-L1", "50%", "names no scale"),
        ("Sparkle", "high", "no biomarker speaks of the marker 'Sparkle'"),
        ("HER2 IHC", "3+", None),
        ("PD-L1 TPS", "50%", None),
        ("PD-L1", "not tested", None),
        ("KRAS", "wild type", None),
        ("BRAF", "mutated", "decides that the gene is not wild type, and nothing else"),
        ("MSI", "stable", None),
        ("braf v600e", "detected", None),
        ("KRAS:G12C", "detected", None),
        ("BRCA1", "positive", "does not tell what of BRCA1 was looked at"),
        ("EGFR", "negative", "says nothing of the gene's mutations"),
        ("EGFR IHC", "negative", None),
        ("KRAS exon 2", "wild type", "'KRAS exon 2' is no gene"),
        ("PIK3CA", "mutated", "does not tell which change was found"),
        ("PTEN", "loss", None),
        ("HER2", "positive", None),
        ("HRD", "0.7", "which is a whole number"),
    ],
)
def test_a_marker_that_is_not_used_is_told(marker: str, value: str, said: str | None) -> None:
    notes = marker_notes([MarkerValue(marker, value, PLACE)], knowledge())
    assert len(notes) == (said is not None)
    assert all(said is not None and said in note.message for note in notes)
    assert all(note.where == PLACE and note.remedy for note in notes)


@pytest.mark.parametrize(
    ("marker", "remedy"),
    [
        ("CLDN 18.3", "nearest known: CLDN18.2"),
        ("BRCA", "it is a family: name BRCA1 or BRCA2"),
        ("p16", "p16 is no stand-in for HPV"),
        ("Zzyzx-9000", "check its name"),
    ],
)
def test_a_marker_that_is_not_known_is_a_warning_with_a_remedy(marker: str, remedy: str) -> None:
    (note,) = marker_notes([MarkerValue(marker, "positive", PLACE)], knowledge())
    assert note.severity is Severity.WARNING
    assert note.remedy.startswith(remedy)


def test_a_score_beside_its_result_is_no_warning() -> None:
    values = [MarkerValue("MSI", "MSI-H", PLACE), MarkerValue("MSI score", "0.45", PLACE)]
    assert [note.severity for note in marker_notes(values, knowledge())] == [Severity.INFO]


def test_a_known_marker_that_no_evidence_asks_for_is_no_warning() -> None:
    (note,) = marker_notes([MarkerValue("EBER", "positive", PLACE)], knowledge())
    assert note.severity is Severity.INFO


@pytest.mark.parametrize(("marker", "value"), [("IDH1", "mutant"), ("ESR1", "mutated")])
def test_a_mutation_without_its_change_is_told(marker: str, value: str) -> None:
    (note,) = marker_notes([MarkerValue(marker, value, PLACE)], knowledge())
    assert note.severity is Severity.WARNING
    assert "is not used" in note.message
    assert marker in note.remedy


RETAINED = tuple((name, "+") for name in ("MLH1", "PMS2", "MSH2", "MSH6"))


@pytest.mark.parametrize(
    ("values", "disagree"),
    [
        ([("MSI", "MSI-H"), ("MMR", "pMMR")], True),
        ([("MMR", "dMMR"), ("MSI", "MSS")], True),
        ([("MSI", "MSI-H"), *RETAINED], True),
        ([("MSI", "MSS"), ("MLH1", "-"), *RETAINED[1:]], True),
        ([("MSI", "MSI-H"), ("MMR", "dMMR")], False),
        ([("MSI", "MSS"), ("MMR", "pMMR")], False),
        ([("MSI", "MSI-H")], False),
        ([("MSI", "MSI-H"), ("MSI", "MSS"), ("MMR", "pMMR")], False),
        ([("MSI", "MSI-H"), *RETAINED[:2]], False),
    ],
)
def test_instability_and_repair_proteins_that_disagree_are_told(values: list[tuple[str, str]], disagree: bool) -> None:
    given = [MarkerValue(name, value, PLACE) for name, value in values]
    notes = [note for note in marker_notes(given, knowledge()) if "disagree" in note.message]
    assert [note.severity for note in notes] == [Severity.WARNING] * disagree
    apart = [replace(each, sample="A" if each.marker == "MSI" else "B") for each in given]
    assert not [note for note in marker_notes(apart, knowledge()) if "disagree" in note.message]


def test_known_markers_do_not_have_the_labels_of_the_graph_looked_through() -> None:
    """It takes a quarter of a whole command on the full graph."""
    opened = open_knowledge_base()
    examples = Path(__file__).parents[2] / "examples"
    for example in ("her2-breast-precise/her2-amplified-after-trastuzumab.yaml", "mcrpc-wes/ar-v7-positive.yaml"):
        assert match(Request(examples / example, "2026-11-20"), opened, library(), "sql").patient
    assert opened._by_name is None
    assert opened.biomarkers_named("BRAF V600E")
    assert opened._by_name is not None
