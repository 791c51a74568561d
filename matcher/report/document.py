"""An answer to a question of the board as a document: what its terminal, Markdown and HTML forms share.

`why`, `why-not` and `what-if` each make one; JSON is made from their own values instead.
"""

from __future__ import annotations

from typing import NamedTuple

from matcher.explain import Step


class Link(NamedTuple):
    """A text with an address; a form that cannot link shows both."""

    text: str
    url: str


Cell = str | Link | tuple[str | Link, ...]
"""A cell of a table: a text, a link, or several of them."""


class Table(NamedTuple):
    """A table; every row has as many cells as there are headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Section(NamedTuple):
    """A part of a document: sentences, then a table, then explanations as trees, then further parts.

    `picture` is an explanation that HTML also draws as a graph; `caption` says what it shows, if that is not a proof
    that stands in words below it. `figure` is an <svg> element that only HTML shows, above `caption`. A `folded`
    section is closed when the page opens.
    """

    heading: str
    lines: tuple[Cell, ...] = ()
    table: Table | None = None
    steps: tuple[Step, ...] = ()
    picture: Step | None = None
    sections: tuple[Section, ...] = ()
    folded: bool = False
    caption: str = ""
    figure: str = ""


class Document(NamedTuple):
    """A whole answer: `summary` is what a reader who stops there takes with them, `known` is what it was made from."""

    title: str
    summary: tuple[Cell, ...]
    known: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str
    lang: str = "en"
