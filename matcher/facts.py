"""The facts of one case: what the knowledge base says of the options in reach, and how this patient stands to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from kb.biomarker import ANY_MUTATION
from kb.dates import span
from kb.profile import asks_only_for_absence, parse
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard
from matcher.clinical import NO_LIMIT, Person, sex_of, state_condition, state_requirement
from matcher.condition_text import read
from matcher.conflicts import conflict_facts
from matcher.disease_state import states_of
from matcher.history import course_of, history_facts
from matcher.markers import STATED
from matcher.names import (
    alteration_name,
    biomarker_name,
    jurisdiction_name,
    regimen_name,
    requirement_name,
    tumor_codes,
)
from matcher.phrases import Text, text
from matcher.preferences import state_preferences
from matcher.reimbursement import is_insured, state_coverage
from matcher.resistance import state_resistance
from matcher.roles import Roles, roles_of
from matcher.safety import state_safety
from matcher.transfer import state_forms_apart, transfer_facts
from matcher.unread import state_unread
from rules.facts import Fact, Value, fact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from kb.alteration import Alteration, Place
    from kb.caution import Caution
    from kb.evidence import Evidence
    from kb.graph import KnowledgeBase
    from kb.indication import Indication, Regimen, Requirement
    from kb.source import Source, Verified
    from kb.therapies import Therapy
    from kb.trial import Trial
    from kb.tumor_types import TumorType
    from matcher.eligibility import Tree
    from matcher.patient import Patient
    from matcher.scope import Scope
    from matcher.stated import Stated

Made = TypeVar("Made")

ISOFORMS = {"AR-V7": "AR:V7", "EGFRvIII": "EGFR:VIII"}
"""Isoforms that a patient file states as markers, and their biomarkers."""

SERVED = ("CN", "EU", "US")
"""The jurisdictions whose approvals count; the graph may hold others, which a query shows."""

COUNTRIES: dict[str, tuple[str, ...]] = {
    "CN": ("china",),
    "US": ("us", "usa", "united states"),
    "EU": (
        "eu", "europe", "european union", "austria", "belgium", "bulgaria", "croatia", "cyprus", "czechia",
        "czech republic", "denmark", "estonia", "finland", "france", "germany", "greece", "hungary", "ireland", "italy",
        "latvia", "lithuania", "luxembourg", "malta", "netherlands", "poland", "portugal", "romania", "slovakia",
        "slovenia", "spain", "sweden",
    ),
}  # fmt: skip
"""Words in a trial's countries that put it in reach of a jurisdiction's patients."""

SUPPORTIVE = ("corticosteroid", "androgen deprivation therapy")
"""Classes whose drugs accompany a regimen and are not what evidence for or against it is about."""


class Origin(NamedTuple):
    """Where a given fact comes from: statements of the graph with their sources, or places in the patient's files.

    `indication` is the id of an indication whose sources are looked up only when they are asked for.
    """

    text: str
    sources: tuple[Source, ...] = ()
    places: tuple[Place, ...] = ()
    iri: str | None = None
    verified: Verified | None = None
    parts: tuple[Origin, ...] = ()
    indication: str | None = None


NO_ORIGIN = Origin("")


class Item(NamedTuple):
    """Something of the graph that is considered: an indication, an evidence item or a trial, for one regimen."""

    id: str
    regimen: Regimen
    record: Indication | Evidence | Trial
    status: BiomarkerStatus | None
    relation: str


class Asked(NamedTuple):
    """A biomarker profile that items ask for, as the patient stands to it: worked out once for all of them.

    `negative` profiles select by absence, `only_absence` ones by nothing else; `apart` are the mutations by which alone
    "any mutation" of a gene is present although they are no activating ones.
    """

    status: BiomarkerStatus
    origin: Origin
    negative: bool
    only_absence: bool
    apart: tuple[str, ...]


@dataclass(slots=True)
class Case:
    """The facts of one patient, where each comes from, and the items behind their ids.

    Facts hold English texts; `said` knows those that can be said in another language. `confined` are the biomarker
    profiles that only part of the disease has (matcher/lesions.py).
    """

    facts: list[Fact] = field(default_factory=list)
    origins: dict[Fact, Origin] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    conditions: dict[str, Tree | None] = field(default_factory=dict)
    cautions: dict[str, Caution] = field(default_factory=dict)
    profiles: dict[str, Asked] = field(default_factory=dict)
    worked_out: Mapping[str, Asked] = field(default_factory=dict, compare=False, repr=False)
    """Profiles as they were worked out for another part of the case, to be taken over where they are asked for."""
    said: dict[str, Text] = field(default_factory=dict)
    confined: set[str] = field(default_factory=set)
    required: list[tuple[str, Requirement]] = field(default_factory=list)
    """What indications ask of the history, by name, as long as it is not stated how the patient stands to it."""
    therapies: set[str] = field(default_factory=set)
    """The drugs and classes that facts say are known."""
    negative: set[str] = field(default_factory=set)
    """The items whose profile selects by an absence."""
    knowledge: KnowledgeBase | None = None
    stated: Stated | None = None
    """What was stated of the same patient before or after other edits; None where nothing can be taken over."""

    def once(self, key: Callable[[Stated], tuple[object, ...]], make: Callable[[Case], Made]) -> Made:
        """What `make` gives back, which states facts in the case; done once for all cases in which the key is the same.

        `make` reads nothing of the case. What it reads beside that is settled by the key, whose first part names it.
        """
        return make(self) if self.stated is None else self.stated.once(self, key(self.stated), make)

    def state(self, predicate: str, origin: Origin | None = None, /, **fields: Value) -> None:
        """Add a fact, once."""
        for name, value in fields.items():
            if type(value) is Text:
                self.said[value] = value
                fields[name] = str(value)
        if predicate == "therapy":
            self.therapies.add(str(fields["name"]))
        elif predicate == "biomarker_of" and fields["negative"]:
            self.negative.add(str(fields["item"]))
        self.keep(fact(predicate, **fields), origin or NO_ORIGIN)

    def keep(self, stated: Fact, origin: Origin) -> None:
        """Add a fact that was made, once."""
        if stated not in self.origins:
            self.facts.append(stated)
            self.origins[stated] = origin

    def add(self, part: Case) -> None:
        """Add what a part of the case states, each fact once."""
        if not self.origins.keys().isdisjoint(part.origins):
            new = [stated for stated in part.facts if stated not in self.origins]
            self.facts.extend(new)
            self.origins.update((stated, part.origins[stated]) for stated in new)
        else:
            self.facts.extend(part.facts)
            self.origins.update(part.origins)
        self.take(part)

    def take(self, part: Case) -> None:
        """Add all that a part of the case has but its facts."""
        self.items.update(part.items)
        self.labels.update(part.labels)
        self.asked.update(part.asked)
        self.therapies.update(part.therapies)
        self.negative.update(part.negative)
        self.said.update(part.said)
        self.cautions.update(part.cautions)
        self.profiles.update(part.profiles)

    def history_origin(self, person: Person) -> Origin:
        """Where the treatment history was read."""
        given = tuple(each.therapy.place for each in person.course)
        return Origin(text("items", "history"), places=given or person.patient.at("prior_therapies"))

    def read(self, condition: str, knowledge: KnowledgeBase) -> Tree | None:
        """A condition's text as structure, read once for all items that share it; None when it stays text."""
        if condition not in self.conditions:
            self.conditions[condition] = read(condition, knowledge)
        return self.conditions[condition]

    def use(self, regimen: str, ground: str) -> str:
        """The use of a regimen for what makes it present, as a fact names it."""
        return text("items", "use", regimen=regimen, ground=ground)

    def told_apart(self, alteration: Alteration) -> str:
        """An alteration as no other one of the patient is called."""
        return text("items", "placed", label=alteration_name(alteration), place=str(alteration.place))

    def asked_profile(self, profile: str, board: StatusBoard, knowledge: KnowledgeBase) -> Asked:
        """How the patient stands to a profile of the graph."""
        found = self.profiles.get(profile)
        if found is None and profile in self.worked_out:
            found = self.profiles[profile] = self.worked_out[profile]
        if found is None:
            status = board.profile(profile)
            found = self.profiles[profile] = asked_of(status, profile, _status_origin(status), board, knowledge)
        return found


