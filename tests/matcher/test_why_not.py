"""Why not: the same answer as the whole graph gives, and no change that does not do what is said of it."""

from __future__ import annotations

import gc
import json
import random
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import terms as t
from kb.indication import Indication
from kb.tumor_types import UnknownTumorType
from matcher import flips
from matcher.biomarker_status import Status
from matcher.case import Matched, Request, match, match_patient, prepared, read_patient
from matcher.edits import Edit, edited
from matcher.facts import case_of
from matcher.flips import CONCLUSIONS, Bench, Changes, Flip, State, adds_alteration
from matcher.notes import UnusableInput
from matcher.observations import results
from matcher.phrases import phrases
from matcher.ranking import ranking
from matcher.recommend import RANKED_BY, answer, decided_by, ranked_of
from matcher.report.document import Section
from matcher.report.forms import render
from matcher.report.why_not import ROWS, why_not_document, why_not_structure
from matcher.scope import best_tier, narrowed, scope_of
from matcher.target import target_of
from matcher.tier_rules import Form
from matcher.why_not import WhyNot, ask_why_not, why_not
from rules.engine import default_engine_name, engine
from rules.facts import Derivations, Fact
from rules.language import Rule, parse_atom, parse_condition
from rules.prune import resting
from tests.matcher.changed import changed, gained, is_as_good
from tests.shared import knowledge, library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.indication import Regimen

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = "2026-11-20"
PROSTATE = "mcrpc-wes/ar-v7-positive.yaml"
PATIENTS = {
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml": (None, None),
    "her2-breast-precise/cautions-and-wishes.yaml": (None, None),
    "mcrpc-wes/ar-v7-positive.yaml": (None, None),
    "timeline/colorectal-under-antibody.yaml": (None, None),
    "recurrent-gynecological-mtb/brca1-ovarian.yaml": (None, None),
    "recurrent-gynecological-mtb/msi-high-endometrial.yaml": (None, None),
    "refractory-solid-registry/unknown-significance.yaml": (None, None),
    "refractory-solid-registry/fusion-thyroid.yaml": (None, None),
    "mtb-ngs-real-world/braf-colorectal.tsv": ("COAD", "US"),
    "mtb-ngs-real-world/egfr-lung.ann.vcf": ("LUAD", "CN"),
    "mtb-ngs-real-world/kras-g12c-pancreas.vcf": ("PAAD", "EU"),
}
"""Example patients, with the tumor type and jurisdiction where their file gives none."""

EDITS = (
    Edit("set", "jurisdiction", "US"),
    Edit("set", "jurisdiction", "CN"),
    Edit("set", "as_of", "2015-06-01"),
    Edit("set", "tumor_type", "SOLID"),
    Edit("set", "tumor_type", "LUAD"),
    Edit("set", "stage", "adjuvant"),
    Edit("set", "prior_therapies", "none"),
    Edit("add", "prior_therapies", "{regimen: [osimertinib], stopped_for: progression}"),
    Edit("add", "alterations", "BRAF V600E"),
    Edit("add", "alterations", "EGFR T790M"),
    Edit("add", "alterations", "KRAS G12D"),
    Edit("set", "biomarkers.MSI", "MSI-H"),
    Edit("set", "ecog", "3"),
    Edit("set", "age", "8"),
)
"""Changes that move what is in reach, what fails and what conflicts."""


@cache
def patient(name: str) -> Matched:
    tumor, place = PATIENTS[name]
    request = Request(EXAMPLES / name, TODAY, tumor, place)
    return match(request, knowledge(), library(), "sql")


@cache
def therapies() -> tuple[str, ...]:
    """The id of every drug, class and scheme of the graph."""
    kinds = (t.DRUG, t.DRUG_CLASS, t.SCHEME)
    return tuple(sorted({t.item_id(iri) for kind in kinds for iri in knowledge()._all(kind)}))


@cache
def asked(name: str, wanted: str) -> WhyNot:
    return why_not(patient(name), wanted)


# --- what is left out does not count ----------------------------------------------------------------------------------


