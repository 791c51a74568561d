"""The knowledge base in which the items of a journal count; what a journal was read to say is remembered in the cache.

A journal's last entry tells all before it (each has the hash of the one before), so that a journal of thousands of
items is read once and costs an answer nothing after that.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

from kb import store
from kb.curation.graph import VERSION, base_of, counted, folder_of, is_whole, lacking, used_now
from kb.curation.journal import Journal, booked
from kb.curation.standing import Standing, read_standing, standing_of
from kb.errors import CurationProblem
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.store import Metadata


def open_at(
    base: str | Path | None, journal: Journal, day: str | None = None, submitted: bool = False
) -> KnowledgeBase:
    """The knowledge base of a base store in which a journal's items count as they stood at the end of a day, or now.

    `base` is a folder, None for the starter's. `standing` of the knowledge base says which items count. CurationProblem
    for a journal that is not there or was changed after it was written, and as `open_with`.
    """
    head, known = head_of(journal), base_of(base)
    note = _note(known, head, day, submitted)
    remembered = _remembered(note)
    if remembered is None:
        remembered = _read(base, known, journal, day, submitted)
        _remember(_note(known, remembered[0].head or head, day, submitted), *remembered)
    found, folder = remembered
    opened = known if folder is None else open_knowledge_base(folder)
    opened.standing = found
    return opened


def head_of(journal: Journal) -> str:
    """The journal's last entry; CurationProblem for a journal that is not there."""
    head = journal.head()
    if head is None:
        raise CurationProblem(
            str(journal.path),
            "is no journal of curation: nothing was recorded there",
            "name the one that `kb add` made, or --curation none to answer without one",
        )
    return head


def built_with(base: Path, out: Path, journal: Journal, day: str | None = None, submitted: bool = False) -> Metadata:
    """Put a copy of a base store in which a journal's items count at the folder `out`, whole or not at all.

    What that store is comes back: a release to hand on, which says itself which items count in it. InvalidRelease when
    the shapes find something wrong; NotAStore when something else stands at the folder.
    """
    import shutil
    import tempfile

    from kb.errors import InvalidRelease
    from kb.shapes_sparql import validate_store

    store.check_replaceable(out)
    head_of(journal)
    folder = _read(base, base_of(base), journal, day, submitted)[1] or base
    violations = validate_store(store.open_store(folder))
    if violations:
        raise InvalidRelease([str(each) for each in violations])
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".building-", dir=out.parent))
    try:
        shutil.copytree(folder, workshop / "new", ignore=shutil.ignore_patterns("LOCK"))
        store.put_in_place(workshop / "new", out, workshop / "old")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return store.metadata(store.open_store(out), out)


def _read(
    base: str | Path | None, known: KnowledgeBase, journal: Journal, day: str | None, submitted: bool
) -> tuple[Standing, Path | None]:
    """What the journal says, and the store in which it counts."""
    entries = journal.entries()  # each is tested for its place in the chain
    read = booked(entries)
    found = standing_of(read, f"{entries[-1].number}:{entries[-1].hash}", day, submitted)
    what = counted(read, day, submitted)
    return found.without(lacking(known.store, what)), folder_of(base, known, what)


def _note(known: KnowledgeBase, head: str, day: str | None, submitted: bool) -> Path:
    """The file in which it is remembered what a journal with this last entry says."""
    asked = f"{VERSION}\n{known.digest}\n{head}\n{day}\n{submitted}"
    return store.cache_folder() / "curated" / f"{sha256(asked.encode()).hexdigest()[:32]}.json"


def _remembered(note: Path) -> tuple[Standing, Path | None] | None:
    """What was remembered; None where nothing was, or its store is gone."""
    try:
        told = json.loads(note.read_bytes())
        found, folder = read_standing(told["standing"]), told["store"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if folder is None:
        return found, None
    place = note.parent / str(folder)
    if not is_whole(place):
        return None
    used_now(place)
    return found, place


def _remember(note: Path, found: Standing, folder: Path | None) -> None:
    beside = note.with_name(f".{note.name}.{os.getpid()}")
    told = {"standing": found.written, "store": None if folder is None else folder.name}
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(told), encoding="utf-8")
        os.replace(beside, note)
    except OSError:
        return  # the journal is read again next time
