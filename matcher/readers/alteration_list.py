"""A plain list: one alteration, marker or stated negative a line, as clinicians write them; `#` begins a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kb.alteration import Place
from kb.nomenclature.errors import UnreadableAlteration
from kb.nomenclature.free_text import parse_all
from matcher.notes import Note, Severity
from matcher.readers.reading import Reading, Row, gathered
from matcher.readers.source_text import lines
from matcher.readers.table import kind_of


def read(path: Path, sample: str | None = None) -> Reading:
    """What the list states; `reported` are the kinds of alteration in it. A list is of one sample, whatever its name.

    The name asked for is given to all of its alterations.
    """
    notes: list[Note] = []
    reading = gathered("list", path, rows(path, notes), None, (), notes)
    alterations = tuple(replace(one, sample=sample) for one in reading.alterations) if sample else reading.alterations
    kinds = frozenset(kind for kind in map(kind_of, alterations) if kind)
    return replace(reading, alterations=alterations, reported=kinds)


def rows(path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
    """One Row for each line that is no comment: its alterations, or the note why it is not understood."""
    for number, line in lines(path, [] if notes is None else notes):
        text = without_comment(line)
        if text:
            yield row_of(Place(path.name, number), text)


def row_of(place: Place, text: str) -> Row:
    """The Row of one line of text."""
    try:
        return Row(place, parse_all(text, place))
    except UnreadableAlteration as unreadable:
        return Row(place, (), (Note(Severity.ERROR, place, f"unreadable alteration {text!r}", unreadable.remedy),))


def is_list(shown: list[str], most: int = 50) -> bool:
    """Whether one of the first lines is an alteration with its gene, and none has the tabs of a table."""
    texts = [text for line in shown[:most] if (text := without_comment(line))]
    return not any("\t" in text for text in texts) and any(row_of(Place(""), text).alterations for text in texts)


def without_comment(line: str) -> str:
    """The line up to a `#` that begins it or follows a blank.

    >>> without_comment("BRAF V600E  # report of May"), without_comment("# report")
    ('BRAF V600E', '')
    """
    if "#" not in line:
        return line.strip()
    return re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
