"""The rule library: YAML files that a clinician can read."""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path(__file__).parent
"""The folder of the library's rule files."""
