"""Copy-number tables: states in words, discrete levels, absolute copies, log ratios; by gene, by segment, or a matrix.

Which column decides, when a table has several: the state in words, then the discrete level, then the absolute
number, then the log ratio. Read are cBioPortal's files (https://docs.cbioportal.org/file-formats/), GISTIC's tables by
genes (matcher.readers.gistic), CNVkit's segments (https://cnvkit.readthedocs.io/en/stable/fileformats.html), the
tables by gene of FACETS (https://github.com/mskcc/facets-suite), and any table with a gene and one of these columns.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from kb.alteration import CopyNumberChange, CopyNumberState, Place
from kb.nomenclature.alteration_text import STATES
from matcher.cut_offs import DEFAULT, Thresholds, by_copies, by_log_ratio
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns, gistic
from matcher.readers.reading import Reading, Row, gathered, named

LEVELS = {
    -2: CopyNumberState.HOMOZYGOUS_DELETION,
    -1: CopyNumberState.LOSS,
    0: CopyNumberState.NEUTRAL,
    1: CopyNumberState.GAIN,
    2: CopyNumberState.AMPLIFICATION,
}
"""GISTIC's levels as cBioPortal uses them (https://docs.cbioportal.org/file-formats/#discrete-copy-number-data)."""


NEEDED = {"gene": ("gene", "hugo_symbol", "gene_symbol", "gene symbol", "symbol", "gene_name")}
COLUMNS = {
    **NEEDED,
    "sample": ("sample", "sample_id", "tumor_sample_barcode"),
    "state": ("state", "call", "status", "cna", "alteration", "copy_number_state", "cn_state", "variant_cnv", "type"),
    "level": ("value", "gistic", "discrete", "level", "cna_level"),
    "copies": (
        "copies", "total_cn", "copy_number", "cn", "tcn.em", "tcn", "copynumber", "absolute_copy_number", "cn_total",
    ),
    "log2": (
        "log2", "log2_ratio", "log_ratio", "log2ratio", "logr", "seg_mean", "segment_mean", "median_cnlr_segclust",
        "cnlr.median", "seg.mean", "log_copy_ratio",
    ),
}  # fmt: skip
_VALUES = ("state", "level", "copies", "log2")

SEGMENT = {
    "chromosome": ("chromosome", "chrom", "chr", "segment_contig"),
    "start": ("start", "loc.start", "segment_start", "start_position", "startpos"),
    "end": ("end", "loc.end", "segment_end", "end_position", "endpos"),
}
"""Columns of a segment's coordinates."""

_OF_SEGMENT = frozenset(
    (*COLUMNS["copies"], *COLUMNS["log2"], "nmajor", "nminor", "major_cn", "minor_cn", "allele_1_cn", "allele_2_cn")
)
"""Values of a segment that names no gene: those of the columns above, and copies of each allele."""

_NOT_SAMPLES = frozenset(
    {"entrez_gene_id", "entrez_id", "cytoband", "locus id", "gene id", "gene symbol", "chromosome", "start", "end",
     "chrom"}
)  # fmt: skip
_NO_GENES = frozenset({"-", ".", "Antitarget", "Background", "CGH", ""})
"""What CNVkit writes as the gene of a bin or segment without one (cnvlib.params.IGNORE_GENE_NAMES)."""

# The states of FACETS that say the same at any number of copies.
_MORE_STATES = {
    "hetloss": CopyNumberState.LOSS,
    "amp (loh)": CopyNumberState.AMPLIFICATION,
    "amp (balanced)": CopyNumberState.AMPLIFICATION,
}
_EITHER_DELETION = frozenset({"deletion", "deleted", "del"})
_NOT_CALLED = frozenset({"unclear", "indeterminate", "equivocal"})
_PEEKED = 400
"""Rows of a matrix that are looked at to tell discrete levels from log ratios."""


def read(path: Path, sample: str | None = None, thresholds: Thresholds = DEFAULT) -> Reading:
    """The copy-number table of one sample, long or a matrix of genes by samples.

    Segments that name no gene are one note, and nothing of them is reported.
    """
    notes: list[Note] = []
    reading = gathered("copy number", path, rows(path, notes, thresholds), sample, ("copy number",), notes)
    if is_without_genes(path):
        return replace(reading, notes=(_without_genes(path, reading.rows),), reported=frozenset())
    unclear = unclear_note(reading.alterations, thresholds)
    return reading if unclear is None else replace(reading, notes=(*reading.notes, unclear))