def asked_of(
    status: BiomarkerStatus, profile: str, origin: Origin, board: StatusBoard, knowledge: KnowledgeBase
) -> Asked:
    """A profile with the status that it has in the patient."""
    only_absence = asks_only_absence(profile, knowledge)
    negative = only_absence or _selects_by_wild_type(profile, knowledge)
    return Asked(status, origin, negative, only_absence, classes_of_their_own(status, board, knowledge))


class Query(NamedTuple):
    """What is asked: the patient's resolved tumor type, the jurisdiction and the date (ISO)."""

    tumor: TumorType
    jurisdiction: str
    as_of: str


def case_of(
    patient: Patient,
    query: Query,
    board: StatusBoard,
    knowledge: KnowledgeBase,
    scope: Scope | None = None,
    stated: Stated | None = None,
) -> Case:
    """All facts that the rules need for this patient, and nothing that they cannot reach.

    With a `scope`, only what bears on its regimens: the same is found of these, except levels in frameworks. `stated`
    keeps what was stated of the patient before other edits: the same is stated with it as without.
    """
    case = Case(knowledge=knowledge, stated=stated)
    person = Person(patient, course_of(patient, knowledge), query, knowledge)
    case.once(partial(settled_for, person, ("patient",)), partial(state_patient, person=person))
    records = records_for(query, board, knowledge, scope)
    if scope is not None:
        records = scope.bearing(records, query, len(patient.samples) > 1, knowledge)
    if stated is None:
        state_records(case, records, person, board)
        beside_the_records(case, person)
    else:
        parts = stated.state(case, records, person, board)
        key = parts, stated.number(person)
        stated.after(case, ("beside", *key), lambda: beside_the_records(case, person))
    cores = _of_the_board(case, person, board)
    if stated is None:
        _across_options(case, person, cores)
    else:
        across = "across", *key, frozenset(case.confined)
        stated.after(case, across, lambda: _across_options(case, person, cores))
    if scope is None:
        _for_the_frameworks(case, person, board)
    return case


def records_for(
    query: Query, board: StatusBoard, knowledge: KnowledgeBase, scope: Scope | None = None
) -> tuple[Indication | Evidence | Trial, ...]:
    """What the graph has that may speak to a patient: indications, evidence and trials, each by id."""
    reach = in_reach(board, knowledge, scope)
    tumors = {query.tumor.code, *query.tumor.ancestors, *knowledge.types_below(query.tumor.code)}
    return (
        *_indications(reach, tumors, query, knowledge, scope),
        *_evidence(reach, board, knowledge, scope),
        *_trials(reach, tumors, knowledge, scope),
    )


def state_of_each(case: Case, person: Person) -> dict[Regimen, Regimen]:
    """State what follows, beside what the records say, for each item by itself from the patient but for the results.

    It is the same for a part of a case: the facts of all parts together are those of the case. It rests on the tumor
    type no further than the items do, and what does is left to `matcher.designs.state_forms`. The result is the core of
    each regimen of an item whose biomarker is present.
    """
    from matcher.designs import state_designs_of_each  # it builds on this module's values

    candidates, therapies = part_facts(case, person.query, person.knowledge)
    _of_each_regimen(case, candidates, therapies, person)
    state_designs_of_each(case, person.knowledge)
    return {item.regimen: core_of(item.regimen, therapies) for item in candidates}


