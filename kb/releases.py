"""Building a release: the starter graph and the named sources, merged into one store.

Every source has a named graph of its own. What the sources share (new biomarkers, therapies, profiles, regimens, the
merged statements and their conflicts) is in a derived graph, and one more graph says of each where it comes from. The
content digest is over all of them but the last, so it does not depend on the order of the sources or on the day.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kb import merge, starter, statements
from kb import terms as t
from kb.errors import InvalidRelease, UnreadableSource
from kb.loaders import LOADERS, Loader, Report
from kb.loaders.study_text import READ_BY_PROGRAM
from kb.normalizer import Normalizer
from kb.rdf import Triple, date, digest, iri, quads, text
from kb.reports import REPORT
from kb.source_description import read_source_description
from kb.statements import Row, Tables
from kb.store import Metadata, build_from_quads

DERIVED = "derived"
Progress = Callable[[str], None]
Loaded = tuple[Loader, Tables, Report]

_OF_ITS_OWN: dict[str, Callable[[Tables], Iterator[Triple]]] = {
    "genes": statements.genes,
    "exons": statements.exons,
    "tumor_codes": statements.tumor_codes,
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
    "links": statements.links,
    "positions": statements.positions,
    "local": statements.local_evidence,
}
"""Kinds of rows whose statements need no other table."""


@dataclass(frozen=True, slots=True)
class Graph:
    """One named graph: its id (the end of its IRI), what is said of it, and its N-Quads lines, sorted."""

    id: str
    title: str
    source: str
    release: str
    licence: str
    lines: tuple[str, ...]
    issued: str | None = None
    retrieved: str | None = None
    loaded_from: str | None = None

    @property
    def iri(self) -> str:
        """The graph's name."""
        return t.item("release", self.id)

    @property
    def digest(self) -> str:
        """SHA-256 over its sorted lines."""
        return digest(self.lines)


@dataclass(frozen=True, slots=True)
class Built:
    """A release that was built: what it is, its graphs, what the loaders report, and the merge in numbers."""

    about: Metadata
    graphs: tuple[Graph, ...]
    reports: tuple[Report, ...]
    statements: int
    shared: int
    conflicts: int
    superseded: Mapping[str, int] = field(default_factory=dict)
    stale_patches: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """All of it but the statements themselves."""
        return {
            "schema": "mtb-match-release/1",
            "release": self.about.release,
            "digest": self.about.digest,
            "released_on": self.about.released_on,
            "graphs": [
                {"id": graph.id, "source": graph.source, "release": graph.release, "digest": graph.digest}
                for graph in self.graphs
            ],
            "merged": {"statements": self.statements, "from several sources": self.shared, "conflicts": self.conflicts},
            "superseded": dict(self.superseded),
            "stale_patches": list(self.stale_patches),
            "sources": [report.as_json() for report in self.reports],
        }


def compose(sources: Mapping[str, Path], progress: Progress = lambda _: None) -> Built:
    """The release of the starter graph and these sources (loader name to path), in memory.

    UnreadableSource when a source is not what its loader reads: nothing is built then.
    """
    base = starter.read_tables(starter.DATA / "source")
    names = Normalizer(base)
    loaded: list[Loaded] = []
    for loader in LOADERS:
        if loader.name in sources:
            progress(f"reading {loader.title}")
            loaded.append(_load(loader, sources[loader.name], names))
    progress("merging")
    kept, superseded = _superseded(base, loaded)
    kept, loaded = _with_designs(kept, loaded)
    everything = _joined([kept, *(tables for _, tables, _ in loaded), _rows_of(names.additions)])
    graphs = [_starter_graph(kept, everything)]
    graphs += [
        _source_graph(loader, tables, report, everything, sources[loader.name]) for loader, tables, report in loaded
    ]
    graphs += [graph for loaded_one in loaded for graph in _study_graphs(*loaded_one, sources)]
    merged = merge.statements_of(everything["evidence"])
    graphs.append(_derived_graph(everything, kept, names, merged, loaded))
    graphs = [graph for graph in graphs if graph.lines]
    source_of = {row["id"]: "starter" for row in kept["evidence"]}
    source_of |= {row["id"]: loader.name for loader, tables, _ in loaded for row in tables["evidence"]}
    dates = [starter.RELEASED_ON, *(graph.issued for graph in graphs if graph.issued)]
    release = " + ".join([starter.RELEASE, *(f"{loader.name}-{report.release}" for loader, _, report in loaded)])
    about = Metadata(release, digest(line for graph in graphs for line in graph.lines), max(dates))
    return Built(
        about,
        tuple(graphs),
        tuple(report for _, _, report in loaded),
        len(merged),
        merge.shared(merged, source_of),
        sum(1 for _ in merge.conflicts(merged)),
        superseded,
        tuple(_stale(names, {loader.name for loader, _, _ in loaded})),
    )


