"""What a folder of downloaded files says of itself: `source.json`, which `mtb-match kb pull` writes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path

DESCRIPTION = "source.json"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was fetched: its name in the folder, where from, its size and SHA-256, and the server's marks."""

    name: str
    address: str
    size: int
    sha256: str
    etag: str | None = None
    modified: str | None = None

    def is_in(self, folder: Path) -> bool:
        """Whether the folder still holds these very bytes."""
        file = folder / self.name
        try:
            return file.stat().st_size == self.size and digest_of(file) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Source, release, licence, the day of retrieval (ISO), and the files."""

    source: str
    release: str
    licence: str
    licence_address: str
    retrieved_on: str
    files: tuple[SourceFile, ...]

    def file(self, name: str) -> SourceFile | None:
        """The file of this name, or None."""
        return next((each for each in self.files if each.name == name), None)


def read_source_description(folder: Path) -> SourceDescription | None:
    """The description in a folder, or None when there is none or it cannot be read."""
    try:
        found = json.loads((folder / DESCRIPTION).read_bytes())
        files = tuple(SourceFile(**each) for each in found.pop("files"))
        described = SourceDescription(**found, files=files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    texts = (described.source, described.release, described.licence, described.retrieved_on)
    return described if all(isinstance(text, str) for text in texts) else None


def write_source_description(folder: Path, description: SourceDescription) -> None:
    """Write `source.json` into the folder, at once or not at all."""
    beside = folder / f".{DESCRIPTION}.{os.getpid()}"
    beside.write_text(json.dumps(asdict(description), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(beside, folder / DESCRIPTION)


def digest_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
