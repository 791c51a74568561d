"""The format of a file, told by its content and never by its name."""

from __future__ import annotations

import re
from pathlib import Path

from matcher.notes import UnusableInput
from matcher.readers import copy_number, fusion, gistic, table
from matcher.readers.columns import is_header, located, splitter
from matcher.readers.reading import named
from matcher.readers.source_text import HEAD_BYTES, head, opened, text_of

FORMATS = (
    "VCF", "MAF", "table", "copy number", "fusions", "list", "ANNOVAR", "patient file", "cBioPortal study",
    "phenopacket", "FHIR document", "DNPM MTB file",
)  # fmt: skip
"""Every format that `detect` tells apart."""

_YAML_KEYS = ("id", "tumor_type", "samples", "biomarkers", "prior_therapies", "alterations", "jurisdiction", "patient")

_DOCUMENT_KEYS = {
    "patient file": frozenset({"tumor_type"}),
    "FHIR document": frozenset({"resourceType"}),
    "phenopacket": frozenset({
        "subject", "metaData", "meta_data", "phenotypicFeatures", "phenotypic_features", "biosamples",
        "interpretations", "medicalActions", "medical_actions", "measurements", "diseases", "proband", "relatives",
        "pedigree", "phenopacket",
    }),
    "DNPM MTB file": frozenset({
        "episodesOfCare", "diagnoses", "guidelineTherapies", "guidelineProcedures", "performanceStatus", "specimens",
        "priorDiagnosticReports", "histologyReports", "ihcReports", "msiFindings", "ngsReports", "carePlans",
        "followUps", "claims", "claimResponses", "systemicTherapies", "responses", "familyMemberHistories",
    }),
}  # fmt: skip
"""Keys of the outermost level that one format of a document has and the others lack, in the order of their weight."""


def detect(path: Path) -> str:
    """One of FORMATS; UnusableInput when the file is empty, binary, unreadable or of no known format.

    A folder is a study when its files are those of one, whatever their names.
    """
    if path.is_dir():
        from matcher.readers import study_folder  # only a folder pays for it

        if study_folder.is_study(path):
            return "cBioPortal study"
    start = head(path)
    text = text_of(start).removeprefix("\ufeff")
    if text.startswith("##fileformat=VCF") or "\n#CHROM\t" in f"\n{text}":
        return "VCF"
    if text.lstrip().startswith(("{", "[")):
        return _json_format(path, text, is_whole=len(start) < HEAD_BYTES)
    shown = [line for line in text.splitlines() if line.strip()]
    _refuse_shorthand(path, shown)
    form = _document_format(_margin_keys(shown))
    if form is not None:
        return form
    lines = [line for line in shown if not line.startswith("##") and (line[:1] != "#" or is_header(line))]
    if _is_patient_file(lines):
        return "patient file"
    if text.startswith("##") and _is_bare_vcf(lines):
        return "VCF"
    form = _table_format(lines[0]) if lines else None
    if form is not None:
        return form
    if _is_bare_vcf(lines):
        return "VCF"
    if any(line.startswith("assay:") for line in lines):
        raise UnusableInput(str(path), "it describes an assay, not a patient", "name it with --assay, beside a patient")
    if _is_list(shown):
        return "list"
    raise UnusableInput(
        str(path),
        f"the format is not known{_first_columns(lines)}",
        "give a VCF, a MAF, a table with columns gene and alteration, a list with one alteration a line (BRAF V600E), "
        "or a patient file in YAML or JSON",
    )


def _json_format(path: Path, start: str, is_whole: bool) -> str:
    """The format of a JSON object; its keys decide, which may be sorted so that the telling one comes last."""
    if start.lstrip().startswith("["):
        raise UnusableInput(str(path), "it is a JSON list, not one document", "give one patient per file")
    keys, is_one = _top_keys(start)
    form = _document_format(keys)
    if form is None and is_one and not is_whole:
        with opened(path) as stream:
            keys, is_one = _top_keys(stream.read().decode("utf-8", "replace"))
        form = _document_format(keys)
    if not is_one:
        raise UnusableInput(str(path), "several JSON documents in one file", "give one patient per file")
    return form or "patient file"


