"""Why a regimen, a drug or a class is not recommended: everything the graph says of it, and what would change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.evidence import Evidence
from kb.indication import Indication
from matcher.case import Matched, Source, prepared, read_patient
from matcher.collector import undisturbed
from matcher.conflicts import FOR
from matcher.facts import ELSEWHERE, Case, Item, case_of
from matcher.flips import Bench, Changes, changes
from matcher.misses import Miss, Misses
from matcher.recommend import (
    RANKED_BY,
    Answer,
    Avoided,
    Finding,
    Option,
    Recommendation,
    answer,
    avoided_of,
    decided_by,
    options_about,
    options_in,
    ranked_of,
)
from matcher.scope import scope_of
from matcher.target import Target, target_of
from matcher.unweighed import Standings, Statement, Unweighed, unweighed_of, weighed_of
from rules.facts import Derivations
from rules.join_engine import JoinEngine
from rules.prune import resting

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Request
    from rules.language import RuleSet

BEST = "on-label"
"""The tier above which there is none."""


class Ahead(NamedTuple):
    """A recommendation that stands before the best one of the target, and the criterion that decides it."""

    recommendation: Recommendation
    decided_by: str


@dataclass(frozen=True)
class WhyNot:
    """The answer; `matched` holds what was derived of the target alone.

    `recommended` is not empty where an option of the target is recommended after all.

    `considered` are the options that are not recommended, the nearest miss first; `against` the considered statements
    that speak against the target or of something else; `unweighed` what was never considered. `misses` are all of those
    that could have carried it, the nearest first. `changes` is None where the patient was not read from a file.
    """

    matched: Matched
    target: Target
    recommended: tuple[Recommendation, ...]
    considered: tuple[Option, ...]
    against: tuple[Statement, ...]
    avoided: tuple[Avoided, ...]
    unweighed: tuple[Unweighed, ...]
    misses: Misses
    changes: Changes | None
    unsettling: frozenset[str] = frozenset()
    """The criteria that keep an option out where they are undetermined."""
    ahead: tuple[Ahead, ...] = ()
    """What is recommended before the target's best recommendation, by rank."""
    told: dict[tuple[str, str], dict[int, Any]] = field(default_factory=dict, compare=False, repr=False)
    """What forms of answers have made of reasons, by the form and the language, and by the identity of the reasons: as
    those of one patient are shared by all questions, this is too.
    """

    def obstacles(self, option: Option) -> tuple[Finding, ...]:
        """The findings that keep an option out, most blocking first: what else is open does not.

        Of several of one criterion, those that rest on the strongest evidence come first.
        """
        found = [each for each in option.blocking if each.verdict == "fail" or each.criterion in self.unsettling]
        kinds = list(dict.fromkeys((each.criterion, each.verdict) for each in found))
        return tuple(sorted(found, key=lambda each: (kinds.index((each.criterion, each.verdict)), self._level(each))))

    @cached_property
    def label(self) -> Miss | None:
        """The nearest approved label of the patient's jurisdiction, of the patient's tumor type where there is one, and
        of the fewest drugs: what was asked for before what holds it.

        None where the target is recommended on-label, and where no such label is among the misses.
        """
        if self.is_on_label:
            return None
        here = self.matched.query.jurisdiction
        labels = (miss for miss in self.misses.indications() if _is_label(miss.item, here))
        return min(labels, key=_of_target, default=None)

    @cached_property
    def never(self) -> tuple[Statement, ...]:
        """Every statement that was never considered, by kind and id."""
        placed = dict(stated for each in self.unweighed for stated in each.statements())
        return tuple(placed[place] for place in sorted(placed))

    def _level(self, finding: Finding) -> str:
        """The level of the evidence that a finding is about; empty for none."""
        item = self.matched.case.items.get(finding.about)
        return item.record.level if item is not None and isinstance(item.record, Evidence) else ""

    @cached_property
    def nearest(self) -> Miss | None:
        """The nearest miss; of what is recommended already the nearest label, which alone could give a better tier."""
        if not self.recommended:
            return self.misses.first
        return None if self.is_on_label else next(self.misses.indications(), None)

    @property
    def is_on_label(self) -> bool:
        """Whether the target has a recommendation in the best tier, so that only its rank is left to ask about."""
        return any(each.option.tier == BEST for each in self.recommended)

    @property
    def has_indication(self) -> bool:
        """Whether the graph holds an indication of the target, in any place."""
        if any(each.asks.kind is Indication for each in self.unweighed):
            return True
        told = [each.item for each in self.against] + [each.item for each in self.considered]
        led = [option.item for each in self.recommended for option in (each.option, *each.also)]
        return any(isinstance(item.record, Indication) for item in (*told, *led))

    @property
    def is_known(self) -> bool:
        """Whether the graph says anything at all of the target."""
        return bool(self.recommended or self.considered or self.against or self.unweighed)


