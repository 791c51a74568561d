"""Steps on safety, quality of life and guidance by profiles: samples of study patients, scoring tables, shares."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import given, parsers, then

from features.steps_survival import Trial, happened
from tests.matcher.courses import event, subject


@given(parsers.parse('the study patient "{id}" with the samples {samples}, enrolled on "{date}"'))
def enrolled_with_samples(trial: Trial, id: str, samples: str, date: str, datatable: Sequence[Sequence[str]]) -> None:
    """Samples as `first of 2024-01-01 and second of 2024-06-05`, all sequenced."""
    named = (each.split(" of ") for each in samples.split(" and "))
    taken = [{"id": name, "kind": "tissue", "date": on, "assay": "WES"} for name, on in named]
    entered = event(date, "enrolment", study="study")
    events = (happened(*row) for row in datatable[1:])
    trial.patients.append(subject(trial.folder, id, entered, *events, samples=taken))


@given(parsers.parse('the scoring table "{name}"'))
def scoring_table(trial: Trial, name: str, datatable: Sequence[Sequence[str]]) -> None:
    (trial.folder / name).write_text("".join("\t".join(row) + "\n" for row in datatable), encoding="utf-8")


@then(parsers.parse('the share "{name}" is {number:d} of {of:d}'))
def share_is(trial: Trial, name: str, number: int, of: int) -> None:
    shares = dict(trial.result.shares)
    assert shares[name][:2] == (number, of), shares
