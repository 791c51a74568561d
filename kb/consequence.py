"""What a small variant does to its protein, from its protein change or its Sequence Ontology terms."""

from __future__ import annotations

import re

from kb.alteration import SmallVariant

CLASS_OF_TERM = {
    "missense_variant": "missense",
    "stop_gained": "nonsense",
    "frameshift_variant": "frameshift",
    "inframe_deletion": "inframe_deletion",
    "inframe_insertion": "inframe_insertion",
    "conservative_inframe_deletion": "inframe_deletion",
    "conservative_inframe_insertion": "inframe_insertion",
    "disruptive_inframe_deletion": "inframe_deletion",
    "disruptive_inframe_insertion": "inframe_insertion",
    "splice_acceptor_variant": "splice",
    "splice_donor_variant": "splice",
    "splice_site_variant": "splice",
    "exon_loss_variant": "exon_loss",
    "start_lost": "start_lost",
    "initiator_codon_variant": "start_lost",
    "inframe_indel": "inframe_delins",
    "protein_altering_variant": "inframe_delins",
    "feature_truncation": "truncation",
    "loss_of_function_variant": "loss_of_function",
    "stop_lost": "stop_lost",
    "synonymous_variant": "synonymous",
    "stop_retained_variant": "synonymous",
    "start_retained_variant": "synonymous",
}
"""Sequence Ontology terms (http://www.sequenceontology.org) that decide a class; others leave it open."""

TRUNCATING = frozenset({"nonsense", "frameshift", "splice", "start_lost", "truncation", "loss_of_function"})
"""Classes that are taken as loss of function in a tumor suppressor, and what a report states as that.

Very strong evidence by default in ClinGen/CGC/VICC (Horak 2022, https://doi.org/10.1016/j.gim.2022.01.001, code OVS1).
"""

CODING = frozenset(
    {"missense", "nonsense", "frameshift", "inframe_deletion", "inframe_insertion", "inframe_delins"}
    | {"splice", "exon_loss", "start_lost", "stop_lost", "truncation", "loss_of_function"}
)
"""Classes that change the protein or its splicing."""


def consequence_class(variant: SmallVariant) -> str | None:
    """The class of a small variant (`missense`, `frameshift`, `splice`, ...), or None when the file does not tell.

    A splice-site consequence wins over the protein change that some annotators print beside it.
    """
    stated = [CLASS_OF_TERM[term] for term in variant.consequences if term in CLASS_OF_TERM]
    if stated and stated[0] in {"splice", "exon_loss"}:
        return stated[0]
    if variant.protein is not None and variant.protein.consequence_class != "unknown":
        return variant.protein.consequence_class
    if not stated and not variant.consequences and _is_at_splice_site(variant.coding):
        return "splice"
    return stated[0] if stated else None


def _is_at_splice_site(coding: str | None) -> bool:
    """Whether a coding name reaches the two bases of the intron beside an exon (`c.3028+1G>A`, `c.2888-2A>G`)."""
    return coding is not None and re.search(r"\d[+-][12](?!\d)", coding) is not None


OUTSIDE = frozenset(
    {"intron_variant", "upstream_gene_variant", "downstream_gene_variant", "intergenic_variant"}
    | {"5_prime_UTR_variant", "3_prime_UTR_variant", "non_coding_transcript_exon_variant"}
    | {"non_coding_transcript_variant", "NMD_transcript_variant", "mature_miRNA_variant"}
)
"""Sequence Ontology terms of variants that lie outside what is translated and its splice sites."""


def may_change_protein(variant: SmallVariant) -> bool:
    """Whether the variant changes the protein or its splicing, or may do so for all that the file tells.

    A bare `c.35G>A` or `mutation` may; a synonymous or an intronic variant does not.
    """
    consequence = consequence_class(variant)
    if consequence is not None:
        return consequence in CODING
    return not variant.consequences or not OUTSIDE.issuperset(variant.consequences)


def is_insertion(variant: SmallVariant, consequence: str | None) -> bool:
    """Whether residues are gained: an insertion, a duplication, or a delins longer than what it replaces."""
    if consequence == "inframe_insertion":
        return True
    change = variant.protein
    if consequence != "inframe_delins" or change is None or change.first is None:
        return False
    replaced = (change.last or change.first) - change.first + 1
    return len(change.inserted) > replaced


def is_deletion(variant: SmallVariant, consequence: str | None) -> bool:
    """Whether residues are lost in frame: a deletion, or a delins shorter than what it replaces."""
    if consequence == "inframe_deletion":
        return True
    change = variant.protein
    if consequence != "inframe_delins" or change is None or change.first is None:
        return False
    replaced = (change.last or change.first) - change.first + 1
    return len(change.inserted) < replaced
