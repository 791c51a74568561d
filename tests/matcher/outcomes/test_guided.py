"""Proportions guided, actionable and guided by the second profile: who counts, who is left out, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.outcomes.guided import (
    MEASURES,
    conclusion,
    guided_treatments,
    proportion_actionable,
    proportion_guided,
    proportion_second,
    resistance,
    second,
)
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Excluded, Result
from tests.matcher.outcomes.course import endpoint, subject

FIRST = "{id: first, kind: tissue, date: 2024-01-01, assay: WES}"
SECOND = "{id: second, kind: ctDNA, date: 2024-06-05, assay: WES}"
PYROTINIB = "{regimen: [pyrotinib], start: 2024-01-20, stop: 2024-06-01, guided_by: first}"
TDXD = "{regimen: [trastuzumab deruxtecan], start: 2024-06-20, guided_by: second}"
PROGRESSION = "{date: 2024-06-01, kind: progression, by: imaging}"


def enrolled(folder: Path, name: str, therapies: str, events: str = "", samples: str = f"{FIRST}, {SECOND}") -> Subject:
    told = f"{{date: 2024-01-10, kind: enrolment, study: TEST, arm: prospective}}{', ' if events else ''}{events}"
    return subject(folder, f"samples: [{samples}]\nprior_therapies: [{therapies}]\nevents: [{told}]\n", name)


def shares(result: Result) -> dict[str, tuple[int, int]]:
    return {name: (share.number, share.of) for name, share in result.shares}


def test_of_all_subjects_those_with_one_or_more_guided_treatments(tmp_path: Path) -> None:
    subjects = (
        enrolled(tmp_path, "A", f"{PYROTINIB}, {TDXD}"),
        enrolled(tmp_path, "B", PYROTINIB),
        enrolled(tmp_path, "C", "{regimen: [docetaxel], start: 2024-01-20}"),
        enrolled(tmp_path, "D", ""),
    )
    found = proportion_guided(endpoint(MEASURES["guided treatment"]), subjects)
    assert shares(found) == {"1 or more": (2, 4), "2 or more": (1, 4)}
    assert dict(found.tables)["guided treatments"].rows[0] == ("A", "pyrotinib", "2024-01-20", "profile 1")
    assert found.arm == "prospective"


def test_chemotherapy_that_a_profile_guided_is_no_targeted_treatment(tmp_path: Path) -> None:
    one = enrolled(tmp_path, "A", "{regimen: [carboplatin], start: 2024-01-20, guided_by: first}")
    assert guided_treatments(one) == ()
    assert len(guided_treatments(one, targeted=False)) == 1


def test_a_treatment_before_the_enrolment_does_not_count(tmp_path: Path) -> None:
    assert guided_treatments(enrolled(tmp_path, "A", PYROTINIB.replace("2024-01-20", "2023-12-20"))) == ()


def test_a_recorded_decision_tells_what_guided_a_treatment_too(tmp_path: Path) -> None:
    decision = "{date: 2024-01-15, kind: decision, chosen: pyrotinib, profile: first}"
    one = enrolled(tmp_path, "A", PYROTINIB.replace(", guided_by: first", ""), decision)
    assert [each.profile for each in guided_treatments(one)] == [1]


@pytest.mark.parametrize("samples", [f"{FIRST}, {SECOND}", "{id: lost, kind: tissue, date: 2024-01-01}"])
def test_a_sample_without_molecular_results_guides_nothing_and_is_told(tmp_path: Path, samples: str) -> None:
    one = enrolled(tmp_path, "A", PYROTINIB.replace("first", "lost"), samples=samples)
    found = proportion_guided(endpoint(MEASURES["guided treatment"]), (one,))
    assert shares(found)["1 or more"] == (0, 1)
    assert found.notes == (
        "A: pyrotinib names the sample 'lost', of which no molecular result is told: not counted as guided",
    )


def test_the_boards_conclusion_counts_and_what_is_not_recorded_is_no_no(tmp_path: Path) -> None:
    def board(*conclusions: str) -> str:
        return ", ".join(f"{{date: 2024-01-1{at}, kind: board{each}}}" for at, each in enumerate(conclusions, start=1))

    subjects = tuple(
        enrolled(tmp_path, name, "", board(*conclusions))
        for name, *conclusions in (
            ("A", ", actionable: yes"),
            ("B", ", actionable: no"),
            ("C", ", actionable: no", ", actionable: yes"),
            ("D", ", profile: first"),
            ("E", ", actionable: no", ", profile: second"),
            ("F",),
        )
    )
    found = proportion_actionable(endpoint(MEASURES["actionable alterations"]), subjects)
    assert found.value is not None
    assert found.value[:2] == (2, 3)
    assert {each.subject: each.reason for each in found.excluded} == {
        "D": "the board of 2024-01-11 did not record whether alterations are actionable",
        "E": "the board of 2024-01-12 did not record whether alterations are actionable",
        "F": "no meeting of the board is recorded",
    }
    assert isinstance(conclusion(subjects[5]), Excluded)


def test_after_resistance_the_second_profile_guides(tmp_path: Path) -> None:
    subjects = (
        enrolled(tmp_path, "A", f"{PYROTINIB}, {TDXD}", PROGRESSION),
        enrolled(tmp_path, "B", PYROTINIB, PROGRESSION),
        enrolled(tmp_path, "C", PYROTINIB, PROGRESSION, samples=FIRST),
        enrolled(tmp_path, "D", PYROTINIB),
    )
    found = proportion_second(endpoint(MEASURES["guided by the second profile"]), subjects)
    assert shares(found) == {
        "of those with resistance": (1, 3),
        "of those with a second profile": (1, 2),
        "second profile among those with resistance": (2, 3),
    }
    assert [each.subject for each in found.excluded] == ["D"]
    assert dict(found.tables)["after resistance"].rows[0] == (
        "A", "pyrotinib", "2024-06-01", "imaging", "yes", "trastuzumab deruxtecan",
    )  # fmt: skip


def test_progression_is_told_by_events_under_the_treatment_or_by_why_it_ended(tmp_path: Path) -> None:
    ended = PYROTINIB.replace("guided_by", "stopped_for: progression, guided_by")
    toxic = PYROTINIB.replace("guided_by", "stopped_for: toxicity, guided_by")
    told = {
        name: resistance(enrolled(tmp_path, name, therapies, events))
        for name, therapies, events in (
            ("A", PYROTINIB, "{date: 2024-04-01, kind: assessment, response: PD}"),
            ("B", ended, ""),
            ("C", toxic, ""),
            ("D", PYROTINIB, PROGRESSION.replace("2024-06-01", "2024-09-01")),
            ("E", PYROTINIB, PROGRESSION.replace("2024-06-01", "2024-01-20")),
        )
    }
    assert {name: found and (found.on, found.told_by) for name, found in told.items()} == {
        "A": ("2024-04-01", "imaging"),
        "B": ("2024-06-01", "why it ended"),
        "C": None,
        "D": None,
        "E": None,
    }


def test_a_profile_from_before_the_treatment_is_no_second_one(tmp_path: Path) -> None:
    early = SECOND.replace("2024-06-05", "2024-01-02").replace("second", "blood")
    found = second(enrolled(tmp_path, "A", PYROTINIB, PROGRESSION, samples=f"{FIRST}, {early}"))
    assert found is not None
    assert found.has_profile is False


def test_a_second_treatment_by_the_first_profile_is_not_guided_by_the_second(tmp_path: Path) -> None:
    one = enrolled(tmp_path, "A", f"{PYROTINIB}, {TDXD.replace('second', 'first')}", PROGRESSION)
    found = second(one)
    assert found is not None
    assert (found.has_profile, found.treatment) == (True, None)
