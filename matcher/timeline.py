"""One patient over time: what each new state of the patient changes in the answer, and which facts made it so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from matcher.case import Matched, Request, match_patient, read_patient
from matcher.course import with_progressions
from matcher.explain import Step, given_step
from matcher.facts import regimen_label
from matcher.phrases import say
from matcher.readers.patient_file import is_date
from matcher.recommend import Answer, Finding, Option, Recommendation, answer, words
from rules.facts import Derivations, Fact, fact
from rules.memory import Cause, Change, Memory, memory
from rules.wording import Wording

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.notes import Note
    from matcher.patient import Event, Patient, PriorTherapy
    from rules.language import RuleSet

RESOLVED = "resolved"
"""The detail of an adverse event that tells a later day than its own."""

APPEARED, DISAPPEARED, TIER, FINDINGS, MARKS, RANK = "appeared", "disappeared", "tier", "findings", "marks", "rank"
"""What can happen to a regimen in the answer, or to an option that is not recommended; the greatest change first."""


class Reason(NamedTuple):
    """A fact of the patient that came (`came`) or went, in words with its sources and places, and what it did.

    `effect` and `rule` are those of a `rules.memory.Cause`; `rules` are those on the shortest way from the fact to what
    changed, the fact's own first.
    """

    fact: Fact
    came: bool
    step: Step
    effect: str
    rule: str
    rules: tuple[str, ...] = ()

    def text(self, lang: str = "en") -> str:
        """What came or went, with its places, in the language of the step."""
        said = say("what_if", "now" if self.came else "no longer", lang, text=self.step.text)
        return f"{said} <- {', '.join(self.step.places)}" if self.step.places else said

    def __str__(self) -> str:
        return self.text()


class Turned(NamedTuple):
    """A finding that came (`came`) to an option of a regimen, or left it; the message is the rule's sentence."""

    came: bool
    option: str
    criterion: str
    verdict: str
    message: str

    def __str__(self) -> str:
        return f"{'+' if self.came else '-'} {self.criterion}: {self.verdict}: {self.message}"


class Move(NamedTuple):
    """What happened to one regimen: `what` is `appeared`, `disappeared`, `tier`, `findings`, `marks` or `rank`.

    Tiers and ranks are None where the regimen was or is not recommended. `passed` are the regimens that changed places
    with it; a rank that changed for no other reason has no reasons of its own. `findings` are those that came to its
    options and left them. `marks` are levels, cautions and wishes that put it elsewhere among its equals.
    """

    regimen: tuple[str, ...]
    what: str
    tiers: tuple[str | None, str | None]
    ranks: tuple[int | None, int | None]
    reasons: tuple[Reason, ...]
    findings: tuple[Turned, ...] = ()
    passed: tuple[tuple[str, ...], ...] = ()

    @property
    def because(self) -> tuple[Reason, ...]:
        """The reasons that the patient's own files tell, or all where there is none.

        The graph's facts come and go with them: an option's label is stated only while it can matter.
        """
        return tuple(reason for reason in self.reasons if reason.step.places) or self.reasons

    def text(self, lang: str = "en", tier: Callable[[str], str] = str) -> str:
        """What happened, in one sentence; `tier` says a tier's name in the language."""
        name = regimen_label(self.regimen)
        if self.what == RANK:
            return say("what_if", "rank", lang, regimen=name, was=self.ranks[0] or 0, now=self.ranks[1] or 0)
        was, now = (say("what_if", "not recommended", lang) if each is None else tier(each) for each in self.tiers)
        return say("what_if", "moved" if was != now else self.what, lang, regimen=name, was=was, now=now)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Difference:
    """What one new state changed: moves of recommended regimens by rank, then of others by name; and what to avoid.

    `avoid` and `no_longer_avoid` are regimens. It is empty (false) when the answer is the same.
    """

    moves: tuple[Move, ...]
    avoid: tuple[Move, ...]
    no_longer_avoid: tuple[Move, ...]
    change: Change

    def __bool__(self) -> bool:
        return bool(self.moves or self.avoid or self.no_longer_avoid)

    def of(self, regimen: tuple[str, ...]) -> Move | None:
        """What happened to a regimen; None when nothing did."""
        return next((move for move in self.moves if move.regimen == regimen), None)


