"""Boolean profiles over biomarkers: `KRAS:WT AND NRAS:WT`, `BRCA1:DEL OR (BRCA2:DEL AND NOT TP53:MUT)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from kb.errors import KnowledgeError


class One(NamedTuple):
    """A profile of one biomarker."""

    biomarker: str


class Not(NamedTuple):
    """The negation of a profile."""

    part: Profile


class All(NamedTuple):
    """A profile all of whose parts must hold."""

    parts: tuple[Profile, ...]


class AnyOf(NamedTuple):
    """A profile of which one part suffices."""

    parts: tuple[Profile, ...]


Profile = One | Not | All | AnyOf


class UnreadableProfile(KnowledgeError):
    """A boolean profile that does not parse; `position` counts tokens from 0."""

    def __init__(self, text: str, position: int, expected: str) -> None:
        super().__init__(text, position, expected)
        self.text, self.position, self.expected = text, position, expected

    def __str__(self) -> str:
        return f"cannot read the biomarker profile {self.text!r} at word {self.position + 1}: expected {self.expected}"


@lru_cache(maxsize=16384)
def parse(text: str) -> Profile:
    """The profile that the text describes; AND binds closer than OR, NOT closest.

    >>> parse("HR:POS AND (PIK3CA:MUT OR NOT HER2:NEG)")
    All(parts=(One(biomarker='HR:POS'), AnyOf(parts=(One(biomarker='PIK3CA:MUT'), \
Not(part=One(biomarker='HER2:NEG'))))))
    """
    tokens = re.findall(r"[()]|[^\s()]+", text)
    profile, end = _any_of(text, tokens, 0)
    if end != len(tokens):
        raise UnreadableProfile(text, end, "AND, OR or the end")
    return profile


def _any_of(text: str, tokens: list[str], at: int) -> tuple[Profile, int]:
    part, at = _all(text, tokens, at)
    parts = [part]
    while at < len(tokens) and tokens[at] == "OR":
        part, at = _all(text, tokens, at + 1)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else AnyOf(tuple(parts))), at


def _all(text: str, tokens: list[str], at: int) -> tuple[Profile, int]:
    part, at = _one(text, tokens, at)
    parts = [part]
    while at < len(tokens) and tokens[at] == "AND":
        part, at = _one(text, tokens, at + 1)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else All(tuple(parts))), at


def _one(text: str, tokens: list[str], at: int) -> tuple[Profile, int]:
    if at >= len(tokens) or tokens[at] in {"AND", "OR", ")"}:
        raise UnreadableProfile(text, at, "a biomarker, NOT or (")
    if tokens[at] == "NOT":
        part, at = _one(text, tokens, at + 1)
        return Not(part), at
    if tokens[at] != "(":
        return One(tokens[at]), at + 1
    part, at = _any_of(text, tokens, at + 1)
    if at >= len(tokens) or tokens[at] != ")":
        raise UnreadableProfile(text, at, ")")
    return part, at + 1


def negated(profile: Profile) -> Iterator[str]:
    """The biomarker ids under a NOT, in order, repeats included.

    >>> list(negated(parse("BRAF:MUT AND NOT BRAF:V600")))
    ['BRAF:V600']
    """
    if isinstance(profile, Not):
        yield from mentions(profile.part)
    elif not isinstance(profile, One):
        for part in profile.parts:
            yield from negated(part)


def asks_only_for_absence(profile: Profile, is_negative: Callable[[str], bool]) -> bool:
    """Whether nothing needs to be there for the profile to hold: wild types, negative results, NOT.

    `is_negative` says of a biomarker whether it is the absence of something.

    >>> asks_only_for_absence(parse("KRAS:WT AND NOT IDH1:MUT"), lambda name: name.endswith(":WT"))
    True
    """
    if isinstance(profile, One):
        return is_negative(profile.biomarker)
    if isinstance(profile, Not):
        return True
    found = (asks_only_for_absence(part, is_negative) for part in profile.parts)
    return all(found) if isinstance(profile, All) else any(found)


def mentions(profile: Profile) -> Iterator[str]:
    """The biomarker ids that the profile names, in order, repeats included."""
    if isinstance(profile, One):
        yield profile.biomarker
    elif isinstance(profile, Not):
        yield from mentions(profile.part)
    else:
        for part in profile.parts:
            yield from mentions(part)
