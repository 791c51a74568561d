"""Whatever a curator's slip makes of a rule file: a rule set, or problems with place and remedy; never a traceback."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.errors import ERROR, RuleProblems
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load
from rules.source import read

FILES = sorted(LIBRARY.glob("*.yaml"))
PIECES = (
    "\t", " ", "\n", ":", ": ", "- ", "#", "'", '"', "{", "}", "[", "]", "(", ")", ",", "&a ", "*a", "!!int ", "|\n", ">",
    "<<: *a\n", "---\n", "...\n", "%YAML 9\n", "no ", "N = count ", "B = least L in ", "_", "X", "{X}", "\ufeff", "\x00",
    "\u2028", "中", "é", "if:", "then:", "rule:", "says:", "1e999", "99999999999999999999", "overrides: true\n", "null", "~",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Some following rules of a library file with one to four slips in them."""
    text = draw(st.sampled_from(FILES)).read_text(encoding="utf-8")
    parts = text.split("\n\n")
    start = draw(st.integers(0, max(0, len(parts) - 4)))
    text = (parts[0] + "\n\n" if start else "") + "\n\n".join(parts[start : start + 4]) + "\n"
    for _ in range(draw(st.integers(1, 4))):
        text = draw(slips(text))
    content = text.encode()
    return draw(st.sampled_from([content, content, content, content[: len(content) // 2], text.encode("utf-16")]))


@st.composite
def slips(draw: st.DrawFn, text: str) -> str:
    """The text with a piece put in, a stretch cut out, or a line doubled, dropped, moved, or indented otherwise."""
    lines = text.split("\n")
    at, row = draw(st.integers(0, len(text))), draw(st.integers(0, len(lines) - 1))
    kind = draw(st.integers(0, 6))
    if kind == 0:
        return text[:at] + draw(st.sampled_from(PIECES)) + text[at:]
    if kind == 1:
        return text[:at] + text[at + draw(st.integers(1, 30)) :]
    if kind == 2:
        lines.insert(row, lines[row])
    elif kind == 3:
        del lines[row]
    elif kind == 4:
        lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(row))
    elif kind == 5:
        lines[row] = draw(st.sampled_from([" ", "  ", "\t", "- "])) + lines[row]
    else:
        lines[row] = lines[row].lstrip()
    return "\n".join(lines)


def used(folder: Path, content: bytes) -> RuleSet | RuleProblems:
    """The library with a site's file of this content on top, or what is wrong with it; the cache keeps only the one."""
    (folder / "own.yaml").write_bytes(content)
    cache = folder / "cache"
    for kept in cache.glob("*"):
        kept.unlink()
    try:
        found = load([LIBRARY, folder / "own.yaml"], cache)
    except RuleProblems as error:
        assert not list(cache.glob("*"))
        return error
    assert load([LIBRARY, folder / "own.yaml"], cache) == found
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=mutated() | st.binary(max_size=60))
@example(content=b"")
@example(content=b"[" * 300_000)
@example(content=b"- " * 300_000)
@example(content=b"rules:\n" + b"\n".join(b" " * i + b"- a:" for i in range(500)))
@example(content=b"? [a]\n: b\n")
@example(content=b"rules: &a [*a]\n")
@example(content=b"predicates: {? {a: b} : {fields: {x: string}}}\n")
@example(content=b"rules:\n  - {rule: x, if: ['p(x: X)'], then: 'q(x: X)', says: {? [en] : a}, cites: [[a]]}\n")
@example(content="rules: [{rule: '\ud800'}]".encode("utf-8", "surrogatepass"))
@example(content=b'rules: [{rule: "\\ud800", says: "{X}", cites: ["\\ud800"], if: ["p(x: X)"], then: "p(x: X)"}]')
@example(content=b"predicates:\n  own: {given: true, fields: {x: string}}\n")
def test_any_content_is_rules_or_problems(content: bytes, tmp_path_factory) -> None:
    outcome = used(tmp_path_factory.mktemp("site"), content)
    if isinstance(outcome, RuleSet):
        assert outcome.strata
        return
    assert any(problem.severity == ERROR for problem in outcome.problems)
    lines = content.count(b"\n") + content.count(b"\r") + 2
    for problem in outcome.problems:
        assert problem.file
        assert problem.message
        assert problem.remedy
        assert problem.line >= 1
        assert not problem.file.endswith("own.yaml") or problem.line <= lines + 3
        assert problem.block().count("\n") >= 3
        assert "Traceback" not in str(problem)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=mutated())
def test_the_reader_never_raises(content: bytes) -> None:
    written = read(Path("own.yaml"), content)
    assert written.is_whole or written.problems
    for rule in written.rules:
        assert len(rule.lines) == len(rule.body) + 1
