"""Assays as data: what they look at, in what, and when what they do not find is absent."""

from __future__ import annotations

import gzip
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import CopyNumberChange, CopyNumberState, Fusion, Place, SmallVariant
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.nomenclature.protein import parse
from matcher.assay import (
    BUILT_IN,
    COPY_NUMBER,
    FUSION,
    KINDS,
    PROMOTER,
    SMALL_VARIANT,
    Coverage,
    Limits,
    Part,
    Spot,
)
from matcher.assay import Assay as AssayOf
from matcher.assay_files import assay, read
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard, phase
from matcher.case import Request, prepared, read_patient
from matcher.cut_offs import Thresholds
from matcher.normalize import assays_of, called_again
from matcher.notes import UnusableInput
from matcher.patient import Patient, Sample

PLACE = Place("p.tsv", 2)
PANELS = Path(__file__).parents[3] / "shared" / "data" / "hgnc" / "cbioportal_gene_panels.json.gz"
HOTSPOTS = """\
assay: lung-hotspots
source: the laboratory's validation report
genes: [EGFR, KRAS, NRAS, BRAF, MET, ERBB2, HER2]
kinds: [small variant]
exons: {EGFR: [18, 19, 20, 21], MET: [14], BRAF: [15]}
codons: {KRAS: [12, 13, 59, 61, 117, 146], NRAS: [12, 13, 59-61, 117, 146]}
specimens: [tissue]
limits: {purity: 0.2, depth: 250, vaf: 0.05}
"""
GOOD = {"purity": 0.5, "depth": 900.0}


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return open_knowledge_base()


def panel(folder: Path, text: str = HOTSPOTS) -> AssayOf:
    (folder / "panel.yaml").write_text(text)
    return assay("panel.yaml", folder)


def status(
    folder: Path, biomarker: str, *alterations: object, text: str = HOTSPOTS, kind: str = "tissue", **sample: float
) -> BiomarkerStatus:
    return status_of(panel(folder, text), biomarker, *alterations, kind=kind, **sample)


def status_of(
    looked: AssayOf, biomarker: str, *alterations: object, kind: str = "tissue", **sample: float
) -> BiomarkerStatus:
    reported = frozenset({SMALL_VARIANT, COPY_NUMBER, FUSION})
    one = Sample("s", kind=kind, assay="a", reported=reported, **{**GOOD, **sample})  # type: ignore[arg-type]
    knows = open_knowledge_base()
    return StatusBoard(alterations, Coverage((one,), {"a": looked}), knows).status(biomarker)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("biomarker", "expected", "words"),
    [
        ("EGFR:L858R", Status.ABSENT, "lung-hotspots of s"),
        ("EGFR:EX19DEL", Status.ABSENT, "lung-hotspots of s"),
        ("EGFR:EX20INS", Status.ABSENT, "lung-hotspots of s"),
        ("BRAF:V600E", Status.ABSENT, "lung-hotspots of s"),
        ("KRAS:G12C", Status.ABSENT, "lung-hotspots of s"),
        ("MET:EX14SKIP", Status.ABSENT, "lung-hotspots of s"),
        ("RAS:WT", Status.PRESENT, "tested by lung-hotspots of s"),
        ("KRAS:WT", Status.PRESENT, "no alteration found"),
        ("BRAF:WT", Status.PRESENT, "no alteration found"),
        ("EGFR:MUT", Status.EQUIVOCAL, "only exons 18, 19, 20, 21 of EGFR"),
        ("KRAS:MUT", Status.EQUIVOCAL, "only codons 12, 13, 59, 61, 117, 146 of KRAS"),
        ("ERBB2:AMP", Status.NOT_TESTED, "ERBB2 for copy number"),
        ("PIK3CA:H1047R", Status.NOT_TESTED, "PIK3CA for small variants"),
    ],
)
def test_a_hotspot_panel_speaks_of_its_parts(tmp_path: Path, biomarker: str, expected: Status, words: str) -> None:
    found = status(tmp_path, biomarker)
    assert (found.status, words in found.because) == (expected, True), found.because


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ({"purity": 0.19}, "the purity of 19% is below the 20%"),
        ({"purity": None}, "the purity is not given, and the assay needs 20%"),
        ({"depth": 100}, "the depth of 100 is below the 250"),
        ({"depth": None}, "the depth is not given"),
        ({"kind": "ctDNA"}, "ctDNA alone cannot rule it out"),
        ({"kind": "plasma"}, "ctDNA alone cannot rule it out"),
        ({"kind": "normal"}, "normal tissue cannot rule out what the tumor has"),
    ],
)
def test_what_a_poor_sample_does_not_show_is_equivocal(tmp_path: Path, sample: dict[str, object], words: str) -> None:
    found = status(tmp_path, "EGFR:L858R", **sample)  # type: ignore[arg-type]
    assert found.status is Status.EQUIVOCAL
    assert words in found.because
    assert status(tmp_path, "RAS:WT", **sample).status is Status.EQUIVOCAL  # type: ignore[arg-type]


