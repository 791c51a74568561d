"""The baseline of a study's patients by arm: sex, age, diagnosis, history, and what was sequenced and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import TypeVar

from kb.alteration import CopyNumberChange, CopyNumberState, Fusion, SmallVariant
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Table
from matcher.profiles import profiles_of

NOT_TOLD = "not told"

V = TypeVar("V")

MOST_GENES = 10
"""Altered genes that the table names: the most frequent."""


def baseline(subjects: Sequence[Subject], arms: Sequence[str | None]) -> Table:
    """A row for each characteristic and value, with how many subjects of each arm have it.

    What a file does not tell is counted as not told. An age is the file's own, a line one before the study.
    """
    by_arm = [[subject for subject in subjects if subject.arm == arm] for arm in arms]
    rows: list[tuple[str | int | float | None, ...]] = [("patients", "", *(len(each) for each in by_arm))]
    rows.append(("age", "median (range)", *(_ages(each) for each in by_arm)))
    rows += _counted("age", (lambda subject: NOT_TOLD if subject.patient.age is None else None), by_arm)
    rows += _counted("sex", lambda subject: subject.patient.sex or NOT_TOLD, by_arm)
    rows += _counted("tumor type", lambda subject: subject.patient.tumor_type or NOT_TOLD, by_arm)
    rows += _counted("stage", lambda subject: subject.patient.stage or NOT_TOLD, by_arm)
    rows += _counted("lines before the study", _lines, by_arm)
    rows += _counted("molecular results", _profiles, by_arm)
    rows += _genes(by_arm)
    return Table(("characteristic", "value", *(arm or "all" for arm in arms)), tuple(rows))


def _ages(subjects: Iterable[Subject]) -> str | None:
    ages = [subject.patient.age for subject in subjects if subject.patient.age is not None]
    return f"{median(ages):g} ({min(ages)} to {max(ages)})" if ages else None


def _counted(
    name: str, value_of: Callable[[Subject], str | None], by_arm: Sequence[Sequence[Subject]]
) -> Iterable[tuple[str | int, ...]]:
    """The values of a characteristic, the most frequent first and what is not told last."""
    counts = [Counter(value_of(subject) for subject in subjects) for subjects in by_arm]
    every = _together(counts)
    ordered = sorted((value for value in every if value is not None), key=lambda each: _rank(each, every[each]))
    return [(name, value, *(each[value] for each in counts)) for value in ordered]


def _together(counts: Iterable[Counter[V]]) -> Counter[V]:
    every: Counter[V] = Counter()
    for each in counts:
        every.update(each)
    return every


def _rank(value: str, number: int) -> tuple[bool, int, str]:
    return value.startswith(NOT_TOLD), -number, value


def _lines(subject: Subject) -> str:
    """How many therapies began before those of the study; `at least` where the history is known in part."""
    if subject.patient.prior_therapies is None:
        return NOT_TOLD
    first = subject.treatment.start if subject.treatment is not None else subject.enrolled
    number = sum(each.start is None or first is None or each.start < first for each in subject.therapies)
    return f"at least {number}" if "prior_therapies" in subject.patient.incomplete else str(number)


def _profiles(subject: Subject) -> str:
    kinds = sorted({profile.kind for profile in profiles_of(subject.patient)}, key=str.lower)
    return " and ".join(kinds) or NOT_TOLD


def _genes(by_arm: Sequence[Sequence[Subject]]) -> Iterable[tuple[str | int, ...]]:
    """How many subjects have an alteration of each gene, of the genes that most have."""
    counts = [Counter(gene for subject in subjects for gene in genes_of(subject)) for subjects in by_arm]
    every = _together(counts)
    ordered = sorted(every, key=lambda gene: (-every[gene], gene))[:MOST_GENES]
    return [("altered gene", gene, *(each[gene] for each in counts)) for gene in ordered]


def genes_of(subject: Subject) -> frozenset[str]:
    """The genes that the patient's files call altered; those of a fusion are two."""
    found: set[str] = set()
    for each in subject.patient.alterations:
        if isinstance(each, SmallVariant) or (isinstance(each, CopyNumberChange) and each.state not in _AS_EVER):
            found.add(each.gene)
        elif isinstance(each, Fusion):
            found.update(gene for gene in (each.five_prime, each.three_prime) if gene)
    return frozenset(found - {""})


_AS_EVER = (CopyNumberState.NEUTRAL, CopyNumberState.UNCLEAR)
