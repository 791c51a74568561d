"""What is read off the rules about tiers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.tier_rules import Form, forms, tiers, unsettling
from rules.language import Rule, RuleSet, parse_atom, parse_condition
from tests.shared import library

MATCHED = frozenset({"exact", "covered", "agnostic"})


def with_rule(*body: str, option: str = "Option", tier: str = "on-label") -> RuleSet:
    """The rules of the library, and one more that gives a tier, by default the best."""
    new = Rule(
        "of-a-site", tuple(map(parse_condition, body)), parse_atom(f"recommendation(option: {option}, tier: {tier})")
    )
    rules = library()
    return replace(rules, rules=(*rules.rules, new))


def read_off(*body: str, option: str = "Option") -> Form | None:
    """The form of the statements that one more rule gives the best tier to; None where they may be any."""
    every = forms("on-label", with_rule(*body, option=option))
    of_the_library = forms("on-label", library())
    assert of_the_library is not None
    if every is None:
        return None
    assert every[: len(of_the_library)] == of_the_library
    return every[-1]


def test_the_library_gives_its_best_tier_to_labels_of_the_place_and_tumor_type_alone() -> None:
    assert tiers()[0] == "on-label"
    assert forms("on-label", library()) == (Form("indication", (), True, MATCHED, False),)


def test_the_library_gives_worse_tiers_to_more() -> None:
    on_label, off_label, trial = (forms(tier, library()) for tier in tiers())
    assert on_label is not None
    assert off_label is not None
    assert trial is not None
    assert set(off_label) - set(on_label) == {
        Form("evidence", (("direction", "supports"), ("significance", "sensitivity")), None, None, False),
        Form("indication", (("selects", True),), None, frozenset({"other"}), True),
        Form("indication", (("selects", True),), False, MATCHED, False),
    }
    assert set(trial) - set(off_label) == {Form("trial", (), None, MATCHED, False)}


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (["evidence(id: Option, regimen: Regimen)"], Form("evidence", (), None, None, False)),
        (
            ["indication(id: Option, jurisdiction: 'US')"],
            Form("indication", (("jurisdiction", "US"),), None, None, False),
        ),
        (["indication(id: Option, jurisdiction: Here)"], Form("indication", (), None, None, False)),
        (
            ["indication(id: Option, jurisdiction: There)", "patient(jurisdiction: Here)"],
            Form("indication", (), None, None, False),
        ),
        (
            ["indication(id: Option, jurisdiction: There)", "patient(jurisdiction: Here)", "Here != There"],
            Form("indication", (), False, None, False),
        ),
        (
            ["indication(id: Option, jurisdiction: There)", "patient(jurisdiction: Here)", "Here < There"],
            Form("indication", (), None, None, False),
        ),
        (
            ["indication(id: Option, jurisdiction: _)", "patient(jurisdiction: _)"],
            Form("indication", (), None, None, False),
        ),
        (
            ["indication(id: Option, jurisdiction: Here, selects: true)", "patient(jurisdiction: Here)"],
            Form("indication", (("selects", True),), True, None, False),
        ),
        (
            ["trial(id: Option, open: 'yes')", "tumor_of(item: Option, relation: general)"],
            Form("trial", (("open", "yes"),), None, frozenset({"general"}), False),
        ),
        (
            ["trial(id: Option)", "tumor_of(item: Option, relation: Any)"],
            Form("trial", (), None, None, False),
        ),
        (
            ["trial(id: Option)", "tumor_matched(item: Option)", "tumor_of(item: Option, relation: exact)"],
            Form("trial", (), None, frozenset({"exact"}), False),
        ),
        (
            ["trial(id: Option)", "tumor_matched(item: Other)"],
            Form("trial", (), None, None, False),
        ),
        (
            ["trial(id: Option)", "no tumor_matched(item: Option)", "no tumor_of(item: Option, relation: other)"],
            Form("trial", (), None, None, False),
        ),
        (
            ["trial(id: Option)", "biomarker_of(item: Option, genomic: true)"],
            Form("trial", (), None, None, False),
        ),
        (
            ["trial(id: Option)", "biomarker_of(item: Option, genomic: true, status: present)"],
            Form("trial", (), None, None, True),
        ),
    ],
)
def test_what_a_rule_of_a_site_asks_of_a_statement_is_read_off(body: list[str], form: Form) -> None:
    assert read_off(*body) == form


@pytest.mark.parametrize(
    ("body", "option"),
    [
        (["indication(id: Other, jurisdiction: Here)", "patient(jurisdiction: Here)", "option(id: Option)"], "Option"),
        (["indication(id: Option, jurisdiction: Here)", "patient(jurisdiction: Here)"], "CIV1"),
        (["option(id: Option, basis: indication)"], "Option"),
    ],
)
def test_where_a_rule_names_no_statement_it_may_be_any(body: list[str], option: str) -> None:
    assert read_off(*body, option=option) is None


def test_what_a_site_adds_to_a_conclusion_is_read_off_too() -> None:
    """Another way to be for the tumor type widens every form that asks for it; one that names no relation, to any."""
    for condition, relations in (
        ("tumor_of(item: Item, relation: general)", MATCHED | {"general"}),
        ("tumor_of(item: Item)", None),
        ("tumor_of(item: Other, relation: general)", None),
        ("trial(id: Item)", None),
    ):
        new = Rule("of-a-site", (parse_atom(condition),), parse_atom("tumor_matched(item: Item)"))
        rules = replace(library(), rules=(*library().rules, new))
        assert forms("on-label", rules) == (Form("indication", (), True, relations, False),)
    some = Rule("of-a-site", (parse_atom("tumor_of(item: X, relation: other)"),), parse_atom("tumor_matched(item: Y)"))
    assert forms("on-label", replace(library(), rules=(*library().rules, some))) == (
        Form("indication", (), True, None, False),
    )


def test_a_rule_for_any_tier_is_read_for_each() -> None:
    rules = with_rule("evidence(id: Option, level: 'A')", "tumor_of(item: Option, relation: Tier)", tier="Tier")
    for tier in tiers():
        found = forms(tier, rules)
        assert found is not None
        assert Form("evidence", (("level", "A"),), None, None, False) in found


def test_what_unsettles_is_what_the_rules_say() -> None:
    assert unsettling(library()) == {"approval", "biomarker", "mutation-class", "trial-status", "tumor-type"}
