"""The facts of patients who are alike, made once, from parts that patients who are less alike share.

What a record of the graph says to a patient rests on how the patient stands to its biomarkers and, for some, on the
patient without the results of tests. Patients for whom all records say the same, and whose biomarkers rest on
alterations in the same pattern, have the same facts but for the names of the alterations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from kb.evidence import Evidence
from kb.trial import Trial
from matcher.assay import Coverage
from matcher.biomarker_status import BiomarkerStatus, Common, Status, StatusBoard
from matcher.clinical import Person, state_requirement
from matcher.cohort.alike import NOWHERE, SAMPLE, Likeness
from matcher.cohort.records import Record, Records
from matcher.disease_state import states_of
from matcher.facts import (
    Asked,
    Case,
    Origin,
    after_the_records,
    any_profile,
    asked_of,
    case_of,
    classes_of_their_own,
    is_not_germline,
    state_patient,
    state_record,
)
from matcher.history import course_of
from matcher.reimbursement import PLAN, is_insured, is_late
from matcher.stated import Stated

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.graph import KnowledgeBase
    from matcher.case import Prepared
    from matcher.eligibility import Tree
    from matcher.facts import Query
    from matcher.patient import Patient, Sample
    from rules.facts import Fact

MOST_KEPT = 2_000_000
"""So many parts and statuses are kept before all are forgotten: a cohort's memory has a bound."""


class Part(NamedTuple):
    """What a record says to patients who stand to it alike."""

    number: int
    case: Case


class Alike(NamedTuple):
    """Patients with the same facts but for their age: their number, and the case, the statuses and the question of one.

    `pattern` are the alterations that the statuses in the case rest on.
    """

    number: int
    case: Case
    board: StatusBoard
    query: Query
    pattern: tuple[Alteration, ...]


class Placed(NamedTuple):
    """A patient among those who are alike: their own alteration for each of the pattern, and their age."""

    alike: Alike
    own: dict[Alteration, Alteration]
    age: int | None


class Classes:
    """The patients met so far, by what is the same for them."""

    def __init__(self, knowledge: KnowledgeBase, exact: bool = False) -> None:
        """With `exact`, patients are alike only where sentences about them are the same, names of samples included."""
        self._knowledge, self._exact = knowledge, exact
        self._asked_by_plan: tuple[str, ...] | None = None
        self._forget()
        self._count = 0

    def _forget(self) -> None:
        self._likeness, self._common = Likeness(self._knowledge, self._exact), Common()
        self._parts, self._records = Parts(self._knowledge, self._exact), Records(self._knowledge)
        self._found: dict[tuple[object, ...], Alike] = {}

    def of(self, ready: Prepared) -> Placed:
        """Where a patient stands; the facts are made if nobody was like them before."""
        patient = ready.patient
        if len(patient.samples) != 1 or patient.organoids:
            return self._by_themselves(ready)
        if self._parts.size + len(self._common.statuses) > MOST_KEPT:
            self._forget()
        (sample,) = patient.samples
        coverage = ready.board.coverage if self._exact else _coverage(sample, ready.board.coverage)
        looked = self._common.looked(coverage)
        standing = self._likeness.standing(patient.alterations, ready.board.coverage, looked, sample.id)
        board = StatusBoard(standing.alterations, coverage, self._knowledge)
        board.share(self._common, standing.beside)
        person = self._parts.person(patient, ready.query)
        parts = self._parts.of(self._records.of(ready.query, board), person, board)
        pattern = dict.fromkeys(alteration for each in parts for alteration in each.alterations)
        key = self._key(parts, pattern, person, board)
        found = self._found.get(key)
        if found is None:
            self._count += 1
            case = _kept(self._parts.case(parts, person, board))
            found = self._found[key] = Alike(self._count, case, board, ready.query, tuple(pattern))
        own = (standing.own[alteration] for alteration in pattern)
        return Placed(found, dict(zip(found.pattern, own, strict=True)), patient.age)

    def _by_themselves(self, ready: Prepared) -> Placed:
        """A patient with several samples, or with organoids: what is found rests on more than statuses."""
        self._count += 1
        patient = replace(ready.patient, age=None)
        case = _kept(case_of(patient, ready.query, ready.board, self._knowledge))
        return Placed(Alike(self._count, case, ready.board, ready.query, ()), {}, ready.patient.age)

    def _key(
        self, parts: list[Stood], pattern: dict[Alteration, None], person: Person, board: StatusBoard
    ) -> tuple[object, ...]:
        """What settles the facts: what the records say, and which of their biomarkers rest on the same alterations."""
        places = {alteration: place for place, alteration in enumerate(pattern)}
        return (
            self._parts.number(person),
            tuple([each.part.number for each in parts]),
            tuple([places[alteration] for each in parts for alteration in each.alterations]),
            tuple(board.status(each.id).status for each in self._knowledge.negative_biomarkers()),
            tuple(board.status(each.item.biomarker).status for each in self._knowledge.local_evidence()),
            *(self._of_the_plan(board) if is_insured(person) else ()),
        )

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