class Timeline:
    """A patient's successive states, each matched on the working memory of the one before. Close it at the end."""

    def __init__(self, knowledge: KnowledgeBase, rules: RuleSet, evaluator: str, lang: str = "en") -> None:
        self.knowledge, self.rules, self.evaluator, self.lang = knowledge, rules, evaluator, lang
        self._memory: Memory | None = None
        self._change: Change | None = None
        self._answer: Answer | None = None

    def advance(self, request: Request, known_on: str | None = None) -> tuple[Answer, Difference | None]:
        """The answer for the patient's next state, and how it differs from the last one; None for the first.

        `known_on` is an ISO day: what the file tells of later days is left out (see `on_day`). Raises UnusableInput.
        """
        form, patient, notes = read_patient(request)
        return self.advance_to(request, (form, patient if known_on is None else on_day(patient, known_on), notes))

    def advance_to(
        self, request: Request, read: tuple[str, Patient, tuple[Note, ...]]
    ) -> tuple[Answer, Difference | None]:
        """As `advance`, with the patient (format, patient, notes) as it stands."""
        before = self._answer
        after = self._answer = answer(match_patient(request, read, self.knowledge, self.rules, self._derive))
        if before is None or self._change is None:
            return after, None
        return after, difference(before, after, self._change, self.lang)

    def _derive(self, rules: RuleSet, facts: list[Fact]) -> Derivations:
        if self._memory is None:
            self._memory = memory(self.evaluator, rules, facts)
        else:
            given = self._memory.derivations.given
            stated = set(facts)
            self._change = self._memory.arrive([fact for fact in facts if fact not in given], given - stated)
        return self._memory.derivations

    def close(self) -> None:
        """Give back the working memory."""
        if self._memory is not None:
            self._memory.close()

    def __enter__(self) -> Timeline:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


# --- from one answer to the next --------------------------------------------------------------------------------


def difference(before: Answer, after: Answer, change: Change, lang: str = "en") -> Difference:
    """How two answers differ, where `change` leads from the facts of the first to those of the second.

    Reasons and findings are said in the language.
    """
    reasons = _Reasons(before.matched, after.matched, change, lang)
    old, new = _Standing.of(before), _Standing.of(after)
    moves = [_move(regimen, old, new, reasons) for regimen in sorted({*old.options, *new.options})]
    found = sorted((move for move in moves if move is not None), key=_place)
    warned, was_warned = _avoided(after), _avoided(before)
    return Difference(
        tuple(found),
        tuple(_avoidance(regimen, APPEARED, reasons) for regimen in sorted(warned - was_warned)),
        tuple(_avoidance(regimen, DISAPPEARED, reasons) for regimen in sorted(was_warned - warned)),
        change,
    )


class _Standing(NamedTuple):
    """Where each regimen stands in an answer, with its options."""

    ranks: dict[tuple[str, ...], int]
    tiers: dict[tuple[str, ...], str | None]
    options: dict[tuple[str, ...], list[Option]]
    marks: dict[tuple[str, ...], object]

    @classmethod
    def of(cls, found: Answer) -> _Standing:
        options: dict[tuple[str, ...], list[Option]] = {}
        recommended = (option for each in found.recommendations for option in (each.option, *each.also))
        for option in (*recommended, *found.not_recommended):
            options.setdefault(option.regimen, []).append(option)
        ranks = {each.option.regimen: each.rank for each in found.recommendations}
        tiers = {each.option.regimen: each.option.tier for each in found.recommendations}
        return cls(ranks, tiers, options, {each.option.regimen: _marks(each) for each in found.recommendations})

    def findings(self, regimen: tuple[str, ...]) -> dict[tuple[str, str, str, str], Finding]:
        """All findings on the regimen's options, by option, criterion, verdict and what they are about."""
        return {
            (option.id, finding.criterion, finding.verdict, finding.about): finding
            for option in self.options.get(regimen, ())
            for finding in option.findings
        }


