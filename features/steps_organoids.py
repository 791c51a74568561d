"""Steps about patient-derived organoids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_bdd import given, parsers, then

from matcher.functional import functional_only, results_of, said_of
from matcher.why import regimen_of
from tests.shared import knowledge

if TYPE_CHECKING:
    from features.conftest import Board


@given("a patient with HER2-positive breast cancer after trastuzumab")
def her2_patient(board: Board) -> None:
    board.about |= {
        "tumor_type": "BRCA",
        "jurisdiction": "CN",
        "stage": "metastatic",
        "coverage": "NRDL",
        "biomarkers": {"HER2 IHC": "3+", "ER": "negative", "PR": "negative"},
        "prior_therapies": [
            {
                "regimen": ["trastuzumab", "docetaxel"],
                "line": 1,
                "start": "2023-01-03",
                "stop": "2023-11-20",
                "best_response": "PR",
                "stopped_for": "progression",
            }
        ],
    }
    board.copies.append(("ERBB2", "amplification"))


def organoids(board: Board) -> list[dict[str, Any]]:
    found = board.about.setdefault("organoids", [])
    assert isinstance(found, list)
    return found


@given(parsers.re('the organoid of "(?P<of>[^"]+)" under "(?P<drug>[^"]+)" has an inhibition of "(?P<rate>[^"]+)" on "(?P<day>[^"]+)"$'))  # fmt: skip # noqa: E501
def organoid(board: Board, of: str, drug: str, rate: str, day: str) -> None:
    organoids(board).append({"sample": of, "drug": drug, "inhibition_percent": rate, "date": day})


@given(parsers.parse('the organoid of "{of}" under "{drug}" went from "{before}" to "{after}" mm on "{day}"'))
def organoid_measured(board: Board, of: str, drug: str, before: str, after: str, day: str) -> None:
    organoids(board).append({"sample": of, "drug": drug, "baseline_mm": before, "treated_mm": after, "date": day})


@given(parsers.parse('the organoid of "{of}" under "{drug}" has an inhibition of "{rate}", from "{before}" to "{after}" mm'))  # fmt: skip # noqa: E501
def organoid_told_twice(board: Board, of: str, drug: str, rate: str, before: str, after: str) -> None:
    told = {"sample": of, "drug": drug, "inhibition_percent": rate, "baseline_mm": before, "treated_mm": after}
    organoids(board).append(told)


@given(parsers.parse('the laboratory calls an organoid sensitive from "{high}" and resistant below "{low}"'))
def own_cut_offs(board: Board, high: str, low: str) -> None:
    for each in organoids(board):
        each.update({"sensitive_from": high, "resistant_below": low})


@then(parsers.parse('the organoids are "{verdict}" on "{regimen}", "{reach}" of it'))
def organoids_say(board: Board, verdict: str, regimen: str, reach: str) -> None:
    said = said_of(board.matched, board.recommended(regimen).option)
    assert (verdict, reach) in {(each.verdict, each.reach) for each in said}, said


@then(parsers.parse('the organoid result of "{day}" is "{state}"'))
def result_is(board: Board, day: str, state: str) -> None:
    states = {each.tested.organoid.date: each.state for each in results_of(board.matched)}
    assert states[day] == state, states


@then(parsers.parse('only organoids support "{regimen}"'))
def only_organoids(board: Board, regimen: str) -> None:
    assert regimen_of(regimen, knowledge()) in {each.regimen for each in functional_only(board.matched)}


@then(parsers.parse('the kept proof of "{regimen}" with organoids "{verdict}"'))
def organoid_proof(board: Board, regimen: str, verdict: str) -> None:
    board.keep_proof(regimen)
    assert b'"organoid_cut_offs"' in board.kept
    assert board.verified(anew=True).verdict == verdict
