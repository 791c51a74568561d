"""What edits change in the answer: the difference, its causes, and that an edit is what a patient file would say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.case import Matched, Request, match_patient, read_patient
from matcher.edits import edited, parse_edit
from matcher.phrases import phrases
from matcher.recommend import Answer, answer
from matcher.report.as_json import structure
from matcher.report.forms import FORMS, render
from matcher.report.what_if_document import what_if_document
from matcher.report.what_if_json import what_if_structure
from matcher.timeline import Timeline
from matcher.what_if import KINDS, WhatIf, what_if
from rules.engine import engine
from rules.facts import Fact
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = "2026-11-20"
BREAST = Request(EXAMPLES / "her2-breast-precise/cautions-and-wishes.yaml", TODAY)
COLON = Request(EXAMPLES / "mtb-ngs-real-world/braf-colorectal.tsv", TODAY, "COAD", "US", assay="WES")
VCF = Request(EXAMPLES / "mtb-ngs-real-world/egfr-lung.ann.vcf", TODAY, "LUAD", "CN")

LUNG: dict[str, Any] = {
    "id": "L",
    "tumor_type": "LUAD",
    "jurisdiction": "US",
    "age": 61,
    "stage": "metastatic",
    "biomarkers": {"PD-L1 TPS": "60 %"},
    "prior_therapies": [{"regimen": ["gefitinib"], "line": 1, "stopped_for": "progression"}],
    "conditions": ["hypertension"],
    "medications": ["omeprazole"],
    "measurements": {"LVEF": "60 %"},
    "alterations": ["EGFR L858R", "MET amplification"],
}


def supposed(request: Request, *options: tuple[str, str], lang: str = "en") -> WhatIf:
    edits = [parse_edit(*option) for option in options]
    return what_if(request, edits, knowledge(), library(), "sql", lang)


def matched(request: Request, *options: tuple[str, str]) -> Matched:
    edits = [parse_edit(*option) for option in options]
    changed, read = edited(request, read_patient(request), edits, knowledge())
    return match_patient(changed, read, knowledge(), library(), engine("sql").run)


def written(folder: Path, about: dict[str, Any]) -> Request:
    path = folder / "patient.json"
    path.write_text(json.dumps(about), encoding="utf-8")
    return Request(path, TODAY)


@pytest.mark.parametrize(
    ("option", "same"),
    [
        (("set", "tumor_type=LUSC"), {"tumor_type": "LUSC"}),
        (("set", "jurisdiction=CN"), {"jurisdiction": "CN"}),
        (("set", "age=17"), {"age": 17}),
        (("remove", "age"), {"age": None}),
        (("set", "sex=female"), {"sex": "female"}),
        (("set", "ecog=3"), {"ecog": 3}),
        (("set", "stage=II"), {"stage": "II"}),
        (("remove", "stage"), {"stage": None}),
        (("add", "menopausal_status=postmenopausal"), {"menopausal_status": "postmenopausal"}),
        (("add", "coverage=NRDL"), {"coverage": "NRDL"}),
        (("set", "PD-L1 TPS=0 %"), {"biomarkers": {"PD-L1 TPS": "0 %"}}),
        (("add", "MSI-H"), {"biomarkers": LUNG["biomarkers"] | {"MSI": "MSI-H"}}),
        (("remove", "biomarkers.PD-L1 TPS"), {"biomarkers": {}}),
        (("set", "prior_therapies=none"), {"prior_therapies": []}),
        (("remove", "prior_therapies"), {"prior_therapies": None}),
        (
            ("add", "prior_therapies={regimen: [osimertinib], best_response: PR, stopped_for: progression}"),
            {
                "prior_therapies": [
                    *LUNG["prior_therapies"],
                    {"regimen": ["osimertinib"], "line": 2, "best_response": "PR", "stopped_for": "progression"},
                ]
            },
        ),
        (("remove", "prior_therapies=gefitinib"), {"prior_therapies": []}),
        (("set", "conditions=none"), {"conditions": []}),
        (("add", "conditions=heart failure"), {"conditions": ["hypertension", "heart failure"]}),
        (("remove", "conditions=hypertension"), {"conditions": []}),
        (("add", "medications=warfarin"), {"medications": ["omeprazole", "warfarin"]}),
        (("remove", "medications"), {"medications": None}),
        (("set", "measurements.LVEF=40 %"), {"measurements": {"LVEF": "40 %"}}),
        (("remove", "measurements.LVEF"), {"measurements": {}}),
        (("set", "preferences={avoid: [intravenous]}"), {"preferences": {"avoid": ["intravenous"]}}),
        (("add", "EGFR T790M"), {"alterations": [*LUNG["alterations"], "EGFR T790M"]}),
        (("remove", "MET amplification"), {"alterations": ["EGFR L858R"]}),
        (("set", "alterations.EGFR=ex19del"), {"alterations": ["EGFR ex19del", "MET amplification"]}),
        (("add", "samples={id: s, kind: tissue}"), {"samples": [{"id": "s", "kind": "tissue"}]}),
        (
            ("add", "events={date: 2026-05-01, kind: progression}"),
            {"events": [{"date": "2026-05-01", "kind": "progression"}]},
        ),
        (
            ("add", "organoids={drug: osimertinib, inhibition_percent: 70}"),
            {"organoids": [{"drug": "osimertinib", "inhibition_percent": 70}]},
        ),
    ],
)  # fmt: skip
def test_an_edit_says_what_the_patient_file_would_say(
    tmp_path: Path, option: tuple[str, str], same: dict[str, Any]
) -> None:
    by_edit = matched(written(tmp_path, LUNG), option)
    by_file = matched(written(tmp_path, {key: value for key, value in (LUNG | same).items() if value is not None}))
    assert without_places(by_edit) == without_places(by_file)
    assert told(answer(by_edit)) == told(answer(by_file))


def without_places(found: Matched) -> set[Fact]:
    """The given facts but those that tell uses apart by the place of the alteration."""
    return {each for each in found.derivations.given if each.predicate != "use_of"}


EDITS = (
    ("set", "jurisdiction=EU"),
    ("set", "as_of=2018-01-01"),
    ("set", "age=9"),
    ("set", "MSI=MSI-H"),
    ("add", "EGFR T790M"),
    ("add", "KRAS G12C"),
    ("add", "TP53 R175H"),
    ("set", "alterations=none"),
    ("add", "progression=trastuzumab"),
    ("add", "prior_therapies=capecitabine"),
    ("set", "prior_therapies=none"),
    ("add", "medications=warfarin"),
    ("set", "conditions=none"),
    ("set", "ecog=4"),
    ("set", "coverage=none"),
    ("set", "preferences={avoid: [oral]}"),
)


def told(found: Answer) -> object:
    """What an answer recommends, refuses and warns of, without the words."""
    whole = structure(found)
    recommended = [
        (each["rank"], each["tier"], each["regimen"], each["levels"], each["access"], _findings(each["findings"]))
        for each in whole["recommendations"]
    ]
    refused = sorted((each["regimen"], each["basis"], _findings(each["blocking"])) for each in whole["not_recommended"])
    return recommended, refused, sorted({tuple(each["regimen"]) for each in whole["avoid"]})


def _findings(given: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each["criterion"], each["verdict"]) for each in given]


@settings(max_examples=12)
@given(st.sampled_from([BREAST, COLON, VCF]), st.lists(st.sampled_from(EDITS), min_size=1, max_size=2, unique=True))
def test_the_difference_is_empty_only_when_both_answers_are_the_same(
    request: Request, options: list[tuple[str, str]]
) -> None:
    found = supposed(request, *options)
    if not found.difference:
        assert told(found.before) == told(found.after)
    if told(found.before) != told(found.after):
        assert found.difference
    assert told(found.after) == told(answer(matched(request, *options)))


@pytest.mark.parametrize("request_", [BREAST, COLON, VCF])
@pytest.mark.parametrize("text", ["KRAS G12D", "progression=selpercatinib", "medications=rifampicin"])
def test_adding_and_removing_again_gives_the_same_answer(request_: Request, text: str) -> None:
    with Timeline(knowledge(), library(), "sql") as timeline:
        timeline.advance(request_)
        read = read_patient(request_)
        timeline.advance_to(*edited(request_, read, [parse_edit("add", text)], knowledge()))
        both = [parse_edit("add", text), parse_edit("remove", text)]
        after, _ = timeline.advance_to(*edited(request_, read, both, knowledge()))
    assert structure(after) == structure(answer(matched(request_)))


def test_every_great_change_has_a_cause_at_the_place_of_an_edit_or_of_what_it_took() -> None:
    found = supposed(VCF, ("add", "progression=gefitinib"), ("add", "MSI-H"))
    moves = [each for group in found.groups for each in group.moves]
    assert moves
    for move in moves:
        causes = found.causes(move)
        assert causes, move
        assert all({"--add 1", "--add 2"} & set(cause.step.places) for cause in causes), move
        assert all(cause.rules for cause in causes)
        ways = [len(cause.rules) for cause in causes]
        assert ways == sorted(ways)


def test_a_change_of_jurisdiction_is_told_by_the_query_alone() -> None:
    found = supposed(BREAST, ("set", "jurisdiction=CN"))
    assert found.of_kind("tier")
    for group in found.groups:
        assert {cause.fact.predicate for cause in group.causes} <= {"patient", "insured"}, group


def test_regimens_of_a_group_are_each_in_one_group() -> None:
    found = supposed(COLON, ("remove", "BRAF V600E"))
    regimens = [move.regimen for group in found.groups for move in group.moves]
    assert len(regimens) == len(set(regimens))
    great = [each for each in found.difference.moves if each.tiers != (None, None) and each.what != "rank"]
    assert {each.regimen for each in great} == set(regimens)


def test_the_summary_counts_what_moved() -> None:
    found = supposed(COLON, ("remove", "BRAF V600E"))
    summary = what_if_document(found).summary
    assert f"{len(found.of_kind('disappeared'))} disappear" in str(summary[0])
    assert f"{len(found.of_kind('appeared'))} appear" in str(summary[0])
    now = [kind for kind in KINDS if kind != "disappeared"]
    assert found.unchanged + sum(len(found.of_kind(kind)) for kind in now) == len(found.after.recommendations)


def test_an_edit_of_no_consequence_says_so() -> None:
    found = supposed(COLON, ("add", "BRAF V600E"))
    assert not found
    assert "Nothing changes" in str(what_if_document(found).summary[0])
    assert found.notes


def test_a_change_is_headed_by_its_regimens_and_its_causes_are_the_shortest_first() -> None:
    found = supposed(BREAST, ("add", "KRAS G12C"), ("set", "MSI=MSI-H"), ("remove", "medications=warfarin"))
    headed = [section for section in what_if_document(found).sections if section.heading.startswith("Change ")]
    assert len(headed) == len([group for group in found.groups if group.causes])
    assert len(headed) > 1
    for number, section in enumerate(headed, start=1):
        assert section.heading.startswith(f"Change {number}: ")
        causes = [str(line) for line in section.lines if str(line).startswith(("now: ", "no longer: "))]
        assert causes == sorted(causes, key=len)
        assert causes


def test_the_notes_of_edits_speak_the_language() -> None:
    (note,) = supposed(COLON, ("add", "BRAF V600E"), lang="zh").notes
    assert note.told("en") == str(note)
    assert "未带来任何变化" in note.told("zh")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_form_is_made_in_both_languages(lang: str) -> None:
    found = supposed(BREAST, ("set", "jurisdiction=CN"), ("remove", "medications=warfarin"), lang=lang)
    document = what_if_document(found)
    for form in FORMS:
        if form != "json":
            text = render(document, form)
            assert "{" not in text if form == "text" else text
            assert phrases("what_if")["section edits"][lang] in text
    assert found.difference.moves
    if lang == "zh":
        assert all("。" in str(line) for line in document.summary)


def test_findings_that_moved_are_said_in_the_language() -> None:
    english, chinese = (
        [
            each
            for move in supposed(BREAST, ("set", "jurisdiction=CN"), lang=lang).difference.moves
            for each in move.findings
        ]
        for lang in ("en", "zh")
    )
    assert [each[:4] for each in english] == [each[:4] for each in chinese]
    assert any(not each.message.isascii() for each in chinese)
    assert all(one.message != other.message for one, other in zip(english, chinese, strict=True))


def test_the_structure_names_edits_moves_and_their_causes() -> None:
    found = what_if_structure(supposed(COLON, ("set", "MSI=MSI-H")))
    assert found["schema"] == "mtb-match-what-if/1"
    assert found["edits"] == [
        {
            "place": "--set 1",
            "action": "set",
            "key": "biomarkers.MSI",
            "value": "MSI-H",
            "option": "--set biomarkers.MSI=MSI-H",
        }
    ]
    (move,) = [each for each in found["recommendations"] if each["regimen"] == ["pembrolizumab"]]
    assert (move["what"], move["tier"]) == ("appeared", [None, "on-label"])
    assert "--set 1" in move["because"][0]["places"]
    assert found["counts"]["appeared"] == sum(each["what"] == "appeared" for each in found["recommendations"])
    json.dumps(found)


def test_phrases_have_both_languages_with_the_same_values() -> None:
    import re

    for key, said in phrases("what_if").items():
        assert set(said) == {"en", "zh"}, key
        values = [sorted(set(re.findall(r"\{(\w+)\}", text))) for text in said.values()]
        assert values[0] == values[1], key
