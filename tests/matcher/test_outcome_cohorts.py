"""Endpoints over real cohorts beside this checkout, against published figures and a computation of their own."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pytest

from kb.alteration import Place
from matcher.outcomes.kaplan_meier import kaplan_meier, months, rate_at
from matcher.outcomes.study import TableSource
from matcher.outcomes.table_subjects import read_table, spells_of, table_result
from matcher.outcomes.values import DAYS_PER_MONTH, Spell
from tests.matcher.courses import endpoint

DATA = Path(__file__).parents[3] / "shared/data"
MELANOMA = DATA / "outcomes/schadendorf_pd1_melanoma/Supplemental_Table_1_wAge.tsv"
LUNG = DATA / "outcomes/nsclc_mskcc_2018_ici/data_clinical_patient.txt"
MATCH = DATA / "outcomes/nci_match_subprotocols"
TCGA = DATA / "cohorts/tcga"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the cohorts (../shared/data) are not beside this checkout")


def survival_by_numpy(days: np.ndarray, events: np.ndarray) -> tuple[list[float], list[float]]:
    """The product-limit estimate from sorted arrays: event days and the share after each."""
    order = np.lexsort((~events, days))
    days, events = days[order], events[order]
    shares = np.cumprod(1 - events / np.arange(len(days), 0, -1))
    last = np.append(days[1:] != days[:-1], True)
    at = [index for index in np.flatnonzero(last) if events[days == days[index]].any()]
    return [float(days[index]) for index in at], [float(shares[index]) for index in at]


def agrees(spells: tuple[Spell, ...]) -> bool:
    """Whether the curve is that of the independent computation, and so is its median."""
    curve = kaplan_meier(spells)
    days, shares = survival_by_numpy(np.array([s.days for s in spells]), np.array([s.event for s in spells]))
    median = next((day for day, share in zip(days, shares, strict=True) if share <= 0.5 + 1e-9), None)
    steps = curve.steps[1:]
    return (
        [step[0] for step in steps] == days
        and np.allclose([step[1] for step in steps], shares)
        and curve.median.value == median
    )


def test_melanoma_under_pd1_inhibitors(tmp_path: Path) -> None:
    columns = {
        "id": "Sample ID", "response": "BR", "pfs": "PFS", "pfs_event": "progressed", "os": "OS", "os_event": "dead",
        "unit": "days",
    }  # fmt: skip
    rows, notes = read_table(TableSource(MELANOMA, columns, Place("study")))
    assert (len(rows), notes) == (144, ())
    with MELANOMA.open(encoding="utf-8") as file:
        raw = list(csv.DictReader(file, delimiter="\t"))
    told = Counter(row["BR"] for row in raw)
    rate = table_result(endpoint(tmp_path, "objective response rate"), rows)
    assert rate.value is not None
    assert rate.value[:2] == (told["CR"] + told["PR"], 144 - told["MR"])
    assert sorted(each.reason for each in rate.excluded) == ["response 'MR' is not known"] * told["MR"]
    for time, event, column in (("pfs", "progressed", "PFS"), ("os", "dead", "OS")):
        spells, excluded = spells_of(rows, time)
        assert excluded == ()
        assert [spell.days for spell in spells] == [float(row[column]) for row in raw]
        assert sum(spell.event for spell in spells) == sum(row[event] == "1" for row in raw)
        assert agrees(spells)


def test_lung_cancer_under_two_checkpoint_inhibitors(tmp_path: Path) -> None:
    columns = {"id": "PATIENT_ID", "response": "BEST_OVERALL_RESPONSE", "pfs": "PFS_MONTHS", "pfs_event": "PFS_STATUS"}
    rows, notes = read_table(TableSource(LUNG, columns | {"unit": "months"}, Place("study")))
    assert (len(rows), notes) == (75, ())
    rate = table_result(endpoint(tmp_path, "objective response rate", of="evaluable"), rows)
    shares = {name: share[:2] for name, share in rate.shares}
    assert (shares["of treated subjects"], shares["of evaluable subjects"]) == ((24, 75), (24, 68))
    spells, excluded = spells_of(rows, "pfs")
    assert (len(spells), sum(spell.event for spell in spells), excluded) == (75, 50, ())
    assert agrees(spells)


def sheet(path: Path) -> Iterator[dict[str, str]]:
    """The rows of an Excel file's first sheet by its header."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with ZipFile(path) as file:
        strings = ElementTree.fromstring(file.read("xl/sharedStrings.xml")).iter(f"{space}si")
        shared = ["".join(text.text or "" for text in each.iter(f"{space}t")) for each in strings]
        every = list(ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml")).iter(f"{space}row"))
    cells = [
        [
            shared[int(text)] if cell.get("t") == "s" else text
            for cell in row
            if (text := cell.findtext(f"{space}v")) is not None
        ]
        for row in every
    ]
    head, *rest = cells
    return (dict(zip(head, row, strict=True)) for row in rest)


def test_nivolumab_in_mismatch_repair_deficient_cancers_as_published() -> None:
    """NCI-MATCH arm Z1D (Azad 2020, J Clin Oncol 38:214): 42 patients, PFS at 6, 12, 18 months 51.3, 46.2, 31.4%.

    The times were read off the published figure, so the shares agree within three points.
    """
    spells = tuple(
        Spell(str(number), float(row["Months"]) * DAYS_PER_MONTH, row["Censoring value"] == "1")
        for number, row in enumerate(sheet(MATCH / "4_Z1D_pfs.xlsx"))
    )
    assert len(spells) == 42
    assert agrees(spells)
    curve, last = kaplan_meier(spells), max(spell.days for spell in spells)
    rates = [rate_at(curve, month * DAYS_PER_MONTH, last).value for month in (6, 12, 18)]
    assert rates == [pytest.approx(share, abs=0.03) for share in (0.513, 0.462, 0.314)]


def tcga_spells(study: str, kind: str) -> tuple[tuple[Spell, ...], int]:
    """The times of one kind (`OS`, `PFI`) of a study of the TCGA, and how many rows have none."""
    path = TCGA / f"{study}.mc3.clinical.tsv.gz"
    columns = {"id": "Tumor_Sample_Barcode", "os": f"CDR_{kind}.time", "os_event": f"CDR_{kind}", "unit": "days"}
    rows, notes = read_table(TableSource(path, columns, Place(str(path))))
    spells, excluded = spells_of(rows, "os")
    return spells, len(excluded) + len(notes)


@pytest.mark.parametrize("study", ["ACC", "CHOL", "GBM", "MESO", "OV", "PAAD", "UVM"])
@pytest.mark.parametrize("kind", ["OS", "PFI"])
def test_tcga_agrees_with_a_computation_of_its_own(study: str, kind: str) -> None:
    path = TCGA / f"{study}.mc3.clinical.tsv.gz"
    spells, left_out = tcga_spells(study, kind)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    usable = [row for row in rows if row[f"CDR_{kind}.time"] and row[f"CDR_{kind}"]]
    assert len(spells) == len(usable) > 20
    assert left_out == len(rows) - len(usable)
    assert agrees(spells)


def test_glioblastoma_lives_about_a_year() -> None:
    spells, _ = tcga_spells("GBM", "OS")
    median = months(kaplan_meier(spells).median)
    assert median.low is not None
    assert median.high is not None
    assert 9 < median.low < 15 < 18
