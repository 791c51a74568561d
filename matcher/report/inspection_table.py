"""An inspection of an input file as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from matcher.inspection import InspectedRow, Inspection, Met, Understood
from matcher.report.as_table import PLAIN_WIDTH
from matcher.report.grid import Cell, Column, Page
from matcher.report.inspection import (
    MOST_BIOMARKERS,
    TABLE_ROWS,
    Asked,
    gene_text,
    head_lines,
    met_text,
    read_text,
    summary_lines,
)

COLUMNS = (
    Column("row", ratio=16),
    Column("sample", ratio=10),
    Column("read as", ratio=34),
    Column("gene", ratio=12),
    Column("biomarkers, notes", ratio=60),
)


def render(found: Inspection, asked: Asked, width: int | None = None, color: bool = False) -> str:
    """Head, one line for each alteration (or for a row without one), and summary, in `width` columns."""
    page = Page(width or PLAIN_WIDTH, color)
    limit = TABLE_ROWS if asked.limit is None else asked.limit
    chosen = (row for row in found.rows if asked.chosen is None or asked.chosen(row))
    shown = list(islice(chosen, limit))
    more = sum(1 for _ in chosen)
    for line in head_lines(found):
        page.print(line)
    page.print()
    with_sample = len(found.tally.samples) > 1
    columns = [column for column in COLUMNS if with_sample or column.heading != "sample"]
    if shown:
        rows = [[*map(Cell, cells)] for row in shown for cells in _lines(row, with_sample)]
        page.table("", columns, rows)
    if more:
        page.print(f"{more} more rows follow (--limit shows more, --format tsv or json all).\n")
    for line in summary_lines(found.tally):
        page.print(line)
    return str(page)


def _lines(row: InspectedRow, with_sample: bool) -> Iterator[tuple[str, ...]]:
    start = (str(row.place), row.sample or "") if with_sample else (str(row.place),)
    notes = [f"{note.severity.value}: {note.message}; {note.remedy}" for note in row.notes]
    if not row.understood:
        yield (*start, "no alteration", "", "\n".join(notes))
    for number, each in enumerate(row.understood):
        details = read_text(each)
        read = f"{each.alteration.label}\n{details}" if details else each.alteration.label
        told = [*_biomarkers(each), *(notes if number == 0 else ())]
        yield (*start, read, ", ".join(map(gene_text, each.genes)), "\n".join(told))


def _biomarkers(each: Understood) -> Iterator[str]:
    by_doubt: dict[str | None, list[Met]] = {}
    for met in each.met[:MOST_BIOMARKERS]:
        by_doubt.setdefault(met.doubt, []).append(met)
    for doubt, together in by_doubt.items():
        if doubt is None or len(together) == 1:
            yield from map(met_text, together)
        else:
            yield f"in doubt ({doubt}): {'; '.join(met.label for met in together)}"
    if len(each.met) > MOST_BIOMARKERS:
        yield f"and {len(each.met) - MOST_BIOMARKERS} more (--format tsv or json names them)"
    if each.ruled_out:
        yield f"rules out: {', '.join(each.ruled_out)}"
    if each.why_not:
        yield f"none: {each.why_not}"
