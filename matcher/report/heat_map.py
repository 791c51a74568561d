"""The alterations by sample as a heat map: one row an alteration, one column a sample in the order of dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.biomarker_status import Status
from matcher.phrases import in_language, say
from matcher.report.drawing import figure_bytes, letters
from matcher.report.lesions import cell_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from matcher.lesions import Cell, Lesions, Looked, Row

MOST_ROWS = 40
"""So many alterations are drawn; those that bear on an option or speak against one come first."""

ROW, COLUMN = 0.34, 1.15
"""Height of a row and width of a column, in inches."""

DARK = 0.6
"""From this allele fraction on the letters of a cell are white."""

UNTESTED, ABSENT, CHANGED, OPEN = "#d9d9d9", "#ffffff", "#f4e3b2", "#f2f2f2"
"""The colors of cells without an allele fraction: not tested, absent, a copy-number change or fusion, equivocal."""

INK, FAINT = "#222222", "#8a8a8a"


def heat_map(found: Lesions, patient: str, ending: str, lang: str = "en") -> bytes:
    """The figure as SVG or PNG, by the ending (`.svg`, `.png`); the same bytes for the same reconciliation."""
    title = say("lesions", "title", lang, patient=patient)
    with letters(9, hatching=0.6):
        return figure_bytes(_drawn(found, title, lang), title, ending)


def _drawn(found: Lesions, title: str, lang: str) -> Figure:
    from matplotlib.figure import Figure

    rows, samples = found.foremost(MOST_ROWS), found.samples
    labels = [_named(row, lang) for row in rows]
    left = 0.35 + 0.085 * max([_width(each) for each in labels], default=10)
    right = 0.35 + 0.085 * max([_width(_classed(row, lang)) for row in rows], default=8)
    width = left + right + COLUMN * max(len(samples), 1)
    height = 1.15 + ROW * max(len(rows), 1) + 1.25
    figure = Figure(figsize=(max(width, 6.8), height), facecolor="white")
    shape = (left / figure.get_figwidth(), 1.25 / height, COLUMN * max(len(samples), 1) / figure.get_figwidth())
    axes = figure.add_axes((*shape, ROW * max(len(rows), 1) / height))
    _grid(axes, rows, samples, labels, lang)
    figure.text(
        0.12 / figure.get_figwidth(), 1 - 0.28 / height, title, fontsize=11, fontweight="bold", color=INK, va="center"
    )
    _legend(figure, left, height, lang, len(found.rows) - len(rows))
    return figure


def _width(text: str) -> int:
    """How many Latin letters wide a text is."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def _named(row: Row, lang: str) -> str:
    return in_language(row.label, lang) + (" ▲" if row.against else "")


def _classed(row: Row, lang: str) -> str:
    where = say("lesions", row.classified.where.value, lang)
    return say("lesions", "and subclonal", lang, where=where) if row.subclonal else where


def _grid(axes: Axes, rows: tuple[Row, ...], samples: tuple[Looked, ...], labels: list[str], lang: str) -> None:
    axes.set_xlim(0, max(len(samples), 1))
    axes.set_ylim(max(len(rows), 1), 0)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row.cells):
            _square(axes, x, y, cell)
        axes.text(len(samples) + 0.12, y + 0.5, _classed(row, lang), va="center", fontsize=8.5, color=INK)
    axes.set_xticks([x + 0.5 for x in range(len(samples))], [_headed(each, lang) for each in samples], fontsize=8)
    axes.set_yticks([y + 0.5 for y in range(len(rows))], labels)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, colors=INK)
    for side in axes.spines.values():
        side.set_visible(False)
    _between_classes(axes, rows, len(samples))


def _between_classes(axes: Axes, rows: tuple[Row, ...], columns: int) -> None:
    """A heavier line where another class begins."""
    for y in range(1, len(rows)):
        if rows[y].classified.where is not rows[y - 1].classified.where:
            axes.plot([0, columns], [y, y], color=INK, linewidth=1.4, clip_on=False, zorder=3)


def _headed(sample: Looked, lang: str) -> str:
    kind = say("lesions", "blood", lang) if sample.is_blood else sample.site or say("lesions", "tissue", lang)
    lines = dict.fromkeys((sample.id, kind, sample.date or say("lesions", "no date", lang)))
    return "\n".join(lines)


def _square(axes: Axes, x: int, y: int, cell: Cell) -> None:
    """One cell: its color, hatching and letters."""
    from matplotlib.patches import Rectangle

    face, hatch, ink = _color(cell)
    edge = "#b0b0b0" if hatch else "#ffffff" if cell.status is Status.PRESENT else "#d0d0d0"
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=0.8))
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor="none", edgecolor="#c4c4c4", linewidth=0.8))
    shown = "" if cell.status in {Status.ABSENT, Status.NOT_TESTED} else cell_text(cell)
    axes.text(x + 0.5, y + 0.52, shown, ha="center", va="center", fontsize=8.5, color=ink)


def _color(cell: Cell) -> tuple[str, str | None, str]:
    """Face, hatching and ink; allele fractions run from light to dark in one hue, readable in gray and by any eye."""
    if cell.status is Status.NOT_TESTED:
        return UNTESTED, "////", FAINT
    if cell.status is Status.ABSENT:
        return ABSENT, None, FAINT
    if cell.status is Status.EQUIVOCAL:
        return OPEN, "...", INK
    if cell.vaf is None:
        return CHANGED, None, INK
    return shade(cell.vaf), None, "#ffffff" if cell.vaf >= DARK else INK


def shade(vaf: float) -> str:
    """The color of an allele fraction, from light to dark blue.

    >>> shade(0.0), shade(1.0)
    ('#ddeaf7', '#08306b')
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return to_hex(colormaps["Blues"](0.13 + 0.87 * min(max(vaf, 0.0), 1.0)))


def _legend(figure: Figure, left: float, height: float, lang: str, hidden: int) -> None:
    """What colors, hatching and marks mean, below the rows."""
    from matplotlib.patches import Patch

    def told(key: str) -> str:
        return say("lesions", f"key {key}", lang)

    marks = [
        *(Patch(facecolor=shade(vaf), edgecolor="#c4c4c4", label=f"{vaf:.0%}") for vaf in (0.05, 0.25, 0.5, 0.75)),
        Patch(facecolor=CHANGED, edgecolor="#c4c4c4", label=told("changed")),
        Patch(facecolor=ABSENT, edgecolor="#8a8a8a", label=told("absent")),
        Patch(facecolor=OPEN, edgecolor="#b0b0b0", hatch="...", label=told("equivocal")),
        Patch(facecolor=UNTESTED, edgecolor="#b0b0b0", hatch="////", label=told("not tested")),
    ]
    corner = 0.04 / figure.get_figwidth(), 0.34 / height
    figure.legend(
        handles=marks, loc="lower left", bbox_to_anchor=corner, ncols=4, fontsize=8, frameon=False, title=told("vaf"),
        title_fontsize=8, alignment="left", handlelength=1.6, columnspacing=1.4,
    )  # fmt: skip
    note = told("marks") if not hidden else f"{told('marks')} {say('lesions', 'key hidden', lang, count=hidden)}"
    figure.text(0.12 / figure.get_figwidth(), 0.22 / height, note, fontsize=8, color=INK, va="center")
