"""Paths with bytes that are no letters of UTF-8: no table, manifest or database takes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from matcher.cohort.subject import Subject, Unreadable
from matcher.notes import Note, UnusableInput

NOT_UTF_8 = "the name of the file holds a byte that is not UTF-8"


def shown(text: str) -> str:
    """A text in which bytes of a path that are not UTF-8 are escapes.

    >>> shown("a\\udcff.maf")
    'a\\\\udcff.maf'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _is_utf_8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable(each: Subject | Unreadable) -> Subject | Unreadable:
    """The patient; Unreadable where a path cannot be written into any table."""
    if _is_utf_8(each.name) and _is_utf_8(each.source):
        return each
    if isinstance(each, Unreadable):
        return Unreadable(shown(each.name), shown(each.source), shown(each.reason), each.remedy)
    return Unreadable(shown(each.name), shown(each.source), NOT_UTF_8, "rename it")


def printable(note: Note) -> Note:
    """The note with a path that can be written."""
    if _is_utf_8(note.where.file) and _is_utf_8(note.message):
        return note
    return replace(note, where=replace(note.where, file=shown(note.where.file)), message=shown(note.message))


def check_name(path: Path) -> None:
    """UnusableInput for a path that cannot be written into a table or a manifest."""
    if not _is_utf_8(str(path)):
        raise UnusableInput(shown(str(path)), NOT_UTF_8, "rename it")
