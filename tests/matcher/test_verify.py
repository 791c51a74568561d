"""A proof that is whole verifies; whatever is taken out of it, put in or altered is noticed by the replay itself."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb import terms as t
from kb.graph import KnowledgeBase
from kb.store import cache_folder
from matcher.case import Matched, Request, match
from matcher.notes import UnusableInput
from matcher.phrases import phrases, say
from matcher.proof_file import content_digest, proof_of
from matcher.proof_reading import read_proof
from matcher.recommend import answer
from matcher.report.verification import document, reason, structure
from matcher.verify import Verdict, Verification, matched_anew, verify
from rules.engine import ENGINES, default_engine_name, engine
from rules.facts import Derivations, Fact
from rules.language import BOOLEAN, DATE, ENUMERATION, INTEGER, NUMBER, RuleSet
from rules.library import LIBRARY
from rules.load import load
from rules.replay import PRESENT
from tests.shared import knowledge, library

ROOT = Path(__file__).parents[2]
DAY = "2026-11-20"
PATIENTS = sorted(
    str(path.relative_to(ROOT))
    for suffix in ("yaml", "json", "maf", "vcf")
    for path in (ROOT / "examples").glob(f"*/*.{suffix}")
    if path.parent.name not in {"cohort", "site-rules", "studies"} and path.name != "paired-panel.yaml"
)
HER2 = "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
TUMORS = {
    "egfr-lung.ann.vcf": "LUAD",
    "kras-g12c-pancreas.vcf": "PAAD",
    "primary.maf": "PRAD",
    "stomach.maf": "STAD",
    "lung-foci.maf": "LUAD",
}
SAMPLES = {"lung-foci.maf": "REG-03-lung"}
EVALUATORS = tuple(dict.fromkeys((default_engine_name(), "sql")))

Structure = dict[str, Any]


class Remembering:
    """An evaluator that derives from the same given facts once: a proof's other parts do not change what follows."""

    def __init__(self, name: str) -> None:
        self.name, self.runner = name, engine(name)

    def run(self, rules: RuleSet, facts: Sequence[Fact]) -> Derivations:
        key = (self.name, rules.digest, repr(facts))
        if key not in DERIVED:
            if len(DERIVED) > 60:
                DERIVED.clear()
            DERIVED[key] = self.runner.run(rules, facts)
        return DERIVED[key]


DERIVED: dict[tuple[str, str, str], Derivations] = {}


@pytest.fixture(autouse=True)
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.verify.engine", Remembering)


@cache
def matched(path: str, evaluator: str = "sql") -> Matched:
    tumor = TUMORS.get(Path(path).name, None if path.endswith(("yaml", "json")) else "BRCA")
    sample = SAMPLES.get(Path(path).name)
    request = Request(ROOT / path, DAY, tumor_type=tumor, default_jurisdiction="CN", sample=sample)
    return match(request, knowledge(), library(), evaluator)


@cache
def proofs(path: str, evaluator: str = "sql") -> tuple[Structure, ...]:
    """The proof of every recommendation, as its file would hold it."""
    found = matched(path, evaluator)
    return tuple(json.loads(json.dumps(proof_of(found, each.option))) for each in answer(found).recommendations)


def proof(option: str = "CN:X001", path: str = HER2) -> Structure:
    return copy.deepcopy(next(each for each in proofs(path) if each["claim"]["option"] == option))


def sealed(changed: Structure) -> Structure:
    """With its digest made right again: what notices is the replay."""
    return {**changed, "digest": content_digest(changed)}


def checked(
    told: Structure, rules: RuleSet | None = None, graph: KnowledgeBase | None = None, evaluator: str = "sql"
) -> Verification:
    read = read_proof(json.dumps(told).encode(), "PROOF.json")
    return verify(read, graph or knowledge(), rules or library(), evaluator)


def failing(found: Verification) -> set[int | None]:
    assert found.verdict is Verdict.FAILS
    return {fault.step for fault in found.every_fault}


def step_of(told: Structure, number: int) -> Structure:
    return next(step for step in told["steps"] if step["id"] == number)


