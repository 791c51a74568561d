"""What the tables of a cohort say, in plain values: two ways to the same answer are held against each other with it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from matcher.cohort.tables import COLUMNS, Tables

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.cohort.subject import Subject, Unreadable
    from rules.language import RuleSet

Row = tuple[object, ...]
BY_PATIENT = ("recommendations", "avoided", "notes")


class Told(NamedTuple):
    """What is told of one patient: their row without `alike`, and the rows of every other table, in their order.

    The order of `blocks`, which come in no order of their own, is that of their text.
    """

    patient: Row
    rows: dict[str, tuple[Row, ...]]


def told(tables: Tables) -> dict[str, Told]:
    """What the tables tell of each patient, by name, in the order of the patients.

    What is told of no patient has the name "". AssertionError where rows belong to nobody, or a name is not unique.
    """
    assert {name: list(frame.columns) for name, frame in tables.items()} == {
        name: list(columns) for name, columns in COLUMNS.items()
    }
    patients = _rows(tables, "patients")
    names = [str(row[0]) for row in patients]
    assert len(set(names)) == len(names), "two patients of the same name cannot be told apart"
    mine = {table: _grouped(_rows(tables, table)) for table in BY_PATIENT}
    blocks = _grouped(_rows(tables, "blocks"))
    assert blocks.keys() <= {row[-1] for row in patients}, "blocks of nobody"
    for table in BY_PATIENT:
        assert mine[table].keys() <= {*names, None}, f"{table} of nobody"
    found = {
        str(row[0]): Told(
            row[:-1],
            {
                **{table: tuple(mine[table].get(row[0], ())) for table in BY_PATIENT},
                "blocks": tuple(sorted((each[1:] for each in blocks.get(row[-1], ())), key=str)),
            },
        )
        for row in patients
    }
    return {"": Told((), {"notes": tuple(mine["notes"].get(None, ()))}), **found}


def nameless(one: Told) -> Told:
    """What is told of a patient without their name and the places in their file."""

    def less(table: str, row: Row) -> Row:
        if table == "notes":
            return (row[1], *row[4:])
        return row if table == "blocks" else row[1:]

    return Told(one.patient[2:], {name: tuple(less(name, row) for row in rows) for name, rows in one.rows.items()})


def alike(tables: Tables) -> set[frozenset[str]]:
    """The patients who share a number, as a partition of their names."""
    groups: dict[object, set[str]] = defaultdict(set)
    for row in _rows(tables, "patients"):
        groups[row[-1]].add(str(row[0]))
    return set(map(frozenset, groups.values()))


def assert_same(found: Tables, wanted: Tables, what: object = "") -> None:
    """Fail with the first patient, table and row in which the tables differ, or for patients in another order.

    Patients with one number must be told the same of by both, beside what names their own alterations and places.
    """
    mine, its = told(found), told(wanted)
    assert list(mine) == list(its), f"{what}: other patients, or another order"
    for name, one in mine.items():
        assert one.patient == its[name].patient, f"{what}: the row of {name}"
        for table, rows in one.rows.items():
            _same_rows(rows, its[name].rows[table], f"{what}: {table} of {name}")
    for group in alike(found):
        answers = {_answer(its[name]) for name in group}
        assert len(answers) == 1, f"{what}: {sorted(group)} are not alike"


def _same_rows(found: Sequence[Row], wanted: Sequence[Row], what: str) -> None:
    if found == wanted:
        return
    missing, more = _less(wanted, found), _less(found, wanted)
    assert not missing, f"{what}: missing {missing[0]}, and in its place {more[:1]}"
    assert not more, f"{what}: one too many, {more[0]}"
    assert found == wanted, f"{what}: in another order"


def _less(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    left = list(others)
    missing = []
    for row in rows:
        if row in left:
            left.remove(row)
        else:
            missing.append(row)
    return missing


def _answer(one: Told) -> str:
    """What patients who are alike have in common: which regimens in which tier, and what blocks the others."""
    at = list(COLUMNS["recommendations"])
    common = [at.index(name) for name in ("rank", "regimen", "tier", "option", "basis", "evidence")]
    return repr(([[row[n] for n in common] for row in one.rows["recommendations"]], one.rows["blocks"]))


def _grouped(rows: Iterable[Row]) -> dict[object, list[Row]]:
    found: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _rows(tables: Tables, name: str) -> list[Row]:
    return [tuple(map(_plain, row)) for row in tables[name].itertuples(index=False, name=None)]


def _plain(value: object) -> object:
    """A cell without the types of pandas and NumPy: a missing value is None, lists and structs are tuples."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return tuple((key, _plain(value[key])) for key in sorted(value))
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    if value is None or value != value or type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return value


def matched(subjects: Sequence[Subject | Unreadable], knowledge: KnowledgeBase, rules: RuleSet) -> Tables:
    """The tables of these subjects, all in one piece, by the way of the cohort."""
    from matcher.cohort.matching import Matching

    matching = Matching(knowledge, rules)
    try:
        return matching.matched(subjects)
    finally:
        matching.close()
