"""What is told of an input file: every row once, what was read, which biomarkers it meets, and why it meets none."""

from __future__ import annotations

import csv
import json
import tempfile
import tracemalloc
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.case import Request, prepared, read_patient
from matcher.inspection import SELECTIONS, InspectedRow, Inspection, inspect
from matcher.notes import UnusableInput
from matcher.readers import ROWS
from matcher.report.inspection import HEADINGS, Asked, as_json, as_tsv
from matcher.report.inspection_table import render
from tests.matcher.test_registry import study
from tests.shared import knowledge

READER_DATA = Path(__file__).parent / "readers" / "data"
MAF_HEAD = "Hugo_Symbol\tVariant_Classification\tHGVSp_Short\tTumor_Sample_Barcode\n"
VCF_HEAD = (
    "##fileformat=VCFv4.2\n"
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="x. Format: Allele|Consequence|SYMBOL|HGVSp">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)


def saved(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def walked(path: Path, sample: str | None = None) -> tuple[list[InspectedRow], Inspection]:
    found = inspect(path, knowledge(), sample)
    return list(found.rows), found


def document(path: Path, asked: Asked | None = None) -> dict[str, Any]:
    text = "".join(as_json(inspect(path, knowledge()), asked or Asked(), knowledge()))
    structure: dict[str, Any] = json.loads(text)
    return structure


ONE_ROW = [
    # name, content, label, approved genes, some of the biomarkers met for certain, with closeness
    ("table", "gene\talteration\nBRAF\tV600E\n", "BRAF V600E", ["BRAF"],
     {"BRAF:V600E": "exact", "BRAF:V600": "codon"}),
    ("table", "gene\talteration\nEGFR\tex19del\n", "EGFR inframe_deletion", ["EGFR"],
     {"EGFR:EX19DEL": "exon or range"}),
    ("maf", MAF_HEAD + "BRCA2\tNonsense_Mutation\tp.Q1931*\tS\n", "BRCA2 Q1931*", ["BRCA2"],
     {"BRCA2:LOF": "functional class"}),
    ("copy number", "gene\tcopy_number\nERBB2\t12\n", "ERBB2 amplification", ["ERBB2"],
     {"ERBB2:AMP": "exact", "HER2:POS": "exact"}),
    ("fusions", "gene5\tgene3\nEML4\tALK\n", "EML4::ALK fusion", ["EML4", "ALK"], {"ALK:FUSION": "functional class"}),
    ("alias", "gene\talteration\nHER2\tamp\n", "ERBB2 amplification", ["ERBB2"], {"ERBB2:AMP": "exact"}),
    ("marker", "id: P\nbiomarkers: {MSI: MSI-H}\n", "MSI MSI-H", [], {"MSI:H": "exact"}),
    ("named", "id: P\nbiomarkers: {BRAF V600E: detected}\n", "BRAF V600E", ["BRAF"], {"BRAF:V600E": "exact"}),
    ("composite", "gene\talteration\nNTRK1\tfusion\n", "?::NTRK1 fusion", ["NTRK1"],
     {"NTRK:FUSION": "functional class"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "label", "genes", "closeness"), ONE_ROW, ids=[row[0] for row in ONE_ROW])
def test_a_row_meets_biomarkers(
    tmp_path: Path, name: str, content: str, label: str, genes: list[str], closeness: dict[str, str]
) -> None:
    (row,), found = walked(saved(tmp_path, "p", content))
    (each,) = row.understood
    assert each.alteration.label == label
    assert [gene.approved for gene in each.genes] == genes
    told = {met.id: met.closeness.label for met in each.met if met.closeness and met.doubt is None}
    assert closeness.items() <= told.items()
    assert each.why_not is None
    assert (found.tally.rows, found.tally.matched, found.tally.unmatched) == (1, 1, 0)


NO_MATCH = [
    ("gene\talteration\nNOPE\tV600E\n", "NOPE is not in the knowledge base"),
    ("gene\talteration\nKMT2D\tQ10*\n", "no biomarker speaks of KMT2D"),
    ("gene\tstate\nERBB2\tgain\n", "is met by the state 'gain'"),
    ("gene5\tgene3\nBRCA1\tKRAS\n", "is met by this fusion"),
    ("gene\talteration\nBRAF\tV600=\n", "does not change the protein"),
    ("gene\talteration\tsignificance\nBRCA1\tS1613G\tbenign\n", "it is stated to be benign"),
    ("gene\talteration\tsample\nAR\tAR-V7\tS\n", None),
    ("id: P\nbiomarkers: {Sparkle: high}\n", "no biomarker speaks of the marker 'Sparkle'"),
    ("id: P\nbiomarkers: {PD-L1 TPS: unknown}\n", "'unknown' is no result"),
]


@pytest.mark.parametrize(("content", "reason"), NO_MATCH)
def test_a_row_without_a_biomarker_says_why(tmp_path: Path, content: str, reason: str | None) -> None:
    (row,), _ = walked(saved(tmp_path, "p", content))
    (each,) = row.understood
    assert (each.why_not is None) is bool(each.met)
    assert reason is None or reason in (each.why_not or "")


def test_a_doubt_is_no_certain_match_and_speaks_of_this_row_only(tmp_path: Path) -> None:
    (row,), found = walked(saved(tmp_path, "p.tsv", "gene\talteration\nBRCA2\tN1132S\n"))
    doubts = {met.id: met.doubt for met in row.understood[0].met}
    assert doubts["HRR14:DEL"] == doubts["BRCA2:LOF"] == "BRCA2 N1132S is not known to lose function"
    assert (found.tally.matched, found.tally.doubtful) == (0, 1)


def test_markers_of_a_patient_are_judged_together(tmp_path: Path) -> None:
    """IHC 2+ waits for ISH, and a marker that rules something out says so."""
    alone, _ = walked(saved(tmp_path, "a.yaml", "id: P\nbiomarkers:\n  HER2 IHC: 2+\n"))
    assert next(met for met in alone[0].understood[0].met if met.id == "HER2:POS").doubt
    both, _ = walked(saved(tmp_path, "b.yaml", "id: P\nbiomarkers:\n  HER2 IHC: 2+\n  HER2 FISH: amplified\n"))
    for row in both:
        (each,) = row.understood
        assert next(met for met in each.met if met.id == "HER2:POS").doubt is None
        assert any(label.startswith("HER2 negative") for label in each.ruled_out)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("gene\talteration\n7:1\tV600E\n", "its columns gene, alteration"),
        ("gene;alteration\nEGFR;L858R\n", "its columns gene, alteration"),
        ("id: P\nbiomarkers: {MSI: MSS}\n", "its keys id, biomarkers"),
        ('{"id": "P", "alterations": []}', "its keys id, alterations"),
        (VCF_HEAD, "its first line, ##fileformat=VCFv4.2"),
        ("fusion\nEML4::ALK\n", "its content, which begins 'fusion'"),
    ],
)
def test_what_told_the_format(tmp_path: Path, content: str, told: str) -> None:
    assert walked(saved(tmp_path, "p", content))[1].told_by == told


