"""A table of cases for each criterion of the person: the verdict, whether it can be recovered, and what is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from kb.caution import Caution
from kb.graph import KnowledgeBase
from kb.indication import Indication
from kb.source import Source, Verified
from matcher import facts
from matcher.case import Request, match
from matcher.facts import Case
from matcher.recommend import Answer, Finding, Option, answer
from matcher.report import as_json, as_table
from rules.engine import default_engine_name
from tests.shared import knowledge, library

TODAY = "2026-11-20"
LUNG = {
    "id": "P",
    "tumor_type": "LUAD",
    "jurisdiction": "US",
    "stage": "metastatic",
    "age": 60,
    "prior_therapies": [],
    "alterations": [{"gene": "EGFR", "alteration": "L858R"}],
}
BREAST = {
    "id": "P",
    "tumor_type": "BRCA",
    "jurisdiction": "US",
    "stage": "metastatic",
    "biomarkers": {"ER": "90 %", "HER2 IHC": "0"},
}
HER2 = BREAST | {"biomarkers": {"HER2 IHC": "3+"}}

Ask = Callable[..., Answer]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks for a patient file's answer, with these cautions, and these conditions on each indication, in the graph."""

    def asked(about: dict[str, object], *cautions: Caution, texts: tuple[str, ...] = (), **more: object) -> Answer:
        def of_drugs(
            self: KnowledgeBase, therapies: Collection[str], subjects: Collection[str], contraindications: bool
        ) -> tuple[Caution, ...]:
            drugs = {name for each in knowledge().therapies(therapies).values() for name in (each.id, *each.classes)}
            asked = [each for each in cautions if each.subject in subjects or each.effect == "contraindicated"]
            assert contraindications
            return tuple(each for each in asked if each.therapy in drugs)

        monkeypatch.setattr(KnowledgeBase, "cautions", of_drugs)
        if texts:

            def conditioned(case: Case, item: str, indication: Indication, *rest: object) -> None:
                state(case, item, indication._replace(conditions=texts), *rest)  # type: ignore[arg-type]

            state = facts._condition_facts
            monkeypatch.setattr(facts, "_condition_facts", conditioned)
        path = tmp_path / "patient.json"
        path.write_text(json.dumps(about | more), encoding="utf-8")
        request = Request(path, TODAY)
        found = match(request, knowledge(), library(), default_engine_name())
        assert found.derivations == match(request, knowledge(), library(), "sql").derivations
        return answer(found)

    return asked


def caution(kind: str, subject: str, effect: str, verified: str = "yes", **more: object) -> Caution:
    """A caution about gefitinib's class, or the therapy that `more` names."""
    about = {"therapy": "egfr tki", "operator": None, "threshold": None, "unit": None, "text": "the label's sentence"}
    source = Source("a label", "https://example.org/label")
    return Caution(
        id="C1",
        iri="urn:c1",
        kind=kind,
        subject=subject,
        effect=effect,
        jurisdiction="US",
        sources=(source,),
        verified=Verified(verified),
        **(about | more),  # type: ignore[arg-type]
    )


def options(found: Answer) -> list[Option]:
    recommended = [option for each in found.recommendations for option in (each.option, *each.also)]
    return [*recommended, *found.not_recommended]


def findings(found: Answer, regimen: str, criterion: str) -> set[tuple[str, bool]]:
    """Verdict and recoverability of this criterion over the options of the regimen."""
    return {(each.verdict, each.recoverable) for each in told(found, regimen, criterion)}


def told(found: Answer, regimen: str, criterion: str) -> list[Finding]:
    mine = [option for option in options(found) if "+".join(option.regimen) == regimen]
    assert mine, f"{regimen} was not considered"
    return [finding for option in mine for finding in option.findings if finding.criterion == criterion]


