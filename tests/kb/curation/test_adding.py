"""Which statements are new, what is said of them, and that all of a submission is recorded or nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kb.curation import adding
from kb.curation.acts import ACCEPTED, REJECTED, RETRACTED, SUBMITTED
from kb.curation.adding import Candidate, add, as_json, candidates, lines_of
from kb.curation.entry import read_entries
from kb.curation.gate import Finding
from kb.curation.journal import Journal, decision
from kb.curation.vocabulary import Vocabulary
from kb.errors import CurationProblem
from kb.graph import open_knowledge_base
from kb.statements import Row
from tests.curated import CARBERRY, SECOND, WRITTEN


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return Vocabulary(open_knowledge_base())


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "curation.sqlite")


def found(words: Vocabulary, journal: Journal, *rows: dict[str, str]) -> tuple[Candidate, ...]:
    placed = [(f"line {number}", Row({**WRITTEN, **row})) for number, row in enumerate(rows, start=2)]
    return candidates(read_entries(placed, words), words, journal.book())


def test_all_new_items_are_submitted_in_one_go(words: Vocabulary, journal: Journal) -> None:
    recorded = add(journal, found(words, journal, {}, {"level": "C"}), CARBERRY, "table own.tsv")
    assert [entry.act.kind for entry in recorded] == [SUBMITTED] * 2
    assert {entry.act.method for entry in recorded} == {"table own.tsv"}
    assert len(journal.book().in_state((SUBMITTED,))) == 2


def test_what_is_there_or_twice_is_left_out_and_told(words: Vocabulary, journal: Journal) -> None:
    add(journal, found(words, journal, {}), CARBERRY, "options")
    first, second, third = found(words, journal, {}, {"level": "C"}, {"level": "C"})
    assert first.left is not None
    assert first.left.startswith("is in the journal already, submitted by Josiah Carberry on 20")
    assert second.left is None
    assert third.left == "says the same as line 3"
    assert "  left out: says the same as line 3" in lines_of(third)
    assert len(add(journal, (first, second, third), CARBERRY, "table own.tsv")) == 1


@pytest.mark.parametrize("kind", [REJECTED, RETRACTED])
def test_what_was_refused_comes_again_for_a_reason_only(words: Vocabulary, journal: Journal, kind: str) -> None:
    (entry,) = add(journal, found(words, journal, {}), CARBERRY, "options")
    journal.record(decision(entry.act.item, kind, SECOND, "the paper says otherwise"))
    (again,) = found(words, journal, {})
    assert again.left is not None
    assert "the paper says otherwise; say why it is submitted again with --because" in again.left
    (reasoned,) = found(words, journal, {"because": "an erratum was published"})
    assert reasoned.left is None
    (recorded,) = add(journal, (reasoned,), CARBERRY, "options")
    assert recorded.act.reason == "an erratum was published"


@pytest.mark.parametrize("id", ["CURATED:0123456789ab", "EID0"])
def test_what_is_not_there_cannot_be_superseded(words: Vocabulary, journal: Journal, id: str) -> None:
    message = f"line 2: .* error: the item is meant to supersede {id}, which no graph and no journal here has"
    with pytest.raises(CurationProblem, match=re.compile(message, re.DOTALL)):
        add(journal, found(words, journal, {"supersedes": id}), CARBERRY, "table own.tsv")
    assert not journal.path.exists()


def test_an_item_supersedes_another_one_and_never_itself(words: Vocabulary, journal: Journal) -> None:
    (entry,) = add(journal, found(words, journal, {}), CARBERRY, "options")
    old = entry.act.item
    (same,) = found(words, journal, {"supersedes": old})
    assert (same.left or "").startswith("is in the journal already, submitted by Josiah Carberry")
    (new,) = add(journal, found(words, journal, {"level": "C", "supersedes": old}), CARBERRY, "options")
    assert new.act.other == old
    journal.record(decision(old, ACCEPTED, SECOND))
    journal.record(decision(new.act.item, ACCEPTED, SECOND))
    with pytest.raises(CurationProblem, match="which was superseded by Second Reader"):
        add(journal, found(words, journal, {"level": "D", "supersedes": old}), CARBERRY, "options")
    assert found(words, journal, {"level": "D", "supersedes": "EID12"})[0].supersedes == "EID12"


def test_the_gate_refuses_all_of_a_submission_for_one_item(
    words: Vocabulary, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gate(item: object, *_: object) -> tuple[Finding, ...]:
        bad = getattr(item, "label", "").startswith("EGFR:T790M")
        return (Finding("error", "a check", "it cannot be", "do this", "shape:x"),) if bad else ()

    monkeypatch.setattr(adding, "gate", gate)
    both = found(words, journal, {}, {"alteration": "T790M"})
    with pytest.raises(CurationProblem) as failure:
        add(journal, both, CARBERRY, "table own.tsv")
    text = str(failure.value)
    assert "line 3: EGFR:T790M: sensitivity to afatinib in LUAD" in text
    assert "error: it cannot be; do this" in text
    assert "line 2" not in text
    assert text.endswith("nothing was recorded")
    assert not journal.path.exists()


def test_a_signature_is_made_of_each_submission(words: Vocabulary, journal: Journal) -> None:
    found_now = found(words, journal, {}, {"level": "C"})
    recorded = add(journal, found_now, CARBERRY, "options", lambda draft: f"signed {draft.act.item}")
    assert [entry.signed for entry in recorded] == [f"signed {each.item.id}" for each in found_now]
    assert [entry.signed for entry in journal.entries()] == [entry.signed for entry in recorded]


def test_what_is_told_of_a_candidate(words: Vocabulary, journal: Journal) -> None:
    (one,) = found(words, journal, {"alteration": "K858R", "supersedes": "EID12"})
    shown = lines_of(one)
    assert shown[0] == f"{one.item.id} (line 2): EGFR:K858R: sensitivity to afatinib in LUAD"
    assert "  level B; PMID:27083334" in shown
    assert "  is to supersede EID12" in shown
    assert "  look again: codon 858 of EGFR is L in the known changes, not K" in shown
    told = as_json(one)
    assert (told["id"], told["regimen"], told["sources"]) == (one.item.id, ["afatinib"], ["PMID:27083334"])
    assert told["digest"].startswith("sha256:")
