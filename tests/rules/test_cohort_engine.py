"""A cohort on DuckDB concludes for each patient what the one-patient evaluators do, with the same premises."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.cohort_engine import Cohort
from rules.engine import ENGINES, engine
from rules.errors import EngineUnavailable
from rules.facts import Fact
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
