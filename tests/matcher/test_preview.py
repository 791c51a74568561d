"""A preview finds the patients whose answers change, all of them, and says why; whom it leaves aside never changes."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.curation.acts import ACCEPTED, RETRACTED, Book, book
from kb.curation.graph import Changes, changes
from kb.curation.item import Item
from kb.curation.journal import Journal, decision, submission
from kb.curation.proposed import Proposal, proposal
from kb.graph import open_knowledge_base
from kb.layered import Key, Layer, LayeredKnowledge, Stored
from kb.profile import mentions, parse
from matcher.case import Request, match_patient, read_patient
from matcher.footprints import Footprints
from matcher.notes import UnusableInput
from matcher.preview import Preview, preview
from matcher.recommend import Answer, answer
from matcher.registry import Member, registry
from matcher.report.forms import FORMS, render
from matcher.report.preview_document import preview_document
from matcher.report.preview_json import preview_structure
from matcher.timeline import APPEARED, DISAPPEARED
from rules.engine import engine
from tests.curated import CARBERRY, SECOND, evidence, names
from tests.shared import library

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = "2026-11-21"
EMPTY = book([], [])

PATIENTS = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "her2-breast-precise/erbb2-mutation-two-foci.yaml",
    "mcrpc-wes/wes-only.json",
    "recurrent-gynecological-mtb/brca1-ovarian.yaml",
    "recurrent-gynecological-mtb/msi-high-endometrial.yaml",
    "refractory-solid-registry/fusion-thyroid.yaml",
    "refractory-solid-registry/unknown-significance.yaml",
    "timeline/colorectal-emerging-kras.yaml",
    "timeline/registry-withdrawal.yaml",
    "studies/board-pilot/pilot-02.yaml",
    "studies/board-pilot/pilot-07.yaml",
)

NEW_DRUG = evidence("PIK3CA:MUT", "everolimus", "BRCA")
AGAINST = evidence("PIK3CA:MUT", "neratinib", "BRCA", "resistance")
FOR_LUNG = evidence("EGFR:L858R", "afatinib", "LUAD")


@cache
def stored() -> Stored:
    return Stored(open_knowledge_base())


def seen(decided: Proposal, folder: Path, cache_folder: Path | None = None, **options: Any) -> Preview:
    request = Request(folder, options.pop("as_of", TODAY), default_jurisdiction="CN", **options)
    return preview(open_knowledge_base(), decided, request, library(), cache=cache_folder)


def new(*items: Item) -> Proposal:
    return proposal(EMPTY, (), [(item, None) for item in items])


def whole_answer(name: str, known: LayeredKnowledge) -> Answer:
    request = Request(EXAMPLES / name, TODAY, default_jurisdiction="CN")
    return answer(match_patient(request, read_patient(request), known, library(), engine("sql").run))


def told_in(found: Answer) -> tuple[object, ...]:
    """All that an answer holds, but for what it was made from."""
    return found.biomarkers, found.recommendations, found.avoided, found.not_recommended, found.notes, found.advice


@cache
def today(name: str) -> Answer:
    return whole_answer(name, LayeredKnowledge(Layer(stored())))


def then(decided: Proposal) -> LayeredKnowledge:
    return LayeredKnowledge(Layer(stored(), changes(stored().known.store, decided.after)))


# --- what it leaves aside never changes ---------------------------------------------------------------------------


PROFILES = (
    "ERBB2:AMP", "ERBB2:MUT", "PIK3CA:MUT", "TP53:MUT", "BRCA1:MUT", "EGFR:L858R", "EGFR:T790M", "KRAS:MUT",
    "KRAS:G12D", "BRAF:V600E", "MSI-H", "NTRK1:FUSION", "RET:FUSION", "KRAS:WT", "ERBB2:AMP AND PIK3CA:MUT",
    "EGFR:L858R AND NOT KRAS:G12D", "EGFR:MUT OR ERBB2:MUT", "BRCA1:MUT AND NOT TP53:MUT",
)  # fmt: skip
REGIMENS = ("afatinib", "everolimus", "neratinib", "olaparib", "pembrolizumab", "capecitabine+pyrotinib",
            "trastuzumab", "selpercatinib", "osimertinib", "cetuximab")  # fmt: skip


@cache
def known_profiles() -> tuple[str, ...]:
    """Those of PROFILES whose biomarkers the graph has."""
    return tuple(each for each in PROFILES if set(mentions(parse(each))) <= names().biomarkers.keys())


@st.composite
def items(draw: st.DrawFn) -> Item:
    return evidence(
        draw(st.sampled_from(known_profiles())),
        draw(st.sampled_from(REGIMENS)),
        draw(st.sampled_from(("BRCA", "LUAD", "COADREAD", "SOLID", "HGSOC", "THPA", "UCEC"))),
        draw(st.sampled_from(("sensitivity", "resistance", "no sensitivity", "reduced sensitivity"))),
        draw(st.sampled_from("ABCDE")),
    )


@cache
def cited() -> tuple[str, ...]:
    """Evidence items of the graph that the answers of some patients rest on, and some on which none does."""
    found = {
        item.id
        for name in PATIENTS
        for each in today(name).recommendations[:6]
        for item in each.evidence
        if item.id.startswith("EID")
    }
    return (*sorted(found), "EID12", "EID5")


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    added = draw(st.lists(items(), max_size=2, unique_by=lambda item: item.id))
    gone = draw(st.lists(st.sampled_from(cited()), max_size=2, min_size=0 if added else 1, unique=True))
    return proposal(EMPTY, gone, [(item, None) for item in added])


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples of PATIENTS, each in its folder with the files that it reads."""
    folder = tmp_path_factory.mktemp("registry")
    for name in PATIENTS:
        source = (EXAMPLES / name).parent
        target = folder / source.relative_to(EXAMPLES)
        if not target.exists():
            shutil.copytree(source, target, ignore=_others)
    return folder


