"""A cohort on DuckDB concludes for each patient what the one-patient evaluators do, with the same premises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.cohort_engine import Cohort
from rules.engine import ENGINES, engine
from rules.errors import EngineUnavailable, InvalidFact, RepeatedPatient, UnknownPatient
from rules.facts import Fact, Value, fact
from rules.language import RuleSet
from tests.rules.test_engines_agree import naive, programs

NAMES = ("it's me", "P-002", "病人")


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[RuleSet, list[Fact], dict[str, list[Fact]]]:
    """Rules, facts that all patients share, and each patient's own: some of the same, some of other predicates."""
    rules, facts = draw(programs())
    shared = draw(st.lists(st.sampled_from(facts), max_size=4)) if draw(st.booleans()) else []
    alone = draw(st.sampled_from(sorted({f.predicate for f in facts}))) if draw(st.booleans()) else ""
    shared = [f for f in facts if f.predicate == alone] or shared
    own = [f for f in facts if f.predicate != alone] or facts
    return rules, shared, {name: draw(st.lists(st.sampled_from(own), max_size=12)) for name in NAMES}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cohorts())
def test_equals_every_one_patient_evaluator(drawn: tuple[RuleSet, list[Fact], dict[str, list[Fact]]]) -> None:
    rules, shared, patients = drawn
    with Cohort(rules, shared, threads=1) as cohort:
        for name, facts in patients.items():
            cohort.add(name, facts)
        cohort.evaluate()
        found = cohort.derivations(NAMES)
        rows = {name: cohort.rows(name) for name in rules.predicates}
    for name, facts in patients.items():
        expected = naive(rules, [*shared, *facts])
        assert repr(found[name].derived) == repr(expected.derived)
        assert found[name] == expected
        for evaluator in ENGINES:
            try:
                assert engine(evaluator).run(rules, [*shared, *facts]) == expected
            except EngineUnavailable:
                assert evaluator == "durable"
        for predicate in rules.predicates:
            mine = {tuple(values) for who, *values in rows[predicate] if who == name}
            assert mine == {tuple(value for _, value in each.fields) for each in expected.facts(predicate)}


RULES = """
predicates:
  drug: {given: true, fields: {name: string, group: string}}
  received: {given: true, fields: {name: string, times: integer, on: date, ok: boolean, dose: number}}
  heard: {fields: {name: string}}
  grouped: {fields: {group: string}}
  exposed: {fields: {group: string}}
  naive: {fields: {group: string}}
rules:
  - {rule: a, says: s, cites: [c], if: ["drug(group: G)"], then: "grouped(group: G)"}
  - {rule: b, says: s, cites: [c], if: ["received(name: D)", "drug(name: D, group: G)"], then: "exposed(group: G)"}
  - {rule: c, says: s, cites: [c], if: ["grouped(group: G)", "no exposed(group: G)"], then: "naive(group: G)"}
  - {rule: d, says: s, cites: [c], if: ["received(name: D, ok: true)"], then: "heard(name: D)"}
"""
DRUGS = [fact("drug", name="gefitinib", group="egfr"), fact("drug", name="alectinib", group="alk")]


def received(name: str = "gefitinib", **other: Value) -> Fact:
    fields: dict[str, Value] = {"times": 1, "on": "2024-01", "ok": True, "dose": 2.5, **other}
    return fact("received", name=name, **fields)


@pytest.fixture
def rules(ruleset: Callable[[str], RuleSet]) -> RuleSet:
    return ruleset(RULES)


def test_rows_of_everybody(rules: RuleSet) -> None:
    with Cohort(rules, DRUGS) as cohort:
        cohort.add("B", [received()])
        cohort.add("A", [])
        cohort.evaluate()
        assert cohort.patients == ("B", "A")
        assert cohort.rows("naive") == [("A", "alk"), ("A", "egfr"), ("B", "alk")]
        assert cohort.rows("grouped") == [(who, group) for who in "AB" for group in ("alk", "egfr")]
        assert cohort.counts("naive") == {"A": 2, "B": 1}
        assert cohort.counts("drug") == {"A": 2, "B": 2}
        assert cohort.counts("exposed") == {"B": 1}


