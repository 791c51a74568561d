"""Whether a journal of curation is what was recorded: its chain, items, acts and times, and how far it went before.

The chain alone shows a change that did not renew all later hashes. Somebody who renews them, or cuts entries off at
the end, is found by a head that was noted elsewhere before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kb.curation.acts import DISPUTED, SUBMITTED, Act, Book, check, check_told, now, state
from kb.curation.chain import BEGINNING, Head, Row, faults, head
from kb.curation.journal import Entry, booked, read_entry
from kb.curation.journal_file import JournalFile
from kb.errors import CurationProblem

BROKEN, WARNING = "broken", "warning"

_NETWORK = frozenset({"9p", "afs", "ceph", "cifs", "fuse.sshfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"})
"""File systems whose locks SQLite does not rely on."""


class Flaw(NamedTuple):
    """Something found: `broken` where the journal is not what was recorded, or `warning`; where, what and what to do.

    `check` is a short name for programs: file, chain, entry, item, act, time, head, state, signature or place.
    """

    severity: str
    check: str
    place: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}; {self.remedy}"


class Verification(NamedTuple):
    """What was found in a journal: how many entries, its head, how many items in which states, its book's digest."""

    path: Path
    entries: int
    head: Head
    states: Mapping[str, int]
    digest: str
    flaws: tuple[Flaw, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing in it is broken."""
        return all(flaw.severity != BROKEN for flaw in self.flaws)


Signed = Callable[[Entry], str | None]
"""Why the signature of an entry does not hold; None where it does."""


def verify(
    path: Path,
    heads: Iterable[Head] = (),
    *,
    signature: Signed | None = None,
    clock: Callable[[], str] = now,
    wait: float = 30.0,
) -> Verification:
    """All that is wrong with the journal in a file; `heads` are those that were noted elsewhere before.

    Nothing is written, but for the end of a write that a crash cut short, which is undone where this user may do so.
    `signature` tests an entry that was signed. CurationProblem where there is no such file.
    """
    if not os.path.lexists(path):
        raise CurationProblem(str(path), "is not there", "name the journal of curation with --curation")
    file = JournalFile(path, wait)
    flaws = [*_place(file)]
    rows, unreadable = _rows(file)
    flaws += unreadable
    read = [(row, *_read(row)) for row in rows]
    flaws += _chain(read)
    entries = [entry for _, entry, _ in read if entry is not None]
    flaws += _acts(entries, clock())
    flaws += _signatures(entries, signature)
    flaws += _heads(rows, heads)
    known = booked(entries)
    flaws += _imported(known, {entry.act.item for entry in entries if entry.imported})
    flaws += _disputed(known)
    return Verification(
        path, len(rows), head(rows[-1]) if rows else BEGINNING, _states(known), known.digest, tuple(flaws)
    )


# The file


def _place(file: JournalFile) -> Iterator[Flaw]:
    """What speaks against where the file lies."""
    kind = file_system(file.path)
    if kind in _NETWORK:
        yield Flaw(
            WARNING,
            "place",
            str(file.path),
            f"lies on a network file system ({kind}), whose locks may not keep two curators apart",
            "keep it on a local disk, and exchange by `kb export --format curated` and `kb import`",
        )
    left = [each.name for each in file.left() if each.exists() and each.stat().st_size]
    if left:
        yield Flaw(
            WARNING,
            "file",
            str(file.path),
            f"has an unfinished write beside it ({', '.join(left)}): a curator is writing, or a crash cut it short",
            "nothing to do: the next who may write undoes it; never remove or copy one file without the other",
        )


def _rows(file: JournalFile) -> tuple[list[Row], list[Flaw]]:
    """The rows that can be read, and what keeps the file from being read as a whole."""
    try:
        damaged = [Flaw(BROKEN, "file", str(file.path), f"is damaged: {each}", _RESTORE) for each in file.damage()]
        return file.rows(), damaged
    except CurationProblem as problem:
        return [], [Flaw(BROKEN, "file", problem.place, problem.problem, problem.remedy)]


# The chain

_RESTORE = "restore the journal from a copy, and record again what that copy lacks"

Read = tuple[Row, Entry | None, str | None]
"""A row, the entry in it, and why there is none."""


def _read(row: Row) -> tuple[Entry | None, str | None]:
    if not isinstance(row.content, str):
        return None, "it is no text"
    try:
        return read_entry(row.content, row.hash), None
    except ValueError as error:
        return None, str(error)


def _chain(read: Sequence[Read]) -> Iterator[Flaw]:
    before = BEGINNING
    for row, entry, why in read:
        place = _entry(row.number)
        for fault in faults(row, before, entry.previous if entry else None):
            yield Flaw(BROKEN, "chain", place, fault, _RESTORE)
        if why is not None:
            yield Flaw(BROKEN, "entry", place, f"cannot be read: {why}", _RESTORE)
        elif entry is not None and entry.number != row.number:
            yield Flaw(BROKEN, "chain", place, f"says that it is entry {entry.number}", _RESTORE)
        before = head(row)


def _heads(rows: Sequence[Row], heads: Iterable[Head]) -> Iterator[Flaw]:
    """Where the journal is not a continuation of what it was when these heads were noted."""
    hashes = {0: BEGINNING.hash, **{row.number: row.hash for row in rows}}
    last = rows[-1].number if rows else 0
    for noted in heads:
        found = hashes.get(noted.number)
        if found is None:
            gone = f"{last + 1} to {noted.number}" if noted.number > last + 1 else f"{noted.number}"
            message = f"the journal ended with entry {noted.number} when this head was noted; {gone} are gone"
            yield Flaw(BROKEN, "head", f"head {noted.number}", message, _RESTORE)
        elif not str(found).startswith(noted.hash):
            message = f"entry {noted.number} or one before it is another one than when this head was noted"
            yield Flaw(BROKEN, "head", f"head {noted.number}", message, _RESTORE)


# What the entries say


def _acts(entries: Iterable[Entry], today: str) -> Iterator[Flaw]:
    """Acts that nobody could have recorded with this program."""
    histories: dict[str, list[Act]] = {}
    recorded: set[str] = set()
    items: set[str] = set()
    last = ""
    for entry in entries:
        before = histories.setdefault(entry.act.item, [])
        for kind, message in _wrong(entry, last, before, items, recorded):
            yield Flaw(BROKEN, kind, _entry(entry.number), message, _RESTORE)
        if max(entry.recorded_at, entry.act.at)[:10] > today[:10]:
            message = f"is of {max(entry.recorded_at, entry.act.at)[:10]}, a day still to come: a clock was wrong"
            yield Flaw(WARNING, "time", _entry(entry.number), message, "see docs/safety.md")
        before.append(entry.act)
        before.sort(key=lambda act: act.at)
        recorded.add(entry.act.id)
        items |= {entry.item.id} if entry.item else set()
        last = entry.recorded_at


def _wrong(
    entry: Entry, last: str, before: Sequence[Act], items: set[str], recorded: set[str]
) -> Iterator[tuple[str, str]]:
    """What cannot be of an entry: the name of the check, and what is wrong."""
    act, item = entry.act, entry.item
    if entry.recorded_at <= last:
        yield "time", f"was recorded at {entry.recorded_at}, not after the entry before it ({last})"
    if act.id in recorded:
        yield "act", "says what an entry before it says already"
    if act.kind == SUBMITTED and item is None and act.item not in items:
        yield "item", f"submits {act.item}, but what that item says is missing"
    if item is not None and item.id != act.item:
        yield "item", f"is about {act.item}, but holds what {item.id} says"
    if act.kind == SUBMITTED and item is not None and act.digest not in (None, item.digest):
        yield "item", f"holds {act.item} with another digest than was submitted"
    if not entry.imported:
        yield from _unlawful(act, entry.recorded_at, before)


def _unlawful(act: Act, recorded_at: str, before: Sequence[Act]) -> Iterator[tuple[str, str]]:
    """Why an act could not be recorded here after those before it on the same item."""
    if act.at != recorded_at:
        yield "time", f"tells of {act.at}, but was recorded at {recorded_at}"
    if before and before[-1].at >= act.at:
        yield "time", f"tells of {act.at}, before what was done with {act.item} already"
    try:
        check(Book({}, tuple(before)), act)
    except CurationProblem as problem:
        yield "act", f"cannot have been recorded: {problem.place} {problem.problem}"


def _signatures(entries: Iterable[Entry], signature: Signed | None) -> Iterator[Flaw]:
    for entry in entries:
        if entry.signed is None:
            continue
        if signature is None:
            remedy = "install the library: pip install 'mtb-match[nanopub]'"
            yield Flaw(WARNING, "signature", _entry(entry.number), "is signed, and signatures were not tested", remedy)
        elif (why := signature(entry)) is not None:
            yield Flaw(BROKEN, "signature", _entry(entry.number), why, _RESTORE)


def _imported(known: Book, ids: set[str]) -> Iterator[Flaw]:
    """Acts from elsewhere that no journal would have recorded, though acts of two books may contradict each other."""
    for id, acts in sorted(known.histories().items()):
        if id in ids:
            try:
                check_told(acts, known.items.get(id))
            except CurationProblem as problem:
                yield Flaw(BROKEN, "act", id, f"came with an import and {problem.problem}", problem.remedy)


def _disputed(known: Book) -> Iterator[Flaw]:
    for id, acts in sorted(known.histories().items()):
        if state(acts) == DISPUTED:
            yield Flaw(
                WARNING,
                "state",
                id,
                "is disputed: books that were merged decided differently, and it does not count",
                "decide again with `kb review`; `kb history` shows who decided what",
            )


def _states(known: Book) -> Mapping[str, int]:
    """How many items are in each state, the items of the graph itself that were decided on included."""
    found: dict[str, int] = {}
    for acts in known.histories().values():
        name = state(acts) or "unknown"
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def _entry(number: object) -> str:
    return f"entry {number}"


# Where the file lies


def file_system(path: Path, table: Path = Path("/proc/self/mountinfo")) -> str | None:
    """The kind of file system on which a path lies, as Linux names it; None where that is not known.

    See proc_pid_mountinfo(5): the mount point is the fifth word of a line, the kind stands after a single dash.
    """
    try:
        lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place = Path(os.path.realpath(path))
    found: tuple[int, str] | None = None
    for line in lines:
        words = line.split()
        if "-" not in words[5:]:
            continue
        mount, kind = Path(_unescaped(words[4])), words[words.index("-", 5) + 1]
        if place.is_relative_to(mount) and (found is None or len(mount.parts) >= found[0]):
            found = len(mount.parts), kind
    return found[1] if found else None


def _unescaped(word: str) -> str:
    """A mount point's name, in which blanks and backslashes stand as octal numbers."""
    for code in ("040", "011", "012", "134"):
        word = word.replace(f"\\{code}", chr(int(code, 8)))
    return word
