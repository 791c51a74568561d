"""The smallest changes of a patient that would have an option recommended: each found by matching the patient again."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, product
from typing import TYPE_CHECKING, NamedTuple

from kb.indication import Indication
from kb.trial import Trial
from matcher.biomarker_status import Status
from matcher.case import Matched, Prepared, Request, Source, prepared
from matcher.edits import ACTIONS, Edit, Read, edited
from matcher.facts import ELSEWHERE, Case, Item, case_of, relation_of
from matcher.notes import UnusableInput
from matcher.observations import Edits
from matcher.reimbursement import PLAN
from matcher.remedies import Blocker, Ground, biomarker_ways, profiles_of, remedies
from matcher.scope import Selection, best_tier, narrowed
from matcher.stated import Stated
from matcher.tier_rules import forms, tiers, unsettling
from rules.join_engine import Sound, concluded, derived
from rules.prune import resting

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.biomarker_status import BiomarkerStatus
    from matcher.facts import Query
    from matcher.misses import Misses
    from matcher.scope import Scope, Selecting
    from rules.facts import Derivations, Fact
    from rules.language import RuleSet

CONCLUSIONS = ("option", "finding", "recommendation", "flag", "lowered", "avoid", "contraindicated", "unsettled")
"""What must be concluded to say whether an option is recommended, and why not."""

AT_MOST = 3
"""No more changes than this are put together; a test that needs several results counts as one."""

WORK = 1500
"""The search ends once so much was stated of the changed patients: facts, and EACH for a match."""

LESS = 1100
"""The same once SOME changes are found: the search for further ones ends sooner."""

SOME = 3
"""So many changes are some."""

EACH = 60
"""What a match costs beside its facts, in facts."""

TOLD = 8
"""So many statements that the answer tells cost what a fact of a changed patient does: a broad class leaves less, but
always half of the bound.
"""

FLIPS = 5
"""At most so many sets of changes are named."""

NEAREST = 40
"""So many statements, the nearest first, are asked what they would need."""


class Flip(NamedTuple):
    """A smallest set of changes: with all of them the option is recommended in this tier, which its regimen did not
    have; with fewer no option asked for gains as much.

    `flags` are the marks on that recommendation (`to confirm`, `authorized elsewhere`, ...).
    """

    edits: Edits
    tier: str
    option: str
    regimen: tuple[str, ...]
    flags: tuple[str, ...]


class Attempt(NamedTuple):
    """Changes that are not enough, and the findings that then still keep the option out; `matched` proves them."""

    edits: Edits
    option: str
    regimen: tuple[str, ...]
    left: tuple[Blocker, ...]
    matched: Matched


class Changes(NamedTuple):
    """What a search found: the patient was changed and matched again `tried` times, for `asked` of `known` statements.

    `cut` says that it ended before everything that it could think of was tried.
    """

    flips: tuple[Flip, ...]
    attempts: tuple[Attempt, ...]
    tried: int
    asked: int
    known: int
    cut: bool


@dataclass(frozen=True)
class State:
    """The patient after some edits, as far as it bears on the regimens asked for.

    `tiers` are the option ids that are recommended, with their tiers; `unsettling` the criteria that keep an option out
    where they are undetermined. `conclude` derives everything else, once it is asked for.
    """

    case: Case
    tiers: Mapping[str, str]
    unsettling: Collection[str]
    conclude: Callable[[], Matched]

    @cached_property
    def matched(self) -> Matched:
        """The patient matched."""
        return self.conclude()

    @cached_property
    def blockers(self) -> dict[str, tuple[Blocker, ...]]:
        """By option, the findings that keep it out."""
        found: dict[str, list[Blocker]] = {}
        findings = tuple(self.matched.derivations.unordered("finding"))
        place = {name: number for number, (name, _) in enumerate(findings[0].fields)} if findings else {}
        for _, fields in findings:
            verdict = fields[place["verdict"]][1]
            if verdict == "fail" or (verdict == "undetermined" and fields[place["criterion"]][1] in self.unsettling):
                told = dict(fields)
                blocker = Blocker(str(told["criterion"]), verdict, str(told["about"]), told["recoverable"] is True)
                found.setdefault(str(told["option"]), []).append(blocker)
        return {name: tuple(sorted(each)) for name, each in found.items()}


class Known(NamedTuple):
    """The facts of a case that were checked, each once; `key` is the same for the same facts."""

    key: frozenset[int]
    given: list[Fact]


class Edited:
    """A patient's edits as far as they were made ready, and what was stated of them: for all questions about one."""

    def __init__(self, rules: RuleSet) -> None:
        self.ready: dict[Edits, Prepared | None] = {}
        self.sources: dict[Edits, Source] = {}
        self.stated = Stated()
        self.sound = Sound(rules)


