"""Steps on whole studies: patients' files, a study that comes with the program, and what its report says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

from features.steps_survival import happened
from matcher.outcomes.computed import Ground, Outcomes, outcomes_of
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import find_study, read_study
from matcher.outcomes.values import Result
from matcher.report.outcomes_document import said
from tests.matcher.courses import event
from tests.shared import evaluators, knowledge, library

TODAY = "2026-11-20"


@dataclass
class Cohort:
    """The files of a study's patients, and the study's outcomes once they were computed."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    outcomes: Outcomes | None = None

    @property
    def found(self) -> Outcomes:
        assert self.outcomes is not None, "no outcomes were computed"
        return self.outcomes

    def add(self, id: str, about: str, events: Sequence[dict[str, object]]) -> None:
        """A patient of whom `about` tells: `tumor_type: LUAD; stage: metastatic; after: gefitinib`."""
        told: dict[str, object] = {"id": id, "jurisdiction": "CN"}
        for part in about.split(";"):
            key, _, value = (each.strip() for each in part.partition(":"))
            told[key] = int(value) if value.isdecimal() else value
        prior = told.pop("after", None)
        if prior is not None:
            line = {
                "regimen": prior,
                "line": 1,
                "start": "2020-01-06",
                "stop": "2020-12-07",
                "stopped_for": "progression",
            }
            told["prior_therapies"] = [line]
        markers = {name: told.pop(name) for name in ("HER2 IHC", "AR-V7", "MSI") if name in told}
        if markers:
            told["biomarkers"] = markers
        samples = told.pop("samples", None)
        if samples is not None:
            named = (each.split(" of ") for each in str(samples).split(" and "))
            told["samples"] = [{"id": name, "kind": "tissue", "date": on, "assay": "WES"} for name, on in named]
        path = self.folder / f"{id}.json"
        path.write_text(json.dumps({**told, "events": list(events)}), encoding="utf-8")
        self.files.append(path)

    def result(self, name: str, arm: str | None, group: str | None) -> Result:
        (one,) = [
            each for each in self.found.results if (each.endpoint.name, each.arm, each.group) == (name, arm, group)
        ]
        return one


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    return Cohort(tmp_path)


@given(parsers.parse('the file of "{id}" with "{about}", enrolled on "{date}" in the {arm} arm'))
def file_of(cohort: Cohort, id: str, about: str, date: str, arm: str, datatable: Sequence[Sequence[str]]) -> None:
    entered = event(date, "enrolment", arm=arm)
    cohort.add(id, about, [entered, *(happened(*row) for row in datatable[1:])])


@given(parsers.parse('the file of "{id}" with "{about}", enrolled without an arm on "{date}"'))
def file_without_arm(cohort: Cohort, id: str, about: str, date: str) -> None:
    cohort.add(id, about, [event(date, "enrolment")])


@when(parsers.parse('the outcomes of the study "{name}" are computed'))
def compute(cohort: Cohort, name: str) -> None:
    """By both evaluators, and with the files in two orders: the same outcomes."""
    found = []
    for evaluator in evaluators():
        for files in (cohort.files, cohort.files[::-1]):
            study = read_study(find_study(name), MEASURES, files)
            found.append(outcomes_of(study, Ground(knowledge(), library(), TODAY, evaluator)))
    assert all(each.results == found[0].results and each.left_out == found[0].left_out for each in found)
    assert found[0].unusable == ()
    cohort.outcomes = found[0]


@then(parsers.parse('"{name}" of the {arm} arm is "{text}"'))
def headline(cohort: Cohort, name: str, arm: str, text: str) -> None:
    assert said(cohort.result(name, arm, None))[0] == text


@then(parsers.parse('in the group "{group}" of the {arm} arm "{name}" is "{text}"'))
def headline_of_group(cohort: Cohort, name: str, group: str, arm: str, text: str) -> None:
    assert said(cohort.result(name, arm, group))[0] == text


@then(parsers.parse('the comparison of "{name}" by "{biomarker}" says "{text}"'))
def comparison_by_biomarker(cohort: Cohort, name: str, biomarker: str, text: str) -> None:
    (found,) = [each for each in cohort.found.comparisons if (each.endpoint, each.biomarker) == (name, biomarker)]
    assert text in found.says, found.says


@then(parsers.parse('the study says of "{name}": "{text}"'))
def said_of_endpoint(cohort: Cohort, name: str, text: str) -> None:
    notes = {note for each in cohort.found.results if each.endpoint.name == name for note in each.notes}
    assert any(text in note for note in notes), notes


@then("no result counts the two arms together")
def apart(cohort: Cohort) -> None:
    arms = {each.arm for each in cohort.found.results}
    assert len(arms) == 2
    assert None not in arms


@then(parsers.parse("{number:d} of {planned:d} planned patients count"))
def of_planned(cohort: Cohort, number: int, planned: int) -> None:
    assert ("the study", planned, number) in [row[:3] for row in cohort.found.patients.rows]


@then(parsers.parse("{number:d} of {planned:d} planned patients of the {arm} arm count"))
def of_planned_in_arm(cohort: Cohort, number: int, planned: int, arm: str) -> None:
    assert (arm, planned, number) in [row[:3] for row in cohort.found.patients.rows]


@then(parsers.parse('"{id}" does not count because "{reason}"'))
def does_not_count(cohort: Cohort, id: str, reason: str) -> None:
    reasons = {each.id: each.reason for each in cohort.found.left_out}
    assert reason in reasons.get(id, ""), reasons


@then(parsers.parse('the follow-up of "{id}" is "{text}"'))
def follow_up(cohort: Cohort, id: str, text: str) -> None:
    assert cohort.found.follow_up is not None
    assert {row[0]: row[4] for row in cohort.found.follow_up.rows}[id] == text


@then("the baseline has")
def baseline_has(cohort: Cohort, datatable: Sequence[Sequence[str]]) -> None:
    """The named rows are among those of the baseline, for the only arm."""
    assert cohort.found.baseline is not None
    rows = [[str(cell) for cell in row] for row in cohort.found.baseline.rows]
    for row in datatable[1:]:
        assert list(row) in rows, rows