def _others(at: str, found: list[str]) -> list[str]:
    """Patient files that are none of PATIENTS, and folders; an assay that a patient names stays."""
    keep = {Path(each).name for each in PATIENTS}
    return [
        each
        for each in found
        if (Path(at) / each).is_dir()
        or (
            each.endswith((".yaml", ".json"))
            and each not in keep
            and "tumor_type" in (Path(at) / each).read_text("utf-8")
        )
    ]


def names_of(found: Preview) -> dict[str, str]:
    """What the preview says of each patient, by name."""
    told = {each.name: "moved" if each.changes_recommendation else "shifted" for each in found.changed}
    return told | dict.fromkeys(found.unchanged, "unchanged") | dict.fromkeys(found.untouched, "untouched")


@settings(max_examples=7, suppress_health_check=list(HealthCheck))
@given(decided=proposals())
def test_whom_a_preview_leaves_aside_has_the_same_answer(decided: Proposal, patients: Path) -> None:
    found = seen(decided, patients, patients.parent / "cache")
    told, known = names_of(found), then(decided)
    assert {name for name in PATIENTS if name in told} == set(PATIENTS)
    for name in PATIENTS:
        after = told_in(whole_answer(name, known))
        if told[name] in ("untouched", "unchanged"):
            assert after == told_in(today(name)), (name, [each.label for each in decided.acts])
        elif told[name] == "moved":
            assert after != told_in(today(name)), name


@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(decided=proposals())
def test_the_moves_are_those_between_the_two_answers(decided: Proposal, patients: Path) -> None:
    """Tiers and ranks of a preview, which looks at part of an answer, are those of the whole answers."""
    found, known = seen(decided, patients, patients.parent / "cache"), then(decided)
    for change in found.changed:
        both = (today(change.name), whole_answer(change.name, known))
        before, after = ({each.option.regimen: each for each in one.recommendations} for one in both)
        moved = {each.regimen: each for each in change.moves}
        for regimen in {*before, *after}:
            tiers = tuple(each[regimen].option.tier if regimen in each else None for each in (before, after))
            ranks = tuple(each[regimen].rank if regimen in each else None for each in (before, after))
            if tiers[0] != tiers[1] or ranks[0] != ranks[1]:
                assert (moved[regimen].tiers, moved[regimen].ranks) == (tiers, ranks), (change.name, regimen)
            elif regimen in moved:
                assert moved[regimen].what in ("findings", "marks"), (change.name, regimen)


@pytest.mark.parametrize("name", PATIENTS)
def test_rules_and_answer_ask_the_graph_nothing_more(name: str) -> None:
    """Footprints are taken when the facts are stated: all that an answer rests on must have been asked by then."""
    footprints = Footprints(Layer(stored()), Request(EXAMPLES, TODAY), None)
    asked: set[Key] = set()
    request = Request(EXAMPLES / name, TODAY, default_jurisdiction="CN")
    known = LayeredKnowledge(Layer(stored()), asked)
    matched = match_patient(request, read_patient(request), known, library(), engine("sql").run)
    answer(matched)
    from matcher import preview as module

    stated: set[Key] = set()
    module._stated(request, LayeredKnowledge(Layer(stored()), stated))
    assert asked <= stated
    assert footprints.of(name) is None


