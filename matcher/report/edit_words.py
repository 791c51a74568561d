"""Edits of a patient in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from matcher.names import biomarker_label, result_name
from matcher.phrases import say

if TYPE_CHECKING:
    from matcher.edits import Edit
    from rules.facts import Value

TOPIC = "why_not"


def change_text(edit: Edit, lang: str, label: Callable[[str, Value], str]) -> str:
    """What an edit says, as a board would say it.

    >>> from matcher.edits import Edit
    >>> change_text(Edit("add", "alterations", "EGFR T790M"), "en", lambda name, value: str(value))
    'EGFR T790M is found'
    """
    root, _, what = edit.key.partition(".")
    if edit.action == "remove" and root != "medications":
        return say(TOPIC, "edit-remove", lang, what=what.replace(".", " ") or edit.value)
    if root == "biomarkers":
        return say(TOPIC, "edit-test", lang, what=biomarker_label(what, lang), value=result_name(edit.value, lang))
    if root == "alterations":
        return _alteration(edit.value, lang)
    if root == "prior_therapies":
        return _therapy(edit.value, lang, label)
    return say(TOPIC, f"edit-{root}", lang, **({"what": what} if what else {}), value=label(root, edit.value))


def _fields(text: str) -> dict[str, str]:
    """The keys and values of a small YAML mapping, as remedies write them."""
    return {key: value.strip(" []") for key, value in re.findall(r"(\w+): (\[[^\]]*\]|[^,}]+)", text)}


def _alteration(value: str, lang: str) -> str:
    fields = _fields(value)
    if "gene" not in fields:
        return say(TOPIC, "edit-alteration", lang, value=biomarker_label(value, lang))
    if fields["alteration"] == "mutation":
        return say(TOPIC, "edit-germline", lang, gene=fields["gene"])
    key = "edit-germline-origin" if "origin" in fields else "edit-classified"
    return say(TOPIC, key, lang, gene=fields["gene"], alteration=fields["alteration"])


def _therapy(value: str, lang: str, label: Callable[[str, Value], str]) -> str:
    fields = _fields(value)
    ending = fields.get("stopped_for") or fields.get("best_response") or "completed"
    return say(TOPIC, f"edit-{ending}", lang, drug=label("therapy", fields["regimen"]))