def build(out: Path, sources: Mapping[str, Path], progress: Progress = lambda _: None, validated: bool = True) -> Built:
    """Build a release into a store folder, which appears whole or not at all.

    InvalidRelease when the shapes find something wrong; a store that stood at the folder stays as it was then.
    """
    built = compose(sources, progress)
    provenance = [line for graph in built.graphs for line in _described(graph)]
    lines = [line for graph in built.graphs for line in graph.lines] + provenance
    if validated:
        progress("validating")
        validate_lines(lines)
    progress("writing")
    payload = "\n".join(lines).encode() + b"\n"
    files = {REPORT: json.dumps(built.as_json(), indent=1, ensure_ascii=False).encode() + b"\n"}
    build_from_quads(out, payload, built.about, files)
    return built


def validate_lines(lines: Iterable[str]) -> None:
    """InvalidRelease when the shapes find something wrong with these N-Quads."""
    from kb.shapes_sparql import validate_store

    memory = ox.Store()
    memory.bulk_load("\n".join(lines).encode() + b"\n", format=ox.RdfFormat.N_QUADS)
    violations = validate_store(memory)
    if violations:
        raise InvalidRelease([str(violation) for violation in violations])


def _load(loader: Loader, path: Path, names: Normalizer) -> tuple[Loader, Tables, Report]:
    if not os.path.lexists(path):
        raise UnreadableSource(str(path), "is not there", f"name {loader.reads}")
    report = Report(loader.name)
    description = read_source_description(path if path.is_dir() else path.parent)
    if description is not None and description.source == loader.name:
        report.release = description.release
    tables = loader.load(path, names, report)
    names.learn(Tables({name: tables[name] for name in ("genes", "therapies", "tumor_types")}))
    for row in tables["biomarkers"]:
        names.biomarkers.setdefault(row["id"], row)
    report.release = report.release or "undated"
    return loader, tables, report


def _superseded(base: Tables, loaded: list[Loaded]) -> tuple[Tables, dict[str, int]]:
    """The starter's rows without those that a loaded source brings itself, and how many each one replaced."""
    rows = dict(base.rows)
    counts: dict[str, int] = {}
    for loader, tables, _ in loaded:
        replaced = 0
        if loader.id_prefixes:
            kept = tuple(row for row in rows["evidence"] if not row["id"].startswith(loader.id_prefixes))
            replaced += len(rows["evidence"]) - len(kept)
            rows["evidence"] = kept
        for table, key in (("genes", "symbol"), ("tumor_types", "code"), ("trials", "id"), ("indications", "id")):
            brought = {row[key] for row in tables[table]}
            if table == "genes":
                hgnc = {row["hgnc_id"] for row in tables[table] if row["hgnc_id"]}
                kept = tuple(row for row in rows[table] if row[key] not in brought and row["hgnc_id"] not in hgnc)
            else:
                kept = tuple(row for row in rows[table] if row[key] not in brought)
            replaced += len(rows[table]) - len(kept)
            rows[table] = kept
        counts[loader.name] = replaced
    return Tables(rows), counts


def _with_designs(kept: Tables, loaded: list[Loaded]) -> tuple[Tables, list[Loaded]]:
    """The designs of the items that are there: what a person read wins over what a program reads."""
    parts = [kept, *(tables for _, tables, _ in loaded)]
    items = {row["id"] for part in parts for name in ("evidence", "trials", "indications") for row in part[name]}
    by_program = {row["item"] for _, tables, _ in loaded for row in tables["designs"]}
    mine = [row for row in kept["designs"] if row["item"] in items]
    mine = [row for row in mine if row["note"] != READ_BY_PROGRAM or row["item"] not in by_program]
    settled = {row["item"] for row in mine}
    others = []
    for loader, tables, report in loaded:
        designs = tuple(row for row in tables["designs"] if row["item"] not in settled)
        others.append((loader, Tables({**tables.rows, "designs": designs}), report))
    return Tables({**kept.rows, "designs": tuple(mine)}), others


def _joined(parts: Iterable[Tables]) -> Tables:
    rows: dict[str, tuple[Row, ...]] = {}
    for part in parts:
        for name, more in part.rows.items():
            rows[name] = rows.get(name, ()) + more
    return Tables(rows)


def _rows_of(additions: Mapping[str, list[Row]]) -> Tables:
    return Tables({name: tuple(rows) for name, rows in additions.items()})


def _starter_graph(kept: Tables, everything: Tables) -> Graph:
    """The starter's share: all its files, built from the rows that are left."""
    codes = {row["code"] for row in kept["tumor_types"]}
    triples = [triple for name, made in starter.build(kept).items() if name != "tumor_types" for triple in made]
    triples += _about(statements.tumor_types(everything), "tumor", codes)
    return Graph(
        starter.RELEASE,
        "mtb-match starter knowledge graph",
        "mtb-match",
        starter.RELEASE,
        starter.LICENCE,
        tuple(quads(triples, t.item("release", starter.RELEASE))),
        starter.RELEASED_ON,
    )