# --- what is whole ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATIENTS)
def test_the_proof_of_every_recommendation_verifies(path: str) -> None:
    """By the evaluator in use; by the other once, since all proofs of a patient rest on the same facts.

    Of a patient with dozens of recommendations, every third and the last: they differ in fewer rules than patients do.
    """
    several = proofs(path)
    for number, told in enumerate(several):
        assert told["given"] == several[0]["given"]
        if len(several) > 12 and number % 3 and number != len(several) - 1:
            continue
        read = read_proof(json.dumps(told).encode(), "PROOF.json")
        for evaluator in EVALUATORS if number == 0 else EVALUATORS[:1]:
            found = verify(read, knowledge(), library(), evaluator, matched(path))
            assert (found.verdict, found.first, found.follows) == (Verdict.HOLDS, None, True)
            assert all(result.fault is None for result in found.results)


def test_the_examples_have_enough_recommendations_to_tell_something() -> None:
    assert len(PATIENTS) > 10
    assert sum(len(proofs(path)) for path in PATIENTS) > 100


@pytest.mark.skipif(len(EVALUATORS) < 2, reason="durable-rules cannot be imported on this Python")
def test_both_evaluators_make_the_same_file() -> None:
    assert proofs(HER2, ENGINES[0]) == proofs(HER2, ENGINES[1])


def test_premises_come_before_what_rests_on_them_and_no_statement_twice() -> None:
    for path in PATIENTS:
        for told in proofs(path):
            seen: set[int] = set()
            for step in told["steps"]:
                assert set(step.get("premises", ())) <= seen
                seen.add(step["id"])
            keys = [(s["kind"] == "absence", s["predicate"], json.dumps(s["fields"])) for s in told["steps"]]
            assert len(set(keys)) == len(keys)


def test_an_answer_of_why_holds_a_proof() -> None:
    told = {"schema": "mtb-match-why/1", "proof": proof()}
    assert checked(told).verdict is Verdict.HOLDS


# --- what is taken out --------------------------------------------------------------------------------------------


def premises(told: Structure) -> Iterator[tuple[int, int]]:
    return ((step["id"], place) for step in told["steps"] for place in range(len(step.get("premises", ()))))


def assert_premise_is_missed(told: Structure, number: int, place: int) -> None:
    step = step_of(told, number)
    removed = step["premises"].pop(place)
    found = checked(sealed(told))
    assert number in failing(found), (step, removed)


def assert_step_is_missed(told: Structure, number: int) -> None:
    users = {step["id"] for step in told["steps"] if number in step.get("premises", ())}
    is_claimed = any(claim["step"] == number for claim in told["claims"])
    told["steps"] = [step for step in told["steps"] if step["id"] != number]
    found = checked(sealed(told))
    assert users <= failing(found)
    named = {dict(fault.values).get("premise") for fault in found.every_fault}
    assert str(number) in named
    assert users or is_claimed


def test_every_premise_of_a_proof_is_needed() -> None:
    for number, place in premises(proof()):
        assert_premise_is_missed(proof(), number, place)


def test_every_step_of_a_proof_is_needed() -> None:
    for step in proof()["steps"]:
        assert_step_is_missed(proof(), step["id"])


def test_every_claim_of_a_proof_is_needed() -> None:
    for number, claim in enumerate(proof()["claims"]):
        told = proof()
        told["claims"].pop(number)
        found = checked(sealed(told))
        assert found.verdict is Verdict.FAILS
        facts = {dict(fault.values)["fact"] for fault in found.faults if fault.key == "claim_incomplete"}
        assert len(facts) == 1, claim


@st.composite
def any_proof(draw: st.DrawFn) -> Structure:
    path = draw(st.sampled_from([path for path in PATIENTS if proofs(path)]))
    return copy.deepcopy(draw(st.sampled_from(proofs(path))))


several = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@several
@given(any_proof(), st.data())
def test_any_premise_of_any_proof_is_needed(told: Structure, data: st.DataObject) -> None:
    assert_premise_is_missed(told, *data.draw(st.sampled_from(list(premises(told)))))


