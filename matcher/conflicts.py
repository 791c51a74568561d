"""Where evidence against a regimen meets what speaks for it: the facts that the rules of conflict need.

What decides is the table in `conflicts.json`; the rules only look it up.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.evidence import Evidence
from kb.indication import Indication
from kb.profile import All, parse
from matcher.biomarker_status import BiomarkerStatus, Status
from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.facts import Case, Item

TABLE = Path(__file__).with_name("conflicts.json")

FIELDS = ("for", "level", "reach", "relation", "against")
"""What a row of the table may ask, in the order of the facts."""

OUTCOMES = ("avoid", "kept")

LOW_RATINGS = (1, 2)
"""CIViC's stars of an item of poor quality ("not well supported" or with a "flawed" design)."""

_LABELS = ("label", "label for absence", "label without biomarker", "label elsewhere", "label for another tumor type")
_EVIDENCE = ("evidence", "evidence for absence", "evidence in another tumor type")
_WEIGHTS = {
    "A": ("validated",),
    "B": ("consistent", "repeated", "clinical", "chemotherapy", "case", "outweighed"),
    "C": ("case", "outweighed"),
    "D": ("preclinical", "outweighed"),
    "E": ("preclinical", "outweighed"),
}
"""What an item against a regimen may count as, by its level; the rules say which."""


class Row(NamedTuple):
    """A row of the table: the values that it fits, by field, what follows, and why."""

    fits: dict[str, frozenset[str]]
    outcome: str
    decided: str


class Cell(NamedTuple):
    """One question to the table."""

    speaks_for: str
    level: str
    reach: str
    relation: str
    against: str


class Table(NamedTuple):
    """The declared table: the values of each field, and the rows in their order."""

    values: dict[str, tuple[str, ...]]
    rows: tuple[Row, ...]

    def decides(self, cell: Cell) -> Row | None:
        """The first row that fits, or None."""
        return next((row for row in self.rows if _fits(row, cell)), None)


class Meeting(NamedTuple):
    """An item against a regimen concerns an option: how much of its regimen, and by which alteration."""

    option: str
    against: str
    reach: str
    relation: str


@cache
def table(path: Path = TABLE) -> Table:
    """The table, checked; UnusableInput names the row that is wrong."""
    written = json.loads(path.read_text(encoding="utf-8"))
    _refuse_unknown(path, "the file", written, {"doc", "table", *FIELDS})
    values = {field: tuple(written[field]) for field in FIELDS}
    rows = tuple(_row(path, number, each, values) for number, each in enumerate(written["table"], start=1))
    found = Table(values, rows)
    used = set()
    for cell in cells(values):
        row = found.decides(cell)
        if row is None:
            raise UnusableInput(path.name, f"no row decides {', '.join(cell)}", "add a row that does")
        used.add(rows.index(row))
    for number in range(len(rows)):
        if number not in used:
            raise UnusableInput(path.name, f"row {number + 1} never decides", "move it up, or remove it")
    return found


def cells(values: dict[str, tuple[str, ...]]) -> Iterator[Cell]:
    """Every question that can be asked: only evidence has a level, and only labels and trials have none."""
    for kind, level, *rest in product(*(values[field] for field in FIELDS)):
        if (kind in _EVIDENCE) == (level != "none"):
            yield Cell(kind, level, *rest)


def _fits(row: Row, cell: Cell) -> bool:
    return all(value in row.fits[field] for field, value in zip(FIELDS, cell, strict=True) if field in row.fits)


def _row(path: Path, number: int, written: dict[str, object], values: dict[str, tuple[str, ...]]) -> Row:
    place = f"row {number}"
    _refuse_unknown(path, place, written, {"outcome", "decided", *FIELDS})
    fits: dict[str, frozenset[str]] = {}
    for field in FIELDS:
        asked = written.get(field)
        if asked is None:
            continue
        if not isinstance(asked, list) or not asked or not set(asked) <= set(values[field]):
            known = ", ".join(values[field])
            raise UnusableInput(path.name, f"{place}: {asked!r} is no list of values of `{field}`", f"use {known}")
        fits[field] = frozenset(asked)
    outcome, decided = written.get("outcome"), written.get("decided")
    if outcome not in OUTCOMES:
        raise UnusableInput(path.name, f"{place}: {outcome!r} is no outcome", f"use {' or '.join(OUTCOMES)}")
    if not isinstance(decided, str) or not decided:
        raise UnusableInput(path.name, f"{place} does not say what decided", "add `decided`")
    return Row(fits, str(outcome), decided)


