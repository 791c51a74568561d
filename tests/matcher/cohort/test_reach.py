"""Whom a change cannot reach has the same answer in both graphs, whatever the change: nobody is left out wrongly."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.alteration import MarkerValue, Place
from kb.content import kind_of
from kb.curation.acts import ACCEPTED
from kb.curation.graph import Changes
from kb.curation.journal import decision, submission
from kb.curation.opening import open_at
from kb.diff import Diff, FieldChange, ItemChange, diff
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.layered import NODE, Key, Layer, LayeredKnowledge
from kb.store import Metadata
from matcher.case import Request, prepared, read_patient
from matcher.cohort.alone import alone
from matcher.cohort.reach import Reach
from matcher.cohort.subject import Subject
from matcher.facts import case_of
from tests.curated import CARBERRY, SECOND, evidence
from tests.journals import journal as journal_in
from tests.matcher.cohort.changed import OTHERS, RECORDS, changed, changes, graph_of
from tests.shared import library

EXAMPLES = Path(__file__).parents[3] / "examples"
TODAY = "2026-11-21"
PATIENTS = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "her2-breast-precise/erbb2-mutation-two-foci.yaml",
    "mcrpc-wes/wes-only.json",
    "recurrent-gynecological-mtb/brca1-ovarian.yaml",
    "recurrent-gynecological-mtb/msi-high-endometrial.yaml",
    "refractory-solid-registry/fusion-thyroid.yaml",
    "refractory-solid-registry/unknown-significance.yaml",
    "timeline/colorectal-emerging-kras.yaml",
    "studies/board-pilot/pilot-02.yaml",
    "studies/board-pilot/pilot-07.yaml",
)


@cache
def subjects() -> tuple[Subject, ...]:
    requests = (Request(EXAMPLES / name, TODAY, default_jurisdiction="CN") for name in PATIENTS)
    found = [Subject(each.path.name, str(each.path), each, *read_patient(each)) for each in requests]
    return *found, stated_as_markers(found[6])


def stated_as_markers(subject: Subject) -> Subject:
    """A patient whose alterations stand among the markers."""
    named = ("ALK rearrangement", "BRAF V600E", "MET amplification")
    markers = tuple(MarkerValue(name, "detected", Place("p.yaml", 3)) for name in named)
    patient = replace(subject.patient, id="stated", tumor_type="LUAD", alterations=markers)
    return subject._replace(name="stated", patient=patient)


@cache
def known() -> KnowledgeBase:
    return open_knowledge_base()


def touching(nodes: list[str]) -> Diff:
    """A comparison by which all of these nodes changed."""
    change = (FieldChange("urn:any", ('"was"',), ('"is"',)),)
    items = (ItemChange(kind_of(node) or "source", node, node, node, change) for node in nodes)
    about = Metadata("a", "", TODAY)
    return Diff(about, about, tuple(items))


def stated(subject: Subject) -> set[str]:
    """The statements of the graph that a patient's facts come from."""
    ready = prepared(subject.request, subject.read, known())
    case = case_of(ready.patient, ready.query, ready.board, known())
    origins = [each for origin in case.origins.values() for each in (origin, *origin.parts)]
    return {each.iri for each in origins if each.iri} | {each.record.iri for each in case.items.values()}


@cache
def near() -> dict[str, list[str]]:
    """Items that the patients' answers rest on, and what these name, by kind."""
    found: dict[str, list[str]] = {}
    asked: set[Key] = set()
    knowledge = LayeredKnowledge(Layer(graph_of(known()).stored), asked)
    for subject in subjects():
        ready = prepared(subject.request, subject.read, knowledge)
        case_of(ready.patient, ready.query, ready.board, knowledge)
    for iri in sorted({key[1] for key in asked if key[0] == NODE}):
        found.setdefault(kind_of(iri) or "other", []).append(iri)
    return found


