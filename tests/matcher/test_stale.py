"""Whom aged items concern, and how their answer reads without them."""

import json
from pathlib import Path

import pytest

from kb.curation.acts import ACCEPTED, book
from kb.curation.journal import Journal, decision, submission
from kb.curation.retractions import RETRACTION, Notice, RetractedPapers
from kb.curation.stale import PAPER, RELEASE, SUPERSEDED_BY, UNSEEN, WITHDRAWN, stale
from kb.graph import open_knowledge_base
from kb.store import open_starter
from matcher.case import Request
from matcher.report.stale import VIEWS
from matcher.stale import AVOIDS, LEADS, affected, graphs_of
from tests.curated import CARBERRY, SECOND, made
from tests.shared import library

DAY = "2026-11-21"
RETRACTED = RetractedPapers({"PMID:15928335": Notice(RETRACTION, "2026-01-05", "an error", 1)})


def patient(folder: Path, name: str, variants: str, tumor: str, jurisdiction: str = "US") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.tsv").write_text(f"gene\talteration\n{variants}\n")
    (folder / f"{name}.yaml").write_text(
        f"id: {name}\ntumor_type: {tumor}\njurisdiction: {jurisdiction}\n"
        f"samples:\n  - {{id: s, kind: tissue, date: 2026-01-01, variants: {name}.tsv}}\n"
    )


def concerned(folder, found, known=None, day=DAY):
    graphs = graphs_of(None, known or book((), ()), day, found)
    return affected(Request(folder, day), found, graphs, library(), "sql")


def test_a_withdrawn_approval_is_listed_with_its_day_and_counts_until_then():
    by_id = {each.id: each for each in stale(open_knowledge_base(), DAY)}
    gone = by_id["US:truseltiq:0"]
    assert (gone.kind, gone.since, gone.counts) == (WITHDRAWN, "2024-05-16", False)
    before = {each.id: each for each in stale(open_knowledge_base(), "2024-05-15")}["US:truseltiq:0"]
    assert before.counts
    assert "will be withdrawn" in before.because


def test_a_patient_who_had_a_withdrawn_approval_is_named(tmp_path):
    patient(tmp_path, "P1", "FGFR2::BICC1\tfusion", "CHOL")
    found = stale(open_knowledge_base(), DAY)
    patient(tmp_path, "P2", "KRAS\tG12D", "PAAD")
    (one,) = concerned(tmp_path, found)
    assert one.patient == "P1"
    assert one.until == ("US:truseltiq:0",)


def test_a_patient_whose_biomarker_is_not_tested_lost_no_approval(tmp_path):
    """Mobocertinib was for exon 20 insertions: of L858R alone nobody knows whether there is one too."""
    patient(tmp_path, "P1", "EGFR\tL858R", "LUAD")
    found = [each for each in stale(open_knowledge_base(), DAY) if each.id == "US:exkivity:0"]
    assert found
    assert not concerned(tmp_path, found)
    patient(tmp_path, "P2", "EGFR\tD770_N771insSVD", "LUAD")
    (one,) = concerned(tmp_path, found)
    assert (one.patient, one.until) == ("P2", ("US:exkivity:0",))


def test_evidence_of_a_retracted_paper_is_taken_out_and_the_change_is_told(tmp_path):
    knowledge = open_knowledge_base()
    found = stale(knowledge, DAY, listed=RETRACTED)
    listed = [each for each in found if each.kind == PAPER]
    assert "EID15" in {each.id for each in listed}
    assert "2026-01-05 (an error)" in listed[0].because
    assert not [each for each in stale(knowledge, "2026-01-04", listed=RETRACTED) if each.kind == PAPER]
    patient(tmp_path, "P1", "PDGFRA\tD842V", "GIST")
    (one,) = concerned(tmp_path, listed)
    assert any(rest.item == "EID15" for rest in one.rests)
    assert one.difference is not None


def test_superseded_evidence_concerns_the_patients_that_rested_on_it(tmp_path):
    old, new = made(regimen="sotorasib"), made(regimen="sotorasib", direction="does not support")
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submission(old, CARBERRY, "options"))
    journal.record(decision(old.id, ACCEPTED, SECOND))
    journal.record(submission(new, CARBERRY, "options", supersedes=old.id))
    journal.record(decision(new.id, ACCEPTED, SECOND))
    day = journal.book().acts[-1].day
    found = [each for each in stale(open_knowledge_base(), day, journal.book()) if each.kind == SUPERSEDED_BY]
    assert [each.id for each in found] == [old.id]
    assert new.id in found[0].because
    patient(registry := tmp_path / "registry", "P1", "EGFR\tL858R", "LUAD")
    (one,) = concerned(registry, found, journal.book(), day)
    assert LEADS in {rest.does for rest in one.rests}
    assert one.difference
    assert AVOIDS not in {rest.does for rest in one.rests}


def test_an_item_that_nobody_looked_at_for_years_asks_for_it(tmp_path):
    times = iter([f"2020-01-0{day}T00:00:00.000000Z" for day in range(1, 9)])
    journal = Journal(tmp_path / "curation.sqlite", clock=lambda: next(times))
    item = made(regimen="sotorasib")
    journal.record(submission(item, CARBERRY, "options"))
    journal.record(decision(item.id, ACCEPTED, SECOND))
    kinds = {
        years: [each.kind for each in stale(open_knowledge_base(), DAY, journal.book(), years=years)]
        for years in (5, 7)
    }
    assert UNSEEN in kinds[5]
    assert UNSEEN not in kinds[7]


def test_the_same_release_has_nothing_newer():
    assert not [each for each in stale(open_knowledge_base(), DAY, newer=open_starter()) if each.kind == RELEASE]


def test_a_patient_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: X\ntumor_type: banana\njurisdiction: US\n")
    found = stale(open_knowledge_base(), DAY, listed=RETRACTED)
    (tmp_path / "notes.txt").write_text("nothing of a patient, \x00")
    patient(tmp_path, "P1", "PDGFRA\tD842V", "GIST")
    told = concerned(tmp_path, found)
    assert {each.path: bool(each.problem) for each in told} == {
        "broken.yaml": True,
        "P1.yaml": False,
        "notes.txt": True,
    }


@pytest.mark.parametrize("form", VIEWS)
def test_every_form_names_every_item_and_patient(tmp_path, form):
    found = stale(open_knowledge_base(), DAY, listed=RETRACTED)
    patient(tmp_path, "P1", "PDGFRA\tD842V", "GIST")
    whom = concerned(tmp_path, found)
    shown = VIEWS[form](found, whom, DAY)
    assert all(each.id in shown for each in found)
    assert "P1" in shown
    if form == "json":
        assert {each["id"] for each in json.loads(shown)["items"]} == {each.id for each in found}
