"""Why a regimen, a drug or a class is not recommended: everything the graph says of it, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.biomarker_status import BiomarkerStatus, Status
from matcher.case import Matched, Source, prepared, read_patient
from matcher.collector import undisturbed
from matcher.conflicts import FOR, is_option
from matcher.facts import SERVED, Case, Item, asks_only_absence, case_of, relation_of
from matcher.flips import Bench, Changes, changes
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
    ranked_of,
)
from matcher.remedies import Blocker
from matcher.scope import Asks, Record, scope_of
from matcher.target import Target, target_of
from rules.facts import Derivations
from rules.join_engine import JoinEngine
from rules.prune import resting

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Request
    from rules.language import RuleSet

BEST = "on-label"
"""The tier above which there is none."""


class Reason(NamedTuple):
    """Why a statement was never considered: a criterion that it misses, and the sentence that tells it.

    `said_by` names the rule whose sentence it is, or else a phrase of `why_not`; `values` fill the sentence.
    """

    criterion: str
    verdict: str
    said_by: str
    values: tuple[tuple[str, str], ...]
    recoverable: bool = False


UNKNOWN_STATUS = Reason("trial-status", "undetermined", "trial-status-unknown", (), True)
OTHER_TUMOR = Reason("tumor-type", "fail", "tumor-type-other", ())
EXCLUDED = Reason("tumor-type", "fail", "tumor-type-excluded", ())
WITHOUT_BIOMARKER = Reason("jurisdiction", "fail", "jurisdiction-elsewhere-without-biomarker", ())


class Statement(NamedTuple):
    """A statement of the graph about a regimen asked for.

    `reasons` is empty where it was considered, else the same object for all statements that have the same ones.
    """

    item: Item
    says: str
    reasons: tuple[Reason, ...] = ()


class Ahead(NamedTuple):
    """A recommendation that stands before the best one of the target, and the criterion that decides it."""

    recommendation: Recommendation
    decided_by: str


class Miss(NamedTuple):
    """A statement that could have carried a recommendation, and what kept it from doing so, most blocking first."""

    item: Item
    blockers: tuple[Blocker, ...]
    considered: bool


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer; `matched` holds what was derived of the target alone.

    `recommended` is not empty where an option of the target is recommended after all.

    `considered` are the options that are not recommended, the nearest miss first; `against` the considered statements
    that speak against the target or of something else; `never` what was never considered. `misses` are all of those
    that could have carried it, the nearest first. `changes` is None where the patient was not read from a file.
    """

    matched: Matched
    target: Target
    recommended: tuple[Recommendation, ...]
    considered: tuple[Option, ...]
    against: tuple[Statement, ...]
    avoided: tuple[Avoided, ...]
    never: tuple[Statement, ...]
    misses: tuple[Miss, ...]
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

    @property
    def label(self) -> Miss | None:
        """The nearest approved label of the patient's jurisdiction, of the patient's tumor type where there is one, and
        of the fewest drugs: what was asked for before what holds it.

        None where the target is recommended on-label, and where no such label is among the misses.
        """
        if self.is_on_label:
            return None
        here = self.matched.query.jurisdiction
        return min((miss for miss in self.misses if _is_label(miss.item, here)), key=_of_target, default=None)

    def _level(self, finding: Finding) -> str:
        """The level of the evidence that a finding is about; empty for none."""
        item = self.matched.case.items.get(finding.about)
        return item.record.level if item is not None and isinstance(item.record, Evidence) else ""

    @property
    def nearest(self) -> Miss | None:
        """The nearest miss; of what is recommended already the nearest label, which alone could give a better tier."""
        if not self.recommended:
            return self.misses[0] if self.misses else None
        labels = (miss for miss in self.misses if isinstance(miss.item.record, Indication))
        return None if self.is_on_label else next(labels, None)

    @property
    def is_on_label(self) -> bool:
        """Whether the target has a recommendation in the best tier, so that only its rank is left to ask about."""
        return any(each.option.tier == BEST for each in self.recommended)

    @property
    def has_indication(self) -> bool:
        """Whether the graph holds an indication of the target, in any place."""
        told = [each.item for each in (*self.against, *self.never)] + [each.item for each in self.considered]
        led = [option.item for each in self.recommended for option in (each.option, *each.also)]
        return any(isinstance(item.record, Indication) for item in (*told, *led))

    @property
    def is_known(self) -> bool:
        """Whether the graph says anything at all of the target."""
        return bool(self.recommended or self.considered or self.against or self.never)


