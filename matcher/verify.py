"""A proof checked: every step replayed against the rules, the whole derived again, and the graph asked by digest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from matcher.proof_file import (
    ABSENCE,
    GIVEN,
    TABLES,
    claim_names,
    claimed,
    file_digests,
    program,
    said,
    table_digest,
)
from matcher.proof_reading import FileStep, ProofFile
from matcher.restated import SAID, Restated, key_of, restated
from matcher.wording import words
from rules.engine import engine
from rules.errors import InvalidFact
from rules.facts import Absence, Derivation, Derivations, Fact, Premise, Value
from rules.facts import fact as stated
from rules.language import LANGUAGES
from rules.replay import PRESENT, mismatch, same
from rules.wording import Label, Wording, plain

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Matched, Request
    from rules.language import Rule, RuleSet


NOT_DERIVED = "not_derived"
"""Why a step fails that follows from its premises, where these do not hold."""


class Verdict(StrEnum):
    """What became of a proof."""

    HOLDS = "holds"
    OTHERS = "holds, but the graph or the rules are others now"
    FAILS = "does not hold"


class Fault(NamedTuple):
    """Something that does not hold: `key` names the phrase that says why (`phrases/verify.json`), `step` the step."""

    key: str
    values: tuple[tuple[str, str], ...] = ()
    step: int | None = None


class Result(NamedTuple):
    """What became of one step; `is_of_changed_rule` where its rule has another text than when the proof was made."""

    step: FileStep
    fault: Fault | None = None
    is_of_changed_rule: bool = False


class Changed(NamedTuple):
    """Something with a digest, then and now; None where it was not there."""

    name: str
    then: str | None
    now: str | None

    @property
    def how(self) -> str:
        """`changed`, `went`, or `came` for what was not there when the proof was made."""
        return "went" if self.now is None else "came" if self.then is None else "changed"


class Anew(NamedTuple):
    """The patient matched anew: given facts that came and went, files that changed, and whether it still follows."""

    came: tuple[Fact, ...]
    went: tuple[Fact, ...]
    files: tuple[Changed, ...]
    follows: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """A proof and what became of it.

    `follows` says whether the recommendation was derived again from the given facts. `rules`, `statements` and
    `tables` are those the proof rests on that are others now. `added` are facts of the option that other rules now
    conclude beside those of the proof. `restated` is how many given facts the graph was asked for; None where it
    is not the one that the proof was made from, or the program is of another version. `faults` belong to the whole;
    those of steps are in `results`.
    """

    proof: ProofFile
    verdict: Verdict
    results: tuple[Result, ...]
    faults: tuple[Fault, ...]
    follows: bool
    kb: tuple[str, str]
    rules_digest: str
    program: str
    evaluator: str
    rules: tuple[Changed, ...]
    statements: tuple[Changed, ...]
    tables: tuple[Changed, ...]
    added: tuple[Fact, ...] = ()
    anew: Anew | None = None
    restated: int | None = None

    @property
    def every_fault(self) -> tuple[Fault, ...]:
        """Those of the steps in their order, premises before what rests on them, then those of the whole."""
        return (*(each.fault for each in self.results if each.fault is not None), *self.faults)

    @property
    def first(self) -> Fault | None:
        """The first that does not hold: everything before it does."""
        return next(iter(self.every_fault), None)

    @property
    def is_same_graph(self) -> bool:
        """Whether the graph is the one that the proof was made from."""
        return self.kb[1] == self.proof.kb_digest

    @property
    def are_same_rules(self) -> bool:
        """Whether the rules are those that the proof was made by."""
        return self.rules_digest == self.proof.rules_digest


def verify(
    proof: ProofFile, knowledge: KnowledgeBase, rules: RuleSet, evaluator: str, anew: Matched | None = None
) -> Verification:
    """Whether a proof still holds, by this graph and these rules; with `anew` also for the patient as matched now.

    1. Each derived step is replayed against the rule of its name as it is now, without an evaluator.
    2. Everything is derived again from the given facts, so that absences and counts are checked too.
    3. Statements of the graph are compared by digest. In the graph that the proof was made from, given facts that rest
       on no patient are stated again, and names and sources are looked up.
    4. Given facts are compared with those of the patient matched anew.

    Raises EngineUnavailable for an unknown evaluator.
    """
    runner = engine(evaluator)
    try:
        derivations, refused = runner.run(rules, proof.given), None
    except InvalidFact as error:
        derivations, refused = Derivations(frozenset()), Fault("facts_refused", (("reason", str(error)),))
    again = _Again(proof, knowledge, rules, derivations, anew, is_readable=refused is None)
    results = again.results()
    faults = (refused,) if refused is not None else tuple(again.faults(results))
    changed = (again.rules_changed(), again.statements_changed(), tuple(_tables_changed(proof)))
    is_other = (
        rules.digest != proof.rules_digest
        or knowledge.digest != proof.kb_digest
        or any(changed)
        or (again.anew is not None and any(again.anew[:3]))
    )
    failed = bool(faults) or any(result.fault for result in results)
    verdict = Verdict.FAILS if failed else Verdict.OTHERS if is_other else Verdict.HOLDS
    return Verification(
        proof, verdict, results, faults, again.follows, (knowledge.release, knowledge.digest), rules.digest, program(),
        evaluator, *changed, again.added, again.anew, again.count_restated,
    )  # fmt: skip


def matched_anew(
    proof: ProofFile, request: Request, knowledge: KnowledgeBase, rules: RuleSet, evaluator: str
) -> Matched:
    """The patient matched as then: what the request leaves out is taken from the proof. The errors of `match`."""
    from matcher.case import match

    then = proof.asked
    as_then = request._replace(
        tumor_type=request.tumor_type or then.get("tumor_type"),
        jurisdiction=request.jurisdiction or then.get("jurisdiction"),
        default_jurisdiction=proof.claim.jurisdiction,
        assay=request.assay or then.get("assay"),
        sample=request.sample or then.get("sample"),
        build=request.build or then.get("build"),
    )
    return match(as_then, knowledge, rules, evaluator)


class _Again:
    """A proof beside what follows now."""

    def __init__(
        self,
        proof: ProofFile,
        knowledge: KnowledgeBase,
        rules: RuleSet,
        derivations: Derivations,
        matched: Matched | None,
        *,
        is_readable: bool,
    ) -> None:
        self.proof, self.knowledge, self.rules, self.derivations = proof, knowledge, rules, derivations
        self.matched, self.anew = matched, _compared(proof, matched)
        anew = self.anew
        self.by_name = {rule.name: rule for rule in rules.rules}
        self.wordings = {lang: Wording(rules, lang, _label(proof.labels.get(lang, {}))) for lang in LANGUAGES}
        self.steps = {step.id: step for step in proof.steps}
        self.given = {_typed(fact) for fact in proof.given}
        self.gone = {_typed(fact) for fact in anew.went} if anew is not None else set()
        self.is_same_graph = knowledge.digest == proof.kb_digest
        self.are_same_rules = rules.digest == proof.rules_digest
        claim = proof.claim
        self.restated: Restated | None = None
        if is_readable and self.is_same_graph and proof.program == program():
            self.restated = restated(proof.given, (claim.tumor_type, claim.jurisdiction, claim.as_of), knowledge)
        self.invented = {key_of(fact) for fact in self.restated.invented} if self.restated is not None else set()
        self.tier = stated("recommendation", option=claim.option, tier=claim.tier)
        self.expected = set(claimed(derivations, rules, claim.option, claim.tier))
        told = {(role, self.steps[number].statement) for role, number in proof.claims if number in self.steps}
        missing = [fact for role, fact in self.expected if (role, fact) not in told]
        self.missing = tuple(sorted(missing, key=repr))

    @property
    def count_restated(self) -> int | None:
        """How many given facts the graph was asked for; None where it was not."""
        if self.restated is None:
            return None
        return sum(fact.predicate in SAID for fact in self.proof.given)

    @property
    def follows(self) -> bool:
        """Whether the recommendation was derived again."""
        return self.tier in self.derivations.derived

    @property
    def added(self) -> tuple[Fact, ...]:
        """What other rules conclude of the option beside the proof's claims."""
        return () if self.are_same_rules or not self.follows else self.missing

    def results(self) -> tuple[Result, ...]:
        """What became of each step. Where something fits what a rule denies, the absence is the step that fails."""
        found = {step.id: self._result(step) for step in self.proof.steps}
        for result in tuple(found.values()):
            fault = result.fault
            if fault is not None and fault.key == PRESENT:
                blamed = self.steps[int(dict(fault.values)["premise"])]
                found[blamed.id] = Result(blamed, fault._replace(step=blamed.id))
        failed = {result.step.id for result in found.values() if result.fault is not None}
        return tuple(_blaming(result, failed) for result in found.values())

    def _result(self, step: FileStep) -> Result:
        if step.kind == GIVEN:
            return Result(step, self._given_fault(step))
        if step.kind == ABSENCE:
            known = step.statement.predicate in self.rules.predicates
            return Result(step, self._wording_fault(step) if known else _fault(step, "predicate_unknown"))
        rule, used = self.by_name.get(step.rule), self.proof.used.get(step.rule)
        is_other = rule is not None and used is not None and rule.digest != used.digest
        return Result(step, self._derived_fault(step, rule, is_other), is_other)

    def _given_fault(self, step: FileStep) -> Fault | None:
        if _typed(step.statement) not in self.given:
            return _fault(step, "not_given")
        for iri in step.statements:
            if iri not in self.proof.statements:
                return _fault(step, "statement_unlisted", iri=iri)
            if self.is_same_graph and self._digest_now(iri) != self.proof.statements[iri]:
                return _fault(step, "statement_differs", iri=iri)
            if self.is_same_graph and self._sources_now(iri) != set(self.proof.sources[iri]):
                return _fault(step, "statement_sources_differ", iri=iri)
        wrong = self._graph_fault(step)
        if wrong is not None:
            return wrong
        if _typed(step.statement) in self.gone:
            return _fault(step, "not_given_anew")
        return self._wording_fault(step)

    def _graph_fault(self, step: FileStep) -> Fault | None:
        """Whether the graph says a given fact that it alone can say, in the statement that is named for it."""
        if self.restated is None or not isinstance(step.statement, Fact) or step.statement.predicate not in SAID:
            return None
        if key_of(step.statement) in self.invented:
            return _fault(step, "not_in_graph")
        iris = self.restated.statements(step.statement, self.knowledge)
        if iris is not None and iris != step.statements:
            return _fault(step, "origin_differs", iri=", ".join(iris) or "-")
        return None

    def _derived_fault(self, step: FileStep, rule: Rule | None, is_other: bool) -> Fault | None:
        absent = next((number for number in step.premises if number not in self.steps), None)
        if absent is not None:
            return _fault(step, "premise_absent", premise=str(absent))
        if rule is None:
            return _fault(step, "rule_went", rule=step.rule)
        if step.rule not in self.proof.used or (is_other and self.are_same_rules):
            return _fault(step, "rule_differs", rule=step.rule)
        premises = tuple(self.steps[number].statement for number in step.premises)
        assert isinstance(step.statement, Fact)
        firing = Derivation(step.rule, step.statement, step.bindings, premises)
        wrong = mismatch(firing, rule, self.rules.predicates, self.derivations.facts)
        if wrong is not None:
            number = step.premises[wrong.premise] if wrong.premise is not None and step.premises[wrong.premise :] else 0
            told = {"rule": step.rule, "condition": wrong.condition, "found": wrong.found, "premise": str(number)}
            return _fault(step, wrong.kind, **told)
        if not any(_is_same_firing(firing, each) for each in self.derivations.derived.get(step.statement, ())):
            return _fault(step, NOT_DERIVED, rule=step.rule)
        if not is_other and self.proof.used[step.rule].cites != rule.cites:
            return _fault(step, "sources_differ", rule=step.rule)
        return self._wording_fault(step, firing)

    def _wording_fault(self, step: FileStep, firing: Derivation | None = None) -> Fault | None:
        """Whether a step says what the rules say of it; other rules may have other words."""
        if not self.are_same_rules:
            return None
        unknown = next((lang for lang in step.says if lang not in self.wordings), None)
        if unknown is not None:
            return _fault(step, "language_unknown", lang=unknown)
        for lang, wording in self.wordings.items():
            expected = said(wording, step.statement, firing)
            if step.says.get(lang) != expected:
                return _fault(step, "sentence_differs", expected=expected)
        return None

    def faults(self, results: Iterable[Result]) -> Iterator[Fault]:
        """What is wrong with the whole: the claim, and whether everything that belongs to it is shown."""
        claim, failed = self.proof.claim, {result.step.id for result in results if result.fault is not None}
        patient = stated("patient", tumor=claim.tumor_type, jurisdiction=claim.jurisdiction, as_of=claim.as_of)
        option = stated("option", id=claim.option, basis=claim.basis, regimen="+".join(claim.regimen))
        if patient not in self.derivations.given:
            yield Fault("claim_of_other_patient", (("fact", repr(patient)),))
        if not self.follows:
            yield Fault("recommendation_gone", (("fact", repr(self.tier)),))
        elif option not in self.derivations.derived:
            yield Fault("claim_of_other_option", (("fact", repr(option)),))
        for role, number in self.proof.claims:
            step = self.steps.get(number)
            if step is None:
                yield Fault("claim_without_step", (("premise", str(number)),))
            elif self.follows and number not in failed and (role, step.statement) not in self.expected:
                yield Fault("claim_not_so", (("fact", repr(step.statement)),), number)
        for fact in self.missing if self.are_same_rules else ():
            if self.follows:
                yield Fault("claim_incomplete", (("fact", repr(fact)),))
        yield from self._graph_faults()
        yield from self._misnamed()
        if self.matched is not None and self.matched.patient.id != claim.patient:
            yield Fault("claim_of_other_person", (("now", self.matched.patient.id), ("then", claim.patient)))
        if self.anew is not None and not self.anew.follows:
            yield Fault("recommendation_gone_anew", (("fact", repr(self.tier)),))

    def _graph_faults(self) -> Iterator[Fault]:
        """Given facts that the graph does not say and no step shows, and facts of the graph that were left out."""
        if self.restated is None:
            return
        shown = {key_of(step.statement) for step in self.proof.steps if isinstance(step.statement, Fact)}
        for fact in self.restated.invented:
            if key_of(fact) not in shown:
                yield Fault("given_not_in_graph", (("fact", repr(fact)),))
        for fact in self.restated.left_out:
            yield Fault("graph_says_also", (("fact", repr(fact)),))

    def _misnamed(self) -> Iterator[Fault]:
        """Names that the proof gives and neither the graph nor, where it was matched anew, the patient has."""
        for lang, names in self.proof.labels.items() if self.restated is not None else ():
            if lang not in self.wordings:
                yield Fault("language_unknown", (("lang", lang),))
                continue
            right = self._names(lang)
            for name, value, text in ((name, *pair) for name, values in names.items() for pair in values.items()):
                if not right(name, value, text):
                    yield Fault("name_differs", (("name", text), ("value", value)))

    def _names(self, lang: str) -> Callable[[str, str, str], bool]:
        """Whether something is rightly called so. Verdicts, tiers and the like are named by the rules alone."""
        assert self.restated is not None
        again, of_claim = self.restated, self._claimed_names(lang)
        graph = words(again.case, lang)
        anew = words(self.matched.case, lang) if self.matched is not None else None
        declared = (field for predicate in self.rules.predicates.values() for field in predicate.fields)
        ours = {value for field in declared for value in field.values}

        def is_right(name: str, value: str, text: str) -> bool:
            if (name, value, text) in of_claim or graph(name, value) == text:
                return True
            if anew is not None:
                return anew(name, value) == text
            return value not in ours and not again.is_misnamed(lang, name, value, text)

        return is_right

    def _claimed_names(self, lang: str) -> set[tuple[str, str, str]]:
        assert self.restated is not None
        wording, claim = Wording(self.rules, lang, words(self.restated.case, lang)), self.proof.claim
        regimen = "+".join(claim.regimen)
        return set(claim_names(wording, claim.option, claim.tier, regimen, claim.tumor_type, claim.jurisdiction))

    def _sources_now(self, iri: str) -> set[tuple[str, str | None]]:
        try:
            return {(source.label, source.url) for source in self.knowledge.statement_sources(iri)}
        except ValueError:  # no IRI at all
            return set()

    def rules_changed(self) -> tuple[Changed, ...]:
        """The rules that steps name and that have another text now."""
        now = {name: self.by_name[name].digest if name in self.by_name else None for name in self.proof.used}
        return tuple(_changed({name: used.digest for name, used in self.proof.used.items()}, now))

    def statements_changed(self) -> tuple[Changed, ...]:
        """The statements of the graph that steps come from and that say something else now."""
        return tuple(_changed(self.proof.statements, {iri: self._digest_now(iri) for iri in self.proof.statements}))

    def _digest_now(self, iri: str) -> str | None:
        try:
            return self.knowledge.statement_digest(iri)
        except ValueError:  # no IRI at all
            return None


