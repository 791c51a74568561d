"""The answer as rows of short texts: what the table, TSV, Markdown and HTML forms share."""

from __future__ import annotations

from typing import NamedTuple

from matcher.facts import regimen_label
from matcher.recommend import Answer, Avoided, Finding, Recommendation

HEADINGS = ("rank", "tier", "regimen", "biomarker", "tumor", "levels", "source", "to note", "open in levels")
AVOIDED = ("regimen", "because", "biomarker", "evidence", "levels")

DISCLAIMER = (
    "Research use only: this informs a molecular tumor board, which decides. "
    "Levels are computed by rules from this graph; those named OncoKB are not OncoKB's curation."
)


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
    open_levels: str


def recommendation_row(each: Recommendation) -> RecommendationRow:
    """The cells of one recommendation."""
    option = each.option
    status = option.item.status
    biomarker = status.label if status is not None else "none required"
    if option.variant_closeness:
        biomarker += f" ({option.variant_closeness})"
    marks = [flag for flag in option.flags if flag != "to confirm"]
    tier = " / ".join([option.tier or "", *marks])
    return RecommendationRow(
        str(each.rank),
        tier,
        regimen_label(option.regimen),
        biomarker,
        _tumor(each),
        ", ".join(option.graded.texts) or "-",
        source_of(each),
        "; ".join(_to_note(each)),
        "; ".join(option.graded.open_texts),
    )


def _tumor(each: Recommendation) -> str:
    record = each.option.item.record
    return f"{each.option.item.relation} ({', '.join(record.tumor_types)})"


def source_of(each: Recommendation) -> str:
    """The source that a board would open first, by the item's id and the source's short name."""
    record = each.option.item.record
    label = record.sources[0].label if record.sources else "no source"
    return f"{record.id}: {label.split(' (')[0]}"


def _to_note(each: Recommendation) -> list[str]:
    """Warnings, what is to confirm, and reimbursement, each told once and shortly; the proof tells them in full."""
    findings = each.option.findings
    texts = [finding.message for finding in findings if finding.verdict == "warn" and finding.criterion in _TOLD]
    for criterion, words in (
        ("resistance", "evidence against it"),
        ("label-biomarker", "its labels for this tumor type need a biomarker that is absent"),
        ("re-exposure", "the disease has progressed on"),
        ("partner", "evidence against a part of it alone"),
        ("resistance-history", "the disease has progressed on one of its class"),
        ("prior-toxicity", "prior toxicity to weigh"),
        ("contraindication", "comorbidity to weigh"),
        ("organ-function", "organ function to weigh"),
        ("co-medication", "interaction with"),
        ("preference", "the patient prefers not to have"),
    ):
        about = [each.about for each in findings if each.criterion == criterion and each.verdict == "warn"]
        if about:
            texts.append(f"{words}: {', '.join(dict.fromkeys(about))}")
    if any(finding.criterion == "approval" and finding.verdict == "warn" for finding in findings):
        texts.append("approval date not in any source")
    open_ones = [each for each in findings if each.verdict == "undetermined" and each.criterion != "reimbursement"]
    if open_ones:
        texts.append(f"confirm: {', '.join(dict.fromkeys(_short(finding) for finding in open_ones))}")
    elsewhere = [each.about for each in findings if each.criterion == "reimbursement" and each.verdict == "warn"]
    if each.access.reimbursed is None and elsewhere:
        texts.append(f"listed by the NRDL for something else: {', '.join(elsewhere)}")
    if each.access.reimbursed is not None:
        listed = "listed by the NRDL" if each.access.reimbursed else "not listed by the NRDL"
        texts.append(f"{listed} (unverified)" if each.access.note else listed)
    return list(dict.fromkeys(texts))


_TOLD = frozenset({"biomarker-test", "source", "trial-status", "evidence"})
"""Criteria whose warnings are told in the rule's own words."""


def _short(finding: Finding) -> str:
    """What is to be confirmed, in a few words."""
    return {"line": f"line {finding.about}", "setting": f"{finding.about} disease"}.get(
        finding.criterion, finding.about
    )


def avoided_row(each: Avoided) -> tuple[str, str, str, str, str]:
    """Regimen, reason, biomarkers, sources and levels of one regimen to avoid, in the order of AVOIDED."""
    sources = dict.fromkeys(source.label for cited in each.evidence for source in cited.sources[:1])
    ids = ", ".join(cited.id for cited in each.evidence)
    cited = f"{ids} ({', '.join(sources)})"
    return regimen_label(each.regimen), each.because, ", ".join(each.biomarkers), cited, ", ".join(each.graded.texts)


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
