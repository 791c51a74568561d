"""Where the files of sources are: the table `kb/data/downloads.tsv`, how releases are called, and the data folder."""

from __future__ import annotations

import csv
import datetime
import os
import re
from dataclasses import dataclass
from pathlib import Path

from kb.errors import DownloadFailed

TABLE = Path(__file__).with_name("data") / "downloads.tsv"
STUDIES = "ctgov"
"""The source whose files are the pages of a search."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Address:
    """One file of a source: its name, official address, licence, and whether the address was seen in use.

    A file that is not `required` may be absent from a release, because `kb build` does without it.
    """

    source: str
    file: str
    address: str
    licence: str
    licence_address: str
    confirmed: str
    required: str
    note: str


@dataclass(frozen=True, slots=True)
class Releases:
    """How a source calls its current release, and a dated one (`None` when it keeps no old ones)."""

    current: str
    dated: str | None = None


RELEASES = {
    "civic": Releases("nightly", "{day:02}-{month_name}-{year}"),
    "moalmanac": Releases("main", "v.{year}-{month:02}-{day:02}"),
    "mondo": Releases("master", "v{year}-{month:02}-{day:02}"),
    "oncotree": Releases("oncotree_latest_stable", "oncotree_{year}_{month:02}_{day:02}"),
}
UNDATED = Releases("current")


def known_addresses() -> tuple[Address, ...]:
    """All files of all sources that can be pulled."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Address(**row) for row in rows)


def files_of(source: str) -> tuple[Address, ...]:
    """The files of a source; DownloadFailed when it is none."""
    files = tuple(address for address in known_addresses() if address.source == source)
    if not files:
        raise DownloadFailed(source, "is no source that can be pulled", "`mtb-match kb pull` lists them")
    return files


def release_name(source: str, asked: str | None) -> str:
    """What the source itself calls the release that was asked for, by its name or by its date.

    >>> release_name("civic", None), release_name("civic", "2025-07-01"), release_name("moalmanac", "2026-05-07")
    ('nightly', '01-Jul-2025', 'v.2026-05-07')
    """
    releases = RELEASES.get(source, UNDATED)
    if asked is None:
        return releases.current
    if releases.dated is None:
        raise DownloadFailed(source, "keeps no old releases", "leave --release out")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", asked):
        problem = f"has no release {asked!r}: a name is letters, digits, `.`, `_` and `-`"
        raise DownloadFailed(source, problem, "name it as the source does, or by its date such as 2025-07-01")
    try:
        day = datetime.date.fromisoformat(asked)
    except ValueError:
        return asked
    if source == "civic" and day.day != 1:
        raise DownloadFailed(source, f"has no release of {asked}", f"name the first of a month, such as {asked[:8]}01")
    return releases.dated.format(day=day.day, month=day.month, month_name=_MONTHS[day.month - 1], year=day.year)


def data_folder() -> Path:
    """`$MTB_MATCH_DATA`, else `$XDG_DATA_HOME/mtb-match`, else `~/.local/share/mtb-match`; it may not exist yet."""
    named = os.environ.get("MTB_MATCH_DATA")
    if named:
        return Path(named)
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "mtb-match"
