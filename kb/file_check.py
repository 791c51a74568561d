"""Is a downloaded file what it should be? An empty file, a web page or one that was cut off is not."""

from __future__ import annotations

import json
from pathlib import Path

_BOM = b"\xef\xbb\xbf"
_WORKBOOK = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04")
_TABLES = (".tsv", ".txt")


def problem_with(file: Path, name: str, kind: str, length_known: bool) -> str | None:
    """What is wrong with a file that should be of its name's format, or None.

    `kind` is the server's Content-Type. Where the server stated no length, a text that does not end with a line's end
    may have been cut off; JSON shows it by itself.
    """
    body = file.read_bytes()
    start = body[:1000].removeprefix(_BOM).lstrip().lower()
    if not start:
        return "is empty"
    if name.endswith(".xls"):
        return None if body.startswith(_WORKBOOK) else "is not an Excel workbook"
    if kind.partition(";")[0].strip().lower() in {"text/html", "application/xhtml+xml"} or start.startswith(b"<"):
        return "is a web page, not data"
    if b"\0" in body:
        return "is not a text file"
    if name.endswith(".json"):
        return _problem_with_json(body)
    if not length_known and not body.endswith((b"\n", b"\r")):
        return "ends in the middle of a line"
    if name.endswith(_TABLES):
        return _problem_with_table(body)
    if name.endswith(".obo") and not start.startswith(b"format-version:"):
        return "is not an OBO file"
    return None


def _problem_with_json(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except ValueError as error:
        return f"is not whole JSON ({error})"
    except RecursionError:
        return "nests too deep to be data"
    return None if isinstance(found, dict | list) else "is JSON without any record"


def _problem_with_table(body: bytes) -> str | None:
    """Fewer cells in the last row than in the header mean a cut; more of them are the loader's business."""
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith(b"#")]
    if not lines or b"\t" not in lines[0]:
        return "is not a tab-separated table"
    return "ends in the middle of a row" if lines[-1].count(b"\t") < lines[0].count(b"\t") else None
