"""The pages that a board looks at: what the picture shows of real answers, links, paper, contrast."""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.case import Matched, Request, match
from matcher.explain import Step
from matcher.phrases import phrases
from matcher.recommend import answer
from matcher.report.as_html import render as main_page
from matcher.report.document import Document, Section
from matcher.report.forms import render
from matcher.report.forms_html import BROAD, CONTENTS, FOOT, LANGUAGE_TAGS, UPRIGHT, file_text, is_broad, paper
from matcher.report.hidden import visible
from matcher.report.lettering import wrapped
from matcher.report.proof_graph import MARK, Box, readable, steps
from matcher.report.proof_picture import COLORS, LETTERS, MARGIN, SIGNS, STYLE, placed, svg
from matcher.report.why_document import why_document
from matcher.report.why_not import why_not_document
from matcher.why import why
from matcher.why_not import WhyNot, why_not
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[2] / "examples"
HER2 = "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
PROSTATE = "mcrpc-wes/ar-v7-positive.yaml"
ENDOMETRIAL = "recurrent-gynecological-mtb/msi-high-endometrial.yaml"
OVARIAN = "recurrent-gynecological-mtb/brca1-ovarian.yaml"
ANSWERS = (
    (HER2, "pyrotinib+capecitabine"),
    (HER2, "capecitabine+trastuzumab+tucatinib"),
    (PROSTATE, "abiraterone acetate+niraparib+prednisone"),
    (PROSTATE, "datopotamab deruxtecan"),
    (ENDOMETRIAL, "tislelizumab"),
    (ENDOMETRIAL, "serplulimab"),
    (OVARIAN, "pamiparib"),
)


@cache
def matched(patient: str) -> Matched:
    return match(Request(EXAMPLES / patient, "2026-11-20"), knowledge(), library(), "sql")


@cache
def document(patient: str, regimen: str, lang: str = "en") -> Document:
    return why_document(why(matched(patient), regimen, lang))


@cache
def tucatinib() -> WhyNot:
    return why_not(matched(HER2), "tucatinib")


def drawn(shown: Document) -> Step:
    (step,) = (section.picture for section in shown.sections if section.picture is not None)
    return step


def boxes(step: Step, lang: str = "en") -> list[Box]:
    return [*readable(step, lang).boxes.values()]


# --- the picture ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("patient", "regimen"), ANSWERS)
def test_the_picture_is_headed_by_the_regimen(patient: str, regimen: str, lang: str) -> None:
    shown = document(patient, regimen, lang)
    name = re.split("[:：]", str(shown.summary[0]))[0]
    assert name
    assert boxes(drawn(shown), lang)[0].text.startswith(name)


@pytest.mark.parametrize(("lang", "named"), [("en", "authorized elsewhere: "), ("zh", "其他国家或地区获批：")])
def test_the_picture_shows_a_mark_of_the_recommendation(lang: str, named: str) -> None:
    (mark,) = (box for box in boxes(drawn(document(ENDOMETRIAL, "serplulimab", lang)), lang) if box.kind == MARK)
    assert mark.text.startswith(named)
    assert not [box for box in boxes(drawn(document(ENDOMETRIAL, "tislelizumab", lang)), lang) if box.kind == MARK]


def test_cautions_to_rule_out_are_one_box_in_the_language_of_the_answer() -> None:
    english, chinese = (drawn(document(HER2, "pyrotinib+capecitabine", lang)) for lang in ("en", "zh"))
    (told,) = (box.text for box in boxes(english) if box.kind == "undetermined")
    assert told.startswith("6 cautions to rule out: ")
    (told,) = (box.text for box in boxes(chinese, "zh") if box.kind == "undetermined")
    assert "溴夫定" in told
    assert "brivudine" not in told


def test_the_picture_has_a_badge_for_each_grade() -> None:
    (levels,) = (box for box in boxes(drawn(document(HER2, "pyrotinib+capecitabine"))) if box.badges)
    assert levels.badges == ("AMP I-A", "ESCAT I-A", "OncoKB 3A", "CIViC A", "NCT m1A")


