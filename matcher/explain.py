"""Why a regimen is recommended: its proof, down to the graph's sources and the patient's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from matcher.criteria import Criterion, board_place, grouped
from matcher.facts import Case, Origin
from matcher.levels import NAMES
from matcher.phrases import say
from matcher.recommend import Finding, Option, recommendation_fact, words
from rules.facts import Absence, Fact
from rules.facts import fact as stated
from rules.proof import Derived, Proof, prove, sentence

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.source import Source
    from matcher.case import Matched


class Step(NamedTuple):
    """A node of an explanation: one sentence, what says so, and what it rests on.

    `rule` and `cites` are set where a rule concluded it, and `origin` where that rule is a site's; `sources` are the
    graph's sources and `places` the patient's files and rows where it was given. `statement` is the fact, or the
    absence of one, that the step proves, and `iri` names the statement of the graph that gives it.
    """

    text: str
    rule: str | None = None
    cites: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    places: tuple[str, ...] = ()
    verified: str | None = None
    verdict: str | None = None
    parts: tuple[Step, ...] = ()
    origin: str = ""
    statement: Fact | Absence | None = None
    iri: str | None = None

    def named(self) -> str:
        """The rule, and whose it is when it is not the library's."""
        return f"rule {self.rule}{f' [{self.origin}]' if self.origin else ''}"


STATEMENTS = {
    "patient": "patient with {tumor} in {jurisdiction}, as of {as_of}",
    "history": "the treatment history is {status}",
    "prior_lines": "{count} line(s) of therapy for advanced disease so far; the next is line {next}",
    "received": "{therapy} was received in {times} regimen(s)",
    "progressed_on": "the disease progressed on {therapy}",
    "responded_to": "the disease responded to {therapy}",
    "last_therapy": "the last regimen: {ended}",
    "maintenance_of": "for maintenance after chemotherapy",
    "outcome_unknown": "how {therapy} ended is not recorded",
    "stage": "the disease state is {state}",
    "age": "the patient is {years} years old",
    "indication": "{jurisdiction} indication of {regimen}, {status}",
    "approval_date": "approved on {earliest} (at the latest {latest})",
    "approval_undated": "approved; the date is in no source",
    "withdrawal_date": "withdrawn on {earliest} (at the latest {latest})",
    "withdrawal_undated": "withdrawn; the date is in no source",
    "evidence": "{id}: {direction} {significance} to {regimen}, level {level}",
    "trial": "{id}: {regimen}; open: {open}, as of {as_of}",
    "trial_in": "{trial} recruits in {jurisdiction}",
    "biomarker_of": "{profile} is {status}: {because}",
    "biomarker_caution": "{text}",
    "tumor_of": "for {tumor}: {relation}",
    "setting_of": "for {state} disease",
    "line_of": "for line {text}",
    "requirement": "asks for {text}",
    "asks": "asks for {requirement}",
    "alternative": "{part} is enough for {requirement}",
    "accepts": "{therapy} satisfies it",
    "condition_of": "asks: {text}",
    "minimum_age": "from {years} years",
    "unverified": "verified: {how}",
    "regimen_drug": "{regimen} contains {drug}",
    "therapy": "{name} is a {kind}",
    "core_of": "without supportive drugs, {regimen} is {core}",
    "drug_approved": "{drug} is approved in {jurisdiction}",
    "study": "{study}: {kind}; selected by the alteration: {stratified}; comparator: {comparator}; "
    "survival: {survival}; response: {response}; ESMO-MCBS: {mcbs}",
    "tumor_form": "{tumor}: {form}",
    "patient_form": "the patient's tumor is {form}",
    "use_of": "{item}: {use}",
    "label_without": "{label}, in force since {since}, selects patients without the alteration",
    "amp_asserted": "CIViC asserts Tier I - Level A on {item}; seen by {known_on}",
    "guideline_of": "{item} is a guideline's statement",
    "publication": "{item} was published in {source}",
    "ecog": "ECOG performance status {grade}",
    "ecog_limit": "for ECOG 0 to {maximum}",
    "sex": "the patient is {sex}",
    "sex_of": "for {sex} patients",
    "maximum_age": "up to {years} years",
    "condition_state": "{text}: {state} is enough",
    "criterion_of": "asks: {text}; {because}",
    "seen_in_germline": "{item} was seen with germline variants",
    "dated": "the dates of the history: {state}",
    "washout_of": "asks for {days} days without {therapy}",
    "since_last": "{least} to {most} days since the last dose of {therapy}",
    "progressed_member": "the disease progressed on {drug}: {therapy}",
    "class_progressed": "{drug} and {other} are both {group}; the disease progressed on {other}",
    "toxicity_of": "toxicity of {drug}: {what}",
    "class_toxicity": "{drug} and {other} are both {group}; toxicity of {other}: {what}",
    "caution": "{drug}: {subject}: {effect} ({text})",
    "preference": "the patient wishes to {wish} {what}: {drug}",
    "insured": "the plan is the {plan}",
    "coverage": "entry {id} for {drug} ({scope}): listed: {listed}",
    "coverage_elsewhere": "{drug} is listed for {scope}",
    "opposed": "something speaks against {core}, a part or a class of it",
    "reaches": "{of} concerns {core}: {reach}",
    "related": "{profile} and {basis}: {relation}",
    "decides": "{speaks} (level {level}) against {against}: {decided}",
    "cytotoxic": "{core} is chemotherapy",
    "published_in": "{evidence} rests on {document} about {gene}",
    "low_rated": "{evidence} has one or two stars",
    "moved_part": "{regimen} comes from another tumor type and contains {drug}",
    "acts_like": "{drug} acts like {other}, which {item} is about",
    "used_here": "{drug} has an approval for this tumor type",
}
"""What a given fact says, in words. A fact whose predicate is not listed is shown as it stands in the rules."""