# --- what it tells ------------------------------------------------------------------------------------------------


def test_each_move_names_the_item_and_the_rules_behind_it(patients: Path) -> None:
    found = seen(new(AGAINST, NEW_DRUG, FOR_LUNG), patients)
    lost = [(each, move) for each in found.moved for move in each.severe if move.what == DISAPPEARED]
    gained = [(each, move) for each in found.moved for move in each.severe if move.what == APPEARED]
    assert lost
    assert gained
    for change, move in lost:
        assert move.regimen == ("neratinib",)
        assert change.causes(move) == (AGAINST.id,)
        assert change.rules_of(move)[0] == "resistance-applies"
    for change, move in gained:
        assert change.causes(move) == (NEW_DRUG.id,)
        assert "option-by-evidence" in change.rules_of(move)
    assert not {each.name for each in found.problems} & set(PATIENTS)


def test_a_retraction_names_the_evidence_that_left(patients: Path) -> None:
    """The only evidence behind an everolimus for PIK3CA, accepted before, is taken back."""
    found = seen(proposal(_accepted(NEW_DRUG), (NEW_DRUG.id,)), patients)
    gone = [(each, move) for each in found.moved for move in each.severe]
    assert gone
    assert all(move.what == DISAPPEARED for _, move in gone)
    assert {change.causes(move) for change, move in gone} == {(NEW_DRUG.id,)}
    back = seen(new(NEW_DRUG), patients)
    assert {each.name for each in back.moved} == {each.name for each in found.moved}


def _accepted(*items: Item) -> Book:
    """A book in which these items count."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "curation.sqlite")
        for item in items:
            journal.record(submission(item, CARBERRY, "options"))
            journal.record(decision(item.id, ACCEPTED, SECOND))
        return journal.book()


def test_rules_that_start_and_stop_are_told_with_their_patients(patients: Path) -> None:
    found = seen(new(AGAINST, NEW_DRUG), patients)
    turned = {each.rule: each for each in found.rules}
    speaks = turned["sensitivity-applies"]
    assert speaks.more >= 1
    assert speaks.less == 0
    assert "{Regimen}" in speaks.sentence
    assert NEW_DRUG.id in speaks.example
    assert any(each.starts for each in found.rules)
    for each in found.rules:
        assert set(each.starts) | set(each.stops) <= set(each.patients)
        assert bool(each.starts) <= bool(each.more)
        assert bool(each.stops) <= bool(each.less)
    back = seen(proposal(_accepted(AGAINST, NEW_DRUG), (AGAINST.id, NEW_DRUG.id)), patients)
    reverse = {each.rule: (each.less, each.more, each.stops, each.starts) for each in back.rules}
    assert {each.rule: (each.more, each.less, each.starts, each.stops) for each in found.rules} == reverse


def test_what_nobody_has_changes_nothing(patients: Path) -> None:
    found = seen(new(evidence("ALK:FUSION", "crizotinib", "LUAD", level="C")), patients)
    assert not found.changed
    assert not found.rules
    assert len(found.untouched) == found.patients == len(PATIENTS)
    assert preview_document(found).summary[0] == f"No answer changes, of {len(PATIENTS)} patients."


@pytest.mark.parametrize("form", [form for form in FORMS if form != "json"])
def test_every_form_tells_the_patients_the_items_and_the_rules(form: str, patients: Path) -> None:
    found = seen(new(AGAINST, NEW_DRUG), patients)
    shown = render(preview_document(found), form)
    for change in found.moved:
        assert change.patient in shown
    assert AGAINST.id in shown
    assert "resistance-applies" in shown
    assert "not recommended" in shown


def test_json_holds_all_of_it(patients: Path) -> None:
    found = seen(new(AGAINST, NEW_DRUG), patients)
    told = json.loads(json.dumps(preview_structure(found)))
    assert told["schema"] == "mtb-match-preview/1"
    assert told["counts"]["patients"] == len(PATIENTS) == found.patients
    assert {each["file"] for each in told["patients"]} == {each.name for each in found.changed}
    moves = [move for each in told["patients"] for move in each["recommendations"] if move["what"] == "disappeared"]
    assert moves
    assert all(move["items"] == [AGAINST.id] and move["because"] for move in moves)
    assert told["kb"]["digest"] == open_knowledge_base().digest


def test_two_previews_of_the_same_are_the_same(patients: Path, tmp_path: Path) -> None:
    first = seen(new(AGAINST, NEW_DRUG), patients, tmp_path)
    again = seen(new(AGAINST, NEW_DRUG), patients, tmp_path)
    assert first.fresh >= len(PATIENTS)
    assert again.fresh == 0
    assert json.dumps(preview_structure(first)) == json.dumps(preview_structure(again))


# --- footprints in the cache --------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two patients of whom one reads a variant file, with no footprint yet."""
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "a.yaml").write_text(
        "id: A\ntumor_type: BRCA\njurisdiction: CN\nsamples:\n- {id: s, variants: a.tsv, assay: panel.yaml}\n"
    )
    (folder / "a.tsv").write_text("gene\talteration\nPIK3CA\tH1047R\n")
    (folder / "panel.yaml").write_text("assay: P\ngenes: [PIK3CA, ERBB2]\nkinds: [small variant]\n")
    (folder / "b.yaml").write_text("id: B\ntumor_type: LUAD\njurisdiction: CN\nalterations: [KRAS G12D]\n")
    return folder


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.tsv", "gene\talteration\nERBB2\tV777L\n"),
        ("panel.yaml", "assay: P\ngenes: [PIK3CA]\nkinds: [small variant]\n"),
        ("a.yaml", "id: A\ntumor_type: BRCA\njurisdiction: US\nsamples:\n- {id: s, variants: a.tsv}\n"),
    ],
)
def test_a_changed_file_is_read_again(small: Path, tmp_path: Path, file: str, content: str) -> None:
    cache_folder = tmp_path / "cache"
    assert seen(new(NEW_DRUG), small, cache_folder).fresh == 2
    assert seen(new(NEW_DRUG), small, cache_folder).fresh == 0
    (small / file).write_text(content)
    again = seen(new(NEW_DRUG), small, cache_folder)
    assert again.fresh == 1
    assert preview_structure(again) == preview_structure(seen(new(NEW_DRUG), small))


