"""Ctrl-C while a command is loaded: one word and the usual exit code, wherever it comes."""

import pytest

from cli import main


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
