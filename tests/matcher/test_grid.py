"""The drawing of tables: the same as rich draws, without the time that rich takes to start."""

from __future__ import annotations

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from matcher.report.grid import Cell, Column, Page

WORDS = st.sampled_from(
    ("EGFR", "L858R", "trastuzumab deruxtecan", "吡咯替尼", "PMID:37870536", "乳腺癌 (BRCA)", "x" * 40, "-", " ", "\n")
)
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)


def _by_rich(title: str, columns: list[Column], rows: list[list[str]], width: int) -> str:
    page = StringIO()
    console = Console(file=page, width=width, force_terminal=False, no_color=True, highlight=False, emoji=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for column in columns:
        justify = "right" if column.to_right else "left"
        table.add_column(column.heading, width=column.width, ratio=column.ratio, justify=justify, overflow="fold")  # type: ignore[arg-type]
    table.expand = any(column.ratio for column in columns)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
    return "\n".join(line.rstrip() for line in page.getvalue().split("\n"))


def _drawn(title: str, columns: list[Column], rows: list[list[str]], width: int) -> str:
    page = Page(width)
    page.table(title, columns, [[Cell(text) for text in row] for row in rows])
    return str(page)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4), width=st.integers(60, 200))
def test_columns_that_share_the_page_are_drawn_as_by_rich(rows: list[tuple[str, ...]], width: int) -> None:
    columns = [
        Column("#", to_right=True),
        Column("tier", width=11),
        Column("drugs", ratio=17),
        Column("source", ratio=10),
    ]
    cells = [[str(n), *row] for n, row in enumerate(rows, 1)]
    assert _drawn("Recommended", columns, cells, width) == _by_rich("Recommended", columns, cells, width)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=4), width=st.integers(60, 200))
def test_columns_as_wide_as_their_cells_are_drawn_as_by_rich(rows: list[tuple[str, ...]], width: int) -> None:
    columns = [Column("regimen"), Column("because"), Column("evidence")]
    cells = [list(row) for row in rows]
    assert _drawn("Avoid", columns, cells, width) == _by_rich("Avoid", columns, cells, width)


@given(text=TEXTS, width=st.integers(8, 100))
def test_a_paragraph_is_broken_as_by_rich(text: str, width: int) -> None:
    page = StringIO()
    console = Console(file=page, width=width, force_terminal=False, no_color=True, highlight=False, emoji=False)
    console.print(text, markup=False)
    drawn = Page(width)
    drawn.print(text)
    assert str(drawn) == "\n".join(line.rstrip() for line in page.getvalue().split("\n"))


def test_color_marks_the_text_and_not_the_space_around_it() -> None:
    page = Page(30, color=True)
    page.table("Avoid", [Column("drug"), Column("why")], [[Cell("gefitinib", "red"), Cell("T790M")]])
    assert " \x1b[31mgefitinib\x1b[0m   T790M" in str(page).splitlines()


def test_without_color_there_are_no_codes() -> None:
    page = Page(30)
    page.print("Patient P-1", "bold")
    assert str(page) == "Patient P-1\n"
