"""The store: Oxigraph on disk in the user's cache folder, built once per content digest and opened read-only.

A finished store is a folder named by its digest that appears by one rename, so a half-written one is never seen:
two processes that race both build, and the later one keeps the earlier one's. The cache folder is
`$MTB_MATCH_CACHE`, else `$XDG_CACHE_HOME/mtb-match`, else `~/.cache/mtb-match`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict, cast

import pyoxigraph as ox

from kb import terms as t
from kb.errors import CacheNotWritable, DamagedData, NoStore, NotAStore

if TYPE_CHECKING:
    from kb.remote import RemoteStore

DATA = Path(__file__).with_name("data")
MANIFEST = "manifest.json"
FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
}

_UNREADABLE = (OSError, RuntimeError)  # Oxigraph raises RuntimeError for a store that is corrupt.


class Metadata(NamedTuple):
    """What a store says of itself: the release, its content digest (`sha256:...`) and its date."""

    release: str
    digest: str
    released_on: str


class Manifest(TypedDict):
    """What `manifest.json` says of the shipped data: its digest, its named graph, and each file's SHA-256."""

    release: str
    released_on: str
    graph: str
    digest: str
    files: dict[str, str]


class Part(NamedTuple):
    """One RDF file of a release, and the named graph that a file without graphs of its own goes into."""

    file: Path
    graph: str


def cache_folder() -> Path:
    """The user's cache folder for this program; it may not exist yet."""
    named = os.environ.get("MTB_MATCH_CACHE")
    if named:
        return Path(named)
    shared = os.environ.get("XDG_CACHE_HOME")
    return Path(shared) / "mtb-match" if shared else Path.home() / ".cache" / "mtb-match"


def open_starter(cache: Path | None = None, data: Path = DATA) -> ox.Store:
    """The starter graph, read-only; built into the cache first when this content is not there yet.

    Raises CacheNotWritable when it must be built and the folder cannot be written.
    """
    cache = cache_folder() if cache is None else cache
    manifest = _manifest(data)
    digest = starter_digest(cache, data, manifest)
    folder = cache / "kb" / digest.removeprefix("sha256:")[:32]
    store = _opened(folder, digest)
    if store is not None:
        return store
    parts = [Part(data / name, manifest["graph"]) for name in sorted(manifest["files"])]
    metadata = Metadata(manifest["release"], digest, manifest["released_on"])
    try:
        _build_beside(folder, parts, metadata)
    except OSError as error:
        raise CacheNotWritable(cache, error.strerror or str(error)) from error
    store = _opened(folder, digest)
    if store is None:
        raise NoStore(folder, "the store that was just built cannot be opened")
    return store


def store_folder(named: str | Path | None = None) -> Path:
    """The folder of a named store, or of the starter's in the cache, where `open_starter` has built it."""
    if named is not None:
        return Path(named)
    cache = cache_folder()
    return cache / "kb" / starter_digest(cache, DATA, _manifest(DATA)).removeprefix("sha256:")[:32]


def open_store(folder: Path) -> ox.Store:
    """A store that `build` made, read-only; NoStore when there is none."""
    try:
        store = ox.Store.read_only(str(folder))
        metadata(store, folder)
    except _UNREADABLE as error:
        raise NoStore(folder, _what_is_there(folder, error)) from error
    return store


def _what_is_there(folder: Path, error: Exception) -> str:
    """Why a folder cannot be opened as a store: the engine's own words where it is one."""
    if not folder.exists():
        return "there is no such folder"
    if not folder.is_dir():
        return "it is a file, and a store is a folder"
    if not (folder / "CURRENT").exists():
        return "it is no store" if any(folder.iterdir()) else "the folder is empty"
    return f"the store cannot be opened: {error}"


def metadata(store: ox.Store | RemoteStore, folder: Path = Path("store")) -> Metadata:
    """The release, digest and date that the store carries in its default graph."""
    found = {
        quad.predicate.value: quad.object.value
        for quad in store.quads_for_pattern(ox.NamedNode(t.STORE), None, None, ox.DefaultGraph())
        if isinstance(quad.object, ox.Literal)
    }
    try:
        return Metadata(found[t.OF_RELEASE], found[t.CONTENT_DIGEST], found[t.ISSUED])
    except KeyError as missing:
        raise NoStore(folder, "it does not say which release it holds") from missing