def told(derivations: Derivations, options: set[str]) -> set[Fact]:
    """What was concluded of these options."""
    every = (
        fact for predicate in ("option", "finding", "recommendation", "flag") for fact in derivations.facts(predicate)
    )
    return {fact for fact in every if (fact.get("option") or fact.get("id")) in options}


def compare(matched: Matched, wanted: str) -> int:
    """The number of options of a therapy, of which a restricted case must find what the whole case finds.

    So must a case that is restricted to one of its regimens, or to some.
    """
    regimens = target_of(wanted, matched.knowledge).regimens
    scope = scope_of(regimens, matched.knowledge)
    held = sorted(regimens.intersection(item.regimen for item in matched.case.items.values()))
    for some in {regimens, *(frozenset((each,)) for each in held[:2]), frozenset(held[::2])}:
        part = narrowed(scope, some, matched.knowledge)
        case = case_of(matched.patient, matched.query, matched.board, matched.knowledge, part)
        narrow = engine("sql").run(resting(matched.rules, CONCLUSIONS), case.facts)
        whole = {name for name, item in matched.case.items.items() if item.regimen in some}
        assert {name for name, item in case.items.items() if item.regimen in some} == whole, wanted
        assert told(narrow, whole) == told(matched.derivations, whole), wanted
        assert avoided(narrow, some) == avoided(matched.derivations, some), wanted
    return sum(item.regimen in regimens for item in matched.case.items.values())


def avoided(derivations: Derivations, regimens: frozenset[tuple[str, ...]]) -> set[Fact]:
    """The regimens among these that are concluded to be avoided, or to be contraindicated."""
    names = {"+".join(regimen) for regimen in regimens}
    every = (fact for predicate in ("avoid", "contraindicated") for fact in derivations.facts(predicate))
    return {fact for fact in every if fact.get("regimen") in names}


@pytest.mark.parametrize("name", PATIENTS)
def test_a_restricted_case_finds_what_the_whole_case_finds(name: str) -> None:
    chosen = random.Random(name).sample(therapies(), 25)
    assert sum(compare(patient(name), wanted) for wanted in chosen) > 0


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(PATIENTS)), st.sets(st.sampled_from(EDITS), min_size=1, max_size=3), st.randoms())
def test_also_after_edits(name: str, edits: set[Edit], chance: random.Random) -> None:
    source = patient(name).source
    assert source is not None
    try:
        request, read = edited(source.request, source.read, sorted(edits), knowledge())
        matched = match_patient(request, read, knowledge(), library(), engine("sql").run)
    except (UnusableInput, UnknownTumorType):
        return
    for wanted in chance.sample(therapies(), 8):
        compare(matched, wanted)


# --- changes ----------------------------------------------------------------------------------------------------------

MANY = (
    *("osimertinib", "cetuximab", "pembrolizumab", "olaparib", "trastuzumab deruxtecan", "dabrafenib", "alpelisib"),
    *("everolimus", "lutetium (177lu) vipivotide tetraxetan", "larotrectinib", "parp inhibitor", "bevacizumab"),
    *("sotorasib", "selpercatinib", "enzalutamide", "lapatinib"),
)


@pytest.mark.parametrize("name", PATIENTS)
def test_every_change_that_is_named_is_enough_and_no_less_is(name: str) -> None:
    """By a match of the whole patient against the whole graph: without any one edit nothing gains as much."""
    for wanted in random.Random(name).sample(MANY, 4):
        found = asked(name, wanted)
        assert found.changes is not None
        for flip in found.changes.flips:
            assert gained(found, flip.edits, "sql")[flip.option] == flip.tier, (wanted, flip)
            for left_out in flip.edits:
                fewer = tuple(edit for edit in flip.edits if edit is not left_out)
                assert not is_as_good(gained(found, fewer, "sql"), flip.tier), (wanted, flip, left_out)


