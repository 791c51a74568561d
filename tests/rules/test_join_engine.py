"""Facts that were checked for one run are those of the next: the same as checked anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.case import Request, match
from rules import join_engine
from rules.errors import InvalidFact
from rules.facts import Fact, fact
from rules.firing import FEW, checked_facts
from rules.join_engine import AT_ONCE, KEPT, JoinEngine, Program, Sound, concluded, derived
from tests.shared import knowledge, library

EXAMPLE = Path(__file__).parents[2] / "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"


def case_facts() -> list[Fact]:
    return match(Request(EXAMPLE, "2026-11-20"), knowledge(), library(), "sql").case.facts


def copied(each: Fact) -> Fact:
    """An equal fact that is another value."""
    return Fact(each.predicate, tuple((name, value) for name, value in each.fields))


@settings(max_examples=40)
@given(st.data())
def test_what_was_checked_before_is_as_if_checked_now(data: st.DataObject) -> None:
    every, sound = case_facts(), Sound(library())
    for _ in range(3):
        some = data.draw(st.lists(st.sampled_from(every), max_size=2 * FEW))
        given_twice = [*some, *map(copied, some[: len(some) // 2])]
        found = sound.of(given_twice)
        wanted = {each for group in checked_facts(library(), given_twice).values() for each in group}
        assert len(found) == len(wanted)
        assert set(found) == wanted


def test_equal_facts_are_one_value_in_every_run() -> None:
    every, sound = case_facts()[: FEW // 2], Sound(library())
    first = sound.of(every)
    assert list(map(id, sound.of(list(map(copied, every))))) == list(map(id, first))


def test_runs_on_checked_facts_conclude_what_a_run_from_scratch_does() -> None:
    every, sound = case_facts(), Sound(library())
    for facts in (every, every[: len(every) // 2], every[len(every) // 3 :]):
        whole = JoinEngine().run(library(), facts)
        assert derived(library(), sound.of(facts)) == whole
        assert concluded(library(), sound.of(facts), "finding") == whole.concluded("finding")


def test_compiled_rules_conclude_what_they_did_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    every = case_facts()
    for facts in (every, every[::2], every[: len(every) // 3]):
        wholes = []
        for often in (10**6, 0):
            monkeypatch.setattr(join_engine, "OFTEN", often)
            monkeypatch.setattr(join_engine, "AT_ONCE", 10**6)
            fresh = replace(library())
            wholes.append(JoinEngine().run(fresh, facts))
            program = fresh.kept[KEPT]
            assert isinstance(program, Program)
            assert bool(program.compiled) == (often == 0)
        assert wholes[0] == wholes[1]
        assert list(wholes[0].derived) == list(wholes[1].derived)


def test_a_rule_is_compiled_once_it_has_run_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_engine, "OFTEN", 2)
    monkeypatch.setattr(join_engine, "AT_ONCE", 10**6)
    counts = compiled_after_each(4)
    assert counts[1] < counts[2] == counts[3]  # those of a block that repeats run more than once in a run


def test_few_rules_are_compiled_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_engine, "OFTEN", 0)
    assert compiled_after_each(4) == [AT_ONCE * number for number in (1, 2, 3, 4)]


def compiled_after_each(runs: int) -> list[int]:
    """How many rules are compiled after each of some runs on the same facts."""
    fresh = replace(library())
    counts, facts = [], case_facts()
    for _ in range(runs):
        JoinEngine().run(fresh, facts)
        program = fresh.kept[KEPT]
        assert isinstance(program, Program)
        counts.append(len(program.compiled))
    return counts


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (fact("no_such_thing", name="x"), "unknown predicate"),
        (fact("option", id="x", basis="label", regimen="y"), "only concluded by rules"),
        (fact("age", years="old"), "is no number"),
        (fact("stage"), "is missing"),
        (fact("stage", state="half a character \ud800"), "broken text"),
    ],
)
@pytest.mark.parametrize("beside", [0, 2 * FEW])
def test_a_bad_fact_is_refused_among_few_and_among_many(bad: Fact, reason: str, beside: int) -> None:
    sound, good = Sound(library()), case_facts()[:beside]
    for _ in range(2):
        with pytest.raises(InvalidFact, match=reason):
            sound.of([*good, bad])
