"""The four scores of a recommendation, kept apart, each with what made it: they are never added up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from kb.indication import Indication
from kb.trial import Trial
from matcher.explain import Proofs, Step
from matcher.levels import GRADES
from matcher.phrases import say
from matcher.recommend import Option, Recommendation
from rules.facts import Fact
from rules.language import Atom
from rules.wording import Wording

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.source import Source
    from matcher.biomarker_status import BiomarkerStatus
    from matcher.case import Matched


class VariantScore(NamedTuple):
    """How closely the patient's alterations are what the option asks for: `closeness` is the rung of the ladder.

    `status` is that of the biomarker, None where none is asked for; `alterations` are what made it, with their places.
    """

    closeness: str | None
    status: BiomarkerStatus | None
    alterations: tuple[Alteration, ...]
    places: tuple[str, ...]


class Tumor(NamedTuple):
    """A tumor type by code and name."""

    code: str
    name: str


class TumorScore(NamedTuple):
    """How the item's tumor types stand to the patient's: `exact`, `covered`, `agnostic`, `other` ..."""

    relation: str
    items: tuple[Tumor, ...]
    patients: Tumor


class SubCriterion(NamedTuple):
    """One thing that a grade asks for: `verdict` is `met`, `unmet` or `unknown`, `step` says it and whence."""

    verdict: str
    grade: str
    text: str
    step: Step


class FrameworkLevel(NamedTuple):
    """What was reached in one framework: the grade, None where none is known to be, and all that made it.

    `least` tells that a better grade may hold. `proofs` prove the grade and the addenda.
    """

    framework: str
    grade: str | None
    least: bool
    addenda: tuple[str, ...]
    criteria: tuple[SubCriterion, ...]
    proofs: tuple[Step, ...]


class Authorization(NamedTuple):
    """An indication by which the regimen is authorized: where, since when (None: in no source), how far verified."""

    jurisdiction: str
    indication: str
    status: str
    approval_type: str | None
    since: str | None
    sources: tuple[Source, ...]
    verified: str
    here: bool


class OpenTrial(NamedTuple):
    """A trial of the regimen that may be open: what its source says of it, and the day of which that is true."""

    id: str
    number: str | None
    status: str | None
    as_of: str | None
    countries: tuple[str, ...]
    recruiting: bool | None


class DrugApproval(NamedTuple):
    """A place where a drug of the regimen is approved for something, and an indication that says so."""

    drug: str
    jurisdiction: str
    indication: str
    since: str | None


class AccessScore(NamedTuple):
    """Whether the patient can have it: labels for this use, reimbursement, trials, approvals of its drugs.

    `reimbursed` is None where it is not known. `elsewhere` tells that a drug has no approval here. `drugs` are told
    where no label of the regimen here settles it.
    """

    authorized: tuple[Authorization, ...]
    reimbursed: bool | None
    note: str | None
    trials: tuple[OpenTrial, ...]
    drugs: tuple[DrugApproval, ...]
    elsewhere: bool


class Scores(NamedTuple):
    """The four scores of a recommendation."""

    variant: VariantScore
    tumor: TumorScore
    levels: tuple[FrameworkLevel, ...]
    access: AccessScore


def scores_of(proofs: Proofs, recommendation: Recommendation) -> Scores:
    """The four scores of a recommendation, by its leading option; access by all options with the regimen."""
    option, matched = recommendation.option, proofs.matched
    return Scores(_variant(option), _tumor(matched, option), _levels(proofs, option), _access(matched, recommendation))


def _variant(option: Option) -> VariantScore:
    status = option.item.status
    found = dict.fromkeys(_grounds(status)) if status is not None else {}
    places = dict.fromkeys(str(alteration.place) for alteration in found)
    return VariantScore(option.variant_closeness, status, tuple(found), tuple(places))


def _grounds(status: BiomarkerStatus) -> Iterator[Alteration]:
    """The alterations of a status and of its parts."""
    yield from status.alterations
    for part in status.parts:
        yield from _grounds(part)


def _tumor(matched: Matched, option: Option) -> TumorScore:
    types = (matched.knowledge.tumor_type(code) for code in option.item.record.tumor_types)
    patients = matched.query.tumor
    items = tuple(Tumor(each.code, each.name) for each in types)
    return TumorScore(option.item.relation, items, Tumor(patients.code, patients.name))


# --- evidence strength ------------------------------------------------------------------------------------------------


def _levels(proofs: Proofs, option: Option) -> tuple[FrameworkLevel, ...]:
    return tuple(_level(proofs, option, framework) for framework in GRADES)


def _level(proofs: Proofs, option: Option, framework: str) -> FrameworkLevel:
    graded = option.graded
    facts = [fact for fact in graded.facts if fact.get("framework") == framework]
    met = [
        SubCriterion("met", str(fact.get("grade") or fact.get("mark")), *each)
        for fact in facts
        for each in _met(proofs, proofs.step(fact))
    ]
    missing = [
        SubCriterion(str(fact.get("state")), str(fact.get("grade")), *told(proofs.step(fact)))
        for fact in graded.open_facts
        if fact.get("framework") == framework
    ]
    return FrameworkLevel(
        framework,
        graded.grades[framework],
        graded.is_least(framework),
        graded.addenda.get(framework, ()),
        tuple({(each.grade, each.text): each for each in (*met, *missing)}.values()),
        tuple(proofs.graded(option, fact) for fact in facts),
    )


def told(step: Step) -> tuple[str, Step]:
    """A step with its sentence before it."""
    return step.text, step


_ENDS = frozenset({"recommendation", "finding", "option", "tumor_matched", "avoid"})
"""Premises of a grade that are told and not unfolded: the proof and the criteria do."""

_TOLD_ELSEWHERE = frozenset({"recommendation", "option"})
_GIVEN = frozenset({"amp_asserted", "guideline_of", "publication", "label_without", "evidence"})
"""Given facts that are sub-criteria as they stand; a study is told by the fields that the rule asks for."""


def _met(proofs: Proofs, proof: Step) -> Iterator[tuple[str, Step]]:
    """What a grade rests on: its rule's sentence, then the premises that say something of the evidence."""
    yield told(proof)
    rules = proofs.wording.phrasing.rules
    waiting = [proof]
    seen: set[str] = set()
    while waiting:
        current = waiting.pop(0)
        asked = _asked_of_studies(rules[current.rule].body) if current.rule is not None else ()
        for part in current.parts:
            fact = part.statement
            if not isinstance(fact, Fact) or part.text in seen:
                continue
            if fact.predicate == "study":
                yield from _study(proofs.wording, part, asked)
            elif part.rule is None and fact.predicate in _GIVEN:
                seen.add(part.text)
                yield told(part)
            elif part.rule is not None and fact.predicate not in _TOLD_ELSEWHERE:
                seen.add(part.text)
                yield told(part)
                waiting += [part] if fact.predicate not in _ENDS else []


