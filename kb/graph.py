"""The knowledge base as values: finding items by what they mention, and decoding them lazily from the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyoxigraph as ox

from kb import terms as t
from kb.biomarker import Biomarker, names, narrower
from kb.dates import last_day
from kb.errors import NoStore, RemoteProblem, UnknownItem
from kb.evidence import Design, Evidence
from kb.genes import Exon, Gene
from kb.indication import Coverage, Indication, IndicationStatus, Regimen, Requirement
from kb.nodes import TEXTS, Nodes, nodes_of
from kb.source import Source, Verified
from kb.store import metadata, open_starter, open_store
from kb.therapies import Therapy, UnknownTherapy
from kb.trial import Trial
from kb.tumor_types import AmbiguousTumorCode, TumorType, UnknownTumorType, some_of

if TYPE_CHECKING:
    from pyoxigraph import Store

    from kb.caution import Caution, Comedication, Condition, Measurement
    from kb.curation.standing import Standing
    from kb.nomenclature.protein import ProteinChange
    from kb.outcomes import Accepted
    from kb.provenance import Provenance
    from kb.remote import RemoteStore

Item = TypeVar("Item")
Fields = dict[str, list[str]]
Approval = tuple[str, str, str | None]
"""The jurisdiction, the indication's node, and the last day that its date can mean; None for no sourced date."""

_NODE = ox.NamedNode
_VERIFIED = {v.value: v for v in Verified}
_STATUS = {s.value: s for s in IndicationStatus}
_ITEMS_LENGTH = len(t.ITEMS)
_FETCH_FROM = 8  # Below this many items, reading one by one is as fast.
_ASKED_KEPT = 16_384  # Answers to questions about therapies and what speaks against them are kept up to this number.
_UNCITED = {"biomarker", "therapy", "exon"}
"""Kinds of items whose sources are not decoded."""
_LIQUID = {"LYMPH", "MYELOID"}
# Publications before registries before databases: what a board reads first.
_SOURCE_ORDER = {"PMI": 0, "doi": 1, "FDA": 2, "EMA": 2, "NCT": 3}


def open_knowledge_base(path: Path | str | None = None) -> KnowledgeBase:
    """The starter knowledge base, the one in a store folder, or the one behind an endpoint (`sparql+http://...`).

    >>> kb = open_knowledge_base()
    >>> kb.release
    'starter-2026-11-20'
    >>> kb.tumor_type("lung adenocarcinoma").ancestors
    ('NSCLC', 'LUNG', 'SOLID')
    """
    if path is not None and "://" in str(path):
        return _open_remote(str(path))
    if path is None:
        return KnowledgeBase(open_starter())
    folder = Path(path)
    store = open_store(folder)
    return KnowledgeBase(store, nodes_of(folder, metadata(store, folder).digest), str(folder))


def _open_remote(name: str) -> KnowledgeBase:
    """The knowledge base behind an endpoint; RemoteProblem when it is none or holds no release."""
    from kb.remote import RemoteStore, is_remote

    if not is_remote(name):
        raise RemoteProblem(name, "is no store", "name a folder, or sparql+http://host:port/query")
    store = RemoteStore(name)
    try:
        return KnowledgeBase(store, named=name)
    except (NoStore, SyntaxError) as error:
        remedy = "load one there: mtb-match kb export --format nquads"
        raise RemoteProblem(store.address, "holds no release of this program", remedy) from error


