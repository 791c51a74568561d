"""The text form of a book of curation: one TriG file per item, one whole statement a line, sorted, for git.

Each act and each statement of an item is a set of lines of its own, and what follows from others (the item's state,
the number of an act) is not written. So lines are added and never changed, and the lines of two branches together are
those of the merged book: `merge=union` in `.gitattributes` tells git so.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from kb import terms as t
from kb.curation.acts import SUBMITTED, Act, Book, book
from kb.curation.graph import RETRACTIONS
from kb.curation.item import PREFIX, Item, is_curated
from kb.curation.nanopub import ORCID, PARTS, graph_iri, head
from kb.errors import CurationProblem
from kb.rdf import Triple, iri, sentence, text, typed

FORM = "# mtb-match-curation/1: one statement a line; lines are added, never changed"
"""The first line of every file."""

PREFIXES = (
    *("biomarker", "curation", "dcterms", "design", "evidence", "gene", "mtb", "nanopub", "np", "profile", "prov"),
    *("rdf", "rdfs", "regimen", "skos", "source", "therapy", "tumor", "xsd"),
)
"""The prefixes of every file: the same in all, so that no new item changes them."""

ATTRIBUTES = ".gitattributes"
MERGED_BY_LINE = "*.trig merge=union text eol=lf"
"""What `.gitattributes` says: git keeps the lines of both sides."""

SUFFIX = ".trig"

FIELDS = (
    ("kind", t.CURATION_STATUS),
    ("at", t.ENDED_AT),
    ("reason", t.REASON),
    ("method", t.METHOD),
    ("digest", t.CONTENT_DIGEST),
)
"""The texts of an act, and the properties that tell them; person, item and the other item are told apart."""

_SIGNED = re.compile(r"^@base <([^>]*/RA[A-Za-z0-9_-]{43})> \.$", re.MULTILINE)

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Characters that do not show, or that turn the text after them round."""

Quad = tuple[str, Triple]
"""A graph's name, and a statement in it."""


class Held(NamedTuple):
    """A book, and the signed forms of its submissions by the act's id."""

    book: Book
    signed: Mapping[str, str] = {}


def files(held: Held) -> dict[str, str]:
    """The text of every file by its path in the folder: `items/`, `base/` (items of the graph), `signed/`."""
    links = {act: signed_iri(each) for act, each in held.signed.items()}
    acts: dict[str, list[Act]] = {id: [] for id in held.book.items}
    for act in held.book.acts:
        acts.setdefault(act.item, []).append(act)
    made = {path_of(id): file_text(id, held.book.items.get(id), on, links) for id, on in acts.items()}
    made |= {signed_path(links[act]): each for act, each in held.signed.items()}
    return dict(sorted({ATTRIBUTES: f"{MERGED_BY_LINE}\n", **made}.items()))


def path_of(id: str) -> str:
    """The path of an item's file.

    >>> path_of("CURATED:0123456789ab"), path_of("MOA:12")
    ('items/0123456789ab.trig', 'base/MOA%3A12.trig')
    """
    return f"items/{id.removeprefix(PREFIX)}{SUFFIX}" if is_curated(id) else f"base/{_last(t.item('evidence', id))}"


def signed_path(uri: str) -> str:
    """The path of a signed form, whose name is the code of its trusty URI."""
    return f"signed/{_last(uri)}"


def signed_iri(content: str) -> str:
    """The trusty URI that a signed form gives as its base; CurationProblem for a text that has none."""
    found = _SIGNED.search(content)
    if found is None:
        raise CurationProblem("the signed form", "has no trusty URI", "take it as it was")
    return found[1]


def _last(name: str) -> str:
    return f"{name.rpartition('/')[2]}{SUFFIX}"


def file_text(id: str, item: Item | None, acts: Iterable[Act], links: Mapping[str, str]) -> str:
    """The file of one item (None: an item of the graph) with the acts on it; `links` are of acts to signed forms."""
    known = tuple(acts)
    short = own_names(id)
    lines = sorted(line(name, said, short) for name, said in quads(id, item, known, links))
    base = () if item is None else (f"@base <{graph_iri(id, '')}> .",)
    return "\n".join([FORM, *remarks(id, item, known), *base, *header(), *lines, ""])


def own_names(id: str) -> dict[str, str]:
    """The graphs of an item's file as its lines name them (terms): relative to its base."""
    return {iri(graph_iri(id, part)): f"<{part}>" for part in PARTS} | {iri(RETRACTIONS): "nanopub:retractions"}


def line(graph: str, said: Triple, short: Mapping[str, str]) -> str:
    """A statement in its graph on one line; `short` are names of the file's own.

    What could make a line look like another one stands escaped.
    """
    subject, predicate, value = (short.get(term, term) for term in said)
    name = short.get(iri(graph), iri(graph))
    whole = f"{name} {{ {sentence((subject, predicate, value), PREFIXES)} }}"
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04X}", whole)


