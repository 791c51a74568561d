"""One patient's rules in SQL: the text of `rules.sql_text` on sqlite3, in a database in memory.

The rules run block by block, as the text says. What one patient wants is every derivation, so here the SELECT of a rule
runs and not its INSERT: its rows are the matches, and the conclusions that another rule may read become rows from them.
A rule of which some pattern has no row at all, or none with a constant that it names, is not even asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rules.aggregate import Settled
from rules.errors import EngineFailure
from rules.facts import Derivations, Derived, Fact, Value
from rules.firing import Plan, checked_facts, join_order, plan, position
from rules.language import OF_EACH, Atom, Predicate, Rule, RuleSet, Variable, may_match
from rules.matches import Matches, Table
from rules.sql_text import PATIENTS, body_of, create_table, groups, select_matches

PROGRAMS_KEPT = 8
STATEMENTS_KEPT = 2000


class Statement:
    """A rule made ready: the SELECT of its matches, the indexes that this wants, and its plan once it has a match.

    `reads` are the predicates that it joins, `settled` those that it denies or counts.
    """

    def __init__(self, rule: Rule, predicates: Mapping[str, Predicate]) -> None:
        self.select = select_matches(rule, body_of(rule))
        self.reads = tuple(atom.predicate for atom in rule.positives())
        self.settled = tuple(atom.predicate for atom in rule.settled())
        self.concludes = rule.head.predicate
        self.indexes = tuple(indexed(rule))
        self._rule, self._predicates = rule, predicates

    @cached_property
    def plan(self) -> Plan:
        """What its matches become derivations by."""
        return plan(self._rule, self._predicates)


class Program:
    """A rule set in SQL. Rules become statements when a patient first has facts for them, and are kept."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.blocks = tuple(block for indices in rules.strata for block in groups(rules.rules, indices))
        self.ready: list[Database] = []
        """Databases that are empty, with their prepared statements."""
        self._patterns: dict[str, list[Atom]] = {}
        for rule in rules.rules:
            for atom in (*rule.positives(), *rule.settled()):
                self._patterns.setdefault(atom.predicate, []).append(atom)
        self._joined = tuple(frozenset(atom.predicate for atom in rule.positives()) for rule in rules.rules)
        self._tested = tested_fields(rules.rules)
        self._constants: dict[int, tuple[tuple[str, int, Value], ...]] = {}
        self._inserts: dict[str, Insert | None] = {}
        self._read: dict[int, bool] = {}
        self._statements: dict[str, Statement] = rules.kept.setdefault(OF_EACH, {}).setdefault("statement", {})

    def joined(self, index: int) -> frozenset[str]:
        """The predicates that the rule at this place in the rule set joins."""
        return self._joined[index]

    def constants(self, index: int) -> tuple[tuple[str, int, Value], ...]:
        """The constants that the rule at this place asks for, each with its predicate and its field's place."""
        found = self._constants.get(index)
        if found is None:
            found = self._constants[index] = tuple(
                (atom.predicate, position(self.rules.predicates[atom.predicate], name), term)
                for atom in self.rules.rules[index].positives()
                for name, term in atom.fields
                if not isinstance(term, Variable)
            )
        return found

    def insert(self, predicate: str) -> Insert | None:
        """What adds rows of a predicate; None for one that no rule reads."""
        if predicate not in self._inserts:
            tested = self._tested.get(predicate)
            self._inserts[predicate] = None if tested is None else Insert.of(self.rules.predicates[predicate], tested)
        return self._inserts[predicate]

    def statement(self, index: int) -> Statement:
        """The rule at this place in the rule set, made ready."""
        rule = self.rules.rules[index]
        known = self._statements.get(rule.name)
        if known is None:
            known = self._statements[rule.name] = Statement(rule, self.rules.predicates)
        return known

    def is_read(self, index: int) -> bool:
        """Whether some rule may read what the rule at this place concludes."""
        found = self._read.get(index)
        if found is None:
            head = self.rules.rules[index].head
            patterns = self._patterns.get(head.predicate, ())
            found = self._read[index] = any(may_match(head, atom) for atom in patterns)
        return found

    def database(self) -> Database:
        """A database with empty tables: one that an earlier run left, or a new one."""
        try:
            return self.ready.pop()
        except IndexError:
            return Database(self)


