"""Two cohorts of TCGA whole, one of each notation, through the parser; the rest is in docs/tcga.md."""

from functools import cache
from pathlib import Path

import pytest

from benchmarks.tcga_nomenclature import (
    EXPECTED,
    HOTSPOTS,
    Cohort,
    agreement,
    counted,
    hotspot_row,
    report,
    unexplained,
)

ROOT = Path(__file__).parents[1]
TCGA = ROOT.parent / "shared/data/cohorts/tcga"
NAMES = ("THCA.mc3", "LUSC.firehose")

needs_tcga = pytest.mark.skipif(not TCGA.is_dir(), reason="the TCGA files are not here")


@cache
def cohort(name: str) -> Cohort:
    return counted(TCGA / f"{name}.maf.tsv.gz")


# Rows, and rows with a text, as awk counts them.
@needs_tcga
@pytest.mark.parametrize(("name", "rows", "stated"), [("THCA.mc3", 7_714, 7_711), ("LUSC.firehose", 47_266, 46_138)])
def test_every_change_is_read_and_comes_back(name: str, rows: int, stated: int) -> None:
    found = cohort(name)
    assert (found.rows, found.stated) == (rows, stated)
    assert found.parsed >= 0.999 * found.stated
    assert not found.not_printed_back
    assert sum(found.classes.values()) == found.parsed


@needs_tcga
def test_the_class_agrees_with_the_files_or_is_explained() -> None:
    both = [cohort(name) for name in NAMES]
    total, same, different = agreement(both)
    assert total == same + different.total()
    elsewhere = sum(count for (stated, _), count in different.items() if stated != "Splice_Site")
    assert elsewhere < 0.005 * total
    assert not unexplained(both)
    assert {stated for one in both for stated, _ in one.classes} <= set(EXPECTED)


@needs_tcga
def test_the_hotspots_are_those_that_a_plain_search_of_the_file_counts() -> None:
    # zcat FILE | awk -F'\t' '$1=="BRAF" && $12=="p.V600E"' | cut -f10 | sort -u | wc -l
    thyroid, squamous = (cohort(name).hotspots for name in NAMES)
    assert len(thyroid["BRAF", "V600E"]) == 293
    assert len(thyroid["NRAS", "Q61R"]) == 31
    assert [len(squamous["PIK3CA", change]) for change in ("E542K", "E545K", "H1047R")] == [3, 10, 2]


@needs_tcga
@pytest.mark.parametrize("name", NAMES)
def test_the_document_has_these_numbers(name: str) -> None:
    assert hotspot_row(cohort(name)) in (ROOT / "docs/tcga.md").read_text(encoding="utf-8").splitlines()


def test_what_is_not_read_and_what_differs_is_counted_and_listed() -> None:
    made = Cohort("made.mc3", rows=4, without=1)
    made.unreadable["p.nonsense"] += 1
    made.classes["Missense_Mutation", "missense"] += 1
    made.classes["Missense_Mutation", "nonsense"] += 1
    assert (made.stated, made.parsed) == (3, 2)
    assert unexplained([made]) == {("Missense_Mutation", "nonsense"): 1}
    text = "\n".join(report([made]))
    assert "`p.nonsense` (1)" in text
    assert "UNEXPLAINED" in text
    assert "66.667 %" in text
    assert len(HOTSPOTS) >= 5
