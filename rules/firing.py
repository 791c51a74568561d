"""What both evaluators share: checked facts in, and for each match of a rule the derivation that it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rules.aggregate import Gather, Place, Rows, Settled
from rules.errors import InvalidFact
from rules.facts import Absence, Derivation, Fact, Premise, Value
from rules.language import (
    BOOLEAN,
    COUNT,
    DATE,
    ENUMERATION,
    INTEGER,
    LARGEST_INTEGER,
    NUMBER,
    Aggregate,
    Atom,
    Comparison,
    Field,
    Negation,
    Predicate,
    Rule,
    RuleSet,
    Term,
    Variable,
)

TYPES: dict[str, type] = {INTEGER: int, NUMBER: float, BOOLEAN: bool}
"""The Python types of kinds of fields; all others hold text."""


class Slot(NamedTuple):
    """A value to be put together after a match: from a place in it, or a constant."""

    name: str
    place: Place | None
    constant: Value
    kind: str


class Plan(NamedTuple):
    """A rule with its names resolved to places, so that a match becomes a derivation without looking anything up.

    The results of aggregates have places too, behind those of the positive conditions, as if each were a fact's field.
    A denial gathers what fits a negation: there must be nothing.
    """

    rule: Rule
    positives: tuple[Atom, ...]
    binders: tuple[tuple[str, Place], ...]
    guards: tuple[tuple[Slot, str, Slot], ...]
    premises: tuple[int | tuple[str, tuple[Slot, ...]] | Gather, ...]
    head: tuple[Slot, ...]
    gathers: tuple[Gather, ...] = ()
    denials: tuple[Gather, ...] = ()

    def place(self, variable: str) -> Place | None:
        """Where a variable is bound first; None for one that no positive condition binds."""
        return dict(self.binders).get(variable)

    def derivation(self, facts: Sequence[Fact], settled: Settled) -> Derivation | None:
        """What the rule derives from these facts, one for each positive condition; None when a comparison fails.

        None too when nothing fits a `least` or `greatest`. The facts must fit their conditions and each other, and no
        fact may fit a negation: that is the evaluator's part. `settled` is asked for what aggregates count.
        """
        rows = [fact.fields for fact in facts]
        fitting: dict[Gather, Sequence[Fact]] = {}
        for gather in self.gathers:
            found = fitting[gather] = settled.fitting(gather, rows)
            result = gather.result_of(found)
            if result is None:
                return None
            rows.append(((gather.result, result),))
        for left, operator, right in self.guards:
            if not holds(_value(left, rows), operator, _value(right, rows)):
                return None
        bindings = tuple([(name, rows[a][f][1]) for name, (a, f) in self.binders])
        conclusion = Fact(self.rule.head.predicate, tuple([(s.name, _converted(s, rows)) for s in self.head]))
        premises: list[Premise] = []
        for p in self.premises:
            if isinstance(p, int):
                premises.append(facts[p])
            elif isinstance(p, Gather):
                premises += p.premises(fitting[p], rows)
            else:
                premises.append(Absence(p[0], tuple([(s.name, _value(s, rows)) for s in p[1]])))
        return Derivation(self.rule.name, conclusion, bindings, tuple(premises))


def _value(slot: Slot, rows: Rows) -> Value:
    return slot.constant if slot.place is None else rows[slot.place[0]][slot.place[1]][1]


def _converted(slot: Slot, rows: Rows) -> Value:
    """A value in the type of the conclusion's field: an integer may become a number, and 3.0 an integer again."""
    value = _value(slot, rows)
    if slot.kind == NUMBER:
        return float(value)
    return int(value) if slot.kind == INTEGER else value


def holds(left: Term, operator: str, right: Term) -> bool:
    """Whether a comparison of two values of one kind holds."""
    if operator == "=":
        return left == right
    if operator == "!=":
        return left != right
    if operator == "<":
        return left < right  # type: ignore[operator]
    if operator == "<=":
        return left <= right  # type: ignore[operator]
    if operator == ">":
        return left > right  # type: ignore[operator]
    return left >= right  # type: ignore[operator]


