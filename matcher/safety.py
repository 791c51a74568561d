"""What the labels of the considered drugs warn of, against the patient's conditions, values, medications and wishes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from matcher.names import (
    condition_name,
    drug_name,
    jurisdiction_name,
    measurement_name,
    medication_name,
    toxicity_name,
)
from matcher.notes import Note, Severity
from matcher.phrases import text

if TYPE_CHECKING:
    from kb.caution import Caution, Comedication, Condition, UnknownSubject
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from kb.therapies import Therapy
    from matcher.clinical import Person
    from matcher.facts import Case
    from matcher.patient import Measured, Patient

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

# Reading the patient's words


def normalized_person(patient: Patient, knowledge: KnowledgeBase) -> tuple[Patient, tuple[Note, ...]]:
    """The patient with the graph's names of conditions, medications and measurements, and a note for each unknown one.

    An unknown name is kept as written: no caution can be weighed against it.
    """
    if patient.conditions is None and patient.medications is None and not patient.measurements:
        return patient, ()
    notes: list[Note] = []
    return (
        replace(
            patient,
            conditions=_named(patient, patient.conditions, "condition", knowledge.condition, notes),
            medications=_named(patient, patient.medications, "medication", knowledge.comedication, notes),
            measurements=tuple(_converted(each, knowledge, notes) for each in patient.measurements),
        ),
        tuple(notes),
    )


def _named(
    patient: Patient,
    names: tuple[str, ...] | None,
    what: str,
    find: Callable[[str], Condition | Comedication],
    notes: list[Note],
) -> tuple[str, ...] | None:
    """The graph's names; None stays None, because nothing was told."""
    from kb.caution import UnknownSubject

    if names is None:
        return None
    found: list[str] = []
    for name in names:
        try:
            found.append(find(name).id)
        except UnknownSubject as error:
            found.append(name.strip().lower())
            message = f"unknown {what} {name!r}: it is not weighed against any drug"
            notes.append(Note(Severity.WARNING, patient.at(f"{what}s")[0], message, _nearest(error)))
    return tuple(dict.fromkeys(found))


def _nearest(error: UnknownSubject) -> str:
    return f"nearest known: {', '.join(error.nearest)}" if error.nearest else "weigh it in the board"


def _converted(measured: Measured, knowledge: KnowledgeBase, notes: list[Note]) -> Measured:
    """A value in the graph's unit and under its name; as written, with a note, where that cannot be."""
    from kb.caution import UnknownSubject

    try:
        known = knowledge.measurement(measured.name)
    except UnknownSubject as error:
        message = f"unknown measurement {measured.name!r}: it is not weighed against any drug"
        notes.append(Note(Severity.WARNING, measured.place, message, _nearest(error)))
        return measured
    value = known.converted(measured.value, measured.unit) if measured.unit else None
    if value is None:
        message = f"{measured.name} in {measured.unit or 'no unit'}: it is not weighed"
        notes.append(Note(Severity.WARNING, measured.place, message, f"give it in {known.unit}"))
        return measured
    return replace(measured, name=known.id, value=value, unit=known.unit)


# Facts


class _Stands(NamedTuple):
    """How the patient stands to a caution: `met` by something, or `open`.

    `permanent` is a toxicity after which the label ends the drug for good.
    """

    state: str
    by: str = ""
    permanent: bool = False


KINDS = {
    "condition": "condition",
    "medication": "medication",
    "measurement": "measurement",
    "sex or reproduction": "reproduction",
    "prior toxicity": "toxicity",
}
"""The kinds of caution of the graph, and their names in facts."""

_TOLD_BY = {
    "condition": "conditions",
    "medication": "medications",
    "measurement": "measurements",
    "sex or reproduction": "conditions",
    "prior toxicity": "prior_therapies",
}
"""The key of the patient that tells how they stand to each kind of caution."""


def state_safety(case: Case, regimens: Iterable[Regimen], therapies: Mapping[str, Therapy], person: Person) -> None:
    """State the cautions of the considered drugs that the patient meets, and the contraindications that are open."""
    from matcher.facts import Origin, regimen_id

    drugs = {name: each for name, each in therapies.items() if each.kind != "class"}
    found: dict[str, list[tuple[Caution, _Stands]]] = {}
    for caution in person.knowledge.cautions(drugs, _subjects(person), contraindications=True):
        stands = _stands(caution, person)
        if stands is not None:
            found.setdefault(caution.therapy, []).append((caution, stands))
    for drug in _uncautioned(drugs, person):
        places = person.patient.at("conditions", "medications")
        case.state("uncautioned", Origin(_uncautioned_text(drug, person), places=places), drug=drug)
    for regimen in regimens:
        for drug in regimen:
            for caution, stands in _of(drugs.get(drug), found):
                if caution.kind == "prior toxicity" and not _was_given(drug, person):
                    continue
                named, places = text("items", "caution", id=caution.id), person.patient.at(_TOLD_BY[caution.kind])
                origin = Origin(named, caution.sources, places, caution.iri, caution.verified)
                case.cautions[caution.id] = caution
                case.state(
                    "caution",
                    origin,
                    id=caution.id,
                    regimen=regimen_id(regimen),
                    drug=drug,
                    kind=KINDS[caution.kind],
                    subject=_subject(caution, person.knowledge),
                    effect="contraindicated" if stands.permanent else caution.effect,
                    state=stands.state,
                    by=stands.by,
                    verified=caution.verified.value != "no",
                    text=_text(caution),
                )


