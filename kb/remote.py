"""A knowledge base behind a SPARQL 1.1 endpoint: what the knowledge base asks of a store, asked over HTTP.

The endpoint must hold a release of this program: `kb serve` offers one, and what `kb export --format nquads` gives can
be loaded elsewhere.
The named graphs of the release are named with each query as its default graph, so that engines that see no union by
themselves answer alike (https://www.w3.org/TR/sparql11-protocol/, section 2.1.4).
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from kb import terms as t
from kb.errors import RemoteProblem

SCHEMES = ("sparql+http://", "sparql+https://")
_FORM = "application/x-www-form-urlencoded"
# XML, because Virtuoso writes the boolean true as 1 in JSON results and as true in XML ones.
_XML = "application/sparql-results+xml"
_TIMEOUT = 30.0
_GRAPH_QUERY = re.compile(
    r"\s*(?:(?:PREFIX\s+\S*:\s*<[^>]*>|BASE\s+<[^>]*>|#[^\n]*)\s*)*(CONSTRUCT|DESCRIBE)\b", re.IGNORECASE
)

Term = ox.NamedNode | ox.BlankNode | ox.Literal


def is_remote(name: str) -> bool:
    """Whether a store is named by the address of an endpoint."""
    return name.startswith(SCHEMES)


class RemoteStore:
    """An endpoint as a store: the two questions that the knowledge base asks, over one connection that is kept."""

    def __init__(self, name: str) -> None:
        self.address = name.removeprefix("sparql+")
        split = urlsplit(self.address)
        if not split.hostname:
            raise RemoteProblem(self.address, "is no address", "write sparql+http://host:port/query")
        secure = split.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        try:
            self._connection = kind(split.hostname, split.port, timeout=_TIMEOUT)
        except ValueError as error:
            raise RemoteProblem(
                self.address, f"is no address ({error})", "write sparql+http://host:port/query"
            ) from error
        self._path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        self._graphs: tuple[str, ...] | None = None
        self._about: dict[str, list[ox.Quad]] = {}
        self.asked = 0

    def query(
        self, text: str, *, use_default_graph_as_union: bool = False, prefixes: Mapping[str, str] | None = None
    ) -> Any:
        """The solutions, truth value or triples of a query."""
        declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in (prefixes or {}).items())
        graphs = self.graphs if use_default_graph_as_union else ()
        named = [("default-graph-uri", graph) for graph in graphs] + [("named-graph-uri", graph) for graph in graphs]
        return self._ask(declared + text, named)

    def quads_for_pattern(self, subject: Any, predicate: Any, object: Any, graph_name: Any = None) -> Iterator[ox.Quad]:
        """The statements that fit the pattern; all statements of a subject are asked for at once, and kept."""
        if isinstance(graph_name, ox.DefaultGraph):
            return iter(self._pattern(subject, predicate, object, union=False))
        if subject is not None and object is None:
            about = self._about.get(subject.value)
            if about is None:
                about = self._about[subject.value] = self._pattern(subject, None, None, union=True)
            return iter([quad for quad in about if predicate is None or quad.predicate == predicate])
        return iter(self._pattern(subject, predicate, object, union=True))

    @property
    def graphs(self) -> tuple[str, ...]:
        """The release's named graphs, by name."""
        if self._graphs is None:
            start = f'STRSTARTS(STR(?g), "{t.ITEMS}")'
            found = self._ask(f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER({start}) }}", [])
            self._graphs = tuple(sorted(row["g"].value for row in found))
        return self._graphs

    def _pattern(self, subject: Any, predicate: Any, object: Any, union: bool) -> list[ox.Quad]:
        given = {"s": subject, "p": predicate, "o": object}
        words = " ".join(f"?{name}" if term is None else str(term) for name, term in given.items())
        free = [name for name, term in given.items() if term is None]
        query = f"SELECT {' '.join(f'?{name}' for name in free) or '(1 AS ?there)'} WHERE {{ {words} }}"
        rows = self.query(query, use_default_graph_as_union=union)
        return [ox.Quad(*(row[name] if term is None else term for name, term in given.items())) for row in rows]

    def _ask(self, text: str, graphs: list[tuple[str, str]]) -> Any:
        body = urlencode([("query", text), *graphs])
        accepted = "text/turtle, application/n-triples" if _GRAPH_QUERY.match(text) else _XML
        status, kind, content = self._post(body, accepted)
        if status == 400:
            raise SyntaxError(content.decode("utf-8", "replace")[:300])
        if status != 200:
            said = " ".join(content.decode("utf-8", "replace").split())[:200]
            raise RemoteProblem(self.address, f"answers {status}: {said}", "check the address and the server")
        try:
            if "sparql-results" in kind:
                return ox.parse_query_results(content, format=ox.QueryResultsFormat.XML)
            form = ox.RdfFormat.from_media_type(kind.partition(";")[0].strip())
            if form is None or "html" in kind:
                raise ValueError(kind)
            graph = ox.Store()
            graph.load(content, format=form)
            return graph.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
        except (ValueError, SyntaxError, OSError) as error:
            raise RemoteProblem(
                self.address, f"does not speak SPARQL ({kind or 'no type'})", "check the path"
            ) from error

    def _post(self, body: str, accepted: str) -> tuple[int, str, bytes]:
        headers = {"Content-Type": _FORM, "Accept": accepted}
        for attempt in (1, 2):  # a kept connection may have been closed by the server meanwhile
            self.asked += 1
            try:
                self._connection.request("POST", self._path, body, headers)
                response = self._connection.getresponse()
                return response.status, response.getheader("Content-Type", ""), response.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
                self._connection.close()
                if attempt == 2:
                    raise RemoteProblem(self.address, "closes the connection", "check the server") from error
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                why = getattr(error, "strerror", None) or str(error) or type(error).__name__
                raise RemoteProblem(self.address, f"cannot be reached ({why})", "check that it runs there") from error
        raise AssertionError("unreachable")
