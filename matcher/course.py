"""A patient's course as facts: setbacks, the molecular profiles before and after them, and who is still in a study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from matcher.history import end_of, is_toxic, progressed
from matcher.names import regimen_name
from matcher.phrases import Text, text
from matcher.profiles import UNPLACED, profiles_of
from matcher.regimens import kinds_of

if TYPE_CHECKING:
    from kb.alteration import Place
    from kb.graph import KnowledgeBase
    from matcher.clinical import Person
    from matcher.events import Events
    from matcher.facts import Case, Origin
    from matcher.patient import Patient, PriorTherapy
    from matcher.profiles import Profile

PROGRESSION, INTOLERANCE, RETURN, UNTREATED = "progression", "intolerance", "return", "no molecular therapy"
"""What a setback was; RETURN is a progression or recurrence that belongs to no therapy that is told."""

MOLECULAR = ("targeted therapy", "immunotherapy", "endocrine therapy", "radioligand therapy")
"""Classes of therapies that molecular results choose."""

_EVER = "1900-01-01"


class Seen(NamedTuple):
    """A day on which the disease was seen to have progressed or come back, and where the file says so."""

    date: str
    place: Place


class Setback(NamedTuple):
    """What asks for another look at the tumor, on a day between two (ISO), as written in `when`."""

    cause: str
    regimen: str
    when: str
    earliest: str
    latest: str
    places: tuple[Place, ...]


def progressions(events: Events) -> tuple[Seen, ...]:
    """The days of progression or recurrence, and of assessments that say PD, first to last."""
    from matcher.events import Assessment, Progression

    return tuple(
        Seen(each.date, each.place)
        for each in events.every
        if isinstance(each, Progression) or (isinstance(each, Assessment) and each.response == "PD")
    )


def with_progressions(patient: Patient) -> Patient:
    """The patient with therapies ended by a progression that surely came while they were given.

    An end that the file explains otherwise stays; so does a therapy that may have begun later, or ended before.
    """
    if not patient.events or not patient.prior_therapies:
        return patient
    from matcher.events import read_events

    seen = progressions(read_events(patient)[0])
    therapies = tuple(
        replace(each, stopped_for=PROGRESSION) if each.stopped_for is None and _first(each, seen) else each
        for each in patient.prior_therapies
    )
    return patient if therapies == patient.prior_therapies else replace(patient, prior_therapies=therapies)


def _first(therapy: PriorTherapy, seen: Iterable[Seen]) -> Seen | None:
    """The first progression that surely came while a therapy was given."""
    if therapy.start is None:
        return None
    begun = span(therapy.start).latest
    ended = span(therapy.stop).earliest if therapy.stop is not None else None
    for each in seen:
        day = span(each.date)
        if begun <= day.earliest and (ended is None or day.latest <= ended):
            return each
    return None


def state_course(case: Case, person: Person) -> None:
    """State the setbacks with the molecular profiles; nothing for a patient without any of both."""
    if not person.course and not person.patient.events:
        return
    from matcher.events import Events, read_events

    events = read_events(person.patient)[0] if person.patient.events else Events(())
    setbacks = tuple(setbacks_of(person, events))
    profiles = profiles_of(person.patient) if setbacks else ()
    if not profiles:
        return
    _state_profiles(case, profiles, person.patient)
    _state_standing(case, events, person.patient)
    for each in setbacks:
        case.state("setback", _origin("event", person.patient, each.places), cause=each.cause, regimen=each.regimen,
                   when=each.when, earliest=each.earliest, latest=each.latest)  # fmt: skip


def _state_profiles(case: Case, profiles: tuple[Profile, ...], patient: Patient) -> None:
    origin = _origin("samples", patient, patient.at("samples"))
    for each in profiles:
        samples = ", ".join(each.samples)
        if each.date is None:
            case.state("profile_undated", origin, samples=samples)
        else:
            days = span(each.date)
            case.state("profile_taken", origin, number=each.number, samples=samples, when=each.date,
                       earliest=days.earliest, latest=days.latest)  # fmt: skip
    dated = [each for each in profiles if each.date is not None and each.number != UNPLACED]
    if dated:
        case.state("newest_profile", origin, samples=", ".join(dated[-1].samples), when=str(dated[-1].date))


def _state_standing(case: Case, events: Events, patient: Patient) -> None:
    from matcher.events import Death, Enrolment, Withdrawal

    for died in events.of(Death)[:1]:
        case.state("deceased", _origin("event", patient, (died.place,)), when=died.date)
    entered = events.of(Enrolment)
    if entered and not events.of(Withdrawal):
        last = entered[-1]
        study = last.study or text("course", "the study")
        case.state("in_study", _origin("event", patient, (last.place,)), study=study)


def setbacks_of(person: Person, events: Events) -> Iterator[Setback]:
    """The patient's setbacks: by therapy, then those that belong to none, then the therapy that was not given."""
    seen, told = progressions(events), set[str]()
    for given in person.course:
        therapy = given.therapy
        if not progressed(therapy) and not is_toxic(therapy):
            continue
        first = _first(therapy, seen) if progressed(therapy) else None
        if first is not None:
            told.update(_within(therapy, seen))
        cause = PROGRESSION if progressed(therapy) else INTOLERANCE
        yield _of_therapy(cause, therapy, first, person)
    for each in seen:
        if each.date not in told:
            days = span(each.date)
            yield Setback(RETURN, text("course", "outside"), each.date, days.earliest, days.latest, (each.place,))
            told.add(each.date)
    yield from _untreated(person, events)


