"""The dated events of a patient's course: what each kind of event tells, read from a patient file's `events`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from matcher.notes import Note, Severity
from matcher.patient import Organoid, PriorTherapy

if TYPE_CHECKING:
    from kb.alteration import Place
    from matcher.patient import Event, Patient

RESPONSES = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
"""Overall responses of one assessment, the best first and the one that is none last, by RECIST 1.1 (Eisenhauer 2009,
10.1016/j.ejca.2008.10.026, tables 1 and 2)."""

PROGRESSION_BY = ("imaging", "PSA", "clinical")
"""What a progression was seen by."""

MODALITIES = ("CT", "MRI", "MIBG", "PET", "bone scan", "ultrasound", "photograph", "X-ray")
"""What an assessment was made by."""

REASONS = ("preference", "comorbidity", "toxicity", "cost or coverage", "trial not available", "physician", "other")
"""Why another therapy than the recommended one was chosen."""


class Assessment(NamedTuple):
    """A tumor assessment: the overall response, the sum of the target lesions' diameters (mm), new lesions.

    `cycle` is the number of the treatment cycle at whose end it was made, where the file says so. The measurement
    before a treatment (`response: baseline`) has the response NE: none belongs to it.
    """

    date: str
    place: Place
    response: str
    modality: str | None = None
    cycle: int | None = None
    target_mm: float | None = None
    new_lesion: bool | None = None


class Level(NamedTuple):
    """A dated value: PSA in ng/mL (`PSA`) or a performance status from 0 to 5 (`ECOG`)."""

    date: str
    place: Place
    name: str
    value: float


class AdverseEvent(NamedTuple):
    """An adverse event: the term as written, its grade from 1 to 5, and what the file says of it; None where silent.

    `ctcae` is the version of the Common Terminology Criteria (`4.03`, `5.0`) that it was graded by.
    """

    date: str
    place: Place
    term: str
    grade: int | None = None
    serious: bool | None = None
    related: bool | None = None
    ctcae: str | None = None
    resolved: str | None = None
    therapy: tuple[str, ...] = ()


class Progression(NamedTuple):
    """The disease progressed or came back; `by` is one of PROGRESSION_BY, None where the file does not say."""

    date: str
    place: Place
    by: str | None = None


class Death(NamedTuple):
    """The patient died; `cause` as written."""

    date: str
    place: Place
    cause: str | None = None


class Contact(NamedTuple):
    """The patient was known to be alive."""

    date: str
    place: Place


class Biopsy(NamedTuple):
    """A specimen was taken; `sample` is its id in the patient file."""

    date: str
    place: Place
    sample: str | None = None
    site: str | None = None


class Board(NamedTuple):
    """A meeting of the molecular tumor board about one molecular profile.

    `profile` is the sample; `recommended` are the regimens that the board named; `actionable` is its conclusion on
    whether there are intervening alterations, None where it is not recorded.
    """

    date: str
    place: Place
    profile: str | None = None
    recommended: tuple[tuple[str, ...], ...] = ()
    actionable: bool | None = None


class Decision(NamedTuple):
    """What patient and clinician chose, beside what was recommended, with the reason where the two differ.

    `chosen` is empty for no therapy. `reason` is one of REASONS; `detail` is as written.
    """

    date: str
    place: Place
    recommended: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    reason: str | None = None
    detail: str | None = None
    profile: str | None = None


class Questionnaire(NamedTuple):
    """Answers of a quality-of-life questionnaire (`PROMIS-29`): by item or domain, as numbers."""

    date: str
    place: Place
    answers: tuple[tuple[str, float], ...]


class Enrolment(NamedTuple):
    """The patient entered a study (signed the informed consent); `arm` is `retrospective`, `prospective` or another."""

    date: str
    place: Place
    study: str | None = None
    arm: str | None = None


class Withdrawal(NamedTuple):
    """The patient left the study."""

    date: str
    place: Place
    reason: str | None = None


Typed = (
    Assessment | Level | AdverseEvent | Progression | Death | Contact | Biopsy | Board | Decision | Questionnaire
    | Enrolment | Withdrawal
)  # fmt: skip

KINDS: Mapping[str, tuple[str, ...]] = {
    "therapy start": ("regimen", "line", "setting", "guided_by"),
    "therapy stop": ("regimen", "reason", "best_response"),
    "assessment": ("response", "modality", "cycle", "target_mm", "new_lesion"),
    "PSA": ("value", "unit"),
    "ECOG": ("value",),
    "adverse event": ("term", "grade", "serious", "related", "ctcae", "resolved", "therapy"),
    "progression": ("by", "site"),
    "recurrence": ("by", "site"),
    "death": ("cause",),
    "last contact": (),
    "biopsy": ("sample", "site"),
    "organoid": (
        "sample",
        "drug",
        "inhibition_percent",
        "baseline_mm",
        "treated_mm",
        "after_mm",
        "method",
        "dose",
        "passage",
        "sensitive_from",
        "resistant_below",
    ),
    "board": ("profile", "recommended", "actionable"),
    "decision": ("recommended", "chosen", "reason", "detail", "profile"),
    "PROMIS-29": (),
    "enrolment": ("study", "arm"),
    "withdrawal": ("reason",),
}
"""Every kind of event, with its keys beside `date` and `kind`. Those of `PROMIS-29` are its items and domains."""

_ALIASES = {
    "start": "therapy start", "treatment start": "therapy start", "stop": "therapy stop", "response": "assessment",
    "treatment stop": "therapy stop", "recist": "assessment", "imaging": "assessment", "relapse": "recurrence",
    "ae": "adverse event", "adverse drug reaction": "adverse event", "follow-up": "last contact", "mtb": "board",
    "died": "death", "psa progression": "progression", "enrollment": "enrolment", "promis": "PROMIS-29",
    "performance status": "ECOG", "organoid result": "organoid",
}  # fmt: skip


def kind_of(text: str) -> str | None:
    """The kind that a text names; None for one that is not known.

    >>> kind_of("Adverse Event"), kind_of("progression"), kind_of("birthday")
    ('adverse event', 'progression', None)
    """
    low = " ".join(text.lower().replace("_", " ").split())
    return _ALIASES.get(low) or next((kind for kind in KINDS if kind.lower() == low), None)


class Events(NamedTuple):
    """A patient's events in the order of their dates, those of one day in that of the file."""

    every: tuple[Typed, ...]

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """Those of one kind."""
        return tuple(each for each in self.every if isinstance(each, kind))


