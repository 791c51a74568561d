"""How two answers to one patient differ: what is recommended and avoided, row by row of a cohort's tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from matcher.cohort.tables import COLUMNS

GAINED, LOST, TIER, LEVELS, FINDINGS, EVIDENCE, ACCESS, RANK = (
    "gained", "lost", "tier", "levels", "findings", "evidence", "access", "rank",
)  # fmt: skip
AVOIDED, NOT_AVOIDED, WARNED = "avoided", "no longer avoided", "warned otherwise"
NEW, GONE, READABLE, UNREADABLE, SAME = "new patient", "patient gone", "readable", "unreadable", "same"
RELEASE = "release"
"""The kind of the one row that is of no patient: the releases that were compared."""

OF_REGIMENS = (GAINED, LOST, TIER, LEVELS, FINDINGS, EVIDENCE, ACCESS, RANK, AVOIDED, NOT_AVOIDED, WARNED)
"""What can happen to a regimen, in the order of a report."""

FRAMEWORKS = ("amp", "escat", "oncokb", "civic", "nct")


class Move(NamedTuple):
    """What happened to one regimen of a patient: what of it is other, before and after in words.

    `ids` are the items that either answer cites for it, `profiles` what the leading ones ask for.
    """

    kind: str
    regimen: tuple[str, ...]
    before: str | None
    after: str | None
    ids: frozenset[str] = frozenset()
    profiles: tuple[str, ...] = ()


Shown = dict[str, Any]
"""One row of a table by its columns."""


class Patient(NamedTuple):
    """Whether a patient could be matched, and why not."""

    outcome: str
    reason: str | None


class Answer(NamedTuple):
    """What one patient was told: recommendations by rank, regimens to avoid."""

    recommended: tuple[Shown, ...]
    avoided: tuple[Shown, ...]


class Answered(NamedTuple):
    """Answers to many patients, by their names."""

    patients: dict[str, Patient]
    recommended: dict[str, list[Shown]]
    avoided: dict[str, list[Shown]]

    def of(self, name: str) -> Answer:
        """The answer to one patient."""
        return Answer(tuple(self.recommended.get(name, ())), tuple(self.avoided.get(name, ())))

    def with_those_of(self, others: Answered) -> Answered:
        """These answers, but for the patients to whom the others have one."""
        kept = {name: each for name, each in self.recommended.items() if name not in others.patients}
        avoided = {name: each for name, each in self.avoided.items() if name not in others.patients}
        return Answered(
            {**self.patients, **others.patients}, {**kept, **others.recommended}, {**avoided, **others.avoided}
        )


def answered(rows: Mapping[str, Iterable[tuple[object, ...]]]) -> Answered:
    """The answers that the rows of the tables tell."""
    patients = (dict(zip(COLUMNS["patients"], row, strict=True)) for row in rows["patients"])
    told = {str(each["patient"]): Patient(str(each["outcome"]), _text(each["reason"])) for each in patients}
    return Answered(told, *(_by_patient(table, rows[table]) for table in ("recommendations", "avoided")))


def _by_patient(table: str, rows: Iterable[tuple[object, ...]]) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = {}
    for row in rows:
        found.setdefault(str(row[0]), []).append(dict(zip(COLUMNS[table], row, strict=True)))
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def moves(before: Answer, after: Answer) -> Iterator[Move]:
    """What happened to each regimen: those recommended by rank, then those no longer, then those to avoid.

    A regimen that only changes its rank is told of where nothing else of it is other.
    """
    was = {each["regimen"]: each for each in before.recommended}
    now = {each["regimen"]: each for each in after.recommended}
    for regimen in (*now, *(each for each in was if each not in now)):
        yield from _of_recommended(regimen, was.get(regimen), now.get(regimen))
    yield from _of_avoided(before, after)


def _of_recommended(regimen: str, was: Shown | None, now: Shown | None) -> Iterator[Move]:
    told = [each for each in (was, now) if each is not None]
    ids = frozenset(id for each in told for id in (each["option"], *(each["evidence"] or ())))
    about = tuple(dict.fromkeys(each["profile"] for each in told if each["profile"]))
    drugs = tuple(regimen.split("+"))
    if was is None or now is None:
        kind = GAINED if was is None else LOST
        yield Move(kind, drugs, _standing(was) if was else None, _standing(now) if now else None, ids, about)
        return
    aspects = [(kind, *(tell(each) for each in (was, now))) for kind, tell in _ASPECTS.items()]
    other = [each for each in aspects if each[1] != each[2]]
    for kind, old, new in other or ([(RANK, was["rank"], now["rank"])] if was["rank"] != now["rank"] else []):
        yield Move(kind, drugs, str(old), str(new), ids, about)


def _of_avoided(before: Answer, after: Answer) -> Iterator[Move]:
    was = {each["regimen"]: each for each in before.avoided}
    now = {each["regimen"]: each for each in after.avoided}
    for regimen in (*now, *(each for each in was if each not in now)):
        old, new = was.get(regimen), now.get(regimen)
        if old is not None and new is not None and _warning(old) == _warning(new):
            continue
        kind = WARNED if old is not None and new is not None else AVOIDED if old is None else NOT_AVOIDED
        told = [each for each in (old, new) if each is not None]
        ids = frozenset(id for each in told for id in each["evidence"] or ())
        yield Move(kind, tuple(regimen.split("+")), _warning(old) if old else None, _warning(new) if new else None, ids)


def _standing(shown: Shown) -> str:
    return f"rank {shown['rank']}, {shown['tier']}"


def _levels(shown: Shown) -> str:
    return ", ".join(f"{name} {shown[name]}" for name in FRAMEWORKS if shown[name]) or "none"


def _findings(shown: Shown) -> str:
    told = [f"{each['criterion']} {each['verdict']} ({each['about']})" for each in shown["findings"] or ()]
    marks = [*(shown["flags"] or ()), *(f"lowered: {each}" for each in shown["lowered"] or ())]
    return "; ".join((*told, *marks)) or "none"


def _evidence(shown: Shown) -> str:
    beside = [id for id in shown["evidence"] or () if id != shown["option"]]
    return ", ".join((shown["option"], *beside))


def _access(shown: Shown) -> str:
    pays = {True: "reimbursed", False: "not reimbursed", None: "reimbursement unknown"}[shown["reimbursed"]]
    places = ", ".join(shown["authorized"] or ()) or "nowhere"
    return f"authorized in {places}; {pays}"


def _warning(shown: Shown) -> str:
    return f"{shown['because']} ({', '.join(shown['evidence'] or ())})"


_ASPECTS = {
    TIER: lambda shown: str(shown["tier"]),
    LEVELS: _levels,
    FINDINGS: _findings,
    EVIDENCE: _evidence,
    ACCESS: _access,
}
"""What is told of a recommendation, in words: what differs in one of them has changed."""
