"""What the rules mean, held for every evaluator that runs here."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import pairwise

import pytest

from rules.engine import Engine, default_engine_name, engine
from rules.errors import EngineUnavailable, InvalidFact
from rules.facts import Absence, Fact, Value, fact
from rules.language import RuleSet

Load = Callable[[str], RuleSet]


def rule(name: str, body: list[str], then: str) -> str:
    lines = "".join(f"      - {condition}\n" for condition in body)
    return f'  - rule: {name}\n    says: "s"\n    cites: [c]\n    if:\n{lines}    then: {then}\n'


FAMILY = """
predicates:
  parent: {given: true, fields: {of: string, is: string}}
  ancestor: {fields: {of: string, is: string}}
  childless: {fields: {who: string}}
rules:
""" + (
    rule("parents", ["parent(of: X, is: Y)"], "ancestor(of: X, is: Y)")
    + rule("up", ["ancestor(of: X, is: Y)", "ancestor(of: Y, is: Z)"], "ancestor(of: X, is: Z)")
    + rule("leaf", ["ancestor(of: X)", "no ancestor(is: X)"], "childless(who: X)")
)


def derived(result: object, predicate: str) -> set[tuple[Value, ...]]:
    return {tuple(v for _, v in f.fields) for f in result.derived if f.predicate == predicate}  # type: ignore[attr-defined]


def test_recursion_finds_every_derivation(ruleset: Load, any_engine: Engine) -> None:
    people = "abcde"
    facts = [fact("parent", of=x, **{"is": y}) for x, y in pairwise(people)]
    result = any_engine.run(ruleset(FAMILY), facts)
    assert derived(result, "ancestor") == {(y, x) for i, x in enumerate(people) for y in people[i + 1 :]}
    # a to e: through b, c or d; never directly.
    ways = result.derived[fact("ancestor", of="a", **{"is": "e"})]
    assert [dict(w.bindings)["Y"] for w in ways] == ["b", "c", "d"]
    assert derived(result, "childless") == {("a",)}


CONSTANTS = """
predicates:
  dose: {given: true, fields: {drug: string, mg: number, oral: boolean}}
  next: {given: true, fields: {of: string, is: string}}
  reached: {fields: {step: string}}
  full: {fields: {drug: string}}
  last: {fields: {step: string}}
rules:
""" + (
    rule("begins", ["next(of: a, is: X)"], "reached(step: X)")
    + rule("goes-on", ["reached(step: X)", "next(of: X, is: Y)"], "reached(step: Y)")
    + rule("at-d", ["reached(step: d)"], "reached(step: e)")
    + rule("ends", ["reached(step: e)", "next(of: X)"], "last(step: X)")
    + rule("never", ["reached(step: z)", "next(of: X)"], "last(step: X)")
    + rule("full-dose", ["dose(drug: D, mg: 2, oral: true)"], "full(drug: D)")
)


def test_a_constant_that_is_concluded_later_is_found(ruleset: Load, any_engine: Engine) -> None:
    facts = [fact("next", of=x, **{"is": y}) for x, y in ("ab", "bc", "cd")]
    result = any_engine.run(ruleset(CONSTANTS), facts)
    assert derived(result, "reached") == {("b",), ("c",), ("d",), ("e",)}
    assert {way.rule for ways in result.derived.values() for way in ways} == {"begins", "goes-on", "at-d", "ends"}


def test_constants_are_compared_by_value(ruleset: Load, any_engine: Engine) -> None:
    doses = [("one", 2.0, True), ("two", 2, True), ("three", 2.0, False), ("four", 1.0, True)]
    facts = [fact("dose", drug=drug, mg=mg, oral=oral) for drug, mg, oral in doses]
    assert derived(any_engine.run(ruleset(CONSTANTS), facts), "full") == {("one",), ("two",)}


def test_a_cycle_in_the_facts_ends(ruleset: Load, any_engine: Engine) -> None:
    facts = [fact("parent", of=x, **{"is": y}) for x, y in ("ab", "bc", "ca")]
    result = any_engine.run(ruleset(FAMILY), facts)
    assert derived(result, "ancestor") == {(x, y) for x in "abc" for y in "abc"}
    assert fact("ancestor", of="a", **{"is": "a"}) in result.derived
    assert derived(result, "childless") == set()


def test_no_facts_and_no_matches(ruleset: Load, any_engine: Engine) -> None:
    result = any_engine.run(ruleset(FAMILY), [])
    assert (result.given, result.derived) == (frozenset(), {})


OPTIONS = """
predicates:
  option: {given: true, fields: {id: string, sid: integer, score: number, date: date, ok: boolean}}
  finding: {given: true, fields: {option: string, verdict: [pass, fail], why: string}}
  pair: {given: true, fields: {x: string, y: string}}
  out: {fields: {id: string, tier: [high, low], weight: number}}
  lone: {fields: {id: string}}
