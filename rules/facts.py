"""Facts, and what was derived from them: the values that both evaluators take and give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rules.matches import Matches, Table

Value = str | int | float | bool


class Fact(NamedTuple):
    """A ground statement: a predicate and its fields, sorted by name. Build one with `fact(...)`.

    >>> fact("patient", tumor="BRCA", jurisdiction="CN")
    patient(jurisdiction: CN, tumor: BRCA)
    """

    predicate: str
    fields: tuple[tuple[str, Value], ...]

    def get(self, name: str) -> Value | None:
        """The value of a field, or None when the fact has no such field."""
        for key, value in self.fields:
            if key == name:
                return value
        return None

    def __repr__(self) -> str:
        return f"{self.predicate}({', '.join(f'{key}: {value}' for key, value in self.fields)})"


def fact(predicate: str, /, **fields: Value) -> Fact:
    """A fact with its fields in sorted order, so that equal statements are equal values."""
    return _made(Fact, (predicate, tuple(sorted(fields.items()))))


_made = tuple.__new__
"""Makes a fact without a call of Python's own: there are hundreds of thousands."""


class Absence(NamedTuple):
    """A premise that was an absence: no fact of this pattern holds. Fields that the rule left open are not listed."""

    predicate: str
    fields: tuple[tuple[str, Value], ...]

    def __repr__(self) -> str:
        return f"no {self.predicate}({', '.join(f'{key}: {value}' for key, value in self.fields)})"


Premise = Fact | Absence


class Derivation(NamedTuple):
    """One firing of one rule: what it concluded, under which bindings (sorted), from which premises (in rule order)."""

    rule: str
    conclusion: Fact
    bindings: tuple[tuple[str, Value], ...]
    premises: tuple[Premise, ...]


class Derived(Mapping[Fact, tuple[Derivation, ...]]):
    """Derived facts with their derivations, in the one order that every evaluator gives.

    `tables` hold each predicate's facts and the matches that concluded some. Facts are put in order, and derivations
    made, when somebody asks for them: an answer names few of the thousands.
    """

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = {name: tables[name] for name in sorted(tables) if tables[name].found}
        self._places: dict[str, dict[int, list[tuple[Matches, int]]]] = {}
        self._ordered: dict[str, tuple[Fact, ...]] = {}
        self._made: dict[Fact, tuple[Derivation, ...]] = {}

    def of(self, predicate: str) -> tuple[Fact, ...]:
        """The derived facts of one predicate."""
        known = self._ordered.get(predicate)
        if known is None:
            rows = self._tables[predicate].rows if predicate in self._tables else []
            known = self._ordered[predicate] = tuple(in_order([rows[number] for number in self._found(predicate)]))
        return known

    def unordered(self, predicate: str) -> Iterable[Fact]:
        """As `of`, in any order: what is put in order by whoever asks need not be so before."""
        table = self._tables.get(predicate)
        if table is None:
            return ()
        numbers = {number for _, places in table.found for number in places}
        return table.rows if len(numbers) == len(table.rows) else [table.rows[number] for number in numbers]

    def __getitem__(self, fact: Fact) -> tuple[Derivation, ...]:
        made = self._made.get(fact)
        if made is None:
            ways = [matches.derivation(number) for matches, number in self._ways(fact)]
            if not ways:
                raise KeyError(fact)
            made = self._made[fact] = tuple(sorted(set(ways))) if len(ways) > 1 else (ways[0],)
        return made

    def __contains__(self, fact: object) -> bool:
        return isinstance(fact, Fact) and bool(self._ways(fact))

    def __iter__(self) -> Iterator[Fact]:
        return (fact for predicate in self._tables for fact in self.of(predicate))

    def __len__(self) -> int:
        return sum(len(self._found(predicate)) for predicate in self._tables)

    def __repr__(self) -> str:
        return repr(dict(self))

    def differing(self, other: Derived) -> set[Fact]:
        """The facts that one of two runs of the same rules alone derived, or in other ways; no derivation is made."""
        found: set[Fact] = set()
        for predicate in {*self._tables, *other._tables}:
            mine, others = self._grounds(predicate), other._grounds(predicate)
            for fact, grounds in mine.items():
                if (known := others.get(fact)) is None or (grounds != known and set(grounds) != set(known)):
                    found.add(fact)
            found.update(fact for fact in others if fact not in mine)
        return found

    def _grounds(self, predicate: str) -> dict[Fact, list[object]]:
        """By derived fact of a predicate, what each of its derivations rests on."""
        table = self._tables.get(predicate)
        found: dict[int, list[object]] = {}
        for matches, places in table.found if table is not None else ():
            for place, ground in zip(places, matches.grounds(), strict=True):
                found.setdefault(place, []).append(ground)
        return {table.rows[place]: grounds for place, grounds in found.items()} if table is not None else {}

    def _ways(self, fact: Fact) -> Sequence[tuple[Matches, int]]:
        table = self._tables.get(fact.predicate)
        if table is None:
            return ()
        return self._found(fact.predicate).get(table.numbers.get(fact, -1), ())

    def _found(self, predicate: str) -> dict[int, list[tuple[Matches, int]]]:
        """By the number of each derived fact of a predicate, the matches that it follows from."""
        found = self._places.get(predicate)
        if found is None:
            found = self._places[predicate] = {}
            for matches, places in self._tables[predicate].found if predicate in self._tables else ():
                for number, place in enumerate(places):
                    found.setdefault(place, []).append((matches, number))
        return found


def in_order(facts: list[Fact]) -> list[Fact]:
    """Facts of one predicate in the order of the tuples that they are, compared as one text each where that is equal.

    Fields of one predicate have one type each. No text holds a code below NUL, and `False` comes before `True` as text
    too.
    """
    if not facts:
        return facts
    keys = ["\0".join([str(value) for _, value in fact.fields]) for fact in facts]
    numbers = any(type(value) in (int, float) for _, value in facts[0].fields)
    if numbers or sum(key.count("\0") for key in keys) != len(facts) * max(len(facts[0].fields) - 1, 0):
        return sorted(facts)
    return [facts[place] for place in sorted(range(len(facts)), key=keys.__getitem__)]


@dataclass(frozen=True, slots=True)
class Derivations:
    """Everything a run concluded: the given facts, and for each derived fact its derivations, sorted.

    Two runs on the same rules and facts give equal values, whichever evaluator made them.
    """

    given: frozenset[Fact]
    derived: Mapping[Fact, tuple[Derivation, ...]] = field(default_factory=dict)
    _sorted: dict[str, tuple[Fact, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _stated: dict[str, list[Fact]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def facts(self, predicate: str) -> tuple[Fact, ...]:
        """All facts of one predicate, given and derived, sorted by their fields' text."""
        kept = self._sorted.get(predicate)
        if kept is None:
            found = {*self._given(predicate), *self.concluded(predicate)}
            kept = self._sorted[predicate] = tuple(sorted(found, key=repr))
        return kept

    def concluded(self, predicate: str) -> tuple[Fact, ...]:
        """The derived facts of one predicate, in the order of `derived`."""
        if isinstance(self.derived, Derived):
            return self.derived.of(predicate)
        return tuple(fact for fact in self.derived if fact.predicate == predicate)

    def unordered(self, predicate: str) -> Iterable[Fact]:
        """The derived facts of one predicate, each once, in any order."""
        return self.derived.unordered(predicate) if isinstance(self.derived, Derived) else self.concluded(predicate)

    def _given(self, predicate: str) -> Sequence[Fact]:
        if not self._stated:
            for each in self.given:
                self._stated.setdefault(each.predicate, []).append(each)
        return self._stated.get(predicate, ())
