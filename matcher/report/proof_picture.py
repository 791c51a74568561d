"""The proof as a picture that reads from top to bottom: one <svg> element, without scripts, fonts or network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from matcher.phrases import say
from matcher.report.lettering import clean, fitted, width_of, wrapped
from matcher.report.proof_graph import (
    ABSENCE,
    CONCLUDED,
    FILE,
    GRAPH,
    KINDS,
    MARK,
    PATIENT,
    SOURCE,
    Box,
    Origin,
    headed,
    readable,
)
from matcher.report.proof_graph import whole as whole_graph
from rules.layers import GAP, Chain, Edge, Node, layered, order, place, port

if TYPE_CHECKING:
    from matcher.explain import Step
    from matcher.report.proof_graph import Graph

PAGE = 960.0
"""Pixels that a row fills at most: so letters print at 7 points on A4 and show in full size on a projector."""
WALL = 1900.0
"""The same where everything is drawn: nobody reads that on one page."""
MARGIN, PAD, LINE, LETTERS, BETWEEN, SIGN = 14.0, 9.0, 16.0, 13.0, 34.0, 20.0
"""Pixels: around all, inside a box, from line to line, the size of letters, between rows, room for a verdict's sign."""
WIDTHS = (136.0, 152.0, 176.0, 200.0, 226.0)
"""Widths of boxes: the least is taken in which the text needs few lines."""
ENOUGH = 176.0
"""The width that a box takes at most only to show its origins whole."""
TOP = 560.0
BOLD = 1.1
"""How much broader bold letters are."""
FEW, MANY = 5, 8
"""Lines of text that make a box wider, and that are shown at most."""
ORIGINS = 3
"""Origins that a box names at most."""
SWEEPS, FEW_SWEEPS, LARGE, BOARD = 30, 4, 1200, 60
"""How often a layout is improved; less often from so many boxes and passing places on. A picture that a board reads has
at most so many boxes: a larger one is not made again to fit a page."""

SIGNS = {"pass": "✓", "warn": "!", "undetermined": "?", "fail": "✗", MARK: "i"}
COLORS = {
    "pass": ("#eef7ee", "#2e7d32"),
    "warn": ("#fff6e0", "#945800"),
    "undetermined": ("#eef0fb", "#4a55a8"),
    "fail": ("#fdecea", "#b3261e"),
    MARK: ("#f7effa", "#7b2d8e"),
    CONCLUDED: ("#ffffff", "#2b3a4a"),
    PATIENT: ("#e6f4fb", "#1f6f9c"),
    GRAPH: ("#f6f1e7", "#8a6d3b"),
    ABSENCE: ("#ffffff", "#808890"),
    FILE: ("#e6f4fb", "#1f6f9c"),
    SOURCE: ("#f6f1e7", "#8a6d3b"),
}
"""The ground and the line of each kind of box. Shape and sign tell them apart too."""

FONT = "Arial, 'Liberation Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
"""Chinese letters come from the first of these that has them, else from what the browser chooses: a font without bold
letters that is named here is not thickened, one that the browser chooses is."""

STYLE = "\n".join(
    [
        "<style>",
        f".proof-picture text {{ font-family: {FONT}; font-size: {LETTERS:.0f}px; fill: #1b1f24 }}",
        ".proof-picture .strong { font-weight: bold }",
        ".proof-picture .small { fill: #5a646e }",
        ".proof-picture .from { fill: #1f4e8c }",
        ".proof-picture a .from { text-decoration: underline }",
        ".proof-picture .sign { fill: #fff; font-weight: bold; text-anchor: middle }",
        ".proof-picture .line { fill: none; stroke-width: 1.3 }",
        ".proof-picture .badge { fill: #2b3a4a }",
        ".proof-picture .on-badge { fill: #fff; font-weight: bold }",
        "</style>",
    ]
)


class Text(NamedTuple):
    """A line of text in a box, and how it is written: its class, its address, its room on the left."""

    text: str
    style: str = ""
    url: str | None = None
    indent: float = 0.0


class Drawn(NamedTuple):
    """A box as it is drawn: its lines, badges in rows, its size."""

    box: Box
    lines: tuple[Text, ...]
    badges: tuple[tuple[str, ...], ...]
    width: float
    height: float


class Placed(NamedTuple):
    """The picture before it is written: boxes, where each stands, the lines and the tops and bottoms of the rows."""

    boxes: dict[str, Drawn]
    layers: list[list[Node]]
    chains: list[Chain]
    rows: list[tuple[float, float]]
    width: float


