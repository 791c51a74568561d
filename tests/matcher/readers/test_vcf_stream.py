"""Large, damaged and unannotated VCFs: bounded memory, no row lost, a reading or one clear line."""

from __future__ import annotations

import gzip
import os
import re
import threading
import time
import tracemalloc
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.alteration import SmallVariant
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import read, vcf
from matcher.readers.reading import Reading
from matcher.readers.tally import MOST_TOLD
from tests.matcher.readers.vcf_files import CSQ, csq
from tests.matcher.readers.vcf_files import vcf as written

DATA = Path(__file__).parent / "data"
VCFS = Path(__file__).parents[3].parent / "shared" / "data" / "vcfs"
FOLDERS = (
    *("vcf_validator", "cyvcf2_tests", "htslib_tests", "pcgr_examples", "pvactools_vep_somatic", "snpeff_examples"),
    *("vatools_tests", "vcf2maf_tests"),
)
SECONDS = 20

FAR = "CSQ=" + csq("T", "intron_variant", "TTN")
KRAS = "CSQ=" + csq("T", "missense_variant", "KRAS", HGVSp="p.Gly12Cys")


def told(notes: Iterable[Note]) -> int:
    """How many remarks the notes on rows stand for."""
    more = [re.match(r"(\d+) times(?: more)?: ", note.message) for note in notes if note.where.row is not None]
    return sum(int(one[1]) if one else 1 for one in more)


# Notes of long files


def test_notes_for_information_are_counted(tmp_path: Path) -> None:
    rows = [f"2 {n} . C T . {'weak' if n % 2 else 'PASS'} {FAR}" for n in range(1, 101)]
    reading = read(written(tmp_path, [*rows, f"12 1 . C T . PASS {KRAS}"], CSQ))
    assert (reading.rows, len(reading.alterations), told(reading.notes)) == (101, 1, 100)
    filtered, far = map(str, reading.notes)
    assert filtered.startswith("a.vcf:4: 50 times: calls that a filter took out (rows 4, 6, 8, 10, 12, ...)")
    assert far.startswith("a.vcf:5: 50 times: calls outside coding sequences, splice sites and promoters (rows 5, 7, ")


def test_errors_are_told_before_they_are_counted(tmp_path: Path) -> None:
    rows = [f"2 x{n} . C T . PASS {FAR}" for n in range(MOST_TOLD + 3)]
    notes = read(written(tmp_path, rows, CSQ)).notes
    assert [note.where.row for note in notes] == list(range(4, 4 + MOST_TOLD + 1))
    assert "'x19' is no number" in notes[MOST_TOLD - 1].message
    assert notes[-1].message == "3 times more: rows that cannot be read (rows 24, 25, 26)"
    assert {note.severity for note in notes} == {Severity.ERROR}


def test_exactly_as_many_as_are_told_need_no_count(tmp_path: Path) -> None:
    rows = [f"2 {n} . C T . PASS {FAR}" for n in range(MOST_TOLD)]
    notes = read(written(tmp_path, rows, CSQ)).notes
    assert len(notes) == MOST_TOLD == told(notes)


def test_memory_does_not_grow_with_rows_that_give_nothing(tmp_path: Path) -> None:
    peaks = []
    for many in (500, 20_000):
        rows = [f"2 {n} . C T . {'PASS' if n % 3 else 'weak'} DP=3;{FAR}" for n in range(many)]
        path = written(tmp_path, rows, CSQ)
        del rows
        tracemalloc.start()
        assert read(path).rows == many
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000


@pytest.mark.parametrize(
    ("terms", "more", "is_kept"),
    [
        ("intron_variant", {}, False),
        ("downstream_gene_variant", {"DISTANCE": "10"}, False),
        ("upstream_gene_variant", {"DISTANCE": "66"}, True),
        ("upstream_gene_variant", {"DISTANCE": "1001"}, False),
        ("5_prime_UTR_variant", {}, True),
        ("3_prime_UTR_variant", {}, False),
        ("splice_region_variant&intron_variant", {}, True),
        ("synonymous_variant", {}, True),
        ("intron_variant", {"CLIN_SIG": "pathogenic"}, True),
        ("intron_variant", {"CLIN_SIG": "benign"}, False),
        ("some_new_term", {"HGVSp": "p.Gly12Cys"}, True),
        ("some_new_term", {}, False),
    ],
)
def test_what_is_kept(terms: str, more: dict[str, str], is_kept: bool, tmp_path: Path) -> None:
    info = "CSQ=" + csq("T", "intergenic_variant") + "," + csq("T", terms, "TERT", **more)
    reading = read(written(tmp_path, [f"5 1 . C T . PASS {info}"], CSQ))
    assert [len(reading.alterations), len(reading.notes)] == ([1, 0] if is_kept else [0, 1])


