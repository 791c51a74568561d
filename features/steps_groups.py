"""Steps about study groups and joint decisions: real study files, both evaluators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then, when

from matcher.case import Request, match
from matcher.decisions import Weighed, weighed
from matcher.explain import tree_lines
from matcher.outcomes.groups import Assignment, assign, group_of
from matcher.outcomes.study import find_study, read_study
from tests.shared import evaluators, knowledge, library

if TYPE_CHECKING:
    from features.conftest import Board

TODAY = "2026-11-20"
PASSENGER = ("TTN", "p.A1G")
"""What an exome shows that found nothing else."""


@given(parsers.parse('the focus "{site}", sequenced as an exome, shows "{findings}"'))
def focus(board: Board, site: str, findings: str) -> None:
    found = [] if findings == "nothing" else [each.split(" ", 1) for each in findings.split(", ")]
    copies = [each for each in found if each[1] in {"amplification", "loss", "homozygous deletion"}]
    variants = [each for each in found if each not in copies] or [list(PASSENGER)]
    for name, heading, rows in (("tsv", "alteration", variants), ("cna.tsv", "state", copies or [["TTN", "neutral"]])):
        lines = [f"gene\t{heading}", *("\t".join(row) for row in rows)]
        (board.folder / f"{site}.{name}").write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = {"variants": f"{site}.tsv", "copy_number": f"{site}.cna.tsv"}
    sample = {"id": site, "kind": "tissue", "site": site, "assay": "WES", **files}
    board.about.setdefault("samples", []).append(sample)  # type: ignore[attr-defined]


@when(parsers.parse('the study "{name}" assigns the patient'), target_fixture="assigned")
def assigns(board: Board, name: str) -> Assignment:
    """By both evaluators, and from the file alone: the same group with the same proof."""
    study = read_study(find_study(name), None, ())
    request = Request(board.write(), TODAY, **board.options)
    found = [
        assign(match(request, knowledge(), library(), evaluator), study, evaluator=evaluator)
        for evaluator in evaluators()
    ]
    assert all(each == found[0] for each in found)
    assert group_of(request, study, knowledge(), library()) == found[0]
    return found[0]


@then(parsers.parse('the group is "{group}"'))
def group_is(assigned: Assignment, group: str) -> None:
    assert (assigned.eligible, assigned.group) == ("yes", group)


@then(parsers.parse('the scheme is "{regimen}"'))
def scheme_is(assigned: Assignment, regimen: str) -> None:
    assert [" + ".join(each) for each in assigned.scheme] == [regimen]


@then(parsers.parse("nothing is to be confirmed"))
def nothing_open(assigned: Assignment) -> None:
    assert assigned.to_confirm == ()


@then(parsers.parse('the group "{group}" is to be confirmed: "{text}"'))
def to_confirm(assigned: Assignment, group: str, text: str) -> None:
    lines = [line for each in assigned.to_confirm if each.group == group for line in each.because]
    assert any(text in line for line in lines), assigned.to_confirm


@then(parsers.parse('the group "{group}" is passed over: "{text}"'))
def passed_over(assigned: Assignment, group: str, text: str) -> None:
    lines = [line for each in assigned.passed_over if each.group == group for line in each.because]
    assert any(text in line for line in lines), assigned.passed_over


@then(parsers.parse('the criteria of "{group}" are met too'))
def met_too(assigned: Assignment, group: str) -> None:
    assert group in assigned.also


@then(parsers.parse('the patient is "{eligible}", without a group: "{text}"'))
def without_group(assigned: Assignment, eligible: str, text: str) -> None:
    wanted = {"eligible": "yes", "not eligible": "no", "of undetermined eligibility": "undetermined"}[eligible]
    assert (assigned.eligible, assigned.group) == (wanted, None)
    assert any(text in line for line in assigned.criteria), assigned.criteria


@then(parsers.parse('the patient is eligible for "{text}"'))
def is_eligible(assigned: Assignment, text: str) -> None:
    assert assigned.eligible == "yes"
    assert any(text in line for line in tree_lines(assigned.why))


@then(parsers.parse('eligibility is "{eligible}"'))
def eligibility_is(assigned: Assignment, eligible: str) -> None:
    assert assigned.eligible == eligible, tuple(tree_lines(assigned.why))


@then(parsers.parse('the group would be "{group}"'))
def would_be(assigned: Assignment, group: str) -> None:
    assert assigned.would_be == group


@then(parsers.parse('the proof of the group tells "{text}" from "{place}"'))
def proof_tells(assigned: Assignment, text: str, place: str) -> None:
    assert any(text in line and place in line for line in tree_lines(assigned.why)), list(tree_lines(assigned.why))


# --- joint decisions --------------------------------------------------------------------------------------------------


def _event(board: Board, **event: str) -> None:
    board.about.setdefault("events", []).append(event)  # type: ignore[attr-defined]


@given(parsers.parse('on "{date}" the board recommended "{regimens}"'))
def recommended_on(board: Board, date: str, regimens: str) -> None:
    _event(board, date=date, kind="board", recommended=regimens)


@given(parsers.re(r'on "(?P<date>[^"]+)" patient and clinician chose "(?P<chosen>[^"]+)"$'))
def chosen_on(board: Board, date: str, chosen: str) -> None:
    _event(board, date=date, kind="decision", chosen=chosen)


@given(parsers.re(r'on "(?P<date>[^"]+)" patient and clinician chose "(?P<chosen>[^"]+)" for "(?P<reason>[^"]+)"$'))
def chosen_for(board: Board, date: str, chosen: str, reason: str) -> None:
    _event(board, date=date, kind="decision", chosen=chosen, reason=reason)


def _decision(board: Board, date: str) -> Weighed:
    return next(each for each in weighed(board.answer) if each.joint.date == date)


@then(parsers.re(r'the decision of "(?P<date>[^"]+)" is "(?P<outcome>[^"]+)"$'))
def decision_is(board: Board, date: str, outcome: str) -> None:
    assert _decision(board, date).joint.outcome == outcome


@then(parsers.re(r'the decision of "(?P<date>[^"]+)" is "(?P<outcome>[^"]+)" for "(?P<reason>[^"]+)"$'))
def decision_is_for(board: Board, date: str, outcome: str, reason: str) -> None:
    joint = _decision(board, date).joint
    assert (joint.outcome, joint.reason) == (outcome, reason)


@then(parsers.parse('the board\'s "{regimen}" of "{date}" stands "{tier}" in this answer'))
def boards_is(board: Board, regimen: str, date: str, tier: str) -> None:
    placed = {" + ".join(each.regimen): each.tier or "not recommended" for each in _decision(board, date).recommended}
    assert placed[regimen] == tier, placed


@then(parsers.parse('the regimen chosen on "{date}" is recommended "{tier}" in this answer'))
def chosen_is(board: Board, date: str, tier: str) -> None:
    chosen = _decision(board, date).chosen
    assert chosen is not None
    assert chosen.tier == tier
