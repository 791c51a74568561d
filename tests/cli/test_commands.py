"""The commands as a user runs them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rules.engine import default_engine_name
from tests.command import ROOT, command, process, together

PATIENT = "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"


def run(*arguments: str, by: Callable[..., CompletedProcess[str]] = command, **environment: str) -> str:
    done = by(*arguments, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


AS_OF = ("--as-of", "2026-11-20")
WHY = {"markdown": "# why ", "html": "<!doctype html>", "json": '{\n "schema": "mtb-match-why/1"'}
"""How each form of an explanation begins, in lower case."""
FORMS = {
    "match": ((PATIENT, *AS_OF), ("table", "json", "tsv", "markdown", "html")),
    "why": (("why", PATIENT, "pyrotinib+capecitabine", *AS_OF), tuple(WHY)),
    "why-not": (("why-not", PATIENT, "osimertinib", *AS_OF), ("text", "json", "markdown", "html")),
}
"""The commands whose forms are compared."""


@pytest.fixture(scope="module")
def twice() -> tuple[dict[tuple[str, str], str], ...]:
    """Each command in each form, by both evaluators, in processes that order their sets differently."""
    asked = {(name, form): (*words, "--format", form) for name, (words, forms) in FORMS.items() for form in forms}
    both = []
    for seed, engine in (("1", default_engine_name()), ("2", "sql")):
        done = together([(*words, "--engine", engine) for words in asked.values()], PYTHONHASHSEED=seed)
        assert {each.returncode for each in done} == {0}
        both.append({key: each.stdout for key, each in zip(asked, done, strict=True)})
    return tuple(both)


Twice = tuple[dict[tuple[str, str], str], ...]


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, (_, forms) in FORMS.items() for form in forms])
def test_same_input_same_bytes_whatever_the_evaluator(twice: Twice, name: str, form: str) -> None:
    first, second = twice
    assert first[name, form] == second[name, form]
    assert first[name, form]


def test_the_evaluator_need_not_be_named(twice: Twice) -> None:
    assert run(PATIENT, *AS_OF, "--format", "json", by=process) == twice[0]["match", "json"]


def test_json_keeps_the_contract(twice: Twice) -> None:
    answer = json.loads(twice[0]["match", "json"])
    assert list(answer) == [
        "schema",
        "as_of",
        "kb",
        "rules",
        "patient",
        "biomarkers",
        "recommendations",
        "avoid",
        "not_recommended",
        "advice",
        "notes",
        "frameworks",
        "decisions",
        "lesions",
        "organoids",
        "functional_only",
    ]
    assert [each["id"] for each in answer["lesions"]["samples"]] == ["liver", "plasma"]
    assert answer["schema"] == "mtb-match/1"
    assert answer["as_of"] == "2026-11-20"
    assert answer["patient"] == {"id": "HER2-01", "tumor_type": "BRCA", "jurisdiction": "CN"}
    for digest in (answer["kb"]["digest"], answer["rules"]["digest"]):
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    first = answer["recommendations"][0]
    assert {
        "rank", "tier", "regimen", "basis", "biomarkers", "tumor_closeness", "variant_closeness",
        "levels", "access", "findings", "evidence", "proof",
    } <= set(first)  # fmt: skip
    assert (first["rank"], first["tier"], first["basis"]) == (1, "on-label", "indication")
    assert first["regimen"] == ["capecitabine", "pyrotinib"]
    assert first["tumor_closeness"] == "exact"
    assert set(first["levels"]) == {"amp", "escat", "oncokb", "civic", "nct"}
    assert first["levels"]["amp"] == "I-A"
    assert first["access"]["authorized"] == ["CN"]
    assert first["access"]["reimbursed"] is True
    assert {"criterion", "verdict", "message"} <= set(first["findings"][0])
    assert {"id", "source"} <= set(first["evidence"][0])
    assert [each["rank"] for each in answer["recommendations"]] == list(range(1, len(answer["recommendations"]) + 1))
    for each in answer["recommendations"]:
        assert each["tier"] in {"on-label", "off-label", "trial"}
        assert each["basis"] in {"indication", "evidence", "trial"}
        assert each["regimen"] == sorted(each["regimen"])
        assert {finding["verdict"] for finding in each["findings"]} <= {"pass", "warn", "undetermined"}
        assert each["proof"].strip()
    for each in answer["avoid"]:
        assert {"regimen", "because", "biomarkers", "evidence"} <= set(each)
        assert each["because"] in {"resistance", "no benefit", "contraindication"}
    for each in answer["not_recommended"]:
        assert {"regimen", "basis", "blocking"} <= set(each)
        assert each["blocking"], each
        assert {"criterion", "verdict", "message"} <= set(each["blocking"][0])
        assert {finding["verdict"] for finding in each["blocking"]} <= {"fail", "undetermined"}
    for each in answer["notes"]:
        assert set(each) == {"severity", "where", "message", "remedy"}
    for each in answer["biomarkers"]:
        assert {"id", "label", "status", "alterations"} <= set(each)
        assert each["status"] in {"present", "absent", "not tested", "equivocal"}


def test_html_has_no_script_and_escapes_the_input(tmp_path: Path) -> None:
    patient = tmp_path / "p.yaml"
    patient.write_text('id: "<script>alert(1)</script>"\ntumor_type: BRCA\nbiomarkers: {HER2 IHC: 3+}\n')
    page = run(str(patient), "--jurisdiction", "CN", "--format", "html")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert re.findall(r'http-equiv="([^"]*)"', page) == ["Content-Security-Policy"]
    assert not re.search(r"<(img|link|iframe)\b", page)


def test_tsv_has_one_row_a_recommendation(twice: Twice) -> None:
    rows = twice[0]["match", "tsv"].splitlines()
    assert all(row.count("\t") == 8 for row in rows)
    assert rows[1].startswith("1\ton-label\tcapecitabine + pyrotinib\t")


def test_out_writes_the_whole_answer(twice: Twice, tmp_path: Path) -> None:
    out = tmp_path / "answer.md"
    assert run(PATIENT, "--as-of", "2026-11-20", "--format", "markdown", "--out", str(out)) == ""
    assert out.read_text(encoding="utf-8") == twice[0]["match", "markdown"]
    assert [each.name for each in tmp_path.iterdir()] == ["answer.md"]


def test_why_walks_down_to_sources_and_rows() -> None:
    tree = run("why", PATIENT, "Pyrotinib + Xeloda", *AS_OF, by=process)
    assert tree.startswith(
        "Why capecitabine + pyrotinib for patient HER2-01\n\ncapecitabine + pyrotinib: recommendation 1 of"
    )
    assert "https://flcube.com/?p=24324" in tree
    assert "her2-amplified-after-trastuzumab.yaml:10" in tree
    assert "[pass] prior-therapy" in tree


@pytest.mark.parametrize("form", WHY)
def test_why_is_told_in_every_form(twice: Twice, form: str) -> None:
    assert twice[0]["why", form].lower().startswith(WHY[form])


def test_why_in_chinese() -> None:
    told = run("why", PATIENT, "吡咯替尼+卡培他滨", "--as-of", "2026-11-20", "--lang", "zh")
    assert told.startswith("患者HER2-01")


def test_status_of_the_graph() -> None:
    told = run("kb", "status", by=process)
    assert "starter-2026-11-20" in told
    assert re.search(r"547 Indication", told)


def test_rules_can_be_checked_and_listed(tmp_path: Path) -> None:
    assert re.match(r"\d+ rules in \d+ strata", run("rules", "check", by=process))
    assert "on-label: {Regimen} is on-label" in run("rules", "list", by=process)
    own = tmp_path / "own.yaml"
    own.write_text(
        """
