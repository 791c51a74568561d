"""A patient as the board knows them: tumor, history, samples, alterations."""

from __future__ import annotations

from dataclasses import dataclass, field

from kb.alteration import Alteration, Place
from kb.handing import by_fields


@dataclass(frozen=True, slots=True)
class PriorTherapy:
    """One line of treatment already given. Drug names as written until normalized, then INNs in lower case.

    Dates are ISO text, possibly partial (`2023-11`). `best_response` is RECIST's CR, PR, SD or PD;
    `stopped_for` is what ended it (`progression`, `toxicity`, `completed`, ...); `setting` is where the patient
    file says so (`adjuvant`, `metastatic`, ...). `toxicities` are adverse events under it, as written
    (`interstitial lung disease grade 3`).
    """

    regimen: tuple[str, ...]
    place: Place
    line: int | None = None
    start: str | None = None
    stop: str | None = None
    best_response: str | None = None
    stopped_for: str | None = None
    setting: str | None = None
    toxicities: tuple[str, ...] = ()
    guided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of a measurement: its name and unit as written until normalized, then the graph's."""

    name: str
    value: float
    unit: str | None
    place: Place
    date: str | None = None


@by_fields
@dataclass(frozen=True, slots=True)
class Sample:
    """One specimen. `reported` are the kinds of result supplied for it: `small variant`, `copy number`, `fusion`.

    `purity` is the share of tumor cells from 0 to 1, `ploidy` the tumor's mean copy number, `depth` the mean coverage
    of the sequencing. `kind` is as written (`matcher.specimens` reads it), `place` where the file tells of the sample.
    """

    id: str
    kind: str = "tissue"
    site: str | None = None
    date: str | None = None
    assay: str | None = None
    purity: float | None = None
    ploidy: float | None = None
    depth: float | None = None
    reported: frozenset[str] = frozenset()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Organoid:
    """A patient-derived organoid's response to one drug or scheme (`a + b`), in percent inhibition of the long
    diameter; a negative value is growth. `sample` is the lesion that it was grown from.

    `baseline_mm` and `treated_mm` are its long diameters before and after the drug, `method`, `dose` and `passage`
    what the laboratory says of the test. `sensitive_from` and `resistant_below` are the laboratory's own cut-offs.
    """

    sample: str | None
    drug: str
    inhibition_percent: float
    date: str | None = None
    place: Place = field(default=Place("patient"), compare=False)
    baseline_mm: float | None = None
    treated_mm: float | None = None
    method: str | None = None
    dose: str | None = None
    passage: str | None = None
    sensitive_from: float | None = None
    resistant_below: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A dated event of the patient's course as the file tells it; `matcher.events` reads what its details mean."""

    date: str
    kind: str
    details: tuple[tuple[str, str], ...] = ()
    place: Place = field(default=Place("patient"), compare=False)


@by_fields
@dataclass(frozen=True, slots=True)
class Patient:
    """Everything known of one patient.

    `prior_therapies` is None when the history is unknown and `()` when it is known that there was none.
    `conditions` and `medications` likewise: a given list, an empty one too, is complete, unless `incomplete` names
    it (a document may leave something out, and who adds one thing does not say that it is all).
    `preferences` are texts: `avoid intravenous`, `prefer oral`.
    `diagnosed` is the date of the diagnosis, ISO text, possibly partial.
    `tumor_codes` are further codes or names that a document gives for the same diagnosis.
    """

    id: str
    tumor_type: str | None = None
    tumor_codes: tuple[str, ...] = ()
    jurisdiction: str | None = None
    age: int | None = None
    sex: str | None = None
    ecog: int | None = None
    stage: str | None = None
    menopausal_status: str | None = None
    coverage: str | None = None
    prior_therapies: tuple[PriorTherapy, ...] | None = None
    conditions: tuple[str, ...] | None = None
    medications: tuple[str, ...] | None = None
    incomplete: frozenset[str] = frozenset()
    measurements: tuple[Measured, ...] = ()
    preferences: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    organoids: tuple[Organoid, ...] = ()
    events: tuple[Event, ...] = ()
    alterations: tuple[Alteration, ...] = field(default=())
    place: Place = field(default_factory=lambda: Place("patient"))
    places: tuple[tuple[str, Place], ...] = ()
    diagnosed: str | None = None

    def at(self, *keys: str) -> tuple[Place, ...]:
        """Where these keys of the patient were told: `places` has those that were not told at the patient's `place`."""
        if not self.places:
            return (self.place,)
        return tuple(dict.fromkeys(place for key, place in self.places if key in keys)) or (self.place,)
