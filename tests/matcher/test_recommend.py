"""What holds of every answer, whatever the patient."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    MarkerValue,
    Origin,
    Place,
    SmallVariant,
)
from kb.dates import span
from kb.indication import Indication
from kb.nomenclature import alteration_text
from matcher.assay import BUILT_IN, Coverage
from matcher.biomarker_status import Status, StatusBoard
from matcher.case import Matched, Request, match
from matcher.explain import Step, explanation
from matcher.facts import Query, case_of
from matcher.patient import Patient, PriorTherapy, Sample
from matcher.recommend import Answer, answer, rank_key
from matcher.report import as_json
from matcher.report.as_json import told_of
from rules.engine import default_engine_name, engine
from tests.shared import knowledge, library

PLACE = Place("p.tsv", 2)
EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENTS = sorted(path for path in EXAMPLES.glob("*/*.yaml") if "tumor_type:" in path.read_text(encoding="utf-8"))
CHANGES = (
    ("EGFR", "L858R"), ("EGFR", "T790M"), ("EGFR", "ex19del"), ("EGFR", "p.D770_N771insSVD"), ("KRAS", "G12C"),
    ("KRAS", "G12D"), ("BRAF", "V600E"), ("PIK3CA", "H1047R"), ("PIK3CA", "K111E"), ("BRCA1", "p.E23Vfs*17"),
    ("BRCA2", "N1132S"), ("TP53", "R175H"), ("ERBB2", "L755S"), ("MET", "exon 14 skipping"), ("ESR1", "D538G"),
    ("IDH1", "R132C"), ("NRAS", "Q61K"), ("KIT", "V560del"),
)  # fmt: skip
TUMORS = ("LUAD", "BRCA", "COADREAD", "PRAD", "HGSOC", "UCEC", "PAAD", "GIST", "LUNG", "CHOL", "STAD", "AML")
MARKERS = (
    ("HER2 IHC", "3+"), ("HER2 IHC", "1+"), ("MSI", "MSI-H"), ("MSI", "MSS"), ("MMR", "pMMR"), ("TMB", "14"),
    ("PD-L1 CPS", "20"), ("AR-V7", "detected"), ("ER", "90 %"),
)  # fmt: skip
STAGES = (None, "metastatic", "recurrent", "mCRPC", "III")
DRUGS = ("trastuzumab", "docetaxel", "gefitinib", "carboplatin", "abiraterone", "fulvestrant", "capecitabine")


def alterations() -> st.SearchStrategy[Alteration]:
    small = st.sampled_from(CHANGES).map(lambda each: alteration_text.parse(each[1], each[0], PLACE))
    copies = st.sampled_from(("ERBB2", "MET", "EGFR", "CCNE1")).map(
        lambda gene: CopyNumberChange(gene, CopyNumberState.AMPLIFICATION, PLACE)
    )
    fusions = st.sampled_from((("EML4", "ALK"), ("CCDC6", "RET"), ("FGFR2", "BICC1"))).map(
        lambda pair: Fusion(*pair, PLACE)
    )
    values = st.sampled_from(MARKERS).map(lambda each: MarkerValue(*each, PLACE))
    return st.one_of(small, copies, fusions, values)


def therapies() -> st.SearchStrategy[tuple[PriorTherapy, ...] | None]:
    one = st.builds(
        PriorTherapy,
        st.lists(st.sampled_from(DRUGS), min_size=1, max_size=2, unique=True).map(tuple),
        st.just(PLACE),
        best_response=st.sampled_from((None, "PR", "SD", "PD")),
        stopped_for=st.sampled_from((None, "progression", "completed")),
    )
    return st.none() | st.lists(one, max_size=3).map(tuple)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    patient = Patient(
        "P",
        stage=draw(st.sampled_from(STAGES)),
        age=draw(st.sampled_from((None, 15, 60))),
        prior_therapies=draw(therapies()),
        samples=(
            Sample(
                "s",
                kind=draw(st.sampled_from(("tissue", "ctDNA"))),
                assay=draw(st.sampled_from((None, "WES", "WGS"))),
                reported=frozenset({"small variant", "copy number", "fusion"}),
            ),
        ),
        alterations=tuple(draw(st.lists(alterations(), max_size=4))),
    )
    tumor = knowledge().tumor_type(draw(st.sampled_from(TUMORS)))
    query = Query(
        tumor,
        draw(st.sampled_from(("CN", "US", "EU"))),
        draw(st.sampled_from(("2019-06-01", "2023-01-15", "2026-11-20"))),
    )
    return answer(derived(patient, query))


def derived(patient: Patient, query: Query, evaluator: str = "sql") -> Matched:
    board = StatusBoard(patient.alterations, Coverage(patient.samples, BUILT_IN), knowledge())
    case = case_of(patient, query, board, knowledge())
    return Matched(
        patient, query, board, case, engine(evaluator).run(library(), case.facts), library(), knowledge(), ()
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers())
def test_every_answer_is_sound(found: Answer) -> None:
    query = found.matched.query
    regimens = [each.option.regimen for each in found.recommendations]
    assert len(regimens) == len(set(regimens))
    assert [each.rank for each in found.recommendations] == list(range(1, len(regimens) + 1))
    for each in found.recommendations:
        for option in (each.option, *each.also):
            verdicts = {finding.criterion: finding.verdict for finding in option.findings if finding.verdict == "fail"}
            assert verdicts == {}
            record = option.item.record
            assert not isinstance(record, Indication) or record.status.value != "filed"
            if option.tier == "on-label":
                assert isinstance(record, Indication)
                assert record.jurisdiction == query.jurisdiction
                assert record.approved_on is None or span(record.approved_on).latest <= query.as_of
                assert option.levels["amp"] is not None or option.item.status is None
                assert option.item.relation in {"exact", "covered", "agnostic"}
                assert option.item.status is None or option.item.status.status.value == "present"
            if option.basis != "trial":
                assert option.item.status is None or option.item.status.status.value == "present"
    for option in found.not_recommended:
        assert option.blocking, option
    every = {option.id for each in found.recommendations for option in (each.option, *each.also)}
    assert every.isdisjoint(option.id for option in found.not_recommended)
    assert conflicts_are_sound(found)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(answers(), st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_facts_or_alterations(found: Answer, chance: random.Random) -> None:
    matched = found.matched
    facts, alterations = list(matched.case.facts), list(matched.patient.alterations)
    chance.shuffle(facts)
    chance.shuffle(alterations)
    again = answer(replace(matched, derivations=engine("sql").run(library(), facts)))
    assert ranking(again) == ranking(found)
    turned = answer(derived(replace(matched.patient, alterations=tuple(alterations)), matched.query))
    assert ranking(turned) == ranking(found)
    assert [(each.id, each.status) for each in turned.biomarkers] == [
        (each.id, each.status) for each in found.biomarkers
    ]


def conflicts_are_sound(found: Answer) -> bool:
    """No regimen is recommended and to be avoided at once, and no evidence against an option is lost."""
    derivations = found.matched.derivations
    cores = {str(each.get("regimen")): str(each.get("core")) for each in derivations.facts("core_of")}
    avoided = {"+".join(each.regimen) for each in found.avoided}
    for each in found.recommendations:
        for option in (each.option, *each.also):
            assert option.tier == "trial" or cores["+".join(option.regimen)] not in avoided, option
            assert all(conflict.outcome == "kept with warning" for conflict in option.conflicts)
            against = {finding.about for finding in option.findings if finding.criterion in {"resistance", "partner"}}
            assert against == {conflict.against.item.id for conflict in option.conflicts}
    against = {
        (each.get("evidence"), each.get("core")) for name in ("contrary", "weaker") for each in derivations.facts(name)
    }
    reached = {(each.get("core"), each.get("of")) for each in derivations.facts("reaches")}
    speaking = {(each.get("option"), each.get("core")) for each in derivations.facts("speaks_for")}
    options = [option for each in found.recommendations for option in (each.option, *each.also)]
    assert {(o.id, each.against.item.id) for o in (*options, *found.not_recommended) for each in o.conflicts} == {
        (option, item) for option, core in speaking for item, of in against if core == of or (core, of) in reached
    }
    return True


def ranking(found: Answer) -> list[object]:
    recommended = [(each.rank, each.option.id, [other.id for other in each.also]) for each in found.recommendations]
    return [
        recommended,
        [(each.regimen, each.because) for each in found.avoided],
        [o.id for o in found.not_recommended],
    ]


def test_the_rank_is_total() -> None:
    """No two options of any patient share a sort key, so nothing is left to the order of input."""
    for path in PATIENTS:
        found = answer(match(Request(path, "2026-11-20"), knowledge(), library(), "sql"))
        options = [option for each in found.recommendations for option in (each.option, *each.also)]
        keys = [rank_key(option) for option in options]
        assert len(set(keys)) == len(keys)
        leading = [rank_key(each.option) for each in found.recommendations]
        assert leading == sorted(leading)


def ends(step: Step) -> list[Step]:
    return [step] if not step.parts else [end for part in step.parts for end in ends(part)]


def steps(step: Step) -> list[Step]:
    return [step, *(each for part in step.parts for each in steps(part))]


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_every_recommendation_has_a_proof_that_ends_in_sources_or_files(path: Path) -> None:
    found = answer(match(Request(path, "2026-11-20"), knowledge(), library(), "sql"))
    assert found.recommendations
    for each in found.recommendations:
        proof = explanation(found.matched, each.option)
        leaves = ends(proof)
        shown = {source.label for leaf in leaves for source in leaf.sources}
        assert {source.label for source in each.option.item.record.sources} <= shown
        assert any(leaf.places for leaf in leaves)
        status = each.option.item.status
        observed = {str(alteration.place) for alteration in status.alterations} if status is not None else set()
        assert observed <= {place for step in steps(proof) for place in step.places}
        assert all(step.cites for step in steps(proof) if step.rule), "a rule without a citation"


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_both_evaluators_give_the_same_answer(path: Path) -> None:
    if default_engine_name() != "durable":
        pytest.skip("durable-rules cannot be imported on this Python")
    texts = [
        as_json.render(answer(match(Request(path, "2026-11-20"), knowledge(), library(), name)))
        for name in ("durable", "sql")
    ]
    assert texts[0] == texts[1]


def test_the_order_of_facts_does_not_matter() -> None:
    path = EXAMPLES / "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    matched = match(Request(path, "2026-11-20"), knowledge(), library(), "sql")
    shuffled = list(matched.case.facts)
    random.Random(7).shuffle(shuffled)
    again = replace(matched, derivations=engine("sql").run(library(), shuffled))
    assert as_json.render(answer(again)) == as_json.render(answer(matched))


def test_an_alteration_is_shown_with_what_its_file_says_of_it() -> None:
    place = Place("t.tsv", 2)
    said = SmallVariant(
        "BRCA1",
        place,
        origin=Origin.GERMLINE,
        vaf=0.48,
        zygosity="heterozygous",
        significance="pathogenic",
        significance_source="clinvar",
        haplotype="7|1",
        filtered="oxog",
    )
    assert told_of(said) == [
        *("germline", "heterozygous", "allele fraction 48%", "pathogenic by clinvar", "phase 7|1", "filtered: oxog")
    ]
    assert told_of(SmallVariant("BRCA1", place)) == []
    assert told_of(Fusion("EML4", "ALK", place)) == []


def cautions(found: Matched) -> set[tuple[str, str]]:
    """The criterion of every finding that warns or is open, with what it is about."""
    findings = (finding for option in answer(found).not_recommended for finding in option.findings)
    given = (option for row in answer(found).recommendations for option in (row.option, *row.also))
    every = (each for option in given for each in option.findings)
    return {(each.criterion, each.about) for each in (*findings, *every) if each.verdict in {"warn", "undetermined"}}


@pytest.mark.parametrize(
    ("tumor", "gene", "change", "caution", "given"),
    [
        ("PRAD", "CDK12", "p.E928Gfs*27", ("resistance", "CUR038"), True),
        ("PRAD", "ATM", "p.R1875*", ("resistance", "CUR039"), True),
        ("PRAD", "BRCA2", "p.S1982Rfs*22", ("resistance", "CUR039"), False),
        ("BRCA", "ESR1", "p.D538G", ("resistance", "CUR048"), True),
        ("LUAD", "EGFR", "p.D770_N771insSVD", ("mutation-class", "EGFR exon 20 insertion"), True),
        ("LUAD", "EGFR", "p.L858R", ("mutation-class", "EGFR exon 20 insertion"), False),
    ],
)
def test_what_evidence_says_of_a_class_is_a_caution(
    tumor: str, gene: str, change: str, caution: tuple[str, str], given: bool
) -> None:
    variant = alteration_text.parse(change, gene, PLACE)
    query = Query(knowledge().tumor_type(tumor), "US", "2026-11-20")
    found = derived(Patient("P", alterations=(variant,), place=PLACE), query)
    assert (caution in cautions(found)) is given


@pytest.mark.parametrize(("name", "value"), [("BRAF V600E", "detected"), ("BRAF:V600E", "positive")])
def test_a_biomarker_that_a_report_names_is_reached(name: str, value: str) -> None:
    query = Query(knowledge().tumor_type("MEL"), "US", "2026-11-20")
    found = derived(Patient("P", alterations=(MarkerValue(name, value, PLACE),), place=PLACE), query)
    assert any(status.id == "BRAF:V600E" and status.status is Status.PRESENT for status in found.board.known)
    assert any(item.status is not None and "BRAF:V600E" in item.status.id for item in found.case.items.values())
