"""The declared table of conflicts, and the facts that it is asked with."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from kb.alteration import Alteration, Fusion, MarkerValue, Place
from kb.nomenclature import alteration_text
from matcher.assay import BUILT_IN, Coverage
from matcher.biomarker_status import StatusBoard
from matcher.conflicts import (
    IN_SOME_FOCI,
    TABLE,
    Cell,
    cells,
    decided,
    is_cytotoxic,
    is_softened,
    reach_of,
    relation,
    table,
)
from matcher.notes import UnusableInput
from matcher.patient import Sample
from tests.shared import knowledge

PLACE = Place("p.tsv", 2)
ROWS = Path(__file__).parents[1] / "tables" / "conflicts.tsv"


def rows() -> list[dict[str, str]]:
    with ROWS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@pytest.mark.parametrize("row", rows(), ids=lambda row: "-".join(list(row.values())[:5]))
def test_case_of_the_table(row: dict[str, str]) -> None:
    found = table().decides(Cell(row["for"], row["level"], row["reach"], row["relation"], row["against"]))
    assert found is not None
    assert found.outcome == row["outcome"]
    assert row["decided"] in found.decided


def test_every_row_that_decides_has_a_case() -> None:
    """A row of the table whose removal no case would notice is not held by this file."""
    asked = [Cell(row["for"], row["level"], row["reach"], row["relation"], row["against"]) for row in rows()]
    named = {found.decided for cell in asked if (found := table().decides(cell)) is not None}
    assert named == {row.decided for row in table().rows}


def test_stronger_evidence_against_never_helps() -> None:
    """With all else equal, evidence against a regimen that decides goes on deciding when it is stronger."""
    ladder = ("preclinical", "case", "clinical", "repeated", "consistent", "validated")
    for cell in cells(table().values):
        if cell.against not in ladder[:-1]:
            continue
        row = table().decides(cell)
        above = table().decides(cell._replace(against=ladder[ladder.index(cell.against) + 1]))
        assert row is not None
        assert above is not None
        assert row.outcome == "kept" or above.outcome == "avoid", cell


def test_stronger_evidence_for_never_harms() -> None:
    for cell in cells(table().values):
        if cell.level in {"none", "E"}:
            continue
        row, below = table().decides(cell), table().decides(cell._replace(level="ABCDE"["ABCDE".index(cell.level) + 1]))
        assert row is not None
        assert below is not None
        assert row.outcome == "kept" or below.outcome == "avoid", cell


def written(**changes: Any) -> dict[str, Any]:
    return json.loads(TABLE.read_text(encoding="utf-8")) | changes


FIRST = {"outcome": "kept", "decided": "nothing"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (written(tabel=[]), "unknown key `tabel`"),
        (written(table=[FIRST | {"outcome": "perhaps"}]), "row 1: 'perhaps' is no outcome; use avoid or kept"),
        (written(table=[{"outcome": "kept"}]), "row 1 does not say what decided"),
        (written(table=[FIRST | {"agains": ["case"]}]), "row 1: unknown key `agains`"),
        (written(table=[FIRST | {"against": ["cases"]}]), "is no list of values of `against`"),
        (
            written(table=[FIRST | {"against": ["case"]}]),
            "no row decides label, none, whole, same alteration, validated",
        ),
        (written(table=[FIRST, FIRST]), "row 2 never decides"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    path = tmp_path / "conflicts.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UnusableInput) as caught:
        table(path)
    assert message in str(caught.value)


def board(*alterations: Alteration) -> StatusBoard:
    sample = Sample("s", kind="tissue", assay="WES", reported=frozenset({"small variant", "fusion"}))
    return StatusBoard(alterations, Coverage((sample,), BUILT_IN), knowledge())


def small(gene: str, change: str) -> Alteration:
    return alteration_text.parse(change, gene, PLACE)


EGFR = (small("EGFR", "L858R"), small("EGFR", "T790M"))
BREAST = (small("PIK3CA", "H1047R"), small("ESR1", "D538G"), MarkerValue("HER2 IHC", "3+", PLACE))


@pytest.mark.parametrize(
    ("alterations", "speaks_for", "against", "expected"),
    [
        (EGFR, "EGFR:L858R", "EGFR:L858R", "same alteration"),
        (EGFR, "EGFR:L858R", "EGFR:T790M", "same gene"),
        (EGFR, "EGFR:L858R", "EGFR:L858R AND EGFR:T790M", "same gene"),
        (EGFR, "EGFR:EX19DEL OR EGFR:L858R", "EGFR:T790M", "same gene"),
        (EGFR, "EGFR:MUT", "EGFR:T790M", "same gene"),
        (EGFR, "EGFR:L858R", "EGFR:MUT", "same alteration"),
        (EGFR, "EGFR:L858R AND EGFR:T790M", "EGFR:T790M", "same alteration"),
        (EGFR[1:], "EGFR:MUT", "EGFR:T790M", "same alteration"),
        ((small("BRAF", "V600E"),), "BRAF:V600E", "BRAF:MUT", "same alteration"),
        ((small("BRAF", "V600E"),), "RAS:WT", "BRAF:V600E", "another gene"),
        ((Fusion("EML4", "ALK", PLACE), small("ALK", "G1202R")), "ALK:FUSION", "ALK:G1202R", "same gene"),
        (BREAST, "HER2:POS", "PIK3CA:MUT", "another gene"),
        (BREAST, "PIK3CA:MUT", "ESR1:MUT", "another gene"),
    ],
)
def test_relation(alterations: tuple[Alteration, ...], speaks_for: str, against: str, expected: str) -> None:
    found = board(*alterations)
    assert relation(found.profile(speaks_for), found.profile(against), knowledge()) == expected


def test_a_label_without_biomarker_rests_on_no_alteration() -> None:
    assert relation(None, board(*EGFR).profile("EGFR:T790M"), knowledge()) == "another gene"


CLASSES = {
    "icotinib": ("first-generation egfr tki", "egfr tki"),
    "pembrolizumab": ("pd-1 inhibitor", "pd-1/pd-l1 inhibitor"),
    "oxaliplatin": ("platinum", "chemotherapy"),
}


@pytest.mark.parametrize(
    ("against", "option", "cytotoxic", "expected"),
    [
        (("cetuximab",), ("cetuximab",), False, "whole"),
        (("cetuximab",), ("cetuximab", "encorafenib"), False, "part"),
        (("cetuximab", "encorafenib"), ("binimetinib", "cetuximab", "encorafenib"), False, "part"),
        (("folfox",), ("folfox", "panitumumab"), True, "chemotherapy part"),
        (("egfr tki",), ("icotinib",), False, "class"),
        (("pd-1/pd-l1 inhibitor",), ("osimertinib", "pembrolizumab"), False, "class part"),
        (("chemotherapy", "cetuximab"), ("cetuximab", "oxaliplatin"), False, "class"),
        (("cetuximab", "encorafenib"), ("cetuximab",), False, None),
        (("gefitinib",), ("icotinib",), False, None),
    ],
)
def test_reach(against: tuple[str, ...], option: tuple[str, ...], cytotoxic: bool, expected: str | None) -> None:
    assert reach_of(against, option, CLASSES, cytotoxic) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("carboplatin",), True),
        (("folfox",), True),
        (("carboplatin", "paclitaxel"), True),
        (("chemotherapy",), True),
        (("cetuximab", "folfox"), False),
        (("olaparib",), False),
        (("tamoxifen",), False),
    ],
)
def test_chemotherapy(parts: tuple[str, ...], expected: bool) -> None:
    assert is_cytotoxic(parts, knowledge()) is expected


def test_resistance_in_some_foci_changes_nothing_that_is_kept_anyway() -> None:
    """The reason stays that of the same conflict in all of the disease; what changes is kept instead of avoided."""
    for cell in cells(table().values):
        if not cell.relation.endswith(IN_SOME_FOCI):
            continue
        usual = table().decides(cell._replace(relation=cell.relation.removesuffix(IN_SOME_FOCI)))
        row = decided(cell)
        assert row is not None
        assert usual is not None
        if usual.outcome == "kept" or cell.against == "validated":
            assert row == usual, cell
        assert is_softened(cell, row) == (usual.outcome == "avoid" and row.outcome == "kept")
