"""The figures of a study: Kaplan-Meier curves, waterfalls, swimmer lanes, and bars and dots of its tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

from matcher.outcomes.values import DAYS_PER_MONTH, Result, Spell, Table
from matcher.report.swimmer import LETTERS, MOST_LABEL, points, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from matcher.outcomes.computed import Outcomes

COLORS = ("#0072B2", "#D55E00", "#007B5A", "#A3497D", "#B87A00", "#56B4E9", "#000000", "#666666")
"""Colors of curves and bars, of Okabe and Ito's palette; curves differ in their dashes too."""

DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)))

RESPONSE_COLORS: Mapping[str, str] = {
    "CR": "#0072B2", "PR": "#56B4E9", "SD": "#AAAAAA", "NON-CR/NON-PD": "#CFCFCF", "PD": "#D55E00", "NE": "#FFFFFF",
}  # fmt: skip

WIDTH = 620.0
"""Points that a figure is wide."""

EDGE, LINE = 12.0, 14.0
"""Points around a figure, and from line to line of text."""

MOST_CURVES = 8
"""Curves of one figure; groups beyond these are in the tables."""

MOST_BANDS = 3
"""Up to so many curves are drawn with their confidence bands."""

MOST_TERMS = 20
"""Terms of adverse events in one figure: the most frequent."""

MOST_NAMED = 40
"""Up to so many bars of a waterfall have the subject's id below them."""


class Drawn(NamedTuple):
    """A figure: its file name without ending, the endpoint it is of (None: of the whole study), and what it shows."""

    name: str
    endpoint: str | None
    title: str
    caption: str
    figure: Figure


def figures(outcomes: Outcomes) -> tuple[Drawn, ...]:
    """Every figure of the study, in the order of its endpoints; none for an endpoint of which nothing can be drawn."""
    found: list[Drawn] = []
    with _letters():
        for number, endpoint in enumerate(outcomes.study.endpoints, start=1):
            results = [each for each in outcomes.results if each.endpoint is endpoint and each.n]
            for kind, title, caption, figure in _of_endpoint(endpoint.measure, endpoint.name, results):
                found.append(Drawn(f"{number:02d}-{slug(title)}-{kind}", endpoint.name, title, caption, figure))
    found += _swimmers(outcomes)
    return tuple(_numbered(found))


def _numbered(drawn: Iterable[Drawn]) -> Iterator[Drawn]:
    """The figures with names of their own: a number is added to a name that is taken."""
    seen: Counter[str] = Counter()
    for each in drawn:
        seen[each.name] += 1
        yield each if seen[each.name] == 1 else each._replace(name=f"{each.name}-{seen[each.name]}")


