"""Drugs of the treatment history that could not be read: what each of them may decide.

Such a drug may be any drug, but it was given when and as the file says: one on which the disease did not progress meets
no requirement of progression, and one given in the metastatic setting none of adjuvant therapy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

from matcher.history import (
    SYSTEMIC,
    Course,
    Given,
    courses_of_lines,
    dated_state_of,
    end_of,
    is_known,
    is_recorded,
    is_told_why_stopped,
    is_toxic,
    progressed,
    responded,
    since,
)
from matcher.phrases import joined

if TYPE_CHECKING:
    from kb.indication import Regimen, Requirement
    from kb.therapies import Therapy
    from matcher.clinical import Person
    from matcher.facts import Case, Query
    from matcher.patient import Patient, PriorTherapy

_SETTINGS = frozenset({"metastatic", "first-line", "adjuvant", "neoadjuvant", "(neo)adjuvant"})
"""The settings of requirements that a prior therapy can tell."""


_LOCAL = frozenset({"radiotherapy", "surgery"})
"""What is no drug: an unread drug of the history is none of it."""


class Asked(Protocol):
    """A patient with what was given so far, and the question."""

    @property
    def patient(self) -> Patient:
        """Whose history it is."""

    @property
    def course(self) -> Course:
        """What was given."""

    @property
    def query(self) -> Query:
        """The tumor type, the place and the date asked for."""


class Doubt(NamedTuple):
    """The unread drugs, in words, that may meet a requirement, and those that may go against one that is met."""

    meet: str = ""
    against: str = ""


def doubt_of(requirement: Requirement, accepted: Iterable[str], person: Asked) -> Doubt:
    """What the unread drugs of a history that is known as a whole may mean for a requirement; `accepted` meet it."""
    course = person.course
    if not is_known(person.patient) or not any(each.unread for each in course):
        return Doubt()
    setting = requirement.setting
    meet: list[Given] = []
    against: list[Given] = []
    for name in accepted:
        maybe = [each for each in course if _may_be(each, name.partition(" (")[0], setting)]
        if requirement.kind == "received":
            more, over = _counted(name, maybe, requirement, course)
            meet += more
            against += over
        elif requirement.kind == "not-received":
            against += maybe
        else:
            meet += [each for each in maybe if _MAY_MEET[requirement.kind](each)]
            if requirement.kind == "no-progression-on":
                against += [each for each in maybe if _may_have_failed(each)]
            if requirement.kind == "response-to":
                against += [each for each in _later(name, course) if each in maybe and not responded(each.therapy)]
    return Doubt(_drugs(meet), _drugs(against))


def dated_doubt(kind: str, therapy: str, limit: int, person: Asked) -> str:
    """The unread drugs that may meet a part of a requirement that dates, or an intolerance, answer."""
    if not is_known(person.patient):
        return ""
    patient, course, as_of = person.patient, person.course, person.query.as_of
    base, _, setting = therapy.partition(" (")
    found = []
    for each in course:
        if _may_be(each, base, setting.rstrip(")") or None):
            if kind == "intolerant of":
                may = is_toxic(each.therapy) or not each.therapy.stopped_for
            else:
                may = dated_state_of(kind, each.therapy, limit, patient, course, as_of) != "missed"
            found += [each] if may else []
    return _drugs(found)


def may_be_received(value: str, person: Asked) -> str:
    """The unread drugs that may be a therapy, in the setting that its name tells."""
    return _asked(value, person, lambda _: True)


def may_have_progressed_on(value: str, person: Asked) -> str:
    """The unread drugs on which the disease may have progressed and that may be a therapy."""
    return _asked(value, person, _may_have_failed)


def may_be_intolerant_of(value: str, person: Asked) -> str:
    """The unread drugs that may have been stopped for toxicity and that may be a therapy."""
    return dated_doubt("intolerant of", value, 0, person)


def may_be_within(therapy: str, days: int, person: Asked) -> str:
    """The unread drugs that may be a therapy and may have been given in the last `days` days."""
    as_of = person.query.as_of
    return _asked(therapy, person, lambda each: since(*end_of(each.therapy, person.course, as_of), as_of).least < days)


def endings_to_weigh(therapy: PriorTherapy) -> Iterator[str]:
    """How a therapy ended, as far as that speaks against giving it again: `progressed`, `not tolerated`.

    `not recorded` where the file does not tell why it was stopped.

    >>> from kb.alteration import Place
    >>> from matcher.patient import PriorTherapy
    >>> list(endings_to_weigh(PriorTherapy(("tagrisso",), Place("p"), stopped_for="progression", toxicities=("rash",))))
    ['progressed', 'not tolerated']
    """
    if progressed(therapy):
        yield "progressed"
    if is_toxic(therapy) or therapy.toxicities:
        yield "not tolerated"
    elif not is_told_why_stopped(therapy) and not progressed(therapy):
        yield "not recorded"


def state_unread(case: Case, regimens: Iterable[Regimen], therapies: Mapping[str, Therapy], person: Person) -> None:
    """State which unread drugs of the history that failed, or may have, a considered regimen may give again."""
    from matcher.facts import regimen_id

    doubtful = [(each, ended) for each in person.course if each.unread for ended in endings_to_weigh(each.therapy)]
    if not doubtful:
        return
    origin = case.history_origin(person)
    for regimen in (each for each in regimens if any(_is_systemic(therapies.get(name)) for name in each)):
        for given, ended in doubtful:
            for drug in given.unread if not given.plain.issuperset(regimen) else ():
                case.state("unread_drug", origin, regimen=regimen_id(regimen), drug=drug, ended=ended)


def _is_systemic(therapy: Therapy | None) -> bool:
    return therapy is None or SYSTEMIC in therapy.classes or _LOCAL.isdisjoint((therapy.id, *therapy.classes))


def _asked(value: str, person: Asked, may: Callable[[Given], bool]) -> str:
    if not is_known(person.patient):
        return ""
    base, _, setting = value.partition(" (")
    return _drugs(each for each in person.course if _may_be(each, base, setting.rstrip(")") or None) and may(each))


def _may_be(given: Given, name: str, setting: str | None) -> bool:
    """Whether an unread drug of a regimen may be a therapy, in a setting; not where the regimen has it anyway."""
    if not given.unread or name in given.plain:
        return False
    if setting == "first-line" and given.therapy.line not in (None, 1):
        return False
    if setting is None or given.settings is None or setting not in _SETTINGS or setting in given.settings:
        return True
    return setting == "first-line" and "metastatic" in given.settings and given.therapy.line is None


def _later(name: str, course: Course) -> list[Given]:
    """What was given after the latest regimen with a therapy: all where none has it."""
    ordered = list(chain.from_iterable(courses_of_lines(course)))
    last = max((place for place, each in enumerate(ordered) if name in each.names), default=-1)
    return ordered[last + 1 :]


def _counted(
    name: str, maybe: list[Given], requirement: Requirement, course: Course
) -> tuple[list[Given], list[Given]]:
    """The unread ones where they may reach the number of regimens asked for, and where they may exceed it."""
    lines = courses_of_lines(course)
    times = sum(any(name in each.names for each in line) for line in lines)
    most = times + sum(
        any(each in maybe for each in line) and not any(name in each.names for each in line) for line in lines
    )
    reached = maybe if times < requirement.at_least <= most else []
    limit = requirement.at_most
    return reached, maybe if limit is not None and times <= limit < most else []


def _may_have_failed(given: Given) -> bool:
    return progressed(given.therapy) or not is_recorded(given.therapy)


_MAY_MEET: dict[str, Callable[[Given], bool]] = {
    "progressed-on": _may_have_failed,
    "refractory-to": _may_have_failed,
    "response-to": lambda given: (given.therapy.best_response or "CR").upper() in {"CR", "PR"},
    "no-progression-on": lambda given: not progressed(given.therapy),
}
"""Whether a therapy ended, or may have ended, as a requirement of each kind asks."""


def _drugs(course: Iterable[Given]) -> str:
    names = dict.fromkeys(name for each in course for name in each.unread)
    return joined(names, "list") if names else ""
