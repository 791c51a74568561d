"""`outcomes report` over real cohorts beside this checkout, against counts and curves computed without the program."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from matcher.outcomes.values import DAYS_PER_MONTH

DATA = Path(__file__).parents[4] / "shared/data"
MELANOMA = DATA / "outcomes/schadendorf_pd1_melanoma/Supplemental_Table_1_wAge.tsv"
LUNG = DATA / "outcomes/nsclc_mskcc_2018_ici/data_clinical_patient.txt"
GLIOBLASTOMA = DATA / "cohorts/tcga/GBM.mc3.clinical.tsv.gz"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the cohorts (../shared/data) are not beside this checkout")

RATE = {"name": "ORR", "measure": "objective response rate", "of": "evaluable"}
TIMES = (
    {"name": "PFS", "measure": "progression-free survival"},
    {"name": "OS", "measure": "overall survival"},
)


def reported(folder: Path, file: Path, columns: Mapping[str, str], endpoints: Iterable[Mapping[str, str]]) -> Any:
    """The results of the command by endpoint and arm; the folder of its files is `out` in the folder."""
    from cli.outcomes import outcomes_app

    study = folder / "study.yaml"
    told = {"study": "cohort", "table": {"file": str(file), "columns": dict(columns)}, "endpoints": list(endpoints)}
    study.write_text(json.dumps(told), encoding="utf-8")
    done = CliRunner().invoke(outcomes_app, ["report", str(study), "--out", str(folder / "out")])
    assert done.exit_code == 0, done.output
    found = json.loads((folder / "out/results.json").read_text(encoding="utf-8"))
    return {(each["endpoint"]["name"], each["arm"]): each for each in found["results"]}


def median_months(times: Iterable[tuple[float, bool]]) -> float | None:
    """The first time at which the product-limit estimate, worked out step by step, is one half or less."""
    left, share = sorted(times), 1.0
    while left:
        now = left[0][0]
        died = sum(event for time, event in left if time == now)
        share *= 1 - died / len(left)
        if share <= 0.5 + 1e-12:
            return now / DAYS_PER_MONTH
        left = [each for each in left if each[0] > now]
    return None


def test_melanoma_under_pd1_inhibitors(tmp_path: Path) -> None:
    columns = {
        "id": "Sample ID", "arm": "IOTherapy", "response": "BR", "pfs": "PFS", "pfs_event": "progressed", "os": "OS",
        "os_event": "dead", "unit": "days",
    }  # fmt: skip
    found = reported(tmp_path, MELANOMA, columns, (RATE, *TIMES))
    with MELANOMA.open(encoding="utf-8") as file:
        raw = list(csv.DictReader(file, delimiter="\t"))
    arms = Counter(row["IOTherapy"].strip() for row in raw)
    assert len(arms) > 1
    for arm, number in arms.items():
        of_arm = [row for row in raw if row["IOTherapy"].strip() == arm]
        responses = Counter(row["BR"] for row in of_arm)
        rate = found["ORR", arm]["value"]
        assert rate["number"] == responses["CR"] + responses["PR"]
        assert rate["of"] == sum(responses[name] for name in ("CR", "PR", "SD", "PD"))
        for name, time, event in (("PFS", "PFS", "progressed"), ("OS", "OS", "dead")):
            result = found[name, arm]
            assert result["n"] == number
            assert result["curve"]["events"] == sum(row[event] == "1" for row in of_arm)
            expected = median_months((float(row[time]), row[event] == "1") for row in of_arm)
            value = result["value"]["value"]
            assert value == (None if expected is None else pytest.approx(expected))
    figures = {path.name for path in (tmp_path / "out/figures").iterdir()}
    assert {"02-pfs-km.svg", "02-pfs-km.png", "03-os-km.svg", "03-os-km.png"} <= figures


def test_lung_cancer_under_two_checkpoint_inhibitors(tmp_path: Path) -> None:
    columns = {
        "id": "PATIENT_ID", "response": "BEST_OVERALL_RESPONSE", "pfs": "PFS_MONTHS", "pfs_event": "PFS_STATUS",
        "unit": "months",
    }  # fmt: skip
    found = reported(tmp_path, LUNG, columns, (RATE, TIMES[0]))
    assert (found["ORR", None]["value"]["number"], found["ORR", None]["value"]["of"]) == (24, 68)
    lines = [line for line in LUNG.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    raw = list(csv.DictReader(lines, delimiter="\t"))
    expected = median_months(
        (float(row["PFS_MONTHS"]) * DAYS_PER_MONTH, row["PFS_STATUS"].startswith("1")) for row in raw
    )
    assert found["PFS", None]["value"]["value"] == pytest.approx(expected)


def test_glioblastoma_of_tcga(tmp_path: Path) -> None:
    columns = {
        "id": "Tumor_Sample_Barcode", "arm": "CDR_gender", "pfs": "CDR_PFI.time", "pfs_event": "CDR_PFI",
        "os": "CDR_OS.time", "os_event": "CDR_OS", "unit": "days",
    }  # fmt: skip
    found = reported(tmp_path, GLIOBLASTOMA, columns, TIMES)
    with gzip.open(GLIOBLASTOMA, "rt", encoding="utf-8") as file:
        raw = list(csv.DictReader(file, delimiter="\t"))
    for name, kind in (("PFS", "PFI"), ("OS", "OS")):
        for sex in ("MALE", "FEMALE"):
            of_sex = [row for row in raw if row["CDR_gender"] == sex]
            usable = [row for row in of_sex if row[f"CDR_{kind}.time"] and row[f"CDR_{kind}"]]
            result = found[name, sex]
            assert (result["n"], len(result["excluded"])) == (len(usable), len(of_sex) - len(usable))
            expected = median_months((float(row[f"CDR_{kind}.time"]), float(row[f"CDR_{kind}"]) == 1) for row in usable)
            assert result["value"]["value"] == pytest.approx(expected)
