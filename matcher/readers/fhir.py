"""FHIR R4 bundles and reports: HL7 Genomics Reporting, mCODE, and the German molecular tumor board (MII) in JSON.

Specifications: https://hl7.org/fhir/uv/genomics-reporting/STU3/ , https://hl7.org/fhir/us/mcode/STU4/ ,
https://simplifier.net/medizininformatikinitiative-modulmtb . Codes are LOINC (https://loinc.org) or SNOMED CT.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from kb.alteration import Alteration, SmallVariant
from matcher.notes import Severity, UnusableInput
from matcher.patient import Patient, Sample
from matcher.readers import document_names as names
from matcher.readers import fhir_variant
from matcher.readers.document import Document, Part, age_between
from matcher.readers.fhir_history import history
from matcher.readers.fhir_marker import is_marker, marker_value
from matcher.readers.fhir_parts import Bundle, Concept, Resource, concept, label_of, tail
from matcher.readers.reading import PatientFile, named
from matcher.specimens import kind_of, with_germline

T = TypeVar("T")

READ = ("Patient", "Condition", "Observation", "DiagnosticReport", "Specimen", "MedicationStatement",
        "MedicationAdministration", "MedicationRequest", "Medication")  # fmt: skip
"""The resource types that are read; others are told as not read."""

TECHNICAL = frozenset({
    "resourceType", "id", "meta", "text", "implicitRules", "language", "identifier", "subject", "patient", "encounter",
    "issued", "effectiveDateTime", "effectivePeriod", "performer", "resultsInterpreter", "recorder", "asserter",
    "requester", "category", "authoredOn", "recordedDate", "dateAsserted", "informationSource", "basedOn", "code",
    "contained", "method", "resource",
    "name", "telecom", "address", "generalPractitioner", "managingOrganization", "active", "receivedTime",
    "accessionIdentifier", "collector", "url", "status", "partOf", "reasonReference", "request", "result", "context",
    "focus", "reportedBoolean", "intent", "derivedFrom", "hasMember", "specimen", "priority",
})  # fmt: skip
"""Keys that carry no statement on the tumor, or that link resources."""

_UNUSABLE = frozenset({"entered-in-error", "cancelled", "registered"})
_ECOG = frozenset({"89247-1", "89262-0", "423740007"})
_ECOG_ANSWERS = {"LA9622-7": 0, "LA9623-5": 1, "LA9624-3": 2, "LA9625-0": 3, "LA9626-8": 4, "LA9627-6": 5}
_STAGE_GROUPS = frozenset({"21908-9", "21902-2", "399537006", "399588009", "399390009"})
_CELL_CONTENT = "93356-4"


@dataclass(frozen=True, slots=True)
class _Found:
    """What is gathered from the observations."""

    alterations: list[Alteration] = field(default_factory=list)
    variants: dict[int, int] = field(default_factory=dict)
    ecog: dict[str, int] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    purity: dict[str | None, float] = field(default_factory=dict)
    studied: dict[str, None] = field(default_factory=dict)
    reported: dict[str | None, set[str]] = field(default_factory=dict)


def read(path: Path, sample: str | None = None) -> PatientFile:
    """The patient of a Bundle, or of a DiagnosticReport with contained resources. All samples are read.

    UnusableInput for another resource, for several patients, and for a Bundle that says nothing of a patient.
    """
    document = Document(path)
    top = document.read()
    bundle = Bundle.of(top)
    _refuse_other(top, bundle)
    found = _Found()
    _observations(bundle, found)
    patient = _person(bundle)
    codes, stage, conditions, tumors = _conditions(bundle)
    therapies, medications = history(bundle, tumors)
    samples = _samples(bundle, found)
    _leave_the_rest(bundle)
    patient = replace(
        patient,
        tumor_type=next(iter(codes), None),
        tumor_codes=codes[1:],
        stage=stage or _latest(found.stages),
        ecog=_latest(found.ecog),
        conditions=conditions,
        prior_therapies=therapies,
        medications=medications,
        incomplete=frozenset({"conditions", "medications"}),
        samples=samples,
        alterations=with_germline(found.alterations, samples),
    )
    return PatientFile(patient, (*document.notes, *document.unread_notes()))


def _refuse_other(top: Part, bundle: Bundle) -> None:
    path, kind = str(top.document.path), top.text("resourceType")
    if kind not in ("Bundle", "DiagnosticReport"):
        raise UnusableInput(path, f"it is a FHIR {kind}", "give the Bundle or the DiagnosticReport of one patient")
    if not any(resource.type in READ for resource in bundle.resources):
        raise UnusableInput(path, f"the FHIR {kind} holds nothing of a patient", "give the Bundle of one patient")
    patients = [resource for resource in bundle.resources if resource.type == "Patient"]
    subjects = {tail(one) for resource in bundle.resources if (one := resource.part.text("subject", "reference"))}
    if len(patients) > 1 or (not patients and len(subjects) > 1):
        number = max(len(patients), len(subjects))
        raise UnusableInput(path, f"the Bundle describes {number} patients", "give the Bundle of one patient")


def _person(bundle: Bundle) -> Patient:
    """Id, sex and age; the age is that on the day of the latest report."""
    document = bundle.top.document
    place = bundle.top.place
    resource = next((one for one in bundle.resources if one.type == "Patient"), None)
    subject = next((one for each in bundle.resources if (one := each.part.text("subject", "reference"))), None)
    if resource is None:
        name = tail(subject) if subject else document.path.stem
        document.note(place, f"no Patient in the document: {name!r} is the id", "add the Patient resource")
        return Patient(name, place=place)
    part = resource.part
    identifiers = [text for one in part.items("identifier") if (text := one.text("value"))]
    name = part.text("id") or next(iter(identifiers), None) or document.path.stem
    born, day = part.date("birthDate"), _report_day(bundle)
    age = age_between(born, day) if born and day else None
    if born is not None:
        told = f"age {age} on {day}, the day of the latest report" if age is not None else "no age: no report has a day"
        part.note(told, "weigh it in the board", Severity.INFO)
    return Patient(name, age=age, sex=names.SEXES.get((part.text("gender") or "").lower()), place=part.place)


def _report_day(bundle: Bundle) -> str | None:
    """The latest full day of the reports, or else of the observations."""
    for kind in ("DiagnosticReport", "Observation"):
        days = [day for one in bundle.resources if one.type == kind and (day := one.day)]
        if days:
            return max(days)
    return None


def _latest(by_day: dict[str, T]) -> T | None:
    return by_day[max(by_day)] if by_day else None


def _observations(bundle: Bundle, found: _Found) -> None:
    """Every Observation, by its code; the ones derived from a variant come after it."""
    observations = [one for one in bundle.resources if one.type == "Observation"]
    for one in observations:
        _observation(one, bundle, found)
    for one in observations:
        _implication(one, bundle, found)


def _observation(one: Resource, bundle: Bundle, found: _Found) -> None:
    code = concept(one.part.get("code"))
    status = one.part.text("status")
    label = label_of(code)
    if status in _UNUSABLE:
        one.part.take()
        one.part.note(f"the observation {label} is {status}: not used", "none", Severity.INFO)
        return
    if status == "preliminary":
        one.part.note(f"the observation {label} is preliminary", "wait for the final report")
    sample = bundle.specimen_of(one)
    if "69548-6" in code.codes:
        _variant(one, sample, found)
    elif "53041-0" in code.codes or one.has_profile("region-studied"):
        for component in one.part.items("component"):
            if "48018-6" in concept(component.get("code")).codes:
                genes = fhir_variant.genes(concept(component.get("valueCodeableConcept")))
                found.studied.update(dict.fromkeys(genes))
        found.reported.setdefault(sample, set())
    elif code.codes & _ECOG:
        _ecog(one, found)
    elif code.codes & _STAGE_GROUPS:
        value = label_of(concept(one.part.get("valueCodeableConcept")))
        if value:
            found.stages[one.day or ""] = fhir_variant.plain(value)
    elif _CELL_CONTENT in code.codes:
        _purity(one, sample, found)
    elif is_marker(one, code):
        found.alterations.extend(marker_value(one, code, sample))
    elif not one.derived:
        one.part.take()
        one.part.document.leave("Observation", label or "without a code", one.part.value.row)


def _variant(one: Resource, sample: str | None, found: _Found) -> None:
    refusal = fhir_variant.refusal(one.part)
    if refusal is not None:
        one.part.take()
        message, severity = refusal
        one.part.note(message, "none" if severity is Severity.INFO else "see the report", severity)
        return
    for change in fhir_variant.alterations(one.part, sample):
        found.variants[id(one.part.value)] = len(found.alterations)
        found.alterations.append(change)
        found.reported.setdefault(sample, set()).add(fhir_variant.kind(change))


def _implication(one: Resource, bundle: Bundle, found: _Found) -> None:
    """Significance and consequence that an observation of its own states of a variant."""
    code = concept(one.part.get("code"))
    if not one.derived or "69548-6" in code.codes or is_marker(one, code):
        return
    sources = (id(each.part.value) for each in bundle.derived_from(one))
    targets = [found.variants[source] for source in sources if source in found.variants]
    small = [number for number in targets if isinstance(found.alterations[number], SmallVariant)]
    stated = fhir_variant.statements(one.part) if small else None
    if stated is None or not (stated.significance or stated.consequences):
        one.part.take()
        one.part.document.leave("Observation", label_of(code) or "implication", one.part.value.row)
        return
    for number in small:
        variant = found.alterations[number]
        if isinstance(variant, SmallVariant):
            found.alterations[number] = fhir_variant.with_statements(variant, stated, one.part)


def _ecog(one: Resource, found: _Found) -> None:
    """The ECOG grade of an observation, a number or a coded answer."""
    value = concept(one.part.get("valueCodeableConcept"))
    number = one.part.number("valueInteger")
    if number is None:
        number = one.part.number("valueQuantity", "value")
    grades = {_ECOG_ANSWERS[code] for code in value.codes if code in _ECOG_ANSWERS}
    grades |= {int(code) for code in value.codes if code in ("0", "1", "2", "3", "4", "5")}
    if number is not None and number in range(6):
        grades.add(int(number))
    if len(grades) == 1:
        found.ecog[one.day or ""] = grades.pop()
    else:
        one.part.note("the ECOG grade cannot be read: not used", "give valueInteger 0 to 5", Severity.ERROR)


def _purity(one: Resource, sample: str | None, found: _Found) -> None:
    """The tumor cell content as a fraction."""
    fraction = fhir_variant.fraction(one.part.get("valueQuantity"), "tumor cell content")
    if fraction is not None:
        found.purity[sample] = fraction


def _conditions(bundle: Bundle) -> tuple[tuple[str, ...], str | None, tuple[str, ...], frozenset[str]]:
    """The tumor's codes and stage, the other conditions, and the references of the tumor's Conditions."""
    tumors: list[tuple[Resource, Concept]] = []
    others: list[str] = []
    for one in bundle.resources:
        if one.type != "Condition":
            continue
        code = concept(one.part.get("code"))
        refuted = concept(one.part.get("verificationStatus")).codes & {"refuted", "entered-in-error"}
        if refuted:
            one.part.take()
            one.part.note(f"the condition {label_of(code)} is {min(refuted)}: not used", "none", Severity.INFO)
        elif _is_primary(one, code):
            tumors.append((one, code))
        elif one.has_profile("secondary-cancer"):
            one.part.take()
            one.part.document.leave("Condition", label_of(code), one.part.value.row)
        elif label_of(code):
            others.append(label_of(code))
    references = frozenset(name for one, _ in tumors for name in one.names)
    if not tumors:
        return (), None, tuple(others), references
    code = tumors[0][1]
    for other, other_code in tumors[1:]:
        if other_code.codes != code.codes:
            message = f"another tumor, {label_of(other_code)}: only {label_of(code)} is matched"
            other.part.note(message, "give its code with --tumor-type if that one is meant")
    same = [one for one, other in tumors if other.codes == code.codes]
    stages = [label_of(concept(stage.get("summary"))) for one in same for stage in one.part.items("stage")]
    stage = "; ".join(dict.fromkeys(fhir_variant.plain(text) for text in stages if text)) or None
    return _tumor_codes([one.part for one in same], code), stage, tuple(others), references


_NEOPLASM = re.compile(
    r"neoplasm|cancer|carcinoma|tumou?r|sarcoma|melanoma|lymphoma|leuka?emia|glioma|blastoma|bösartig", re.I
)
_NO_TUMOR = re.compile(r"history|family|screening|benign|suspected|secondary|metasta|anxiety|fear of|at risk", re.I)


def _is_primary(one: Resource, code: Concept) -> bool:
    """Whether a Condition is a primary tumor: by its profile, its ICD-10 or ICD-O-3 code, or else its wording."""
    if one.has_profile("primary-cancer-condition", "diagnose-primaertumor", "primaerdiagnose"):
        return True
    if one.has_profile("secondary-cancer"):
        return False
    icd = [text for system, text, _ in code.codings if "icd-10" in system or "icd10" in system]
    if icd:
        return any(names.icd_10(text) for text in icd)
    if any("icd-o" in system for system, _, _ in code.codings):
        return True
    label = label_of(code)
    return bool(_NEOPLASM.search(label)) and not _NO_TUMOR.search(label)


_SYSTEMS = (
    ("oncotree", ""), ("ncit", "NCIT:"), ("nci-thesaurus", "NCIT:"), ("disease-ontology", "DOID:"), ("mondo", "MONDO:"),
    ("icd-o", "ICD-O-3:"), ("2.16.840.1.113883.6.43.1", "ICD-O-3:"), ("icd-10", "ICD-10:"), ("icd10", "ICD-10:"),
    ("snomed", "SNOMED:"),
)  # fmt: skip
"""Prefixes by a part of the code system's address, in the order of their use here: OncoTree before the general ones."""