def test_a_variant_too_diluted_to_be_called_is_not_absent(tmp_path: Path) -> None:
    found = status(tmp_path, "EGFR:L858R", text=HOTSPOTS.replace("purity: 0.2", "purity: 0.05"), purity=0.08)
    assert found.status is Status.EQUIVOCAL
    assert "allele fraction of 4.0%, below the 5.0%" in found.because


def test_a_specimen_that_the_assay_is_not_validated_for(tmp_path: Path) -> None:
    found = status(tmp_path, "EGFR:L858R", text=HOTSPOTS.replace("[tissue]", "[ctDNA]"))
    assert found.status is Status.EQUIVOCAL
    assert "not validated for tissue" in found.because


@pytest.mark.parametrize(
    ("vaf", "expected"), [(0.01, Status.EQUIVOCAL), (0.05, Status.PRESENT), (None, Status.PRESENT)]
)
def test_a_call_below_the_assays_limit_is_doubtful(tmp_path: Path, vaf: float | None, expected: Status) -> None:
    called = SmallVariant("EGFR", PLACE, parse("p.L858R"), vaf=vaf, sample="s")
    found = status(tmp_path, "EGFR:L858R", called)
    assert found.status is expected
    assert ("below the 5.0% that lung-hotspots calls" in found.because) is (expected is Status.EQUIVOCAL)


def test_another_assay_can_rule_out_what_one_cannot(tmp_path: Path) -> None:
    reported = frozenset({SMALL_VARIANT})
    samples = (
        Sample("plasma", kind="ctDNA", assay="a", reported=reported),
        Sample("liver", assay="WES", reported=reported),
    )
    coverage = Coverage(samples, {**BUILT_IN, "a": panel(tmp_path)})
    assert StatusBoard((), coverage, open_knowledge_base()).status("EGFR:L858R").status is Status.ABSENT


# Kinds that an assay may leave out


@pytest.mark.parametrize(
    ("name", "gene", "kind", "looks"),
    [
        ("WES", "TERT", PROMOTER, False),
        ("WGS", "TERT", PROMOTER, True),
        ("WES", "ALK", FUSION, False),
        ("WGS", "ALK", FUSION, True),
        ("WGS", "AR", "isoform", False),
    ],
)
def test_what_the_built_in_assays_look_at(name: str, gene: str, kind: str, looks: bool) -> None:
    assert assay(name).looks_at(gene, kind) is looks


def test_no_dna_assay_makes_an_isoform_absent_and_an_rna_assay_does() -> None:
    every = AssayOf("dna", (Part(frozenset(KINDS) - {"isoform"}),))
    assert status_of(every, "AR:V7").status is Status.NOT_TESTED
    assert "RNA" in status_of(every, "AR:V7").because
    rna = AssayOf("rna", (Part(frozenset({"isoform"}), frozenset({"AR"})),))
    assert status_of(rna, "AR:V7").status is Status.ABSENT


def test_exons_joined_inside_a_gene_are_the_isoform_that_lacks_those_between() -> None:
    wgs = assay("WGS")
    viii = Fusion("EGFR", "EGFR", PLACE, five_prime_exon=1, three_prime_exon=8)
    assert status_of(wgs, "EGFR:VIII", viii).status is Status.PRESENT
    skipped = Fusion("MET", "MET", PLACE, five_prime_exon=13, three_prime_exon=15)
    assert status_of(wgs, "MET:EX14SKIP", skipped).status is Status.PRESENT
    other = Fusion("MET", "MET", PLACE, five_prime_exon=12, three_prime_exon=15)
    assert status_of(wgs, "MET:EX14SKIP", other).status is Status.ABSENT
    unnumbered = Fusion("MET", "MET", PLACE)
    assert status_of(wgs, "MET:EX14SKIP", unnumbered).status is Status.EQUIVOCAL


