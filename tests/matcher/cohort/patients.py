"""Patients who differ in one thing: whoever puts patients together that are alike must tell them apart by it.

BASES are patients, EDITS change one thing about one of them, and the strategies put several edits on one patient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    GenomicChange,
    MarkerValue,
    Origin,
    Place,
    SmallVariant,
)
from kb.nomenclature import protein
from kb.nomenclature.alteration_text import parse
from matcher.case import Request, read_patient
from matcher.cohort.subject import Subject
from matcher.patient import Event, Measured, Organoid, Patient, PriorTherapy, Sample

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TODAY = "2026-11-20"
NOWHERE = Place("patient")
EVERYTHING = frozenset({"small variant", "copy number", "fusion"})
PANEL = "limited-panel.yaml"


class Asked(NamedTuple):
    """A patient, and what is asked of them beside the file."""

    patient: Patient
    as_of: str = TODAY
    tumor_type: str | None = None
    jurisdiction: str | None = None
    form: str = "patient file"

    def subject(self, name: str, number: int = 0) -> Subject:
        """The subject of this name; its alterations are told in rows of its own, which do not count."""
        file = f"{name}.maf"
        placed = tuple(
            replace(each, place=Place(file, 100 * number + row))
            for row, each in enumerate(self.patient.alterations, start=2)
        )
        patient = replace(self.patient, id=name, alterations=placed)
        request = Request(HERE / file, self.as_of, self.tumor_type, self.jurisdiction)
        return Subject(name, file, request, self.form, patient)


def small(gene: str, change: str, sample: str | None = "liver", **more: Any) -> Alteration:
    """A small variant as a table tells it."""
    found = parse(change, gene, NOWHERE, sample)
    assert isinstance(found, SmallVariant)
    return replace(found, **more)


def copies(gene: str, state: str, sample: str | None = "liver", **more: Any) -> Alteration:
    """A copy-number state."""
    return CopyNumberChange(gene, CopyNumberState(state), NOWHERE, sample=sample, **more)


def fused(five: str | None, three: str | None, **more: Any) -> Alteration:
    """A fusion."""
    return Fusion(five, three, NOWHERE, sample="liver", **more)


def marker(name: str, value: str, sample: str | None = None) -> Alteration:
    """A marker's value."""
    return MarkerValue(name, value, NOWHERE, sample)


def therapy(*drugs: str, **more: Any) -> PriorTherapy:
    """A line of treatment."""
    return PriorTherapy(drugs, NOWHERE, **more)


LIVER = Sample("liver", assay="WES", purity=0.6, depth=500, reported=EVERYTHING)
PLASMA = Sample("plasma", kind="ctDNA", assay="WES", purity=0.3, depth=900, reported=frozenset({"small variant"}))
SKIN = Sample("skin", assay="WES", purity=0.5, depth=400, reported=EVERYTHING)


