"""A plain list of alterations, and free text in tables and patient files."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Fusion, MarkerValue, Origin, Place, SmallVariant
from matcher.notes import Severity, UnusableInput
from matcher.readers import ROWS, detect, read, read_patient
from matcher.readers.alteration_list import without_comment

LIST = """# panel of 2024-05-02
EGFR ex19del  # by NGS
EGFR T790M and C797S in trans

KRAS wt, MSS
EML4::ALK fusion (E13;A20)
HER2 IHC 2+/ISH-
ALK-positive
BRCA1 c.68_69delAG, p.E23fs (germline)
"""


def written(folder: Path, text: str, name: str = "report.dat") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_told_by_its_content_and_no_line_is_lost(tmp_path: Path) -> None:
    path = written(tmp_path, LIST)
    assert detect(path) == "list"
    found = read(path)
    assert [(one.label, one.place.row) for one in found.alterations] == [
        ("EGFR inframe_deletion", 2), ("EGFR T790M", 3), ("EGFR C797S", 3), ("KRAS wild type", 5), ("MSI MSS", 5),
        ("EML4::ALK fusion (exon 13 to exon 20)", 6), ("HER2 IHC 2+", 7), ("HER2 ISH negative", 7), ("BRCA1 E23fs", 9),
    ]  # fmt: skip
    (note,) = found.notes
    assert (note.severity, note.where) == (Severity.ERROR, Place("report.dat", 8))
    assert "ALK fusion" in note.remedy
    assert (found.rows, found.reported) == (7, frozenset({"small variant", "fusion"}))
    assert len(list(ROWS["list"](path))) == 7


def test_a_list_takes_the_name_of_the_sample(tmp_path: Path) -> None:
    found = read(written(tmp_path, "BRAF V600E\nMSI-H\n"), "liver")
    assert {one.sample for one in found.alterations} == {"liver"}


@pytest.mark.parametrize(
    "text",
    [
        "The patient has a mutation.\n",
        "BRAF\nKRAS\n",
        "gen\tchange\nBRAF V600E\tx\n",
        "# BRAF V600E\n",
        "name,value\nBRAF,12\n",
        "Genomic report of 2024\nsee attached\n",
    ],
)
def test_other_texts_are_no_list(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnusableInput, match="the format is not known"):
        detect(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("gene\talteration\nBRAF\tV600E\n", "table"),
        ("gene,alteration\nBRAF,BRAF V600E\n", "table"),
        ("id: P\nalterations:\n- BRAF V600E\n", "patient file"),
        ("BRAF V600E\n", "list"),
        ("\ufeff• BRAF V600E\n", "list"),
        ("what was found\nPIK3CA H1047R, E545K\n", "list"),
    ],
)
def test_a_list_takes_nothing_from_the_other_formats(tmp_path: Path, text: str, form: str) -> None:
    assert detect(written(tmp_path, text)) == form


def test_texts_of_a_patient_file(tmp_path: Path) -> None:
    found = read_patient(
        written(tmp_path, "id: P\nalterations:\n- EGFR L858R + T790M\n- no ALK fusion\n- CDKN2A loss\n", "p.yaml")
    )
    assert [one.label for one in found.patient.alterations] == ["EGFR L858R", "EGFR T790M", "ALK fusion not detected"]
    (note,) = [note for note in found.notes if "CDKN2A" in note.message]
    assert (note.where.row, note.severity) == (5, Severity.ERROR)
    assert "homozygous deletion" in note.remedy


def test_a_table_whose_cells_repeat_the_gene_and_tell_more(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "gene\talteration\tvaf\torigin\n"
        "KRAS\tKRAS p.Gly12Cys (VAF 23%)\t\t\n"
        "PIK3CA\tH1047R, E545K\t0.3\t\n"
        "BRAF\twild type\t\t\n"
        "EML4\tEML4-ALK (E13;A20)\t\t\n"
        "BRCA1\tc.68_69del, germline\t\tsomatic\n"
        "EGFR\tALK G1202R\t\t\n"
        "BRAF\tV600E (VAF 40%)\t0.1\t\n"
        "TP53\tc.743G>A whatever\t\t\n",
    )
    found = read(path)
    kras, h1047r, e545k, braf, fusion, brca1, v600e = found.alterations
    assert isinstance(kras, SmallVariant)
    assert (kras.label, kras.vaf) == ("KRAS G12C", 0.23)
    assert isinstance(h1047r, SmallVariant)
    assert (h1047r.label, e545k.label, h1047r.vaf) == ("PIK3CA H1047R", "PIK3CA E545K", None)
    assert braf == MarkerValue("BRAF", "wild type", Place("report.dat", 4))
    assert isinstance(fusion, Fusion)
    assert (fusion.five_prime_exon, fusion.three_prime_exon) == (13, 20)
    assert isinstance(brca1, SmallVariant)
    assert brca1.origin is Origin.UNKNOWN
    assert isinstance(v600e, SmallVariant)
    assert v600e.vaf == 0.1
    notes = {note.where.row: note.message for note in found.notes}
    assert "vaf of several alterations" in notes[3]
    assert "contradicts" in notes[6]
    assert "ALK G1202R" in notes[7]
    assert "whatever" in notes[9]
    assert set(notes) == {3, 6, 7, 9}


WORDS = (
    "EGFR",
    "L858R",
    "ex19del",
    "amp",
    "::",
    "-",
    "c.68_69del",
    "p.",
    "wt",
    "no",
    "TMB",
    "14",
    "3+",
    "/",
    "(",
    ")",
    "#",
)


@given(
    st.lists(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)), max_size=6)
)
def test_each_line_of_any_list_is_an_alteration_or_a_note(written_lines: list[str]) -> None:
    plain = [" ".join(line.replace("\0", "").split()) for line in written_lines]
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), "\n".join(plain) + "\n")
        found = list(ROWS["list"](path))
    assert [row.place.row for row in found] == [
        number for number, line in enumerate(plain, start=1) if without_comment(line)
    ]
    assert all(bool(row.alterations) is not bool(row.notes) for row in found)