RELATIONS = {
    "exact": "the patient's tumor type",
    "covered": "the patient's tumor type lies under it",
    "agnostic": "any solid tumor",
    "general": "the patient's diagnosis is more general",
    "other": "another tumor type than the patient's",
    "excluded": "the patient's tumor type is excluded",
}
"""How a tumor type stands to the patient's, in words."""

ABSENCES = {
    "disease_state": "the patient file does not give the disease state {state}",
    "castration_told": "the patient file does not tell whether the disease is castration-resistant",
    "setting_open": "no disease state of {item} is left open by the patient file",
    "finding": "no {criterion} of {option} {verdict}",
    "unsettled": "the biomarker, the tumor type and the approval of {option} are settled",
    "stage": "the patient file gives no stage",
    "age": "the patient file gives no age",
    "history_speaks": "the treatment history does not show: {requirement}",
    "history_silent": "no therapy with an unrecorded end could satisfy: {requirement}",
    "history_exceeds": "the treatment history does not exceed: {requirement}",
    "setting_fits": "no disease state that {item} is for is the patient's",
    "not_accessible": "every drug of {regimen} has an approval in {jurisdiction}",
    "nowhere_approved": "every drug of {regimen} has an approval somewhere",
    "drug_approved": "{drug} has no approval in {jurisdiction}",
    "may_be_withdrawn": "{indication} was not withdrawn by then, as far as its sources tell",
    "outweighed": "nothing outweighs {evidence}",
    "repeatedly": "no other publication agrees with {evidence}",
    "consistently": "fewer than three publications agree with {evidence}",
    "cytotoxic": "{core} is not chemotherapy alone",
    "low_rated": "{evidence} has no low rating",
    "kept": "nothing that speaks for {core} outweighs {against}",
    "carried": "nothing carries {drug} to this tumor type",
    "trial_in": "{trial} does not recruit in {jurisdiction}",
    "study": "the graph knows of no such study behind {item}",
    "behind": "no study in this tumor type behind {option} is known",
    "level": "{option} does not reach {grade}",
    "in_force": "no such label in force is for this use",
    "contrary": "no evidence speaks against {core} with {profile}",
    "without_fda": "every drug of {regimen} has an FDA approval",
    "guideline_of": "{item} is no guideline's statement",
    "blocked_otherwise": "nothing but a contraindication keeps {option} out",
    "condition_met": "the patient's disease state is not known to be: {text}",
    "ecog": "the patient file gives no performance status",
    "sex": "the patient file gives no sex",
    "since_last": "{therapy} is not in the treatment history",
    "label_speaks_of": "{option} asks for no therapy with {drug}",
    "coverage_superseded": "no later edition speaks of the drug",
    "listing": "the latest edition does not say of {drug}: {listed}",
    "not_all_reimbursed": "every drug of {regimen} is listed",
    "drug_reimbursed": "{drug} is not known to be listed for this",
    "drug_not_reimbursed": "{drug} is not known to be left out for this",
    "coverage_elsewhere": "no entry for something else is known for {drug}",
}
"""What the absence of a fact says, in words. One that is not listed is shown as it stands in the rules."""

