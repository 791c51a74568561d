"""Rows of MAFs that stay lines of text on their way to the process that answers: it reads them as well, and sooner.

One process reads the files of a cohort for several that answer. Lines of a text are handed on in less time than the
variants that they tell of, which would be made on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from matcher.cohort.intake_maf import Head, rows_of
from matcher.notes import Note
from matcher.readers.reading import summarized
from matcher.readers.study_folder import SMALL_VARIANT, settled
from matcher.specimens import with_germline

if TYPE_CHECKING:
    from matcher.cohort.subject import Subject

Lines = tuple[Head, tuple[tuple[int, str], ...]]
"""Lines of one MAF, by number and text."""


class Unread(NamedTuple):
    """The rows of a patient in MAFs, as lines: what they tell stands behind the first `at` of the other alterations.

    `before` and `after` are the notes on the patient that come before and after those of the rows.
    """

    files: Sequence[Lines]
    at: int
    before: tuple[Note, ...]
    after: tuple[Note, ...]

    @property
    def size(self) -> int:
        """How many lines there are."""
        return sum(len(lines) for _, lines in self.files)

    def read_into(self, subject: Subject) -> Subject:
        """The subject with what the rows say."""
        notes = list(self.before)
        rows = (row for head, lines in self.files for row in rows_of(head, lines))
        small = with_germline(settled(notes, SMALL_VARIANT, rows), subject.patient.samples)
        others = subject.patient.alterations
        patient = replace(subject.patient, alterations=(*others[: self.at], *small, *others[self.at :]))
        return subject._replace(patient=patient, notes=tuple(summarized((*notes, *self.after))), unread=None)
