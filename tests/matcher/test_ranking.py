"""The declared order of recommendations: what it refuses, and that it is a strict total order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.notes import UnusableInput
from matcher.ranking import FILE, VALUES, VERDICTS, Criterion, ranking

VERDICT_ORDER = list(VERDICTS)


def criterion(**fields: Any) -> dict[str, Any]:
    return {"criteria": [{"by": "tier", "order": ["on-label"]} | fields]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"criteria": [], "sort": 1}, "the file: unknown key `sort`"),
        (criterion(by="luck"), "criterion 1: unknown `by` 'luck'"),
        (criterion(by=3), "criterion 1: unknown `by` 3"),
        (criterion(weight=2), "criterion 1: unknown key `weight`"),
        (criterion(order=[]), "criterion 1 (`tier`) has no order"),
        (criterion(order=["A", "A"]), "values of `tier`: `A` occurs twice"),
        ({"criteria": criterion()["criteria"] * 2}, "criteria: `tier` occurs twice"),
        (criterion(by="safety", findings=[], order=VERDICT_ORDER), "criterion 1 (`safety`) lists no findings"),
        (criterion(by="safety", findings=["sex"]), "criterion 1 (`safety`) does not order every verdict"),
        (
            {
                "criteria": [
                    {"by": "safety", "findings": ["sex"], "order": VERDICT_ORDER},
                    {"by": "other", "findings": ["sex"], "order": VERDICT_ORDER},
                ]
            },
            "criteria by findings: `sex` occurs twice",
        ),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    path = tmp_path / "ranking.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UnusableInput) as caught:
        ranking(path)
    assert message in str(caught.value)


def test_the_declared_order_is_the_one_that_is_documented() -> None:
    names = [each.by for each in ranking().criteria]
    assert names[:4] == ["tier", "hypothesis", "progressed on all of it", "amp"]
    strength, closeness = names.index("amp"), names.index("tumor")
    assert strength < closeness < names.index("variant") < names.index("conflict") < names.index("access")
    page = (FILE.parents[1] / "docs" / "conflicts.md").read_text(encoding="utf-8")
    for name in names:
        assert f"| {name} |" in page, name


def test_the_worst_of_its_findings_counts() -> None:
    safety = Criterion("safety", VERDICTS, frozenset({"contraindication", "washout"}))
    assert safety.place({}, []) == 0
    assert safety.place({}, [("contraindication", "pass"), ("washout", "warn")]) == 3
    assert safety.place({}, [("resistance", "fail")]) == 0


options = st.tuples(
    st.fixed_dictionaries(
        {
            name: st.sampled_from(
                (None, *next(each.order for each in ranking().criteria if each.by == name and not each.findings))
            )
            for name in sorted(VALUES)
        }
    ),
    st.lists(
        st.tuples(st.sampled_from(("resistance", "washout", "preference", "age")), st.sampled_from(VERDICTS[1:])),
        max_size=3,
    ),
    st.tuples(st.sampled_from(("alectinib", "lorlatinib"))),
    st.integers(0, 10**6).map(str),
)


@given(st.lists(options, max_size=8, unique_by=lambda each: each[3]), st.randoms(use_true_random=False))
def test_the_order_is_total_and_does_not_depend_on_the_input(found: list[Any], chance: Any) -> None:
    def key(option: Any) -> tuple[object, ...]:
        values, verdicts, regimen, name = option
        return (*ranking().places(values, verdicts), regimen, name)

    keys = [key(each) for each in found]
    assert len(set(keys)) == len(keys)
    ordered = sorted(found, key=key)
    chance.shuffle(found)
    assert sorted(found, key=key) == ordered