# Without annotation


def test_a_file_without_annotation_keeps_coordinates_and_counts_nothing_as_absent() -> None:
    reading = read(DATA / "not_annotated.vcf")
    (one,) = reading.alterations
    assert isinstance(one, SmallVariant)
    assert (one.gene, one.label, one.protein, one.consequences) == ("", "7:140753336A>T", None, ())
    assert reading.reported == frozenset()
    (note,) = reading.notes
    assert note.severity is Severity.WARNING
    assert note.where.row is None
    assert re.search(r"not annotated.*not known.*nothing counts as absent", note.message)
    assert "vep -i" in note.remedy


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("CSQ=T|missense_variant|X", "CSQ without its header line"),
        ("EFF=MISSENSE(LOW|x)", "SnpEff's old EFF format"),
        ("DP=4", "not annotated"),
        (".", "not annotated"),
    ],
)
def test_each_kind_of_missing_annotation_has_its_message(info: str, message: str, tmp_path: Path) -> None:
    rows = [f"7 {n} . C T,G . PASS {info} GT:AD 0/2:5,0,5" for n in range(30)]
    reading = read(written(tmp_path, rows, samples=("S",)))
    assert [one.label for one in reading.alterations[:2]] == ["7:0C>G", "7:1C>G"]
    assert len(reading.alterations) == 30
    assert reading.alterations[0].vaf == 0.5  # type: ignore[union-attr]
    assert message in reading.notes[0].message
    assert sum("nothing counts as absent" in note.message for note in reading.notes) == 1
    assert reading.reported == frozenset()


def test_a_row_that_the_annotator_left_out_keeps_its_coordinates(tmp_path: Path) -> None:
    reading = read(written(tmp_path, [f"12 1 . C T . PASS {KRAS}", "5 1295113 . G A . PASS DP=5"], CSQ))
    assert [one.label for one in reading.alterations] == ["KRAS G12C", "5:1295113G>A"]
    assert reading.reported == {"small variant"}
    assert "not annotated: only its coordinates" in reading.notes[0].message


def test_rows_may_be_annotated_without_a_word_in_the_header(tmp_path: Path) -> None:
    ann = "ANN=T|missense_variant|MODERATE|KRAS|E|transcript|N|protein_coding|2/5|c.34G>T|p.Gly12Cys|||||"
    reading = read(written(tmp_path, [f"12 1 . C T . PASS {ann}"]))
    assert [one.label for one in reading.alterations] == ["KRAS G12C"]
    assert reading.reported == {"small variant"}


def test_too_many_calls_without_annotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vcf, "MOST_UNPLACED", 3)
    rows = [f"7 {n} . C T . PASS DP=4" for n in range(5)]
    with pytest.raises(UnusableInput, match="more than 3 calls and the VCF is not annotated"):
        read(written(tmp_path, rows))
    reading = read(written(tmp_path, [*rows, f"12 1 . C T . PASS {KRAS}"], CSQ))
    assert [one.label for one in reading.alterations] == ["7:0C>T", "7:1C>T", "7:2C>T", "KRAS G12C"]
    assert sum("too many are to keep it" in note.message for note in reading.notes) == 2
    assert len(list(vcf.rows(written(tmp_path, rows)))) == 5


def test_an_allele_without_its_own_annotation_is_kept_by_its_coordinates(tmp_path: Path) -> None:
    info = "CSQ=" + csq("G", "missense_variant", "KRAS")
    reading = read(written(tmp_path, [f"12 1 . C T,G . PASS {info}"], CSQ))
    assert [one.label for one in reading.alterations] == ["12:1C>T", "KRAS missense_variant"]
    assert "no annotation for the allele T" in reading.notes[0].message


