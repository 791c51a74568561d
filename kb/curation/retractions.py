"""Lists of retracted papers: Retraction Watch's database as CSV, or a plain list of PMIDs and DOIs.

Retraction Watch's file is public (https://www.crossref.org/documentation/retrieve-metadata/retraction-watch/). It also
has corrections, expressions of concern and reinstatements: a paper is retracted when its last notice that decides it
is a retraction.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from kb.curation.sources import papers
from kb.errors import CurationProblem

RETRACTION, CONCERN, REINSTATEMENT = "retraction", "expression of concern", "reinstatement"

_PMID_COLUMNS = ("originalpaperpubmedid", "pmid", "pubmed id", "pubmed_id")
_DOI_COLUMNS = ("originalpaperdoi", "doi")
_NONE = {"", "0", "unavailable", "na", "n/a", "none"}
_DATES = ("%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")


class Notice(NamedTuple):
    """What is said of a paper: its kind, the day (ISO) and the reason where told, and the line of the file."""

    kind: str
    day: str | None
    reason: str | None
    line: int

    @property
    def told(self) -> str:
        """The day and the reason, as they follow a sentence; empty where neither is told."""
        on = f" on {self.day}" if self.day else ""
        return f"{on} ({self.reason})" if self.reason else on


class RetractedPapers(Mapping[str, Notice]):
    """The retracted papers of a list by id (`PMID:123`, `doi:10.1000/xyz`), and those with an expression of concern.

    A collection of ids as `kb.curation.gate.gate` takes it.
    """

    def __init__(self, retracted: Mapping[str, Notice], concerns: Mapping[str, Notice] | None = None) -> None:
        self._retracted, self.concerns = dict(retracted), dict(concerns or {})

    def __getitem__(self, id: str) -> Notice:
        return self._retracted[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._retracted)

    def __bool__(self) -> bool:
        """Whether the list names any paper, if only with an expression of concern."""
        return bool(self._retracted or self.concerns)

    def __len__(self) -> int:
        return len(self._retracted)

    def until(self, day: str) -> RetractedPapers:
        """Those retracted until a day (ISO); a notice without a day counts as one of long ago."""
        kept = {id: notice for id, notice in self.items() if notice.day is None or notice.day <= day}
        concerns = {id: notice for id, notice in self.concerns.items() if notice.day is None or notice.day <= day}
        return RetractedPapers(kept, concerns)


def read_retracted(path: Path) -> RetractedPapers:
    """The papers of a list; CurationProblem, with the line, for a file that is none.

    A CSV has a column with PMIDs or DOIs, or those of Retraction Watch. In any other file each line is one paper
    (`PMID:123`, `123`, a DOI, an address of either), then what else is told of it; `#` begins a comment.
    """
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    found = _table(text, path) if _is_table(path, first) else _lines(text, path)
    return _settled(found)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CurationProblem(str(path), f"cannot be read ({error.strerror or error})", "name another file") from error
    if b"\0" in content:
        raise CurationProblem(str(path), "is no text", "name a CSV of Retraction Watch or a list of PMIDs and DOIs")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # as older files of Retraction Watch are written


def _is_table(path: Path, first: str) -> bool:
    return path.suffix.lower() == ".csv" or "originalpaper" in first.lower()


def _table(text: str, path: Path) -> Iterator[tuple[str, Notice]]:
    reader = csv.reader(text.splitlines(keepends=True))
    try:
        columns = {name.strip().lower(): at for at, name in enumerate(next(reader, []))}
        ids = [columns[name] for name in (*_PMID_COLUMNS, *_DOI_COLUMNS) if name in columns]
        if not ids:
            raise CurationProblem(
                f"{path}:1",
                "has no column of PMIDs or DOIs",
                "name one of them pmid or doi, or give Retraction Watch's",
            )
        for row in reader:
            yield from _of_row(row, columns, ids, reader.line_num)
    except csv.Error as error:
        raise CurationProblem(f"{path}:{reader.line_num}", f"cannot be read ({error})", "mend the line") from error


def _of_row(row: list[str], columns: Mapping[str, int], ids: list[int], line: int) -> Iterator[tuple[str, Notice]]:
    def cell(*names: str) -> str:
        at = next((columns[name] for name in names if name in columns), None)
        return "" if at is None or at >= len(row) else row[at].strip()

    kind = cell("retractionnature").lower() or RETRACTION
    if kind not in (RETRACTION, CONCERN, REINSTATEMENT):
        return
    reason = "; ".join(filter(None, (each.strip(" +") for each in cell("reason").split(";"))))
    notice = Notice(kind, _day(cell("retractiondate", "date")), reason or None, line)
    for at in ids:
        value = row[at].strip() if at < len(row) else ""
        if value.lower() not in _NONE:
            for paper in _ids(value):
                yield paper, notice


def _lines(text: str, path: Path) -> Iterator[tuple[str, Notice]]:
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        first, _, rest = said.replace("\t", " ").partition(" ")
        if first.lower() in ("pmid:", "doi:"):
            second, _, rest = rest.strip().partition(" ")
            first += second
        found = _ids(first.rstrip(",;"))
        if not found:
            raise CurationProblem(
                f"{path}:{number}", f"{first!r} is no PMID and no DOI", "write PMID:123 or 10.1000/xyz, one a line"
            )
        for paper in found:
            yield paper, Notice(RETRACTION, None, rest.strip() or None, number)


def _ids(text: str) -> tuple[str, ...]:
    if re.fullmatch(r"(pmid:)?\s*\d+", text, re.IGNORECASE):
        return (f"PMID:{int(re.sub('[^0-9]', '', text))}",)
    return papers("", text)


def _day(text: str) -> str | None:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return None


def _settled(found: Iterable[tuple[str, Notice]]) -> RetractedPapers:
    """The last notice of each paper decides; one without a day is older than one with a day."""
    last: dict[str, Notice] = {}
    concerns: dict[str, Notice] = {}
    for paper, notice in sorted(found, key=lambda each: (each[1].day or "", each[1].line)):
        (concerns if notice.kind == CONCERN else last)[paper] = notice
    retracted = {paper: notice for paper, notice in last.items() if notice.kind == RETRACTION}
    open_concerns = {
        paper: notice
        for paper, notice in concerns.items()
        if paper not in retracted and not _is_later(last.get(paper), notice)
    }
    return RetractedPapers(retracted, open_concerns)


def _is_later(other: Notice | None, notice: Notice) -> bool:
    return other is not None and (other.day or "") >= (notice.day or "")
