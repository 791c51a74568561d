"""The swimmer figure: therapies as bars in lanes, with responses, events and samples as marks, over days.

A study's figure has one lane a patient; that of one patient a lane for each therapy and kind of event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from matcher.phrases import say
from matcher.report.lettering import EM, width_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Bar(NamedTuple):
    """A therapy from one day to another; `ongoing` draws an arrow at its end.

    `may_start` and `may_end` are the days that dates of a month or a year leave possible beyond these: a thin line.
    """

    start_day: float
    end_day: float
    label: str
    ongoing: bool = False
    may_start: float | None = None
    may_end: float | None = None


class Mark(NamedTuple):
    """Something on one day: a kind of SHAPES, and a short text to its right."""

    day: float
    kind: str
    text: str = ""


class Lane(NamedTuple):
    """A row of the figure."""

    label: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


class Shape(NamedTuple):
    """How a kind of mark looks: matplotlib's marker, its color, whether it is filled; shapes differ without colors."""

    marker: str
    color: str
    filled: bool = True
    size: float = 7.5


_BLUE, _GREEN, _ORANGE, _RED, _PURPLE, _BLACK, _GREY = (
    "#0072B2", "#007B5A", "#B87A00", "#D55E00", "#A3497D", "#000000", "#666666",
)  # fmt: skip

SHAPES: Mapping[str, Shape] = {
    "CR": Shape("*", _BLUE, size=10),
    "PR": Shape("^", _BLUE),
    "SD": Shape("s", _GREY, size=6),
    "NON-CR/NON-PD": Shape("D", _GREY, size=5.5),
    "PD": Shape("v", _RED),
    "NE": Shape("o", _GREY, filled=False, size=6),
    "progression": Shape("p", _RED, size=8.5),
    "adverse event": Shape("d", _ORANGE),
    "serious adverse event": Shape("D", _ORANGE, size=7),
    "biopsy": Shape("P", _GREEN),
    "ctDNA": Shape("o", _GREEN, size=6.5),
    "organoid": Shape("h", _GREEN, filled=False, size=8),
    "board": Shape("s", _PURPLE, filled=False),
    "decision": Shape(">", _PURPLE),
    "re-sequencing": Shape("*", _PURPLE, filled=False, size=11),
    "PSA": Shape("+", _BLACK),
    "ECOG": Shape("x", _BLACK, size=6),
    "enrolment": Shape("<", _BLACK, filled=False),
    "withdrawal": Shape("8", _BLACK, filled=False, size=8),
    "last contact": Shape("|", _BLACK, size=10),
    "death": Shape("X", _BLACK, size=9),
    "other": Shape("o", _BLACK, filled=False, size=4),
}
"""The kinds of marks. Colors are of Okabe and Ito's palette, some darker for paper (jfly.uni-koeln.de/color)."""

FILLS = ("#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#AAAA00", "#DDDDDD")
"""The colors of bars: Paul Tol's light scheme, told apart by color-blind readers; further ones are hatched."""

HATCHES = ("", "///", "...", "xxx")

LETTERS = 9.0
"""The height of letters in points; a text's width follows from it."""

PLOT = 560.0
"""Points that the days have."""

ROW, GAP, EDGE = 17.0, 5.0, 12.0
"""Points of a row in a lane, between lanes, and around the figure."""

MOST_LABEL = 190.0
"""Points that the name of a lane may take; a longer one ends with an ellipsis."""

MARK = 13.0
"""Points that a mark takes with the space around it."""

LINE = 1.7
"""The height of a legend's line, in parts of its letters."""


def swimmer(
    lanes: Sequence[Lane],
    title: str = "",
    start: str | None = None,
    lang: str = "en",
    legend_of_bars: bool = True,
    since: str = "",
) -> Figure:
    """The figure of the lanes, first on top; no two marks or texts stand on each other.

    Days count from `start` (an ISO day), whose dates the axis then names; without it the axis counts days or months
    `since` something (`first dose`). A figure without lanes says so.
    """
    from matcher.report.drawing import letters

    with letters(LETTERS):
        return _Drawing.of(lanes, start, lang, legend_of_bars).figure(title, since)


class _Placed(NamedTuple):
    """A mark in its row of a lane; its text stands to the left of it where there is no room on the right."""

    mark: Mark
    row: int
    leftward: bool


