"""What another jurisdiction or a test is said to change is what what-if finds for each patient, no more and no less."""

from __future__ import annotations

import gzip
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from matcher.case import Matched, Request, match_patient, read_patient
from matcher.cohort.changes import (
    JURISDICTION,
    TEST,
    Change,
    Trying,
    add_changes,
    jurisdictions,
    untested,
)
from matcher.cohort.matching import Matching
from matcher.cohort.output import opened
from matcher.cohort.subject import Subject, Unreadable
from matcher.edits import Edit, parse_edit
from matcher.notes import UnusableInput
from matcher.recommend import options_about
from matcher.what_if import what_if
from rules.engine import engine
from tests.cohorts import written
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "mcrpc-wes/wes-only.json",
    "recurrent-gynecological-mtb/msi-high-endometrial.yaml",
    "refractory-solid-registry/fusion-thyroid.yaml",
    "timeline/colorectal-emerging-kras.yaml",
)
TODAY = "2026-11-20"
TCGA = Path(__file__).parents[4] / "shared/data/cohorts/tcga/CHOL.mc3.maf.tsv.gz"


def subject(name: str) -> Subject:
    request = Request(EXAMPLES / name, TODAY)
    return Subject(name, name, request, *read_patient(request))


@cache
def subjects() -> tuple[Subject | Unreadable, ...]:
    return (*map(subject, FILES), Unreadable("broken", "broken.yaml", "it is empty", "fill it"))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as a finished cohort with what every jurisdiction and the first tests change."""
    output = tmp_path_factory.mktemp("cohort") / "examples.parquet"
    matching = Matching(knowledge(), library())
    written(matching.matched(subjects()), output)
    add_changes(output, subjects(), matching, (*jurisdictions(), *untested(output, 3)))
    return output


def changes(output: Path, which: str = "true") -> list[tuple[Any, ...]]:
    with opened(output) as cohort:
        return cohort.run(f"SELECT kind, change, edits, patient, regimen, before, after FROM tried WHERE {which}")


def edits_of(text: str) -> tuple[Edit, ...]:
    """The edits of a row, read as a user of a shell gives them to what-if."""
    words = shlex.split(text)
    return tuple(parse_edit(action[2:], value) for action, value in zip(words[::2], words[1::2], strict=True))


def differing(output: Path, requests: Mapping[str, Request]) -> list[tuple[str, str]]:
    """The patients and edits of which what-if finds other moves than the cohort tells; all that were tried if none."""
    told: dict[tuple[str, str], set[tuple[Any, ...]]] = {}
    for _, _, edits, patient, *moved in changes(output):
        regimens = told.setdefault((patient, edits), set())
        if moved[0] is not None:
            regimens.add(tuple(moved))
    assert len(told) > 10
    assert any(told.values())
    found = []
    for (patient, edits), regimens in told.items():
        answer = what_if(requests[patient], edits_of(edits), knowledge(), library(), "sql")
        moves = [("+".join(each.regimen), *each.tiers) for each in answer.difference.moves]
        if regimens != {each for each in moves if each[1] != each[2]}:
            found.append((patient, edits))
    return found


def test_what_is_told_is_what_what_if_finds(cohort: Path) -> None:
    assert not differing(cohort, {name: Request(EXAMPLES / name, TODAY) for name in FILES})


@pytest.mark.skipif(not TCGA.is_file(), reason="the TCGA files are not beside this checkout")
def test_it_is_so_for_patients_of_a_study(tmp_path: Path) -> None:
    requests = dict(islice(_samples(tmp_path), 3))
    every = [Subject(name, name, request, *read_patient(request)) for name, request in requests.items()]
    output, matching = tmp_path / "study.parquet", Matching(knowledge(), library())
    written(matching.matched(every), output)
    add_changes(output, every, matching, (*jurisdictions(), *untested(output, 2)))
    assert not differing(output, requests)


def _samples(folder: Path) -> Iterator[tuple[str, Request]]:
    """The patients of the study with most mutations first, each with a file of their own."""
    with gzip.open(TCGA, "rt") as file:
        head, *rows = file
    place = head.split("\t").index("Tumor_Sample_Barcode")
    by_sample: dict[str, list[str]] = {}
    for row in rows:
        by_sample.setdefault(row.split("\t")[place], []).append(row)
    for name in sorted(by_sample, key=lambda each: (-len(by_sample[each]), each)):
        path = folder / f"{name}.maf"
        path.write_text(head + "".join(by_sample[name]), encoding="utf-8")
        yield name, Request(path, TODAY, "CHOL", "EU", assay="WES")


def test_every_jurisdiction_is_tried_but_the_patients_own(cohort: Path) -> None:
    tried = {(patient, place) for _, place, _, patient, *_ in changes(cohort, f"kind = '{JURISDICTION}'")}
    with opened(cohort) as found:
        own = dict(found.run("SELECT patient, jurisdiction FROM patients WHERE outcome = 'matched'"))
    assert tried == {
        (patient, each.what) for patient, here in own.items() for each in jurisdictions() if each.what != here
    }


def test_a_test_is_tried_where_it_alone_keeps_an_option_back(cohort: Path) -> None:
    tried = {(patient, profile) for _, profile, _, patient, *_ in changes(cohort, f"kind = '{TEST}'")}
    with opened(cohort) as found:
        asked = found.run(
            "SELECT DISTINCT patient, about FROM blocks JOIN patients USING (alike)"
            " WHERE sole AND criterion = 'biomarker' AND verdict = 'undetermined'"
        )
    assert tried
    assert tried <= set(asked)
    profiles = {profile for _, profile in tried}
    without = {each for each in asked if each[1] in profiles} - tried
    for patient, profile in without:  # no result can be stated that would make it present
        assert not list(Trying(knowledge()).changed(subject(patient), [Change(TEST, profile, profile)]))


def test_an_option_that_only_a_biomarker_keeps_back_is_opened_by_it_or_says_why_not(cohort: Path) -> None:
    """The claim behind `sole`: with the result, what kept the option out is gone; what keeps it out then is new."""
    recommended = 0
    with opened(cohort) as found:
        sole = found.run(
            "SELECT patient, about, list(DISTINCT option ORDER BY option) FROM blocks JOIN patients USING (alike)"
            " WHERE sole AND criterion = 'biomarker' AND verdict = 'undetermined' GROUP BY patient, about"
        )
    tried = {(patient, change): edits for _, change, edits, patient, *_ in changes(cohort, f"kind = '{TEST}'")}
    for patient, about, options in sole:
        if (patient, about) not in tried:
            continue
        (change, after) = next(Trying(knowledge()).changed(subject(patient), [Change(TEST, about, about)]))
        state = match_patient(after.subject.request, after.subject.read, knowledge(), library(), engine("sql").run)
        found_options = {each.id: each for each in options_about(state, all_regimens(state))}
        for name in options:
            option = found_options[name]
            recommended += option.tier is not None
            against = [each for each in option.blocking if each.criterion == "biomarker"]
            assert not against, (patient, change, name)
    assert recommended


def all_regimens(matched: Matched) -> set[tuple[str, ...]]:
    """Every regimen of a patient: their options are then told without levels, which takes less time."""
    return {item.regimen for item in matched.case.items.values()}


def test_who_pays_moves_no_regimen_in_or_out_of_a_tier() -> None:
    """What the page says of coverage: it changes what is paid and the order of equals, nothing else."""
    paid = 0
    for name in FILES:
        request = Request(EXAMPLES / name, TODAY, jurisdiction="CN")
        found = what_if(request, [parse_edit("set", "coverage=self-pay")], knowledge(), library(), "sql")
        assert not [each for each in found.difference.moves if each.tiers[0] != each.tiers[1]], name
        paid += bool(found.difference.moves)
    assert paid


def test_a_broken_cohort_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "cohort.parquet"
    with pytest.raises(UnusableInput, match="is no output of a finished run"):
        untested(missing)
    written(Matching(knowledge(), library()).matched([subjects()[-1]]), missing)
    missing.write_text("no table", encoding="utf-8")
    with pytest.raises(UnusableInput, match="cannot be read"):
        untested(missing)


def test_a_cohort_without_a_readable_patient_has_no_changes(tmp_path: Path) -> None:
    output = tmp_path / "none.parquet"
    matching = Matching(knowledge(), library())
    written(matching.matched([subjects()[-1]]), output)
    seen: list[int] = []
    watch: Callable[[int], None] = seen.append
    add_changes(output, [subjects()[-1]], matching, jurisdictions(), watch)
    assert not changes(output)
    assert not seen
