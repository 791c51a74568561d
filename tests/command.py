"""The command for tests: in this process, or several runs of it in one new process.

A start of Python and what it imports costs a test more than most of what it asks. That the entry point, its exit code
and its streams are those of a process is proven where `[sys.executable, "-m", "cli.main"]` is run.
"""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from cli import main

ROOT = Path(__file__).parents[1]


def process(*words: str | Path, folder: Path = ROOT, **environment: str) -> CompletedProcess[str]:
    """What `mtb-match` comes to with these words, as a process of its own in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
        stdin=subprocess.DEVNULL,
    )


def command(
    *words: str | Path, folder: Path = ROOT, encoding: str = "utf-8", **environment: str
) -> CompletedProcess[str]:
    """What `mtb-match` comes to with these words, in this process; with the environment and the streams of its own."""
    out, err, empty = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(3))
    arguments = ["mtb-match", *map(str, words)]
    collects = gc.isenabled()
    with (
        chdir(folder),
        patch.dict(os.environ, environment),
        patch.object(sys, "argv", arguments),
        patch.object(sys, "stdin", empty),
        patch.object(main, "atexit"),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = _code()
        finally:
            if collects:
                gc.enable()  # one that ends with its process may go on without
    told = (_written(stream) for stream in (out, err))
    return CompletedProcess(arguments, code, *told)


def together(runs: Sequence[Sequence[str | Path]], **environment: str) -> list[CompletedProcess[str]]:
    """What several runs come to, one after the other in one new process with this environment."""
    told = json.dumps([[str(word) for word in words] for words in runs])
    done = subprocess.run(
        [sys.executable, "-m", "tests.command"],
        input=told,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
        check=True,
    )
    return [CompletedProcess(list(words), *each) for words, each in zip(runs, json.loads(done.stdout), strict=True)]


def _code() -> int:
    try:
        main.run()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(stream.encoding)


if __name__ == "__main__":
    found = [command(*words) for words in json.load(sys.stdin)]
    print(json.dumps([(each.returncode, each.stdout, each.stderr) for each in found]))
