"""The format of a file, told by its content and never by its name."""

from __future__ import annotations

from pathlib import Path

from matcher.notes import UnusableInput
from matcher.readers import copy_number, fusion, table
from matcher.readers.columns import is_header, located, splitter
from matcher.readers.reading import named
from matcher.readers.source_text import head

FORMATS = ("VCF", "MAF", "table", "copy number", "fusions", "patient file")
"""Every format that `detect` tells apart."""

_YAML_KEYS = ("id", "tumor_type", "samples", "biomarkers", "prior_therapies", "alterations", "jurisdiction", "patient")


def detect(path: Path) -> str:
    """One of FORMATS; UnusableInput when the file is empty, binary, unreadable or of no known format."""
    start = head(path)
    text = start.decode("utf-8", "replace").removeprefix("\ufeff")
    if text.startswith("##fileformat=VCF") or "\n#CHROM\t" in f"\n{text}":
        return "VCF"
    shown = [line for line in text.splitlines() if line.strip()]
    lines = [line for line in shown if not line.startswith("##") and (line[:1] != "#" or is_header(line))]
    if _is_patient_file(text, lines):
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
    raise UnusableInput(
        str(path),
        f"the format is not known{_first_columns(lines)}",
        "give a VCF, a MAF, a table with columns gene and alteration, or a patient file in YAML or JSON",
    )


def _first_columns(lines: list[str]) -> str:
    if not lines or ("\t" not in lines[0] and "," not in lines[0]):
        return ""
    return f" (columns: {named(name.strip()[:30] for name in splitter(lines[0])(lines[0]))})"


def _is_patient_file(text: str, lines: list[str]) -> bool:
    """A JSON object, or a YAML mapping with a key of the patient file at its left margin."""
    if text.lstrip().startswith("{"):
        return True
    # A tab cannot indent YAML, and a table's header has delimiters.
    return any(
        line.split(":")[0].strip("\"' ") in _YAML_KEYS and ":" in line and line[0] not in "\t " for line in lines
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
    maf_columns = {"variant_classification", "hgvsp_short", "hgvsp", "protein_change", "consequence"}
    if {"hugo_symbol", "tumor_sample_barcode"} <= lower and lower & maf_columns:
        return "MAF"
    pairs = (*fusion.ORIENTED, *fusion.UNORIENTED)
    if any(five in lower and three in lower for five, three in pairs) or lower & {
        "fusion",
        "fusionname",
        "fusiongene",
        "fusion_name",
    }:
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
    return "gene" in at and (bool(at.keys() & {"state", "level", "copies", "log2"}) or matrix)
