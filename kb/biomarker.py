"""Biomarkers: what evidence speaks of, as predicates over alterations."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from enum import IntEnum
from sys import maxsize
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kb.alteration import Alteration, CopyNumberChange, CopyNumberState, Fusion, Origin, SmallVariant
from kb.consequence import (
    CODING,
    TRUNCATING,
    codon_of_coding,
    codons_of_coding,
    consequence_class,
    is_deletion,
    is_insertion,
    length_changed,
    may_change,
    may_change_protein,
)
from kb.doubt import doubt

if TYPE_CHECKING:
    from kb.genes import Exon

ANY_MUTATION = ":MUT"
"""How the id of a biomarker ends that any mutation of its gene makes present."""


class Biomarker(NamedTuple):
    """One biomarker definition as the graph holds it.

    `kind` is one of `protein change`, `codon`, `exon and class`, `oncogenic mutation`, `loss of function`,
    `amplification`, `gain`, `loss`, `homozygous deletion`, `fusion`, `promoter`, `wild type`, `germline`, `isoform`,
    `expression`, `signature`, `coding change`, `measured` (what only a report can state by name: methylation, an
    allele, a virus), `reversion`, `none`.
    `state` is `present`, or `absent` for a negative biomarker.
    `fusion_partner` is a gene, or begins with `any`. `members` is a boolean expression over other biomarker ids for a
    composite, else None. `codons` are single ones: of a biomarker of several codons, or what a wild type asks for.
    `phase_with` is another biomarker of the gene: whether the two are in cis or in trans changes what they mean for
    therapy. `genomic_changes` are known coordinates (`GRCh37:7:140453136:A>T`, see `kb.nomenclature.genomic`), seldom
    all.
    """

    id: str
    iri: str
    label: str
    kind: str
    genes: tuple[str, ...] = ()
    protein_changes: tuple[str, ...] = ()
    codon_first: int | None = None
    codon_last: int | None = None
    exons: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    fusion_partner: str | None = None
    fusion_role: str | None = None
    marker: str | None = None
    assay: str | None = None
    operator: str | None = None
    threshold: str | None = None
    unit: str | None = None
    origin: str | None = None
    state: str = "present"
    members: str | None = None
    broader: tuple[str, ...] = ()
    wild_type_rule: str | None = None
    note: str | None = None
    verified: str = "yes"
    coding_changes: tuple[str, ...] = ()
    phase_with: str | None = None
    codons: tuple[int, ...] = ()
    genomic_changes: tuple[str, ...] = ()


class Closeness(IntEnum):
    """How closely a biomarker describes an alteration, closest first."""

    EXACT = 1
    CODON = 2
    RANGE = 3
    FUNCTION = 4
    GENE = 5

    @property
    def label(self) -> str:
        """The word the answer uses for this rung of the ladder."""
        return _CLOSENESS_LABELS[self.value]


_CLOSENESS_LABELS = {1: "exact", 2: "codon", 3: "exon or range", 4: "functional class", 5: "gene"}


class Match(NamedTuple):
    """A biomarker covers an alteration: how closely, and `doubt` when it may only do so (a VUS, an unknown frame)."""

    closeness: Closeness
    doubt: str | None = None


class Vocabulary(Protocol):
    """What a broad biomarker must see of the others: the graph gives it."""

    def biomarkers_of_gene(self, symbol: str) -> tuple[Biomarker, ...]:
        """All biomarkers that name the gene."""
        ...

    def narrower_biomarkers(self, biomarker: Biomarker) -> tuple[Biomarker, ...]:
        """Those of its genes that lie under the biomarker, at any depth."""
        ...

    def exons(self, gene: str) -> tuple[Exon, ...]:
        """The coding exons of the gene, by number; empty where they are not known."""
        ...


class NoVocabulary:
    """A vocabulary without biomarkers: broad biomarkers then rest on what the input states alone."""

    def biomarkers_of_gene(self, symbol: str) -> tuple[Biomarker, ...]:
        """None."""
        return ()

    def narrower_biomarkers(self, biomarker: Biomarker) -> tuple[Biomarker, ...]:
        """None."""
        return ()

    def exons(self, gene: str) -> tuple[Exon, ...]:
        """None."""
        return ()


def narrower(biomarker: Biomarker, others: Sequence[Biomarker]) -> tuple[Biomarker, ...]:
    """The biomarkers among the others that lie under this one, at any depth."""
    found: dict[str, Biomarker] = {}
    above = {biomarker.id}
    grown = True
    while grown:
        new = [other for other in others if other.id not in found and above.intersection(other.broader)]
        found.update((other.id, other) for other in new)
        above.update(other.id for other in new)
        grown = bool(new)
    return tuple(found.values())


def names(biomarker_id: str, label: str) -> frozenset[str]:
    """What a report may call a biomarker, in lower case: its id, its label, and the label without what goes unsaid.

    >>> sorted(names("BRCA1:REVERSION", "BRCA1 reversion mutation"))
    ['brca1 reversion', 'brca1 reversion mutation', 'brca1:reversion']
    """
    written = label.lower()
    short = _IN_HGVS.sub("", written.removesuffix(" (any partner)"))
    if short.endswith(" reversion mutation"):
        short = short.removesuffix(" mutation")
    return frozenset({biomarker_id.lower(), written, short})


_IN_HGVS = re.compile(r" \([^()]* by hgvs\)$")
"""What a label adds to a name in another numbering: `H3 K27M (H3-3A p.K28M by HGVS)`."""


def covers(biomarker: Biomarker, alteration: Alteration, vocabulary: Vocabulary | None = None) -> Match | None:
    """How the biomarker describes the alteration, or None when it does not.

    `vocabulary` lets a broad biomarker ("oncogenic mutation") see the specific ones that the graph places under it:
    a variant qualifies as oncogenic only when one of them covers it, when the input states so, or when it truncates a
    tumor suppressor; a variant of unknown significance gives a match in doubt and never a certain one.
    Measured markers (expression, signatures, isoforms) are read elsewhere, against their scales.
    """
    vocabulary = vocabulary or NoVocabulary()
    if isinstance(alteration, SmallVariant):
        return _covers_variant(biomarker, alteration, vocabulary) if alteration.gene in biomarker.genes else None
    if isinstance(alteration, CopyNumberChange):
        return _covers_copy_number(biomarker, alteration) if alteration.gene in biomarker.genes else None
    if isinstance(alteration, Fusion):
        return _covers_fusion(biomarker, alteration)
    return None


_MET_BY = {
    "amplification": {CopyNumberState.AMPLIFICATION: Closeness.EXACT},
    "gain": {CopyNumberState.GAIN: Closeness.EXACT, CopyNumberState.AMPLIFICATION: Closeness.FUNCTION},
    "loss": {CopyNumberState.LOSS: Closeness.EXACT, CopyNumberState.HOMOZYGOUS_DELETION: Closeness.FUNCTION},
    "homozygous deletion": {CopyNumberState.HOMOZYGOUS_DELETION: Closeness.EXACT},
    "loss of function": {CopyNumberState.HOMOZYGOUS_DELETION: Closeness.FUNCTION},
}
"""The copy-number states that meet a biomarker of each kind: an amplification is also a gain, and not the reverse."""

_OF_MORE_COPIES = frozenset({"amplification", "gain"})


def _covers_copy_number(biomarker: Biomarker, change: CopyNumberChange) -> Match | None:
    states = _MET_BY.get(biomarker.kind)
    if states is None or biomarker.origin == "germline":
        return None
    if change.state is CopyNumberState.UNCLEAR:
        return _covers_unclear(biomarker, change)
    closeness = states.get(change.state)
    return Match(closeness) if closeness is not None else None


def _covers_unclear(biomarker: Biomarker, change: CopyNumberChange) -> Match | None:
    """A value that decides no state may be any state on its side of the normal."""
    if change.log_ratio is not None and (change.log_ratio > 0) != (biomarker.kind in _OF_MORE_COPIES):
        return None
    if change.log_ratio is None:
        return Match(Closeness.GENE, doubt("copy number", gene=change.gene))
    return Match(Closeness.GENE, doubt("log ratio", gene=change.gene, ratio=f"{change.log_ratio:g}"))


def _covers_fusion(biomarker: Biomarker, fusion: Fusion) -> Match | None:
    if biomarker.kind == "isoform":
        return _covers_exons_lost(biomarker, fusion)
    if biomarker.kind != "fusion":
        return None
    driver = next((gene for gene in fusion.genes if gene in biomarker.genes), None)
    if driver is None:
        return None
    if fusion.is_intragenic:
        return Match(Closeness.GENE, doubt("no second gene", alteration=fusion))
    if not _is_on_its_side(biomarker, fusion, driver):
        return Match(Closeness.GENE, doubt("reciprocal", alteration=fusion, biomarker=biomarker))
    partner = biomarker.fusion_partner
    if partner is None or partner.startswith("any"):
        closeness = Closeness.FUNCTION
    elif {*biomarker.genes, partner}.issubset(fusion.genes):
        closeness = Closeness.EXACT
    elif driver != partner and None in (fusion.five_prime, fusion.three_prime):
        return Match(Closeness.FUNCTION, doubt("partner not named", alteration=fusion))
    else:
        return None
    wanted = _JOINED_EXONS.fullmatch(biomarker.fusion_role or "")
    if wanted is not None and closeness is Closeness.EXACT:
        if fusion.five_prime_exon is None or fusion.three_prime_exon is None:
            role = biomarker.fusion_role or ""
            return Match(closeness, doubt("exons not given", alteration=fusion, role=role))
        if (fusion.five_prime_exon, fusion.three_prime_exon) != (int(wanted[1]), int(wanted[2])):
            return None
    if fusion.in_frame is False and "in frame" in (biomarker.fusion_role or ""):
        return Match(closeness, doubt("out of frame"))
    return Match(closeness)


_JOINED_EXONS = re.compile(r"breakpoint e(\d+)::e(\d+)")


def _covers_exons_lost(biomarker: Biomarker, fusion: Fusion) -> Match | None:
    """A transcript without some exons, seen as a junction inside the gene: exon 1 to exon 8 of EGFR is EGFRvIII."""
    if not fusion.is_intragenic or fusion.five_prime not in biomarker.genes:
        return None
    if fusion.five_prime_exon is None or fusion.three_prime_exon is None or not biomarker.exons:
        return Match(Closeness.GENE, doubt("transcript not told", alteration=fusion))
    lost = tuple(range(fusion.five_prime_exon + 1, fusion.three_prime_exon))
    return Match(Closeness.EXACT) if lost == tuple(sorted(biomarker.exons)) else None


def _is_on_its_side(biomarker: Biomarker, fusion: Fusion, driver: str) -> bool:
    """Whether the driver gene stands where the biomarker needs it (`3-prime partner`, `5-prime partner`)."""
    role = biomarker.fusion_role or ""
    if not fusion.oriented:
        return True
    if "3-prime" in role:
        return fusion.three_prime == driver
    return fusion.five_prime == driver if "5-prime" in role else True


def _covers_variant(biomarker: Biomarker, variant: SmallVariant, vocabulary: Vocabulary) -> Match | None:
    if (
        _is_elsewhere(biomarker, variant)
        or not _has_origin(biomarker, variant)
        or variant.significance in {"benign", "likely benign"}
    ):
        return None
    if biomarker.kind in _OF_CODONS and _may_be(biomarker, variant):
        return Match(Closeness.GENE, _not_given(variant))
    check = _VARIANT_CHECKS.get(biomarker.kind)
    return check(biomarker, variant, vocabulary) if check else None


def may_cover_variants(biomarker: Biomarker) -> bool:
    """Whether the biomarker is of a kind that describes small variants."""
    return biomarker.kind in _VARIANT_CHECKS


def _is_elsewhere(biomarker: Biomarker, variant: SmallVariant) -> bool:
    """Whether a biomarker of definite codons cannot be meant: most comparisons end here."""
    first = first_codon(variant)
    if first is None:
        return False
    meant = codons_meant(biomarker)
    return meant is not None and first not in meant


def codons_meant(biomarker: Biomarker) -> Collection[int] | None:
    """The codons of which a biomarker of definite codons can be meant alone; None for any other biomarker."""
    if biomarker.kind not in _OF_CODONS:
        return None
    if biomarker.codons or biomarker.codon_first is None:
        return biomarker.codons or None
    return range(biomarker.codon_first, (biomarker.codon_last or maxsize - 1) + 1)


def first_codon(variant: SmallVariant) -> int | None:
    """The first codon that the variant changes: of its protein change, else of its position."""
    return variant.codon if variant.protein is None else variant.protein.first


def _is_unplaced(biomarker: Biomarker, variant: SmallVariant) -> bool:
    """Whether the file leaves open where in the protein the change lies, as a bare `c.2573T>G` or `mutation` does."""
    if first_codon(variant) is not None:
        return False
    return variant.exon is None or not biomarker.exons or variant.exon in biomarker.exons


def _may_be(biomarker: Biomarker, variant: SmallVariant) -> bool:
    """Whether a variant whose protein change the file does not give could be the biomarker's."""
    only_placed = variant.protein is None and variant.codon is not None
    if not only_placed and not _is_unplaced(biomarker, variant):
        return False
    if _is_far(biomarker, variant):
        return False
    consequence = consequence_class(variant)
    if consequence is None:
        return may_change_protein(variant)
    keeps_length = not variant.consequences and length_changed(variant.coding) == 0
    called = _OF_ONE_LENGTH if keeps_length else _MAY_BE_CALLED.get(consequence, frozenset({consequence}))
    if biomarker.kind == "exon and class":
        given = called if keeps_length else {consequence}
        fits = any(_has_class(wanted, variant, each) for wanted in biomarker.classes for each in given)
        return fits and not _is_within(biomarker, variant)
    if biomarker.kind == "codon":
        return "missense" in called
    from kb.nomenclature.protein import parse  # here, so that a start without variants does not pay for it

    return any(parse(change).consequence_class in called for change in biomarker.protein_changes)


