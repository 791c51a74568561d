"""The SQL text: one for SQLite, DuckDB and Spark (tests/test_spark.py), with equal conclusions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from rules.engine import engine
from rules.facts import Fact, fact
from rules.language import RuleSet
from rules.sql_text import PATIENTS, SqlText, columns, conclude, literal, sql_text
from tests.rules.test_engines_agree import programs
from tests.shared import library

Load = Callable[..., RuleSet]

WORDS = {
    *("ALL", "AND", "AS", "BIGINT", "BOOLEAN", "CAST", "COUNT", "CREATE", "DISTINCT", "DOUBLE", "EXISTS", "FALSE"),
    *("FROM", "INSERT", "INTO", "IS", "MAX", "MIN", "NOT", "NULL", "SELECT", "TABLE", "TRUE", "VARCHAR", "WHERE"),
}
"""The words of SQL that the text may use: SQLite, DuckDB and Spark all know them, with one meaning."""
MARKS = re.compile(r"<>|<=|>=|[=<>(),.*;]|-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
NAMES = re.compile(r"p_[a-z0-9_]+|f_[a-z0-9_]+|[tmv][0-9]*|[nax]|patient|patients|name|rowid")


def statements(text: SqlText) -> Iterator[str]:
    yield from text.tables.values()
    for rule in text.rules():
        yield rule.conclude
        yield rule.matches


def strange(statement: str) -> list[str]:
    """What is in a statement besides the words, marks and names that every database reads alike."""
    bare = re.sub(r"'(?:[^']|'')*'", " ", statement)
    found = re.findall(r"[A-Za-z_][A-Za-z_0-9]*|-?[0-9][0-9.e+-]*|<>|<=|>=|\S", bare)
    return [word for word in found if not (word in WORDS or MARKS.fullmatch(word) or NAMES.fullmatch(word))]


def creating(text: SqlText) -> list[str]:
    """The statements of the printed text that make its tables."""
    first = str(text).partition("\n\n-- ")[0]
    return [statement for line in first.splitlines() if (statement := line.rstrip(";"))]


def on_sqlite(rules: RuleSet, patients: dict[int, list[Fact]]) -> dict[str, set[tuple[object, ...]]]:
    """What the text concludes on SQLite for several patients at once: the rows of each predicate, patient first."""
    database = sqlite3.connect(":memory:")
    text = sql_text(rules)
    for statement in creating(text):
        database.execute(statement)
    for patient, facts in patients.items():
        database.execute(f"INSERT INTO {PATIENTS} (patient) VALUES ({patient})")
        for each in dict.fromkeys(facts):
            values = [patient, *(value for _, value in each.fields)]
            names = columns(rules.predicates[each.predicate])
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO p_{each.predicate} ({names}) VALUES ({marks})", values)
    conclude(text, lambda statement: database.execute(statement).rowcount, rules.predicates)
    return {
        name: set(database.execute(f"SELECT {columns(predicate)} FROM p_{name}"))
        for name, predicate in rules.predicates.items()
    }


def expected(rules: RuleSet, patients: dict[int, list[Fact]]) -> dict[str, set[tuple[object, ...]]]:
    found: dict[str, set[tuple[object, ...]]] = {name: set() for name in rules.predicates}
    for patient, facts in patients.items():
        result = engine("sql").run(rules, facts)
        for name, rows in found.items():
            rows |= {(patient, *(value for _, value in each.fields)) for each in result.facts(name)}
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_whole_text_runs_on_sqlite(program: tuple[RuleSet, list[Fact]]) -> None:
    rules, facts = program
    patients = {1: facts, 2: facts[::2], 3: []}
    assert on_sqlite(rules, patients) == expected(rules, patients)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_text_keeps_to_what_every_database_reads(program: tuple[RuleSet, list[Fact]]) -> None:
    for statement in statements(sql_text(program[0])):
        assert strange(statement) == []


def test_the_library_keeps_to_what_every_database_reads() -> None:
    found = [strange(statement) for statement in statements(sql_text(library()))]
    assert len(found) > 2 * len(library().rules)
    assert not any(found)


@pytest.mark.parametrize(
    "statement",
    ["SELECT t0.f_a::INT FROM p_a t0", 'SELECT "f_a" FROM p_a', "SELECT LENGTH(t0.f_a) FROM p_a t0", "x || ?"],
)
def test_what_only_some_databases_read_is_seen(statement: str) -> None:
    assert strange(statement)


def test_every_block_comes_after_what_it_reads() -> None:
    rules, text = library(), sql_text(library())
    concluded = {rule.head.predicate for rule in rules.rules}
    done: set[str] = set()
    for block in text.blocks:
        own = {rule.concludes for rule in block.rules}
        read = {name for rule in block.rules for name in rule.reads}
        settled = {atom.predicate for rule in block.rules for atom in rules.rules[rule.place].settled()}
        assert read & concluded <= done | (own if block.repeats else set())
        assert settled & concluded <= done
        done |= own
    assert done == concluded
    assert sorted(rule.place for rule in text.rules()) == list(range(len(rules.rules)))
    assert all(one.stratum <= other.stratum for one, other in pairwise(text.blocks))


TWO = """
predicates:
  drug: {given: true, fields: {name: string, group: string}}
  received: {given: true, fields: {name: string}}
  grouped: {fields: {group: string}}
  exposed: {fields: {group: string}}
  naive: {fields: {group: string}}
