"""A plain table of alterations: a column with the gene, one with the alteration as a report writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Origin, Place, SmallVariant
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
    return replace(reading, reported=frozenset(kind for kind in map(kind_of, reading.alterations) if kind))


def kind_of(alteration: Alteration) -> str | None:
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
        found = _alterations(text, gene, place, sample)
    except UnreadableAlteration as unreadable:
        note = Note(Severity.ERROR, place, f"unreadable alteration {text!r} of {gene}", unreadable.remedy)
        return Row(place, (), (note,), sample)
    notes: list[Note] = []
    if len(found) > 1 and (given := [name for name in _OF_ONE if columns.value(picked[name])]):
        message = f"{', '.join(given)} of several alterations in one cell: left out"
        notes.append(Note(Severity.WARNING, place, message, "give each alteration a row of its own"))
        picked = {**picked, **dict.fromkeys(given, "")}
    alterations = tuple(
        _small_variant(one, picked, stated_by, notes) if isinstance(one, SmallVariant) else one for one in found
    )
    return Row(place, alterations, tuple(notes), sample)


_OF_ONE = ("vaf", "depth", "coding", "exon", "transcript", "zygosity", "significance")
"""Columns that speak of one small variant."""


def _alterations(text: str, gene: str, place: Place, sample: str | None) -> tuple[Alteration, ...]:
    """What the cell says of the row's gene: one name, or a free text that may repeat the gene and tell more."""
    try:
        return (alteration_text.parse(text, gene, place, sample),)
    except UnreadableAlteration as unreadable:
        from kb.nomenclature.free_text import parse_all  # most cells hold a name and do not pay for it

        repeated = re.match(rf"{re.escape(gene)}(?![A-Za-z0-9])", text, re.IGNORECASE) is not None
        try:
            found = parse_all(text if repeated else f"{gene} {text}", place)
        except UnreadableAlteration as error:
            given = error.remedy != error.default_remedy and unreadable.remedy == unreadable.default_remedy
            raise UnreadableAlteration(text, error.remedy if given else unreadable.remedy) from unreadable
        if not all(_is_of(gene, one) for one in found):
            raise UnreadableAlteration(text, f"it names more than the gene {gene} of its row") from unreadable
        return tuple(replace(one, sample=sample) for one in found)


def _is_of(gene: str, alteration: Alteration) -> bool:
    """Whether the alteration, or the marker by the beginning of its name, is of the gene."""
    if isinstance(alteration, MarkerValue):
        return alteration.marker.upper().startswith(gene.upper())
    genes = alteration.genes if isinstance(alteration, Fusion) else (alteration.gene,)
    return gene.upper() in {each.upper() for each in genes}


def _small_variant(found: SmallVariant, picked: dict[str, str], stated_by: str, notes: list[Note]) -> SmallVariant:
    """A small variant with what the other columns say of it; words that are not known become notes."""
    word = _word(found, picked["significance"], stated_by, notes)
    variant = replace(
        found,
        vaf=found.vaf if columns.value(picked["vaf"]) is None else columns.fraction(picked["vaf"]),
        depth=found.depth if columns.value(picked["depth"]) is None else columns.count(picked["depth"]),
        origin=_origin(found, picked["origin"], notes),
        significance=word or found.significance,
        significance_source=stated_by if word else found.significance_source,
        zygosity=columns.value(picked["zygosity"]) or found.zygosity,
        coding=found.coding or columns.value(picked["coding"]),
        exon=found.exon or columns.whole(picked["exon"].partition("/")[0]),
        transcript=columns.value(picked["transcript"]) or found.transcript,
    )
    if variant.vaf == 0:
        notes.append(columns.no_read_note(found.place, found.gene))
        variant = replace(variant, filtered=columns.NO_READ)
    if columns.value(picked["vaf"]) and variant.vaf is None:
        notes.append(columns.unread_note(found.place, "allele fraction", picked["vaf"], columns.FRACTION_REMEDY))
    if columns.value(picked["depth"]) and variant.depth is None:
        notes.append(columns.unread_note(found.place, "depth", picked["depth"], columns.COUNT_REMEDY))
    return variant


def _origin(found: SmallVariant, text: str, notes: list[Note]) -> Origin:
    if text.strip().lower() in _NOT_STATED:
        return found.origin
    origin = _ORIGINS.get(text.strip().lower())
    if origin is None:
        message = f"unknown origin {text!r}: left open"
        notes.append(Note(Severity.WARNING, found.place, message, "write somatic or germline"))
    elif found.origin not in (Origin.UNKNOWN, origin):
        message = f"origin {text!r} contradicts the alteration's own: left open"
        notes.append(Note(Severity.WARNING, found.place, message, "correct one of the two"))
        return Origin.UNKNOWN
    return origin or Origin.UNKNOWN


def _word(found: SmallVariant, text: str, stated_by: str, notes: list[Note]) -> str | None:
    if text.strip().lower() in _NOT_STATED - {"unknown"}:
        return None
    word = significance.parse(text)
    if word is None:
        message = f"unknown {stated_by} {text!r}: left out"
        notes.append(Note(Severity.WARNING, found.place, message, f"use one of {', '.join(significance.WORDS)}"))
    return word
