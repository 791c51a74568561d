"""Regimens by their drugs and classes: when one that was named is another that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.therapies import UnknownTherapy

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen


def named(parts: Regimen, knowledge: KnowledgeBase) -> Regimen:
    """The regimen by the graph's names, sorted; a part that the graph does not know stands as written.

    >>> from kb.graph import open_knowledge_base
    >>> named(("T-DM1", "Banana"), open_knowledge_base())
    ('banana', 'trastuzumab emtansine')
    """
    return tuple(sorted(id_of(part, knowledge) or part.lower() for part in parts))


def id_of(name: str, knowledge: KnowledgeBase) -> str | None:
    """A drug, class or scheme by the graph's name; None for one that the graph does not know.

    >>> from kb.graph import open_knowledge_base
    >>> id_of("T-DM1", open_knowledge_base()), id_of("Banana", open_knowledge_base())
    ('trastuzumab emtansine', None)
    """
    try:
        return knowledge.therapy(name).id
    except UnknownTherapy:
        return None


def kinds_of(name: str, knowledge: KnowledgeBase) -> frozenset[str] | None:
    """A drug with every class above it, and of a scheme those of its parts too; None where the graph does not know it.

    >>> from kb.graph import open_knowledge_base
    >>> sorted(kinds_of("Piqray", open_knowledge_base()))[:2]
    ['alpelisib', 'kinase inhibitor']
    """
    try:
        found = knowledge.therapy(name)
    except UnknownTherapy:
        return None
    parts = (found, *(knowledge.therapy(part) for part in found.components))
    return frozenset(each for part in parts for each in (part.id, *part.classes))


def is_same(one: Regimen, other: Regimen, knowledge: KnowledgeBase) -> bool:
    """Whether two regimens are the same: each part of one is a part of the other, or of its class, or its class.

    Both are by the graph's names.

    >>> from kb.graph import open_knowledge_base
    >>> kb = open_knowledge_base()
    >>> is_same(("cdk4/6 inhibitor", "aromatase inhibitor"), ("letrozole", "palbociclib"), kb)
    True
    >>> is_same(("trastuzumab", "pertuzumab"), ("trastuzumab",), kb)
    False
    """
    if len(one) != len(other):
        return False
    left = list(other)
    # A drug takes its own place before a class takes one of its drugs.
    for part in sorted(one, key=lambda each: each not in other):
        found = part if part in left else next((each for each in left if are_akin(each, part, knowledge)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def are_akin(one: str, other: str, knowledge: KnowledgeBase) -> bool:
    """Whether one is the other, or a class of it."""
    return one == other or _is_of(one, other, knowledge) or _is_of(other, one, knowledge)


def _is_of(drug: str, group: str, knowledge: KnowledgeBase) -> bool:
    known = knowledge.therapy_of_id(drug)
    return known is not None and group in known.classes
