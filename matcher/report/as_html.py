"""The answer as one HTML page without scripts or network, with the proof of each recommendation folded."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template

from kb.source import Source
from matcher.explain import Step, explanation
from matcher.recommend import Answer, Recommendation
from matcher.report.rows import DISCLAIMER, HEADINGS, avoided_row, heading_lines, recommendation_row


def render(answer: Answer) -> str:
    """The page; every text from the input or the graph is escaped."""
    title, known = heading_lines(answer)
    page = Template(files("matcher.report").joinpath("page.html").read_text(encoding="utf-8"))
    rows = "".join(_recommendation(answer, each) for each in answer.recommendations)
    if not rows:
        rows = f'<tr><td colspan="{len(HEADINGS)}">No recommendation.</td></tr>'
    avoided = "".join(_row(avoided_row(each)) for each in answer.avoided)
    notes = "".join(f"<li>{escape(note.severity.value)}: {escape(str(note))}</li>" for note in answer.notes)
    return page.substitute(
        title=escape(title),
        known=escape(known),
        headings="".join(f"<th>{escape(heading)}</th>" for heading in HEADINGS),
        rows=rows,
        avoided=avoided or '<tr><td colspan="4">Nothing.</td></tr>',
        considered=len(answer.not_recommended),
        notes=notes or "<li>None.</li>",
        disclaimer=escape(DISCLAIMER),
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _recommendation(answer: Answer, each: Recommendation) -> str:
    tier = escape(each.option.tier or "")
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in recommendation_row(each))
    proof = _step(explanation(answer.matched, each.option))
    return (
        f'<tr class="{tier}">{cells}</tr><tr class="proof"><td></td><td colspan="{len(HEADINGS) - 1}">'
        f"<details><summary>Why</summary><ul>{proof}</ul></details></td></tr>"
    )


def _step(step: Step) -> str:
    verdict = f'<b class="{escape(step.verdict)}">{escape(step.verdict)}</b> ' if step.verdict else ""
    rule = f" <small>{escape(step.named())} {_links(step.cites)}</small>" if step.rule else ""
    places = f" <small>{escape(', '.join(step.places))}</small>" if step.places else ""
    sources = f" <small>{', '.join(map(_source, step.sources))}</small>" if step.sources else ""
    parts = f"<ul>{''.join(map(_step, step.parts))}</ul>" if step.parts else ""
    return f"<li>{verdict}{escape(step.text)}{rule}{places}{sources}{parts}</li>"


def _links(addresses: tuple[str, ...]) -> str:
    return " ".join(f'<a href="{escape(address, quote=True)}">source</a>' for address in addresses)


def _source(source: Source) -> str:
    if source.url is None or not source.url.startswith(("http://", "https://")):
        return escape(source.label)
    return f'<a href="{escape(source.url, quote=True)}">{escape(source.label)}</a>'
