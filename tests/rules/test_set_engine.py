"""Over sets of patients the rules conclude for each patient what they conclude for this patient alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.check import strata
from rules.engine import engine
from rules.errors import InvalidFact, RepeatedPatient
from rules.facts import Fact, fact
from rules.language import Atom, Condition, Negation, Predicate, Rule, RuleSet, Term, Variable
from rules.set_engine import SetCohort
from tests.rules.test_cohort_engine import DRUGS, RULES, received
from tests.rules.test_engines_agree import DOMAIN, naive, programs


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[RuleSet, list[list[Fact]]]:
    """Rules, and the facts of up to 20 patients (of sets of one to three bytes)."""
    rules, facts = draw(programs())
    return rules, draw(st.lists(st.lists(st.sampled_from(facts), max_size=12), min_size=1, max_size=20))


@st.composite
def families(draw: st.DrawFn) -> tuple[RuleSet, list[list[Fact]]]:
    """Rules of which many differ in constants alone, most of them values that some patients have and others do not."""
    rules, patients = draw(cohorts())
    relatives = [rule for rule in rules.rules for _ in range(draw(st.integers(1, 4)))]
    found = tuple(draw(relative(rule, rules.predicates))._replace(name=f"r{i}") for i, rule in enumerate(relatives))
    return RuleSet(found, rules.predicates, strata(found) if found else (), "families"), patients


@st.composite
def relative(draw: st.DrawFn, rule: Rule, predicates: Mapping[str, Predicate]) -> Rule:
    """The rule with other constants, some of them for what it binds and does not use."""
    often = Counter(re.findall(r"\b[A-Z]\w*", str(rule)))

    def of(atom: Atom) -> Atom:
        kinds = {field.name: field.kind for field in predicates[atom.predicate].fields}
        return Atom(atom.predicate, tuple((name, other(term, kinds[name])) for name, term in atom.fields))

    def other(term: Term, kind: str) -> Term:
        free = isinstance(term, Variable) and often[term.name] <= 1
        return draw(st.sampled_from(DOMAIN[kind][:3])) if free or not isinstance(term, Variable) else term

    def condition(each: Condition) -> Condition:
        if isinstance(each, Negation):
            return Negation(of(each.atom))
        return of(each) if isinstance(each, Atom) else each

    return rule._replace(body=tuple(map(condition, rule.body)), head=of(rule.head))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(cohorts())
def test_equals_each_patient_alone(drawn: tuple[RuleSet, list[list[Fact]]]) -> None:
    equals_each_alone(*drawn)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(families())
def test_rules_that_differ_in_constants(drawn: tuple[RuleSet, list[list[Fact]]]) -> None:
    """They are asked together, and those whose constants nobody has are not asked: nothing is lost by it."""
    equals_each_alone(*drawn)


def equals_each_alone(rules: RuleSet, patients: list[list[Fact]]) -> None:
    with SetCohort(rules, threads=1) as cohort:
        for number, facts in enumerate(patients):
            cohort.add(str(number), facts)
        cohort.evaluate()
        found = {name: cohort.held(name) for name in rules.predicates}
    for number, facts in enumerate(patients):
        expected = naive(rules, facts)
        for name, held in found.items():
            mine = dict(held.by_patient()).get(number, [])
            assert [held.facts[place] for place in mine] == sorted(
                tuple(value for _, value in each.fields) for each in expected.facts(name)
            )


@pytest.fixture
def rules(ruleset: Callable[[str], RuleSet]) -> RuleSet:
    return ruleset(RULES)


def test_parts_that_patients_share(rules: RuleSet) -> None:
    """A part is looked at once; a fact may stand in several parts of a patient."""
    drugs, own = tuple(DRUGS), (received(), DRUGS[0])
    with SetCohort(rules) as cohort:
        cohort.add_parts("B", [drugs, own])
        cohort.add_parts("A", [drugs])
        cohort.add("C", [])
        cohort.evaluate()
        assert cohort.patients == ("B", "A", "C")
        assert cohort.rows("naive") == [("A", "alk"), ("A", "egfr"), ("B", "alk")]
        assert cohort.rows("exposed") == [("B", "egfr")]
        held = cohort.held("drug")
    assert held.facts == [("alk", "alectinib"), ("egfr", "gefitinib")]
    assert list(held.by_patient()) == [(0, [0, 1]), (1, [0, 1])]


def test_nobody_has_anything(rules: RuleSet) -> None:
    with SetCohort(rules) as cohort:
        cohort.evaluate()
        assert cohort.rows("naive") == []


def test_a_patient_whose_facts_do_not_fit_is_not_there(rules: RuleSet) -> None:
    """Nothing of theirs stays, and the next patient does not get what was read of them."""
    with SetCohort(rules) as cohort:
        with pytest.raises(InvalidFact, match="no integer"):
            cohort.add_parts("A", [(received(),), (received(times=1.5),)])
        cohort.add("B", DRUGS)
        with pytest.raises(RepeatedPatient):
            cohort.add("B", [])
        cohort.evaluate()
        assert cohort.rows("received") == []
        assert cohort.rows("naive") == [("B", "alk"), ("B", "egfr")]


def test_integers_and_numbers_keep_their_kind(ruleset: Callable[[str], RuleSet]) -> None:
    """As in the evaluators of one patient: an integer becomes a number where the conclusion wants one."""
    rules = ruleset(
        """
predicates:
  dose: {given: true, fields: {mg: integer, times: number, on: boolean}}
  total: {fields: {mg: number, times: number, on: boolean}}
rules:
  - rule: a
    says: s
    cites: [c]
    if: ["dose(mg: M, times: T, on: true)", "M >= 2", "T != 0.5"]
    then: "total(mg: M, times: T, on: true)"
"""
    )
    facts = [
        fact("dose", mg=mg, times=times, on=on) for mg in (1, 2, 3) for times in (0.5, 2.0) for on in (True, False)
    ]
    with SetCohort(rules) as cohort:
        cohort.add("A", facts)
        cohort.evaluate()
        ((_, *one), (_, *two)) = cohort.rows("total")
    assert [one, two] == [[2.0, True, 2.0], [3.0, True, 2.0]]
    assert [type(value) for value in one] == [float, bool, float]
    expected = engine("sql").run(rules, facts).facts("total")
    assert [tuple(value for _, value in each.fields) for each in expected] == [tuple(one), tuple(two)]
