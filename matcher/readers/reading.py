"""What a reader gives: one Row for each data row of a file, and the whole file as a Reading."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Alteration, Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.patient import Patient


class Row(NamedTuple):
    """One data row of a file: at least one alteration or one note, so that none is lost.

    A named tuple and not a dataclass: a cohort makes a million of them, and it costs a third.
    """

    place: Place
    alterations: tuple[Alteration, ...] = ()
    notes: tuple[Note, ...] = ()
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file, read.

    `rows` counts the data rows. `samples` are the names in the file, in its order. `reported` are the kinds of
    result that the file supplies: `small variant`, `copy number`, `fusion`.
    """

    format: str
    alterations: tuple[Alteration, ...]
    notes: tuple[Note, ...]
    samples: tuple[str, ...]
    rows: int
    reported: frozenset[str]


@dataclass(frozen=True, slots=True)
class PatientFile:
    """A file that describes a patient, read: the patient with all samples and alterations, and the notes."""

    patient: Patient
    notes: tuple[Note, ...]


def gathered(
    form: str, path: Path, rows: Iterable[Row], sample: str | None, kinds: Iterable[str], file_notes: list[Note]
) -> Reading:
    """The rows of one sample as a Reading; UnusableInput when there are several and none, or an unknown one, is chosen.

    Rows of other samples are not kept: a cohort is read through once and costs the memory of one sample.
    `file_notes` (about the file as a whole) may still grow while `rows` is consumed; they come first.
    """
    samples: dict[str, None] = {}
    alterations: list[Alteration] = []
    summary = Summary()
    count = mine = 0
    for row in rows:
        count += 1
        if row.sample is not None and row.sample not in samples:
            samples[row.sample] = None
            if sample is None and len(samples) == 2:
                alterations.clear()
        if sample is None and len(samples) > 1:
            continue
        if row.sample is None or sample is None or row.sample == sample:
            mine += 1
            alterations.extend(row.alterations)
            for note in row.notes:
                summary.add(note)
    chosen_sample(path, tuple(samples), sample)
    notes = [*summarized(file_notes), *summary.notes(), *([] if count else [no_rows(path)])]
    return Reading(form, tuple(alterations), tuple(notes), tuple(samples), mine, frozenset(kinds))


def summarized(notes: Iterable[Note], most: int = 20) -> list[Note]:
    """The notes in their order; of each kind the first `most`, and for the others one that counts them.

    Notes are of one kind when they have the same severity and file, and the same sentence but for quoted texts and
    for words with a capital letter or a digit in them (genes, alleles, numbers).

    >>> bad = [Note(Severity.ERROR, Place("a.maf", n), f"unreadable change 'x{n}' of TP{n}", "mend") for n in range(9)]
    >>> print(*summarized(bad, 1), sep="\\n")
    a.maf:0: unreadable change 'x0' of TP0; mend
    a.maf:1: 8 more notes like this one (rows 1, 2, 3, 4, 5, ...): unreadable change 'x1' of TP1; mend
    """
    notes = list(notes)
    if len(notes) <= most:
        return notes
    summary = Summary(most)
    for note in notes:
        summary.add(note)
    return summary.notes()


_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s:;,()]*[A-Z0-9][^\s:;,()]*")
_PLACES = 5


class Summary:
    """Notes of each kind: the first ones whole, of the others the number and the first rows."""

    def __init__(self, most: int = 20) -> None:
        self._most = most
        self._notes: list[Note] = []
        self._seen: dict[tuple[str, str, str], int] = {}
        self._at: dict[tuple[str, str, str], int] = {}
        self._rows: dict[tuple[str, str, str], list[int]] = {}

    def add(self, note: Note) -> None:
        """Take one more note."""
        kind = (note.severity.value, note.where.file, _VARYING.sub("", note.message))
        seen = self._seen[kind] = self._seen.get(kind, 0) + 1
        if seen == self._most + 1:
            self._at[kind], self._rows[kind] = len(self._notes), []
        if seen <= self._most + 1:
            self._notes.append(note)
        if seen > self._most and note.where.row is not None and len(self._rows[kind]) < _PLACES:
            self._rows[kind].append(note.where.row)

    def notes(self) -> list[Note]:
        """What was taken, summarized; a single note beyond the most is told as it is."""
        found = list(self._notes)
        for kind, at in self._at.items():
            more = self._seen[kind] - self._most
            if more > 1:
                rows = ", ".join(map(str, self._rows[kind])) + (", ..." if more > len(self._rows[kind]) else "")
                where = f" (rows {rows})" if self._rows[kind] else ""
                found[at] = replace(found[at], message=f"{more} more notes like this one{where}: {found[at].message}")
        return found


def chosen_sample(path: Path, samples: tuple[str, ...], sample: str | None) -> str | None:
    """The sample to read: the one asked for, or the only one."""
    if sample is not None and samples and sample not in samples:
        raise UnusableInput(str(path), f"no sample {sample!r} in it", f"it has {named(samples)}")
    if sample is None and len(samples) > 1:
        raise UnusableInput(
            str(path), f"{len(samples)} samples, and none is chosen", f"choose one with --sample: {named(samples)}"
        )
    return sample if sample is not None else next(iter(samples), None)


def named(names: Iterable[str], most: int = 8) -> str:
    """The names as a list for a sentence, cut after `most`.

    >>> named(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    listed = list(names)
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def counted(number: int, what: str) -> str:
    """A number with its noun.

    >>> counted(1, "patient"), counted(1200, "patient")
    ('1 patient', '1,200 patients')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def no_rows(path: Path) -> Note:
    """The note on a file with a header and nothing below it."""
    return Note(
        Severity.WARNING,
        Place(path.name),
        "the file has a header and no rows",
        "if the sample has no alteration this is right; otherwise export the file again",
    )