@several
@given(any_proof(), st.data())
def test_any_step_of_any_proof_is_needed(told: Structure, data: st.DataObject) -> None:
    assert_step_is_missed(told, data.draw(st.sampled_from(told["steps"]))["id"])


@several
@given(any_proof(), st.data())
def test_a_premise_that_is_not_given_any_more_is_missed(told: Structure, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from([step for step in told["steps"] if step["kind"] == "given"]))
    table = told["given"][step["predicate"]]
    table["rows"].remove([step["fields"][name] for name in table["fields"]])
    assert step["id"] in failing(checked(sealed(told)))


# --- what is altered ----------------------------------------------------------------------------------------------


def other(value: Any) -> list[Any]:
    """Values near this one; the last is equal to it in Python, and not the same."""
    if isinstance(value, bool):
        return [not value, int(value)]
    if isinstance(value, str):
        return [value + "x", value.upper() if value != value.upper() else value.lower() + " ", 1]
    return [value + 1, -value if value else 7, float(value) if isinstance(value, int) else int(value)]


def alterations(step: Structure) -> list[tuple[str, str]]:
    """Where a step can be altered: its fields, its bindings, and its own parts."""
    places = [(part, name) for part in ("fields", "bindings", "says") for name in step.get(part, ())]
    return places + [("predicate", "")] + ([("rule", "")] if "rule" in step else [])


@several
@given(any_proof(), st.data())
def test_any_altered_field_is_noticed_at_its_step(told: Structure, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(told["steps"]))
    part, name = data.draw(st.sampled_from(alterations(step)))
    if name:
        step[part][name] = data.draw(st.sampled_from(other(step[part][name])[: -1 if part == "says" else None]))
    else:
        step[part] = data.draw(st.sampled_from([step[part] + "x", "option" if part == "predicate" else "on-label"]))
    altered = sealed(told)
    if altered["digest"] != told["digest"]:
        assert_noticed(altered, step)


def assert_noticed(altered: Structure, step: Structure) -> None:
    """At its own step; an absence is held against what a rule denies, so it is noticed where it is a premise."""
    found = checked(altered)
    users = {each["id"] for each in altered["steps"] if step["id"] in each.get("premises", ())}
    assert failing(found) & ({step["id"], *users} if step["kind"] == "absence" else {step["id"]}), step


@several
@given(any_proof(), st.data())
def test_exchanged_premises_are_noticed(told: Structure, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from([step for step in told["steps"] if len(set(step.get("premises", ()))) > 1]))
    before = list(step["premises"])
    step["premises"] = data.draw(st.permutations(before).filter(lambda order: order != before))
    assert step["id"] in failing(checked(sealed(told)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tier", "off-label"),
        ("option", "CN:X008"),
        ("regimen", ["pyrotinib"]),
        ("basis", "evidence"),
        ("tumor_type", "LUAD"),
        ("jurisdiction", "US"),
        ("as_of", "2020-01-01"),
    ],
)
def test_a_claim_that_the_steps_do_not_bear_out_fails(name: str, value: Any) -> None:
    told = proof()
    told["claim"][name] = value
    assert checked(sealed(told)).verdict is Verdict.FAILS


def test_a_finding_of_another_option_is_no_part_of_the_claim() -> None:
    told = proof()
    told["claims"].append({"of": "level", "step": 1})
    found = checked(sealed(told))
    assert [(fault.key, fault.step) for fault in found.every_fault] == [("claim_not_so", 1)]


# --- what is put in -----------------------------------------------------------------------------------------------


def test_a_given_fact_that_blocks_is_noticed() -> None:
    told = proof()
    told["given"]["line_of"]["rows"].append(["CN:X001", 99, 5, "5 or later"])
    assert told["given"]["line_of"]["fields"] == ["item", "maximum", "minimum", "text"]
    found = checked(sealed(told))
    first = found.first
    assert first is not None
    assert first.key == PRESENT
    blamed = step_of(told, first.step or 0)
    assert (blamed["kind"], blamed["predicate"], blamed["fields"]["verdict"]) == ("absence", "finding", "fail")
    assert not found.follows
    assert "finding(about: 5 or later, criterion: line, option: CN:X001" in reason(first)


