"""The answer as one HTML page without scripts or network, with the proof of each recommendation folded."""

from __future__ import annotations

from html import escape
from string import Template

from matcher.explain import explanation
from matcher.recommend import Answer, Recommendation
from matcher.report.forms_html import Trees, file_text
from matcher.report.rows import (
    AVOIDED,
    CONFLICT_HEADINGS,
    DISCLAIMER,
    HEADINGS,
    RecommendationRow,
    avoided_row,
    conflict_rows,
    heading_lines,
    recommendation_row,
)

LEVELS = RecommendationRow._fields.index("levels")
"""The place of the levels in a row: each stands on a line of its own."""


def render(answer: Answer) -> str:
    """The page; every text from the input or the graph is escaped."""
    title, known = heading_lines(answer)
    page, trees = Template(file_text("page.html")), Trees("en")
    rows = "".join(_recommendation(answer, each, trees) for each in answer.recommendations)
    if not rows:
        rows = f'<tr><td colspan="{len(HEADINGS)}">No recommendation.</td></tr>'
    avoided = "".join(_row(avoided_row(each)) for each in answer.avoided)
    notes = "".join(f"<li>{escape(note.severity.value)}: {escape(str(note))}</li>" for note in answer.notes)
    return page.substitute(
        title=escape(title),
        known=escape(known),
        style=file_text("style.css"),
        headings="".join(f"<th>{escape(heading)}</th>" for heading in HEADINGS),
        rows=rows,
        avoid_headings="".join(f"<th>{escape(heading)}</th>" for heading in AVOIDED),
        avoided=avoided or f'<tr><td colspan="{len(AVOIDED)}">Nothing.</td></tr>',
        conflicts=_conflicts(answer),
        considered=len(answer.not_recommended),
        notes=notes or "<li>None.</li>",
        disclaimer=escape(DISCLAIMER),
    )


def _conflicts(answer: Answer) -> str:
    """The table of conflicts with its heading; nothing where there is none."""
    rows = "".join(map(_row, conflict_rows(answer)))
    if not rows:
        return ""
    headings = "".join(f"<th>{escape(heading)}</th>" for heading in CONFLICT_HEADINGS)
    table = f"<table><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<h2>Conflicts</h2>\n<div class="wide">{table}</div>'


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _recommendation(answer: Answer, each: Recommendation, trees: Trees) -> str:
    tier = escape(each.option.tier or "")
    *shown, _ = recommendation_row(each)
    levels = "".join(f'<span class="level">{escape(level)}</span>' for level in each.option.graded.texts)
    texts = [escape(cell) for cell in shown]
    texts[LEVELS] = levels or texts[LEVELS]
    cells = "".join(f"<td>{cell}</td>" for cell in (*texts, _open(each)))
    trees.begin()
    proof = trees.tree((explanation(answer.matched, each.option),))
    return (
        f'<tr class="{tier}">{cells}</tr><tr class="proof"><td></td><td colspan="{len(HEADINGS) - 1}">'
        f"<details><summary>Why</summary>{proof}</details></td></tr>"
    )


def _open(each: Recommendation) -> str:
    """What keeps better grades open, folded: it is long, and the grade itself stands beside it."""
    texts = each.option.graded.open_texts
    if not texts:
        return ""
    listed = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<details><summary>{len(texts)}</summary><ul>{listed}</ul></details>"
