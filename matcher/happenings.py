"""What happened to a patient, day by day, in words: therapies, samples, results and events with their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.dates import span
from matcher import events as told
from matcher.names import regimen_name
from matcher.phrases import phrases, text
from matcher.profiles import UNPLACED, guided, profile_of, profiles_of
from matcher.regimens import id_of

if TYPE_CHECKING:
    from kb.alteration import Place
    from kb.graph import KnowledgeBase
    from matcher.patient import Patient, PriorTherapy


class Happening(NamedTuple):
    """Something that happened: `day` is the last day that its date can mean, `text` can be said in every language."""

    day: str
    date: str
    text: str
    place: Place


def happenings(patient: Patient, knowledge: KnowledgeBase) -> tuple[Happening, ...]:
    """Everything of the patient's course that has a date, by day; on one day what was found before what was done."""
    found = [*_samples(patient), *_organoids(patient, knowledge), *_measured(patient)]
    found += _events(patient, knowledge)
    found += _therapies(patient, knowledge)
    return tuple(sorted(found, key=lambda each: each.day))


def ordinal(number: int) -> str:
    """`first`, `second`, as a text that can be said in every language.

    >>> ordinal(2), ordinal(7).in_language("zh")
    ('second', '第7次')
    """
    if f"ordinal {number}" in phrases("timeline"):
        return text("timeline", f"ordinal {number}")
    return text("timeline", "ordinal", number=number)


def profile_name(number: int) -> str:
    """`second molecular profile`, as a text that can be said in every language."""
    return text("timeline", "profile", ordinal=ordinal(number))


def _told(*parts: str) -> str:
    """The parts of one sentence."""
    from matcher.phrases import joined

    return joined([part for part in parts if part], "told")


def _happening(date: str, place: Place, *parts: str) -> Happening:
    return Happening(span(date).latest, date, _told(*parts), place)


def _samples(patient: Patient) -> Iterator[Happening]:
    place = patient.at("samples")[0]
    for sample in patient.samples:
        if sample.date is None:
            continue
        key, site = ("sample site", sample.site) if sample.site else ("sample", "")
        values = {"id": sample.id, "kind": _reason(sample.kind)} | ({"site": site} if site else {})
        profile = profile_of(sample.id, patient)
        placed = profile is not None and profile.number != UNPLACED
        of = text("timeline", "of profile", ordinal=ordinal(profile.number)) if profile is not None and placed else ""
        yield _happening(sample.date, place, text("timeline", key, **values), of)


def _organoids(patient: Patient, knowledge: KnowledgeBase) -> Iterator[Happening]:
    for each in patient.organoids:
        if each.date is not None:
            drug = _regimen(tuple(part.strip() for part in each.drug.split("+")), knowledge)
            key = "organoid of" if each.sample else "organoid"
            values = {"drug": drug, "percent": f"{each.inhibition_percent:g}"}
            values |= {"sample": each.sample} if each.sample else {}
            yield _happening(each.date, each.place, text("timeline", key, **values))


def _measured(patient: Patient) -> Iterator[Happening]:
    for each in patient.measurements:
        if each.date is not None:
            said = text("timeline", "measured", name=each.name, value=f"{each.value:g}", unit=each.unit or "")
            yield _happening(each.date, each.place, said)


def _therapies(patient: Patient, knowledge: KnowledgeBase) -> Iterator[Happening]:
    for each in patient.prior_therapies or ():
        regimen = _regimen(each.regimen, knowledge)
        if each.stop is not None:
            why = text("timeline", "stopped for", reason=_reason(each.stopped_for)) if each.stopped_for else ""
            best = text("timeline", "best response", response=each.best_response) if each.best_response else ""
            yield _happening(each.stop, each.place, text("timeline", "stop", regimen=regimen), why, best)
        if each.start is not None:
            line = {"line": each.line} if each.line is not None else {}
            said = text("timeline", "therapy line" if line else "therapy", regimen=regimen, **line)
            yield _happening(each.start, each.place, said, _guide(each, patient))


def _guide(therapy: PriorTherapy, patient: Patient) -> str:
    """Which profile guided a therapy; that nothing tells it where one was taken before."""
    number = guided(therapy, patient)
    if number is not None and number != UNPLACED:
        return text("timeline", "guided", profile=profile_name(number))
    begun = span(therapy.start or "").latest
    before = any(span(each.date).latest <= begun for each in profiles_of(patient) if each.date is not None)
    return text("timeline", "guided unknown") if before else ""