def svg(step: Step, lang: str = "en", whole: bool = False) -> str:
    """The picture of an explanation as an <svg> element that a page can hold; always the same for the same step.

    It shows what a board reads at once: the recommendation, the criteria that decide, levels of evidence, warnings, and
    the statements below with their files, rows and sources. With `whole`, every statement and origin has its box.
    """
    graph = whole_graph(step) if whole else readable(step, lang)
    drawn = placed(graph, lang, WALL if whole or len(graph) > BOARD else PAGE)
    body = [*_lines(drawn), *_boxes(drawn)]
    legend, bottom = _legend(drawn, lang)
    title = escape(clean(say("picture", "title", lang, text=step.text)))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="proof-picture" role="img" viewBox="0 0 {drawn.width:.0f} '
        f'{bottom:.0f}" width="{drawn.width:.0f}" height="{bottom:.0f}" style="max-width: 100%; height: auto">'
    )
    ground = f'<rect width="{drawn.width:.0f}" height="{bottom:.0f}" fill="#fff"/>'
    return "\n".join([head, f"<title>{title}</title>", STYLE, ground, *body, *legend, "</svg>"])


def placed(graph: Graph, lang: str = "en", page: float = PAGE) -> Placed:
    """Where everything of a graph goes: rows about as wide as the page, few crossings, boxes over what they rest on."""
    boxes = {key: _drawn(graph.boxes[key], not graph.above[key], lang) for key in graph}
    for room in (page, page * 0.95, page * 0.9, page * 0.8):
        rows = _rows(graph, boxes, room)
        layers, chains = layered(
            [[Node(key, boxes[key].width) for key in row] for row in rows], [Edge(*line) for line in graph.lines]
        )
        layers = [_lines_amid(layer) for layer in layers]
        sweeps = SWEEPS if sum(map(len, layers)) <= LARGE else FEW_SWEEPS
        order(layers, sweeps)
        place(layers, MARGIN, page, straight=4, sweeps=sweeps)
        width = max(max(node.x + node.width / 2 for layer in layers for node in layer) + MARGIN, TOP + 2 * MARGIN)
        if width <= page + 4 * MARGIN or len(graph) > BOARD:
            break
    if len(graph) <= BOARD:
        _balance(layers, width)
    tops, at = [], MARGIN
    for row in rows:
        height = max(boxes[key].height for key in row)
        tops.append((at, at + height))
        at += height + BETWEEN
    return Placed(boxes, layers, chains, tops, width)


def _balance(layers: Sequence[Sequence[Node]], width: float) -> None:
    """Each row of a picture stands in its middle."""
    for layer in layers:
        left, right = layer[0].x - layer[0].width / 2, layer[-1].x + layer[-1].width / 2
        for node in layer:
            node.x = round(node.x + (width - left - right) / 2, 1)


def _lines_amid(layer: list[Node]) -> list[Node]:
    """A row with what passes it in its middle, so that a picture grows to both sides."""
    named = [node for node in layer if node.name]
    half = len(named) // 2
    return [*named[:half], *(node for node in layer if not node.name), *named[half:]]


def _rows(graph: Graph, boxes: dict[str, Drawn], room: float) -> list[list[str]]:
    """Each box below all that rest on it, files and sources last; rows wider than the room become several.

    Criteria that fail come first, then boxes that nothing is drawn below.
    """
    levels = graph.rows()
    origins = [key for row in levels for key in row if boxes[key].box.kind in {FILE, SOURCE}]
    last = set(origins)
    kept = [[key for key in row if key not in last] for row in levels]
    place_of = {key: number for number, key in enumerate(graph)}

    def place_in_row(key: str) -> tuple[bool, bool, int]:
        return boxes[key].box.kind != "fail", bool(graph.below[key]), place_of[key]

    ordered = [sorted(row, key=place_in_row) for row in (*kept, origins)]
    return [part for row in ordered if row for part in _parts(row, boxes, room, any(graph.below[key] for key in row))]


def _parts(row: Sequence[str], boxes: dict[str, Drawn], room: float, leading: bool) -> list[list[str]]:
    """A row in as few parts as fit the room: one that leads further is cut, one of statements is dealt in turn."""
    widths = [boxes[key].width + GAP / 2 for key in row]
    count = max(1, ceil(sum(widths) / (room + GAP / 2)))
    while True:
        dealt = _cut(row, widths, sum(widths) / count) if leading else [list(row[n::count]) for n in range(count)]
        for parts in (dealt, _packed(row, boxes, count)):
            if all(len(part) == 1 or _wide(part, boxes) <= room for part in parts):
                return parts
        count += 1


