"""Renderings of an answer, one file per form; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

from matcher.recommend import Answer

FORMATS = {
    "table": "matcher.report.as_table",
    "json": "matcher.report.as_json",
    "tsv": "matcher.report.as_tsv",
    "markdown": "matcher.report.as_markdown",
    "html": "matcher.report.as_html",
}
"""The forms of an answer and the module that renders each."""


def render(answer: Answer, form: str) -> str:
    """The answer in one of FORMATS."""
    text: str = import_module(FORMATS[form]).render(answer)
    return text
