"""What a folder of downloaded files says of itself: `source.json`, which `mtb-match kb pull` writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DESCRIPTION = "source.json"


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Source, release, licence, the day of retrieval (ISO), and per file: address, size, SHA-256, ETag."""

    source: str
    release: str
    licence: str
    retrieved_on: str
    files: dict[str, dict[str, Any]]


def read_source_description(folder: Path) -> SourceDescription | None:
    """The description in a folder, or None when there is none or it cannot be read."""
    try:
        found = json.loads((folder / DESCRIPTION).read_bytes())
        fields = {name: str(found[name]) for name in ("source", "release", "licence", "retrieved_on")}
        return SourceDescription(**fields, files=dict(found["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
