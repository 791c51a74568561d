"""What the patient's plan says of the considered drugs, as facts: entries in force whose scope is the patient's."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from kb.source import Verified
from matcher.names import tumor_codes
from matcher.phrases import joined, phrases, text

if TYPE_CHECKING:
    from kb.indication import Coverage
    from matcher.biomarker_status import StatusBoard
    from matcher.clinical import Person
    from matcher.facts import Case, Origin

PLAN = "NRDL"
"""The one plan of which the graph has entries: the National Reimbursement Drug List of China."""

NO_PLAN = frozenset({"none", "no", "self-pay", "self-paying", "uninsured", "自费", "无"})
"""Words for a patient for whom no plan pays."""

ADJUVANT = "adjuvant"
"""The scope of an entry for treatment after surgery alone."""

_LATE = ("iv", "metastatic", "advanced", "recurrent", "relapsed")


def is_late(stage: str | None) -> bool:
    """Whether a stage is one that no adjuvant treatment is for; an unknown stage is not.

    >>> is_late("IVB"), is_late("metastatic"), is_late("II"), is_late(None)
    (True, True, False, False)
    """
    return stage is not None and stage.strip().lower().removeprefix("stage ").startswith(_LATE)


def is_insured(person: Person) -> bool:
    """Whether the NRDL pays: a patient in China whose file names it or names no plan."""
    return person.query.jurisdiction == "CN" and (person.patient.coverage or PLAN).upper() == PLAN


def state_coverage(case: Case, drugs: Collection[str], person: Person, board: StatusBoard) -> None:
    """State the plan's entries for these drugs; nothing for patients whom it does not insure."""
    from matcher.facts import Origin

    if not is_insured(person):
        return
    named = text("items", "patient", id=person.patient.id)
    case.state("insured", Origin(named, places=person.patient.at("coverage")), plan=PLAN)
    by_drug: dict[str, list[Coverage]] = {}
    for row in person.knowledge.coverage(drugs, PLAN):
        if row.effective_year is None or row.effective_year <= int(person.query.as_of[:4]):
            by_drug.setdefault(row.drug, []).append(row)
    for drug, rows in sorted(by_drug.items()):
        own = [row for row in rows if _is_own(row, person, board)]
        for row in own:
            case.state("coverage", _origin(row), **_fields(row))
        listed = [] if own else [row for row in rows if row.listed == "yes"]
        for row in listed[:1]:
            tumors = tumor_codes(row.tumor_types, person.knowledge, "slash")
            scope = joined(filter(None, [tumors, row.scope and _scope(row.scope)]), "list")
            case.state("coverage_elsewhere", _origin(row), drug=drug, scope=scope)


def _scope(scope: str) -> str:
    return text("scopes", scope) if scope in phrases("scopes") else scope


def _fields(row: Coverage) -> dict[str, str | int]:
    doubt = "" if row.verified is Verified.YES else row.note or row.listed
    return {
        "id": row.id,
        "drug": row.drug,
        "listed": row.listed,
        "year": row.effective_year or 0,
        "scope": _scope(row.scope or "any"),
        "doubt": doubt,
    }


def _origin(row: Coverage) -> Origin:
    from matcher.facts import Origin

    plan = text("items", row.plan) if row.plan == PLAN else row.plan
    return Origin(text("items", "coverage", plan=plan, id=row.id), row.sources, (), row.iri, row.verified)


def _is_own(row: Coverage, person: Person, board: StatusBoard) -> bool:
    """Whether the entry's tumor types and biomarker are the patient's."""
    lineage = {person.query.tumor.code, *person.query.tumor.ancestors}
    if not lineage.intersection(row.tumor_types):
        return False
    if row.scope == ADJUVANT and is_late(person.patient.stage):
        return False
    return row.profile is None or board.profile(row.profile).status.value == "present"