def _asked_of_studies(body: Iterable[object]) -> tuple[str, ...]:
    """The fields of a study that a rule asks for, in the order written."""
    atoms = (each for each in body if isinstance(each, Atom) and each.predicate == "study")
    return tuple(name for atom in atoms for name, _ in atom.fields if name not in {"item", "study"})


def _study(wording: Wording, step: Step, asked: Iterable[str]) -> Iterator[tuple[str, Step]]:
    """One sub-criterion for each field of a study that a grade asks for."""
    fact = step.statement
    assert isinstance(fact, Fact)
    study = wording.value("study", "study", fact.get("study") or "")
    for name in asked:
        value = wording.value("study", name, fact.get(name) or "")
        yield say("why", f"study {name}", wording.lang, study=study, value=value), step


# --- access -----------------------------------------------------------------------------------------------------------


def _access(matched: Matched, recommendation: Recommendation) -> AccessScore:
    options = (recommendation.option, *recommendation.also)
    known = recommendation.access
    authorized = tuple(_authorizations(matched, options))
    return AccessScore(
        authorized,
        known.reimbursed,
        known.note,
        tuple(_trial(option.item.record) for option in options if isinstance(option.item.record, Trial)),
        () if any(each.here for each in authorized) else tuple(_drugs(matched, recommendation.option)),
        "authorized elsewhere" in recommendation.option.flags,
    )


def _authorizations(matched: Matched, options: Iterable[Option]) -> Iterator[Authorization]:
    """The labels of the regimen for this tumor type, the patient's jurisdiction first."""
    here = matched.query.jurisdiction
    records = [option.item.record for option in options if option.item.relation != "other"]
    labels = {each.id: each for each in records if isinstance(each, Indication)}
    for each in sorted(labels.values(), key=lambda each: (each.jurisdiction != here, each.jurisdiction, each.id)):
        yield Authorization(
            each.jurisdiction,
            each.id,
            each.status.value,
            each.approval_type,
            each.approved_on,
            each.sources,
            each.verified.value,
            each.jurisdiction == here,
        )


def _trial(record: Trial) -> OpenTrial:
    return OpenTrial(
        record.id, record.nct_id, record.status, record.status_as_of, tuple(record.countries), record.recruiting
    )


def _drugs(matched: Matched, option: Option) -> Iterator[DrugApproval]:
    for fact in matched.derivations.facts("drug_approved"):
        origin = matched.case.origins.get(fact)
        if fact.get("drug") in option.regimen and origin is not None and origin.indication is not None:
            record = matched.knowledge.indication(origin.indication)
            yield DrugApproval(str(fact.get("drug")), str(fact.get("jurisdiction")), record.id, record.approved_on)
