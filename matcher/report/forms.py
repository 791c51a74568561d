"""The forms of a document: terminal text, Markdown, HTML. JSON is made from the answer itself."""

from __future__ import annotations

from importlib import import_module

from matcher.report.document import Document

FORMS = ("text", "json", "markdown", "html")
"""The forms that a question of the board can be answered in."""

_RENDERED = {
    "text": "matcher.report.forms_text",
    "markdown": "matcher.report.forms_markdown",
    "html": "matcher.report.forms_html",
}


def render(document: Document, form: str, width: int | None = None, color: bool = False) -> str:
    """The document as `text`, `markdown` or `html`; `width` (columns) and `color` concern text alone.

    Raises KeyError for another form.
    """
    module = import_module(_RENDERED[form])
    text: str = module.render(document, width, color) if form == "text" else module.render(document)
    return text
