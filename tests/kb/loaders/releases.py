"""Small CIViC releases of invented records, in both layouts that the real ones have had."""

from __future__ import annotations

from pathlib import Path

EVIDENCE = (
    "molecular_profile", "molecular_profile_id", "disease", "doid", "phenotypes", "therapies",
    "therapy_interaction_type", "evidence_type", "evidence_direction", "evidence_level", "significance",
    "evidence_statement", "citation_id", "source_type", "asco_abstract_id", "citation", "nct_ids", "rating",
    "evidence_status", "evidence_id", "variant_origin", "last_review_date", "evidence_civic_url",
    "molecular_profile_civic_url", "is_flagged",
)  # fmt: skip
ASSERTION = (
    "molecular_profile", "disease", "doid", "therapies", "assertion_type", "assertion_direction", "significance",
    "amp_category", "assertion_id", "evidence_item_ids", "assertion_civic_url", "is_flagged",
)  # fmt: skip

Record = dict[str, str]


def evidence(id: int, profile: str = "BRAF V600E", therapies: str = "Vemurafenib", **fields: str) -> Record:
    """One accepted predictive item, with other fields as named."""
    return {
        "molecular_profile": profile,
        "disease": "Melanoma",
        "doid": "1909",
        "therapies": therapies,
        "evidence_type": "Predictive",
        "evidence_direction": "Supports",
        "evidence_level": "B",
        "significance": "Sensitivity/Response",
        "citation_id": str(1000 + id),
        "source_type": "PubMed",
        "rating": "4",
        "evidence_status": "accepted",
        "evidence_id": str(id),
        "variant_origin": "Somatic",
        "evidence_civic_url": f"https://civicdb.org/links/evidence_items/{id}",
        "is_flagged": "false",
    } | fields


def assertion(
    id: int, items: str, profile: str = "BRAF V600E", therapies: str = "Vemurafenib", **fields: str
) -> Record:
    """One predictive assertion on melanoma."""
    return {
        "molecular_profile": profile,
        "disease": "Melanoma",
        "doid": "1909",
        "therapies": therapies,
        "assertion_type": "Predictive",
        "assertion_direction": "Supports",
        "significance": "Sensitivity/Response",
        "amp_category": "Tier I - Level A",
        "assertion_id": str(id),
        "evidence_item_ids": items,
        "assertion_civic_url": f"https://civicdb.org/links/assertions/{id}",
        "is_flagged": "false",
    } | fields


VARIANTS = (
    ("Gene", "BRAF", "673", "V600E", "missense_variant"),
    ("Gene", "BRAF", "673", "V600K", "missense_variant"),
    ("Gene", "BRAF", "673", "Amplification", "transcript_amplification"),
    ("Gene", "MET", "4233", "Splice Site (c.3028G>A)", ""),
    ("Fusion", "EML4::ALK", "", "Fusion", "transcript_fusion"),
)


def write(
    folder: Path,
    items: list[Record],
    assertions: list[Record] | None = None,
    day: str = "01-Jul-2025",
    features: bool = True,
) -> Path:
    """Write a release into the folder, in the layout with features or the older one with genes."""
    folder.mkdir(parents=True, exist_ok=True)
    _table(folder / f"{day}-ClinicalEvidenceSummaries.tsv", EVIDENCE, items)
    _table(folder / f"{day}-AssertionSummaries.tsv", ASSERTION, assertions or [])
    variants = []
    for kind, feature, entrez, name, types in VARIANTS:
        if features:
            row = {"feature_type": kind, "feature_name": feature, "entrez_id": entrez}
        elif kind == "Fusion":
            row, name = {"gene": "ALK", "entrez_id": "238"}, feature
        else:
            row = {"gene": feature, "entrez_id": entrez}
        variants.append(row | {"variant": name, "variant_types": types})
    columns = ("feature_type", "feature_name") if features else ("gene",)
    _table(folder / f"{day}-VariantSummaries.tsv", (*columns, "entrez_id", "variant", "variant_types"), variants)
    return folder


def _table(file: Path, columns: tuple[str, ...], rows: list[Record]) -> None:
    lines = ["\t".join(columns), *("\t".join(row.get(column, "") for column in columns) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
