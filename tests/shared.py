"""What the tests of several folders use: one knowledge base and rule set for the whole run."""

from __future__ import annotations

import os
from functools import cache

from kb.graph import KnowledgeBase, open_knowledge_base
from kb.store import cache_folder
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load


@cache
def knowledge() -> KnowledgeBase:
    """The starter, or the store that `MTB_MATCH_TEST_KB` names: the same scenarios must hold in a larger graph."""
    return open_knowledge_base(os.environ.get("MTB_MATCH_TEST_KB"))


@cache
def library() -> RuleSet:
    return load([LIBRARY], cache_folder())