def state_across(
    case: Case, roles: Roles, person: Person, board: StatusBoard, cores: Mapping[Regimen, Regimen]
) -> None:
    """State what follows from all items together; with `state_of_each` and the forms, all that follows from records.

    `roles` and `cores` are those of all parts of the case.
    """
    from matcher.designs import state_designs_across

    _history_facts(case, person)
    if person.course:
        drugs = {drug for item in _candidates(case) if not _is_told_in_words(item) for drug in item.regimen}
        _resistance_facts(case, person.knowledge.therapies(drugs), person)
    _of_results(case, cores, person, board)
    conflict_facts(case, roles, cores, person.knowledge)
    transfer_facts(case, roles, cores, person.query, person.knowledge)
    state_designs_across(case, roles.graded, person.query, board, person.knowledge)
    _course_facts(case, person)


def _for_the_frameworks(case: Case, person: Person, board: StatusBoard) -> None:
    """State what the levels rest on, and what the patient's course asks for beside therapies."""
    from matcher.designs import may_be_graded, state_designs_across, state_designs_of_each, state_forms

    state_designs_of_each(case, person.knowledge)
    state_forms(case, person.query, person.knowledge)
    graded = [item for item in case.items.values() if may_be_graded(item)]
    state_designs_across(case, graded, person.query, board, person.knowledge)
    _course_facts(case, person)


def _course_facts(case: Case, person: Person) -> None:
    if person.course or person.patient.events:
        from matcher.course import state_course

        state_course(case, person)


def beside_the_records(case: Case, person: Person) -> None:
    """State what follows for each option by itself from the patient but for the results of tests."""
    _history_facts(case, person)
    candidates, therapies = part_facts(case, person.query, person.knowledge)
    if person.course:
        _resistance_facts(case, therapies, person)
    _of_each_regimen(case, candidates, therapies, person)


def _resistance_facts(case: Case, therapies: Mapping[str, Therapy], person: Person) -> None:
    named = tuple(therapies)
    case.once(
        lambda stated: ("resistance", named, stated.number(person)),
        lambda case: state_resistance(case, therapies, person),
    )


def _of_each_regimen(case: Case, candidates: Iterable[Item], therapies: Mapping[str, Therapy], person: Person) -> None:
    """State what the patient's condition and wishes mean for the regimens of these items."""
    regimens = tuple(sorted({item.regimen for item in candidates if not _is_told_in_words(item)}))
    for group in _groups(case, regimens):
        known = {drug: therapies[drug] for regimen in group for drug in regimen if drug in therapies}
        made = partial(_of_the_person, regimens=group, therapies=known, person=person)
        case.once(partial(settled_for, person, ("of the person", group)), made)


def settled_by(key: tuple[object, ...], _: Stated) -> tuple[object, ...]:
    """The key of what rests on nothing else (`Case.once`)."""
    return key


def settled_for(person: Person, key: tuple[object, ...], stated: Stated) -> tuple[object, ...]:
    """The key of what rests on the person too."""
    return *key, stated.number(person)


def _of_the_person(case: Case, regimens: tuple[Regimen, ...], therapies: Mapping[str, Therapy], person: Person) -> None:
    """State what the patient's condition and wishes mean for these regimens."""
    state_safety(case, regimens, therapies, person)
    state_preferences(case, regimens, therapies, person)
    state_unread(case, regimens, therapies, person)


def _of_the_board(case: Case, person: Person, board: StatusBoard) -> dict[Regimen, Regimen]:
    """State what rests on results that no record asks for: the plan's entries, organoids, the spread over foci.

    The result is the core of each regimen of an item whose biomarker is present.
    """
    candidates = _candidates(case)
    drugs = {drug for item in candidates if not _is_told_in_words(item) for drug in item.regimen}
    therapies = person.knowledge.therapies(drugs)
    cores = {regimen: core_of(regimen, therapies) for regimen in sorted({item.regimen for item in candidates})}
    _of_results(case, cores, person, board)
    return cores


def _of_results(case: Case, cores: Mapping[Regimen, Regimen], person: Person, board: StatusBoard) -> None:
    patient = person.patient
    insured, several = is_insured(person), len(patient.samples) > 1
    if not insured and not several and not patient.organoids:
        return
    regimens = sorted({item.regimen for item in _candidates(case) if not _is_told_in_words(item)})
    state_coverage(case, {drug for regimen in regimens for drug in regimen}, person, board)
    if patient.organoids:
        from matcher.organoids import state_organoids  # a patient without organoids does not pay for them

        of_regimens = {regimen: cores[regimen] for regimen in regimens}

        def of_organoids(case: Case) -> None:
            state_organoids(case, of_regimens, person)

        samples = patient.samples
        case.once(lambda known: ("organoids", (*of_regimens.items(),), samples, known.number(person)), of_organoids)
    if several:
        from matcher.lesions import state_spread  # a patient with one sample does not pay for it

        state_spread(case, patient, board)


def _across_options(case: Case, person: Person, cores: Mapping[Regimen, Regimen]) -> None:
    """What one option means for another: what speaks against it, and what carries it to another tumor type."""
    roles = roles_of(case.items.values())
    conflict_facts(case, roles, cores, person.knowledge)
    state_forms_apart(case, roles.moved, person.query, person.knowledge)
    transfer_facts(case, roles, cores, person.query, person.knowledge)


