"""Tables and paragraphs as plain text in columns of a terminal, a style per cell; widths and breaks are those of rich.

Rich itself costs a short run more than the patient does, and its colors and boxes are hardly used here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from math import ceil
from typing import NamedTuple

from rich.cells import cell_len  # East Asian characters are two columns wide

from matcher.report.hidden import written_out

STYLES = {"bold": "1", "dim": "2", "italic": "3", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
"""The terminal's code (SGR) of each style."""

_WORD = r"\s*\S+\s*"
_CHINESE = r"\s*[（《“]*(?:[\u2e80-\u2fff\u3003-\uff00]|[^\s\u2e80-\uff9f（《“，。；：、）》”]+|.)[，。；：、）》”]*\s*"
"""A Chinese character or a run of others, with the marks that may not be parted from it: compiled where it is used."""
_UNPRINTED = dict.fromkeys((7, 8, 11, 12, 13))


class Column(NamedTuple):
    """A heading; a `width` in characters, or a `ratio` of what is left, or neither: as wide as its widest cell."""

    heading: str
    width: int | None = None
    ratio: int | None = None
    to_right: bool = False


class Cell(NamedTuple):
    """A text and the name of its style, empty for none."""

    text: str
    style: str = ""


class Page:
    """A page of so many columns, written from top to bottom; without `color`, styles do nothing.

    A `chinese` page breaks its lines between characters, and never before a closing mark. `wrap` breaks a text into
    lines of a width; `wrapped` when it is not given.
    """

    def __init__(
        self,
        width: int,
        color: bool = False,
        chinese: bool = False,
        wrap: Callable[[str, int], list[str]] | None = None,
    ) -> None:
        self.width = width
        self.color = color
        self._wrap = wrap or (lambda text, width: wrapped(text, width, chinese))
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "".join(f"{line.rstrip()}\n" for line in self._lines)

    def print(self, text: str = "", style: str = "") -> None:
        """Write a paragraph, broken between words."""
        self._lines += (self._styled(line.rstrip(), style) for line in self._wrap(written_out(text), self.width))

    def table(self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
        """Write a table under its title, with a line below the headings and empty lines around."""
        rows = [[cell._replace(text=written_out(cell.text)) for cell in row] for row in rows]
        if title:
            self.print(title, "italic")
        widths = column_widths(columns, [[cell.text for cell in row] for row in rows], self.width)
        self.print()
        headings = [Cell(column.heading, "bold") for column in columns]
        self._row(columns, widths, headings, from_bottom=True)
        self._lines.append(f" {'─' * (sum(widths) + 3 * len(widths) - 3)}")
        for row in rows:
            self._row(columns, widths, row)
        self.print()

    def _row(
        self, columns: Sequence[Column], widths: Sequence[int], row: Sequence[Cell], from_bottom: bool = False
    ) -> None:
        drawn = []
        for column, width, cell in zip(columns, widths, row, strict=True):
            lines = [
                self._set(line.rstrip(), width, column.to_right, cell.style) for line in self._wrap(cell.text, width)
            ]
            drawn.append(lines[::-1] if from_bottom else lines)
        rows = [
            "   ".join(
                line if line is not None else " " * width for line, width in zip(line_of_each, widths, strict=True)
            )
            for line_of_each in zip_longest(*drawn)
        ]
        self._lines += (f" {row}" for row in (rows[::-1] if from_bottom else rows))

    def _set(self, line: str, width: int, to_right: bool, style: str) -> str:
        blank = " " * (width - cell_len(line))
        return blank + self._styled(line, style) if to_right else self._styled(line, style) + blank

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and style and text else text


def column_widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], page: int) -> list[int]:
    """The columns' widths without the space of three between them and the ones at the edges of the page.

    >>> column_widths([Column("drug"), Column("note", ratio=1)], [["olaparib", "-"]], 40)
    [8, 27]
    """
    # Shares and cuts count the space around a cell: two, or one at the edge.
    space = [2 - (n == 0) - (n == len(columns) - 1) for n in range(len(columns))]
    room = page - 2 - (len(columns) - 1)
    widths = [min(room, space[n] + (column.width or _natural(column, n, rows))) for n, column in enumerate(columns)]
    flexible = [n for n, column in enumerate(columns) if column.ratio]
    rest = room - sum(width for n, width in enumerate(widths) if n not in flexible)
    total = sum(columns[n].ratio or 0 for n in flexible)
    for n in flexible:
        ratio = columns[n].ratio or 0
        widths[n] = max(1 + space[n], ceil(ratio * rest / total))
        rest, total = rest - widths[n], total - ratio
    return [max(1, width - around) for width, around in zip(_narrowed(widths, room), space, strict=True)]


def _natural(column: Column, n: int, rows: Sequence[Sequence[str]]) -> int:
    texts = [column.heading, *(row[n] for row in rows)]
    return max(cell_len(line) for text in texts for line in text.split("\n"))


def _narrowed(widths: list[int], room: int) -> list[int]:
    """The widths with the widest cut down to the next widest, and so on, until all fit."""
    widths = list(widths)
    while (excess := sum(widths) - room) > 0 and max(widths) > 0:
        widest = [n for n, width in enumerate(widths) if width == max(widths)]
        step = widths[widest[0]] - max((width for width in widths if width < widths[widest[0]]), default=0)
        for place, n in enumerate(widest):
            cut = min(step, excess, round(excess / (len(widest) - place)))
            widths[n] -= cut
            excess -= cut
    return widths


def wrapped(text: str, width: int, chinese: bool = False) -> list[str]:
    """The lines of a text broken between words, and within a word that is wider than a line.

    Chinese breaks after every character, but a mark stays with the character that it belongs to.

    >>> wrapped("trastuzumab deruxtecan", 12)
    ['trastuzumab ', 'deruxtecan']
    >>> wrapped("吡咯替尼 + 卡培他滨", 6)
    ['吡咯替', '尼 + ', '卡培他', '滨']
    >>> wrapped("ERBB2扩增（完全一致）", 10, chinese=True)
    ['ERBB2扩增', '（完全一', '致）']
    """
    lines = []
    for paragraph in text.translate(_UNPRINTED).split("\n"):
        line, used = "", 0
        for word in re.findall(_CHINESE if chinese else _WORD, paragraph.expandtabs(8)):
            wide = cell_len(word.rstrip())
            if used + wide <= width:
                line += word
                used += cell_len(word)
                continue
            if line:
                lines.append(line)
            *full, line = _chopped(word, width) if wide > width else [word]
            lines += full
            used = cell_len(line)
        lines.append(line)
    return lines


def _chopped(word: str, width: int) -> list[str]:
    parts, part, used = [], "", 0
    for character in word:
        wide = cell_len(character)
        if part and used + wide > width:
            parts.append(part)
            part, used = "", 0
        part += character
        used += wide
    return [*parts, part]