def plan(rule: Rule, predicates: Mapping[str, Predicate]) -> Plan:
    """The plan of a checked rule."""
    positives = rule.positives()
    binders: dict[str, Place] = {}
    for number, atom in enumerate(positives):
        for field, term in atom.fields:
            if isinstance(term, Variable) and not term.is_anonymous:
                binders.setdefault(term.name, (number, position(predicates[atom.predicate], field)))
    gathers = tuple(_gather(each, predicates[each.atom.predicate], binders) for each in rule.aggregates())
    denials = tuple(_gather(Aggregate("", COUNT, "", a), predicates[a.predicate], binders) for a in rule.negations())
    binders.update({gather.result: (len(positives) + number, 0) for number, gather in enumerate(gathers)})

    def slot(name: str, term: Term, kind: str = "") -> Slot:
        if isinstance(term, Variable):
            return Slot(name, binders[term.name], 0, kind)
        return Slot(name, None, term, kind)

    premises: list[int | tuple[str, tuple[Slot, ...]] | Gather] = []
    number = 0
    gathered = iter(gathers)
    for condition in rule.body:
        if isinstance(condition, Negation):
            open_left_out = [(n, t) for n, t in sorted(condition.atom.fields) if is_closed(t, binders)]
            premises.append((condition.atom.predicate, tuple(slot(n, t) for n, t in open_left_out)))
        elif isinstance(condition, Aggregate):
            premises.append(next(gathered))
        elif not isinstance(condition, Comparison):
            premises.append(number)
            number += 1
    kinds = {field.name: field.kind for field in predicates[rule.head.predicate].fields}
    guards = tuple((slot("", c.left), c.operator, slot("", c.right)) for c in rule.comparisons())
    head = tuple(slot(name, term, kinds[name]) for name, term in sorted(rule.head.fields, key=_first))
    return Plan(rule, positives, tuple(sorted(binders.items())), guards, tuple(premises), head, gathers, denials)


def _gather(aggregate: Aggregate, predicate: Predicate, bound: Mapping[str, Place]) -> Gather:
    """The gathering of a checked aggregate; variables that are not bound are left open."""
    constants: list[tuple[int, Value]] = []
    same: list[tuple[int, int]] = []
    group: list[tuple[int, Place]] = []
    names: list[tuple[str, int]] = []
    own: dict[str, int] = {}
    for name, term in sorted(aggregate.atom.fields, key=_first):
        field = position(predicate, name)
        if is_closed(term, bound):
            names.append((name, field))
            if isinstance(term, Variable):
                group.append((field, bound[term.name]))
            else:
                constants.append((field, term))
        elif isinstance(term, Variable) and term.name in own:
            same.append((own[term.name], field))
        elif isinstance(term, Variable) and not term.is_anonymous:
            own[term.name] = field
    of = own[aggregate.of] if aggregate.of else 0
    told = aggregate.result, aggregate.kind, of, aggregate.atom.predicate
    return _one(Gather(*told, tuple(constants), tuple(same), tuple(group), tuple(names)))


@lru_cache(maxsize=4096)
def _one(gather: Gather) -> Gather:
    """Of equal gatherings always the same value, so that what is found for one rule is found for all."""
    return gather


def join_order(atoms: Sequence[Atom]) -> list[int]:
    """The order to join in: each time the pattern that tells most about its facts, and adds least; then as written.

    A pattern that shares a variable with those before it goes before one that does not.
    """
    if len(atoms) < 2:
        return list(range(len(atoms)))
    variables = [frozenset(atom.variables()) for atom in atoms]
    constants = [sum(not isinstance(term, Variable) for _, term in atom.fields) for atom in atoms]
    bound: set[str] = set()

    def told(i: int) -> tuple[bool, int, int, int]:
        joined = len(bound & variables[i])
        return joined > 0, 2 * joined + constants[i] - len(variables[i]), constants[i], -i

    left = list(range(len(atoms)))
    order = []
    while left:
        best = max(left, key=told)
        order.append(best)
        left.remove(best)
        bound.update(variables[best])
    return order


def _first(pair: tuple[str, Term]) -> str:
    return pair[0]


def is_closed(term: Term, bound: Mapping[str, Place]) -> bool:
    """Whether a field of a negation is a constant, or a variable that a positive condition binds."""
    return not isinstance(term, Variable) or term.name in bound


