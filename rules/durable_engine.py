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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import count
from typing import Any, NamedTuple

from rules.aggregate import Place, Settled
from rules.errors import EngineFailure, EngineUnavailable
from rules.facts import Derivation, Derivations, Fact, Value
from rules.firing import Plan, checked_facts, derivations, plan, position
from rules.language import Atom, Predicate, RuleSet, Variable

MATCHES_AT_ONCE = 1000
PROGRAMS_KEPT = 8
START = 0
STARTED = "started"
"""The type of the one fact that every run starts with, and the rule that waits for it."""
ASSERTED, UNSEEN = 0, 1
"""Codes of an assertion: seen by a rule, or (harmlessly) by none."""

Test = tuple[tuple[int, Value], ...]
Same = tuple[tuple[int, int], ...]
Codes = dict[Value, int]


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
    roles: dict[str, tuple[Role, ...]]
    blockers: tuple[Blocker, ...]


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
        codes = dict(program.codes)
        found: list[Derivation] = []
        for stratum in program.strata:
            run = _Run(self._rete, stratum, str(next(self._names)), codes)
            try:
                found += run.derive(known)
            except self._rete.error as error:
                raise EngineFailure("durable", str(error)) from error
            finally:
                run.forget()
        return derivations((fact for each in given.values() for fact in each), found)

    def _program(self, rules: RuleSet, live: frozenset[int]) -> Program:
        program = self._programs.get((rules.digest, live))
        if program is None:
            if len(self._programs) >= PROGRAMS_KEPT:
                self._drop(self._programs.pop(next(iter(self._programs))))
            codes: Codes = {}
            try:
                strata = tuple(
                    _Compiler(self._rete, rules, codes).stratum(f"rules-{next(self._names)}", indices)
                    for each in rules.strata
                    if (indices := tuple(index for index in each if index in live))
                )
            except self._rete.error as error:
                raise EngineFailure("durable", str(error)) from error
            program = self._programs[rules.digest, live] = Program(strata, codes)
        return program

    def _drop(self, program: Program) -> None:
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


class _Run:
    """One stratum at work on one set of facts."""

    def __init__(self, rete: Any, stratum: Stratum, sid: str, codes: Codes) -> None:
        self.rete, self.stratum, self.sid, self.codes = rete, stratum, sid, codes
        self.sent: list[Fact | None] = []
        self.state: int | None = None
        self.settled = Settled(lambda _: ())

    def derive(self, known: dict[str, dict[Fact, None]]) -> list[Derivation]:
        """What this stratum derives; its conclusions are added to the known facts, round by round."""
        self.settled = Settled(lambda predicate: known.get(predicate, ()))
        batch = [*self.blocking(known), self.message(f'{{"id":"%d","sid":"%s","t":{START}}}', None, ())]
        for predicate in self.stratum.roles:
            batch += self.playing(known.get(predicate, ()), predicate)
        found: dict[Derivation, None] = {}
        while batch:
            fresh: dict[Fact, None] = {}
            for derivation in self.matches(batch):
                if derivation not in found:
                    found[derivation] = None
                    fresh[derivation.conclusion] = None
            batch = []
            for fact in fresh:
                facts = known.setdefault(fact.predicate, {})
                if fact not in facts:
                    facts[fact] = None
                    batch += self.playing((fact,), fact.predicate)
        return list(found)

    def blocking(self, known: Mapping[str, Iterable[Fact]]) -> Iterator[str]:
        """The messages that block negations, each combination once."""
        for blocker in self.stratum.blockers:
            template = blocker.template()
            facts = (f for f in known.get(blocker.predicate, ()) if _fits(f, blocker.same, blocker.test))
            for values in dict.fromkeys(tuple(f.fields[i][1] for i in blocker.fields) for f in facts):
                yield self.message(template, None, values)

    def playing(self, facts: Iterable[Fact], predicate: str) -> Iterator[str]:
        """The messages of facts, one for each role that admits them."""
        for role in self.stratum.roles.get(predicate, ()):
            template = role.template()
            for fact in facts:
                if role.admits(fact):
                    yield self.message(template, fact, [fact.fields[i][1] for i in role.fields])

    def message(self, template: str, fact: Fact | None, values: Iterable[Value]) -> str:
        codes = self.codes
        number = len(self.sent)
        self.sent.append(fact)
        return template % (number, self.sid, *[codes.setdefault(value, len(codes)) for value in values])

    def matches(self, batch: Sequence[str]) -> Iterator[Derivation]:
        """The derivations that a batch of messages makes possible."""
        handle = self.stratum.handle
        outcome, self.state = self.rete.assert_facts(handle, f"[{','.join(batch)}]")
        if outcome not in (ASSERTED, UNSEEN):
            raise EngineFailure("durable", f"an assertion ended with code {outcome}")
        started = self.rete.start_action_for_state(handle, self.state)
        message = started[1] if started else None
        while message:
            for key, frames in json.loads(message).items():
                if key != STARTED:
                    yield from self.derivations(self.stratum.plans[key], frames)
            message = self.rete.complete_and_start_action(handle, self.state)

    def derivations(self, plan: Plan, frames: Sequence[Mapping[str, Any]]) -> Iterator[Derivation]:
        names = [f"m{i}" for i in range(len(plan.positives))]
        sent = self.sent
        for frame in frames:
            facts = [sent[int(frame[name]["id"])] for name in names]
            # Only facts in roles match positives, so none of these is None.
            derivation = plan.derivation(facts, self.settled)  # type: ignore[arg-type]
            if derivation is not None:
                yield derivation

    def forget(self) -> None:
        """Frees the Rete's memory of this run; it would keep it until the process ends."""
        if self.state is not None:
            self.rete.delete_state(self.stratum.handle, self.sid)


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
        return Stratum(handle, plans, roles, tuple(self.blockers.values()))

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
        return self.codes.setdefault(value, len(self.codes))


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
