"""Whatever a curator's slip makes of a rule file: a rule set, or problems with place and remedy; never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.errors import ERROR, RuleProblems
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load
from rules.source import read

FILES = sorted(LIBRARY.glob("*.yaml"))
PIECES = (
    "\t", " ", "\n", ":", ": ", "- ", "#", "'", '"', "{", "}", "[", "]", "(", ")", ",", "&a ", "*a",
    "!!int ", "|\n", ">",
    "<<: *a\n", "---\n", "...\n", "%YAML 9\n", "no ", "N = count ", "B = least L in ", "_", "X", "{X}",
    "\ufeff", "\x00",
    "\u2028", "中", "é", "if:", "then:", "rule:", "says:", "1e999", "99999999999999999999", "overrides: true\n",
    "null", "~",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """The name of a library file, and its text with one to four slips in it."""
    path = draw(st.sampled_from(FILES))
    text = path.read_text(encoding="utf-8")
    for _ in range(draw(st.integers(1, 4))):
        text = draw(slips(text))
    content = text.encode()
    encoded = [content, content, content, content, content[: len(content) // 2], text.encode("utf-16")]
    return path.name, draw(st.sampled_from(encoded))


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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for a cache and a copy of the library, which each case may spoil."""
    found = tmp_path_factory.mktemp("rules")
    (found / "cache").mkdir()
    (found / "library").mkdir()
    return found


@pytest.fixture(scope="module", autouse=True)
def files_read_once() -> Iterator[None]:
    """A file of the same content is read once: of each library, what differs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("rules.source.read", cache(read))
        yield


def outcome(folder: Path, name: str, content: bytes) -> RuleSet | RuleProblems:
    """The library with a file of this content, or what is wrong with it; the cache keeps only what can be used."""
    for path in FILES:
        (folder / "library" / path.name).write_bytes(path.read_bytes())
    for kept in (folder / "cache").iterdir():
        kept.unlink()
    (folder / "library" / name).write_bytes(content)
    try:
        found = load([folder / "library"], folder / "cache")
    except RuleProblems as error:
        assert not list((folder / "cache").iterdir())
        return error
    finally:
        if name not in {path.name for path in FILES}:
            (folder / "library" / name).unlink()
    return found


def judge(found: RuleSet | RuleProblems, name: str, content: bytes) -> None:
    """Rules that can run, or problems that all have a place, a message and a remedy, an error among them."""
    if isinstance(found, RuleSet):
        assert found.strata
        assert not any(problem.severity == ERROR for problem in found.warnings)
        return
    assert any(problem.severity == ERROR for problem in found.problems)
    # U+0085, U+2028 and U+2029 end a line for YAML too.
    lines = len(content.decode("utf-8", "replace").splitlines()) + 1
    for problem in found.problems:
        assert problem.file
        assert problem.message
        assert problem.remedy
        assert problem.line >= 1
        assert not problem.file.endswith(name) or problem.line <= lines, problem
        assert problem.block().count("\n") >= 3


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutation=mutated())
def test_a_library_file_with_slips_is_rules_or_problems(mutation: tuple[str, bytes], folder: Path) -> None:
    judge(outcome(folder, *mutation), *mutation)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=60))
@example(content=b"")
@example(content=b"[" * 300_000)
@example(content=b"- " * 300_000)
@example(content=b"rules:\n" + b"\n".join(b" " * i + b"- a:" for i in range(500)))
@example(content=b"? [a]\n: b\n")
@example(content=b"? [a]\n: b\nrule: c\n")
@example(content=b"rules: &a [*a]\n")
@example(content=b"predicates: {? {a: b} : {fields: {x: string}}}\n")
@example(content=b"rules:\n  - {rule: x, if: ['p(x: X)'], then: 'q(x: X)', says: {? [en] : a}, cites: [[a]]}\n")
@example(content="rules: [{rule: '\ud800'}]".encode("utf-8", "surrogatepass"))
@example(content=b'rules: [{rule: "\\ud800", says: "{X}", cites: ["\\ud800"], if: ["p(x: X)"], then: "p(x: X)"}]')
@example(content=b"predicates:\n  own: {given: true, fields: {x: string}}\n")
@example(content=b"rules:\n  - rule: [\n")
def test_any_bytes_are_rules_or_problems(content: bytes, folder: Path) -> None:
    judge(outcome(folder, "own.yaml", content), "own.yaml", content)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutation=mutated())
def test_the_reader_keeps_the_lines_of_what_it_reads(mutation: tuple[str, bytes]) -> None:
    name, content = mutation
    written = read(Path(name), content)
    assert written.is_whole or written.problems
    for rule in written.rules:
        assert len(rule.lines) == len(rule.body) + 1
        assert rule.line <= min(rule.lines)