def state_records(
    case: Case, records: Iterable[Indication | Evidence | Trial], person: Person, board: StatusBoard
) -> None:
    """State what these records say to this patient, where they reach the patient at all."""
    for record in records:
        state_record(case, record, person, board)
        for name, requirement in case.required:
            state_requirement(case, name, requirement, person)
        case.required.clear()


def state_record(case: Case, record: Indication | Evidence | Trial, person: Person, board: StatusBoard) -> None:
    """State what a record says, where it reaches the patient; what it asks of the history is left in `required`."""
    from kb.evidence import Evidence
    from kb.indication import Indication

    if isinstance(record, Indication):
        _indication_facts(case, record, person, board)
    elif isinstance(record, Evidence):
        _evidence_facts(case, record, person.query, board, person.knowledge)
    else:
        _trial_facts(case, record, person, board)


def said_of(record: Indication | Evidence | Trial) -> dict[str, Value]:
    """What a record's fact says beside its id and its regimen."""
    from kb.evidence import Evidence
    from kb.indication import Indication

    if isinstance(record, Indication):
        selects, status = record.profile is not None, record.status.value
        return {"jurisdiction": record.jurisdiction, "status": status, "selects": selects}
    if isinstance(record, Evidence):
        return {"direction": record.direction, "significance": record.significance, "level": record.level}
    as_of = record.status_as_of or text("items", "unknown date")
    return {"open": "yes" if record.recruiting else "no", "as_of": as_of}


def speaks_for(record: Indication | Evidence | Trial, relation: str, query: Query) -> bool:
    """Whether a record may be considered at all where the patient's tumor type stands to it in this way."""
    from kb.evidence import Evidence
    from kb.indication import Indication

    if isinstance(record, Indication):
        return record.jurisdiction in {*SERVED, query.jurisdiction}
    if isinstance(record, Evidence):
        return relation not in {"other", "general"} or speaks_elsewhere(record)
    return record.recruiting is not None


class Reach(NamedTuple):
    """Biomarkers by status; those ruled out are of the ones that some profile mentions under NOT."""

    present: set[str]
    equivocal: set[str]
    ruled_out: set[str]


class Wanted:
    """The biomarkers that results may put in reach, by id: all of the graph, or those among `names`."""

    def __init__(self, knowledge: KnowledgeBase, names: frozenset[str] | None = None) -> None:
        self._knowledge, self._names = knowledge, names
        self._of_gene: dict[str, tuple[str, ...]] = {}

    def of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those that are wanted."""
        return tuple(name for name in names if self._names is None or name in self._names)

    def of_gene(self, gene: str) -> tuple[str, ...]:
        """Those that name a gene."""
        found = self._of_gene.get(gene)
        if found is None:
            found = self._of_gene[gene] = self.of(each.id for each in self._knowledge.biomarkers_of_gene(gene))
        return found

    @cached_property
    def negative(self) -> tuple[str, ...]:
        """Those that are the absence of something."""
        return self.of(each.id for each in self._knowledge.negative_biomarkers())

    @cached_property
    def negated(self) -> tuple[str, ...]:
        """Those that a profile mentions under NOT."""
        return self.of(each.id for each in self._knowledge.negated_biomarkers())


def in_reach(board: StatusBoard, knowledge: KnowledgeBase, scope: Scope | None = None) -> Reach:
    """The biomarkers that the patient's results make present, or nearly so; of those in the scope where one is given.

    Negative ones (wild types) are among them where an assay or a stated result speaks for them.
    """
    wanted = Wanted(knowledge) if scope is None else scope.wanted(knowledge)
    near = [name for gene in board.genes for name in wanted.of_gene(gene)]
    for marker in board.measured_markers:
        # A marker may be the name of a biomarker: `BRAF V600E: detected`, `COSMIC signature SBS4: present`.
        named = knowledge.biomarkers_of_marker(marker) or knowledge.biomarkers_named(marker)
        isoform = (ISOFORMS[marker],) if marker in ISOFORMS else ()
        near.extend(wanted.of((*(each.id for each in named), *STATED.get(marker, ()), *isoform)))
    near.extend(wanted.negative)
    found = {name: board.status(name) for name in near}
    present = {name for name, status in found.items() if status.status is Status.PRESENT}
    open_ones = (name for name, each in found.items() if each.status is Status.EQUIVOCAL and each.alterations)
    denied = {name for name in wanted.negated if board.status(name).status is Status.ABSENT}
    return Reach(present, set(open_ones), denied)


def _indications(
    reach: Reach, tumors: set[str], query: Query, knowledge: KnowledgeBase, scope: Scope | None
) -> tuple[Indication, ...]:
    """The indications to consider, by id.

    Those of this jurisdiction for the patient's tumor type, whatever their biomarker, and those of any jurisdiction
    that the program serves, for any tumor type, whose biomarker the patient has or may have: no other can be
    recommended.
    """
    places, near = {*SERVED, query.jurisdiction}, reach.present | reach.equivocal
    if scope is not None:
        return tuple(
            each
            for each in scope.indications
            if (each.jurisdiction == query.jurisdiction and not tumors.isdisjoint(each.tumor_types))
            or (each.jurisdiction in places and scope.mention(each.profile, near))
        )
    here = knowledge.indications_in(query.jurisdiction, tumors)
    by_biomarker = knowledge.indications(near, (), places)
    found = {indication.id: indication for indication in (*here, *by_biomarker)}
    return tuple(found[name] for name in sorted(found))


def _evidence(reach: Reach, board: StatusBoard, knowledge: KnowledgeBase, scope: Scope | None) -> tuple[Evidence, ...]:
    """The evidence whose profile the patient's results make present, by id."""
    near = reach.present | reach.ruled_out
    holds: Callable[[str], bool] = lambda profile: board.profile(profile).status is Status.PRESENT  # noqa: E731
    if scope is None:
        return knowledge.evidence(near, holds)
    held = set(filter(holds, {profile for name in near for profile in scope.mentioning.get(name, ())}))
    return tuple(each for each in scope.evidence if each.profile in held)


