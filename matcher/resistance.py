"""What the history says of the considered drugs by class: progression, and toxicity, on the same or a related drug."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from kb.therapies import UnknownTherapy
from matcher.history import BROAD, SYSTEMIC, Given, is_toxic, progressed, relatives
from matcher.names import toxicity_name
from matcher.phrases import joined, text
from matcher.safety import graded

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.therapies import Therapy
    from matcher.clinical import Person
    from matcher.facts import Case


def state_resistance(case: Case, therapies: Mapping[str, Therapy], person: Person) -> None:
    """State how the considered therapies are related to drugs that failed or harmed before."""
    origin = case.history_origin(person)
    considered = {name: each.classes for name, each in therapies.items() if each.kind == "drug"}
    failed = _drugs((each for each in person.course if progressed(each.therapy)), person.knowledge)
    for drug, classes in sorted(failed.items()):
        for name in (drug, *classes):
            if name != SYSTEMIC:
                case.state("progressed_member", origin, drug=drug, therapy=name)
    for drug, other, group in relatives(considered, failed):
        case.state("class_progressed", origin, drug=drug, other=other, group=group)
    for group, above in sorted(_classes((each for each in person.course if progressed(each.therapy)), person).items()):
        for name in (group, *above):
            if name != SYSTEMIC:
                case.state("progressed_member", origin, drug=group, therapy=name)
        for drug in _members(group, considered, failed):
            case.state("own_class_progressed", origin, drug=drug, group=group)
    harmed = {each: what for each in person.course if (what := toxicity(each, person.knowledge))}
    words = {name: what for each, what in harmed.items() for name in _drugs([each], person.knowledge)}
    for drug in sorted(words.keys() & considered.keys()):
        case.state("toxicity_of", origin, drug=drug, what=words[drug])
    for drug, other, group in relatives(considered, _drugs(harmed, person.knowledge)):
        case.state("class_toxicity", origin, drug=drug, other=other, group=group, what=words[other])
    for each, what in harmed.items():
        for group in sorted(_classes([each], person)):
            for drug in _members(group, considered, words):
                case.state("own_class_toxicity", origin, drug=drug, group=group, what=what)


def _members(group: str, considered: Mapping[str, Collection[str]], given: Collection[str]) -> list[str]:
    """The considered drugs of a class that were not given themselves."""
    return sorted(drug for drug, classes in considered.items() if group in classes and drug not in given)


def _classes(course: Iterable[Given], person: Person) -> dict[str, tuple[str, ...]]:
    """The mechanism classes that these regimens name in place of a drug, with the classes above each."""
    found: dict[str, tuple[str, ...]] = {}
    for each in course:
        for name in each.therapy.regimen:
            try:
                therapy = person.knowledge.therapy(name)
            except UnknownTherapy:
                continue
            if therapy.kind == "class" and therapy.id not in BROAD:
                found[therapy.id] = therapy.classes
    return found


def toxicity(given: Given, knowledge: KnowledgeBase) -> str | None:
    """The toxicity of a regimen in the file's words; None when it had none that counts.

    Toxicities that are named count, and an end for toxicity that is not described.
    """
    named = joined((toxicity_name(what, *graded(what), knowledge) for what in given.therapy.toxicities), "list")
    return named or (text("items", "stopped for it") if is_toxic(given.therapy) else None)


def _drugs(course: Iterable[Given], knowledge: KnowledgeBase) -> dict[str, tuple[str, ...]]:
    """The drugs of these regimens, those of a scheme too, with the classes above each, nearest first."""
    found: dict[str, tuple[str, ...]] = {}
    for each in course:
        for name in each.therapy.regimen:
            try:
                therapy = knowledge.therapy(name)
                parts = [knowledge.therapy(part) for part in therapy.components] or [therapy]
            except UnknownTherapy:
                continue
            found.update({part.id: part.classes for part in parts if part.kind == "drug"})
    return found
