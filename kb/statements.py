"""From rows to statements: every kind of item as a table row, and the triples that say the same.

A row is a mapping from column to text; lists in a cell are separated by ` | `; a source is a label, followed by its
address where it has one. The starter's tables and the loaders of other sources give the same rows, so one function
writes each kind. Used at build time only (networkx closes the hierarchies).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb import profile as profiles
from kb import terms as t
from kb.content import triple
from kb.errors import BadSourceRow
from kb.rdf import Triple, date, iri, text, typed
from kb.tumor_codes import rows_above

if TYPE_CHECKING:
    import networkx as nx


class Row(dict[str, str]):
    """One row of a table; a column that it does not have is empty."""

    def __missing__(self, column: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables by name, each a tuple of rows; a table that is not there is empty."""

    rows: Mapping[str, tuple[Row, ...]]

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        return self.rows.get(name, ())


# Cells


def cells(row: Row, column: str) -> list[str]:
    """The values of a list cell, in the order of the table.

    >>> cells(Row(genes="BRCA1 | BRCA2"), "genes")
    ['BRCA1', 'BRCA2']
    """
    return [value for value in row.get(column, "").split(" | ") if value]


def _node(kind: str, id: str) -> str:
    return iri(t.item(kind, id))


def _typed(node: str, *classes: str) -> Iterator[Triple]:
    for name in classes:
        yield node, iri(t.TYPE), iri(name)


def _texts(node: str, row: Row, columns: Mapping[str, str]) -> Iterator[Triple]:
    """A plain literal for each value of the named columns (column to property)."""
    for column, predicate in columns.items():
        for value in cells(row, column):
            yield node, iri(predicate), text(value)


def _whole(node: str, row: Row, columns: Mapping[str, str]) -> Iterator[Triple]:
    """A plain literal for each named column whose cell is one text, never a list."""
    for column, predicate in columns.items():
        if row.get(column):
            yield node, iri(predicate), text(row[column])


def _numbers(node: str, row: Row, columns: Mapping[str, str]) -> Iterator[Triple]:
    for column, predicate in columns.items():
        for value in cells(row, column):
            yield node, iri(predicate), typed(int(value), "integer")


def _flags(node: str, row: Row, columns: Mapping[str, str]) -> Iterator[Triple]:
    for column, predicate in columns.items():
        if row.get(column):
            yield node, iri(predicate), typed("true" if row[column] == "yes" else "false", "boolean")


def _links(node: str, row: Row, column: str, predicate: str, kind: str) -> Iterator[Triple]:
    for value in cells(row, column):
        yield node, iri(predicate), _node(kind, value)


def _provenance(node: str, row: Row) -> Iterator[Triple]:
    """Its sources, its verified flag and its note: what every item carries."""
    for source in cells(row, "sources"):
        yield node, iri(t.SOURCE), iri(document_iri(source))
    yield node, iri(t.VERIFIED), text(row["verified"])
    if row.get("note"):
        yield node, iri(t.NOTE), text(row["note"])


def _keys(node: str, names: Iterable[str]) -> Iterator[Triple]:
    for name in names:
        if name:
            yield node, iri(t.SEARCH_KEY), text(t.search_key(name))


# Documents

_ADDRESS = re.compile(r" (https?://\S+)$")


def split_source(cell: str) -> tuple[str, str | None]:
    """A source cell's label and address.

    >>> split_source("PMID:25184630 https://pubmed.ncbi.nlm.nih.gov/25184630/")
    ('PMID:25184630', 'https://pubmed.ncbi.nlm.nih.gov/25184630/')
    >>> split_source("study protocol mcrpc-wes")
    ('study protocol mcrpc-wes', None)
    """
    found = _ADDRESS.search(cell)
    return (cell[: found.start()], found.group(1)) if found else (cell, None)


def document_iri(cell: str) -> str:
    """The IRI of a source: its address where it has one, else an item of this graph named by its label."""
    label, address = split_source(cell)
    return address or t.item("source", label)


