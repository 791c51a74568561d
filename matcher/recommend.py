"""From derivations to the answer: ranked recommendations, what to avoid, and what is not recommended and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kb.evidence import Evidence
from kb.indication import Indication
from matcher.advice import Advice, advice_of
from matcher.biomarker_status import BiomarkerStatus
from matcher.eligibility import Verdict, all_of
from matcher.facts import Item, regimen_id, statuses
from matcher.levels import NOTHING, Levels, best, grades_in, levels_of
from matcher.local_evidence import LocalShown, local_evidence, shows_response
from matcher.phrases import text
from matcher.ranking import ranking
from matcher.wording import words
from rules.facts import Fact, Value, fact
from rules.wording import Wording

if TYPE_CHECKING:
    from kb.indication import Regimen
    from kb.source import Source
    from matcher.case import Matched
    from matcher.notes import Note
    from matcher.remedies import Blocker

__all__ = ["answer", "options_of", "ranked_of", "wording_of", "words"]

RANKED_BY = (
    *("option", "finding", "recommendation", "flag", "lowered", "functional_place", "reimbursed", "graded"),
    *(f"{predicate}(framework: {name})" for name in ("amp", "civic") for predicate in ("level", "use_level")),
)
"""The conclusions that tell which options are recommended and in which order (`rules.prune.resting`)."""

VERDICTS = ("fail", "undetermined", "warn", "pass")
"""Verdicts of a finding, most blocking first."""


class Finding(NamedTuple):
    """One criterion of an option: `verdict` is pass, warn, undetermined or fail; the message is the rule's sentence."""

    criterion: str
    verdict: str
    message: str
    about: str
    recoverable: bool


class Side(NamedTuple):
    """One side of a conflict: an item of the graph, and what it says of which regimen."""

    item: Item
    kind: str
    says: str
    level: str | None


class Conflict(NamedTuple):
    """Something speaks for an option and something against it: both, what decided, and what became of it.

    `outcome` is `avoid` or `kept with warning`; `reach` says how much of the regimen the evidence against it is about:
    the whole, a part, chemotherapy in it, its class, or the class of a part.
    """

    speaks_for: Side
    against: Side
    reach: str
    decided: str
    outcome: str


class Cited(NamedTuple):
    """A statement of the graph that an option rests on."""

    id: str
    sources: tuple[Source, ...]
    verified: str


class Access(NamedTuple):
    """Where the regimen is authorized for this, and whether the patient's plan pays (None: not known)."""

    authorized: tuple[str, ...]
    reimbursed: bool | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A regimen on one basis, with everything that was found about it. `tier` is None when it is not recommended.

    `lowered` says what puts it behind others of its tier: a `caution`, a `preference`, resistance in some foci
    (`heterogeneity`). `functional` is where organoids put it among its equals: `sensitive`, `sensitive part`,
    `resistant`, or `none`.
    """

    item: Item
    basis: str
    tier: str | None
    findings: tuple[Finding, ...]
    graded: Levels
    flags: tuple[str, ...]
    lowered: frozenset[str] = frozenset()

    @property
    def levels(self) -> dict[str, str | None]:
        """The grade in each framework, None where none is reached or what it needs is not known."""
        return self.graded.grades

    conflicts: tuple[Conflict, ...] = ()
    functional: str = "none"
    shown_locally: bool = False
    """Whether local outcomes in the same tumor type show responses: it decides between equals, and nothing else."""

    @property
    def id(self) -> str:
        """The id of the indication, evidence item or trial."""
        return self.item.id

    @property
    def regimen(self) -> tuple[str, ...]:
        """The drugs, sorted."""
        return self.item.regimen

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What keeps it from being recommended: failed and undetermined findings, most blocking first."""
        return tuple(finding for finding in self.findings if finding.verdict in {"fail", "undetermined"})

    @property
    def recoverable(self) -> bool:
        """Whether what blocks it could still change: every failed finding, or every open one where none failed."""
        return all_of(Verdict(each.verdict, each.recoverable) for each in self.blocking).recoverable

    @property
    def variant_closeness(self) -> str | None:
        """The rung of the biomarker ladder, or None when no alteration makes the biomarker present."""
        status = self.item.status
        return status.closeness.label if status is not None and status.closeness is not None else None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A regimen at its best tier: the option that leads, and the others that support the same regimen."""

    rank: int
    option: Option
    also: tuple[Option, ...]
    access: Access
    evidence: tuple[Cited, ...]
    local: tuple[LocalShown, ...] = ()

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The conflicts of the leading option, then those of the others with evidence that is not named yet."""
        named: dict[str, Conflict] = {}
        for option in (self.option, *self.also):
            for each in option.conflicts:
                named.setdefault(each.against.item.id, each)
        return tuple(named.values())