def why_not(matched: Matched, asked: str, answered: Answer | None = None) -> WhyNot:
    """Why what was asked for (a drug, a class, a scheme or `a+b`) is not recommended, and what would change it.

    `answered` is the patient's whole answer where it is at hand: ranks and options are taken from it. UnusableInput for
    a name that the graph does not know.
    """
    with undisturbed():
        return _why_not(matched, asked, lambda: (answered or answer(matched)).recommendations, answered)


def ask_why_not(request: Request, asked: str, knowledge: KnowledgeBase, rules: RuleSet) -> WhyNot:
    """As `why_not`, for the patient in a file, of whom no more is derived than the question needs.

    The whole patient is matched only where something asked for is recommended, for its rank, and by no more rules than
    tell ranks.
    UnusableInput when the file cannot be used, and as `why_not`.
    """
    read = read_patient(request)
    ready = prepared(request, read, knowledge)
    nothing = Derivations(frozenset())
    source = Source(request, read)
    given = Matched(
        ready.patient, ready.query, ready.board, Case(), nothing, rules, knowledge, ready.notes, source
    )  # fmt: skip

    def ranked() -> tuple[Recommendation, ...]:
        case = case_of(ready.patient, ready.query, ready.board, knowledge)
        concluded = JoinEngine().run(resting(rules, RANKED_BY), case.facts)
        return ranked_of(replace(given, case=case, derivations=concluded))

    return _why_not(given, asked, ranked)


def _why_not(
    given: Matched, asked: str, ranked: Callable[[], tuple[Recommendation, ...]], answered: Answer | None = None
) -> WhyNot:
    """The answer for a patient of whom no conclusion need be there; `ranked` gives their recommendations by rank."""
    target = target_of(asked, given.knowledge)
    scope = scope_of(target.regimens, given.knowledge)
    bench = Bench(given, scope)
    own = bench.own.matched
    matched = replace(given, case=own.case, derivations=own.derivations)
    if answered is not None and answered.lang == "en":  # findings are put in order by their English messages
        options = options_in(answered, target.regimens)
    else:
        options = options_about(own, target.regimens)
    standings = _standings_of(bench)
    unweighed = unweighed_of(scope, own.case.items, standings)
    considered = {option.id: option for option in options if option.tier is None}
    misses = Misses(considered.values(), bench.own.blockers, unweighed, given.query.jurisdiction)
    whole = ranked() if bench.own.tiers else ()
    recommended = tuple(each for each in whole if each.option.regimen in target.regimens)
    return WhyNot(
        matched,
        target,
        recommended,
        tuple(considered[miss.item.id] for miss in misses.considered()),
        tuple(each for each in weighed_of(scope, own.case.items) if each.says != FOR),
        tuple(row for row in avoided_of(own, options) if row.regimen in target.regimens),
        unweighed,
        misses,
        changes(bench, misses) if matched.source is not None else None,
        bench.unsettling,
        _ahead(whole, recommended),
        standings.told,
    )


KEPT = "standings"


def _standings_of(bench: Bench) -> Standings:
    """How the patient stands to statements, kept for all questions about one who was matched as a whole."""
    matched = bench.matched
    found = matched.kept.get(KEPT)
    if not isinstance(found, Standings):
        found = Standings(bench.knowledge, matched.board, matched.query)
        if matched.derivations.given:
            matched.kept[KEPT] = found
    return found


def _is_label(item: Item, here: str) -> bool:
    record = item.record
    return isinstance(record, Indication) and record.jurisdiction == here and record.status.value == "approved"


def _of_target(miss: Miss) -> tuple[bool, int]:
    return miss.item.relation in ELSEWHERE, len(miss.item.regimen)


def _ahead(ranked: tuple[Recommendation, ...], own: tuple[Recommendation, ...]) -> tuple[Ahead, ...]:
    """What is recommended before the first of these, with what decides it."""
    best = own[0] if own else None
    before = (each for each in ranked if best is not None and each.rank < best.rank)
    return tuple(Ahead(each, decided_by(each.option, best.option)) for each in before if best is not None)
