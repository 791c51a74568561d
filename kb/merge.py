"""The same statement from several sources is one, with several evidence items; opposed ones are linked as a conflict.

A statement is a profile, a regimen, tumor types, a direction and a significance. Two statements of the same profile,
regimen and tumor types conflict when one speaks for the regimen and the other against it. Both stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from kb import terms as t
from kb.evidence import in_words
from kb.rdf import Triple, iri, text
from kb.statements import Row, cells

_FOR = {("supports", "sensitivity"), ("does not support", "resistance"), ("does not support", "reduced sensitivity")}
_AGAINST = {("does not support", "sensitivity"), ("supports", "resistance"), ("supports", "reduced sensitivity")}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with the ids of the evidence items that make it, sorted."""

    profile: str
    regimen: str
    tumor_types: tuple[str, ...]
    direction: str
    significance: str
    evidence: tuple[str, ...]

    @property
    def id(self) -> str:
        """The same for the same statement, whatever its evidence."""
        key = "\n".join((self.profile, self.regimen, *self.tumor_types, self.direction, self.significance))
        return sha256(key.encode()).hexdigest()[:20]

    @property
    def iri(self) -> str:
        """The IRI of its node."""
        return t.item("statement", self.id)

    @property
    def label(self) -> str:
        """What it says, in one line."""
        return in_words(self.profile, self.regimen, self.tumor_types, self.direction, self.significance)

    @property
    def speaks_for(self) -> bool | None:
        """True when it speaks for the regimen, False against, None when neither (an adverse response)."""
        said = (self.direction, self.significance)
        return True if said in _FOR else False if said in _AGAINST else None


def statements_of(evidence: Iterable[Row]) -> list[Statement]:
    """The distinct statements of evidence rows, sorted by id."""
    items: dict[tuple[str, str, tuple[str, ...], str, str], list[str]] = {}
    for row in evidence:
        tumors = tuple(sorted(cells(row, "tumor_types")))
        key = (row["profile"], row["regimen"], tumors, row["direction"], row["significance"])
        items.setdefault(key, []).append(row["id"])
    found = [Statement(*key, tuple(sorted(ids))) for key, ids in items.items()]
    return sorted(found, key=lambda statement: statement.id)


def conflicts(statements: Iterable[Statement]) -> Iterator[tuple[Statement, Statement]]:
    """Pairs that say opposite things of the same profile, regimen and tumor types: the one for, the one against."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Statement]] = {}
    for statement in statements:
        groups.setdefault((statement.profile, statement.regimen, statement.tumor_types), []).append(statement)
    for group in groups.values():
        for one in group:
            if one.speaks_for:
                yield from ((one, other) for other in group if other.speaks_for is False)


def triples(statements: Iterable[Statement]) -> Iterator[Triple]:
    """The statements as nodes with their evidence and conflicts."""
    known = list(statements)
    for statement in known:
        node = iri(statement.iri)
        yield node, iri(t.TYPE), iri(t.STATEMENT)
        yield node, iri(t.LABEL), text(statement.label)
        for item in statement.evidence:
            yield node, iri(t.HAS_EVIDENCE), iri(t.item("evidence", item))
    for one, other in conflicts(known):
        yield from conflict(one, other)


def conflict(one: Statement, other: Statement) -> Iterator[Triple]:
    """The conflict of two statements, stated of both."""
    yield iri(one.iri), iri(t.CONFLICTS_WITH), iri(other.iri)
    yield iri(other.iri), iri(t.CONFLICTS_WITH), iri(one.iri)


def opposed(statement: Statement) -> tuple[Statement, ...]:
    """What would conflict with a statement, without evidence; empty for one that speaks neither for nor against."""
    if statement.speaks_for is None:
        return ()
    others = sorted(_AGAINST if statement.speaks_for else _FOR)
    return tuple(
        replace(statement, direction=direction, significance=significance, evidence=())
        for direction, significance in others
    )


def shared(statements: Iterable[Statement], source_of: Mapping[str, str]) -> int:
    """How many statements have evidence from more than one source."""
    return sum(len({source_of[item] for item in statement.evidence}) > 1 for statement in statements)