def _marks(found: Recommendation) -> object:
    """What a recommendation shows beside its tier and its findings."""
    option = found.option
    levels = sorted(option.levels.items(), key=str)
    return option.id, levels, option.flags, option.lowered, option.functional, found.access


def _move(regimen: tuple[str, ...], old: _Standing, new: _Standing, reasons: _Reasons) -> Move | None:
    tiers = old.tiers.get(regimen), new.tiers.get(regimen)
    ranks = old.ranks.get(regimen), new.ranks.get(regimen)
    were, are = old.findings(regimen), new.findings(regimen)
    came, went = sorted(are.keys() - were.keys()), sorted(were.keys() - are.keys())
    what = _what(tiers, ranks, bool(came or went), old.marks.get(regimen) != new.marks.get(regimen))
    if what is None:
        return None
    findings = (*(reasons.turned(key, are[key], True) for key in came),
                *(reasons.turned(key, were[key], False) for key in went))  # fmt: skip
    ids = {option.id for each in (old, new) for option in each.options.get(regimen, ())}
    why = reasons.of_options(ids) if what != RANK else ()
    return Move(regimen, what, tiers, ranks, why, findings, _passed(regimen, old, new))


def _what(
    tiers: tuple[str | None, str | None],
    ranks: tuple[int | None, int | None],
    has_new_findings: bool,
    has_new_marks: bool,
) -> str | None:
    if tiers[0] != tiers[1]:
        return APPEARED if tiers[0] is None else DISAPPEARED if tiers[1] is None else TIER
    if has_new_findings:
        return FINDINGS
    if has_new_marks:
        return MARKS
    return RANK if ranks[0] != ranks[1] else None


def _passed(regimen: tuple[str, ...], old: _Standing, new: _Standing) -> tuple[tuple[str, ...], ...]:
    """The regimens that stood on the other side of it, or in no rank at all, before; by name."""
    was, now = old.ranks.get(regimen), new.ranks.get(regimen)
    if was is None or now is None:
        return ()
    return tuple(
        other
        for other in sorted({*old.ranks, *new.ranks})
        if other != regimen and (old.ranks.get(other, now + was) < was) != (new.ranks.get(other, now + was) < now)
    )


def _place(move: Move) -> tuple[object, ...]:
    ranks = [rank for rank in (move.ranks[1], move.ranks[0]) if rank is not None]
    return not ranks, ranks[0] if ranks else 0, move.regimen


def _avoided(found: Answer) -> set[tuple[str, ...]]:
    return {each.regimen for each in found.avoided}


def _avoidance(regimen: tuple[str, ...], what: str, reasons: _Reasons) -> Move:
    return Move(regimen, what, (None, None), (None, None), reasons.of_avoidance("+".join(regimen)))


class _Reasons:
    """Puts the causes of changes into words, what came by the case after, what went by the one before.

    What the patient's own files say comes first, then what has no source of the graph, then the rest; of each the
    nearest cause first.
    """

    def __init__(self, before: Matched, after: Matched, change: Change, lang: str) -> None:
        self.before, self.after, self.change, self.lang = before, after, change, lang
        self._steps: dict[Fact, Step] = {}
        self.by_option: dict[str, list[Fact]] = {}
        self.by_regimen: dict[str, list[Fact]] = {}
        for changed in change.facts:
            if changed.predicate == "avoid":
                self.by_regimen.setdefault(str(changed.get("regimen")), []).append(changed)
            name = changed.get("id") if changed.predicate == "option" else changed.get("option")
            if name is not None:
                self.by_option.setdefault(str(name), []).append(changed)

    def of_options(self, ids: Iterable[str]) -> tuple[Reason, ...]:
        """What the changes of these options rest on."""
        return self._reasons(fact for each in sorted(ids) for fact in self.by_option.get(each, ()))

    def of_avoidance(self, regimen: str) -> tuple[Reason, ...]:
        """What the changed advice to avoid a regimen rests on."""
        return self._reasons(self.by_regimen.get(regimen, ()))

    def _reasons(self, facts: Iterable[Fact]) -> tuple[Reason, ...]:
        firsts: dict[Fact, Reason] = {}
        for cause, way in self.change.ways(facts).items():
            if cause.fact not in firsts:
                firsts[cause.fact] = self._reason(cause, way)
        return tuple(sorted(firsts.values(), key=_nearness))

    def _reason(self, cause: Cause, way: tuple[str, ...]) -> Reason:
        came = cause.fact in self.after.derivations.given
        step = self._steps.get(cause.fact)
        if step is None:
            matched = self.after if came else self.before
            step = self._steps[cause.fact] = given_step(matched, cause.fact, self.lang)
        return Reason(cause.fact, came, step, cause.effect, cause.rule, way)

    def turned(self, key: tuple[str, str, str, str], finding: Finding, came: bool) -> Turned:
        """A finding that came or left, its message in the language."""
        option, criterion, verdict, about = key
        message = finding.message
        if self.lang != "en":
            matched, wording = self._after if came else self._before
            held = fact("finding", option=option, criterion=criterion, verdict=verdict, about=about,
                        recoverable=finding.recoverable)  # fmt: skip
            message = wording.signed(matched.derivations.derived[held][0])
        return Turned(came, option, criterion, verdict, message)

    @cached_property
    def _after(self) -> tuple[Matched, Wording]:
        return self.after, Wording(self.after.rules, self.lang, words(self.after.case, self.lang))

    @cached_property
    def _before(self) -> tuple[Matched, Wording]:
        return self.before, Wording(self.before.rules, self.lang, words(self.before.case, self.lang))


