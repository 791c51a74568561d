"""Re-sequencing to be considered: derived from setbacks and the dates of profiles, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.case import Request, match
from matcher.explain import Proofs, tree_lines
from matcher.recommend import Answer, answer
from matcher.report import as_html, as_json, as_markdown, as_table
from tests.shared import evaluators, knowledge, library

TODAY = "2026-11-20"
HEAD = "id: T\ntumor_type: LUAD\njurisdiction: CN\nstage: metastatic\n"
FAILED = "{regimen: [gefitinib], line: 1, start: 2024-01-10, stop: 2024-09-01, stopped_for: progression}"
TOXIC = "{regimen: [gefitinib], line: 1, start: 2024-01-10, stop: 2024-09-01, stopped_for: toxicity}"
DONE = "{regimen: [gefitinib], line: 1, start: 2024-01-10, stop: 2024-09-01, stopped_for: completed}"


def asked(tmp_path: Path, text: str, evaluator: str = "sql", lang: str = "en") -> Answer:
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return answer(match(Request(path, TODAY), knowledge(), library(), evaluator), lang)


def file(therapies: str | None, dates: dict[str, str | None], *events: str) -> str:
    samples = (f"{{id: {name}, assay: WES{'' if day is None else f', date: {day}'}}}" for name, day in dates.items())
    history = "" if therapies is None else f"prior_therapies: [{therapies}]\n"
    told = "".join(f"  - {{{event}}}\n" for event in events)
    return f"{history}samples: [{', '.join(samples)}]\n" + (f"events:\n{told}" if told else "")


BEFORE = {"lung": "2024-01-02"}
DECIDED = "date: 2024-01-05, kind: decision, profile: lung, recommended: gefitinib"
ENTERED = "date: 2024-01-03, kind: enrolment, study: registry"

CASES: dict[str, tuple[str, set[tuple[str, str, str]]]] = {
    "progression": (file(FAILED, BEFORE), {("re-sequencing", "due", "progression")}),
    "intolerance": (file(TOXIC, BEFORE), {("re-sequencing", "due", "intolerance")}),
    "completed": (file(DONE, BEFORE), set()),
    "no profile at all": (file(FAILED, {}), set()),
    "profile on the day": (file(FAILED, {"lung": "2024-01-02", "blood": "2024-09-01"}), set()),
    "profile after": (file(FAILED, {"lung": "2024-01-02", "blood": "2024-10"}), set()),
    "profile perhaps after": (
        file(FAILED.replace("2024-09-01", "2024-09-15"), {"lung": "2024-01-02", "blood": "2024-09"}),
        {("re-sequencing", "open", "progression")},
    ),
    "profile of some day of the year": (
        file(FAILED, {"lung": "2024-01-02", "blood": "2024"}), {("re-sequencing", "open", "progression")}
    ),
    "profile without a date": (file(FAILED, {"lung": None}), {("re-sequencing", "open", "progression")}),
    "one without a date beside one after": (file(FAILED, {"lung": None, "blood": "2024-09-02"}), set()),
    "therapy without dates": (
        file("{regimen: [gefitinib], stopped_for: progression}", BEFORE), {("re-sequencing", "open", "progression")}
    ),
    "progression by an event": (
        file("{regimen: [gefitinib], start: 2024-01-10}", BEFORE, "date: 2024-06-01, kind: progression"),
        {("re-sequencing", "due", "progression")},
    ),
    "PD of an assessment": (
        file("{regimen: [gefitinib], start: 2024-01-10}", BEFORE, "date: 2024-06-01, kind: assessment, response: PD"),
        {("re-sequencing", "due", "progression")},
    ),
    "a response is none": (
        file("{regimen: [gefitinib], start: 2024-01-10}", BEFORE, "date: 2024-06-01, kind: assessment, response: PR"),
        set(),
    ),
    "recurrence under no therapy": (
        file(DONE, BEFORE, "date: 2025-06-01, kind: recurrence"), {("re-sequencing", "due", "return")}
    ),
    "history unknown": (
        file(None, BEFORE, "date: 2025-06-01, kind: progression"), {("re-sequencing", "due", "return")}
    ),
    "died": (file(FAILED, BEFORE, "date: 2025-06-01, kind: death"), set()),
    "no molecular therapy": (
        file("", BEFORE, f"{DECIDED}, chosen: none"), {("re-sequencing", "due", "no molecular therapy")}
    ),
    "another therapy, in a study": (
        file("", BEFORE, ENTERED, f"{DECIDED}, chosen: docetaxel"),
        {("re-sequencing", "due", "no molecular therapy"), ("study", "due", "no molecular therapy")},
    ),
    "withdrawn": (
        file("", BEFORE, ENTERED, f"{DECIDED}, chosen: docetaxel", "date: 2024-02-01, kind: withdrawal"),
        {("re-sequencing", "due", "no molecular therapy")},
    ),
    "another molecular therapy": (file("", BEFORE, f"{DECIDED}, chosen: osimertinib"), set()),
    "an unknown drug decides nothing": (file("", BEFORE, f"{DECIDED}, chosen: nothingmab"), set()),
    "as recommended": (file("", BEFORE, f"{DECIDED}, chosen: gefitinib"), set()),
    "not tolerated, in a study": (
        file(TOXIC, BEFORE, ENTERED), {("re-sequencing", "due", "intolerance"), ("study", "due", "intolerance")}
    ),
}  # fmt: skip


@pytest.mark.parametrize("evaluator", evaluators())
@pytest.mark.parametrize("case", CASES)
def test_advice_follows_from_the_dates(tmp_path: Path, case: str, evaluator: str) -> None:
    text, expected = CASES[case]
    found = asked(tmp_path, text, evaluator).advice
    assert {(each.topic, each.state, each.cause) for each in found} == expected
    assert len(found) == len(expected)


def test_advice_has_its_sentence_in_both_languages_and_its_proof(tmp_path: Path) -> None:
    found = asked(tmp_path, file(FAILED, BEFORE))
    (advice,) = found.advice
    assert advice.message == (
        "re-sequencing to be considered: the disease progressed on gefitinib (2024-09-01), "
        "after the newest molecular profile (lung, 2024-01-02)"
    )
    lines = list(tree_lines(Proofs(found.matched).step(advice.fact)))
    assert any("progression: gefitinib, 2024-09-01" in line and "p.yaml:5" in line for line in lines)
    (chinese,) = asked(tmp_path, file(FAILED, BEFORE), lang="zh").advice
    assert (
        chinese.message
        == "建议考虑再次测序：最近一次分子检测（lung，2024-01-02）之后，疾病在吉非替尼治疗期间进展（2024-09-01）"
    )


def test_the_report_tells_the_newest_cause_and_json_has_all(tmp_path: Path) -> None:
    later = "{regimen: [docetaxel], line: 2, start: 2024-10-01, stop: 2025-02-01, stopped_for: progression}"
    found = asked(tmp_path, file(f"{FAILED}, {later}", BEFORE))
    assert [each.regimen for each in found.advice] == ["docetaxel", "gefitinib"]
    for form in (as_table, as_markdown, as_html):
        told = " ".join(form.render(found).split())
        assert "the disease progressed on docetaxel (2025-02-01)" in told
        assert "the disease progressed on gefitinib (2024-09-01)" not in told
    advice = as_json.structure(found)["advice"]
    assert [(each["topic"], each["state"], each["day"]) for each in advice] == [
        ("re-sequencing", "due", "2025-02-01"),
        ("re-sequencing", "due", "2024-09-01"),
    ]
    assert all("newest molecular profile" in each["proof"] for each in advice)


def test_a_progression_that_an_event_tells_ends_the_therapy_for_the_match(tmp_path: Path) -> None:
    given = "{regimen: [gefitinib], start: 2024-01-10}"
    told = asked(tmp_path, file(given, BEFORE, "date: 2024-06-01, kind: progression")).matched
    assert told.patient.prior_therapies is not None
    assert told.patient.prior_therapies[0].stopped_for == "progression"
    before = asked(tmp_path, file(given, BEFORE, "date: 2024-01-05, kind: progression")).matched
    assert before.patient.prior_therapies is not None
    assert before.patient.prior_therapies[0].stopped_for is None