@pytest.mark.parametrize("subject", subjects(), ids=lambda each: each.name)
def test_every_statement_that_a_fact_comes_from_reaches_its_patient(subject: Subject) -> None:
    nodes = sorted(stated(subject))
    assert len(nodes) > 20
    reach = Reach(known(), known(), touching(nodes))
    reached = {item.iri for item in reach.behind(subject)}
    assert set(nodes) - reached == set()


def said(subject: Subject, graph: KnowledgeBase) -> object:
    """All that an answer is made from: where it is the same, the answer is."""
    ready = prepared(subject.request, subject.read, graph)
    case = case_of(ready.patient, ready.query, ready.board, graph)
    return case.facts, case.items, case.labels, case.cautions, ready.notes


def answers(subject: Subject, graph: KnowledgeBase) -> object:
    """All rows of a patient."""
    return alone([subject], graph, library())


@cache
def before(number: int) -> object:
    return said(subjects()[number], known())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_whoever_no_change_reaches_has_the_same_answer(seed: int) -> None:
    chance = random.Random(seed)
    old, new, moved = changed(graph_of(known()), changes(graph_of(known()), chance, 4, near()))
    reach = Reach(old, new, moved)
    left = [number for number, each in enumerate(subjects()) if not reach.reaches(each)]
    for number in chance.sample(left, min(2, len(left))):
        subject = subjects()[number]
        if said(subject, new) != before(number):
            assert answers(subject, new) == answers(subject, known()), subject.name


@pytest.mark.parametrize("kind", sorted({*RECORDS, *OTHERS} - {"exon", "gene", "administration", "condition"}))
def test_what_an_answer_rests_on_reaches_its_patient(kind: str) -> None:
    """Changes of the items nearest to the patients, many of each kind: they do change answers, and none is missed."""
    chance = random.Random(kind)
    differ = 0
    for _ in range(3):
        old, new, moved = changed(graph_of(known()), changes(graph_of(known()), chance, 8, near(), kind))
        reach = Reach(old, new, moved)
        for number in chance.sample(range(1, len(subjects())), 3):
            subject = subjects()[number]
            if said(subject, new) != before(number):
                differ += 1
                assert reach.reaches(subject) or answers(subject, new) == answers(subject, known()), subject.name
    assert differ or kind in RARE


def test_an_accepted_item_reaches_only_who_carries_its_biomarker(tmp_path: Path) -> None:
    """Whoever submitted and accepted it, of whom the older graph knew nothing, is of no patient's answer."""
    journal, item = journal_in(tmp_path, "2026-11-01"), evidence("PIK3CA:H1047R", "trametinib", "BRCA")
    journal.record(submission(item, CARBERRY, "options"))
    journal.record(decision(item.id, ACCEPTED, SECOND))
    site = open_at(None, journal, TODAY)
    reach = Reach(known(), site, diff(known().embedded, site.embedded))
    assert f"https://orcid.org/{CARBERRY.orcid}" in {each.iri for each in reach.items}
    reached = {subject.name for subject in subjects() if reach.reaches(subject)}
    assert reached == {each.name for each in subjects() if answers(each, site) != answers(each, known())}
    assert reached
    assert len(reached) < len(subjects()) / 2


@pytest.mark.parametrize("day", ["2020-01-01", "2026-11-22"])
def test_another_day_of_the_release_reaches_whoever_has_an_undated_label(day: str) -> None:
    """Undated labels count from the day of the release on, and a finding names the day."""
    old, new, moved = changed(graph_of(known()), Changes())
    new.released_on = day
    reach = Reach(old, new, moved)
    differ = 0
    for number, subject in enumerate(subjects()):
        if said(subject, new) != before(number):
            differ += 1
            assert reach.reaches(subject), subject.name
    assert differ


RARE = ("requirement", "caution", "therapy", "tumor", "biomarker", "trial")
"""Kinds of items whose changes seldom change an answer of these patients."""
