"""Edited patients, matched from what is known of the patient as given: the same as matched from nothing."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.case import Prepared, Request, match, prepared
from matcher.edits import edited, parse_edit
from matcher.facts import case_of
from matcher.flips import CONCLUSIONS, Bench
from matcher.notes import UnusableInput
from matcher.observations import Edits
from matcher.scope import narrowed, scope_of
from matcher.target import target_of
from rules.engine import engine
from rules.join_engine import JoinEngine
from rules.prune import resting
from tests.matcher.test_promises import asked, days, patients
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[2] / "examples"
EDITS = tuple(
    parse_edit(action, text)
    for action, text in (
        *(("add", f"alterations={text}") for text in ("EGFR T790M", "EGFR L858R", "BRAF V600E", "ERBB2 amplification")),
        *(("add", f"biomarkers.{text}") for text in ("KRAS=wild type", "ALK fusion=not detected")),
        *(("set", f"biomarkers.{text}") for text in ("HER2 IHC=0", "MSI=MSI-H", "HR=positive")),
        *(("set", f"alterations.{text}") for text in ("EGFR=not found", "BRCA1=E23Vfs*17")),
        *(("remove", f"{text}") for text in ("alterations", "biomarkers")),
        *(("set", text) for text in ("jurisdiction=US", "as_of=2024-05-01", "tumor_type=LUAD", "stage=metastatic")),
        ("add", "prior_therapies={regimen: [trastuzumab], stopped_for: progression}"),
        ("add", "prior_therapies={regimen: [gefitinib], stopped_for: completed, setting: adjuvant}"),
    )
)
ASKED = ("osimertinib", "pembrolizumab", "trastuzumab", "olaparib", "cetuximab", "capecitabine")
several = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
changes = st.lists(st.lists(st.sampled_from(EDITS), min_size=1, max_size=3, unique=True), min_size=2, max_size=5)


def afresh(bench: Bench, edits: Edits) -> Prepared | None:
    """The edited patient, of whom nothing is known beforehand."""
    source = bench.matched.source
    assert source is not None
    try:
        return prepared(*edited(source.request, source.read, edits, knowledge()), knowledge())
    except UnusableInput:
        return None


@several
@given(patients, days, st.sampled_from(ASKED), changes)
def test_an_edited_patient_is_told_as_one_who_is_new(
    about: dict[str, Any], day: str, wanted: str, tried: list[list[Any]]
) -> None:
    with TemporaryDirectory() as folder:
        matched = asked(about, day, folder)
        scope = scope_of(target_of(wanted, knowledge()).regimens, knowledge())
        bench = Bench(matched, scope)
        for edits in map(tuple, tried):
            compare(bench, edits)


FOCI = (
    *("her2-breast-precise/her2-amplified-after-trastuzumab.yaml", "her2-breast-precise/organoids-two-foci.yaml"),
    *("her2-breast-precise/foci-and-blood.yaml", "timeline/colorectal-emerging-kras.yaml"),
)
"""Example patients with several samples, whose foci differ."""


@pytest.mark.parametrize("name", FOCI)
def test_so_is_an_edited_patient_with_several_samples(name: str) -> None:
    matched = match(Request(EXAMPLES / name, "2026-11-20"), knowledge(), library(), "sql")
    chance = random.Random(name)
    for wanted in ("trastuzumab", "cetuximab", "capecitabine"):
        bench = Bench(matched, scope_of(target_of(wanted, knowledge()).regimens, knowledge()))
        for count in (1, 1, 2, 2, 3):
            compare(bench, tuple(chance.sample(EDITS, count)))


def compare(bench: Bench, edits: Edits) -> None:
    """An edited patient of a bench must be ready, and be told, as one of whom nothing was known."""
    scope = bench.scope
    new, ready = afresh(bench, edits), bench.ready(edits)
    assert (new is None) == (ready is None)
    if new is None or ready is None:
        return
    assert (ready.patient, ready.query, ready.notes) == (new.patient, new.query, new.notes)
    assert [ready.board.profile(each) for each in scope.profiles] == list(map(new.board.profile, scope.profiles))
    assert list(map(ready.board.status, scope.biomarkers)) == list(map(new.board.status, scope.biomarkers))
    again = case_of(ready.patient, ready.query, ready.board, knowledge(), scope, bench.stated)
    fresh = case_of(new.patient, new.query, new.board, knowledge(), scope)
    assert sorted(again.facts, key=repr) == sorted(fresh.facts, key=repr)  # regimen by regimen, or caution by caution
    assert again.origins == fresh.origins
    assert (again.items, again.labels, again.asked) == (fresh.items, fresh.labels, fresh.asked)
    assert (again.confined, again.cautions, again.said) == (fresh.confined, fresh.cautions, fresh.said)
    assert again.profiles == fresh.profiles
    rules = resting(library(), CONCLUSIONS)
    assert JoinEngine().run(rules, again.facts) == engine("sql").run(rules, fresh.facts)


@several
@given(st.sampled_from(ASKED), st.data())
def test_a_scope_that_is_cut_out_is_the_scope_of_its_regimens(wanted: str, data: st.DataObject) -> None:
    wide = scope_of(target_of(wanted, knowledge()).regimens, knowledge())
    some = data.draw(st.sets(st.sampled_from(sorted(wide.regimens)), min_size=1))
    assert narrowed(wide, some, knowledge()) == scope_of(some, knowledge())


def test_scopes_are_kept_and_not_too_many_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.scope.SCOPES", few := 32)
    names = ("osimertinib", "pembrolizumab", "olaparib", "trastuzumab", "cetuximab")
    regimens = [target_of(name, knowledge()).regimens for name in names]
    first = scope_of(regimens[0], knowledge())
    assert scope_of(regimens[0], knowledge()) is first
    single = sorted(frozenset().union(*regimens))
    assert len(single) > few
    for regimen in single:
        scope_of([regimen], knowledge())
    again = scope_of(regimens[0], knowledge())
    assert again == first
    assert again is not first
