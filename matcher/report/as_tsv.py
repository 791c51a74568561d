"""The answer as tab-separated text, one recommendation a row, then one row for each regimen to avoid."""

from __future__ import annotations

from matcher.recommend import Answer
from matcher.report.rows import HEADINGS, Rows


def render(answer: Answer) -> str:
    """Rows with the columns of HEADINGS; tabs and line breaks inside a cell become spaces."""
    rows = Rows(answer)
    lines = ["\t".join(rows.headings(HEADINGS))]
    lines.extend("\t".join(map(_flat, rows.recommendation(each))) for each in answer.recommendations)
    for each in answer.avoided:
        regimen, because, biomarkers, sources, levels = rows.avoided(each)
        open_levels = rows.sentences(each.graded.open_texts)
        cells = ("", rows.say("avoid"), regimen, biomarkers, "", levels, sources, because, open_levels)
        lines.append("\t".join(map(_flat, cells)))
    return "\n".join(lines) + "\n"


def _flat(cell: str) -> str:
    return " ".join(cell.split())