WHATEVER = {"criterion": "criterion", "jurisdiction": "any jurisdiction of the graph"}
"""What a field of an absence says where the rule left it open."""

VERBS = {"fail": "fails", "undetermined": "is undetermined", "warn": "asks for caution", "pass": "passes"}
"""What a criterion with this verdict does, in words."""


def explanation(matched: Matched, option: Option, lang: str = "en") -> Step:
    """Why the option is recommended: the proof of its tier, then of every criterion, then of its marks and levels.

    The option must be a recommended one (`tier` set).
    """

    def step(fact: Fact) -> Step:
        return proved_step(matched, fact, lang)

    top = step(recommendation_fact(option))
    parts = grouped(criteria_of(matched, option, lang), matched.case, lang)
    criteria = Step(say("why", "every criterion", lang), parts=parts)
    marks, asked = _marks(matched, option, step)
    closing = (*marks, *_levels(option, step, lang), *asked)
    closed = (Step(say("why", "marks and levels", lang), parts=closing),) if closing else ()
    return top._replace(parts=(*top.parts, criteria, *closed))


ASKED = frozenset({"to confirm", "rule out"})
"""Marks that only repeat what undetermined criteria ask for."""


def _marks(matched: Matched, option: Option, step: Callable[[Fact], Step]) -> tuple[list[Step], list[Step]]:
    """The proofs of the option's marks; those that only repeat what is to be confirmed apart."""
    facts = list(_of(matched, "flag", option.id))
    return (
        [step(fact) for fact in facts if fact.get("mark") not in ASKED],
        [step(fact) for fact in facts if fact.get("mark") in ASKED],
    )


def criteria_of(matched: Matched, option: Option, lang: str = "en") -> tuple[Criterion, ...]:
    """Every criterion of an option that was checked, with its proof, in the order of a board's questions."""
    facts = {
        (str(fact.get("criterion")), str(fact.get("verdict")), str(fact.get("about"))): fact
        for fact in _of(matched, "finding", option.id)
    }
    ordered = sorted(option.findings, key=board_place)
    return tuple(
        Criterion(each, proved_step(matched, facts[each.criterion, each.verdict, each.about], lang)) for each in ordered
    )


def _levels(option: Option, step: Callable[[Fact], Step], lang: str) -> Iterator[Step]:
    """The proof of the grade in each framework and of its addenda, then what keeps a better one open."""
    yield from (graded_step(option, fact, step) for fact in option.graded.facts)
    open_ = dict.fromkeys(f"{NAMES[str(fact.get('framework'))]} {step(fact).text}" for fact in option.graded.open_facts)
    yield from (Step(say("why", "open", lang, text=text)) for text in open_)


def graded_step(option: Option, fact: Fact, step: Callable[[Fact], Step]) -> Step:
    """The proof of a grade or an addendum, named by its framework, with the use that a label gives it to."""
    proved, grade, use = step(fact), fact.get("grade"), fact.get("use")
    if use is not None:
        proved = proved._replace(parts=(step(stated("use_of", item=option.id, use=use)), *proved.parts))
    if grade is None:
        return proved
    named = proved.text if proved.text.startswith(str(grade)) else f"{grade}: {proved.text}"
    return proved._replace(text=f"{NAMES[str(fact.get('framework'))]} {named}")


def _of(matched: Matched, predicate: str, option: str) -> Iterator[Fact]:
    return (fact for fact in matched.derivations.facts(predicate) if fact.get("option") == option)


