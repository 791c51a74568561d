"""The SHACL shapes compiled to SPARQL and run on Oxigraph: the same violations as pySHACL, fast enough for a release.

Only the constraint components that the project's shapes use are compiled; any other is an error that names it, never
ignored. Semantics: https://www.w3.org/TR/shacl/ (sections 4 and 5.3). Shapes: node shapes with a target class, whose
property shapes have a plain predicate as path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from kb import terms as t
from kb.errors import UnknownConstraint
from kb.validate import SHAPES, Violation, short

if TYPE_CHECKING:
    from pyoxigraph import Store

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Node = ox.NamedNode | ox.BlankNode

_NOT_CONSTRAINTS = {"message", "path", "targetClass", "property"}
_LEXICAL = {
    "integer": r"^[+-]?[0-9]+$",
    "decimal": r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$",
    "boolean": r"^(true|false|1|0)$",
    "gYear": r"^-?[0-9]{4,}(Z|[+-][0-9]{2}:[0-9]{2})?$",
    "gYearMonth": r"^-?[0-9]{4,}-(0[1-9]|1[0-2])(Z|[+-][0-9]{2}:[0-9]{2})?$",
}
"""How the text of a literal of each datatype must look; others are checked by a cast."""


@dataclass(frozen=True, slots=True)
class Check:
    """One query that finds what violates one constraint: `?this`, and `?value` where the constraint is about values."""

    query: str
    path: str | None
    message: str


def validate_store(store: Store, shapes: Iterable[Path] | None = None) -> tuple[Violation, ...]:
    """What the shapes find wrong with a store, over the union of its named graphs, sorted; empty when it conforms.

    UnknownConstraint when a shape uses a component that is not compiled.
    """
    found: set[Violation] = set()
    for check in compiled(tuple(sorted(SHAPES.glob("*.ttl")) if shapes is None else shapes)):
        rows = cast("ox.QuerySolutions", store.query(check.query, use_default_graph_as_union=True))
        for row in rows:
            found.add(_violation(row, check))
    return tuple(sorted(found, key=str))


def _violation(row: ox.QuerySolution, check: Check) -> Violation:
    focus = short(cast(Term, row["this"]).value)
    value = cast("Term | None", row["value"])
    stated = None if value is None else short(value.value)
    return Violation(focus, check.path, None if stated == focus else stated, check.message)


@cache
def compiled(shapes: tuple[Path, ...]) -> tuple[Check, ...]:
    """The queries of these shape files."""
    store = ox.Store()
    for path in shapes:
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    return tuple(_Compiler(store).checks())


class _Compiler:
    """Shapes read from a store, as queries."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fresh = 0

    def checks(self) -> Iterator[Check]:
        """The queries of every node shape that has a target class."""
        targets = self._store.quads_for_pattern(None, ox.NamedNode(t.SHACL + "targetClass"), None)
        for quad in sorted(targets, key=lambda quad: (str(quad.subject), str(quad.object))):
            shape, target = cast(Node, quad.subject), cast(Term, quad.object)
            start = f"?this a {target} ."
            message = self._text(shape, "message") or "does not conform"
            for name in self._constraints(shape):
                failing = f"!({self._conforms_by(shape, name, '?this')})"
                yield Check(f"SELECT DISTINCT ?this ?value WHERE {{ {start} FILTER({failing}) }}", None, message)
            for property in self._values(shape, "property"):
                yield from self._property(cast(Node, property), start)

    def _property(self, shape: Node, start: str) -> Iterator[Check]:
        """One query for each constraint of a property shape."""
        path = self._path(shape)
        message = self._text(shape, "message") or "does not conform"
        shown = short(path.value)
        for name in self._constraints(shape):
            for query in self._of_property(shape, name, path, start):
                yield Check(query, shown, message)

    def _of_property(self, shape: Node, name: str, path: ox.NamedNode, start: str) -> Iterator[str]:
        """The queries of one component of a property shape: about the number of values, or about each value."""
        for value in self._values(shape, name):
            if name == "minCount":
                least = int(value.value)
                counted = f"OPTIONAL {{ ?this {path} ?v }}"
                yield _select(start + counted, f"GROUP BY ?this HAVING(COUNT(DISTINCT ?v) < {least})", valued=False)
            elif name == "maxCount":
                counted = f"?this {path} ?v ."
                having = f"GROUP BY ?this HAVING(COUNT(DISTINCT ?v) > {int(value.value)})"
                yield _select(start + counted, having, valued=False)
            elif name == "hasValue":
                yield _select(f"{start} FILTER NOT EXISTS {{ ?this {path} {value} }}", "", valued=False)
            elif name == "lessThanOrEquals":
                both = f"{start} ?this {path} ?value ; {value} ?other ."
                yield _select(f"{both} FILTER(!COALESCE(?value <= ?other, false))")
            else:
                conforms = self._value_conforms(shape, name, value, "?value")
                yield _select(f"{start} ?this {path} ?value . FILTER(!({conforms}))")

    # Whether a node conforms, as an expression

    def _conforms(self, shape: Node, node: str) -> str:
        """True when the node conforms to the whole shape."""
        parts = [self._conforms_by(shape, name, node) for name in self._constraints(shape)]
        parts += [self._has_property(cast(Node, each), node) for each in self._values(shape, "property")]
        return " && ".join(f"({part})" for part in parts) or "true"

    def _conforms_by(self, shape: Node, name: str, node: str) -> str:
        """True when the node conforms to one component of a shape."""
        parts = [self._value_conforms(shape, name, value, node) for value in self._values(shape, name)]
        return " && ".join(f"({part})" for part in parts)

    def _has_property(self, shape: Node, node: str) -> str:
        """True when the values of a nested property shape conform."""
        path = self._path(shape)
        parts = []
        for name in self._constraints(shape):
            for value in self._values(shape, name):
                parts.append(self._nested(shape, name, value, path, node))
        return " && ".join(f"({part})" for part in parts) or "true"

    def _nested(self, shape: Node, name: str, value: Term, path: ox.NamedNode, node: str) -> str:
        one, other = self._variable(), self._variable()
        if name == "minCount" and value.value in {"0", "1"}:
            return f"EXISTS {{ {node} {path} {one} }}" if value.value == "1" else "true"
        if name == "maxCount" and value.value == "0":
            return f"NOT EXISTS {{ {node} {path} {one} }}"
        if name == "maxCount" and value.value == "1":
            return f"NOT EXISTS {{ {node} {path} {one}, {other} FILTER(!sameTerm({one}, {other})) }}"
        if name == "hasValue":
            return f"EXISTS {{ {node} {path} {value} }}"
        if name in {"minCount", "maxCount", "lessThanOrEquals"}:
            raise UnknownConstraint(f"sh:{name} {value.value} inside another shape", path.value)
        conforms = self._value_conforms(shape, name, value, one)
        return f"NOT EXISTS {{ {node} {path} {one} FILTER(!({conforms})) }}"

    def _value_conforms(self, shape: Node, name: str, value: Term, node: str) -> str:
        """True when one value node conforms to one component."""
        simple = _SIMPLE.get(name)
        if simple is not None:
            return simple(node, value)
        if name == "in":
            return " || ".join(f"sameTerm({node}, {each})" for each in self._list(cast(Node, value))) or "false"
        if name == "not":
            return f"!({self._conforms(cast(Node, value), node)})"
        if name in {"or", "xone"}:
            parts = [f"({self._conforms(cast(Node, each), node)})" for each in self._list(cast(Node, value))]
            if name == "or":
                return " || ".join(parts)
            return " + ".join(f"IF({part}, 1, 0)" for part in parts) + " = 1"
        raise UnknownConstraint(f"sh:{name}", str(shape))

    # Reading shapes

    def _values(self, shape: Node, name: str) -> list[Term]:
        quads = self._store.quads_for_pattern(shape, ox.NamedNode(t.SHACL + name), None)
        return sorted((cast(Term, quad.object) for quad in quads), key=str)

    def _constraints(self, shape: Node) -> list[str]:
        names = {
            quad.predicate.value.removeprefix(t.SHACL)
            for quad in self._store.quads_for_pattern(shape, None, None)
            if quad.predicate.value.startswith(t.SHACL)
        }
        return sorted(names - _NOT_CONSTRAINTS)

    def _text(self, shape: Node, name: str) -> str | None:
        found = self._values(shape, name)
        return found[0].value if found else None

    def _path(self, shape: Node) -> ox.NamedNode:
        (path,) = self._values(shape, "path")
        if not isinstance(path, ox.NamedNode):
            raise UnknownConstraint("a path that is not a predicate", str(shape))
        return path

    def _list(self, head: Node) -> list[Term]:
        found: list[Term] = []
        while head.value != t.RDF + "nil":
            (first,) = self._store.quads_for_pattern(head, ox.NamedNode(t.RDF + "first"), None)
            (rest,) = self._store.quads_for_pattern(head, ox.NamedNode(t.RDF + "rest"), None)
            found.append(cast(Term, first.object))
            head = cast(Node, rest.object)
        return found

    def _variable(self) -> str:
        self._fresh += 1
        return f"?x{self._fresh}"


