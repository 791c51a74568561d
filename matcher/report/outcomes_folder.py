"""The files of a study's report: the page or text, its numbers as JSON and TSV, and its figures as SVG and PNG."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.report.document import Document, Section
from matcher.report.drawing import FORMATS, figure_bytes, svg_text
from matcher.report.forms import render
from matcher.report.outcomes_document import brief_document, outcomes_document
from matcher.report.outcomes_figures import Drawn, figures
from matcher.report.outcomes_json import outcomes_structure, outcomes_tsv

if TYPE_CHECKING:
    from matcher.outcomes.computed import Outcomes

FIGURES = "figures"
"""The folder of the figures inside the report's."""

MOST_WIDE, MOST_HIGH = 700.0, 880.0
"""Pixels that a figure may take on an upright sheet."""


def folder(outcomes: Outcomes, form: str, name: str) -> Iterator[tuple[str, bytes]]:
    """Each file of the report as its name in the folder and its content; the report itself comes last."""
    drawn = figures(outcomes)
    for each in drawn:
        for ending in FORMATS:
            yield f"{FIGURES}/{each.name}{ending}", figure_bytes(each.figure, each.title, ending)
    structure = json.dumps(outcomes_structure(outcomes), indent=1, ensure_ascii=False) + "\n"
    yield "results.json", structure.encode()
    yield "results.tsv", outcomes_tsv(outcomes).encode()
    if form == "json":
        yield name, structure.encode()
    elif form == "text":
        yield name, render(brief_document(outcomes), form).encode()
    else:
        document = page(outcomes, drawn) if form == "html" else outcomes_document(outcomes)
        yield name, render(document, form).encode()


def stale(out: Path, written: Collection[Path]) -> tuple[Path, ...]:
    """The figures of an earlier report in the folder: files with names as this program gives them, not among these."""
    every = sorted((out / FIGURES).glob("*")) if (out / FIGURES).is_dir() else []
    return tuple(path for path in every if _FIGURE.fullmatch(path.name) and path not in written)


_FIGURE = re.compile(r"\d\d-[a-z0-9-]+\.(?:svg|png)")


def page(outcomes: Outcomes, drawn: Sequence[Drawn] | None = None) -> Document:
    """The document with its figures, for HTML."""
    found = figures(outcomes) if drawn is None else drawn
    sections: dict[str | None, list[Section]] = {}
    for each in found:
        section = Section(each.title, figure=upright(svg_text(each.figure, each.title)), caption=each.caption)
        sections.setdefault(each.endpoint, []).append(section)
    return outcomes_document(outcomes, sections)


def upright(drawn: str) -> str:
    """The <svg> element with a size that fits an upright sheet, so that its heading and caption stay beside it.

    >>> upright('<svg width="1000" height="500" viewBox="0 0 750 375">')
    '<svg width="700" height="350" viewBox="0 0 750 375">'
    """
    found = re.search(r'width="(\d+)" height="(\d+)"', drawn)
    if found is None:
        return drawn
    width, height = int(found[1]), int(found[2])
    scale = min(1.0, MOST_WIDE / width, MOST_HIGH / height)
    size = f'width="{width * scale:.0f}" height="{height * scale:.0f}"'
    return f"{drawn[: found.start()]}{size}{drawn[found.end() :]}"