def slug(text: str) -> str:
    """A text as a part of a file's name.

    >>> slug("ORR, prospective (6 weeks)")
    'orr-prospective-6-weeks'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-") or "figure"


def _letters() -> AbstractContextManager[None]:
    from matcher.report.drawing import letters

    return letters(LETTERS, frame=0.7)


def clipped(text: str, room: float) -> str:
    """The text, cut in its middle where it is wider than the room (points): ids and groups differ at their ends.

    >>> clipped("PATIENT-7", 100), clipped("HOSPITAL-WARD-7-PATIENT-12", 80)
    ('PATIENT-7', 'HOSPIT…ENT-12')
    """
    if points(text) <= room:
        return text
    keep = len(text) - 1
    while keep > 2 and points(f"{text[: keep // 2]}…{text[-(keep - keep // 2) :]}") > room:
        keep -= 1
    return f"{text[: keep // 2]}…{text[-(keep - keep // 2) :]}"


Made = tuple[str, str, str, "Figure"]
"""The kind of a figure, its title, its caption, and itself."""


def _of_endpoint(measure: str, name: str, results: Sequence[Result]) -> Iterator[Made]:
    if any(each.curve is not None and each.spells for each in results):
        yield from _curves(name, results)
    draw = _DRAWINGS.get(measure)
    for result in results if draw is not None else ():
        if result.group is None and draw is not None:
            yield from draw(f"{name}, {arm_name(result)}" if result.arm else name, result)


def arm_name(result: Result) -> str:
    """The arm and group of a result in words."""
    return ", ".join(part for part in (result.arm or "all patients", result.group) if part is not None)


def _table(result: Result, name: str) -> Table | None:
    return next((table for title, table in result.tables if title.startswith(name)), None)


def _number(cell: str | int | float | None) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)


class _Sheet:
    """A figure whose parts are placed in points from the top left."""

    def __init__(self, height: float, title: str, width: float = WIDTH) -> None:
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
        self.text(EDGE, EDGE, shortened(title, (width - 2 * EDGE) / 1.2), weight="bold", size=LETTERS * 1.15)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """An axes with open sides."""
        box = (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(box)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        return axes

    def text(self, left: float, top: float, text: str, **look: object) -> None:
        """A line of text whose top left stands here."""
        looks = {"va": "top", "ha": "left", "parse_math": False, **look}
        self.figure.text(left / self.width, 1 - top / self.height, text, **looks)  # type: ignore[arg-type]

    def swatch(self, left: float, top: float, color: str, style: object = None) -> None:
        """The sample of a color before an entry of a legend: a box, or a line in its dashes."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Rectangle

        x, y = left / self.width, 1 - (top + LETTERS / 2) / self.height
        if style is not None:
            line = Line2D([x, x + 22 / self.width], [y, y], color=color, lw=1.8, transform=self.figure.transFigure)
            line.set_linestyle(style)  # type: ignore[arg-type]
            self.figure.add_artist(line)
            return
        high = 8 / self.height
        box = Rectangle(
            (x, y - high / 2), 14 / self.width, high, fc=color, ec="#333333", lw=0.6, transform=self.figure.transFigure
        )
        self.figure.add_artist(box)

    def legend(self, top: float, entries: Iterable[tuple[str, str]], left: float = EDGE) -> None:
        """Boxes of color with texts, in one line as far as there is room, then the next."""
        x = left
        for text, color in entries:
            wide = points(text) + 34
            if x > left and x + wide > self.width - EDGE:
                x, top = left, top + LINE
            self.swatch(x, top, color)
            self.text(x + 19, top, text)
            x += wide


# --- Kaplan-Meier ----------------------------------------------------------------------------------------------------


def _curves(name: str, results: Sequence[Result]) -> Iterator[Made]:
    """One figure of the arms side by side, and one for each arm with groups."""
    timed = [each for each in results if each.curve is not None and each.spells]
    arms = [each for each in timed if each.group is None]
    if arms:
        yield "km", name, _km_caption(arms), kaplan_meier_figure(name, [(arm_name(each), each) for each in arms])
    for arm in dict.fromkeys(each.arm for each in timed):
        parts = [each for each in timed if each.arm == arm and each.group is not None]
        for biomarker in dict.fromkeys(each.biomarker for each in parts):
            groups = [each for each in parts if each.biomarker == biomarker]
            if len(groups) < 2:
                continue
            title = f"{name}, {arm or 'all patients'}, by {biomarker or 'group'}"
            shown = groups[:MOST_CURVES]
            rest = f" {len(groups) - len(shown)} further groups are in the tables." if len(groups) > len(shown) else ""
            figure = kaplan_meier_figure(title, [(str(each.group), each) for each in shown])
            yield "km", title, _km_caption(shown) + rest, figure


def _km_caption(results: Sequence[Result]) -> str:
    bands = "; shaded: 95% intervals" if len(results) <= MOST_BANDS else ""
    return f"Share free of the event by Kaplan and Meier; upright ticks: censored{bands}. Below: subjects at risk."