def build(folder: Path, parts: Iterable[Part], about: Metadata) -> None:
    """Load the files into a new store at the folder.

    `about` goes into its default graph, last, as the mark of a whole store.
    """
    store = ox.Store(str(folder))
    for part in parts:
        _load(store, part)
    state(store, about)


def build_from_quads(folder: Path, lines: bytes, about: Metadata, files: Mapping[str, bytes]) -> None:
    """Put a store of these N-Quads, and these files beside its own, at the folder: whole or not at all.

    A store that stands there is moved away at the last moment, and comes back when the new one cannot take its place.
    NotAStore when something else stands there.
    """
    import shutil
    import tempfile

    from kb.nodes import write_nodes

    check_replaceable(folder)
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        store = ox.Store(str(workshop / "new"))
        store.bulk_load(lines, format=ox.RdfFormat.N_QUADS)
        state(store, about)
        del store  # its files are closed before they move
        write_nodes(workshop / "new", about.digest)
        for name, content in files.items():
            (workshop / "new" / name).write_bytes(content)
        put_in_place(workshop / "new", folder, workshop / "old")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def put_in_place(new: Path, folder: Path, old: Path) -> None:
    """Have a store stand at a folder; the one that stood there is moved to `old`, and comes back where that fails."""
    if folder.exists():
        os.replace(folder, old)
    try:
        os.rename(new, folder)
    except OSError:
        if old.exists():
            os.rename(old, folder)
        raise


def check_replaceable(folder: Path) -> None:
    """NotAStore when something else than a store stands at the folder."""
    if folder.exists() and not _is_replaceable(folder):
        raise NotAStore(folder)


def _is_replaceable(folder: Path) -> bool:
    """Whether the folder is empty or holds a store, whole or broken: anything else is never overwritten."""
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / "CURRENT").is_file())


def state(store: ox.Store, about: Metadata, optimized: bool = True) -> None:
    """Put the release, digest and date into the default graph, last, as the mark of a whole store."""
    subject = ox.NamedNode(t.STORE)
    stated = {t.OF_RELEASE: about.release, t.CONTENT_DIGEST: about.digest, t.ISSUED: about.released_on}
    store.extend([ox.Quad(subject, ox.NamedNode(name), ox.Literal(value)) for name, value in stated.items()])
    store.flush()
    if optimized:
        store.optimize()


def content_digest(parts: Iterable[Part]) -> str:
    """The digest of the files' content, whatever the order of their statements: SHA-256 over sorted N-Quads lines."""
    store = ox.Store()
    for part in parts:
        _load(store, part)
    return digest_of(store)


def digest_of(store: ox.Store) -> str:
    """The digest of a store's content: its named graphs but that of provenance, and not its default graph."""
    from kb.rdf import digest

    outside = (ox.DefaultGraph(), ox.NamedNode(t.PROVENANCE))
    return digest(f"{quad} ." for quad in store if quad.graph_name not in outside)


def _load(store: ox.Store, part: Part) -> None:
    form = FORMATS.get(part.file.suffix, ox.RdfFormat.TURTLE)
    graph = None if form in (ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG) else ox.NamedNode(part.graph)
    try:
        store.bulk_load(path=str(part.file), format=form, to_graph=graph)
    except (SyntaxError, FileNotFoundError) as error:
        raise DamagedData(part.file.name, str(error)) from error


def starter_digest(cache: Path, data: Path, manifest: Manifest) -> str:
    """The digest of the shipped content: the manifest's, or its own when a file was changed.

    The files are hashed once; after that their sizes and modification times, remembered in the cache, are enough.
    """
    signature = _signature(data, manifest)
    memory = cache / "kb" / "signatures.json"
    known = _remembered(memory)
    key = str(data.resolve())
    remembered = known.get(key, {})
    if remembered.get("signature") == signature:
        return str(remembered["digest"])
    digest = manifest["digest"] if _unchanged(data, manifest) else _own_digest(data, manifest)
    _remember(memory, {**known, key: {"signature": signature, "digest": digest}})
    return digest


