"""What counts for all tests: a cache of their own, what is kept between them, and which of them come first."""

from __future__ import annotations

import atexit
import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.own_cache import FOLDER

# A machine that is busy with something else must not make a test fail; nor, in CI, an example that another change
# would have met as well.
settings.register_profile("mtb-match", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("mtb-match")


class Kept:
    """Sets aside what tests keep in common (graphs, rules, what was read of them): else it is looked through for
    cycles time and again, which took a quarter of the time.
    """

    EVERY = 10
    """So many tests lie between."""

    def __init__(self) -> None:
        self._tests = 0

    def pytest_runtest_teardown(self) -> None:
        """After some tests, let go of their garbage, and count what is left as kept."""
        self._tests += 1
        if self._tests % self.EVERY == 0:
            gc.collect()
            gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Of all tests, those of other folders too."""
    config.pluginmanager.register(Kept(), "kept")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of what was set aside when the process ends: DuckDB would warn of it.

    Commands that ran in this process asked to set it aside at its end. Until then pytest looks for cycles five times.
    """
    atexit.unregister(gc.freeze)
    atexit.register(gc.unfreeze)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share something dear, such as a cluster, come first: in one row, and before a worker steals any."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(scope="session")
def cache() -> Path:
    """The cache folder of this run."""
    return FOLDER


@pytest.fixture
def heard() -> Iterator[None]:
    """Ctrl-C as a program in the foreground hears it: what a shell puts in the background passes over it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
