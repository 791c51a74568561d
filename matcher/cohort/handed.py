"""A piece of a cohort on its way to another process: taken apart into fields, so that few objects are pickled.

A variant is four objects, and a piece has ten thousand of them. Field by field they are lists of texts and numbers,
which are written in half the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from kb.alteration import Alteration, GenomicChange, Place, SmallVariant
from matcher.cohort.subject import Subject, Unreadable
from matcher.patient import Patient

Columns = dict[str, list[Any]]
"""By field of a dataclass, in the order of its arguments, what each of many values has."""


class Handed(list[Subject | Unreadable]):
    """A piece."""

    def whole(self) -> list[Subject | Unreadable]:
        """The same subjects, whole."""
        return [each.whole() if isinstance(each, Subject) else each for each in self]

    def __reduce__(self) -> tuple[Any, ...]:
        """The call that puts the piece together again, with its parts."""
        patients = [each.patient for each in self if isinstance(each, Subject)]
        alterations = [one for patient in patients for one in patient.alterations]
        of_patients = _columns(Patient, patients)
        of_patients["alterations"] = [len(patient.alterations) for patient in patients]
        # A patient is written with the others, and not with the subject.
        others = [each._replace(patient=_NOBODY) if isinstance(each, Subject) else each for each in self]
        return _together, (others, of_patients, _apart(alterations))


class _Alterations(NamedTuple):
    """Small variants by their fields, places and genomic changes by theirs, and what else there is by its place.

    `unplaced` are those of the variants that have no genomic change.
    """

    variants: Columns
    places: Columns
    genomic: Columns
    unplaced: list[int]
    others: Mapping[int, Alteration]


_NOBODY = Patient("")


def _columns(made: type, values: Sequence[Any]) -> Columns:
    return {each.name: list(map(attrgetter(each.name), values)) for each in fields(made)}


def _values(made: type, columns: Columns) -> list[Any]:
    return list(map(made, *columns.values()))


def _apart(alterations: Sequence[Alteration]) -> _Alterations:
    others = {at: one for at, one in enumerate(alterations) if not isinstance(one, SmallVariant)}
    variants = _columns(SmallVariant, [one for one in alterations if isinstance(one, SmallVariant)])
    places = _columns(Place, variants["place"])
    genomic = _columns(GenomicChange, [change for change in variants["genomic"] if change is not None])
    unplaced = [at for at, change in enumerate(variants["genomic"]) if change is None]
    variants["place"] = variants["genomic"] = []
    return _Alterations(variants, places, genomic, unplaced, others)


def _of_apart(apart: _Alterations) -> list[Alteration]:
    genomic = _with_each(_values(GenomicChange, apart.genomic), dict.fromkeys(apart.unplaced))
    variants = {**apart.variants, "place": _values(Place, apart.places), "genomic": genomic}
    return _with_each(_values(SmallVariant, variants), apart.others)


def _with_each(values: list[Any], others: Mapping[int, Any]) -> list[Any]:
    """The values with others among them, each at its place in the whole."""
    if not others:
        return values
    rest = iter(values)
    return [others[at] if at in others else next(rest) for at in range(len(values) + len(others))]


def _together(others: list[Subject | Unreadable], of_patients: Columns, alterations: _Alterations) -> Handed:
    """The piece whose parts these are."""
    rest = iter(_of_apart(alterations))
    own = [tuple(islice(rest, count)) for count in of_patients["alterations"]]
    patients = iter(_values(Patient, {**of_patients, "alterations": own}))
    return Handed(each._replace(patient=next(patients)) if isinstance(each, Subject) else each for each in others)
