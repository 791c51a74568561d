"""Rules on a few hundred facts, joined in Python: there a database costs more than the facts.

A rule joins its conditions in the order of `join_order`; each is looked up by what the conditions before it bind. What
follows from a match (negations, comparisons, counts, the conclusion) is `rules.matches`, as with every evaluator.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, repeat

from rules.aggregate import Place, Settled
from rules.facts import Derivations, Derived, Fact, Value
from rules.firing import Plan, checked_each, join_order, plan, position
from rules.join_code import Index, Join, Joined, Pick, Step, compiled
from rules.language import Atom, Predicate, Rule, RuleSet, Variable
from rules.matches import Matches, Table, holding
from rules.sql_text import groups

OFTEN = 40
"""A rule that was run so many times is compiled."""

AT_ONCE = 2
"""No more rules than this are compiled in one run: most become due in the same one, and that run would wait for all."""


Asked = tuple[int, frozenset[str], str]
"""A rule by its place, with the predicates that it reads, and the one that it concludes."""


class Program:
    """A rule set in blocks, as `rules.sql_text` orders them. A rule is made ready when there are facts for it."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        asked = [(_reads(rule), rule.head.predicate) for rule in rules.rules]
        blocks = (block for indices in rules.strata for block in groups(rules.rules, indices))
        self.blocks = tuple((tuple((place, *asked[place]) for place in block), repeats) for block, repeats in blocks)
        """Blocks of rules, each of which waits for those before it; and whether they are to be repeated."""
        self.picks: list[Pick] = []
        """The indexes that rules which were made ready look things up in, by number."""
        self._numbers: dict[Pick, int] = {}
        self._joined: dict[int, Joined] = {}
        self._uses = [0] * len(rules.rules)
        self.compiled: dict[int, tuple[Join, Plan]] = {}
        """The joins of rules as code, with their plans: of those that run often."""

    def joined(self, place: int) -> Joined:
        """The rule at this place in the rule set, made ready."""
        found = self._joined.get(place)
        if found is None:
            found = self._joined[place] = self._made_ready(self.rules.rules[place])
        return found

    def often(self, place: int, may_compile: bool) -> tuple[Join, Plan] | None:
        """That the rule runs once more: compiled where it may be, was run often enough, and joins something."""
        self._uses[place] += 1
        rule = self.joined(place)
        if self._uses[place] <= OFTEN or not rule.steps or not may_compile:
            return None
        found = self.compiled[place] = compiled(rule, self.rules.predicates), rule.plan
        return found

    def _made_ready(self, rule: Rule) -> Joined:
        atoms, predicates = rule.positives(), self.rules.predicates
        order = join_order(atoms)
        bound: dict[str, Place] = {}
        steps = [self._step(atoms[which], number, bound) for number, which in enumerate(order)]
        return Joined(plan(rule, predicates), tuple(steps), tuple(order.index(which) for which in range(len(atoms))))

    def _step(self, atom: Atom, number: int, bound: dict[str, Place]) -> Step:
        """The condition joined as this number; the variables that it binds first are added to `bound`."""
        pick, keys = _pick(atom, self.rules.predicates[atom.predicate], number, bound)
        number = self._numbers.setdefault(pick, len(self.picks))
        if number == len(self.picks):
            self.picks.append(pick)
        return Step(number, keys)


def _reads(rule: Rule) -> frozenset[str]:
    return frozenset(atom.predicate for atom in rule.positives())


def _pick(
    atom: Atom, predicate: Predicate, number: int, bound: dict[str, Place]
) -> tuple[Pick, tuple[Place | Value, ...]]:
    """The index of a condition that is joined as this number, and what is looked up there; see `Program`."""
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
    return Pick(atom.predicate, fields, tuple(same)), tuple(keys[field] for field in fields)


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
        return list(self.by_identity(facts).values())

    def by_identity(self, facts: Sequence[Fact]) -> dict[int, Fact]:
        """As `of`, each by its identity: the same facts have the same keys."""
        checked = self._checked
        new = [fact for fact in facts if id(fact) not in checked]
        for fact, sound in zip(new, checked_each(self._rules, new) if new else (), strict=True):
            checked[id(fact)] = fact, self._known.setdefault(sound, sound)  # kept, so that its identity stays its own
        return {id(sound): sound for _, sound in map(checked.__getitem__, map(id, facts))}


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
    program = rules.kept.get(KEPT)
    if not isinstance(program, Program):
        program = rules.kept[KEPT] = Program(rules)
    run = _Run(program, {name: Table(each) for name, each in groups.items()})
    for block, repeats in program.blocks:
        run.derive(block, repeats)
    return run.tables


