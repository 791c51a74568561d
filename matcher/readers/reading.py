"""What a reader gives: one Row for each data row of a file, and the whole file as a Reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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

    `file_notes` (about the file as a whole) may still grow while `rows` is consumed; they come first.
    """
    kept: list[Row] = []
    samples: dict[str, None] = {}
    for row in rows:
        kept.append(row)
        if row.sample is not None:
            samples[row.sample] = None
    chosen = chosen_sample(path, tuple(samples), sample)
    mine = [row for row in kept if row.sample in (chosen, None)]
    notes = [*file_notes, *(note for row in mine for note in row.notes)]
    if not kept:
        notes.append(no_rows(path))
    alterations = tuple(alteration for row in mine for alteration in row.alterations)
    return Reading(form, alterations, tuple(notes), tuple(samples), len(mine), frozenset(kinds))


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


def no_rows(path: Path) -> Note:
    """The note on a file with a header and nothing below it."""
    return Note(
        Severity.WARNING,
        Place(path.name),
        "the file has a header and no rows",
        "if the sample has no alteration this is right; otherwise export the file again",
    )
