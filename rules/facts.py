"""Facts, and what was derived from them: the values that both evaluators take and give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

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
    return Fact(predicate, tuple(sorted(fields.items())))


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


@dataclass(frozen=True, slots=True)
class Derivations:
    """Everything a run concluded: the given facts, and for each derived fact its derivations, sorted.

    Two runs on the same rules and facts give equal values, whichever evaluator made them.
    """

    given: frozenset[Fact]
    derived: dict[Fact, tuple[Derivation, ...]] = field(default_factory=dict)
    _grouped: dict[str, set[Fact]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _sorted: dict[str, tuple[Fact, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def facts(self, predicate: str) -> tuple[Fact, ...]:
        """All facts of one predicate, given and derived, sorted by their fields' text."""
        kept = self._sorted.get(predicate)
        if kept is None:
            kept = self._sorted[predicate] = tuple(sorted(self._of(predicate), key=repr))
        return kept

    def _of(self, predicate: str) -> set[Fact]:
        """The facts of one predicate; all are sorted into predicates when the first of them is asked for."""
        if not self._grouped:
            for each in (self.given, self.derived):
                for found in each:
                    self._grouped.setdefault(found.predicate, set()).add(found)
        return self._grouped.get(predicate, set())
