"""Which scenarios move, as a section of a document and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matcher.report.document import Cell, Section, Table
from matcher.scenarios.moved import ANSWER, BREAKS, MENDS, Found, Moved
from matcher.scenarios.run import Ended

MOST_NAMED = 5
"""How many scenarios with the same change a table names; JSON has them all."""

_UNSEEN = "what is weighed beside the recommendations (findings of what is not recommended, notes)"


def scenario_line(found: Found) -> str:
    """What a reader who stops there takes with them, in one sentence.

    >>> scenario_line(Found((), 12, 0, ()))
    'Scenarios: none of 12 moves, since none asks anything that would be answered otherwise.'
    >>> scenario_line(Found((), 12, 3, ()))
    'Scenarios: none of 12 moves; 3 ask something that would be answered otherwise, and were run again.'
    """
    if not found.touched:
        return f"Scenarios: none of {found.scenarios} moves, since none asks anything that would be answered otherwise."
    asks, were = ("asks", "was") if found.touched == 1 else ("ask", "were")
    again = f"{found.touched} {asks} something that would be answered otherwise, and {were} run again."
    if not found.moved:
        return f"Scenarios: none of {found.scenarios} moves; {again}"
    return f"Scenarios: of {found.scenarios}, {_counts(found)}; {again}"


def _counts(found: Found) -> str:
    words = {
        BREAKS: ("holds no longer", "hold no longer"),
        MENDS: ("holds now", "hold now"),
        ANSWER: ("ends as before with another answer", "end as before with another answer"),
    }
    counts = {kind: len(of_kind(found, kind)) for kind in words}
    return ", ".join(f"{number} {words[kind][number > 1]}" for kind, number in counts.items() if number)


def of_kind(found: Found, kind: str) -> tuple[Moved, ...]:
    """The scenarios that moved in one way."""
    return tuple(each for each in found.moved if each.kind == kind)


def scenario_section(found: Found) -> Section:
    """The scenarios that move, those that hold no longer first, each with the step that fails and what changed."""
    parts = (
        _ended("Scenarios that hold no longer", of_kind(found, BREAKS), lambda each: each.after),
        _ended("Scenarios that hold now", of_kind(found, MENDS), lambda each: each.before),
        _other_answers(of_kind(found, ANSWER)),
        _failing(found.failing),
    )
    told = tuple(part for part in parts if part is not None)
    return Section("Scenarios", () if told else (scenario_line(found),), sections=told)


def _ended(heading: str, moved: Iterable[Moved], failing: Any) -> Section | None:
    rows = tuple((each.place, each.title, _failure(failing(each)), _changes(each)) for each in moved)
    if not rows:
        return None
    step = "fails at" if "no longer" in heading else "failed at"
    return Section(heading, table=Table(("place", "scenario", step, "what changes"), rows))


def _failure(ended: Ended) -> str:
    return ended.failed or ended.outcome


def _changes(moved: Moved) -> Cell:
    return "; ".join(map(str, moved.changes)) or _UNSEEN


def _other_answers(moved: Iterable[Moved]) -> Section | None:
    """The scenarios that end as before, by what changes in their answers."""
    groups: dict[str, list[Moved]] = {}
    for each in moved:
        groups.setdefault(str(_changes(each)), []).append(each)
    if not groups:
        return None
    rows = tuple((change, str(len(of)), _named(of)) for change, of in sorted(groups.items(), key=_most))
    lines = ("They end as before; what they do not ask about changes.",)
    return Section("Scenarios with another answer", lines, Table(("what changes", "scenarios", "which"), rows))


def _most(group: tuple[str, list[Moved]]) -> tuple[object, ...]:
    change, of = group
    return change == _UNSEEN, -len(of), change


def _named(moved: list[Moved]) -> str:
    told = [f"{each.place} ({each.title})" for each in moved[:MOST_NAMED]]
    more = [f"and {len(moved) - MOST_NAMED} more"] if len(moved) > MOST_NAMED else []
    return "; ".join([*told, *more])


def _failing(ended: tuple[Ended, ...]) -> Section | None:
    if not ended:
        return None
    rows = tuple((each.place, each.name.partition(": ")[2], _failure(each)) for each in ended)
    lines = ("These do not hold on the graph as it is now.",)
    return Section("Scenarios that failed before", lines, Table(("place", "scenario", "fails at"), rows), folded=True)


def scenario_structure(found: Found) -> dict[str, Any]:
    """The same as JSON: every scenario that moved, with its place, how it ended before and after, and each change."""
    return {
        "scenarios": found.scenarios,
        "run_again": found.touched,
        "moved": [_moved(each) for each in found.moved],
        "failed_before": [{"scenario": each.name, "place": each.place, **_end(each)} for each in found.failing],
    }


def _moved(moved: Moved) -> dict[str, Any]:
    return {
        "scenario": moved.title,
        "place": moved.place,
        "kind": moved.kind,
        "before": _end(moved.before),
        "after": _end(moved.after),
        "changes": [
            {"regimen": list(each.regimen), "was": each.was, "now": each.now, "detail": each.detail}
            for each in moved.changes
        ],
    }


def _end(ended: Ended) -> dict[str, Any]:
    return {"outcome": ended.outcome, "failed_step": ended.failed, "reason": ended.reason}
