"""Random rule sets on random facts: every evaluator and a naive one written here derive the same."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules import join_engine
from rules.check import check, strata
from rules.engine import ENGINES, engine
from rules.errors import ERROR, EngineUnavailable
from rules.facts import Absence, Derivation, Derivations, Fact, Premise
from rules.firing import holds
from rules.join_engine import JoinEngine
from rules.language import (
    AGGREGATES,
    COUNT,
    LEAST,
    Aggregate,
    Atom,
    Comparison,
    Field,
    Negation,
    Predicate,
    Rule,
    RuleSet,
    Variable,
    canonical_text,
)

DOMAIN = {
    "string": ["a", "b", "c", "it's", '"x\\y"', "中\n文", "A%s"],
    "integer": [-1, 0, 1, 2],
    "number": [1e-12, -2.5, 0.0, 1.0, 2.0],
    "boolean": [True, False],
    "date": ["2023", "2023-11", "2024-01-31"],
    "enumeration": ["pass", "warn", "fail"],
}
FIELD_NAMES = ["id", "sid", "t", "m0", "f0"]
NAMES = ["X", "Y", "Z", "_"]


@st.composite
def predicate_sets(draw: st.DrawFn) -> dict[str, Predicate]:
    """Given predicates g0, g1.. and derived ones d0, d1.., one to three fields each."""
    found = {}
    # One kind or two at a time, so that joins are frequent.
    kinds = draw(st.lists(st.sampled_from(sorted(DOMAIN)), min_size=1, max_size=2))
    for name in ["g0", "g1", "d0", "d1", "d2"][: draw(st.integers(3, 5))]:
        fields = draw(st.lists(st.sampled_from(FIELD_NAMES), min_size=1, max_size=3, unique=True))
        declared = [Field(f, kind, _values(kind)) for f in fields for kind in [draw(st.sampled_from(kinds))]]
        found[name] = Predicate(name, tuple(sorted(declared)), given=name.startswith("g") or draw(st.booleans()))
    return found


def _values(kind: str) -> tuple[str, ...]:
    return tuple(DOMAIN[kind]) if kind == "enumeration" else ()


@st.composite
def terms(draw: st.DrawFn, kind: str) -> object:
    if draw(st.integers(0, 5)):
        return Variable(draw(st.sampled_from(NAMES)))
    return draw(st.sampled_from(DOMAIN[kind]))


@st.composite
def atoms(draw: st.DrawFn, predicates: dict[str, Predicate], least: int = 0) -> Atom:
    names = sorted(predicates) + 2 * [name for name in sorted(predicates) if predicates[name].given]
    predicate = predicates[draw(st.sampled_from(names))]
    used = draw(st.lists(st.sampled_from(predicate.fields), min_size=least, unique=True))
    return Atom(predicate.name, tuple((f.name, draw(terms(f.kind))) for f in used))


@st.composite
def one_rule(draw: st.DrawFn, predicates: dict[str, Predicate], number: int) -> Rule:
    body = draw(st.lists(atoms(predicates, least=1), min_size=1, max_size=3))
    body += [Negation(a) for a in draw(st.lists(atoms(predicates, least=1), max_size=draw(st.integers(0, 2))))]
    kinds = {}
    for atom in body:
        if isinstance(atom, Atom):
            fields = {f.name: f.kind for f in predicates[atom.predicate].fields}
            kinds.update({t.name: fields[n] for n, t in atom.fields if isinstance(t, Variable) and t.name != "_"})
    for result in ["N", "M"][: draw(st.sampled_from([0, 0, 1, 1, 2]))]:
        aggregate, kind = draw(aggregates(predicates, result))
        body.append(aggregate)
        kinds[result] = kind
    if draw(st.booleans()) and kinds:
        left = draw(st.sampled_from(sorted(kinds)))
        right = draw(st.sampled_from([Variable(n) for n in sorted(kinds)] + DOMAIN[kinds[left]]))
        body.append(Comparison(Variable(left), draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="])), right))
    head = predicates[draw(st.sampled_from([n for n in sorted(predicates) if n.startswith("d")]))]
    given_terms = []
    for field in head.fields:
        fitting = [Variable(n) for n, kind in sorted(kinds.items()) if kind == field.kind]
        choices = fitting * 3 + DOMAIN[field.kind][:2]
        given_terms.append((field.name, draw(st.sampled_from(choices))))
    order = draw(st.permutations(body))
    return Rule(f"r{number}", tuple(order), Atom(head.name, tuple(given_terms)), (("en", "s"),), ("c",))


@st.composite
def aggregates(draw: st.DrawFn, predicates: dict[str, Predicate], result: str) -> tuple[Aggregate, str]:
    """A count, or the least or greatest value of a field that the pattern names by a variable of its own."""
    kind = draw(st.sampled_from(AGGREGATES))
    atom = draw(atoms(predicates))
    fields = {f.name: f.kind for f in predicates[atom.predicate].fields}
    if kind == COUNT:
        return Aggregate(result, kind, "", atom), "integer"
    field = draw(st.sampled_from(sorted(fields)))
    named = {**dict(atom.fields), field: Variable("V")}
    return Aggregate(result, kind, "V", Atom(atom.predicate, tuple(named.items()))), fields[field]


@st.composite
def programs(draw: st.DrawFn) -> tuple[RuleSet, list[Fact]]:
    """A rule set that passes the checker (rules it refuses are left out one by one), and facts for it."""
    predicates = draw(predicate_sets())
    rules: list[Rule] = []
    for number in range(draw(st.integers(2, 7))):
        rule = draw(one_rule(predicates, number))
        fatal = [p for p in check([*rules, rule], predicates) if p.severity == ERROR and "never fire" not in p.message]
        if not fatal:
            rules.append(rule)
    given_names = [n for n in sorted(predicates) if predicates[n].given]
    facts = []
    for name in draw(st.lists(st.sampled_from(given_names), min_size=5, max_size=20)):
        fields = tuple((f.name, draw(st.sampled_from(DOMAIN[f.kind]))) for f in predicates[name].fields)
        facts.append(Fact(name, fields))
    digest = canonical_text(tuple(rules), predicates)
    return RuleSet(tuple(rules), predicates, strata(rules) if rules else (), digest), facts


def naive(rules: RuleSet, facts: list[Fact]) -> Derivations:
    """Every combination of facts for every rule, stratum by stratum, until nothing new comes."""
    known = dict.fromkeys(facts)
    found: dict[Fact, set[Derivation]] = {}
    for indices in rules.strata:
        grew = True
        while grew:
            new = [d for i in indices for d in firings(rules.rules[i], list(known), rules.predicates)]
            for d in new:
                found.setdefault(d.conclusion, set()).add(d)
            grew = any(d.conclusion not in known for d in new)
            known.update(dict.fromkeys(d.conclusion for d in new))
    return Derivations(frozenset(facts), {f: tuple(sorted(found[f])) for f in sorted(found)})


def firings(rule: Rule, known: list[Fact], predicates: dict[str, Predicate]) -> list[Derivation]:
    found = []
    for facts in product(known, repeat=len(rule.positives())):
        bindings: dict | None = {}
        for atom, fact in zip(rule.positives(), facts, strict=True):
            bindings = fit(atom, fact, bindings)
            if bindings is None:
                break
        if bindings is None or any(fit(a, f, bindings) is not None for a in rule.negations() for f in known):
            continue
        outer = dict(bindings)
        premises: list[Premise] = []
        left = iter(facts)
        for condition in rule.body:
            if isinstance(condition, Atom):
                premises.append(next(left))
            elif isinstance(condition, Negation):
                premises.append(Absence(condition.atom.predicate, closed(condition.atom, outer)))
            elif isinstance(condition, Aggregate):
                fitting = sorted(f for f in known if fit(condition.atom, f, outer) is not None)
                premises += fitting or [Absence(condition.atom.predicate, closed(condition.atom, outer))]
                values = [fit(condition.atom, f, outer).get(condition.of) for f in fitting]
                if condition.kind == COUNT:
                    bindings[condition.result] = len(fitting)
                elif fitting:
                    bindings[condition.result] = min(values) if condition.kind == LEAST else max(values)
        if any(a.result not in bindings for a in rule.aggregates()):
            continue
        if not all(holds(value(c.left, bindings), c.operator, value(c.right, bindings)) for c in rule.comparisons()):
            continue
        kinds = {f.name: f.kind for f in predicates[rule.head.predicate].fields}
        head = [
            (n, {"integer": int, "number": float}.get(kinds[n], lambda v: v)(value(t, bindings)))
            for n, t in sorted(rule.head.fields, key=lambda p: p[0])
        ]
        conclusion = Fact(rule.head.predicate, tuple(head))
        found.append(Derivation(rule.name, conclusion, tuple(sorted(bindings.items())), tuple(premises)))
    return found


def fit(atom: Atom, fact: Fact, bindings: dict | None) -> dict | None:
    if bindings is None or fact.predicate != atom.predicate:
        return None
    bindings = dict(bindings)
    for name, term in atom.fields:
        if isinstance(term, Variable):
            if term.name != "_" and bindings.setdefault(term.name, fact.get(name)) != fact.get(name):
                return None
        elif fact.get(name) != term:
            return None
    return bindings


def value(term: object, bindings: dict) -> object:
    return bindings[term.name] if isinstance(term, Variable) else term


def closed(atom: Atom, bindings: dict) -> tuple:
    fields = sorted(atom.fields, key=lambda p: p[0])
    return tuple((n, value(t, bindings)) for n, t in fields if not isinstance(t, Variable) or t.name in bindings)


@pytest.mark.parametrize("name", [*ENGINES, "joined", "compiled"])
def test_equals_the_naive_evaluator(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_engine, "OFTEN", 0 if name == "compiled" else 1000)
    monkeypatch.setattr(join_engine, "AT_ONCE", 1000)
    try:
        evaluator = JoinEngine() if name in {"joined", "compiled"} else engine(name)
    except EngineUnavailable as error:
        pytest.skip(str(error))

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs())
    def agrees(program: tuple[RuleSet, list[Fact]]) -> None:
        rules, facts = program
        expected = naive(rules, facts)
        result = evaluator.run(rules, facts)
        assert repr(result.derived) == repr(expected.derived)
        assert result == expected

    agrees()
