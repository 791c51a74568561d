"""A patient's working memory: facts arrive as events, and each event tells what it changed, and why.

However it is kept, its state after any events equals a run from scratch on the facts that are then given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

from rules.engine import Engine, engine
from rules.errors import MemoryClosed
from rules.facts import Derivation, Derivations, Derived, Fact, Value
from rules.firing import checked_facts
from rules.language import Atom, Rule, RuleSet, Variable

Ways = tuple[Derivation, ...]
Facts = dict[str, dict[Fact, None]]
"""Facts by predicate, each once, in the order in which they came."""

PREMISE, PREMISE_LOST = "premise", "premise lost"
BLOCKS, UNBLOCKS = "blocks", "no longer blocks"
COUNTED, NO_LONGER_COUNTED = "counted", "no longer counted"


class Cause(NamedTuple):
    """A given fact of an event, and its part in the change: what it did to which rule.

    `effect` is `premise` (a new premise of the rule), `premise lost`, `blocks` (it fits what the rule denies),
    `no longer blocks`, and for what a rule counts `counted` and `no longer counted`.
    """

    fact: Fact
    effect: str
    rule: str


class Turn(NamedTuple):
    """What an event did to the derivations of one fact."""

    gained: Ways
    lost: Ways


@dataclass(frozen=True)
class Change:
    """What one event changed. `added` and `removed` are the given facts that really came and went.

    `appeared` and `disappeared` are derived facts with the derivations that they have now, or had; `changed` are those
    derived before and after, in other ways. All are sorted by fact.
    """

    rules: RuleSet = field(repr=False)
    added: tuple[Fact, ...]
    removed: tuple[Fact, ...]
    appeared: Mapping[Fact, Ways]
    disappeared: Mapping[Fact, Ways]
    changed: Mapping[Fact, Turn]
    came: frozenset[Fact] = field(repr=False)
    went: frozenset[Fact] = field(repr=False)
    """Facts that hold now and did not before, and the reverse, given and derived alike."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def facts(self) -> Iterator[Fact]:
        """Every derived fact that changed: appeared, disappeared, then changed."""
        yield from self.appeared
        yield from self.disappeared
        yield from self.changed

    def turn(self, fact: Fact) -> Turn:
        """The derivations that a fact gained and lost."""
        if fact in self.changed:
            return self.changed[fact]
        return Turn(self.appeared.get(fact, ()), self.disappeared.get(fact, ()))

    def why(self, fact: Fact) -> tuple[Cause, ...]:
        """The given facts of the event that a derived fact's change rests on, sorted; () for a fact without change."""
        return tuple(sorted(self.ways((fact,))))

    def ways(self, facts: Iterable[Fact]) -> dict[Cause, tuple[str, ...]]:
        """The causes of the changes of derived facts, nearest first, each with the rules on the shortest way from it.

        1. A derivation is gained because a premise came, or what it denies or counts went, and lost for the reverse.
        2. Where that is a given fact of the event, it is a cause; a derived one's own change is followed.
        """
        found: dict[Cause, tuple[str, ...]] = {}
        ways: dict[Fact, tuple[str, ...]] = dict.fromkeys(facts, ())
        waiting = deque(ways)
        while waiting:
            fact = waiting.popleft()
            gained, lost = self.turn(fact)
            for derivation, is_gained in (*((d, True) for d in gained), *((d, False) for d in lost)):
                way = (derivation.rule, *ways[fact])
                for moved, effect in self._moved(derivation, is_gained):
                    if moved in self._stated:
                        found.setdefault(Cause(moved, effect, derivation.rule), way)
                    if moved not in ways:
                        ways[moved] = way
                        waiting.append(moved)
        return found

    def _moved(self, derivation: Derivation, is_gained: bool) -> Iterator[tuple[Fact, str]]:
        """The facts that came or went and by which the derivation was gained or lost, with what each did to it."""
        rule = self._rules[derivation.rule]
        bindings = dict(derivation.bindings)
        counted: set[Fact] = set()
        for aggregate in rule.aggregates():
            outer = {name: value for name, value in bindings.items() if name != aggregate.result}
            for side, effect in ((self._came, COUNTED), (self._went, NO_LONGER_COUNTED)):
                for moved in _fitting(aggregate.atom, side, outer):
                    counted.add(moved)
                    yield moved, effect
        moving, effect = (self.came, PREMISE) if is_gained else (self.went, PREMISE_LOST)
        for premise in derivation.premises:
            if isinstance(premise, Fact) and premise in moving and premise not in counted:
                yield premise, effect
        denied, effect = (self._went, UNBLOCKS) if is_gained else (self._came, BLOCKS)
        for atom in rule.negations():
            for moved in _fitting(atom, denied, bindings):
                yield moved, effect

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        return {rule.name: rule for rule in self.rules.rules}

    @cached_property
    def _stated(self) -> frozenset[Fact]:
        return frozenset((*self.added, *self.removed))

    @cached_property
    def _came(self) -> Facts:
        return by_predicate(self.came)

    @cached_property
    def _went(self) -> Facts:
        return by_predicate(self.went)


def fits(atom: Atom, fact: Fact, bindings: Mapping[str, Value]) -> bool:
    """Whether a fact of the atom's predicate fits it, given what the rule's variables stand for.

    >>> from rules.facts import fact
    >>> from rules.language import parse_atom
    >>> fits(parse_atom("progressed_on(therapy: T)"), fact("progressed_on", therapy="trastuzumab"), {"T": "lapatinib"})
    False
    """
    values = dict(fact.fields)
    bound = dict(bindings)
    for name, term in atom.fields:
        if not isinstance(term, Variable):
            if values[name] != term:
                return False
        elif not term.is_anonymous and bound.setdefault(term.name, values[name]) != values[name]:
            return False
    return True


