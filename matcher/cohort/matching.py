"""Subjects to tables: the same matching and the same rules as for one patient, for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matcher.cohort.alone import alone, tables
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import Tables

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from rules.language import RuleSet


class Matching:
    """Answers piece after piece of a cohort over one graph and one rule set; `close` frees what it holds."""

    def __init__(self, knowledge: KnowledgeBase, rules: RuleSet) -> None:
        self.knowledge, self.rules = knowledge, rules

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        """The tables of a piece of a cohort; `alike` is unique within the piece."""
        return tables(alone(subjects, self.knowledge, self.rules))

    def close(self) -> None:
        """Frees the memory."""
