"""Therapies: drugs, the classes above them, and named schemes."""

from __future__ import annotations

from typing import NamedTuple

from kb.errors import KnowledgeError


class Therapy(NamedTuple):
    """A drug, a drug class or a scheme.

    `id` is the INN or the class name in lower case; `kind` is `drug`, `class` or `scheme`.
    `classes` are all classes above it, nearest first (the closure). `components` are a scheme's drugs or classes.
    """

    id: str
    iri: str
    kind: str
    chinese_name: str | None
    synonyms: tuple[str, ...]
    classes: tuple[str, ...]
    targets: tuple[str, ...]
    components: tuple[str, ...] = ()


class UnknownTherapy(KnowledgeError, LookupError):
    """No therapy of this name; `nearest` are the known names closest to it."""

    def __init__(self, name: str, nearest: tuple[str, ...]) -> None:
        super().__init__(name, nearest)
        self.name, self.nearest = name, nearest

    def __str__(self) -> str:
        near = f"; nearest known: {', '.join(self.nearest)}" if self.nearest else ""
        return f"unknown therapy {self.name!r}{near}"