_OF_ONE_LENGTH = frozenset({"missense", "nonsense", "inframe_delins"})
"""The classes that a protein change may have where as many bases are put in as are taken out."""

_IN_FRAME = frozenset({"inframe_deletion", "inframe_insertion", "inframe_delins", "nonsense"})
_SHORTENED = frozenset({"frameshift", "nonsense"})
_MAY_BE_CALLED: dict[str, frozenset[str]] = {
    "inframe_deletion": _IN_FRAME,
    "inframe_insertion": _IN_FRAME,
    "inframe_delins": _IN_FRAME | {"missense"},
    "frameshift": _SHORTENED,
    "truncation": _SHORTENED,
    "loss_of_function": _SHORTENED,
}
"""The classes that a protein change may have, by the class that its DNA change or its Sequence Ontology term has."""

_FAR = 150
"""Codons by which numbers of two transcripts of one gene are taken to differ at most: a bare coding name tells its
codon in its own transcript, which it does not name."""


def _is_far(biomarker: Biomarker, variant: SmallVariant) -> bool:
    """Whether a bare coding name lies so far from the biomarker's codons that no transcript brings the two together."""
    named = codons_of_coding(variant.coding)
    if variant.protein is not None or not named:
        return False
    meant = biomarker.codons
    if not meant and biomarker.codon_first is not None:
        meant = (biomarker.codon_first, biomarker.codon_last or biomarker.codon_first)
    return bool(meant) and (named[-1] < min(meant) - _FAR or named[0] > max(meant) + _FAR)


