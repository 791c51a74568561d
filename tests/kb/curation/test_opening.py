"""What of a journal counts in a graph, on a day, and that the base stays what it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
from functools import cache
from hashlib import sha256
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import terms as t
from kb.content import content_graphs, graph_statements
from kb.curation import graph
from kb.curation.acts import ACCEPTED, REINSTATED, RETRACTED, SUBMITTED, Act, book
from kb.curation.graph import Counted, counted, lacking, open_with
from kb.curation.item import Item, item_of
from kb.curation.journal import Journal, decision, submission
from kb.curation.opening import built_with, open_at
from kb.curation.standing import Standing, read_standing
from kb.diff import Diff, diff
from kb.errors import CurationProblem, NotAStore, UnknownItem
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.rdf import iri
from kb.shapes_sparql import validate_store
from kb.store import cache_folder, open_starter, open_store, store_folder
from tests.curated import CARBERRY, SECOND
from tests.journals import item, journal
from tests.parts import about, built
from tests.shared import knowledge


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that no other test wrote to, with the starter's store."""
    open_starter()
    shutil.copytree(cache_folder() / "kb", tmp_path / "cache" / "kb", ignore=shutil.ignore_patterns("LOCK"))
    monkeypatch.setenv("MTB_MATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def recorded(folder: Path) -> Journal:
    drafts = (
        submission(item(), CARBERRY, "options"),
        decision(item().id, ACCEPTED, SECOND),
        decision("EID12", RETRACTED, SECOND, "the paper was retracted"),
    )
    for number, draft in enumerate(drafts, start=1):
        journal(folder, f"2026-01-0{number}").record(draft)
    return journal(folder)


@pytest.fixture
def accepted(tmp_path: Path) -> Journal:
    """Submitted on one day, accepted on the next, and an item of the starter retracted on the third."""
    return recorded(tmp_path)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[ox.Store, Diff]:
    """The starter in which that journal's items count, and what is different in it."""
    store = open_at(None, recorded(tmp_path_factory.mktemp("journal"))).embedded
    return store, diff(open_starter(), store)


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with some evidence of the starter, what rests on it, and what the items here name."""
    items = [t.item("evidence", id) for id in EVIDENCE]
    items += [t.item("tumor", "THPA"), t.item("therapy", "trametinib"), t.item("biomarker", "BRAF:V600E")]
    resting = [
        quad.subject.value  # type: ignore[union-attr]
        for each in items
        for link in (t.HAS_EVIDENCE, t.DESIGN_OF)
        for quad in open_starter().quads_for_pattern(None, ox.NamedNode(link), ox.NamedNode(each), None)
    ]
    return built(tmp_path_factory.mktemp("part") / "store", about([*items, *resting]))


def has(opened: KnowledgeBase, id: str) -> bool:
    try:
        return opened.evidence_item(id).id == id
    except UnknownItem:
        return False


@pytest.mark.parametrize(
    ("day", "include", "counts", "standing"),
    [
        ("2025-12-31", True, (False, True), Standing()),
        ("2026-01-01", False, (False, True), Standing(waiting=(item().id,))),
        ("2026-01-01", True, (True, True), Standing(submitted=(item().id,))),
        ("2026-01-02", False, (True, True), Standing(accepted=(item().id,))),
        ("2026-01-03", False, (True, False), Standing(accepted=(item().id,), retracted=("EID12",))),
        (None, True, (True, False), Standing(accepted=(item().id,), retracted=("EID12",))),
    ],
)
def test_what_counts_on_a_day_is_in_the_graph_and_told(
    accepted: Journal, day: str | None, include: bool, counts: tuple[bool, bool], standing: Standing
) -> None:
    opened = open_at(None, accepted, day, include)
    assert (has(opened, item().id), has(opened, "EID12")) == counts
    assert opened.standing == standing._replace(head=accepted.head(), day=day)


def test_a_graph_without_curated_items_says_so() -> None:
    assert open_knowledge_base().standing is None


def test_a_journal_is_read_once_for_each_last_entry(
    accepted: Journal, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_at(None, accepted)
    monkeypatch.setattr(Journal, "entries", lambda self: pytest.fail("it was read again"))
    again = open_at(None, accepted)
    assert (again.digest, again.standing) == (first.digest, first.standing)
    monkeypatch.undo()
    os.environ["MTB_MATCH_CACHE"] = str(own_cache)
    accepted.record(decision("EID12", REINSTATED, CARBERRY, "it was another paper"))
    assert has(open_at(None, accepted), "EID12")


def test_what_is_remembered_and_damaged_is_read_again(accepted: Journal, own_cache: Path) -> None:
    first = open_at(None, accepted)
    for note in (own_cache / "curated").glob("*.json"):
        note.write_text('{"standing": 3}')
    assert open_at(None, accepted).standing == first.standing
    for folder in (each for each in (own_cache / "curated").iterdir() if each.is_dir()):
        (folder / "CURRENT").unlink()
    assert has(open_at(None, accepted), item().id)


@pytest.mark.parametrize("change", ["B", "reorder"])
def test_a_journal_that_was_changed_answers_nothing(accepted: Journal, own_cache: Path, change: str) -> None:
    with sqlite3.connect(accepted.path) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        if change == "reorder":
            connection.execute("DELETE FROM entry WHERE number = 2")
        else:
            connection.execute("UPDATE entry SET content = replace(content, 'Second Reader', 'Third Reader')")
        for _, sql in triggers:
            connection.execute(sql)
    connection.close()
    with pytest.raises(CurationProblem, match="kb verify"):
        open_at(None, accepted)


def test_a_journal_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CurationProblem, match="nothing was recorded there"):
        open_at(None, Journal(tmp_path / "none.sqlite"))
    assert not (tmp_path / "none.sqlite").exists()


def test_an_endpoint_takes_no_items(accepted: Journal) -> None:
    with pytest.raises(CurationProblem, match="endpoint"):
        open_at("sparql+http://localhost:1/query", accepted)


def digests(folder: Path) -> dict[str, str]:
    return {each.name: sha256(each.read_bytes()).hexdigest() for each in folder.glob("*.sst")}


def test_the_base_stays_what_it_was_and_shares_its_tables(accepted: Journal, own_cache: Path) -> None:
    open_starter()
    before = digests(store_folder())
    opened = open_at(None, accepted)
    assert has(opened, item().id)
    assert not has(open_knowledge_base(), item().id)
    assert digests(store_folder()) == before
    shared = [each for each in (own_cache / "curated").glob("*/*.sst") if each.stat().st_nlink > 1]
    assert sum(each.stat().st_size for each in shared) > sum(
        each.stat().st_size for each in (own_cache / "curated").glob("*/*.sst") if each.stat().st_nlink == 1
    )


def test_stores_that_were_not_used_for_long_make_room(
    accepted: Journal, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "KEPT", 1)
    for day in ("2026-01-02", "2026-01-03"):
        open_at(None, accepted, day)
    folders = [each for each in (own_cache / "curated").iterdir() if each.is_dir()]
    assert len(folders) == 2, "a store that was used just now stays"
    for number, each in enumerate(folders):
        os.utime(each, (number, number))
    open_at(None, accepted, "2026-01-01", True)
    left = {each for each in (own_cache / "curated").iterdir() if each.is_dir()}
    assert folders[0] not in left
    assert folders[1] in left
    assert len(left) == 2
    assert has(open_at(None, accepted, "2026-01-03"), item().id)


def test_the_graph_with_what_counts_is_valid(changed: tuple[ox.Store, Diff]) -> None:
    store, found = changed
    assert not validate_store(store)
    taken = next(each for each in found.items if each.kind == "retracted")
    assert taken.title.startswith("EID12 MAP2K1:P124S: resistance to selumetinib")


def test_a_diff_tells_what_came_and_went(changed: tuple[ox.Store, Diff]) -> None:
    _, found = changed
    told = {(each.change, each.kind, each.id) for each in found.items}
    assert {("added", "evidence", item().id), ("removed", "evidence", "EID12")} <= told
    assert not {kind for change, kind, _ in told if change == "changed"}


def test_provenance_names_who_submitted_and_accepted(accepted: Journal) -> None:
    opened = open_at(None, accepted)
    found = opened.provenance([item().iri, t.item("evidence", "EID964")])
    told = found[item().iri]
    assert [(each.kind, each.by, each.day, each.method) for each in told.decisions] == [
        (SUBMITTED, CARBERRY.name, "2026-01-01", "options"),
        (ACCEPTED, SECOND.name, "2026-01-02", None),
    ]
    assert (told.state, told.releases, told.curator) == (ACCEPTED, (), CARBERRY.name)
    other = found[t.item("evidence", "EID964")]
    assert other.releases
    assert other.state is None
    assert not other.decisions
    assert not other.stated_by


def test_what_an_item_adds_names_the_item(tmp_path: Path) -> None:
    new = item(profile="BRAF:V600E", regimen="trametinib+encorafenib", combination="combination")
    to = journal(tmp_path)
    to.record(submission(new, CARBERRY, "options"))
    opened = open_at(None, to, None, True)
    regimen = t.item("regimen", new.regimen)
    assert opened.provenance([regimen])[regimen].stated_by == (new.id,)
    assert opened.provenance([new.iri])[new.iri].state == SUBMITTED


def test_an_item_that_names_what_a_graph_lacks_does_not_count_in_it(tmp_path: Path) -> None:
    drug = iri(t.item("therapy", "trametinib"))
    fuller = item_of(
        tuple(iri(t.item("therapy", "notadrug")) if term == drug else term for term in triple)  # type: ignore[misc]
        for triple in unnamed(item())
    )
    to = journal(tmp_path)
    to.record(submission(fuller, CARBERRY, "table"), submission(item(), CARBERRY, "options"))
    opened = open_at(None, to, None, True)
    assert opened.standing is not None
    assert (opened.standing.submitted, opened.standing.unfit) == ((item().id,), (fuller.id,))
    assert not has(opened, fuller.id)
    assert has(opened, item().id)
    what = counted(to.book(), None, True)
    assert lacking(knowledge().store, what) == {fuller.id: ("therapy notadrug",)}
    assert has(open_with(None, what), item().id)


def unnamed(made: Item) -> list[tuple[str, str, str]]:
    """The statements of an item under the id of a new one."""
    old, new = iri(made.iri), iri(t.item("evidence", "CURATED:new"))
    named = [tuple(new if term == old else term for term in each) for each in made.statements]
    return [each for each in named if each[1] != iri(t.IDENTIFIER)]  # type: ignore[misc]


def test_a_release_is_built_with_what_counts_and_says_so(accepted: Journal, part: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    told = built_with(part, out, accepted)
    opened = open_knowledge_base(out)
    assert opened.digest == told.digest == open_at(part, accepted).digest
    assert opened.standing == Standing(accepted=(item().id,), retracted=("EID12",))
    with pytest.raises(CurationProblem, match="built with curated items"):
        open_at(out, accepted)
    built_with(part, out, accepted, "2026-01-01", True)
    assert open_knowledge_base(out).standing == Standing(submitted=(item().id,))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    with pytest.raises(NotAStore):
        built_with(part, tmp_path / "mine", accepted)


STANDINGS = st.builds(
    Standing,
    st.none() | st.text(),
    st.none() | st.text(),
    *(st.lists(st.text(max_size=5)).map(tuple) for _ in range(6)),  # type: ignore[arg-type]
)


@given(STANDINGS)
def test_a_standing_is_read_as_it_was_written(standing: Standing) -> None:
    assert read_standing(standing.written) == standing


CLAIMS = tuple(
    item(level=level, direction=direction) for level in "BCD" for direction in ("supports", "does not support")
)


EVIDENCE = sorted({"EID12", *sorted(knowledge().evidence_ids())[::20]})
"""Some evidence of the starter."""


@cache
def kept(base: Path) -> frozenset[tuple[str, str, str]]:
    """The statements of a store."""
    store = open_store(base)
    return frozenset(each for name in content_graphs(store) for each in graph_statements(store, name))


@settings(max_examples=10)
@given(st.sets(st.sampled_from(CLAIMS)), st.sets(st.sampled_from(EVIDENCE), max_size=6))
def test_a_graph_has_the_base_without_what_was_retracted_and_with_what_counts(
    part: Path, claims: set[Item], retracted: set[str]
) -> None:
    def act(id: str, kind: str, at: int) -> Act:
        return Act(id, kind, SECOND, f"2026-01-0{at}T00:00:00.000000Z", "because")

    acts = [act(each.id, kind, at) for each in claims for at, kind in ((1, SUBMITTED), (2, ACCEPTED))]
    acts += [act(each, RETRACTED, 3) for each in retracted]
    opened = open_with(part, counted(book(claims, acts)))
    base = set(open_knowledge_base(part).evidence_ids())
    assert set(opened.evidence_ids()) == base - retracted | {each.id for each in claims}
    came = {each for claim in claims for each in claim.statements}
    now = {
        each
        for name in content_graphs(opened.store)  # type: ignore[arg-type]
        if t.item_id(name.value).endswith("/assertion") or not name.value.startswith(f"{t.ITEMS}nanopub/")
        for each in graph_statements(opened.store, name)  # type: ignore[arg-type]
    }
    went = kept(part) - now
    assert now == (kept(part) | came) - (went - came)
    nodes = {iri(t.item(kind, id)) for id in retracted for kind in ("evidence", "design")}
    touched = {subject for subject, predicate, value in went if subject not in nodes and value not in nodes}
    assert all("/statement/" in subject or "/design/" in subject for subject in touched)
    assert all(any(node in each for each in went) for node in nodes if "/evidence/" in node)


def test_nothing_that_counts_is_the_base_itself() -> None:
    assert open_with(None, Counted(())).digest == open_knowledge_base().digest
