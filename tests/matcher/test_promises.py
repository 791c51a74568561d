"""What the product promises of every answer, for any patient: tumor type, place, day, alterations, history, markers."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.case import Matched, Request, match
from matcher.proof_file import content_digest, proof_of
from matcher.proof_reading import read_proof
from matcher.recommend import answer
from matcher.verify import Verdict, verify
from matcher.why_not import why_not
from tests.matcher.changed import gained
from tests.shared import evaluators, knowledge, library

DRUGS = ("trastuzumab", "gefitinib", "osimertinib", "cetuximab", "capecitabine", "docetaxel", "olaparib")
MARKERS = {"HER2 IHC": ("0", "2+", "3+"), "MSI": ("MSI-H", "MSS"), "PD-L1 TPS": ("0 %", "60 %"), "ER": ("0 %", "90 %")}
ALTERATIONS = (
    *(
        "EGFR L858R",
        "EGFR T790M",
        "EGFR ex19del",
        "KRAS G12C",
        "BRAF V600E",
        "ERBB2 amplification",
        "MET amplification",
    ),
    *("BRCA1 E23Vfs*17", "PIK3CA H1047R", "TP53 R175H", "EML4::ALK fusion"),
)
WANTED = ("osimertinib", "pembrolizumab", "trastuzumab deruxtecan", "olaparib", "sotorasib", "cetuximab")

histories = st.lists(
    st.fixed_dictionaries(
        {
            "regimen": st.lists(st.sampled_from(DRUGS), min_size=1, max_size=2, unique=True),
            "setting": st.sampled_from(["metastatic", "adjuvant"]),
            "stopped_for": st.sampled_from(["progression", "completed", "toxicity"]),
        }
    ),
    max_size=2,
)
patients = st.fixed_dictionaries(
    {
        "id": st.just("P"),
        "tumor_type": st.sampled_from(["BRCA", "LUAD", "COAD", "PRAD", "STAD", "HGSOC", "THPA"]),
        "jurisdiction": st.sampled_from(["CN", "EU", "US"]),
        "alterations": st.lists(st.sampled_from(ALTERATIONS), max_size=3, unique=True),
        "biomarkers": st.fixed_dictionaries({}, optional={key: st.sampled_from(of) for key, of in MARKERS.items()}),
    },
    optional={
        "stage": st.sampled_from(["metastatic", "II", "adjuvant"]),
        "age": st.integers(8, 90),
        "ecog": st.integers(0, 4),
        "prior_therapies": histories,
        "medications": st.lists(st.sampled_from(["warfarin", "omeprazole"]), max_size=1),
    },
)
days = st.sampled_from(["2014-06-01", "2021-03-15", "2026-11-20"])
several = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


def asked(about: dict[str, Any], day: str, folder: str, evaluator: str = "sql") -> Matched:
    path = Path(folder) / "patient.json"
    lines = [line | {"line": number} for number, line in enumerate(about.get("prior_therapies", ()), start=1)]
    whole = about | ({"prior_therapies": lines} if "prior_therapies" in about else {})
    path.write_text(json.dumps(whole), encoding="utf-8")
    return match(Request(path, day), knowledge(), library(), evaluator)


@several
@given(patients, days, st.data())
def test_a_recommendation_has_a_proof_that_verifies_and_needs_each_premise(
    about: dict[str, Any], day: str, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        matched = asked(about, day, folder)
        recommended = answer(matched).recommendations
        if not recommended:
            return
        option = data.draw(st.sampled_from(recommended)).option
        told = json.loads(json.dumps(proof_of(matched, option)))
        read = read_proof(json.dumps(told).encode(), "PROOF.json")
        evaluator = data.draw(st.sampled_from(evaluators()))
        found = verify(read, knowledge(), library(), evaluator, matched)
        assert (found.verdict, found.first, found.follows) == (Verdict.HOLDS, None, True)
    places = [(at, place) for at, step in enumerate(told["steps"]) for place in range(len(step.get("premises", ())))]
    at, place = data.draw(st.sampled_from(places))
    less = copy.deepcopy(told)
    less["steps"][at]["premises"].pop(place)
    less["digest"] = content_digest(less)
    failed = verify(read_proof(json.dumps(less).encode(), "PROOF.json"), knowledge(), library(), "sql")
    assert failed.verdict is Verdict.FAILS
    assert less["steps"][at]["id"] in {fault.step for fault in failed.every_fault}


@several
@given(patients, days, st.sampled_from(evaluators()))
def test_an_option_with_a_fail_never_is_a_recommendation(about: dict[str, Any], day: str, evaluator: str) -> None:
    with TemporaryDirectory() as folder:
        matched = asked(about, day, folder, evaluator)
    failed = {fact.get("option") for fact in matched.derivations.facts("finding") if fact.get("verdict") == "fail"}
    assert not failed & {fact.get("option") for fact in matched.derivations.facts("recommendation")}
    told = [option for each in answer(matched).recommendations for option in (each.option, *each.also)]
    assert not failed & {option.id for option in told}
    assert "fail" not in {finding.verdict for option in told for finding in option.findings}


@several
@given(patients, days, st.sampled_from(WANTED), st.data())
def test_every_flip_that_is_named_does_flip(about: dict[str, Any], day: str, wanted: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        found = why_not(asked(about, day, folder), wanted)
        assert found.changes is not None
        evaluator = data.draw(st.sampled_from(evaluators()))
        for flip in found.changes.flips:
            assert gained(found, flip.edits, evaluator)[flip.option] == flip.tier, flip
