"""Tumor types by OncoTree."""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import KnowledgeError


@dataclass(frozen=True, slots=True)
class TumorType:
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
    """No tumor type of this code or name; `nearest` are the known ones closest to it."""

    def __init__(self, text: str, nearest: tuple[str, ...]) -> None:
        super().__init__(text, nearest)
        self.text, self.nearest = text, nearest

    def __str__(self) -> str:
        near = f"; nearest known: {', '.join(self.nearest)}" if self.nearest else ""
        return f"unknown tumor type {self.text!r}{near}"