def position(predicate: Predicate, field: str) -> int:
    """Where a field stands among the predicate's fields, which are sorted by name as in every fact."""
    return next(i for i, declared in enumerate(predicate.fields) if declared.name == field)


def checked_facts(rules: RuleSet, facts: Iterable[Fact]) -> dict[str, dict[Fact, None]]:
    """The given facts by predicate, each once, numbers as floats where the field is a `number`.

    Raises InvalidFact for an unknown predicate or field, a missing field, or a value that its field cannot hold.
    """
    # Judged before equal ones are put together: 1 equals True, and is no boolean.
    return {name: dict.fromkeys(group) for name, group in _by_predicate(checked_each(rules, facts)).items()}


FEW = 100
"""So few facts are checked one by one: there are hardly two of a predicate to be judged together."""


def checked_each(rules: RuleSet, facts: Iterable[Fact]) -> list[Fact]:
    """The given facts in their order, as `checked_facts` has them, equal ones beside each other; it raises the same."""
    facts = list(facts)
    if len(facts) < FEW:
        doubtful = {fact.predicate for fact in facts}
    else:
        groups = _by_predicate(facts)
        doubtful = {name for name, group in groups.items() if not _are_sound(rules.predicates.get(name), group)}
    found = _checked_one_by_one(rules, facts, doubtful) if doubtful else facts
    _refuse_broken_text(found)
    return found


def _by_predicate(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.predicate, []).append(fact)
    return groups


def _are_sound(predicate: Predicate | None, facts: Iterable[Fact]) -> bool:
    """Whether facts of one predicate fit it as they are: the common case, judged by columns."""
    if predicate is None or not predicate.given:
        return False
    if len(set(map(len, (rows := [fact.fields for fact in facts])))) > 1 or len(rows[0]) != len(predicate.fields):
        return False
    for field, pairs in zip(predicate.fields, zip(*rows, strict=True), strict=True):
        names, values = zip(*pairs, strict=True)
        if set(names) != {field.name} or set(map(type, values)) != {TYPES.get(field.kind, str)}:
            return False
        if field.kind == ENUMERATION and not set(values).issubset(field.values):
            return False
        if field.kind == DATE and not all(map(is_date, set(values))):
            return False
        if field.kind in _LARGEST and not all(abs(value) <= _LARGEST[field.kind] for value in values):
            return False
    return True


def _checked_one_by_one(rules: RuleSet, facts: Iterable[Fact], doubtful: Collection[str]) -> list[Fact]:
    """The facts, those of doubtful predicates with their fields in order and their values typed.

    InvalidFact for the first that cannot be.
    """
    found: list[Fact] = []
    shapes: dict[str, _Shape] = rules.kept.setdefault(SHAPES, {})
    for fact in facts:
        if fact.predicate not in doubtful:
            found.append(fact)
            continue
        predicate = rules.predicates.get(fact.predicate)
        if predicate is None or not predicate.given:
            raise _unknown_predicate(rules, fact)
        shape = shapes.get(fact.predicate) or shapes.setdefault(fact.predicate, _Shape(predicate))
        found.append(shape.checked(fact))
    return found


SHAPES = "shapes"