T = TypeVar("T", bound=tuple[object, ...])


def read_events(patient: Patient) -> tuple[Events, tuple[Note, ...]]:
    """What the patient's events tell, and notes on what could not be read: each with its place and a remedy.

    Starts and stops of therapies and results of organoids are not among them: `with_event_records` adds these to the
    patient's therapies and organoids. An event of an unknown kind is told and left to the board.
    """
    found: list[Typed] = []
    notes: list[Note] = []
    for event in patient.events:
        details = _Details(event, notes)
        kind = details.kind
        if kind is not None and kind not in _ELSEWHERE:
            read = _READERS[kind](details)
            found.extend([] if read is None else [read])
    return Events(tuple(sorted(found, key=lambda each: each[0]))), tuple(notes)


def with_event_records(patient: Patient) -> tuple[Patient, tuple[Note, ...]]:
    """The patient with the therapies and organoid results that events tell beside those of the file's own lists.

    A stop ends the therapy of its regimen that was going on. Therapies that events alone tell are a history known in
    part, as nobody said that they are all.
    """
    kinds = {kind_of(event.kind) for event in patient.events}
    if kinds.isdisjoint(_ELSEWHERE):
        return patient, ()
    notes: list[Note] = []
    therapies = list(patient.prior_therapies or ())
    organoids = list(patient.organoids)
    for event in sorted(patient.events, key=lambda each: each.date):
        details = _Details(event, notes, quiet=True)
        if details.kind == "therapy start":
            therapies.extend(_started(details))
        elif details.kind == "therapy stop":
            _stop(details, therapies)
        elif details.kind == "organoid":
            organoids.extend(_organoid(details))
    told = bool(therapies) or patient.prior_therapies is not None
    partly = {"prior_therapies"} if told and patient.prior_therapies is None else set()
    history = tuple(therapies) if told else None
    return replace(
        patient, prior_therapies=history, organoids=tuple(organoids), incomplete=patient.incomplete | partly
    ), tuple(notes)


_ELSEWHERE = frozenset({"therapy start", "therapy stop", "organoid"})


