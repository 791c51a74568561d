"""A study of patients with HER2-amplified breast cancer under one regimen, written as a site writes it, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kb.outcomes import ACCEPTED, Curation, Local, as_trig, decided
from matcher.outcomes.computed import Ground, outcomes_of
from matcher.outcomes.local import Proposal, Proposed, propose, reader
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import Study, read_study
from tests.shared import knowledge, library

SECRET = b"0123456789abcdef0123456789abcdef"
ORCID = "0000-0002-1825-0097"
TODAY = "2026-11-20"


class Registered(NamedTuple):
    """A patient: responses are of assessments 8 weeks apart from the start on."""

    id: str
    start: str = "2023-02-06"
    responses: tuple[str, ...] = ("PR", "PD")
    age: int | None = 52
    arm: str = "prospective"
    tumor_type: str = "BRCA"
    gene: str = "ERBB2"
    regimen: str = "pyrotinib + capecitabine"


def write_study(folder: Path, patients: Iterable[Registered], smallest: int = 5, name: str = "registry") -> Path:
    """The study file beside its patient files."""
    for number, patient in enumerate(patients):
        (folder / f"file-{number}.json").write_text(json.dumps(_told(patient, name)), encoding="utf-8")
    told = {
        "study": name,
        "patients": ["file-*.json"],
        "arms": {"prospective": "enrolled before", "retrospective": "enrolled after"},
        "smallest_group": smallest,
        "endpoints": [
            {"measure": "objective response rate", "within": "6 months"},
            {"measure": "progression-free survival"},
        ],
    }
    path = folder / "study.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def _told(patient: Registered, study: str) -> dict[str, object]:
    start = date.fromisoformat(patient.start)
    seen = [
        {"date": str(start + timedelta(56 * visit)), "kind": "assessment", "response": response}
        for visit, response in enumerate(patient.responses, start=1)
    ]
    return {
        "id": patient.id,
        "tumor_type": patient.tumor_type,
        **({} if patient.age is None else {"age": patient.age}),
        "samples": [{"id": "liver", "date": str(start - timedelta(9)), "assay": "WES"}],
        "alterations": [{"sample": "liver", "gene": patient.gene, "alteration": "amplification"}],
        "events": [
            {"date": str(start - timedelta(2)), "kind": "enrolment", "study": study, "arm": patient.arm},
            {"date": str(start), "kind": "therapy start", "regimen": patient.regimen, "guided_by": "liver"},
            *seen,
        ],
    }


def proposal(path: Path, secret: bytes = SECRET, proposed: Proposed = Proposed(TODAY)) -> Proposal:  # noqa: B008
    """What the study of this file proposes, counted as the command counts it."""
    study = read_study(path, MEASURES)
    subjects = outcomes_of(study, Ground(knowledge(), library(), TODAY)).subjects
    return proposal_of(study, subjects, secret, proposed)


def proposal_of(study: Study, subjects: Iterable[object], secret: bytes, proposed: Proposed) -> Proposal:
    """The proposal of these subjects."""
    return propose(study, subjects, reader(study, TODAY, knowledge()), knowledge(), secret, proposed)  # type: ignore[arg-type]


def accepted(local: Local, reason: str | None = None) -> Local:
    """The outcomes with every item accepted."""
    decision = Curation("", "", 0, ACCEPTED, "A. Curator", ORCID, TODAY, reason)
    return decided(local, [each.id for each in local.items], decision)


def seven() -> tuple[Registered, ...]:
    """Seven patients of one group: five respond."""
    courses = (("PR", "PD"), ("PR", "PR", "PD"), ("PD",), ("CR", "CR"), ("SD", "PD"), ("PR",), ("SD", "PR", "PD"))
    return tuple(Registered(f"HOSPITAL-{n:03}", f"2023-0{n + 1}-06", seen) for n, seen in enumerate(courses, start=1))


@cache
def store_of(folder: Path, status: str = ACCEPTED) -> Path:
    """A store with the seven patients' local evidence, proposed or accepted."""
    from kb.releases import build

    folder.mkdir(exist_ok=True)
    local = proposal(write_study(folder, seven())).local
    file = folder / "outcomes.trig"
    file.write_text(as_trig(accepted(local) if status == ACCEPTED else local), encoding="utf-8")
    build(folder / "store", {"local": file}, validated=True)
    return folder / "store"
