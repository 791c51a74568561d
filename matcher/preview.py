"""What a decision on curated evidence would change: patients of a registry, with causes, and rules that fire or stop.

Four steps, each for those alone whom the one before could not rule out. An answer is a function of the patient's files,
the rules and what the graph was asked; the rules see nothing but facts.

1. Who asked the graph nothing that it would answer differently keeps their answer (`matcher.footprints`).
2. Who asked some of it is stated anew on both graphs: where the same facts come out, the answer is the same.
3. Where facts differ the rules run on both, and the answers are compared.
4. What is different is told with the facts that did it, the items that they come from, and the rules on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kb.curation.graph import changes
from kb.errors import KnowledgeError, UnknownItem
from kb.layered import Layer, LayeredKnowledge, Stored
from matcher.case import Matched, Prepared, Source, prepared, read_patient
from matcher.facts import case_of, regimen_label
from matcher.footprints import Footprint, Footprints
from matcher.local_evidence import local_evidence
from matcher.notes import UnusableInput
from matcher.readers.opened_files import opened_files
from matcher.recommend import answer_about, words
from matcher.registry import LeftOut, Member, registry
from matcher.timeline import APPEARED, DISAPPEARED, RANK, TIER, Move, Reason, difference
from rules.memory import memory
from rules.wording import Wording

if TYPE_CHECKING:
    from pathlib import Path

    from kb.curation.proposed import Proposal
    from kb.graph import KnowledgeBase
    from kb.layered import Key
    from matcher.case import Request
    from matcher.facts import Case
    from matcher.recommend import Answer
    from rules.facts import Derivation, Derivations
    from rules.language import RuleSet
    from rules.memory import Change

SEVERE = (APPEARED, DISAPPEARED, TIER)
"""What changes which regimens are recommended, or in which tier."""

Watch = Callable[[int, int], None]
"""Is told how many of how many patients are done."""


class Firing(NamedTuple):
    """What a rule does differently for one patient: how often more and less it fires, and whether it starts or stops.

    `example` is what it now says, or said.
    """

    rule: str
    more: int
    less: int
    starts: bool
    stops: bool
    example: str


@dataclass(frozen=True)
class PatientChange:
    """One patient whose answer differs: moves of regimens, those to avoid, and what the rules do differently.

    `name` is the patient's file in the registry. `first` are the leading regimens before and after. `causes` are the
    items behind each move, by its place in `every`.
    """

    name: str
    patient: str
    tumor: str
    jurisdiction: str
    moves: tuple[Move, ...]
    avoid: tuple[Move, ...]
    no_longer_avoid: tuple[Move, ...]
    first: tuple[tuple[str, ...], tuple[str, ...]]
    firings: tuple[Firing, ...]
    ids: frozenset[str]

    @property
    def severe(self) -> tuple[Move, ...]:
        """The regimens that appear, disappear or change tier."""
        return tuple(each for each in self.moves if each.what in SEVERE)

    @property
    def other(self) -> tuple[Move, ...]:
        """The recommended regimens that keep their tier and differ in findings, levels or marks."""
        return tuple(each for each in self.moves if _is_told(each) and each.what not in (*SEVERE, RANK))

    @property
    def ranks(self) -> tuple[Move, ...]:
        """The recommended regimens that only change places."""
        return tuple(each for each in self.moves if each.what == RANK)

    @property
    def unrecommended(self) -> tuple[Move, ...]:
        """The regimens that are recommended neither before nor after, with other findings."""
        return tuple(each for each in self.moves if not _is_told(each))

    @property
    def changes_recommendation(self) -> bool:
        """Whether a regimen appears, disappears, changes tier or comes first, or advice to avoid one comes or goes."""
        return bool(self.severe or self.avoid or self.no_longer_avoid or self.first[0] != self.first[1])

    def causes(self, move: Move) -> tuple[str, ...]:
        """The items that moved a regimen, by id; for a mere change of rank those behind what it changed places with.

        Where the facts name none of them, all items of the preview may have: none is told.
        """
        found = {id for reason in move.reasons for id in self._named(reason)}
        if not found and move.what == RANK:
            passed = (each for each in self.moves if each.regimen in move.passed and each.what != RANK)
            found = {id for each in passed for id in self.causes(each)}
        return tuple(sorted(found))

    def rules_of(self, move: Move) -> tuple[str, ...]:
        """The rules on the shortest way from the items to the change of a regimen, nearest to the items first.

        The way begins at what an item says; where that changes nothing itself, at another fact about it.
        """
        mine = self.reasons_of(move)
        ways = ((each.fact.predicate != "evidence", len(each.rules), each.rules) for each in mine)
        return min(ways, default=(False, 0, ()))[2]

    def reasons_of(self, move: Move) -> tuple[Reason, ...]:
        """The facts behind a move that speak of an item of the preview."""
        return tuple(reason for reason in move.reasons if any(self._named(reason)))

    def _named(self, reason: Reason) -> Iterator[str]:
        """The items that a fact of a reason speaks of."""
        for _, value in reason.fact.fields:
            if isinstance(value, str) and value in self.ids:
                yield value


class RuleTurn(NamedTuple):
    """What a rule does differently over a registry.

    `more` and `less` count firings; `starts` are the patients for whom it fires and did not, `stops` the reverse.
    `sentence` is what the rule says, with its variables; `example` what it says of a patient.
    """

    rule: str
    sentence: str
    cites: tuple[str, ...]
    more: int
    less: int
    patients: tuple[str, ...]
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class Preview:
    """What a proposal would change for the patients of a folder.

    `unchanged` are patients who were matched again with the same answer; `untouched` those whose answer rests on
    nothing that would be different. `problems` are patients' files that cannot be matched, `left_out` files that give
    no patient.
    """

    proposal: Proposal
    folder: Path | None
    as_of: str
    release: str
    digest: str
    rules_digest: str
    changed: tuple[PatientChange, ...]
    unchanged: tuple[str, ...]
    untouched: tuple[str, ...]
    problems: tuple[LeftOut, ...]
    left_out: tuple[LeftOut, ...]
    rules: tuple[RuleTurn, ...]
    fresh: int
    """How many patients had no footprint in the cache that still holds."""
    told: tuple[str, ...] = ()
    """Each act in one line."""

    @cached_property
    def moved(self) -> tuple[PatientChange, ...]:
        """The patients whose recommendation changes."""
        return tuple(each for each in self.changed if each.changes_recommendation)

    @cached_property
    def shifted(self) -> tuple[PatientChange, ...]:
        """The patients of whom the same is recommended and avoided, with other findings, levels or ranks."""
        return tuple(each for each in self.changed if not each.changes_recommendation)

    @property
    def patients(self) -> int:
        """How many patients could be matched."""
        return len(self.changed) + len(self.unchanged) + len(self.untouched)


def preview(
    base: KnowledgeBase,
    proposal: Proposal,
    template: Request,
    rules: RuleSet,
    evaluator: str = "sql",
    cache: Path | None = None,
    watch: Watch | None = None,
) -> Preview:
    """What a proposal on items of this base would change for the patients of a registry.

    `template` names the registry's folder as its path, and has the options and the day that count for every patient.
    Footprints are read from and written to the folder `cache`, where one is given. UnusableInput for no such folder.
    """
    stored = Stored(base)
    layers = tuple(Layer(stored, changes(base.store, each)) for each in (proposal.before, proposal.after))
    found = _Registry(layers, template, rules, evaluator, frozenset(_ids(proposal)), cache)
    found.run(watch or (lambda done, of: None))
    return Preview(
        proposal,
        template.path,
        template.as_of,
        base.release,
        base.digest,
        rules.digest,
        tuple(sorted(found.changed, key=_weight)),
        tuple(found.unchanged),
        tuple(found.untouched),
        tuple(found.problems),
        found.left_out,
        _turns(found.changed, rules),
        found.fresh,
        tuple(_told(proposal, base)),
    )


def unseen(base: KnowledgeBase, proposal: Proposal, as_of: str, rules: RuleSet) -> Preview:
    """A preview of a proposal without a registry: it tells what would be decided, and of no patient."""
    about = base.release, base.digest, rules.digest
    return Preview(proposal, None, as_of, *about, (), (), (), (), (), (), 0, tuple(_told(proposal, base)))


def _told(proposal: Proposal, base: KnowledgeBase) -> Iterator[str]:
    """Each act in one line, with what an evidence item of the graph says."""
    for each in proposal.acts:
        if each.item is not None:
            yield each.label
            continue
        try:
            said = base.evidence_item(each.id)
        except UnknownItem:
            yield each.label
            continue
        verb = said.significance if said.direction == "supports" else f"no {said.significance}"
        told = f"{said.profile}: {verb} to {regimen_label(said.regimen)} in {', '.join(said.tumor_types)}"
        yield f"{each.label}: {told} (level {said.level}, {', '.join(source.label for source in said.sources)})"


def _ids(proposal: Proposal) -> Iterator[str]:
    """The ids by which facts name the items of a proposal."""
    for each in proposal.acts:
        yield each.id


class _Registry:
    """One preview at work."""

    def __init__(
        self,
        layers: tuple[Layer, ...],
        template: Request,
        rules: RuleSet,
        evaluator: str,
        ids: frozenset[str],
        cache: Path | None,
    ) -> None:
        self.layers, self.template, self.rules, self.evaluator, self.ids = layers, template, rules, evaluator, ids
        self.footprints = Footprints(layers[0], template, cache)
        self.shared = tuple(LayeredKnowledge(each) for each in layers)
        self.changed: list[PatientChange] = []
        self.unchanged: list[str] = []
        self.untouched: list[str] = []
        self.problems: list[LeftOut] = []
        self.left_out: tuple[LeftOut, ...] = ()
        self.fresh = 0

    def run(self, watch: Watch) -> None:
        """Every patient of the registry."""
        found = registry(self.template.path, self.template)
        read: set[Path] = set()
        described = list(found.described())
        looked = list(self._footprints([each for each in described if isinstance(each, Member)], watch, read))
        alone = list(found.alone(read, self.template))
        looked += self._footprints([each for each in alone if isinstance(each, Member)], watch, read)
        self.problems += [each for each in (*described, *alone) if isinstance(each, LeftOut)]
        self.left_out = found.unexplained(read)
        self.footprints.save()
        touched = self.footprints.touched(self.layers[1])
        waiting = []
        for member, footprint in looked:
            if footprint.asked & touched:
                waiting.append(member)
            elif footprint.problem is not None:
                self.problems.append(LeftOut(member.name, *footprint.problem))
            else:
                self.untouched.append(member.name)
        for number, member in enumerate(waiting):
            watch(number, len(waiting))
            self._compare(member)

    def _footprints(
        self, members: Sequence[Member], watch: Watch, read: set[Path]
    ) -> Iterator[tuple[Member, Footprint]]:
        """The members with their footprints, taken where none holds; the files that they read are added to `read`."""
        from pathlib import Path

        for number, member in enumerate(members):
            found = self.footprints.of(member.name)
            if found is None:
                watch(number, len(members))
                found = self._taken(member)
            read.update(Path(path) for path, _ in found.files if Path(path) != member.request.path.absolute())
            yield member, found

    def _taken(self, member: Member) -> Footprint:
        """What a patient's answer rests on, seen while the facts are stated: the rules ask the graph nothing."""
        self.fresh += 1
        asked: set[Key] = set()
        knowledge = LayeredKnowledge(self.layers[0], asked)
        patient, tumor = "", ""
        problem: tuple[str, str] | None = None
        with opened_files() as files:
            try:
                stated = _stated(member.request, knowledge)
                patient, tumor = stated.ready.patient.id, stated.ready.query.tumor.code
            except (UnusableInput, KnowledgeError) as error:
                problem = _problem(error)
        return self.footprints.take(member.name, files, asked, patient, tumor, problem)

    def _compare(self, member: Member) -> None:
        """Match a patient on both graphs, and keep what differs."""
        before, after = (_stated_or_not(member.request, each) for each in self.shared)
        if not isinstance(before, _Stated):
            only = "" if not isinstance(after, _Stated) else "only the decision would make it one that can be matched: "
            self.problems.append(LeftOut(member.name, only + before[0], before[1]))
            return
        if not isinstance(after, _Stated):
            self.problems.append(LeftOut(member.name, f"could not be matched any more: {after[0]}", after[1]))
            return
        if before.is_as(after):
            self.unchanged.append(member.name)
            return
        found = self._difference(member, before, after)
        if found is None:
            self.unchanged.append(member.name)
        else:
            self.changed.append(found)

    def _difference(self, member: Member, before: _Stated, after: _Stated) -> PatientChange | None:
        with memory(self.evaluator, self.rules, before.case.facts) as held:
            was = before.matched(held.derivations, self.rules)
            given, stated = held.derivations.given, set(after.case.facts)
            change = held.arrive([each for each in after.case.facts if each not in given], given - stated)
            now = after.matched(held.derivations, self.rules)
        ids = _options_of(change)
        old, new = answer_about(was, ids), answer_about(now, ids)
        moved = difference(old, new, change)
        firings = tuple(_firings(old, new, change))
        if not moved and not firings:
            return None
        query = new.matched.query
        return PatientChange(
            member.name,
            new.matched.patient.id,
            query.tumor.code,
            query.jurisdiction,
            moved.moves,
            moved.avoid,
            moved.no_longer_avoid,
            (_first(old), _first(new)),
            firings,
            self.ids,
        )