class _Details:
    """The details of one event, read one by one; what cannot be read becomes a note."""

    def __init__(self, event: Event, notes: list[Note], quiet: bool = False) -> None:
        self.event, self.notes = event, notes
        self.date, self.place = event.date, event.place
        self.kind = kind_of(event.kind)
        self.given = {key.lower().replace(" ", "_"): text for key, text in event.details}
        if quiet:
            return
        if self.kind is None:
            self._note(f"the kind of event {event.kind!r} is not known: not used", self._near(event.kind, KINDS))
        elif KINDS[self.kind]:
            for key in self.given:
                if key not in KINDS[self.kind]:
                    self._note(f"{self.kind}: unknown key {key!r}: not used", self._near(key, KINDS[self.kind]))

    def _note(self, message: str, remedy: str, severity: Severity = Severity.WARNING) -> None:
        self.notes.append(Note(severity, self.place, message, remedy))

    def wrong(self, key: str, remedy: str) -> None:
        """Note that a detail cannot be used."""
        self._note(f"{self.kind}: {key} {self.given.get(key)!r} is not used", remedy, Severity.ERROR)

    def missing(self, key: str, remedy: str) -> None:
        """Note that the event cannot be used without a detail."""
        self._note(f"{self.kind} without {key}: not used", remedy, Severity.ERROR)

    def _near(self, text: str, known: Iterable[str]) -> str:
        from difflib import get_close_matches

        names = list(known)
        near = get_close_matches(text.lower(), names, 1, 0.6)
        return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"

    def text(self, key: str) -> str | None:
        """A detail as it stands."""
        return self.given.get(key)

    def one_of(self, key: str, values: Iterable[str]) -> str | None:
        """A detail that is one of some values, in any letter case."""
        text, known = self.given.get(key), list(values)
        if text is None:
            return None
        found = next((value for value in known if value.lower() == text.strip().lower()), None)
        if found is None:
            self.wrong(key, f"write one of {', '.join(known)}")
        return found

    def number(self, key: str, least: float, most: float) -> float | None:
        """A number within limits."""
        text = self.given.get(key)
        if text is None:
            return None
        from matcher.readers.columns import decimal

        found = decimal(text.strip().rstrip("%").strip())
        if found is None or not least <= found <= most:
            self.wrong(key, f"write a number from {least:g} to {most:g}")
            return None
        return found

    def whole(self, key: str, least: int, most: int) -> int | None:
        """A whole number within limits."""
        found = self.number(key, least, most)
        if found is not None and found != int(found):
            self.wrong(key, f"write a whole number from {least} to {most}")
            return None
        return None if found is None else int(found)

    def yes_or_no(self, key: str) -> bool | None:
        """Yes or no; None where the file does not say."""
        found = self.one_of(key, ("yes", "no", "true", "false"))
        return None if found is None else found in {"yes", "true"}

    def day(self, key: str) -> str | None:
        """A date."""
        text = self.given.get(key)
        if text is None:
            return None
        from matcher.readers.patient_file import is_date

        if is_date(text.strip()):
            return text.strip()
        self.wrong(key, "write 2024-02-01, 2024-02 or 2024")
        return None

    def regimen(self, key: str) -> tuple[str, ...]:
        """Drugs given together, as written; empty for `none`."""
        text = (self.given.get(key) or "").strip()
        if text.lower() in {"", "none", "no therapy", "observation"}:
            return ()
        return tuple(part.strip() for part in re.split(r"[+＋,;]", text) if part.strip())


def _assessment(told: _Details) -> Assessment | None:
    if (told.text("response") or "").strip().lower() == "baseline":
        told.given["response"] = "NE"
    response = told.one_of("response", RESPONSES)
    if response is None:
        if told.text("response") is None:
            told.missing("response", f"write response: {', '.join(RESPONSES)}")
        return None
    return Assessment(
        told.date, told.place, response, told.one_of("modality", MODALITIES), told.whole("cycle", 1, 99),
        told.number("target_mm", 0, 5000), told.yes_or_no("new_lesion"),
    )  # fmt: skip


_PSA_UNITS = {"ng/ml": 1.0, "µg/l": 1.0, "μg/l": 1.0, "ug/l": 1.0}
"""Units of PSA, in ng/mL."""


def _psa(told: _Details) -> Level | None:
    unit, value = (told.text("unit") or "").strip().lower(), told.number("value", 0, 1_000_000)
    if value is None:
        if told.text("value") is None:
            told.missing("value", "write {date: ..., kind: PSA, value: 4.2, unit: ng/mL}")
        return None
    if unit not in _PSA_UNITS:
        told.wrong("unit", "write unit: ng/mL")
        return None
    return Level(told.date, told.place, "PSA", value * _PSA_UNITS[unit])


def _ecog(told: _Details) -> Level | None:
    value = told.whole("value", 0, 5)
    if value is None:
        if told.text("value") is None:
            told.missing("value", "write {date: ..., kind: ECOG, value: 1}")
        return None
    return Level(told.date, told.place, "ECOG", float(value))


def _adverse(told: _Details) -> AdverseEvent | None:
    term = (told.text("term") or "").strip()
    if not term:
        told.missing("term", "write the CTCAE term, such as term: Diarrhea")
        return None
    return AdverseEvent(
        told.date, told.place, term, told.whole("grade", 1, 5), told.yes_or_no("serious"), told.yes_or_no("related"),
        told.one_of("ctcae", ("4.03", "5.0")), told.day("resolved"), told.regimen("therapy"),
    )  # fmt: skip


