"""Names of files with bytes that are no letters: no answer, table or database takes them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from matcher.notes import Note, UnusableInput

NOT_UTF_8 = "the name of the file holds a byte that is not UTF-8"


def shown(text: str) -> str:
    """A text in which bytes of a path that are not UTF-8 are escapes.

    >>> shown("a\\udcff.maf")
    'a\\\\udcff.maf'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def is_utf_8(text: str) -> bool:
    """Whether a text can be written: no byte in it stands for itself.

    >>> is_utf_8("乳腺.maf"), is_utf_8("a\\udcff.maf")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(note: Note) -> Note:
    """The note with a path that can be written."""
    if is_utf_8(note.where.file) and is_utf_8(note.message):
        return note
    return replace(note, where=replace(note.where, file=shown(note.where.file)), message=shown(note.message))


def check_name(path: Path) -> None:
    """UnusableInput for a path that cannot be written into an answer, a table or a manifest."""
    if is_utf_8(str(path)):
        return
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8":
        reason = f"the name of the file holds a letter that the locale ({encoding}) does not have"
        raise UnusableInput(shown(str(path)), reason, "set LC_ALL=C.UTF-8, or rename it")
    raise UnusableInput(shown(str(path)), NOT_UTF_8, "rename it")
