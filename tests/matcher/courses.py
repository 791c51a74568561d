"""Subjects of a study as patient files tell them, and endpoints as study files ask, for tests and scenarios."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from matcher.outcomes import adverse_events, guided, performance, psa, quality, response, survival
from matcher.outcomes.study import Endpoint, Study, read_study
from matcher.outcomes.subject import Subject, subject_of
from matcher.outcomes.values import Result
from matcher.readers.patient_file import read_patient_file

MEASURES = {**response.MEASURES, **survival.MEASURES}

EVERY = {
    **MEASURES, **adverse_events.MEASURES, **guided.MEASURES, **performance.MEASURES, **psa.MEASURES,
    **quality.MEASURES,
}  # fmt: skip
"""Every measure that an endpoint of a test or a scenario may ask for."""


def subject(folder: Path, id: str, *events: Mapping[str, object], **about: object) -> Subject:
    """The subject that a patient file with these events tells."""
    path = folder / f"{id}.json"
    told = {"id": id, "tumor_type": "BRCA", **about, "events": list(events)}
    path.write_text(json.dumps(told), encoding="utf-8")
    found = read_patient_file(path)
    assert not found.notes, found.notes
    made, notes = subject_of(found.patient, Study("study", "study", path))
    assert not notes, notes
    return made


def endpoint(folder: Path, measure: str, **options: object) -> Endpoint:
    """An endpoint, its options read as a study file's are."""
    path = folder / "study.json"
    asked = {"name": measure, "measure": measure, **options}
    path.write_text(json.dumps({"study": "study", "endpoints": [asked]}), encoding="utf-8")
    return read_study(path, EVERY).endpoints[0]


def computed(folder: Path, subjects: Sequence[Subject], measure: str, **options: object) -> Result:
    """What an endpoint of these subjects comes to."""
    return EVERY[measure].compute(endpoint(folder, measure, **options), tuple(subjects))


def start(date: str, regimen: str = "pyrotinib", **more: object) -> dict[str, object]:
    """A therapy that a profile guided, and so one of the study."""
    return {"date": date, "kind": "therapy start", "regimen": regimen, "guided_by": "liver", **more}


def seen(date: str, response: str, **more: object) -> dict[str, object]:
    """A tumor assessment."""
    return {"date": date, "kind": "assessment", "response": response, **more}


def event(date: str, kind: str, **more: object) -> dict[str, object]:
    """Any other event."""
    return {"date": date, "kind": kind, **more}
