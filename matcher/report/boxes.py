"""Boxes of a picture and the lines from each down to others: the little of a graph library that one proof needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Box = TypeVar("Box")


class Boxes(Generic[Box]):
    """Boxes by key, and lines between them without a circle; all in the order in which they came."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.below: dict[str, dict[str, None]] = {}
        """By box, the boxes that a line leads down to."""
        self.above: dict[str, dict[str, None]] = {}
        """By box, the boxes that a line comes down from."""

    def __len__(self) -> int:
        return len(self.boxes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.boxes)

    def __contains__(self, key: object) -> bool:
        return key in self.boxes

    def put(self, key: str, box: Box) -> None:
        """Add a box, or put it in the place of the one of this key."""
        self.boxes[key] = box
        self.below.setdefault(key, {})
        self.above.setdefault(key, {})

    def join(self, key: str, lower: str) -> None:
        """Add a line from one box down to another; KeyError where there is no such box."""
        self.below[key][lower] = None
        self.above[lower][key] = None

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Every line, box by box."""
        return [(key, lower) for key, found in self.below.items() for lower in found]

    def rows(self) -> list[list[str]]:
        """The boxes in rows, each as high as it can stand below all boxes that have a line to it."""
        waits = {key: len(found) for key, found in self.above.items()}
        row = [key for key, count in waits.items() if not count]
        found: list[list[str]] = []
        while row:
            found.append(row)
            row = []
            for lower in (lower for key in found[-1] for lower in self.below[key]):
                waits[lower] -= 1
                if not waits[lower]:
                    row.append(lower)
        return found

    def reduced(self) -> Boxes[Box]:
        """The same boxes without the lines that a longer way repeats."""
        reached: dict[str, set[str]] = {}
        for key in (key for row in reversed(self.rows()) for key in row):
            reached[key] = set(self.below[key]).union(*(reached[lower] for lower in self.below[key]))
        found: Boxes[Box] = Boxes()
        for key, box in self.boxes.items():
            found.put(key, box)
        for key, lower in self.lines:
            if not any(lower in reached[other] for other in self.below[key]):
                found.join(key, lower)
        return found

    def join_all(self, lines: Iterable[tuple[str, str]]) -> None:
        """Add many lines."""
        for key, lower in lines:
            self.join(key, lower)
