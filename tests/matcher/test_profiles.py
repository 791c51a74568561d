"""Molecular profiles: samples taken together, their order, and the therapies that they guided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.alteration import Place
from matcher.patient import Event, Patient, PriorTherapy, Sample
from matcher.profiles import UNPLACED, Profile, guided, profile_of, profiles_of

HERE = Place("p.yaml")


def sample(name: str, date: str | None, kind: str = "tissue") -> Sample:
    return Sample(name, kind, date=date, reported=frozenset({"small variant"}))


def begun(date: str | None, *drugs: str, guided_by: str | None = None) -> PriorTherapy:
    return PriorTherapy(drugs or ("osimertinib",), HERE, start=date, guided_by=guided_by)


def numbers(*samples: Sample, therapies: tuple[PriorTherapy, ...] = ()) -> list[tuple[int, tuple[str, ...]]]:
    found = profiles_of(Patient("P", samples=samples, prior_therapies=therapies))
    return [(each.number, each.samples) for each in found]


def test_foci_and_blood_taken_together_are_one_profile() -> None:
    found = profiles_of(Patient("P", samples=(sample("plasma", "2024-02-03", "ctDNA"), sample("liver", "2024-02-01"))))
    assert found == (Profile(1, ("liver", "plasma"), "2024-02-03", "ctDNA + tissue"),)


@pytest.mark.parametrize(
    ("second", "starts", "expected"),
    [
        ("2024-04-01", (), [(1, ("a", "b"))]),
        ("2024-04-02", (), [(1, ("a",)), (2, ("b",))]),  # 61 days later
        ("2024-03-01", ("2024-02-10",), [(1, ("a",)), (2, ("b",))]),  # a therapy began between
        ("2024-02-10", ("2024-02-10",), [(1, ("a", "b"))]),  # taken on the day of its first dose: before it
        ("2024-03-01", ("2024",), [(1, ("a", "b"))]),  # it may have begun at any time
        ("2024", (), [(1, ("b", "a"))]),  # the year may mean the same day
    ],
)
def test_a_therapy_or_two_months_between_makes_another_profile(
    second: str, starts: tuple[str, ...], expected: list[tuple[int, tuple[str, ...]]]
) -> None:
    therapies = tuple(begun(start) for start in starts)
    assert numbers(sample("a", "2024-02-01"), sample("b", second), therapies=therapies) == expected


def test_a_sample_without_a_date_is_in_no_order() -> None:
    assert numbers(sample("a", None), sample("b", "2024")) == [(1, ("b",)), (UNPLACED, ("a",))]
    assert numbers(sample("a", None), sample("b", None)) == [(1, ("a", "b"))]
    assert numbers() == []


def test_a_specimen_without_results_is_no_profile() -> None:
    assert numbers(Sample("block", date="2024-02-01")) == []


COURSE = Patient(
    "P",
    samples=(sample("first", "2024-01-10"), sample("second", "2024-09-01")),
    prior_therapies=(begun("2024-02-01", "gefitinib"), begun("2024-10-01", "osimertinib")),
    events=(
        Event("2024-01-20", "decision", (("chosen", "Gefitinib"), ("profile", "first"))),
        Event("2024-09-20", "decision", (("chosen", "osimertinib"), ("profile", "second"))),
        Event("2025-01-01", "decision", (("chosen", "gefitinib"), ("profile", "second"))),
    ),
)


def test_a_therapy_is_guided_by_the_profile_that_it_or_its_decision_names() -> None:
    first, second = COURSE.prior_therapies or ()
    assert (guided(first, COURSE), guided(second, COURSE)) == (1, 2)
    assert guided(begun("2024-10-01", guided_by="first"), COURSE) == 1  # the therapy's own word comes first
    assert guided(begun("2024-10-01", guided_by="elsewhere"), COURSE) is None
    assert guided(begun("2024-10-01", "docetaxel"), COURSE) is None
    assert guided(begun(None, "osimertinib"), COURSE) is None
    assert guided(begun("2024-01-01", "gefitinib"), COURSE) is None  # decided only later
    against = Event(
        "2024-12-01", "decision", (("chosen", "docetaxel"), ("recommended", "afatinib"), ("profile", "second"))
    )
    assert guided(begun("2024-12-02", "docetaxel"), replace(COURSE, events=(against,))) is None
    assert profile_of(None, COURSE) is None
