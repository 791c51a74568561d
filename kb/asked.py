"""What a piece of work asked of a knowledge base, and whether another graph would have answered the same.

Who asks the same and is answered the same does the same. So work whose every question another graph answers alike
need not be done again there. The questions are those of `kb.graph`: a node, the nodes of one kind with a property and
a value, a pattern, a query, and the day of the release, on which undated approvals begin to count. The name and the
digest of the release are not among them: they tell graphs apart, and no conclusion rests on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import pyoxigraph as ox

from kb import terms as t
from kb.graph import KnowledgeBase
from kb.nodes import Nodes, values_of

Ask = tuple[str, ...]
"""A question: its kind (`node`, `of`, `text`, `pattern`, `query`, `day`), and what is asked about."""

Answered = tuple[str, ...]
"""A question with the digest of its answer as its last word."""

_LENGTH = 16
_IRI, _TEXT = "iri ", "text "


class Recording(KnowledgeBase):
    """A knowledge base over the same graph as another one, which notes each question with a digest of its answer.

    It has decoded nothing yet, so that what one piece of work asks is not hidden by what another one asked before.
    """

    def __init__(self, graph: Graph) -> None:
        self.asked: dict[Ask, str] = {}
        self._graph = graph
        store: Any = _Store(graph, self._note)
        nodes: Any = _Nodes(graph, self._note)
        super().__init__(store, nodes, graph.named)

    @property
    def released_on(self) -> str:
        """The day of the release (ISO)."""
        self._note(("day",), self._released_on)
        return self._released_on

    @released_on.setter
    def released_on(self, day: str) -> None:
        self._released_on = day

    def _subjects(self, predicate: str, object_iri: str, kind: str) -> tuple[str, ...]:
        found = super()._subjects(predicate, object_iri, kind)
        self._note(("of", predicate, object_iri, kind), list(found))
        return found

    def _note(self, ask: Ask, found: object) -> None:
        if ask not in self.asked:
            self.asked[ask] = self._graph.digest(ask, found)


def answered_otherwise(knowledge: KnowledgeBase, asked: Iterable[Answered]) -> frozenset[Answered]:
    """Those of the questions that a graph does not answer as they were answered when they were noted."""
    graph = Graph(knowledge)
    return frozenset((*ask, was) for *ask, was in asked if graph.digest(tuple(ask), graph.answer(*ask)) != was)


class Graph:
    """A graph that answers questions, each read from the store once, for all the recordings over it."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self.named, self._released_on = knowledge.named, knowledge.released_on
        self._store: Any = knowledge.store
        self._nodes: Nodes | None = knowledge._nodes
        self._fields: dict[str, dict[str, list[str]]] = {}
        self._subjects: dict[tuple[str, str], list[str]] = {}
        self._patterns: dict[tuple[Any, ...], list[Any]] = {}
        self._queries: dict[tuple[str, bool], Any] = {}
        self._digests: dict[Ask, str] = {}

    def answer(self, kind: str, *about: str) -> object:
        """The answer to a question, as `digest` takes it."""
        if kind == "node":
            return self.fields(*about)
        if kind == "of":
            predicate, value, wanted = about
            return [iri for iri in self.subjects(predicate, value) if iri.startswith(f"{t.ITEMS}{wanted}/")]
        if kind == "text":
            return self.subjects(*about)
        if kind == "pattern":
            return _said(self.pattern(*(_term(each) for each in about)))
        if kind == "query":
            return _rows(self.query(about[0], bool(about[1])))
        return self._released_on

    def digest(self, ask: Ask, found: object) -> str:
        """A digest of the answer to a question, made once."""
        made = self._digests.get(ask)
        if made is None:
            made = self._digests[ask] = sha256(json.dumps(found, ensure_ascii=False).encode()).hexdigest()[:_LENGTH]
        return made

    def fields(self, iri: str) -> dict[str, list[str]]:
        """All that is said of a node: property to its distinct values."""
        found = self._fields.get(iri)
        if found is None:
            found = self._fields[iri] = self._nodes.fields(iri) if self._nodes is not None else self._said_of(iri)
        return found

    def _said_of(self, iri: str) -> dict[str, list[str]]:
        return values_of(self._store.quads_for_pattern(ox.NamedNode(iri), None, None, None))

    def subjects(self, predicate: str, value: str) -> list[str]:
        """The nodes that have this property with this node, or text, as value, sorted."""
        found = self._subjects.get((predicate, value))
        if found is None:
            if self._nodes is not None:
                found = self._nodes.subjects(predicate, value)
            else:
                term = ox.NamedNode(value) if "://" in value else ox.Literal(value)
                quads = self._store.quads_for_pattern(None, ox.NamedNode(predicate), term, None)
                found = sorted({quad.subject.value for quad in quads})
            self._subjects[predicate, value] = found
        return found

    def pattern(self, *pattern: Any) -> list[Any]:
        """The statements that fit a pattern (subject, predicate, value), in whatever graph."""
        found = self._patterns.get(pattern)
        if found is None:
            found = self._patterns[pattern] = list(self._store.quads_for_pattern(*pattern, None))
        return found

    def alone(self, *pattern: Any) -> Iterable[Any]:
        """The statements of a pattern in the default graph, where the store says what it is."""
        found: Iterable[Any] = self._store.quads_for_pattern(*pattern, ox.DefaultGraph())
        return found

    def query(self, text: str, union: bool) -> Any:
        """The solutions or the triples of a query as a list, or its truth value."""
        found = self._queries.get((text, union))
        if found is None:
            asked = self._store.query(text, use_default_graph_as_union=union)
            found = self._queries[text, union] = asked if isinstance(asked, ox.QueryBoolean) else list(asked)
        return found


