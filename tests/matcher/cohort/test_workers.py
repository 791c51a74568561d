"""A cohort in processes of their own: what a process that is ended from outside comes to."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import Tables
from matcher.cohort.workers import Workers
from matcher.notes import UnusableInput
from tests.cohorts import Named, Told

DIGEST = SimpleNamespace(digest="one")


class Killed(Told):
    """What answers a piece, and is killed at the patient P-00002 as a system short of memory kills."""

    knowledge = rules = DIGEST

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        if subjects[0].name == "P-00002":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().matched(subjects)


def opened() -> Any:
    """What each process opens."""
    return Killed()


class Answering(Told):
    """What answers every piece."""

    knowledge = rules = DIGEST


def answering() -> Any:
    """What each process opens that nobody ends."""
    return Answering()


def test_a_process_that_is_killed_ends_the_run_with_a_remedy_after_the_pieces_before_it() -> None:
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None)
    workers = Workers(here, opened, 2)
    answered: list[Tables] = []

    def answer() -> None:
        answered.extend(workers.stream([each] for each in Named(6).subjects()))

    try:
        with pytest.raises(UnusableInput, match="a process that answered patients was ended") as ended:
            answer()
    finally:
        workers.close()
    assert "give the same command again to go on" in ended.value.remedy
    assert len(answered) < 3


@pytest.mark.parametrize("expected", [False, True])
@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_pieces_are_answered_in_their_order_however_many_were_expected(pieces: int, expected: bool) -> None:
    told = Told()
    here: Any = SimpleNamespace(knowledge=DIGEST, rules=DIGEST, close=lambda: None, stream=told.stream)
    workers = Workers(here, answering, 2, expected)
    asked = [[each] for each in Named(pieces).subjects()]
    try:
        answered = list(workers.stream(asked))
    finally:
        workers.close()
    assert [list(each["patients"]["patient"]) for each in answered] == [[each.name for each in one] for one in asked]
