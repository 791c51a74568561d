"""Local evidence in words and as plain structures: for the one who proposes it, and beside recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.names import regimen_name, tumor_codes
from matcher.phrases import in_language, say

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from kb.outcomes import LocalEvidence
    from matcher.local_evidence import LocalShown

COLUMNS = ("regimen", "patients", "response", "progression", "study", "accepted")
"""The columns of the table, by their phrases."""


def headings(lang: str) -> tuple[str, ...]:
    """The headings of the table."""
    return tuple(say("local", column, lang) for column in COLUMNS)


def row(regimen: Regimen, shown: LocalShown, knowledge: KnowledgeBase, lang: str) -> tuple[str, ...]:
    """One item of local evidence for a regimen, in the order of COLUMNS."""
    item, curation, study = shown.accepted
    same = say("local", "same tumor" if shown.same_tumor else "other tumor", lang)
    tumor = in_language(tumor_codes((item.tumor_type,), knowledge), lang)
    named = {"study": study.name, "first": item.first_year, "last": item.last_year}
    arm = {"arm": item.arm} if item.arm is not None else {}
    return (
        in_language(regimen_name(regimen, knowledge), lang),
        say("local", "patients in", lang, n=item.n, biomarker=shown.biomarker, tumor=tumor, same=same),
        response(item, lang),
        progression(item, lang),
        say("local", "from study" if arm else "from study without arm", lang, **named, **arm),
        say("local", "by", lang, curator=curation.curator, orcid=curation.orcid, on=curation.on),
    )


def brief(shown: LocalShown, lang: str = "en") -> str:
    """One item in a few words, for the row of its recommendation."""
    item, _curation, study = shown.accepted
    told = progression(item, lang) if item.rate is None else response(item, lang)
    same = say("local", "same tumor" if shown.same_tumor else "other tumor", lang)
    return say("local", "beside", lang, told=told, study=study.name, same=same)


def response(item: LocalEvidence, lang: str = "en") -> str:
    """The response rate with its interval."""
    if item.rate is None or item.responders is None or item.assessed is None:
        return say("local", "not told", lang)
    shares = {"rate": item.rate, "low": item.rate_low or 0.0, "high": item.rate_high or 0.0}
    told = {name: f"{share:.0%}" for name, share in shares.items()}
    return say("local", "rate", lang, responders=item.responders, assessed=item.assessed, **told)


def progression(item: LocalEvidence, lang: str = "en") -> str:
    """The median of progression-free survival with its interval, in months."""
    if item.followed is None:
        return say("local", "not told", lang)
    counts = {"events": item.events or 0, "followed": item.followed}
    if item.median is None:
        return say("local", "median not reached", lang, **counts)
    limits = {"low": _months(item.median_low, lang), "high": _months(item.median_high, lang)}
    return say("local", "median", lang, median=_months(item.median, lang), **limits, **counts)


def _months(number: float | None, lang: str) -> str:
    return say("local", "not reached", lang) if number is None else f"{number:.1f}"


def proposed_line(item: LocalEvidence) -> str:
    """One proposed item, for the one who proposes it."""
    arm = f", {item.arm}" if item.arm else ""
    about = f"{item.biomarker}, {item.regimen}, {item.tumor_type}{arm}"
    return f"{item.id}: {about}: n {item.n}; response {response(item)}; median PFS {progression(item)}"


def structure(shown: LocalShown) -> dict[str, Any]:
    """One item of local evidence for JSON."""
    item, curation, study = shown.accepted
    return {
        "id": item.id,
        "biomarker": item.biomarker,
        "regimen": list(item.drugs),
        "tumor_type": item.tumor_type,
        "same_tumor": "yes" if shown.same_tumor else "no",
        "n": item.n,
        "orr": None if item.rate is None else {"value": item.rate, "low": item.rate_low, "high": item.rate_high},
        "median_pfs_months": None
        if item.followed is None
        else {"value": item.median, "low": item.median_low, "high": item.median_high},
        "arm": item.arm,
        "years": [item.first_year, item.last_year],
        "study": {"name": study.name, "digest": study.digest},
        "curator": {"name": curation.curator, "orcid": curation.orcid},
        "accepted": curation.on,
    }
