"""`mtb-match kb export` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pyoxigraph as ox
import pytest

from cli.kb.export import FORMATS
from kb import terms as t
from kb.export import EXPORTS
from kb.store import digest_of
from tests.command import command, process, together
from tests.parts import about, built, of_class
from tests.shared import knowledge


def run(*arguments: str | Path) -> CompletedProcess[str]:
    return command("kb", "export", *arguments)


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with some evidence of the starter, and some of what insurers cover and require."""
    items = [t.item("evidence", "EID12")]
    for name in (t.EVIDENCE_ITEM, t.COVERAGE, t.REQUIREMENT):
        items += of_class(name, 20)
    return built(tmp_path_factory.mktemp("stores") / "part", about(items))


def test_the_help_names_every_format() -> None:
    assert tuple(EXPORTS) == FORMATS


def test_same_store_same_bytes(part: Path, tmp_path: Path) -> None:
    written = []
    for seed in ("1", "2"):
        files = [tmp_path / f"{seed}.{form}" for form in FORMATS]
        asked = ("kb", "export", "--kb", part, "--kind", "evidence")
        runs = [(*asked, "--format", form, "--out", out) for form, out in zip(FORMATS, files, strict=True)]
        done = together(runs, PYTHONHASHSEED=seed)
        assert {(each.returncode, each.stdout) for each in done} == {(0, "")}
        written.append([out.read_bytes() for out in files])
    assert written[0] == written[1]
    assert len(set(written[0])) == len(FORMATS)
    assert all(b"EID12" in each for each in written[0])


def test_an_export_is_loaded_as_a_store_of_the_same_digest(tmp_path: Path) -> None:
    out = tmp_path / "starter.nq"
    done = process("kb", "export", "--format", "nquads", "--out", out)
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


def test_a_part_is_told_to_be_one(part: Path) -> None:
    assert "a mtb:EvidenceItem" in run("--kb", part, "--format", "turtle").stdout
    done = run("--kb", part, "--format", "turtle", "--kind", "requirement", "--kind", "coverage")
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
    done = run("--format", "turtle", "--kb", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("mtb-match: no knowledge graph in")
    assert done.stderr.count("\n") == 1


def test_a_file_that_cannot_be_written_is_one_clear_line(part: Path, tmp_path: Path) -> None:
    done = run("--kb", part, "--format", "va-spec", "--out", tmp_path / "none" / "out.json")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
