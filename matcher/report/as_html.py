"""The answer as one HTML page without scripts or network, with the proof of each recommendation folded."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template

from kb.source import Source
from matcher.explain import Step, explanation
from matcher.recommend import Answer, Recommendation
from matcher.report.rows import AVOIDED, CONFLICTS, HEADINGS, Rows


def render(answer: Answer) -> str:
    """The page; every text from the input or the graph is escaped."""
    rows = Rows(answer)
    page = Template(files("matcher.report").joinpath("page.html").read_text(encoding="utf-8"))
    recommended = "".join(_recommendation(answer, each, rows) for each in answer.recommendations)
    avoided = "".join(_row(rows.avoided(each)) for each in answer.avoided)
    notes = "".join(f"<li>{escape(note)}</li>" for note in rows.notes)
    return page.substitute(
        lang=_LANGUAGES[answer.lang],
        title=escape(rows.title),
        known=escape(rows.known),
        recommendations_title=escape(rows.say("Recommendations")),
        headings=_headings(rows.headings(HEADINGS)),
        rows=recommended or f'<tr><td colspan="{len(HEADINGS)}">{escape(rows.say("No recommendation"))}</td></tr>',
        avoid_title=escape(rows.say("Avoid")),
        avoid_headings=_headings(rows.headings(AVOIDED)),
        avoided=avoided or f'<tr><td colspan="{len(AVOIDED)}">{escape(rows.say("Nothing"))}</td></tr>',
        conflicts=_conflicts(rows),
        considered=escape(rows.say("considered", count=len(answer.not_recommended))),
        notes_title=escape(rows.say("Notes")),
        notes=notes or f"<li>{escape(rows.say('None'))}</li>",
        disclaimer=escape(rows.say("disclaimer")),
    )


_LANGUAGES = {"en": "en", "zh": "zh-CN"}
"""How a page names its language."""


def _headings(headings: tuple[str, ...]) -> str:
    return "".join(f"<th>{escape(heading)}</th>" for heading in headings)


def _conflicts(rows: Rows) -> str:
    """The table of conflicts with its heading; nothing where there is none."""
    told = "".join(map(_row, rows.conflicts()))
    if not told:
        return ""
    headings = _headings(rows.headings(CONFLICTS))
    title = escape(rows.say("Conflicts"))
    return f"<h2>{title}</h2>\n<table><thead><tr>{headings}</tr></thead><tbody>{told}</tbody></table>"


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _recommendation(answer: Answer, each: Recommendation, rows: Rows) -> str:
    tier = escape(each.option.tier or "")
    *shown, _ = rows.recommendation(each)
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in shown) + f"<td>{_open(each)}</td>"
    why, proof = escape(rows.say("Why")), _step(explanation(answer.matched, each.option, answer.lang), rows)
    return (
        f'<tr class="{tier}">{cells}</tr><tr class="proof"><td></td><td colspan="{len(HEADINGS) - 1}">'
        f"<details><summary>{why}</summary><ul>{proof}</ul></details></td></tr>"
    )


def _open(each: Recommendation) -> str:
    """What keeps better grades open, folded: it is long, and the grade itself stands beside it."""
    texts = each.option.graded.open_texts
    if not texts:
        return ""
    listed = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<details><summary>{len(texts)}</summary><ul>{listed}</ul></details>"


def _step(step: Step, rows: Rows) -> str:
    verdict = f'<b class="{escape(step.verdict)}">{escape(rows.verdict(step.verdict))}</b> ' if step.verdict else ""
    rule = f" <small>{escape(rows.rule(step))} {_links(step.cites, rows)}</small>" if step.rule else ""
    places = f" <small>{escape(', '.join(step.places))}</small>" if step.places else ""
    sources = f" <small>{', '.join(map(_source, step.sources))}</small>" if step.sources else ""
    parts = f"<ul>{''.join(_step(part, rows) for part in step.parts)}</ul>" if step.parts else ""
    return f"<li>{verdict}{escape(step.text)}{rule}{places}{sources}{parts}</li>"


def _links(addresses: tuple[str, ...], rows: Rows) -> str:
    return " ".join(
        f'<a href="{escape(address, quote=True)}">{escape(rows.say("source link"))}</a>' for address in addresses
    )


def _source(source: Source) -> str:
    if source.url is None or not source.url.startswith(("http://", "https://")):
        return escape(source.label)
    return f'<a href="{escape(source.url, quote=True)}">{escape(source.label)}</a>'
