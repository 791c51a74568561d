"""Pulling a source: all its files into a folder of their own, which becomes the release in use by one rename.

`FOLDER/SOURCE/RELEASE/` holds the files and `source.json`; `FOLDER/SOURCE/current` names the release in use and moves
last. `FOLDER/SOURCE/.partial/RELEASE/` holds what an unfinished pull has so far. Nothing that is in use is written to.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from kb.addresses import STUDIES, Address, files_of, release_name
from kb.download import Client
from kb.errors import DownloadFailed, FileNotThere
from kb.source_description import (
    SourceDescription,
    SourceFile,
    read_source_description,
    write_source_description,
)

POINTER = "current"
_PARTIAL = ".partial"
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Order:
    """What to fetch: a source, a release of it, and where from.

    `mirror` is an address to fetch the files from by their names. `digests` are SHA-256 by file name, which the files
    must have. `query` is the search of ClinicalTrials.gov, in its own syntax or as NCT numbers.
    """

    source: str
    release: str | None = None
    mirror: str | None = None
    digests: tuple[tuple[str, str], ...] = ()
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull gave: the release's folder and description, whether it is new, and the files that it does without."""

    folder: Path
    description: SourceDescription
    is_new: bool
    absent: tuple[str, ...] = ()


def pull(order: Order, into: Path, client: Client) -> Pulled:
    """Fetch all files of a source into `into/SOURCE/RELEASE`, and let `into/SOURCE/current` name that release.

    DownloadFailed when a file cannot be had whole; the release in use stays, and what there is of the new one is kept
    to go on from.
    """
    addresses = files_of(order.source)
    release = release_name(order.source, order.release)
    _check_digests(order, addresses, release)
    home = into / order.source
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _only_one(home):
            if order.source == STUDIES:
                return _pull_studies(order, addresses[0], home, client)
            return _pull_files(order, addresses, release, home, client)
    except OSError as error:
        place = str(error.filename or home)
        remedy = "check the folder and the room on its disk, or name another with --into"
        raise DownloadFailed(place, error.strerror or str(error), remedy) from error


def current(source: str, into: Path) -> Path | None:
    """The folder of the release in use, or None."""
    try:
        name = (into / source / POINTER).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    folder = into / source / name
    is_release = name and not name.startswith(".") and "/" not in name and folder.is_dir()
    return folder if is_release else None


# The files of a source


def _pull_files(order: Order, addresses: tuple[Address, ...], release: str, home: Path, client: Client) -> Pulled:
    staging = home / _PARTIAL / release
    staging.mkdir(parents=True, exist_ok=True)
    description = _described(addresses[0], _dated(release))
    begun = read_source_description(staging) or description
    earlier = [staging, *_releases(home, description.release)]
    absent = []
    with _tidied(staging):
        for address in addresses:
            name, at = _located(address, release, order.mirror)
            try:
                file = _fetched(name, at, staging, earlier, client)
            except FileNotThere:
                if address.required == "yes":
                    raise
                absent.append(name)
                (staging / name).unlink(missing_ok=True)
                continue
            _check_digest(order, file, staging)
            description = replace(description, files=(*description.files, file))
            to_come = tuple(each for each in begun.files if description.file(each.name) is None)
            write_source_description(staging, replace(description, files=description.files + to_come))
        write_source_description(staging, description)
        return _placed(home, staging, release, description, tuple(absent))


def _fetched(name: str, address: str, staging: Path, earlier: list[Path], client: Client) -> SourceFile:
    """The file in the staging folder: as an earlier pull left it when the server says so, else fetched."""
    target = staging / name
    target.parent.mkdir(parents=True, exist_ok=True)
    folder, known = _known(name, address, earlier)
    fresh = client.fetch(address, target, known)
    if fresh is not None:
        return replace(fresh, name=name)
    assert known is not None  # only a known file can be unchanged
    if folder != staging:
        shutil.copyfile(folder / name, target)
    return known


def _known(name: str, address: str, folders: list[Path]) -> tuple[Path, SourceFile | None]:
    """The first folder that holds the file from this address, undamaged."""
    for folder in folders:
        description = read_source_description(folder)
        file = description.file(name) if description else None
        if file is not None and file.address == address and file.is_in(folder):
            return folder, file
    return folders[0], None


def _located(address: Address, release: str, mirror: str | None) -> tuple[str, str]:
    """The name and the address of a file in this release."""
    name = address.file.format(release=release)
    return name, f"{mirror.rstrip('/')}/{name}" if mirror else address.address.format(release=release)


def _check_digests(order: Order, addresses: tuple[Address, ...], release: str) -> None:
    """DownloadFailed when a digest is given for a file that the source does not have: it would be checked nowhere."""
    names = [address.file.format(release=release, page="0001") for address in addresses]
    for name, _ in order.digests:
        if name not in names:
            raise DownloadFailed(order.source, f"has no file {name}", f"its files are {', '.join(names)}")


def _check_digest(order: Order, file: SourceFile, staging: Path) -> None:
    wished = dict(order.digests).get(file.name)
    if wished is not None and wished != file.sha256:
        (staging / file.name).unlink()
        problem = f"has the SHA-256 {file.sha256}, not {wished}"
        raise DownloadFailed(file.address, problem, "find out which of the two is right")


# The pages of a search


