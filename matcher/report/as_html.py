"""The answer as one HTML page without scripts or network, with the proof of each recommendation folded."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template

from matcher.advice import foremost
from matcher.explain import Proofs, Step
from matcher.recommend import Answer, Recommendation
from matcher.report.forms_html import LANGUAGE_TAGS, Trees, file_text, paper, text
from matcher.report.rows import AVOIDED, CONFLICTS, DECISIONS, HEADINGS, NEAR, ORGANOIDS, RecommendationRow, Rows
from matcher.report.unfolding import visible

LEVELS, SOURCE = map(RecommendationRow._fields.index, ("levels", "source"))
"""The places in a row of the levels, each on a line of its own, and of the source, which is a link."""


def render(answer: Answer) -> str:
    """The page; every text from the input or the graph is escaped."""
    rows, trees, proofs = Rows(answer), Trees(answer.lang), Proofs(answer.matched, answer.lang)
    near = rows.near()
    recommended = "".join(_recommendation(each, rows, trees, proofs) for each in answer.recommendations)
    avoided = "".join(_row(rows.avoided(each)) for each in answer.avoided)
    proved = zip(rows.advice, foremost(answer.advice), strict=True)
    advice = "".join(_advice(line, proofs.step(each.fact), rows, trees) for line, each in proved)
    notes = "".join(f"<li>{text(note)}</li>" for note in rows.notes)
    return Template(file_text("page.html")).substitute(
        lang=LANGUAGE_TAGS[answer.lang],
        title=escape(visible(rows.title)),
        heading=text(rows.title),
        known=text(rows.known),
        style=file_text("style.css"),
        paper=paper((rows.title, rows.known)),
        recommendations_title=escape(rows.say("Recommendations")),
        headings=_headings(rows.headings(HEADINGS)),
        rows=recommended or f'<tr><td colspan="{len(HEADINGS)}">{escape(rows.say("No recommendation"))}</td></tr>',
        advice=f"<h2>{escape(rows.say('Advice'))}</h2>\n<ul>{advice}</ul>" if advice else "",
        avoid_title=escape(rows.say("Avoid")),
        avoid_headings=_headings(rows.headings(AVOIDED)),
        avoided=avoided or f'<tr><td colspan="{len(AVOIDED)}">{escape(rows.say("Nothing"))}</td></tr>',
        conflicts=_titled(rows.say("Conflicts"), rows.headings(CONFLICTS), rows.conflicts()),
        lesions=_lesions(rows),
        organoids=_organoids(rows),
        near=_titled(rows.say("Near"), rows.headings(NEAR), near.rows),
        more_near=f"<p>{text(near.rest)}</p>" if near.rest else "",
        considered=text(rows.say("considered", count=len(answer.not_recommended))),
        decisions=_titled(rows.say("Decisions"), rows.headings(DECISIONS), rows.decisions()),
        notes_title=escape(rows.say("Notes")),
        notes=notes or f"<li>{escape(rows.say('None'))}</li>",
        disclaimer=escape(rows.say("disclaimer")),
    )


def _advice(line: str, step: Step, rows: Rows, trees: Trees) -> str:
    """One line of advice, with its proof folded."""
    trees.begin()
    asked = escape(visible(f"{rows.say('Why')}: {line}"))
    why = f'<details><summary aria-label="{asked}">{escape(rows.say("Why"))}</summary>{trees.tree((step,))}</details>'
    return f"<li>{text(line)}{why}</li>"


def _headings(headings: tuple[str, ...]) -> str:
    return "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)


def _titled(title: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table with its title; nothing where it has no rows."""
    if not rows:
        return ""
    body = "".join(map(_row, rows))
    table = f"<table><thead><tr>{_headings(headings)}</tr></thead><tbody>{body}</tbody></table>"
    return f'<h2>{escape(title)}</h2>\n<div class="wide">{table}</div>'


def _lesions(rows: Rows) -> str:
    """The alterations by sample; nothing where the patient has fewer than two."""
    section = rows.lesions()
    if section is None or section.table is None:
        return ""
    told = "".join(f"<li>{text(str(line))}</li>" for line in section.lines)
    body = [tuple(str(cell) for cell in row) for row in section.table.rows]
    return f"{_titled(section.heading, section.table.headings, body)}<ul>{told}</ul>"


def _organoids(rows: Rows) -> str:
    """The organoid results with what they alone support; nothing where there are none."""
    table = _titled(rows.say("Organoids"), rows.headings(ORGANOIDS), rows.organoids())
    told = (rows.say("organoids apart"), *rows.only_organoids()) if table else ()
    return table + "".join(f"<p>{text(each)}</p>\n" for each in told)


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in cells)}</tr>"


def _recommendation(each: Recommendation, rows: Rows, trees: Trees, proofs: Proofs) -> str:
    tier = escape(each.option.tier or "")
    *shown, _ = map(text, rows.recommendation(each))
    levels = "".join(f'<span class="level">{text(level)}</span>' for level in each.option.graded.texts)
    shown[LEVELS] = levels or shown[LEVELS]
    shown[SOURCE] = _linked(rows.source_of(each), each, trees)
    cells = "".join(f"<td>{cell}</td>" for cell in (*shown, _open(each)))
    trees.begin()
    proof = trees.tree((proofs.explanation(each.option),))
    asked = f"{rows.say('Why')}: {rows.regimen(each.option.regimen)}"
    return (
        f'<tr class="{tier}">{cells}</tr><tr class="proof"><td></td><td colspan="{len(HEADINGS) - 1}">'
        f'<details><summary aria-label="{escape(visible(asked))}">{escape(rows.say("Why"))}</summary>'
        f"{proof}</details></td></tr>"
    )


def _linked(told: str, each: Recommendation, trees: Trees) -> str:
    """The source of a row, its name a link where it has an address."""
    record = each.option.item.record
    url = record.sources[0].url if record.sources else None
    before = f"{record.id}: "
    if not url or not told.startswith(before):
        return text(told)
    return text(before) + trees.link(told.removeprefix(before), url)


def _open(each: Recommendation) -> str:
    """What keeps better grades open, folded: it is long, and the grade itself stands beside it."""
    texts = each.option.graded.open_texts
    if not texts:
        return ""
    listed = "".join(f"<li>{text(each)}</li>" for each in texts)
    return f"<details><summary>{len(texts)}</summary><ul>{listed}</ul></details>"