@dataclass(frozen=True, slots=True)
class Avoided:
    """A regimen to avoid: why, for which biomarkers, on which evidence, and what spoke for it."""

    regimen: tuple[str, ...]
    because: str
    biomarkers: tuple[str, ...]
    evidence: tuple[Cited, ...]
    message: str
    graded: Levels
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one patient."""

    matched: Matched
    biomarkers: tuple[BiomarkerStatus, ...]
    recommendations: tuple[Recommendation, ...]
    avoided: tuple[Avoided, ...]
    not_recommended: tuple[Option, ...]
    notes: tuple[Note, ...]
    lang: str = "en"
    advice: tuple[Advice, ...] = ()
    """What the patient's course asks for beside therapies, such as re-sequencing."""


def answer(matched: Matched, lang: str = "en") -> Answer:
    """The ranked answer, the same bytes for the same input; its messages are in the language asked for.

    What is recommended, and in which order, does not depend on the language.
    """
    wording = Wording(matched.rules, lang, words(matched.case, lang))
    levels = levels_of(matched, wording)
    options = _options(matched, levels, wording, None, _conflicts(matched, wording))
    rejected = sorted((option for option in options if option.tier is None), key=_rejection_key)
    return Answer(
        matched,
        statuses(matched.case),
        _ranked(matched, options, wording),
        _avoided(matched, options, levels, wording),
        tuple(rejected),
        matched.notes,
        lang,
        advice_of(matched, wording),
    )


def ranked_of(matched: Matched) -> tuple[Recommendation, ...]:
    """The recommendations by rank, as `answer` has them, for a patient of whom no more than RANKED_BY is concluded.

    What only a whole answer tells of an option is left out: its conflicts, and of its levels all but the grades.
    """
    wording = Wording(matched.rules, "en", words(matched.case))
    names = {str(each.get("option")) for each in matched.derivations.concluded("recommendation")}
    return _ranked(matched, _options(matched, grades_in(matched.derivations), wording, names), wording)


def ranked_silently(matched: Matched) -> tuple[Recommendation, ...]:
    """The recommendations by rank, without any sentence, of a patient of whom conclusions are known and not their ways.

    The grades are there; conflicts, and what is open in the levels, are left out.
    """
    names = {str(each.get("option")) for each in matched.derivations.concluded("recommendation")}
    return _ranked(matched, _options(matched, grades_in(matched.derivations), None, names), None)


def avoided_silently(matched: Matched) -> tuple[Avoided, ...]:
    """Every regimen to avoid, as `ranked_silently` gives recommendations."""
    return _avoided(matched, (), {}, None)


def answer_about(matched: Matched, ids: Collection[str]) -> Answer:
    """As `answer`, with the options that are recommended and those of these ids alone.

    Left out is what only a whole answer tells: conflicts, and of levels all but the grades.
    """
    wording = Wording(matched.rules, "en", words(matched.case))
    recommended = {str(each.get("option")) for each in matched.derivations.concluded("recommendation")}
    options = _options(matched, grades_in(matched.derivations), wording, {*recommended, *ids})
    return Answer(
        matched,
        (),
        _ranked(matched, options, wording),
        _avoided(matched, (), {}, wording),
        tuple(sorted((option for option in options if option.tier is None), key=_rejection_key)),
        matched.notes,
    )


def _ranked(matched: Matched, options: Iterable[Option], wording: Wording | None) -> tuple[Recommendation, ...]:
    """The recommended ones among the options in the declared order, those of one regimen together."""
    local = local_evidence(matched)
    leading: dict[Regimen, list[Option]] = {}
    recommended = (_shown_locally(option, local) for option in options if option.tier is not None)
    for option in sorted(recommended, key=rank_key):
        leading.setdefault(option.regimen, []).append(option)
    return tuple(
        Recommendation(
            rank, group[0], tuple(group[1:]), _access(matched, group, wording), _cited(group), local.get(regimen, ())
        )
        for rank, (regimen, group) in enumerate(leading.items(), start=1)
    )


def _shown_locally(option: Option, local: Mapping[Regimen, tuple[LocalShown, ...]]) -> Option:
    shown = local.get(option.regimen, ())
    return replace(option, shown_locally=True) if shown and shows_response(shown) else option


def wording_of(answer: Answer) -> Wording:
    """How the answer's rules and values are put into its language."""
    return Wording(answer.matched.rules, answer.lang, words(answer.matched.case, answer.lang))


def options_of(matched: Matched, lang: str = "en") -> tuple[Option, ...]:
    """Every option that was considered, with its findings, most blocking first."""
    wording = Wording(matched.rules, lang, words(matched.case, lang))
    return _options(matched, levels_of(matched, wording), wording, None, _conflicts(matched, wording))


OPTIONS = "options without levels"


def options_about(matched: Matched, regimens: Collection[Regimen]) -> tuple[Option, ...]:
    """The options about these regimens, as `options_of` has them but for their levels; kept for the next question."""
    kept = matched.kept.setdefault(OPTIONS, {})
    assert isinstance(kept, dict)
    names = sorted(name for name, item in matched.case.items.items() if item.regimen in regimens)
    new = frozenset(name for name in names if name not in kept)
    if new:
        wording = Wording(matched.rules, "en", words(matched.case))
        made = _options(matched, {}, wording, new, _conflicts(matched, wording, new))
        kept |= dict.fromkeys(new) | {each.id: each for each in made}
    return tuple(option for name in names if (option := kept[name]) is not None)


def options_in(answered: Answer, regimens: Collection[Regimen]) -> tuple[Option, ...]:
    """The options about these regimens that an answer has, by id: those of `options_about`, with their levels."""
    recommended = (option for each in answered.recommendations for option in (each.option, *each.also))
    about = (option for option in (*recommended, *answered.not_recommended) if option.regimen in regimens)
    return tuple(sorted(about, key=lambda option: option.id))


def avoided_of(matched: Matched, options: Iterable[Option]) -> tuple[Avoided, ...]:
    """Every regimen to avoid, without levels, of a patient with these options."""
    return _avoided(matched, options, {}, Wording(matched.rules, "en", words(matched.case)))


def _findings(
    matched: Matched, wording: Wording | None, names: Collection[str] | None
) -> dict[str, tuple[Finding, ...]]:
    """The findings of each option, most blocking first: in the order of their English messages in every language."""
    derived = matched.derivations.derived
    english = wording
    if wording is not None and wording.lang != "en":
        english = Wording(matched.rules, "en", words(matched.case))
    found: dict[str, list[tuple[tuple[int, str, str], Finding]]] = {}
    for concluded in matched.derivations.concluded("finding"):
        if names is not None and concluded.get("option") not in names:
            continue
        fields = dict(concluded.fields)
        first = english.signed(derived[concluded][0]) if english is not None else ""
        said = first if wording is None or english is wording else wording.signed(derived[concluded][0])
        finding = _finding(fields, said)
        key = VERDICTS.index(finding.verdict), finding.criterion, first
        found.setdefault(str(fields["option"]), []).append((key, finding))
    return {name: tuple(each for _, each in sorted(rows, key=itemgetter(0))) for name, rows in found.items()}


def _options(
    matched: Matched,
    levels: Mapping[str, Levels],
    wording: Wording | None,
    names: Collection[str] | None = None,
    conflicts: Mapping[str, tuple[Conflict, ...]] = MappingProxyType({}),
) -> tuple[Option, ...]:
    """The options considered, or those of these names."""
    case, findings = matched.case, _findings(matched, wording, names)

    def stated(predicate: str, key: str, field: str) -> Iterator[tuple[str, str]]:
        for concluded in matched.derivations.concluded(predicate):
            yield str(concluded.get(key)), str(concluded.get(field))

    bases, tiers = dict(stated("option", "id", "basis")), dict(stated("recommendation", "option", "tier"))
    flags: dict[str, set[str]] = {}
    for name, mark in stated("flag", "option", "mark"):
        flags.setdefault(name, set()).add(mark)
    lowered: dict[str, set[str]] = {}
    for name, by in stated("lowered", "option", "by"):
        lowered.setdefault(name, set()).add(by)
    functional = dict(stated("functional_place", "option", "place"))
    return tuple(
        Option(
            case.items[name],
            basis,
            tiers.get(name),
            findings.get(name, ()),
            levels.get(name, NOTHING),
            tuple(sorted(flags.get(name, ()))),
            frozenset(lowered.get(name, ())),
            conflicts.get(name, ()),
            functional.get(name, "none"),
        )
        for name, basis in sorted(bases.items())
        if names is None or name in names
    )


def _conflicts(
    matched: Matched, wording: Wording, names: Collection[str] | None = None
) -> dict[str, tuple[Conflict, ...]]:
    """The conflicts of each option, those that decided against it first: the findings that rest on the table."""
    items, derived = matched.case.items, matched.derivations.derived
    found: dict[str, list[Conflict]] = {}
    for each in matched.derivations.concluded("finding"):
        if each.get("criterion") not in CONFLICTING or (names is not None and each.get("option") not in names):
            continue
        told = dict(each.fields)
        line = next((fact for fact in derived[each][0].premises if fact.predicate == "decides"), None)
        if not isinstance(line, Fact):
            continue
        option, fields = str(told["option"]), dict(line.fields)
        outcome = "avoid" if fields["outcome"] == "avoid" else "kept with warning"
        speaks_for = _side(items[option], str(fields["speaks"]))
        against = _side(items[str(told["about"])], "evidence")
        decided = wording.value("decides", "decided", fields["decided"])
        row = Conflict(speaks_for, against, str(fields["reach"]), decided, outcome)
        found.setdefault(option, []).append(row)
    return {option: tuple(sorted(rows, key=_conflict_key)) for option, rows in found.items()}


CONFLICTING = ("partner", "resistance")
"""The criteria of findings that tell a conflict."""


def _conflict_key(each: Conflict) -> tuple[str, str, str]:
    return each.outcome, each.against.level or "", each.against.item.id


def _side(item: Item, kind: str) -> Side:
    record = item.record
    if not isinstance(record, Evidence):
        return Side(item, kind, text("report", "trial" if kind == "trial" else "indication"), None)
    said = text("report", record.significance)
    return Side(
        item, kind, said if record.direction == "supports" else text("report", "no", significance=said), record.level
    )


def _finding(fields: dict[str, Value], message: str) -> Finding:
    return Finding(
        str(fields["criterion"]),
        str(fields["verdict"]),
        message,
        str(fields["about"]),
        fields["recoverable"] is True,
    )


def decided_by(first: Option, second: Option) -> str:
    """The criterion of the declared order that puts one recommended option before another; `name` where none does."""
    places = zip(ranking().criteria, rank_key(first), rank_key(second), strict=False)
    return next((criterion.by for criterion, one, other in places if one != other), "name")


def rank_key(option: Option) -> tuple[object, ...]:
    """The declared order (matcher/ranking.json), made total by name and id."""
    record = option.item.record
    values: dict[str, str | None] = {
        "tier": option.tier,
        "hypothesis": "yes" if "hypothesis" in option.flags else "no",
        "amp": option.levels["amp"],
        "civic": option.levels["civic"],
        "tumor": option.item.relation,
        "variant": option.variant_closeness,
        "access": "elsewhere" if "authorized elsewhere" in option.flags else "here",
        "progressed on all of it": "yes" if _is_exhausted(option) else "no",
        "caution": "yes" if "caution" in option.lowered else "no",
        "preference": "yes" if "preference" in option.lowered else "no",
        "heterogeneity": "yes" if "heterogeneity" in option.lowered else "no",
        "to confirm": "yes" if "to confirm" in option.flags else "no",
        "verified": record.verified.value,
        "local outcomes": "yes" if option.shown_locally else "no",
        "functional": option.functional,
    }
    verdicts = [(finding.criterion, finding.verdict) for finding in option.findings]
    return (*ranking().places(values, verdicts), option.regimen, option.id)


def _is_exhausted(option: Option) -> bool:
    """Whether the disease has progressed on every drug of the regimen."""
    given = (each for each in option.findings if each.criterion == "re-exposure" and each.verdict == "warn")
    progressed = {finding.about for finding in given}
    return progressed.issuperset(option.regimen)


def _rejection_key(option: Option) -> tuple[object, ...]:
    """Nearest misses first: the patient's tumor type, fewest failed criteria, this jurisdiction, fewest open ones."""
    failed = sum(finding.verdict == "fail" for finding in option.findings)
    elsewhere = any(finding.criterion == "jurisdiction" and finding.verdict != "pass" for finding in option.findings)
    return option.item.relation == "other", failed, elsewhere, len(option.blocking), option.regimen, option.id


