"""Notes on values of the patient that no requirement can be held against: each stays open, and is told."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeGuard

from matcher.clinical import menopause_of, sex_of
from matcher.disease_state import STATES, states_of
from matcher.notes import Note, Severity
from matcher.readers.reading import named
from matcher.reimbursement import NO_PLAN, PLAN

if TYPE_CHECKING:
    from kb.alteration import Place
    from matcher.patient import Patient

_NOT_TOLD = frozenset({"", "unknown", "not known", "not told", "na", "n/a", "未知", "不详"})
"""Texts that say that a value is not known."""


def person_notes(patient: Patient) -> tuple[Note, ...]:
    """A warning for each value of the patient that is none of the known ones: stage, sex, menopausal status, plan."""
    return (*_stage(patient), *_sex(patient), *_menopause(patient), *_plan(patient), *_samples(patient))


def _is_told(stated: str | None) -> TypeGuard[str]:
    return stated is not None and stated.strip().casefold() not in _NOT_TOLD


def _stage(patient: Patient) -> Iterator[Note]:
    if not patient.stage or states_of(patient.stage):
        return
    near = get_close_matches(patient.stage.lower(), STATES, 1, 0.6)
    remedy = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(STATES)}"
    message = f"the stage {patient.stage!r} names no known disease state: what labels ask of it stays open"
    yield Note(Severity.WARNING, patient.at("stage")[0], message, remedy)


def _sex(patient: Patient) -> Iterator[Note]:
    if _is_told(patient.sex) and sex_of(patient) is None:
        message = f"the sex {patient.sex!r} is neither female nor male: what labels ask of it stays open"
        yield Note(Severity.WARNING, patient.at("sex")[0], message, "write female or male, or confirm with the label")


def _menopause(patient: Patient) -> Iterator[Note]:
    stated = patient.menopausal_status
    if _is_told(stated) and menopause_of(patient) is None:
        message = f"the menopausal status {stated!r} is not known: what labels ask of it stays open"
        remedy = "write premenopausal, perimenopausal or postmenopausal"
        yield Note(Severity.WARNING, patient.at("menopausal_status")[0], message, remedy)


def _plan(patient: Patient) -> Iterator[Note]:
    stated = patient.coverage
    if _is_told(stated) and stated.upper() != PLAN and stated.casefold() not in NO_PLAN:
        message = f"the graph has no entries of the plan {stated!r}: what it pays is not told"
        yield Note(
            Severity.WARNING, patient.at("coverage")[0], message, f"write {PLAN}, or none where it does not insure"
        )


def _samples(patient: Patient) -> Iterator[Note]:
    """Of each sample that is named and not listed, where it is named first."""
    listed = [sample.id for sample in patient.samples]
    if not listed:
        return
    first: dict[str, Place] = {}
    for each in (*patient.alterations, *patient.organoids):
        if each.sample is not None and each.sample not in listed:
            first.setdefault(each.sample, each.place)
    for name, place in first.items():
        near = get_close_matches(name, listed, 1, 0.6)
        remedy = f"did you mean {near[0]!r}?" if near else f"list it among the samples ({named(listed)}), or correct it"
        message = f"the sample {name!r} is not among the samples: what it is and what was looked at in it is not known"
        yield Note(Severity.WARNING, place, message, remedy)
