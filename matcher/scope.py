"""What of the graph bears on some regimens: enough to find about them what the whole graph finds, and little more."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

from kb.profile import mentions, parse

if TYPE_CHECKING:
    from kb.evidence import Evidence
    from kb.graph import KnowledgeBase
    from kb.indication import Indication, Regimen
    from kb.trial import Trial


class Scope(NamedTuple):
    """The statements about some regimens (`regimens`), and all others that bear on these.

    What bears on a regimen: statements about it, about a part of it or about a class of its parts (they may speak
    against it), about one drug alone with a target of a part of a combination (it may carry that to another tumor
    type), and indications with such a drug that exclude tumor types. `profiles` are what these statements select by,
    each with the biomarkers that it mentions.
    """

    regimens: frozenset[Regimen]
    indications: tuple[Indication, ...]
    evidence: tuple[Evidence, ...]
    trials: tuple[Trial, ...]
    profiles: dict[str, frozenset[str]]

    @property
    def biomarkers(self) -> frozenset[str]:
        """Every biomarker that some statement mentions."""
        return frozenset().union(*self.profiles.values())

    def mention(self, profile: str | None, biomarkers: Collection[str]) -> bool:
        """Whether a statement's profile mentions one of these biomarkers."""
        return profile is not None and not self.profiles[profile].isdisjoint(biomarkers)


def scope_of(regimens: Iterable[Regimen], knowledge: KnowledgeBase, within: Scope | None = None) -> Scope:
    """Everything of the graph that can bear on whether one of these regimens is recommended.

    `within` is a scope of more regimens, of which the profiles are taken.
    """
    wanted, known = frozenset(regimens), within.profiles if within is not None else {}
    near = wanted | _parts_and_classes(wanted, knowledge)
    combined = [regimen for regimen in wanted if len(regimen) > 1]
    about = (*near, *((drug,) for drug in _alike(combined, knowledge)))
    excluding = knowledge.indications_with_exclusions(knowledge.regimens_with(_alike(wanted, knowledge)))
    own = {each.id: each for each in knowledge.indications_of_regimens(about)}
    indications = own | {each.id: each for each in excluding}
    evidence, trials = knowledge.evidence_of_regimens(about), knowledge.trials_of_regimens(about)
    asked = [each.profile for each in indications.values() if each.profile is not None]
    asked.extend(each.profile for each in evidence)
    asked.extend(profile for trial in trials for profile in trial.profiles)
    return Scope(
        wanted,
        tuple(indications[name] for name in sorted(indications)),
        evidence,
        trials,
        {profile: known.get(profile) or _mentioned(profile, knowledge) for profile in dict.fromkeys(asked)},
    )


def _mentioned(profile: str, knowledge: KnowledgeBase) -> frozenset[str]:
    return frozenset((*knowledge.profile_members(profile), *mentions(parse(profile))))


def _parts_and_classes(regimens: Collection[Regimen], knowledge: KnowledgeBase) -> set[Regimen]:
    """The regimens each of whose parts is a part of one of these, a class of such a part, or supportive."""
    from matcher.facts import SUPPORTIVE

    therapies = knowledge.therapies({part for regimen in regimens for part in regimen})
    supportive = {name for group in SUPPORTIVE for name in knowledge.therapies_of(knowledge.therapy(group))}
    found: set[Regimen] = set()
    for regimen in regimens:
        names = {*regimen, *(above for part in regimen if part in therapies for above in therapies[part].classes)}
        candidates = knowledge.regimens_with(names)
        found.update(each for each in candidates if names.union(supportive).issuperset(each))
    return found


def _alike(regimens: Collection[Regimen], knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The drugs with a molecular target of a part of these regimens, and the parts."""
    parts = {part for regimen in regimens for part in regimen}
    targets = {target for each in knowledge.therapies(parts).values() for target in each.targets}
    return tuple(sorted(parts | knowledge.therapies_with_target(sorted(targets))))
