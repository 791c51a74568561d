"""The answer as Markdown, for a board's minutes."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.explain import Proofs, site_steps
from matcher.recommend import Answer
from matcher.report.forms_markdown import escaped
from matcher.report.rows import AVOIDED, CONFLICTS, DECISIONS, HEADINGS, NEAR, ORGANOIDS, Rows
from rules.origin import is_of_library


def render(answer: Answer) -> str:
    """A page with the recommendations, what to avoid and the notes."""
    rows = Rows(answer)
    lines = [f"# {escaped(rows.title)}", "", escaped(rows.known), ""]
    if answer.recommendations:
        lines += _table(rows.headings(HEADINGS), [rows.recommendation(each) for each in answer.recommendations])
    else:
        lines.append(rows.say("No recommendation"))
    if rows.advice:
        lines += ["", f"## {rows.say('Advice')}", "", *(f"- {escaped(line)}" for line in rows.advice)]
    lines += _site_rules(answer, rows)
    lines += ["", f"## {rows.say('Avoid')}", ""]
    avoided = [rows.avoided(each) for each in answer.avoided]
    lines += _table(rows.headings(AVOIDED), avoided) if avoided else [rows.say("Nothing")]
    conflicts = rows.conflicts()
    if conflicts:
        lines += ["", f"## {rows.say('Conflicts')}", "", *_table(rows.headings(CONFLICTS), conflicts)]
    lines += _lesions(rows)
    organoids = rows.organoids()
    if organoids:
        lines += ["", f"## {rows.say('Organoids')}", "", *_table(rows.headings(ORGANOIDS), organoids)]
        lines += ["", escaped(rows.say("organoids apart")), *(f"\n{escaped(text)}" for text in rows.only_organoids())]
    near = rows.near()
    if near.rows:
        lines += ["", f"## {rows.say('Near')}", "", *_table(rows.headings(NEAR), near.rows)]
        lines += ["", near.rest] if near.rest else []
    lines += ["", rows.say("considered", count=len(answer.not_recommended)), ""]
    decided = rows.decisions()
    if decided:
        lines += [f"## {rows.say('Decisions')}", "", *_table(rows.headings(DECISIONS), decided), ""]
    if answer.notes:
        lines += [f"## {rows.say('Notes')}", "", *(f"- {escaped(note)}" for note in rows.notes), ""]
    lines.append(f"*{rows.say('disclaimer')}*")
    return "\n".join(lines) + "\n"


def _lesions(rows: Rows) -> list[str]:
    """The alterations by sample; nothing where the patient has fewer than two."""
    section = rows.lesions()
    if section is None or section.table is None:
        return []
    told = [f"- {escaped(str(line))}" for line in section.lines]
    body = [[str(cell) for cell in row] for row in section.table.rows]
    return ["", f"## {section.heading}", "", *told, "", *_table(section.table.headings, body)]


def _site_rules(answer: Answer, rows: Rows) -> list[str]:
    """What a site's own rules concluded of the recommendations; nothing where the library's alone were used."""
    if all(is_of_library(rule.file) for rule in answer.matched.rules.rules):
        return []
    lines, proofs = [], Proofs(answer.matched, answer.lang)
    for each in answer.recommendations:
        steps = site_steps(proofs.explanation(each.option))
        texts = dict.fromkeys(f"{step.text} ({step.named(answer.lang)})" for step in steps)
        lines += [f"- {each.rank}. {escaped(text)}" for text in texts]
    return ["", f"## {rows.say('By rules of this site')}", "", *(lines or [rows.say("None of the recommendations")])]


def _table(headings: tuple[str, ...], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    for row in rows:
        lines.append(f"| {' | '.join(map(escaped, row))} |")
    return lines
