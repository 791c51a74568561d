"""What the graph says to a patient, gathered gene by gene: most genes are found altered in the same ways in many.

A record whose biomarkers are of one gene says the same to all who were looked at alike and have the same found in that
gene, if it does not ask for more of the person. What one of several genes says rests on what is found in each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from kb.evidence import Evidence
from matcher.cohort.parts import Stood
from matcher.facts import speaks_elsewhere

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.biomarker_status import StatusBoard
    from matcher.clinical import Person
    from matcher.cohort.parts import Parts, Personal
    from matcher.cohort.records import Records
    from matcher.facts import Query
    from matcher.scope import Record

Key = tuple[type["Record"], str]


class _Touched(NamedTuple):
    """A record of several genes that is in reach where nothing is found: for its tumor type, or by these biomarkers."""

    record: Record
    is_here: bool
    by: frozenset[str]


class Reached(NamedTuple):
    """The records that a finding in a gene brings in reach: those of this gene alone, and others.

    `open` are the biomarkers of the gene whose statuses rest on other genes too.
    """

    alone: tuple[Record, ...]
    others: tuple[Record, ...]
    open: tuple[str, ...]


class _Named(NamedTuple):
    """Biomarkers of a gene: those of it alone that bring nothing in reach unless they cover what is found; others."""

    found_alone: tuple[str, ...]
    others: tuple[str, ...]


class _Found(NamedTuple):
    """What follows from a finding in a gene: what records say that are of this gene alone, and what is `Reached`."""

    said: tuple[Stood | Personal, ...]
    reached: Reached


class Reach:
    """What findings in genes bring in reach, whatever the tumor type."""

    def __init__(self, parts: Parts, records: Records, knowledge: KnowledgeBase) -> None:
        self.records = records
        self._parts, self._knowledge = parts, knowledge
        self._beside: dict[str, list[str]] | None = None
        self._known: dict[tuple[str, int, int, str], Reached] = {}
        self._named: dict[str, _Named] = {}

    def of(self, gene: str, board: StatusBoard, query: Query) -> Reached:
        """What is found in a gene brings in reach of patients of the query's jurisdiction."""
        looked, numbers = board.numbered
        key = gene, numbers[gene], looked, query.jurisdiction
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._of(gene, board, query.jurisdiction)
        return found

    def _of(self, gene: str, board: StatusBoard, jurisdiction: str) -> Reached:
        alone: dict[Key, Record] = {}
        others: dict[Key, Record] = {}
        still_open: list[str] = []
        named = self._named_in(gene, board)
        found = board.may_be_found(gene)
        for name in (*(each for each in named.found_alone if each in found), *named.others):
            if board.genes_for(name) != (gene,):
                still_open.append(name)
                continue
            for record in self.records.in_reach(name, board, jurisdiction):
                is_alone = self._parts.profile(record, board).genes <= {gene}
                (alone if is_alone else others)[_key(record)] = record
        return Reached(tuple(alone.values()), tuple(others.values()), tuple(still_open))

    def _named_in(self, gene: str, board: StatusBoard) -> _Named:
        """The biomarkers that a finding in a gene may bring in reach."""
        known = self._named.get(gene)
        if known is None:
            names = (each.id for each in self._knowledge.biomarkers_of_gene(gene))
            found_alone: list[str] = []
            others: list[str] = []
            for name in dict.fromkeys((*names, *self._without_findings(board).get(gene, ()))):
                is_alone = board.genes_for(name) == (gene,) and board.rests_on_covered(name)
                is_alone = is_alone and not self.records.counts_without_findings(name)
                (found_alone if is_alone else others).append(name)
            known = self._named[gene] = _Named(tuple(found_alone), tuple(others))
        return known

    def _without_findings(self, board: StatusBoard) -> Mapping[str, list[str]]:
        """By gene, the biomarkers that can bring records in reach without anything found in it."""
        if self._beside is None:
            self._beside = defaultdict(list)
            for name in self.records.without_findings:
                for gene in board.genes_for(name):
                    self._beside[gene].append(name)
        return self._beside


