"""A study as a whole: who counts in which arm and group, and endpoints against numbers worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.events import KINDS, kind_of
from matcher.notes import UnusableInput
from matcher.outcomes.computed import OTHER, TARGETED, Ground, Outcomes, outcomes_of
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import Study, find_study, read_study, shipped
from matcher.outcomes.values import Estimate, Proportion, Result
from matcher.report.outcomes_json import outcomes_structure
from tests.shared import knowledge, library

PROTOCOLS = Path(__file__).parents[4] / "shared/protocols"
EXAMPLE = Path(__file__).parents[3] / "examples/studies/board-pilot.yaml"
ENDPOINTS = (
    {"name": "ORR", "measure": "objective response rate", "by": ["arm", "all"]},
    {"name": "PFS", "measure": "progression-free survival", "by": "arm"},
    {"name": "OS", "measure": "overall survival", "by": "arm"},
)
COURSES: Mapping[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "P1": ("prospective", (("2024-02-15", "assessment", "PR"), ("2024-04-01", "assessment", "PD"),
                           ("2024-07-01", "death", ""))),
    "P2": ("prospective", (("2024-02-15", "assessment", "SD"), ("2024-04-01", "assessment", "SD"),
                           ("2024-10-01", "last contact", ""))),
    "P3": ("prospective", (("2024-02-15", "assessment", "CR"), ("2024-05-01", "assessment", "PD"),
                           ("2024-12-01", "death", ""))),
    "R1": ("retrospective", (("2024-02-15", "assessment", "PD"), ("2024-03-01", "death", ""))),
    "R2": ("retrospective", (("2024-06-01", "last contact", ""),)),
}  # fmt: skip
"""Five patients who all began pyrotinib on 2024-01-01: day 45, 91 and 121 are those of the assessments."""


def written(folder: Path, id: str, arm: str | None, *events: tuple[str, str, str], **more: object) -> Path:
    """A patient file with an enrolment, pyrotinib from 2024-01-01 on, and these events."""
    enrolled = {"date": "2024-01-01", "kind": "enrolment", "study": "hand", **({"arm": arm} if arm else {})}
    told = [enrolled, {"date": "2024-01-01", "kind": "therapy start", "regimen": "pyrotinib"}]
    told += [{"date": date, "kind": kind, **({"response": what} if what else {})} for date, kind, what in events]
    path = folder / f"{more.pop('file', id)}.json"
    path.write_text(
        json.dumps({"id": id, "tumor_type": "BRCA", "jurisdiction": "CN", "events": told, **more}), encoding="utf-8"
    )
    return path


def study_of(folder: Path, patterns: object = "*.json", **more: object) -> Study:
    told = {
        "study": "hand", "patients": patterns, "arms": {"retrospective": "files", "prospective": "enrolled"},
        "endpoints": ENDPOINTS, **more,
    }  # fmt: skip
    path = folder / "study.yaml"
    path.write_text(json.dumps(told), encoding="utf-8")
    return read_study(path, MEASURES)


def by_hand(folder: Path, **more: object) -> Study:
    for id, (arm, events) in COURSES.items():
        written(folder, id, arm, *events)
    return study_of(folder, **more)


def computed(study: Study) -> Outcomes:
    return outcomes_of(study, Ground(knowledge(), library(), "2026-11-20"))


def result(found: Outcomes, name: str, arm: str | None, group: str | None = None) -> Result:
    (one,) = [each for each in found.results if (each.endpoint.name, each.arm, each.group) == (name, arm, group)]
    return one


def test_a_study_against_numbers_by_hand(tmp_path: Path) -> None:
    found = computed(by_hand(tmp_path))
    assert (found.counted, found.unusable, found.left_out, found.notes) == (5, (), (), ())
    rate = result(found, "ORR", "prospective").value
    assert isinstance(rate, Proportion)
    assert (rate.number, rate.of) == (2, 3)
    assert rate[3:] == (pytest.approx(0.0943, abs=1e-4), pytest.approx(0.9916, abs=1e-4))
    nobody = result(found, "ORR", "retrospective").value
    assert isinstance(nobody, Proportion)
    assert (nobody.number, nobody.of, nobody.high) == (0, 2, pytest.approx(0.8419, abs=1e-4))
    times = {
        ("PFS", "prospective"): ({"P1": (91, True), "P2": (91, False), "P3": (121, True)}, 121),
        ("PFS", "retrospective"): ({"R1": (45, True), "R2": (0, False)}, 45),
        ("OS", "prospective"): ({"P1": (182, True), "P2": (274, False), "P3": (335, True)}, 335),
        ("OS", "retrospective"): ({"R1": (60, True), "R2": (152, False)}, 60),
    }
    for (name, arm), (spells, median) in times.items():
        one = result(found, name, arm)
        assert {each.subject: each[1:] for each in one.spells} == spells
        assert isinstance(one.value, Estimate)
        assert one.value.value == pytest.approx(median / 30.4375)
    steps = result(found, "PFS", "prospective").curve
    assert steps is not None
    assert [step[:2] for step in steps.steps] == [(0, 1), (91, pytest.approx(2 / 3)), (121, 0)]


def test_arms_are_counted_together_only_where_the_study_file_asks(tmp_path: Path) -> None:
    found = computed(by_hand(tmp_path))
    assert [(each.endpoint.name, each.arm) for each in found.results] == [
        ("ORR", "retrospective"), ("ORR", "prospective"), ("ORR", None),
        ("PFS", "retrospective"), ("PFS", "prospective"), ("OS", "retrospective"), ("OS", "prospective"),
    ]  # fmt: skip
    together = result(found, "ORR", None)
    assert together.value is not None
    assert together.value[:2] == (2, 5)
    assert "arms are counted together: prospective 3, retrospective 2" in together.notes
    assert not any("together" in note for each in found.results if each.arm for note in each.notes)


@cache
def _written_once() -> Study:
    """The study by hand with a copy of the example's patients; each file is read many times and never changed."""
    folder = Path(mkdtemp())
    return by_hand(folder, planned={"prospective": 200}, follow_up="12 months", treatment_groups="kind")


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(len(COURSES))))
def test_the_order_of_patients_changes_nothing(order: list[int]) -> None:
    study = _written_once()
    other = replace(study, patients=tuple(study.patients[number] for number in order))
    assert outcomes_structure(computed(other)) == outcomes_structure(computed(study))