def test_a_predicate_with_shared_and_own_facts(rules: RuleSet) -> None:
    own = fact("drug", name="osimertinib", group="egfr")
    with Cohort(rules, DRUGS) as cohort:
        cohort.add("A", [own, DRUGS[0], received("osimertinib")])
        cohort.add("B", [received("osimertinib")])
        cohort.evaluate()
        found = cohort.derivations(["A", "B"])
    assert found["A"] == engine("sql").run(rules, [*DRUGS, own, received("osimertinib")])
    assert found["B"] == engine("sql").run(rules, [*DRUGS, received("osimertinib")])


def test_tables_and_single_facts_say_the_same(rules: RuleSet, tmp_path: Path) -> None:
    """As a data frame, a Parquet file and a CSV file, with integers where a number is wanted, and rows twice."""
    frame = pandas.DataFrame(
        {"patient": ["A", "B", "A"], "name": ["gefitinib", "alectinib", "gefitinib"], "dose": [2, 3, 2]}
        | {"times": [1, 2, 1], "on": ["2024-01", "2023-05-17", "2024-01"], "ok": [True, False, True]}
    )
    duckdb.from_df(frame).write_parquet(str(tmp_path / "t.parquet"))
    csv = 'patient,name,dose,times,"on",ok\nA,gefitinib,2,1,2024-01,true\nB,alectinib,3,2,2023-05,false\n'
    (tmp_path / "t.csv").write_text(csv, encoding="utf-8")
    answers = []
    for table in (frame, tmp_path / "t.parquet", tmp_path / "t.csv"):
        with Cohort(rules, DRUGS) as cohort:
            cohort.load("received", table)
            cohort.add("C", [received()])
            cohort.evaluate()
            assert cohort.rows("heard") == [("A", "gefitinib"), ("C", "gefitinib")]
            answers.append(cohort.derivations("ABC")["A"])
    assert answers[0] == answers[1] == answers[2]
    assert answers[0] == engine("sql").run(rules, [*DRUGS, received(dose=2)])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"on": ["soon"]}, "'soon' in field `on` is no date"),
        ({"times": [1.5]}, "1.5 in field `times` is no integer"),
        ({"ok": [None]}, "None in field `ok` is no boolean"),
        ({"name": None}, "the table has no column `name`"),
        ({"patient": None}, "the table has no column `patient`"),
        ({"patient": [None]}, "a row names no patient"),
    ],
)
def test_a_table_with_what_is_no_fact_is_refused(rules: RuleSet, change: dict[str, Any], reason: str) -> None:
    columns = {"patient": ["A"], "name": ["x"], "dose": [2.5], "times": [1], "on": ["2024-01"], "ok": [True], **change}
    with Cohort(rules) as cohort, pytest.raises(InvalidFact) as caught:
        cohort.load("received", pandas.DataFrame({name: values for name, values in columns.items() if values}))
    assert reason in str(caught.value)


def test_a_table_of_an_unknown_or_concluded_predicate_is_refused(rules: RuleSet) -> None:
    with Cohort(rules) as cohort:
        for name, reason in (("drugs", "unknown predicate"), ("naive", "only concluded by rules")):
            with pytest.raises(InvalidFact, match=reason):
                cohort.load(name, pandas.DataFrame({"patient": []}))


def test_facts_that_do_not_fit_leave_no_patient(rules: RuleSet) -> None:
    """A fact equal to a good one may still be wrong: 1 equals True."""
    with Cohort(rules) as cohort:
        cohort.add("A", [received()])
        for wrong in (received(ok=1), received(times=True), received(on="soon")):
            with pytest.raises(InvalidFact):
                cohort.add("B", [wrong])
        assert cohort.patients == ("A",)
        with pytest.raises(RepeatedPatient, match="'A' is in the cohort already"):
            cohort.add("A", [])
        cohort.evaluate()
        assert cohort.counts("received") == {"A": 1}
        with pytest.raises(UnknownPatient, match="no patient of the cohort is named 'B'"):
            cohort.derivations(["B"])


def test_results_are_saved_as_parquet(rules: RuleSet, tmp_path: Path) -> None:
    path = tmp_path / "it's.parquet"
    with Cohort(rules, DRUGS) as cohort:
        cohort.add("病人", [received()])
        cohort.evaluate()
        cohort.save("naive", path)
    assert duckdb.read_parquet(str(path)).fetchall() == [("病人", "alk")]


def test_nobody(rules: RuleSet) -> None:
    with Cohort(rules) as cohort:
        cohort.evaluate()
        assert cohort.rows("naive") == []
        assert cohort.derivations([]) == {}
