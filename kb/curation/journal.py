"""The journal of curation: an append-only chain of entries in one SQLite file, each with the hash of the one before.

SQLite gives what a crash, a full disk and two writers at once ask for: an entry is there whole or not at all. Triggers
refuse changes, and the hash chain shows those that went round them. The file lies on a local disk: locks on network
file systems cannot be relied on (https://www.sqlite.org/faq.html#q5).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from kb.curation.acts import (
    ACCEPTED,
    FORM,
    REINSTATED,
    RETRACTED,
    SUBMITTED,
    SUPERSEDED,
    Act,
    Book,
    Person,
    book,
    check,
    now,
)
from kb.curation.item import Item, checked, is_curated
from kb.errors import CurationProblem

VERSION = "mtb-match-journal/1"
START = "0" * 64
"""What the first entry has as the hash of the one before."""

WAIT = 30.0
"""Seconds to wait for another writer."""

_LATE = timedelta(minutes=1)
"""How far this machine's clock may be behind the last entry: the acts of a day are told apart by it."""

_SCHEMA = (
    "CREATE TABLE about (version TEXT NOT NULL)",
    "CREATE TABLE entry (number INTEGER PRIMARY KEY, content TEXT NOT NULL, hash TEXT NOT NULL)",
    *(
        f"CREATE TRIGGER {table}_{change} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, 'append only'); END"
        for table in ("about", "entry")
        for change in ("UPDATE", "DELETE")
    ),
)


class Draft(NamedTuple):
    """What is to be recorded: an act without its time, and the item that it submits, with its signed form if any."""

    act: Act
    item: Item | None = None
    signed: str | None = None


class Entry(NamedTuple):
    """One line of the journal: its number from 1, when it was written here (UTC), the act, and the chain's hashes.

    `imported` entries came from another book, and their acts carry the times of that one.
    """

    number: int
    recorded_at: str
    act: Act
    item: Item | None
    signed: str | None
    imported: bool
    previous: str
    hash: str


