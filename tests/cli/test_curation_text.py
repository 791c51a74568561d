"""`kb export --format curated` and `kb import` as curators of two sites run them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kb.curation.acts import ACCEPTED, REJECTED, Book, book
from kb.curation.journal import Journal
from kb.curation.text import Held, files, path_of, save
from tests.curated import CARBERRY, SECOND
from tests.kb.curation.books import THIRD, decided, item, submitted

ROOT = Path(__file__).parents[2]

BOOK = book(
    [item(), item("erlotinib")],
    [
        submitted(item(), CARBERRY, 1, "a trial"),
        decided(item().id, ACCEPTED, SECOND, 2, "read the paper"),
        submitted(item("erlotinib"), SECOND, 3),
    ],
)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "kb", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def journal(path: Path, known: Book = BOOK) -> Path:
    Journal(path).take_in(known)
    return path


def taken(folder: Path, to: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run("import", folder, "--curation", to, *options)


def test_a_journal_goes_to_another_site_with_the_same_digest(tmp_path: Path) -> None:
    here, there, folder = journal(tmp_path / "here.sqlite"), tmp_path / "there.sqlite", tmp_path / "evidence"
    out = run("export", "--format", "curated", "--out", folder, "--curation", here)
    assert (out.returncode, out.stderr) == (0, "")
    assert out.stdout == f"{folder}: items 2, acts 3; files written 3\ndigest {BOOK.digest}\n"
    looked = taken(folder, there, "--dry-run", "--no-gate")
    assert looked.stdout.startswith("would be taken in: items 2, acts 3; known before: items 0, acts 0\n")
    assert not there.exists()
    done = taken(folder, there, "--no-gate")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{item().id}  accepted  EGFR:L858R: sensitivity to afatinib in LUAD\n" in done.stdout
    assert done.stdout.endswith(f"digest {BOOK.digest}\n")
    assert Journal(there).book() == BOOK
    again = taken(folder, there, "--no-gate")
    assert again.stdout == f"taken in: items 0, acts 0; known before: items 2, acts 3\ndigest {BOOK.digest}\n"


def test_an_import_says_what_is_disputed_and_what_only_the_journal_has(tmp_path: Path) -> None:
    waiting = item("erlotinib").id
    here = journal(tmp_path / "a", book(BOOK.items.values(), [*BOOK.acts, decided(waiting, ACCEPTED, THIRD, 5)]))
    there = book(BOOK.items.values(), [*BOOK.acts, decided(waiting, REJECTED, CARBERRY, 6, "one arm")])
    save(tmp_path / "evidence", Held(there))
    done = taken(tmp_path / "evidence", here)
    assert f"{waiting} was decided on differently; decide again: mtb-match kb review {waiting}" in done.stdout
    assert "acts that only the journal has: 1;" in done.stdout


def test_the_gate_is_asked_before_anything_is_taken_in(tmp_path: Path) -> None:
    odd = item(level="X")
    save(tmp_path / "evidence", Held(book([odd], [submitted(odd, CARBERRY, 1), decided(odd.id, ACCEPTED, SECOND, 2)])))
    refused = taken(tmp_path / "evidence", tmp_path / "there.sqlite")
    assert refused.returncode == 1
    assert "do not pass the gate here; nothing was taken in" in refused.stderr
    assert f"{odd.id}: error: " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "there.sqlite").exists()
    assert taken(tmp_path / "evidence", tmp_path / "there.sqlite", "--no-gate").returncode == 0


def test_what_was_rejected_need_not_pass_the_gate(tmp_path: Path) -> None:
    odd = item(level="X")
    acts = [submitted(odd, CARBERRY, 1), decided(odd.id, REJECTED, SECOND, 2, "no such level")]
    save(tmp_path / "evidence", Held(book([odd], acts)))
    assert taken(tmp_path / "evidence", tmp_path / "there.sqlite").returncode == 0


def test_an_act_of_a_day_to_come_is_not_taken_in(tmp_path: Path) -> None:
    ahead = submitted(item(), CARBERRY, 1)._replace(at="2999-01-01T00:00:00.000000Z")
    save(tmp_path / "evidence", Held(book([item()], [ahead])))
    done = taken(tmp_path / "evidence", tmp_path / "there.sqlite")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"was submitted at 2999-.* here; set the clock that is wrong", done.stderr)


def test_a_changed_file_takes_nothing_in(tmp_path: Path) -> None:
    save(tmp_path / "evidence", Held(BOOK))
    path = tmp_path / "evidence" / path_of(item().id)
    path.write_text(path.read_text(encoding="utf-8").replace("a trial", "two trials"), encoding="utf-8")
    done = taken(tmp_path / "evidence", tmp_path / "there.sqlite")
    assert (done.returncode, done.stdout) == (1, "")
    assert str(path) in done.stderr
    assert "something else than when it was recorded" in done.stderr
    assert not (tmp_path / "there.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("export", "--format", "curated", "--out", "x"), "--curation"),
        (("export", "--format", "curated", "--curation", "x.sqlite"), "--out"),
        (("export", "--format", "curated", "--curation", "x", "--out", "y", "--kind", "trial"), "--kind"),
        (("import", "x"), "--curation"),
    ],
)
def test_wrong_usage_names_the_option(arguments: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MTB_MATCH_CURATION", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    done = run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file", encoding="utf-8")
    here = journal(tmp_path / "here.sqlite")
    done = run("export", "--format", "curated", "--out", tmp_path / "evidence", "--curation", here)
    assert done.returncode == 1
    assert "cannot be written (File exists)" in done.stderr


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path) -> None:
    """Every block of commands runs in a shell, in the order of the page, for two sites with a journal each."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/curation-in-git.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 4
    shim = tmp_path / "bin" / "mtb-match"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cli.main "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    journal(work / "curation.sqlite", book([item()], BOOK.acts[:1]))
    journal(work / "reader.sqlite")
    who = {f"GIT_{role}_{part}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["sh", "-eu"],
        input="\n".join(blocks),
        capture_output=True,
        text=True,
        cwd=work,
        env={
            **os.environ,
            **who,
            "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "HOME": str(tmp_path),
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert Journal(work / "curation.sqlite").book() == BOOK
    assert {path.name for path in (work / "evidence").rglob("*.trig")} == {
        Path(name).name for name in files(Held(BOOK)) if name.endswith(".trig")
    }