rules:
  - {rule: a, says: s, cites: [c], if: ["drug(group: G)"], then: "grouped(group: G)"}
  - {rule: b, says: s, cites: [c], if: ["received(name: D)", "drug(name: D, group: G)"], then: "exposed(group: G)"}
  - {rule: c, says: s, cites: [c], if: ["grouped(group: G)", "no exposed(group: G)"], then: "naive(group: G)"}
"""


def test_what_follows_from_shared_facts_alone_is_shared(ruleset: Load) -> None:
    rules = ruleset(TWO)
    assert sql_text(rules).shared == frozenset()
    text = sql_text(rules, ["drug"])
    assert text.shared == {"drug", "grouped"}
    (grouped,) = [rule for rule in text.rules() if rule.name == "a"]
    assert grouped.shared
    assert ".patient" not in grouped.conclude.replace("n.patient", "")
    (last,) = [rule for rule in text.rules() if rule.name == "c"]
    assert f"{PATIENTS} t" in last.conclude


def test_every_rule_stands_in_the_text_twice() -> None:
    printed = str(sql_text(library()))
    assert all(printed.count(f"-- rule {rule.name}\n") == 2 for rule in library().rules)


def test_constants() -> None:
    assert [literal(value) for value in ("a'b", 1, 2.5, 1e300, True)] == ["'a''b'", "1", "2.5e0", "1e+300", "TRUE"]


EVERYTHING = r"""
predicates:
  seen: {given: true, fields: {name: string, score: number, day: date, level: [A, B, C], fine: boolean, times: integer}}
  next: {given: true, fields: {one: string, other: string}}
  reached: {fields: {one: string, other: string}}
  lonely: {fields: {name: string, doses: number}}
  best: {fields: {one: string, level: [A, B, C], count: integer}}
  quiet: {fields: {why: string}}
rules:
  - {rule: a, says: s, cites: [c], if: ["next(one: X, other: Y)"], then: "reached(one: X, other: Y)"}
  - rule: b
    says: s
    cites: [c]
    if: ["reached(one: X, other: Y)", "next(one: Y, other: Z)"]
    then: reached(one: X, other: Z)
  - rule: c
    says: s
    cites: [c]
    if: ["seen(name: X, times: T, fine: true)", "no reached(one: X)"]
    then: lonely(name: X, doses: T)
  - rule: d
    says: s
    cites: [c]
    if: ["reached(one: X)", "L = least V in seen(name: X, level: V)", "N = count seen(name: X)"]
    then: best(one: X, level: L, count: N)
  - rule: e
    says: s
    cites: [c]
    if: ["no seen(score: 2.5)"]
    then: 'quiet(why: "it''s so")'
  - rule: f
    says: s
    cites: [c]
    if: ['seen(name: "a''b", day: D, score: S)', "D < 2024-01-02", "S >= 0.5"]
    then: quiet(why: D)
"""


def of_everything() -> dict[int, list[Fact]]:
    """Three patients for these rules; the last has no facts."""
    seen = [
        fact("seen", name=name, score=score, day=day, level=level, fine=fine, times=times)
        for name, score, day, level, fine, times in (
            ("a'b", 0.5, "2024-01-01", "B", True, 2),
            ("病", 2.5, "2024-01", "C", True, 3),
            ("x", 1e-12, "2023", "A", False, 0),
            ("x", 1.0, "2023", "C", False, 1),
        )
    ]
    steps = [fact("next", one=one, other=other) for one, other in (("x", "y"), ("y", "z"), ("z", "x"), ("q", "a'b"))]
    return {1: [*seen, *steps], 2: [seen[0], *steps[:2]], 3: []}


def test_every_construct_on_sqlite(ruleset: Load) -> None:
    rules, patients = ruleset(EVERYTHING), of_everything()
    wanted = expected(rules, patients)
    assert all(wanted.values()), "every rule concludes something"
    assert on_sqlite(rules, patients) == wanted
