"""The starter data: rebuilt byte for byte, and holding every row of the fact tables it was curated from."""

import csv
import json
import re
from pathlib import Path

import pytest

from kb import starter, statements
from kb import terms as t
from kb.errors import BadSourceRow
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.store import Part, content_digest

DATA = Path(starter.__file__).with_name("data")
FACTS = Path(__file__).parents[2].parent / "shared" / "facts"
needs_facts = pytest.mark.skipif(
    not FACTS.is_dir(), reason="the fact tables (../shared/facts) are not beside this checkout"
)


def facts(name: str) -> list[dict[str, str]]:
    with (FACTS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return open_knowledge_base()


@pytest.fixture(scope="module")
def tables() -> statements.Tables:
    return starter.read_tables(DATA / "source")


def test_rebuilding_gives_the_shipped_bytes(tables, tmp_path):
    starter.write(tmp_path, tables)
    built = sorted(path.name for path in tmp_path.iterdir())
    assert built == sorted(path.name for path in DATA.iterdir() if path.suffix in {".ttl", ".json"})
    for name in built:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name


def test_the_digest_is_of_the_content_and_not_of_its_order():
    manifest = json.loads((DATA / "manifest.json").read_text())
    parts = [Part(DATA / name, manifest["graph"]) for name in manifest["files"]]
    assert content_digest(parts) == content_digest(reversed(parts)) == manifest["digest"]


def test_a_cycle_of_classes_is_refused():
    with pytest.raises(BadSourceRow, match="cycle"):
        statements.hierarchy([("a", "b"), ("b", "a")])


def test_an_unknown_biomarker_is_named_with_its_row(tables):
    rows = {**tables.rows, "evidence": ({**tables["evidence"][0], "profile": "EGFR:NOSUCH"},)}
    with pytest.raises(BadSourceRow, match=r"evidence\.tsv:2: no biomarker 'EGFR:NOSUCH'"):
        list(statements.profile_nodes(statements.Tables(rows)))


def test_regimens_and_profiles_are_named_by_what_they_hold(tables):
    for subject, predicate, value in [*statements.regimens(tables), *statements.profile_nodes(tables)]:
        if predicate == f"<{t.EXPRESSION}>":
            assert t.item_id(subject[1:-1]) == value[1:-1]
        if predicate == f"<{t.INCLUDES}>":
            assert t.item_id(value[1:-1]) in t.item_id(subject[1:-1]).split("+")


def test_every_therapy_that_is_referred_to_exists(tables):
    known = {row["id"] for row in tables["therapies"]}
    named = {drug for _, p, o in statements.regimens(tables) if p == f"<{t.INCLUDES}>" for drug in [t.item_id(o[1:-1])]}
    named |= {drug for row in tables["requirements"] for drug in statements.cells(row, "any_of")}
    named |= {row["class"] for row in tables["memberships"]} | {row["drug"] for row in tables["coverage"]}
    assert named - known == set()


def test_no_path_of_a_machine_in_the_data():
    text = "".join(path.read_text(encoding="utf-8") for path in DATA.rglob("*") if path.is_file())
    assert not re.search(r"[\s\"]/[a-z]+/[a-z]", text)


# Every row of the fact tables reaches the graph


@needs_facts
def test_vocabularies_are_whole(kb):
    for row in facts("genes"):
        gene = kb.gene(row["symbol"])
        assert gene is not None, row["symbol"]
        assert (gene.hgnc_id or "") == row["hgnc_id"]
    tumors = facts("tumor_types")
    assert len(tumors) == 898
    for row in tumors:
        assert kb.tumor_type(row["oncotree"]).name == row["name"]
    exons = facts("exons")
    for symbol in {row["gene"] for row in exons}:
        expected = sorted(
            (int(r["exon_number"]), int(r["codon_from"]), int(r["codon_to"])) for r in exons if r["gene"] == symbol
        )
        assert [(e.number, e.codon_first, e.codon_last) for e in kb.exons(symbol)] == expected


@needs_facts
def test_every_drug_and_name_is_found(kb):
    rows = facts("drugs")
    assert len(rows) == 224
    for row in rows:
        therapy = kb.therapy(row["inn"])
        assert therapy.id == row["inn"].lower()
        if row["inn"] != "corticosteroid":
            assert (therapy.chinese_name or "") == row["chinese_name"]
        for name in filter(None, [row["chinese_name"], *(part.strip() for part in row["synonyms_brands"].split(";"))]):
            assert kb.therapy(name).id == therapy.id, name


@needs_facts
def test_every_biomarker_is_there(kb):
    rows = facts("biomarkers")
    assert len(rows) == 514
    for row in rows:
        biomarker = kb.biomarker(row["biomarker_id"])
        assert biomarker.label == row["label"]
        assert biomarker.genes == tuple(sorted(filter(None, row["genes"].split(";"))))
        assert biomarker.verified == row["verified"].split()[0]
        assert (biomarker.members or "") == row["member_expr"]


STATUS = {
    "active": "approved",
    "superseded": "approved",
    "uncertain": "approved",
    "filed": "filed",
    "withdrawn": "withdrawn",
}


LOW_GRADE = dict.fromkeys(
    ("US:tafinlar:6", "US:mekinist:6", "US:ojemda:0", "EU:spexotras:0"), ("PAST", "PDIFLG", "PMA", "PXA")
)
"""Types that labels for low-grade glioma have beside the one of the fact table, by the source that they name."""


@needs_facts
def test_every_approval_keeps_its_dates_status_and_conditions(kb, tables):
    source = {row["id"]: row for row in tables["indications"]}
    rows = facts("approvals")
    assert len(rows) == 531
    for row in rows:
        found = kb.indication(row["approval_id"])
        assert (found.approved_on or "") == row["approval_date"]
        assert found.status.value == STATUS[row["status"].split()[0]]
        assert set(found.tumor_types) == {*row["tumor_oncotree"].split(";"), *LOW_GRADE.get(found.id, ())}
        assert (found.profile or "NONE") == row["biomarker_expr"]
        assert (found.line or "") == row["line"]
        assert found.sources
        assert source[found.id]["prior_therapy"] == row["prior_therapy_condition"]
        assert bool(found.requirements) == bool(row["prior_therapy_condition"])
        kept = " ".join(
            [*found.conditions, found.note or "", f"age >={found.minimum_age:g}" if found.minimum_age else ""]
        )
        for token in filter(None, (part.strip().strip('"') for part in row["other_conditions"].split(";"))):
            assert token in kept, (found.id, token)


NARROWED = {"CUR010": "HRR14:DEL AND NOT (BRCA1:DEL OR BRCA2:DEL)"}
"""Profiles that a row's own note narrows: PROfound's benefit was driven by BRCA1/2, other HRR genes were weaker."""


@needs_facts
def test_every_evidence_row_is_there(kb, tables):
    ids = {row["id"] for row in tables["evidence"]}
    rows = facts("evidence")
    assert len(rows) == 1320
    for row in rows:
        mine = {row["evidence_id"]} & ids or {id for id in ids if id.startswith(f"{row['evidence_id']}.")}
        assert mine, row["evidence_id"]
        for id in mine:
            found = kb.evidence_item(id)
            profile = NARROWED.get(id, row["biomarker_expr"])
            assert (found.profile, found.level) == (profile, row["civic_level"])
            assert set(found.tumor_types) == set(row["tumor_oncotree"].split(";"))
            if row["pmid"]:
                assert found.sources[0].label == f"PMID:{row['pmid']}"
            assert (found.amp_assertion or "") == row["amp_tier"]


@needs_facts
def test_every_trial_and_coverage_row_is_there(kb, tables):
    trials = facts("trials")
    assert len(trials) == len(tables["trials"]) == 235
    for row in trials:
        if row["nct_id"]:
            assert kb.trial(row["nct_id"]).intervention == row["drugs"]
    assert sum(row["id"].startswith("study:") for row in tables["trials"]) == 5
    listed = {row["id"].partition(".")[0] for row in tables["coverage"]}
    assert listed == {row["nrdl_id"] for row in facts("nrdl")}
    assert len(listed) == 74
