"""The facts that the frameworks need: study designs, tumor forms, and the labels that speak of an option's alteration.

They are stated for what may be graded alone: options whose biomarker is present and whose tumor type does not exclude
them, and evidence against a regimen.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from kb.dates import span
from kb.evidence import RESPONSE_ENDPOINTS, SURVIVAL_ENDPOINTS, Design, Evidence
from kb.indication import Indication, IndicationStatus
from kb.profile import asks_only_for_absence, parse
from kb.trial import Trial
from matcher.biomarker_status import BiomarkerStatus, Status
from matcher.facts import (
    NO_ORIGIN,
    SERVED,
    Case,
    Item,
    Origin,
    Query,
    regimen_id,
    regimen_label,
    relation_of,
    settled_by,
)
from matcher.names import jurisdiction_name, tumor_codes
from matcher.phrases import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.biomarker_status import StatusBoard

MATCHED = frozenset({"exact", "covered", "agnostic"})
"""Relations of an item's tumor types to the patient's that are a match."""

GRADED = MATCHED | {"other"}
"""Relations with which an item can be recommended."""

ASSERTED = "Tier I - Level A"
"""How a source writes that it asserts the highest level of AMP/ASCO/CAP."""

UNKNOWN = "unknown"


TIMING = {
    "meta-analysis": "prospective",
    "randomized trial": "prospective",
    "basket trial": "prospective",
    "prospective trial": "prospective",
    "prospective cohort": "prospective",
    "retrospective cohort": "retrospective",
    "case-control": "retrospective",
    "case series": "cases",
    "case report": "cases",
    "in vivo": "preclinical",
    "in vitro": "preclinical",
    "in silico": "preclinical",
}
"""What the frameworks tell apart among the kinds of study."""


def state_designs_of_each(case: Case, knowledge: KnowledgeBase) -> None:
    """Add to a case's facts what the rules of the frameworks need of each option by itself, but for tumor forms."""
    graded = [item for item in case.items.values() if may_be_graded(item)]
    _studies(case, graded, knowledge)
    for item in graded:
        if isinstance(item.record, Evidence):
            stated = partial(_statements, item=item.id, evidence=item.record, knowledge=knowledge)
            case.once(partial(settled_by, ("statements", item.id)), stated)


def state_designs_across(
    case: Case, graded: list[Item], query: Query, board: StatusBoard, knowledge: KnowledgeBase
) -> None:
    """Add what they need of all graded options together: which are of one use, and what labels leave out."""
    _uses(case, graded)
    against = [item for item in graded if _is_against(item)]
    if against:
        _labels_without(case, against, query, board, knowledge)


def may_be_graded(item: Item) -> bool:
    """Whether the frameworks may grade an item: its biomarker is present and its tumor type does not exclude it."""
    if isinstance(item.record, Trial) or item.relation not in GRADED:
        return False
    if item.status is None or item.status.status is not Status.PRESENT:
        return False
    return isinstance(item.record, Indication) or _supports(item.record) or _is_against(item)


def _supports(evidence: Evidence) -> bool:
    return (evidence.direction, evidence.significance) == ("supports", "sensitivity")


def _is_against(item: Item) -> bool:
    record = item.record
    if not isinstance(record, Evidence) or item.relation not in MATCHED or record.level > "B":
        return False
    return (record.direction, record.significance) in {("supports", "resistance"), ("does not support", "sensitivity")}


# --- studies --------------------------------------------------------------------------------------------------------


def _studies(case: Case, graded: list[Item], knowledge: KnowledgeBase) -> None:
    evidence = {item.id for item in graded if isinstance(item.record, Evidence)}
    indications = {item.record.id for item in graded if isinstance(item.record, Indication)}
    designs = knowledge.designs(evidence) if evidence else {}
    pivotal = knowledge.pivotal_designs(indications) if indications else {}
    for item in graded:
        if isinstance(item.record, Evidence):
            found: Sequence[Design] = (designs[item.id],) if item.id in designs else ()
        else:
            found = pivotal.get(item.record.id, ())
        if found:
            case.once(partial(settled_by, ("studies", item.id)), partial(_studies_behind, item=item.id, designs=found))


def _studies_behind(case: Case, item: str, designs: Sequence[Design]) -> None:
    for number, design in enumerate(designs, start=1):
        _study(case, item, design, number)


def _study(case: Case, item: str, design: Design, number: int) -> None:
    name = design.sources[0].label if design.sources else text("items", "study number", number=number, item=item)
    origin = Origin(text("items", "study behind", item=item), design.sources, iri=design.iri, verified=design.verified)
    stratified = {True: "yes", False: "no", None: UNKNOWN}[design.stratified]
    case.state(
        "study",
        origin,
        item=item,
        study=name,
        kind=design.kind or UNKNOWN,
        timing=TIMING.get(design.kind or "", UNKNOWN),
        stratified=stratified,
        comparator=design.comparator or UNKNOWN,
        survival=_outcome(design, SURVIVAL_ENDPOINTS, "not improved"),
        response=_outcome(design, RESPONSE_ENDPOINTS, "reported"),
        mcbs=design.mcbs or UNKNOWN,
    )


def _outcome(design: Design, endpoints: frozenset[str], without_gain: str) -> str:
    """What a study tells of end points of one kind; `unknown` when the graph names none at all."""
    if endpoints.intersection(design.endpoints):
        return "improved"
    if endpoints.intersection(design.reported):
        return without_gain
    return "not reported" if design.endpoints or design.reported else UNKNOWN


