"""Rows of MAFs that another process reads: patients have the same, and the files are told of alike."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from matcher.case import prepared
from matcher.cohort.handed import Handed
from matcher.cohort.intake import intake
from matcher.cohort.intake_unread import Unread
from matcher.cohort.processes import Processes
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.workers import Workers
from tests.matcher.cohort.inputs import BRAF, CLINICAL, EGFR, HEADER, TEMPLATE, TITIN, put
from tests.matcher.cohort.test_workers import DIGEST
from tests.shared import knowledge

COHORTS = Path(__file__).parents[4] / "shared/data/cohorts"

HG38 = EGFR.replace("GRCh37", "GRCh38")
UNTOLD = "EGFR\tGRCh37\t7\t55259515\tMissense_Mutation\t{}\t\n"
UNREADABLE = "EGFR\tGRCh37\t7\t55259515\tMissense_Mutation\t{}\tbanana\n"
FUSED = "ALK\tGRCh37\t2\t29446394\tFusion\t{}\tEML4-ALK fusion\n"
SHORT = "EGFR\tGRCh37\t7\n"
LONG = EGFR.replace("\n", "\t\t\n")
NORMAL = "PATIENT_ID\tSAMPLE_ID\tONCOTREE_CODE\tSAMPLE_TYPE\nA\tA-1\tLUAD\tPrimary\nA\tA-2\tLUAD\tBlood normal\n"
STUDY = {
    "meta_study__txt": "type_of_cancer: luad\ncancer_study_identifier: s\nname: s\ndescription: s\n",
    "data_clinical_sample__txt": CLINICAL,
    "data_CNA__txt": "Hugo_Symbol\tA-1\tB-1\nERBB2\t2\t0\n",
    "data_sv__txt": "Sample_Id\tSite1_Hugo_Symbol\tSite2_Hugo_Symbol\nB-1\tEML4\tALK\n",
}


def both(*paths: Path) -> tuple[list[Subject | Unreadable], list[Subject | Unreadable]]:
    """The subjects of these files, read at once, and left unread; the notes on the files are the same."""
    at_once, left = intake(paths, TEMPLATE, knowledge()), intake(paths, TEMPLATE, knowledge(), whole=False)
    found = list(at_once.subjects()), list(left.subjects())
    assert at_once.notes == left.notes
    return found


def handed(piece: list[Subject | Unreadable]) -> list[Subject | Unreadable]:
    """The piece as another process has it."""
    again: Handed = pickle.loads(pickle.dumps(Handed(piece)))
    return again.whole()


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [EGFR.format("A-1"), BRAF.format("B-1"), TITIN.format("A-1")],
        [HG38.format("B-1"), EGFR.format("A-1"), BRAF.format("A-1")],
        [UNTOLD.format("A-1"), UNREADABLE.format("A-1"), UNTOLD.format("B-1"), EGFR.format("B-1")],
        [FUSED.format("A-1"), FUSED.format("A-1"), EGFR.format("A-1")],
        [SHORT, LONG.format("A-1"), "# a comment\n", EGFR.format(" A-1 "), EGFR.format("")],
        [EGFR.format("C-1"), EGFR.format("A-2"), BRAF.format("A-1")],
    ],
)
@pytest.mark.parametrize("clinical", [None, CLINICAL, NORMAL])
@pytest.mark.parametrize("is_study", [False, True])
def test_a_patient_has_the_same_whoever_reads_the_rows(
    tmp_path: Path, rows: list[str], clinical: str | None, is_study: bool
) -> None:
    text = HEADER + "".join(rows)
    if is_study:
        files = {**STUDY, "data_mutations__txt": text, "data_clinical_sample__txt": clinical or CLINICAL}
        path = put(tmp_path, **files)
    else:
        path = put(tmp_path, x__maf=text, **({} if clinical is None else {"x__clinical__txt": clinical})) / "x.maf"
    wanted, left = both(path)
    assert handed(left) == wanted
    assert [each.name for each in left] == [each.name for each in wanted]


def test_what_is_unread_is_as_large_as_its_lines(tmp_path: Path) -> None:
    path = put(tmp_path, x__maf=HEADER + EGFR.format("A") + BRAF.format("A") + BRAF.format("B")) / "x.maf"
    _, left = both(path)
    assert [each.size for each in left if isinstance(each, Subject)] == [2, 1]
    assert [each.is_last for each in left if isinstance(each, Subject)] == [False, True]


def test_nobody_is_matched_without_rows_that_are_unread(tmp_path: Path) -> None:
    """They would be taken for rows that are not there: the patient would be told of what was not found."""
    path = put(tmp_path, x__maf=HEADER + EGFR.format("A")) / "x.maf"
    ((whole,), (left,)) = both(path)
    assert isinstance(whole, Subject)
    assert isinstance(left, Subject)
    assert left.patient.alterations == ()
    with pytest.raises(ValueError, match="A: 1 rows are not read"):
        prepared(left.request, left.read, knowledge())
    request = whole.request._replace(tumor_type="LUAD")
    assert prepared(request, whole.read, knowledge()).patient.alterations == whole.patient.alterations


@pytest.mark.parametrize("processes", [1, 2])
def test_rows_are_read_by_whoever_answers(tmp_path: Path, processes: int) -> None:
    path = put(tmp_path, x__maf=HEADER + "".join(EGFR.format(f"S{n}") for n in range(6))) / "x.maf"
    wanted, left = both(path)
    assert all(isinstance(each, Subject) and isinstance(each.unread, Unread) for each in left)
    here: Any = Reading()
    made: Any = Reading
    workers = Workers(here, Processes(made, processes))
    try:
        answered = list(workers.stream([left[:2], left[2:4], left[4:]]))
    finally:
        workers.close()
    assert [seen for each in answered for seen in each] == [repr(each) for each in wanted]


class Reading:
    """What answers a piece with the subjects that it was given."""

    knowledge = rules = DIGEST

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Any:
        """The subjects as they came."""
        return list(map(repr, subjects))

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Iterator[Any]:
        """Those of each piece."""
        return map(self.matched, pieces)

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("study", ["brca_smc_2018", "maftools_small"])
def test_a_real_study_is_the_same_whoever_reads_the_rows(study: str) -> None:
    if not (COHORTS / study).is_dir():
        pytest.skip("the public data are not here")
    wanted, left = both(COHORTS / study)
    assert handed(left) == wanted