@pytest.mark.parametrize(
    ("subject", "effect", "verified", "conditions", "expected"),
    [
        ("heart failure", "contraindicated", "yes", ["heart failure"], {("fail", False)}),
        ("heart failure", "contraindicated", "yes", ["心力衰竭"], {("fail", False)}),
        ("cardiac disease", "contraindicated", "yes", ["heart failure"], {("fail", False)}),
        ("heart failure", "contraindicated", "partly", ["heart failure"], {("fail", False)}),
        ("heart failure", "contraindicated", "no", ["heart failure"], {("warn", True)}),
        ("heart failure", "avoid", "yes", ["heart failure"], {("warn", False)}),
        ("heart failure", "caution", "yes", ["heart failure"], {("warn", False)}),
        ("heart failure", "contraindicated", "yes", ["hypertension"], set()),
        ("heart failure", "contraindicated", "yes", [], set()),
        ("heart failure", "contraindicated", "yes", None, {("undetermined", True)}),
        ("heart failure", "avoid", "yes", None, set()),
        ("heart failure", "caution", "yes", None, set()),
        # What the file names is wider than what the label means, or unknown: it may be that.
        ("heart failure", "contraindicated", "yes", ["cardiac disease"], {("undetermined", True)}),
        ("heart failure", "contraindicated", "yes", ["a rare ailment"], {("undetermined", True)}),
        ("heart failure", "avoid", "yes", ["a rare ailment"], set()),
    ],
)
def test_contraindication(
    ask: Ask, subject: str, effect: str, verified: str, conditions: list[str] | None, expected: set[tuple[str, bool]]
) -> None:
    more = {} if conditions is None else {"conditions": conditions}
    found = ask(LUNG, caution("condition", subject, effect, verified), **more)
    assert findings(found, "gefitinib", "contraindication") == expected
    assert findings(found, "pembrolizumab", "contraindication") == set()


def test_a_contraindication_is_listed_as_to_be_avoided_with_its_source(ask: Ask) -> None:
    found = ask(LUNG, caution("condition", "heart failure", "contraindicated"), conditions=["heart failure"])
    row = next(each for each in found.avoided if each.regimen == ("gefitinib",))
    assert (row.because, row.evidence[0].id, row.evidence[0].sources[0].label) == ("contraindication", "C1", "a label")
    assert all(each.option.regimen != ("gefitinib",) for each in found.recommendations)
    shown = as_json.structure(found)
    assert {"regimen": ["gefitinib"], "because": "contraindication"}.items() <= next(
        each for each in shown["avoid"] if each["regimen"] == ["gefitinib"]
    ).items()


def test_a_caution_to_avoid_lowers_an_option_and_a_mere_caution_does_not(ask: Ask) -> None:
    def place(effect: str) -> int:
        warned = caution("condition", "heart failure", effect, therapy="amivantamab")
        found = ask(LUNG | {"jurisdiction": "EU"}, warned, conditions=["heart failure"])
        return [each.option.regimen for each in found.recommendations].index(("amivantamab", "lazertinib"))

    assert place("avoid") > place("caution")


def test_a_caution_to_avoid_never_puts_a_label_without_biomarker_first(ask: Ask) -> None:
    about = LUNG | {"alterations": [{"gene": "RET", "alteration": "KIF5B-RET"}]}
    warned = [
        caution("condition", "uncontrolled hypertension", "avoid", therapy=each)
        for each in ("selpercatinib", "pralsetinib")
    ]
    del about["prior_therapies"]
    found = ask(about, *warned, conditions=["uncontrolled hypertension"])
    regimens = [each.option.regimen for each in found.recommendations]
    assert regimens.index(("selpercatinib",)) < regimens.index(("atezolizumab",))


@pytest.mark.parametrize(
    ("measurements", "effect", "expected"),
    [
        ({"LVEF": "48 %"}, "contraindicated", {("fail", True)}),
        ({"LVEF": "50 %"}, "contraindicated", set()),
        ({"ejection fraction": {"value": 48, "unit": "%"}}, "avoid", {("warn", True)}),
        ({"LVEF": "48 %"}, "caution", {("warn", True)}),
        ({}, "contraindicated", {("undetermined", True)}),
        ({}, "avoid", set()),
        ({"LVEF": "48"}, "contraindicated", {("undetermined", True)}),
        ({"LVEF": "48 furlongs"}, "contraindicated", {("undetermined", True)}),
    ],
)
def test_organ_function(
    ask: Ask, measurements: dict[str, object], effect: str, expected: set[tuple[str, bool]]
) -> None:
    limit = caution("measurement", "lvef", effect, operator="<", threshold=50.0, unit="%")
    found = ask(LUNG, limit, measurements=measurements)
    assert findings(found, "gefitinib", "organ-function") == expected


def test_the_latest_value_counts_and_units_are_converted(ask: Ask) -> None:
    limit = caution("measurement", "hemoglobin", "contraindicated", operator="<", threshold=8.0, unit="g/dL")
    low = ask(LUNG, limit, measurements={"hemoglobin": "75 g/L"})
    assert findings(low, "gefitinib", "organ-function") == {("fail", True)}
    assert "7.5 g/dL" in told(low, "gefitinib", "organ-function")[0].message


