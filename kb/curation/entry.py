"""From an evidence row to a curated item: the statements of the item and of what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from kb import statements
from kb.curation.item import NEW, Item, item_of
from kb.normalizer import Normalizer
from kb.rdf import Triple
from kb.statements import Row, Tables


def stated(evidence: Row, names: Normalizer, design: Row | None = None) -> Item:
    """The item that an evidence row says, in the terms of a normalizer, with the design of its study if one is given.

    The row's id, curator and day are not part of it. Biomarkers and therapies that the normalizer had to add are.
    """
    row = Row({**evidence, "id": NEW, "curator": "", "curated_on": ""})
    return item_of(_statements(row, names, design))


def _statements(row: Row, names: Normalizer, design: Row | None) -> Iterator[Triple]:
    tables = Tables({"evidence": (row,), "designs": () if design is None else (Row({**design, "item": NEW}),)})
    yield from statements.evidence(tables)
    yield from statements.designs(tables)
    yield from statements.regimens(tables)
    yield from statements.documents(tables)
    known = Tables({"evidence": (row,), "biomarkers": tuple(names.biomarkers.values())})
    yield from statements.profile_nodes(known)
    yield from _added(row, names)


def _added(row: Row, names: Normalizer) -> Iterator[Triple]:
    """The biomarkers and therapies that the row mentions and that the graph did not have before."""
    members = {id: each["members"] for id, each in names.biomarkers.items()}
    mentioned = statements.mentioned(row["profile"], members)
    biomarkers = tuple(each for each in names.additions["biomarkers"] if each["id"] in mentioned)
    drugs = set(row["regimen"].split("+"))
    therapies = tuple(each for each in names.additions["therapies"] if each["id"] in drugs)
    added = Tables({"biomarkers": biomarkers, "therapies": therapies})
    yield from statements.biomarkers(added)
    yield from statements.therapies(added)
    yield from statements.documents(added)
