"""The same statement from several sources is one; opposed statements are linked and both stay."""

from hypothesis import given
from hypothesis import strategies as st

from kb import merge
from kb import terms as t
from kb.statements import Row


def item(
    id, direction="supports", significance="sensitivity", profile="BRAF:V600E", regimen="vemurafenib", tumors="MEL"
):
    return Row(
        id=id, profile=profile, regimen=regimen, tumor_types=tumors, direction=direction, significance=significance
    )


def test_one_statement_of_two_sources_has_two_evidences():
    found = merge.statements_of([item("EID1"), item("MOA7"), item("EID2", tumors="SOLID")])
    assert sorted(statement.evidence for statement in found) == [("EID1", "MOA7"), ("EID2",)]
    assert merge.shared(found, {"EID1": "civic", "MOA7": "moalmanac", "EID2": "civic"}) == 1


def test_opposed_statements_conflict_and_both_stay():
    found = merge.statements_of(
        [
            item("EID1"),
            item("EID2", significance="resistance"),
            item("EID3", direction="does not support"),
            item("EID4", direction="does not support", significance="resistance"),
            item("EID5", significance="adverse response"),
            item("EID6", significance="resistance", tumors="SOLID"),
        ]
    )
    assert len(found) == 6
    pairs = {(one.evidence[0], other.evidence[0]) for one, other in merge.conflicts(found)}
    assert pairs == {("EID1", "EID2"), ("EID1", "EID3"), ("EID4", "EID2"), ("EID4", "EID3")}
    links = [triple for triple in merge.triples(found) if triple[1] == f"<{t.CONFLICTS_WITH}>"]
    assert len(links) == 8
    assert {(o, p, s) for s, p, o in links} == set(links)


ITEMS = st.builds(
    item,
    id=st.integers(1, 30).map(lambda number: f"EID{number}"),
    direction=st.sampled_from(["supports", "does not support"]),
    significance=st.sampled_from(["sensitivity", "resistance", "reduced sensitivity", "adverse response"]),
    profile=st.sampled_from(["BRAF:V600E", "BRAF:V600"]),
    tumors=st.sampled_from(["MEL", "MEL | SOLID", "SOLID | MEL"]),
)


@given(st.lists(ITEMS, max_size=20, unique_by=lambda row: row["id"]), st.randoms())
def test_nothing_is_lost_and_order_does_not_matter(rows, random):
    found = merge.statements_of(rows)
    assert sorted(id for statement in found for id in statement.evidence) == sorted(row["id"] for row in rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert merge.statements_of(shuffled) == found
    for one, other in merge.conflicts(found):
        assert (one.profile, one.regimen, one.tumor_types) == (other.profile, other.regimen, other.tumor_types)
        assert one.speaks_for
        assert other.speaks_for is False