def test_an_intragenic_rearrangement_is_no_certain_fusion() -> None:
    inside = Fusion("ALK", "ALK", PLACE, five_prime_exon=2, three_prime_exon=18)
    found = status_of(assay("WGS"), "ALK:FUSION", inside)
    assert found.status is Status.EQUIVOCAL
    assert "no second gene is named" in found.because


@pytest.mark.parametrize(
    ("log_ratio", "amplified", "deleted"),
    [(1.2, Status.EQUIVOCAL, Status.ABSENT), (-0.9, Status.ABSENT, Status.EQUIVOCAL), (None, *[Status.EQUIVOCAL] * 2)],
)
def test_a_log_ratio_that_decides_nothing_is_no_absence(
    log_ratio: float | None, amplified: Status, deleted: Status
) -> None:
    unclear = [CopyNumberChange(gene, CopyNumberState.UNCLEAR, PLACE, None, log_ratio) for gene in ("ERBB2", "CDKN2A")]
    assert status_of(assay("WGS"), "ERBB2:AMP", *unclear).status is amplified
    assert status_of(assay("WGS"), "CDKN2A:HOMDEL", *unclear).status is deleted


def test_a_laboratory_has_its_own_cut_offs(tmp_path: Path) -> None:
    text = HOTSPOTS + "copy_number: {amplified_copies: 8, amplified_log2: 1.0, deleted_log2: -1.5}\n"
    own = {"a": panel(tmp_path, text)}
    assert own["a"].thresholds == Thresholds(amplified_copies=8, amplified_log2=1, deleted_log2=-1.5)
    state = CopyNumberState
    changes = (
        CopyNumberChange("ERBB2", state.AMPLIFICATION, PLACE, 7, sample="s"),
        CopyNumberChange("ERBB2", state.AMPLIFICATION, PLACE, 9, sample="s"),
        CopyNumberChange("ERBB2", state.AMPLIFICATION, PLACE, sample="s"),
        CopyNumberChange("ERBB2", state.UNCLEAR, PLACE, None, 1.2, "s"),
        CopyNumberChange("PTEN", state.UNCLEAR, PLACE, None, -1.6, "s"),
        CopyNumberChange("PTEN", state.UNCLEAR, PLACE, None, -1.6, "other"),
    )
    found = called_again(changes, (Sample("s", assay="a"), Sample("other")), own)
    assert [change.state for change in found if isinstance(change, CopyNumberChange)] == [
        *(state.GAIN, state.AMPLIFICATION, state.AMPLIFICATION, state.AMPLIFICATION),
        *(state.HOMOZYGOUS_DELETION, state.UNCLEAR),
    ]


# Both alleles, and phase


def loss(gene: str) -> CopyNumberChange:
    return CopyNumberChange(gene, CopyNumberState.LOSS, PLACE)


def hit(change: str, **more: str) -> SmallVariant:
    return SmallVariant("PALB2", PLACE, parse(change), significance="pathogenic", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alterations", "expected"),
    [
        ((hit("p.Q988*"),), Status.EQUIVOCAL),
        ((hit("p.Q988*"), loss("PALB2")), Status.PRESENT),
        ((hit("p.Q988*", zygosity="homozygous"),), Status.PRESENT),
        ((hit("p.Q988*", zygosity="heterozygous"),), Status.EQUIVOCAL),
        ((hit("p.Q988*"), hit("p.Y551*")), Status.EQUIVOCAL),
        ((hit("p.Q988*", haplotype="7|0"), hit("p.Y551*", haplotype="7|1")), Status.PRESENT),
        ((hit("p.Q988*", haplotype="7|0"), hit("p.Y551*", haplotype="7|0")), Status.EQUIVOCAL),
        ((CopyNumberChange("PALB2", CopyNumberState.HOMOZYGOUS_DELETION, PLACE),), Status.PRESENT),
        ((loss("PALB2"),), Status.ABSENT),
    ],
)
def test_both_alleles_must_be_lost(alterations: tuple[object, ...], expected: Status) -> None:
    assert status_of(assay("WES"), "PALB2:BIALLELIC", *alterations).status is expected