def _trials(reach: Reach, tumors: set[str], knowledge: KnowledgeBase, scope: Scope | None) -> tuple[Trial, ...]:
    """The trials of known status for a biomarker that is present, or for the patient's tumor type, by id."""
    if scope is None:
        return knowledge.trials_of_known_status(mentioning=reach.present, tumor_types=tumors)
    return tuple(
        each
        for each in scope.trials
        if each.recruiting is not None
        and (
            not tumors.isdisjoint(each.tumor_types)
            or any(scope.mention(profile, reach.present) for profile in each.profiles)
        )
    )


def state_patient(case: Case, person: Person) -> None:
    """State who the patient is: tumor type, place and date, stage, age, performance status, sex."""
    patient, query = person.patient, person.query

    def told(*keys: str) -> Origin:
        return Origin(text("items", "patient", id=patient.id), places=patient.at(*keys))

    case.state(
        "patient",
        told("tumor_type", "jurisdiction", "as_of"),
        tumor=tumor_codes([query.tumor.code], person.knowledge),
        jurisdiction=query.jurisdiction,
        as_of=query.as_of,
    )
    for state in states_of(patient.stage or ""):
        case.state("stage", told("stage"), state=state)
    if patient.age is not None:
        case.state("age", told("age"), years=patient.age)
    if patient.ecog is not None:
        case.state("ecog", told("ecog"), grade=patient.ecog)
    sex = sex_of(patient)
    if sex is not None:
        case.state("sex", told("sex"), sex=sex)


def _history_facts(case: Case, person: Person) -> None:
    """The history, with the therapies in a setting that some requirement asked for."""
    origin = case.history_origin(person)
    for stated in history_facts(person.patient, person.course, case.asked):
        case.facts.append(stated)
        case.origins[stated] = origin


ELSEWHERE = frozenset({"other", "excluded"})
"""How an item for another tumor type stands to the patient's."""


def relation_of(tumor: TumorType, wanted: tuple[str, ...], excluded: tuple[str, ...], knowledge: KnowledgeBase) -> str:
    """How a patient's tumor type stands to an item's: evidence for an ancestor covers its descendants.

    A diagnosis more general than the item's type, or than one that it excludes, is `general`: undetermined. What an
    item for another tumor type excludes below the diagnosis does not matter.
    """
    lineage = (tumor.code, *tumor.ancestors)
    if any(code in excluded for code in lineage):
        return "excluded"
    below = knowledge.types_below(tumor.code)
    included = _included(lineage, wanted, below)
    if included != "other" and any(code in below for code in excluded):
        return "general"
    return included


def relation_to(record: Indication | Evidence | Trial, tumor: TumorType, knowledge: KnowledgeBase) -> str:
    """How a patient's tumor type stands to a record's: of the tumor type, what a record says rests on this alone."""
    from kb.evidence import Evidence
    from kb.indication import Indication

    if isinstance(record, Indication):
        return relation_of(tumor, record.tumor_types, record.excluded_tumor_types, knowledge)
    if isinstance(record, Evidence):
        return _included((tumor.code, *tumor.ancestors), record.tumor_types, knowledge.types_below(tumor.code))
    return _trial_relation(record, tumor, knowledge)


def _included(lineage: tuple[str, ...], wanted: tuple[str, ...], below: Collection[str]) -> str:
    """How a tumor type (its code, then its ancestors) stands to an item's types; `below` are types that lie in it."""
    if lineage[0] in wanted:
        return "exact"
    covering = next((code for code in lineage if code in wanted), None)
    if covering is not None:
        return "agnostic" if covering == "SOLID" else "covered"
    return "general" if any(code in below for code in wanted) else "other"


def _status_origin(status: BiomarkerStatus) -> Origin:
    """The patient's files behind a biomarker's status, down to file and row."""
    places = tuple(dict.fromkeys(alteration.place for alteration in status.alterations))
    because = text("status", status.status.value)
    told = text("status", "shown", label=status.label, status=because, because=status.because)
    return Origin(told, places=places, parts=tuple(_status_origin(part) for part in status.parts))


def _matching_facts(
    case: Case, item: str, asked: Asked | None, expression: str, relation: str, tumors: str, origin: Origin
) -> None:
    """How the patient stands to an item: biomarker and tumor type."""
    case.state("tumor_of", origin, item=item, tumor=tumors, relation=relation)
    if asked is None:
        return
    status = asked.status
    case.labels[expression] = status.label
    case.state(
        "biomarker_of",
        asked.origin,
        item=item,
        profile=expression,
        status=status.status.value,
        genomic=status.genomic,
        negative=asked.negative,
        because=status.because,
    )
    if status.caution:
        case.state("biomarker_caution", asked.origin, item=item, text=status.caution)


def _origin(record: Indication | Evidence | Trial, told: str) -> Origin:
    return Origin(told, record.sources, (), record.iri, record.verified)


