"""Readers of patient files, one file per format: what a file holds as alterations and notes, no row lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from matcher.notes import Note, UnusableInput
from matcher.readers import copy_number, fusion, maf, table
from matcher.readers.detect import detect
from matcher.readers.reading import PatientFile, Reading, Row, chosen_sample


def _read_vcf(path: Path, sample: str | None = None) -> Reading:
    from matcher.readers import vcf  # only a VCF pays for its imports

    return vcf.read(path, sample)


def _vcf_rows(path: Path, notes: list[Note] | None = None, sample: str | None = None) -> Iterator[Row]:
    from matcher.readers import vcf

    return vcf.rows(path, notes, sample)


def _vcf_samples(path: Path) -> tuple[str, ...]:
    from matcher.readers import vcf

    return vcf.samples(path)


def _study_patients(path: Path) -> tuple[str, ...]:
    from matcher.readers import study_folder

    return study_folder.patients(path)


def _read_annovar(path: Path, sample: str | None = None) -> Reading:
    from matcher.readers import annovar

    return annovar.read(path, sample)


def _annovar_rows(path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
    from matcher.readers import annovar

    return annovar.rows(path, notes)


def _read_study(path: Path, sample: str | None = None, has_type: bool = False) -> PatientFile:
    from matcher.readers import study_folder

    return study_folder.read_study(path, sample, has_type)


def _read_list(path: Path, sample: str | None = None) -> Reading:
    from matcher.readers import alteration_list  # only a list pays for reading free text

    return alteration_list.read(path, sample)


def _list_rows(path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
    from matcher.readers import alteration_list

    return alteration_list.rows(path, notes)


def _read_patient_file(path: Path, sample: str | None = None) -> PatientFile:
    from matcher.readers import patient_file  # it imports this module

    return patient_file.read_patient_file(path, sample)


def _read_phenopacket(path: Path, sample: str | None = None) -> PatientFile:
    from matcher.readers import phenopacket  # only such a document pays for its imports

    return phenopacket.read(path, sample)


def _read_fhir(path: Path, sample: str | None = None) -> PatientFile:
    from matcher.readers import fhir

    return fhir.read(path, sample)


def _read_dnpm(path: Path, sample: str | None = None) -> PatientFile:
    from matcher.readers import dnpm

    return dnpm.read(path, sample)


STUDY = "cBioPortal study"

PATIENTS: dict[str, Callable[[Path, str | None], PatientFile]] = {
    "patient file": _read_patient_file,
    STUDY: _read_study,
    "phenopacket": _read_phenopacket,
    "FHIR document": _read_fhir,
    "DNPM MTB file": _read_dnpm,
}
"""Reader of a file (or folder) that describes a patient, by format; the text is the sample that is asked for."""

READERS: dict[str, Callable[[Path, str | None], Reading]] = {
    "VCF": _read_vcf,
    "MAF": maf.read,
    "table": table.read,
    "copy number": copy_number.read,
    "fusions": fusion.read,
    "ANNOVAR": _read_annovar,
    "list": _read_list,
}
"""Reader of one sample of a file, by format. A new format is one file, one line here and one in `detect`."""


class RowReader(Protocol):
    """A function that reads a file row by row."""

    def __call__(self, path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
        """One Row for each data row; what is to be said of the file as a whole is added to `notes` on the way."""
        ...


ROWS: dict[str, RowReader] = {
    "VCF": _vcf_rows,
    "MAF": maf.rows,
    "table": table.rows,
    "copy number": copy_number.rows,
    "fusions": fusion.rows,
    "ANNOVAR": _annovar_rows,
    "list": _list_rows,
}
"""Streaming reader of all samples of a file, by format."""

SIDE_BY_SIDE: dict[str, Callable[[Path, list[Note], str | None], Iterator[Row]]] = {
    "VCF": _vcf_rows,
}
"""Formats with a column for each sample: their ROWS are of one sample, that of the tumor; these are of any one."""


CHOICES: dict[str, Callable[[Path], tuple[str, ...]]] = {"VCF": _vcf_samples, STUDY: _study_patients}
"""Formats that tell before their rows are read which samples or patients can be asked for."""


def choices(path: Path, form: str | None = None) -> tuple[str, ...]:
    """The samples of a variant file, or the patients of a study, in its order; none where it names none."""
    form = form or detect(path)
    if form in CHOICES:
        return CHOICES[form](path)
    found = (row.sample for row in rows(path, [], form=form))
    return tuple(dict.fromkeys(sample for sample in found if sample is not None))


def read(path: Path, sample: str | None = None, form: str | None = None) -> Reading:
    """What a variant file holds for one sample; its format is told by its content unless `form` names it.

    UnusableInput for whatever cannot be read at all: it carries where, why and the remedy.
    """
    form = form or detect(path)
    if form in PATIENTS:
        raise UnusableInput(str(path), f"it is a {form}, not a variant file", "give it as PATIENT, not as variants")
    return READERS[form](path, sample)


def rows(path: Path, notes: list[Note], sample: str | None = None, form: str | None = None) -> Iterator[Row]:
    """The rows of a file whose format is one of ROWS, one by one: of one sample, or of all.

    Notes on the file as a whole are added to `notes`. UnusableInput, at the latest after the last row, for a sample
    that the file does not have.
    """
    form = form or detect(path)
    if sample is not None and form in SIDE_BY_SIDE:
        yield from SIDE_BY_SIDE[form](path, notes, sample)
        return
    samples: dict[str, None] = {}
    for row in ROWS[form](path, notes):
        if row.sample is not None:
            samples[row.sample] = None
        if sample is None or row.sample in (sample, None):
            yield row
    if sample is not None:
        chosen_sample(path, tuple(samples), sample)


def read_patient(path: Path, sample: str | None = None, form: str | None = None, has_type: bool = False) -> PatientFile:
    """The patient of a file whose format is one of PATIENTS; `has_type` says that the tumor type is told elsewhere."""
    form = form or detect(path)
    return _read_study(path, sample, has_type) if form == STUDY else PATIENTS[form](path, sample)


__all__ = [
    "CHOICES",
    "PATIENTS",
    "READERS",
    "ROWS",
    "SIDE_BY_SIDE",
    "PatientFile",
    "Reading",
    "Row",
    "RowReader",
    "choices",
    "detect",
    "read",
    "read_patient",
    "rows",
]
