"""Copy-number tables: states in words, cBioPortal's discrete levels, absolute copies, or log ratios.

Which column decides, when a table has several: the state in words, then the discrete level, then the absolute
number, then the log ratio.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kb.alteration import CopyNumberChange, CopyNumberState, Place
from kb.nomenclature.alteration_text import STATES
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns
from matcher.readers.reading import Reading, Row, gathered, named

LEVELS = {
    -2: CopyNumberState.HOMOZYGOUS_DELETION,
    -1: CopyNumberState.LOSS,
    0: CopyNumberState.NEUTRAL,
    1: CopyNumberState.GAIN,
    2: CopyNumberState.AMPLIFICATION,
}
"""GISTIC's levels as cBioPortal uses them (https://docs.cbioportal.org/file-formats/#discrete-copy-number-data)."""

AMPLIFIED_FROM_COPIES = 6.0
"""Absolute copies from which a gene is called amplified.

A convention, not a standard: laboratories and trials use cut-offs from 5 to 10, and some relate it to the ploidy.
A `state` column is taken as it stands and is the way to apply another cut-off.
"""

AMPLIFIED_FROM_LOG2 = 2.0
DELETED_BELOW_LOG2 = -2.0
"""Log2 ratios that are called when a table gives nothing else: four times, or a quarter of, the normal signal.

No cut-off is certain, because the ratio depends on tumor purity. These call what stays true at any purity (a ratio
of 2 means at least 8 copies) and leave everything between them as a note.
"""

NEEDED = {"gene": ("gene", "hugo_symbol", "gene_symbol", "symbol", "gene_name")}
COLUMNS = {
    **NEEDED,
    "sample": ("sample", "sample_id", "tumor_sample_barcode"),
    "state": ("state", "call", "status", "cna", "alteration", "copy_number_state", "type"),
    "level": ("value", "gistic", "discrete", "level", "cna_level"),
    "copies": ("copies", "total_cn", "copy_number", "cn", "tcn", "copynumber", "absolute_copy_number"),
    "log2": ("log2", "log2_ratio", "log_ratio", "log2ratio", "logr", "seg_mean", "segment_mean"),
}
_NOT_SAMPLES = frozenset(
    {"entrez_gene_id", "entrez_id", "cytoband", "locus id", "gene symbol", "chromosome", "start", "end", "chrom"}
)


def read(path: Path, sample: str | None = None) -> Reading:
    """The copy-number table of one sample, long or a matrix of genes by samples."""
    notes: list[Note] = []
    return gathered("copy number", path, rows(path, notes), sample, ("copy number",), notes)


