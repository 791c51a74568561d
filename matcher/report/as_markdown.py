"""The answer as Markdown, for a board's minutes."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.explain import explanation, site_steps
from matcher.recommend import Answer
from matcher.report.rows import DISCLAIMER, HEADINGS, avoided_row, heading_lines, recommendation_row
from rules.origin import is_of_library


def render(answer: Answer) -> str:
    """A page with the recommendations, what to avoid and the notes."""
    title, known = heading_lines(answer)
    lines = [f"# {title}", "", known, ""]
    if answer.recommendations:
        lines += _table(HEADINGS, [recommendation_row(each) for each in answer.recommendations])
    else:
        lines.append("No recommendation.")
    lines += _site_rules(answer)
    lines += ["", "## Avoid", ""]
    avoided = [avoided_row(each) for each in answer.avoided]
    lines += _table(("regimen", "because", "biomarker", "evidence"), avoided) if avoided else ["Nothing."]
    lines += ["", f"{len(answer.not_recommended)} other options were considered and not recommended.", ""]
    if answer.notes:
        lines += ["## Notes", "", *(f"- {note.severity.value}: {note}" for note in answer.notes), ""]
    lines.append(f"*{DISCLAIMER}*")
    return "\n".join(lines) + "\n"


def _site_rules(answer: Answer) -> list[str]:
    """What a site's own rules concluded of the recommendations; nothing where the library's alone were used."""
    if all(is_of_library(rule.file) for rule in answer.matched.rules.rules):
        return []
    lines = []
    for each in answer.recommendations:
        steps = site_steps(explanation(answer.matched, each.option))
        texts = dict.fromkeys(f"{step.text} ({step.named()})" for step in steps)
        lines += [f"- {each.rank}. {text}" for text in texts]
    return ["", "## By rules of this site", "", *(lines or ["None of the recommendations."])]


def _table(headings: tuple[str, ...], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    for row in rows:
        cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines
