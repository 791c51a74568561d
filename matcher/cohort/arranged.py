"""The tables of a piece in the one order that they have: patients as they came, recommendations by rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import COLUMNS

if TYPE_CHECKING:
    import pandas

    from matcher.cohort.tables import Tables


class Arranged(NamedTuple):
    """A piece as it is kept: its tables, and how many numbers of alike patients they have."""

    tables: Tables
    alike: int


def arranged(found: Tables, piece: Sequence[Subject | Unreadable]) -> Arranged:
    """The tables of a piece in order, with numbers of alike patients from 0 on, by first appearance.

    ValueError where not every patient of the piece has a row, or blocks are of nobody.
    """
    place = {subject.name: number for number, subject in reversed(list(enumerate(piece)))}
    if sorted(found["patients"]["patient"]) != sorted(subject.name for subject in piece):
        raise ValueError(f"of {len(piece)} patients {len(found['patients'])} came back, or under other names")
    tables = {name: found[name] for name in COLUMNS if name in found}
    for name, frame in tables.items():
        if "patient" in frame.columns:
            tables[name] = _by_patient(frame, place)
    numbers = {alike: n for n, alike in enumerate(dict.fromkeys(tables["patients"]["alike"]))}
    tables["patients"] = tables["patients"].assign(alike=tables["patients"]["alike"].map(numbers))
    blocked = tables["blocks"]["alike"].map(numbers)
    if blocked.isna().any():
        raise ValueError("what keeps options out is told of a number that no patient of the piece has")
    tables["blocks"] = _ordered(tables["blocks"].assign(alike=blocked), "alike")
    return Arranged(tables, len(numbers))


def _by_patient(frame: pandas.DataFrame, place: dict[str, int]) -> pandas.DataFrame:
    """Rows by the patient's place, then by rank where there is one, else as they were; what is of nobody first."""
    places = frame["patient"].map(place).fillna(-1).astype("int64")
    keys = places if "rank" not in frame.columns else places * (10**9) + frame["rank"].astype("int64")
    return _ordered(frame.assign(**{_KEY: keys}), _KEY).drop(columns=_KEY)


_KEY = "its place"


def _ordered(frame: pandas.DataFrame, key: str) -> pandas.DataFrame:
    """Rows by a column, those of the same value as they were."""
    return frame if frame[key].is_monotonic_increasing else frame.sort_values(key, kind="stable")