def kaplan_meier_figure(title: str, curves: Sequence[tuple[str, Result]]) -> Figure:
    """The curves with their bands and censoring marks, and the numbers at risk below the axis."""
    label = min(max(points(name) for name, _ in curves) + 48, 214.0)
    left = max(EDGE + label, 64.0)
    high, rows = 250.0, len(curves)
    foot = EDGE + 26 + high + 34
    sheet = _Sheet(foot + LINE * (rows + 1) + EDGE + 4, title)
    axes = sheet.axes(left, EDGE + 26, WIDTH - left - EDGE - 10, high)
    last = max(spell.days for _, each in curves for spell in each.spells) / DAYS_PER_MONTH
    end = max(last, 1.0) * 1.03
    for number, (_, result) in enumerate(curves):
        _curve(axes, result, number, end, has_band=rows <= MOST_BANDS)
    axes.axhline(0.5, color="#BBBBBB", lw=0.7, zorder=0)
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.04)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.set_ylabel("free of the event (%)")
    axes.set_xlabel("months", labelpad=1)
    ticks = month_ticks(end)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    sheet.text(EDGE, foot, "At risk", weight="bold")
    for number, (name, result) in enumerate(curves):
        y = foot + LINE * (number + 1)
        sheet.swatch(EDGE, y, COLORS[number % len(COLORS)], DASHES[number % len(DASHES)])
        sheet.text(EDGE + 28, y, clipped(name, label - 48))
        for tick in ticks:
            x = left + tick / end * (WIDTH - left - EDGE - 10)
            sheet.text(x, y, str(at_risk(result.spells, tick * DAYS_PER_MONTH)), ha="center")
    return sheet.figure


def at_risk(spells: Iterable[Spell], days: float) -> int:
    """How many were followed to this day without the event before it."""
    return sum(spell.days >= days for spell in spells)


def month_ticks(end: float) -> list[float]:
    """At most ten ticks from 0 in months.

    >>> month_ticks(14)
    [0, 3, 6, 9, 12]
    """
    step = next((each for each in (0.5, 1, 3, 6, 12, 24, 60) if end / each < 10), 120)
    return [number * step for number in range(int(end / step) + 1)]


def _curve(axes: Axes, result: Result, number: int, end: float, *, has_band: bool) -> None:
    curve = result.curve
    assert curve is not None
    color = COLORS[number % len(COLORS)]
    last = max(spell.days for spell in result.spells)
    days = [step[0] / DAYS_PER_MONTH for step in curve.steps] + [last / DAYS_PER_MONTH]
    columns = [[step[at] for step in curve.steps] + [curve.steps[-1][at]] for at in (1, 2, 3)]
    if has_band and curve.events:
        axes.fill_between(days, columns[1], columns[2], step="post", color=color, alpha=0.13, lw=0, zorder=1)
    axes.step(days, columns[0], where="post", color=color, lw=1.8, ls=DASHES[number % len(DASHES)], zorder=3)
    marks = [(each / DAYS_PER_MONTH, _share_at(result, each)) for each in curve.censored]
    if marks:
        x, y = zip(*marks, strict=True)
        axes.plot(x, y, "|", color=color, ms=8, mew=1.2, zorder=4, clip_on=False)


def _share_at(result: Result, days: float) -> float:
    assert result.curve is not None
    return next(step[1] for step in reversed(result.curve.steps) if step[0] <= days)


# --- waterfalls ------------------------------------------------------------------------------------------------------


class Fall(NamedTuple):
    """A bar of a waterfall: the subject, the change in percent, and what colors it."""

    subject: str
    change: float
    kind: str


def _lesions(title: str, result: Result) -> Iterator[Made]:
    table = _table(result, "best response")
    rows = () if table is None else table.rows
    falls = [Fall(str(row[0]), change, str(row[1])) for row in rows if (change := _number(row[3])) is not None]
    if falls:
        colors = {kind: color for kind, color in RESPONSE_COLORS.items() if any(each.kind == kind for each in falls)}
        caption = (
            f"Best change of the sum of target lesions' diameters in {len(falls)} of {result.n} subjects "
            "(those with a measured baseline and a later sum); dashed: -30% (PR) and +20%."
        )
        figure = waterfall_figure(title, falls, colors, "best change of target lesions (%)", (20.0, -30.0))
        yield "waterfall", title, caption, figure


