"""The rule book and its picture: whole, true to the rules, and the ones that are committed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rules.book import heads, page
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load
from rules.picture import Use, rows, svg, uses

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"

SMALL = """
predicates:
  drug:
    doc: "A *drug* <of> some|kind."
    given: true
    says: "A *drug*: `{name}`"
    absent: {en: "no {name}", zh: "无 {name}"}
    fields: {name: string}
  odd: {fields: {name: string}}
  even: {fields: {name: string}}
  left: {doc: What is left., fields: {name: string}}
  last: {doc: Waits for nothing that is left., fields: {name: string}}
words: {name: {a*b: {en: "A|B", zh: 甲}}}
rules:
  - rule: starts
    says: {en: "{Name} is `one` [of] *them*", zh: "{Name} 是"}
    cites: [https://example.org/a, "Smith_2020, page 3"]
    if: ["drug(name: Name)"]
    then: odd(name: Name)
  - {rule: goes-on, says: "x", cites: [b], if: ["odd(name: Name)"], then: "even(name: Name)"}
  - {rule: comes-back, says: "x", cites: [b], if: ["even(name: Name)"], then: "odd(name: Name)"}
  - {rule: rest, says: "x", cites: [b], if: ["drug(name: Name)", "no odd(name: Name)"], then: "left(name: Name)"}
  - {rule: end, says: "x", cites: [b], if: ["odd(name: Name)", "no left(name: Name)"], then: "last(name: Name)"}
"""


@pytest.fixture(scope="module")
def library() -> RuleSet:
    return load([LIBRARY])


@pytest.mark.parametrize(
    ("module", "file"), [("rules.book", "docs/rule-book.md"), ("rules.picture", "docs/rule-strata.svg")]
)
@pytest.mark.parametrize("seed", ["1", "2"])
def test_what_is_committed_is_what_the_rules_give(module: str, file: str, seed: str) -> None:
    words = [sys.executable, "-m", module]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "ascii"}
    made = subprocess.run(words, capture_output=True, check=True, cwd=ROOT, env=environment).stdout
    assert made == (ROOT / file).read_bytes(), f"{file} is stale: run `make book`"


def test_every_rule_is_whole_in_the_book(library: RuleSet) -> None:
    parts = page(library, LIBRARY, heads(LIBRARY)).split("\n### ")[1:]
    assert len(parts) == len(library.rules)
    for part in parts:
        rule = library.rule(part.partition("\n")[0])
        assert rule.sentence() in part.replace("\\", "")
        assert all(str(condition) in part for condition in rule.body)
        assert f"then  {rule.head}\n" in part
        assert all(f"<{source}>" in part for source in rule.cites)


def test_every_predicate_is_in_the_book_with_its_fields_and_sentence(library: RuleSet) -> None:
    table = page(library, LIBRARY, {}).partition("## Predicates")[2].partition("\n## ")[0]
    rows = {row.split("`")[1]: row.replace("\\", "") for row in table.splitlines() if row.startswith("| `")}
    assert rows.keys() == library.predicates.keys()
    for name, predicate in library.predicates.items():
        assert predicate.doc in rows[name]
        assert all(f"`{field}`" in rows[name] for field in predicate.fields)
        assert all(text in rows[name] for _, text in (*predicate.says, *predicate.absent))
        assert rows[name].count(" | ") == 5


def test_every_word_is_in_the_book(library: RuleSet) -> None:
    table = page(library, LIBRARY, {}).partition("## Words")[2].partition("\n## ")[0].replace("\\", "")
    rows = {tuple(row[2:].split(" | ")[:2]): row for row in table.splitlines() if row.startswith("| `")}
    assert len(rows) == sum(map(len, library.words.values())) > 200
    for field, values in library.words.items():
        for value, said in values.items():
            assert all(text in rows[f"`{field}`", value] for _, text in said)


def test_links_within_the_book_lead_to_a_heading(library: RuleSet) -> None:
    text = page(library, LIBRARY, heads(LIBRARY))
    headings = [re.sub(r"[^a-z0-9_-]", "", h.lower().replace(" ", "-")) for h in re.findall(r"(?m)^#+ (.*)$", text)]
    assert len(headings) == len(set(headings))
    links = re.findall(r"\]\(#([^)]*)\)", text)
    assert len(links) > 40
    assert set(links) <= set(headings)


def test_each_file_of_the_library_says_what_it_is_about(library: RuleSet) -> None:
    assert {Path(rule.file).name for rule in library.rules} <= heads(LIBRARY).keys()


def test_text_is_shown_as_written_whatever_marks_it_holds(ruleset: Callable[[str], RuleSet], tmp_path: Path) -> None:
    text = page(ruleset(SMALL), tmp_path, {"rules.yaml": "All *of* it."})
    assert "> {Name} is \\`one\\` \\[of\\] \\*them\\*\n>\n> zh: {Name} 是\n" in text
    assert "A \\*drug\\* \\<of\\> some\\&#124;kind." in text
    assert "A \\*drug\\*: \\`{name}\\`<br>absent: no {name}<br>缺失: 无 {name}" in text
    assert "| `name` | a\\*b | A\\&#124;B | 甲 |" in text
    assert "Stratum 1. Cites <https://example.org/a>, Smith\\_2020, page 3\n" in text
    assert "## rules.yaml\n\nAll \\*of\\* it.\n" in text
    assert "[comes-back](#comes-back), [starts](#starts)" in text


def test_the_book_does_not_depend_on_where_the_rules_are(tmp_path: Path) -> None:
    made = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "own.yaml").write_text(SMALL, encoding="utf-8")
        made.append(page(load([tmp_path / place]), tmp_path / place, {}))
    assert made[0] == made[1]


def test_rows_put_each_predicate_below_what_it_rests_on(ruleset: Callable[[str], RuleSet]) -> None:
    rules = ruleset(SMALL)
    assert rows(rules) == ((("even", "odd"),), (("left",),), (("last",),))
    assert Use("odd", "left", True) in uses(rules)
    assert Use("odd", "last", False) in uses(rules)


def test_what_is_counted_stands_in_a_stratum_above(ruleset: Callable[[str], RuleSet]) -> None:
    text = SMALL.replace('"no odd(name: Name)"', '"N = count odd(name: Name)", "N = 0"')
    assert text != SMALL
    rules = ruleset(text)
    assert rows(rules) == ((("even", "odd"),), (("left",),), (("last",),))
    assert Use("odd", "left", True) in uses(rules)
    assert "<title>odd, settled before: left</title>" in svg(rules)


def test_the_picture_of_the_library_is_readable(library: RuleSet) -> None:
    """All boxes are inside and apart, names fit, and every use between concluded predicates has its arrow."""
    root = ElementTree.fromstring(svg(library))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    boxes = [
        tuple(float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        for box in root.iter(f"{SVG}rect")
        if box.attrib.get("class") in ("box", "given")
    ]
    assert len(boxes) == len(library.predicates)
    assert all(x > 0 and y > 0 and x + w < width and y + h < height for x, y, w, h in boxes)
    for number, (x, y, w, h) in enumerate(boxes):
        assert not any(x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h for x2, y2, w2, h2 in boxes[:number])
    concluded = {rule.head.predicate for rule in library.rules}
    shown = [path for path in root.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]
    drawn = {(path.attrib["class"], path.findtext(f"{SVG}title")) for path in shown}
    assert drawn == {
        ("no", f"{source}, settled before: {target}") if negative else ("use", f"{source}: {target}")
        for source, target, negative in uses(library)
        if source in concluded and source != target
    }


def test_predicates_that_rest_on_each_other_are_marked(ruleset: Callable[[str], RuleSet]) -> None:
    text = svg(ruleset(SMALL))
    assert text.count("given ↻<") == 2
    assert "2 rules, 1 given ↻" in text
    assert text.count('class="box"') == 4
    ElementTree.fromstring(text)
