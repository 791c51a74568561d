"""Where a statement of the graph comes from, and a digest of what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from kb import terms as t
from kb.content import kind_of
from kb.rdf import digest

Quads = Callable[..., Iterable[Any]]
"""The statements that fit a pattern: `quads_for_pattern` of an embedded store, or of a remote one."""

_PARTS = (t.REQUIRES, t.SATISFIED_BY)
"""Properties whose values are parts of what a statement says: an indication's requirements, and their alternatives."""
_DESIGNED = (t.DESIGN_OF, t.PIVOTAL_FOR)
"""Properties by which the design of a study names the items that rest on it."""
_WITH_DESIGNS = ("evidence", "indication", "trial")
_NO_STATEMENTS = (None, "release")


def statement_digest(quads: Quads, iri: str) -> str | None:
    """The content digest of a statement, `sha256:...`; None when the graph has none of this IRI.

    It covers the statement's own triples, those of the requirements that it makes, and those of the study designs
    behind it; which graph says them, and in which order, does not matter. A design is told without the other items
    that rest on it, so that a label that names the same trial later does not change what this statement says.
    """
    if kind_of(iri) in _NO_STATEMENTS or not _triples(quads, iri):
        return None
    lines = {line for node in _nodes(quads, iri) for line in _lines(_triples(quads, node))}
    if kind_of(iri) in _WITH_DESIGNS:
        lines.update(line for node in _designs(quads, iri) for line in _lines(_design(quads, node, iri)))
    return digest(lines)


def _triples(quads: Quads, iri: str) -> list[Any]:
    return [quad for quad in quads(ox.NamedNode(iri), None, None, None) if quad.predicate.value != t.SEARCH_KEY]


def _lines(triples: Iterable[Any]) -> Iterator[str]:
    return (f"{quad.subject} {quad.predicate} {quad.object} ." for quad in triples)


def _nodes(quads: Quads, iri: str) -> list[str]:
    """The statement and the parts of what it says, at any depth."""
    found = [iri]
    for node in found:
        for quad in _triples(quads, node):
            if quad.predicate.value in _PARTS and quad.object.value not in found:
                found.append(quad.object.value)
    return found


def _designs(quads: Quads, iri: str) -> set[str]:
    about = ox.NamedNode(iri)
    return {quad.subject.value for link in _DESIGNED for quad in quads(None, ox.NamedNode(link), about, None)}


def _design(quads: Quads, node: str, iri: str) -> Iterator[Any]:
    """A design without the other items that rest on it."""
    for quad in _triples(quads, node):
        if quad.predicate.value not in _DESIGNED or quad.object.value == iri:
            yield quad
