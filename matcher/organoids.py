"""Results of patient-derived organoids: read as regimens, checked, and stated as facts. Functional evidence only.

What a result comes to is decided by rules (`rules/library/3-organoids.yaml`) and the cut-offs of `organoids.json`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matcher.notes import Note, Severity, UnusableInput

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.clinical import Person
    from matcher.facts import Case
    from matcher.patient import Organoid, Patient

FILE = Path(__file__).with_name("organoids.json")

MOST_MM = 1000
"""No long diameter of an organoid is larger, in millimeters."""

ROUNDING = 1.0
"""So many percent points a given inhibition rate may differ from that of the diameters."""

UNKNOWN_DRUG, CONTRADICTORY, LATER, CUT_OFFS = "unknown drug", "contradictory", "later", "cut-offs"
"""Why a result is shown and not weighed."""


class CutOffs(NamedTuple):
    """From which inhibition rate an organoid counts as sensitive, and below which as resistant, in percent.

    `immune` are the classes of drugs that act through immune cells: resistance to them says little.
    """

    sensitive: float
    resistant: float
    immune: tuple[str, ...] = ()


@cache
def cut_offs(path: Path = FILE) -> CutOffs:
    """The declared cut-offs; UnusableInput names what is wrong with the file."""
    written = json.loads(path.read_text(encoding="utf-8"))
    known = ("doc", "verified", "sensitive_from", "resistant_below", "needs_immune_cells", "read")
    for key in written:
        if key not in known:
            raise UnusableInput(path.name, f"unknown key `{key}`", f"use {', '.join(known)}")
    found = tuple(written.get(key) for key in ("sensitive_from", "resistant_below"))
    if not all(isinstance(each, int | float) for each in found) or not found[1] < found[0] <= 100:
        raise UnusableInput(path.name, "the cut-offs are no numbers in order", "write resistant_below < sensitive_from")
    return CutOffs(float(found[0]), float(found[1]), tuple(written.get("needs_immune_cells", ())))


def regression(baseline_mm: float, treated_mm: float) -> float:
    """The regression of the long diameter in percent; growth is negative. ValueError unless the baseline is above 0.

    >>> regression(0.2, 0.05), regression(0.2, 0.25)
    (75.0, -25.0)
    """
    if baseline_mm <= 0:
        raise ValueError("no regression without a long diameter at baseline")
    return round(100 * (baseline_mm - treated_mm) / baseline_mm, 1)


def inhibition_of(given: float | None, baseline_mm: float | None, treated_mm: float | None) -> float | None:
    """The inhibition rate as given, or else by the long diameters; None where neither is told."""
    if given is not None or not baseline_mm or treated_mm is None:
        return given
    return regression(baseline_mm, treated_mm)


class Tested(NamedTuple):
    """One result: its name in facts, what was tested, and why it is not weighed (None where it is).

    `regimen` are the ids of the drugs, sorted; a drug that is not known stands as written.
    """

    id: str
    organoid: Organoid
    regimen: Regimen
    left_out: str | None

    @property
    def own_cut_offs(self) -> bool:
        """Whether the laboratory gives a cut-off of its own."""
        return self.organoid.sensitive_from is not None or self.organoid.resistant_below is not None

    @property
    def cut_offs(self) -> CutOffs:
        """The laboratory's cut-offs, or the declared ones where it gives none."""
        return _cut_offs(self.organoid)


def _cut_offs(organoid: Organoid) -> CutOffs:
    shipped, own, low = cut_offs(), organoid.sensitive_from, organoid.resistant_below
    return CutOffs(shipped.sensitive if own is None else own, shipped.resistant if low is None else low)


def tested(patient: Patient, knowledge: KnowledgeBase, as_of: str) -> tuple[Tested, ...]:
    """The patient's results in the order of the file, as known on the day asked for."""
    named: dict[str, int] = {}
    found: list[Tested] = []
    for organoid in patient.organoids:
        regimen, unknown = _regimen(organoid, knowledge)
        told = ", ".join((" + ".join(regimen), *_where(organoid)))
        named[told] = named.get(told, 0) + 1
        name = told if named[told] == 1 else f"{told} ({named[told]})"
        found.append(Tested(name, organoid, regimen, UNKNOWN_DRUG if unknown else _left_out(organoid, as_of)))
    return tuple(found)


