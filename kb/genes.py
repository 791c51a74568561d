"""Genes by HGNC."""

from __future__ import annotations

from typing import NamedTuple

from kb.errors import KnowledgeError
from kb.source import Verified


class Gene(NamedTuple):
    """A gene: its symbol and its HGNC id (`HGNC:3236`), None for a symbol that HGNC does not list."""

    symbol: str
    hgnc_id: str | None
    iri: str


class Exon(NamedTuple):
    """A coding exon of a gene's MANE Select transcript.

    Codons and coding nucleotides count from 1, both ends included; a codon that two exons share is in both.
    `verified` speaks of the exon's number; the codon range is computed. `start` and `end` are the first and last coding
    base on the chromosome in GRCh37, whatever the strand (`+` or `-`). `legacy` is its number in an older numbering
    that reports still use (PIK3CA's exon 10 is known as exon 9), None where there is none.
    """

    gene: str
    number: int
    codon_first: int
    codon_last: int
    cds_first: int
    cds_last: int
    transcripts: tuple[str, ...]
    verified: Verified
    chromosome: str
    start: int
    end: int
    strand: str
    legacy: int | None = None


class UnknownGene(KnowledgeError, LookupError):
    """No gene of this symbol or alias; `nearest` are the known symbols closest to it."""

    def __init__(self, symbol: str, nearest: tuple[str, ...]) -> None:
        super().__init__(symbol, nearest)
        self.symbol, self.nearest = symbol, nearest

    def __str__(self) -> str:
        near = f"; nearest known: {', '.join(self.nearest)}" if self.nearest else ""
        return f"unknown gene {self.symbol!r}{near}"