def _not_given(variant: SmallVariant) -> str:
    """That the protein change is not given, with the codon where the coding name tells it."""
    codon = codon_of_coding(variant.coding) if variant.protein is None else None
    if codon is None:
        return doubt("protein change not given", alteration=variant)
    return doubt("protein change at a codon not given", alteration=variant, codon=codon)


_OF_CODONS = frozenset({"protein change", "codon", "exon and class"})


def _has_origin(biomarker: Biomarker, variant: SmallVariant) -> bool:
    """A germline biomarker needs a germline call; a variant whose origin is not stated is not one."""
    return biomarker.origin != "germline" or variant.origin is Origin.GERMLINE


def _covers_protein_change(biomarker: Biomarker, variant: SmallVariant, _: Vocabulary) -> Match | None:
    from kb.nomenclature.protein import parse  # here, so that a start without variants does not pay for it

    if variant.protein is None or variant.protein.kind == "unknown":
        return None
    same = any(parse(change) == variant.protein for change in biomarker.protein_changes)
    return Match(Closeness.EXACT) if same else None


def _covers_coding_change(biomarker: Biomarker, variant: SmallVariant, _: Vocabulary) -> Match | None:
    """A change named by its coding sequence: of the same transcript, which neither side names (see the note)."""
    if variant.coding is None:
        return None
    named = variant.coding.rpartition(":")[2]
    return Match(Closeness.EXACT) if named in biomarker.coding_changes else None


