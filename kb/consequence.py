"""What a small variant does to its protein, from its protein change or its Sequence Ontology terms."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

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
    stated = _stated(variant.consequences)
    if stated in _OF_SPLICING:
        return stated
    told = "unknown" if variant.protein is None else variant.protein.consequence_class
    if told != "unknown":
        return told
    if variant.consequences or variant.coding is None:
        return stated
    return "splice" if _is_at_splice_site(variant.coding) else class_of_coding(variant.coding)


_OF_SPLICING = frozenset({"splice", "exon_loss"})


@lru_cache(maxsize=1024)
def _stated(terms: tuple[str, ...]) -> str | None:
    """The class of the first term that decides one."""
    return next((CLASS_OF_TERM[term] for term in terms if term in CLASS_OF_TERM), None)


_EDIT = re.compile(r"c\.(\d{1,6})(?:_(\d{1,6}))?(delins|del|dup|ins)([ACGT]*)(\d*)")


def class_of_coding(coding: str) -> str | None:
    """What a change of the coding sequence's length does, whatever the transcript: `frameshift`, or in frame.

    None for a substitution, whose residues the sequence would tell, and for positions outside the coding exons.

    >>> [class_of_coding(name) for name in ("c.68_69del", "c.2235_2249del", "c.5266dup", "c.1799T>A", "c.3028+1del")]
    ['frameshift', 'inframe_deletion', 'frameshift', None, None]
    """
    found = _EDIT.fullmatch(coding.rpartition(":")[2])
    if found is None:
        return None
    first, last, edit, bases = int(found[1]), int(found[2] or found[1]), found[3], found[4]
    if last < first or (edit in {"ins", "delins"} and not bases):
        return None
    span = last - first + 1
    change = {"del": -span, "dup": span, "ins": len(bases), "delins": len(bases) - span}[edit]
    if change % 3:
        return "frameshift"
    return {"del": "inframe_deletion", "delins": "inframe_delins"}.get(edit, "inframe_insertion")


def codon_of_coding(coding: str | None) -> int | None:
    """The codon that a coding name begins in, in its own transcript; None outside the coding exons.

    >>> codon_of_coding("c.1799T>A"), codon_of_coding("c.-124C>T")
    (600, None)
    """
    found = re.match(r"c\.(\d{1,6})(?![\d+-])", coding.rpartition(":")[2]) if coding else None
    return (int(found[1]) + 2) // 3 if found else None


def codons_of_coding(coding: str | None) -> range:
    """The codons that a coding name lies in, in its own transcript; empty outside the coding exons.

    >>> codons_of_coding("c.1799_1801delinsAAG"), codons_of_coding("c.3028+1G>A")
    (range(600, 602), range(0, 0))
    """
    first = codon_of_coding(coding)
    if coding is None or first is None:
        return range(0)
    end = re.match(r"c\.\d{1,6}_(\d{1,6})(?![\d+-])", coding.rpartition(":")[2])
    return range(first, max(first, (int(end[1]) + 2) // 3 if end else first) + 1)


def length_changed(coding: str | None) -> int | None:
    """The bases that a delins of the coding sequence adds or takes; None for any other name.

    >>> length_changed("c.1799_1800delinsAA"), length_changed("c.2237_2255delinsT"), length_changed("c.1799T>A")
    (0, -18, None)
    """
    found = _EDIT.fullmatch(coding.rpartition(":")[2]) if coding else None
    if found is None or found[3] != "delins" or not found[4]:
        return None
    return len(found[4]) - (int(found[2] or found[1]) - int(found[1]) + 1)


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
    return may_change(consequence_class(variant), variant.consequences)


def may_change(consequence: str | None, terms: Collection[str]) -> bool:
    """The same of a variant of this class and with these Sequence Ontology terms."""
    if consequence is not None:
        return consequence in CODING
    return not terms or not OUTSIDE.issuperset(terms)


def is_insertion(variant: SmallVariant, consequence: str | None) -> bool:
    """Whether residues are gained: an insertion, a duplication, or a delins longer than what it replaces."""
    if consequence == "inframe_insertion":
        return True
    change = variant.protein
    if consequence != "inframe_delins":
        return False
    if change is None or change.first is None:
        return (length_changed(variant.coding) or 0) > 0
    replaced = (change.last or change.first) - change.first + 1
    return len(change.inserted) > replaced


def is_deletion(variant: SmallVariant, consequence: str | None) -> bool:
    """Whether residues are lost in frame: a deletion, or a delins shorter than what it replaces."""
    if consequence == "inframe_deletion":
        return True
    change = variant.protein
    if consequence != "inframe_delins":
        return False
    if change is None or change.first is None:
        return (length_changed(variant.coding) or 0) < 0
    replaced = (change.last or change.first) - change.first + 1
    return len(change.inserted) < replaced
