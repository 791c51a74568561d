"""The numbers of a cohort are those that counting its tables by hand gives, and the page holds what they say."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.cohort import alone
from matcher.cohort.output import opened, tried_file
from matcher.cohort.summary import NONE, Share, Summary, shown, structure, summary, write
from matcher.cohort.tables import COLUMNS, TIERS, TRIED
from matcher.notes import UnusableInput
from matcher.report.cohort_document import OBSTACLES, obstacle
from matcher.report.cohort_figures import number_bars, share_bars
from matcher.tier_rules import unsettling
from tests.cohorts import written
from tests.shared import library


def recommendation(patient: str, rank: int, regimen: str, tier: str, **told: Any) -> tuple[Any, ...]:
    row = dict.fromkeys(COLUMNS["recommendations"])
    row |= {"patient": patient, "rank": rank, "regimen": regimen, "tier": tier, "option": f"O:{regimen}"}
    row |= {"alterations": [], "flags": [], "lowered": [], "findings": [], "evidence": [], "authorized": []}
    return tuple({**row, **told}.values())


def patient(name: str, tumor: str, tier: str | None, alike: int, place: str = "CN") -> tuple[Any, ...]:
    return (name, f"{name}.maf", "matched", None, None, tumor, place, tier, 0, alike)


LISTED = [{"criterion": "reimbursement", "verdict": "pass", "about": "NRDL"}]
OPEN = [{"criterion": "reimbursement", "verdict": "undetermined", "about": "B"}]
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "recommendations": [
        recommendation("P1", 1, "A", "on-label", biomarker="KRAS G12C", amp="I-A", reimbursed=True, findings=LISTED,
                       evidence=["E1", "E2"]),
        recommendation("P1", 2, "B", "off-label", biomarker="KRAS G12C", amp="II-C", evidence=["E2"]),
        recommendation("P2", 1, "A", "on-label", biomarker="KRAS G12C", amp="I-A", findings=OPEN, evidence=["E1"]),
        recommendation("P3", 1, "B", "trial", evidence=["NCT1"]),
    ],
    "avoided": [
        ("P1", "C", "resistance", [], []), ("P1", "D", "no benefit", [], []), ("P2", "C", "resistance", [], []),
    ],
    "patients": [
        patient("P1", "LUAD", "on-label", 1), patient("P2", "LUAD", "on-label", 2), patient("P3", "BRCA", "trial", 3),
        patient("P4", "BRCA", None, 4), patient("P5", "BRCA", None, 4),
        ("X1", "x.maf", "unreadable", "row 12: 'zz' is no date", "mend it", None, None, None, None, 5),
        ("X2", "x.maf", "unreadable", "row 9: 'yy' is no date", "mend it", None, None, None, None, 6),
    ],
    "blocks": [
        (4, "B", "O:B", "biomarker", "undetermined", "MSI:H", "MSI-H", True),
        (4, "B", "O:B/2", "biomarker", "undetermined", "MSI:H", "MSI-H", True),
        (4, "C", "O:C", "biomarker", "fail", "ALK:F", "ALK fusion", True),
        (1, "B", "O:B/2", "biomarker", "undetermined", "MSI:H", "MSI-H", True),
        (1, "D", "O:D", "line", "fail", "1", "1", False),
        (1, "D", "O:D", "biomarker", "undetermined", "MSI:H", "MSI-H", False),
    ],
    "notes": [
        ("P1", "info", "a", 1, "the gene 'X1' is unknown", None),
        ("P2", "info", "a", 2, "the gene 'Y' is unknown", None),
    ],
}  # fmt: skip

CHANGED = [
    ("jurisdiction", "EU", "EU", "--set jurisdiction=EU", "P1", None, None, None, None),
    ("jurisdiction", "EU", "EU", "--set jurisdiction=EU", "P1", "A", None, "on-label", None),
    ("jurisdiction", "EU", "EU", "--set jurisdiction=EU", "P2", None, None, None, None),
    ("jurisdiction", "EU", "EU", "--set jurisdiction=EU", "P2", "F", "O:F", None, "trial"),
    ("jurisdiction", "EU", "EU", "--set jurisdiction=EU", "P3", None, None, None, None),
    ("jurisdiction", "EU", "EU", "--set jurisdiction=EU", "P3", "B", "O:B", "trial", "off-label"),
    ("jurisdiction", "EU", "EU", "--set jurisdiction=EU", "P3", "F", "O:F", None, "on-label"),
    ("test", "MSI:H", "MSI-H", "--set biomarkers.MSI=MSI-H", "P4", None, None, None, None),
    ("test", "MSI:H", "MSI-H", "--set biomarkers.MSI=MSI-H", "P4", "B", "O:B", None, "on-label"),
]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("cohort") / "small.parquet"
    written(alone.tables(ROWS), output, as_of="2026-11-20", inputs=["x.maf"])
    with opened(output) as found:
        columns = ", ".join(f"{name} {kind}" for name, kind in TRIED.items())
        found.run(f"CREATE TABLE changed ({columns})")
        found.database.put("changed", CHANGED)
        assert found.write_tried("SELECT * FROM changed") == tried_file(output)
    return output


@pytest.fixture(scope="module")
def numbers(cohort: Path) -> Summary:
    return summary(cohort)


def test_who_was_matched(numbers: Summary) -> None:
    assert (numbers.matched, numbers.unreadable, numbers.patients) == (5, 2, 7)
    assert [each.patient for each in numbers.unread] == ["X1", "X2"]
    assert numbers.reasons == (("row …: … is no date", 2),)
    assert numbers.jurisdictions == (("CN", 5),)


def test_tiers(numbers: Summary) -> None:
    assert dict(numbers.tiers.tiers) == {"on-label": 2, "trial": 1, NONE: 2}
    assert {each.name: dict(each.tiers) for each in numbers.tumors} == {
        "BRCA": {"trial": 1, NONE: 2},
        "LUAD": {"on-label": 2},
    }
    assert [each.name for each in numbers.tumors] == ["BRCA", "LUAD"]


def test_tiers_of_what_rests_on_a_biomarker(numbers: Summary) -> None:
    assert [(each.name, dict(each.tiers)) for each in numbers.by_biomarker] == [
        ("all", {"on-label": 2, NONE: 3}),
        ("BRCA", {NONE: 3}),
        ("LUAD", {"on-label": 2}),
    ]


def test_biomarkers_and_regimens_count_a_patient_once(numbers: Summary) -> None:
    assert [(each.name, dict(each.tiers)) for each in numbers.biomarkers] == [("KRAS G12C", {"on-label": 2})]
    assert [(each.name, dict(each.tiers)) for each in numbers.regimens] == [
        ("A", {"on-label": 2}),
        ("B", {"off-label": 1, "trial": 1}),
    ]


def test_levels_avoided_items_and_notes(numbers: Summary) -> None:
    assert [tuple(each) for each in numbers.grades] == [("amp", "I-A", 2, 2), ("amp", "II-C", 1, 1)]
    assert [tuple(each) for each in numbers.avoided] == [("C", "resistance", 2), ("D", "no benefit", 1)]
    assert numbers.with_avoided == 2
    assert [tuple(each) for each in numbers.items] == [("E1", 2, 2), ("E2", 1, 2), ("NCT1", 1, 1)]
    assert [tuple(each) for each in numbers.notes] == [("info", "the gene … is unknown", 2, 2)]


def test_what_keeps_regimens_out(numbers: Summary) -> None:
    """Patients who are alike count each; nothing alone keeps out a regimen that is recommended on another ground."""
    assert [tuple(each) for each in numbers.criteria] == [
        ("biomarker", "undetermined", "", 6, 3, 2, 2),
        ("biomarker", "fail", "", 2, 2, 0, 0),
        ("line", "fail", "", 1, 1, 0, 0),
    ]
    assert [tuple(each) for each in numbers.tests] == [("biomarker", "undetermined", "MSI-H", 6, 3, 2, 2)]
    assert numbers.with_blocks == 3


def test_what_is_not_looked_at_is_not_told_to_be_no_obstacle(tmp_path: Path) -> None:
    """Of another jurisdiction's label whose biomarker is open neither line nor history is asked; of one's own it is."""
    output = tmp_path / "places.parquet"
    blocks = [
        (4, "E", "EU:e", "biomarker", "undetermined", "MSI:H", "MSI-H", True),
        (4, "F", "CN:f", "biomarker", "undetermined", "MSI:H", "MSI-H", True),
        (4, "G", "EU:g", "jurisdiction", "fail", "EU", "EU", True),
    ]
    written(alone.tables({**ROWS, "blocks": blocks}), output)
    found = {each.criterion: each for each in summary(output).criteria}
    assert (found["biomarker"].patients, found["biomarker"].options, found["biomarker"].alone_regimens) == (2, 4, 2)
    assert found["jurisdiction"].alone_regimens == 2


def test_what_was_tried(numbers: Summary) -> None:
    place, test = numbers.tried
    assert (place.kind, place.change, place.patients) == ("jurisdiction", "EU", 3)
    assert place.opened == {"on-label": 1, "trial": 1}
    assert (place.raised, place.lowered, place.closed) == (1, 0, 1)
    assert (place.better, place.worse) == (1, 1)
    assert [tuple(each) for each in place.regimens] == [("F", "on-label", 1), ("F", "trial", 1)]
    assert (test.label, test.patients, test.opened, test.better) == ("MSI-H", 1, {"on-label": 1}, 1)


def test_what_is_paid(numbers: Summary) -> None:
    paid = numbers.coverage
    assert (paid.insured, paid.on_label, paid.unpaid) == (2, 2, 1)
    assert [tuple(each) for each in paid.regimens] == [("A", 1, 0, 0, 1)]


def test_json_has_every_number(numbers: Summary) -> None:
    found = json.loads(shown(numbers, "json"))
    assert found == json.loads(json.dumps(structure(numbers)))
    assert found["schema"] == "mtb-match-cohort-summary/1"
    assert found["tried"][0]["opened"] == {"on-label": 1, "trial": 1}


def test_the_page(cohort: Path, numbers: Summary, tmp_path: Path) -> None:
    target = tmp_path / "summary.html"
    write(cohort, target)
    page = target.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["summary.html"]
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import|<script", page)
    assert (
        page.count("<svg xmlns")
        == page.count('role="img"')
        == len(re.findall(r'role="img" class="bars"><title>[^<]', page))
    )
    for told in ("KRAS G12C", "2 patients: row …: … is no date", "nothing else", "jurisdiction=EU", "Wilson"):
        assert told in page
    assert "KRAS G12C" in shown(numbers, "text")
    assert "| KRAS G12C |" in shown(numbers, "markdown")


def test_a_page_that_cannot_be_written_leaves_nothing(cohort: Path, tmp_path: Path) -> None:
    target = tmp_path / "taken.html"
    target.mkdir()
    for place in (target, tmp_path / "no folder" / "page.html"):
        with pytest.raises(UnusableInput, match="cannot be written"):
            write(cohort, place)
    assert [each.name for each in tmp_path.iterdir()] == ["taken.html"]


@pytest.mark.parametrize("name", ["small.tsv", "small.jsonl.gz"])
def test_every_form_of_an_output_gives_the_same_numbers(name: str, numbers: Summary, tmp_path: Path) -> None:
    written(alone.tables(ROWS), tmp_path / name)
    found = summary(tmp_path / name)
    assert replace(found, name="", manifest={}) == replace(numbers, name="", manifest={}, tried=())


def test_what_was_tried_on_another_output_is_not_told(cohort: Path, tmp_path: Path) -> None:
    again = tmp_path / cohort.name
    written(alone.tables({**ROWS, "recommendations": ROWS["recommendations"][1:]}), again)
    tried_file(again).write_bytes(tried_file(cohort).read_bytes())
    assert summary(cohort).tried
    assert not summary(again).tried


def test_a_cohort_of_nobody(tmp_path: Path) -> None:
    output = tmp_path / "none.parquet"
    empty = {name: pandas.DataFrame(columns=list(columns), dtype=object) for name, columns in COLUMNS.items()}
    written(empty, output)
    found = summary(output)
    assert (found.patients, found.tried, found.criteria) == (0, (), ())
    assert "No patient could be matched" in shown(found, "html")
    assert "No other jurisdiction and no result of a test was tried" in shown(found, "text")


def test_names_of_the_input_are_text_in_the_page(tmp_path: Path) -> None:
    output = tmp_path / "evil.parquet"
    bad = "<script>alert('x')</script>"
    rows = {**ROWS, "patients": [patient(bad, bad, "trial", 1)], "blocks": [], "avoided": [], "recommendations": [
        recommendation(bad, 1, bad, "trial", biomarker=bad)
    ]}  # fmt: skip
    written(alone.tables(rows), output)
    page = shown(summary(output), "html")
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") > 3


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_an_interval_holds_its_share(number: int, more: int) -> None:
    share = Share(number, number + more)
    if not share.of:
        assert share.interval is None
        return
    assert share.interval is not None
    assert share.share is not None
    low, high = share.interval
    assert 0 <= low <= share.share <= high <= 1
    assert high - low > 0


@pytest.mark.parametrize(
    ("number", "of", "low", "high"),
    [(0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (15, 148, 0.0624, 0.1605), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval(number: int, of: int, low: float, high: float) -> None:
    """The last two: 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3."""
    interval = Share(number, of).interval
    assert interval is not None
    assert (round(interval[0], 4), round(interval[1], 4)) == (low, high)


COUNTS = st.dictionaries(st.sampled_from(TIERS), st.integers(0, 500), min_size=1)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=60), COUNTS), min_size=1, max_size=8))
def test_bars_begin_at_zero_and_are_as_long_as_their_numbers(rows: list[tuple[str, dict[str, int]]]) -> None:
    kinds = {tier: tier for tier in TIERS}
    for drawn in (number_bars("numbers", rows, kinds, "patients"), share_bars("shares", rows, kinds, "patients")):
        parts = re.findall(r'<rect class="part [a-z-]+" x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="18">', drawn)
        start = re.search(r'<line class="zero" x1="([\d.]+)"', drawn)
        assert start is not None
        assert len(parts) == sum(bool(number) for _, counts in rows for number in counts.values())
        assert all(float(x) >= float(start[1]) for x, _ in parts)
    ends = Counter(sum(counts.values()) for _, counts in rows)
    widths = re.findall(r">n = ([\d,]+)<", drawn)
    assert Counter(int(each.replace(",", "")) for each in widths) == ends


def test_every_obstacle_of_the_rules_has_words(numbers: Summary) -> None:
    opening = unsettling(library())
    heads = [dict(rule.head.fields) for rule in library().rules if rule.head.predicate == "finding"]
    named = {(each["criterion"], each["verdict"]) for each in heads if isinstance(each["criterion"], str)}
    against = {
        f"{name}: {told}" for name, told in named if told == "fail" or (told == "undetermined" and name in opening)
    }
    assert len(against) > 20
    assert not against - OBSTACLES.keys()
    assert obstacle(numbers.criteria[0]) == OBSTACLES["biomarker: undetermined"]
