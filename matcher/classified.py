"""One small variant that a patient's files classify in two ways: its significance is uncertain."""

from __future__ import annotations

from dataclasses import replace

from kb.alteration import Alteration, SmallVariant
from matcher.notes import Note, Severity

_SIDES = {
    "pathogenic": "pathogenic",
    "likely pathogenic": "pathogenic",
    "oncogenic": "pathogenic",
    "likely oncogenic": "pathogenic",
    "uncertain": "uncertain",
    "likely benign": "benign",
    "benign": "benign",
}
"""The significances, by the side that they are on: those of one side do not contradict each other."""


def with_one_significance(alterations: tuple[Alteration, ...]) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
    """The alterations, where a variant that is classified in two ways counts as uncertain; and notes that name both."""
    same: dict[tuple[object, ...], list[int]] = {}
    for number, one in enumerate(alterations):
        if isinstance(one, SmallVariant) and one.gene and one.significance in _SIDES:
            change = one.protein if one.protein is not None and one.protein.first is not None else one.coding
            if change is not None:
                same.setdefault((one.gene, change), []).append(number)
    if not same:
        return alterations, ()
    found, notes = list(alterations), []
    for rows in same.values():
        classified = [one for number in rows if isinstance(one := alterations[number], SmallVariant)]
        if len({_SIDES[one.significance or ""] for one in classified}) < 2:
            continue
        for number, one in zip(rows, classified, strict=True):
            found[number] = replace(one, significance="uncertain")
        told = " and ".join(dict.fromkeys(f"{one.significance} ({one.place})" for one in classified))
        message = f"{classified[0].label} is classified as {told}: taken as uncertain"
        notes.append(Note(Severity.WARNING, classified[0].place, message, "keep the classification that holds"))
    return (tuple(found) if notes else alterations), tuple(notes)