def bases() -> dict[str, Asked]:
    """Patients by name; each has something that another lacks."""
    read = {
        name: read_patient(Request(ROOT / "examples" / path, TODAY))[1]
        for name, path in {
            "course": "timeline/her2-course.yaml",
            "organoids": "her2-breast-precise/organoids-two-foci.yaml",
            "cautions": "her2-breast-precise/cautions-and-wishes.yaml",
        }.items()
    }
    return {
        **{name: Asked(patient) for name, patient in read.items()},
        "lung": Asked(
            Patient(
                "lung", "LUAD", jurisdiction="US", age=64, sex="female", ecog=1, stage="metastatic",
                prior_therapies=(therapy("osimertinib", line=1, stopped_for="progression", setting="metastatic"),),
                samples=(LIVER,),
                alterations=(
                    small("EGFR", "L858R"), small("EGFR", "T790M", haplotype="s|1"),
                    small("EGFR", "C797S", haplotype="s|2"), small("TP53", "R175H"), marker("PD-L1 TPS", "60 %"),
                ),
            )
        ),
        "untreated lung": Asked(
            Patient(
                "untreated", "LUAD", jurisdiction="EU", age=70, sex="male", ecog=1, stage="metastatic",
                prior_therapies=(), samples=(LIVER,), alterations=(small("EGFR", "L858R"), small("KEAP1", "R470C")),
            )
        ),
        "fusion": Asked(
            Patient(
                "fusion", "LUAD", jurisdiction="CN", age=50, stage="metastatic", prior_therapies=(), samples=(LIVER,),
                alterations=(fused("EML4", "ALK"), copies("MET", "amplification")),
            )
        ),
        "breast": Asked(
            Patient(
                "breast", "IDC", jurisdiction="CN", age=55, sex="female", ecog=1, stage="metastatic",
                menopausal_status="postmenopausal",
                prior_therapies=(
                    therapy("trastuzumab", "pertuzumab", "docetaxel", line=1, setting="metastatic",
                            start="2024-01-02", stop="2025-03-01", stopped_for="progression", best_response="PR"),
                ),
                samples=(LIVER, SKIN),
                alterations=(
                    small("PIK3CA", "H1047R"), copies("ERBB2", "amplification"), marker("HER2 IHC", "3+", "liver"),
                    marker("HER2 IHC", "1+", "skin"), marker("ER", "90 %"), marker("PR", "negative"),
                ),
                conditions=("hypertension",), medications=("omeprazole",),
                measurements=(Measured("LVEF", 60, "%", NOWHERE),),
            )
        ),
        "prostate": Asked(
            Patient(
                "prostate", "PRAD", jurisdiction="US", age=68, sex="male", ecog=1, stage="mCRPC",
                prior_therapies=(therapy("abiraterone", line=1, stopped_for="progression", setting="metastatic"),),
                samples=(LIVER,),
                alterations=(
                    small("PALB2", "Q921*", haplotype="p|1"), small("PALB2", "S133*", haplotype="p|2"),
                    small("ATM", "R3008C"), marker("AR-V7", "detected"),
                ),
            )
        ),
        "not phased": Asked(
            Patient(
                "unphased", "PRAD", jurisdiction="US", age=68, sex="male", ecog=1, stage="mCRPC",
                prior_therapies=(therapy("abiraterone", line=1, stopped_for="progression", setting="metastatic"),),
                samples=(LIVER,), alterations=(small("PALB2", "Q921*"), small("PALB2", "S133*")),
            )
        ),
        "brca": Asked(
            Patient(
                "brca", "PRAD", jurisdiction="EU", age=68, sex="male", ecog=0, stage="mCRPC",
                prior_therapies=(therapy("enzalutamide", line=1, stopped_for="progression"),), samples=(LIVER,),
                alterations=(small("BRCA2", "S1982Rfs*22", vaf=0.4, depth=400), small("TP53", "R175H")),
            )
        ),
        "ovary": Asked(
            Patient(
                "ovary", "HGSOC", jurisdiction="US", age=60, sex="female", ecog=1, stage="recurrent",
                prior_therapies=(therapy("carboplatin", "paclitaxel", line=1, best_response="CR"),),
                samples=(LIVER,), alterations=(small("BRCA1", "E23Vfs*17", origin=Origin.GERMLINE),),
            )
        ),
        "colon": Asked(
            Patient(
                "colon", "COAD", jurisdiction="EU", age=61, ecog=1, stage="metastatic",
                prior_therapies=(therapy("fluorouracil", "irinotecan", line=1, stopped_for="progression"),),
                samples=(LIVER,), alterations=(small("BRAF", "V600E"), marker("MSI", "MSS")),
            )
        ),
        "wild type": Asked(
            Patient(
                "wild", "COAD", jurisdiction="US", age=61, ecog=1, stage="metastatic",
                prior_therapies=(therapy("fluorouracil", "irinotecan", line=1, stopped_for="progression"),),
                samples=(LIVER,), alterations=(small("APC", "R1450*"),),
            )
        ),
        "panel": Asked(
            Patient(
                "panel", "LUAD", jurisdiction="US", age=61, stage="metastatic", prior_therapies=(),
                samples=(replace(LIVER, assay=PANEL),),
                alterations=(small("KRAS", "G12C", vaf=0.2), small("MET", "D1228N", vaf=0.02)),
            )
        ),
        "called": Asked(
            Patient(
                "called", jurisdiction="US", samples=(Sample("liver", reported=frozenset({"small variant"})),),
                alterations=(
                    small("BRAF", "V600E", genomic=GenomicChange("7", 140453136, "A", "T", "GRCh37")),
                    small("TTN", "A1G"),
                ),
            ),
            tumor_type="MEL", form="MAF",
        ),
    }  # fmt: skip


Change = Callable[[Asked], Asked]