class _Nodes:
    """The statements by node, as `kb.nodes.Nodes` gives them, each look-up noted."""

    def __init__(self, graph: Graph, note: Any) -> None:
        self._graph, self._note = graph, note

    def fields(self, iri: str) -> Any:
        found = self._graph.fields(iri)
        self._note(("node", iri), found)
        return found

    def subjects(self, predicate: str, value: str) -> list[str]:
        found = self._graph.subjects(predicate, value)
        if "://" not in value:  # what links nodes is noted by kind
            self._note(("text", predicate, value), found)
        return found


class _Store:
    """The two questions that a knowledge base asks of a store, each noted."""

    def __init__(self, graph: Graph, note: Any) -> None:
        self._graph, self._note = graph, note

    def quads_for_pattern(self, subject: Any, predicate: Any, value: Any, graph: Any = None) -> Iterable[Any]:
        if isinstance(graph, ox.DefaultGraph):
            return self._graph.alone(subject, predicate, value)
        found = self._graph.pattern(subject, predicate, value)
        self._note(("pattern", _written(subject), _written(predicate), _written(value)), _said(found))
        return found

    def query(
        self, text: str, *, use_default_graph_as_union: bool = False, prefixes: Mapping[str, str] | None = None
    ) -> Any:
        declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in (prefixes or {}).items())
        found = self._graph.query(declared + text, use_default_graph_as_union)
        self._note(("query", declared + text, "union" if use_default_graph_as_union else ""), _rows(found))
        return found


def _said(quads: Iterable[Any]) -> list[str]:
    """What statements say, whichever graph says it, in their order: no question of the knowledge base needs more."""
    return list(dict.fromkeys(f"{quad.subject} {quad.predicate} {quad.object}" for quad in quads))


def _rows(found: Any) -> list[str]:
    if isinstance(found, ox.QueryBoolean):
        return [str(bool(found))]
    return sorted(" ".join(map(str, row)) for row in found)


def _written(term: Any) -> str:
    if term is None:
        return ""
    return f"{_IRI if isinstance(term, ox.NamedNode) else _TEXT}{term.value}"


def _term(written: str) -> Any:
    if not written:
        return None
    return ox.NamedNode(written[len(_IRI) :]) if written.startswith(_IRI) else ox.Literal(written[len(_TEXT) :])
