"""The chain of a journal: numbered rows, each with the hash of its content, which names the hash of the one before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from kb.errors import CurationProblem

START = "0" * 64
"""What the first entry has as the hash of the one before."""

_SHORTEST = 16
"""The least number of letters by which a noted hash is recognized."""


class Row(NamedTuple):
    """An entry as it stands in the file; a file that was tampered with can hold other types than these."""

    number: int
    content: str
    hash: str


class Head(NamedTuple):
    """How far a journal went, and the hash of its last entry: who notes it elsewhere can tell later what is gone."""

    number: int
    hash: str

    def __str__(self) -> str:
        """As `read_head` reads it.

        >>> str(Head(2, "0" * 64))[:8]
        '2:000000'
        """
        return f"{self.number}:{self.hash}"


BEGINNING = Head(0, START)
"""The head of a journal without entries."""


def head(row: Row) -> Head:
    """The head of a journal that ends with this row."""
    return Head(row.number, row.hash)


def hashed(content: str) -> str:
    """The hash of an entry's content, in hexadecimal digits; surrogates stand for bytes that are no text."""
    return sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


def read_head(told: str) -> Head:
    """The head that somebody noted, `NUMBER:HASH`; CurationProblem for anything else.

    The first 16 letters of the hash are enough.

    >>> read_head("12:9f86d081884c7d65")
    Head(number=12, hash='9f86d081884c7d65')
    """
    found = re.fullmatch(rf"([0-9]{{1,12}}):([0-9a-f]{{{_SHORTEST},64}})", told.strip().lower())
    if found is None:
        raise CurationProblem(
            repr(told), "is no head of a journal", f"write NUMBER:HASH, at least {_SHORTEST} letters of the hash"
        )
    return Head(int(found[1]), found[2])


def faults(row: Row, before: Head, previous: str | None) -> Iterator[str]:
    """What is wrong with a row after this head, in words that follow "entry 3"; nothing where it is sound.

    `previous` is the hash that the row's content names as that of the row before; None where it cannot be read.
    """
    if row.number != before.number + 1:
        yield f"stands after entry {before.number}" + _missing(before.number, row.number)
    if not isinstance(row.content, str) or hashed(row.content) != row.hash:
        yield "was changed after it was recorded: its hash is another one"
    if previous is not None and previous != before.hash:
        yield "does not follow the entry before it: that one was replaced, or entries were taken out"


def _missing(last: int, number: int) -> str:
    if number <= last + 1:
        return ""
    gone = str(last + 1) if number == last + 2 else f"{last + 1} to {number - 1}"
    return f": {gone} {'is' if number == last + 2 else 'are'} missing"
