"""The intake on scrambled input: what the row reader reads is what each patient has, and nobody is lost."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.alteration import Alteration, Fusion, Place
from matcher.case import Request
from matcher.cohort.handed import Handed
from matcher.cohort.intake import intake
from matcher.cohort.intake_genes import Spoken
from matcher.cohort.intake_maf import Sieve
from matcher.cohort.intake_scattered import Scattered
from matcher.cohort.subject import Subject, Unreadable
from matcher.notes import Note, UnusableInput
from matcher.readers import maf
from matcher.readers.source_text import blocks, lines
from tests.shared import knowledge

TEMPLATE = Request(Path("cohort"), "2026-11-20", default_jurisdiction="EU")
FIELDS = (
    "Hugo_Symbol",
    "Variant_Classification",
    "Tumor_Sample_Barcode",
    "HGVSp_Short",
    "Start_Position",
    "NCBI_Build",
)
VALUES = (
    ("EGFR", "TTN", "Unknown", "", "#x", '"EGFR"', "ERBB2", "SEPT9", " EGFR "),
    ("Missense_Mutation", "Fusion", "Silent", "odd", ""),
    ("S1", "S2", '"S1"', " S2 ", "", "NA", "TCGA-AA-0001-01A"),
    ("p.L858R", "EGFR-SEPT9 fusion", "", "p.?", "banana"),
    ("55259515", "", "-1"),
    ("GRCh37", "GRCh38", ""),
)


@st.composite
def maf_texts(draw: st.DrawFn) -> str:
    """A MAF with its columns in any order, and lines that may be odd."""
    order = draw(st.permutations(range(len(FIELDS))))
    separator = draw(st.sampled_from(["\t", "\t", "\t", ","]))
    row = st.tuples(*(st.sampled_from(VALUES[n]) for n in order)).map(list)
    odd = st.one_of(
        row.map(lambda fields: fields[:-2]),
        row.map(lambda fields: [*fields, "more"]),
        st.just(["# a comment"]),
        st.just([""]),
    )
    rows = draw(st.lists(st.one_of(row, row, row, odd), max_size=12))
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    return ending.join(separator.join(fields) for fields in ([FIELDS[n] for n in order], *rows))


@contextmanager
def written(text: str, clinical: str | None = None) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.maf"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        if clinical is not None:
            (Path(folder) / "x.clinical.txt").write_bytes(clinical.encode("utf-8", "surrogateescape"))
        yield path


@given(maf_texts())
@settings(max_examples=40, deadline=None)
def test_every_sample_has_what_the_row_reader_reads(text: str) -> None:
    spoken = Spoken(knowledge())
    with written(text) as path:
        expected: dict[str, list[Alteration]] = defaultdict(list)
        for row in maf.rows(path):
            if row.sample is not None:
                expected[row.sample] += [each for each in row.alterations if spoken.of(each)]
        found = list(intake([path], TEMPLATE, knowledge()).subjects())
    if not expected:
        assert [each.reason for each in found if isinstance(each, Unreadable)] == [
            "no row names a sample: nobody is in it"
        ]
        found = found[1:]
    assert all(isinstance(each, Subject) for each in found)
    read = {each.name: list(filter(spoken.of, each.patient.alterations)) for each in found if isinstance(each, Subject)}
    assert read.keys() == expected.keys()
    for name, alterations in expected.items():
        assert _variants(read[name]) == _variants(alterations)
        assert _fusions(read[name]) == _fusions(alterations)


def _variants(alterations: list[Alteration]) -> list[Alteration]:
    return [each for each in alterations if not isinstance(each, Fusion)]


def _fusions(alterations: list[Alteration]) -> set[Alteration]:
    """The fusions without their rows: one that rows repeat is told once."""
    return {replace(each, place=Place("")) for each in alterations if isinstance(each, Fusion)}


@given(maf_texts())
@settings(max_examples=30, deadline=None)
def test_every_line_is_read_or_counted_as_passed_over(text: str) -> None:
    spoken = Spoken(knowledge())
    with written(text) as path:
        rows = sum(1 for _ in maf.rows(path))
        sieve = Sieve(path, [])
        kept = [sieve.row(line.number, line.text) for line in sieve.lines(spoken)]
        note = sieve.note(spoken)
    passed = int(note.message.split()[2].replace(",", "")) if note is not None else 0
    assert sieve.rows == rows == len(kept) + passed


@pytest.mark.parametrize("more", [0, 80])
@pytest.mark.parametrize("odd", [{}, {1: -1, 2: 1}, {1: 1, 2: -1}, {0: -1}, {3: 1}, {0: 2, 3: -2}])
def test_lines_with_fields_too_many_and_too_few_are_told_however_wide_the_table_is(
    more: int, odd: dict[int, int]
) -> None:
    """Two lines may make up for each other: the block then has as many tabs as if none were odd."""
    width = len(FIELDS) + more
    rows = [["TTN" if n % 2 else "EGFR", "Silent", f"S{n}", "p.L858R", "1", "GRCh37"] for n in range(4)]
    lines_of = [[*FIELDS, *(f"c{n}" for n in range(more))], *([*row, *["x"] * more] for row in rows)]
    for number, by in odd.items():
        lines_of[number + 1] = [*lines_of[number + 1], *["y"] * by][: width + by]
    with written("\n".join("\t".join(fields) for fields in lines_of)) as path:
        expected = [row for row in maf.rows(path) if row.notes or row.alterations[0].label.startswith("EGFR")]
        sieve = Sieve(path, [])
        assert [sieve.row(line.number, line.text) for line in sieve.lines(Spoken(knowledge()))] == expected
    assert list(sieve.samples) == [f"S{n}" for n in range(4) if n not in odd]


LETTERS = st.text(st.sampled_from('AEFGR\t\n\r ",;#.1-é医\udc80'), max_size=60)


@given(LETTERS, LETTERS, LETTERS, maf_texts())
@settings(max_examples=40, deadline=None)
def test_scrambled_files_never_end_the_run(before: str, after: str, clinical: str, text: str) -> None:
    """No exception but that on the whole input; who comes out is a patient or unreadable, under a name of their own."""
    with written(before + text + after, clinical) as path:
        try:
            found = list(intake([path], TEMPLATE, knowledge()).subjects())
        except UnusableInput:
            return
    assert len({each.name for each in found}) == len(found)
    assert all(each.reason for each in found if isinstance(each, Unreadable))


@given(maf_texts(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_rows_that_are_left_unread_say_the_same_in_another_process(text: str, is_listed: bool) -> None:
    clinical = "SAMPLE_ID\tPATIENT_ID\nS1\tP1\nS2\tP1\nS3\tP2\n" if is_listed else None
    with written(text, clinical) as path:
        at_once = intake([path], TEMPLATE, knowledge())
        wanted = list(at_once.subjects())
        left = intake([path], TEMPLATE, knowledge(), whole=False)
        found = list(left.subjects())
        assert pickle.loads(pickle.dumps(Handed(found))).whole() == wanted
        assert left.notes == at_once.notes


CLINICAL_NAMES = st.lists(
    st.sampled_from(["PATIENT_ID", "SAMPLE_ID", "Tumor_Sample_Barcode", "AGE", "days_to_birth", "ONCOTREE_CODE", "x"]),
    min_size=1,
    max_size=6,
)
CLINICAL_VALUES = st.sampled_from(["S1", "S2", "P1", "", "[Not Available]", "61", "-22676", ">89", "LUAD", "banana"])


@given(maf_texts(), CLINICAL_NAMES, st.lists(st.lists(CLINICAL_VALUES, max_size=7), max_size=6))
@settings(max_examples=40, deadline=None)
def test_no_sample_is_lost_beside_any_clinical_table(text: str, names: list[str], rows: list[list[str]]) -> None:
    clinical = "\n".join("\t".join(fields) for fields in (names, *rows))
    with written(text, clinical) as path:
        samples = {row.sample for row in maf.rows(path) if row.sample is not None}
        found = list(intake([path], TEMPLATE, knowledge()).subjects())
    told = {sample.id for each in found if isinstance(each, Subject) for sample in each.patient.samples}
    assert samples <= told or all(isinstance(each, Unreadable) for each in found)
    assert found or not samples


@given(st.binary(max_size=200), st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_blocks_are_the_lines(data: bytes, size: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.txt"
        path.write_bytes(data.replace(b"\x1f\x8b", b""))
        first: list[Note] = []
        second: list[Note] = []
        try:
            expected = list(lines(path, first))
        except UnusableInput:
            expected = None
        try:
            read = list(blocks(path, second, size))
            found = [
                (number, line)
                for block in read
                for number, line in enumerate(block.text.split("\n"), block.first)
                if line.strip()
            ]
        except UnusableInput:
            read, found = [], None
    assert found == expected
    assert all(block.lines == block.text.split("\n") for block in read)
    assert expected is None or first == second


@given(st.lists(st.tuples(st.integers(0, 9), st.integers())), st.integers(1, 7))
def test_what_is_scattered_comes_back_together_and_in_order(put: list[tuple[int, int]], most: int) -> None:
    held: Scattered[int] = Scattered(most)
    expected: dict[int, list[int]] = defaultdict(list)
    for number, thing in put:
        held.put(number, thing)
        expected[number].append(thing)
    assert list(held.groups()) == sorted(expected.items())
    assert list(held.groups()) == sorted(expected.items()), "a second time too"
    held.close()
