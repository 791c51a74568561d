"""What of the graph may speak to a patient, found for many: each biomarker, gene and tumor type is looked up once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.biomarker_status import Status, StatusBoard
from matcher.facts import SERVED, in_reach
from matcher.scope import Record

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.facts import Query

Item = TypeVar("Item")


class _About(NamedTuple):
    """What the graph has about a biomarker: indications by jurisdiction, evidence by profile, trials; each by id."""

    indications: tuple[Indication, ...]
    evidence: tuple[tuple[str, tuple[Evidence, ...]], ...]
    trials: tuple[Trial, ...]


class Records:
    """The records for each of many patients, as `matcher.facts.records_for` finds them."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._about: dict[str, _About] = {}
        self._here: dict[tuple[str, str], tuple[dict[str, Indication], dict[str, Trial]]] = {}

    @cached_property
    def without_findings(self) -> tuple[str, ...]:
        """The biomarkers that can bring records in reach although nothing is found."""
        named = (each.id for each in (*self._knowledge.negative_biomarkers(), *self._knowledge.negated_biomarkers()))
        return tuple(dict.fromkeys(named))

    @cached_property
    def _negative(self) -> frozenset[str]:
        return frozenset(each.id for each in self._knowledge.negative_biomarkers())

    @cached_property
    def _negated(self) -> frozenset[str]:
        return frozenset(each.id for each in self._knowledge.negated_biomarkers())

    def counts_without_findings(self, name: str) -> bool:
        """Whether a biomarker can bring records in reach although nothing is found."""
        return name in self._negative or name in self._negated

    def here(self, query: Query) -> tuple[Record, ...]:
        """The indications of the jurisdiction, and the trials, for the tumor type."""
        indications, trials = self._of_tumor(query)
        return (*indications.values(), *trials.values())

    def read_ahead(self) -> None:
        """Looks up what the graph has about every biomarker."""
        for name in self._knowledge.biomarker_ids():
            self._of_biomarker(name)

    def in_reach(self, name: str, board: StatusBoard, jurisdiction: str) -> Iterator[Record]:
        """The records that a biomarker brings in reach of a patient without measured markers.

        An item of evidence says nothing as long as the whole of its profile is not present.
        """
        about = self._of_biomarker(name)
        if not any(about):
            return
        found = board.status(name)
        genes = self._knowledge.biomarker(name).genes
        is_near = name in self._negative or not board.numbered[1].keys().isdisjoint(genes)
        is_present = is_near and found.status is Status.PRESENT
        if is_present or (is_near and found.status is Status.EQUIVOCAL and found.alterations):
            places = {*SERVED, jurisdiction}
            yield from (each for each in about.indications if each.jurisdiction in places)
        if is_present or (found.status is Status.ABSENT and name in self._negated):
            yield from (each for _, items in about.evidence for each in items)
        if is_present:
            yield from about.trials

    def about(self, name: str) -> Iterator[Record]:
        """Every record about a biomarker."""
        indications, evidence, trials = self._of_biomarker(name)
        yield from indications
        yield from (each for _, items in evidence for each in items)
        yield from trials

    def of(self, query: Query, board: StatusBoard) -> tuple[Record, ...]:
        """Indications, evidence and trials that may speak to a patient, each by id."""
        reach = in_reach(board, self._knowledge)
        places = {*SERVED, query.jurisdiction}
        here = self._of_tumor(query)
        indications, trials = dict(here[0]), dict(here[1])
        evidence: dict[str, Evidence] = {}
        for name in (*reach.present, *reach.equivocal):
            for indication in self._of_biomarker(name).indications:
                if indication.jurisdiction in places:
                    indications[indication.id] = indication
        for name in (*reach.present, *reach.ruled_out):
            for profile, items in self._of_biomarker(name).evidence:
                if board.profile(profile).status is Status.PRESENT:
                    evidence.update((each.id, each) for each in items)
        for name in reach.present:
            trials.update((each.id, each) for each in self._of_biomarker(name).trials)
        return (*_by_id(indications), *_by_id(evidence), *_by_id(trials))

    def _of_tumor(self, query: Query) -> tuple[dict[str, Indication], dict[str, Trial]]:
        """The indications of the jurisdiction, and the trials, for the tumor type."""
        key = query.jurisdiction, query.tumor.code
        found = self._here.get(key)
        if found is None:
            tumors = {query.tumor.code, *query.tumor.ancestors, *self._knowledge.types_below(query.tumor.code)}
            here = self._knowledge.indications_in(query.jurisdiction, tumors)
            trials = self._knowledge.trials_of_known_status(tumor_types=tumors)
            found = self._here[key] = {each.id: each for each in here}, {each.id: each for each in trials}
        return found

    def _of_biomarker(self, name: str) -> _About:
        found = self._about.get(name)
        if found is None:
            evidence: dict[str, list[Evidence]] = {}
            for each in self._knowledge.evidence([name]):
                evidence.setdefault(each.profile, []).append(each)
            found = self._about[name] = _About(
                self._knowledge.indications([name]),
                tuple((profile, tuple(items)) for profile, items in evidence.items()),
                self._knowledge.trials_of_known_status([name]),
            )
        return found


def _by_id(records: Mapping[str, Item]) -> list[Item]:
    return [records[name] for name in sorted(records)]
