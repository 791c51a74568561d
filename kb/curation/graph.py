"""The graph in which curated items count: a base store, with the items of a day in it, made once and kept in the cache.

Retracted items of the base leave it; the acts that say so stay in the graph of the site's retractions.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from kb import store
from kb import terms as t
from kb.content import kind_of, plain
from kb.curation.acts import Act, Book
from kb.curation.item import Item, label_of
from kb.curation.nanopub import act_triples, named_graphs
from kb.errors import CacheNotWritable, CurationProblem, NoStore
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.nodes import FILE, renew_nodes
from kb.rdf import Triple, digest, iri, quads, text

DERIVED = t.item("nanopub", "derived")
"""The graph of what follows from curated items: statements with their evidence, and conflicts."""

RETRACTIONS = t.item("nanopub", "retractions")
"""The graph of the acts that retracted items of the base."""

VERSION = "curated/5"

_NAMED = ("biomarker", "therapy", "tumor", "gene")
"""Kinds of items without which a curated item cannot be read."""

KEPT = 24
"""So many stores with curated items stay in the cache, the last used ones."""

MANY = 5000
"""So many statements are written at once sooner than in a transaction; nobody else has the store yet."""

STILL_READ = 3600.0
"""Seconds after which nobody reads a store any more that was opened."""


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
        found += quads((each for id, acts in self.retracted for each in _retraction(id, acts)), RETRACTIONS)
        return tuple(sorted(found))

    @property
    def digest(self) -> str:
        """SHA-256 over the lines (`sha256:...`)."""
        return digest(self.lines)


Told = tuple[Counted, tuple[str, ...]]
"""What counts, and its lines, which take their time for thousands of items."""


def counted(known: Book, day: str | None = None, submitted: bool = False) -> Counted:
    """What counts at the end of a day (ISO), or now: accepted items, and submitted ones where asked for."""
    acts = known.histories(day)
    return Counted(
        tuple((item, acts[item.id]) for item in known.counting(day, submitted)),
        tuple((id, acts[id]) for id in known.retracted(day)),
    )


def open_with(base: str | Path | None, what: Counted) -> KnowledgeBase:
    """The knowledge base of a base store (a folder; None: the starter's) in which these items count.

    CurationProblem for a base that they cannot be added to (`base_of`); CacheNotWritable where the cache cannot take
    the store.
    """
    known = base_of(base)
    folder = folder_of(base, known, what)
    return known if folder is None else open_knowledge_base(folder)


def base_of(base: str | Path | None) -> KnowledgeBase:
    """The knowledge base of a base store, to which curated items can be added.

    CurationProblem for an endpoint, and for a store that was built with curated items in it.
    """
    leave_out = "or answer without the journal: --curation none"
    if base is not None and "://" in str(base):
        raise CurationProblem(
            str(base), "is an endpoint, to which curated items cannot be added", f"name a store folder, {leave_out}"
        )
    known = open_knowledge_base(base)
    if known.standing is not None:
        raise CurationProblem(
            str(base), "was built with curated items in it", f"name the store without them, {leave_out}"
        )
    return known


def folder_of(base: str | Path | None, known: KnowledgeBase, what: Counted) -> Path | None:
    """The folder of the store in which these items count, made where it is not there yet; None where nothing counts.

    Items that name what the base lacks (`lacking`) do not count in it.
    """
    what = fitting(known.store, what)
    if not what.items and not what.retracted:
        return None
    lines = what.lines
    content = digest(lines)
    name = sha256(f"{VERSION}\n{known.digest}\n{content}".encode()).hexdigest()
    folder = store.cache_folder() / "curated" / name[:32]
    if not is_whole(folder):
        about = store.Metadata(
            f"{known.release} + curated-{content[7:19]}",
            f"sha256:{name}",
            known.released_on,  # labels without a date count from this day on: curated items do not move it
        )
        try:
            _make(folder, store.store_folder(base), (what, lines), about)
        except OSError as error:
            raise CacheNotWritable(folder.parent, error.strerror or str(error)) from error
    used_now(folder)
    return folder


def fitting(opened: Any, what: Counted) -> Counted:
    """What counts without the items that name what the store lacks."""
    lacks = lacking(opened, what)
    return what._replace(items=tuple(each for each in what.items if each[0].id not in lacks)) if lacks else what


def lacking(opened: Any, what: Counted) -> dict[str, tuple[str, ...]]:
    """What items name that neither the base nor an item has (biomarkers, therapies, tumor types, genes), by item.

    An item that was curated on a fuller graph is in nobody's way on a leaner one. `opened` is an Oxigraph store, or
    anything else with its `quads_for_pattern`.
    """

    def has(node: str) -> bool:
        return any(True for _ in opened.quads_for_pattern(ox.NamedNode(node), ox.NamedNode(t.TYPE), None, None))

    own = {node for item, _ in what.items for node, predicate, _ in item.statements if predicate == iri(t.TYPE)}
    found: dict[str, tuple[str, ...]] = {}
    for item, _ in what.items:
        named = {value for _, _, value in item.statements if kind_of(plain(value)) in _NAMED} - own
        lacks = sorted(each for each in map(plain, named) if not has(each))
        if lacks:
            found[item.id] = tuple(f"{kind_of(each)} {t.item_id(each)}" for each in lacks)
    return found


def is_whole(folder: Path) -> bool:
    """Whether a folder holds a whole store."""
    try:
        store.open_store(folder)
    except NoStore:
        return False
    return True


def _make(folder: Path, base: Path, what: Told, about: store.Metadata) -> None:
    """Copy the base, change the copy, and put it in place by one rename."""
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    _make_room(folder.parent)
    workshop = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        new = workshop / "new"
        shutil.copytree(base, new, ignore=shutil.ignore_patterns("LOCK"), copy_function=_shared_or_copied)
        changed = _change(new, what, about)
        if (new / FILE).exists():
            renew_nodes(new, about.digest, changed)
        if folder.exists() and not is_whole(folder):
            os.replace(folder, workshop / "broken")
        try:
            os.rename(new, folder)
        except OSError:
            if not is_whole(folder):  # another process was faster, with the same content
                raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _shared_or_copied(source: str, target: str) -> str:
    """Share a table file of Oxigraph's store, which is never written again, and copy any other file."""
    if source.endswith(".sst"):
        try:
            os.link(source, target)
            return target
        except OSError:  # another disk, or one without hard links
            pass
    return shutil.copy2(source, target)


def _make_room(folder: Path) -> None:
    """Remove the stores that were not used for longest, beyond KEPT; each can be made again."""
    used = sorted(((each.stat().st_mtime, each) for each in folder.iterdir() if each.is_dir()), reverse=True)
    for at, each in used[KEPT:]:
        if time.time() - at > STILL_READ:
            shutil.rmtree(each, ignore_errors=True)


def used_now(folder: Path) -> None:
    """Remember that a store was used now."""
    with suppress(OSError):
        os.utime(folder)


def _change(folder: Path, told: Told, about: store.Metadata) -> list[Any]:
    """Take retracted items out, put the counting ones in, and say what the store is now; the quads that changed."""
    opened = ox.Store(str(folder))
    made = changes(opened, *told)
    for quad in made.gone:
        opened.remove(quad)
    if len(made.added) < MANY:
        opened.extend(made.added)
    else:
        opened.bulk_extend(made.added)
    before = list(opened.quads_for_pattern(ox.NamedNode(t.STORE), None, None, ox.DefaultGraph()))
    for quad in before:
        opened.remove(quad)
    store.state(opened, about, optimized=False)  # that would write every file anew that is shared with the base
    after = opened.quads_for_pattern(ox.NamedNode(t.STORE), None, None, ox.DefaultGraph())
    return [*made.gone, *made.added, *before, *after]


def _retracted_nodes(opened: ox.Store, what: Counted) -> Iterator[Triple]:
    """What the retracted items said, in one line each; an item that this base does not have says nothing."""
    for id, _ in what.retracted:
        told: dict[str, list[str]] = {}
        quads_of: Iterable[Any] = opened.quads_for_pattern(ox.NamedNode(t.item("evidence", id)), None, None, None)
        for quad in quads_of:
            told.setdefault(quad.predicate.value, []).append(quad.object.value)
        if told:
            yield iri(t.item("retracted", id)), iri(t.LABEL), text(label_of(told))


def _quads_of(opened: ox.Store, id: str) -> list[Any]:
    """All that the store says of an evidence item, its design included, and the statements that rest on it alone."""
    return list(dict.fromkeys(_said_of(opened, id)))


def _said_of(opened: ox.Store, id: str) -> Iterator[Any]:
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
    from kb import merge  # a store that is there already is not made again
    from kb.statements import Row

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


def _retraction(id: str, acts: Iterable[Act]) -> Iterator[Triple]:
    """That an item of the base is retracted, and the acts that say so."""
    node = iri(t.item("retracted", id))
    yield node, iri(t.TYPE), iri(t.RETRACTED_ITEM)
    yield node, iri(t.IDENTIFIER), text(id)
    for number, act in enumerate(acts, start=1):
        yield from act_triples(act, number)


class Changes(NamedTuple):
    """The statements (quads) that leave a base when items count in it, and those that come."""

    gone: frozenset[Any] = frozenset()
    added: frozenset[Any] = frozenset()


def changes(opened: Any, what: Counted, stated: Iterable[str] | None = None) -> Changes:
    """What `open_with` would change in this store to let these items count; the store stays as it is.

    `opened` is an Oxigraph store, or anything else with its `quads_for_pattern`; `stated` are the lines of what counts
    where they are known already.
    """
    what = fitting(opened, what)
    gone: dict[Any, None] = {}
    for id, _ in what.retracted:
        gone.update(dict.fromkeys(_quads_of(_Without(opened, gone), id)))  # type: ignore[arg-type]
    lines = [*(what.lines if stated is None else stated), *quads(_retracted_nodes(opened, what), RETRACTIONS)]
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
