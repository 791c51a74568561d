"""Python 3.13 and later cannot import durable-rules: there `sql` is the default, and gives what it gives here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules import engine as engines
from rules.engine import default_engine_name, engine
from rules.errors import EngineUnavailable
from rules.facts import fact
from rules.library import LIBRARY
from rules.load import load
from rules.sql_engine import SqlEngine

ROOT = Path(__file__).parents[2]
FACTS = (
    fact("patient", tumor="LUAD", jurisdiction="US", as_of="2026-11-20"),
    fact("stage", state="IV"),
    fact("trial", id="t1", regimen="x", open="yes", as_of="2026-01-01"),
    fact("tumor_of", item="t1", tumor="LUAD", relation="exact"),
    fact("trial_in", trial="t1", jurisdiction="US"),
)
SCRIPT = """
import json, sys
from pathlib import Path
from rules.engine import default_engine_name, engine
from rules.facts import fact
from rules.library import LIBRARY
from rules.load import load
facts = [fact(name, **fields) for name, fields in json.loads(sys.argv[2])]
name = default_engine_name()
print(json.dumps([name, repr(engine(name).run(load([LIBRARY], Path(sys.argv[1])), facts).derived)]))
"""


@pytest.mark.parametrize("version", [(3, 13), (3, 14)])
def test_sql_is_the_default_from_python_3_13_on(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]) -> None:
    monkeypatch.setattr(engines.sys, "version_info", version)
    assert default_engine_name() == "sql"
    assert isinstance(engine(default_engine_name()), SqlEngine)
    with pytest.raises(EngineUnavailable, match="choose `sql`"):
        engine.__wrapped__("durable")


def newer_pythons() -> list[str]:
    """Interpreters on the path (without pyenv's stand-ins, which may lead to none) and in pyenv's folder."""
    named = [found for minor in range(13, 20) if (found := shutil.which(f"python3.{minor}")) and "shims" not in found]
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    return [*named, *(str(each / "bin" / "python") for each in sorted(kept.glob("3.1[3-9]*")))]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="every other test runs on such a Python already")
def test_a_newer_python_derives_the_same(tmp_path: Path) -> None:
    """The rules are loaded from the cache, so that the other Python needs nothing but its standard library."""
    if not (found := newer_pythons()):
        pytest.skip("there is no Python 3.13 or later here")
    rules = load([LIBRARY], tmp_path)
    facts = json.dumps([[each.predicate, dict(each.fields)] for each in FACTS])
    command = [found[0], "-c", SCRIPT, str(tmp_path), facts]
    made = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert made.returncode == 0, made.stderr
    name, derived = json.loads(made.stdout)
    assert name == "sql"
    assert derived == repr(engine("sql").run(rules, FACTS).derived)
    assert "recommendation(option: t1, tier: trial)" in derived
