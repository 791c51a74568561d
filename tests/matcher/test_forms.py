"""A document in its forms: the exact text of small ones, and what holds for any document whatever is written in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TypeVar
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from kb.source import Source
from matcher.explain import Step
from matcher.report import forms_html
from matcher.report.document import Cell, Document, Link, Section, Table
from matcher.report.forms import render
from matcher.report.forms_markdown import escaped
from matcher.report.forms_text import wrap
from matcher.report.hidden import visible
from matcher.report.unfolding import address, links

T = TypeVar("T")

LABEL = Source("FDA label", "https://www.accessdata.fda.gov/label.pdf")
PREMISE = Step(
    "pyrotinib is considered",
    rule="option-by-indication",
    cites=("https://doi.org/10.1016/j.jmoldx.2016.10.002",),
    parts=(Step("CN indication of pyrotinib", sources=(LABEL,), verified="partly"),),
)
PROOF = Step(
    "pyrotinib is on-label: the indication is for this tumor type and no criterion fails",
    rule="on-label",
    cites=("https://doi.org/10.1016/j.jmoldx.2016.10.002",),
    parts=(
        PREMISE,
        Step("biomarker: ERBB2 amplification was reported", verdict="pass", places=("liver.cna.tsv:2", "p.yaml:10")),
        Step("line: the next line is 2", rule="line-fits", verdict="undetermined", parts=(PREMISE,)),
    ),
)
SMALL = Document(
    "Why pyrotinib?",
    ("pyrotinib is recommendation 1.", ("See ", Link("the label", str(LABEL.url)), ".")),
    ("Patient P-1, CN",),
    (
        Section("Scores", table=Table(("score", "value"), (("tumor | closeness", "exact"), ("biomarker", "pass")))),
        Section("Proof", ("Top down.",), steps=(PROOF,)),
    ),
    "Research use only.",
)


def test_text() -> None:
    assert (
        render(SMALL, "text", 60)
        == """\
Why pyrotinib?

pyrotinib is recommendation 1.
See the label [1].

Patient P-1, CN

Scores
──────

 score               value
 ─────────────────────────
 tumor | closeness   exact
 biomarker           pass

Proof
─────
Top down.
pyrotinib is on-label: the indication is for this tumor type
│  and no criterion fails  (rule on-label [2])
├─ pyrotinib is considered  (rule option-by-indication [2])
│  └─ CN indication of pyrotinib  <- FDA label [1]
│        [partly verified in its source]
├─ [pass] biomarker: ERBB2 amplification was reported
│     <- liver.cna.tsv:2, p.yaml:10
└─ [undetermined] line: the next line is 2  (rule line-fits)
   └─ pyrotinib is considered  (as above)

Sources
───────
[1] the label https://www.accessdata.fda.gov/label.pdf
[2] https://doi.org/10.1016/j.jmoldx.2016.10.002

Research use only.
"""
    )


def test_markdown() -> None:
    assert (
        render(SMALL, "markdown")
        == r"""# Why pyrotinib?

pyrotinib is recommendation 1.

