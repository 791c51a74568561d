"""Where boxes and lines of a picture go that reads from top to bottom: rows, an order with few crossings, positions."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

GAP, LANE = 28.0, 12.0
"""Pixels: twice the room between two boxes, and the width that a passing line has for itself."""
SWEEPS = 40
PORT = 18.0
"""Pixels between two lines that leave or reach one box, at most."""


class Edge(NamedTuple):
    """A line from one box down to another; lines of one source and kind share the places where they pass a row."""

    source: str
    target: str
    kind: int = 0


@dataclass(eq=False, slots=True)
class Node:
    """A box, or a place where a long line passes a row (no name). `x` is its middle."""

    name: str
    width: float
    x: float = 0.0
    above: list[Node] = field(default_factory=list)
    below: list[Node] = field(default_factory=list)


class Chain(NamedTuple):
    """A line with its way: the rows and nodes that it meets, from its source to its target."""

    edge: Edge
    way: list[tuple[int, Node]]


def layered(boxes: Sequence[Sequence[Node]], edges: Sequence[Edge]) -> tuple[list[list[Node]], list[Chain]]:
    """The rows with their boxes and passing places, and the way of each line that goes down.

    A line whose target stands in its source's row or above it has no way. Names of boxes are unique.
    """
    level = {node.name: number for number, row in enumerate(boxes) for node in row}
    named = {node.name: node for row in boxes for node in row}
    layers = [list(row) for row in boxes]
    passing: dict[tuple[str, int, int], Node] = {}
    chains: list[Chain] = []
    for edge in edges:
        first, last = level[edge.source], level[edge.target]
        way = [(first, named[edge.source])]
        for row in range(first + 1, last):
            key = (edge.source, edge.kind, row)
            if key not in passing:
                passing[key] = Node("", LANE)
                layers[row].append(passing[key])
            way.append((row, passing[key]))
        if last > first:
            chains.append(Chain(edge, [*way, (last, named[edge.target])]))
            _join([node for _, node in chains[-1].way])
    return layers, chains


def _join(way: Sequence[Node]) -> None:
    for upper, lower in pairwise(way):
        if lower not in upper.below:
            upper.below.append(lower)
            lower.above.append(upper)


def order(layers: list[list[Node]], sweeps: int = SWEEPS) -> None:
    """Sorts each row by the mean place of its neighbors, down and up in turn; the order with least crossings stays."""
    best = [list(layer) for layer in layers]
    fewest = crossings(layers)
    for sweep in range(sweeps):
        down = sweep % 2 == 0
        for number in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            other = layers[number - 1 if down else number + 1]
            at = {id(node): place for place, node in enumerate(other)}
            own = {id(node): place for place, node in enumerate(layers[number])}
            layers[number].sort(key=lambda n: _mean([at[id(m)] for m in (n.above if down else n.below)], own[id(n)]))
        found = crossings(layers)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def crossings(layers: Sequence[Sequence[Node]]) -> int:
    """How often lines between neighboring rows cross."""
    count = 0
    for upper, lower in pairwise(layers):
        at = {id(node): place for place, node in enumerate(lower)}
        reached: list[int] = []
        for node in upper:
            ends = [at[id(below)] for below in node.below]
            count += sum(len(reached) - bisect_right(reached, end) for end in ends)
            for end in ends:
                insort(reached, end)
    return count


def place(layers: Sequence[Sequence[Node]], left: float, width: float | None = None, straight: int = 1) -> None:
    """Puts each node as near as it can be to the middle of its neighbors, its row's order and gaps kept.

    The leftmost edge comes to `left`. With `width`, no row that is narrower than it reaches beyond it. A long line
    keeps straight the more, the more often its passing places count each other (`straight`).
    """
    for layer in layers:
        _spread(layer, [0.0] * len(layer), width)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _spread(layer, [_wanted(node, straight) for node in layer], width)
    start = min((node.x - node.width / 2 for layer in layers for node in layer), default=0.0)
    for layer in layers:
        for node in layer:
            node.x = round(node.x - start + left, 1)


def _wanted(node: Node, straight: int) -> float:
    near = [other.x for other in (*node.above, *node.below) for _ in range(1 if node.name or other.name else straight)]
    return _mean(near, node.x)


def _spread(layer: Sequence[Node], wanted: Sequence[float], width: float | None) -> None:
    """The nearest positions to the wanted ones with room for every node: neighbors in each other's way move as one."""
    offsets = [0.0]
    for one, other in pairwise(layer):
        gap = GAP / 2 if one.name and other.name else LANE / 2
        offsets.append(offsets[-1] + (one.width + other.width) / 2 + gap)
    groups: list[tuple[float, int]] = []
    for at, offset in zip(wanted, offsets, strict=False):
        mean, size = at - offset, 1
        while groups and groups[-1][0] >= mean:
            earlier, members = groups.pop()
            mean, size = (earlier * members + mean * size) / (members + size), members + size
        groups.append((mean, size))
    means = [mean for mean, size in groups for _ in range(size)]
    if layer and width is not None:
        means = _within(means, layer[0].width / 2 - width / 2, width / 2 - layer[-1].width / 2 - offsets[-1])
    for node, mean, offset in zip(layer, means, offsets, strict=False):
        node.x = mean + offset


def _within(means: Sequence[float], least: float, most: float) -> list[float]:
    """The positions moved into the room that there is; a row that is wider than it stands around its middle."""
    if most < least:
        return [(least + most) / 2] * len(means)
    return [min(max(mean, least), most) for mean in means]


def port(box: Node, others: Sequence[Node], other: Node) -> float:
    """Where on a box's edge the line to or from another node is: in the order of those nodes, side by side."""
    ordered = sorted(others, key=lambda node: node.x)
    step = min(PORT, (box.width - 16) / max(1, len(ordered) - 1))
    return box.x + (ordered.index(other) - (len(ordered) - 1) / 2) * step