def _where(organoid: Organoid) -> tuple[str, ...]:
    return tuple(each for each in (organoid.sample, organoid.date) if each)


def drugs_of(text: str) -> tuple[str, ...]:
    """The drugs of a scheme as a laboratory writes it.

    >>> drugs_of("pyrotinib + capecitabine"), drugs_of("T-DM1")
    (('pyrotinib', 'capecitabine'), ('T-DM1',))
    """
    import re

    return tuple(drug for part in re.split(r"[+;,]| and |、", text) if (drug := part.strip()))


def _regimen(organoid: Organoid, knowledge: KnowledgeBase) -> tuple[Regimen, Mapping[str, tuple[str, ...]]]:
    """The drugs by their ids, and those that are not known with the names nearest to them."""
    from kb.therapies import UnknownTherapy

    names: set[str] = set()
    unknown: dict[str, tuple[str, ...]] = {}
    for drug in drugs_of(organoid.drug):
        try:
            names.add(knowledge.therapy(drug).id)
        except UnknownTherapy as error:
            names.add(drug)
            unknown[drug] = error.nearest
    return tuple(sorted(names)), unknown


def contradiction(organoid: Organoid) -> float | None:
    """The inhibition rate by the long diameters where the given one is another; else None."""
    if not organoid.baseline_mm or organoid.treated_mm is None:
        return None
    measured = regression(organoid.baseline_mm, organoid.treated_mm)
    return measured if abs(measured - organoid.inhibition_percent) > ROUNDING else None


def _left_out(organoid: Organoid, as_of: str) -> str | None:
    from kb.dates import span

    if contradiction(organoid) is not None:
        return CONTRADICTORY
    if organoid.date is not None and span(organoid.date).earliest > as_of:
        return LATER
    used = _cut_offs(organoid)
    return None if used.resistant < used.sensitive else CUT_OFFS


def organoid_notes(patient: Patient, knowledge: KnowledgeBase, as_of: str) -> tuple[Note, ...]:
    """What is wrong with the results, each with its place and a remedy: such a result is shown and not weighed."""
    return tuple(note for each in tested(patient, knowledge, as_of) for note in _notes(each, knowledge, as_of))


def _notes(each: Tested, knowledge: KnowledgeBase, as_of: str) -> Iterator[Note]:
    organoid = each.organoid
    shown = "the result is shown and not weighed"
    for drug, nearest in _regimen(organoid, knowledge)[1].items():
        near = f"nearest known: {', '.join(nearest)}" if nearest else "use the INN"
        yield Note(Severity.WARNING, organoid.place, f"unknown drug {drug!r} of an organoid: {shown}", near)
    if each.left_out == CONTRADICTORY:
        given, measured = organoid.inhibition_percent, contradiction(organoid)
        message = f"inhibition_percent {given:g} is not that of the long diameters ({measured:g}): {shown}"
        yield Note(Severity.WARNING, organoid.place, message, "correct the one that is wrong")
    elif each.left_out == LATER:
        message = f"the organoid result of {organoid.date} is later than {as_of}: {shown}"
        yield Note(Severity.INFO, organoid.place, message, f"ask with --as-of {organoid.date} or later")
    elif each.left_out == CUT_OFFS:
        low, high = each.cut_offs.resistant, each.cut_offs.sensitive
        message = f"resistant_below ({low:g}) is not below sensitive_from ({high:g}): {shown}"
        yield Note(Severity.WARNING, organoid.place, message, "give both cut-offs of the laboratory")


# --- facts ------------------------------------------------------------------------------------------------------------


def state_organoids(case: Case, cores: Mapping[Regimen, Regimen], person: Person) -> None:
    """State the results that are weighed, and of which considered regimens they speak: as a whole or of a part."""
    if not person.patient.organoids:
        return
    weighed = [each for each in tested(person.patient, person.knowledge, person.query.as_of) if each.left_out is None]
    for each in weighed:
        _state_result(case, each, person)
    _state_progressions(case, person)
    parts = {regimen: _parts(core, person.knowledge) for regimen, core in cores.items()}
    schemes = sorted({_scheme(each, case, person.knowledge) for each in weighed})
    for scheme in schemes:
        _state_reach(case, scheme, parts, person.knowledge)


