"""Prognosis by biomarker: an endpoint in those who have a biomarker and in those who do not, under a treatment or any.

A study file declares `biomarkers`; an endpoint asks for them with `by: biomarker`. The status is the one that was known
on the first day of the study treatment: what a later sample shows is a part of the outcome and not of the prognosis.
Not tested is not absent: those subjects are a group of their own, which no test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kb.errors import KnowledgeError
from kb.profile import mentions, parse
from kb.therapies import UnknownTherapy
from matcher.biomarker_status import Status
from matcher.notes import UnusableInput
from matcher.outcomes.kaplan_meier import LogRank, log_rank
from matcher.outcomes.study import Endpoint, Split, Study
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.survival import compared
from matcher.outcomes.values import Result

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Request
    from matcher.notes import Note
    from matcher.patient import Patient

UNDATED = "not known before treatment"
"""The status of a subject whose treatment has no first day to know it on."""

STATUSES = (Status.PRESENT.value, Status.ABSENT.value, Status.EQUIVOCAL.value, Status.NOT_TESTED.value, UNDATED)
"""Every status that a subject may have, those that are compared first."""


class Contrast(NamedTuple):
    """The log-rank test of those who have a biomarker against those who do not, and what is to be said of it."""

    biomarker: str
    groups: tuple[str, ...]
    test: LogRank
    says: str


def statuses(
    request: Request, read: tuple[str, Patient, tuple[Note, ...]], subject: Subject, study: Study, graph: KnowledgeBase
) -> tuple[tuple[str, str], ...]:
    """The status of each biomarker of the study, as it was known on the first day of the subject's treatment."""
    if not study.biomarkers:
        return ()
    begun = None if subject.treatment is None else day(subject.treatment.start)
    if begun is None:
        return tuple((each.name, UNDATED) for each in study.biomarkers)
    from matcher.case import prepared
    from matcher.timeline import on_day

    form, patient, notes = read
    known = prepared(request, (form, on_day(patient, begun.isoformat()), notes), graph)
    return tuple((each.name, known.board.profile(each.profile).status.value) for each in study.biomarkers)


def check(study: Study, graph: KnowledgeBase) -> None:
    """Nothing; UnusableInput, with the study file's place, for a profile or a drug that the graph does not know."""
    for each in study.biomarkers:
        try:
            for name in mentions(parse(each.profile)):
                graph.biomarker(name)
        except KnowledgeError as error:
            raise UnusableInput(each.place, str(error), "correct the study file") from error
        for drug in each.under:
            if not _names(drug, graph):
                raise UnusableInput(each.place, f"unknown drug {drug!r}", "name a drug or a class of the graph")


def is_under(subject: Subject, split: Split, graph: KnowledgeBase) -> bool:
    """Whether the subject's first treatment of the study has one of the drugs (or classes) that the split names."""
    if not split.under:
        return True
    if subject.treatment is None:
        return False
    asked = frozenset[str]().union(*(_names(drug, graph) for drug in split.under))
    return any(asked & (_names(drug, graph) | _classes(drug, graph)) for drug in subject.treatment.regimen)


def _names(drug: str, graph: KnowledgeBase) -> frozenset[str]:
    try:
        return frozenset([graph.therapy(drug).id])
    except UnknownTherapy:
        return frozenset()


def _classes(drug: str, graph: KnowledgeBase) -> frozenset[str]:
    try:
        found = graph.therapy(drug)
    except UnknownTherapy:
        return frozenset()
    return frozenset((*found.classes, *found.components)).union(*(_classes(each, graph) for each in found.components))


def results(
    endpoint: Endpoint, arm: str | None, subjects: Sequence[Subject], study: Study, graph: KnowledgeBase
) -> Iterator[Result]:
    """The endpoint by the status of each biomarker of the study, the subjects being those of one arm."""
    from matcher.outcomes.measures import MEASURES

    for split in study.biomarkers:
        under = [subject for subject in subjects if is_under(subject, split, graph)]
        notes = tuple(_notes(split, under, [each for each in subjects if each not in under]))
        for status in STATUSES:
            members = tuple(each for each in under if dict(each.statuses).get(split.name) == status)
            if members:
                found = MEASURES[endpoint.measure].compute(endpoint, members)
                said = (*notes, *found.notes)
                yield found._replace(arm=arm, group=group_name(split.name, status), biomarker=split.name, notes=said)


def group_name(biomarker: str, status: str) -> str:
    """The group of those who have a status of a biomarker."""
    return f"{biomarker} {status}"


def _notes(split: Split, under: Sequence[Subject], others: Sequence[Subject]) -> Iterator[str]:
    where = f" under {' or '.join(split.under)}" if split.under else ""
    yield f"{split.name}{where}: the status is that known on the first day of the study treatment"
    if others:
        named = ", ".join(each.id for each in others)
        yield f"{split.name}: not counted, whose first treatment of the study is another: {named}"
    found = {dict(each.statuses).get(split.name) for each in under}
    missing = [each for each in STATUSES[:2] if each not in found]
    if missing:
        yield f"{split.name}: not compared, as it is {' or '.join(missing)} in nobody"


def sides(found: Iterable[Result]) -> dict[str, Result]:
    """The results of those who have a biomarker and of those who do not, by their groups, where there are any."""
    every = [each for each in found if each.biomarker is not None and each.spells]
    wanted = {group_name(str(each.biomarker), status) for each in every for status in STATUSES[:2]}
    return {str(each.group): each for each in every if each.group in wanted}


def contrast(biomarker: str, found: Iterable[Result], number: int) -> Contrast | None:
    """Those who have the biomarker against those who do not; None without both, or where nobody had the event.

    `number` is how many biomarkers the study compares on the endpoint.
    """
    every = list(found)
    by_group = sides(every)
    test = log_rank({group: each.spells for group, each in by_group.items()})
    if test is None:
        return None
    left = [f"{each.group} ({each.n})" for each in every if each.group not in by_group]
    said = [compared(by_group) or "", "who has a biomarker may differ in more than that"]
    if number > 1:
        said.append(f"{number} biomarkers are compared, and p is not adjusted for that")
    if left:
        said.append(f"not compared: {', '.join(left)}")
    return Contrast(biomarker, tuple(by_group), test, "; ".join(said))
