"""A proof that is whole verifies; whatever is taken out of it, put in or altered is noticed by the replay itself."""

from __future__ import annotations

import copy
import json
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
from matcher.phrases import phrases
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
    if path.parent.name != "site-rules" and path.name != "paired-panel.yaml"
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
    for told in proofs(path):
        read = read_proof(json.dumps(told).encode(), "PROOF.json")
        for evaluator in EVALUATORS:
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
