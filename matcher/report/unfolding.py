"""What the forms of a document share: explanations unfolded once, numbered sources, texts that show what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple

from matcher.explain import Step
from matcher.phrases import say
from matcher.report.document import Cell, Document, Link, Section

VERDICTS = ("pass", "warn", "undetermined", "fail")
"""The verdicts that have a word, a sign and a color."""


class Node(NamedTuple):
    """A step where it stands in a document: its number in reading order, and the node that unfolds it, if one did."""

    step: Step
    number: int
    above: int | None
    parts: tuple[Node, ...]


class Unfolding:
    """The steps of one document as nodes: what was already unfolded in the same part is not unfolded again."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._alike: dict[tuple[object, ...], int] = {}
        self._known: dict[int, tuple[Step, int]] = {}
        self._shown: dict[int, int] = {}

    def begin(self) -> None:
        """From here on everything is unfolded again."""
        self._shown, self._known = {}, {}

    def of(self, step: Step) -> Node:
        """The node of a step, with those below it."""
        number = next(self._numbers)
        if step.rule and step.parts:
            first = self._shown.setdefault(self._likeness(step), number)
            if first != number:
                return Node(step, number, first, ())
        return Node(step, number, None, tuple(map(self.of, step.parts)))

    def _likeness(self, step: Step) -> int:
        """A number that two steps share only when they and all below them are equal.

        The step is kept with its number: the id of one that is gone may be given to another.
        """
        if id(step) not in self._known:
            whole = (*step._replace(parts=(), statement=None), *map(self._likeness, step.parts))
            self._known[id(step)] = step, self._alike.setdefault(whole, len(self._alike))
        return self._known[id(step)][1]


def address(url: str | None) -> str | None:
    """The address, if it is one that may be opened (http or https) and holds nothing but an address."""
    if url is None or not re.fullmatch(r"https?://[^\s\"<>\\^`{|}\x00-\x20\x7f-\xa0\u2028-\u202e\ud800-\udfff]+", url):
        return None
    return url


def beside(text: str, url: str | None) -> str:
    """A text with an address that may not be opened: it stands beside the text, if it says more."""
    return text if not url or url == text else f"{text} ({url})"


def links(cell: Cell) -> tuple[str | Link, ...]:
    """The parts of a cell."""
    return (cell,) if isinstance(cell, str | Link) else cell


def verdict_word(verdict: str, lang: str) -> str:
    """The word for a verdict."""
    return say("forms", verdict, lang) if verdict in VERDICTS else verdict


def rule_name(step: Step, lang: str) -> str:
    """The rule of a step, and whose it is when it is a site's."""
    key = "rule of site" if step.origin else "rule"
    return say("forms", key, lang, rule=step.rule or "", origin=step.origin)


def doubt(step: Step, lang: str) -> str | None:
    """What to say of a given fact that was not fully seen in its source."""
    return say("forms", f"verified {step.verified}", lang) if step.verified in {"no", "partly"} else None


class References:
    """Addresses numbered in the order of reading, each with the first label that it has."""

    def __init__(self, labelled: Iterable[tuple[str, str]] = ()) -> None:
        self.numbers: dict[str, int] = {}
        self.labels: dict[str, str] = {}
        for label, url in labelled:
            if address(url) is None:
                continue
            self.numbers.setdefault(url, len(self.numbers) + 1)
            if label and label != url:
                self.labels.setdefault(url, label)

    def number(self, url: str | None) -> int | None:
        """The number of an address; None for what is no address that may be opened."""
        return self.numbers.get(url) if url is not None else None


def addresses(document: Document) -> Iterator[tuple[str, str]]:
    """Every address that a document shows, with its label, empty for the citation of a rule."""
    yield from _of_cells(document.summary)
    for section in document.sections:
        yield from _of_section(section)


def _of_section(section: Section) -> Iterator[tuple[str, str]]:
    yield from _of_cells(section.lines)
    if section.table is not None:
        for row in section.table.rows:
            yield from _of_cells(row)
    for step in section.steps:
        yield from _of_step(step)
    for inner in section.sections:
        yield from _of_section(inner)


def _of_cells(cells: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    for cell in cells:
        for part in links(cell):
            if isinstance(part, Link):
                yield part.text, part.url


def _of_step(step: Step) -> Iterator[tuple[str, str]]:
    yield from (("", url) for url in step.cites)
    yield from ((source.label, source.url) for source in step.sources if source.url)
    for part in step.parts:
        yield from _of_step(part)
