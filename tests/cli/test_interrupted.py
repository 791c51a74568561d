"""Ctrl-C while a command is loaded: one word and the usual exit code, wherever it comes; none before it has begun."""

import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from cli import main

ROOT = Path(__file__).parents[2]

PROGRAM = """
import signal, sys
from {module} import {function}
from tests.interrupting import interrupt_at

interrupt_at(sys.argv.pop(1), signal.{heard})
{function}()
"""


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_interrupt_ends_a_command_without_a_traceback(
    wrapped: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(name: str) -> None:
        if wrapped:
            raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_add", interrupted)
    monkeypatch.setattr("sys.argv", ["mtb-match", "kb", "verify"])
    monkeypatch.setattr(main.atexit, "register", lambda call: None)
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Aborted.\n"


def interrupted_at(module: str, heard: str, *words: str) -> CompletedProcess[str]:
    """What the installed command comes to when Ctrl-C comes as it imports a module."""
    script = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]["mtb-match"]
    entry, function = script.split(":")
    program = PROGRAM.format(module=entry, function=function, heard=heard)
    return subprocess.run([sys.executable, "-c", program, module, *words], capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("module", ["cli.main", "typer", "rules.errors"])
def test_an_interrupt_before_a_command_has_begun_ends_it_without_a_word(module: str) -> None:
    done = interrupted_at(module, "default_int_handler", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("module", ["cli.main", "cli.kb"])
def test_a_command_in_the_background_goes_on(module: str) -> None:
    """A shell has what it puts in the background pass over Ctrl-C."""
    done = interrupted_at(module, "SIG_IGN", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("mtb-match ")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("cli.kb", ["--version"]),
        ("matcher.case", ["examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"]),
    ],
)
def test_an_interrupt_is_heard_again_once_a_command_has_begun(module: str, words: list[str]) -> None:
    done = interrupted_at(module, "default_int_handler", *words)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Aborted.\n")