def _indication_facts(case: Case, indication: Indication, person: Person, board: StatusBoard) -> None:
    query, knowledge = person.query, person.knowledge
    relation = relation_to(indication, query.tumor, knowledge)
    status = board.profile(indication.profile) if indication.profile else None
    if relation == "other" and (status is None or status.status is not Status.PRESENT):
        return
    asked = case.asked_profile(indication.profile, board, knowledge) if indication.profile else None
    place = jurisdiction_name(indication.jurisdiction)
    origin = _origin(indication, text("items", "indication named", jurisdiction=place, id=indication.id))
    named = indication.excluded_tumor_types if relation == "excluded" else indication.tumor_types
    tumors = tumor_codes(named, knowledge)
    for number, regimen in enumerate(indication.regimens):
        item = indication.id if number == 0 else f"{indication.id}/{number + 1}"
        case.items[item] = Item(item, regimen, indication, status, relation)
        case.labels[item] = text("items", "indication", jurisdiction=place, id=indication.id)
        case.state("indication", origin, id=item, regimen=regimen_id(regimen), **said_of(indication))
        _matching_facts(case, item, asked, indication.profile or "", relation, tumors, origin)
        if _is_decided_by_biomarker(indication, status, query):
            continue
        _date_facts(case, item, indication, knowledge.released_on, origin)
        if relation != "other":
            _condition_facts(case, item, indication, origin, person)


def asks_only_absence(profile: str, knowledge: KnowledgeBase) -> bool:
    """Whether the profile asks for nothing but absence (wild types, negative expression, NOT)."""
    return asks_only_for_absence(parse(profile), lambda name: knowledge.biomarker(name).state == "absent")


def _selects_by_wild_type(profile: str, knowledge: KnowledgeBase) -> bool:
    """Whether the profile selects by a wild type beside a protein that is expressed."""
    asked = [knowledge.biomarker(name) for name in knowledge.profile_members(profile)]
    altered = [each for each in asked if each.state != "absent" and each.kind not in {"expression", "measured"}]
    return not altered and any(each.kind == "wild type" for each in asked)


def _is_decided_by_biomarker(indication: Indication, status: BiomarkerStatus | None, query: Query) -> bool:
    """Whether the biomarker alone keeps the indication from being recommended.

    It does when it is absent, and, for an indication of another jurisdiction, when it is not settled. The other
    criteria of such an option are left out here: they cannot change the answer, and most options are of this kind.
    """
    if status is None or status.status is Status.PRESENT:
        return False
    return status.status is Status.ABSENT or indication.jurisdiction != query.jurisdiction


def _date_facts(case: Case, item: str, indication: Indication, known_on: str, origin: Origin) -> None:
    if indication.status.value == "filed":
        return
    if indication.approved_on:
        approved = span(indication.approved_on)
        case.state("approval_date", origin, indication=item, earliest=approved.earliest, latest=approved.latest)
    else:
        case.state("approval_undated", origin, indication=item, known_on=known_on)
    if indication.status.value != "withdrawn":
        return
    if indication.withdrawn_on:
        gone = span(indication.withdrawn_on)
        case.state("withdrawal_date", origin, indication=item, earliest=gone.earliest, latest=gone.latest)
    else:
        case.state("withdrawal_undated", origin, indication=item, known_on=known_on)


def _condition_facts(case: Case, item: str, indication: Indication, origin: Origin, person: Person) -> None:
    if indication.verified.value != "yes":
        case.state("unverified", origin, item=item, how=indication.verified.value)
    for state in indication.settings:
        if state == "maintenance":
            case.state("maintenance_of", origin, item=item)
        elif state != "any":
            case.state("setting_of", origin, item=item, state=state)
    line = _lines(indication)
    if line is not None:
        minimum, maximum = line
        case.state("line_of", origin, item=item, minimum=minimum, maximum=maximum, text=_line_text(indication, minimum))
    for requirement in indication.requirements:
        asked = requirement_name(requirement, person.knowledge)
        case.state("asks", origin, item=item, requirement=asked)
        if (asked, requirement) not in case.required:
            case.required.append((asked, requirement))
    for condition in indication.conditions:
        state_condition(case, item, condition, origin, person)
    if indication.minimum_age is not None:
        case.state("minimum_age", origin, item=item, years=indication.minimum_age)


def _lines(indication: Indication) -> tuple[int, int] | None:
    """The lines that an indication is for, first and last; None when it does not say.

    Maintenance is counted by the line of chemotherapy that it follows, so the next line is one higher.
    """
    text = (indication.line or "").strip()
    digits = text.rstrip("+")
    if not digits.isdigit():
        return None
    shift = 1 if "maintenance" in indication.settings else 0
    first = int(digits) + shift
    return (first, NO_LIMIT) if text.endswith("+") else (first, first)


def _line_text(indication: Indication, first: int) -> str:
    """The lines in words, by the same count as the patient's next line: maintenance names the line that it follows."""
    written = (indication.line or "").strip()
    label = _line_label(written)
    if str(first) == written.rstrip("+"):
        return label
    counted = f"{first}+" if written.endswith("+") else str(first)
    return text("items", "maintenance line", line=_line_label(counted), after=label)


def _line_label(line: str) -> str:
    return text("items", "or later", line=line.rstrip("+")) if line.endswith("+") else line


