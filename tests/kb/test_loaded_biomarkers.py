"""Kinds of biomarker that only loaded sources bring: coding changes, breakpoints, classes anywhere, named results."""

import pytest

from kb.alteration import Fusion, MarkerValue, Place, SmallVariant
from kb.biomarker import Biomarker, Closeness, covers
from kb.nomenclature.protein import parse
from kb.normalizer import Normalizer, VariantName
from kb.starter import DATA, read_tables
from matcher.markers import is_about, judge, measure

HERE = Place("t", 1)


def biomarker(kind: str, **fields) -> Biomarker:
    return Biomarker("X", "iri:x", "X", kind, ("ATM",), **fields)


@pytest.mark.parametrize(
    ("coding", "covered"),
    [("c.7089+1del", True), ("NM_000051.4:c.7089+1del", True), ("c.7089+2del", False), (None, False)],
)
def test_a_coding_change_covers_the_same_change(coding, covered):
    splice = biomarker("coding change", coding_changes=("c.7089+1del",))
    match = covers(splice, SmallVariant("ATM", HERE, coding=coding))
    assert (match is not None) is covered
    assert match is None or (match.closeness, match.doubt) == (Closeness.EXACT, None)


@pytest.mark.parametrize(
    ("change", "covered"), [("p.R2034*", True), ("p.K468fs", True), ("p.V410A", False), ("p.E2187*", True)]
)
def test_a_class_without_a_place_covers_it_anywhere_in_the_gene(change, covered):
    truncating = biomarker("exon and class", classes=("nonsense", "frameshift", "splice"))
    assert (covers(truncating, SmallVariant("ATM", HERE, parse(change))) is not None) is covered


def test_a_frameshift_is_known_by_the_codon_where_it_begins():
    shifted = biomarker("exon and class", classes=("frameshift",), codon_first=468, codon_last=468)
    assert covers(shifted, SmallVariant("ATM", HERE, parse("p.K468Rfs*7"))) is not None
    assert covers(shifted, SmallVariant("ATM", HERE, parse("p.K469fs"))) is None
    assert covers(shifted, SmallVariant("ATM", HERE, parse("p.K468N"))) is None


def test_a_breakpoint_that_the_call_does_not_give_is_a_doubt():
    exact = Biomarker("X", "i", "X", "fusion", ("ALK",), fusion_partner="EML4", fusion_role="breakpoint e6::e20")
    match = covers(exact, Fusion("EML4", "ALK", HERE))
    assert match is not None
    assert "e6::e20" in (match.doubt or "")
    assert covers(exact, Fusion("KIF5B", "ALK", HERE)) is None


@pytest.mark.parametrize(
    ("threshold", "value", "verdict"),
    [
        ("positive", "methylated", True),
        ("positive", "unmethylated", False),
        ("positive", "heterozygous", True),
        ("positive", "wild type", False),
        ("positive", "present", True),
        ("positive", "14 %", None),
        ("homozygous", "homozygous", True),
        ("homozygous", "heterozygous", False),
        ("homozygous", "positive", None),
        ("homozygous", "not detected", False),
        ("homozygous", "not tested", None),
    ],
)
def test_a_named_result_is_judged_by_its_words(threshold, value, verdict):
    named = biomarker("measured", marker="X", operator="=", threshold=threshold)
    assert judge(named, measure(MarkerValue("X", value, HERE))) is verdict


@pytest.mark.parametrize(
    ("virus", "name", "value", "verdict"),
    [
        ("EBV", "EBV", "positive", True),
        ("EBV", "EBER ISH", "positive", True),
        ("EBV", "EBV status", "negative", False),
        ("HPV", "HPV", "阳性", True),
        ("HPV", "HPV16", "positive", True),
        ("HPV", "HPV16", "negative", None),
        ("HPV", "p16", "positive", "not of it"),
        ("EBV", "HPV", "positive", "not of it"),
    ],
)
def test_a_virus_is_a_measured_biomarker(virus, name, value, verdict):
    names = Normalizer(read_tables(DATA / "source"))
    row = names.biomarkers[names.biomarker(VariantName(virus, "positive"))]
    found = biomarker(row["kind"], marker=row["marker"], operator=row["operator"], threshold=row["threshold"])
    given = measure(MarkerValue(name, value, HERE))
    assert (judge(found, given) if is_about(found, given) else "not of it") is verdict