@pytest.mark.parametrize(
    ("subject", "effect", "medications", "expected"),
    [
        ("omeprazole", "contraindicated", ["omeprazole"], {("fail", True)}),
        ("proton pump inhibitor", "contraindicated", ["omeprazole"], {("fail", True)}),
        ("proton pump inhibitor", "avoid", ["Omeprazole"], {("warn", True)}),
        ("proton pump inhibitor", "contraindicated", ["warfarin"], set()),
        ("proton pump inhibitor", "contraindicated", None, {("undetermined", True)}),
        ("proton pump inhibitor", "avoid", None, set()),
        ("proton pump inhibitor", "contraindicated", ["a new tonic"], {("undetermined", True)}),
    ],
)
def test_co_medication(
    ask: Ask, subject: str, effect: str, medications: list[str] | None, expected: set[tuple[str, bool]]
) -> None:
    more = {} if medications is None else {"medications": medications}
    found = ask(LUNG, caution("medication", subject, effect), **more)
    assert findings(found, "gefitinib", "co-medication") == expected


def test_a_co_medication_leaves_the_option_recoverable_and_names_it_among_what_to_avoid(ask: Ask) -> None:
    found = ask(LUNG, caution("medication", "proton pump inhibitor", "contraindicated"), medications=["omeprazole"])
    mine = [each for each in as_json.structure(found)["not_recommended"] if each["regimen"] == ["gefitinib"]]
    assert any(each["recoverable"] for each in mine)
    assert [each.because for each in found.avoided if each.regimen == ("gefitinib",)] == ["contraindication"]


@pytest.mark.parametrize(
    ("history", "text", "expected"),
    [
        ({"stopped_for": "toxicity"}, "stopped for good after ILD", {("warn", False)}),
        (
            {"stopped_for": "toxicity", "toxicities": ["interstitial lung disease grade 3"]},
            "permanently discontinued after grade 2 or higher ILD",
            {("warn", False), ("fail", False)},
        ),
        (
            {"toxicities": ["interstitial lung disease grade 1"]},
            "permanently discontinued after grade 2 or higher ILD",
            {("warn", False)},
        ),
        ({"toxicities": ["rash"]}, "stopped for good after ILD", {("warn", False)}),
        ({"stopped_for": "completed"}, "stopped for good after ILD", set()),
    ],
)
def test_toxicity_in_prior_use(
    ask: Ask, history: dict[str, object], text: str, expected: set[tuple[str, bool]]
) -> None:
    warned = caution("prior toxicity", "interstitial lung disease", "avoid", therapy="gefitinib", text=text)
    found = ask(LUNG, warned, prior_therapies=[{"regimen": ["gefitinib"], "line": 1, **history}])
    assert findings(found, "gefitinib", "prior-toxicity") == expected


def test_toxicity_of_a_drug_of_the_class_is_named(ask: Ask) -> None:
    past = [{"regimen": ["gefitinib"], "line": 1, "stopped_for": "toxicity", "toxicities": ["rash grade 3"]}]
    found = ask(LUNG, prior_therapies=past)
    message = told(found, "erlotinib", "prior-toxicity")[0].message
    assert "gefitinib" in message
    assert "rash grade 3" in message
    assert told(found, "osimertinib", "prior-toxicity") == []


@pytest.mark.parametrize(
    ("past", "regimen", "expected"),
    [
        (["palbociclib"], "abemaciclib+fulvestrant", {("warn", False)}),
        (["abemaciclib"], "abemaciclib+fulvestrant", set()),
        (["docetaxel"], "abemaciclib+fulvestrant", set()),
    ],
)
def test_resistance_by_history(ask: Ask, past: list[str], regimen: str, expected: set[tuple[str, bool]]) -> None:
    history = [{"regimen": past, "line": 1, "setting": "metastatic", "stopped_for": "progression"}]
    found = ask(BREAST, prior_therapies=history)
    assert findings(found, regimen, "resistance-history") == expected


MELANOMA = LUNG | {"tumor_type": "MEL", "alterations": [{"gene": "BRAF", "alteration": "V600E"}]}


