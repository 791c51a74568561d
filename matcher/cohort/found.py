"""The answers of a piece: as the tables of a cohort, or as files of them. What many patients share is there once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matcher.cohort.alone import matched_row, note_rows, tables, unreadable_row
from matcher.cohort.answers import AT, BEFORE
from matcher.cohort.asking import BLOCKED
from matcher.cohort.database import columns_of
from matcher.cohort.tables import COLUMNS, TEXT, TRUTH
from matcher.cohort.work import save, save_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas
    from numpy import bool_, int64
    from numpy.typing import NDArray

    from kb.alteration import Alteration
    from matcher.case import Prepared
    from matcher.cohort.answers import Answered, Row
    from matcher.cohort.database import Columns, Database
    from matcher.cohort.subject import Subject, Unreadable
    from matcher.cohort.tables import Tables
    from rules.held import Held

PLACE = "its_place"
"""The column that rows are put in order by as they are written."""
DTYPES = {TEXT: "object", TRUTH: "bool"}
"""Those of arrays, by the type of a column; of others it is that of whole numbers."""


class Blocks(NamedTuple):
    """What keeps options from being recommended: facts of the fields `BLOCKED`, and which are of which question.

    For each of these, patient by patient: what it is about as a reader knows it, and whether it is its option's only.
    """

    held: Held
    labels: Sequence[str]
    sole: NDArray[bool_]


class _Answer(NamedTuple):
    """The answer to a question: the numbers of its rows, by rank, and of the rows of what is to be avoided.

    `behind` are the alterations that recommendations rest on, each group once; `which` of these, by rank.
    """

    rows: list[int]
    behind: list[tuple[Alteration, ...]]
    which: list[int]
    avoided: list[int]
    tier: str | None


class _Shared:
    """Rows that are kept once, by what they are, and numbered as they come."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._numbers: dict[int, int] = {}

    def number(self, row: Row) -> int:
        """The number of a row, which is the same object wherever it is the same."""
        found = self._numbers.get(id(row))
        if found is None:
            found = self._numbers[id(row)] = len(self.rows)
            self.rows.append(row)
        return found


