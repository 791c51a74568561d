"""Results of organoids: what is read and refused, and that they order equals and change nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.alteration import Place
from matcher.case import Matched, Request, match
from matcher.functional import COUNTS, SUPERSEDED, functional_only, results_of, said_of
from matcher.notes import UnusableInput
from matcher.organoids import (
    CONTRADICTORY,
    CUT_OFFS,
    FILE,
    LATER,
    UNKNOWN_DRUG,
    contradiction,
    cut_offs,
    inhibition_of,
)
from matcher.patient import Organoid
from matcher.proof_file import content_digest, proof_of
from matcher.proof_reading import read_proof
from matcher.ranking import ranking
from matcher.recommend import Answer, answer
from matcher.report import render
from matcher.report.as_json import structure
from matcher.report.why_document import why_document
from matcher.report.why_json import why_structure
from matcher.verify import Verdict, verify
from matcher.why import why
from tests.shared import evaluators, knowledge, library

DAY = "2026-11-20"
HER2: dict[str, Any] = {
    "id": "P",
    "tumor_type": "BRCA",
    "jurisdiction": "CN",
    "stage": "metastatic",
    "coverage": "NRDL",
    "biomarkers": {"HER2 IHC": "3+", "ER": "negative", "PR": "negative"},
    "prior_therapies": [
        {"regimen": ["trastuzumab", "docetaxel"], "line": 1, "stop": "2023-11-20", "stopped_for": "progression"}
    ],
}


def matched(
    folder: Path, *organoids: dict[str, Any], evaluator: str = "sql", day: str = DAY, **about: object
) -> Matched:
    path = folder / "patient.json"
    told = {"organoids": list(organoids)} if organoids else {}
    path.write_text(json.dumps(HER2 | told | about), encoding="utf-8")
    return match(Request(path, day), knowledge(), library(), evaluator)


def result(drug: str, rate: float, date: str | None = "2024-03-01", lesion: str | None = "liver") -> dict[str, Any]:
    told = {"drug": drug, "inhibition_percent": rate, "date": date, "sample": lesion}
    return {key: value for key, value in told.items() if value is not None}


def place(found: Answer, regimen: str) -> str:
    wanted = tuple(regimen.split("+"))
    return next(each.option.functional for each in found.recommendations if each.option.regimen == wanted)


# --- the data ---------------------------------------------------------------------------------------------------------


def test_the_declared_cut_offs_are_conservative_and_say_that_they_are_unverified() -> None:
    found = cut_offs()
    assert found.sensitive >= 50
    assert found.resistant <= 10
    assert "unverified" in json.loads(FILE.read_text(encoding="utf-8"))["doc"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"sensitive": 50}, "unknown key `sensitive`"),
        ({"sensitive_from": 50}, "the cut-offs are no numbers in order"),
        ({"sensitive_from": 10, "resistant_below": 50}, "the cut-offs are no numbers in order"),
        ({"sensitive_from": "50", "resistant_below": 10}, "the cut-offs are no numbers in order"),
    ],
)
def test_wrong_cut_offs_are_refused(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    path = tmp_path / "organoids.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UnusableInput, match=message):
        cut_offs(path)


@pytest.mark.parametrize(
    ("given_rate", "baseline", "treated", "rate"),
    [(72, None, None, 72), (None, 0.2, 0.05, 75), (None, 0.2, 0.25, -25), (None, 0.2, None, None), (None, 0, 1, None),
     (70, 0.2, 0.05, 70), (None, None, None, None)],
)  # fmt: skip
def test_the_rate_is_that_given_or_that_of_the_diameters(
    given_rate: float | None, baseline: float | None, treated: float | None, rate: float | None
) -> None:
    assert inhibition_of(given_rate, baseline, treated) == rate


@pytest.mark.parametrize(("rate", "measured"), [(75.9, None), (74.1, None), (77, 75), (60, 75)])
def test_a_rate_may_be_rounded_and_not_another(rate: float, measured: float | None) -> None:
    assert contradiction(Organoid("liver", "x", rate, None, Place("p"), 0.2, 0.05)) == measured


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("organoid", "state", "note"),
    [
        (result("Herceptin", 5), COUNTS, None),
        (result("T-DM1", 5) | {"baseline_mm": 2, "after_mm": 1.9}, COUNTS, None),
        (result("pyrotinibb", 5), UNKNOWN_DRUG, "nearest known: pyrotinib"),
        (result("T-DM1 + pyrotinibb", 5), UNKNOWN_DRUG, "unknown drug 'pyrotinibb'"),
        (result("T-DM1", 50) | {"baseline_mm": 2, "treated_mm": 1.9}, CONTRADICTORY, "correct the one that is wrong"),
        (result("T-DM1", 50, "2027-01-01"), LATER, "is later than 2026-11-20"),
        (result("T-DM1", 50, "2026"), COUNTS, None),
        (result("T-DM1", 50) | {"sensitive_from": 20, "resistant_below": 30}, CUT_OFFS, "give both cut-offs"),
        (result("T-DM1", 50) | {"resistant_below": 60}, CUT_OFFS, "give both cut-offs"),
    ],
)
def test_what_is_not_weighed_is_shown_and_noted(
    tmp_path: Path, organoid: dict[str, Any], state: str, note: str | None
) -> None:
    found = matched(tmp_path, organoid)
    assert [each.state for each in results_of(found)] == [state]
    assert (results_of(found)[0].verdict is None) == (state != COUNTS)
    told = [
        str(each) for each in found.notes if "organoid" in str(each) or "cut-off" in str(each) or "diam" in str(each)
    ]
    assert (len(told) == 0) if note is None else (len(told) == 1 and note in told[0])
    text = render(answer(found), "markdown")
    assert f"{organoid['inhibition_percent']}%" in text


def test_a_brand_and_a_synonym_are_one_scheme(tmp_path: Path) -> None:
    found = matched(tmp_path, result("Kadcyla", 80), result("T-DM1", 80, lesion="skin"), result("恩美曲妥珠单抗", 80))
    assert {each.scheme for each in results_of(found)} == {"trastuzumab emtansine"}
    assert len({each.tested.id for each in results_of(found)}) == 3


# --- which result counts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer", "states"),
    [
        (("2024-03-01", "liver"), ("2024-06-01", "liver"), (SUPERSEDED, COUNTS)),
        (("2024-06-01", "liver"), ("2024-03-01", "liver"), (COUNTS, SUPERSEDED)),
        (("2024-03-01", "liver"), ("2024-06-01", "skin"), (COUNTS, COUNTS)),
        (("2024-03-01", "liver"), ("2024-03-01", "liver"), (COUNTS, COUNTS)),
        (("2024-03", "liver"), ("2024-03-20", "liver"), (COUNTS, COUNTS)),
        (("2024-03", "liver"), ("2024-04-01", "liver"), (SUPERSEDED, COUNTS)),
        ((None, "liver"), ("2024-03-20", "liver"), (COUNTS, COUNTS)),
        (("2024-03-01", None), ("2024-03-20", None), (COUNTS, COUNTS)),
    ],
)
def test_only_a_result_that_is_surely_newer_and_of_the_lesion_supersedes(
    tmp_path: Path, older: tuple[str | None, str | None], newer: tuple[str | None, str | None], states: tuple[str, str]
) -> None:
    found = matched(tmp_path, result("T-DM1", 80, *older), result("T-DM1", 2, *newer))
    assert tuple(each.state for each in results_of(found)) == states
    conflict = states == (COUNTS, COUNTS)
    reads = {COUNTS: "sensitive", SUPERSEDED: "resistant"}[states[0]]
    said = next(
        said_of(found, each.option)
        for each in answer(found).recommendations
        if each.option.regimen == ("trastuzumab emtansine",)
    )
    assert [each.verdict for each in said] == ["conflicting" if conflict else reads]


@pytest.mark.parametrize(
    ("rate", "verdict", "put"),
    [(100, "sensitive", "sensitive"), (50, "sensitive", "sensitive"), (49.9, "intermediate", "none"),
     (10, "intermediate", "none"), (9.9, "resistant", "resistant"), (-40, "resistant", "resistant")],
)  # fmt: skip
def test_the_cut_offs_decide(tmp_path: Path, rate: float, verdict: str, put: str) -> None:
    found = matched(tmp_path, result("T-DM1", rate))
    assert [each.verdict for each in results_of(found)] == [verdict]
    assert place(answer(found), "trastuzumab emtansine") == put


@pytest.mark.parametrize(
    ("organoids", "put"),
    [
        ((result("pyrotinib", 80),), "sensitive part"),
        ((result("pyrotinib", 2),), "none"),
        ((result("pyrotinib", 80), result("capecitabine", 2)), "none"),
        ((result("pyrotinib", 80), result("pyrotinib", 2, lesion="skin")), "none"),
        ((result("pyrotinib", 80), result("capecitabine + pyrotinib", 2)), "resistant"),
        ((result("pyrotinib", 2), result("capecitabine + pyrotinib", 90)), "sensitive"),
        ((result("pyrotinib + capecitabine + trastuzumab", 90),), "none"),
    ],
)
def test_a_test_of_the_whole_decides_over_tests_of_parts(
    tmp_path: Path, organoids: tuple[dict[str, Any], ...], put: str
) -> None:
    assert place(answer(matched(tmp_path, *organoids)), "capecitabine+pyrotinib") == put


def test_resistance_to_what_acts_through_immune_cells_lowers_nothing(tmp_path: Path) -> None:
    about = {"jurisdiction": "US", "biomarkers": {"MSI": "MSI-H"}}
    found = answer(matched(tmp_path, result("pembrolizumab", 2, "2024-03-01"), **about))
    assert place(found, "pembrolizumab") == "none"
    (option,) = [each.option for each in found.recommendations if each.option.regimen == ("pembrolizumab",)]
    assert any("acts through immune cells" in each.message for each in option.findings if each.verdict == "warn")


@pytest.mark.parametrize(
    ("taken", "result_date", "is_old"),
    [("2023-05-01", "2024-03-01", True), ("2024-01-10", "2024-03-01", False), (None, "2023-11-01", True),
     (None, "2024-03-01", False), (None, None, False), (None, "2023-11", False)],
)  # fmt: skip
def test_an_organoid_grown_before_the_progression_asks_for_caution(
    tmp_path: Path, taken: str | None, result_date: str | None, is_old: bool
) -> None:
    sample = {"id": "liver", "kind": "tissue"} | ({"date": taken} if taken else {})
    found = answer(matched(tmp_path, result("T-DM1", 80, result_date), samples=[sample]))
    (option,) = [each.option for each in found.recommendations if each.option.regimen == ("trastuzumab emtansine",)]
    assert is_old == any(each.criterion == "functional-date" for each in option.findings)
    assert option.functional == "sensitive"


# --- what it changes --------------------------------------------------------------------------------------------------

DRUGS = ("T-DM1", "pyrotinib", "pyrotinib + capecitabine", "capecitabine", "trastuzumab", "everolimus", "lapatinib",
         "trastuzumab deruxtecan", "lapatinib + capecitabine", "neratinib", "afatinib", "nosuchdrug")  # fmt: skip
organoids = st.lists(
    st.fixed_dictionaries(
        {"drug": st.sampled_from(DRUGS), "inhibition_percent": st.sampled_from([-20, 5, 10, 30, 50, 90])},
        optional={
            "sample": st.sampled_from(["liver", "skin"]),
            "date": st.sampled_from(["2023-01-01", "2024-03-01", "2024-06", "2028-01-01"]),
            "baseline_mm": st.just(1),
            "treated_mm": st.sampled_from([0.5, 0.1]),
            "sensitive_from": st.just(30),
        },
    ),
    min_size=1,
    max_size=6,
)
several = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@several
@given(organoids, st.sampled_from(evaluators()))
def test_organoids_change_no_tier_no_level_and_nothing_but_the_order_of_equals(
    results: list[dict[str, Any]], evaluator: str
) -> None:
    with TemporaryDirectory() as folder:
        without = answer(matched(Path(folder)))
        found = answer(matched(Path(folder), *results, evaluator=evaluator))

    def told(one: Answer) -> dict[str, object]:
        every = [each for row in one.recommendations for each in (row.option, *row.also)]
        return {
            each.id: (each.tier, each.levels, each.flags, each.lowered, each.conflicts, each.recoverable)
            for each in (*every, *one.not_recommended)
        }

    assert told(found) == told(without)
    assert found.avoided == without.avoided
    assert [each.id for each in found.not_recommended] == [each.id for each in without.not_recommended]
    leading = {each.option.regimen: each.option.id for each in without.recommendations}
    assert {each.option.regimen: each.option.id for each in found.recommendations} == leading
    silent = {each.option.regimen for each in found.recommendations if each.option.functional == "none"}
    order = [each.option.regimen for each in found.recommendations if each.option.regimen in silent]
    assert order == [each.option.regimen for each in without.recommendations if each.option.regimen in silent]
    before = [each.by for each in ranking().criteria].index("functional")
    assert [_better(each)[:before] for each in found.recommendations] == [
        _better(each)[:before] for each in without.recommendations
    ]
    messages = {each.verdict for row in found.recommendations for each in row.option.findings
                if each.criterion in {"functional", "functional-date"}}  # fmt: skip
    assert messages <= {"pass", "warn"}


def _better(each: Any) -> tuple[object, ...]:
    from matcher.recommend import rank_key

    return rank_key(each.option)


def test_what_only_organoids_support_is_told_and_not_recommended(tmp_path: Path) -> None:
    found = matched(tmp_path, result("everolimus", 80), result("T-DM1", 80), result("olaparib", 2))
    assert [each.regimen for each in functional_only(found)] == [("everolimus",)]
    told = answer(found)
    assert ("everolimus",) not in {each.option.regimen for each in told.recommendations}
    whole = structure(told)
    assert [each["regimen"] for each in whole["functional_only"]] == [["everolimus"]]
    assert [each["state"] for each in whole["organoids"]] == [COUNTS] * 3
    for form in ("table", "markdown", "html"):
        assert "nothing else recommends it" in " ".join(render(told, form).replace("<wbr>", "").split())


def test_the_json_of_a_patient_without_organoids_has_none_of_it(tmp_path: Path) -> None:
    whole = structure(answer(matched(tmp_path)))
    assert not {"organoids", "functional_only"} & whole.keys()
    assert all("functional" not in each for each in whole["recommendations"])
    assert [each.heading for each in why_document(why(matched(tmp_path), "T-DM1")).sections][1] == "Proof"


# --- its proof --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_why_has_its_own_section_with_the_proof_down_to_the_file(tmp_path: Path, lang: str) -> None:
    found = why(matched(tmp_path, result("T-DM1", 80)), "T-DM1", lang)
    section = why_document(found).sections[1]
    assert (
        section.heading
        == {
            "en": "Functional evidence (organoids), apart from the scores",
            "zh": "功能学证据（类器官），与各项评分分列",
        }[lang]
    )
    assert section.table is not None
    assert "patient.json:1" in section.table.rows[0]
    assert section.steps[0].rule == "promoted-by-organoids"
    told = why_structure(found)["functional"]
    assert (told["place"], told["said"][0]["verdict"]) == ("sensitive", "sensitive")
    assert any("patient.json" in each.place for each in found.places if any("80%" in says for says in each.says))


@pytest.mark.parametrize("evaluator", evaluators())
def test_the_proof_replays_and_an_altered_rate_is_noticed(tmp_path: Path, evaluator: str) -> None:
    found = matched(tmp_path, result("T-DM1", 80), result("T-DM1", 20, "2023-12-01"), evaluator=evaluator)
    option = next(each.option for each in answer(found).recommendations if each.option.functional == "sensitive")
    told = json.loads(json.dumps(proof_of(found, option)))
    assert "organoids.json" in told["tables"]
    whole = verify(read_proof(json.dumps(told).encode(), "P"), knowledge(), library(), evaluator, found)
    assert whole.verdict is Verdict.HOLDS
    forged = copy.deepcopy(told)
    columns = forged["given"]["organoid"]["fields"]
    for row in forged["given"]["organoid"]["rows"]:
        row[columns.index("inhibition")] = 5.0
    forged["digest"] = content_digest(forged)
    again = verify(read_proof(json.dumps(forged).encode(), "P"), knowledge(), library(), evaluator)
    assert again.verdict is Verdict.FAILS