@pytest.mark.parametrize(
    ("about", "past", "regimen", "criterion", "expected"),
    [
        (MELANOMA, {"stopped_for": "progression"}, "binimetinib+encorafenib", "resistance-history",
         {"braf inhibitor", "mek inhibitor"}),
        (MELANOMA, {"stopped_for": "completed"}, "binimetinib+encorafenib", "resistance-history", set()),
        (MELANOMA, {"regimen": ["BRAF inhibitor"], "stopped_for": "progression"}, "trametinib", "resistance-history",
         set()),
        (MELANOMA, {"stopped_for": "toxicity"}, "binimetinib+encorafenib", "prior-toxicity",
         {"braf inhibitor", "mek inhibitor"}),
        # A class that is too wide says nothing of one of its drugs.
        (LUNG, {"regimen": ["EGFR TKI"], "stopped_for": "progression"}, "osimertinib", "resistance-history", set()),
        # The drug itself is told as such.
        (MELANOMA, {"regimen": ["BRAF inhibitor", "encorafenib"], "stopped_for": "progression"},
         "binimetinib+encorafenib", "resistance-history", set()),
    ],
)  # fmt: skip
def test_a_class_in_the_history_warns_of_its_drugs(
    ask: Ask, about: dict[str, object], past: dict[str, object], regimen: str, criterion: str, expected: set[str]
) -> None:
    history = [{"regimen": ["BRAF inhibitor", "MEK inhibitor"], "line": 1, **past}]
    found = told(ask(about, prior_therapies=history), regimen, criterion)
    assert {each.about for each in found} == expected
    assert {each.verdict for each in found} <= {"warn"}


T790M = LUNG | {
    "jurisdiction": "CN",
    "alterations": [{"gene": "EGFR", "alteration": "L858R"}, {"gene": "EGFR", "alteration": "T790M"}],
}
ALK = LUNG | {"alterations": [{"fusion": "EML4::ALK"}]}
FAILED = {
    "osimertinib": [["osimertinib"]],
    "gefitinib": [["gefitinib"]],
    "crizotinib": [["crizotinib"]],
    "trastuzumab": [["trastuzumab", "docetaxel"]],
    "trastuzumab and T-DM1": [["trastuzumab", "docetaxel"], ["trastuzumab emtansine"]],
}
"""The regimens on which the disease progressed, line by line."""


@pytest.mark.parametrize(
    ("patient", "failed", "option", "expected"),
    [
        pytest.param(T790M, "osimertinib", "CN:X081", {"re-exposure": "osimertinib"}, id="the same drug alone"),
        pytest.param(T790M, "osimertinib", "CN:X083", {"resistance-history": "osimertinib"}, id="its narrower class"),
        pytest.param(T790M, "gefitinib", "CN:X081", {}, id="the class that the label is for"),
        pytest.param(HER2, "trastuzumab and T-DM1", "US:margenza:0", {"resistance-history": "trastuzumab"}, id="class"),
        pytest.param(HER2, "trastuzumab", "EU:tukysa:0", {}, id="the label adds drugs to the one that failed"),
        pytest.param(HER2, "trastuzumab", "US:tukysa:0", {"re-exposure": "trastuzumab"}, id="in a setting"),
        pytest.param(HER2, "trastuzumab", "US:enhertu:0", {}, id="a conjugate is of another class"),
        pytest.param(ALK, "crizotinib", "US:lorbrena:0", {}, id="a later generation"),
    ],
)  # fmt: skip
def test_what_failed_warns_unless_the_label_is_for_just_that(
    ask: Ask, patient: dict[str, object], failed: str, option: str, expected: dict[str, str]
) -> None:
    """A label for patients after a broad class says nothing of the very drug that failed, or of its narrower class."""
    lines = [
        {"regimen": regimen, "line": line, "setting": "metastatic", "stopped_for": "progression"}
        for line, regimen in enumerate(FAILED[failed], start=1)
    ]
    found = next(each for each in options(ask(patient, prior_therapies=lines)) if each.id == option)
    history = [each for each in found.findings if each.criterion in {"re-exposure", "resistance-history"}]
    assert {each.criterion: each.verdict for each in history} == dict.fromkeys(expected, "warn")
    assert all(expected[each.criterion] in each.message for each in history)


@pytest.mark.parametrize(
    ("preferences", "regimen", "expected"),
    [
        ({"avoid": ["gefitinib"]}, "gefitinib", {("warn", True)}),
        ({"avoid": ["EGFR TKI"]}, "gefitinib", {("warn", True)}),
        ({"avoid": ["oral"]}, "gefitinib", {("warn", True)}),
        ({"prefer": ["oral"]}, "gefitinib", {("pass", True)}),
        ({"avoid": ["intravenous"]}, "gefitinib", set()),
        ({"avoid": ["chemotherapy"]}, "gefitinib", set()),
        ({"avoid": ["oral"], "prefer": ["tablets"]}, "gefitinib", set()),
        ({"avoid": ["oral", "EGFR TKI"], "prefer": ["oral"]}, "gefitinib", {("warn", True)}),
    ],
)
def test_preference_never_fails(
    ask: Ask, preferences: dict[str, list[str]], regimen: str, expected: set[tuple[str, bool]]
) -> None:
    assert findings(ask(LUNG, preferences=preferences), regimen, "preference") == expected