class Found:
    """The answers of a piece, patient by patient. Who is alike has a number, from 0 on as they come."""

    def __init__(self, answers: Iterable[Answered]) -> None:
        self._recommended, self._avoided = _Shared(), _Shared()
        self._answers = [self._answer(each) for each in answers]
        self._named: dict[tuple[str, ...], int] = {}
        self._alike: dict[int, int] = {}
        self._patients: list[Row] = []
        self._notes: list[Row] = []
        self._who: list[str] = []
        self._ranks: list[int] = []
        self._rows: list[int] = []
        self._names: list[int] = []
        self._warned: list[str] = []
        self._against: list[int] = []

    @property
    def alike(self) -> int:
        """How many numbers there are."""
        return len(self._alike)

    def add_unreadable(self, subject: Unreadable) -> None:
        """Adds a patient who could not be read, and is like nobody."""
        number = self._alike[-1 - len(self._patients)] = len(self._alike)
        self._patients.append(unreadable_row(subject, number))

    def add(self, subject: Subject, ready: Prepared, question: int, own: Mapping[Alteration, Alteration]) -> None:
        """Adds a patient with the answer to their question; `own` are their alterations for those that it tells of."""
        answer = self._answers[question]
        number = self._alike.setdefault(question, len(self._alike))
        count = len(answer.rows)
        self._patients.append(matched_row(subject, ready.query, answer.tier, count, number))
        self._notes += note_rows(subject.name, ready.notes)
        if count:
            names = [self._name(alterations, own) for alterations in answer.behind]
            self._who += [subject.name] * count
            self._ranks += range(1, count + 1)
            self._rows += answer.rows
            self._names += [names[each] for each in answer.which]
        self._warned += [subject.name] * len(answer.avoided)
        self._against += answer.avoided

    def add_blocks(self, blocks: Blocks) -> None:
        """Adds what keeps options from being recommended, when all patients are added."""
        import numpy

        asked = int(blocks.held.patients.max(initial=-1)) + 1
        numbers = numpy.array([self._alike.get(question, -1) for question in range(asked)], dtype="int64")
        self._blocks, self._blocked = blocks, numbers[blocks.held.patients]
        if (self._blocked < 0).any():
            raise ValueError("what keeps options out is told of a question that nobody asked")

    def save(self, database: Database, folder: Path) -> None:
        """Writes the tables of the piece into a folder, in the order of `arranged`; `database.Failed`."""
        columns = list(COLUMNS["recommendations"])
        named = columns_of([(list(each),) for each in self._named], [columns[AT]])
        told = columns_of(self._recommended.rows, [*columns[BEFORE:AT], *columns[AT + 1 :]])
        ranked: _Numbered = {"patient": self._who, "rank": self._ranks, "told": self._rows, "named": self._names}
        _save_joined(database, folder, "recommendations", ranked, {"told": told, "named": named})
        against = columns_of(self._avoided.rows, list(COLUMNS["avoided"])[1:])
        _save_joined(database, folder, "avoided", {"patient": self._warned, "told": self._against}, {"told": against})
        held, labels, sole = self._blocks
        blocked: _Numbered = {"alike": self._blocked, "told": held.places, "label": labels, "sole": sole}
        _save_joined(database, folder, "blocks", blocked, {"told": columns_of(held.facts, BLOCKED)})
        of_patients = {"patients": self._patients, "notes": self._notes}
        save(database, {table: columns_of(rows, COLUMNS[table]) for table, rows in of_patients.items()}, folder)

    def tables(self) -> Tables:
        """The tables of the piece."""
        named = list(self._named)
        rows = zip(
            self._who, self._ranks, map(self._recommended.rows.__getitem__, self._rows), self._names, strict=True
        )
        at = AT - BEFORE
        recommended = [(who, rank, *row[:at], list(named[names]), *row[at:]) for who, rank, row, names in rows]
        against = zip(self._warned, map(self._avoided.rows.__getitem__, self._against), strict=True)
        avoided = [(who, *row) for who, row in against]
        told = {"recommendations": recommended, "avoided": avoided, "patients": self._patients, "notes": self._notes}
        return {**tables(told), "blocks": self._frame_of_blocks()}

    def _frame_of_blocks(self) -> pandas.DataFrame:
        """What keeps options from being recommended as a data frame, in which each text is there once."""
        import numpy
        import pandas

        held, labels, sole = self._blocks
        texts = {"label": pandas.Categorical(pandas.Index(labels, dtype=object))}
        for name, values in columns_of(held.facts, BLOCKED).items():
            codes, known = pandas.factorize(values, sort=True)
            places = numpy.asarray(codes)[held.places]
            texts[name] = pandas.Categorical.from_codes(places.tolist(), pandas.Index(known, dtype=object))
        return pandas.DataFrame({"alike": self._blocked, **texts, "sole": sole})[list(COLUMNS["blocks"])]

    def _answer(self, answered: Answered) -> _Answer:
        behind: dict[tuple[Alteration, ...], int] = {}
        which = [behind.setdefault(alterations, len(behind)) for _, alterations in answered.recommended]
        rows = [self._recommended.number(each.row) for each, _ in answered.recommended]
        avoided = [self._avoided.number(row) for row in answered.avoided]
        return _Answer(rows, list(behind), which, avoided, answered.tier)

    def _name(self, alterations: Iterable[Alteration], own: Mapping[Alteration, Alteration]) -> int:
        names = tuple(dict.fromkeys([own.get(each, each).label for each in alterations]))
        return self._named.setdefault(names, len(self._named))


_Numbered = dict[str, "Sequence[object] | NDArray[int64] | NDArray[bool_]"]


def _save_joined(
    database: Database, folder: Path, table: str, columns: _Numbered, parts: Mapping[str, Columns]
) -> None:
    """Writes a table of which parts are shared: the column of a part's name has the numbers of its rows."""
    import numpy

    kinds = COLUMNS[table]
    typed = {name: numpy.asarray(each, DTYPES.get(kinds.get(name, ""), "int64")) for name, each in columns.items()}
    database.register("stage", {**typed, PLACE: numpy.arange(len(next(iter(typed.values()))))})
    rows = "stage"
    for name, part in parts.items():
        count = len(next(iter(part.values())))
        database.register(f"part_{name}", {**part, name: numpy.arange(count)})
        rows += f" JOIN part_{name} USING ({name})"
    save_table(database, table, f"{rows} ORDER BY {PLACE}", folder)
    for name in ("stage", *(f"part_{name}" for name in parts)):
        database.forget(name)
