"""The strings of clinicians: a table of what each means, what is refused, and texts of any shape."""

import csv
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Origin, Place, SmallVariant
from kb.nomenclature import details, free_text, marker_text
from kb.nomenclature.errors import UnreadableAlteration
from kb.nomenclature.free_text import FAMILIES, MOST_CHARACTERS, parse_all

HERE = Place("list.txt", 7)
TABLE = Path(__file__).parents[2] / "tables/free_text.tsv"
with TABLE.open(encoding="utf-8") as handle:
    ROWS = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
READ = [row["text"] for row in ROWS if not row["meaning"].startswith("refused")]


def meaning(one: Alteration) -> str:
    if isinstance(one, MarkerValue):
        return f"marker: {one.marker} = {one.value}"
    if isinstance(one, CopyNumberChange):
        return f"copy number: {one.label}" + ("" if one.copies is None else f"; copies {one.copies:g}")
    if isinstance(one, Fusion):
        frame = {True: "in frame", False: "out of frame", None: ""}[one.in_frame]
        reads = f"reads {one.reads}" if one.reads else ""
        return "; ".join(
            filter(None, [f"fusion: {one.label}", "" if one.oriented else "not oriented", reads, frame])
        )  # fmt: skip
    names = ("coding", "exon", "transcript", "vaf", "depth", "zygosity", "significance", "haplotype")
    told = [f"{name} {getattr(one, name)}" for name in names if getattr(one, name) is not None]
    origin = [] if one.origin is Origin.UNKNOWN else [one.origin.value]
    return "; ".join([f"variant: {one.label}", *told, *origin, *one.consequences])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_the_table_means_what_it_says(row: dict[str, str]) -> None:
    try:
        found = " | ".join(map(meaning, parse_all(row["text"], HERE)))
    except UnreadableAlteration as unreadable:
        found = f"refused: {unreadable.remedy}"
    assert found == row["meaning"]


def test_the_table_is_large_and_has_every_kind() -> None:
    assert len(ROWS) >= 150
    assert len({row["text"] for row in ROWS}) == len(ROWS)
    kinds = {part.split(":")[0] for row in ROWS for part in row["meaning"].split(" | ")}
    assert kinds == {"variant", "copy number", "fusion", "marker", "refused"}


def test_every_marker_pattern_and_detail_has_a_row() -> None:
    import re

    def uses(pattern: str, texts: list[str]) -> bool:
        return any(re.fullmatch(pattern, text, re.IGNORECASE) for text in texts)

    parts = [part for text in READ for part in [free_text.clean(text), *free_text._split(free_text.clean(text))]]
    parts += [part for text in parts for part in text.split("/")]
    assert [pattern for pattern, _ in marker_text._PATTERNS if not uses(pattern, parts)] == []
    single = [part for text in READ for part in free_text._split(free_text.clean(text))]
    found = {name for part in single for name in details.taken(part)[1].stated}
    assert found == set(details.Details.__slots__)


def test_the_place_is_kept_and_a_phase_is_told_to_both() -> None:
    first, second = parse_all("EGFR T790M and C797S in trans", HERE)
    assert isinstance(first, SmallVariant)
    assert isinstance(second, SmallVariant)
    assert (first.haplotype, second.haplotype) == ("trans with C797S", "trans with T790M")
    assert first.place == second.place == HERE


@pytest.mark.parametrize(
    "text",
    [
        "KRAS wt", "no ALK fusion", "MSS", "EGFR T790M not detected", "KRAS/NRAS wild type", "BRAF unmutated",
        "no evidence of KRAS G12C", "HER2 not amplified", "EGFR exon 20 insertion not detected", "no RET rearrangement",
    ],
)  # fmt: skip
def test_what_was_not_found_is_never_an_alteration(text: str) -> None:
    assert {type(one) for one in parse_all(text, HERE)} == {MarkerValue}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_of_genes_is_no_gene(family: str) -> None:
    with pytest.raises(UnreadableAlteration):
        parse_all(f"{family} mutation", HERE)


def test_a_list_of_genes_settles_what_a_symbol_is() -> None:
    genes = {"BRAF", "TRA-X", "ALK", "X-ALK", "EML4"}.__contains__
    assert [one.label for one in parse_all("braf V600E, EML4-ALK", HERE, genes)] == ["BRAF V600E", "EML4::ALK fusion"]
    assert parse_all("TRA-X V600E", HERE, genes)[0].label == "TRA-X V600E"
    with pytest.raises(UnreadableAlteration, match="no known gene"):
        parse_all("BRAFF V600E", HERE, genes)


def test_a_text_that_is_understood_in_part_is_refused_whole() -> None:
    for text in READ:
        for extra in (" foo", ", see the report", " (?)"):
            with pytest.raises(UnreadableAlteration):
                parse_all(text + extra, HERE)


@pytest.mark.parametrize("text", READ)
def test_blanks_bullets_and_a_full_stop_change_nothing(text: str) -> None:
    plain = parse_all(text, HERE)
    for other in (f"  {text.replace(' ', '  ')}\u200b", f"• {text}.", f"2) {text};", text.replace(" ", "\u00a0")):
        assert parse_all(other, HERE) == plain


@pytest.mark.parametrize("dash", "‐‑‒–−")
def test_every_hyphen_is_one(dash: str) -> None:
    for text in ("EML4-ALK fusion", "MSI-H", "PD-L1 CPS 10", "HER2-low", "TERT c.-124C>T", "KRAS-G12C"):
        assert parse_all(text.replace("-", dash), HERE) == parse_all(text, HERE)


def test_two_alterations_are_those_of_each() -> None:
    names = ["BRAF V600E", "ERBB2 amp", "EML4-ALK", "MSI-H", "KRAS wt", "TP53 c.743G>A (VAF 12%)", "PD-L1 TPS 80%"]
    for separator in (", ", "; ", " + ", " and "):
        whole = parse_all(separator.join(names), HERE)
        assert whole == tuple(one for name in names for one in parse_all(name, HERE))


WORDS = [
    "EGFR", "BRAF", "V600E", "p.", "c.", "1799T>A", "exon", "19", "del", "(", ")", "VAF", "12%", "+", "/", ",", ";",
    "-", "::", "ALK",
    "fusion", "amp", "wt", "no", "not", "detected", "in", "cis", "trans", "with", "HER2", "IHC", "2+", "PD-L1",
    "TPS", "MSI", "H", "germline", "CN", "E13;A20", "loss", "chromosome", "7", "gain", "and", "?", "*", "NM_004333.4:",
]  # fmt: skip


@settings(max_examples=600, deadline=2000)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=10).map("".join),
        st.tuples(st.sampled_from(READ), st.sampled_from(READ)).map(" ".join),
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableAlteration):
        found = parse_all(text, HERE)
        assert found
        assert all(one.label for one in found)


@pytest.mark.parametrize("piece", [*WORDS, " ", "a", "A-", "A/", "((", "1p/19q ", "PD-L1 TPS 1 ", "chr 7 gain and "])
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * MOST_CHARACTERS)[:MOST_CHARACTERS]
    start = time.perf_counter()
    with suppress(UnreadableAlteration):
        parse_all(text, HERE)
    assert time.perf_counter() - start < 1


def test_a_report_is_no_alteration() -> None:
    with pytest.raises(UnreadableAlteration, match="500 characters"):
        parse_all("BRAF V600E, " * 100, HERE)
