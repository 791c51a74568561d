"""The flat assertions of the Molecular Oncology Almanac (`molecular-oncology-almanac.json`) as evidence rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Report
from kb.loaders.files import read_json
from kb.normalizer import Normalizer, Patch, Placement, VariantName
from kb.statements import Row

SOURCE = "moalmanac"

LEVELS = {
    "FDA-Approved": "A",
    "Guideline": "A",
    "Clinical trial": "B",
    "Clinical evidence": "C",
    "Preclinical": "D",
    "Inferential": "E",
}
"""MOAlmanac's predictive implication on CIViC's scale, as the starter's own rows of this source have it.

An approval or a guideline is proven association (A), a trial is clinical evidence (B), MOAlmanac's clinical evidence is
case reports and retrospective series (C).
"""

REQUIRED = ("assertion_id", "feature_type", "therapy_name", "predictive_implication", "oncotree_code", "disease")

_SOMATIC = {"Somatic Variant", "Copy Number", "Rearrangement", "Microsatellite Stability", "Mutational Burden"}
_SOMATIC |= {"Mutational Signature", "Aneuploidy"}


class Finding(NamedTuple):
    """What an assertion says of its therapy."""

    direction: str
    significance: str


def read(file: Path) -> list[dict[str, Any]]:
    """The assertions of the file; UnreadableSource when it holds something else."""
    found = read_json(file)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UnreadableSource(str(file), "is not a list of assertions", "name molecular-oncology-almanac.json")
    seen: set[str] = set()
    for number, each in enumerate(found, start=1):
        place = f"{file}#{each.get('assertion_id', number)}"
        missing = [name for name in REQUIRED if name not in each]
        if missing:
            raise UnreadableSource(place, f"has no field {', '.join(missing)}", "name molecular-oncology-almanac.json")
        id = str(each["assertion_id"])
        if id in seen:
            raise UnreadableSource(place, f"has the id {id} a second time", "download the release again")
        seen.add(id)
    return found


def rows(file: Path, assertions: list[dict[str, Any]], names: Normalizer, report: Report) -> list[Row]:
    """The evidence rows of the assertions; what became of each one is in the report."""
    found: list[Row] = []
    for assertion in assertions:
        place = f"{file.name}#{assertion['assertion_id']}"
        found += _assertion(assertion, place, names, report)
    return found


def _assertion(assertion: dict[str, Any], place: str, names: Normalizer, report: Report) -> list[Row]:
    record = f"MOA{assertion['assertion_id']}"
    stated = {name: _text(value) for name, value in assertion.items() if not isinstance(value, list)}
    fields = names.corrected(SOURCE, record, stated)
    about = unknown = None
    try:
        profile, placement = _profile(fields, names), _tumor(fields, names)
        about = (profile, placement)
    except UnknownTerm as error:
        unknown = error
    report.meet("assertion", about is not None)
    reason = _not_taken(assertion, fields)
    if reason is not None:
        report.leave(reason, record)
        return []
    try:
        if about is None:
            raise unknown or UnknownTerm("assertion", record, "not understood")
        finding, regimens = _finding(fields), _regimens(fields["therapy_name"], names)
        common = _common(fields, *about, finding)
    except UnknownTerm as error:
        report.refuse(record, place, f"{error.kind} {error.name!r}", error.reason)
        return []
    report.take("evidence item", 1)
    note = _corrections(record, stated, fields, names)
    return list(_alternatives(record, common, regimens, note))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _not_taken(assertion: dict[str, Any], fields: dict[str, str]) -> str | None:
    """Why an assertion is no evidence of a therapy that counts; None when it is."""
    if assertion.get("_deprecated"):
        return "deprecated assertion"
    if fields["therapy_name"]:
        return None
    if fields.get("diagnostic") == "1":
        return "diagnostic assertion: it is not about a therapy"
    return "prognostic assertion: it is not about a therapy"


# What it is about


def _profile(fields: dict[str, str], names: Normalizer) -> str:
    read_feature = _FEATURES.get(fields["feature_type"])
    if read_feature is None:
        raise UnknownTerm("feature type", fields["feature_type"], "not one that this loader reads")
    found = read_feature(fields, names)
    parts = [found if isinstance(found, str) else names.biomarker(found)]
    parts += [biomarker for words, biomarker in _CONTEXT.items() if words in fields["context"].casefold()]
    return " AND ".join(parts if len(parts) == 1 else map(_bracketed, parts))


_CONTEXT = {"her2-negative": "HER2:NEG", "triple-negative": "TNBC", "hrd-positive": "HRD:POS"}
"""What the context of an assertion asks of biomarkers beside its own."""


def _variant(fields: dict[str, str], names: Normalizer) -> VariantName:
    """A small variant: its protein change, else its exon with the kind of change, else the kind alone."""
    germline = fields["feature_type"] == "Germline Variant"
    origin = "germline" if germline else "somatic"
    change, annotation = fields["protein_change"], fields["variant_annotation"]
    exon = re.sub(r"/.*", "", fields["exon"])
    types: tuple[str, ...] = (annotation.lower(),) if annotation else ()
    if change:
        return VariantName(fields["gene"], change.removeprefix("p."), types, protein=change, origin=origin)
    if exon and annotation:
        return exon_variant(fields["gene"], exon, annotation, origin)
    if exon and not germline:
        return VariantName(fields["gene"], f"Exon {exon} Mutation", types, origin=origin)
    text = annotation or ("Pathogenic" if germline else "Mutation")
    return VariantName(fields["gene"], text, types, origin=origin)


def exon_variant(gene: str, exon: str, annotation: str, origin: str | None) -> VariantName:
    """A kind of change in an exon; a deletion or splice-site change of MET's exon 14 is one that skips the exon."""
    types: tuple[str, ...] = (annotation.lower(),)
    if (gene, exon) == ("MET", "14") and annotation in {"Deletion", "Splice Site"}:
        return VariantName(gene, "Exon 14 Skipping", types, origin=origin)
    return VariantName(gene, f"Exon {exon} {annotation}", types, origin=origin)


