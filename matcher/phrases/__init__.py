"""What the product itself says in its answers, in every language: headings, labels, results of tests.

What a rule concluded is said by the rule, and what a fact says by its predicate. Everything else stands in the files
of this folder, one for each topic: `{"key": {"en": "...", "zh": "..."}}`, with `{name}` where a value belongs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path

from rules.wording import CHINESE, closed_up, sentence

FOLDER = Path(__file__).parent


class Text(str):
    """An English text that knows how the other languages say it: it may stand wherever a text does.

    Facts hold the English alone, so that rules and digests see the same bytes in every language.

    >>> found = text("status", "found", what="BRAF V600E")
    >>> found, found.in_language("zh")
    ('BRAF V600E was found', '检出BRAF V600E')
    """

    __slots__ = ("_said",)
    _said: Callable[[str], str]

    def __new__(cls, english: str, said: Callable[[str], str]) -> Text:
        """The English text; `said` gives it in another language, asked for only then."""
        made = super().__new__(cls, english)
        made._said = said
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Between processes the English goes alone: what says the other languages stays where it is."""
        return str, (str(self),)

    def in_language(self, lang: str) -> str:
        """The text in a language."""
        return str(self) if lang == "en" else self._said(lang)


def in_language(value: str, lang: str) -> str:
    """A text in a language where it is a `Text`; any other as it is.

    >>> in_language("BRAF V600E", "zh")
    'BRAF V600E'
    """
    return value.in_language(lang) if isinstance(value, Text) else value


Value = str | int | float


def say(topic: str, key: str, lang: str = "en", **values: Value) -> str:
    """A phrase of a topic in a language (`en`, `zh`), with its values filled in; KeyError for one that is not there.

    Values that are a `Text` are said in the same language.
    """
    return _set(sentence(phrases(topic)[key][lang], _said_in(values, lang)), lang)


def _set(text: str, lang: str) -> str:
    return closed_up(text) if lang == CHINESE else text


def _said_in(values: Mapping[str, Value], lang: str) -> Mapping[str, Value]:
    if lang == "en":
        return values
    return {name: in_language(each, lang) if isinstance(each, str) else each for name, each in values.items()}


def text(topic: str, key: str, /, **values: str | int) -> str:
    """A phrase of a topic in English, a `Text` that can be said in every language."""
    return Text(_english(topic, key).format_map(values), partial(_phrase, topic, key, values))


@cache
def _english(topic: str, key: str) -> str:
    return phrases(topic)[key]["en"]


def _phrase(topic: str, key: str, values: Mapping[str, str | int], lang: str) -> str:
    return say(topic, key, lang, **values)


def joined(parts: Iterable[str], by: str) -> str:
    """Texts put together: `by` is a key of the topic `joining` (`and`, `or`, `list`, `sentences`).

    >>> joined(["KRAS", "NRAS"], "and"), joined(["KRAS", "NRAS"], "and").in_language("zh")
    ('KRAS and NRAS', 'KRAS且NRAS')
    """
    each = tuple(parts)
    if len(each) == 1:
        return each[0]
    return Text(_put_together(each, by, "en"), partial(_put_together, each, by))


def _put_together(parts: tuple[str, ...], by: str, lang: str) -> str:
    return _set(phrases("joining")[by][lang].join(in_language(each, lang) for each in parts), lang)


@cache
def phrases(topic: str) -> dict[str, dict[str, str]]:
    """All phrases of a topic, by key and language."""
    found: dict[str, dict[str, str]] = json.loads((FOLDER / f"{topic}.json").read_text(encoding="utf-8"))
    return found