def documents(tables: Tables, implied: Mapping[str, str] | None = None) -> Iterator[Triple]:
    """One node for each source that any row cites; `implied` names the one source of a whole table."""
    labels: dict[str, str] = {}
    for name, rows in tables.rows.items():
        whole = (implied or {}).get(name)
        for number, row in enumerate(rows, start=2):
            for cell in cells(row, "sources") if whole is None else (whole,):
                label = split_source(cell)[0]
                known = labels.setdefault(document_iri(cell), label)
                if known != label:
                    raise BadSourceRow(
                        f"{name}.tsv", number, f"{label!r} is named {known!r} elsewhere", "use one label"
                    )
    for address, label in labels.items():
        yield from _typed(iri(address), t.DOCUMENT)
        yield iri(address), iri(t.LABEL), text(label)


HGNC = "HGNC https://www.genenames.org"
ONCOTREE = "OncoTree 2025-10-03 https://oncotree.info"
MANE = "MANE Select v1.0 exon coordinates (panel BED, GRCh37)"
VOCABULARY_SOURCES = {"genes": HGNC, "tumor_types": ONCOTREE, "exons": MANE}
"""The one source of each whole vocabulary of the starter."""


# Vocabularies


def genes(tables: Tables) -> Iterator[Triple]:
    """Genes by HGNC, with their aliases and previous symbols as search keys."""
    for row in tables["genes"]:
        node = _node("gene", row["symbol"])
        yield from _typed(node, t.GENE)
        yield node, iri(t.LABEL), text(row["symbol"])
        columns = {"hgnc_id": t.HGNC_ID, "entrez_id": t.ENTREZ_ID, "ensembl_id": t.ENSEMBL_ID, "cytoband": t.CYTOBAND}
        yield from _texts(node, row, columns)
        yield from _texts(node, row, {"synonyms": t.ALT_LABEL})
        yield from _keys(node, [row["symbol"], *cells(row, "synonyms")])
        yield from _provenance(node, Row(sources=row["sources"] or HGNC, verified="yes"))


def exons(tables: Tables) -> Iterator[Triple]:
    """Coding exons of the MANE Select transcripts with their codon ranges."""
    for row in tables["exons"]:
        node = _node("exon", f"{row['gene']}-{row['exon']}")
        yield from _typed(node, t.EXON)
        yield from _links(node, row, "gene", t.ABOUT_GENE, "gene")
        yield from _numbers(
            node,
            row,
            {
                "exon": t.EXON_NUMBER,
                "coding_index": t.CODING_INDEX,
                "legacy_number": t.LEGACY_EXON_NUMBER,
                "start": t.START,
                "end": t.END,
                "cds_first": t.CDS_FIRST,
                "cds_last": t.CDS_LAST,
                "codon_first": t.CODON_FIRST,
                "codon_last": t.CODON_LAST,
            },
        )
        yield from _texts(node, row, {"transcript": t.TRANSCRIPT, "ensembl": t.TRANSCRIPT, "chromosome": t.CHROMOSOME})
        yield from _texts(node, row, {"strand": t.STRAND, "codons_verified": t.CODONS_VERIFIED})
        yield from _flags(
            node,
            row,
            {
                "first_codon_split": t.FIRST_CODON_SPLIT,
                "last_codon_split": t.LAST_CODON_SPLIT,
                "in_frame": t.IN_FRAME,
                "relevant": t.BIOMARKER_RELEVANT,
            },
        )
        note = "; ".join(filter(None, [f"exon number: {row['number_source']}", row["note"]]))
        yield from _provenance(node, Row(sources=MANE, verified=row["verified"], note=note))