@pytest.mark.skipif(default_engine_name() == "sql", reason="durable-rules is not on this Python")
@pytest.mark.parametrize("name", sorted(PATIENTS)[:4])
def test_the_other_evaluator_agrees_on_changes(name: str) -> None:
    found = asked(name, "pembrolizumab")
    assert found.changes is not None
    for flip in found.changes.flips:
        assert gained(found, flip.edits, "durable") == gained(found, flip.edits, "sql")


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_the_regimens_that_are_left_out_after_edits_could_not_gain(name: str) -> None:
    """What a state of those that can gain says is what the whole patient says, matched against the whole graph.

    Parts of the edits are tried first, as a search does: what they gained nothing for is left out of later states.
    """
    chance = random.Random(name)
    results = [edit for edit in EDITS if edit.key.partition(".")[0] in {"alterations", "biomarkers"}]
    for wanted in chance.sample(MANY, 2):
        found = asked(name, wanted)
        bench = Bench(found.matched, scope_of(found.target.regimens, knowledge()))
        of_results, of_all = tuple(chance.sample(results, 2)), tuple(chance.sample(EDITS, 2))
        for edits in (*((each,) for each in of_results), of_results, *((each,) for each in of_all), of_all):
            state = bench.state(edits)
            if state is not None:
                best = gained(found, edits, "sql")
                assert {name: state.tiers.get(name) for name in best} == best, (wanted, edits)


def test_labels_alone_gain_the_best_tier() -> None:
    """Matched for labels alone, a changed patient gains all that is on-label; for two tiers, all of these."""
    count = 0
    for name, wanted in product(PATIENTS, ("dabrafenib", "sotorasib", "osimertinib", "pembrolizumab", "trastuzumab")):
        scope = scope_of(target_of(wanted, knowledge()).regimens, knowledge())
        benches = [Bench(patient(name), scope) for _ in range(3)]
        for edit in EDITS:
            labels, two, every = (bench.state((edit,), tier=tier) for bench, tier in zip(benches, TIERS, strict=True))
            assert (labels is None) == (two is None) == (every is None)
            if labels is not None and two is not None and every is not None:
                gained = on_label(every, benches[2])
                assert on_label(labels, benches[0]) == gained, (name, wanted, edit)
                count += len(gained)
                gained = better(every, benches[2], TIERS[:2])
                assert better(two, benches[1], TIERS[:2]) == gained, (name, wanted, edit)
                count += len(gained)
    assert count > 40


def test_only_a_form_that_asks_for_it_limits_a_statement_to_the_genome() -> None:
    """HER2 by immunohistochemistry carries a label of the tumor type, and none of another one."""
    query = patient("mcrpc-wes/ar-v7-positive.yaml").query
    scope = scope_of(target_of("trastuzumab", knowledge()).regimens, knowledge())
    for_the_genome = Form("indication", (("selects", True),), None, frozenset({"other"}), True)
    other = for_the_genome._replace(genomic=False)

    def asked(*forms: Form) -> set[bool]:
        return {each.genomic for each in scope.selecting(query, forms, knowledge()).regimens if "HER2:POS" in each[0]}

    assert asked(for_the_genome) == {True}
    assert asked(other) == {False}
    assert asked(for_the_genome, other) == asked(other, for_the_genome) == {False}
    assert asked(for_the_genome._replace(relations=frozenset({"exact"}))) == set()
    assert asked(for_the_genome._replace(fields=(("status", "filed"),))) == set()
    assert asked(for_the_genome._replace(predicate="trial"), for_the_genome._replace(place=True)) == {True}


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_no_statement_is_recommended_in_a_better_tier_than_its_best(name: str) -> None:
    """Nor is any asked what it lacks whose regimen has as good a tier already: no change of it would gain anything."""
    matched = patient(name)
    for fact in matched.derivations.concluded("recommendation"):
        item = matched.case.items[str(fact.get("option"))]
        assert TIERS.index(str(fact.get("tier"))) >= best_tier(item.record, library()), item.id
    for wanted in random.Random(name).sample(MANY, 4):
        found = asked(name, wanted)
        bench = Bench(found.matched, scope_of(found.target.regimens, knowledge()))
        places = ((bench.own.case.items[name].regimen, TIERS.index(tier)) for name, tier in bench.own.tiers.items())
        now = dict(sorted(places, key=lambda each: -each[1]))
        for attempt in found.changes.attempts if found.changes is not None else ():
            item = attempt.matched.case.items[attempt.option]
            assert best_tier(item.record, library()) < now.get(item.regimen, len(TIERS)), (wanted, item.id)


