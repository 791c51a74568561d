"""Counting what is settled: which facts fit the pattern of an aggregate in one match, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rules.facts import Absence, Fact, Premise, Value
from rules.language import COUNT, LEAST

Place = tuple[int, int]
"""Where a value stands in a match: which positive condition, and which of its fact's fields."""
Rows = Sequence[tuple[tuple[str, Value], ...]]
"""The fields of the facts that matched."""


class Gather(NamedTuple):
    """An aggregate with its names resolved to places.

    `constants` are fields that must hold a value, `same` pairs of fields that must be equal; `group` are the fields
    that must equal a value of the match, and `names` are those of the constant and grouped fields, sorted.
    """

    result: str
    kind: str
    field: int
    predicate: str
    constants: tuple[tuple[int, Value], ...]
    same: tuple[tuple[int, int], ...]
    group: tuple[tuple[int, Place], ...]
    names: tuple[tuple[str, int], ...]

    def admits(self, fact: Fact) -> bool:
        """Whether the fact fits, whatever the match is."""
        fields = fact.fields
        return all(fields[i][1] == value for i, value in self.constants) and all(
            fields[i][1] == fields[j][1] for i, j in self.same
        )

    def key(self, rows: Rows) -> tuple[Value, ...]:
        """The values of the match that the grouped fields must have."""
        return tuple([rows[atom][field][1] for _, (atom, field) in self.group])

    def result_of(self, facts: Sequence[Fact]) -> Value | None:
        """What the fitting facts come to; None where there is no least or greatest of them."""
        if self.kind == COUNT:
            return len(facts)
        if not facts:
            return None
        # Values of one field are of one type; strings compare by code point.
        values: list[Value] = [fact.fields[self.field][1] for fact in facts]
        return min(values) if self.kind == LEAST else max(values)

    def premises(self, facts: Sequence[Fact], rows: Rows) -> tuple[Premise, ...]:
        """The facts themselves; where there is none, the absence of the pattern."""
        if facts:
            return tuple(facts)
        known = dict(self.constants) | dict(zip((i for i, _ in self.group), self.key(rows), strict=True))
        return (Absence(self.predicate, tuple((name, known[i]) for name, i in self.names)),)


class Settled:
    """The facts of predicates that are settled, found by what an aggregate asks of them.

    `facts_of` gives all facts of a predicate. It is asked only when a rule that counts them runs, that is, when their
    stratum is done; what it said is kept, so one value serves one run on one set of facts.
    """

    def __init__(self, facts_of: Callable[[str], Iterable[Fact]]) -> None:
        self._facts_of = facts_of
        # By identity, each with its aggregate, so that this stays its own: hashing one costs more than its facts.
        self._groups: dict[int, tuple[Gather, dict[tuple[Value, ...], list[Fact]]]] = {}
        self._keys: dict[int, tuple[Gather, frozenset[tuple[Value, ...]]]] = {}

    def fitting(self, gather: Gather, rows: Rows) -> Sequence[Fact]:
        """The facts that fit the pattern in this match, each once, sorted."""
        known = self._groups.get(id(gather))
        if known is None:
            known = self._groups[id(gather)] = gather, self._grouped(gather)
        return known[1].get(gather.key(rows), ())

    def keys(self, gather: Gather) -> frozenset[tuple[Value, ...]]:
        """The values of the grouped fields for which some fact fits the pattern."""
        known = self._keys.get(id(gather))
        if known is None:
            rows = [fact[1] for fact in self._facts_of(gather.predicate)]
            for field, value in gather.constants:
                rows = [row for row in rows if row[field][1] == value]
            for one, other in gather.same:
                rows = [row for row in rows if row[one][1] == row[other][1]]
            columns = [[row[field][1] for row in rows] for field, _ in gather.group]
            keys = frozenset(zip(*columns, strict=True) if columns else [()] * bool(rows))
            known = self._keys[id(gather)] = gather, keys
        return known[1]

    def _grouped(self, gather: Gather) -> dict[tuple[Value, ...], list[Fact]]:
        groups: dict[tuple[Value, ...], list[Fact]] = {}
        for fact in sorted(filter(gather.admits, self._facts_of(gather.predicate))):
            groups.setdefault(tuple([fact.fields[i][1] for i, _ in gather.group]), []).append(fact)
        return groups
