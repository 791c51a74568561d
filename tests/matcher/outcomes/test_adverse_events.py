"""Adverse events: the window, worst grades, serious and related ones, and what a file does not tell."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.events import AdverseEvent, Events
from matcher.outcomes.adverse_events import MEASURES, adverse_events, worst_grade
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Result
from tests.matcher.outcomes.course import endpoint, subject

MEASURE = MEASURES["adverse events"]
TREATED = "prior_therapies:\n  - {regimen: [pyrotinib], start: 2024-01-10, stop: 2024-06-10, guided_by: s}\n"


def exposed(folder: Path, name: str, *events: str, treated: str = TREATED) -> Subject:
    lines = "".join(f"  - {{kind: adverse event, {event}}}\n" for event in events)
    return subject(folder, treated + (f"events:\n{lines}" if events else ""), name)


def computed(*subjects: Subject, **options: object) -> Result:
    return adverse_events(endpoint(MEASURE, options), subjects)


def counts(result: Result) -> dict[str, tuple[int, int]]:
    return {name: (share.number, share.of) for name, share in result.shares}


def rows(result: Result, name: str) -> list[dict[str, str | int | float | None]]:
    table = dict(result.tables)[name]
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


FULL = "ctcae: 5.0, serious: no, related: yes"


def test_each_subject_counts_once_for_a_term_and_for_a_class_at_the_worst_grade(tmp_path: Path) -> None:
    found = computed(
        exposed(
            tmp_path, "A", f"date: 2024-02-01, term: Diarrhea, grade: 1, {FULL}",
            f"date: 2024-03-01, term: diarrhoea, grade: 3, {FULL}", f"date: 2024-03-01, term: Nausea, grade: 1, {FULL}",
        ),
        exposed(tmp_path, "B", f"date: 2024-02-01, term: Nausea, grade: 2, {FULL}"),
        exposed(tmp_path, "C"),
        ctcae="5.0",
    )  # fmt: skip
    assert counts(found) == {"any": (2, 3), "grade 3 or higher": (1, 3), "serious": (0, 3), "related": (2, 3)}
    of_class, nausea, diarrhea = rows(found, "by class and term")
    assert (of_class["system organ class"], of_class["term"], of_class["subjects"]) == (
        "Gastrointestinal disorders", "any term", 2,
    )  # fmt: skip
    assert (nausea["term"], nausea["subjects"], nausea["worst grade"]) == ("Nausea", 2, 2)
    assert (diarrhea["term"], diarrhea["subjects"], diarrhea["grade 3 or higher"]) == ("Diarrhea", 1, 1)
    grades = {row["worst grade"]: row["subjects"] for row in rows(found, "worst grade")}
    assert grades == {"none": 1, "1": 0, "2": 1, "3": 1, "4": 0, "5": 0, "not told": 0}
    assert found.notes == ()


def test_the_interval_is_exact(tmp_path: Path) -> None:
    subjects = [exposed(tmp_path, str(number)) for number in range(7)]
    subjects += [
        exposed(tmp_path, f"E{number}", f"date: 2024-02-01, term: Nausea, grade: 2, {FULL}") for number in range(3)
    ]
    found = computed(*subjects)
    assert found.value is not None
    assert found.value[:3] == (3, 10, 0.3)
    assert (found.value.low, found.value[4]) == (pytest.approx(0.0667, abs=1e-4), pytest.approx(0.6525, abs=1e-4))


@pytest.mark.parametrize(
    ("on", "counted"),
    [
        ("2024-01-09", 0),
        ("2024-01-10", 1),
        ("2024-06-10", 1),
        ("2024-07-10", 1),
        ("2024-07-11", 0),
        ("2024-03", 1),
        ("2023", 0),
    ],
)
def test_the_window_runs_from_the_first_dose_until_thirty_days_after_the_last(
    tmp_path: Path, on: str, counted: int
) -> None:
    found = computed(
        exposed(tmp_path, "A", f"date: {on}, term: Nausea, grade: 2, {FULL}"), until_after_last_dose=30.0, ctcae="5.0"
    )
    assert counts(found)["any"] == (counted, 1)
    assert found.notes == ()


@pytest.mark.parametrize("on", ["2024-01", "2024-07", "2024"])
def test_a_partial_date_that_leaves_it_open_is_told_and_not_counted(tmp_path: Path, on: str) -> None:
    found = computed(exposed(tmp_path, "A", f"date: {on}, term: Nausea, grade: 2, {FULL}"), until_after_last_dose=30.0)
    assert counts(found)["any"] == (0, 1)
    assert found.notes == (f"A: Nausea of {on} may lie within the window or not: not counted; give its day",)


def test_without_a_window_late_events_count(tmp_path: Path) -> None:
    assert counts(computed(exposed(tmp_path, "A", f"date: 2025-07-01, term: Nausea, grade: 1, {FULL}")))["any"] == (
        1,
        1,
    )


def test_an_ongoing_treatment_leaves_the_window_open_and_is_told(tmp_path: Path) -> None:
    ongoing = TREATED.replace(", stop: 2024-06-10", "")
    one = exposed(tmp_path, "A", f"date: 2025-07-01, term: Nausea, grade: 1, {FULL}", treated=ongoing)
    found = computed(one, until_after_last_dose=30.0)
    assert counts(found)["any"] == (1, 1)
    assert found.notes == ("A: no last dose is told of pyrotinib: the window is open",)


def test_what_is_not_told_is_no_no(tmp_path: Path) -> None:
    found = computed(
        exposed(tmp_path, "A", "date: 2024-02-01, term: Nausea, grade: 2"),
        exposed(tmp_path, "B", "date: 2024-02-01, term: Nausea, grade: 2, serious: yes"),
        exposed(tmp_path, "C"),
        counts="serious",
    )
    assert found.value is not None
    assert found.value[:2] == (1, 2)
    assert counts(found)["related"] == (0, 1)
    assert "serious: not told for A: not in this share" in found.notes
    assert "related: not told for A, B: not in this share" in found.notes
    nausea = rows(found, "by class and term")[1]
    assert (nausea["subjects"], nausea["serious"], nausea["related"]) == (2, "1 (1 not told)", "0 (2 not told)")


def test_an_event_without_a_grade_counts_as_any_and_leaves_its_subject_out_of_the_severe(tmp_path: Path) -> None:
    found = computed(exposed(tmp_path, "A", "date: 2024-02-01, term: Nausea, serious: no, related: no"))
    assert counts(found) == {"any": (1, 1), "grade 3 or higher": (0, 0), "serious": (0, 1), "related": (0, 1)}
    assert {row["worst grade"] for row in rows(found, "worst grade") if row["subjects"]} == {"not told"}
    assert "A: 1 of 1 events have no grade: the worst is of those that have one" in found.notes


def test_death_is_serious_whatever_the_file_tells(tmp_path: Path) -> None:
    found = computed(exposed(tmp_path, "A", "date: 2024-02-01, term: Sepsis, grade: 5"), counts="serious")
    assert found.value is not None
    assert found.value[:2] == (1, 1)


def test_a_term_without_a_class_is_counted_as_written_and_told(tmp_path: Path) -> None:
    found = computed(exposed(tmp_path, "A", f"date: 2024-02-01, term: Pneumonia, grade: 3, {FULL}"), ctcae="5.0")
    assert [(row["system organ class"], row["term"]) for row in rows(found, "by class and term")] == [
        ("not a CTCAE term", "any term"),
        ("not a CTCAE term", "Pneumonia"),
    ]
    (note,) = found.notes
    assert note.endswith("'Pneumonia' is not a term of CTCAE 5.0: counted as written; nearest terms: Lung infection")


@pytest.mark.parametrize(
    ("protocol", "soc"),
    [
        ("4.03", "General disorders and administration site conditions"),
        ("5.0", "Injury, poisoning and procedural complications"),
    ],
)
def test_a_term_is_counted_under_the_class_that_the_protocol_s_version_gives_it(
    tmp_path: Path, protocol: str, soc: str
) -> None:
    event = f"date: 2024-02-01, term: Infusion related reaction, grade: 2, ctcae: {protocol}, serious: no, related: yes"
    found = computed(exposed(tmp_path, "A", event), ctcae=protocol)
    assert rows(found, "by class and term")[0]["system organ class"] == soc


def test_versions_that_differ_from_the_protocol_s_or_are_not_told_are_told(tmp_path: Path) -> None:
    found = computed(
        exposed(tmp_path, "A", "date: 2024-02-01, term: Nausea, grade: 1, ctcae: 4.03, serious: no, related: no"),
        exposed(tmp_path, "B", "date: 2024-02-01, term: Nausea, grade: 1, serious: no, related: no"),
        ctcae="5.0",
    )
    assert "graded by CTCAE 4.03, and the protocol asks for 5.0" in found.notes[0]
    assert found.notes[1] == "B: 1 of 1 events do not say by which version they were graded"


def test_who_was_not_treated_is_not_at_risk_and_listed(tmp_path: Path) -> None:
    found = computed(exposed(tmp_path, "A", f"date: 2024-02-01, term: Nausea, grade: 2, {FULL}", treated=""))
    assert found.n == 0
    assert found.value is not None
    assert found.value[:2] == (0, 0)
    assert [each.subject for each in found.excluded] == ["A"]


def test_a_site_s_own_words_are_counted_as_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("term\tcounts_as\nPneumonia\tLung infection\n", encoding="utf-8")
    found = computed(
        exposed(tmp_path, "A", f"date: 2024-02-01, term: Pneumonia, grade: 3, {FULL}"), ctcae="5.0", terms=path
    )
    assert rows(found, "by class and term")[1]["term"] == "Lung infection"
    assert found.notes == ()


def test_what_is_no_term_comes_below_the_classes(tmp_path: Path) -> None:
    both = [f"date: 2024-02-01, term: {term}, grade: 1, {FULL}" for term in ("Qzx", "Nausea")]
    found = computed(exposed(tmp_path, "A", *both), exposed(tmp_path, "B", both[0]))
    assert [row["term"] for row in rows(found, "by class and term")] == ["any term", "Nausea", "any term", "Qzx"]


@pytest.fixture(scope="module")
def treated(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return exposed(tmp_path_factory.mktemp("treated"), "A")


@settings(max_examples=30)
@given(st.lists(st.integers(-30, 400), max_size=6), st.integers(0, 200), st.integers(0, 200))
def test_a_wider_window_never_counts_less(treated: Subject, days: list[int], narrow: int, more: int) -> None:
    events = tuple(
        AdverseEvent((date(2024, 1, 10) + timedelta(days=day)).isoformat(), Place("p.yaml", 1), f"T{number}", 1)
        for number, day in enumerate(days)
    )
    told = treated._replace(events=Events(events))
    windows = (float(narrow), float(narrow + more), None)
    terms = [len(rows(computed(told, until_after_last_dose=each), "by class and term")) for each in windows]
    assert terms == sorted(terms)


GRADES = st.lists(st.none() | st.integers(1, 5))


@given(GRADES, st.none() | st.integers(1, 5))
def test_one_more_event_never_lowers_the_worst_grade(grades: list[int | None], more: int | None) -> None:
    def graded(grade: int | None) -> AdverseEvent:
        return AdverseEvent("2024-01-01", Place("p.yaml", 1), "Nausea", grade)

    before, after = worst_grade(map(graded, grades)), worst_grade(map(graded, [*grades, more]))
    assert (after or 0) == max(before or 0, more or 0)
