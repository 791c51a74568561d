"""Which scenarios move: what holds no longer, what is answered otherwise, and that nothing else is run again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kb.asked import Graph, Recording, answered_otherwise
from kb.curation.acts import ACCEPTED, RETRACTED
from kb.curation.graph import counted, open_with
from kb.curation.item import Item
from kb.curation.journal import Draft, Journal, decision, submission
from kb.graph import KnowledgeBase, open_knowledge_base
from matcher.case import Request, match
from matcher.notes import UnusableInput
from matcher.recommend import answer
from matcher.report.scenarios import scenario_line, scenario_section, scenario_structure
from matcher.scenarios.moved import ANSWER, BREAKS, MENDS, Found, compared
from matcher.scenarios.run import KEPT, _keep, run_of
from matcher.scenarios.told import answers_in, told
from tests.curated import CARBERRY, SECOND, made
from tests.shared import library

BOARD = """
Feature: What a board expects

  Scenario: Afatinib rests on its trial
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR L858R"
    When the board asks
    Then the proof of "afatinib" names "EID879"

  Scenario: Gefitinib is approved
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR L858R"
    When the board asks
    Then something is recommended "on-label"

  Scenario: The new item is seen
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR L858R"
    When the board asks
    Then the proof of "afatinib" names "CURATED:"

  Scenario Outline: HER2 in breast cancer
    Given a patient with "BRCA" in "<place>"
    And the copy number "ERBB2 amplification"
    When the board asks
    Then something is recommended "on-label"

    Examples:
      | place |
      | CN    |
      | US    |
