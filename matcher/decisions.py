"""Joint decisions: what patient and clinician chose beside what was recommended, with the reason where they differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from kb.therapies import UnknownTherapy
from matcher.events import REASONS, Board, Decision, Events, read_events
from matcher.notes import Note, Severity
from matcher.regimens import is_same, named

if TYPE_CHECKING:
    from kb.alteration import Place
    from kb.graph import KnowledgeBase
    from matcher.patient import Patient
    from matcher.recommend import Answer

Regimen = tuple[str, ...]

FOLLOWED, OTHER, NONE, NOT_RECORDED = "followed", "other", "none chosen", "no recommendation recorded"
"""What became of a recommendation: it was chosen, another therapy was, none was; or no recommendation is recorded."""

UNDECIDED = "no decision recorded"
"""What became of a board's recommendation that no decision of the file is about."""


class Joint(NamedTuple):
    """One decision, its regimens by the graph's names.

    `recommended` are the regimens that the decision names, or else those of the last board before it, about the same
    profile where both name one. `followed` is the one that was chosen, None where it is none of them. `reason` and
    `detail` are the file's. `started` is the day on which a therapy with the chosen regimen began, on that day or
    later.
    """

    date: str
    place: Place
    recommended: tuple[Regimen, ...]
    chosen: Regimen
    outcome: str
    followed: Regimen | None
    reason: str | None
    detail: str | None
    started: str | None

    @property
    def lacks_reason(self) -> bool:
        """Whether it differs from the recommendation, and nothing says why."""
        return self.outcome in {OTHER, NONE} and self.reason is None and self.detail is None


class Placed(NamedTuple):
    """A regimen among the recommendations of an answer; `tier` and `rank` are None where it is not one of them."""

    regimen: Regimen
    tier: str | None
    rank: int | None


class Weighed(NamedTuple):
    """A decision beside the computed recommendations: those of the answer's date, where the chosen regimen stands, and
    where each of the board's does.
    """

    joint: Joint
    chosen: Placed | None
    recommended: tuple[Placed, ...]


def decisions(events: Events, patient: Patient, knowledge: KnowledgeBase) -> tuple[Joint, ...]:
    """The decisions among a patient's events, by date."""
    boards = events.of(Board)
    return tuple(_joint(each, boards, patient, knowledge) for each in events.of(Decision))


def _joint(decision: Decision, boards: Iterable[Board], patient: Patient, knowledge: KnowledgeBase) -> Joint:
    recommended = tuple(named(each, knowledge) for each in _recommended(decision, boards))
    chosen = named(decision.chosen, knowledge)
    followed = next((each for each in recommended if is_same(each, chosen, knowledge)), None) if chosen else None
    outcome = FOLLOWED if followed is not None else OTHER if chosen else NONE
    return Joint(
        decision.date,
        decision.place,
        recommended,
        chosen,
        outcome if recommended else NOT_RECORDED,
        followed,
        decision.reason,
        decision.detail,
        _started(chosen, decision.date, patient, knowledge),
    )


def _recommended(decision: Decision, boards: Iterable[Board]) -> tuple[Regimen, ...]:
    if decision.recommended:
        return (decision.recommended,)
    before = [
        each
        for each in boards
        if each.date <= decision.date and (decision.profile is None or each.profile in {None, decision.profile})
    ]
    return max(before, key=lambda each: each.date).recommended if before else ()


def _started(chosen: Regimen, date: str, patient: Patient, knowledge: KnowledgeBase) -> str | None:
    starts = [
        each.start
        for each in patient.prior_therapies or ()
        if chosen
        and each.start is not None
        and each.start >= date
        and is_same(chosen, named(each.regimen, knowledge), knowledge)
    ]
    return min(starts, default=None)


def weighed(answer: Answer) -> tuple[Weighed, ...]:
    """The patient's decisions, and what a board recommended without one, beside the recommendations of the answer.

    By date; empty where the file tells of none. What a board recommends by experience stands there too, where no rule
    recommends it.
    """
    patient, knowledge = answer.matched.patient, answer.matched.knowledge
    if not patient.events:
        return ()
    events = read_events(patient)[0]
    found = sorted((*decisions(events, patient, knowledge), *_undecided(events, knowledge)), key=lambda each: each.date)
    return tuple(
        Weighed(
            each,
            _placed(each.chosen, answer) if each.chosen else None,
            tuple(_placed(regimen, answer) for regimen in each.recommended),
        )
        for each in found
    )


def _undecided(events: Events, knowledge: KnowledgeBase) -> Iterable[Joint]:
    """The recommendations of boards that no decision is about: none until the next board with a recommendation."""
    boards = [each for each in events.of(Board) if each.recommended]
    for board in boards:
        later = [each.date for each in boards if each.date > board.date]
        decided = (each.date for each in events.of(Decision))
        if not any(board.date <= date and (not later or date < min(later)) for date in decided):
            recommended = tuple(named(each, knowledge) for each in board.recommended)
            yield Joint(board.date, board.place, recommended, (), UNDECIDED, None, None, None, None)


def _placed(regimen: Regimen, answer: Answer) -> Placed:
    """Where a regimen stands among the recommendations."""
    knowledge = answer.matched.knowledge
    for each in answer.recommendations:
        if is_same(regimen, each.option.regimen, knowledge):
            return Placed(regimen, each.option.tier, each.rank)
    return Placed(regimen, None, None)


def decision_notes(patient: Patient, knowledge: KnowledgeBase) -> tuple[Note, ...]:
    """Notes on decisions that differ from the recommendation without a reason, and on drugs that are not known."""
    if not patient.events:
        return ()
    events = read_events(patient)[0]
    notes = [_unexplained(each) for each in decisions(events, patient, knowledge) if each.lacks_reason]
    told = [(each.recommended, each.place) for each in events.of(Board)]
    told += [((each.recommended, each.chosen), each.place) for each in events.of(Decision)]
    for regimens, place in told:
        notes += [_unknown(name, error, place) for name, error in _unknown_drugs(regimens, knowledge)]
    return tuple(notes)


def _unexplained(joint: Joint) -> Note:
    chosen, recommended = " + ".join(joint.chosen) or "no therapy", "; ".join(map(" + ".join, joint.recommended))
    message = f"the decision of {joint.date} is for {chosen}, not for {recommended}, and gives no reason"
    return Note(Severity.WARNING, joint.place, message, f"write reason: {', '.join(REASONS)}")


def _unknown_drugs(regimens: tuple[Regimen, ...], knowledge: KnowledgeBase) -> Iterable[tuple[str, UnknownTherapy]]:
    for name in dict.fromkeys(part for regimen in regimens for part in regimen):
        try:
            knowledge.therapy(name)
        except UnknownTherapy as error:
            yield name, error


def _unknown(name: str, error: UnknownTherapy, place: Place) -> Note:
    near = f"did you mean {error.nearest[0]!r}?" if error.nearest else "write its INN"
    return Note(Severity.WARNING, place, f"unknown drug {name!r}: compared as written", near)