def hierarchy(edges: Iterable[tuple[str, str]]) -> nx.DiGraph[str]:
    """The graph from each concept to its broader ones; a cycle is an error."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(edges)
    if not nx.is_directed_acyclic_graph(graph):
        cycle = " > ".join(narrower for narrower, _ in nx.find_cycle(graph))
        raise BadSourceRow("hierarchy", 1, f"broader concepts form a cycle: {cycle}", "remove one of the links")
    return graph


def _closure(graph: nx.DiGraph[str], concept: str) -> set[str]:
    import networkx as nx

    return set(nx.descendants(graph, concept)) if concept in graph else set()


def _depths(graph: nx.DiGraph[str]) -> dict[str, int]:
    """For each concept the longest way up to a root, so that sorting by it puts the nearest ancestor first."""
    import networkx as nx

    depths: dict[str, int] = {}
    for concept in reversed(list(nx.topological_sort(graph))):
        depths[concept] = max((depths[broader] + 1 for broader in graph.successors(concept)), default=0)
    return depths


def tumor_types(tables: Tables) -> Iterator[Triple]:
    """OncoTree as SKOS, with all ancestors written out and `SOLID` above the solid tissues."""
    rows = tables["tumor_types"]
    graph = hierarchy((row["code"], broader) for row in rows for broader in cells(row, "broader"))
    depths = _depths(graph)
    for row in rows:
        code = row["code"]
        node = _node("tumor", code)
        yield from _typed(node, t.TUMOR_TYPE, t.CONCEPT)
        yield node, iri(t.NOTATION), text(code)
        yield node, iri(t.LABEL), text(row["name"])
        yield node, iri(t.DEPTH), typed(depths.get(code, 0), "integer")
        yield from _links(node, row, "broader", t.BROADER, "tumor")
        for ancestor in _closure(graph, code):
            yield node, iri(t.ANCESTOR), _node("tumor", ancestor)
        columns = {"ncit": t.NCIT_ID, "doid": t.DOID, "mondo": t.MONDO_ID, "umls": t.UMLS_ID}
        yield from _texts(node, row, columns | {"synonyms": t.ALT_LABEL})
        yield from _whole(node, row, {"main_type": t.MAIN_TYPE, "tissue": t.TISSUE})
        names = [code, row["name"], *cells(row, "doid"), *cells(row, "mondo"), *cells(row, "synonyms")]
        names += [name for ncit in cells(row, "ncit") for name in (ncit, f"NCIT:{ncit}")]
        yield from _keys(node, names)
        yield from _provenance(node, Row(sources=row["sources"] or ONCOTREE, verified="yes"))


def tumor_codes(tables: Tables) -> Iterator[Triple]:
    """Codes of other classifications and former codes of OncoTree, below the broader codes of their own.

    A broader code that no source maps stands only for what is below it, and cites the same sources.
    """
    mapped = {row["code"] for row in tables["tumor_codes"]}
    for row in tables["tumor_codes"]:
        node = _node("code", row["code"])
        yield from _links(node, row, "tumor_types", t.STANDS_FOR, "tumor")
        yield from _texts(node, row, {"site": t.SITE})
        yield from _code(row["code"], row)
        for code, broader in rows_above(row["code"]):
            yield _node("code", code), iri(t.BROADER), _node("code", broader)
            if broader not in mapped:
                yield from _code(broader, Row(sources=row["sources"], verified=row["verified"]))


def _code(code: str, row: Row) -> Iterator[Triple]:
    node = _node("code", code)
    yield from _typed(node, t.TUMOR_CODE)
    yield node, iri(t.NOTATION), text(code)
    yield from _provenance(node, row)


_THERAPY_CLASS = {"drug": t.DRUG, "class": t.DRUG_CLASS, "scheme": t.SCHEME}


def therapies(tables: Tables) -> Iterator[Triple]:
    """Drugs, classes and schemes with all their classes written out, and each class membership with its source."""
    rows, memberships = tables["therapies"], tables["memberships"]
    edges = [(row["id"], broader) for row in rows for broader in cells(row, "broader")]
    edges += [(row["therapy"], row["class"]) for row in memberships]
    graph = hierarchy(edges)
    depths = _depths(graph)
    for row in rows:
        yield from _therapy(row, _closure(graph, row["id"]), depths.get(row["id"], 0))
    for row in memberships:
        node = _node("membership", f"{row['therapy']} in {row['class']}")
        yield from _typed(node, t.CLASS_MEMBERSHIP)
        yield node, iri(t.MEMBER), _node("therapy", row["therapy"])
        yield node, iri(t.OF_CLASS), _node("therapy", row["class"])
        yield node, iri(t.VERIFIED), text(row["verified"])
        yield node, iri(t.NOTE), text(f"from {row['source']}")


def _therapy(row: Row, classes: set[str], depth: int) -> Iterator[Triple]:
    node = _node("therapy", row["id"])
    yield from _typed(node, _THERAPY_CLASS[row["kind"]])
    yield node, iri(t.IDENTIFIER), text(row["id"])
    yield node, iri(t.LABEL), text(row["id"])
    yield node, iri(t.DEPTH), typed(depth, "integer")
    if row["chinese"]:
        yield node, iri(t.CHINESE_NAME), text(row["chinese"], "zh")
    yield from _texts(
        node,
        row,
        {
            "synonyms": t.ALT_LABEL,
            "targets": t.TARGET,
            "ncit": t.NCIT_ID,
            "rxnorm": t.RXNORM_ID,
            "snomed": t.SNOMED_ID,
            "omop": t.OMOP_ID,
        },
    )
    yield from _whole(node, row, {"stated_class": t.STATED_CLASS, "modality": t.MODALITY, "scope": t.SCOPE})
    yield from _links(node, row, "broader", t.BROADER, "therapy")
    yield from _links(node, row, "components", t.COMPONENT, "therapy")
    for name in classes:
        yield node, iri(t.IN_CLASS), _node("therapy", name)
    yield from _keys(node, [row["id"], row["chinese"], row["ncit"], *cells(row, "synonyms")])
    yield from _provenance(node, row)


def regimens(tables: Tables) -> Iterator[Triple]:
    """One node for each set of therapies given together that any table names."""
    named = {
        regimen for table in ("indications", "trials") for row in tables[table] for regimen in cells(row, "regimens")
    }
    named |= {row["regimen"] for table in ("evidence", "local") for row in tables[table] if row["regimen"]}
    for regimen in named:
        node = _node("regimen", regimen)
        yield from _typed(node, t.REGIMEN)
        yield node, iri(t.LABEL), text(regimen.replace("+", " + "))
        for therapy in regimen.split("+"):
            yield node, iri(t.INCLUDES), _node("therapy", therapy)


def stated(rows: Iterable[Row]) -> Iterator[Triple]:
    """The statements of rows that hold them as N-Triples lines (`statements`): local evidence, studies and outcomes."""
    for row in rows:
        yield from map(triple, row["statements"].split("\n"))


def local_evidence(tables: Tables) -> Iterator[Triple]:
    """A site's accepted local evidence with the decisions on it."""
    yield from stated(tables["local"])