def test_rows_that_gave_nothing_show_their_note_and_the_head_what_is_of_the_file() -> None:
    rows, found = walked(READER_DATA / "gdc.maf")
    assert [row.place.row for row in rows] == list(range(3, 10))
    silent = [row for row in rows if not row.understood]
    assert [row.place.row for row in silent] == [6, 7]
    assert all(note.remedy for row in silent for note in row.notes)
    assert (found.form, found.tally.understood, found.tally.without_alteration) == ("MAF", 5, 2)
    assert "Hugo_Symbol" in found.told_by
    assert found.tally.builds == {"GRCh37", "GRCh38"}


def test_latin_1_and_an_empty_table_are_told_of_the_file(tmp_path: Path) -> None:
    _, found = walked(saved(tmp_path, "p.tsv", b"gene\talteration\tremark\nBRAF\tV600E\tm\xfcde\n"))
    assert [note.message for note in found.notes] == ["the text is not UTF-8; it was read as Latin-1"]
    rows, found = walked(saved(tmp_path, "e.tsv", "gene\talteration\n"))
    assert rows == []
    assert "no rows" in found.notes[0].message


def test_a_maf_of_many_samples_needs_no_sample_and_one_can_be_chosen() -> None:
    path = READER_DATA / "two_samples.maf"
    rows, found = walked(path)
    assert [row.sample for row in rows] == ["A", "B"]
    assert list(found.tally.samples) == ["A", "B"]
    rows, _ = walked(path, "B")
    assert [row.understood[0].alteration.label for row in rows] == ["KRAS G12C"]
    with pytest.raises(UnusableInput, match="'C'"):
        walked(path, "C")


