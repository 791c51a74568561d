"""A group's scheme beside the recommendations, and the groups in every form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from matcher.case import Request, match
from matcher.outcomes.groups import assign
from matcher.outcomes.schemes import Grouped, places_of
from matcher.outcomes.study import find_study, read_study
from matcher.recommend import answer
from matcher.report.forms import render
from matcher.report.groups import groups_document, groups_structure
from tests.shared import knowledge, library

ROOT = Path(__file__).parents[2]
GROUPS = ROOT / "examples/her2-breast-precise/groups"
TODAY = "2026-11-20"
STUDY = read_study(find_study("her2-breast-precise"), None, ())


def grouped(path: Path, lang: str = "en") -> Grouped:
    matched = match(Request(path, TODAY), knowledge(), library(), "sql")
    assigned, told = assign(matched, STUDY, lang), answer(matched, lang)
    return Grouped(assigned, places_of(assigned.scheme, told), told)


@pytest.mark.parametrize(
    ("name", "tier", "nearest"),
    [
        ("kinase", "on-label", None),
        ("heterogeneous", "on-label", None),
        ("msi", "on-label", None),
        ("pi3k", None, ("chemotherapy", "everolimus", "trastuzumab")),
    ],
)
def test_a_scheme_stands_where_the_recommendations_have_it(
    name: str, tier: str | None, nearest: tuple[str, ...] | None
) -> None:
    (place,) = grouped(GROUPS / f"{name}.yaml").scheme
    assert [each.tier for each in place.recommended[:1]] == ([tier] if tier else [])
    assert (place.nearest.regimen if place.nearest else None) == nearest


def test_what_keeps_a_scheme_out_is_told_with_its_labels() -> None:
    (place,) = grouped(GROUPS / "kept.yaml").scheme
    assert place.recommended == ()
    assert any("CN:X017" in line and "adjuvant" in line for line in place.blocking)
    assert place.progressed_on == ("trastuzumab",)


def test_a_rank_is_that_of_the_answer() -> None:
    found = grouped(GROUPS / "kinase.yaml")
    (best, *_) = found.scheme[0].recommended
    assert found.answer.recommendations[best.rank - 1].option.regimen == best.regimen == ("capecitabine", "pyrotinib")


def test_every_form_tells_group_scheme_and_proof() -> None:
    for lang, told in (("en", "HER2 differs between foci"), ("zh", "各病灶HER2状态不一致")):
        found = [grouped(GROUPS / "heterogeneous.yaml", lang)]
        for form in ("text", "markdown", "html"):
            page = render(groups_document(STUDY, found, lang), form)
            assert "HER2 heterogeneous" in page, form
            assert told in page, form
    structure = groups_structure(STUDY, found)
    (patient,) = structure["patients"]
    assert (patient["eligible"], patient["group"]) == ("yes", "HER2 heterogeneous")
    assert patient["scheme"][0]["recommended"][0]["regimen"] == ["trastuzumab emtansine"]
    assert structure["study"]["reading"]


def run(*arguments: str) -> tuple[int, str]:
    from cli.outcomes import outcomes_app

    done = CliRunner().invoke(outcomes_app, ["groups", *arguments])
    return done.exit_code, done.output


def test_the_command_prints_the_groups_of_several_patients() -> None:
    files = [str(GROUPS / f"{name}.yaml") for name in ("kinase", "msi")]
    code, printed = run("her2-breast-precise", *files, "--as-of", TODAY, "--format", "json")
    assert code == 0
    assert [each["group"] for each in json.loads(printed)["patients"]] == [
        "HER2 for a tyrosine kinase inhibitor",
        "MSI-H, TMB-high or PD-L1 positive",
    ]


def test_the_command_says_for_whom_it_has_no_group(tmp_path: Path) -> None:
    path = tmp_path / "lung.json"
    path.write_text('{"id": "L", "tumor_type": "LUAD", "jurisdiction": "CN"}', encoding="utf-8")
    code, printed = run("her2-breast-precise", str(path), "--as-of", TODAY)
    assert code == 0
    assert "0 of 1 patients are in a group" in printed
    assert "not met: tumor of the type BREAST: no (the diagnosis is LUAD)" in printed


def test_a_study_without_groups_tells_who_is_eligible() -> None:
    code, printed = run("mcrpc-wes", str(ROOT / "examples/mcrpc-wes/ar-v7-positive.yaml"), "--as-of", TODAY)
    assert code == 0
    assert "1 of 1 patients are eligible" in printed
    assert "Scheme" not in printed


def test_the_command_refuses_a_form_that_there_is_not() -> None:
    assert run("her2-breast-precise", str(GROUPS / "msi.yaml"), "--format", "pdf")[0] == 2
