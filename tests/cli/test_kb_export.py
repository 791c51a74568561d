"""`mtb-match kb export` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from cli.kb.export import FORMATS
from kb.export import EXPORTS
from kb.store import digest_of
from tests.shared import knowledge

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "kb", "export", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def test_the_help_names_every_format() -> None:
    assert tuple(EXPORTS) == FORMATS


@pytest.mark.parametrize("form", FORMATS)
def test_same_store_same_bytes(form: str, tmp_path: Path) -> None:
    written = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        done = run("--format", form, "--kind", "evidence", "--out", str(out), PYTHONHASHSEED=seed)
        assert (done.returncode, done.stdout) == (0, "")
        written.append(out.read_bytes())
    assert written[0] == written[1]
    assert b"EID12" in written[0]


def test_an_export_is_loaded_as_a_store_of_the_same_digest(tmp_path: Path) -> None:
    out = tmp_path / "starter.nq"
    done = run("--format", "nquads", "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    elsewhere = ox.Store()
    elsewhere.bulk_load(path=str(out), format=ox.RdfFormat.N_QUADS)
    assert digest_of(elsewhere) == knowledge().digest


def test_what_is_not_in_a_statement_is_told_beside_the_document() -> None:
    done = run("--format", "va-spec")
    document = json.loads(done.stdout)
    notes = done.stderr.splitlines()
    assert notes[0].startswith(f"note: {len(document['statements'])} of ")
    assert any("reduced sensitivity" in note and "EID4104" in note for note in notes)


def test_a_part_is_told_to_be_one() -> None:
    done = run("--format", "turtle", "--kind", "requirement", "--kind", "coverage")
    assert done.stderr.startswith("note: a part of the graph (coverage, requirement)")
    assert "a mtb:Requirement" in done.stdout
    assert "a mtb:EvidenceItem" not in done.stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ("--format", "rdfxml"),
        ("--format", "turtle", "--kind", "evidenc"),
        ("--format", "va-spec", "--kind", "trial"),
        ("--format", "turtle", "--kb", "sparql+http://127.0.0.1:1/query"),
        (),
    ],
)
def test_wrong_usage_is_named(wrong: tuple[str, ...]) -> None:
    done = run(*wrong)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert (wrong[-2] if wrong else "--format") in done.stderr


def test_a_folder_without_a_store_is_one_clear_line(tmp_path: Path) -> None:
    done = run("--format", "turtle", "--kb", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("mtb-match: no knowledge graph in")
    assert done.stderr.count("\n") == 1


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    done = run("--format", "va-spec", "--out", str(tmp_path / "none" / "out.json"))
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