VALUES = {BOOLEAN: True, INTEGER: 1, NUMBER: 1.0, DATE: "2020-01-01"}


@several
@given(any_proof(), st.data())
def test_what_is_said_to_be_absent_must_be(told: Structure, data: st.DataObject) -> None:
    predicates = library().predicates
    absences = [s for s in told["steps"] if s["kind"] == "absence" and predicates[s["predicate"]].given]
    if not absences:
        return
    step = data.draw(st.sampled_from(absences))
    declared = predicates[step["predicate"]].fields
    fields = {f.name: f.values[0] if f.kind == ENUMERATION else VALUES.get(f.kind, "x") for f in declared}
    row = list((fields | step["fields"]).values())
    table = told["given"].setdefault(step["predicate"], {"fields": list(fields), "rows": []})
    assert table["fields"] == list(fields)
    table["rows"].append(row)
    assert step["id"] in failing(checked(sealed(told)))


# --- what is forged ---------------------------------------------------------------------------------------------------


def given_row(told: Structure, predicate: str, **fields: Any) -> Structure:
    """The first given fact with these fields, as a mapping that can be written back."""
    table = told["given"][predicate]
    rows = [dict(zip(table["fields"], row, strict=True)) for row in table["rows"]]
    return next(row for row in rows if fields.items() <= row.items())


def rewritten(told: Structure, predicate: str, was: Structure, **changed: Any) -> None:
    """Writes a given fact anew, in the table, in its step, and in no other place."""
    table = told["given"][predicate]
    table["rows"].remove([was[name] for name in table["fields"]])
    table["rows"].append([(was | changed)[name] for name in table["fields"]])
    for step in told["steps"]:
        if step["kind"] == "given" and step["predicate"] == predicate and step["fields"] == was:
            step["fields"] = was | changed


def keys(found: Verification) -> set[str]:
    assert found.verdict is Verdict.FAILS
    return {fault.key for fault in found.every_fault}


@pytest.mark.parametrize(
    ("predicate", "fields", "changed"),
    [
        ("evidence", {"id": "CUR002"}, {"level": "C"}),
        ("indication", {"id": "CN:X001"}, {"status": "withdrawn"}),
        ("line_of", {"item": "CN:X001"}, {"minimum": 1, "text": "1 or later"}),
        ("tumor_of", {"item": "CN:X001"}, {"relation": "agnostic"}),
        ("approval_date", {"indication": "CN:X001"}, {"earliest": "2017-08-01"}),
        ("biomarker_of", {"item": "CN:X001"}, {"negative": True}),
        ("requirement", {"id": "received anthracycline or taxane"}, {"at_least": 2}),
        ("drug_approved", {}, {"drug": "aspirin"}),
    ],
)
def test_a_fact_that_the_graph_says_otherwise_is_noticed(predicate: str, fields: Structure, changed: Structure) -> None:
    """Even where the table, the step and its sentence are altered alike."""
    told = proof()
    was = given_row(told, predicate, **fields)
    rewritten(told, predicate, was, **changed)
    found = keys(checked(sealed(told)))
    assert found & {"not_in_graph", "given_not_in_graph"}
    assert predicate == "drug_approved" or "graph_says_also" in found


def test_an_item_that_the_graph_does_not_have_is_noticed() -> None:
    told = proof()
    table = told["given"]["evidence"]
    made_up = {"id": "EID999999", "regimen": "pyrotinib", "direction": "supports", "significance": "sensitivity"}
    table["rows"].append([(made_up | {"level": "A"})[name] for name in table["fields"]])
    assert "given_not_in_graph" in keys(checked(sealed(told)))


def test_evidence_against_that_is_left_out_is_noticed() -> None:
    """All facts of an item of a present biomarker are taken away, as if it had never been known."""
    path = next(path for path in PATIENTS if any(row for row in proofs(path) if against(row)))
    told = copy.deepcopy(next(row for row in proofs(path) if against(row)))
    gone = next(iter(against(told)))
    for table in told["given"].values():
        table["rows"] = [row for row in table["rows"] if gone not in row]
    faults = [fault for fault in checked(sealed(told)).every_fault if fault.key == "graph_says_also"]
    assert any(gone in dict(fault.values)["fact"] for fault in faults)


