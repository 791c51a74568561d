"""Which of the values that rules ask for the facts have, and since when: a rule is asked where it may say more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules.facts import Value
from rules.set_text import Pattern


class KnownValues:
    """When a fact last came that fits a pattern of constants. Moments are counted by the one who asks.

    >>> known = KnownValues([("drug", (("route", "oral"),)), ("drug", ())])
    >>> known.told("drug")
    ('route',)
    >>> known.add("drug", [("iv",), ("iv",)], 1)
    >>> known.latest(("drug", ())), known.latest(("drug", (("route", "iv"),)))
    (1, 1)
    >>> known.latest(("drug", (("route", "oral"),))) is None
    True
    """

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        asked: dict[str, dict[tuple[str, ...], None]] = {}
        for predicate, constants in patterns:
            asked.setdefault(predicate, {})[tuple(name for name, _ in constants)] = None
        self._told = {
            predicate: tuple(sorted({name for names in fields for name in names}))
            for predicate, fields in asked.items()
        }
        self._asked = {
            predicate: {names: tuple(self._told[predicate].index(name) for name in names) for names in fields}
            for predicate, fields in asked.items()
        }
        self._latest: dict[tuple[str, tuple[str, ...]], dict[tuple[Value, ...], int]] = {}

    def told(self, predicate: str) -> tuple[str, ...]:
        """The fields of a predicate in which some pattern has a constant, in order."""
        return self._told.get(predicate, ())

    def add(self, predicate: str, rows: Iterable[Sequence[Value]], moment: int) -> None:
        """Notes facts by the values of the fields that are told of their predicate."""
        distinct = set(map(tuple, rows))
        for names, places in self._asked.get(predicate, {}).items():
            latest = self._latest.setdefault((predicate, names), {})
            latest.update(dict.fromkeys((tuple([row[place] for place in places]) for row in distinct), moment))

    def latest(self, pattern: Pattern) -> int | None:
        """The moment in which a fact that fits the pattern last came; None where none did."""
        predicate, constants = pattern
        found = self._latest.get((predicate, tuple(name for name, _ in constants)), {})
        return found.get(tuple(value for _, value in constants))
