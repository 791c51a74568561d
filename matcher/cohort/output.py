"""The files of a finished run: their names and forms, how they are written, and how they are read again.

`X.parquet` holds the recommendations; beside it are the other tables (`X.patients.parquet` and so on) and `X.json`,
which says what they were made from.

    with opened(Path("cohort.parquet")) as output:
        output.manifest["kb"]["release"]
        output.run("SELECT tier, count(*) FROM patients GROUP BY ALL ORDER BY ALL")
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from matcher.cohort.rows_text import read, written
from matcher.cohort.tables import COLUMNS, TRIED
from matcher.notes import UnusableInput
from rules.sql_text import literal

if TYPE_CHECKING:
    from matcher.cohort.database import Parameters

SCHEMA = "mtb-match-cohort/1"
FORMS = ("parquet", "tsv", "jsonl")
MAIN = "recommendations"
"""The table that the file named by the user holds."""
CHANGES = "changes"
"""The table that only a run against an earlier release has."""
TRIED_TABLE = "tried"
"""The table that a run has on which changes were tried (`matcher.cohort.changes`): Parquet beside files of any form."""
OF = "output"
"""What the file of what was tried tells of the recommendations that it was held against: their digest."""


class Form(NamedTuple):
    """How tables are written: one of FORMS, the two texts also packed (gzip)."""

    name: str
    packed: bool = False


class Target(NamedTuple):
    """Where a run writes: the file that the user named, and the form of all its files."""

    out: Path
    form: Form

    @property
    def manifest(self) -> Path:
        """The file that says what the tables were made from."""
        return self.out.with_name(f"{_stem(self.out)[0]}.json")

    def file(self, table: str) -> Path:
        """The file of a table."""
        if table == MAIN:
            return self.out
        stem, suffix = _stem(self.out)
        return self.out.with_name(f"{stem}.{table}{suffix}")


def target(out: Path, named: str | None = None) -> Target:
    """Where a run writes, in the form that is named or else the suffix says; UnusableInput where they do not fit."""
    _, suffix = _stem(out)
    packed = suffix.endswith(".gz")
    by_suffix = suffix.removesuffix(".gz").removeprefix(".")
    if named is None and by_suffix not in FORMS:
        raise UnusableInput(str(out), "the name says no form", f"end it in .{', .'.join(FORMS)}, or give --format")
    if named is not None and by_suffix in FORMS and by_suffix != named:
        raise UnusableInput(str(out), f"the name says {by_suffix}, --format says {named}", "leave one of them out")
    if packed and (named or by_suffix) == "parquet":
        raise UnusableInput(str(out), "Parquet is packed in itself", "leave .gz out")
    found = Target(out, Form(named or by_suffix, packed))
    if out.exists() and not out.is_file() and not out.is_dir():
        raise UnusableInput(str(out), "it is a device or a pipe, and several tables are written", "name a file")
    if found.manifest == out:
        raise UnusableInput(str(out), "that name is for the description of the run", "choose another --out")
    return found


def _stem(out: Path) -> tuple[str, str]:
    """The name without its suffix, and the suffix, `.gz` with the one before it."""
    bare = out.name.removesuffix(".gz")
    stem = bare.rpartition(".")[0] or bare
    return stem, out.name[len(stem) :]


def writes(query: str, columns: Mapping[str, str], file: Path, form: Form) -> str:
    """The statement that writes the rows of a query, in their order."""
    if form.name == "parquet":
        text, options = query, "FORMAT parquet, COMPRESSION zstd"
    elif form.name == "jsonl":
        text, options = query, "FORMAT json"
    else:
        cells = ", ".join(written(name, kind) for name, kind in columns.items())
        text, options = f"SELECT {cells} FROM ({query})", "FORMAT csv, DELIMITER '\t', QUOTE '', ESCAPE '', HEADER"
    if form.name != "parquet":
        options += f", COMPRESSION {'gzip' if form.packed else 'none'}"
    return f"COPY ({text}) TO {literal(str(file))} ({options})"


def source(file: Path, columns: Mapping[str, str], form: Form) -> str:
    """The query that gives the rows of a file, with the types of the columns."""
    if form.name == "parquet":
        return f"SELECT * FROM read_parquet({literal(str(file))})"
    packed = f"compression = '{'gzip' if form.packed else 'none'}'"
    if form.name == "jsonl":
        kinds = ", ".join(f"{name}: {literal(kind)}" for name, kind in columns.items())
        how = f"columns = {{{kinds}}}, format = 'newline_delimited', {packed}"
        return f"SELECT * FROM read_json({literal(str(file))}, {how})"
    listed = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    how = "auto_detect = false, header = true, delim = '\t', quote = '', escape = '', new_line = '\\n'"
    cells = ", ".join(read(name, kind) for name, kind in columns.items())
    return f"SELECT {cells} FROM read_csv({literal(str(file))}, columns = {{{listed}}}, {how}, {packed})"


class Asked(Protocol):
    """A finished run that can be asked, as `opened` gives it."""

    manifest: Mapping[str, Any]

    def run(self, query: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows of a query over its tables."""
        ...

    def close(self) -> None:
        """Frees the memory."""
        ...


