"""The treatment history of a FHIR document: statements, administrations and orders of drugs, never proposals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kb.alteration import Place
from matcher.notes import Severity
from matcher.patient import PriorTherapy
from matcher.readers import document_names as names
from matcher.readers.fhir_parts import Bundle, Concept, Resource, concept, label_of

GIVEN = {
    "MedicationStatement": frozenset({"active", "completed", "stopped"}),
    "MedicationAdministration": frozenset({"in-progress", "completed", "stopped"}),
    "MedicationRequest": frozenset({"active", "completed", "stopped"}),
}
"""The resource types that tell of a drug given, with the statuses that say so (https://hl7.org/fhir/R4/)."""

_ORDERS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
_CANCER_PROFILES = ("cancer-related-medication", "systemtherapie", "onko", "antineoplastic")


@dataclass(frozen=True, slots=True)
class _Given:
    """A drug that was given, from its first to its last day."""

    drug: str
    place: Place
    start: str | None
    stop: str | None
    stopped_for: str | None
    setting: str | None


def history(bundle: Bundle, tumors: frozenset[str]) -> tuple[tuple[PriorTherapy, ...] | None, tuple[str, ...]]:
    """The therapies of the tumor, None when the document tells of none, and other medications.

    Repeated administrations of a drug are one; drugs with the same first and last day are one regimen.
    """
    given: list[_Given] = []
    medications: dict[str, None] = {}
    for one in bundle.resources:
        if one.type not in GIVEN or not _is_given(one):
            continue
        drug, codes = _drug(one, bundle)
        if drug is None:
            one.part.note(f"a {one.type} without a medication: not used", "name the drug", Severity.ERROR)
            continue
        is_cancer = _is_cancer(one, bundle, codes, tumors)
        if is_cancer is False:
            medications[drug] = None
            continue
        if is_cancer is None:
            one.part.note(f"nothing says that {drug} treats the tumor: read as a prior therapy", "give its reason")
        given.append(_given(one, drug))
    therapies = _regimens(_merged(given))
    if len(therapies) > 1:
        message = f"the document does not say how its {len(therapies)} treatments form lines of therapy"
        bundle.top.document.note(
            therapies[0].place, f"{message}: each counts as one", "check the number of prior lines"
        )
    return tuple(therapies) or None, tuple(medications)


def _is_given(one: Resource) -> bool:
    """Whether the resource says that the drug was or is given; a note counts a proposal, a refusal, an error."""
    status, intent = one.part.text("status") or "no status", one.part.text("intent")
    if one.type == "MedicationRequest" and intent not in _ORDERS:
        reason = f"{intent or 'no intent'}, no therapy given"
    elif status not in GIVEN[one.type]:
        reason = f"{status}, no therapy given"
    elif one.part.text("doNotPerform") == "true":
        reason = "not to be performed"
    else:
        return True
    one.part.take()
    one.part.document.leave(one.type, reason, one.part.value.row)
    return False


def _drug(one: Resource, bundle: Bundle) -> tuple[str | None, Concept]:
    """The drug's name and its codes; an order names it by substance where the administration names a product."""
    order = bundle.resolve(one.part.get("request")) if one.type == "MedicationAdministration" else None
    found = [_medication(each, bundle) for each in (order, one) if each is not None]
    named = next((code for code in found if label_of(code)), Concept())
    atc = next((display for system, _, display in named.codings if "atc" in system and display), None)
    label = atc or next((display for _, _, display in named.codings if display), None) or label_of(named)
    return (names.drug(label) or None) if label else None, named


def _medication(one: Resource, bundle: Bundle) -> Concept:
    code = concept(one.part.get("medicationCodeableConcept"))
    if label_of(code):
        return code
    reference = one.part.get("medicationReference")
    found = bundle.resolve(reference)
    if found is not None:
        found.part.take()
        return concept(found.part.get("code"))
    display = reference.text("display") if reference is not None else None
    return Concept(text=display or "")


def _is_cancer(one: Resource, bundle: Bundle, codes: Concept, tumors: frozenset[str]) -> bool | None:
    """Whether the drug is one against the tumor: by ATC, profile or reason (its order's too); None: open."""
    order = bundle.resolve(one.part.get("request")) if one.type == "MedicationAdministration" else None
    holders = [one, order] if order is not None else [one]
    atc = {code for system, code, _ in codes.codings if "atc" in system}
    is_antineoplastic = any(code.startswith(("L01", "L02")) for code in atc)
    if is_antineoplastic or any(each.has_profile(*_CANCER_PROFILES) for each in holders):
        return True
    stated = (part.text("reference") for each in holders for part in each.part.items("reasonReference"))
    reasons = set(filter(None, stated))
    if reasons & tumors:
        return True
    return False if reasons or atc else None


def _given(one: Resource, drug: str) -> _Given:
    part = one.part
    start = part.date("effectivePeriod", "start") or part.date("effectiveDateTime")
    stop = part.date("effectivePeriod", "end") or part.date("effectiveDateTime")
    for dose in part.items("dosageInstruction"):
        start = start or dose.date("timing", "repeat", "boundsPeriod", "start")
        stop = stop or dose.date("timing", "repeat", "boundsPeriod", "end")
    reason = next((text for each in part.items("statusReason") if (text := label_of(concept(each)))), None)
    if reason and names.response(reason) == "PD":
        reason = "progression"
    status = part.text("status")
    setting = None
    for extension in part.items("extension"):
        intent = label_of(concept(extension.get("valueCodeableConcept")))
        if "intent" in (extension.text("url") or "").lower():
            setting = setting or names.setting(intent)
        else:
            extension.take()
    if status in ("active", "in-progress"):
        stop = None
    ended = reason or ("completed" if status == "completed" and one.type != "MedicationAdministration" else None)
    return _Given(drug, part.place, start, stop, ended, setting)


def _merged(given: Iterable[_Given]) -> list[_Given]:
    """One entry for each drug, from its first to its last day."""
    merged: dict[str, _Given] = {}
    for one in given:
        key = one.drug.lower()
        before = merged.get(key)
        if before is None:
            merged[key] = one
            continue
        starts = [day for day in (before.start, one.start) if day]
        stops = [day for day in (before.stop, one.stop) if day]
        merged[key] = replace(
            before,
            start=min(starts, default=None),
            stop=max(stops, default=None),
            stopped_for=one.stopped_for or before.stopped_for,
            setting=before.setting or one.setting,
        )
    return list(merged.values())


def _regimens(given: list[_Given]) -> list[PriorTherapy]:
    """The drugs as regimens: those with the same first and last day are given together."""
    together: dict[tuple[str | None, str | None, int], list[_Given]] = {}
    for number, one in enumerate(given):
        alone = 0 if one.start else number + 1
        together.setdefault((one.start, one.stop, alone), []).append(one)
    return [
        PriorTherapy(
            tuple(one.drug for one in group),
            group[0].place,
            start=start,
            stop=stop,
            stopped_for=next((one.stopped_for for one in group if one.stopped_for), None),
            setting=next((one.setting for one in group if one.setting), None),
        )
        for (start, stop, _), group in together.items()
    ]