class _Stated(NamedTuple):
    """A patient with the facts that one graph states, and all of it that the answer is made from beside the rules."""

    ready: Prepared
    case: Case
    source: Source
    knowledge: KnowledgeBase
    local: object

    def is_as(self, other: _Stated) -> bool:
        """Whether the answers must be the same: rules conclude from facts, and an answer is told from these parts."""
        mine, others = self.case, other.case
        return (
            mine.facts == others.facts
            and mine.items == others.items
            and mine.labels == others.labels
            and mine.cautions == others.cautions
            and self.local == other.local
            and self.ready.notes == other.ready.notes
        )

    def matched(self, derivations: Derivations, rules: RuleSet) -> Matched:
        """The patient with what the rules concluded."""
        ready = self.ready
        return Matched(
            ready.patient,
            ready.query,
            ready.board,
            self.case,
            derivations,
            rules,
            self.knowledge,
            ready.notes,
            self.source,
        )


def _stated(request: Request, knowledge: KnowledgeBase) -> _Stated:
    """The patient of a request with the facts that a graph states; UnusableInput and KnowledgeError as of a match."""
    read = read_patient(request)
    ready = prepared(request, read, knowledge)
    case = case_of(ready.patient, ready.query, ready.board, knowledge)
    source = Source(request, read)
    bare = Matched(ready.patient, ready.query, ready.board, case, None, None, knowledge, ready.notes, source)  # type: ignore[arg-type]
    return _Stated(ready, case, source, knowledge, local_evidence(bare))