def _within(therapy: PriorTherapy, seen: Iterable[Seen]) -> set[str]:
    """The days of progression that surely were while a therapy was given, or on which it surely ended."""
    return {each.date for each in seen if _first(therapy, (each,)) is not None}


def _of_therapy(cause: str, therapy: PriorTherapy, first: Seen | None, person: Person) -> Setback:
    """The setback on a therapy: on the day of the progression, or else that of its end, as far as that is known."""
    regimen = regimen_name(therapy.regimen, person.knowledge)
    if first is not None:
        days = span(first.date)
        return Setback(cause, regimen, first.date, days.earliest, days.latest, (therapy.place, first.place))
    earliest, latest = end_of(therapy, person.course, person.query.as_of)
    latest = max(earliest, latest)
    when = therapy.stop or _when(earliest, latest)
    return Setback(cause, regimen, when, earliest, latest, (therapy.place,))


def _when(earliest: str, latest: str) -> Text | str:
    if earliest == _EVER:
        return text("course", "until", latest=latest)
    return earliest if earliest == latest else text("course", "between", earliest=earliest, latest=latest)


def _untreated(person: Person, events: Events) -> Iterator[Setback]:
    """That the last decision chose another therapy than the recommended one, and no molecular one; none began since.

    A chosen drug that the graph does not know decides nothing.
    """
    from matcher.events import Decision

    made = events.of(Decision)
    if not made:
        return
    last, days = made[-1], span(made[-1].date)
    if {drug.lower() for drug in last.chosen} == {drug.lower() for drug in last.recommended} and last.chosen:
        return
    if last.chosen and any(_is_molecular(drug, person.knowledge) is not False for drug in last.chosen):
        return
    begun = (each for each in person.course if span(each.therapy.start or _EVER).latest >= days.earliest)
    if any(not each.plain.isdisjoint(MOLECULAR) for each in begun):
        return
    regimen = regimen_name(last.chosen, person.knowledge) if last.chosen else text("course", "no regimen")
    yield Setback(UNTREATED, regimen, last.date, days.earliest, days.latest, (last.place,))


def _is_molecular(drug: str, knowledge: KnowledgeBase) -> bool | None:
    """Whether molecular results choose a drug of this kind; None for one that the graph does not know."""
    found = kinds_of(drug, knowledge)
    return None if found is None else not found.isdisjoint(MOLECULAR)


def _origin(key: str, patient: Patient, places: tuple[Place, ...]) -> Origin:
    from matcher import facts  # it builds on this module

    return facts.Origin(text("course", key, id=patient.id), places=tuple(dict.fromkeys(places)))
