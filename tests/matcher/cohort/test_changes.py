"""What another jurisdiction or a test is said to change is what what-if finds for each patient, no more and no less."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from matcher.case import Request, match_patient, read_patient
from matcher.cohort.changes import (
    JURISDICTION,
    TEST,
    Change,
    Trying,
    add_changes,
    jurisdictions,
    untested,
)
from matcher.cohort.finished import finished, written
from matcher.cohort.matching import Matching
from matcher.cohort.subject import Subject, Unreadable
from matcher.edits import Edit, parse_edit
from matcher.notes import UnusableInput
from matcher.recommend import answer
from matcher.what_if import what_if
from rules.engine import engine
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "mcrpc-wes/wes-only.json",
    "recurrent-gynecological-mtb/msi-high-endometrial.yaml",
    "refractory-solid-registry/fusion-thyroid.yaml",
    "refractory-solid-registry/unknown-significance.yaml",
    "timeline/colorectal-emerging-kras.yaml",
)
TODAY = "2026-11-20"


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
    with finished(output) as cohort:
        return cohort.rows(f"SELECT kind, change, edits, patient, regimen, before, after FROM tried WHERE {which}")


def edits_of(text: str) -> tuple[Edit, ...]:
    """The edits of a row, read as a user of a shell gives them to what-if."""
    words = shlex.split(text)
    return tuple(parse_edit(action[2:], value) for action, value in zip(words[::2], words[1::2], strict=True))


def test_what_is_told_is_what_what_if_finds(cohort: Path) -> None:
    told: dict[tuple[str, str], set[tuple[Any, ...]]] = {}
    for _, _, edits, patient, *moved in changes(cohort):
        regimens = told.setdefault((patient, edits), set())
        if moved[0] is not None:
            regimens.add(tuple(moved))
    assert len(told) > 15
    for (patient, edits), regimens in told.items():
        request = Request(EXAMPLES / patient, TODAY)
        found = what_if(request, edits_of(edits), knowledge(), library(), "sql")
        moves = {
            ("+".join(each.regimen), *each.tiers) for each in found.difference.moves if each.tiers[0] != each.tiers[1]
        }
        assert regimens == moves, (patient, edits)


def test_every_jurisdiction_is_tried_but_the_patients_own(cohort: Path) -> None:
    tried = {(patient, place) for _, place, _, patient, *_ in changes(cohort, f"kind = '{JURISDICTION}'")}
    with finished(cohort) as found:
        own = dict(found.rows("SELECT patient, jurisdiction FROM patients WHERE outcome = 'matched'"))
    assert tried == {
        (patient, each.what) for patient, here in own.items() for each in jurisdictions() if each.what != here
    }


def test_a_test_is_tried_where_it_alone_keeps_an_option_back(cohort: Path) -> None:
    tried = {(patient, profile) for _, profile, _, patient, *_ in changes(cohort, f"kind = '{TEST}'")}
    with finished(cohort) as found:
        asked = found.rows(
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
    opened = 0
    with finished(cohort) as found:
        sole = found.rows(
            "SELECT patient, about, list(DISTINCT option ORDER BY option) FROM blocks JOIN patients USING (alike)"
            " WHERE sole AND criterion = 'biomarker' AND verdict = 'undetermined' GROUP BY patient, about"
        )
    tried = {(patient, change): edits for _, change, edits, patient, *_ in changes(cohort, f"kind = '{TEST}'")}
    for patient, about, options in sole:
        if (patient, about) not in tried:
            continue
        (change, after) = next(Trying(knowledge()).changed(subject(patient), [Change(TEST, about, about)]))
        state = match_patient(after.subject.request, after.subject.read, knowledge(), library(), engine("sql").run)
        found_options = {each.id: each for each in (*answer(state).not_recommended, *_recommended(state))}
        for name in options:
            option = found_options[name]
            opened += option.tier is not None
            against = [each for each in option.blocking if each.criterion == "biomarker"]
            assert not against, (patient, change, name)
    assert opened


def _recommended(matched: Any) -> list[Any]:
    return [option for each in answer(matched).recommendations for option in (each.option, *each.also)]


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
    with pytest.raises(UnusableInput, match="there is no such file"):
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