rules:
  - rule: our-site-prefers-trials
    says: "{Option} is shown first here"
    cites: ["https://example.org/sop"]
    if:
      - recommendation(option: Option, tier: trial)
    then: flag(option: Option, mark: hypothesis)
"""
    )
    assert f"({own}:3, stratum " in run("rules", "list", "--rules", str(own))
    assert f"from     {tmp_path}\n" in run("rules", "show", "our-site-prefers-trials", "--rules", str(own))
    rules = json.loads(run("rules", "list", "--format", "json"))["rules"]
    name = rules[0]["name"]
    assert json.loads(run("rules", "show", name, "--format", "json"))["rule"]["then"] == rules[0]["then"]


def test_an_unknown_rule_is_one_line_and_fails() -> None:
    done = process("rules", "show", "on-lable")
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r"mtb-match: no rule is named `on-lable`; did you mean `on-label`.*\?\n", done.stderr)


def test_help_names_every_command() -> None:
    told = run("--help", by=process)
    for words in (
        ("match",),
        ("why",),
        ("inspect",),
        ("rules", "check"),
        ("rules", "list"),
        ("rules", "show"),
        ("kb", "status"),
    ):
        assert "Usage: mtb-match" in run(*words, "--help")
    assert all(command in told for command in ("match", "why", "inspect", "rules", "kb"))
    assert run("--version", by=process).startswith("mtb-match ")


def test_the_cache_is_made_once_and_can_be_thrown_away(cache: Path, tmp_path: Path) -> None:
    """A fresh folder and a filled one give the same bytes, and the tests' own folder is the one in use."""
    arguments = (PATIENT, "--as-of", "2026-11-20", "--format", "json")
    cold = run(*arguments, by=process, MTB_MATCH_CACHE=str(tmp_path / "new"))
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert made
    again = run(*arguments, by=process, MTB_MATCH_CACHE=str(tmp_path / "new"))
    assert again == cold == run(*arguments)
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert any(cache.iterdir())


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    arguments = ("--tumor-type", "LUAD", "--jurisdiction", "US", "--as-of", "2026-11-20", "--format", "json")
    file = tmp_path / "stdin"
    file.write_text("EGFR L858R\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    told = run(str(file), *arguments)
    for named, target in (("-", None), (str(tmp_path / "pipe"), tmp_path / "pipe")):
        started = subprocess.Popen(
            [sys.executable, "-m", "cli.main", named, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if target is not None:
            target.write_bytes(file.read_bytes())
        printed, _ = started.communicate(file.read_bytes() if target is None else None)
        assert printed.decode() == told


def test_why_not_names_the_nearest_miss_and_a_change_that_can_be_pasted() -> None:
    told = run("why-not", PATIENT, "帕博利珠单抗", *AS_OF, "--format", "json", by=process)
    found = json.loads(told)
    assert found["schema"] == "mtb-match-why-not/1"
    assert found["asked"]["therapies"] == ["pembrolizumab"]
    assert found["never_considered"]
    for flip in found["changes"]["flips"]:
        assert shlex.split(flip["command"])[:3] == ["mtb-match", "what-if", PATIENT]


def test_lesions_writes_its_figure_and_its_json(tmp_path: Path) -> None:
    path, figure = "examples/mcrpc-wes/lesions.yaml", tmp_path / "map.svg"
    answer = json.loads(
        run("lesions", path, "--as-of", "2026-11-20", "--format", "json", "--figure", str(figure), by=process)
    )
    assert answer["schema"] == "mtb-match-lesions/1"
    assert {row["label"]: row["class"] for row in answer["alterations"]} == {
        "SPOP F133L": "shared", "TP53 R248Q": "shared", "AR L702H": "private", "BRCA2 R2336*": "private",
    }  # fmt: skip
    assert "AR L702H" in figure.read_text(encoding="utf-8")