# Biomarkers and profiles


def biomarkers(tables: Tables) -> Iterator[Triple]:
    """Biomarker definitions."""
    for row in tables["biomarkers"]:
        node = _node("biomarker", row["id"])
        yield from _typed(node, t.BIOMARKER)
        yield node, iri(t.IDENTIFIER), text(row["id"])
        yield from _links(node, row, "genes", t.ABOUT_GENE, "gene")
        yield from _links(node, row, "broader", t.BROADER, "biomarker")
        yield from _links(node, row, "phase_with", t.PHASE_WITH, "biomarker")
        numbers = {"codon_first": t.CODON_FIRST, "codon_last": t.CODON_LAST, "exons": t.EXON_NUMBER}
        numbers |= {"codons": t.CODON}
        yield from _numbers(node, row, numbers)
        changes = {"protein_changes": t.PROTEIN_CHANGE, "coding_changes": t.CODING_CHANGE}
        yield from _texts(node, row, changes | {"classes": t.CONSEQUENCE_CLASS})
        yield from _whole(
            node,
            row,
            {
                "label": t.LABEL,
                "kind": t.KIND,
                "fusion_partner": t.FUSION_PARTNER,
                "fusion_role": t.FUSION_ROLE,
                "marker": t.MARKER,
                "assay": t.ASSAY,
                "operator": t.OPERATOR,
                "threshold": t.THRESHOLD,
                "unit": t.UNIT,
                "origin": t.ORIGIN,
                "state": t.STATE,
                "members": t.MEMBERS,
                "wild_type_rule": t.WILD_TYPE_RULE,
            },
        )
        yield from _keys(node, [row["marker"]])
        yield from _provenance(node, row)


def positions(tables: Tables) -> Iterator[Triple]:
    """Known genomic changes of biomarkers: rows of `biomarker`, `changes` and `sources`."""
    for row in tables["positions"]:
        node = _node("biomarker", row["biomarker"])
        yield from _texts(node, row, {"changes": t.GENOMIC_CHANGE})
        for source in cells(row, "sources"):
            yield node, iri(t.SOURCE), iri(document_iri(source))


