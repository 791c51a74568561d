"""The tumor type that a file of many patients stands for by its name, such as `LUAD.maf.gz`, and each one's own below.

The abbreviations of TCGA's studies are not OncoTree's codes: TGCT is a germ cell tumor in the one and a giant cell
tumor in the other. They count where the samples are TCGA's by their barcodes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from kb.tumor_types import AmbiguousTumorCode, UnknownTumorType
from matcher.notes import Note, Severity
from matcher.readers.study_folder import icd_o_3

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.tumor_types import TumorType
    from matcher.patient import Patient
    from matcher.readers.study_folder import Record

CHECK = "check it, or give --tumor-type"


class TcgaStudy(NamedTuple):
    """A study of TCGA: its name, the OncoTree code that holds all of it, and why that is a wide one."""

    study: str
    name: str
    oncotree: str
    why: str = ""


@cache
def tcga() -> dict[str, TcgaStudy]:
    """TCGA's studies by abbreviation."""
    table = json.loads(files("matcher.cohort").joinpath("tcga.json").read_text(encoding="utf-8"))
    return {each["study"]: TcgaStudy(**each) for each in table["studies"]}


def reading(code: str, knowledge: KnowledgeBase) -> TumorType | None:
    """The tumor type that a code or name stands for, None when it is not known or not clear."""
    try:
        return knowledge.tumor_reading(code)[0]
    except (AmbiguousTumorCode, UnknownTumorType):
        return None


class FileType:
    """The tumor type of a file: `code`, and in words where it comes from. A patient's own may be a narrower one."""

    def __init__(self, code: str | None, because: str, knowledge: KnowledgeBase) -> None:
        self.code, self.because = code, because
        self._knowledge = knowledge
        self._read: dict[str, TumorType | None] = {}

    def stated(self, patient: Patient, records: Sequence[Record | None]) -> tuple[Patient, tuple[Note, ...]]:
        """The patient with a tumor type, and what was done.

        What the clinical table names in words or by OncoTree's code stays. Its ICD-O-3 codes count where the file has
        no type, and where they are narrower than the file's.
        """
        if patient.tumor_type is not None:
            return patient, ()
        codes = icd_o_3(records)
        if self.code is None:
            return (replace(patient, tumor_type=codes) if codes else patient), ()
        told = Note(Severity.INFO, patient.place, f"the tumor type is {self.code}, {self.because}", CHECK)
        own, of_file = self._of(codes), self._of(self.code)
        if codes is not None and own is not None and of_file is not None and of_file.code in own.ancestors:
            message = f"ICD-O-3 {codes} narrows the tumor type of the file, {self.code}, to {own.code} ({own.name})"
            narrower = Note(Severity.INFO, patient.place, message, CHECK)
            return replace(patient, tumor_type=self.code, tumor_codes=(codes,)), (narrower,)
        patient = replace(patient, tumor_type=self.code)
        if own is None or of_file is None or own.code in (of_file.code, *of_file.ancestors):
            return patient, (told,)
        message = f"ICD-O-3 {codes} is read as {own.code}, which is no kind of {self.code}: the file's type counts"
        return patient, (told, Note(Severity.INFO, patient.place, message, CHECK))

    def _of(self, code: str | None) -> TumorType | None:
        if code is None:
            return None
        if code not in self._read:
            self._read[code] = reading(code, self._knowledge)
        return self._read[code]


def file_type(stem: str, are_tcga: bool, knowledge: KnowledgeBase) -> FileType:
    """The type that the first part of a file's name stands for (`LUAD` of `LUAD.mc3.maf.tsv.gz`), one without if none.

    `are_tcga` says that the samples bear TCGA's barcodes.
    """
    study = tcga().get(stem) if are_tcga else None
    if study is not None:
        why = f": {study.why}" if study.why else ""
        return FileType(study.oncotree, f"by the file's name: {study.study} is TCGA's {study.name}{why}", knowledge)
    found = reading(stem, knowledge) if stem.isupper() else None
    if found is None or found.code != stem:
        return FileType(None, "", knowledge)
    return FileType(stem, f"by the file's name: {stem} is OncoTree's {found.name}", knowledge)