def test_the_best_tier_of_each_kind_of_statement() -> None:
    every = [miss.item.record for miss in asked("mcrpc-wes/ar-v7-positive.yaml", "systemic therapy").misses]
    found = {(type(record).__name__, best_tier(record, library())) for record in every}
    assert found == {("Indication", 0), ("Evidence", 1), ("Trial", 2)}
    anything = Rule("of-a-site", (parse_condition("option(id: Option)"),), FOR_ANY)
    rules = replace(library(), rules=(*library().rules, anything))
    assert {best_tier(record, rules) for record in every} == {0}


FOR_ANY = parse_atom("recommendation(option: Option, tier: 'on-label')")
TIERS = ("on-label", "off-label", "trial")


def on_label(state: State, bench: Bench) -> set[str]:
    """The options that are on-label for a regimen that was not."""
    return better(state, bench, TIERS[:1])


def better(state: State, bench: Bench, tiers: Sequence[str]) -> set[str]:
    """The options in one of these tiers whose regimen was in none as good."""
    items = bench.own.case.items
    before: dict[Regimen, int] = {}
    for name, tier in bench.own.tiers.items():
        regimen, place = items[name].regimen, TIERS.index(tier)
        before[regimen] = min(before.get(regimen, place), place)
    found = ((name, state.case.items[name].regimen, tier) for name, tier in state.tiers.items() if tier in tiers)
    return {name for name, regimen, tier in found if TIERS.index(tier) < before.get(regimen, len(TIERS))}


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_questions_about_one_patient_do_not_change_each_others_answers(name: str) -> None:
    """What an earlier question worked out of edits is taken over."""
    wanted = random.Random(name).sample(MANY, 4)
    matched = patient(name)
    alone = [why_not(replace(matched), each) for each in wanted]
    one = replace(matched)
    for asked_for, other in zip((*wanted, *wanted), (*alone, *alone), strict=True):
        found = why_not(one, asked_for)
        assert why_not_structure(found) == why_not_structure(other)
        assert found.changes is not None
        assert other.changes is not None
        assert found.changes.tried == other.changes.tried


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_the_question_alone_has_the_answer_of_the_whole_patient(name: str, lang: str) -> None:
    """Whoever is matched as a whole before is told the same, of what is recommended too."""
    source = patient(name).source
    assert source is not None
    every = (each.option for each in answer(patient(name)).recommendations)
    recommended = [option.regimen for option in every if option.tier != "trial"][:1]
    for wanted in ("olaparib", *("+".join(regimen) for regimen in recommended)):
        alone = ask_why_not(source.request, wanted, knowledge(), library())
        assert why_not_structure(alone, lang) == why_not_structure(asked(name, wanted), lang)
        assert why_not_document(alone, lang) == why_not_document(asked(name, wanted), lang)


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_ranks_alone_are_those_of_the_whole_answer(name: str) -> None:
    matched = patient(name)
    part = resting(library(), RANKED_BY)
    assert len(part.rules) < len(library().rules)
    ranks = ranked_of(replace(matched, derivations=engine("sql").run(part, matched.case.facts)))
    whole = answer(matched).recommendations
    assert whole
    for one, other in zip(ranks, whole, strict=True):
        assert (one.rank, one.option.id, one.access, one.evidence) == (
            other.rank,
            other.option.id,
            other.access,
            other.evidence,
        )
        for mine, full in zip((one.option, *one.also), (other.option, *other.also), strict=True):
            assert (mine.id, mine.tier, mine.findings, mine.flags, mine.lowered) == (
                full.id,
                full.tier,
                full.findings,
                full.flags,
                full.lowered,
            )
            assert all(mine.levels[by] == full.levels[by] for by in ("amp", "civic"))
            assert decided_by(mine, full) == "name"


