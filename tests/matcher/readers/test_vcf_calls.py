"""What a VCF says of one sample: which one, its genotype, reads, origin and phase; and of the assembly."""

from pathlib import Path

import pytest

from kb.alteration import Origin, SmallVariant
from matcher.notes import UnusableInput
from matcher.readers import read
from tests.matcher.readers.vcf_files import CSQ, csq, vcf

EGFR = "CSQ=" + csq("T", "missense_variant", "EGFR", HGVSp="p.Thr790Met")
PAIR = ("A1", "B2")


def variant(folder: Path, form: str, value: str, *meta: str, info: str = EGFR, alternate: str = "T") -> SmallVariant:
    (one,) = read(
        vcf(folder, [f"7 100 . C {alternate} . PASS {info} {form} {value}"], *meta, CSQ, samples=("S",))
    ).alterations
    assert isinstance(one, SmallVariant)
    return one


# Samples

TUMOR_LINES = {
    "GATK": ("##tumor_sample=B2",),
    "GATK, normal only": ("##normal_sample=A1",),
    "pedigree": ("##PEDIGREE=<Derived=B2,Original=A1>",),
    "pedigree of 4.3": ("##PEDIGREE=<ID=B2,Original=A1>",),
    "descriptions": (
        '##SAMPLE=<ID=A1,Description="Normal blood">',
        '##SAMPLE=<ID=B2,SampleName=x,Description="Tumour, primary">',
    ),
}


@pytest.mark.parametrize("meta", TUMOR_LINES.values(), ids=TUMOR_LINES)
def test_the_header_tells_the_tumor(meta: tuple[str, ...], tmp_path: Path) -> None:
    path = vcf(tmp_path, [f"7 1 . C T . PASS {EGFR} GT 0/0 0/1"], *meta, CSQ, samples=PAIR)
    assert [one.sample for one in read(path).alterations] == ["B2"]


@pytest.mark.parametrize(
    "samples", [("NORMAL", "TUMOR"), ("TUMOR", "NORMAL"), ("x_germline", "x_somatic"), ("NORMAL", "PRIMARY")]
)
def test_names_tell_the_tumor(samples: tuple[str, str], tmp_path: Path) -> None:
    path = vcf(tmp_path, [f"7 1 . C T . PASS {EGFR} GT 0/1 0/1"], CSQ, samples=samples)
    expected = next(name for name in samples if name not in ("NORMAL", "x_germline"))
    assert [one.sample for one in read(path).alterations] == [expected]


@pytest.mark.parametrize("samples", [("A1", "B2"), ("DNA_NORMAL", "DNA_TUMOR", "RNA_TUMOR"), ("NORMAL", "normal2")])
def test_what_is_no_clear_pair_needs_a_choice(samples: tuple[str, ...], tmp_path: Path) -> None:
    path = vcf(tmp_path, [f"7 1 . C T . PASS {EGFR} GT" + " 0/1" * len(samples)], CSQ, samples=samples)
    with pytest.raises(UnusableInput, match="none is chosen"):
        read(path)
    assert [one.sample for one in read(path, samples[1]).alterations] == [samples[1]]


def test_samples_of_one_name_are_refused(tmp_path: Path) -> None:
    path = vcf(tmp_path, [f"7 1 . C T . PASS {EGFR} GT 0/1 0/1"], CSQ, samples=("S", "S"))
    with pytest.raises(UnusableInput, match="2 samples are named 'S'"):
        read(path, "S")


# Phase

PHASED = [
    ("GT:PS", "0|1:100", "7:100|2"),
    ("GT:PS", "1|0:100", "7:100|1"),
    ("GT:PS", "0/1:100", None),
    ("GT:PS", "1|1:100", None),
    ("GT:PS", "0|1:.", None),
    ("GT", "0|1", None),
    ("GT:HP", "0/1:55-1,55-2", "7:55|2"),
    ("GT:HP", "0/1:55-2,55-1", "7:55|1"),
    ("GT:HP", "0/1:.", None),
    ("GT:PGT:PID", "0/1:1|0:100_C_T", "7:100_C_T|1"),
    ("GT:PGT:PID", "0/1:0|1:100_C_T", "7:100_C_T|2"),
    ("GT:PGT:PID", "0/1:.:.", None),
    ("GT:PGT:PID:PS", "0|1:0|1:100_C_T:100", "7:100|2"),
]