class Edit(NamedTuple):
    """One thing that is changed about a patient, by name; `on` are bases whose answer it is known to change."""

    name: str
    change: Change
    on: tuple[str, ...]


def about(**fields: Any) -> Change:
    """Other fields of the patient."""
    return lambda asked: asked._replace(patient=replace(asked.patient, **fields))


def called(at: int = 0, **fields: Any) -> Change:
    """Other fields of the patient's first, second ... small variant; nothing where there is none."""

    def change(asked: Asked) -> Asked:
        every = list(asked.patient.alterations)
        places = [number for number, each in enumerate(every) if isinstance(each, SmallVariant)]
        if at >= len(places):
            return asked
        every[places[at]] = replace(every[places[at]], **fields)
        return asked._replace(patient=replace(asked.patient, alterations=tuple(every)))

    return change


def with_more(*more: Alteration) -> Change:
    """More alterations."""
    return lambda asked: about(alterations=(*asked.patient.alterations, *more))(asked)


def instead(index: int, *others: Alteration) -> Change:
    """Other alterations, or none, in the place of one."""

    def change(asked: Asked) -> Asked:
        every = asked.patient.alterations
        return about(alterations=(*every[:index], *others, *every[index + 1 :]))(asked)

    return change


def sampled(**fields: Any) -> Change:
    """Other fields of the first sample."""

    def change(asked: Asked) -> Asked:
        first = asked.patient.samples[:1]
        return about(samples=(*(replace(each, **fields) for each in first), *asked.patient.samples[1:]))(asked)

    return change


def treated(**fields: Any) -> Change:
    """Other fields of the first line of treatment."""

    def change(asked: Asked) -> Asked:
        lines = asked.patient.prior_therapies or ()
        return about(prior_therapies=(*(replace(each, **fields) for each in lines[:1]), *lines[1:]))(asked)

    return change


def and_treated(*more: PriorTherapy) -> Change:
    """One more line of treatment."""
    return lambda asked: about(prior_therapies=(*(asked.patient.prior_therapies or ()), *more))(asked)


def happened(date: str, kind: str, **details: str) -> Change:
    """One more event."""
    return lambda asked: about(events=(*asked.patient.events, Event(date, kind, tuple(details.items()))))(asked)