def test_nobody_is_dropped_silently(tmp_path: Path) -> None:
    by_hand(tmp_path)
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    written(tmp_path, "TWICE", "prospective", file="one")
    written(tmp_path, "TWICE", "prospective", file="two")
    written(tmp_path, "NO-ARM", None)
    written(tmp_path, "TYPO", "retro")
    elsewhere = [{"date": "2024-01-01", "kind": "enrolment", "study": "another", "arm": "prospective"}]
    (tmp_path / "away.json").write_text(
        json.dumps({"id": "AWAY", "tumor_type": "BRCA", "events": elsewhere}), encoding="utf-8"
    )
    found = computed(study_of(tmp_path))
    assert found.counted == 5
    assert sorted(each.id for each in found.unusable) == ["TWICE", "TWICE", "broken.json"]
    reasons = {each.id: each.reason for each in found.left_out}
    assert set(reasons) == {"NO-ARM", "TYPO", "AWAY"}
    assert "no arm is told" in reasons["NO-ARM"]
    assert "'retro' is none of the study's" in reasons["TYPO"]
    assert reasons["AWAY"] == "enrolled in another, not in hand"
    assert ("not counted", None, 6, None) in found.patients.rows
    assert result(found, "ORR", "prospective").n == 3


def test_an_arm_begins_on_its_day(tmp_path: Path) -> None:
    by_hand(tmp_path)
    found = computed(study_of(tmp_path, since={"retrospective": "2024-02"}))
    assert [each.id for each in found.left_out] == ["R1", "R2"]
    assert "before the retrospective arm begins (2024-02)" in found.left_out[0].reason
    assert computed(study_of(tmp_path, since={"retrospective": "2024"})).left_out == ()


def test_who_is_not_eligible_is_listed_with_the_reason(tmp_path: Path) -> None:
    eligible = {
        "says": {"en": "advanced breast cancer", "zh": "晚期乳腺癌"},
        "if": ["tumor(type: 'BREAST', status: yes)", "disease(state: advanced, status: yes)"],
    }
    for id, about in {
        "IN": {"stage": "metastatic"}, "EARLY": {"stage": "early"}, "SILENT": {},
        "LUNG": {"stage": "metastatic", "tumor_type": "LUAD"},
    }.items():  # fmt: skip
        written(tmp_path, id, "prospective", **about)
    found = computed(study_of(tmp_path, eligible=eligible))
    assert [each.id for each in found.subjects] == ["IN"]
    reasons = {each.id: each.reason for each in found.left_out}
    assert reasons["EARLY"].startswith("not eligible: ")
    assert reasons["LUNG"].startswith("not eligible: ")
    assert reasons["SILENT"].startswith("eligibility is not settled: ")


