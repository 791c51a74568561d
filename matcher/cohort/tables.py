"""What a cohort comes to: tables by name, their columns, and the types that DuckDB, Parquet and Spark know alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

TEXT, TEXTS, WHOLE, TRUTH = "VARCHAR", "VARCHAR[]", "BIGINT", "BOOLEAN"
FINDINGS = "STRUCT(criterion VARCHAR, verdict VARCHAR, about VARCHAR)[]"

TIERS = ("on-label", "off-label", "trial")
"""The tiers, best first."""

COLUMNS: dict[str, dict[str, str]] = {
    "recommendations": {
        "patient": TEXT,
        "rank": WHOLE,
        "regimen": TEXT,
        "tier": TEXT,
        "option": TEXT,
        "basis": TEXT,
        "profile": TEXT,
        "biomarker": TEXT,
        "alterations": TEXTS,
        "relation": TEXT,
        "amp": TEXT,
        "escat": TEXT,
        "oncokb": TEXT,
        "civic": TEXT,
        "nct": TEXT,
        "flags": TEXTS,
        "lowered": TEXTS,
        "findings": FINDINGS,
        "evidence": TEXTS,
        "authorized": TEXTS,
        "reimbursed": TRUTH,
    },
    "avoided": {"patient": TEXT, "regimen": TEXT, "because": TEXT, "biomarkers": TEXTS, "evidence": TEXTS},
    "patients": {
        "patient": TEXT,
        "source": TEXT,
        "outcome": TEXT,
        "reason": TEXT,
        "remedy": TEXT,
        "tumor_type": TEXT,
        "jurisdiction": TEXT,
        "tier": TEXT,
        "recommendations": WHOLE,
        "alike": WHOLE,
    },
    "blocks": {
        "alike": WHOLE,
        "regimen": TEXT,
        "option": TEXT,
        "criterion": TEXT,
        "verdict": TEXT,
        "about": TEXT,
        "label": TEXT,
        "sole": TRUTH,
    },
    "notes": {"patient": TEXT, "severity": TEXT, "file": TEXT, "row": WHOLE, "message": TEXT, "remedy": TEXT},
    "changes": {
        "patient": TEXT,
        "kind": TEXT,
        "regimen": TEXT,
        "before": TEXT,
        "after": TEXT,
        "cause": TEXT,
        "cause_id": TEXT,
        "cause_change": TEXT,
        "how": TEXT,
        "causes": TEXTS,
        "sources": TEXTS,
    },
}
"""The columns of each table.

recommendations: one row for each regimen, by `rank`. `option` is the item that leads (as `matcher.recommend.Option`),
    `evidence` the ids of all items behind the regimen, the leading one first; `findings` are those of the leading one.
avoided: one row for each regimen to avoid.
patients: one row for each patient, `outcome` is `matched` or `unreadable` (with reason and remedy); `tier` is the best
    one reached. `alike` is the number of those whose answer is the same: `blocks` tells once for all of them.
blocks: what keeps an option that is not recommended from being so: one row for each failed finding, and for each
    undetermined one of a criterion that keeps an option out where it is open (`matcher.flips.unsettling`); `label` is
    `about` in a reader's words; `sole` where it is the only one of its option.
notes: what is to be said of a patient, or of a whole file (`patient` is null).
changes: filled by `cohort --since` alone: what a release changed (see `matcher/cohort/since.py`). Who was matched again
    with the same answer has one row of the kind `same`; who could not change has none.
"""

Tables = dict[str, "pandas.DataFrame"]
"""Every table of COLUMNS by name, with its columns in their order."""

TRIED: dict[str, str] = {
    "kind": TEXT,
    "change": TEXT,
    "label": TEXT,
    "edits": TEXT,
    "patient": TEXT,
    "regimen": TEXT,
    "option": TEXT,
    "before": TEXT,
    "after": TEXT,
}
"""The columns of a further table, `tried`, which `matcher.cohort.changes` writes beside a finished cohort.

One row for each patient who was matched again after a change (`regimen` is null), and one for each regimen whose tier
then differs: `before` and `after` are tiers, null where it is not recommended; `option` leads it after the change.
`kind` is `jurisdiction` or `test`; `change` a jurisdiction or a biomarker profile, `label` its name, and `edits` what
was stated, as options of `mtb-match what-if`.
"""