def _refuse_unknown(path: Path, place: str, written: Collection[str], known: set[str]) -> None:
    for name in written:
        if name not in known:
            raise UnusableInput(path.name, f"{place}: unknown key `{name}`", f"use {', '.join(sorted(known))}")


def is_against(evidence: Evidence) -> bool:
    """Whether an item speaks against a regimen: resistance, reduced sensitivity, or sensitivity that was not found."""
    if evidence.direction == "supports":
        return evidence.significance in {"resistance", "reduced sensitivity"}
    return evidence.significance == "sensitivity"


def is_cytotoxic(parts: Iterable[str], knowledge: KnowledgeBase) -> bool:
    """Whether the parts of a regimen are chemotherapy and nothing else."""
    return all(_is_chemotherapy(part, knowledge) for part in parts)


def _is_chemotherapy(name: str, knowledge: KnowledgeBase) -> bool:
    therapy = knowledge.therapies([name]).get(name)
    if therapy is None:
        return False
    if therapy.components:
        return all(_is_chemotherapy(part, knowledge) or part in CHEMOTHERAPY_AIDS for part in therapy.components)
    return "chemotherapy" in (therapy.id, *therapy.classes)


CHEMOTHERAPY_AIDS = ("leucovorin",)
"""Parts of a scheme that are not cytotoxic themselves and belong to the chemotherapy."""


def conflict_facts(case: Case, cores: Mapping[Regimen, Regimen], knowledge: KnowledgeBase) -> None:
    """What the rules of conflict need: which items against a regimen concern which options, and what the table says."""
    against = [item for item in case.items.values() if isinstance(item.record, Evidence) and is_against(item.record)]
    against = [item for item in against if item.relation not in {"other", "general"}]
    if not against:
        return
    cytotoxic = {core for core in {cores[item.regimen] for item in against} if is_cytotoxic(core, knowledge)}
    for core in sorted(cytotoxic):
        case.state("cytotoxic", core="+".join(core))
    for item in against:
        _item_facts(case, item, knowledge)
    meetings = tuple(_meetings(case, against, cores, cytotoxic, knowledge))
    for meeting in meetings:
        case.state("meets", **meeting._asdict())
    for cell, row in decisions(meetings, case.items):
        fields = dict(zip(("speaks", *FIELDS[1:]), cell, strict=True))
        case.state("decides", **fields, outcome=row.outcome, decided=row.decided)


def _item_facts(case: Case, item: Item, knowledge: KnowledgeBase) -> None:
    evidence = item.record
    assert isinstance(evidence, Evidence)
    assert item.status is not None
    if evidence.rating in LOW_RATINGS:
        case.state("low_rated", evidence=item.id)
    document = next((source.label for source in evidence.sources if source.label.startswith(PUBLISHED)), None)
    if document is not None:
        for gene in sorted(genes_of(item.status, knowledge)):
            case.state("published_in", evidence=item.id, document=document, gene=gene)


PUBLISHED = ("PMID:", "doi:")
"""How the label of a publication begins; what rests on none counts as no publication of its own."""


def _meetings(
    case: Case,
    against: Sequence[Item],
    cores: Mapping[Regimen, Regimen],
    cytotoxic: Collection[Regimen],
    knowledge: KnowledgeBase,
) -> Iterator[Meeting]:
    """Each item against a regimen with each option that has it, or a part or a member of it, and can hold."""
    named = {str(stated.get("name")) for stated in case.facts if stated.predicate == "therapy"}
    classes = {name: therapy.classes for name, therapy in knowledge.therapies(named).items()}
    related: dict[tuple[str, str], str] = {}
    for item in case.items.values():
        if item.relation in {"general", "excluded"} or (item.status and item.status.status is not Status.PRESENT):
            continue
        if isinstance(item.record, Evidence) and not _is_option(item.record):
            continue
        core = cores[item.regimen]
        for other in against:
            reach = reach_of(cores[other.regimen], core, classes, cores[other.regimen] in cytotoxic)
            if reach is None:
                continue
            assert other.status is not None
            key = (item.status.id if item.status else "", other.status.id)
            if key not in related:
                related[key] = relation(item.status, other.status, knowledge)
            yield Meeting(item.id, other.id, reach, related[key])


