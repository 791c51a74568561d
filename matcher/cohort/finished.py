"""The tables of a finished cohort as views of a DuckDB connection, worked on out of core."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matcher.cohort.tables import CHANGES, COLUMNS
from matcher.notes import UnusableInput

MEMORY = "1GB"
"""Beyond so much DuckDB works on disk."""

ENDING = ".parquet"


class Finished:
    """A finished cohort: `name`, its manifest, and SQL over its tables, which are views of their names."""

    def __init__(self, output: Path, manifest: Mapping[str, Any], connection: Any, tables: frozenset[str]) -> None:
        self.output, self.manifest, self.tables = output, manifest, tables
        self._connection = connection

    def rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query; `values` fill its `$name`."""
        found: list[tuple[Any, ...]] = self._connection.execute(sql, values or {}).fetchall()
        return found

    def number(self, sql: str) -> int:
        """The one number of a query."""
        return int(self.rows(sql)[0][0] or 0)

    def put(self, table: str, rows: list[tuple[object, ...]]) -> None:
        """Add rows to a table of the connection."""
        if rows:
            import pandas

            frame = pandas.DataFrame(rows, dtype=object)
            self._connection.register("frame", frame)
            self._connection.execute(f"INSERT INTO {table} SELECT * FROM frame")
            self._connection.unregister("frame")

    def write(self, sql: str, target: Path) -> None:
        """The rows of a query as a Parquet file, which appears whole or not at all."""
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            self._connection.execute(f"COPY ({sql}) TO {quoted(beside)} (FORMAT parquet)")
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)


def quoted(path: Path) -> str:
    """A path as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def part(output: Path, table: str) -> Path:
    """The file of a table: recommendations have the output's own name.

    >>> str(part(Path("out/lung.parquet"), "blocks"))
    'out/lung.blocks.parquet'
    """
    return output if table == "recommendations" else output.with_name(f"{output.stem}.{table}{ENDING}")


@contextmanager
def finished(output: Path) -> Iterator[Finished]:
    """The cohort whose recommendations are in this Parquet file; UnusableInput where a table is missing or broken."""
    if output.suffix != ENDING:
        raise UnusableInput(str(output), "it is no Parquet file", "write the cohort with --out FILE.parquet")
    for table in COLUMNS:
        if not part(output, table).is_file():
            remedy = "name the output of mtb-match cohort, with the files beside it"
            raise UnusableInput(str(part(output, table)), "there is no such file", remedy)
    import duckdb

    with tempfile.TemporaryDirectory(prefix="mtb-match-cohort-") as folder:
        connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": folder})
        try:
            held = [name for name in (*COLUMNS, "changes") if part(output, name).is_file()]
            for name in held:
                _view(connection, name, part(output, name))
            yield Finished(output, _manifest(output), connection, frozenset(held))
        except duckdb.Error as error:
            remedy = "run mtb-match cohort again"
            raise UnusableInput(str(output), f"its tables cannot be read ({error})", remedy) from error
        finally:
            connection.close()


def _view(connection: Any, name: str, path: Path) -> None:
    columns = CHANGES if name == "changes" else COLUMNS[name]
    typed = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())
    connection.execute(f"CREATE VIEW {name} AS SELECT {typed} FROM read_parquet({quoted(path)})")


def _manifest(output: Path) -> Mapping[str, Any]:
    path = output.with_suffix(".json")
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnusableInput(str(path), f"it is no JSON ({error})", "run mtb-match cohort again") from error
    return found if isinstance(found, dict) else {}


def written(tables: Mapping[str, Any], output: Path) -> None:
    """Write the tables of a cohort (data frames by name) as Parquet files, `output` with the recommendations."""
    import duckdb

    connection = duckdb.connect()
    try:
        for name, columns in COLUMNS.items():
            connection.register("frame", tables[name])
            typed = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())
            connection.execute(f"COPY (SELECT {typed} FROM frame) TO {quoted(part(output, name))} (FORMAT parquet)")
            connection.unregister("frame")
    finally:
        connection.close()