See [the label](<https://www.accessdata.fda.gov/label.pdf>).

Patient P-1, CN

## Scores

| score | value |
|---|---|
| tumor \| closeness | exact |
| biomarker | pass |

## Proof

Top down.

- pyrotinib is on-label: the indication is for this tumor type and no criterion fails """
        + (
            r"""(rule on-label, [source](<https://doi.org/10.1016/j.jmoldx.2016.10.002>))
  - pyrotinib is considered (rule option-by-indication, [source](<https://doi.org/10.1016/j.jmoldx.2016.10.002>))
    - CN indication of pyrotinib ← [FDA label](<https://www.accessdata.fda.gov/label.pdf>) """
            r"""*partly verified in its source*
  - **pass** biomarker: ERBB2 amplification was reported ← liver.cna.tsv:2, p.yaml:10
  - **undetermined** line: the next line is 2 (rule line-fits)
    - pyrotinib is considered *(as above)*

*Research use only.*
"""
        )
    )


def test_html_of_a_step() -> None:
    page = render(SMALL, "html")
    assert (
        '<li><div class="leaf"><b class="verdict pass">✓ pass</b> biomarker: ERBB2 amplification was reported '
        '<span class="note">← <span class="place">liver.cna.tsv:2, p.yaml:10</span></span></div></li>' in page
    )
    assert '<td class="short"><b class="verdict pass">✓ pass</b></td>' in page
    assert '<a href="https://www.accessdata.fda.gov/label.pdf">FDA label</a><span class="ref"> [1]</span>' in page
    first = re.search(r'<li id="(s\d+)"><details[^>]*><summary>pyrotinib is considered', page)
    assert first is not None
    assert f'<a href="#{first[1]}">as above</a>' in page


def test_levels_below_the_second_are_folded() -> None:
    chain = Step("level 1", parts=(Step("level 2", parts=(Step("level 3", parts=(Step("level 4"),)),)),))
    page = render(SMALL._replace(sections=(Section("Proof", steps=(chain,)),)), "html")
    assert re.findall(r"<details( open=\"\")?><summary>(level \d)", page) == [
        (' open=""', "level 1"),
        (' open=""', "level 2"),
        ("", "level 3"),
    ]


def test_a_page_in_chinese() -> None:
    document = SMALL._replace(lang="zh", sections=(Section("证明", steps=(PROOF,)),))
    assert '<html lang="zh-CN">' in render(document, "html")
    assert "[未能判定] line: the next line is 2  (规则line-fits)" in render(document, "text")
    assert "（" not in render(document, "markdown").replace("（见上文）", "")


def test_a_rule_of_a_site_says_whose_it_is_and_cites_what_it_names() -> None:
    step = Step("s", rule="own", cites=("our board", str(LABEL.url)), origin="site rule, own.yaml:15")
    document = SMALL._replace(summary=(), sections=(Section("A", steps=(step,)),))
    assert "s  (rule own [site rule, own.yaml:15] [1]; our board)" in render(document, "text")
    assert "(rule own \\[site rule, own.yaml:15\\], our board, [source](<" in render(document, "markdown")


def test_each_section_unfolds_anew() -> None:
    document = SMALL._replace(sections=(Section("A", steps=(PREMISE, PREMISE)), Section("B", steps=(PREMISE,))))
    assert render(document, "markdown").count("*(as above)*") == 1


def test_equal_words_above_unequal_premises_are_unfolded_both() -> None:
    other = PREMISE._replace(parts=(Step("another premise"),))
    assert "another premise" in render(SMALL._replace(sections=(Section("A", steps=(PREMISE, other)),)), "text")


def test_colors_mark_verdicts_only_where_asked() -> None:
    assert "\x1b" not in render(SMALL, "text")
    assert "\x1b[32m[pass]\x1b[0m biomarker" in render(SMALL, "text", color=True)
    assert re.sub(r"\x1b\[\d+m", "", render(SMALL, "text", 80, color=True)) == render(SMALL, "text", 80)


def test_a_wide_table_is_written_row_by_row_in_a_narrow_terminal() -> None:
    table = Table(("regimen", "biomarker", "tumor", "levels"), (("pyrotinib-capecitabine",) * 4,))
    text = render(SMALL._replace(sections=(Section("Options", table=table),)), "text", 60)
    assert "- regimen: pyrotinib-capecitabine\n  biomarker: pyrotinib-capecitabine\n" in text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("吡咯替尼联合卡培他滨，用于HER2阳性乳腺癌。", ["吡咯替尼联合", "卡培他滨，用", "于HER2阳性乳", "腺癌。"]),
        ("CN:X001-with-no-space-in-it", ["CN:X001-", "with-no-", "space-in-it"]),
        ("see https://example.org/long/address", ["see", "https://example.org/long/address"]),
    ],
)
def test_wrap(text: str, lines: list[str]) -> None:
    assert wrap(text, 12) == lines


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x", "https://a b", 'https://x"onload="', "https://x>y", "http://", None, ""]
)
def test_what_is_no_web_address_is_never_a_link(url: str | None) -> None:
    assert address(url) is None
    if url:
        document = SMALL._replace(summary=(Link("label", url),), sections=())
        assert "<a " not in render(document, "html")
        assert "link_open" not in {token.type for token in _inline(render(document, "markdown"))}


HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "]]>",
    "<!--",
    "&lt;b&gt;",
    "*a* _b_ `c` [d](http://e) ![f](g) ~~h~~",
    "1. first",
    "- item",
    "# heading #",
    "+ plus",
    "a | b \\| c \\",
    "line\nbreak\r\n\r\nparagraph",
    "\u202eright to left\u202c \u200f\u05d0",
    "\x1b[2J\x00\x9b\ufffe\ud800",
    "-->",
    "$x$ ${title} $title",
    "吡咯替尼联合卡培他滨",
    "a" * 70,
    "https://example.org/" + "x" * 90,
    "http://example.org",
    "===",
    "    indented",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=30))
