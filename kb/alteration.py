"""What was observed in a sample: small variants, copy-number changes, fusions and marker values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from kb.handing import by_fields

if TYPE_CHECKING:
    from kb.nomenclature.protein import ProteinChange


class Origin(StrEnum):
    """Where a variant was called from; the sequenced specimen alone does not tell germline from somatic."""

    SOMATIC = "somatic"
    GERMLINE = "germline"
    UNKNOWN = "unknown"


class CopyNumberState(StrEnum):
    """Discrete copy-number states (cBioPortal's five levels and the homozygous deletion by its name).

    `UNCLEAR` is a measured gene whose value decides no state, such as a log ratio between the cut-offs.
    """

    AMPLIFICATION = "amplification"
    GAIN = "gain"
    NEUTRAL = "neutral"
    LOSS = "loss"
    HOMOZYGOUS_DELETION = "homozygous deletion"
    UNCLEAR = "unclear"


@by_fields
@dataclass(frozen=True, slots=True)
class Place:
    """A place in a user's file, printed `variants.maf:17`; rows count from 1, the header line included."""

    file: str
    row: int | None = None

    def __str__(self) -> str:
        return self.file if self.row is None else f"{self.file}:{self.row}"


@by_fields
@dataclass(frozen=True, slots=True)
class GenomicChange:
    """A change in genomic coordinates as the file gave it (1-based position; `build` None when not stated)."""

    chromosome: str
    position: int
    reference: str
    alternate: str
    build: str | None = None

    def __str__(self) -> str:
        return f"{self.chromosome}:{self.position}{self.reference}>{self.alternate}"


@by_fields
@dataclass(frozen=True, slots=True)
class SmallVariant:
    """One small variant in one gene.

    `gene` is the symbol (as written until normalized, then HGNC's). `consequences` are Sequence Ontology
    terms, most severe first. `significance` is a classification that the file states (`pathogenic`,
    `likely pathogenic`, `oncogenic`, `likely oncogenic`, `uncertain`, `likely benign`, `benign`) and
    `significance_source` names the column that said so. `vaf` is a fraction from 0 to 1. `haplotype` is
    `SET|NUMBER` where a caller phased the variant (of two variants with the same set, those of the same number are in
    cis), or a report's words, `cis with T790M` or `trans with T790M`. `filtered` names the caller's filters that took
    the call out: it may be an artifact and may be real. `gene` is empty for a call that no annotator
    placed in a gene: then `genomic` is given. `codon` is the first codon changed, where only the position tells it.
    """

    gene: str
    place: Place
    protein: ProteinChange | None = None
    coding: str | None = None
    consequences: tuple[str, ...] = ()
    exon: int | None = None
    transcript: str | None = None
    genomic: GenomicChange | None = None
    origin: Origin = Origin.UNKNOWN
    vaf: float | None = None
    depth: int | None = None
    zygosity: str | None = None
    significance: str | None = None
    significance_source: str | None = None
    sample: str | None = None
    haplotype: str | None = None
    codon: int | None = None
    filtered: str | None = None

    @property
    def label(self) -> str:
        """Gene and change as a board reads them: `BRAF V600E`, `MET c.3082+1G>T`, `TP53 splice_donor_variant`."""
        if not self.gene:
            return str(self.genomic) if self.genomic else "variant"
        if self.protein is not None:
            return f"{self.gene} {self.protein.short}"
        if self.coding:
            return f"{self.gene} {self.coding}"
        if self.consequences:
            return f"{self.gene} {self.consequences[0]}"
        return f"{self.gene} {self.genomic}" if self.genomic else f"{self.gene} variant"


@by_fields
@dataclass(frozen=True, slots=True)
class CopyNumberChange:
    """A copy-number state of one gene; `copies` is the absolute number where the file gives one."""

    gene: str
    state: CopyNumberState
    place: Place
    copies: float | None = None
    log_ratio: float | None = None
    sample: str | None = None

    @property
    def label(self) -> str:
        """`ERBB2 amplification`."""
        return f"{self.gene} {self.state.value}"


@by_fields
@dataclass(frozen=True, slots=True)
class Fusion:
    """A gene fusion; a partner that the file does not name is None. `in_frame` None means not stated.

    `oriented` is False when the file does not say which partner is 5': the two may be the other way round.
    The exons are the last one of the 5' partner and the first one of the 3' partner, where the file gives them;
    `reads` are those that support the junction. Both partners the same gene is an intragenic rearrangement.
    """

    five_prime: str | None
    three_prime: str | None
    place: Place
    in_frame: bool | None = None
    sample: str | None = None
    oriented: bool = True
    five_prime_exon: int | None = None
    three_prime_exon: int | None = None
    reads: int | None = None

    @property
    def is_intragenic(self) -> bool:
        """Whether both partners are the same gene: a rearrangement inside it, no fusion of two genes."""
        return self.five_prime is not None and self.five_prime == self.three_prime

    @property
    def genes(self) -> tuple[str, ...]:
        """The named partners, 5' first."""
        return tuple(gene for gene in (self.five_prime, self.three_prime) if gene)

    @property
    def label(self) -> str:
        """`EML4::ALK fusion`, with `?` for a partner that is not named (HGNC's double-colon form)."""
        if self.is_intragenic:
            return f"{self.five_prime} intragenic rearrangement{self._exons}"
        return f"{self.five_prime or '?'}::{self.three_prime or '?'} fusion{self._exons}"

    @property
    def _exons(self) -> str:
        if self.five_prime_exon is None or self.three_prime_exon is None:
            return ""
        return f" (exon {self.five_prime_exon} to exon {self.three_prime_exon})"


@by_fields
@dataclass(frozen=True, slots=True)
class MarkerValue:
    """A measured marker: IHC, ISH, expression, isoform or signature, as the patient file gives it.

    `marker` is the name as written (`HER2 IHC`, `PD-L1 CPS`, `MSI`, `TMB`, `AR-V7`), `value` its value as
    text (`3+`, `2`, `MSI-H`, `not detected`).
    """

    marker: str
    value: str
    place: Place
    sample: str | None = None

    @property
    def label(self) -> str:
        """`HER2 IHC 3+`."""
        return f"{self.marker} {self.value}"


Alteration = SmallVariant | CopyNumberChange | Fusion | MarkerValue


def of_normal_tissue(alteration: Alteration) -> Alteration:
    """The alteration as found in normal tissue: a small variant whose origin is not known is one of the germline."""
    if isinstance(alteration, SmallVariant) and alteration.origin is Origin.UNKNOWN:
        return replace(alteration, origin=Origin.GERMLINE)
    return alteration
