"""Evidence as VA-Spec statements: accepted by the standard's own models, and true field by field."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from ga4gh.cat_vrs.models import CategoricalVariant, CopyChangeConstraint, FeatureContextConstraint
from ga4gh.va_spec import VASPEC_VERSION
from ga4gh.va_spec.aac_2017 import VariantTherapeuticResponseStudyStatement
from ga4gh.va_spec.base import Statement
from pydantic import ValidationError

from kb import va_spec as module
from kb.evidence import Evidence
from kb.source import Source
from kb.va_spec import NotExpressible, StatementWriter, VaSpec, va_spec
from tests.shared import knowledge


@cache
def exported() -> VaSpec:
    return va_spec(knowledge())


@cache
def writer() -> StatementWriter:
    return StatementWriter(knowledge())


def item(id: str = "EID12", **changes: Any) -> Evidence:
    return knowledge().evidence_item(id)._replace(**changes)


def statement(id: str) -> dict[str, Any]:
    return writer().statement(item(id))


def extension(of: dict[str, Any], name: str) -> Any:
    return next((each["value"] for each in of.get("extensions", ()) if each["name"] == name), None)


def codes(concept: dict[str, Any]) -> dict[str, str]:
    return {each["coding"]["code"]: each["relation"] for each in concept["mappings"]}


# The standard accepts every statement


def test_every_statement_is_read_by_the_standards_models_as_it_was_written() -> None:
    assert len(exported().statements) > 1000
    for each in exported().statements:
        assert Statement.model_validate(each).model_dump(mode="json", exclude_none=True) == each


def test_the_models_would_refuse_a_wrong_one() -> None:
    wrong = statement("EID12")
    wrong["proposition"]["predicate"] = "predictsReducedSensitivityTo"
    with pytest.raises(ValidationError):
        Statement.model_validate(wrong)


def test_the_version_of_the_standard_is_that_of_the_models() -> None:
    assert module.STANDARD == VASPEC_VERSION


# Field by field, checked by hand against the sources

TABLE = [
    # id, variant, predicate, direction, therapies, condition, level, origin, gene, PMID
    ("EID12", "MAP2K1 P124S", "predictsResistanceTo", "supports", "selumetinib", "MEL", "D", "somatic", "MAP2K1",
     "19915144"),
    ("EID34.2", "KIT L576P", "predictsResistanceTo", "supports", "nilotinib", "MEL", "D", "somatic", "KIT", "19671763"),
    ("EID44", "PDGFRA D842V", "predictsSensitivityTo", "supports", "crenolanib", "GIST", "D", "somatic", "PDGFRA",
     "22745105"),
    ("EID841", "ALK fusion (any partner) AND ALK C1156Y", "predictsResistanceTo", "supports",
     "ceritinib+crizotinib+luminespib", "NSCLC", "C", "somatic", "ALK", "26698910"),
    ("EID83", "PIK3CA E542K", "predictsResistanceTo", "disputes", "regorafenib", "COADREAD", "B", "somatic", "PIK3CA",
     "26184520"),
    ("EID211", "BRCA1 loss of function", "predictsSensitivityTo", "supports", "olaparib", "OVARY", "B", "germline",
     "BRCA1", "23346317"),
    ("CUR002", "HER2 positive (IHC 3+ or ISH+) - breast criteria", "predictsSensitivityTo", "supports",
     "capecitabine+pyrotinib", "BRCA", "A", None, "ERBB2", None),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_field_by_field(row: tuple[str | None, ...]) -> None:
    id, variant, predicate, direction, therapies, condition, level, origin, gene, pmid = row
    assert id is not None
    said = statement(id)
    proposition = said["proposition"]
    therapeutic = proposition["objectTherapeutic"]
    assert said["id"] == f"https://w3id.org/mtb-match/kb/evidence/{id}"
    assert (said["type"], said["direction"]) == ("Statement", direction)
    assert proposition["type"] == "VariantTherapeuticResponseProposition"
    assert (proposition["subjectVariant"]["name"], proposition["predicate"]) == (variant, predicate)
    assert "+".join(each["name"] for each in therapeutic.get("therapies", [therapeutic])) == therapies
    assert proposition["conditionQualifier"]["primaryCoding"] == {
        "system": "https://oncotree.mskcc.org",
        "code": condition,
    }
    assert said["strength"]["primaryCoding"]["code"] == level
    assert proposition.get("alleleOriginQualifier", {}).get("name") == origin
    assert proposition.get("geneContextQualifier", {}).get("name") == gene
    assert [each["pmid"] for each in said["reportedIn"] if "pmid" in each] == ([pmid] if pmid else [])


def test_names_carry_codes_of_other_vocabularies() -> None:
    proposition = statement("EID841")["proposition"]
    assert codes(proposition["conditionQualifier"])["DOID:3908"] == "exactMatch"
    assert codes(proposition["conditionQualifier"])["C2926"] == "exactMatch"
    assert proposition["geneContextQualifier"]["primaryCoding"]["code"] == "HGNC:427"
    crizotinib = proposition["objectTherapeutic"]["therapies"][1]
    assert codes(crizotinib)["C74061"] == "exactMatch"
    assert crizotinib["conceptType"] == "Drug"


def test_a_code_that_several_items_share_is_no_exact_match() -> None:
    shared = writer()._tumor_type("GEJ")
    assert codes(shared)["MONDO:0003219"] == "closeMatch"


def test_a_root_that_oncotree_does_not_have_is_not_said_to_be_of_it() -> None:
    assert writer()._tumor_type("SOLID")["primaryCoding"]["system"] == "https://w3id.org/mtb-match/kb/tumor/"


def test_evidence_that_does_not_support_disputes() -> None:
    disputed = next(each for each in exported().statements if each["direction"] == "disputes")
    id = extension(disputed, "evidence id")
    assert item(id).direction == "does not support"
    assert {each["direction"] for each in exported().statements} == {"supports", "disputes"}


def test_what_the_standard_has_no_field_for_is_in_extensions() -> None:
    rated = item("EID841", rating=3, amp_assertion="Tier I - Level A (CIViC AID3)", origin="unknown")
    said = writer().statement(rated)
    assert extension(said, "rating") == 3
    assert extension(said, "verified") == "yes"
    assert extension(said, "AMP/ASCO/CAP assertion") == "Tier I - Level A (CIViC AID3)"
    assert extension(said, "clinical trials") == ["NCT01970865"]
    assert extension(said, "allele origin") == "unknown"
    assert "alleleOriginQualifier" not in said["proposition"]
    Statement.model_validate(said)


def test_therapies_given_together_or_in_turn() -> None:
    sequential = statement("EID841")["proposition"]["objectTherapeutic"]
    assert sequential["membershipOperator"] == "AND"
    assert extension(sequential, "therapy interaction") == "sequential"
    assert "extensions" not in statement("CUR002")["proposition"]["objectTherapeutic"]
    assert module.SEQUENTIAL in writer().notes(item("EID841"))


def test_several_tumor_types_are_alternatives() -> None:
    said = writer().statement(item(tumor_types=("LUAD", "LUSC")))
    condition = said["proposition"]["conditionQualifier"]
    assert condition["membershipOperator"] == "OR"
    assert [each["primaryCoding"]["code"] for each in condition["conditions"]] == ["LUAD", "LUSC"]
    Statement.model_validate(said)


def test_an_assertion_with_a_tier_is_a_statement_of_the_guideline() -> None:
    assertion = item(level_source="CIViC assertion, Tier I - Level B", level="B")
    said = writer().statement(assertion)
    assert said["classification"]["primaryCoding"]["code"] == "Tier I"
    assert said["strength"]["primaryCoding"]["code"] == "Level B"
    VariantTherapeuticResponseStudyStatement.model_validate(said)
    with pytest.raises(ValidationError):
        VariantTherapeuticResponseStudyStatement.model_validate(statement("EID12"))


def test_documents_have_the_ids_that_their_addresses_tell() -> None:
    doi = Source("doi:10.1056/NEJMoa0900212", "https://doi.org/10.1056/NEJMoa0900212")
    said = writer().statement(item(sources=(doi, Source("general knowledge, unverified"))))
    with_doi, nameless = said["reportedIn"]
    assert with_doi["doi"] == "10.1056/NEJMoa0900212"
    assert nameless == {"type": "Document", "name": "general knowledge, unverified"}
    Statement.model_validate(said)


# The variant


def test_a_copy_change_is_said_by_constraints() -> None:
    variant = CategoricalVariant.model_validate(writer().variant("ERBB2:AMP"))
    assert variant.constraints is not None
    feature, change = (each.root for each in variant.constraints)
    assert isinstance(feature, FeatureContextConstraint)
    assert isinstance(change, CopyChangeConstraint)
    assert (feature.featureContext.name, change.copyChange.value) == ("ERBB2", "high-level gain")
    assert writer().variant("CDKN2A:HOMDEL")["constraints"][1]["copyChange"] == "complete genomic loss"


@pytest.mark.parametrize(
    ("expression", "name", "note"),
    [
        ("ERBB2:AMP", "ERBB2 amplification", None),
        ("MAP2K1:P124S", "MAP2K1 P124S", module.NAMED_ONLY),
        ("ALK:FUSION AND ALK:C1156Y", "ALK fusion (any partner) AND ALK C1156Y", module.COMBINED),
        ("NOT ERBB2:AMP", "NOT ERBB2 amplification", module.COMBINED),
        ("ERBB2:AMP AND (MSI:H OR NOT KRAS:MUT)", None, module.COMBINED),
        ("HRD:POS", None, module.COMBINED),
        ("KRAS:WT", None, module.ABSENT),
        ("MSI:H", None, module.MEASURED),
    ],
)
def test_what_cat_vrs_cannot_state_keeps_its_definition(expression: str, name: str | None, note: str | None) -> None:
    variant = writer().variant(expression)
    assert CategoricalVariant.model_validate(variant).model_dump(mode="json", exclude_none=True) == variant
    assert extension(variant, "biomarker expression") == expression
    assert [note for note in writer().notes(item(profile=expression)) if note] == ([note] if note else [])
    assert ("constraints" in variant) == (note is None)
    assert name is None or variant["name"] == name


def test_brackets_of_a_profile_stay_in_its_name() -> None:
    name = writer().variant("ERBB2:AMP AND (MSI:H OR NOT KRAS:MUT)")["name"]
    assert name.startswith("ERBB2 amplification AND (")
    assert " OR NOT KRAS" in name


def test_a_composite_brings_the_definitions_of_its_members() -> None:
    definitions = extension(writer().variant("HRD:POS"), "biomarker definitions")
    assert [each["id"] for each in definitions][:2] == ["HRD:POS", "BRCA1:DEL"]
    assert definitions[0]["members"] == "BRCA1:DEL OR BRCA2:DEL OR HRD:GIS"


# Nothing is dropped in silence


def test_every_item_is_a_statement_or_listed_with_its_reason() -> None:
    items = knowledge().store.query(
        "SELECT (COUNT(DISTINCT ?e) AS ?n) { GRAPH ?g { ?e a <https://w3id.org/mtb-match/ontology#EvidenceItem> } }"
    )
    (row,) = items  # type: ignore[misc]
    found = exported()
    assert len(found.statements) + len(found.not_expressed) == int(row[0].value)
    stated = {extension(each, "evidence id") for each in found.statements}
    assert not stated & {id for id, _ in found.not_expressed}
    assert all(reason for _, reason in found.not_expressed)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"significance": "reduced sensitivity"}, "no word for the significance 'reduced sensitivity'"),
        ({"significance": "adverse response"}, "no word for the significance 'adverse response'"),
        ({"direction": "unclear"}, "no word for the direction 'unclear'"),
        ({"level": "F"}, "no word for the level 'F'"),
        ({"profile": "NONE"}, "no biomarker"),
        ({"tumor_types": ()}, "no tumor type"),
    ],
)
def test_what_would_become_something_else_is_refused_with_a_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotExpressible, match=reason):
        writer().statement(item(**changes))


def test_the_summary_counts_what_the_document_lists() -> None:
    document = exported().as_json()
    assert list(document) == ["schema", "va_spec", "kb", "notes", "not_expressed", "statements"]
    assert document["schema"] == "mtb-match-va-spec/1"
    assert document["kb"]["digest"] == knowledge().digest
    counted = Counter(
        note for each in document["statements"] for note in writer().notes(item(extension(each, "evidence id")))
    )
    assert {each["note"]: each["statements"] for each in document["notes"]} == counted
    first, *rest = exported().summary
    assert first.startswith(f"{len(document['statements'])} of ")
    for id in (each["id"] for each in document["not_expressed"]):
        assert any(id in line for line in rest)
    json.dumps(document)


def test_the_design_of_the_study_is_an_extension_without_what_is_not_known() -> None:
    design = extension(statement("EID1409"), "study design")
    assert (design["kind"], design["phase"], design["endpoints"]) == ("randomized trial", "3", ["OS", "PFS"])
    assert design["sources"] == ["PMID:21639808", "CIViC EID1409"]
    assert design["verified"] == "yes"
    assert "mcbs" not in design
    assert extension(statement("CUR055"), "study design") is None