rules:
"""


def ids(result: object, predicate: str = "out") -> list[Value]:
    return [f.get("id") for f in result.derived if f.predicate == predicate]  # type: ignore[attr-defined]


def option(name: str, sid: int = 0, score: float = 0.0, date: str = "2024-01-01", ok: bool = True) -> Fact:
    return fact("option", id=name, sid=sid, score=score, date=date, ok=ok)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (["option(id: O, sid: 1)"], ["b"]),
        (["option(id: O, ok: true)"], ["a", "c"]),
        (["option(id: O, score: 1e-12)"], ["a"]),
        (["option(id: O, score: 2)"], ["b"]),
        (["option(id: O, score: S)", "S < 2.0"], ["a", "c"]),
        (["option(id: O, score: S)", "S >= -3.5"], ["a", "b", "c"]),
        (["option(id: O, sid: S)", "-1 <= S", "S != 0"], ["b", "c"]),
        (["option(id: O, date: D)", "D > 2023-11"], ["a", "b"]),
        (["option(id: O, date: D)", "D = 2023-11"], ["c"]),
        (["option(id: O, ok: K)", "K != true"], ["b"]),
        (["option(id: O, date: D)", "option(id: P, date: E)", "D < E", "P != O"], ["c"]),
        (["option(id: O)", "no finding(option: O, verdict: fail)"], ["b", "c"]),
        (["option(id: O)", "no finding(option: O, why: W)", "no pair(x: O, y: W)"], []),
        (["option(id: O)", "no pair(x: O, y: O)"], ["a", "b"]),
        (["option(id: O)", "no pair(x: Q, y: Q)"], []),
        (["option(id: O)", "no pair(x: O, y: _)"], ["a", "b"]),
        (["pair(x: O, y: O)"], ["c"]),
        (["no finding(option: O, verdict: pass)", "option(id: O)"], ["a", "c"]),
        (["option(id: O)", "no finding(why: 'none of these')"], ["a", "b", "c"]),
    ],
)  # fmt: skip
def test_conditions(ruleset: Load, any_engine: Engine, body: list[str], expected: list[str]) -> None:
    rules = ruleset(OPTIONS + rule("r", body, "out(id: O, tier: high, weight: 1)"))
    facts = [
        option("a", sid=0, score=1e-12),
        option("b", sid=1, score=2, ok=False),
        option("c", sid=-1, score=-3.5, date="2023-11"),
        fact("finding", option="a", verdict="fail", why="w"),
        fact("finding", option="b", verdict="pass", why="w"),
        fact("pair", x="c", y="c"),
    ]
    assert ids(any_engine.run(rules, facts)) == expected


def test_an_integer_meets_an_equal_number(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(OPTIONS + rule("r", ["option(id: O, sid: N, score: N)"], "out(id: O, tier: high, weight: N)"))
    facts = [option("a", sid=1, score=0.5), option("b", sid=2, score=2.0)]
    assert list(any_engine.run(rules, facts).derived) == [fact("out", id="b", tier="high", weight=2.0)]


def test_negation_alone_fires_once(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(OPTIONS + rule("r", ["no option(ok: false)"], "lone(id: all fine)"))
    result = any_engine.run(rules, [option("a")])
    ((derivation,),) = result.derived.values()
    assert derivation.premises == (Absence("option", (("ok", False),)),)
    assert any_engine.run(rules, [option("a", ok=False)]).derived == {}


def test_premises_keep_the_order_of_the_rule(ruleset: Load, any_engine: Engine) -> None:
    body = [
        "no finding(why: W, option: O, verdict: fail)",
        "option(id: O)",
        "O != q",
        "finding(option: O, verdict: pass)",
    ]
    result = any_engine.run(
        ruleset(OPTIONS + rule("r", body, "lone(id: O)")),
        [option("a"), fact("finding", option="a", verdict="pass", why="w")],
    )
    ((derivation,),) = result.derived.values()
    assert derivation.bindings == (("O", "a"),)
    assert derivation.premises == (
        Absence("finding", (("option", "a"), ("verdict", "fail"))),
        option("a"),
        fact("finding", option="a", verdict="pass", why="w"),
    )


def test_one_conclusion_from_two_rules_and_constants(ruleset: Load, any_engine: Engine) -> None:
    text = rule("one", ["option(id: O, sid: S)"], "out(id: O, tier: low, weight: S)")
    text += rule("two", ["option(id: O, score: S)"], "out(id: O, tier: low, weight: S)")
    result = any_engine.run(ruleset(OPTIONS + text), [option("a", sid=3, score=3.0)])
    assert list(result.derived) == [fact("out", id="a", tier="low", weight=3.0)]
    assert [d.rule for d in result.derived[fact("out", id="a", tier="low", weight=3.0)]] == ["one", "two"]
    assert all(type(f.get("weight")) is float for f in result.derived)


def test_a_given_fact_may_be_derived_too(ruleset: Load, any_engine: Engine) -> None:
    text = "predicates:\n  p: {given: true, fields: {x: string}}\nrules:\n" + rule("same", ["p(x: X)"], "p(x: X)")
    result = any_engine.run(ruleset(text), [fact("p", x="a"), fact("p", x="a")])
    assert result.given == {fact("p", x="a")}
    assert list(result.derived) == [fact("p", x="a")]


STRANGE = [
    "",
    "it's",
    'say "x"',
    "back\\slash",
    "%s %d {}",
    "line\nbreak\r\t",
    "乳腺癌 é 😀",
    "\x00\x01",
    "true",
    "1",
    "x" * 70_000,
    "null",
]


def test_any_text_goes_through(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(OPTIONS + rule("r", ["pair(x: X, y: Y)", "pair(x: Y, y: Z)"], "lone(id: Z)"))
    facts = [fact("pair", x=a, y=b) for a, b in pairwise(STRANGE)]
    assert set(ids(any_engine.run(rules, facts), "lone")) == set(STRANGE[2:])


def test_text_is_compared_by_code_points(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(OPTIONS + rule("r", ["pair(x: X, y: Y)", "X < Y"], "lone(id: X)"))
    words = ["A", "Z", "a", "é", "中", "😀", "A b", "", "\uffff"]
    facts = [fact("pair", x=a, y=b) for a in words for b in words]
    assert set(ids(any_engine.run(rules, facts), "lone")) == set(words) - {max(words)}


def test_constants_may_hold_any_text(ruleset: Load, any_engine: Engine) -> None:
    body = [r"""pair(x: 'it\'s "5\' %d\n', y: Y)""", r"Y != '\\'"]
    rules = ruleset(OPTIONS + rule("r", body, r"lone(id: 'a\'b')"))
    result = any_engine.run(rules, [fact("pair", x="it's \"5' %d\n", y="q"), fact("pair", x="it's", y="q")])
    assert ids(result, "lone") == ["a'b"]
    assert len(result.derived[fact("lone", id="a'b")]) == 1


def test_the_order_of_facts_does_not_matter(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(FAMILY)
    facts = [fact("parent", of=x, **{"is": y}) for x, y in ("ab", "ac", "bd", "cd", "de", "ee")]
    expected = any_engine.run(rules, facts)
    for seed in range(5):
        random.Random(seed).shuffle(facts)
        result = any_engine.run(rules, iter(facts))
        assert repr(result.derived) == repr(expected.derived)
        assert result == expected


def test_runs_do_not_leak_into_each_other(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(OPTIONS + rule("r", ["option(id: O)", "no finding(option: O)"], "lone(id: O)"))
    blocked = [option("a"), fact("finding", option="a", verdict="fail", why="w")]
    assert any_engine.run(rules, blocked).derived == {}
    assert ids(any_engine.run(rules, [option("a")]), "lone") == ["a"]
    assert any_engine.run(rules, blocked).derived == {}


def test_thousands_of_facts(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(OPTIONS + rule("r", ["option(id: O)", "pair(x: O, y: Y)", "no finding(option: O)"], "lone(id: Y)"))
    facts = [option(f"o{i}") for i in range(1500)] + [fact("pair", x=f"o{i}", y=f"y{i}") for i in range(1500)]
    facts += [fact("finding", option=f"o{i}", verdict="fail", why="w") for i in range(0, 1500, 3)]
    assert set(ids(any_engine.run(rules, facts), "lone")) == {f"y{i}" for i in range(1500) if i % 3}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (fact("opton", id="a"), "unknown predicate `opton`"),
        (fact("lone", id="a"), "`lone` is only concluded by rules"),
        (fact("pair", x="a"), "field `y` is missing"),
        (fact("pair", x="a", y="b", z="c"), "`pair` has no field `z`"),
        (Fact("pair", (("x", "a"), ("y", "b"), ("y", "c"))), "a field is repeated"),
        (Fact("pair", ()), "field `x` is missing"),
        (fact("pair", x="a", y=1), "1 in field `y` is no text"),
        (fact("pair", x="a", y=None), "None in field `y` is no text"),  # type: ignore[arg-type]
        (fact("pair", x="a", y="\ud800"), "field `y` holds broken text"),
        (option("a", sid=True), "True in field `sid` is no integer"),
        (option("a", sid=1.0), "1.0 in field `sid` is no integer"),  # type: ignore[arg-type]
        (option("a", sid=2**60), f"{2**60} in field `sid` cannot be compared"),
        (option("a", score=float("nan")), "nan in field `score` cannot be compared"),
        (option("a", score=float("inf")), "inf in field `score` cannot be compared"),
        (option("a", score=10**400), "is no number"),
        (option("a", ok=1), "1 in field `ok` is no boolean"),  # type: ignore[arg-type]
        (option("a", date="01.02.2024"), "'01.02.2024' in field `date` is no date"),
        (fact("finding", option="a", verdict="failed", why="w"), "'failed' is no value of `verdict`"),
    ],
)  # fmt: skip
def test_facts_that_do_not_fit_are_named(ruleset: Load, any_engine: Engine, given: Fact, reason: str) -> None:
    rules = ruleset(OPTIONS + rule("r", ["option(id: O)"], "lone(id: O)"))
    with pytest.raises(InvalidFact) as caught:
        any_engine.run(rules, [option("fine"), given])
    assert caught.value.fact == given or given.get("score") != given.get("score")
    assert reason in str(caught.value)


def test_fields_may_come_in_any_order(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(OPTIONS + rule("r", ["pair(x: X, y: Y)", "X < Y"], "lone(id: X)"))
    result = any_engine.run(rules, [Fact("pair", (("y", "b"), ("x", "a")))])
    assert result.given == {fact("pair", x="a", y="b")}


def test_unknown_engine() -> None:
    with pytest.raises(EngineUnavailable, match="choose one of durable, sql"):
        engine("prolog")


def test_the_default_engine_runs_here() -> None:
    assert default_engine_name() == ("durable" if sys.version_info < (3, 13) else "sql")
    assert engine(default_engine_name())


@pytest.mark.skipif(sys.version_info < (3, 13), reason="durable-rules can be imported here")
def test_durable_says_why_it_cannot_run() -> None:
    from rules.durable_engine import DurableEngine

    for make in (DurableEngine, lambda: engine("durable")):
        with pytest.raises(EngineUnavailable, match="choose `sql`"):
            make()


COUNTED = """
predicates:
  drug: {given: true, fields: {name: string}}
  item: {given: true, fields: {id: string, drug: string, level: string, size: number, seen: date}}
  poor: {given: true, fields: {id: string}}
  good: {fields: {id: string, drug: string, level: string, size: number, seen: date}}
  best: {fields: {drug: string, level: string, number: integer, size: number, seen: date}}
  none: {fields: {drug: string, share: number}}
  many: {fields: {number: integer}}
