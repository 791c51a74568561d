"""A patient's file replayed date by date: what happened, what was recommended then, what changed and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kb.dates import span
from matcher.advice import Advice
from matcher.case import read_patient
from matcher.events import Death, read_events
from matcher.happenings import Happening, happenings
from matcher.profiles import UNPLACED, Profile, guided, profiles_of
from matcher.recommend import answer
from matcher.timeline import Timeline, days, on_day

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Request
    from matcher.notes import Note
    from matcher.patient import Patient, PriorTherapy
    from matcher.recommend import Answer
    from matcher.timeline import Difference, Move
    from rules.language import RuleSet


@dataclass(frozen=True)
class Day:
    """One date of the course: what happened, the answer as of that date, and how it differs from the date before.

    `profile` is the molecular profile that was complete on this day. `advised` is the advice that came, `unadvised`
    that which went. `died` is true from the death on: the answer is then that of the day before, and is not shown.
    """

    date: str
    happened: tuple[Happening, ...]
    answer: Answer
    difference: Difference | None
    profile: Profile | None
    advised: tuple[Advice, ...] = ()
    unadvised: tuple[Advice, ...] = ()
    died: bool = False

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """The regimens that came, went or changed their tier, by rank."""
        if self.difference is None or self.died:
            return ()
        return tuple(move for move in self.difference.moves if move.tiers[0] != move.tiers[1])

    @cached_property
    def other_moves(self) -> tuple[Move, ...]:
        """The recommended regimens that keep their tier, and differ in findings, marks or rank."""
        if self.difference is None or self.died:
            return ()
        return tuple(move for move in self.difference.moves if move.tiers[0] == move.tiers[1] and move.tiers[0])

    @property
    def is_quiet(self) -> bool:
        """Whether nothing of the answer is other than on the date before."""
        moved = self.difference is None or self.moves or self.difference.avoid or self.difference.no_longer_avoid
        return self.died or not (moved or self.profile or self.advised or self.unadvised)


@dataclass(frozen=True)
class Replay:
    """A patient's course up to the date asked for; `patient` is as known then, `notes` are on the whole file."""

    patient: Patient
    days: tuple[Day, ...]
    profiles: tuple[Profile, ...]
    notes: tuple[Note, ...]
    as_of: str
    lang: str
    is_dated: bool

    @property
    def last(self) -> Answer:
        """The answer of the last date."""
        return self.days[-1].answer

    @cached_property
    def guidance(self) -> tuple[tuple[PriorTherapy, int | None], ...]:
        """The therapies that surely began on or after the first profile, with the number of that which guided each."""
        dates = [span(each.date).latest for each in self.profiles if each.date is not None]
        begun = [each for each in self.patient.prior_therapies or () if each.start is not None and dates]
        after = (each for each in begun if min(dates) <= span(each.start or "").earliest)
        return tuple((each, guided(each, self.patient)) for each in after)


def replay(request: Request, knowledge: KnowledgeBase, rules: RuleSet, evaluator: str, lang: str = "en") -> Replay:
    """The patient's course in the file, each date answered as of that date, by what was known then.

    Dates after the request's `as_of` are left out. A file without dates has one day, `as_of`. Raises as
    `matcher.case.match`.
    """
    form, patient, notes = read_patient(request)
    known = on_day(patient, request.as_of)
    dated = [day for day in days(patient) if day <= request.as_of]
    every = dated or [request.as_of]
    done: list[Day] = []
    with Timeline(knowledge, rules, evaluator, lang) as timeline:
        happened = happenings(known, knowledge)
        for date in every:
            mine = tuple(each for each in happened if each.day == date)
            read = form, on_day(patient, date), notes
            found, moved = timeline.advance_to(request._replace(as_of=date), read)
            if lang != "en":
                found = answer(found.matched, lang)
            done.append(_day(date, mine, found, moved, known, done[-1] if done else None))
    whole = _notes(request, (form, patient, notes), knowledge, done[-1].answer)
    return Replay(known, tuple(done), profiles_of(known), whole, request.as_of, lang, bool(dated))


def _day(
    date: str,
    happened: tuple[Happening, ...],
    found: Answer,
    moved: Difference | None,
    known: Patient,
    last: Day | None,
) -> Day:
    """A day of the replay, with what it adds to the one before."""
    was = {_about(each): each for each in last.answer.advice} if last is not None else {}
    now = {_about(each): each for each in found.advice}
    came = tuple(each for about, each in now.items() if about not in was)
    went = tuple(each for about, each in was.items() if about not in now)
    complete = [each for each in profiles_of(known) if each.date is not None and span(each.date).latest == date]
    profile = complete[-1] if complete and complete[-1].number != UNPLACED else None
    deaths = read_events(known)[0].of(Death) if known.events else ()
    died = any(span(each.date).latest <= date for each in deaths)
    return Day(date, happened, found, moved, profile, came, () if died else went, died)


def _about(advice: Advice) -> tuple[str, ...]:
    """What advice is about, whatever day its dates leave possible."""
    return advice.topic, advice.state, advice.cause, advice.regimen


def _notes(
    request: Request, read: tuple[str, Patient, tuple[Note, ...]], knowledge: KnowledgeBase, last: Answer
) -> tuple[Note, ...]:
    """The notes of the last day, and those on dates after the one asked for, which no day has."""
    from matcher.event_checks import course_notes

    return tuple(dict.fromkeys((*last.notes, *course_notes(read[1], knowledge, request.as_of))))
