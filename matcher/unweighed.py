"""What the graph says of some regimens that was never weighed for a patient, and why.

A class has thousands of statements that a patient's results do not reach. They are looked at in groups: those that ask
for the same are missed for the same reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.biomarker_status import BiomarkerStatus, Status
from matcher.conflicts import FOR, speaks
from matcher.facts import ELSEWHERE, SERVED, Item, asks_only_absence, relation_of
from matcher.remedies import Blocker
from matcher.scope import Asks, Record, Said

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.biomarker_status import StatusBoard
    from matcher.facts import Query
    from matcher.scope import Scope


class Reason(NamedTuple):
    """Why a statement was never considered: a criterion that it misses, and the sentence that tells it.

    `said_by` names the rule whose sentence it is, or else a phrase of `why_not`; `values` fill the sentence.
    """

    criterion: str
    verdict: str
    said_by: str
    values: tuple[tuple[str, str], ...]
    recoverable: bool = False


Reasons = tuple[Reason, ...]

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
    reasons: Reasons = ()


class InTheWay(NamedTuple):
    """What keeps a statement out, most blocking first: how many criteria failed, whether one stays so, how many are
    open.
    """

    blockers: tuple[Blocker, ...]
    failed: int
    is_lasting: bool
    open: int


def in_the_way(blockers: tuple[Blocker, ...]) -> InTheWay:
    """What keeps a statement out, of blockers that are in order."""
    failed = [blocker for blocker in blockers if blocker.verdict == "fail"]
    is_lasting = any(not blocker.recoverable for blocker in failed)
    return InTheWay(blockers, len(failed), is_lasting, len(blockers) - len(failed))


class Why(NamedTuple):
    """Why statements were not considered, in the order in which a board would ask, and what that puts in the way: the
    same objects for all that miss the same.
    """

    reasons: Reasons
    way: InTheWay


class Standing(NamedTuple):
    """How a patient stands to statements; `why` is None where it rests on more of them than what they ask for."""

    status: BiomarkerStatus | None
    relation: str
    why: Why | None


class Unweighed(NamedTuple):
    """Statements that were never considered, by name: alike in what they ask for and say, and in why."""

    asks: Asks
    says: str
    level: str
    status: BiomarkerStatus | None
    relation: str
    why: Why
    said: tuple[Said, ...]

    def item(self, said: Said) -> Item:
        """One of them as something that may be considered."""
        return Item(said.name, said.regimen, said.record, self.status, self.relation)

    def statements(self) -> Iterator[tuple[int, Statement]]:
        """Each of them, with its place among all statements."""
        for said in self.said:
            yield said.place, Statement(self.item(said), self.says, self.why.reasons)


def unweighed_of(scope: Scope, considered: Mapping[str, Item], standings: Standings) -> tuple[Unweighed, ...]:
    """What is said of a scope's regimens, but for the statements that were considered, which are given by name."""
    names = considered.keys() & scope.named.keys()
    reached = {scope.named[name][1] for name in names}
    found: list[Unweighed] = []
    for asks, alikes in scope.statements.items():
        status, relation, why = standings.of(asks)
        for says, level, every in alikes:
            said = tuple([each for each in every if each.name not in names]) if asks in reached else every
            if why is not None and said:
                found.append(Unweighed(asks, says, level, status, relation, why, said))
            elif said:
                apart: dict[int, tuple[Why, list[Said]]] = {}
                for each in said:
                    own = standings.untransferred(each.record, relation)
                    apart.setdefault(id(own), (own, []))[1].append(each)
                found += [Unweighed(asks, says, level, status, relation, own, tuple(of)) for own, of in apart.values()]
    return tuple(found)


def weighed_of(scope: Scope, considered: Mapping[str, Item]) -> tuple[Statement, ...]:
    """What is said of a scope's regimens by statements that were considered, by kind and id."""
    names = sorted(considered.keys() & scope.named.keys(), key=lambda name: scope.named[name][0])
    return tuple(Statement(considered[name], speaks(considered[name].record)) for name in names)


