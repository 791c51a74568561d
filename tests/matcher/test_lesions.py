"""Alterations across foci, blood and dates: the classes, the cells, subclonality, HER2 by focus, the facts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    MarkerValue,
    Origin,
    Place,
    SmallVariant,
)
from kb.nomenclature.protein import parse as protein
from matcher.assay import BUILT_IN, Assay, Coverage, Limits, Part
from matcher.biomarker_status import Status, StatusBoard
from matcher.case import Matched, Request, match
from matcher.lesions import (
    BLOOD,
    Cell,
    Classified,
    Lesions,
    Looked,
    Papers,
    Spread,
    cell_fraction,
    classified,
    her2_by_focus,
    is_later,
    is_subclonal,
    reconciled,
    samples_of,
    thresholds,
)
from matcher.notes import UnusableInput
from matcher.patient import Patient, Sample
from matcher.report.heat_map import MOST_ROWS, heat_map
from matcher.report.lesions import cell_text, lesions_document, lesions_structure
from tests.shared import evaluators, knowledge, library

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-20"
PLACE = Place("s.tsv", 2)
YES, NO, OPEN, UNTESTED = Status.PRESENT, Status.ABSENT, Status.EQUIVOCAL, Status.NOT_TESTED


def matched(path: str | Path, evaluator: str = "sql") -> Matched:
    return match(Request(ROOT / path, TODAY), knowledge(), library(), evaluator)


# --- classes ------------------------------------------------------------------------------------------------------

LIVER_21 = Looked("liver-21", "liver", "2021-03-01")
LIVER_24 = Looked("liver-24", "liver", "2024-03-01")
SKIN_21 = Looked("skin-21", "skin", "2021-03-02")
SKIN_24 = Looked("skin-24", "skin", "2024-03-02")
NODE_A, NODE_B = Looked("node-a", "node", "2024-03-01"), Looked("node-b", "node", "2024-03-01")
UNDATED = Looked("bone", "bone")
PLASMA_21 = Looked("plasma-21", BLOOD, "2021-03-03")
PLASMA_24 = Looked("plasma-24", BLOOD, "2024-03-03")

CASES = [
    ("nothing", [], "unclear"),
    ("one focus", [(LIVER_24, YES)], "unclear"),
    ("never found", [(LIVER_24, NO), (SKIN_24, NO)], "unclear"),
    ("two foci", [(LIVER_24, YES), (SKIN_24, YES)], "shared"),
    ("two samples of one focus", [(LIVER_21, YES), (LIVER_24, YES)], "unclear"),
    ("two foci and an open third", [(LIVER_24, YES), (SKIN_24, YES), (NODE_A, OPEN)], "shared"),
    ("one of two foci", [(LIVER_24, YES), (SKIN_24, NO)], "private"),
    ("the other was not tested", [(LIVER_24, YES), (SKIN_24, UNTESTED)], "unclear"),
    ("the other is open", [(LIVER_24, YES), (SKIN_24, OPEN)], "unclear"),
    ("two of three foci", [(LIVER_24, YES), (SKIN_24, YES), (NODE_A, NO)], "private"),
    ("within a site at one time", [(NODE_A, YES), (NODE_B, NO)], "private"),
    ("new in the same focus", [(LIVER_21, NO), (LIVER_24, YES)], "emerging"),
    ("new in another focus", [(LIVER_21, NO), (SKIN_24, YES)], "emerging"),
    ("a day later in another focus", [(LIVER_24, NO), (SKIN_24, YES)], "private"),
    ("new, and not everywhere", [(LIVER_21, NO), (LIVER_24, YES), (SKIN_24, NO)], "private"),
    ("gone from its focus", [(LIVER_21, YES), (LIVER_24, NO)], "cleared"),
    ("not in a later focus", [(LIVER_21, YES), (SKIN_24, NO)], "private"),
    ("gone from one of its foci", [(LIVER_21, YES), (LIVER_24, NO), (SKIN_24, YES)], "private"),
    ("spread to the second focus", [(LIVER_21, YES), (SKIN_21, NO), (LIVER_24, YES), (SKIN_24, YES)], "shared"),
    ("gone from both", [(LIVER_21, YES), (SKIN_21, YES), (LIVER_24, NO), (SKIN_24, NO)], "cleared"),
    ("order unknown", [(LIVER_24, YES), (UNDATED, NO)], "private"),
    ("a focus and blood", [(LIVER_24, YES), (PLASMA_24, YES)], "unclear"),
    ("blood alone", [(LIVER_24, NO), (PLASMA_24, YES)], "private"),
    ("new in blood", [(LIVER_21, NO), (PLASMA_24, YES)], "emerging"),
    ("gone, and in older blood", [(LIVER_21, YES), (PLASMA_21, YES), (LIVER_24, NO)], "cleared"),
    ("gone from the focus, still in blood", [(LIVER_21, YES), (LIVER_24, NO), (PLASMA_24, YES)], "private"),
]


@pytest.mark.parametrize(("name", "seen", "where"), CASES, ids=[case[0] for case in CASES])
def test_class(name: str, seen: list[tuple[Looked, Status]], where: str) -> None:
    assert classified(seen).where.value == where


def test_every_class_has_a_case() -> None:
    assert {where for _, _, where in CASES} == {each.value for each in Spread} - {"germline"}


def test_what_lacks_a_cleared_one_is_the_newer_sample_of_its_focus() -> None:
    found = classified([(LIVER_21, YES), (LIVER_24, NO), (SKIN_24, NO)])
    assert found == Classified(Spread.CLEARED, (LIVER_21,), (LIVER_24,), True)


def test_a_change_within_one_focus_is_told_from_one_between_foci() -> None:
    assert classified([(LIVER_21, NO), (LIVER_24, YES)]).same_focus
    assert not classified([(LIVER_21, NO), (SKIN_24, YES)]).same_focus


def test_months_order_only_what_they_settle() -> None:
    march, tenth = Looked("a", "liver", "2024-03"), Looked("b", "liver", "2024-03-10")
    assert not is_later(march, tenth)
    assert not is_later(tenth, march)
    assert is_later(Looked("c", "liver", "2024-04"), march)


@pytest.mark.parametrize("written", [None, "", "last spring", "2024-13-01", "P45Y"])
def test_what_is_no_date_orders_nothing(written: str | None) -> None:
    odd = Looked("a", "liver", written)
    assert not is_later(odd, LIVER_21)
    assert not is_later(LIVER_24, odd)


def test_a_date_with_a_time_is_its_day() -> None:
    assert is_later(Looked("a", "liver", "2024-03-02T10:00:00Z"), LIVER_24)


SAMPLES = st.builds(
    Looked,
    st.text("abcdef", min_size=1, max_size=3),
    st.sampled_from(["liver", "skin", "node", BLOOD]),
    st.sampled_from([None, "2021", "2021-03-01", "2021-04-01", "2023-10", "2024-03-01", "2024-03-02"]),
)
STATUSES = st.sampled_from([YES, NO, OPEN, UNTESTED])


def _blood_rules_nothing_out(seen: Iterable[tuple[Looked, Status]]) -> list[tuple[Looked, Status]]:
    return [(each, OPEN if each.is_blood and status is NO else status) for each, status in seen]


SEEN = st.lists(st.tuples(SAMPLES, STATUSES), max_size=6, unique_by=lambda pair: pair[0].id).map(
    _blood_rules_nothing_out
)


@given(SEEN)
def test_classification_is_total_and_means_what_it_says(seen: list[tuple[Looked, Status]]) -> None:
    """Exactly one class, and each keeps its word: this holds the definitions, not the code that decides."""
    place = classified(seen)
    present = [each for each, status in seen if status is YES]
    absent = [each for each, status in seen if status is NO]
    assert set(place.found) <= set(present)
    assert set(place.lacking) <= set(absent)
    if place.where is Spread.SHARED:
        assert len({each.focus for each in present if not each.is_blood}) >= 2
        assert not place.lacking
    elif place.where is Spread.PRIVATE:
        assert place.found
        assert place.lacking
    elif place.where is Spread.EMERGING:
        assert absent
        assert all(is_later(one, other) for one in place.found for other in absent)
    elif place.where is Spread.CLEARED:
        tissue = [each for each in present if not each.is_blood]
        assert all(any(each.focus == one.focus and is_later(each, one) for each in absent) for one in tissue)
    else:
        assert place.where is Spread.UNCLEAR


@given(SEEN, st.randoms(use_true_random=False))
def test_the_order_of_the_samples_does_not_matter(seen: list[tuple[Looked, Status]], random: Any) -> None:
    shuffled = list(seen)
    random.shuffle(shuffled)
    one, other = classified(seen), classified(shuffled)
    assert one.where is other.where
    assert set(one.found) == set(other.found)
    assert set(one.lacking) == set(other.lacking)
    assert one.same_focus == other.same_focus


@given(SEEN, SAMPLES, st.sampled_from([OPEN, UNTESTED]))
def test_a_sample_that_does_not_decide_changes_nothing(
    seen: list[tuple[Looked, Status]], sample: Looked, status: Status
) -> None:
    assert classified([*seen, (sample._replace(id="new"), status)]) == classified(seen)


# --- cells --------------------------------------------------------------------------------------------------------


def variant(name: str, sample: str, **more: Any) -> SmallVariant:
    gene, change = name.split(" ")
    return SmallVariant(gene, PLACE, protein=protein(change), sample=sample, **more)


def papers(alterations: Iterable[Alteration], *samples: Sample, assays: dict[str, Assay] | None = None) -> Papers:
    patient = Patient("P", samples=samples, alterations=tuple(alterations))
    return Papers(patient, StatusBoard(patient.alterations, Coverage(samples, assays or dict(BUILT_IN)), knowledge()))


def cells(found: Papers, first: Alteration) -> list[Status]:
    return [found.cell(first, sample).status for sample in found.samples]


SMALL, COPIES = frozenset({"small variant"}), frozenset({"small variant", "copy number"})


def tissue(name: str, **more: Any) -> Sample:
    return Sample(name, **({"site": name, "assay": "WES", "reported": COPIES} | more))


def test_absent_needs_an_assay_whose_results_were_handed_in() -> None:
    call = variant("PIK3CA p.H1047R", "a")
    silent = tissue("d", reported=frozenset())
    plasma = tissue("e", kind="ctDNA")
    found = papers([call], tissue("a"), tissue("b"), tissue("c", assay=None), silent, plasma)
    assert cells(found, call) == [YES, NO, UNTESTED, UNTESTED, OPEN]


def test_a_filtered_call_and_one_below_the_assays_fraction_are_equivocal() -> None:
    call = variant("PIK3CA p.H1047R", "a")
    faint, filtered = replace(call, sample="b", vaf=0.01), replace(call, sample="c", filtered="strand_bias")
    careful = Assay("P", BUILT_IN["WES"].parts, limits=Limits(vaf=0.05))
    samples = [tissue(name, assay="P", purity=0.9) for name in "abc"]
    assert cells(papers([call, faint, filtered], *samples, assays={"P": careful}), call) == [YES, OPEN, OPEN]


def test_low_purity_leaves_what_was_not_found_open() -> None:
    call = variant("PIK3CA p.H1047R", "a")
    careful = Assay("P", BUILT_IN["WES"].parts, limits=Limits(purity=0.3))
    samples = [tissue("a", assay="P", purity=0.8), tissue("b", assay="P", purity=0.1)]
    assert cells(papers([call], *samples, assays={"P": careful}), call) == [YES, OPEN]


def test_copy_number_states_imply_each_other_one_way() -> None:
    def change(state: CopyNumberState, sample: str) -> CopyNumberChange:
        return CopyNumberChange("ERBB2", state, PLACE, sample=sample)

    amplified, gained = change(CopyNumberState.AMPLIFICATION, "a"), change(CopyNumberState.GAIN, "b")
    unclear = change(CopyNumberState.UNCLEAR, "c")
    found = papers([amplified, gained, unclear], tissue("a"), tissue("b"), tissue("c"))
    assert cells(found, amplified) == [YES, NO, OPEN]
    assert cells(found, gained) == [YES, YES, OPEN]


def test_a_fusion_is_looked_for_by_either_partner() -> None:
    fusion = Fusion("EML4", "ALK", PLACE, sample="a")
    panel = Assay("P", (Part(frozenset({"fusion"}), frozenset({"ALK"})),))
    samples = [Sample(name, site=name, assay="P", reported=frozenset({"fusion"})) for name in "ab"]
    assert cells(papers([fusion], *samples, assays={"P": panel}), fusion) == [YES, NO]


def test_normal_tissue_is_no_focus() -> None:
    patient = Patient("P", samples=(Sample("t"), Sample("n", kind="normal blood")))
    assert [each.id for each in samples_of(patient)] == ["t"]


def test_samples_without_a_site_are_foci_of_their_own() -> None:
    patient = Patient("P", samples=(Sample("b"), Sample("a"), Sample("c", site=" Liver"), Sample("d", kind="ctDNA")))
    assert [each.focus for each in samples_of(patient)] == ["sample a", "sample b", "liver", BLOOD]


@given(st.data())
def test_a_sample_that_did_not_test_the_gene_keeps_the_class(data: st.DataObject) -> None:
    """A further sample changes a class neither by its assay, which looks elsewhere, nor by its place in the list."""
    names = data.draw(st.lists(st.sampled_from(["liver", "skin", "node", "bone"]), min_size=1, unique=True))
    having = data.draw(st.sets(st.sampled_from(names), min_size=1))
    calls = [variant("PIK3CA p.H1047R", name) for name in sorted(having)]
    elsewhere = Assay("P", (Part(frozenset({"small variant"}), frozenset({"TP53"})),))
    samples = [tissue(name, date=f"2024-0{number}-01") for number, name in enumerate(names, start=1)]
    place = data.draw(st.integers(0, len(samples)))
    more = [*samples[:place], tissue("new", assay="P", date="2024-09-01"), *samples[place:]]
    kept = []
    for given_samples in (samples, more):
        found = papers(calls, *given_samples, assays={**BUILT_IN, "P": elsewhere})
        seen = zip(found.samples, cells(found, calls[0]), strict=True)
        kept.append(classified(seen))
    assert kept[0] == kept[1]


# --- subclonality -------------------------------------------------------------------------------------------------


def test_subclonal_needs_the_upper_bound_below_the_threshold() -> None:
    below = thresholds().below
    assert cell_fraction(0.2, 0.8) == below
    assert is_subclonal(0.2, 0.8, None) is False
    assert is_subclonal(0.1, 0.8, None) is True
    assert is_subclonal(0.1, 0.8, 20) is None  # 2 of 20 reads may be 30 %
    assert is_subclonal(0.1, 0.8, 500) is True


@given(st.floats(0.001, 1), st.floats(0.05, 1), st.integers(1, 5000))
def test_more_reads_never_contradict_fewer(vaf: float, purity: float, depth: int) -> None:
    less, more = is_subclonal(vaf, purity, depth), is_subclonal(vaf, purity, depth * 10)
    assert less is None or less is more


@pytest.mark.parametrize(
    ("sample", "more"),
    [
        (tissue("a"), {"vaf": 0.05}),
        (tissue("a", purity=0.8), {}),
        (tissue("a", purity=0.8, kind="ctDNA"), {"vaf": 0.05}),
        (tissue("a", purity=0.8), {"vaf": 0.05, "origin": Origin.GERMLINE}),
    ],
    ids=["no purity", "no fraction", "blood", "germline"],
)
def test_an_unknown_share_of_tumor_cells_is_not_guessed(sample: Sample, more: dict[str, Any]) -> None:
    call = variant("PIK3CA p.H1047R", "a", **more)
    found = papers([call], sample)
    cell = found.cell(call, found.samples[0])
    assert (cell.fraction, cell.subclonal) == (None, None)


def test_a_changed_copy_number_leaves_the_share_open() -> None:
    call = variant("PIK3CA p.H1047R", "a", vaf=0.05)
    for state, known in ((CopyNumberState.NEUTRAL, True), (CopyNumberState.GAIN, None)):
        found = papers([call, CopyNumberChange("PIK3CA", state, PLACE, sample="a")], tissue("a", purity=0.8))
        assert found.cell(call, found.samples[0]).subclonal is known


# --- HER2 by focus ------------------------------------------------------------------------------------------------


def her2(alterations: Iterable[Alteration], *samples: Sample) -> list[str]:
    found = papers(alterations, *samples)
    return [each.status for each in her2_by_focus(found.patient, found.board)]


def test_her2_of_each_focus() -> None:
    amplified = CopyNumberChange("ERBB2", CopyNumberState.AMPLIFICATION, PLACE, sample="a")
    values = [MarkerValue("HER2 IHC", value, PLACE, name) for name, value in (("b", "1+"), ("c", "3+"), ("d", "2+"))]
    of_nowhere = MarkerValue("HER2 IHC", "3+", PLACE)
    samples = [tissue(name, reported=COPIES if name == "a" else SMALL) for name in "abcde"]
    found = her2([amplified, *values, of_nowhere], *samples)
    assert found == ["positive", "negative", "positive", "equivocal", "not tested"]


def test_her2_that_disagrees_with_the_copy_number_of_the_sample_is_equivocal() -> None:
    amplified = CopyNumberChange("ERBB2", CopyNumberState.AMPLIFICATION, PLACE, sample="a")
    assert her2([amplified, MarkerValue("HER2 IHC", "0", PLACE, "a")], tissue("a")) == ["equivocal"]


def test_what_one_focus_has_the_patient_has_and_a_negative_holds_in_every_focus() -> None:
    values = [MarkerValue("HER2 IHC", "3+", PLACE, "a"), MarkerValue("HER2 IHC", "0", PLACE, "b")]
    board = papers(values, tissue("a"), tissue("b")).board
    assert board.status("HER2:POS").status is YES
    assert board.status("HER2:NEG").status is NO
    assert "b: HER2 IHC 0 was reported" in board.status("HER2:POS").because


def test_results_that_disagree_in_one_sample_stay_equivocal() -> None:
    values = [MarkerValue("HER2 IHC", "3+", PLACE, "a"), MarkerValue("HER2 IHC", "0", PLACE, "a")]
    assert papers(values, tissue("a"), tissue("b")).board.status("HER2:POS").status is OPEN


# --- whole patients -----------------------------------------------------------------------------------------------

FOCI = "examples/her2-breast-precise/foci-and-blood.yaml"


def facts(found: Matched, *predicates: str) -> list[str]:
    return [str(each) for each in found.case.facts if each.predicate in predicates]


@pytest.mark.parametrize(
    "path", ["examples/her2-breast-precise/cautions-and-wishes.yaml", "examples/mcrpc-wes/ar-v7-positive.yaml"]
)
def test_a_patient_with_one_sample_has_no_facts_of_spread(path: str) -> None:
    found = matched(path)
    assert len(found.patient.samples) < 2
    assert not facts(found, "spread", "in_some_foci", "subclonal", "her2_focus")


def test_both_evaluators_agree_about_foci() -> None:
    one, *others = (matched(FOCI, each) for each in evaluators())
    assert all(each.derivations == one.derivations for each in others)


def test_the_file_may_list_samples_in_any_order(tmp_path: Path) -> None:
    def of(order: list[int]) -> dict[str, Any]:
        rows = {"a": ["PIK3CA\tp.H1047R", "ERBB2\tp.L755S"], "b": ["PIK3CA\tp.H1047R"], "c": ["ESR1\tp.Y537S"]}
        samples = []
        for number, (name, calls) in enumerate(rows.items()):
            (tmp_path / f"{name}.tsv").write_text("\n".join(["gene\talteration", *calls]) + "\n", encoding="utf-8")
            date = f"202{number}-01-01"
            samples.append({"id": name, "site": name, "date": date, "variants": f"{name}.tsv", "assay": "WES"})
        about = {"id": "P", "tumor_type": "BRCA", "jurisdiction": "CN", "samples": [samples[each] for each in order]}
        path = tmp_path / "p.json"
        path.write_text(json.dumps(about), encoding="utf-8")
        found = matched(path)
        return lesions_structure(reconciled(found), found)["alterations"]  # type: ignore[no-any-return]

    assert of([0, 1, 2]) == of([2, 0, 1])
    assert {row["label"]: row["class"] for row in of([1, 2, 0])}["ESR1 Y537S"] == "emerging"


def test_resistance_of_a_conjunction_is_that_of_the_part_the_drug_is_not_given_for() -> None:
    """PIK3CA and HER2 against trastuzumab: PIK3CA is in every focus, that HER2 is not softens nothing."""
    found = matched(FOCI)
    confined = {each.get("profile") for each in found.case.facts if each.predicate == "in_some_foci"}
    assert "PIK3CA:MUT AND HER2:POS" not in confined
    assert "PTEN:LOF AND HER2:POS" in confined


def test_a_loss_of_function_that_was_not_sought_everywhere_is_not_confined() -> None:
    """The mutation of BRCA2 is absent in the other foci, which is told; a deletion there was not tested for."""
    found = matched("examples/mcrpc-wes/lesions.yaml")
    where = {each.get("profile"): each.get("where") for each in found.case.facts if each.predicate == "spread"}
    assert where["BRCA2:LOF"] == "private"
    assert "in_some_foci(profile: BRCA2:LOF)" not in facts(found, "in_some_foci")


def test_germline_variants_are_of_no_focus(tmp_path: Path) -> None:
    lines = "gene\talteration\torigin\nBRCA1\tp.E23fs\tgermline\n"
    (tmp_path / "a.tsv").write_text(lines, encoding="utf-8")
    (tmp_path / "b.tsv").write_text("gene\talteration\nTP53\tp.R175H\n", encoding="utf-8")
    samples = [{"id": n, "site": n, "variants": f"{n}.tsv", "assay": "WES"} for n in "ab"]
    about = {"id": "P", "tumor_type": "BRCA", "jurisdiction": "EU", "samples": samples}
    (tmp_path / "p.json").write_text(json.dumps(about), encoding="utf-8")
    found = matched(tmp_path / "p.json")
    rows = {row.label: row.classified.where.value for row in reconciled(found).rows}
    assert rows == {"BRCA1 E23fs": "germline", "TP53 R175H": "private"}
    assert not [each for each in facts(found, "spread") if "BRCA1" in each]


def test_what_is_stated_of_no_sample_is_named_and_not_compared(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("gene\talteration\nTP53\tp.R175H\n", encoding="utf-8")
    samples = [{"id": n, "site": n, "variants": "a.tsv", "assay": "WES"} for n in "ab"]
    about = {"id": "P", "tumor_type": "BRCA", "jurisdiction": "EU", "samples": samples}
    stated = {"alterations": ["PIK3CA p.H1047R", "TP53 p.R175H"]}
    (tmp_path / "p.json").write_text(json.dumps(about | stated), encoding="utf-8")
    found = reconciled(matched(tmp_path / "p.json"))
    assert found.of_no_sample == ("PIK3CA H1047R",)
    assert [(row.label, row.classified.where.value) for row in found.rows] == [("TP53 R175H", "shared")]


def test_a_germline_variant_of_the_normal_sample_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "n.tsv").write_text("gene\talteration\nBRCA1\tp.E23fs\n", encoding="utf-8")
    (tmp_path / "a.tsv").write_text("gene\talteration\nTP53\tp.R175H\n", encoding="utf-8")
    tumors = [{"id": n, "site": n, "variants": "a.tsv", "assay": "WES"} for n in "ab"]
    samples = [*tumors, {"id": "n", "kind": "normal", "variants": "n.tsv", "assay": "WES"}]
    about = {"id": "P", "tumor_type": "BRCA", "jurisdiction": "EU", "samples": samples}
    (tmp_path / "p.json").write_text(json.dumps(about), encoding="utf-8")
    rows = {row.label: row.classified.where.value for row in reconciled(matched(tmp_path / "p.json")).rows}
    assert rows == {"TP53 R175H": "shared", "BRCA1 E23fs": "germline"}


# --- what is shown ------------------------------------------------------------------------------------------------


def test_every_row_of_the_document_has_a_cell_for_each_sample() -> None:
    found = matched(FOCI)
    lesions = reconciled(found)
    for lang in ("en", "zh"):
        document = lesions_document(lesions, found, lang)
        tables = [section.table for section in document.sections if section.table is not None]
        assert len(tables) == 4
        for table in tables:
            assert {len(row) for row in table.rows} == {len(table.headings)}


def test_a_patient_without_samples_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"id": "P", "tumor_type": "BRCA", "jurisdiction": "CN"}), encoding="utf-8")
    found = matched(path)
    assert lesions_document(reconciled(found), found).summary == ("the patient has no sample of tumor or blood",)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Cell(YES, ""), "+"),
        (Cell(NO, ""), "-"),
        (Cell(UNTESTED, ""), "·"),
        (Cell(OPEN, ""), "?"),
        (Cell(OPEN, "", vaf=0.004), "0.4% ?"),
        (Cell(YES, "", vaf=0.314), "31%"),
        (Cell(YES, "", state="homozygous deletion", copies=0.0), "DEL 0"),
    ],
)
def test_signs_of_a_cell(cell: Cell, shown: str) -> None:
    assert cell_text(cell) == shown


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_the_figure_is_the_same_bytes_twice(ending: str) -> None:
    lesions = reconciled(matched(FOCI))
    first = heat_map(lesions, "HER2-03", ending)
    assert first == heat_map(lesions, "HER2-03", ending)
    assert first.startswith(b"\x89PNG" if ending == ".png" else b"<?xml")


def test_the_figure_names_alterations_samples_and_classes() -> None:
    drawn = heat_map(reconciled(matched(FOCI)), "HER2-03", ".svg").decode()
    for word in ("PIK3CA H1047R", "liver-2025", "emerging", "AMP 14", "not tested"):
        assert word in drawn


def test_of_many_alterations_those_that_bear_on_options_are_drawn() -> None:
    lesions = reconciled(matched(FOCI))
    plain = lesions.rows[0]._replace(against=(), decides=())
    many: Lesions = replace(lesions, rows=(*[plain._replace(label=f"X{n}") for n in range(60)], lesions.rows[-1]))
    drawn = many.foremost(MOST_ROWS)
    assert len(drawn) == MOST_ROWS
    assert lesions.rows[-1] in drawn


def test_two_samples_of_one_id_are_refused(tmp_path: Path) -> None:
    """What was called in one of them would be shown in both, and a private resistance as shared."""
    samples = [{"id": "a", "site": "lung"}, {"id": "a", "site": "liver"}]
    path = tmp_path / "patient.json"
    path.write_text(json.dumps({"id": "P", "tumor_type": "LUAD", "jurisdiction": "CN", "samples": samples}))
    with pytest.raises(UnusableInput, match="two samples have the id 'a'"):
        matched(path)


def test_what_was_not_used_of_a_sample_is_told(tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    samples = [{"id": "a", "site": "lung", "purity": "about half"}]
    path.write_text(json.dumps({"id": "P", "tumor_type": "LUAD", "jurisdiction": "CN", "samples": samples}))
    found = matched(path)
    document = lesions_document(reconciled(found), found)
    assert any("purity 'about half' is not used" in str(line) for line in document.sections[-1].lines)
    assert "about half" in str(lesions_structure(reconciled(found), found)["notes"])
