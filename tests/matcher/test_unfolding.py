"""Explanations unfolded once: what is alike is told from what is not, however long a page is."""

from __future__ import annotations

from matcher.explain import Step
from matcher.report.unfolding import Unfolding


def derived(name: str) -> Step:
    return Step("the same sentence", "rule", parts=(Step(name),))


def test_alike_steps_are_unfolded_once() -> None:
    unfolding = Unfolding()
    first, second = unfolding.of(Step("top", parts=(derived("a"), derived("a")))).parts
    assert (first.above, second.above) == (None, first.number)


def test_a_step_at_the_place_in_memory_of_one_that_is_gone_is_not_taken_for_it() -> None:
    unfolding = Unfolding()
    told = []
    for number in range(50):
        told += [part.step.text for part in unfolding.of(derived(f"premise {number}")).parts]
    assert told == [f"premise {number}" for number in range(50)]


def test_after_a_beginning_all_is_unfolded_again() -> None:
    unfolding = Unfolding()
    numbers = set()
    for _ in range(3):
        unfolding.begin()
        node = unfolding.of(derived("a"))
        assert node.above is None
        numbers.add(node.number)
    assert len(numbers) == 3
