"""Fetching a source's files from its official address: resumed, retried, checked, and put in place whole.

The addresses are in `kb/data/downloads.tsv`. A pull goes into a folder of its own and takes its place by one rename;
until then, and after any failure, the release that was in use stays. The one module that imports requests.
"""

from __future__ import annotations

import csv
import datetime
import fcntl
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from kb.errors import DownloadFailed
from kb.source_description import DESCRIPTION, SourceDescription, read_source_description

TABLE = Path(__file__).with_name("data") / "downloads.tsv"
DEFAULT_RELEASE = {"civic": "nightly", "moalmanac": "main", "mondo": "master", "oncotree": "oncotree_latest_stable"}
_CHUNK = 1 << 16
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

Progress = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes there so far, and the whole length where the server states it."""


@dataclass(frozen=True, slots=True)
class Address:
    """One file of a source: its name, official address, licence, and whether the address was seen in use."""

    source: str
    file: str
    address: str
    licence: str
    licence_address: str
    confirmed: str
    note: str


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient and how polite to be: seconds, counts, and how to wait (a test waits in no time)."""

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    connect: float = 10.0
    stall: float = 30.0
    between: float = 0.5
    redirects: int = 5
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull gave: the folder of the release, its description, and whether anything is new."""

    folder: Path
    description: SourceDescription
    changed: bool


def known_addresses() -> tuple[Address, ...]:
    """All files of all sources that can be pulled."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Address(**row) for row in rows)


def data_folder() -> Path:
    """`$MTB_MATCH_DATA`, else `$XDG_DATA_HOME/mtb-match`, else `~/.local/share/mtb-match`; it may not exist yet."""
    named = os.environ.get("MTB_MATCH_DATA")
    if named:
        return Path(named)
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "mtb-match"


def pull(
    source: str,
    into: Path,
    release: str | None = None,
    mirror: str | None = None,
    digests: Mapping[str, str] | None = None,
    query: str | None = None,
    progress: Progress = lambda *_: None,
    policy: Policy | None = None,
) -> Pulled:
    """Fetch all files of a source into `into/source/release`, and name that release in `into/source/current`.

    `mirror` is an address to fetch the files from by their names instead of their official ones. `digests` are SHA-256
    by file name, which the files must have. `query` is the search of ClinicalTrials.gov. DownloadFailed, with the old
    release as it was, when a file cannot be had whole; what there is of it is kept to go on from.
    """
    wanted = [address for address in known_addresses() if address.source == source]
    if not wanted:
        raise DownloadFailed(source, "is no source that can be pulled", "see `mtb-match kb pull --help`")
    named = release or DEFAULT_RELEASE.get(source, "current")
    home = into / source
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _only_one(home):
            client = _Client(policy or Policy(), progress)
            if source == "ctgov":
                return _pull_studies(client, wanted[0], home, query, mirror)
            return _pull_files(client, wanted, home, named, mirror, digests or {})
    except OSError as error:
        raise DownloadFailed(str(home), error.strerror or str(error), "check the folder, or name another") from error


def current(source: str, into: Path) -> Path | None:
    """The folder of the release in use, or None."""
    try:
        folder = into / source / (into / source / "current").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return folder if folder.is_dir() else None


# A source's files


def _pull_files(
    client: _Client, wanted: list[Address], home: Path, release: str, mirror: str | None, digests: Mapping[str, str]
) -> Pulled:
    staging = home / ".partial" / _plain(release)
    staging.mkdir(parents=True, exist_ok=True)
    before = home / _current_name(home)
    known = read_source_description(before) if before.is_dir() else None
    record = staging / "fetched.json"
    staged: dict[str, dict[str, Any]] = _read_notes(record)  # what an earlier try had whole
    files: dict[str, dict[str, Any]] = {}
    changed = False
    for each in wanted:
        name = each.file.format(release=release)
        address = f"{mirror.rstrip('/')}/{name}" if mirror else each.address.format(release=release)
        target = staging / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name in staged:
            files[name], fresh = client.file(address, target, staged[name], target)
        else:
            files[name], fresh = client.file(address, target, known.files.get(name) if known else None, before / name)
        changed = changed or fresh
        wished = digests.get(name) or digests.get(Path(name).name)
        if wished is not None and wished.lower().removeprefix("sha256:") != files[name]["sha256"]:
            target.unlink()
            raise DownloadFailed(
                address, f"has the SHA-256 {files[name]['sha256']}, not {wished}", "see which is right"
            )
        record.write_text(json.dumps(files), encoding="utf-8")
    record.unlink(missing_ok=True)
    return _placed(home, staging, wanted[0], release, files, changed or known is None)