class Database:
    """A database in memory with the tables and indexes that runs have wanted, and the most rows that one has put in."""

    def __init__(self, program: Program) -> None:
        import sqlite3

        self.connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT
        )
        self.most = 0
        self._predicates = program.rules.predicates
        self._tables: set[str] = set()
        self._indexes: set[tuple[str, tuple[str, ...]]] = set()
        self._wanted: set[int] = set()
        self.connection.execute("PRAGMA journal_mode = OFF")
        self.connection.execute(f"CREATE TABLE {PATIENTS} (patient BIGINT)")
        self.connection.execute(f"INSERT INTO {PATIENTS} VALUES (0)")

    def want_table(self, predicate: str) -> None:
        """Makes the table of a predicate, unless it is there."""
        if predicate not in self._tables:
            self._tables.add(predicate)
            self.connection.execute(create_table(self._predicates[predicate]))

    def want(self, index: int, statement: Statement) -> None:
        """Makes what a statement wants, unless it is there; an index that another begins with is left out."""
        if index in self._wanted:
            return
        self._wanted.add(index)
        for predicate in (*statement.reads, *statement.settled):
            self.want_table(predicate)
        for predicate, fields in statement.indexes:
            if not any(name == predicate and other[: len(fields)] == fields for name, other in self._indexes):
                self._indexes.add((predicate, fields))
                listed = ", ".join(f"f_{name}" for name in fields)
                self.connection.execute(f"CREATE INDEX i{len(self._indexes)} ON p_{predicate} ({listed})")

    def leave(self, count: Mapping[str, int]) -> None:
        """Empties the tables, which hold so many rows, for the next run.

        Once they hold twice as many as ever before, SQLite counts how their values spread: it plans by that later on.
        """
        rows = sum(count.values())
        if rows >= 2 * self.most:
            self.most = rows
            self.connection.execute("ANALYZE")
        for name in count:
            self.connection.execute(f"DELETE FROM p_{name}")
        self.connection.execute("COMMIT")


class SqlEngine:
    """Evaluates rules with SQL. Compiled rule sets are kept with their databases, so a second run starts at once."""

    def __init__(self) -> None:
        self._programs: dict[str, Program] = {}

    def run(self, rules: RuleSet, facts: Iterable[Fact]) -> Derivations:
        """Everything that the rules derive from the facts."""
        import sqlite3

        given = checked_facts(rules, facts)
        program = self._program(rules)
        database = program.database()
        try:
            run = _Run(database, program, given)
            for indices, repeats in program.blocks:
                run.derive(indices, repeats)
            database.leave({name: len(run.tables[name].rows) for name in run.inserted})
        except sqlite3.Error as error:
            database.connection.close()
            raise EngineFailure("sql", str(error)) from error
        program.ready.append(database)
        return Derivations(frozenset().union(*given.values()), Derived(run.tables))

    def _program(self, rules: RuleSet) -> Program:
        program = self._programs.get(rules.digest)
        if program is None:
            if len(self._programs) >= PROGRAMS_KEPT:
                del self._programs[next(iter(self._programs))]
            program = self._programs[rules.digest] = Program(rules)
        return program


