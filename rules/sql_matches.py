"""The matches of a rule as derivations, column by column: a patient has thousands, each a handful of tuples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import NamedTuple

from rules.aggregate import Gather, Settled
from rules.facts import Absence, Derivation, Fact, Premise, Value
from rules.firing import Plan, Slot
from rules.language import INTEGER, NUMBER

Facts = Sequence[Fact]


class Matches(NamedTuple):
    """A rule's plan, made ready for many matches at once."""

    plan: Plan

    @classmethod
    def of(cls, plan: Plan) -> Matches:
        """Of a checked rule's plan."""
        return cls(plan)

    def derivations(self, matched: Sequence[Facts], count: int, settled: Settled) -> list[Derivation]:
        """The derivations of `count` matches; `matched` holds the facts of each positive condition, match by match.

        The comparisons of the rule must hold for all of them. `settled` is asked for what aggregates count.
        """
        if self.plan.gathers:
            found = (self.plan.derivation(facts, settled) for facts in _matches(matched, count))
            return [derivation for derivation in found if derivation is not None]
        rule = self.plan.rule
        slots = (Slot(name, place, 0, "") for name, place in self.plan.binders)
        bindings = _rows([_pairs(slot, matched) for slot in slots], count)
        heads = _rows([_pairs(slot, matched) for slot in self.plan.head], count)
        conclusions = map(partial(tuple.__new__, Fact), zip(repeat(rule.head.predicate), heads, strict=False))
        premises = _rows([self._premises(premise, matched, count) for premise in self.plan.premises], count)
        made = zip(repeat(rule.name), conclusions, bindings, premises)
        return list(map(partial(tuple.__new__, Derivation), made))

    def _premises(
        self, premise: int | tuple[str, tuple[Slot, ...]] | Gather, matched: Sequence[Facts], count: int
    ) -> Iterable[Premise]:
        if isinstance(premise, int):
            return matched[premise]
        assert not isinstance(premise, Gather), "a rule that counts goes match by match"
        predicate, slots = premise
        fields = _rows([_pairs(slot, matched) for slot in slots], count)
        return map(partial(tuple.__new__, Absence), zip(repeat(predicate), fields))


def _matches(matched: Sequence[Facts], count: int) -> Iterator[tuple[Fact, ...]]:
    return zip(*matched, strict=True) if matched else repeat((), count)


def _rows(columns: Sequence[Iterable[object]], count: int) -> Iterator[tuple[object, ...]]:
    return zip(*columns, strict=False) if columns else repeat((), count)


def _pairs(slot: Slot, matched: Sequence[Facts]) -> Iterator[tuple[str, Value]]:
    """A field's name with its value, match by match; without end where the value is a constant."""
    if slot.place is None:
        return repeat((slot.name, _typed(slot, slot.constant)))
    which, field = slot.place
    values: Iterable[Value] = [fact[1][field][1] for fact in matched[which]]
    if slot.kind in (INTEGER, NUMBER):
        values = [_typed(slot, value) for value in values]
    return zip(repeat(slot.name), values, strict=False)


def _typed(slot: Slot, value: Value) -> Value:
    """A value in the type of the conclusion's field: an integer may become a number, and 3.0 an integer again."""
    if slot.kind == NUMBER:
        return float(value)
    return int(value) if slot.kind == INTEGER else value
