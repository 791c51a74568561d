"""Which treatment of a subject an endpoint speaks of, and what the course tells of dates around it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.values import Excluded

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.patient import PriorTherapy

TREATMENTS = ("all", "targeted", "guided")
"""Which treatment counts: the study's first, its first with a targeted drug, or its first that a profile guided."""


class Course(NamedTuple):
    """A subject with the treatment that is looked at, its first day, and the first day of the next therapy."""

    subject: Subject
    treatment: PriorTherapy
    start: date
    next: PriorTherapy | None


def course_of(subject: Subject, which: str = "all") -> Course | Excluded:
    """The treatment of the study that counts, or why there is none to count from."""
    found = _treatment(subject, which)
    if isinstance(found, Excluded):
        return found
    start = day(found.start)
    if start is None:
        return Excluded(subject.id, f"the start of {_named(found)} has no full date: {found.start}", str(found.place))
    if subject.died is not None and latest(subject.died.date) < start:
        text = f"the death ({subject.died.date}) is before the start of {_named(found)} ({found.start})"
        return Excluded(subject.id, text, str(found.place))
    return Course(subject, found, start, next_therapy(subject, found))


def courses(subjects: Iterable[Subject], which: str = "all") -> tuple[tuple[Course, ...], tuple[Excluded, ...]]:
    """Those who can be counted from their treatment, and those who cannot."""
    found = [course_of(subject, which) for subject in subjects]
    counted = tuple(each for each in found if isinstance(each, Course))
    return counted, tuple(each for each in found if isinstance(each, Excluded))


def _treatment(subject: Subject, which: str) -> PriorTherapy | Excluded:
    where = str(subject.patient.place)
    if not subject.treatments:
        return Excluded(subject.id, "no treatment of the study is told", where)
    if which == "guided":
        guided = next((each for each in subject.treatments if each.guided_by is not None), None)
        return guided or Excluded(subject.id, "no treatment was guided by a profile", where)
    if which == "targeted":
        return _first_targeted(subject)
    return subject.treatments[0]


def _first_targeted(subject: Subject) -> PriorTherapy | Excluded:
    for therapy in subject.treatments:
        targeted = is_targeted(therapy.regimen)
        if targeted is None:
            text = f"whether {_named(therapy)} is targeted therapy is not known: a drug of it is not in the graph"
            return Excluded(subject.id, text, str(therapy.place))
        if targeted:
            return therapy
    return Excluded(subject.id, "no treatment of the study is targeted therapy", str(subject.patient.place))


def is_targeted(regimen: Iterable[str]) -> bool | None:
    """Whether a drug of the regimen is of the class `targeted therapy` in the starter graph.

    None where no drug is known to be and one is not known at all.

    >>> is_targeted(["trastuzumab", "docetaxel"]), is_targeted(["docetaxel"]), is_targeted(["docetaxel", "ABC-123"])
    (True, False, None)
    """
    drugs = [_kinds(drug) for drug in regimen]
    if any(kinds is not None and "targeted therapy" in kinds for kinds in drugs):
        return True
    return None if any(kinds is None for kinds in drugs) else False


@cache
def _kinds(drug: str) -> frozenset[str] | None:
    from matcher.regimens import kinds_of

    return kinds_of(drug, _graph())


@cache
def _graph() -> KnowledgeBase:
    from kb.graph import open_knowledge_base

    return open_knowledge_base()


def next_therapy(subject: Subject, therapy: PriorTherapy) -> PriorTherapy | None:
    """The therapy of another regimen that began next after this one; None where none is told."""
    drugs = {drug.lower() for drug in therapy.regimen}
    later = (each for each in subject.therapies if each.start is not None and each.start > (therapy.start or ""))
    return next((each for each in later if {drug.lower() for drug in each.regimen} != drugs), None)


def _named(therapy: PriorTherapy) -> str:
    return " + ".join(therapy.regimen)


def earliest(text: str) -> date:
    """The first day that an ISO date may mean.

    >>> str(earliest("2024-02")), str(latest("2024-02"))
    ('2024-02-01', '2024-02-29')
    """
    return date.fromisoformat(span(text).earliest)


def latest(text: str) -> date:
    """The last day that an ISO date may mean."""
    return date.fromisoformat(span(text).latest)
