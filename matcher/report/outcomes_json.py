"""The outcomes of a study as plain structures for JSON, and as a table of one row for each number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.outcomes.values import Estimate, Proportion, Result, Table
from matcher.report.outcomes_document import arm_of

if TYPE_CHECKING:
    from matcher.outcomes.computed import LeftOut, Outcomes
    from matcher.outcomes.study import Endpoint

SCHEMA = "mtb-match-outcomes/1"

COLUMNS = (
    "study", "endpoint", "measure", "arm", "group", "what", "n", "number", "of", "value", "low", "high", "unit",
    "events", "not_counted",
)  # fmt: skip
"""The columns of the TSV. `what` is `result` for the headline, else what a share counts."""


def outcomes_structure(outcomes: Outcomes) -> dict[str, Any]:
    """The outcomes, version `mtb-match-outcomes/1`: fields may be added, never renamed."""
    study = outcomes.study
    return {
        "schema": SCHEMA,
        "study": {
            "name": study.name,
            "title": study.title,
            "protocol": study.protocol,
            "reading": study.reading,
            "digest": study.digest,
            "arms": [{"name": arm.name, "doc": arm.doc} for arm in study.arms],
        },
        "patients": _table(outcomes.patients),
        "counted": outcomes.counted,
        "unusable": [_left(each) for each in outcomes.unusable],
        "left_out": [_left(each) for each in outcomes.left_out],
        "follow_up": None if outcomes.follow_up is None else _table(outcomes.follow_up),
        "baseline": None if outcomes.baseline is None else _table(outcomes.baseline),
        "subjects": [
            {"id": each.id, "arm": each.arm, "group": each.group} for each in outcomes.subjects or outcomes.rows
        ],
        "results": [_result(each) for each in outcomes.results],
        "comparisons": [
            {
                "endpoint": each.endpoint,
                "arm": each.arm,
                "groups": list(each.groups),
                "biomarker": each.biomarker,
                **each.test._asdict(),
                "says": each.says,
            }
            for each in outcomes.comparisons
        ],
        "notes": [note.as_texts() for note in outcomes.notes],
    }


def _left(each: LeftOut) -> dict[str, Any]:
    return {"id": each.id, "reason": each.reason, "where": each.where}


def _table(table: Table) -> dict[str, Any]:
    return {"columns": list(table.columns), "rows": [list(row) for row in table.rows]}


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    options = {name: _plain(value) for name, value in endpoint.options.items()}
    return {"name": endpoint.name, "measure": endpoint.measure, "says": endpoint.says, "options": options}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.name if isinstance(value, Path) else value


def _result(result: Result) -> dict[str, Any]:
    curve = result.curve
    return {
        "endpoint": _endpoint(result.endpoint),
        "arm": result.arm,
        "group": result.group,
        "n": result.n,
        "value": _value(result.value),
        "shares": [{"what": name, **_value(share)} for name, share in result.shares],
        "curve": None
        if curve is None
        else {
            "steps": [list(step) for step in curve.steps],
            "median_days": _value(curve.median),
            "at_risk": [list(each) for each in curve.at_risk],
            "events": curve.events,
            "censored": list(curve.censored),
        },
        "times": [each._asdict() for each in result.spells],
        "tables": [{"name": name, **_table(table)} for name, table in result.tables],
        "excluded": [each._asdict() for each in result.excluded],
        "notes": list(result.notes),
        "biomarker": result.biomarker,
    }


def _value(value: Proportion | Estimate | None) -> dict[str, Any]:
    """A proportion or an estimate with its kind; an empty mapping for none."""
    if value is None:
        return {}
    return {"kind": "proportion" if isinstance(value, Proportion) else "estimate", **value._asdict()}


def outcomes_tsv(outcomes: Outcomes) -> str:
    """The numbers, one a line, tab-separated under COLUMNS; what is not known is empty."""
    lines = ["\t".join(COLUMNS)]
    for result in outcomes.results:
        lines += ("\t".join(_cell(cell) for cell in row) for row in _rows(outcomes.study.name, result))
    return "\n".join(lines) + "\n"


def _rows(study: str, result: Result) -> Iterator[tuple[object, ...]]:
    head = (study, result.endpoint.name, result.endpoint.measure, arm_of(result), result.group or "all")
    events = None if result.curve is None else result.curve.events
    yield (*head, "result", result.n, *_numbers(result.value), events, len(result.excluded))
    for name, share in result.shares:
        yield (*head, name, result.n, *_numbers(share), None, None)


def _numbers(value: Proportion | Estimate | None) -> tuple[object, ...]:
    if value is None:
        return (None,) * 6
    if isinstance(value, Proportion):
        return (value.number, value.of, value.share, value.low, value.high, "share")
    return (None, None, value.value, value.low, value.high, value.unit)


def _cell(cell: object) -> str:
    text = "" if cell is None else f"{cell:.6g}" if isinstance(cell, float) else str(cell)
    return " ".join(text.split())
