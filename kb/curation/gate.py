"""The gate: what a curated item must pass before it is recorded, as findings that a curator can act on.

The item is put beside what it refers to and the facts of `kb.curation.checks`, in a graph in memory; SHACL says what
is wrong with it (pySHACL, the reference). Errors refuse an item, warnings are for the second person, notes are to be
known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from kb import terms as t
from kb.content import kind_of, literal, plain
from kb.curation.acts import Book
from kb.curation.checks import Fact, World, facts, kinds_of_sources, nearest, sources_of
from kb.curation.gate_shapes import Shape, shape_of, shapes_graph
from kb.curation.item import Item
from kb.graph import KnowledgeBase
from kb.rdf import Triple, iri, text
from kb.validate import short

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
"""How grave a finding is, the gravest first."""

_SEVERITY = {"Violation": ERROR, "Warning": WARNING, "Info": NOTE}
_UNKNOWN = {
    "therapy": "drug not known",
    "tumor": "tumor type not known",
    "biomarker": "biomarker not known",
    "gene": "gene not known",
    "indication": "approval not known",
}
"""The check that found a reference to what neither the graph nor the item has, by the kind of what is missing."""


class Finding(NamedTuple):
    """One thing that the gate says of an item.

    `severity` is `error`, `warning` or `note`; `check` names the check (`shape`, `same statement`, `conflict`,
    `level and source`, ...); `message` says what was found, `remedy` what to do. `shape` is the IRI of the shape
    behind it, which `explain` shows.
    """

    severity: str
    check: str
    message: str
    remedy: str
    shape: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}; {self.remedy}"

    def as_json(self) -> dict[str, str]:
        """Its fields by name."""
        return self._asdict()


def gate(
    item: Item,
    knowledge: KnowledgeBase,
    book: Book,
    retracted: Collection[str] = (),
    supersedes: str | None = None,
) -> tuple[Finding, ...]:
    """What is to say of an item before it is recorded, the gravest first; it passes when nothing is an error.

    `knowledge` is the graph that the item is for, `book` what the journal holds. `retracted` are the ids of retracted
    papers (`PMID:123`, `doi:10.1000/xyz`), best as `kb.curation.retractions.read_retracted` gives them, with the day
    and the reason. `supersedes` is the item that it is meant to replace, if it is.
    """
    found = facts(item, knowledge, book, retracted, supersedes)
    world = World(item, knowledge, book, supersedes)
    graph = _graph(item, world, found)
    findings = {each for result in _results(graph) for each in _findings(result, item, world, found)}
    return tuple(sorted(findings, key=_order))


def passes(findings: Iterable[Finding]) -> bool:
    """Whether no finding is an error."""
    return all(finding.severity != ERROR for finding in findings)


def explain(finding: Finding) -> str:
    """The shape behind a finding: what it asks in plain words, its sources, and the shape itself as Turtle.

    KeyError for a finding whose shape is none of this program's.
    """
    return shape_of(finding.shape).explained


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return SEVERITIES.index(finding.severity), finding.check, finding.message, finding.shape


# The graph in memory


def _graph(item: Item, world: World, found: Iterable[Fact]) -> Graph:
    """The item, the classes of what it refers to, and the facts about it."""
    from rdflib import Graph

    triples = {*item.statements, *_classes(item, world), *_facts(item, found), *_kinds(item, world)}
    graph = Graph()
    graph.parse(data="".join(f"{' '.join(triple)} .\n" for triple in sorted(triples)), format="nt")
    return graph


def _classes(item: Item, world: World) -> Iterator[Triple]:
    for node in {
        value for _, predicate, value in item.statements if value.startswith("<") and predicate != iri(t.TYPE)
    }:
        for name in world.types(plain(node)):
            yield node, iri(t.TYPE), iri(name)


def _facts(item: Item, found: Iterable[Fact]) -> Iterator[Triple]:
    for fact in found:
        yield iri(item.iri), iri(t.SHAPES + fact.name), fact.value
    for node, kind in kinds_of_sources(item):
        yield iri(node), iri(t.SHAPES + "sourceKind"), text(kind)


def _kinds(item: Item, world: World) -> Iterator[Triple]:
    """The kinds of the biomarkers that the profile mentions."""
    for _, predicate, value in item.statements:
        if predicate == iri(t.MENTIONS):
            for name, kind in world.said(plain(value)):
                if name == t.KIND:
                    yield value, iri(t.KIND), text(literal(kind)[0])


# What SHACL says


class _Result(NamedTuple):
    """One result of a validation: the node, the shape, the severity, the property and the value where there is one."""

    focus: str
    shape: str
    severity: str
    path: str | None
    value: str | None


def _results(graph: Graph) -> Iterator[_Result]:
    """What the shapes find, about every node of the graph."""
    import pyshacl
    from rdflib import RDF, Graph, URIRef

    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes_graph(), inference="none", advanced=False)
    assert isinstance(report, Graph)  # pySHACL gives bytes only when asked to serialize

    def said(result: Node, name: str) -> str | None:
        value = report.value(result, URIRef(t.SHACL + name))
        return None if value is None else str(value)

    for result in report.subjects(RDF.type, URIRef(t.SHACL + "ValidationResult")):
        severity = (said(result, "resultSeverity") or "").removeprefix(t.SHACL)
        yield _Result(
            said(result, "focusNode") or "",
            said(result, "sourceShape") or "",
            _SEVERITY.get(severity, ERROR),
            said(result, "resultPath"),
            said(result, "value"),
        )


def _findings(result: _Result, item: Item, world: World, found: Iterable[Fact]) -> Iterator[Finding]:
    """A result in words; none for one about a node of the graph, of which only the class is known here."""
    own = {plain(subject) for subject, _, _ in item.statements}
    if result.focus not in own:
        return
    shape = shape_of(result.shape)
    if not shape.of_gate:
        yield _of_graph(result, shape, world)
        return
    about = [fact.about for fact in found if shape.path == t.SHAPES + fact.name] or [_about(item)]
    for values in about:
        yield Finding(
            result.severity,
            shape.check,
            shape.message.format_map(_Filled(values)),
            shape.remedy.format_map(_Filled(values)),
            shape.iri,
        )


def _of_graph(result: _Result, shape: Shape, world: World) -> Finding:
    """A result of the shapes that hold for every graph."""
    node, value = short(result.focus), result.value
    where = f"{node}: " if result.focus != world.item.iri else ""
    missing = value if value is not None and value.startswith(t.ITEMS) and _is_missing(value, shape, world) else None
    if missing is not None:
        check = _UNKNOWN.get(kind_of(missing) or "", shape.check)
        message = f"{where}there is no {short(missing)} in the graph{nearest(world.knowledge, missing)}"
    else:
        check = shape.check
        given = f" (found {short(value)!r})" if value is not None and value != result.focus else ""
        message = f"{where}{shape.message}{given}"
    return Finding(result.severity, check, message, shape.remedy or f"mend {node}", shape.iri)


def _is_missing(value: str, shape: Shape, world: World) -> bool:
    """Whether a value is refused since nothing of its name is known, neither to the graph nor to the item."""
    stated = any(plain(s) == value and plain(p) == t.TYPE for s, p, _ in world.item.statements)
    return shape.asks_class and not stated and not world.types(value)


class _Filled(dict[str, str]):
    """Values for a message; one that is not told reads so."""

    def __missing__(self, name: str) -> str:
        return "what is not told"


def _about(item: Item) -> Mapping[str, str]:
    """What the messages of shapes about levels speak of."""
    told, design = item.told(), item.told("design")
    kind, phase = ", ".join(design.get(t.KIND, ())), ", ".join(design.get(t.PHASE, ()))
    study = f"a {kind}" + (f" of phase {phase}" if phase else " of unknown phase") if kind else "no kind of study"
    return _Filled(
        level=", ".join(told.get(t.LEVEL, ())),
        kind=kind,
        patients=", ".join(design.get(t.PATIENTS, ())),
        sources=", ".join(label for label, _ in sources_of(item)),
        profile=item.profile,
        study=study,
    )
