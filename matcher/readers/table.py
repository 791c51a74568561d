"""A plain table of alterations: a column with the gene, one with the alteration as a report writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kb.alteration import Alteration, CopyNumberChange, Fusion, Origin, Place, SmallVariant
from kb.nomenclature import alteration_text, significance
from kb.nomenclature.errors import UnreadableAlteration
from matcher.notes import Note, Severity
from matcher.readers import columns
from matcher.readers.reading import Reading, Row, gathered

NEEDED = {
    "gene": ("gene", "hugo_symbol", "gene_symbol", "symbol", "gene_name"),
    "alteration": (
        "alteration",
        "variant",
        "mutation",
        "protein_change",
        "hgvsp_short",
        "hgvsp",
        "aa_change",
        "amino_acid_change",
        "change",
    ),
}
"""The two columns that make a table of alterations, in lower case, the preferred name first."""

COLUMNS = {
    **NEEDED,
    "sample": ("sample", "sample_id", "tumor_sample_barcode"),
    "vaf": ("vaf", "allele_fraction", "allele_frequency", "variant_allele_frequency", "t_vaf"),
    "origin": ("origin", "mutation_status", "variant_origin"),
    "significance": ("significance", "oncogenic", "classification", "clinvar", "pathogenicity", "clin_sig"),
    "zygosity": ("zygosity", "zygosity_status"),
    "coding": ("coding", "hgvsc", "cdna_change", "coding_change"),
    "exon": ("exon", "exon_number"),
    "depth": ("depth", "t_depth", "dp"),
    "transcript": ("transcript", "transcript_id"),
}

_ORDER = tuple(COLUMNS)
_ORIGINS = {
    "somatic": Origin.SOMATIC,
    "tumor": Origin.SOMATIC,
    "germline": Origin.GERMLINE,
    "inherited": Origin.GERMLINE,
    "constitutional": Origin.GERMLINE,
}
_NOT_STATED = frozenset({"", "unknown", "na", "n/a", ".", "-", "none", "not stated"})


def read(path: Path, sample: str | None = None) -> Reading:
    """The table's rows of one sample; `reported` are the kinds of alteration that it lists."""
    notes: list[Note] = []
    reading = gathered("table", path, rows(path, notes), sample, (), notes)
    return replace(reading, reported=frozenset(kind for kind in map(_kind, reading.alterations) if kind))


def _kind(alteration: Alteration) -> str | None:
    """The kind of result that one listed alteration shows was reported."""
    if isinstance(alteration, SmallVariant):
        return "small variant"
    if isinstance(alteration, CopyNumberChange):
        return "copy number"
    return "fusion" if isinstance(alteration, Fusion) else None


def rows(path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
    """One Row for each data row of the table; UnusableInput when it has no gene or no alteration column."""
    notes = [] if notes is None else notes
    header, records = columns.header_and_records(path, notes)
    at = columns.located(header, COLUMNS)
    columns.needed(path, header, at, NEEDED)
    pick, width, file = columns.picker(_ORDER, at), len(header), path.name
    stated_by = header[at["significance"]] if "significance" in at else "significance"
    for number, fields in records:
        place = Place(file, number)
        if (fault := columns.misfit(fields, width)) is not None and len(fields) <= max(at["gene"], at["alteration"]):
            yield columns.misfit_row(place, fault)
            continue
        # Spreadsheets leave out empty cells at the end of a row.
        padded = [*fields[:width], *([""] * (width - len(fields))), ""]
        yield row_of(place, dict(zip(_ORDER, pick(padded), strict=True)), stated_by)


def row_of(place: Place, picked: dict[str, str], stated_by: str) -> Row:
    """The Row of one record; `picked` has every key of COLUMNS, and `stated_by` names the significance's column."""
    sample, gene = columns.value(picked["sample"]), columns.value(picked["gene"]) or ""
    text = picked["alteration"].strip()
    if columns.value(text) is None or not gene:
        missing = "alteration" if gene else "gene"
        note = Note(Severity.ERROR, place, f"the row names no {missing}", "fill it in, or take the row out")
        return Row(place, (), (note,), sample)
    try:
        found = alteration_text.parse(text, gene, place, sample)
    except UnreadableAlteration as unreadable:
        note = Note(Severity.ERROR, place, f"unreadable alteration {text!r} of {gene}", unreadable.remedy)
        return Row(place, (), (note,), sample)
    if not isinstance(found, SmallVariant):
        return Row(place, (found,), (), sample)
    return _small_variant(found, picked, stated_by)


def _small_variant(found: SmallVariant, picked: dict[str, str], stated_by: str) -> Row:
    """A small variant with what the other columns say of it; words that are not known become notes."""
    notes: list[Note] = []
    word = _word(found, picked["significance"], stated_by, notes)
    variant = replace(
        found,
        vaf=columns.fraction(picked["vaf"]),
        depth=columns.whole(picked["depth"]),
        origin=_origin(found.place, picked["origin"], notes),
        significance=word or found.significance,
        significance_source=stated_by if word else found.significance_source,
        zygosity=columns.value(picked["zygosity"]),
        coding=found.coding or columns.value(picked["coding"]),
        exon=found.exon or columns.whole(picked["exon"].partition("/")[0]),
        transcript=columns.value(picked["transcript"]),
    )
    if columns.value(picked["vaf"]) and variant.vaf is None:
        message = f"unreadable allele fraction {picked['vaf']!r}: left out"
        notes.append(Note(Severity.WARNING, found.place, message, "write a fraction such as 0.23"))
    return Row(found.place, (variant,), tuple(notes), found.sample)


def _origin(place: Place, text: str, notes: list[Note]) -> Origin:
    if text.strip().lower() in _NOT_STATED:
        return Origin.UNKNOWN
    origin = _ORIGINS.get(text.strip().lower())
    if origin is None:
        notes.append(Note(Severity.WARNING, place, f"unknown origin {text!r}: left open", "write somatic or germline"))
    return origin or Origin.UNKNOWN


def _word(found: SmallVariant, text: str, stated_by: str, notes: list[Note]) -> str | None:
    if text.strip().lower() in _NOT_STATED - {"unknown"}:
        return None
    word = significance.parse(text)
    if word is None:
        message = f"unknown {stated_by} {text!r}: left out"
        notes.append(Note(Severity.WARNING, found.place, message, f"use one of {', '.join(significance.WORDS)}"))
    return word
