"""The work folder of a run, beside its output: the pieces that are whole, and what they were made from.

X.parquet.partial/
  .lock            held by the process that works here
  manifest.json    what the pieces are made from: only a run of the same goes on
  piece-000000/    the tables of the first patients as Parquet, and about.json; renamed to this name when whole

Patients who are alike are numbered from 0 on in each piece: several are written at once.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from matcher.cohort.tables import COLUMNS
from matcher.notes import UnusableInput
from rules.sql_text import literal

if TYPE_CHECKING:
    from matcher.cohort.arranged import Arranged
    from matcher.cohort.database import Columns, Database, Parameters
    from matcher.cohort.subject import Subject, Unreadable
    from matcher.cohort.tables import Tables

LOCK, MANIFEST, ABOUT, SPILL = ".lock", "manifest.json", "about.json", "spill"
JOINED, MORE = "joined", "more"
PIECE = "piece-"
MAKE_SPACE = "make space, or mend the folder's permissions, and run the same command again: it goes on from here"


class Piece(NamedTuple):
    """A whole piece: its folder, its number of patients, the last one's name and source, how many are not alike."""

    folder: Path
    patients: int
    last: tuple[str, str]
    alike: int


class Saved(NamedTuple):
    """A piece whose tables are written: the folder that was begun for them, its numbers of who is alike."""

    folder: Path
    alike: int


Watch = Callable[[int], None]
"""Is told of so many more patients that their facts are known."""


def unwatched(patients: int) -> None:
    """Tells nobody."""


@runtime_checkable
class Saver(Protocol):
    """What answers the pieces of a cohort and writes the tables itself, as `matcher.cohort.workers.Workers` does."""

    def save(
        self,
        pieces: Iterable[tuple[Sequence[Subject | Unreadable], Path]],
        out: Path,
        watch: Watch = unwatched,
    ) -> Generator[Saved | Tables, None, None]:
        """As `stream`, with each piece's tables written into the folder that comes with it, in the order of `arranged`.

        The tables themselves come where that was not done. Several pieces may be answered together: `watch` is told how
        far it is. UnusableInput, on `out`, where they cannot be written.
        """
        ...


