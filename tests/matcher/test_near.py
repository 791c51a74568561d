"""What the main answer says of regimens that are out for reasons that could still change."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.case import Request, match
from matcher.recommend import Answer, answer
from matcher.report import render, rows
from matcher.report.rows import Rows
from tests.shared import knowledge, library

PATIENT = Path("examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml")


@pytest.fixture(scope="module")
def found() -> Answer:
    return answer(match(Request(PATIENT, "2026-11-20"), knowledge(), library(), "sql"))


def test_only_what_could_still_change_and_is_not_said_elsewhere_is_near(found: Answer) -> None:
    near = Rows(found).near()
    assert near is not None
    by_id = {option.id: option for option in found.not_recommended}
    told = {each.option.regimen for each in found.recommendations} | {each.regimen for each in found.avoided}
    assert near.rows
    for _, statement, in_the_way in near.rows:
        assert by_id[statement].recoverable
        assert by_id[statement].regimen not in told
        assert in_the_way
    assert len({regimen for regimen, *_ in near.rows}) == len(near.rows)


def test_only_the_worst_findings_are_in_the_way(found: Answer) -> None:
    by_id = {option.id: option for option in found.not_recommended}
    near = Rows(found).near()
    assert near is not None
    for _, statement, in_the_way in near.rows:
        option = by_id[statement]
        failed = [each.message for each in option.findings if each.verdict == "fail"]
        opened = [each.message for each in option.findings if each.verdict == "undetermined"]
        assert in_the_way == "; ".join(dict.fromkeys(failed or opened))


def test_the_rest_is_counted(found: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SHOWN_NEAR", 1000)
    everything = Rows(found).near()
    assert everything is not None
    assert everything.said == ()
    monkeypatch.setattr(rows, "SHOWN_NEAR", 2)
    few = Rows(found).near()
    assert few is not None
    assert few.rows == everything.rows[:2]
    (rest,) = few.said
    assert rest == f"{len(everything.rows) - 2} more regimens are out for reasons that could still change."
    for form in ("table", "markdown", "html"):
        assert rest in render(found, form)


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_every_form_for_people_names_them(found: Answer, form: str) -> None:
    text, near = render(found, form), Rows(found).near()
    assert near is not None
    assert all(statement in text for _, statement, _ in near.rows)