@pytest.mark.parametrize(("form", "value", "expected"), PHASED)
def test_haplotypes(form: str, value: str, expected: str | None, tmp_path: Path) -> None:
    assert variant(tmp_path, form, value).haplotype == expected


def test_two_phased_variants_tell_cis_from_trans(tmp_path: Path) -> None:
    other = "CSQ=" + csq("A", "missense_variant", "EGFR", HGVSp="p.Cys797Ser")
    rows = [
        f"7 100 . C T . PASS {EGFR} GT:PS 0|1:100",
        f"7 120 . T A . PASS {other} GT:PS 0|1:100",
        f"7 120 . T A . PASS {other} GT:PS 1|0:100",
    ]
    t790m, cis, trans = (one.haplotype for one in read(vcf(tmp_path, rows, CSQ, samples=("S",))).alterations)  # type: ignore[union-attr]
    assert t790m == cis != trans
    assert t790m.partition("|")[0] == trans.partition("|")[0]  # type: ignore[union-attr]


# Zygosity, reads, origin

READS = [
    ("GT:AD:DP", "0/1:30,10:40", (40, 0.25)),
    ("GT:AD", "0/1:30,10", (40, 0.25)),
    ("GT:AF:DP", "0/1:0.1:50", (50, 0.1)),
    ("GT:FREQ:DP", "0/1:45.5%:50", (50, 0.455)),
    ("GT:DP:RD:AD:FREQ", "0/1:40:30:10:.", (40, 0.25)),
    ("GT:RO:AO", "0/1:30:10", (40, 0.25)),
    ("GT:NR:NV", "0/1:40:10", (40, 0.25)),
    ("DP:AU:CU:GU:TU", "40:0,0:30,31:0,0:10,11", (40, 0.25)),
    ("DP:TAR:TIR", "40:30,33:10,12", (40, 0.25)),
    ("GT:AD", "0/1:.", (None, None)),
    ("GT:AD:AF", "0/1:x,y:high", (None, None)),
    ("GT:AD:AF", "0/1:60,40:0,4", (100, 0.4)),
    ("GT:AF", "0/1:0,4", (None, None)),
    ("GT:FREQ", "0/1:40,5%", (None, None)),
    ("GT:DP", "0/1:-100", (None, None)),
]


@pytest.mark.parametrize(("form", "value", "expected"), READS)
def test_reads_in_the_fields_of_each_caller(
    form: str, value: str, expected: tuple[int | None, float | None], tmp_path: Path
) -> None:
    one = variant(tmp_path, form, value)
    assert (one.depth, one.vaf) == expected


UNREAD = [
    ("GT:AF:DP", "0/1:0,4:50", ["AF '0,4'"]),
    ("GT:FREQ:DP", "0/1:40,5%:-100", ["FREQ '40,5%'", "DP '-100'"]),
    ("GT:AF:DP", "0/1:.:.", []),
    ("GT:AF:DP", "0/1:0.4:50", []),
]


@pytest.mark.parametrize(("form", "value", "expected"), UNREAD)
def test_numbers_that_cannot_be_read_are_told(form: str, value: str, expected: list[str], tmp_path: Path) -> None:
    notes = read(vcf(tmp_path, [f"7 100 . C T . PASS {EGFR} {form} {value}"], CSQ, samples=("S",))).notes
    assert [note.message.partition(" cannot be read")[0] for note in notes] == expected
    assert all(note.where.row and "write a depth from 0" in note.remedy for note in notes)


@pytest.mark.parametrize(
    ("genotype", "expected"), [("0/1", "heterozygous"), ("1/1", "homozygous"), ("1", None), ("/0/1", "heterozygous")]
)
def test_zygosity(genotype: str, expected: str | None, tmp_path: Path) -> None:
    assert variant(tmp_path, "GT", genotype).zygosity == expected


