"""A cohort matched again: the tables are those of matching everybody, nobody else is matched, and causes are told."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable, Sequence
from functools import cache
from typing import Any

import duckdb
import pandas
import pyoxigraph as ox
import pytest

from kb import terms as t
from kb.curation.graph import Changes
from kb.graph import KnowledgeBase
from matcher.case import Request
from matcher.cohort.account import account, lines
from matcher.cohort.alone import alone, tables
from matcher.cohort.matching import Matching
from matcher.cohort.since import Rematching, grounds, rematched
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import COLUMNS, Tables
from matcher.notes import UnusableInput
from matcher.report.forms import render
from matcher.report.since_document import since_document
from tests.matcher.cohort import test_reach
from tests.matcher.cohort.changed import changed, changes, graph_of
from tests.matcher.cohort.test_reach import known, near
from tests.shared import library

ANSWERS = ("recommendations", "avoided", "notes")


def subjects() -> tuple[Subject, ...]:
    """Some of the patients: those whom it takes little to match."""
    return test_reach.subjects()[1:5]


class Earlier:
    """A finished run held in memory, asked as `matcher.cohort.output.opened` is."""

    def __init__(self, tables: Tables, **manifest: Any) -> None:
        self.manifest = {"kb": {"release": "before"}, **manifest}
        self._connection = duckdb.connect()
        for name, columns in COLUMNS.items():
            self._connection.register("stage", tables[name])
            cells = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())
            self._connection.execute(f"CREATE TABLE {name} AS SELECT {cells} FROM stage")

    def run(self, query: str, parameters: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, list(parameters)).fetchall()

    def close(self) -> None:
        self._connection.close()


class Watched(Matching):
    """Matches each patient alone, and remembers whom it was asked about."""

    def __init__(self, knowledge: KnowledgeBase, rules: Any) -> None:
        super().__init__(knowledge, rules)
        self.asked: list[str] = []

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        self.asked += [each.name for each in subjects]
        return tables(alone(subjects, self.knowledge, self.rules))

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        yield from map(self.matched, pieces)


@cache
def today() -> Tables:
    """The answers to all patients by the graph before any change."""
    return Watched(known(), library()).matched(subjects())


def rows(tables: Tables, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in tables[table].itertuples(index=False, name=None)]


def after(moved: Changes, earlier: Earlier | None = None, **more: Any) -> tuple[Tables, Watched]:
    """All patients matched again after changes of the graph."""
    old, new, diff = changed(graph_of(known()), moved)
    matching = Watched(new, library())
    return Rematching(matching, old, earlier, diff=diff, **more).matched(subjects()), matching


def without(kind: str, id: str) -> Changes:
    """The graph without an item."""
    return Changes(frozenset(graph_of(known()).items[kind][t.item(kind, id)]), frozenset())


def told(tables: Tables, kind: str) -> pandas.DataFrame:
    found = tables["changes"]
    return found[found["kind"] == kind]


@cache
def leading() -> tuple[str, str, str]:
    """A patient, a regimen that is recommended by one evidence item alone, and the item."""
    for row in today()["recommendations"].itertuples():
        if len(row.evidence) == 1 and row.option.startswith("EID") and row.basis:
            return row.patient, row.regimen, row.option
    raise AssertionError("no such recommendation")


@pytest.mark.parametrize("seed", [3])
def test_the_tables_are_those_of_matching_everybody(seed: int) -> None:
    moved = changes(graph_of(known()), random.Random(seed), 2, near())
    found, matching = after(moved, Earlier(today()))
    everybody = Watched(matching.knowledge, library()).matched(subjects())
    for table in ANSWERS:
        assert sorted(rows(found, table), key=str) == sorted(rows(everybody, table), key=str)
    assert blocks(found) == blocks(everybody)
    touched = set(found["changes"]["patient"])
    assert touched == set(matching.asked)


def blocks(tables: Tables) -> dict[str, list[str]]:
    """What blocks each patient's options."""
    by_number: dict[object, list[str]] = {}
    for alike, *block in rows(tables, "blocks"):
        by_number.setdefault(alike, []).append(str(block))
    return {row[0]: sorted(by_number.get(row[-1], ())) for row in rows(tables, "patients")}  # type: ignore[misc]


