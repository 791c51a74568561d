"""The Molecular Oncology Almanac: flat assertions, indications, corrections, and every record accounted for."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kb.errors import UnreadableSource
from kb.loaders import moalmanac
from kb.loaders.base import Report
from kb.loaders.moalmanac_flat import LEVELS
from kb.normalizer import NAMES, Normalizer, read
from kb.starter import DATA, read_tables
from kb.statements import Row, Tables, cells, documents, evidence, indications, requirements

SHARED = Path(__file__).parents[4] / "shared" / "data" / "moalmanac"
FLAT = "molecular-oncology-almanac.json"


@cache
def starter() -> Tables:
    return read_tables(DATA / "source")


def loaded(path: Path) -> tuple[Tables, Report, Normalizer]:
    report, names = Report("moalmanac"), Normalizer(starter())
    return moalmanac.load(path, names, report), report, names


# Flat assertions


def assertion(id: int = 9001, **fields: Any) -> dict[str, Any]:
    """One assertion of a BRAF V600E sensitivity, with other fields as named."""
    return {
        "assertion_id": id,
        "feature_type": "Somatic Variant",
        "gene": "BRAF",
        "variant_annotation": "Missense",
        "protein_change": "p.V600E",
        "exon": 15,
        "disease": "Melanoma",
        "context": "",
        "oncotree_term": "Melanoma",
        "oncotree_code": "MEL",
        "therapy_name": "Vemurafenib",
        "therapy_sensitivity": 1,
        "therapy_resistance": "",
        "favorable_prognosis": "",
        "predictive_implication": "Clinical trial",
        "url": "https://doi.org/10.1000/x",
        "doi": "10.1000/x",
        "pmid": 123,
        "nct": "NCT00000001",
        "last_updated": "2026-01-02",
        "_deprecated": False,
        **fields,
    }


def flat(tmp_path: Path, *assertions: dict[str, Any]) -> tuple[tuple[Row, ...], Report]:
    file = tmp_path / FLAT
    file.write_text(json.dumps(assertions), encoding="utf-8")
    tables, report, _ = loaded(file)
    return tables["evidence"], report


def one(tmp_path: Path, **fields: Any) -> Row:
    rows, report = flat(tmp_path, assertion(**fields))
    assert not report.unread, report.unread
    (row,) = rows
    return row


def test_an_assertion_becomes_a_row_in_the_terms_of_the_graph(tmp_path):
    row = one(tmp_path, context="Metastatic")
    assert dict(row) == {
        "id": "MOA9001",
        "profile": "BRAF:V600E",
        "regimen": "vemurafenib",
        "combination": "single",
        "tumor_types": "MEL",
        "tumor_as_stated": "Melanoma / Metastatic",
        "tumor_placement": "",
        "direction": "supports",
        "significance": "sensitivity",
        "level": "B",
        "level_source": "mapped from MOAlmanac Clinical trial",
        "origin": "somatic",
        "sources": "PMID:123 https://pubmed.ncbi.nlm.nih.gov/123/ | doi:10.1000/x https://doi.org/10.1000/x"
        " | MOAlmanac assertion 9001",
        "trials": "NCT00000001",
        "verified": "yes",
        "note": "",
    }


VARIANT = {"protein_change": "", "exon": "", "variant_annotation": ""}
FEATURES = [
    ({"protein_change": "p.G12", "gene": "KRAS"}, "KRAS:G12"),
    ({**VARIANT}, "BRAF:MUT"),
    ({**VARIANT, "gene": "EGFR", "exon": 19, "variant_annotation": "Deletion"}, "EGFR:EX19DEL"),
    ({**VARIANT, "gene": "EGFR", "exon": 20, "variant_annotation": "Insertion"}, "EGFR:EX20INS"),
    ({**VARIANT, "gene": "KIT", "exon": 11}, "KIT:EX11MUT"),
    ({**VARIANT, "gene": "MET", "exon": 14, "variant_annotation": "Splice Site"}, "MET:EX14SKIP"),
    ({**VARIANT, "gene": "MET", "exon": 14, "variant_annotation": "Deletion"}, "MET:EX14SKIP"),
    ({**VARIANT, "gene": "TSC1", "variant_annotation": "Nonsense"}, "TSC1:NON"),
    ({**VARIANT, "feature_type": "Germline Variant", "gene": "BRCA1"}, "GBRCA1:DEL"),
    ({"feature_type": "Copy Number", "gene": "ERBB2", "direction": "Amplification"}, "ERBB2:AMP"),
    ({"feature_type": "Copy Number", "gene": "CDKN2A", "direction": "Deletion"}, "CDKN2A:HOMDEL"),
    (
        {
            "feature_type": "Rearrangement",
            "gene1": "ALK",
            "gene2": "",
            "rearrangement_type": "Fusion",
            "locus": "",
        },
        "ALK:FUSION",
    ),
    (
        {
            "feature_type": "Rearrangement",
            "gene1": "EML4",
            "gene2": "ALK",
            "rearrangement_type": "Fusion",
            "locus": "",
        },
        "ALK:EML4FUS",
    ),
    ({"feature_type": "Knockdown", "gene": "CDK12"}, "CDK12:LOF"),
    ({"feature_type": "Microsatellite Stability", "status": "MSI-High"}, "MSI:H"),
    (
        {
            "feature_type": "Mutational Burden",
            "classification": "High",
            "mutations_per_mb": 10,
            "minimum_mutations": "",
        },
        "TMB:H10",
    ),
    (
        {
            "feature_type": "Mutational Burden",
            "classification": "High",
            "mutations_per_mb": "",
            "minimum_mutations": 178,
        },
        "MUTATIONS:178",
    ),
    ({"feature_type": "Mutational Signature", "cosmic_signature": "SBS10a"}, "SIG:SBS10a"),
    ({"feature_type": "Aneuploidy", "event": "Whole genome doubling"}, "WGD"),
]


@pytest.mark.parametrize(("fields", "profile"), FEATURES, ids=[profile for _, profile in FEATURES])
def test_every_type_of_feature_is_read(tmp_path, fields, profile):
    assert one(tmp_path, **fields)["profile"] == profile


def test_a_number_of_mutations_is_never_compared_with_a_burden(tmp_path):
    (tmp_path / FLAT).write_text(
        json.dumps([assertion(feature_type="Mutational Burden", minimum_mutations=178, mutations_per_mb="")])
    )
    _, _, names = loaded(tmp_path / FLAT)
    assert names.biomarkers["MUTATIONS:178"]["marker"] != names.biomarkers["TMB:H10"]["marker"]


OUTCOMES = [
    ({"therapy_sensitivity": 1}, ("supports", "sensitivity")),
    ({"therapy_sensitivity": 0}, ("does not support", "sensitivity")),
    ({"therapy_sensitivity": "", "therapy_resistance": 1}, ("supports", "resistance")),
    ({"therapy_sensitivity": "", "therapy_resistance": 0}, ("does not support", "resistance")),
    ({"therapy_sensitivity": "", "adverse_event_risk": 1}, ("supports", "adverse response")),
]


@pytest.mark.parametrize(("fields", "said"), OUTCOMES)
def test_one_supports_and_zero_does_not(tmp_path, fields, said):
    row = one(tmp_path, **fields)
    assert (row["direction"], row["significance"]) == said


def test_levels_are_those_of_the_starter():
    assert [LEVELS[word] for word in ("FDA-Approved", "Guideline", "Clinical trial")] == ["A", "A", "B"]
    for row in starter()["evidence"]:
        if row["id"].startswith("MOA"):
            assert LEVELS[row["level_source"].removeprefix("mapped from MOAlmanac ")] == row["level"], row["id"]


def test_drugs_joined_by_plus_are_given_together(tmp_path):
    row = one(tmp_path, therapy_name="Trametinib + Dabrafenib")
    assert (row["regimen"], row["combination"]) == ("dabrafenib+trametinib", "combination")


def test_what_the_context_asks_of_biomarkers_is_asked(tmp_path):
    fields = {**VARIANT, "feature_type": "Germline Variant", "gene": "BRCA1", "oncotree_code": "BRCA"}
    row = one(tmp_path, **fields, disease="Breast Cancer", context="HER2-negative, metastatic")
    assert row["profile"] == "GBRCA1:DEL AND HER2:NEG"


def test_a_guideline_is_named_by_document_and_address_only(tmp_path):
    address = "https://www.nccn.org/professionals/physician_gls/pdf/mds_blocks.pdf"
    row = one(tmp_path, predictive_implication="Guideline", pmid="", doi="", url=address, citation="Long words.")
    assert row["sources"] == f"MOAlmanac assertion 9001 | NCCN guideline (mds_blocks.pdf) {address}"
    assert "Long words" not in str(row)


LEFT = [
    ({"_deprecated": True}, "deprecated assertion"),
    ({"therapy_name": "", "favorable_prognosis": 1}, "prognostic assertion: it is not about a therapy"),
    ({"therapy_name": "", "diagnostic": 1}, "diagnostic assertion: it is not about a therapy"),
]


@pytest.mark.parametrize(("fields", "reason"), LEFT)
def test_what_is_not_about_a_therapy_is_left_but_counts_as_understood(tmp_path, fields, reason):
    rows, report = flat(tmp_path, assertion(**fields))
    assert rows == ()
    assert report.left == {reason: ["MOA9001"]}
    assert (report.met["assertion"], report.understood["assertion"]) == (1, 1)


REFUSED = [
    ({"gene": "NOTAGENE"}, "NOTAGENE"),
    ({"feature_type": "Epigenetics"}, "Epigenetics"),
    ({"disease": "", "oncotree_term": "", "oncotree_code": ""}, "tumor type"),
    ({"therapy_sensitivity": ""}, "neither sensitivity nor resistance"),
    ({"therapy_resistance": 1}, "several outcomes"),
    ({"therapy_name": "Not Applicable"}, "names no therapy"),
    ({"predictive_implication": "Rumor"}, "Rumor"),
    ({"feature_type": "Aneuploidy", "event": "Trisomy 8"}, "Trisomy 8"),
]


@pytest.mark.parametrize(("fields", "said"), REFUSED)
def test_what_is_not_understood_is_refused_with_its_place(tmp_path, fields, said):
    rows, report = flat(tmp_path, assertion(**fields), assertion(9002))
    assert [row["id"] for row in rows] == ["MOA9002"]
    (unread,) = report.unread
    assert (unread.record, unread.place) == ("MOA9001", f"{FLAT}#9001")
    assert said in str(unread)


def test_a_known_error_is_corrected_and_the_note_says_so(tmp_path):
    wrong = assertion(214, therapy_name="Nivolumab + Pembrolizumab", gene="BRCA2")
    rows, report = flat(tmp_path, {**wrong, **VARIANT, "variant_annotation": "Nonsense"})
    assert [(row["id"], row["regimen"], row["combination"]) for row in rows] == [
        ("MOA214.1", "nivolumab", "single"),
        ("MOA214.2", "pembrolizumab", "single"),
    ]
    assert all("one or the other" in row["note"] for row in rows)
    assert report.taken["evidence item"] == 1


def test_the_type_that_the_source_gives_stands_unless_the_name_contradicts_it(tmp_path):
    assert one(tmp_path, disease="Prostate Cancer", oncotree_code="PRAD")["tumor_types"] == "PRAD"
    assert one(tmp_path, disease="Peritoneal Carcinoma", oncotree_code="PEMESO")["tumor_types"] == "PSEC"


# The referenced model


def biomarker(
    id: int, name: str, genes: tuple[int, ...] = (), present: bool = True, **extensions: Any
) -> dict[str, Any]:
    said = {**extensions, "_present": present}
    return {
        "id": id,
        "name": name,
        "genes": list(genes),
        "extensions": [{"name": k, "value": v} for k, v in said.items()],
    }


def model(folder: Path, *, claims: list[tuple[list[int], int, Any]], **changes: Any) -> Path:
    """A small model: one indication of Health Canada with these claims (biomarkers, disease, therapy or group)."""
    indication = {
        "id": "ind:hc.exampla:0",
        "document_id": "doc:hc.exampla",
        "indication": "EXAMPLA is indicated for adults\n whose disease progressed.",
        "initial_approval_date": "2020-01-02",
        "initial_approval_url": None,
    }
    files: dict[str, Any] = {
        "about": {"last_updated": "2026-05-07"},
        "genes": [{"id": 0, "name": "BCR"}, {"id": 1, "name": "ABL1"}, {"id": 2, "name": "KRAS"}],
        "biomarkers": [
            biomarker(0, "ER positive", biomarker_type="Protein expression"),
            biomarker(1, "HER2-negative", biomarker_type="Protein expression"),
            biomarker(2, "PR positive", biomarker_type="Protein expression"),
            biomarker(3, "BCR::ABL1", (0, 1), False, biomarker_type="Rearrangement", rearrangement_type="Fusion"),
            biomarker(4, "Wild type KRAS", (2,), biomarker_type="Wild type"),
            biomarker(5, "HER2-positive", biomarker_type="Protein expression"),
            biomarker(6, "Unheard +", biomarker_type="Protein expression"),
        ],
        "diseases": [
            {"id": 0, "name": "Invasive Breast Carcinoma", "primary_coding_id": "oncotree:BRCA"},
            {"id": 1, "name": "Melanoma", "primary_coding_id": "oncotree:MEL"},
            {"id": 2, "name": "Esophagogastric Adenocarcinoma", "primary_coding_id": "oncotree:EGC"},
        ],
        "therapies": [
            {"id": 0, "name": "Letrozole", "primary_coding_id": "ncit:C1527", "extensions": []},
            {"id": 1, "name": "Palbociclib", "primary_coding_id": "ncit:C49176", "extensions": []},
            {
                "id": 2,
                "name": "Newdrugib",
                "primary_coding_id": "ncit:C7654321",
                "extensions": [
                    {"name": "therapy_strategy", "value": ["New inhibition"]},
                    {"name": "therapy_type", "value": "Targeted therapy"},
                ],
            },
        ],
        "therapy_groups": [{"id": 0, "membershipOperator": "AND", "therapies": [0, 1]}],
        "urls": [{"id": "url:hc.exampla:pm", "url": "https://pdf.hres.ca/dpd_pm/1.PDF"}],
        "documents": [
            {
                "id": "doc:hc.exampla",
                "agent_id": "hc",
                "status": "Active",
                "publication_date": "2025-01-01",
                "urls": ["url:hc.exampla:pm"],
            }
        ],
        "indications": [indication],
        "propositions": [
            {
                "id": number,
                "predicate": "predictSensitivityTo",
                "biomarkers": biomarkers,
                "conditionQualifier_id": disease,
                "therapy_id": None if therapy == "group" else therapy,
                "therapy_group_id": 0 if therapy == "group" else None,
            }
            for number, (biomarkers, disease, therapy) in enumerate(claims, start=9000)
        ],
        "statements": [
            {"id": number, "direction": "supports", "proposition_id": number, "indication_id": "ind:hc.exampla:0"}
            for number in range(9000, 9000 + len(claims))
        ],
    }
    for name, change in changes.items():
        files[name] = change(files[name]) if callable(change) else change
    (folder / "referenced").mkdir(parents=True)
    for name, content in files.items():
        (folder / "referenced" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_an_indication_becomes_a_row_whose_words_are_never_met_in_silence(tmp_path):
    tables, report, _ = loaded(model(tmp_path, claims=[([0, 1], 0, "group")]))
    (row,) = tables["indications"]
    assert (row["id"], row["jurisdiction"], row["regimens"], row["profile"], row["tumor_types"]) == (
        "CA:exampla:0",
        "CA",
        "letrozole+palbociclib",
        "ER:POS AND HER2:NEG",
        "BRCA",
    )
    assert (row["status"], row["approved_on"], row["line"]) == ("approved", "2020-01-02", "")
    address = "https://pdf.hres.ca/dpd_pm/1.PDF"
    assert row["sources"] == f"Health Canada product monograph (1.PDF) {address} | MOAlmanac ind:hc.exampla:0"
    (requirement,) = tables["requirements"]
    assert (row["requirements"], requirement["kind"]) == (requirement["id"], "text")
    assert requirement["text"] == "EXAMPLA is indicated for adults whose disease progressed."
    assert (report.release, report.released_on) == ("2026-05-07", "2026-05-07")
    assert report.taken == {"indication": 1, "statement": 1}


def test_statements_are_alternatives_and_the_weaker_one_decides(tmp_path):
    tables, _, _ = loaded(model(tmp_path, claims=[([0, 1], 0, 0), ([1, 2], 0, 0), ([0, 1, 2], 0, 0)]))
    (row,) = tables["indications"]
    assert row["profile"] == "ER:POS AND HER2:NEG OR HER2:NEG AND PR:POS"


def test_regimens_with_one_profile_share_a_row(tmp_path):
    tables, _, _ = loaded(model(tmp_path, claims=[([0], 0, 0), ([0], 0, 1), ([0], 1, 0), ([0], 1, 1)]))
    (row,) = tables["indications"]
    assert (row["regimens"], row["tumor_types"]) == ("letrozole | palbociclib", "BRCA | MEL")


def test_what_holds_for_one_tumor_or_regimen_only_has_a_row_of_its_own(tmp_path):
    tables, _, _ = loaded(model(tmp_path, claims=[([0], 0, 0), ([1], 0, 1), ([4], 1, 0)]))
    rows = {row["id"]: (row["tumor_types"], row["regimens"], row["profile"]) for row in tables["indications"]}
    assert rows == {
        "CA:exampla:0.1": ("BRCA", "letrozole", "ER:POS"),
        "CA:exampla:0.2": ("BRCA", "palbociclib", "HER2:NEG"),
        "CA:exampla:0.3": ("MEL", "letrozole", "KRAS:WT"),
    }
    assert len(tables["requirements"]) == 1


def test_an_absent_biomarker_is_a_negation(tmp_path):
    tables, _, _ = loaded(model(tmp_path, claims=[([3], 1, 0)]))
    assert tables["indications"][0]["profile"] == "NOT ABL1:BCRFUS"


def test_her2_positive_goes_by_the_criteria_of_the_tumor(tmp_path):
    tables, _, _ = loaded(model(tmp_path, claims=[([5], 0, 0), ([5], 2, 0)]))
    assert {row["tumor_types"]: row["profile"] for row in tables["indications"]} == {
        "BRCA": "HER2:POS",
        "EGC": "HER2:POS_GASTRIC",
    }


def test_a_new_drug_carries_what_the_source_says_of_it(tmp_path):
    _, _, names = loaded(model(tmp_path, claims=[([0], 0, 2)]))
    (row,) = names.additions["therapies"]
    assert (row["id"], row["ncit"], row["stated_class"], row["modality"]) == (
        "newdrugib",
        "C7654321",
        "New inhibition",
        "Targeted therapy",
    )


def test_an_indication_of_the_starter_is_not_restated(tmp_path):
    def as_verzenio(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**record, "id": "ind:fda.verzenio:0"} for record in records]

    def of_verzenio(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**record, "indication_id": "ind:fda.verzenio:0"} for record in records]

    path = model(tmp_path, claims=[([0], 0, 0)], indications=as_verzenio, statements=of_verzenio)
    tables, report, _ = loaded(path)
    assert tables["indications"] == ()
    assert report.taken["indication merged with the starter"] == 1
    assert report.understood["statement"] == 1


STATUS = [
    ({"status": "Withdrawn"}, {}, "withdrawn"),
    ({}, {"status": "Deprecated"}, "withdrawn"),
    ({"status": "Accelerated"}, {}, "approved"),
]


@pytest.mark.parametrize(("of_indication", "of_document", "status"), STATUS)
def test_a_withdrawal_is_said(tmp_path, of_indication, of_document, status):
    path = model(
        tmp_path,
        claims=[([0], 0, 0)],
        indications=lambda records: [{**records[0], **of_indication}],
        documents=lambda records: [{**records[0], **of_document}],
    )
    (row,) = loaded(path)[0]["indications"]
    assert row["status"] == status
    assert row["approval_type"] == ("accelerated" if of_indication.get("status") == "Accelerated" else "")


def test_an_indication_without_statements_and_a_superseded_one_are_left(tmp_path):
    _, report, _ = loaded(model(tmp_path / "a", claims=[]))
    assert report.left == {"indication whose biomarkers the source does not encode": ["ind:hc.exampla:0"]}
    path = model(
        tmp_path / "b", claims=[([0], 0, 0)], indications=lambda records: [{**records[0], "status": "Superseded"}]
    )
    tables, report, _ = loaded(path)
    assert tables["indications"] == ()
    assert report.left["superseded indication"] == ["ind:hc.exampla:0"]
    assert report.left["statement of a superseded indication"] == ["statement:9000"]


def test_a_statement_that_is_not_understood_is_refused_and_the_rest_goes_on(tmp_path):
    tables, report, _ = loaded(model(tmp_path, claims=[([6], 0, 0), ([0], 0, 0)]))
    assert tables["indications"][0]["profile"] == "ER:POS"
    (unread,) = report.unread
    assert (unread.record, unread.place) == ("statement:9000", "statements.json#9000")
    assert "Unheard +" in str(unread)


def test_an_indication_of_which_nothing_is_understood_is_refused(tmp_path):
    tables, report, _ = loaded(model(tmp_path, claims=[([6], 0, 0)]))
    assert tables["indications"] == ()
    assert [unread.record for unread in report.unread] == ["statement:9000", "ind:hc.exampla:0"]


# What cannot be read at all


def _without(name: str) -> Any:
    return lambda folder: (folder / "referenced" / f"{name}.json").unlink()


def _damaged(name: str, text: str) -> Any:
    return lambda folder: (folder / "referenced" / f"{name}.json").write_text(text, encoding="utf-8")


BAD_MODELS = [
    (_without("propositions"), "holds no propositions.json"),
    (_damaged("genes", '[{"id": 1, "name'), "is not JSON or is truncated"),
    (_damaged("diseases", "{}"), "is not a list of records"),
    (_damaged("diseases", '[{"name": "x"}]'), "is not a list of records"),
    (_damaged("urls", '[{"id": 1}, {"id": 1}]'), "a second time"),
    (_damaged("therapies", "[]"), "which therapies.json does not have"),
    (_damaged("documents", "<!DOCTYPE html><html>"), "is a web page"),
]


@pytest.mark.parametrize(("damage", "said"), BAD_MODELS, ids=[said for _, said in BAD_MODELS])
def test_a_damaged_model_is_one_clear_error(tmp_path, damage, said):
    folder = model(tmp_path, claims=[([0], 0, "group")])
    damage(folder)
    with pytest.raises(UnreadableSource, match=said):
        loaded(folder)


BAD_FILES = [
    (b"", "is empty"),
    (b"<html><body>404</body></html>", "is a web page"),
    (b'[{"assertion_id": 1', "is not JSON or is truncated"),
    (b'{"a": 1}', "is not a list of assertions"),
    (b'[{"assertion_id": 1}]', "has no field feature_type"),
    (b"\xff\xfe\x00", "is not UTF-8"),
    (gzip.compress(b"[]")[:-6], "truncated or damaged"),
]


@pytest.mark.parametrize(("content", "said"), BAD_FILES, ids=[said for _, said in BAD_FILES])
def test_a_file_of_another_kind_is_one_clear_error(tmp_path, content, said):
    file = tmp_path / FLAT
    file.write_bytes(content)
    with pytest.raises(UnreadableSource, match=said):
        loaded(file)


def test_an_id_that_stands_twice_is_an_error(tmp_path):
    with pytest.raises(UnreadableSource, match="#9001: has the id 9001 a second time"):
        flat(tmp_path, assertion(), assertion())


def test_a_folder_without_a_release_and_a_path_that_is_not_there_are_errors(tmp_path):
    with pytest.raises(UnreadableSource, match="holds neither"):
        loaded(tmp_path)
    with pytest.raises(UnreadableSource, match="is not there"):
        loaded(tmp_path / "nothing")


# The release of 2026-05-07


@cache
def release() -> tuple[Tables, Report, Normalizer]:
    if not SHARED.is_dir():
        pytest.skip("the shared data are not here")
    return loaded(SHARED)


def test_every_record_of_the_release_is_accounted_for():
    tables, report, _ = release()
    assert (report.release, report.released_on) == ("2026-05-07", "2026-05-07")
    assert dict(report.taken) == {
        "evidence item": 790,
        "indication": 447,
        "indication merged with the starter": 378,
        "statement": 948,
        "statement of an indication that the starter has": 991,
    }
    assert {reason: len(records) for reason, records in report.left.items()} == {
        "prognostic assertion: it is not about a therapy": 218,
        "diagnostic assertion: it is not about a therapy": 1,
        "deprecated assertion": 3,
        "deprecated statement": 5,
        "indication whose biomarkers the source does not encode": 32,
    }
    refused = sorted(unread.record for unread in report.unread)
    assert refused == ["MOA108", "MOA109", "MOA18", "MOA805", "MOA806", "MOA825"]
    assert _ends(report, "MOA", "evidence item") == 1018
    assert _ends(report, "ind:", "indication", "indication merged with the starter") == 857
    assert _ends(report, "statement:", "statement", "statement of an indication that the starter has") == 1944
    assert len(tables["evidence"]) == 795
    assert len(tables["requirements"]) == len(tables["indications"]) == 257
    assert {row["plan"] for row in tables["coverage"]} == {"HSE"}


def _ends(report: Report, prefix: str, *kinds: str) -> int:
    """How many records whose id begins so were taken, left or refused."""
    left = sum(record.startswith(prefix) for records in report.left.values() for record in records)
    return (
        sum(report.taken[kind] for kind in kinds) + left + sum(each.record.startswith(prefix) for each in report.unread)
    )


def test_the_release_is_understood():
    _, report, _ = release()
    assert report.met == {"assertion": 1018, "statement": 1944}
    assert report.understood == {"assertion": 1002, "statement": 1944}
    assert all(report.understood[kind] >= 0.97 * report.met[kind] for kind in report.met)


def test_every_correction_meets_its_record():
    _, _, names = release()
    own = [patch for patches in names.patches.values() for patch in patches if patch.source == "moalmanac"]
    assert len(own) == 180
    assert [patch for patch in own if patch not in names.applied] == []


def test_a_loaded_item_takes_the_place_of_the_starters_with_the_same_meaning():
    tables, _, _ = release()
    found = {row["id"]: row for row in tables["evidence"]}
    starters = [row for row in starter()["evidence"] if row["id"].startswith("MOA")]
    assert {row["id"] for row in starters} <= set(found)
    for row in starters:
        for column in ("regimen", "combination", "tumor_types", "direction", "significance", "level", "origin"):
            wider = {"OOVC": "OVARY", "GRC": "STOMACH"}.get(row[column], row[column])  # the code said too little
            assert found[row["id"]][column] in {row[column], wider}, (row["id"], column)


def test_known_errors_of_the_source_are_not_in_the_rows():
    rows = {row["id"]: row for row in release()[0]["indications"]}
    assert rows["EU:glivec:2"]["profile"] == "ABL1:BCRFUS"
    assert rows["EU:zydelig:0"]["profile"].startswith("17p:DEL OR ")
    assert rows["US:mylotarg:0"]["tumor_types"] == rows["US:xospata:0"]["tumor_types"] == "AML"
    covered = {row["id"]: row for row in release()[0]["coverage"]}
    assert covered["IE:00361:a:fulvestrant"]["profile"] == "ER:POS"
    assert covered["IE:00889:a:pemigatinib"]["drug"] == "pemigatinib"
    assert "corrected: " in rows["EU:glivec:2"]["note"]
    assert not any(
        "NOT ABL1:BCRFUS" in row["profile"] for row in rows.values() if "blinatumomab" not in row["regimens"]
    )


def test_no_indication_of_the_starter_is_said_again():
    known = {row["id"] for row in starter()["indications"]}
    assert not known & {row["id"] for row in release()[0]["indications"]}


def test_the_rows_of_the_release_become_statements():
    tables, _, _ = release()
    made = [*evidence(tables), *indications(tables), *requirements(tables), *documents(tables)]
    assert len(made) > 10_000


# The curated tables


def test_corrections_are_sorted_and_cited():
    rows = [row for row in read(NAMES / "patches.tsv") if row["source"] == "moalmanac"]
    keys = [(row["record"], row["field"]) for row in rows]
    assert keys == sorted(set(keys))
    assert keys
    for row in rows:
        assert row["stated"] != row["corrected"], row
        assert row["reason"], row
        assert row["cites"].startswith("https://"), row


def test_markers_are_sorted_and_known():
    rows = read(NAMES / "markers.tsv")
    assert [row["name"].casefold() for row in rows] == sorted(row["name"].casefold() for row in rows)
    known = {row["id"] for row in starter()["biomarkers"]}
    types = {row["code"] for row in starter()["tumor_types"]}
    for row in rows:
        assert row["profile"] in known or (row["marker"] and row["label"] and row["state"]), row
        assert set(cells(row, "tumor_types")) <= types, row