def test_another_sample_of_a_vcf_can_be_chosen() -> None:
    tumor, _ = walked(READER_DATA / "vep.vcf")
    normal, _ = walked(READER_DATA / "vep.vcf", "NORMAL")
    assert [row.place for row in normal] == [row.place for row in tumor]
    assert [row.place.row for row in tumor if row.understood] == [12, 13, 14, 15, 16]
    assert [row.place.row for row in normal if row.understood] == [17]


def test_calls_without_annotation_are_placed_as_the_matcher_places_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call is placed only because later ones show the build; inspect and match say the same."""
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    calls = ("7\t55259514\t.\tC\tG", "7\t140453136\t.\tA\tT", "7\t55259515\t.\tT\tG", "1\t1000\t.\tT\tG")
    path = saved(tmp_path, "bare.vcf", head + "".join(f"{call}\t.\t.\t.\n" for call in calls))
    rows, found = walked(path)
    read = [row.understood[0] for row in rows]
    assert [each.alteration.label for each in read[:3]] == ["EGFR c.2572C>G", "BRAF V600E", "EGFR L858R"]
    assert [bool(each.met) for each in read] == [True, True, True, False]
    assert read[3].why_not == "the call is at no position that the knowledge base knows"
    ready = prepared(request := Request(path, "2026-11-20", "LUAD", "US"), read_patient(request), knowledge())
    assert [each.alteration for each in read[:3]] == [replace(each, sample=None) for each in ready.patient.alterations]
    assert {note for note in ready.notes if "without a gene" in note.message} <= set(found.notes)
    monkeypatch.setattr("matcher.readers.vcf.MOST_UNPLACED", 2)
    rows, found = walked(path)
    assert [row.is_matched for row in rows] == [True, True, False, False]
    assert any("more than 2 calls without a gene" in note.message for note in found.notes)


def test_all_samples_of_a_vcf_and_all_patients_of_a_study_are_shown(tmp_path: Path) -> None:
    head = VCF_HEAD.rstrip("\n") + "\tFORMAT\tS1\tS2\n"
    braf = "7\t140453136\t.\tA\tT\t50\tPASS\tCSQ=T|missense_variant|BRAF|p.Val600Glu\tGT\t"
    rows, found = walked(saved(tmp_path, "s.vcf", f"{head}{braf}0/1\t0/0\n{braf}0/0\t0/1\n"))
    assert [(row.sample, row.place.row, row.is_matched) for row in rows] == [
        ("S1", 4, True), ("S1", 5, False), ("S2", 4, False), ("S2", 5, True),
    ]  # fmt: skip
    assert (found.tally.rows, list(found.tally.samples)) == (4, ["S1", "S2"])
    study(tmp_path / "study", "A\tA-1\tLUAD\nB\tB-1\tBRCA\n", "EGFR\tA-1\tp.L858R\nPIK3CA\tB-1\tp.H1047R\n")
    rows, _ = walked(tmp_path / "study")
    assert [(row.sample, row.understood[0].alteration.label) for row in rows] == [
        ("A-1", "EGFR L858R"), ("B-1", "PIK3CA H1047R"),
    ]  # fmt: skip


def test_a_patient_file_shows_the_rows_of_the_files_that_it_names(tmp_path: Path) -> None:
    saved(tmp_path, "v.maf", MAF_HEAD + "EGFR\tMissense_Mutation\tp.L858R\tx\nEGFR\tMissense_Mutation\tp.??\tx\nbad\n")
    path = saved(tmp_path, "p.yaml", "id: P\ntumour: LUAD\nsamples: [{id: s1, variants: v.maf}, {id: s2}]\n")
    rows, found = walked(path)
    assert [str(row.place) for row in rows] == ["v.maf:2", "v.maf:3", "v.maf:4", "p.yaml:2"]
    assert rows[1].understood
    assert "unreadable" in rows[1].notes[0].message
    assert "'tumour'" in rows[3].notes[0].message
    assert found.tally.rows == 4
    assert [row.sample for row in walked(path, "s2")[0] if row.understood] == []
    with pytest.raises(UnusableInput, match="'s3'"):
        walked(path, "s3")


def test_a_format_without_a_row_reader_is_inspected_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = READER_DATA / "gdc.maf"
    streamed, _ = walked(path)
    monkeypatch.delitem(ROWS, "MAF")
    whole, _ = walked(path)
    assert [(row.place, row.understood) for row in whole] == [(row.place, row.understood) for row in streamed]
    assert all(row.understood or row.notes for row in whole)


@pytest.mark.parametrize(
    ("only", "rows"), [("matched", [2, 3]), ("unmatched", [4]), ("notes", [5]), (None, [2, 3, 4, 5])]
)
def test_selections(tmp_path: Path, only: str | None, rows: list[int]) -> None:
    text = "gene\talteration\nBRAF\tV600E\nTP53\tM1T\nKMT2D\tA1T\nEGFR\t???\n"
    told = document(saved(tmp_path, "p.tsv", text), Asked(SELECTIONS[only] if only else None))
    assert [row["row"] for row in told["rows"]] == rows
    assert (told["shown"], told["file"]["rows"]) == (len(rows), 4)


def test_json_keeps_its_contract(tmp_path: Path) -> None:
    told = document(saved(tmp_path, "p.tsv", "gene\talteration\tvaf\norigin\t\t\nMLL2\tQ5*\t12%\nNOPE\tamp\t\n"))
    assert list(told) == ["schema", "kb", "file", "summary", "shown", "rows"]
    assert told["schema"] == "mtb-match-inspect/1"
    assert list(told["file"]) == ["name", "format", "told_by", "builds", "samples", "rows", "kinds", "notes"]
    assert told["file"]["kinds"] == {"copy number": 1, "small variant": 1}
    assert told["summary"] == {
        "understood": 2, "without_alteration": 1, "with_notes": 1, "matched": 0, "in_doubt": 0, "unmatched": 2,
        "unknown_genes": {"NOPE": 1},
    }  # fmt: skip
    small = told["rows"][1]["alterations"][0]
    assert (small["vaf"], small["class"], small["kind"]) == (0.12, "nonsense", "small variant")
    assert small["genes"] == [{"written": "MLL2", "approved": "KMT2D"}]
    assert told["rows"][0]["notes"][0]["severity"] == "error"


def test_an_empty_selection_is_still_json(tmp_path: Path) -> None:
    path = saved(tmp_path, "p.tsv", "gene\talteration\nBRAF\tV600E\n")
    assert document(path, Asked(limit=0))["rows"] == []


def test_the_table_shows_200_rows_and_counts_the_rest(tmp_path: Path) -> None:
    path = saved(tmp_path, "p.maf", MAF_HEAD + "BRAF\tMissense_Mutation\tp.V600E\tS\n" * 205)
    page = render(inspect(path, knowledge()), Asked())
    assert page.count("BRAF V600E (exact)") == 200
    assert "5 more rows follow" in page
    assert "205 rows: 205 understood" in page
    assert render(inspect(path, knowledge()), Asked(limit=3)).count("BRAF V600E (exact)") == 3


def test_the_table_has_a_sample_column_for_several_samples(tmp_path: Path) -> None:
    assert " sample " in render(inspect(READER_DATA / "two_samples.maf", knowledge()), Asked()).split("\n", 8)[7]
    assert "none: no biomarker" in render(
        inspect(saved(tmp_path, "t", "gene\talteration\nKMT2D\tA1T\n"), knowledge()), Asked()
    )


GENES = st.sampled_from(("BRAF", "TP53", "NOPE", "", ".", "MLL2", "HLA-A"))
TEXTS = st.sampled_from(("p.V600E", "p.?", "", "rubbish!", "V600E", "amp", "p.M1?", "ex19del"))
CLASSES = st.sampled_from(("Missense_Mutation", "Silent", "Oddity", "", "Fusion"))
TERMS = st.sampled_from(("missense_variant", "intron_variant", "", "odd"))


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str, list[int]]:
    """A format, a text, and the rows in it that hold data."""
    form = draw(st.sampled_from(("MAF", "table", "VCF")))
    head = {"MAF": MAF_HEAD, "table": "gene\talteration\n", "VCF": VCF_HEAD}[form]
    first = head.count("\n") + 1
    body: list[str] = []
    for _ in range(draw(st.integers(0, 12))):
        gene, text = draw(GENES), draw(TEXTS)
        fit = draw(st.integers(0, 5))
        if fit == 0:
            body.append("")
        elif fit == 1:
            body.append("cut short")
        elif form == "MAF":
            body.append(f"{gene}\t{draw(CLASSES)}\t{text}\t{draw(st.sampled_from('AB'))}")
        elif form == "table":
            body.append(f"{gene}\t{text}")
        else:
            csq = draw(st.sampled_from(("", f"CSQ=T|{draw(TERMS)}|{gene}|{text}".replace(" ", ""))))
            body.append(
                f"7\t{draw(st.integers(1, 99))}\t.\tA\tT\t.\t{draw(st.sampled_from(('PASS', 'weak')))}\t{csq or '.'}"
            )
    rows = [number for number, line in enumerate(body, start=first) if line.strip()]
    return form, head + "".join(f"{line}\n" for line in body), rows


@settings(max_examples=150, deadline=None)
@given(files())
def test_every_row_appears_exactly_once(made: tuple[str, str, list[int]]) -> None:
    form, text, wanted = made
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), "p", text)
        rows, found = walked(path)
        told = document(path)
        lines = list(csv.DictReader(StringIO("".join(as_tsv(inspect(path, knowledge()), Asked()))), delimiter="\t"))
    assert found.form == form
    assert [row.place.row for row in rows] == [row["row"] for row in told["rows"]] == wanted
    assert all(row.understood or row.notes for row in rows)
    places = [line["row"] for line in lines if line["kind"] != "file"]
    assert list(dict.fromkeys(places)) == [f"p:{number}" for number in wanted]
    assert tuple(lines[0]) == HEADINGS if lines else True
    tally = found.tally
    assert tally.rows == tally.understood + tally.without_alteration == len(wanted)
    assert tally.understood == tally.matched + tally.doubtful + tally.unmatched


def test_a_large_maf_is_streamed(tmp_path: Path) -> None:
    """Ten times the rows need hardly more memory."""
    peaks = []
    for count in (2_000, 20_000):
        row = "BRAF\tMissense_Mutation\tp.V600E\tS\nTTN\tSilent\tp.A10=\tS\n"
        path = saved(tmp_path, f"{count}.maf", MAF_HEAD + row * (count // 2))
        found = inspect(path, knowledge())
        tracemalloc.start()
        length = sum(map(len, as_json(found, Asked(), knowledge())))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert length > count * 100
        assert found.tally.rows == count
    assert peaks[1] < 1.5 * peaks[0] + 200_000


def test_a_file_damaged_further_down_gives_no_output(tmp_path: Path) -> None:
    path = saved(tmp_path, "p.maf", MAF_HEAD + "BRAF\tMissense_Mutation\tp.V600E\tS\n" * 5000 + "\0\n")
    for parts in (
        as_json(inspect(path, knowledge()), Asked(), knowledge()),
        as_tsv(inspect(path, knowledge()), Asked()),
    ):
        with pytest.raises(UnusableInput, match="null byte"):
            next(parts)
