"""A preview as plain structures for JSON, version `mtb-match-preview/1`: fields may be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matcher.preview import PatientChange, Preview
    from matcher.registry import LeftOut
    from matcher.timeline import Move, Reason

SCHEMA = "mtb-match-preview/1"


def preview_structure(found: Preview) -> dict[str, Any]:
    """The preview as plain structures: the acts, counts, each patient's moves with causes, the rules, the files."""
    return {
        "schema": SCHEMA,
        "as_of": found.as_of,
        "kb": {"release": found.release, "digest": found.digest, "curated": found.proposal.before.digest},
        "rules": {"digest": found.rules_digest},
        "folder": str(found.folder) if found.folder is not None else None,
        "acts": [
            {
                "item": each.id,
                "kind": each.kind,
                "label": each.item.label if each.item is not None else None,
                "because_of": each.because_of,
            }
            for each in found.proposal.acts
        ],
        "counts": {
            "patients": found.patients,
            "recommendation_changes": len(found.moved),
            "otherwise_changes": len(found.shifted),
            "looked_at_again": len(found.unchanged),
            "cannot_be_affected": len(found.untouched),
            "not_matched": len(found.problems),
        },
        "patients": [_patient(each) for each in found.changed],
        "unchanged": list(found.unchanged),
        "untouched": list(found.untouched),
        "rule_changes": [
            {key: list(value) if isinstance(value, tuple) else value for key, value in each._asdict().items()}
            for each in found.rules
        ],
        "not_matched": [_file(each) for each in found.problems],
        "no_patient": [_file(each) for each in found.left_out],
    }


def _file(each: LeftOut) -> dict[str, str]:
    return {"file": each.name, "reason": each.reason, "remedy": each.remedy}


def _patient(change: PatientChange) -> dict[str, Any]:
    return {
        "file": change.name,
        "id": change.patient,
        "tumor_type": change.tumor,
        "jurisdiction": change.jurisdiction,
        "recommendation_changes": change.changes_recommendation,
        "first": [list(each) for each in change.first],
        "recommendations": [_move(change, each) for each in change.moves if each.tiers != (None, None)],
        "avoid": [_move(change, each) for each in change.avoid],
        "no_longer_avoid": [_move(change, each) for each in change.no_longer_avoid],
        "not_recommended": [_move(change, each) for each in change.unrecommended],
        "rules": [each._asdict() for each in change.firings],
    }


def _move(change: PatientChange, move: Move) -> dict[str, Any]:
    """One regimen's move; `items` are those that did it, `because` the facts about them that came or went."""
    items = change.causes(move)
    return {
        "regimen": list(move.regimen),
        "what": move.what,
        "tier": list(move.tiers),
        "rank": list(move.ranks),
        "items": list(items),
        "rules": list(change.rules_of(move)),
        "findings": [each._asdict() for each in move.findings],
        "because": [_reason(each) for each in change.reasons_of(move)],
        "passed": [list(other) for other in move.passed],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "came": reason.came,
        "text": str(reason.step.text),
        "places": list(reason.step.places),
        "sources": [{"label": source.label, "url": source.url} for source in reason.step.sources],
        "effect": reason.effect,
        "rules": list(reason.rules),
    }
