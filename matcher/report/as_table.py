"""The answer as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.recommend import Answer
from matcher.report.grid import Cell, Column, Page
from matcher.report.hidden import visible
from matcher.report.rows import AVOIDED, Part, Rows

PLAIN_WIDTH = 140
"""Columns when the output is no terminal: the same bytes wherever it is written."""

SHOWN = {"off-label": 15, "trial": 15}
"""At most this many rows of a tier are drawn; those that follow are counted, and other forms list them."""

STYLES = {"on-label": "green", "off-label": "yellow", "trial": "cyan"}
"""The color of each tier."""


COLUMNS = (
    Column("number", to_right=True),
    Column("tier", width=11),
    Column("regimen", ratio=17),
    Column("biomarker", ratio=18),
    Column("tumor type", ratio=10),
    Column("level", ratio=12),
    Column("key source", ratio=17),
    Column("warnings, to confirm", ratio=36),
)
"""What is shown of a recommendation: the first cells of its row, each with the phrase of its heading."""


def render(answer: Answer, width: int | None = None, color: bool = False) -> str:
    """The answer in `width` columns; with terminal colors where `color` says so."""
    page = Page(width or PLAIN_WIDTH, color, chinese=answer.lang == "zh")
    rows = Rows(answer)
    page.print(visible(rows.title), "bold")
    page.print(rows.known, "dim")
    page.print()
    _print_recommendations(page, answer, rows)
    _print_part(page, rows.local())
    _print_advice(page, rows)
    _print_avoided(page, answer, rows)
    for part in (rows.lesions(), rows.organoids(), rows.near(), rows.decisions()):
        _print_part(page, part)
    _print_rest(page, answer, rows)
    return str(page)


def _print_recommendations(page: Page, answer: Answer, rows: Rows) -> None:
    if not answer.recommendations:
        page.print(f"{rows.say('No recommendation')}\n")
        return
    drawn: dict[str, int] = {}
    columns = [column._replace(heading=rows.say(column.heading)) for column in COLUMNS]
    if answer.lang == "zh":  # its tiers have six characters
        columns[1] = columns[1]._replace(width=12)
    page.table(rows.say("Recommendations"), columns, _recommended(answer, drawn, rows))
    if any(each.option.graded.open for each in answer.recommendations):
        page.print(rows.say("open levels"), "dim")
        page.print()
    for tier, number in drawn.items():
        if number > SHOWN.get(tier, number):
            more = rows.say("more", count=number - SHOWN[tier], tier=rows.tier(tier))
            page.print(f"{more}\n")


def _recommended(answer: Answer, drawn: dict[str, int], rows: Rows) -> Iterator[list[Cell]]:
    """The rows to draw; how many each tier has is counted in `drawn`."""
    for each in answer.recommendations:
        tier = each.option.tier or ""
        drawn[tier] = drawn.get(tier, 0) + 1
        if drawn[tier] <= SHOWN.get(tier, len(answer.recommendations)):
            cells = [Cell(text) for text in rows.recommendation(each)[: len(COLUMNS)]]
            cells[1] = Cell(cells[1].text, STYLES.get(tier, ""))
            yield cells


def _print_part(page: Page, part: Part | None) -> None:
    """An optional part; nothing where the answer does not have it."""
    if part is None:
        return
    cells = [[Cell(text) for text in row] for row in part.rows]
    page.table(part.title, [Column(heading) for heading in part.headings], cells)
    remarks = [text for text in (*part.listed, part.remark) if text]
    for text in remarks:
        page.print(text, "dim")
    for text in part.said:
        page.print(text)
    if remarks or part.said:
        page.print()


def _print_advice(page: Page, rows: Rows) -> None:
    if rows.advice:
        page.print(rows.say("Advice"), "italic")
        for line in rows.advice:
            page.print(f"  {line}")
        page.print()


def _print_avoided(page: Page, answer: Answer, rows: Rows) -> None:
    if not answer.avoided:
        return
    cells = [[Cell(text, "" if n else "red") for n, text in enumerate(rows.avoided(each))] for each in answer.avoided]
    page.table(rows.say("Avoid"), [Column(heading) for heading in rows.headings(AVOIDED)], cells)


def _print_rest(page: Page, answer: Answer, rows: Rows) -> None:
    page.print(rows.say("considered, json", count=len(answer.not_recommended)))
    page.print()
    if answer.notes:
        page.print(rows.say("Notes"), "italic")
        for note in rows.notes:
            page.print(f"  {note}")
        page.print()
    page.print(rows.say("disclaimer"), "dim")