def _source_graph(loader: Loader, tables: Tables, report: Report, everything: Tables, path: Path) -> Graph:
    """One source's share: its items, and the documents that they cite."""
    id = f"{loader.name}-{report.release}"
    triples: list[Triple] = [triple for name, make in _OF_ITS_OWN.items() if tables[name] for triple in make(tables)]
    triples += _about(statements.tumor_types(everything), "tumor", {row["code"] for row in tables["tumor_types"]})
    triples += statements.biomarkers(tables)
    implied = {
        name: source
        for name, source in statements.VOCABULARY_SOURCES.items()
        if tables[name] and not tables[name][0]["sources"]
    }
    triples += statements.documents(tables, implied)
    description = read_source_description(path if path.is_dir() else path.parent)
    return Graph(
        id,
        loader.title,
        loader.address,
        report.release,
        loader.licence,
        tuple(quads(triples, t.item("release", id))) if triples else (),
        report.released_on,
        description.retrieved_on if description is not None else None,
        path.name,
    )


def _study_graphs(loader: Loader, tables: Tables, report: Report, sources: Mapping[str, Path]) -> Iterator[Graph]:
    """One graph for each study with its pseudonymous patients; a source without studies has none."""
    studies: dict[str, list[Row]] = {}
    for row in tables["studies"]:
        studies.setdefault(row["study"], []).append(row)
    for study, rows in sorted(studies.items()):
        id = f"study-{study}"
        lines = tuple(quads(statements.stated(rows), t.item("release", id)))
        title = "a study of the site with its pseudonymous patients"
        path = sources[loader.name]
        yield Graph(id, title, loader.address, report.release, loader.licence, lines, loaded_from=path.name)


def _derived_graph(
    everything: Tables,
    kept: Tables,
    names: Normalizer,
    merged: list[merge.Statement],
    loaded: list[Loaded],
) -> Graph:
    """What several sources share: terms that they made necessary, profiles and regimens, statements and conflicts."""
    added = _rows_of(names.additions)
    therapies = {row["id"] for row in added["therapies"]}
    memberships = {f"{row['therapy']} in {row['class']}" for row in added["memberships"]}
    triples = list(statements.biomarkers(added))
    if therapies:
        closed = list(statements.therapies(everything))
        triples += _about(closed, "therapy", therapies)
        triples += _about(closed, "membership", memberships)
    triples += statements.genes(added)
    in_starter = {triple[0] for triple in [*statements.regimens(kept), *statements.profile_nodes(kept)]}
    shared = [*statements.regimens(everything), *statements.profile_nodes(everything)]
    triples += [triple for triple in shared if triple[0] not in in_starter]
    triples += statements.documents(added)
    triples += merge.triples(merged)
    return Graph(
        DERIVED,
        "terms and statements that the sources share",
        "mtb-match",
        " + ".join(f"{loader.name}-{report.release}" for loader, _, report in loaded) or starter.RELEASE,
        "as the sources that they were derived from",
        tuple(quads(triples, t.item("release", DERIVED))),
    )


def _about(triples: Iterable[Triple], kind: str, ids: set[str]) -> list[Triple]:
    """The statements whose subject is one of these items."""
    subjects = {iri(t.item(kind, id)) for id in ids}
    return [triple for triple in triples if triple[0] in subjects] if subjects else []


def _described(graph: Graph) -> list[str]:
    """What is said of a named graph, in the graph of provenance: source, release, licence, dates, version, digest."""
    node = iri(graph.iri)
    said: list[Triple] = [
        (node, iri(t.TYPE), iri(t.RELEASE)),
        (node, iri(t.TITLE), text(graph.title)),
        (node, iri(t.IDENTIFIER), text(graph.id)),
        (node, iri(t.RIGHTS), text(graph.licence)),
        (node, iri(t.OF_RELEASE), text(graph.release)),
        (node, iri(t.LOADED_ON), date(datetime.date.today().isoformat())),
        (node, iri(t.LOADER_VERSION), text(loader_version())),
        (node, iri(t.CONTENT_DIGEST), text(graph.digest)),
    ]
    said.append((node, iri(t.FROM_SOURCE), text(graph.source)))
    for predicate, day in ((t.ISSUED, graph.issued), (t.RETRIEVED_ON, graph.retrieved)):
        if day:
            said.append((node, iri(predicate), date(day)))
    if graph.loaded_from:
        said.append((node, iri(t.LOADED_FROM), text(graph.loaded_from)))
    return quads(said, t.PROVENANCE)


def loader_version() -> str:
    """The version of this program."""
    try:
        return version("mtb-match")
    except PackageNotFoundError:
        return "not installed"


def _stale(names: Normalizer, sources: set[str]) -> Iterator[str]:
    """Patches of the loaded sources that no record needed any more."""
    for patches in names.patches.values():
        for patch in patches:
            if patch.source in sources and patch not in names.applied:
                yield f"{patch.source} {patch.record} {patch.field}"
