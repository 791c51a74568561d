"""Input from a pipe: it is kept in a temporary file, because the format is told before the reading."""

from __future__ import annotations

import atexit
import shutil
import sys
from pathlib import Path

_kept: list[Path] = []


def as_given(text: str) -> str:
    """A text for the user: what was piped goes by the name `stdin`, not by that of its temporary file."""
    for kept in _kept:
        text = text.replace(str(kept), kept.name)
    return text


def readable(path: Path) -> Path:
    """The path, or for `-` and a pipe a temporary file `stdin` of its content, removed when the program ends."""
    is_standard_input = str(path) == "-"
    if not is_standard_input and not path.is_fifo():
        return path
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="mtb-match-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    kept = folder / "stdin"
    _kept.append(kept)
    with kept.open("wb") as target:
        if is_standard_input:
            shutil.copyfileobj(sys.stdin.buffer, target)
        else:
            with path.open("rb") as source:
                shutil.copyfileobj(source, target)
    return kept