def egfr(change: str, haplotype: str | None = None, sample: str | None = None) -> SmallVariant:
    return SmallVariant("EGFR", PLACE, parse(change), haplotype=haplotype, sample=sample)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("55|0", "55|1", "trans"),
        ("55|1", "55|1", "cis"),
        ("55|0", "66|0", None),
        (None, "55|0", None),
        ("trans with T790M", None, "trans"),
        (None, "cis with C797S", "cis"),
        ("cis with L858R", None, None),
    ],
)
def test_phase(first: str | None, second: str | None, expected: str | None) -> None:
    one, other = egfr("p.C797S", first), egfr("p.T790M", second)
    assert phase(one, other) == phase(other, one) == expected
    found = status_of(assay("WES"), "EGFR:C797S", one, other)
    assert found.status is Status.PRESENT
    assert (expected or "cis or in trans is not given") in (found.caution or "")


def test_phase_of_different_samples_is_not_comparable() -> None:
    assert phase(egfr("p.C797S", "55|0", "a"), egfr("p.T790M", "55|1", "b")) is None


def test_without_the_other_variant_phase_does_not_matter() -> None:
    assert status_of(assay("WES"), "EGFR:C797S", egfr("p.C797S")).caution is None


# Files


def test_a_gene_of_a_panel_may_be_named_by_an_alias(tmp_path: Path, knowledge: KnowledgeBase) -> None:
    panel(tmp_path, "genes: [HER2]\nkinds: [copy number]\n")
    patient = Patient("p", samples=(Sample("s", assay="panel.yaml"),))
    found, notes = assays_of(patient, tmp_path, knowledge)
    assert found["panel.yaml"].looks_at("ERBB2", COPY_NUMBER)
    assert notes == ()


def test_parts_of_an_assay_look_at_different_kinds(tmp_path: Path) -> None:
    text = """
assay: dna-and-rna
parts:
  - {genes: all, kinds: [small variant, copy number]}
  - {genes: [ALK, RET], kinds: [fusion]}
"""
    found = panel(tmp_path, text)
    looks = [found.looks_at(*asked) for asked in (("TP53", SMALL_VARIANT), ("ALK", FUSION), ("NTRK1", FUSION))]
    assert looks == [True, True, False]


def test_a_gene_panel_of_cbioportal(tmp_path: Path) -> None:
    file = tmp_path / "data_gene_panel_x.txt"
    file.write_text("stable_id: X-3\ndescription: three genes\ngene_list:\tEGFR\tKRAS\tERBB2\n")
    found = read(file)
    assert (found.name, sorted(found.genes)) == ("X-3", ["EGFR", "ERBB2", "KRAS"])
    assert [kind for kind in KINDS if found.looks_at("EGFR", kind)] == [SMALL_VARIANT, COPY_NUMBER]


def test_one_of_a_list_of_panels(tmp_path: Path) -> None:
    panels = [
        {"genePanelId": name, "genes": [{"hugoGeneSymbol": gene}]} for name, gene in (("A", "EGFR"), ("B", "KRAS"))
    ]
    (tmp_path / "panels.json.gz").write_bytes(gzip.compress(json.dumps(panels).encode()))
    assert sorted(assay("panels.json.gz#B", tmp_path).genes) == ["KRAS"]
    for name, message in (("panels.json.gz", "2 panels, and none is chosen"), ("panels.json.gz#C", "no panel 'C'")):
        with pytest.raises(UnusableInput, match=message):
            assay(name, tmp_path)