# --- tumor forms ----------------------------------------------------------------------------------------------------


def state_forms(case: Case, query: Query, knowledge: KnowledgeBase) -> None:
    """Add the form of the patient's tumor, and of each list of tumor types that an item for another tumor names."""
    moved = (item for item in case.items.values() if item.relation == "other" and may_be_graded(item))
    wanted = {item.record.tumor_types for item in moved}
    if not wanted:
        return
    key = "forms", query.tumor.code, frozenset(wanted)
    case.once(partial(settled_by, key), partial(_form_facts, wanted=wanted, query=query, knowledge=knowledge))


def _form_facts(case: Case, wanted: set[tuple[str, ...]], query: Query, knowledge: KnowledgeBase) -> None:
    case.state("patient_form", Origin("OncoTree"), form=knowledge.tumor_form(query.tumor.code) or UNKNOWN)
    forms = {code: knowledge.tumor_form(code) or UNKNOWN for code in sorted({code for each in wanted for code in each})}
    for codes in sorted(wanted):
        found = {forms[code] for code in codes}
        form = found.pop() if len(found) == 1 else UNKNOWN if UNKNOWN in found or not found else "mixed"
        case.state("tumor_form", Origin("OncoTree"), tumor=tumor_codes(codes, knowledge), form=form)


# --- labels ---------------------------------------------------------------------------------------------------------


def _uses(case: Case, graded: list[Item]) -> None:
    """The regimen of an indication with what makes its biomarker present, and the clinical evidence of the same use.

    So too a use of which no indication and several items of evidence speak. A case study or a model is graded for
    itself: an approval stands on more than it.
    """
    uses = {
        item.id: {_use(item.regimen, ground, case) for ground in _grounds(item.status, case)}
        for item in graded
        if isinstance(item.record, Indication) or _is_clinical(item.record)
    }
    of_labels = {use for item in graded if isinstance(item.record, Indication) for use in uses[item.id]}
    spoken = Counter(use for found in uses.values() for use in found)
    shared = of_labels | {use for use, items in spoken.items() if items > 1}
    for item, found in uses.items():
        for use in sorted(found & shared):
            case.state("use_of", NO_ORIGIN, item=item, use=use)


def _use(regimen: Regimen, ground: str, case: Case) -> str:
    return case.use(case.labels.get(regimen_id(regimen), regimen_label(regimen)), ground)


def _is_clinical(record: object) -> bool:
    """Whether it is clinical evidence for a regimen: what speaks against one gains nothing from its labels."""
    return isinstance(record, Evidence) and record.level <= "B" and _supports(record)


def _grounds(status: BiomarkerStatus | None, case: Case) -> set[str]:
    """What makes a status present: the alterations, or the markers where no alteration does."""
    if status is None or status.status is not Status.PRESENT:
        return set()
    if status.alterations:
        return {case.told_apart(alteration) for alteration in status.alterations}
    return {ground for part in status.parts for ground in _grounds(part, case)} or {status.id}


def _labels_without(
    case: Case, against: list[Item], query: Query, board: StatusBoard, knowledge: KnowledgeBase
) -> None:
    """Labels of this place and of the FDA that select patients without the alteration that speaks against a regimen."""
    negative = {each.id for each in knowledge.negative_biomarkers() if board.status(each.id).status is Status.ABSENT}
    if not negative:
        return
    for label in knowledge.indications(negative, (), {*SERVED}.intersection({query.jurisdiction, "US"})):
        named_in = [item for item in against if any(set(item.regimen) <= set(each) for each in label.regimens)]
        if not named_in or label.status is not IndicationStatus.APPROVED:
            continue
        if not _is_ruled_out(label, query, board, knowledge):
            continue
        since = span(label.approved_on).latest if label.approved_on else knowledge.released_on
        named = {"jurisdiction": jurisdiction_name(label.jurisdiction), "id": label.id}
        origin = Origin(
            text("items", "indication named", **named), label.sources, iri=label.iri, verified=label.verified
        )
        case.labels.setdefault(label.id, text("items", "indication", **named))
        genes = {name.split(":")[0] for name in negative if name in (label.profile or "")}
        for item in named_in:
            assert item.status is not None
            if any(f"{gene}:" in item.status.id for gene in genes):
                case.state("label_without", origin, item=item.id, label=label.id, place=label.jurisdiction, since=since)


def _is_ruled_out(label: Indication, query: Query, board: StatusBoard, knowledge: KnowledgeBase) -> bool:
    if label.profile is None or board.profile(label.profile).status is not Status.ABSENT:
        return False
    if relation_of(query.tumor, label.tumor_types, label.excluded_tumor_types, knowledge) not in MATCHED:
        return False
    return asks_only_for_absence(parse(label.profile), lambda name: knowledge.biomarker(name).state == "absent")


# --- statements about evidence --------------------------------------------------------------------------------------


def _statements(case: Case, item: str, evidence: Evidence, knowledge: KnowledgeBase) -> None:
    """That a source asserts a level on it, that it is a guideline's, and the publication of a case study."""
    origin = Origin(text("items", "evidence", id=item), evidence.sources, iri=evidence.iri, verified=evidence.verified)
    if (evidence.amp_assertion or "").startswith(ASSERTED):
        case.state("amp_asserted", origin, item=item, known_on=knowledge.released_on)
    if evidence.level_source.endswith("Guideline"):
        case.state("guideline_of", origin, item=item)
    if evidence.level == "C" and evidence.sources and evidence.significance == "sensitivity":
        case.state("publication", origin, item=item, source=evidence.sources[0].label)
