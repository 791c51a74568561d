"""From what a curator writes to curated items: every field checked at once, then the statements of the item.

The same statement gives the same item, whether it came as options, in a table, in a form or as Turtle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kb import statements
from kb import terms as t
from kb.curation.field_table import DESIGN, FIELDS
from kb.curation.fields import (
    SHOWN,
    BadField,
    chosen,
    doubts,
    evidence_row,
    mend,
    patients,
    profile,
    regimens,
    several,
    source,
    trials,
    tumor,
)
from kb.curation.item import NEW, Item, item_of
from kb.errors import CurationProblem, UnreadableSource
from kb.loaders.base import alternatives
from kb.loaders.files import read_table, read_text
from kb.normalizer import NAMED_BY_SOURCE, Normalizer
from kb.profile import mentions, parse
from kb.rdf import Triple, iri
from kb.statements import Row, Tables, cells
from kb.variant_names import SOURCE as DEFINED_BY_NAME

LEVEL_SOURCE = "the curator"
"""Who gave the level of an item whose curator chose it."""

UNUSED = ("id", "curator", "date")
"""Columns of a site's table (docs/own-evidence.md) that an item does not take: it has an id and people of its own."""

UNCITED = (NAMED_BY_SOURCE, DEFINED_BY_NAME)
"""What stands for the source of a term that a normalizer added by its name alone."""

COLUMNS = tuple(FIELDS)
"""The columns of a table for `kb add`."""


class Entry(NamedTuple):
    """A curator's statement in the graph's terms: its evidence rows, one for each alternative regimen, and the design.

    `place` says where it stood (`line 3`; empty for options). `supersedes` is the item that it is meant to replace.
    """

    place: str
    evidence: tuple[Row, ...]
    design: Row | None = None
    supersedes: str | None = None
    reason: str | None = None

    def items(self, names: Normalizer) -> tuple[Item, ...]:
        """The curated items that it makes."""
        return tuple(stated(row, names, self.design) for row in self.evidence)


def read_entry(row: Row, names: Normalizer, place: str = "") -> tuple[Entry | None, tuple[BadField, ...]]:
    """What a row of fields says; None, and all that is wrong with it, where it cannot be taken."""
    wrong = bad_fields(row, names)
    if wrong:
        return None, wrong
    said = evidence_row(row, names)
    if not said["tumor_placement"]:
        said["tumor_as_stated"] = ""  # the code says it all, however it was written
    said |= {"level_source": LEVEL_SOURCE, "verified": row["verified"] or "yes"}
    rows = alternatives(said, NEW, regimens(row["therapy"], names, several(row["new_therapy"])))
    supersedes, reason = row["supersedes"] or None, row["because"] or None
    return Entry(place, tuple(rows), _design(row, said), supersedes, reason), ()


def bad_fields(row: Row, names: Normalizer) -> tuple[BadField, ...]:
    """All that is wrong with a row's fields, one thing each, in the order of the fields."""
    found: list[BadField] = []
    for name in FIELDS:
        try:
            check_field(name, row, names)
        except BadField as error:
            found.append(error)
    return tuple(found)


def check_field(name: str, row: Row, names: Normalizer) -> None:
    """BadField when the value of one field cannot be taken beside those of the others; nothing when it can."""
    field, value = FIELDS[name], row[name]
    if field.needed and not value:
        raise BadField(name, "is empty" + (f": it is one of {', '.join(field.choices)}" if field.choices else ""))
    for each in several(value) if field.several else filter(None, (value,)):
        if field.choices:
            chosen(name, each, field.choices)
    if name in _CHECKS:
        _CHECKS[name](row, names)


def _check_biomarker(of: str) -> Callable[[Row, Normalizer], None]:
    """The check of one of the fields that make the biomarker: it tells what is wrong in that one alone."""

    def check(row: Row, names: Normalizer) -> None:
        known = names.is_gene(row["gene"]) or names.biomarkers_named(row["gene"])
        if row["gene"] and not row["profile"] and not row["alteration"] and "::" not in row["gene"] and known:
            if of == "alteration":
                raise BadField("alteration", "is empty; write Mutation for any oncogenic one")
            return
        try:
            profile(row, names)
        except BadField as error:
            if error.field == of:
                raise

    return check


def _check_tumor(row: Row, names: Normalizer) -> None:
    tumor(row["tumor_type"], names)


def _check_therapy(row: Row, names: Normalizer) -> None:
    regimens(row["therapy"], names, several(row["new_therapy"]))


def _check_source(row: Row, names: Normalizer) -> None:
    for each in several(row["source"]):
        source(each, names)


