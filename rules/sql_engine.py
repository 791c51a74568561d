"""One patient's rules in SQL: the text of `rules.sql_text` on sqlite3, in a database in memory.

The rules run block by block, as the text says. What one patient wants is every derivation, so here the SELECT of a rule
runs and not its INSERT: its rows are the matches, and the conclusions that another rule may read become rows from them.
A rule of which some pattern has no row at all is not even asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rules.aggregate import Settled
from rules.errors import EngineFailure
from rules.facts import Derivations, Derived, Fact, Value
from rules.firing import Plan, checked_facts, join_order, plan
from rules.language import Atom, Predicate, Rule, RuleSet, Variable
from rules.matches import Matches, Table
from rules.sql_text import PATIENTS, Block, RuleText, SqlText, sql_text

if TYPE_CHECKING:
    import sqlite3

PROGRAMS_KEPT = 8
STATEMENTS_KEPT = 2000


class Program(NamedTuple):
    """A rule set in SQL, with the databases that are ready and empty, and what is known of the rules that have run."""

    rules: RuleSet
    text: SqlText
    inserts: dict[str, Insert]
    read: frozenset[int]
    ready: list[Database]
    plans: dict[int, Plan]

    def plan_of(self, index: int) -> Plan:
        """The plan of the rule at this place in the rule set."""
        known = self.plans.get(index)
        if known is None:
            known = self.plans[index] = plan(self.rules.rules[index], self.rules.predicates)
        return known

    def database(self) -> Database:
        """A database with empty tables: one that an earlier run left, with its prepared statements, or a new one."""
        try:
            return self.ready.pop()
        except IndexError:
            return Database(self)


class Database:
    """A database in memory with the tables of a program, and the most rows that a run has put into it."""

    def __init__(self, program: Program) -> None:
        import sqlite3

        self.connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT
        )
        self.most = 0
        execute = self.connection.execute
        execute("PRAGMA journal_mode = OFF")
        execute(f"CREATE TABLE {PATIENTS} (patient BIGINT)")
        execute(f"INSERT INTO {PATIENTS} VALUES (0)")
        for name in program.inserts:
            execute(program.text.tables[name])
        for statement in indexes(program.rules.rules):
            execute(statement)

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
            run = _Run(database.connection, program, given)
            for block in program.text.blocks:
                run.derive(block)
            database.leave({name: len(table.rows) for name, table in run.tables.items() if name in program.inserts})
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
            program = self._programs[rules.digest] = compile_rules(rules)
        return program


def compile_rules(rules: RuleSet) -> Program:
    """The program of a rule set. Only what some condition may read is kept as rows."""
    patterns = [atom for rule in rules.rules for atom in (*rule.positives(), *rule.settled())]
    inserts = {name: Insert.of(rules.predicates[name], tested) for name, tested in tested_fields(rules.rules).items()}
    read = (i for i, rule in enumerate(rules.rules) if any(may_match(rule.head, atom) for atom in patterns))
    return Program(rules, sql_text(rules), inserts, frozenset(read), [], {})


def may_match(fact: Atom, pattern: Atom) -> bool:
    """Whether a conclusion can fit a pattern: same predicate, and no constant differs."""
    if fact.predicate != pattern.predicate:
        return False
    terms = dict(fact.fields)
    return not any(
        not isinstance(term, Variable) and not isinstance(terms[name], Variable) and term != terms[name]
        for name, term in pattern.fields
    )


class _Run:
    """One database at work on one patient's facts. A fact's place in its table is the number of its row."""

    def __init__(
        self, database: sqlite3.Connection, program: Program, given: Mapping[str, Mapping[Fact, None]]
    ) -> None:
        self.database, self.program = database, program
        self.tables = {name: Table(facts) for name, facts in given.items()}
        self.settled = Settled(self.facts)
        database.execute("BEGIN")
        for name, table in self.tables.items():
            self.insert(name, 0, table.rows)

    def facts(self, predicate: str) -> Sequence[Fact]:
        """All facts of a predicate, so far."""
        table = self.tables.get(predicate)
        return () if table is None else table.rows

    def insert(self, predicate: str, number: int, facts: Sequence[Fact]) -> None:
        """Adds rows from this number on, where some rule reads them."""
        insert = self.program.inserts.get(predicate)
        if insert is not None and facts:
            self.database.executemany(insert.text, insert.rows(number, facts))

    def derive(self, block: Block) -> None:
        """Adds what a block's rules conclude, with the matches; the last round finds them all."""
        while True:
            found: list[tuple[Table, Matches, list[int]]] = []
            grown = False
            for rule in block.rules:
                if all(name in self.tables for name in rule.reads) and (matches := self.matches(rule)) is not None:
                    table = self.tables.setdefault(rule.concludes, Table())
                    before = len(table.rows)
                    places, new = table.add(matches.conclusions)
                    found.append((table, matches, places))
                    if new and rule.place in self.program.read:
                        self.insert(rule.concludes, before, new)
                        grown = True
            if not (block.repeats and grown):
                break
        for table, matches, places in found:
            table.found.append((matches, places))

    def matches(self, rule: RuleText) -> Matches | None:
        """The matches of a rule, so far; None where there is none."""
        rows = self.database.execute(rule.matches).fetchall()
        if not rows:
            return None
        _, *numbers = zip(*rows, strict=True)
        matched = [
            list(map(self.tables[name].rows.__getitem__, column))
            for name, column in zip(rule.reads, numbers, strict=True)
        ]
        matches = Matches(self.program.plan_of(rule.place), matched, len(rows), self.settled)
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


def indexes(rules: Sequence[Rule]) -> Iterator[str]:
    """What conditions are looked up by: all columns that join a pattern to those before it, all of a negation.

    One order of joining is assumed for each rule (`join_order`); an index that another begins with is left out.
    """
    wanted: dict[tuple[str, tuple[str, ...]], None] = {}
    for rule in rules:
        positives = rule.positives()
        bound: set[str] = set()
        for place in join_order(positives):
            atom = positives[place]
            wanted[atom.predicate, _fields_of(atom, bound)] = None
            bound.update(atom.variables())
        for atom in rule.settled():
            wanted[atom.predicate, _fields_of(atom, bound)] = None
    for number, (predicate, fields) in enumerate(wanted):
        longer = (other for name, other in wanted if name == predicate and len(other) > len(fields))
        if fields and not any(other[: len(fields)] == fields for other in longer):
            yield f"CREATE INDEX i{number} ON p_{predicate} ({', '.join(f'f_{name}' for name in fields)})"


def _fields_of(atom: Atom, variables: Container[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, term in atom.fields if isinstance(term, Variable) and term.name in variables))
