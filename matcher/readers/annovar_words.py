"""What ANNOVAR's words mean, in its tables and in a VCF's INFO alike.

https://annovar.openbioinformatics.org/en/latest/user-guide/gene/
"""

from __future__ import annotations

import re

from kb.nomenclature.consequences import severity

EXONIC = {
    "nonsynonymous SNV": "missense_variant",
    "synonymous SNV": "synonymous_variant",
    "stopgain": "stop_gained",
    "stopgain SNV": "stop_gained",
    "stoploss": "stop_lost",
    "stoploss SNV": "stop_lost",
    "startloss": "start_lost",
    "frameshift insertion": "frameshift_variant",
    "frameshift deletion": "frameshift_variant",
    "frameshift substitution": "frameshift_variant",
    "frameshift block substitution": "frameshift_variant",
    "nonframeshift insertion": "inframe_insertion",
    "nonframeshift deletion": "inframe_deletion",
    # A block of bases for another: its protein change tells whether residues were lost, gained or only replaced.
    "nonframeshift substitution": "protein_altering_variant",
    "nonframeshift block substitution": "protein_altering_variant",
}
"""ExonicFunc to Sequence Ontology terms."""

REGIONS = {
    # Within two bases of a splice junction, donor or acceptor: hence their parent term (SO:0001629).
    "splicing": "splice_site_variant",
    "exonic": "coding_sequence_variant",
    "UTR5": "5_prime_UTR_variant",
    "UTR3": "3_prime_UTR_variant",
    "intronic": "intron_variant",
    "upstream": "upstream_gene_variant",
    "downstream": "downstream_gene_variant",
    "intergenic": "intergenic_variant",
    "ncRNA_exonic": "non_coding_transcript_exon_variant",
    "ncRNA_intronic": "non_coding_transcript_variant",
    "ncRNA_splicing": "non_coding_transcript_variant",
    "ncRNA_UTR5": "non_coding_transcript_variant",
    "ncRNA_UTR3": "non_coding_transcript_variant",
}
"""Func to Sequence Ontology terms."""

SPLICE_BASES = 2
"""Bases of the intron beside an exon that ANNOVAR counts as splicing unless it is told another number."""


def exonic_terms(func: str, exonic_func: str) -> tuple[str, ...]:
    r"""The Sequence Ontology terms of Func and ExonicFunc, most severe first; words that are not known give none.

    >>> exonic_terms("exonic;splicing", "nonsynonymous SNV"), exonic_terms("exonic", "unknown")
    (('splice_site_variant', 'missense_variant'), ('coding_sequence_variant',))
    """
    # A VCF's INFO field writes blanks as underscores and the semicolon as \x3b.
    exonic = EXONIC.get(exonic_func.strip().replace("_", " "))
    regions = [part.strip() for part in re.split(r";|\\x3b", func)]
    found = {exonic if exonic and part == "exonic" else REGIONS[part] for part in regions if part in REGIONS}
    if exonic and not found:
        found.add(exonic)
    return tuple(sorted(found, key=lambda term: (severity(term), term)))


def near_splice_site(terms: tuple[str, ...], coding: str | None) -> tuple[str, ...]:
    """`splicing` further than two bases from the exon (a run with a wider threshold) is the splice region."""
    offset = re.search(r"\d[+-](\d+)", coding) if coding and "splice_site_variant" in terms else None
    if offset is None or int(offset[1][:6]) <= SPLICE_BASES:
        return terms
    return tuple("splice_region_variant" if term == "splice_site_variant" else term for term in terms)


def age(transcript: str) -> tuple[int, int]:
    """Sorts RefSeq accessions by their number, those of other models behind them.

    ANNOVAR marks no reference transcript. RefSeq numbered the transcripts that the literature's residue numbers refer
    to first (EGFR NM_005228 of L858R, not NM_001346897 of L813R).
    """
    accession = re.match(r"NM_0*([0-9]{1,12})", transcript)
    return (0, int(accession[1])) if accession else (1, 0)


def hgvs(coding: str) -> str:
    """ANNOVAR's `c.T2573G` in HGVS notation, anything else as it stands.

    >>> hgvs("c.T2573G"), hgvs("c.3028+1G>T")
    ('c.2573T>G', 'c.3028+1G>T')
    """
    found = re.fullmatch(r"c\.([ACGT])([0-9]+)([ACGT])", coding)
    return f"c.{found[2]}{found[1]}>{found[3]}" if found else coding