KEPT = "edited"
MOST_EDITED = 400
"""So many edits of a patient are kept before all are forgotten."""


def _edited_of(matched: Matched, rules: RuleSet) -> Edited:
    """What is kept of a patient's edits."""
    found = matched.kept.get(KEPT)
    if not isinstance(found, Edited) or len(found.ready) > MOST_EDITED:
        found = matched.kept[KEPT] = Edited(rules)
    return found


class _Conclusions:
    """What follows from the facts of cases: edits that change no fact lead to what was derived before.

    It knows nothing of the states that ask for it, so that a question leaves no cycle for the garbage collector.
    """

    def __init__(self, rules: RuleSet, of_tiers: RuleSet, sound: Sound) -> None:
        self._rules, self._of_tiers, self._sound = rules, of_tiers, sound
        self._derived: dict[frozenset[int], Derivations] = {}
        self._tiers: dict[frozenset[int], tuple[Fact, ...]] = {}

    def known(self, case: Case) -> Known:
        """The facts of a case as the engine knows them, and what they are known by."""
        given = self._sound.by_identity(case.facts)
        return Known(frozenset(given), list(given.values()))

    def of(self, known: Known) -> Derivations:
        """Everything that says whether options are recommended, and why not."""
        found = self._derived.get(known.key)
        if found is None:
            found = self._derived[known.key] = derived(self._rules, known.given)
        return found

    def tiers(self, known: Known) -> tuple[Fact, ...]:
        """The recommendations alone, by the rules that tell them."""
        if known.key in self._derived:
            return self._derived[known.key].concluded("recommendation")
        found = self._tiers.get(known.key)
        if found is None:
            found = self._tiers[known.key] = concluded(self._of_tiers, known.given, "recommendation")
        return found


class _Edited(NamedTuple):
    """A patient after edits, and the profiles whose statuses may be others than as given (None: any of them)."""

    ready: Prepared
    moved: frozenset[str] | None


