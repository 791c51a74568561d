"""The answer as a table for a terminal, drawn with rich."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from matcher.recommend import Answer
from matcher.report.rows import AVOIDED, DISCLAIMER, avoided_row, heading_lines, recommendation_row

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 140
"""Columns when the output is no terminal: the same bytes wherever it is written."""

SHOWN = {"off-label": 15, "trial": 15}
"""At most this many rows of a tier are drawn; those that follow are counted, and other forms list them."""

OPEN = "Levels that are open, or could be higher, need a fact that is unmet or not known: `why` says which."
"""What is said below the table when a grade is open."""

STYLES = {"on-label": "green", "off-label": "yellow", "trial": "cyan"}
"""The color of each tier."""


def render(answer: Answer, width: int | None = None, color: bool = False) -> str:
    """The answer in `width` columns; with terminal colors where `color` says so."""
    from rich.console import Console

    page = StringIO()
    console = Console(
        file=page, width=width or PLAIN_WIDTH, force_terminal=color, no_color=not color, highlight=False, emoji=False
    )
    title, known = heading_lines(answer)
    console.print(title, style="bold", markup=False)
    console.print(known, style="dim", markup=False)
    console.print()
    _print_recommendations(console, answer)
    _print_avoided(console, answer)
    _print_rest(console, answer)
    return "\n".join(line.rstrip() for line in page.getvalue().split("\n"))


def _print_recommendations(console: Console, answer: Answer) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not answer.recommendations:
        console.print("No recommendation.\n")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Recommendations", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("tier", width=11)
    for heading, ratio in (
        ("regimen", 17),
        ("biomarker", 18),
        ("tumor type", 10),
        ("level", 12),
        ("key source", 17),
        ("warnings, to confirm", 36),
    ):
        table.add_column(heading, ratio=ratio, overflow="fold")
    table.expand = True
    drawn: dict[str, int] = {}
    for each in answer.recommendations:
        tier = each.option.tier or ""
        drawn[tier] = drawn.get(tier, 0) + 1
        if drawn[tier] > SHOWN.get(tier, len(answer.recommendations)):
            continue
        row = recommendation_row(each)
        style = STYLES.get(each.option.tier or "", "")
        cells = [Text(cell) for cell in row[: len(table.columns)]]
        cells[1].stylize(style)
        table.add_row(*cells)
    console.print(table)
    if any(each.option.graded.open for each in answer.recommendations):
        console.print(OPEN, style="dim", markup=False)
        console.print()
    for tier, number in drawn.items():
        if number > SHOWN.get(tier, number):
            console.print(f"{number - SHOWN[tier]} more {tier} recommendations follow (--format tsv lists all).\n")


def _print_avoided(console: Console, answer: Answer) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not answer.avoided:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Avoid", title_justify="left")
    for heading in AVOIDED:
        table.add_column(heading, overflow="fold")
    for each in answer.avoided:
        cells = [Text(cell) for cell in avoided_row(each)]
        cells[0].stylize("red")
        table.add_row(*cells)
    console.print(table)


def _print_rest(console: Console, answer: Answer) -> None:
    count = len(answer.not_recommended)
    console.print(f"{count} other options were considered and not recommended (--format json lists why).")
    console.print()
    if answer.notes:
        console.print("Notes", style="italic")
        for note in answer.notes:
            console.print(f"  {note.severity.value}: {note}", markup=False)
        console.print()
    console.print(DISCLAIMER, style="dim")