class _Shape:
    """How a predicate's facts must look, made ready for checking thousands of them."""

    def __init__(self, predicate: Predicate) -> None:
        self.fields = predicate.fields
        self.names = tuple(field.name for field in predicate.fields)
        self.types = tuple(TYPES.get(field.kind, str) for field in predicate.fields)
        self.special = tuple(
            (i, field) for i, field in enumerate(predicate.fields) if field.kind in (ENUMERATION, DATE, INTEGER, NUMBER)
        )

    def checked(self, fact: Fact) -> Fact:
        if not self._fits(fact):
            if tuple(name for name, _ in fact.fields) != self.names:
                fact = self._in_order(fact)
            if tuple(type(value) for _, value in fact.fields) != self.types:
                fact = self._typed(fact)
        for i, field in self.special:
            _refuse_outside(fact, field, fact.fields[i][1])
        return fact

    def _fits(self, fact: Fact) -> bool:
        """Whether names and types are as declared: the common case, looked at once."""
        if len(fact.fields) != len(self.names):
            return False
        for (name, value), wanted, kind in zip(fact.fields, self.names, self.types, strict=True):
            if name != wanted or type(value) is not kind:
                return False
        return True

    def _in_order(self, fact: Fact) -> Fact:
        given = dict(fact.fields)
        missing = [name for name in self.names if name not in given]
        unknown = [name for name in given if name not in self.names]
        if missing:
            raise InvalidFact(fact, f"field `{missing[0]}` is missing", "give every declared field")
        if unknown or len(given) != len(fact.fields):
            name = unknown[0] if unknown else fact.fields[0][0]
            known = f"its fields are {', '.join(self.names)}, each once"
            raise InvalidFact(
                fact, f"`{fact.predicate}` has no field `{name}`" if unknown else "a field is repeated", known
            )
        return Fact(fact.predicate, tuple((name, given[name]) for name in self.names))

    def _typed(self, fact: Fact) -> Fact:
        fields: list[tuple[str, Value]] = []
        for field, wanted, (name, value) in zip(self.fields, self.types, fact.fields, strict=True):
            if type(value) is wanted:
                fields.append((name, value))
            elif isinstance(value, str) and wanted is str:
                fields.append((name, str.__str__(value)))  # an enumeration's member is the text it stands for
            elif field.kind == NUMBER and type(value) is int and abs(value) <= LARGEST_INTEGER:
                fields.append((name, float(value)))
            else:
                kind = "text" if wanted is str else field.kind
                raise InvalidFact(
                    fact, f"{value!r} in field `{name}` is no {kind}", f"give a value of type {field.kind}"
                )
        return Fact(fact.predicate, tuple(fields))


def _refuse_outside(fact: Fact, field: Field, value: Value) -> None:
    if field.kind == ENUMERATION:
        if value not in field.values:
            raise InvalidFact(fact, f"{value!r} is no value of `{field.name}`", f"one of {', '.join(field.values)}")
    elif field.kind == DATE:
        if not is_date(str(value)):
            raise InvalidFact(
                fact, f"{value!r} in field `{field.name}` is no date", "write 2024-01-31, 2024-01 or 2024"
            )
    elif not abs(value) <= _LARGEST[field.kind]:  # type: ignore[arg-type]
        raise InvalidFact(
            fact, f"{value!r} in field `{field.name}` cannot be compared", "give a finite, smaller number"
        )


_LARGEST = {INTEGER: LARGEST_INTEGER, NUMBER: 1.7976931348623157e308}


@lru_cache(maxsize=4096)
def is_date(text: str) -> bool:
    """Whether this is an ISO date, possibly partial: `2023`, `2023-11` or `2023-11-20`.

    >>> is_date("2023-11"), is_date("2023-13-01"), is_date("20.11.2023")
    (True, False, False)
    """
    parts = text.split("-")
    if not text.isascii() or not all(part.isdigit() for part in parts) or len(parts) > 3:
        return False
    if [len(part) for part in parts] != [4, 2, 2][: len(parts)]:
        return False
    limits = (9999, 12, 31)
    return all(0 < int(part) <= limit for part, limit in zip(parts, limits, strict=False))


def _unknown_predicate(rules: RuleSet, fact: Fact) -> InvalidFact:
    if fact.predicate in rules.predicates:
        return InvalidFact(
            fact, f"`{fact.predicate}` is only concluded by rules", "declare it `given: true` to give it"
        )
    known = ", ".join(sorted(name for name, predicate in rules.predicates.items() if predicate.given))
    return InvalidFact(fact, f"unknown predicate `{fact.predicate}`", f"declared as given are {known or 'none'}")


def _refuse_broken_text(facts: Iterable[Fact]) -> None:
    """Half a character (a lone surrogate) cannot be stored as UTF-8 by any evaluator."""
    try:
        "".join([value for f in facts for _, value in f.fields if type(value) is str]).encode()
    except UnicodeEncodeError:
        pass
    else:
        return
    for fact in facts:
        for name, value in fact.fields:
            if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
                raise InvalidFact(fact, f"field `{name}` holds broken text", "read its file in the right encoding")