def test_some_changes_are_named_for_these_patients() -> None:
    flips = [flip for name in PATIENTS for flip in changes_of(name, "pembrolizumab")]
    assert len(flips) > len(PATIENTS)
    assert {flip.tier for flip in flips} >= {"on-label", "off-label"}


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_what_waits_for_other_regimens_is_not_lost(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing ends the search before everything was tried, its order decides nothing."""
    for bound in ("WORK", "LESS", "NEAREST", "FLIPS"):
        monkeypatch.setattr(flips, bound, 10**6)
    for wanted in random.Random(name).sample(MANY, 2):
        in_turn = searched(name, wanted)
        with monkeypatch.context() as patched:
            patched.setattr(flips, "_is_of_regimen", lambda *_: False)
            as_they_come = searched(name, wanted)
        assert {flip[1:3] for flip in in_turn.flips} == {flip[1:3] for flip in as_they_come.flips}


def test_a_regimen_that_no_change_mends_waits_for_those_that_may_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its further items, which are as near, use up the search: combinations that do not transfer."""
    name, wanted = "timeline/colorectal-under-antibody.yaml", "egfr inhibitor"
    assert searched(name, wanted).flips
    monkeypatch.setattr(flips, "_is_of_regimen", lambda *_: False)
    assert not searched(name, wanted).flips


@pytest.mark.parametrize(("tier", "is_tried"), [("on-label", False), ("off-label", True)])
def test_no_set_is_tried_that_is_much_wider_than_one_that_gives_a_label(tier: str, is_tried: bool) -> None:
    matched = patient(PROSTATE)
    bench = Bench(matched, scope_of(target_of("olaparib", knowledge()).regimens, knowledge()))
    search = flips._Search(bench)
    item = next(iter(bench.own.case.items.values()))
    search.flips.append(Flip((Edit("set", "jurisdiction", "EU"),), tier, item.id, item.regimen, ()))
    wide = Edit("set", "ecog", "0"), Edit("set", "stage", "adjuvant"), Edit("set", "prior_therapies", "none")
    search._waiting.append((len(wide), 1, wide, item))
    search.run([], 0)
    assert (bench.tried > 0, search.found().cut) == (is_tried, not is_tried)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_what_is_taken_from_the_answer_at_hand_is_what_would_be_made(name: str, lang: str) -> None:
    at_hand = answer(patient(name), lang)
    for wanted in ("kinase inhibitor", *random.Random(name).sample(MANY, 3)):
        found = why_not(patient(name), wanted, at_hand)
        assert why_not_structure(found, lang) == why_not_structure(asked(name, wanted), lang)
        assert why_not_document(found, lang) == why_not_document(asked(name, wanted), lang)


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_misses_are_made_as_they_are_asked_for_and_in_order(name: str) -> None:
    """One by one, the labels alone, and how many: of everything that speaks for the target."""
    for wanted in ("kinase inhibitor", "trastuzumab", "parp inhibitor"):
        found = asked(name, wanted)
        every = list(found.misses)
        assert len(every) == len(found.misses) == len({miss.item.id for miss in every})
        assert found.misses.first == (every[0] if every else None)
        assert list(found.misses.indications()) == [miss for miss in every if isinstance(miss.item.record, Indication)]
        assert [option.id for option in found.considered] == [miss.item.id for miss in every if miss.considered]
        speaking = {each.item.id for each in found.never if each.says == "for"}
        assert {miss.item.id for miss in every if not miss.considered} == speaking


def test_a_set_that_is_more_than_what_is_left_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says that the search ended early."""
    assert searched(PROSTATE, "olaparib").flips
    monkeypatch.setattr(flips, "EACH", flips.WORK)
    found = searched(PROSTATE, "olaparib")
    assert (found.tried, found.flips, found.cut) == (0, (), True)


def test_a_class_of_many_statements_is_searched_less_and_never_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = searched(PROSTATE, "systemic therapy")
    monkeypatch.setattr(flips, "TOLD", 1 / 1000)
    found = searched(PROSTATE, "systemic therapy")
    assert 0 < found.tried < whole.tried
    assert found.cut
    assert found.flips


def searched(name: str, wanted: str) -> Changes:
    """What a search finds now: no answer of before is taken."""
    found = why_not(patient(name), wanted).changes
    assert found is not None
    return found


def changes_of(name: str, wanted: str) -> tuple[Flip, ...]:
    found = asked(name, wanted).changes
    assert found is not None
    return found.flips


def test_an_option_with_a_fail_never_is_what_a_change_gives() -> None:
    for name in PATIENTS:
        found = asked(name, "pembrolizumab")
        assert found.changes is not None
        for flip in found.changes.flips:
            again = changed(found, flip.edits, "sql")
            findings = [fact for fact in again.derivations.facts("finding") if fact.get("option") == flip.option]
            assert findings
            assert "fail" not in {fact.get("verdict") for fact in findings}


def test_what_is_recommended_is_not_among_what_is_not() -> None:
    for name in PATIENTS:
        found = asked(name, "pembrolizumab")
        assert all(option.tier is None for option in found.considered)
        assert all(found.obstacles(option) for option in found.considered)


def test_a_result_in_hand_is_not_asked_for_again() -> None:
    """Nothing is offered that would need an absent biomarker to be present."""
    for name in PATIENTS:
        for wanted in ("osimertinib", "olaparib", "pembrolizumab"):
            found = asked(name, wanted)
            assert found.changes is not None
            added = {edit.value for flip in found.changes.flips for edit in flip.edits if edit.key == "alterations"}
            absent = {status.label for status in found.matched.board.known if status.status is Status.ABSENT}
            assert not added & absent


def test_two_runs_say_the_same() -> None:
    name = "timeline/colorectal-under-antibody.yaml"
    assert why_not_structure(why_not(patient(name), "cetuximab")) == why_not_structure(asked(name, "cetuximab"))


# --- results of tests -------------------------------------------------------------------------------------------------

UNREACHED = {"PDL1:GE1", "HER2:ULTRALOW", "MET:OVEREXPR", "ESR1:OVEREXPR", "NONE"}
"""Biomarkers that no single report makes present: their label names no scale, or no test's word stands for them."""


def test_nearly_every_biomarker_has_a_result_that_makes_it_present(tmp_path: Path) -> None:
    file = tmp_path / "patient.yaml"
    file.write_text("id: P\ntumor_type: LUAD\njurisdiction: CN\n", encoding="utf-8")
    request = Request(file, TODAY)
    read = read_patient(request)
    board = prepared(request, read, knowledge()).board

    def holds(edits: tuple[Edit, ...], name: str) -> bool:
        try:
            after = prepared(*edited(request, read, edits, knowledge()), knowledge())
        except UnusableInput:
            return False
        return after.board.status(name).status is Status.PRESENT

    left = set()
    for iri in knowledge()._all(t.BIOMARKER):
        biomarker = knowledge().biomarker(t.item_id(iri))
        if biomarker.members is None and board.status(biomarker.id).status is not Status.PRESENT:
            found = (edits for edits in results(biomarker, board, knowledge()) if holds(edits, biomarker.id))
            left |= set() if next(found, None) else {biomarker.id}
    assert left <= UNREACHED


# --- every therapy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PATIENTS][:1] + [*PATIENTS][-2:-1])
def test_every_therapy_of_the_graph_has_an_answer(name: str) -> None:
    """Of a patient who is not from a file: no change is searched for, which is by far most of the time."""
    matched = replace(patient(name), source=None)
    ranked = answer(matched)
    for wanted in therapies():
        assert_answered(why_not(matched, wanted, ranked))


@pytest.mark.parametrize("name", [*PATIENTS][:1] + [*PATIENTS][-2:-1])
def test_an_answer_with_changes_has_every_form(name: str) -> None:
    chosen = random.Random(name).sample(therapies(), 30)
    found = [asked(name, wanted) for wanted in (*MANY[:4], *chosen)]
    assert any(each.changes and each.changes.flips for each in found)
    for each in found:
        assert_answered(each)


def assert_answered(found: WhyNot) -> None:
    document = why_not_document(found, "en")
    assert document.summary
    assert json.dumps(why_not_structure(found))
    considered = len(found.considered) + len(found.against) + sum(1 + len(row.also) for row in found.recommended)
    assert considered + len(found.never) == statements(found)


def statements(found: WhyNot) -> int:
    """Every statement of the graph about the target's regimens: none may be dropped."""
    graph, regimens = found.matched.knowledge, found.target.regimens
    named = [each.regimens for each in graph.indications_of_regimens(regimens)]
    named += [each.regimens for each in graph.trials_of_regimens(regimens)]
    named += [(each.regimen,) for each in graph.evidence_of_regimens(regimens)]
    return sum(regimen in regimens for each in named for regimen in each)


# --- what was asked for -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "label"),
    [
        ("Tagrisso", "drug", "osimertinib"),
        ("奥希替尼", "drug", "osimertinib"),
        ("trametinib + dabrafenib", "regimen", "dabrafenib + trametinib"),
        ("PARP inhibitor", "class", "parp inhibitor"),
        ("FOLFOX", "scheme", "folfox"),
    ],
)
def test_the_target_is_read(text: str, kind: str, label: str) -> None:
    target = target_of(text, knowledge())
    assert (target.kind, target.label) == (kind, label)
    assert target.regimens


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnusableInput, match="nearest known: osimertinib"):
        target_of("osimertinob", knowledge())
    with pytest.raises(UnusableInput, match="names no drug"):
        target_of("dabrafenib+", knowledge())


