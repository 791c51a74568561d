"""What records of the graph say to a patient, stated once for all patients who differ in nothing that it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.facts import Case, any_profile, classes_of_their_own, state_records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.biomarker_status import BiomarkerStatus, StatusBoard
    from matcher.clinical import Person
    from matcher.facts import Query
    from matcher.patient import Patient


class Stated:
    """What was stated so far of one patient and of edits of this patient.

    What a record says rests on the status of its profile and on the tumor type; that of an indication on the
    jurisdiction too. Where it asks something of the patient, it rests on the whole question and on the patient without
    the results of tests.
    """

    def __init__(self) -> None:
        self._people: list[tuple[Patient, Query]] = []
        self._parts: dict[tuple[object, ...], tuple[BiomarkerStatus | None, Case]] = {}

    def state(
        self, case: Case, records: Iterable[Indication | Evidence | Trial], person: Person, board: StatusBoard
    ) -> None:
        """As `state_records`: the same facts from the same origins."""
        number = self._number(person)
        for record in records:
            profile = any_profile(record) if isinstance(record, Trial) else record.profile
            status = board.profile(profile) if profile else None
            rest: object = number
            if isinstance(record, Evidence) and status is not None:
                rest = person.query.tumor.code, classes_of_their_own(status, board, person.knowledge)
            elif isinstance(record, Indication) and not record.requirements and not record.conditions:
                rest = person.query.tumor.code, person.query.jurisdiction
            key = type(record), record.id, id(status), rest
            if key not in self._parts:
                part = Case(knowledge=case.knowledge, conditions=case.conditions, profiles=case.profiles)
                state_records(part, (record,), person, board)
                self._parts[key] = status, part  # what is kept keeps its identity
            case.add(self._parts[key][1])

    def _number(self, person: Person) -> int:
        """The number of those who are like this patient but for the results of tests."""
        like = replace(person.patient, alterations=(), samples=()), person.query
        if like not in self._people:
            self._people.append(like)
        return self._people.index(like)
