"""Tables with one row a patient: what is read of them, what is not, and that nobody is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.alteration import Place
from matcher.notes import UnusableInput
from matcher.outcomes.study import TableSource
from matcher.outcomes.table_subjects import (
    is_event,
    read_table,
    responses_of,
    spells_of,
    table_result,
)
from tests.matcher.courses import endpoint

COLUMNS = {"id": "ID", "arm": "Arm", "response": "BR", "pfs": "PFS", "pfs_event": "Progressed", "unit": "months"}
TABLE = """#a comment
ID\tArm\tBR\tPFS\tProgressed
A\tone\tPR\t2\t1
B\tone\tComplete response\t4\t0:Censor
C\ttwo\tMR\t3\t1
D\ttwo\t\t\t1
E\ttwo\tNE\t-1\tyes
F\ttwo\tSD\t1\tmaybe
A\tone\tSD\t1\t1
G\tone
\tone\tPR\t2\t1
"""


def source(folder: Path, text: str = TABLE, **columns: str) -> TableSource:
    path = folder / "cohort.tsv"
    path.write_text(text, encoding="utf-8")
    return TableSource(path, columns or COLUMNS, Place("study.yaml", 3))


def test_rows_are_read_and_faults_are_told(tmp_path: Path) -> None:
    rows, notes = read_table(source(tmp_path))
    assert [(row.id, row.arm, row.response) for row in rows] == [
        ("B", "one", "CR"),
        ("C", "two", None),
        ("D", "two", None),
        ("E", "two", "NE"),
        ("F", "two", "SD"),
    ]
    assert [str(note.where) for note in notes] == [f"cohort.tsv:{row}" for row in (10, 11, 3, 9)]
    assert notes[1].message == "the row has no id: not used"
    assert {note.message for note in notes[2:]} == {"2 rows have the id 'A', and none of them is used"}


def test_times_are_days_and_who_has_none_is_told(tmp_path: Path) -> None:
    rows, _ = read_table(source(tmp_path))
    spells, excluded = spells_of(rows, "pfs")
    assert [(each.subject, each.days, each.event) for each in spells] == [
        ("B", 121.75, False),
        ("C", 91.3125, True),
    ]
    assert [(each.subject, each.reason, each.where) for each in excluded] == [
        ("D", "no pfs in the table", "cohort.tsv:6"),
        ("E", "pfs '-1' is not known", "cohort.tsv:7"),
        ("F", "pfs_event 'maybe' is not known", "cohort.tsv:8"),
    ]


def test_a_response_that_recist_does_not_know_is_not_guessed(tmp_path: Path) -> None:
    rows, _ = read_table(source(tmp_path))
    best, excluded = responses_of(rows)
    assert [(each.subject, each.response) for each in best] == [("B", "CR"), ("E", "NE"), ("F", "SD")]
    assert [each.reason for each in excluded] == ["response 'MR' is not known", "no response in the table"]


def test_results_of_rows(tmp_path: Path) -> None:
    rows, _ = read_table(source(tmp_path))
    rate = table_result(endpoint(tmp_path, "objective response rate", of="evaluable"), rows, "one", None)
    assert rate.value is not None
    assert (rate.value[:2], rate.arm) == ((1, 2), "one")
    time = table_result(endpoint(tmp_path, "progression-free survival"), rows)
    assert time.value is not None
    assert (time.n, time.value[0]) == (2, pytest.approx(3))
    with pytest.raises(UnusableInput, match="needs patient files"):
        table_result(endpoint(tmp_path, "PFS ratio"), rows)


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"id": "Nr"}, "cohort.tsv has no column 'Nr'"),
        ({"arm": "Arm"}, "no column is the id"),
        ({"id": "ID", "pfs": "PFS", "unit": "days"}, "pfs and pfs_event belong together"),
        ({"id": "ID", "pfs": "PFS", "pfs_event": "Progressed"}, "the unit of times is None"),
        ({"id": "ID", "age": "Age"}, "unknown column 'age'"),
    ],
)
def test_columns_that_cannot_be_used_name_the_line_of_the_study(
    tmp_path: Path, columns: dict[str, str], text: str
) -> None:
    with pytest.raises(UnusableInput) as found:
        read_table(source(tmp_path, **columns))
    assert text in str(found.value)
    assert "study.yaml:3" in str(found.value)


def test_an_empty_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no header"):
        read_table(source(tmp_path, "#only a comment\n"))


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("1", True),
        ("1.0", True),
        ("1:DECEASED", True),
        ("0:LIVING", False),
        ("1:LIVING", None),
        ("?", None),
    ],
)
def test_events(text: str, event: bool | None) -> None:
    assert is_event(text) is event


def test_spells_of_one_pair_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("who,days,dead\nA,10,1\nB,,0\nC,30,0\n", encoding="utf-8")
    columns = {"id": "who", "os": "days", "os_event": "dead", "unit": "days"}
    rows, notes = read_table(TableSource(path, columns, Place(str(path))))
    assert not notes
    spells, excluded = spells_of(rows, "os")
    assert [(each.subject, each.days, each.event) for each in spells] == [("A", 10, True), ("C", 30, False)]
    assert [each.subject for each in excluded] == ["B"]
