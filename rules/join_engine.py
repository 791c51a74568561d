"""Rules on a few hundred facts, joined in Python: there a database costs more than the facts.

A rule joins its conditions in the order of `join_order`; each is looked up by what the conditions before it bind. What
follows from a match (negations, comparisons, counts, the conclusion) is `rules.matches`, as with every evaluator.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from typing import NamedTuple

from rules.aggregate import Place, Settled
from rules.facts import Derivations, Derived, Fact, Value
from rules.firing import Plan, checked_each, join_order, plan, position
from rules.language import Atom, Predicate, Rule, RuleSet, Variable
from rules.matches import Matches, Table, holding
from rules.sql_text import groups

Index = Mapping[Hashable, list[Fact]]
"""Facts by the value of a field, or by the values of several; by `()` where they are not looked up."""


class Pick(NamedTuple):
    """An index of the facts of a predicate: by the values of these fields, of facts in which some fields are equal."""

    predicate: str
    fields: tuple[int, ...]
    same: tuple[tuple[int, int], ...]


class Step(NamedTuple):
    """A condition to be joined: its index, and what is looked up there.

    For each field of the index that is a constant, or its place among the conditions joined before.
    """

    pick: Pick
    keys: tuple[Place | Value, ...]


class Joined(NamedTuple):
    """A rule made ready: `steps` join its conditions, of which the first as written is at the first of `places`."""

    plan: Plan
    steps: tuple[Step, ...]
    places: tuple[int, ...]


class Program:
    """A rule set in blocks, as `rules.sql_text` orders them. A rule is made ready when there are facts for it."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.blocks = tuple(block for indices in rules.strata for block in groups(rules.rules, indices))
        self.reads = tuple(frozenset(atom.predicate for atom in rule.positives()) for rule in rules.rules)
        self._joined: dict[int, Joined] = {}

    def joined(self, index: int) -> Joined:
        """The rule at this place in the rule set, made ready."""
        found = self._joined.get(index)
        if found is None:
            rule = self.rules.rules[index]
            found = self._joined[index] = _joined(rule, self.rules.predicates)
        return found


def _joined(rule: Rule, predicates: Mapping[str, Predicate]) -> Joined:
    atoms = rule.positives()
    order = join_order(atoms)
    bound: dict[str, Place] = {}
    steps = tuple(_step(atoms[which], predicates[atoms[which].predicate], n, bound) for n, which in enumerate(order))
    return Joined(plan(rule, predicates), steps, tuple(order.index(which) for which in range(len(atoms))))


def _step(atom: Atom, predicate: Predicate, number: int, bound: dict[str, Place]) -> Step:
    """The condition joined as this number; the variables that it binds first are added to `bound`."""
    same: list[tuple[int, int]] = []
    keys: dict[int, Place | Value] = {}
    for name, term in atom.fields:
        field = position(predicate, name)
        if not isinstance(term, Variable):
            keys[field] = term
        elif term.is_anonymous:
            continue
        elif term.name not in bound:
            bound[term.name] = number, field
        elif bound[term.name][0] == number:
            same.append((bound[term.name][1], field))
        else:
            keys[field] = bound[term.name]
    fields = tuple(sorted(keys))
    return Step(Pick(atom.predicate, fields, tuple(same)), tuple(keys[field] for field in fields))


class JoinEngine:
    """Evaluates rules in Python. What is worked out of a rule set is kept with it."""

    def run(self, rules: RuleSet, facts: Iterable[Fact]) -> Derivations:
        """Everything that the rules derive from the facts, as every evaluator finds it."""
        return derived(rules, dict.fromkeys(checked_each(rules, facts)))


class Sound:
    """Facts that were checked for a rule set. Those of edited patients are mostly the same: they are checked once.

    They are known by identity, which costs a hundredth of comparing them.
    """

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._checked: dict[int, tuple[Fact, Fact]] = {}
        self._known: dict[Fact, Fact] = {}

    def of(self, facts: Sequence[Fact]) -> list[Fact]:
        """The facts as an evaluator checks them, each once: of equal facts always the one that was checked first.

        Raises InvalidFact as an evaluator does.
        """
        checked = self._checked
        new = [fact for fact in facts if id(fact) not in checked]
        for fact, sound in zip(new, checked_each(self._rules, new) if new else (), strict=True):
            checked[id(fact)] = fact, self._known.setdefault(sound, sound)  # kept, so that its identity stays its own
        given = [checked[id(fact)][1] for fact in facts]
        return list({id(fact): fact for fact in given}.values())


