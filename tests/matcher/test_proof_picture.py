"""The proof as a picture: whole, readable, well-formed, and safe whatever its texts say."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.graph import open_knowledge_base
from kb.source import Source
from matcher.case import Matched, Request, match
from matcher.explain import Step, explanation
from matcher.recommend import VERDICTS, answer
from matcher.report import proof_graph
from matcher.report.lettering import clean, fitted, width_of, wrapped
from matcher.report.proof_graph import Box, readable, steps, whole
from matcher.report.proof_picture import BOLD, MANY, MARGIN, PAD, PAGE, Placed, placed, svg
from rules.engine import default_engine_name
from rules.facts import Absence, fact
from rules.library import LIBRARY
from rules.load import load

EXAMPLES = Path(__file__).parents[2] / "examples"
SVG = "{http://www.w3.org/2000/svg}"
PROOFS = {
    "label": ("her2-breast-precise/her2-amplified-after-trastuzumab.yaml", "capecitabine+pyrotinib"),
    "caution": ("her2-breast-precise/cautions-and-wishes.yaml", "capecitabine+pyrotinib"),
    "conflict": ("mcrpc-wes/ar-v7-positive.yaml", "abiraterone acetate+niraparib+prednisone"),
    "off-label": ("mcrpc-wes/ar-v7-positive.yaml", "olaparib"),
    "germline": ("recurrent-gynecological-mtb/brca1-ovarian.yaml", "pamiparib"),
    "tumor-agnostic": ("recurrent-gynecological-mtb/msi-high-endometrial.yaml", "tislelizumab"),
}


def matched(path: str) -> Matched:
    request = Request(EXAMPLES / path, "2026-11-21", None, "CN")
    return match(request, open_knowledge_base(None), load([LIBRARY]), default_engine_name())


@pytest.fixture(scope="module", params=[(name, lang) for name in PROOFS for lang in ("en", "zh")], ids="-".join)
def proof(request: pytest.FixtureRequest) -> Step:
    name, lang = request.param
    path, regimen = PROOFS[name]
    found = matched(path)
    option = next(each.option for each in answer(found).recommendations if "+".join(each.option.regimen) == regimen)
    return explanation(found, option, lang)


@pytest.fixture(scope="module")
def her2() -> Step:
    found = matched(PROOFS["label"][0])
    return explanation(found, answer(found).recommendations[0].option)


def assert_sound(drawn: Placed) -> None:
    """No two boxes overlap, every line goes down, every text has room in its box."""
    for (top, bottom), (next_top, _) in pairwise(drawn.rows):
        assert top < bottom < next_top
    for (top, bottom), layer in zip(drawn.rows, drawn.layers, strict=True):
        for one, other in pairwise(layer):
            assert one.x + one.width / 2 < other.x - other.width / 2
        assert layer[0].x - layer[0].width / 2 >= MARGIN - 0.2
        assert layer[-1].x + layer[-1].width / 2 <= drawn.width - MARGIN + 0.2
        assert all(drawn.boxes[node.name].height <= bottom - top for node in layer if node.name)
    for _, way in drawn.chains:
        assert all(lower == upper + 1 for (upper, _), (lower, _) in pairwise(way))
    for box in drawn.boxes.values():
        assert len(box.lines) <= MANY + 8
        for line in box.lines:
            broad = BOLD if line.style == "strong" else 1
            assert width_of(line.text) * broad + line.indent <= box.width - 2 * PAD + 0.01


def drawn_boxes(picture: str) -> list[ElementTree.Element]:
    return [each for each in ElementTree.fromstring(picture).iter(f"{SVG}g") if "box" in each.get("class", "")]


@pytest.mark.parametrize("everything", [False, True])
def test_a_real_proof_is_drawn_once_each_box(proof: Step, everything: bool) -> None:
    graph = whole(proof) if everything else readable(proof)
    drawn = placed(graph)
    assert_sound(drawn)
    assert len(drawn.chains) == len(graph.lines)
    assert sorted(node.name for layer in drawn.layers for node in layer if node.name) == sorted(graph)
    assert len(drawn_boxes(svg(proof, whole=everything))) == len(graph)


def test_the_readable_picture_fits_a_page_and_a_projector(proof: Step) -> None:
    drawn = placed(readable(proof))
    assert drawn.width <= PAGE + 4 * MARGIN
    assert max(len([node for node in layer if node.name]) for layer in drawn.layers) <= 8
    assert drawn.rows[-1][1] <= 900


def test_the_readable_picture_tells_every_criterion(proof: Step) -> None:
    boxes: list[Box] = [*readable(proof).boxes.values()]
    criteria = [step for step in steps(proof) if step.verdict and step.statement is not None]
    assert len(criteria) > 3
    for step in criteria:
        (box,) = (each for each in boxes if step.text in (each.text, *each.title.split("\n")))
        assert box.kind == step.verdict
    shared = [box for box in boxes if len([step for step in criteria if step.text in box.title.split("\n")]) > 1]
    for box in shared:
        assert str(len(set(box.title.split("\n")) & {step.text for step in criteria})) in box.text


def test_the_whole_picture_tells_every_statement_and_origin(proof: Step) -> None:
    boxes: list[Box] = [*whole(proof).boxes.values()]
    titles = {box.title.split("\n")[0] for box in boxes}
    said = {step.statement: step for step in steps(proof) if step.statement is not None}
    assert {step.text for step in steps(proof) if step.statement is None} <= titles
    assert len(said) == sum(box.kind not in {"file", "source"} for box in boxes) - len(
        {step.text for step in steps(proof) if step.statement is None}
    )
    origins = {origin.text for box in boxes for origin in box.origins}
    assert origins == {source.label for step in steps(proof) for source in step.sources} | {
        place for step in steps(proof) for place in step.places
    }


def test_the_picture_of_a_label_shows_what_a_board_asks_for(her2: Step) -> None:
    picture = ElementTree.fromstring(svg(her2))
    texts = " ".join(text for text in picture.itertext())
    for asked in ("biomarker", "tumor-type", "approval", "line", "prior-therapy", "6 cautions to rule out"):
        assert asked in texts
    for level in ("AMP I-A", "ESCAT I-A", "OncoKB 3A", "CIViC A", "NCT m1A"):
        assert level in texts
    assert "liver.cna.tsv:2" in texts
    assert "https://flcube.com/?p=24324" in {link.get("href") for link in picture.iter(f"{SVG}a")}
    assert "is considered" not in texts


def test_three_conflicts_are_told_as_one() -> None:
    found = matched(PROOFS["conflict"][0])
    graph = readable(explanation(found, answer(found).recommendations[0].option))
    (conflict,) = (box for box in graph.boxes.values() if box.text.startswith("partner"))
    assert conflict.text.startswith("partner (3): CUR029, EID863.1, EID9547.1 (level B) reports resistance")


def test_chinese_has_its_own_legend(her2: Step) -> None:
    assert "患者事实" in svg(her2, "zh")
    assert "fact of the patient" not in svg(her2, "zh")


def test_the_same_proof_gives_the_same_bytes(her2: Step) -> None:
    assert svg(her2) == svg(her2)
    assert svg(her2, whole=True) == svg(her2, whole=True)


def test_nothing_active_and_nothing_from_outside(her2: Step) -> None:
    for each in ElementTree.fromstring(svg(her2, whole=True)).iter():
        assert each.tag.removeprefix(SVG) in {"svg", "g", "title", "style", "rect", "path", "circle", "text", "a"}
        assert not [name for name in each.attrib if name.startswith("on") or name == "id"]
    assert "@import" not in svg(her2)
    assert "url(" not in svg(her2)


def leaf(text: str, *sources: Source) -> Step:
    return Step(text, sources=sources, statement=fact("evidence", id=text))


@pytest.mark.parametrize(
    ("url", "links"),
    [
        ('https://a.org/?q=1&r="2"', True),
        ("HTTP://a.org", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//a.org", False),
        ("xhttps://a.org", False),
        ("", False),
        (None, False),
    ],
)
@pytest.mark.parametrize("everything", [False, True])
def test_only_web_addresses_are_links(url: str | None, links: bool, everything: bool) -> None:
    top = Step("top", "rule", parts=(leaf("E", Source("label", url)), Step("biomarker: x", "r", verdict="pass")))
    found = [each.get("href") for each in ElementTree.fromstring(svg(top, whole=everything)).iter(f"{SVG}a")]
    assert found == ([url] if links else [])


def test_a_step_that_rests_on_itself_is_drawn_once() -> None:
    below = Step("flag", "r", statement=fact("flag", option="O"), parts=(Step("top", statement=fact("top")),))
    graph = whole(Step("top", "r", statement=fact("top"), parts=(below,)))
    assert graph.lines == [(repr(fact("top")), repr(fact("flag", option="O")))]


def test_a_line_that_a_longer_way_repeats_is_left_out() -> None:
    c = Step("c")
    graph = whole(Step("a", parts=(c, Step("b", parts=(c,)))))
    assert graph.lines == [("=a", "=b"), ("=b", "=c")]


@pytest.mark.parametrize("everything", [False, True])
def test_very_deep_and_very_wide_proofs_are_drawn(everything: bool) -> None:
    deep = Step("end")
    for number in range(sys.getrecursionlimit() + 200):
        deep = Step(f"step {number}", "rule", parts=(deep,))
    assert len(drawn_boxes(svg(deep, whole=everything))) == sys.getrecursionlimit() + 201
    wide = Step("top", parts=tuple(Step(f"part {number}", places=(f"a:{number}",)) for number in range(120)))
    assert len(drawn_boxes(svg(wide, whole=everything))) == 241


TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "",
        "<script>alert(1)</script>",
        "]]>",
        "a\x00b\x1b\ud800\ufffe",
        "&amp;\"'",
        "人表皮生长因子受体2" * 12,
        "A" * 300,
    ]
)
PLACES = st.lists(st.sampled_from(["a.maf:1", "a.maf:2", "b.vcf", ":", "x" * 80 + ":3"]) | TEXTS, max_size=4)
SOURCES = st.lists(st.builds(Source, TEXTS, st.none() | TEXTS | st.just("https://a.org")), max_size=3)
VALUES = st.sampled_from(["O", "P", "pass", "biomarker", "organ-function", "amp", "I-A"])
FIELDS = st.dictionaries(st.sampled_from(["option", "criterion", "about", "framework", "grade"]), VALUES)
PREDICATES = st.sampled_from(["finding", "level", "option", "evidence", "patient"])
STATEMENTS = st.one_of(
    st.none(),
    st.builds(lambda name, fields: fact(name, **fields), PREDICATES, FIELDS),
    st.builds(lambda name, fields: Absence(name, tuple(sorted(fields.items()))), PREDICATES, FIELDS),
)


def step_with(parts: st.SearchStrategy[tuple[Step, ...]]) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        TEXTS | st.sampled_from(["biomarker: present", "AMP I-A: b", "line：二线"]),
        st.none() | TEXTS,
        sources=SOURCES.map(tuple),
        places=PLACES.map(tuple),
        verdict=st.none() | st.sampled_from(VERDICTS),
        parts=parts,
        statement=STATEMENTS,
    )


TREES = st.recursive(
    step_with(st.just(())), lambda inner: step_with(st.lists(inner, max_size=6).map(tuple)), max_leaves=12
)


@settings(max_examples=20, deadline=None)
@given(TREES, st.sampled_from(["en", "zh"]), st.booleans())
def test_any_proof_has_a_sound_picture(top: Step, lang: str, everything: bool) -> None:
    graph = whole(top) if everything else readable(top, lang)
    drawn = placed(graph, lang)
    assert_sound(drawn)
    assert len(drawn.chains) == len(graph.lines)
    picture = svg(top, lang, everything)
    assert len(drawn_boxes(picture)) == len(graph)
    picture.encode("utf-8")
    links = [each.get("href", "") for each in ElementTree.fromstring(picture).iter(f"{SVG}a")]
    assert all(link.lower().startswith(("http://", "https://")) for link in links)


@given(TEXTS, st.floats(30, 300), st.integers(1, 6))
def test_wrapped_text_keeps_its_letters_and_its_room(text: str, room: float, most: int) -> None:
    lines = wrapped(text, room, most)
    assert len(lines) <= most
    assert all(width_of(line) <= room for line in lines)
    if not lines or not lines[-1].endswith("…"):
        assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXTS, st.floats(60, 300), st.booleans())
def test_a_fitted_line_fits(text: str, room: float, keeps_end: bool) -> None:
    line = fitted(text, room, keeps_end)
    assert width_of(line) <= room
    if keeps_end and text.strip():
        assert line[-1] == text.split()[-1][-1]


def test_a_long_file_name_keeps_its_row() -> None:
    assert fitted("her2-amplified-after-trastuzumab.yaml:12", 120.0, keeps_end=True).endswith("yaml:12")


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert clean("a\x00b\ud800c\n") == "a\ufffdb\ufffdc\n"


def test_every_kind_of_box_has_a_legend_in_both_languages() -> None:
    from matcher.phrases import phrases

    assert set(proof_graph.KINDS) <= set(phrases("picture"))
    assert all(set(words) == {"en", "zh"} for words in phrases("picture").values())
