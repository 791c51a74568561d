"""The inhibition rate as an endpoint: hand-computed medians, ranges and shares, and whom it cannot count."""

from __future__ import annotations

import pytest

from kb.alteration import Place
from matcher.events import Events
from matcher.outcomes.organoid import MEASURES
from matcher.outcomes.study import Endpoint
from matcher.outcomes.subject import Subject
from matcher.outcomes.values import Estimate, Result, proportion
from matcher.patient import Organoid, Patient


def subject(name: str, *organoids: Organoid) -> Subject:
    return Subject(name, None, None, None, (), (), Events(()), Patient(name, organoids=organoids, place=Place(name)))


def organoid(drug: str, rate: float, date: str = "2024-03-01", lesion: str = "liver") -> Organoid:
    return Organoid(lesion, drug, rate, date)


def computed(*subjects: Subject, **options: object) -> Result:
    measure = MEASURES["inhibition rate"]
    read = {name: options.get(name, option.default) for name, option in measure.options.items()}
    return measure.compute(Endpoint("PDO", "inhibition rate", read, "", Place("s.yaml", 1)), subjects)


SUBJECTS = (
    subject("A", organoid("T-DM1", 80), organoid("Kadcyla", 20, "2024-06-01")),
    subject("B", organoid("trastuzumab emtansine", 50), organoid("capecitabine + pyrotinib", 10)),
    subject("C", organoid("pyrotinib; capecitabine", -30)),
    subject("D"),
)


def test_rates_are_told_by_scheme_whatever_its_names() -> None:
    found = computed(*SUBJECTS)
    assert (found.n, found.value) == (3, Estimate(20, -30, 80, "%"))
    assert dict(found.shares) == {
        "capecitabine + pyrotinib": proportion(0, 2),
        "trastuzumab emtansine": proportion(2, 3),
    }
    ((name, table),) = found.tables
    assert name == "by scheme"
    assert table.rows == (
        ("capecitabine + pyrotinib", 2, 2, -10, -30, 10, 0),
        ("trastuzumab emtansine", 3, 2, 50, 20, 80, 2),
    )
    assert [(each.subject, each.where) for each in found.excluded] == [("D", "D")]


@pytest.mark.parametrize(("options", "above"), [({"threshold": (20.0,)}, (3, 3)), ({"results": "newest"}, (1, 2))])
def test_threshold_and_newest_results(options: dict[str, object], above: tuple[int, int]) -> None:
    shares = dict(computed(*SUBJECTS, **options).shares)
    assert (shares["trastuzumab emtansine"].number, shares["trastuzumab emtansine"].of) == above


def test_the_declared_threshold_says_that_it_is_unverified() -> None:
    assert any("unverified" in note for note in computed(*SUBJECTS).notes)
    assert not any("unverified" in note for note in computed(*SUBJECTS, threshold=(40.0,)).notes)


def test_a_rate_that_is_not_that_of_the_diameters_is_left_out_and_told() -> None:
    wrong = Organoid("liver", "T-DM1", 90, "2024-03-01", Place("a.yaml", 7), 1.0, 0.9)
    found = computed(subject("A", wrong))
    assert (found.n, found.value, found.shares) == (0, None, ())
    assert any("A, a.yaml:7" in note and "10%" in note for note in found.notes)
    assert [each.subject for each in found.excluded] == ["A"]


def test_no_subjects_come_to_nothing() -> None:
    found = computed()
    assert (found.n, found.value, found.excluded) == (0, None, ())