def test_a_regimen_has_a_part_for_each_name() -> None:
    assert target_of("dabrafenib+trametinib", knowledge()).regimens == {("dabrafenib", "trametinib")}
    classes = target_of("braf inhibitor+mek inhibitor", knowledge()).regimens
    assert {("dabrafenib", "trametinib"), ("binimetinib", "encorafenib")} <= classes


def test_a_drug_of_which_nothing_is_known_says_so() -> None:
    known = {drug for regimen in knowledge().regimens_with(therapies()) for drug in regimen}
    schemes = {name for name in therapies() if knowledge().therapies_of(knowledge().therapy(name)) != (name,)}
    bare = next(name for name in therapies() if name not in known and name not in schemes)
    found = asked("timeline/colorectal-under-antibody.yaml", bare)
    assert not found.is_known
    assert why_not_document(found).summary == (
        f"The graph holds nothing of {bare}: no indication, evidence or trial, so no biomarker of it is known.",
    )


def test_a_supportive_drug_is_told_as_one() -> None:
    found = asked("mcrpc-wes/ar-v7-positive.yaml", "prednisone")
    assert found.target.is_supportive
    assert "supportive" in why_not_document(found).summary[0]


# --- the forms --------------------------------------------------------------------------------------------------------


def lines(section: Section) -> list[str]:
    inner = [line for each in section.sections for line in lines(each)]
    return [*map(str, section.lines), *inner]


