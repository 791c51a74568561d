"""A document as Markdown (CommonMark with tables), for minutes and tickets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from matcher.phrases import say
from matcher.report.document import Cell, Document, Link, Section, Table
from matcher.report.hidden import visible
from matcher.report.unfolding import (
    Node,
    Unfolding,
    address,
    beside,
    doubt,
    links,
    rule_name,
    verdict_word,
)

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$#]|!\Z|(?<=\w)://")
"""What would not be shown as it stands; `!` does where a link may follow, which it makes an image."""
_AT_START = re.compile(r"(?:[-+=]|\d{1,9}(?=[.)]))")


def render(document: Document) -> str:
    """The document; every text from the input or the graph is escaped."""
    lines = [f"# {escaped(document.title)}", ""]
    for each in (*document.summary, *document.known):
        lines += [_paragraph(each), ""]
    unfolding = Unfolding()
    for section in document.sections:
        unfolding.begin()
        lines += _section(section, 2, unfolding, document.lang)
    lines.append(f"*{escaped(document.closing)}*" if visible(document.closing).strip() else "")
    return "\n".join(lines).rstrip("\n") + "\n"


def escaped(text: str) -> str:
    """The text as Markdown that shows just this text.

    >>> escaped("1. HER2 <b>3+</b>")
    '1\\\\. HER2 \\\\<b\\\\>3+\\\\</b\\\\>'
    """
    shown = _MARKUP.sub(lambda found: f"\\{found[0]}", visible(text))
    start = _AT_START.match(shown)
    if start is None:
        return shown
    digits = start[0] if start[0].isdigit() else ""
    return f"{digits}\\{shown[len(digits) :]}"


def _paragraph(cell: Cell) -> str:
    shown, words = "", ""
    for part in links(cell):
        if isinstance(part, Link) and address(part.url) is not None:
            shown += f"{escaped(words)}[{escaped(part.text)}](<{part.url}>)"
            words = ""
        else:
            words += beside(part.text, part.url) if isinstance(part, Link) else part
    return (shown + escaped(words)).strip()


def _link(text: str, url: str | None) -> str:
    return _paragraph(Link(text, url or ""))


def _section(section: Section, level: int, unfolding: Unfolding, lang: str) -> list[str]:
    lines = [f"{'#' * min(level, 6)} {escaped(section.heading)}", ""]
    for each in section.lines:
        lines += [_paragraph(each), ""]
    if section.table is not None:
        lines += [*_table(section.table, lang), ""]
    for step in section.steps:
        lines += _tree(unfolding.of(step), "", lang)
    if section.steps:
        lines.append("")
    for inner in section.sections:
        lines += _section(inner, level + 1, unfolding, lang)
    return lines


def _table(table: Table, lang: str) -> list[str]:
    if not table.rows:
        return [say("forms", "empty table", lang)]
    lines = [_row(table.headings), f"|{'---|' * len(table.headings)}"]
    return lines + [_row(row) for row in table.rows]


def _row(cells: tuple[Cell, ...]) -> str:
    return f"| {' | '.join(map(_paragraph, cells))} |"


def _tree(node: Node, indent: str, lang: str) -> list[str]:
    lines = [f"{indent}- {' '.join(_node(node, lang))}"]
    for part in node.parts:
        lines += _tree(part, indent + "  ", lang)
    return lines


def _node(node: Node, lang: str) -> Iterator[str]:
    step = node.step
    if step.verdict:
        yield f"**{escaped(verdict_word(step.verdict, lang))}**"
    yield escaped(step.text)
    if node.above is not None:
        yield f"*({say('forms', 'as above', lang)})*"
        return
    if step.rule:
        cited = [_link(say("forms", "source", lang), url) if address(url) else escaped(url) for url in step.cites]
        yield f"({', '.join([escaped(rule_name(step, lang)), *cited])})"
    if step.places:
        yield f"← {escaped(', '.join(step.places))}"
    if step.sources:
        yield f"← {'; '.join(_link(source.label, source.url) for source in step.sources)}"
    uncertain = doubt(step, lang)
    if uncertain:
        yield f"*{escaped(uncertain)}*"
