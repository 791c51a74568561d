"""The Molecular Oncology Almanac: flat assertions as evidence, and the referenced model's indications.

A release's folder holds both; a file is one of flat assertions. Source and terms: https://moalmanac.org,
https://github.com/vanallenlab/moalmanac-db.
"""

from __future__ import annotations

from pathlib import Path

from kb.errors import UnreadableSource
from kb.loaders import moalmanac_flat, moalmanac_referenced
from kb.loaders.base import Loader, Report
from kb.normalizer import Normalizer
from kb.statements import Row, Tables, cells

FLAT = "molecular-oncology-almanac.json"


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """Evidence rows of the flat assertions, and indication and requirement rows of the referenced model."""
    flat, referenced = _parts(path)
    tables: dict[str, tuple[Row, ...]] = {}
    newest = ""
    if flat is not None:
        assertions = moalmanac_flat.read(flat)
        newest = max((str(each.get("last_updated") or "") for each in assertions), default="")
        tables["evidence"] = tuple(moalmanac_flat.rows(flat, assertions, names, report))
    if referenced is not None:
        model = moalmanac_referenced.read(referenced)
        newest = model.updated or newest
        indications, requirements = moalmanac_referenced.rows(model, names, report)
        tables |= _approved_and_covered(indications, requirements)
    report.release = report.release or newest
    report.released_on = newest or None
    return Tables(tables)


def _approved_and_covered(indications: list[Row], requirements: list[Row]) -> dict[str, tuple[Row, ...]]:
    """Regulators' indications with their requirements, and a payer's decisions as coverage, one row for each drug."""
    paid = moalmanac_referenced.REIMBURSEMENT
    approved = tuple(row for row in indications if row["source_kind"] != paid)
    used = {name for row in approved for name in cells(row, "requirements")}
    said = {row["id"]: row["text"] for row in requirements}
    covered = []
    for row in indications:
        if row["source_kind"] != paid:
            continue
        drugs = sorted({drug for regimen in cells(row, "regimens") for drug in regimen.split("+")})
        for drug in drugs:
            covered.append(
                Row(
                    id=f"{row['id']}:{drug}",
                    plan="HSE",
                    drug=drug,
                    profile=row["profile"],
                    tumor_types=row["tumor_types"],
                    scope=said.get(row["requirements"], ""),
                    listed="yes" if row["status"] == "approved" else "no",
                    effective_year=row["approved_on"][:4],
                    source_kind=row["source_kind"],
                    sources=row["sources"],
                    verified=row["verified"],
                    note=row["note"],
                )
            )
    kept = tuple(row for row in requirements if row["id"] in used)
    return {"indications": approved, "requirements": kept, "coverage": tuple(covered)}


def _parts(path: Path) -> tuple[Path | None, Path | None]:
    """The file of flat assertions and the folder of the referenced model, where they are."""
    if not path.exists():
        raise UnreadableSource(str(path), "is not there", "name a file or folder that exists")
    if path.is_file():
        return path, None
    flat = next((file for file in (path / FLAT, path / f"{FLAT}.gz") if file.is_file()), None)
    referenced = next((folder for folder in (path / "referenced", path) if _has_statements(folder)), None)
    if flat is None and referenced is None:
        problem = f"holds neither {FLAT} nor the folder `referenced`"
        raise UnreadableSource(str(path), problem, "name the folder that the release was unpacked to")
    return flat, referenced


def _has_statements(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("statements.json", "statements.json.gz"))


LOADER = Loader(
    name="moalmanac",
    title="Molecular Oncology Almanac",
    reads="the folder of a release, or molecular-oncology-almanac.json",
    licence="GPL-2.0; for research use only: diagnostic, clinical and commercial use is not permitted",
    address="https://github.com/vanallenlab/moalmanac-db",
    load=load,
    id_prefixes=("MOA",),
)