class Journal:
    """The journal in a file, which is made when the first act is recorded."""

    def __init__(self, path: Path, clock: Callable[[], str] = now, wait: float = WAIT) -> None:
        self.path, self._clock, self._wait = path, clock, wait

    def record(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Add these acts, all or none, with the time of now; each is checked against all that stands before it.

        An accepted item that was submitted to supersede another one also supersedes it. CurationProblem says why when
        nothing was recorded.
        """
        with self._writing() as connection:
            last, known = self._last(connection), self._book(connection)
            written: list[Entry] = []
            for draft in drafts:
                for each in (draft, *_followers(known, draft)):
                    timed = each._replace(act=each.act._replace(at=self._time(last)))
                    check(known, timed.act)
                    last = self._append(connection, last, timed, False)
                    known = _with(known, timed)
                    written.append(last)
            return tuple(written)

    def take_in(self, other: Book, signed: dict[str, str] | None = None) -> tuple[Entry, ...]:
        """Add what another book has and this one lacks, all or none, as it was done there: times and people stay."""
        with self._writing() as connection:
            known, last = self._book(connection), self._last(connection)
            have = {act.id for act in known.acts}
            written: list[Entry] = []
            for act in other.acts:
                if act.id not in have:
                    item = other.items.get(act.item) if act.kind == SUBMITTED else None
                    draft = Draft(act, item, (signed or {}).get(act.item) if item else None)
                    last = self._append(connection, last, draft, True)
                    written.append(last)
            return tuple(written)

    def book(self) -> Book:
        """All items and acts; an empty book where no journal was made yet."""
        return _booked(self.entries())

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first; none where no journal was made yet."""
        if not self.path.exists():
            return ()
        with self._reading() as connection:
            return tuple(self._entries(connection))

    def head(self) -> str | None:
        """The last entry's number and hash (`12:0f3a...`), which tell all before it apart; None where there is none."""
        if not self.path.exists():
            return None
        with self._reading() as connection:
            row = connection.execute("SELECT number, hash FROM entry ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else f"{row[0]}:{row[1]}"

    # Reading and writing

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._told():
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=self._wait)
            try:
                self._check_version(connection)
                yield connection
            finally:
                connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that no other writer shares; what was written stands when it ends well."""
        with self._told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=self._wait, isolation_level=None)
            try:
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.execute("BEGIN IMMEDIATE")
                if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    for statement in _SCHEMA:
                        connection.execute(statement)
                    connection.execute("INSERT INTO about VALUES (?)", (VERSION,))
                self._check_version(connection)
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()  # what was not committed is undone

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's and the system's errors as ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise self._problem(str(error)) from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise CurationProblem(
                str(self.path), f"cannot be used as a journal of curation ({error})", "name another file, or restore it"
            ) from error

    def _problem(self, reason: str) -> CurationProblem:
        remedies = {
            "locked": "another curator is writing; try again",
            "full": "make room on the disk; nothing was recorded",
            "readonly": "name a file that you may write to; nothing was recorded",
            "unable to open": "name a file in a folder that you may write to",
        }
        remedy = next((each for mark, each in remedies.items() if mark in reason), "nothing was recorded")
        return CurationProblem(str(self.path), f"cannot be written or read now ({reason})", remedy)

    def _check_version(self, connection: sqlite3.Connection) -> None:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        found = connection.execute("SELECT version FROM about").fetchone() if "about" in tables else None
        if found is None or found[0] != VERSION:
            raise CurationProblem(
                str(self.path), "is no journal of curation of this version", "name the file that `kb add` made"
            )

    # Entries

    def _entries(self, connection: sqlite3.Connection) -> Iterator[Entry]:
        for number, content, hash in connection.execute("SELECT number, content, hash FROM entry ORDER BY number"):
            try:
                yield read_entry(content, hash)
            except (ValueError, KeyError, TypeError) as error:
                raise CurationProblem(
                    f"{self.path}: entry {number}", f"cannot be read ({error!r})", "see `kb verify`"
                ) from error

    def _book(self, connection: sqlite3.Connection) -> Book:
        return _booked(self._entries(connection))

    def _last(self, connection: sqlite3.Connection) -> Entry | None:
        row = connection.execute("SELECT content, hash FROM entry ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else read_entry(*row)

    def _append(self, connection: sqlite3.Connection, last: Entry | None, draft: Draft, imported: bool) -> Entry:
        number, previous = (1, START) if last is None else (last.number + 1, last.hash)
        entry = Entry(number, self._time(last), *draft, imported, previous, "")
        content = written(entry)
        hash = sha256(content.encode()).hexdigest()
        connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (number, content, hash))
        return entry._replace(hash=hash)

    def _time(self, last: Entry | None) -> str:
        """The time of now, always after the last entry."""
        told = self._clock()
        if last is None or told > last.recorded_at:
            return told
        before = datetime.strptime(last.recorded_at, FORM)
        if before - datetime.strptime(told, FORM) > _LATE:
            raise CurationProblem(
                str(self.path),
                f"its last entry is of {last.recorded_at}, and the clock here says {told}",
                "set the clock",
            )
        return (before + timedelta(microseconds=1)).strftime(FORM)


def written(entry: Entry) -> str:
    """The entry's content as the journal holds it and hashes it: JSON with sorted keys."""
    told: dict[str, Any] = {
        "number": entry.number,
        "previous": entry.previous,
        "recorded_at": entry.recorded_at,
        "act": {**entry.act._asdict(), "person": entry.act.person._asdict()},
        "item": None if entry.item is None else {"id": entry.item.id, "statements": entry.item.statements},
        "signed": entry.signed,
        "imported": entry.imported,
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def read_entry(content: str, hash: str) -> Entry:
    """The entry that `written` wrote; ValueError, KeyError or TypeError for anything else."""
    told = json.loads(content)
    item = told["item"]
    person = Person(**told["act"].pop("person"))
    return Entry(
        told["number"],
        told["recorded_at"],
        Act(person=person, **told["act"]),
        None if item is None else checked(Item(item["id"], tuple(tuple(each) for each in item["statements"]))),
        told["signed"],
        told["imported"],
        told["previous"],
        hash,
    )


def _booked(entries: Iterable[Entry]) -> Book:
    known = list(entries)
    return book((entry.item for entry in known if entry.item), (entry.act for entry in known))


def _with(known: Book, draft: Draft) -> Book:
    items = known.items if draft.item is None else {**known.items, draft.item.id: draft.item}
    return Book(items, (*known.acts, draft.act))


def _followers(known: Book, draft: Draft) -> Iterator[Draft]:
    """What an act brings with it: an accepted item supersedes the one that it was submitted to supersede."""
    if draft.act.kind != ACCEPTED:
        return
    submission = next((act for act in reversed(known.history(draft.act.item)) if act.kind == SUBMITTED), None)
    old = None if submission is None else submission.other
    if old is None or known.status(old) not in (ACCEPTED, None, REINSTATED):
        return
    if is_curated(old):
        yield Draft(draft.act._replace(item=old, kind=SUPERSEDED, other=draft.act.item))
    else:
        reason = f"superseded by {draft.act.item}"
        yield Draft(draft.act._replace(item=old, kind=RETRACTED, reason=reason, other=draft.act.item))


def submission(
    item: Item, person: Person, method: str, *, supersedes: str | None = None, reason: str | None = None
) -> Draft:
    """The submission of an item, to be recorded."""
    return Draft(Act(item.id, SUBMITTED, person, "", reason, item.digest, method, supersedes), item)


def decision(item: str, kind: str, person: Person, reason: str | None = None) -> Draft:
    """A decision on an item (`accepted`, `rejected`, `retracted`, `reinstated`), to be recorded."""
    return Draft(Act(item, kind, person, "", reason))
