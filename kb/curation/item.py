"""One curated item: an evidence item with all that it needs, under an id that is made from what it says.

The statements are the assertion of a nanopublication (https://nanopub.net/guidelines/working_draft/): one evidence
item with its regimen, profile and documents, and where the graph lacks them its biomarkers, therapies and the design
of its study. Who submitted it, and what was decided, stands apart (`kb.curation.acts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from kb import terms as t
from kb.content import plain
from kb.errors import CurationProblem
from kb.evidence import in_words
from kb.rdf import Triple, iri, text

PREFIX = "CURATED:"
"""How the ids of curated items begin."""

NEW = f"{PREFIX}new"
"""The id under which an item is stated before it has its own."""

_NODES = ("evidence", "design")
"""The kinds of nodes that are named by the item's id."""


class Item(NamedTuple):
    """One evidence item and what it needs, as sorted statements (terms in N-Triples form)."""

    id: str
    statements: tuple[Triple, ...]

    @property
    def iri(self) -> str:
        """The IRI of its evidence item."""
        return t.item("evidence", self.id)

    @property
    def digest(self) -> str:
        """SHA-256 over its statements, one a line (`sha256:...`)."""
        lines = "".join(f"{' '.join(triple)} .\n" for triple in self.statements)
        return f"sha256:{sha256(lines.encode()).hexdigest()}"

    def told(self, kind: str = "evidence") -> Mapping[str, tuple[str, ...]]:
        """What is said of its evidence item, or of another node of the item's id (`design`): property to values.

        A value is a literal's text or an IRI.
        """
        node = iri(t.item(kind, self.id))
        found: dict[str, list[str]] = {}
        for subject, predicate, value in self.statements:
            if subject == node:
                found.setdefault(predicate[1:-1], []).append(plain(value))
        return {predicate: tuple(values) for predicate, values in found.items()}

    def one(self, predicate: str) -> str | None:
        """The value of a property of the evidence item that has one value; None where it is not said."""
        values = self.told().get(predicate, ())
        return values[0] if len(values) == 1 else None

    @property
    def regimen(self) -> str:
        """The regimen's id, drugs joined by `+`; empty where none is said."""
        return t.item_id(self.one(t.HAS_REGIMEN) or "")

    @property
    def profile(self) -> str:
        """The expression of the biomarker profile; empty where none is said."""
        return t.item_id(self.one(t.HAS_PROFILE) or "")

    @property
    def tumor_types(self) -> tuple[str, ...]:
        """OncoTree codes, sorted."""
        return tuple(sorted(t.item_id(each) for each in self.told().get(t.HAS_TUMOR_TYPE, ())))

    @property
    def label(self) -> str:
        """What it says, in one line.

        >>> from kb.curation.item import Item
        >>> Item("CURATED:0", ()).label
        ':  to  in '
        """
        return label_of(self.told())


def label_of(told: Mapping[str, Sequence[str]]) -> str:
    """What an evidence item says, in one line, from all that is said of it."""

    def ids(predicate: str) -> str:
        return ", ".join(sorted(t.item_id(each) for each in told.get(predicate, ())))

    direction, significance = (", ".join(told.get(each, ())) for each in (t.DIRECTION, t.SIGNIFICANCE))
    return in_words(ids(t.HAS_PROFILE), ids(t.HAS_REGIMEN), (ids(t.HAS_TUMOR_TYPE),), direction, significance)


def item_of(statements: Iterable[Triple]) -> Item:
    """The item that these statements make; its evidence item and design are stated under the id `CURATED:new`.

    The same statements give the same id, whoever says them and in whatever order.
    """
    stated = sorted(set(statements) - {_named(NEW)})
    content = "".join(f"{' '.join(triple)} .\n" for triple in stated)
    id = f"{PREFIX}{sha256(content.encode()).hexdigest()[:12]}"
    renamed = {iri(t.item(kind, NEW)): iri(t.item(kind, id)) for kind in _NODES}
    own = {tuple(renamed.get(term, term) for term in triple) for triple in stated}
    return Item(id, tuple(sorted((*own, _named(id)))))  # type: ignore[arg-type]


def checked(item: Item) -> Item:
    """The item, if its id is the one that its statements make; CurationProblem for one that was changed since."""
    back = {iri(t.item(kind, item.id)): iri(t.item(kind, NEW)) for kind in _NODES}
    stated = (tuple(back.get(term, term) for term in triple) for triple in item.statements if triple != _named(item.id))
    made = item_of(stated)  # type: ignore[arg-type]
    if made != item:
        raise CurationProblem(
            item.id, "says something else than when it got its id", "submit the change as a new item that supersedes it"
        )
    return item


def is_curated(id: str) -> bool:
    """Whether an id is one of a curated item.

    >>> is_curated("CURATED:0123456789ab"), is_curated("EID12")
    (True, False)
    """
    return re.fullmatch(rf"{PREFIX}[0-9a-f]{{12}}", id) is not None


def _named(id: str) -> Triple:
    return iri(t.item("evidence", id)), iri(t.IDENTIFIER), text(id)
