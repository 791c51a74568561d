"""What records of the graph say to patients who stand to them alike, each worked out once.

What a record says rests on how the patient stands to its biomarkers and, for some, on the patient without the results
of tests, who is called a person here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from kb.biomarker import ANY_MUTATION
from kb.evidence import Evidence
from kb.trial import Trial
from kb.tumor_types import TumorType
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard
from matcher.clinical import Person, state_requirement
from matcher.cohort.alike import NOWHERE
from matcher.cohort.what_counts import LIMITS, limits_of
from matcher.designs import state_forms
from matcher.disease_state import states_of
from matcher.facts import (
    NO_ORIGIN,
    Asked,
    Case,
    Item,
    Origin,
    any_profile,
    asked_of,
    classes_of_their_own,
    is_not_germline,
    relation_to,
    settled_for,
    state_across,
    state_of_each,
    state_patient,
    state_record,
)
from matcher.history import course_of
from matcher.names import alteration_name
from matcher.phrases import text
from matcher.reimbursement import is_late
from matcher.roles import Roles, roles_of
from matcher.scope import KINDS
from matcher.stated import Stated
from matcher.transfer import state_forms_apart

if TYPE_CHECKING:
    from kb.alteration import Alteration, Place
    from kb.caution import Caution
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.eligibility import Tree
    from matcher.facts import Query
    from matcher.patient import Patient
    from matcher.scope import Record
    from rules.facts import Fact


@dataclass(slots=True)
class Lean(Case):
    """A case that is not asked where its facts come from. A fact may stand in it twice.

    The facts of parts that were added stay in `parts`, each the same object wherever the part is.
    """

    parts: list[Sequence[Fact]] = field(default_factory=list)
    limits: set[float] = field(default_factory=set)
    """The ages that facts hold a patient's age against."""
    named: bool = False
    """Whether facts name alterations: those who are alike have them by the same names."""
    numbers: dict[Place, int] = field(default_factory=dict)
    """The alterations that facts tell apart, by the place of what stands for them."""
    uses: dict[tuple[str, str], str] = field(default_factory=dict)
    """What was made of uses, for this case and others."""

    def keep(self, stated: Fact, origin: Origin) -> None:
        """Add a fact."""
        self.facts.append(stated)
        if stated.predicate in AGE_LIMITS:
            self.limits |= limits_of([stated])

    def add(self, part: Case) -> None:
        """Add what a part of the case states."""
        if part.facts:
            self.parts.append(part.facts)
        limits = part.limits if isinstance(part, Lean) else limits_of(part.facts)
        if limits:
            self.limits |= limits
        if isinstance(part, Lean) and part.parts:
            self.parts += part.parts
        self.take(part)

    def hear(self, said: Said) -> None:
        """Add what is said, but for items and cores."""
        self.parts += said.parts
        self.limits |= said.limits
        self.labels.update(said.labels)
        self.asked |= said.asked
        self.therapies |= said.therapies
        self.negative |= said.negative
        self.cautions.update(said.cautions)

    def take(self, part: Case) -> None:
        """Add all that a part of the case has but its facts."""
        if part.items:
            self.items.update(part.items)
        if part.labels:
            self.labels.update(part.labels)
        if part.asked or part.therapies or part.negative or part.cautions:
            self.asked.update(part.asked)
            self.therapies.update(part.therapies)
            self.negative.update(part.negative)
            self.cautions.update(part.cautions)

    def told_apart(self, alteration: Alteration) -> str:
        """An alteration by its number among the patient's: which one stands for it rests on who was met before.

        The facts of a patient are the same in every process: on a cluster one states them and another answers.
        """
        number = str(self.numbers.setdefault(alteration.place, len(self.numbers) + 1))
        if not self.named:
            return number
        return text("items", "placed", label=alteration_name(alteration), place=number)

    def use(self, regimen: str, ground: str) -> str:
        """The use of a regimen, by its label and the alteration's number; made once for all who have the same."""
        found = self.uses.get((regimen, ground))
        if found is None:
            found = self.uses[regimen, ground] = text("items", "use", regimen=regimen, ground=ground)
        return found

    def asked_profile(self, profile: str, board: StatusBoard, knowledge: KnowledgeBase) -> Asked:
        """How the patient stands to a profile of the graph."""
        return asked_of(board.profile(profile), profile, NO_ORIGIN, board, knowledge)


NO_ROLES = Roles()
ANY_TUMOR = TumorType("", "", "")
"""Stands for the tumor type of those for whom it has no part in what follows."""
AGE_LIMITS = frozenset(predicate for predicate, _ in LIMITS)