class Ground:
    """What the graph says to those of one tumor type, place and day who were looked at alike."""

    def __init__(self, person: Person, nothing: StatusBoard, parts: Parts, reach: Reach) -> None:
        """`nothing` are the statuses where nothing is found; it shares, as all boards asked about must."""
        self._person, self._nothing, self._parts, self._reach = person, nothing, parts, reach
        self._lineage = frozenset((person.query.tumor.code, *person.query.tumor.ancestors))
        self._of_one: dict[tuple[str, int], _Found] = {}
        self._of_several: dict[tuple[object, ...], Stood | Personal | None] = {}
        self._here: dict[str, list[Record]] = defaultdict(list)
        """By gene, the records for the tumor type that are of this gene alone."""
        self._touched: dict[str, list[_Touched]] = defaultdict(list)
        self._counting: dict[tuple[str, int], frozenset[str]] = {}
        self._usual: dict[int, tuple[tuple[frozenset[str], Stood], ...]] = {}
        self._gather(nothing)
        self._genes = frozenset().union(*(genes for genes, _ in self._said), self._here, self._touched)

    def _gather(self, nothing: StatusBoard) -> None:
        """What is in reach where nothing is found, and what of it a finding in a gene touches."""
        here = {_key(each): each for each in self._reach.records.here(self._person.query)}
        by: dict[Key, set[str]] = defaultdict(set)
        known = dict(here)
        for name in self._reach.records.without_findings:
            for record in self._in_reach(name, nothing):
                known[_key(record)] = record
                by[_key(record)].add(name)
        said = []
        for key, record in known.items():
            genes = self._parts.profile(record, nothing).genes
            if not self._may_say(record):
                continue
            stood = self._parts.stood(record, self._person, nothing)
            if stood is not None:
                said.append((genes, stood))
            if len(genes) == 1 and key in here:
                self._here[next(iter(genes))].append(record)
            elif len(genes) > 1:
                for gene in genes:
                    self._touched[gene].append(_Touched(record, key in here, frozenset(by[key])))
        said.sort(key=lambda each: each[1].order)
        self._said = tuple(said)

    def counting(self, board: StatusBoard) -> dict[str, int]:
        """What was found in genes that have a part in what `said` gives: it is the same where this is."""
        _, numbers = board.numbered
        found: dict[str, int] = {}
        for gene, number in numbers.items():
            genes = self._counting.get((gene, number))
            if genes is None:
                genes = self._counting[gene, number] = self._counting_with(gene, number, board)
            found.update((each, numbers[each]) for each in genes if each in numbers)
        return found

    def _counting_with(self, gene: str, number: int, board: StatusBoard) -> frozenset[str]:
        """The genes that have a part in what follows from a finding in a gene; none where nothing does."""
        said, reached = self._found(gene, number, board)
        beyond = [record for name in reached.open for record in self._reach.records.about(name)]
        records = (record for record in (*reached.others, *beyond) if self._may_say(record))
        genes = {each for record in records for each in self._parts.profile(record, board).genes}
        genes.update(each for name in reached.open for each in board.genes_for(name))
        return frozenset({gene, *genes} if genes or said or gene in self._genes else ())

    def _found(self, gene: str, number: int, board: StatusBoard) -> _Found:
        found = self._of_one.get((gene, number))
        if found is None:
            found = self._of_one[gene, number] = self._of_gene(gene, board)
        return found

    def said(self, board: StatusBoard, person: Person) -> list[Stood]:
        """What each record that says anything to a patient says, in the order of records."""
        _, numbers = board.numbered
        found = [said for genes, said in self._said_to(person) if genes.isdisjoint(numbers)]
        of_findings = self._of_findings(board)
        found += (stood for each in of_findings if (stood := self._to_person(each, person, board)) is not None)
        found.sort(key=attrgetter("order"))
        return found

    def _said_to(self, person: Person) -> tuple[tuple[frozenset[str], Stood], ...]:
        """What records say to a person where nothing is found, each with its genes."""
        number = self._parts.number(person)
        found = self._usual.get(number)
        if found is None:
            told = ((genes, self._to_person(each, person, self._nothing)) for genes, each in self._said)
            found = self._usual[number] = tuple((genes, stood) for genes, stood in told if stood is not None)
        return found

    def _to_person(self, said: Stood | Personal, person: Person, board: StatusBoard) -> Stood | None:
        return said if isinstance(said, Stood) else self._parts.to_person(said, person, board)

    def _of_findings(self, board: StatusBoard) -> list[Stood | Personal]:
        """What records say on account of what is found."""
        _, numbers = board.numbered
        found: list[Stood | Personal] = []
        several: dict[Key, Record] = {}
        for gene, number in numbers.items():
            of_gene = self._found(gene, number, board)
            found += of_gene.said
            several.update((_key(record), record) for record in of_gene.reached.others)
            for name in of_gene.reached.open:
                several.update((_key(each), each) for each in self._in_reach(name, board))
            for record, is_here, by in self._touched.get(gene, ()):
                if is_here or any(numbers.keys().isdisjoint(board.genes_for(name)) for name in by):
                    several[_key(record)] = record
        for record in filter(self._may_say, several.values()):
            stood = self._of_genes(record, board)
            if stood is not None:
                found.append(stood)
        return found

    def _of_gene(self, gene: str, board: StatusBoard) -> _Found:
        reached = self._reach.of(gene, board, self._person.query)
        alone = {_key(each): each for each in (*self._here.get(gene, ()), *reached.alone)}
        said = (self._parts.stood(each, self._person, board) for each in alone.values() if self._may_say(each))
        return _Found(tuple(each for each in said if each is not None), reached)

    def _may_say(self, record: Record) -> bool:
        """Whether a record can say anything of this tumor type."""
        return (
            not isinstance(record, Evidence)
            or speaks_elsewhere(record)
            or not self._lineage.isdisjoint(record.tumor_types)
        )

    def _in_reach(self, name: str, board: StatusBoard) -> Iterable[Record]:
        return self._reach.records.in_reach(name, board, self._person.query.jurisdiction)

    def _of_genes(self, record: Record, board: StatusBoard) -> Stood | Personal | None:
        """What a record of several genes says to the patient."""
        _, numbers = board.numbered
        genes = self._parts.profile(record, board).genes
        key = (*_key(record), *((gene, numbers[gene]) for gene in sorted(genes.intersection(numbers))))
        if key not in self._of_several:
            self._of_several[key] = self._parts.stood(record, self._person, board)
        return self._of_several[key]


def _key(record: Record) -> Key:
    return type(record), record.id
