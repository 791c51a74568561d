"""The SQLite file of a journal: made whole or not at all, written by one process at a time, read after any crash.

What SQLite needs to keep its word (https://www.sqlite.org/howtocorrupt.html) is seen to here: a rollback journal that a
crash left is played back or read around, never ignored; a file that is empty, replaced or has other tables is refused.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

from kb.curation.chain import Row
from kb.errors import CurationProblem

VERSION = "mtb-match-journal/1"

_SCHEMA = (
    "CREATE TABLE about (version TEXT NOT NULL)",
    "CREATE TABLE entry (number INTEGER PRIMARY KEY, content TEXT NOT NULL, hash TEXT NOT NULL)",
    *(
        f"CREATE TRIGGER {table}_{change} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, 'append only'); END"
        for table in ("about", "entry")
        for change in ("UPDATE", "DELETE")
    ),
)

_SETTINGS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA synchronous = EXTRA",
    "PRAGMA fullfsync = ON",
)
"""EXTRA: the end of a transaction too is on the disk before it is told; fullfsync: through the cache of a Mac."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK}
"""How file systems without hard links say so."""

_LEFT = ("-journal", "-wal")
"""What SQLite keeps beside a file while it writes, and what a crash leaves there."""

_TRIES = 20
"""How often a copy of files that change meanwhile is tried."""

_CANNOT_UNDO = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""How SQLite says that a write was cut short and that this user may not undo it; not that another one is writing."""

NOTHING = "nothing was recorded"

T = TypeVar("T")


class Writing:
    """A transaction on a journal's file: what stands in it, and what is added."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.last: Row | None = None

    def rows(self) -> list[Row]:
        """Every entry's row, oldest first, with what was added here."""
        return _rows(self._connection)

    def append(self, row: Row) -> None:
        """Add a row."""
        self._connection.execute("INSERT INTO entry VALUES (?, ?, ?)", row)
        self.last = row

    def commit(self) -> None:
        """Have it stand."""
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """End it, and undo what does not stand."""
        self._connection.close()


class Rehearsal:
    """A transaction on a journal that is not there: nothing stands in it, and nothing is kept."""

    def rows(self) -> list[Row]:
        """No row."""
        return []

    def append(self, row: Row) -> None:
        """Take a row, and leave it."""