class Told(NamedTuple):
    """A status, a number for all of it but the alterations that it and its parts rest on, and these in their order."""

    status: BiomarkerStatus | None
    shape: int
    alterations: tuple[Alteration, ...]


class Beside(NamedTuple):
    """What follows for a person of what a record says, and the cores of its regimens."""

    case: Lean
    cores: Mapping[Regimen, Regimen]


@dataclass(slots=True)
class Said:
    """What is said to a person, and what follows of it: facts in parts, and what a case keeps beside them."""

    parts: list[Sequence[Fact]] = field(default_factory=list)
    limits: set[float] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    therapies: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    negative: set[str] = field(default_factory=set)
    cautions: dict[str, Caution] = field(default_factory=dict)
    cores: dict[Regimen, Regimen] = field(default_factory=dict)

    def add(self, other: Said) -> None:
        """Add what else is said."""
        self.parts += other.parts
        self.labels.update(other.labels)
        self.therapies.update(other.therapies)
        self.cores.update(other.cores)
        if other.limits or other.asked or other.negative or other.cautions:
            self.limits |= other.limits
            self.asked.update(other.asked)
            self.negative.update(other.negative)
            self.cautions.update(other.cautions)

    def add_case(self, case: Lean) -> None:
        """Add what a part of a case states."""
        if case.facts:
            self.parts.append(case.facts)
        self.parts += case.parts
        self.limits |= case.limits
        self.labels.update(case.labels)
        self.therapies.update(case.therapies)
        self.asked.update(case.asked)
        self.negative.update(case.negative)
        self.cautions.update(case.cautions)


class Quiet(NamedTuple):
    """What records say that rest on no alteration, together, with the items and the parts that these play."""

    said: Said
    items: Mapping[str, Item]
    roles: Roles


class Part(NamedTuple):
    """What a record says to patients who stand to it alike.

    `beside` is what follows of it by the person's number: one object for all parts of which the same follows. `said` is
    both together. `is_moved` where some item of it is for another tumor type.
    """

    number: int
    case: Lean
    beside: dict[int, Beside]
    said: dict[int, Said]
    is_moved: bool


class Stood(NamedTuple):
    """What a record says to a patient, with the status of its profile in the items, and the parts that these play.

    `order` tells its place among records; `alterations` are those that the status and its parts rest on.
    """

    order: tuple[int, str]
    part: Part
    items: Mapping[str, Item]
    alterations: tuple[Alteration, ...]
    roles: Roles


class Personal(NamedTuple):
    """A record that says different things to persons, with the status of its profile; `order` as that of Stood."""

    order: tuple[int, str]
    record: Record
    told: Told


class Profile(NamedTuple):
    """A record's profile, None where it has none, and the genes whose alterations settle what the record says.

    `is_any` where it asks for any mutation of a gene: what such a record says rests on more than the profile's status.
    `relations` tell how tumor types stand to the record's, by code.
    """

    expression: str | None
    genes: frozenset[str]
    is_any: bool
    relations: dict[str, str]


_NOTHING = Told(None, 0, ())


def record_is_personal(record: Record, status: BiomarkerStatus | None) -> bool:
    """Whether what a record says rests on the whole person."""
    return status is None if isinstance(record, Evidence) else bool(record.conditions)


