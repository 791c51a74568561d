"""The matches of a rule, many at once: what they conclude, column by column, and each one's derivation when asked for.

A patient has thousands of matches, and a board asks why for few of them: conclusions are made at once, because other
rules read them, and a derivation (its bindings and premises) only for a fact whose derivations somebody wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import compress, islice, repeat

from rules.aggregate import Gather, Settled
from rules.facts import Absence, Derivation, Fact, Premise, Value
from rules.firing import Plan, Slot, holds
from rules.language import INTEGER, NUMBER

Facts = Sequence[Fact]


class Matches:
    """Matches of one rule, numbered from 0. `matched` holds the facts of each positive condition, match by match."""

    __slots__ = ("_matched", "_plan", "_ready", "conclusions")

    def __init__(
        self,
        plan: Plan,
        matched: Sequence[Facts],
        count: int,
        settled: Settled,
        conclusions: list[Fact] | None = None,
    ) -> None:
        """`count` matches for which the comparisons and negations of the rule hold (see `holding`).

        Their `conclusions` are worked out here where they are not given.

        `settled` is asked for what the rule counts; where that or a comparison of it fails, the match is none.
        """
        self._plan, self._matched = plan, matched
        self._ready: list[Derivation] | None = None
        if plan.gathers:
            rows = zip(*matched, strict=True) if matched else repeat((), count)
            made = (plan.derivation(facts, settled) for facts in rows)
            self._ready = [derivation for derivation in made if derivation is not None]
            self.conclusions = [derivation.conclusion for derivation in self._ready]
        else:
            self.conclusions = _conclusions(plan, matched, count) if conclusions is None else conclusions

    @property
    def predicate(self) -> str:
        """The predicate of the conclusions."""
        return self._plan.rule.head.predicate

    def derivation(self, number: int) -> Derivation:
        """The derivation that this match is."""
        if self._ready is not None:
            return self._ready[number]
        plan, matched = self._plan, self._matched
        rows = [facts[number][1] for facts in matched]
        bindings = tuple([(name, rows[which][field][1]) for name, (which, field) in plan.binders])
        premises: list[Premise] = []
        for premise in plan.premises:
            if isinstance(premise, int):
                premises.append(matched[premise][number])
            else:
                assert not isinstance(premise, Gather), "a rule that counts has its derivations ready"
                values = [
                    (s.name, s.constant if s.place is None else rows[s.place[0]][s.place[1]][1]) for s in premise[1]
                ]
                premises.append(Absence(premise[0], tuple(values)))
        return Derivation(plan.rule.name, self.conclusions[number], bindings, tuple(premises))

    def grounds(self) -> Iterable[object]:
        """What each match is known by among all matches of all rules: its rule and facts, or its derivation."""
        if self._ready is not None:
            return self._ready
        named = repeat(self._plan.rule.name, len(self.conclusions))
        return zip(named, *self._matched, strict=True)

    def derivations(self) -> Iterator[Derivation]:
        """Those of all matches."""
        return map(self.derivation, range(len(self.conclusions)))


class Table:
    """The facts of one predicate: `rows` in the order in which they came, `numbers` where each stands there."""

    __slots__ = ("_numbers", "found", "rows")

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.rows = list(facts)
        self._numbers: dict[Fact, int] | None = None
        self.found: list[tuple[Matches, list[int]]] = []

    @property
    def numbers(self) -> dict[Fact, int]:
        """The place of each fact among the rows; made when it is asked for, which of most given facts nobody does."""
        if self._numbers is None:
            self._numbers = {fact: number for number, fact in enumerate(self.rows)}
        return self._numbers

    def add(self, facts: Iterable[Fact]) -> tuple[list[int], list[Fact]]:
        """The number of each fact, and those among them that were not there yet."""
        numbers, before = self.numbers, len(self.rows)
        places = [numbers.setdefault(fact, len(numbers)) for fact in facts]
        new = list(islice(reversed(numbers), len(numbers) - before))
        new.reverse()
        self.rows += new
        return places, new

    def conclude(self, matches: Matches) -> list[Fact]:
        """Adds what matches conclude, and keeps them; the facts that were not there yet."""
        places, new = self.add(matches.conclusions)
        self.found.append((matches, places))
        return new


def holding(plan: Plan, matched: list[Facts], count: int, settled: Settled) -> tuple[list[Facts], int]:
    """The matches for which the rule's comparisons hold and nothing fits what it denies, and their number."""
    for denial in plan.denials:
        if blocked := settled.keys(denial):
            keys = zip(*(_values(place, matched) for _, place in denial.group), strict=True)
            keep = [key not in blocked for key in keys] if denial.group else repeat(False, count)
            matched, count = _kept(matched, keep)
    if plan.guards and not plan.gathers:
        for left, operator, right in plan.guards:
            pairs = zip(_operands(left, matched, count), _operands(right, matched, count), strict=True)
            matched, count = _kept(matched, [holds(one, operator, other) for one, other in pairs])
    return matched, count


def _kept(matched: list[Facts], keep: Iterable[bool]) -> tuple[list[Facts], int]:
    kept = list(keep)
    return [list(compress(facts, kept)) for facts in matched], sum(kept)


def _operands(slot: Slot, matched: Sequence[Facts], count: int) -> Iterable[Value]:
    return repeat(slot.constant, count) if slot.place is None else _values(slot.place, matched)


def _values(place: tuple[int, int], matched: Sequence[Facts]) -> list[Value]:
    which, field = place
    return [fact[1][field][1] for fact in matched[which]]


def _conclusions(plan: Plan, matched: Sequence[Facts], count: int) -> list[Fact]:
    columns = [_pairs(slot, matched) for slot in plan.head]
    rows: Iterable[tuple[object, ...]] = zip(*columns, strict=False) if matched and columns else ()
    if not matched or not any(slot.place for slot in plan.head):
        rows = repeat(tuple((slot.name, _typed(slot, slot.constant)) for slot in plan.head), count)
    return list(map(partial(tuple.__new__, Fact), zip(repeat(plan.rule.head.predicate), rows, strict=False)))


def _pairs(slot: Slot, matched: Sequence[Facts]) -> Iterable[tuple[str, Value]]:
    """A field's name with its value, match by match; without end where the value is a constant."""
    if slot.place is None:
        return repeat((slot.name, _typed(slot, slot.constant)))
    which, field = slot.place
    if slot.kind in (INTEGER, NUMBER):
        return [(slot.name, _typed(slot, fact[1][field][1])) for fact in matched[which]]
    facts = matched[which]
    if facts and facts[0][1][field][0] == slot.name:
        return [fact[1][field] for fact in facts]
    return [(slot.name, fact[1][field][1]) for fact in facts]


def _typed(slot: Slot, value: Value) -> Value:
    """A value in the type of the conclusion's field: an integer may become a number, and 3.0 an integer again."""
    if slot.kind == NUMBER:
        return float(value)
    return int(value) if slot.kind == INTEGER else value
