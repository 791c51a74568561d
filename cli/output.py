"""Writing an answer: to the terminal, or whole to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from matcher.notes import UnusableInput


def write(text: str, out: Path | None) -> None:
    """Write to the file, which then holds all of it or what it held before, or to standard output."""
    write_all((text,), out)


def write_all(parts: Iterable[str], out: Path | None) -> None:
    """Write a text that is made part by part, as `write` does; an error in making it leaves the file as it was."""
    if out is None:
        sys.stdout.writelines(parts)
        return
    _write((part.encode() for part in parts), out, "--out")


def write_bytes(content: bytes, out: Path, option: str = "--out") -> None:
    """Write a figure to the file, which then holds all of it or what it held before."""
    _write((content,), out, option)


def _write(parts: Iterable[bytes], out: Path, option: str) -> None:
    import tempfile

    try:
        if out.exists() and not out.is_file() and not out.is_dir():
            with out.open("wb") as device:  # a device or a pipe is written to, never replaced
                device.writelines(parts)
            return
        out = out.resolve()  # a link keeps pointing where it did
        handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(parts)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, out)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UnusableInput(str(out), f"cannot be written ({error.strerror})", f"choose another {option}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
