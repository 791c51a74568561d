"""The rules on durable-rules' Rete: one ruleset per stratum, lowest stratum first.

What the Rete sees is made so that its known faults cannot bite: every value is a small integer that stands for it, so
texts, floats and the keys that it reserves never reach it; every fact has an id of its own; the facts that a negation
looks for go in first, under a type of their own, and negations come last; a fact that can play two parts in one rule
goes in once for each part. Its C module is driven directly, so no callback runs inside it. Comparisons between facts,
which have made it crash, are tested on each match. Every run fires at least one rule, the one that waits for the
starting fact: freeing the memory of a run that fired none frees a pointer that was never set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import compress, count, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.aggregate import Place, Settled
from rules.errors import EngineFailure, EngineUnavailable
from rules.facts import Derivation, Derivations, Fact, Value
from rules.firing import Plan, Slot, checked_facts, derivations, holds, plan, position
from rules.language import Atom, Predicate, RuleSet, Variable
from rules.sql_matches import Matches

if TYPE_CHECKING:
    from rules.durable_memory import DurableMemory

MATCHES_AT_ONCE = 1000
PROGRAMS_KEPT = 8
START = 0
STARTED = "started"
START_MESSAGE = f'{{"id":"%d","sid":"%s","t":{START}}}'
MATCHED = re.compile(r'"(\w+)":\{"id":"')
NUMBER_OF = re.compile(r'\{"id":"(\d+)"')
"""The type of the one fact that every run starts with, and the rule that waits for it."""
ASSERTED, UNSEEN = 0, 1
"""Codes of an assertion: seen by a rule, or (harmlessly) by none."""

Test = tuple[tuple[int, Value], ...]
Same = tuple[tuple[int, int], ...]


class Codes(dict[Value, int]):
    """The numbers that stand for values in the Rete; a value that has none yet gets the next."""

    def __missing__(self, value: Value) -> int:
        number = self[value] = len(self)
        return number


class Role(NamedTuple):
    """A part that facts of one predicate play: `same` fields must be equal, and one of the `tests` must hold.

    `wanted` says the same as `tests`, faster: for each set of tested fields, the values that some test asks for.
    """

    code: int
    predicate: str
    same: Same
    tests: tuple[Test, ...]
    fields: tuple[int, ...]
    wanted: tuple[tuple[tuple[int, ...], frozenset[tuple[Value, ...]]], ...] = ()

    def template(self) -> str:
        """The JSON of one fact in this role, to be filled with its id, the run's id and its values' codes."""
        # The Rete looks properties up in 255 slots and writes past the last one when names collide there: of `id`,
        # `sid`, `t`, f0..f27 and k0..k27 none do.
        return '{"id":"%d","sid":"%s",' + "".join(f'"f{i}":%d,' for i in self.fields) + f'"t":{self.code}}}'

    def admits(self, fact: Fact) -> bool:
        """Whether any condition in this role can match the fact."""
        fields = fact.fields
        if self.same and not _fits(fact, self.same, ()):
            return False
        return any(not tested or tuple([fields[i][1] for i in tested]) in values for tested, values in self.wanted)

    def admitted(self, facts: Collection[Fact]) -> Collection[Fact]:
        """The facts that some condition in this role can match, in their order."""
        if not self.same and any(not tested for tested, _ in self.wanted):
            return facts
        if not self.same and len(self.wanted) == 1 and len(self.wanted[0][0]) == 1:
            ((field,), values) = self.wanted[0]
            single = {value for (value,) in values}
            return [fact for fact in facts if fact.fields[field][1] in single]
        return [fact for fact in facts if self.admits(fact)]


class Blocker(NamedTuple):
    """A negated pattern: what blocks is each combination of `fields` among the facts that pass its tests."""

    code: int
    predicate: str
    same: Same
    test: Test
    fields: tuple[int, ...]

    def template(self) -> str:
        """As of a role; the fields are those that the rule compares with what it has matched."""
        return '{"id":"%d","sid":"%s",' + "".join(f'"k{i}":%d,' for i in range(len(self.fields))) + f'"t":{self.code}}}'


class Stratum(NamedTuple):
    """One compiled ruleset: its handle in the Rete, the plans by rule key, and the facts that it wants."""

    handle: int
    plans: dict[str, Plan]
    matches: dict[str, Matches]
    roles: dict[str, tuple[Role, ...]]
    blockers: tuple[Blocker, ...]

    def admits(self, fact: Fact) -> bool:
        """Whether some rule can match the fact."""
        return any(role.admits(fact) for role in self.roles.get(fact.predicate, ()))

    def settles(self, fact: Fact) -> bool:
        """Whether some rule denies or counts what the fact fits: then it must be known before the stratum runs."""
        return any(b.predicate == fact.predicate and _fits(fact, b.same, b.test) for b in self.blockers) or any(
            gather.predicate == fact.predicate and gather.admits(fact)
            for plan in self.plans.values()
            for gather in plan.gathers
        )


class Program(NamedTuple):
    """The compiled strata of a rule set, and the codes of the constants that they name."""

    strata: tuple[Stratum, ...]
    codes: Codes


class DurableEngine:
    """Evaluates rules with durable-rules. Compiled rule sets are kept, so a second run starts at once."""

    def __init__(self) -> None:
        try:
            # Any: its C module has no types. Imported here, so that this file can be read where it cannot be.
            self._rete: Any = import_module("durable_rules_engine")
        except ImportError as error:
            raise EngineUnavailable("durable", str(error), "choose `sql`, or install durable-rules") from error
        self._programs: dict[tuple[str, frozenset[int]], Program] = {}
        self._names = count()

    def run(self, rules: RuleSet, facts: Iterable[Fact]) -> Derivations:
        """Everything that the rules derive from the facts."""
        given = checked_facts(rules, facts)
        program = self._program(rules, live_rules(rules, given))
        known = {predicate: dict(each) for predicate, each in given.items()}
        codes = Codes(program.codes)
        found: list[Derivation] = []
        for stratum in program.strata:
            run = self.started(stratum, codes)
            try:
                found += run.derive(known)
            finally:
                run.forget()
        return derivations((fact for each in given.values() for fact in each), found)

    def memory(self, rules: RuleSet, facts: Iterable[Fact]) -> DurableMemory:
        """A working memory that holds these facts, and takes more of them as events."""
        from rules.durable_memory import DurableMemory

        return DurableMemory(self, rules, facts)

    def _program(self, rules: RuleSet, live: frozenset[int]) -> Program:
        program = self._programs.get((rules.digest, live))
        if program is None:
            if len(self._programs) >= PROGRAMS_KEPT:
                self.drop(self._programs.pop(next(iter(self._programs))))
            strata = (tuple(index for index in each if index in live) for each in rules.strata)
            program = self._programs[rules.digest, live] = self.compiled(rules, [each for each in strata if each])
        return program

    def compiled(self, rules: RuleSet, strata: Iterable[Sequence[int]]) -> Program:
        """The rules, given by index, as one ruleset of the Rete for each stratum; `drop` frees them."""
        codes = Codes()
        try:
            return Program(
                tuple(
                    _Compiler(self._rete, rules, codes).stratum(f"rules-{next(self._names)}", each) for each in strata
                ),
                codes,
            )
        except self._rete.error as error:
            raise EngineFailure("durable", str(error)) from error

    def started(self, stratum: Stratum, codes: Codes) -> Run:
        """A stratum ready to work on facts; `codes` gains those of their values."""
        return Run(self._rete, stratum, str(next(self._names)), codes)

    def drop(self, program: Program) -> None:
        """Free the rulesets of a program of which no run is left."""
        for stratum in program.strata:
            self._rete.delete_ruleset(stratum.handle)


def live_rules(rules: RuleSet, given: Mapping[str, Iterable[Fact]]) -> frozenset[int]:
    """The rules (by index) that can fire at all on these facts: half of a library cannot, and need no compiling.

    1. A pattern is possible when each of its constants occurs in that field of some given fact of its predicate, or
       when a live rule concludes its predicate.
    2. A rule is live when all its positive patterns are possible; repeat until no rule is added.
    """
    values = {predicate: {field for fact in facts for field in fact.fields} for predicate, facts in given.items()}
    known = {predicate for predicate, facts in given.items() if facts}
    live: set[int] = set()
    concluded: set[str] = set()
    grown = True
    while grown:
        grown = False
        for index, rule in enumerate(rules.rules):
            if index not in live and all(
                atom.predicate in concluded or (atom.predicate in known and _constants(atom) <= values[atom.predicate])
                for atom in rule.positives()
            ):
                live.add(index)
                concluded.add(rule.head.predicate)
                grown = True
    return frozenset(live)


def _constants(atom: Atom) -> set[tuple[str, Value]]:
    return {(name, term) for name, term in atom.fields if not isinstance(term, Variable)}


class Run:
    """One stratum at work on one set of facts, which may grow by facts that it neither denies nor counts.

    `known` are the facts that it has seen or concluded, `found` its derivations. Free it with `forget`.
    """

    def __init__(self, rete: Any, stratum: Stratum, sid: str, codes: Codes) -> None:
        self.rete, self.stratum, self.sid, self.codes = rete, stratum, sid, codes
        self.sent: list[Fact | None] = []
        self.state: int | None = None
        self.known: dict[str, dict[Fact, None]] = {}
        self.found: dict[Derivation, None] = {}
        self.settled = Settled(lambda predicate: self.known.get(predicate, ()))

    def derive(self, known: dict[str, dict[Fact, None]]) -> list[Derivation]:
        """What this stratum derives; its conclusions are added to the known facts, round by round."""
        self.known = known
        batch = [*self.blocking(known), self.message(START_MESSAGE, None, ())]
        for predicate in self.stratum.roles:
            batch += self.playing(known.get(predicate, ()), predicate)
        return self.rounds(batch)

    def feed(self, facts: Iterable[Fact]) -> list[Derivation]:
        """What this stratum derives further when these facts come too."""
        return self.rounds(self.new(facts))

    def rounds(self, batch: list[str]) -> list[Derivation]:
        """The derivations that these messages make possible, and those that their conclusions do."""
        before = len(self.found)
        while batch:
            done = len(self.found)
            self.found.update(dict.fromkeys(self.matches(batch)))
            batch = self.new(derivation.conclusion for derivation in islice(self.found, done, None))
        return list(islice(self.found, before, None))

    def new(self, facts: Iterable[Fact]) -> list[str]:
        """The messages of the facts that are not known yet."""
        fresh: dict[str, list[Fact]] = {}
        for fact in facts:
            known = self.known.setdefault(fact.predicate, {})
            if fact not in known:
                known[fact] = None
                fresh.setdefault(fact.predicate, []).append(fact)
        return [message for predicate, each in fresh.items() for message in self.playing(each, predicate)]

    def blocking(self, known: Mapping[str, Iterable[Fact]]) -> Iterator[str]:
        """The messages that block negations, each combination once."""
        for blocker in self.stratum.blockers:
            template = blocker.template()
            facts = (f for f in known.get(blocker.predicate, ()) if _fits(f, blocker.same, blocker.test))
            for values in dict.fromkeys(tuple(f.fields[i][1] for i in blocker.fields) for f in facts):
                yield self.message(template, None, values)

    def playing(self, facts: Collection[Fact], predicate: str) -> Iterator[str]:
        """The messages of facts of one predicate, one for each role that admits them."""
        code = self.codes.__getitem__
        for role in self.stratum.roles.get(predicate, ()):
            admitted = role.admitted(facts)
            numbers = count(len(self.sent))
            self.sent += admitted
            columns = [[code(fact.fields[field][1]) for fact in admitted] for field in role.fields]
            template = role.template()
            yield from (template % row for row in zip(numbers, repeat(self.sid, len(admitted)), *columns, strict=False))

    def message(self, template: str, fact: Fact | None, values: Iterable[Value]) -> str:
        """One message, whose number stands for its fact."""
        codes = self.codes
        number = len(self.sent)
        self.sent.append(fact)
        return template % (number, self.sid, *[codes[value] for value in values])

    def matches(self, batch: Sequence[str]) -> Iterator[Derivation]:
        """The derivations that a batch of messages makes possible; EngineFailure when the Rete fails."""
        try:
            yield from self.matched(batch)
        except self.rete.error as error:
            raise EngineFailure("durable", str(error)) from error

    def matched(self, batch: Sequence[str]) -> Iterator[Derivation]:
        """As `matches`, with the errors of the Rete."""
        handle = self.stratum.handle
        outcome, self.state = self.rete.assert_facts(handle, f"[{','.join(batch)}]")
        if outcome not in (ASSERTED, UNSEEN):
            raise EngineFailure("durable", f"an assertion ended with code {outcome}")
        started = self.rete.start_action_for_state(handle, self.state)
        message = started[1] if started else None
        while message:
            yield from self.derivations(message)
            message = self.rete.complete_and_start_action(handle, self.state)

    def derivations(self, message: str) -> Iterable[Derivation]:
        """What a rule derives from its matches: `{"r7":[{"m1":{"id":"12",...},"m0":{"id":"3",...}},...]}`.

        Nothing of it but numbers comes from the facts, so it is read as the text that it is: the messages of a match
        stand in the same order in each.
        """
        key = message[2 : message.index('"', 2)]
        if key == STARTED:
            return ()
        names = MATCHED.findall(message, 0, message.index("}}"))
        numbers = NUMBER_OF.findall(message)
        plan = self.stratum.plans[key]
        count, rest = divmod(len(numbers), len(names))
        if rest or len(plan.positives) not in (len(names), 0):
            raise EngineFailure("durable", f"the matches of {plan.rule.name} cannot be read")
        sent = self.sent
        columns = {name: [sent[int(n)] for n in numbers[place :: len(names)]] for place, name in enumerate(names)}
        # Only facts in roles match positives, so none of these is None.
        matched: list[Sequence[Fact]] = [columns[f"m{i}"] for i in range(len(plan.positives))]  # type: ignore[misc]
        if plan.guards and not plan.gathers:
            matched, count = _passing(plan, matched, count)
        return self.stratum.matches[key].derivations(matched, count, self.settled)

    def forget(self) -> None:
        """Frees the Rete's memory of this run; it would keep it until the process ends."""
        if self.state is not None:
            self.rete.delete_state(self.stratum.handle, self.sid)
            self.state = None


