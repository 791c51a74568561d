"""A study's patient as endpoints need them: arm and group, the study treatment, and the typed events of the course."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from matcher.events import Death, Enrolment, Events, read_events
from matcher.outcomes.values import Excluded

if TYPE_CHECKING:
    from matcher.notes import Note
    from matcher.outcomes.study import Study
    from matcher.patient import Patient, PriorTherapy


class Subject(NamedTuple):
    """One patient of a study.

    `therapies` are all that the file tells, in the order of their starts; `treatments` those of the study: started on
    or after the enrolment (as far as partial dates tell), or, where none is told, those that say what guided them.
    `events` are the whole course. `statuses` are those of the study's biomarkers, where it names any, by their names.
    """

    id: str
    arm: str | None
    group: str | None
    enrolled: str | None
    therapies: tuple[PriorTherapy, ...]
    treatments: tuple[PriorTherapy, ...]
    events: Events
    patient: Patient
    statuses: tuple[tuple[str, str], ...] = ()

    @property
    def treatment(self) -> PriorTherapy | None:
        """The first therapy of the study; None where none began."""
        return self.treatments[0] if self.treatments else None

    @property
    def died(self) -> Death | None:
        """The death; None where none is told."""
        found = self.events.of(Death)
        return found[0] if found else None

    @property
    def told_alive(self) -> tuple[str, ...]:
        """Every date on which anything but the death was told of the patient; partial dates are among them."""
        dates = [each.date for each in self.events.every if not isinstance(each, Death)]
        dates += [day for therapy in self.therapies for day in (therapy.start, therapy.stop) if day is not None]
        dates += [sample.date for sample in self.patient.samples if sample.date is not None]
        dates += [organoid.date for organoid in self.patient.organoids if organoid.date is not None]
        return tuple(dates)

    @property
    def last_alive(self) -> str | None:
        """The last day on which anything but the death was told of the patient."""
        return max(self.told_alive, default=None)

    @property
    def last_told(self) -> date | None:
        """The day of the death, else the last one on which anything was told; None where that is no full date."""
        return day(self.died.date if self.died is not None else self.last_alive)


def subject_of(patient: Patient, study: Study, group: str | None = None) -> tuple[Subject, tuple[Note, ...]]:
    """The patient as a subject of the study, with notes on events that could not be read."""
    events, notes = read_events(patient)
    entered = [each for each in events.of(Enrolment) if each.study is None or each.study.lower() == study.name.lower()]
    enrolment = entered[0] if entered else None
    therapies = tuple(sorted(patient.prior_therapies or (), key=lambda each: (each.start is None, each.start or "")))
    found = Subject(
        patient.id,
        enrolment.arm if enrolment is not None else None,
        group,
        enrolment.date if enrolment is not None else None,
        therapies,
        tuple(_of_study(therapies, enrolment)),
        events,
        patient,
    )
    return found, notes


def _of_study(therapies: Iterable[PriorTherapy], enrolment: Enrolment | None) -> Iterable[PriorTherapy]:
    for each in therapies:
        if each.start is None:
            continue
        if _began_in(each, enrolment) if enrolment is not None else each.guided_by is not None:
            yield each


def _began_in(therapy: PriorTherapy, enrolment: Enrolment) -> bool:
    """Whether a therapy may have begun on or after the enrolment; one that had ended by then did not.

    What may have is kept, so that who cannot be counted is told with the partial date as the reason.
    """
    if therapy.start is None or span(therapy.start).latest < span(enrolment.date).earliest:
        return False
    is_sure = span(therapy.start).earliest >= span(enrolment.date).earliest
    return is_sure or therapy.stop is None or span(therapy.stop).latest > span(enrolment.date).earliest


def day(text: str | None) -> date | None:
    """The day of a full ISO date; None for a partial one or none: nothing is guessed of a month or a year.

    >>> day("2024-02-01"), day("2024-02")
    (datetime.date(2024, 2, 1), None)
    """
    if text is None or len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def undated(subject: Subject, what: str) -> Excluded:
    """That a subject cannot be counted because a date is missing or is not a full one."""
    return Excluded(subject.id, f"{what} has no full date", str(subject.patient.place))
