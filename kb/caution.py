"""What labels say against a therapy: in a condition, with another medication, at a measured value, after a toxicity.

Read from the graph by `KnowledgeBase.cautions`, `condition`, `comedication` and `measurement`; nothing here is imported
before one of them is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kb import terms as t
from kb.errors import KnowledgeError
from kb.source import Source, Verified

CONDITION, MEDICATION, MEASUREMENT = "condition", "medication", "measurement"
REPRODUCTION, PRIOR_TOXICITY = "sex or reproduction", "prior toxicity"
KINDS = (CONDITION, MEDICATION, MEASUREMENT, REPRODUCTION, PRIOR_TOXICITY)
EFFECTS = ("contraindicated", "avoid", "caution")
"""Strongest first: Contraindications; "avoid", "do not start", "withhold", "discontinue"; warning, monitoring, dose."""

Fields = Mapping[str, list[str]]


class Caution(NamedTuple):
    """One reason against a therapy, as a label has it.

    `therapy` is a drug or a class; a class's caution holds for its drugs. `kind` is one of `KINDS` and says what
    `subject` is: the id of a Comedication for `medication`, of a Measurement for `measurement`, of a Condition for the
    others. Of a measurement the caution holds where the value compares so: value `operator` `threshold` (in `unit`);
    where these three are None the label names no threshold. `effect` is one of `EFFECTS`. `prior toxicity` means that
    the condition came on under this therapy before. `verified` is `no` where no source was seen: it then only warns.
    """

    id: str
    iri: str
    therapy: str
    kind: str
    subject: str
    operator: str | None
    threshold: float | None
    unit: str | None
    effect: str
    text: str
    jurisdiction: str | None
    sources: tuple[Source, ...]
    verified: Verified
    note: str | None = None


class Condition(NamedTuple):
    """A disease or state of a patient; `broader` are all conditions above it, nearest first.

    A caution about a broader condition holds for the narrower ones.
    """

    id: str
    iri: str
    label: str
    chinese_name: str | None
    synonyms: tuple[str, ...]
    broader: tuple[str, ...]


class Comedication(NamedTuple):
    """A medication taken beside the tumor therapy, or a class of them; `classes` are all above it, nearest first."""

    id: str
    iri: str
    label: str
    chinese_name: str | None
    synonyms: tuple[str, ...]
    classes: tuple[str, ...]


class Measurement(NamedTuple):
    """A measured value of a patient in its `unit`; `units` are others, each with the factor that gives that unit."""

    id: str
    iri: str
    label: str
    chinese_name: str | None
    unit: str
    synonyms: tuple[str, ...]
    units: tuple[tuple[str, float], ...]

    def converted(self, value: float, unit: str) -> float | None:
        """The value in this measurement's own unit; None for a unit that it is not known in.

        >>> hemoglobin = Measurement("hemoglobin", "", "hemoglobin", None, "g/dL", (), (("g/L", 0.1),))
        >>> hemoglobin.converted(85, "g/l"), hemoglobin.converted(8.5, "g/dL"), hemoglobin.converted(8.5, "%")
        (8.5, 8.5, None)
        """
        wanted = _unit_key(unit)
        factors = {_unit_key(self.unit): 1.0, **{_unit_key(name): factor for name, factor in self.units}}
        factor = factors.get(wanted)
        return None if factor is None else round(value * factor, 9)


class UnknownSubject(KnowledgeError, LookupError):
    """No condition, co-medication or measurement of this name; `nearest` are the known names closest to it."""

    def __init__(self, kind: str, name: str, nearest: tuple[str, ...]) -> None:
        super().__init__(kind, name, nearest)
        self.kind, self.name, self.nearest = kind, name, nearest

    def __str__(self) -> str:
        near = f"; nearest known: {', '.join(self.nearest)}" if self.nearest else ""
        return f"unknown {self.kind} {self.name!r}{near}"


def _unit_key(unit: str) -> str:
    plain = unit.casefold().replace(" ", "").replace("µ", "u").replace("μ", "u").replace("×", "x")
    return plain.replace("m²", "m2").replace("^", "").replace("10e", "10")


# Decoding, from all statements about a node


def read_caution(iri: str, fields: Fields, sources: tuple[Source, ...]) -> Caution:
    """The caution of a node."""
    threshold = _one(fields, t.THRESHOLD)
    return Caution(
        id=fields[t.IDENTIFIER][0],
        iri=iri,
        therapy=t.item_id(fields[t.CAUTION_FOR][0]),
        kind=fields[t.KIND][0],
        subject=t.item_id(fields[t.CAUTION_SUBJECT][0]),
        operator=_one(fields, t.OPERATOR),
        threshold=None if threshold is None else float(threshold),
        unit=_one(fields, t.UNIT),
        effect=fields[t.EFFECT][0],
        text=fields[t.LABEL][0],
        jurisdiction=_one(fields, t.JURISDICTION),
        sources=sources,
        verified=Verified(fields[t.VERIFIED][0]),
        note=_one(fields, t.NOTE),
    )


def read_condition(iri: str, fields: Fields, above: tuple[str, ...]) -> Condition:
    """The condition of a node; `above` are the ids of its ancestors, nearest first."""
    return Condition(
        fields[t.IDENTIFIER][0],
        iri,
        fields[t.LABEL][0],
        _one(fields, t.CHINESE_NAME),
        tuple(sorted(fields.get(t.ALT_LABEL, ()))),
        above,
    )


def read_comedication(iri: str, fields: Fields, above: tuple[str, ...]) -> Comedication:
    """The co-medication of a node; `above` are the ids of its classes, nearest first."""
    return Comedication(
        fields[t.IDENTIFIER][0],
        iri,
        fields[t.LABEL][0],
        _one(fields, t.CHINESE_NAME),
        tuple(sorted(fields.get(t.ALT_LABEL, ()))),
        above,
    )


def read_measurement(iri: str, fields: Fields, above: tuple[str, ...] = ()) -> Measurement:
    """The measurement of a node; measurements have no hierarchy."""
    return Measurement(
        fields[t.IDENTIFIER][0],
        iri,
        fields[t.LABEL][0],
        _one(fields, t.CHINESE_NAME),
        fields[t.UNIT][0],
        tuple(sorted(fields.get(t.ALT_LABEL, ()))),
        tuple(sorted(map(split_conversion, fields.get(t.CONVERSION, ())))),
    )


def split_conversion(cell: str) -> tuple[str, float]:
    """A unit and the factor that turns it into the measurement's own.

    >>> split_conversion("mg/dL 0.0555")
    ('mg/dL', 0.0555)
    """
    unit, _, factor = cell.rpartition(" ")
    return unit, float(factor)


def _one(fields: Fields, predicate: str) -> str | None:
    values = fields.get(predicate)
    return values[0] if values else None


SUBJECTS: Mapping[str, tuple[str, Callable[..., Condition | Comedication | Measurement]]] = {
    "condition": (t.CLINICAL_CONDITION, read_condition),
    "comedication": (t.COMEDICATION, read_comedication),
    "measurement": (t.MEASUREMENT, read_measurement),
}
"""What a caution can be about: the item kind, its class and how it is decoded."""
