"""One patient's rules in SQL: the text of `rules.sql_text` on sqlite3, in a database in memory.

1. The given facts become rows. 2. The blocks run: their INSERTs add what they conclude. 3. The new rows become facts.
4. The SELECTs of the rules that concluded something give the matches, as numbers of rows, and these the derivations.
A rule of which some pattern has no row at all is not even asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rules.errors import EngineFailure
from rules.facts import Derivation, Derivations, Fact, Value
from rules.firing import Plan, checked_facts, derivations, plan
from rules.language import BOOLEAN, Predicate, Rule, RuleSet, Variable
from rules.sql_text import PATIENTS, RuleText, SqlText, columns, sql_text

if TYPE_CHECKING:
    import sqlite3

PROGRAMS_KEPT = 8
STATEMENTS_KEPT = 2000


class Program(NamedTuple):
    """A rule set in SQL, with the databases that are ready and empty, and the plans of the rules that have fired."""

    rules: RuleSet
    text: SqlText
    ready: list[sqlite3.Connection]
    plans: dict[int, Plan]

    def plan(self, index: int) -> Plan:
        """The plan of the rule at this place in the rule set."""
        known = self.plans.get(index)
        if known is None:
            known = self.plans[index] = plan(self.rules.rules[index], self.rules.predicates)
        return known

    def database(self) -> sqlite3.Connection:
        """A database with empty tables: one that an earlier run has left, with its prepared statements, or a new one."""
        if self.ready:
            return self.ready.pop()
        import sqlite3

        made = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT
        )
        made.execute("PRAGMA journal_mode = OFF")
        made.execute("PRAGMA automatic_index = OFF")
        made.execute(f"CREATE TABLE {PATIENTS} (patient BIGINT)")
        made.execute(f"INSERT INTO {PATIENTS} VALUES (0)")
        for statement in (*self.text.tables.values(), *indexes(self.rules.rules)):
            made.execute(statement)
        return made


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
            found = list(run.derive())
            run.leave()
        except sqlite3.Error as error:
            database.close()
            raise EngineFailure("sql", str(error)) from error
        program.ready.append(database)
        return derivations((fact for each in given.values() for fact in each), found)

    def _program(self, rules: RuleSet) -> Program:
        program = self._programs.get(rules.digest)
        if program is None:
            if len(self._programs) >= PROGRAMS_KEPT:
                del self._programs[next(iter(self._programs))]
            program = self._programs[rules.digest] = Program(rules, sql_text(rules), [], {})
        return program


class _Run:
    """One database at work on one patient's facts. `rows` holds each predicate's facts in the order of its rows."""

    def __init__(
        self, database: sqlite3.Connection, program: Program, given: Mapping[str, Mapping[Fact, None]]
    ) -> None:
        self.database, self.program = database, program
        self.rows: dict[str, list[Fact]] = {name: list(facts) for name, facts in given.items()}
        self.count = {name: len(facts) for name, facts in self.rows.items()}
        predicates = program.rules.predicates
        database.execute("BEGIN")
        for name, facts in self.rows.items():
            values = ([value for _, value in fact.fields] for fact in facts)
            database.executemany(_insert(predicates[name]), values)

    def derive(self) -> Iterator[Derivation]:
        """The derivations, rule by rule in the order of the text."""
        fired = self.conclude()
        self.read()
        for rule in fired:
            plan = self.program.plan(rule.index)
            tables = [self.rows[name] for name in rule.reads]
            for _, *numbers in self.database.execute(rule.matches):
                derivation = plan.derivation([facts[n - 1] for facts, n in zip(tables, numbers, strict=True)])
                if derivation is not None:
                    yield derivation

    def conclude(self) -> dict[RuleText, None]:
        """Runs the blocks; the rules that have matches, and those guarded ones that may have some."""
        fired: dict[RuleText, None] = {}
        count = self.count
        for block in self.program.text.blocks:
            added = 1
            while added:
                added = 0
                for rule in block.rules:
                    if all(count.get(name) for name in rule.reads):
                        new = self.database.execute(rule.conclude).rowcount
                        added += new
                        if new:
                            count[rule.concludes] = count.get(rule.concludes, 0) + new
                        if new or rule.guarded:
                            fired[rule] = None
                if not block.repeats:
                    break
        return fired

    def read(self) -> None:
        """Turns the rows that were added into facts."""
        for name, count in self.count.items():
            facts = self.rows.setdefault(name, [])
            if len(facts) < count:
                predicate = self.program.rules.predicates[name]
                query = f"SELECT {columns(predicate)} FROM p_{name} WHERE rowid > {len(facts)} ORDER BY rowid"
                facts += facts_of(predicate, (row[1:] for row in self.database.execute(query)))

    def leave(self) -> None:
        """Empties the tables for the next run."""
        for name in self.count:
            self.database.execute(f"DELETE FROM p_{name}")
        self.database.execute("COMMIT")


def facts_of(predicate: Predicate, rows: Iterable[Sequence[Value]]) -> list[Fact]:
    """The facts that rows of a predicate's table stand for; SQLite gives numbers for booleans."""
    names = [field.name for field in predicate.fields]
    booleans = [i for i, field in enumerate(predicate.fields) if field.kind == BOOLEAN]
    found = []
    for row in rows:
        fields = list(zip(names, row, strict=True))
        for i in booleans:
            fields[i] = (names[i], bool(row[i]))
        found.append(Fact(predicate.name, tuple(fields)))
    return found


def _insert(predicate: Predicate) -> str:
    places = ", ".join("?" * len(predicate.fields))
    return f"INSERT INTO p_{predicate.name} ({columns(predicate)}) VALUES (0{', ' if places else ''}{places})"


def indexes(rules: Sequence[Rule]) -> Iterator[str]:
    """An index for each column that a condition is looked up by."""
    wanted: dict[tuple[str, str], None] = {}
    for rule in rules:
        names = [name for atom in rule.positives() for name in atom.variables()]
        for atom in (*rule.positives(), *rule.negations()):
            own = atom.variables()
            for field, term in atom.fields:
                if isinstance(term, Variable) and names.count(term.name) > own.count(term.name) - (
                    atom not in rule.positives()
                ):
                    wanted[atom.predicate, field] = None
    for predicate, field in wanted:
        yield f"CREATE INDEX i_{predicate}_{field} ON p_{predicate} (patient, f_{field})"