class Bench:
    """A patient who can be matched again after edits, for some regimens alone."""

    def __init__(self, matched: Matched, scope: Scope) -> None:
        self.matched, self.scope = matched, scope
        self.rules = resting(matched.rules, CONCLUSIONS)
        self.of_tiers = resting(matched.rules, ("recommendation",))
        self.unsettling = unsettling(self.rules)
        self.tried = self.weighed = 0
        self._states: dict[tuple[frozenset[Edit], Regimen | None, str], State | None] = {}
        self._paid: dict[Regimen, frozenset[str]] = {}
        self._in_vain: dict[tuple[frozenset[Edit], str], _Edited] = {}
        self._carried_before: dict[str, frozenset[Regimen]] = {}
        self._edits = _edited_of(matched, self.rules)
        self.stated = self._edits.stated
        self._conclusions = _Conclusions(self.rules, self.of_tiers, self._edits.sound)
        self._given = _Edited(Prepared(matched.patient, matched.query, matched.board, matched.notes), frozenset())
        self.own = self._as_given()
        """The patient as given."""
        self._now = _tiers_by_regimen(self.own)

    @property
    def knowledge(self) -> KnowledgeBase:
        """What is known."""
        return self.matched.knowledge

    def state(self, edits: Edits, regimen: Regimen | None = None, tier: str | None = None) -> State | None:
        """The patient after these edits; None where they cannot be made, or leave nothing that can be matched.

        Matched for one regimen alone where one is named, else for those that can be recommended then, and in this tier
        or a better one where one is named.
        """
        tier = tier or tiers()[-1]
        key = frozenset(edits), regimen, "" if regimen is not None else tier
        if key not in self._states:
            self.tried += 1
            ready = self.ready(edits)
            if ready is None:
                self._states[key] = None
            elif regimen is not None:
                self._states[key] = self._matched_again(ready, frozenset((regimen,)))
            else:
                self._states[key] = self._of_those_in_reach(edits, ready, tier)
        return self._states[key]

    def _of_those_in_reach(self, edits: Edits, ready: Prepared, tier: str) -> State:
        """The patient matched for the regimens that can gain; that nothing was gained is kept for larger sets."""
        after = _Edited(ready, self._moved(ready))
        state = self._matched_again(ready, self._in_reach(edits, after, tier), by_tiers=True)
        if self.gained(state) is None:
            self._in_vain[frozenset(edits), tier] = after
        return state

    def gained(self, state: State) -> str | None:
        """The option that gains the best tier for its regimen, better than it has; by name among equals."""
        order, items = tiers(), state.case.items
        gained = [
            (order.index(tier), name)
            for name, tier in state.tiers.items()
            if order.index(tier) < self._now.get(items[name].regimen, len(order))
        ]
        return min(gained)[1] if gained else None

    def may_gain(self, item: Item) -> bool:
        """Whether the rules may recommend an item in a better tier than its regimen has now."""
        now = self._now.get(item.regimen)
        return now is None or best_tier(item.record, self.matched.rules) < now

    def _in_reach(self, edits: Edits, after: _Edited, tier: str) -> frozenset[Regimen]:
        """The regimens that can gain: not in the best tier now, with a statement that may carry a recommendation in
        this tier or a better one, and with a statement that bears on them and to which the patient stands otherwise
        than as given, and otherwise than after a part of the edits by which nothing was gained.

        A statement may where the rules give such a tier to its form (matcher/tier_rules.py), and where its biomarker is
        present or it asks for none; any may where the rules recommend options whose biomarker is not settled.
        """
        here, (ready, moved) = self._open_to_more, after
        if not here or "biomarker" not in self.unsettling:
            return here
        found = here & self._carried(ready, moved, tier)
        for before in (self._given, *self._parts_in_vain(edits, tier)):
            if moved is not None and before.moved is not None and _is_like_but_for_results(before.ready, ready):
                asked = moved | before.moved
                found = frozenset(each for each in found if self._stands_otherwise(each, asked, before.ready, ready))
        return found

    def _parts_in_vain(self, edits: Edits, tier: str) -> Iterator[_Edited]:
        """The largest proper parts of some edits that were tried for this tier or worse, and gained nothing."""
        as_much = tiers()[tiers().index(tier) :]
        for left in range(len(edits)):
            part = frozenset((*edits[:left], *edits[left + 1 :]))
            found = next((self._in_vain[part, each] for each in as_much if (part, each) in self._in_vain), None)
            if found is not None:
                yield found

    def _stands_otherwise(self, regimen: Regimen, moved: frozenset[str], before: Prepared, after: Prepared) -> bool:
        """Whether the patient stands otherwise to a profile, of those that moved, on which facts of a regimen rest."""
        asked = moved & narrowed(self.scope, (regimen,), self.knowledge).profiles.keys()
        if after.query.jurisdiction == "CN":
            asked |= self._paid_for(regimen)
        return any(_tells_otherwise(before.board.profile(each), after.board.profile(each)) for each in asked)

    def _paid_for(self, regimen: Regimen) -> frozenset[str]:
        """The profiles for which the plan pays for a regimen."""
        found = self._paid.get(regimen)
        if found is None:
            rows = self.knowledge.coverage(regimen, PLAN)
            found = self._paid[regimen] = frozenset(row.profile for row in rows if row.profile is not None)
        return found

    @cached_property
    def _open_to_more(self) -> frozenset[Regimen]:
        """The regimens that are not in the best tier now."""
        items, best = self.own.case.items, tiers()[0]
        return self.scope.regimens - {items[name].regimen for name, tier in self.own.tiers.items() if tier == best}

    def _carried(self, ready: Prepared, moved: frozenset[str] | None, tier: str) -> frozenset[Regimen]:
        """The regimens with a statement that may carry them to this tier after the edits; of those to which the patient
        stands as before them, with one that might as given.
        """
        selecting = self._selecting(ready.query, tier)
        if moved is None or ready.query != self.matched.query:
            return _carried(selecting.regimens, ready, self.knowledge)
        asking = selecting.by_profile
        here = {each: selecting.regimens[each] for profile in moved for each in asking.get(profile, ())}
        return self._carried_as_given(tier) | _carried(here, ready, self.knowledge)

    def _carried_as_given(self, tier: str) -> frozenset[Regimen]:
        """The regimens with a statement that may carry them to this tier in the patient as given."""
        found = self._carried_before.get(tier)
        if found is None:
            given = self._given.ready
            selecting = self._selecting(given.query, tier).regimens
            found = self._carried_before[tier] = _carried(selecting, given, self.knowledge)
        return found

    def _selecting(self, query: Query, tier: str) -> Selecting:
        """What the statements that may carry a regimen to this tier select patients by."""
        return self.scope.selecting(query, forms(tier, self.matched.rules), self.knowledge)

    def _moved(self, ready: Prepared) -> frozenset[str] | None:
        """The profiles of the scope whose statuses may be others than as given; None where that may be all."""
        news = ready.board.news_since(self.matched.board)
        return None if news is None else self.scope.touched(news, self.knowledge)

    def _as_given(self) -> State:
        """The patient as given: what was concluded of the whole patient, where it is at hand."""
        matched = self.matched
        if not matched.derivations.given:
            return self._concluding(self._given.ready, self.scope)
        tiers = _tiers_in(matched.derivations.concluded("recommendation"), matched.case, self.scope)
        return State(matched.case, tiers, self.unsettling, lambda: matched)

    def _matched_again(self, ready: Prepared, regimens: frozenset[Regimen], *, by_tiers: bool = False) -> State:
        """The patient matched for these regimens; with `by_tiers` first by the rules alone that tell tiers."""
        scope = narrowed(self.scope, regimens, self.knowledge)
        if regimens:
            state = self._concluding(ready, scope, by_tiers=by_tiers)
        else:
            state = State(Case(), {}, self.unsettling, lambda: self._concluding(ready, scope).matched)
        self.weighed += len(state.case.facts) + EACH
        return state

    def _concluding(self, ready: Prepared, scope: Scope, *, by_tiers: bool = False) -> State:
        case = case_of(ready.patient, ready.query, ready.board, self.knowledge, scope, self.stated)
        conclusions, told = self._conclusions, (self.rules, self.knowledge, ready.notes)
        known = conclusions.known(case)

        def conclude() -> Matched:
            return Matched(ready.patient, ready.query, ready.board, case, conclusions.of(known), *told)

        recommended = conclusions.tiers(known) if by_tiers else conclusions.of(known).concluded("recommendation")
        return State(case, _tiers_in(recommended, case, scope), self.unsettling, conclude)

    def ready(self, edits: Edits) -> Prepared | None:
        """The patient after these edits, ready to be matched."""
        source = self.matched.source
        if source is None:
            return None
        known = self._edits.ready
        if edits not in known:
            try:
                known[edits] = self._prepared(*self._edited(edits, source))
            except UnusableInput:
                known[edits] = None
        return known[edits]

    def _edited(self, edits: Edits, source: Source) -> Source:
        """What the edited patient is matched from; sets of edits that begin alike share what their beginning gives."""
        if not edits:
            return source
        known = self._edits.sources
        if edits not in known:
            before = self._edited(edits[:-1], source)
            made = edited(before.request, before.read, edits[-1:], self.knowledge, edits[:-1])
            known[edits] = Source(*made)
        return known[edits]

    def _prepared(self, request: Request, read: Read) -> Prepared:
        """The edited patient, ready; what no edit touches was worked out already."""
        ready, source = prepared(request, read, self.knowledge), self.matched.source
        before = source.read[1] if source is not None else None
        if before is not None and (read[1].alterations, read[1].samples) == (before.alterations, before.samples):
            return ready._replace(board=self.matched.board)
        ready.board.follow(self.matched.board)
        return ready

    def recommended_elsewhere(self) -> list[Item]:
        """The recommended options that rest on a label of another jurisdiction."""
        here, items = self.matched.query.jurisdiction, self.own.case.items
        named = (items[name] for name in sorted(self.own.tiers))
        return [item for item in named if isinstance(item.record, Indication) and item.record.jurisdiction != here]

    def holds(self, edits: Edits, profile: str) -> bool:
        """Whether a profile is present after these edits."""
        ready = self.ready(edits)
        return ready is not None and ready.board.profile(profile).status is Status.PRESENT

    def ground(self, state: State) -> Ground:
        """The patient that remedies are sought for."""
        now, source = state.matched, self.matched.source
        written = source.read[1] if source is not None else now.patient
        return Ground(written, now.query, now.board, self.knowledge, now.case, self.holds)


