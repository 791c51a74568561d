"""The answer as Markdown, for a board's minutes."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.recommend import Answer
from matcher.report.rows import (
    AVOIDED,
    CONFLICT_HEADINGS,
    DISCLAIMER,
    HEADINGS,
    avoided_row,
    conflict_rows,
    heading_lines,
    recommendation_row,
)


def render(answer: Answer) -> str:
    """A page with the recommendations, what to avoid and the notes."""
    title, known = heading_lines(answer)
    lines = [f"# {title}", "", known, ""]
    if answer.recommendations:
        lines += _table(HEADINGS, [recommendation_row(each) for each in answer.recommendations])
    else:
        lines.append("No recommendation.")
    lines += ["", "## Avoid", ""]
    avoided = [avoided_row(each) for each in answer.avoided]
    lines += _table(AVOIDED, avoided) if avoided else ["Nothing."]
    conflicts = conflict_rows(answer)
    if conflicts:
        lines += ["", "## Conflicts", "", *_table(CONFLICT_HEADINGS, conflicts)]
    lines += ["", f"{len(answer.not_recommended)} other options were considered and not recommended.", ""]
    if answer.notes:
        lines += ["## Notes", "", *(f"- {note.severity.value}: {note}" for note in answer.notes), ""]
    lines.append(f"*{DISCLAIMER}*")
    return "\n".join(lines) + "\n"


def _table(headings: tuple[str, ...], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    for row in rows:
        cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines
