"""From derivations to the answer: ranked recommendations, what to avoid, and what is not recommended and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kb.evidence import Evidence
from kb.indication import Indication
from matcher.biomarker_status import BiomarkerStatus
from matcher.eligibility import Verdict, all_of
from matcher.facts import Case, Item, regimen_id, statuses
from matcher.levels import NOTHING, Levels, best, levels_of
from matcher.ranking import ranking
from rules.facts import Derivation, Fact, Value, fact
from rules.origin import said
from rules.wording import plain, sentence

if TYPE_CHECKING:
    from kb.indication import Regimen
    from kb.source import Source
    from matcher.case import Matched
    from matcher.notes import Note

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

    `lowered` says what puts it behind others of its tier: a `caution`, a `preference`.
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


def answer(matched: Matched) -> Answer:
    """The ranked answer, the same bytes for the same input."""
    levels = levels_of(matched, words(matched.case))
    options = _options(matched, levels)
    recommended = [option for option in options if option.tier is not None]
    ranked = sorted(recommended, key=_rank_key)
    leading: dict[Regimen, list[Option]] = {}
    for option in ranked:
        leading.setdefault(option.regimen, []).append(option)
    recommendations = tuple(
        Recommendation(rank, group[0], tuple(group[1:]), _access(matched, group), _cited(group))
        for rank, group in enumerate(leading.values(), start=1)
    )
    rejected = sorted((option for option in options if option.tier is None), key=_rejection_key)
    return Answer(
        matched,
        statuses(matched.case),
        recommendations,
        _avoided(matched, options, levels),
        tuple(rejected),
        matched.notes,
    )


def words(case: Case, lang: str = "en") -> Callable[[str, Value], str]:
    """Labels for the ids in rule sentences: items, profiles and regimens by the names that a board reads."""

    def label(name: str, value: Value) -> str:
        return case.labels.get(value, value) if isinstance(value, str) else plain(name, value)

    return label


def _sentences(matched: Matched) -> Callable[[Derivation], str]:
    """What a firing says: its rule's sentence with the names of this case; a site's rule says whose it is."""
    rules = {rule.name: rule for rule in matched.rules.rules}
    templates: dict[str, str] = {}
    label = words(matched.case)

    def text(way: Derivation) -> str:
        template = templates.get(way.rule)
        if template is None:
            template = templates[way.rule] = said(rules[way.rule])
        return sentence(template, dict(way.bindings), label)

    return text


def options_of(matched: Matched, regimens: Collection[Regimen] | None = None) -> tuple[Option, ...]:
    """Every option that was considered, with its findings, most blocking first; of these regimens where some are given,
    then without levels.
    """
    if regimens is not None:
        return _options(matched, {}, regimens)
    return _options(matched, levels_of(matched, words(matched.case)))


def _options(
    matched: Matched, levels: Mapping[str, Levels], regimens: Collection[Regimen] | None = None
) -> tuple[Option, ...]:
    case, text = matched.case, _sentences(matched)
    findings: dict[str, list[Finding]] = {}
    conflicts = _conflicts(matched)
    derived = matched.derivations.derived
    for concluded in matched.derivations.concluded("finding"):
        fields = dict(concluded.fields)
        if regimens is not None and case.items[str(fields["option"])].regimen not in regimens:
            continue
        findings.setdefault(str(fields["option"]), []).append(_finding(fields, text(derived[concluded][0])))

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
    return tuple(
        Option(
            case.items[name],
            basis,
            tiers.get(name),
            tuple(sorted(findings.get(name, ()), key=_finding_key)),
            levels.get(name, NOTHING),
            tuple(sorted(flags.get(name, ()))),
            frozenset(lowered.get(name, ())),
            conflicts.get(name, ()),
        )
        for name, basis in sorted(bases.items())
        if regimens is None or case.items[name].regimen in regimens
    )


def _conflicts(matched: Matched) -> dict[str, tuple[Conflict, ...]]:
    """The conflicts of each option, those that decided against it first: the findings that rest on the table."""
    items, derived = matched.case.items, matched.derivations.derived
    found: dict[str, list[Conflict]] = {}
    for each in matched.derivations.concluded("finding"):
        told = dict(each.fields)
        if told["criterion"] not in CONFLICTING:
            continue
        line = next((fact for fact in derived[each][0].premises if fact.predicate == "decides"), None)
        if not isinstance(line, Fact):
            continue
        option, fields = str(told["option"]), dict(line.fields)
        outcome = "avoid" if fields["outcome"] == "avoid" else "kept with warning"
        speaks_for = _side(items[option], str(fields["speaks"]))
        against = _side(items[str(told["about"])], "evidence")
        row = Conflict(speaks_for, against, str(fields["reach"]), str(fields["decided"]), outcome)
        found.setdefault(option, []).append(row)
    return {option: tuple(sorted(rows, key=_conflict_key)) for option, rows in found.items()}


CONFLICTING = ("partner", "resistance")
"""The criteria of findings that tell a conflict."""


def _conflict_key(each: Conflict) -> tuple[str, str, str]:
    return each.outcome, each.against.level or "", each.against.item.id


def _side(item: Item, kind: str) -> Side:
    record = item.record
    if not isinstance(record, Evidence):
        return Side(item, kind, "trial" if kind == "trial" else "indication", None)
    said = record.significance if record.direction == "supports" else f"no {record.significance}"
    return Side(item, kind, said, record.level)


def _finding(fields: dict[str, Value], message: str) -> Finding:
    return Finding(
        str(fields["criterion"]),
        str(fields["verdict"]),
        message,
        str(fields["about"]),
        fields["recoverable"] is True,
    )


def _finding_key(finding: Finding) -> tuple[int, str, str]:
    return VERDICTS.index(finding.verdict), finding.criterion, finding.message


def _rank_key(option: Option) -> tuple[object, ...]:
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
        "to confirm": "yes" if "to confirm" in option.flags else "no",
        "verified": record.verified.value,
    }
    verdicts = [(finding.criterion, finding.verdict) for finding in option.findings]
    return (*ranking().places(values, verdicts), option.regimen, option.id)


def _is_exhausted(option: Option) -> bool:
    """Whether the disease has progressed on every drug of the regimen."""
    progressed = {finding.about for finding in option.findings if finding.criterion == "re-exposure"}
    return progressed.issuperset(option.regimen)


def _rejection_key(option: Option) -> tuple[object, ...]:
    """Nearest misses first: the patient's tumor type, fewest failed criteria, this jurisdiction, fewest open ones."""
    failed = sum(finding.verdict == "fail" for finding in option.findings)
    elsewhere = any(finding.criterion == "jurisdiction" and finding.verdict != "pass" for finding in option.findings)
    return option.item.relation == "other", failed, elsewhere, len(option.blocking), option.regimen, option.id


def _cited(options: Iterable[Option]) -> tuple[Cited, ...]:
    records = {option.item.record.id: option.item.record for option in options}
    return tuple(Cited(record.id, record.sources, record.verified.value) for record in records.values())


def _access(matched: Matched, group: list[Option]) -> Access:
    """Where the group's indications authorize the regimen for this tumor type, and whether the NRDL pays."""
    authorized = {
        option.item.record.jurisdiction
        for option in group
        if isinstance(option.item.record, Indication) and option.item.relation != "other"
    }
    reimbursed, note = _reimbursed(matched, group[0])
    return Access(tuple(sorted(authorized)), reimbursed, note)


def _reimbursed(matched: Matched, option: Option) -> tuple[bool | None, str | None]:
    """Whether the plan lists every drug of the regimen, as the rules found; None where that is not known.

    The note names the doubts about the entries behind it.
    """
    derivations, regimen = matched.derivations, regimen_id(option.regimen)
    answers = {fact.get("answer") for fact in derivations.facts("reimbursed") if fact.get("regimen") == regimen}
    entries = derivations.facts("coverage")
    doubts = [
        f"{drug}: {entry.get('doubt')}"
        for drug in option.regimen
        for entry in entries
        if entry.get("drug") == drug and entry.get("doubt")
    ]
    listed = None if not answers else answers == {"yes"}
    return listed, "; ".join(doubts) or None


def avoided_of(matched: Matched, options: Iterable[Option]) -> tuple[Avoided, ...]:
    """Every regimen to avoid, without levels, of a patient with these options."""
    return _avoided(matched, options, {})


def _avoided(matched: Matched, options: Iterable[Option], levels: Mapping[str, Levels]) -> tuple[Avoided, ...]:
    """Regimens to avoid with all evidence against each, sorted by regimen and reason."""
    lost = [each for option in options for each in option.conflicts if each.outcome == "avoid"]
    case, text = matched.case, _sentences(matched)
    found: dict[tuple[str, str], list[tuple[Fact, Derivation]]] = {}
    for concluded in matched.derivations.facts("avoid"):
        key = str(concluded.get("regimen")), str(concluded.get("because"))
        found.setdefault(key, []).append((concluded, matched.derivations.derived[concluded][0]))
    rows: list[Avoided] = []
    for (regimen, because), against in sorted(found.items()):
        items = [case.items[str(each.get("evidence"))] for each, _ in against]
        labels = dict.fromkeys(item.status.label for item in items if item.status is not None)
        cited = tuple(Cited(item.id, item.record.sources, item.record.verified.value) for item in items)
        message = text(against[0][1])
        graded = best(levels.get(item.id, NOTHING) for item in items)
        mine = tuple(each for each in lost if each.reach in {"whole", "class"} and each.against.item in items)
        rows.append(Avoided(tuple(regimen.split("+")), because, tuple(labels), cited, message, graded, mine))
    return tuple(sorted((*rows, *_contraindicated(matched)), key=lambda row: (row.regimen, row.because)))


def _contraindicated(matched: Matched) -> Iterator[Avoided]:
    """Regimens that nothing but a contraindication keeps out, each with the cautions that do."""
    case, text = matched.case, _sentences(matched)
    found: dict[str, list[Fact]] = {}
    for concluded in matched.derivations.facts("contraindicated"):
        found.setdefault(str(concluded.get("regimen")), []).append(concluded)
    for regimen, facts in found.items():
        message = text(matched.derivations.derived[facts[0]][0])
        cautions = [case.cautions[str(each.get("caution"))] for each in facts]
        yield Avoided(
            tuple(regimen.split("+")),
            "contraindication",
            (),
            tuple(Cited(each.id, each.sources, each.verified.value) for each in cautions),
            message,
            NOTHING,
        )


def recommendation_fact(option: Option) -> Fact:
    """The derived fact behind a recommended option, to be proved."""
    return fact("recommendation", option=option.id, tier=option.tier or "")