def derived(rules: RuleSet, given: Collection[Fact]) -> Derivations:
    """Everything that follows from facts that were checked, each given once."""
    return Derivations(frozenset(given), Derived(_tables(rules, given)))


def concluded(rules: RuleSet, given: Iterable[Fact], predicate: str) -> tuple[Fact, ...]:
    """What `derived` has of one predicate, in its order; nothing else is put together."""
    return Derived(_tables(rules, given)).of(predicate)


def _tables(rules: RuleSet, given: Iterable[Fact]) -> dict[str, Table]:
    """The facts that follow from the given ones, and these, by predicate."""
    groups: dict[str, list[Fact]] = {}
    for fact in given:
        groups.setdefault(fact[0], []).append(fact)
    run = _Run({name: Table(each) for name, each in groups.items()})
    program = rules.kept.get(KEPT)
    if not isinstance(program, Program):
        program = rules.kept[KEPT] = Program(rules)
    for indices, repeats in program.blocks:
        run.derive(program, indices, repeats)
    return run.tables


KEPT = "joined"


class _Run:
    """The facts of one run, with the indexes that joins have wanted of them."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables
        self.settled = Settled(partial(_rows_of, tables))
        self._indexes: dict[Pick, tuple[int, dict[Hashable, list[Fact]]]] = {}

    def derive(self, program: Program, indices: Sequence[int], repeats: bool) -> None:
        """Adds what the rules of a block conclude, with the matches; the last round finds them all."""
        grown = True
        while grown:
            grown = False
            found: list[tuple[Table, Matches, list[int]]] = []
            for index in indices:
                if program.reads[index] <= self.tables.keys():
                    matches = self.matches(program.joined(index))
                    if matches is not None:
                        table = self.tables.setdefault(matches.predicate, Table())
                        places, new = table.add(matches.conclusions)
                        found.append((table, matches, places))
                        grown |= repeats and bool(new)
        for table, matches, places in found:
            table.found.append((matches, places))

    def matches(self, rule: Joined) -> Matches | None:
        """The matches of a rule, so far; None where there is none."""
        columns: list[list[Fact]] = []
        for step in rule.steps:
            index = self._index(step.pick)
            columns = _extended(columns, step, index) if index else [[]]
            if not columns[-1]:
                return None
        count = len(columns[0]) if columns else 1
        matched, count = holding(rule.plan, [columns[place] for place in rule.places], count, self.settled)
        if not count:
            return None
        matches = Matches(rule.plan, matched, count, self.settled)
        return matches if matches.conclusions else None

    def _index(self, pick: Pick) -> Index:
        """The facts that fit a condition by itself, so far, by what they are looked up by."""
        seen, index = self._indexes.get(pick, (0, {}))
        rows = self.tables[pick.predicate].rows
        if seen < len(rows):
            self._indexes[pick] = len(rows), index
            for key, fact in _keyed(pick, rows[seen:]):
                index.setdefault(key, []).append(fact)
        return index


def _rows_of(tables: Mapping[str, Table], predicate: str) -> Sequence[Fact]:
    """All facts of a predicate, so far."""
    table = tables.get(predicate)
    return () if table is None else table.rows


def _keyed(pick: Pick, facts: list[Fact]) -> Iterable[tuple[Hashable, Fact]]:
    """The facts of an index, each with what it is found by."""
    for one, other in pick.same:
        facts = [fact for fact in facts if fact[1][one][1] == fact[1][other][1]]
    return zip(_rows([[fact[1][field][1] for fact in facts] for field in pick.fields]), facts, strict=False)


def _rows(columns: Sequence[Iterable[Value]]) -> Iterable[Hashable]:
    """Values row by row: alone where there is one column, without end where there is none."""
    if len(columns) == 1:
        return columns[0]
    return zip(*columns, strict=False) if columns else repeat(())


def _extended(columns: list[list[Fact]], step: Step, index: Index) -> list[list[Fact]]:
    """Partial matches, column by column, each joined with every fact that fits it."""
    keys = _rows([_looked_up(key, columns) for key in step.keys])
    if not columns:
        return [index.get(next(iter(keys)), [])]
    hits = [index.get(key, ()) for _, key in zip(columns[0], keys, strict=False)]
    counts = list(map(len, hits))
    if set(counts) != {1}:
        columns = [list(chain.from_iterable(map(repeat, column, counts))) for column in columns]
    return [*columns, list(chain.from_iterable(hits))]


def _looked_up(key: Place | Value, columns: Sequence[list[Fact]]) -> Iterable[Value]:
    """The values that one field must have, match by match."""
    if not isinstance(key, tuple):
        return repeat(key)
    which, field = key
    return [fact[1][field][1] for fact in columns[which]]
