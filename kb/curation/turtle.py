"""Evidence written by hand as Turtle or TriG: read back into rows, and taken as if it had been entered as fields.

Only what an item can say is taken. A statement that is neither the item's nor the graph's is refused with its words,
so that a file can change no approval and no tumor type by the way. Who curated it, when, and what was decided is not
read: that is recorded when it is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kb import terms as t
from kb.curation.entry import LEVEL_SOURCE, Entry, file_text, stated
from kb.curation.field_table import DESIGN, FIELDS
from kb.curation.fields import BadField, chosen, mend, nearest, source
from kb.curation.item import NEW, Item
from kb.curation.nanopub import ORCID, is_nanopub_graph
from kb.curation.vocabulary import (
    BIOMARKER_COLUMNS,
    THERAPY_COLUMNS,
    THERAPY_KINDS,
    Column,
    Vocabulary,
    row_of,
    term_text,
)
from kb.errors import CurationProblem
from kb.nomenclature.errors import UnreadableProteinChange
from kb.profile import UnreadableProfile, mentions, parse
from kb.rdf import iri
from kb.statements import Row

FORMATS = {
    ".ttl": ox.RdfFormat.TRIG,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
}
"""The endings of files that are read as statements; TriG holds all of Turtle."""

EVIDENCE_COLUMNS: tuple[Column, ...] = (
    ("profile", t.HAS_PROFILE, "profile"),
    ("regimen", t.HAS_REGIMEN, "regimen"),
    ("tumor_types", t.HAS_TUMOR_TYPE, "tumor"),
    ("tumor_as_stated", t.TUMOR_AS_STATED, None),
    ("tumor_placement", t.TUMOR_PLACEMENT, None),
    ("direction", t.DIRECTION, None),
    ("significance", t.SIGNIFICANCE, None),
    ("level", t.LEVEL, None),
    ("level_source", t.LEVEL_SOURCE, None),
    ("combination", t.COMBINATION, None),
    ("origin", t.ORIGIN, None),
    ("rating", t.RATING, None),
    ("amp_assertion", t.AMP_ASSERTION, None),
    ("trials", t.TRIAL_NUMBER, None),
    ("verified", t.VERIFIED, None),
    ("note", t.NOTE, None),
)
DESIGN_COLUMNS: tuple[Column, ...] = (
    ("kind", t.KIND, None),
    ("phase", t.PHASE, None),
    ("comparator", t.COMPARATOR, None),
    ("stratified", t.STRATIFIED, None),
    ("endpoints", t.ENDPOINT_IMPROVED, None),
    ("reported", t.ENDPOINT_REPORTED, None),
    ("size", t.PATIENTS, None),
    ("mcbs", t.MCBS_GRADE, None),
    ("pivotal_for", t.PIVOTAL_FOR, "indication"),
    ("verified", t.VERIFIED, None),
    ("note", t.NOTE, None),
)
_NUMBERS = {t.RATING, t.PATIENTS}
_PROPERTIES = {each for _, each, _ in EVIDENCE_COLUMNS} | {t.TYPE, t.SOURCE, t.IDENTIFIER, t.SUPERSEDES}
_SEVERAL = {"tumor_types", "trials", "endpoints", "reported", "pivotal_for"}
_NEEDED = ("profile", "regimen", "tumor_types", "direction", "significance", "level")
_CHOICES = {name: FIELDS[name].choices for name in ("direction", "significance", "level", "origin", "rating")} | {
    "verified": FIELDS["verified"].choices,
    "combination": ("single", "combination", "sequential"),
    "tumor_placement": ("broader",),
}
_DESIGN_CHOICES = {{"study": "kind"}.get(field.name, field.name): field.choices for field in DESIGN if field.choices}
_DESIGN_CHOICES |= {"stratified": ("true", "false"), "verified": FIELDS["verified"].choices}
_ASIDE = {t.CURATOR, t.CURATED_ON}
"""What is said of an item by who curated it: recorded anew when it is added."""

Said = dict[str, list[str]]
"""What a file says of a node: property to values, a literal's text or an IRI."""

HEADER = "".join(
    f"@prefix {prefix}: <{t.PREFIXES[prefix]}> .\n"
    for prefix in ("dcterms", "design", "evidence", "mtb", "profile", "regimen", "skos", "tumor", "xsd")
)
"""The prefixes that a file written by hand begins with."""


