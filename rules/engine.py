"""The two evaluators behind one protocol: the same rules and facts give equal derivations from either."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from typing import Protocol

from rules.errors import EngineUnavailable
from rules.facts import Derivations, Fact
from rules.language import RuleSet

ENGINES = ("durable", "sql")
FIRST_PYTHON_WITHOUT_DURABLE = (3, 13)


class Engine(Protocol):
    """An evaluator of rules."""

    def run(self, rules: RuleSet, facts: Iterable[Fact]) -> Derivations:
        """Everything that the rules derive from the facts.

        Raises InvalidFact for a fact that does not fit its declaration, EngineFailure when the evaluator breaks.
        """
        ...


@cache
def engine(name: str) -> Engine:
    """The evaluator of this name, `durable` or `sql`; EngineUnavailable when there is none, or not on this Python."""
    if name == "sql":
        from rules.sql_engine import SqlEngine

        return SqlEngine()
    if name != "durable":
        raise EngineUnavailable(name, "there is no such engine", f"choose one of {', '.join(ENGINES)}")
    if not _durable_runs_here():
        version = ".".join(map(str, sys.version_info[:2]))
        raise EngineUnavailable(name, f"durable-rules cannot be imported on this Python {version}", "choose `sql`")
    from rules.durable_engine import DurableEngine

    return DurableEngine()


def default_engine_name() -> str:
    """`durable` where durable-rules can be imported, else `sql`."""
    return "durable" if _durable_runs_here() else "sql"


def _durable_runs_here() -> bool:
    # Its C module uses calls that Python 3.13 removed: it installs there, and fails when imported.
    if sys.version_info >= FIRST_PYTHON_WITHOUT_DURABLE:
        return False
    from importlib.util import find_spec

    return find_spec("durable_rules_engine") is not None