def _tiers_in(recommended: Iterable[Fact], case: Case, scope: Scope) -> dict[str, str]:
    """The tiers of recommended options, as far as the scope asks for their regimens."""
    tiers = {str(fact.get("option")): str(fact.get("tier")) for fact in recommended}
    return {name: tier for name, tier in tiers.items() if case.items[name].regimen in scope.regimens}


def _carried(
    selecting: Mapping[Selection, Collection[Regimen]], ready: Prepared, knowledge: KnowledgeBase
) -> frozenset[Regimen]:
    """The regimens with a statement that may speak to the patient, by what the statements select patients by."""
    found: set[Regimen] = set()
    for selection, regimens in selecting.items():
        if not found.issuperset(regimens) and _may_hold(selection, ready, knowledge):
            found.update(regimens)
    return frozenset(found)


def _may_hold(selection: Selection, ready: Prepared, knowledge: KnowledgeBase) -> bool:
    """Whether a profile is present; where statements ask for none, whether they are for the tumor type."""
    if selection.profiles:
        found = (ready.board.profile(profile) for profile in selection.profiles)
        return any(each.status is Status.PRESENT and (each.genomic or not selection.genomic) for each in found)
    return relation_of(ready.query.tumor, selection.tumor_types, selection.excluded, knowledge) != "other"


