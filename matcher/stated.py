"""What was stated of a patient, kept for edits of this patient: they differ in little of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.clinical import state_requirement
from matcher.facts import Case, any_profile, classes_of_their_own, state_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kb.indication import Requirement
    from matcher.biomarker_status import StatusBoard
    from matcher.clinical import Person
    from matcher.facts import Asked, Query
    from matcher.patient import Patient

Made = TypeVar("Made")
Key = tuple[object, ...]


class Stated:
    """What was stated so far of one patient and of edits of this patient.

    What a record says rests on the status of its profile and on the tumor type; that of an indication on the
    jurisdiction too. How the patient stands to what is asked of the history rests on the whole question and on the
    patient without the results of tests; what a record with conditions says does too.
    """

    of_many = False
    """Whether it is of many patients, who have single regimens in common, and not of edits of one."""

    def __init__(self) -> None:
        self._people: dict[tuple[Patient, Query], int] = {}
        self._numbers: dict[int, tuple[Person, int]] = {}
        self._parts: dict[Key, tuple[object, Case]] = {}
        self._asked: dict[Key, dict[str, Asked]] = {}
        """How the patient stands to a profile, by the profile, its status and what is apart in that."""
        self._once: dict[Key, tuple[Case, object]] = {}
        self._after: dict[Key, Case] = {}

    def state(
        self, case: Case, records: Iterable[Indication | Evidence | Trial], person: Person, board: StatusBoard
    ) -> tuple[int, ...]:
        """As `state_records`: the same facts from the same origins. The result stands for what the records say."""
        found: list[int] = []
        number = self.number(person)

        def require(part: Case, name: str, asked: Requirement) -> None:
            state_requirement(part, name, asked, person)

        for record in records:
            part = self._part(case, record, person, board)
            case.add(part)
            for name, asked in part.required:
                self.once(case, ("requirement", name, asked, number), partial(require, name=name, asked=asked))
            found.append(id(part))
        return tuple(found)

    def _part(self, case: Case, record: Indication | Evidence | Trial, person: Person, board: StatusBoard) -> Case:
        """What a record says."""
        profile = any_profile(record) if isinstance(record, Trial) else record.profile
        status = board.profile(profile) if profile else None
        rest: object
        if isinstance(record, Evidence) and status is not None:
            rest = person.query.tumor.code, classes_of_their_own(status, board, person.knowledge)
        elif isinstance(record, Indication) and not record.conditions:
            rest = person.query.tumor.code, person.query.jurisdiction
        else:
            rest = self.number(person)
        key = type(record), record.id, id(status), rest
        if key not in self._parts:
            apart = classes_of_their_own(status, board, person.knowledge) if status is not None else ()
            asked = self._asked.setdefault((profile, id(status), apart), {})
            part = Case(knowledge=case.knowledge, conditions=case.conditions, worked_out=asked)
            state_record(part, record, person, board)
            asked.update(part.profiles)
            self._parts[key] = status, part  # what is kept keeps its identity
        return self._parts[key][1]

    def once(self, case: Case, key: Key, make: Callable[[Case], Made]) -> Made:
        """What `make` gives back; what it states in a case is added to this one. It is asked once for a key."""
        found = self._once.get(key)
        if found is None:
            part = Case(knowledge=case.knowledge, conditions=case.conditions)
            found = self._once[key] = part, make(part)
        case.add(found[0])
        return cast("Made", found[1])

    def after(self, case: Case, key: Key, make: Callable[[], object]) -> None:
        """What `make` states in the case itself, which may read it: the key settles what is stated there already."""
        found = self._after.get(key)
        if found is not None:
            case.add(found)
            return
        facts, labels, said = len(case.facts), dict(case.labels), dict(case.said)
        make()
        new = case.facts[facts:]
        self._after[key] = Case(
            new,
            {fact: case.origins[fact] for fact in new},
            labels={name: label for name, label in case.labels.items() if labels.get(name) is not label},
            said={name: words for name, words in case.said.items() if said.get(name) is not words},
            cautions=dict(case.cautions),
            therapies=set(case.therapies),
            negative=set(case.negative),
        )

    def number(self, person: Person) -> int:
        """The number of those who are like this patient but for the results of tests."""
        known = self._numbers.get(id(person))
        if known is None:
            like = replace(person.patient, alterations=(), samples=()), person.query
            number = self._people.setdefault(like, len(self._people))
            known = self._numbers[id(person)] = person, number  # kept, so that its identity stays
        return known[1]
