"""The answer as tab-separated text, one recommendation a row, then one row for each regimen to avoid."""

from __future__ import annotations

from matcher.recommend import Answer
from matcher.report.rows import HEADINGS, avoided_row, recommendation_row


def render(answer: Answer) -> str:
    """Rows with the columns of HEADINGS; tabs and line breaks inside a cell become spaces."""
    lines = ["\t".join(HEADINGS)]
    lines.extend("\t".join(map(_flat, recommendation_row(each))) for each in answer.recommendations)
    for each in answer.avoided:
        regimen, because, biomarkers, sources, levels = avoided_row(each)
        open_levels = "; ".join(each.graded.open_texts)
        cells = ("", "avoid", regimen, biomarkers, "", levels, sources, because, open_levels)
        lines.append("\t".join(map(_flat, cells)))
    return "\n".join(lines) + "\n"


def _flat(cell: str) -> str:
    return " ".join(cell.split())