def _cited(options: Iterable[Option]) -> tuple[Cited, ...]:
    records = {option.item.record.id: option.item.record for option in options}
    return tuple(Cited(record.id, record.sources, record.verified.value) for record in records.values())


def _access(matched: Matched, group: list[Option], wording: Wording | None) -> Access:
    """Where the group's indications authorize the regimen for this tumor type, and whether the NRDL pays."""
    authorized = {
        option.item.record.jurisdiction
        for option in group
        if isinstance(option.item.record, Indication) and option.item.relation != "other"
    }
    reimbursed, note = _reimbursed(matched, group[0], wording)
    return Access(tuple(sorted(authorized)), reimbursed, note)


def _reimbursed(matched: Matched, option: Option, wording: Wording | None) -> tuple[bool | None, str | None]:
    """Whether the plan lists every drug of the regimen, as the rules found; None where that is not known.

    The note names the doubts about the entries behind it.
    """
    derivations, regimen = matched.derivations, regimen_id(option.regimen)
    answers = {fact.get("answer") for fact in derivations.facts("reimbursed") if fact.get("regimen") == regimen}
    listed = None if not answers else answers == {"yes"}
    if wording is None:
        return listed, None
    entries = derivations.facts("coverage")
    doubts = [
        f"{wording.label('drug', drug)}: {entry.get('doubt')}"
        for drug in option.regimen
        for entry in entries
        if entry.get("drug") == drug and entry.get("doubt")
    ]
    return listed, "; ".join(doubts) or None


def _avoided(
    matched: Matched, options: Iterable[Option], levels: Mapping[str, Levels], wording: Wording | None
) -> tuple[Avoided, ...]:
    """Regimens to avoid with all evidence against each, sorted by regimen and reason."""
    lost = [each for option in options for each in option.conflicts if each.outcome == "avoid"]
    case = matched.case
    found: dict[tuple[str, str], list[Fact]] = {}
    for concluded in matched.derivations.facts("avoid"):
        key = str(concluded.get("regimen")), str(concluded.get("because"))
        found.setdefault(key, []).append(concluded)
    rows: list[Avoided] = []
    for (regimen, because), against in sorted(found.items()):
        items = [case.items[str(each.get("evidence"))] for each in against]
        labels = dict.fromkeys(item.status.label for item in items if item.status is not None)
        cited = tuple(Cited(item.id, item.record.sources, item.record.verified.value) for item in items)
        message = _said(matched, against[0], wording)
        graded = best(levels.get(item.id, NOTHING) for item in items)
        mine = tuple(each for each in lost if each.reach in {"whole", "class"} and each.against.item in items)
        rows.append(Avoided(tuple(regimen.split("+")), because, tuple(labels), cited, message, graded, mine))
    return tuple(sorted((*rows, *_contraindicated(matched, wording)), key=lambda row: (row.regimen, row.because)))


def _said(matched: Matched, concluded: Fact, wording: Wording | None) -> str:
    return "" if wording is None else wording.signed(matched.derivations.derived[concluded][0])


def _contraindicated(matched: Matched, wording: Wording | None) -> Iterator[Avoided]:
    """Regimens that nothing but a contraindication keeps out, each with the cautions that do."""
    case = matched.case
    found: dict[str, list[Fact]] = {}
    for concluded in matched.derivations.facts("contraindicated"):
        found.setdefault(str(concluded.get("regimen")), []).append(concluded)
    for regimen, facts in found.items():
        message = _said(matched, facts[0], wording)
        cautions = [case.cautions[str(each.get("caution"))] for each in facts]
        yield Avoided(
            tuple(regimen.split("+")),
            "contraindication",
            (),
            tuple(Cited(each.id, each.sources, each.verified.value) for each in cautions),
            message,
            NOTHING,
        )


def finding_fact(option: str, finding: Finding | Blocker) -> Fact:
    """The derived fact behind a finding on an option (its id), to be proved."""
    return fact(
        "finding",
        option=option,
        criterion=finding.criterion,
        verdict=finding.verdict,
        about=finding.about,
        recoverable=finding.recoverable,
    )


def recommendation_fact(option: Option) -> Fact:
    """The derived fact behind a recommended option, to be proved."""
    return fact("recommendation", option=option.id, tier=option.tier or "")
