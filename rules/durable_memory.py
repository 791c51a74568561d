"""A working memory on durable-rules' Rete: what an event does not reach is not asked again.

The rules are compiled in layers, parts of the strata: the rules of one that rest on the same given predicates. Each
layer keeps its Rete state. An event goes through the layers, lowest first:

1. Facts that came, where the layer's rules neither deny nor count them, are fed to the state that is there, as the
   rounds of a run are.
2. Where a fact went that some rule can match, or one came or went that a rule denies or counts, the layer is computed
   anew from the facts below it. Nothing is retracted in the Rete: it decides a negation when a fact arrives.
3. The conclusions that the layer gained and lost go on to the layers above.

The compiled rules and the states belong to the memory, and are freed when it is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules.durable_engine import Codes, Concluded, DurableEngine, Run, Stratum
from rules.errors import MemoryClosed
from rules.facts import Derivation, Derivations, Fact, in_order
from rules.firing import checked_facts
from rules.language import RuleSet
from rules.matches import Table
from rules.memory import Change, Event, Facts, Ways, by_predicate, change, flat


class DurableMemory:
    """A memory of the evaluator `durable`."""

    def __init__(self, engine: DurableEngine, rules: RuleSet, facts: Iterable[Fact]) -> None:
        self._given: Facts = checked_facts(rules, facts)
        self._engine, self._rules = engine, rules
        self._program = engine.compiled(rules, (indices for _, indices in layers(rules)))
        self._codes = Codes(self._program.codes)
        self._derived: dict[Fact, Ways] = {}
        self._layers: list[_Layer] = []
        self._is_open = True
        concluders: dict[str, list[_Layer]] = {}
        for stratum in self._program.strata:
            layer = _Layer(stratum, {name: tuple(concluders.get(name, ())) for name in _read(stratum)})
            self._layers.append(layer)
            for name in {plan.rule.head.predicate for plan in stratum.plans}:
                concluders.setdefault(name, []).append(layer)
        self._take(Event(flat(self._given), {}))

    @property
    def derivations(self) -> Derivations:
        """As of every memory."""
        self._refuse_closed()
        concluded = by_predicate(self._derived)
        ordered = (fact for name in sorted(concluded) for fact in in_order([*concluded[name]]))
        return Derivations(frozenset(flat(self._given)), {fact: self._derived[fact] for fact in ordered})

    def arrive(self, added: Iterable[Fact], removed: Iterable[Fact] = ()) -> Change:
        """As of every memory."""
        self._refuse_closed()
        event = Event.of(self._rules, flat(self._given), added, removed)
        for fact in event.removed:
            del self._given[fact.predicate][fact]
        for fact in event.added:
            self._given.setdefault(fact.predicate, {})[fact] = None
        return self._take(event)

    def _take(self, event: Event) -> Change:
        """Bring every layer up to the given facts, which hold the event already."""
        before: dict[Fact, Ways] = {}
        touched: Facts = {}
        for fact in (*event.added, *event.removed):
            touched.setdefault(fact.predicate, {})[fact] = None
        try:
            for layer in self._layers:
                gained, lost = layer.take(self._engine, self._codes, self._given, event, touched)
                for fact in self._settle(gained, lost, before):
                    touched.setdefault(fact.predicate, {})[fact] = None
        except BaseException:
            self.close()
            raise
        for layer in self._layers:
            layer.gained.clear()
            layer.lost.clear()
        for fact in (*event.added, *event.removed):
            before.setdefault(fact, self._derived.get(fact, ()))
        after = {fact: self._derived.get(fact, ()) for fact in before}
        turned = [fact for fact, ways in before.items() if ways != after[fact]]
        return change(self._rules, event, turned, before, after, flat(self._given))

    def _settle(
        self, gained: Mapping[Fact, list[Derivation]], lost: Mapping[Fact, list[Derivation]], before: dict[Fact, Ways]
    ) -> Iterable[Fact]:
        """Write what a layer gained and lost into all derivations; `before` keeps what they were."""
        facts = {**gained, **lost}
        for fact in facts:
            ways = self._derived.get(fact, ())
            before.setdefault(fact, ways)
            gone = set(lost.get(fact, ()))
            kept = tuple(sorted([*(way for way in ways if way not in gone), *gained.get(fact, ())]))
            if kept:
                self._derived[fact] = kept
            else:
                del self._derived[fact]
        return facts

    def _refuse_closed(self) -> None:
        if not self._is_open:
            raise MemoryClosed()

    def close(self) -> None:
        """As of every memory."""
        if self._is_open:
            self._is_open = False
            for layer in self._layers:
                layer.forget()
            self._engine.drop(self._program)

    def __enter__(self) -> DurableMemory:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


class _Layer:
    """One layer with its Rete state; `below` are the layers under it that conclude what it reads.

    `facts` are its conclusions; `gained` and `lost` those that the event under way brought and took.
    """

    def __init__(self, stratum: Stratum, below: Mapping[str, tuple[_Layer, ...]]) -> None:
        self.stratum, self.below = stratum, below
        self.run: Run | None = None
        self.found: dict[Derivation, None] = {}
        self.facts: Facts = {}
        self.gained: set[Fact] = set()
        self.lost: set[Fact] = set()

    def take(
        self, engine: DurableEngine, codes: Codes, given: Facts, event: Event, touched: Facts
    ) -> tuple[dict[Fact, list[Derivation]], dict[Fact, list[Derivation]]]:
        """The derivations that the layer gains and loses, by conclusion, when facts below it are touched."""
        came: list[Fact] = []
        is_stale = self.run is None
        for predicate in self.below:
            for fact in touched.get(predicate, ()):
                held, holds = self._held(fact, given, event), self._holds(fact, given)
                if held != holds:
                    is_stale = is_stale or self.stratum.settles(fact) or (held and self.stratum.admits(fact))
                    came += [fact] if holds else []
        if is_stale:
            return self._anew(engine, codes, given)
        if not came:
            return {}, {}
        assert self.run is not None
        return self._moved(self._more(self.run.feed(came)), ())

    def _holds(self, fact: Fact, given: Facts) -> bool:
        """Whether the fact is given, or concluded by a layer below, now that those are up to date."""
        name = fact.predicate
        return fact in given.get(name, ()) or any(fact in layer.facts.get(name, ()) for layer in self.below[name])

    def _held(self, fact: Fact, given: Facts, event: Event) -> bool:
        """The same before the event."""
        was_given = fact in event.removed or (fact in given.get(fact.predicate, ()) and fact not in event.added)
        return was_given or any(layer.had(fact) for layer in self.below[fact.predicate])

    def had(self, fact: Fact) -> bool:
        """Whether the layer concluded the fact before the event."""
        return fact in self.lost or (fact in self.facts.get(fact.predicate, ()) and fact not in self.gained)

    def _anew(
        self, engine: DurableEngine, codes: Codes, given: Facts
    ) -> tuple[dict[Fact, list[Derivation]], dict[Fact, list[Derivation]]]:
        """Forget the Rete state and compute the layer from the facts below it."""
        before, self.found = self.found, {}
        self.forget()
        known: dict[str, Table] = {}
        for name, layers_below in self.below.items():
            known[name] = Table(given.get(name, ()))
            for layer in layers_below:
                known[name].add(layer.facts.get(name, ()))
        self.run = engine.started(self.stratum, codes)
        self._more(self.run.derive(known))
        after = self.found
        return self._moved((way for way in after if way not in before), (way for way in before if way not in after))

    def _more(self, concluded: Iterable[Concluded]) -> list[Derivation]:
        """Keeps the derivations that matches are; those that are new."""
        made = [way for matches, _ in concluded for way in matches.derivations() if way not in self.found]
        self.found.update(dict.fromkeys(made))
        return made

    def _moved(
        self, gained: Iterable[Derivation], lost: Iterable[Derivation]
    ) -> tuple[dict[Fact, list[Derivation]], dict[Fact, list[Derivation]]]:
        more, fewer = _by_conclusion(gained), _by_conclusion(lost)
        ways = _by_conclusion(self.found) if fewer else {}
        for fact in fewer:
            if fact not in ways:
                self.lost.add(fact)
                del self.facts[fact.predicate][fact]
        for fact in more:
            facts = self.facts.setdefault(fact.predicate, {})
            if fact not in facts:
                self.gained.add(fact)
                facts[fact] = None
        return more, fewer

    def forget(self) -> None:
        """Free the Rete state."""
        if self.run is not None:
            self.run.forget()
            self.run = None


def _by_conclusion(ways: Iterable[Derivation]) -> dict[Fact, list[Derivation]]:
    found: dict[Fact, list[Derivation]] = {}
    for way in ways:
        found.setdefault(way.conclusion, []).append(way)
    return found


def _read(stratum: Stratum) -> set[str]:
    """The predicates that some rule of the stratum reads, denies or counts."""
    rules = [plan.rule for plan in stratum.plans]
    return {atom.predicate for rule in rules for atom in (*rule.positives(), *rule.settled())}


def layers(rules: RuleSet) -> tuple[tuple[frozenset[str], tuple[int, ...]], ...]:
    """The rules in layers, lowest first: the given predicates that a layer rests on, and its rules by index.

    1. A predicate rests on itself, where it is given, and on all that the rules that conclude it rest on.
    2. The rules of one stratum that rest on the same predicates are a layer. So a rule that reads what another
       concludes is in its layer or in a later one, which rests on more or lies in a higher stratum.
    """
    rests: dict[str, set[str]] = {name: {name} if each.given else set() for name, each in rules.predicates.items()}
    reads = [{atom.predicate for atom in (*rule.positives(), *rule.settled())} for rule in rules.rules]
    grown = True
    while grown:
        grown = False
        for rule, names in zip(rules.rules, reads, strict=True):
            on = rests[rule.head.predicate]
            more = set().union(*(rests[name] for name in names)) - on
            on |= more
            grown = grown or bool(more)
    found: dict[tuple[int, frozenset[str]], list[int]] = {}
    for height, stratum in enumerate(rules.strata):
        for index in stratum:
            found.setdefault((height, frozenset().union(*(rests[name] for name in reads[index]))), []).append(index)
    ordered = sorted(found, key=lambda key: (key[0], len(key[1]), sorted(key[1])))
    return tuple((key[1], tuple(found[key])) for key in ordered)