class _Run:
    """One database at work on one patient's facts. A fact's place in its table is the number of its row."""

    def __init__(self, database: Database, program: Program, given: Mapping[str, Mapping[Fact, None]]) -> None:
        self.database, self.program = database, program
        self.inserted: set[str] = set()
        self.tables = {name: Table(facts) for name, facts in given.items()}
        self.settled = Settled(self.facts)
        self._values: dict[tuple[str, int], tuple[int, set[Value]]] = {}
        database.connection.execute("BEGIN")
        for name, table in self.tables.items():
            self.insert(name, 0, table.rows)

    def facts(self, predicate: str) -> Sequence[Fact]:
        """All facts of a predicate, so far."""
        table = self.tables.get(predicate)
        return () if table is None else table.rows

    def insert(self, predicate: str, number: int, facts: Sequence[Fact]) -> None:
        """Adds rows from this number on, where some rule reads them."""
        insert = self.program.insert(predicate)
        if insert is not None and facts:
            self.inserted.add(predicate)
            self.database.want_table(predicate)
            self.database.connection.executemany(insert.text, insert.rows(number, facts))

    def derive(self, indices: Sequence[int], repeats: bool) -> None:
        """Adds what the rules of a block conclude, with the matches; the last round finds them all."""
        while True:
            found: list[tuple[Table, Matches, list[int]]] = []
            grown = False
            for index in indices:
                if not self.program.joined(index) <= self.tables.keys() or not self.may_hold(index):
                    continue
                statement = self.program.statement(index)
                matches = self.matches(index, statement)
                if matches is not None:
                    table = self.tables.setdefault(statement.concludes, Table())
                    before = len(table.rows)
                    places, new = table.add(matches.conclusions)
                    found.append((table, matches, places))
                    if new and self.program.is_read(index):
                        self.insert(statement.concludes, before, new)
                        grown = True
            if not (repeats and grown):
                break
        for table, matches, places in found:
            table.found.append((matches, places))

    def may_hold(self, index: int) -> bool:
        """Whether every constant that a rule asks for stands in some row."""
        return all(value in self.values(name, place) for name, place, value in self.program.constants(index))

    def values(self, predicate: str, place: int) -> set[Value]:
        """The values of a field, so far."""
        rows = self.tables[predicate].rows
        seen, values = self._values.get((predicate, place), (0, set()))
        if seen < len(rows):
            values.update([fact[1][place][1] for fact in rows[seen:]])
            self._values[predicate, place] = len(rows), values
        return values

    def matches(self, index: int, statement: Statement) -> Matches | None:
        """The matches of a rule, so far; None where there is none."""
        self.database.want(index, statement)
        rows = self.database.connection.execute(statement.select).fetchall()
        if not rows:
            return None
        _, *numbers = zip(*rows, strict=True)
        matched = [
            list(map(self.tables[name].rows.__getitem__, column))
            for name, column in zip(statement.reads, numbers, strict=True)
        ]
        matches = Matches(statement.plan, matched, len(rows), self.settled)
        return matches if matches.conclusions else None


class Insert(NamedTuple):
    """The statement that adds a row to a predicate's table, and the fields that it fills: those that some rule tests.

    What a rule only repeats in its conclusion is taken from the fact, not from the row.
    """

    text: str
    fields: tuple[int, ...]

    @classmethod
    def of(cls, predicate: Predicate, tested: Container[str]) -> Insert:
        """For a predicate of which some rule tests these fields."""
        fields = tuple(i for i, field in enumerate(predicate.fields) if field.name in tested)
        names = ", ".join(("patient", "rowid", *(f"f_{predicate.fields[i].name}" for i in fields)))
        values = ", ".join(("0", "?", *("?" for _ in fields)))
        return cls(f"INSERT INTO p_{predicate.name} ({names}) VALUES ({values})", fields)

    def rows(self, number: int, facts: Sequence[Fact]) -> Iterable[tuple[Value, ...]]:
        """The values of facts, which get numbers from this one on."""
        columns = [[fact[1][i][1] for fact in facts] for i in self.fields]
        return zip(range(number, number + len(facts)), *columns, strict=True)


def tested_fields(rules: Iterable[Rule]) -> dict[str, set[str]]:
    """By predicate, the fields that some condition holds against a constant or against another condition."""
    tested: dict[str, set[str]] = {}
    for rule in rules:
        patterns = (*rule.positives(), *rule.settled())
        compared = [name for comparison in rule.comparisons() for name in comparison.variables()]
        of = [aggregate.of for aggregate in rule.aggregates()]
        named = Counter((*(name for atom in patterns for name in atom.variables()), *compared, *of))
        for atom in patterns:
            fields = tested.setdefault(atom.predicate, set())
            fields.update(name for name, term in atom.fields if not isinstance(term, Variable) or named[term.name] > 1)
    return tested


def indexed(rule: Rule) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What its conditions are looked up by: all columns that join a pattern to those before it, all of a negation.

    One order of joining is assumed (`join_order`).
    """
    positives = rule.positives()
    bound: set[str] = set()
    for place in join_order(positives):
        fields = _fields_of(positives[place], bound)
        if fields:
            yield positives[place].predicate, fields
        bound.update(positives[place].variables())
    for atom in rule.settled():
        fields = _fields_of(atom, bound)
        if fields:
            yield atom.predicate, fields


def _fields_of(atom: Atom, variables: Container[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, term in atom.fields if isinstance(term, Variable) and term.name in variables))
