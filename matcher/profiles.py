"""The molecular profiles of a patient's course: which samples belong to one, and which therapy each one guided."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span

if TYPE_CHECKING:
    from matcher.events import Decision
    from matcher.patient import Patient, PriorTherapy, Sample

TOGETHER_DAYS = 60
"""Samples that were taken within so many days, with no therapy begun between them, are one profile: foci and blood."""

UNPLACED = 0
"""The number of a profile whose samples have no date beside dated ones: nothing tells whether it came first."""


class Profile(NamedTuple):
    """One molecular profile: its number from 1 by date, its samples by date, their last date, and what they are.

    `date` is that of the newest sample as the file writes it, None without one. `kind` joins the kinds of the samples:
    `tissue`, `ctDNA + tissue`. The number is UNPLACED where the order is not known.
    """

    number: int
    samples: tuple[str, ...]
    date: str | None
    kind: str


def profiles_of(patient: Patient) -> tuple[Profile, ...]:
    """The patient's profiles, first to last; those that no date places come last.

    A sample is part of one when molecular results or an assay are told of it. Samples of several foci and of blood that
    were taken within TOGETHER_DAYS of the first one, with no therapy begun between, are one profile.
    """
    called = {alteration.sample for alteration in patient.alterations}
    every = [each for each in patient.samples if each.id in called or each.reported or each.assay is not None]
    dated = sorted((each for each in every if each.date is not None), key=lambda each: (span(each.date or ""), each.id))
    undated = [each for each in every if each.date is None]
    if not dated:
        return (_profile(1, undated),) if undated else ()
    starts = [therapy.start for therapy in patient.prior_therapies or () if therapy.start is not None]
    groups: list[list[Sample]] = []
    for sample in dated:
        if groups and _together(groups[-1][0], sample, starts):
            groups[-1].append(sample)
        else:
            groups.append([sample])
    found = [_profile(number, group) for number, group in enumerate(groups, start=1)]
    return (*found, *([_profile(UNPLACED, undated)] if undated else []))


def profile_of(sample: str | None, patient: Patient) -> Profile | None:
    """The profile that a sample is part of; None for none."""
    return next((each for each in profiles_of(patient) if sample is not None and sample in each.samples), None)


def guided(therapy: PriorTherapy, patient: Patient) -> int | None:
    """The number of the profile that guided a therapy; None where nothing tells that one did.

    The therapy itself names a sample (`guided_by`), or the last decision for this regimen before its start does, unless
    it chose another therapy than the recommended one. The number is UNPLACED (0, and not None) for a profile without a
    date beside dated ones.
    """
    found = profile_of(therapy.guided_by, patient)
    if found is None and therapy.guided_by is None:
        decision = decision_for(therapy, patient)
        if decision is not None and _drugs(decision.recommended) in (frozenset(), _drugs(decision.chosen)):
            found = profile_of(decision.profile, patient)
    return None if found is None else found.number


def decision_for(therapy: PriorTherapy, patient: Patient) -> Decision | None:
    """The last recorded decision for this regimen on or before the day on which it surely began; None for none."""
    from matcher.events import Decision, read_events

    if therapy.start is None or not patient.events:
        return None
    begun, wanted = span(therapy.start).latest, _drugs(therapy.regimen)
    made = [each for each in read_events(patient)[0].of(Decision) if _drugs(each.chosen) == wanted]
    return next((each for each in reversed(made) if span(each.date).earliest <= begun), None)


def _together(first: Sample, other: Sample, starts: list[str]) -> bool:
    """Whether two dated samples, the first one not later, are of one profile."""
    was, now = span(first.date or ""), span(other.date or "")
    apart = date.fromisoformat(now.earliest).toordinal() - date.fromisoformat(was.latest).toordinal()
    between = (was.latest <= span(start).earliest and span(start).latest < now.earliest for start in starts)
    return apart <= TOGETHER_DAYS and not any(between)


def _profile(number: int, samples: list[Sample]) -> Profile:
    kinds = sorted({sample.kind for sample in samples}, key=str.lower)
    newest = max(samples, key=lambda each: span(each.date).latest if each.date is not None else "")
    return Profile(number, tuple(each.id for each in samples), newest.date, " + ".join(kinds))


def _drugs(regimen: tuple[str, ...]) -> frozenset[str]:
    return frozenset(drug.strip().lower() for drug in regimen)