def _fitting(atom: Atom, facts: Facts, bindings: Mapping[str, Value]) -> Iterator[Fact]:
    return (fact for fact in facts.get(atom.predicate, ()) if fits(atom, fact, bindings))


def by_predicate(facts: Iterable[Fact]) -> Facts:
    """Facts by predicate, each once."""
    found: Facts = {}
    for fact in facts:
        found.setdefault(fact.predicate, {})[fact] = None
    return found


class Memory(Protocol):
    """What a patient's facts come to, kept up to date. Close it when the patient is done, or use it in a `with`."""

    def arrive(self, added: Iterable[Fact], removed: Iterable[Fact] = ()) -> Change:
        """Take an event: given facts go and come, in this order, all at once.

        A fact that was there already, or was not there to go, changes nothing. Raises InvalidFact for a fact that does
        not fit its declaration, and then nothing has changed; EngineFailure when the evaluator breaks, and then the
        memory is closed; MemoryClosed after that.
        """
        ...

    @property
    def derivations(self) -> Derivations:
        """The given facts and all that follows from them, as a run from scratch would tell."""
        ...

    def close(self) -> None:
        """Give back what the memory holds. It can be closed twice."""
        ...

    def __enter__(self) -> Memory: ...

    def __exit__(self, *raised: object) -> None: ...


def memory(name: str, rules: RuleSet, facts: Iterable[Fact]) -> Memory:
    """A working memory of the evaluator `durable` or `sql` that holds these facts; errors as of `engine` and a run."""
    evaluator = engine(name)
    if name == "durable":
        return evaluator.memory(rules, facts)  # type: ignore[attr-defined, no-any-return]
    return RunMemory(evaluator, rules, facts)


class RunMemory:
    """A memory that runs an evaluator anew at each event, and compares."""

    def __init__(self, evaluator: Engine, rules: RuleSet, facts: Iterable[Fact]) -> None:
        self._evaluator, self._rules = evaluator, rules
        self._given: dict[Fact, None] = flat(checked_facts(rules, facts))
        self._derivations: Derivations | None = evaluator.run(rules, self._given)

    @property
    def derivations(self) -> Derivations:
        """As of every memory."""
        if self._derivations is None:
            raise MemoryClosed()
        return self._derivations

    def arrive(self, added: Iterable[Fact], removed: Iterable[Fact] = ()) -> Change:
        """As of every memory."""
        before = self.derivations
        event = Event.of(self._rules, self._given, added, removed)
        given = {fact: None for fact in self._given if fact not in event.removed} | event.added
        try:
            after = self._evaluator.run(self._rules, given)
        except BaseException:
            self.close()
            raise
        self._given, self._derivations = given, after
        touched = differing(before.derived, after.derived)
        return change(self._rules, event, touched, before.derived, after.derived, given)

    def close(self) -> None:
        """As of every memory."""
        self._derivations = None

    def __enter__(self) -> RunMemory:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def differing(before: Mapping[Fact, Ways], after: Mapping[Fact, Ways]) -> set[Fact]:
    """The facts that are derived in one of two runs of the same rules alone, or in other ways."""
    if isinstance(before, Derived) and isinstance(after, Derived):
        return before.differing(after)
    return {fact for fact in {**before, **after} if before.get(fact) != after.get(fact)}


class Event(NamedTuple):
    """The facts of an event that really go and come; a fact that goes and comes at once stays."""

    added: dict[Fact, None]
    removed: dict[Fact, None]

    @classmethod
    def of(cls, rules: RuleSet, given: Mapping[Fact, None], added: Iterable[Fact], removed: Iterable[Fact]) -> Event:
        """The event on the given facts; raises InvalidFact."""
        coming, going = flat(checked_facts(rules, added)), flat(checked_facts(rules, removed))
        return cls(
            {fact: None for fact in coming if fact not in given},
            {fact: None for fact in going if fact in given and fact not in coming},
        )


def flat(facts: Facts) -> dict[Fact, None]:
    """Facts by predicate as one collection."""
    return {fact: None for each in facts.values() for fact in each}


def change(
    rules: RuleSet,
    event: Event,
    touched: Iterable[Fact],
    before: Mapping[Fact, Ways],
    after: Mapping[Fact, Ways],
    given: Mapping[Fact, None],
) -> Change:
    """The change from the derivations before to those after an event, of the facts that it touched.

    `given` are the facts given after it. The derivations need to be known for touched facts and those of the event.
    """
    appeared: dict[Fact, Ways] = {}
    disappeared: dict[Fact, Ways] = {}
    other: dict[Fact, Turn] = {}
    came: set[Fact] = set()
    went: set[Fact] = set()
    touched = sorted(touched)
    for fact in touched:
        old, new = before.get(fact, ()), after.get(fact, ())
        if old and new:
            other[fact] = Turn(_without(new, old), _without(old, new))
        elif new:
            appeared[fact] = new
        else:
            disappeared[fact] = old
    for fact in {*touched, *event.added, *event.removed}:
        held = bool(before.get(fact)) or fact in event.removed or (fact in given and fact not in event.added)
        holds = bool(after.get(fact)) or fact in given
        if holds != held:
            (came if holds else went).add(fact)
    return Change(
        rules, tuple(sorted(event.added)), tuple(sorted(event.removed)), appeared, disappeared, other,
        frozenset(came), frozenset(went),
    )  # fmt: skip


def _without(ways: Ways, others: Ways) -> Ways:
    left_out = set(others)
    return tuple(way for way in ways if way not in left_out)