def unclear_note(alterations: tuple[object, ...], thresholds: Thresholds = DEFAULT) -> Note | None:
    """One note on all genes whose log ratio decides no state."""
    found = [one for one in alterations if isinstance(one, CopyNumberChange) and _is_between(one)]
    if not found:
        return None
    genes = named(dict.fromkeys(one.gene for one in found), 5)
    span = f"between {thresholds.deleted_log2:g} and {thresholds.amplified_log2:g}"
    message = f"a log ratio {span} alone decides no state: {len(found)} values are unclear ({genes})"
    return Note(Severity.INFO, found[0].place, message, "add a state column with the laboratory's call")


def _is_between(change: CopyNumberChange) -> bool:
    return change.state is CopyNumberState.UNCLEAR and change.log_ratio is not None


def is_without_genes(path: Path) -> bool:
    """Whether the table's header has segments and no gene."""
    header, _ = columns.header_and_records(path, [])
    return is_segments(header)


def is_segments(header: list[str]) -> bool:
    """Whether these columns are those of segments that name no gene."""
    lower = {name.lower() for name in header}
    return (
        len(columns.located(header, SEGMENT)) == len(SEGMENT)
        and not lower & set(NEEDED["gene"])
        and bool(lower & _OF_SEGMENT)
    )


def _without_genes(path: Path, count: int) -> Note:
    message = f"{count} segments with coordinates only, and no gene: nothing is known of the copy number of any gene"
    remedy = "annotate the segments with genes, or give the caller's table by gene"
    return Note(Severity.WARNING, Place(path.name), message, remedy)


def rows(
    path: Path,
    notes: list[Note] | None = None,
    thresholds: Thresholds = DEFAULT,
    wanted: Container[str] | None = None,
) -> Iterator[Row]:
    """One Row for each data row of a long table, or for each cell of a matrix of genes by samples.

    With `wanted` the other samples' rows are passed over.
    """
    notes = [] if notes is None else notes
    header, records = columns.header_and_records(path, notes)
    if is_segments(header):
        yield from _segments(path, header, records)
        return
    at = columns.located(header, COLUMNS)
    columns.needed(path, header, at, NEEDED)
    if at.keys() & set(_VALUES):
        yield from _long(path, header, at, records, notes, thresholds, wanted)
    else:
        yield from _matrix(path, header, at, records, notes, thresholds, wanted)


def _segments(path: Path, header: list[str], records: columns.Records) -> Iterator[Row]:
    """Segments without genes: each is a note."""
    at = columns.located(header, COLUMNS).get("sample", -1)
    for number, fields in records:
        note = Note(Severity.WARNING, Place(path.name, number), "the segment names no gene", "annotate it with genes")
        yield Row(note.where, (), (note,), columns.value([*fields, ""][at] if at < len(fields) else ""))


def _long(
    path: Path,
    header: list[str],
    at: Mapping[str, int],
    records: columns.Records,
    notes: list[Note],
    thresholds: Thresholds,
    wanted: Container[str] | None,
) -> Iterator[Row]:
    pick, width, order = columns.picker(tuple(COLUMNS), at), len(header), tuple(COLUMNS)
    of_segments = len(columns.located(header, SEGMENT)) == len(SEGMENT)
    if _is_bins(header):
        message = "these are CNVkit's bins before segmentation: no bin alone is a call"
        notes.append(Note(Severity.WARNING, Place(path.name), message, "give the segments (.call.cns or .cns)"))
        thresholds = replace(thresholds, amplified_log2=float("inf"), deleted_log2=float("-inf"))
    for number, fields in records:
        place = Place(path.name, number)
        if len(fields) < width and len(fields) <= at["gene"]:
            yield columns.misfit_row(place, f"{len(fields)} of {width} columns")
            continue
        padded = [*fields[:width], *([""] * (width - len(fields))), ""]
        picked = dict(zip(order, pick(padded), strict=True))
        sample = columns.value(picked["sample"])
        if wanted is None or sample is None or sample in wanted:
            yield _row(place, picked, sample, thresholds, of_segments)


def _is_bins(header: list[str]) -> bool:
    """Whether the columns are those of CNVkit's .cnr: a depth and a weight, and no number of probes."""
    lower = {name.lower() for name in header}
    return {"chromosome", "start", "end", "gene", "log2", "depth"} <= lower and not lower & {"probes", "cn", "n_bins"}


def _matrix(
    path: Path,
    header: list[str],
    at: Mapping[str, int],
    records: columns.Records,
    notes: list[Note],
    thresholds: Thresholds,
    wanted: Container[str] | None,
) -> Iterator[Row]:
    table = Matrix(path, header, at, records, thresholds)
    kept = [(position, name) for position, name in table.samples if wanted is None or name in wanted]
    for line in table.lines():
        if isinstance(line, Row):
            yield line
        else:
            yield from (table.row(line, position, name) for position, name in kept)


