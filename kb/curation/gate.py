"""The gate: what a curated item must pass before it is recorded, as findings that a curator can act on.

SHACL on the item with what it refers to, and checks against what the graph and the journal hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kb.curation.acts import Book
from kb.curation.item import Item
from kb.graph import KnowledgeBase

ERROR, WARNING, NOTE = "error", "warning", "note"
"""How grave a finding is: an error refuses the item, a warning is for the second person, a note is to be known."""


class Finding(NamedTuple):
    """One thing that the gate says of an item.

    `severity` is `error`, `warning` or `note`; `check` names the check (`shape`, `same statement`, `conflict`, ...);
    `message` says what was found, `remedy` what to do. `shape` is the IRI of the shape behind it; see `explain`.
    """

    severity: str
    check: str
    message: str
    remedy: str
    shape: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}; {self.remedy}"


def gate(item: Item, knowledge: KnowledgeBase, book: Book, retracted: Iterable[str] = ()) -> tuple[Finding, ...]:
    """What is to say of an item before it is recorded, the gravest first; nothing of severity `error`: it passes.

    `knowledge` is the graph that the item is for, `book` what the journal holds, `retracted` the ids of retracted
    papers (`PMID:123`, `doi:10.1000/xyz`; see `kb.curation.retractions.read_retracted`).
    """
    return ()


def passes(findings: Iterable[Finding]) -> bool:
    """Whether no finding is an error."""
    return all(finding.severity != ERROR for finding in findings)
