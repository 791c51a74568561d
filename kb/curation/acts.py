"""What people do with curated items, and what an item's state is on a day.

Nothing is ever removed: an act is added to those before it. An item counts when a second person accepted it. A
retraction needs one person and a reason, since it takes a claim back; to undo it needs another person again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from kb.curation.item import Item, is_curated
from kb.errors import CurationProblem

SUBMITTED, ACCEPTED, REJECTED = "submitted", "accepted", "rejected"
SUPERSEDED, RETRACTED, REINSTATED = "superseded", "retracted", "reinstated"
DISPUTED = "disputed"
"""The state of an item on which separate books decided differently: it does not count until it is decided again."""

KINDS = (SUBMITTED, ACCEPTED, REJECTED, SUPERSEDED, RETRACTED, REINSTATED)

FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How acts carry the time, so that text order is time order."""

_FROM: dict[str, set[str | None]] = {
    SUBMITTED: {None, REJECTED, RETRACTED, SUPERSEDED},
    ACCEPTED: {SUBMITTED, DISPUTED},
    REJECTED: {SUBMITTED, DISPUTED},
    SUPERSEDED: {ACCEPTED},
    RETRACTED: {SUBMITTED, ACCEPTED, DISPUTED},
    REINSTATED: {RETRACTED},
}
"""Each kind of act, and the states of an item in which it can be done; None for an item that nobody submitted."""

_NEEDS_REASON = {REJECTED, RETRACTED, REINSTATED}
_SECOND_PERSON = {ACCEPTED: SUBMITTED, REINSTATED: RETRACTED}
"""Acts that another person must do than the one who did the act before."""


class Person(NamedTuple):
    """A curator: the name, and the ORCID iD (https://orcid.org), by which two people are told apart."""

    name: str
    orcid: str


class Act(NamedTuple):
    """One act on one item: what was done, by whom, when (UTC, `2026-11-21T10:00:00.000000Z`) and why.

    `item` is a curated item's id, or that of an evidence item of the graph, which can be retracted and reinstated
    only. `digest` is that of the item submitted; `method` says how it was entered; `other` is the item that a
    submission is meant to supersede, or that an item was superseded by.
    """

    item: str
    kind: str
    person: Person
    at: str
    reason: str | None = None
    digest: str | None = None
    method: str | None = None
    other: str | None = None

    @property
    def id(self) -> str:
        """Made from all that it says."""
        return f"{self.item}:{sha256(repr(tuple(self)).encode()).hexdigest()[:12]}"

    @property
    def day(self) -> str:
        """The day (UTC) on which it was done."""
        return self.at[:10]


class Book(NamedTuple):
    """Items by id and every act on them, oldest first: what a journal holds, or what was read from files."""

    items: Mapping[str, Item]
    acts: tuple[Act, ...]

    def history(self, id: str, day: str | None = None) -> tuple[Act, ...]:
        """The acts on an item up to the end of a day (ISO), or all; oldest first."""
        return tuple(act for act in self.acts if act.item == id and (day is None or act.day <= day))

    def histories(self, day: str | None = None) -> dict[str, tuple[Act, ...]]:
        """The history of every item with one, by id: all at once, where many are wanted."""
        found: dict[str, list[Act]] = {}
        for act in self.acts:
            if day is None or act.day <= day:
                found.setdefault(act.item, []).append(act)
        return {id: tuple(acts) for id, acts in found.items()}

    def status(self, id: str, day: str | None = None) -> str | None:
        """The state of an item at the end of a day, or now; None where nothing was done with it until then."""
        return state(self.history(id, day))

    def to_supersede(self, id: str) -> str | None:
        """The item that the last submission of this one is to supersede; None for none."""
        return next((act.other for act in reversed(self.history(id)) if act.kind == SUBMITTED), None)

    def in_state(self, states: Iterable[str], day: str | None = None) -> tuple[Item, ...]:
        """The items in one of these states at the end of a day, by id."""
        wanted, acts = frozenset(states), self.histories(day)
        return tuple(item for id, item in sorted(self.items.items()) if state(acts.get(id, ())) in wanted)

    def counting(self, day: str | None = None, submitted: bool = False) -> tuple[Item, ...]:
        """The items that count on a day: the accepted ones, and those that wait for a decision where asked for."""
        return self.in_state((ACCEPTED, SUBMITTED) if submitted else (ACCEPTED,), day)

    def retracted(self, day: str | None = None) -> tuple[str, ...]:
        """The ids of evidence items of the graph itself that are retracted on a day, sorted."""
        acts = self.histories(day)
        return tuple(sorted(id for id in acts if not is_curated(id) and state(acts[id]) == RETRACTED))

    @property
    def digest(self) -> str:
        """SHA-256 over the items' digests and the acts, whatever the order in which they came (`sha256:...`)."""
        lines = sorted([*(f"{id} {item.digest}" for id, item in self.items.items()), *(act.id for act in self.acts)])
        return f"sha256:{sha256(chr(10).join(lines).encode()).hexdigest()}"