class Work:
    """The work folder of one run; `pieces` are those that are whole, in order."""

    def __init__(self, out: Path, folder: Path, database: Database) -> None:
        self.out, self.folder, self.database = out, folder, database
        self.pieces = list(_whole(folder))

    @property
    def patients(self) -> int:
        """How many patients the whole pieces hold."""
        return sum(piece.patients for piece in self.pieces)

    def begun(self, number: int) -> Path:
        """An empty folder for the tables of a piece, under a name that is this process's own; UnusableInput.

        What another run's processes write after their end finds no folder of theirs.
        """
        with writing(self.out):
            return emptied(self.folder / f".{PIECE}{number:06d}.{os.getpid()}")

    def keep(self, arranged: Arranged, subjects: Sequence[Subject | Unreadable]) -> None:
        """Keeps the tables of the next piece, all or none of them; UnusableInput where they cannot be written."""
        beginning = self.begun(len(self.pieces))
        with writing(self.out):
            save(self.database, arranged.tables, beginning)
        self.keep_saved(Saved(beginning, arranged.alike), subjects)

    def keep_saved(self, saved: Saved, subjects: Sequence[Subject | Unreadable]) -> None:
        """Keeps the next piece, whose tables are in a folder that was begun; UnusableInput as `keep`."""
        beginning, whole = saved.folder, self.folder / f"{PIECE}{len(self.pieces):06d}"
        last = subjects[-1].name, subjects[-1].source
        about = {"patients": len(subjects), "last": last, "alike": saved.alike}
        with writing(self.out):
            (beginning / ABOUT).write_text(json.dumps(about), encoding="utf-8")
            to_disk(*beginning.iterdir(), beginning)
            beginning.rename(whole)
            to_disk(self.folder)
        self.pieces.append(Piece(whole, len(subjects), last, saved.alike))

    def begin(self, made_of: Mapping[str, Any], fresh: bool) -> None:
        """Makes the folder ready for what the pieces are made of. Whole pieces of the same stay, unless `fresh`.

        UnusableInput where there are pieces of something else.
        """
        then = _told(self.folder / MANIFEST)
        if not fresh and self.pieces and then != made_of:
            raise _other(self.folder, then or {}, made_of)
        with writing(self.out):
            if fresh or then != made_of:
                self.pieces = []
                (self.folder / MANIFEST).unlink(missing_ok=True)
            for path in self.folder.iterdir():
                if path.name not in (LOCK, MANIFEST, *(piece.folder.name for piece in self.pieces)):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            beside = self.folder / f".{MANIFEST}"
            beside.write_text(json.dumps(made_of, ensure_ascii=False, sort_keys=True), encoding="utf-8")
            to_disk(beside)
            beside.replace(self.folder / MANIFEST)

    def remove(self) -> None:
        """Removes the folder: nothing in it is needed any more."""
        with suppress(OSError):
            (self.folder / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(self.folder)


@contextmanager
def work_folder(out: Path) -> Iterator[Work]:
    """The work folder beside an output, for this process alone; without a whole piece it is gone afterwards.

    UnusableInput where another process works there, or the folder holds what no run left.
    """
    from matcher.cohort.database import Database

    folder = out.with_name(f"{out.name}.partial")
    if out.is_dir():
        raise UnusableInput(str(out), "is a folder", "name a file")
    with writing(out):
        handle = _locked(out, folder)
    try:
        _check_known(folder)
        with Database(folder / SPILL) as database:
            yield Work(out, folder, database)
    finally:
        if folder.is_dir() and not any(folder.glob(f"{PIECE}*")) and not _strangers(folder):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """What cannot be written here is told of the output: UnusableInput with the reason and what to do."""
    from matcher.cohort.database import Failed

    try:
        yield
    except OSError as error:
        raise UnusableInput(str(out), f"cannot be written ({error.strerror})", MAKE_SPACE) from error
    except Failed as error:
        raise UnusableInput(str(out), f"cannot be written ({error.reason})", MAKE_SPACE) from error


def _locked(out: Path, folder: Path) -> int:
    """The open lock file of the folder, which is made; the lock dies with the process."""
    import fcntl

    while True:
        folder.mkdir(exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            remedy = "wait for it to end, or choose another --out"
            raise UnusableInput(str(out), "another run is writing there", remedy) from error
        except BaseException:
            os.close(handle)
            raise
        # The run that held it may have ended meanwhile, and removed the folder.
        with suppress(OSError):
            if os.fstat(handle).st_ino == (folder / LOCK).stat().st_ino:
                return handle
        os.close(handle)


def _check_known(folder: Path) -> None:
    strangers = _strangers(folder)
    if strangers:
        reason = f"holds {strangers[0]}, which no run of a cohort left there"
        raise UnusableInput(str(folder), reason, "move the folder away, or choose another --out")


def _strangers(folder: Path) -> list[str]:
    known = (LOCK, MANIFEST, f".{MANIFEST}", SPILL, JOINED, MORE)
    names = (path.name for path in folder.iterdir())
    return sorted(name for name in names if name not in known and not name.removeprefix(".").startswith(PIECE))


def save(database: Database, tables: Tables | Mapping[str, Columns], folder: Path) -> None:
    """Writes data frames, or columns, as tables of COLUMNS into a folder, as Parquet; `database.Failed`."""
    for table, frame in tables.items():
        database.register("stage", frame)
        save_table(database, table, "stage", folder)
        database.forget("stage")


def save_rows(database: Database, table: str, rows: Sequence[tuple[object, ...]], folder: Path) -> None:
    """Writes a few rows as `save`, without what data frames take to begin with."""
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS[table])
    cells = ", ".join(f'unnest(CAST(? AS {kind}[])) AS "{name}"' for name, kind in COLUMNS[table].items())
    save_table(database, table, f"(SELECT {cells})", folder, map(list, columns))


def save_table(database: Database, table: str, rows: str, folder: Path, parameters: Parameters = ()) -> None:
    """Writes rows, a part of a query behind FROM, as a table of COLUMNS into a folder; `database.Failed`."""
    cells = ", ".join(f'CAST("{name}" AS {kind}) AS {name}' for name, kind in COLUMNS[table].items())
    file = literal(str(folder / f"{table}.parquet"))
    database.run(f"COPY (SELECT {cells} FROM {rows}) TO {file} (FORMAT parquet)", parameters)


def _whole(folder: Path) -> Iterator[Piece]:
    """The pieces from the first one on, up to the first that is not there or not whole (or of an older program)."""
    number = 0
    while True:
        piece = folder / f"{PIECE}{number:06d}"
        about = _told(piece / ABOUT)
        if about is None or "alike" not in about:
            return
        name, source = about["last"]
        yield Piece(piece, about["patients"], (name, source), about["alike"])
        number += 1


def _other(folder: Path, then: Mapping[str, Any], now: Mapping[str, Any]) -> UnusableInput:
    """That the pieces are of something else: what, then and now."""
    names = [name for name in now if then.get(name) != now[name]]
    differ = "; ".join(f"{name} was {_brief(then.get(name))} and is {_brief(now[name])}" for name in names)
    reason = f"holds pieces of a run of something else ({differ})"
    return UnusableInput(str(folder), reason, "ask as that run did to go on, or begin anew with --fresh")


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _told(file: Path) -> dict[str, Any] | None:
    """The JSON of a file; None where it is not there or not whole."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def emptied(folder: Path) -> Path:
    """The folder, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def to_disk(*paths: Path) -> None:
    """Has the system write files and folders to the disk before anything that follows."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems take no folder
                raise
        finally:
            os.close(handle)
