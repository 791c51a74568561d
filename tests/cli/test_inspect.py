"""`mtb-match inspect` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.inspect import ONLY
from matcher.inspection import SELECTIONS

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "matcher" / "readers" / "data"


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "inspect", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=120,
    )


@pytest.mark.parametrize("form", ["table", "json", "tsv"])
def test_same_file_same_bytes_on_the_terminal_and_in_a_file(form: str, tmp_path: Path) -> None:
    out = tmp_path / "told"
    first = run(DATA / "gdc.maf", "--format", form, PYTHONHASHSEED="1")
    assert (first.returncode, first.stderr) == (0, "")
    done = run(DATA / "gdc.maf", "--format", form, "--out", out, PYTHONHASHSEED="2")
    assert (done.returncode, done.stdout) == (0, "")
    assert out.read_text(encoding="utf-8") == first.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["told"]


def test_options_are_heard() -> None:
    told = json.loads(run(DATA / "two_samples.maf", "--format", "json", "--sample", "B").stdout)
    assert [row["sample"] for row in told["rows"]] == ["B"]
    told = json.loads(run(DATA / "gdc.maf", "--format", "json", "--only", "notes", "--limit", "1").stdout)
    assert [row["row"] for row in told["rows"]] == [5]


OF_ONE_NAME = (
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP1\n"
    "7\t1\t.\tT\tG\t.\t.\t.\tGT\t0/1\t0/1\n"
)
BAD = [
    ("nothing.maf", None, "no such file"),
    ("empty.maf", "", "empty"),
    ("noise.maf", "\x00\x01", "binary"),
    ("words.txt", "just some words\nand more\n", "format is not known"),
    ("bare.vcf", OF_ONE_NAME, "2 samples are named 'P1'"),
    ("p.yaml", "id: P\nsamples: [{id: s, variants: gone.maf}]\n", "gone.maf"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), BAD, ids=[row[0] for row in BAD])
def test_a_file_that_cannot_be_read_is_one_line(name: str, content: str | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    out = tmp_path / "out.json"
    done = run(tmp_path / name, "--format", "json", "--out", out)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mtb-match: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("wrong", [("--format", "html"), ("--only", "good"), ("--limit", "-1")])
def test_wrong_usage_is_named(wrong: tuple[str, str]) -> None:
    done = run(DATA / "gdc.maf", *wrong)
    assert done.returncode == 2
    assert wrong[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_the_help_names_every_selection() -> None:
    assert tuple(SELECTIONS) == ONLY
