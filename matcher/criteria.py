"""The order in which a board asks about an option, and which of its criteria are told together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from matcher.phrases import in_language, joined, say
from matcher.recommend import VERDICTS, Finding

if TYPE_CHECKING:
    from matcher.explain import Step
    from rules.wording import Wording

ORDER = (
    "biomarker",
    "biomarker-test",
    "mutation-class",
    "heterogeneity",
    "clonality",
    "label-biomarker",
    "tumor-type",
    "label-exclusion",
    "transfer",
    "approval",
    "jurisdiction",
    "access",
    "trial-status",
    "country",
    "regimen",
    "evidence",
    "source",
    "setting",
    "line",
    "prior-therapy",
    "washout",
    "resistance",
    "partner",
    "re-exposure",
    "resistance-history",
    "condition",
    "eligibility",
    "performance-status",
    "age",
    "sex",
    "prior-toxicity",
    "contraindication",
    "organ-function",
    "co-medication",
    "caution-data",
    "preference",
    "functional",
    "functional-date",
    "reimbursement",
)
"""Criteria as a board asks for them: the biomarker first, then tumor type, approval, line and therapies; safety and
payer last."""

_OTHERS = ORDER.index("prior-toxicity")
"""Where a criterion that only a site's rules know is asked for: before safety."""

RULED_OUT = frozenset({"contraindication", "organ-function", "co-medication"})
"""Criteria of which an undetermined finding names a contraindication to rule out."""

_TOGETHER = 3
"""From so many findings of one criterion with one verdict on, they are told together."""


class Criterion(NamedTuple):
    """One criterion that was checked: what was found, and its proof."""

    finding: Finding
    step: Step

    @property
    def to_rule_out(self) -> bool:
        """Whether it only asks to rule out a contraindication of which the patient's file tells nothing."""
        return self.finding.verdict == "undetermined" and self.finding.criterion in RULED_OUT


def board_place(finding: Finding) -> tuple[int, int]:
    """Where a finding stands when a board reads: by its criterion, then the most blocking first."""
    name = finding.criterion
    return ORDER.index(name) if name in ORDER else _OTHERS, VERDICTS.index(finding.verdict)


def grouped(criteria: Iterable[Criterion], wording: Wording) -> tuple[Step, ...]:
    """The proofs of the criteria in the board's order; those to rule out, and many alike, under one line.

    Contraindications to rule out come last: nothing speaks for any of them yet.
    """
    ordered = sorted(criteria, key=lambda each: board_place(each.finding))
    alike: dict[tuple[str, str], list[Criterion]] = {}
    for each in ordered:
        alike.setdefault(_kind(each), []).append(each)
    kinds = sorted(alike, key=lambda kind: kind == _RULE_OUT)
    return tuple(step for kind in kinds for step in _told(kind, alike[kind], wording))


_RULE_OUT = "rule out", "undetermined"


def _kind(each: Criterion) -> tuple[str, str]:
    return _RULE_OUT if each.to_rule_out else (each.finding.criterion, each.finding.verdict)


def _told(kind: tuple[str, str], alike: list[Criterion], wording: Wording) -> tuple[Step, ...]:
    from matcher.explain import Step

    if len(alike) < (2 if kind == _RULE_OUT else _TOGETHER):
        return tuple(_named(each, wording) for each in alike)
    lang, count = wording.lang, len(alike)
    named = in_language(joined(dict.fromkeys(about_name(each.finding, wording) for each in alike), "list"), lang)
    if kind == _RULE_OUT:
        text = say("why", "cautions to rule out", lang, count=count, about=named)
    else:
        text = say(
            "why",
            "criteria alike",
            lang,
            criterion=wording.value("finding", "criterion", kind[0]),
            count=count,
            about=named,
        )
    parts = tuple(_named(each, wording) for each in alike)
    return (Step(text, verdict=kind[1], parts=parts),)


def _named(each: Criterion, wording: Wording) -> Step:
    """The proof of a finding, named by its criterion, with the verdict."""
    named = wording.value("finding", "criterion", each.finding.criterion)
    text = say("why", "criterion", wording.lang, criterion=named, text=each.step.text)
    return each.step._replace(text=text, verdict=each.finding.verdict)


def about_name(finding: Finding, wording: Wording) -> str:
    """What a finding is about; English has it as the rules do."""
    return finding.about if wording.lang == "en" else wording.value("finding", "about", finding.about)
