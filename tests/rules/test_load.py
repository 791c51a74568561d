from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rules.errors import RuleProblems
from rules.load import load
from rules.source import quote_atoms

PREDICATES = """
predicates:
  p: {given: true, doc: "a p", fields: {x: string, n: number, k: [a, b], t: boolean}}
  q: {fields: {x: string}}
"""
RULE = """
rules:
  - rule: one
    says: {en: "{X}", zh: "因为 {X}"}
    cites: [https://doi.org/10.1016/j.jmoldx.2016.10.002]
    if:
      - p(x: X, n: 1.5, k: a, t: true)   # a comment
      - X != 'it''s'
      - no p(x: X,
             n: -2)
      - N = count p(n: 3,
                    x: X)
      - Best = least V in p(n: V, x: X)
      - N < Best
    then: q(x: X)
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    (folder / "deep").mkdir(parents=True)
    (folder / "predicates.yaml").write_text(PREDICATES, encoding="utf-8")
    (folder / "deep" / "rules.yml").write_text(RULE.replace("it''s", "it\\'s"), encoding="utf-8")
    (folder / "README.md").write_text("not rules", encoding="utf-8")
    return folder


def test_reads_folders_whole(library: Path) -> None:
    rules = load([library])
    assert sorted(rules.predicates) == ["p", "q"]
    assert str(rules.rule("one")) == (
        "rule: one\nsays en: {X}\nsays zh: 因为 {X}\ncites: https://doi.org/10.1016/j.jmoldx.2016.10.002\n"
        r"if p(x: X, n: 1.5, k: a, t: true)" "\n" r"if X != 'it\'s'" "\nif no p(x: X, n: -2)"
        "\nif N = count p(n: 3, x: X)\nif Best = least V in p(n: V, x: X)\nif N < Best\nthen q(x: X)"
    )  # fmt: skip
    assert rules.rule("one").lines == (7, 8, 9, 11, 13, 14, 15)
    assert rules.strata == ((0,),)
    with pytest.raises(KeyError):
        rules.rule("two")


def test_cache_gives_the_same_rules_without_yaml(library: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = load([library], cache)
    assert load([library], cache) == first
    assert repr(load([library], cache)) == repr(first)
    code = (
        "import sys; from pathlib import Path; from rules.load import load\n"
        "load([Path(sys.argv[1])], Path(sys.argv[2]))\n"
        "print(sorted({'yaml', 'networkx', 'rules.check', 'rules.source', 'durable_rules_engine'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(library), str(cache)]
    assert subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("damage", [b"", b"garbage", b"0" * 64 + b"\n{}", None])
def test_a_damaged_cache_is_written_anew(library: Path, tmp_path: Path, damage: bytes | None) -> None:
    cache = tmp_path / "cache"
    rules = load([library], cache)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] if damage is None else damage)
    assert load([library], cache) == rules
    assert file.read_bytes() == whole
    assert list(cache.iterdir()) == [file]


def test_a_cache_that_cannot_be_written_is_no_error(library: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert load([library], tmp_path / "file") == load([library])


def test_a_changed_file_is_read_again(library: Path, tmp_path: Path) -> None:
    before = load([library], tmp_path / "cache")
    path = library / "deep" / "rules.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("n: 1.5", "n: 2.5"), encoding="utf-8")
    assert load([library], tmp_path / "cache").digest != before.digest


def test_the_digest_is_of_the_meaning(library: Path, tmp_path: Path) -> None:
    before = load([library]).digest
    assert before.startswith("sha256:")
    assert len(before) == 7 + 64
    path = library / "deep" / "rules.yml"
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    path.rename(library / "renamed.yaml")
    assert load([library]).digest == before


def test_later_folders_override_only_on_purpose(library: Path, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.mkdir()
    text = 'rules:\n  - rule: one\n    says: "here"\n    cites: [us]\n    if:\n      - p(x: X)\n    then: q(x: X)\n'
    (local / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleProblems, match="there is another rule `one`"):
        load([library, local])
    (local / "a.yaml").write_text(text + "    overrides: true\n", encoding="utf-8")
    rules = load([library, local])
    assert [rule.sentence() for rule in rules.rules] == ["here"]
    assert rules.digest != load([library]).digest


def test_predicates_are_declared_once(library: Path, tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(PREDICATES, encoding="utf-8")
    with pytest.raises(RuleProblems, match="predicate `p` is already declared at"):
        load([library, tmp_path / "more.yaml"])


def test_strata_follow_negation_only(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d"]
    text = "predicates:\n  g: {given: true, fields: {x: string}}\n"
    text += "".join(f"  {n}: {{fields: {{x: string}}}}\n" for n in names) + "rules:\n"
    bodies = {"a": ["g(x: X)"], "b": ["a(x: X)", "no c(x: X)"], "c": ["a(x: X)"], "d": ["g(x: X)", "no b(x: X)"]}
    for name, body in bodies.items():
        lines = "".join(f"      - {c}\n" for c in body)
        text += f"  - rule: {name}\n    says: s\n    cites: [c]\n    if:\n{lines}    then: {name}(x: X)\n"
    (tmp_path / "r.yaml").write_text(text, encoding="utf-8")
    rules = load([tmp_path])
    assert [[rules.rules[i].name for i in stratum] for stratum in rules.strata] == [["a", "c"], ["b"], ["d"]]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("- p(x: 'a')", "- 'p(x: ''a'')'"),
        ("  - no p(x: X)  # why", "  - 'no p(x: X)'  # why"),
        ("then: q(x: X)", "then: 'q(x: X)'"),
        ("- p(x: 'a # b')", "- 'p(x: ''a # b'')'"),
        ("- 'p(x: X)'", "- 'p(x: X)'"),
        ("- X < Y", "- X < Y"),
        ("- N = count p(x: X)", "- 'N = count p(x: X)'"),
        ("- B = least L in p(x: L)  # best", "- 'B = least L in p(x: L)'  # best"),
        ("- not p(x: X)", "- 'not p(x: X)'"),
        ("if: p(x: X)", "if: 'p(x: X)'"),
        ("- p(x: X)\r", "- 'p(x: X)'\r"),
        ("- rule: p(x)", "- rule: p(x)"),
        ('says: "then: q(x)"', 'says: "then: q(x)"'),
        ("- p(x:\n    X)\n- q(x: X)", "- 'p(x:\n    X)'\n- 'q(x: X)'"),
        ("- p(x: X\n- q(x: X)", "- 'p(x: X'\n- 'q(x: X)'"),
    ],
)
def test_quotes_atoms_for_yaml(text: str, quoted: str) -> None:
    assert quote_atoms(text) == quoted
