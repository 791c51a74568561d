"""Steps about several samples: foci, blood and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, parsers, then

from matcher.lesions import reconciled

if TYPE_CHECKING:
    from features.conftest import Board

PASSENGER = "TTN\tp.A1G\t\t"
"""What a sample has whose assay found nothing else."""


def _sample(board: Board, name: str) -> dict[str, object]:
    samples = board.about.setdefault("samples", [])
    assert isinstance(samples, list)
    return next(each for each in samples if each["id"] == name)


@given(parsers.parse('a sample "{name}" of {site}, taken on "{date}", sequenced by "{assay}"'))
def sample(board: Board, name: str, site: str, date: str, assay: str) -> None:
    variants = f"{name}.tsv"
    (board.folder / variants).write_text(f"gene\talteration\tvaf\tdepth\n{PASSENGER}\n", encoding="utf-8")
    one = {"id": name, "date": date, "variants": variants, "assay": assay}
    kind = {"kind": "ctDNA"} if site == "blood" else {"kind": "tissue", "site": site}
    board.about.setdefault("samples", []).append(one | kind)  # type: ignore[attr-defined]


@given(parsers.parse('"{name}" has "{alteration}"'))
def has(board: Board, name: str, alteration: str) -> None:
    _add_call(board, name, alteration, "")


@given(parsers.parse('"{name}" has "{alteration}" at an allele fraction of {percent:d}%'))
def has_at(board: Board, name: str, alteration: str, percent: int) -> None:
    _add_call(board, name, alteration, str(percent / 100))


def _add_call(board: Board, name: str, alteration: str, vaf: str) -> None:
    gene, _, change = alteration.partition(" ")
    with (board.folder / f"{name}.tsv").open("a", encoding="utf-8") as lines:
        lines.write(f"{gene}\t{change}\t{vaf}\t\n")


@given(parsers.parse('the purity of "{name}" is {percent:d}%'))
def purity_of(board: Board, name: str, percent: int) -> None:
    _sample(board, name)["purity"] = percent / 100


@given(parsers.parse('"{marker}" of "{name}" is "{value}"'))
def marker_of(board: Board, marker: str, name: str, value: str) -> None:
    _sample(board, name).setdefault("biomarkers", {})[marker] = value  # type: ignore[attr-defined]


@then(parsers.parse('"{alteration}" is {where} among the samples'))
def is_classed(board: Board, alteration: str, where: str) -> None:
    row = next(row for row in reconciled(board.matched).rows if row.label == alteration)
    assert row.classified.where.value == where


@then(parsers.parse('"{alteration}" in "{sample}" is "{status}"'))
def in_sample(board: Board, alteration: str, sample: str, status: str) -> None:
    found = reconciled(board.matched)
    row = next(row for row in found.rows if row.label == alteration)
    cells = {each.id: cell for each, cell in zip(found.samples, row.cells, strict=True)}
    assert cells[sample].status.value == status


@then(parsers.parse('the {criterion} of "{item}" is told: "{message}"'))
def told(board: Board, criterion: str, item: str, message: str) -> None:
    findings = [each for each in board.option(item).findings if each.criterion == criterion]
    assert message in [each.message for each in findings], [each.message for each in findings]


@then(parsers.parse('HER2 is "{status}" in "{sample}"'))
def her2_in(board: Board, status: str, sample: str) -> None:
    assert {each.sample.id: each.status for each in reconciled(board.matched).her2}[sample] == status


@then("HER2 differs between the foci")
def her2_differs(board: Board) -> None:
    assert board.matched.derivations.concluded("her2_heterogeneous")


@then(parsers.parse('"{regimen}" is lowered for "{reason}"'))
def is_lowered(board: Board, regimen: str, reason: str) -> None:
    assert reason in board.recommended(regimen).option.lowered