def _pull_studies(client: _Client, address: Address, home: Path, query: str | None, mirror: str | None) -> Pulled:
    """All pages of a search of ClinicalTrials.gov (API version 2), a file each."""
    if not query:
        raise DownloadFailed("ctgov", "needs a search", 'name one, such as --query "KRAS G12C"')
    staging = home / ".partial" / "studies"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    files: dict[str, dict[str, Any]] = {}
    token: str | None = None
    for number in range(1, 1001):
        asked = {"query.term": query, "pageSize": "100", "format": "json"} | ({"pageToken": token} if token else {})
        page = staging / f"studies-{number:04}.json"
        files[page.name], _ = client.file(f"{mirror or address.address}?{urlencode(asked)}", page, None, None)
        token = json.loads(page.read_bytes()).get("nextPageToken")
        if not token:
            break
    return _placed(home, staging, address, "search", files, True)


def _placed(
    home: Path, staging: Path, address: Address, release: str, files: dict[str, dict[str, Any]], changed: bool
) -> Pulled:
    """Describe the finished folder, rename it into place, and let `current` name it."""
    today = datetime.date.today().isoformat()
    dated = release if any(letter.isdigit() for letter in release) else f"{release}-{today}"
    description = SourceDescription(address.source, dated, address.licence, today, files)
    body = {
        "source": address.source,
        "release": dated,
        "licence": address.licence,
        "licence_address": address.licence_address,
        "retrieved_on": today,
        "files": files,
    }
    (staging / DESCRIPTION).write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    folder = home / _plain(dated)
    aside = home / ".partial" / "replaced"
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        os.replace(folder, aside)
    os.replace(staging, folder)
    pointer = home / ".partial" / "current"
    pointer.write_text(folder.name + "\n", encoding="utf-8")
    os.replace(pointer, home / "current")
    shutil.rmtree(home / ".partial", ignore_errors=True)
    return Pulled(folder, description, changed)


