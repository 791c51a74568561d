"""The consequence class of a small variant, from its protein change and its Sequence Ontology terms."""

from __future__ import annotations

import pytest

from kb.alteration import Place, SmallVariant
from kb.consequence import (
    CLASS_OF_TERM,
    CODING,
    OUTSIDE,
    TRUNCATING,
    consequence_class,
    is_deletion,
    is_insertion,
    may_change_protein,
)
from kb.nomenclature.protein import parse

PLACE = Place("t.maf", 2)


def test_a_coding_name_at_a_splice_site_is_one() -> None:
    names = (
        "c.3028+1G>A",
        "c.2888-2A>G",
        "c.2888-18_2888-2del",
        "c.3028+3A>G",
        "c.111+45G>A",
        "c.3028+12del",
        "c.35G>A",
    )
    found = [consequence_class(SmallVariant("MET", PLACE, coding=name)) for name in names]
    assert found == ["splice", "splice", "splice", None, None, None, None]


def variant(change: str | None = None, *terms: str) -> SmallVariant:
    return SmallVariant("EGFR", PLACE, parse(change) if change else None, consequences=terms)


CLASSES = [
    # protein change, Sequence Ontology terms, class
    ("p.L858R", (), "missense"),
    ("p.R213*", (), "nonsense"),
    ("p.E23Vfs*17", (), "frameshift"),
    ("p.E746_A750del", (), "inframe_deletion"),
    ("p.D770_N771insSVD", (), "inframe_insertion"),
    ("p.A767_V769dup", (), "inframe_insertion"),
    ("p.L747_P753delinsS", (), "inframe_delins"),
    ("p.L858=", (), "synonymous"),
    (None, ("missense_variant",), "missense"),
    (None, ("stop_gained",), "nonsense"),
    (None, ("splice_acceptor_variant", "intron_variant"), "splice"),
    (None, ("intron_variant",), None),
    (None, ("splice_region_variant", "synonymous_variant"), "synonymous"),
    (None, (), None),
    ("p.X963_splice", ("splice_donor_variant",), "splice"),
    ("p.D1010N", ("splice_donor_variant", "missense_variant"), "splice"),
    ("p.?", ("start_lost",), "start_lost"),
    ("p.?", (), None),
]


@pytest.mark.parametrize(("change", "terms", "expected"), CLASSES)
def test_class(change: str | None, terms: tuple[str, ...], expected: str | None) -> None:
    assert consequence_class(variant(change, *terms)) == expected


@pytest.mark.parametrize(
    ("change", "terms", "expected"),
    [
        ("p.L858R", (), True),
        ("p.L858=", (), False),
        (None, (), True),
        ("p.?", (), True),
        (None, ("intron_variant",), False),
        (None, ("intron_variant", "non_coding_transcript_variant"), False),
        (None, ("3_prime_UTR_variant",), False),
        (None, ("splice_region_variant", "intron_variant"), True),
        (None, ("coding_sequence_variant",), True),
        (None, ("splice_donor_variant",), True),
        (None, ("synonymous_variant",), False),
    ],
)
def test_what_may_change_the_protein(change: str | None, terms: tuple[str, ...], expected: bool) -> None:
    assert may_change_protein(variant(change, *terms)) is expected


@pytest.mark.parametrize(
    ("change", "inserts", "deletes"),
    [
        ("p.D770_N771insSVD", True, False),
        ("p.A767_V769dup", True, False),
        ("p.D770delinsGY", True, False),
        ("p.E746_A750del", False, True),
        ("p.L747_P753delinsS", False, True),
        ("p.L747_A750delinsGTSP", False, False),
        ("p.L858R", False, False),
        ("p.E746fs", False, False),
    ],
)
def test_insertions_and_deletions_in_frame(change: str, inserts: bool, deletes: bool) -> None:
    found = variant(change)
    consequence = consequence_class(found)
    assert (is_insertion(found, consequence), is_deletion(found, consequence)) == (inserts, deletes)


def test_the_classes_fit_together() -> None:
    assert TRUNCATING <= CODING
    assert set(CLASS_OF_TERM.values()) <= CODING | {"synonymous"}
    assert OUTSIDE.isdisjoint(CLASS_OF_TERM)


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        ("c.68_69del", "frameshift"),
        ("c.68_69delAG", "frameshift"),
        ("NM_007294.4:c.5266dup", "frameshift"),
        ("c.5266dupC", "frameshift"),
        ("c.2235_2249del", "inframe_deletion"),
        ("c.2310_2311insGGGTTT", "inframe_insertion"),
        ("c.2310_2311insG", "frameshift"),
        ("c.2310_2311ins9", None),
        ("c.2237_2255delinsT", "inframe_delins"),
        ("c.2239_2240delinsCC", "inframe_delins"),
        ("c.2239_2240delinsC", "frameshift"),
        ("c.1799T>A", None),
        ("c.-124C>T", None),
        ("c.*12del", None),
        ("c.3028+3_3028+5del", None),
        ("c.3028+1G>A", "splice"),
        ("c.69_68del", None),
    ],
)
def test_the_class_of_a_coding_name_alone(coding: str, expected: str | None) -> None:
    assert consequence_class(SmallVariant("G", Place("t.tsv", 2), coding=coding)) == expected
    said = SmallVariant("G", Place("t.tsv", 2), coding=coding, consequences=("missense_variant",))
    assert consequence_class(said) == "missense"
