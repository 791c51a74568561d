"""What every loader shares: what it gives, and what it says of the records that it met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.statements import Row, Tables

if TYPE_CHECKING:
    from kb.normalizer import Normalizer


@dataclass(frozen=True, slots=True)
class Unread:
    """One record that could not be taken: its id in the source, where it stands, what was not understood and why."""

    record: str
    place: str
    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.record}: {self.what!r}: {self.reason}"


@dataclass(slots=True)
class Report:
    """What a loader did with every record that it met.

    `taken` counts records that became items, by kind. `left` counts those that are not about a therapy or are not
    current, by reason, with their ids. `unread` are those that should have been taken and could not be. `understood`
    counts the records whose biomarker and tumor type could be matched, by kind, of all that `met` counts.
    """

    source: str
    release: str = ""
    released_on: str | None = None
    taken: Counter[str] = field(default_factory=Counter)
    left: dict[str, list[str]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    understood: Counter[str] = field(default_factory=Counter)

    def take(self, kind: str, number: int = 1) -> None:
        """Count records that became items."""
        self.taken[kind] += number

    def leave(self, reason: str, record: str) -> None:
        """Name a record that this graph has no place for, by reason (`prognostic evidence`)."""
        self.left.setdefault(reason, []).append(record)

    def refuse(self, record: str, place: str, what: str, reason: str) -> None:
        """Name a record that could not be read, and why."""
        self.unread.append(Unread(record, place, what, reason))

    def meet(self, kind: str, understood: bool) -> None:
        """Count one record towards the share that is understood."""
        self.met[kind] += 1
        self.understood[kind] += understood

    def as_json(self) -> dict[str, Any]:
        """All of it, for the store and for machines."""
        return {
            "source": self.source,
            "release": self.release,
            "released_on": self.released_on,
            "taken": dict(sorted(self.taken.items())),
            "left": dict(sorted(self.left.items())),
            "understood": {kind: [self.understood[kind], total] for kind, total in sorted(self.met.items())},
            "unread": [[each.record, each.place, each.what, each.reason] for each in self.unread],
            "notes": self.notes,
        }


@dataclass(frozen=True, slots=True)
class Loader:
    """One kind of source.

    `name` is what the user writes before `=`. `reads` says in words what PATH is. `load` reads it and gives rows (see
    `kb.statements`); the rows' terms are already those of this graph. `id_prefixes` are how the ids of this source's
    items begin, so that a loaded release takes the place of the starter's share of it.
    """

    name: str
    title: str
    reads: str
    licence: str
    address: str
    load: Callable[[Path, Normalizer, Report], Tables]
    id_prefixes: tuple[str, ...] = ()


def alternatives(common: Row, id: str, regimens: Collection[str]) -> list[Row]:
    """One evidence row for each of a record's alternative regimens: `EID1.1`, `EID1.2`, or `EID1` for a single one.

    Drugs that are given together are joined by `+` in a regimen.
    """
    several = len(regimens) > 1
    return [
        Row(
            common,
            id=f"{id}.{number}" if several else id,
            regimen=regimen,
            combination="combination" if "+" in regimen else "single",
        )
        for number, regimen in enumerate(sorted(regimens), start=1)
    ]