def header() -> Iterator[str]:
    """The lines of the prefixes."""
    return (f"@prefix {prefix}: <{t.PREFIXES[prefix]}> ." for prefix in PREFIXES)


def remarks(id: str, item: Item | None, acts: Iterable[Act]) -> Iterator[str]:
    """What a reader is told above the statements: what the item says, and each act in order of time."""
    yield _remark(f"{id} of the graph" if item is None else f"{id} {item.label}")
    for act in acts:
        reason = f": {act.reason}" if act.reason else ""
        yield _remark(f"{act.at} {act.kind} by {act.person.name} ({act.person.orcid}){reason}")


def _remark(told: str) -> str:
    return f"# {' '.join(_HIDDEN.sub(' ', told).split())}"


def quads(id: str, item: Item | None, acts: Iterable[Act], links: Mapping[str, str]) -> Iterator[Quad]:
    """The statements of an item's file: its graphs as a nanopublication, without what follows from others."""
    if item is None:
        yield from ((RETRACTIONS, said) for act in acts for said in _act(act))
        return
    first, *graphs = (graph_iri(id, part) for part in PARTS)
    assertion, provenance, publication = graphs
    node = iri(t.item("nanopub", id))
    yield from ((first, said) for said in head(t.item("nanopub", id), graphs))
    yield from ((assertion, said) for said in item.statements)
    yield from (
        (provenance, (iri(assertion), iri(t.PRIMARY_SOURCE), iri(each))) for each in item.told().get(t.SOURCE, ())
    )
    yield publication, (node, iri(t.IDENTIFIER), text(id))
    yield publication, (node, iri(t.CONTENT_DIGEST), text(item.digest))
    for act in acts:
        if act.kind == SUBMITTED:
            yield provenance, (iri(assertion), iri(t.ATTRIBUTED_TO), iri(ORCID + act.person.orcid))
        if act.id in links:
            yield publication, (iri(t.item("curation", act.id)), iri(t.GENERATED), iri(links[act.id]))
        yield from ((publication, said) for said in _act(act))


def _act(act: Act) -> Iterator[Triple]:
    node = iri(t.item("curation", act.id))
    yield node, iri(t.TYPE), iri(t.CURATION)
    yield node, iri(t.DECIDES_ON), iri(t.item("evidence", act.item))
    yield node, iri(t.CURATOR), text(act.person.name)
    yield node, iri(t.ORCID), text(act.person.orcid)
    for field, predicate in FIELDS:
        value = getattr(act, field)
        if value is not None:
            yield node, iri(predicate), typed(value, "dateTime") if field == "at" else text(value)
    if act.other is not None:
        predicate = t.SUPERSEDES if act.kind == SUBMITTED else t.SUPERSEDED_BY
        yield node, iri(predicate), iri(t.item("evidence", act.other))


def statements_in(content: str) -> tuple[Quad, ...]:
    """The statements of a text in TriG, terms in N-Triples form; SyntaxError for a text that is none."""
    return tuple(
        (getattr(each.graph_name, "value", ""), (str(each.subject), str(each.predicate), str(each.object)))
        for each in ox.parse(content.encode(), format=ox.RdfFormat.TRIG)
    )


# --- the folder ------------------------------------------------------------------------------------------------------


def together(one: Held, other: Held) -> Held:
    """What both hold: the items and acts of either."""
    items = {**one.book.items, **other.book.items}
    return Held(book(items.values(), (*one.book.acts, *other.book.acts)), {**other.signed, **one.signed})


def save(folder: Path, held: Held) -> tuple[Path, ...]:
    """Write the files that are new or changed, and say which; what only the folder has stays in it.

    Each file is there whole or as it was. CurationProblem when the folder cannot be read or written.
    """
    from kb.curation.text_reader import read_folder

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            made = files(together(held, read_folder(folder)))
            made[ATTRIBUTES] = _attributes(folder / ATTRIBUTES)
            return tuple(folder / name for name, content in made.items() if _renewed(folder / name, content))
    except OSError as error:
        raise CurationProblem(
            str(error.filename or folder),
            f"cannot be written ({error.strerror or error})",
            "mend that and export again; every file is whole, as it was or as it shall be",
        ) from error


def _attributes(path: Path) -> str:
    """The attributes of the folder, with ours among them."""
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    if MERGED_BY_LINE in there.splitlines():
        return there
    return f"{there}{'' if not there or there.endswith(chr(10)) else chr(10)}{MERGED_BY_LINE}\n"


def _renewed(path: Path, content: str) -> bool:
    """Whether the file was not so before; it is so now, also after a power cut."""
    wanted = content.encode()
    if path.exists() and path.read_bytes() == wanted:
        return False
    path.parent.mkdir(exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(wanted)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One export into a folder at a time; the next one waits."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
