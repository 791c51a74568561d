"""A working memory after any events equals a run from scratch, and names what each change rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.engine import ENGINES, engine
from rules.errors import EngineUnavailable, InvalidFact, MemoryClosed
from rules.facts import Fact, fact
from rules.language import RuleSet
from rules.memory import (
    BLOCKS,
    COUNTED,
    NO_LONGER_COUNTED,
    PREMISE,
    PREMISE_LOST,
    UNBLOCKS,
    Cause,
    Change,
    Memory,
    fits,
    memory,
)
from tests.rules.test_engines_agree import DOMAIN, programs
from tests.shared import library

Load = Callable[[str], RuleSet]
Event = tuple[list[Fact], list[Fact]]


@pytest.fixture(params=ENGINES)
def name(request: pytest.FixtureRequest) -> str:
    """Each evaluator that runs here."""
    try:
        engine(request.param)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    return str(request.param)


@st.composite
def histories(draw: st.DrawFn) -> tuple[RuleSet, list[Fact], list[Event]]:
    """A rule set, the facts of the start, and events: some new facts, some that are or are not there to go."""
    rules, facts = draw(programs())
    names = [n for n in sorted(rules.predicates) if rules.predicates[n].given]

    def some() -> Fact:
        chosen = draw(st.sampled_from(names))
        fields = rules.predicates[chosen].fields
        return Fact(chosen, tuple((f.name, draw(st.sampled_from(DOMAIN[f.kind]))) for f in fields))

    events: list[Event] = []
    known = list(facts)
    for _ in range(draw(st.integers(1, 4))):
        added = [some() for _ in range(draw(st.integers(0, 3)))]
        going = draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
        known += added
        events.append((added, going))
    return rules, facts, events


def given_after(facts: Iterable[Fact], event: Event) -> dict[Fact, None]:
    added, removed = event
    return {f: None for f in facts if f not in removed} | dict.fromkeys(added)


def assert_tells(change: Change, before: object, after: object) -> None:
    """The change is the difference of two runs, and each of its facts rests on facts of the event."""
    old, new = before.derived, after.derived  # type: ignore[attr-defined]
    assert change.appeared == {f: new[f] for f in new if f not in old}
    assert change.disappeared == {f: old[f] for f in old if f not in new}
    assert set(change.changed) == {f for f in new if f in old and old[f] != new[f]}
    for each, (gained, lost) in change.changed.items():
        assert set(gained) == set(new[each]) - set(old[each])
        assert set(lost) == set(old[each]) - set(new[each])
    for each in change.facts:
        causes = change.why(each)
        assert causes, each
        assert {cause.fact for cause in causes} <= {*change.added, *change.removed}


def test_equals_a_run_from_scratch(name: str) -> None:
    @settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories())
    def equals(history: tuple[RuleSet, list[Fact], list[Event]]) -> None:
        rules, facts, events = history
        scratch = engine("sql")
        before = scratch.run(rules, facts)
        with memory(name, rules, facts) as kept:
            assert kept.derivations == before
            for event in events:
                facts = list(given_after(facts, event))
                after = scratch.run(rules, facts)
                change = kept.arrive(*event)
                assert kept.derivations == after
                assert repr(kept.derivations.derived) == repr(after.derived)
                assert_tells(change, before, after)
                before = after

    equals()


def test_memories_give_equal_changes() -> None:
    try:
        engine("durable")
    except EngineUnavailable as error:
        pytest.skip(str(error))

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories())
    def equal(history: tuple[RuleSet, list[Fact], list[Event]]) -> None:
        rules, facts, events = history
        with memory("durable", rules, facts) as one, memory("sql", rules, facts) as other:
            for event in events:
                first, second = one.arrive(*event), other.arrive(*event)
                assert first == second
                assert {f: first.why(f) for f in first.facts} == {f: second.why(f) for f in second.facts}

    equal()


def test_without_its_causes_a_fact_of_a_monotone_set_would_not_have_come(name: str) -> None:
    """Where nothing is denied or counted and nothing went, taking the causes out of the event undoes the change."""

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories())
    def rests(history: tuple[RuleSet, list[Fact], list[Event]]) -> None:
        rules, facts, events = history
        kept_rules = [i for i, rule in enumerate(rules.rules) if not rule.settled()]
        monotone = replace(rules, strata=(tuple(kept_rules),), digest=f"monotone {rules.digest}")
        added = events[0][0]
        with memory(name, monotone, facts) as kept:
            change = kept.arrive(added)
        for each in change.appeared:
            causes = {cause.fact for cause in change.why(each)}
            rest = [f for f in added if f not in causes]
            assert each not in engine("sql").run(monotone, [*facts, *rest]).derived

    rests()


BOARD = """
predicates:
  drug: {given: true, fields: {name: string, in_class: string}}
  progressed_on: {given: true, fields: {therapy: string}}
  mutation: {given: true, fields: {gene: string}}
  score: {given: true, fields: {of: string, value: integer}}
  spent: {fields: {name: string}}
  usable: {fields: {name: string}}
  many: {fields: {count: integer}}
rules:
  - {rule: spent-by-class, says: s, cites: [c], if: ["drug(name: D, in_class: C)", "progressed_on(therapy: C)"],
     then: "spent(name: D)"}
  - {rule: still-usable, says: s, cites: [c], if: ["drug(name: D)", "no spent(name: D)", "no mutation(gene: 'KRAS')"],
     then: "usable(name: D)"}
  - {rule: how-many, says: s, cites: [c], if: ["drug(name: cetuximab)", "N = count mutation(gene: G)"],
     then: "many(count: N)"}