ORIGINS = [
    ((), f"SOMATIC;{EGFR}", Origin.SOMATIC),
    ((), f"SS=2;{EGFR}", Origin.SOMATIC),
    ((), f"SS=1;{EGFR}", Origin.GERMLINE),
    ((), f"SS=3;{EGFR}", Origin.UNKNOWN),
    ((), f"STATUS=Germline;{EGFR}", Origin.GERMLINE),
    ((), f"STATUS=StrongSomatic;{EGFR}", Origin.SOMATIC),
    ((), EGFR, Origin.UNKNOWN),
    (("##tumor_sample=S", "##normal_sample=N"), EGFR, Origin.SOMATIC),
    (("##tumor_sample=S",), EGFR, Origin.UNKNOWN),
    (("##tumor_sample=T", "##normal_sample=S"), EGFR, Origin.GERMLINE),
]


@pytest.mark.parametrize(("meta", "info", "expected"), ORIGINS)
def test_origins(meta: tuple[str, ...], info: str, expected: Origin, tmp_path: Path) -> None:
    assert variant(tmp_path, "GT", "0/1", *meta, info=info).origin is expected


def test_alleles_of_one_record_are_told_apart_as_vep_names_them(tmp_path: Path) -> None:
    info = "CSQ=" + ",".join(
        (csq("A", "frameshift_variant", "G1", HGVSp="p.Lys1fs"), csq("AA", "inframe_insertion", "G2"))
    )
    rows = [f"1 5 . A AA,AAA . PASS {info} GT 0/2"]
    (one,) = read(vcf(tmp_path, rows, CSQ, samples=("S",))).alterations
    assert isinstance(one, SmallVariant)
    assert one.gene == "G2"
    assert one.genomic is not None
    assert one.genomic.alternate == "AAA"


# Assembly

CONTIGS = [
    ("##reference=hg19.fa", "GRCh37"),
    ("##contig=<ID=chr22,length=50818468>", "GRCh38"),
    ("##contig=<ID=X,length=155270560>", "GRCh37"),
    ("##contig=<ID=7,length=159138663,assembly=b37>", "GRCh37"),
    ('##VEP="v110" assembly="GRCh38.p14"', "GRCh38"),
    ('##SnpEffCmd="SnpEff GRCh37.75 /data/hg38/in.vcf"', "GRCh37"),
    ("##contig=<ID=1,length=6243>", None),
    ("##source=GRCh38", None),
]


@pytest.mark.parametrize(("line", "build"), CONTIGS)
def test_the_assembly(line: str, build: str | None, tmp_path: Path) -> None:
    one = variant(tmp_path, "GT", "0/1", line)
    assert one.genomic is not None
    assert one.genomic.build == build


def test_two_assemblies_are_a_warning_and_none_is_assumed(tmp_path: Path) -> None:
    meta = ("##reference=hg19.fa", "##contig=<ID=7,length=159345973>")
    reading = read(vcf(tmp_path, [f"7 1 . C T . PASS {EGFR}"], *meta, CSQ))
    assert "GRCh37 (reference) and GRCh38 (contig length)" in reading.notes[0].message
    assert [one.genomic.build for one in reading.alterations] == [None]  # type: ignore[union-attr]


def test_a_position_beyond_the_end_shows_that_the_assembly_is_wrong(tmp_path: Path) -> None:
    rows = [f"chr21 {position} . C T . PASS {EGFR}" for position in (1000, 46709983, 46709984, 48000000)]
    reading = read(vcf(tmp_path, rows, "##reference=GRCh38", CSQ))
    wrong = [note for note in reading.notes if "beyond the end" in note.message]
    assert [note.where.row for note in wrong] == [7, 8]
    assert "chr21:46709984" in wrong[0].message
    assert {one.genomic.build for one in reading.alterations} == {None}  # type: ignore[union-attr]
    assert read(vcf(tmp_path, rows, "##reference=GRCh37", CSQ)).notes == ()