def _packed(row: Sequence[str], boxes: dict[str, Drawn], count: int) -> list[list[str]]:
    """The row in so many parts, the broadest boxes first to where most room is; each part in the row's order."""
    parts: list[list[str]] = [[] for _ in range(count)]
    for key in sorted(row, key=lambda key: -boxes[key].width):
        min(parts, key=lambda part: _wide(part, boxes)).append(key)
    return [sorted(part, key=row.index) for part in parts if part]


def _wide(part: Sequence[str], boxes: dict[str, Drawn]) -> float:
    return sum(boxes[key].width + GAP / 2 for key in part) - GAP / 2


def _cut(row: Sequence[str], widths: Sequence[float], share: float) -> list[list[str]]:
    """The row in parts of about the same width; a box belongs to the part in whose share its middle lies."""
    found: dict[int, list[str]] = {}
    at = 0.0
    for key, width in zip(row, widths, strict=True):
        found.setdefault(int((at + width / 2) / share), []).append(key)
        at += width
    return list(found.values())


def _drawn(box: Box, top: bool, lang: str) -> Drawn:
    """A box with its text wrapped, in the least width in which it needs few lines."""
    if top:
        return _in_width(box, TOP, lang)
    found = _in_width(box, WIDTHS[0], lang)
    for width in WIDTHS[1:]:
        cut = width <= ENOUGH and any(line.style == "from" and "…" in line.text for line in found.lines)
        if not cut and len(found.lines) + 2 * len(found.badges) <= FEW:
            break
        found = _in_width(box, width, lang)
    return found


def _in_width(box: Box, width: float, lang: str) -> Drawn:
    room = width - 2 * PAD
    indent = SIGN if box.kind in SIGNS else 0.0
    head, told = _headed(box, width == TOP)
    lines = [Text(line, "strong", indent=indent) for line in wrapped(head, (room - indent) / BOLD, 2)]
    indent = 0.0 if lines else indent
    lines += [Text(line, indent=indent) for line in wrapped(told, room - indent, MANY)]
    if box.small:
        lines += [Text(line, "small") for line in wrapped(say("picture", "rule", lang, name=box.small), room, 2)]
    lines += _origin_lines(box.origins, room, lang)
    badges = tuple(_badge_rows([fitted(badge, (room - 12) / BOLD) for badge in box.badges], room))
    height = len(lines) * LINE + len(badges) * (LINE + 8) + 2 * PAD
    return Drawn(box, tuple(lines), badges, width, height)


def _headed(box: Box, top: bool) -> tuple[str, str]:
    """The name of a criterion or the recommendation, and what is said of it; only the latter where there is none."""
    if box.badges:
        return box.text, ""
    if box.kind in SIGNS:
        return headed(box.text)
    if top:
        head, _, rest = re.sub("：", ": ", box.text, count=1).partition(": ")
        return head, rest
    return "", box.text


def _origin_lines(origins: Sequence[Origin], room: float, lang: str) -> Iterator[Text]:
    told = _by_file(origins)
    shown = told if len(told) <= ORIGINS else told[: ORIGINS - 1]
    for origin in shown:
        keeps_end = origin.of_patient or " " not in origin.text
        yield Text(fitted(f"◂ {origin.text}", room, keeps_end), "from", _address(origin.url))
    if len(shown) < len(told):
        yield Text(fitted(say("picture", "more origins", lang, count=len(told) - len(shown)), room), "small")


def _by_file(origins: Iterable[Origin]) -> list[Origin]:
    """The origins, with the rows of one file together: `liver.maf:3, 17`."""
    found: dict[tuple[str, str | None, bool], list[str]] = {}
    for origin in origins:
        name, colon, row = origin.text.rpartition(":")
        apart = origin.of_patient and colon and row.isdigit()
        rows = found.setdefault((name if apart else origin.text, origin.url, origin.of_patient), [])
        rows.extend([row] if apart and row not in rows else [])
    return [
        Origin(f"{name}:{', '.join(rows)}" if rows else name, url, of_patient)
        for (name, url, of_patient), rows in found.items()
    ]


def _address(url: str | None) -> str | None:
    """An address that a reader may follow: http or https, nothing else."""
    return url if url is not None and re.match(r"https?://", url, re.IGNORECASE) else None


def _badge_rows(badges: Iterable[str], room: float) -> Iterator[tuple[str, ...]]:
    row: list[str] = []
    for badge in badges:
        if row and sum(_badge_width(each) + 5 for each in (*row, badge)) - 5 > room:
            yield tuple(row)
            row = []
        row.append(badge)
    if row:
        yield tuple(row)


def _badge_width(text: str) -> float:
    return width_of(text) * BOLD + 12


