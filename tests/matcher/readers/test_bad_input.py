"""Bad input: one clear error with its remedy, never anything else."""

import gzip
import os
import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import READERS, PatientFile, Reading, detect, read
from matcher.readers.patient_file import read_patient_file
from matcher.readers.source_text import lines

DATA = Path(__file__).parent / "data"
FILES = ("gdc.maf", "vep.vcf", "snpeff.vcf", "table.csv", "copies.tsv", "cbioportal_sv.txt")

BAD = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n \n\t\n", "the file is empty"),
    "binary": (bytes(range(256)) * 8, "a binary file"),
    "excel": (b"PK\x03\x04" + b"x" * 99, "a ZIP or Excel file"),
    "pdf": (b"%PDF-1.7\n", "a PDF"),
    "utf-16": ("gene\talteration\n".encode("utf-16"), "UTF-16 text"),
    "html": (b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n", "a web page"),
    "prose": (b"The patient has a mutation.\n", "the format is not known"),
    "old Mac": (b"gene\talteration\rBRAF\tV600E\r", "old Mac"),
    "truncated gzip": (gzip.compress(random.Random(1).randbytes(9999).hex().encode())[:4000], "gzip"),
    "gzip head only": (b"\x1f\x8b\x08\x00", "gzip"),
    "damaged gzip": (b"\x1f\x8b" + b"nonsense" * 9, "gzip"),
    "MAF without genes": (b"Hugo_Symbol\tTumor_Sample_Barcode\nA\tB\n", "Hugo_Symbol, Tumor_Sample_Barcode"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_one_clear_error(name: str, tmp_path: Path) -> None:
    content, reason = BAD[name]
    path = tmp_path / "input.maf"
    path.write_bytes(content)
    with pytest.raises(UnusableInput) as caught:
        read(path)
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_directory_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="it is a directory"):
        read(tmp_path)
    with pytest.raises(UnusableInput, match="no such file"):
        read(tmp_path / "gone.maf")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.maf"
    path.write_text("gene\talteration\n")
    path.chmod(0)
    with pytest.raises(UnusableInput, match="no permission"):
        read(path)


@pytest.mark.parametrize("name", FILES)
def test_a_gzip_cut_short_is_an_error_and_not_a_shorter_file(name: str, tmp_path: Path) -> None:
    whole = gzip.compress((DATA / name).read_bytes())
    path = tmp_path / name
    path.write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(UnusableInput, match="cut short"):
        read(path)


@pytest.mark.parametrize("name", FILES)
def test_gzip_is_told_by_its_content(name: str, tmp_path: Path) -> None:
    plain = read(DATA / name)
    path = tmp_path / name
    path.write_bytes(gzip.compress((DATA / name).read_bytes()))
    assert read(path) == plain


@pytest.mark.parametrize("name", FILES)
def test_a_header_alone_is_a_note(name: str, tmp_path: Path) -> None:
    lines = (DATA / name).read_text().splitlines(keepends=True)
    columns = max(2, 1 + next((n for n, line in enumerate(lines) if line.startswith("#CHROM")), 0))
    header = lines[: columns if lines[0].startswith(("##", "#version")) else 1]
    path = tmp_path / name
    path.write_text("".join(header))
    reading = read(path)
    assert (reading.rows, reading.alterations) == (0, ())
    assert "no rows" in reading.notes[-1].message


def test_latin_1_is_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes("gene\talteration\torigin\nBRAF\tV600E\t\nKRAS\tG12C\tTübingen\n".encode("latin-1"))
    reading = read(path)
    assert len(reading.alterations) == 2
    assert str(reading.notes[0]) == "t.tsv:3: the text is not UTF-8; it was read as Latin-1; save the file as UTF-8"


CHINESE = """样本\tgene\talteration\tvaf
肺腺癌标本\tEGFR\t19外显子缺失\t0.35
肺腺癌标本\tMET\t扩增\t
"""


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "gb2312"])
def test_a_chinese_file_is_read_as_gb18030_with_a_note(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(CHINESE.encode(encoding))
    assert detect(path) == "table"
    reading = read(path)
    assert [one.label for one in reading.alterations] == ["EGFR inframe_deletion", "MET amplification"]
    message = "the text is not UTF-8; it was read as GB18030 (Chinese)"
    assert [(note.severity, note.message) for note in reading.notes] == [(Severity.WARNING, message)]
    assert reading.notes[0].where == Place("t.tsv", 1)


@pytest.mark.parametrize(
    "text",
    [
        "Tübingen",
        "Müßig äöü",
        "Café Nuñez",
        "ÄRZTLICHE PRÜFUNG",
        "µg ± 5 °C",
        "Łódź".encode("cp1250").decode("latin-1"),
    ],
)
def test_accented_letters_are_not_taken_for_chinese(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(f"gene\talteration\tcomment\nBRAF\tV600E\t{text}\n".encode("latin-1"))
    assert [row[1] for row in lines(path, [])][1].endswith(text)


def test_a_chinese_file_that_does_not_decode_whole_is_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(CHINESE.encode("gb18030") + b"KRAS\tG12C\t\xff\xff\n")
    notes: list[Note] = []
    assert list(lines(path, notes))
    assert "Latin-1" in notes[0].message


def test_a_list_in_chinese_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("EML4-ALK融合\nKRAS野生型\n微卫星稳定\n".encode("gb18030"))
    assert [one.label for one in read(path).alterations] == ["EML4::ALK fusion", "KRAS wild type", "MSI MSS"]


def test_a_decimal_comma_in_a_table_of_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("gene;alteration;vaf\nBRAF;V600E;0,35\nKRAS;G12C;12,5 %\nNRAS;Q61K;1,234,5\n")
    found = read(path)
    assert [getattr(one, "vaf", None) for one in found.alterations] == [0.35, 0.125, None]
    assert "unreadable allele fraction '1,234,5'" in found.notes[0].message


NEGATIVE = """gene\talteration
EGFR\tnot detected
KRAS\twild type
ALK\tnegative
NRAS\t野生型
ROS1\t阴性
RET\t未检出
BRAF\tno mutation
"""


def test_a_table_of_negative_rows_states_them(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(NEGATIVE, encoding="utf-8")
    reading = read(path)
    assert [one.label for one in reading.alterations] == [
        "EGFR alteration not detected",
        "KRAS wild type",
        "ALK alteration not detected",
        "NRAS wild type",
        "ROS1 alteration not detected",
        "RET alteration not detected",
        "BRAF mutation not detected",
    ]
    assert not reading.notes


def test_detect_goes_by_content(tmp_path: Path) -> None:
    expected = ["MAF", "VCF", "VCF", "table", "copy number", "fusions"]
    for name, form in zip(FILES, expected, strict=True):
        path = tmp_path / "named.anything"
        path.write_bytes((DATA / name).read_bytes())
        assert detect(path) == form


def _try(path: Path) -> None:
    """Each reader gives a Reading or an UnusableInput."""
    for form in (None, *READERS):
        with suppress(UnusableInput):
            assert isinstance(read(path, None, form), Reading)
    with suppress(UnusableInput):
        assert isinstance(read_patient_file(path), PatientFile)


WORDS = st.sampled_from(
    ["gene", "alteration", "Hugo_Symbol", "Tumor_Sample_Barcode", "HGVSp_Short", "#CHROM", "##fileformat=VCFv4.2", "\t",
     "\n", "BRAF", "V600E", "id:", "samples:", "- ", "{", "}", '"', "[", "state", "amp", "fusion", "EML4-ALK", ",", "1"]
)  # fmt: skip
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=30).map(lambda words: "".join(words).encode())))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    _try(path)


@QUIET
@given(st.sampled_from((*FILES, "patient.yaml", "patient.json")), st.data())
def test_damaged_files_are_read_or_refused(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = bytearray((DATA / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
    path = tmp_path / "damaged"
    path.write_bytes(bytes(content))
    _try(path)