class KnowledgeBase:
    """What is known, read from one store. Every item is decoded when first asked for, and then kept.

    With `nodes`, the store's statements by node, these are read from there: the same, sooner. `named` is what
    `open_knowledge_base` opens it by, in this process or another; None for the starter.
    """

    def __init__(self, store: Store | RemoteStore, nodes: Nodes | None = None, named: str | None = None) -> None:
        self.store, self.named = store, named
        self._nodes = nodes
        # The vendor's types admit RDF-star triples as terms, which this graph never holds.
        self._quads: Callable[..., Iterable[Any]] = store.quads_for_pattern
        self._query: Callable[..., Iterable[Any]] = store.query  # type: ignore[assignment]
        about = metadata(store)
        self.release, self.digest, self.released_on = about.release, about.digest, about.released_on
        self._kept: dict[tuple[str, str], object] = {}
        self._found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        self._texts: dict[tuple[str, str], set[str]] = {}
        self._namings: dict[tuple[str, str], tuple[str, ...]] = {}
        self._depths: dict[str, int] = {}
        self._genes: dict[str, Gene | None] = {}
        self._exons: dict[str, tuple[Exon, ...]] = {}
        self._near: dict[str, tuple[str, ...]] = {}
        self._therapies: dict[str, Therapy] = {}
        self._tumors_read: dict[str, tuple[TumorType, tuple[str, ...]]] = {}
        self._placed: dict[str, dict[ProteinChange, tuple[str, ...]]] = {}
        self._negated: tuple[str, ...] | None = None
        self._told_status: frozenset[str] | None = None
        self._leaving: frozenset[str] | None = None
        self._first_approved: dict[tuple[str, str, tuple[str, ...]], dict[str, str]] = {}
        self._cautions: dict[tuple[str, frozenset[str] | None, bool], Sequence[str]] = {}
        self._of_gene: dict[str, tuple[Biomarker, ...]] = {}
        self._narrower: dict[str, tuple[Biomarker, ...]] = {}
        self._fetched: dict[str, Fields] = {}
        self._below: dict[str, frozenset[str]] = {}
        self._approved: dict[str, list[Approval]] = {}
        self._by_name: dict[str, set[str]] | None = None
        self._local: tuple[Accepted, ...] | None = None
        self._standing: tuple[Standing | None] | None = None

    @property
    def embedded(self) -> Store:
        """The store on disk; RemoteProblem for an endpoint, which has none."""
        if not isinstance(self.store, ox.Store):
            raise RemoteProblem(self.store.address, "is an endpoint", "name a store folder")
        return self.store

    # Curation

    @property
    def standing(self) -> Standing | None:
        """What of a journal of curation counts here; None for a graph without curated evidence."""
        if self._standing is None:
            self._standing = (self._read_standing(),)
        return self._standing[0]

    @standing.setter
    def standing(self, found: Standing) -> None:
        self._standing = (found,)

    def _read_standing(self) -> Standing | None:
        marks = (t.NANOPUBLICATION, t.RETRACTED_ITEM)
        if all(next(iter(self._all(mark)), None) is None for mark in marks):
            return None
        from kb.curation.standing import standing_in  # most graphs have none, and do not pay for it

        return standing_in(self._quads)

    # Genes

    def gene(self, symbol: str) -> Gene | None:
        """The gene of an approved symbol, else of an alias or previous symbol that names one gene only, else None.

        >>> open_knowledge_base().gene("HER2").symbol
        'ERBB2'
        """
        if symbol not in self._genes:
            found = self._gene(t.item("gene", symbol)) or self._gene(t.item("gene", symbol.upper()))
            if found is None:
                named = self._named(symbol, "gene")
                found = self._gene(named[0]) if len(named) == 1 else None
            self._genes[symbol] = found
        return self._genes[symbol]

    def nearest_genes(self, symbol: str) -> tuple[str, ...]:
        """Known symbols closest to this one, at most three, closest first."""
        found = self._near.get(symbol)
        if found is None:
            known = (t.item_id(iri) for iri in self._all(t.GENE))
            found = self._near[symbol] = self._nearest(symbol.upper(), known)
        return found

    def exons(self, gene: str) -> tuple[Exon, ...]:
        """The coding exons of a gene's MANE Select transcript, by number; empty when the graph has none for it."""
        found = self._exons.get(gene)
        if found is None:
            exons = (self._decoded("exon", iri, self._exon) for iri in self._about_gene(gene, "exon"))
            found = self._exons[gene] = tuple(sorted(exons, key=lambda exon: exon.number))
        return found

    def _gene(self, iri: str) -> Gene | None:
        return self._decoded("gene", iri, self._read_gene)

    def _read_gene(self, iri: str) -> Gene | None:
        fields = self._fields(iri)
        return Gene(fields[t.LABEL][0], _one(fields, t.HGNC_ID), iri) if t.LABEL in fields else None

    def _exon(self, iri: str) -> Exon:
        fields = self._fields(iri)

        def number(predicate: str) -> int:
            return int(fields[predicate][0])

        return Exon(
            gene=t.item_id(fields[t.ABOUT_GENE][0]),
            number=number(t.EXON_NUMBER),
            codon_first=number(t.CODON_FIRST),
            codon_last=number(t.CODON_LAST),
            cds_first=number(t.CDS_FIRST),
            cds_last=number(t.CDS_LAST),
            transcripts=_sorted(fields, t.TRANSCRIPT),
            verified=_VERIFIED[fields[t.VERIFIED][0]],
            chromosome=fields[t.CHROMOSOME][0].removeprefix("chr"),
            start=number(t.START),
            end=number(t.END),
            strand=fields[t.STRAND][0],
            legacy=_int(fields, t.LEGACY_EXON_NUMBER),
        )

    def exons_by_chromosome(self) -> dict[str, tuple[Exon, ...]]:
        """Every coding exon that the graph has, by chromosome and position (GRCh37)."""
        iris = sorted(self._all(t.EXON))
        found: dict[str, list[Exon]] = {}
        for exon in self._many("exon", iris, self._exon):
            found.setdefault(exon.chromosome, []).append(exon)
        return {name: tuple(sorted(exons, key=lambda exon: (exon.start, exon.gene))) for name, exons in found.items()}

    def genomic_changes(self) -> dict[str, tuple[str, ...]]:
        """Every known genomic change (`GRCh37:7:140453136:A>T`) with the ids of its biomarkers, sorted."""
        found: dict[str, set[str]] = {}
        for quad in self._quads(None, _NODE(t.GENOMIC_CHANGE), None, None):
            found.setdefault(quad.object.value, set()).add(t.item_id(quad.subject.value))
        return {change: tuple(sorted(ids)) for change, ids in found.items()}

    # Tumor types

    def tumor_type(self, text: str) -> TumorType:
        """The tumor type of an OncoTree code, name, synonym, DOID, NCIt, ICD-10 or ICD-O-3 code, in any case.

        UnknownTumorType, which names the nearest, when there is none; AmbiguousTumorCode when there are several.

        >>> open_knowledge_base().tumor_type("DOID:3910").code, open_knowledge_base().tumor_type("8140/3 C34.1").code
        ('LUAD', 'LUAD')
        """
        return self.tumor_reading(text)[0]

    def tumor_reading(self, text: str) -> tuple[TumorType, tuple[str, ...]]:
        """As `tumor_type`, with notes on how the text was read where it is not the type's own code or name."""
        found = self._tumors_read.get(text)
        if found is None:
            if len(self._tumors_read) >= _ASKED_KEPT:
                self._tumors_read.clear()
            found = self._tumors_read[text] = self._tumor_reading(text)
        return found

    def _tumor_reading(self, text: str) -> tuple[TumorType, tuple[str, ...]]:
        direct = t.item("tumor", text.strip().upper().replace(" ", "_"))
        if self._is("tumor", direct, t.DEPTH):
            return self._decoded("tumor", direct, self._tumor_type), ()
        named = self._named(text, "tumor")
        if len(named) == 1:
            tumor = self._decoded("tumor", named[0], self._tumor_type)
            return tumor, self._former_note(text, tumor)
        if named:  # A mapping shared by several types: all of them are named, none is guessed.
            candidates = tuple(t.item_id(iri) for iri in named)
            raise AmbiguousTumorCode(text, candidates, f"it stands for {some_of(candidates)}")
        return self._coded_tumor(text)

    def _former_note(self, text: str, tumor: TumorType) -> tuple[str, ...]:
        if tumor.code not in self.types_of_code(f"ONCOTREE:{text.strip().upper()}"):
            return ()
        return (f"{text.strip()} is a former code of OncoTree: it is read as {tumor.code} ({tumor.name})",)

    def _coded_tumor(self, text: str) -> tuple[TumorType, tuple[str, ...]]:
        from kb.tumor_codes import parse_code, read

        code = parse_code(text)
        if code is not None:
            reading = read(code, text, self)
            return self.tumor_type(reading.code), reading.notes
        today = self.types_of_code(f"ONCOTREE:{text.strip().upper()}")
        if len(today) == 1:
            tumor = self.tumor_type(today[0])
            return tumor, self._former_note(text, tumor)
        if today:
            raise AmbiguousTumorCode(text, today, f"this former code of OncoTree stands for {some_of(today)}")
        raise self._unknown_tumor(text)

    def _unknown_tumor(self, text: str) -> UnknownTumorType:
        names = {key: iri for iri in self._all(t.TUMOR_TYPE) for key in self._fields(iri).get(t.SEARCH_KEY, ())}
        near = self._nearest(t.search_key(text), names)
        codes = dict.fromkeys(self._decoded("tumor", names[key], self._tumor_type) for key in near)
        return UnknownTumorType(text, tuple(f"{tumor.code} ({tumor.name})" for tumor in codes))

    def types_of_code(self, code: str) -> tuple[str, ...]:
        """The tumor types that a code of another classification (`ICD10:C50`) stands for, sorted; often none."""
        return _ids(self._fields(t.item("code", code)), t.STANDS_FOR)

    def tumor_codes_below(self, code: str) -> tuple[str, ...]:
        """The mapped codes right below one (`ICD10:C34.1` below `ICD10:C34`), sorted."""
        return tuple(map(t.item_id, self._subjects(t.BROADER, t.item("code", code), "code")))

    def tumors_at_site(self, site: str) -> tuple[str, ...]:
        """The tumor types with a morphology at exactly this site of ICD-O-3 (`C18.1`), sorted."""
        found = {code for iri in self._with_text(t.SITE, site) for code in self.types_of_code(t.item_id(iri))}
        return tuple(sorted(found))

    def tumor_ancestors(self, code: str) -> tuple[str, ...]:
        """The codes above a tumor type, nearest first."""
        return self.tumor_type(code).ancestors

    def tumor_descendants(self, code: str) -> tuple[str, ...]:
        """The codes below a tumor type at any depth, sorted."""
        return tuple(map(t.item_id, self._subjects(t.ANCESTOR, t.item("tumor", code), "tumor")))

    def types_below(self, code: str) -> frozenset[str]:
        """As `tumor_descendants`, kept for the many items that ask."""
        found = self._below.get(code)
        if found is None:
            found = self._below[code] = frozenset(self.tumor_descendants(code))
        return found

    def is_a(self, code: str, other: str) -> bool:
        """Whether a tumor type is the other one or lies below it."""
        return code == other or other in self.tumor_ancestors(code)

    def tumor_form(self, code: str) -> str | None:
        """Whether a tumor type is `solid`, `liquid` or `mixed` (any tumor); None for a code that is not known.

        By OncoTree's tissue, as OncoKB does it: the lymphoid and myeloid tissues are liquid, every other is solid
        (https://github.com/oncokb/oncokb, TumorTypeUtils.getTumorForm).

        >>> kb = open_knowledge_base()
        >>> kb.tumor_form("LUAD"), kb.tumor_form("AML"), kb.tumor_form("TISSUE")
        ('solid', 'liquid', 'mixed')
        """
        iri = t.item("tumor", code)
        if not self._is("tumor", iri, t.DEPTH):
            return None
        roots = {code, *self._decoded("tumor", iri, self._tumor_type).ancestors}
        return "liquid" if roots & _LIQUID else "solid" if "SOLID" in roots else "mixed"

    def _tumor_type(self, iri: str) -> TumorType:
        fields = self._fields(iri)
        return TumorType(
            code=fields[t.NOTATION][0],
            name=fields[t.LABEL][0],
            iri=iri,
            ancestors=self._nearest_first(fields.get(t.ANCESTOR, ())),
            ncit=_one(fields, t.NCIT_ID),
            doid=_one(fields, t.DOID),
        )

    # Therapies

    def therapies(self, names: Collection[str]) -> dict[str, Therapy]:
        """The therapies of these ids (INN, class or scheme in lower case), read in one query."""
        known, asked = self._therapies, sorted(names)
        new = [name for name in asked if name not in known]
        if new:
            iris = [t.item("therapy", name) for name in new]
            known.update(zip(new, self._many("therapy", iris, self._therapy), strict=True))
        return {(found := known[name]).id: found for name in asked}

    def therapy_of_id(self, id: str) -> Therapy | None:
        """The therapy of this very id (INN, class or scheme in lower case); None when there is none.

        >>> open_knowledge_base().therapy_of_id("pyrotinib").chinese_name
        '吡咯替尼'
        """
        iri = t.item("therapy", id)
        return self._decoded("therapy", iri, self._therapy) if self._is("therapy", iri, t.DEPTH) else None

    def therapy(self, name: str) -> Therapy:
        """The therapy of an INN, brand, synonym, Chinese name, class or scheme name, in any case.

        A code name is found however it is joined. UnknownTherapy, which names the nearest, when there is none.

        >>> kb = open_knowledge_base()
        >>> kb.therapy("吡咯替尼").id, kb.therapy("T-DM1").id, kb.therapy("CDK 4/6 inhibitor").id
        ('pyrotinib', 'trastuzumab emtansine', 'cdk4/6 inhibitor')
        """
        direct = t.item("therapy", name.strip().lower())
        if self._is("therapy", direct, t.DEPTH):
            return self._decoded("therapy", direct, self._therapy)
        named = self._named(name, "therapy")
        if len(named) == 1:
            return self._decoded("therapy", named[0], self._therapy)
        if named:
            raise UnknownTherapy(name, tuple(t.item_id(iri) for iri in named))
        keys = {
            key: iri for kind in (t.DRUG, t.DRUG_CLASS, t.SCHEME) for iri in self._all(kind) for key in self._keys(iri)
        }
        from kb.therapy_names import code_key  # a name that is known does not pay for it

        code = code_key(name)
        joined = {iri for key, iri in keys.items() if code is not None and code_key(key) == code}
        if len(joined) == 1:
            return self._decoded("therapy", joined.pop(), self._therapy)
        near = self._nearest(t.search_key(name), keys)
        raise UnknownTherapy(name, tuple(dict.fromkeys(t.item_id(keys[key]) for key in near)))

    def _keys(self, iri: str) -> list[str]:
        return self._fields(iri).get(t.SEARCH_KEY, [])

    def _therapy(self, iri: str) -> Therapy:
        fields = self._fields(iri)
        kind = {t.DRUG: "drug", t.DRUG_CLASS: "class", t.SCHEME: "scheme"}[fields[t.TYPE][0]]
        return Therapy(
            id=fields[t.IDENTIFIER][0],
            iri=iri,
            kind=kind,
            chinese_name=_one(fields, t.CHINESE_NAME),
            synonyms=_sorted(fields, t.ALT_LABEL),
            classes=self._nearest_first(fields.get(t.IN_CLASS, ())),
            targets=_sorted(fields, t.TARGET),
            components=_ids(fields, t.COMPONENT),
        )

    # Biomarkers

    def biomarker(self, id: str) -> Biomarker:
        """The biomarker of an id (`EGFR:L858R`); UnknownItem otherwise."""
        return self._by_id("biomarker", id, t.KIND, self._biomarker)

    def biomarker_ids(self) -> tuple[str, ...]:
        """The ids of all biomarkers, sorted."""
        return tuple(sorted(t.item_id(iri) for iri in self._all(t.BIOMARKER)))

    def biomarkers_of_gene(self, symbol: str) -> tuple[Biomarker, ...]:
        """Every biomarker that names the gene, by id."""
        found = self._of_gene.get(symbol)
        if found is None:
            found = self._many("biomarker", self._about_gene(symbol, "biomarker"), self._biomarker)
            self._of_gene[symbol] = found
        return found

    def names_with_biomarkers(self, also: Iterable[str] = ()) -> frozenset[str]:
        """The names, as `terms.search_key` has them, by which `gene` finds a gene of a biomarker, or one of `also`.

        One look through the graph: of the twenty thousand genes of a sequenced cohort biomarkers name three hundred.
        """
        start = f"{t.ITEMS}biomarker/"
        about = self._quads(None, _NODE(t.ABOUT_GENE), None, None)
        symbols = {t.item_id(quad.object.value) for quad in about if quad.subject.value.startswith(start)}.union(also)
        nodes = {_NODE(t.item("gene", symbol)) for symbol in symbols}
        for symbol in symbols:
            nodes.update(quad.subject for quad in self._quads(None, _NODE(t.LABEL), ox.Literal(symbol), None))
        names = {node.value for node in nodes}
        if self._nodes is not None:
            keys = {key for name in names for key in self._nodes.fields(name).get(t.SEARCH_KEY, ())}
        else:
            found = (self._quads(node, _NODE(t.SEARCH_KEY), None, None) for node in nodes)
            keys = {quad.object.value for quads in found for quad in quads}
        return frozenset(keys.union(t.search_key(t.item_id(name)) for name in names))

    def placed_changes(self, symbol: str) -> Mapping[ProteinChange, tuple[str, ...]]:
        """By protein change, the coordinates of the biomarkers of a gene that are known by these too."""
        found = self._placed.get(symbol)
        if found is None:
            from kb.nomenclature.protein import parse

            found = self._placed[symbol] = {}
            for biomarker in self.biomarkers_of_gene(symbol) if symbol else ():
                for change in map(parse, biomarker.protein_changes if biomarker.genomic_changes else ()):
                    found[change] = (*found.get(change, ()), *biomarker.genomic_changes)
        return found

    def narrower_biomarkers(self, biomarker: Biomarker) -> tuple[Biomarker, ...]:
        """The biomarkers of the same genes that lie under this one, at any depth."""
        found = self._narrower.get(biomarker.id)
        if found is None:
            others = [other for gene in biomarker.genes for other in self.biomarkers_of_gene(gene)]
            found = self._narrower[biomarker.id] = narrower(biomarker, others)
        return found

    def biomarkers_of_marker(self, marker: str) -> tuple[Biomarker, ...]:
        """The biomarkers measured as a marker (`HER2`, `PD-L1`), by id, whatever the case."""
        return self._many("biomarker", self._named(marker, "biomarker"), self._biomarker)

    def nearest_markers(self, name: str, others: Iterable[str] = ()) -> tuple[str, ...]:
        """The names of measured markers closest to this one, of the graph and the others given; at most three."""
        known = {quad.object.value for quad in self._quads(None, _NODE(t.MARKER), None, None)} | set(others)
        by_lower = {marker.lower(): marker for marker in sorted(known)}
        return tuple(by_lower[marker] for marker in self._nearest(name.lower(), by_lower))

    def negative_biomarkers(self) -> tuple[Biomarker, ...]:
        """The biomarkers that are the absence of something (wild types, HER2 negative), by id."""
        return self._many("biomarker", sorted(self._with_text(t.STATE, "absent")), self._biomarker)

    def negated_biomarkers(self) -> tuple[Biomarker, ...]:
        """The biomarkers that a profile mentions under NOT, by id."""
        if self._negated is None:
            found = {quad.object.value for quad in self._quads(None, _NODE(t.NEGATES), None, None)}
            self._negated = tuple(sorted(found))
        return self._many("biomarker", self._negated, self._biomarker)

    def biomarkers_named(self, name: str) -> tuple[Biomarker, ...]:
        """The biomarkers whose id or label is the name, by id, whatever the case (`BRAF V600E`, `KRAS:G12C`)."""
        if self._by_name is None:
            space = t.item("biomarker", "")
            self._by_name = {}
            for quad in self._quads(None, _NODE(t.LABEL), None, None):
                iri = quad.subject.value
                if iri.startswith(space):
                    for known in names(t.item_id(iri), quad.object.value):
                        self._by_name.setdefault(known, set()).add(iri)
        return self._many("biomarker", sorted(self._by_name.get(name.strip().lower(), ())), self._biomarker)

    def profile_members(self, expression: str) -> tuple[str, ...]:
        """Every biomarker id that an expression of the graph mentions, those inside composites included, sorted."""
        node = t.item("profile", expression)
        if not self._is("members", node, t.EXPRESSION):
            raise UnknownItem("profile", expression)
        return self._decoded("members", node, lambda iri: _ids(self._fields(iri), t.MENTIONS))

    def _biomarker(self, iri: str) -> Biomarker:
        fields = self._fields(iri)
        return Biomarker(
            id=fields[t.IDENTIFIER][0],
            iri=iri,
            label=fields[t.LABEL][0],
            kind=fields[t.KIND][0],
            genes=_ids(fields, t.ABOUT_GENE),
            protein_changes=_sorted(fields, t.PROTEIN_CHANGE),
            codon_first=_int(fields, t.CODON_FIRST),
            codon_last=_int(fields, t.CODON_LAST),
            exons=tuple(sorted(int(number) for number in fields.get(t.EXON_NUMBER, ()))),
            classes=_sorted(fields, t.CONSEQUENCE_CLASS),
            fusion_partner=_one(fields, t.FUSION_PARTNER),
            fusion_role=_one(fields, t.FUSION_ROLE),
            marker=_one(fields, t.MARKER),
            assay=_one(fields, t.ASSAY),
            operator=_one(fields, t.OPERATOR),
            threshold=_one(fields, t.THRESHOLD),
            unit=_one(fields, t.UNIT),
            origin=_one(fields, t.ORIGIN),
            state=fields[t.STATE][0],
            members=_one(fields, t.MEMBERS),
            broader=_ids(fields, t.BROADER),
            wild_type_rule=_one(fields, t.WILD_TYPE_RULE),
            note=_one(fields, t.NOTE),
            verified=fields[t.VERIFIED][0],
            coding_changes=_sorted(fields, t.CODING_CHANGE),
            phase_with=next(iter(_ids(fields, t.PHASE_WITH)), None),
            codons=tuple(sorted(int(number) for number in fields.get(t.CODON, ()))),
            genomic_changes=_sorted(fields, t.GENOMIC_CHANGE),
        )

    # Indications, evidence, trials, coverage

    def indications(
        self,
        mentioning: Collection[str] = (),
        tumor_types: Collection[str] = (),
        jurisdictions: Collection[str] | None = None,
    ) -> tuple[Indication, ...]:
        """Indications whose profile mentions a given biomarker id or whose tumor types include a given code, by id.

        Of every jurisdiction, or of the given ones alone.
        """
        found = self._candidates("indication", mentioning, tumor_types)
        if jurisdictions is not None:
            of_places = [self._with_text(t.JURISDICTION, place) for place in jurisdictions]
            found = [iri for iri in found if any(iri in there for there in of_places)]
        return self._many("indication", found, self._indication)

    def indications_in(self, jurisdiction: str, tumor_types: Collection[str]) -> tuple[Indication, ...]:
        """The indications of one jurisdiction whose tumor types include a given code, by id."""
        there = self._with_text(t.JURISDICTION, jurisdiction)
        found = [iri for iri in self._candidates("indication", (), tumor_types) if iri in there]
        return self._many("indication", found, self._indication)

    def indications_of_therapy(self, name: str) -> tuple[Indication, ...]:
        """Every indication with a regimen that contains the therapy, by id: also those for something else."""
        therapy = t.item("therapy", self.therapy(name).id)
        found = {
            iri
            for regimen in self._subjects(t.INCLUDES, therapy, "regimen")
            for iri in self._subjects(t.HAS_REGIMEN, regimen, "indication")
        }
        return self._many("indication", sorted(found), self._indication)

    approvals_of = indications_of_therapy

    def therapies_of(self, therapy: Therapy) -> tuple[str, ...]:
        """The ids of what stands for a therapy: itself, the members of a class, and the schemes with one of these.

        >>> kb = open_knowledge_base()
        >>> "olaparib" in kb.therapies_of(kb.therapy("PARP inhibitor"))
        True
        """
        members = {therapy.iri, *self._subjects(t.IN_CLASS, therapy.iri, "therapy")}
        found = members.union(*(self._subjects(t.COMPONENT, iri, "therapy") for iri in members))
        return tuple(sorted(map(t.item_id, found)))

    def therapies_with_target(self, targets: Iterable[str]) -> frozenset[str]:
        """The ids of the therapies with one of these molecular targets."""
        return frozenset(t.item_id(iri) for target in targets for iri in self._with_text(t.TARGET, target))

    def regimens_with(self, therapies: Iterable[str]) -> tuple[Regimen, ...]:
        """Every regimen of the graph that names one of these therapies (ids), sorted."""
        found = {iri for name in therapies for iri in self._subjects(t.INCLUDES, t.item("therapy", name), "regimen")}
        return tuple(sorted(self._decoded("regimen", iri, _regimen) for iri in found))

    def indications_of_regimens(self, regimens: Iterable[Regimen]) -> tuple[Indication, ...]:
        """Every indication, of whatever place and for whatever, with one of these regimens, by id."""
        return self._many("indication", self._of_regimens(regimens, "indication"), self._indication)

    def indications_with_exclusions(self, regimens: Iterable[Regimen]) -> tuple[Indication, ...]:
        """Those of `indications_of_regimens` that leave some tumor type out."""
        if self._leaving is None:
            quads = self._quads(None, _NODE(t.EXCLUDES_TUMOR_TYPE), None, None)
            self._leaving = frozenset(quad.subject.value for quad in quads)
        found = [iri for iri in self._of_regimens(regimens, "indication") if iri in self._leaving]
        return self._many("indication", found, self._indication)

    def evidence_of_regimens(self, regimens: Iterable[Regimen]) -> tuple[Evidence, ...]:
        """Every evidence item, whatever it says, about one of these regimens, by id."""
        return self._many("evidence", self._of_regimens(regimens, "evidence"), self._evidence)

    def trials_of_regimens(self, regimens: Iterable[Regimen]) -> tuple[Trial, ...]:
        """Every trial, whether it recruits or not, of one of these regimens, by id."""
        return self._many("trial", self._of_regimens(regimens, "trial"), self._trial)

    def _of_regimens(self, regimens: Iterable[Regimen], kind: str) -> list[str]:
        nodes = (t.item("regimen", "+".join(regimen)) for regimen in regimens)
        return sorted({iri for node in nodes for iri in self._subjects(t.HAS_REGIMEN, node, kind)})

    def first_approvals(
        self, drugs: Collection[str], as_of: str, tumor_types: Collection[str] | None = None
    ) -> dict[tuple[str, str], str]:
        """For each drug (INN or class) and jurisdiction, the id of one approved indication in force on the day.

        The earliest dated one, or else one without a sourced date, which counts from the day of the release on; with
        `tumor_types` (codes), of those that name one of them.
        """
        found: dict[tuple[str, str], str] = {}
        wanted: set[str] | None = None
        lineage = tuple(tumor_types) if tumor_types else ()
        for drug, approvals in self._approvals(drugs).items():
            key = drug, as_of, lineage
            first = self._first_approved.get(key)
            if first is None:
                if lineage and wanted is None:
                    wanted = set(self._candidates("indication", (), lineage))
                if len(self._first_approved) >= _ASKED_KEPT:
                    self._first_approved.clear()
                first = self._first_approved[key] = self._first(approvals, as_of, wanted)
            found.update(((drug, place), name) for place, name in first.items())
        return found

    def _first(self, approvals: Iterable[Approval], as_of: str, wanted: Collection[str] | None) -> dict[str, str]:
        """By jurisdiction, the first of these approvals in force on the day; of those wanted alone where some are."""
        best: dict[str, tuple[str, str]] = {}
        for place, iri, day in approvals:
            if (day or self.released_on) > as_of or (wanted is not None and iri not in wanted):
                continue
            rank = (day or "9", t.item_id(iri))
            best[place] = min(best.get(place, rank), rank)
        return {place: rank[1] for place, rank in best.items()}

    def _approvals(self, drugs: Collection[str]) -> dict[str, list[Approval]]:
        """The approved indications with each drug, which are read once."""
        new = [drug for drug in drugs if drug not in self._approved]
        if new:
            self._approved.update((drug, []) for drug in new)
            for drug, place, indication, date in self._approved_with(new):
                self._approved[drug].append((place, indication, last_day(date) if date is not None else None))
        return {drug: self._approved[drug] for drug in drugs}

    def _approved_with(self, drugs: Collection[str]) -> Iterator[tuple[str, str, str, str | None]]:
        """Each of these drugs with the jurisdiction, node and date of each approved indication with it."""
        if self._nodes is not None:
            for drug in drugs:
                for regimen in self._subjects(t.INCLUDES, t.item("therapy", drug), "regimen"):
                    for iri in self._subjects(t.HAS_REGIMEN, regimen, "indication"):
                        fields = self._decoded("label", iri, self._nodes.fields)
                        if "approved" in fields[t.STATUS]:
                            yield drug, fields[t.JURISDICTION][0], iri, _one(fields, t.APPROVED_ON)
            return
        values = " ".join(f"<{t.item('therapy', drug)}>" for drug in drugs)
        query = f"""SELECT ?drug ?place ?indication ?date WHERE {{ VALUES ?drug {{ {values} }}
            ?regimen <{t.INCLUDES}> ?drug . ?indication <{t.HAS_REGIMEN}> ?regimen ; <{t.STATUS}> "approved" ;
            <{t.JURISDICTION}> ?place . OPTIONAL {{ ?indication <{t.APPROVED_ON}> ?date }} }}"""
        for named, place, indication, date in self._query(query, use_default_graph_as_union=True):
            day = None if date is None else date.value
            yield t.item_id(named.value), place.value, indication.value, day

    def indication(self, id: str) -> Indication:
        """The indication of an id (`US:lynparza:6`); UnknownItem otherwise."""
        return self._by_id("indication", id, t.STATUS, self._indication)

    def evidence(self, mentioning: Collection[str], holds: Callable[[str], bool] | None = None) -> tuple[Evidence, ...]:
        """Evidence items whose profile mentions a given biomarker id, by id.

        `holds` says of a profile whether its evidence is wanted, before any of it is read.
        """
        profiles = {
            node
            for biomarker in mentioning
            for node in self._subjects(t.MENTIONS, t.item("biomarker", biomarker), "profile")
            if holds is None or holds(t.item_id(node))
        }
        found = {iri for node in profiles for iri in self._subjects(t.HAS_PROFILE, node, "evidence")}
        return self._many("evidence", sorted(found), self._evidence)

    def evidence_item(self, id: str) -> Evidence:
        """The evidence item of an id (`EID1153.1`); UnknownItem otherwise."""
        return self._by_id("evidence", id, t.DIRECTION, self._evidence)

    def evidence_ids(self) -> tuple[str, ...]:
        """The ids of all evidence items, sorted."""
        return tuple(sorted(t.item_id(iri) for iri in self._all(t.EVIDENCE_ITEM)))

    def trials(self, mentioning: Collection[str] = (), tumor_types: Collection[str] = ()) -> tuple[Trial, ...]:
        """Trials with a profile that mentions a given biomarker id or whose tumor types include a given code, by id."""
        found = self._candidates("trial", mentioning, tumor_types)
        return self._many("trial", found, self._trial)

    def trials_of_known_status(
        self, mentioning: Collection[str] = (), tumor_types: Collection[str] = ()
    ) -> tuple[Trial, ...]:
        """As `trials`, those alone of which a source says whether they recruit."""
        if self._told_status is None:
            self._told_status = frozenset(
                quad.subject.value for quad in self._quads(None, _NODE(t.RECRUITING), None, None)
            )
        found = [iri for iri in self._candidates("trial", mentioning, tumor_types) if iri in self._told_status]
        return self._many("trial", found, self._trial)

    def trial(self, id: str) -> Trial:
        """The trial of an id (an NCT number, or `study:mcrpc-wes` where no number is known); UnknownItem otherwise."""
        return self._by_id("trial", id, t.INTERVENTION, self._trial)

    def coverage(self, drugs: Collection[str], plan: str) -> tuple[Coverage, ...]:
        """What a payer's plan (`NRDL`) says of the given drugs (INNs), by id."""
        of_plan = self._with_text(t.PLAN, plan)
        found = {iri for drug in drugs for iri in self._subjects(t.OF_DRUG, t.item("therapy", drug), "coverage")}
        found &= of_plan
        return self._many("coverage", sorted(found), self._coverage)

    def coverage_of_plan(self, plan: str) -> tuple[Coverage, ...]:
        """All that a payer's plan says, by id."""
        return self._many("coverage", sorted(self._with_text(t.PLAN, plan)), self._coverage)

    # Study designs

    def designs(self, items: Collection[str]) -> dict[str, Design]:
        """The study designs of evidence items and trials by their ids, in one query; an id without one is left out.

        >>> open_knowledge_base().designs(["EID1409", "EID238"])["EID1409"].kind
        'randomized trial'
        """
        return self._designs({t.item("design", id): id for id in sorted(items)})

    def pivotal_designs(self, indications: Collection[str]) -> dict[str, tuple[Design, ...]]:
        """The designs of the trials that each indication rests on, by trial; an indication without one is left out."""
        trials = {id: self._subjects(t.PIVOTAL_FOR, t.item("indication", id), "design") for id in indications}
        known = self._designs({iri: t.item_id(iri) for iris in trials.values() for iri in iris})
        return {id: tuple(known[t.item_id(iri)] for iri in iris) for id, iris in sorted(trials.items()) if iris}

    def _designs(self, iris: dict[str, str]) -> dict[str, Design]:
        new = [iri for iri in iris if ("design", iri) not in self._kept]
        known = set(iris) - set(new) | set(self._fetch(new))
        return {id: self._decoded("design", iri, self._design) for iri, id in iris.items() if iri in known}

    def _design(self, iri: str) -> Design:
        fields = self._fields(iri)
        stratified = _one(fields, t.STRATIFIED)
        return Design(
            kind=_one(fields, t.KIND),
            phase=_one(fields, t.PHASE),
            stratified=None if stratified is None else stratified == "true",
            comparator=_one(fields, t.COMPARATOR),
            endpoints=_sorted(fields, t.ENDPOINT_IMPROVED),
            reported=_sorted(fields, t.ENDPOINT_REPORTED),
            size=_int(fields, t.PATIENTS),
            mcbs=_one(fields, t.MCBS_GRADE),
            sources=self._sources(fields),
            verified=_VERIFIED[fields[t.VERIFIED][0]],
            note=_one(fields, t.NOTE),
            iri=iri,
        )

    def _indication(self, iri: str) -> Indication:
        fields = self._fields(iri)
        minimum = _one(fields, t.MINIMUM_AGE)
        return Indication(
            id=fields[t.IDENTIFIER][0],
            iri=iri,
            jurisdiction=fields[t.JURISDICTION][0],
            regimens=self._regimens(fields),
            profile=self._profile(fields),
            tumor_types=_ids(fields, t.HAS_TUMOR_TYPE),
            excluded_tumor_types=_ids(fields, t.EXCLUDES_TUMOR_TYPE),
            settings=_sorted(fields, t.SETTING),
            line=_one(fields, t.LINE),
            requirements=self._requirements(fields.get(t.REQUIRES, ())),
            conditions=_sorted(fields, t.CONDITION),
            minimum_age=None if minimum is None else float(minimum),
            status=_STATUS[fields[t.STATUS][0]],
            approval_type=_one(fields, t.APPROVAL_TYPE),
            approved_on=_one(fields, t.APPROVED_ON),
            withdrawn_on=_one(fields, t.WITHDRAWN_ON),
            sources=self._sources(fields),
            verified=_VERIFIED[fields[t.VERIFIED][0]],
            note=_one(fields, t.NOTE),
        )

    def _evidence(self, iri: str) -> Evidence:
        fields = self._fields(iri)
        return Evidence(
            id=fields[t.IDENTIFIER][0],
            iri=iri,
            profile=self._profile(fields) or "NONE",
            regimen=self._regimens(fields)[0],
            combination=fields[t.COMBINATION][0],
            tumor_types=_ids(fields, t.HAS_TUMOR_TYPE),
            direction=fields[t.DIRECTION][0],
            significance=fields[t.SIGNIFICANCE][0],
            level=fields[t.LEVEL][0],
            level_source=fields[t.LEVEL_SOURCE][0],
            origin=_one(fields, t.ORIGIN),
            rating=_int(fields, t.RATING),
            amp_assertion=_one(fields, t.AMP_ASSERTION),
            sources=self._sources(fields),
            trials=_sorted(fields, t.TRIAL_NUMBER),
            verified=_VERIFIED[fields[t.VERIFIED][0]],
            note=_one(fields, t.NOTE),
            stated_for=_one(fields, t.TUMOR_AS_STATED) if t.TUMOR_PLACEMENT in fields else None,
        )

    def _trial(self, iri: str) -> Trial:
        fields = self._fields(iri)
        recruiting = _one(fields, t.RECRUITING)
        minimum = _one(fields, t.MINIMUM_AGE)
        return Trial(
            id=fields[t.IDENTIFIER][0],
            iri=iri,
            nct_id=_one(fields, t.NCT_ID),
            title=_one(fields, t.TITLE),
            phase=_one(fields, t.PHASE),
            status=_one(fields, t.RECRUITMENT_STATUS),
            status_as_of=_one(fields, t.STATUS_AS_OF),
            recruiting=None if recruiting is None else recruiting == "true",
            regimens=self._regimens(fields),
            intervention=fields[t.INTERVENTION][0],
            profiles=_ids(fields, t.HAS_PROFILE),
            unread_profile=_one(fields, t.UNREAD_PROFILE),
            tumor_types=_ids(fields, t.HAS_TUMOR_TYPE),
            excluded_tumor_types=_ids(fields, t.EXCLUDES_TUMOR_TYPE),
            minimum_age=None if minimum is None else float(minimum),
            conditions=_sorted(fields, t.CONDITION),
            countries=_sorted(fields, t.COUNTRY),
            role=_one(fields, t.ROLE),
            sources=self._sources(fields),
            verified=_VERIFIED[fields[t.VERIFIED][0]],
            note=_one(fields, t.NOTE),
        )

    def _coverage(self, iri: str) -> Coverage:
        fields = self._fields(iri)
        return Coverage(
            id=fields[t.IDENTIFIER][0],
            iri=iri,
            plan=fields[t.PLAN][0],
            drug=t.item_id(fields[t.OF_DRUG][0]),
            profile=self._profile(fields),
            tumor_types=_ids(fields, t.HAS_TUMOR_TYPE),
            scope=_one(fields, t.SCOPE),
            listed=fields[t.LISTED][0],
            effective_year=_int(fields, t.EFFECTIVE_YEAR),
            sources=self._sources(fields),
            verified=_VERIFIED[fields[t.VERIFIED][0]],
            note=_one(fields, t.NOTE),
        )

    # A site's own evidence from its studies

    def local_evidence(self) -> tuple[Accepted, ...]:
        """The site's accepted local evidence by id, each with the decision and the study; empty in most graphs."""
        if self._local is None:
            self._local = self._read_local(sorted(self._all(t.LOCAL_EVIDENCE)))
        return self._local

    def _read_local(self, iris: Collection[str]) -> tuple[Accepted, ...]:
        if not iris:
            return ()
        from kb.outcomes import ACCEPTED, Accepted, Curation, Local, LocalEvidence, Study, read_value

        items = [read_value(LocalEvidence, t.item_id(iri), self._fields(iri)) for iri in iris]
        decisions = {node for iri in iris for node in self._subjects(t.DECIDES_ON, iri, "curation")}
        curations = [read_value(Curation, t.item_id(iri), self._fields(iri)) for iri in sorted(decisions)]
        local = Local(items=tuple(items), curations=tuple(curations))
        studies = {
            id: read_value(Study, id, self._fields(t.item("study", id))) for id in {each.study for each in items}
        }
        found = ((item, local.decision(item.id)) for item in items)
        return tuple(
            Accepted(item, decision, studies[item.study])
            for item, decision in found
            if decision is not None and decision.status == ACCEPTED
        )

    # What speaks against a therapy, and routes

    def cautions(
        self, therapies: Collection[str], subjects: Collection[str] | None = None, contraindications: bool = False
    ) -> tuple[Caution, ...]:
        """Every caution about these therapies (ids), their classes and the components of schemes, by id.

        `subjects` reads only those about one of these ids: what the patient has, and all that is broader than it; with
        `contraindications` these too, whatever they are about.

        >>> {each.subject for each in open_knowledge_base().cautions(["gefitinib"]) if each.kind == "prior toxicity"}
        {'interstitial lung disease'}
        """
        from kb.caution import read_caution

        about = None if subjects is None else frozenset(subjects)
        new = [name for name in set(therapies) if (name, about, contraindications) not in self._cautions]
        if new:
            if len(self._cautions) >= _ASKED_KEPT:
                self._cautions.clear()
                new = list(set(therapies))
            nodes = self._caution_nodes(new, about, contraindications)
            self._cautions.update(((name, about, contraindications), nodes.get(name, ())) for name in new)
        found = sorted({node for name in therapies for node in self._cautions[name, about, contraindications]})

        def decoded(iri: str) -> Caution:
            fields = self._fields(iri)
            return read_caution(iri, fields, self._sources(fields))

        return self._many("caution", found, decoded)

    def _caution_nodes(
        self, therapies: Collection[str], subjects: Collection[str] | None, contraindications: bool
    ) -> dict[str, list[str]]:
        """The nodes of the cautions that `cautions` is asked for, by therapy."""
        from kb.caution import SUBJECTS

        asked = ""
        if subjects is not None:
            nodes = " ".join(f"<{t.item(kind, id)}>" for id in sorted(subjects) for kind in SUBJECTS)
            asked = f"?caution <{t.CAUTION_SUBJECT}> ?subject . VALUES ?subject {{ {nodes} }}"
            if contraindications:
                asked = f"{{ {asked} }} UNION" if subjects else ""
                asked += f'{{ ?caution <{t.EFFECT}> "contraindicated" }}'
        values = " ".join(f"<{t.item('therapy', name)}>" for name in sorted(therapies))
        query = f"""SELECT DISTINCT ?given ?caution WHERE {{ VALUES ?given {{ {values} }}
            ?given <{t.COMPONENT}>?/<{t.IN_CLASS}>? ?therapy . ?caution <{t.CAUTION_FOR}> ?therapy . {asked} }}"""
        found: dict[str, list[str]] = {}
        for given, caution in self._query(query, use_default_graph_as_union=True):
            found.setdefault(t.item_id(given.value), []).append(caution.value)
        return found

    def cautioned(self) -> frozenset[str]:
        """The therapies (drugs and classes, by id) that some caution is about."""
        query = f"SELECT DISTINCT ?therapy WHERE {{ ?caution <{t.CAUTION_FOR}> ?therapy }}"
        return frozenset(t.item_id(row[0].value) for row in self._query(query, use_default_graph_as_union=True))

    def condition(self, name: str) -> Condition:
        """The condition of an id, a label or a synonym, English or Chinese, in any case; else UnknownSubject.

        >>> open_knowledge_base().condition("间质性肺病").id
        'interstitial lung disease'
        """
        return self._subject("condition", name)  # type: ignore[return-value]

    def comedication(self, name: str) -> Comedication:
        """The co-medication of an id, a label or a synonym, English or Chinese, in any case; else UnknownSubject.

        >>> open_knowledge_base().comedication("Omeprazole").classes
        ('proton pump inhibitor', 'gastric acid reducer')
        """
        return self._subject("comedication", name)  # type: ignore[return-value]

    def measurement(self, name: str) -> Measurement:
        """The measurement of an id, a label or a synonym, English or Chinese, in any case; else UnknownSubject.

        >>> open_knowledge_base().measurement("ejection fraction").id
        'lvef'
        """
        return self._subject("measurement", name)  # type: ignore[return-value]

    def _subject(self, kind: str, name: str) -> Condition | Comedication | Measurement:
        from kb.caution import SUBJECTS, UnknownSubject

        of_class, read = SUBJECTS[kind]

        def decoded(iri: str) -> Condition | Comedication | Measurement:
            fields = self._fields(iri)
            return read(iri, fields, self._nearest_first(fields.get(t.ANCESTOR, ())))

        direct = t.item(kind, name.strip().lower())
        found = (direct,) if self._is(kind, direct, t.DEPTH) else self._named(name, kind)
        if len(found) == 1:
            return self._decoded(kind, found[0], decoded)
        if found:
            raise UnknownSubject(kind, name, tuple(map(t.item_id, found)))
        keys = {key: iri for iri in self._all(of_class) for key in self._keys(iri)}
        near = dict.fromkeys(t.item_id(keys[key]) for key in self._nearest(t.search_key(name), keys))
        raise UnknownSubject(kind, name, tuple(near))

    def routes(self, therapies: Collection[str]) -> dict[str, tuple[str, ...]]:
        """By which routes each of these drugs is given (`oral`, `intravenous`, ...); a drug of unknown route is absent.

        >>> open_knowledge_base().routes(["gefitinib", "pertuzumab"])
        {'gefitinib': ('oral',), 'pertuzumab': ('intravenous',)}
        """
        values = " ".join(f"<{t.item('therapy', name)}>" for name in therapies)
        query = f"""SELECT DISTINCT ?drug ?route WHERE {{ VALUES ?drug {{ {values} }}
            ?administration <{t.OF_DRUG}> ?drug ; <{t.ROUTE}> ?route }}"""
        found: dict[str, list[str]] = {}
        for drug, route in self._query(query, use_default_graph_as_union=True):
            found.setdefault(t.item_id(drug.value), []).append(route.value)
        return {drug: tuple(sorted(found[drug])) for drug in sorted(found)}

    # Where statements come from

    def statement_digest(self, iri: str) -> str | None:
        """The content digest of a statement of the graph, `sha256:...`; None when there is none of this IRI.

        It changes when what the statement says changes, and not when it moves to another release or store
        (`kb.provenance.statement_digest`).

        >>> kb = open_knowledge_base()
        >>> kb.statement_digest(kb.indication("CN:X001").iri)[:7], kb.statement_digest("https://nothing.org/here")
        ('sha256:', None)
        """
        from kb.provenance import statement_digest

        return self._decoded("digest", iri, lambda asked: statement_digest(self._quads, asked))

    def statement_sources(self, iri: str) -> tuple[Source, ...]:
        """The sources of a statement of the graph; none when there is no statement of this IRI.

        >>> kb = open_knowledge_base()
        >>> kb.statement_sources(kb.indication("CN:X001").iri) == kb.indication("CN:X001").sources
        True
        """
        return self._sources(self._fields(iri))

    def provenance(self, iris: Collection[str]) -> dict[str, Provenance]:
        """Where these statements come from, by IRI: release, dates, curator, digest; one of no statement is left out.

        >>> kb = open_knowledge_base()
        >>> label = kb.indication("CN:X001").iri
        >>> kb.provenance([label])[label].dates
        (('approved on', '2018-08'),)
        """
        from kb.provenance import provenance

        return provenance(self.store, iris)

    # Parts of items, shared and kept

    def _requirements(self, nodes: Iterable[str]) -> tuple[Requirement, ...]:
        return tuple(self._decoded("requirement", node, self._requirement) for node in sorted(nodes))

    def _requirement(self, iri: str) -> Requirement:
        fields = self._fields(iri)
        return Requirement(
            kind=fields[t.KIND][0],
            text=fields[t.LABEL][0],
            any_of=_ids(fields, t.ANY_OF),
            at_least=_int(fields, t.AT_LEAST) or 1,
            at_most=_int(fields, t.AT_MOST),
            setting=_one(fields, t.SETTING),
            alternatives=self._requirements(fields.get(t.SATISFIED_BY, ())),
        )

    def _regimens(self, fields: Fields) -> tuple[Regimen, ...]:
        nodes = fields.get(t.HAS_REGIMEN, ())
        return tuple(sorted([self._decoded("regimen", node, _regimen) for node in nodes]))

    def _profile(self, fields: Fields) -> str | None:
        nodes = fields.get(t.HAS_PROFILE)
        return self._decoded("profile", nodes[0], t.item_id) if nodes else None

    def _sources(self, fields: Fields) -> tuple[Source, ...]:
        found = [self._decoded("source", node, self._source) for node in fields.get(t.SOURCE, ())]
        return tuple(found) if len(found) == 1 else tuple(sorted(found, key=_source_order))

    def _source(self, iri: str) -> Source:
        label = _label_in(iri) or _one(self._fields(iri), t.LABEL) or iri
        return Source(label, None if iri.startswith(t.ITEMS) else iri)

    # The store

    def _fields(self, iri: str) -> Fields:
        """All statements about a node, in whichever release they are: property to its distinct values."""
        fields = self._fetched.pop(iri, None)
        if fields is not None:
            return fields
        if self._nodes is not None:
            return self._nodes.fields(iri)
        fields = {}
        for quad in self._quads(_NODE(iri), None, None, None):
            _add(fields, quad.predicate.value, quad.object.value)
        return fields

    def _is(self, kind: str, iri: str, needed: str) -> bool:
        """Whether the node has the property that every item of the kind has; what was read waits for `_fields`."""
        if (kind, iri) in self._kept:
            return True
        fields = self._fields(iri)
        if needed not in fields:
            return False
        self._fetched[iri] = fields
        return True

    def _fetch(self, iris: Collection[str]) -> dict[str, Fields]:
        """Read many nodes in one query, which is faster than one by one; `_fields` then takes them from here."""
        if not iris:
            return {}
        fetched: dict[str, Fields] = {}
        if self._nodes is not None:
            fetched = {iri: fields for iri in iris if (fields := self._nodes.fields(iri))}
            self._fetched.update(fetched)
            return fetched
        values = " ".join(f"<{iri}>" for iri in sorted(iris))
        query = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} ?s ?p ?o FILTER(?p != <{t.SEARCH_KEY}>) }}"
        for subject, predicate, value in self._query(query, use_default_graph_as_union=True):
            _add(fetched.setdefault(subject.value, {}), predicate.value, value.value)
        self._fetched.update(fetched)
        return fetched

    def _many(self, kind: str, iris: Collection[str], decode: Callable[[str], Item]) -> tuple[Item, ...]:
        """The items decoded, in the given order, after one query for them, what they ask and whom they cite."""
        new = [iri for iri in iris if (kind, iri) not in self._kept]
        if len(new) > _FETCH_FROM:
            read = self._fetch(new).values()
            if kind not in _UNCITED:
                self._fetch({node for fields in read for node in fields.get(t.REQUIRES, ())})
                self._fetch_labels({node for fields in read for node in fields.get(t.SOURCE, ())})
        return tuple([self._decoded(kind, iri, decode) for iri in iris])

    def _fetch_labels(self, sources: Collection[str]) -> None:
        """Read the labels of sources in one query: `_source` takes no more of them."""
        new = sorted(node for node in sources if ("source", node) not in self._kept and _label_in(node) is None)
        if new and self._nodes is None:
            values = " ".join(f"<{iri}>" for iri in new)
            query = f"SELECT ?s ?o WHERE {{ VALUES ?s {{ {values} }} ?s <{t.LABEL}> ?o }}"
            for subject, label in self._query(query, use_default_graph_as_union=True):
                _add(self._fetched.setdefault(subject.value, {}), t.LABEL, label.value)

    def _subjects(self, predicate: str, object_iri: str, kind: str) -> tuple[str, ...]:
        """The items of one kind that have this property with this node as value, sorted."""
        kinds = self._found.get((predicate, object_iri))
        if kinds is None:
            kinds = self._found[predicate, object_iri] = self._by_kind(predicate, object_iri)
        return kinds.get(kind, ())

    def _by_kind(self, predicate: str, object_iri: str) -> dict[str, tuple[str, ...]]:
        """The items that have this property with this node as value, by kind, each sorted."""
        if self._nodes is not None:
            found = self._nodes.subjects(predicate, object_iri)
        else:
            quads = self._quads(None, _NODE(predicate), _NODE(object_iri), None)
            found = sorted({quad.subject.value for quad in quads})
        kinds: dict[str, list[str]] = {}
        for iri in found:
            if iri.startswith(t.ITEMS):
                kinds.setdefault(iri[_ITEMS_LENGTH : iri.index("/", _ITEMS_LENGTH)], []).append(iri)
        return {kind: tuple(iris) for kind, iris in kinds.items()}

    def _named(self, name: str, kind: str) -> tuple[str, ...]:
        """The items of one kind with this name, alias or mapping, sorted."""
        found = self._namings.get((name, kind))
        if found is None:
            start = f"{t.ITEMS}{kind}/"
            quads = self._quads(None, _NODE(t.SEARCH_KEY), ox.Literal(t.search_key(name)), None)
            named = {iri for quad in quads if (iri := quad.subject.value).startswith(start)}
            found = self._namings[name, kind] = tuple(sorted(named))
        return found

    def _with_text(self, predicate: str, text: str) -> set[str]:
        """The items with this text as a value of this property."""
        found = self._texts.get((predicate, text))
        if found is None:
            found = self._texts[predicate, text] = set(self._having_text(predicate, text))
        return found

    def _having_text(self, predicate: str, text: str) -> Iterable[str]:
        if self._nodes is not None and predicate in TEXTS:
            return self._nodes.subjects(predicate, text)
        return (quad.subject.value for quad in self._quads(None, _NODE(predicate), ox.Literal(text), None))

    def _all(self, type_iri: str) -> Iterator[str]:
        for quad in self._quads(None, _NODE(t.TYPE), _NODE(type_iri), None):
            yield quad.subject.value

    def _about_gene(self, symbol: str, kind: str) -> tuple[str, ...]:
        return self._subjects(t.ABOUT_GENE, t.item("gene", symbol), kind)

    def _candidates(self, kind: str, mentioning: Collection[str], tumor_types: Collection[str]) -> list[str]:
        found: set[str] = set()
        for biomarker in mentioning:
            for node in self._subjects(t.MENTIONS, t.item("biomarker", biomarker), "profile"):
                found.update(self._subjects(t.HAS_PROFILE, node, kind))
        for code in tumor_types:
            found.update(self._subjects(t.HAS_TUMOR_TYPE, t.item("tumor", code), kind))
        return sorted(found)

    def _nearest_first(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Ids of concepts, the deepest in its hierarchy first: an ancestor is never before what lies below it."""
        ids = {node: t.item_id(node) for node in nodes}
        return tuple(ids[node] for node in sorted(ids, key=lambda node: (-self._depth(node), ids[node])))

    def _depth(self, iri: str) -> int:
        depth = self._depths.get(iri)
        if depth is None:
            quads = self._quads(_NODE(iri), _NODE(t.DEPTH), None, None)
            depth = self._depths[iri] = max((int(quad.object.value) for quad in quads), default=0)
        return depth

    def _decoded(self, kind: str, iri: str, decode: Callable[[str], Item]) -> Item:
        key = (kind, iri)
        if key not in self._kept:
            self._kept[key] = decode(iri)
        return self._kept[key]  # type: ignore[return-value]

    def _by_id(self, kind: str, id: str, needed: str, decode: Callable[[str], Item]) -> Item:
        iri = t.item(kind, id)
        if not self._is(kind, iri, needed):
            raise UnknownItem(kind, id)
        return self._decoded(kind, iri, decode)

    def _nearest(self, name: str, known: Iterable[str]) -> tuple[str, ...]:
        """The known names nearest to one, at most three: those with two neighboring letters swapped come first."""
        from difflib import get_close_matches

        names = set(known)
        swapped = sorted(names & {f"{name[:i]}{name[i + 1]}{name[i]}{name[i + 2 :]}" for i in range(len(name) - 1)})
        return tuple(dict.fromkeys((*swapped, *get_close_matches(name, sorted(names), n=3, cutoff=0.5))))[:3]


def _add(fields: Fields, predicate: str, value: str) -> None:
    values = fields.setdefault(predicate, [])
    if value not in values:
        values.append(value)


def _one(fields: Fields, predicate: str) -> str | None:
    values = fields.get(predicate)
    return values[0] if values else None


def _int(fields: Fields, predicate: str) -> int | None:
    values = fields.get(predicate)
    return int(values[0]) if values else None


def _sorted(fields: Fields, predicate: str) -> tuple[str, ...]:
    return tuple(sorted(fields.get(predicate, ())))


def _ids(fields: Fields, predicate: str) -> tuple[str, ...]:
    values = fields.get(predicate, ())
    return (t.item_id(values[0]),) if len(values) == 1 else tuple(sorted(map(t.item_id, values)))


def _regimen(iri: str) -> Regimen:
    # A regimen and a profile are named by what they are, so their names need no look-up; the shapes hold them to it.
    return tuple(sorted(t.item_id(iri).split("+")))


def _label_in(iri: str) -> str | None:
    """The label of a source whose address tells it: publications and CIViC items, most of all sources."""
    if iri.startswith("https://pubmed.ncbi.nlm.nih.gov/"):
        return f"PMID:{iri.rstrip('/').rsplit('/', 1)[-1]}"
    if iri.startswith("https://civicdb.org/links/evidence_items/"):
        return f"CIViC EID{iri.rsplit('/', 1)[-1]}"
    return None


def _source_order(source: Source) -> tuple[int, str]:
    return _SOURCE_ORDER.get(source.label[:3], 4), source.label
