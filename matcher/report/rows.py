"""The answer as rows of short texts: what the table, TSV, Markdown and HTML forms share."""

from __future__ import annotations

from typing import NamedTuple

from kb.indication import Indication
from matcher.facts import regimen_label
from matcher.recommend import Answer, Avoided, Finding, Recommendation

HEADINGS = ("rank", "tier", "regimen", "biomarker", "tumor", "levels", "source", "to note")

DISCLAIMER = "Research use only: this informs a molecular tumor board, which decides."


class RecommendationRow(NamedTuple):
    """One recommendation as texts, in the order of HEADINGS."""

    rank: str
    tier: str
    regimen: str
    biomarker: str
    tumor: str
    levels: str
    source: str
    to_note: str


def recommendation_row(each: Recommendation) -> RecommendationRow:
    """The cells of one recommendation."""
    option = each.option
    status = option.item.status
    biomarker = status.label if status is not None else "none required"
    if option.variant_closeness:
        biomarker += f" ({option.variant_closeness})"
    levels = ", ".join(f"{name.upper()} {grade}" for name, grade in option.levels.items() if grade)
    marks = [flag for flag in option.flags if flag != "to confirm"]
    tier = " / ".join([option.tier or "", *marks])
    return RecommendationRow(
        str(each.rank),
        tier,
        regimen_label(option.regimen),
        biomarker,
        _tumor(each),
        levels or "-",
        source_of(each),
        "; ".join(_to_note(each)),
    )


def _tumor(each: Recommendation) -> str:
    record = each.option.item.record
    return f"{each.option.item.relation} ({', '.join(record.tumor_types)})"


def source_of(each: Recommendation) -> str:
    """The source that a board would open first."""
    record = each.option.item.record
    place = f"{record.jurisdiction} " if isinstance(record, Indication) else ""
    label = record.sources[0].label if record.sources else "no source"
    return f"{place}{record.id}: {label}"


def _to_note(each: Recommendation) -> list[str]:
    """Warnings first, then what is to confirm, each once; reimbursement last."""
    ranked: list[Finding] = [
        *(finding for finding in each.option.findings if finding.verdict == "warn"),
        *(finding for finding in each.option.findings if finding.verdict == "undetermined"),
    ]
    skipped = {"jurisdiction", "tumor-type"} if each.option.tier == "off-label" else set()
    texts = [finding.message for finding in ranked if finding.criterion not in skipped]
    if each.access.reimbursed is not None:
        texts.append("listed by the NRDL" if each.access.reimbursed else "not listed by the NRDL")
        if each.access.note:
            texts.append(f"NRDL unverified: {each.access.note}")
    return list(dict.fromkeys(texts))


def avoided_row(each: Avoided) -> tuple[str, str, str, str]:
    """Regimen, reason, biomarkers, sources of one regimen to avoid."""
    sources = dict.fromkeys(source.label for cited in each.evidence for source in cited.sources[:1])
    ids = ", ".join(cited.id for cited in each.evidence)
    return regimen_label(each.regimen), each.because, ", ".join(each.biomarkers), f"{ids} ({', '.join(sources)})"


def heading_lines(answer: Answer) -> tuple[str, ...]:
    """Who was asked about, where and when, and what was known."""
    matched = answer.matched
    query = matched.query
    tumor = f"{query.tumor.name} ({query.tumor.code})"
    return (
        f"Patient {matched.patient.id}: {tumor}, {query.jurisdiction}, as of {query.as_of}",
        f"Knowledge base {matched.knowledge.release} ({matched.knowledge.digest[:19]}), "
        f"rules {matched.rules.digest[:19]}",
    )
