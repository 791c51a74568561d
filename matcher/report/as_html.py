"""The answer as one HTML page without scripts or network, with the proof of each recommendation folded."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template

from kb.source import Source
from matcher.explain import Step, explanation
from matcher.recommend import Answer, Recommendation
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
    return f"<h2>Conflicts</h2>\n<table><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table>"


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _recommendation(answer: Answer, each: Recommendation) -> str:
    tier = escape(each.option.tier or "")
    *shown, _ = recommendation_row(each)
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in shown) + f"<td>{_open(each)}</td>"
    proof = _step(explanation(answer.matched, each.option))
    return (
        f'<tr class="{tier}">{cells}</tr><tr class="proof"><td></td><td colspan="{len(HEADINGS) - 1}">'
        f"<details><summary>Why</summary><ul>{proof}</ul></details></td></tr>"
    )


def _open(each: Recommendation) -> str:
    """What keeps better grades open, folded: it is long, and the grade itself stands beside it."""
    texts = each.option.graded.open_texts
    if not texts:
        return ""
    listed = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<details><summary>{len(texts)}</summary><ul>{listed}</ul></details>"


def _step(step: Step) -> str:
    verdict = f'<b class="{escape(step.verdict)}">{escape(step.verdict)}</b> ' if step.verdict else ""
    rule = f" <small>rule {escape(step.rule)} {_links(step.cites)}</small>" if step.rule else ""
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