def _nearness(reason: Reason) -> tuple[object, ...]:
    return not reason.step.places, bool(reason.step.sources), len(reason.rules), reason.fact


# --- from a patient file to its states --------------------------------------------------------------------------


def days(patient: Patient) -> tuple[str, ...]:
    """The days on which something new was known of the patient, first to last: the last day that each date can mean."""
    dates = [sample.date for sample in patient.samples]
    dates += [date for therapy in patient.prior_therapies or () for date in (therapy.start, therapy.stop)]
    dates += [organoid.date for organoid in patient.organoids]
    dates += [event.date for event in patient.events]
    dates += [measured.date for measured in patient.measurements]
    return tuple(sorted({span(date).latest for date in dates if date is not None}))


def on_day(patient: Patient, day: str) -> Patient:
    """The patient as known on a day (ISO): later samples, results, therapies, outcomes and events are left out.

    A therapy that was going on has no response and no end yet. A progression while one was given, whose end the file
    does not explain otherwise, is progression on it. What has no date was known all along.
    """
    return with_progressions(told_until(patient, day))


def told_until(patient: Patient, day: str, may_be: bool = False) -> Patient:
    """The patient without what the file tells of later days; as it is where it tells nothing of them.

    A date without its day is later unless it surely is not; with `may_be` it stays unless it surely is later.
    """

    def is_known(date: str | None) -> bool:
        return date is None or (span(date).earliest if may_be else span(date).latest) <= day

    samples = tuple(sample for sample in patient.samples if is_known(sample.date))
    later = {sample.id for sample in patient.samples} - {sample.id for sample in samples}
    therapies = patient.prior_therapies
    if therapies is not None:
        begun = (therapy for therapy in therapies if is_known(therapy.start))
        therapies = tuple(each if is_known(each.stop) else _going_on(each) for each in begun)
    return replace(
        patient,
        samples=samples,
        alterations=tuple(each for each in patient.alterations if each.sample not in later),
        organoids=tuple(each for each in patient.organoids if is_known(each.date) and each.sample not in later),
        events=tuple(_as_known(event, day) for event in patient.events if is_known(event.date)),
        prior_therapies=therapies,
        measurements=tuple(each for each in patient.measurements if is_known(each.date)),
    )


def _going_on(therapy: PriorTherapy) -> PriorTherapy:
    return replace(therapy, stop=None, best_response=None, stopped_for=None)


def _as_known(event: Event, day: str) -> Event:
    """An event without what was known of it only later: when an adverse event had resolved."""
    details = tuple(
        (key, text)
        for key, text in event.details
        if key.lower() != RESOLVED or not is_date(text.strip()) or span(text.strip()).latest <= day
    )
    return event if details == event.details else replace(event, details=details)
