"""The plugin with which pytest runs scenarios on a graph and writes down how each one ended, and what it asked.

It is used by `matcher.scenarios.run` alone, in a process of its own. pytest and pytest-bdd are not needed otherwise.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.scenario import scenario_wrapper_template_registry

from kb.asked import Graph, Recording
from kb.graph import open_knowledge_base
from matcher.scenarios.ground import put_under_test
from matcher.scenarios.run import PLAN, PROGRAM_TAG
from matcher.scenarios.told import answers_in, told


class Recorder:
    """Runs the scenarios of a plan, each on a knowledge base that has read nothing yet."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.only: set[str] | None = None if plan["only"] is None else set(plan["only"])
        self.part, self.parts = plan["part"]
        self.out = Path(plan["out"])
        self.graph = Graph(open_knowledge_base(plan["graph"]))
        self.recording = Recording(self.graph)
        self.seen: dict[int, Any] = {}
        self.failure: str | None = None

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave the scenarios of this part of the plan."""
        named = {name_of(item): item for item in items if scenario_of(item) is not None}
        wanted = sorted(name for name, item in named.items() if item.get_closest_marker(PROGRAM_TAG) is None)
        if self.only is not None:
            wanted = [name for name in wanted if name in self.only]
        mine = {id(named[name]) for name in wanted[self.part :: self.parts]}
        config.hook.pytest_deselected(items=[item for item in items if id(item) not in mine])
        items[:] = [item for item in items if id(item) in mine]
        self._write({"planned": len(items)})

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin a scenario."""
        self.recording = Recording(self.graph)
        put_under_test(self.recording)
        self.seen, self.failure = {}, None

    def pytest_bdd_after_step(self, step_func_args: dict[str, object]) -> None:
        """Keep the answers that a step was given or made."""
        self._keep(step_func_args)

    def pytest_bdd_step_error(self, step: Any, step_func_args: dict[str, object], exception: Exception) -> None:
        """Say which step did not hold."""
        self._keep(step_func_args)
        self.failure = f"{step.keyword} {step.name}"

    def pytest_bdd_step_func_lookup_error(self, step: Any, exception: Exception) -> None:
        """Say which step has no definition."""
        self.failure = f"{step.keyword} {step.name} (no step is defined for it)"

    def _keep(self, given: dict[str, object]) -> None:
        self.seen.update((id(each), each) for each in answers_in(tuple(given.values())))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Write how a scenario ended."""
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            scenario = scenario_of(item)
            self._write(
                {
                    "name": name_of(item),
                    "title": scenario.name,
                    "tags": sorted(scenario.tags | scenario.feature.tags),
                    "place": f"{scenario.feature.rel_filename}:{scenario.line_number}",
                    "outcome": report.outcome,
                    "failed": None if report.passed else self.failure or f"{report.when}: {_reason(call)}",
                    "reason": None if report.passed else _reason(call),
                    "answers": [told(each) for each in self.seen.values()],
                    "asked": [[*ask, digest] for ask, digest in self.recording.asked.items()],
                }
            )
        return report

    def _write(self, line: dict[str, Any]) -> None:
        with self.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def scenario_of(item: pytest.Item) -> Any:
    """The scenario that a test is, with its title, place and tags; None for another test."""
    function = getattr(item, "function", None)
    return None if function is None else scenario_wrapper_template_registry.get(function)


def name_of(item: pytest.Item) -> str:
    """A scenario's name: its feature file, its title, and the values of its row of examples if it has any."""
    scenario = scenario_of(item)
    row = getattr(item, "callspec", None)
    return f"{scenario.feature.rel_filename}: {scenario.name}" + (f" [{row.id}]" if row is not None else "")


def _reason(call: pytest.CallInfo[None]) -> str:
    if call.excinfo is None:
        return ""
    said = str(call.excinfo.value).strip().splitlines()
    return said[0] if said else call.excinfo.typename


def pytest_configure(config: pytest.Config) -> None:
    """Take part where a plan is named."""
    plan = os.environ.get(PLAN)
    if plan is not None:
        config.addinivalue_line("markers", f"{PROGRAM_TAG}: about the program itself, whatever the graph holds")
        config.pluginmanager.register(Recorder(json.loads(Path(plan).read_text(encoding="utf-8"))), "recorder")