def _uncautioned(drugs: Mapping[str, Therapy], person: Person) -> list[str]:
    """The drugs without any caution in the graph, where the patient told something to weigh: unknown, not safe."""
    patient = person.patient
    if not (patient.conditions or patient.medications or patient.measurements):
        return []
    known = person.knowledge.cautioned()
    return [
        name
        for name, each in sorted(drugs.items())
        if each.kind == "drug" and known.isdisjoint((name, *each.classes, *each.components))
    ]


def _subjects(person: Person) -> set[str]:
    """What cautions may be about that the patient meets: conditions, medications, measurements and toxicities."""
    patient, knowledge = person.patient, person.knowledge
    found = {each for name in patient.conditions or () for each in _above(name, knowledge.condition)}
    found |= {each for name in patient.medications or () for each in _above(name, knowledge.comedication)}
    found |= {each.name for each in patient.measurements}
    toxicities = (graded(what) for each in person.course for what in each.therapy.toxicities)
    for name, grade in toxicities:
        for known in _by_grade(_id_of(name, knowledge), grade):
            found.update(_above(known, knowledge.condition))
    return found


def _of(therapy: Therapy | None, found: Mapping[str, list[tuple[Caution, _Stands]]]) -> list[tuple[Caution, _Stands]]:
    """The cautions of a drug: its own, those of its classes, and those of a scheme's parts."""
    if therapy is None:
        return []
    names = dict.fromkeys((therapy.id, *therapy.classes, *therapy.components))
    return [each for name in names for each in found.get(name, ())]


def _uncautioned_text(drug: str, person: Person) -> str:
    return text("items", "no caution", drug=drug_name(drug, person.knowledge))


def _text(caution: Caution) -> str:
    """The caution's sentence with the place of its label."""
    written = caution.text.rstrip(".")
    if not caution.jurisdiction:
        return written
    return text("items", "caution text", text=written, jurisdiction=jurisdiction_name(caution.jurisdiction))


def _subject(caution: Caution, knowledge: KnowledgeBase) -> str:
    """What the caution is about, as a board reads it: `LVEF < 50 %`, `heart failure`."""
    if caution.kind == "medication":
        return medication_name(caution.subject, knowledge)
    if caution.kind != "measurement":
        return condition_name(caution.subject, knowledge)
    label = measurement_name(knowledge.measurement(caution.subject))
    limit = {"operator": str(caution.operator), "threshold": f"{caution.threshold:g}", "unit": str(caution.unit)}
    return text("items", "compared", measurement=label, **limit)


def _stands(caution: Caution, person: Person) -> _Stands | None:
    """How the patient stands to a caution; None where it does not concern them."""
    return _STANDS[caution.kind](caution, person)


def _condition(caution: Caution, person: Person) -> _Stands | None:
    stands = _listed(caution, "conditions", person.patient.conditions, person.knowledge.condition, person.patient)
    return stands and stands._replace(by=condition_name(stands.by, person.knowledge))


def _reproduction(caution: Caution, person: Person) -> _Stands | None:
    """Pregnancy and the like count where the file names them; every label of a cytotoxic drug has them."""
    met = [
        name for name in person.patient.conditions or () if caution.subject in _above(name, person.knowledge.condition)
    ]
    return _Stands("met", condition_name(met[0], person.knowledge)) if met else None


def _medication(caution: Caution, person: Person) -> _Stands | None:
    stands = _listed(caution, "medications", person.patient.medications, person.knowledge.comedication, person.patient)
    return stands and stands._replace(by=medication_name(stands.by, person.knowledge))


def _listed(
    caution: Caution,
    what: str,
    given: tuple[str, ...] | None,
    find: Callable[[str], Condition | Comedication],
    patient: Patient,
) -> _Stands | None:
    """How the patient stands to a caution about something that a list names, or leaves open."""
    met = [name for name in given or () if caution.subject in _above(name, find)]
    if met:
        return _Stands("met", met[0])
    if caution.effect != "contraindicated":
        return None
    return _Stands("open") if _is_open(what, given, _above(caution.subject, find), find, patient) else None


