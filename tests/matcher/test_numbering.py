"""Codon numbers of histone H3 and of BRAF as older reports have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.alteration import Place, SmallVariant
from kb.nomenclature import protein
from matcher.case import Prepared, Request, prepared, read_patient
from matcher.numbering import with_hgvs_numbers
from tests.shared import knowledge

PLACE = Place("table.tsv", 2)


def ready(path: Path, text: str, tumor: str | None = None) -> Prepared:
    path.write_text(text, encoding="utf-8")
    assay = "WES" if tumor is not None else None
    request = Request(path, "2026-11-20", tumor, "US", assay=assay)
    return prepared(request, read_patient(request), knowledge())


@pytest.mark.parametrize(
    ("gene", "written", "coding", "read"),
    [
        ("H3-3A", "K27M", None, "K28M"),
        ("H3-3A", "p.Lys27Met", None, "K28M"),
        ("H3C3", "K27I", None, "K28I"),
        ("H3-3A", "G34R", None, "G35R"),
        ("H3-3A", "G34W", "c.103G>T", "G35W"),
        ("H3-3A", "G34R", "c.100G>A", "G34R"),
        ("H3-3B", "K36M", None, "K37M"),
        ("H3-3A", "K28M", None, "K28M"),
        ("BRAF", "V599E", None, "V600E"),
        ("BRAF", "V600E", None, "V600E"),
        ("KRAS", "G34R", None, "G34R"),
    ],
)
def test_numbers_of_another_convention_are_read_as_hgvs_and_told(
    gene: str, written: str, coding: str | None, read: str
) -> None:
    variant = SmallVariant(gene, PLACE, protein.parse(written), coding)
    found, notes = with_hgvs_numbers((variant,), knowledge())
    assert isinstance(found[0], SmallVariant)
    assert found[0].protein == protein.parse(read)
    assert any("is read as" in note.message for note in notes) == (protein.parse(written) != protein.parse(read))


@pytest.mark.parametrize(
    ("row", "tumor", "biomarker"),
    [
        ("H3F3A\tK27M", "DIFG", "H3:K27M"),
        ("H3-3A\tp.Lys27Met", "DIFG", "H3:K27M"),
        ("HIST1H3B\tK27M", "DIFG", "H3:K27M"),
        ("H3C3\tp.K28M", "DIFG", "H3:K27M"),
        ("H3\tK27M", "DIFG", "H3:K27M"),
        ("BRAF\tV599E", "MEL", "BRAF:V600E"),
    ],
)
def test_a_driver_in_another_numbering_is_present(tmp_path: Path, row: str, tumor: str, biomarker: str) -> None:
    found = ready(tmp_path / "a.tsv", f"gene\talteration\n{row}\n", tumor)
    assert found.board.status(biomarker).status == "present"
    assert any("H3 K27M" in note.message or "is read as" in note.message for note in found.notes)


def test_a_stated_h3_k27m_counts(tmp_path: Path) -> None:
    text = "id: p\ntumor_type: DIFG\nbiomarkers: {H3 K27M: positive}\n"
    assert ready(tmp_path / "p.yaml", text).board.status("H3:K27M").status == "present"
