"""Combining verdicts as ACTIN does: AND is the worst, OR the best, and what decided is kept.

The order is FAIL < WARN < UNDETERMINED < PASS. Source: algo/README.md of github.com/hartwigmedical/actin and its
composite functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

ORDER = ("fail", "warn", "undetermined", "pass")
"""Verdicts, worst first."""

_OPPOSITE = {"pass": "fail", "fail": "pass"}


class Verdict(NamedTuple):
    """What is known of one criterion, or of several together.

    `recoverable` says whether it could still change (a test, time, another medication), whatever the value: a pass
    may become a fail under NOT. `because` are the messages of what decided.
    """

    value: str
    recoverable: bool = False
    because: tuple[str, ...] = ()


class Criterion(NamedTuple):
    """A leaf: one question about the patient (`kind`) with what it asks for."""

    kind: str
    value: str


class AllOf(NamedTuple):
    """Every part is needed."""

    parts: tuple[Tree, ...]


class AnyOf(NamedTuple):
    """One part suffices."""

    parts: tuple[Tree, ...]


class Not(NamedTuple):
    """The part must not hold."""

    part: Tree


class WarnIf(NamedTuple):
    """The part is no bar, but is to be looked at where it holds."""

    part: Tree


class Fallback(NamedTuple):
    """The second part where the first is undetermined."""

    first: Tree
    second: Tree


Tree = Criterion | AllOf | AnyOf | Not | WarnIf | Fallback


def evaluate(tree: Tree, verdict: Callable[[Criterion], Verdict]) -> Verdict:
    """The verdict of a tree from those of its leaves.

    >>> tree = AnyOf((Criterion("sex", "male"), Criterion("menopause", "postmenopausal")))
    >>> evaluate(tree, lambda leaf: Verdict("pass" if leaf.kind == "sex" else "undetermined", because=(leaf.value,)))
    Verdict(value='pass', recoverable=False, because=('male',))
    """
    if isinstance(tree, Criterion):
        return verdict(tree)
    if isinstance(tree, AllOf):
        return all_of(evaluate(part, verdict) for part in tree.parts)
    if isinstance(tree, AnyOf):
        return any_of(evaluate(part, verdict) for part in tree.parts)
    if isinstance(tree, Not):
        return negated(evaluate(tree.part, verdict))
    if isinstance(tree, WarnIf):
        return warn_if(evaluate(tree.part, verdict))
    return fallback(evaluate(tree.first, verdict), evaluate(tree.second, verdict))


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst; recoverable only when all of the worst are. Nothing at all passes."""
    found = list(verdicts)
    if not found:
        return Verdict("pass")
    worst = min(found, key=_place).value
    deciding = [each for each in found if each.value == worst]
    return Verdict(worst, all(each.recoverable for each in deciding), _messages(deciding))


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The best; a fail is recoverable when any part is, another value when a part of that value is.

    Nothing at all fails: no way is left.
    """
    found = list(verdicts)
    if not found:
        return Verdict("fail")
    best = max(found, key=_place).value
    deciding = [each for each in found if each.value == best]
    return Verdict(best, any(each.recoverable for each in deciding), _messages(deciding))


def negated(verdict: Verdict) -> Verdict:
    """Pass and fail change places; a warning or an undetermined criterion stays what it is."""
    return verdict._replace(value=_OPPOSITE.get(verdict.value, verdict.value))


def warn_if(verdict: Verdict) -> Verdict:
    """A warning where the criterion holds or may hold, else a pass."""
    return verdict._replace(value="warn" if verdict.value in {"pass", "warn"} else "pass")


def fallback(first: Verdict, second: Verdict) -> Verdict:
    """The first, or the second where the first is undetermined."""
    return second if first.value == "undetermined" else first


def _place(verdict: Verdict) -> int:
    return ORDER.index(verdict.value)


def _messages(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for each in verdicts for text in each.because))
