"""Steps on endpoints of response and survival: courses of study patients, an endpoint, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

from matcher.outcomes.subject import Subject
from matcher.outcomes.survival import compared
from matcher.outcomes.values import Result
from tests.matcher.courses import computed, event, subject

MAIN = {
    "therapy start": "regimen", "therapy stop": "reason", "assessment": "response", "progression": "by",
    "board": "profile", "last contact": "", "death": "cause", "adverse event": "term", "PSA": "value", "ECOG": "value",
    "PROMIS-29": "", "decision": "chosen", "organoid": "", "withdrawal": "",
}  # fmt: skip
"""What the first text of an event means; nothing by itself where it names its key, as the others do."""


@dataclass
class Trial:
    """The patients of a study, and the endpoint that was computed last."""

    folder: Path
    patients: list[Subject] = field(default_factory=list)
    found: Result | None = None
    by_treatment: dict[str, Result] = field(default_factory=dict)

    @property
    def result(self) -> Result:
        assert self.found is not None, "no endpoint was computed"
        return self.found


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


def happened(date: str, kind: str, what: str) -> dict[str, object]:
    parts = [part.strip() for part in what.split(",") if part.strip()]
    main = {MAIN[kind]: parts.pop(0)} if MAIN[kind] and parts else {}
    told = {key.strip(): value.strip() for key, _, value in (part.partition(":") for part in parts)}
    return event(date, kind, **main, **told)


def _options(text: str) -> dict[str, object]:
    """`within: 3 months; modality: CT, MRI` as options of an endpoint."""
    parts = [part.partition(":") for part in text.split(";") if part.strip()]
    return {key.strip(): [each.strip() for each in value.split(",")] for key, _, value in parts}


@given(parsers.parse('the study patient "{id}", enrolled on "{date}"'))
def enrolled(trial: Trial, id: str, date: str, datatable: Sequence[Sequence[str]]) -> None:
    entered = event(date, "enrolment", study="study")
    trial.patients.append(subject(trial.folder, id, entered, *(happened(*row) for row in datatable[1:])))


@given(parsers.parse('the study patients, enrolled on "{date}"'))
def all_enrolled(trial: Trial, date: str, datatable: Sequence[Sequence[str]]) -> None:
    """Rows of patient, date, event, what."""
    for id in dict.fromkeys(row[0] for row in datatable[1:]):
        events = [happened(*row[1:]) for row in datatable[1:] if row[0] == id]
        trial.patients.append(subject(trial.folder, id, event(date, "enrolment", study="study"), *events))


@given(parsers.parse('the study patient "{id}", enrolled on "{date}" in the {arm} arm'))
def enrolled_in(trial: Trial, id: str, date: str, arm: str, datatable: Sequence[Sequence[str]]) -> None:
    entered = event(date, "enrolment", study="study", arm=arm)
    trial.patients.append(subject(trial.folder, id, entered, *(happened(*row) for row in datatable[1:])))


@when(parsers.parse('the endpoint "{measure}" is computed'))
def compute(trial: Trial, measure: str) -> None:
    trial.found = computed(trial.folder, trial.patients, measure)


@when(parsers.parse('the endpoint "{measure}" is computed with "{options}"'))
def compute_with(trial: Trial, measure: str, options: str) -> None:
    trial.found = computed(trial.folder, trial.patients, measure, **_options(options))


@when(parsers.parse('the endpoint "{measure}" of the {arm} arm is computed with "{options}"'))
def compute_of_arm(trial: Trial, measure: str, arm: str, options: str) -> None:
    patients = [patient for patient in trial.patients if patient.arm == arm]
    trial.found = computed(trial.folder, patients, measure, **_options(options))


@when(parsers.parse('the endpoint "{measure}" of each treatment is computed with "{options}"'))
def compute_by_treatment(trial: Trial, measure: str, options: str) -> None:
    by: dict[str, list[Subject]] = {}
    for patient in trial.patients:
        assert patient.treatment is not None
        by.setdefault(" + ".join(patient.treatment.regimen), []).append(patient)
    asked = _options(options)
    trial.by_treatment = {name: computed(trial.folder, every, measure, **asked) for name, every in by.items()}


@then(parsers.parse('the median under "{treatment}" is {number:g} months'))
def median_under(trial: Trial, treatment: str, number: float) -> None:
    trial.found = trial.by_treatment[treatment]
    median(trial, number)


@then(parsers.parse('the comparison of the treatments says "{text}"'))
def comparison(trial: Trial, text: str) -> None:
    said = compared(trial.by_treatment)
    assert said is not None
    assert text in said


@then(parsers.parse("{number:d} of {of:d} patients count"))
@then(parsers.parse("{number:d} of {of:d} patients counts"))
def rate(trial: Trial, number: int, of: int) -> None:
    value = trial.result.value
    assert value is not None
    assert value[:2] == (number, of)


@then(parsers.parse("{number:d} of {of:d} {name} patients count"))
@then(parsers.parse("{number:d} of {of:d} {name} patients counts"))
def rate_of(trial: Trial, number: int, of: int, name: str) -> None:
    shares = dict(trial.result.shares)
    assert shares[f"of {name} subjects"][:2] == (number, of)


@then(parsers.parse('"{id}" is not counted because "{reason}"'))
def left_out(trial: Trial, id: str, reason: str) -> None:
    reasons = {each.subject: each.reason for each in trial.result.excluded}
    assert reason in reasons.get(id, ""), reasons


@then(parsers.parse('the best overall response of "{id}" is "{response}"'))
def best_response(trial: Trial, id: str, response: str) -> None:
    best = {row[0]: row[1] for name, table in trial.result.tables for row in table.rows if name.startswith("best")}
    assert best[id] == response


@then(parsers.parse('"{id}" has an event after {days:d} days'))
def had_event(trial: Trial, id: str, days: int) -> None:
    assert {each.subject: (each.days, each.event) for each in trial.result.spells}[id] == (days, True)


@then(parsers.parse('"{id}" is censored after {days:g} days'))
def was_censored(trial: Trial, id: str, days: float) -> None:
    assert {each.subject: (each.days, each.event) for each in trial.result.spells}[id] == (days, False)


@then(parsers.parse("the median is {number:g} months"))
def median(trial: Trial, number: float) -> None:
    value = trial.result.value
    assert value is not None
    assert value[0] is not None
    assert round(value[0], 1) == number


@then("the median is not reached")
def no_median(trial: Trial) -> None:
    assert trial.result.value is not None
    assert trial.result.value[0] is None


@then(parsers.parse('the result says "{text}"'))
def says(trial: Trial, text: str) -> None:
    assert any(text in note for note in trial.result.notes), trial.result.notes


@then(parsers.parse('the table "{name}" has'))
def table_has(trial: Trial, name: str, datatable: Sequence[Sequence[str]]) -> None:
    """The named columns of the table have these texts, row by row."""
    table = dict(trial.result.tables)[name]
    at = [table.columns.index(column) for column in datatable[0]]
    shown = [[_shown(row[index]) for index in at] for row in table.rows]
    assert shown == [list(row) for row in datatable[1:]]


def _shown(cell: str | int | float | None) -> str:
    return "" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else str(cell)
