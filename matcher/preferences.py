"""What the patient wishes: routes, drugs and classes to avoid or to prefer. A wish never excludes an option."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from matcher.names import drug_name
from matcher.notes import Note, Severity
from matcher.phrases import Text, in_language, phrases, text
from matcher.regimens import id_of

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from kb.therapies import Therapy
    from matcher.clinical import Person
    from matcher.facts import Case
    from matcher.patient import Patient

WISHES = ("avoid", "prefer")
"""The words that a preference begins with."""


def state_preferences(
    case: Case, regimens: Iterable[Regimen], therapies: Mapping[str, Therapy], person: Person
) -> None:
    """State which drugs of the considered regimens are what the patient wishes to avoid, or prefers."""
    from matcher.facts import Origin, regimen_id

    wishes = _wishes(person.patient)
    if not wishes:
        return
    opposed = _opposed(wishes, person.knowledge)
    origin = Origin(text("items", "preferences"), places=person.patient.at("preferences"))
    routes = person.knowledge.routes([name for name, each in therapies.items() if each.kind == "drug"])
    meant = {what: _meant(what, person.knowledge) for _, what in wishes}
    for regimen in regimens:
        for drug in regimen:
            therapy = therapies.get(drug)
            names = {drug, *(therapy.classes if therapy else ()), *routes.get(drug, ())}
            for wish, what in wishes:
                # A drug with several routes can be given by another one than that to avoid.
                only = wish == "prefer" or meant[what] not in routes.get(drug, ()) or len(routes[drug]) == 1
                if wish in WISHES and meant[what] in names - opposed and only:
                    wanted = wished(what, person.knowledge)
                    case.state("preference", origin, regimen=regimen_id(regimen), drug=drug, wish=wish, what=wanted)


def _wishes(patient: Patient) -> list[tuple[str, str]]:
    """Each preference as its first word and the rest: `avoid` and `intravenous`."""
    return [(each.partition(" ")[0], each.partition(" ")[2]) for each in patient.preferences]


def _opposed(wishes: Collection[tuple[str, str]], knowledge: KnowledgeBase) -> set[str]:
    """Routes, drugs and classes that are both to be avoided and preferred: neither wish is weighed."""
    meant = {wish: {_meant(what, knowledge) for one, what in wishes if one == wish} for wish in WISHES}
    return {name for name in meant["avoid"] & meant["prefer"] if name is not None}


_ROUTES = {
    "intravenous": "intravenous", "infusion": "intravenous", "infusions": "intravenous", "iv": "intravenous",
    "i.v.": "intravenous", "静脉": "intravenous", "静脉输液": "intravenous", "oral": "oral", "tablet": "oral",
    "tablets": "oral", "pills": "oral", "口服": "oral", "subcutaneous": "subcutaneous", "皮下注射": "subcutaneous",
    "intramuscular": "intramuscular", "肌肉注射": "intramuscular",
}  # fmt: skip
"""Words for routes of administration, and the graph's."""


def wished(what: str, knowledge: KnowledgeBase) -> str:
    """What the patient wishes or does not, as the file writes it; other languages name the route, drug or class."""

    def said(lang: str) -> str:
        meant = _meant(what, knowledge) or what
        route = phrases("routes").get(meant)
        return in_language(drug_name(meant, knowledge), lang) if route is None else route[lang]

    return Text(what, said)


def _meant(what: str, knowledge: KnowledgeBase) -> str | None:
    """A route, drug or class by the graph's name; None when the word is none of them."""
    return _ROUTES.get(what.lower()) or id_of(what, knowledge)


def preference_notes(patient: Patient, knowledge: KnowledgeBase) -> tuple[Note, ...]:
    """A note for each preference that is no wish, route, drug or class, and for each pair that contradicts itself."""
    wishes = _wishes(patient)
    if not wishes:
        return ()
    opposed = sorted(_opposed(wishes, knowledge))
    told = [(f"{name} is both to avoid and to prefer: neither is weighed", "keep one of the two") for name in opposed]
    for wish, what in wishes:
        if wish not in WISHES or _meant(what, knowledge) is None:
            message = f"the preference {f'{wish} {what}'.strip()!r} names no route, drug or class: it is not weighed"
            told.append((message, "write {avoid: [intravenous], prefer: [oral]}"))
    return tuple(Note(Severity.WARNING, patient.at("preferences")[0], *each) for each in told)