def test_what_is_no_longer_to_be_avoided_has_its_cause() -> None:
    """A warning names its biomarkers as readers know them, which is no profile of the graph: it was read as one."""
    row = next(each for each in today()["avoided"].itertuples() if any(" " in name for name in each.biomarkers))
    gone = [without("evidence", id.partition("/")[0]) for id in row.evidence]
    found, _ = after(Changes(frozenset().union(*(each.gone for each in gone)), frozenset()), Earlier(today()))
    moved = told(found, "no longer avoided")
    (mine,) = moved[(moved["patient"] == row.patient) & (moved["regimen"] == row.regimen)].itertuples()
    assert (mine.before, mine.after) == (f"{row.because} ({', '.join(row.evidence)})", None)
    assert mine.cause_id in row.evidence
    assert (mine.cause_change, mine.how) == ("removed", "cited")


def test_nobody_is_matched_where_nothing_changed() -> None:
    found, matching = after(Changes(), Earlier(today()))
    assert matching.asked == []
    assert len(found["changes"]) == 0
    assert len(found["patients"]) == len(subjects())


def test_pieces_are_answered_one_after_the_other() -> None:
    old, new, diff = changed(graph_of(known()), Changes())
    rematching = Rematching(Watched(new, library()), old, Earlier(today()), diff=diff)
    pieces = list(rematching.stream([subjects()[:1], subjects()[1:]]))
    assert [list(each["patients"]["patient"]) for each in pieces] == [
        [subjects()[0].name],
        [each.name for each in subjects()[1:]],
    ]


def test_a_note_on_an_item_changes_nobody() -> None:
    quad = next(quad for quads in graph_of(known()).items["evidence"].values() for quad in quads)
    noted = Changes(
        frozenset(), frozenset({ox.Quad(quad.subject, ox.NamedNode(t.NOTE), ox.Literal("seen"), quad.graph_name)})
    )
    _, matching = after(noted, Earlier(today()))
    assert matching.asked == []


@pytest.mark.parametrize("has_output", [True, False])
def test_what_is_lost_is_told_with_the_item_that_went(has_output: bool) -> None:
    patient, regimen, item = leading()
    found, _ = after(without("evidence", item), Earlier(today()) if has_output else None)
    lost = told(found, "lost")
    lost = lost[(lost["patient"] == patient) & (lost["regimen"] == regimen)]
    ((before, now, id, change, how),) = lost[["before", "after", "cause_id", "cause_change", "how"]].itertuples(
        index=False
    )
    assert before.startswith("rank ")
    assert (now, id, change, how) == (None, item, "removed", "cited")
    assert set(told(found, "same")["patient"]).isdisjoint({patient})


def test_what_is_gained_is_told_with_the_item_that_came() -> None:
    patient, regimen, item = leading()
    old, new, diff = changed(graph_of(known()), without("evidence", item))
    back = Rematching(Watched(old, library()), new, None, diff=diff.mirrored()).matched(subjects())
    gained = told(back, "gained")
    gained = gained[(gained["patient"] == patient) & (gained["regimen"] == regimen)]
    assert list(gained["cause_id"]) == [item]
    assert list(gained["cause_change"]) == ["added"]


def test_an_entry_of_the_plan_changes_access() -> None:
    paid = today()["recommendations"]
    drugs = {drug for row in paid[paid["reimbursed"] == True]["regimen"] for drug in row.split("+")}  # noqa: E712
    gone = frozenset(
        quad
        for quads in graph_of(known()).items["coverage"].values()
        if any(each.predicate.value == t.OF_DRUG and t.item_id(each.object.value) in drugs for each in quads)
        for quad in quads
    )
    found, _ = after(Changes(gone, frozenset()), Earlier(today()))
    access = told(found, "access")
    assert len(access)
    assert all(
        change == "removed" and cause.startswith("coverage ")
        for cause, change in access[["cause", "cause_change"]].values
    )