def _current_name(home: Path) -> str:
    try:
        return (home / "current").read_text(encoding="utf-8").strip() or "."
    except OSError:
        return "no release yet"


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in name)


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """One pull of a source at a time; a second one is told, and touches nothing."""
    with (home / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DownloadFailed(str(home), "is being pulled by another process", "wait for it to end") from error
        yield


# One file


class _Client:
    """One connection at a time, with patience and without haste."""

    def __init__(self, policy: Policy, progress: Progress) -> None:
        self._policy, self._progress = policy, progress
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": f"mtb-match/{_version()}", "Accept-Encoding": "identity"})
        self._last: dict[str, float] = {}

    def file(
        self, address: str, target: Path, known: Mapping[str, Any] | None, old: Path | None
    ) -> tuple[dict[str, Any], bool]:
        """What is recorded of the file once it is whole at the target, and whether it is new."""
        if known is not None and old is not None and old.is_file() and self._is_unchanged(address, known):
            if old != target:
                shutil.copyfile(old, target)
            return dict(known), old == target
        part, notes = target.with_name(target.name + ".part"), target.with_name(target.name + ".part.json")
        tries = 0
        while True:
            before = _size(part)
            try:
                stated = self._once(address, part, notes)
                break
            except _Interrupted as trouble:
                tries = 1 if _size(part) > before else tries + 1
                if tries >= self._policy.attempts:
                    remedy = "run the same command again to go on from there" if _size(part) else "try again later"
                    raise DownloadFailed(address, f"{trouble} ({tries} attempts)", remedy) from trouble
                self._policy.wait(trouble.wait or self._back_off(tries))
        try:
            _check_content(address, part, target.name, stated.get("type", ""))
        except DownloadFailed:
            part.unlink()
            notes.unlink(missing_ok=True)
            raise
        os.replace(part, target)
        notes.unlink(missing_ok=True)
        digest = sha256(target.read_bytes()).hexdigest()
        recorded = {"address": address, "size": _size(target), "sha256": digest}
        return recorded | {key: stated[key] for key in ("etag", "modified") if key in stated}, True

    def _is_unchanged(self, address: str, known: Mapping[str, Any]) -> bool:
        asked = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
        headers = {name: str(value) for name, value in asked.items() if value}
        if not headers:
            return False
        try:
            with self._get(address, headers) as response:
                return response.status_code == 304
        except _Interrupted:
            return False  # the fetch itself will say what is wrong

    def _once(self, address: str, part: Path, notes: Path) -> dict[str, str]:
        """One request for what is missing; what the server says of the file, or _Interrupted."""
        have, known = _size(part), _read_notes(notes)
        headers = {}
        if have and known.get("validator") and known.get("address") == address:
            headers = {"Range": f"bytes={have}-", "If-Range": known["validator"]}
        with self._get(address, headers) as response:
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                raise _Interrupted("what there was of the file does not fit the server's any more")
            resumed = response.status_code == 206 and _starts_at(response, have)
            if response.status_code not in {200, 206} or (response.status_code == 206 and not resumed):
                raise DownloadFailed(address, f"answers {response.status_code} {response.reason}", "check the address")
            stated = _stated(response)
            total = _whole_length(response, have if resumed else 0)
            notes.write_text(json.dumps({"address": address, "validator": _validator(response)}), encoding="utf-8")
            self._receive(response, part, resumed, total)
        if total is not None and _size(part) != total:
            if _size(part) > total:
                part.unlink()
            raise _Interrupted(f"{_size(part)} of {total} bytes came")
        return stated

    def _receive(self, response: requests.Response, part: Path, resumed: bool, total: int | None) -> None:
        name = part.name.removesuffix(".part")
        with part.open("ab" if resumed else "wb") as file:
            done = file.tell()
            try:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    self._progress(name, done, total)
            except requests.RequestException as error:
                raise _Interrupted(f"the connection broke off ({type(error).__name__})") from error

    def _get(self, address: str, headers: Mapping[str, str]) -> requests.Response:
        """A response that is not a redirect and not one to try again."""
        start = address
        for _ in range(self._policy.redirects + 1):
            self._be_polite(address)
            try:
                timeout = (self._policy.connect, self._policy.stall)
                response = self._session.get(
                    address, headers=dict(headers), stream=True, timeout=timeout, allow_redirects=False
                )
            except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
                raise DownloadFailed(address, "is not an address that can be fetched", "check it") from error
            except requests.RequestException as error:
                raise _Interrupted(f"cannot be reached ({type(error).__name__})") from error
            if response.is_redirect:
                response.close()
                address = safe_redirect(address, response.headers["Location"])
                continue
            if response.status_code in _AGAIN:
                response.close()
                raise _Interrupted(f"answers {response.status_code} {response.reason}", _retry_after(response))
            return response
        raise DownloadFailed(start, f"redirects more than {self._policy.redirects} times", "check the address")

    def _be_polite(self, address: str) -> None:
        host = urlsplit(address).netloc
        since = time.monotonic() - self._last.get(host, float("-inf"))
        if since < self._policy.between:
            self._policy.wait(self._policy.between - since)
        self._last[host] = time.monotonic()

    def _back_off(self, tries: int) -> float:
        """Doubling, with a random share so that many clients do not come back together."""
        longest = min(self._policy.first_wait * 2.0 ** (tries - 1), self._policy.longest_wait)
        return longest * (0.5 + random.random() / 2)


class _Interrupted(Exception):
    """A try that failed and may succeed later; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


def safe_redirect(address: str, location: str) -> str:
    """Where a redirect leads; DownloadFailed when it leaves http(s), or https for http.

    >>> safe_redirect("https://a.org/x", "/y")
    'https://a.org/y'
    """
    target = urljoin(address, location)
    scheme = urlsplit(target).scheme
    if scheme not in {"http", "https"} or (urlsplit(address).scheme == "https" and scheme == "http"):
        raise DownloadFailed(address, f"redirects to {target}, which is not safe", "check the address")
    return target


def _retry_after(response: requests.Response) -> float | None:
    """The seconds that the server asks to wait (a number or a date), at most five minutes."""
    stated = response.headers.get("Retry-After", "").strip()
    if stated.isdigit():
        return min(float(stated), 300.0)
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max((until - datetime.datetime.now(datetime.UTC)).total_seconds(), 0.0), 300.0)


def _starts_at(response: requests.Response, have: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _whole_length(response: requests.Response, have: int) -> int | None:
    whole = response.headers.get("Content-Range", "").rpartition("/")[2]
    if response.status_code == 206 and whole.isdigit():
        return int(whole)
    length = response.headers.get("Content-Length", "")
    return have + int(length) if length.isdigit() else None


def _validator(response: requests.Response) -> str | None:
    """What If-Range may name: a strong ETag, else the date of the last change."""
    etag = response.headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified")


def _stated(response: requests.Response) -> dict[str, str]:
    said = {"etag": "ETag", "modified": "Last-Modified", "type": "Content-Type"}
    return {key: response.headers[name] for key, name in said.items() if name in response.headers}


def _read_notes(notes: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(notes.read_bytes()))
    except (OSError, ValueError):
        return {}


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _check_content(address: str, part: Path, name: str, kind: str) -> None:
    """DownloadFailed when the file is empty, a web page, or visibly not whole."""
    body = part.read_bytes()
    start = body[:200].lstrip().lower()
    again = "try again later, or check the address"
    if not body:
        raise DownloadFailed(address, "is empty", again)
    if start.startswith((b"<!doctype html", b"<html")) or kind.lower().startswith("text/html"):
        raise DownloadFailed(address, "is a web page, not data", again)
    if name.endswith(".json"):
        try:
            json.loads(body)
        except ValueError as error:
            raise DownloadFailed(address, f"is not whole JSON ({error})", again) from error
    if name.endswith((".tsv", "_set.txt")):
        lines = [line for line in body.decode("utf-8", "replace").splitlines() if line and not line.startswith("#")]
        if not lines or lines[0].count("\t") != lines[-1].count("\t"):
            raise DownloadFailed(address, "ends in the middle of a row", again)


def _version() -> str:
    try:
        return version("mtb-match")
    except PackageNotFoundError:
        return "0"
