"""Rows and shortest sets of lines are those of a graph library, whatever the lines."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.report.boxes import Boxes

LINES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda line: line[0] != line[1]), max_size=30)


def drawn(lines: list[tuple[int, int]], order: list[int]) -> Boxes[int]:
    """Ten boxes, with lines that lead from a box to a later one of an order."""
    boxes: Boxes[int] = Boxes()
    for number in range(10):
        boxes.put(str(number), number)
    place = {box: number for number, box in enumerate(order)}
    boxes.join_all(tuple(map(str, sorted(line, key=place.__getitem__))) for line in lines)  # type: ignore[misc]
    return boxes


def same(boxes: Boxes[int]) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(boxes)
    graph.add_edges_from(boxes.lines)
    return graph


@given(LINES, st.permutations(range(10)))
def test_the_rows_are_the_generations_of_the_graph(lines: list[tuple[int, int]], order: list[int]) -> None:
    boxes = drawn(lines, order)
    assert boxes.rows() == [list(row) for row in nx.topological_generations(same(boxes))]


@given(LINES, st.permutations(range(10)))
def test_what_a_longer_way_repeats_is_left_out(lines: list[tuple[int, int]], order: list[int]) -> None:
    boxes = drawn(lines, order)
    kept = nx.transitive_reduction(same(boxes))
    assert boxes.reduced().lines == [line for line in boxes.lines if kept.has_edge(*line)]
    assert boxes.reduced().boxes == boxes.boxes


def test_a_box_can_be_put_in_the_place_of_another() -> None:
    boxes = drawn([(1, 2)], list(range(10)))
    boxes.put("1", 11)
    assert boxes.boxes["1"] == 11
    assert (len(boxes), "1" in boxes, boxes.lines) == (10, True, [("1", "2")])
    with pytest.raises(KeyError):
        boxes.join("1", "none")