def proved_step(matched: Matched, fact: Fact, lang: str = "en") -> Step:
    """The proof of one fact, given or derived, as an explanation."""
    proof = prove(matched.derivations, matched.rules, fact, lang, words(matched.case, lang))
    return _step(proof, matched.case, matched.knowledge, lang)


def _step(proof: Proof, case: Case, knowledge: KnowledgeBase, lang: str) -> Step:
    if isinstance(proof, Derived):
        parts = tuple(_step(premise, case, knowledge, lang) for premise in proof.premises)
        text, rule, cites = proof.sentence, proof.rule, proof.cites
        return Step(text, rule, cites, parts=parts, origin=proof.origin, statement=proof.fact)
    if isinstance(proof, Absence):
        return Step(_absence_text(proof, case, lang), statement=proof)
    return given_step(proof.fact, case, knowledge, lang)


def _absence_text(absence: Absence, case: Case, lang: str) -> str:
    template, fields = ABSENCES.get(absence.predicate), WHATEVER | dict(absence.fields)
    if absence.predicate == "finding":
        if not fields.keys() >= {"option", "verdict"}:
            return repr(absence)
        fields["verdict"] = VERBS[str(fields["verdict"])]
    return sentence(template, fields, words(case, lang)) if template else repr(absence)


def given_step(stated: Fact, case: Case, knowledge: KnowledgeBase, lang: str = "en") -> Step:
    """A given fact in words, with the graph's sources or the patient's files that say so."""
    label = words(case, lang)
    template = STATEMENTS.get(stated.predicate)
    fields = dict(stated.fields)
    if stated.predicate == "tumor_of":
        fields["relation"] = RELATIONS[str(fields["relation"])]
    text = sentence(template, fields, label) if template else repr(stated)
    origin = case.origins.get(stated) or Origin("")
    if origin.indication is not None:
        record = knowledge.indication(origin.indication)
        origin = origin._replace(sources=record.sources, verified=record.verified, iri=record.iri)
    return Step(
        text,
        sources=origin.sources,
        places=_places(origin),
        verified=origin.verified.value if origin.verified is not None else None,
        parts=tuple(_origin_step(part) for part in origin.parts),
        statement=stated,
        iri=origin.iri,
    )


def _origin_step(origin: Origin) -> Step:
    return Step(origin.text, places=_places(origin), parts=tuple(_origin_step(part) for part in origin.parts))


def _places(origin: Origin) -> tuple[str, ...]:
    return tuple(str(place) for place in origin.places)


def tree_lines(step: Step) -> Iterator[str]:
    """The explanation as lines of a tree, with rules, sources and places on the line that they belong to.

    What was already proved above is named again, and not unfolded again.
    """
    return _branch(step, "", "", set())


def _branch(step: Step, first: str, rest: str, shown: set[tuple[str, str | None]]) -> Iterator[str]:
    name = (step.text, step.rule)
    if step.rule and step.parts and name in shown:
        yield f"{first}{step.text}  (as above)"
        return
    shown.add(name)
    yield first + _line(step)
    for number, part in enumerate(step.parts, start=1):
        last = number == len(step.parts)
        yield from _branch(part, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), shown)


def _line(step: Step) -> str:
    line = f"[{step.verdict}] {step.text}" if step.verdict else step.text
    if step.rule:
        line += f"  ({step.named()}; {' '.join(step.cites)})"
    if step.places:
        line += f"  <- {', '.join(step.places)}"
    if step.sources:
        line += f"  <- {'; '.join(_source_text(source) for source in step.sources)}"
    if step.verified not in {None, "yes"}:
        line += f"  [verified: {step.verified}]"
    return line


def site_steps(step: Step) -> Iterator[Step]:
    """The steps of an explanation that a site's own rules concluded."""
    if step.origin:
        yield step
    for part in step.parts:
        yield from site_steps(part)


def _source_text(source: Source) -> str:
    return source.label if not source.url else f"{source.label} <{source.url}>"


def proof_text(matched: Matched, option: Option) -> str:
    """The whole explanation as text, one line a step."""
    return "\n".join(tree_lines(explanation(matched, option)))


def blocking_text(findings: tuple[Finding, ...]) -> str:
    """Blocking findings in one line each."""
    return "\n".join(f"  {finding.criterion}: {finding.verdict}: {finding.message}" for finding in findings)