def _is_like_but_for_results(before: Prepared, after: Prepared) -> bool:
    """Whether facts about a regimen differ between patients only by how they stand to the profiles of its scope.

    Where samples are several, and where there are organoids, facts rest on more of the results than that.
    """
    one, other = before.patient, after.patient
    if len(one.samples) != 1 or len(other.samples) != 1 or other.organoids or after.query != before.query:
        return False
    return replace(other, alterations=one.alterations, samples=one.samples) == one


def _tells_otherwise(before: BiomarkerStatus, after: BiomarkerStatus) -> bool:
    """Whether facts may follow from one status of a profile that do not from the other.

    What is not present carries nothing and speaks against nothing, whatever its parts are and why: that an option
    waits for it is all that is said.
    """
    if before is after:
        return False
    if before.status is not after.status:
        return True
    return before != after if after.status is Status.PRESENT else _seen(before) != _seen(after)


def _seen(status: BiomarkerStatus) -> tuple[object, ...]:
    return status.genomic, status.closeness, status.caution, len(status.alterations)


def changes(bench: Bench, nearest: Misses) -> Changes:
    """The smallest sets of edits after which one of the regimens is recommended, or in a better tier than now.

    `nearest` are the statements that could carry it. 1. What each lacks gives sets of edits: one remedy for each
    thing that is in the way. 2. They are tried from the smallest to the largest; the patient is matched again each
    time. 3. A set that is enough is cut down to what it needs for its tier. 4. One that is not is tried again with
    remedies for what is then in the way. A set that holds a smaller one is left out, unless it reaches a better tier.
    """
    search = _Search(bench)
    elsewhere = bench.recommended_elsewhere()
    search.run(chain(elsewhere, (miss.item for miss in nearest)), len(elsewhere) + len(nearest))
    return search.found()


