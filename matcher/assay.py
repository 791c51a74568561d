"""Assays: which genes, for which kinds of alteration, in which specimen. They give `absent` its meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from matcher.cut_offs import DEFAULT, Thresholds
from matcher.names import alteration_name
from matcher.phrases import joined, text
from matcher.specimens import Specimen
from matcher.specimens import specimen as specimen_of

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from matcher.patient import Sample

SMALL_VARIANT = "small variant"
COPY_NUMBER = "copy number"
FUSION = "fusion"
PROMOTER = "promoter"
ISOFORM = "isoform"
KINDS = (SMALL_VARIANT, COPY_NUMBER, FUSION, PROMOTER, ISOFORM)
"""What an assay can look for. `small variant` is in the coding sequence and its splice sites; `isoform` is a transcript
seen in RNA, such as AR-V7."""

TISSUE = "tissue"
CTDNA = "ctDNA"
SPECIMENS = (TISSUE, CTDNA)

_SUPPLIED_BY = {PROMOTER: SMALL_VARIANT, ISOFORM: FUSION}
"""The kind of file in which results of a kind come, where it is another one."""


class Spot(NamedTuple):
    """The part of a gene that a biomarker is about: codons, exons or both; neither means the whole gene."""

    codons: frozenset[int] = frozenset()
    exons: tuple[int, ...] = ()


WHOLE_GENE = Spot()


@dataclass(frozen=True, slots=True)
class Part:
    """Genes that are looked at alike.

    `genes` None means every protein-coding gene. `exons` and `codons` restrict genes to parts of them (hotspot
    panels); a gene that neither names is looked at whole.
    """

    kinds: frozenset[str]
    genes: frozenset[str] | None = None
    exons: Mapping[str, frozenset[int]] = field(default_factory=dict)
    codons: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def looks_at(self, gene: str, kind: str) -> bool:
        """Whether an alteration of this kind in this gene, or in the part that is looked at, would have been seen."""
        return kind in self.kinds and (self.genes is None or gene in self.genes)

    def gap(self, gene: str, spot: Spot) -> str | None:
        """What of the gene this part looks at, where that leaves some of the spot out; None when it leaves nothing."""
        exons, codons = self.exons.get(gene), self.codons.get(gene)
        if exons is not None and not (spot.exons and exons.issuperset(spot.exons)):
            return text("assays", "only exons", numbers=_listed(exons), gene=gene)
        if codons is not None and not (spot.codons and codons.issuperset(spot.codons)):
            return text("assays", "only codons", numbers=_listed(codons), gene=gene)
        return None


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What an assay needs of a sample to rule something out; None where the laboratory states no limit.

    `purity` is the least share of tumor cells (0 to 1), `depth` the least mean coverage, `vaf` the least allele
    fraction (0 to 1) that is called.
    """

    purity: float | None = None
    depth: float | None = None
    vaf: float | None = None


@dataclass(frozen=True, slots=True)
class Assay:
    """What an assay looks at.

    `germline` says that normal tissue was sequenced beside the tumor. `specimens` are those that it is validated
    for; empty means that the laboratory states none.
    """

    name: str
    parts: tuple[Part, ...]
    germline: bool = False
    specimens: frozenset[str] = frozenset()
    limits: Limits = Limits()
    thresholds: Thresholds = DEFAULT
    source: str | None = None

    @property
    def genes(self) -> frozenset[str]:
        """Every gene that the assay names."""
        return frozenset(gene for part in self.parts for gene in part.genes or ())

    def looks_at(self, gene: str, kind: str) -> bool:
        """Whether this assay would have seen an alteration of this kind somewhere in this gene."""
        return any(part.looks_at(gene, kind) for part in self.parts)

    def gap(self, gene: str, kind: str, spot: Spot) -> str | None:
        """What the assay leaves out of the spot; None when one of its parts leaves out nothing."""
        gaps = [part.gap(gene, spot) for part in self.parts if part.looks_at(gene, kind)]
        return None if None in gaps else joined(dict.fromkeys(gap for gap in gaps if gap), "sentences")

    def renamed(self, approved: Callable[[str], str]) -> Assay:
        """The assay with each gene under its approved symbol."""

        def part(old: Part) -> Part:
            genes = None if old.genes is None else frozenset(map(approved, old.genes))
            exons = {approved(gene): kept for gene, kept in old.exons.items()}
            codons = {approved(gene): kept for gene, kept in old.codons.items()}
            return Part(old.kinds, genes, exons, codons)

        return replace(self, parts=tuple(map(part, self.parts)))


BUILT_IN = {
    "WES": Assay("WES", (Part(frozenset({SMALL_VARIANT, COPY_NUMBER})),)),
    "WGS": Assay("WGS", (Part(frozenset({SMALL_VARIANT, COPY_NUMBER, FUSION, PROMOTER})),)),
}
"""Whole-exome and whole-genome sequencing of the tumor. Neither sees RNA: isoforms such as AR-V7 need RNA or protein.
An exome leaves out promoters and the introns where fusions break. A panel is a file (docs/assays.md)."""


