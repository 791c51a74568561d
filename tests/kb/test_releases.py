"""Releases built from sources: one graph each, the starter's share replaced, whole or not at all."""

import json
import re
from pathlib import Path
from subprocess import CompletedProcess

import pyoxigraph as ox
import pytest

from kb import releases
from kb import terms as t
from kb.diff import diff
from kb.errors import InvalidRelease, NotAStore, UnreadableSource
from kb.graph import open_knowledge_base
from kb.reports import read_report
from kb.store import digest_of, graphs, metadata, open_store, state
from tests import parts
from tests.command import command, process
from tests.kb.loaders.releases import evidence, write

TOLD = "In a phase II trial, 40 patients with BRAF V600E melanoma had an ORR of 50%."
ITEMS = [evidence(1), evidence(2, significance="Resistance"), evidence(12, "MAP2K1 P124S", "Selumetinib")]
WITH_STUDIES = [
    evidence(1409, evidence_statement=TOLD),
    evidence(99901, evidence_statement=TOLD),
    evidence(99902),
    evidence(93, evidence_statement=TOLD),
]


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[CompletedProcess[str], Path]:
    """What the command says that builds a release of the starter and some items of CIViC, and the store."""
    folder = tmp_path_factory.mktemp("release")
    source = write(folder / "civic", [*ITEMS, *WITH_STUDIES, evidence(4, "BRAF Strange Thing")])
    return process("kb", "build", "--out", folder / "store", f"civic={source}"), folder / "store"


@pytest.fixture(scope="module")
def release(done) -> Path:
    """That store."""
    return done[1]


@pytest.fixture(scope="module")
def small_source(tmp_path_factory) -> Path:
    """Source tables of a small starter."""
    return parts.source(tmp_path_factory.mktemp("small"))


@pytest.fixture
def small(small_source, monkeypatch) -> None:
    """Releases are built on a small starter."""
    monkeypatch.setattr(releases.starter, "DATA", small_source)


def test_the_knowledge_base_reads_it_like_the_starter(release):
    knowledge = open_knowledge_base(release)
    assert knowledge.release == "starter-2026-11-20 + civic-01-Jul-2025"
    assert knowledge.evidence_item("EID1").regimen == ("vemurafenib",)
    assert {item.id for item in knowledge.evidence(["MAP2K1:P124S"])} == {"EID12"}
    assert knowledge.indication("US:lynparza:6").jurisdiction == "US"


def test_a_loaded_source_takes_the_place_of_the_starters_share(release):
    knowledge = open_knowledge_base(release)
    ids = {t.item_id(quad.subject.value) for quad in knowledge.store.quads_for_pattern(
        None, ox.NamedNode(t.TYPE), ox.NamedNode(t.EVIDENCE_ITEM), None)}  # fmt: skip
    assert {id for id in ids if id.startswith("EID")} == {
        *("EID1", "EID2", "EID12"),
        *("EID1409", "EID99901", "EID99902", "EID93"),
    }
    assert any(id.startswith("MOA") for id in ids)
    assert read_report(release)["superseded"]["civic"] == 1138


def test_every_statement_is_in_a_graph_of_known_origin(release):
    store = open_store(release)
    described = {entry["graph"] for entry in graphs(store)}
    named = {graph.value for graph in store.named_graphs()}
    assert {t.item_id(name) for name in named - {t.PROVENANCE}} == described
    for entry in graphs(store):
        assert {"source", "release", "licence", "loaded", "by version", "digest"} <= set(entry)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", graphs(store)[0]["digest"])
    default = list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert {quad.subject.value for quad in default} == {t.STORE}


def test_the_merge_links_a_conflict(release):
    store = open_store(release)
    query = f"""SELECT ?one ?other WHERE {{ ?a <{t.HAS_EVIDENCE}> ?one ; <{t.CONFLICTS_WITH}> ?b .
        ?b <{t.HAS_EVIDENCE}> ?other FILTER(STRENDS(STR(?one), "/EID1")) }}"""
    found = [(row[0].value, row[1].value) for row in store.query(query, use_default_graph_as_union=True)]
    assert found == [(t.item("evidence", "EID1"), t.item("evidence", "EID2"))]


