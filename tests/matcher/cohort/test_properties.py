"""Patients who are nearly alike, in one piece, in another order, one by one: each is told what they are told alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from functools import cache
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.case import Prepared, prepared
from matcher.cohort.alone import alone, tables
from matcher.cohort.classes import Classes
from matcher.cohort.matching import Matching
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import Tables
from matcher.notes import UnusableInput
from rules.facts import Fact
from tests.matcher.cohort.patients import EDITS, cohorts, subjects, twins
from tests.matcher.cohort.told import Told, assert_same, nameless, told
from tests.shared import knowledge, library

several = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def everyone() -> tuple[Subject, ...]:
    """Every twin, each beside those who differ from them in one thing."""
    return tuple(sorted(subjects(twins()), key=lambda each: each.name))


def by_oneself(patients: Sequence[Subject | Unreadable]) -> Tables:
    return tables(alone(patients, knowledge(), library()))


@cache
def wanted() -> Tables:
    """What every twin is told alone."""
    return by_oneself(everyone())


@cache
def known() -> dict[str, Told]:
    """The same, by name."""
    return told(wanted())


@pytest.mark.parametrize("exact", [False, True])
def test_the_facts_of_a_patient_do_not_tell_who_was_met_before(exact: bool) -> None:
    """On a cluster one process states them, and another answers from what followed.

    A sentence that no rule reads tells of whoever stands for the patient.
    """
    unread = () if exact else ("because",)
    ready: list[Prepared] = []
    for each in everyone()[::2]:
        with suppress(UnusableInput):  # who cannot be read has no facts
            ready.append(prepared(each.request, each.read, knowledge()))

    def stated(patients: Sequence[int]) -> dict[int, frozenset[Fact]]:
        classes = Classes(knowledge(), exact)
        facts = {each: chain(*classes.of(ready[each]).alike.parts) for each in patients}
        return {
            each: frozenset(
                Fact(name, tuple(field for field in fields if field[0] not in unread)) for name, fields in own
            )
            for each, own in facts.items()
        }

    places = range(len(ready))
    assert len(ready) > 50
    assert stated(places) == stated(places[::-1])


@pytest.fixture(scope="module")
def matching() -> Iterator[Matching]:
    """One for all tests: what it learned of one patient must not show in the next."""
    with closing(Matching(knowledge(), library())) as found:
        yield found


def test_each_edit_changes_what_is_told() -> None:
    """Else an answer that is shared by mistake would not show."""
    for edit in EDITS:
        for base in edit.on:
            assert nameless(known()[base]) != nameless(known()[f"{base}, {edit.name}"]), (edit.name, base)
    assert sum(bool(edit.on) for edit in EDITS) > 70


def test_twins_are_told_what_they_are_told_alone(matching: Matching) -> None:
    assert_same(matching.matched(everyone()), wanted(), "in one piece")


def test_twins_are_told_the_same_in_any_order_and_piece(matching: Matching) -> None:
    """The second of two who are alike must not be told what the first one is, whichever comes first."""
    backwards = everyone()[::-1]
    pieces = [backwards[start : start + 7] for start in range(0, len(backwards), 7)]
    for tables_of_piece in matching.stream(pieces[::8]):
        for name, found in told(tables_of_piece).items():
            assert not name or found == known()[name], name


def test_a_patient_under_two_names_is_told_twice(matching: Matching) -> None:
    first, second = everyone()[0], everyone()[1]
    found = told(matching.matched([first, second, first._replace(name="again")]))
    assert found[first.name] == known()[first.name]
    assert nameless(found["again"]) == nameless(known()[first.name])


def test_the_unreadable_are_kept_in_their_places(matching: Matching) -> None:
    """Among others, and alone; a piece without patients is no piece with an error."""
    lost = [Unreadable(f"lost {number}", "x.maf", "it is cut off", "export it again") for number in range(2)]
    piece = [lost[0], everyone()[0], lost[1]]
    assert_same(matching.matched(piece), by_oneself(piece), "among others")
    assert_same(matching.matched(lost), by_oneself(lost), "alone")
    assert_same(matching.matched([]), by_oneself([]), "nobody")


def test_what_is_strict_is_refused_for_one_patient_alone(matching: Matching) -> None:
    """Two patients who differ in nothing but what is asked of them."""
    lenient = next(each for each in everyone() if each.name == "untreated lung, an unknown gene")
    strict = lenient._replace(name="strict", request=lenient.request._replace(strict=True))
    for piece in ([lenient, strict], [strict, lenient]):
        apart = by_oneself(piece)
        assert set(apart["patients"]["outcome"]) == {"matched", "unreadable"}
        assert_same(matching.matched(piece), apart)


@several
@given(cohorts(), st.randoms(use_true_random=False))
def test_any_patients_are_told_what_they_are_told_alone(patients: list[Subject], random: st.random.Random) -> None:
    apart = by_oneself(patients)
    shuffled = random.sample(patients, len(patients))
    with closing(Matching(knowledge(), library())) as matching:
        in_pieces = list(matching.stream([shuffled[:2], shuffled[2:]]))
        assert_same(matching.matched(patients), apart, "in one piece")
    by_name = {name: rows for piece in in_pieces for name, rows in told(piece).items()}
    assert by_name == told(apart)