def _own_digest(data: Path, manifest: Manifest) -> str:
    return content_digest(Part(data / name, manifest["graph"]) for name in sorted(manifest["files"]))


def _unchanged(data: Path, manifest: Manifest) -> bool:
    from hashlib import sha256

    wanted = manifest["files"]
    return all(f"sha256:{sha256((data / name).read_bytes()).hexdigest()}" == mark for name, mark in wanted.items())


def _signature(data: Path, manifest: Manifest) -> str:
    marks = []
    for name in sorted([*manifest["files"], MANIFEST]):
        try:
            status = os.stat(data / name)
        except OSError as error:
            raise DamagedData(name, error.strerror or str(error)) from error
        marks.append(f"{name}:{status.st_size}:{status.st_mtime_ns}")
    return " ".join(marks)


def _manifest(data: Path) -> Manifest:
    try:
        return cast(Manifest, json.loads((data / MANIFEST).read_bytes()))
    except (OSError, ValueError) as error:
        raise DamagedData(MANIFEST, str(error)) from error


def _remembered(memory: Path) -> dict[str, dict[str, str]]:
    try:
        return dict(json.loads(memory.read_bytes()))
    except (OSError, ValueError):
        return {}  # Absent or damaged memory only costs hashing the files again.


def _remember(memory: Path, known: Mapping[str, object]) -> None:
    beside = memory.with_name(f"{memory.name}.{os.getpid()}")
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(known, indent=1), encoding="utf-8")
        os.replace(beside, memory)
    except OSError:
        # A cache that cannot be written matters only when the store must be built, and that says so itself.
        return


def _opened(folder: Path, digest: str) -> ox.Store | None:
    """The store when it is whole and of this digest, else None."""
    if not folder.is_dir():
        return None
    try:
        store = ox.Store.read_only(str(folder))
        return store if metadata(store, folder).digest == digest else None
    except (*_UNREADABLE, NoStore):
        return None


def _build_beside(folder: Path, parts: Iterable[Part], about: Metadata) -> None:
    """Build into a temporary sibling and rename it into place; a broken store that stands there is moved away first."""
    import shutil
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        build(workshop / "new", parts, about)
        if folder.exists() and _opened(folder, about.digest) is None:
            os.replace(folder, workshop / "broken")
        try:
            os.rename(workshop / "new", folder)
        except OSError:
            # Another process was faster; its store has the same content.
            if _opened(folder, about.digest) is None:
                raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def counts(store: ox.Store | RemoteStore) -> dict[str, int]:
    """How many items of each class of the ontology the store holds, by the class's name."""
    query = f"SELECT ?c (COUNT(DISTINCT ?s) AS ?n) WHERE {{ ?s <{t.TYPE}> ?c }} GROUP BY ?c ORDER BY ?c"
    found = store.query(query, use_default_graph_as_union=True)
    named = {row[0].value: int(row[1].value) for row in found}  # type: ignore[union-attr]
    return {name.removeprefix(t.ONTOLOGY): number for name, number in named.items() if name.startswith(t.ONTOLOGY)}


def graphs(store: ox.Store | RemoteStore) -> list[dict[str, str]]:
    """What is said of each named graph: source, release, licence, dates, version, digest."""
    shown = {
        t.OF_RELEASE: "release",
        t.FROM_SOURCE: "source",
        t.RIGHTS: "licence",
        t.ISSUED: "issued",
        t.RETRIEVED_ON: "retrieved",
        t.LOADED_ON: "loaded",
        t.LOADER_VERSION: "by version",
        t.CONTENT_DIGEST: "digest",
    }
    query = f"SELECT DISTINCT ?g ?p ?o WHERE {{ GRAPH ?in {{ ?g a <{t.RELEASE}> ; ?p ?o }} }} ORDER BY ?g ?p"
    found: dict[str, dict[str, str]] = {}
    for row in cast(ox.QuerySolutions, store.query(query)):
        graph, predicate, value = (str(term.value) for term in row)
        entry = found.setdefault(graph, {"graph": t.item_id(graph)})
        if predicate in shown:
            entry[shown[predicate]] = value
    return list(found.values())