class Standings:
    """How a patient stands to statements: hundreds that share biomarkers and tumor types, each looked at once."""

    def __init__(self, knowledge: KnowledgeBase, board: StatusBoard, query: Query) -> None:
        self._knowledge, self._board, self._query = knowledge, board, query
        self._known: dict[Asks, Standing] = {}
        self._relations: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
        self._of_profile: dict[str, Reason] = {}
        self._whys: dict[tuple[object, ...], Why] = {}
        self._around: dict[tuple[type[Record], str | bool | None, str, bool], tuple[Reasons, Reasons]] = {}
        self._ways: dict[tuple[Blocker, ...], InTheWay] = {}
        self._ways_beside: dict[tuple[int, str], InTheWay] = {}
        self.told: dict[tuple[str, str], dict[int, Any]] = {}
        """What forms of answers have made of the reasons, which are kept here, so that their identity stays theirs."""

    def of(self, asks: Asks) -> Standing:
        """How the patient stands to statements that ask for this."""
        found = self._known.get(asks)
        if found is None:
            status = self._board.profile(asks.profile) if asks.profile else None
            relation = self._relation(asks)
            is_present = status is not None and status.status is Status.PRESENT
            why = None if is_present and asks.kind is Evidence else self._why(asks, status, relation)
            found = self._known[asks] = Standing(status, relation, why)
        return found

    def _relation(self, asks: Asks) -> str:
        key = asks.tumor_types, asks.excluded
        found = self._relations.get(key)
        if found is None:
            found = self._relations[key] = relation_of(self._query.tumor, *key, self._knowledge)
        return found

    def _why(self, asks: Asks, status: BiomarkerStatus | None, relation: str) -> Why:
        key = asks.kind, None if status is None else status.id, relation, asks.own
        found = self._whys.get(key)
        if found is None:
            beside = self._beside(asks.kind, asks.own, relation, status is None)
            first, last = beside
            is_open = status is not None and status.status is not Status.PRESENT
            between = (self._biomarker(status),) if status is not None and is_open else ()
            reasons = (*first, *between, *last)
            alike = id(beside), between[0].verdict if between else ""
            way = self._ways_beside.get(alike)
            if way is None:
                way = self._ways_beside[alike] = self._way(reasons)
            found = self._whys[key] = Why(reasons, way)
        return found

    def _way(self, reasons: Reasons) -> InTheWay:
        """What reasons put in the way: the same object for reasons of the same criteria."""
        blockers = tuple(sorted(Blocker(each.criterion, each.verdict, "", each.recoverable) for each in reasons))
        return self._ways.setdefault(blockers, in_the_way(blockers))

    def _beside(
        self, kind: type[Record], own: str | bool | None, relation: str, is_without_biomarker: bool
    ) -> tuple[Reasons, Reasons]:
        """The reasons of such statements before the one about their biomarker, and those after it."""
        key = kind, own, relation, is_without_biomarker
        found = self._around.get(key)
        if found is None:
            first = (UNKNOWN_STATUS,) if kind is Trial and own is None else ()
            found = self._around[key] = first, tuple(self._after(*key))
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

    def untransferred(self, record: Record, relation: str) -> Why:
        """Why evidence whose biomarker is present was not considered."""
        assert isinstance(record, Evidence)
        key = relation, record.direction, record.significance, record.level, record.profile
        found = self._whys.get(key)
        if found is None:
            reasons = tuple(self._not_carried(record, relation))
            found = self._whys[key] = Why(reasons, self._way(reasons))
        return found

    def _not_carried(self, record: Evidence, relation: str) -> Iterator[Reason]:
        if relation == "other":
            yield OTHER_TUMOR
        if relation not in ELSEWHERE:
            yield Reason("biomarker", "fail", "asks-for-nothing", ())
        elif speaks(record) != FOR:
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
