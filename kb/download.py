"""Fetching one file whole: resumed, retried, checked. The one module that imports requests.

What there is of a file stands in `NAME.part`, and in `NAME.part.json` the mark by which the server knows the version
that it is a part of. Nothing stands at the file's own name until it is whole and checked.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import os
import random
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from hashlib import file_digest
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import requests

from kb.errors import DownloadFailed, FileNotThere
from kb.file_check import problem_with
from kb.source_description import SourceFile, digest_of

_CHUNK = 1 << 14
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_AGAIN = "try again later, or check the address"


class Watcher(Protocol):
    """What a download tells while it runs; it never prints itself."""

    def step(self, name: str, done: int, total: int | None) -> None:
        """So many bytes of a file are there, of so many where the server states it."""

    def wait(self, name: str, seconds: float, reason: str) -> None:
        """The next try comes after these seconds."""


class Silent:
    """A watcher that says nothing."""

    def step(self, name: str, done: int, total: int | None) -> None:
        """Nothing."""

    def wait(self, name: str, seconds: float, reason: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient and how polite to be: seconds, counts, and how to wait (a test waits in no time)."""

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 300.0
    connect: float = 10.0
    stall: float = 30.0
    between: float = 0.5
    redirects: int = 5
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Stated:
    """What a server says of a whole file; `length` is None where it does not, or where the body was compressed."""

    length: int | None
    kind: str
    etag: str | None
    modified: str | None
    digests: Mapping[str, str] = field(default_factory=dict)


class _Interrupted(Exception):
    """A try that failed and may succeed later; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class _Part:
    """What there is of a file, and the mark of the version that it belongs to."""

    def __init__(self, target: Path, address: str) -> None:
        self.file = target.with_name(target.name + ".part")
        self._notes = target.with_name(target.name + ".part.json")
        self._address = address

    @property
    def size(self) -> int:
        """How many bytes can be gone on from: none without a mark, or when they come from another address."""
        return _size(self.file) if self.mark else 0

    @property
    def mark(self) -> str | None:
        """The ETag or date by which the server tells whether the file is still the same."""
        try:
            notes = json.loads(self._notes.read_bytes())
            mark = notes["mark"] if notes["address"] == self._address else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return mark if isinstance(mark, str) else None

    def begin(self, mark: str | None) -> None:
        """Start over. The old bytes go before the new mark comes, so that the two never mix, wherever this stops."""
        self.drop()
        self._notes.write_text(json.dumps({"address": self._address, "mark": mark}), encoding="utf-8")

    def drop(self) -> None:
        """Leave nothing."""
        self.file.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Put the whole file in its place."""
        os.replace(self.file, target)
        self._notes.unlink(missing_ok=True)