# Text


def test_gzip_of_several_members_is_read_to_its_end(tmp_path: Path) -> None:
    plain = written(tmp_path, [f"12 {n} . C T . PASS {KRAS}" for n in range(100)], CSQ).read_bytes()
    path = tmp_path / "b.vcf.gz"
    path.write_bytes(b"".join(gzip.compress(plain[at : at + 997]) for at in range(0, len(plain), 997)))
    assert len(read(path).alterations) == 100


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_pipe_is_read_once(pack: type[bytes], tmp_path: Path) -> None:
    content = pack(written(tmp_path, [f"12 {n} . C T . PASS {KRAS}" for n in range(50)], CSQ).read_bytes())
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert len(vcf.read(pipe).alterations) == 50
    writer.join()


def test_lines_above_and_below_the_header(tmp_path: Path) -> None:
    path = written(tmp_path, [f"12 1 . C T . PASS {KRAS}", "#12 2 . C T . PASS .", f"12 3 . C T . PASS {KRAS}"], CSQ)
    path.write_text("Reading genome ...\n" + path.read_text())
    reading = read(path)
    assert (len(reading.alterations), reading.rows) == (2, 3)
    messages = " ".join(note.message for note in reading.notes)
    assert "1 of 8 columns" in messages
    assert "begin with # and were taken as comments: 1" in messages


def test_two_vcfs_in_one_are_refused_unless_their_samples_agree(tmp_path: Path) -> None:
    one = written(tmp_path, [f"12 1 . C T . PASS {KRAS} GT 0/1"], CSQ, samples=("A",)).read_text()
    path = tmp_path / "both.vcf"
    path.write_text(one + one)
    assert len(read(path).alterations) == 2
    path.write_text(one + one.replace("FORMAT\tA", "FORMAT\tB"))
    with pytest.raises(UnusableInput, match=r"both.vcf:7: a second header with other samples"):
        read(path)


@pytest.mark.parametrize(
    ("alternates", "message"),
    [
        (".", "reference call"),
        ("<NON_REF>", "reference call"),
        ("<*>", "reference call"),
        ("*", "star allele"),
        ("C", "reference call"),
    ],
)
def test_alleles_that_are_no_calls(alternates: str, message: str, tmp_path: Path) -> None:
    reading = read(written(tmp_path, [f"12 1 . C {alternates} . PASS {KRAS}"], CSQ))
    assert reading.alterations == ()
    assert message in reading.notes[0].message


@pytest.mark.parametrize("mate", [(), (f"2 29447873 b G G]12:25398284] . PASS SVTYPE=BND;MATEID=a;{KRAS}",)])
def test_a_breakend_beside_another_allele_is_one_row(mate: tuple[str, ...], tmp_path: Path) -> None:
    """It is told with its mate, or at the end where that never comes, together with the other allele."""
    row = f"12 25398284 a C T,C]2:29447873] . PASS SVTYPE=BND;MATEID=b;{KRAS}"
    path = written(tmp_path, [row, *mate], CSQ)
    reading = accounted(path, vcf.read(path))
    assert reading.rows == 1 + len(mate)
    assert any(isinstance(each, SmallVariant) for each in reading.alterations)


# Every public file


def public_files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (VCFS / folder).glob("*") if ".vcf" in path.name[-7:])


def checked(path: Path) -> Reading | None:
    """The reading, after a check that all rows are accounted for; None when the file is refused."""
    try:
        reading = vcf.read(path)
    except UnusableInput as error:
        refused = error
    else:
        return accounted(path, reading)
    assert "\n" not in str(refused)
    assert refused.remedy
    return None


def accounted(path: Path, reading: Reading) -> Reading:
    """The reading, whose alterations and notes are those of its rows."""
    file_notes: list[Note] = []
    found = list(vcf.rows(path, file_notes))
    assert reading.rows == len(found) == len({row.place for row in found})
    assert all(row.alterations or row.notes for row in found)
    assert len(reading.alterations) == sum(len(row.alterations) for row in found)
    last = 0 if found else 1
    assert told(reading.notes) - told(file_notes) == sum(len(row.notes) for row in found)
    assert len([note for note in reading.notes if "no rows" in note.message]) == last
    return reading


