"""Study designs: the starter's table read whole, look-up by need, pivotal trials, and the form of a tumor type."""

from functools import cache
from pathlib import Path

import pytest

from kb import evidence as terms
from kb.evidence import Design
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.loaders.files import one_file, read_table
from kb.loaders.study_text import READ_BY_PROGRAM, read_study
from kb.source import Verified
from kb.starter import DATA, read_tables
from kb.statements import Row, cells, split_source


@cache
def knowledge() -> KnowledgeBase:
    """The starter, whatever larger graph the other tests are run on."""
    return open_knowledge_base()


CIVIC = Path(__file__).parents[2].parent / "shared" / "data" / "civic" / "2025-07-01"


def rows() -> list[Row]:
    return list(read_tables(DATA / "source")["designs"])


def ids(table: str) -> set[str]:
    return {row["id"] for row in read_tables(DATA / "source")[table]}


def test_every_row_of_the_table_is_decoded_as_it_stands():
    table = {row["item"]: row for row in rows()}
    found = knowledge().designs(table)
    assert len(table) == len(rows()) == len(found) > 1000
    for id, row in table.items():
        design = found[id]
        assert (design.kind or "", design.phase or "", design.comparator or "", design.mcbs or "") == (
            row["kind"], row["phase"], row["comparator"], row["mcbs"])  # fmt: skip
        assert design.stratified is {"": None, "yes": True, "no": False}[row["stratified"]]
        assert design.endpoints == tuple(sorted(cells(row, "endpoints")))
        assert design.reported == tuple(sorted(cells(row, "reported")))
        assert design.size == (int(row["size"]) if row["size"] else None)
        assert {source.label for source in design.sources} == {split_source(cell)[0] for cell in cells(row, "sources")}
        assert design.verified == row["verified"]
        assert (design.note or "") == row["note"]


def test_every_design_is_of_an_item_and_says_only_what_the_model_knows():
    indications = ids("indications")
    known = ids("evidence") | ids("trials") | indications
    for row in rows():
        assert row["item"] in known
        assert row["kind"] in {"", *terms.KINDS}
        assert row["comparator"] in {"", *terms.COMPARATORS}
        assert set(cells(row, "endpoints")) <= set(cells(row, "reported")) <= terms.ENDPOINTS, row["item"]
        assert set(cells(row, "pivotal_for")) <= indications


def test_what_a_program_read_is_never_called_verified():
    assert {row["verified"] for row in rows() if row["note"] == READ_BY_PROGRAM} == {"partly"}


def test_a_person_read_every_item_of_level_a_and_a_sample_of_the_others():
    by_hand = {row["item"] for row in rows() if row["note"] != READ_BY_PROGRAM}
    items = [row for row in read_tables(DATA / "source")["evidence"] if row["level_source"] == "CIViC"]
    assert {row["id"] for row in items if row["level"] == "A"} <= by_hand
    for level, least in {"B": 80, "C": 35, "D": 20}.items():
        assert sum(row["level"] == level and row["id"] in by_hand for row in items) >= least


def test_a_single_arm_improves_nothing():
    """Without a comparison there is nothing that an endpoint could be better than."""
    assert [row["item"] for row in rows() if row["comparator"] == "none" and row["endpoints"]] == []


def test_designs_of_known_studies():
    found = knowledge().designs(["EID1409", "EID8505", "EID1282", "EID13", "NCT02132949"])
    assert (found["EID1409"].kind, found["EID1409"].phase, found["EID1409"].comparator, found["EID1409"].size) == (
        "randomized trial", "3", "standard of care", 675)  # fmt: skip
    assert found["EID1409"].endpoints == ("OS", "PFS")
    assert found["EID8505"].endpoints == ()  # ATM in PROfound: HR 1.04
    assert (found["EID1282"].kind, found["EID1282"].comparator) == ("prospective trial", "none")
    assert found["EID13"].kind == "in vitro"
    assert found["NCT02132949"].kind == "prospective trial"  # BERENICE: two chemotherapies, not randomized
    assert found["EID1409"].verified is Verified.YES


def test_an_id_without_a_design_is_left_out():
    assert knowledge().designs(["NOSUCH", "EID1409"]).keys() == {"EID1409"}
    assert knowledge().designs([]) == {}


@pytest.mark.parametrize("number", [1, 7, 8, 9, 30])
def test_many_at_once_are_the_same_as_one_by_one(number):
    wanted = sorted(row["item"] for row in rows())[:number]
    assert knowledge().designs(wanted) == {id: knowledge().designs([id])[id] for id in wanted}


def test_pivotal_trials_of_indications():
    found = knowledge().pivotal_designs(["US:phesgo:0", "CN:X001", "CN:X028", "US:nosuch:0"])
    assert found.keys() == {"US:phesgo:0", "CN:X001", "CN:X028"}
    assert [design.phase for design in found["CN:X001"]] == ["2", "3"]  # NCT02422199, then PHOEBE
    assert all(isinstance(design, Design) for design in found["US:phesgo:0"])
    assert found["CN:X028"][0].size == 456  # DAWNA-2: its number is not known


FORMS = {
    "LUAD": "solid", "SOLID": "solid", "BRAIN": "solid", "OTHER": "solid", "CUP": "solid", "PRAD": "solid",
    "LYMPH": "liquid", "MYELOID": "liquid", "AML": "liquid", "DLBCLNOS": "liquid", "PCM": "liquid",
    "TISSUE": "mixed", "NOSUCH": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize("code", FORMS)
def test_the_form_of_a_tumor_type(code):
    assert knowledge().tumor_form(code) == FORMS[code]


def test_every_tumor_type_below_the_root_is_solid_or_liquid():
    forms = {row["code"]: knowledge().tumor_form(row["code"]) for row in read_tables(DATA / "source")["tumor_types"]}
    assert {code for code, form in forms.items() if form not in {"solid", "liquid"}} == {"TISSUE"}


@pytest.mark.skipif(not CIVIC.is_dir(), reason="CIViC's release (../shared/data) is not beside this checkout")
def test_the_starters_share_of_the_program_is_what_it_reads_today():
    evidence = {row["id"]: row for row in read_tables(DATA / "source")["evidence"]}
    file = one_file(CIVIC, "*ClinicalEvidenceSummaries.tsv")
    texts = {f"EID{row['evidence_id']}": row["evidence_statement"] for _, row in read_table(file, ("evidence_id",))}
    by_program = [row for row in rows() if row["note"] == READ_BY_PROGRAM]
    assert len(by_program) > 700
    for row in by_program:
        item = evidence[row["item"]]
        is_for = (item["direction"], item["significance"]) == ("supports", "sensitivity")
        study = read_study(texts[row["item"].partition(".")[0]], item["level"], is_for)
        assert study.row(row["item"], item["sources"]) == row