def _pull_studies(order: Order, address: Address, home: Path, client: Client) -> Pulled:
    """All pages of a search of ClinicalTrials.gov. A page's token soon ends, so that a broken search starts over."""
    if not order.query or not order.query.strip():
        remedy = 'name one with --query, such as --query "KRAS G12C" or --query "NCT04303780 NCT03785249"'
        raise DownloadFailed(STUDIES, "needs a search", remedy)
    staging = home / _PARTIAL / "search"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        files = _pages(order, address, staging, client)
        description = replace(_described(address, _dated("search")), files=files)
        write_source_description(staging, description)
        return _placed(home, staging, "search", description)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        _remove_empty(home / _PARTIAL)


def _pages(order: Order, address: Address, staging: Path, client: Client) -> tuple[SourceFile, ...]:
    base = order.mirror or address.address
    asked = {"query.term": str(order.query), "pageSize": str(_PAGE), "format": "json", "countTotal": "true"}
    files: list[SourceFile] = []
    seen: dict[str, int] = {}
    tokens: list[str] = []
    total: object = None
    while True:
        at = f"{base}?{urlencode(asked | ({'pageToken': tokens[-1]} if tokens else {}))}"
        target = staging / address.file.format(page=f"{len(files) + 1:04}")
        file = client.fetch(at, target)
        assert file is not None  # nothing is known of a page
        _check_digest(order, file, staging)
        files.append(file)
        page = _page(at, target)
        for study in page["studies"]:
            number = _nct(study) or f"study {len(seen) + 1}"
            if number in seen:
                raise DownloadFailed(at, f"gives {number} a second time: the registry changed meanwhile", "try again")
            seen[number] = len(files)
        total = page.get("totalCount", total)
        token = page.get("nextPageToken")
        if not token:
            break
        if not isinstance(token, str) or token in tokens:
            raise DownloadFailed(at, "gives the same page again and again", "try again later")
        tokens.append(token)
    _check_found(order, base, seen, total)
    return tuple(files)


def _page(address: str, file: Path) -> dict[str, Any]:
    page = json.loads(file.read_bytes())
    if not isinstance(page, dict) or not isinstance(page.get("studies"), list):
        raise DownloadFailed(address, "is no page of studies of API version 2", "check the address")
    return page


def _nct(study: Any) -> str | None:
    try:
        return str(study["protocolSection"]["identificationModule"]["nctId"])
    except (KeyError, TypeError, IndexError):
        return None


def _check_found(order: Order, base: str, seen: Mapping[str, int], total: object) -> None:
    """Every study that the registry counts is there, and every one that was asked for by its number."""
    if not seen:
        raise DownloadFailed(base, f"finds no study for {order.query!r}", "search for something else")
    if isinstance(total, int) and len(seen) != total:
        raise DownloadFailed(base, f"counts {total} studies but gives {len(seen)}", "try again")
    asked = str(order.query).replace(",", " ").upper().split()
    if all(word.startswith("NCT") for word in asked) and (missing := [word for word in asked if word not in seen]):
        raise DownloadFailed(base, f"has no study {', '.join(missing)}", "check the numbers")


# Releases on disk


def _described(address: Address, release: str) -> SourceDescription:
    today = datetime.date.today().isoformat()
    return SourceDescription(address.source, release, address.licence, address.licence_address, today, ())


def _dated(release: str) -> str:
    """A release that has no date in its name is the one of today."""
    has_date = any(letter.isdigit() for letter in release)
    return release if has_date else f"{release}-{datetime.date.today().isoformat()}"


def _releases(home: Path, release: str) -> list[Path]:
    """Folders that may hold unchanged files: those of this very release, newest first, then the one in use."""
    same = sorted((each for each in home.glob(f"{release}.*") if each.suffix[1:].isdecimal()), reverse=True)
    in_use = current(home.name, home.parent)
    return [folder for folder in (*same, home / release, in_use) if folder is not None]


def _placed(
    home: Path, staging: Path, name: str, description: SourceDescription, absent: tuple[str, ...] = ()
) -> Pulled:
    """The release that holds these files: one that is there already, else the staging folder under its new name."""
    for folder in _releases(home, description.release):
        old = read_source_description(folder)
        if old is not None and _is_same(old, description, name) and all(file.is_in(folder) for file in old.files):
            shutil.rmtree(staging)
            _point(home, folder.name)
            return Pulled(folder, old, False, absent)
    folder = _free(home, description.release)
    os.rename(staging, folder)
    _point(home, folder.name)
    return Pulled(folder, description, True, absent)


def _is_same(old: SourceDescription, new: SourceDescription, name: str) -> bool:
    """The same files under the same release; the current release may have been the same for days."""
    same_release = old.release == new.release or re.fullmatch(rf"{re.escape(name)}-\d{{4}}-\d\d-\d\d", old.release)
    return bool(same_release) and _contents(old) == _contents(new)


def _contents(description: SourceDescription) -> dict[str, str]:
    return {file.name: file.sha256 for file in description.files}


def _free(home: Path, release: str) -> Path:
    """A name that is not taken: another content under the same release stands beside it, since that may be in use."""
    folder, number = home / release, 1
    while os.path.lexists(folder):
        number += 1
        folder = home / f"{release}.{number}"
    return folder


def _point(home: Path, name: str) -> None:
    beside = home / f".{POINTER}.{os.getpid()}"
    beside.write_text(name + "\n", encoding="utf-8")
    os.replace(beside, home / POINTER)


@contextmanager
def _tidied(staging: Path) -> Iterator[None]:
    """Afterwards, no folder is left that holds nothing to go on from."""
    try:
        yield
    finally:
        for folder in (*staging.glob("*/"), staging, staging.parent):
            _remove_empty(folder)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """One pull of a source at a time; a second one is told, and touches nothing."""
    with (home / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DownloadFailed(str(home), "is being pulled by another process", "wait for it to end") from error
        yield
