"""The combination of verdicts, case by case as ACTIN states it, and what holds of every tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.eligibility import (
    ORDER,
    AllOf,
    AnyOf,
    Criterion,
    Fallback,
    Not,
    Tree,
    Verdict,
    WarnIf,
    all_of,
    any_of,
    evaluate,
    fallback,
    negated,
    warn_if,
)


def verdicts(text: str) -> list[Verdict]:
    """`fail+ pass` is a recoverable fail and a pass that is not; the message is the word."""
    return [Verdict(word.rstrip("+"), word.endswith("+"), (word,)) for word in text.split()]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("pass pass", "pass"),
        ("pass undetermined", "undetermined"),
        ("undetermined warn", "warn"),
        ("warn fail", "fail"),
        ("pass+ pass+", "pass+"),
        ("pass+ pass", "pass"),
        ("fail+ pass", "fail+"),
        ("fail+ fail", "fail"),
        ("fail+ fail+ warn", "fail+"),
        ("undetermined+ pass", "undetermined+"),
        ("", "pass"),
    ],
)
def test_and_is_the_worst_and_recoverable_only_when_all_of_the_worst_are(parts: str, expected: str) -> None:
    found = all_of(verdicts(parts))
    assert found.value + "+" * found.recoverable == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("fail pass", "pass"),
        ("undetermined pass", "pass"),
        ("warn undetermined", "undetermined"),
        ("fail warn", "warn"),
        ("fail fail+", "fail+"),
        ("fail fail", "fail"),
        ("fail+ warn", "warn"),
        ("undetermined+ undetermined fail+", "undetermined+"),
        ("", "fail"),
    ],
)
def test_or_is_the_best_and_a_fail_recoverable_when_any_is(parts: str, expected: str) -> None:
    found = any_of(verdicts(parts))
    assert found.value + "+" * found.recoverable == expected


@pytest.mark.parametrize(
    ("before", "after"), [("pass", "fail"), ("fail", "pass"), ("warn", "warn"), ("undetermined", "undetermined")]
)
def test_not_swaps_pass_and_fail_and_keeps_the_rest(before: str, after: str) -> None:
    assert negated(Verdict(before, True, ("why",))) == Verdict(after, True, ("why",))


@pytest.mark.parametrize(
    ("before", "after"), [("pass", "warn"), ("warn", "warn"), ("fail", "pass"), ("undetermined", "pass")]
)
def test_warn_if_is_a_warning_or_a_pass(before: str, after: str) -> None:
    assert warn_if(Verdict(before)).value == after


@pytest.mark.parametrize("first", ORDER)
def test_fallback_is_the_second_where_the_first_is_undetermined(first: str) -> None:
    second = Verdict("warn", because=("second",))
    assert fallback(Verdict(first), second) == (second if first == "undetermined" else Verdict(first))


def test_what_decided_is_kept_and_nothing_else() -> None:
    parts = [Verdict("fail", because=("a",)), Verdict("pass", because=("b",)), Verdict("fail", because=("c", "a"))]
    assert all_of(parts).because == ("a", "c")
    assert any_of(parts).because == ("b",)


LEAVES = st.sampled_from(ORDER).map(lambda value: Criterion("given", value))
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.lists(trees, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(trees, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        trees.map(Not),
        trees.map(WarnIf),
        st.tuples(trees, trees).map(lambda pair: Fallback(*pair)),
    ),
    max_leaves=12,
)


def stated(leaf: Criterion) -> Verdict:
    return Verdict(leaf.value, because=(leaf.value,))


@given(TREES)
def test_a_tree_has_a_verdict_and_tells_what_decided(tree: Tree) -> None:
    found = evaluate(tree, stated)
    assert found.value in ORDER
    assert found.because


@given(TREES)
def test_negating_twice_changes_nothing(tree: Tree) -> None:
    assert evaluate(Not(Not(tree)), stated) == evaluate(tree, stated)


@given(st.lists(LEAVES, min_size=1, max_size=5))
def test_the_order_of_parts_does_not_change_the_verdict(leaves: list[Criterion]) -> None:
    backwards = tuple(reversed(leaves))
    for combine in (AllOf, AnyOf):
        assert evaluate(combine(backwards), stated).value == evaluate(combine(tuple(leaves)), stated).value