def _options_of(change: Change) -> frozenset[str]:
    """The options of which something else is derived: all others are as they were, but for their ranks."""
    found = (fact.get("id") if fact.predicate == "option" else fact.get("option") for fact in change.facts)
    return frozenset(str(each) for each in found if each is not None)


def _stated_or_not(request: Request, knowledge: KnowledgeBase) -> _Stated | tuple[str, str]:
    """As `_stated`; where the patient cannot be matched, why, and the remedy."""
    try:
        return _stated(request, knowledge)
    except (UnusableInput, KnowledgeError) as error:
        return _problem(error)


def _problem(error: UnusableInput | KnowledgeError) -> tuple[str, str]:
    """What keeps a patient from being matched, and the remedy; the place is told already."""
    return (error.reason, error.remedy) if isinstance(error, UnusableInput) else (str(error), "")


def _first(found: Answer) -> tuple[str, ...]:
    """The regimen that leads; empty where nothing is recommended."""
    return found.recommendations[0].option.regimen if found.recommendations else ()


def _is_told(move: Move) -> bool:
    return move.tiers != (None, None)


def _weight(change: PatientChange) -> tuple[object, ...]:
    """The patients with the greatest changes first, then by name."""
    return not change.changes_recommendation, not change.severe, change.name


def _firings(old: Answer, new: Answer, change: Change) -> Iterator[Firing]:
    """What each rule does differently for a patient, by rule."""
    gained: dict[str, list[Derivation]] = {}
    lost: dict[str, list[Derivation]] = {}
    for fact in change.facts:
        turn = change.turn(fact)
        for found, ways in ((gained, turn.gained), (lost, turn.lost)):
            for way in ways:
                found.setdefault(way.rule, []).append(way)
    wordings = [Wording(each.matched.rules, "en", words(each.matched.case)) for each in (new, old)]
    for rule in sorted({*gained, *lost}):
        more, less = gained.get(rule, []), lost.get(rule, [])
        starts = bool(more) and not _fires(rule, old.matched.derivations, more)
        stops = bool(less) and not _fires(rule, new.matched.derivations, less)
        example = wordings[0].derivation(min(more)) if more else wordings[1].derivation(min(less))
        yield Firing(rule, len(more), len(less), starts, stops, example)