rules:
""" + (
    rule(
        "good",
        ["item(id: I, drug: D, level: L, size: S, seen: Y)", "no poor(id: I)"],
        "good(id: I, drug: D, level: L, size: S, seen: Y)",
    )
    + rule(
        "best",
        [
            "drug(name: D)",
            "N = count good(drug: D)",
            "Best = least L in good(drug: D, level: L)",
            "Most = greatest S in good(drug: D, size: S)",
            "Last = greatest Y in good(drug: D, seen: Y)",
            "N >= 2",
        ],
        "best(drug: D, level: Best, number: N, size: Most, seen: Last)",
    )
    + rule("none", ["N = count good(drug: D, level: _)", "drug(name: D)", "N = 0"], "none(drug: D, share: N)")
    + rule("many", ["N = count good()", "N > 2"], "many(number: N)")
)
ITEMS = [
    ("a", "x", "B", 2.0, "2020"),
    ("b", "x", "A", 1.0, "2020-03"),
    ("c", "x", "C", 9.5, "2019-12-31"),
    ("d", "y", "A", 1.0, "2021"),
]


def items() -> list[Fact]:
    found = [fact("item", id=i, drug=d, level=level, size=s, seen=y) for i, d, level, s, y in ITEMS]
    return [*found, *(fact("drug", name=name) for name in "xyz")]


def test_counts_and_bests_are_of_the_facts_that_fit(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(COUNTED)
    result = any_engine.run(rules, [*items(), fact("poor", id="d"), fact("poor", id="b")])
    good = {f.get("id"): f for f in result.facts("good")}
    assert sorted(good) == ["a", "c"]
    (way,) = result.derived[fact("best", drug="x", level="B", number=2, size=9.5, seen="2020")]
    assert dict(way.bindings) == {"Best": "B", "D": "x", "Last": "2020", "Most": 9.5, "N": 2}
    # Each aggregate gives its facts, sorted, in its place.
    assert way.premises == (fact("drug", name="x"), *(good["a"], good["c"]) * 4)
    assert derived(result, "best") == {("x", "B", 2, "2020", 9.5)}
    assert derived(result, "none") == {("y", 0.0), ("z", 0.0)}
    (way,) = result.derived[fact("none", drug="z", share=0.0)]
    assert way.premises == (Absence("good", (("drug", "z"),)), fact("drug", name="z"))
    assert derived(result, "many") == set()


def test_a_count_without_other_conditions_is_of_all(ruleset: Load, any_engine: Engine) -> None:
    result = any_engine.run(ruleset(COUNTED), items())
    assert derived(result, "many") == {(4,)}
    (way,) = result.derived[fact("many", number=4)]
    assert way.premises == result.facts("good")
    assert derived(any_engine.run(ruleset(COUNTED), []), "many") == set()


def test_the_next_run_counts_anew(ruleset: Load, any_engine: Engine) -> None:
    rules = ruleset(COUNTED)
    first = any_engine.run(rules, items())
    assert derived(any_engine.run(rules, [f for f in items() if f.get("id") != "b"]), "best") == {
        ("x", "B", 2, "2020", 9.5)
    }
    assert any_engine.run(rules, items()) == first


def test_what_is_counted_is_settled_before(ruleset: Load) -> None:
    rules = ruleset(COUNTED)
    assert [[rules.rules[i].name for i in stratum] for stratum in rules.strata] == [["good"], ["best", "many", "none"]]
