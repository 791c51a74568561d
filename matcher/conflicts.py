"""Where evidence against a regimen meets what speaks for it: the facts that the rules of conflict need.

What decides is the table in `conflicts.json`; the rules only look it up.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
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
    from matcher.roles import Roles
    from matcher.scope import Record
    from matcher.stated import Stated

TABLE = Path(__file__).with_name("conflicts.json")

FIELDS = ("for", "level", "reach", "relation", "against")
"""What a row of the table may ask, in the order of the facts."""

OUTCOMES = ("avoid", "kept")

LOW_RATINGS = (1, 2)
"""CIViC's stars of an item of poor quality ("not well supported" or with a "flawed" design)."""

_EVIDENCE = ("evidence", "evidence for absence", "evidence in another tumor type")
OUTWEIGHED = "outweighed"
_WEIGHTS = {
    "A": ("validated",),
    "B": ("consistent", "repeated", "clinical", OUTWEIGHED),
    "C": ("case", OUTWEIGHED),
    "D": ("preclinical", OUTWEIGHED),
    "E": ("preclinical", OUTWEIGHED),
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
    """The declared table: the values of each field, its rows in their order, and which of them decides what."""

    values: dict[str, tuple[str, ...]]
    rows: tuple[Row, ...]
    decided: dict[tuple[str, ...], Row]

    def decides(self, cell: Cell) -> Row | None:
        """The first row that fits, or None."""
        return self.decided.get(cell)


class Meeting(NamedTuple):
    """An item against a regimen concerns an option: how much of its regimen, and by which alteration."""

    option: Item
    against: Item
    reach: str
    relation: str


@cache
def table(path: Path = TABLE) -> Table:
    """The table, checked; UnusableInput names the row that is wrong."""
    written = json.loads(path.read_text(encoding="utf-8"))
    _refuse_unknown(path, "the file", written, {"doc", "table", *FIELDS})
    values = {field: tuple(written[field]) for field in FIELDS}
    rows = tuple(_row(path, number, each, values) for number, each in enumerate(written["table"], start=1))
    questions = set(cells(values))
    decided: dict[tuple[str, ...], Row] = {}
    for number, row in enumerate(rows, start=1):
        fitting = questions.intersection(product(*(row.fits.get(field, values[field]) for field in FIELDS)))
        if not fitting:
            raise UnusableInput(path.name, f"row {number} never decides", "move it up, or remove it")
        decided.update(dict.fromkeys(fitting, row))
        questions -= fitting
    for cell in cells(values):
        if cell in questions:
            raise UnusableInput(path.name, f"no row decides {', '.join(cell)}", "add a row that does")
    return Table(values, rows, decided)


def cells(values: dict[str, tuple[str, ...]]) -> Iterator[Cell]:
    """Every question that can be asked: only evidence has a level, and only labels and trials have none."""
    for kind, level, *rest in product(*(values[field] for field in FIELDS)):
        if (kind in _EVIDENCE) == (level != "none"):
            yield Cell(kind, level, *rest)


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


def conflict_facts(case: Case, roles: Roles, cores: Mapping[Regimen, Regimen], knowledge: KnowledgeBase) -> None:
    """What the rules of conflict need: which options something speaks against, and what the table says of it."""
    if not roles.against:
        return
    by_core: dict[Regimen, list[Item]] = {}
    for item in roles.against:
        by_core.setdefault(cores[item.regimen], []).append(item)
    concerned = {cores[item.regimen] for item in roles.options}
    parts = case.therapies.intersection(part for core in concerned for part in core)
    classes = {name: therapy.classes for name, therapy in knowledge.therapies(parts).items()}
    cytotoxic = frozenset(core for core in by_core if is_cytotoxic(core, knowledge))
    others = tuple(sorted(by_core))
    reaches = {
        core: _reached(core, tuple([classes.get(part, ()) for part in core]), others, cytotoxic) for core in concerned
    }
    opposed: dict[Regimen, list[tuple[Item, Regimen, str]]] = {core: [] for core in by_core}
    for option in roles.options:
        of = cores[option.regimen]
        for core, reach in reaches[of].items():
            opposed[core].append((option, of, reach))
    challenged = {(cores[each.regimen], _basis(each)) for each in roles.speaking if each.regimen in cores}
    confined = frozenset(case.confined)
    negative = case.negative.intersection(option.id for option in roles.options)
    for core, against in by_core.items():
        asked = _Opposition(
            core,
            tuple(against),
            tuple(opposed[core]),
            frozenset(_basis(item) for item in against if (core, _basis(item)) in challenged),
            core in cytotoxic,
            confined,
            frozenset(negative),
        )
        case.once(asked.key, partial(_state_opposition, asked=asked, knowledge=knowledge))


class _Opposition(NamedTuple):
    """The items against one core, and the options that they concern, each with its core and how much of it they reach.

    `challenged` are the biomarkers for which something speaks for the core too, or denies resistance; `negative` the
    options that select by an absence.
    """

    core: Regimen
    against: tuple[Item, ...]
    options: tuple[tuple[Item, Regimen, str], ...]
    challenged: frozenset[str]
    is_cytotoxic: bool
    confined: frozenset[str]
    negative: frozenset[str]

    def key(self, _: Stated) -> tuple[object, ...]:
        """What the facts rest on: items of patients who stand to them alike are the same objects."""
        reached = tuple([(id(option), reach) for option, _, reach in self.options])
        return "opposition", self.core, tuple(map(id, self.against)), reached, self.challenged, self.confined


def _state_opposition(case: Case, asked: _Opposition, knowledge: KnowledgeBase) -> _Opposition:
    """State what the items against one core mean for the options that they concern; `asked`, which is to be kept."""
    if asked.is_cytotoxic:
        case.state("cytotoxic", core="+".join(asked.core))
    for item in asked.against:
        assert item.status is not None
        _item_facts(case, item, genes_of(item.status, knowledge))
    meetings = tuple(_meetings(asked, knowledge))
    _meeting_facts(case, asked, meetings)
    weights = {item.id: _weights(item, asked.is_cytotoxic) for item in asked.against}
    for item in asked.against:
        if _basis(item) not in asked.challenged:
            weights[item.id] = tuple(each for each in weights[item.id] if each != OUTWEIGHED)
    for cell, row in decisions(meetings, weights, asked.negative):
        fields = dict(zip(("speaks", *FIELDS[1:]), cell, strict=True))
        case.state("decides", **fields, outcome=row.outcome, decided=row.decided)
        if is_softened(cell, row):
            case.state("softened", **fields)
    return asked


def _meeting_facts(case: Case, asked: _Opposition, meetings: Iterable[Meeting]) -> None:
    """The options that something speaks against, and how the regimens and the alterations of both sides stand."""
    against = "+".join(asked.core)
    for item, core, reach in asked.options:
        if item.status is not None:
            case.labels.setdefault(item.status.id, item.status.label)
        case.state("opposed", option=item.id, core="+".join(core), basis=_basis(item))
        if reach != "whole":
            case.state("reaches", core="+".join(core), of=against, reach=reach)
    related = {(_basis(each.option), _profile(each.against)): each.relation for each in meetings}
    for (basis, profile), relation in related.items():
        case.state("related", basis=basis, profile=profile, relation=relation)


def _basis(item: Item) -> str:
    return item.status.id if item.status is not None else NO_BIOMARKER


NO_BIOMARKER = "no biomarker"
"""What an option rests on that asks for none."""


def _profile(against: Item) -> str:
    assert isinstance(against.record, Evidence)
    return against.record.profile


def _item_facts(case: Case, item: Item, genes: Collection[str]) -> None:
    evidence = item.record
    assert isinstance(evidence, Evidence)
    if evidence.rating in LOW_RATINGS:
        case.state("low_rated", evidence=item.id)
    document = next((source.label for source in evidence.sources if source.label.startswith(PUBLISHED)), None)
    if document is not None:
        for gene in sorted(genes):
            case.state("published_in", evidence=item.id, document=document, gene=gene)


PUBLISHED = ("PMID:", "doi:")
"""How the label of a publication begins; what rests on none counts as no publication of its own."""


@lru_cache(maxsize=65_536)
def _reached(
    option: Regimen, classes: tuple[tuple[str, ...], ...], against: tuple[Regimen, ...], cytotoxic: frozenset[Regimen]
) -> dict[Regimen, str]:
    """Of the cores that evidence is against, those that concern the core of an option, and how much of it they reach.

    `classes` are those of the option's parts; `cytotoxic` the cores that are chemotherapy alone.
    """
    known = dict(zip(option, classes, strict=True))
    named = {*option, *(name for of_part in classes for name in of_part)}
    reached = ((other, reach_of(other, option, known, other in cytotoxic)) for other in against if named >= {*other})
    return {other: reach for other, reach in reached if reach is not None}


def counts_against(item: Item) -> bool:
    """Whether an item speaks against its regimen for the patient's tumor type."""
    return item.relation not in {"other", "general"} and isinstance(item.record, Evidence) and is_against(item.record)


def speaks_here(item: Item) -> bool:
    """Whether an item of a biomarker speaks for its regimen in the patient's tumor type, or denies resistance to it.

    No other evidence against a regimen can be outweighed; the rules say what is.
    """
    if item.status is None or item.relation in {"other", "general", "excluded"}:
        return False
    record = item.record
    return not is_against(record) if isinstance(record, Evidence) else isinstance(record, Indication)


def _meetings(asked: _Opposition, knowledge: KnowledgeBase) -> Iterator[Meeting]:
    """Each option with each item that is against its regimen, or a part or a class of it."""
    related: dict[tuple[str, str], str] = {}
    for option, _, reach in asked.options:
        for other in asked.against:
            assert other.status is not None
            key = (_basis(option), _profile(other))
            if key not in related:
                found = relation(option.status, other.status, knowledge)
                is_apart = other.status.id in asked.confined and found != "same alteration"
                related[key] = f"{found}{IN_SOME_FOCI}" if is_apart else found
            yield Meeting(option, other, reach, related[key])


IN_SOME_FOCI = " in some foci"
"""What a relation ends with where the alteration against a regimen is in part of the disease only, and is not what the
option is for."""


def can_hold(item: Item) -> bool:
    """Whether the item may speak for its regimen in this patient."""
    if item.relation in {"general", "excluded"} or (item.status and item.status.status is not Status.PRESENT):
        return False
    return speaks(item.record) == FOR


def is_option(evidence: Evidence) -> bool:
    """Whether an item speaks for a regimen."""
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


def decisions(
    meetings: Iterable[Meeting], weights: Mapping[str, Sequence[str]], negative: Collection[str]
) -> Iterator[tuple[Cell, Row]]:
    """What the table says of everything that these meetings can come to, each once.

    `weights` says as what each item against a regimen can count, and `negative` which items select by an absence.
    """
    asked = dict.fromkeys(
        (standing, meeting.reach, meeting.relation, weight)
        for meeting in meetings
        for standing in _standings(meeting.option, meeting.option.id in negative)
        for weight in weights[meeting.against.id]
    )
    for (kind, level), reach, related, weight in asked:
        cell = Cell(kind, level, reach, related, weight)
        row = decided(cell)
        assert row is not None
        yield cell, row


def decided(cell: Cell) -> Row | None:
    """What decides; that resistance is in part of the disease only matters where it would rule the option out."""
    everywhere = _everywhere(cell)
    return table().decides(cell) if everywhere is None or everywhere.outcome == "avoid" else everywhere


def _everywhere(cell: Cell) -> Row | None:
    """What would decide, were the resistance in all of the disease."""
    return table().decides(cell._replace(relation=cell.relation.removesuffix(IN_SOME_FOCI)))


def is_softened(cell: Cell, row: Row) -> bool:
    """Whether an option is kept that would be ruled out, were the resistance in all of the disease."""
    everywhere = _everywhere(cell)
    return row.outcome == "kept" and everywhere is not None and everywhere.outcome == "avoid"


def _weights(against: Item, cytotoxic: bool) -> tuple[str, ...]:
    """As what an item against a regimen can count; the rules say as which of these it does."""
    evidence = against.record
    assert isinstance(evidence, Evidence)
    if evidence.significance == "reduced sensitivity":
        return ("reduced",)
    if evidence.level == "B" and evidence.rating in LOW_RATINGS:
        return ("case", OUTWEIGHED)
    if evidence.level == "B" and cytotoxic:
        return ("chemotherapy", OUTWEIGHED)
    return _WEIGHTS[evidence.level]


def _standings(item: Item, negative: bool) -> tuple[tuple[str, str], ...]:
    """As what an option can speak for itself; the rules say as which of these it does."""
    kinds: tuple[str, ...]
    if isinstance(item.record, Indication):
        if not item.record.profile:
            kinds = ("label without biomarker",)
        elif item.relation == "other":
            kinds = ("label for another tumor type",)
        else:
            kinds = ("label for absence",) if negative else ("label", "label elsewhere")
        return tuple((kind, "none") for kind in kinds)
    if isinstance(item.record, Evidence):
        here = "evidence for absence" if negative else "evidence"
        return (("evidence in another tumor type" if item.relation == "other" else here, item.record.level),)
    return (("trial", "none"),)


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


FOR, AGAINST, OTHER = "for", "against", "other"
"""What a statement says of its regimen: that it helps, that it does not, or something else (adverse, no resistance)."""


def speaks(record: Record) -> str:
    """What a statement of the graph (an indication, an evidence item or a trial) says of its regimen."""
    if not isinstance(record, Evidence) or is_option(record):
        return FOR
    return AGAINST if is_against(record) else OTHER
