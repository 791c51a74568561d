"""Which genes a biomarker of the graph speaks of: the rows of all others decide nothing, and are passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.alteration import Alteration, Fusion, MarkerValue
from kb.terms import search_key

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

ALWAYS = frozenset({"ERBB2"})
"""HER2 is decided by criteria of its own (matcher.biomarker_status)."""

MANY = 500
"""From so many names on the graph's own are looked through once: most others are in none of its nodes."""


class Spoken(dict[str, bool]):
    """Whether a biomarker speaks of the gene that a file names, by the name as it stands; asked once for each.

    A name that is none (empty, quoted, a comment's) counts as spoken of: its row is read in full, and told of.
    """

    def __init__(self, knowledge: KnowledgeBase) -> None:
        super().__init__()
        self._knowledge = knowledge
        self._names: frozenset[str] | None = None

    def __missing__(self, name: str) -> bool:
        found = self[name] = self._asked(name)
        return found

    def _asked(self, name: str) -> bool:
        from matcher.readers.maf import NO_GENE

        symbol = name.strip()
        if symbol in NO_GENE or symbol.startswith(('"', "#")):
            return True
        if self._names is None and len(self) >= MANY:
            self._names = self._knowledge.names_with_biomarkers(ALWAYS)
        if self._names is not None and search_key(symbol) not in self._names:
            return False
        gene = self._knowledge.gene(symbol)
        return gene is not None and (gene.symbol in ALWAYS or bool(self._knowledge.biomarkers_of_gene(gene.symbol)))

    def of(self, alteration: Alteration) -> bool:
        """Whether a biomarker speaks of a gene of the alteration."""
        if isinstance(alteration, MarkerValue):
            return True
        genes = alteration.genes if isinstance(alteration, Fusion) else (alteration.gene,)
        return not genes or any(self[gene] for gene in genes)