def _psa(title: str, result: Result) -> Iterator[Made]:
    table = _table(result, "best change")
    rows = () if table is None else table.rows
    falls = [
        Fall(str(row[0]), change, "confirmed response" if row[4] == "yes" else "no confirmed response")
        for row in rows
        if (change := _number(row[3])) is not None
    ]
    if falls:
        colors = {"confirmed response": "#0072B2", "no confirmed response": "#AAAAAA"}
        caption = f"Best change of PSA in {len(falls)} subjects; dashed: -50%. Bars end at +100%."
        yield "waterfall", title, caption, waterfall_figure(title, falls, colors, "best change of PSA (%)", (-50.0,))


def waterfall_figure(
    title: str, falls: Sequence[Fall], colors: Mapping[str, str], label: str, lines: Sequence[float]
) -> Figure:
    """The changes as bars, the largest growth first; the arrow of one above 100 % says how large it is."""
    ordered = sorted(falls, key=lambda each: (-each.change, each.subject))
    named = len(ordered) <= MOST_NAMED
    longest = max(points(each.subject) for each in ordered)
    room = (min(longest, 110.0) + 8) if named else 10.0
    high = 230.0
    sheet = _Sheet(EDGE + 46 + high + room + EDGE, title)
    sheet.legend(EDGE + 20, list(colors.items()), 60)
    axes = sheet.axes(60, EDGE + 46, WIDTH - 60 - EDGE, high)
    for number, each in enumerate(ordered):
        shown = min(each.change, 100.0)
        flat = abs(shown) < 0.8
        axes.bar(number, shown or 0, 0.8, color=colors.get(each.kind, "#FFFFFF"), edgecolor="#333333", lw=0.6)
        if flat:
            axes.plot([number - 0.4, number + 0.4], [0, 0], color=colors.get(each.kind, "#333333"), lw=3)
        if each.change > 100:
            axes.annotate(f"{each.change:+.0f}", (number, 100), (0, 2), textcoords="offset points", ha="center")
    axes.axhline(0, color="#333333", lw=0.8)
    for line in lines:
        axes.axhline(line, color="#666666", lw=0.8, ls=(0, (4, 3)), zorder=0)
    top = max(25.0, *(min(each.change, 100.0) for each in ordered))
    bottom = min(-35.0, *(each.change for each in ordered))
    axes.set_ylim(bottom * 1.04, top * (1.1 if top >= 100 else 1.04))
    axes.set_xlim(-0.7, max(len(ordered), 6) - 0.3)
    axes.spines["bottom"].set_visible(False)
    axes.set_ylabel(label)
    ids = [clipped(each.subject, 110.0) for each in ordered] if named else []
    axes.set_xticks(range(len(ids)), ids, rotation=90, fontsize=LETTERS * 0.85, parse_math=False)
    axes.tick_params(axis="x", length=0)
    return sheet.figure


# --- bars and dots ---------------------------------------------------------------------------------------------------


def _adverse(title: str, result: Result) -> Iterator[Made]:
    table = _table(result, "by class and term")
    rows = [row for row in (() if table is None else table.rows) if row[1] != "any term"]
    counted = [(str(row[1]), int(_number(row[2]) or 0), _leading(row[6])) for row in rows]
    counted.sort(key=lambda each: (-each[1], each[0]))
    if counted:
        shown = counted[:MOST_TERMS]
        rest = f"; the {MOST_TERMS} most frequent of {len(counted)} terms" if len(counted) > len(shown) else ""
        caption = f"Share of the {result.n} subjects with each CTCAE term, and with one of grade 3 or higher{rest}."
        parts = [
            (name, [("grade 1 or 2, or not graded", number - severe), ("grade 3 or higher", severe)])
            for name, number, severe in shown
        ]
        colors = {"grade 3 or higher": "#D55E00", "grade 1 or 2, or not graded": "#F0C9A8"}
        yield "bars", title, caption, stacked_figure(title, parts, colors, result.n, "subjects (%)")