class Lean(Case):
    """A case that is not asked where its facts come from. A fact may stand in it twice."""

    def keep(self, stated: Fact, origin: Origin) -> None:
        """Add a fact."""
        self.facts.append(stated)

    def add(self, part: Case) -> None:
        """Add what a part of the case states."""
        self.facts.extend(part.facts)
        self.take(part)

    def asked_profile(self, profile: str, board: StatusBoard, knowledge: KnowledgeBase) -> Asked:
        """How the patient stands to a profile of the graph."""
        return asked_of(board.profile(profile), profile, NO_ORIGIN, board, knowledge)


NO_ORIGIN = Origin("")


class Parts(Stated):
    """What records say to patients who stand to them alike, each once."""

    of_many = True

    def __init__(self, knowledge: KnowledgeBase, exact: bool = False) -> None:
        super().__init__()
        self._knowledge, self._exact = knowledge, exact
        self._persons: dict[tuple[Patient, Query], Person] = {}
        self._stages: dict[tuple[object, ...], str | None] = {}
        self._known: dict[tuple[object, ...], Part] = {}
        self._shapes: dict[tuple[object, ...], int] = {}
        self._told_by: dict[int, _Told] = {}
        self._without: dict[tuple[object, ...], Stood] = {}
        self._profiles: dict[tuple[type[Record], str], _Profile] = {}
        self._conditions: dict[str, Tree | None] = {}

    @property
    def size(self) -> int:
        """How much is kept."""
        return len(self._known) + len(self._told_by) + len(self._without) + len(self._once)

    def person(self, patient: Patient, query: Query) -> Person:
        """Who stands for the patient in all that the results of tests and the age do not settle."""
        stage = self._stages.setdefault((states_of(patient.stage or ""), is_late(patient.stage)), patient.stage)
        like = replace(patient, id="", age=None, stage=stage, alterations=(), samples=(), place=NOWHERE, places=())
        found = self._persons.get((like, query))
        if found is None:
            course = course_of(like, self._knowledge)
            found = self._persons[like, query] = Person(like, course, query, self._knowledge)
        return found

    def of(self, records: Iterable[Record], person: Person, board: StatusBoard) -> list[Stood]:
        """What each record that says anything to the patient says, with the status of its profile."""
        looked, found = board.numbered
        plain = not board.measured_markers
        found_in = found.keys()
        stood: list[Stood] = []
        for record in records:
            profile = self._profile(record, board)
            if plain and found_in.isdisjoint(profile.genes):
                key = type(record), record.id, looked, id(person)
                each = self._without.get(key)
                if each is None:
                    each = self._without[key] = self._stood(record, profile.expression, person, board)
            else:
                each = self._stood(record, profile.expression, person, board)
            if each.part.case.items:
                stood.append(each)
        return stood

    def _stood(self, record: Record, profile: str | None, person: Person, board: StatusBoard) -> Stood:
        status = board.profile(profile) if profile else None
        return Stood(self._of_record(record, status, person, board), *self._told(status))

    def _profile(self, record: Record, board: StatusBoard) -> _Profile:
        """The profile of a record, and the genes that it is about."""
        found = self._profiles.get((type(record), record.id))
        if found is None:
            expression = any_profile(record) if isinstance(record, Trial) else record.profile
            genes = frozenset(board.genes_of_profile(expression)) if expression else frozenset()
            found = self._profiles[type(record), record.id] = _Profile(expression, genes)
        return found

    def _of_record(self, record: Record, status: BiomarkerStatus | None, person: Person, board: StatusBoard) -> Part:
        rest: object
        if isinstance(record, Evidence) and status is not None:
            rest = person.query.tumor.code, classes_of_their_own(status, board, self._knowledge)
        elif isinstance(record, Evidence) or record.conditions:
            rest = self.number(person)
        else:
            rest = person.query.tumor.code, person.query.jurisdiction
        key = type(record), record.id, self._told(status).shape, rest
        found = self._known.get(key)
        if found is None:
            case = Lean(knowledge=self._knowledge, conditions=self._conditions)
            state_record(case, record, person, board)
            found = self._known[key] = Part(len(self._known) + 1, case)
        return found

    def case(self, parts: list[Stood], person: Person, board: StatusBoard) -> Case:
        """All facts of a patient, but for the age."""
        case = Lean(knowledge=self._knowledge, stated=self, conditions=self._conditions)
        state_patient(case, person)
        number = self.number(person)
        for part, status, *_ in parts:
            case.add(part.case)
            for name, item in part.case.items.items():
                if status is not None and item.status is not status:
                    case.items[name] = item._replace(status=status)
            for name, asked in part.case.required:
                require = partial(state_requirement, name=name, requirement=asked, person=person)
                self.once(case, ("requirement", name, asked, number), require)
        after_the_records(case, person, board)
        return case

    def number(self, person: Person) -> int:
        """A number for a person that `person` gave."""
        return id(person)

    def _told(self, status: BiomarkerStatus | None) -> _Told:
        """What a status tells."""
        if status is None:
            return _NOTHING
        found = self._told_by.get(id(status))
        if found is None:
            parts = tuple(map(self._told, status.parts))
            shape = (
                *(status.id, status.status, status.genomic, status.closeness, status.caution),
                *(is_not_germline(status), len(status.alterations), status.because if self._exact else ""),
                *(part.shape for part in parts),
            )
            alterations = (*status.alterations, *(each for part in parts for each in part.alterations))
            number = self._shapes.setdefault(shape, len(self._shapes) + 1)
            found = self._told_by[id(status)] = _Told(status, number, alterations)
        return found


class _Profile(NamedTuple):
    """A record's profile, None where it has none, and the genes whose alterations its status is worked out from."""

    expression: str | None
    genes: frozenset[str]


class _Told(NamedTuple):
    """A status, a number for all of it but the alterations that it and its parts rest on, and these in their order."""

    status: BiomarkerStatus | None
    shape: int
    alterations: tuple[Alteration, ...]


_NOTHING = _Told(None, 0, ())


class Stood(NamedTuple):
    """A part, and the status of its profile in the patient, as `_Told`."""

    part: Part
    status: BiomarkerStatus | None
    shape: int
    alterations: tuple[Alteration, ...]


def _coverage(sample: Sample, known: Coverage) -> Coverage:
    """What was looked at in a patient's only sample, under the name of the one that stands for it."""
    assays = {given.assay or "": assay for given, assay in known.looked}
    return Coverage((replace(sample, id=SAMPLE),), assays)
