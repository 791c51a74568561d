"""The parts that items of a case play for each other: what is against a regimen, what may hold, what is from elsewhere.

Only items whose biomarker is present, or that ask for none, play any. What an item plays rests on the item alone, so
the roles of a case are those of its parts together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher.biomarker_status import Status

if TYPE_CHECKING:
    from matcher.facts import Item


@dataclass(slots=True)
class Roles:
    """Items by the parts that they play, each list in the order of the items.

    `against` is evidence against a regimen for this tumor type, `options` what may speak for one, `speaking` what does
    so for this tumor type or denies a resistance. `moved` is for another tumor type, `excluding` a label or good
    evidence that leaves this one out. `strong` supports its regimen, and says how well (`matcher.transfer.strength`).
    `graded` may be graded in the frameworks.
    """

    against: list[Item] = field(default_factory=list)
    options: list[Item] = field(default_factory=list)
    speaking: list[Item] = field(default_factory=list)
    moved: list[Item] = field(default_factory=list)
    excluding: list[Item] = field(default_factory=list)
    strong: list[tuple[str, Item]] = field(default_factory=list)
    graded: list[Item] = field(default_factory=list)

    def add(self, other: Roles) -> None:
        """Add the roles of a part of the case."""
        self.against += other.against
        self.options += other.options
        self.speaking += other.speaking
        self.moved += other.moved
        self.excluding += other.excluding
        self.strong += other.strong
        self.graded += other.graded


def roles_of(items: Iterable[Item]) -> Roles:
    """The parts that these items play."""
    from matcher.conflicts import can_hold, counts_against, speaks_here
    from matcher.designs import may_be_graded
    from matcher.transfer import strength

    found = Roles()
    for item in items:
        if item.status is not None and item.status.status is not Status.PRESENT:
            continue
        if counts_against(item):
            found.against.append(item)
        if can_hold(item):
            found.options.append(item)
        if speaks_here(item):
            found.speaking.append(item)
        if item.relation == "other":
            found.moved.append(item)
        how = strength(item)
        if how:
            found.strong.append((how, item))
            if item.relation == "excluded":
                found.excluding.append(item)
        if may_be_graded(item):
            found.graded.append(item)
    return found