def _state_result(case: Case, each: Tested, person: Person) -> None:
    from kb.dates import span
    from matcher.facts import Origin, regimen_id
    from matcher.names import regimen_name
    from matcher.phrases import joined, text

    organoid, scheme = each.organoid, _scheme(each, case, person.knowledge)
    name = regimen_name(each.regimen, person.knowledge)
    case.labels.setdefault(regimen_id(scheme), regimen_name(scheme, person.knowledge))
    lesion = organoid.sample or text("organoids", "lesion not named")
    told = joined((lesion, organoid.date or text("organoids", "undated")), "told")
    case.labels[each.id] = joined((name, told), "told")
    origin = Origin(text("organoids", "result", of=case.labels[each.id]), places=(organoid.place,))
    case.state(
        "organoid", origin, id=each.id, scheme=regimen_id(scheme), inhibition=organoid.inhibition_percent, told=told
    )
    case.state(
        "organoid_cut_offs",
        origin if each.own_cut_offs else Origin(text("organoids", "declared")),
        organoid=each.id,
        sensitive=each.cut_offs.sensitive,
        resistant=each.cut_offs.resistant,
        by="laboratory" if each.own_cut_offs else "project",
    )
    if organoid.sample is not None:
        case.state("organoid_of", origin, organoid=each.id, lesion=organoid.sample)
    if organoid.date is not None:
        days = span(organoid.date)
        case.state("organoid_dated", origin, organoid=each.id, earliest=days.earliest, latest=days.latest)
    taken = _taken(organoid, person.patient)
    if taken is not None:
        case.state("organoid_taken", origin, organoid=each.id, latest=span(taken).latest)


def _taken(organoid: Organoid, patient: Patient) -> str | None:
    """The date of the specimen that the organoid was grown from, or else of the result; None where neither is told."""
    dates = [sample.date for sample in patient.samples if sample.id == organoid.sample and sample.date]
    return dates[0] if dates else organoid.date


def _state_progressions(case: Case, person: Person) -> None:
    """State the progressions that are dated and not later than the day asked for."""
    from kb.dates import span
    from matcher.facts import Origin
    from matcher.history import is_return, progressed
    from matcher.phrases import text

    patient = person.patient
    told = [(each.date, each.place) for each in patient.events if is_return(each)]
    told += [(each.stop, each.place) for each in patient.prior_therapies or () if each.stop and progressed(each)]
    for date, place in told:
        if span(date).earliest <= person.query.as_of:
            origin = Origin(text("organoids", "progression", date=date), places=(place,))
            case.state("progressed_at", origin, day=date, earliest=span(date).earliest)


def _scheme(each: Tested, case: Case, knowledge: KnowledgeBase) -> Regimen:
    """What was tested without supportive drugs, as the cores of regimens are told."""
    from matcher.facts import core_of

    return core_of(each.regimen, knowledge.therapies(each.regimen))


def _parts(regimen: Collection[str], knowledge: KnowledgeBase) -> frozenset[str]:
    """The drugs of a regimen, those of a fixed combination apart."""
    found: set[str] = set()
    known = knowledge.therapies(regimen)
    for drug in regimen:
        found.update(known[drug].components if drug in known and known[drug].components else (drug,))
    return frozenset(found)


def _state_reach(
    case: Case, scheme: Regimen, regimens: Mapping[Regimen, frozenset[str]], knowledge: KnowledgeBase
) -> None:
    from matcher.facts import NO_ORIGIN, regimen_id

    own = _parts(scheme, knowledge)
    for drug, therapy in knowledge.therapies(own).items():
        if not set(cut_offs().immune).isdisjoint((drug, *therapy.classes)):
            case.state("needs_immune_cells", NO_ORIGIN, scheme=regimen_id(scheme), drug=drug)
    for regimen, parts in regimens.items():
        if own <= parts:
            case.state(
                "organoid_tests",
                NO_ORIGIN,
                scheme=regimen_id(scheme),
                regimen=regimen_id(regimen),
                reach="whole" if own == parts else "part",
            )
