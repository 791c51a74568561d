"""The figures of a cohort as SVG: bars of shares and of numbers, from zero, in the colors of the page they stand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from matcher.report.lettering import clean, fitted, width_of

WIDTH = 980
EDGE, LEGEND, ROW, BAR, FOOT = 8, 34, 26, 18, 46
"""Pixels: around a figure, of its legend, from bar to bar, of a bar, and below the last one."""

MOST_LABEL, LABEL_END = 400.0, 96
"""Pixels for the names at the left, and for the numbers at the right of a bar."""

LEAST_INSIDE = 6.0
"""Pixels beside a number that stands in its part of a bar."""


class Bar(NamedTuple):
    """A bar of parts (their kind and length) under a name; `end` stands at its right, `told` says each part."""

    name: str
    parts: tuple[tuple[str, float, str, str], ...]
    end: str


class Axis(NamedTuple):
    """The axis of a figure: from 0 to `most`, with a word for what it measures."""

    most: float
    label: str
    unit: str = ""


def share_bars(title: str, rows: Sequence[tuple[str, Mapping[str, int]]], kinds: Mapping[str, str], whole: str) -> str:
    """Bars of parts that make up a whole, in percent of each row's own number; `kinds` names the parts in order."""
    bars = [_share_bar(name, counts, kinds) for name, counts in rows]
    return _figure(title, bars, Axis(100.0, f"share of the {whole} of each row, %", "%"), kinds)


def _share_bar(name: str, counts: Mapping[str, int], kinds: Mapping[str, str]) -> Bar:
    every = sum(counts.values())
    parts = []
    for kind, word in kinds.items():
        number = counts.get(kind, 0)
        if number:
            percent = 100 * number / every
            parts.append((kind, percent, str(number), f"{name}, {word}: {number:,} of {every:,} ({percent:.1f}%)"))
    return Bar(name, tuple(parts), f"n = {every:,}")


def number_bars(
    title: str,
    rows: Sequence[tuple[str, Mapping[str, int]]],
    kinds: Mapping[str, str],
    label: str,
    of: int | None = None,
) -> str:
    """Bars of numbers on one axis from zero; with `of`, the share of so many stands at the end of each bar."""
    most = max((sum(counts.values()) for _, counts in rows), default=0)
    bars = [_number_bar(name, counts, kinds, of) for name, counts in rows]
    return _figure(title, bars, Axis(_round_up(most), label), kinds)


def _number_bar(name: str, counts: Mapping[str, int], kinds: Mapping[str, str], of: int | None) -> Bar:
    every = sum(counts.values())
    parts = tuple(
        (kind, float(counts[kind]), f"{counts[kind]:,}", f"{name}, {word}: {counts[kind]:,}".replace(", :", ":"))
        for kind, word in kinds.items()
        if counts.get(kind)
    )
    share = f" ({100 * every / of:.1f}%)" if of else ""
    return Bar(name, parts, f"{every:,}{share}")


def _round_up(most: float) -> float:
    """The end of an axis: the next round number that is not less.

    >>> _round_up(0), _round_up(7), _round_up(43), _round_up(160), _round_up(8967)
    (5.0, 8.0, 50.0, 200.0, 10000.0)
    """
    if most <= 5:
        return 5.0
    power = 10.0 ** (len(str(int(most))) - 1)
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= most)


def _figure(title: str, bars: Sequence[Bar], axis: Axis, kinds: Mapping[str, str]) -> str:
    left = EDGE + min(max((width_of(bar.name) for bar in bars), default=0.0), MOST_LABEL) + 10
    right = WIDTH - EDGE - max(LABEL_END, *(width_of(bar.end) + 10 for bar in bars))
    top = LEGEND if any(kinds.values()) else EDGE
    height = round(top + ROW * len(bars) + FOOT)
    inner = [
        *_legend(kinds, left),
        *_grid(axis, left, right, top, top + ROW * len(bars)),
        *(_row(bar, axis, left, right, top + ROW * number) for number, bar in enumerate(bars)),
        f'<line class="zero" x1="{left:.1f}" y1="{top}" x2="{left:.1f}" y2="{top + ROW * len(bars) + 4}"/>',
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    return f'{head} role="img" class="bars"><title>{_text(title)}</title>{"".join(inner)}</svg>'


def _legend(kinds: Mapping[str, str], left: float) -> Iterator[str]:
    for kind, word in kinds.items():
        if word:
            yield f'<rect class="part {kind}" x="{left:.1f}" y="8" width="14" height="14"/>'
            yield f'<text x="{left + 20:.1f}" y="19.5">{_text(word)}</text>'
            left += 20 + width_of(word) + 22


def _grid(axis: Axis, left: float, right: float, top: float, bottom: float) -> Iterator[str]:
    """Lines at round numbers of the axis, and the word for it below."""
    steps = next((each for each in (5, 4, 6, 3) if _is_round(axis.most / each)), 5)
    for step in range(steps + 1):
        value = axis.most * step / steps
        x = left + (right - left) * step / steps
        yield f'<line class="grid" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom + 4}"/>'
        yield f'<text class="soft" text-anchor="middle" x="{x:.1f}" y="{bottom + 19}">{value:,.0f}{axis.unit}</text>'
    middle = (left + right) / 2
    yield f'<text class="soft" text-anchor="middle" x="{middle:.1f}" y="{bottom + 38}">{_text(axis.label)}</text>'


def _is_round(value: float) -> bool:
    """Whether a reader counts in steps of it: 1, 2 or 5 and their tens.

    >>> [_is_round(each) for each in (20.0, 12.0, 500.0)]
    [True, False, True]
    """
    return value == int(value) and str(int(value)).rstrip("0") in ("1", "2", "5")


def _row(bar: Bar, axis: Axis, left: float, right: float, top: float) -> str:
    middle, x = top + ROW / 2, left
    name = fitted(clean(bar.name), MOST_LABEL)
    whole = f"<title>{_text(bar.name)}</title>" if name != bar.name else ""
    drawn = [f'<text text-anchor="end" x="{left - 8:.1f}" y="{middle + 4.5:.1f}">{whole}{_text(name)}</text>']
    for kind, length, number, told in bar.parts:
        width = (right - left) * length / axis.most
        drawn.append(
            f'<rect class="part {kind}" x="{x:.1f}" y="{middle - BAR / 2:.1f}" width="{width:.1f}" height="{BAR}">'
            f"<title>{_text(told)}</title></rect>"
        )
        if len(bar.parts) > 1 and width_of(number) + LEAST_INSIDE <= width:
            drawn.append(
                f'<text class="in {kind}" text-anchor="middle" x="{x + width / 2:.1f}" y="{middle + 4.5:.1f}">'
                f"{number}</text>"
            )
        x += width
    drawn.append(f'<text x="{x + 6:.1f}" y="{middle + 4.5:.1f}">{_text(bar.end)}</text>')
    return "".join(drawn)


def _text(value: str) -> str:
    return escape(clean(value))
