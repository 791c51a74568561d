"""A clinical document (JSON or YAML) as parts that know their place, and a count of what was never looked at.

A reader asks a part for what it knows; whatever else the document says is told at the end in one note per section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns, tree
from matcher.readers.patient_file import is_date
from matcher.readers.reading import named
from matcher.readers.tree import Value


@dataclass(frozen=True, slots=True)
class Document:
    """The file, the notes on it, and which of its values were read (by identity)."""

    path: Path
    notes: list[Note] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    left: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def read(self) -> Part:
        """The whole document; UnusableInput when it is no mapping or cannot be parsed."""
        top = tree.read(self.path, self.notes)
        if not isinstance(top.content, dict):
            raise UnusableInput(str(self.path), "the document is no JSON object", "give one document of one patient")
        return Part(top, "document", self)

    def note(self, place: Place, message: str, remedy: str, severity: Severity = Severity.WARNING) -> None:
        """Take a note."""
        self.notes.append(Note(severity, place, message, remedy))

    def leave(self, section: str, what: str, row: int, times: int = 1) -> None:
        """Count something that is not read; `what` is empty when it is the whole section."""
        entry = self.left.setdefault((section, what), [0, row])
        entry[0] += times

    def leave_unread(self, section: str, part: Part, technical: frozenset[str] = frozenset()) -> None:
        """Count every value below the part that no reader has asked for; keys that carry no statement are passed over.

        The values are counted at the highest level that was not looked into.
        """
        stack: list[tuple[str, Value]] = [("", part.value)]
        while stack:
            at, value = stack.pop()
            if _is_empty(value):
                continue
            if id(value) not in self.seen:
                self.leave(section, at, value.row, len(value.content) if isinstance(value.content, tuple) else 1)
            elif isinstance(value.content, dict):
                named_children = ((f"{at}.{key}" if at else key, key, child) for key, child in value.content.items())
                stack += [(path, child) for path, key, child in reversed([*named_children]) if key not in technical]
            elif isinstance(value.content, tuple):
                stack += [(at, child) for child in reversed(value.content)]

    def unread_notes(self) -> Iterator[Note]:
        """One note for each section that holds something that was left, in the order of its first row."""
        sections: dict[str, list[tuple[str, int, int]]] = {}
        for (section, what), (times, row) in self.left.items():
            sections.setdefault(section, []).append((what, times, row))
        for section, entries in sorted(sections.items(), key=lambda item: min(row for _, _, row in item[1])):
            place = Place(self.path.name, min(row for _, _, row in entries))
            whole = [f"{section} ({times})" for what, times, _ in entries if not what]
            short: dict[str, int] = {}
            for what, times, _ in entries:
                if what:
                    short[_short(what)] = short.get(_short(what), 0) + times
            parts = [f"{what} ({times})" for what, times in short.items()]
            message = f"not read: {whole[0]}" if whole else f"not read in {section}: {named(parts, 12)}"
            if whole and parts:
                message += f", and in others of them: {named(parts, 12)}"
            yield Note(Severity.INFO, place, message, "weigh it in the board")


def _short(path: str) -> str:
    """The last two keys of a path."""
    return ".".join(path.split(".")[-2:])


def _is_empty(value: Value) -> bool:
    """Whether the value says nothing: null, empty text, an empty list or mapping."""
    return value.content in (None, "", (), {})


@dataclass(frozen=True, slots=True)
class Part:
    """A value of the document with a name for messages. Asking for something marks it as read."""

    value: Value
    name: str
    document: Document

    @property
    def place(self) -> Place:
        """Where the part stands."""
        return Place(self.document.path.name, self.value.row)

    def note(self, message: str, remedy: str, severity: Severity = Severity.WARNING) -> None:
        """Take a note at this part's place."""
        self.document.note(self.place, message, remedy, severity)

    def get(self, *keys: str) -> Part | None:
        """The part under these keys, one below the other; None when one is missing, null or empty."""
        found = self
        for key in keys:
            content = found._opened()
            if key not in content or _is_empty(content[key]):
                return None
            found = Part(content[key], key, self.document)
        return found

    def has(self, *keys: str) -> bool:
        """Whether one of the keys is there with a content."""
        content = self._opened()
        return any(key in content and not _is_empty(content[key]) for key in keys)

    def keys(self) -> tuple[str, ...]:
        """The keys of the mapping."""
        return tuple(self._opened())

    def _opened(self) -> dict[str, Value]:
        if isinstance(self.value.content, dict):
            self.document.seen.add(id(self.value))
            return self.value.content
        self._refuse("a mapping")
        return {}

    def _refuse(self, wanted: str) -> None:
        """A note that the part has another form than the format gives it; once for each part."""
        if id(self.value) in self.document.seen:
            return
        self.take()
        self.note(f"{self.name} is not {wanted}: not used", "write it as the format says", Severity.ERROR)

    def items(self, *keys: str) -> tuple[Part, ...]:
        """The items of the list under the keys; a single value stands for a list of one."""
        part = self.get(*keys)
        if part is None:
            return ()
        if not isinstance(part.value.content, tuple):
            return (part,)
        self.document.seen.add(id(part.value))
        return tuple(Part(item, part.name, self.document) for item in part.value.content if not _is_empty(item))

    def text(self, *keys: str) -> str | None:
        """The text under the keys without blanks around it; None when there is none, after a note when it is a list."""
        part = self.get(*keys)
        if part is None:
            return None
        if isinstance(part.value.content, str):
            self.document.seen.add(id(part.value))
            return part.value.content.strip() or None
        part._refuse("a single value")
        return None

    def number(self, *keys: str) -> float | None:
        """The number under the keys; None when there is none, after a note when it is something else."""
        text = self.text(*keys)
        if text is None:
            return None
        number = columns.decimal(text)
        part = self.get(*keys)
        if (number is None or number != number) and part is not None:
            part.note(f"{part.name} {text[:60]!r} is no number: not used", "write a number", Severity.ERROR)
            return None
        return number

    def whole(self, *keys: str) -> int | None:
        """The whole number under the keys."""
        number = self.number(*keys)
        return int(number) if number is not None and number == int(number) else None

    def date(self, *keys: str) -> str | None:
        """The day under the keys as ISO text, possibly partial; the time of a timestamp is cut off."""
        text = self.text(*keys)
        if text is None:
            return None
        day = text.partition("T")[0]
        if is_date(day):
            return day
        part = self.get(*keys) or self
        part.note(f"{part.name} {text[:60]!r} is no date: not used", "write 2024-02-01, 2024-02 or 2024")
        return None

    def take(self) -> None:
        """Mark the part with all that is below it as read."""
        stack = [self.value]
        while stack:
            value = stack.pop()
            self.document.seen.add(id(value))
            if isinstance(value.content, dict):
                stack += value.content.values()
            elif isinstance(value.content, tuple):
                stack += value.content


def years(duration: str) -> int | None:
    """The full years of an ISO 8601 duration, None when it is none.

    >>> years("P52Y2M"), years("P6M"), years("52")
    (52, 0, None)
    """
    found = re.fullmatch(r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T[\dHMS.]*)?", duration)
    if found is None or len(duration) > 30:
        return None
    return int(found[1] or 0) + int(found[2] or 0) // 12


def age_between(born: str, day: str) -> int | None:
    """The age in full years on a day; None when a partial date leaves it open, or the day is before the birth.

    >>> age_between("1964-03-15", "2021-05-11"), age_between("1964", "2021"), age_between("1964-03", "2021-05")
    (57, None, 57)
    """
    early, late = _bounds(born), _bounds(day)
    least, most = _full_years(early[1], late[0]), _full_years(early[0], late[1])
    return least if least == most and least >= 0 else None


def _bounds(day: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    parts = [int(part) for part in day.split("-")]
    return (*parts, *(1,) * (3 - len(parts))), (*parts, *(12, 31)[len(parts) - 1 :])


def _full_years(born: tuple[int, ...], day: tuple[int, ...]) -> int:
    return day[0] - born[0] - (day[1:] < born[1:])