def test_another_folder_with_files_of_the_same_names_has_footprints_of_its_own(small: Path, tmp_path: Path) -> None:
    """The patients of one site are not taken for those of another, who may be called alike."""
    other = tmp_path / "elsewhere"
    shutil.copytree(small, other)
    (other / "b.yaml").write_text("id: B\ntumor_type: BRCA\njurisdiction: CN\nalterations: [PIK3CA H1047R]\n")
    first = seen(new(NEW_DRUG), small, tmp_path / "cache")
    found = seen(new(NEW_DRUG), other, tmp_path / "cache")
    assert [each.patient for each in first.moved] == ["A"]
    assert [each.patient for each in found.moved] == ["A", "B"]
    assert found.fresh == 2
    assert preview_structure(found) == preview_structure(seen(new(NEW_DRUG), other))
    assert seen(new(NEW_DRUG), small, tmp_path / "cache").fresh == 0


def test_a_file_that_was_missing_and_comes_is_seen(small: Path, tmp_path: Path) -> None:
    (small / "a.tsv").rename(small / "away.tsv")
    (small / "away.tsv").rename(tmp_path / "away.tsv")
    lacking = seen(new(NEW_DRUG), small, tmp_path / "cache")
    assert [each.name for each in lacking.problems] == ["a.yaml"]
    shutil.copy(tmp_path / "away.tsv", small / "a.tsv")
    found = seen(new(NEW_DRUG), small, tmp_path / "cache")
    assert found.fresh == 1
    assert not found.problems
    assert [each.patient for each in found.moved] == ["A"]


def test_an_accepted_item_spoils_only_the_footprints_that_it_touches(small: Path, tmp_path: Path) -> None:
    assert seen(new(NEW_DRUG), small, tmp_path / "cache").fresh == 2
    accepted = _accepted(NEW_DRUG)
    found = seen(proposal(accepted, (), ((AGAINST, None),)), small, tmp_path / "cache")
    assert found.fresh == 1, "A has PIK3CA, B has not"
    assert preview_structure(found) == preview_structure(seen(proposal(accepted, (), ((AGAINST, None),)), small)), (
        "as without a cache"
    )
    assert seen(proposal(accepted, (), ((AGAINST, None),)), small, tmp_path / "cache").fresh == 0


@pytest.mark.parametrize("options", [{"as_of": "2026-11-22"}, {"jurisdiction": "US"}, {"tumor_type": "LUAD"}])
def test_another_question_has_footprints_of_its_own(small: Path, tmp_path: Path, options: dict[str, str]) -> None:
    seen(new(NEW_DRUG), small, tmp_path / "cache")
    assert seen(new(NEW_DRUG), small, tmp_path / "cache", **options).fresh == 2


