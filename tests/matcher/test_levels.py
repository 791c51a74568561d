"""The evidence frameworks: tables of the publications' criteria on toy facts, and patients end to end.

Each row of tests/tables/levels_*.tsv is one setting: what the option rests on (`basis`), where and when the patient is,
CIViC's level, how the tumor types stand to each other, the labels (`US this 2013-05-14`: place, for this or another
tumor type or for patients `without` the alteration, since when), the study (kind; selected by the alteration;
comparator; survival; response; ESMO-MCBS grade) and `more`. `grade` is what is expected (with addenda), empty where no
grade may be given; `open` must be said of a better one, and nothing may be open where it is empty.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from matcher.case import Matched, Request, match
from matcher.designs import TIMING
from matcher.explain import proof_text
from matcher.levels import GRADES, NOTHING, Levels, levels_of
from matcher.recommend import Answer, answer
from matcher.report import FORMATS, render
from matcher.report.as_json import structure
from rules.engine import default_engine_name, engine
from rules.facts import Derivations, Fact, fact
from rules.wording import Wording
from tests.shared import knowledge, library

TABLES = Path(__file__).parents[1] / "tables"
FRAMEWORKS = ("amp", "escat", "oncokb", "nct")
EVALUATORS = sorted({"sql", default_engine_name()})
OPTION, REGIMEN, PROFILE = "X", "drug", "GENE:V1"


def rows(framework: str) -> list[dict[str, str]]:
    with (TABLES / f"levels_{framework}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


CASES = [(framework, row) for framework in FRAMEWORKS for row in rows(framework)]


def matching(item: str, relation: str) -> list[Fact]:
    return [
        fact("tumor_of", item=item, tumor="T", relation=relation),
        fact(
            "biomarker_of",
            item=item,
            profile=PROFILE,
            status="present",
            genomic=True,
            negative=False,
            because="seen",
        ),
    ]


def evidence(
    item: str, level: str, relation: str, direction: str = "supports", effect: str = "sensitivity"
) -> list[Fact]:
    stated = fact("evidence", id=item, regimen=REGIMEN, direction=direction, significance=effect, level=level)
    return [stated, *matching(item, relation)]


def label(item: str, place: str, relation: str, since: str) -> list[Fact]:
    return [
        fact("indication", id=item, regimen=REGIMEN, jurisdiction=place, status="approved", selects=True),
        fact("approval_date", indication=item, earliest=since, latest=since),
        fact("use_of", item=item, use="drug for V1"),
        *matching(item, relation),
    ]


def setting(row: dict[str, str]) -> list[Fact]:
    """The facts of a row, with a drug that is approved and a history that is known."""
    more = [text for text in row["more"].split(", ") if text]
    homes = [text.removeprefix("drug approved in ") for text in more if text.startswith("drug approved in ")] or [
        "US",
        "CN",
    ]
    facts = [
        fact("patient", tumor="T", jurisdiction=row["place"], as_of=row["as_of"]),
        fact("history", status="known"),
        fact("regimen_drug", regimen=REGIMEN, drug=REGIMEN),
        fact("core_of", regimen=REGIMEN, core=REGIMEN),
        fact("therapy", name=REGIMEN, kind="drug"),
        *(fact("drug_approved", drug=REGIMEN, jurisdiction=home) for home in homes),
    ]
    labels = [text.split(" ") for text in row["label"].split(" | ") if text]
    if row["basis"] == "evidence":
        facts += evidence(OPTION, row["level"], row["relation"])
        facts += [fact("use_of", item=OPTION, use="drug for V1")] if row["level"] <= "B" else []
    elif row["basis"] == "against":
        facts += evidence(OPTION, row["level"], row["relation"], effect="resistance")
    elif row["basis"] == "no benefit":
        facts += evidence(OPTION, row["level"], row["relation"], direction="does not support")
    elif row["basis"] == "trial":
        stated = fact("trial", id=OPTION, regimen=REGIMEN, open="yes", as_of="2026-01-01")
        facts += [stated, fact("trial_in", trial=OPTION, jurisdiction=row["place"]), *matching(OPTION, row["relation"])]
    else:
        assert row["basis"] == "label", row
    for number, (place, fits, since) in enumerate(labels):
        item = OPTION if row["basis"] == "label" and number == 0 else f"L{number}"
        if fits == "without":
            facts.append(fact("label_without", item=OPTION, label=item, place=place, since=since))
        else:
            facts += label(item, place, {"this": "covered", "other": "other"}[fits], since)
    if row["study"]:
        facts.append(study(OPTION, row["study"]))
    for text in more:
        facts += extra(text, row)
    return facts


def study(item: str, design: str) -> Fact:
    kind, stratified, comparator, survival, response, mcbs = design.split("; ")
    told: dict[str, Any] = {"survival": survival, "response": response, "mcbs": mcbs, "comparator": comparator}
    timing = TIMING.get(kind, "unknown")
    return fact("study", item=item, study="S", kind=kind, timing=timing, stratified=stratified, **told)


def extra(text: str, row: dict[str, str]) -> list[Fact]:
    word, _, rest = text.partition(" ")
    if word == "asserted":
        return [fact("amp_asserted", item=OPTION, known_on=rest)]
    if word == "guideline":
        return [fact("guideline_of", item=OPTION)]
    if word == "publication":
        return [fact("publication", item=OPTION, source=rest)]
    if word == "another":
        return [*evidence("Y", "C", row["relation"]), fact("publication", item="Y", source=rest)]
    if word == "contradicted":
        return evidence("Z", "C", row["relation"], effect="resistance")
    if word == "model":
        return evidence("M", "D", row["relation"])
    if word == "studied":
        relation, _, design = rest.partition(": ")
        return [*evidence("E", "B", relation), fact("use_of", item="E", use="drug for V1"), study("E", design)]
    if word == "form":
        item, patient = rest.split(" to ")
        return [fact("tumor_form", tumor="T", form=item), fact("patient_form", form=patient)]
    assert text.startswith("drug approved in "), text
    return []


@cache
def derived(name: str, evaluator: str, framework: str) -> Derivations:
    (row,) = [row for row in rows(framework) if row["case"] == name]
    return engine(evaluator).run(library(), setting(row))


def graded(derivations: Derivations) -> Levels:
    matched = cast(Matched, SimpleNamespace(derivations=derivations, rules=library()))
    return levels_of(matched, Wording(matched.rules)).get(OPTION, NOTHING)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("framework", "row"), CASES, ids=lambda each: each["case"] if isinstance(each, dict) else each)
def test_criteria_of_the_publications(framework: str, row: dict[str, str], evaluator: str) -> None:
    levels = graded(derived(row["case"], evaluator, framework))
    marks = levels.addenda.get(framework, ())
    grade = levels.grades[framework]
    assert " ".join((grade or "", *marks)).strip() == row["grade"]
    told = levels.open.get(framework, ())
    if row["open"]:
        assert any(row["open"] in text for text in told), told
    else:
        assert told == ()


def test_every_grade_has_a_row_and_a_source() -> None:
    for framework in FRAMEWORKS:
        found = {row["grade"].split(" ")[0] for row in rows(framework)}
        missing = set(GRADES[framework]) - found
        # III-B needs a claim of similar function, X is of alterations without options: neither is computed.
        assert missing == ({"III-B", "X"} if framework == "escat" else set())
        assert all(row["source"] for row in rows(framework))
        names = [row["case"] for row in rows(framework)]
        assert len(set(names)) == len(names)


def test_every_rule_of_the_frameworks_fires_in_some_row() -> None:
    fired = {
        way.rule
        for framework, row in CASES
        for ways in derived(row["case"], "sql", framework).derived.values()
        for way in ways
    }
    rules = {rule.name for rule in library().rules if Path(rule.file).name == "6-frameworks.yaml"}
    assert rules - fired == set()


# --- patients ---------------------------------------------------------------------------------------------------------


def asked(folder: Path, tumor: str, alteration: str, place: str, as_of: str = "2026-11-20") -> Answer:
    gene, _, change = alteration.partition(" ")
    path = folder / "calls.tsv"
    path.write_text(f"gene\talteration\n{gene}\t{change}\n", encoding="utf-8")
    request = Request(path, as_of, tumor_type=tumor, jurisdiction=place, assay="WES")
    return answer(match(request, knowledge(), library(), "sql"))


def levels(found: Answer, regimen: str) -> Levels:
    (each,) = [each for each in found.recommendations if "+".join(each.option.regimen) == regimen]
    return each.option.graded


PATIENTS = list(csv.DictReader((TABLES / "levels_patients.tsv").open(encoding="utf-8"), delimiter="\t"))


@pytest.mark.parametrize("row", PATIENTS, ids=lambda row: f"{row['alteration']} {row['tumor']} {row['regimen']}")
def test_patients(row: dict[str, str], tmp_path: Path) -> None:
    found = levels(asked(tmp_path, row["tumor"], row["alteration"], row["place"], row["as_of"]), row["regimen"])
    assert (found.grades[row["framework"]] or "") == row["grade"]
    assert any(row["open"] in text for text in found.open.get(row["framework"], ("",)))


def test_a_label_makes_resistance_level_a_and_r1(tmp_path: Path) -> None:
    found = asked(tmp_path, "COADREAD", "KRAS p.G12D", "US")
    (each,) = [each for each in found.avoided if each.regimen == ("panitumumab",) and each.because == "resistance"]
    assert (each.graded.grades["amp"], each.graded.grades["oncokb"]) == ("I-A", "R1")
    assert each.graded.grades["escat"] is None
    assert "R" in each.graded.addenda["nct"]
    earlier = asked(tmp_path, "COADREAD", "KRAS p.G12D", "US", "2005-01-01")
    (each,) = [each for each in earlier.avoided if each.regimen == ("panitumumab",) and each.because == "resistance"]
    assert each.graded.grades["amp"] == "I-B"


def test_json_tells_levels_what_is_open_and_whose_they_are(tmp_path: Path) -> None:
    found = structure(asked(tmp_path, "LUAD", "EGFR p.L858R", "US"))
    assert "not OncoKB's" in found["frameworks"]["oncokb"]
    assert set(found["frameworks"]) == set(GRADES)
    for each in (*found["recommendations"], *found["avoid"]):
        assert set(each["levels"]) == set(GRADES)
        assert all(grade is None or grade in GRADES[name] for name, grade in each["levels"].items())
        assert all(text for texts in each["levels_open"].values() for text in texts)
    assert any(each["levels_open"].get("escat") for each in found["recommendations"])
    json.dumps(found)


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_shows_levels_and_what_is_open(form: str, tmp_path: Path) -> None:
    text = render(asked(tmp_path, "MEL", "BRAF p.V600E", "US"), form)
    assert "ESCAT" in text or "escat" in text
    assert "open" in text
    assert "OncoKB" in text


def test_the_proof_of_a_level_goes_down_to_its_study(tmp_path: Path) -> None:
    found = asked(tmp_path, "LUAD", "EGFR p.T790M", "US")
    (each,) = [each for each in found.recommendations if each.option.regimen == ("osimertinib",)]
    proof = proof_text(found.matched, each.option)
    assert "rule escat-of-this-tumor" in proof
    assert "randomized trial; selected by the alteration: yes" in proof
    assert "PMID:27959700" in proof


def test_a_level_that_is_not_reached_leaves_no_trace_in_what_is_rejected(tmp_path: Path) -> None:
    found = asked(tmp_path, "LUAD", "EGFR p.L858R", "US")
    assert all(set(option.levels.values()) == {None} for option in found.not_recommended)


@pytest.mark.parametrize(
    ("grade", "open_", "expected"),
    [
        ("III-A", ("I or II: the design of the study is not in the graph",), "ESCAT III-A or higher"),
        ("II-B", ("I or II: the design of the study is not in the graph",), "ESCAT II-B"),
        ("III-A", (), "ESCAT III-A"),
        (None, ("I or II: the design of the study is not in the graph",), "ESCAT open"),
    ],
)
def test_a_low_grade_of_other_evidence_is_told_as_the_least(
    grade: str | None, open_: tuple[str, ...], expected: str
) -> None:
    assert Levels({"escat": grade}, {"escat": open_}, {}).texts == (expected,)
