"""The form of `kb add` in a terminal of its own: a pseudo-terminal, as a curator's is."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.curation.acts import SUBMITTED
from kb.curation.field_table import FIELDS
from kb.curation.journal import Journal

ROOT = Path(__file__).parents[2]
WHO = ("--curator", "Josiah Carberry", "--orcid", "0000-0002-1825-0097")


class Terminal:
    """A command with a terminal: what it shows is read, and lines are typed when it asks."""

    def __init__(self, folder: Path, *words: str) -> None:
        main, other = pty.openpty()
        self._main = main
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "XDG_CONFIG_HOME": str(folder)}
        self._command = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "kb", "add", *words],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=folder,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background ignore it
        )
        os.close(other)
        self.shown = ""
        self._read_to = 0

    def until(self, text: str) -> str:
        """What is shown from now until this text, which must come."""
        end, start = time.monotonic() + 60, self._read_to
        while text not in self.shown[start:]:
            assert time.monotonic() < end, f"{text!r} did not come:\n{self.shown}"
            assert self._read(1.0), f"{text!r} did not come before the end:\n{self.shown}"
        self._read_to = self.shown.index(text, start) + len(text)
        return self.shown[start : self._read_to]

    def type(self, keys: str) -> None:
        os.write(self._main, keys.encode())

    def answer(self, asked: str, line: str) -> None:
        self.until(asked)
        self.type(f"{line}\n")

    def interrupt(self) -> None:
        os.killpg(self._command.pid, signal.SIGINT)

    def end(self) -> int:
        end = time.monotonic() + 60
        while self._read(1.0):
            if time.monotonic() > end:
                os.killpg(self._command.pid, signal.SIGKILL)
                raise AssertionError(f"the command did not end:\n{self.shown}")
        os.close(self._main)
        return self._command.wait(60)

    def _read(self, seconds: float) -> bool:
        """Whether the command still runs; what it wrote meanwhile is kept."""
        if select.select([self._main], [], [], seconds)[0]:
            try:
                found = os.read(self._main, 65536)
            except OSError:  # the terminal is closed: the command has ended
                return False
            self.shown += found.decode(errors="replace").replace("\r\n", "\n")
            return bool(found)
        return True


def answered(terminal: Terminal, answers: dict[str, str]) -> None:
    for asked, line in answers.items():
        terminal.until(f"{asked}: ")
        terminal.answer("> ", line)


OPTIONS = {name: field.option for name, field in FIELDS.items()}
STATEMENT = {
    "gene": "EGFR",
    "alteration": "L858R",
    "therapy": "afatinib",
    "tumor_type": "LUAD",
    "direction": "supports",
    "significance": "sensitivity",
    "level": "B",
    "source": "PMID:27083334",
    "origin": "",
    "nct": "",
    "rating": "",
    "note": "",
}


def test_a_filled_form_is_submitted(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--curation", "curation.sqlite")
    terminal.answer("Your name: ", "Josiah Carberry")
    terminal.answer("ORCID iD (", "0000-0002-1825-0098")
    terminal.until("its check digit does not fit")
    terminal.answer("ORCID iD (", "https://orcid.org/0000-0002-1825-0097")
    answered(terminal, STATEMENT)
    terminal.answer("Tell of the study's design?", "")
    answered(terminal, {"because": ""})
    terminal.until("EGFR:L858R: sensitivity to afatinib in LUAD")
    terminal.answer("Submit? [y/N]", "y")
    assert terminal.end() == 0
    book = Journal(tmp_path / "curation.sqlite").book()
    assert [item.label for item in book.in_state((SUBMITTED,))] == ["EGFR:L858R: sensitivity to afatinib in LUAD"]
    (act,) = book.acts
    assert (act.person, act.method) == (("Josiah Carberry", "0000-0002-1825-0097"), "form")


def test_a_wrong_answer_is_asked_again_with_what_is_near_and_a_number_takes_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--curation", "curation.sqlite", *WHO)
    answered(terminal, {"gene": "EGFRR"})
    assert "no gene 'EGFRR'" in terminal.until("1 EGFR")
    terminal.answer("> ", "1")
    answered(terminal, {"alteration": ""})
    terminal.until("write Mutation for any oncogenic one")
    terminal.answer("> ", "L858R")
    answered(terminal, {"therapy": "keytrida + carboplatin"})
    terminal.until("new keytrida is a drug that the graph does not have")
    terminal.answer("> ", "1")
    answered(terminal, {"tumor_type": "lung adenocarcinma"})
    terminal.until("1 LUAD (Lung Adenocarcinoma)")
    terminal.answer("> ", "1")
    answered(terminal, {"direction": "maybe"})
    terminal.until("'maybe' is not one of supports, does not support")
    terminal.answer("> ", "does")
    answered(terminal, {"significance": "re"})
    terminal.until("'re' is not one of")
    terminal.answer("> ", "res")
    answered(terminal, {"level": "b"})
    answered(terminal, {"source": "27083334"})
    terminal.until("write PMID:27083334")
    terminal.answer("> ", "PMID:27083334")
    answered(terminal, dict.fromkeys(("origin", "nct", "rating", "note"), ""))
    terminal.answer("Tell of the study's design?", "y")
    answered(terminal, {"study": "rand", "phase": "3", "patients": "12x"})
    terminal.until("'12x' is not a whole number")
    terminal.answer("> ", "345")
    answered(terminal, {"comparator": "2", "endpoints": "PFS; OS", "reported": "", "stratified": "", "mcbs": ""})
    answered(terminal, {"because": "the board asked"})
    terminal.until("EGFR:L858R: no resistance to carboplatin + pembrolizumab in LUAD")
    terminal.answer("Submit? [y/N]", "y")
    assert terminal.end() == 0
    ((_, item),) = Journal(tmp_path / "curation.sqlite").book().items.items()
    design = {each.rpartition("#")[2]: sorted(values) for each, values in item.told("design").items()}
    assert design["kind"] == ["randomized trial"]
    assert design["comparator"] == ["placebo"]
    assert design["endpointImproved"] == ["OS", "PFS"]
    assert design["patients"] == ["345"]


def test_a_field_can_be_changed_at_the_end_and_a_new_drug_be_meant(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--curation", "curation.sqlite", *WHO, "--form", "--level", "B", "--gene", "EGFR")
    answered(terminal, {"alteration": "L585R"})
    answered(terminal, {"therapy": "zzzmab"})
    terminal.until("new zzzmab is a drug")
    terminal.answer("> ", "new")
    answered(terminal, {"tumor_type": "LUAD", "direction": "1", "significance": "1", "source": "PMID:27083334"})
    answered(terminal, dict.fromkeys(("origin", "nct", "rating", "note"), ""))
    terminal.answer("Tell of the study's design?", "n")
    answered(terminal, {"because": ""})
    terminal.until("look again: the graph has no EGFR L585R")
    terminal.answer("Submit? [y/N]", "n")
    terminal.answer("Change which field", "altaration")
    terminal.until("the fields are gene, alteration")
    terminal.answer("Change which field", "alteration")
    terminal.answer("> ", "L858R")
    terminal.until("EGFR:L858R: sensitivity to zzzmab in LUAD")
    assert not (tmp_path / "curation.sqlite").exists()
    terminal.interrupt()
    assert terminal.end() == 1
    assert "the form: was left; nothing was recorded" in terminal.shown
    assert "Traceback" not in terminal.shown


def test_tab_completes_a_name(tmp_path: Path) -> None:
    pytest.importorskip("readline")
    terminal = Terminal(tmp_path, "--curation", "c.sqlite", *WHO, "--form", "--gene", "EGFR", "--alteration", "L858R")
    terminal.until("therapy: ")
    terminal.until("> ")
    terminal.type("osimert\t\n")
    terminal.until("osimertinib")
    terminal.until("tumor_type: ")
    terminal.until("> ")
    terminal.type("\x04")  # Ctrl-D
    assert terminal.end() == 1
    assert "nothing was recorded" in terminal.shown


def test_evidence_that_is_there_already_cannot_be_submitted_by_the_form(tmp_path: Path) -> None:
    for _ in range(2):
        given = [word for name, value in STATEMENT.items() if value for word in (OPTIONS[name], value)]
        terminal = Terminal(tmp_path, "--curation", "curation.sqlite", *WHO, "--form", *given)
        answered(terminal, {name: "" for name, value in STATEMENT.items() if not value})
        terminal.answer("Tell of the study's design?", "n")
        answered(terminal, {"because": ""})
        terminal.type("y\n")
        code = terminal.end() if "Submit?" in terminal.until("? ") else None
        if code is not None:
            assert code == 0
    assert "is in the journal already, submitted by Josiah Carberry" in terminal.shown
    terminal.type("\n")
    assert terminal.end() == 1
    assert len(Journal(tmp_path / "curation.sqlite").book().acts) == 1
