"""The answer to "why this regimen?" as values: its scores, proof, criteria, conflicts, and all that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from kb import terms as t
from matcher.criteria import Criterion
from matcher.explain import Proofs, Step
from matcher.facts import regimen_id, regimen_label
from matcher.functional import functional_facts
from matcher.names import alteration_name
from matcher.notes import UnusableInput
from matcher.phrases import in_language, joined, say
from matcher.recommend import Answer, Conflict, Option, Recommendation, answer, wording_of
from matcher.report.rows import Rows
from matcher.scores import Scores, scores_of
from matcher.target import named_therapies
from rules.origin import place

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.graph import KnowledgeBase
    from kb.provenance import Provenance
    from kb.source import Source
    from matcher.case import Matched


class Statement(NamedTuple):
    """A statement of the graph that the recommendation rests on: what it says here, its sources, where it comes from.

    `provenance` is None where the graph has the sentence and its sources but no such statement any more.
    """

    iri: str
    id: str
    says: tuple[str, ...]
    sources: tuple[Source, ...]
    provenance: Provenance | None


class FiredRule(NamedTuple):
    """A rule with a part in the proof: what it says of this case, how often, its citations, and whose it is.

    `place` is file and line; `site` is empty for a rule of the library.
    """

    name: str
    says: str
    template: str
    times: int
    cites: tuple[str, ...]
    place: str
    site: str


class PatientPlace(NamedTuple):
    """A place in the patient's files, and what was read there."""

    place: str
    says: tuple[str, ...]


class Why(NamedTuple):
    """Why a regimen is recommended.

    `proof` is the whole explanation; `criteria` are every criterion that was checked, in the order of a board's
    questions. `statements` of the graph, `rules` and `places` of the patient's files are each named once, in the order
    in which the proof needs them. `recommended` counts the recommendations, `lang` is the language of the sentences.
    `functional` proves where organoids put it among its equals, apart from the scores.
    """

    answer: Answer
    recommendation: Recommendation
    recommended: int
    scores: Scores
    proof: Step
    criteria: tuple[Criterion, ...]
    statements: tuple[Statement, ...]
    rules: tuple[FiredRule, ...]
    places: tuple[PatientPlace, ...]
    lang: str = "en"
    functional: tuple[Step, ...] = ()

    @property
    def matched(self) -> Matched:
        """The patient and what was derived."""
        return self.answer.matched

    @property
    def option(self) -> Option:
        """The option that leads the recommendation."""
        return self.recommendation.option

    @property
    def also(self) -> tuple[Option, ...]:
        """The other options that support the same regimen."""
        return self.recommendation.also

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What speaks for it and against it, with what decided."""
        return self.recommendation.conflicts

    @property
    def warnings(self) -> tuple[Criterion, ...]:
        """The criteria that ask for caution."""
        return tuple(each for each in self.criteria if each.finding.verdict == "warn")

    @property
    def to_confirm(self) -> tuple[Criterion, ...]:
        """The criteria that are open, contraindications to rule out left aside."""
        return tuple(each for each in self.criteria if each.finding.verdict == "undetermined" and not each.to_rule_out)

    @property
    def to_rule_out(self) -> tuple[Criterion, ...]:
        """The contraindications of which the patient's file tells nothing."""
        return tuple(each for each in self.criteria if each.to_rule_out)


def why(matched: Matched, regimen: str, lang: str = "en", answered: Answer | None = None) -> Why:
    """Why the regimen is recommended: `a+b` in any order, with brands, synonyms and Chinese names.

    `answered` is the patient's answer in that language where it is at hand. Raises UnusableInput when a drug is not
    known or the regimen is not recommended; it then says what blocks it.
    """
    found = answered or answer(matched, lang)
    wanted = _as_it_stands(regimen, found) or regimen_of(regimen, matched.knowledge)
    recommendation = next((each for each in found.recommendations if each.option.regimen == wanted), None)
    if recommendation is None:
        raise _not_recommended(found, wanted, lang)
    proofs = Proofs(matched, lang)
    scores = scores_of(proofs, recommendation)
    proof = proofs.explanation(recommendation.option)
    criteria = proofs.criteria(recommendation.option)
    functional = tuple(proofs.step(fact) for fact in functional_facts(matched, recommendation.option))
    unnamed = (*(each.step for each in criteria), *(each.step for level in scores.levels for each in level.criteria))
    return Why(
        found,
        recommendation,
        len(found.recommendations),
        scores,
        proof,
        criteria,
        statements_of(matched, proof, recommendation.conflicts),
        rules_of(matched, (proof._replace(parts=()), *tier_parts(proof), *unnamed, proof, *functional), lang),
        places_of(proof, scores.variant.alterations, lang),
        lang,
        functional,
    )


def tier_parts(proof: Step) -> tuple[Step, ...]:
    """The premises of the tier's own rule, without the criteria, marks and levels that an explanation adds."""
    return tuple(part for part in proof.parts if part.statement is not None)