def _blaming(result: Result, failed: Collection[int]) -> Result:
    """The result, with the premise that fails named where a step fails for nothing else."""
    if result.fault is None or result.fault.key != NOT_DERIVED:
        return result
    blamed = [number for number in result.step.premises if number in failed]
    fault = _fault(result.step, "rests_on_failed", premise=str(blamed[0])) if blamed else result.fault
    return result._replace(fault=fault)


def _fault(step: FileStep, key: str, **values: str) -> Fault:
    return Fault(key, tuple(sorted({"fact": repr(step.statement), **values}.items())), step.id)


def _changed(then: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[Changed]:
    return (Changed(name, then[name], now[name]) for name in sorted(then) if then[name] != now[name])


def _tables_changed(proof: ProofFile) -> Iterator[Changed]:
    """The data tables that steps rest on and that are others now; a name that is no table of this program went."""
    now = {name: table_digest(name) if name in TABLES.values() else None for name in proof.tables}
    return _changed(dict(proof.tables), now)


def _label(words: Mapping[str, Mapping[str, str]]) -> Label:
    """The names of the case, as the proof tells them."""

    def label(name: str, value: Value) -> str:
        bare = plain(name, value)
        return words.get(name, {}).get(bare, bare)

    return label


def _typed(statement: Premise) -> tuple[object, ...]:
    """A statement as a key that tells 1, 1.0 and true apart, and a fact from its absence."""
    fields = tuple((name, type(value), value) for name, value in statement.fields)
    return isinstance(statement, Absence), statement.predicate, fields


def _is_same_firing(one: Derivation, other: Derivation) -> bool:
    """Whether two firings are the same, types of values included."""
    if one != other or [type(value) for _, value in one.bindings] != [type(value) for _, value in other.bindings]:
        return False
    return same(one.conclusion, other.conclusion) and all(map(same, one.premises, other.premises))


def _compared(proof: ProofFile, matched: Matched | None) -> Anew | None:
    """The given facts and files of the proof beside those of the patient matched anew."""
    if matched is None:
        return None
    then = {_typed(fact): fact for fact in proof.given}
    now = {_typed(fact): fact for fact in matched.derivations.given}
    tier = stated("recommendation", option=proof.claim.option, tier=proof.claim.tier)
    return Anew(
        tuple(sorted((now[key] for key in now.keys() - then.keys()), key=repr)),
        tuple(sorted((then[key] for key in then.keys() - now.keys()), key=repr)),
        tuple(_changed(proof.files, file_digests(matched, proof.files))),
        tier in matched.derivations.derived,
    )