def _copy_number(fields: dict[str, str], names: Normalizer) -> VariantName:
    return VariantName(fields["gene"], fields["direction"], (fields["direction"].lower(),), origin="somatic")


def _rearrangement(fields: dict[str, str], names: Normalizer) -> VariantName:
    first, second = fields["gene1"], fields["gene2"]
    kind, locus = fields["rearrangement_type"] or "Rearrangement", fields["locus"]
    if second:
        return VariantName(first, kind, (kind.lower(),), (first, second), origin="somatic")
    text = f"{kind} {locus}" if locus and first in _IMMUNOGLOBULINS else kind
    return VariantName(first, text, (kind.lower(),), origin="somatic")


_IMMUNOGLOBULINS = {"IGH", "IGK", "IGL"}
"""Genes that many partners are joined to: without the locus, a translocation of one of them says too little."""


def _knockdown(fields: dict[str, str], names: Normalizer) -> VariantName:
    return VariantName(fields["gene"], "Knockdown", ("knockdown",))


def _microsatellites(fields: dict[str, str], names: Normalizer) -> VariantName:
    return VariantName("MSI", fields["status"].removeprefix("MSI-"), origin="somatic")


def _burden(fields: dict[str, str], names: Normalizer) -> VariantName | str:
    """Mutational burden: per megabase, as a number of mutations (never compared with the former), or as a word."""
    if fields["mutations_per_mb"]:
        return burden(fields["mutations_per_mb"], names)
    if fields["minimum_mutations"]:
        number = fields["minimum_mutations"]
        label = f"at least {number} mutations"
        row = _measure(f"MUTATIONS:{number}", label, "number of mutations", number, "mutations")
        return names.add_biomarker(row)
    return VariantName("TMB", fields["classification"], origin="somatic")


def burden(per_megabase: str, names: Normalizer) -> str:
    """The biomarker of a mutational burden of at least so many mutations per megabase."""
    number = per_megabase.removesuffix(".0")
    return names.add_biomarker(
        _measure(f"TMB:H{number}", f"TMB high (>={number} mut/Mb)", "TMB", number, "mutations/Mb")
    )


def _measure(id: str, label: str, marker: str, threshold: str, unit: str) -> Row:
    return Row(
        id=id,
        label=label,
        kind="signature",
        marker=marker,
        operator=">=",
        threshold=threshold,
        unit=unit,
        origin="somatic",
        state="present",
        sources="defined by the name of a variant in a loaded source",
        verified="yes",
    )


def _signature(fields: dict[str, str], names: Normalizer) -> VariantName:
    return VariantName("COSMIC", fields["cosmic_signature"], origin="somatic")


def _aneuploidy(fields: dict[str, str], names: Normalizer) -> VariantName:
    if fields["event"] != "Whole genome doubling":
        raise UnknownTerm("aneuploidy", fields["event"], "not one that this loader reads")
    return VariantName("WGD", fields["event"], origin="somatic")


_FEATURES = {
    "Somatic Variant": _variant,
    "Germline Variant": _variant,
    "Copy Number": _copy_number,
    "Rearrangement": _rearrangement,
    "Knockdown": _knockdown,
    "Microsatellite Stability": _microsatellites,
    "Mutational Burden": _burden,
    "Mutational Signature": _signature,
    "Aneuploidy": _aneuploidy,
}
"""How each type of feature is read."""


def _tumor(fields: dict[str, str], names: Normalizer) -> Placement:
    return placed(fields["disease"] or fields["oncotree_term"], fields["oncotree_code"], "", names)


def placed(disease: str, oncotree: str, ncit: str, names: Normalizer) -> Placement:
    """Where a disease stands: the OncoTree type that the source gives, unless the disease's name contradicts it.

    `Prostate Cancer` with PRAD is an adenocarcinoma, as the source says; `Peritoneal Carcinoma` with PEMESO, a
    mesothelioma, is what its name says.
    """
    by_name = names.tumor(name=disease, oncotree=oncotree, ncit=ncit)
    if names.is_tumor_type(oncotree) and any(names.is_below(oncotree, code) for code in by_name.codes):
        return Placement((oncotree,), True, by_name.profile, by_name.note)
    return by_name


# What it says


