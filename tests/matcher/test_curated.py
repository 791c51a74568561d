"""What an answer says of curated evidence, in every form, and what changes in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kb.curation.acts import ACCEPTED, RETRACTED
from kb.curation.item import Item
from kb.curation.journal import Journal, decision, submission
from kb.curation.opening import open_at
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.statements import Row
from matcher.case import Matched, Request, match
from matcher.curated import considered, curation_line, state_of
from matcher.levels import GRADES
from matcher.proof_reading import read_proof
from matcher.recommend import answer
from matcher.report import render
from matcher.report.as_json import structure
from matcher.report.why_document import why_document
from matcher.report.why_json import why_structure
from matcher.verify import Verdict, verify
from matcher.why import why
from tests.curated import CARBERRY, SECOND
from tests.journals import item, journal
from tests.shared import evaluators, library

AS_OF = "2026-11-21"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    """The item of ROW, submitted on the first day and accepted on the second; another one waits."""
    folder = tmp_path_factory.mktemp("journal")
    journal(folder, "2026-01-01").record(submission(item(), CARBERRY, "options"))
    journal(folder, "2026-01-02").record(decision(item().id, ACCEPTED, SECOND, "read in full"))
    journal(folder, "2026-01-03").record(decision("EID936", RETRACTED, SECOND, "doubts"))
    journal(folder, "2026-01-04").record(submission(item(level="C"), CARBERRY, "table"))
    return journal(folder)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("patient") / "patient.yaml"
    path.write_text(
        "id: P-1\ntumor_type: THPA\njurisdiction: US\n"
        "samples:\n  - {id: t, kind: tissue, variants: t.tsv, assay: WES}\n",
        encoding="utf-8",
    )
    (path.parent / "t.tsv").write_text("gene\talteration\nBRAF\tV600E\n", encoding="utf-8")
    return path


def matched(patient: Path, knowledge: KnowledgeBase, evaluator: str = "sql") -> Matched:
    return match(Request(patient, AS_OF), knowledge, library(), evaluator)


def ranked(found: Matched) -> dict[str, Any]:
    told = structure(answer(found))
    return {"+".join(each["regimen"]): each for each in told["recommendations"]}


@pytest.mark.parametrize("evaluator", evaluators())
def test_an_accepted_item_counts_and_a_waiting_one_does_not(written: Journal, patient: Path, evaluator: str) -> None:
    before = ranked(matched(patient, open_knowledge_base(), evaluator))["trametinib"]
    after = ranked(matched(patient, open_at(None, written), evaluator))["trametinib"]
    on_the_first_day = ranked(matched(patient, open_at(None, written, "2026-01-01"), evaluator))["trametinib"]
    assert [each["id"] for each in after["evidence"] if "curation" in each] == [item().id]
    assert {each["id"]: each.get("curation") for each in after["evidence"]}[item().id] == "accepted"
    assert after["levels"]["amp"] != before["levels"]["amp"]
    assert on_the_first_day == before


def test_the_answer_names_what_counts_what_waits_and_what_was_retracted(written: Journal, patient: Path) -> None:
    found = answer(matched(patient, open_at(None, written)))
    told = structure(found)["curation"]
    other = item(level="C").id
    assert (told["accepted"], told["waiting"], told["retracted"]) == ([item().id], [other], ["EID936"])
    assert (told["submitted"], told["considered"], told["day"]) == ([], [item().id], None)
    assert told["head"] == written.head()
    for form in ("table", "markdown", "html"):
        text = " ".join(re.sub("<[^>]*>", "", render(found, form)).split())
        assert "1 accepted item counts" in text, form
        assert f"waits for a second person and does not count ({other})" in text, form
        assert "this site retracted 1 item of the graph (EID936)" in text, form


def test_an_answer_without_a_journal_says_nothing_of_it(patient: Path) -> None:
    found = matched(patient, open_knowledge_base())
    assert "curation" not in structure(answer(found))
    assert curation_line(found.knowledge, "en", considered(found)) == ""
    assert "urated" not in render(answer(found), "table")


def test_an_option_that_rests_on_what_nobody_accepted_says_so(written: Journal, patient: Path) -> None:
    found = matched(patient, open_at(None, written, "2026-01-01", True))
    assert state_of(item().id, found.knowledge) == "submitted"
    assert f"rests on {item().id}, which no second person accepted" in render(answer(found), "tsv")
    document = why_document(why(found, "trametinib"))
    assert any(f"rests on {item().id}" in str(line) for line in document.summary)
    chinese = why_document(why(found, "trametinib", "zh"))
    assert any(f"依据未经第二人接受的{item().id}" in str(line) for line in chinese.summary)
    accepted = why_document(why(matched(patient, open_at(None, written)), "trametinib"))
    assert not any("no second person" in str(line) for line in accepted.summary)


def test_why_names_who_submitted_and_who_accepted(written: Journal, patient: Path) -> None:
    found = why(matched(patient, open_at(None, written)), "trametinib")
    told = next(each for each in why_structure(found)["statements"] if each["id"] == item().id)
    assert told["curation"]["state"] == ACCEPTED
    assert [(each["kind"], each["by"], each.get("reason")) for each in told["curation"]["decisions"]] == [
        ("submitted", CARBERRY.name, None),
        ("accepted", SECOND.name, "read in full"),
    ]
    section = str(why_document(found).sections)
    assert f"accepted by {SECOND.name} (https://orcid.org/{SECOND.orcid}) on 2026-01-02" in section


def test_a_proof_that_rests_on_a_curated_item_replays_where_it_counts(written: Journal, patient: Path) -> None:
    knowledge = open_at(None, written)
    told = why_structure(why(matched(patient, knowledge), "trametinib"))
    proof = read_proof(json.dumps(told).encode(), "proof")
    assert verify(proof, knowledge, library(), "sql").verdict is Verdict.HOLDS
    elsewhere = verify(proof, open_knowledge_base(), library(), "sql")
    gone = {each.name: each.how for each in elsewhere.statements}
    assert not elsewhere.is_same_graph
    assert item().iri in gone
    changed = open_at(None, written, "2026-01-01", True)
    again = verify(proof, changed, library(), "sql")
    assert not [each for each in again.statements if each.name == item().iri], "who accepted it is not what it says"


def counting(folder: Path, *accepted: Item, submitted: tuple[Item, ...] = ()) -> KnowledgeBase:
    """The starter in which these items count, the submitted ones as asked."""
    day = journal(folder, "2026-01-01")
    for each in (*accepted, *submitted):
        day.record(submission(each, CARBERRY, "options"))
    for each in accepted:
        day.record(decision(each.id, ACCEPTED, SECOND, "read in full"))
    return open_at(None, day, "2026-01-02", True)


def lung(folder: Path) -> Path:
    path = folder / "lung.yaml"
    path.write_text(
        "id: P-2\ntumor_type: LUAD\njurisdiction: CN\nassay: WES\nalterations:\n  - {gene: EGFR, alteration: L858R}\n",
        encoding="utf-8",
    )
    return path


LUNG = {"profile": "EGFR:L858R", "tumor_types": "LUAD"}
OF_A_TRIAL = Row(
    kind="randomized trial", verified="yes", sources="PMID:27083334 https://pubmed.ncbi.nlm.nih.gov/27083334/"
)
BETTER = Row(OF_A_TRIAL, stratified="yes", comparator="standard of care", endpoints="PFS", reported="PFS")


@pytest.mark.parametrize("evaluator", evaluators())
@pytest.mark.parametrize("design", [None, OF_A_TRIAL], ids=["no design", "a trial of which nothing is told"])
def test_more_evidence_for_a_regimen_lowers_no_level(tmp_path: Path, evaluator: str, design: Row | None) -> None:
    regimens = ("afatinib", "osimertinib", "dacomitinib", "amivantamab+lazertinib")
    added = [
        item(
            design,
            **LUNG,
            regimen=each,
            combination="combination" if "+" in each else "single",
            verified="yes",
            sources="PMID:27083334 https://pubmed.ncbi.nlm.nih.gov/27083334/",
        )
        for each in regimens
    ]
    before = ranked(matched(lung(tmp_path), open_knowledge_base(), evaluator))
    after = ranked(matched(lung(tmp_path), counting(tmp_path, *added), evaluator))
    assert before["afatinib"]["levels"]["escat"] == "I-A"
    assert after["afatinib"]["evidence"][0]["id"] == added[0].id, "the new item leads"
    for regimen in regimens:
        for framework in ("amp", "escat", "oncokb", "nct"):
            reached, was = (GRADES[framework].index(each[regimen]["levels"][framework]) for each in (after, before))
            assert reached <= was, (regimen, framework)


def test_a_level_of_an_item_that_nobody_accepted_says_so_though_another_leads(tmp_path: Path) -> None:
    leading = item(**LUNG, verified="yes")
    other = item(BETTER, **LUNG, sources="PMID:27083334 https://pubmed.ncbi.nlm.nih.gov/27083334/")
    (tmp_path / "waits").mkdir()
    (tmp_path / "counts").mkdir()
    waits = matched(lung(tmp_path), counting(tmp_path / "waits", leading, submitted=(other,)))
    counts = matched(lung(tmp_path), counting(tmp_path / "counts", leading, other))
    found = ranked(waits)["trametinib"]
    assert found["evidence"][0]["id"] == leading.id
    assert found["levels"]["escat"] == ranked(counts)["trametinib"]["levels"]["escat"] == "I-A"
    assert found["rests_on_submitted"] == [other.id]
    assert "rests_on_submitted" not in ranked(counts)["trametinib"]
    assert f"rests on {other.id}, which no second person accepted" in render(answer(waits), "tsv")
    assert f"依据未经第二人接受的{other.id}" in render(answer(waits, "zh"), "tsv")
    assert any(f"rests on {other.id}" in str(line) for line in why_document(why(waits, "trametinib")).summary)
    told = why_structure(why(counts, "trametinib"))
    assert verify(read_proof(json.dumps(told).encode(), "proof"), counts.knowledge, library(), "sql").verdict is (
        Verdict.HOLDS
    )
