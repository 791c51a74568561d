"""What the tests of several folders use: one knowledge base and rule set for the whole run."""

from __future__ import annotations

import os
from functools import cache

from kb.graph import KnowledgeBase
from kb.store import cache_folder
from matcher.scenarios.ground import graph
from rules.engine import default_engine_name
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load


def knowledge() -> KnowledgeBase:
    """The starter, or the store that `MTB_MATCH_TEST_KB` names: the same scenarios must hold in a larger graph."""
    return graph()


@cache
def library() -> RuleSet:
    return load([LIBRARY], cache_folder())


@cache
def evaluators() -> tuple[str, ...]:
    """The evaluators that answer a scenario, which must agree; `MTB_MATCH_TEST_EVALUATOR` names one for all."""
    named = os.environ.get("MTB_MATCH_TEST_EVALUATOR")
    return (named,) if named else tuple(dict.fromkeys((default_engine_name(), "sql")))
