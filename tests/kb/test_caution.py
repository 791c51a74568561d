"""What labels say against a therapy: the tables read whole, look-ups in two languages, classes cover their members."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import starter, statements
from kb import terms as t
from kb.caution import EFFECTS, KINDS, Caution, UnknownSubject, split_conversion
from kb.errors import BadSourceRow
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.source import Verified
from kb.statements import Row, Tables, cells

TABLES = starter.read_tables(starter.DATA / "source")
SUBJECT_TABLES = {"condition": "conditions", "comedication": "comedications", "measurement": "measurements"}
ROWS = {table: {row["id"]: row for row in TABLES[table]} for table in ("cautions", *SUBJECT_TABLES.values())}
UNSEEN = "general knowledge, unverified"


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return open_knowledge_base()


@pytest.fixture(scope="module")
def every(kb) -> dict[str, Caution]:
    return {caution.id: caution for caution in kb.cautions({row["therapy"] for row in TABLES["cautions"]})}


def subjects_of(cautions, kind="medication") -> set[str]:
    return {each.subject for each in cautions if each.kind == kind}


# The tables


def test_every_row_is_read_as_it_stands(every):
    assert every.keys() == ROWS["cautions"].keys()
    assert len(every) >= 120
    for id, row in ROWS["cautions"].items():
        found = every[id]
        assert (found.therapy, found.kind, found.subject) == (row["therapy"], row["kind"], row["subject"])
        assert (found.effect, found.text, found.verified) == (row["effect"], row["text"], row["verified"])
        assert (found.operator or "", found.unit or "") == (row["operator"], row["unit"])
        assert found.threshold == (float(row["threshold"]) if row["threshold"] else None)
        assert (found.jurisdiction or "", found.note or "") == (row["jurisdiction"], row["note"])
        assert len(found.sources) == len(cells(row, "sources")) >= 1


def test_every_name_in_a_row_is_known():
    therapies = {row["id"] for row in TABLES["therapies"] if row["kind"] != "scheme"}
    for row in TABLES["cautions"]:
        assert row["therapy"] in therapies, row
        assert row["effect"] in EFFECTS, row
        assert row["kind"] in KINDS, row
        kind = statements.SUBJECT_KINDS[row["kind"]]
        assert row["subject"] in ROWS[SUBJECT_TABLES[kind]], row
    for row in TABLES["routes"]:
        assert row["therapy"] in therapies, row
    for table in ("conditions", "comedications"):
        for row in TABLES[table]:
            assert set(cells(row, "broader")) <= ROWS[table].keys(), row


def test_what_nobody_saw_only_warns_and_says_so():
    unseen = [row for row in TABLES["cautions"] if row["verified"] == "no"]
    assert unseen
    for row in TABLES["cautions"]:
        assert (row["verified"] == "no") == (row["sources"] == UNSEEN), row
        if row["verified"] == "no":
            assert (row["effect"], row["jurisdiction"]) == ("caution", ""), row
        else:
            assert all(statements.split_source(source)[1] for source in cells(row, "sources")), row


def test_a_fact_that_excludes_says_where_it_stands():
    for row in TABLES["cautions"]:
        if row["effect"] != "caution":
            assert row["note"], row


def test_no_name_stands_for_two_subjects():
    for table in SUBJECT_TABLES.values():
        names = Counter(
            name
            for row in TABLES[table]
            for name in {
                t.search_key(name)
                for name in (row["id"], row["label"], row["chinese"], *cells(row, "synonyms"))
                if name
            }
        )
        assert [name for name, number in names.items() if number > 1] == [], table


def test_every_subject_has_a_chinese_name():
    for table in SUBJECT_TABLES.values():
        assert [row["id"] for row in TABLES[table] if not row["chinese"]] == []


def test_a_measured_caution_is_in_a_unit_of_its_measurement(kb):
    measured = [row for row in TABLES["cautions"] if row["kind"] == "measurement"]
    assert measured
    for row in measured:
        assert kb.measurement(row["subject"]).unit == row["unit"], row


def test_an_unknown_kind_of_caution_is_refused_with_its_row():
    tables = Tables({"cautions": (Row(id="x", therapy="gefitinib", kind="weather", subject="rain", verified="yes"),)})
    with pytest.raises(BadSourceRow, match=r"cautions\.tsv:2: no kind 'weather'.*medication"):
        list(statements.cautions(tables))


# Look-ups


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("interstitial lung disease", "interstitial lung disease"),
        ("ILD", "interstitial lung disease"),
        ("Ild", "interstitial lung disease"),
        ("间质性肺疾病", "interstitial lung disease"),
        ("QT prolongation", "qt prolongation"),
        ("QT间期延长", "qt prolongation"),
        ("NYHA class III heart failure", "severe heart failure"),
        ("Stevens–Johnson syndrome".replace("–", "-"), "stevens-johnson syndrome"),
        ("怀孕", "pregnancy"),
        ("DPD deficiency", "dihydropyrimidine dehydrogenase deficiency"),
    ],
)
def test_a_condition_by_any_name(kb, name, id):
    assert kb.condition(name).id == id


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Omeprazole", "omeprazole"),
        ("奥美拉唑", "omeprazole"),
        ("PPI", "proton pump inhibitor"),
        ("strong CYP3A4 inhibitor", "strong cyp3a inhibitor"),
        ("CYP3A4强抑制剂", "strong cyp3a inhibitor"),
        ("rifampin", "rifampicin"),
        ("华法林", "warfarin"),
        ("St John's wort", "st. john's wort"),
    ],
)
def test_a_comedication_by_any_name(kb, name, id):
    assert kb.comedication(name).id == id


@pytest.mark.parametrize(
    ("name", "id", "unit"),
    [
        ("LVEF", "lvef", "%"),
        ("射血分数", "lvef", "%"),
        ("CrCl", "creatinine clearance", "mL/min"),
        ("肌酐清除率", "creatinine clearance", "mL/min"),
        ("ANC", "neutrophils", "10^9/L"),
        ("血小板", "platelets", "10^9/L"),
        ("QTcF", "qtcf", "ms"),
    ],
)
def test_a_measurement_by_any_name(kb, name, id, unit):
    found = kb.measurement(name)
    assert (found.id, found.unit) == (id, unit)


@pytest.mark.parametrize("table", SUBJECT_TABLES.values())
def test_every_name_of_the_tables_finds_its_row(kb, table):
    look_up = {"conditions": kb.condition, "comedications": kb.comedication, "measurements": kb.measurement}[table]
    for row in TABLES[table]:
        for name in (row["id"], row["id"].upper(), row["chinese"], *cells(row, "synonyms")):
            assert look_up(name).id == row["id"]


@pytest.mark.parametrize(
    ("look_up", "kind", "name", "near"),
    [
        ("condition", "condition", "interstitiel lung diseas", "interstitial lung disease"),
        ("comedication", "comedication", "omeprazol", "omeprazole"),
        ("measurement", "measurement", "haemoglobn", "hemoglobin"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(kb, look_up, kind, name, near):
    with pytest.raises(UnknownSubject) as caught:
        getattr(kb, look_up)(name)
    assert near in caught.value.nearest
    assert str(caught.value).startswith(f"unknown {kind} {name!r}; nearest known: ")


def test_a_name_like_nothing_known_has_no_nearest(kb):
    with pytest.raises(UnknownSubject, match=r"^unknown condition '@@@'$"):
        kb.condition("@@@")


# Hierarchies


def test_what_is_narrower_knows_all_that_is_broader(kb):
    assert kb.comedication("omeprazole").classes == ("proton pump inhibitor", "gastric acid reducer")
    assert "heart failure" in kb.condition("NYHA IV").broader
    assert kb.condition("myocardial infarction").broader[-1] in {"cardiac disease", "thromboembolism"}
    assert set(kb.condition("recent myocardial infarction").broader) >= {"coronary artery disease", "thromboembolism"}
    for row in TABLES["conditions"]:
        found = kb.condition(row["id"])
        direct = cells(row, "broader")
        expected = {*direct, *(above for name in direct for above in kb.condition(name).broader)}
        assert set(found.broader) == expected


def test_a_class_covers_its_drugs(kb):
    own = subjects_of(kb.cautions(["immune checkpoint inhibitor"]), "condition")
    assert "autoimmune disease" in own
    assert own <= subjects_of(kb.cautions(["nivolumab"]), "condition")
    assert "autoimmune disease" not in subjects_of(kb.cautions(["gefitinib"]), "condition")


def test_a_scheme_has_the_cautions_of_its_components(kb):
    scheme = next(row for row in TABLES["therapies"] if row["kind"] == "scheme" and "irinotecan" in row["components"])
    assert subjects_of(kb.cautions([scheme["id"]]), "condition") >= {"ugt1a1 deficiency"}


def test_no_therapy_has_no_cautions(kb):
    assert kb.cautions([]) == ()
    assert kb.cautions(["no such drug"]) == ()


@pytest.mark.parametrize(
    "subjects", [[], ["pregnancy"], ["lvef", "proton pump inhibitor", "heart failure"], ["nothing"]]
)
def test_only_the_cautions_about_what_the_patient_has(kb, subjects):
    drugs = ["gefitinib", "trastuzumab deruxtecan", "olaparib", "ribociclib"]
    expected = tuple(each for each in kb.cautions(drugs) if each.subject in subjects)
    assert kb.cautions(drugs, subjects) == expected
    assert bool(expected) == (subjects not in ([], ["nothing"]))
    strict = tuple(each for each in kb.cautions(drugs) if each.subject in subjects or each.effect == "contraindicated")
    assert kb.cautions(drugs, subjects, contraindications=True) == strict
    assert len(strict) > len(expected)


def test_cautions_of_many_are_those_of_each(kb):
    both = {each.id for each in kb.cautions(["gefitinib", "ribociclib"])}
    assert both == {each.id for name in ("gefitinib", "ribociclib") for each in kb.cautions([name])}


@pytest.mark.parametrize(
    ("therapy", "kind", "subject", "effect", "jurisdiction"),
    [
        ("lorlatinib", "medication", "strong cyp3a inducer", "contraindicated", "US"),
        ("gefitinib", "medication", "proton pump inhibitor", "avoid", "US"),
        ("erlotinib", "medication", "proton pump inhibitor", "avoid", "US"),
        ("dacomitinib", "medication", "proton pump inhibitor", "avoid", "US"),
        ("capecitabine", "condition", "severe renal impairment", "contraindicated", "US"),
        ("capecitabine", "medication", "coumarin anticoagulant", "caution", "US"),
        ("apatinib", "condition", "active bleeding", "contraindicated", "CN"),
        ("olaparib", "condition", "myelodysplastic syndrome or acute myeloid leukemia", "avoid", "US"),
        ("osimertinib", "prior toxicity", "interstitial lung disease", "avoid", "US"),
        ("abiraterone acetate", "sex or reproduction", "pregnancy", "contraindicated", "EU"),
    ],
)
def test_serious_facts(kb, therapy, kind, subject, effect, jurisdiction):
    found = [each for each in kb.cautions([therapy]) if (each.kind, each.subject) == (kind, subject)]
    assert (effect, jurisdiction) in {(each.effect, each.jurisdiction) for each in found}
    assert all(each.verified is not Verified.NO for each in found)


@pytest.mark.parametrize(
    ("therapy", "subject", "operator", "threshold", "unit"),
    [
        ("trastuzumab deruxtecan", "lvef", "<", 40, "%"),
        ("capecitabine", "creatinine clearance", "<", 30, "mL/min"),
        ("ribociclib", "qtcf", ">", 450, "ms"),
        ("sacituzumab govitecan", "neutrophils", "<", 1.5, "10^9/L"),
    ],
)
def test_thresholds(kb, therapy, subject, operator, threshold, unit):
    found = {(c.subject, c.operator, c.threshold, c.unit) for c in kb.cautions([therapy]) if c.kind == "measurement"}
    assert (subject, operator, threshold, unit) in found


# Units and routes


@pytest.mark.parametrize(
    ("measurement", "value", "unit", "expected"),
    [
        ("platelets", 85_000, "/uL", 85.0),
        ("platelets", 85, "10^9/L", 85.0),
        ("platelets", 85, "10*3/µL", None),
        ("hemoglobin", 95, "g/L", 9.5),
        ("qtcf", 0.46, "s", 460.0),
        ("fasting glucose", 160, "mg/dL", 8.88112),
        ("lvef", 55, "%", 55.0),
        ("lvef", 55, "mL", None),
    ],
)
def test_a_value_in_the_unit_of_its_measurement(kb, measurement, value, unit, expected):
    assert kb.measurement(measurement).converted(value, unit) == expected


@given(value=st.floats(0, 1e6), row=st.sampled_from(TABLES["measurements"]))
def test_the_own_unit_changes_nothing_and_others_multiply(value, row):
    found = open_knowledge_base().measurement(row["id"])
    assert found.converted(value, found.unit) == pytest.approx(value, abs=1e-8)
    for unit, factor in map(split_conversion, cells(row, "conversions")):
        assert factor > 0
        assert found.converted(value, unit) == pytest.approx(value * factor, abs=1e-8)


def test_routes(kb):
    found = kb.routes(["osimertinib", "fulvestrant", "temozolomide", "agi-5198"])
    assert found == {
        "fulvestrant": ("intramuscular",),
        "osimertinib": ("oral",),
        "temozolomide": ("intravenous", "oral"),
    }
    assert kb.routes([]) == {}


def test_opening_the_graph_and_finding_a_therapy_reads_none_of_it():
    code = (
        "import sys; from kb.graph import open_knowledge_base; kb = open_knowledge_base();"
        "kb.therapy('osimertinib'); kb.indications(['EGFR:L858R']); assert 'kb.caution' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