def _leading(cell: str | int | float | None) -> int:
    """The number that a cell of counts begins with: `2 (1 not told)`."""
    return int(str(cell).split(" ")[0]) if cell is not None else 0


def stacked_figure(
    title: str,
    rows: Sequence[tuple[str, Sequence[tuple[str, int]]]],
    colors: Mapping[str, str],
    of: int | Sequence[int],
    label: str,
) -> Figure:
    """Horizontal bars of parts in percent, a row each; the last part of a row stands at the axis."""
    left = EDGE + min(max(points(name) for name, _ in rows), 230.0) + 10
    high = 20.0 * len(rows) + 6
    sheet = _Sheet(EDGE + 46 + high + 44 + EDGE, title)
    sheet.legend(EDGE + 20, [(name, color) for name, color in colors.items()], left)
    axes = sheet.axes(left, EDGE + 46, WIDTH - left - EDGE - 34, high)
    for number, (_, parts) in enumerate(rows):
        whole = of if isinstance(of, int) else of[number]
        begin = 0.0
        for kind, count in reversed(parts):
            share = 100 * count / whole if whole else 0.0
            axes.barh(number, share, 0.66, left=begin, color=colors[kind], edgecolor="#333333", lw=0.6)
            begin += share
        total = sum(count for _, count in parts)
        axes.annotate(
            f"{total}" if isinstance(of, int) else f"n={whole}", (begin, number), (4, 0), textcoords="offset points",
            va="center", annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), [clipped(name, 230.0) for name, _ in rows], parse_math=False)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    return sheet.figure


def _ecog(title: str, result: Result) -> Iterator[Made]:
    table = _table(result, "ECOG against baseline")
    if table is None or not table.rows:
        return
    at = {name: table.columns.index(name) for name in ("improved", "stable", "worse", "n")}
    colors = {"improved": "#0072B2", "stable": "#CFCFCF", "worse": "#D55E00"}
    rows = [
        (str(row[0]), [(kind, int(_number(row[at[kind]]) or 0)) for kind in reversed(list(colors))])
        for row in table.rows
    ]
    sizes = [int(_number(row[at["n"]]) or 0) for row in table.rows]
    caption = "ECOG at each visit against the subject's own baseline; n: subjects with a grade at that visit."
    yield "bars", title, caption, stacked_figure(title, rows, colors, sizes, "subjects at the visit (%)")


def _promis(title: str, result: Result) -> Iterator[Made]:
    table = _table(result, "PROMIS-29")
    found: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    for row in () if table is None else table.rows:
        change, spread, n = _number(row[7]), _number(row[8]), _number(row[4])
        if change is not None and n:
            half = 1.96 * spread / n**0.5 if spread is not None else 0.0
            name = f"{row[0]} ({row[1]}, {row[2]} is better)".replace("_", " ")
            found.setdefault((name, str(row[1])), []).append((f"{row[3]} (n={n:.0f})", change, half))
    if found:
        caption = "Mean change from each subject's own baseline; bars: mean and 1.96 standard errors."
        yield "dots", title, caption, change_figure(title, {name: rows for (name, _), rows in found.items()})


