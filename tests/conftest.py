"""One cache folder for the whole run, so that a test never writes into the user's own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("MTB_MATCH_CACHE", str(Path(tempfile.gettempdir()) / f"mtb-match-tests-{os.getuid()}"))
os.environ["XDG_CONFIG_HOME"] = str(Path(os.environ["MTB_MATCH_CACHE"]) / "no-config")