class MatrixLine(NamedTuple):
    """One gene of a matrix: the row's number, the symbol, and the fields."""

    number: int
    gene: str
    fields: Sequence[str]


class Matrix:
    """Genes by samples: discrete levels, as cBioPortal's data_cna.txt, or log ratios, as its data_log2_cna.txt.

    `samples` are the columns that name one, each with its position; `is_discrete` tells levels from log ratios.
    UnusableInput when no column names a sample.
    """

    def __init__(
        self,
        path: Path,
        header: list[str],
        at: Mapping[str, int],
        records: columns.Records,
        thresholds: Thresholds = DEFAULT,
    ) -> None:
        kept = [n for n, name in enumerate(header) if n != at["gene"] and name.lower() not in _NOT_SAMPLES and name]
        if not kept:
            raise UnusableInput(
                str(path), "no column state, copy_number or log2", f"add one; the columns found are: {named(header)}"
            )
        self.samples = tuple((position, header[position]) for position in kept)
        first = list(islice(records, _PEEKED))
        self._records = chain(first, records)
        self._unit = "level" if _are_levels(first, kept) else "log2"
        self.is_discrete = self._unit == "level"
        self._from_gistic = self._unit == "log2" and gistic.is_by_genes(header)
        self._file, self._width, self._gene_at, self._thresholds = path.name, len(header), at["gene"], thresholds

    def lines(self) -> Iterator[MatrixLine | Row]:
        """The genes, and a Row with its note for a line that cannot be read."""
        for number, fields in self._records:
            fault = columns.misfit(fields, self._width)
            if fault is not None:
                yield columns.misfit_row(Place(self._file, number), fault)
            else:
                # GISTIC writes the genes that share a symbol as `CDKN2A|chr9`.
                yield MatrixLine(number, fields[self._gene_at].partition("|")[0], fields)

    def row(self, line: MatrixLine, position: int, sample: str) -> Row:
        """What a gene's line says of the sample in the column of this position."""
        text = line.fields[position]
        text = gistic.log_ratio(text) if self._from_gistic else text
        place = Place(self._file, line.number)
        return _row(place, {"gene": line.gene, self._unit: text}, sample, self._thresholds)


def matrix(path: Path, notes: list[Note]) -> Matrix | None:
    """The file as a matrix of genes by samples, None when its rows are of one gene of one sample, or of a segment."""
    header, records = columns.header_and_records(path, notes)
    at = columns.located(header, COLUMNS)
    if is_segments(header) or at.keys() & set(_VALUES):
        return None
    columns.needed(path, header, at, NEEDED)
    return Matrix(path, header, at, records)


def is_discrete(path: Path) -> bool:
    """Whether the table gives states, levels or copies, and not log ratios or coordinates alone."""
    header, records = columns.header_and_records(path, [])
    at = columns.located(header, COLUMNS)
    if is_segments(header) or "gene" not in at:
        return False
    if at.keys() & set(_VALUES):
        return bool(at.keys() & {"state", "level", "copies"})
    kept = [n for n, name in enumerate(header) if n != at["gene"] and name.lower() not in _NOT_SAMPLES and name]
    return _are_levels(list(islice(records, _PEEKED)), kept)


def first_fraction(path: Path) -> tuple[int, str, str] | None:
    """Row, column and text of the first cell of a matrix of genes by samples that is no level; None without one."""
    header, records = columns.header_and_records(path, [])
    at = columns.located(header, COLUMNS)
    if "gene" not in at or at.keys() & set(_VALUES):
        return None
    kept = [n for n, name in enumerate(header) if n != at["gene"] and name.lower() not in _NOT_SAMPLES and name]
    cells = ((number, n, fields[n]) for number, fields in records for n in kept if n < len(fields))
    return next(((number, header[n], text) for number, n, text in cells if _is_fraction(columns.decimal(text))), None)


def _are_levels(records: Iterable[tuple[int, list[str]]], kept: list[int]) -> bool:
    """Whether the cells are levels: all of them, or at least four fifths of those that are not 0, and none beyond 2.

    A stray fraction among levels is a fault of its cell. Log ratios are whole numbers by chance alone.
    """
    levels = fractions = beyond = 0
    for _, fields in records:
        for n in kept:
            number = columns.decimal(fields[n]) if n < len(fields) else None
            if not number:
                continue
            beyond += abs(number) > 2
            if _is_fraction(number):
                fractions += 1
            else:
                levels += 1
    return not fractions or (not beyond and levels >= 4 * fractions)


