"""Regulators' indications (approvals, filings, withdrawals) and what they ask of a patient; reimbursement."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from kb.source import Source, Verified

Regimen = tuple[str, ...]
"""The drugs given together: INNs, classes or named schemes in lower case, sorted."""


class IndicationStatus(StrEnum):
    """A filing is never an approval; a withdrawn indication keeps its dates."""

    APPROVED = "approved"
    FILED = "filed"
    WITHDRAWN = "withdrawn"


class Requirement(NamedTuple):
    """One condition on the treatment history, or a condition kept as text.

    `kind` is one of: `received`, `progressed-on`, `response-to`, `no-progression-on`, `not-received`,
    `refractory-to`, `recurred-on`, `resistant-to`, `text`. `any_of` are therapies (INNs or classes) of which at
    least one satisfies it; an empty `any_of` means any systemic therapy. `at_least` counts regimens (lines).
    `setting` restricts it (`metastatic`, `adjuvant`, `first-line`, ...). `text` is the condition as the curated
    source has it; a `text` requirement cannot be read as structure and is undetermined, unless one of
    its `alternatives` (readable parts, each of which suffices) is met.
    """

    kind: str
    text: str
    any_of: tuple[str, ...] = ()
    at_least: int = 1
    at_most: int | None = None
    setting: str | None = None
    alternatives: tuple[Requirement, ...] = ()


class Indication(NamedTuple):
    """One indication of one jurisdiction.

    `regimens` are the alternatives that it names. `profile` is a boolean expression over biomarker ids
    (`KRAS:WT AND NRAS:WT`), or None when it asks for no biomarker. `tumor_types` are OncoTree codes (or `SOLID`).
    `settings` are disease states (`advanced`, `adjuvant`, `mCRPC`, ...), empty when not stated. `line` is `1`,
    `2`, `2+`, `3+`, `4+`, `any` or None. `conditions` are clinical conditions kept as text. Dates are ISO text,
    possibly partial (`2018-08`), None when no source gives them. The designs of its pivotal trials are read by
    `KnowledgeBase.pivotal_designs`.
    """

    id: str
    iri: str
    jurisdiction: str
    regimens: tuple[Regimen, ...]
    profile: str | None
    tumor_types: tuple[str, ...]
    excluded_tumor_types: tuple[str, ...]
    settings: tuple[str, ...]
    line: str | None
    requirements: tuple[Requirement, ...]
    conditions: tuple[str, ...]
    minimum_age: float | None
    status: IndicationStatus
    approval_type: str | None
    approved_on: str | None
    withdrawn_on: str | None
    sources: tuple[Source, ...]
    verified: Verified
    note: str | None = None


class Coverage(NamedTuple):
    """Whether a payer's plan (NRDL) lists a drug, for which scope, in which edition.

    `listed` is yes, no, partly or unknown.
    """

    id: str
    iri: str
    plan: str
    drug: str
    profile: str | None
    tumor_types: tuple[str, ...]
    scope: str | None
    listed: str
    effective_year: int | None
    sources: tuple[Source, ...]
    verified: Verified
    note: str | None = None