def change_figure(title: str, domains: Mapping[str, Sequence[tuple[str, float, float]]]) -> Figure:
    """Dots with their bars, a block for each domain and a row for each visit."""
    labels: list[tuple[str, bool]] = []
    dots: list[tuple[int, float, float]] = []
    for name, rows in domains.items():
        labels.append((name, True))
        for visit, change, half in rows:
            dots.append((len(labels), change, half))
            labels.append((visit, False))
    left = EDGE + min(max(points(name) for name, _ in labels) * 1.05, 260.0) + 10
    high = 17.0 * len(labels) + 6
    sheet = _Sheet(EDGE + 28 + high + 44 + EDGE, title)
    axes = sheet.axes(left, EDGE + 28, WIDTH - left - EDGE - 14, high)
    for row, change, half in dots:
        axes.plot([change - half, change + half], [row, row], color=COLORS[0], lw=1.4)
        axes.plot(change, row, "o", color=COLORS[0], ms=5.5)
    axes.axvline(0, color="#666666", lw=0.8, zorder=0)
    axes.set_yticks(range(len(labels)), [clipped(name, 260.0) for name, _ in labels], parse_math=False)
    for tick, (_, is_domain) in zip(axes.get_yticklabels(), labels, strict=True):
        tick.set_fontweight("bold" if is_domain else "normal")
    axes.set_ylim(len(labels) - 0.4, -0.6)
    most = max(abs(change) + half for _, change, half in dots) * 1.1 or 1.0
    axes.set_xlim(-most, most)
    axes.set_xlabel("mean change from baseline (points)")
    axes.tick_params(axis="y", length=0)
    return sheet.figure


def _organoid(title: str, result: Result) -> Iterator[Made]:
    table = _table(result, "by scheme")
    rows = () if table is None else table.rows
    if rows:
        caption = "Inhibition rate of organoids by tested scheme: median, and a line from the lowest to the highest."
        shown = [
            (f"{row[0]} (n={row[1]})", _number(row[3]) or 0.0, _number(row[4]) or 0.0, _number(row[5]) or 0.0)
            for row in rows
        ]
        yield "organoids", title, caption, range_figure(title, shown, "inhibition rate (%)")


def range_figure(title: str, rows: Sequence[tuple[str, float, float, float]], label: str) -> Figure:
    """A row each with its median as a dot on the line from the lowest to the highest value."""
    left = EDGE + min(max(points(row[0]) for row in rows), 260.0) + 10
    high = 20.0 * len(rows) + 6
    sheet = _Sheet(EDGE + 28 + high + 44 + EDGE, title)
    axes = sheet.axes(left, EDGE + 28, WIDTH - left - EDGE - 14, high)
    for number, (_, middle, low, top) in enumerate(rows):
        axes.plot([low, top], [number, number], color="#007B5A", lw=1.4)
        axes.plot(middle, number, "o", color="#007B5A", ms=6.5)
    axes.axvline(0, color="#666666", lw=0.8, zorder=0)
    axes.set_yticks(range(len(rows)), [clipped(row[0], 260.0) for row in rows], parse_math=False)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    least = min(0.0, *(row[2] for row in rows))
    axes.set_xlim(least * 1.1, max(100.0, *(row[3] for row in rows)))
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    return sheet.figure


_DRAWINGS: Mapping[str, Callable[[str, Result], Iterator[Made]]] = {
    "objective response rate": _lesions,
    "best overall response": _lesions,
    "disease control rate": _lesions,
    "PSA response": _psa,
    "adverse events": _adverse,
    "ECOG change": _ecog,
    "PROMIS-29": _promis,
    "inhibition rate": _organoid,
}
"""The figure of each measure beside the curves of times."""


# --- swimmer lanes ---------------------------------------------------------------------------------------------------


def _swimmers(outcomes: Outcomes) -> Iterator[Drawn]:
    """A figure of each arm, with one lane a subject."""
    from matcher.report.outcomes_lanes import lanes_of
    from matcher.report.swimmer import swimmer

    for arm in dict.fromkeys(subject.arm for subject in outcomes.subjects):
        members = [subject for subject in outcomes.subjects if subject.arm == arm]
        lanes = tuple(lane._replace(label=clipped(lane.label, MOST_LABEL - 4)) for lane in lanes_of(members))
        if lanes:
            title = f"Course of each patient, {arm}" if arm else "Course of each patient"
            missing = len(members) - len(lanes)
            left = f" {missing} without a treatment of the study or its full date are not shown." if missing else ""
            caption = f"Treatments of the study with responses and events, from the first dose.{left}"
            figure = swimmer(lanes, title, since="first dose", legend_of_bars=True)
            yield Drawn(f"00-swimmer-{slug(arm or 'all')}", None, title, caption, figure)