def against(told: Structure) -> list[str]:
    """Evidence items that speak against a regimen, and on which no step of the proof rests."""
    shown = {step["fields"].get("id") for step in told["steps"] if step["predicate"] == "evidence"}
    table = told["given"].get("evidence", {"fields": [], "rows": []})
    rows = [dict(zip(table["fields"], row, strict=True)) for row in table["rows"]]
    return [row["id"] for row in rows if row["significance"] != "sensitivity" and row["id"] not in shown]


def test_a_fact_that_names_another_statement_is_noticed() -> None:
    """The step of an approval, with the statement of evidence as its origin, or none at all."""
    told = proof()
    step = next(step for step in told["steps"] if step["kind"] == "given" and step["predicate"] == "indication")
    other = next(iri for iri in told["statements"] if iri not in step["origin"]["statements"])
    for origin in ({"kind": "graph", "statements": [other]}, {"kind": "computed"}):
        step["origin"] = origin
        found = checked(sealed(told))
        assert [(fault.key, fault.step) for fault in found.every_fault][:1] == [("origin_differs", step["id"])]


@pytest.mark.parametrize("source", [[], [{"label": "FDA label", "url": "https://example.org/forged"}]])
def test_sources_that_the_statement_does_not_have_are_noticed(source: list[Structure]) -> None:
    told = proof()
    told["statements"]["https://w3id.org/mtb-match/kb/indication/CN%3AX001"]["sources"] = source
    assert "statement_sources_differ" in keys(checked(sealed(told)))


@pytest.mark.parametrize(
    ("lang", "name", "value", "text"),
    [
        ("en", "Option", "CN:X001", "an approval of the US"),
        ("zh", "Option", "CN:X001", "美国适应症 CN:X001"),
        ("en", "Verdict", "warn", "pass"),
        ("en", "Tier", "off-label", "on-label"),
        ("zh", "Tier", "off-label", "适应症内用药"),
        ("en", "Regimen", "capecitabine+pyrotinib", "pyrotinib"),
        ("en", "profile", "HER2:POS", "HER2-low"),
        ("fr", "Option", "CN:X001", "CN:X001"),
    ],
)
def test_a_name_that_says_something_else_is_noticed(lang: str, name: str, value: str, text: str) -> None:
    told = proof()
    told["labels"].setdefault(lang, {}).setdefault(name, {})[value] = text
    assert keys(checked(sealed(told))) & {"name_differs", "language_unknown"}


