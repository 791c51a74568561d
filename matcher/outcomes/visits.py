"""Values at visits: which one is the baseline, and which one belongs to which visit of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Generic, NamedTuple, TypeVar, cast

from matcher.outcomes.study import Endpoint, Option, duration, durations
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.values import DAYS_PER_MONTH, Excluded

OPTIONS: Mapping[str, Option] = {
    "visits": durations(doc="days of the visits after the first dose; not given: each subject's visits are numbered"),
    "visit_window": duration(doc="how far from its day a visit may lie; not given: half of the smallest gap"),
}
"""The options of every measure that speaks of visits."""

V = TypeVar("V")


class Dated(NamedTuple, Generic[V]):
    """A value on a full date."""

    date: date
    value: V


class Series(NamedTuple, Generic[V]):
    """One subject's baseline, None where none is told, and the values at visits by the visit's name."""

    baseline: Dated[V] | None
    visits: Mapping[str, Dated[V]]


def origin_of(subject: Subject) -> date | Excluded:
    """The day of the first dose of the study; of a subject without treatment, the day of enrolment."""
    text = subject.treatment.start if subject.treatment is not None else subject.enrolled
    found = day(text)
    if found is None:
        missing = (
            "neither a treatment of the study nor an enrolment is told" if text is None else f"{text} is no full date"
        )
        return Excluded(subject.id, f"no day to count visits from: {missing}", str(subject.patient.place))
    return found


def series(values: Iterable[Dated[V]], origin: date, endpoint: Endpoint) -> Series[V]:
    """Baseline: the last value on or before the origin. Visits: the nearest value in a window, or by their order."""
    every = sorted(values, key=lambda each: each.date)
    before = [each for each in every if each.date <= origin]
    after = [each for each in every if each.date > origin]
    marks = cast("tuple[float, ...]", endpoint.options.get("visits") or ())
    if not marks:
        placed = {f"visit {number}": each for number, each in enumerate(after, start=1)}
    else:
        placed = _placed(after, origin, marks, cast("float | None", endpoint.options.get("visit_window")))
    return Series(before[-1] if before else None, placed)


def _placed(
    after: Sequence[Dated[V]], origin: date, marks: Sequence[float], window: float | None
) -> dict[str, Dated[V]]:
    """The value nearest to each visit's day within its window; of two equally near ones, the earlier."""
    days = sorted(marks)
    width = min(b - a for a, b in zip((0.0, *days), days, strict=False)) / 2 if window is None else window
    found: dict[str, Dated[V]] = {}
    for mark in days:
        near = [(abs((each.date - origin).days - mark), each.date, each) for each in after]
        close = [each for each in near if each[0] <= width and each[2] not in found.values()]
        if close:
            found[visit_name(mark)] = min(close, key=lambda each: each[:2])[2]
    return found


def visit_names(every: Iterable[Series[V]], endpoint: Endpoint) -> tuple[str, ...]:
    """The visits in their order: those that the endpoint names, or as many as the longest series has."""
    marks = cast("tuple[float, ...]", endpoint.options.get("visits") or ())
    if marks:
        return tuple(visit_name(mark) for mark in sorted(marks))
    most = max((len(each.visits) for each in every), default=0)
    return tuple(f"visit {number}" for number in range(1, most + 1))


def visit_name(days: float) -> str:
    """A visit by its day.

    >>> visit_name(42), visit_name(365.25 / 4), visit_name(10)
    ('week 6', 'month 3', 'day 10')
    """
    for name, unit in (("week", 7.0), ("month", DAYS_PER_MONTH)):
        number = days / unit
        if abs(number - round(number)) < 1e-6:
            return f"{name} {round(number)}"
    return f"day {days:g}"


def undated_note(subject: Subject, what: str, text: str) -> str:
    """That a value cannot be put at a visit because its date is not a full one."""
    return f"{subject.id}: {what} of {text} has no full date and is at no visit"
