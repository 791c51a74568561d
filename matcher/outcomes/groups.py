"""Study groups: whether a patient is eligible, the one group that takes them, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from matcher.case import Matched, Request, Source, prepared, read_patient
from matcher.explain import Proofs, Step
from matcher.facts import Case
from matcher.history import course_of
from matcher.outcomes.criteria import CRITERIA, Ground, standing
from matcher.outcomes.group_rules import THE_STUDY, Group, Plan, plan_of
from matcher.phrases import say, text
from rules.engine import engine
from rules.facts import Fact, fact

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.notes import Note
    from matcher.outcomes.study import Study
    from matcher.patient import Patient
    from rules.language import RuleSet

YES, NO, UNDETERMINED = "yes", "no", "undetermined"
"""Whether a patient is eligible."""


class Passed(NamedTuple):
    """A group that does not take the patient, with what speaks against it, or is not known of it, a line each."""

    group: str
    because: tuple[str, ...]
    proof: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a study puts a patient.

    `eligible` is yes, no or undetermined. `group` is None unless the patient is eligible; `would_be` is the group that
    takes a patient whose eligibility is undetermined. `scheme` are the regimens of either. `to_confirm` are groups that
    go before it and whose criteria are not known; `passed_over` those that go before it and whose criteria are not met;
    `also` those that come after it and whose criteria are met too. `criteria` are the lines on eligibility where that
    is not met or not known. `why` is the proof.
    """

    patient: str
    study: str
    eligible: str
    group: str | None
    would_be: str | None
    scheme: tuple[tuple[str, ...], ...]
    why: Step
    to_confirm: tuple[Passed, ...] = ()
    passed_over: tuple[Passed, ...] = ()
    also: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()

    @property
    def marks(self) -> tuple[str, ...]:
        """What is to be confirmed before the group is final, a line each."""
        return tuple(f"to confirm: {line}" for each in self.to_confirm for line in each.because)


def assign(matched: Matched, study: Study, lang: str = "en", evaluator: str = "sql") -> Assignment:
    """Where the study puts the patient, with the proof; the same by both evaluators.

    UnusableInput or RuleProblems for a study file whose groups cannot be used.
    """
    plan = plan_of(study)
    found = _derived(matched, plan, evaluator)
    return _assignment(found, plan, lang)


def group_of(
    request: Request,
    study: Study,
    knowledge: KnowledgeBase,
    library: RuleSet,
    evaluator: str = "sql",
    read: tuple[str, Patient, tuple[Note, ...]] | None = None,
) -> Assignment:
    """As `assign`, from the patient's file alone, or who was `read` of it: what the group needs not is not derived."""
    read = read or read_patient(request)
    ready = prepared(request, read, knowledge)
    nothing = engine(evaluator).run(plan_of(study).rules, [])
    source = Source(request, read)
    matched = Matched(ready.patient, ready.query, ready.board, Case(), nothing, library, knowledge, ready.notes, source)
    return assign(matched, study, "en", evaluator)


def _derived(matched: Matched, plan: Plan, evaluator: str) -> Matched:
    """The patient with the facts that the study asks for, and what its rules derive of them."""
    course = course_of(matched.patient, matched.knowledge)
    ground = Ground(
        matched.patient, matched.query, matched.board, matched.knowledge, course, matched.rules, evaluator
    )  # fmt: skip
    case = Case(knowledge=matched.knowledge)
    case.labels[THE_STUDY] = text("groups", "the study")
    for atom, place in plan.criteria():
        asked = {name: value for name, value in atom.fields if name in CRITERIA[atom.predicate].asked}
        known = {name: value for name, value in asked.items() if isinstance(value, str | int | float)}
        found = standing(atom.predicate, known, ground, place)
        if found.label is not None:
            case.labels[str(known[CRITERIA[atom.predicate].asked[0]])] = found.label
        case.state(atom.predicate, found.origin, **known, status=found.status, because=found.because)
    state_plan(case, plan)
    derivations = engine(evaluator).run(plan.rules, case.facts)
    return replace(matched, case=case, derivations=derivations, rules=plan.rules)


def state_plan(case: Case, plan: Plan) -> None:
    """State what a study's file says of itself: its groups with their places in its order, and the ways into each."""
    case.state("study", name=plan.study, selects=bool(plan.eligible))
    for number, _ in enumerate(plan.eligible, start=1):
        case.state("way", of=THE_STUDY, number=number)
    for place, group in enumerate(plan.groups, start=1):
        case.state("place_of", group=group.name, place=place, otherwise=group.otherwise)
        for number, _ in enumerate(group.ways, start=1):
            case.state("way", of=group.name, number=number)


