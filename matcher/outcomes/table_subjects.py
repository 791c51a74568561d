"""Subjects of a table with one row a patient: best response, change of the lesions, and times that are durations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Place
from matcher.events import RESPONSES
from matcher.notes import Note, Severity, UnusableInput
from matcher.outcomes.response import Best, response_result
from matcher.outcomes.study import Endpoint, TableSource
from matcher.outcomes.survival import survival_result
from matcher.outcomes.values import DAYS_PER_MONTH, Excluded, Result, Spell
from matcher.readers.columns import MISSING, decimal, misfit, splitter
from matcher.readers.source_text import lines

COLUMNS = ("id", "arm", "group", "response", "change", "pfs", "pfs_event", "os", "os_event", "unit")
"""What a column of the table can hold. `unit` is no column: it is `days`, `weeks`, `months` or `years` of pfs and os.

A time needs its event: `pfs` with `pfs_event`, `os` with `os_event`."""

_UNITS = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": 365.25}

_YES = frozenset(
    {"1", "1.0", "yes", "true", "event", "progressed", "progression", "recurred", "dead", "deceased", "died"}
)
_NO = frozenset({"0", "0.0", "no", "false", "censor", "censored", "not progressed", "disease free", "alive", "living"})

_RESPONSES = {
    **{name: name for name in RESPONSES},
    "COMPLETE RESPONSE": "CR", "PARTIAL RESPONSE": "PR", "STABLE DISEASE": "SD", "PROGRESSIVE DISEASE": "PD",
    "NOT EVALUABLE": "NE",
}  # fmt: skip

TIMES = {"progression-free survival": "pfs", "overall survival": "os"}
"""Measures whose times a table can hold, with the column."""

RATES = ("best overall response", "objective response rate", "disease control rate")
"""Measures of responses that a table can hold."""


class TableRow(NamedTuple):
    """A patient of a table. `times` are by column (`pfs`, `os`); what the row does not tell is None or not there.

    `faults` say by column what its text is that could not be read.
    """

    id: str
    place: Place
    arm: str | None = None
    group: str | None = None
    response: str | None = None
    change: float | None = None
    times: Mapping[str, Spell] = {}
    faults: Mapping[str, str] = {}


def read_table(source: TableSource) -> tuple[tuple[TableRow, ...], tuple[Note, ...]]:
    """The rows of a study's table, and notes on those that cannot be read; UnusableInput for columns it lacks.

    A text that is no response, number or event is a fault of its row, and the row is left out where that is counted. Of
    several rows with one id none is used.
    """
    notes: list[Note] = []
    header, records = _header_and_records(source.path, notes)
    at = _positions(source, header)
    unit = _unit(source)
    rows: list[TableRow] = []
    for number, fields in records:
        place = Place(source.path.name, number)
        fault = misfit(fields, len(header))
        if fault is not None:
            notes.append(Note(Severity.ERROR, place, f"the row cannot be read: {fault}", "correct this row"))
            continue
        row = _row(place, {name: fields[position].strip() for name, position in at.items()}, unit)
        if not row.id:
            notes.append(Note(Severity.ERROR, place, "the row has no id: not used", "write one"))
            continue
        rows.append(row)
    times = Counter(row.id for row in rows)
    for row in rows:
        if times[row.id] > 1:
            message = f"{times[row.id]} rows have the id {row.id!r}, and none of them is used"
            notes.append(Note(Severity.ERROR, row.place, message, "keep one row a patient"))
    return tuple(row for row in rows if times[row.id] == 1), tuple(notes)


def _header_and_records(path: Path, notes: list[Note]) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header's names and the rows below it; lines of `#` are comments (cBioPortal's tables begin with four)."""
    source = ((number, text) for number, text in lines(path, notes) if not text.startswith("#"))
    _number, first = next(source, (0, ""))
    if not first:
        raise UnusableInput(str(path), "no header and no rows", "the first line must name the columns")
    split = splitter(first)
    return [name.strip() for name in split(first)], ((number, split(text)) for number, text in source)


def _positions(source: TableSource, header: list[str]) -> dict[str, int]:
    for what, column in source.columns.items():
        if what not in COLUMNS:
            raise UnusableInput(source.place, f"unknown column {what!r}", f"columns are {', '.join(COLUMNS)}")
        if what != "unit" and column not in header:
            found = ", ".join(header[:20])
            raise UnusableInput(source.place, f"{source.path.name} has no column {column!r}", f"it has {found}")
    if "id" not in source.columns:
        raise UnusableInput(source.place, "no column is the id", "write columns: {id: NAME, ...}")
    for time in TIMES.values():
        if (time in source.columns) != (f"{time}_event" in source.columns):
            raise UnusableInput(source.place, f"{time} and {time}_event belong together", "name both columns")
    return {what: header.index(column) for what, column in source.columns.items() if what != "unit"}


