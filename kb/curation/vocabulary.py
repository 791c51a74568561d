"""The words of any graph: a normalizer that reads from the store what is asked for, and no more.

Therapies and tumor types are read at once. A gene with its biomarkers is read when it is first named, because a graph
may hold every gene of HGNC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyoxigraph as ox

from kb import terms as t
from kb.errors import UnknownTerm
from kb.graph import KnowledgeBase
from kb.nodes import values_of
from kb.normalizer import Normalizer, Placement
from kb.rdf import iri, text, typed
from kb.statements import Row, Tables
from kb.therapy_names import search_keys
from kb.tumor_types import AmbiguousTumorCode, UnknownTumorType

Column = tuple[str, str, str | None]
"""A column, the property that holds its values, and the kind of item that these are; None for texts and numbers."""

GENE_COLUMNS: tuple[Column, ...] = (
    ("symbol", t.LABEL, None),
    ("hgnc_id", t.HGNC_ID, None),
    ("entrez_id", t.ENTREZ_ID, None),
    ("synonyms", t.ALT_LABEL, None),
)
BIOMARKER_COLUMNS: tuple[Column, ...] = (
    ("id", t.IDENTIFIER, None),
    ("label", t.LABEL, None),
    ("kind", t.KIND, None),
    ("genes", t.ABOUT_GENE, "gene"),
    ("protein_changes", t.PROTEIN_CHANGE, None),
    ("coding_changes", t.CODING_CHANGE, None),
    ("codon_first", t.CODON_FIRST, None),
    ("codon_last", t.CODON_LAST, None),
    ("codons", t.CODON, None),
    ("exons", t.EXON_NUMBER, None),
    ("classes", t.CONSEQUENCE_CLASS, None),
    ("fusion_partner", t.FUSION_PARTNER, None),
    ("fusion_role", t.FUSION_ROLE, None),
    ("marker", t.MARKER, None),
    ("assay", t.ASSAY, None),
    ("operator", t.OPERATOR, None),
    ("threshold", t.THRESHOLD, None),
    ("unit", t.UNIT, None),
    ("origin", t.ORIGIN, None),
    ("state", t.STATE, None),
    ("members", t.MEMBERS, None),
    ("broader", t.BROADER, "biomarker"),
    ("phase_with", t.PHASE_WITH, "biomarker"),
    ("wild_type_rule", t.WILD_TYPE_RULE, None),
    ("verified", t.VERIFIED, None),
    ("note", t.NOTE, None),
)
THERAPY_COLUMNS: tuple[Column, ...] = (
    ("id", t.IDENTIFIER, None),
    ("chinese", t.CHINESE_NAME, None),
    ("synonyms", t.ALT_LABEL, None),
    ("targets", t.TARGET, None),
    ("ncit", t.NCIT_ID, None),
    ("rxnorm", t.RXNORM_ID, None),
    ("snomed", t.SNOMED_ID, None),
    ("omop", t.OMOP_ID, None),
    ("stated_class", t.STATED_CLASS, None),
    ("modality", t.MODALITY, None),
    ("scope", t.SCOPE, None),
    ("broader", t.BROADER, "therapy"),
    ("components", t.COMPONENT, "therapy"),
    ("verified", t.VERIFIED, None),
    ("note", t.NOTE, None),
)
TUMOR_COLUMNS: tuple[Column, ...] = (
    ("code", t.NOTATION, None),
    ("name", t.LABEL, None),
    ("broader", t.BROADER, "tumor"),
    ("ncit", t.NCIT_ID, None),
    ("doid", t.DOID, None),
    ("synonyms", t.ALT_LABEL, None),
)
THERAPY_KINDS = {t.DRUG: "drug", t.DRUG_CLASS: "class", t.SCHEME: "scheme"}
"""The classes of therapies, and what a row calls them."""

Said = Mapping[str, Iterable[str]]
"""What is said of a node: property to values, a literal's text or an IRI."""


def row_of(said: Said, columns: Iterable[Column]) -> Row:
    """The row that says what is said of a node: the way back from `kb.statements`.

    >>> row_of({t.NOTATION: ["LUAD"], t.BROADER: [t.item("tumor", "NSCLC")]}, TUMOR_COLUMNS)
    {'code': 'LUAD', 'broader': 'NSCLC'}
    """
    found = Row()
    for column, predicate, kind in columns:
        values = sorted(t.item_id(each) if kind else each for each in said.get(predicate, ()))
        if values:
            found[column] = " | ".join(values)
    return found


def term_text(term: Any) -> str:
    """A term of Oxigraph's as statements have it, in N-Triples form."""
    if not isinstance(term, ox.Literal):
        return iri(f"_:{term.value}" if isinstance(term, ox.BlankNode) else term.value)
    if term.language or term.datatype.value == f"{t.XSD}string":
        return text(term.value, term.language)
    return typed(term.value, term.datatype.value.removeprefix(t.XSD))


