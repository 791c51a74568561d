"""Tumor types by OncoTree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kb.errors import KnowledgeError


class TumorType(NamedTuple):
    """A tumor type: OncoTree code (`BRCA`, or `SOLID` for any solid tumor), name, and its ancestors, nearest first."""

    code: str
    name: str
    iri: str
    ancestors: tuple[str, ...] = ()
    ncit: str | None = None
    doid: str | None = None

    def __str__(self) -> str:
        return self.code


class UnknownTumorType(KnowledgeError, LookupError):
    """No tumor type of this code or name; `nearest` are the known ones closest to it, `reason` says more of a code."""

    def __init__(self, text: str, nearest: tuple[str, ...], reason: str = "") -> None:
        super().__init__(text, nearest, reason)
        self.text, self.nearest, self.reason = text, nearest, reason

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        near = f"; nearest known: {', '.join(self.nearest)}" if self.nearest else ""
        return f"unknown tumor type {self.text!r}{why}{near}"


class AmbiguousTumorCode(KnowledgeError, LookupError):
    """A code or name that stands for several tumor types, none of which holds the others."""

    def __init__(self, text: str, candidates: tuple[str, ...], reason: str) -> None:
        super().__init__(text, candidates, reason)
        self.text, self.candidates, self.reason = text, candidates, reason

    def __str__(self) -> str:
        return f"the tumor type {self.text!r} is not clear: {self.reason}"


def some_of(codes: Iterable[str]) -> str:
    """Codes in words, the first eight of many: `BLL or TLL`."""
    named = list(codes)
    shown = named[:8]
    if len(named) > len(shown):
        return f"{', '.join(shown)} and {len(named) - len(shown)} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
