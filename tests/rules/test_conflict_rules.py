"""The rules of conflict on facts made for them: what an item counts as, and that each of these rules can fire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rules.engine import default_engine_name, engine
from rules.facts import Derivation, Derivations, Fact, fact
from tests.shared import library

PATIENT = fact("patient", tumor="LUAD", jurisdiction="US", as_of="2026-11-20")


EVALUATORS = sorted({"sql", default_engine_name()})


def item(
    name: str,
    level: str,
    profile: str = "EGFR:T790M",
    direction: str = "supports",
    significance: str = "resistance",
    regimen: str = "drug",
) -> Iterator[Fact]:
    """An evidence item of the patient's tumor type whose biomarker is present."""
    yield fact("evidence", id=name, regimen=regimen, direction=direction, significance=significance, level=level)
    yield from standing(name, profile)
    yield fact("core_of", regimen=regimen, core=regimen)


def standing(name: str, profile: str, relation: str = "exact", negative: bool = False) -> Iterator[Fact]:
    yield fact("tumor_of", item=name, tumor="LUAD", relation=relation)
    yield fact(
        "biomarker_of",
        item=name,
        profile=profile,
        status="present",
        genomic=not negative,
        negative=negative,
        because="it was found",
    )


def published(name: str, document: str, gene: str = "EGFR") -> Fact:
    return fact("published_in", evidence=name, document=document, gene=gene)


def label(name: str, profile: str, place: str = "US") -> Iterator[Fact]:
    yield fact("indication", id=name, regimen="drug", jurisdiction=place, status="approved", selects=True)
    yield from standing(name, profile)


def counted(evaluator: str, *facts: Fact) -> dict[str, str]:
    found = run(evaluator, *facts)
    return {str(each.get("evidence")): str(each.get("against")) for each in found.facts("settles")}


def run(evaluator: str, *facts: Fact) -> Derivations:
    return engine(evaluator).run(library(), (PATIENT, *facts))


THREE = tuple(fact for name in ("E1", "E2", "E3") for fact in (*item(name, "B"), published(name, f"PMID:{name}")))


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (tuple(item("E1", "A")), {"E1": "validated"}),
        (tuple(item("E1", "B")), {"E1": "clinical"}),
        (tuple(item("E1", "C")), {"E1": "case"}),
        (tuple(item("E1", "D")), {"E1": "preclinical"}),
        (tuple(item("E1", "E")), {"E1": "preclinical"}),
        (tuple(item("E1", "B", significance="reduced sensitivity")), {}),
        (THREE, {"E1": "consistent", "E2": "consistent", "E3": "consistent"}),
        (THREE[:10], {"E1": "repeated", "E2": "repeated"}),
        ((*item("E1", "B"), published("E1", "PMID:1"), *item("E2", "B"), published("E2", "PMID:1")),
         {"E1": "clinical", "E2": "clinical"}),
        ((*item("E1", "B"), published("E1", "PMID:1"), *item("E2", "B"), published("E2", "PMID:2", "KRAS")),
         {"E1": "clinical", "E2": "clinical"}),
        ((*item("E1", "B"), published("E1", "PMID:1"), *item("E2", "A"), published("E2", "PMID:2")),
         {"E1": "repeated", "E2": "validated"}),
        ((*item("E1", "B"), *item("E2", "B")), {"E1": "clinical", "E2": "clinical"}),
        ((*THREE, fact("cytotoxic", core="drug")), dict.fromkeys(("E1", "E2", "E3"), "chemotherapy")),
        ((*item("E1", "A"), fact("cytotoxic", core="drug")), {"E1": "validated"}),
        ((*item("E1", "B"), fact("low_rated", evidence="E1")), {"E1": "case"}),
        ((*item("E1", "B"), *item("E2", "A", significance="sensitivity")), {"E1": "outweighed"}),
        ((*item("E1", "B"), *item("E2", "B", significance="sensitivity")), {"E1": "clinical"}),
        ((*item("E1", "B"), *item("E2", "A", "EGFR:L858R", significance="sensitivity")), {"E1": "clinical"}),
        ((*item("E1", "C"), *item("E2", "B", direction="does not support")), {"E1": "outweighed"}),
        ((*item("E1", "B"), *label("L", "EGFR:T790M")), {"E1": "outweighed"}),
        ((*item("E1", "A"), *label("L", "EGFR:T790M")), {"E1": "validated"}),
        ((*item("E1", "B"), *label("L", "EGFR:T790M", "CN")), {"E1": "clinical"}),
        ((*item("E1", "B"), *label("L", "EGFR:L858R")), {"E1": "clinical"}),
    ],
)  # fmt: skip
def test_what_an_item_counts_as(facts: tuple[Fact, ...], expected: dict[str, str], evaluator: str) -> None:
    assert counted(evaluator, *facts) == expected


def decided(speaks: str, outcome: str, against: str = "clinical", reach: str = "whole", level: str = "none") -> Fact:
    fields = {"speaks": speaks, "level": level, "reach": reach, "relation": "same gene", "against": against}
    return fact("decides", outcome=outcome, decided="a reason", **fields)


