"""Facts of many patients, each once, and who has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    from rules.facts import Value

Made = TypeVar("Made")


class Held(NamedTuple):
    """Facts of a predicate by their values, in order, and who has which.

    `patients[i]` (counted from 0) has the fact at `places[i]`; patient by patient, the places of each in order.
    """

    facts: list[tuple[Value, ...]]
    patients: NDArray[int64]
    places: NDArray[int64]

    def by_patient(self) -> Iterator[tuple[int, list[int]]]:
        """Each patient who has any, with the places of these facts."""
        return self._apart(self.places.tolist())

    def of(self, first: int, end: int) -> Held:
        """Those of the patients from `first` on, before `end`, who are counted from 0 again.

        >>> found = held([(0, ("a",)), (1, ("b",)), (2, ("c",)), (2, ("b",))]).of(1, 3)
        >>> found.facts, list(found.by_patient())
        ([('b',), ('c',)], [(0, [0]), (1, [0, 1])])
        """
        import numpy

        here = slice(*numpy.searchsorted(self.patients, (first, end)))
        kept, places = numpy.unique(self.places[here], return_inverse=True)
        return Held([self.facts[place] for place in kept.tolist()], self.patients[here] - first, places)

    def each(self, instead: Iterable[Made]) -> Iterator[tuple[int, list[Made]]]:
        """Each patient who has any, with what stands for these facts: there is one for each of `facts`, in order."""
        import numpy

        values = numpy.fromiter(instead, dtype=object, count=len(self.facts))
        return self._apart(values[self.places].tolist())

    def _apart(self, values: list[Any]) -> Iterator[tuple[int, list[Any]]]:
        import numpy

        first = numpy.flatnonzero(numpy.diff(self.patients, prepend=-1))
        bounds = pairwise([*first.tolist(), len(values)])
        for patient, (start, end) in zip(self.patients[first].tolist(), bounds, strict=True):
            yield patient, values[start:end]


def held(rows: Iterable[tuple[int, tuple[Value, ...]]]) -> Held:
    """The same from rows of a patient, counted from 0, and a fact's values.

    >>> found = held([(1, ("b",)), (0, ("b",)), (1, ("a",))])
    >>> found.facts, list(found.by_patient())
    ([('a',), ('b',)], [(0, [1]), (1, [0, 1])])
    >>> list(found.each(["A", "B"]))
    [(0, ['B']), (1, ['A', 'B'])]
    >>> list(held([]).by_patient())
    []
    """
    import numpy

    pairs = sorted(set(rows))
    facts = sorted({values for _, values in pairs})
    place = {values: number for number, values in enumerate(facts)}
    patients = numpy.array([patient for patient, _ in pairs], dtype="int64")
    return Held(facts, patients, numpy.array([place[values] for _, values in pairs], dtype="int64"))