def test_the_command_of_a_change_names_the_question_again() -> None:
    found = asked("mtb-ngs-real-world/braf-colorectal.tsv", "pembrolizumab")
    commands = [line for section in why_not_document(found).sections for line in lines(section)]
    path = EXAMPLES / "mtb-ngs-real-world/braf-colorectal.tsv"
    start = f"mtb-match what-if {path} --tumor-type COAD --jurisdiction US --as-of 2026-11-20 "
    assert start + "--set biomarkers.MSI=MSI-H" in commands


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_the_document_has_every_form(form: str, lang: str) -> None:
    found = asked("timeline/colorectal-under-antibody.yaml", "cetuximab")
    text = render(why_not_document(found, lang), form)
    assert ("未推荐" if lang == "zh" else "Why not cetuximab?") in text


def test_json_says_of_every_statement_why() -> None:
    found = why_not_structure(asked("mtb-ngs-real-world/kras-g12c-pancreas.vcf", "osimertinib"))
    assert found["schema"] == "mtb-match-why-not/1"
    assert all(each["reasons"] for each in found["never_considered"])
    assert found["nearest_miss"]["in_the_way"]
    assert all(each["command"].startswith("mtb-match what-if ") for each in found["changes"]["flips"])


def test_every_mark_and_tier_has_a_phrase() -> None:
    marks = library().predicates["flag"].fields
    values = next(field.values for field in marks if field.name == "mark")
    tiers = next(field.values for field in library().predicates["recommendation"].fields if field.name == "tier")
    known = phrases("why_not")
    assert all(f"flag-{mark}" in known for mark in values)
    assert all(("trial-tier" if tier == "trial" else tier) in known for tier in tiers)


# --- what a board reads first -----------------------------------------------------------------------------------------


