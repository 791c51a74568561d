"""One case for each kind of problem: what is wrong, in which rule, on which line."""

# ruff: noqa: E501 - one case a line
from __future__ import annotations

from pathlib import Path

import pytest

from rules.errors import ERROR, WARNING, RuleProblems
from rules.load import load

PREDICATES = """\
predicates:
  option: {given: true, fields: {id: string, basis: [indication, evidence]}}
  finding: {given: true, fields: {option: string, verdict: [pass, fail], score: number, date: date, n: integer, ok: boolean}}
  kind: {given: true, fields: {value: [red, green]}}
  tier: {fields: {option: string, tier: [on-label, trial], score: number}}
  mark: {fields: {option: string}}
  other: {fields: {option: string}}
rules:
"""
START = PREDICATES.count("\n")
OK_HEAD = "mark(option: O)"


def rule(*body: str, then: str = OK_HEAD, name: str = "r", more: str = "") -> str:
    """A rule's YAML: its name is on line 1, its first condition on line 5, `then` right after the last."""
    lines = "".join(f"      - {condition}\n" for condition in body)
    return f'  - rule: {name}\n    says: "s"\n    cites: [c]\n    if:\n{lines}    then: {then}\n{more}'


CASES = [
    ("unbound in a comparison", rule("option(id: O)", "O < Z"), "r", 6, "variable Z is unbound in `O < Z`"),
    ("anonymous in a comparison", rule("option(id: O)", "O < _"), "r", 6, "variable _ is unbound in `O < _`"),
    ("unbound in the conclusion", rule("option(basis: evidence)"), "r", 6, "variable O of the conclusion's field `option` is unbound"),
    ("bound by a negation only", rule("option(basis: evidence)", "no finding(option: O)"), "r", 7, "variable O of the conclusion's field `option` is unbound"),
    ("unknown predicate", rule("optoin(id: O)"), "r", 5, "unknown predicate `optoin`"),
    ("unknown field", rule("option(idd: O)"), "r", 5, "`option` has no field `idd`"),
    ("unknown field in a negation", rule("option(id: O)", "no finding(opt: O)"), "r", 6, "`finding` has no field `opt`"),
    ("unknown predicate concluded", rule("option(id: O)", then="marked(option: O)"), "r", 6, "unknown predicate `marked`"),
    ("outside the enumeration", rule("option(id: O, basis: indicaton)"), "r", 5, "indicaton is not one of the values in field `basis` of `option`"),
    ("number as text", rule("option(id: 5, basis: evidence)", "kind(value: O)"), "r", 5, "5 is no string in field `id` of `option`"),
    ("text as number", rule("finding(option: O, score: high)"), "r", 5, "high is no number in field `score` of `finding`"),
    ("fraction as integer", rule("finding(option: O, n: 1.5)"), "r", 5, "1.5 is no integer in field `n` of `finding`"),
    ("boolean as integer", rule("finding(option: O, n: true)"), "r", 5, "true is no integer in field `n` of `finding`"),
    ("text as boolean", rule("finding(option: O, ok: yes)"), "r", 5, "yes is no boolean in field `ok` of `finding`"),
    ("bad date", rule("finding(option: O, date: 2024-13-01)"), "r", 5, "2024-13-01 is no date in field `date` of `finding`"),
    ("missing in the conclusion", rule("option(id: O)", then="tier(option: O, tier: trial)"), "r", 6, "the conclusion does not give field `score` of `tier`"),
    ("wrong type concluded", rule("option(id: O)", then="tier(option: O, tier: O, score: 1)"), "r", 6, "variable O is string, and field `tier` of `tier` must be one of on-label, trial"),
    ("other list concluded", rule("kind(value: T)", "option(id: O)", then="tier(option: O, tier: T, score: 1)"), "r", 7, "variable T is enumeration, and field `tier` of `tier` must be one of on-label, trial"),
    ("two kinds", rule("finding(option: O, score: O)"), "r", 5, "variable O is string elsewhere and number in field `score`"),
    ("two lists", rule("option(id: O, basis: B)", "kind(value: B)"), "r", 6, "variable B cannot be in the lists of both `basis` and `value`"),
    ("unlike things compared", rule("finding(option: O, score: S)", "S < high"), "r", 6, "`S < high` compares a number with text"),
    ("booleans ordered", rule("finding(option: O, ok: B)", "B < true"), "r", 6, "`B < true` orders true and false"),
    ("compared with no value", rule("option(id: O, basis: B)", "B = trial"), "r", 6, "`trial` is not a value of field `basis`"),
    ("negative cycle", rule("option(id: O)", "no mark(option: O)"), "r", 6, "cycle through negation: mark -> no mark -> mark"),
    ("long negative cycle", rule("option(id: O)", "no other(option: O)") + rule("mark(option: O)", then="other(option: O)", name="q"), "r", 6, "cycle through negation: mark -> other -> no other -> mark"),
    ("never concluded", rule("other(option: O)"), "r", 5, "nothing gives or concludes `other`: the rule can never fire"),
    ("concluded in a circle", rule("other(option: O)") + rule("mark(option: O)", then="other(option: O)", name="q"), "r", 5, "nothing gives or concludes `other`: the rule can never fire"),
    ("constant never concluded", rule("option(id: O)", then="tier(option: O, tier: trial, score: 1)", name="q") + rule("tier(option: O, tier: on-label)"), "r", 11, "no rule concludes `tier(option: O, tier: on-label)`: the rule can never fire"),
    ("two equalities", rule("option(id: O)", "O = a", "O = b"), "r", 7, "`O = b` cannot hold (with the other comparisons)"),
    ("empty range", rule("finding(option: O, score: S)", "S >= 5", "4 > S"), "r", 7, "`4 > S` cannot hold (with the other comparisons)"),
    ("empty open range", rule("finding(option: O, score: S)", "S > 5", "S <= 5"), "r", 7, "`S <= 5` cannot hold (with the other comparisons)"),
    ("less than itself", rule("option(id: O)", "O < O"), "r", 6, "`O < O` cannot hold (with the other comparisons)"),
    ("opposite comparisons", rule("finding(option: O, date: D)", "O < D", "O >= D"), "r", 7, "`O >= D` cannot hold (with the other comparisons)"),
    ("false constants", rule("option(id: O)", "1 > 2"), "r", 6, "`1 > 2` cannot hold (with the other comparisons)"),
    ("denied premise", rule("option(id: O)", "no option(id: O, basis: _)"), "r", 6, "`no option(id: O, basis: _)` denies what another condition requires"),
    ("duplicate name", rule("option(id: O)") + rule("kind(value: O)"), "r", 7, "there is another rule `r` at "),
    ("no says", rule("option(id: O)").replace('    says: "s"\n', ""), "r", 1, "the rule has no sentence"),
    ("no cites", rule("option(id: O)").replace("    cites: [c]\n", ""), "r", 1, "the rule cites nothing"),
    ("unknown variable said", rule("option(id: O)").replace('"s"', '"{Q}"'), "r", 1, "the sentence (en) names {Q}, which no condition binds"),
    ("broken braces", rule("option(id: O)").replace('"s"', '"{O"'), "r", 1, "the sentence (en) has a brace that does not enclose a variable"),
    ("syntax", rule("option(id: O"), "r", 5, "expected `,` at character 13 of `option(id: O`"),
    ("text behind", rule("option(id: O) too  # why"), "r", 5, "unexpected text at character 15 of `option(id: O) too`"),
    ("syntax in quotes", rule('"option(id: I-A)"'), "r", 5, "`I-A` is neither a variable nor plain text at character 12 of `option(id: I-A)`"),
    ("unknown key", rule("option(id: O)", more="    than: x\n"), "r", 7, "unknown key `than` in a rule"),
    ("no condition", rule("option(id: O)").replace("    if:\n      - option(id: O)\n", "    if: []\n"), "r", 1, "the rule has no condition"),
    ("no conclusion", rule("option(id: O)").replace("    then: mark(option: O)\n", ""), "r", 1, "the rule has no `then`"),
    ("too many conditions", rule(*["option(id: O)"] * 16), "r", 1, "the rule matches 16 facts at once"),
    ("overrides nothing", rule("option(id: O)", more="    overrides: true\n"), "r", 1, "no earlier folder has a rule `r` to override"),
]  # fmt: skip


