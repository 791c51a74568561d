"""Evidence items: what a study or a curated statement says of a biomarker and a regimen in a tumor type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kb.indication import Regimen
from kb.source import Source, Verified

SURVIVAL_ENDPOINTS = frozenset({"OS", "PFS", "DFS", "RFS", "EFS", "DMFS", "TTP", "TTF"})
"""Endpoints of survival, or of time to an event that stands for it."""

RESPONSE_ENDPOINTS = frozenset({"ORR", "CR", "pCR", "DCR", "CBR", "DOR", "HR", "CyR", "MR"})
"""Endpoints of tumor response; HR, CyR and MR are hematologic, cytogenetic and molecular response."""

ENDPOINTS = SURVIVAL_ENDPOINTS | RESPONSE_ENDPOINTS | {"QoL"}
"""Every endpoint that a design can name."""

KINDS = (
    "meta-analysis",
    "randomized trial",
    "basket trial",
    "prospective trial",
    "prospective cohort",
    "retrospective cohort",
    "case-control",
    "case series",
    "case report",
    "in vivo",
    "in vitro",
    "in silico",
)
"""Every kind of study, what weighs more first; `prospective trial` is one that is not randomized."""

COMPARATORS = (
    "standard of care",
    "placebo",
    "active control",
    "other dose",
    "no treatment",
    "alteration-negative",
    "historical",
    "none",
)
"""Every comparator. `standard of care` is chemotherapy, endocrine therapy or best supportive care as the source has it;
`active control` another drug; `placebo` also where both arms have the same therapy besides."""


class Design(NamedTuple):
    """What is known of the study behind an evidence item or a trial.

    `kind` is one of `KINDS`, `phase` is `1`, `1/2`, `2`, `2/3`, `3` or `4`, `comparator` is one of `COMPARATORS`.
    `stratified` is True where the cohort was selected or stratified by the biomarker, or compared with
    alteration-negative patients. `endpoints` are those of `ENDPOINTS` that the source reports as improved, by the
    regimen in patients with the biomarker or with the biomarker over patients without it; `reported` are all that it
    reports. `size` is the number of patients, those with the biomarker where it is told. `mcbs` is an ESMO-MCBS grade
    that a source gives. What the source does not tell is None or empty: unknown, never a default. `verified` is
    `partly` where a program read it from a curator's description, `yes` where a person did.
    """

    kind: str | None
    phase: str | None
    stratified: bool | None
    comparator: str | None
    endpoints: tuple[str, ...]
    reported: tuple[str, ...]
    size: int | None
    mcbs: str | None
    sources: tuple[Source, ...]
    verified: Verified
    note: str | None = None
    iri: str | None = None


def in_words(profile: str, regimen: str, tumor_types: Sequence[str], direction: str, significance: str) -> str:
    """What a statement says, in one line.

    >>> in_words("EGFR:L858R", "afatinib+cetuximab", ("LUAD",), "does not support", "sensitivity")
    'EGFR:L858R: no sensitivity to afatinib + cetuximab in LUAD'
    """
    verb = "no " if direction == "does not support" else ""
    return f"{profile}: {verb}{significance} to {regimen.replace('+', ' + ')} in {', '.join(tumor_types)}"


class Evidence(NamedTuple):
    """One evidence item.

    `direction` is `supports` or `does not support`; `significance` is `sensitivity`, `resistance`,
    `reduced sensitivity` or `adverse response` (so "no benefit" is *does not support sensitivity*). `level` is
    CIViC's scale A to E. `combination` is `single`, `combination` or `sequential`. `stated_for` is the disease as the
    source names it, where it is narrower than the tumor types that stand for it here; else None. The design of its
    study is read by `KnowledgeBase.designs`, for the items that need it alone.
    """

    id: str
    iri: str
    profile: str
    regimen: Regimen
    combination: str
    tumor_types: tuple[str, ...]
    direction: str
    significance: str
    level: str
    level_source: str
    origin: str | None
    rating: int | None
    amp_assertion: str | None
    sources: tuple[Source, ...]
    trials: tuple[str, ...]
    verified: Verified
    note: str | None = None
    stated_for: str | None = None

    @property
    def label(self) -> str:
        """What it says, in one line."""
        return in_words(self.profile, "+".join(self.regimen), self.tumor_types, self.direction, self.significance)