def _covers_codon(biomarker: Biomarker, variant: SmallVariant, _: Vocabulary) -> Match | None:
    if consequence_class(variant) != "missense":
        return None
    if biomarker.codons and first_codon(variant) in biomarker.codons:
        return Match(Closeness.CODON)
    return Match(Closeness.CODON) if _is_within(biomarker, variant) else None


def _is_within(biomarker: Biomarker, variant: SmallVariant) -> bool:
    """Whether the change starts inside the biomarker's codons (or, without a protein change, lies in its exons)."""
    if biomarker.codon_first is None and not biomarker.exons:
        return True  # anywhere in the gene
    first = first_codon(variant)
    if first is None or biomarker.codon_first is None or biomarker.codon_last is None:
        return variant.exon is not None and variant.exon in biomarker.exons
    return biomarker.codon_first <= first <= biomarker.codon_last


def _covers_exon(biomarker: Biomarker, variant: SmallVariant, _: Vocabulary) -> Match | None:
    consequence = consequence_class(variant)
    fits = any(_has_class(wanted, variant, consequence) for wanted in biomarker.classes)
    return Match(Closeness.RANGE) if fits and _is_within(biomarker, variant) else None


def _has_class(wanted: str, variant: SmallVariant, consequence: str | None) -> bool:
    if wanted in {"inframe_deletion", "delins"}:
        return is_deletion(variant, consequence)
    if wanted in {"inframe_insertion", "insertion", "duplication"}:
        return is_insertion(variant, consequence)
    if wanted == "inframe_indel":
        return consequence in {"inframe_deletion", "inframe_insertion", "inframe_delins"}
    if wanted == "any coding":
        return consequence in CODING
    return consequence == wanted


