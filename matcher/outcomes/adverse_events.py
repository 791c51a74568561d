"""Adverse events by CTCAE: how many subjects had one, by term, class and worst grade, within the protocol's window.

Each subject counts once for a term and once for a class, at the worst grade. The window opens with the first dose of
the study and closes so long after the last one as the protocol says. What a file does not tell (grade, serious,
related) is not taken for a "no": the subject is left out of that share and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, cast

from matcher.events import AdverseEvent, Events
from matcher.outcomes.arms import stratum
from matcher.outcomes.ctcae import UNCLASSIFIED, VERSIONS, Terms, find, key_of, read_terms, term_notes
from matcher.outcomes.study import Endpoint, Measure, a_file, duration, one_of
from matcher.outcomes.subject import Subject
from matcher.outcomes.treatment import course_of, earliest, latest
from matcher.outcomes.values import Excluded, Proportion, Result, Table, proportion
from matcher.patient import PriorTherapy

SEVERE = 3
"""The grade from which an adverse event is severe."""

FATAL = 5
"""The grade of death, which is serious by definition (ICH E2A)."""


class Happened(NamedTuple):
    """An adverse event within the window, under the term that it is counted as."""

    term: str
    soc: str
    event: AdverseEvent


class Exposed(NamedTuple):
    """A subject who was given the treatment, with the adverse events within the window."""

    id: str
    events: tuple[Happened, ...]


def is_any(_event: AdverseEvent) -> bool | None:
    """Yes for every adverse event."""
    return True


def is_severe(event: AdverseEvent) -> bool | None:
    """Whether its grade is 3 or higher; None where no grade is told."""
    return None if event.grade is None else event.grade >= SEVERE


def is_serious(event: AdverseEvent) -> bool | None:
    """Whether it is serious; death always is. None where it is not told."""
    return True if event.grade == FATAL else event.serious


def is_related(event: AdverseEvent) -> bool | None:
    """Whether it is related to the treatment; None where it is not told."""
    return event.related


KINDS: Mapping[str, Callable[[AdverseEvent], bool | None]] = {
    "any": is_any,
    "grade 3 or higher": is_severe,
    "serious": is_serious,
    "related": is_related,
}
"""What is counted, by its name in a study file."""


def adverse_events(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """Incidences with exact intervals; `counts` names the headline's kind."""
    arm, group, pooled = stratum(subjects)
    notes = list(pooled)
    path = cast("Path | None", endpoint.options["terms"])
    more = None if path is None else read_terms(path)
    found = [_exposed(subject, endpoint, more, notes) for subject in subjects]
    exposed = [each for each in found if isinstance(each, Exposed)]
    shares = tuple((kind, _incidence(exposed, kind, notes)) for kind in KINDS)
    return Result(
        endpoint, arm, group, len(exposed), dict(shares)[str(endpoint.options["counts"])], shares,
        tables=(("by class and term", _by_term(exposed)), ("worst grade", _by_grade(exposed))),
        excluded=tuple(each for each in found if isinstance(each, Excluded)), notes=tuple(notes),
    )  # fmt: skip


def worst_grade(events: Iterable[AdverseEvent]) -> int | None:
    """The highest grade that is told; None where none is."""
    return max((event.grade for event in events if event.grade is not None), default=None)


# --- what counts -----------------------------------------------------------------------------------------------------


def _exposed(subject: Subject, endpoint: Endpoint, more: Terms | None, notes: list[str]) -> Exposed | Excluded:
    course = course_of(subject)
    if isinstance(course, Excluded):
        return course
    protocol = cast("str | None", endpoint.options["ctcae"])
    end = _closes(subject, cast("float | None", endpoint.options["until_after_last_dose"]), notes)
    events = [
        each for each in subject.events.of(AdverseEvent) if _is_within(each, course.start, end, subject.id, notes)
    ]
    notes.extend(f"{subject.id}: {note}" for note in term_notes(Events(tuple(events)), protocol, more))
    unversioned = sum(each.ctcae is None for each in events)
    if protocol is not None and unversioned:
        notes.append(
            f"{subject.id}: {unversioned} of {len(events)} events do not say by which version they were graded"
        )
    ungraded = sum(each.grade is None for each in events)
    if ungraded:
        notes.append(
            f"{subject.id}: {ungraded} of {len(events)} events have no grade: the worst is of those that have one"
        )
    return Exposed(subject.id, tuple(_counted(each, protocol, more) for each in events))


def _closes(subject: Subject, after: float | None, notes: list[str]) -> date:
    """The last day of the window; the last of all days where the protocol has none or no last dose is told."""
    if after is None:
        return date.max
    last: PriorTherapy = subject.treatments[-1]
    if last.stop is None:
        notes.append(f"{subject.id}: no last dose is told of {' + '.join(last.regimen)}: the window is open")
        return date.max
    stops = [each.stop for each in subject.treatments if each.stop is not None]
    if any(len(stop) < len("2024-01-01") for stop in stops):
        notes.append(f"{subject.id}: a last dose has no full date: its last possible day is taken")
    return max(map(latest, stops)) + timedelta(days=after)


