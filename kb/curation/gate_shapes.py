"""The shapes that the gate asks with, each under a name, with its words: those of the graph, and those of the gate."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb import terms as t
from kb.validate import SHAPES, short

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node, URIRef

GATE = SHAPES / "gate"
"""The folder of the shapes that hold for curated items alone."""

_WIDTH = 110
_CHECK, _REMEDY = t.SHAPES + "check", t.SHAPES + "remedy"
_SEVERITIES = {"Violation": "an error", "Warning": "a warning", "Info": "a note"}
_DATATYPES = {
    t.XSD + "string": "a text",
    t.XSD + "integer": "a whole number",
    t.XSD + "decimal": "a decimal number",
    t.XSD + "boolean": "true or false",
    t.XSD + "date": "a date (2026-11-21)",
    t.XSD + "gYear": "a year",
    t.XSD + "gYearMonth": "a year and month",
}


class Shape(NamedTuple):
    """One shape: its IRI, the name of its check, and what it says.

    `message` and `remedy` of a shape of the gate are templates, with what they speak of in braces. `path` is the
    property that it is about, `words` what it asks, `sources` the documents that it follows, `text` its Turtle.
    """

    iri: str
    check: str
    message: str
    remedy: str
    path: str | None
    words: str
    sources: tuple[str, ...]
    severity: str
    file: str
    text: str
    of_gate: bool
    asks_class: bool

    @property
    def explained(self) -> str:
        """What it asks in words, and its Turtle; the words are comments of the Turtle."""
        name = self.iri.removeprefix(t.SHAPES)
        head = [f"mtbsh:{name} ({self.file}): {_SEVERITIES[self.severity]} where it does not hold.", self.words]
        head += [f"See {source}" for source in self.sources]
        comment = "".join(
            f"# {line}\n" for each in head for line in textwrap.wrap(each, _WIDTH, break_on_hyphens=False)
        )
        return f"{comment}\n{self.text}"


@cache
def shapes_graph() -> Graph:
    """All shapes in one graph, in which each property shape of a named shape has a name too (`Shape-property`)."""
    return _loaded()[0]


def shape_of(iri: str) -> Shape:
    """The shape of a name that a result of the validation gives; KeyError where there is none."""
    return _loaded()[1][iri]


def all_shapes() -> tuple[Shape, ...]:
    """Every shape, by IRI."""
    return tuple(sorted(set(_loaded()[1].values())))


@cache
def _loaded() -> tuple[Graph, dict[str, Shape]]:
    from rdflib import Graph

    whole, found = Graph(), dict[str, Shape]()
    for path in (*sorted(SHAPES.glob("*.ttl")), *sorted(GATE.glob("*.ttl"))):
        graph = Graph()
        graph.parse(path)
        _name_properties(graph)
        whole += graph
        for shape, iri in _shapes(graph, path):
            found[iri] = shape
    return whole, found


def _named_shapes(graph: Graph) -> list[URIRef]:
    from rdflib import RDF, URIRef

    subjects = graph.subjects(RDF.type, URIRef(t.SHACL + "NodeShape"))
    return sorted(each for each in subjects if isinstance(each, URIRef))


def _properties(graph: Graph, shape: Node) -> list[Node]:
    from rdflib import URIRef

    return sorted(graph.objects(shape, URIRef(t.SHACL + "property")), key=lambda each: _path(graph, each) or "")


def _path(graph: Graph, shape: Node) -> str | None:
    """The predicate of a property shape; None for a path of several, and for a shape about a whole node."""
    from rdflib import URIRef

    path = graph.value(shape, URIRef(t.SHACL + "path"))
    return str(path) if isinstance(path, URIRef) else None


def _name_properties(graph: Graph) -> None:
    """Give each property shape of a named shape the name `Shape-property`."""
    from rdflib import URIRef

    for owner in _named_shapes(graph):
        for number, shape in enumerate(_properties(graph, owner)):
            name = URIRef(f"{owner}-{short(_path(graph, shape) or str(number)).removeprefix(t.SHAPES)}")
            if (name, None, None) in graph:
                name = URIRef(f"{name}-{number}")
            for predicate, value in list(graph.predicate_objects(shape)):
                graph.add((name, predicate, value))
            graph.remove((shape, None, None))
            graph.remove((owner, URIRef(t.SHACL + "property"), shape))
            graph.add((owner, URIRef(t.SHACL + "property"), name))


def _shapes(graph: Graph, path: Path) -> Iterator[tuple[Shape, str]]:
    """The shapes of a file, each with the names under which a validation gives it."""
    written = path.read_text(encoding="utf-8")
    of_gate = path.parent == GATE
    for owner in _named_shapes(graph):
        names = _properties(graph, owner)
        if of_gate:
            whole = _of_gate(graph, owner, path, written)
            yield from ((whole, str(name)) for name in (owner, *names))
            continue
        yield _of_graph(graph, owner, None, path, written), str(owner)
        for name in names:
            yield _of_graph(graph, owner, name, path, written), str(name)


def _of_gate(graph: Graph, owner: URIRef, path: Path, written: str) -> Shape:
    from rdflib import URIRef

    properties = _properties(graph, owner)
    severity = _one(graph, owner, t.SHACL + "severity") or t.SHACL + "Violation"
    return Shape(
        iri=str(owner),
        check=_one(graph, owner, _CHECK) or "",
        message=_one(graph, owner, t.SHACL + "message") or "",
        remedy=_one(graph, owner, _REMEDY) or "",
        path=_path(graph, properties[0]) if properties else None,
        words=_one(graph, owner, t.RDFS + "comment") or "",
        sources=tuple(sorted(str(each) for each in graph.objects(owner, URIRef(t.SOURCE)))),
        severity=severity.removeprefix(t.SHACL),
        file=f"kb/shapes/gate/{path.name}",
        text=_turtle(_block(written, owner), written),
        of_gate=True,
        asks_class=False,
    )


def _of_graph(graph: Graph, owner: URIRef, shape: Node | None, path: Path, written: str) -> Shape:
    name = owner if shape is None else shape
    about = None if shape is None else _path(graph, shape)
    message = _one(graph, name, t.SHACL + "message") or "does not conform"
    asked = "" if shape is None else _words(graph, shape)
    said = message[0].upper() + message[1:]
    kind = short(_one(graph, owner, t.SHACL + "targetClass") or "")
    words = f"{said}. The {short(about)} of every {kind}: {asked}." if about else f"{said}."
    block = _block(written, owner)
    return Shape(
        iri=str(name),
        check="shape",
        message=message,
        remedy=f"give as {short(about)} {asked}" if about and asked else "",
        path=about,
        words=words,
        sources=(),
        severity="Violation",
        file=f"kb/shapes/{path.name}",
        text=_turtle(_only(block, about) if about else block, written),
        of_gate=False,
        asks_class=bool(asked) and "of this graph" in asked,
    )


def _one(graph: Graph, node: Node, predicate: str) -> str | None:
    from rdflib import URIRef

    value = graph.value(node, URIRef(predicate))
    return None if value is None else str(value)


# What a property shape asks, in words


def _words(graph: Graph, shape: Node) -> str:
    """What a property shape asks of the values, such as `exactly one of A, B, C, D, E`."""
    from rdflib import URIRef
    from rdflib.collection import Collection

    least = int(_one(graph, shape, t.SHACL + "minCount") or 0)
    most = _one(graph, shape, t.SHACL + "maxCount")
    choices = graph.value(shape, URIRef(t.SHACL + "in"))
    what = (
        "of " + ", ".join(map(str, Collection(graph, choices))) if choices is not None else _kind_of_value(graph, shape)
    )
    joined = f"{_count(least, most)} {what}" if what.startswith("of ") else f"{_count(least, most)}: {what}"
    return joined if what else f"{_count(least, most)} value"


def _count(least: int, most: str | None) -> str:
    if most == "1":
        return "exactly one" if least else "at most one"
    return f"at least {least}" if least else "any number"


def _kind_of_value(graph: Graph, shape: Node) -> str:
    parts = []
    datatype = _one(graph, shape, t.SHACL + "datatype")
    if datatype:
        parts.append(_DATATYPES.get(datatype, f"a {short(datatype)}"))
    classes = _classes(graph, shape)
    if classes:
        parts.append(" or ".join(f"a {short(each)}" for each in classes) + " of this graph")
    bounds = {"minInclusive": "not less than {}", "maxInclusive": "not more than {}", "pattern": "written as {}"}
    for name, said in bounds.items():
        value = _one(graph, shape, t.SHACL + name)
        if value is not None:
            parts.append(said.format(value))
    return ", ".join(parts)


def _classes(graph: Graph, shape: Node) -> list[str]:
    """The classes of which a value must be one."""
    from rdflib import URIRef
    from rdflib.collection import Collection

    own = [str(each) for each in graph.objects(shape, URIRef(t.SHACL + "class"))]
    for head in graph.objects(shape, URIRef(t.SHACL + "or")):
        own += [name for each in Collection(graph, head) if (name := _one(graph, each, t.SHACL + "class"))]
    return sorted(own)


# The Turtle of a shape, as its file has it


def _block(written: str, owner: URIRef) -> str:
    """The lines of the file that state a named shape."""
    name = str(owner).removeprefix(t.SHAPES)
    found = re.search(rf"^mtbsh:{re.escape(name)}\n(?:.*\n)*?.* \.$", written, re.MULTILINE)
    return found[0] + "\n" if found else ""


def _only(block: str, about: str) -> str:
    """The block with the property shapes of one property alone."""
    kept = [line for line in block.splitlines() if "sh:property [" not in line or _is_about(line, about)]
    last = re.sub(r" [;.]$", " .", kept[-1])
    return "\n".join([*kept[:-1], last]) + "\n"


def _is_about(line: str, about: str) -> bool:
    found = re.match(r"\s*sh:property \[ sh:path (\w+):(\w+) ", line)
    return found is not None and t.PREFIXES.get(found[1], "") + found[2] == about


def _turtle(block: str, written: str) -> str:
    """The block with the prefixes that it uses."""
    prefixes = [line for line in written.splitlines() if line.startswith("@prefix ")]
    used = [line for line in prefixes if re.search(rf"(?<![\w:]){line.split()[1]}", block)]
    return "\n".join([*used, "", block])