def _is_fraction(number: float | None) -> bool:
    """Whether a value is no whole number; -1.5 is one of the levels."""
    return number is not None and number not in (int(number), -1.5)


def _row(
    place: Place, picked: Mapping[str, str], sample: str | None, thresholds: Thresholds, of_segments: bool = False
) -> Row:
    """The Row of one gene, or of the genes of one segment, in one sample."""
    text = columns.value(picked["gene"])
    genes = _genes(text) if of_segments and text is not None else [text] if text else []
    if not genes:
        note = _no_gene(place, of_segments)
        return Row(place, (), (note,), sample)
    copies, ratio = columns.decimal(picked.get("copies", "")), columns.decimal(picked.get("log2", ""))
    # Some tables write the state into the column that others use for the number.
    word = picked.get("state", "") or ("" if copies is not None else picked.get("copies", ""))
    state, doubt = called(word, picked.get("level", ""), copies, ratio, thresholds)
    unread = columns.value(picked.get("log2", "")) if ratio is None else None
    if state is None and unread is not None and (copies is None or copies >= 0):
        state, doubt = CopyNumberState.UNCLEAR, (f"unreadable log ratio {unread!r}", "write a number such as 2.5")
    notes: tuple[Note, ...] = ()
    if doubt is not None:
        message = f"no copy-number state for {named(genes, 3)}: {doubt[0]}"
        notes = (Note(Severity.WARNING, place, message, doubt[1]),)
    if state is None:
        return Row(place, (), notes, sample)
    return Row(
        place, tuple(CopyNumberChange(gene, state, place, copies, ratio, sample) for gene in genes), notes, sample
    )


def _genes(text: str) -> list[str]:
    """The genes of a segment, each once: CNVkit joins them by commas."""
    return list(dict.fromkeys(gene for part in text.split(",") if (gene := part.strip()) not in _NO_GENES))


def _no_gene(place: Place, of_segments: bool) -> Note:
    if of_segments:
        return Note(Severity.INFO, place, "the segment names no gene", "nothing to do if no gene lies in it")
    return Note(Severity.ERROR, place, "the row names no gene", "fill it in, or take the row out")


def called(
    state: str, level: str, copies: float | None, log_ratio: float | None, thresholds: Thresholds = DEFAULT
) -> tuple[CopyNumberState | None, tuple[str, str] | None]:
    """The state that the values give, None when they give no value; and what is doubtful, with the remedy.

    A value that decides no state makes the gene unclear: it was measured, and is not unchanged.

    >>> [called(*values)[0].value for values in (("", "-2", None, None), ("amp", "", 3.0, None), ("", "", None, 0.7))]
    ['homozygous deletion', 'amplification', 'unclear']
    """
    word = columns.value(state)
    if word is not None:
        return _by_word(word, copies)
    stated = columns.value(level)
    if stated is not None:
        found = _level(stated)
        doubt = None if found else (f"unknown level {stated!r}", "write -2, -1, 0, 1 or 2")
        return found or CopyNumberState.UNCLEAR, doubt
    if copies is not None and copies < 0:
        return None, (f"{copies:g} copies", "write a number of copies from 0")
    if copies is not None:
        return by_copies(copies, thresholds), None
    if log_ratio is not None:
        return by_log_ratio(log_ratio, thresholds), None
    return None, ("the row gives no value", "give a state, a number of copies or a log ratio")


def _by_word(word: str, copies: float | None) -> tuple[CopyNumberState | None, tuple[str, str] | None]:
    """The state that a word names, else an unclear one with the reason."""
    plain = " ".join(word.lower().replace("_", " ").split())
    found = STATES.get(plain) or _MORE_STATES.get(plain) or _level(word)
    if found is not None:
        return found, None
    if plain in _NOT_CALLED:
        return CopyNumberState.UNCLEAR, None
    if plain in _EITHER_DELETION:
        message = f"{word!r} may be of one or of both copies"
        return CopyNumberState.UNCLEAR, (message, "write homozygous deletion or loss")
    number = "" if copies is None else f" (with {copies:g} copies)"
    remedy = "write amplification, gain, neutral, loss or homozygous deletion"
    return CopyNumberState.UNCLEAR, (f"unknown state {word!r}{number}", remedy)


def _level(text: str) -> CopyNumberState | None:
    number = columns.decimal(text)
    # -1.5 is cBioPortal's level for a homozygous deletion that spans part of a gene.
    if number == -1.5:
        return CopyNumberState.HOMOZYGOUS_DELETION
    return LEVELS.get(int(number)) if number is not None and number == int(number) else None