def _fires(rule: str, derivations: Derivations, ways: Sequence[Derivation]) -> bool:
    """Whether a rule fires at all; `ways` are firings that show what it concludes."""
    predicate = ways[0].conclusion.predicate
    return any(way.rule == rule for fact in derivations.concluded(predicate) for way in derivations.derived[fact])


def _turns(changed: Iterable[PatientChange], rules: RuleSet) -> tuple[RuleTurn, ...]:
    """What the rules do differently over the patients: those that start or stop first, then in the rules' own order."""
    found: dict[str, list[tuple[str, Firing]]] = {}
    for patient in changed:
        for firing in patient.firings:
            found.setdefault(firing.rule, []).append((patient.name, firing))
    named = {rule.name: rule for rule in rules.rules}
    stratum = {rules.rules[place].name: number for number, places in enumerate(rules.strata) for place in places}
    turns = (
        RuleTurn(
            name,
            named[name].sentence(),
            named[name].cites,
            sum(firing.more for _, firing in each),
            sum(firing.less for _, firing in each),
            tuple(sorted(patient for patient, _ in each)),
            tuple(sorted(patient for patient, firing in each if firing.starts)),
            tuple(sorted(patient for patient, firing in each if firing.stops)),
            each[0][1].example,
        )
        for name, each in found.items()
    )
    return tuple(sorted(turns, key=lambda turn: (not turn.starts and not turn.stops, stratum[turn.rule], turn.rule)))
