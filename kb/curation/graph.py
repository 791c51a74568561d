"""The graph in which curated items count: a base store, with the items of a day in it, made once and kept in the cache.

Retracted items of the base leave it; the acts that say so stay in the graph of the site's retractions.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from kb import merge, store
from kb import terms as t
from kb.curation.acts import Act, Book
from kb.curation.item import Item
from kb.curation.nanopub import act_triples, named_graphs
from kb.errors import CacheNotWritable, CurationProblem, NoStore
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.nodes import FILE, renew_nodes
from kb.rdf import Triple, quads
from kb.statements import Row

DERIVED = t.item("nanopub", "derived")
"""The graph of what follows from curated items: statements with their evidence, and conflicts."""

RETRACTIONS = t.item("nanopub", "retractions")
"""The graph of the acts that retracted items of the base."""

VERSION = "curated/1"


class Counted(NamedTuple):
    """What of a book counts: the items with the acts on each, and the base's items that are retracted with theirs."""

    items: tuple[tuple[Item, tuple[Act, ...]], ...]
    retracted: tuple[tuple[str, tuple[Act, ...]], ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The N-Quads of the items' graphs and of the retractions, sorted."""
        found = [
            line for item, acts in self.items for name, said in named_graphs(item, acts) for line in quads(said, name)
        ]
        found += quads((each for _, acts in self.retracted for each in _acts(acts)), RETRACTIONS)
        return tuple(sorted(found))

    @property
    def digest(self) -> str:
        """SHA-256 over the lines (`sha256:...`)."""
        from kb.rdf import digest

        return digest(self.lines)


def counted(known: Book, day: str | None = None, submitted: bool = False) -> Counted:
    """What counts at the end of a day (ISO), or now: accepted items, and submitted ones where asked for."""
    return Counted(
        tuple((item, known.history(item.id, day)) for item in known.counting(day, submitted)),
        tuple((id, known.history(id, day)) for id in known.retracted(day)),
    )


def open_with(base: str | Path | None, what: Counted) -> KnowledgeBase:
    """The knowledge base of a base store (a folder; None: the starter's) in which these items count.

    CurationProblem for an endpoint, which cannot be added to; CacheNotWritable where the cache cannot take the store.
    """
    if base is not None and "://" in str(base):
        raise CurationProblem(
            str(base), "is an endpoint, to which curated items cannot be added", "name a store folder"
        )
    known = open_knowledge_base(base)
    if not what.items and not what.retracted:
        return known
    name = sha256(f"{VERSION}\n{known.digest}\n{what.digest}".encode()).hexdigest()
    folder = store.cache_folder() / "curated" / name[:32]
    if not _is_whole(folder):
        about = store.Metadata(
            f"{known.release} + curated-{what.digest[7:19]}",
            f"sha256:{name}",
            known.released_on,  # labels without a date count from this day on: curated items do not move it
        )
        try:
            _make(folder, store.store_folder(base), what, about)
        except OSError as error:
            raise CacheNotWritable(folder.parent, error.strerror or str(error)) from error
    return open_knowledge_base(folder)


def _is_whole(folder: Path) -> bool:
    try:
        store.open_store(folder)
    except NoStore:
        return False
    return True


def _make(folder: Path, base: Path, what: Counted, about: store.Metadata) -> None:
    """Copy the base, change the copy, and put it in place by one rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        new = workshop / "new"
        shutil.copytree(base, new, ignore=shutil.ignore_patterns("LOCK"))
        changed = _change(new, what, about)
        if (new / FILE).exists():
            renew_nodes(new, about.digest, changed)
        if folder.exists() and not _is_whole(folder):
            os.replace(folder, workshop / "broken")
        try:
            os.rename(new, folder)
        except OSError:
            if not _is_whole(folder):  # another process was faster, with the same content
                raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _change(folder: Path, what: Counted, about: store.Metadata) -> list[Any]:
    """Take retracted items out, put the counting ones in, and say what the store is now; the quads that changed."""
    opened = ox.Store(str(folder))
    gone = [quad for id, _ in what.retracted for quad in _quads_of(opened, id)]
    for quad in gone:
        opened.remove(quad)
    lines = [*what.lines, *quads(_derived(opened, [item for item, _ in what.items]), DERIVED)]
    added = list(ox.parse("\n".join(lines).encode(), format=ox.RdfFormat.N_QUADS))
    opened.extend(added)
    before = list(opened.quads_for_pattern(ox.NamedNode(t.STORE), None, None, ox.DefaultGraph()))
    for quad in before:
        opened.remove(quad)
    store.state(opened, about)
    after = opened.quads_for_pattern(ox.NamedNode(t.STORE), None, None, ox.DefaultGraph())
    return [*gone, *added, *before, *after]


def _quads_of(opened: ox.Store, id: str) -> Iterator[Any]:
    """All that the store says of an evidence item, its design included, and the statements that rest on it alone."""
    node = ox.NamedNode(t.item("evidence", id))
    yield from opened.quads_for_pattern(node, None, None, None)
    for link in opened.quads_for_pattern(None, ox.NamedNode(t.DESIGN_OF), node, None):
        yield from opened.quads_for_pattern(link.subject, None, None, None)
    has = ox.NamedNode(t.HAS_EVIDENCE)
    for link in opened.quads_for_pattern(None, has, node, None):
        if len(list(opened.quads_for_pattern(link.subject, has, None, None))) == 1:
            yield from opened.quads_for_pattern(link.subject, None, None, None)
            yield from opened.quads_for_pattern(None, None, link.subject, None)
        else:
            yield link


def _derived(opened: ox.Store, items: Iterable[Item]) -> Iterator[Triple]:
    """The merged statements of the items, and their conflicts with each other and with those of the base."""
    rows = [
        Row(
            id=item.id,
            profile=item.profile,
            regimen=item.regimen,
            tumor_types=" | ".join(item.tumor_types),
            direction=item.one(t.DIRECTION) or "",
            significance=item.one(t.SIGNIFICANCE) or "",
        )
        for item in items
    ]
    made = merge.statements_of(rows)
    yield from merge.triples(made)
    for one in made:
        for other in merge.opposed(one):
            if next(opened.quads_for_pattern(ox.NamedNode(other.iri), None, None, None), None) is not None:
                yield from merge.conflict(one, other)


def _acts(acts: Iterable[Act]) -> Iterator[Triple]:
    for number, act in enumerate(acts, start=1):
        yield from act_triples(act, number)


class Changes(NamedTuple):
    """The statements (quads) that leave a base when items count in it, and those that come."""

    gone: frozenset[Any] = frozenset()
    added: frozenset[Any] = frozenset()


def changes(opened: Any, what: Counted) -> Changes:
    """What `open_with` would change in this store to let these items count; the store stays as it is.

    `opened` is an Oxigraph store, or anything else with its `quads_for_pattern`.
    """
    gone: dict[Any, None] = {}
    for id, _ in what.retracted:
        gone.update(dict.fromkeys(_quads_of(_Without(opened, gone), id)))  # type: ignore[arg-type]
    lines = [*what.lines]
    lines += quads(_derived(_Without(opened, gone), [item for item, _ in what.items]), DERIVED)  # type: ignore[arg-type]
    added = ox.parse("\n".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    return Changes(frozenset(gone), frozenset(added))


class _Without(NamedTuple):
    """A store as it would be without some statements."""

    opened: Any
    gone: dict[Any, None]

    def quads_for_pattern(self, *pattern: Any) -> Iterator[Any]:
        """As of a store."""
        return (quad for quad in self.opened.quads_for_pattern(*pattern) if quad not in self.gone)
