"""Progression-free and overall survival, and the ratio of two lines: what starts, ends and censors a subject's time."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.events import RESPONSES, Assessment, Contact, Death, Events
from matcher.outcomes.subject import Subject
from matcher.outcomes.survival import Timed, alive, compared, progression_free, survival_result
from matcher.outcomes.treatment import is_targeted
from matcher.outcomes.values import Result, Spell
from matcher.patient import Patient, PriorTherapy
from tests.matcher.courses import computed, endpoint, event, seen, start, subject

DEATH = event("2024-12-31", "death")
TOLD = dict[str, object]


def pfs(folder: Path, *events: TOLD, **options: object) -> tuple[float, bool] | str:
    """Days and whether the event came, or why the subject is not counted."""
    return _only(computed(folder, [subject(folder, "P", *events)], "progression-free survival", **options))


def overall(folder: Path, *events: TOLD, **options: object) -> tuple[float, bool] | str:
    return _only(computed(folder, [subject(folder, "P", *events)], "overall survival", **options))


def _only(result: Result) -> tuple[float, bool] | str:
    if result.excluded:
        return result.excluded[0].reason
    (spell,) = result.spells
    return spell.days, spell.event


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([seen("2024-02-12", "SD"), seen("2024-03-25", "PD")], (84, True)),
        ([seen("2024-02-12", "SD"), event("2024-03-01", "progression", by="imaging")], (60, True)),
        ([seen("2024-02-12", "SD"), event("2024-03-01", "progression", by="clinical")], (60, True)),
        ([seen("2024-02-12", "SD"), event("2024-03-01", "progression")], (60, True)),
        ([seen("2024-02-12", "SD"), event("2024-03-01", "progression", by="PSA")], (42, False)),
        ([seen("2024-02-12", "SD"), DEATH], (365, True)),
        ([seen("2024-02-12", "SD"), seen("2024-03-25", "NE"), event("2024-06-01", "last contact")], (42, False)),
        ([event("2024-06-01", "last contact")], (0, False)),
        ([event("2024-01-01", "progression", by="imaging"), seen("2024-02-12", "PR")], (42, False)),
        ([event("2024-01-01", "death")], (0, True)),
        ([seen("2024-02", "PD"), DEATH], "the progression or death of 2024-02 has no full date"),
        ([seen("2024-02-12", "PD"), event("2024-03", "death")], (42, True)),
        ([seen("2024-02-12", "SD"), event("2024", "death")], "the progression or death of 2024 has no full date"),
        ([event("2023-12-31", "death")], "the death (2023-12-31) is before the start of pyrotinib (2024-01-01)"),
        ([seen("2024-03-01", "PD"), event("2024-03", "death")], (60, True)),
        ([seen("2024-03", "PD"), seen("2024-03-01", "PD")], (60, True)),
        ([seen("2024-03", "PD"), event("2024-03-01", "death")], (60, True)),
        ([seen("2024-03", "PD"), seen("2024-03-02", "PD")], "the progression or death of 2024-03 has no full date"),
    ],
)
def test_progression_free_survival(tmp_path: Path, events: list[TOLD], found: object) -> None:
    assert pfs(tmp_path, start("2024-01-01"), *events) == found


def test_what_progression_is_seen_by_is_asked_for(tmp_path: Path) -> None:
    events = [
        start("2024-01-01"),
        event("2024-02-10", "PSA progression"),
        event("2024-03-11", "progression", by="clinical"),
        seen("2024-04-10", "PD"),
    ]
    assert pfs(tmp_path, *events, progression_by=["PSA", "imaging"]) == (40, True)
    assert pfs(tmp_path, *events, progression_by=["clinical"]) == (70, True)
    assert pfs(tmp_path, *events, progression_by=["imaging"]) == (100, True)


def test_a_psa_value_keeps_who_is_watched_by_psa(tmp_path: Path) -> None:
    events = [start("2024-01-01"), seen("2024-02-12", "SD"), event("2024-04-01", "PSA", value=3, unit="ng/mL")]
    assert pfs(tmp_path, *events) == (42, False)
    assert pfs(tmp_path, *events, progression_by=["PSA", "imaging"]) == (91, False)


def test_a_therapy_that_stopped_for_progression_tells_of_one(tmp_path: Path) -> None:
    stopped = event("2024-05-01", "therapy stop", regimen="pyrotinib", reason="progression")
    assert pfs(tmp_path, start("2024-01-01"), stopped) == (121, True)
    later = seen("2024-05-03", "PD")
    assert pfs(tmp_path, start("2024-01-01"), stopped, later) == (123, True)
    toxicity = stopped | {"reason": "toxicity"}
    assert pfs(tmp_path, start("2024-01-01"), toxicity) == (0, False)


def test_a_new_therapy_censors_where_that_is_asked_for(tmp_path: Path) -> None:
    events = [
        start("2024-01-01"),
        seen("2024-02-12", "SD"),
        start("2024-03-01", "sotorasib"),
        seen("2024-04-10", "PD"),
    ]
    assert pfs(tmp_path, *events) == (100, True)
    assert pfs(tmp_path, *events, censor_at_new_therapy="yes") == (42, False)
    same_day = [*events[:3], seen("2024-03-01", "PD")]
    assert pfs(tmp_path, *same_day, censor_at_new_therapy="yes") == (60, True)
    assert pfs(tmp_path, *events[:2], seen("2024-02-20", "PD"), censor_at_new_therapy="yes") == (50, True)


def test_follow_up_ends_where_the_protocol_ends_it(tmp_path: Path) -> None:
    events = [start("2024-01-01"), event("2026-02-01", "death")]
    assert overall(tmp_path, *events) == (762, True)
    assert overall(tmp_path, *events, until="2 years") == (730.5, False)


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([DEATH], (365, True)),
        ([event("2024-01-01", "death")], (0, True)),
        ([seen("2024-02-12", "PD"), event("2024-06-01", "last contact")], (152, False)),
        ([event("2024-06-01", "last contact"), event("2024-07", "ECOG", value=1)], (152, False)),
        ([event("2024-12", "death")], "the death has no full date: 2024-12"),
        ([event("2023-12-01", "death")], "the death (2023-12-01) is before the start of pyrotinib (2024-01-01)"),
    ],
)
def test_overall_survival(tmp_path: Path, events: list[TOLD], found: object) -> None:
    assert overall(tmp_path, start("2024-01-01"), *events) == found


# --- from various time points ----------------------------------------------------------------------------------------


def various(folder: Path) -> Subject:
    return subject(
        folder,
        "P",
        event("2024-01-01", "enrolment", study="study"),
        event("2024-01-21", "board", profile="liver"),
        start("2024-01-31"),
        seen("2024-04-10", "PD"),
        diagnosed="2023-12-22",
        samples=[{"id": "liver", "kind": "tissue", "date": "2024-01-11"}, {"id": "blood", "date": "2023-01-11"}],
    )


@pytest.mark.parametrize(
    ("origin", "days"),
    [("treatment start", 70), ("board", 80), ("profile", 90), ("enrolment", 100), ("diagnosis", 110)],
)
def test_time_is_counted_from_where_the_protocol_counts_it(tmp_path: Path, origin: str, days: int) -> None:
    result = computed(tmp_path, [various(tmp_path)], "progression-free survival", **{"from": [origin]})
    assert _only(result) == (days, True)


def test_several_origins_stand_in_one_table(tmp_path: Path) -> None:
    origins = ["treatment start", "board", "diagnosis"]
    unknown = subject(tmp_path, "Q", start("2024-01-31"), seen("2024-04-10", "PD"))
    result = computed(tmp_path, [various(tmp_path), unknown], "progression-free survival", **{"from": origins})
    assert [spell.days for spell in result.spells] == [70, 70]
    (name, table), *_ = result.tables
    assert name == "by time origin"
    found = {str(row[0]): (row[1], row[2], row[6]) for row in table.rows}
    assert found == {"treatment start": (2, 2, 0), "board": (1, 1, 1), "diagnosis": (1, 1, 1)}


def test_who_was_never_treated_counts_from_the_enrolment(tmp_path: Path) -> None:
    found = subject(tmp_path, "P", event("2024-01-01", "enrolment", study="study"), DEATH)
    from_enrolment = computed(tmp_path, [found], "overall survival", **{"from": ["enrolment"]})
    assert _only(from_enrolment) == (365, True)
    assert _only(computed(tmp_path, [found], "overall survival")) == "no treatment of the study is told"


def test_a_partial_origin_is_not_filled_up(tmp_path: Path) -> None:
    found = subject(tmp_path, "P", start("2024-01"), DEATH)
    assert _only(computed(tmp_path, [found], "overall survival")).startswith("the start of pyrotinib has no full date")


# --- whose treatment -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("regimen", "targeted"),
    [
        (("pyrotinib", "capecitabine"), True),
        (("capecitabine",), False),
        (("letrozole",), False),
        (("T-DM1",), True),
        (("ABC-123",), None),
        (("ABC-123", "olaparib"), True),
    ],
)
def test_targeted_therapy_is_a_class_of_the_graph(regimen: tuple[str, ...], targeted: bool | None) -> None:
    assert is_targeted(regimen) is targeted


def test_the_first_targeted_treatment_counts_where_that_is_asked_for(tmp_path: Path) -> None:
    enrolled = event("2024-01-01", "enrolment", study="study")
    chemotherapy = {"date": "2024-01-01", "kind": "therapy start", "regimen": "capecitabine"}
    found = subject(tmp_path, "P", enrolled, chemotherapy, start("2024-03-01"), DEATH)
    assert _only(computed(tmp_path, [found], "overall survival", of="all")) == (365, True)
    assert _only(computed(tmp_path, [found], "overall survival", of="targeted")) == (305, True)
    assert _only(computed(tmp_path, [found], "overall survival", of="guided")) == (305, True)
    without = subject(tmp_path, "P", enrolled, chemotherapy, DEATH)
    assert _only(computed(tmp_path, [without], "overall survival", of="targeted")) == (
        "no treatment of the study is targeted therapy"
    )
    unknown = subject(tmp_path, "P", enrolled, start("2024-03-01", "ABC-123"), DEATH)
    assert "is targeted therapy is not known" in str(
        _only(computed(tmp_path, [unknown], "overall survival", of="targeted"))
    )


# --- time on treatment, and the ratio of two lines -------------------------------------------------------------------


def test_time_on_treatment(tmp_path: Path) -> None:
    stopped = event("2024-05-01", "therapy stop", regimen="pyrotinib", reason="toxicity")
    going_on = event("2024-06-01", "last contact")
    made = [
        subject(tmp_path, "stopped", start("2024-01-01"), stopped),
        subject(tmp_path, "going on", start("2024-01-01"), going_on),
        subject(tmp_path, "died", start("2024-01-01"), DEATH),
    ]
    found = computed(tmp_path, made, "time on treatment").spells
    assert {each.subject: (each.days, each.event) for each in found} == {
        "stopped": (121, True),
        "going on": (152, False),
        "died": (365, True),
    }


def line(start: str, stop: str, reason: str = "progression", **more: object) -> TOLD:
    return {"regimen": "docetaxel", "start": start, "stop": stop, "stopped_for": reason, **more}


@pytest.mark.parametrize(
    ("before", "events", "ratio"),
    [
        (line("2023-06-01", "2023-09-09"), [seen("2024-05-10", "PD")], 1.3),
        (line("2023-06-01", "2023-09-09"), [seen("2024-05-09", "PD")], 1.29),
        (line("2023-06-01", "2023-09-09"), [seen("2024-05-10", "SD")], 1.3),
        (line("2023-06-01", "2023-09-09"), [seen("2024-05-09", "SD")], "PFS2 is censored at a ratio of 1.29"),
        (line("2023-09-23", "2024-01-01"), [seen("2024-05-10", "PD")], 1.3),
        (line("2023-06-01", "2023-09-09", "toxicity"), [seen("2024-05-10", "PD")], "no progression of the line before"),
        (line("2023-06-01", "2023-09-09", setting="adjuvant"), [], "the line before was not for advanced disease"),
        (line("2023-06", "2023-09-09"), [], "the start of the line before has no full date"),
        (None, [], "no line before the study treatment is told"),
    ],
)
def test_the_ratio_is_of_the_study_treatment_over_the_line_before(
    tmp_path: Path, before: TOLD | None, events: list[TOLD], ratio: float | str
) -> None:
    history = {} if before is None else {"prior_therapies": [before]}
    found = computed(tmp_path, [subject(tmp_path, "P", start("2024-01-01"), *events, **history)], "PFS ratio")
    value = found.value
    assert value is not None
    if isinstance(ratio, str):
        assert found.excluded[0].reason.startswith(ratio)
        assert value[1] == 0
    else:
        assert found.tables[0][1].rows[0][4] == ratio
        assert value[:2] == (int(ratio >= 1.3), 1)


# --- the result ------------------------------------------------------------------------------------------------------


def test_the_result_says_how_it_was_made_and_of_whom(tmp_path: Path) -> None:
    made = [
        subject(tmp_path, "A", start("2024-01-01"), seen("2024-03-31", "PD")),
        subject(tmp_path, "B", start("2024-01-01"), event("2024-05-30", "progression")),
        subject(tmp_path, "C", start("2024-01-01")),
        subject(tmp_path, "D"),
    ]
    found = computed(tmp_path, made, "progression-free survival", at=["3 months", "1 year"], until="2 years")
    assert found.n == 3
    assert found.value is not None
    assert found.value[0] == pytest.approx(90 / 30.4375)
    text = "\n".join(found.notes)
    assert "log(-log S)" in text
    assert "2 events in 3 subjects" in text
    assert "follow-up ends 24 months after the time origin" in text
    assert "what it was seen by: B" in text
    assert "censored on day 0: C" in text
    assert [each.subject for each in found.excluded] == ["D"]
    (_, table), *_ = found.tables
    assert [(row[0], row[1], row[4]) for row in table.rows] == [(3, 0.5, 1), (12, 0, 0)]


def test_a_partial_assessment_censors_nobody_and_is_told(tmp_path: Path) -> None:
    found = subject(tmp_path, "P", start("2024-01-01"), seen("2024-02-12", "SD"), seen("2024-04", "SD"))
    result = computed(tmp_path, [found], "progression-free survival")
    assert _only(result) == (42, False)
    assert "an assessment has no full date: not used: P" in result.notes


def test_groups_are_compared_with_a_caution(tmp_path: Path) -> None:
    asked = endpoint(tmp_path, "overall survival")
    of = {
        "early": [Spell(str(day), float(day), True) for day in (10, 20, 30, 40)],
        "late": [Spell(str(day), float(day), True) for day in (100, 200, 300, 400)],
        "nobody": [],
    }
    results = {name: survival_result(asked, spells) for name, spells in of.items()}
    said = compared(results)
    assert said is not None
    # By hand: 4 observed and 1.4619 expected early with variance 0.8771, so chi-square 7.344.
    assert said.startswith("log-rank test of early (4), late (4): p = 0.00673;")
    assert "not drawn by lot" in said
    assert compared({"early": results["early"], "nobody": results["nobody"]}) is None


def test_of_nobody_there_is_a_result_too(tmp_path: Path) -> None:
    found = computed(tmp_path, [], "overall survival", at=["1 year"])
    assert (found.n, found.value and found.value[0], found.tables) == (0, None, ())


# --- laws ------------------------------------------------------------------------------------------------------------

FIRST = date(2024, 1, 1)
HERE = Place("P.yaml")


def on(number: int) -> str:
    return str(FIRST + timedelta(days=number))


@st.composite
def random_courses(draw: st.DrawFn) -> Subject:
    """A treatment from day 0 with assessments, and death or a last contact after all of them."""
    days = draw(st.lists(st.integers(1, 900), max_size=6, unique=True))
    responses = draw(st.lists(st.sampled_from(RESPONSES), min_size=len(days), max_size=len(days)))
    seen = [Assessment(on(number), HERE, response) for number, response in zip(sorted(days), responses, strict=True)]
    last = on(draw(st.integers(max(days, default=0), 1000)))
    end = Death(last, HERE) if draw(st.booleans()) else Contact(last, HERE)
    therapy = PriorTherapy(("pyrotinib",), HERE, start=on(0), guided_by="liver")
    patient = Patient("P", prior_therapies=(therapy,))
    return Subject("P", None, None, None, (therapy,), (therapy,), Events((*seen, end)), patient)


@given(random_courses())
def test_nobody_progresses_or_is_censored_later_than_they_live(found: Subject) -> None:
    treatment = found.treatments[0]
    free, lives = progression_free(found, treatment, FIRST), alive(found, FIRST)
    assert isinstance(free, Timed)
    assert isinstance(lives, Timed)
    assert free.spell.days <= lives.spell.days
    assert free.spell.event or not lives.spell.event


@given(random_courses(), st.integers(1, 300))
def test_an_earlier_origin_adds_its_days(found: Subject, earlier: int) -> None:
    lives = alive(found, FIRST)
    longer = alive(found, FIRST - timedelta(days=earlier))
    assert isinstance(lives, Timed)
    assert isinstance(longer, Timed)
    assert longer.spell == lives.spell._replace(days=lives.spell.days + earlier)