def _check_trials(row: Row, names: Normalizer) -> None:
    trials(row["nct"])


def _check_patients(row: Row, names: Normalizer) -> None:
    if row["patients"]:
        patients(row["patients"])


def _check_new_therapy(row: Row, names: Normalizer) -> None:
    """A drug that is said to be new is one of the therapy's, and the graph does not have it."""
    given = {" ".join(name.split()).casefold() for name in re.split(r"\s+or\s+|\+", row["therapy"])}
    added = {each["id"] for each in names.additions["therapies"]}
    for name in several(row["new_therapy"]):
        if name.casefold() not in given:
            raise BadField("new_therapy", f"{name!r} is no drug of therapy, {row['therapy']!r}")
        if names.knows_therapy(name) and not added.intersection(names.therapy(name)):
            raise BadField("new_therapy", f"{name!r} is known, as {' + '.join(names.therapy(name))}; leave it out")


def _check_superseded(row: Row, names: Normalizer) -> None:
    id = row["supersedes"]
    if id and not re.fullmatch(r"[A-Za-z0-9:._-]+", id):
        raise BadField("supersedes", f"{id!r} is not the id of an item, such as CURATED:0123456789ab or EID12")


_CHECKS: dict[str, Callable[[Row, Normalizer], None]] = {
    "gene": _check_biomarker("gene"),
    "alteration": _check_biomarker("alteration"),
    "profile": _check_biomarker("profile"),
    "therapy": _check_therapy,
    "tumor_type": _check_tumor,
    "source": _check_source,
    "nct": _check_trials,
    "patients": _check_patients,
    "new_therapy": _check_new_therapy,
    "supersedes": _check_superseded,
}
"""What is checked of a field beyond its choices."""


def _design(row: Row, said: Row) -> Row | None:
    """The design of the study, which was told where the statement was; None where nothing is told of it."""
    if not any(row[field.name] for field in DESIGN):
        return None
    told = {column: row[column] for column in ("phase", "comparator", "stratified", "mcbs")}
    told |= {"kind": row["study"], "size": row["patients"]}
    told |= {column: " | ".join(sorted(several(row[column]))) for column in ("endpoints", "reported")}
    return Row({**told, "sources": said["sources"], "verified": said["verified"]})


# Tables


def file_text(path: Path) -> str:
    """The text of a file of evidence; CurationProblem where it cannot be read as text."""
    try:
        return read_text(path)
    except UnreadableSource as error:
        raise CurationProblem(error.place, error.problem, "name a table, Turtle or TriG file in UTF-8") from error


def read_table_rows(path: Path) -> list[tuple[str, Row]]:
    """The rows of a table, tab-separated or CSV, with their places (`FILE:3`); CurationProblem for a wrong file."""
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    needed = [field.name for field in FIELDS.values() if field.needed]
    file_text(path)
    try:
        table = read_table(path, needed, delimiter, quoted=delimiter == ",")
    except UnreadableSource as error:
        raise CurationProblem(error.place, error.problem, f"the columns are {', '.join(COLUMNS)}") from error
    unknown = sorted({column for _, row in table for column in row} - {*COLUMNS, *UNUSED})
    if unknown:
        problem = f"has a column that is not known: {', '.join(unknown)}"
        raise CurationProblem(f"{path}:1", problem, f"the columns are {', '.join(COLUMNS)}")
    return [(f"{path}:{line}", row) for line, row in table]


def read_entries(
    rows: Iterable[tuple[str, Row]], names: Normalizer, called: Mapping[str, str] | None = None
) -> tuple[Entry, ...]:
    """What rows with their places say; one CurationProblem that lists all that is wrong where anything is.

    After many problems the rows that are left are not looked at, which the problem tells.
    `called` is how the person who writes them knows the fields, where not by their names (`--drug` for `therapy`).
    """
    found: list[Entry] = []
    wrong: list[str] = []
    unseen = ""
    for place, row in rows:
        if len(wrong) >= SHOWN:
            unseen = f"the rows from {place} on were not looked at"
            break
        entry, errors = read_entry(row, names, place)
        for error in errors:
            known = BadField((called or {}).get(error.field, error.field), error.problem, error.nearest)
            wrong.append(f"{place}: {known}" if place else str(known))
        if entry is not None:
            found.append(entry)
    if wrong:
        raise CurationProblem("the evidence", mend(wrong, unseen), "nothing was recorded")
    return tuple(found)


# Items