def read_turtle(path: Path, words: Vocabulary) -> tuple[Entry, ...]:
    """The evidence items of a Turtle, TriG, N-Triples or N-Quads file, in the order of their ids.

    CurationProblem lists everything that cannot be taken, with its place, and what to write instead.
    """
    quads = [quad for quad in _parsed(path) if not _is_aside(quad)]
    nodes = _nodes(quads)
    evidence = sorted(node for node, said in nodes.items() if t.EVIDENCE_ITEM in said.get(t.TYPE, ()))
    if not evidence:
        remedy = f"it begins so, and goes on with: evidence:new a mtb:EvidenceItem ; ...\n{HEADER}"
        raise CurationProblem(str(path), "states no evidence item", remedy)
    wrong = _Wrong()
    _define(nodes, words, wrong)
    entries = [_entry(node, nodes, words, f"{path}: {_short(node)}", wrong.at(_short(node))) for node in evidence]
    if not wrong.found:
        items = {
            node: stated(entry.evidence[0], words, entry.design) for node, entry in zip(evidence, entries, strict=True)
        }
        wrong.found += _left_over(quads, items, words)
    if wrong.found:
        raise CurationProblem(str(path), mend(wrong.found), "nothing was recorded")
    return tuple(entries)


class _Wrong:
    """What is wrong in a file, so that all of it is told at once."""

    def __init__(self, place: str = "", found: list[str] | None = None) -> None:
        self._place, self.found = place, [] if found is None else found

    def at(self, place: str) -> _Wrong:
        """The same list, for what is wrong at a place."""
        return _Wrong(f"{place}: ", self.found)

    def tell(self, problem: BadField) -> None:
        """Add one problem."""
        self.found.append(f"{self._place}{problem}")


# Reading the file


def _parsed(path: Path) -> list[Any]:
    try:
        return list(ox.parse(file_text(path), format=FORMATS[path.suffix.lower()]))
    except SyntaxError as error:
        remedy = "mend it"
        undeclared = re.search(r"prefix (\S*): has not been declared", error.msg)
        if undeclared is not None:
            known = t.PREFIXES.get(undeclared[1])
            remedy = f"write at the top: @prefix {undeclared[1]}: <{known or '...'}> ."
        raise CurationProblem(f"{path}:{error.lineno}", f"is no Turtle or TriG ({error.msg})", remedy) from error


def _is_aside(quad: Any) -> bool:
    """Whether a statement is about who curated an item and what was decided: that is recorded anew."""
    subject, graph = quad.subject.value, getattr(quad.graph_name, "value", "")
    if is_nanopub_graph(graph) and not graph.endswith("/assertion"):
        return True
    if subject.startswith((t.item("nanopub", ""), t.item("curation", ""), ORCID)):
        return True
    return quad.predicate.value in _ASIDE


def _nodes(quads: Iterable[Any]) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for quad in quads:
        node = found.setdefault(_name(quad.subject), {})
        node.setdefault(quad.predicate.value, []).append(_name(quad.object))
    return found


def _name(term: Any) -> str:
    return f"_:{term.value}" if isinstance(term, ox.BlankNode) else str(term.value)


def _short(node: str) -> str:
    """A node as a curator writes it: `evidence:new`, `mtb:level`."""
    if node.startswith("_:"):
        return "an item without a name"
    for prefix, space in sorted(t.PREFIXES.items(), key=lambda each: -len(each[1])):
        if node.startswith(space):
            return f"{prefix}:{node[len(space) :]}"
    return f"<{node}>"


# Items


def _entry(node: str, nodes: dict[str, Said], words: Vocabulary, place: str, wrong: _Wrong) -> Entry:
    said = nodes[node]
    row = _row(said, EVIDENCE_COLUMNS, _CHOICES, wrong)
    for column, predicate, _ in EVIDENCE_COLUMNS:
        if column in _NEEDED and not said.get(predicate):
            wrong.tell(BadField(_short(predicate), "is missing" + _one_of(_CHOICES.get(column, ()))))
    for predicate in sorted(set(said) - _PROPERTIES):
        wrong.tell(BadField(_short(predicate), "is no property of an item", _near_property(predicate)))
    for check in (_check_profile, _check_regimen, _check_tumor_types):
        try:
            check(row, words)
        except BadField as error:
            wrong.tell(error)
    row["sources"] = _sources(said, nodes, words, wrong)
    row["verified"] = row["verified"] or "yes"
    row["level_source"] = row["level_source"] or LEVEL_SOURCE
    row["combination"] = row["combination"] or ("combination" if "+" in row["regimen"] else "single")
    row["id"] = NEW
    supersedes = [t.item_id(each) for each in said.get(t.SUPERSEDES, ())]
    design = _design(node, row, nodes, words, wrong)
    return Entry(place, (row,), design, supersedes[0] if supersedes else None)


def _one_of(choices: Iterable[str]) -> str:
    shown = ", ".join(f'"{each}"' for each in choices)
    return f": it is one of {shown}" if shown else ""


