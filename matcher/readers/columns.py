"""Tables by their header: delimiter, columns under any of their names, records that keep their row number."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers.reading import Row, named
from matcher.readers.source_text import lines

MISSING = frozenset({"", ".", "NA", "N/A", "na", "n/a", "NaN", "nan", "None", "none", "NULL", "null", "-"})
"""Texts that tables write for an absent value."""

Records = Iterator[tuple[int, list[str]]]


def header_and_records(path: Path, notes: list[Note]) -> tuple[list[str], Records]:
    """The header's names and an iterator of (row number, fields); comment lines above the header are skipped.

    A `#` before the header itself is taken off (STAR-Fusion writes `#FusionName`).
    """
    source = lines(path, notes)
    for _number, line in source:
        if line.startswith("##") or (line.startswith("#") and not is_header(line)):
            continue
        split = splitter(line)
        names = [name.strip().strip('"') for name in split(line.removeprefix("#"))]
        return names, ((number, split(text)) for number, text in source if not text.startswith("#"))
    raise UnusableInput(str(path), "no header and no rows", "the first line must name the columns")


def is_header(line: str) -> bool:
    """Whether a line that begins with one `#` names columns: it has a delimiter and no blanks around a value."""
    return "\t" in line.rstrip("\t") and " " not in line.split("\t")[0]


def splitter(header: str) -> Callable[[str], list[str]]:
    """The function that splits lines of a file with this header: at tabs, commas or semicolons.

    >>> splitter("gene,alteration")('MET,"exon 14 skipping, RNA"')
    ['MET', 'exon 14 skipping, RNA']
    """
    if "\t" in header:
        return _tabs
    delimiter = ";" if header.count(";") > header.count(",") else ","
    return lambda line: _separated(line, delimiter)


def _separated(line: str, delimiter: str) -> list[str]:
    """The fields of a CSV line; a line that breaks CSV's rules (a bare carriage return in it) is split as it stands."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return line.split(delimiter)


def _tabs(line: str) -> list[str]:
    fields = line.split("\t")
    # Spreadsheets put quotes around fields that hold commas; a tab-separated file needs none.
    return [_unquoted(field) for field in fields] if '"' in line else fields


def _unquoted(field: str) -> str:
    if len(field) > 1 and field[0] == field[-1] == '"':
        return field[1:-1].replace('""', '"')
    return field


def located(header: list[str], wanted: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """For each wanted name the position of the first of its spellings that the header has (case is ignored)."""
    at: dict[str, int] = {}
    lower: dict[str, int] = {}
    for position, name in enumerate(header):
        lower.setdefault(name.lower(), position)
    for name, spellings in wanted.items():
        found = next((lower[spelling] for spelling in spellings if spelling in lower), None)
        if found is not None:
            at[name] = found
    return at


def picker(order: tuple[str, ...], at: Mapping[str, int]) -> Callable[[list[str]], tuple[str, ...]]:
    """A function from a row's fields, with one empty field put at the end, to the named values in this order.

    A column that the file lacks gives that last empty field, so that the row is picked in one step.
    """
    return itemgetter(*(at.get(name, -1) for name in order))


def misfit(fields: list[str], width: int) -> str | None:
    """What is wrong with a row's length, or None: empty fields beyond the header are not a fault."""
    if len(fields) < width:
        return f"{len(fields)} of {width} columns"
    if len(fields) > width and any(field.strip() for field in fields[width:]):
        return f"{len(fields)} columns where the header has {width}"
    return None


def misfit_row(place: Place, fault: str) -> Row:
    """The row of a line that does not fit the header."""
    note = Note(
        Severity.ERROR, place, f"the row cannot be read: {fault}", "give it the same number of columns as the header"
    )
    return Row(place, (), (note,))


def needed(path: Path, header: list[str], at: Mapping[str, int], wanted: Mapping[str, tuple[str, ...]]) -> None:
    """UnusableInput when one of the wanted columns is not there, with what was found."""
    missing = [name for name in wanted if name not in at]
    if missing:
        raise UnusableInput(
            str(path),
            f"no column {' or '.join(wanted[missing[0]][:3])}",
            f"add it; the columns found are: {named(header)}",
        )


def value(text: str) -> str | None:
    """The text, or None for the ways in which tables say that there is none."""
    stripped = text.strip()
    return None if stripped in MISSING else stripped


FILTERED_REMEDY = "it decides no biomarker; check it if it matters"


def filtered_note(place: Place, filters: str) -> Note:
    """The note on a call that the caller's filters took out."""
    return Note(Severity.INFO, place, f"filtered: {filters}", FILTERED_REMEDY)


NO_READ = "no read shows it"
"""Stands for the filter of a call whose allele fraction is 0: some files write 0 where none was counted."""


def no_read_note(place: Place, gene: str) -> Note:
    """The note on such a call."""
    message = f"the allele fraction of the variant of {gene} is 0: it decides no biomarker"
    return Note(Severity.WARNING, place, message, "check its reads; leave the fraction out if none were counted")


@lru_cache(maxsize=1 << 14)
def fraction(text: str) -> float | None:
    """An allele fraction from 0 to 1; a number above 1, or one with a percent sign, is read as percent.

    A comma is a decimal one: no fraction reaches a thousand.

    >>> fraction("0.45"), fraction("45 %"), fraction("45.66"), fraction("high") is None, fraction("0,35")
    (0.45, 0.45, 0.4566, True, 0.35)
    """
    bare = text.rstrip(" %")
    is_comma = "," in bare and re.fullmatch(r"\s*\d{1,3},\d+", bare) is not None
    number = decimal(bare.replace(",", ".") if is_comma else bare)
    if number is None or number < 0 or number > 100:
        return None
    return round(number / 100, 6) if number > 1 or text.rstrip().endswith("%") else number


def decimal(text: str) -> float | None:
    """The number, or None when the text is none (or not finite)."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


@lru_cache(maxsize=1 << 14)
def count(text: str) -> int | None:
    """The whole number from 0, or None when the text is none.

    >>> count("120"), count("-100") is None
    (120, True)
    """
    number = whole(text)
    return number if number is not None and number >= 0 else None


@lru_cache(maxsize=1 << 14)
def is_unread(text: str, number: Callable[[str], float | None]) -> bool:
    """Whether the text tells something that this reader of numbers makes nothing of."""
    return value(text) is not None and number(text) is None


COUNT_REMEDY = "write a whole number from 0"
FRACTION_REMEDY = "write a fraction such as 0.23"


def unread_note(place: Place, name: str, text: str, remedy: str) -> Note:
    """The note on a number that cannot be read: what it would tell is not known."""
    return Note(Severity.WARNING, place, f"unreadable {name} {text!r}: left out", remedy)


def whole(text: str) -> int | None:
    """The whole number, or None when the text is none; `12.0` is 12."""
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    number = decimal(text)
    return int(number) if number is not None and number == int(number) else None