@pytest.mark.usefixtures("small")
def test_the_digest_is_of_the_content_whatever_the_order_of_records(tmp_path):
    one = releases.compose({"civic": write(tmp_path / "a", ITEMS)})
    other = releases.compose({"civic": write(tmp_path / "b", ITEMS[::-1])})
    third = releases.compose({"civic": write(tmp_path / "c", ITEMS[:2])})
    assert one.about.digest == other.about.digest != third.about.digest


OWN = (
    "gene\talteration\ttherapy\ttumor_type\tdirection\tsignificance\tlevel\tsource\n"
    "BRAF\tV600E\tvemurafenib\tDOID:1909\tsupports\tsensitivity\tA\tPMID:1001\n"
)


@pytest.mark.usefixtures("small")
def test_the_digest_does_not_depend_on_the_order_of_sources(tmp_path):
    table = tmp_path / "own.tsv"
    table.write_text(OWN)
    sources = {"civic": write(tmp_path / "civic", ITEMS), "table": table}
    one, other = releases.compose(sources), releases.compose(dict(reversed(sources.items())))
    assert one.about == other.about
    assert [graph.digest for graph in one.graphs] == [graph.digest for graph in other.graphs]


@pytest.mark.usefixtures("small")
def test_a_statement_of_two_sources_is_one_with_two_evidences(tmp_path):
    table = tmp_path / "own.tsv"
    table.write_text(OWN)
    releases.build(tmp_path / "store", {"civic": write(tmp_path / "civic", ITEMS), "table": table})
    query = f"""SELECT ?label ?item WHERE {{ ?s <{t.HAS_EVIDENCE}> <{t.item("evidence", "EID1")}>, ?item ;
        <{t.LABEL}> ?label }} ORDER BY ?item"""
    rows = list(open_store(tmp_path / "store").query(query, use_default_graph_as_union=True))
    assert len({row[0].value for row in rows}) == 1
    assert [t.item_id(row[1].value)[:4] for row in rows] == ["EID1", "SITE"]


@pytest.mark.usefixtures("small")
def test_the_shapes_gate_a_release(tmp_path, monkeypatch):
    monkeypatch.setitem(releases._OF_ITS_OWN, "evidence", lambda tables: iter([bad]))
    bad = (f"<{t.item('evidence', 'EID1')}>", f"<{t.TYPE}>", f"<{t.EVIDENCE_ITEM}>")
    with pytest.raises(InvalidRelease, match=r"evidence EID1 .*exactly one is needed"):
        releases.build(tmp_path / "store", {"civic": write(tmp_path / "civic", ITEMS)})
    assert not (tmp_path / "store").exists()


SHARED = Path(__file__).parents[3] / "shared" / "data"


def composed(civic: Path) -> ox.Store:
    """The release of the starter and a release of CIViC, in memory."""
    made, store = releases.compose({"civic": civic}), ox.Store()
    store.bulk_load("\n".join(line for graph in made.graphs for line in graph.lines).encode(), ox.RdfFormat.N_QUADS)
    state(store, made.about, optimized=False)
    return store


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
def test_the_difference_of_two_real_releases():
    old, new = (composed(SHARED / "civic" / name) for name in ("2024-08-01", "2025-07-01"))
    found = diff(old, new)
    counts = {kind: number for kind, number in found.counts().items() if kind == "evidence"}
    changes = {(each.kind, each.id): each for each in found.items}
    assert changes["evidence", "AID180.1"].change == "added"
    assert changes["evidence", "EID90"].change == "changed"
    assert sum(counts["evidence"].values()) > 500
    assert diff(old, old).items == ()


def test_the_stated_digest_is_that_of_the_content(release):
    store = open_store(release)
    assert digest_of(store) == metadata(store).digest


