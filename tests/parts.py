"""A part of the starter as a store, for tests to which it does not matter how much a store holds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from kb import terms as t
from kb.store import Metadata, build_from_quads, digest_of
from tests.shared import knowledge

RELEASE = Metadata("part", "", "2026-11-20")


def about(items: Iterable[str]) -> list[str]:
    """What the starter says of these items (IRIs) and of all that they name, in turn, as N-Quads."""
    store = knowledge().store
    assert isinstance(store, ox.Store)
    waiting, met, lines = list(items), set[str](), []
    while waiting:
        item = waiting.pop()
        if item not in met:
            met.add(item)
            for quad in store.quads_for_pattern(ox.NamedNode(item), None, None, None):
                lines.append(f"{quad} .")
                if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(t.ITEMS):
                    waiting.append(quad.object.value)
    return lines


def of_class(name: str, limit: int) -> list[str]:
    """The first items of a class of the starter, by IRI."""
    query = f"SELECT ?s {{ ?s a <{name}> }} ORDER BY ?s LIMIT {limit}"
    return [row["s"].value for row in knowledge().store.query(query, use_default_graph_as_union=True)]  # type: ignore[union-attr]


def built(folder: Path, lines: Iterable[str], release: Metadata = RELEASE) -> Path:
    """The folder, with a store of these N-Quads in it."""
    content = "\n".join(lines).encode()
    memory = ox.Store()
    memory.load(content, format=ox.RdfFormat.N_QUADS)
    build_from_quads(folder, content, release._replace(digest=digest_of(memory)), {})
    return folder