def _as_it_stands(text: str, found: Answer) -> tuple[str, ...] | None:
    """The recommended regimen of exactly this name: a trial's intervention may be told in words that name no drug."""
    name = text.strip().casefold()
    regimens = (each.option.regimen for each in found.recommendations)
    return next(
        (each for each in regimens if name in {regimen_id(each).casefold(), regimen_label(each).casefold()}), None
    )


def regimen_of(text: str, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The regimen that a user names: the ids of `named_therapies`."""
    return tuple(each.id for each in named_therapies(text, knowledge))


# --- what it rests on -------------------------------------------------------------------------------------------------


def walk(step: Step) -> Iterator[Step]:
    """The step and all below it, in reading order."""
    yield step
    for part in step.parts:
        yield from walk(part)


def statements_of(matched: Matched, proof: Step, conflicts: Iterable[Conflict] = ()) -> tuple[Statement, ...]:
    """The statements of the graph in a proof and on both sides of conflicts, each once."""
    says: dict[str, dict[str, None]] = {}
    sources: dict[str, dict[Source, None]] = {}
    for iri, text, cited in (*_in_proof(proof), *_in_conflicts(conflicts)):
        if text:
            says.setdefault(iri, {})[text] = None
        sources.setdefault(iri, {}).update(dict.fromkeys(cited))
    origins = matched.knowledge.provenance(list(sources))
    return tuple(
        Statement(iri, t.item_id(iri), tuple(says.get(iri, ())), tuple(sources[iri]), origins.get(iri))
        for iri in sources
    )


def _in_proof(proof: Step) -> Iterator[tuple[str, str, tuple[Source, ...]]]:
    for step in walk(proof):
        if step.iri is not None:
            yield step.iri, step.text, step.sources


def _in_conflicts(conflicts: Iterable[Conflict]) -> Iterator[tuple[str, str, tuple[Source, ...]]]:
    for conflict in conflicts:
        for side in (conflict.speaks_for, conflict.against):
            yield side.item.record.iri, "", side.item.record.sources


def rules_of(matched: Matched, proofs: Iterable[Step], lang: str = "en") -> tuple[FiredRule, ...]:
    """The rules with a part in these proofs, each once, with its sentence where it is met first."""
    known = {rule.name: rule for rule in matched.rules.rules}
    fired: dict[str, dict[str, Step]] = {}
    for proof in proofs:
        for step in walk(proof):
            if step.rule is not None:
                fired.setdefault(step.rule, {}).setdefault(repr(step.statement), step)
    found: list[FiredRule] = []
    for name, steps in fired.items():
        rule, first = known[name], next(iter(steps.values()))
        template = rule.sentence(lang)
        found.append(FiredRule(name, first.text, template, len(steps), rule.cites, place(rule), first.origin))
    return tuple(found)


def places_of(proof: Step, alterations: Iterable[Alteration] = (), lang: str = "en") -> tuple[PatientPlace, ...]:
    """The places in the patient's files that a proof names, each with what was read there.

    What the graph says, and a file is only silent about, was read in no file.
    """
    found: dict[str, dict[str, None]] = {}
    for alteration in alterations:
        name = in_language(alteration_name(alteration), lang)
        found.setdefault(str(alteration.place), {})[name] = None
    told = frozenset(found)
    for step in walk(proof):
        for each in step.places if step.iri is None else ():
            if each not in told or step.statement is None or step.statement.predicate != "biomarker_of":
                found.setdefault(each, {})[step.text] = None
    return tuple(PatientPlace(each, tuple(texts)) for each, texts in found.items())


# --- what is not recommended -----------------------------------------------------------------------------------------


def _not_recommended(found: Answer, wanted: tuple[str, ...], lang: str) -> UnusableInput:
    """What keeps the regimen from being recommended, as far as this patient's options tell."""
    rows = Rows(found)
    remedy = say("why", "ask why-not", lang, regimen="+".join(wanted))
    with_it = [each.option.regimen for each in found.recommendations if set(wanted) < set(each.option.regimen)]
    if with_it:
        named = in_language(joined([rows.regimen(each) for each in with_it[:3]], "or"), lang)
        remedy = say("why", "recommended with it", lang, regimens=named) + remedy
    return UnusableInput(rows.regimen(wanted), _reason(found, wanted, lang), remedy)


def _reason(found: Answer, wanted: tuple[str, ...], lang: str) -> str:
    against = [each.message for each in found.avoided if each.regimen == wanted]
    considered = [option for option in found.not_recommended if option.regimen == wanted]
    if against:
        return say("why", "to be avoided", lang, because=against[0])
    if considered:
        nearest = considered[0]
        wording = wording_of(found)
        told = (
            say(
                "why",
                "criterion",
                lang,
                criterion=wording.value("finding", "criterion", each.criterion),
                text=each.message,
            )
            for each in nearest.blocking
        )
        blocking = in_language(joined(dict.fromkeys(told), "sentences"), lang)
        return say("why", "not recommended", lang, option=nearest.id, blocking=blocking)
    return say("why", "not considered", lang)
