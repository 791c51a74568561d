"""The rules compiled to plain SQL: one table for each predicate, one SELECT for each rule. Runs on sqlite3.

The text keeps to what SQLite, DuckDB and Spark all read: no vendor function, no quoted name, comparisons of like types
only. A row's `fact` is the number of the fact it stands for and `born` the round that concluded it, so a rule that
feeds itself is asked again only about what the last round added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rules.aggregate import Settled
from rules.errors import EngineFailure
from rules.facts import Derivation, Derivations, Fact
from rules.firing import Plan, checked_facts, derivations, plan
from rules.language import (
    BOOLEAN,
    COUNT,
    INTEGER,
    LEAST,
    NUMBER,
    Aggregate,
    Atom,
    Negation,
    Predicate,
    Rule,
    RuleSet,
    Term,
    Variable,
)

if TYPE_CHECKING:
    import sqlite3

TYPES = {INTEGER: "BIGINT", NUMBER: "DOUBLE", BOOLEAN: "BOOLEAN"}
PROGRAMS_KEPT = 8


class Query(NamedTuple):
    """A rule's plan, its SELECT, and the same SELECT narrowed, once for each condition, to what a round has added."""

    plan: Plan
    whole: str
    increments: tuple[str, ...]


class Program(NamedTuple):
    """What creates the tables, and the queries by stratum; `used` are the predicates that some condition reads."""

    tables: tuple[str, ...]
    indexes: tuple[str, ...]
    inserts: dict[str, str]
    strata: tuple[tuple[Query, ...], ...]


class SqlEngine:
    """Evaluates rules with SQL, in a database in memory that lives as long as the run."""

    def __init__(self) -> None:
        self._programs: dict[str, Program] = {}

    def run(self, rules: RuleSet, facts: Iterable[Fact]) -> Derivations:
        """Everything that the rules derive from the facts."""
        import sqlite3

        given = checked_facts(rules, facts)
        program = self._program(rules)
        database = sqlite3.connect(":memory:", isolation_level=None)
        try:
            found = _Run(database, program, given).derive()
        except sqlite3.Error as error:
            raise EngineFailure("sql", str(error)) from error
        finally:
            database.close()
        return derivations((fact for each in given.values() for fact in each), found)

    def _program(self, rules: RuleSet) -> Program:
        program = self._programs.get(rules.digest)
        if program is None:
            if len(self._programs) >= PROGRAMS_KEPT:
                del self._programs[next(iter(self._programs))]
            program = self._programs[rules.digest] = compile_rules(rules)
        return program


class _Run:
    """One database at work on one set of facts."""

    def __init__(
        self, database: sqlite3.Connection, program: Program, given: Mapping[str, Mapping[Fact, None]]
    ) -> None:
        self.database, self.program = database, program
        self.facts: list[Fact] = []
        self.known: set[Fact] = set()
        self.settled = Settled(lambda predicate: (fact for fact in self.facts if fact.predicate == predicate))
        for statement in program.tables:
            database.execute(statement)
        database.execute("BEGIN")
        self.add((fact for each in given.values() for fact in each), 0)
        for statement in program.indexes:
            database.execute(statement)

    def add(self, facts: Iterable[Fact], born: int) -> bool:
        """Adds facts that are not there yet; whether there was any."""
        rows: dict[str, list[tuple[object, ...]]] = {}
        before = len(self.known)
        for fact in facts:
            if fact not in self.known:
                self.known.add(fact)
                if fact.predicate in self.program.inserts:
                    rows.setdefault(fact.predicate, []).append((len(self.facts), born, *[v for _, v in fact.fields]))
                    self.facts.append(fact)
        for predicate, values in rows.items():
            self.database.executemany(self.program.inserts[predicate], values)
        return len(self.known) > before

    def derive(self) -> list[Derivation]:
        """The derivations of every stratum, lowest first."""
        found: dict[Derivation, None] = {}
        born = 0
        for queries in self.program.strata:
            fresh = dict.fromkeys(d for query in queries for d in self.answers(query.plan, query.whole, ()))
            found.update(fresh)
            born += 1
            while self.add((d.conclusion for d in fresh), born):
                again = (d for q in queries for text in q.increments for d in self.answers(q.plan, text, (born,)))
                fresh = dict.fromkeys(d for d in again if d not in found)
                found.update(fresh)
                born += 1
        return list(found)

    def answers(self, plan: Plan, query: str, parameters: tuple[int, ...]) -> Iterator[Derivation]:
        facts = self.facts
        wanted = len(plan.positives)
        for row in self.database.execute(query, parameters).fetchall():
            derivation = plan.derivation([facts[number] for number in row[:wanted]], self.settled)
            if derivation is not None:
                yield derivation


def compile_rules(rules: RuleSet) -> Program:
    """The SQL of a rule set."""
    read = {
        atom.predicate: rules.predicates[atom.predicate]
        for rule in rules.rules
        for atom in (*rule.positives(), *rule.settled())
    }
    strata = []
    for indices in rules.strata:
        concluded = {rules.rules[i].head.predicate for i in indices}
        strata.append(tuple(_query(rules.rules[i], rules.predicates, concluded) for i in indices))
    return Program(
        tuple(_create_table(predicate) for predicate in read.values()),
        tuple(_create_indexes(rules.rules)),
        {name: _insert(predicate) for name, predicate in read.items()},
        tuple(strata),
    )