def stated(evidence: Row, names: Normalizer, design: Row | None = None) -> Item:
    """The item that an evidence row says, in the terms of a normalizer, with the design of its study if one is given.

    The row's id, curator and day are not part of it. Biomarkers and therapies that the normalizer had to add are, with
    all that they are placed under: the item stands by itself on the graph.
    """
    row = Row({**evidence, "id": NEW, "curator": "", "curated_on": ""})
    return item_of(_statements(row, names, design))


def _statements(row: Row, names: Normalizer, design: Row | None) -> Iterator[Triple]:
    tables = Tables({"evidence": (row,), "designs": () if design is None else (Row({**design, "item": NEW}),)})
    yield from statements.evidence(tables)
    yield from statements.designs(tables)
    yield from statements.regimens(tables)
    yield from statements.documents(tables)
    mentioned = _mentioned(row["profile"], names)
    yield from statements.profile_nodes(Tables({"evidence": (row,), "biomarkers": tuple(mentioned.values())}))
    yield from _added_biomarkers(mentioned, names, row["sources"])
    yield from _added_therapies(row["regimen"].split("+"), names, row["sources"])


def _mentioned(expression: str, names: Normalizer) -> dict[str, Row]:
    """Every biomarker of an expression by id, those reached through composites included."""
    found: dict[str, Row] = {}
    waiting = [expression]
    while waiting:
        for id in mentions(parse(waiting.pop())):
            if id not in found:
                found[id] = names.biomarkers[id]
                waiting += [found[id]["members"]] if found[id]["members"] else []
    return found


def new_biomarkers(evidence: Row, names: Normalizer) -> tuple[str, ...]:
    """The ids of the biomarkers of a row that the graph did not have, sorted."""
    added = {row["id"] for row in names.additions["biomarkers"]}
    return tuple(sorted(added.intersection(_mentioned(evidence["profile"], names))))


def slips(evidence: Row, names: Normalizer) -> tuple[str, ...]:
    """What speaks for a slip of the pen in a row: its new biomarkers, each with the known ones closest to it."""
    return tuple(doubt for id in new_biomarkers(evidence, names) for doubt in doubts(id, names))


def _cited(row: Row, sources: str) -> Row:
    """An added row with the documents of the evidence that brought it, where it names none of its own."""
    return Row({**row, "sources": sources}) if row["sources"] in UNCITED else row


def _added_biomarkers(mentioned: Iterable[str], names: Normalizer, sources: str) -> Iterator[Triple]:
    """The biomarkers that the graph did not have before, with those that they are placed under."""
    added = {row["id"]: row for row in names.additions["biomarkers"]}
    found: dict[str, Row] = {}
    waiting = list(mentioned)
    while waiting:
        id = waiting.pop()
        if id in added and id not in found:
            found[id] = added[id]
            waiting += [*cells(added[id], "broader"), *cells(added[id], "phase_with")]
    tables = Tables({"biomarkers": tuple(_cited(found[id], sources) for id in sorted(found))})
    yield from statements.biomarkers(tables)
    yield from statements.documents(tables)


def _added_therapies(regimen: Iterable[str], names: Normalizer, sources: str) -> Iterator[Triple]:
    """The therapies that the graph did not have before, with their classes and the parts of schemes."""
    added = {row["id"]: row for row in names.additions["therapies"]}
    members = [row for row in names.additions["memberships"] if row["therapy"] in added]
    found: set[str] = set()
    waiting = list(regimen)
    while waiting:
        id = waiting.pop()
        if id in added and id not in found:
            found.add(id)
            waiting += [*cells(added[id], "broader"), *cells(added[id], "components")]
            waiting += [row["class"] for row in members if row["therapy"] == id]
    if not found:
        return
    own = tuple(row for row in members if row["therapy"] in found)
    above = tuple(Row({"therapy": id, "class": name}) for id, name in sorted(_known_classes(found, own, added, names)))
    rows = tuple(_cited(added[id], sources) for id in sorted(found))
    nodes = {iri(t.item("therapy", id)) for id in found}
    nodes |= {iri(t.item("membership", f"{row['therapy']} in {row['class']}")) for row in own}
    for triple in statements.therapies(Tables({"therapies": rows, "memberships": (*own, *above)})):
        if triple[0] in nodes:
            yield triple
    yield from statements.documents(Tables({"therapies": rows}))


def _known_classes(
    found: Iterable[str], members: Iterable[Row], added: Mapping[str, Row], names: Normalizer
) -> frozenset[tuple[str, str]]:
    """What the graph has above the classes of added therapies: each therapy with each of its classes."""
    classes = {row["class"] for row in members} | {name for id in found for name in cells(added[id], "broader")}
    return names.classes_of(classes)