"""
CETUXIMAB = fact("drug", name="cetuximab", in_class="anti-EGFR antibody")
PANITUMUMAB = fact("drug", name="panitumumab", in_class="anti-EGFR antibody")
KRAS = fact("mutation", gene="KRAS")
SPENT = fact("progressed_on", therapy="anti-EGFR antibody")


@pytest.fixture
def board(ruleset: Load, name: str) -> Iterable[Memory]:
    with memory(name, ruleset(BOARD), [CETUXIMAB, PANITUMUMAB]) as kept:
        yield kept


def usable(drug: str) -> Fact:
    return fact("usable", name=drug)


def test_a_cause_is_followed_through_derived_facts(board: Memory) -> None:
    change = board.arrive([SPENT])
    assert set(change.appeared) == {fact("spent", name="cetuximab"), fact("spent", name="panitumumab")}
    assert set(change.disappeared) == {usable("cetuximab"), usable("panitumumab")}
    assert change.why(usable("cetuximab")) == (Cause(SPENT, PREMISE, "spent-by-class"),)
    assert change.why(usable("erlotinib")) == ()
    back = board.arrive([], [SPENT])
    assert set(back.appeared) == {usable("cetuximab"), usable("panitumumab")}
    assert back.why(usable("cetuximab")) == (Cause(SPENT, PREMISE_LOST, "spent-by-class"),)


def test_the_way_from_a_cause_is_the_shortest_one(board: Memory) -> None:
    change = board.arrive([SPENT])
    assert change.ways([usable("cetuximab")]) == {
        Cause(SPENT, PREMISE, "spent-by-class"): ("spent-by-class", "still-usable")
    }
    assert list(change.ways([fact("spent", name="cetuximab")]).values()) == [("spent-by-class",)]
    assert change.ways([usable("erlotinib")]) == {}


def test_a_negation_that_begins_and_ends_to_block_is_the_cause(board: Memory) -> None:
    change = board.arrive([KRAS])
    assert change.why(usable("cetuximab")) == (Cause(KRAS, BLOCKS, "still-usable"),)
    assert change.why(fact("many", count=1)) == (Cause(KRAS, COUNTED, "how-many"),)
    assert change.why(fact("many", count=0)) == (Cause(KRAS, COUNTED, "how-many"),)
    change = board.arrive([], [KRAS])
    assert change.why(usable("cetuximab")) == (Cause(KRAS, UNBLOCKS, "still-usable"),)
    assert change.why(fact("many", count=0)) == (Cause(KRAS, NO_LONGER_COUNTED, "how-many"),)


def test_all_causes_are_told(board: Memory) -> None:
    change = board.arrive([KRAS, SPENT])
    assert {(c.fact, c.effect) for c in change.why(usable("cetuximab"))} == {(KRAS, BLOCKS), (SPENT, PREMISE)}


def test_a_fact_that_changes_nothing(board: Memory) -> None:
    change = board.arrive([CETUXIMAB], [KRAS])
    assert not change
    assert list(change.facts) == []
    assert (change.added, change.removed) == ((), ())


def test_a_fact_that_goes_and_comes_at_once_stays(board: Memory) -> None:
    before = board.derivations
    assert not board.arrive([CETUXIMAB], [CETUXIMAB])
    assert board.derivations == before


def test_a_bad_fact_leaves_the_memory_as_it_was(board: Memory) -> None:
    before = board.derivations
    for event in (([KRAS, fact("mutation", gen="KRAS")], []), ([KRAS], [fact("usable", name="x")])):
        with pytest.raises(InvalidFact):
            board.arrive(*event)
    assert board.derivations == before
    assert board.arrive([KRAS])


def test_a_closed_memory_says_so(board: Memory) -> None:
    board.close()
    board.close()
    with pytest.raises(MemoryClosed, match="open another"):
        board.arrive([KRAS])
    with pytest.raises(MemoryClosed):
        _ = board.derivations


def test_memories_and_runs_do_not_disturb_each_other(ruleset: Load, name: str) -> None:
    rules = ruleset(BOARD)
    evaluator = engine(name)
    with memory(name, rules, [CETUXIMAB]) as one:
        with memory(name, rules, [PANITUMUMAB]) as other:
            assert usable("cetuximab") in evaluator.run(rules, [CETUXIMAB]).derived
            other.arrive([KRAS])
            one.arrive([PANITUMUMAB])
            assert not evaluator.run(rules, [CETUXIMAB, KRAS]).derived.keys() & {usable("cetuximab")}
        one.arrive([SPENT])
        assert one.derivations == evaluator.run(rules, [CETUXIMAB, PANITUMUMAB, SPENT])


def test_an_open_variable_named_twice_in_a_negation_is_one_value() -> None:
    atom = library_atom("p(a: X, b: X)")
    assert fits(atom, fact("p", a="1", b="1"), {})
    assert not fits(atom, fact("p", a="1", b="2"), {})


def library_atom(text: str) -> object:
    from rules.language import parse_atom

    return parse_atom(text)


def test_only_what_an_event_reaches_is_asked_again() -> None:
    """The library: a therapy that was received leaves the layers on biomarkers and tumor types alone."""
    try:
        durable = engine("durable")
    except EngineUnavailable as error:
        pytest.skip(str(error))
    from rules.durable_memory import DurableMemory

    kept = durable.memory(library(), [fact("history", status="known")])  # type: ignore[attr-defined]
    assert isinstance(kept, DurableMemory)
    with kept:
        runs = [layer.run for layer in kept._layers]
        change = kept.arrive([fact("received", therapy="osimertinib", times=1)])
        same = [run is layer.run for run, layer in zip(runs, kept._layers, strict=True)]
    assert change.added
    assert sum(same) > len(same) / 2
