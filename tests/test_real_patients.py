"""Public patients end to end: the 58 of I-PREDICT and the Almanac's example (docs/real-patients.md)."""

from functools import cache
from pathlib import Path

import pytest

from benchmarks import ipredict, moalmanac_example
from benchmarks.ipredict import Feature, Given, Result, StudyPatient, Verdict
from matcher.recommend import Answer
from tests.shared import knowledge

CASES = Path(__file__).parents[2] / "shared/data/cases"
STUDY, EXAMPLE = CASES / "ipredict_dev", CASES / "moalmanac_example"

needs_study = pytest.mark.skipif(not STUDY.is_dir(), reason="the patients of I-PREDICT are not here")
needs_example = pytest.mark.skipif(not EXAMPLE.is_dir(), reason="the Almanac's example is not here")

REASONS = {"avoid", "blocked", "class only", "no statement", "other tumor type", "undetermined", "unnamed"}


@cache
def results() -> tuple[Result, ...]:
    return ipredict.run_all(STUDY, knowledge())


def verdicts() -> list[tuple[Result, Verdict]]:
    return [(result, each) for result in results() for each in result.verdicts]


@needs_study
def test_every_patient_of_the_study_runs_and_every_therapy_is_looked_for() -> None:
    assert len(results()) == 58
    assert len(verdicts()) == 79  # rows with a 1, as awk counts them


@needs_study
def test_every_row_of_features_is_understood_or_noted() -> None:
    rows = [row for result in results() for row in result.rows]
    assert len(rows) == 340
    unread = [row for row in rows if not row.understood]
    assert all(row.notes for row in unread)
    assert sorted((row.feature.gene, row.feature.change) for row in unread) == [
        ("PIK3CA", "Unknown"), ("SPEN", "Insertion"), ("WT1", "Intron"),
    ]  # fmt: skip


@needs_study
def test_the_share_of_matched_therapies_that_are_listed_does_not_fall() -> None:
    listed = [each for _, each in verdicts() if each.is_listed]
    sources = knowledge().release
    full = all(source in sources for source in ("civic", "moalmanac", "cgi", "hotspots"))
    assert len(listed) >= (42 if full else 29)


@needs_study
def test_each_therapy_that_is_not_listed_has_its_reason() -> None:
    for result, each in verdicts():
        if not each.is_listed:
            kind, why = ipredict.why_missed(result, each, knowledge())
            assert kind in REASONS
            assert why


@needs_study
def test_what_is_listed_names_the_drug_and_rests_on_what_was_found() -> None:
    for result, each in verdicts():
        if each.is_listed:
            name, classes = ipredict.names_of(each.given, knowledge())
            assert each.given.is_class or {name, *classes}.intersection(each.regimen)
            options = (option for one in result.answer.recommendations for option in (one.option, *one.also))
            assert any(option.regimen == each.regimen and option.tier == each.tier for option in options)


def made(tmp_path: Path, tumor: str, features: tuple[Feature, ...], *therapies: str) -> Result:
    given = tuple(Given("P", therapy, "") for therapy in therapies)
    patient = StudyPatient("P", "", tumor, "60", "female", features, given)
    return ipredict.run(patient, tmp_path, knowledge(), ipredict.rules(), ipredict.TODAY)


V600E = Feature(2, "BRAF", "Somatic Variant", "Missense", "p.V600E", True)
APC = Feature(3, "APC", "Somatic Variant", "Nonsense", "p.R876*", False)
UNREAD = Feature(4, "WT1", "Somatic Variant", "Intron", "", False)
PDL1 = Feature(5, "PD-L1 +", "IHC", "", "", True)


def test_a_therapy_is_found_where_the_answer_has_it(tmp_path: Path) -> None:
    drugs = ("encorafenib", "dabrafenib", "sulindac", "BRAF inhibitor in clinical development")
    found = made(tmp_path, "COADREAD", (V600E, APC, UNREAD), *drugs)
    encorafenib, dabrafenib, sulindac, some = found.verdicts
    assert (encorafenib.tier, encorafenib.how, encorafenib.reason) == ("on-label", "part", "targeted")
    assert "cetuximab" in encorafenib.regimen
    assert dabrafenib.how != "own"  # its label excludes colorectal cancer
    assert (sulindac.how, ipredict.why_missed(found, sulindac, knowledge())[0]) == ("absent", "no statement")
    assert (some.tier, some.how) == ("on-label", "class")


def test_each_feature_is_told_from_its_own_row(tmp_path: Path) -> None:
    rows = {row.feature.row: row for row in made(tmp_path, "LUAD", (PDL1, V600E, APC, UNREAD)).rows}
    assert [rows[number].understood for number in (2, 3, 4, 5)] == [
        ("BRAF p.V600E",), ("APC p.R876*",), (), ("PD-L1 IHC: positive",),
    ]  # fmt: skip
    assert [bool(rows[number].notes) for number in (2, 3, 4)] == [False, False, True]


@pytest.mark.parametrize(
    ("change", "text", "expected"),
    [
        ("Promoter", "124C>T", "c.-124C>T"),
        ("Splice Site", "p.692-1G>A", "c.692-1G>A"),
        ("Nonsense", "", "nonsense"),
        ("Missense", "p.G12V", "p.G12V"),
    ],
)
def test_signs_that_the_study_dropped_are_put_back(change: str, text: str, expected: str) -> None:
    assert ipredict.entry(Feature(2, "TERT", "Somatic Variant", change, text, False))["alteration"] == expected


def test_the_interval_is_wilsons() -> None:
    assert [round(bound, 3) for bound in ipredict.wilson(8, 10)] == [0.49, 0.943]


@cache
def example() -> Answer:
    return moalmanac_example.run(EXAMPLE, knowledge())


@needs_example
def test_the_almanacs_therapies_for_what_is_certain_are_listed() -> None:
    events = {event.label: event for event in moalmanac_example.events(EXAMPLE)}
    assert len(events) == 21
    said = {label: moalmanac_example.here(event, example(), knowledge()) for label, event in events.items()}
    assert said["Somatic Variant BRAF p.V600E"] == "on-label"
    assert said["Copy Number CDK4 Amplification"] == "off-label"
    assert said["Microsatellite Stability MSI-High"] == "off-label"
    # The Almanac names abiraterone with niraparib, which does not transfer to a melanoma; niraparib alone does.
    assert said["Germline Variant BRCA2 p.S1982fs"] == "not listed"
    alone = [each.option.tier for each in example().recommendations if each.option.regimen == ("niraparib",)]
    assert alone == ["off-label"]


@needs_example
@pytest.mark.parametrize("gene", ["CDKN2A", "TP53", "FGFR2", "COL1A1", "MSH2", "STAG2", "ZRSR2", "NTRK2", "PDGFRB"])
def test_what_is_not_certain_recommends_nothing(gene: str) -> None:
    events = [event for event in moalmanac_example.events(EXAMPLE) if event.feature == gene]
    assert events
    assert not any(moalmanac_example.regimens(example(), event) for event in events)


@needs_example
def test_a_variant_of_the_normal_sample_is_of_the_germline() -> None:
    germline = [one for one in example().matched.patient.alterations if one.sample == "normal"]
    assert {getattr(one, "origin", None) for one in germline} == {"germline"}
    assert example().matched.board.status("GBRCA2:DEL").status.value == "present"
