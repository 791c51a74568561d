"""What in a patient's course contradicts itself: dates, therapies that overlap, responses against RECIST 1.1.

Dates are compared as far as they are known: only what cannot be so under any reading of a month or a year is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from matcher.events import AdverseEvent, Assessment, Board, Death, Decision, Enrolment, Events, read_events
from matcher.notes import Note, Severity
from matcher.phrases import joined

if TYPE_CHECKING:
    from kb.alteration import Place
    from kb.graph import KnowledgeBase
    from matcher.patient import Patient, PriorTherapy

BACKBONE = ("androgen deprivation therapy", "corticosteroid")
"""Classes that are given beside other therapies: their overlap is no mistake."""

GROWTH, GROWTH_MM, SHRINKAGE = 0.20, 5.0, 0.30
"""RECIST 1.1 (10.1016/j.ejca.2008.10.026): PD is 20 % and 5 mm above the smallest sum, PR 30 % below the baseline."""

_ROUNDING = 1e-9


class Dated(NamedTuple):
    """Something with a date: what it is in words, the date as written, and its place."""

    what: str
    date: str
    place: Place


def course_notes(patient: Patient, knowledge: KnowledgeBase, as_of: str | None = None) -> tuple[Note, ...]:
    """A warning for each contradiction in the patient's therapies and events, with its place and a remedy.

    `as_of` is the date asked for (ISO): nothing can have happened after it.
    """
    events = read_events(patient)[0] if patient.events else Events(())
    therapies = patient.prior_therapies or ()
    found = (
        *_of_therapies(therapies, knowledge),
        *_after_death(patient, events),
        *_in_the_future(patient, events, as_of),
        *_assessments(therapies, events),
        *_adverse_events(events),
        *_profiles(patient, events),
    )
    return tuple(dict.fromkeys(found))


def _note(place: Place, message: str, remedy: str) -> Note:
    return Note(Severity.WARNING, place, message, remedy)


def _before(one: str, other: str) -> bool:
    """Whether a date is surely before another one."""
    return span(one).latest < span(other).earliest


# --- therapies -------------------------------------------------------------------------------------------------------


def _of_therapies(therapies: Sequence[PriorTherapy], knowledge: KnowledgeBase) -> Iterator[Note]:
    for each in therapies:
        if each.start is not None and each.stop is not None and _before(each.stop, each.start):
            message = f"{_regimen(each)} stops on {each.stop}, before it starts on {each.start}"
            yield _note(each.place, message, "correct the start or the stop")
    for one, other in combinations(therapies, 2):
        first, second = sorted((one, other), key=lambda each: each.start or "")
        yield from _overlap(first, second, knowledge)


def _overlap(one: PriorTherapy, other: PriorTherapy, knowledge: KnowledgeBase) -> Iterator[Note]:
    """A note on two therapies that were surely given at the same time and are not told as one regimen."""
    if one.start is None or other.start is None:
        return
    if one.start == other.start and set(one.regimen) == set(other.regimen):
        message = f"{_regimen(other)} from {other.start} is told twice ({one.place}): it counts as two regimens"
        yield _note(other.place, message, "leave one of the two out")
        return
    is_one_line = one.line is not None and one.line == other.line
    together = one.start == other.start and (one.line is None or other.line is None)
    if is_one_line or together or _is_backbone(one, knowledge) or _is_backbone(other, knowledge):
        return
    goes_on = one.stop is not None and span(other.start).latest < span(one.stop).earliest
    if goes_on or one.start == other.start:
        until = f" until {one.stop}" if one.stop is not None else ""
        message = f"{_regimen(other)} starts on {other.start}, while {_regimen(one)} is given{until} ({one.place})"
        remedy = "write drugs given together as one regimen, or with the same line; or correct the dates"
        yield _note(other.place, message, remedy)


def _is_backbone(therapy: PriorTherapy, knowledge: KnowledgeBase) -> bool:
    from kb.therapies import UnknownTherapy

    try:
        drugs = [knowledge.therapy(name) for name in therapy.regimen]
    except UnknownTherapy:
        return False
    return all(not {drug.id, *drug.classes}.isdisjoint(BACKBONE) for drug in drugs)


def _regimen(therapy: PriorTherapy) -> str:
    return joined(therapy.regimen, "drugs")


# --- death and the future --------------------------------------------------------------------------------------------


def _after_death(patient: Patient, events: Events) -> Iterator[Note]:
    deaths = events.of(Death)
    if not deaths:
        return
    died = deaths[0]
    for other in deaths[1:]:
        if other.date != died.date:
            message = f"the patient dies on {died.date} ({died.place}) and again on {other.date}"
            yield _note(other.place, message, "leave one of the two out")
    if patient.diagnosed is not None and _before(died.date, patient.diagnosed):
        message = f"the patient dies on {died.date}, before the diagnosis on {patient.diagnosed}"
        yield _note(died.place, message, "correct the death or `diagnosed`")
    for each in _every_date(patient, events):
        if each.what != "the death" and _before(died.date, each.date):
            message = f"{each.what} on {each.date} comes after the death on {died.date} ({died.place})"
            yield _note(each.place, message, "correct one of the two dates")


def _in_the_future(patient: Patient, events: Events, as_of: str | None) -> Iterator[Note]:
    """One note for all dates after the date asked for: it names the first."""
    if as_of is None:
        return
    later = sorted((each for each in _every_date(patient, events) if as_of < span(each.date).earliest), key=_by_date)
    if later:
        more = f", as are {len(later) - 1} further dates" if len(later) > 1 else ""
        first = later[0]
        message = f"{first.what} on {first.date} is after the date asked for ({as_of}){more}"
        yield _note(first.place, message, "correct the date, or ask with a later --as-of")


def _by_date(each: Dated) -> tuple[str, str]:
    return each.date, str(each.place)


def _every_date(patient: Patient, events: Events) -> Iterator[Dated]:
    """Everything of the course that has a date."""
    for therapy in patient.prior_therapies or ():
        for word, date in (("start", therapy.start), ("stop", therapy.stop)):
            if date is not None:
                yield Dated(f"the {word} of {_regimen(therapy)}", date, therapy.place)
    for sample in patient.samples:
        if sample.date is not None:
            yield Dated(f"the sample {sample.id}", sample.date, patient.at("samples")[0])
    for organoid in patient.organoids:
        if organoid.date is not None:
            yield Dated(f"the organoid result for {organoid.drug}", organoid.date, organoid.place)
    for event in events.every:
        yield Dated(f"the {_kind(event)}", event.date, event.place)


def _kind(event: object) -> str:
    """What an event is called in a sentence.

    >>> from kb.alteration import Place
    >>> _kind(Death("2024", Place("p"))), _kind(AdverseEvent("2024", Place("p"), "Rash"))
    ('death', 'adverse event')
    """
    name = type(event).__name__
    return {"AdverseEvent": "adverse event", "Contact": "last contact", "Level": "value"}.get(name, name.lower())


# --- responses -------------------------------------------------------------------------------------------------------


def _assessments(therapies: Sequence[PriorTherapy], events: Events) -> Iterator[Note]:
    every = events.of(Assessment)
    yield from _before_therapy(every, therapies, events)
    for each in every:
        if each.new_lesion and each.response != "PD":
            message = f"{each.response} on {each.date} with a new lesion: by RECIST 1.1 a new lesion is PD"
            yield _note(each.place, message, "write response: PD, or new_lesion: no")
    for group in _by_therapy(every, therapies):
        yield from _sequence(group.since)
        yield from _sums(group)


def _before_therapy(every: Iterable[Assessment], therapies: Sequence[PriorTherapy], events: Events) -> Iterator[Note]:
    """Notes on responses before a therapy that could have brought them."""
    starts = [each.start for each in therapies if each.start is not None]
    if not starts or len(starts) < len(therapies):
        return
    entered = [each.date for each in events.of(Enrolment)]
    within = [start for start in starts if entered and not _before(start, entered[0])]
    for each in every:
        if each.response == "NE":
            continue
        message = None
        if all(_before(each.date, start) for start in starts):
            message = f"{each.response} on {each.date} comes before the start of any therapy ({min(starts)})"
        elif (
            within
            and each.response in {"CR", "PR"}
            and not _before(each.date, entered[0])
            and all(_before(each.date, start) for start in within)
        ):
            message = f"{each.response} on {each.date} comes before the first therapy of the study ({min(within)})"
        if message is not None:
            yield _note(each.place, message, "correct the date of the assessment or of the start")


class _Group(NamedTuple):
    """The assessments under one therapy, and the last sum of target lesions before it: its baseline."""

    since: tuple[Assessment, ...]
    baseline: float | None


def _by_therapy(every: Sequence[Assessment], therapies: Sequence[PriorTherapy]) -> Iterator[_Group]:
    """Assessments by the therapy that began last before them; those on the day of a start are its baseline."""
    starts = sorted({each.start for each in therapies if each.start is not None})
    for start, following in pairwise([None, *starts, None]):
        under = tuple(
            each
            for each in every
            if (start is None or start < each.date) and (following is None or each.date <= following)
        )
        before = [each.target_mm for each in every if start is not None and each.date <= start]
        known = [sum_of for sum_of in before if sum_of is not None]
        yield _Group(under, known[-1] if known else None)


def _sequence(under: Sequence[Assessment]) -> Iterator[Note]:
    """Notes on responses that cannot follow one another under one therapy."""
    for number, each in enumerate(under):
        earlier = [one for one in under[:number] if _before(one.date, each.date)]
        progressed = next((one for one in earlier if one.response == "PD"), None)
        complete = next((one for one in earlier if one.response == "CR"), None)
        if progressed is not None and each.response not in {"PD", "NE"}:
            message = f"{each.response} on {each.date} follows PD on {progressed.date} ({progressed.place})"
            remedy = "correct one of the two, or tell the therapy that began between: it has a new baseline"
            yield _note(each.place, message, remedy)
        elif complete is not None and each.response not in {"CR", "PD", "NE"}:
            message = (
                f"{each.response} on {each.date} follows CR on {complete.date} ({complete.place}): "
                "by RECIST 1.1 disease that comes back after CR is PD"
            )
            yield _note(each.place, message, "write response: PD, or correct the CR")


def _sums(group: _Group) -> Iterator[Note]:
    """Notes on sums of target lesions that the response beside them contradicts."""
    smallest = group.baseline
    for each in group.since:
        now = each.target_mm
        if now is None:
            continue
        if smallest is not None and each.response not in {"PD", "NE"} and _has_grown(smallest, now):
            message = (
                f"{each.response} on {each.date}: the target lesions grew from {smallest:g} to {now:g} mm, "
                "by RECIST 1.1 PD (20 % and 5 mm)"
            )
            yield _note(each.place, message, "write response: PD, or correct target_mm")
        elif group.baseline and each.response == "PR" and now > (1 - SHRINKAGE) * group.baseline + _ROUNDING:
            message = (
                f"PR on {each.date}: the target lesions went from {group.baseline:g} to {now:g} mm, "
                "by RECIST 1.1 PR asks for 30 % less than at baseline"
            )
            yield _note(each.place, message, "write response: SD, or correct target_mm")
        smallest = now if smallest is None else min(smallest, now)


def _has_grown(smallest: float, now: float) -> bool:
    """Whether a sum of target lesions is PD against the smallest one.

    >>> _has_grown(20, 24), _has_grown(20, 25), _has_grown(100, 110)
    (False, True, False)
    """
    return now - smallest >= GROWTH_MM - _ROUNDING and now >= (1 + GROWTH) * smallest - _ROUNDING


# --- adverse events and profiles -------------------------------------------------------------------------------------


def _adverse_events(events: Events) -> Iterator[Note]:
    for each in events.of(AdverseEvent):
        if each.grade == 5 and not events.of(Death):
            message = f"{each.term} of grade 5 on {each.date} is a death, and the file tells none"
            yield _note(each.place, message, "add {date: ..., kind: death, cause: ...}, or correct the grade")
        if each.resolved is not None and _before(each.resolved, each.date):
            message = f"{each.term} resolves on {each.resolved}, before it begins on {each.date}"
            yield _note(each.place, message, "correct one of the two dates")


def _profiles(patient: Patient, events: Events) -> Iterator[Note]:
    """Notes on profiles that no sample has, or that were taken after the therapy that they are said to have guided."""
    dates = {sample.id: sample.date for sample in patient.samples}
    named = [(each.guided_by, each.place) for each in patient.prior_therapies or ()]
    named += [(each.profile, each.place) for each in events.every if isinstance(each, (Board, Decision))]
    for name, place in named:
        if name is not None and name not in dates:
            known = f"name one of {', '.join(dates)}" if dates else "add the sample"
            yield _note(place, f"no sample has the id {name!r}: which profile it was is not known", known)
    for therapy in patient.prior_therapies or ():
        taken = dates.get(therapy.guided_by or "")
        if taken is not None and therapy.start is not None and _before(therapy.start, taken):
            message = (
                f"{_regimen(therapy)} starts on {therapy.start}, before the sample {therapy.guided_by} "
                f"that guided it was taken on {taken}"
            )
            yield _note(therapy.place, message, "correct a date, or the sample in guided_by")