def table_of(found: WhyNot, key: str) -> list[tuple[str, ...]]:
    """The rows of the section whose heading begins as a phrase does."""
    start = phrases("why_not")[key]["en"].partition(" (")[0]
    for section in why_not_document(found).sections:
        if section.heading.startswith(start) and section.table is not None:
            return [tuple(map(str, row)) for row in section.table.rows]
    return []


@pytest.mark.parametrize("name", PATIENTS)
def test_what_is_closest_to_the_patient_comes_first_and_lists_are_short(name: str) -> None:
    told = 0
    for wanted in ("pembrolizumab", "olaparib", "trastuzumab", "EGFR TKI"):
        found = asked(name, wanted)
        assert len(table_of(found, "considered")) <= ROWS
        relation = {each.item.id: each.item.relation in {"other", "excluded"} for each in found.never}
        rows = table_of(found, "never")
        first = [relation[row[2].partition(",")[0]] for row in rows]
        assert first == sorted(first)
        assert len(rows) <= ROWS
        told += len(rows)
    assert told


@pytest.mark.parametrize("name", PATIENTS)
def test_what_is_ranked_before_is_decided_by_the_declared_order(name: str) -> None:
    whole = answer(patient(name))
    for each in whole.recommendations[:4]:
        if any("(" in drug for drug in each.option.regimen):
            continue
        found = why_not(patient(name), "+".join(each.option.regimen), whole)
        assert [one.recommendation.rank for one in found.ahead] == list(range(1, found.recommended[0].rank))
        known = {criterion.by for criterion in ranking().criteria} | {"name"}
        assert {one.decided_by for one in found.ahead} <= known
        assert all(f"ahead-by-{one}" in phrases("why_not") for one in known)


def test_a_further_alteration_and_a_hypothesis_come_after_other_changes_of_one_step() -> None:
    for name in PATIENTS:
        found = asked(name, "pembrolizumab")
        assert found.changes is not None
        flips = [flip for flip in found.changes.flips if len(flip.edits) == 1 and flip.edits[0].key != "jurisdiction"]
        order = [("hypothesis" in flip.flags, adds_alteration(flip.edits)) for flip in flips]
        assert order == sorted(order) or not found.matched.patient.alterations


@pytest.mark.parametrize(
    ("edits", "adds"),
    [
        (("add", "alterations", "MET amplification"), True),
        (
            ("add", "alterations", "{gene: BRCA1, alteration: mutation, origin: germline, significance: pathogenic}"),
            False,
        ),
        (("set", "biomarkers.MSI", "MSI-H"), False),
        (("set", "jurisdiction", "EU"), False),
    ],
)
def test_a_result_that_adds_an_alteration(edits: tuple[str, str, str], adds: bool) -> None:
    assert adds_alteration((Edit(*edits),)) is adds
    assert not adds_alteration((Edit("remove", "alterations.BRCA1", ""), Edit(*edits)))


def test_the_label_of_the_place_is_told_where_a_result_closes_it() -> None:
    """Trastuzumab where HER2 is 1+: its label asks for HER2 positive, and that is what the board hears."""
    found = changed_her2()
    assert found.label is not None
    assert found.label.item.relation != "other"
    told = "\n".join(map(str, why_not_document(found).summary))
    assert "Its label here" in told
    assert "HER2 IHC 1+ was reported" in told


def changed_her2() -> WhyNot:
    name = "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    request = Request(EXAMPLES / name, TODAY)
    edits = (Edit("remove", "alterations.ERBB2", ""), Edit("set", "biomarkers.HER2 IHC", "1+"))
    again, now = edited(request, read_patient(request), edits, knowledge())
    return why_not(match_patient(again, now, knowledge(), library(), engine("sql").run), "trastuzumab")


def test_a_question_leaves_nothing_to_the_garbage_collector() -> None:
    matched = patient("her2-breast-precise/her2-amplified-after-trastuzumab.yaml")
    why_not(matched, "capecitabine")  # reads what the graph was not asked for yet
    gc.freeze()  # what was there before is not looked through
    gc.disable()
    try:
        found = why_not(matched, "capecitabine")
        assert found.changes is not None
        assert found.changes.tried > 2
        del found
        assert gc.collect() < 100
    finally:
        gc.enable()
        gc.unfreeze()