@pytest.mark.parametrize(("patient", "regimen"), ANSWERS)
def test_every_row_of_the_picture_stands_in_its_middle(patient: str, regimen: str) -> None:
    found = placed(readable(drawn(document(patient, regimen))))
    for layer in found.layers:
        left, right = layer[0].x - layer[0].width / 2, layer[-1].x + layer[-1].width / 2
        assert left >= MARGIN - 0.2
        assert abs(left - (found.width - right)) < 0.5


def test_the_nearest_miss_is_drawn_with_its_findings_and_no_others() -> None:
    found = tucatinib()
    option = next(each for each in found.considered if each.id == found.misses.first.item.id)
    picture = drawn(why_not_document(found))
    told = {
        (str(step.statement.get("criterion")), step.verdict)
        for step in steps(picture)
        if step.verdict and step.statement is not None and step.statement.get("option") == option.id
    }
    assert told == {(finding.criterion, finding.verdict) for finding in option.findings}
    kinds = {box.kind for box in boxes(picture)}
    assert "fail" in kinds
    assert MARK not in kinds


def test_criteria_that_fail_stand_in_the_first_row() -> None:
    found = placed(readable(drawn(why_not_document(tucatinib()))))
    failing = {name for name, box in found.boxes.items() if box.box.kind == "fail"}
    assert len(failing) > 1
    assert failing <= {node.name for node in found.layers[1]}


def test_an_option_that_was_never_considered_is_not_drawn() -> None:
    shown = why_not_document(why_not(matched(PROSTATE), "osimertinib"))
    assert not [section for section in shown.sections if section.picture is not None]


def test_a_picture_is_an_image_with_a_name_and_no_stops_for_the_keyboard() -> None:
    picture = ElementTree.fromstring(svg(drawn(document(HER2, "pyrotinib+capecitabine"))))
    assert picture.get("role") == "img"
    assert picture[0].tag.endswith("title")
    assert "capecitabine + pyrotinib" in str(picture[0].text)
    links = [each for each in picture.iter() if each.tag.endswith("}a")]
    assert links
    assert {each.get("tabindex") for each in links} == {"-1"}


@pytest.mark.parametrize(
    "text", ["severe renal impairment、brivudine、sorivudine", "ASCO Post (PHOEBE)：随机试验；对照：是"]
)
def test_no_line_begins_with_a_chinese_comma(text: str) -> None:
    for room in range(100, 300):
        assert not [line for line in wrapped(text, float(room), 8) if line[0] in "、，。；：）"]


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGE_TAGS)
def test_the_contents_of_a_page_lead_to_its_parts(lang: str) -> None:
    shown = document(HER2, "pyrotinib+capecitabine", lang)
    page = render(shown, "html")
    listed = re.search(r"<nav aria-label=\"(.*?)\">(.*?)</nav>", page)
    assert listed is not None
    assert listed[1] == phrases("forms")["contents"][lang]
    names = re.findall(r'<a href="#(part-\d+)">(.*?)</a>', listed[2])
    assert [unescape(re.sub("<[^>]+>", "", label)) for _, label in names] == [each.heading for each in shown.sections]
    for (name, _), section in zip(names, shown.sections, strict=True):
        tag = "div" if section.folded else "section"
        assert page.count(f'<{tag} id="{name}">') == 1
        assert ("</summary>" + f'<{tag} id="{name}">' in page) == section.folded


def test_the_main_page_links_the_source_of_each_recommendation() -> None:
    found = answer(matched(HER2))
    page = main_page(found)
    rows = re.findall(r'<tr class="(?:on-label|off-label|trial)">(.*?)</tr>', page)
    assert len(rows) == len(found.recommendations)
    linked = 0
    for row, each in zip(rows, found.recommendations, strict=True):
        url = next((source.url for source in each.option.item.record.sources[:1]), None)
        assert (f'href="{escape(url)}"' in row) if url else ("href" not in row)
        linked += bool(url)
    assert linked > 5
    names = re.findall(r'<summary aria-label="(.*?)">', page)
    assert len(set(names)) == len(found.recommendations)


def test_a_short_page_has_no_contents() -> None:
    parts = tuple(Section(str(number)) for number in range(CONTENTS))
    short = Document("t", (), (), parts[1:], "c")
    assert "<nav" not in render(short, "html")
    assert "<nav" in render(short._replace(sections=parts), "html")


