"""The tables of a finished cohort as views of a DuckDB connection, worked on out of core."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matcher.cohort.output import Form, Target, manifest_of, source, target
from matcher.cohort.tables import COLUMNS, TRIED
from matcher.notes import UnusableInput

MEMORY = "1GB"
"""Beyond so much DuckDB works on disk."""

ENDING = ".parquet"

NEEDED = ("recommendations", "avoided", "patients", "blocks", "notes")
"""The tables that every cohort has."""

OF = "output"
"""What the file of what was tried tells of the recommendations that it was held against: their digest."""

TRIED_TABLE = "tried"
"""The table that a cohort has on which changes were tried (`matcher.cohort.changes`)."""


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

    def write_tried(self, sql: str, target: Path) -> None:
        """The rows of a query as the table of what was tried on this output, which appears whole or not at all."""
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        of = f"KV_METADATA {{{OF}: '{_digest(self.output)}'}}"
        try:
            self._connection.execute(f"COPY ({sql}) TO {quoted(beside)} (FORMAT parquet, {of})")
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)


def quoted(path: Path) -> str:
    """A path as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def part(output: Path, table: str) -> Path:
    """The file of a table of a Parquet output: recommendations have the output's own name.

    `tried` is a Parquet file beside an output of any form.

    >>> str(part(Path("out/lung.parquet"), "blocks")), str(part(Path("lung.tsv.gz"), TRIED_TABLE))
    ('out/lung.blocks.parquet', 'lung.tried.parquet')
    """
    return output if table == "recommendations" else output.with_name(f"{_stem(output)}.{table}{ENDING}")


def _stem(output: Path) -> str:
    return Target(output, Form("")).manifest.name.removesuffix(".json")


def _sources(output: Path) -> dict[str, str]:
    """The query of each table of the output; UnusableInput where one is not there, or the name says no form."""
    aim = _aim(output)
    for file in map(aim.file, NEEDED):
        if not file.is_file():
            remedy = "name the output of mtb-match cohort, with the files beside it"
            raise UnusableInput(str(file), "there is no such file", remedy)
    return {table: source(aim.file(table), COLUMNS[table], aim.form) for table in NEEDED}


def _aim(output: Path) -> Target:
    """The output in the form that its manifest tells, else in that of its name."""
    told = manifest_of(Target(output, Form("")).manifest)
    return target(output) if told is None else Target(output, Form(told["form"]["name"], told["form"]["packed"]))


@contextmanager
def finished(output: Path) -> Iterator[Finished]:
    """The cohort whose recommendations are in this file; UnusableInput where a table is missing or broken."""
    sources = _sources(output)
    import duckdb

    with tempfile.TemporaryDirectory(prefix="mtb-match-cohort-") as folder:
        connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": folder})
        try:
            if _is_tried(output, connection):
                sources[TRIED_TABLE] = f"SELECT * FROM read_parquet({quoted(part(output, TRIED_TABLE))})"
            for name, query in sources.items():
                _view(connection, name, query)
            yield Finished(output, _manifest(output), connection, frozenset(sources))
        except duckdb.Error as error:
            remedy = "run mtb-match cohort again"
            raise UnusableInput(str(output), f"its tables cannot be read ({error})", remedy) from error
        finally:
            connection.close()


def _is_tried(output: Path, connection: Any) -> bool:
    """Whether there is a file of what was tried on this very output: one of an earlier output does not count."""
    tried = part(output, TRIED_TABLE)
    if not tried.is_file():
        return False
    told = connection.execute(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata({quoted(tried)})").fetchall()
    return dict(told).get(OF) == _digest(output)


def _digest(output: Path) -> str:
    from hashlib import file_digest

    with output.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _view(connection: Any, name: str, query: str) -> None:
    columns = TRIED if name == TRIED_TABLE else COLUMNS[name]
    typed = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())
    connection.execute(f"CREATE VIEW {name} AS SELECT {typed} FROM ({query})")


def _manifest(output: Path) -> Mapping[str, Any]:
    path = output.with_name(f"{_stem(output)}.json")
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
            if name not in tables:
                continue
            connection.execute(f"SET pandas_analyze_sample = {max(1, len(tables[name]))}")
            connection.register("frame", tables[name])
            typed = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())
            connection.execute(f"COPY (SELECT {typed} FROM frame) TO {quoted(part(output, name))} (FORMAT parquet)")
            connection.unregister("frame")
    finally:
        connection.close()
