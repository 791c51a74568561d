"""The `--features` part of `mtb-match kb preview`: which scenarios of a folder move."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from kb.curation.acts import Act
    from kb.curation.graph import Counted
    from matcher.report.document import Section

FeaturesFolder = Annotated[
    Path | None,
    typer.Option(
        "--features",
        help="Also tell which Gherkin scenarios of this folder move: .feature files, beside them conftest.py and "
        "test_features.py with steps of your own, or in a checkout of mtb-match those of the project.",
    ),
]


class ScenarioPart(NamedTuple):
    """What a preview tells of scenarios: one sentence for its summary, a section, and JSON."""

    line: str
    section: "Section"
    structure: dict[str, Any]


def scenario_part(features: Path, base: str | Path | None, before: "Counted", after: "Counted") -> ScenarioPart:
    """Which scenarios of a folder move when other items count in a base store (None: the starter's).

    UnusableInput where the scenarios cannot be run; errors as of `open_with`.
    """
    from kb.curation.graph import open_with
    from matcher.report.scenarios import scenario_line, scenario_section, scenario_structure
    from matcher.scenarios.moved import compared

    was, now = (open_with(base, settled(each)) for each in (before, after))
    with _Bar() as bar:
        found = compared(features, was, now, bar.told)
    return ScenarioPart(scenario_line(found), scenario_section(found), scenario_structure(found))


def settled(what: "Counted") -> "Counted":
    """The same, with acts that nobody did yet at the beginning of their day: asked twice, it is the same graph."""
    items = tuple((item, tuple(map(_settled, acts))) for item, acts in what.items)
    return what._replace(items=items, retracted=tuple((id, tuple(map(_settled, acts))) for id, acts in what.retracted))


def _settled(act: "Act") -> "Act":
    return act if act.person.orcid else act._replace(at=f"{act.day}T00:00:00.000000Z")


class _Bar:
    """A progress bar on a terminal's standard error, and nothing elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def told(self, done: int, of: int) -> None:
        """So many scenarios of so many were run."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=of or None)

    def __enter__(self) -> "_Bar":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(
                console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._bar.start()
            self._task = self._bar.add_task("scenarios", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
