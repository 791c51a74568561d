"""The journal of curation: an append-only chain of entries in one SQLite file, each with the hash of the one before.

SQLite gives what a crash, a full disk and two writers at once ask for: an entry is there whole or not at all
(`kb.curation.journal_file`). Triggers refuse changes, and the hash chain shows those that went round them; it is tested
whenever the journal is read. The file lies on a local disk: locks on network file systems cannot be relied on
(https://www.sqlite.org/faq.html#q5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from kb.curation.acts import (
    ACCEPTED,
    FORM,
    KINDS,
    SUBMITTED,
    Act,
    Book,
    Person,
    book,
    check,
    now,
    superseding,
)
from kb.curation.chain import BEGINNING, START, Row, faults, hashed, head
from kb.curation.item import Item, checked
from kb.curation.journal_file import JournalFile, Rehearsal, Writing
from kb.errors import CurationProblem

WAIT = 30.0
"""Seconds to wait for another writer."""

_LATE = timedelta(minutes=1)
"""How far this machine's clock may be behind the last entry: the acts of a day are told apart by it."""

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


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
        self.path, self._clock, self.file = path, clock, JournalFile(path, wait)

    def record(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Add these acts, all or none, with the time of now; each is checked against all that stands before it.

        An accepted item that was submitted to supersede another one also supersedes it. When this returns, the acts
        are on the disk; CurationProblem says why when nothing was recorded.
        """
        if not self.file.is_there():
            Journal(self.path)._recorded(Rehearsal(), drafts)  # no journal is made for what it would refuse
        with self.file.writing() as writing:
            return self._recorded(writing, drafts)

    def _recorded(self, writing: Writing | Rehearsal, drafts: Iterable[Draft]) -> tuple[Entry, ...]:
        page = _Page(self, writing)
        for draft in drafts:
            for each in (draft, *_followers(page.known, draft)):
                at = self._time(page.last, page.known.history(each.act.item))
                timed = each._replace(act=each.act._replace(at=at))
                check(page.known, timed.act)
                page.write(timed, at, False)
        return tuple(page.written)

    def take_in(self, other: Book, signed: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
        """Add what another book has and this one lacks, all or none, as it was done there: times and people stay.

        `signed` are the signed forms of submissions, by the act's id.
        """
        with self.file.writing() as writing:
            page = _Page(self, writing)
            have = {act.id for act in page.known.acts}
            for act in other.acts:
                if act.id not in have:
                    item = other.items.get(act.item) if act.kind == SUBMITTED else None
                    page.write(Draft(act, item, (signed or {}).get(act.id) if item else None), self._time(page.last))
            return tuple(page.written)

    def book(self) -> Book:
        """All items and acts; an empty book where no journal was made yet."""
        return booked(self.entries())

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first; none where no journal was made yet.

        CurationProblem where the file cannot be read, or was tampered with: nothing of such a journal counts.
        """
        return tuple(self._chained(self.file.rows()))

    def head(self) -> str | None:
        """The last entry's number and hash (`12:0f3a...`), which tell all before it apart; None where there is none.

        The chain before it is not tested.
        """
        last = self.file.last()
        return None if last is None else str(head(last))

    def _chained(self, rows: Iterable[Row]) -> Iterator[Entry]:
        """The entries of these rows, each tested for its place in the chain."""
        before = BEGINNING
        for row in rows:
            try:
                entry = read_entry(row.content, row.hash)
                fault = next(faults(row, before, entry.previous), None)
            except ValueError as error:
                entry, fault = None, next(faults(row, before, None), f"cannot be read: {error}")
            if entry is None or fault is not None:
                place = f"{self.path}: entry {row.number}"
                raise CurationProblem(place, str(fault), "`kb verify` lists all that is wrong; restore it from a copy")
            before = head(row)
            yield entry

    def _time(self, last: Entry | None, history: Iterable[Act] = ()) -> str:
        """The time of now, always after the last entry and after the last act on the same item.

        Acts are told apart by time, on a day in the past too: where the clock says a time long before, nothing is done.
        """
        earlier = max((last.recorded_at if last else "", *(act.at for act in history)))
        told = self._clock()
        if told > earlier:
            return told
        before = datetime.strptime(earlier, FORM)
        if before - datetime.strptime(told, FORM) > _LATE:
            raise CurationProblem(
                str(self.path),
                f"what was done before is of {earlier}, and the clock here says {told}",
                "set the clock; where it is right, that act was recorded by a wrong one: see docs/safety.md; "
                "nothing was recorded",
            )
        return (before + timedelta(microseconds=1)).strftime(FORM)


class _Page:
    """What stands in a journal within one transaction, and what is added to it."""

    def __init__(self, journal: Journal, writing: Writing | Rehearsal) -> None:
        self._writing = writing
        standing = tuple(journal._chained(writing.rows()))
        self.known = booked(standing)
        self.last = standing[-1] if standing else None
        self.written: list[Entry] = []

    def write(self, draft: Draft, at: str, imported: bool = True) -> None:
        """Add an entry; CurationProblem for one that could not be read back as it is."""
        _check_submission(self.known, draft)
        number, previous = (1, START) if self.last is None else (self.last.number + 1, self.last.hash)
        entry = Entry(number, at, *draft, imported, previous, "")
        try:
            content = written(entry)
            entry = entry._replace(hash=hashed(content))
            if read_entry(content, entry.hash) != entry:
                raise ValueError("it would read otherwise")
        except ValueError as error:
            raise CurationProblem(
                draft.act.item, f"cannot be recorded as it is: {error}", "write it as plain text (UTF-8)"
            ) from error
        self._writing.append(Row(number, content, entry.hash))
        items = self.known.items if draft.item is None else {**self.known.items, draft.item.id: draft.item}
        self.known = Book(items, (*self.known.acts, draft.act))
        self.last = entry
        self.written.append(entry)


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
    """The entry that `written` wrote; ValueError, which says why, for anything else."""
    try:
        content.encode()
        entry = _entry(json.loads(content), hash)
        _check_types(entry)
    except CurationProblem as error:
        raise ValueError(str(error)) from error
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it lacks what an entry has, or has more ({error})") from error
    if written(entry) != content:
        raise ValueError("it is not in the form in which entries are written")
    return entry


def _entry(told: Any, hash: str) -> Entry:
    item, act = told["item"], dict(told["act"])
    person = Person(**act.pop("person"))
    return Entry(
        told["number"],
        told["recorded_at"],
        Act(person=person, **act),
        None if item is None else checked(Item(item["id"], tuple(tuple(each) for each in item["statements"]))),
        told["signed"],
        told["imported"],
        told["previous"],
        hash,
    )


def _check_types(entry: Entry) -> None:
    """ValueError for a value that no entry has."""
    act = entry.act
    needed = (act.item, act.person.name, act.person.orcid, entry.previous)
    optional = (act.reason, act.digest, act.method, act.other, entry.signed)
    if not all(isinstance(each, str) for each in needed) or not all(isinstance(each, str | None) for each in optional):
        raise ValueError("a text is missing, or is none")
    if not isinstance(entry.number, int) or not isinstance(entry.imported, bool):
        raise ValueError("its number is none, or it does not say whether it was imported")
    if act.kind not in KINDS:
        raise ValueError(f"{act.kind!r} is nothing that is done with an item")
    for time in (entry.recorded_at, act.at):
        if not re.fullmatch(_TIME, time):
            raise ValueError(f"{time!r} is no time in UTC")


def booked(entries: Iterable[Entry]) -> Book:
    """The items and acts of these entries."""
    known = list(entries)
    return book((entry.item for entry in known if entry.item), (entry.act for entry in known))


def _check_submission(known: Book, draft: Draft) -> None:
    """CurationProblem for a submission without its item, or with another one than it says."""
    act, item = draft.act, draft.item
    if act.kind == SUBMITTED and item is None and act.item not in known.items:
        raise CurationProblem(act.item, "is submitted, but what it says is missing", "give the item itself")
    if item is not None and (item.id != act.item or (act.digest or item.digest) != item.digest):
        raise CurationProblem(act.item, "is submitted with what another item says", "submit the item as it is")


def _followers(known: Book, draft: Draft) -> Iterator[Draft]:
    """What an act brings with it: an accepted item supersedes the one that it was submitted to supersede."""
    if draft.act.kind != ACCEPTED:
        return
    old = known.to_supersede(draft.act.item)
    yield from (Draft(act) for act in superseding(known, draft.act, old))


def submission(
    item: Item, person: Person, method: str, *, supersedes: str | None = None, reason: str | None = None
) -> Draft:
    """The submission of an item, to be recorded."""
    return Draft(Act(item.id, SUBMITTED, person, "", reason, item.digest, method, supersedes), item)


def decision(item: str, kind: str, person: Person, reason: str | None = None) -> Draft:
    """A decision on an item (`accepted`, `rejected`, `retracted`, `reinstated`), to be recorded."""
    return Draft(Act(item, kind, person, "", reason))
