"""Accepted local evidence stands beside the public evidence of a recommendation, and changes nothing of it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.graph import KnowledgeBase, open_knowledge_base
from kb.outcomes import Accepted, Curation, LocalEvidence, Study
from matcher.case import Matched, Request, match
from matcher.local_evidence import SHOWN_RESPONSE, LocalShown, shows_response
from matcher.recommend import Answer, answer, decided_by
from matcher.report import as_html, as_json, as_markdown, as_table
from matcher.report.forms import render
from matcher.report.why_document import why_document
from matcher.report.why_json import why_structure
from matcher.why import why
from tests.matcher.outcomes.registry import ORCID, seven, store_of
from tests.shared import evaluators, knowledge, library

PATIENT = Path(__file__).parents[2] / "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
REGIMEN = ("capecitabine", "pyrotinib")


@pytest.fixture(scope="module")
def local_knowledge(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    return open_knowledge_base(store_of(tmp_path_factory.mktemp("local")))


def answered(of: KnowledgeBase, lang: str = "en", evaluator: str = "sql", **request: Any) -> Answer:
    return answer(match(Request(PATIENT, "2026-11-20", **request), of, library(), evaluator), lang)


def without_local(found: Answer) -> list[dict[str, Any]]:
    """All that is said of the recommendations but what names the graph and the local evidence."""
    rows: list[dict[str, Any]] = json.loads(as_json.render(found))["recommendations"]
    return [{name: value for name, value in row.items() if name not in {"local_evidence", "proof"}} for row in rows]


def test_tiers_levels_findings_and_evidence_are_the_same_with_and_without(local_knowledge: KnowledgeBase) -> None:
    for evaluator in evaluators():
        found = answered(local_knowledge, evaluator=evaluator)
        assert without_local(found) == without_local(answered(knowledge(), evaluator=evaluator))
        assert sum(bool(each.local) for each in found.recommendations) == 1


def test_json_tells_it_beside(local_knowledge: KnowledgeBase) -> None:
    rows = json.loads(as_json.render(answered(local_knowledge)))["recommendations"]
    (told,) = next(row["local_evidence"] for row in rows if tuple(row["regimen"]) == REGIMEN)
    assert (told["biomarker"], told["tumor_type"], told["same_tumor"], told["n"]) == ("HER2:POS", "BRCA", "yes", 7)
    assert told["orr"] == {"value": 0.7143, "low": 0.2904, "high": 0.9633}
    assert set(told["median_pfs_months"]) == {"value", "low", "high"}
    assert told["curator"] == {"name": "A. Curator", "orcid": ORCID}
    assert (told["arm"], told["accepted"], told["study"]["name"]) == ("prospective", "2026-11-20", "registry")
    assert all(row["local_evidence"] == [] for row in rows if tuple(row["regimen"]) != REGIMEN)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_form_tells_it_and_none_does_without(local_knowledge: KnowledgeBase, lang: str) -> None:
    found, plain = answered(local_knowledge, lang), answered(knowledge(), lang)
    title = {"en": "Local evidence", "zh": "本地证据"}[lang]
    for form in (as_table, as_markdown, as_html):
        text = form.render(found)
        assert title in text
        assert "registry" in text
        assert not any(patient.id in text for patient in seven())
        assert title not in form.render(plain)


def test_another_tumor_type_is_told_as_such(local_knowledge: KnowledgeBase) -> None:
    rows = answered(local_knowledge, tumor_type="STAD").recommendations
    assert all(not each.same_tumor for row in rows for each in row.local)


def test_why_has_a_section_of_its_own(local_knowledge: KnowledgeBase) -> None:
    found = why(match(Request(PATIENT, "2026-11-20"), local_knowledge, library(), "sql"), "pyrotinib+capecitabine")
    text = render(why_document(found), "text")
    assert "Local evidence" in text
    assert "5 of 7" in text
    structure = why_structure(found)
    assert structure["local_evidence"][0]["n"] == 7
    assert not any("LOCAL:" in each["id"] for each in structure["statements"])


def test_it_decides_between_equals_alone(local_knowledge: KnowledgeBase) -> None:
    option = next(each.option for each in answered(local_knowledge).recommendations if each.local)
    assert option.shown_locally
    assert decided_by(option, replace(option, shown_locally=False)) == "local outcomes"
    assert decided_by(replace(option, tier="off-label"), replace(option, shown_locally=False)) == "tier"


class WithLocal(KnowledgeBase):
    """The starter graph with this local evidence in it."""

    def __init__(self, rows: list[Accepted]) -> None:
        self.__dict__.update(knowledge().__dict__)
        self._local = tuple(rows)


@cache
def plain() -> tuple[Matched, Answer]:
    matched = match(Request(PATIENT, "2026-11-20"), knowledge(), library(), "sql")
    return matched, answer(matched)


def accepted(number: int, regimen: tuple[str, ...], biomarker: str, tumor: str, low: float | None) -> Accepted:
    told = shown(low).accepted
    item = told.item._replace(id=f"LOCAL:{number}", regimen="+".join(regimen), biomarker=biomarker, tumor_type=tumor)
    return told._replace(item=item)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_no_local_evidence_changes_a_tier_a_level_or_anything_but_the_order_of_equals(data: st.DataObject) -> None:
    matched, before = plain()
    regimens = st.sampled_from([each.option.regimen for each in before.recommendations])
    biomarkers = st.sampled_from(["HER2:POS", "ERBB2:AMP", "PIK3CA:MUT", "EGFR:L858R"])
    rows = data.draw(
        st.lists(
            st.tuples(regimens, biomarkers, st.sampled_from(["BRCA", "STAD"]), st.none() | st.floats(0, 1)), max_size=6
        )
    )
    local = WithLocal([accepted(number, *row) for number, row in enumerate(rows)])
    after = answer(replace(matched, knowledge=local))
    assert unranked(after) == unranked(before)
    for one, other in pairwise(after.recommendations):
        first, second = (replace(each.option, shown_locally=False) for each in (one, other))
        by = decided_by(first, second)
        places = [each.option.regimen for each in before.recommendations]
        if by != "name":
            assert places.index(first.regimen) < places.index(second.regimen)


def unranked(found: Answer) -> list[dict[str, Any]]:
    """All of the recommendations but their ranks, whatever their order."""
    rows = ({name: value for name, value in row.items() if name != "rank"} for row in without_local(found))
    return sorted(rows, key=lambda row: str(row["regimen"]))


def shown(low: float | None, same_tumor: bool = True) -> LocalShown:
    item = LocalEvidence(
        "LOCAL:1", "S", "HER2:POS", "pyrotinib", "BRCA", None, 9, "2022", "2023", "2026-01-01", None, 5, 9, 0.5556, low
    )
    study = Study("S", "S", "S", f"sha256:{'0' * 64}", 5, 1, 0)
    return LocalShown(
        Accepted(item, Curation("C", item.id, 1, "accepted", "A", ORCID, "2026-01-01"), study), "", same_tumor
    )


@given(st.lists(st.tuples(st.none() | st.floats(0, 1), st.booleans()), max_size=5))
def test_the_least_of_the_lower_limits_in_the_same_tumor_decides(rows: list[tuple[float | None, bool]]) -> None:
    limits = [low for low, same in rows if same and low is not None]
    expected = bool(limits) and all(low >= SHOWN_RESPONSE for low in limits)
    assert shows_response(shown(*row) for row in rows) is expected
