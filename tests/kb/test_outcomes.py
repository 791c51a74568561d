"""Outcomes as RDF: what is written is read, decisions are kept, and only what is accepted enters a release."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import releases
from kb.errors import InvalidRelease, UnreadableOutcomes, UnreadableSource
from kb.graph import open_knowledge_base
from kb.outcomes import (
    ACCEPTED,
    REJECTED,
    Curation,
    Local,
    LocalEvidence,
    PatientOutcome,
    Study,
    accepted_part,
    as_trig,
    decided,
    identified,
    is_orcid,
    item_id,
    pseudonym,
    read_local,
)
from kb.store import graphs, open_store

ORCID = "0000-0002-1825-0097"
NAMES = tuple(digit * 32 for digit in "abcdef")


def made(**changes: object) -> Local:
    """Six patients, five of them in one item and all in the other."""
    study = Study("", "registry", "A registry", f"sha256:{'0' * 64}", 5, 3, 1, "ORR", None)
    people = [
        PatientOutcome("", "", name, "prospective", "50-59", "BRCA", ("ERBB2:AMP",), "pyrotinib", "PR", 90, n > 2)
        for n, name in enumerate(NAMES)
    ]
    one = LocalEvidence(
        "", "", "ERBB2:AMP", "pyrotinib", "BRCA", "prospective", 6, "2022", "2024", "2026-01-05", "The board", 4, 6,
        0.6667, 0.2228, 0.9567, 6, 3, 2.9569, 2.9569, None, NAMES,
    )._replace(**changes)  # fmt: skip
    other = one._replace(biomarker="HER2:POS", n=5, counts=NAMES[1:])
    return identified(study, people, [one, other])


def decision(status: str = ACCEPTED, orcid: str = ORCID, reason: str | None = None) -> Curation:
    return Curation("", "", 0, status, "A. Curator", orcid, "2026-02-01", reason)


def written(local: Local, folder: Path) -> Path:
    path = folder / "outcomes.trig"
    path.write_text(as_trig(local), encoding="utf-8")
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    local = made()
    assert read_local(written(local, tmp_path)) == local
    both = decided(local, [each.id for each in local.items], decision(reason='a "reason"\nwith two lines'))
    again = read_local(written(both, tmp_path))
    assert again == both
    assert as_trig(again) == as_trig(both)


def test_every_decision_is_kept_and_the_last_one_holds() -> None:
    local = made()
    item = local.items[0].id
    assert local.status(item) == "proposed"
    yes = decided(local, [item], decision())
    assert yes.status(item) == ACCEPTED
    no = decided(yes, [item], decision(REJECTED, reason="two of them are one patient"))
    assert no.status(item) == REJECTED
    assert [(each.number, each.status) for each in no.curations] == [(1, ACCEPTED), (2, REJECTED)]
    assert accepted_part(no) == Local()
    assert [each.status(local.items[1].id) for each in (yes, no)] == ["proposed", "proposed"]


@pytest.mark.parametrize(
    ("given_decision", "items", "message"),
    [
        (decision(orcid="0000-0002-1825-0098"), None, "its check digit does not fit"),
        (decision(REJECTED), None, "has no reason"),
        (decision()._replace(curator=" "), None, "has no name"),
        (decision(), ["LOCAL:nothing"], "is no item of the file"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(given_decision: Curation, items: list[str] | None, message: str) -> None:
    local = made()
    with pytest.raises(UnreadableOutcomes, match=message):
        decided(local, items or [local.items[0].id], given_decision)


@given(st.from_regex(r"\d{4}-\d{4}-\d{4}-\d{3}", fullmatch=True).filter(str.isascii))
def test_one_check_digit_of_eleven_fits(start: str) -> None:
    assert sum(is_orcid(f"{start}{digit}") for digit in "0123456789X") == 1


def test_a_number_changed_by_hand_is_found(tmp_path: Path) -> None:
    path = written(made(), tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("mtb:responders 4", "mtb:responders 6"), encoding="utf-8")
    with pytest.raises(UnreadableOutcomes, match="was changed after it was proposed"):
        read_local(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no study"),
        ("not RDF at all {", "cannot be read"),
        ("<http://a/b> <http://a/c> <http://a/d> .", "is no part of a study's outcomes"),
    ],
)
def test_a_file_of_another_kind_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "other.trig"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableOutcomes, match=message):
        read_local(path)
    with pytest.raises(UnreadableSource, match=message):
        releases.compose({"local": path})


def test_ids_do_not_depend_on_order_nor_on_who_proposes() -> None:
    one, other = made(), made(proposed_on="2026-03-03", proposed_by="Another")
    assert [each.id for each in one.items] == [each.id for each in other.items]
    assert all(each.id == item_id(each) for each in one.items)
    assert made(responders=3).items[0].id != one.items[0].id


def test_pseudonyms_differ_by_secret_study_and_patient() -> None:
    asked = [(secret, study, who) for secret in (b"a" * 16, b"b" * 16) for study in ("S", "T") for who in ("1", "2")]
    assert len({pseudonym(*each) for each in asked}) == len(asked)


def test_only_what_is_accepted_enters_a_release(tmp_path: Path) -> None:
    local = made()
    proposed = releases.compose({"local": written(local, tmp_path)})
    assert [graph.id for graph in proposed.graphs] == [graph.id for graph in releases.compose({}).graphs]
    assert proposed.about.digest == releases.compose({}).about.digest
    assert proposed.reports[0].notes == [f"2 proposed, not in the graph: {local.items[0].id}, {local.items[1].id}"]
    item = next(each for each in local.items if each.biomarker == "HER2:POS")
    half = decided(local, [item.id], decision())
    releases.build(tmp_path / "store", {"local": written(half, tmp_path)})
    (found,) = open_knowledge_base(tmp_path / "store").local_evidence()
    assert found == (item, half.curations[0], half.studies[0])
    names = {graph["graph"].partition("-")[0] for graph in graphs(open_store(tmp_path / "store"))}
    assert names == {"starter", "local", "study", "derived"}


def test_a_release_keeps_of_patients_what_accepted_items_count(tmp_path: Path) -> None:
    local = made()
    item = next(each for each in local.items if each.biomarker == "HER2:POS")
    kept = accepted_part(decided(local, [item.id], decision()))
    assert [each.pseudonym for each in kept.outcomes] == list(NAMES[1:])
    assert {each.biomarkers for each in kept.outcomes} == {("HER2:POS",)}


def test_the_digest_is_the_same_after_a_round_trip(tmp_path: Path) -> None:
    full = decided(made(), [each.id for each in made().items], decision())
    first = releases.compose({"local": written(full, tmp_path)}).about
    assert releases.compose({"local": written(read_local(tmp_path / "outcomes.trig"), tmp_path)}).about == first


def test_the_shapes_refuse_a_pseudonym_that_is_none() -> None:
    local = made()
    full = decided(local, [each.id for each in local.items], decision())
    from kb.outcomes import named_graphs
    from kb.rdf import quads

    clear = full._replace(outcomes=(full.outcomes[0]._replace(pseudonym="P-001"), *full.outcomes[1:]))
    lines = [line for name, stated in named_graphs(clear) for line in quads(stated, f"https://example.org/{name}")]
    with pytest.raises(InvalidRelease, match="never an id of the site"):
        releases.validate_lines(line for line in lines if "pseudonym" in line or "PatientOutcome" in line)


def test_a_biomarker_that_the_release_does_not_have_is_refused(tmp_path: Path) -> None:
    local = made(biomarker="ERBB2:NOT-THERE")
    full = decided(local, [each.id for each in local.items], decision())
    with pytest.raises(UnreadableSource, match="no biomarker 'ERBB2:NOT-THERE' in this release"):
        releases.compose({"local": written(full, tmp_path)})


def test_a_graph_without_local_evidence_has_none() -> None:
    assert open_knowledge_base().local_evidence() == ()