class JournalFile:
    """The file of a journal; `wait` is how many seconds a reader or writer waits for another one."""

    def __init__(self, path: Path, wait: float) -> None:
        self.path, self._wait = path, wait

    def rows(self) -> list[Row]:
        """Every entry's row, oldest first; none where there is no file. CurationProblem where it cannot be read."""
        return self._read(self._rows_of, [])

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction that no other writer shares; what was added in it stands, on the disk, when it ends well.

        The file is made where there is none. CurationProblem says what went wrong, and whether something was recorded.
        """
        with self._told(True):
            if not self._stands():
                self._make()
            before = os.stat(self.path)
            with closing(self._connect(self.path)) as connection:  # what was not committed is undone
                for setting in _SETTINGS:
                    connection.execute(setting)
                self._without_wal(connection)
                connection.execute("BEGIN IMMEDIATE")
                self._check_tables(connection)
                self._check_same(before, NOTHING)
                page = Writing(connection)
                yield page
                self._commit(page)
            self._check_same(before, "see `kb history` for what was recorded, and record again what is not there")

    def last(self) -> Row | None:
        """The last entry's row, as it stands; None where there is no file, or no entry in it."""
        found = self._read(self._last_of, [])
        return found[0] if found else None

    def damage(self) -> tuple[str, ...]:
        """What SQLite's own check finds wrong with the file; nothing where it is whole or not there."""
        found = self._read(self._checked_by_sqlite, ["ok"])
        return () if found == ["ok"] else tuple(found)

    def cut_short(self) -> bool:
        """Whether a write is under way, or was cut short and not undone yet."""
        return any(_size(left) for left in self.left())

    def left(self) -> tuple[Path, ...]:
        """The files that SQLite keeps beside this one while it writes."""
        return tuple(self.path.with_name(self.path.name + ending) for ending in _LEFT)

    # Making

    def is_there(self) -> bool:
        """Whether there is a file; CurationProblem where it can be none of a journal, or cannot be looked at."""
        with self._told(False):
            return self._stands()

    def _stands(self) -> bool:
        """Whether there is a file; CurationProblem where it can be none of ours."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return False
        if stat.S_ISDIR(found.st_mode):
            raise CurationProblem(str(self.path), "is a folder", "name a file in it, such as curation.sqlite")
        if not stat.S_ISREG(found.st_mode):
            raise CurationProblem(str(self.path), "is no file that keeps what is written", "name another file")
        if not found.st_size:
            raise CurationProblem(
                str(self.path),
                "is empty, which no journal is: its entries are lost, or it was made by another program",
                "restore it from a copy, or remove it to begin a new journal",
            )
        return True

    def _make(self) -> None:
        """Put a journal without entries in place, in one step; where another process was faster, its file stays."""
        self._check_nothing_left()
        target = Path(os.path.realpath(self.path))
        _make_folder(target.parent)
        new = target.with_name(f".{target.name}.{os.urandom(8).hex()}")
        try:
            _write_new(new, _blank())
            _put(new, target)
        except FileExistsError:
            return
        finally:
            new.unlink(missing_ok=True)
        _sync_folder(target.parent)

    def _check_nothing_left(self) -> None:
        """A left-over of another journal would be played back into the new one."""
        for left in self.left():
            if _size(left) and not self.path.exists():
                raise CurationProblem(
                    str(left),
                    f"is the unfinished write of a journal {self.path.name} that is gone",
                    "put that journal back beside it, or move this file away to begin a new one",
                )

    # Reading

    def _read(self, reading: Callable[[Path], list[T]], empty: list[T]) -> list[T]:
        """What this reads of the file, or of a copy where a crash left a write that this user may not undo."""
        with self._told(False):
            if not self._stands():
                return empty
            try:
                return reading(self.path)
            except sqlite3.OperationalError as error:
                if _code(error) not in _CANNOT_UNDO or not self.cut_short():
                    raise
            with self._copy() as path:
                return reading(path)

    def _rows_of(self, path: Path) -> list[Row]:
        with closing(self._connect(path)) as connection:
            connection.execute("PRAGMA cell_size_check = ON")
            self._check_tables(connection)
            return _rows(connection)

    def _last_of(self, path: Path) -> list[Row]:
        with closing(self._connect(path)) as connection:
            self._check_tables(connection)
            return _rows(connection, "DESC LIMIT 1")

    def _checked_by_sqlite(self, path: Path) -> list[str]:
        with closing(self._connect(path)) as connection:
            return [str(line) for (line,) in connection.execute("PRAGMA integrity_check(20)")]

    @contextmanager
    def _copy(self) -> Iterator[Path]:
        """A copy with what a crash left beside the file, in which the unfinished write can be undone."""
        import shutil
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            copied = Path(folder) / self.path.name
            for _ in range(_TRIES):
                before = self._marks()
                for file in (self.path, *self.left()):
                    if file.exists():
                        shutil.copyfile(file, copied.with_name(file.name))
                if self._marks() == before:
                    yield copied
                    return
        raise CurationProblem(str(self.path), "is written to all the time", "try again")

    def _marks(self) -> list[tuple[int, int, int] | None]:
        return [_mark(file) for file in (self.path, *self.left())]

    # SQLite

    def _connect(self, path: Path) -> sqlite3.Connection:
        """A connection that never makes a file; one that may only read where the file may only be read."""
        uri = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, timeout=self._wait, isolation_level=None)
        connection.text_factory = _text
        return connection

    def _commit(self, page: Writing) -> None:
        """Let stand what was added; where the disk fails in it, look whether it does."""
        try:
            page.commit()
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_IOERR:
                raise
            page.close()
            self._fail(error, self._outcome(page.last))

    def _outcome(self, last: Row | None) -> str:
        try:
            stands = last is None or last in self.rows()
        except CurationProblem:
            return "see `kb history` whether it was recorded before you do it again"
        return "it was recorded, and may be lost yet: copy the journal now" if stands else NOTHING

    def _without_wal(self, connection: sqlite3.Connection) -> None:
        """Back to one file, where somebody switched the journal to SQLite's log of writes."""
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "delete":
            connection.execute("PRAGMA journal_mode = DELETE")

    def _check_tables(self, connection: sqlite3.Connection) -> None:
        """CurationProblem for other tables, or a trigger that would swallow what is written."""
        found = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master")}
        if found != set(_SCHEMA):
            ours = any("entry" in (sql or "") for sql in found)
            raise CurationProblem(
                str(self.path),
                "has other tables or triggers than a journal" if ours else "is no journal of curation",
                "restore it from a copy" if ours else "name the file that `kb add` made",
            )
        version = connection.execute("SELECT version FROM about").fetchall()
        if version != [(VERSION,)]:
            raise CurationProblem(
                str(self.path), "is no journal of curation of this version", "use the mtb-match that made it"
            )

    def _check_same(self, before: os.stat_result, remedy: str) -> None:
        """CurationProblem where another file took this one's place meanwhile: what was written went elsewhere."""
        try:
            now = os.stat(self.path)
        except FileNotFoundError:
            now = None
        if now is None or (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
            raise CurationProblem(str(self.path), _MOVED, remedy)

    # Errors

    @contextmanager
    def _told(self, writes: bool) -> Iterator[None]:
        """SQLite's and the system's errors as ours."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            self._fail(error, NOTHING if writes else None)
        except UnicodeDecodeError as error:  # SQLite quotes a damaged name in its message
            self._raise(_DAMAGED[0], _DAMAGED[1], NOTHING if writes else None, error)
        except OSError as error:
            problem, remedy = _SYSTEM.get(error.errno or 0, (error.strerror or str(error), "name another file"))
            self._raise(f"cannot be used ({problem})", remedy, NOTHING if writes else None, error)

    def _fail(self, error: sqlite3.DatabaseError, outcome: str | None) -> NoReturn:
        moved = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED
        problem, remedy = (_MOVED, "do it again") if moved else _SQLITE.get(_code(error), _DAMAGED)
        self._raise(f"{problem} ({error})", remedy, outcome, error)

    def _raise(self, problem: str, remedy: str, outcome: str | None, cause: Exception) -> NoReturn:
        raise CurationProblem(str(self.path), problem, f"{remedy}; {outcome}" if outcome else remedy) from cause


_MOVED = "was replaced or removed while it was written to"
_DAMAGED = ("is damaged, or no journal of curation", "`kb verify` says what is left; restore it from a copy")
_IN_USE = ("is in use by another process, such as another curator's", "try again")
_DISK_FULL = ("cannot be written: the disk is full", "make room")
_NOT_ALLOWED = ("cannot be opened", "name a file that you may write to, in a folder that you may write to")

_SQLITE = {
    sqlite3.SQLITE_BUSY: _IN_USE,
    sqlite3.SQLITE_LOCKED: _IN_USE,
    sqlite3.SQLITE_FULL: _DISK_FULL,
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk failed, or a limit was met", "see to the disk"),
    sqlite3.SQLITE_READONLY: ("cannot be written", _NOT_ALLOWED[1]),
    sqlite3.SQLITE_PERM: _NOT_ALLOWED,
    sqlite3.SQLITE_CANTOPEN: _NOT_ALLOWED,
    sqlite3.SQLITE_CONSTRAINT: ("takes entries at its end only", "record a new act instead of changing one"),
}
"""SQLite's codes (https://www.sqlite.org/rescode.html), what they mean here, and what to do."""

_SYSTEM = {
    **dict.fromkeys(_FULL, ("the disk is full", "make room")),
    errno.EACCES: ("you may not write there", _NOT_ALLOWED[1]),
    errno.EPERM: ("you may not write there", _NOT_ALLOWED[1]),
    errno.EROFS: ("its disk can only be read", "name a file on another disk"),
    errno.ENOTDIR: ("a part of its path is no folder", "name a file in a folder"),
    errno.EEXIST: ("a part of its path is no folder", "name a file in a folder"),
}


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary code; 0 where Python itself could not read what the file holds."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _rows(connection: sqlite3.Connection, which: str = "") -> list[Row]:
    asked = f"SELECT number, content, hash FROM entry ORDER BY number {which}"
    return [Row(*each) for each in connection.execute(asked)]


def _text(stored: bytes) -> str:
    """A text as it stands in the file; bytes that are no text become surrogates, which no entry has."""
    return stored.decode("utf-8", "surrogateescape")


def _blank() -> bytes:
    """The file of a journal without entries."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("INSERT INTO about VALUES (?)", (VERSION,))
        return connection.serialize()


def _put(new: Path, target: Path) -> None:
    """Give a new file its name; FileExistsError where there is one of that name."""
    try:
        os.link(new, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _write_new(target, new.read_bytes())


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet, down to the disk; its rights are those of the user's umask."""
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, down to the disk."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk; a system that cannot do so for folders does it by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(opened)


def _size(path: Path) -> int:
    found = _mark(path)
    return found[1] if found else 0


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
