"""Every patient of real cohorts, as many at once, is told what they are told alone and by the command for one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from matcher.case import Request
from matcher.cohort.alone import alone, tables
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import COLUMNS, Tables
from matcher.scenarios.ground import STORE
from matcher.tier_rules import unsettling
from tests.matcher.cohort.reading import subjects
from tests.matcher.cohort.told import BY_PATIENT, assert_same, matched, told
from tests.shared import knowledge, library

ROOT = Path(__file__).parents[3]
COHORTS = ROOT.parent / "shared" / "data" / "cohorts"
STUDY = COHORTS / "brca_smc_2018"
TCGA = COHORTS / "tcga"
TODAY = "2026-11-20"
STUDIES = ("ACC", "CHOL", "UVM")
ASKED = [("study", "CN", 1), ("tcga", "US", 1), ("tcga", "EU", 4)]
"""Two cohorts whole, and a part of one where other approvals count."""

LARGE = os.environ.get(STORE)
"""The store of a graph of ten times the items, where it is named: there every sixth patient is compared."""

pytestmark = pytest.mark.skipif(not COHORTS.is_dir(), reason="the shared data are not on this machine")


@pytest.fixture(scope="module")
def tcga(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three studies of TCGA, each a MAF and a clinical table, where they were."""
    folder = tmp_path_factory.mktemp("tcga")
    for study in STUDIES:
        for file in TCGA.glob(f"{study}.*"):
            (folder / file.name).symlink_to(file.resolve())
    return folder


@cache
def read(path: Path, jurisdiction: str, assay: str | None = None) -> tuple[Subject | Unreadable, ...]:
    """The patients who are compared."""
    everyone = subjects(path, Request(path, TODAY, jurisdiction=jurisdiction, assay=assay))
    assert len(everyone) > 180
    return tuple(everyone[:: 6 if LARGE else 1])


@cache
def found(path: Path, jurisdiction: str, every: int) -> Tables:
    """What they, or every second or fourth of them, are told as a cohort."""
    return matched(read(path, jurisdiction)[::every], knowledge(), library())


@pytest.mark.parametrize(("cohort", "jurisdiction", "every"), ASKED)
def test_every_patient_is_told_what_they_are_told_alone(cohort: str, jurisdiction: str, every: int, tcga: Path) -> None:
    path = STUDY if cohort == "study" else tcga
    together = found(path, jurisdiction, every)
    assert len(together["recommendations"]) > 10, "nothing is compared"
    assert_same(
        together, tables(alone(read(path, jurisdiction)[::every], knowledge(), library())), (cohort, jurisdiction)
    )


def test_a_whole_exome_of_a_patient_is_told_what_they_are_told_alone(tcga: Path) -> None:
    """What an assay looked at and did not find is absent: other facts, and most blocks are failures."""
    patients = read(tcga, "CN", "WES")[::5]
    wanted = tables(alone(patients, knowledge(), library()))
    assert_same(matched(patients, knowledge(), library()), wanted)


# --- the command for one patient ----------------------------------------------------------------------------------


def one_by_the_command(path: Path, *options: str) -> dict[str, Any]:
    """What the command answers for one patient, as JSON."""
    words = [
        str(path),
        *options,
        "--as-of",
        TODAY,
        "--engine",
        "sql",
        "--format",
        "json",
        *(("--kb", LARGE) if LARGE else ()),
    ]
    done = subprocess.run([sys.executable, "-m", "cli.main", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def by_the_command(answer: dict[str, Any]) -> dict[str, list[object]]:
    """The rows of the tables, as far as the JSON of one patient has them.

    Warnings and errors alone: a cohort tells of a whole file at once, in notes of its own, what needs no action.
    Of open questions those alone that keep an option out: the command lists all of them.
    """
    opening = unsettling(library())
    return {
        "recommendations": [
            (
                *(each["rank"], "+".join(each["regimen"]), each["tier"], each["basis"]),
                *(each["levels"][name] for name in ("amp", "escat", "oncokb", "civic", "nct")),
                tuple(each["flags"]),
                sorted((found["criterion"], found["verdict"]) for found in each["findings"]),
                sorted(cited["id"] for cited in each["evidence"]),
                each["access"]["reimbursed"],
            )
            for each in answer["recommendations"]
        ],
        "avoided": [("+".join(each["regimen"]), each["because"]) for each in answer["avoid"]],
        "notes": [
            (each["severity"], each["message"], each["remedy"] or None)
            for each in answer["notes"]
            if each["severity"] != "info"
        ],
        "blocks": sorted(
            ("+".join(each["regimen"]), each["id"], found["criterion"], found["verdict"])
            for each in answer["not_recommended"]
            for found in each["blocking"]
            if found["verdict"] == "fail" or found["criterion"] in opening
        ),
    }


def by_the_cohort(together: Tables, name: str) -> dict[str, list[object]]:
    """The same columns of one patient's rows in a cohort."""
    rows = told(together)[name].rows
    at = {table: {column: n for n, column in enumerate(COLUMNS[table])} for table in (*BY_PATIENT, "blocks")}

    def pick(table: str, *columns: str) -> list[tuple[Any, ...]]:
        less = table == "blocks"  # told without the number
        return [tuple(row[at[table][column] - less] for column in columns) for row in rows[table]]

    ahead = ("rank", "regimen", "tier", "basis", "amp", "escat", "oncokb", "civic", "nct", "flags")
    return {
        "recommendations": [
            (*row[:-3], sorted((dict(each)["criterion"], dict(each)["verdict"]) for each in row[-3]), *told_last(row))
            for row in pick("recommendations", *ahead, "findings", "evidence", "reimbursed")
        ],
        "avoided": list(pick("avoided", "regimen", "because")),
        "notes": [row for row in pick("notes", "severity", "message", "remedy") if row[0] != "info"],
        "blocks": sorted(pick("blocks", "regimen", "option", "criterion", "verdict")),
    }


def told_last(row: tuple[Any, ...]) -> tuple[object, object]:
    return sorted(row[-2]), row[-1]


def assert_same_by_the_command(answer: dict[str, Any], together: Tables, name: str) -> None:
    by_one, by_many = by_the_command(answer), by_the_cohort(together, name)
    for table, rows in by_one.items():
        unique = {str(row): row for row in rows}  # a finding told in two wordings is one row
        assert unique == {str(row): row for row in by_many[table]}, (name, table)


def test_the_command_for_one_patient_of_a_study_says_the_same() -> None:
    together = found(STUDY, "CN", 1)
    most = together["recommendations"].groupby("patient").size().sort_values(ascending=False, kind="stable")
    for name in (*most.index[:2], most.index[-1]):
        answer = one_by_the_command(STUDY, "--sample", name, "--jurisdiction", "CN")
        assert_same_by_the_command(answer, together, name)


@pytest.mark.parametrize("study", ["CHOL"])
def test_the_command_for_one_sample_of_a_maf_says_the_same(study: str, tmp_path: Path) -> None:
    """A MAF alone, without its clinical table."""
    (original,) = TCGA.glob(f"{study}.*.maf.tsv.gz")
    alone_here = tmp_path / "mutations.maf.tsv.gz"
    alone_here.symlink_to(original.resolve())
    patients = subjects(alone_here, Request(alone_here, TODAY, study, "US"))
    together = matched(patients, knowledge(), library())
    for each in (patients[0], patients[-1]):
        options = ("--sample", each.name, "--tumor-type", study, "--jurisdiction", "US")
        assert_same_by_the_command(one_by_the_command(alone_here, *options), together, each.name)
