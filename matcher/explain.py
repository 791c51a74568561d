"""Why a regimen is recommended: its proof, down to the graph's sources and the patient's files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from matcher.criteria import Criterion, board_place, grouped
from matcher.facts import NO_ORIGIN, Origin
from matcher.levels import NAMES
from matcher.phrases import in_language, say
from matcher.recommend import Option, finding_fact, recommendation_fact, words
from rules.facts import Absence, Fact
from rules.facts import fact as stated
from rules.proof import Derived, Proof, last_step, prove
from rules.wording import Wording

if TYPE_CHECKING:
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

    def named(self, lang: str = "en") -> str:
        """The rule, and whose it is when it is not the library's."""
        rule = self.rule or ""
        if self.origin:
            return say("forms", "rule of site", lang, rule=rule, origin=self.origin)
        return say("forms", "rule", lang, rule=rule)


ASKED = frozenset({"to confirm", "rule out"})
"""Marks that only repeat what undetermined criteria ask for."""


class Proofs:
    """The proofs of one patient's facts in one language, each made once."""

    def __init__(self, matched: Matched, lang: str = "en") -> None:
        self.matched, self.lang = matched, lang
        self.wording = Wording(matched.rules, lang, words(matched.case, lang))
        self._steps: dict[Fact, Step] = {}
        self._heads: dict[Fact, Step] = {}

    def step(self, fact: Fact) -> Step:
        """The proof of one fact, given or derived, as an explanation."""
        known = self._steps.get(fact)
        if known is None:
            wording = self.wording
            proof = prove(self.matched.derivations, self.matched.rules, fact, self.lang, wording.label)
            known = self._steps[fact] = _step(proof, self.matched, wording)
        return known

    def head(self, fact: Fact) -> Step:
        """The proof of a derived fact without what it rests on: what is said, and by which rule."""
        known = self._steps.get(fact) or self._heads.get(fact)
        if known is None:
            way, wording = last_step(self.matched.derivations, fact), self.wording
            rule, origin = wording.phrasing.rules[way.rule], wording.origin(way.rule)
            known = Step(wording.derivation(way), rule.name, rule.cites, origin=origin, statement=fact)
            self._heads[fact] = known
        return known

    def explanation(self, option: Option) -> Step:
        """Why the option is recommended: the proof of its tier, then of every criterion, then of its marks and levels.

        The option must be a recommended one (`tier` set).
        """
        top = self.step(recommendation_fact(option))
        criteria = Step(say("why", "every criterion", self.lang), parts=grouped(self.criteria(option), self.wording))
        marks, asked = self._marks(option)
        closing = (*marks, *self._levels(option), *asked)
        closed = (Step(say("why", "marks and levels", self.lang), parts=closing),) if closing else ()
        return top._replace(parts=(*top.parts, criteria, *closed))

    def text(self, option: Option) -> str:
        """The whole explanation as text, one line a step."""
        return "\n".join(tree_lines(self.explanation(option), self.lang))

    def criteria(self, option: Option) -> tuple[Criterion, ...]:
        """Every criterion of an option that was checked, with its proof, in the order of a board's questions."""
        ordered = sorted(option.findings, key=board_place)
        return tuple(Criterion(each, self.step(finding_fact(option.id, each))) for each in ordered)

    def graded(self, option: Option, fact: Fact) -> Step:
        """The proof of a grade or an addendum, named by its framework, with the use that a label gives it to."""
        proved, grade, use = self.step(fact), fact.get("grade"), fact.get("use")
        if use is not None:
            proved = proved._replace(parts=(self.step(stated("use_of", item=option.id, use=use)), *proved.parts))
        if grade is None:
            return proved
        named = proved.text if proved.text.startswith(str(grade)) else f"{grade}: {proved.text}"
        return proved._replace(text=f"{NAMES[str(fact.get('framework'))]} {named}")

    def _marks(self, option: Option) -> tuple[list[Step], list[Step]]:
        """The proofs of the option's marks; those that only repeat what is to be confirmed apart."""
        flags = self.matched.derivations.facts("flag")
        facts = [fact for fact in flags if fact.get("option") == option.id]
        return (
            [self.step(fact) for fact in facts if fact.get("mark") not in ASKED],
            [self.step(fact) for fact in facts if fact.get("mark") in ASKED],
        )

    def _levels(self, option: Option) -> Iterator[Step]:
        """The proof of the grade in each framework and of its addenda, then what keeps a better one open."""
        yield from (self.graded(option, fact) for fact in option.graded.facts)
        facts = option.graded.open_facts
        texts = dict.fromkeys(f"{NAMES[str(fact.get('framework'))]} {self.step(fact).text}" for fact in facts)
        yield from (Step(say("why", "open", self.lang, text=text)) for text in texts)