def _lines(drawn: Placed) -> Iterator[str]:
    """A line for each edge: out of the box, down to the end of its row, then curved to the next."""
    for edge, way in drawn.chains:
        (first, source), (last, target) = way[0], way[-1]
        start = drawn.boxes[edge.source]
        x, y = port(source, source.below, way[1][1]), drawn.rows[first][0] + start.height
        path = f"M{x:.1f} {y:.1f}"
        bottom = drawn.rows[first][1]
        for row, node in way[1:]:
            end = port(target, target.above, way[-2][1]) if row == last else node.x
            top, half = drawn.rows[row][0], (bottom + drawn.rows[row][0]) / 2
            path += f" V{bottom:.1f} C{x:.1f} {half:.1f} {end:.1f} {half:.1f} {end:.1f} {top:.1f}"
            x, bottom = end, drawn.rows[row][1]
        kind = drawn.boxes[edge.target].box.kind
        color = COLORS[kind][1] if kind in SIGNS else "#98a2ad"
        yield f'<path class="line" stroke="{color}" d="{path}"/>'


def _boxes(drawn: Placed) -> Iterator[str]:
    for (top, _), layer in zip(drawn.rows, drawn.layers, strict=True):
        for node in layer:
            if node.name:
                yield _box(drawn.boxes[node.name], node.x - node.width / 2, top)


def _box(drawn: Drawn, x: float, y: float) -> str:
    box = drawn.box
    written = [f"<title>{_escaped(box.title or box.text)}</title>", shape(box.kind, x, y, drawn.width, drawn.height)]
    if box.kind in SIGNS:
        written.append(_sign(box.kind, x + PAD + 7, y + PAD + 7))
    at = y + PAD + 12
    for line in drawn.lines:
        written.append(_text(line, x + PAD + line.indent, at))
        at += LINE
    for row in drawn.badges:
        written.append(_badges(row, x + PAD, at - 10))
        at += LINE + 8
    return f'<g class="box {box.kind}">{"".join(written)}</g>'


def _text(line: Text, x: float, y: float) -> str:
    style = f' class="{line.style}"' if line.style else ""
    written = f'<text{style} x="{x:.1f}" y="{y:.1f}">{_escaped(line.text)}</text>'
    if line.url is None:
        return written
    return f'<a href="{_escaped(line.url)}" target="_blank" rel="noopener" tabindex="-1">{written}</a>'


def _badges(row: Sequence[str], x: float, y: float) -> str:
    written = []
    for badge in row:
        width = _badge_width(badge)
        written.append(f'<rect class="badge" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="20" rx="10"/>')
        written.append(f'<text class="on-badge" x="{x + 6:.1f}" y="{y + 14.5:.1f}">{_escaped(badge)}</text>')
        x += width + 5
    return "".join(written)


def _sign(kind: str, x: float, y: float) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{COLORS[kind][1]}"/>'
        f'<text class="sign" x="{x:.1f}" y="{y + 4.5:.1f}">{SIGNS[kind]}</text>'
    )


def shape(kind: str, x: float, y: float, width: float, height: float) -> str:
    """The outline of a kind of box: round for the patient, barred for the graph, dashed for an absence."""
    fill, line = COLORS[kind]
    paint = f'fill="{fill}" stroke="{line}" stroke-width="{1.8 if kind in SIGNS else 1.2}"'
    round_ = {PATIENT: 14, FILE: 14, GRAPH: 0, SOURCE: 0}.get(kind, 5)
    dashed = ' stroke-dasharray="5 4"' if kind == ABSENCE else ""
    outline = (
        f'<rect class="outline" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_}" '
        f"{paint}{dashed}/>"
    )
    if kind not in {GRAPH, SOURCE}:
        return outline
    return f'{outline}<path d="M{x + 3:.1f} {y:.1f} v{height:.1f}" stroke="{line}" stroke-width="1.2"/>'


def _legend(drawn: Placed, lang: str) -> tuple[list[str], float]:
    """What the kinds of boxes in this picture mean, and where the picture ends."""
    present = {each.box.kind for each in drawn.boxes.values()}
    x, y = MARGIN, drawn.rows[-1][1] + 22
    found: list[str] = []
    for kind in (kind for kind in KINDS if kind in present):
        text = say("picture", kind, lang)
        wide = 32 + width_of(text) + 18
        if x > MARGIN and x + wide > drawn.width - MARGIN:
            x, y = MARGIN, y + 24
        mark = _sign(kind, x + 13, y + 8) if kind in SIGNS else shape(kind, x, y, 26, 16)
        found += [mark, _text(Text(text, "small"), x + 32, y + 12.5)]
        x += wide
    return found, y + 16 + MARGIN


def _escaped(text: str) -> str:
    return escape(clean(text))
