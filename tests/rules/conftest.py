from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules.engine import ENGINES, Engine, engine
from rules.errors import EngineUnavailable
from rules.language import RuleSet
from rules.load import load


@pytest.fixture
def ruleset(tmp_path: Path) -> Callable[[str], RuleSet]:
    """Loads rules from YAML text."""

    def from_text(text: str) -> RuleSet:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return load([path])

    return from_text


@pytest.fixture(params=ENGINES)
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """Each evaluator in turn."""
    try:
        return engine(request.param)
    except EngineUnavailable as error:
        pytest.skip(str(error))