def test_names_and_sentences_altered_alike_are_noticed() -> None:
    """The label of the option is called an approval of the US, in every sentence too: they agree with each other."""
    text = json.dumps(proof()).replace("the CN indication CN:X001", "the US indication CN:X001")
    assert keys(checked(sealed(json.loads(text)))) == {"name_differs"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_sentence_that_is_left_out_is_noticed(lang: str) -> None:
    told = proof()
    step = told["steps"][-1]
    del step["says"][lang]
    assert step["id"] in failing(checked(sealed(told)))


@pytest.mark.parametrize(
    ("part", "phrase"), [("kb", "not_known_graph"), ("rules", "not_known_rules"), ("program", "not_known_program")]
)
def test_what_was_not_looked_at_is_said(part: str, phrase: str) -> None:
    """Whoever writes another digest or version escapes a check, and the answer says which."""
    told = proof()
    if part == "program":
        told["program"] = "0.0.1"
    else:
        told[part]["digest"] = "sha256:0"
    found = checked(sealed(told))
    assert found.verdict is (Verdict.HOLDS if part == "program" else Verdict.OTHERS)
    summary = "\n".join(map(str, document(found).summary))
    assert say("verify", phrase, program="0.0.1") in summary
    assert (found.restated is None) == (part != "rules")
    assert ("Checked against the graph" in summary) == (part == "rules")


def test_what_was_looked_at_is_counted() -> None:
    found = checked(proof())
    assert found.restated is not None
    assert 0.5 * len(found.proof.given) < found.restated < len(found.proof.given)
    assert structure(found)["given"] == {"total": len(found.proof.given), "checked_against_graph": found.restated}


# --- other rules, another graph -----------------------------------------------------------------------------------

LINE_FITS = """
rules:
  - rule: line-fits
    overrides: true
    says: {{en: "{says}"}}
    cites: [a test]
    if:
      - line_of(item: Item, minimum: Minimum, maximum: Maximum, text: Text)
      - prior_lines(next: Next)
      - Minimum {operator} Next
      - Next <= Maximum
    then: finding(option: Item, criterion: line, verdict: pass, about: Text, recoverable: false)
"""


def site(folder: Path, text: str) -> RuleSet:
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return load([LIBRARY, folder], cache_folder())


def test_a_changed_rule_is_named_and_its_step_may_still_hold(tmp_path: Path) -> None:
    found = checked(proof(), site(tmp_path, LINE_FITS.format(says="line {Text}, next {Next}", operator="<=")))
    assert found.verdict is Verdict.OTHERS
    assert [(each.name, each.how) for each in found.rules] == [("line-fits", "changed")]
    assert [each.step.rule for each in found.results if each.is_of_changed_rule] == ["line-fits"]


def test_a_changed_rule_by_which_a_step_does_not_hold_fails_there(tmp_path: Path) -> None:
    found = checked(proof(), site(tmp_path, LINE_FITS.format(says="line {Text}, next {Next}", operator=">")))
    first = found.first
    assert found.verdict is Verdict.FAILS
    assert first is not None
    assert step_of(proof(), first.step or 0)["rule"] == "line-fits"
    assert first.key == "comparison"
    assert "Minimum > Next" in reason(first)


def test_an_added_rule_is_told_by_what_it_concludes_of_the_option(tmp_path: Path) -> None:
    text = LINE_FITS.replace("overrides: true\n    ", "").replace("line-fits", "own").replace("pass", "warn")
    found = checked(proof(), site(tmp_path, text.format(says="look at line {Text}, {Next}", operator="<=")))
    assert found.verdict is Verdict.OTHERS
    assert found.rules == ()
    assert [fact.get("verdict") for fact in found.added] == ["warn"]


def test_an_added_rule_that_forbids_makes_it_fail_at_the_absence(tmp_path: Path) -> None:
    text = LINE_FITS.replace("overrides: true\n    ", "").replace("line-fits", "own").replace("pass", "fail")
    found = checked(proof(), site(tmp_path, text.format(says="not by us: line {Text}, {Next}", operator="<=")))
    assert found.first is not None
    assert found.first.key == PRESENT
    assert step_of(proof(), found.first.step or 0)["kind"] == "absence"


def test_rules_that_are_not_there_fail_their_steps(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    text = LINE_FITS.replace("overrides: true\n    ", "").replace("line-fits", "own").replace("pass", "warn")
    rules = site(tmp_path / "own", text.format(says="look at line {Text}, {Next}", operator="<="))
    found_then = match(Request(ROOT / HER2, DAY), knowledge(), rules, "sql")
    option = next(e.option for e in answer(found_then).recommendations if e.option.id == "CN:X001")
    found = checked(json.loads(json.dumps(proof_of(found_then, option))))
    assert found.verdict is Verdict.FAILS
    assert {fault.key for fault in found.every_fault} == {"rule_went"}
    assert [(each.name, each.how) for each in found.rules] == [("own", "went")]


def graph_with(removed: ox.Quad | None, added: ox.Quad | None) -> KnowledgeBase:
    """The graph with a statement changed, as a release of its own."""
    store = ox.Store()
    store.extend(quad for quad in knowledge().store.quads_for_pattern(None, None, None, None) if quad != removed)
    if added is not None:
        store.add(added)
    about, digest = ox.NamedNode(t.STORE), ox.NamedNode(t.CONTENT_DIGEST)
    for quad in list(store.quads_for_pattern(about, digest, None, None)):
        store.remove(quad)
    store.add(ox.Quad(about, digest, ox.Literal("sha256:other"), ox.DefaultGraph()))
    return KnowledgeBase(store)


def approval(option: str = "CN:X001") -> ox.Quad:
    iri = knowledge().indication(option).iri
    return next(iter(knowledge().store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(t.APPROVED_ON), None, None)))


def test_a_changed_statement_is_named() -> None:
    then = approval()
    now = ox.Quad(then.subject, then.predicate, ox.Literal("2019-01-01"), then.graph_name)
    found = checked(proof(), graph=graph_with(then, now))
    assert found.verdict is Verdict.OTHERS
    assert [(each.name, each.how) for each in found.statements] == [(then.subject.value, "changed")]
    assert structure(found)["kb"]["statements"][0]["name"] == then.subject.value


def test_a_graph_that_says_more_of_others_leaves_the_statements_as_they_are() -> None:
    added = ox.Quad(ox.NamedNode(t.item("gene", "NEW1")), ox.NamedNode(t.LABEL), ox.Literal("NEW1"), ox.DefaultGraph())
    found = checked(proof(), graph=graph_with(None, added))
    assert (found.verdict, found.statements) == (Verdict.OTHERS, ())


def test_a_forged_statement_digest_is_noticed_in_the_same_graph() -> None:
    told = proof()
    iri = next(iter(told["statements"]))
    told["statements"][iri]["digest"] = "sha256:" + "0" * 64
    found = checked(sealed(told))
    assert {fault.key for fault in found.every_fault} == {"statement_differs"}


def test_a_forged_rule_digest_is_noticed_in_the_same_rules() -> None:
    told = proof()
    told["rules"]["used"]["line-fits"]["digest"] = "sha256:" + "0" * 64
    found = checked(sealed(told))
    assert {fault.key for fault in found.every_fault} == {"rule_differs"}


# --- the patient anew ---------------------------------------------------------------------------------------------


def patient_file(folder: Path, **about: Any) -> Path:
    path = folder / "p.json"
    path.write_text(json.dumps(PATIENT | about), encoding="utf-8")
    return path


PATIENT: Structure = {
    "id": "P",
    "tumor_type": "BRCA",
    "jurisdiction": "CN",
    "stage": "metastatic",
    "biomarkers": {"HER2 IHC": "3+"},
    "prior_therapies": [
        {"regimen": ["trastuzumab", "docetaxel"], "line": 1, "setting": "metastatic", "stopped_for": "progression"}
    ],
}


def anew(tmp_path: Path, **about: Any) -> Verification:
    then = match(Request(patient_file(tmp_path), DAY), knowledge(), library(), "sql")
    option = answer(then).recommendations[0].option
    told = read_proof(json.dumps(proof_of(then, option)).encode(), "PROOF.json")
    request = Request(patient_file(tmp_path, **about), DAY)
    now = matched_anew(told, request, knowledge(), library(), "sql")
    return verify(told, knowledge(), library(), "sql", now)


def test_the_same_patient_gives_the_same_facts(tmp_path: Path) -> None:
    found = anew(tmp_path)
    assert found.verdict is Verdict.HOLDS
    assert found.anew is not None
    assert not any(found.anew[:3])


def test_another_age_comes_and_the_proof_still_holds(tmp_path: Path) -> None:
    found = anew(tmp_path, age=60)
    assert found.anew is not None
    assert [fact.predicate for fact in found.anew.came] == ["age"]
    assert [(each.name, each.how) for each in found.anew.files] == [("p.json", "changed")]
    assert (found.verdict, found.anew.follows) == (Verdict.OTHERS, True)


def test_the_file_of_another_person_is_noticed(tmp_path: Path) -> None:
    found = anew(tmp_path, id="Q")
    assert {fault.key for fault in found.every_fault} == {"claim_of_other_person"}


def test_a_name_of_the_patients_data_is_held_against_the_file(tmp_path: Path) -> None:
    then = match(Request(patient_file(tmp_path), DAY), knowledge(), library(), "sql")
    told = json.loads(json.dumps(proof_of(then, answer(then).recommendations[0].option)))
    text = re.sub(r"(报告显示 ?HER2 IHC) 3", r"\1 2", json.dumps(told, ensure_ascii=False))
    forged = read_proof(json.dumps(sealed(json.loads(text))).encode(), "PROOF.json")
    request = Request(patient_file(tmp_path), DAY)
    now = matched_anew(forged, request, knowledge(), library(), "sql")
    alone = verify(forged, knowledge(), library(), "sql")
    assert [(fault.key, fault.values) for fault in alone.every_fault] == []
    assert alone.verdict is Verdict.HOLDS
    found = verify(forged, knowledge(), library(), "sql", now)
    assert {fault.key for fault in found.every_fault} == {"name_differs"}


def test_a_patient_without_the_biomarker_does_not_get_it(tmp_path: Path) -> None:
    found = anew(tmp_path, biomarkers={"HER2 IHC": "0"})
    assert found.verdict is Verdict.FAILS
    assert found.anew is not None
    assert not found.anew.follows
    assert "not_given_anew" in {fault.key for fault in found.every_fault}


# --- hostile files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is no JSON"),
        (b"\xff\xfe\x00", "is no UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"schema": "mtb-match-proof/1", "digest": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}", "nested"),
        (b'{"schema": "mtb-match-proof/1", "schema": 1}', "twice"),
        (b'{"schema": NaN}', "no number"),
        (b'{"schema": ' + b"9" * 5000 + b"}", "is no JSON"),
        (b"[]", "does not name the schema"),
        (b'{"schema": "mtb-match/1"}', "does not name the schema"),
        (b'{"proof": "a text"}', "does not name the schema"),
        (b'{"schema": ["mtb-match-proof/1"]}', "does not name the schema"),
        (b'{"schema": "mtb-match-proof/1"}', "has no `digest`"),
        (b'{"schema": "mtb-match-proof/1", "digest": "x"}', "changed or damaged"),
        (b'{"schema": "mtb-match-proof/1", "digest": "x", "a": 1e999}', "cannot be compared"),
        (b'{"schema": "mtb-match-proof/1", "digest": "x", "a": "\\ud800"}', "broken text"),
    ],
)
def test_what_is_no_proof_gives_one_clear_error(data: bytes, told: str) -> None:
    with pytest.raises(UnusableInput, match=told):
        read_proof(data, "PROOF.json")


