"""A regimen that was weighed for others is the one that a patient alone is recommended."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.graph import open_knowledge_base
from matcher.cohort import answers
from matcher.cohort.alone import alone, tables
from matcher.cohort.matching import Matching
from tests.cohorts import REQUEST, Files
from tests.matcher.cohort.told import assert_same
from tests.matcher.outcomes.registry import store_of
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[3] / "examples/her2-breast-precise"
PATIENT = EXAMPLES / "her2-amplified-after-trastuzumab.yaml"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A patient of whom local evidence tells, one with another tumor, and others."""
    folder = tmp_path_factory.mktemp("patients")
    told = PATIENT.read_text(encoding="utf-8")
    (folder / "P-1.yaml").write_text(told, encoding="utf-8")
    (folder / "P-2.yaml").write_text(told.replace("trastuzumab", "letrozole"), encoding="utf-8")
    (folder / "P-3.yaml").write_text("tumor_type: LUAD\nalterations: [EGFR L858R]\n", encoding="utf-8")
    (folder / "P-4.yaml").write_text("tumor_type: LUAD\nalterations: [EGFR L858R, TP53 R175H]\n", encoding="utf-8")
    (folder / "P-5.yaml").write_text("tumor_type: STAD\nalterations: [ERBB2 amplification]\n", encoding="utf-8")
    return sorted(folder.iterdir())


def test_what_a_site_adds_is_for_the_patients_it_tells_of(files: list[Path], tmp_path: Path) -> None:
    local = open_knowledge_base(store_of(tmp_path))
    assert local.local_evidence()
    subjects = list(Files(files, REQUEST).subjects())
    wanted = tables(alone(subjects, local, library()))
    assert_same(Matching(local, library()).matched(subjects), wanted)
    assert_same(Matching(local, library()).matched(subjects[::-1]), tables(alone(subjects[::-1], local, library())))


@pytest.mark.parametrize("most", [0, 10, answers.MOST_KEPT])
def test_what_is_forgotten_between_pieces_is_made_again(
    files: list[Path], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(answers, "MOST_KEPT", most)
    subjects = list(Files(files, REQUEST).subjects())
    pieces = [subjects, subjects[2:], subjects[::-1]]
    for piece, found in zip(pieces, Matching(knowledge(), library()).stream(pieces), strict=True):
        assert_same(found, tables(alone(piece, knowledge(), library())))