def test_patients_are_grouped_by_the_treatment_that_they_got(tmp_path: Path) -> None:
    by_hand(tmp_path)
    chemo = [
        {"date": "2024-01-01", "kind": "enrolment", "arm": "prospective"},
        {"date": "2024-01-02", "kind": "therapy start", "regimen": "docetaxel"},
    ]
    (tmp_path / "c.json").write_text(
        json.dumps({"id": "C", "tumor_type": "BRCA", "events": chemo}), encoding="utf-8"
    )  # fmt: skip
    asked = ({"name": "ORR", "measure": "objective response rate"},)
    by_kind = computed(study_of(tmp_path, treatment_groups="kind", endpoints=asked))
    assert [(each.arm, each.group, each.n) for each in by_kind.results] == [
        ("retrospective", None, 2), ("retrospective", TARGETED, 2),
        ("prospective", None, 4), ("prospective", TARGETED, 3), ("prospective", OTHER, 1),
    ]  # fmt: skip
    by_regimen = computed(study_of(tmp_path, treatment_groups="regimen", endpoints=asked))
    assert {each.group for each in by_regimen.results} == {None, "pyrotinib", "docetaxel"}


def test_groups_of_an_arm_are_compared_by_the_log_rank_test(tmp_path: Path) -> None:
    """Deaths on day 10 of A and day 20 of B: on day 10 one of two is expected in each, so chi-square is 0.5² / 0.25."""
    for id, regimen, died in (("A", "pyrotinib", "2024-01-11"), ("B", "docetaxel", "2024-01-21")):
        events = [
            {"date": "2024-01-01", "kind": "enrolment", "arm": "prospective"},
            {"date": "2024-01-01", "kind": "therapy start", "regimen": regimen},
            {"date": died, "kind": "death"},
        ]
        told = {"id": id, "tumor_type": "BRCA", "events": events}
        (tmp_path / f"{id}.json").write_text(json.dumps(told), encoding="utf-8")
    asked = ({"name": "OS", "measure": "overall survival"}, {"name": "ORR", "measure": "objective response rate"})
    (one,) = computed(study_of(tmp_path, treatment_groups="kind", endpoints=asked)).comparisons
    assert one[:3] == ("OS", "prospective", (TARGETED, OTHER))
    assert (one.test.statistic, one.test.degrees, one.test.p) == (pytest.approx(1), 1, pytest.approx(0.3173, abs=1e-4))
    assert computed(study_of(tmp_path, endpoints=asked)).comparisons == ()


def test_follow_up_of_at_least_twelve_months_or_to_progression_or_death(tmp_path: Path) -> None:
    for id, events in {
        "LONG": (("2025-02-01", "last contact", ""),),
        "SHORT": (("2024-06-01", "last contact", ""),),
        "PROGRESSED": (("2024-03-01", "assessment", "PD"),),
        "DIED": (("2024-03-01", "assessment", "PD"), ("2024-04-01", "death", "")),
        "LEFT": (("2024-02-01", "withdrawal", ""),),
    }.items():
        written(tmp_path, id, "prospective", *events)
    table = computed(study_of(tmp_path, follow_up="12 months", planned=120)).follow_up
    assert table is not None
    assert {row[0]: row[4] for row in table.rows} == {
        "LONG": "at least 12 months",
        "SHORT": "shorter than 12 months, and no end is told",
        "PROGRESSED": "until progression",
        "DIED": "until death",
        "LEFT": "until withdrawal",
    }


def test_planned_numbers_stand_beside_those_that_count(tmp_path: Path) -> None:
    study = by_hand(tmp_path, planned={"prospective": 200})
    assert computed(study).patients.rows == (
        ("retrospective", None, 2, "2024-01-01"),
        ("prospective", 200, 3, "2024-01-01"),
    )
    whole = computed(study_of(tmp_path, planned=120))
    assert whole.patients.rows[-1] == ("the study", 120, 5, "2024-01-01")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("planned", "many", "planned 'many' is no number"),
        ("planned", {"third": 5}, "no arm 'third'"),
        ("since", {"prospective": "spring"}, "since 'spring' is no date"),
        ("follow_up", "a while", "follow_up 'a while' is not understood"),
        ("treatment_groups", "yes", "treatment_groups 'yes' is not known"),
        ("endpoints", [{"measure": "overall survival", "by": "sex"}], "by 'sex'"),
        ("endpoints", [{"measure": "luck"}], "unknown measure 'luck'"),
        ("endpoints", [], "the study has no endpoints"),
    ],
)
def test_a_study_file_that_is_wrong_is_refused_with_its_place(
    tmp_path: Path, key: str, value: object, said: str
) -> None:
    written(tmp_path, "P1", "prospective")
    with pytest.raises(UnusableInput, match=r"study\.yaml") as error:
        computed(study_of(tmp_path, **{key: value}))
    assert said in str(error.value)