class _Found:
    """What was derived of one patient, as sentences and proofs of the study's rules."""

    def __init__(self, matched: Matched, plan: Plan, lang: str) -> None:
        self.matched, self.plan, self.lang = matched, plan, lang
        self.proofs = Proofs(matched, lang)

    def named(self, predicate: str, name: str) -> tuple[str, ...]:
        """The values of a field of the derived facts of a predicate."""
        return tuple(str(each.get(name)) for each in self.matched.derivations.facts(predicate))

    def step(self, proved: Fact) -> Step:
        """The proof of a derived fact; the study's rules are named by their places in its file."""
        return self._tidy(self.proofs.step(proved))

    def _tidy(self, step: Step) -> Step:
        name = step.rule and step.rule.removeprefix(f"{self.plan.study}.")
        return step._replace(rule=name, origin="", parts=tuple(map(self._tidy, step.parts)))

    def criteria(self, of: str, predicate: str) -> tuple[Step, ...]:
        """The proofs of what is not met (or not known) of a group: the first such criterion of each way."""
        every = [each for each in self.matched.derivations.facts(predicate) if each.get("of") == of]
        first: dict[object, Fact] = {}
        for each in sorted(every, key=lambda one: (int(one.get("number") or 0), int(one.get("part") or 0))):
            first.setdefault(each.get("number"), each)
        return tuple(self.step(each) for each in first.values())

    def unsettled(self, of: str) -> tuple[Step, ...]:
        """The proofs of every criterion that is not known in a way of a group of which nothing is known not to hold."""
        facts = self.matched.derivations.facts
        failed = {each.get("number") for each in facts("not_met") if each.get("of") == of}
        every = [each for each in facts("unsettled") if each.get("of") == of and each.get("number") not in failed]
        ordered = sorted(every, key=lambda one: (int(one.get("number") or 0), int(one.get("part") or 0)))
        return tuple(self.step(each) for each in ordered)


def _assignment(matched: Matched, plan: Plan, lang: str) -> Assignment:
    found = _Found(matched, plan, lang)
    (eligible,) = found.named("eligible", "status")
    first = next(iter(found.named("first_group", "group")), None)
    group = next(iter(found.named("assigned", "group")), None)
    of = plan.group(first) if first is not None and eligible != NO else None
    earlier = plan.groups[: plan.groups.index(of)] if of is not None else ()
    open_groups = set(found.named("to_confirm", "group"))
    to_confirm = tuple(_passed(each, found.unsettled(each.name)) for each in earlier if each.name in open_groups)
    passed = tuple(
        _passed(each, found.criteria(each.name, "not_met")) for each in earlier if each.name not in open_groups
    )
    holds = set(found.named("holds", "of"))
    later = plan.groups[plan.groups.index(of) + 1 :] if of is not None else ()
    open_criteria = {NO: found.criteria(THE_STUDY, "not_met"), UNDETERMINED: found.unsettled(THE_STUDY)}
    about = open_criteria.get(eligible, ())
    return Assignment(
        matched.patient.id,
        plan.study,
        eligible,
        group,
        first if eligible == UNDETERMINED else None,
        of.scheme if of is not None else (),
        _why(found, eligible, group, about, to_confirm, passed),
        to_confirm,
        passed,
        tuple(each.name for each in later if each.name in holds and not each.otherwise),
        _lines(about),
    )


def _passed(group: Group, proof: tuple[Step, ...]) -> Passed:
    return Passed(group.name, _lines(proof), proof)


def _lines(steps: Iterable[Step]) -> tuple[str, ...]:
    """What the premises of these steps say, each once."""
    return tuple(dict.fromkeys(part.text for step in steps for part in step.parts))


def _why(
    found: _Found,
    eligible: str,
    group: str | None,
    about: tuple[Step, ...],
    to_confirm: tuple[Passed, ...],
    passed_over: tuple[Passed, ...],
) -> Step:
    """The proof of the group, or of why there is none, with what keeps the groups before it from taking the patient."""
    if group is None:
        top = found.step(fact("eligible", status=eligible))
        return top._replace(parts=(*top.parts, *about))
    top = found.step(fact("assigned", group=group))
    earlier = {each.group: ("passed over", each) for each in passed_over}
    earlier |= {each.group: ("open", each) for each in to_confirm}
    ordered = [earlier[each.name] for each in found.plan.groups if each.name in earlier]
    parts = tuple(
        Step(
            say("groups", key, found.lang, group=each.group),
            parts=tuple(part for one in each.proof for part in one.parts),
        )
        for key, each in ordered
    )
    return top._replace(parts=(*top.parts, Step(say("groups", "earlier", found.lang), parts=parts))) if parts else top
