"""What a cohort that was matched again comes to: who was touched, who changed and how, and the items that did most."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matcher.cohort.moves import GONE, NEW, OF_REGIMENS, READABLE, RELEASE, SAME, UNREADABLE
from matcher.readers.reading import counted

if TYPE_CHECKING:
    from matcher.cohort.output import Asked

MOST = 15
"""So many causes and regimens are told."""

RECOMMENDED = ("gained", "lost", "tier", "avoided", "no longer avoided")
"""What changes which regimens are recommended, in which tier, or which are to be avoided."""


class Cause(NamedTuple):
    """An item that moved regimens: what happened to it, its sources, for how many patients, how it is tied to them."""

    words: str
    id: str | None
    sources: tuple[str, ...]
    patients: int
    how: str


class Turn(NamedTuple):
    """What happened to a regimen, and to how many patients."""

    regimen: str
    kind: str
    patients: int


class Account(NamedTuple):
    """A run since an earlier release, in numbers of patients.

    `touched` were matched and compared: `moved` of them have another recommendation or something else to avoid,
    `shifted` the same with other levels, findings, evidence, access or ranks, `same` the same answer. `left`, all
    others, could not change. `since` and `release` are the releases, `compared` what differs between them in words,
    `left_how` what became of those who could not change.
    """

    since: str
    release: str
    compared: str
    left_how: str
    patients: int
    touched: int
    moved: int
    shifted: int
    same: int
    left: int
    new: int
    gone: int
    readable: int
    unreadable: int
    kinds: tuple[tuple[str, int], ...]
    causes: tuple[Cause, ...]
    turns: tuple[Turn, ...]


def account(output: Asked) -> Account:
    """The account of a finished run with a table of changes."""
    listed = ", ".join(f"'{kind}'" for kind in OF_REGIMENS)
    moving = ", ".join(f"'{kind}'" for kind in RECOMMENDED)
    of_patients = dict(output.run("SELECT kind, count(DISTINCT patient) FROM changes GROUP BY 1"))
    ((patients,),) = output.run("SELECT count(*) FROM patients")
    ((touched,),) = output.run(f"SELECT count(DISTINCT patient) FROM changes WHERE kind <> '{GONE}'")
    ((moved,),) = output.run(f"SELECT count(DISTINCT patient) FROM changes WHERE kind IN ({moving})")
    ((any_move,),) = output.run(f"SELECT count(DISTINCT patient) FROM changes WHERE kind IN ({listed})")
    releases = output.run(f"SELECT before, after, cause, how FROM changes WHERE kind = '{RELEASE}'")
    since, release, compared, left_how = map(str, releases[0]) if releases else ("", "", "", "")
    return Account(
        since,
        release,
        compared,
        left_how,
        patients,
        touched,
        moved,
        any_move - moved,
        of_patients.get(SAME, 0),
        patients - touched,
        of_patients.get(NEW, 0),
        of_patients.get(GONE, 0),
        of_patients.get(READABLE, 0),
        of_patients.get(UNREADABLE, 0),
        tuple((kind, of_patients[kind]) for kind in OF_REGIMENS if kind in of_patients),
        _causes(output),
        _turns(output, moving),
    )


def _causes(output: Asked) -> tuple[Cause, ...]:
    rows = output.run(
        f"""SELECT cause, cause_id, any_value(sources), count(DISTINCT patient) AS patients, min(how) FROM changes
        WHERE cause_id IS NOT NULL AND how <> 'another regimen moved' GROUP BY cause, cause_id
        ORDER BY patients DESC, cause LIMIT {MOST}"""
    )
    return tuple(Cause(words, id, tuple(sources or ()), patients, how) for words, id, sources, patients, how in rows)


def _turns(output: Asked, moving: str) -> tuple[Turn, ...]:
    rows = output.run(
        f"""SELECT regimen, kind, count(DISTINCT patient) AS patients FROM changes WHERE kind IN ({moving})
        GROUP BY regimen, kind ORDER BY patients DESC, regimen, kind LIMIT {MOST}"""
    )
    return tuple(Turn(*row) for row in rows)


def lines(found: Account) -> tuple[str, ...]:
    """The account in a few sentences."""
    left = {"taken over": ", and were taken over", "matched anew": ", and were matched on the newer one alone"}
    told = [
        f"{found.touched:,} of {counted(found.patients, 'patient')} could change, {found.left:,} could not"
        f"{left.get(found.left_how, '')}."
    ]
    told.append(
        f"{found.moved:,} have another recommendation or something else to avoid, {found.shifted:,} the same with "
        f"other levels, findings, evidence, access or ranks, {found.same:,} the same answer."
    )
    beside = (
        *((found.new, "new"), (found.gone, "gone")),
        *((found.readable, "readable now"), (found.unreadable, "unreadable now")),
    )
    if any(number for number, _ in beside):
        told.append("Patients " + ", ".join(f"{what}: {number}" for number, what in beside if number) + ".")
    if found.causes:
        first = found.causes[0]
        told.append(f"What moved most: {first.words} ({counted(first.patients, 'patient')}).")
    return tuple(told)
