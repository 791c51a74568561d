"""What `kb build` said of a store, in a file beside the store's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REPORT = "report.json"


def read_report(store: Path) -> dict[str, Any]:
    """What the build of the store in this folder reported; empty when it has no report."""
    try:
        return dict(json.loads((store / REPORT).read_bytes()))
    except (OSError, ValueError):
        return {}
