"""Steps on a patient's course: replayed date by date, with re-sequencing to be considered and second profiles."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

from matcher.case import Request
from matcher.replay import Day, Replay, replay
from matcher.report.timeline_document import causes_of
from matcher.report.timeline_json import timeline_structure
from tests.shared import evaluators, knowledge, library

TODAY = "2026-11-20"


@pytest.fixture
def course(tmp_path: Path) -> dict[str, Path]:
    """The patient file of a scenario that writes its own."""
    return {"file": tmp_path / "patient.yaml"}


@given("the patient file:")
def patient_file(course: dict[str, Path], docstring: str) -> None:
    course["file"].write_text(docstring, encoding="utf-8")


@given(parsers.parse('the course "{name}"'))
def example(course: dict[str, Path], name: str) -> None:
    course["file"] = Path(__file__).parents[1] / "examples" / name


@when("the board replays the course", target_fixture="replayed")
def replay_course(course: dict[str, Path]) -> Replay:
    """The replay, the same from every evaluator."""
    request = Request(course["file"], TODAY)
    found, *others = (replay(request, knowledge(), library(), evaluator) for evaluator in evaluators())
    for other in others:
        assert timeline_structure(other) == timeline_structure(found)
    return found


def day_of(replayed: Replay, date: str) -> Day:
    (found,) = [day for day in replayed.days if day.date == date]
    return found


@then(parsers.parse('on "{date}" "{topic}" is to be considered because of "{cause}"'))
def is_considered(replayed: Replay, date: str, topic: str, cause: str) -> None:
    found = [(each.topic, each.state, each.cause) for each in day_of(replayed, date).advised]
    assert (topic, "due", cause) in found, found


@then(parsers.parse('on "{date}" whether "{topic}" is to be considered is undetermined'))
def is_open(replayed: Replay, date: str, topic: str) -> None:
    found = {each.state for each in day_of(replayed, date).answer.advice if each.topic == topic}
    assert found == {"open"}


@then(parsers.parse('on "{date}" "{topic}" is not to be considered'))
def is_not_considered(replayed: Replay, date: str, topic: str) -> None:
    assert topic not in {each.topic for each in day_of(replayed, date).answer.advice}


@then(parsers.parse('the advice of "{date}" rests on "{text}"'))
def advice_rests_on(replayed: Replay, date: str, text: str) -> None:
    from matcher.explain import Proofs, tree_lines

    day = day_of(replayed, date)
    proofs = Proofs(day.answer.matched)
    lines = [line for each in day.advised for line in tree_lines(proofs.step(each.fact))]
    assert any(text in line for line in lines), lines


@then(parsers.parse('"{date}" brings molecular profile {number:d} of "{samples}"'))
def brings_profile(replayed: Replay, date: str, number: int, samples: str) -> None:
    profile = day_of(replayed, date).profile
    assert profile is not None
    assert (profile.number, ", ".join(profile.samples)) == (number, samples)


@then(parsers.parse('"{regimen}" was guided by profile {number:d}'))
def was_guided(replayed: Replay, regimen: str, number: int) -> None:
    assert ("+".join(regimen.split(" + ")), number) in _guided(replayed)


@then(parsers.parse('nothing tells that a profile guided "{regimen}"'))
def was_not_guided(replayed: Replay, regimen: str) -> None:
    assert ("+".join(regimen.split(" + ")), None) in _guided(replayed)


def _guided(replayed: Replay) -> list[tuple[str, int | None]]:
    return [("+".join(each.regimen), number) for each, number in replayed.guidance]


@then(parsers.parse('on "{date}" "{regimen}" goes from "{before}" to "{after}" because of "{text}"'))
def goes(replayed: Replay, date: str, regimen: str, before: str, after: str, text: str) -> None:
    drugs = tuple(sorted(regimen.split(" + ")))
    (move,) = [each for each in day_of(replayed, date).moves if tuple(sorted(each.regimen)) == drugs]
    assert tuple(tier or "not recommended" for tier in move.tiers) == (before, after)
    assert any(text in str(cause) for cause in causes_of(move)), list(map(str, causes_of(move)))


@then(parsers.parse('on "{date}" nothing moves'))
def nothing_moves(replayed: Replay, date: str) -> None:
    assert day_of(replayed, date).is_quiet


@then(parsers.parse('the course is told "{text}" at "{place}"'))
def course_note(replayed: Replay, text: str, place: str) -> None:
    found = [note for note in replayed.notes if text in note.message]
    assert found, replayed.notes
    assert any(str(note.where) == place and note.remedy for note in found)
