"""Subjects of real cohorts, as files tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from kb.alteration import Alteration, Place
from matcher.case import Request
from matcher.cohort.subject import Subject, Unreadable
from matcher.notes import Note, UnusableInput
from matcher.patient import Patient, Sample
from matcher.readers import maf
from matcher.readers.study_folder import is_study, read_study


def subjects(path: Path, template: Request) -> list[Subject | Unreadable]:
    """Every patient of a study folder, of a MAF, or of a folder of MAFs named by their tumor types."""
    if path.is_dir() and is_study(path):
        return list(_of_study(path, template))
    mafs = [path] if path.is_file() else sorted(path.glob("*.maf.tsv.gz"))
    return [each for one in mafs for each in _of_maf(one, template)]


def _of_study(path: Path, template: Request) -> Iterator[Subject | Unreadable]:
    lines = (path / "data_clinical_sample.txt").read_text(encoding="utf-8").splitlines()
    table = [line.split("\t") for line in lines if not line.startswith("#")]
    at = table[0].index("PATIENT_ID")
    for name in dict.fromkeys(row[at] for row in table[1:]):
        try:
            read = read_study(path, name)
        except UnusableInput as error:
            yield Unreadable(name, str(path), f"{error.where}: {error.reason}", error.remedy)
            continue
        yield Subject(name, str(path), template._replace(path=path), "cBioPortal study", read.patient, read.notes)


def _of_maf(path: Path, template: Request) -> Iterator[Subject]:
    alterations: dict[str, list[Alteration]] = defaultdict(list)
    notes: dict[str, list[Note]] = defaultdict(list)
    for row in maf.rows(path):
        alterations[row.sample or ""] += row.alterations
        notes[row.sample or ""] += row.notes
    request = template._replace(path=path, tumor_type=template.tumor_type or path.name.split(".")[0])
    for name, called in alterations.items():
        sample = Sample(name, reported=frozenset({"small variant"}), assay=template.assay)
        patient = Patient(name, samples=(sample,), alterations=tuple(called), place=Place(path.name))
        yield Subject(name, path.name, request, "MAF", patient, tuple(notes[name]))