class Output:
    """A finished run: what it was made from, and its tables. Use it in a `with`, or `close` it.

    `tables` names those that the run has; each is a view of `database`, in the order in which it was written. What was
    tried is one of them where it was tried on these very recommendations. DuckDB takes one thread, or with None all
    cores, and works on disk beyond its memory.
    """

    def __init__(
        self, manifest: Mapping[str, Any], files: Mapping[str, Path], form: Form, threads: int | None = 1
    ) -> None:
        from matcher.cohort.database import MEMORY, Database

        self.manifest, self.files, self.form = manifest, files, form
        self._spill = TemporaryDirectory(prefix="mtb-match-cohort-", ignore_cleanup_errors=True)
        self.database = Database(Path(self._spill.name), MEMORY, threads)
        try:
            for table, file in files.items():
                self._view(table, file, source(file, COLUMNS[table], form))
            self.tables = (*files, *([TRIED_TABLE] if self._view_tried() else []))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the memory and the disk."""
        self.database.close()
        self._spill.cleanup()

    def run(self, query: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """The rows of a query over the tables, all of them; UnusableInput where a file cannot be read."""
        with self._readable():
            return self.database.run(query, parameters)

    def number(self, query: str) -> int:
        """The one number of a query; UnusableInput as `run`."""
        return int(self.run(query)[0][0] or 0)

    def relation(self, table: str) -> Any:
        """A table as a relation of DuckDB."""
        return self.database.relation(f"SELECT * FROM {table}")

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a table with the columns of COLUMNS, one after the other; UnusableInput as `run`."""
        with self._readable():
            yield from self.database.each(f"SELECT {', '.join(COLUMNS[table])} FROM {table}")

    def write_tried(self, query: str) -> Path:
        """The rows of a query as the table of what was tried on this run: its file, which appears whole or not at all.

        UnusableInput as `run`.
        """
        file = tried_file(self.files[MAIN])
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        of = f"KV_METADATA {{{OF}: '{_digest(self.files[MAIN])}'}}"
        try:
            self.run(f"COPY ({query}) TO {literal(str(beside))} (FORMAT parquet, {of})")
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
        return file

    def _view_tried(self) -> bool:
        """Makes known what was tried; whether that is of this very output: what was tried on an earlier one is not."""
        file = tried_file(self.files[MAIN])
        if not file.is_file():
            return False
        with self._readable(file):
            told = self.database.run(
                f"SELECT decode(key), decode(value) FROM parquet_kv_metadata({literal(str(file))})"
            )
        if dict(told).get(OF) != _digest(self.files[MAIN]):
            return False
        cells = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in TRIED.items())
        self._view(TRIED_TABLE, file, f"SELECT {cells} FROM read_parquet({literal(str(file))})")
        return True

    def _view(self, table: str, file: Path, query: str) -> None:
        if not file.is_file():
            raise UnusableInput(str(file), "the file is not there", "run the cohort again, or bring the file back")
        with self._readable(file):
            self.database.run(f"CREATE VIEW {table} AS {query}")

    @contextmanager
    def _readable(self, file: Path | None = None) -> Iterator[None]:
        from matcher.cohort.database import Failed

        try:
            yield
        except Failed as error:
            where = str(file or self.files[MAIN])
            raise UnusableInput(where, f"cannot be read ({error.reason})", "run the cohort again") from error


def tried_file(out: Path) -> Path:
    """The file of what was tried on the run whose recommendations are in this one.

    >>> str(tried_file(Path("out/lung.tsv.gz")))
    'out/lung.tried.parquet'
    """
    return out.with_name(f"{_stem(out)[0]}.{TRIED_TABLE}.parquet")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def opened(path: Path, threads: int | None = 1) -> Output:
    """A finished run, by the file of its recommendations or its manifest; UnusableInput where it is none."""
    manifest = path if path.suffix == ".json" else Target(path, Form("")).manifest
    told = manifest_of(manifest)
    if told is None:
        remedy = f"name a file that `mtb-match cohort --out` wrote, with {manifest.name} beside it"
        raise UnusableInput(str(path), "is no output of a finished run of a cohort", remedy)
    files = {table: manifest.with_name(each["file"]) for table, each in told["files"].items() if table in COLUMNS}
    if path != manifest and path not in files.values():
        named = files[MAIN].name
        raise UnusableInput(str(path), f"{manifest.name} tells of a run into {named}", f"name {named}")
    return Output(told, files, Form(told["form"]["name"], told["form"]["packed"]), threads)


def manifest_of(file: Path) -> dict[str, Any] | None:
    """What a run wrote of itself; None where the file is not there, or is something else."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError):
        return None
    return told if isinstance(told, dict) and told.get("schema") == SCHEMA else None