def test_a_proof_in_a_circle_is_refused() -> None:
    told = proof()
    steps = {step["id"]: step for step in told["steps"] if step.get("premises")}
    number = next(iter(steps))
    for premise in (number, max(steps)):
        steps[number]["premises"] = [premise]
        with pytest.raises(UnusableInput, match="in a circle"):
            read_proof(json.dumps(sealed(told)).encode(), "PROOF.json")


def test_one_changed_letter_is_damage() -> None:
    text = json.dumps(proof())
    with pytest.raises(UnusableInput, match="changed or damaged"):
        read_proof(text.replace("pyrotinib", "pyrotimib", 1).encode(), "PROOF.json")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a structure: what holds it, and its key there."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_part_may_be_anything(data: st.DataObject) -> None:
    """A malformed file is one clear error; one that can be read is judged; nothing else happens."""
    told = proof()
    part = data.draw(st.sampled_from([key for key in told if key not in {"given", "digest"}]))
    holder, key = data.draw(st.sampled_from([(told, part), *places(told[part])]))
    if data.draw(st.booleans()):
        holder[key] = data.draw(ANYTHING)
    else:
        del holder[key]
    try:
        found = checked(sealed(told))
    except UnusableInput:
        return
    assert document(found).title
    json.dumps(structure(found))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_given_facts_are_judged(data: st.DataObject) -> None:
    told = proof()
    predicate = data.draw(st.sampled_from(sorted(told["given"])))
    row = data.draw(st.sampled_from(told["given"][predicate]["rows"]))
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(
        st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    )
    found = checked(sealed(told))
    assert document(found, "zh").title
    assert structure(found)["verdict"] in {verdict.value for verdict in Verdict}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_phrase_is_written_in_every_language_with_the_same_values(lang: str) -> None:
    for key, said in phrases("verify").items():
        assert said[lang], key