def links(tables: Tables) -> Iterator[Triple]:
    """Broader biomarkers of biomarkers that another source defines: rows of `biomarker`, `broader` and `sources`."""
    for row in tables["links"]:
        yield from _links(_node("biomarker", row["biomarker"]), row, "broader", t.BROADER, "biomarker")


def mentioned(expression: str, members: Mapping[str, str]) -> set[str]:
    """Every biomarker id of an expression, those reached through composites included.

    >>> sorted(mentioned("RAS:WT", {"RAS:WT": "KRAS:WT AND NRAS:WT", "KRAS:WT": "", "NRAS:WT": ""}))
    ['KRAS:WT', 'NRAS:WT', 'RAS:WT']
    """
    found: set[str] = set()
    waiting = [expression]
    while waiting:
        for biomarker in profiles.mentions(profiles.parse(waiting.pop())):
            if biomarker in found:
                continue
            found.add(biomarker)
            if members[biomarker]:
                waiting.append(members[biomarker])
    return found


def profile_nodes(tables: Tables) -> Iterator[Triple]:
    """One node for each boolean expression that any table uses."""
    members = {row["id"]: row["members"] for row in tables["biomarkers"]}
    used: dict[str, tuple[str, int]] = {}
    for table, column in {
        "indications": "profile",
        "evidence": "profile",
        "coverage": "profile",
        "trials": "profiles",
    }.items():
        for number, row in enumerate(tables[table], start=2):
            for expression in cells(row, column):
                used.setdefault(expression, (f"{table}.tsv", number))
    for expression, place in used.items():
        node = _node("profile", expression)
        yield from _typed(node, t.PROFILE)
        yield node, iri(t.EXPRESSION), text(expression)
        try:
            names = mentioned(expression, members)
        except KeyError as missing:
            raise BadSourceRow(
                *place, f"no biomarker {missing}", "add it to biomarkers.tsv or mend the id"
            ) from missing
        for biomarker in names:
            yield node, iri(t.MENTIONS), _node("biomarker", biomarker)
        for biomarker in sorted(set(profiles.negated(profiles.parse(expression)))):
            yield node, iri(t.NEGATES), _node("biomarker", biomarker)


# What is said of them


def requirements(tables: Tables) -> Iterator[Triple]:
    """Conditions on the treatment history, shared by the indications that ask the same."""
    for row in tables["requirements"]:
        node = _node("requirement", row["id"])
        yield from _typed(node, t.REQUIREMENT)
        yield node, iri(t.LABEL), text(row["text"])
        yield from _whole(node, row, {"kind": t.KIND, "setting": t.SETTING})
        yield from _numbers(node, row, {"at_least": t.AT_LEAST, "at_most": t.AT_MOST})
        yield from _links(node, row, "any_of", t.ANY_OF, "therapy")
        yield from _links(node, row, "satisfied_by", t.SATISFIED_BY, "requirement")


def _scope(node: str, row: Row) -> Iterator[Triple]:
    """The tumor types, biomarker profiles and regimens that a statement is about."""
    yield from _links(node, row, "tumor_types", t.HAS_TUMOR_TYPE, "tumor")
    for column in ("profile", "profiles"):
        yield from _links(node, row, column, t.HAS_PROFILE, "profile")
    for column in ("regimen", "regimens"):
        yield from _links(node, row, column, t.HAS_REGIMEN, "regimen")


def indications(tables: Tables) -> Iterator[Triple]:
    """Approvals, filings and withdrawals."""
    for row in tables["indications"]:
        node = _node("indication", row["id"])
        yield from _typed(node, t.INDICATION)
        yield node, iri(t.IDENTIFIER), text(row["id"])
        yield from _scope(node, row)
        yield from _links(node, row, "excluded_tumor_types", t.EXCLUDES_TUMOR_TYPE, "tumor")
        yield from _links(node, row, "requirements", t.REQUIRES, "requirement")
        yield from _texts(node, row, {"settings": t.SETTING, "conditions": t.CONDITION})
        yield from _whole(
            node,
            row,
            {
                "jurisdiction": t.JURISDICTION,
                "line": t.LINE,
                "prior_therapy": t.PRIOR_THERAPY,
                "status": t.STATUS,
                "approval_type": t.APPROVAL_TYPE,
                "source_kind": t.SOURCE_KIND,
            },
        )
        if row["minimum_age"]:
            yield node, iri(t.MINIMUM_AGE), typed(row["minimum_age"], "decimal")
        for column, predicate in {"approved_on": t.APPROVED_ON, "withdrawn_on": t.WITHDRAWN_ON}.items():
            if row[column]:
                yield node, iri(predicate), date(row[column])
        yield from _provenance(node, row)


