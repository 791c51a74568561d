"""What changed between two releases, item by item: added, removed, and changed field by field.

Compared are the statements of the content, whichever named graphs they are in, so that neither the order of loading
nor the name of a release makes a difference. Applying the changes to the older content gives the newer one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal, NamedTuple

import pyoxigraph as ox

from kb import terms as t
from kb.content import content_graphs, describes_release, graph_lines, kind_of, plain, triple
from kb.rdf import Triple
from kb.store import Metadata, metadata

SCHEMA = "mtb-match-diff/1"
CHANGES = ("added", "removed", "changed")
OTHER = "other"
_FIRST = (
    *("indication", "evidence", "trial", "design", "coverage", "caution"),
    *("biomarker", "profile", "therapy", "regimen", "membership", "administration", "requirement", "tumor"),
    *("gene", "exon", "condition", "comedication", "measurement"),
)
_LAST = ("statement", "source", OTHER)
# What a board reads first comes first; what is worked out from the rest, or only cited by it, comes last.
KINDS = (*_FIRST, *(kind for kind in t.KINDS if kind not in {*_FIRST, *_LAST, "release"}), *_LAST)
"""Kinds of items in the order of a report; `other` is whatever is no item of the ontology."""

# Worked out from other fields when the data is built; they come after what was stated.
_DERIVED = frozenset({t.SEARCH_KEY, t.DEPTH, t.ANCESTOR, t.IN_CLASS, t.MENTIONS, t.NEGATES})
_NAMED_BY_LABEL = ("statement", "requirement")

Fields = dict[str, list[str]]
"""A property (an IRI) to its values (terms in N-Triples form)."""


class FieldChange(NamedTuple):
    """One property of an item: the values that went, those that came, and how many stayed."""

    predicate: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    kept: int = 0

    @property
    def name(self) -> str:
        """The property in words.

        >>> FieldChange("https://w3id.org/mtb-match/ontology#levelSource", (), ()).name
        'level source'
        """
        return field_name(self.predicate)


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item that came, went or changed; `before` and `after` say what it is in a few words, None where it is not."""

    kind: str
    iri: str
    before: str | None
    after: str | None
    fields: tuple[FieldChange, ...]

    @property
    def change(self) -> Literal["added", "removed", "changed"]:
        """What happened to it."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def id(self) -> str:
        """The item's id; a document's is its address."""
        return t.item_id(self.iri) if self.iri.startswith(t.ITEMS) else self.iri

    @property
    def title(self) -> str:
        """What it is in a few words, as it is now or was last."""
        return self.after or self.before or self.id


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes from one release to another, in the order of a report."""

    old: Metadata
    new: Metadata
    items: tuple[ItemChange, ...]
    names: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Labels of the documents and conditions that the changes name."""
    of_other_kinds: int = 0
    """How many changes were left out because only some kinds were asked for."""

    def __bool__(self) -> bool:
        return bool(self.items)

    def added(self) -> Iterator[Triple]:
        """The statements that only the newer release has."""
        for item in self.items:
            subject = _term(item.iri)
            for each in item.fields:
                yield from ((subject, f"<{each.predicate}>", value) for value in each.added)

    def removed(self) -> Iterator[Triple]:
        """The statements that only the older release has."""
        return self.mirrored().added()

    def applied_to(self, statements: Collection[Triple]) -> set[Triple]:
        """The newer release's statements, from the older one's."""
        return (set(statements) - set(self.removed())) | set(self.added())

    def mirrored(self) -> Diff:
        """The changes back from the newer release to the older one."""
        items = tuple(
            replace(
                item,
                before=item.after,
                after=item.before,
                fields=tuple(FieldChange(p, added, removed, kept) for p, removed, added, kept in item.fields),
            )
            for item in self.items
        )
        return replace(self, old=self.new, new=self.old, items=items)

    def of_kinds(self, kinds: Collection[str]) -> Diff:
        """The changes of items of these kinds alone."""
        items = tuple(item for item in self.items if item.kind in kinds)
        return replace(self, items=items, of_other_kinds=self.of_other_kinds + len(self.items) - len(items))

    def counts(self) -> dict[str, dict[str, int]]:
        """How many items of each kind were added, removed and changed; kinds without a change are left out."""
        found: Counter[tuple[str, str]] = Counter((item.kind, item.change) for item in self.items)
        kinds = {kind for kind, _ in found}
        return {kind: {change: found[kind, change] for change in CHANGES} for kind in KINDS if kind in kinds}

    def changed_fields(self) -> dict[str, dict[str, int]]:
        """In how many changed items of each kind each field changed, the most frequent first."""
        found: dict[str, Counter[str]] = {}
        for item in self.items:
            if item.change == "changed":
                found.setdefault(item.kind, Counter()).update({each.name for each in item.fields})
        return {kind: dict(sorted(n.items(), key=lambda each: (-each[1], each[0]))) for kind, n in found.items()}

    def shown(self, value: str) -> str:
        """A value as a reader knows it: a label or id, never an IRI of this graph.

        >>> empty = Diff(Metadata("a", "", ""), Metadata("b", "", ""), ())
        >>> empty.shown("<https://w3id.org/mtb-match/kb/regimen/dabrafenib%2Btrametinib>")
        'dabrafenib + trametinib'
        """
        return readable(value, self.names)

    def as_json(self, limit: int | None = None) -> dict[str, Any]:
        """All of it, or the first changes with the number of those that are not shown, as JSON values."""
        shown = self.items if limit is None else self.items[:limit]
        return {
            "schema": SCHEMA,
            "old": self.old._asdict(),
            "new": self.new._asdict(),
            "summary": self.counts(),
            "changed_fields": self.changed_fields(),
            "not_shown": len(self.items) - len(shown),
            "of_other_kinds": self.of_other_kinds,
            "changes": [self._item_json(item) for item in shown],
        }

    def _item_json(self, item: ItemChange) -> dict[str, Any]:
        return {
            "change": item.change,
            "kind": item.kind,
            "id": item.id,
            "iri": item.iri,
            "title": item.title,
            "fields": [
                {
                    "field": each.name,
                    "property": each.predicate,
                    "removed": [{"text": self.shown(value), "term": value} for value in each.removed],
                    "added": [{"text": self.shown(value), "term": value} for value in each.added],
                    "kept": each.kept,
                }
                for each in item.fields
            ],
        }


# Comparing


def diff(old: ox.Store, new: ox.Store) -> Diff:
    """What changed from one store to another."""
    before, after = _graphs(old, new)
    removed, added = _by_subject(*_changes(before, after))
    subjects = sorted(removed.keys() | added.keys())
    items = [_item(subject, removed.get(subject, {}), added.get(subject, {}), old, new) for subject in subjects]
    items.sort(key=_report_order)
    return Diff(metadata(old), metadata(new), tuple(items), _names(items, old, new))


def _graphs(*stores: ox.Store) -> list[dict[str, bytes]]:
    """The content of each store as N-Triples, by graph."""
    with ThreadPoolExecutor() as pool:  # Oxigraph writes without Python's lock, so the graphs are read side by side.
        waiting = [
            {graph.value: pool.submit(graph_lines, store, graph) for graph in content_graphs(store)} for store in stores
        ]
        return [{name: lines.result() for name, lines in graphs.items()} for graphs in waiting]


def _changes(old: dict[str, bytes], new: dict[str, bytes]) -> tuple[set[bytes], set[bytes]]:
    """The lines that only the older graphs have, and those that only the newer ones have.

    Graphs that are the same on both sides are never split into lines when nothing else changed; otherwise a statement
    of theirs is in both releases, wherever else it came or went.
    """
    same = [name for name, lines in old.items() if new.get(name) == lines]
    before = _lines(lines for name, lines in old.items() if name not in same)
    after = _lines(lines for name, lines in new.items() if name not in same)
    added = after - before
    before -= after
    for name in same if before or added else ():
        lines = old[name].split(b"\n")
        before.difference_update(lines)
        added.difference_update(lines)
    return before, added


def _lines(graphs: Iterable[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for lines in graphs:
        found.update(lines.split(b"\n"))
    found.discard(b"")
    return found


def _by_subject(*sides: set[bytes]) -> tuple[dict[str, Fields], ...]:
    """The statements of each side by subject (a term) and property; what describes a release is left out."""
    found = []
    for lines in sides:
        subjects: dict[str, Fields] = defaultdict(dict)
        for line in lines:
            subject, predicate, value = triple(line.decode())
            if not describes_release(subject):
                subjects[subject].setdefault(predicate[1:-1], []).append(value)
        found.append(subjects)
    return tuple(found)


def _item(subject: str, removed: Fields, added: Fields, old: ox.Store, new: ox.Store) -> ItemChange:
    """The change of one item, with what it is before and after in a few words."""
    iri = plain(subject)
    kept: Fields = {}
    if not _is_whole(subject, removed, added, old, new):
        for name, values in _fields(new, subject).items():
            came = set(added.get(name, ()))
            kept[name] = [value for value in values if value not in came]
    before, after = _joined(kept, removed), _joined(kept, added)
    kind = _kind(iri, before, after)
    names = sorted(removed.keys() | added.keys(), key=lambda name: (name in _DERIVED, field_name(name), name))
    changes = tuple(
        FieldChange(
            name, tuple(sorted(removed.get(name, ()))), tuple(sorted(added.get(name, ()))), len(kept.get(name, ()))
        )
        for name in names
    )
    return ItemChange(kind, iri, _title_or_none(kind, iri, before), _title_or_none(kind, iri, after), changes)


def _title_or_none(kind: str, iri: str, fields: Fields) -> str | None:
    return title(kind, iri, fields) if fields else None


def _is_whole(subject: str, removed: Fields, added: Fields, old: ox.Store, new: ox.Store) -> bool:
    """Whether the statements that came or went are all that is said of the subject: the usual case, told cheaply."""
    if removed and added:
        return False
    other = old if added else new
    return not any(_content_of(other, subject))


def _content_of(store: ox.Store, subject: str) -> Iterator[ox.Quad]:
    node = ox.BlankNode(subject[2:]) if subject.startswith("_:") else ox.NamedNode(subject[1:-1])
    for quad in store.quads_for_pattern(node, None, None, None):
        graph = quad.graph_name
        if not isinstance(graph, ox.DefaultGraph) and graph.value != t.PROVENANCE:
            yield quad


def _fields(store: ox.Store, subject: str) -> Fields:
    found: Fields = {}
    for quad in _content_of(store, subject):
        values = found.setdefault(quad.predicate.value, [])
        value = str(quad.object)
        if value not in values:
            values.append(value)
    return found


def _joined(kept: Fields, more: Fields) -> Fields:
    joined = {name: [*kept.get(name, ()), *more.get(name, ())] for name in kept.keys() | more.keys()} if kept else more
    return {name: values for name, values in joined.items() if values}


def _kind(iri: str, *sides: Fields) -> str:
    kind = kind_of(iri)
    if kind is None and any(f"<{t.DOCUMENT}>" in fields.get(t.TYPE, ()) for fields in sides):
        return "source"
    return kind or OTHER


def _names(items: Iterable[ItemChange], old: ox.Store, new: ox.Store) -> dict[str, str]:
    """The label of every document and condition that the changes name; the newer one where it changed."""
    named = {
        value
        for item in items
        for each in item.fields
        for value in (*each.removed, *each.added)
        if value.startswith("<") and _needs_label(value[1:-1])
    }
    found = {}
    for value in sorted(named):
        node, label = ox.NamedNode(value[1:-1]), ox.NamedNode(t.LABEL)
        for store in (new, old):
            labels = sorted(quad.object.value for quad in store.quads_for_pattern(node, label, None, None))  # type: ignore[union-attr]
            if labels:
                found[node.value] = labels[0]
                break
    return found


def _needs_label(iri: str) -> bool:
    return kind_of(iri) in _NAMED_BY_LABEL if iri.startswith(t.ITEMS) else not iri.startswith(t.ONTOLOGY)


def _term(iri: str) -> str:
    return iri if iri.startswith("_:") else f"<{iri}>"


def _report_order(item: ItemChange) -> tuple[int, list[tuple[bool, int, str]], str]:
    return KINDS.index(item.kind), natural(item.id), item.iri


def natural(text: str) -> list[tuple[bool, int, str]]:
    """A sort key by which EID9 comes before EID10.

    >>> sorted(["EID10", "EID9"], key=natural)
    ['EID9', 'EID10']
    """
    parts = re.split(r"([0-9]+)", text)
    return [(True, int(part), part) if part.isdecimal() else (False, 0, part) for part in parts]


# Words


@cache
def field_name(property: str) -> str:
    """A property in words: its local name, as single words in lower case.

    >>> field_name("http://purl.org/dc/terms/source"), field_name("https://w3id.org/mtb-match/ontology#nctId")
    ('source', 'nct id')
    """
    local = "ancestor" if property == t.ANCESTOR else re.split(r"[#/]", property)[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", local).lower() or property


def readable(value: str, names: Mapping[str, str]) -> str:
    """A term as a reader knows it: the text of a literal, the id of an item, the label of a document."""
    if not value.startswith("<"):
        return plain(value)
    iri = value[1:-1]
    if iri in names:
        return names[iri]
    if not iri.startswith(t.ITEMS):
        return _curie(iri)
    id = t.item_id(iri)
    return id.replace("+", " + ") if kind_of(iri) == "regimen" else id


def _curie(iri: str) -> str:
    for prefix, namespace in t.PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def title(kind: str, iri: str, fields: Fields) -> str:
    """An item in a few words: its id, and what it is about.

    >>> title("gene", t.item("gene", "EGFR"), {t.LABEL: ['"EGFR"']})
    'EGFR'
    """
    id = t.item_id(iri) if iri.startswith(t.ITEMS) else iri
    about = _about(kind, fields)
    return f"{id} {about}" if about and about.casefold() != id.casefold() else id


def _about(kind: str, fields: Fields) -> str:
    if kind in {"indication", "evidence", "trial"}:
        return _scope(fields, t.HAS_REGIMEN)
    if kind == "coverage":
        return " ".join([*_texts(fields, t.PLAN), _scope(fields, t.OF_DRUG)])
    if kind == "administration":
        return ", ".join(_texts(fields, t.ROUTE))
    if kind == "curation":
        return " by ".join([*_texts(fields, t.CURATION_STATUS), *_texts(fields, t.CURATOR)])
    if kind in {"requirement", "tumor", "statement", "source", "caution", "retracted"}:
        return "; ".join(_texts(fields, t.LABEL))
    return ""


def _scope(fields: Fields, therapies: str) -> str:
    """What an item is about, such as `EGFR:L858R + osimertinib in NSCLC`; long lists are cut with a number."""
    parts = [_some(_texts(fields, t.HAS_PROFILE)), _some(_texts(fields, therapies))]
    where = _some(_texts(fields, t.HAS_TUMOR_TYPE))
    about = " + ".join(part for part in parts if part)
    return f"{about} in {where}" if where else about


def _some(texts: list[str]) -> str:
    return " | ".join(texts[:3]) + (f" | and {len(texts) - 3} more" if len(texts) > 3 else "")


def _texts(fields: Fields, property: str) -> list[str]:
    return sorted(readable(value, {}) for value in fields.get(property, ()))
