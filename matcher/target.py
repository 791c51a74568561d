"""What a question about a drug, a class or a regimen is about: the regimens of the graph that it means."""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from kb.therapies import Therapy, UnknownTherapy
from matcher.facts import SUPPORTIVE, regimen_label
from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen

REGIMEN = "regimen"


class Target(NamedTuple):
    """What was asked for: `kind` is `drug`, `class`, `scheme` or `regimen`.

    `asked` are the therapies named, `members` what stands for each of them (the drugs of a class, the schemes with a
    drug). `regimens` are those of the graph that it means: of one therapy every regimen with it, of several those that
    have just these. `wider` are the regimens that have these and more, where several were named.
    """

    asked: tuple[Therapy, ...]
    members: tuple[tuple[str, ...], ...]
    regimens: frozenset[Regimen]
    wider: tuple[Regimen, ...] = ()

    @property
    def kind(self) -> str:
        """What was named."""
        return self.asked[0].kind if len(self.asked) == 1 else REGIMEN

    @property
    def label(self) -> str:
        """As a board reads it."""
        return regimen_label(tuple(therapy.id for therapy in self.asked))

    @property
    def is_supportive(self) -> bool:
        """Whether it accompanies regimens and is not what evidence is about."""
        return all(any(name in SUPPORTIVE for name in (each.id, *each.classes)) for each in self.asked)


TARGETS = 1024
"""So many targets are kept for a graph before all are forgotten: a board asks about one class in several patients."""

_KEPT: WeakKeyDictionary[KnowledgeBase, dict[str, Target]] = WeakKeyDictionary()


def target_of(text: str, knowledge: KnowledgeBase) -> Target:
    """The target that a user names: one therapy, or `a+b` in any order; brands, synonyms and Chinese names are read.

    UnusableInput, which names the nearest known, for a name that the graph does not know.
    """
    kept = _KEPT.setdefault(knowledge, {})
    found = kept.get(text)
    if found is None:
        if len(kept) >= TARGETS:
            kept.clear()
        found = kept[text] = _target(text, knowledge)
    return found


def _target(text: str, knowledge: KnowledgeBase) -> Target:
    asked = named_therapies(text, knowledge)
    members = tuple(knowledge.therapies_of(each) for each in asked)
    regimens = knowledge.regimens_with({name for names in members for name in names})
    if len(asked) == 1:
        return Target(asked, members, frozenset(regimens))
    fitting = [regimen for regimen in regimens if _has(regimen, members)]
    exact = frozenset(regimen for regimen in fitting if len(regimen) == len(asked))
    return Target(asked, members, exact, tuple(each for each in fitting if each not in exact))


_TOGETHER = re.compile(r"[+＋]|联合")


def named_therapies(text: str, knowledge: KnowledgeBase) -> tuple[Therapy, ...]:
    """The therapies that a user names together, `a+b` in any order, by id; brands, synonyms and Chinese names are read.

    UnusableInput, which names the nearest known, for a name that the graph does not know.
    """
    found = {_therapy(part.strip(), text, knowledge) for part in _TOGETHER.split(text)}
    return tuple(sorted(found, key=lambda each: each.id))


def _has(regimen: Regimen, members: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a regimen has a part for each of the therapies, each another one."""
    parts = [part for part in regimen if any(part in names for names in members)]
    if len(parts) < len(members):
        return False
    chosen = permutations(parts, len(members))
    return any(all(part in names for part, names in zip(each, members, strict=True)) for each in chosen)


def _therapy(name: str, text: str, knowledge: KnowledgeBase) -> Therapy:
    if not name:
        raise UnusableInput(text or "the regimen", "names no drug", "write a drug, a class, or drug+drug")
    try:
        return knowledge.therapy(name)
    except UnknownTherapy as error:
        near = ", ".join(error.nearest) or "none; use the INN"
        raise UnusableInput(name, "unknown drug", f"nearest known: {near}") from error
