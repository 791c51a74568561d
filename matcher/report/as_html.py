"""The answer as one HTML page without scripts or network, with the proof of each recommendation folded."""

from __future__ import annotations

from html import escape
from string import Template

from matcher.advice import foremost
from matcher.explain import Proofs, Step
from matcher.recommend import Answer, Recommendation
from matcher.report.forms_html import LANGUAGE_TAGS, Trees, file_text, paper, text
from matcher.report.hidden import visible
from matcher.report.rows import AVOIDED, HEADINGS, Part, RecommendationRow, Rows

LEVELS, SOURCE = map(RecommendationRow._fields.index, ("levels", "source"))
"""The places in a row of the levels, each on a line of its own, and of the source, which is a link."""


def render(answer: Answer) -> str:
    """The page; every text from the input or the graph is escaped."""
    rows, trees, proofs = Rows(answer), Trees(answer.lang), Proofs(answer.matched, answer.lang)
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
        local=_part(rows.local()),
        avoid_title=escape(rows.say("Avoid")),
        avoid_headings=_headings(rows.headings(AVOIDED)),
        avoided=avoided or f'<tr><td colspan="{len(AVOIDED)}">{escape(rows.say("Nothing"))}</td></tr>',
        parts="".join(map(_part, (rows.conflicts(), rows.lesions(), rows.organoids(), rows.near()))),
        considered=text(rows.say("considered", count=len(answer.not_recommended))),
        decisions=_part(rows.decisions()),
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


def _part(part: Part | None) -> str:
    """An optional part with its title; nothing where the answer does not have it."""
    if part is None:
        return ""
    body = "".join(map(_row, part.rows))
    table = f"<table><thead><tr>{_headings(part.headings)}</tr></thead><tbody>{body}</tbody></table>"
    listed = "".join(f"<li>{text(line)}</li>" for line in part.listed)
    listed = f"<ul>{listed}</ul>\n" if listed else ""
    told = "".join(f"<p>{text(each)}</p>\n" for each in (part.remark, *part.said) if each)
    return f'<h2>{escape(part.title)}</h2>\n<div class="wide">{table}</div>\n{listed}{told}'


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in cells)}</tr>"


def _recommendation(each: Recommendation, rows: Rows, trees: Trees, proofs: Proofs) -> str:
    tier = escape(each.option.tier or "")
    *shown, _ = map(text, rows.recommendation(each))
    levels = "".join(f'<span class="level">{text(level)}</span>' for level in each.option.graded.texts)
    shown[LEVELS] = levels or shown[LEVELS]
    shown[SOURCE] = _linked(rows.source_of(each), each, rows, trees)
    cells = "".join(f"<td>{cell}</td>" for cell in (*shown, _open(each)))
    trees.begin()
    proof = trees.tree((proofs.explanation(each.option),))
    asked = f"{rows.say('Why')}: {rows.regimen(each.option.regimen)}"
    return (
        f'<tr class="{tier}">{cells}</tr><tr class="proof"><td></td><td colspan="{len(HEADINGS) - 1}">'
        f'<details><summary aria-label="{escape(visible(asked))}">{escape(rows.say("Why"))}</summary>'
        f"{proof}</details></td></tr>"
    )


def _linked(told: str, each: Recommendation, rows: Rows, trees: Trees) -> str:
    """The source of a row, its name a link where it has an address."""
    record = each.option.item.record
    url = record.sources[0].url if record.sources else None
    before = f"{rows.item_name(record.id)}: "
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
