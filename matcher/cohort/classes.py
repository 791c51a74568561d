"""The facts of patients who are alike, made once, from parts that patients who are less alike share.

What a record of the graph says to a patient rests on how the patient stands to its biomarkers and, for some, on the
patient without the results of tests. Patients for whom all records say the same, and whose biomarkers rest on
alterations in the same pattern, have the same facts but for the names of the alterations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from matcher.assay import Coverage
from matcher.biomarker_status import Common, Status, StatusBoard
from matcher.cohort.alike import SAMPLE, Likeness
from matcher.cohort.ground import Ground, Reach
from matcher.cohort.parts import Parts, Stood
from matcher.cohort.records import Records
from matcher.cohort.what_counts import limits_of
from matcher.facts import Case, case_of
from matcher.reimbursement import PLAN, is_insured

if TYPE_CHECKING:
    from kb.alteration import Alteration, Place
    from kb.graph import KnowledgeBase
    from matcher.case import Prepared
    from matcher.clinical import Person
    from matcher.facts import Query
    from matcher.patient import Sample
    from rules.facts import Fact

MOST_KEPT = 2_000_000
"""So many parts and statuses are kept before all are forgotten: a cohort's memory has a bound."""


OF_A_GROUND = 200
"""What a ground counts for in that."""
WORTH_A_GROUND = 3
"""From the patient of this number on, those who share a ground are told from it."""


class Alike(NamedTuple):
    """Patients with the same facts but for their age: their number, the facts, and the case, the statuses and the
    question of one.

    `parts` are the facts, each part the same object for others who have it. The case has what is recommended from, and
    of the facts those that rest on more than one record. `pattern` are the alterations that its statuses rest on, and
    `limits` the ages that facts hold a patient's age against.
    """

    number: int
    parts: tuple[Sequence[Fact], ...]
    case: Case
    board: StatusBoard
    query: Query
    pattern: tuple[Alteration, ...]
    limits: frozenset[float]


class Placed(NamedTuple):
    """A patient among those who are alike: their own alteration for each of the pattern, and their age."""

    alike: Alike
    own: dict[Alteration, Alteration]
    age: int | None


class _Seen(NamedTuple):
    """Those whom a patient is like, and what stands for the patient's alterations, in their pattern's order."""

    alike: Alike
    places: tuple[Place, ...]