def _finding(fields: dict[str, str]) -> Finding:
    """Sensitivity, resistance or an adverse response, supported (1) or not (0); exactly one of them is stated."""
    stated = [
        Finding("supports" if fields.get(column) == "1" else "does not support", significance)
        for column, significance in (
            ("therapy_sensitivity", "sensitivity"),
            ("therapy_resistance", "resistance"),
            ("adverse_event_risk", "adverse response"),
        )
        if fields.get(column) in {"0", "1"}
    ]
    if len(stated) != 1:
        problem = "neither sensitivity nor resistance is stated" if not stated else "several outcomes are stated"
        raise UnknownTerm("outcome", fields["therapy_name"], problem)
    return stated[0]


def _regimens(therapies: str, names: Normalizer) -> list[tuple[str, str]]:
    """Each alternative's regimen and whether it is a combination."""
    found: list[tuple[str, str]] = []
    for alternative in therapies.split(" OR "):
        regimen = names.regimen([names.therapy(name) for name in alternative.split(" + ")])
        found.append((regimen, "combination" if "+" in regimen else "single"))
    return found


def _common(fields: dict[str, str], profile: str, placement: Placement, finding: Finding) -> Row:
    """The columns that every alternative of an assertion has."""
    implication = fields["predictive_implication"]
    if implication not in LEVELS:
        raise UnknownTerm("predictive implication", implication, f"not one of {', '.join(LEVELS)}")
    if placement.profile:
        profile = f"{_bracketed(profile)} AND {_bracketed(placement.profile)}"
    row = Row(
        profile=profile,
        tumor_types=" | ".join(placement.codes),
        tumor_as_stated=" / ".join(filter(None, (fields["disease"], fields["context"]))),
        tumor_placement="" if placement.exact else "broader",
        direction=finding.direction,
        significance=finding.significance,
        level=LEVELS[implication],
        level_source=f"mapped from MOAlmanac {implication}",
        sources=" | ".join(_sources(fields)),
        trials=" | ".join(re.findall(r"NCT\d{8}", fields["nct"])),
        verified="yes",
    )
    if fields["feature_type"] == "Germline Variant":
        row["origin"] = "germline"
    elif fields["feature_type"] in _SOMATIC:
        row["origin"] = "somatic"
    return row


def _bracketed(profile: str) -> str:
    return f"({profile})" if " OR " in profile and not re.fullmatch(r"\([^()]*\)", profile) else profile


def _sources(fields: dict[str, str]) -> Iterator[str]:
    """The publication, then MOAlmanac's own record; guidelines are named by document and address only."""
    if fields["pmid"]:
        yield f"PMID:{fields['pmid']} https://pubmed.ncbi.nlm.nih.gov/{fields['pmid']}/"
    if fields["doi"]:
        yield f"doi:{fields['doi']} https://doi.org/{fields['doi']}"
    yield f"MOAlmanac assertion {fields['assertion_id']}"
    address = fields["url"].replace(" ", "")
    if address and not address.casefold().endswith(f"doi.org/{fields['doi']}".casefold()):
        yield f"{document_label(address)} {address}"


def document_label(address: str) -> str:
    """What a document is called, by its address alone, so that one document has one label everywhere.

    >>> document_label("https://www.accessdata.fda.gov/drugsatfda_docs/label/2021/203341s020lbl.pdf")
    'FDA label (203341s020lbl.pdf)'
    """
    host, _, rest = re.sub(r"^https?://", "", address).partition("/")
    if host == "doi.org":
        return f"doi:{rest}"
    name = rest.rstrip("/").rpartition("/")[2]
    kind = next((kind for kind, pattern in _DOCUMENTS.items() if re.search(pattern, address)), None)
    return f"{kind} ({name})" if kind else host


_DOCUMENTS = {
    "FDA label": r"accessdata\.fda\.gov/.*\.pdf$",
    "EMA EPAR": r"www\.ema\.europa\.eu/.*\.pdf$",
    "Health Canada product monograph": r"pdf\.hres\.ca/",
    "HSE regimen": r"hse\.ie/",
    "HPRA product information": r"hpra\.ie/",
    "NCCN guideline": r"www\.nccn\.org/",
}
"""Regulators' and guidelines' documents, by address."""


def _corrections(record: str, stated: dict[str, str], fields: dict[str, str], names: Normalizer) -> str:
    """What was corrected and why, for the row's note."""
    if fields == stated:
        return ""
    used = [patch for patch in names.patches.get((SOURCE, record), ()) if patch in names.applied]
    return "; ".join(correction(patch) for patch in used)


def correction(patch: Patch) -> str:
    """One applied correction in words."""
    return f"corrected: {patch.field} {patch.stated!r} reads {patch.corrected!r} ({patch.reason})"


def _alternatives(record: str, common: Row, regimens: list[tuple[str, str]], note: str) -> Iterator[Row]:
    """One row for each alternative regimen."""
    for number, (regimen, combination) in enumerate(regimens, start=1):
        row = Row(common)
        row["id"] = record if len(regimens) == 1 else f"{record}.{number}"
        row["regimen"], row["combination"], row["note"] = regimen, combination, note
        yield row
