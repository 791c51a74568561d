"""The join of a rule as Python code: one loop for each condition, written for that rule and compiled.

It finds what `rules.join_engine` finds step by step. There a rule costs some microseconds however few facts it reads;
here it costs those that it reads. Compiling costs as much as a hundred runs, so it is for rules that run often.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import NamedTuple, cast

from rules.aggregate import Gather, Place
from rules.facts import Fact, Value
from rules.firing import Plan, Slot
from rules.language import INTEGER, NUMBER, Predicate

Index = Mapping[Hashable, list[Fact]]
"""Facts by the value of a field, or by the values of several; by `()` where they are not looked up."""


class Pick(NamedTuple):
    """An index of the facts of a predicate: by the values of these fields, of facts in which some fields are equal."""

    predicate: str
    fields: tuple[int, ...]
    same: tuple[tuple[int, int], ...]


class Step(NamedTuple):
    """A condition to be joined: the number of its index, and what is looked up there.

    For each field of the index that is a constant, or its place among the conditions joined before.
    """

    number: int
    keys: tuple[Place | Value, ...]


class Joined(NamedTuple):
    """A rule made ready: `steps` join its conditions, of which the first as written is at the first of `places`."""

    plan: Plan
    steps: tuple[Step, ...]
    places: tuple[int, ...]


Found = tuple[list[list[Fact]], list[Fact]]
"""The facts of each condition as written, match by match, and what the matches conclude (nothing where they count)."""
Join = Callable[[Callable[[int], Index], Callable[[Gather], Collection[tuple[Value, ...]]]], Found | None]
"""Finds the matches of a rule, None where there is none: by the indexes, and by the values that a denial blocks."""


def compiled(rule: Joined, predicates: Mapping[str, Predicate]) -> Join:
    """The join of a rule with at least one positive condition, compiled."""
    writer = _Writer(rule, predicates)
    code = compile(writer.text(), f"<rule {rule.plan.rule.name!r}>", "exec")
    exec(code, writer.known)
    return cast("Join", writer.known["join"])


class _Writer:
    """Writes the join of one rule. `known` are the names that the code reads: constants, indexes, what is denied."""

    def __init__(self, rule: Joined, predicates: Mapping[str, Predicate]) -> None:
        self._rule, self._predicates = rule, predicates
        self.known: dict[str, object] = {"Fact": Fact, "new": tuple.__new__}

    def text(self) -> str:
        """The code of `join`."""
        steps, plan = self._rule.steps, self._rule.plan
        lines = ["def join(index, blocked):"]
        for number, step in enumerate(steps):
            lines += [f" i{number} = index({step.number})", f" if not i{number}: return None"]
            if number == 0:
                lines += [f" rows = i0.get({self._key(step)})", " if not rows: return None"]
        lines += [f" b{number} = blocked({self._name(denial)})" for number, denial in enumerate(plan.denials)]
        lines += [f" m{number} = []" for number in range(len(steps))]
        lines += [f" a{number} = m{number}.append" for number in range(len(steps))]
        lines += [" found = []", " conclude = found.append"]
        checks = self._checks()
        for number, step in enumerate(steps):
            indent = " " * (number + 1)
            rows = "rows" if number == 0 else f"i{number}.get({self._key(step)}, ())"
            lines += [f"{indent}for f{number} in {rows}:", f"{indent} v{number} = f{number}[1]"]
            lines += [f"{indent} {check}" for check in checks.get(number, ())]
        indent = " " * (len(steps) + 1)
        lines += [f"{indent}a{number}(f{number})" for number in range(len(steps))]
        if not plan.gathers:
            lines.append(f"{indent}conclude(new(Fact, ({plan.rule.head.predicate!r}, {self._conclusion()})))")
        matched = "".join(f"m{place}, " for place in self._rule.places)
        return "\n".join([*lines, f" return ([{matched}], found) if m0 else None"])

    def _name(self, value: object) -> str:
        """A name by which the code reads a value."""
        name = f"k{len(self.known)}"
        self.known[name] = value
        return name

    def _key(self, step: Step) -> str:
        """What is looked up in the index of a step; its places count the conditions as they are joined."""
        keys = [f"v{key[0]}[{key[1]}][1]" if isinstance(key, tuple) else self._name(key) for key in step.keys]
        return keys[0] if len(keys) == 1 else _tuple(keys)

    def _checks(self) -> dict[int, list[str]]:
        """What must hold, after the condition that is joined last of those that it is about."""
        plan, found = self._rule.plan, dict[int, list[str]]()
        for number, denial in enumerate(plan.denials):
            places = [place for _, place in denial.group]
            key = _tuple([self._value(place) for place in places])
            found.setdefault(self._last(places), []).append(f"if b{number} and {key} in b{number}: continue")
        for left, operator, right in () if plan.gathers else plan.guards:
            places = [slot.place for slot in (left, right) if slot.place is not None]
            sign = "==" if operator == "=" else operator
            check = f"if not ({self._operand(left)} {sign} {self._operand(right)}): continue"
            found.setdefault(self._last(places), []).append(check)
        return found

    def _last(self, places: Sequence[Place]) -> int:
        return max((self._rule.places[which] for which, _ in places), default=0)

    def _value(self, place: Place) -> str:
        """The value at a place; places count the conditions as they are written."""
        return f"{self._pair(place)}[1]"

    def _pair(self, place: Place) -> str:
        which, field = place
        return f"v{self._rule.places[which]}[{field}]"

    def _operand(self, slot: Slot) -> str:
        return self._name(slot.constant) if slot.place is None else self._value(slot.place)

    def _conclusion(self) -> str:
        """The fields of the conclusion. One with the name of the field that it is taken from is that field itself."""
        return _tuple([self._field(slot) for slot in self._rule.plan.head])

    def _field(self, slot: Slot) -> str:
        kind = {INTEGER: int, NUMBER: float}.get(slot.kind)
        if slot.place is None:
            return self._name((slot.name, slot.constant if kind is None else kind(slot.constant)))
        if kind is not None:
            return f"({slot.name!r}, {kind.__name__}({self._value(slot.place)}))"
        which, field = slot.place
        of = self._predicates[self._rule.plan.positives[which].predicate]
        is_same = of.fields[field].name == slot.name
        return self._pair(slot.place) if is_same else f"({slot.name!r}, {self._value(slot.place)})"


def _tuple(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
