"""Patients of single files: patient files, and variant files that no patient file reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.alteration import Place
from matcher.case import read_patient
from matcher.cohort.subject import Subject, Unreadable
from matcher.file_names import NOT_UTF_8, is_utf_8
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers.opened_files import opened_files
from matcher.readers.source_text import head
from matcher.registry import LeftOut, Member, Registry

if TYPE_CHECKING:
    from matcher.case import Request
    from matcher.cohort.intake_study import Part


class FilesPart:
    """The patients of a registry's files, and of the MAFs with many patients among them.

    A text of no known format is a note, as a folder has its README; with `must_be_read` it is told as unreadable.
    """

    def __init__(
        self, registry: Registry, template: Request, mafs: Sequence[Part] = (), must_be_read: bool = False
    ) -> None:
        self.path = registry.folder
        self._must_be_read = must_be_read
        self._own: list[Note] = []
        self._registry, self._template, self.mafs = registry, template, tuple(mafs)

    @property
    def notes(self) -> list[Note]:
        """Of the files as a whole."""
        return [*self._own, *(note for part in self.mafs for note in part.notes)]

    @property
    def has_patient_files(self) -> bool:
        """Whether there are files that describe a patient, or nothing but files that cannot be read."""
        others = self._registry.variants or self.mafs
        return bool(self._registry.members) or bool(self._registry.left_out and not others)

    def least(self) -> int | None:
        """How many patients there are, None where variant files have to be read for it."""
        counts = [part.least() for part in self.mafs]
        known = [number for number in counts if number is not None]
        if self._registry.variants or len(known) < len(counts):
            return None
        return len(self._registry.members) + sum(known)

    def files(self) -> Iterator[Path]:
        """The files that the patient files read, themselves among them."""
        for member in self._registry.members:
            with opened_files() as opened:
                _subject(member)
            yield from opened
        yield from self._registry.variants
        yield from (self.path / left.name for left in self._registry.left_out)

    def subjects(self) -> Iterator[Subject | Unreadable]:
        """The patients of the patient files by name, then those of variant files that none of these reads."""
        self._own.clear()
        read: set[Path] = set()
        for member in self._registry.members:
            with opened_files() as opened:
                found = _subject(member)
            read.update(path.absolute() for path in opened)
            yield found
        for part in self.mafs:
            if part.path.absolute() not in read:
                yield from part.subjects()
        for each in self._registry.alone(read, self._template):
            yield _subject(each) if isinstance(each, Member) else self._unreadable(each)
        for left in self._registry.unexplained(read):
            if _is_text(self.path / left.name) and not self._must_be_read:
                self._own.append(Note(Severity.WARNING, Place(left.name), f"left out: {left.reason}", left.remedy))
            else:
                yield self._unreadable(left)

    def _unreadable(self, left: LeftOut) -> Unreadable:
        return Unreadable(left.name, str(self.path / left.name), left.reason, left.remedy)


def _subject(member: Member) -> Subject | Unreadable:
    request, name = member
    if not is_utf_8(str(request.path)):
        return Unreadable(name, str(request.path), NOT_UTF_8, "rename it")
    try:
        return Subject(name, str(request.path), request, *read_patient(request))
    except UnusableInput as error:
        return Unreadable(name, str(request.path), f"{error.where}: {error.reason}", error.remedy)


def _is_text(path: Path) -> bool:
    """Whether a file that is of no known format can be read at all: then it is a note of another kind."""
    if not path.is_file():
        return False  # a pipe would be waited for
    try:
        head(path)
    except UnusableInput:
        return False
    return True
