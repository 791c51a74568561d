"""Which arm and group a result speaks of: arms are never counted together without saying so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from matcher.outcomes.subject import Subject

NOT_TOLD = "arm not told"

TOGETHER = "arms are counted together"
"""How the note begins that several arms are counted together."""


class Stratum(NamedTuple):
    """The arm and group that all subjects share, None where they do not, and a note where arms are counted together."""

    arm: str | None
    group: str | None
    notes: tuple[str, ...]


def stratum(subjects: Iterable[Subject]) -> Stratum:
    """What subjects have in common; of no subjects nothing."""
    every = tuple(subjects)
    arms = {subject.arm for subject in every}
    groups = {subject.group for subject in every}
    return Stratum(
        every[0].arm if len(arms) == 1 else None,
        every[0].group if len(groups) == 1 else None,
        counted_together(subject.arm for subject in every),
    )


def counted_together(arms: Iterable[str | None]) -> tuple[str, ...]:
    """That several arms are counted together, with how many subjects of each; empty for one arm.

    >>> counted_together(["a", "b", "a"]), counted_together(["a", "a"])
    (('arms are counted together: a 2, b 1',), ())
    """
    numbers = Counter(arm or NOT_TOLD for arm in arms)
    told = ", ".join(f"{arm} {number}" for arm, number in sorted(numbers.items()))
    return (f"{TOGETHER}: {told}",) if len(numbers) > 1 else ()