@pytest.mark.parametrize("damage", [b"", b"{}", b"0123\n{}", b"\xff\xfe"])
def test_a_damaged_cache_costs_time_and_nothing_else(small: Path, tmp_path: Path, damage: bytes) -> None:
    first = seen(new(NEW_DRUG), small, tmp_path / "cache")
    (file,) = (tmp_path / "cache").glob("footprints-*.json")
    file.write_bytes(damage)
    again = seen(new(NEW_DRUG), small, tmp_path / "cache")
    assert again.fresh == 2
    assert preview_structure(again) == preview_structure(first)


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(small: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert seen(new(NEW_DRUG), small, tmp_path / "file" / "cache").fresh == 2
    assert seen(new(NEW_DRUG), small, tmp_path / "file" / "cache").patients == 2


# --- the registry -------------------------------------------------------------------------------------------------


def test_variant_files_of_patients_are_no_patients_of_their_own(small: Path) -> None:
    (small / "alone.tsv").write_text("gene\talteration\nPIK3CA\tE545K\n")
    (small / "notes.txt").write_text("not a patient, to be sure: nothing here is an alteration at all\n")
    (small / ".hidden.yaml").write_text("id: H\n")
    found = seen(new(NEW_DRUG), small)
    assert [(each.name, each.reason) for each in found.problems] == [("alone.tsv", "no tumor type is given")]
    assert [each.name for each in found.left_out] == ["notes.txt"]
    given = seen(new(NEW_DRUG), small, tumor_type="BRCA")
    assert {each.name for each in given.moved} >= {"a.yaml", "alone.tsv"}
    assert not given.problems


def test_each_sample_of_a_variant_file_is_a_patient(tmp_path: Path) -> None:
    (tmp_path / "two.maf").write_text(
        "Hugo_Symbol\tTumor_Sample_Barcode\tHGVSp_Short\tVariant_Classification\n"
        "PIK3CA\tP-1\tp.H1047R\tMissense_Mutation\nKRAS\tP-2\tp.G12D\tMissense_Mutation\n"
    )
    found = seen(new(NEW_DRUG), tmp_path, tumor_type="BRCA")
    assert [each.name for each in found.moved] == ["two.maf#P-1"]
    assert found.untouched == ("two.maf#P-2",)


def test_a_registry_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no such folder"):
        registry(tmp_path / "none", Request(tmp_path, TODAY))
    assert registry(tmp_path, Request(tmp_path, TODAY)).members == ()
    empty = seen(new(NEW_DRUG), tmp_path)
    assert preview_document(empty).summary == ("The folder holds no patient.",)


def test_folders_below_are_of_the_registry(small: Path) -> None:
    (small / "more").mkdir()
    shutil.copy(small / "b.yaml", small / "more" / "b.yaml")
    found = registry(small, Request(small, TODAY))
    assert [each.name for each in found.members] == ["a.yaml", "b.yaml", "more/b.yaml"]
    assert all(isinstance(each, Member) for each in found.members)


def test_nothing_is_kept_of_a_preview(patients: Path) -> None:
    """No store is made, and the graph that counts is as it was."""
    base = open_knowledge_base()
    seen(new(NEW_DRUG), patients)
    assert NEW_DRUG.id not in {each.id for each in base.evidence(["PIK3CA:MUT"])}
    assert changes(base.store, proposal(EMPTY, ("EID12",)).before) == Changes()
    assert proposal(EMPTY, ("EID12",)).acts[0].kind == RETRACTED


@pytest.mark.parametrize(
    ("fails", "says"), [("before", "only the decision would"), ("after", "could not be matched any")]
)
def test_a_patient_who_can_be_matched_on_one_side_alone_is_told(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, says: str
) -> None:
    assert seen(new(NEW_DRUG), small, tmp_path / "cache").moved, "the footprints are in the cache"
    from matcher import preview as module

    real = module._stated

    def failing(request: Request, known: LayeredKnowledge) -> Any:
        counts = any(each.id == NEW_DRUG.id for each in known.evidence(["PIK3CA:MUT"]))
        if counts == (fails == "after"):
            raise UnusableInput("a.yaml", "nothing is known of it", "mend it")
        return real(request, known)

    monkeypatch.setattr(module, "_stated", failing)
    found = seen(new(NEW_DRUG), small, tmp_path / "cache")
    assert [each.name for each in found.problems] == ["a.yaml"]
    assert says in found.problems[0].reason