def test_a_table_is_computed_by_its_arms(tmp_path: Path) -> None:
    rows = ["who\tarm\tbest\tdays\tdead", "a\tx\tPR\t10\t1", "b\tx\tPD\t20\t0", "c\ty\tSD\t30\t1", "d\ty\tPR"]
    (tmp_path / "cohort.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    columns = {"id": "who", "arm": "arm", "response": "best", "os": "days", "os_event": "dead", "unit": "days"}
    told = {"study": "t", "table": {"file": "cohort.tsv", "columns": columns}, "endpoints": [
        {"measure": "objective response rate", "by": ["arm", "all"]}, {"measure": "overall survival"}]}  # fmt: skip
    path = tmp_path / "study.yaml"
    path.write_text(json.dumps(told), encoding="utf-8")
    found = computed(read_study(path, MEASURES))
    assert [(each.endpoint.name, each.arm, each.n) for each in found.results] == [
        ("objective response rate", "x", 2), ("objective response rate", "y", 1), ("objective response rate", None, 3),
        ("overall survival", "x", 2), ("overall survival", "y", 1),
    ]  # fmt: skip
    assert [each.where for each in found.unusable] == ["cohort.tsv:5"]


def test_rows_of_a_table_are_put_into_the_arms_that_the_study_declares(tmp_path: Path) -> None:
    (tmp_path / "c.tsv").write_text("who\tarm\tbest\na\tX\tPR\nb\tx\tPD\nc\tz\tSD\nd\t\tSD\n", encoding="utf-8")
    columns = {"id": "who", "arm": "arm", "response": "best"}
    told = {"study": "t", "arms": {"x": "one", "y": "other"}, "table": {"file": "c.tsv", "columns": columns},
            "endpoints": [{"measure": "best overall response"}]}  # fmt: skip
    path = tmp_path / "study.yaml"
    path.write_text(json.dumps(told), encoding="utf-8")
    found = computed(read_study(path, MEASURES))
    assert [(each.arm, each.n) for each in found.results] == [("x", 2)]
    assert [(each.id, each.reason) for each in found.left_out] == [
        ("c", "the arm 'z' is none of the study's"), ("d", "no arm in the table"),
    ]  # fmt: skip


def test_every_shipped_study_has_arms_and_endpoints() -> None:
    assert len(shipped()) == 5
    for name in shipped():
        study = read_study(find_study(name), MEASURES, ())
        assert study.arms
        assert study.endpoints
        assert study.reading


@pytest.mark.skipif(not PROTOCOLS.is_dir(), reason="the protocols (../shared/protocols) are not beside this checkout")
@pytest.mark.parametrize("name", shipped())
def test_what_a_shipped_study_quotes_is_in_its_protocol(name: str) -> None:
    text = _plain((PROTOCOLS / f"{name}.txt").read_text(encoding="utf-8"))
    study = read_study(find_study(name), MEASURES, ())
    quotes = [each.says for each in study.endpoints] + [arm.doc for arm in study.arms]
    for part in (part for quote in quotes for part in quote.split("[...]") if part.strip()):
        assert _plain(part) in text, part


def _plain(text: str) -> str:
    """The text with its full-width commas and its spaces as one writes them."""
    return " ".join(text.replace("，", ", ").split())


def test_the_example_study_counts_every_patient_in_two_arms() -> None:
    found = computed(read_study(EXAMPLE, MEASURES))
    assert (found.counted, found.unusable, found.left_out) == (16, (), ())
    assert [row[2] for row in found.patients.rows] == [8, 8]
    kinds = {kind_of(each.kind) for subject in found.subjects for each in subject.patient.events}
    assert kinds == set(KINDS) - {"recurrence"}, "a recurrence is of a tumor that was removed"
    assert {each.endpoint.measure for each in found.results if each.n} >= {
        "objective response rate", "progression-free survival", "overall survival", "adverse events", "ECOG change",
        "PROMIS-29", "PSA response", "inhibition rate", "guided treatment", "actionable alterations",
        "guided by the second profile", "joint decision",
    }  # fmt: skip
