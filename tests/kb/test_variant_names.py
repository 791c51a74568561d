"""Variant names of other sources: every kind of name has a row, and one that nobody can read is refused."""

import csv
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import UnknownTerm
from kb.normalizer import Normalizer, VariantName
from kb.profile import mentions, parse
from kb.starter import DATA, read_tables
from kb.statements import Tables

TABLE = Path(__file__).parents[1] / "tables" / "variant_names.tsv"
ROWS = list(csv.DictReader(TABLE.open(encoding="utf-8"), delimiter="\t"))


@cache
def starter() -> Tables:
    return read_tables(DATA / "source")


def named(row: dict[str, str], names: Normalizer) -> str:
    types = tuple(filter(None, row["types"].split(",")))
    return names.biomarker(VariantName(row["gene"], row["text"], types, origin=row["origin"] or None))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['gene']} {row['text']} {row['origin']}")
def test_a_name_means_one_profile(row):
    names = Normalizer(starter())
    if row["profile"] == "-":
        with pytest.raises(UnknownTerm, match=row["kind"]):
            named(row, names)
        return
    profile = named(row, names)
    assert profile == row["profile"]
    for biomarker in mentions(parse(profile)):
        assert biomarker in names.biomarkers
    assert names.biomarkers[next(mentions(parse(profile)))]["kind"] == row["kind"]


def test_a_name_read_twice_adds_one_biomarker():
    names = Normalizer(starter())
    for _ in range(2):
        names.biomarker(VariantName("RIT1", "Mutation"))
    assert [row["id"] for row in names.additions["biomarkers"]] == ["RIT1:MUT"]


def test_two_notations_of_a_change_are_one_biomarker():
    names = Normalizer(starter())
    forms = ["E746_T751>I", "E746_T751delinsI", "p.Glu746_Thr751delinsIle"]
    assert len({names.biomarker(VariantName("EGFR", form)) for form in forms}) == 1


def test_a_partner_outside_the_gene_list_stays_as_written():
    names = Normalizer(starter())
    assert names.biomarker(VariantName("NEWGENE9::RET", "Fusion")) == "RET:NEWGENE9FUS"
    assert names.biomarkers["RET:NEWGENE9FUS"]["fusion_partner"] == "NEWGENE9"


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    names = _shared_names()
    try:
        profile = names.biomarker(VariantName("BRAF", text))
    except UnknownTerm:
        return
    assert all(biomarker in names.biomarkers for biomarker in mentions(parse(profile)))


@cache
def _shared_names() -> Normalizer:
    return Normalizer(starter())
