from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pytest

from rules.engine import Engine
from rules.errors import NotDerived
from rules.facts import Absence, Fact, Value, fact
from rules.language import RuleSet
from rules.proof import Derived, Given, Proof, from_json, proofs, prove, to_json

Load = Callable[[str], RuleSet]

RULES = """
predicates:
  link: {given: true, fields: {a: string, b: string}}
  closed: {given: true, fields: {a: string}}
  reach: {fields: {a: string, b: string}}
  open: {fields: {a: string, tmb: number}}
rules:
  - rule: direct
    says: {en: "{A} leads to {B}", zh: "{A} 通向 {B}"}
    cites: [PMID:1]
    if:
      - link(a: A, b: B)
    then: reach(a: A, b: B)
  - rule: chain
    says: "{A} leads to {C} through {B}"
    cites: [PMID:2]
    if:
      - reach(a: A, b: B)
      - reach(a: B, b: C)
    then: reach(a: A, b: C)
  - rule: open
    says: "{A} is open"
    cites: [PMID:3]
    if:
      - reach(a: A)
      - no closed(a: A)
    then: open(a: A, tmb: 10)
"""


def reach(a: str, b: str) -> Fact:
    return fact("reach", a=a, b=b)


def links(*pairs: str) -> list[Fact]:
    return [fact("link", a=a, b=b) for a, b in pairs]


def nodes(proof: Proof) -> list[Proof]:
    return [proof] + ([n for p in proof.premises for n in nodes(p)] if isinstance(proof, Derived) else [])


def test_a_proof_holds_its_premises_whole(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(RULES)
    result = any_engine.run(rules, links("xy", "yz"))
    direct, chain = (f"site rule, {rules.rule(name).file}:{rules.rule(name).line}" for name in ("direct", "chain"))
    assert prove(result, rules, reach("x", "z")) == Derived(
        reach("x", "z"),
        "chain",
        "x leads to z through y",
        ("PMID:2",),
        (
            Derived(reach("x", "y"), "direct", "x leads to y", ("PMID:1",), (Given(links("xy")[0]),), direct),
            Derived(reach("y", "z"), "direct", "y leads to z", ("PMID:1",), (Given(links("yz")[0]),), direct),
        ),
        chain,
    )
    opened = prove(result, rules, fact("open", a="x", tmb=10.0))
    assert isinstance(opened, Derived)
    assert opened.premises[1] == Absence("closed", (("a", "x"),))
    assert prove(result, rules, links("xy")[0]) == Given(links("xy")[0])


def test_a_count_is_proved_by_what_was_counted(ruleset: Load, any_engine: Engine) -> None:
    text = (
        RULES
        + """  - rule: hub
    says: "{N} places are reached from {A}, {Last} the last of them"
    cites: [PMID:4]
    if:
      - link(a: A)
      - N = count reach(a: A)
      - Last = greatest B in reach(a: A, b: B)
      - N > 1
    then: hub(a: A, places: N)
"""
    )
    rules = ruleset(text.replace("predicates:\n", "predicates:\n  hub: {fields: {a: string, places: integer}}\n"))
    result = any_engine.run(rules, links("xy", "yz"))
    proof = prove(result, rules, fact("hub", a="x", places=2))
    assert isinstance(proof, Derived)
    assert proof.sentence == "2 places are reached from x, z the last of them"
    reached = [prove(result, rules, reach("x", b)) for b in "yz"]
    assert proof.premises == (Given(links("xy")[0]), *reached, *reached)
    assert from_json(json.loads(json.dumps(to_json(proof)))) == proof


def test_no_proof_goes_in_circles(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(RULES)
    result = any_engine.run(rules, links("xy", "yz", "zx", "xx"))
    for wanted in result.derived:
        for proof in proofs(result, rules, wanted):
            assert isinstance(proof, Derived)
            assert wanted not in [n.fact for p in proof.premises for n in nodes(p) if isinstance(n, Derived)]
            assert all(isinstance(n, Given | Absence | Derived) for n in nodes(proof))
        assert next(proofs(result, rules, wanted)) == prove(result, rules, wanted)


def test_every_other_way_is_shown(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(RULES)
    result = any_engine.run(rules, links("xa", "az", "xb", "bz"))
    found = [p.sentence for p in proofs(result, rules, reach("x", "z")) if isinstance(p, Derived)]
    assert found == ["x leads to z through a", "x leads to z through b"]


def test_a_long_chain_is_proved(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(RULES.replace("      - reach(a: B, b: C)", "      - link(a: B, b: C)"))
    names = [f"n{i:03}" for i in range(60)]
    result = any_engine.run(rules, [fact("link", a=a, b=b) for a, b in pairwise(names)])
    proof = prove(result, rules, reach(names[0], names[-1]))
    assert len({n.fact for n in nodes(proof) if isinstance(n, Given)}) == 59


def test_sentences_in_other_words(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(RULES)
    result = any_engine.run(rules, links("xy", "yz"))

    def label(name: str, value: Value) -> str:
        return f"{name} {value}"

    def said(lang: str, *more: Callable[[str, Value], str]) -> str:
        proof = prove(result, rules, reach("x", "y"), lang, *more)
        assert isinstance(proof, Derived)
        return proof.sentence

    assert said("zh") == "x通向y"
    assert said("fr") == "x leads to y"
    assert said("en", label) == "A x leads to B y"


def test_json_goes_and_comes_back(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(RULES)
    result = any_engine.run(rules, links("xy", "yz"))
    for wanted in result.derived:
        proof = prove(result, rules, wanted)
        assert from_json(json.loads(json.dumps(to_json(proof)))) == proof
    with pytest.raises(ValueError, match="guess"):
        from_json({"kind": "guess", "predicate": "p", "fields": {}})


def test_what_was_not_derived_has_no_proof(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(RULES)
    result = any_engine.run(rules, links("xy"))
    for ask in (prove, lambda *a: list(proofs(*a))):
        with pytest.raises(NotDerived, match="neither given nor derived"):
            ask(result, rules, reach("y", "x"))
