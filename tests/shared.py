"""What the tests of several folders use: one knowledge base and rule set for the whole run."""

from __future__ import annotations

from functools import cache

from kb.graph import KnowledgeBase, open_knowledge_base
from kb.store import cache_folder
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load


@cache
def knowledge() -> KnowledgeBase:
    return open_knowledge_base()


@cache
def library() -> RuleSet:
    return load([LIBRARY], cache_folder())
