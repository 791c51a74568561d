"""What a scenario was answered, as plain values that can be kept and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

from matcher.case import Matched
from matcher.recommend import Answer, Avoided, Cited, Option, Recommendation
from matcher.why_not import WhyNot

_DEEP = 6
"""How deep answers are looked for in what a step was given."""

_OURS = ("matcher.", "features", "tests", "conftest", "steps")


def answers_in(value: object) -> tuple[Answer | WhyNot, ...]:
    """The answers that a value is or holds, each once, in the order in which they stand there."""
    return tuple({id(each): each for each in _walk(value, _DEEP)}.values())


def _walk(value: object, deep: int) -> Iterator[Answer | WhyNot]:
    if isinstance(value, Answer | WhyNot):
        yield value
    elif deep:
        for part in _parts(value):
            yield from _walk(part, deep - 1)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, tuple | list):
        return value
    if is_dataclass(value) and not isinstance(value, type | Matched) and type(value).__module__.startswith(_OURS):
        return [getattr(value, field.name) for field in fields(value)]
    return ()


def told(answer: Answer | WhyNot) -> dict[str, Any]:
    """What an answer says: its recommendations by rank, what is to be avoided, and a digest of what else it weighed."""
    if isinstance(answer, WhyNot):
        return {
            "question": f"why not {answer.target.label}",
            "recommended": [_recommended(each) for each in answer.recommended],
            "avoid": [_avoided(each) for each in answer.avoided],
            "else": _digest([_option(each) for each in answer.considered]),
        }
    return {
        "question": "",
        "recommended": [_recommended(each) for each in answer.recommendations],
        "avoid": [_avoided(each) for each in answer.avoided],
        "else": _digest(
            [
                [_option(each) for each in answer.not_recommended],
                [[each.label, each.status.value] for each in answer.biomarkers],
                [str(note) for note in answer.notes],
            ]
        ),
    }


def _recommended(found: Recommendation) -> dict[str, Any]:
    option = found.option
    return {
        "regimen": list(option.regimen),
        "tier": option.tier,
        "rank": found.rank,
        "levels": {name: grade for name, grade in sorted(option.levels.items()) if grade},
        "evidence": sorted({each.id for each in found.evidence}),
        "else": _digest([_option(option), [_option(each) for each in found.also], list(found.access), _cited(found)]),
    }


def _cited(found: Recommendation | Avoided) -> list[object]:
    return [_evidence(each) for each in found.evidence]


def _evidence(cited: Cited) -> list[object]:
    return [cited.id, [list(source) for source in cited.sources], cited.verified]


def _avoided(found: Avoided) -> dict[str, Any]:
    return {
        "regimen": list(found.regimen),
        "because": found.because,
        "evidence": sorted({each.id for each in found.evidence}),
        "else": _digest([found.message, _cited(found)]),
    }


def _option(option: Option) -> list[object]:
    findings = sorted([each.criterion, each.verdict, each.about, each.message] for each in option.findings)
    levels = sorted((name, str(grade)) for name, grade in option.levels.items())
    marks = [sorted(option.flags), sorted(option.lowered), option.functional, option.shown_locally]
    conflicts = sorted([each.against.item.id, each.outcome, each.decided] for each in option.conflicts)
    return [option.id, list(option.regimen), option.tier, levels, findings, marks, conflicts]


def _digest(value: object) -> str:
    return sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