def _covers_oncogenic(biomarker: Biomarker, variant: SmallVariant, vocabulary: Vocabulary) -> Match | None:
    consequence = consequence_class(variant)
    if not may_change(consequence, variant.consequences):
        return None
    if _is_known(biomarker, variant, vocabulary):
        return Match(Closeness.FUNCTION)
    placed = biomarker.codon_first is not None and not _is_unplaced(biomarker, variant)
    if placed and not _is_within(biomarker, variant):
        return None
    if "activating" in biomarker.classes or "exonuclease_domain_pathogenic" in biomarker.classes:
        return Match(Closeness.GENE, doubt("not among the known", alteration=variant, biomarker=biomarker))
    if variant.significance in _QUALIFYING:
        return Match(Closeness.FUNCTION)
    if variant.significance is None and consequence in TRUNCATING and _is_suppressor(biomarker, vocabulary):
        return Match(Closeness.FUNCTION, _keeps_most(variant, vocabulary))
    return Match(Closeness.GENE, doubt("unknown significance", alteration=variant))


_QUALIFYING = frozenset({"pathogenic", "likely pathogenic", "oncogenic", "likely oncogenic"})


def _is_known(biomarker: Biomarker, variant: SmallVariant, vocabulary: Vocabulary) -> bool:
    """Whether a specific biomarker under this one covers the variant for certain."""
    for specific in vocabulary.narrower_biomarkers(biomarker):
        if specific.kind in _OF_CODONS and not _is_elsewhere(specific, variant):
            match = _covers_variant(specific, variant, vocabulary)
            if match is not None and match.doubt is None:
                return True
    return False


