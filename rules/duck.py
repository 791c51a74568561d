"""DuckDB as evaluators of rules use it: a database in memory with limits, whose errors are the evaluators' own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from rules.errors import EngineFailure, EngineUnavailable
from rules.undisturbed import undisturbed


@cache
def duckdb_module() -> Any:
    """DuckDB's module, for which only a cohort pays; ImportError.

    Ctrl-C waits while it is imported: its native part takes what Python raises meanwhile for a fault, and aborts.
    """
    with undisturbed():
        import duckdb

        return duckdb


class Duck:
    """A database in memory; `close` frees it.

    It takes `threads` threads, or all cores; `memory` (such as `1GB`) is the most that it takes before it goes on in
    files of the folder `spill`. EngineUnavailable where DuckDB cannot be imported.
    """

    def __init__(self, threads: int | None = None, memory: str | None = None, spill: Path | None = None) -> None:
        try:
            duckdb = duckdb_module()
        except ImportError as error:
            raise EngineUnavailable("cohort", f"DuckDB cannot be imported ({error})", "install duckdb") from error
        limits = {"threads": threads, "memory_limit": memory, "temp_directory": None if spill is None else str(spill)}
        self._error: type[Exception] = duckdb.Error
        self._database: Any = duckdb.connect(config={name: each for name, each in limits.items() if each is not None})

    def close(self) -> None:
        """Frees the memory."""
        self._database.close()

    def run(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, all of them: DuckDB takes no other while some are left. EngineFailure."""
        with self._failures():
            rows: list[tuple[Any, ...]] = self._database.execute(text).fetchall()
            return rows

    def frame(self, text: str) -> Any:
        """The rows of a statement as a pandas DataFrame. EngineFailure."""
        with self._failures():
            return self._database.execute(text).df()

    def register(self, table: object, name: str) -> None:
        """Makes a table that DuckDB can read (a DataFrame, an Arrow table, arrays by name) known by a name."""
        with self._failures():
            self._database.register(name, table)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise EngineFailure("sql", str(error)) from error