KEPT = "joined"


class _Run:
    """The facts of one run, with the indexes that joins have wanted of them."""

    def __init__(self, program: Program, tables: dict[str, Table]) -> None:
        self.tables = tables
        self._program = program
        self._settled = Settled(partial(_rows_of, tables))
        self._indexes: dict[int, _Indexed] = {}
        self._to_compile = AT_ONCE

    def derive(self, block: Sequence[Asked], repeats: bool) -> None:
        """Adds what the rules of a block conclude, with the matches; the last round finds them all."""
        tables, there, grown = self.tables, self.tables.keys(), True
        while grown:
            grown = False
            found: list[tuple[Table, Matches, list[int]]] = []
            for place, reads, head in block:
                matches = self._matches(place) if reads <= there else None
                if matches is not None:
                    table = tables.get(head) or tables.setdefault(head, Table())
                    places, new = table.add(matches.conclusions)
                    found.append((table, matches, places))
                    grown |= repeats and bool(new)
        for table, matches, places in found:
            table.found.append((matches, places))

    def _matches(self, place: int) -> Matches | None:
        """The matches of a rule, so far; None where there is none."""
        ready = self._program.compiled.get(place) or self._often(place)
        if ready is None:
            return self._stepped(self._program.joined(place))
        join, made = ready
        found = join(self._index, self._settled.keys)
        if found is None:
            return None
        matched, conclusions = found
        if made.gathers:
            return _if_any(Matches(made, matched, len(matched[0]), self._settled))
        return Matches(made, matched, len(conclusions), self._settled, conclusions)

    def _often(self, place: int) -> tuple[Join, Plan] | None:
        """The rule as code, where it is due and few others were in this run."""
        found = self._program.often(place, may_compile=self._to_compile > 0)
        self._to_compile -= found is not None
        return found

    def _stepped(self, rule: Joined) -> Matches | None:
        """The matches of a rule, found step by step."""
        columns: list[list[Fact]] = []
        for step in rule.steps:
            index = self._index(step.number)
            columns = _extended(columns, step, index) if index else [[]]
            if not columns[-1]:
                return None
        count = len(columns[0]) if columns else 1
        matched, count = holding(rule.plan, [columns[place] for place in rule.places], count, self._settled)
        return _if_any(Matches(rule.plan, matched, count, self._settled)) if count else None

    def _index(self, number: int) -> Index:
        """The facts that fit a condition by itself, so far, by what they are looked up by."""
        held = self._indexes.get(number)
        if held is None:
            pick = self._program.picks[number]
            held = self._indexes[number] = _Indexed(pick, self.tables[pick.predicate].rows)
        if held.seen < len(held.rows):
            held.add_new()
        return held.found


def _if_any(matches: Matches) -> Matches | None:
    return matches if matches.conclusions else None


class _Indexed:
    """An index of the rows of a table, which may grow: those `seen` are in it."""

    __slots__ = ("found", "pick", "rows", "seen")

    def __init__(self, pick: Pick, rows: list[Fact]) -> None:
        self.pick, self.rows, self.seen = pick, rows, 0
        self.found: dict[Hashable, list[Fact]] = {}

    def add_new(self) -> None:
        """Adds the rows that are not in it yet."""
        found, pick = self.found, self.pick
        rows = self.rows[self.seen :] if self.seen else self.rows
        self.seen = len(self.rows)
        if pick.same or len(pick.fields) > 2:
            for key, fact in _keyed(pick, rows):
                found.setdefault(key, []).append(fact)
        elif len(pick.fields) == 2:
            one, other = pick.fields
            for fact in rows:
                found.setdefault((fact[1][one][1], fact[1][other][1]), []).append(fact)
        elif pick.fields:
            (one,) = pick.fields
            for fact in rows:
                found.setdefault(fact[1][one][1], []).append(fact)
        else:
            found.setdefault((), []).extend(rows)


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
