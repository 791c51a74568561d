"""The layout of pictures that read from top to bottom."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rules.layers import Edge, Node, crossings, layered, order, place


def boxes(*rows: str) -> list[list[Node]]:
    return [[Node(name, 40.0) for name in row] for row in rows]


def test_a_long_line_has_a_place_in_every_row_that_it_passes() -> None:
    layers, chains = layered(boxes("a", "b", "c"), [Edge("a", "b"), Edge("b", "c"), Edge("a", "c")])
    assert [[node.name for node in layer] for layer in layers] == [["a"], ["b", ""], ["c"]]
    assert [row for row, _ in chains[2].way] == [0, 1, 2]


def test_lines_of_one_box_pass_a_row_together_unless_their_kinds_differ() -> None:
    long = [Edge("a", "c"), Edge("a", "d"), Edge("a", "e", 1)]
    layers, _ = layered(boxes("a", "b", "cde"), long)
    assert len(layers[1]) == 3


def test_a_line_that_does_not_go_down_has_no_way() -> None:
    _, chains = layered(boxes("ab", "c"), [Edge("a", "b"), Edge("c", "a"), Edge("b", "c")])
    assert [chain.edge for chain in chains] == [Edge("b", "c")]


def test_an_order_without_crossings_is_found() -> None:
    layers, _ = layered(boxes("ab", "cd"), [Edge("a", "d"), Edge("b", "c")])
    assert crossings(layers) == 1
    order(layers)
    assert crossings(layers) == 0


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[list[Node]], list[Edge]]:
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=6))
    widths = st.floats(10, 200)
    rows = [[Node(f"{row}.{n}", draw(widths)) for n in range(size)] for row, size in enumerate(sizes)]
    names = [node.name for row in rows for node in row]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names))
    return rows, [Edge(*pair) for pair in draw(st.lists(pairs, max_size=20, unique=True))]


@given(pictures())
def test_crossings_are_those_that_one_counts_pair_by_pair(drawn: tuple[list[list[Node]], list[Edge]]) -> None:
    layers, _ = layered(*drawn)
    slow = 0
    for upper, lower in pairwise(layers):
        ends = [(a, lower.index(below)) for a, node in enumerate(upper) for below in node.below]
        slow += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[:n])
    assert crossings(layers) == slow


@given(pictures(), st.sampled_from([None, 300.0, 900.0]), st.integers(1, 4))
def test_nodes_of_a_row_never_overlap_and_keep_to_the_width(
    drawn: tuple[list[list[Node]], list[Edge]], width: float | None, straight: int
) -> None:
    layers, _ = layered(*drawn)
    order(layers)
    place(layers, 10.0, width, straight)
    needs = []
    for layer in layers:
        for one, other in pairwise(layer):
            assert one.x + one.width / 2 <= other.x - other.width / 2 + 0.2
        needs.append(layer[-1].x + layer[-1].width / 2 - layer[0].x + layer[0].width / 2)
    assert min(node.x - node.width / 2 for layer in layers for node in layer) >= 10.0 - 0.1
    if width is not None and max(sum(node.width + 14 for node in layer) for layer in layers) <= width:
        assert max(node.x + node.width / 2 for layer in layers for node in layer) <= width + 10.2
