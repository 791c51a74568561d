r"""Rows as lines of tab-separated text and back, in the words of DuckDB's SQL.

A value that is absent is an empty cell, an empty text `\e`. A list is joined by `;`, a finding is
`criterion=verdict(about)`. What would be read as part of the form stands behind a backslash: `\\`, `\t`, `\n`, `\r`,
in lists `\;`, in the criterion of a finding `\=`, in its verdict `\(`.
"""

from __future__ import annotations

from matcher.cohort.tables import FINDINGS, TEXT, TEXTS

_LETTERS = (("t", 9), ("n", 10), ("r", 13))
_PIECES = r"'(?s)\\.|[^\\]+'"


def written(column: str, kind: str) -> str:
    """The expression that makes a column of this type a cell; NULL for an empty cell."""
    if kind == TEXT:
        return f"{_escaped(column)} AS {column}"
    if kind == TEXTS:
        return f"{_joined(_escaped('element', ';'), column)} AS {column}"
    if kind == FINDINGS:
        criterion, verdict = _escaped("element.criterion", ";="), _escaped("element.verdict", ";(")
        told = f"({criterion}) || '=' || ({verdict}) || '(' || ({_escaped('element.about', ';')}) || ')'"
        return f"{_joined(told, column)} AS {column}"
    return f"CAST({column} AS VARCHAR) AS {column}"


def read(column: str, kind: str) -> str:
    """The expression that gives the column of this type from its cell."""
    if kind == TEXT:
        return f"{_unescaped(column)} AS {column}"
    elements = rf"regexp_extract_all(coalesce({column}, ''), '(?s)(?:[^\\;]|\\.)+')"
    if kind == TEXTS:
        return f"CAST([{_unescaped('element')} FOR element IN {elements}] AS {TEXTS}) AS {column}"
    if kind == FINDINGS:
        pattern = r"'(?s)^((?:[^\\=]|\\.)*)=((?:[^\\(]|\\.)*)\((.*)\)$'"
        parts = f"regexp_extract(element, {pattern}, ['criterion', 'verdict', 'about'])"
        fields = ", ".join(f"{name!r}: {_unescaped(f'told.{name}')}" for name in ("criterion", "verdict", "about"))
        return f"CAST([{{{fields}}} FOR told IN [{parts} FOR element IN {elements}]] AS {FINDINGS}) AS {column}"
    return f"CAST({column} AS {kind}) AS {column}"


def _joined(element: str, column: str) -> str:
    """The cell of a list; NULL for an empty one."""
    return f"nullif(array_to_string([{element} FOR element IN {column}], ';'), '')"


def _escaped(value: str, others: str = "") -> str:
    text = rf"replace({value}, '\', '\\')"
    for letter, code in _LETTERS:
        text = rf"replace({text}, chr({code}), '\{letter}')"
    for letter in others:
        text = rf"replace({text}, '{letter}', '\{letter}')"
    return rf"CASE WHEN {value} = '' THEN '\e' ELSE {text} END"


def _unescaped(value: str) -> str:
    letters = " ".join(rf"WHEN '\{letter}' THEN chr({code})" for letter, code in _LETTERS)
    piece = rf"CASE part {letters} WHEN '\e' THEN '' ELSE CASE WHEN part[1] = '\' THEN part[2:] ELSE part END END"
    pieces = f"[{piece} FOR part IN regexp_extract_all({value}, {_PIECES})]"
    return rf"CASE WHEN contains({value}, '\') THEN array_to_string({pieces}, '') ELSE {value} END"