def select(rule: Rule) -> str:
    """The SELECT whose rows are the matches of a rule: the number of the fact that each condition matched.

    >>> from rules.language import parse_atom, parse_condition
    >>> body = tuple(map(parse_condition, ("drug(name: D, in_class: C)", "no denied(name: D)", "C != other")))
    >>> print(select(Rule("r", body, parse_atom("usable(name: D)"))))
    SELECT t0.fact
    FROM p_drug t0
    WHERE NOT EXISTS (SELECT 1 FROM p_denied n WHERE n.f_name = t0.f_name)
    AND t0.f_in_class <> 'other'
    """
    atoms = rule.positives()
    bound: dict[str, str] = {}
    tests: list[str] = []
    for number, atom in enumerate(atoms):
        tests += _tests(atom, f"t{number}", bound)
    for condition in rule.body:
        if isinstance(condition, Negation):
            inner = _tests(condition.atom, "n", dict(bound))
            where = f" WHERE {' AND '.join(inner)}" if inner else ""
            tests.append(f"NOT EXISTS (SELECT 1 FROM p_{condition.atom.predicate} n{where})")
    results = {each.result: _subquery(each, bound) for each in rule.aggregates()}
    tests += [f"{results[each.result]} IS NOT NULL" for each in rule.aggregates() if each.kind != COUNT]
    bound.update(results)
    for left, operator, right in rule.comparisons():
        sign = "<>" if operator == "!=" else operator
        tests.append(f"{_operand(left, bound)} {sign} {_operand(right, bound)}")
    columns = ", ".join(f"t{number}.fact" for number in range(len(atoms))) or "1 AS fired"
    tables = ", ".join(f"p_{atom.predicate} t{number}" for number, atom in enumerate(atoms))
    text = f"SELECT {columns}" + (f"\nFROM {tables}" if tables else "")
    return text + ("\nWHERE " + "\nAND ".join(tests) if tests else "")


def _subquery(aggregate: Aggregate, bound: Mapping[str, str]) -> str:
    """The scalar that an aggregate comes to for one match; NULL for the least or greatest of nothing."""
    inner = dict(bound)
    tests = _tests(aggregate.atom, "a", inner)
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    kind = (
        "COUNT(*)"
        if aggregate.kind == COUNT
        else f"{'MIN' if aggregate.kind == LEAST else 'MAX'}({inner[aggregate.of]})"
    )
    return f"(SELECT {kind} FROM p_{aggregate.atom.predicate} a{where})"


def _tests(atom: Atom, alias: str, bound: dict[str, str]) -> list[str]:
    """What an atom demands of its row; columns of variables that it is the first to name are added to `bound`."""
    tests = []
    for name, term in atom.fields:
        column = f"{alias}.f_{name}"
        if not isinstance(term, Variable):
            tests.append(f"{column} = {literal(term)}")
        elif term.name in bound:
            tests.append(f"{column} = {bound[term.name]}")
        elif not term.is_anonymous:
            bound[term.name] = column
    return tests


def _operand(term: Term, bound: Mapping[str, str]) -> str:
    return bound[term.name] if isinstance(term, Variable) else literal(term)


def literal(value: str | int | float | bool) -> str:
    """A constant as SQL writes it.

    >>> literal("5'-UTR"), literal(0.5), literal(True)
    ("'5''-UTR'", '0.5', 'TRUE')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _query(rule: Rule, predicates: Mapping[str, Predicate], concluded: set[str]) -> Query:
    whole = select(rule)
    joint = "\nAND " if "\nWHERE " in whole else "\nWHERE "
    grown = [i for i, atom in enumerate(rule.positives()) if atom.predicate in concluded]
    return Query(plan(rule, predicates), whole, tuple(f"{whole}{joint}t{i}.born = ?" for i in grown))


def _create_table(predicate: Predicate) -> str:
    columns = "".join(f", f_{field.name} {TYPES.get(field.kind, 'VARCHAR')}" for field in predicate.fields)
    return f"CREATE TABLE p_{predicate.name} (fact BIGINT, born BIGINT{columns})"


def _insert(predicate: Predicate) -> str:
    return f"INSERT INTO p_{predicate.name} VALUES ({', '.join('?' * (len(predicate.fields) + 2))})"


def _create_indexes(rules: Sequence[Rule]) -> Iterator[str]:
    """An index for each set of columns that a condition is looked up by."""
    wanted: dict[tuple[str, tuple[str, ...]], None] = {}
    for rule in rules:
        names = [name for atom in rule.positives() for name in atom.variables()]
        for atom in (*rule.positives(), *rule.settled()):
            own = atom.variables()
            fields = [n for n, t in sorted(atom.fields, key=lambda p: p[0]) if _joins(t, names, own)]
            if fields:
                wanted[atom.predicate, tuple(fields)] = None
    for number, (predicate, columns) in enumerate(wanted):
        yield f"CREATE INDEX i{number} ON p_{predicate} ({', '.join(f'f_{name}' for name in columns)})"


def _joins(term: Term, names: Sequence[str], own: Sequence[str]) -> bool:
    if not isinstance(term, Variable):
        return False
    return names.count(term.name) > own.count(term.name) or (term.name in names and own.count(term.name) == 1)