class _Laid(NamedTuple):
    """A lane with the row of each bar and mark, and how many rows it has."""

    lane: Lane
    bars: tuple[tuple[Bar, int], ...]
    marks: tuple[_Placed, ...]
    rows: int


class _Key(NamedTuple):
    """An entry of the legend: a mark's kind or a bar's label."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The lanes with their measures in points."""

    lanes: tuple[_Laid, ...]
    first: float
    last: float
    start: str | None
    lang: str
    keys: tuple[tuple[_Key, ...], ...]
    fills: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, lanes: Sequence[Lane], start: str | None, lang: str, legend_of_bars: bool) -> _Drawing:
        first, last = _extent(lanes)
        scale = PLOT / (last - first)
        laid = tuple(_laid(lane, first, scale) for lane in lanes)
        labels = list(dict.fromkeys(bar.label for lane in lanes for bar in lane.bars))
        fills = {label: _fill(number) for number, label in enumerate(labels)}
        used = {mark.kind for lane in lanes for mark in lane.marks}
        marks = tuple(_Key(kind, say("swimmer", kind, lang)) for kind in SHAPES if kind in used)
        bars = tuple(_Key(label, label) for label in labels) if legend_of_bars else ()
        return cls(laid, first, last, start, lang, tuple(keys for keys in (bars, marks) if keys), fills)

    def figure(self, title: str, since: str) -> Figure:
        """The figure, with room for the names of the lanes, the axis and the legend."""
        from matplotlib.figure import Figure

        left = EDGE + max((min(points(laid.lane.label), MOST_LABEL) for laid in self.lanes), default=0) + 8
        top = EDGE + (LETTERS * 2.4 if title else 0)
        body = max(sum(laid.rows * ROW + GAP for laid in self.lanes), ROW * 2)
        below = LETTERS * 4.4
        width = left + PLOT + EDGE + 18
        columns = [self.columns(keys, width) for keys in self.keys]
        legend = sum(
            -(-len(keys) // count) * LETTERS * LINE + 8 for keys, count in zip(self.keys, columns, strict=True)
        )
        height = top + body + below + legend + EDGE
        figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
        axes = figure.add_axes((left / width, 1 - (top + body) / height, PLOT / width, body / height))
        self.draw(axes, body)
        self.axis(axes, since)
        if title:
            figure.text(EDGE / width, 1 - EDGE / height, title, va="top", weight="bold", fontsize=LETTERS * 1.2)
        self.legend(figure, columns, (width, height), top + body + below)
        return figure

    # Lanes

    def draw(self, axes: Axes, body: float) -> None:
        """Draw every lane, from the top."""
        axes.set_xlim(self.first, self.last)
        axes.set_ylim(body, 0)
        axes.set_yticks([])
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)
        y = 0.0
        for number, laid in enumerate(self.lanes):
            high = laid.rows * ROW + GAP
            if number % 2 == 0:
                axes.axhspan(y, y + high, color="#F4F4F4", lw=0, zorder=0)
            self.lane(axes, laid, y + GAP / 2)
            y += high
        if not self.lanes:
            axes.text((self.first + self.last) / 2, body / 2, say("swimmer", "nothing", self.lang), ha="center")

    def lane(self, axes: Axes, laid: _Laid, top: float) -> None:
        """Draw one lane: its name, its bars, its marks."""
        middle = top + ROW * (max(1, len({row for _, row in laid.bars})) if laid.bars else laid.rows) / 2
        axes.annotate(
            shortened(laid.lane.label, MOST_LABEL), (self.first, middle), (-8, 0), textcoords="offset points",
            ha="right", va="center", annotation_clip=False,
        )  # fmt: skip
        for bar, row in laid.bars:
            self.bar(axes, bar, top + row * ROW + ROW / 2)
        for placed in laid.marks:
            self.mark(axes, placed, top + placed.row * ROW + ROW / 2)

    def bar(self, axes: Axes, bar: Bar, y: float) -> None:
        """Draw a bar, the days that it may reach beyond, and the arrow of a therapy that goes on."""
        fill, hatch = self.fills[bar.label]
        least = 2.0 * (self.last - self.first) / PLOT
        width = max(bar.end_day - bar.start_day, least)
        axes.barh(
            y, width, ROW * 0.62, left=bar.start_day, color=fill, hatch=hatch, edgecolor="#333333", lw=0.6, zorder=2
        )
        for one, other in ((bar.may_start, bar.start_day), (bar.end_day, bar.may_end)):
            if one is not None and other is not None and one < other:
                axes.plot([one, other], [y, y], color="#333333", lw=1.2, ls=(0, (2, 1.5)), zorder=1.5)
        if bar.ongoing:
            tip = bar.start_day + width + 4.2 * (self.last - self.first) / PLOT
            axes.plot(
                tip, y, ">", ms=8.5, mfc=fill, mec="#333333", mew=0.6, zorder=2.5, clip_on=False,
            )  # fmt: skip

    def mark(self, axes: Axes, placed: _Placed, y: float) -> None:
        """Draw a mark with its text."""
        shape, mark = shape_of(placed.mark.kind), placed.mark
        axes.plot(mark.day, y, clip_on=False, zorder=4, **look(shape))
        if mark.text:
            side = -1 if placed.leftward else 1
            axes.annotate(
                mark.text, (mark.day, y), (side * (MARK / 2 + 1), 0), textcoords="offset points", va="center_baseline",
                ha="right" if placed.leftward else "left", fontsize=LETTERS * 0.9, zorder=5, annotation_clip=False,
            )  # fmt: skip

    # Axis and legend

    def axis(self, axes: Axes, since: str) -> None:
        """Name the days: dates where the start is known, or days or months since it."""
        if self.start is not None:
            ticks = dated_ticks(self.start, self.first, self.last)
            name = ""
        else:
            ticks, unit = counted_ticks(self.first, self.last)
            name = say("swimmer", unit if not since else f"{unit} since", self.lang, since=since)
        axes.set_xticks([day for day, _ in ticks], [text for _, text in ticks])
        axes.set_xlabel(name)
        axes.grid(axis="x", color="#D0D0D0", lw=0.6, zorder=0.5)
        axes.set_axisbelow(True)

    def columns(self, keys: Sequence[_Key], width: float) -> int:
        """In how many columns the entries of a legend stand."""
        broadest = max(points(key.text) for key in keys) + 34
        return max(1, min(len(keys), int((width - 2 * EDGE) // broadest)))

    def legend(self, figure: Figure, columns: Sequence[int], size: tuple[float, float], top: float) -> None:
        """Draw what bars and marks mean, below the axis."""
        width, height = size
        for keys, count in zip(self.keys, columns, strict=True):
            handles = [self.handle(key) for key in keys]
            figure.legend(
                handles, [key.text for key in keys], loc="upper left", bbox_to_anchor=(EDGE / width, 1 - top / height),
                ncols=count, frameon=False, borderaxespad=0, borderpad=0, handlelength=1.6, columnspacing=1.6,
                labelspacing=0.55,
            )  # fmt: skip
            top += _high(keys, count)

    def handle(self, key: _Key) -> Artist:
        """The sample of a legend's entry."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        if key.name in self.fills:
            fill, hatch = self.fills[key.name]
            return Patch(facecolor=fill, hatch=hatch, edgecolor="#333333", linewidth=0.6)
        return Line2D([], [], **look(shape_of(key.name)))


# --- where things stand ----------------------------------------------------------------------------------------------


def _extent(lanes: Iterable[Lane]) -> tuple[float, float]:
    """The first and the last day, with a little room on both sides."""
    days: list[float] = []
    for lane in lanes:
        days += [mark.day for mark in lane.marks]
        days += [day for bar in lane.bars for day in (bar.start_day, bar.end_day, bar.may_start, bar.may_end)
                 if day is not None]  # fmt: skip
    first, last = min(days, default=0.0), max(days, default=30.0)
    room = max(last - first, 14.0) * 0.02
    return first - room, max(last, first + 14.0) + room


def _laid(lane: Lane, first: float, scale: float) -> _Laid:
    """The lane with a row for each bar and mark: bars above, marks on the only row of bars or below them.

    A mark takes the first row in which nothing stands where it and its text would be.
    """
    bars, rows = _stacked(lane.bars)
    marks: list[_Placed] = []
    taken: dict[int, list[tuple[float, float]]] = {}
    begin = 0 if rows <= 1 and not any(mark.text for mark in lane.marks) else rows
    for mark in sorted(lane.marks, key=lambda each: (each.day, _order(each.kind), each.text)):
        at = (mark.day - first) * scale
        text = points(mark.text) * 0.9 + 4 if mark.text else 0.0
        leftward = at + MARK / 2 + text > PLOT + 10
        span = (at - MARK / 2 - (text if leftward else 0), at + MARK / 2 + (0 if leftward else text))
        row = next(row for row in range(begin, begin + len(lane.marks) + 1) if _is_free(taken.get(row, ()), span))
        taken.setdefault(row, []).append(span)
        marks.append(_Placed(mark, row, leftward))
    return _Laid(lane, bars, tuple(marks), max(1, rows, *(placed.row + 1 for placed in marks)))


def _stacked(bars: Iterable[Bar]) -> tuple[tuple[tuple[Bar, int], ...], int]:
    """Each bar with its row: one below the other where they overlap; and how many rows these are."""
    ends: list[float] = []
    found: list[tuple[Bar, int]] = []
    for bar in sorted(bars):
        row = next((row for row, end in enumerate(ends) if end <= bar.start_day), len(ends))
        ends[row : row + 1] = [bar.end_day]
        found.append((bar, row))
    return tuple(found), len(ends)


def _is_free(taken: Iterable[tuple[float, float]], span: tuple[float, float]) -> bool:
    return all(span[1] <= left or right <= span[0] for left, right in taken)


def _high(keys: Sequence[_Key], columns: int) -> float:
    """Points that a legend of so many columns is high."""
    return -(-len(keys) // columns) * LETTERS * LINE + 8


def _order(kind: str) -> int:
    return list(SHAPES).index(kind) if kind in SHAPES else len(SHAPES)


def points(text: str) -> float:
    """Points that a text takes at most at the height of LETTERS."""
    return width_of(text) * LETTERS / EM


def shortened(text: str, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than the room (points).

    >>> shortened("HER2", 100), shortened("trastuzumab deruxtecan", 60)[:6]
    ('HER2', 'trastu')
    """
    if points(text) <= room:
        return text
    while text and points(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def shape_of(kind: str) -> Shape:
    """How a kind of mark looks; one that is not known looks like `other`."""
    return SHAPES.get(kind, SHAPES["other"])


def look(shape: Shape) -> dict[str, Any]:
    """The properties of a line that draws one mark."""
    is_line = shape.marker in {"+", "x", "|"}
    edge = shape.color if is_line or not shape.filled else "white"
    fill = shape.color if shape.filled else "white"
    return {"marker": shape.marker, "linestyle": "none", "markersize": shape.size, "markerfacecolor": fill,
            "markeredgecolor": edge, "markeredgewidth": 1.6 if is_line or not shape.filled else 0.6}  # fmt: skip


def _fill(number: int) -> tuple[str, str]:
    """The color and hatch of the bar's label of this number."""
    return FILLS[number % len(FILLS)], HATCHES[number // len(FILLS) % len(HATCHES)]


# --- axes ------------------------------------------------------------------------------------------------------------

_MONTH = 365.25 / 12


def counted_ticks(first: float, last: float) -> tuple[list[tuple[float, str]], str]:
    """Ticks that count days or months from day 0, at most ten, and the unit: `days` or `months`.

    >>> counted_ticks(0, 40)
    ([(0, '0'), (7, '7'), (14, '14'), (21, '21'), (28, '28'), (35, '35')], 'days')
    """
    if last - first <= 70:
        step = 7 if last - first > 14 else 2
        return [(day, str(day)) for day in range(-(-int(first) // step) * step, int(last) + 1, step)], "days"
    months = (last - first) / _MONTH
    step = next((each for each in (1, 3, 6, 12, 24, 60) if months / each <= 10), 120)
    numbers = range(-(-int(first / _MONTH) // step) * step, int(last / _MONTH) + 1, step)
    return [(number * _MONTH, str(number)) for number in numbers], "months"


def dated_ticks(start: str, first: float, last: float) -> list[tuple[float, str]]:
    """Ticks on first days of months, at most ten, named as dates; on days where all are within two months."""
    zero = date.fromisoformat(start)
    if last - first <= 62:
        step = 7 if last - first > 14 else 2
        days = range(int(first) + 1, int(last) + 1, step)
        return [(day, (zero + timedelta(days=day)).isoformat()[5:]) for day in days]
    months = (last - first) / _MONTH
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if months / each <= 10), 120)
    found: list[tuple[float, str]] = []
    begin = zero + timedelta(days=first)
    for month in range(begin.year * 12, (begin.year + int(months / 12) + 2) * 12, step):
        day = date(month // 12, month % 12 + 1, 1)
        at = (day - zero).days
        if first <= at <= last:
            found.append((at, day.isoformat()[:7] if step < 12 else str(day.year)))
    return found
