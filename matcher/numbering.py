"""Protein changes whose codon is counted by another convention than HGVS: histone H3, and BRAF before its correction.

Papers and reports count histone residues without the first methionine, HGVS with it: K27 is codon 28, as the graph's
definition of H3 K27M says. The reference sequence tells most of these apart: H3 has an arginine at codon 27 and a
valine at codon 36 (UniProt P84243), BRAF a threonine at codon 599 (UniProt P15056).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.alteration import Alteration, MarkerValue, SmallVariant
from kb.biomarker import names
from kb.consequence import codon_of_coding
from matcher.notes import Note, Severity

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

_H3 = re.compile(r"H3-3[AB]|H3C\d{1,2}")
_CERTAIN = frozenset({("K", 27), ("K", 36)})
_OPEN = frozenset({("G", 34)})
"""Residues in histone numbering; H3 has a glycine at codon 34 too, so an annotator's G34 is taken as HGVS."""

_K27M = "H3 K27M"


def with_hgvs_numbers(
    alterations: tuple[Alteration, ...], knowledge: KnowledgeBase
) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
    """The alterations with HGVS's codon numbers, and notes on those that were counted otherwise.

    K27M in a histone H3 gene that no biomarker of H3 K27M names is stated as that marker too.
    """
    genes = {getattr(one, "gene", "") for one in alterations}
    if "BRAF" not in genes and not any(gene.startswith("H3") for gene in genes):
        return alterations, ()
    found: list[Alteration] = []
    notes: list[Note] = []
    for one in alterations:
        if not isinstance(one, SmallVariant) or one.protein is None:
            found.append(one)
            continue
        shifted, why = _shifted(one)
        found.append(shifted)
        if why:
            message = f"{one.label} is read as {shifted.label}: {why}"
            notes.append(Note(Severity.WARNING, one.place, message, f"write {shifted.label}, or the change as it is"))
        marker = _of_family(shifted, knowledge)
        if marker is not None:
            found.append(marker)
            notes.append(Note(Severity.INFO, one.place, f"{shifted.label} counts as {_K27M}", "none needed"))
    return (tuple(found) if notes else alterations), tuple(notes)


def with_histone_family(alterations: tuple[Alteration, ...]) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
    """The alterations, with a K27M whose file names the family H3 and no gene of it as a marker; and notes."""
    if {"H3", "h3"}.isdisjoint([getattr(one, "gene", "") for one in alterations]):
        return alterations, ()
    found: list[Alteration] = list(alterations)
    notes: list[Note] = []
    for number, one in enumerate(alterations):
        if isinstance(one, SmallVariant) and one.gene.upper() == "H3" and one.protein is not None:
            change = one.protein
            if (change.reference, change.first, change.inserted) in {("K", 27, "M"), ("K", 28, "M")}:
                found[number] = MarkerValue(_K27M, "detected", one.place, one.sample)
                message = f"{one.label} names no gene: it is read as the marker {_K27M}"
                notes.append(Note(Severity.WARNING, one.place, message, "write the gene, such as H3-3A p.K28M"))
    return (tuple(found) if notes else alterations), tuple(notes)


def _shifted(variant: SmallVariant) -> tuple[SmallVariant, str]:
    change = variant.protein
    if change is None or change.first is None or change.first != change.last:
        return variant, ""
    residue = change.reference, change.first
    if variant.gene == "BRAF" and residue == ("V", 599):
        return _one_higher(variant), "codon 599 is a threonine, and V599 the former number of V600"
    is_histone = _H3.fullmatch(variant.gene) and (residue in _CERTAIN or (residue in _OPEN and not _is_hgvs(variant)))
    if is_histone:
        return _one_higher(variant), "histone numbering leaves out the first methionine"
    return variant, ""


def _is_hgvs(variant: SmallVariant) -> bool:
    """Whether the coding name, or an annotator, shows that the codon is HGVS's."""
    codon = codon_of_coding(variant.coding)
    if codon is not None and variant.protein is not None:
        return codon == variant.protein.first
    return variant.transcript is not None or variant.genomic is not None


def _one_higher(variant: SmallVariant) -> SmallVariant:
    change = variant.protein
    if change is None or change.first is None or change.last is None:
        return variant
    moved = replace(change, first=change.first + 1, last=change.last + 1, text="")
    codon = None if variant.codon is None else variant.codon + 1
    return replace(variant, protein=moved, codon=codon)


def _of_family(variant: SmallVariant, knowledge: KnowledgeBase) -> MarkerValue | None:
    change = variant.protein
    if change is None or not _H3.fullmatch(variant.gene) or change.short != "K28M":
        return None
    of_gene = knowledge.biomarkers_of_gene(variant.gene)
    if any(_K27M.lower() in names(each.id, each.label) for each in of_gene) or not knowledge.biomarkers_named(_K27M):
        return None
    return MarkerValue(_K27M, "detected", variant.place, variant.sample)
