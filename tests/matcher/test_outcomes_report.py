"""The report of a study: its JSON contract, its numbers as TSV, its words, and its figures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from matcher.outcomes.computed import Ground, Outcomes, outcomes_of
from matcher.outcomes.kaplan_meier import kaplan_meier, months
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import read_study
from matcher.outcomes.values import Estimate, Proportion, Result, Spell
from matcher.report.drawing import svg_text
from matcher.report.forms import render
from matcher.report.outcomes_document import HEADINGS, brief_document, outcomes_document, result_row
from matcher.report.outcomes_figures import (
    Fall,
    at_risk,
    figures,
    kaplan_meier_figure,
    month_ticks,
    waterfall_figure,
)
from matcher.report.outcomes_folder import MOST_WIDE, folder, page
from matcher.report.outcomes_json import COLUMNS, SCHEMA, outcomes_structure, outcomes_tsv
from tests.matcher.courses import endpoint
from tests.shared import knowledge, library

EXAMPLE = Path(__file__).parents[2] / "examples/studies/board-pilot.yaml"


@cache
def pilot() -> Outcomes:
    return outcomes_of(read_study(EXAMPLE, MEASURES), Ground(knowledge(), library(), "2026-11-20"))


def timed(folder: Path, *spells: Spell) -> Result:
    curve = kaplan_meier(spells)
    asked = endpoint(folder, "overall survival")
    return Result(asked, "prospective", None, len(spells), months(curve.median), (), curve, spells)


def words(svg: str) -> str:
    return " ".join(text.strip() for text in ElementTree.fromstring(svg).itertext() if text.strip())


def test_json_keeps_the_contract() -> None:
    told = outcomes_structure(pilot())
    assert told["schema"] == SCHEMA == "mtb-match-outcomes/1"
    assert list(told) == [
        "schema", "study", "patients", "counted", "unusable", "left_out", "follow_up", "baseline", "subjects",
        "results", "comparisons", "notes",
    ]  # fmt: skip
    for result in told["results"]:
        assert list(result) == [
            "endpoint", "arm", "group", "n", "value", "shares", "curve", "times", "tables", "excluded", "notes",
            "biomarker",
        ]  # fmt: skip
        assert list(result["endpoint"]) == ["name", "measure", "says", "options"]
    assert json.loads(json.dumps(told)) == told


def test_tsv_has_every_headline_and_share_once() -> None:
    rows = [line.split("\t") for line in outcomes_tsv(pilot()).splitlines()]
    assert tuple(rows[0]) == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in rows)
    keys = [tuple(row[1:6]) for row in rows[1:]]
    assert len(set(keys)) == len(keys) == sum(1 + len(each.shares) for each in pilot().results)


@pytest.mark.parametrize(
    ("value", "row"),
    [
        (Proportion(2, 3, 2 / 3, 0.0943, 0.9916), ("2 of 3 (66.7%)", "9.4 to 99.2%")),
        (Estimate(43.0, 30.0, None, "%"), ("43.0%", "30.0 to not reached")),
        (Estimate(None, None, None, "T-score points"), ("not known", "")),
        (None, ("see the tables below", "")),
    ],
)
def test_headlines_in_words(tmp_path: Path, value: Proportion | Estimate | None, row: tuple[str, str]) -> None:
    result = Result(endpoint(tmp_path, "ECOG change"), "prospective", None, 3, value)
    assert result_row(result)[4:6] == row
    assert result_row(result._replace(n=0))[4:6] == ("nobody to count", "")


def test_a_median_that_is_not_reached_is_said(tmp_path: Path) -> None:
    result = timed(tmp_path, Spell("a", 100, False), Spell("b", 200, False))
    assert result_row(result)[4] == "median not reached, 0 events"


def test_the_terminal_shows_one_row_a_result_and_the_page_everything() -> None:
    brief, whole = brief_document(pilot()), outcomes_document(pilot())
    table = next(each.table for each in brief.sections if each.heading == "Results")
    assert table is not None
    assert table.headings == HEADINGS
    assert len(table.rows) == len(pilot().results)
    headings = [each.heading for each in whole.sections]
    assert headings[2:] == [each.name for each in pilot().study.endpoints]
    for form in ("text", "markdown"):
        assert "PILOT-03" in render(whole, form)


def test_the_terminal_says_why_subjects_are_not_counted() -> None:
    shown = " ".join(render(brief_document(pilot()), "text").split())
    five = "PILOT-01, PILOT-05, PILOT-07, PILOT-09, PILOT-11 and 1 more"
    assert f"retrospective: not counted: {five}: no PSA on or before …" in shown
    five = "PILOT-02, PILOT-06, PILOT-08, PILOT-10, PILOT-16"
    assert f"prospective: not counted: {five}: no organoid result that counts" in shown


def test_the_page_needs_no_network_and_escapes_what_files_say() -> None:
    study = replace(pilot().study, title="<script>alert(1)</script>", reading="A & B <b>")
    shown = render(page(replace(pilot(), study=study)), "html")
    assert "<script" not in shown
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"', shown)
    assert shown.count("<svg") == len(figures(pilot()))
    ids = re.findall(r'\bid="([^"]+)"', shown)
    assert len(ids) == len(set(ids))


def test_every_file_has_the_same_bytes_each_time_and_the_report_comes_last() -> None:
    first, second = (dict(folder(pilot(), "html", "report.html")) for _ in range(2))
    assert first == second
    assert list(first)[-3:] == ["results.json", "results.tsv", "report.html"]
    assert {Path(name).suffix for name in first if name.startswith("figures/")} == {".svg", ".png"}
    widths = re.findall(r'<svg [^>]*width="(\d+)"', first["report.html"].decode())
    assert all(int(width) <= MOST_WIDE for width in widths)


def test_figures_of_every_kind_say_what_they_show() -> None:
    drawn = figures(pilot())
    assert {each.name.rsplit("-", 1)[1] for each in drawn} >= {"km", "waterfall", "bars", "dots", "organoids"}
    swimmers = [each for each in drawn if each.endpoint is None]
    assert [each.name for each in swimmers] == ["00-swimmer-retrospective", "00-swimmer-prospective"]
    for each in drawn:
        assert each.caption
        assert each.title in words(svg_text(each.figure, each.title))
    shown = words(svg_text(swimmers[0].figure, "x"))
    assert all(subject.id in shown for subject in pilot().subjects if subject.arm == "retrospective")


@pytest.mark.parametrize(
    "spells",
    [
        (Spell("a", 100, True),),
        (Spell("a", 100, False),),
        (Spell("a", 0, False),),
        tuple(Spell(f"s{number}", 10.0 * number + 5, number % 3 == 0) for number in range(60)),
    ],
)
def test_curves_of_one_subject_no_event_and_many(tmp_path: Path, spells: tuple[Spell, ...]) -> None:
    figure = kaplan_meier_figure("OS", [("a very long name of an arm " * 4, timed(tmp_path, *spells))])
    shown = words(svg_text(figure, "OS"))
    assert "At risk" in shown
    assert str(len(spells)) in shown.split("At risk")[1]


def test_numbers_at_risk_count_those_followed_to_the_day() -> None:
    spells = [Spell("a", 30, True), Spell("b", 60, False), Spell("c", 90, True)]
    assert [at_risk(spells, days) for days in (0, 30, 31, 60, 90, 91)] == [3, 3, 2, 2, 1, 0]
    assert all(len(month_ticks(end)) <= 12 for end in (0.2, 1, 7, 24, 59, 240, 1000))


def test_a_waterfall_goes_from_growth_to_loss_and_names_each_patient() -> None:
    falls = [Fall("low", -60, "PR"), Fall("high", 130, "PD"), Fall("zero", 0, "SD")]
    figure = waterfall_figure("W", falls, {"PR": "#56B4E9", "PD": "#D55E00", "SD": "#AAAAAA"}, "change (%)", (-30,))
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["high", "zero", "low"]
    assert "+130" in words(svg_text(figure, "W"))
    many = waterfall_figure("W", [Fall(f"p{n}", -n, "PR") for n in range(60)], {"PR": "#56B4E9"}, "change (%)", ())
    assert len(many.axes[0].patches) == 60