class _Search:
    """Sets of edits in the order in which they are tried."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.flips: list[Flip] = []
        self.attempts: dict[str, Attempt] = {}
        self.cut = False
        self.asked, self.known = 0, 0
        self._waiting: list[tuple[int, int, Edits, Item]] = []
        self._seen: set[frozenset[Edit]] = set()
        self._barred: set[Regimen] = set()
        """Regimens of which a statement was kept out by what no change mends."""
        self._number = 0

    def want(self, item: Item, state: State, made: Edits) -> None:
        """Wait for the sets of edits that would give an item what it lacks in a state that some edits made."""
        if not self.bench.may_gain(item):
            return
        needs = needed(item, state, self.bench)
        if needs is None or len(needs) > AT_MOST:
            return
        for chosen in product(*needs):
            edits = _ordered((*made, *(edit for way in chosen for edit in way)))
            if edits and frozenset(edits) not in self._seen:
                self._seen.add(frozenset(edits))
                self._number += 1
                self._waiting.append((_steps(edits), self._number, edits, item))

    def run(self, items: Iterable[Item], known: int) -> None:
        """Try what the items lack, the nearest first: what is one step away at once, the rest after all of that.

        Where a regimen was kept out by what no change mends, its further items wait for those of other regimens.
        """
        self.known = known
        for item in self._in_turn(items):
            if self._is_enough() or self.asked >= NEAREST:
                self.cut = True
                break
            self.asked += 1
            self.want(item, self.bench.own, ())
            self._drain(1)
        self._drain(AT_MOST)
        self.cut |= any(not self._covers(edits, item) for _, _, edits, item in self._waiting)

    def _in_turn(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items as they come, those of barred regimens after all others."""
        later: list[Item] = []
        for item in items:
            if item.regimen in self._barred:
                later.append(item)
            else:
                yield item
        yield from later

    def _widest(self) -> int:
        """So many steps a set may have: one more than the smallest that is known to give the best tier there is."""
        return min((_steps(flip.edits) + 1 for flip in self.flips if flip.tier == tiers()[0]), default=AT_MOST)

    def _is_enough(self) -> bool:
        return len(self.flips) >= FLIPS or self._is_too_much(1)

    def _is_too_much(self, edits: int) -> bool:
        """Whether a set of so many edits, with its parts that are tried if it is enough, is beyond what is left of the
        bound, at EACH for a match.
        """
        bound = WORK if len(self.flips) < SOME else LESS
        parts: int = 2**edits
        return self.bench.weighed + EACH * parts > max(bound - self.known // TOLD, bound // 2)

    def _drain(self, steps: int) -> None:
        """Try what waits, the smallest first, up to so many steps."""
        self._waiting.sort(key=lambda each: each[:2])
        while self._waiting and self._waiting[0][0] <= min(steps, self._widest()) and not self._is_enough():
            _, _, edits, item = self._waiting.pop(0)
            if self._covers(edits, item):
                continue
            if self._is_too_much(len(edits)):
                self.cut = True
            else:
                self._try(edits, item)
                self._waiting.sort(key=lambda each: each[:2])

    def _covers(self, edits: Edits, item: Item) -> bool:
        """Whether a part of the edits is enough, and the item can give no better tier than that has."""
        found = [flip.tier for flip in self.flips if set(flip.edits) <= set(edits)]
        return bool(found) and (not isinstance(item.record, Indication) or tiers()[0] in found)

    def _try(self, edits: Edits, wanted: Item) -> None:
        state, name = self.bench.state(edits, wanted.regimen), wanted.id
        if state is None:
            return
        best = self.bench.gained(state)
        if best is not None:
            smallest = self._smallest(edits, state.tiers[best])
            again = state if smallest == edits else self.bench.state(smallest, tier=state.tiers[best])
            if again is not None:
                self._name(self._flip(smallest, again))
            return
        item = state.case.items.get(name)
        if item is None:
            return
        blockers = state.blockers.get(name, ())
        self.attempts.setdefault(name, Attempt(edits, name, item.regimen, blockers, state.matched))
        if any(_is_of_regimen(blocker, item) for blocker in blockers):
            self._barred.add(item.regimen)
        if _steps(edits) < AT_MOST:
            self.want(item, state, edits)

    def _smallest(self, edits: Edits, tier: str) -> Edits:
        """The smallest part of the edits that is enough for the tier; of equals the first."""
        order = tiers()
        for size in range(1, len(edits)):
            for part in combinations(edits, size):
                state = self.bench.state(part, tier=tier)
                best = self.bench.gained(state) if state is not None else None
                if state is not None and best is not None and order.index(state.tiers[best]) <= order.index(tier):
                    return part
        return edits

    def _flip(self, edits: Edits, state: State) -> Flip:
        name = self.bench.gained(state)
        assert name is not None
        regimen = state.case.items[name].regimen
        alone = self.bench.state(edits, regimen)
        assert alone is not None
        marks = (each for each in alone.matched.derivations.concluded("flag") if each.get("option") == name)
        return Flip(edits, state.tiers[name], name, regimen, tuple(sorted(str(each.get("mark")) for each in marks)))

    def _name(self, flip: Flip) -> None:
        """Keep a set of changes, unless one that is kept says as much with no more, or the same in other words."""
        order = tiers()
        for other in self.flips:
            smaller = set(other.edits) <= set(flip.edits) and order.index(other.tier) <= order.index(flip.tier)
            if smaller or (other.option == flip.option and _gist(other.edits) == _gist(flip.edits)):
                return
        kept = [
            each
            for each in self.flips
            if not (set(flip.edits) <= set(each.edits) and order.index(flip.tier) <= order.index(each.tier))
        ]
        self.flips = [*kept, flip]

    def found(self) -> Changes:
        """What was found, smallest sets first."""
        has_alterations = bool(self.bench.matched.patient.alterations)
        flips = sorted(self.flips, key=lambda flip: _order(flip, has_alterations))
        return Changes(tuple(flips), tuple(self.attempts.values()), self.bench.tried, self.asked, self.known, self.cut)


def _is_of_regimen(blocker: Blocker, item: Item) -> bool:
    """Whether no change mends what keeps an item out, and it is not about the item's own biomarker or tumor type."""
    own = (item.record.profile, ", ".join(item.record.tumor_types)) if not isinstance(item.record, Trial) else ()
    return blocker.verdict == "fail" and not blocker.recoverable and blocker.about not in own


def _ordered(edits: Iterable[Edit]) -> Edits:
    """Edits in the order in which `what-if` applies them, each once."""
    return tuple(sorted(dict.fromkeys(edits), key=lambda edit: ACTIONS.index(edit.action)))


def _order(flip: Flip, has_alterations: bool) -> tuple[int, bool, bool, bool, int]:
    """The fewest steps first; what a board can do here before another place's law; what gives a mere hypothesis after
    what has been seen in patients; a further alteration, beside those that were found, after any other test; then by
    tier.
    """
    elsewhere = any(edit.key == "jurisdiction" for edit in flip.edits)
    further = has_alterations and adds_alteration(flip.edits)
    return _steps(flip.edits), elsewhere, "hypothesis" in flip.flags, further, tiers().index(flip.tier)


def adds_alteration(edits: Edits) -> bool:
    """Whether edits add a further somatic alteration: not one that is only classified, nor one of the germline."""
    removed = any(edit.action == "remove" for edit in edits)
    return not removed and any(edit.key == "alterations" and "germline" not in edit.value for edit in edits)


def _gist(edits: Edits) -> frozenset[str]:
    """Edits without what makes one therapy another entry of the history, or one mutation of a gene another one."""
    return frozenset(map(_gist_of, edits))


def _gist_of(edit: Edit) -> str:
    if edit.key == "alterations" and "{" not in edit.value and _CHANGE.search(edit.value):
        return f"{edit.action} {edit.value.partition(' ')[0]} mutation"
    return re.sub(r", (line: \d+|setting: [^,}]+)", "", edit.text)


_CHANGE = re.compile(r" (pathogenic mutation|truncating mutation|[A-Z]\d+\S*)$")
"""A mutation as a remedy writes it after the gene."""


def _steps(edits: Edits) -> int:
    """How many changes a board would count: results of tests together are one."""
    tests = {edit.key.partition(".")[0] in {"biomarkers", "alterations"} for edit in edits}
    others = sum(edit.key.partition(".")[0] not in {"biomarkers", "alterations"} for edit in edits)
    return others + (True in tests)


def needed(item: Item, state: State, bench: Bench) -> tuple[tuple[Edits, ...], ...] | None:
    """For each thing that an item lacks in a state, the edits that may give it; None where one cannot be had."""
    ground = bench.ground(state)
    if item.id in state.tiers:
        places = remedies(Blocker("jurisdiction", "warn", "", False), item, ground)
        return (places,) if places else None
    if item.id not in state.case.items:
        return _reaching(item, ground)
    blockers = state.blockers.get(item.id, ())
    found = tuple(remedies(blocker, item, ground) for blocker in blockers)
    return found if found and all(found) else None


def _reaching(item: Item, ground: Ground) -> tuple[tuple[Edits, ...], ...] | None:
    """What puts an item in reach that is not considered: its biomarker, or its jurisdiction where it asks for none."""
    profiles = profiles_of(item)
    if profiles:
        results = tuple(dict.fromkeys(way for profile in profiles for way in biomarker_ways(profile, ground)))
        return (results,) if results else None
    places = remedies(Blocker("jurisdiction", "fail", "", False), item, ground)
    return (places,) if places and item.relation not in ELSEWHERE else None


def _tiers_by_regimen(state: State) -> dict[Regimen, int]:
    """The place of the best tier that each recommended regimen has."""
    found: dict[Regimen, int] = {}
    for name, tier in state.tiers.items():
        regimen, place = state.case.items[name].regimen, tiers().index(tier)
        found[regimen] = min(found.get(regimen, place), place)
    return found
