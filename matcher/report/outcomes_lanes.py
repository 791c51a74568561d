"""A study's patients as lanes of a swimmer figure, counted from the first dose of the study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from matcher.events import Assessment, Progression, Withdrawal
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.treatment import is_targeted
from matcher.report.swimmer import Bar, Lane, Mark

LABELS = {True: "targeted therapy", False: "other therapy", None: "therapy of unknown class"}
"""What the color of a bar says."""


def lanes_of(subjects: Iterable[Subject]) -> tuple[Lane, ...]:
    """A lane for each subject with a dated treatment, the longest followed first."""
    found = [(subject, start) for subject in subjects if (start := _start(subject)) is not None]
    lanes = [(_length(subject, start), _lane(subject, start)) for subject, start in found]
    return tuple(lane for _, lane in sorted(lanes, key=lambda each: (-each[0], each[1].label)))


def _start(subject: Subject) -> date | None:
    return None if subject.treatment is None else day(subject.treatment.start)


def _length(subject: Subject, start: date) -> int:
    last = subject.last_told
    return 0 if last is None else (last - start).days


def _lane(subject: Subject, start: date) -> Lane:
    return Lane(subject.id, tuple(_bars(subject, start)), tuple(sorted(_marks(subject, start))))


def _bars(subject: Subject, start: date) -> Iterator[Bar]:
    last = subject.last_told
    for each in subject.treatments:
        begun = day(each.start)
        if begun is None:
            continue
        end = day(each.stop)
        until = end or last or begun
        label = LABELS[is_targeted(each.regimen)]
        goes_on = each.stop is None and subject.died is None
        yield Bar((begun - start).days, (max(until, begun) - start).days, label, ongoing=goes_on)


def _marks(subject: Subject, start: date) -> Iterator[Mark]:
    told = [(each.date, each.response) for each in subject.events.of(Assessment)]
    told += [(each.date, "progression") for each in subject.events.of(Progression)]
    told += [(each.date, "withdrawal") for each in subject.events.of(Withdrawal)]
    if subject.died is not None:
        told.append((subject.died.date, "death"))
    elif subject.last_alive is not None:
        told.append((subject.last_alive, "last contact"))
    for text, kind in told:
        on = day(text)
        if on is not None and on > start:
            yield Mark((on - start).days, kind)
