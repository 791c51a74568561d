"""The knowledge base that the steps of scenarios ask."""

from __future__ import annotations

import os

from kb.graph import KnowledgeBase, open_knowledge_base

STORE = "MTB_MATCH_TEST_KB"
"""The environment's name for the store that scenarios are run on; the starter's where it is not set."""

_UNDER_TEST: list[KnowledgeBase] = []


def graph() -> KnowledgeBase:
    """The knowledge base under test: steps ask this one, so that scenarios can be run on another graph.

    >>> graph().tumor_type("LUAD").name
    'Lung Adenocarcinoma'
    """
    if not _UNDER_TEST:
        put_under_test(open_knowledge_base(os.environ.get(STORE)))
    return _UNDER_TEST[0]


def put_under_test(knowledge: KnowledgeBase) -> None:
    """From now on `graph` gives this one."""
    _UNDER_TEST[:] = [knowledge]
