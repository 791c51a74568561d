"""A document as one HTML page that needs no network and no scripts, for a projector and for paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from rich.cells import cell_len

from matcher.explain import Step
from matcher.phrases import say
from matcher.report.document import Cell, Document, Link, Section, Table
from matcher.report.hidden import visible
from matcher.report.unfolding import (
    VERDICTS,
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

LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}
"""What a page says of its own language (BCP 47)."""

SIGNS = {"pass": "✓", "warn": "!", "undetermined": "?", "fail": "✗"}
"""The sign of each verdict, for those who do not see its color."""

MANY = 5
"""A table of more columns is set smaller on paper."""

SHORT, SHORT_FIRST, FEW = 10, 18, 4
"""A cell of at most so many columns is not broken: grades, dates, words of Chinese; in a table of few columns, a
longer one in the first."""

CONTENTS = 4
"""From so many parts on, a page lists them at its top."""

FOOT = 160
"""So many characters of a line stand at the foot of each sheet of paper."""

SCREEN = 96 / 25.4
"""Pixels in a millimeter."""

UPRIGHT, BROAD = (190 * SCREEN, 245 * SCREEN), (273 * SCREEN, 160 * SCREEN)
"""Room for a picture on A4, upright and on its side."""

OPEN_LEVELS = 2
"""So many levels of an explanation are open when the page opens."""


_APART = re.compile(
    r"(?P<long>[^\s\u2e80-\uffff]{20,})|(?<![A-Za-z0-9-])(?=[A-Za-z0-9-]{3,12}(?![A-Za-z0-9-]))[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+"
    r"|(?<!\S)--[a-z][a-z-]{1,16}(?!\S)"
)


def render(document: Document) -> str:
    """The page; every text from the input or the graph is escaped."""
    page = _Page(document)
    return Template(file_text("document.html")).substitute(
        lang=LANGUAGE_TAGS[document.lang],
        title=escape(visible(document.title)),
        heading=text(document.title),
        style=file_text("style.css"),
        paper=paper(document.known),
        contents=page.contents(document.sections),
        summary=page.paragraphs(document.summary),
        known=page.paragraphs(document.known),
        sections="\n".join([*page.top_sections(document.sections), *page.sources()]),
        closing=text(document.closing),
    )


@cache
def file_text(name: str) -> str:
    """A file of this folder: a template or the style sheet."""
    return files("matcher.report").joinpath(name).read_text(encoding="utf-8")


def text(value: str) -> str:
    """The text as HTML that shows just this text; long words may be broken, grades and dates may not.

    >>> text("AMP I-A <b>")
    'AMP <span class="whole">I-A</span> &lt;b&gt;'
    """
    shown, done = "", 0
    whole = visible(value)
    for found in _APART.finditer(whole):
        name = "long" if found["long"] else "whole"
        shown += f'{escape(whole[done : found.start()])}<span class="{name}">{escape(found[0])}</span>'
        done = found.end()
    return shown + escape(whole[done:])


def paper(known: Iterable[str]) -> str:
    """The foot of each printed sheet: what the page was made from, and its number, as a style."""
    lines = [visible(line) for line in known]
    cut = [line if len(line) <= FOOT else f"{line[: FOOT - 1]}…" for line in lines]
    told = " ".join(f'{_quoted(line)} "\\a "' for line in cut)
    return (
        f"@page {{ @bottom-left {{ content: {told or 'none'}; }} "
        '@bottom-right { content: counter(page) " / " counter(pages); } }\n'
    )


def _quoted(value: str) -> str:
    """The text as a string of a style sheet: all but letters, digits and spaces by number."""
    written = (each if each.isalnum() or each == " " else f"\\{ord(each):x} " for each in value)
    return f'"{"".join(written)}"'


class Trees:
    """Explanations as foldable lists of one page, in which what was unfolded above is not unfolded again."""

    def __init__(self, lang: str, references: References | None = None) -> None:
        self._lang = lang
        self._references = references or References()
        self._unfolding = Unfolding()

    def begin(self) -> None:
        """From here on everything is unfolded again."""
        self._unfolding.begin()

    def tree(self, steps: Iterable[Step]) -> str:
        """The explanations as one list, its first levels open."""
        return f'<ul class="tree">{"".join(self._item(self._unfolding.of(step), 0) for step in steps)}</ul>'

    def _item(self, node: Node, depth: int) -> str:
        step = node.step
        mark = f"{verdict_mark(step.verdict, self._lang)} " if step.verdict else ""
        line = f"{mark}{text(step.text)}{self._notes(node)}"
        if not node.parts:
            return f'<li><div class="leaf">{line}</div></li>'
        parts = "".join(self._item(part, depth + 1) for part in node.parts)
        is_open = ' open=""' if depth < OPEN_LEVELS else ""
        return f'<li id="s{node.number}"><details{is_open}><summary>{line}</summary><ul>{parts}</ul></details></li>'

    def link(self, label: str, url: str | None) -> str:
        """A text that leads to its address, or with the address beside it where it may not be opened."""
        if url is None or address(url) is None:
            return text(beside(label, url))
        number = self._references.number(url)
        referred = f'<span class="ref"> [{number}]</span>' if number is not None else ""
        return f'<a href="{escape(url)}">{text(label)}</a>{referred}'

    def _notes(self, node: Node) -> str:
        """What stands beside a step: its rule, where it was given, and what to doubt."""
        step, lang = node.step, self._lang
        if node.above is not None:
            return f' <span class="note">(<a href="#s{node.above}">{escape(say("forms", "as above", lang))}</a>)</span>'
        notes = []
        if step.rule:
            word = say("forms", "source", lang)
            cited = "".join(f", {self.link(word, url) if address(url) else text(url)}" for url in step.cites)
            notes.append(f"{text(rule_name(step, lang))}{cited}")
        if step.places:
            notes.append(f'← <span class="place">{text(", ".join(step.places))}</span>')
        if step.sources:
            notes.append(f"← {'; '.join(self.link(source.label, source.url) for source in step.sources)}")
        uncertain = doubt(step, lang)
        if uncertain:
            notes.append(f'<span class="doubt">{escape(uncertain)}</span>')
        return "".join(f' <span class="note">{note}</span>' for note in notes)


class _Page(Trees):
    """A document as HTML: its trees, and its sources by number."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.lang, References(addresses(document)))

    def top_sections(self, sections: Iterable[Section]) -> Iterator[str]:
        """The sections of the document; each unfolds its explanations anew."""
        for number, section in enumerate(sections, start=1):
            self.begin()
            yield self._section(section, 2, f' id="part-{number}"')

    def contents(self, sections: Sequence[Section]) -> str:
        """Links to the parts of a page that has many."""
        if len(sections) < CONTENTS:
            return ""
        links = "".join(
            f'<li><a href="#part-{number}">{text(section.heading)}</a></li>'
            for number, section in enumerate(sections, start=1)
        )
        return f'<nav aria-label="{escape(say("forms", "contents", self._lang))}"><ul>{links}</ul></nav>'

    def paragraphs(self, cells: Iterable[Cell]) -> str:
        """Each cell as a paragraph."""
        return "".join(f"<p>{self._cell(cell)}</p>" for cell in cells)

    def sources(self) -> Iterator[str]:
        """The numbered list of all sources, with their addresses written out for paper."""
        if not self._references.numbers:
            return
        heading = escape(say("forms", "sources", self._lang))
        items = "".join(f"<li>{self._reference(url)}</li>" for url in self._references.numbers)
        yield f'<details><summary><h2>{heading}</h2></summary><ol class="sources">{items}</ol></details>'

    def _reference(self, url: str) -> str:
        label = self._references.labels.get(url)
        anchor = f'<a href="{escape(url)}">{escape(url)}</a>'
        return f"{text(label)} {anchor}" if label else anchor

    def _section(self, section: Section, level: int, name: str = "") -> str:
        """A section; `name` is the attribute by which links find it. One in a closed part opens it."""
        tag = f"h{min(level, 6)}"
        heading = f"<{tag}>{text(section.heading)}</{tag}>"
        body = self._body(section, level)
        if section.folded:
            return f"<details><summary>{heading}</summary><div{name}>{body}</div></details>"
        return f"<section{name}>{heading}{body}</section>"

    def _body(self, section: Section, level: int) -> str:
        parts = [self.paragraphs(section.lines)]
        if section.table is not None:
            parts.append(self._table(section.table))
        if section.picture is not None:
            parts.append(self._picture(section.picture, section.caption))
        if section.figure:
            broad = ' class="broad"' if is_broad(section.figure) else ""
            parts.append(f"<figure{broad}>{section.figure}<figcaption>{text(section.caption)}</figcaption></figure>")
        if section.steps:
            parts.append(self.tree(section.steps))
        parts += (self._section(inner, level + 1) for inner in section.sections)
        return "\n".join(part for part in parts if part)

    def _table(self, table: Table) -> str:
        if not table.rows:
            return f"<p>{escape(say('forms', 'empty table', self._lang))}</p>"
        head = "".join(f'<th scope="col">{text(heading)}</th>' for heading in table.headings)
        first = SHORT_FIRST if len(table.headings) <= FEW else SHORT
        rows = "".join(f"<tr>{self._row(row, first)}</tr>" for row in table.rows)
        many = " many" if len(table.headings) > MANY else ""
        return f'<div class="wide{many}"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'

    def _row(self, row: tuple[Cell, ...], first: int) -> str:
        return "".join(self._table_cell(cell, SHORT if number else first) for number, cell in enumerate(row))

    def _table_cell(self, cell: Cell, most: int) -> str:
        verdict = next((each for each in VERDICTS if cell in (each, verdict_word(each, self._lang))), None)
        shown = verdict_mark(verdict, self._lang) if verdict else self._cell(cell)
        short = isinstance(cell, str) and cell_len(visible(cell)) <= most
        return f'<td class="short">{shown}</td>' if short else f"<td>{shown}</td>"

    def _cell(self, cell: Cell) -> str:
        return "".join(self.link(part.text, part.url) if isinstance(part, Link) else text(part) for part in links(cell))

    def _picture(self, step: Step, told: str) -> str:
        drawn = picture(step, self._lang)
        caption = text(told or say("forms", "picture", self._lang))
        broad = ' class="broad"' if is_broad(drawn) else ""
        return f"<figure{broad}>{drawn}<figcaption>{caption}</figcaption></figure>" if drawn else ""


def is_broad(drawn: str) -> bool:
    """Whether the letters of a picture are clearly larger on a sheet that lies on its side.

    >>> is_broad('<svg width="900" height="400">'), is_broad('<svg width="900" height="900">')
    (True, False)
    """
    size = re.search(r'<svg [^>]*width="(\d+)" height="(\d+)"', drawn)
    if size is None:
        return False
    width, height = int(size[1]), int(size[2])
    upright, broad = (min(1.0, room / width, high / height) for room, high in (UPRIGHT, BROAD))
    return broad > upright * 1.1


def verdict_mark(verdict: str, lang: str) -> str:
    """A verdict by word, sign and color."""
    sign = f"{SIGNS[verdict]} " if verdict in SIGNS else ""
    style = verdict if verdict in SIGNS else ""
    return f'<b class="verdict {style}">{sign}{text(verdict_word(verdict, lang))}</b>'


def picture(step: Step, lang: str) -> str:
    """The explanation as SVG."""
    from importlib import import_module
    from importlib.util import find_spec

    if find_spec("matcher.report.proof_picture") is None:
        return ""
    drawn: str = import_module("matcher.report.proof_picture").svg(step, lang)
    return drawn