def why_not(matched: Matched, asked: str, answered: Answer | None = None) -> WhyNot:
    """Why what was asked for (a drug, a class, a scheme or `a+b`) is not recommended, and what would change it.

    `answered` is the patient's answer where it is at hand: ranks are taken from it. UnusableInput for a name that the
    graph does not know.
    """
    with undisturbed():
        return _why_not(matched, asked, lambda: (answered or answer(matched)).recommendations)


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


def _why_not(given: Matched, asked: str, ranked: Callable[[], tuple[Recommendation, ...]]) -> WhyNot:
    """The answer for a patient of whom no conclusion need be there; `ranked` gives their recommendations by rank."""
    target = target_of(asked, given.knowledge)
    scope = scope_of(target.regimens, given.knowledge)
    bench = Bench(given, scope)
    own = bench.own.matched
    matched = replace(given, case=own.case, derivations=own.derivations)
    options = options_about(own, target.regimens)
    standings = _standings_of(bench)
    statements = _statements(bench, standings)
    never = tuple(each for each in statements if each.reasons)
    considered = [option for option in options if option.tier is None]
    misses = _misses(considered, never, bench)
    place = {miss.item.id: number for number, miss in enumerate(misses)}
    whole = ranked() if bench.own.tiers else ()
    recommended = tuple(each for each in whole if each.option.regimen in target.regimens)
    return WhyNot(
        matched,
        target,
        recommended,
        tuple(sorted(considered, key=lambda option: place[option.id])),
        tuple(each for each in statements if not each.reasons and each.says != FOR),
        tuple(row for row in avoided_of(own, options) if row.regimen in target.regimens),
        never,
        misses,
        changes(bench, [miss.item for miss in misses]) if matched.source is not None else None,
        bench.unsettling,
        _ahead(whole, recommended),
        standings.told,
    )


def _is_label(item: Item, here: str) -> bool:
    record = item.record
    return isinstance(record, Indication) and record.jurisdiction == here and record.status.value == "approved"


def _of_target(miss: Miss) -> tuple[bool, int]:
    return miss.item.relation in {"other", "excluded"}, len(miss.item.regimen)


def _ahead(ranked: tuple[Recommendation, ...], own: tuple[Recommendation, ...]) -> tuple[Ahead, ...]:
    """What is recommended before the first of these, with what decides it."""
    best = own[0] if own else None
    before = (each for each in ranked if best is not None and each.rank < best.rank)
    return tuple(Ahead(each, decided_by(each.option, best.option)) for each in before if best is not None)


# --- what the graph says, and why it was not weighed ------------------------------------------------------------------


def _statements(bench: Bench, standings: _Standings) -> tuple[Statement, ...]:
    """Everything that the graph says of the scope's regimens, by kind and id."""
    items = bench.own.matched.case.items
    statements = bench.scope.statements
    found: list[Statement | None] = [None] * sum(map(len, statements.values()))
    for asks, said in statements.items():
        status, relation, reasons = standings.of(asks)
        for place, name, regimen, record, says in said:
            item = items.get(name)
            if item is not None:
                found[place] = Statement(item, says)
                continue
            own = standings.untransferred(record, relation) if reasons is None else reasons
            found[place] = Statement(Item(name, regimen, record, status, relation), says, own)
    return tuple([each for each in found if each is not None])


KEPT = "standings"


def _standings_of(bench: Bench) -> _Standings:
    """How the patient stands to statements, kept for all questions about one who was matched as a whole."""
    matched = bench.matched
    if not matched.derivations.given:
        return _Standings(bench)
    found = matched.kept.get(KEPT)
    if not isinstance(found, _Standings):
        found = matched.kept[KEPT] = _Standings(bench)
    return found


class Standing(NamedTuple):
    """How the patient stands to statements, and why they were not considered, in the order in which a board would ask.

    `reasons` is None where they rest on more of a statement than what it asks for.
    """

    status: BiomarkerStatus | None
    relation: str
    reasons: tuple[Reason, ...] | None


