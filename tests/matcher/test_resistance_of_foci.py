"""Resistance that one focus has and another has not: it keeps options, and every part of the answer says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.case import Matched, Request, match
from matcher.recommend import answer
from matcher.report.rows import Rows
from matcher.why import why
from tests.shared import knowledge, library

PATIENT = """\
id: FOCI
tumor_type: LUAD
jurisdiction: CN
stage: metastatic
samples:
  - {id: lung, kind: tissue, site: lung, date: 2024-05-20, purity: 70 %, variants: lung.tsv, assay: WES}
  - {id: liver, kind: tissue, site: liver, date: 2024-06-02, purity: 70 %, variants: liver.tsv, assay: WES}
"""
IN_LIVER = "which was found in liver (2024-06-02) and not in lung (2024-05-20)"


@pytest.fixture
def found(tmp_path: Path) -> Matched:
    """L858R in both foci, T790M and C797S in the liver alone."""
    changes = ["EGFR\tp.L858R\t0.40", "EGFR\tp.T790M\t0.20", "EGFR\tp.C797S\t0.20"]
    for site, rows in (("lung", changes[:1]), ("liver", changes)):
        (tmp_path / f"{site}.tsv").write_text("\n".join(["gene\talteration\tvaf", *rows, ""]))
    (tmp_path / "patient.yaml").write_text(PATIENT)
    return match(Request(tmp_path / "patient.yaml", "2026-07-01"), knowledge(), library(), "sql")


@pytest.mark.parametrize(
    ("regimen", "by"),
    [("osimertinib", "EGFR C797S"), ("furmonertinib", "EGFR C797S"), ("osimertinib+pemetrexed+platinum", "EGFR C797S"),
     ("gefitinib", "EGFR T790M"), ("amivantamab+lazertinib", "EGFR C797S")],
)  # fmt: skip
def test_the_row_opens_with_it_and_its_foci(found: Matched, regimen: str, by: str) -> None:
    told = answer(found)
    row = next(each for each in told.recommendations if each.option.regimen == tuple(regimen.split("+")))
    note = Rows(told).recommendation(row).to_note
    assert note.partition("; ")[0].endswith(f"by {by}, {IN_LIVER}")
    assert any(each.finding.message.endswith(f"by {by}, {IN_LIVER}") for each in why(found, regimen).warnings)


def test_a_regimen_to_avoid_says_that_one_focus_lacks_the_resistance(found: Matched) -> None:
    told = answer(found)
    rows = {each.regimen: Rows(told).avoided(each)[2] for each in told.avoided}
    assert rows[("first-generation egfr tki",)] == (
        "EGFR T790M is private: found in liver (2024-06-02), absent in lung (2024-05-20)"
    )
    assert rows[("pd-1/pd-l1 inhibitor",)] == "EGFR oncogenic mutation (any)"