def _progression(told: _Details) -> Progression:
    by = told.one_of("by", PROGRESSION_BY)
    return Progression(told.date, told.place, "PSA" if told.event.kind.lower().startswith("psa") else by)


def _board(told: _Details) -> Board:
    text = told.text("recommended") or ""
    regimens = tuple(
        tuple(part.strip() for part in regimen.split("+") if part.strip()) for regimen in text.split(";")
    )  # fmt: skip
    named = tuple(each for each in regimens if each and each != ("none",))
    return Board(told.date, told.place, told.text("profile"), named, told.yes_or_no("actionable"))


def _decision(told: _Details) -> Decision | None:
    if told.text("chosen") is None:
        told.missing("chosen", "write chosen: drug + drug, or chosen: none")
        return None
    return Decision(
        told.date, told.place, told.regimen("recommended"), told.regimen("chosen"), told.one_of("reason", REASONS),
        told.text("detail"), told.text("profile"),
    )  # fmt: skip


def _questionnaire(told: _Details) -> Questionnaire | None:
    found = [(key, told.number(key, 0, 1000)) for key in told.given]
    answers = tuple((key, value) for key, value in found if value is not None)
    if not answers:
        told.missing("answers", "write the items or T-scores, such as {physical_function: 45.3}")
        return None
    return Questionnaire(told.date, told.place, answers)


_READERS: Mapping[str, Callable[[_Details], Typed | None]] = {
    "assessment": _assessment,
    "PSA": _psa,
    "ECOG": _ecog,
    "adverse event": _adverse,
    "progression": _progression,
    "recurrence": _progression,
    "death": lambda told: Death(told.date, told.place, told.text("cause")),
    "last contact": lambda told: Contact(told.date, told.place),
    "biopsy": lambda told: Biopsy(told.date, told.place, told.text("sample"), told.text("site")),
    "board": _board,
    "decision": _decision,
    "PROMIS-29": _questionnaire,
    "enrolment": lambda told: Enrolment(told.date, told.place, told.text("study"), told.text("arm")),
    "withdrawal": lambda told: Withdrawal(told.date, told.place, told.text("reason")),
}


# --- therapies and organoids that events tell ------------------------------------------------------------------------


def _started(told: _Details) -> list[PriorTherapy]:
    regimen = told.regimen("regimen")
    if not regimen:
        told.missing("regimen", "write {date: ..., kind: therapy start, regimen: [drug, drug]}")
        return []
    return [
        PriorTherapy(
            regimen, told.place, told.whole("line", 0, 50), told.date, setting=told.text("setting"),
            guided_by=told.text("guided_by"),
        )
    ]  # fmt: skip


def _stop(told: _Details, therapies: list[PriorTherapy]) -> None:
    """End the last therapy of this regimen that was going on; without a regimen, the only one that was."""
    wanted = {drug.lower() for drug in told.regimen("regimen")}
    going_on = [
        index
        for index, each in enumerate(therapies)
        if each.stop is None
        and (each.start is None or each.start <= told.date)
        and (not wanted or wanted == {drug.lower() for drug in each.regimen})
    ]
    if not going_on or (not wanted and len(going_on) > 1):
        told.missing("a therapy that was going on", "name the regimen as its start does")
        return
    response = told.one_of("best_response", ("CR", "PR", "SD", "PD", "NE"))
    ended = therapies[going_on[-1]]
    therapies[going_on[-1]] = replace(
        ended,
        stop=told.date,
        stopped_for=told.text("reason") or ended.stopped_for,
        best_response=response or ended.best_response,
    )


def _organoid(told: _Details) -> list[Organoid]:
    from matcher.organoids import MOST_MM, inhibition_of

    drug, given = " + ".join(told.regimen("drug")), told.number("inhibition_percent", -1000, 100)
    baseline, treated = told.number("baseline_mm", 0, MOST_MM), told.number("treated_mm", 0, MOST_MM)
    treated = told.number("after_mm", 0, MOST_MM) if treated is None else treated
    inhibition = inhibition_of(given, baseline, treated)
    if not drug or inhibition is None:
        told.missing("drug or inhibition_percent", "write {sample: ..., drug: ..., inhibition_percent: 72}")
        return []
    return [
        Organoid(
            told.text("sample"),
            drug,
            inhibition,
            told.date,
            told.place,
            baseline,
            treated,
            told.text("method"),
            told.text("dose"),
            told.text("passage"),
            told.number("sensitive_from", -1000, 100),
            told.number("resistant_below", -1000, 100),
        )
    ]