def _unit(source: TableSource) -> float:
    given = source.columns.get("unit")
    if given is None and not any(time in source.columns for time in TIMES.values()):
        return 1.0
    if given not in _UNITS:
        raise UnusableInput(source.place, f"the unit of times is {given!r}", f"write unit: {', '.join(_UNITS)}")
    return _UNITS[given]


def _row(place: Place, told: Mapping[str, str], unit: float) -> TableRow:
    faults: dict[str, str] = {}
    id = told["id"]
    times = {time: spell for time in TIMES.values() if (spell := _spell(id, time, told, unit, faults)) is not None}
    return TableRow(
        id,
        place,
        _text(told, "arm"),
        _text(told, "group"),
        _response(told, faults),
        _change(told, faults),
        times,
        faults,
    )


def _text(told: Mapping[str, str], name: str) -> str | None:
    text = told.get(name, "")
    return None if text in MISSING else text


def _response(told: Mapping[str, str], faults: dict[str, str]) -> str | None:
    text = _text(told, "response")
    found = None if text is None else _RESPONSES.get(text.upper())
    if text is not None and found is None:
        faults["response"] = text
    return found


def _change(told: Mapping[str, str], faults: dict[str, str]) -> float | None:
    text = _text(told, "change")
    found = None if text is None else decimal(text.rstrip("%").strip())
    if text is not None and found is None:
        faults["change"] = text
    return found


def _spell(id: str, time: str, told: Mapping[str, str], unit: float, faults: dict[str, str]) -> Spell | None:
    text, event = _text(told, time), _text(told, f"{time}_event")
    if text is None or event is None:
        return None
    number = decimal(text)
    happened = is_event(event)
    if number is None or number < 0:
        faults[time] = text
    elif happened is None:
        faults[f"{time}_event"] = event
    else:
        return Spell(id, number * unit, happened)
    return None


def is_event(text: str) -> bool | None:
    """Whether a column of events says that it happened; None for a text that is not known.

    >>> is_event("1:Event"), is_event("0:LIVING"), is_event("maybe")
    (True, False, None)
    """
    words = [part.strip().lower() for part in text.split(":")]
    if any(word in _YES for word in words):
        return None if any(word in _NO for word in words) else True
    return False if words and all(word in _NO for word in words) else None


def spells_of(rows: Iterable[TableRow], time: str) -> tuple[tuple[Spell, ...], tuple[Excluded, ...]]:
    """The rows' times of one kind (`pfs`, `os`), and who has none."""
    every = tuple(rows)
    spells = tuple(row.times[time] for row in every if time in row.times)
    return spells, tuple(_without(row, (time, f"{time}_event")) for row in every if time not in row.times)


def responses_of(rows: Iterable[TableRow]) -> tuple[tuple[Best, ...], tuple[Excluded, ...]]:
    """The rows' best responses, and who has none that is known; an empty one is not NE."""
    every = tuple(rows)
    best = tuple(Best(row.id, row.response, None, row.change) for row in every if row.response is not None)
    return best, tuple(_without(row, ("response",)) for row in every if row.response is None)


def _without(row: TableRow, columns: tuple[str, ...]) -> Excluded:
    wrong = next((f"{name} {row.faults[name]!r} is not known" for name in columns if name in row.faults), None)
    return Excluded(row.id, wrong or f"no {columns[0]} in the table", str(row.place))


def table_result(
    endpoint: Endpoint, rows: Iterable[TableRow], arm: str | None = None, group: str | None = None
) -> Result:
    """The result of an endpoint from a table's rows; UnusableInput for a measure that rows cannot tell of."""
    if endpoint.measure in TIMES:
        spells, excluded = spells_of(rows, TIMES[endpoint.measure])
        return survival_result(endpoint, spells, arm, group, excluded, ("times are as the table gives them",))
    if endpoint.measure in RATES:
        best, excluded = responses_of(rows)
        said = "best responses are as the table gives them: windows and confirmation do not apply"
        return response_result(endpoint, best, arm, group, excluded, (said,))
    known = ", ".join((*TIMES, *RATES))
    raise UnusableInput(endpoint.place, f"{endpoint.measure} needs patient files", f"a table gives {known}")