def met(option: str, reach: str = "whole") -> Iterator[Fact]:
    """An option that E1 speaks against: its regimen, or one of which that is a part or a class."""
    core = "drug" if reach == "whole" else "regimen"
    yield fact("opposed", option=option, core=core, basis="EGFR:L858R")
    yield fact("related", basis="EGFR:L858R", profile="EGFR:T790M", relation="same gene")
    if reach != "whole":
        yield fact("reaches", core=core, of="drug", reach=reach)


def findings_about(found: Derivations, name: str) -> list[tuple[object, object, Derivation]]:
    """Criterion and verdict of each finding about an item, with each way that it was derived."""
    about = [each for each in found.facts("finding") if each.get("about") == name]
    return [(each.get("criterion"), each.get("verdict"), way) for each in about for way in found.derived[each]]


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(
    ("reach", "outcome", "criterion", "verdict"),
    [
        ("whole", "avoid", "resistance", "fail"),
        ("whole", "kept", "resistance", "warn"),
        ("class", "avoid", "resistance", "fail"),
        ("class", "kept", "resistance", "warn"),
        ("class part", "kept", "resistance", "warn"),
        ("part", "avoid", "partner", "fail"),
        ("part", "kept", "partner", "warn"),
        ("chemotherapy part", "kept", "partner", "warn"),
    ],
)
def test_what_a_conflict_does_to_the_option(
    reach: str, outcome: str, criterion: str, verdict: str, evaluator: str
) -> None:
    line = decided("label", outcome, reach=reach)
    found = run(evaluator, *item("E1", "B"), *label("L", "EGFR:L858R"), *met("L", reach), line)
    ((told, how, way),) = findings_about(found, "E1")
    assert (told, how) == (criterion, verdict)
    assert line in way.premises


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("reach", ["whole", "part", "chemotherapy part", "class", "class part"])
def test_reduced_sensitivity_is_a_warning(reach: str, evaluator: str) -> None:
    line = decided("label", "kept", "reduced", reach)
    against = item("E1", "B", significance="reduced sensitivity")
    found = run(evaluator, *against, *label("L", "EGFR:L858R"), *met("L", reach), line)
    ((criterion, verdict, way),) = findings_about(found, "E1")
    assert (criterion, verdict) == ("resistance", "warn")
    assert line in way.premises


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_a_regimen_that_is_kept_is_not_to_be_avoided(evaluator: str) -> None:
    known = fact("core_of", regimen="drug", core="drug")
    facts = (known, *item("E1", "B"), *label("L", "EGFR:L858R"), *met("L"))
    assert [each.get("regimen") for each in run(evaluator, *facts, decided("label", "avoid")).facts("avoid")] == [
        "drug"
    ]
    assert run(evaluator, *facts, decided("label", "kept")).facts("avoid") == ()


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_a_label_that_was_withdrawn_keeps_nothing(evaluator: str) -> None:
    gone = fact("indication", id="L", regimen="drug", jurisdiction="US", status="withdrawn", selects=True)
    when = fact("withdrawal_date", indication="L", earliest="2020-01-01", latest="2020-01-01")
    facts = (*item("E1", "B"), gone, when, *standing("L", "EGFR:L858R"), *met("L"), decided("label", "kept"))
    assert [each.get("regimen") for each in run(evaluator, *facts).facts("avoid")] == ["drug"]


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_a_trial_does_not_keep_a_regimen_from_the_list(evaluator: str) -> None:
    trial = fact("trial", id="T", regimen="drug", open="yes", as_of="2026-01-01")
    facts = (*item("E1", "B"), trial, *standing("T", "EGFR:L858R"), *met("T"), decided("trial", "kept"))
    found = run(evaluator, *facts)
    ((criterion, verdict, _),) = findings_about(found, "E1")
    assert (criterion, verdict) == ("resistance", "warn")
    assert [each.get("regimen") for each in found.facts("avoid")] == ["drug"]


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(
    ("support", "carried"),
    [
        (tuple(item("S", "C", "PIK3CA:MUT", significance="sensitivity", regimen="like")), True),
        (tuple(item("S", "D", "PIK3CA:MUT", significance="sensitivity", regimen="like")), False),
        (tuple(item("S", "A", "PIK3CA:MUT", regimen="like")), False),
        (tuple(label("S", "PIK3CA:MUT")), True),
        ((fact("used_here", drug="part"),), True),
        ((), False),
    ],
)
def test_a_combination_from_another_tumor_type_needs_each_part(
    support: tuple[Fact, ...], carried: bool, evaluator: str
) -> None:
    fields = {"direction": "supports", "significance": "sensitivity", "level": "B"}
    facts = (
        fact("evidence", id="E", regimen="other+part", **fields),
        *standing("E", "EGFR:T790M", "other"),
        fact("moved_part", regimen="other+part", drug="part"),
        fact("acts_like", drug="part", other="like", item="S"),
    )
    found = run(evaluator, *facts, *support)
    failed = {each.get("about") for each in found.facts("finding") if each.get("criterion") == "transfer"}
    assert failed == (set() if carried else {"part"})