class Client:
    """One connection at a time, with patience and without haste."""

    def __init__(self, policy: Policy | None = None, watcher: Watcher | None = None) -> None:
        self._policy, self._watcher = policy or Policy(), watcher or Silent()
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": f"mtb-match/{_version()}", "Accept-Encoding": "identity"})
        self._last: dict[str, float] = {}

    def fetch(self, address: str, target: Path, known: SourceFile | None = None) -> SourceFile | None:
        """The file of an address, whole and checked, at the target; None when `known` is still what the server has.

        1. Ask for what is missing of a part, else for the file unless it is still the known one.
        2. A try that fails for a while is made again after a wait. Tries are counted anew whenever more of the file
           came than ever before, so a bad line delays a large file but does not prevent it.
        3. What came whole is checked, and takes its place by one rename.
        """
        part = _Part(target, address)
        most, tries = part.size, 0
        while True:
            try:
                stated = self._try(address, part, target.name, known)
                break
            except _Interrupted as trouble:
                tries = 1 if part.size > most else tries + 1
                most = max(most, part.size)
                if tries >= self._policy.attempts:
                    raise _given_up(address, part, tries, trouble) from trouble
                seconds = self._back_off(tries) if trouble.wait is None else trouble.wait
                self._watcher.wait(target.name, seconds, str(trouble))
                self._policy.wait(seconds)
        if stated is None:
            return None
        problem = problem_with(part.file, target.name, stated.kind, stated.length is not None)
        if problem is not None:
            part.drop()
            raise DownloadFailed(address, problem, _AGAIN)
        part.finish(target)
        return SourceFile(target.name, address, _size(target), digest_of(target), stated.etag, stated.modified)

    def _try(self, address: str, part: _Part, name: str, known: SourceFile | None) -> Stated | None:
        """One request for what is missing; what the server says of the file, or None when the known one is right."""
        have, mark = part.size, part.mark
        headers = {"Range": f"bytes={have}-", "If-Range": str(mark)} if have else _unless_known(address, known)
        with self._get(address, headers) as response:
            status = response.status_code
            if status == HTTPStatus.NOT_MODIFIED and "Range" not in headers and headers:
                return None
            resumed = bool(have) and status == HTTPStatus.PARTIAL_CONTENT and _continues(response, have, str(mark))
            if status in {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE} and not resumed:
                part.drop()
                raise _Interrupted("what there was of the file does not fit the server's any more")
            if not resumed and status != HTTPStatus.OK:
                raise _refused(address, status)
            stated = _stated(response, have if resumed else 0)
            if not resumed:
                part.begin(_mark(response))
            self._receive(response, part, name, stated.length)
        _check_received(part, stated)
        return stated

    def _receive(self, response: requests.Response, part: _Part, name: str, total: int | None) -> None:
        with part.file.open("ab") as file:
            done = file.tell()
            try:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    self._watcher.step(name, done, total)
            except requests.RequestException as error:
                raise _Interrupted(f"the connection broke off ({self._reason(error)})") from error

    def _get(self, address: str, headers: Mapping[str, str]) -> requests.Response:
        """A response that is not a redirect and not one to try again."""
        start = address
        for _ in range(self._policy.redirects + 1):
            response = self._ask(address, headers)
            if response.is_redirect:
                response.close()
                address = safe_redirect(address, response.headers["Location"])
                continue
            if response.status_code in _TRANSIENT:
                response.close()
                problem = f"answers {_status(response.status_code)}"
                raise _Interrupted(problem, self._asked_to_wait(start, response, problem))
            return response
        raise DownloadFailed(start, f"redirects more than {self._policy.redirects} times", "check the address")

    def _ask(self, address: str, headers: Mapping[str, str]) -> requests.Response:
        self._be_polite(address)
        timeout = (self._policy.connect, self._policy.stall)
        try:
            return self._session.get(
                address, headers=dict(headers), stream=True, timeout=timeout, allow_redirects=False
            )
        except ValueError as error:  # requests' own complaints about an address are ValueErrors, some are not its own
            raise DownloadFailed(_plain(address), "is, or redirects to, no address of the web", "check it") from error
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" not in str(error):
                raise _Interrupted(f"cannot be reached safely ({self._reason(error)})") from error
            remedy = "where a proxy of your network signs connections, name its certificates in REQUESTS_CA_BUNDLE"
            raise DownloadFailed(address, "has a certificate that is not trusted here", remedy) from error
        except requests.RequestException as error:
            raise _Interrupted(f"cannot be reached ({self._reason(error)})") from error

    def _reason(self, error: requests.RequestException) -> str:
        """The operating system's word for it where there is one, since requests' own texts are long."""
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return f"no connection within {self._policy.connect:g} s"
        if isinstance(error, requests.exceptions.Timeout) or "Read timed out" in str(error):
            return f"nothing came for {self._policy.stall:g} s"
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, requests.RequestException):
                return cause.strerror
            cause = cause.__cause__ or cause.__context__
        return type(error).__name__

    def _be_polite(self, address: str) -> None:
        host = address.partition("://")[2].partition("/")[0]
        since = time.monotonic() - self._last.get(host, float("-inf"))
        if since < self._policy.between:
            self._policy.wait(self._policy.between - since)
        self._last[host] = time.monotonic()

    def _back_off(self, tries: int) -> float:
        """Doubling, with a random share so that many clients do not come back together."""
        longest = min(self._policy.first_wait * 2.0 ** (tries - 1), self._policy.longest_wait)
        return longest * (0.5 + random.random() / 2)

    def _asked_to_wait(self, address: str, response: requests.Response, problem: str) -> float | None:
        """What Retry-After asks for. Coming back earlier would be rude, so a long wait is left to the user."""
        seconds = retry_after(response.headers.get("Retry-After", ""), datetime.datetime.now(datetime.UTC))
        if seconds is not None and seconds > self._policy.longest_asked:
            raise DownloadFailed(address, f"{problem} and asks to wait {seconds:.0f} seconds", "try again after that")
        return seconds


def safe_redirect(address: str, location: str) -> str:
    """Where a redirect leads; DownloadFailed when it leaves http(s), or https for http.

    >>> safe_redirect("https://a.org/x", "/y")
    'https://a.org/y'
    """
    try:
        target = urljoin(address, location)
        scheme = urlsplit(target).scheme
    except ValueError as error:
        raise DownloadFailed(address, f"redirects to {_plain(location)}, which is no address", _AGAIN) from error
    if scheme not in {"http", "https"} or (urlsplit(address).scheme == "https" and scheme == "http"):
        raise DownloadFailed(address, f"redirects to {_plain(target)}, which is not safe", "check the address")
    return target