@pytest.mark.skipif(not VCFS.is_dir(), reason="the public data sets are not beside the checkout")
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_public_file_is_read_or_refused_in_one_line(folder: str) -> None:
    paths = [path for path in public_files() if path.parent.name == folder]
    assert paths
    results = []
    for path in paths:
        started = time.monotonic()
        results.append(checked(path))
        assert time.monotonic() - started < SECONDS, path
    assert any(results)


# Damage


def fuzzed(text: bytes, data: st.DataObject) -> bytes:
    """The text after a few mutations of bytes, lines, fields and numbers."""
    lines = text.split(b"\n")
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        fields = lines[at].split(b"\t")
        field = data.draw(st.integers(0, len(fields) - 1))
        kind = data.draw(st.sampled_from(["drop", "cut", "field", "value", "byte", "twice", "swap"]))
        if kind == "drop" and len(lines) > 1:
            del lines[at]
            continue
        if kind == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
            continue
        if kind == "twice":
            lines.insert(at, lines[at])
            continue
        if kind == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
            continue
        if kind == "field" and len(fields) > 1:
            del fields[field]
        elif kind == "value":
            fields[field] = data.draw(st.sampled_from(VALUES))
        else:
            whole = bytearray(fields[field] or b"x")
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
            fields[field] = bytes(whole)
        lines[at] = b"\t".join(fields)
    return b"\n".join(lines)


VALUES = (
    *(b"", b".", b"99999999999999999999", b"-1", b"1e400", "\u0663".encode(), b"\xff\xfe", b"\0", b"<DEL>", b"C[2:1["),
    *(b"]9:9]", b"[", b"<", b"*,*", b",", b"CSQ=", b"CSQ=|||", b"ANN=|", b"ANN=x|gene_fusion||A&B", b"GT:PS:HP:PGT"),
    *(b"0|1|2/.", b"1/99999999999", b"SVTYPE=BND;MATEID=a", b"Gene.refGene=A;Func.refGene=;AAChange.refGene=::,:c.:p."),
    *(b"CN=NaN", b"#CHROM", b"##INFO=<ID=CSQ,Format: Consequence|", b"1" * 5000, b"A" * 70000, b"%", b"{}", b"{0}"),
)  # fmt: skip

BASE = b"\n".join(
    [
        *(DATA / "vep.vcf").read_bytes().splitlines(),
        b"2\t42522656\ta\tC\tC]2:29447873]\t.\tPASS\tSVTYPE=BND;MATEID=b;CSQ=x|intron_variant|EML4\tGT\t0/0\t0/1",
        b"2\t29447873\tb\tG\tG]2:42522656]\t.\tPASS\tSVTYPE=BND;MATEID=a;CSQ=x|intron_variant|ALK\tGT\t0/0\t0/1",
        b"9\t100\t.\tC\t<DEL>\t.\tPASS\tSVTYPE=DEL;CSQ=x|transcript_ablation|MTAP\tGT:CN\t0/0:2\t0/1:1",
        b"9\t200\t.\tC\tT,G\t.\tPASS\tGene.refGene=A;Func.refGene=exonic;ExonicFunc.refGene=stopgain"
        b"\tGT:PS:AD\t0/0:1:1\t0|1:5:5,5,0",
        b"9\t300\t.\tC\tT\t.\tPASS\tANN=T|missense_variant|x|B|B|t|t|p|1/2|c.1A>G|p.M1V|||||\tGT:PGT:PID\t0/0:.:.\t0/1:0|1:5",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_vcfs_are_read_or_refused_and_no_row_is_lost(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "damaged.vcf"
    path.write_bytes(fuzzed(BASE, data))
    checked(path)
    with suppress(UnusableInput):
        assert isinstance(vcf.read(path, "TUMOR"), Reading)


def test_the_base_of_the_damage_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "sound.vcf"
    path.write_bytes(BASE)
    labels = [one.label for one in read(path).alterations]
    assert labels[:4] == ["BRAF V600E", "EGFR E746_A750del", "TP53 R175P", "TP53 missense_variant"]
    assert labels[5:] == ["EML4::ALK fusion", "MTAP loss", "9:200C>T", "B M1V"]
