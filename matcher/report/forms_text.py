"""A document as text for a terminal: trees with lines that go on where a sentence wraps, sources by number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

from matcher.explain import Step
from matcher.phrases import say
from matcher.report import grid
from matcher.report.document import Cell, Document, Link, Section, Table
from matcher.report.grid import Page
from matcher.report.hidden import visible
from matcher.report.unfolding import (
    Node,
    References,
    Unfolding,
    address,
    addresses,
    beside,
    doubt,
    links,
    rule_name,
    verdict_word,
)

PLAIN_WIDTH = 120
"""Columns when the output is no terminal: the same bytes wherever it is written."""

LEAST_WIDTH = 60
"""A narrower terminal gets lines of so many columns."""

STYLES = {"pass": "green", "warn": "yellow", "undetermined": "cyan", "fail": "red"}
"""The color of each verdict."""

_ROOM = 28
"""A sentence in a tree has at least so many columns; deeper tree lines are cut on the left."""

_LEAST_COLUMN = 18
"""A table whose columns would be narrower than this, and than their longest word, is written row by row."""

_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
_UNIT = rf"[（「『【《〈“]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[，。；：、）」』】》〉！？”]*|\s+"
"""What stands on one line: a Chinese character with the marks that stay with it, a run of others, space."""

_PLAIN = r"\S+|\s+"
"""The same for a text without Chinese, whose pattern is the quicker to compile."""

_CHINESE = "[\u1100-\u115f\u2e80-\uffff]"


def render(document: Document, width: int | None = None, color: bool = False) -> str:
    """The document in `width` columns; with terminal colors where `color` says so."""
    return str(_Text(document, max(width or PLAIN_WIDTH, LEAST_WIDTH), color))


class _Text:
    def __init__(self, document: Document, width: int, color: bool) -> None:
        self._width, self._color, self._lang = width, color, document.lang
        self._references = References(addresses(document))
        self._unfolding = Unfolding()
        self._lines: list[str] = []
        self._write(document)

    def __str__(self) -> str:
        return "".join(f"{line.rstrip()}\n" for line in self._lines)

    def _write(self, document: Document) -> None:
        self._print(document.title, "bold")
        self._print("")
        for line in document.summary:
            self._print(self._cell(line))
        self._print("")
        for known in document.known:
            self._print(known, "dim")
        for section in document.sections:
            self._unfolding.begin()
            self._section(section, 0)
        self._sources()
        self._print("")
        self._print(document.closing, "dim")

    def _print(self, text: str, style: str = "", first: str = "", rest: str = "") -> None:
        """A paragraph; `first` stands before its first line, `rest` before the others."""
        lines = wrap(text, self._width - cell_len(first), self._width - cell_len(rest))
        self._lines += ((rest if n else first) + self._styled(line, style) for n, line in enumerate(lines))

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{grid.STYLES[style]}m{text}\x1b[0m" if self._color and style and text else text

    def _cell(self, cell: Cell) -> str:
        return "".join(self._linked(part.text, part.url) if isinstance(part, Link) else part for part in links(cell))

    def _linked(self, text: str, url: str | None) -> str:
        """A text with the number of its address; an address that may not be opened is written beside it."""
        number = self._references.number(url)
        if number is not None:
            return f"{text} [{number}]"
        return beside(text, url)

    def _section(self, section: Section, depth: int) -> None:
        self._print("")
        heading = visible(section.heading)
        self._print(heading, "bold")
        if depth == 0:
            self._lines.append("─" * min(self._width, cell_len(heading)))
        for line in section.lines:
            self._print(self._cell(line))
        if section.table is not None:
            self._table(section.table)
            if section.steps:
                self._print("")
        for step in section.steps:
            self._tree(self._unfolding.of(step), "", "")
        for inner in section.sections:
            self._section(inner, depth + 1)

    def _table(self, table: Table) -> None:
        headings = [visible(heading) for heading in table.headings]
        rows = [[visible(self._cell(cell)) for cell in row] for row in table.rows]
        if not rows:
            self._print(say("forms", "empty table", self._lang))
        elif _fits(headings, rows, self._width):
            page = Page(self._width, self._color, wrap=_cell_lines)
            columns = [grid.Column(heading) for heading in headings]
            page.table("", columns, [[grid.Cell(text, _style(text, self._lang)) for text in row] for row in rows])
            self._lines += str(page).splitlines()[:-1]
        else:
            self._by_row(headings, rows)

    def _by_row(self, headings: list[str], rows: list[list[str]]) -> None:
        """Each row as lines of heading and cell."""
        for row in rows:
            self._print("")
            for n, (heading, text) in enumerate(zip(headings, row, strict=True)):
                self._print(f"{heading}: {text}", first="  " if n else "- ", rest="    ")

    def _tree(self, node: Node, first: str, rest: str) -> None:
        """The node and those below it: `first` are the tree lines before its text, `rest` those of later lines."""
        after = rest + ("│  " if node.parts else "   ")
        for n, line in enumerate(self._node_lines(node, self._width - cell_len(self._cut(first)))):
            self._lines.append(self._cut(after if n else first) + line)
        for number, part in enumerate(node.parts, start=1):
            last = number == len(node.parts)
            self._tree(part, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))

    def _cut(self, tree: str) -> str:
        room = self._width - _ROOM
        return tree if len(tree) <= room else f"…{tree[len(tree) - room + 1 :]}"

    def _node_lines(self, node: Node, width: int) -> list[str]:
        """The text of a node and its notes: each note on the line where it has room, or on lines of its own."""
        verdict = node.step.verdict
        mark = f"[{verdict_word(verdict, self._lang)}]" if verdict else ""
        lines = wrap(f"{mark} {node.step.text}", width, width - 3)
        used = cell_len(lines[-1])
        if mark and lines[0].startswith(mark):
            lines[0] = self._styled(mark, STYLES.get(verdict or "", "")) + lines[0][len(mark) :]
        for note in self._notes(node):
            first, *more = wrap(note, width - 3)
            room = width if len(lines) == 1 else width - 3
            if not more and used + 2 + cell_len(first) <= room:
                lines[-1] += f"  {self._styled(first, 'dim')}"
                used += 2 + cell_len(first)
            else:
                lines += (self._styled(line, "dim") for line in (first, *more))
                used = cell_len((first, *more)[-1])
        return lines

    def _notes(self, node: Node) -> Iterator[str]:
        """What stands beside a step: its rule, where it was given, and what to doubt."""
        step, lang = node.step, self._lang
        if node.above is not None:
            yield f"({say('forms', 'as above', lang)})"
            return
        if step.rule:
            yield f"({self._ruled(step)})"
        if step.places:
            yield f"<- {', '.join(step.places)}"
        if step.sources:
            yield f"<- {'; '.join(self._linked(source.label, source.url) for source in step.sources)}"
        uncertain = doubt(step, lang)
        if uncertain:
            yield f"[{uncertain}]"

    def _ruled(self, step: Step) -> str:
        numbers = [f"[{self._references.number(url)}]" for url in step.cites if address(url)]
        named = " ".join([rule_name(step, self._lang), *numbers])
        return "; ".join([named, *(cited for cited in step.cites if not address(cited))])

    def _sources(self) -> None:
        if not self._references.numbers:
            return
        heading = say("forms", "sources", self._lang)
        self._lines += ["", self._styled(heading, "bold"), "─" * cell_len(heading)]
        for url, number in self._references.numbers.items():
            label = self._references.labels.get(url, "")
            first = f"[{number}] "
            self._print(f"{label} {url}".strip(), first=first, rest=" " * len(first))


def _style(text: str, lang: str) -> str:
    """The color of a cell that is a verdict and nothing else."""
    return next((style for verdict, style in STYLES.items() if text in {verdict, verdict_word(verdict, lang)}), "")


def _cell_lines(text: str, width: int) -> list[str]:
    """The lines of a cell: its column has an end, so an address is broken as well."""
    return [
        piece for line in wrap(text, width) for piece in (_broken(line, width) if cell_len(line) > width else [line])
    ]


def _broken(line: str, width: int) -> Iterator[str]:
    while cell_len(line) > width:
        cut = _cut(line, width)
        yield line[:cut]
        line = line[cut:]
    yield line


def _fits(headings: list[str], rows: list[list[str]], width: int) -> bool:
    """Whether every column can be as wide as its longest word, or as a column should be."""
    least = 2
    for n, heading in enumerate(headings):
        words = [word for text in [heading, *(row[n] for row in rows)] for word in text.split()]
        least += min(_LEAST_COLUMN, max(map(cell_len, words), default=1)) + 3
    return least <= width


def wrap(text: str, width: int, later: int | None = None) -> list[str]:
    """The lines of a text: broken at spaces and between Chinese characters, within a word only if it is no address.

    `later` is the width of all lines but the first.

    >>> wrap("吡咯替尼联合卡培他滨。", 12)
    ['吡咯替尼联合', '卡培他滨。']
    >>> wrap("see https://doi.org/10.1016/j.jmoldx.2016.10.002", 12)
    ['see', 'https://doi.org/10.1016/j.jmoldx.2016.10.002']
    """
    lines: list[str] = []
    line, used, room = "", 0, width
    for unit in _units(visible(text), min(width, later or width)):
        wide = cell_len(unit)
        if line and used + (0 if unit.isspace() else wide) > room:
            lines.append(line.rstrip())
            line, used, room = "", 0, later or width
        if line or not unit.isspace():
            line, used = line + unit, used + wide
    return [*lines, line.rstrip()]


def _units(text: str, width: int) -> Iterator[str]:
    """What may stand on a line of its own."""
    for unit in re.findall(_UNIT if re.search(_CHINESE, text) else _PLAIN, text):
        while cell_len(unit) > width and "://" not in unit:
            cut = _cut(unit, width)
            yield unit[:cut]
            unit = unit[cut:]
        yield unit


def _cut(word: str, width: int) -> int:
    """How many characters of a word that is too wide stand on the line: up to a sign where it may break, if one is."""
    most = 1
    while cell_len(word[: most + 1]) <= width:
        most += 1
    signs = [n + 1 for n, character in enumerate(word[:most]) if character in "-/._:,;|+&?="]
    return signs[-1] if signs and signs[-1] > most // 3 else most