SHOWN = TEXTS.filter(lambda text: bool(visible(text).strip()))
URLS = st.one_of(
    TEXTS, st.sampled_from(("https://doi.org/10.1/x", "http://e.org/a_(b)?c=d&e=f#g", "https://汉.cn/*a*"))
)
LINKS = st.builds(Link, SHOWN, URLS)
CELLS: st.SearchStrategy[Cell] = st.one_of(SHOWN, LINKS, st.lists(st.one_of(SHOWN, LINKS), max_size=3).map(tuple))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    count = draw(st.integers(1, 6))
    row = st.lists(CELLS, min_size=count, max_size=count).map(tuple)
    headings = draw(st.lists(SHOWN, min_size=count, max_size=count).map(tuple))
    return Table(headings, draw(st.lists(row, max_size=3).map(tuple)))


def _some(texts: st.SearchStrategy[T], most: int = 2) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(texts, max_size=most).map(tuple)


@st.composite
def steps(draw: st.DrawFn, depth: int = 3) -> Step:
    return Step(
        draw(SHOWN),
        rule=draw(st.none() | st.sampled_from(("on-label", "line-fits")) | SHOWN),
        cites=draw(_some(URLS)),
        sources=draw(_some(st.builds(Source, SHOWN, st.none() | URLS))),
        places=draw(_some(SHOWN)),
        verified=draw(st.sampled_from((None, "yes", "no", "partly"))),
        verdict=draw(st.sampled_from((None, "pass", "warn", "undetermined", "fail"))),
        origin=draw(st.just("") | SHOWN),
        parts=draw(_some(steps(depth - 1))) if depth else (),
    )


@st.composite
def sections(draw: st.DrawFn, depth: int = 1) -> Section:
    return Section(
        draw(SHOWN),
        lines=draw(_some(CELLS)),
        table=draw(st.none() | tables()),
        steps=draw(_some(steps())),
        sections=draw(_some(sections(depth - 1))) if depth else (),
        folded=draw(st.booleans()),
    )


DOCUMENTS = st.builds(
    Document,
    SHOWN,
    st.lists(CELLS, max_size=2).map(tuple),
    st.lists(SHOWN, max_size=2).map(tuple),
    _some(sections()),
    SHOWN,
    st.sampled_from(("en", "zh")),
)


def _bare(text: str) -> str:
    """The text without spaces: forms may break lines anywhere."""
    return re.sub(r"\s+", "", text)


def _texts(document: Document) -> Iterator[str]:
    """Every text that a reader must find."""
    yield document.title
    yield document.closing
    yield from document.known
    for cell in document.summary:
        yield from _of_cell(cell)
    for section in document.sections:
        yield from _of_section(section)


def _of_section(section: Section) -> Iterator[str]:
    yield section.heading
    rows = ((), *section.table.rows) if section.table else ()
    if section.table and section.table.rows:
        yield from section.table.headings
    for cell in (*section.lines, *(cell for row in rows for cell in row)):
        yield from _of_cell(cell)
    for step in section.steps:
        yield from _of_step(step)
    for inner in section.sections:
        yield from _of_section(inner)


def _of_cell(cell: Cell) -> Iterator[str]:
    for part in links(cell):
        yield part.text if isinstance(part, Link) else part


def _of_step(step: Step) -> Iterator[str]:
    yield step.text
    yield from step.places
    yield from (source.label for source in step.sources)
    for part in step.parts:
        yield from _of_step(part)


