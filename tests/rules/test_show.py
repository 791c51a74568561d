"""One rule as a reader sees it: what it says, where it is, and the rules before and after it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.errors import UnknownRule
from rules.language import RuleSet, parse_atom
from rules.library import LIBRARY
from rules.load import load
from rules.show import as_line, as_text, find, giving, listed, may_fit, place, shown, stratum, using

RULES = """
predicates:
  drug: {given: true, doc: A drug., fields: {name: string, dose: number}}
  finding: {doc: A criterion., fields: {drug: string, verdict: [pass, fail], certain: boolean}}
  refused: {fields: {drug: string}, absent: "{drug} was not refused"}
  ok: {fields: {drug: string}}
rules:
  - rule: small-dose
    says: {en: "{Drug} is given in a small dose", zh: "{Drug} 剂量小"}
    cites: [https://example.org/dose, https://example.org/more]
    if: ["drug(name: Drug, dose: Dose)", Dose <= 5]
    then: finding(drug: Drug, verdict: pass, certain: true)
  - rule: large-dose
    says: "{Drug} is given in a large dose"
    cites: [https://example.org/dose]
    if: ["drug(name: Drug, dose: Dose)", Dose > 5]
    then: finding(drug: Drug, verdict: fail, certain: false)
  - rule: refused-drug
    says: "{Drug} fails"
    cites: [https://example.org/dose]
    if: ["finding(drug: Drug, verdict: fail)"]
    then: refused(drug: Drug)
  - rule: good-drug
    says: "{Drug} is good"
    cites: [https://example.org/dose]
    if: ["finding(drug: Drug, verdict: pass, certain: true)", "no refused(drug: Drug)"]
    then: ok(drug: Drug)
"""

TEXT = """\
good-drug
  {Drug} is good

if
  finding(drug: Drug, verdict: pass, certain: true)
  no refused(drug: Drug)
then
  ok(drug: Drug)

cites    https://example.org/dose
from     FOLDER
file     FOLDER/rules.yaml:23
stratum  2 of 2

premises
  finding: A criterion.
    concluded by one rule: small-dose
  refused
    absent: {drug} was not refused
    concluded by one rule: refused-drug

its conclusion is used by no rule
"""


@pytest.fixture
def rules(ruleset: Callable[[str], RuleSet]) -> RuleSet:
    return ruleset(RULES)


def test_text_holds_all_of_a_rule(rules: RuleSet, tmp_path: Path) -> None:
    assert as_text(rules, rules.rule("good-drug")) == TEXT.replace("FOLDER", str(tmp_path))


def test_sentences_of_all_languages_and_all_sources_are_shown(rules: RuleSet) -> None:
    text = as_text(rules, rules.rule("small-dose"))
    assert "  {Drug} is given in a small dose\n  zh: {Drug} 剂量小\n" in text
    assert "cites    https://example.org/dose\n         https://example.org/more\n" in text
    assert "  drug: A drug.\n    given\n" in text
    assert "used by one rule\n  good-drug\n" in text


def test_only_rules_whose_constants_agree_are_before_and_after(rules: RuleSet) -> None:
    assert giving(rules, parse_atom("finding(verdict: fail)")) == ("large-dose",)
    assert giving(rules, parse_atom("finding(drug: Any)")) == ("large-dose", "small-dose")
    assert using(rules, rules.rule("large-dose").head) == ("refused-drug",)
    assert using(rules, rules.rule("refused-drug").head) == ("good-drug",)


@pytest.mark.parametrize(
    ("conclusion", "wanted", "fits"),
    [
        ("p(a: 1)", "p(a: 1.0)", True),
        ("p(a: 1)", "p(a: true)", False),
        ("p(a: 1)", "p(a: '1')", False),
        ("p(a: A)", "p(a: x)", True),
        ("p(a: x)", "p(a: _)", True),
        ("p(a: x)", "q(a: x)", False),
        ("p(a: x, b: y)", "p(b: z)", False),
    ],
)
def test_a_conclusion_fits_unless_a_constant_differs(conclusion: str, wanted: str, fits: bool) -> None:
    assert may_fit(parse_atom(conclusion), parse_atom(wanted)) is fits


def test_an_unknown_name_is_answered_with_the_nearest(rules: RuleSet) -> None:
    with pytest.raises(UnknownRule) as caught:
        find(rules, "smal-dose")
    assert caught.value.nearest[0] == "small-dose"
    assert str(caught.value).startswith("no rule is named `smal-dose`; did you mean `small-dose`")
    with pytest.raises(UnknownRule, match="`mtb-match rules list` names them all"):
        find(rules, "zzz")


def test_a_sites_rule_shows_its_own_folder_and_what_it_replaces(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    original = load([LIBRARY]).rule("tumor-agnostic")
    (own / "site.yaml").write_text(
        "- rule: tumor-agnostic\n"
        "  overrides: true\n"
        "  says: '{Item} counts here'\n"
        "  cites: [https://example.org/sop]\n"
        "  if:\n    - tumor_of(item: Item, relation: agnostic)\n"
        "  then: tumor_matched(item: Item)\n",
        encoding="utf-8",
    )
    both = load([LIBRARY, own])
    text = as_text(both, both.rule("tumor-agnostic"))
    assert f"from     {own}, in place of the rule of this name in an earlier folder\n" in text
    assert f"file     {own / 'site.yaml'}:1\n" in text
    assert place(original) == f"library/1-options.yaml:{original.line}"
    assert "from     the library\n" in as_text(both, both.rule("tumor-type-fits"))


def test_a_file_named_from_the_working_folder_still_names_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.yaml").write_text(RULES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    rules = load([Path("own.yaml")])
    assert f"from     {tmp_path}\nfile     own.yaml:23\n" in as_text(rules, rules.rule("good-drug"))


def test_what_a_rule_counts_is_among_its_premises(ruleset: Callable[[str], RuleSet]) -> None:
    counting = """  - rule: counting
    says: "{N}"
    cites: [https://example.org/dose]
    if: ["drug(name: Drug)", "N = count finding(drug: Drug, verdict: fail)", "N = 0"]
    then: ok(drug: Drug)
"""
    rules = ruleset(RULES + counting)
    (_, premise) = shown(rules, rules.rule("counting"))["rule"]["premises"]
    assert (premise["predicate"], premise["negated"], premise["counted"]) == ("finding", False, True)
    assert premise["concluded_by"] == ["large-dose"]
    assert "counting" in using(rules, rules.rule("large-dose").head)
    assert "counting" not in using(rules, rules.rule("small-dose").head)
    assert "  N = count finding(drug: Drug, verdict: fail)\n" in as_text(rules, rules.rule("counting"))
    assert stratum(rules, rules.rule("counting")) == 2


def test_json_says_the_same_as_the_text(rules: RuleSet) -> None:
    value = json.loads(json.dumps(shown(rules, rules.rule("good-drug"))))
    assert value["schema"] == "mtb-match-rules/1"
    assert value["digest"] == rules.digest
    rule = value["rule"]
    assert rule["if"] == ["finding(drug: Drug, verdict: pass, certain: true)", "no refused(drug: Drug)"]
    assert (rule["line"], rule["stratum"], rule["used_by"]) == (23, 2, [])
    assert [(p["predicate"], p["negated"], p["concluded_by"]) for p in rule["premises"]] == [
        ("finding", False, ["small-dose"]),
        ("refused", True, ["refused-drug"]),
    ]
    assert [each["name"] for each in listed(rules)["rules"]] == [each.name for each in rules.rules]


def test_every_rule_of_the_library_can_be_shown() -> None:
    rules = load([LIBRARY])
    for rule in rules.rules:
        text = as_text(rules, rule)
        assert str(rule.head) in text
        assert all(str(condition) in text for condition in rule.body)
        assert f"({place(rule)}, stratum {stratum(rules, rule)})" in as_line(rules, rule)
        assert rules.rules.index(rule) in rules.strata[stratum(rules, rule) - 1]
        assert "never concluded" not in text