EDITS = (
    # the same gene, told otherwise
    Edit("germline", called(origin=Origin.GERMLINE), ("untreated lung",)),
    Edit("somatic", called(origin=Origin.SOMATIC), ("ovary",)),
    Edit("filtered by the caller", called(filtered="weak_evidence"), ("untreated lung",)),
    Edit("benign", called(significance="benign"), ("brca",)),
    Edit("uncertain", called(significance="uncertain"), ("brca",)),
    Edit("pathogenic", called(2, significance="pathogenic"), ("prostate",)),
    Edit("in cis", called(1, haplotype="p|1"), ("prostate",)),
    Edit("in another phase set", called(1, haplotype="q|2"), ("prostate",)),
    Edit("not phased", called(1, haplotype=None), ("prostate",)),
    Edit("resistance in cis", called(2, haplotype="s|1"), ()),
    Edit("homozygous", called(zygosity="homozygous"), ("not phased",)),
    Edit("below the assay's limit", called(vaf=0.01), ("panel",)),
    Edit("another allele fraction", called(vaf=0.31), ()),
    Edit("another depth", called(depth=77), ()),
    Edit("by its codon alone", called(protein=None, codon=600), ("colon",)),
    Edit("by its exon alone", called(protein=None, exon=21), ("untreated lung",)),
    Edit("by its coding change alone", called(protein=None, coding="c.1799T>A"), ("colon",)),
    Edit("by its consequence alone", called(protein=None, consequences=("missense_variant",)), ("colon",)),
    Edit("another residue", called(protein=protein.parse("p.V600K")), ("called",)),
    Edit("by its position alone", called(protein=None), ("called",)),
    Edit("another transcript", called(transcript="ENST00000288602"), ()),
    Edit("of another sample", called(sample="plasma"), ("breast", "prostate")),
    Edit("of no sample", called(sample=None), ("prostate",)),
    Edit("an alias", called(gene="HER1"), ("untreated lung",)),
    Edit("not found", instead(0), ("untreated lung",)),
    Edit("found twice", lambda a: with_more(a.patient.alterations[0])(a), ()),
    Edit("a second hit", with_more(small("BRCA2", "W2626C")), ("prostate",)),
    Edit("the other copy lost", with_more(copies("PALB2", "loss")), ("not phased",)),
    Edit("a passenger", with_more(small("TTN", "A1G")), ("colon",)),
    Edit("an unknown gene", with_more(small("NOGENE1", "A1G")), ("untreated lung",)),
    Edit("an unknown gene that is called", with_more(small("NOGENE1", "A1G")), ("called",)),
    # other alterations
    Edit("resistance", with_more(small("EGFR", "T790M")), ("untreated lung",)),
    Edit("KRAS mutated", with_more(small("KRAS", "G12D")), ("wild type",)),
    Edit("NRAS mutated", with_more(small("NRAS", "Q61K")), ("wild type",)),
    Edit("KRAS stated as wild type", with_more(marker("KRAS", "wild type")), ("wild type",)),
    Edit("KRAS stated as mutated", with_more(marker("KRAS", "mutated")), ("wild type",)),
    Edit("not oriented", instead(0, fused("EML4", "ALK", oriented=False)), ()),
    Edit("the other way round", instead(0, fused("ALK", "EML4")), ("fusion",)),
    Edit("out of frame", instead(0, fused("EML4", "ALK", in_frame=False)), ("fusion",)),
    Edit("partner unnamed", instead(0, fused(None, "ALK")), ("fusion",)),
    Edit("intragenic", instead(0, fused("ALK", "ALK")), ("fusion",)),
    *(
        Edit(f"copy number {state.value}", instead(1, copies("MET", state.value)), ("fusion",))
        for state in CopyNumberState
        if state is not CopyNumberState.AMPLIFICATION
    ),
    Edit("HER2 gene not amplified", instead(1, copies("ERBB2", "neutral")), ("breast",)),
    Edit("deleted", with_more(copies("BRCA2", "homozygous deletion")), ("wild type",)),
    # markers
    Edit("HER2 0 in the liver", instead(2, marker("HER2 IHC", "0", "liver")), ("breast",)),
    Edit("HER2 2+ in the liver", instead(2, marker("HER2 IHC", "2+", "liver")), ("breast",)),
    Edit("HER2 3+ in the skin", instead(3, marker("HER2 IHC", "3+", "skin")), ("breast",)),
    Edit("HER2 of no sample", instead(2, marker("HER2 IHC", "3+")), ("breast",)),
    Edit("HER2 not tested", lambda a: instead(2)(instead(3)(a)), ("breast",)),
    Edit("ER negative", instead(4, marker("ER", "negative")), ("breast",)),
    Edit("MSI high", with_more(marker("MSI", "MSI-H")), ("lung",)),
    Edit("MSI high instead", instead(1, marker("MSI", "MSI-H")), ("colon",)),
    Edit("TMB high", with_more(marker("TMB", "14")), ("wild type",)),
    Edit("TMB low", with_more(marker("TMB", "3")), ("wild type",)),
    Edit("PD-L1 low", instead(4, marker("PD-L1 TPS", "1 %")), ("lung",)),
    Edit("PD-L1 high", with_more(marker("PD-L1 TPS", "80 %")), ("untreated lung",)),
    Edit("T790M stated as a marker", with_more(marker("EGFR T790M", "detected")), ("untreated lung",)),
    Edit("a rearrangement stated", with_more(marker("RET rearrangement", "positive", "liver")), ("untreated lung",)),
    Edit("AR-V7 not detected", instead(3, marker("AR-V7", "not detected")), ("prostate",)),
    # samples and assays
    Edit("no assay", sampled(assay=None), ("wild type",)),
    Edit("a panel", sampled(assay=PANEL), ("wild type",)),
    Edit("blood", sampled(kind="ctDNA"), ("wild type",)),
    Edit("low purity", sampled(purity=0.1), ("panel",)),
    Edit("purity not given", sampled(purity=None), ("panel",)),
    Edit("low depth", sampled(depth=100), ("panel",)),
    Edit("no copy number handed in", sampled(reported=frozenset({"small variant"})), ("lung",)),
    Edit("nothing handed in", sampled(reported=frozenset()), ("wild type",)),
    Edit("no sample", about(samples=()), ("wild type",)),
    Edit("one more sample", lambda a: about(samples=(*a.patient.samples, PLASMA))(a), ()),
    Edit("normal tissue", sampled(kind="normal"), ("colon",)),
    # the person
    Edit("a child", about(age=11), ("untreated lung",)),
    Edit("seventeen", about(age=17), ()),
    Edit("eighteen", about(age=18), ()),
    Edit("age unknown", about(age=None), ()),
    Edit("another sex", about(sex="female"), ()),
    Edit("sex unknown", about(sex=None), ()),
    Edit("premenopausal", about(menopausal_status="premenopausal"), ("breast",)),
    Edit("ECOG 3", about(ecog=3), ()),
    Edit("ECOG unknown", about(ecog=None), ()),
    Edit("early", about(stage="II"), ("untreated lung",)),
    Edit("stage unknown", about(stage=None), ("untreated lung",)),
    Edit("a stage that nobody knows", about(stage="banana"), ("untreated lung",)),
    Edit("castration sensitive", about(stage="mHSPC"), ("prostate",)),
    Edit("covered", about(coverage="NRDL"), ()),
    Edit("history unknown", about(prior_therapies=None), ("untreated lung",)),
    Edit("untreated", about(prior_therapies=()), ("breast",)),
    Edit("one more line", and_treated(therapy("trastuzumab deruxtecan", stopped_for="progression")), ("breast",)),
    Edit("progressed on osimertinib", and_treated(therapy("osimertinib", stopped_for="progression")),
         ("untreated lung",)),
    Edit("progressed on a drug that nobody knows", and_treated(therapy("bananamab", stopped_for="progression")),
         ("untreated lung",)),
    Edit("stopped for toxicity", treated(stopped_for="toxicity"), ("lung",)),
    Edit("adjuvant", treated(setting="adjuvant"), ("breast",)),
    Edit("a toxicity", treated(toxicities=("interstitial lung disease grade 3",)), ("breast",)),
    Edit("another response", treated(best_response="PD"), ("ovary",)),
    Edit("stopped lately", treated(stop="2026-11-10"), ("course",)),
    Edit("a heart failure", about(conditions=("heart failure",)), ("breast",)),
    Edit("conditions unknown", about(conditions=None), ("breast",)),
    Edit("a condition that nobody knows", about(conditions=("bananas",)), ("breast",)),
    Edit("an interaction", about(medications=("rifampicin",)), ("untreated lung",)),
    Edit("medications unknown", about(medications=None), ("breast",)),
    Edit("a low ejection fraction", about(measurements=(Measured("LVEF", 42, "%", NOWHERE),)), ("breast",)),
    Edit("no measurement", about(measurements=()), ("cautions",)),
    Edit("wants no infusion", about(preferences=("avoid intravenous",)), ("breast",)),
    Edit("organoid resistant", about(organoids=(Organoid("liver", "pyrotinib", 4.0),)), ("breast",)),
    Edit("organoid sensitive", about(organoids=(Organoid("liver", "pyrotinib", 72.0),)), ("breast",)),
    Edit("organoids of one focus fewer", lambda a: about(organoids=a.patient.organoids[:3])(a), ("organoids",)),
    Edit("progressed", happened("2026-10-01", "progression", site="brain"), ("organoids",)),
    Edit("died", happened("2026-10-02", "death", cause="tumor"), ("course",)),
    Edit("fewer events", lambda a: about(events=a.patient.events[:5])(a), ("course",)),
    # the question
    Edit("another tumor", about(tumor_type="GIST"), ("untreated lung",)),
    Edit("a wider tumor", about(tumor_type="NSCLC"), ("fusion",)),
    Edit("no such tumor", about(tumor_type="BANANA"), ("colon",)),
    Edit("another tumor by option", lambda a: a._replace(tumor_type="COAD"), ("called",)),
    *(
        Edit(f"asked in {place}", lambda a, place=place: a._replace(jurisdiction=place), on)  # type: ignore[misc]
        for place, on in {"CN": ("lung", "colon"), "EU": ("lung", "fusion"), "US": ("fusion", "breast")}.items()
    ),
    Edit("nowhere", about(jurisdiction=None), ("colon",)),
    Edit("asked years ago", lambda a: a._replace(as_of="2014-06-01"), ("lung",)),
    Edit("asked for the day before", lambda a: a._replace(as_of="2026-11-19"), ()),
    Edit("from a study folder", lambda a: a._replace(form="cBioPortal study"), ("called",)),
)  # fmt: skip
"""Each changes one thing."""


