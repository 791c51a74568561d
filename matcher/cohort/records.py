"""What of the graph may speak to a patient, found for many: each biomarker, gene and tumor type is looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.biomarker_status import Status, StatusBoard
from matcher.facts import SERVED, Reach, in_reach

if TYPE_CHECKING:
    from kb.biomarker import Biomarker
    from kb.graph import KnowledgeBase
    from matcher.facts import Query

Item = TypeVar("Item")
Record = Indication | Evidence | Trial


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
        self._near: dict[tuple[str, int, int], _Near] = {}
        self._by_itself: dict[str, bool] = {}

    def of(self, query: Query, board: StatusBoard) -> tuple[Record, ...]:
        """Indications, evidence and trials that may speak to a patient, each by id."""
        reach = self._reach(board)
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

    def _reach(self, board: StatusBoard) -> Reach:
        """The biomarkers in reach; those of a gene are found once for all whose results for it are alike."""
        if board.measured_markers:
            return in_reach(board, self._knowledge)
        present: set[str] = set()
        equivocal: set[str] = set()
        looked, found = board.numbered
        for gene, number in found.items():
            near = self._of_gene(gene, number, looked, board)
            present.update(near[0])
            equivocal.update(near[1])
        near = _near(self._knowledge.negative_biomarkers(), board)
        present.update(near[0])
        equivocal.update(near[1])
        negated = (each.id for each in self._knowledge.negated_biomarkers())
        return Reach(present, equivocal, {name for name in negated if board.status(name).status is Status.ABSENT})

    def _of_gene(self, gene: str, number: int, looked: int, board: StatusBoard) -> _Near:
        """The biomarkers of a gene in reach; `number` says what was found in it, `looked` what was looked at."""
        key = gene, number, looked
        near = self._near.get(key)
        if near is None:
            near = _near(self._knowledge.biomarkers_of_gene(gene), board)
            if self._is_by_itself(gene, board):
                self._near[key] = near
        return near

    def _is_by_itself(self, gene: str, board: StatusBoard) -> bool:
        """Whether no biomarker of the gene is worked out from what is found in another one."""
        found = self._by_itself.get(gene)
        if found is None:
            biomarkers = self._knowledge.biomarkers_of_gene(gene)
            found = self._by_itself[gene] = all(board.genes_for(each.id) == (gene,) for each in biomarkers)
        return found


_Near = tuple[tuple[str, ...], tuple[str, ...]]
"""The biomarkers that are present, and those that are equivocal by an alteration."""


def _near(biomarkers: Iterable[Biomarker], board: StatusBoard) -> _Near:
    found = [board.status(each.id) for each in biomarkers]
    return (
        tuple(each.id for each in found if each.status is Status.PRESENT),
        tuple(each.id for each in found if each.status is Status.EQUIVOCAL and each.alterations),
    )


def _by_id(records: Mapping[str, Item]) -> list[Item]:
    return [records[name] for name in sorted(records)]