def test_new_patients_and_those_who_are_gone_are_told() -> None:
    old, new, diff = changed(graph_of(known()), Changes())
    first, *others = subjects()
    then = Watched(known(), library()).matched(subjects()[:2])
    rematching = Rematching(Watched(new, library()), old, Earlier(then), ("the patients' files",), diff)
    found = rematching.matched(others)
    assert set(told(found, "new patient")["patient"]) == {each.name for each in subjects()[2:]}
    gone = rematching.gone([each.name for each in others])
    assert [tuple(row[:2]) for row in gone.itertuples(index=False)] == [(None, "release"), (first.name, "patient gone")]
    assert gone["how"][0] == "matched anew"


def test_other_grounds_are_told_apart_from_the_release() -> None:
    """An earlier run of another day: what the day changed is not laid to the release."""
    then = [each._replace(request=each.request._replace(as_of="2015-01-01")) for each in subjects()]
    earlier = Earlier(Watched(known(), library()).matched(then))
    found, _ = after(Changes(), earlier, grounds=("the day asked for",))
    assert len(found["changes"])
    assert set(found["changes"]["how"]) == {"not the release"}
    assert set(found["changes"]["cause"]) == {"other than in the earlier run: the day asked for"}


def test_without_the_older_graph_everybody_is_matched() -> None:
    matching = Watched(known(), library())
    found = Rematching(matching, None, Earlier(today())).matched(subjects())
    assert matching.asked == [each.name for each in subjects()]
    assert set(found["changes"]["kind"]) == {"same"}


def test_an_unreadable_patient_stays_one() -> None:
    unreadable = Unreadable("nobody", "nobody.maf", "no tumor type is given", "give --tumor-type")
    old, new, diff = changed(graph_of(known()), Changes())
    found = Rematching(Watched(new, library()), old, None, diff=diff).matched([unreadable, subjects()[0]])
    assert list(found["patients"]["outcome"]) == ["unreadable", "matched"]
    assert len(found["changes"]) == 0


REQUEST = Request(subjects()[0].request.path, "2026-11-21", jurisdiction="CN")
MANIFEST = {
    "inputs": {"digest": "of files"},
    "rules": {"digest": "of rules"},
    "as_of": "2026-11-21",
    "options": {"jurisdiction": "CN", "since": "before"},
}


@pytest.mark.parametrize(
    ("changed", "ground"),
    [
        ({}, ()),
        ({"inputs": {"digest": "of others"}}, ("the patients' files",)),
        ({"rules": {"digest": "of others"}}, ("the rules",)),
        ({"as_of": "2026-11-20"}, ("the day asked for",)),
        ({"options": {"jurisdiction": "US"}}, ("the options",)),
        ({"program": "0.0.0"}, ("the program",)),
        ({"rules": {}, "as_of": None}, ("the rules", "the day asked for")),
    ],
)
def test_an_earlier_run_is_taken_over_only_on_the_same_grounds(
    changed: dict[str, Any], ground: tuple[str, ...]
) -> None:
    assert grounds({**MANIFEST, **changed}, "of files", "of rules", REQUEST) == ground


def test_a_folder_that_is_no_store_is_refused() -> None:
    with pytest.raises(UnusableInput) as raised:
        rematched("tests", Watched(known(), library()), None, REQUEST)  # type: ignore[arg-type]
    assert "holds no release" in str(raised.value)


def test_the_account_counts_everybody_once() -> None:
    _, _, item = leading()
    old, new, diff = changed(graph_of(known()), without("evidence", item))
    rematching = Rematching(Watched(new, library()), old, Earlier(today()), diff=diff)
    found = rematching.matched(subjects())
    last = rematching.gone([each.name for each in subjects()])
    counted = account(Earlier({**found, "changes": pandas.concat([found["changes"], last])}))
    assert (counted.since, counted.left_how) == (known().release, "taken over")
    assert counted.patients == len(subjects())
    assert counted.touched + counted.left == counted.patients
    assert counted.moved + counted.shifted + counted.same == counted.touched
    assert counted.moved
    assert counted.causes[0].id == item
    assert item in " ".join(lines(counted))
    for form in ("text", "markdown", "html"):
        assert item in render(since_document(counted), form)
