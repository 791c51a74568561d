"""Running scenarios on a graph, in processes of their own, and keeping what came of it in the cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from kb.asked import Answered
from kb.errors import CacheNotWritable
from kb.graph import KnowledgeBase
from kb.store import cache_folder
from matcher.notes import UnusableInput

VERSION = "scenarios/1"
PLUGIN, PLAN = "matcher.scenarios.plugin", "MTB_MATCH_SCENARIOS"
"""The plugin of pytest that runs scenarios, and the environment's name for the file that tells it what to run."""

PROGRAM_TAG = "program"
"""The tag of scenarios about the program itself, which are not run: what the graph holds does not matter to them."""

PASSED = "passed"
PROGRAM = Path(__file__).parents[2]
"""Where the packages stand, and in a checkout of the project its scenarios' steps beside them."""

_PARTS = ("kb", "rules", "matcher", "cli", "tests", "features", "examples")
KEPT = 24
"""So many runs stay in the cache, the last used ones."""

_FEW = 8
"""So many scenarios are worth a further process."""

_NO_TESTS = 5
_ENDED_WELL = (0, 1, _NO_TESTS)
_GENERATED = "from pytest_bdd import scenarios\n\nscenarios({folder!r})\n"

Progress = Callable[[int, int], None]
"""Told how many scenarios were run, and of how many."""


class Ended(NamedTuple):
    """How a scenario ended on a graph.

    `name` tells it apart from others, `title` is its own, `place` is `file:line`. `outcome` is `passed`, `failed` or
    `skipped`; `failed` is the step that did not hold, `reason` what it said. `answers` are as `told` gives them.
    """

    name: str
    title: str
    tags: list[str]
    place: str
    outcome: str
    failed: str | None
    reason: str | None
    answers: list[Any]


class Run(NamedTuple):
    """What came of running scenarios on a graph, by name, and what each one asked of it: questions and answers."""

    ended: Mapping[str, Ended]
    asked: Mapping[str, frozenset[Answered]]


def run_of(features: Path, knowledge: KnowledgeBase, only: Collection[str] | None, progress: Progress | None) -> Run:
    """Every scenario of a folder on a graph, or those named alone; from the cache where nothing changed since.

    UnusableInput where the scenarios cannot be run.
    """
    names = None if only is None else sorted(only)
    key = sha256(f"{VERSION}\n{knowledge.digest}\n{names}\n{_state(features)}".encode()).hexdigest()[:32]
    kept = cache_folder() / "scenarios" / f"{key}.json"
    known = _kept(kept)
    if known is not None:
        return known
    found = _packed(_run(features, knowledge.named, names, progress))
    _keep(kept, found)
    return _read(found)


