"""Boolean profiles: how they parse, what they mention, how unreadable ones are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.profile import All, AnyOf, Not, One, Profile, UnreadableProfile, mentions, parse
from tests.shared import knowledge

A, B, C = One("KRAS:WT"), One("NRAS:WT"), One("BRAF:V600E")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KRAS:WT", A),
        ("(KRAS:WT)", A),
        ("NOT KRAS:WT", Not(A)),
        ("NOT NOT KRAS:WT", Not(Not(A))),
        ("KRAS:WT AND NRAS:WT AND BRAF:V600E", All((A, B, C))),
        ("KRAS:WT OR NRAS:WT AND BRAF:V600E", AnyOf((A, All((B, C))))),
        ("(KRAS:WT OR NRAS:WT) AND BRAF:V600E", All((AnyOf((A, B)), C))),
        ("NOT (KRAS:WT OR NRAS:WT)", Not(AnyOf((A, B)))),
        ("NOT KRAS:WT AND NRAS:WT", All((Not(A), B))),
    ],
)
def test_parse(text: str, expected: Profile) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", 1),
        ("AND KRAS:WT", 1),
        ("KRAS:WT AND", 3),
        ("KRAS:WT NRAS:WT", 2),
        ("(KRAS:WT", 3),
        ("KRAS:WT)", 2),
        ("NOT", 2),
        ("()", 2),
        ("KRAS:WT OR OR NRAS:WT", 3),
    ],
)
def test_unreadable_profiles_say_where(text: str, word: int) -> None:
    with pytest.raises(UnreadableProfile) as caught:
        parse(text)
    assert f"at word {word}: expected" in str(caught.value)
    assert repr(text) in str(caught.value)


def profiles() -> st.SearchStrategy[Profile]:
    leaf: st.SearchStrategy[Profile] = st.sampled_from([A, B, C])
    return st.recursive(
        leaf,
        lambda part: st.one_of(
            part.map(Not),
            st.lists(part, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(part, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        ),
        max_leaves=8,
    )


def written(profile: Profile) -> str:
    if isinstance(profile, One):
        return profile.biomarker
    if isinstance(profile, Not):
        return f"NOT ({written(profile.part)})"
    word = " AND " if isinstance(profile, All) else " OR "
    return word.join(f"({written(part)})" for part in profile.parts)


@given(profiles())
def test_a_written_profile_is_read_back(profile: Profile) -> None:
    assert parse(written(profile)) == profile


@given(profiles())
def test_mentions_are_the_names_in_order(profile: Profile) -> None:
    names = [word for word in written(profile).replace("(", " ").replace(")", " ").split() if ":" in word]
    assert list(mentions(profile)) == names


def test_every_composite_of_the_graph_names_known_biomarkers() -> None:
    for composite in ("RAS:WT", "TNBC", "HR:POS", "HRR14:DEL", "HRD:POS", "EGFR:NONRESISTANT"):
        members = knowledge().biomarker(composite).members
        assert members
        for name in mentions(parse(members)):
            assert knowledge().biomarker(name).id == name