class _Standings:
    """How the patient stands to statements: hundreds that share biomarkers and tumor types, each looked at once."""

    def __init__(self, bench: Bench) -> None:
        self._knowledge, self._board, self._query = bench.knowledge, bench.matched.board, bench.matched.query
        self._known: dict[Asks, Standing] = {}
        self._relations: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
        self._of_profile: dict[str, Reason] = {}
        self._known_around: dict[
            tuple[type[Record], str | bool | None, str, bool], tuple[tuple[Reason, ...], tuple[Reason, ...]]
        ] = {}
        self._shared: dict[tuple[object, ...], tuple[Reason, ...]] = {}
        self.told: dict[tuple[str, str], dict[int, Any]] = {}
        """What forms of answers have made of the reasons, which are kept here, so that their identity stays theirs."""

    def of(self, asks: Asks) -> Standing:
        """How the patient stands to statements that ask for this."""
        found = self._known.get(asks)
        if found is None:
            status = self._board.profile(asks.profile) if asks.profile else None
            relation = self._relation(asks)
            is_present = status is not None and status.status is Status.PRESENT
            reasons = None if is_present and asks.kind is Evidence else self._reasons(asks, status, relation)
            found = self._known[asks] = Standing(status, relation, reasons)
        return found

    def _relation(self, asks: Asks) -> str:
        key = asks.tumor_types, asks.excluded
        found = self._relations.get(key)
        if found is None:
            found = self._relations[key] = relation_of(self._query.tumor, *key, self._knowledge)
        return found

    def _reasons(self, asks: Asks, status: BiomarkerStatus | None, relation: str) -> tuple[Reason, ...]:
        """Why statements were not considered: the same object for equal reasons."""
        key = asks.kind, None if status is None else status.id, relation, asks.own
        found = self._shared.get(key)
        if found is None:
            first, last = self._around(asks.kind, asks.own, relation, status is None)
            is_open = status is not None and status.status is not Status.PRESENT
            between = (self._biomarker(status),) if status is not None and is_open else ()
            found = self._shared[key] = (*first, *between, *last)
        return found

    def _around(
        self, kind: type[Record], own: str | bool | None, relation: str, is_without_biomarker: bool
    ) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """The reasons of such statements before the one about their biomarker, and after it."""
        key = kind, own, relation, is_without_biomarker
        found = self._known_around.get(key)
        if found is None:
            first = (UNKNOWN_STATUS,) if kind is Trial and own is None else ()
            found = self._known_around[key] = first, tuple(self._after(*key))
        return found

    def _after(
        self, kind: type[Record], own: str | bool | None, relation: str, is_without_biomarker: bool
    ) -> Iterator[Reason]:
        if kind is Indication and own not in {*SERVED, self._query.jurisdiction}:
            yield Reason("jurisdiction", "fail", "not-served", (("There", str(own)),))
        elif kind is Indication and own != self._query.jurisdiction and is_without_biomarker:
            yield WITHOUT_BIOMARKER
        if relation == "excluded":
            yield EXCLUDED
        elif relation == "other":
            yield OTHER_TUMOR

    def _biomarker(self, status: BiomarkerStatus) -> Reason:
        found = self._of_profile.get(status.id)
        if found is None:
            found = self._of_profile[status.id] = _of_biomarker(status)
        return found

    def untransferred(self, record: Record, relation: str) -> tuple[Reason, ...]:
        """Why evidence whose biomarker is present was not considered: the same object for equal reasons."""
        assert isinstance(record, Evidence)
        key = relation, record.direction, record.significance, record.level, record.profile
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = tuple(self._not_carried(record, relation))
        return found

    def _not_carried(self, record: Evidence, relation: str) -> Iterator[Reason]:
        if relation == "other":
            yield OTHER_TUMOR
        if relation not in {"other", "excluded"}:
            yield Reason("biomarker", "fail", "asks-for-nothing", ())
        elif not is_option(record):
            yield Reason("transfer", "fail", "holds-for-its-tumor-type", ())
        elif record.level > "C":
            yield Reason("transfer", "fail", "preclinical-elsewhere", (("Level", record.level),))
        elif asks_only_absence(record.profile, self._knowledge):
            yield Reason("transfer", "fail", "absence-elsewhere", ())