def _evidence_facts(case: Case, evidence: Evidence, query: Query, board: StatusBoard, knowledge: KnowledgeBase) -> None:
    """What an evidence item says."""
    if board.profile(evidence.profile).status is not Status.PRESENT:
        return
    asked = case.asked_profile(evidence.profile, board, knowledge)
    wanted, relation = evidence.tumor_types, relation_to(evidence, query.tumor, knowledge)
    if relation in {"other", "general"} and not _transfers(evidence, asked):
        return
    origin = _origin(evidence, text("items", "evidence of level", id=evidence.id, level=evidence.level))
    case.items[evidence.id] = Item(evidence.id, evidence.regimen, evidence, asked.status, relation)
    case.labels[evidence.id] = evidence.id
    case.state("evidence", origin, id=evidence.id, regimen=regimen_id(evidence.regimen), **said_of(evidence))
    _matching_facts(case, evidence.id, asked, evidence.profile, relation, tumor_codes(wanted, knowledge), origin)
    if evidence.stated_for and relation != "other":
        case.state("stated_for", origin, item=evidence.id, disease=evidence.stated_for)
    for found in asked.apart:
        case.state("mutation_class", origin, item=evidence.id, found=found)
    if evidence.origin == "germline" and is_not_germline(asked.status):
        case.state("seen_in_germline", origin, item=evidence.id)
    if evidence.verified.value != "yes":
        case.state("unverified", origin, item=evidence.id, how=evidence.verified.value)


def is_not_germline(status: BiomarkerStatus) -> bool:
    """Whether small variants make it present, and none of them is known to be of the germline."""
    from kb.alteration import Origin as Where
    from kb.alteration import SmallVariant

    observed = (status, *status.parts)
    variants = [found for each in observed for found in each.alterations if isinstance(found, SmallVariant)]
    return bool(variants) and all(found.origin is not Where.GERMLINE for found in variants)


