"""One patient of a cohort as they were read, or why they could not be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from matcher.case import Request
    from matcher.cohort.intake_unread import Unread
    from matcher.notes import Note
    from matcher.patient import Patient


ALTERATIONS = 400_000
"""So many alterations are held at once: patients with whole genomes fill the memory sooner than others."""


class Subject(NamedTuple):
    """A patient as read, and the question: `matcher.case.match_patient(request, read, ...)` answers it alone.

    `name` is the patient's own in the cohort, `source` the file that tells of them, of many perhaps, of whom the last
    `is_last`. Where rows of MAFs are `unread`, `patient` and `notes` lack what they say.
    """

    name: str
    source: str
    request: Request
    form: str
    patient: Patient
    notes: tuple[Note, ...] = ()
    unread: Unread | None = None
    is_last: bool = False

    @property
    def size(self) -> int:
        """How many alterations there are, or lines of them."""
        return len(self.patient.alterations) + (self.unread.size if self.unread is not None else 0)

    def whole(self) -> Subject:
        """The same, with the rows that are not read yet read."""
        return self if self.unread is None else self.unread.read_into(self)

    @property
    def read(self) -> tuple[str, Patient, tuple[Note, ...]]:
        """What `match_patient` takes: the format, the patient, the notes. ValueError while rows are unread."""
        if self.unread is not None:
            raise ValueError(f"{self.name}: {self.unread.size} rows are not read")
        return self.form, self.patient, self.notes


class Unreadable(NamedTuple):
    """A patient, or a file of patients, that could not be read: why, and what to do."""

    name: str
    source: str
    reason: str
    remedy: str = ""


class Intake(Protocol):
    """Where subjects come from."""

    @property
    def total(self) -> int | None:
        """How many there are, None as long as that is not known."""
        ...

    @property
    def has_patient_files(self) -> bool:
        """Whether there are files that describe a patient, and may state what studies and MAFs cannot."""
        ...

    @property
    def digest(self) -> str:
        """Of everything that the subjects are read from: equal where a run can go on where another stopped."""
        ...

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is to be said of whole files; complete after the last subject."""
        ...

    def subjects(self) -> Iterator[Subject | Unreadable]:
        """Every patient, in the same order each time, in memory that does not grow with their number."""
        ...