@pytest.mark.parametrize(
    ("text", "patient", "criterion", "expected"),
    [
        ("ECOG 0-1", {"ecog": 1}, "performance-status", {("pass", True)}),
        ("ECOG 0-1", {"ecog": 2}, "performance-status", {("fail", True)}),
        ("ECOG 0-1", {}, "performance-status", {("undetermined", True)}),
        ("Karnofsky performance status >= 60", {"ecog": 1}, "performance-status", {("pass", True)}),
        ("Karnofsky performance status >= 60", {"ecog": 2}, "performance-status", {("undetermined", True)}),
        ("Karnofsky performance status >= 60", {"ecog": 3}, "performance-status", {("fail", True)}),
        ("female patients only", {"sex": "female"}, "sex", {("pass", False)}),
        ("female patients only", {"sex": "male"}, "sex", {("fail", False)}),
        ("female patients only", {}, "sex", {("undetermined", True)}),
        ("postmenopausal", {"sex": "female", "menopausal_status": "postmenopausal"}, "sex", {("pass", True)}),
        ("postmenopausal", {"sex": "female", "menopausal_status": "premenopausal"}, "sex", {("fail", True)}),
        ("postmenopausal", {"sex": "male"}, "sex", {("fail", False)}),
        ("postmenopausal women or men", {"sex": "male"}, "sex", {("pass", False)}),
        ("postmenopausal women or men", {}, "sex", {("undetermined", True)}),
        ("at most 75 years old", {"age": 75}, "age", {("pass", False)}),
        ("at most 75 years old", {"age": 76}, "age", {("fail", False)}),
        ("paediatric", {"age": 16}, "age", {("pass", False)}),
        ("paediatric", {"age": 17}, "age", {("undetermined", True)}),
        ("paediatric", {"age": 18}, "age", {("fail", False)}),
        ("paediatric", {"age": None}, "age", {("undetermined", True)}),
        ("recurrent or metastatic", {"stage": "metastatic"}, "condition", {("pass", False)}),
        ("recurrent or metastatic", {"stage": "IV"}, "condition", {("pass", False)}),
        ("recurrent or metastatic", {"stage": "III"}, "condition", {("undetermined", True)}),
        ("node-positive", {}, "condition", {("undetermined", True)}),
        ("irinotecan intolerant", {"prior_therapies": []}, "prior-therapy", {("fail", True)}),
    ],
)
def test_conditions_that_are_read(
    ask: Ask, text: str, patient: dict[str, object], criterion: str, expected: set[tuple[str, bool]]
) -> None:
    found = ask(LUNG, texts=(text,), **patient)
    label = next(option for option in options(found) if option.id == "US:iressa:0")
    assert expected == {
        (each.verdict, each.recoverable)
        for each in label.findings
        if each.criterion == criterion and each.about != "age"
    }


@pytest.mark.parametrize(
    ("tumor", "expected"), [("LUAD", "pass"), ("LUSC", "fail"), ("NSCLC", "undetermined"), ("LUAS", "undetermined")]
)
def test_non_squamous_is_told_by_the_diagnosis(ask: Ask, tumor: str, expected: str) -> None:
    found = ask(LUNG, tumor_type=tumor)
    verdicts = {each.verdict for option in options(found) for each in option.findings if each.criterion == "histology"}
    assert verdicts == {expected}


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        ("2026-01-01", ("pass", False)),
        ("2026-11-10", ("fail", True)),
        ("2026-11", ("undetermined", True)),
        (None, ("undetermined", True)),
    ],
)
def test_washout(ask: Ask, stop: str | None, expected: tuple[str, bool]) -> None:
    past = [{"regimen": ["docetaxel"], "line": 1, **({"stop": stop} if stop else {})}]
    found = ask(LUNG, texts=("no prior chemotherapy within 18 days",), prior_therapies=past)
    assert expected in findings(found, "gefitinib", "washout")