def classes_of_their_own(status: BiomarkerStatus, board: StatusBoard, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The mutations by which alone "any mutation" of a gene is present, where they are apart from its activating ones:
    an insertion in exon 20 of EGFR, or T790M, which confers resistance. Studies of "EGFR mutation" are mostly of the
    activating ones.
    """
    if status.parts:
        return tuple(found for part in status.parts for found in classes_of_their_own(part, board, knowledge))
    if status.status is not Status.PRESENT or not status.id.endswith(ANY_MUTATION):
        return ()
    narrower = knowledge.narrower_biomarkers(knowledge.biomarker(status.id))
    activating = [each for each in narrower if "activating" in each.classes]
    if not activating or any(board.status(each.id).status is Status.PRESENT for each in activating):
        return ()
    inside = {below.id for each in activating for below in knowledge.narrower_biomarkers(each)}
    outside = [each for each in narrower if each.id not in inside and each not in activating]
    present = (each for each in outside if board.status(each.id).status is Status.PRESENT)
    return tuple(
        biomarker_name(each) for each in present if each.kind == "exon and class" or _is_resistance(each.id, knowledge)
    )


def _is_resistance(biomarker: str, knowledge: KnowledgeBase) -> bool:
    """Whether clinical evidence knows a mutation for resistance: EGFR T790M, which activates nothing by itself."""
    return any(
        each.profile == biomarker and each.significance == "resistance" and each.direction == "supports"
        for each in knowledge.evidence([biomarker])
        if each.level <= "B"
    )


def _transfers(evidence: Evidence, asked: Asked) -> bool:
    """Whether evidence from another tumor type is considered.

    The absence of an alteration selects among the patients of a tumor type and says nothing in another one.
    """
    return speaks_elsewhere(evidence) and not asked.only_absence


def speaks_elsewhere(evidence: Evidence) -> bool:
    """Whether evidence can be considered in another tumor type: clinical evidence of sensitivity to a biomarker.

    Evidence against a regimen holds for its own tumor type, and preclinical evidence is a hypothesis for its own.
    """
    supports = evidence.direction == "supports" and evidence.significance == "sensitivity"
    return supports and evidence.level <= "C"


def _trial_facts(case: Case, trial: Trial, person: Person, board: StatusBoard) -> None:
    relation = relation_to(trial, person.query.tumor, person.knowledge)
    expression = any_profile(trial) or trial.unread_profile or ""
    status = board.profile(expression) if trial.profiles else _unread(trial)
    if relation == "other" and (status is None or status.status is not Status.PRESENT):
        return
    asked = Asked(status, _status_origin(status), False, False, ()) if status is not None else None
    # A source that tells arms apart gives several items for one number.
    name = trial.id.replace(":", " ") if trial.nct_id else trial.id
    origin = _origin(trial, text("items", "trial", id=name))
    for number, regimen in enumerate(trial.regimens or ((trial.intervention,),)):
        item = trial.id if number == 0 else f"{trial.id}/{number + 1}"
        case.items[item] = Item(item, regimen, trial, status, relation)
        case.labels[item] = name
        case.state("trial", origin, id=item, regimen=regimen_id(regimen), **said_of(trial))
        for place in sorted(trial_places(trial)):
            case.state("trial_in", origin, trial=item, jurisdiction=place)
        tumors = _tumors_of(trial, relation, person.knowledge)
        _matching_facts(case, item, asked, expression, relation, tumors, origin)
        if trial.verified.value != "yes":
            case.state("unverified", origin, item=item, how=trial.verified.value)
        for condition in trial.conditions:
            state_condition(case, item, condition, origin, person)
        if trial.minimum_age is not None:
            case.state("minimum_age", origin, item=item, years=trial.minimum_age)


def any_profile(trial: Trial) -> str:
    """A trial's profiles as one, each of which suffices; empty where there is none."""
    return " OR ".join(f"({profile})" for profile in trial.profiles)


def _unread(trial: Trial) -> BiomarkerStatus | None:
    """A trial's biomarker criterion that could not be read: open for every patient, until a person reads it."""
    criterion = trial.unread_profile
    because = text("status", "criterion in words")
    return BiomarkerStatus(criterion, criterion, Status.NOT_TESTED, because) if criterion else None


def _trial_relation(trial: Trial, tumor: TumorType, knowledge: KnowledgeBase) -> str:
    """How the patient's tumor type stands to a trial's.

    What the trial leaves out matters only to a patient whom the rest of it could include.
    """
    included = relation_of(tumor, trial.tumor_types, (), knowledge)
    if included == "other":
        return included
    return relation_of(tumor, trial.tumor_types, trial.excluded_tumor_types, knowledge)


def _tumors_of(trial: Trial, relation: str, knowledge: KnowledgeBase) -> str:
    """The tumor types that a finding about a trial names: those left out where one of them is the reason."""
    wanted, excluded = tumor_codes(trial.tumor_types, knowledge), tumor_codes(trial.excluded_tumor_types, knowledge)
    if relation == "excluded":
        return excluded
    return text("items", "tumors without", wanted=wanted, excluded=excluded) if excluded else wanted


def trial_places(trial: Trial) -> set[str]:
    """The jurisdictions in whose countries a trial recruits."""
    named = " ".join(trial.countries).lower().replace("(", " ").replace(")", " ").replace(",", " ")
    return {place for place, words in COUNTRIES.items() if any(f" {word} " in f" {named} " for word in words)}


def part_facts(case: Case, query: Query, knowledge: KnowledgeBase) -> tuple[list[Item], Mapping[str, Therapy]]:
    """State what each considered regimen is made of, and where its drugs are approved on the date asked for.

    The result is the items whose biomarker is present, and their therapies.
    """
    candidates = _candidates(case)
    regimens = tuple(sorted({item.regimen for item in candidates}))
    named = frozenset(drug for item in candidates if not _is_told_in_words(item) for drug in item.regimen)
    needed = tuple(sorted({drug for item in candidates if _needs_access(item, query) for drug in item.regimen}))

    therapies = knowledge.therapies(named)
    for group in _groups(case, regimens):
        known = {drug: therapies[drug] for regimen in group for drug in regimen if drug in therapies}
        made = partial(_core_facts, regimens=group, therapies=known, knowledge=knowledge)
        case.once(partial(settled_by, ("regimens", group, tuple(known))), made)
    approved = knowledge.first_approvals(needed, query.as_of)
    case.once(lambda _: ("approved", needed, query.as_of), partial(_approval_facts, approved=approved))
    return candidates, therapies


def _candidates(case: Case) -> list[Item]:
    """The items whose biomarker is present, or that ask for none."""
    return [item for item in case.items.values() if item.status is None or item.status.status is Status.PRESENT]


def _groups(case: Case, regimens: tuple[Regimen, ...]) -> list[tuple[Regimen, ...]]:
    """The regimens that are stated together: nothing that is stated of one rests on another.

    Many patients share single regimens; one patient, and edits of one, mostly have all of them in common.
    """
    alone = case.stated is not None and case.stated.of_many
    return [(regimen,) for regimen in regimens] if alone else [regimens]


def _core_facts(
    case: Case, regimens: Iterable[Regimen], therapies: Mapping[str, Therapy], knowledge: KnowledgeBase
) -> None:
    """State what regimens are made of; `therapies` are those of their drugs that are known."""
    for regimen in regimens:
        for drug in regimen:
            case.state("regimen_drug", NO_ORIGIN, regimen=regimen_id(regimen), drug=drug)
        core = core_of(regimen, therapies)
        case.labels[regimen_id(regimen)] = regimen_name(regimen, knowledge)
        case.labels[regimen_id(core)] = regimen_name(core, knowledge)
        case.state("core_of", NO_ORIGIN, regimen=regimen_id(regimen), core=regimen_id(core))
    for drug, therapy in therapies.items():
        case.state("therapy", NO_ORIGIN, name=drug, kind=therapy.kind)


def _approval_facts(case: Case, approved: Mapping[tuple[str, str], str]) -> None:
    for (drug, jurisdiction), name in sorted(approved.items()):
        place = jurisdiction_name(jurisdiction)
        origin = Origin(text("items", "indication named", jurisdiction=place, id=name), indication=name)
        case.state("drug_approved", origin, drug=drug, jurisdiction=jurisdiction)


def _is_told_in_words(item: Item) -> bool:
    """Whether the regimen is a trial's intervention in the source's words and names no therapy of the graph."""
    return not hasattr(item.record, "jurisdiction") and getattr(item.record, "regimens", None) == ()


def _needs_access(item: Item, query: Query) -> bool:
    """Whether the option rests on something else than an indication of this jurisdiction for this tumor type."""
    if _is_told_in_words(item):
        return False
    return getattr(item.record, "jurisdiction", None) != query.jurisdiction or item.relation == "other"


def core_of(regimen: Regimen, therapies: Mapping[str, Therapy]) -> Regimen:
    """The regimen without supportive drugs; the regimen itself where there is nothing else in it."""
    return tuple(drug for drug in regimen if not _is_supportive(therapies.get(drug))) or regimen


def _is_supportive(therapy: Therapy | None) -> bool:
    return therapy is not None and any(name in SUPPORTIVE for name in (therapy.id, *therapy.classes))


def regimen_id(regimen: Regimen) -> str:
    """A regimen as one word for facts: `capecitabine+pyrotinib`."""
    return "+".join(regimen)


def regimen_label(regimen: Regimen) -> str:
    """A regimen as a board reads it: `capecitabine + pyrotinib`."""
    return " + ".join(regimen)


def statuses(case: Case) -> tuple[BiomarkerStatus, ...]:
    """The status of every biomarker that a considered item asks for, sorted by id; profiles are taken apart."""
    found: dict[str, BiomarkerStatus] = {}
    waiting = [item.status for item in case.items.values() if item.status is not None]
    while waiting:
        status = waiting.pop()
        if " " in status.id:  # an expression over biomarkers
            waiting.extend(status.parts)
        else:
            found[status.id] = status
    return tuple(found[name] for name in sorted(found))
