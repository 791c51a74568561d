"""Items and acts as a curator reads and names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.curation.acts import ACCEPTED, RETRACTED, Book
from kb.curation.journal import decision, submission
from kb.curation.reading import (
    act_line,
    added,
    evidence_near,
    item_lines,
    item_named,
    item_structure,
    list_line,
    named,
    waiting,
)
from kb.errors import CurationProblem
from tests.curated import CARBERRY, SECOND
from tests.journals import item, journal
from tests.shared import knowledge


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("journal")
    first = journal(folder, "2026-01-01")
    first.record(submission(item(), CARBERRY, "options"), submission(item(level="C"), CARBERRY, "table"))
    second = journal(folder, "2026-01-02")
    second.record(decision(item().id, ACCEPTED, SECOND, "read in full"))
    second.record(decision("EID12", RETRACTED, SECOND, "the paper was retracted"))
    return second.book()


def digits(id: str, count: int = 12) -> str:
    return id.removeprefix("CURATED:")[:count]


@pytest.mark.parametrize("count", [12, 8])
@pytest.mark.parametrize("prefix", ["CURATED:", ""])
def test_an_item_is_named_by_as_many_digits_as_tell_it_apart(known: Book, prefix: str, count: int) -> None:
    assert named(known, prefix + digits(item().id, count)) == item().id
    assert named(known, (prefix + digits(item().id, count).upper())) == item().id


def test_an_item_of_the_graph_keeps_its_name(known: Book) -> None:
    for id in ("EID12", "E", "moa:1"):
        assert named(known, id) in (id, item().id, item(level="C").id)
    assert named(known, "EID12") == "EID12"


def test_digits_that_fit_several_items_or_none_are_told(known: Book) -> None:
    with pytest.raises(CurationProblem, match="not in this journal"):
        named(known, "CURATED:zzz".replace("z", "0" if digits(item().id, 1) != "0" else "1"))
    twins = Book({f"CURATED:aaaaaaaaaaa{last}": item() for last in "12"}, ())
    with pytest.raises(CurationProblem, match="2 items begin"):
        named(twins, "CURATED:aaaa")
    with pytest.raises(CurationProblem, match="not in this journal"):
        named(known, "CURATED:another")


def test_an_item_that_nothing_names_is_none() -> None:
    assert item_named(("CURATED:0123456789ab", "EID12"), "EID12") == "EID12"
    for text in ("EID1", "CURATED:", "", "1", "CURATED:1"):
        assert item_named(("CURATED:0123456789ab", "EID12"), text) is None


def test_the_list_and_the_item_tell_state_and_who(known: Book) -> None:
    assert [each.id for each in waiting(known)] == [item(level="C").id]
    assert [each.id for each in waiting(known, "2026-01-01")] == sorted((item().id, item(level="C").id))
    line = list_line(known, item())
    assert line == (f"{item().id}  accepted  BRAF:V600E: sensitivity to trametinib in THPA (level B; PMID:22169769)")
    told = "\n".join(item_lines(known, item().id))
    assert "source: PMID:22169769 https://pubmed.ncbi.nlm.nih.gov/22169769/" in told
    assert "accepted on 2026-01-02 at 12:00 UTC by Second Reader" in told
    assert "state: submitted" in "\n".join(item_lines(known, item().id, "2026-01-01"))
    structure = item_structure(known, "EID12")
    assert (structure["state"], structure["curated"]) == (RETRACTED, False)
    assert structure["acts"][0]["reason"] == "the paper was retracted"


def test_an_act_tells_what_it_supersedes(tmp_path: Path) -> None:
    to = journal(tmp_path)
    entry = to.record(submission(item(), CARBERRY, "options", supersedes="EID12", reason="newer"))[0]
    assert act_line(entry.act).endswith("entered as options, to supersede EID12: newer")


def test_what_an_item_adds_is_named() -> None:
    assert added(item()) == ()


def test_items_near_a_name_are_found() -> None:
    assert evidence_near(knowledge(), "eid12x")[0] == "EID12"
