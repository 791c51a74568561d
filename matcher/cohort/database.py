"""DuckDB for the files of a cohort: a connection with bounded memory, and what it says where it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rules.duck import duckdb_module

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMORY = "512MB"
"""What a connection holds at most; more goes to the folder for spilling."""
ROWS_AT_ONCE = 10_000

Parameters = Iterable[object] | Mapping[str, object]
Columns = dict[str, "NDArray[Any]"]
"""A table as DuckDB reads it without a data frame: arrays of the same length by name."""


class Failed(Exception):
    """A statement that failed; `reason` is the operating system's word where it has one, else DuckDB's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Database:
    """A connection that spills to a folder, or not at all; `close` frees its memory, as the end of a `with`.

    One thread, unless stated: the same rows are then written as the same bytes on every machine. With None, all cores.
    """

    def __init__(self, spill: Path | None = None, memory: str = MEMORY, threads: int | None = 1) -> None:
        self._config: dict[str, Any] = {
            "memory_limit": memory,
            "temp_directory": str(spill) if spill is not None else "",
        }
        if threads is not None:
            self._config["threads"] = threads
        self._looked_at = 0

    @cached_property
    def connection(self) -> Any:
        """The connection, which begins when it is first asked for."""
        return duckdb_module().connect(config=self._config)

    def begin(self) -> None:
        """Begins the connection, which takes a tenth of a second that the first statement would take longer."""
        self.run("SELECT 1")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the memory."""
        if "connection" in self.__dict__:
            self.connection.close()

    def run(self, text: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement, all of them; `parameters` fill its `?`, or by name its `$name`. Failed."""
        given = parameters if isinstance(parameters, Mapping) else list(parameters)
        with self._failures():
            rows: list[tuple[Any, ...]] = self.connection.execute(text, given).fetchall()
            return rows

    def run_all(self, texts: Iterable[str]) -> None:
        """Runs statements of which none rests on another, two at once; Failed where any fails."""
        with ThreadPoolExecutor(2) as pool, self._failures():
            for _ in pool.map(lambda text: self.connection.cursor().execute(text), texts):
                pass

    def each(self, text: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, in memory that does not grow with their number; other statements may run meanwhile."""
        with self._failures():
            cursor = self.connection.cursor()
            cursor.execute(text)
        while True:
            with self._failures():
                rows = cursor.fetchmany(ROWS_AT_ONCE)
            if not rows:
                return
            yield from rows

    def relation(self, text: str) -> Any:
        """A query as a relation of DuckDB."""
        with self._failures():
            return self.connection.sql(text)

    def register(self, name: str, frame: Any) -> None:
        """Makes a data frame, or columns, known; the type of a column is found from all of its values."""
        with self._failures():
            count = len(next(iter(frame.values()))) if isinstance(frame, dict) else len(frame)
            if count > self._looked_at:
                self._looked_at = count
                self.connection.execute(f"SET pandas_analyze_sample = {self._looked_at}")
            self.connection.register(name, frame)

    def put(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Adds rows to a table that was made here; Failed."""
        if rows:
            self.register("stage", columns_of(rows, [f"c{number}" for number in range(len(rows[0]))]))
            self.run(f"INSERT INTO {table} SELECT * FROM stage")
            self.forget("stage")

    def forget(self, name: str) -> None:
        """Lets go of a data frame, or of columns."""
        self.connection.unregister(name)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except duckdb_module().Error as error:
            raise Failed(_reason(str(error))) from error


def columns_of(rows: Sequence[tuple[object, ...]], names: Iterable[str]) -> Columns:
    """Rows by column; what is a list in a cell stays one value.

    >>> {name: column.tolist() for name, column in columns_of([("a", ["x"]), ("b", ["y"])], ("who", "what")).items()}
    {'who': ['a', 'b'], 'what': [['x'], ['y']]}
    """
    import numpy

    names = list(names)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    pairs = zip(names, columns, strict=True)
    return {name: numpy.fromiter(column, dtype=object, count=len(rows)) for name, column in pairs}


def _reason(told: str) -> str:
    """What the operating system said, which stands behind the file's name; else the first line without its kind."""
    first = told.splitlines()[0] if told else "no reason given"
    quoted = first.rpartition('": ')
    return quoted[2] if quoted[1] else first.partition("Error: ")[2] or first
