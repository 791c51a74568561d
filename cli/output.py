"""Writing an answer: to the terminal, or whole to a file."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from matcher.notes import UnusableInput


def write(text: str, out: Path | None) -> None:
    """Write to the file, which then holds all of it or what it held before, or to standard output."""
    if out is None:
        sys.stdout.write(text)
        return
    try:
        if out.exists() and not out.is_file() and not out.is_dir():
            out.write_text(text, encoding="utf-8")  # a device or a pipe is written to, never replaced
            return
        out = out.resolve()  # a link keeps pointing where it did
        handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, out)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UnusableInput(str(out), f"cannot be written ({error.strerror})", "choose another --out") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
