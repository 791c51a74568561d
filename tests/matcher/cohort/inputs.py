"""Files of a cohort as tests write them, and what is read from them."""

from __future__ import annotations

from pathlib import Path

from matcher.case import Request
from matcher.cohort.intake import intake
from matcher.cohort.subject import Intake, Subject, Unreadable
from tests.shared import knowledge

TEMPLATE = Request(Path("cohort"), "2026-11-20", default_jurisdiction="EU")
HEADER = (
    "Hugo_Symbol\tNCBI_Build\tChromosome\tStart_Position\tVariant_Classification\tTumor_Sample_Barcode\tHGVSp_Short\n"
)
EGFR = "EGFR\tGRCh37\t7\t55259515\tMissense_Mutation\t{}\tp.L858R\n"
BRAF = "BRAF\tGRCh37\t7\t140453136\tMissense_Mutation\t{}\tp.V600E\n"
TITIN = "TTN\tGRCh37\t2\t179400000\tMissense_Mutation\t{}\tp.A10V\n"
CLINICAL = "PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\tAGE\tSEX\nA\tA-1\tLUAD\t61\tFemale\nB\tB-1\tMEL\t50\tMale\n"


def read(*paths: Path, template: Request = TEMPLATE, clinical: Path | None = None) -> Intake:
    return intake(paths, template, knowledge(), clinical)


def subjects(found: Intake) -> dict[str, Subject]:
    return {each.name: each for each in found.subjects() if isinstance(each, Subject)}


def unreadable(found: Intake) -> dict[str, Unreadable]:
    return {each.name: each for each in found.subjects() if isinstance(each, Unreadable)}


def labels(subject: Subject) -> list[str]:
    return [each.label for each in subject.patient.alterations]


def put(folder: Path, **files: str | bytes) -> Path:
    """The folder with files; `__` in a name is a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
