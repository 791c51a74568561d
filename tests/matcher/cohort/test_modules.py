"""The package's own description names each of its modules."""

from __future__ import annotations

import re
from pathlib import Path

import matcher.cohort


def test_every_module_is_named_and_no_other() -> None:
    folder = Path(matcher.cohort.__file__).parent
    named = set(re.findall(r"\b[a-z_]+\.py\b", matcher.cohort.__doc__ or ""))
    there = {path.name for path in folder.glob("*.py") if not path.name.startswith(("__", "intake_"))}
    assert named == there