def _state(features: Path) -> str:
    """What scenarios rest on beside the graph: their own files and the program's, by name, size and time of change."""
    folders = {features.resolve(), *(PROGRAM / name for name in _PARTS)}
    files = {
        path for folder in folders for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    seen = ((path, path.stat()) for path in sorted(files))
    told = "\n".join(f"{path} {about.st_size} {about.st_mtime_ns}" for path, about in seen)
    return sha256(f"{sys.version}\n{told}".encode()).hexdigest()


def _packed(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What the processes wrote, with each question once: scenarios ask much the same."""
    numbers: dict[tuple[str, ...], int] = {}
    scenarios = [
        {**line, "asked": [numbers.setdefault(tuple(each), len(numbers)) for each in line["asked"]]} for line in lines
    ]
    return {"asked": [list(each) for each in numbers], "scenarios": scenarios}


def _kept(file: Path) -> Run | None:
    """What was kept in a file; None where there is none, or none that can be read: it is made again then."""
    try:
        known = _read(json.loads(file.read_text(encoding="utf-8")))
        os.utime(file)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    return known


def _keep(file: Path, found: dict[str, Any]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".part", delete=False, encoding="utf-8") as part:
            json.dump(found, part, ensure_ascii=False, separators=(",", ":"))
        os.replace(part.name, file)
        for old in sorted(file.parent.glob("*.json"), key=lambda each: -each.stat().st_mtime_ns)[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise CacheNotWritable(file.parent, error.strerror or str(error)) from error


def _read(found: dict[str, Any]) -> Run:
    asks = [tuple(each) for each in found["asked"]]
    ended = {line["name"]: Ended(**{name: line[name] for name in Ended._fields}) for line in found["scenarios"]}
    asked = {line["name"]: frozenset(asks[number] for number in line["asked"]) for line in found["scenarios"]}
    return Run(ended, asked)


# Processes


def _run(features: Path, named: str | None, only: list[str] | None, progress: Progress | None) -> list[dict[str, Any]]:
    _check(features)
    if only == []:
        return []
    with tempfile.TemporaryDirectory(prefix="mtb-match-scenarios-") as folder:
        number = _written(features) if only is None else len(only)
        parts = min(4, os.cpu_count() or 1, 1 + number // _FEW)
        started = [_start(features, named, only, (part, parts), Path(folder)) for part in range(parts)]
        try:
            _wait(started, progress)
        finally:
            for each in started:
                each.process.kill()
                each.process.wait()
        lines = [line for each in started for line in each.lines(features)]
    if not lines:
        raise UnusableInput(str(features), "no scenario there can be run", "run pytest on it, which tells more")
    return sorted(lines, key=lambda line: str(line["name"]))


def _written(features: Path) -> int:
    """About how many scenarios a folder has."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in features.rglob("*.feature"))
    return sum(line.strip().startswith(("Scenario", "|")) for text in texts for line in text.splitlines())


class _Started(NamedTuple):
    """A process that runs a part of the scenarios."""

    process: subprocess.Popen[bytes]
    out: Path
    log: Path

    def written(self) -> list[dict[str, Any]]:
        if not self.out.exists():
            return []
        whole = self.out.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def lines(self, features: Path) -> list[dict[str, Any]]:
        """What it wrote; UnusableInput when it could not run the scenarios."""
        written = self.written()
        if self.process.returncode not in _ENDED_WELL or not written:
            raise UnusableInput(str(features), f"its scenarios cannot be run ({self._error()})", "run pytest on it")
        return written[1:]

    def _error(self) -> str:
        told = [line.strip() for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines()]
        marked = [line.removeprefix("E ").strip() for line in told if line.startswith(("E ", "ERROR"))]
        return (marked or [line for line in told if line] or ["pytest ended without a word"])[-1]


def _check(features: Path) -> None:
    if not features.is_dir():
        raise UnusableInput(str(features), "is no folder of scenarios", "name a folder with .feature files")
    if next(features.rglob("*.feature"), None) is None:
        raise UnusableInput(str(features), "has no .feature file", "name a folder with Gherkin scenarios")
    if find_spec("pytest_bdd") is None:
        remedy = "install the program with its extra: pip install 'mtb-match[test]'"
        raise UnusableInput("pytest-bdd", "is not installed, which runs scenarios", remedy)


def _start(features: Path, named: str | None, only: list[str] | None, part: tuple[int, int], work: Path) -> _Started:
    out, log, plan = (work / f"{part[0]}.{end}" for end in ("jsonl", "log", "json"))
    plan.write_text(json.dumps({"graph": named, "only": only, "part": part, "out": str(out)}), encoding="utf-8")
    there, steps = _collected(features, work / f"collected-{part[0]}")
    path = os.pathsep.join(filter(None, (str(PROGRAM), os.environ.get("PYTHONPATH"))))
    settings = {PLAN: str(plan), "MTB_MATCH_TEST_EVALUATOR": "sql", "PYTHONPATH": path}
    options = ["-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", "-p", PLUGIN, *steps]
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, str(there)],
            env={**os.environ, **settings},
            cwd=PROGRAM if features.resolve().is_relative_to(PROGRAM) else there,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    return _Started(process, out, log)


def _collected(features: Path, work: Path) -> tuple[Path, list[str]]:
    """The folder that pytest collects, and its options for the steps.

    A folder that has tests of its own is collected as it is; one with .feature files alone uses the project's steps.
    """
    folder = features.resolve()
    if next(folder.glob("test_*.py"), None) is not None:
        return folder, []
    if not (PROGRAM / "features" / "conftest.py").exists():
        remedy = "put a conftest.py with steps and a test_features.py there, or use a checkout of mtb-match"
        raise UnusableInput(str(features), "has no steps, and those of mtb-match are not installed", remedy)
    work.mkdir()
    (work / "test_features.py").write_text(_GENERATED.format(folder=str(folder)), encoding="utf-8")
    return work, ["-p", "features.conftest", "--import-mode=importlib", "--rootdir", str(work)]


def _wait(started: list[_Started], progress: Progress | None) -> None:
    while any(each.process.poll() is None for each in started):
        time.sleep(0.1)
        if progress is not None:
            progress(*_progress(started))


def _progress(started: list[_Started]) -> tuple[int, int]:
    written = [each.written() for each in started]
    done = sum(max(0, len(each) - 1) for each in written)
    return done, sum(each[0]["planned"] for each in written if each)
