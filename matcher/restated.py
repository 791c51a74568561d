"""What the graph itself says of the items of a proof, stated again: given facts that rest on no patient are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kb.errors import UnknownItem
from kb.tumor_types import UnknownTumorType
from matcher.assay import Coverage
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard
from matcher.clinical import Person
from matcher.facts import Case, Query, part_facts, state_records
from matcher.names import tumor_codes
from matcher.patient import Patient
from matcher.phrases import Text, in_language, phrases
from matcher.wording import words
from rules.facts import Fact, Value

if TYPE_CHECKING:
    from kb.evidence import Evidence
    from kb.graph import KnowledgeBase
    from kb.indication import Indication
    from kb.trial import Trial

ITEMS = ("indication", "evidence", "trial")
"""The predicates that name an item of the graph as `id`."""

SAID = frozenset({
    *ITEMS, "trial_in", "tumor_of", "biomarker_of", "approval_date", "approval_undated", "withdrawal_date",
    "withdrawal_undated", "maintenance_of", "setting_of", "line_of", "asks", "alternative", "requirement", "accepts",
    "stated_for", "unverified", "minimum_age", "regimen_drug", "core_of", "therapy", "drug_approved",
})  # fmt: skip
"""The predicates of which the graph says all facts, once it is known which biomarkers are present."""

Key = tuple[object, ...]


class Restated(NamedTuple):
    """Given facts beside what the graph says: facts that it does not say, and facts of the items that are left out.

    `case` holds what the graph says, with origins and names; `keys` are the facts of it.
    """

    case: Case
    facts: Mapping[Key, Fact]
    invented: tuple[Fact, ...]
    left_out: tuple[Fact, ...]
    board: StatusBoard

    def statements(self, fact: Fact, knowledge: KnowledgeBase) -> tuple[str, ...] | None:
        """The IRIs that a fact comes from; None where it is not only the graph that says it."""
        said = self.facts.get(key_of(fact))
        if said is None or fact.predicate == "biomarker_of":
            return None
        origin = self.case.origins[said]
        iri = knowledge.indication(origin.indication).iri if origin.indication is not None else origin.iri
        return () if iri is None else (iri,)

    def is_misnamed(self, lang: str, name: str, value: str, text: str) -> bool:
        """Whether a name in a proof's sentences is another than the graph's.

        A profile of several biomarkers may be named by those of them that are present. A value that the graph does not
        name is said in its own words in English; in another language, it may be a translated text about the patient.
        """
        expected = words(self.case, lang)(name, value)
        if text == expected:
            return False
        if value in self.case.labels and " " in value and self.case.labels[value] != value:
            return not _is_made_of(text, self.board.profile(value), lang)
        return lang == "en" or expected != value


def restated(given: Iterable[Fact], query: tuple[str, str, str], knowledge: KnowledgeBase) -> Restated:
    """What the graph says of the items that are given, with the biomarkers taken as they are given.

    `query` is tumor type, jurisdiction and date. Evidence of a biomarker that is given as present is stated whether it
    is given or not: none may be left out. What depends on the patient's file otherwise is not stated.
    """
    given = tuple(given)
    told = {key_of(fact): fact for fact in given if fact.predicate in SAID}
    board = _Told(given, knowledge)
    case = _stated(given, board, query, knowledge)
    facts = {key_of(fact): fact for fact in case.facts if fact.predicate in SAID}
    return Restated(
        case,
        facts,
        tuple(sorted((told[key] for key in told.keys() - facts.keys()), key=repr)),
        tuple(sorted((facts[key] for key in facts.keys() - told.keys()), key=repr)),
        board,
    )


def _stated(given: tuple[Fact, ...], board: _Told, query: tuple[str, str, str], knowledge: KnowledgeBase) -> Case:
    case = Case(knowledge=knowledge)
    try:
        tumor = knowledge.tumor_type(query[0])
    except UnknownTumorType:
        return case
    person = Person(Patient("", prior_therapies=None), (), Query(tumor, *query[1:]), knowledge)
    named = tumor_codes([tumor.code], knowledge)
    if isinstance(named, Text):
        case.said[named] = named
    state_records(case, _records(given, board, knowledge), person, board)
    part_facts(case, person.query, knowledge)
    return case


class _Told(StatusBoard):
    """The biomarkers of a proof, each as it says."""

    def __init__(self, given: Iterable[Fact], knowledge: KnowledgeBase) -> None:
        super().__init__((), Coverage((), {}), knowledge)
        self.told = {str(fact.get("profile")): fact for fact in given if fact.predicate == "biomarker_of"}

    def profile(self, expression: str) -> BiomarkerStatus:
        """As the proof says; not tested where it says nothing."""
        found, fact = super().profile(expression), self.told.get(expression)
        if fact is None:
            return replace(found, status=Status.NOT_TESTED)
        return replace(
            found,
            status=Status(str(fact.get("status"))),
            because=str(fact.get("because")),
            genomic=fact.get("genomic") is True,
        )

    @property
    def present(self) -> frozenset[str]:
        """The profiles that are given as present."""
        return frozenset(name for name, fact in self.told.items() if fact.get("status") == Status.PRESENT.value)


def _records(given: Iterable[Fact], board: _Told, knowledge: KnowledgeBase) -> Iterator[Indication | Evidence | Trial]:
    """The items that are given, and all evidence of the biomarkers that are given as present."""
    find: dict[str, Callable[[str], Indication | Evidence | Trial]] = {
        "indication": knowledge.indication, "evidence": knowledge.evidence_item, "trial": knowledge.trial,
    }  # fmt: skip
    named = {(fact.predicate, str(fact.get("id"))) for fact in given if fact.predicate in ITEMS}
    present = board.present
    members = {name for profile in present for name in _members(profile, knowledge)}
    found = {("evidence", each.id): each for each in knowledge.evidence(members, lambda profile: profile in present)}
    yield from found.values()
    for kind, name in sorted(named - found.keys()):
        # A second regimen of an item has a number after its id; a number that is too high is stated by nothing.
        whole = re.sub(r"/[1-9][0-9]*$", "", name)
        if whole != name and (kind, whole) in named:
            continue
        try:
            yield find[kind](name)
        except UnknownItem:
            continue


def _is_made_of(text: str, profile: BiomarkerStatus, lang: str) -> bool:
    """Whether a text is made of nothing but the names of some parts of a profile."""
    left = text
    for name in sorted({in_language(part.label, lang) for part in _parts(profile)}, key=len, reverse=True):
        left = left.replace(name, " ")
    joins = "|".join(re.escape(phrases("joining")[key][lang].strip()) for key in ("and", "or"))
    return left != text and re.fullmatch(rf"(\s|{joins})*", left) is not None


def _parts(profile: BiomarkerStatus) -> Iterator[BiomarkerStatus]:
    for part in profile.parts:
        yield part
        yield from _parts(part)


def _members(profile: str, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The biomarkers of a profile; none where the graph has no such profile (those of a trial are joined)."""
    try:
        return knowledge.profile_members(profile)
    except UnknownItem:
        return ()


def key_of(fact: Fact) -> Key:
    """A fact as a key, types of values included, without what only the patient's history settles of a requirement."""
    fields = dict(fact.fields)
    if fact.predicate == "requirement":
        fields.pop("restricted", None)
    if fact.predicate == "accepts":
        fields["therapy"] = _without_setting(fields.get("therapy", ""))
    return fact.predicate, tuple((name, type(value), value) for name, value in fields.items())


def _without_setting(therapy: Value) -> Value:
    return re.sub(r" \([a-z -]+\)$", "", therapy) if isinstance(therapy, str) else therapy
