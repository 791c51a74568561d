"""The answer as rows of short texts: what the table, TSV, Markdown and HTML forms share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from matcher.facts import regimen_label
from matcher.recommend import Answer, Avoided, Conflict, Finding, Option, Recommendation, Side

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
    marks = [flag for flag in option.flags if flag not in {"to confirm", "rule out"}]
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
        ("label-biomarker", "its labels for this tumor type need a biomarker that is absent"),
        ("re-exposure", "the disease has progressed on"),
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
    texts.extend(conflict_texts(each.option))
    if any(finding.criterion == "approval" and finding.verdict == "warn" for finding in findings):
        texts.append("approval date not in any source")
    open_ones = [each for each in findings if each.verdict == "undetermined"]
    apart = {*_RULED_OUT, "reimbursement", "caution-data"}
    asked = [_short(each) for each in open_ones if each.criterion not in apart]
    if asked:
        texts.append(f"confirm: {', '.join(dict.fromkeys(asked))}")
    ruled_out = list(dict.fromkeys(each.about for each in open_ones if each.criterion in _RULED_OUT))
    if ruled_out:
        more = f" and {len(ruled_out) - _NAMED} more" if len(ruled_out) > _NAMED else ""
        texts.append(f"rule out: {', '.join(ruled_out[:_NAMED])}{more}")
    unknown = list(dict.fromkeys(each.about for each in open_ones if each.criterion == "caution-data"))
    if unknown:
        texts.append(f"no cautions in the graph: {', '.join(unknown)}")
    elsewhere = [each.about for each in findings if each.criterion == "reimbursement" and each.verdict == "warn"]
    if each.access.reimbursed is None and elsewhere:
        texts.append(f"listed by the NRDL for something else: {', '.join(elsewhere)}")
    if each.access.reimbursed is not None:
        listed = "listed by the NRDL" if each.access.reimbursed else "not listed by the NRDL"
        texts.append(f"{listed} (unverified)" if each.access.note else listed)
    return list(dict.fromkeys(texts))


NAMED_AGAINST = 3
"""At most this many items against a regimen are named beside it; the list of conflicts has all."""


def conflict_texts(option: Option) -> list[str]:
    """What speaks against the option, shortly, one text for each decision."""
    by_decision: dict[str, list[str]] = {}
    for each in option.conflicts:
        by_decision.setdefault(each.decided, []).append(f"{each.against.item.id} ({each.against.level})")
    texts: list[str] = []
    for decided, items in by_decision.items():
        more = f" and {len(items) - NAMED_AGAINST} more" if len(items) > NAMED_AGAINST else ""
        texts.append(f"conflict: {', '.join(items[:NAMED_AGAINST])}{more} against it; {decided}")
    return texts


CONFLICT_HEADINGS = ("regimen", "for", "against", "what decided", "outcome")


def conflict_rows(answer: Answer) -> list[tuple[str, ...]]:
    """Every conflict of a recommended or avoided regimen, in their order; equal decisions are one row."""
    told = [(each.option.regimen, each.conflicts) for each in answer.recommendations]
    told += [(each.regimen, each.conflicts) for each in answer.avoided]
    return [(regimen_label(regimen), *row) for regimen, conflicts in told for row in grouped(conflicts)]


def grouped(conflicts: Iterable[Conflict]) -> list[tuple[str, str, str, str]]:
    """What speaks for the regimen, what against it, what decided, and the outcome; equal decisions are one row."""
    rows: dict[tuple[str, str, str], dict[str, None]] = {}
    for each in conflicts:
        speaks_for, against, decided, outcome = conflict_cells(each)
        rows.setdefault((speaks_for, decided, outcome), {})[against] = None
    merged: dict[tuple[str, str, str], list[str]] = {}
    for (speaks_for, decided, outcome), items in rows.items():
        merged.setdefault(("; ".join(items), decided, outcome), []).append(speaks_for)
    return [("; ".join(sides), *row) for row, sides in merged.items()]


def conflict_cells(each: Conflict) -> tuple[str, str, str, str]:
    """What speaks for the regimen, what against it, what decided, and the outcome."""
    return _side_text(each.speaks_for), _side_text(each.against), each.decided, each.outcome


def _side_text(side: Side) -> str:
    """`EID964 (B): resistance to osimertinib, EGFR C797S`, or `US:tagrisso:3: label, EGFR T790M`."""
    status = side.item.status
    about = f", {status.label}" if status is not None else ""
    if side.level is None:
        return f"{side.item.id}: {side.kind}{about}"
    return f"{side.item.id} ({side.level}): {side.says} to {regimen_label(side.item.regimen)}{about}"


_RULED_OUT = ("contraindication", "organ-function", "co-medication")
"""Criteria of which an open finding names what would be a contraindication."""

_NAMED = 2
"""So many contraindications to rule out are named in a row; the others are counted."""

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