def explanation(matched: Matched, option: Option, lang: str = "en") -> Step:
    """As `Proofs.explanation`, for one option alone."""
    return Proofs(matched, lang).explanation(option)


def _step(proof: Proof, matched: Matched, wording: Wording) -> Step:
    if isinstance(proof, Derived):
        parts = tuple(_step(premise, matched, wording) for premise in proof.premises)
        text, rule, cites = proof.sentence, proof.rule, proof.cites
        return Step(text, rule, cites, parts=parts, origin=proof.origin, statement=proof.fact)
    if isinstance(proof, Absence):
        return Step(wording.absence(proof), statement=proof)
    return _given_step(proof.fact, matched, wording)


def given_step(matched: Matched, stated: Fact, lang: str = "en") -> Step:
    """A given fact in words, with the graph's sources or the patient's files that say so."""
    return _given_step(stated, matched, Wording(matched.rules, lang, words(matched.case, lang)))


def _given_step(stated: Fact, matched: Matched, wording: Wording) -> Step:
    origin = matched.case.origins.get(stated) or NO_ORIGIN
    if origin.indication is not None:
        record = matched.knowledge.indication(origin.indication)
        origin = origin._replace(sources=record.sources, verified=record.verified, iri=record.iri)
    return Step(
        wording.fact(stated),
        sources=origin.sources,
        places=_places(origin),
        verified=origin.verified.value if origin.verified is not None else None,
        parts=tuple(_origin_step(part, wording.lang) for part in origin.parts),
        statement=stated,
        iri=origin.iri,
    )


def _origin_step(origin: Origin, lang: str) -> Step:
    parts = tuple(_origin_step(part, lang) for part in origin.parts)
    return Step(in_language(origin.text, lang), places=_places(origin), parts=parts)


def _places(origin: Origin) -> tuple[str, ...]:
    return tuple(str(place) for place in origin.places)


def tree_lines(step: Step, lang: str = "en") -> Iterator[str]:
    """The explanation as lines of a tree, with rules, sources and places on the line that they belong to.

    What was already proved above is named again, and not unfolded again.
    """
    return _branch(step, "", "", set(), lang)


def _branch(step: Step, first: str, rest: str, shown: set[tuple[str, str | None]], lang: str) -> Iterator[str]:
    name = (step.text, step.rule)
    if step.rule and step.parts and name in shown:
        yield f"{first}{step.text}  ({say('forms', 'as above', lang)})"
        return
    shown.add(name)
    yield first + _line(step, lang)
    for number, part in enumerate(step.parts, start=1):
        last = number == len(step.parts)
        yield from _branch(part, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), shown, lang)


def _line(step: Step, lang: str) -> str:
    line = f"[{say('forms', step.verdict, lang)}] {step.text}" if step.verdict else step.text
    if step.rule:
        line += f"  ({step.named(lang)}; {' '.join(step.cites)})"
    if step.places:
        line += f"  <- {', '.join(step.places)}"
    if step.sources:
        line += f"  <- {'; '.join(_source_text(source) for source in step.sources)}"
    if step.verified not in {None, "yes"}:
        line += f"  [{say('forms', f'verified {step.verified}', lang)}]"
    return line


def site_steps(step: Step) -> Iterator[Step]:
    """The steps of an explanation that a site's own rules concluded."""
    if step.origin:
        yield step
    for part in step.parts:
        yield from site_steps(part)


def _source_text(source: Source) -> str:
    return source.label if not source.url else f"{source.label} <{source.url}>"


def proof_text(matched: Matched, option: Option, lang: str = "en") -> str:
    """As `Proofs.text`, for one option alone."""
    return Proofs(matched, lang).text(option)
