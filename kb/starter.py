"""The starter knowledge graph: from the readable source tables to Turtle, the same bytes on every run.

`python -m kb.starter` rebuilds `kb/data/*.ttl` and `kb/data/manifest.json` from `kb/data/source/*.tsv`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from kb import statements
from kb import terms as t
from kb.rdf import Triple, date, digest, iri, quads, text, turtle
from kb.statements import Row, Tables

RELEASE = "starter-2026-11-20"
RELEASED_ON = "2026-11-20"
DATA = Path(__file__).with_name("data")
LICENCE = (
    "Facts with their sources; see kb/SOURCES.md for the licence of each source. Tumor types: OncoTree 2025-10-03, "
    "CC BY 4.0. Evidence: CIViC, CC0."
)


def read_tables(folder: Path) -> Tables:
    """All source tables of a folder, every cell as text and an empty cell as the empty string."""

    def rows(file: Path) -> tuple[Row, ...]:
        with file.open(encoding="utf-8", newline="") as lines:
            return tuple(Row(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

    return Tables({file.stem: rows(file) for file in sorted(folder.glob("*.tsv"))})


def build(tables: Tables) -> dict[str, list[Triple]]:
    """The statements of each data file, by the file's name without its suffix."""
    kinds: dict[str, Callable[[Tables], Iterator[Triple]]] = {
        "genes": statements.genes,
        "exons": statements.exons,
        "tumor_types": statements.tumor_types,
        "tumor_codes": statements.tumor_codes,
        "therapies": statements.therapies,
        "regimens": statements.regimens,
        "biomarkers": statements.biomarkers,
        "positions": statements.positions,
        "profiles": statements.profile_nodes,
        "requirements": statements.requirements,
        "indications": statements.indications,
        "evidence": statements.evidence,
        "trials": statements.trials,
        "designs": statements.designs,
        "coverage": statements.coverage,
        "conditions": statements.conditions,
        "comedications": statements.comedications,
        "measurements": statements.measurements,
        "cautions": statements.cautions,
        "routes": statements.routes,
        "sources": sources,
        "release": release,
    }
    return {name: list(statements(tables)) for name, statements in kinds.items()}


def write(folder: Path, tables: Tables) -> str:
    """Write the data files and their manifest into the folder; the content digest comes back."""
    content = build(tables)
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{name}.ttl": turtle(triples) for name, triples in content.items()}
    for name, body in files.items():
        (folder / name).write_text(body, encoding="utf-8")
    graph = t.item("release", RELEASE)
    lines = quads((triple for triples in content.values() for triple in triples), graph)
    manifest = {
        "release": RELEASE,
        "released_on": RELEASED_ON,
        "graph": graph,
        "digest": digest(lines),
        "statements": len(lines),
        "items": {name: _items(triples) for name, triples in sorted(content.items())},
        "files": {name: f"sha256:{sha256(body.encode()).hexdigest()}" for name, body in sorted(files.items())},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return str(manifest["digest"])


def _items(triples: Iterable[Triple]) -> int:
    return len({subject for subject, predicate, _ in triples if predicate == iri(t.TYPE)})


def sources(tables: Tables) -> Iterator[Triple]:
    """One node for each document that the tables cite."""
    return statements.documents(tables, statements.VOCABULARY_SOURCES)


def release(tables: Tables) -> Iterator[Triple]:
    """What is said of the release itself."""
    node = iri(t.item("release", RELEASE))
    yield node, iri(t.TYPE), iri(t.RELEASE)
    yield node, iri(t.TITLE), text("mtb-match starter knowledge graph")
    yield node, iri(t.IDENTIFIER), text(RELEASE)
    yield node, iri(t.ISSUED), date(RELEASED_ON)
    yield node, iri(t.RIGHTS), text(LICENCE)


if __name__ == "__main__":
    write(DATA, read_tables(DATA / "source"))
