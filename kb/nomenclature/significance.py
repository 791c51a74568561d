"""The words for how harmful a variant is, from the wordings of ClinVar, VEP, ACMG/AMP and OncoKB."""

from __future__ import annotations

import re

WORDS = ("pathogenic", "likely pathogenic", "oncogenic", "likely oncogenic", "uncertain", "likely benign", "benign")
"""Every value that `parse` gives."""

_WORD_OF = {
    "pathogenic": "pathogenic",
    "class 5": "pathogenic",
    "likely pathogenic": "likely pathogenic",
    "class 4": "likely pathogenic",
    "pathogenic likely pathogenic": "likely pathogenic",
    "oncogenic": "oncogenic",
    "likely oncogenic": "likely oncogenic",
    "predicted oncogenic": "likely oncogenic",
    "uncertain": "uncertain",
    "uncertain significance": "uncertain",
    "unknown significance": "uncertain",
    "variant of uncertain significance": "uncertain",
    "variant of unknown significance": "uncertain",
    "vus": "uncertain",
    "class 3": "uncertain",
    # OncoKB's annotator writes these in its ONCOGENIC column.
    "inconclusive": "uncertain",
    "unknown": "uncertain",
    "likely neutral": "likely benign",
    "neutral": "benign",
    "likely benign": "likely benign",
    "class 2": "likely benign",
    "benign likely benign": "likely benign",
    "benign": "benign",
    "class 1": "benign",
}

_HARMFUL = frozenset(WORDS[:4])
_HARMLESS = frozenset(WORDS[5:])


def parse(text: str) -> str | None:
    """The normalized word (see WORDS) of one or several classifications, None when none is known.

    Sources that contradict each other, or say so, are `uncertain`; otherwise the most certain harmful word wins.

    >>> parse("Likely_pathogenic"), parse("Pathogenic/Likely_pathogenic"), parse("pathogenic&benign")
    ('likely pathogenic', 'likely pathogenic', 'uncertain')
    >>> parse("drug_response") is None
    True
    """
    whole = _plain(text)
    if "conflicting" in whole:
        return "uncertain"
    if whole in _WORD_OF:
        return _WORD_OF[whole]
    found = {_WORD_OF[part] for part in map(_plain, re.split(r"[,;&|/]", text)) if part in _WORD_OF}
    if found & _HARMFUL and found & _HARMLESS:
        return "uncertain"
    return next((word for word in WORDS if word in found), None)


def _plain(text: str) -> str:
    return " ".join(re.split(r"[\s_/\-]+", text.strip().lower()))
