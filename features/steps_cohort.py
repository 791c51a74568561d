"""Steps on cohorts: the command as a user runs it, and the tables that it writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

ROOT = Path(__file__).parents[1]
TODAY = "2026-11-20"
OUT = "found.jsonl"


@dataclass
class Registry:
    """The files of a cohort, and what the command made of them."""

    folder: Path
    code: int | None = None
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def match(self, jurisdiction: str) -> None:
        """Runs the command; what it wrote is read back."""
        words = ["cohort", "files", "--jurisdiction", jurisdiction, "--as-of", TODAY, "--out", OUT]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "cli.main", *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=env)
        assert "Traceback" not in done.stderr, done.stderr
        self.code = done.returncode
        for table in ("recommendations", "patients", "avoided", "blocks"):
            file = self.folder / (OUT if table == "recommendations" else OUT.replace(".", f".{table}."))
            lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
            self.told[table] = [json.loads(line) for line in lines]

    def rows(self, table: str, **wanted: object) -> list[dict[str, Any]]:
        """The rows of a table with these values."""
        return [row for row in self.told[table] if all(row[key] == value for key, value in wanted.items())]


@pytest.fixture
def many(tmp_path: Path) -> Registry:
    """An empty folder."""
    return Registry(tmp_path)


@given("the example cohort")
def example_cohort(many: Registry) -> None:
    shutil.copytree(ROOT / "examples" / "cohort", many.folder / "files")


@given(parsers.parse('a cohort of one patient with the tumor type "{tumor}"'))
def cohort_of_one(many: Registry, tumor: str) -> None:
    files = many.folder / "files"
    files.mkdir()
    rows = "Hugo_Symbol\tVariant_Classification\tHGVSp_Short\tTumor_Sample_Barcode\n"
    (files / "one.maf").write_text(f"{rows}BRAF\tMissense_Mutation\tp.V600E\tS1\n", encoding="utf-8")
    table = f"PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\nP1\tS1\t{tumor}\n"
    (files / "one.clinical.tsv").write_text(table, encoding="utf-8")


@when(parsers.parse('the cohort is matched in "{jurisdiction}"'))
def match_cohort(many: Registry, jurisdiction: str) -> None:
    many.match(jurisdiction)


@then(parsers.parse("the exit code is {code:d}"))
def exit_code(many: Registry, code: int) -> None:
    assert many.code == code


@then(parsers.parse('"{name}" could not be read because "{reason}"'))
def unreadable(many: Registry, name: str, reason: str) -> None:
    (row,) = many.rows("patients", patient=name, outcome="unreadable")
    assert reason in row["reason"]
    assert row["remedy"]
    assert not many.rows("recommendations", patient=name)


@then(parsers.parse("{number:d} patients were matched"))
def matched(many: Registry, number: int) -> None:
    assert len(many.rows("patients", outcome="matched")) == number


@then(parsers.parse('patient "{name}" is told of "{regimen}" "{tier}" for "{alteration}"'))
def is_recommended(many: Registry, name: str, regimen: str, tier: str, alteration: str) -> None:
    (row,) = many.rows("recommendations", patient=name, regimen=regimen)
    assert (row["tier"], row["alterations"]) == (tier, [alteration])


@then(parsers.parse('"{option}" is kept from "{name}" by "{criterion}: {verdict}"'))
def is_kept_from(many: Registry, option: str, name: str, criterion: str, verdict: str) -> None:
    (patient,) = many.rows("patients", patient=name)
    rows = many.rows("blocks", alike=patient["alike"], option=option, criterion=criterion)
    assert {row["verdict"] for row in rows} == {verdict}


@then(parsers.parse('patient "{name}" is told to avoid "{regimen}"'))
def is_avoided(many: Registry, regimen: str, name: str) -> None:
    assert many.rows("avoided", patient=name, regimen=regimen)


@then("nothing was written")
def nothing_written(many: Registry) -> None:
    assert not many.told["recommendations"]
