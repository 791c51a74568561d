"""YAML or JSON as a tree of values that know their row; every scalar stays the text that the user wrote.

YAML would turn 2024-02-01 into a date, `no` into false and 1_000 into a number; a patient file means its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers.source_text import head, lines

MOST_LEVELS = 30


@dataclass(frozen=True, slots=True)
class Value:
    """A value and the row it (or its key) stands on: text, None, a tuple of values, or a mapping by key."""

    row: int
    content: str | tuple[Value, ...] | dict[str, Value] | None


def read(path: Path, notes: list[Note], mended: Callable[[str], str] = str) -> Value:
    """The file's tree. UnusableInput names the row where it is no YAML; a repeated key is a note, the last one wins.

    `mended` makes YAML of the text before it is read, and moves no line.
    """
    import yaml

    head(path)
    # JSON may be indented by tabs, which YAML forbids; inside a JSON string a bare tab cannot stand.
    rows = dict(lines(path, notes))
    is_json = next((text for text in rows.values()), "").lstrip().startswith("{")
    source = "\n".join(rows.get(n, "") for n in range(1, max(rows, default=0) + 1))
    if is_json:
        source = _paired(source.replace("\t", " "))
    try:
        return _tree(mended(source), path, notes)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        # A parser that runs off the end points behind the last line.
        where = Place(str(path), min(mark.line + 1, max(rows, default=1)) if mark else None)
        raise UnusableInput(
            where, f"not readable as {'JSON' if is_json else 'YAML'}: {problem}", "correct this line"
        ) from error


def written(text: str, place: str, notes: list[Note]) -> Value:
    """The value that a text on the command line writes, as in a file; UnusableInput at the place when it is no YAML.

    >>> written("{regimen: [osimertinib]}", "--add 1", []).content["regimen"].content[0].content
    'osimertinib'
    """
    import yaml

    try:
        return _tree(text, Path(place), notes)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise UnusableInput(place, f"{text!r} is not readable as YAML: {problem}", "correct it, or quote it") from error


def _tree(source: str, path: Path, notes: list[Note]) -> Value:
    """The one document of the text; errors of the YAML library."""
    import yaml

    events = iter(list(yaml.parse(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))))
    return _Builder(path, notes, yaml.events).document(events)


def _paired(text: str) -> str:
    r"""JSON text without surrogate pairs, which JSON writes for characters beyond U+FFFF and YAML does not know.

    >>> _paired(r'"\ud842\udfb7"')
    '"𠮷"'
    """
    if "\\ud" not in text.lower():
        return text
    pair = r"(?i)(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})"
    return re.sub(pair, lambda found: found[1] + _joined(found[2], found[3]), text)


def _joined(high: str, low: str) -> str:
    return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds the tree from the parser's events, so that aliases and depth are seen before anything is expanded."""

    path: Path
    notes: list[Note]
    kinds: Any

    def document(self, events: Iterator[Any]) -> Value:
        """The one document of the stream."""
        value: Value | None = None
        for event in events:
            if isinstance(event, self.kinds.DocumentStartEvent):
                if value is not None:
                    raise self._refusal(event, "a second document", "give one patient per file")
                value = self.value(next(events), events, 0)
        if value is None:
            raise UnusableInput(str(self.path), "the file is empty", "write at least id and tumor_type")
        return value

    def value(self, event: Any, events: Iterator[Any], level: int) -> Value:
        """The value that begins with this event."""
        row = event.start_mark.line + 1
        if level > MOST_LEVELS:
            raise self._refusal(event, f"more than {MOST_LEVELS} levels", "flatten it")
        if isinstance(event, self.kinds.AliasEvent):
            raise self._refusal(event, "a YAML alias (*)", "write the value out")
        if isinstance(event, self.kinds.ScalarEvent):
            is_null = event.implicit[0] and event.value in ("", "~", "null", "Null", "NULL")
            return Value(row, None if is_null else event.value)
        if isinstance(event, self.kinds.SequenceStartEvent):
            return Value(row, tuple(self._items(events, level)))
        return Value(row, self._mapping(events, level))

    def _items(self, events: Iterator[Any], level: int) -> Iterator[Value]:
        while not isinstance(event := next(events), self.kinds.SequenceEndEvent):
            yield self.value(event, events, level + 1)

    def _mapping(self, events: Iterator[Any], level: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(event := next(events), self.kinds.MappingEndEvent):
            if not isinstance(event, self.kinds.ScalarEvent):
                raise self._refusal(event, "a key that is not text", "write the key as a word")
            key, row = str(event.value), event.start_mark.line + 1
            if key in found:
                place = Place(self.path.name, row)
                message = f"the key {key!r} is repeated: the value of row {found[key].row} is not used"
                self.notes.append(Note(Severity.ERROR, place, message, "keep one of them"))
            found[key] = Value(row, self.value(next(events), events, level + 1).content)
        return found

    def _refusal(self, event: Any, what: str, remedy: str) -> UnusableInput:
        return UnusableInput(Place(str(self.path), event.start_mark.line + 1), f"{what} cannot be used", remedy)
