"""A variant that two rows classify in two ways is uncertain, and both rows are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.alteration import Alteration, Place, SmallVariant
from kb.nomenclature import protein
from matcher.case import Request, prepared, read_patient
from matcher.classified import with_one_significance
from tests.shared import knowledge


def classified(*words: str | None) -> tuple[Alteration, ...]:
    return tuple(
        SmallVariant("ATM", Place("a.tsv", row), protein.parse("R337C"), significance=word)
        for row, word in enumerate(words, start=2)
    )


@pytest.mark.parametrize(
    ("words", "is_open"),
    [
        (("likely pathogenic", "benign"), True),
        (("pathogenic", "uncertain"), True),
        (("uncertain", "likely benign"), True),
        (("pathogenic", "likely pathogenic"), False),
        (("pathogenic", None), False),
        (("benign", "likely benign"), False),
    ],
)
def test_contradicting_rows_are_uncertain_and_told(words: tuple[str | None, ...], is_open: bool) -> None:
    given = classified(*words)
    found, notes = with_one_significance(given)
    if not is_open:
        assert (found, notes) == (given, ())
        return
    assert [each.significance for each in found if isinstance(each, SmallVariant)] == ["uncertain", "uncertain"]
    assert [place in notes[0].message for place in ("a.tsv:2", "a.tsv:3")] == [True, True]


@pytest.mark.parametrize(
    ("gene", "change", "first", "second"),
    [("ATM", "R337C", "likely pathogenic", "benign"), ("BRCA2", "D2723H", "pathogenic", "uncertain")],
)
def test_no_biomarker_is_present_by_one_of_two_classes(
    tmp_path: Path, gene: str, change: str, first: str, second: str
) -> None:
    path = tmp_path / "a.tsv"
    head = f"gene\talteration\tsignificance\n{gene}\t{change}\t{first}\n"
    path.write_text(f"{head}{gene}\t{change}\t{second}\n", encoding="utf-8")
    request = Request(path, "2026-11-20", "PRAD", "US", assay="WES")
    ready = prepared(request, read_patient(request), knowledge())
    every = [ready.board.status(each.id) for each in knowledge().biomarkers_of_gene(gene)]
    assert not [each.id for each in every if each.genomic and each.status == "present"]
    assert any("is classified as" in note.message for note in ready.notes)