def test_each_sheet_of_paper_names_the_patient_the_date_and_the_digests() -> None:
    foot = foot_of(paper(document(HER2, "pyrotinib+capecitabine").known))
    digests = knowledge().digest[:19], library().digest[:19]
    assert all(told in foot for told in ("HER2-01", "2026-11-20", *digests))


def foot_of(style: str) -> str:
    """The text that a style puts at the foot of a sheet, read as a browser reads it."""
    told = re.fullmatch(
        r'@page \{ @bottom-left \{ content: ((?:"(?:[^\W_]| |\\[0-9a-f]+ )*" ?)+|none); \} '
        r'@bottom-right \{ content: counter\(page\) " / " counter\(pages\); \} \}\n',
        style,
    )
    assert told is not None, style
    strings = "".join(re.findall(r'"(.*?)" ?', told[1]))
    return re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), strings)


HOSTILE = st.sampled_from(
    ['"; } body { display: none } @page { x: "', "</style><script>", "\\22 ", "\x00\ud800\n", "汉字", "_"]
)


@given(st.lists(st.text(max_size=40) | HOSTILE, max_size=3))
def test_whatever_a_file_says_stays_text_at_the_foot(known: list[str]) -> None:
    assert foot_of(paper(known)) == "".join(f"{visible(line)}\n" for line in known)


def test_a_long_line_is_cut_at_the_foot() -> None:
    assert foot_of(paper(["x" * 500])) == "x" * (FOOT - 1) + "…\n"


@pytest.mark.parametrize("lang", LANGUAGE_TAGS)
def test_letters_of_every_picture_can_be_read_on_paper(lang: str) -> None:
    asked = [document(patient, regimen, lang) for patient, regimen in ANSWERS]
    for picture in (svg(drawn(shown), lang) for shown in (*asked, why_not_document(tucatinib(), lang))):
        size = re.search(r'width="(\d+)" height="(\d+)"', picture)
        assert size is not None
        room = BROAD if is_broad(picture) else UPRIGHT
        scale = min(1.0, *(most / int(each) for most, each in zip(room, size.groups(), strict=True)))
        assert scale * LETTERS * 0.75 >= 6.8, "points"


@pytest.mark.parametrize(
    ("width", "height", "broad"), [(988, 935, False), (988, 500, True), (600, 400, False), (700, 1200, False)]
)
def test_a_picture_lies_on_its_side_where_that_makes_its_letters_larger(width: int, height: int, broad: bool) -> None:
    assert is_broad(f'<svg class="x" width="{width}" height="{height}">') is broad


def test_an_option_of_a_command_is_not_broken() -> None:
    page = render(Document("t", ("mtb-match what-if p.yaml --set-all --add x --",), (), (), "c"), "html")
    assert '<span class="whole">--add</span>' in page


# --- contrast ---------------------------------------------------------------------------------------------------------


def luminance(color: str) -> float:
    parts = color.lstrip("#")
    parts = "".join(each * 2 for each in parts) if len(parts) == 3 else parts
    red, green, blue = (int(parts[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in (red, green, blue))
    return sum(each * share for each, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    """How far two colors are apart, as WCAG 2 counts it: 4.5 is enough for letters, 3 for shapes (level AA)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("kind", COLORS)
def test_letters_and_lines_of_the_picture_stand_out(kind: str) -> None:
    ground, line = COLORS[kind]
    letters = set(re.findall(r"fill: (#\w+)", STYLE)) - {"#fff", "#2b3a4a"}
    assert len(letters) == 3
    assert min(contrast(ground, each) for each in letters) >= 4.5
    assert min(contrast(ground, line), contrast("#fff", line)) >= 3
    if kind in SIGNS:
        assert contrast(line, "#fff") >= 4.5


def test_letters_of_the_page_stand_out() -> None:
    colors = dict(re.findall(r"--(\w+): (#\w+)", file_text("style.css")))
    letters = [colors[name] for name in ("ink", "soft", "link", "good", "care", "open", "bad")]
    assert min(contrast(each, ground) for each in letters for ground in ("#fff", "#fff3bf")) >= 4.5


def test_every_verdict_is_told_by_a_sign_of_its_own() -> None:
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert len({line for _, line in COLORS.values()}) >= len(SIGNS)
    assert set(chain(SIGNS)) <= set(COLORS)
