"""Sequence Ontology terms of variant consequences, in their order of severity."""

from __future__ import annotations

CODING = (
    "transcript_ablation",
    "exon_loss_variant",
    "splice_acceptor_variant",
    "splice_donor_variant",
    "splice_site_variant",
    "stop_gained",
    "frameshift_variant",
    "feature_truncation",
    "loss_of_function_variant",
    "stop_lost",
    "start_lost",
    "initiator_codon_variant",
    "transcript_amplification",
    "inframe_insertion",
    "conservative_inframe_insertion",
    "disruptive_inframe_insertion",
    "inframe_deletion",
    "conservative_inframe_deletion",
    "disruptive_inframe_deletion",
    "inframe_indel",
    "missense_variant",
    "protein_altering_variant",
    "splice_donor_5th_base_variant",
    "splice_region_variant",
    "splice_donor_region_variant",
    "splice_polypyrimidine_tract_variant",
    "incomplete_terminal_codon_variant",
    "start_retained_variant",
    "stop_retained_variant",
    "synonymous_variant",
    "coding_sequence_variant",
)
"""Terms of a changed coding sequence or splice site, most severe first: Ensembl's order
(https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html) with SnpEff's terms beside their like
and `loss_of_function_variant` (SO:0002054), which reports state without saying how, behind the truncations."""

OTHER = (
    "mature_miRNA_variant",
    "5_prime_UTR_premature_start_codon_gain_variant",
    "5_prime_UTR_variant",
    "3_prime_UTR_variant",
    "non_coding_transcript_exon_variant",
    "intron_variant",
    "NMD_transcript_variant",
    "non_coding_transcript_variant",
    "coding_transcript_variant",
    "upstream_gene_variant",
    "downstream_gene_variant",
    "TFBS_ablation",
    "TFBS_amplification",
    "TF_binding_site_variant",
    "regulatory_region_ablation",
    "regulatory_region_amplification",
    "regulatory_region_variant",
    "intergenic_variant",
    "intergenic_region",
)
"""The terms below the coding ones, most severe first."""

_RANK = {term: rank for rank, term in enumerate((*CODING, *OTHER))}


def severity(term: str) -> int:
    """The rank of a term, 0 for the most severe; a term that is not known ranks last.

    >>> sorted(["intron_variant", "missense_variant", "stop_gained"], key=severity)
    ['stop_gained', 'missense_variant', 'intron_variant']
    """
    return _RANK.get(term, len(_RANK))


def is_coding(term: str) -> bool:
    """Whether the term speaks of a changed coding sequence or splice site.

    >>> is_coding("splice_donor_variant"), is_coding("intron_variant")
    (True, False)
    """
    return severity(term) < len(CODING)
