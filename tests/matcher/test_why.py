"""Why a regimen is recommended, as values, as a document and as JSON."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from kb.dates import span
from matcher.case import Matched, Request, match
from matcher.criteria import ORDER
from matcher.levels import GRADES
from matcher.notes import UnusableInput
from matcher.phrases import phrases
from matcher.recommend import answer
from matcher.report.document import Cell, Document, Link, Section
from matcher.report.forms import render
from matcher.report.why_document import why_document
from matcher.report.why_json import why_structure
from matcher.why import Why, regimen_of, walk, why
from rules.library import LIBRARY
from tests.shared import knowledge, library

ROOT = Path(__file__).parents[2]
DAY = "2026-11-20"
PATIENTS = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "her2-breast-precise/cautions-and-wishes.yaml",
    "mcrpc-wes/ar-v7-positive.yaml",
    "recurrent-gynecological-mtb/brca1-ovarian.yaml",
    "refractory-solid-registry/fusion-thyroid.yaml",
    "refractory-solid-registry/unknown-significance.yaml",
    "timeline/colorectal-emerging-kras.yaml",
)
PYROTINIB = "pyrotinib+capecitabine"


@cache
def matched(patient: str) -> Matched:
    return match(Request(ROOT / "examples" / patient, DAY), knowledge(), library(), "sql")


@cache
def cases(lang: str = "en") -> tuple[Why, ...]:
    """Why every recommendation of the examples is one."""
    found = []
    for patient in PATIENTS:
        for each in answer(matched(patient)).recommendations:
            found.append(why(matched(patient), "+".join(each.option.regimen), lang))
    return tuple(found)


@pytest.fixture
def pyrotinib() -> Why:
    return why(matched(PATIENTS[0]), PYROTINIB)


def test_there_are_cases_of_every_kind() -> None:
    assert len(cases()) > 60
    assert {each.option.tier for each in cases()} == {"on-label", "off-label", "trial"}
    assert any(each.conflicts for each in cases())
    assert any(each.to_rule_out for each in cases())
    assert any(
        criterion.verdict == "unmet" for each in cases() for level in each.scores.levels for criterion in level.criteria
    )


def test_an_answer_at_hand_is_not_worked_out_again() -> None:
    found = answer(matched(PATIENTS[0]), "zh")
    told = why(matched(PATIENTS[0]), PYROTINIB, "zh", found)
    assert told.answer is found
    assert json.dumps(why_structure(told)) == json.dumps(why_structure(why(matched(PATIENTS[0]), PYROTINIB, "zh")))


# --- what it rests on -------------------------------------------------------------------------------------------------


def test_every_statement_of_the_proof_is_named_once_with_release_and_digest() -> None:
    for each in cases():
        iris = [statement.iri for statement in each.statements]
        assert len(set(iris)) == len(iris)
        assert {step.iri for step in walk(each.proof) if step.iri} <= set(iris)
        for statement in each.statements:
            assert statement.provenance is not None, statement
            assert statement.sources, statement
            assert [release.graph for release in statement.provenance.releases] == [knowledge().release]
            assert statement.provenance.digest == knowledge().statement_digest(statement.iri)


def test_every_source_in_the_proof_belongs_to_a_statement() -> None:
    for each in cases():
        unnamed = [step.text for step in walk(each.proof) if step.sources and step.iri is None]
        assert not unnamed, each.option.regimen


def test_every_rule_of_the_proof_is_named_once_where_it_stands() -> None:
    for each in cases():
        names = [rule.name for rule in each.rules]
        assert len(set(names)) == len(names)
        proofs = [each.proof, *each.functional, *(one.step for level in each.scores.levels for one in level.criteria)]
        assert {step.rule for proof in proofs for step in walk(proof) if step.rule} == set(names)
    for rule in {rule for each in cases() for rule in each.rules}:
        file, _, line = rule.place.rpartition(":")
        written = (LIBRARY.parent / file).read_text(encoding="utf-8").splitlines()
        assert written[int(line) - 1].strip() == f"- rule: {rule.name}"


def test_what_a_rule_says_is_its_template_filled_in() -> None:
    for rule in {rule for each in cases() for rule in each.rules}:
        pieces = re.split(r"\{\w+\}", rule.template)
        assert re.fullmatch(".*".join(map(re.escape, pieces)), rule.says), rule


def test_places_are_of_the_patients_files(pyrotinib: Why) -> None:
    told = {each.place: each.says for each in pyrotinib.places}
    assert told["liver.cna.tsv:2"] == ("ERBB2 amplification",)
    assert told["her2-amplified-after-trastuzumab.yaml:10"] == ("HER2 IHC 3+",)
    assert (
        "lines of therapy for advanced disease so far: 1; the next is line 2" in told[f"{PATIENTS[0].split('/')[1]}:12"]
    )
    assert not any("contraindicated" in text for says in told.values() for text in says)


# --- criteria ---------------------------------------------------------------------------------------------------------


def test_criteria_are_all_findings_in_the_boards_order() -> None:
    for each in cases():
        assert sorted(map(repr, (one.finding for one in each.criteria))) == sorted(map(repr, each.option.findings))
        places = [ORDER.index(one.finding.criterion) for one in each.criteria]
        assert places == sorted(places)
        assert all(one.step.statement is not None for one in each.criteria)


def test_the_order_names_every_criterion_of_the_library_once() -> None:
    named = {
        str(value)
        for rule in library().rules
        if rule.head.predicate == "finding"
        for field, value in rule.head.fields
        if field == "criterion" and isinstance(value, str)
    }
    assert named <= set(ORDER), named - set(ORDER)
    assert len(set(ORDER)) == len(ORDER)


def test_what_is_to_be_ruled_out_is_one_line_with_its_parts_below(pyrotinib: Why) -> None:
    (line,) = [step for step in walk(pyrotinib.proof) if "cautions to rule out" in step.text]
    assert line.verdict == "undetermined"
    assert (line.rule, line.statement, line.iri, line.sources) == (None, None, None, ())
    assert len(line.parts) == len(pyrotinib.to_rule_out) == int(line.text.split()[0])


def test_each_criterion_is_of_one_kind() -> None:
    for each in cases():
        told = [*each.warnings, *each.to_confirm, *each.to_rule_out]
        assert len(told) == sum(one.finding.verdict != "pass" for one in each.criteria)


# --- scores -----------------------------------------------------------------------------------------------------------


def test_the_scores_are_those_of_the_recommendation() -> None:
    for each in cases():
        scores, option = each.scores, each.option
        assert scores.variant.closeness == option.variant_closeness
        assert scores.tumor.relation == option.item.relation
        assert {level.framework: level.grade for level in scores.levels} == option.levels
        assert [level.framework for level in scores.levels] == list(GRADES)


def test_every_grade_has_the_sub_criteria_that_made_it_and_what_is_open_for_a_better_one() -> None:
    for each in cases():
        for level in each.scores.levels:
            met = [one for one in level.criteria if one.verdict == "met"]
            missing = [one for one in level.criteria if one.verdict != "met"]
            assert bool(met) == (level.grade is not None)
            assert {one.text for one in missing} == set(each.option.graded.open.get(level.framework, ()))
            assert len(level.proofs) == (level.grade is not None) + len(level.addenda)
            order = GRADES[level.framework]
            for one in missing:
                assert level.grade is None or order.index(one.grade) < order.index(level.grade)


@pytest.mark.parametrize(
    ("rule", "state"),
    [(rule.name, dict(rule.head.fields)["state"]) for rule in library().rules if rule.head.predicate == "level_open"],
)
def test_what_a_rule_calls_unknown_its_sentence_does_not_call_unmet(rule: str, state: str) -> None:
    says = library().rule(rule).sentence()
    assert ("is not met" in says) <= (state == "unmet")
    assert bool(re.search(r"not known|is not shown|whether", says)) <= (state == "unknown")


def test_study_fields_that_no_grade_asks_for_are_no_sub_criteria(pyrotinib: Why) -> None:
    (escat,) = [each for each in pyrotinib.scores.levels if each.framework == "escat"]
    told = [each.text for each in escat.criteria]
    assert any(text.endswith("survival end point: improved") for text in told)
    assert not any("ESMO-MCBS" in text for text in told)


def test_access_names_the_labels_with_their_dates() -> None:
    for each in cases():
        for label in each.scores.access.authorized:
            record = knowledge().indication(label.indication)
            assert (label.since, label.jurisdiction) == (record.approved_on, record.jurisdiction)
            assert label.since is None or span(label.since).earliest <= DAY
            assert label.sources
        on_label = each.option.tier == "on-label"
        assert not on_label or any(label.here for label in each.scores.access.authorized)
        assert each.scores.access.reimbursed == each.recommendation.access.reimbursed


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "capecitabine+pyrotinib",
        " Pyrotinib + XELODA",
        "吡咯替尼+卡培他滨",
        "卡培他滨联合吡咯替尼",
        "capecitabine＋吡咯替尼",
    ],
)
def test_a_regimen_in_any_order_by_any_name(name: str) -> None:
    assert regimen_of(name, knowledge()) == ("capecitabine", "pyrotinib")


def test_a_trials_intervention_in_words_can_be_asked_for() -> None:
    patient = "refractory-solid-registry/unknown-significance.yaml"
    told = [each.option.regimen for each in answer(matched(patient)).recommendations if "(" in each.option.regimen[0]]
    assert told
    assert why(matched(patient), told[0][0].upper()).option.regimen == told[0]


@pytest.mark.parametrize(
    ("regimen", "texts"),
    [
        ("pyrotinibb", ("unknown drug", "pyrotinib")),
        ("", ("the regimen: names no drug", "drug+drug")),
        ("pyrotinib+", ("pyrotinib+: names no drug", "drug+drug")),
        ("entrectinib", ("is not recommended (CN:X105)", "NTRK1/2/3 fusion is not tested", "mtb-match why-not")),
        ("gefitinib", ("was not considered", "mtb-match why-not PATIENT gefitinib")),
        ("pyrotinib", ("was not considered", "recommended with it: capecitabine + pyrotinib", "why-not")),
    ],
)
def test_what_is_not_recommended_says_why_in_one_line(regimen: str, texts: tuple[str, ...]) -> None:
    with pytest.raises(UnusableInput) as caught:
        why(matched(PATIENTS[0]), regimen)
    assert "\n" not in str(caught.value)
    for text in texts:
        assert text in str(caught.value)


# --- the document -----------------------------------------------------------------------------------------------------


def sections(document: Document) -> list[Section]:
    found = list(document.sections)
    for each in found:
        found.extend(each.sections)
    return found


def texts(document: Document) -> list[str]:
    """Everything that the document itself says."""
    cells: list[Cell] = [*document.summary, *document.known, document.title, document.closing]
    for each in sections(document):
        cells += [each.heading, *each.lines]
        cells += [cell for row in (each.table.rows if each.table else ()) for cell in row]
        cells += each.table.headings if each.table else ()
    parts = [
        part for cell in cells for part in (cell if isinstance(cell, tuple) and not isinstance(cell, Link) else [cell])
    ]
    return [part.text if isinstance(part, Link) else part for part in parts]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_answer_is_a_document_that_every_form_renders(lang: str) -> None:
    for each in cases(lang):
        document = why_document(each)
        assert document.lang == lang
        for section in sections(document):
            if section.table is not None:
                assert {len(row) for row in section.table.rows} <= {len(section.table.headings)}
        assert not [text for text in texts(document) if re.search(r"\{\w+\}|None|\(\)", text)]
    for form in ("text", "markdown", "html"):
        assert render(why_document(cases(lang)[0]), form)


def test_the_document_reads_in_the_order_of_a_board(pyrotinib: Why) -> None:
    headings = [section.heading for section in why_document(pyrotinib).sections]
    asked = [
        "Four scores",
        "Proof",
        "Levels of evidence",
        "Conflicts",
        "Statements of the graph that it rests on",
        "Rules that fired",
    ]
    assert [heading for heading in headings if heading in asked] == asked


def test_the_proof_has_its_criteria_below_that_none_fails_and_a_picture(pyrotinib: Why) -> None:
    (proof,) = [section for section in why_document(pyrotinib).sections if section.picture is not None]
    (tree,) = proof.steps
    (none_fails,) = [part for part in tree.parts if "no criterion of" in part.text]
    assert "biomarker: HER2 positive" in none_fails.parts[0].text
    assert any("6 cautions to rule out" in step.text for step in walk(proof.picture or tree))
    assert any("liver.cna.tsv:2" in step.places for step in walk(proof.picture or tree))


def test_the_same_steps_are_told_in_chinese() -> None:
    for english, chinese in zip(cases(), cases("zh"), strict=True):
        assert english.option.regimen == chinese.option.regimen
        assert [step.statement for step in walk(english.proof)] == [step.statement for step in walk(chinese.proof)]
        ours = {
            text["en"] for key, text in phrases("why").items() if "{" not in text["en"] and text["en"] != text["zh"]
        }
        assert not ours.intersection(texts(why_document(chinese)))


def test_no_curator_is_invented(pyrotinib: Why) -> None:
    assert not any(each.provenance and each.provenance.curator for each in pyrotinib.statements)
    (table,) = [each.table for each in why_document(pyrotinib).sections if each.heading.startswith("Statements")]
    assert table is not None
    assert all("curator not named" in str(row[-1]) for row in table.rows)


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_json_keeps_its_contract(pyrotinib: Why) -> None:
    told = json.loads(json.dumps(why_structure(pyrotinib)))
    assert told["schema"] == "mtb-match-why/1"
    assert told["kb"] == {"release": knowledge().release, "digest": knowledge().digest}
    assert told["rules"] == {"digest": library().digest}
    assert (told["as_of"], told["patient"]) == (DAY, {"id": "HER2-01", "tumor_type": "BRCA", "jurisdiction": "CN"})
    assert told["recommendation"]["regimen"] == ["capecitabine", "pyrotinib"]
    assert set(told["scores"]) == {"variant_closeness", "tumor_closeness", "evidence_strength", "access"}
    assert told["scores"]["evidence_strength"]["escat"]["grade"] == "I-A"
    assert told["scores"]["access"]["authorized"][0]["since"] == "2018-08"
    assert {"label": "flcube.com", "url": "https://flcube.com/?p=24324"} in told["statements"][0]["sources"]
    assert {each["graph"] for each in told["releases"]} == {knowledge().release}
    assert told["explanation"]["rule"] == "on-label"
    assert told["to_rule_out"] == [each.finding.about for each in pyrotinib.to_rule_out]


def test_every_answer_is_json() -> None:
    for each in (*cases(), *cases("zh")):
        assert json.loads(json.dumps(why_structure(each), allow_nan=False))["lang"] == each.lang