def _row(said: Said, columns: Iterable[Column], choices: Mapping[str, tuple[str, ...]], wrong: _Wrong) -> Row:
    """The row that the file says of a node; what is given twice, is no item or is not chosen is told."""
    kept: Said = {}
    for column, predicate, kind in columns:
        values = said.get(predicate, [])
        kept[predicate] = values
        try:
            if len(values) > 1 and column not in _SEVERAL:
                alternatives = "; write one item for each alternative" if column == "regimen" else ""
                raise BadField(_short(predicate), f"is given {len(values)} times{alternatives}")
            for value in values:
                _check_value(predicate, value, kind, choices.get(column, ()))
        except BadField as error:
            wrong.tell(error)
            kept[predicate] = []
    return row_of(kept, columns)


def _check_value(predicate: str, value: str, kind: str | None, choices: tuple[str, ...]) -> None:
    if kind is not None and not value.startswith(t.item(kind, "")):
        raise BadField(_short(predicate), f"{value!r} is not of this graph; write {_short(t.item(kind, value))}")
    if choices:
        chosen(_short(predicate), value, choices)
    if predicate in _NUMBERS and not re.fullmatch(r"[1-9]\d{0,6}", value):
        raise BadField(_short(predicate), f"{value!r} is not a whole number of 1 or more")


def _check_profile(row: Row, words: Vocabulary) -> None:
    try:
        mentioned = set(mentions(parse(row["profile"]))) if row["profile"] else set()
    except UnreadableProfile as error:
        raise BadField("mtb:profile", str(error)) from error
    for id in sorted(mentioned):
        if id not in words.biomarkers:
            row["profile"] = ""
            raise BadField("mtb:profile", f"no biomarker {id!r}; define it in the file", _near_biomarkers(id, words))


def _near_biomarkers(id: str, words: Vocabulary) -> tuple[str, ...]:
    gene = id.partition(":")[0]
    known = words.is_gene(gene)
    found = [each for each in words.biomarkers if not known or each.startswith(f"{words.gene(gene)}:")]
    return nearest(id, {each: _short(t.item("profile", each)) for each in found})


def _check_regimen(row: Row, words: Vocabulary) -> None:
    known = {each["id"] for each in words.therapy_rows()}
    for id in filter(None, row["regimen"].split("+")):
        if id not in known:
            near = {each: _short(t.item("regimen", each)) for each in known}
            raise BadField("mtb:regimen", f"no therapy {id!r}; define it in the file", nearest(id, near))
    ordered = "+".join(sorted(set(row["regimen"].split("+"))))
    if ordered != row["regimen"]:
        raise BadField("mtb:regimen", f"its drugs are not sorted: write {_short(t.item('regimen', ordered))}")


def _check_tumor_types(row: Row, words: Vocabulary) -> None:
    for code in filter(None, row["tumor_types"].split(" | ")):
        if not words.is_tumor_type(code):
            known = {
                name: _short(t.item("tumor", each["code"])) for each in words.tumor_rows() for name in each.values()
            }
            raise BadField("mtb:tumorType", f"no tumor type {code!r}", nearest(code, known))


def _near_property(predicate: str) -> tuple[str, ...]:
    known = {_short(each).partition(":")[2]: _short(each) for each in _PROPERTIES}
    return nearest(_short(predicate).rstrip(">").replace("#", "/").rpartition("/")[2].rpartition(":")[2], known)


def _sources(said: Said, nodes: dict[str, Said], words: Vocabulary, wrong: _Wrong) -> str:
    """The documents that a node cites, each by the label that the file, the graph or its address gives it."""
    found = []
    addresses = sorted(said.get(t.SOURCE, ()))
    if not addresses:
        wrong.tell(
            BadField("dcterms:source", "is missing: cite the document, as <https://pubmed.ncbi.nlm.nih.gov/123/>")
        )
    for address in addresses:
        label = nodes.get(address, {}).get(t.LABEL, [words.document(address)])[0]
        try:
            known = f"{label} {address}" if label else source(address, words)
            if known.endswith(f" {address}") or address.startswith(t.ITEMS):
                found.append(known)
                continue
            there = known.rpartition(" ")[2]
            wrong.tell(BadField("dcterms:source", f"{address!r} is no address as the graph has it; write <{there}>"))
        except BadField as error:
            wrong.tell(BadField("dcterms:source", error.problem))
    return " | ".join(found)


