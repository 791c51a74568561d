"""The rules on durable-rules' Rete: one ruleset per stratum, lowest stratum first.

The Rete joins. A rule that joins nothing (one positive pattern, or none) fires as its facts arrive, without it; what
rules compare, deny or count is looked up for each match, as all of that is known by then.

What the Rete sees is made so that its known faults cannot bite: every value is a small integer that stands for it, so
texts, floats and the keys that it reserves never reach it; every fact has an id of its own; a fact that can play two
parts in one rule goes in once for each part. Its C module is driven directly, so no callback runs inside it.
Comparisons between facts, which have made it crash, are tested on each match. Every run fires at least one rule, the
one that waits for the starting fact: freeing the memory of a run that fired none frees a pointer that was never set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import count, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.aggregate import Place, Settled
from rules.errors import EngineFailure, EngineUnavailable
from rules.facts import Derivations, Derived, Fact, Value
from rules.firing import Plan, checked_facts, join_order, plan, position
from rules.language import Atom, Predicate, RuleSet, Variable
from rules.matches import Matches, Table, holding

if TYPE_CHECKING:
    from rules.durable_memory import DurableMemory

MATCHES_AT_ONCE = 1000
PROGRAMS_KEPT = 8
START = 0
STARTED = "started"
START_MESSAGE = f'{{"id":"start","sid":"%s","t":{START}}}'
MATCHED = re.compile(r'"(\w+)":\{"id":"')
NUMBER_OF = re.compile(r'\{"id":"(\d+)"')
"""The type of the one fact that every run starts with, and the rule that waits for it."""
ASSERTED, UNSEEN = 0, 1
"""Codes of an assertion: seen by a rule, or (harmlessly) by none."""

Test = tuple[tuple[int, Value], ...]
Same = tuple[tuple[int, int], ...]
Concluded = tuple[Matches, list[int]]
"""Matches of a rule, and for each the number of the fact that it concludes, in the table of its predicate."""


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
        # `sid`, `t` and f0..f27 none do.
        return '{"id":"%d","sid":"%s",' + "".join(f'"f{i}":%d,' for i in self.fields) + f'"t":{self.code}}}'

    def admits(self, fact: Fact) -> bool:
        """Whether any condition in this role can match the fact."""
        fields = fact.fields
        if self.same and not _fits(fact, self.same, ()):
            return False
        return any(not tested or tuple([fields[i][1] for i in tested]) in values for tested, values in self.wanted)

    def admitted(self, facts: Collection[Fact]) -> Collection[Fact]:
        """The facts that some condition in this role can match, in their order."""
        if self.same:
            facts = [fact for fact in facts if _fits(fact, self.same, ())]
        if any(not tested for tested, _ in self.wanted):
            return facts
        kept: set[int] = set()
        for tested, values in self.wanted:
            if len(tested) == 1:
                (field,) = tested
                single = {value for (value,) in values}
                kept.update([n for n, fact in enumerate(facts) if fact[1][field][1] in single])
            else:
                rows = zip(*([fact[1][field][1] for fact in facts] for field in tested), strict=True)
                kept.update([n for n, row in enumerate(rows) if row in values])
        return [fact for n, fact in enumerate(facts) if n in kept]


class Single(NamedTuple):
    """A rule with one positive pattern: a fact that passes its tests is a match."""

    plan: Plan
    predicate: str
    same: Same
    test: Test

    def admits(self, fact: Fact) -> bool:
        """Whether the fact is a match."""
        return _fits(fact, self.same, self.test)

    def admitted(self, facts: Sequence[Fact]) -> Sequence[Fact]:
        """The facts that are matches, in their order."""
        for field, value in self.test:
            facts = [fact for fact in facts if fact[1][field][1] == value]
        return [fact for fact in facts if _fits(fact, self.same, ())] if self.same else facts


class Stratum(NamedTuple):
    """The rules of a stratum: the plans of those that join by key, those that do not, and the facts that they want.

    `handle` is the ruleset of the rules that join, in the Rete; None where there are none.
    """

    handle: int | None
    joins: dict[str, Plan]
    singles: dict[str, tuple[Single, ...]]
    bare: tuple[Plan, ...]
    roles: dict[str, tuple[Role, ...]]

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Those of all its rules."""
        return (*self.joins.values(), *(one.plan for each in self.singles.values() for one in each), *self.bare)

    def admits(self, fact: Fact) -> bool:
        """Whether some rule can match the fact."""
        name = fact.predicate
        roles, singles = self.roles.get(name, ()), self.singles.get(name, ())
        return any(role.admits(fact) for role in roles) or any(single.admits(fact) for single in singles)

    def settles(self, fact: Fact) -> bool:
        """Whether some rule denies or counts what the fact fits: then it must be known before the stratum runs."""
        return any(
            gather.predicate == fact.predicate and gather.admits(fact)
            for plan in self.plans
            for gather in (*plan.denials, *plan.gathers)
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
        known = {predicate: Table(each) for predicate, each in given.items()}
        codes = Codes(program.codes)
        for stratum in program.strata:
            run = self.started(stratum, codes)
            try:
                for matches, places in run.derive(known):
                    known[matches.predicate].found.append((matches, places))
            finally:
                run.forget()
        return Derivations(frozenset().union(*given.values()), Derived(known))

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
            if stratum.handle is not None:
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

    `known` are the facts that it has seen or concluded. Free it with `forget`.
    """

    def __init__(self, rete: Any, stratum: Stratum, sid: str, codes: Codes) -> None:
        self.rete, self.stratum, self.sid, self.codes = rete, stratum, sid, codes
        self.sent: list[Fact] = []
        self.state: int | None = None
        self.known: dict[str, Table] = {}
        self.settled = Settled(lambda predicate: self.known[predicate].rows if predicate in self.known else ())

    def derive(self, known: dict[str, Table]) -> list[Concluded]:
        """The matches of this stratum; its conclusions are added to the known facts, round by round."""
        self.known = known
        found = [self.conclude(plan, [], 1) for plan in self.stratum.bare]
        wanted = {*self.stratum.roles, *self.stratum.singles}
        return [
            *(each for each in found if each is not None),
            *self.rounds({name: [*known[name].rows] for name in known if name in wanted}),
        ]

    def feed(self, facts: Iterable[Fact]) -> list[Concluded]:
        """The matches of this stratum that come when these facts come too."""
        fresh: dict[str, list[Fact]] = {}
        for fact in facts:
            fresh.setdefault(fact.predicate, []).append(fact)
        return self.rounds({name: self.known.setdefault(name, Table()).add(each)[1] for name, each in fresh.items()})

    def rounds(self, fresh: Mapping[str, Sequence[Fact]]) -> list[Concluded]:
        """The matches that these facts make possible, and those that their conclusions do."""
        found: list[Concluded] = []
        while any(fresh.values()):
            before = self.sizes()
            waiting = fresh
            while any(waiting.values()):
                sizes = self.sizes()
                found += self.fired(waiting)
                waiting = self.since(sizes)
            fired = self.since(before)
            before = self.sizes()
            if self.stratum.handle is not None:
                messages = (self.playing(facts, name) for each in (fresh, fired) for name, facts in each.items())
                found += self.matches([message for each in messages for message in each])
            fresh = self.since(before)
        return found

    def sizes(self) -> dict[str, int]:
        """How many facts of each predicate are known."""
        return {name: len(table.rows) for name, table in self.known.items()}

    def since(self, sizes: Mapping[str, int]) -> dict[str, list[Fact]]:
        """The facts that are known beyond so many."""
        tables = self.known.items()
        return {n: table.rows[sizes.get(n, 0) :] for n, table in tables if len(table.rows) > sizes.get(n, 0)}

    def fired(self, fresh: Mapping[str, Sequence[Fact]]) -> Iterator[Concluded]:
        """What the rules that join nothing conclude from these facts."""
        for name, facts in fresh.items():
            for single in self.stratum.singles.get(name, ()):
                admitted = single.admitted(facts)
                concluded = self.conclude(single.plan, [admitted], len(admitted)) if admitted else None
                if concluded is not None:
                    yield concluded

    def conclude(self, plan: Plan, matched: list[Sequence[Fact]], count: int) -> Concluded | None:
        """Adds what matches of a rule conclude, where the rest of its conditions holds; None where it never does."""
        matched, count = holding(plan, matched, count, self.settled)
        matches = Matches(plan, matched, count, self.settled)
        if not matches.conclusions:
            return None
        places, _ = self.known.setdefault(matches.predicate, Table()).add(matches.conclusions)
        return matches, places

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

    def matches(self, batch: Sequence[str]) -> Iterator[Concluded]:
        """The matches that a batch of messages makes possible; EngineFailure when the Rete fails."""
        try:
            yield from self.matched(batch)
        except self.rete.error as error:
            raise EngineFailure("durable", str(error)) from error

    def matched(self, batch: Sequence[str]) -> Iterator[Concluded]:
        """As `matches`, with the errors of the Rete."""
        handle = self.stratum.handle
        if self.state is None:
            batch = [START_MESSAGE % self.sid, *batch]
        elif not batch:
            return
        outcome, self.state = self.rete.assert_facts(handle, f"[{','.join(batch)}]")
        if outcome not in (ASSERTED, UNSEEN):
            raise EngineFailure("durable", f"an assertion ended with code {outcome}")
        started = self.rete.start_action_for_state(handle, self.state)
        message = started[1] if started else None
        while message:
            concluded = self.read(message)
            if concluded is not None:
                yield concluded
            message = self.rete.complete_and_start_action(handle, self.state)

    def read(self, message: str) -> Concluded | None:
        """What a rule concludes from its matches: `{"r7":[{"m1":{"id":"12",...},"m0":{"id":"3",...}},...]}`.

        Nothing of it but numbers comes from the facts, so it is read as the text that it is: the messages of a match
        stand in the same order in each.
        """
        key = message[2 : message.index('"', 2)]
        if key == STARTED:
            return None
        names = MATCHED.findall(message, 0, message.index("}}"))
        numbers = NUMBER_OF.findall(message)
        plan = self.stratum.joins[key]
        count, rest = divmod(len(numbers), len(names))
        if rest or len(plan.positives) != len(names):
            raise EngineFailure("durable", f"the matches of {plan.rule.name} cannot be read")
        sent = self.sent
        columns = {name: [sent[int(n)] for n in numbers[place :: len(names)]] for place, name in enumerate(names)}
        return self.conclude(plan, [columns[f"m{i}"] for i in range(len(names))], count)

    def forget(self) -> None:
        """Frees the Rete's memory of this run; it would keep it until the process ends."""
        if self.state is not None:
            self.rete.delete_state(self.stratum.handle, self.sid)
            self.state = None


class _Compiler:
    """Turns the rules of one stratum into the definition that the Rete takes."""

    def __init__(self, rete: Any, rules: RuleSet, codes: Codes) -> None:
        self.rete, self.rules, self.codes = rete, rules, codes
        self.roles: dict[tuple[str, Same, int], Role] = {}
        self.types = count(START + 1)

    def stratum(self, name: str, indices: Sequence[int]) -> Stratum:
        plans = {i: plan(self.rules.rules[i], self.rules.predicates) for i in indices}
        joins = {f"r{i}": each for i, each in plans.items() if len(each.positives) > 1}
        singles: dict[str, tuple[Single, ...]] = {}
        for each in plans.values():
            if len(each.positives) == 1:
                (atom,) = each.positives
                test, same, _, _ = _parts(atom, self.rules.predicates[atom.predicate], {})
                known = singles.get(atom.predicate, ())
                singles[atom.predicate] = (*known, Single(each, atom.predicate, same, test))
        bare = tuple(each for each in plans.values() if not each.positives)
        handle = self.ruleset(name, joins) if joins else None
        roles: dict[str, tuple[Role, ...]] = {}
        for built in self.roles.values():
            role = built._replace(wanted=_wanted(built.tests))
            roles[role.predicate] = (*roles.get(role.predicate, ()), role)
        return Stratum(handle, joins, singles, bare, roles)

    def ruleset(self, name: str, joins: Mapping[str, Plan]) -> int:
        definition = {key: {"all": self.conditions(each), "cap": MATCHES_AT_ONCE} for key, each in joins.items()}
        definition[STARTED] = {"all": [{"s": {"t": START}}], "cap": MATCHES_AT_ONCE}
        handle: int = self.rete.create_ruleset(name, json.dumps(definition))
        return handle

    def conditions(self, plan: Plan) -> list[dict[str, Any]]:
        """The positive conditions of a rule, from the most selective on."""
        bound: dict[str, Place] = {}
        written: list[dict[str, Any]] = []
        played: dict[tuple[str, Same], int] = {}
        for i in join_order(plan.positives):
            atom = plan.positives[i]
            test, same, outer, own = _parts(atom, self.rules.predicates[atom.predicate], bound)
            occurrence = played[atom.predicate, same] = played.get((atom.predicate, same), -1) + 1
            fields = tuple(f for f, _ in (*test, *outer)) + tuple(own.values())
            role = self.role((atom.predicate, same, occurrence), test, fields)
            terms: list[dict[str, Any]] = [{"t": role}, *({f"f{f}": self.code(value)} for f, value in test)]
            terms += [{f"f{f}": _reference(bound[name])} for f, name in outer]
            bound.update({name: (i, f) for name, f in own.items()})
            written.append({f"m{i}": _conjunction(terms)})
        return written

    def role(self, key: tuple[str, Same, int], test: Test, fields: tuple[int, ...]) -> int:
        known = self.roles.get(key)
        tests = (test,) if known is None else tuple(dict.fromkeys((*known.tests, test)))
        wanted = tuple(sorted({*fields, *(known.fields if known else ())}))
        self.roles[key] = Role(known.code if known else next(self.types), key[0], key[1], tests, wanted)
        return self.roles[key].code

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


def _reference(place: Place) -> dict[str, str]:
    return {f"m{place[0]}": f"f{place[1]}"}


def _conjunction(terms: list[dict[str, Any]]) -> dict[str, Any]:
    return terms[0] if len(terms) == 1 else {"$and": terms}


def _fits(fact: Fact, same: Same, test: Test) -> bool:
    fields = fact.fields
    return all(fields[i][1] == fields[j][1] for i, j in same) and all(fields[i][1] == value for i, value in test)
