"""Steps of the scenarios: real files, the real engines, the starter graph."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

import tests.own_cache  # noqa: F401 (no scenario touches the user's cache)
from kb.provenance import Provenance
from matcher.case import Matched, Request, match
from matcher.edits import parse_edit
from matcher.explain import proof_text
from matcher.flips import Flip
from matcher.notes import UnusableInput
from matcher.proof_file import content_digest, proof_of
from matcher.proof_reading import read_proof
from matcher.recommend import Answer, Option, Recommendation, answer
from matcher.report.document import Table
from matcher.report.why_document import why_document
from matcher.report.why_not import why_not_document, why_not_structure
from matcher.scenarios.run import PROGRAM_TAG
from matcher.timeline import Difference, Move, Timeline
from matcher.verify import Verification, matched_anew, verify
from matcher.what_if import WhatIf, what_if
from matcher.why import Statement, Why, regimen_of, walk, why
from matcher.why_not import WhyNot, why_not
from rules.engine import engine
from tests.matcher.changed import gained, is_as_good
from tests.matcher.readers.study import written
from tests.shared import evaluators, knowledge, library

ROOT = Path(__file__).parents[1]
TODAY = "2026-11-20"
POINTS = 15
"""The clinically delicate points; each has scenarios with its tag, `@delicate-1` to `@delicate-15`."""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("features.steps_survival")
    config.pluginmanager.import_plugin("features.steps_safety")
    config.pluginmanager.import_plugin("features.steps_groups")
    config.pluginmanager.import_plugin("features.steps_course")
    config.pluginmanager.import_plugin("features.steps_local")
    config.pluginmanager.import_plugin("features.steps_report")
    config.pluginmanager.import_plugin("features.steps_cohort")
    for number in range(1, POINTS + 1):
        config.addinivalue_line("markers", f"delicate-{number}: scenarios of the clinically delicate point {number}")
    config.addinivalue_line("markers", f"{PROGRAM_TAG}: scenarios about the program itself, whatever the graph holds")
    config.pluginmanager.import_plugin("features.steps_curation")
    config.pluginmanager.import_plugin("features.steps_lesions")
    config.pluginmanager.import_plugin("features.steps_organoids")


@dataclass
class Board:
    """A board meeting: the patient's papers, and the answer once it was asked for."""

    folder: Path
    file: Path | None = None
    about: dict[str, object] = field(default_factory=lambda: {"id": "P"})
    options: dict[str, str] = field(default_factory=dict)
    kept: bytes = b""
    variants: list[tuple[str, str, str, str]] = field(default_factory=list)
    copies: list[tuple[str, str]] = field(default_factory=list)
    fusions: list[str] = field(default_factory=list)
    log_ratios: list[tuple[str, str]] = field(default_factory=list)
    assay: str | None = None
    panel: dict[str, object] = field(default_factory=dict)
    purity: float | None = None
    kind: str = "tissue"
    found: Answer | None = None
    moved: Difference | None = None
    missed: WhyNot | None = None
    supposed: WhatIf | None = None
    error: UnusableInput | None = None

    def write(self) -> Path:
        """The patient file with the tables that it names."""
        if self.file is not None:
            return self.file
        sample: dict[str, object] = {"id": "sample", "kind": self.kind}
        if self.panel:
            self.assay = "panel.yaml"
            (self.folder / self.assay).write_text(json.dumps(self.panel), encoding="utf-8")
        if self.assay:
            sample["assay"] = self.assay
        if self.purity:
            sample["purity"] = self.purity
        if self.variants or self.assay:
            rows = ["gene\talteration\torigin\tsignificance", *("\t".join(row) for row in self.variants)]
            if len(rows) == 1:  # an assay that found nothing but this passenger
                rows.append("TTN\tp.A1G\tsomatic\tbenign")
            (self.folder / "variants.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
            sample["variants"] = "variants.tsv"
        if self.copies:
            rows = ["gene\tstate", *("\t".join(row) for row in self.copies)]
            (self.folder / "copies.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
            sample["copy_number"] = "copies.tsv"
        if self.log_ratios:
            rows = ["gene\tlog2", *("\t".join(row) for row in self.log_ratios)]
            (self.folder / "copies.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
            sample["copy_number"] = "copies.tsv"
        if self.fusions or self.panel.get("kinds") == ["isoform"]:
            (self.folder / "fusions.tsv").write_text("\n".join(["fusion", *self.fusions]) + "\n", encoding="utf-8")
            sample["fusions"] = "fusions.tsv"
        path = self.folder / "patient.json"
        about = self.about | ({"samples": [sample]} if len(sample) > 2 else {})
        path.write_text(json.dumps(about), encoding="utf-8")
        return path

    def ask(self, date: str) -> None:
        """Run the case on the default evaluator, and hold the sql evaluator to the same derivations from its facts."""
        request = Request(self.write(), date, **self.options)
        first, *others = evaluators()
        try:
            matched = match(request, knowledge(), library(), first)
        except UnusableInput as error:
            self.error = error
            return
        assert all(engine(other).run(library(), matched.case.facts) == matched.derivations for other in others)
        self.found = answer(matched)

    def compare(self, before: str, after: str) -> None:
        """The difference between the patient as known on two days, the same from both evaluators."""
        request = Request(self.write(), TODAY, **self.options)
        moves = []
        for evaluator in evaluators():
            with Timeline(knowledge(), library(), evaluator) as timeline:
                timeline.advance(request, before)
                self.found, self.moved = timeline.advance(request, after)
                moves.append(self.moved)
        assert all(each == moves[0] for each in moves)

    def keep_proof(self, regimen: str) -> None:
        """Keep the proof of a recommendation, as its file holds it."""
        self.kept = json.dumps(proof_of(self.matched, self.recommended(regimen).option)).encode()

    def verified(self, *, anew: bool) -> Verification:
        """What becomes of the kept proof, the same by both evaluators; `anew` with the patient as the file is now."""
        proof, found = read_proof(self.kept, "PROOF.json"), []
        request = Request(self.write(), proof.claim.as_of, **self.options)
        for evaluator in evaluators():
            now = matched_anew(proof, request, knowledge(), library(), evaluator) if anew else None
            found.append(verify(proof, knowledge(), library(), evaluator, now))
        assert all((each.verdict, each.every_fault) == (found[0].verdict, found[0].every_fault) for each in found)
        return found[0]

    def ask_why_not(self, wanted: str, date: str = TODAY) -> None:
        """Why not, the same from both evaluators."""
        request = Request(self.write(), date, **self.options)
        found = [why_not(match(request, knowledge(), library(), evaluator), wanted) for evaluator in evaluators()]
        structures = [why_not_structure(each) for each in found]
        assert all(each == structures[0] for each in structures)
        self.missed = found[0]

    @property
    def asked_why_not(self) -> WhyNot:
        assert self.missed is not None
        return self.missed

    @property
    def flips(self) -> dict[str, Flip]:
        """What is named as a change, by its options of `what-if`."""
        assert self.asked_why_not.changes is not None
        return {" ".join(map(str, flip.edits)): flip for flip in self.asked_why_not.changes.flips}

    def suppose(self, options: str) -> None:
        """What edits, written as on a command line, change: the same from both evaluators."""
        words = shlex.split(options)
        request = Request(self.write(), TODAY, **self.options)
        try:
            edits = [
                parse_edit(action.removeprefix("--"), text) for action, text in zip(*[iter(words)] * 2, strict=True)
            ]
            found = [what_if(request, edits, knowledge(), library(), evaluator) for evaluator in evaluators()]
        except UnusableInput as error:
            self.error = error
            return
        self.supposed, self.found, self.moved = found[0], found[0].after, found[0].difference
        assert all(each.difference == self.moved for each in found)

    @property
    def answer(self) -> Answer:
        assert self.found is not None, f"the board was not answered: {self.error}"
        return self.found

    @property
    def matched(self) -> Matched:
        return self.answer.matched

    def recommendation(self, regimen: str) -> Recommendation | None:
        wanted = regimen_of(regimen, knowledge())
        return next((each for each in self.answer.recommendations if each.option.regimen == wanted), None)

    def recommended(self, regimen: str) -> Recommendation:
        found = self.recommendation(regimen)
        assert found is not None, (
            f"{regimen} is not among {[each.option.regimen for each in self.answer.recommendations]}"
        )
        return found

    @property
    def options_by_id(self) -> dict[str, Option]:
        every = [each for row in self.answer.recommendations for each in (row.option, *row.also)]
        return {option.id: option for option in (*every, *self.answer.not_recommended)}

    def option(self, item: str) -> Option:
        assert item in self.options_by_id, f"{item} was not considered"
        return self.options_by_id[item]

    def options_with(self, regimen: str) -> list[Option]:
        wanted = regimen_of(regimen, knowledge())
        return [option for option in self.options_by_id.values() if option.regimen == wanted]


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


# --- the patient --------------------------------------------------------------------------------------------------


@given(parsers.parse('a patient with "{tumor}" in "{place}"'))
def patient(board: Board, tumor: str, place: str) -> None:
    board.about |= {"tumor_type": tumor, "jurisdiction": place}


@given(parsers.parse('the example "{path}"'))
def example(board: Board, path: str) -> None:
    board.file = ROOT / "examples" / path


@given(parsers.parse('the example "{path}" with "{tumor}" in "{place}"'))
def example_of(board: Board, path: str, tumor: str, place: str) -> None:
    board.file = ROOT / "examples" / path
    board.options |= {"tumor_type": tumor, "jurisdiction": place, "assay": "WES"}


@given(parsers.parse('the sample "{name}" is read'))
def sample(board: Board, name: str) -> None:
    board.options["sample"] = name


@given(parsers.parse('the {origin} alteration "{text}"'))
def alteration(board: Board, origin: str, text: str) -> None:
    gene, _, change = text.partition(" ")
    board.variants.append((gene, change, origin, ""))


@given(parsers.parse('the alteration "{text}" classified as "{significance}"'))
def classified(board: Board, text: str, significance: str) -> None:
    gene, _, change = text.partition(" ")
    board.variants.append((gene, change, "somatic", significance))


@given(parsers.parse('the copy number "{text}"'))
def copy_number(board: Board, text: str) -> None:
    gene, _, state = text.partition(" ")
    board.copies.append((gene, state))


@given(parsers.parse('the fusion "{name}"'))
def fusion(board: Board, name: str) -> None:
    board.fusions.append(name)


@given(parsers.parse('the log ratio of "{gene}" is "{ratio}"'))
def log_ratio(board: Board, gene: str, ratio: str) -> None:
    board.log_ratios.append((gene, ratio))


@given("the list of alterations")
def listed(board: Board, docstring: str) -> None:
    board.file = board.folder / "alterations.txt"
    board.file.write_text(docstring + "\n", encoding="utf-8")
    board.options |= {key: str(board.about[key]) for key in ("tumor_type", "jurisdiction")}


@given(parsers.parse('the VCF without annotation with the call "{call}"'))
def unannotated(board: Board, call: str) -> None:
    chromosome, position, reference, alternate = call.replace(":", " ").replace(">", " ").split()
    head = "##fileformat=VCFv4.2\n##reference=GRCh37\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT\n"
    row = (chromosome, position, ".", reference, alternate, ".", "PASS", ".", "GT", "0/1")
    (board.folder / "calls.vcf").write_text(head + "\t".join(row) + "\n", encoding="utf-8")
    board.file = board.folder / "calls.vcf"
    board.options |= {key: str(board.about[key]) for key in ("tumor_type", "jurisdiction")} | {"assay": "WES"}


@given(parsers.parse('the sample "{name}" of a cBioPortal study in "{place}"'))
def of_study(board: Board, name: str, place: str) -> None:
    board.file = written(board.folder)
    board.options |= {"sample": name, "jurisdiction": place}


@given(parsers.parse('the marker "{name}" is "{value}"'))
def marker(board: Board, name: str, value: str) -> None:
    markers = board.about.setdefault("biomarkers", {})
    assert isinstance(markers, dict)
    markers[name] = value


@given(parsers.parse('the stage is "{stage}"'))
def stage(board: Board, stage: str) -> None:
    board.about["stage"] = stage


@given(parsers.parse("the patient is {years:d} years old"))
def age(board: Board, years: int) -> None:
    board.about["age"] = years


@given("there was no prior therapy")
def no_therapy(board: Board) -> None:
    board.about["prior_therapies"] = []


@given(parsers.parse('prior therapy with "{regimen}" with best response "{response}" stopped for "{reason}"'))
def therapy(board: Board, regimen: str, response: str, reason: str) -> None:
    therapies = board.about.setdefault("prior_therapies", [])
    assert isinstance(therapies, list)
    row = {"regimen": regimen.split("+"), "best_response": response, "stopped_for": reason}
    therapies.append(row | {"line": len(therapies) + 1})


@given(parsers.parse('prior therapy with "{regimen}" without a recorded outcome'))
def silent_therapy(board: Board, regimen: str) -> None:
    therapies = board.about.setdefault("prior_therapies", [])
    assert isinstance(therapies, list)
    therapies.append({"regimen": regimen.split("+"), "line": len(therapies) + 1})


@given(parsers.parse('prior therapy with "{regimen}" {setting}, "{start}" to "{stop}", stopped for "{reason}"'))
def prior_dated(board: Board, regimen: str, setting: str, start: str, stop: str, reason: str) -> None:
    given = {"regimen": regimen, "setting": setting, "start": start, "stop": stop, "stopped_for": reason}
    board.about.setdefault("prior_therapies", []).append(given)  # type: ignore[attr-defined]


@given(parsers.parse('prior therapy with "{regimen}" had the toxicity "{toxicity}"'))
def prior_toxicity(board: Board, regimen: str, toxicity: str) -> None:
    given = {"regimen": regimen, "stopped_for": "toxicity", "toxicities": [toxicity]}
    board.about.setdefault("prior_therapies", []).append(given)  # type: ignore[attr-defined]


@given(parsers.parse('the patient has "{condition}"'))
def has_condition(board: Board, condition: str) -> None:
    board.about.setdefault("conditions", []).append(condition)  # type: ignore[attr-defined]


@given(parsers.parse('the patient takes "{medication}"'))
def takes(board: Board, medication: str) -> None:
    board.about.setdefault("medications", []).append(medication)  # type: ignore[attr-defined]


@given(parsers.parse('the value of "{name}" is "{value}"'))
def measured(board: Board, name: str, value: str) -> None:
    board.about.setdefault("measurements", {})[name] = value  # type: ignore[index]


@given(parsers.parse('the patient wishes to {wish} "{what}"'))
def wishes(board: Board, wish: str, what: str) -> None:
    board.about.setdefault("preferences", {}).setdefault(wish, []).append(what)  # type: ignore[attr-defined]


@given(parsers.parse('the {key} of the patient is "{value}"'))
def person(board: Board, key: str, value: str) -> None:
    board.about[key.replace(" ", "_")] = value


@given(parsers.parse('the {kind} was tested by "{assay}"'))
def tested(board: Board, kind: str, assay: str) -> None:
    board.kind, board.assay = kind, assay


@given(parsers.parse('the {kind} was tested by a panel of "{genes}" for "{kinds}"'))
def tested_by_panel(board: Board, kind: str, genes: str, kinds: str) -> None:
    board.kind = kind
    board.panel = {"assay": "panel", "genes": genes.split(", "), "kinds": kinds.split(", ")}


@given(parsers.parse('the panel looks at codons "{codons}" only'))
def panel_codons(board: Board, codons: str) -> None:
    genes = board.panel["genes"]
    assert isinstance(genes, list)
    board.panel["codons"] = {gene: [int(codon) for codon in codons.split(", ")] for gene in genes}


@given(parsers.parse("the panel needs a purity of {percent:d}%"))
def panel_purity(board: Board, percent: int) -> None:
    board.panel["limits"] = {"purity": percent / 100}


@given("the panel sequenced normal tissue beside the tumor")
def panel_of_pairs(board: Board) -> None:
    board.panel["germline"] = True


@given(parsers.parse("the purity is {percent:d}%"))
def purity(board: Board, percent: int) -> None:
    board.purity = percent / 100


# --- the question -------------------------------------------------------------------------------------------------


@when("the board asks")
def ask(board: Board) -> None:
    board.ask(TODAY)


@when(parsers.parse('the board asks as of "{date}"'))
def ask_on(board: Board, date: str) -> None:
    board.ask(date)


# --- the answer ---------------------------------------------------------------------------------------------------


@then(parsers.parse('"{regimen}" is recommended "{tier}"'))
def is_recommended(board: Board, regimen: str, tier: str) -> None:
    assert board.recommended(regimen).option.tier == tier


@then(parsers.parse('"{regimen}" is not recommended "{tier}"'))
def is_not_in_tier(board: Board, regimen: str, tier: str) -> None:
    found = board.recommendation(regimen)
    assert found is None or found.option.tier != tier


@then(parsers.parse('"{regimen}" is not recommended at all'))
def is_not_recommended(board: Board, regimen: str) -> None:
    assert board.recommendation(regimen) is None


@then(parsers.parse('"{regimen}" is marked "{mark}"'))
def is_marked(board: Board, regimen: str, mark: str) -> None:
    assert mark in board.recommended(regimen).option.flags


@then(parsers.parse('"{regimen}" is recommended by "{item}"'))
def is_recommended_by(board: Board, regimen: str, item: str) -> None:
    found = board.recommended(regimen)
    assert item in {found.option.id, *(other.id for other in found.also)}


@then(parsers.parse('"{regimen}" is to be avoided because of "{reason}"'))
def is_avoided(board: Board, regimen: str, reason: str) -> None:
    wanted = regimen_of(regimen, knowledge())
    assert (wanted, reason) in {(each.regimen, each.because) for each in board.answer.avoided}


@then(parsers.parse('nothing is recommended "{tier}"'))
def nothing_in_tier(board: Board, tier: str) -> None:
    assert [each.option.regimen for each in board.answer.recommendations if each.option.tier == tier] == []


@then(parsers.parse('something is recommended "{tier}"'))
def something_in_tier(board: Board, tier: str) -> None:
    assert tier in {each.option.tier for each in board.answer.recommendations}


@then(parsers.parse('the biomarker "{name}" is "{status}"'))
def biomarker_is(board: Board, name: str, status: str) -> None:
    assert board.matched.board.status(name).status.value == status


@then(parsers.parse('the biomarker "{name}" is so because "{text}"'))
def biomarker_because(board: Board, name: str, text: str) -> None:
    assert text in board.matched.board.status(name).because


@then(parsers.parse('the caution on "{name}" says "{text}"'))
def caution_says(board: Board, name: str, text: str) -> None:
    assert text in (board.matched.board.status(name).caution or "")


@then(parsers.parse('the tumor type is "{code}"'))
def tumor_is(board: Board, code: str) -> None:
    assert board.matched.query.tumor.code == code


@then(parsers.parse('the finding "{criterion}" of "{item}" can be settled, and names "{text}"'))
def finding_names(board: Board, criterion: str, item: str, text: str) -> None:
    (found,) = [each for each in board.option(item).findings if each.criterion == criterion]
    assert found.recoverable
    assert text in found.message, found.message


@then(parsers.parse('"{item}" was not considered'))
def not_considered(board: Board, item: str) -> None:
    assert item not in board.options_by_id


@then(parsers.parse('the finding "{criterion}" of "{item}" is "{verdict}"'))
def finding_is(board: Board, criterion: str, item: str, verdict: str) -> None:
    assert verdict in {each.verdict for each in board.option(item).findings if each.criterion == criterion}


@then(parsers.parse('every option with "{regimen}" is blocked by "{criterion}"'))
def blocked_by(board: Board, regimen: str, criterion: str) -> None:
    options = board.options_with(regimen)
    assert options, f"no option with {regimen} was considered"
    for option in options:
        assert criterion in {each.criterion for each in option.blocking}, (option.id, option.blocking)


@then(parsers.parse('an option with "{regimen}" is blocked by "{criterion}"'))
def some_blocked_by(board: Board, regimen: str, criterion: str) -> None:
    options = board.options_with(regimen)
    assert any(criterion in {each.criterion for each in option.blocking} for option in options), options


@then(parsers.parse('the proof of "{regimen}" names "{text}"'))
def proof_names(board: Board, regimen: str, text: str) -> None:
    assert text in proof_text(board.matched, board.recommended(regimen).option)


@then(parsers.parse('the proof of "{regimen}" does not name "{text}"'))
def proof_does_not_name(board: Board, regimen: str, text: str) -> None:
    assert text not in proof_text(board.matched, board.recommended(regimen).option)


@then(parsers.parse('"{first}" ranks before "{second}"'))
def ranks_before(board: Board, first: str, second: str) -> None:
    assert board.recommended(first).rank < board.recommended(second).rank


@then(parsers.parse('a note says "{text}"'))
def note_says(board: Board, text: str) -> None:
    assert any(text in str(note) for note in board.answer.notes), board.answer.notes


@then(parsers.parse('"{regimen}" is reimbursed'))
def is_reimbursed(board: Board, regimen: str) -> None:
    assert board.recommended(regimen).access.reimbursed is True


@then(parsers.parse('the board is told "{text}"'))
def told(board: Board, text: str) -> None:
    assert board.error is not None
    assert text in str(board.error)


# --- levels -------------------------------------------------------------------------------------------------------


@then(parsers.parse('the "{framework}" level of "{regimen}" is "{grade}"'))
def level_is(board: Board, framework: str, regimen: str, grade: str) -> None:
    assert board.recommended(regimen).option.levels[framework] == grade


@then(parsers.parse('there is no "{framework}" level of "{regimen}"'))
def no_level(board: Board, framework: str, regimen: str) -> None:
    assert board.recommended(regimen).option.levels[framework] is None


@then(parsers.parse('a better "{framework}" level of "{regimen}" is open because "{text}"'))
def level_open(board: Board, framework: str, regimen: str, text: str) -> None:
    told = board.recommended(regimen).option.graded.open.get(framework, ())
    assert any(text in each for each in told), told


@then(parsers.parse('the "{framework}" level of "{regimen}" has the addendum "{mark}"'))
def level_addendum(board: Board, framework: str, regimen: str, mark: str) -> None:
    assert mark in board.recommended(regimen).option.graded.addenda[framework]


@then(parsers.parse('the "{framework}" level of avoiding "{regimen}" because of "{reason}" is "{grade}"'))
def level_against(board: Board, framework: str, regimen: str, reason: str, grade: str) -> None:
    wanted = regimen_of(regimen, knowledge())
    (found,) = [each for each in board.answer.avoided if (each.regimen, each.because) == (wanted, reason)]
    assert found.graded.grades[framework] == grade


@then(parsers.parse('"{regimen}" is not to be avoided'))
def is_not_avoided(board: Board, regimen: str) -> None:
    wanted = regimen_of(regimen, knowledge())
    assert wanted not in {each.regimen for each in board.answer.avoided}


@then(parsers.parse('the conflict of "{regimen}" with "{item}" ends "{outcome}", decided by "{text}"'))
def conflict_ends(board: Board, regimen: str, item: str, outcome: str, text: str) -> None:
    conflicts = [each for option in board.options_with(regimen) for each in option.conflicts]
    decided = {(each.outcome, each.decided) for each in conflicts if each.against.item.id.split(".")[0] == item}
    assert any(ended == outcome and text in why for ended, why in decided), decided


@then(parsers.parse('the conflict of the option "{option}" with "{item}" ends "{outcome}", decided by "{text}"'))
def conflict_of_option_ends(board: Board, option: str, item: str, outcome: str, text: str) -> None:
    conflicts = board.option(option).conflicts
    decided = {(each.outcome, each.decided) for each in conflicts if each.against.item.id.split(".")[0] == item}
    assert any(ended == outcome and text in why for ended, why in decided), decided


@then('no option is blocked by "access" for a class of drugs')
def no_class_blocked(board: Board) -> None:
    kinds = {each.get("name"): each.get("kind") for each in board.matched.derivations.facts("therapy")}
    options = [each for each in board.options_by_id.values() if {kinds.get(drug) for drug in each.regimen} == {"class"}]
    assert options
    for option in options:
        assert "access" not in {each.criterion for each in option.blocking}, option.id


# --- what moved ---------------------------------------------------------------------------------------------------


@when(parsers.parse('the board compares "{before}" with "{after}"'))
def compare(board: Board, before: str, after: str) -> None:
    board.compare(before, after)


@when(parsers.re(r"the board asks what if (?P<options>--.*)"))
def suppose(board: Board, options: str) -> None:
    board.suppose(options)


@then(parsers.parse('the biomarker "{label}" turned from "{before}" to "{after}"'))
def turned(board: Board, label: str, before: str, after: str) -> None:
    assert board.supposed is not None
    turns = {each.now.label: (each.was.status.value, each.now.status.value) for each in board.supposed.biomarkers}
    assert turns.get(label) == (before, after), turns


@then(parsers.parse('"{regimen}" is no longer to be avoided'))
def no_longer_avoided(board: Board, regimen: str) -> None:
    assert board.moved is not None
    assert regimen_of(regimen, knowledge()) in {move.regimen for move in board.moved.no_longer_avoid}


@then(parsers.parse('a note on the edits says "{text}"'))
def noted(board: Board, text: str) -> None:
    assert board.supposed is not None
    assert any(text in note.message for note in board.supposed.notes), board.supposed.notes


@then(parsers.parse('no finding "{finding}" came to any regimen'))
def none_came(board: Board, finding: str) -> None:
    assert board.moved is not None
    came = [str(each) for move in board.moved.moves for each in move.findings]
    assert came
    assert not [each for each in came if each.startswith(f"+ {finding}:")]


def move_of(board: Board, regimen: str) -> Move:
    assert board.moved is not None
    found = board.moved.of(regimen_of(regimen, knowledge()))
    assert found is not None, f"{regimen} is not among {[str(move) for move in board.moved.moves]}"
    return found


@then(parsers.parse('"{regimen}" went from "{before}" to "{after}"'))
def went(board: Board, regimen: str, before: str, after: str) -> None:
    assert tuple(tier or "not recommended" for tier in move_of(board, regimen).tiers) == (before, after)


@then(parsers.parse('the change of "{regimen}" rests on "{text}" of "{place}"'))
def rests_on(board: Board, regimen: str, text: str, place: str) -> None:
    reasons = move_of(board, regimen).because
    assert any(text in each.step.text and place in each.step.places for each in reasons), list(map(str, reasons))


@then(parsers.parse('the finding "{finding}" came to "{regimen}"'))
def finding_came(board: Board, finding: str, regimen: str) -> None:
    findings = move_of(board, regimen).findings
    assert any(str(each).startswith(f"+ {finding}:") for each in findings), findings


@then(parsers.parse('the finding "{finding}" left "{regimen}"'))
def finding_left(board: Board, finding: str, regimen: str) -> None:
    findings = move_of(board, regimen).findings
    assert any(str(each).startswith(f"- {finding}:") for each in findings), findings


@then(parsers.parse('"{regimen}" is now to be avoided'))
def now_avoided(board: Board, regimen: str) -> None:
    assert board.moved is not None
    assert regimen_of(regimen, knowledge()) in {move.regimen for move in board.moved.avoid}


@then(parsers.parse('the event brought "{stated}"'))
def brought(board: Board, stated: str) -> None:
    assert board.moved is not None
    assert stated in map(repr, board.moved.change.added)


@then(parsers.parse('the event took "{stated}"'))
def took(board: Board, stated: str) -> None:
    assert board.moved is not None
    assert stated in map(repr, board.moved.change.removed)


@then("nothing moved")
def nothing_moved(board: Board) -> None:
    assert board.moved is not None
    assert not board.moved
    assert not board.moved.change


@then(parsers.parse('an option with "{regimen}" has the finding "{criterion}" "{verdict}" that says "{text}"'))
def finding_says(board: Board, regimen: str, criterion: str, verdict: str, text: str) -> None:
    found = [each for option in board.options_with(regimen) for each in option.findings if each.criterion == criterion]
    assert any(each.verdict == verdict and text in each.message for each in found), found


@then(parsers.parse('no option with "{regimen}" has a finding "{criterion}"'))
def no_finding(board: Board, regimen: str, criterion: str) -> None:
    options = board.options_with(regimen)
    assert options
    assert not [each for option in options for each in option.findings if each.criterion == criterion]


@then(parsers.parse('what blocks "{item}" could still change'))
def recoverable(board: Board, item: str) -> None:
    assert board.option(item).recoverable


@then(parsers.parse('what blocks "{item}" cannot change'))
def unrecoverable(board: Board, item: str) -> None:
    assert board.option(item).blocking
    assert not board.option(item).recoverable


# --- proofs -------------------------------------------------------------------------------------------------------


@when(parsers.parse('the proof of "{regimen}" is kept'))
def proof_is_kept(board: Board, regimen: str) -> None:
    board.keep_proof(regimen)


@when(parsers.parse('somebody adds to the kept proof that "{option}" is for line "{line:d}" or later'))
def forged(board: Board, option: str, line: int) -> None:
    told = json.loads(board.kept)
    told["given"]["line_of"]["rows"].append([option, 99, line, f"{line} or later"])
    board.kept = json.dumps(told | {"digest": content_digest(told)}).encode()


@when(parsers.parse('the {key} of the patient becomes "{value}"'))
def person_becomes(board: Board, key: str, value: str) -> None:
    board.about[key] = value


@then(parsers.parse('the kept proof "{verdict}"'))
def proof_verdict(board: Board, verdict: str) -> None:
    assert board.verified(anew=False).verdict == verdict


@then(parsers.parse('the kept proof "{verdict}" for the patient as the file is now'))
def proof_verdict_anew(board: Board, verdict: str) -> None:
    assert board.verified(anew=True).verdict == verdict


@then(parsers.parse('the kept proof first fails at what says "{text}"'))
def proof_fails_at(board: Board, text: str) -> None:
    found = board.verified(anew=False)
    assert found.first is not None
    said = next(each.step.says["en"] for each in found.results if each.step.id == found.first.step)
    assert text in said, said


# --- why not ------------------------------------------------------------------------------------------------------


@when(parsers.re('the board asks why not "(?P<wanted>[^"]+)"$'))
def ask_why_not(board: Board, wanted: str) -> None:
    board.ask_why_not(wanted)


@when(parsers.parse('the board asks why not "{wanted}" as of "{date}"'))
def ask_why_not_on(board: Board, wanted: str, date: str) -> None:
    board.ask_why_not(wanted, date)


@then(parsers.parse('"{item}" was considered and fails on "{criterion}"'))
def was_considered(board: Board, item: str, criterion: str) -> None:
    option = next(each for each in board.asked_why_not.considered if each.id == item)
    assert criterion in {each.criterion for each in option.blocking if each.verdict == "fail"}


@then(parsers.re('the why-not summary tells "(?P<first>[^"]+)" before "(?P<second>[^"]+)"$'))
def summary_tells_before(board: Board, first: str, second: str) -> None:
    told = "\n".join(map(str, why_not_document(board.asked_why_not).summary))
    assert -1 < told.find(first) < told.find(second), told


@then(parsers.re('the why-not summary tells "(?P<text>[^"]+)"$'))
def summary_tells(board: Board, text: str) -> None:
    assert text in "\n".join(map(str, why_not_document(board.asked_why_not).summary))


@then(parsers.re('the why-not summary does not tell "(?P<text>[^"]+)"$'))
def summary_does_not_tell(board: Board, text: str) -> None:
    assert text not in "\n".join(map(str, why_not_document(board.asked_why_not).summary))


@then(parsers.re('the blocking findings of "(?P<item>[^"]+)" tell "(?P<text>[^"]+)"$'))
def blocking_findings_tell(board: Board, item: str, text: str) -> None:
    option = next(each for each in board.asked_why_not.considered if each.id == item)
    assert text in {each.message for each in option.blocking}


@then(parsers.parse('the nearest miss is "{item}"'))
def nearest_miss(board: Board, item: str) -> None:
    assert board.asked_why_not.misses.first.item.id == item


@then(parsers.parse('no change tests "{what}"'))
def not_tested(board: Board, what: str) -> None:
    assert not [change for change in board.flips if what in change]


@then(parsers.parse('some change tests "{what}"'))
def tested_by_change(board: Board, what: str) -> None:
    assert [change for change in board.flips if what in change]


@then(parsers.parse('some change is a therapy with "{drug}"'))
def change_is_a_therapy(board: Board, drug: str) -> None:
    assert [change for change in board.flips if "prior_therapies" in change and drug in change]


@then("some change is a later date")
def change_is_a_date(board: Board) -> None:
    dates = [edit.value for flip in board.flips.values() for edit in flip.edits if edit.key == "as_of"]
    assert dates
    assert min(dates) > board.asked_why_not.matched.query.as_of


@then("no change is named")
def no_change(board: Board) -> None:
    assert not board.flips


@then(parsers.re('"(?P<change>--.+)" makes "(?P<regimen>[^"]+)" "(?P<tier>[^"]+)"$'))
def change_makes(board: Board, change: str, regimen: str, tier: str) -> None:
    flip = board.flips[change]
    assert (flip.regimen, flip.tier) == (regimen_of(regimen, knowledge()), tier)


@then(parsers.re('the changes "(?P<change>--.+)" are not enough for "(?P<item>[^"]+)"$'))
def change_is_not_enough(board: Board, change: str, item: str) -> None:
    assert board.asked_why_not.changes is not None
    attempts = {each.option: " ".join(map(str, each.edits)) for each in board.asked_why_not.changes.attempts}
    assert attempts[item] == change


@then(parsers.parse('"{regimen}" is to be avoided there'))
def is_avoided_there(board: Board, regimen: str) -> None:
    assert regimen_of(regimen, knowledge()) in {row.regimen for row in board.asked_why_not.avoided}


@then(parsers.parse('it is recommended there "{tier}"'))
def is_recommended_there(board: Board, tier: str) -> None:
    assert board.asked_why_not.recommended[0].option.tier == tier


@then(parsers.parse('what does not change tells "{text}"'))
def is_settled(board: Board, text: str) -> None:
    document = why_not_document(board.asked_why_not)
    settled = next(section for section in document.sections if section.heading == "What does not change")
    assert [line for line in settled.lines if text in str(line)]


@then("every change that is named is enough, and no less is")
def changes_hold(board: Board) -> None:
    """By a match of the whole patient, in every evaluator; without any one edit nothing gains as much."""
    found = board.asked_why_not
    assert board.flips
    for evaluator in evaluators():
        for flip in board.flips.values():
            assert gained(found, flip.edits, evaluator)[flip.option] == flip.tier
            for left_out in flip.edits:
                fewer = tuple(edit for edit in flip.edits if edit is not left_out)
                assert not is_as_good(gained(found, fewer, evaluator), flip.tier)


# --- why ----------------------------------------------------------------------------------------------------------


def answer_to_why(board: Board, regimen: str, lang: str) -> Why | UnusableInput:
    board.ask(TODAY)
    try:
        return why(board.matched, regimen, lang)
    except UnusableInput as error:
        return error


@when(parsers.parse('the board asks why "{regimen}"'), target_fixture="reason")
def asks_why(board: Board, regimen: str) -> Why | UnusableInput:
    return answer_to_why(board, regimen, "en")


@when(parsers.parse('the board asks in Chinese why "{regimen}"'), target_fixture="reason")
def asks_why_in_chinese(board: Board, regimen: str) -> Why | UnusableInput:
    return answer_to_why(board, regimen, "zh")


@then(parsers.parse('the answer says in its summary "{text}"'))
def why_summary(reason: Why, text: str) -> None:
    told = [str(line) for line in why_document(reason).summary]
    assert any(text in line for line in told), told


@then(parsers.parse('the answer has the headings "{headings}"'))
def why_headings(reason: Why, headings: str) -> None:
    told = [section.heading for section in why_document(reason).sections]
    assert [each for each in told if each in headings.split(", ")] == headings.split(", ")


@then(parsers.parse('the proof goes down to "{place}"'))
def why_goes_down(reason: Why, place: str) -> None:
    ends = [end for step in walk(reason.proof) for end in (*step.places, *(source.url for source in step.sources))]
    assert place in ends


@then(parsers.parse('the proof tells "{text}" in one line'))
def why_in_one_line(reason: Why, text: str) -> None:
    (proof,) = [tree for section in why_document(reason).sections if section.picture for tree in section.steps]
    (told,) = [step for step in walk(proof) if text in step.text]
    assert len(told.parts) == int(text.split()[0])


@then(parsers.parse('the file\'s place "{place}" gave "{text}"'))
def why_place(reason: Why, place: str, text: str) -> None:
    (found,) = [each for each in reason.places if each.place == place]
    assert any(text in each for each in found.says), found


@then(parsers.parse('the variant closeness is "{rung}" by "{alteration}" in "{place}"'))
def why_variant(reason: Why, rung: str, alteration: str, place: str) -> None:
    score = reason.scores.variant
    assert score.closeness == rung
    assert (alteration, place) in [(each.label, str(each.place)) for each in score.alterations]


@then(parsers.parse('the variant closeness is not "{rung}"'))
def why_variant_is_not(reason: Why, rung: str) -> None:
    assert reason.scores.variant.closeness not in {None, rung}


@then(parsers.parse('the tumor closeness of "{item}" to "{patient}" is "{relation}"'))
def why_tumor(reason: Why, item: str, patient: str, relation: str) -> None:
    score = reason.scores.tumor
    assert (score.relation, score.patients.code) == (relation, patient)
    assert item in {each.code for each in score.items}


@then(parsers.parse('the "{framework}" grade "{grade}" rests on "{text}"'))
def why_rests_on(reason: Why, framework: str, grade: str, text: str) -> None:
    (level,) = [each for each in reason.scores.levels if each.framework == framework]
    assert level.grade == grade
    met = [each.text for each in level.criteria if each.verdict == "met"]
    assert any(text in each for each in met), met


@then(parsers.parse('a better "{framework}" grade asks for "{text}", which is "{verdict}"'))
def why_better(reason: Why, framework: str, text: str, verdict: str) -> None:
    (level,) = [each for each in reason.scores.levels if each.framework == framework]
    found = [(each.verdict, each.text) for each in level.criteria if each.verdict != "met"]
    assert any(each == verdict and text in told for each, told in found), found


@then(parsers.parse('it is authorized in "{place}" by "{label}" since "{date}"'))
def why_authorized(reason: Why, place: str, label: str, date: str) -> None:
    told = [(each.jurisdiction, each.indication, each.since) for each in reason.scores.access.authorized]
    assert (place, label, date) in told


@then(parsers.parse('it is authorized in "{place}", not here'))
def why_authorized_elsewhere(reason: Why, place: str) -> None:
    access = reason.scores.access
    assert place in {each.jurisdiction for each in (*access.authorized, *access.drugs)}
    assert not any(each.here for each in access.authorized)


@then("it is reimbursed")
def why_reimbursed(reason: Why) -> None:
    assert reason.scores.access.reimbursed is True


@then(parsers.parse('the criteria are asked in the order "{criteria}"'))
def why_order(reason: Why, criteria: str) -> None:
    asked = list(dict.fromkeys(each.finding.criterion for each in reason.criteria))
    assert [each for each in asked if each in criteria.split(", ")] == criteria.split(", ")


@then(parsers.parse('"{about}" is to be ruled out'))
def why_ruled_out(reason: Why, about: str) -> None:
    assert about in {each.finding.about for each in reason.to_rule_out}


@then(parsers.parse('the criterion "{criterion}" is to be confirmed'))
def why_confirm(reason: Why, criterion: str) -> None:
    assert criterion in {each.finding.criterion for each in reason.to_confirm}


@then(parsers.parse('the criterion "{criterion}" asks for caution'))
def why_caution(reason: Why, criterion: str) -> None:
    assert criterion in {each.finding.criterion for each in reason.warnings}


@then(parsers.parse('the answer shows "{against}" against "{item}", decided by "{text}"'))
def why_conflict(reason: Why, against: str, item: str, text: str) -> None:
    sides = {each.against.item.id: each for each in reason.conflicts}
    assert sides[against].speaks_for.item.id == item
    assert text in sides[against].decided
    assert against in {each.id for each in reason.statements}


@then(parsers.parse('the statement "{name}" says "{text}"'))
def why_statement(reason: Why, name: str, text: str) -> None:
    assert text in statement_of(reason, name).says


@then(parsers.parse('the statement "{name}" is of the release "{release}"'))
def why_release(reason: Why, name: str, release: str) -> None:
    assert [each.graph for each in origin_of(reason, name).releases] == [release]


@then(parsers.parse('the statement "{name}" has the date "{what}" "{date}"'))
def why_dated(reason: Why, name: str, what: str, date: str) -> None:
    assert (what, date) in origin_of(reason, name).dates


@then(parsers.parse('the statement "{name}" has the source "{url}"'))
def why_source(reason: Why, name: str, url: str) -> None:
    assert url in {source.url for source in statement_of(reason, name).sources}


@then(parsers.parse('no curator is named for the statement "{name}"'))
def why_no_curator(reason: Why, name: str) -> None:
    assert origin_of(reason, name).curator is None
    told = [str(row) for section in why_document(reason).sections for row in (section.table or Table((), ())).rows]
    assert any(row.startswith(f"('{name}'") and "curator not named" in row for row in told)


@then("every statement has a digest and is named once")
def why_digests(reason: Why) -> None:
    digests = [each.provenance.digest for each in reason.statements if each.provenance is not None]
    assert len(set(digests)) == len(reason.statements) == len({each.iri for each in reason.statements})


def statement_of(reason: Why, name: str) -> Statement:
    (found,) = [each for each in reason.statements if each.id == name]
    return found


def origin_of(reason: Why, name: str) -> Provenance:
    found = statement_of(reason, name).provenance
    assert found is not None
    return found


@then(parsers.parse('the rule "{name}" of "{file}" says "{text}"'))
def why_rule(reason: Why, name: str, file: str, text: str) -> None:
    (found,) = [each for each in reason.rules if each.name == name]
    assert text in found.says
    assert found.place.startswith(f"{file}:")


@then("every rule cites a source and is named once")
def why_rules(reason: Why) -> None:
    assert all(each.cites for each in reason.rules)
    assert len({each.name for each in reason.rules}) == len(reason.rules)


@then(parsers.parse('the option "{name}" supports it too'))
def why_also(reason: Why, name: str) -> None:
    assert name in {each.id for each in reason.also}


@then(parsers.parse('why is refused because "{text}"'))
def why_refused(reason: UnusableInput, text: str) -> None:
    assert isinstance(reason, UnusableInput)
    assert text in str(reason)