def rows(path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
    """One Row for each data row of a long table, or for each cell of a matrix of genes by samples."""
    notes = [] if notes is None else notes
    header, records = columns.header_and_records(path, notes)
    at = columns.located(header, COLUMNS)
    columns.needed(path, header, at, NEEDED)
    if at.keys() & {"state", "level", "copies", "log2"}:
        yield from _long(path, header, at, records)
    else:
        yield from _matrix(path, header, at, records)


def _long(path: Path, header: list[str], at: Mapping[str, int], records: columns.Records) -> Iterator[Row]:
    pick, width, order = columns.picker(tuple(COLUMNS), at), len(header), tuple(COLUMNS)
    for number, fields in records:
        place = Place(path.name, number)
        if len(fields) < width and len(fields) <= at["gene"]:
            yield columns.misfit_row(place, f"{len(fields)} of {width} columns")
            continue
        padded = [*fields[:width], *([""] * (width - len(fields))), ""]
        picked = dict(zip(order, pick(padded), strict=True))
        yield _row(place, picked, columns.value(picked["sample"]))


def _matrix(path: Path, header: list[str], at: Mapping[str, int], records: columns.Records) -> Iterator[Row]:
    """Genes by samples with discrete levels, as cBioPortal's data_cna.txt."""
    kept = [n for n, name in enumerate(header) if n != at["gene"] and name.lower() not in _NOT_SAMPLES and name]
    if not kept:
        raise UnusableInput(
            str(path), "no column state, copy_number or log2", f"add one; the columns found are: {named(header)}"
        )
    for number, fields in records:
        place = Place(path.name, number)
        fault = columns.misfit(fields, len(header))
        if fault is not None:
            yield columns.misfit_row(place, fault)
            continue
        for position in kept:
            yield _row(place, {"gene": fields[at["gene"]], "level": fields[position]}, header[position])


def _row(place: Place, picked: Mapping[str, str], sample: str | None) -> Row:
    """The Row of one gene in one sample."""
    gene = columns.value(picked["gene"])
    if gene is None:
        note = Note(Severity.ERROR, place, "the row names no gene", "fill it in, or take the row out")
        return Row(place, (), (note,), sample)
    copies, ratio = columns.decimal(picked.get("copies", "")), columns.decimal(picked.get("log2", ""))
    # Some tables write the state into the column that others use for the number.
    word = picked.get("state", "") or ("" if copies is not None else picked.get("copies", ""))
    state = called(word, picked.get("level", ""), copies, ratio)
    if isinstance(state, CopyNumberState):
        return Row(place, (CopyNumberChange(gene, state, place, copies, ratio, sample),), (), sample)
    severity = Severity.INFO if ratio is not None else Severity.WARNING
    message, remedy = state
    return Row(place, (), (Note(severity, place, f"no copy-number state for {gene}: {message}", remedy),), sample)


def called(state: str, level: str, copies: float | None, log_ratio: float | None) -> CopyNumberState | tuple[str, str]:
    """The state that the values give, or the reason and the remedy when they give none.

    >>> called("", "-2", None, None).value, called("amp", "", 3.0, None).value, called("", "", 6.0, None).value
    ('homozygous deletion', 'amplification', 'amplification')
    """
    word = columns.value(state)
    if word is not None:
        found = STATES.get(" ".join(word.lower().replace("_", " ").split())) or _level(word)
        return found or (f"unknown state {word!r}", "write amplification, gain, neutral, loss or homozygous deletion")
    stated = columns.value(level)
    if stated is not None:
        return _level(stated) or (f"unknown level {stated!r}", "write -2, -1, 0, 1 or 2")
    if copies is not None:
        return by_copies(copies) if copies >= 0 else (f"{copies:g} copies", "write a number of copies from 0")
    if log_ratio is not None:
        return _by_log_ratio(log_ratio)
    return "the row gives no value", "give a state, a number of copies or a log ratio"


def _level(text: str) -> CopyNumberState | None:
    number = columns.decimal(text)
    # -1.5 is cBioPortal's level for a homozygous deletion that spans part of a gene.
    if number == -1.5:
        return CopyNumberState.HOMOZYGOUS_DELETION
    return LEVELS.get(int(number)) if number is not None and number == int(number) else None


def by_copies(copies: float) -> CopyNumberState:
    """The state of an absolute, whole-tumor copy number; fractions are rounded to the nearest whole number.

    >>> [by_copies(n).value for n in (0, 1, 2, 3, 5, 6)]
    ['homozygous deletion', 'loss', 'neutral', 'gain', 'gain', 'amplification']
    """
    if copies >= AMPLIFIED_FROM_COPIES:
        return CopyNumberState.AMPLIFICATION
    whole = int(copies + 0.5)
    if whole <= 1:
        return CopyNumberState.LOSS if whole else CopyNumberState.HOMOZYGOUS_DELETION
    return CopyNumberState.NEUTRAL if whole == 2 else CopyNumberState.GAIN


def _by_log_ratio(ratio: float) -> CopyNumberState | tuple[str, str]:
    if ratio >= AMPLIFIED_FROM_LOG2:
        return CopyNumberState.AMPLIFICATION
    if ratio <= DELETED_BELOW_LOG2:
        return CopyNumberState.HOMOZYGOUS_DELETION
    return (
        f"a log ratio of {ratio:g} alone decides none (between {DELETED_BELOW_LOG2:g} and {AMPLIFIED_FROM_LOG2:g})",
        "add a state column with the laboratory's call",
    )
