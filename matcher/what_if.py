"""The answer to "what if?": how edits of a patient change the recommendations, and which of them did it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from matcher.case import read_patient
from matcher.edits import ACTIONS, Edit, edited
from matcher.timeline import (
    APPEARED,
    DISAPPEARED,
    FINDINGS,
    MARKS,
    RANK,
    TIER,
    Difference,
    Move,
    Reason,
    Timeline,
)

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.biomarker_status import BiomarkerStatus
    from matcher.case import Request
    from matcher.notes import Note
    from matcher.recommend import Answer
    from rules.language import RuleSet

KINDS = (APPEARED, DISAPPEARED, TIER, FINDINGS, MARKS, RANK)
"""What can happen to a recommended regimen, the greatest change first."""

_HISTORY = (
    "history", "prior_lines", "last_therapy", "last_was", "last_unread", "received", "progressed_on", "responded_to",
    "outcome_unknown", "dated", "unread_therapy", "unread_in_washout", "since_last", "progressed_member",
    "class_progressed", "toxicity_of", "class_toxicity", "own_class_progressed", "own_class_toxicity", "unread_drug",
    "criterion_of", "recurrence_counts",
)  # fmt: skip
_OBSERVED = ("biomarker_of", "biomarker_caution", "patient_form", "criterion_of")

TOLD_BY: dict[str, tuple[str, ...]] = {
    "tumor_type": ("patient", "tumor_of"),
    "jurisdiction": ("patient", "insured"),
    "as_of": ("patient", "dated", "since_last", "unread_therapy", "unread_in_washout"),
    "age": ("age", "criterion_of"),
    "sex": ("sex", "criterion_of"),
    "ecog": ("ecog", "criterion_of"),
    "stage": ("stage", "disease_state", "criterion_of"),
    "menopausal_status": ("sex", "criterion_of"),
    "coverage": ("insured", "coverage", "coverage_elsewhere"),
    "prior_therapies": _HISTORY,
    "conditions": ("caution", "uncautioned", "criterion_of"),
    "medications": ("caution", "uncautioned", "criterion_of"),
    "measurements": ("caution", "uncautioned", "criterion_of"),
    "preferences": ("preference",),
    "events": _HISTORY,
    "samples": _OBSERVED,
    "alterations": _OBSERVED,
    "biomarkers": _OBSERVED,
}
"""The facts that each key of a patient tells: those that go when it is edited had the place of the file."""


class Placed(NamedTuple):
    """An edit, and the place that everything has that it brought: `--add 1`."""

    edit: Edit
    place: str


class Turn(NamedTuple):
    """A biomarker whose status the edits changed."""

    was: BiomarkerStatus
    now: BiomarkerStatus


class Group(NamedTuple):
    """Regimens that the same fact moved, or the same observation: `causes` are these facts, the nearest first.

    `moves` are by kind, then by rank; `avoid` and `no_longer_avoid` by name.
    """

    causes: tuple[Reason, ...]
    moves: tuple[Move, ...]
    avoid: tuple[Move, ...]
    no_longer_avoid: tuple[Move, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules on the shortest ways from the causes to the first regimen moved, nearest to the facts first."""
        every = (*self.moves, *self.avoid, *self.no_longer_avoid)
        named = {cause.fact for cause in self.causes}
        ways = [reason.rules for move in every[:1] for reason in move.reasons if reason.fact in named]
        return tuple(dict.fromkeys(rule for way in ways for rule in way))


