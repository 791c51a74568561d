"""What the product itself says in its answers, in every language: headings, labels, results of tests.

What a rule concluded is said by the rule, and what a fact says by its predicate. Everything else stands in the files
of this folder, one for each topic: `{"key": {"en": "...", "zh": "..."}}`, with `{name}` where a value belongs.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from rules.wording import sentence

FOLDER = Path(__file__).parent


def say(topic: str, key: str, lang: str = "en", **values: str | int | float) -> str:
    """A phrase of a topic in a language (`en`, `zh`), with its values filled in; KeyError for one that is not there."""
    return sentence(phrases(topic)[key][lang], values)


@cache
def phrases(topic: str) -> dict[str, dict[str, str]]:
    """All phrases of a topic, by key and language."""
    found: dict[str, dict[str, str]] = json.loads((FOLDER / f"{topic}.json").read_text(encoding="utf-8"))
    return found