def _passing(plan: Plan, matched: list[Sequence[Fact]], count: int) -> tuple[list[Sequence[Fact]], int]:
    """The matches for which the rule's comparisons hold, and their number."""

    def values(slot: Slot) -> Iterable[Value]:
        if slot.place is None:
            return repeat(slot.constant, count)
        which, field = slot.place
        return [fact.fields[field][1] for fact in matched[which]]

    keep = [True] * count
    for left, operator, right in plan.guards:
        rows = zip(keep, values(left), values(right), strict=True)
        keep = [kept and holds(one, operator, other) for kept, one, other in rows]
    return [list(compress(facts, keep)) for facts in matched], sum(keep)


class _Compiler:
    """Turns the rules of one stratum into the definition that the Rete takes."""

    def __init__(self, rete: Any, rules: RuleSet, codes: Codes) -> None:
        self.rete, self.rules, self.codes = rete, rules, codes
        self.roles: dict[tuple[str, Same, int], Role] = {}
        self.blockers: dict[tuple[str, Same, Test, tuple[int, ...]], Blocker] = {}
        self.types = count(START + 1)

    def stratum(self, name: str, indices: Sequence[int]) -> Stratum:
        plans = {f"r{i}": plan(self.rules.rules[i], self.rules.predicates) for i in indices}
        definition = {key: {"all": self.conditions(p), "cap": MATCHES_AT_ONCE} for key, p in plans.items()}
        definition[STARTED] = {"all": [{"s": {"t": START}}], "cap": MATCHES_AT_ONCE}
        handle = self.rete.create_ruleset(name, json.dumps(definition))
        roles: dict[str, tuple[Role, ...]] = {}
        for built in self.roles.values():
            role = built._replace(wanted=_wanted(built.tests))
            roles[role.predicate] = (*roles.get(role.predicate, ()), role)
        return Stratum(
            handle, plans, {key: Matches.of(each) for key, each in plans.items()}, roles, tuple(self.blockers.values())
        )

    def conditions(self, plan: Plan) -> list[dict[str, Any]]:
        """A rule's conditions: positives from the most selective on, then negations."""
        bound: dict[str, Place] = {}
        written: list[dict[str, Any]] = []
        played: dict[tuple[str, Same], int] = {}
        for i in _join_order(plan.positives):
            atom = plan.positives[i]
            test, same, outer, own = _parts(atom, self.rules.predicates[atom.predicate], bound)
            occurrence = played[atom.predicate, same] = played.get((atom.predicate, same), -1) + 1
            fields = tuple(f for f, _ in (*test, *outer)) + tuple(own.values())
            role = self.role((atom.predicate, same, occurrence), test, fields)
            terms: list[dict[str, Any]] = [{"t": role}, *({f"f{f}": self.code(value)} for f, value in test)]
            terms += [{f"f{f}": _reference(bound[name])} for f, name in outer]
            bound.update({name: (i, f) for name, f in own.items()})
            written.append({f"m{i}": _conjunction(terms)})
        if not written:
            written.append({"s": {"t": START}})
        written += [{f"n{i}$not": self.negation(atom, plan, bound)} for i, atom in enumerate(plan.rule.negations())]
        return written

    def role(self, key: tuple[str, Same, int], test: Test, fields: tuple[int, ...]) -> int:
        known = self.roles.get(key)
        tests = (test,) if known is None else tuple(dict.fromkeys((*known.tests, test)))
        wanted = tuple(sorted({*fields, *(known.fields if known else ())}))
        self.roles[key] = Role(known.code if known else next(self.types), key[0], key[1], tests, wanted)
        return self.roles[key].code

    def negation(self, atom: Atom, plan: Plan, bound: Mapping[str, Place]) -> dict[str, Any]:
        test, same, outer, _ = _parts(atom, self.rules.predicates[atom.predicate], bound)
        key = (atom.predicate, same, test, tuple(f for f, _ in outer))
        if key not in self.blockers:
            self.blockers[key] = Blocker(next(self.types), *key)
        terms: list[dict[str, Any]] = [{"t": self.blockers[key].code}]
        terms += [{f"k{n}": _reference(bound[name])} for n, (_, name) in enumerate(outer)]
        return _conjunction(terms)

    def code(self, value: Value) -> int:
        return self.codes[value]