@dataclass(frozen=True)
class WhatIf:
    """How edits of a patient change the answer. It is empty (false) when the edits change nothing that is told.

    `notes` are those that the edits brought; reasons and findings are in `lang`.
    """

    edits: tuple[Placed, ...]
    before: Answer
    after: Answer
    difference: Difference
    notes: tuple[Note, ...]
    lang: str = "en"

    def __bool__(self) -> bool:
        return bool(self.difference or self.biomarkers)

    def of_kind(self, what: str) -> tuple[Move, ...]:
        """The moves of regimens that are or were recommended, of one kind."""
        return tuple(each for each in self.difference.moves if each.what == what and is_recommended(each))

    @property
    def elsewhere(self) -> tuple[Move, ...]:
        """The regimens that are not recommended before or after, with other findings."""
        return tuple(each for each in self.difference.moves if not is_recommended(each))

    @property
    def unchanged(self) -> int:
        """How many recommendations are as they were, rank and findings too."""
        moved = {move.regimen for move in self.difference.moves}
        return sum(each.option.regimen not in moved for each in self.after.recommendations)

    @cached_property
    def biomarkers(self) -> tuple[Turn, ...]:
        """The biomarkers whose status changed, by label."""
        old, new = self.before.matched.board, self.after.matched.board
        ids = dict.fromkeys(each.id for each in (*self.after.biomarkers, *self.before.biomarkers))
        turns = (Turn(old.profile(each), new.profile(each)) for each in ids)
        return tuple(sorted((turn for turn in turns if turn.was.status != turn.now.status), key=_by_label))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """What moved for the same causes together, in the order of the first regimen of each."""
        found: dict[str, tuple[list[Reason], tuple[list[Move], list[Move], list[Move]]]] = {}
        for column, moves in enumerate(self._moved()):
            for move in moves:
                causes = self.causes(move)
                group = found.setdefault(_about(causes), ([], ([], [], [])))
                group[0].extend(causes)
                group[1][column].append(move)
        return tuple(
            Group(_said_once(causes), tuple(moves), tuple(avoid), tuple(no_longer))
            for causes, (moves, avoid, no_longer) in found.values()
        )

    def _moved(self) -> Iterator[Iterable[Move]]:
        moved = self.difference.moves
        great = [each for each in moved if is_recommended(each) and each.what != RANK]
        yield sorted(great, key=lambda move: KINDS.index(move.what))
        yield self.difference.avoid
        yield self.difference.no_longer_avoid

    def causes(self, move: Move) -> tuple[Reason, ...]:
        """The facts of the edits that moved a regimen, nearest first: what came at their places, or else what went.

        Where none is among the reasons, the nearest ones stand for it.
        """
        places = {each.place for each in self.edits}
        came = tuple(each for each in move.reasons if each.came and not places.isdisjoint(each.step.places))
        if came:
            return came
        told = {predicate for each in self.edits for predicate in TOLD_BY.get(each.edit.key.partition(".")[0], ())}
        own = tuple(each for each in move.reasons if each.fact.predicate in told)
        told_of = tuple(each for each in own if each.step.places)
        now = tuple(each for each in told_of if each.came)
        return now or told_of or own or move.because[:3]


def is_recommended(move: Move) -> bool:
    """Whether the regimen is or was recommended."""
    return move.tiers != (None, None)


def _about(causes: tuple[Reason, ...]) -> str:
    """What the nearest cause is about: what was observed, or else all that it says; empty without a cause."""
    if not causes:
        return ""
    nearest = causes[0]
    return str(nearest.fact.get("because")) if nearest.fact.predicate == "biomarker_of" else nearest.step.text


def _said_once(causes: Iterable[Reason]) -> tuple[Reason, ...]:
    firsts: dict[tuple[bool, str], Reason] = {}
    for cause in causes:
        firsts.setdefault((cause.came, cause.step.text), cause)
    return tuple(firsts.values())


def _by_label(turn: Turn) -> tuple[str, str]:
    return turn.now.label, turn.now.id


def what_if(
    request: Request,
    edits: Iterable[Edit],
    knowledge: KnowledgeBase,
    rules: RuleSet,
    evaluator: str,
    lang: str = "en",
) -> WhatIf:
    """How the edits change the answer for the request's patient; errors of `matcher.case.match` and of `edited`."""
    every = tuple(edits)
    read = read_patient(request)
    with Timeline(knowledge, rules, evaluator, lang) as timeline:
        before, _ = timeline.advance_to(request, read)
        after, moved = timeline.advance_to(*edited(request, read, every, knowledge))
    assert moved is not None, "a second state has a difference"
    known = set(before.notes)
    notes = tuple(note for note in after.notes if note not in known)
    return WhatIf(tuple(placed(every)), before, after, moved, notes, lang)


def placed(edits: Iterable[Edit]) -> Iterator[Placed]:
    """The edits with the places of what they bring, as `edited` gives them."""
    count = dict.fromkeys(ACTIONS, 0)
    for edit in edits:
        count[edit.action] += 1
        yield Placed(edit, f"--{edit.action} {count[edit.action]}")
