"""A group's scheme beside what is recommended to the patient: at which tier and rank, or what keeps it out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from matcher.history import course_of, progressed
from matcher.outcomes.groups import Assignment
from matcher.regimens import are_akin, is_same, named

if TYPE_CHECKING:
    from kb.indication import Regimen
    from matcher.recommend import Answer, Option, Recommendation


class Place(NamedTuple):
    """A recommended regimen: its tier and rank."""

    regimen: tuple[str, ...]
    tier: str
    rank: int


class SchemePlace(NamedTuple):
    """One regimen of a scheme beside the recommendations.

    `recommended` are the recommendations that it is: the same drugs, or drugs of a class that either names. Where
    there is none, `blocking` says what keeps the options with these drugs out, and `nearest` is the recommendation that
    shares the most parts with it. `avoided` says why it is to be avoided. `progressed_on` are its drugs on which the
    disease progressed.
    """

    regimen: tuple[str, ...]
    recommended: tuple[Place, ...]
    blocking: tuple[str, ...]
    avoided: tuple[str, ...]
    nearest: Place | None
    progressed_on: tuple[str, ...]


class Grouped(NamedTuple):
    """A patient's group, its scheme beside the recommendations, and the whole answer."""

    assignment: Assignment
    scheme: tuple[SchemePlace, ...]
    answer: Answer


def places_of(scheme: tuple[tuple[str, ...], ...], answer: Answer) -> tuple[SchemePlace, ...]:
    """Each regimen of the scheme beside the patient's recommendations."""
    return tuple(_place(regimen, answer) for regimen in scheme)


def _place(regimen: tuple[str, ...], answer: Answer) -> SchemePlace:
    knowledge = answer.matched.knowledge
    parts = named(regimen, knowledge)
    same = [each for each in answer.recommendations if is_same(parts, each.option.regimen, knowledge)]
    out = [each for each in answer.not_recommended if is_same(parts, each.regimen, knowledge)]
    avoided = [each for each in answer.avoided if is_same(parts, each.regimen, knowledge)]
    return SchemePlace(
        regimen,
        tuple(map(_placed, same)),
        () if same else tuple(_blocking(out)),
        tuple(dict.fromkeys(each.message for each in avoided)),
        None if same else _nearest(parts, answer),
        _failed(parts, answer),
    )


def _placed(recommendation: Recommendation) -> Place:
    option = recommendation.option
    return Place(option.regimen, option.tier or "", recommendation.rank)


def _blocking(options: Iterable[Option]) -> Iterator[str]:
    """The worst findings of these options, each once, with the options that they keep out."""
    kept_out: dict[str, list[str]] = {}
    for option in options:
        for finding in option.blocking:
            if finding.verdict == option.blocking[0].verdict:
                kept_out.setdefault(finding.message, []).append(option.id)
    for message, ids in kept_out.items():
        yield f"{message} ({', '.join(dict.fromkeys(ids))})"


def _nearest(parts: Regimen, answer: Answer) -> Place | None:
    """The recommendation that shares most parts with a regimen, of those the smallest, then the best ranked one."""
    knowledge = answer.matched.knowledge

    def shared(regimen: Regimen) -> int:
        return sum(any(are_akin(drug, part, knowledge) for drug in regimen) for part in parts)

    near = [each for each in answer.recommendations if shared(each.option.regimen)]
    best = min(near, key=lambda one: (-shared(one.option.regimen), len(one.option.regimen), one.rank), default=None)
    return _placed(best) if best is not None else None


def _failed(parts: Regimen, answer: Answer) -> tuple[str, ...]:
    course = course_of(answer.matched.patient, answer.matched.knowledge)
    failed = {name for each in course if progressed(each.therapy) for name in each.plain}
    return tuple(part for part in parts if part in failed)
