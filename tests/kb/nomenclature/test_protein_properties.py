"""Generated changes of every kind in both codes, and texts of any shape: read or refused, and soon."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.nomenclature.errors import UnreadableProteinChange
from kb.nomenclature.protein import KINDS, ONE_TO_THREE, THREE_TO_ONE, ProteinChange, parse

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
residue = st.sampled_from(AMINO_ACIDS)
residues = st.text(AMINO_ACIDS, min_size=1, max_size=8)
codon = st.integers(2, 35_000)
offset = st.one_of(st.none(), st.integers(1, 900))


def spanned(kind: str, ends: tuple[int, str, str, int], inserted: str = "") -> ProteinChange:
    first, reference, last_reference, width = ends
    last = first + width
    return ProteinChange(kind, first, last, reference, last_reference if width else reference, inserted)


ends = st.tuples(codon, residue, residue, st.integers(0, 60))
wide = st.tuples(codon, residue, residue, st.integers(1, 60))
flanks = st.tuples(codon, residue, residue, st.just(1))


def substituted(at: int, old: str, new: str) -> ProteinChange:
    kind = "synonymous" if old == new else "substitution"
    return ProteinChange(kind, at, at, old, old, "" if old == new else new)


changes = st.one_of(
    st.builds(substituted, codon, residue, residue),
    st.builds(lambda at, old: ProteinChange("nonsense", at, at, old, old, "*"), codon, residue),
    st.builds(lambda at, old: ProteinChange("unknown", at, at, old, old), codon, residue),
    st.builds(lambda at, old: ProteinChange("synonymous", at, at, old, old), codon, residue),
    st.builds(lambda at, new: ProteinChange("stop-lost", at, at, "*", "*", new), codon, residue),
    st.builds(lambda new: ProteinChange("start-lost", 1, 1, "M", "M", new), st.sampled_from("ILTVKR")),
    st.just(ProteinChange("start-lost", 1, 1, "M", "M")),
    st.builds(
        lambda at, old, new, stop: ProteinChange("frameshift", at, at, old, old, new, stop),
        codon, residue, st.one_of(st.just(""), residue), offset,
    ),
    st.builds(lambda at, new, stop: ProteinChange("extension", at, at, "*", "*", new, stop), codon, residue, offset),
    st.builds(lambda before: ProteinChange("extension", 1, 1, "M", "M", "", -before), st.integers(1, 900)),
    st.builds(spanned, st.just("deletion"), ends),
    st.builds(spanned, st.just("duplication"), ends),
    st.builds(spanned, st.just("insertion"), flanks, residues),
    st.builds(spanned, st.just("delins"), wide, residues),
    st.builds(lambda at, old: ProteinChange("splice", at, at, old, old), codon, st.one_of(st.just(""), residue)),
    st.sampled_from([ProteinChange("synonymous"), ProteinChange("unknown"), ProteinChange("no-protein")]),
)  # fmt: skip
"""Changes of every kind, as values."""


def is_least(change: ProteinChange) -> bool:
    """Whether the parser has nothing to reduce: a delins of two neighbours may share residues with what it inserts."""
    if change.kind != "delins" or change.last is None or change.first is None:
        return True
    old = change.reference + change.last_reference
    return change.last - change.first > 1 or not (change.inserted[0] == old[0] or change.inserted[-1] == old[-1])


@given(changes.filter(is_least))
def test_a_change_written_in_either_code_is_read_as_itself(change: ProteinChange) -> None:
    for text in (f"p.{change.short}", change.short, change.long, f"NP_004324.2:{change.long}"):
        found = parse(text)
        assert found == change
        assert str(found) == text
        assert (found.short, found.long) == (change.short, change.long)
        assert found.consequence_class == change.consequence_class


@given(changes.filter(is_least))
def test_parentheses_and_case_change_nothing(change: ProteinChange) -> None:
    # The splice form is not HGVS; `p.(0)` and the like are.
    if change.kind != "splice":
        assert parse(f"p.({change.short})") == change
        assert parse(f"p.({change.short})").predicted
        if change.first is not None:
            assert parse(change.long.lower().replace("xaa", "Xaa")) == change


def test_the_generated_changes_are_of_every_kind() -> None:
    seen: set[str] = set()

    @settings(max_examples=400, database=None)
    @given(changes)
    def see(change: ProteinChange) -> None:
        seen.add(change.kind)

    see()
    assert seen == set(KINDS)


def test_the_codes_are_one_to_one() -> None:
    assert {ONE_TO_THREE[one]: one for one in ONE_TO_THREE} == THREE_TO_ONE


PIECES = (
    "p.", "(", ")", "V600E", "Val", "600", "_", "*", "?", "=", "fs", "Ter", "del", "ins", "dup", "ext", ">", "X", "-5",
    "%3D", ":", "NP_1.1", "splice", "e12+1", " ", "0", "\u0660", "\n", "é", "[", ";", "]", "9" * 30,
)  # fmt: skip


@settings(max_examples=600)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
def test_any_text_is_a_value_that_prints_back_or_an_unreadable_protein_change(text: str) -> None:
    change = None
    with suppress(UnreadableProteinChange):
        change = parse(text)
    if change is None:
        with pytest.raises(UnreadableProteinChange) as caught:
            parse(text)
        assert caught.value.text == text
        return
    assert str(change) == text
    assert change.kind in KINDS
    assert parse(change.short) == change
    assert parse(change.long) == change


LONG = 200_000


@pytest.mark.parametrize(
    "text",
    [
        "A" * LONG,
        "p." + "A" * LONG + "5fs",
        "9" * LONG,
        "A5" * LONG,
        "(" * LONG,
        "_" * LONG,
        "*" * LONG + "1",
        "p.K5_" + "A" * LONG,
        "p.K5del" + "Ala" * (LONG // 3),
        "p.K5_K6ins" + "Ala" * (LONG // 3) + "!",
        "p.A5_A9>" + "A" * LONG,
        "fs" * LONG,
        "A1fs*" + "9" * LONG,
        "ext" * LONG,
        "%3D" * LONG,
        " " * LONG,
        "val" * (LONG // 3),
    ],
    ids=lambda text: text[:12],
)
def test_a_very_long_text_takes_no_more_than_its_length(text: str) -> None:
    start = time.perf_counter()
    with suppress(UnreadableProteinChange):
        parse(text)
    # Linear work on this text takes some hundredths of a second; backtracking would take hours.
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("text", ["p.L747FS", "p.K5DEL", "p.K5DUP", "p.K5INSV", "p.K5EXT"])
def test_a_keyword_in_capitals_is_not_read_as_residues(text: str) -> None:
    with pytest.raises(UnreadableProteinChange, match="small letters"):
        parse(text)


def test_an_extension_at_the_start_is_not_one_at_the_stop() -> None:
    assert parse("p.Met1ext-5").short == "M1ext-5"
    assert parse("p.M1ext-5") != parse("p.M1ext*5")
    assert parse("p.M1ext-5").consequence_class == "unknown"
