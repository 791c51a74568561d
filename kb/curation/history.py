"""What was done with each item of a journal, by whom, when and why, with the number of the entry that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kb.curation.acts import SUBMITTED, state
from kb.curation.journal import Entry
from kb.curation.reading import item_named
from kb.errors import CurationProblem

SCHEMA = "mtb-match-history/1"


class History(NamedTuple):
    """One item, what it says (None for an item of the graph itself), its state, and the entries on it by time."""

    id: str
    label: str | None
    state: str | None
    entries: tuple[Entry, ...]


def histories(entries: Sequence[Entry], day: str | None = None) -> tuple[History, ...]:
    """The history of every item up to the end of a day (ISO), or until now; in the order in which they came."""
    labels = {entry.item.id: entry.item.label for entry in entries if entry.item}
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if day is None or entry.act.day <= day:
            found.setdefault(entry.act.item, []).append(entry)
    return tuple(_history(id, labels.get(id), told) for id, told in found.items())


def history(entries: Sequence[Entry], named: str, day: str | None = None) -> History:
    """The history of the item that is named by its id, or by as many of its digits as tell it apart.

    CurationProblem where nothing was done with such an item until then, with the nearest ids, or where several fit.
    """
    known = {each.id: each for each in histories(entries, day)}
    id = item_named(known, named)
    if id is not None:
        return known[id]
    until = "" if day is None else f" until {day}"
    raise CurationProblem(named, f"nothing was done with it here{until}", _nearest(named, known))


def line(entry: Entry) -> str:
    """An act in one line, without its item.

    >>> from kb.curation.acts import Act, Person
    >>> act = Act("EID12", "retracted", Person("A. B.", "0000-0002-1825-0097"), "2026-11-21T10:00:07.000000Z", "x")
    >>> line(Entry(7, act.at, act, None, None, False, "", ""))
    '2026-11-21 10:00:07 UTC retracted by A. B. (0000-0002-1825-0097): x'
    """
    act = entry.act
    told = f"{act.day} {act.at[11:19]} UTC {act.kind} by {act.person.name} ({act.person.orcid})"
    if act.other:
        told += f", {'to supersede' if act.kind == SUBMITTED else 'superseded by'} {act.other}"
    told += f", entered as {act.method}" if act.method else ""
    told += ", signed" if entry.signed else ""
    told += f", imported {entry.recorded_at[:10]}" if entry.imported else ""
    return f"{told}: {act.reason}" if act.reason else told


def structure(told: History) -> dict[str, Any]:
    """The history as plain values, for JSON; what an act does not have is None."""
    return {"item": told.id, "says": told.label, "state": told.state, "acts": [_act(each) for each in told.entries]}


def _act(entry: Entry) -> dict[str, Any]:
    act = entry.act
    return {
        "entry": entry.number,
        "kind": act.kind,
        "at": act.at,
        "by": act.person._asdict(),
        "because": act.reason,
        "method": act.method,
        "digest": act.digest,
        "supersedes": act.other if act.kind == SUBMITTED else None,
        "superseded_by": None if act.kind == SUBMITTED else act.other,
        "recorded_at": entry.recorded_at,
        "imported": entry.imported,
        "signed": entry.signed is not None,
        "hash": entry.hash,
    }


def _history(id: str, label: str | None, told: Sequence[Entry]) -> History:
    ordered = tuple(sorted(told, key=lambda entry: (entry.act.at, entry.number)))
    return History(id, label, state(entry.act for entry in ordered), ordered)


def _nearest(named: str, known: dict[str, History]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(named, known, 3, 0.6)
    return f"the nearest: {', '.join(near)}" if near else "`kb history` without an item lists all that was done"
