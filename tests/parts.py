"""Parts of the starter, as a store or as tables to build from, for tests to which its size does not matter."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from kb.starter import DATA, read_tables
from kb.store import Metadata, build_from_quads, digest_of
from tests.shared import knowledge

RELEASE = Metadata("part", "", "2026-11-20")
TUMORS = ("MEL", "BRCA")


def about(items: Iterable[str]) -> list[str]:
    """What the starter says of these items (IRIs) and of all that they name, in turn, as N-Quads."""
    store = knowledge().embedded
    waiting, met, lines = list(items), set[str](), []
    while waiting:
        item = waiting.pop()
        if item not in met:
            met.add(item)
            for quad in store.quads_for_pattern(ox.NamedNode(item), None, None, None):
                lines.append(f"{quad} .")
                if isinstance(quad.object, ox.NamedNode):
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


def source(folder: Path) -> Path:
    """A folder with source tables of which a small starter is built: terms without evidence, approvals and trials.

    It has the genes that biomarkers name, and the tumor types of TUMORS with those above them.
    """
    tables = read_tables(DATA / "source")
    named = {gene for row in tables["biomarkers"] for gene in row["genes"].split(" | ")}
    broader = {row["code"]: row["broader"].split(" | ") for row in tables["tumor_types"]}
    waiting, tumors = list(TUMORS), set[str]()
    while waiting:
        tumors.add(code := waiting.pop())
        waiting += (each for each in broader[code] if each and each not in tumors)
    kept = {
        "genes": [row for row in tables["genes"] if row["symbol"] in named],
        "tumor_types": [row for row in tables["tumor_types"] if row["code"] in tumors],
        **{name: tables[name] for name in ("biomarkers", "therapies", "memberships")},
    }
    (folder / "source").mkdir(parents=True)
    for name, rows in tables.rows.items():
        lines = ["\t".join(row) for row in (rows[0], *(row.values() for row in kept.get(name, ())))]
        (folder / "source" / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
