"""Remarks on the rows of a long file: the first of each kind told one by one, the others counted."""

from __future__ import annotations

from typing import NamedTuple

from kb.alteration import Place
from matcher.notes import Note, Severity

MOST_TOLD = 20
"""From this many notes of a kind on they are counted in one note."""

MOST_PLACES = 5
"""As many rows a note that counts others names."""


class Kind(NamedTuple):
    """A kind of remark: `message` has braces for what varies, `many` says in the plural what it is about."""

    severity: Severity
    message: str
    many: str
    remedy: str


class Remark(NamedTuple):
    """One remark on one row. A named tuple, because a whole genome makes millions of them."""

    kind: Kind
    row: int
    values: tuple[object, ...] = ()

    def note(self, file: str) -> Note:
        """The remark as a note on its place in the file."""
        return Note(self.kind.severity, Place(file, self.row), self.kind.message.format(*self.values), self.kind.remedy)


class Tally:
    """Collects remarks in bounded memory: none is lost, for each is told or counted.

    Of a kind that is there more often than MOST_TOLD, one note tells the count and the first rows. It stands for all of
    them where they are for information only, and otherwise for those after the first MOST_TOLD, which are told.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._told: list[Remark] = []
        self._count: dict[Kind, int] = {}
        self._further: dict[Kind, list[int]] = {}

    def add(self, remark: Remark) -> None:
        """Take in one remark."""
        kind = remark.kind
        count = self._count[kind] = self._count.get(kind, 0) + 1
        if count <= MOST_TOLD:
            self._told.append(remark)
        elif count <= MOST_TOLD + MOST_PLACES:
            self._further.setdefault(kind, []).append(remark.row)

    def count(self, kind: Kind) -> int:
        """How many remarks of the kind there were."""
        return self._count.get(kind, 0)

    def notes(self) -> list[Note]:
        """The notes that are told one by one, in the file's order, then one note for each kind that is counted."""
        told = [one for one in self._told if not self._is_counted_whole(one.kind)]
        return [*(one.note(self._file) for one in told), *(self._summary(kind) for kind in self._further)]

    def _is_counted_whole(self, kind: Kind) -> bool:
        return kind in self._further and kind.severity is Severity.INFO

    def _summary(self, kind: Kind) -> Note:
        if self._is_counted_whole(kind):
            count, words = self._count[kind], "times"
            rows = [one.row for one in self._told if one.kind == kind][:MOST_PLACES]
        else:
            count, words, rows = self._count[kind] - MOST_TOLD, "times more", self._further[kind]
        shown = ", ".join(map(str, rows)) + (", ..." if count > len(rows) else "")
        return Note(
            kind.severity, Place(self._file, rows[0]), f"{count} {words}: {kind.many} (rows {shown})", kind.remedy
        )
