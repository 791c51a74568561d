"""Which arm and group a result speaks of: arms are never counted together without saying so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from matcher.outcomes.subject import Subject

NOT_TOLD = "arm not told"


class Stratum(NamedTuple):
    """The arm and group that all subjects share, None where they do not, and a note where arms are counted together."""

    arm: str | None
    group: str | None
    notes: tuple[str, ...]


def stratum(subjects: Iterable[Subject]) -> Stratum:
    """What subjects have in common; of no subjects nothing."""
    every = tuple(subjects)
    arms = Counter(subject.arm or NOT_TOLD for subject in every)
    groups = {subject.group for subject in every}
    together = ", ".join(f"{arm} {number}" for arm, number in sorted(arms.items()))
    return Stratum(
        every[0].arm if len(arms) == 1 else None,
        every[0].group if len(groups) == 1 else None,
        (f"arms are counted together: {together}",) if len(arms) > 1 else (),
    )
