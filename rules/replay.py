"""One firing checked by hand: does it follow from its premises by its rule? No evaluator is asked.

This is the small part that a proof has to be trusted to. It shares neither plans nor joins with the evaluators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rules.facts import Absence, Derivation, Fact, Premise, Value
from rules.firing import TYPES, holds
from rules.language import COUNT, LEAST, Aggregate, Atom, Comparison, Negation, Predicate, Rule, Term, Variable

PREMISE, MISSING, PRESENT, COMPARISON, COUNTED, EXTRA, BINDINGS, HEAD = (
    "premise", "missing", "present", "comparison", "counted", "extra", "bindings", "head",
)  # fmt: skip
FactsOf = Callable[[str], Iterable[Fact]]
"""All facts of a predicate that hold, given and derived."""


class Mismatch(NamedTuple):
    """Why a firing is none: `kind` says what does not fit, `condition` where, and `found` what is there instead.

    `premise` is the place of the premise that does not fit, where it is one.
    """

    kind: str
    condition: str
    found: str = ""
    premise: int | None = None


def mismatch(firing: Derivation, rule: Rule, predicates: Mapping[str, Predicate], facts_of: FactsOf) -> Mismatch | None:
    """What is wrong with a firing of a checked rule; None when it follows.

    1. Premises are taken in the order of the rule's conditions. A pattern takes the fact that fits it, a negation the
       absence of its pattern, and a count all facts that fit, or their absence.
    2. Variables stand for what the bindings say; comparisons hold for these values.
    3. Nothing is left over, and the conclusion is the rule's.
    """
    bindings = dict(firing.bindings)
    if len(bindings) != len(firing.bindings) or bindings.keys() != _variables(rule):
        return Mismatch(BINDINGS, ", ".join(sorted(_variables(rule))), ", ".join(name for name, _ in firing.bindings))
    left = _Left(firing.premises)
    bound = {name for atom in rule.positives() for name in atom.variables()}
    for condition in rule.body:
        wrong = _wrong(condition, left, bindings, bound, facts_of)
        if wrong is not None:
            return wrong
    if left.at < len(firing.premises):
        return Mismatch(EXTRA, rule.name, repr(firing.premises[left.at]), left.at)
    expected = _conclusion(rule.head, bindings, predicates[rule.head.predicate])
    if expected is None or not same(expected, firing.conclusion):
        return Mismatch(HEAD, str(rule.head), repr(firing.conclusion))
    return None


class _Left:
    """The premises that no condition has taken yet."""

    def __init__(self, premises: Sequence[Premise]) -> None:
        self.premises, self.at = premises, 0

    def take(self) -> Premise | None:
        self.at += 1
        return self.premises[self.at - 1] if self.at <= len(self.premises) else None

    def refused(self, kind: str, condition: object, found: object) -> Mismatch:
        return Mismatch(kind, str(condition), "" if found is None else repr(found), self.at - 1)


def _variables(rule: Rule) -> set[str]:
    names = {name for atom in rule.positives() for name in atom.variables()}
    return names | {each.result for each in rule.aggregates()}


def _wrong(
    condition: Atom | Negation | Comparison | Aggregate,
    left: _Left,
    bindings: Mapping[str, Value],
    bound: set[str],
    facts_of: FactsOf,
) -> Mismatch | None:
    if isinstance(condition, Comparison):
        return _wrong_comparison(condition, bindings)
    if isinstance(condition, Aggregate):
        return _wrong_count(condition, left, bindings, bound, facts_of)
    if isinstance(condition, Negation):
        return _wrong_absence(condition, left, bindings, bound, facts_of)
    found = left.take()
    if found is None:
        return left.refused(MISSING, condition, None)
    if not isinstance(found, Fact) or not _fits(condition, found, bindings, bound):
        return left.refused(PREMISE, condition, found)
    return None


def _wrong_comparison(condition: Comparison, bindings: Mapping[str, Value]) -> Mismatch | None:
    left, right = _value(condition.left, bindings), _value(condition.right, bindings)
    try:
        if holds(left, condition.operator, right):
            return None
    except TypeError:  # a text against a number: bindings that no fact of the declared fields can give
        pass
    return Mismatch(COMPARISON, str(condition), f"{left!r} {condition.operator} {right!r}")


def _wrong_absence(
    condition: Negation, left: _Left, bindings: Mapping[str, Value], bound: set[str], facts_of: FactsOf
) -> Mismatch | None:
    found, atom = left.take(), condition.atom
    if found is None:
        return left.refused(MISSING, condition, None)
    if not isinstance(found, Absence) or not _is_same(found, _absence(atom, bindings, bound)):
        return left.refused(PREMISE, condition, found)
    there = next(_fitting(atom, bindings, bound, facts_of), None)
    return None if there is None else left.refused(PRESENT, condition, there)


def _wrong_count(
    condition: Aggregate, left: _Left, bindings: Mapping[str, Value], bound: set[str], facts_of: FactsOf
) -> Mismatch | None:
    atom = condition.atom
    fitting = sorted(set(_fitting(atom, bindings, bound, facts_of)))
    expected: Sequence[Premise] = fitting or [_absence(atom, bindings, bound)]
    for each in expected:
        found = left.take()
        if found is None:
            return left.refused(MISSING, condition, each)
        if type(found) is not type(each) or not _is_same(found, each):
            return left.refused(PREMISE, condition, found)
    result = _result(condition, fitting)
    if result is None or not _equal(result, bindings[condition.result]):
        return Mismatch(COUNTED, str(condition), repr(bindings[condition.result]))
    return None


def _result(condition: Aggregate, fitting: Sequence[Fact]) -> Value | None:
    if condition.kind == COUNT:
        return len(fitting)
    fields = [name for name, term in condition.atom.fields if isinstance(term, Variable) and term.name == condition.of]
    values: list[Value] = [value for fact in fitting if (value := fact.get(fields[0])) is not None]
    if not values:
        return None
    return min(values) if condition.kind == LEAST else max(values)


def _fits(atom: Atom, fact: Fact, bindings: Mapping[str, Value], bound: set[str]) -> bool:
    """Whether a fact fits a pattern; variables that no positive condition binds may stand for anything, once."""
    values = dict(fact.fields)
    own: dict[str, Value] = {}
    if fact.predicate != atom.predicate:
        return False
    for name, term in atom.fields:
        value = values.get(name)
        if value is None:
            return False
        if not isinstance(term, Variable):
            fitting = _equal(term, value)
        elif term.is_anonymous:
            fitting = True
        else:
            fitting = _equal(bindings[term.name] if term.name in bound else own.setdefault(term.name, value), value)
        if not fitting:
            return False
    return True


def _fitting(atom: Atom, bindings: Mapping[str, Value], bound: set[str], facts_of: FactsOf) -> Iterator[Fact]:
    return (fact for fact in facts_of(atom.predicate) if _fits(atom, fact, bindings, bound))


def _absence(atom: Atom, bindings: Mapping[str, Value], bound: set[str]) -> Absence:
    """The absence of a pattern, with the fields that it settles."""
    closed = [(n, t) for n, t in sorted(atom.fields, key=lambda pair: pair[0]) if _is_closed(t, bound)]
    return Absence(atom.predicate, tuple((name, _value(term, bindings)) for name, term in closed))


def _is_closed(term: Term, bound: set[str]) -> bool:
    return not isinstance(term, Variable) or term.name in bound


def _value(term: Term, bindings: Mapping[str, Value]) -> Value:
    return bindings[term.name] if isinstance(term, Variable) else term


def _conclusion(head: Atom, bindings: Mapping[str, Value], predicate: Predicate) -> Fact | None:
    """The head with its variables filled in, each value in the type of its field; None where one cannot be."""
    kinds = {field.name: TYPES.get(field.kind, str) for field in predicate.fields}
    fields: list[tuple[str, Value]] = []
    for name, term in sorted(head.fields, key=lambda pair: pair[0]):
        value, kind = _value(term, bindings), kinds[name]
        if kind in (int, float) and type(value) in (int, float):
            value = kind(value)
        if type(value) is not kind:
            return None
        fields.append((name, value))
    return Fact(head.predicate, tuple(fields))


def same(one: Fact | Absence, other: Fact | Absence) -> bool:
    """Whether two statements are the same, types of values included: 1, 1.0 and true are three values.

    >>> from rules.facts import fact
    >>> same(fact("age", years=1), fact("age", years=True)), same(fact("age", years=1), fact("age", years=1))
    (False, True)
    """
    return type(one) is type(other) and _is_same(one, other)


def _is_same(one: Fact | Absence, other: Fact | Absence) -> bool:
    return one == other and [type(value) for _, value in one.fields] == [type(value) for _, value in other.fields]


def _equal(one: Value, other: Value) -> bool:
    """Whether a value of a rule or a binding is one of a fact: a whole number equals the same number, truth none."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