def _top_keys(text: str) -> tuple[set[str], bool]:
    """The keys of the outermost level of a JSON text, cut short or not, and whether nothing stands behind it.

    >>> sorted(_top_keys('{"id": "a", "subject": {"id": 1}, "n": [{"x": 2}')[0])
    ['id', 'n', 'subject']
    """
    keys: set[str] = set()
    depth, last, is_over = 0, "", False
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]', text):
        token = found[0]
        if is_over:
            return keys, False
        if token in "{[":
            depth += 1
        elif token in "}]":
            depth -= 1
            is_over = depth == 0
        elif token == ":":
            if depth == 1 and last:
                keys.add(last)
        else:
            last = token[1:-1]
    return keys, True


def _margin_keys(lines: list[str]) -> set[str]:
    """The keys at the left margin of a YAML text."""
    found = (re.match(r"[\"']?([A-Za-z_]+)[\"']?\s*:(?:\s|$)", line) for line in lines if ":" in line)
    return {match[1] for match in found if match}


def _document_format(keys: set[str]) -> str | None:
    return next((form for form, own in _DOCUMENT_KEYS.items() if keys & own), None)


def _refuse_shorthand(path: Path, lines: list[str]) -> None:
    """UnusableInput for FHIR Shorthand, the text that FHIR's guides write their examples in."""
    starts = {line.partition(":")[0] for line in lines if line[0].isalpha()}
    if starts & {"Instance", "Profile", "CodeSystem", "ValueSet"} and starts & {"InstanceOf", "Parent", "Id", "Title"}:
        remedy = "give the JSON that SUSHI makes of it"
        raise UnusableInput(str(path), "it is FHIR Shorthand (FSH), the source of an example", remedy)


def _is_list(shown: list[str]) -> bool:
    from matcher.readers import alteration_list  # a file of another format is known before this

    return alteration_list.is_list(shown)


def _first_columns(lines: list[str]) -> str:
    if not lines or ("\t" not in lines[0] and "," not in lines[0]):
        return ""
    return f" (columns: {named(name.strip()[:30] for name in splitter(lines[0])(lines[0]))})"


def _is_patient_file(lines: list[str]) -> bool:
    """A YAML mapping with a key of the patient file at its left margin."""
    # A tab cannot indent YAML, and a table's header has delimiters.
    return any(
        ":" in line and line[0] not in "\t " and line.split(":")[0].strip("\"' ") in _YAML_KEYS for line in lines
    )


def _is_bare_vcf(lines: list[str]) -> bool:
    """Rows of a VCF that lost its header: eight columns or more, a position in the second, alleles in the fourth."""
    for line in lines[:1]:
        fields = line.split("\t")
        if len(fields) >= 8 and fields[1].isdigit() and fields[3] and not fields[3].strip("ACGTNacgtn"):
            return True
    return False


def _table_format(header_line: str) -> str | None:
    """The kind of table that a header names."""
    header = [name.strip().strip('"') for name in splitter(header_line)(header_line.removeprefix("#"))]
    lower = {name.lower() for name in header}
    if any(name.startswith(("aachange.", "func.")) for name in lower):
        from matcher.readers import annovar

        if annovar.is_header(header):
            return "ANNOVAR"
    maf_columns = {"variant_classification", "hgvsp_short", "hgvsp", "protein_change", "consequence"}
    if {"hugo_symbol", "tumor_sample_barcode"} <= lower and lower & maf_columns:
        return "MAF"
    pairs = (*fusion.ORIENTED, *fusion.UNORIENTED)
    # MOAlmanac's results put every kind of alteration, with the genes of fusions, into one table.
    is_mixed = "feature_type" in lower
    if not is_mixed and (any(five in lower and three in lower for five, three in pairs) or lower & set(fusion.NAMES)):
        return "fusions"
    if "hugo_symbol" in lower and "variant_classification" in lower:
        return "MAF"
    at = located(header, table.NEEDED)
    if {"gene", "alteration"} <= at.keys():
        return "table"
    if _is_copy_number(header):
        return "copy number"
    # Its reader says which column is missing.
    return "MAF" if {"hugo_symbol", "tumor_sample_barcode"} <= lower else None


def _is_copy_number(header: list[str]) -> bool:
    at = located(header, copy_number.COLUMNS)
    matrix = (
        len(header) > 1
        and header[0].lower() == "hugo_symbol"
        and "tumor_sample_barcode" not in {n.lower() for n in header}
    )
    if gistic.is_by_genes(header) or copy_number.is_segments(header):
        return True
    return "gene" in at and (bool(at.keys() & {"state", "level", "copies", "log2"}) or matrix)
