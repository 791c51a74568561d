"""Codes of a diagnosis: how they are written, what they stand for, and that nothing is guessed."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.starter import DATA, read_tables
from kb.statements import cells
from kb.tumor_codes import TumorCode, parse_code
from kb.tumor_types import AmbiguousTumorCode, UnknownTumorType
from tests.shared import knowledge

TABLE = Path(__file__).parents[1] / "tables" / "tumor_codes.tsv"
MAPPED = read_tables(DATA / "source")["tumor_codes"]


def outcome(text: str) -> str | UnknownTumorType | AmbiguousTumorCode:
    """The code that a text is read as, or the error."""
    try:
        return knowledge().tumor_type(text).code
    except (UnknownTumorType, AmbiguousTumorCode) as error:
        return error


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["text"])
def test_what_a_code_is_read_as(row):
    """`?` is a code that stands for several types, `-` one that nothing maps."""
    wanted = {"?": AmbiguousTumorCode, "-": UnknownTumorType}.get(row["type"])
    if wanted is None:
        tumor, notes = knowledge().tumor_reading(row["text"])
        assert tumor.code == row["type"]
        assert row["because"] in " | ".join(notes)
        return
    with pytest.raises(wanted) as raised:
        knowledge().tumor_reading(row["text"])
    assert row["because"] in str(raised.value)


def test_the_table_has_every_outcome():
    assert {"?", "-"} < {row["type"] for row in rows()}
    assert sum(row["because"] != "" for row in rows()) > 20


@pytest.mark.parametrize("row", MAPPED, ids=lambda row: row["code"])
def test_every_mapped_code_is_read_as_what_holds_all_its_types(row):
    text = row["code"].removeprefix("ONCOTREE:")
    types = cells(row, "tumor_types")
    found = outcome(text)
    if isinstance(found, AmbiguousTumorCode):
        assert set(types) <= set(found.candidates)
        return
    assert not isinstance(found, UnknownTumorType)
    # A former code that the graph has as a name of one type is that type, as any other name is.
    named = row["code"].startswith("ONCOTREE:") and found in types
    assert named or all(knowledge().is_a(code, found) for code in types)


def test_every_mapping_names_its_source():
    assert len(MAPPED) > 500
    for row in MAPPED:
        assert "https://" in row["sources"] or "http://purl.obolibrary.org/obo/DOID_" in row["sources"]
        if row["code"].startswith("ICD10:"):
            assert "Disease Ontology 2026-07-31" in row["note"]


def test_tumor_types_that_indications_ask_for_can_be_given_by_icd():
    """By a code of their own or one of a type above: those of which no source has a code are few, and known."""
    reached = {code for row in MAPPED if row["code"].startswith("ICD") for code in cells(row, "tumor_types")}
    asked = {code for row in read_tables(DATA / "source")["indications"] for code in cells(row, "tumor_types")}
    out_of_reach = {
        code for code in asked - {"SOLID"} if not reached.intersection({code, *knowledge().tumor_ancestors(code)})
    }
    assert out_of_reach == set()


@given(
    st.from_regex(r"C(0[0-9]|[1-8][0-9]|9[0-6])([.][0-9])?", fullmatch=True),
    st.sampled_from(["", "ICD-10:", "icd10cm ", "ICD-10-GM:"]),
)
def test_an_icd_10_code_is_read_in_any_notation(code, prefix):
    assert parse_code(prefix + code.lower()) == parse_code(code) == TumorCode(site=code)


@given(st.from_regex(r"[89][0-9]{3}/[0-9]", fullmatch=True), st.from_regex(r"C[0-8][0-9][.][0-9]", fullmatch=True))
def test_morphology_and_site_in_any_order(morphology, site):
    both = TumorCode(site, morphology)
    assert parse_code(str(both)) == both
    for text in (f"{site} {morphology}", f"ICD-O-3:{morphology} ICD-O-3:{site}", f"M{morphology}, {site}"):
        assert parse_code(text) == both


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_type_or_an_error_that_names_it(text):
    found = outcome(text)
    assert found.text == text if not isinstance(found, str) else knowledge().tumor_type(found).code == found


@pytest.mark.parametrize(
    "text", ["C3512", "LUAD", "lung cancer", "NCIT:C3512", "DOID:3910", "", "ICD-10", "C34.1 C50.9", "CUP"]
)
def test_what_is_no_icd_code(text):
    assert parse_code(text) is None
