"""A firing replayed by hand: it follows exactly when an evaluator derives it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.engine import engine
from rules.facts import Absence, Derivation, Derivations, Fact, fact
from rules.language import Field, Predicate, Rule, RuleSet, parse_atom, parse_condition
from rules.replay import mismatch, same
from tests.rules.test_engines_agree import DOMAIN, programs

often = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def replayed(firing: Derivation, rules: RuleSet, derivations: Derivations):
    return mismatch(firing, rules.rule(firing.rule), rules.predicates, derivations.facts)


def is_derived(firing: Derivation, derivations: Derivations) -> bool:
    """Whether an evaluator makes this very firing, types of values included."""
    return any(
        repr(each) == repr(firing) and all(map(same, each.premises, firing.premises))
        for each in derivations.derived.get(firing.conclusion, ())
        if each == firing
    )


@often
@given(programs())
def test_whatever_is_derived_follows(program: tuple[RuleSet, list[Fact]]) -> None:
    rules, facts = program
    derivations = engine("sql").run(rules, facts)
    for fact_, ways in derivations.derived.items():
        for way in ways:
            assert replayed(way, rules, derivations) is None, (fact_, way)


@often
@given(programs(), st.data())
def test_what_is_altered_follows_only_where_it_is_derived_too(
    program: tuple[RuleSet, list[Fact]], data: st.DataObject
) -> None:
    rules, facts = program
    derivations = engine("sql").run(rules, facts)
    ways = [way for each in derivations.derived.values() for way in each]
    if not ways:
        return
    firing = altered(data.draw(st.sampled_from(ways)), [*facts, *derivations.derived], data)
    assert (replayed(firing, rules, derivations) is None) == is_derived(firing, derivations), firing


def altered(way: Derivation, facts: list[Fact], data: st.DataObject) -> Derivation:
    """A firing with one thing changed: a premise gone, doubled or another, a value of a binding, the conclusion."""
    premises, place = list(way.premises), data.draw(st.integers(0, max(len(way.premises) - 1, 0)))
    what = data.draw(st.sampled_from(["gone", "doubled", "another", "absent", "binding", "conclusion", "unbound"]))
    values = [value for kind in DOMAIN.values() for value in kind]
    if what == "gone" and premises:
        del premises[place]
    elif what == "doubled" and premises:
        premises.insert(place, premises[place])
    elif what == "another" and premises:
        premises[place] = data.draw(st.sampled_from(facts))
    elif what == "absent" and premises:
        premises[place] = Absence(premises[place].predicate, premises[place].fields)
    elif what == "binding" and way.bindings:
        name = data.draw(st.sampled_from([name for name, _ in way.bindings]))
        changed = dict(way.bindings) | {name: data.draw(st.sampled_from(values))}
        return way._replace(bindings=tuple(sorted(changed.items(), key=lambda pair: pair[0])))
    elif what == "conclusion":
        return way._replace(conclusion=data.draw(st.sampled_from(facts)))
    elif what == "unbound" and way.bindings:
        return way._replace(bindings=way.bindings[1:])
    return way._replace(premises=tuple(premises))


PREDICATES = {
    "received": Predicate("received", (Field("drug", "string"), Field("times", "integer")), given=True),
    "line": Predicate("line", (Field("number", "integer"),), given=True),
    "fits": Predicate("fits", (Field("count", "number"), Field("drug", "string"))),
}
RULE = Rule(
    "enough",
    tuple(
        map(
            parse_condition,
            ("received(drug: D, times: T)", "T >= 2", "no line(number: T)", "N = count received(drug: D)"),
        )
    ),
    parse_atom("fits(drug: D, count: N)"),
)
GIVEN = fact("received", drug="pyrotinib", times=2)
WAY = Derivation(
    "enough",
    fact("fits", drug="pyrotinib", count=1.0),
    (("D", "pyrotinib"), ("N", 1), ("T", 2)),
    (GIVEN, Absence("line", (("number", 2),)), GIVEN),
)


def told(firing: Derivation = WAY, *others: Fact) -> str | None:
    every = [GIVEN, *others]
    found = mismatch(firing, RULE, PREDICATES, lambda name: [each for each in every if each.predicate == name])
    return found and found.kind


@pytest.mark.parametrize(
    ("change", "others", "kind"),
    [
        ({}, (), None),
        ({"premises": WAY.premises[1:]}, (), "premise"),
        ({"premises": WAY.premises[:2]}, (), "missing"),
        ({"premises": (*WAY.premises, GIVEN)}, (), "extra"),
        ({}, (fact("line", number=2),), "present"),
        ({}, (fact("line", number=1),), None),
        ({}, (fact("received", drug="pyrotinib", times=1),), "premise"),
        ({"bindings": (("D", "pyrotinib"), ("N", 2), ("T", 2))}, (), "counted"),
        ({"bindings": (("D", "pyrotinib"), ("T", 2))}, (), "bindings"),
        ({"conclusion": fact("fits", drug="pyrotinib", count=1)}, (), "head"),
        ({"conclusion": fact("fits", drug="lapatinib", count=1.0)}, (), "head"),
    ],
)
def test_what_does_not_fit_is_named(change: dict, others: tuple[Fact, ...], kind: str | None) -> None:
    assert told(WAY._replace(**change), *others) == kind


def test_a_comparison_that_does_not_hold_is_named() -> None:
    once = fact("received", drug="pyrotinib", times=1)
    firing = WAY._replace(bindings=(("D", "pyrotinib"), ("N", 1), ("T", 1)), premises=(once, *WAY.premises[1:]))
    found = mismatch(firing, RULE, PREDICATES, lambda name: [once] if name == "received" else [])
    assert found is not None
    assert (found.kind, found.condition, found.found) == ("comparison", "T >= 2", "1 >= 2")


def test_a_rules_digest_is_of_its_own_text() -> None:
    assert RULE.digest.startswith("sha256:")
    assert RULE._replace(file="elsewhere.yaml", line=7).digest == RULE.digest
    for change in ({"name": "other"}, {"says": (("en", "x"),)}, {"cites": ("x",)}, {"body": RULE.body[:1]}):
        assert RULE._replace(**change).digest != RULE.digest
