"""Which scenarios move when the graph changes: those that hold no longer, or now, and those whose answer differs.

What each scenario asked of the graph before is asked of the graph after again. Only where an answer differs the
scenario is run again: one whose every question has the same answer cannot end otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kb.asked import Answered, answered_otherwise
from kb.graph import KnowledgeBase
from matcher.facts import regimen_label
from matcher.levels import NAMES
from matcher.scenarios.run import PASSED, Ended, Progress, run_of

BREAKS, MENDS, ANSWER = "breaks", "mends", "answer"


class Change(NamedTuple):
    """What became of a regimen in a scenario's answer: `was` and `now` are its places, None for none.

    A place is a tier, or `avoid: REASON`. Where both are the same, `detail` says what differs.
    """

    regimen: tuple[str, ...]
    was: str | None
    now: str | None
    detail: str = ""

    def __str__(self) -> str:
        if self.was == self.now:
            return f"{regimen_label(self.regimen)}: {self.detail}"
        return f"{regimen_label(self.regimen)}: {self.was or 'not recommended'} -> {self.now or 'not recommended'}"


class Moved(NamedTuple):
    """A scenario that moved: `kind` is `breaks`, `mends` or `answer` (the answer differs, and it ends as before)."""

    kind: str
    before: Ended
    after: Ended
    changes: tuple[Change, ...]

    @property
    def place(self) -> str:
        """Where the scenario stands (`file:line`)."""
        return self.after.place

    @property
    def title(self) -> str:
        """The scenario's title, with the values of its row of examples."""
        return self.after.name.partition(": ")[2]


class Found(NamedTuple):
    """What came of comparing: the scenarios that moved, and how many there are, could be touched, and fail before."""

    moved: tuple[Moved, ...]
    scenarios: int
    touched: int
    failing: tuple[Ended, ...]


def compared(features: Path, before: KnowledgeBase, after: KnowledgeBase, progress: Progress | None = None) -> Found:
    """The scenarios of a folder that move from one graph to another; UnusableInput where they cannot be run."""
    was = run_of(features, before, None, progress)
    touched = _touched(was.asked, after)
    now = run_of(features, after, touched, progress)
    pairs = ((was.ended[name], ended) for name, ended in now.ended.items())
    found = [each for pair in pairs if (each := _moved(*pair)) is not None]
    failing = tuple(each for each in was.ended.values() if each.outcome != PASSED)
    return Found(tuple(sorted(found, key=_order)), len(was.ended), len(touched), failing)


def moved(
    features: Path, before: KnowledgeBase, after: KnowledgeBase, progress: Progress | None = None
) -> tuple[Moved, ...]:
    """As `compared`: the scenarios that moved alone, those that hold no longer first."""
    return compared(features, before, after, progress).moved


def _touched(asked: Mapping[str, frozenset[Answered]], after: KnowledgeBase) -> tuple[str, ...]:
    """The scenarios that asked something that the graph answers otherwise."""
    other = answered_otherwise(after, frozenset().union(*asked.values()))
    return tuple(sorted(name for name, each in asked.items() if not other.isdisjoint(each)))


def _order(each: Moved) -> tuple[object, ...]:
    file, _, line = each.place.rpartition(":")
    return (BREAKS, MENDS, ANSWER).index(each.kind), file, int(line), each.after.name


def _moved(was: Ended, now: Ended) -> Moved | None:
    changes = tuple(dict.fromkeys(_changes(was, now)))
    if was.outcome != now.outcome:
        return Moved(MENDS if now.outcome == PASSED else BREAKS, was, now, changes)
    if was.answers != now.answers or was.failed != now.failed:
        return Moved(ANSWER, was, now, changes)
    return None


def _changes(was: Ended, now: Ended) -> Iterator[Change]:
    for old, new in zip(was.answers, now.answers, strict=False):
        before, after = _places(old), _places(new)
        for regimen in sorted({*before, *after}):
            (place, about), (other, others) = before.get(regimen, (None, {})), after.get(regimen, (None, {}))
            if (place, about) != (other, others):
                yield Change(regimen, place, other, _detail(about, others))


def _places(answer: Any) -> dict[tuple[str, ...], tuple[str | None, dict[str, Any]]]:
    found: dict[tuple[str, ...], tuple[str | None, dict[str, Any]]] = {}
    for each in answer["avoid"]:
        found[tuple(each["regimen"])] = f"avoid: {each['because']}", each
    for each in answer["recommended"]:
        found[tuple(each["regimen"])] = each["tier"], each
    return found


def _detail(was: dict[str, Any], now: dict[str, Any]) -> str:
    """What differs in a regimen that keeps its place."""
    return "; ".join(_details(was, now)) or "other findings"


def _details(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    old, new = set(was.get("evidence", ())), set(now.get("evidence", ()))
    if old != new:
        yield "evidence " + ", ".join(
            [*(f"+{id}" for id in sorted(new - old)), *(f"-{id}" for id in sorted(old - new))]
        )
    before, after = was.get("levels", {}), now.get("levels", {})
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{NAMES.get(name, name)} {before.get(name) or 'none'} -> {after.get(name) or 'none'}"
    if was.get("rank") != now.get("rank"):
        yield f"rank {was.get('rank')} -> {now.get('rank')}"
