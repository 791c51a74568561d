"""What has aged, and whom it concerns: as text, JSON and a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from kb.curation.stale import Stale
from matcher.facts import regimen_label
from matcher.stale import AVOIDS, BLOCKED, LEADS, SUPPORTS, Affected, Rest
from matcher.timeline import Difference

_DOES = {
    LEADS: "{item} leads {regimen}",
    SUPPORTS: "{item} supports {regimen}",
    AVOIDS: "{item} speaks for avoiding {regimen}",
    BLOCKED: "{item} would give {regimen}, and is withdrawn",
}


def text(found: Sequence[Stale], concerned: Sequence[Affected] | None, day: str) -> str:
    """The items by kind, then the patients with what each item does and how the answer changes without them."""
    lines = [f"aged on {day}: {len(found)}"]
    for kind, items in groupby(found, key=lambda each: each.kind):
        listed = list(items)
        lines += ["", f"{kind} ({len(listed)})"]
        for each in listed:
            still = "" if not each.counts else "; still counts"
            lines += [f"  {each.id}  {each.label}", f"      {each.because}{still}"]
    if concerned is not None:
        lines += ["", f"patients affected: {sum(not each.problem for each in concerned)}"]
        for patient in concerned:
            lines += ["", f"  {patient.patient} ({patient.path})", *(f"      {line}" for line in _patient(patient))]
    return "\n".join(lines) + "\n"


def _patient(patient: Affected) -> Iterator[str]:
    if patient.problem:
        yield f"cannot be matched: {patient.problem}"
    for rest in patient.rests:
        yield _does(rest)
    for id in patient.until:
        yield f"{id} was the ground of a recommendation until it was withdrawn"
    if patient.difference is not None:
        changes = list(changes_of(patient.difference))
        yield "without them: " + ("the recommendations stay as they are" if not changes else "")
        yield from (f"  {change}" for change in changes)


def _does(rest: Rest) -> str:
    return _DOES[rest.does].format(item=rest.item, regimen=regimen_label(rest.regimen))


def changes_of(difference: Difference) -> Iterator[str]:
    """What changes, a line each: regimens that moved, then those to avoid, and no longer to avoid."""
    yield from map(str, difference.moves)
    for move in difference.avoid:
        yield f"{regimen_label(move.regimen)} is to be avoided"
    for move in difference.no_longer_avoid:
        yield f"{regimen_label(move.regimen)} is no longer to be avoided"


def as_json(found: Sequence[Stale], concerned: Sequence[Affected] | None, day: str) -> str:
    """Everything, for machines; `patients` is null where none was asked about."""
    told: dict[str, Any] = {
        "schema": "mtb-match-stale/1",
        "as_of": day,
        "items": [each._asdict() for each in found],
        "patients": None if concerned is None else [_patient_json(each) for each in concerned],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _patient_json(patient: Affected) -> dict[str, Any]:
    return {
        "id": patient.patient,
        "file": patient.path,
        "problem": patient.problem,
        "rests_on": [{"item": each.item, "does": each.does, "regimen": list(each.regimen)} for each in patient.rests],
        "recommended_until_withdrawn": list(patient.until),
        "changes": [] if patient.difference is None else list(changes_of(patient.difference)),
    }


COLUMNS = ("kind", "id", "label", "since", "counts", "because", "patients")


def tsv(found: Sequence[Stale], concerned: Sequence[Affected] | None, day: str) -> str:
    """One item a line, with the patients whom it concerns; empty where none was asked about."""
    rows = [COLUMNS]
    for each in found:
        whom = "" if concerned is None else " | ".join(_whom(each.id, concerned))
        rows.append(
            (each.kind, each.id, each.label, each.since or "", "yes" if each.counts else "no", each.because, whom)
        )
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)


def _whom(id: str, concerned: Iterable[Affected]) -> Iterator[str]:
    for patient in concerned:
        if id in patient.until or any(rest.item == id for rest in patient.rests):
            yield patient.patient


VIEWS: dict[str, Callable[[Sequence[Stale], Sequence[Affected] | None, str], str]] = {
    "text": text,
    "json": as_json,
    "tsv": tsv,
}
