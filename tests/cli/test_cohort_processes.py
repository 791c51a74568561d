"""`mtb-match cohort` over inputs of many bytes: processes begin before the graph is opened, and change nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.matcher.cohort.inputs import BRAF, EGFR, HEADER, TITIN

ROOT = Path(__file__).parents[2]
# The command for which every input is large; it tells how its processes begin.
PROGRAM = """
import sys
import cli.cohort as command
import matcher.cohort.processes as processes
from cli.main import run

begin = processes.Processes.begin

def told(self, early=False):
    if not self.have_begun:
        print("began", "early" if early else "late", processes._method(), file=sys.stderr)
    begin(self, early)

processes.Processes.begin = told
command.MANY_BYTES = int(sys.argv.pop(1))
run()
"""
GIVEN = ("--jurisdiction", "US", "--as-of", "2026-11-20")


def ran(many_bytes: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(many_bytes), "cohort", *map(str, arguments), *GIVEN]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "Traceback" not in done.stderr
    assert "nanobind" not in done.stderr
    return done


def began(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith("began")]


def said(done: subprocess.CompletedProcess[str]) -> str:
    return "".join(line for line in done.stderr.splitlines(keepends=True) if not line.startswith("began"))


@pytest.fixture(scope="module")
def maf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 patients: enough for several pieces."""
    rows = [(EGFR, BRAF, TITIN)[number % 3].format(f"P-{number}") for number in range(600)]
    path = tmp_path_factory.mktemp("many") / "many.maf"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are not seen on this system")
def test_processes_that_begin_early_are_forked_and_give_the_same_files(maf: Path, tmp_path: Path) -> None:
    files = []
    for folder, many_bytes, workers in (("alone", 1 << 40, 1), ("late", 1 << 40, 2), ("early", 1, 2)):
        (tmp_path / folder).mkdir()
        out = tmp_path / folder / "x.parquet"
        done = ran(many_bytes, maf, "--tumor-type", "LUAD", "--out", out, "--workers", workers)
        assert done.returncode == 0, done.stderr
        assert began(done) == {"alone": [], "late": ["began late spawn"], "early": ["began early fork"]}[folder]
        files.append({path.name: path.read_bytes() for path in out.parent.iterdir() if path.suffix == ".parquet"})
    assert len(files[0]) == 5
    assert files[1] == files[0]
    assert files[2] == files[0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--tumor-type", "NOWHERE"], 2),
        (["--kb", "no-such-store"], 1),
        (["--rules", "no-such-file.yaml"], 1),
        (["--clinical", "no-such-table.tsv"], 1),
        (["--strict"], 1),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_what_ends_the_command_is_told_once_and_as_it_is_without_processes(
    arguments: list[str], code: int, maf: Path, tmp_path: Path
) -> None:
    alone, early = (ran(many, maf, "--out", tmp_path / "x.parquet", *arguments) for many in (1 << 40, 1))
    assert began(early)
    assert (alone.returncode, early.returncode) == (code, code), early.stderr
    assert said(early) == said(alone)
    assert early.stdout == alone.stdout
    assert not list(tmp_path.iterdir())


LOST = """
import io, signal, sys
import matcher.cohort.intake as intake
from cli.main import run

class File(io.RawIOBase):
    def close(self):
        signal.raise_signal(signal.SIGINT)

beside = intake._beside

def freeing(path):
    File()  # what is raised as a file is freed is passed over
    return beside(path)

intake._beside = freeing
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in the foreground
run()
"""


def test_a_ctrl_c_that_comes_as_a_file_is_freed_ends_the_run(maf: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOST, "cohort", maf, "--tumor-type", "LUAD", "--out", tmp_path / "x.parquet"]
    done = subprocess.run([*map(str, command), *GIVEN], capture_output=True, text=True, cwd=ROOT, check=False)
    said = "Aborted. no patients were kept yet: give the same command again to begin anew\n"
    assert (done.returncode, done.stderr) == (130, said)


def test_a_path_that_cannot_be_looked_at_is_told_by_its_reader(tmp_path: Path) -> None:
    done = ran(1, "n" * 5000, "--out", tmp_path / "x.parquet")
    assert (done.returncode, began(done)) == (1, [])
    assert "it cannot be read (File name too long)" in done.stderr