def problems(tmp_path: Path, text: str) -> RuleProblems:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleProblems) as caught:
        load([path])
    return caught.value


@pytest.mark.parametrize(("text", "name", "line", "message"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_names_file_rule_line_and_fault(tmp_path: Path, text: str, name: str, line: int, message: str) -> None:
    found = problems(tmp_path, PREDICATES + text).problems
    whole_file = message.startswith("not valid YAML")
    expected = (str(tmp_path / "rules.yaml"), "" if whole_file else name, START + line)
    first = next(p for p in found if p.message.startswith(message))
    assert (first.file, first.rule, first.line, first.severity) == (*expected, ERROR)
    assert first.remedy
    assert f"{expected[0]}:{expected[2]}:" in str(first)


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        (("option(id: O, basis: B)",), 5, "variable B is used only once"),
        (("option(id: O)", "no finding(option: O, score: S)"), 6, "variable S is used only once"),
        (
            ("option(id: O)", "no finding(option: O, score: S)", "no finding(score: S)"),
            6,
            "variable S occurs only in negations or counts, and may differ from one to the next",
        ),
        (("option(id: O)", "no other(option: O)"), 6, "nothing gives or concludes `other`: the negation always holds"),
    ],
)
def test_warnings_do_not_stop_loading(tmp_path: Path, body: tuple[str, ...], line: int, message: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(PREDICATES + rule(*body), encoding="utf-8")
    (warning,) = load([path]).warnings
    assert (warning.line, warning.message, warning.severity) == (START + line, message, WARNING)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("rules: [\n", 2, "not valid YAML"),
        ("rules: {}\n", 1, "`rules` should be a list"),
        ("hello\n", 1, "the file should be a mapping"),
        ("rools: []\n", 1, "unknown key `rools` in the file"),
        ("predicates:\n  p: {fields: {x: text}}\n", 2, "field `x` has the unknown type `text`"),
        ("predicates:\n  P: {fields: {x: string}}\n", 2, "`P` cannot name a predicate"),
        ("predicates:\n  p: {fields: {}}\n", 2, "predicate `p` has no fields"),
        ("predicates:\n  p: {fields: {x: [a, a]}}\n", 2, "the values of field `x` are empty or repeat themselves"),
        ("predicates:\n  p: {given: maybe, fields: {x: string}}\n", 2, "`given` should be true or false"),
        ("predicates:\n  p: {fields: {x: string}}\n  p: {fields: {x: string}}\n", 3, "key `p` is written twice"),
        ("- {rule: [a], if: {}, then: [b]}\n", 1, "`rule` should be text"),
        ("\x00", 1, "not valid YAML"),
    ],
)
def test_a_broken_file_is_a_problem_not_a_traceback(tmp_path: Path, text: str, line: int, message: str) -> None:
    found = problems(tmp_path, text).problems
    assert [p.line for p in found if p.message.startswith(message)] == [line]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00rules")
    with pytest.raises(RuleProblems, match="cannot be read"):
        load([tmp_path])


def test_a_folder_without_rules(tmp_path: Path) -> None:
    with pytest.raises(RuleProblems, match="there are no rule files here"):
        load([tmp_path])
    with pytest.raises(RuleProblems, match="there are no rule files here"):
        load([])