@pytest.mark.skipif(not PANELS.is_file(), reason="the shared gene panels are not on this machine")
def test_every_public_gene_panel_is_read() -> None:
    names = [entry["genePanelId"] for entry in json.loads(gzip.decompress(PANELS.read_bytes()))]
    assert len(names) == 65
    assert all(read(PANELS, name).genes for name in names)
    assert len(read(PANELS, "ACCESS129").genes) == 129


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("genes: [EGFR]\nkinds: [small variants]\n", "unknown kinds: small variants"),
        ("genes: [EGFR]\nkinds: []\n", "unknown kinds"),
        ("genes: []\nkinds: [fusion]\n", "neither `all` nor a list"),
        ("genes: all\nkinds: [fusion]\nlimit: {purity: 0.2}\n", "unknown key 'limit'.*'limits'"),
        ("genes: all\nkinds: [fusion]\nlimits: {purty: 0.2}\n", "unknown key 'purty'.*'purity'"),
        ("genes: all\nkinds: [fusion]\nlimits: {purity: 20}\n", "purity is no fraction"),
        ("genes: all\nkinds: [fusion]\nlimits: {depth: many}\n", "depth is 'many'"),
        ("genes: all\nkinds: [fusion]\ngermline: maybe\n", "germline is 'maybe'"),
        ("genes: all\nkinds: [fusion]\nspecimens: [tumour]\n", "unknown specimens"),
        ("genes: [EGFR]\nkinds: [fusion]\nexons: {ALK: [1]}\n", "names ALK, which genes does not list"),
        ("genes: [EGFR]\nkinds: [fusion]\nexons: {EGFR: [a]}\n", "exons of EGFR"),
        ("parts: []\n", "parts is not a list of mappings"),
        ("parts: [{genes: all, kinds: [fusion]}]\ngenes: all\n", "genes or kinds beside parts"),
        ("parts: [{genes: all, kinds: [magic]}]\n", "part 1: unknown kinds: magic"),
        ("stable_id: x\ngene_list:\n", "names no gene"),
    ],
)
def test_a_mistake_in_an_assay_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UnusableInput, match=message):
        panel(tmp_path, text)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_assay_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.yaml"
        file.write_bytes(content)
        with suppress(UnusableInput):
            assert read(file).parts


spots = st.builds(
    Spot, st.frozensets(st.integers(1, 30), max_size=4), st.lists(st.integers(1, 9), max_size=3).map(tuple)
)


@given(spots, st.frozensets(st.integers(1, 30), min_size=1, max_size=6), st.frozensets(st.integers(1, 9), min_size=1))
def test_a_part_leaves_nothing_out_only_of_spots_inside_it(
    spot: Spot, codons: frozenset[int], exons: frozenset[int]
) -> None:
    by_codons = Part(frozenset(KINDS), frozenset({"G"}), {}, {"G": codons})
    assert (by_codons.gap("G", spot) is None) is (bool(spot.codons) and spot.codons <= codons)
    by_exons = Part(frozenset(KINDS), frozenset({"G"}), {"G": exons}, {})
    assert (by_exons.gap("G", spot) is None) is (bool(spot.exons) and set(spot.exons) <= exons)
    assert Part(frozenset(KINDS)).gap("G", spot) is None


def test_limits_of_an_assay_that_states_none_never_matter(knowledge: KnowledgeBase) -> None:
    assert assay("WES").limits == Limits()
    assert status_of(assay("WES"), "EGFR:L858R", purity=None, depth=None).status is Status.ABSENT  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("samples", "told", "status"),
    [
        ("", "--assay WES counts for no sample: the file has none", "not tested"),
        ("samples: [{id: s, variants: s.tsv}]", None, "absent"),
        ("samples: [{id: s, variants: s.tsv, assay: WGS}]", "each names its own assay", "absent"),
    ],
)
def test_an_assay_of_the_option_that_counts_for_no_sample_is_told(
    samples: str, told: str | None, status: str, tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    (tmp_path / "s.tsv").write_text("gene\talteration\nTP53\tR175H\n")
    (tmp_path / "p.yaml").write_text(f"id: P\ntumor_type: COAD\nalterations: [BRAF V600E]\n{samples}\n")
    request = Request(tmp_path / "p.yaml", "2026-11-20", jurisdiction="EU", assay="WES")
    ready = prepared(request, read_patient(request), knowledge)
    assert [told is not None and told in note.message for note in ready.notes if "--assay" in note.message] == (
        [] if told is None else [True]
    )
    found = ready.board.status("KRAS:MUT")
    assert (found.status.value, "no results of an assay" in found.because) == (status, status == "not tested")