@pytest.mark.usefixtures("small")
def test_a_source_that_cannot_be_read_leaves_the_old_store(tmp_path):
    store = tmp_path / "store"
    source = write(tmp_path / "civic", ITEMS)
    releases.build(store, {"civic": source})
    before = open_store(store)
    digest = open_knowledge_base(store).digest
    file = next(source.glob("*ClinicalEvidence*"))
    file.write_text("<!DOCTYPE html><html><body>not here</body></html>")
    with pytest.raises(UnreadableSource, match="is a web page, not data"):
        releases.build(store, {"civic": source})
    assert len(list(before)) == len(list(open_store(store)))
    assert open_knowledge_base(store).digest == digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["civic", "store"]


@pytest.mark.usefixtures("small")
def test_a_store_is_replaced_and_anything_else_is_not(tmp_path):
    store = tmp_path / "store"
    releases.build(store, {"civic": write(tmp_path / "a", ITEMS)})
    releases.build(store, {"civic": write(tmp_path / "b", ITEMS[:1])})
    assert {item.id for item in open_knowledge_base(store).evidence(["BRAF:V600E"])} >= {"EID1"}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(NotAStore):
        releases.build(tmp_path / "mine", {"civic": tmp_path / "a"})
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"


def test_the_commands_build_and_show_a_release(done):
    build, store = done
    assert build.returncode == 0, build.stderr
    assert "civic 01-Jul-2025: took 7 evidence; left 0; could not read 1" in build.stdout
    shown = process("kb", "status", "--kb", store, "--unread")
    assert "understood: 7 of 8 evidence records (87.5%)" in shown.stdout
    assert "ClinicalEvidenceSummaries.tsv:9: EID4: 'BRAF Strange Thing'" in shown.stdout
    status = json.loads(command("kb", "status", "--kb", store, "--format", "json").stdout)
    assert status["merged"]["conflicts"] >= 1
    assert [source["source"] for source in status["sources"]] == ["civic"]


BAD = {
    "wrong columns": ("a\tb\n1\t2\n", r"Evidence\S+:1: has no column molecular_profile"),
    "a web page": ("<html>moved</html>", "is a web page, not data"),
    "a truncated row": (None, r"Evidence\S+:4: has \d+ cells where the header has 25: it is truncated"),
    "nothing": ("", "is empty"),
    "another encoding": (b"molecular_profile\xff\xfe\n", r":1: is not UTF-8"),
    "an archive cut off": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "is truncated or damaged"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_one_clear_line_and_nothing_is_written(tmp_path, case):
    content, message = BAD[case]
    source = write(tmp_path / "civic", ITEMS)
    file = next(source.glob("*ClinicalEvidence*"))
    if content is None:
        file.write_text(file.read_text()[:-120])
    elif isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(content)
    by = process if content == "" else command
    done = by("kb", "build", "--out", tmp_path / "store", f"civic={source}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert re.search(message, done.stderr), done.stderr
    assert "the graph in use is as it was" in done.stderr
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("civic", "is not SOURCE=PATH"),
        ("nosuch=/tmp", "no source 'nosuch'"),
        ("civic=/nosuch/folder", "is not there"),
    ],
)
def test_wrong_use_is_told(tmp_path, argument, message):
    done = command("kb", "build", "--out", tmp_path / "store", argument)
    assert done.returncode in {1, 2}
    assert message in " ".join(done.stderr.split())
    assert not (tmp_path / "store").exists()


# Study designs


def test_a_loaded_release_has_designs_and_what_a_person_read_wins(release):
    found = open_knowledge_base(release).designs(["EID1409", "EID99901", "EID99902", "EID1198", "NCT02246621"])
    assert (found["EID1409"].kind, found["EID1409"].verified) == ("randomized trial", "yes")
    assert (found["EID99901"].kind, found["EID99901"].phase, found["EID99901"].size) == ("prospective trial", "2", 40)
    assert found["EID99901"].verified == "partly"
    assert "EID99902" not in found  # its description tells nothing
    assert "EID1198" not in found  # the item is not in this release
    assert found["NCT02246621"].kind == "randomized trial"


def test_a_program_reads_a_newer_description_again(release):
    """A starter's design that a program read gives way to what the loaded release says."""
    starter = open_knowledge_base().designs(["EID93"])["EID93"]
    assert (starter.verified, starter.phase) == ("partly", "1/2")
    assert open_knowledge_base(release).designs(["EID93"])["EID93"].phase == "2"