def _tumor_codes(parts: list[Part], code: Concept) -> tuple[str, ...]:
    """The codes of morphology, diagnosis and site, in the order of _SYSTEMS, then the labels."""
    concepts = [code]
    for extension in (each for part in parts for each in part.items("extension")):
        if re.search("histology|morphology", extension.text("url") or "", re.I):
            concepts.insert(0, concept(extension.get("valueCodeableConcept")))
        else:
            extension.take()
    sites = [concept(site) for part in parts for site in part.items("bodySite")]
    coded: list[tuple[int, str]] = []
    for one in (*concepts, *sites):
        for system, text, _ in one.codings:
            rank = next((n for n, (key, _) in enumerate(_SYSTEMS) if key in system), None)
            if rank is not None and (one not in sites or _SYSTEMS[rank][1] == "ICD-O-3:"):
                prefix = _SYSTEMS[rank][1]
                coded.append((rank, text if text.upper().startswith(prefix) else f"{prefix}{text}"))
    ordered = [text for _, text in sorted(coded, key=lambda each: each[0])]
    labels = [fhir_variant.plain(label_of(one)) for one in concepts if label_of(one)]
    return tuple(dict.fromkeys((*ordered, *labels)))


def _samples(bundle: Bundle, found: _Found) -> tuple[Sample, ...]:
    """The specimens, and those that results only name."""
    samples: dict[str | None, Sample] = {}
    for one in bundle.resources:
        if one.type == "Specimen":
            kind = label_of(concept(one.part.get("type"))).strip()
            site = label_of(concept(one.part.get("collection", "bodySite"))) or None
            day = one.part.date("collection", "collectedDateTime")
            name = bundle.name_of(one)
            samples[name] = Sample(
                name, kind_of(kind), fhir_variant.plain(site) if site else None, day,
                place=one.part.place,
            )  # fmt: skip
    for stated in (*found.reported, *found.purity):
        if stated is not None and stated not in samples:
            samples[stated] = Sample(stated)
    if len(samples) == 1:
        only = next(iter(samples))
        found.reported.setdefault(only, set()).update(found.reported.pop(None, set()))
        if None in found.purity:
            found.purity.setdefault(only, found.purity[None])
    if found.studied:
        message = f"regions studied: {named(found.studied, 20)}"
        remedy = "give them as an assay file with --assay, so that what was not found in them counts as absent"
        bundle.top.document.note(bundle.top.place, message, remedy, Severity.INFO)
    return tuple(
        replace(one, purity=found.purity.get(one.id), reported=frozenset(found.reported.get(one.id, ())))
        for one in samples.values()
    )


def _leave_the_rest(bundle: Bundle) -> None:
    """Count the resources of other types, and what no function above has asked for in the others."""
    document = bundle.top.document
    for one in bundle.resources:
        if one.type not in READ:
            document.leave(one.type or "entry without a resource type", "", one.part.value.row)
        elif one.type != "Medication":
            document.leave_unread(one.type, one.part, TECHNICAL)