def _is_suppressor(biomarker: Biomarker, vocabulary: Vocabulary) -> bool:
    """Whether the graph knows the gene by loss of function: the mark of a tumor suppressor here."""
    others = (other for gene in biomarker.genes for other in vocabulary.biomarkers_of_gene(gene))
    return any(other.kind == "loss of function" for other in others)


def _covers_loss(biomarker: Biomarker, variant: SmallVariant, vocabulary: Vocabulary) -> Match | None:
    consequence = consequence_class(variant)
    if not may_change(consequence, variant.consequences):
        return None
    if variant.significance == "uncertain":
        return Match(Closeness.GENE, doubt("unknown significance", alteration=variant))
    truncates = consequence in TRUNCATING or consequence == "exon_loss"
    if (
        variant.significance in {"pathogenic", "likely pathogenic"}
        or truncates
        or _is_known(biomarker, variant, vocabulary)
    ):
        if "biallelic" in biomarker.classes:
            return Match(Closeness.FUNCTION, doubt("both alleles"))
        is_stated = variant.significance in {"pathogenic", "likely pathogenic"}
        return Match(Closeness.FUNCTION, None if is_stated else _keeps_most(variant, vocabulary))
    if variant.significance in _QUALIFYING:
        return Match(Closeness.FUNCTION, doubt("loss not stated", alteration=variant))
    return Match(Closeness.GENE, doubt("loss not known", alteration=variant))


_MOST = 0.9
"""A truncation in the last exon that leaves this share of the protein says little (ClinGen's PVS1 decision tree:
Abou Tayoun 2018, https://doi.org/10.1002/humu.23626)."""


def _keeps_most(variant: SmallVariant, vocabulary: Vocabulary) -> str | None:
    """Why a truncation may keep the function: it lies in the last exon, near the protein's end. None otherwise."""
    first = first_codon(variant) or codon_of_coding(variant.coding)
    if first is None or consequence_class(variant) not in {"nonsense", "frameshift"}:
        return None
    exons = vocabulary.exons(variant.gene)
    if not exons or first < exons[-1].codon_first or first < _MOST * exons[-1].codon_last:
        return None
    length = exons[-1].codon_last - 1  # the stop codon is none of the protein's
    return doubt("escapes decay", alteration=variant, kept=first - 1, length=length)


