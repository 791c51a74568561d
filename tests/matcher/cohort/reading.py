"""Subjects of real cohorts, as files tell of them."""

from __future__ import annotations

from pathlib import Path

from matcher.case import Request
from matcher.cohort.intake import intake
from matcher.cohort.subject import Subject, Unreadable
from tests.shared import knowledge


def subjects(path: Path, template: Request) -> list[Subject | Unreadable]:
    """Every patient of a study folder, of a MAF, or of a folder of MAFs named by their tumor types."""
    return list(intake([path], template, knowledge()).subjects())
