"""`mtb-match cohort`: what is written, what is said, and the exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli import main
from tests.cohorts import Files

ROOT = Path(__file__).parents[2]
# The command with the files of folders as its intake; with WAIT, patients who are only named, matched slowly.
PROGRAM = """
import os, sys, time, types
from pathlib import Path
from tests.cohorts import Files, Named, Told
import matcher.cohort.matching as matching, matcher.cohort.run as runs

def intake(paths, template, knowledge, clinical=None, *, whole=True):
    if "WAIT" in os.environ:
        return Named(40)
    return Files([file for path in paths for file in (sorted(path.glob("*")) if path.is_dir() else [path])], template)

class Slow(Told):
    def __init__(self, *_):
        super().__init__()
    def matched(self, subjects):
        time.sleep(float(os.environ["WAIT"]))
        return super().matched(subjects)

sys.modules["matcher.cohort.intake"] = types.SimpleNamespace(intake=intake)
if "WAIT" in os.environ:
    matching.Matching = Slow
    runs.PIECE = runs.run.__kwdefaults__["piece"] = 4
    runs.FIRST = ()
from cli.main import run
sys.argv = ["mtb-match", "cohort", *sys.argv[1:]]
run()
"""
GIVEN = ("--jurisdiction", "CN", "--as-of", "2026-11-20", "--workers", "1")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *map(str, arguments)]


def ran(*arguments: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command(*arguments, *GIVEN), capture_output=True, text=True, cwd=ROOT, check=False)
    assert "Traceback" not in done.stderr
    assert "nanobind" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients, and a file that is none."""
    found = tmp_path_factory.mktemp("patients")
    for number, alteration in enumerate(("EGFR L858R", "KRAS G12C"), 1):
        told = f"patient: P-{number}\ntumor_type: LUAD\nalterations: [{alteration}]\n"
        (found / f"P-{number}.yaml").write_text(told, encoding="utf-8")
    (found / "broken.yaml").write_text("patient: [", encoding="utf-8")
    return found