def _covers_splice(biomarker: Biomarker, variant: SmallVariant, _: Vocabulary) -> Match | None:
    """MET exon 14 skipping from DNA: a splice-site or exon-loss change at the exon.

    Substitutions of the residues that it carries (Y1003, D1010) may do the same and are matches in doubt.
    """
    consequence = consequence_class(variant)
    if not biomarker.exons:
        return None
    open_doubt = doubt("skipping not given", alteration=variant)
    if _is_bare(variant) and _is_near_exon(biomarker, variant):
        is_last = codon_of_coding(variant.coding) in _PHENOCOPIES
        copied = doubt("phenocopy", alteration=variant, biomarker=biomarker)
        return Match(Closeness.RANGE, copied if is_last else open_doubt)
    if not (_is_within(biomarker, variant) or _is_intron_beside(biomarker, variant)):
        unplaced = consequence is None and variant.coding is None and _is_unplaced(biomarker, variant)
        return Match(Closeness.GENE, open_doubt) if unplaced and may_change_protein(variant) else None
    if consequence in {"splice", "exon_loss"}:
        return Match(Closeness.RANGE)
    if consequence is None:
        return Match(Closeness.RANGE, open_doubt)
    if consequence == "missense" and variant.protein is not None and variant.protein.first in _PHENOCOPIES:
        return Match(Closeness.RANGE, doubt("phenocopy", alteration=variant, biomarker=biomarker))
    return None


_PHENOCOPIES = frozenset({1003, 1010})

_NEAR_EXON = 20
"""Codons beside an exon that a bare coding name may still mean by: MET's other transcript counts 18 more (D1010 is
D1028 in NM_001127500)."""


def _is_bare(variant: SmallVariant) -> bool:
    """Whether a position in the coding exons is all that the file gives."""
    is_alone = variant.protein is None and not variant.consequences
    return is_alone and bool(codons_of_coding(variant.coding)) and may_change_protein(variant)


def _is_near_exon(biomarker: Biomarker, variant: SmallVariant) -> bool:
    named = codons_of_coding(variant.coding)
    if biomarker.codon_first is None or biomarker.codon_last is None:
        return False
    return named[-1] >= biomarker.codon_first - _NEAR_EXON and named[0] <= biomarker.codon_last + _NEAR_EXON


def _is_intron_beside(biomarker: Biomarker, variant: SmallVariant) -> bool:
    """Whether a coding name such as `c.2888-1G>T` or `c.3028+1G>A` sits at the edge of the biomarker's codons."""
    if variant.coding is None or biomarker.codon_first is None or biomarker.codon_last is None:
        return False
    digits = variant.coding.split(".", 1)[-1].replace("-", "+").split("+")[0].split("_")[0]
    if not digits.isdigit():
        return False
    codon = (int(digits) + 2) // 3
    return biomarker.codon_first - 1 <= codon <= biomarker.codon_last + 1


def _covers_promoter(biomarker: Biomarker, variant: SmallVariant, _: Vocabulary) -> Match | None:
    """A change upstream of the coding sequence (`c.-124C>T`), named by the biomarker or any."""
    named = variant.coding.rpartition(":")[2] if variant.coding is not None else None
    if named is not None and named in biomarker.coding_changes:
        return Match(Closeness.EXACT)
    upstream = _UPSTREAM.intersection(variant.consequences) or (named is not None and named.startswith("c.-"))
    if not upstream:
        return None
    if not biomarker.coding_changes:
        return Match(Closeness.RANGE)
    return Match(Closeness.GENE, doubt("base not given", alteration=variant)) if named is None else None


_UPSTREAM = frozenset({"upstream_gene_variant", "5_prime_UTR_variant", "regulatory_region_variant"})


def _covers_germline(biomarker: Biomarker, variant: SmallVariant, vocabulary: Vocabulary) -> Match | None:
    return _covers_loss(biomarker, variant, vocabulary)


_VARIANT_CHECKS: dict[str, Callable[[Biomarker, SmallVariant, Vocabulary], Match | None]] = {
    "protein change": _covers_protein_change,
    "coding change": _covers_coding_change,
    "codon": _covers_codon,
    "exon and class": _covers_exon,
    "oncogenic mutation": _covers_oncogenic,
    "loss of function": _covers_loss,
    "germline": _covers_germline,
    "isoform": _covers_splice,
    "promoter": _covers_promoter,
}