def retry_after(stated: str, now: datetime.datetime) -> float | None:
    """The seconds that a Retry-After header asks to wait, as a number or as a date; None when it says neither.

    >>> retry_after("120", datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC))
    120.0
    >>> retry_after("Fri, 20 Nov 2026 00:01:00 GMT", datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC))
    60.0
    """
    seconds = re.fullmatch(r"\s*([0-9]{1,9})\s*", stated)
    if seconds:
        return float(seconds[1])
    try:
        until = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=datetime.UTC)
    return max((until - now).total_seconds(), 0.0)


def stated_digests(headers: Mapping[str, str]) -> dict[str, str]:
    """The checksums of the whole file that a server publishes with it, in hexadecimal, by algorithm.

    Read are Repr-Digest and its forerunner Digest, and Google's `x-goog-hash`, except where Google unpacks a stored
    file on the way, whose checksum is that of the packed one.

    >>> stated_digests({"x-goog-hash": "crc32c=AAAAAA==,md5=1B2M2Y8AsgTpgAmY7PhCfg=="})
    {'md5': 'd41d8cd98f00b204e9800998ecf8427e'}
    """
    texts = [headers.get("Repr-Digest", ""), headers.get("Digest", "")]
    if headers.get("x-goog-stored-content-encoding", "identity") == "identity":
        texts.append(headers.get("x-goog-hash", ""))
    found = {}
    for name, value in re.findall(r"(sha-256|md5)\s*=\s*:?([A-Za-z0-9+/]+=*)", ",".join(texts), re.IGNORECASE):
        with suppress(binascii.Error):
            found[name.lower().replace("-", "")] = base64.b64decode(value, validate=True).hex()
    return found


def _unless_known(address: str, known: SourceFile | None) -> dict[str, str]:
    """Headers that ask for the file only when it is another one; an address answers for its own marks alone."""
    if known is None or known.address != address:
        return {}
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in asked.items() if value}


def _refused(address: str, status: int) -> DownloadFailed:
    kind = FileNotThere if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} else DownloadFailed
    return kind(address, f"answers {_status(status)}", "check the address and the release")


def _given_up(address: str, part: _Part, tries: int, trouble: _Interrupted) -> DownloadFailed:
    remedy = "run the same command again to go on from there" if part.size else "try again later"
    if not part.size:
        part.drop()
    return DownloadFailed(address, f"{trouble}, tried {tries} times", remedy)


def _continues(response: requests.Response, have: int, mark: str) -> bool:
    """Whether a partial answer is the rest of the very version that there is a part of."""
    if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-") or _is_packed(response):
        return False
    new = _mark(response)
    return new is None or new == mark or (new.startswith('"') != mark.startswith('"'))


def _is_packed(response: requests.Response) -> bool:
    return response.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}


def _mark(response: requests.Response) -> str | None:
    """What If-Range may name: a strong ETag, else the date of the last change; none for a body that is unpacked."""
    if _is_packed(response):
        return None
    etag = response.headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified")


def _stated(response: requests.Response, have: int) -> Stated:
    headers, packed = response.headers, _is_packed(response)
    rest = _number(headers.get("Content-Length", ""))
    whole = _number(headers.get("Content-Range", "").rpartition("/")[2]) if have else None
    total = whole if whole is not None or rest is None else have + rest
    return Stated(
        None if packed else total,
        headers.get("Content-Type", ""),
        headers.get("ETag"),
        headers.get("Last-Modified"),
        {} if packed else stated_digests(headers),
    )


def _number(text: str) -> int | None:
    found = re.fullmatch(r"\s*([0-9]{1,18})\s*", text)
    return int(found[1]) if found else None


def _check_received(part: _Part, stated: Stated) -> None:
    size = _size(part.file)
    if stated.length is not None and size != stated.length:
        if size > stated.length:
            part.drop()
        raise _Interrupted(f"{size} of {stated.length} bytes came")
    for algorithm, digest in stated.digests.items():
        with part.file.open("rb") as file:
            same = file_digest(file, algorithm).hexdigest() == digest
        if not same:
            part.drop()
            raise _Interrupted(f"the bytes do not have the {algorithm} checksum that the server states")


def _status(code: int) -> str:
    """The code with its usual words; a server's own words could be anything."""
    with suppress(ValueError):
        return f"{code} {HTTPStatus(code).phrase}"
    return str(code)


def _plain(text: str) -> str:
    """The text as it can be shown on a terminal in one line."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _version() -> str:
    try:
        return version("mtb-match")
    except PackageNotFoundError:
        return "0"