def test_some_patients_who_cannot_be_read_are_listed_and_the_code_says_so(folder: Path, tmp_path: Path) -> None:
    done = ran(folder, "--out", tmp_path / "x.tsv")
    assert done.returncode == 3
    assert "1 patient could not be read:\n  broken (broken.yaml): " in done.stderr
    assert done.stdout.startswith("2 of 3 patients matched in ")
    assert "(graph starter-2026-11-20, as of 2026-11-20)" in done.stdout
    assert re.search(r"best tier: on-label \d+ \(\d+%\), off-label \d+ \(\d+%\), trial \d+", done.stdout)
    names = ("x.avoided.tsv", "x.blocks.tsv", "x.json", "x.notes.tsv", "x.patients.tsv", "x.tsv")
    assert tuple(sorted(path.name for path in tmp_path.iterdir())) == names
    assert all(str(tmp_path / name) in done.stdout for name in names)
    told = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert told["options"] == {"jurisdiction": "CN", "engine": "sql"}
    assert told["as_of"] == "2026-11-20"
    assert told["inputs"]["paths"] == [str(folder)]
    assert told["kb"]["digest"].startswith("sha256:")
    assert told["rules"]["digest"].startswith("sha256:")


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in this process: its exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        read = SimpleNamespace(intake=lambda paths, template, *_, **__: Files(paths, template))
        monkeypatch.setitem(sys.modules, "matcher.cohort.intake", read)
        return ended(monkeypatch, capsys, *arguments, *GIVEN)

    return run


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Inside:
    """The same with its own intake, and a user without a configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    return lambda *arguments: ended(monkeypatch, capsys, *arguments, "--as-of", "2026-11-20", "--workers", "1")


Inside = Callable[..., tuple[int, str, str]]


def ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str, str]:
    """What the command came to in this process."""
    monkeypatch.setattr(sys, "argv", ["mtb-match", "cohort", *map(str, arguments)])
    monkeypatch.setattr(main.atexit, "register", lambda call: None)
    with pytest.raises(SystemExit) as end:
        main.run()
    return end.value.code or 0, *capsys.readouterr()


def test_all_read_is_code_0(folder: Path, tmp_path: Path, inside: Inside) -> None:
    code, _, error = inside(*sorted(folder.glob("P-*.yaml")), "--out", tmp_path / "x.txt", "--format", "jsonl")
    assert (code, error) == (0, "")
    line = json.loads((tmp_path / "x.txt").read_text(encoding="utf-8").splitlines()[0])
    assert line["rank"] == 1
    assert line["findings"]


def test_nobody_who_could_be_matched_is_code_1_and_nothing_is_written(
    folder: Path, tmp_path: Path, inside: Inside
) -> None:
    code, told, error = inside(folder / "broken.yaml", "--out", tmp_path / "x.parquet")
    assert (code, told) == (1, "")
    assert "no patient could be matched" in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--out", "{out}/x.csv"), 2, "the name says no form; end it in .parquet, .tsv, .jsonl, or give --format"),
        (("--out", "{out}/x.tsv", "--format", "jsonl"), 2, "the name says tsv, --format says jsonl"),
        (("--out", "{out}/x.tsv", "--tumor-type", "banana"), 2, "--tumor-type: unknown tumor type 'banana'; nearest"),
        (("--out", "{out}/x.tsv", "--build", "hg17"), 2, "--build: unknown genome build 'hg17'; name one of GRCh37"),
        (("--out", "{out}/x.tsv", "--assay", "WXS"), 1, "WXS: no such assay; name one of WES, WGS, or a file"),
        (("--out", "{out}/x.tsv", "--kb", "{out}/none"), 1, "none: there is no such folder; name a folder that `mtb"),
        (("--out", "{out}/x.tsv", "--kb", "{folder}"), 1, "it is no store; name a folder that `mtb-match kb build"),
        (("--out", "{out}/x.tsv", "--rules", "{out}/none"), 1, "there is no such file or folder"),
        (("--out", "{out}/x", "--format", "csv"), 2, "'csv' is not one of parquet, tsv, jsonl"),
        (("--out", "{out}/x.tsv", "--engine", "dask"), 2, "'dask' is not one of sql, spark"),
        (("--out", "{out}/none/x.tsv"), 1, "its folder is not there"),
        (("--out", "{out}/x.tsv", "--summary", "{out}/none/x.html"), 1, "its folder is not there"),
        (("--out", "{out}/x.tsv", "--summary", "{out}/s.pdf"), 2, "the page is HTML; end its name in .html or .htm"),
        (("--out", "{out}/x.tsv", "--summary", "{out}/s"), 2, "the page is HTML; end its name in .html or .htm"),
        (("--out", "{folder}/x.tsv"), 1, "lies in what is read"),
        ((), 2, "Missing option '--out'"),
    ],
)
def test_wrong_usage(
    arguments: tuple[str, ...], code: int, told: str, folder: Path, tmp_path: Path, inside: Inside
) -> None:
    given = [each.format(out=tmp_path, folder=folder) for each in arguments]
    came_to, _, error = inside(folder, *given)
    assert came_to == code
    assert " ".join(error.split()).count(told) == 1
    assert list(tmp_path.iterdir()) == []


EXAMPLE = ROOT / "examples" / "cohort"


def test_no_jurisdiction_is_told_once_where_no_patient_file_can_state_one(
    folder: Path, tmp_path: Path, whole: Inside
) -> None:
    code, _, error = whole(EXAMPLE, "--out", tmp_path / "x.tsv")
    assert code == 2
    assert error.count("no jurisdiction is given; name one of CN, EU, US, or set it in the configuration") == 1
    code, _, error = whole(*sorted(folder.glob("P-*.yaml")), "--out", tmp_path / "x.tsv")
    assert code == 1
    assert all(f"P-{number}.yaml: no jurisdiction is given; give --jurisdiction" in error for number in (1, 2))


def test_an_unknown_jurisdiction_of_the_configuration_is_told_once(tmp_path: Path, whole: Inside) -> None:
    config = tmp_path / "none" / "mtb-match" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('jurisdiction = "XX"', encoding="utf-8")
    code, _, error = whole(EXAMPLE, "--out", tmp_path / "x.tsv")
    assert (code, error) == (1, f"mtb-match: {config}: unknown jurisdiction 'XX'; name one of CN, EU, US\n")


@pytest.mark.parametrize(
    ("clinical", "told"),
    [("folder", "--clinical names a folder; name the clinical table in it"), ("none", "no such file or folder"),
     ("pipe", "it is a pipe or a device; write what it gives to a file, and name that")],
)  # fmt: skip
def test_a_clinical_table_that_is_no_file_is_told_once(clinical: str, told: str, tmp_path: Path, whole: Inside) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    given = "--clinical", tmp_path / clinical, "--jurisdiction", "US", "--out", tmp_path / "x.tsv"
    code, _, error = whole(EXAMPLE / "registry.maf", *given)
    assert code == 1
    assert error.startswith(f"mtb-match: {tmp_path / clinical}: {told}")
    assert error.count("\n") == 1


def test_the_help_tells_the_exit_codes(inside: Inside) -> None:
    assert "3 done, but some patients could not be read" in " ".join(inside("--help")[1].split())


def on_a_terminal(arguments: list[str], wait: float, stop_at: str | None = None) -> tuple[str, int]:
    """What a command shows on a terminal, and its exit code; Ctrl-C is typed where `stop_at` is read."""
    pid, terminal = pty.fork()
    if not pid:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in the background ignore it
        os.chdir(ROOT)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test run in the background ignores it, and so would this
        environment = {**os.environ, "WAIT": str(wait), "TERM": "xterm", "COLUMNS": "120", "LINES": "30"}
        os.execve(arguments[0], arguments, environment)
    shown = b""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            read = os.read(terminal, 65536)
        except OSError:
            break
        if not read:
            break
        shown += read
        if stop_at is not None and stop_at.encode() in shown:
            os.write(terminal, b"\x03")
            stop_at = None
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_terminal_shows_patients_rate_and_rest(tmp_path: Path) -> None:
    shown, code = on_a_terminal(command("patients", "--out", tmp_path / "x.parquet", *GIVEN), 0.15)
    assert code == 0, shown
    assert re.search(r"matching .*\d+ of 40 patients, [\d.]+/s, \d+:\d\d left", shown)
    assert "40 of 40 patients matched in" in shown


def test_ctrl_c_keeps_whole_pieces_and_says_how_to_go_on(tmp_path: Path) -> None:
    asked = command("patients", "--out", tmp_path / "x.parquet", *GIVEN)
    shown, code = on_a_terminal(asked, 0.3, "8 of 40 patients")
    assert code == 130, shown
    kept = re.search(r"Aborted\. (\d+) patients kept in x\.parquet\.partial: give the same command again", shown)
    assert kept, shown
    assert 8 <= int(kept.group(1)) < 40
    shown, code = on_a_terminal(asked, 0)
    assert code == 0, shown
    assert f"going on: {kept.group(1)} patients matched before" in shown
    assert [path.name for path in tmp_path.glob("*.partial")] == []


def test_nothing_moves_where_there_is_no_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        command("patients", "--out", tmp_path / "x.parquet", *GIVEN),
        capture_output=True, text=True, cwd=ROOT, check=True, env={**os.environ, "WAIT": "0"},
    )  # fmt: skip
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def test_a_page_in_place_of_a_table_is_refused_before_anything_is_matched(tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    for page in (out, tmp_path / "x.patients.parquet", tmp_path):
        words = [sys.executable, "-m", "cli.main", "cohort", "examples/cohort", "--out", str(out), *GIVEN]
        done = subprocess.run([*words, "--summary", str(page)], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 1
        assert "--summary" in done.stderr
        assert not out.exists()


def test_an_unknown_jurisdiction_is_wrong_usage_and_told_once(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "cli.main", "cohort", "examples/cohort", "--jurisdiction", "XX"]
    done = subprocess.run([*words, "--out", str(tmp_path / "x.parquet")], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.count("'XX' is not one of CN, EU, US") == 1
