"""Steps of the scenarios: real files, the real engines, the starter graph."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

from matcher.case import Matched, Request, match
from matcher.explain import proof_text
from matcher.notes import UnusableInput
from matcher.recommend import Answer, Option, Recommendation, answer
from matcher.why import regimen_of
from rules.engine import default_engine_name
from tests.shared import knowledge, library

ROOT = Path(__file__).parents[1]
TODAY = "2026-11-20"


@dataclass
class Board:
    """A board meeting: the patient's papers, and the answer once it was asked for."""

    folder: Path
    file: Path | None = None
    about: dict[str, object] = field(default_factory=lambda: {"id": "P"})
    options: dict[str, str] = field(default_factory=dict)
    variants: list[tuple[str, str, str, str]] = field(default_factory=list)
    copies: list[tuple[str, str]] = field(default_factory=list)
    fusions: list[str] = field(default_factory=list)
    assay: str | None = None
    kind: str = "tissue"
    found: Answer | None = None
    error: UnusableInput | None = None

    def write(self) -> Path:
        """The patient file with the tables that it names."""
        if self.file is not None:
            return self.file
        sample: dict[str, str] = {"id": "sample", "kind": self.kind}
        if self.assay:
            sample["assay"] = self.assay
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
        if self.fusions:
            (self.folder / "fusions.tsv").write_text("\n".join(["fusion", *self.fusions]) + "\n", encoding="utf-8")
            sample["fusions"] = "fusions.tsv"
        path = self.folder / "patient.json"
        about = self.about | ({"samples": [sample]} if len(sample) > 2 else {})
        path.write_text(json.dumps(about), encoding="utf-8")
        return path

    def ask(self, date: str) -> None:
        """Run the case on the default evaluator, and hold the sql evaluator to the same derivations."""
        request = Request(self.write(), date, **self.options)
        try:
            matched = match(request, knowledge(), library(), default_engine_name())
        except UnusableInput as error:
            self.error = error
            return
        other = match(request, knowledge(), library(), "sql")
        assert other.derivations == matched.derivations
        self.found = answer(matched)

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

    def options_with(self, regimen: str) -> list[Option]:
        wanted = regimen_of(regimen, knowledge())
        every = [each for row in self.answer.recommendations for each in (row.option, *row.also)]
        return [option for option in (*every, *self.answer.not_recommended) if option.regimen == wanted]


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


@given(parsers.parse('the {kind} was tested by "{assay}"'))
def tested(board: Board, kind: str, assay: str) -> None:
    board.kind, board.assay = kind, assay


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


@then(parsers.parse('the finding "{criterion}" of "{item}" is "{verdict}"'))
def finding_is(board: Board, criterion: str, item: str, verdict: str) -> None:
    every = [each for row in board.answer.recommendations for each in (row.option, *row.also)]
    options = {option.id: option for option in (*every, *board.answer.not_recommended)}
    assert item in options, f"{item} was not considered"
    assert verdict in {each.verdict for each in options[item].findings if each.criterion == criterion}


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
