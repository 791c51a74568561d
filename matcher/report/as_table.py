"""The answer as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.recommend import Answer
from matcher.report.grid import Cell, Column, Page
from matcher.report.rows import AVOIDED, DISCLAIMER, avoided_row, heading_lines, recommendation_row

PLAIN_WIDTH = 140
"""Columns when the output is no terminal: the same bytes wherever it is written."""

SHOWN = {"off-label": 15, "trial": 15}
"""At most this many rows of a tier are drawn; those that follow are counted, and other forms list them."""

OPEN = "Levels that are open, or could be higher, need a fact that is unmet or not known: `why` says which."
"""What is said below the table when a grade is open."""

STYLES = {"on-label": "green", "off-label": "yellow", "trial": "cyan"}
"""The color of each tier."""


COLUMNS = (
    Column("#", to_right=True),
    Column("tier", width=11),
    Column("regimen", ratio=17),
    Column("biomarker", ratio=18),
    Column("tumor type", ratio=10),
    Column("level", ratio=12),
    Column("key source", ratio=17),
    Column("warnings, to confirm", ratio=36),
)
"""What is shown of a recommendation: the first cells of its row."""


def render(answer: Answer, width: int | None = None, color: bool = False) -> str:
    """The answer in `width` columns; with terminal colors where `color` says so."""
    page = Page(width or PLAIN_WIDTH, color)
    title, known = heading_lines(answer)
    page.print(title, "bold")
    page.print(known, "dim")
    page.print()
    _print_recommendations(page, answer)
    _print_avoided(page, answer)
    _print_rest(page, answer)
    return str(page)


def _print_recommendations(page: Page, answer: Answer) -> None:
    if not answer.recommendations:
        page.print("No recommendation.\n")
        return
    drawn: dict[str, int] = {}
    page.table("Recommendations", COLUMNS, _recommended(answer, drawn))
    if any(each.option.graded.open for each in answer.recommendations):
        page.print(OPEN, "dim")
        page.print()
    for tier, number in drawn.items():
        if number > SHOWN.get(tier, number):
            page.print(f"{number - SHOWN[tier]} more {tier} recommendations follow (--format tsv lists all).\n")


def _recommended(answer: Answer, drawn: dict[str, int]) -> Iterator[list[Cell]]:
    """The rows to draw; how many each tier has is counted in `drawn`."""
    for each in answer.recommendations:
        tier = each.option.tier or ""
        drawn[tier] = drawn.get(tier, 0) + 1
        if drawn[tier] <= SHOWN.get(tier, len(answer.recommendations)):
            cells = [Cell(text) for text in recommendation_row(each)[: len(COLUMNS)]]
            cells[1] = Cell(cells[1].text, STYLES.get(tier, ""))
            yield cells


def _print_avoided(page: Page, answer: Answer) -> None:
    if not answer.avoided:
        return
    rows = [[Cell(text, "" if n else "red") for n, text in enumerate(avoided_row(each))] for each in answer.avoided]
    page.table("Avoid", [Column(heading) for heading in AVOIDED], rows)


def _print_rest(page: Page, answer: Answer) -> None:
    count = len(answer.not_recommended)
    page.print(f"{count} other options were considered and not recommended (--format json lists why).")
    page.print()
    if answer.notes:
        page.print("Notes", "italic")
        for note in answer.notes:
            page.print(f"  {note.severity.value}: {note}")
        page.print()
    page.print(DISCLAIMER, "dim")
