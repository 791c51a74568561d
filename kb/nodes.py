"""The statements of a store by node, written beside it once: one look-up gives all that is said of a node.

Oxigraph looks every term of a statement up by itself; a patient's run asks for some ten thousand statements of a
thousand nodes. The file holds what the store holds and nothing else. It says which store it was made from, and is not
read beside any other: it can be deleted at any time, and all is read from the store again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb import terms as t
from kb.errors import NoStore

if TYPE_CHECKING:
    from sqlite3 import Connection

    import pyoxigraph as ox

FILE = "nodes.sqlite"
VERSION = "nodes/1"
_CURRENT = "CURRENT"
"""The file by which Oxigraph's store names its newest manifest: another one once the store was opened for writing."""

TEXTS = frozenset((t.JURISDICTION, t.TARGET, t.PLAN, t.STATE))
"""The properties with texts as values by which nodes are looked for."""

_SHORT = (("\x01", t.ITEMS), ("\x02", t.ONTOLOGY))
"""What frequent beginnings of IRIs are written as: characters that JSON never holds as they are."""


def values_of(quads: Iterable[Any]) -> dict[str, list[str]]:
    """What statements of one node say: property to its distinct values, in their order."""
    found: dict[str, list[str]] = {}
    for quad in quads:
        values = found.setdefault(quad.predicate.value, [])
        if quad.object.value not in values:
            values.append(quad.object.value)
    return found


class Nodes:
    """What is said of each node of a store, and which nodes have a property with another node as value."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self._connection, self._folder = connection, folder

    def fields(self, iri: str) -> dict[str, list[str]]:
        """All that is said of a node: property to its distinct values; empty for an unknown one."""
        found = self._row("SELECT fields FROM node WHERE iri = ?", iri)
        return {} if found is None else json.loads(found)

    def subjects(self, predicate: str, value: str) -> list[str]:
        """The nodes that have this property with this node, or with this text for a property of TEXTS, sorted."""
        found = self._row("SELECT subjects FROM link WHERE target = ?", f"{predicate} {value}")
        return [] if found is None else json.loads(found)

    def _row(self, query: str, key: str) -> str | None:
        import sqlite3

        try:
            row = self._connection.execute(query, (_short(key),)).fetchone()
        except sqlite3.Error as error:
            raise NoStore(self._folder, f"{FILE} is damaged: {error}") from error
        return None if row is None else _long(row[0])


def nodes_of(folder: Path, digest: str) -> Nodes | None:
    """The statements by node that were written beside a store of this digest; None where there are none of it."""
    import sqlite3

    path = folder / FILE
    if not path.is_file():
        return None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, check_same_thread=False)
        (made_of,) = connection.execute("SELECT made_of FROM about").fetchone()
    except (sqlite3.Error, TypeError):
        return None
    return Nodes(connection, folder) if made_of == _mark(folder, digest) else None


def write_nodes(folder: Path, digest: str) -> None:
    """Write the statements by node of the store in a folder beside it, once nothing more is written to it."""
    import sqlite3

    import pyoxigraph as ox

    nodes, links = _read(ox.Store.read_only(str(folder)))
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE about (made_of TEXT)")
        connection.execute("CREATE TABLE node (iri TEXT PRIMARY KEY, fields TEXT)")
        connection.execute("CREATE TABLE link (target TEXT PRIMARY KEY, subjects TEXT)")
        connection.executemany("INSERT INTO node VALUES (?, ?)", _rows(nodes.items()))
        connection.executemany("INSERT INTO link VALUES (?, ?)", _rows((key, sorted(of)) for key, of in links.items()))
        connection.execute("INSERT INTO about VALUES (?)", (_mark(folder, digest),))
        connection.execute("COMMIT")
    finally:
        connection.close()


def renew_nodes(folder: Path, digest: str, changed: Collection[Any]) -> None:
    """Bring the file beside a store up to date, after these quads were added to the store or taken from it."""
    import sqlite3

    import pyoxigraph as ox

    store = ox.Store.read_only(str(folder))
    nodes = {quad.subject for quad in changed if isinstance(quad.subject, ox.NamedNode)}
    links = {(quad.predicate, quad.object) for quad in changed if _is_link(quad)}
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        connection.execute("BEGIN")
        for node in nodes:
            said = _said(store.quads_for_pattern(node, None, None, None))
            _put(connection, "node", node.value, said)
        for predicate, value in links:
            subjects = {quad.subject.value for quad in _quads(store, predicate, value)}
            _put(connection, "link", f"{predicate.value} {value.value}", sorted(subjects))
        connection.execute("UPDATE about SET made_of = ?", (_mark(folder, digest),))
        connection.execute("COMMIT")
    finally:
        connection.close()


def _quads(store: ox.Store, predicate: Any, value: Any) -> Iterable[Any]:
    return store.quads_for_pattern(None, predicate, value, None)


def _put(connection: Connection, table: str, key: str, value: object) -> None:
    """Write the row of a key, or remove it where nothing is left to say."""
    column = "iri" if table == "node" else "target"
    connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (_short(key),))
    if value:
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", _rows([(key, value)]))


def _is_link(quad: Any) -> bool:
    import pyoxigraph as ox

    predicate = quad.predicate.value
    return predicate in TEXTS or (isinstance(quad.object, ox.NamedNode) and predicate != t.TYPE)


def _said(quads: Iterable[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for quad in quads:
        _add(found, quad.predicate.value, quad.object.value)
    return found


def _read(store: ox.Store) -> tuple[dict[str, dict[str, list[str]]], dict[str, set[str]]]:
    """What is said of each node, and the nodes with each property and value.

    Values stand in the order in which the store gives those of one node, which is not that of all statements where
    several graphs speak of the node.
    """
    import pyoxigraph as ox

    nodes: dict[str, dict[str, list[str]]] = {}
    links: dict[str, set[str]] = {}
    graphs: dict[str, object] = {}
    quads: Iterable[Any] = store  # the vendor's types admit RDF-star triples as terms, which this graph never holds
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode):
            continue
        node, predicate = quad.subject.value, quad.predicate.value
        _add(nodes.setdefault(node, {}), predicate, quad.object.value)
        if graphs.setdefault(node, quad.graph_name) != quad.graph_name:
            graphs[node] = None
        if _is_link(quad):
            links.setdefault(f"{predicate} {quad.object.value}", set()).add(node)
    for node in (node for node, graph in graphs.items() if graph is None):
        nodes[node] = _said(store.quads_for_pattern(ox.NamedNode(node), None, None, None))
    return nodes, links


def _add(fields: dict[str, list[str]], predicate: str, value: str) -> None:
    values = fields.setdefault(predicate, [])
    if value not in values:
        values.append(value)


def _rows(found: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    for key, value in sorted(found):
        yield _short(key), _short(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _mark(folder: Path, digest: str) -> str:
    """Which store the file is of: its content, and the state of its files."""
    try:
        current = (folder / _CURRENT).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        current = "none"
    return f"{VERSION} {digest} {current}"


def _short(text: str) -> str:
    for short, start in _SHORT:
        text = text.replace(start, short)
    return text


def _long(text: str) -> str:
    for short, start in _SHORT:
        text = text.replace(short, start)
    return text