def _reason(written: str) -> str:
    """A word of the file that is known in every language; any other as it is written."""
    key = f"word {written.strip().lower()}"
    return text("timeline", key) if key in phrases("timeline") else written


def _regimen(drugs: tuple[str, ...], knowledge: KnowledgeBase) -> str:
    """The drugs by the graph's names, those that it does not know as written."""
    return regimen_name(tuple(id_of(drug, knowledge) or drug for drug in drugs), knowledge)


# --- events ----------------------------------------------------------------------------------------------------------


def _events(patient: Patient, knowledge: KnowledgeBase) -> Iterator[Happening]:
    for each in told.read_events(patient)[0].every:
        yield _happening(each.date, each.place, *_SAID[type(each)](each, patient, knowledge))


def _assessment(each: told.Assessment, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "assessment", response=each.response)
    if each.modality:
        yield text("timeline", "modality", modality=_reason(each.modality))
    if each.target_mm is not None:
        yield text("timeline", "target", sum=f"{each.target_mm:g}")
    if each.new_lesion:
        yield text("timeline", "new lesion")


def _level(each: told.Level, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    value = f"{each.value:g} ng/mL" if each.name == "PSA" else f"{each.value:g}"
    yield text("timeline", "level", name=each.name, value=value)


def _adverse(each: told.AdverseEvent, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "adverse", term=each.term)
    if each.grade is not None:
        yield text("timeline", "grade", grade=each.grade)
    if each.serious:
        yield text("timeline", "serious")


def _progression(each: told.Progression, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "progression by", by=_reason(each.by)) if each.by else text("timeline", "progression")


def _death(each: told.Death, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "death")
    if each.cause:
        yield text("timeline", "cause", cause=_reason(each.cause))


def _biopsy(each: told.Biopsy, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "biopsy")
    yield from (part for part in (each.site, each.sample) if part)


def _board(each: told.Board, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "board")
    profile = profile_of(each.profile, patient)
    if profile is not None and profile.number != UNPLACED:
        yield text("timeline", "board about", profile=profile_name(profile.number))
    if each.actionable is not None:
        yield text("timeline", "actionable" if each.actionable else "not actionable")
    regimens = _list(_regimen(regimen, knowledge) for regimen in each.recommended)
    yield text("timeline", "board names", regimens=regimens) if regimens else text("timeline", "board names nothing")


def _list(texts: Iterator[str]) -> str:
    from matcher.phrases import joined

    every = list(texts)
    return joined(every, "list") if every else ""


def _decision(each: told.Decision, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    chosen = _regimen(each.chosen, knowledge) if each.chosen else ""
    yield text("timeline", "decision", chosen=chosen) if chosen else text("timeline", "decision none")
    if each.recommended and set(each.recommended) != set(each.chosen):
        yield text("timeline", "instead of", recommended=_regimen(each.recommended, knowledge))
    if each.reason:
        yield text("timeline", "reason", reason=_reason(each.reason))
    yield from (part for part in (each.detail,) if part)


def _enrolment(each: told.Enrolment, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "enrolment in", study=each.study) if each.study else text("timeline", "enrolment")
    yield from (_reason(part) for part in (each.arm,) if part)


def _withdrawal(each: told.Withdrawal, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
    yield text("timeline", "withdrawal")
    if each.reason:
        yield text("timeline", "reason", reason=_reason(each.reason))


def _plain(key: str) -> Callable[[Any, Patient, KnowledgeBase], Iterator[str]]:
    def said(each: Any, patient: Patient, knowledge: KnowledgeBase) -> Iterator[str]:
        yield text("timeline", key)

    return said


_SAID: Mapping[type, Callable[[Any, Patient, KnowledgeBase], Iterator[str]]] = {
    told.Assessment: _assessment,
    told.Level: _level,
    told.AdverseEvent: _adverse,
    told.Progression: _progression,
    told.Death: _death,
    told.Contact: _plain("contact"),
    told.Biopsy: _biopsy,
    told.Board: _board,
    told.Decision: _decision,
    told.Questionnaire: _plain("questionnaire"),
    told.Enrolment: _enrolment,
    told.Withdrawal: _withdrawal,
}
