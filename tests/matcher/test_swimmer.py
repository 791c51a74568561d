"""The swimmer figure: where bars and marks stand, what the axis says, and the same bytes each time."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.notes import UnusableInput
from matcher.phrases import phrases
from matcher.report import swimmer as drawn
from matcher.report.drawing import checked_figure, figure_bytes, svg_text
from matcher.report.swimmer import MARK, PLOT, SHAPES, Bar, Lane, Mark, counted_ticks, dated_ticks, points, swimmer

LANES = (
    Lane("1. gefitinib", (Bar(0, 200, "gefitinib"),), (Mark(60, "PR"), Mark(200, "PD"))),
    Lane("2. osimertinib", (Bar(230, 400, "osimertinib", ongoing=True, may_start=210),), (Mark(300, "CR"),)),
    Lane("events", marks=(Mark(395, "adverse event", "Interstitial lung disease 2"), Mark(396, "biopsy", "<liver>"))),
)


def test_the_figure_is_the_same_each_time_and_is_xml_that_names_what_is_in_it() -> None:
    first, second = (svg_text(swimmer(LANES, "P & Q", "2024-01-01"), "P & Q") for _ in range(2))
    assert first == second
    page = ElementTree.fromstring(first)
    said = " ".join(text.strip() for text in page.itertext())
    for expected in ("P & Q", "1. gefitinib", "Interstitial lung disease 2", "<liver>", "2024-07", "CR: complete"):
        assert expected in said
    assert "<metadata" not in first
    other = svg_text(swimmer(LANES, "Q", "2024-01-01"), "Q")
    assert not set(re.findall(r'id="([^"]+)"', first)) & set(re.findall(r'id="([^"]+)"', other))


def test_a_file_is_svg_or_png_by_its_ending() -> None:
    from pathlib import Path

    figure = swimmer(LANES)
    assert figure_bytes(figure, "P", ".svg").startswith(b"<?xml")
    png = figure_bytes(figure, "P", ".PNG")
    assert png.startswith(b"\x89PNG")
    assert png == figure_bytes(swimmer(LANES), "P", ".png")
    with pytest.raises(UnusableInput, match=r"\.svg or \.png"):
        checked_figure(Path("lane.pdf"))


def test_every_kind_of_mark_has_a_name_and_looks_like_no_other() -> None:
    assert SHAPES.keys() <= phrases("swimmer").keys()
    looks = [(shape.marker, shape.filled, shape.size) for shape in SHAPES.values()]
    assert len(set(looks)) == len(looks), "told apart without colors"


def test_nothing_to_show_is_said() -> None:
    assert "nothing with a date" in svg_text(swimmer((), "P"), "P")


MARKS = st.lists(
    st.builds(Mark, st.integers(0, 900), st.sampled_from(list(SHAPES)), st.sampled_from(["", "G3", "Diarrhea 3"])),
    max_size=14,
)
BARS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 400)), max_size=4)


@settings(deadline=None)
@given(MARKS, BARS)
def test_no_two_marks_or_bars_of_a_lane_stand_on_each_other(marks: list[Mark], bars: list[tuple[int, int]]) -> None:
    lane = Lane("P", tuple(Bar(start, start + days, "a") for start, days in bars), tuple(marks))
    first, last = drawn._extent([lane])
    scale = PLOT / (last - first)
    laid = drawn._laid(lane, first, scale)
    assert sorted(placed.mark for placed in laid.marks) == sorted(marks)
    assert max((placed.row for placed in laid.marks), default=0) < laid.rows
    for one, other in combinations(laid.bars, 2):
        if one[1] == other[1]:
            assert one[0].end_day <= other[0].start_day or other[0].end_day <= one[0].start_day
    spans = []
    for placed in laid.marks:
        at, text = (placed.mark.day - first) * scale, points(placed.mark.text) * 0.9 if placed.mark.text else 0
        spans.append((placed.row, at - MARK / 2 - text * placed.leftward, at + MARK / 2 + text * (not placed.leftward)))
        assert spans[-1][2] <= PLOT + 30
    for row, left, right in spans:
        assert sum(each[0] == row and each[1] < right and left < each[2] for each in spans) == 1


@pytest.mark.parametrize("most", [10, 60, 100, 400, 1500, 9000, 40000])
def test_axes_have_a_few_ticks_within_the_figure(most: int) -> None:
    for ticks in (counted_ticks(-5, most)[0], dated_ticks("2024-01-31", -5, most)):
        assert 1 <= len(ticks) <= 11
        assert all(-5 <= day <= most for day, _ in ticks)
        assert len({text for _, text in ticks}) == len(ticks)
