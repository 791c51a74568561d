"""`mtb-match verify` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from matcher.proof_file import content_digest
from tests.cli.test_bad_input import ROOT, refused, run

PATIENT = "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answer of `why` as JSON, in a file."""
    path = tmp_path_factory.mktemp("why") / "why.json"
    done = run("why", PATIENT, "pyrotinib+capecitabine", "--as-of", "2026-11-20", "--format", "json", "--out", path)
    assert done.returncode == 0, done.stderr
    return path


def test_the_proof_in_an_answer_of_why_holds(answered: Path) -> None:
    done = run("verify", answered)
    assert done.returncode == 0, done.stderr
    assert "The proof holds" in done.stdout


def test_the_proof_alone_is_read_too_and_the_patient_compared(answered: Path, tmp_path: Path) -> None:
    proof = tmp_path / "PROOF.json"
    proof.write_text(json.dumps(json.loads(answered.read_text(encoding="utf-8"))["proof"]), encoding="utf-8")
    done = run("verify", proof, "--patient", PATIENT, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["schema"], found["verdict"], found["follows"]) == ("mtb-match-verification/1", "holds", True)
    assert found["patient"] == {"follows": True, "came": [], "went": [], "files": []}
    assert all(step["holds"] for step in found["steps"])


def test_the_patient_on_another_day_is_another_question(answered: Path) -> None:
    done = run("verify", answered, "--patient", PATIENT, "--as-of", "2015-01-01", "--format", "json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["patient"]["follows"] is False


def test_a_proof_that_does_not_hold_says_where_with_exit_code_1(answered: Path, tmp_path: Path) -> None:
    told = json.loads(answered.read_text(encoding="utf-8"))["proof"]
    told["given"]["prior_lines"]["rows"] = [[0, 1]]
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(told | {"digest": content_digest(told)}), encoding="utf-8")
    for form, lang, said in (("text", "en", "The proof does not hold."), ("markdown", "zh", "证明不成立。")):
        done = run("verify", forged, "--format", form, "--lang", lang)
        assert done.returncode == 1
        assert said in done.stdout
        assert done.stderr == ""


def test_a_proof_comes_through_a_pipe(answered: Path) -> None:
    with answered.open("rb") as content:
        piped = subprocess.run(
            [sys.executable, "-m", "cli.main", "verify", "-", "--format", "html"],
            stdin=content,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout.lower().startswith("<!doctype html>")


def test_damage_is_one_clear_line(answered: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.json"
    damaged.write_text(answered.read_text(encoding="utf-8").replace('"on-label"', '"trial"'), encoding="utf-8")
    assert "changed or damaged" in refused("verify", damaged)
    assert "does not name the schema" in refused("verify", "matcher/ranking.json")
    assert "is no JSON" in refused("verify", PATIENT)
    assert "No such file" in refused("verify", tmp_path / "nowhere.json")