class Classes:
    """The patients met so far, by what is the same for them."""

    def __init__(self, knowledge: KnowledgeBase, exact: bool = False) -> None:
        """With `exact`, patients are alike only where sentences about them are the same, names of samples included."""
        self._knowledge, self._exact = knowledge, exact
        negative = (each.id for each in knowledge.negative_biomarkers())
        local = (each.item.biomarker for each in knowledge.local_evidence())
        self._silent = tuple(dict.fromkeys((*negative, *local)))
        self._of_gene: Mapping[str, Sequence[str]] | None = None
        self._asked_by_plan: tuple[str, ...] | None = None
        self._forget()
        self._count = 0

    def _forget(self) -> None:
        self._likeness, self._common = Likeness(self._knowledge, self._exact), Common()
        self._parts, self._records = Parts(self._knowledge, self._exact), Records(self._knowledge)
        self._reach = Reach(self._parts, self._records, self._knowledge)
        self._usual: dict[int, dict[str, Status]] = {}
        self._grounds: dict[tuple[Query, int], Ground] = {}
        self._met: dict[tuple[Query, int], int] = {}
        self._found: dict[tuple[object, ...], Alike] = {}
        self._seen: dict[tuple[object, ...], _Seen] = {}

    def read_ahead(self) -> None:
        """Reads what many patients ask for, while none is there."""
        self._records.read_ahead()

    def trim(self) -> None:
        """Forgets everybody where too much is kept.

        Between pieces, not within: who is alike in a piece is the same for every process, whatever it met before.
        """
        kept = self._parts.size + len(self._common.statuses) + len(self._seen) + len(self._grounds) * OF_A_GROUND
        if kept > MOST_KEPT:
            self._forget()

    def of(self, ready: Prepared) -> Placed:
        """Where a patient stands; the facts are made if nobody was like them before."""
        patient = ready.patient
        if len(patient.samples) != 1 or patient.organoids:
            return self._by_themselves(ready)
        (sample,) = patient.samples
        coverage = ready.board.coverage if self._exact else _coverage(sample, ready.board.coverage)
        looked = self._common.looked(coverage)
        standing = self._likeness.standing(patient.alterations, ready.board.coverage, looked, sample.id)
        board = StatusBoard(standing.alterations, coverage, self._knowledge)
        board.share(self._common, standing.beside)
        person = self._parts.person(patient, ready.query)
        ground = (
            None if self._exact or board.measured_markers else self._ground(self._parts.bare(person), board, looked)
        )
        key = None if ground is None else (self._parts.number(person), looked, *self._deciding(ground, person, board))
        found = self._seen.get(key) if key is not None else None
        if found is None:
            found = self._among(person, board, ground)
            if key is not None:
                self._seen[key] = found
        own = (standing.own[place] for place in found.places)
        return Placed(found.alike, dict(zip(found.alike.pattern, own, strict=True)), patient.age)

    def _deciding(self, ground: Ground, person: Person, board: StatusBoard) -> Iterator[tuple[str, int]]:
        """What was found in genes that have a part in where a patient of this ground stands."""
        _, numbers = board.numbered
        if is_insured(person):
            return iter(sorted(numbers.items()))
        silent = self._silent_of_gene(board)
        found = {gene: number for gene, number in numbers.items() if gene in silent}
        return iter(sorted((found | ground.counting(board)).items()))

    def _among(self, person: Person, board: StatusBoard, ground: Ground | None) -> _Seen:
        """Those whom a patient is like, with what stands for the patient's alterations; made if there are none."""
        stood = self._stood(person, board, ground)
        pattern = {alteration.place: alteration for each in stood for alteration in each.alterations}
        key = self._key(stood, pattern, person, board)
        found = self._found.get(key)
        if found is None:
            self._count += 1
            case = self._parts.case(stood, person, board)
            parts = *case.parts, case.facts
            met = board, person.query, tuple(pattern.values()), frozenset(case.limits)
            found = self._found[key] = Alike(self._count, parts, _kept(case), *met)
        return _Seen(found, tuple(pattern))

    def _stood(self, person: Person, board: StatusBoard, ground: Ground | None) -> list[Stood]:
        """What each record that says anything to the patient says, in the order of records."""
        if ground is not None:
            return ground.said(board, person)
        bare, records = self._parts.bare(person), self._records.of(person.query, board)
        said = (each for record in records if (each := self._parts.stood(record, bare, board)) is not None)
        told = (each if isinstance(each, Stood) else self._parts.to_person(each, person, board) for each in said)
        return [each for each in told if each is not None]

    def _ground(self, bare: Person, board: StatusBoard, looked: int) -> Ground | None:
        """The ground of a patient; None as long as few others had it, for whom it is not worth the while."""
        key = bare.query, looked
        ground = self._grounds.get(key)
        if ground is None:
            self._met[key] = self._met.get(key, 0) + 1
            if self._met[key] >= WORTH_A_GROUND:
                ground = self._grounds[key] = Ground(bare, self._nothing(board), self._parts, self._reach)
        return ground

    def _by_themselves(self, ready: Prepared) -> Placed:
        """A patient with several samples, or with organoids: what is found rests on more than statuses."""
        self._count += 1
        patient = replace(ready.patient, age=None)
        case = case_of(patient, ready.query, ready.board, self._knowledge)
        limits = limits_of(case.facts)
        alike = Alike(self._count, (case.facts,), _kept(case), ready.board, ready.query, (), limits)
        return Placed(alike, {}, ready.patient.age)

    def _key(
        self, stood: list[Stood], pattern: dict[Place, Alteration], person: Person, board: StatusBoard
    ) -> tuple[object, ...]:
        """What settles the facts: what the records say, and which of their biomarkers rest on the same alterations."""
        places = {place: number for number, place in enumerate(pattern)}
        return (
            self._parts.number(person),
            tuple([each.part.number for each in stood]),
            tuple([places[alteration.place] for each in stood for alteration in each.alterations]),
            *self._of_silent(board),
            *(self._of_the_plan(board) if is_insured(person) else ()),
        )

    def _of_silent(self, board: StatusBoard) -> Iterator[object]:
        """How the patient stands to the biomarkers that count without a record: the absent ones, those of a site.

        What is found in a gene tells it, beside what is so where nothing is found.
        """
        if self._exact or board.measured_markers:
            yield tuple([board.status(name).status for name in self._silent])
            return
        looked, numbers = board.numbered
        usual = self._usual.get(looked)
        if usual is None:
            nothing = self._nothing(board)
            usual = self._usual[looked] = {name: nothing.status(name).status for name in self._silent}
        of_gene = self._silent_of_gene(board)
        now = {name: board.status(name).status for gene in of_gene.keys() & numbers.keys() for name in of_gene[gene]}
        yield tuple(({**usual, **now} if now else usual).values())

    def _nothing(self, board: StatusBoard) -> StatusBoard:
        """The statuses of who was looked at alike, and of whom nothing was found."""
        nothing = StatusBoard((), board.coverage, self._knowledge)
        nothing.share(self._common)
        return nothing

    def _silent_of_gene(self, board: StatusBoard) -> Mapping[str, Sequence[str]]:
        if self._of_gene is None:
            found: dict[str, list[str]] = {}
            for name in self._silent:
                for gene in board.genes_for(name):
                    found.setdefault(gene, []).append(name)
            self._of_gene = found
        return self._of_gene

    def _of_the_plan(self, board: StatusBoard) -> Iterator[Status]:
        """How the patient stands to the biomarkers that entries of the plan ask for."""
        if self._asked_by_plan is None:
            rows = self._knowledge.coverage_of_plan(PLAN)
            self._asked_by_plan = tuple(sorted({row.profile for row in rows if row.profile is not None}))
        for profile in self._asked_by_plan:
            yield board.profile(profile).status


def _kept(case: Case) -> Case:
    """What an answer is made from: where facts come from, and how they are said, is let go of."""
    return Case(case.facts, items=case.items, labels=case.labels, cautions=case.cautions)


def _coverage(sample: Sample, known: Coverage) -> Coverage:
    """What was looked at in a patient's only sample, under the name of the one that stands for it, for what counts."""
    assays = {given.assay or "": assay for given, assay in known.looked}
    return Coverage((replace(sample, id=SAMPLE, site=None, date=None, ploidy=None),), assays)