def _design(node: str, evidence: Row, nodes: dict[str, Said], words: Vocabulary, wrong: _Wrong) -> Row | None:
    """The design that the file has of an item's study; without sources of its own it has those of the item."""
    found = [said for said in nodes.values() if node in said.get(t.DESIGN_OF, ())]
    if not found:
        return None
    row = _row(found[0], DESIGN_COLUMNS, _DESIGN_CHOICES, wrong)
    if row["stratified"]:
        row["stratified"] = {"true": "yes", "false": "no"}.get(row["stratified"], row["stratified"])
    for id in filter(None, row["pivotal_for"].split(" | ")):
        if not words.has_indication(id):
            wrong.tell(BadField("mtb:pivotalFor", f"no indication {id!r}"))
    row["sources"] = _sources(found[0], nodes, words, wrong) if t.SOURCE in found[0] else evidence["sources"]
    row["verified"] = row["verified"] or evidence["verified"]
    return row


# What the file defines


def _define(nodes: dict[str, Said], words: Vocabulary, wrong: _Wrong) -> None:
    """Take in the biomarkers and therapies that the file defines and the graph lacks."""
    for node, said in sorted(nodes.items()):
        id = t.item_id(node) if node.startswith(t.ITEMS) else ""
        if t.BIOMARKER in said.get(t.TYPE, ()) and id not in words.biomarkers:
            _define_biomarker(id, said, nodes, words, wrong.at(_short(node)))
        kind = next((name for of, name in THERAPY_KINDS.items() if of in said.get(t.TYPE, ())), None)
        if kind is not None and not words.knows_therapy(id):
            row = row_of(said, THERAPY_COLUMNS)
            row |= {"id": id, "kind": kind, "sources": _sources(said, nodes, words, wrong.at(_short(node)))}
            words.add_therapy(row, _memberships(node, nodes))


def _define_biomarker(id: str, said: Said, nodes: dict[str, Said], words: Vocabulary, wrong: _Wrong) -> None:
    row = row_of(said, BIOMARKER_COLUMNS)
    row |= {"id": id, "sources": _sources(said, nodes, words, wrong)}
    numbers = [each for column in ("codon_first", "codon_last", "codons", "exons") for each in row[column].split(" | ")]
    if not all(re.fullmatch(r"\d{0,6}", each) for each in numbers):
        wrong.tell(BadField("mtb:codonFirst", "codons and exons are whole numbers"))
        return
    for gene in filter(None, row["genes"].split(" | ")):
        words.is_gene(gene)
    try:
        words.add_biomarker(row)
    except (UnreadableProteinChange, IndexError) as error:
        wrong.tell(BadField("mtb:proteinChange", str(error)))


def _memberships(node: str, nodes: dict[str, Said]) -> tuple[Row, ...]:
    """The classes that the file puts a therapy in."""
    found = []
    for said in nodes.values():
        if node in said.get(t.MEMBER, ()) and said.get(t.OF_CLASS):
            told = said.get(t.NOTE, [""])[0].removeprefix("from ")
            row = {"therapy": t.item_id(node), "class": t.item_id(said[t.OF_CLASS][0]), "source": told}
            found.append(Row({**row, "verified": said.get(t.VERIFIED, ["yes"])[0]}))
    return tuple(found)


# What is left


def _left_over(quads: Iterable[Any], items: dict[str, Item], words: Vocabulary) -> Iterator[str]:
    """The statements of a file that are neither its items' nor the graph's: an item cannot say them."""
    taken = {triple for item in items.values() for triple in item.statements}
    names = _names(quads, items)
    for quad in quads:
        triple = tuple(_term(each, names) for each in (quad.subject, quad.predicate, quad.object))
        is_about = quad.predicate.value in {t.IDENTIFIER, t.SUPERSEDES} and _name(quad.subject) in items
        if triple in taken or is_about or words.states(triple):
            continue
        yield f"an item cannot say: {_as_written(quad)}{_why(quad, words)}"


def _names(quads: Iterable[Any], items: dict[str, Item]) -> dict[str, str]:
    """The nodes of a file's items and of their designs, and what they are called in the items."""
    names = {node: item.iri for node, item in items.items()}
    for quad in quads:
        if quad.predicate.value == t.DESIGN_OF and _name(quad.object) in items:
            names[_name(quad.subject)] = t.item("design", items[_name(quad.object)].id)
    return names


def _term(term: Any, names: Mapping[str, str]) -> str:
    return iri(names[_name(term)]) if not isinstance(term, ox.Literal) and _name(term) in names else term_text(term)


def _as_written(quad: Any) -> str:
    value = f'"{quad.object.value}"' if isinstance(quad.object, ox.Literal) else _short(_name(quad.object))
    return f"{_short(_name(quad.subject))} {_short(quad.predicate.value)} {value}"


def _why(quad: Any, words: Vocabulary) -> str:
    """What the graph says instead."""
    said = words.said(_name(quad.subject)) if isinstance(quad.subject, ox.NamedNode) else {}
    there = said.get(quad.predicate.value, [])
    return f"; the graph has {', '.join(repr(each) for each in sorted(there)[:3])}" if there else ""
