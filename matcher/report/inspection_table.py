"""An inspection of an input file as a table for a terminal, drawn with rich."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from itertools import islice

from matcher.inspection import InspectedRow, Inspection, Met, Understood
from matcher.report.as_table import PLAIN_WIDTH
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


def render(found: Inspection, asked: Asked, width: int | None = None, color: bool = False) -> str:
    """Head, one line for each alteration (or for a row without one), and summary, in `width` columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    page = StringIO()
    console = Console(
        file=page, width=width or PLAIN_WIDTH, force_terminal=color, no_color=not color, highlight=False, emoji=False
    )
    limit = TABLE_ROWS if asked.limit is None else asked.limit
    chosen = (row for row in found.rows if asked.chosen is None or asked.chosen(row))
    shown = list(islice(chosen, limit))
    more = sum(1 for _ in chosen)
    for line in head_lines(found):
        console.print(line, markup=False)
    console.print()
    with_sample = len(found.tally.samples) > 1
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    columns = (("row", 16), ("sample", 10), ("read as", 34), ("gene", 12), ("biomarkers, notes", 60))
    for heading, ratio in columns:
        if heading != "sample" or with_sample:
            table.add_column(heading, ratio=ratio, overflow="fold")
    for row in shown:
        for cells in _lines(row, with_sample):
            table.add_row(*map(Text, cells))
    if shown:
        console.print(table)
    if more:
        console.print(f"{more} more rows follow (--limit shows more, --format tsv or json all).\n", markup=False)
    for line in summary_lines(found.tally):
        console.print(line, markup=False)
    return "\n".join(line.rstrip() for line in page.getvalue().split("\n"))


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
