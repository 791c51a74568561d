"""The declared order of recommendations (`ranking.json`): read, checked, and turned into a sort key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from matcher.notes import UnusableInput

FILE = Path(__file__).with_name("ranking.json")

VALUES = frozenset(
    {
        "tier", "hypothesis", "progressed on all of it", "caution", "preference", "heterogeneity", "amp", "tumor",
        "variant", "access", "civic", "to confirm", "verified", "functional", "local outcomes",
    }
)  # fmt: skip
"""What a criterion without `findings` can be by: a value that every option has."""

VERDICTS = ("none", "pass", "undetermined", "warn", "fail")
"""What a criterion by findings can come to; `none` where the option has no such finding."""

KEYS = frozenset({"by", "findings", "order"})


class Criterion(NamedTuple):
    """One criterion: by a value of the option, or by the worst verdict of some findings; values from best to worst."""

    by: str
    order: tuple[str, ...]
    findings: frozenset[str] | None = None

    def place(self, values: Mapping[str, str | None], verdicts: Iterable[tuple[str, str]]) -> int:
        """Where an option stands; a value that is not listed comes last."""
        if self.findings is None:
            return self._index(values[self.by])
        found = [self._index(verdict) for criterion, verdict in verdicts if criterion in self.findings]
        return max(found, default=self._index("none"))

    def _index(self, value: str | None) -> int:
        places = _places(self.order)
        return places.get(value, len(places))


@cache
def _places(order: tuple[str, ...]) -> dict[str | None, int]:
    """The place of each value of an order."""
    return {value: place for place, value in enumerate(order)}


class Ranking(NamedTuple):
    """The criteria in their order; the first that differs decides."""

    criteria: tuple[Criterion, ...]

    def places(self, values: Mapping[str, str | None], verdicts: Iterable[tuple[str, str]]) -> tuple[int, ...]:
        """The place of an option by each criterion: a sort key.

        `values` holds one for each name of VALUES; `verdicts` are the criteria and verdicts of its findings.
        """
        known = list(verdicts)
        return tuple(criterion.place(values, known) for criterion in self.criteria)


@cache
def ranking(path: Path = FILE) -> Ranking:
    """The declared order; UnusableInput names the criterion that is wrong, and the remedy."""
    written = json.loads(path.read_text(encoding="utf-8"))
    _refuse_unknown(path, "the file", written, frozenset({"doc", "criteria"}))
    criteria = tuple(_criterion(path, number, each) for number, each in enumerate(written["criteria"], start=1))
    _refuse_repeated(path, "criteria", [each.by for each in criteria])
    _refuse_repeated(path, "criteria by findings", [name for each in criteria for name in sorted(each.findings or ())])
    return Ranking(criteria)


def _criterion(path: Path, number: int, written: dict[str, object]) -> Criterion:
    place = f"criterion {number}"
    _refuse_unknown(path, place, written, KEYS)
    by, order, findings = written.get("by"), written.get("order"), written.get("findings")
    if not isinstance(by, str) or (findings is None and by not in VALUES):
        known = ", ".join(sorted(VALUES))
        raise UnusableInput(path.name, f"{place}: unknown `by` {by!r}", f"use {known}, or give `findings`")
    if not isinstance(order, list) or not order:
        raise UnusableInput(path.name, f"{place} (`{by}`) has no order", "list its values from best to worst")
    _refuse_repeated(path, f"values of `{by}`", order)
    if findings is None:
        return Criterion(by, tuple(order))
    if not isinstance(findings, list) or not findings:
        raise UnusableInput(path.name, f"{place} (`{by}`) lists no findings", "list criteria of findings")
    if set(order) != set(VERDICTS):
        known = ", ".join(VERDICTS)
        raise UnusableInput(path.name, f"{place} (`{by}`) does not order every verdict", f"order {known}")
    return Criterion(by, tuple(order), frozenset(findings))


def _refuse_unknown(path: Path, place: str, written: Iterable[str], known: frozenset[str]) -> None:
    for name in written:
        if name not in known:
            raise UnusableInput(path.name, f"{place}: unknown key `{name}`", f"use {', '.join(sorted(known))}")


def _refuse_repeated(path: Path, place: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UnusableInput(path.name, f"{place}: `{name}` occurs twice", "remove one of them")
