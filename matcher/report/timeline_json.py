"""A replayed course as plain structures for JSON, version `mtb-match-timeline/1`: fields may be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.explain import Proofs
from matcher.phrases import in_language
from matcher.report.as_json import advice_structure, opening
from matcher.report.timeline_document import causes_of

if TYPE_CHECKING:
    from matcher.happenings import Happening
    from matcher.profiles import Profile
    from matcher.replay import Day, Replay
    from matcher.timeline import Move, Reason

SCHEMA = "mtb-match-timeline/1"


def timeline_structure(found: Replay) -> dict[str, Any]:
    """The replay as plain structures: profiles, what guided each therapy, each date with its whole answer, notes."""
    return {
        **opening(SCHEMA, found.last.matched),
        "as_of": found.as_of,
        "lang": found.lang,
        "profiles": [_profile(each) for each in found.profiles],
        "therapies": [
            {"regimen": list(each.regimen), "start": each.start, "guided_by_profile": number}
            for each, number in found.guidance
        ],
        "days": [_day(each, found.lang) for each in found.days],
        "notes": [note.as_texts() for note in found.notes],
    }


def _profile(each: Profile) -> dict[str, Any]:
    return {**each._asdict(), "samples": list(each.samples)}


def _day(day: Day, lang: str) -> dict[str, Any]:
    """One date; after the death there is no answer."""
    answer, moved, proofs = day.answer, day.difference, Proofs(day.answer.matched, lang)
    found: dict[str, Any] = {
        "date": day.date,
        "happened": [_happened(each, lang) for each in day.happened],
        "profile": day.profile.number if day.profile is not None else None,
        "quiet": day.is_quiet,
        "died": day.died,
    }
    if day.died:
        return found
    return found | {
        "recommendations": [
            {"rank": each.rank, "tier": each.option.tier, "regimen": list(each.option.regimen),
             "flags": list(each.option.flags)}
            for each in answer.recommendations
        ],
        "avoid": ["+".join(each.regimen) for each in answer.avoided],
        "moves": [_move(each) for each in (*day.moves, *day.other_moves)],
        "now_avoid": ["+".join(each.regimen) for each in moved.avoid] if moved is not None else [],
        "no_longer_avoid": ["+".join(each.regimen) for each in moved.no_longer_avoid] if moved is not None else [],
        "advice": [advice_structure(each, proofs) for each in answer.advice],
        "advised": [each.message for each in day.advised],
        "no_longer_advised": [each.message for each in day.unadvised],
    }  # fmt: skip


def _happened(each: Happening, lang: str) -> dict[str, str]:
    return {"date": each.date, "text": in_language(each.text, lang), "where": str(each.place)}


def _move(move: Move) -> dict[str, Any]:
    return {
        "regimen": list(move.regimen),
        "what": move.what,
        "tier": list(move.tiers),
        "rank": list(move.ranks),
        "because": [_reason(each) for each in causes_of(move)],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "came": reason.came,
        "text": reason.step.text,
        "places": list(reason.step.places),
        "sources": [{"label": source.label, "url": source.url} for source in reason.step.sources],
        "rules": list(reason.rules),
    }