"""


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board")
    (folder / "board.feature").write_text(BOARD, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def before() -> KnowledgeBase:
    return open_knowledge_base()


@pytest.fixture(scope="module")
def item() -> Item:
    return made(sources="PMID:27083334 https://pubmed.ncbi.nlm.nih.gov/27083334/")


def with_acts(folder: Path, *drafts: Draft) -> KnowledgeBase:
    journal = Journal(folder / "curation.sqlite", lambda: "2026-11-20T10:00:00.000000Z")
    journal.record(*drafts)
    return open_with(None, counted(journal.book()))


@pytest.fixture(scope="module")
def accepted(item: Item, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    drafts = submission(item, CARBERRY, "options"), decision(item.id, ACCEPTED, SECOND)
    return with_acts(tmp_path_factory.mktemp("accepted"), *drafts)


@pytest.fixture(scope="module")
def retracted(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    return with_acts(tmp_path_factory.mktemp("retracted"), decision("EID879", RETRACTED, SECOND, "a doubt"))


@pytest.fixture(scope="module")
def found(features: Path, before: KnowledgeBase, accepted: KnowledgeBase) -> Found:
    return compared(features, before, accepted)


def kinds(found: Found) -> dict[str, str]:
    return {each.title: each.kind for each in found.moved}


def test_an_item_moves_the_scenarios_that_ask_about_it(found: Found, item: Item) -> None:
    assert kinds(found) == {
        "Afatinib rests on its trial": BREAKS,
        "The new item is seen": MENDS,
        "Gefitinib is approved": ANSWER,
    }
    assert [each.kind for each in found.moved] == [BREAKS, MENDS, ANSWER]
    broken, _, other = found.moved
    assert broken.after.failed == 'Then the proof of "afatinib" names "EID879"'
    assert broken.place.endswith("board.feature:4")
    assert {each.regimen for each in other.changes} == {("afatinib",)}
    assert item.id in str(other.changes[0]) or "->" in str(other.changes[0])


def test_only_scenarios_that_an_item_can_touch_run_again(found: Found) -> None:
    assert (found.scenarios, found.touched) == (5, 3)
    assert [each.title for each in found.failing] == ["The new item is seen"]


def test_what_is_not_run_again_would_have_ended_as_before(
    features: Path, before: KnowledgeBase, accepted: KnowledgeBase, found: Found
) -> None:
    was, now = run_of(features, before, None, None), run_of(features, accepted, None, None)
    assert len(now.ended) == found.scenarios
    moved = {each.after.name for each in found.moved}
    for name, ended in now.ended.items():
        same = (ended.outcome, ended.answers) == (was.ended[name].outcome, was.ended[name].answers)
        assert same == (name not in moved)


def test_a_retraction_breaks_what_rested_on_the_item(
    features: Path, before: KnowledgeBase, retracted: KnowledgeBase
) -> None:
    assert kinds(compared(features, before, retracted))["Afatinib rests on its trial"] == BREAKS


def test_the_same_graph_moves_nothing_and_runs_nothing(features: Path, before: KnowledgeBase) -> None:
    found = compared(features, before, before)
    assert (found.moved, found.touched) == ((), 0)
    assert "none of 5 moves" in scenario_line(found)


def test_what_a_board_reads(found: Found) -> None:
    assert scenario_line(found) == (
        "Scenarios: of 5, 1 holds no longer, 1 holds now, 1 ends as before with another answer; "
        "3 ask something that would be answered otherwise, and were run again."
    )
    section = scenario_section(found)
    assert [part.heading for part in section.sections] == [
        "Scenarios that hold no longer",
        "Scenarios that hold now",
        "Scenarios with another answer",
        "Scenarios that failed before",
    ]
    told = json.loads(json.dumps(scenario_structure(found)))
    assert (told["scenarios"], told["run_again"], len(told["moved"])) == (5, 3, 3)
    assert told["moved"][0]["after"]["failed_step"] == 'Then the proof of "afatinib" names "EID879"'


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nowhere", None, "is no folder of scenarios"),
        ("empty", {}, "has no .feature file"),
        ("program", {"a.feature": "@program\nFeature: A\n  Scenario: B\n    When the board asks\n"}, "no scenario"),
        ("broken", {"a.feature": "Scenario nothing\n  Given\n"}, "cannot be run"),
    ],
)
def test_a_folder_that_cannot_be_run_is_told(
    tmp_path: Path, before: KnowledgeBase, name: str, content: dict[str, str] | None, says: str
) -> None:
    folder = tmp_path / name
    if content is not None:
        folder.mkdir()
    for file, text in (content or {}).items():
        (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInput, match=says):
        compared(folder, before, before)


def test_a_step_that_nobody_defined_is_named(tmp_path: Path, before: KnowledgeBase) -> None:
    text = "Feature: A\n  Scenario: B\n    When the moon is full\n"
    (tmp_path / "a.feature").write_text(text, encoding="utf-8")
    (failing,) = compared(tmp_path, before, before).failing
    assert "When the moon is full" in (failing.failed or "")


def test_a_folder_with_its_own_steps_uses_them(tmp_path: Path, before: KnowledgeBase, accepted: KnowledgeBase) -> None:
    (tmp_path / "a.feature").write_text("Feature: A\n  Scenario: B\n    Then afatinib has evidence\n", encoding="utf-8")
    (tmp_path / "test_a.py").write_text("from pytest_bdd import scenarios\n\nscenarios('.')\n", encoding="utf-8")
    steps = (
        "from pytest_bdd import then\n\nfrom matcher.scenarios.ground import graph\n\n\n"
        "@then('afatinib has evidence')\ndef has_evidence():\n"
        "    items = graph().evidence_of_regimens([('afatinib',)])\n"
        "    assert not any(each.id.startswith('CURATED:') for each in items), 'a new item'\n"
    )
    (tmp_path / "conftest.py").write_text(steps, encoding="utf-8")
    (moved,) = compared(tmp_path, before, accepted).moved
    assert (moved.kind, moved.title) == (BREAKS, "B")
    assert "a new item" in (moved.after.reason or "")


def test_a_damaged_file_of_the_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "features").mkdir()
    text = 'Feature: A\n  Scenario: B\n    Given a patient with "LUAD" in "CN"\n'
    (tmp_path / "features" / "a.feature").write_text(text, encoding="utf-8")
    monkeypatch.setenv("MTB_MATCH_CACHE", str(tmp_path / "cache"))
    known = open_knowledge_base()
    first = run_of(tmp_path / "features", known, None, None)
    (kept,) = (tmp_path / "cache" / "scenarios").iterdir()
    for damaged in ("", "[]", '{"asked": [], "scenarios": [{"name": "x"}]}'):
        kept.write_text(damaged, encoding="utf-8")
        assert run_of(tmp_path / "features", known, None, None) == first


def test_old_runs_leave_the_cache(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        _keep(tmp_path / f"{number:02}.json", {"number": number})
        os.utime(tmp_path / f"{number:02}.json", (number, number))
    _keep(tmp_path / "new.json", {})
    assert {path.stem for path in tmp_path.iterdir()} == {"new", *(f"{number:02}" for number in range(6, KEPT + 5))}


# --- what was asked -----------------------------------------------------------------------------------------------


def asked_of(recording: Recording, folder: Path, alteration: str) -> dict[str, object]:
    gene, _, change = alteration.partition(" ")
    (folder / "v.tsv").write_text(f"gene\talteration\n{gene}\t{change}\n", encoding="utf-8")
    request = Request(folder / "v.tsv", "2026-11-20", tumor_type="LUAD", jurisdiction="CN", assay="WES")
    return told(answer(match(request, recording, library(), "sql")))


@pytest.mark.parametrize(("alteration", "touched"), [("EGFR L858R", True), ("BRAF V600E", False)])
def test_a_graph_that_answers_every_question_alike_gives_the_same_answer(
    tmp_path: Path, before: KnowledgeBase, accepted: KnowledgeBase, alteration: str, touched: bool
) -> None:
    recording = Recording(Graph(before))
    was = asked_of(recording, tmp_path, alteration)
    asked = [(*ask, digest) for ask, digest in recording.asked.items()]
    assert len(asked) > 100
    assert not answered_otherwise(before, asked)
    assert bool(answered_otherwise(accepted, asked)) == touched
    assert (asked_of(Recording(Graph(accepted)), tmp_path, alteration) != was) == touched


def test_a_recording_answers_as_the_graph_does(tmp_path: Path, before: KnowledgeBase, accepted: KnowledgeBase) -> None:
    for graph in (before, accepted):
        (tmp_path / "v.tsv").write_text("gene\talteration\nEGFR\tL858R\n", encoding="utf-8")
        request = Request(tmp_path / "v.tsv", "2026-11-20", tumor_type="LUAD", jurisdiction="US", assay="WES")
        plain = answer(match(request, graph, library(), "sql"))
        recorded = answer(match(request, Recording(Graph(graph)), library(), "sql"))
        assert told(plain) == told(recorded)


def test_answers_are_found_in_what_holds_them(tmp_path: Path, before: KnowledgeBase) -> None:
    (tmp_path / "v.tsv").write_text("gene\talteration\nEGFR\tL858R\n", encoding="utf-8")
    request = Request(tmp_path / "v.tsv", "2026-11-20", tumor_type="LUAD", jurisdiction="US", assay="WES")
    given = answer(match(request, before, library(), "sql"))
    assert answers_in({"board": [given], "again": given}) == (given,)
    assert answers_in({"text": "no answer", "matched": given.matched}) == ()