def _select(where: str, rest: str = "", valued: bool = True) -> str:
    if valued:
        return f"SELECT DISTINCT ?this ?value WHERE {{ {where} }} {rest}"
    return f"SELECT ?this ?value WHERE {{ {{ SELECT DISTINCT ?this WHERE {{ {where} }} {rest} }} }}"


def _has_datatype(node: str, datatype: Term) -> str:
    """A literal of this datatype whose text is one of it: `"abc"^^xsd:integer` is none."""
    if datatype.value == t.RDF + "langString":
        return f"isLiteral({node}) && LANG({node}) != ''"
    typed = f"isLiteral({node}) && DATATYPE({node}) = {datatype}"
    local = datatype.value.removeprefix(t.XSD)
    if local == "string":
        return typed
    if local in _LEXICAL:
        return f"{typed} && REGEX(STR({node}), {ox.Literal(_LEXICAL[local])})"
    if local == "date":
        return f"{typed} && COALESCE(BOUND({node}) && xsd:date(STR({node})) = xsd:date(STR({node})), false)".replace(
            "xsd:date", f"<{t.XSD}date>"
        )
    raise UnknownConstraint(f"sh:datatype {datatype.value}", "a property shape")


_SIMPLE: dict[str, Callable[[str, Term], str]] = {
    "class": lambda node, value: f"EXISTS {{ {node} a {value} }}",
    "datatype": _has_datatype,
    "pattern": lambda node, value: f"!isBlank({node}) && REGEX(STR({node}), {value})",
    "minInclusive": lambda node, value: f"COALESCE({node} >= {value}, false)",
    "maxInclusive": lambda node, value: f"COALESCE({node} <= {value}, false)",
}
"""Components whose meaning is one expression over the value node."""