class _Reading(HTMLParser):
    """The texts of a page, and the tags and addresses in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _inline(markdown: str) -> list[object]:
    parser = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
    return [each for token in parser.parse(markdown) for each in (token, *(token.children or ()))]  # type: ignore[misc]


@given(DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_every_text_is_in_the_page_and_the_page_is_well_formed(document: Document) -> None:
    page = render(document, "html")
    ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>"))
    reading = _Reading(page)
    shown = _bare("".join(reading.texts))
    assert [text for text in _texts(document) if _bare(visible(text)) not in shown] == []
    assert not reading.tags & {"script", "img", "iframe", "object", "link"}
    for name, value in reading.attributes:
        assert not name.startswith("on")
        assert name != "href" or value is None or value.startswith(("https://", "http://", "#s"))


@given(DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_every_text_is_in_the_markdown_as_text(document: Document) -> None:
    markdown = render(document, "markdown")
    tokens = _inline(markdown)
    types = {token.type for token in tokens}  # type: ignore[attr-defined]
    assert not types & {"html_block", "html_inline", "code_inline", "code_block", "fence", "image", "s_open", "hr"}
    shown = _bare("".join(token.content for token in tokens if token.type == "text"))  # type: ignore[attr-defined]
    assert [text for text in _texts(document) if _bare(visible(text)) not in shown] == []


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (("Stop!", Link("label", "http://0")), "Stop\\![label](<http://0>)"),
        (("Stop!", "", Link("label", "http://0")), "Stop\\![label](<http://0>)"),
        (Link("Stop!", "http://0"), "[Stop\\!](<http://0>)"),
        (("1", ". first"), "1\\. first"),
        ((Link("1", "no address"), ") first"), "1 (no address)) first"),
        ((Link("1", "1"), ") first"), "1\\) first"),
        ("Stop! Now", "Stop! Now"),
    ],
)
def test_parts_of_a_markdown_text_make_no_markup_together(cell: Cell, shown: str) -> None:
    """`!` before a link is an image, and a number before a point a list, wherever one part ends."""
    assert render(SMALL._replace(summary=(cell,)), "markdown").splitlines()[2] == shown


@given(tables())
@settings(max_examples=100, deadline=None)
def test_a_markdown_table_keeps_its_columns_and_rows(table: Table) -> None:
    document = SMALL._replace(summary=(), sections=(Section("T", table=table),))
    types = [token.type for token in _inline(render(document, "markdown"))]  # type: ignore[attr-defined]
    rows, columns = len(table.rows), len(table.headings)
    assert types.count("th_open") == (columns if rows else 0)
    assert types.count("td_open") == rows * columns


@given(DOCUMENTS, st.integers(20, 140))
@settings(max_examples=150, deadline=None)
def test_every_text_is_in_the_terminal_within_its_width(document: Document, width: int) -> None:
    text = render(document, "text", width)
    for line in text.splitlines():
        assert cell_len(line) <= max(width, 60) or "://" in line, line
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


@given(DOCUMENTS)
@settings(max_examples=100, deadline=None)
def test_every_text_is_in_a_terminal_that_is_wide_enough(document: Document) -> None:
    shown = _bare(render(document, "text", 100_000))
    assert [text for text in _texts(document) if _bare(visible(text)) not in shown] == []


@given(SHOWN)
@settings(max_examples=300, deadline=None)
def test_escaped_text_renders_as_itself(text: str) -> None:
    tokens = _inline(escaped(text))
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "text", "paragraph_close"}  # type: ignore[attr-defined]
    assert _bare("".join(token.content for token in tokens if token.type == "text")) == _bare(visible(text))  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_the_same_document_gives_the_same_bytes(form: str) -> None:
    assert render(SMALL, form) == render(SMALL, form)


def test_the_page_asks_nothing_of_the_network() -> None:
    page = render(SMALL, "html")
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|src=", page.replace("img-src", ""))


def test_a_picture_is_drawn_above_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms_html, "picture", lambda step, lang: f"<svg><text>{lang}</text></svg>")
    section = Section("Proof", steps=(PROOF,), picture=PROOF)
    page = render(SMALL._replace(sections=(section,)), "html")
    assert "<figure><svg><text>en</text></svg><figcaption>" in page
