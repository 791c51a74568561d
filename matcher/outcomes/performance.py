"""Performance status: how many improved, stayed or got worse at each visit against baseline, and by how much (ECOG)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import fmean, stdev
from typing import NamedTuple

from matcher.events import Level
from matcher.outcomes.arms import stratum
from matcher.outcomes.study import Endpoint, Measure, one_of
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.values import Excluded, Proportion, Result, Table, proportion
from matcher.outcomes.visits import OPTIONS, Dated, Series, origin_of, series, undated_note, visit_names

CHANGES = ("improved", "stable", "worse")
"""A lower grade than at baseline, the same, a higher one."""


class Followed(NamedTuple):
    """One subject's grades at baseline and at visits."""

    id: str
    baseline: int
    visits: Mapping[str, int]
    where: str


def change_of(difference: int) -> str:
    """What a difference of grades means: a lower one is better.

    >>> change_of(-1), change_of(0), change_of(2)
    ('improved', 'stable', 'worse')
    """
    return CHANGES[(difference > 0) - (difference < 0) + 1]


def ecog_change(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """The changes at each visit, and as shares at each subject's last one; `counts` names the headline's change."""
    arm, group, pooled = stratum(subjects)
    notes = list(pooled)
    found = [_followed(subject, endpoint, notes) for subject in subjects]
    followed = [each for each in found if not isinstance(each, Excluded)]
    seen = [each for each in followed if each.visits]
    last = Counter(change_of(list(each.visits.values())[-1] - each.baseline) for each in seen)
    shares = tuple((name, proportion(last[name], len(seen))) for name in CHANGES)
    names = visit_names((Series(None, _as_dated(each)) for each in followed), endpoint)
    excluded = [each for each in found if isinstance(each, Excluded)]
    unseen = [each for each in followed if not each.visits]
    excluded += [Excluded(each.id, "no ECOG after the baseline is at a visit", each.where) for each in unseen]
    return Result(
        endpoint, arm, group, len(seen), dict(shares)[str(endpoint.options["counts"])], shares,
        tables=(("ECOG against baseline", _changes(followed, names)), ("differences", _differences(followed, names))),
        excluded=tuple(excluded), notes=tuple(notes),
    )  # fmt: skip


def _as_dated(each: Followed) -> Mapping[str, Dated[int]]:
    return {name: Dated(date.min, grade) for name, grade in each.visits.items()}


def _followed(subject: Subject, endpoint: Endpoint, notes: list[str]) -> Followed | Excluded:
    """The subject's grades; what has to be said of their dates is added to the notes."""
    levels = [each for each in subject.events.of(Level) if each.name == "ECOG"]
    notes.extend(undated_note(subject, "ECOG", each.date) for each in levels if day(each.date) is None)
    origin = origin_of(subject)
    if isinstance(origin, Excluded):
        return origin
    placed = [Dated(on, int(each.value)) for each in levels if (on := day(each.date)) is not None]
    found = series(placed, origin, endpoint)
    baseline = subject.patient.ecog if found.baseline is None else found.baseline.value
    if baseline is None:
        return Excluded(subject.id, f"no ECOG on or before {origin}", str(subject.patient.place))
    if found.baseline is None:
        notes.append(f"{subject.id}: no ECOG is dated on or before {origin}; the patient file's own, undated, is taken")
    visits = {name: each.value for name, each in found.visits.items()}
    return Followed(subject.id, baseline, visits, str(subject.patient.place))


def _changes(followed: Sequence[Followed], names: Iterable[str]) -> Table:
    columns = ["visit", "n"]
    for name in CHANGES:
        columns += [name, f"{name} share", f"{name} low", f"{name} high"]
    rows = [_row(name, _at(followed, name), len(followed)) for name in names]
    return Table((*columns, "mean difference", "SD", "missing"), tuple(rows))


def _at(followed: Iterable[Followed], visit: str) -> list[int]:
    """The differences to baseline of those who have a grade at a visit."""
    return [each.visits[visit] - each.baseline for each in followed if visit in each.visits]


def _row(visit: str, differences: Sequence[int], every: int) -> tuple[str | int | float | None, ...]:
    counted = Counter(map(change_of, differences))
    shares = [proportion(counted[name], len(differences)) for name in CHANGES]
    cells = [cell for each in shares for cell in _cells(each)]
    average = fmean(differences) if differences else None
    spread = stdev(differences) if len(differences) > 1 else None
    return (visit, len(differences), *cells, average, spread, every - len(differences))


def _cells(share: Proportion) -> tuple[int | float | None, ...]:
    return (share.number, share.share, share.low, share.high)


def _differences(followed: Sequence[Followed], names: Iterable[str]) -> Table:
    """How many differ by how many grades at each visit."""
    rows = [
        (visit, difference, number)
        for visit in names
        for difference, number in sorted(Counter(_at(followed, visit)).items())
    ]
    return Table(("visit", "difference in grades", "subjects"), tuple(rows))


MEASURES: dict[str, Measure] = {
    "ECOG change": Measure(
        "ECOG performance status at each visit against baseline: number and share improved, stable and worse, and the "
        "difference. Baseline is the last value on or before the first dose.",
        {**OPTIONS, "counts": one_of(*CHANGES, default="improved", doc="the change that the headline counts")},
        ecog_change,
    ),
}