def _is_option(evidence: Evidence) -> bool:
    return evidence.direction == "supports" and evidence.significance == "sensitivity"


def reach_of(against: Regimen, option: Regimen, classes: Mapping[str, Collection[str]], cytotoxic: bool) -> str | None:
    """How much of an option's regimen an item against a regimen speaks of; None when it is of something else."""
    if against == option:
        return "whole"
    if all(part in option for part in against):
        return "chemotherapy part" if cytotoxic else "part"
    members = {part: {part, *classes.get(part, ())} for part in option}
    if not all(any(name in of for of in members.values()) for name in against):
        return None
    return "class" if all(of.intersection(against) for of in members.values()) else "class part"


def decisions(meetings: Iterable[Meeting], items: Mapping[str, Item]) -> Iterator[tuple[Cell, Row]]:
    """What the table says of everything that these meetings can come to, each once."""
    asked: dict[Cell, None] = {}
    for meeting in meetings:
        against = items[meeting.against].record
        assert isinstance(against, Evidence)
        weights = ("reduced",) if against.significance == "reduced sensitivity" else _WEIGHTS[against.level]
        for kind, level in _standings(items[meeting.option]):
            for weight in weights:
                asked[Cell(kind, level, meeting.reach, meeting.relation, weight)] = None
    for cell in asked:
        row = table().decides(cell)
        assert row is not None
        yield cell, row


def _standings(item: Item) -> Iterator[tuple[str, str]]:
    """As what an option can speak for itself; the rules say as which of these it does."""
    elsewhere = item.relation == "other"
    if isinstance(item.record, Indication):
        selecting = (_LABELS[4],) if elsewhere else (_LABELS[0], _LABELS[1], _LABELS[3])
        yield from ((kind, "none") for kind in (selecting if item.record.profile else (_LABELS[2],)))
    elif isinstance(item.record, Evidence):
        yield from ((kind, item.record.level) for kind in (_EVIDENCE[2:] if elsewhere else _EVIDENCE[:2]))
    else:
        yield "trial", "none"


def relation(of_option: BiomarkerStatus | None, against: BiomarkerStatus, knowledge: KnowledgeBase) -> str:
    """How the alteration that speaks against a regimen stands to the one that an option rests on.

    `same alteration` when what is against it is there by the option's own alterations; else `same gene` or `another
    gene`. For EGFR L858R, T790M is of the same gene, and so is "L858R and T790M"; for "any EGFR mutation" T790M is
    one beside the others.
    """
    if of_option is None:
        return "another gene"
    if of_option.id == against.id:
        return "same alteration"
    mine = set(of_option.alterations)
    apart = [part for part in _conjuncts(against) if part.alterations and _is_apart(set(part.alterations), of_option)]
    if not apart:
        return "same alteration" if mine.intersection(against.alterations) else "another gene"
    shared = genes_of(of_option, knowledge).intersection(*[genes_of(part, knowledge) for part in apart])
    return "same gene" if shared else "another gene"


def _is_apart(alterations: set[Alteration], of_option: BiomarkerStatus) -> bool:
    """Whether these alterations are others than those that an option needs."""
    mine = set(of_option.alterations)
    if len(_conjuncts(of_option)) > 1:
        return not alterations & mine
    return alterations < mine or not alterations & mine


def _conjuncts(status: BiomarkerStatus) -> tuple[BiomarkerStatus, ...]:
    """The parts that must all hold; a profile that is no conjunction is its only part."""
    if " " in status.id and isinstance(parse(status.id), All):
        return tuple(each for part in status.parts for each in _conjuncts(part))
    return (status,)


def genes_of(status: BiomarkerStatus, knowledge: KnowledgeBase) -> frozenset[str]:
    """The genes of the alterations that are present in a profile; a protein level is no alteration of its gene."""
    if status.parts:
        present = (part for part in status.parts if part.status is Status.PRESENT)
        return frozenset[str]().union(*(genes_of(part, knowledge) for part in present))
    if not status.genomic or " " in status.id or status.status is not Status.PRESENT:
        return frozenset()
    return frozenset(knowledge.biomarker(status.id).genes)