class Vocabulary(Normalizer):
    """The vocabularies of a knowledge base, of whatever store, by every name that they have.

    >>> from kb.graph import open_knowledge_base
    >>> words = Vocabulary(open_knowledge_base())
    >>> words.gene("HER2"), words.therapy("T-DM1"), words.tumor("lung adenocarcinoma").codes
    ('ERBB2', ('trastuzumab emtansine',), ('LUAD',))
    """

    def __init__(self, knowledge: KnowledgeBase) -> None:
        super().__init__(Tables({}))
        self.knowledge = knowledge
        self._store: Any = knowledge.store  # Oxigraph's, or one behind an endpoint: both answer quads_for_pattern
        self._asked: set[str] = set()
        self.biomarkers = _Biomarkers(self)
        tumors = self._table(t.TUMOR_TYPE, TUMOR_COLUMNS)
        self.learn(Tables({"therapies": self._therapy_table(), "tumor_types": tumors}))

    # Reading the store

    def said(self, iri: str) -> dict[str, list[str]]:
        """What the graph says of a node: property to its distinct values; empty for an unknown one."""
        return values_of(self._store.quads_for_pattern(ox.NamedNode(iri), None, None, None))

    def biomarker_row(self, id: str) -> Row | None:
        """The biomarker of an id as the graph defines it, with its sources; None where the graph has none."""
        said = self.said(t.item("biomarker", id))
        if t.KIND not in said:
            return None
        row = row_of(said, BIOMARKER_COLUMNS)
        row["sources"] = " | ".join(self.source(each) for each in sorted(said.get(t.SOURCE, ())))
        return row

    def source(self, iri: str) -> str:
        """A document as a row cites it: the label that the graph has for it, then its address."""
        label = self.document(iri) or t.item_id(iri)
        return label if iri.startswith(t.item("source", "")) else f"{label} {iri}"

    def document(self, iri: str) -> str | None:
        """The label of a document that the graph cites, by its address; None where it cites none."""
        said = self.said(iri)
        return said[t.LABEL][0] if t.DOCUMENT in said.get(t.TYPE, ()) and t.LABEL in said else None

    def states(self, triple: Sequence[str]) -> bool:
        """Whether the graph has a statement, given as terms in N-Triples form."""
        subject, predicate, value = triple
        if subject.startswith("<_:"):
            return False  # a node without a name is none of the graph's
        said = self._store.quads_for_pattern(ox.NamedNode(subject[1:-1]), ox.NamedNode(predicate[1:-1]), None, None)
        return any(term_text(quad.object) == value for quad in said)

    def _table(self, of_class: str, columns: tuple[Column, ...]) -> tuple[Row, ...]:
        query = f"SELECT ?s ?p ?o WHERE {{ ?s a <{of_class}> ; ?p ?o }}"  # a VALUES for ?p takes 10 times as long
        nodes: dict[str, dict[str, set[str]]] = {}
        for subject, predicate, value in self._store.query(query, use_default_graph_as_union=True):
            nodes.setdefault(subject.value, {}).setdefault(predicate.value, set()).add(value.value)
        return tuple(row_of(nodes[iri], columns) for iri in sorted(nodes))

    def _therapy_table(self) -> tuple[Row, ...]:
        found = ((kind, self._table(of_class, THERAPY_COLUMNS)) for of_class, kind in THERAPY_KINDS.items())
        return tuple(Row({**row, "kind": kind}) for kind, rows in found for row in rows)

    def _nodes_with(self, predicate: str, value: str, kind: str) -> list[str]:
        """The nodes of one kind that have this text as a value, sorted."""
        found = self._store.quads_for_pattern(None, ox.NamedNode(predicate), ox.Literal(value), None)
        space = t.item(kind, "")
        return sorted({quad.subject.value for quad in found if quad.subject.value.startswith(space)})

    # Genes, and biomarkers with them

    def _meet(self, name: str) -> None:
        """Learn the genes that go by a name, each with its biomarkers."""
        key = t.search_key(name)
        if key in self._asked:
            return
        self._asked.add(key)
        for node in self._nodes_with(t.SEARCH_KEY, key, "gene"):
            row = row_of(self.said(node), GENE_COLUMNS)
            if row["symbol"] and row["symbol"] not in self._symbols:
                self._learn_gene(row)
                self._meet_biomarkers(node)

    def _meet_biomarkers(self, gene: str) -> None:
        quads = self._store.quads_for_pattern(None, ox.NamedNode(t.ABOUT_GENE), ox.NamedNode(gene), None)
        space = t.item("biomarker", "")
        nodes = {quad.subject.value for quad in quads if quad.subject.value.startswith(space)}
        rows = [row for row in (self.biomarker_row(t.item_id(iri)) for iri in nodes) if row is not None]
        for row in sorted(rows, key=_width):  # a change names its own biomarker before one of several changes
            self._learn_biomarker(row)

    def is_gene(self, symbol: str) -> bool:
        """Whether the text is a symbol, alias or previous symbol of one gene."""
        self._meet(symbol)
        return super().is_gene(symbol)

    def gene(self, symbol: str, entrez: str | None = None, hgnc: str | None = None) -> str:
        """The approved symbol of a gene, by id where given, else by symbol, else by an alias that names one gene."""
        self._meet(symbol)
        for predicate, id in ((t.HGNC_ID, hgnc), (t.ENTREZ_ID, entrez)):
            for node in self._nodes_with(predicate, id, "gene") if id else ():
                self._meet(t.item_id(node))
        return super().gene(symbol, entrez, hgnc)

    def gene_of_hgnc(self, hgnc: str) -> str | None:
        """The symbol under which the graph has the gene of an HGNC id, or None."""
        for node in self._nodes_with(t.HGNC_ID, hgnc, "gene") if hgnc else ():
            self._meet(t.item_id(node))
        return super().gene_of_hgnc(hgnc)

    def gene_names(self) -> frozenset[str]:
        """All approved symbols."""
        quads = self._store.quads_for_pattern(None, ox.NamedNode(t.TYPE), ox.NamedNode(t.GENE), None)
        return frozenset(t.item_id(quad.subject.value) for quad in quads)

    def biomarkers_named(self, name: str) -> tuple[str, ...]:
        """The ids of the biomarkers whose id or label is the name, sorted, whatever the case (`HER2 positive`)."""
        return tuple(each.id for each in self.knowledge.biomarkers_named(name))

    def biomarkers_of_marker(self, marker: str) -> tuple[str, ...]:
        """The ids of the biomarkers that are measured as a marker (`HER2`), sorted, whatever the case."""
        found = tuple(each.id for each in self.knowledge.biomarkers_of_marker(marker))
        return tuple(id for id in found if id in self.biomarkers)

    def exon_codons(self, gene: str, number: int) -> tuple[int, int] | None:
        """The first and last codon of an exon of the gene's MANE Select transcript, or None when it is not known."""
        said = self.said(t.item("exon", f"{gene}-{number}"))
        if t.CODON_FIRST not in said or t.CODON_LAST not in said:
            return None
        return int(said[t.CODON_FIRST][0]), int(said[t.CODON_LAST][0])

    def has_indication(self, id: str) -> bool:
        """Whether the graph has an indication of this id."""
        return t.STATUS in self.said(t.item("indication", id))

    def tumor(self, name: str = "", doid: str = "", oncotree: str = "", ncit: str = "") -> Placement:
        """Where a disease stands; codes of other classifications and former codes of OncoTree are read too."""
        try:
            return super().tumor(name, doid, oncotree, ncit)
        except UnknownTerm as unknown:
            try:
                return Placement((self.knowledge.tumor_type(name or doid or oncotree).code,))
            except AmbiguousTumorCode as error:
                raise UnknownTerm("tumor type", error.text, error.reason) from error
            except UnknownTumorType as error:
                raise unknown from error

    # Therapies

    def knows_therapy(self, name: str) -> bool:
        """Whether the curated table or the graph has a therapy of this name; of a code name however it is joined."""
        return super().knows_therapy(name) or any(key in self._therapies for key in search_keys(name))

    def add_therapy(self, row: Row, memberships: Iterable[Row] = ()) -> str:
        """The id of the therapy that the row defines, which is added with its classes."""
        return self._add_therapy(row, memberships)

    def classes_of(self, therapies: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Each of these therapies and of all their classes, with each class that the graph has it in."""
        found: set[tuple[str, str]] = set()
        waiting, seen = [*therapies], set()
        while waiting:
            id = waiting.pop()
            therapy = self.knowledge.therapy_of_id(id) if id not in seen else None
            seen.add(id)
            if therapy is not None:
                found.update((id, above) for above in therapy.classes)
                waiting += therapy.classes
        return frozenset(found)


def _width(row: Row) -> tuple[int, str]:
    return len(row["protein_changes"].split(" | ")), row["id"]


class _Biomarkers(dict[str, Row]):
    """Biomarkers by id, read from the store when they are asked for; what is iterated over are those that were."""

    def __init__(self, words: Vocabulary) -> None:
        super().__init__()
        self._words = words
        self._absent: set[str] = set()

    def _find(self, id: object) -> bool:
        if super().__contains__(id):
            return True
        if not isinstance(id, str) or id in self._absent:
            return False
        row = self._words.biomarker_row(id)
        if row is None:
            self._absent.add(id)
            return False
        super().__setitem__(id, row)
        return True

    def __contains__(self, id: object) -> bool:
        return self._find(id)

    def __getitem__(self, id: str) -> Row:
        self._find(id)
        return super().__getitem__(id)

    def get(self, id: str, default: Any = None) -> Any:
        """The biomarker of an id, or the default."""
        return self[id] if self._find(id) else default