def _of_biomarker(status: BiomarkerStatus) -> Reason:
    named = (("Profile", status.label), ("Because", status.because))
    if status.status is Status.ABSENT:
        return Reason("biomarker", "fail", "biomarker-absent", named)
    rule = "biomarker-not-tested" if status.status is Status.NOT_TESTED else "biomarker-equivocal"
    return Reason("biomarker", "undetermined", rule, named, True)


# --- the nearest miss -------------------------------------------------------------------------------------------------


class InTheWay(NamedTuple):
    """What keeps a statement out, most blocking first: how many criteria failed, whether one stays so, how many are
    open.
    """

    blockers: tuple[Blocker, ...]
    failed: int
    is_lasting: bool
    open: int


def _in_the_way(blockers: tuple[Blocker, ...]) -> InTheWay:
    failed = [blocker for blocker in blockers if blocker.verdict == "fail"]
    is_lasting = any(not blocker.recoverable for blocker in failed)
    return InTheWay(blockers, len(failed), is_lasting, len(blockers) - len(failed))


def _misses(considered: list[Option], never: tuple[Statement, ...], bench: Bench) -> tuple[Miss, ...]:
    """What could have carried a recommendation, the nearest first (docs/decisions.md)."""
    blockers, here = bench.own.blockers, bench.matched.query.jurisdiction
    found: dict[tuple[object, ...], list[Miss]] = {}
    for option in considered:
        way = _in_the_way(blockers.get(option.id, ()))
        found.setdefault(nearness(option.item, way, True, here), []).append(Miss(option.item, way.blockers, True))
    ways: dict[tuple[tuple[str, str, bool], ...], InTheWay] = {}
    for group in _alike(never):
        told = tuple([(each.criterion, each.verdict, each.recoverable) for each in group[0].reasons])
        missed = ways.get(told)
        if missed is None:
            missed = ways[told] = _in_the_way(tuple(sorted(Blocker(*one[:2], "", one[2]) for one in told)))
        near = found.setdefault(nearness(group[0].item, missed, False, here), [])
        near += [Miss(each.item, missed.blockers, False) for each in group]
    return tuple([miss for near in sorted(found) for miss in sorted(found[near], key=lambda miss: miss.item.id)])


def _alike(never: tuple[Statement, ...]) -> Iterable[list[Statement]]:
    """The statements that could have carried a recommendation, by what `nearness` looks at."""
    found: dict[tuple[object, ...], list[Statement]] = {}
    for each in never:
        item, says, reasons = each
        if says == FOR:
            record = item.record
            if isinstance(record, Evidence):
                own: object = record.level
            else:
                own = record.jurisdiction if isinstance(record, Indication) else record.recruiting
            found.setdefault((id(reasons), item.relation, type(record), own), []).append(each)
    return found.values()


def nearness(item: Item, way: InTheWay, is_considered: bool, here: str) -> tuple[object, ...]:
    """The order of misses: first what could still change, then by how much is in the way.

    1. No trial of unknown status. 2. No failed criterion that stays so. 3. A label of the patient's jurisdiction and
    tumor type: a board asks first what the label here wants. 4. The fewest failed criteria. 5. The patient's tumor
    type. 6. The patient's jurisdiction. 7. What was considered. 8. The fewest open criteria. 9. Labels, then evidence
    by level, then trials; of equals by id.
    """
    record, is_off_tumor = item.record, item.relation in {"other", "excluded"}
    if isinstance(record, Evidence):
        is_unknown, is_label, elsewhere, strength = False, False, False, record.level
    elif isinstance(record, Indication):
        elsewhere = record.jurisdiction != here
        is_unknown, is_label, strength = False, not elsewhere and not is_off_tumor, ""
    else:
        is_unknown, is_label, elsewhere, strength = record.recruiting is None, False, False, "Z"
    return (
        *(is_unknown, way.is_lasting, not is_label, way.failed, is_off_tumor, elsewhere),
        *(not is_considered, way.open, strength),
    )