class Tested(NamedTuple):
    """What was looked at for a gene and a kind of alteration.

    `by` are the assays that can rule it out; `unsure` are those that looked but cannot, each with the reason;
    `germline` says that a normal sample was sequenced too.
    """

    by: tuple[str, ...] = ()
    unsure: tuple[tuple[str, str], ...] = ()
    germline: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every assay that looked, whether or not it can rule something out."""
        return (*self.by, *(name for name, _ in self.unsure))


class Coverage:
    """All that was looked at for one patient: the samples with their assays."""

    def __init__(self, samples: tuple[Sample, ...], assays: Mapping[str, Assay]) -> None:
        named = [(sample, assays.get(sample.assay or "")) for sample in samples]
        self._samples = [(sample, assay) for sample, assay in named if assay is not None]
        self._of_sample = {sample.id: assay for sample, assay in self._samples}

    def is_like(self, other: Coverage) -> bool:
        """Whether the same samples were looked at in the same way."""
        return self._samples == other._samples

    @property
    def looked(self) -> tuple[tuple[Sample, Assay], ...]:
        """The samples that an assay looked at, each with the assay."""
        return tuple(self._samples)

    def of_sample(self, name: str) -> Coverage:
        """What was looked at in one sample alone; nothing for a sample without a known assay."""
        kept = [(sample, assay) for sample, assay in self._samples if sample.id == name]
        return Coverage(tuple(sample for sample, _ in kept), {sample.assay or "": assay for sample, assay in kept})

    @property
    def restricted(self) -> frozenset[str]:
        """The genes of which some assay looks at a part only."""
        parts = [part for _, assay in self._samples for part in assay.parts]
        return frozenset(gene for part in parts for gene in (*part.exons, *part.codons))

    def tested(self, gene: str, kind: str, spot: Spot = WHOLE_GENE) -> Tested:
        """The assays that looked: an assay counts only when the sample's results of that kind were handed in."""
        by: list[str] = []
        unsure: list[tuple[str, str]] = []
        germline = False
        for sample, assay in self._samples:
            if _SUPPLIED_BY.get(kind, kind) not in sample.reported or not assay.looks_at(gene, kind):
                continue
            germline = germline or assay.germline
            name = _of_sample(assay, sample.id)
            reason = why_unsure(sample, assay, kind) or _left_out(assay, gene, kind, spot)
            if reason is None:
                by.append(name)
            else:
                unsure.append((name, reason))
        return Tested(tuple(by), tuple(unsure), germline)

    def seen_by(self, alterations: Iterable[Alteration]) -> tuple[str, ...]:
        """The assays whose results the alterations are, sorted; a sample without a known assay names none."""
        names = {getattr(alteration, "sample", None) or "" for alteration in alterations}
        return tuple(sorted(_of_sample(self._of_sample[name], name) for name in names if name in self._of_sample))

    def doubt(self, alteration: Alteration) -> str | None:
        """Why a call is not certain: the caller filtered it, or its allele fraction is below what its assay calls.

        None when nothing is against it.
        """
        filtered = getattr(alteration, "filtered", None)
        if filtered:
            return text("assays", "filtered", label=alteration_name(alteration), filters=filtered)
        assay = self._of_sample.get(getattr(alteration, "sample", None) or "")
        vaf = getattr(alteration, "vaf", None)
        least = assay.limits.vaf if assay is not None else None
        if assay is None or vaf is None or least is None or vaf >= least:
            return None
        label = alteration_name(alteration)
        return text("assays", "low fraction", label=label, vaf=f"{vaf:.1%}", least=f"{least:.1%}", assay=assay.name)


def _of_sample(assay: Assay, sample: str) -> str:
    return text("assays", "of sample", assay=assay.name, sample=sample)


_NOT_TUMOR = {
    Specimen.NORMAL: "normal tissue",
    Specimen.BLOOD: "ctDNA alone",
    Specimen.FLUID: "fluid alone",
    Specimen.UNKNOWN: "unknown specimen",
}
"""Why what is not tissue of the tumor rules nothing out."""


def why_unsure(sample: Sample, assay: Assay, kind: str) -> str | None:
    """Why what the assay did not find in this sample may be there all the same; None when it can be ruled out."""
    if not is_tumor(sample):
        return text("assays", _NOT_TUMOR[specimen_of(sample.kind)], kind=sample.kind)
    if assay.specimens and TISSUE not in assay.specimens:
        return text("assays", "not validated", specimen=text("assays", TISSUE))
    limits = assay.limits
    if limits.purity is not None:
        if sample.purity is None:
            return text("assays", "purity not given", least=f"{limits.purity:.0%}")
        if sample.purity < limits.purity:
            return text("assays", "purity too low", purity=f"{sample.purity:.0%}", least=f"{limits.purity:.0%}")
    if limits.depth is not None:
        if sample.depth is None:
            return text("assays", "depth not given", least=f"{limits.depth:g}")
        if sample.depth < limits.depth:
            return text("assays", "depth too low", depth=f"{sample.depth:g}", least=f"{limits.depth:g}")
    return _too_diluted(sample, limits) if kind == SMALL_VARIANT else None


def _too_diluted(sample: Sample, limits: Limits) -> str | None:
    """A clonal heterozygous variant of a diploid tumor has an allele fraction of half the purity."""
    if limits.vaf is None or sample.purity is None or sample.purity / 2 >= limits.vaf:
        return None
    return text(
        "assays",
        "too diluted",
        purity=f"{sample.purity:.0%}",
        fraction=f"{sample.purity / 2:.1%}",
        least=f"{limits.vaf:.1%}",
    )


def _left_out(assay: Assay, gene: str, kind: str, spot: Spot) -> str | None:
    gap = assay.gap(gene, kind, spot)
    return text("assays", "looks at", gap=gap) if gap else None


def is_normal(sample: Sample) -> bool:
    """Whether the specimen is the patient's normal tissue, so that what it has is of the germline."""
    return specimen_of(sample.kind) is Specimen.NORMAL


def is_tumor(sample: Sample) -> bool:
    """Whether the specimen is known to be tissue of the tumor: nothing else can rule something out."""
    return specimen_of(sample.kind) is Specimen.TUMOR


def is_plasma(sample: Sample) -> bool:
    """Whether the specimen is circulating DNA, in blood or in another fluid."""
    return specimen_of(sample.kind) in {Specimen.BLOOD, Specimen.FLUID}
