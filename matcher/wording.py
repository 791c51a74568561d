"""What the values in a sentence are called: drugs, biomarkers, items and texts, as a board reads them in its language.

A fact holds one stable English value whatever the language. The case knows what that value says elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.names import known_therapy
from matcher.phrases import in_language, phrases
from rules.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.facts import Case
    from rules.facts import Value


def words(case: Case, lang: str = "en") -> Callable[[str, Value], str]:
    """Labels for the values in sentences: items, profiles and regimens by the names that a board reads.

    In another language than English, what is ours to say is said in it; what a source or the patient's file says
    stays as it is written there.
    """
    if lang == "en":
        return lambda name, value: case.labels.get(value, value) if isinstance(value, str) else plain(name, value)
    known: dict[str, str] = {}

    def label(name: str, value: Value) -> str:
        if not isinstance(value, str):
            return plain(name, value)
        if value not in known:
            known[value] = _said(value, case, lang)
        return known[value]

    return label


def _said(value: str, case: Case, lang: str) -> str:
    label = case.labels.get(value)
    if label is not None:
        return in_language(label, lang)
    if value in case.said:
        return case.said[value].in_language(lang)
    if value in phrases("jurisdictions"):
        return phrases("jurisdictions")[value][lang]
    found = known_therapy(value, case.knowledge, lang) if case.knowledge is not None else None
    return found or value