def book(items: Iterable[Item], acts: Iterable[Act]) -> Book:
    """The items and acts, each once, the acts by time."""
    ordered = sorted(set(acts), key=lambda act: (act.at, KINDS.index(act.kind), act.id))
    return Book({item.id: item for item in items}, tuple(ordered))


def state(acts: Iterable[Act]) -> str | None:
    """The state that these acts on one item (oldest first) leave it in.

    Acts that do not follow from one another, as two books that were merged can hold, leave it disputed.
    """
    found: str | None = None
    for act in acts:
        base = act.kind == RETRACTED and not is_curated(act.item)
        if found in _FROM[act.kind] or (base and found in (None, REINSTATED)):
            found = ACCEPTED if act.kind == REINSTATED and is_curated(act.item) else act.kind
        elif found != act.kind:
            found = DISPUTED
    return found


def superseding(known: Book, accepted: Act, old: str | None) -> tuple[Act, ...]:
    """The acts that the acceptance of an item brings with it: the one that it supersedes no longer counts.

    An item that did not count, or counts no longer, stays as it is.
    """
    if old is None or known.status(old) not in (ACCEPTED, None, REINSTATED):
        return ()
    if is_curated(old):
        return (accepted._replace(item=old, kind=SUPERSEDED, other=accepted.item),)
    reason = f"superseded by {accepted.item}"
    return (accepted._replace(item=old, kind=RETRACTED, reason=reason, other=accepted.item),)


def check(known: Book, act: Act) -> None:
    """CurationProblem when this act cannot be done next: not in this state, not by this person, without a reason."""
    before = known.history(act.item)
    _check_person(act.person)
    if act.kind in _NEEDS_REASON and not (act.reason or "").strip():
        raise CurationProblem(act.item, f"cannot be {act.kind} without a reason", "say why with --because")
    if not is_curated(act.item) and act.kind not in (RETRACTED, REINSTATED):
        raise CurationProblem(act.item, f"is no curated item and cannot be {act.kind}", "name an item of `kb review`")
    current = state(before)
    if state((*before, act)) == DISPUTED or (current == act.kind):
        now = f"is {current}" if current else "was never submitted"
        raise CurationProblem(act.item, f"{now} and cannot be {act.kind}", "see `kb history` of the item")
    if act.kind == SUPERSEDED and act.other is None:
        raise CurationProblem(act.item, "cannot be superseded by nothing", "accept the item that is to supersede it")
    first = _SECOND_PERSON.get(act.kind)
    last = next((each for each in reversed(before) if each.kind == first), None)
    if last is not None and last.person.orcid == act.person.orcid:
        raise CurationProblem(
            act.item,
            f"was {first} by {last.person.name} ({last.person.orcid}), who cannot be the one by whom it is {act.kind}",
            "a second person decides",
        )


def check_told(acts: Iterable[Act], item: Item | None) -> None:
    """CurationProblem when these acts on one item, told from elsewhere, are such as no journal would have recorded.

    Separate books may hold acts that do not follow from one another, which makes the item disputed; but nobody accepts
    what only that person submitted, and no act lacks its person, its day or its reason.
    """
    before: list[Act] = []
    for act in acts:
        _check_person(act.person)
        _check_form(act, item)
        first = [each.person.orcid for each in before if each.kind == _SECOND_PERSON.get(act.kind)]
        if act.kind in _SECOND_PERSON and not set(first) - {act.person.orcid}:
            told = f"was {act.kind} by {act.person.name} ({act.person.orcid})"
            alone = "who alone had" if first else "before anybody had"
            raise CurationProblem(act.item, f"{told}, {alone} {_SECOND_PERSON[act.kind]} it", "a second person decides")
        before.append(act)


def _check_form(act: Act, item: Item | None) -> None:
    """CurationProblem for an act of an unknown kind or time, without its reason, or on another item than this one."""
    allowed = KINDS if item is not None else (RETRACTED, REINSTATED)
    if act.kind not in allowed:
        raise CurationProblem(act.item, f"cannot be {act.kind!r}", f"acts are {', '.join(allowed)}")
    if act.kind in _NEEDS_REASON and not (act.reason or "").strip():
        raise CurationProblem(act.item, f"was {act.kind} without a reason", "take the act as it was recorded")
    if not _is_time(act.at):
        raise CurationProblem(
            act.item, f"was {act.kind} at {act.at!r}, which is no time in UTC", "take the act as it was recorded"
        )
    if item is not None and act.kind == SUBMITTED and act.digest != item.digest:
        raise CurationProblem(act.item, "was submitted with another digest than its own", "submit the item again")


def _is_time(told: str) -> bool:
    try:
        return datetime.strptime(told, FORM).strftime(FORM) == told
    except ValueError:
        return False


def _check_person(person: Person) -> None:
    from kb.outcomes import is_orcid  # an answer in which items count checks nobody

    if not person.name.strip():
        raise CurationProblem("the curator", "has no name", "say who you are with --curator")
    if not is_orcid(person.orcid):
        raise CurationProblem(
            person.orcid or "the curator", "is no ORCID iD: its check digit does not fit", "copy it from ORCID"
        )


def now() -> str:
    """The time of this machine in UTC, as acts carry it."""
    return datetime.now(UTC).strftime(FORM)
