"""The answer as Markdown, for a board's minutes."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.explain import Proofs, site_steps
from matcher.recommend import Answer
from matcher.report.forms_markdown import escaped
from matcher.report.rows import AVOIDED, HEADINGS, Part, Rows
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
    lines += [*_site_rules(answer, rows), *_part(rows.local())]
    lines += ["", f"## {rows.say('Avoid')}", ""]
    avoided = [rows.avoided(each) for each in answer.avoided]
    lines += _table(rows.headings(AVOIDED), avoided) if avoided else [rows.say("Nothing")]
    for part in (rows.conflicts(), rows.lesions(), rows.organoids(), rows.near()):
        lines += _part(part)
    lines += ["", rows.say("considered", count=len(answer.not_recommended)), *_part(rows.decisions())]
    if answer.notes:
        lines += ["", f"## {rows.say('Notes')}", "", *(f"- {escaped(note)}" for note in rows.notes)]
    return "\n".join((*lines, "", f"*{rows.say('disclaimer')}*")) + "\n"


def _part(part: Part | None) -> list[str]:
    """The lines of an optional part; none where the answer does not have it."""
    if part is None:
        return []
    listed = [*(f"- {escaped(line)}" for line in part.listed), ""] if part.listed else []
    told = [line for text in (part.remark, *part.said) if text for line in ("", escaped(text))]
    return ["", f"## {part.title}", "", *listed, *_table(part.headings, part.rows), *told]


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
