"""FHIR observations of a tumor marker: MSI, TMB, immunohistochemistry, mCODE's tumor marker tests."""

from __future__ import annotations

from collections.abc import Iterator

from kb.alteration import MarkerValue
from matcher.notes import Severity
from matcher.readers import document_names as names
from matcher.readers import fhir_variant
from matcher.readers.fhir_parts import Concept, Resource, concept, label_of

_PROFILES = ("tumor-marker", "molecular-biomarker", "immunohistochemistry", "/tmb", "/msi")
_IHC = "1234806008"


def is_marker(one: Resource, code: Concept) -> bool:
    """Whether the observation is of a marker: by its profile, its category, or an assay that names a known marker."""
    if one.has_profile(*_PROFILES) or _IHC in code.codes:
        return True
    categories = {text for part in one.part.items("category") for text in concept(part).codes}
    return "biomarker-category" in categories or names.marker(label_of(code), _loinc(code)) is not None


def _loinc(code: Concept) -> str | None:
    return next((text for system, text, _ in code.codings if "loinc" in system), None)


def marker_value(one: Resource, code: Concept, sample: str | None) -> Iterator[MarkerValue]:
    """The value of the marker; a note when there is none. A score beside an interpretation is a value of its own."""
    part, loinc = one.part, _loinc(code)
    label = label_of(code)
    if _IHC in code.codes:
        label = f"{_protein(one)} IHC"
        loinc = None
    value, unit = _value(one)
    word = next((text for each in part.items("interpretation") if (text := _word(concept(each)))), None)
    told: list[tuple[str, str | None]] = [(value, unit)] if value is not None else []
    if word is not None and (not told or _is_class(label, loinc)):
        told.append((word, None))
    for text, measure in told:
        name, shown = names.measured(label, loinc, text, measure)
        yield MarkerValue(name, shown, part.place, sample)
    if not told:
        reason = label_of(concept(part.get("dataAbsentReason")))
        message = f"no result of {label}" + (f" ({reason})" if reason else "")
        part.note(f"{message}: not used", "test it, if it is needed", Severity.INFO)


def _word(stated: Concept) -> str:
    """The interpretation's word, in English where its code is one: displays come in the language of the site."""
    code = next((code for code in ("low", "intermediate", "high") if code in stated.codes), None)
    return code or fhir_variant.plain(label_of(stated))


def _is_class(label: str, loinc: str | None) -> bool:
    """Whether the interpretation says more than the number: a class is decided by the laboratory."""
    return names.marker(label, loinc) in ("MSI", "HRD")


def _protein(one: Resource) -> str:
    """The protein that was stained, by the gene component."""
    for component in one.part.items("component"):
        if "48018-6" in concept(component.get("code")).codes:
            found = fhir_variant.genes(concept(component.get("valueCodeableConcept")))
            if found:
                return {"ERBB2": "HER2", "CD274": "PD-L1"}.get(found[0], found[0])
    return "unnamed protein"


_EXPRESSION = {"exp": "expressed", "not-exp": "no expression"}
"""dnpm-dip/mtb/ihc/protein-expression/result (https://github.com/dnpm-dip/mtb-model)."""


def _value(one: Resource) -> tuple[str | None, str | None]:
    """The observation's value as text, and its unit."""
    part = one.part
    quantity = part.get("valueQuantity")
    if quantity is not None:
        number, unit = quantity.text("value"), quantity.text("unit")
        code = quantity.text("code")
        quantity.text("system")
        shown = f"{quantity.text('comparator') or ''}{number}" if number else None
        return shown, "%" if code == "%" else unit or code
    coded = concept(part.get("valueCodeableConcept"))
    for code in coded.codes:
        if code in _EXPRESSION:
            return _EXPRESSION[code], None
    if label_of(coded):
        return fhir_variant.plain(label_of(coded)), None
    for key in ("valueString", "valueInteger", "valueBoolean"):
        text = part.text(key)
        if text is not None:
            return {"true": "positive", "false": "negative"}.get(text, text), None
    low, high = part.text("valueRange", "low", "value"), part.text("valueRange", "high", "value")
    unit = part.text("valueRange", "low", "unit") or part.text("valueRange", "low", "code")
    if low and high:
        return f"{low}-{high}", unit
    return (f">={low}" if low else f"<={high}", unit) if low or high else (None, None)