class Parts(Stated):
    """What records say to patients who stand to them alike, each once."""

    of_many = True

    def __init__(self, knowledge: KnowledgeBase, exact: bool = False) -> None:
        super().__init__()
        self._knowledge, self._exact = knowledge, exact
        self._persons: dict[tuple[Patient, Query], Person] = {}
        self._bare: dict[int, Person] = {}
        self._of_any_tumor: dict[int, Person] = {}
        self._stages: dict[tuple[object, ...], str | None] = {}
        self._known: dict[tuple[object, ...], Part] = {}
        self._kinds: dict[tuple[object, ...], dict[int, Beside]] = {}
        self._beside = 0
        self._personal: dict[tuple[tuple[int, str], int, int], Stood | None] = {}
        self._shapes: dict[tuple[object, ...], int] = {}
        self._told_by: dict[int, Told] = {}
        self._profiles: dict[tuple[type[Record], str], Profile] = {}
        self._stood_by: dict[tuple[int, int, str, str], Stood | Personal | None] = {}
        self._conditions: dict[str, Tree | None] = {}
        self._quiet_of: dict[tuple[int, ...], Quiet] = {}
        self._uses: dict[tuple[str, str], str] = {}

    @property
    def size(self) -> int:
        """How much is kept."""
        kept = len(self._known) + len(self._told_by) + len(self._stood_by) + len(self._personal) + len(self._once)
        return kept + self._beside

    def person(self, patient: Patient, query: Query) -> Person:
        """Who stands for the patient in all that the results of tests and the age do not settle."""
        stage = self._stages.setdefault((states_of(patient.stage or ""), is_late(patient.stage)), patient.stage)
        like = replace(patient, id="", age=None, stage=stage, alterations=(), samples=(), place=NOWHERE, places=())
        found = self._persons.get((like, query))
        if found is None:
            course = course_of(like, self._knowledge)
            found = self._persons[like, query] = Person(like, course, query, self._knowledge)
        return found

    def number(self, person: Person) -> int:
        """A number for a person that `person` or `bare` gave."""
        return id(person)

    def bare(self, person: Person) -> Person:
        """The person without what conditions alone ask for: most records say the same to all who are alike in the rest.

        Stage, sex, performance status and menopausal status are asked for by `state_patient`, by records with
        conditions, and where all records are seen together.
        """
        found = self._bare.get(id(person))
        if found is None:
            without = replace(person.patient, stage=None, sex=None, ecog=None, menopausal_status=None)
            found = self._bare[id(person)] = self.person(without, person.query)
        return found

    def _anywhere(self, person: Person) -> Person:
        """The person without the tumor type: what follows of most that records say is the same for all tumor types."""
        found = self._of_any_tumor.get(id(person))
        if found is None:
            without = replace(person.patient, tumor_type=None, tumor_codes=())
            found = self._of_any_tumor[id(person)] = self.person(without, person.query._replace(tumor=ANY_TUMOR))
        return found

    def profile(self, record: Record, board: StatusBoard) -> Profile:
        """The profile of a record; the board must share."""
        found = self._profiles.get((type(record), record.id))
        if found is None:
            expression = any_profile(record) if isinstance(record, Trial) else record.profile
            genes = frozenset(self._genes_of(expression, board)) if expression else frozenset[str]()
            reached = board.reached_by_profile(expression) if expression else ()
            is_any = any(each.id.endswith(ANY_MUTATION) for each in reached)
            found = self._profiles[type(record), record.id] = Profile(expression, genes, is_any, {})
        return found

    def _genes_of(self, expression: str, board: StatusBoard) -> set[str]:
        """The genes that settle a profile's status, and whether a mutation is apart from the activating ones."""
        genes = set(board.genes_of_profile(expression))
        for biomarker in board.reached_by_profile(expression):
            if biomarker.id.endswith(ANY_MUTATION):
                narrower = self._knowledge.narrower_biomarkers(biomarker)
                genes.update(gene for each in narrower for gene in board.genes_for(each.id))
        return genes

    def stood(self, record: Record, person: Person, board: StatusBoard) -> Stood | Personal | None:
        """What a record says to a patient, of whom no more than `bare` counts; None where it says nothing."""
        profile = self.profile(record, board)
        status = board.profile(profile.expression) if profile.expression else None
        relation = self._relation(profile, record, person.query.tumor)
        is_present = status is not None and status.status is Status.PRESENT
        if not is_present and (relation == "other" or isinstance(record, Evidence)):
            return None
        if profile.is_any:
            return self._stood(record, status, person, board)
        key = id(profile), id(status), relation, person.query.jurisdiction
        if key not in self._stood_by:
            self._stood_by[key] = self._stood(record, status, person, board)
        return self._stood_by[key]

    def _stood(
        self, record: Record, status: BiomarkerStatus | None, person: Person, board: StatusBoard
    ) -> Stood | Personal | None:
        told = self._told(status)
        order = KINDS[type(record)], record.id
        if record_is_personal(record, told.status):
            return Personal(order, record, told)
        rest: object = None
        if isinstance(record, Evidence) and told.status is not None:
            rest = classes_of_their_own(told.status, board, self._knowledge)
        return self._of(order, record, told, rest, person, board)

    def to_person(self, said: Personal, person: Person, board: StatusBoard) -> Stood | None:
        """What a record says to this very person; None where it says nothing."""
        number = self.number(person)
        key = said.order, id(said.told.status), number
        if key not in self._personal:
            self._personal[key] = self._of(said.order, said.record, said.told, number, person, board)
        return self._personal[key]

    def _of(
        self, order: tuple[int, str], record: Record, told: Told, rest: object, person: Person, board: StatusBoard
    ) -> Stood | None:
        relation = self._relation(self.profile(record, board), record, person.query.tumor)
        key = order, told.shape, relation, person.query.jurisdiction, rest
        part = self._known.get(key)
        if part is None:
            case = Lean(knowledge=self._knowledge, conditions=self._conditions)
            state_record(case, record, person, board)
            kind = order, relation, person.query.jurisdiction, None if told.status is None else told.status.status
            beside = self._kinds.setdefault(kind, {})
            is_moved = any(item.relation == "other" for item in case.items.values())
            part = self._known[key] = Part(len(self._known) + 1, case, beside, {}, is_moved)
        items: Mapping[str, Item] = part.case.items
        if not items:
            return None
        if told.status is not None and any(item.status is not told.status for item in items.values()):
            items = {name: item._replace(status=told.status) for name, item in items.items()}
        plays = told.status is None or told.status.status is Status.PRESENT
        return Stood(order, part, items, told.alterations, roles_of(items.values()) if plays else NO_ROLES)

    def _relation(self, profile: Profile, record: Record, tumor: TumorType) -> str:
        """How a tumor type stands to a record's, by the record's own profile."""
        found = profile.relations.get(tumor.code)
        if found is None:
            found = profile.relations[tumor.code] = relation_to(record, tumor, self._knowledge)
        return found

    def _said(self, part: Part, person: Person) -> Said:
        """What a part says, and what follows of it for a person."""
        number = self.number(person)
        found = part.said.get(number)
        if found is None:
            found = self._of_all(part, person if part.case.required else self._anywhere(person))
            if part.is_moved:
                found = self._with_forms(found, part.case.items, person)
            part.said[number] = found
        return found

    def _of_all(self, part: Part, whom: Person) -> Said:
        """What a part says, and what follows of it for all persons who are so but for the tumor type."""
        number = self.number(whom)
        found = part.said.get(number)
        if found is None:
            beside = part.beside.get(number)
            if beside is None:
                beside = part.beside[number] = self._of_person(part, whom)
            found = part.said[number] = Said(cores=dict(beside.cores))
            found.add_case(part.case)
            found.add_case(beside.case)
        return found

    def _with_forms(self, of_all: Said, items: Mapping[str, Item], person: Person) -> Said:
        """The same for a person of a tumor type: with its form, where that counts."""
        forms = Lean(knowledge=self._knowledge, stated=self, items=dict(items))
        state_forms(forms, person.query, self._knowledge)
        moved = (item for item in items.values() if item.relation == "other")
        state_forms_apart(forms, moved, person.query, self._knowledge)
        found = Said()
        found.add(of_all)
        found.add_case(forms)
        return found

    def _of_person(self, part: Part, person: Person) -> Beside:
        """What follows of a part for a person, by itself."""
        number = self.number(person)
        case = Lean(knowledge=self._knowledge, stated=self, conditions=self._conditions, items=part.case.items)
        for name, asked in part.case.required:
            require = partial(state_requirement, name=name, requirement=asked, person=person)
            self.once(case, ("requirement", name, asked, number), require)
        cores = state_of_each(case, person)
        case.items = {}
        self._beside += 1
        return Beside(case, cores)

    def case(self, stood: Sequence[Stood], person: Person, board: StatusBoard) -> Lean:
        """All facts of a patient, but for the age."""
        bare = self.bare(person)
        number = self.number(bare)
        quiet = self._quiet([each for each in stood if not each.alterations], bare)
        items, roles, said = dict(quiet.items), Roles(), Said()
        case = Lean(knowledge=self._knowledge, stated=self, conditions=self._conditions, named=self._exact)
        case.items, case.uses = items, self._uses
        case.once(partial(settled_for, person, ("patient",)), partial(state_patient, person=person))
        roles.add(quiet.roles)
        said.add(quiet.said)
        for each in stood:
            if each.alterations:
                said.add(each.part.said.get(number) or self._said(each.part, bare))
                items.update(each.items)
                roles.add(each.roles)
        case.hear(said)
        state_across(case, roles, person, board, said.cores)
        return case

    def _quiet(self, stood: Sequence[Stood], bare: Person) -> Quiet:
        """What records say that rest on no alteration: the same to many, whatever else is found in them."""
        number = self.number(bare)
        key = number, *[each.part.number for each in stood]
        found = self._quiet_of.get(key)
        if found is None:
            items: dict[str, Item] = {}
            found = self._quiet_of[key] = Quiet(Said(), items, Roles())
            for each in stood:
                found.said.add(each.part.said.get(number) or self._said(each.part, bare))
                items.update(each.items)
                found.roles.add(each.roles)
            found.said.parts = [tuple(dict.fromkeys(fact for part in found.said.parts for fact in part))]
        return found

    def _told(self, status: BiomarkerStatus | None) -> Told:
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
            found = self._told_by[id(status)] = Told(status, number, alterations)
        return found