PLAIN = ("brca", "fusion", "breast", "lung")
"""Where an edit is made that is not known to change an answer: the first of these that it changes itself."""


def twins() -> dict[str, Asked]:
    """Every base, and bases after every edit, by name."""
    found = bases()
    made = dict(found)
    for edit in EDITS:
        for base in edit.on or [each for each in PLAIN if edit.change(found[each]) != found[each]][:1]:
            made[f"{base}, {edit.name}"] = edit.change(found[base])
    return made


def subjects(asked: dict[str, Asked]) -> list[Subject]:
    """A subject for each, in this order."""
    return [each.subject(name, number) for number, (name, each) in enumerate(asked.items())]


# Strategies

ALTERATIONS = (
    *(small("EGFR", change) for change in ("L858R", "T790M", "C797S", "E746_A750del", "G719A", "D770_N771insG")),
    *(small("KRAS", change) for change in ("G12C", "G12D", "Q61H", "A18D")),
    *(small("BRAF", change) for change in ("V600E", "K601E", "L597Q", "D594G")),
    *(small("BRCA2", change) for change in ("S1982Rfs*22", "K3326*", "W2626C")),
    *(small("PALB2", change) for change in ("Q921*", "S133*", "L939W")),
    *(small("ERBB2", change) for change in ("V777L", "Y772_A775dup", "S310F")),
    *(small("PIK3CA", change) for change in ("H1047R", "E545K", "G118D")),
    *(small("TP53", "R175H"), small("ESR1", "Y537S"), small("IDH1", "R132H"), small("KIT", "V560D")),
    *(copies(gene, state) for gene in ("ERBB2", "MET", "BRCA2") for state in ("amplification", "loss", "unclear")),
    *(fused("EML4", "ALK"), fused("ALK", "EML4", oriented=False), fused(None, "ROS1"), fused("FGFR2", "BICC1")),
    *(marker("MSI", "MSI-H"), marker("MSI", "MSS"), marker("TMB", "12"), marker("TMB", "9"), marker("HER2 IHC", "2+")),
    *(marker("HER2 ISH", "positive"), marker("PD-L1 CPS", "10"), marker("ER", "0 %"), marker("BRAF V600E", "negative")),
)

