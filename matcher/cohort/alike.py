"""Who is alike: alterations that every biomarker takes the same way, and patients who differ in nothing else.

A passenger mutation of TP53 differs from another one in its name, its place and its read counts, and no rule asks for
those. Each alteration is stood for by the first one met that is covered by the same biomarkers as closely and with the
same doubts. Two of one patient are never stood for by the same one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Origin, Place, SmallVariant
from kb.biomarker import codons_meant, covers, first_codon, may_cover_variants
from matcher.biomarker_status import defeats_wild_type, genes_of, is_at_named_codon, is_homozygous
from matcher.names import alteration_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kb.biomarker import Biomarker
    from kb.graph import KnowledgeBase
    from matcher.assay import Coverage

NOWHERE = Place("")
SAMPLE = "the only sample"
"""The name of the only sample of a patient who stands for others."""

LONGEST = 10_000
"""A biomarker that may mean more codons than this one may mean any: no list of them is made."""

Signature = tuple[object, ...]
_Kind = tuple[int, str | None]
"""The number of a signature, and the sample."""


class _OfGene(NamedTuple):
    """The biomarkers of a gene in their order, those that may mean a codon, and its wild types.

    `every` are the places of those that small variants can be covered by, `anywhere` of those among them that may mean
    any codon; `at` has those that may mean a codon for each that only some biomarkers can mean.
    """

    biomarkers: tuple[Biomarker, ...]
    every: tuple[int, ...]
    anywhere: tuple[int, ...]
    at: Mapping[int, tuple[int, ...]]
    wild_types: tuple[Biomarker, ...]

    def meant(self, codon: int | None) -> Iterable[int]:
        """The places of the biomarkers that may mean a codon, in order; all of small variants where it is not known."""
        return self.every if codon is None else self.at.get(codon, self.anywhere)


class Standing(NamedTuple):
    """What stands for a patient's alterations, in their order, and by its place the one that it stands for.

    `beside` are the genes of alterations that were left out: a marker may name what they bring in reach.
    """

    alterations: tuple[Alteration, ...]
    own: dict[Place, Alteration]
    beside: frozenset[str]


class Likeness:
    """The alterations that stand for others, over one graph; with `exact`, for those that are told of in one way alone.

    Told are an alteration's name, what speaks against the call, and the sample.
    """

    def __init__(self, knowledge: KnowledgeBase, exact: bool = False) -> None:
        self._knowledge, self._exact = knowledge, exact
        self._numbers: dict[Signature, int] = {}
        self._of_written: dict[tuple[object, ...], int] = {}
        self._standing: dict[_Kind, list[Alteration]] = {}
        self._count = 0
        self._of_gene: dict[str, _OfGene] = {}

    def standing(self, alterations: Iterable[Alteration], coverage: Coverage, looked: int, only: str) -> Standing:
        """What stands for the alterations of a patient whose only sample is `only`.

        `looked` is the number of what was looked at, which `coverage` tells. An alteration that no biomarker asks about
        is left out.
        """
        given = tuple(alterations)
        phased = self._exact or any(isinstance(each, SmallVariant) and each.haplotype is not None for each in given)
        found: list[Alteration] = []
        own: dict[Place, Alteration] = {}
        taken: dict[_Kind, int] = {}
        beside: set[str] = set()
        for alteration in given:
            doubt = coverage.doubt(alteration)
            told = (alteration_name(alteration), doubt) if self._exact else ()
            number = self._number(alteration, doubt is not None, looked, phased, told)
            if not number:
                beside.update(genes_of(alteration))
                continue
            kind = number, SAMPLE if alteration.sample == only and not self._exact else alteration.sample
            place = taken.get(kind, 0)
            taken[kind] = place + 1
            stand_in = self._stand_in(kind, place, alteration)
            found.append(stand_in)
            own[stand_in.place] = alteration
        return Standing(tuple(found), own, frozenset(beside))

    def _stand_in(self, kind: _Kind, place: int, alteration: Alteration) -> Alteration:
        """What stands for an alteration of this kind, of which the patient has `place` others before it."""
        known = self._standing.setdefault(kind, [])
        if place == len(known):
            self._count += 1
            known.append(replace(alteration, sample=kind[1], place=Place("alteration", self._count)))
        return known[place]

    def _number(
        self, alteration: Alteration, is_doubted: bool, looked: int, exact: bool, told: tuple[str | None, ...]
    ) -> int:
        """A number for what of an alteration decides anything; 0 where nothing does. `exact` keeps it as written."""
        if isinstance(alteration, SmallVariant):
            return self._of_variant(alteration, is_doubted, looked, exact, told)
        return self._numbered(self._signature(alteration))

    def _numbered(self, signature: Signature | None) -> int:
        return 0 if signature is None else self._numbers.setdefault(signature, len(self._numbers) + 1)

    def _signature(self, alteration: CopyNumberChange | Fusion | MarkerValue) -> Signature | None:
        """What of an alteration decides anything; None where nothing does."""
        if isinstance(alteration, MarkerValue):
            return "marker", alteration.marker, alteration.value
        if isinstance(alteration, Fusion):
            return "fusion", replace(alteration, place=NOWHERE, sample=None, reads=None)
        if not self._biomarkers(alteration.gene).biomarkers:
            return None
        return "copy number", replace(alteration, place=NOWHERE, sample=None)

    def _of_variant(
        self, variant: SmallVariant, is_doubted: bool, looked: int, exact: bool, told: tuple[str | None, ...]
    ) -> int:
        written = (
            *(variant.gene, variant.protein, variant.coding, variant.consequences, variant.exon, variant.codon),
            *(variant.origin, variant.zygosity, variant.significance, variant.haplotype, variant.filtered is not None),
            *(told, is_doubted, looked, exact),
        )
        found = self._of_written.get(written)
        if found is None:
            found = self._of_written[written] = self._numbered(self._decisive(variant, written))
        return found

    def _decisive(self, variant: SmallVariant, written: Signature) -> Signature | None:
        """What of a small variant decides anything: which biomarkers cover it, and how it stands to a wild type."""
        of_gene = self._biomarkers(variant.gene)
        covered = tuple(
            (place, match.closeness, match.doubt is not None)
            for place in of_gene.meant(first_codon(variant))
            if (match := covers(of_gene.biomarkers[place], variant, self._knowledge)) is not None
        )
        defeats = bool(of_gene.wild_types) and defeats_wild_type(variant)
        at_codons = tuple([is_at_named_codon(each, variant) for each in of_gene.wild_types]) if defeats else ()
        if not covered and not defeats:
            return None
        *_, is_filtered, _, is_doubted, looked, exact = written
        if exact or any(each.phase_with is not None for each in of_gene.biomarkers):
            return written
        told = variant.significance, variant.origin is Origin.GERMLINE, is_homozygous(variant)
        return variant.gene, covered, defeats, at_codons, told, is_filtered, is_doubted, looked

    def _biomarkers(self, gene: str) -> _OfGene:
        """The biomarkers of a gene, those of both alleles as those of one too."""
        found = self._of_gene.get(gene)
        if found is None:
            named = self._knowledge.biomarkers_of_gene(gene)
            one_hit = (
                each._replace(classes=tuple(name for name in each.classes if name != "biallelic"))
                for each in named
                if "biallelic" in each.classes
            )
            found = self._of_gene[gene] = _of_gene((*named, *one_hit))
        return found


def _of_gene(biomarkers: tuple[Biomarker, ...]) -> _OfGene:
    every = tuple(place for place, each in enumerate(biomarkers) if may_cover_variants(each))
    meant = {place: codons_meant(biomarkers[place]) for place in every}
    anywhere = [place for place, codons in meant.items() if codons is None or len(codons) > LONGEST]
    at: dict[int, list[int]] = {}
    for place in meant.keys() - anywhere:
        for codon in meant[place] or ():
            at.setdefault(codon, []).append(place)
    each_codon = {codon: tuple(sorted((*anywhere, *places))) for codon, places in at.items()}
    wild_types = tuple(each for each in biomarkers if each.kind == "wild type")
    return _OfGene(biomarkers, every, tuple(anywhere), each_codon, wild_types)
