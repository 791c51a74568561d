"""`mtb-match kb verify` and `kb history` as a user runs them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from kb.curation.journal import Journal, submission
from tests.curated import CARBERRY, SECOND
from tests.kb.curation.journals import behind_its_back, filled, small_item, submitted

ROOT = Path(__file__).parents[2]
ME = ("--curator", SECOND.name, "--orcid", SECOND.orcid)


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "kb", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filled(tmp_path / "curation.sqlite").path


def test_a_journal_that_holds_ends_with_0_and_tells_its_head(path: Path) -> None:
    done = run("verify", MTB_MATCH_CURATION=str(path))
    head = Journal(path).entries()[-1].hash
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{path}: holds\nentries: 8\n")
    assert f"head: 8:{head}\n" in done.stdout


def test_a_journal_that_was_changed_ends_with_1_and_tells_where(path: Path) -> None:
    behind_its_back(path, "UPDATE entry SET content = replace(content, 'paper', 'Paper') WHERE number = 2")
    done = run("verify", "--curation", path, "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert not told["holds"]
    assert [(flaw["check"], flaw["place"]) for flaw in told["flaws"]] == [("chain", "entry 2")]
    used = run("history", "--curation", path)
    assert used.returncode == 1
    assert used.stderr.startswith(f"mtb-match: {path}: entry 2: was changed after it was recorded")


def test_heads_are_noted_in_a_file_and_compared(path: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads.txt"
    for number in (1, 2):
        assert run("verify", "--curation", path, "--heads", heads, "--note").returncode == 0
        assert len(heads.read_text().splitlines()) == number
        Journal(path).record(submitted(20 + number))
    heads.write_text("# heads of our journal\n\n" + heads.read_text())
    assert "2 noted heads" in run("verify", "--curation", path, "--heads", heads).stdout
    before = heads.read_bytes()
    path.unlink()
    filled(path)
    done = run("verify", "--curation", path, "--heads", heads, "--note")
    assert done.returncode == 1
    assert "entry 8 or one before it is another one" in done.stdout
    assert "9 are gone" in done.stdout
    assert heads.read_bytes() == before


def test_a_signature_is_tested_or_said_not_to_be(tmp_path: Path) -> None:
    path = tmp_path / "curation.sqlite"
    Journal(path).record(submitted(1)._replace(signed="no signed form"))
    done = run("verify", "--curation", path)
    if find_spec("nanopub"):
        assert (done.returncode, "entry 1: is no signed item" in done.stdout) == (1, True)
    else:
        assert (done.returncode, "entry 1: is signed, and signatures were not tested" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--head", "9"), 1, "is no head of a journal; write NUMBER:HASH"),
        (("--heads", "/none/heads.txt"), 1, "/none/heads.txt: cannot be read"),
        (("--keys", "/none/keys.txt"), 1, "/none/keys.txt: cannot be read"),
        (("--note",), 2, "--heads"),
        (("--format", "xml"), 2, "is not one of text, json"),
        (("--curation", "/none/curation.sqlite"), 1, "/none/curation.sqlite: is not there"),
        (("--curation", "/dev/full"), 1, "is no file that keeps what is written"),
    ],
)
def test_bad_input_is_one_clear_line(path: Path, options: tuple[str, ...], code: int, says: str) -> None:
    done = run("verify", "--curation", path, *options)
    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_history_of_an_item_and_of_all(path: Path) -> None:
    every = run("history", "--curation", path).stdout.splitlines()
    assert [line.split()[0] for line in every] == [str(number) for number in range(1, 9)]
    one = run("history", small_item(1).id, "--curation", path).stdout.splitlines()
    assert one[0] == small_item(1).id
    assert one[2] == "now superseded"
    assert len(one) == 6
    table = run("history", "--curation", path, "--format", "tsv").stdout.splitlines()
    assert {len(line.split("\t")) for line in table} == {12}
    assert len(table) == 9
    told = json.loads(run("history", "EID12", "--curation", path, "--format", "json").stdout)
    assert told["schema"] == "mtb-match-history/1"
    assert told["items"][0]["acts"][0]["because"] == "the paper was retracted"


def test_what_steers_a_terminal_is_written_out(tmp_path: Path) -> None:
    path = tmp_path / "curation.sqlite"
    Journal(path).record(submission(small_item(1), CARBERRY._replace(name="N\x1b[2J\nN"), "options"))
    for arguments in (("history",), ("history", small_item(1).id), ("history", "--format", "tsv")):
        told = run(*arguments, "--curation", path).stdout
        assert "\x1b" not in told
        assert "N\\x1b[2J N" in told
    forged = "x\n  99 EID1 accepted\x1b[31m"
    assert run("retract", "EID12", "--because", forged, *ME, "--curation", path).returncode == 0
    for arguments in (("review",), ("review", small_item(1).id), ("review", "EID12"), ("review", "--state", "any")):
        told = run(*arguments, "--curation", path).stdout
        assert "\x1b" not in told
        assert not re.search("^(N| *99)", told, re.MULTILINE)
    assert "x 99 EID1 accepted\\x1b[31m" in run("review", "EID12", "--curation", path).stdout


def test_nothing_was_done_yet(tmp_path: Path) -> None:
    path, none = filled(tmp_path / "curation.sqlite").path, tmp_path / "none.sqlite"
    assert run("history", "--curation", path, "--as-of", "1999-01-01").stdout == "nothing was done yet\n"
    assert run("history", "EID12", "--curation", none).returncode == 1
    assert not none.exists()
    assert run("history", "--as-of", "soon", "--curation", none).returncode == 2


def test_the_page_about_safety_shows_what_the_commands_print(tmp_path: Path) -> None:
    filled(tmp_path / "curation.sqlite")
    page = (ROOT / "docs/safety.md").read_text(encoding="utf-8")
    sessions = [
        part.partition("\n")
        for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL)
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    assert len(sessions) == 5
    for command, _, shown in sessions:
        words = shlex.split(command)
        assert words[:2] == ["mtb-match", "kb"]
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *words[1:]],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert (done.returncode, done.stderr) == (0, "")
        printed = [line.rstrip() for line in done.stdout.splitlines()]
        for line in shown.splitlines():
            whole = not line.endswith("...")
            assert any(each == line if whole else each.startswith(line[:-3]) for each in printed), line


def test_the_page_about_safety_tells_what_the_program_says(path: Path) -> None:
    """Each message of the table stands in the code as it is written there."""
    page = (ROOT / "docs/safety.md").read_text(encoding="utf-8")
    code = "".join(each.read_text(encoding="utf-8") for each in (ROOT / "kb/curation").glob("*.py"))
    messages = [
        message
        for row in page.splitlines()
        if row.startswith("| `")
        for message in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert len(messages) == 8
    for message in messages:
        for part in message.split("..."):
            assert part.strip(" ,") in code.replace("{self.path.name} ", ""), message