def _parts(
    atom: Atom, predicate: Predicate, bound: Mapping[str, Place]
) -> tuple[Test, Same, tuple[tuple[int, str], ...], dict[str, int]]:
    """An atom's constants, fields that must be equal, fields bound outside, and where its own variables stand."""
    test: list[tuple[int, Value]] = []
    same: list[tuple[int, int]] = []
    outer: list[tuple[int, str]] = []
    own: dict[str, int] = {}
    for name, term in sorted(atom.fields, key=lambda pair: pair[0]):
        field = position(predicate, name)
        if not isinstance(term, Variable):
            test.append((field, term))
        elif term.name in bound:
            outer.append((field, term.name))
        elif term.name in own:
            same.append((own[term.name], field))
        elif not term.is_anonymous:
            own[term.name] = field
    return tuple(test), tuple(same), tuple(outer), own


def _wanted(tests: Iterable[Test]) -> tuple[tuple[tuple[int, ...], frozenset[tuple[Value, ...]]], ...]:
    values: dict[tuple[int, ...], set[tuple[Value, ...]]] = {}
    for test in tests:
        values.setdefault(tuple(i for i, _ in test), set()).add(tuple(value for _, value in test))
    return tuple((fields, frozenset(wanted)) for fields, wanted in sorted(values.items()))


def _join_order(atoms: Sequence[Atom]) -> list[int]:
    """The order to join in: always the atom with most constants and variables already bound, first written first."""
    bound: set[str] = set()
    left = list(range(len(atoms)))
    order = []
    while left:
        best = max(left, key=lambda i: (_selectivity(atoms[i], bound), -i))
        order.append(best)
        left.remove(best)
        bound.update(atoms[best].variables())
    return order


def _selectivity(atom: Atom, bound: set[str]) -> tuple[int, int]:
    joined = len(bound.intersection(atom.variables()))
    constants = sum(not isinstance(term, Variable) for _, term in atom.fields)
    return joined, constants


def _reference(place: Place) -> dict[str, str]:
    return {f"m{place[0]}": f"f{place[1]}"}


def _conjunction(terms: list[dict[str, Any]]) -> dict[str, Any]:
    return terms[0] if len(terms) == 1 else {"$and": terms}


def _fits(fact: Fact, same: Same, test: Test) -> bool:
    fields = fact.fields
    return all(fields[i][1] == fields[j][1] for i, j in same) and all(fields[i][1] == value for i, value in test)
