"""The treatment history as facts: what was received, responded to and progressed on, by drug and by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules.facts import Fact, fact

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.patient import Patient, PriorTherapy

SYSTEMIC = "systemic therapy"
_CURATIVE = ("adjuvant", "neoadjuvant", "perioperative")
_UNRECORDED = frozenset({"", "unknown"})


def history_facts(patient: Patient, knowledge: KnowledgeBase) -> Iterator[Fact]:
    """The facts of the treatment history; only that it is unknown when the patient file has none."""
    if patient.prior_therapies is None:
        yield fact("history", status="unknown")
        return
    yield fact("history", status="known")
    lines = lines_of_therapy(patient.prior_therapies)
    yield fact("prior_lines", count=lines, next=lines + 1)
    yield fact("last_therapy", ended=ending(patient.prior_therapies))
    received: Counter[str] = Counter()
    progressed: set[str] = set()
    responded: set[str] = set()
    silent: set[str] = set()
    for therapy in patient.prior_therapies:
        names = names_of(therapy, knowledge)
        received.update(names)
        if _progressed(therapy):
            progressed |= names
        if (therapy.best_response or "").upper() in {"CR", "PR"}:
            responded |= names
        if not _is_recorded(therapy):
            silent |= names
    for name in sorted(received):
        yield fact("received", therapy=name, times=received[name])
    for predicate, therapies in (
        ("progressed_on", progressed),
        ("responded_to", responded),
        ("outcome_unknown", silent - progressed - responded),
    ):
        for name in sorted(therapies):
            yield fact(predicate, therapy=name)


def lines_of_therapy(therapies: tuple[PriorTherapy, ...]) -> int:
    """How many lines for advanced disease were given: the highest number stated, or else the regimens counted.

    Regimens that the file calls adjuvant, neoadjuvant or perioperative are not lines for advanced disease.
    """
    palliative = [therapy for therapy in therapies if not (therapy.setting or "").lower().startswith(_CURATIVE)]
    stated = [therapy.line for therapy in palliative if therapy.line is not None]
    return max(stated) if len(stated) == len(palliative) and stated else len(palliative)


def ending(therapies: tuple[PriorTherapy, ...]) -> str:
    """How the last regimen ended: `controlled`, `progressed`, `not recorded`, or `none` when there was none.

    The last is the one with the latest start, or else the one that the file names last.
    """
    if not therapies:
        return "none"
    dated = all(therapy.start for therapy in therapies)
    last = max(therapies, key=lambda therapy: therapy.start or "") if dated else therapies[-1]
    if _progressed(last):
        return "progressed"
    controlled = (last.best_response or "").upper() in {"CR", "PR", "SD"}
    return "controlled" if controlled else "not recorded"


def names_of(therapy: PriorTherapy, knowledge: KnowledgeBase) -> set[str]:
    """The drugs of a regimen and every class above them; an unknown name stands for itself."""
    from kb.therapies import UnknownTherapy

    names = {SYSTEMIC}
    for name in therapy.regimen:
        try:
            found = knowledge.therapy(name)
        except UnknownTherapy:
            names.add(name.lower())
            continue
        for each in (found, *(knowledge.therapy(part) for part in found.components)):
            names.add(each.id)
            names.update(each.classes)
    return names


def _progressed(therapy: PriorTherapy) -> bool:
    return (therapy.stopped_for or "").lower().startswith(("progress", "pd")) or (
        therapy.best_response or ""
    ).upper() == "PD"


def _is_recorded(therapy: PriorTherapy) -> bool:
    return (therapy.stopped_for or "").lower() not in _UNRECORDED or bool(therapy.best_response)