def evidence(tables: Tables) -> Iterator[Triple]:
    """Evidence items."""
    for row in tables["evidence"]:
        node = _node("evidence", row["id"])
        yield from _typed(node, t.EVIDENCE_ITEM)
        yield node, iri(t.IDENTIFIER), text(row["id"])
        yield from _scope(node, row)
        yield from _numbers(node, row, {"rating": t.RATING})
        yield from _texts(node, row, {"trials": t.TRIAL_NUMBER})
        yield from _whole(
            node,
            row,
            {
                "combination": t.COMBINATION,
                "tumor_as_stated": t.TUMOR_AS_STATED,
                "tumor_placement": t.TUMOR_PLACEMENT,
                "direction": t.DIRECTION,
                "significance": t.SIGNIFICANCE,
                "level": t.LEVEL,
                "level_source": t.LEVEL_SOURCE,
                "origin": t.ORIGIN,
                "amp_assertion": t.AMP_ASSERTION,
                "curator": t.CURATOR,
                "curated_on": t.CURATED_ON,
            },
        )
        yield from _provenance(node, row)


def trials(tables: Tables) -> Iterator[Triple]:
    """Clinical trials."""
    for row in tables["trials"]:
        node = _node("trial", row["id"])
        yield from _typed(node, t.TRIAL)
        yield node, iri(t.IDENTIFIER), text(row["id"])
        yield from _scope(node, row)
        yield from _links(node, row, "excluded_tumor_types", t.EXCLUDES_TUMOR_TYPE, "tumor")
        yield from _flags(node, row, {"recruiting": t.RECRUITING})
        yield from _texts(node, row, {"countries": t.COUNTRY, "conditions": t.CONDITION})
        if row["minimum_age"]:
            yield node, iri(t.MINIMUM_AGE), typed(row["minimum_age"], "decimal")
        yield from _whole(
            node,
            row,
            {
                "nct_id": t.NCT_ID,
                "title": t.TITLE,
                "phase": t.PHASE,
                "status": t.RECRUITMENT_STATUS,
                "status_as_of": t.STATUS_AS_OF,
                "intervention": t.INTERVENTION,
                "unread_profile": t.UNREAD_PROFILE,
                "role": t.ROLE,
            },
        )
        yield from _provenance(node, row)


def designs(tables: Tables) -> Iterator[Triple]:
    """What is known of the study behind an evidence item, a trial or an indication: one node, named by the item."""
    for row in tables["designs"]:
        node = _node("design", row["item"])
        yield from _typed(node, t.STUDY_DESIGN)
        yield node, iri(t.DESIGN_OF), _node(_studied(row["item"]), row["item"])
        yield from _links(node, row, "pivotal_for", t.PIVOTAL_FOR, "indication")
        yield from _whole(
            node, row, {"kind": t.KIND, "phase": t.PHASE, "comparator": t.COMPARATOR, "mcbs": t.MCBS_GRADE}
        )
        yield from _flags(node, row, {"stratified": t.STRATIFIED})
        yield from _texts(node, row, {"endpoints": t.ENDPOINT_IMPROVED, "reported": t.ENDPOINT_REPORTED})
        yield from _numbers(node, row, {"size": t.PATIENTS})
        yield from _provenance(node, row)


def _studied(item: str) -> str:
    """The kind of item that a design is of."""
    if item.startswith(("NCT", "study:")):
        return "trial"
    return "indication" if re.match(r"[A-Z]{2}:", item) else "evidence"


