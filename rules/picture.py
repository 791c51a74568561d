"""The strata of the library as a picture, always the same: `python -m rules.picture > docs/rule-strata.svg`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from rules.language import Atom, RuleSet
from rules.layers import GAP, Chain, Edge, Node, layered, order, place, port
from rules.show import counted, pattern

BOX, ROW, MARGIN, HEAD = 40.0, 104.0, 24.0, 30.0
"""Pixels: height of a box, from row to row, around all, above a stratum."""
LETTER = 8.3
"""Pixels of a bold letter at 12 pixels in the broadest font that is asked for."""
COLORS = ("#eaf2fb", "#eef7e8", "#fdf4e3", "#f8ecf5")
STYLE = """\
<style>
text { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; font-size: 11px; fill: #333; text-anchor: middle }
.name { font-size: 12px; font-weight: bold; fill: #111 }
.left { text-anchor: start }
.title { font-size: 13px; font-weight: bold; text-anchor: start }
.box { fill: #fff; stroke: #456; stroke-width: 1.2 }
.given { fill: #fff; stroke: #aaa }
.use { fill: none; stroke: #37608f; stroke-width: 1.2; marker-end: url(#use) }
.no { fill: none; stroke: #b3402a; stroke-width: 1.4; stroke-dasharray: 6 4; marker-end: url(#no) }
</style>
<defs>
<marker id="use" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0 0 L8 4 L0 8 z" fill="#37608f"/></marker>
<marker id="no" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0 0 L8 4 L0 8 z" fill="#b3402a"/></marker>
</defs>"""


class Use(NamedTuple):
    """Rules that conclude `target` ask for `source`, or (`negative`) at least one of them for its absence or number."""

    source: str
    target: str
    negative: bool


def uses(rules: RuleSet) -> tuple[Use, ...]:
    """Which predicate is concluded from which, each pair once, sorted."""
    found: dict[tuple[str, str], bool] = {}
    for rule in rules.rules:
        for condition in rule.body:
            atom = pattern(condition)
            if atom:
                pair = (atom.predicate, rule.head.predicate)
                found[pair] = found.get(pair, False) or not isinstance(condition, Atom)
    return tuple(sorted(Use(*pair, negative) for pair, negative in found.items()))


def rows(rules: RuleSet) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """For each stratum its rows of predicates: each stands below those of its stratum that it is concluded from.

    Predicates that are concluded from each other share a row.
    """
    import networkx as nx

    found = []
    for members in rules.strata:
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(sorted({rules.rules[place].head.predicate for place in members}))
        graph.add_edges_from((use.source, use.target) for use in uses(rules) if {use.source, use.target} <= {*graph})
        groups = nx.condensation(graph)
        layers = nx.topological_generations(groups)
        found.append(tuple(tuple(sorted(n for g in layer for n in groups.nodes[g]["members"])) for layer in layers))
    return tuple(found)


def svg(rules: RuleSet) -> str:
    """The picture: strata as bands, predicates as boxes, an arrow to each from what it is concluded from.

    The steps: rows, with places for the arrows that pass them; an order with few crossings; positions; the drawing.
    Given predicates stand at the top without arrows, and each box counts those that it is concluded from.
    """
    bands = rows(rules)
    arrows = [use for use in uses(rules) if any(use.source in row for band in bands for row in band)]
    labels = _labels(rules, bands)
    layers, chains = layered(_boxes_of(labels, bands, arrows), [Edge(*use) for use in arrows])
    order(layers)
    place(layers, MARGIN * 1.5)
    width = max(node.x + node.width / 2 for layer in layers for node in layer) + MARGIN
    given, top = _given(rules, width)
    tops = _tops(bands, top)
    body = [*given, *_bands(rules, bands, tops, width), *_arrows(chains, tops), *_boxes(rules, labels, layers, tops)]
    bottom = tops[-1] + BOX + GAP
    height = bottom + 70
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">'
    ground = f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>'
    return "\n".join([head, STYLE, ground, *body, *_legend(bottom), "</svg>", ""])


def _tops(bands: Sequence[Sequence[object]], start: float) -> list[float]:
    tops, at = [], start
    for band in bands:
        at += HEAD
        for _ in band:
            tops.append(at)
            at += ROW
        at += 8 - (ROW - BOX - GAP)
    return tops


def _labels(rules: RuleSet, bands: Sequence[Sequence[Sequence[str]]]) -> dict[str, str]:
    """What stands below each name: its rules, the given predicates they ask for, whether it comes round to itself."""
    found = {}
    for row in (row for band in bands for row in band):
        for name in row:
            rests_on = [use.source for use in uses(rules) if use.target == name]
            concluding = counted([rule.name for rule in rules.rules if rule.head.predicate == name])
            given = sum(rules.predicates[source].given for source in rests_on)
            found[name] = f"{concluding}, {given or 'none'} given{' ↻' if {*rests_on} & {*row} else ''}"
    return found


def _boxes_of(
    labels: Mapping[str, str], bands: Sequence[Sequence[Sequence[str]]], arrows: Sequence[Use]
) -> list[list[Node]]:
    """A box for each predicate, wide enough for its texts and for the arrows that reach it."""

    def width(name: str) -> float:
        return max(_width(name, labels[name]), 18.0 * sum(use.target == name for use in arrows))

    return [[Node(name, width(name)) for name in row] for band in bands for row in band]


def _width(name: str, label: str) -> float:
    return max(len(name) * LETTER, len(label) * 6.4) + 16


def _given(rules: RuleSet, width: float) -> tuple[list[str], float]:
    """The band of given predicates, and where it ends."""
    names = sorted(name for name, predicate in rules.predicates.items() if predicate.given)
    boxes, x, y = [], MARGIN * 1.5, MARGIN + HEAD
    for name in names:
        wide = len(name) * 6.6 + 14
        if x + wide > width - MARGIN * 1.5:
            x, y = MARGIN * 1.5, y + 30
        boxes.append(f'<rect class="given" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="22" rx="4"/>')
        boxes.append(f'<text x="{x + wide / 2:.1f}" y="{y + 15:.1f}">{escape(name)}</text>')
        x += wide + 10
    title = f"Given by the knowledge base and the patient: {len(names)} predicates (their arrows are left out)"
    return [*_band(MARGIN, y + 34, width, "#f4f4f4", title), *boxes], y + 42


def _band(top: float, bottom: float, width: float, color: str, title: str) -> list[str]:
    return [
        f'<rect x="{MARGIN / 2:.1f}" y="{top:.1f}" width="{width - MARGIN:.1f}" height="{bottom - top:.1f}" rx="8" '
        f'fill="{color}"/>',
        f'<text class="title" x="{MARGIN:.1f}" y="{top + 19:.1f}">{escape(title)}</text>',
    ]


def _bands(rules: RuleSet, bands: Sequence[Sequence[Sequence[str]]], tops: Sequence[float], width: float) -> list[str]:
    found, row = [], 0
    for number, band in enumerate(bands):
        top, bottom = tops[row] - HEAD, tops[row + len(band) - 1] + BOX + GAP
        title = f"Stratum {number + 1}: {len(rules.strata[number])} rules"
        found += _band(top, bottom, width, COLORS[number % len(COLORS)], title)
        row += len(band)
    return found


def _arrows(chains: Sequence[Chain], tops: Sequence[float]) -> Iterator[str]:
    """A curve for each arrow; those that leave or reach one box do so side by side."""
    for use, way in sorted(chains, key=lambda chain: chain.edge.kind):
        (first, source), (last, target) = way[0], way[-1]
        x, y = port(source, source.below, way[1][1]), tops[first] + BOX
        path = f"M{x:.1f} {y:.1f}"
        for row, node in way[1:]:
            end = port(target, target.above, way[-2][1]) if row == last else node.x
            half = (y + tops[row]) / 2
            path += f" C{x:.1f} {half:.1f} {end:.1f} {half:.1f} {end:.1f} {tops[row]:.1f}"
            x, y = end, tops[row] + BOX
            if row != last:
                path += f" V{y:.1f}"
        kind = "no" if use.kind else "use"
        asked = f"{use.source}, settled before" if use.kind else use.source
        yield f'<path class="{kind}" d="{path}"><title>{asked}: {use.target}</title></path>'


def _boxes(
    rules: RuleSet, labels: Mapping[str, str], layers: Sequence[Sequence[Node]], tops: Sequence[float]
) -> Iterator[str]:
    for top, layer in zip(tops, layers, strict=True):
        for node in layer:
            if node.name:
                yield (
                    f'<rect class="box" x="{node.x - node.width / 2:.1f}" y="{top:.1f}" width="{node.width:.1f}" '
                    f'height="{BOX:.0f}" rx="5"><title>{escape(rules.predicates[node.name].doc)}</title></rect>'
                )
                yield f'<text class="name" x="{node.x:.1f}" y="{top + 17:.1f}">{escape(node.name)}</text>'
                yield f'<text x="{node.x:.1f}" y="{top + 32:.1f}">{labels[node.name]}</text>'


def _legend(top: float) -> list[str]:
    def line(kind: str, y: float, text: str) -> list[str]:
        return [
            f'<path class="{kind}" d="M{MARGIN:.1f} {y:.1f} h46"/>',
            f'<text class="left" x="{MARGIN + 56:.1f}" y="{y + 4:.1f}">{text}</text>',
        ]

    counts = "n given: concluded from n given predicates; ↻: also from itself, or one beside it"
    return [
        *line("use", top + 14, "the lower is concluded from the upper"),
        *line("no", top + 34, "at least one rule asks for none of these, or counts them: the upper is settled first"),
        f'<text class="left" x="{MARGIN:.1f}" y="{top + 58:.1f}">{counts}</text>',
    ]


if __name__ == "__main__":
    from rules.library import LIBRARY
    from rules.load import load

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(svg(load([LIBRARY])))