def test_washout_of_what_was_not_given_or_is_not_known(ask: Ask) -> None:
    asked = ("no prior chemotherapy within 18 days",)
    assert ("pass", False) in findings(ask(LUNG, texts=asked), "gefitinib", "washout")
    unknown = {key: value for key, value in LUNG.items() if key != "prior_therapies"}
    assert ("undetermined", True) in findings(ask(unknown, texts=asked), "gefitinib", "washout")


CHINA = LUNG | {"jurisdiction": "CN"}


@pytest.mark.parametrize(
    ("about", "regimen", "verdict", "reimbursed"),
    [
        (CHINA, "gefitinib", "pass", True),
        (CHINA | {"coverage": "NRDL"}, "gefitinib", "pass", True),
        (CHINA | {"coverage": "private"}, "gefitinib", None, None),
        (LUNG, "gefitinib", None, None),
        (CHINA, "dacomitinib", "undetermined", None),
        (HER2 | {"jurisdiction": "CN"}, "trastuzumab deruxtecan", "pass", True),
    ],
)
def test_reimbursement(
    ask: Ask, about: dict[str, object], regimen: str, verdict: str | None, reimbursed: bool | None
) -> None:
    found = ask(about)
    assert {each.verdict for each in told(found, regimen, "reimbursement")} == ({verdict} if verdict else set())
    shown = [each for each in as_json.structure(found)["recommendations"] if each["regimen"] == regimen.split("+")]
    assert {each["access"]["reimbursed"] for each in shown} <= {reimbursed}


def test_unknown_reimbursement_is_nothing_to_confirm_before_treatment(ask: Ask) -> None:
    found = ask(CHINA)
    plain = [each.option for each in found.recommendations if each.option.regimen == ("dacomitinib",)]
    assert all("to confirm" not in option.flags for option in plain)
    assert "NRDL lists dacomitinib" not in as_table.render(found)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"conditions": ["hart failure"]}, ("hart failure", "not weighed", "heart failure")),
        ({"medications": ["omeprazol"]}, ("omeprazol", "not weighed", "omeprazole")),
        ({"measurements": {"LVFE": "48 %"}}, ("LVFE", "not weighed", "lvef")),
        ({"measurements": {"LVEF": "48"}}, ("no unit", "not weighed", "%")),
        ({"measurements": {"LVEF": "good"}}, ("LVEF", "no number")),
        ({"preferences": {"avoid": ["needles of any kind"]}}, ("needles of any kind", "not weighed")),
        ({"preferences": {"detest": ["oral"]}}, ("detest oral", "not weighed")),
    ],
)
def test_what_cannot_be_weighed_is_a_note(ask: Ask, fields: dict[str, object], words: tuple[str, ...]) -> None:
    notes = [str(note) for note in ask(LUNG, **fields).notes]
    assert any(all(word in note for word in words) for note in notes), notes


def test_warnings_do_not_flood_the_table(ask: Ask) -> None:
    """Each criterion is told once in a row, however many cautions it has."""
    many = [caution("medication", name, "caution")._replace(id=name) for name in ("warfarin", "omeprazole", "antacid")]
    found = ask(LUNG, *many, medications=["warfarin", "omeprazole", "antacid"])
    assert as_table.render(found, width=200).count("interaction with") <= sum(
        any(each.criterion == "co-medication" for each in row.option.findings) for row in found.recommendations
    )


def test_an_open_contraindication_is_to_be_ruled_out_and_does_not_change_the_rank(ask: Ask) -> None:
    plain = ask(LUNG)
    found = ask(LUNG, caution("condition", "heart failure", "contraindicated"))
    mine = next(each.option for each in found.recommendations if each.option.regimen == ("gefitinib",))
    assert "rule out" in mine.flags
    assert [each.option.regimen for each in found.recommendations] == [
        each.option.regimen for each in plain.recommendations
    ]
    assert "rule out: heart failure" in " ".join(as_table.render(found, width=250).split())


@pytest.mark.parametrize("more", [{}, {"age": 12}, {"stage": "early"}, {"prior_therapies": "unknown"}])
def test_an_option_is_recoverable_when_all_of_its_failed_findings_are(ask: Ask, more: dict[str, object]) -> None:
    warned = caution("medication", "proton pump inhibitor", "contraindicated")
    found = ask(LUNG, warned, medications=["omeprazole"], **more)
    assert {option.recoverable for option in found.not_recommended} == {True, False}
    for option in found.not_recommended:
        failed = [each.recoverable for each in option.findings if each.verdict == "fail"]
        if failed:
            assert option.recoverable == all(failed)