def coverage(tables: Tables) -> Iterator[Triple]:
    """What a payer's plan lists."""
    for row in tables["coverage"]:
        node = _node("coverage", row["id"])
        yield from _typed(node, t.COVERAGE)
        yield node, iri(t.IDENTIFIER), text(row["id"])
        yield from _links(node, row, "drug", t.OF_DRUG, "therapy")
        yield from _scope(node, row)
        yield from _whole(
            node, row, {"plan": t.PLAN, "scope": t.SCOPE, "listed": t.LISTED, "source_kind": t.SOURCE_KIND}
        )
        yield from _numbers(node, row, {"effective_year": t.EFFECTIVE_YEAR})
        yield from _provenance(node, row)


# What speaks against a therapy


def conditions(tables: Tables) -> Iterator[Triple]:
    """Diseases and states of patients, with all broader ones written out."""
    yield from _vocabulary(tables["conditions"], "condition", t.CLINICAL_CONDITION)


def comedications(tables: Tables) -> Iterator[Triple]:
    """Medications beside the tumor therapy, with all their classes written out."""
    yield from _vocabulary(tables["comedications"], "comedication", t.COMEDICATION)


def measurements(tables: Tables) -> Iterator[Triple]:
    """Measured values with their units."""
    yield from _vocabulary(tables["measurements"], "measurement", t.MEASUREMENT)
    for row in tables["measurements"]:
        node = _node("measurement", row["id"])
        yield from _whole(node, row, {"unit": t.UNIT})
        yield from _texts(node, row, {"conversions": t.CONVERSION})


def _vocabulary(rows: tuple[Row, ...], kind: str, of_class: str) -> Iterator[Triple]:
    graph = hierarchy((row["id"], broader) for row in rows for broader in cells(row, "broader"))
    depths = _depths(graph)
    for row in rows:
        node = _node(kind, row["id"])
        label = row["label"] or row["id"]
        yield from _typed(node, of_class)
        yield node, iri(t.IDENTIFIER), text(row["id"])
        yield node, iri(t.LABEL), text(label)
        yield node, iri(t.DEPTH), typed(depths.get(row["id"], 0), "integer")
        if row["chinese"]:
            yield node, iri(t.CHINESE_NAME), text(row["chinese"], "zh")
        yield from _texts(node, row, {"synonyms": t.ALT_LABEL})
        yield from _links(node, row, "broader", t.BROADER, kind)
        for ancestor in _closure(graph, row["id"]):
            yield node, iri(t.ANCESTOR), _node(kind, ancestor)
        yield from _keys(node, [row["id"], label, row["chinese"], *cells(row, "synonyms")])
        yield from _provenance(node, row)


SUBJECT_KINDS = {
    "condition": "condition",
    "medication": "comedication",
    "measurement": "measurement",
    "sex or reproduction": "condition",
    "prior toxicity": "condition",
}
"""The kind of a caution, and what kind of item it is about."""


def cautions(tables: Tables) -> Iterator[Triple]:
    """Reasons against a therapy; a row whose kind is not known is an error."""
    for number, row in enumerate(tables["cautions"], start=2):
        node = _node("caution", row["id"])
        if row["kind"] not in SUBJECT_KINDS:
            known = ", ".join(SUBJECT_KINDS)
            raise BadSourceRow("cautions.tsv", number, f"no kind {row['kind']!r} of caution", f"use one of: {known}")
        yield from _typed(node, t.CAUTION)
        yield node, iri(t.IDENTIFIER), text(row["id"])
        yield node, iri(t.LABEL), text(row["text"])
        yield from _links(node, row, "therapy", t.CAUTION_FOR, "therapy")
        yield from _links(node, row, "subject", t.CAUTION_SUBJECT, SUBJECT_KINDS[row["kind"]])
        columns = {"kind": t.KIND, "operator": t.OPERATOR, "unit": t.UNIT, "effect": t.EFFECT}
        yield from _whole(node, row, columns | {"jurisdiction": t.JURISDICTION})
        if row["threshold"]:
            yield node, iri(t.THRESHOLD), typed(row["threshold"], "decimal")
        yield from _provenance(node, row)


def routes(tables: Tables) -> Iterator[Triple]:
    """By which routes each drug is given."""
    for row in tables["routes"]:
        node = _node("administration", row["therapy"])
        yield from _typed(node, t.ADMINISTRATION)
        yield from _links(node, row, "therapy", t.OF_DRUG, "therapy")
        yield from _texts(node, row, {"routes": t.ROUTE})
        yield from _provenance(node, row)
