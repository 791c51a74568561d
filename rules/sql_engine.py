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
from rules.facts import Derivation, Derivations, Fact
from rules.firing import checked_facts, derivations, plan
from rules.language import Atom, Predicate, Rule, RuleSet, Variable
from rules.sql_matches import Matches
from rules.sql_text import PATIENTS, Block, RuleText, SqlText, columns, sql_text

if TYPE_CHECKING:
    import sqlite3

PROGRAMS_KEPT = 8
STATEMENTS_KEPT = 2000


class Program(NamedTuple):
    """A rule set in SQL, with the databases that are ready and empty, and what is known of the rules that have run."""

    rules: RuleSet
    text: SqlText
    inserts: dict[str, str]
    read: frozenset[int]
    ready: list[Database]
    matches: dict[int, Matches]

    def matches_of(self, index: int) -> Matches:
        """What turns matches of the rule at this place in the rule set into derivations."""
        known = self.matches.get(index)
        if known is None:
            known = self.matches[index] = Matches.of(plan(self.rules.rules[index], self.rules.predicates))
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
            found = [derivation for block in program.text.blocks for derivation in run.derive(block)]
            database.leave({name: len(facts) for name, facts in run.rows.items()})
        except sqlite3.Error as error:
            database.connection.close()
            raise EngineFailure("sql", str(error)) from error
        program.ready.append(database)
        return derivations((fact for each in given.values() for fact in each), found)

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
    inserts = {name: _insert(rules.predicates[name]) for name in dict.fromkeys(atom.predicate for atom in patterns)}
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
    """One database at work on one patient's facts; `rows` holds each predicate's facts in the order of its rows."""

    def __init__(
        self, database: sqlite3.Connection, program: Program, given: Mapping[str, Mapping[Fact, None]]
    ) -> None:
        self.database, self.program = database, program
        self.rows: dict[str, list[Fact]] = {}
        self.known: dict[str, set[Fact]] = {}
        self.settled = Settled(lambda predicate: self.rows.get(predicate, ()))
        database.execute("BEGIN")
        for name, facts in given.items():
            self.add(name, list(facts))

    def conclude(self, predicate: str, facts: Iterable[Fact]) -> bool:
        """Adds the facts of one predicate that are not there yet; whether there was any."""
        known = self.known.get(predicate)
        if known is None:
            known = self.known[predicate] = set(self.rows.get(predicate, ()))
        new = [fact for fact in dict.fromkeys(facts) if fact not in known]
        known.update(new)
        self.add(predicate, new)
        return bool(new)

    def add(self, predicate: str, facts: Sequence[Fact]) -> None:
        """Adds facts that are not there yet as rows, where some rule reads them."""
        insert = self.program.inserts.get(predicate)
        if insert is None or not facts:
            return
        rows = self.rows.setdefault(predicate, [])
        values = ([n, *[v for _, v in fact.fields]] for n, fact in enumerate(facts, len(rows)))
        self.database.executemany(insert, values)
        rows += facts

    def derive(self, block: Block) -> list[Derivation]:
        """The derivations of a block's rules, when what it concludes has been added; the last round finds them all."""
        while True:
            found: list[Derivation] = []
            grown = False
            for rule in block.rules:
                if all(name in self.rows for name in rule.reads):
                    fresh = self.derivations(rule)
                    found += fresh
                    if fresh and rule.place in self.program.read:
                        grown |= self.conclude(rule.concludes, (derivation.conclusion for derivation in fresh))
            if not (block.repeats and grown):
                return found

    def derivations(self, rule: RuleText) -> list[Derivation]:
        """What the matches of a rule derive, so far."""
        rows = self.database.execute(rule.matches).fetchall()
        if not rows:
            return []
        _, *numbers = zip(*rows, strict=True)
        matched = [
            list(map(self.rows[name].__getitem__, column)) for name, column in zip(rule.reads, numbers, strict=True)
        ]
        return self.program.matches_of(rule.place).derivations(matched, len(rows), self.settled)


def _insert(predicate: Predicate) -> str:
    values = ", ".join(("0", "?", *("?" for _ in predicate.fields)))
    return (
        f"INSERT INTO p_{predicate.name} (patient, rowid{columns(predicate).removeprefix('patient')}) VALUES ({values})"
    )


def indexes(rules: Sequence[Rule]) -> Iterator[str]:
    """What conditions are looked up by: each column that joins a pattern to others, all columns of a negation."""
    wanted: dict[tuple[str, tuple[str, ...]], None] = {}
    for rule in rules:
        named = Counter(name for atom in rule.positives() for name in set(atom.variables()))
        for atom in rule.positives():
            wanted |= {(atom.predicate, (name,)): None for name in _fields_of(atom, {n for n in named if named[n] > 1})}
        for atom in rule.settled():
            wanted[atom.predicate, _fields_of(atom, named)] = None
    for number, (predicate, fields) in enumerate(wanted):
        if fields:
            yield f"CREATE INDEX i{number} ON p_{predicate} ({', '.join(f'f_{name}' for name in fields)})"


def _fields_of(atom: Atom, variables: Container[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, term in atom.fields if isinstance(term, Variable) and term.name in variables))
