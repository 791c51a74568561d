"""A file replayed date by date: each day's answer is that of the day alone, and what it tells was known on that day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.case import Request, match_patient, read_patient
from matcher.event_checks import course_notes
from matcher.events import KINDS, with_event_records
from matcher.happenings import happenings
from matcher.patient import Event, Patient, PriorTherapy, Sample
from matcher.phrases import in_language
from matcher.recommend import Answer, answer
from matcher.replay import Replay, replay
from matcher.report.as_json import structure
from matcher.report.drawing import svg_text
from matcher.report.forms import render
from matcher.report.timeline_document import timeline_document
from matcher.report.timeline_figure import figure_of, title_of
from matcher.report.timeline_json import timeline_structure
from matcher.timeline import Timeline, days, on_day
from rules.engine import default_engine_name, engine
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[2] / "examples/timeline"
TODAY = "2026-11-20"
HERE = Place("p.yaml")


@cache
def replayed(name: str, as_of: str = TODAY, lang: str = "en") -> Replay:
    return replay(Request(EXAMPLES / name, as_of), knowledge(), library(), default_engine_name(), lang)


def alone(request: Request, read: tuple[str, Patient, tuple], day: str) -> Answer:
    asked = request._replace(as_of=day)
    return answer(
        match_patient(asked, (read[0], on_day(read[1], day), read[2]), knowledge(), library(), engine("sql").run)
    )


def told(found: Answer) -> str:
    return json.dumps(structure(found), sort_keys=True)


@pytest.mark.parametrize("name", ["her2-course.yaml", "registry-second-profile.yaml", "registry-withdrawal.yaml"])
def test_each_day_has_the_answer_of_that_day_alone(name: str) -> None:
    request = Request(EXAMPLES / name, TODAY)
    read = read_patient(request)
    found = replayed(name)
    assert [day.date for day in found.days] == list(days(read[1]))
    for day in found.days[::3]:
        assert told(day.answer) == told(alone(request, read, day.date))


DAYS = st.integers(0, 700).map(lambda number: (date(2024, 1, 1) + timedelta(days=number)).isoformat())
PARTIAL = st.one_of(DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: day[:4]))
EVENTS = st.one_of(
    st.builds(Event, PARTIAL, st.sampled_from(["progression", "recurrence", "death", "withdrawal", "last contact"])),
    st.builds(
        Event,
        PARTIAL,
        st.just("assessment"),
        st.tuples(st.tuples(st.just("response"), st.sampled_from(["CR", "PR", "SD", "PD", "NE", "??"]))),
    ),
    st.builds(
        Event,
        PARTIAL,
        st.just("decision"),
        st.tuples(
            st.tuples(st.just("chosen"), st.sampled_from(["none", "docetaxel", "osimertinib", "nothing known"])),
            st.tuples(st.just("profile"), st.sampled_from(["a", "b", "elsewhere"])),
        ),
    ),
    st.builds(Event, PARTIAL, st.sampled_from(["adverse event", "board", "biopsy", "PSA", "birthday"]), st.just(())),
)
THERAPIES = st.lists(
    st.builds(
        PriorTherapy,
        st.sampled_from([("osimertinib",), ("docetaxel",), ("bicalutamide", "goserelin"), ("unknown drug",)]),
        st.just(HERE),
        start=st.one_of(st.none(), PARTIAL),
        stop=st.one_of(st.none(), PARTIAL),
        stopped_for=st.sampled_from([None, "progression", "toxicity", "completed"]),
        guided_by=st.sampled_from([None, "a", "elsewhere"]),
    ),
    max_size=3,
).map(tuple)
SAMPLES = st.builds(
    lambda dates: tuple(Sample(name, date=day, reported=frozenset({"small variant"})) for name, day in dates),
    st.lists(
        st.tuples(st.sampled_from("abc"), st.one_of(st.none(), PARTIAL)), max_size=3, unique_by=lambda one: one[0]
    ),
)
COURSES = st.builds(
    Patient,
    st.just("P"),
    tumor_type=st.just("LUAD"),
    jurisdiction=st.just("CN"),
    prior_therapies=st.one_of(st.none(), THERAPIES),
    samples=SAMPLES,
    events=st.lists(EVENTS, max_size=5).map(tuple),
)


@settings(deadline=None, max_examples=12)
@given(COURSES)
def test_on_every_day_of_any_course_the_replay_equals_a_fresh_match(patient: Patient) -> None:
    request, read = Request(Path("p.yaml"), TODAY), ("patient file", patient, ())
    with Timeline(knowledge(), library(), "sql") as timeline:
        for day in days(patient)[:4]:
            known = on_day(patient, day)
            found, _ = timeline.advance_to(request._replace(as_of=day), (read[0], known, ()))
            assert told(found) == told(alone(request, read, day))


@settings(deadline=None)
@given(COURSES, DAYS)
def test_what_was_known_grows_and_holds_nothing_of_later_days(patient: Patient, day: str) -> None:
    known = on_day(patient, day)
    assert on_day(known, day) == known
    assert all(each <= day for each in days(known))
    assert set(days(known)) == {each for each in days(patient) if each <= day} - _later_ends(patient, day)


def _later_ends(patient: Patient, day: str) -> set[str]:
    """The stops of therapies that begin only later: such a therapy is not known at all."""
    later = [
        each
        for each in patient.prior_therapies or ()
        if each.start is not None and each.start not in _known(patient, day)
    ]
    stops = {each for therapy in later for each in days(Patient("P", prior_therapies=(replace(therapy, start=None),)))}
    others = replace(
        patient, prior_therapies=tuple(each for each in patient.prior_therapies or () if each not in later)
    )
    return {each for each in stops if each <= day} - set(days(others))


def _known(patient: Patient, day: str) -> set[str]:
    starts = [each.start for each in patient.prior_therapies or () if each.start is not None]
    return {each for each in starts if days(Patient("P", events=(Event(each, "x"),)))[0] <= day}


def test_later_events_boards_and_decisions_are_hidden() -> None:
    resolved = Event("2024-03-01", "adverse event", (("term", "Rash"), ("resolved", "2024-06-01")))
    later = tuple(Event("2024-05-01", kind) for kind in ("board", "decision", "death", "enrolment"))
    known = on_day(Patient("P", events=(resolved, *later)), "2024-04-01")
    assert [(each.kind, each.details) for each in known.events] == [("adverse event", (("term", "Rash"),))]
    assert on_day(Patient("P", events=(resolved,)), "2024-06-01").events == (resolved,)


def test_a_second_profile_gives_second_recommendations_and_tells_what_they_guided() -> None:
    found = replayed("her2-course.yaml")
    assert [(each.number, each.samples, each.kind) for each in found.profiles] == [
        (1, ("liver", "plasma"), "ctDNA + tissue"),
        (2, ("liver-2",), "tissue"),
    ]
    assert [("+".join(each.regimen), number) for each, number in found.guidance] == [
        ("pyrotinib+capecitabine", 1),
        ("trastuzumab deruxtecan", 2),
    ]
    page = render(timeline_document(found), "markdown")
    assert "Recommended by the second molecular profile" in page
    assert "guided by the second molecular profile" in page
    assert "by the second profile or a later one: 1." in page


def test_re_sequencing_is_raised_by_the_progression_and_settled_by_the_second_profile() -> None:
    found = replayed("her2-course.yaml")
    came = {
        day.date: [(each.topic, each.state, each.cause) for each in day.advised] for day in found.days if day.advised
    }
    assert came == {"2024-11-15": [("re-sequencing", "due", "progression")]}
    assert [day.date for day in found.days if day.unadvised] == ["2024-12-02"]
    text = render(timeline_document(found), "text", width=200)
    assert "progression: pyrotinib + capecitabine, 2024-11-15  <- her2-course.yaml:25, her2-course.yaml:30" in text


def test_quiet_days_are_one_line_each() -> None:
    found = replayed("registry-second-profile.yaml")
    text = render(timeline_document(found), "text", width=200)
    lines = [line for line in text.splitlines() if line.startswith("2022-05-27")]
    assert lines == [
        "2022-05-27 to 2022-06-10: nothing moves",
        "2022-05-27: response PR, by CT (registry-second-profile.yaml:18)",
    ]
    assert "2022-06-10: adverse event: Rash acneiform, grade 1 (registry-second-profile.yaml:19)" in text


def test_after_the_death_no_answer_is_made() -> None:
    found = replayed("registry-second-profile.yaml")
    assert [day.died for day in found.days].count(True) == 1
    assert "recommendations" not in timeline_structure(found)["days"][-1]
    assert not found.days[-1].answer.advice


def test_days_after_the_date_asked_for_are_left_out() -> None:
    found = replayed("her2-course.yaml", as_of="2024-05-24")
    assert found.days[-1].date == "2024-05-24"
    assert "2024-12" not in json.dumps(timeline_structure(found)["days"])
    assert any("is after the date asked for (2024-05-24)" in note.message for note in found.notes)


def test_a_file_without_dates_has_one_day() -> None:
    request = Request(EXAMPLES.parent / "refractory-solid-registry/unknown-significance.yaml", TODAY)
    found = replay(request, knowledge(), library(), "sql")
    assert [day.date for day in found.days] == [TODAY]
    assert "Nothing in the file has a date" in render(timeline_document(found), "markdown")


def test_every_change_of_tier_is_told_with_its_cause() -> None:
    found = timeline_structure(replayed("registry-withdrawal.yaml"))
    for before, after in pairwise(found["days"]):
        was = {"+".join(each["regimen"]): each["tier"] for each in before["recommendations"]}
        now = {"+".join(each["regimen"]): each["tier"] for each in after["recommendations"]}
        moved = {"+".join(each["regimen"]): each for each in after["moves"]}
        for name in {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}:
            assert moved[name]["tier"] == [was.get(name), now.get(name)]
            assert moved[name]["because"]


def test_the_page_holds_the_figure_and_the_chinese_one_is_chinese() -> None:
    found = replayed("her2-course.yaml")
    drawn = svg_text(figure_of(found), title_of(found))
    assert drawn == svg_text(figure_of(found), title_of(found))
    page = render(timeline_document(found, drawn), "html")
    assert page.count("<svg") == 1
    assert "2. pyrotinib + capecitabine" in page
    chinese = render(timeline_document(replayed("her2-course.yaml", lang="zh")), "markdown")
    for expected in ("第二次分子检测", "建议考虑再次测序", "吡咯替尼", "答案变化"):
        assert expected in chinese


TEXTS = st.sampled_from(
    [
        "",
        "PD",
        "CR",
        "3",
        "-1",
        "yes",
        "2024-02-30",
        "pyrotinib + capecitabine",
        "none",
        "a",
        "µg/L",
        "+",
        "恶心",
        "9" * 30,
    ]
)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_events_with_any_details_are_read_told_and_drawn(data: st.DataObject) -> None:
    kinds = st.sampled_from([*KINDS, "birthday", ""])
    patient = Patient("P", tumor_type="LUAD", jurisdiction="CN")
    for number in range(data.draw(st.integers(1, 4))):
        kind = data.draw(kinds)
        keys = [*KINDS.get(kind, ()), "fatigue", "note"]
        details = data.draw(st.dictionaries(st.sampled_from(keys), TEXTS))
        event = Event(data.draw(PARTIAL), kind, tuple(details.items()), Place("p.yaml", number + 1))
        patient = replace(patient, events=(*patient.events, event))
    known, notes = with_event_records(patient)
    told_of = happenings(known, knowledge())
    assert all(each.text and in_language(each.text, "zh") for each in told_of)
    assert all(note.message and note.remedy for note in (*notes, *course_notes(known, knowledge(), TODAY)))
    first = replayed("registry-withdrawal.yaml")
    svg_text(figure_of(replace(first, patient=known, days=first.days[-1:])), "P")
