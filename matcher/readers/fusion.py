"""Fusion tables: two gene columns, cBioPortal's structural variants, or one column with the fusion's name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kb.alteration import Fusion, Place
from kb.nomenclature import fusion
from kb.nomenclature.errors import UnreadableFusion
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns
from matcher.readers.reading import Reading, Row, gathered, named

ORIENTED = (
    ("gene5", "gene3"),
    ("gene_5_prime", "gene_3_prime"),
    ("five_prime", "three_prime"),
    ("five_prime_gene", "three_prime_gene"),
    ("5_prime_gene", "3_prime_gene"),
    ("5'gene", "3'gene"),
    ("upstream_gene", "downstream_gene"),
    ("head_gene", "tail_gene"),
    ("gene5prime", "gene3prime"),
)
"""Pairs of columns that say which partner is 5'."""

UNORIENTED = (
    ("site1_hugo_symbol", "site2_hugo_symbol"),
    ("site1_gene", "site2_gene"),
    ("gene1", "gene2"),
    ("gene_1", "gene_2"),
    ("#gene1", "gene2"),
    ("genea", "geneb"),
)
"""Pairs of columns that do not: the sites of a breakpoint, in any order."""

COLUMNS = {
    "name": ("fusion", "fusionname", "fusiongene", "fusion_name", "name", "alteration"),
    "gene": ("gene", "hugo_symbol"),
    "frame": ("frame", "in_frame", "site2_effect_on_frame", "reading_frame", "prot_fusion_type", "fusion_effect"),
    "sample": ("sample", "sample_id", "tumor_sample_barcode"),
    "event": ("event_info",),
    "connection": ("connection_type",),
    "description": ("site1_description",),
}
_ORDER = ("five", "three", *COLUMNS)
_FRAMES = {"in-frame": True, "in frame": True, "inframe": True, "in_frame": True, "yes": True, "true": True}
_OUT = {"out-of-frame": False, "out of frame": False, "frameshift": False, "out_of_frame": False, "no": False}
_FRAMES |= _OUT | {"frame_shift": False, "false": False}


def read(path: Path, sample: str | None = None) -> Reading:
    """The fusion table's rows of one sample."""
    notes: list[Note] = []
    return gathered("fusions", path, rows(path, notes), sample, ("fusion",), notes)


def rows(path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
    """One Row for each data row; UnusableInput when no column names a fusion or its partners."""
    notes = [] if notes is None else notes
    header, records = columns.header_and_records(path, notes)
    at, oriented = _partners(header)
    at |= columns.located(header, COLUMNS)
    if "five" not in at and "name" not in at:
        raise UnusableInput(
            str(path), "no column fusion, and none of gene5 and gene3", f"add them; the columns found: {named(header)}"
        )
    pick, width = columns.picker(_ORDER, at), len(header)
    for number, fields in records:
        place = Place(path.name, number)
        if len(fields) < width and len(fields) <= max(at.get("three", 0), at.get("name", 0) if "five" not in at else 0):
            yield columns.misfit_row(place, f"{len(fields)} of {width} columns")
            continue
        padded = [*fields[:width], *([""] * (width - len(fields))), ""]
        yield _row(place, dict(zip(_ORDER, pick(padded), strict=True)), oriented)


def _partners(header: list[str]) -> tuple[dict[str, int], bool]:
    """Where the two partner columns are, and whether they say which is 5'."""
    lower = [name.lower() for name in header]
    for pairs, oriented in ((ORIENTED, True), (UNORIENTED, False)):
        for five, three in pairs:
            if five in lower and three in lower:
                return {"five": lower.index(five), "three": lower.index(three)}, oriented
    return {}, True


def _row(place: Place, picked: dict[str, str], oriented: bool) -> Row:
    """The Row of one record."""
    sample = columns.value(picked["sample"])
    five, three = columns.value(picked["five"]), columns.value(picked["three"])
    if five is None and three is None:
        return _by_name(place, picked, sample)
    if not oriented:
        five, three, oriented = _turned(five, three, picked)
    return Row(place, (Fusion(five, three, place, _frame(picked["frame"]), sample, oriented),), (), sample)


def _turned(five: str | None, three: str | None, picked: dict[str, str]) -> tuple[str | None, str | None, bool]:
    """The partners of a cBioPortal row in 5' to 3' order where the row gives it.

    `Connection_Type` is `5to3` when site 1 is the 5' side; `3to5` when site 2 is. `Event_Info` with a bare pair
    (`EML4-ALK Fusion`) names the 5' partner first only by custom, so it is not used.
    """
    connection = picked["connection"].strip().lower()
    if connection == "5to3":
        return five, three, True
    if connection == "3to5":
        return three, five, True
    return five, three, False


def _by_name(place: Place, picked: dict[str, str], sample: str | None) -> Row:
    """A row that gives the fusion's name only."""
    text, gene = picked["name"].strip(), columns.value(picked["gene"])
    if columns.value(text) is None:
        note = Note(Severity.ERROR, place, "the row names no partner", "fill in both genes, or take the row out")
        return Row(place, (), (note,), sample)
    try:
        name = fusion.parse(f"{gene} fusion" if gene and text.lower() == "fusion" else text)
    except UnreadableFusion as unreadable:
        note = Note(Severity.ERROR, place, f"unreadable fusion {text!r}", unreadable.remedy)
        return Row(place, (), (note,), sample)
    found = Fusion(name.five_prime, name.three_prime, place, _frame(picked["frame"]), sample, oriented=name.oriented)
    return Row(place, (found,), (), sample)


def _frame(text: str) -> bool | None:
    """Whether the fusion is in frame, None when the text does not tell."""
    plain = " ".join(text.lower().split())
    if plain in _FRAMES:
        return _FRAMES[plain]
    if "out of frame" in plain or "out-of-frame" in plain:
        return False
    return True if "in frame" in plain or "in-frame" in plain else None