calls = st.fixed_dictionaries(
    {},
    optional={
        "origin": st.sampled_from(Origin),
        "zygosity": st.sampled_from(["homozygous", "heterozygous", "LOH"]),
        "significance": st.sampled_from(["pathogenic", "uncertain", "likely benign", "oncogenic"]),
        "haplotype": st.sampled_from(["h|1", "h|2", "g|1", "cis with T790M", "trans with T790M"]),
        "filtered": st.sampled_from(["germline_risk", "no read shows it"]),
        "vaf": st.sampled_from([0.01, 0.3, 0.5]),
        "sample": st.sampled_from(["liver", "plasma", None]),
        "exon": st.sampled_from([2, 19, 20, 21]),
    },
)


@st.composite
def alterations(draw: st.DrawFn) -> Alteration:
    """An alteration; a small variant's call has more or less to it."""
    found = draw(st.sampled_from(ALTERATIONS))
    return replace(found, **draw(calls)) if isinstance(found, SmallVariant) else found


def edited(asked: Asked, edits: Iterable[Edit]) -> Asked:
    """The patient after these edits, one after the other."""
    for edit in edits:
        asked = edit.change(asked)
    return asked


@st.composite
def cohorts(draw: st.DrawFn) -> list[Subject]:
    """A few patients, most of them one patient after an edit or with another alteration: nearly alike."""
    names = sorted(bases())
    one = edited(bases()[draw(st.sampled_from(names))], draw(st.lists(st.sampled_from(EDITS), max_size=3)))
    one = with_more(*draw(st.lists(alterations(), max_size=3)))(one)
    found = [one, one]
    for _ in range(draw(st.integers(3, 6))):
        near = draw(st.sampled_from(found))
        if draw(st.booleans()):
            near = edited(near, [draw(st.sampled_from(EDITS))])
        else:
            near = with_more(draw(alterations()))(near)
        found.append(near)
    return [each.subject(f"P{number}", number) for number, each in enumerate(found)]
