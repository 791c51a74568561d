"""The answer to "what if" as plain structures for JSON, version `mtb-match-what-if/1`: fields may be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.curated import considered, curation_structure
from matcher.what_if import KINDS

if TYPE_CHECKING:
    from matcher.recommend import Answer
    from matcher.timeline import Move, Reason
    from matcher.what_if import WhatIf

SCHEMA = "mtb-match-what-if/1"


def what_if_structure(found: WhatIf) -> dict[str, Any]:
    """The answer as plain structures: the edits, both queries, moves with their causes, biomarkers, counts, notes."""
    matched, moved = found.after.matched, found.difference
    return {
        "schema": SCHEMA,
        "lang": found.lang,
        "kb": {"release": matched.knowledge.release, "digest": matched.knowledge.digest},
        **curation_structure(matched.knowledge, considered(matched)),
        "rules": {"digest": matched.rules.digest},
        "edits": [
            {"place": each.place, **each.edit._asdict(), "option": str(each.edit)} for each in found.edits
        ],
        "before": _asked(found.before),
        "after": _asked(found.after),
        "counts": {kind: len(found.of_kind(kind)) for kind in KINDS} | {"unchanged": found.unchanged},
        "recommendations": [_move(found, each) for each in moved.moves if each.tiers != (None, None)],
        "avoid": [_move(found, each) for each in moved.avoid],
        "no_longer_avoid": [_move(found, each) for each in moved.no_longer_avoid],
        "not_recommended": [_move(found, each) for each in moved.moves if each.tiers == (None, None)],
        "biomarkers": [
            {
                "id": turn.now.id,
                "label": turn.now.label,
                "before": turn.was.status.value,
                "after": turn.now.status.value,
                "because": turn.now.because,
            }
            for turn in found.biomarkers
        ],
        "notes": [note.as_texts() for note in found.notes],
    }  # fmt: skip


def _asked(answer: Answer) -> dict[str, Any]:
    query = answer.matched.query
    return {
        "as_of": query.as_of,
        "patient": {
            "id": answer.matched.patient.id,
            "tumor_type": query.tumor.code,
            "jurisdiction": query.jurisdiction,
        },
        "recommendations": len(answer.recommendations),
    }


def _move(found: WhatIf, move: Move) -> dict[str, Any]:
    """One regimen's move; `because` are the facts of the edits, `others` counts the further facts that came or went."""
    causes = found.causes(move)
    return {
        "regimen": list(move.regimen),
        "what": move.what,
        "tier": list(move.tiers),
        "rank": list(move.ranks),
        "findings": [
            {"came": each.came, **{key: value for key, value in each._asdict().items() if key != "came"}}
            for each in move.findings
        ],
        "because": [_reason(cause) for cause in causes],
        "others": len(move.reasons) - len(causes),
        "passed": [list(other) for other in move.passed],
    }  # fmt: skip


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "came": reason.came,
        "text": reason.step.text,
        "places": list(reason.step.places),
        "sources": [{"label": source.label, "url": source.url} for source in reason.step.sources],
        "effect": reason.effect,
        "rules": list(reason.rules),
    }