def _is_within(event: AdverseEvent, start: date, end: date, who: str, notes: list[str]) -> bool:
    """Whether an event began within the window; one whose partial date leaves it open is told and not counted."""
    first, last = earliest(event.date), latest(event.date)
    if first >= start and last <= end:
        return True
    if last >= start and first <= end:
        notes.append(f"{who}: {event.term} of {event.date} may lie within the window or not: not counted; give its day")
    return False


def _counted(event: AdverseEvent, protocol: str | None, more: Terms | None) -> Happened:
    """The event under its term in the protocol's version, in its own, or in another; else as written."""
    versions = dict.fromkeys(each for each in (protocol, event.ctcae, *reversed(VERSIONS)) if each is not None)
    term = next((found for version in versions if (found := find(event.term, version, more)) is not None), None)
    return Happened(event.term, UNCLASSIFIED, event) if term is None else Happened(term.name, term.soc, event)


# --- incidences ------------------------------------------------------------------------------------------------------


def _had(events: Iterable[Happened], kind: str) -> bool | None:
    """Whether any of the events is of a kind; None where none surely is and of one it is not told."""
    answers = {KINDS[kind](each.event) for each in events}
    return True if True in answers else None if None in answers else False


def _incidence(exposed: Sequence[Exposed], kind: str, notes: list[str]) -> Proportion:
    answers = {each.id: _had(each.events, kind) for each in exposed}
    silent = sorted(who for who, answer in answers.items() if answer is None)
    if silent:
        notes.append(f"{kind}: not told for {', '.join(silent)}: not in this share")
    return proportion(sum(answer is True for answer in answers.values()), len(answers) - len(silent))


def _by_term(exposed: Sequence[Exposed]) -> Table:
    """A row for each class, the most frequent first, and below it for each of its terms."""
    classes: dict[str, dict[str, str]] = {}
    for each in exposed:
        for happened in each.events:
            classes.setdefault(happened.soc, {}).setdefault(key_of(happened.term), happened.term)
    rows = []
    for soc in sorted(classes, key=lambda soc: _frequency(exposed, soc)):
        rows.append(_row(exposed, soc, None, "any term"))
        keys = sorted(classes[soc], key=lambda key: _frequency(exposed, soc, key))
        rows += [_row(exposed, soc, key, classes[soc][key]) for key in keys]
    return Table(_COLUMNS, tuple(rows))


_COLUMNS = (
    "system organ class", "term", "subjects", "share", "low", "high", "grade 3 or higher", "serious", "related",
    "worst grade",
)  # fmt: skip


def _of(events: Iterable[Happened], soc: str, key: str | None) -> tuple[Happened, ...]:
    return tuple(each for each in events if each.soc == soc and key in (None, key_of(each.term)))


def _frequency(exposed: Sequence[Exposed], soc: str, key: str | None = None) -> tuple[bool, int, str, str]:
    """The order of classes and of terms: the most frequent first, then by name; what is no term comes last."""
    return (soc == UNCLASSIFIED, -sum(bool(_of(each.events, soc, key)) for each in exposed), soc, key or "")


def _row(exposed: Sequence[Exposed], soc: str, key: str | None, name: str) -> tuple[str | int | float | None, ...]:
    had = [events for each in exposed if (events := _of(each.events, soc, key))]
    share = proportion(len(had), len(exposed))
    counts = [_count(had, kind) for kind in ("grade 3 or higher", "serious", "related")]
    worst = worst_grade(happened.event for events in had for happened in events)
    return (soc, name, share.number, share.share, share.low, share.high, *counts, worst)


def _count(had: Sequence[Sequence[Happened]], kind: str) -> int | str:
    """How many of those who had an event had one of a kind, and of how many it is not told."""
    answers = [_had(events, kind) for events in had]
    silent = answers.count(None)
    return f"{answers.count(True)} ({silent} not told)" if silent else answers.count(True)


def _by_grade(exposed: Sequence[Exposed]) -> Table:
    """The subjects by their worst grade; `none` had no event, `not told` only such without a grade."""
    grades = [_grade_of(each) for each in exposed]
    rows = []
    for grade in ("none", *(str(number) for number in range(1, FATAL + 1)), "not told"):
        share = proportion(grades.count(grade), len(grades))
        rows.append((grade, share.number, share.share, share.low, share.high))
    return Table(("worst grade", "subjects", "share", "low", "high"), tuple(rows))


def _grade_of(exposed: Exposed) -> str:
    worst = worst_grade(each.event for each in exposed.events)
    return str(worst) if worst is not None else "not told" if exposed.events else "none"


MEASURES: dict[str, Measure] = {
    "adverse events": Measure(
        "Subjects with an adverse event from the first dose on: any, of grade 3 or higher, serious, related; by CTCAE "
        "term, system organ class and worst grade.",
        {
            "ctcae": one_of(*VERSIONS, doc="the version of CTCAE that the protocol asks for"),
            "until_after_last_dose": duration(doc="how long after the last dose events count; not given: all count"),
            "counts": one_of(*KINDS, default="any", doc="what the headline counts"),
            "terms": a_file("the site's own words: term, and counts_as (a CTCAE term) or soc"),
        },
        adverse_events,
    ),
}
