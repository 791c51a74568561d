"""The history of each item: who did what, when and why, up to a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.curation.acts import ACCEPTED
from kb.curation.history import histories, history, line, structure
from kb.curation.journal import Journal, decision
from kb.errors import CurationProblem
from tests.curated import SECOND
from tests.kb.curation.journals import filled, small_item, submitted


def test_every_act_is_in_the_history_of_its_item_once(tmp_path: Path) -> None:
    entries = filled(tmp_path / "curation.sqlite").entries()
    told = histories(entries)
    assert [(each.id, each.state) for each in told] == [
        (small_item(1).id, "superseded"),
        (small_item(2).id, "accepted"),
        ("EID12", "retracted"),
        (small_item(3).id, "rejected"),
    ]
    assert sorted(entry.number for each in told for entry in each.entries) == list(range(1, 9))


def test_the_history_up_to_a_day_is_what_was_known_then(tmp_path: Path) -> None:
    days = iter(f"2026-11-{day}T10:00:00.000000Z" for day in (20, 21))
    journal = Journal(tmp_path / "curation.sqlite", lambda: next(days))
    journal.record(submitted(1))
    journal.record(decision(small_item(1).id, ACCEPTED, SECOND))
    assert histories(journal.entries(), "2026-11-19") == ()
    assert [history(journal.entries(), small_item(1).id, f"2026-11-{day}").state for day in (20, 21)] == [
        "submitted",
        "accepted",
    ]


def test_an_item_is_named_by_as_much_as_tells_it_apart(tmp_path: Path) -> None:
    entries = filled(tmp_path / "curation.sqlite").entries()
    id = small_item(2).id
    for named in (id, id[:14], id.removeprefix("CURATED:")[:5]):
        assert history(entries, named).id == id
    with pytest.raises(CurationProblem, match="nothing was done with it here; the nearest: EID12"):
        history(entries, "EID1")
    with pytest.raises(CurationProblem, match="the nearest: EID12"):
        history(entries, "EID21")


def test_who_when_and_why_are_told(tmp_path: Path) -> None:
    entries = filled(tmp_path / "curation.sqlite").entries()
    superseded = history(entries, small_item(1).id).entries
    assert line(superseded[1]).endswith("UTC accepted by Second Reader (0000-0002-1694-233X): read the paper")
    assert line(superseded[2]).endswith(f"superseded by {small_item(2).id}")
    told = structure(history(entries, "EID12"))
    assert told["says"] is None
    assert told["state"] == "retracted"
    assert told["acts"][0] | {"at": "", "recorded_at": "", "hash": ""} == {
        "entry": 6,
        "kind": "retracted",
        "at": "",
        "by": {"name": "Second Reader", "orcid": "0000-0002-1694-233X"},
        "because": "the paper was retracted",
        "method": None,
        "digest": None,
        "supersedes": None,
        "superseded_by": None,
        "recorded_at": "",
        "imported": False,
        "signed": False,
        "hash": "",
    }


def test_what_came_from_elsewhere_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "here.sqlite")
    journal.take_in(filled(tmp_path / "there.sqlite").book())
    assert all("imported 20" in line(entry) for entry in journal.entries())