def _above(name: str, find: Callable[[str], Condition | Comedication]) -> tuple[str, ...]:
    """The name and all above it; the name alone when the graph does not have it."""
    from kb.caution import Condition, UnknownSubject

    try:
        found = find(name)
    except UnknownSubject:
        return (name,)
    return (found.id, *(found.broader if isinstance(found, Condition) else found.classes))


def _is_open(
    what: str,
    given: tuple[str, ...] | None,
    above: tuple[str, ...],
    find: Callable[[str], Condition | Comedication],
    patient: Patient,
) -> bool:
    """Whether a list leaves open that the patient has this: it is not given, not complete, or names something wider.

    A name that the graph does not know may be anything, so it leaves every contraindication open.
    """
    if given is None or what in patient.incomplete:
        return True
    return any(name in above or not _is_known(name, find) for name in given)


def _is_known(name: str, find: Callable[[str], Condition | Comedication]) -> bool:
    from kb.caution import UnknownSubject

    try:
        return bool(find(name))
    except UnknownSubject:
        return False


def _measurement(caution: Caution, person: Person) -> _Stands | None:
    """A value beyond the threshold; where several are given, the latest counts."""
    if caution.operator is None or caution.threshold is None:
        return None
    known = person.knowledge.measurement(caution.subject)
    limit = known.converted(caution.threshold, caution.unit or known.unit)
    own = [each for each in person.patient.measurements if each.name == known.id]
    if not own or limit is None:
        return _Stands("open") if caution.effect == "contraindicated" else None
    latest = max(own, key=lambda each: each.date or "")
    if not _COMPARED[caution.operator](latest.value, limit):
        return None
    shown = {"value": f"{latest.value:g}", "unit": str(latest.unit)}
    return _Stands("met", text("items", "measured", measurement=measurement_name(known), **shown))


def _toxicity(caution: Caution, person: Person) -> _Stands | None:
    """A toxicity of a prior therapy with the caution's drug or class; whether it ended that drug for good."""
    for each in person.course:
        if caution.therapy not in each.plain:
            continue
        for what in each.therapy.toxicities:
            name, grade = graded(what)
            names = _by_grade(_id_of(name, person.knowledge), grade)
            if any(caution.subject in _above(each, person.knowledge.condition) for each in names):
                told = toxicity_name(what, name, grade, person.knowledge)
                return _Stands("met", told, caution.effect == "avoid" and is_permanent(caution.text, grade))
    return None


_SEVERITIES = ((2, "symptomatic"), (3, "severe"), (4, "life-threatening"))
"""The grade from which a toxicity is so called: NCI's CTCAE, version 5.0 (2017); labels call grade 2 symptomatic."""


def _by_grade(name: str, grade: int | None) -> tuple[str, ...]:
    """A toxicity under the names that its grade gives it: of grade 3, `severe bleeding` and `bleeding`."""
    return (*(f"{word} {name}" for least, word in _SEVERITIES if grade is not None and grade >= least), name)


def _id_of(name: str, knowledge: KnowledgeBase) -> str:
    from kb.caution import UnknownSubject

    try:
        return knowledge.condition(name).id
    except UnknownSubject:
        return name


def graded(written: str) -> tuple[str, int | None]:
    """A toxicity's name and its grade; None when the text gives none.

    >>> graded("interstitial lung disease grade 3"), graded("G2 diarrhea"), graded("rash")
    (('interstitial lung disease', 3), ('diarrhea', 2), ('rash', None))
    """
    found = re.search(r"[,(]?\s*\b(?:ctcae )?(?:grade|g|°)\s?([1-5])\b\)?", written, re.IGNORECASE)
    if found is None:
        return written.strip(), None
    return (written[: found.start()] + " " + written[found.end() :]).strip(" ,"), int(found[1])


def is_permanent(written: str, grade: int | None) -> bool:
    """Whether a label's sentence ends the drug for good after a toxicity of this grade.

    >>> is_permanent("permanently discontinue for grade 2 or higher", 3), is_permanent("stopped for good", None)
    (True, True)
    >>> is_permanent("permanently discontinue for grade 3 or 4", None), is_permanent("interrupt until recovery", 4)
    (False, False)
    """
    if not re.search(r"permanently|for good|not given again", written, re.IGNORECASE):
        return False
    stated = [int(number) for number in re.findall(r"grade[s]?\s?(?:≥\s?)?([1-5])", written.lower())]
    if not stated:
        return True
    return grade is not None and grade >= max(stated)


def _was_given(drug: str, person: Person) -> bool:
    return any(drug in each.plain for each in person.course)


_STANDS: dict[str, Callable[[Caution, Person], _Stands | None]] = {
    "condition": _condition,
    "medication": _medication,
    "measurement": _measurement,
    "sex or reproduction": _reproduction,
    "prior toxicity": _toxicity,
}
