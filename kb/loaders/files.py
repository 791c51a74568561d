"""Reading source files: every way in which a file can be wrong is one clear error with place and remedy."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kb.errors import UnreadableSource
from kb.statements import Row

AGAIN = "download it again (`mtb-match kb pull`) or name the right file"


def read_text(file: Path) -> str:
    """The text of a UTF-8 file, gzip-compressed or not; UnreadableSource when it is none, is empty or is a web page."""
    try:
        raw = file.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableSource(str(file), f"is truncated or damaged ({error})", AGAIN) from error
    except OSError as error:
        raise UnreadableSource(str(file), f"cannot be read ({error.strerror or error})", AGAIN) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableSource(f"{file}:{line}", "is not UTF-8", "save it as UTF-8 or download it again") from error
    start = text.lstrip()[:200].lower()
    if not start:
        raise UnreadableSource(str(file), "is empty", AGAIN)
    if start.startswith(("<!doctype html", "<html")):
        raise UnreadableSource(str(file), "is a web page, not data", AGAIN)
    if "\x00" in text:
        raise UnreadableSource(str(file), "is not a text file", AGAIN)
    return text


def read_table(
    file: Path, columns: Iterable[str], delimiter: str = "\t", quoted: bool = False
) -> list[tuple[int, Row]]:
    """The rows of a table with their line numbers.

    A missing column, a column that is named twice and a row of another width are errors.
    Quotation marks belong to the text unless `quoted`. Cells are stripped.
    """
    text = read_text(file)
    lines = io.StringIO(text, newline="")
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    try:
        header = [name.strip() for name in next(reader)]
        missing = [name for name in columns if name not in header]
        if missing:
            problem = f"has no column {', '.join(missing)} (it has {', '.join(header[:8])} ...)"
            raise UnreadableSource(f"{file}:1", problem, "name a file of the right kind")
        _check_once(file, header)
        rows: list[tuple[int, Row]] = []
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) != len(header):
                problem = f"has {len(cells)} cells where the header has {len(header)}: it is truncated or damaged"
                raise UnreadableSource(f"{file}:{reader.line_num}", problem, AGAIN)
            rows.append((reader.line_num, Row(zip(header, map(str.strip, cells), strict=True))))
    except csv.Error as error:
        raise UnreadableSource(f"{file}:{reader.line_num}", f"cannot be read ({error})", AGAIN) from error
    return rows


def _check_once(file: Path, header: list[str]) -> None:
    """UnreadableSource where a column is named twice: which of the two is meant cannot be told."""
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise UnreadableSource(f"{file}:1", f"names a column twice: {', '.join(twice)}", "leave one of the two")


def read_json(file: Path) -> Any:
    """The JSON document of a file."""
    try:
        return json.loads(read_text(file))
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno}"
        raise UnreadableSource(place, f"is not JSON or is truncated ({error.msg})", AGAIN) from error


def no_duplicates(file: Path, ids: Iterable[tuple[int, str]]) -> None:
    """UnreadableSource when a record id stands twice."""
    seen: dict[str, int] = {}
    for line, id in ids:
        if id in seen:
            problem = f"has the id {id} a second time (first in line {seen[id]})"
            raise UnreadableSource(f"{file}:{line}", problem, "remove one of the two, or download the file again")
        seen[id] = line


def one_file(path: Path, pattern: str) -> Path:
    """The one file of a folder that fits the pattern, or the path itself when it is a file."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise UnreadableSource(str(path), "is not there", "name a file or folder that exists")
    found = sorted(path.glob(pattern))
    if not found:
        raise UnreadableSource(str(path), f"holds no {pattern}", "name the folder that the release was unpacked to")
    if len(found) > 1:
        names = ", ".join(file.name for file in found[:4])
        raise UnreadableSource(str(path), f"holds several {pattern} ({names})", "keep one release in a folder")
    return found[0]
