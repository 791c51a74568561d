"""Subjects of a study for tests: from the YAML of a patient's course, read as a user's file is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kb.alteration import Place
from matcher.outcomes.study import Endpoint, Measure, Study
from matcher.outcomes.subject import Subject, subject_of
from matcher.readers.patient_file import read_patient_file

STUDY = Study("TEST", "A test", Path("study.yaml"))


def subject(folder: Path, text: str, name: str = "P") -> Subject:
    """The subject whose patient file holds this text below its id and tumor type."""
    path = folder / f"{name}.yaml"
    path.write_text(f"id: {name}\ntumor_type: BRCA\n{text}", encoding="utf-8")
    return subject_of(read_patient_file(path).patient, STUDY)[0]


def endpoint(measure: Measure, options: Mapping[str, object | None] | None = None) -> Endpoint:
    """An endpoint of a measure: what the measure takes by itself, and the options that a test sets."""
    every = {name: option.default for name, option in measure.options.items()} | dict(options or {})
    return Endpoint("test", "test", every, "", Place("study.yaml", 1))
