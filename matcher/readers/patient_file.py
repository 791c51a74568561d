"""The patient file: YAML or JSON with the tumor, the history, the markers, and the names of the variant files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from kb.alteration import Alteration, MarkerValue, Place, of_normal_tissue
from kb.nomenclature.errors import UnreadableAlteration
from matcher import readers
from matcher.assay import is_normal
from matcher.notes import Note, Severity, UnusableInput
from matcher.patient import Event, Measured, Organoid, Patient, PriorTherapy, Sample
from matcher.readers import columns, copy_number, fusion, table, tree
from matcher.readers.reading import PatientFile, Reading
from matcher.readers.tree import Value

KEYS = (
    "id", "tumor_type", "jurisdiction", "age", "sex", "ecog", "stage", "menopausal_status", "coverage", "biomarkers",
    "prior_therapies", "conditions", "medications", "measurements", "preferences", "samples", "organoids", "events",
    "alterations", "diagnosed",
)  # fmt: skip
"""Every key of a patient file."""

SAMPLE_KEYS = (
    "id", "kind", "site", "date", "assay", "purity", "ploidy", "depth", "sample", "variants", "copy_number", "fusions",
    "biomarkers",
)  # fmt: skip
"""Every key of a sample; `sample` is its name inside its files, where that is another than `id`. Its `biomarkers` are
those measured in this sample, as HER2 in one focus."""

THERAPY_KEYS = (
    "regimen", "line", "start", "stop", "best_response", "stopped_for", "setting", "toxicities", "guided_by",
)  # fmt: skip
MEASUREMENT_KEYS = ("value", "unit", "date")
ORGANOID_KEYS = (
    "sample", "drug", "inhibition_percent", "date", "baseline_mm", "treated_mm", "after_mm", "method", "dose",
    "passage", "sensitive_from", "resistant_below",
)  # fmt: skip
ALTERATION_KEYS = tuple(table.COLUMNS)

T = TypeVar("T")

RESPONSES = ("CR", "PR", "SD", "PD", "NE")
"""RECIST's best responses; NE is not evaluable."""

_FILES: dict[str, tuple[str, Callable[[Path, str | None], Reading]]] = {
    "variants": ("small variant", readers.read),
    "copy_number": ("copy number", copy_number.read),
    "fusions": ("fusion", fusion.read),
}


def read_patient_file(path: Path, sample: str | None = None) -> PatientFile:
    """The patient that the file describes; files that it names are looked for beside it.

    UnusableInput when the file, or a file that it names, cannot be used at all. Values that cannot be read, and
    keys that are not known, are notes. All samples are read, whichever one is asked for.
    """
    pad = _Pad(path)
    top = tree.read(path, pad.notes)
    if not isinstance(top.content, dict) or not any(key in top.content for key in KEYS):
        raise UnusableInput(str(path), "it is no patient file", f"write keys such as {', '.join(KEYS[:4])}")
    return _patient(pad.known(top.content, KEYS), pad)


def read_key(key: str, value: Value, path: Path, at: Place) -> PatientFile:
    """A patient of whom only this key is known, read as from the patient file at the path; all of it is at the place.

    UnusableInput when a file that the value names cannot be used. What cannot be read is a note.
    """
    pad = _Pad(path, at=at)
    return _patient(pad.known({"id": Value(1, path.stem), key: value}, KEYS), pad)


def _patient(keys: dict[str, Value], pad: _Pad) -> PatientFile:
    alterations = [*_markers(keys.get("biomarkers"), pad), *_listed(keys.get("alterations"), pad)]
    samples: list[Sample] = []
    for value in pad.items(keys.get("samples"), "samples"):
        one, found = _sample(value, len(samples) + 1, pad)
        if any(one.id == other.id for other in samples):
            what = f"two samples have the id '{one.id}', so their results cannot be told apart"
            raise UnusableInput(str(pad.place(value)), what, "give each sample an id of its own")
        samples.append(one)
        alterations.extend(found)
    patient = replace(_person(keys, pad), samples=tuple(samples), alterations=tuple(alterations))
    if patient.events:
        from matcher.events import with_event_records  # a file without events does not pay for them

        patient, notes = with_event_records(patient)
        pad.notes.extend(notes)
    return PatientFile(patient, tuple(pad.notes))


@dataclass(frozen=True, slots=True)
class _Pad:
    """The file, and the notes taken while it is read; `at` is the place of everything that is not from the file."""

    path: Path
    notes: list[Note] = field(default_factory=list)
    at: Place | None = None

    def place(self, value: Value) -> Place:
        return self.at or Place(self.path.name, value.row)

    def warn(self, value: Value, message: str, remedy: str, severity: Severity = Severity.WARNING) -> None:
        self.notes.append(Note(severity, self.place(value), message, remedy))

    def known(self, mapping: dict[str, Value], keys: tuple[str, ...]) -> dict[str, Value]:
        """The entries of known keys that have a value; the others become notes that name the nearest known key."""
        for key, value in mapping.items():
            if key not in keys:
                self.warn(value, f"unknown key {key!r}: not used", nearest_key(key, keys))
        return {key: value for key, value in mapping.items() if key in keys and value.content is not None}

    def mapping(self, value: Value, keys: tuple[str, ...], what: str) -> dict[str, Value] | None:
        """A mapping's known entries, or None after a note."""
        if isinstance(value.content, dict):
            return self.known(value.content, keys)
        self.warn(value, f"{what} is not a mapping: not used", f"write it as {{{keys[0]}: ..., ...}}", Severity.ERROR)
        return None

    def items(self, value: Value | None, what: str) -> tuple[Value, ...]:
        """A list's items; a single value stands for a list of one, and a mapping where a list belongs is a note."""
        if value is None:
            return ()
        if isinstance(value.content, tuple):
            return value.content
        if isinstance(value.content, dict) and what not in ("samples", "organoids", "events", "prior_therapies"):
            self.warn(value, f"{what} is a mapping: not used", "write a list, such as [a, b]", Severity.ERROR)
            return ()
        return (value,)

    def text(self, value: Value | None, what: str) -> str | None:
        """A text, or None after a note when it is something else."""
        if value is None or value.content is None:
            return None
        if isinstance(value.content, str):
            return value.content.strip() or None
        self.warn(value, f"{what} is not a single value: not used", "write one value", Severity.ERROR)
        return None

    def texts(self, value: Value | None, what: str) -> tuple[str, ...]:
        return tuple(text for item in self.items(value, what) if (text := self.text(item, what)) is not None)

    def number(self, value: Value | None, what: str, least: float, most: float) -> float | None:
        """A number in its range, or None after a note."""
        text = self.text(value, what)
        if value is None or text is None:
            return None
        number = columns.decimal(text.rstrip(" %"))
        if number is not None and least <= number <= most:
            return number
        self.warn(value, f"{what} {text!r} is not used", f"write a number from {least:g} to {most:g}", Severity.ERROR)
        return None

    def whole(self, value: Value | None, what: str, least: int, most: int) -> int | None:
        """A whole number in its range, or None after a note."""
        number = self.number(value, what, least, most)
        if value is None or number is None or number.is_integer():
            return None if number is None else int(number)
        remedy = f"write a whole number from {least} to {most}"
        self.warn(value, f"{what} {value.content!r} is not used", remedy, Severity.ERROR)
        return None

    def one(self, value: Value | None, what: str, remedy: str) -> str | None:
        """A text; UnusableInput for a list, of which none can be chosen, and for a mapping."""
        if value is not None and isinstance(value.content, tuple | dict):
            raise UnusableInput(str(self.place(value)), f"{what} is not a single value", remedy)
        return self.text(value, what)

    def date(self, value: Value | None, what: str) -> str | None:
        """An ISO date, possibly partial, or None after a note."""
        text = self.text(value, what)
        if value is None or text is None or is_date(text):
            return text
        self.warn(value, f"{what} {text!r} is no date: not used", "write 2024-02-01, 2024-02 or 2024", Severity.ERROR)
        return None


def is_date(text: str) -> bool:
    """Whether the text is an ISO date, with the day and the month optional.

    >>> is_date("2023-11"), is_date("2023-13-01"), is_date("03.11.2023")
    (True, False, False)
    """
    from datetime import date

    if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text) is None:
        return False
    try:
        date.fromisoformat(text + "-01" * ((10 - len(text)) // 3))
    except ValueError:
        return False
    return True


def nearest_key(key: str, keys: tuple[str, ...]) -> str:
    """The remedy for an unknown key: the one that it is most like, or all."""
    from difflib import get_close_matches

    near = get_close_matches(key.lower(), keys, 1, 0.6)
    return f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(keys)}"


def _person(keys: dict[str, Value], pad: _Pad) -> Patient:
    """The patient without samples and alterations."""
    if "id" not in keys:
        pad.warn(Value(1, None), f"no id: {pad.path.stem!r} is used", "write id: P-001")
    return Patient(
        id=pad.text(keys.get("id"), "id") or pad.path.stem,
        tumor_type=pad.one(keys.get("tumor_type"), "tumor_type", "write one, and a file for each of two tumors"),
        jurisdiction=pad.one(keys.get("jurisdiction"), "jurisdiction", "write one: CN, US or EU"),
        age=_years(keys.get("age"), pad),
        sex=pad.text(keys.get("sex"), "sex"),
        ecog=pad.whole(keys.get("ecog"), "ecog", 0, 5),
        stage=pad.text(keys.get("stage"), "stage"),
        menopausal_status=pad.text(keys.get("menopausal_status"), "menopausal_status"),
        coverage=pad.text(keys.get("coverage"), "coverage"),
        prior_therapies=_history(keys.get("prior_therapies"), pad),
        conditions=_list_or_unknown(keys.get("conditions"), "conditions", pad),
        medications=_list_or_unknown(keys.get("medications"), "medications", pad),
        measurements=_measurements(keys.get("measurements"), pad),
        preferences=_preferences(keys.get("preferences"), pad),
        organoids=_kept(_organoid(value, pad) for value in pad.items(keys.get("organoids"), "organoids")),
        events=_kept(_event(value, pad) for value in pad.items(keys.get("events"), "events")),
        place=pad.at or Place(pad.path.name),
        diagnosed=pad.date(keys.get("diagnosed"), "diagnosed"),
    )


def _years(value: Value | None, pad: _Pad) -> int | None:
    """The age in completed years."""
    number = pad.number(value, "age", 0, 130)
    return None if number is None else int(number)


def _kept(found: Iterable[T | None]) -> tuple[T, ...]:
    return tuple(one for one in found if one is not None)


def _list_or_unknown(value: Value | None, what: str, pad: _Pad) -> tuple[str, ...] | None:
    """A complete list; None when it is unknown, () when it is known that there are none."""
    if value is None or value.content in ("unknown", ""):
        return None
    if value.content in ("none", "no"):
        return ()
    found = pad.texts(value, what)
    return found if found or value.content == () else None


def _measurements(value: Value | None, pad: _Pad) -> tuple[Measured, ...]:
    """Measured values: `LVEF: 48 %`, or `LVEF: {value: 48, unit: "%", date: 2024-02-01}`."""
    if value is None:
        return ()
    if not isinstance(value.content, dict):
        pad.warn(value, "measurements is not a mapping: not used", "write {LVEF: 48 %}", Severity.ERROR)
        return ()
    return _kept(_measured(name.strip(), one, pad) for name, one in value.content.items())


def _measured(name: str, value: Value, pad: _Pad) -> Measured | None:
    if isinstance(value.content, dict):
        keys = pad.known(value.content, MEASUREMENT_KEYS)
        text = f"{pad.text(keys.get('value'), name) or ''} {pad.text(keys.get('unit'), name) or ''}"
        date = pad.date(keys.get("date"), "date")
    else:
        text, date = pad.text(value, name) or "", None
    found = re.fullmatch(r"([-+]?[0-9]*[.,]?[0-9]+)\s*(\D.*)?", text.strip())
    number = columns.decimal(found[1].replace(",", ".")) if found else None
    if found is None or number is None:
        pad.warn(value, f"the measurement {name!r} has no number: not used", "write LVEF: 48 %", Severity.ERROR)
        return None
    if number < 0:
        pad.warn(value, f"the measurement {name!r} is negative: not used", "write LVEF: 48 %", Severity.ERROR)
        return None
    return Measured(name, number, (found[2] or "").strip() or None, pad.place(value), date)


def _preferences(value: Value | None, pad: _Pad) -> tuple[str, ...]:
    """Preferences as texts: `{avoid: [intravenous]}` is `avoid intravenous`."""
    if value is None or not isinstance(value.content, dict):
        return pad.texts(value, "preferences")
    return tuple(f"{key} {text}" for key, wish in value.content.items() for text in pad.texts(wish, key))


def _history(value: Value | None, pad: _Pad) -> tuple[PriorTherapy, ...] | None:
    """The therapies given; None when they are unknown, () when it is known that there were none."""
    if value is None or value.content in ("unknown", ""):
        return None
    if value.content in ("none", "no"):
        return ()
    return _kept(_therapy(item, pad) for item in pad.items(value, "prior_therapies"))


def _therapy(value: Value, pad: _Pad) -> PriorTherapy | None:
    """One line of treatment, as a mapping or just the drugs (`trastuzumab + docetaxel`)."""
    if isinstance(value.content, str):
        return PriorTherapy(_drugs([value.content]), pad.place(value))
    keys = pad.mapping(value, THERAPY_KEYS, "a prior therapy")
    if keys is None:
        return None
    drugs = _drugs(pad.texts(keys.get("regimen"), "regimen"))
    if not drugs:
        pad.warn(value, "a prior therapy without a regimen: not used", "write regimen: [drug, drug]", Severity.ERROR)
        return None
    return PriorTherapy(
        drugs,
        pad.place(value),
        pad.whole(keys.get("line"), "line", 1, 50),
        pad.date(keys.get("start"), "start"),
        pad.date(keys.get("stop"), "stop"),
        _response(keys.get("best_response"), pad),
        pad.text(keys.get("stopped_for"), "stopped_for"),
        pad.text(keys.get("setting"), "setting"),
        pad.texts(keys.get("toxicities"), "toxicities"),
        pad.text(keys.get("guided_by"), "guided_by"),
    )


def _drugs(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(drug for text in texts for part in re.split(r"[+,;]", text) if (drug := part.strip()))


def _response(value: Value | None, pad: _Pad) -> str | None:
    text = pad.text(value, "best_response")
    if value is None or text is None or text.upper() in RESPONSES:
        return text.upper() if text else None
    pad.warn(value, f"best_response {text!r} is not used", f"write one of {', '.join(RESPONSES)}", Severity.ERROR)
    return None


def _organoid(value: Value, pad: _Pad) -> Organoid | None:
    keys = pad.mapping(value, ORGANOID_KEYS, "an organoid result")
    if keys is None:
        return None
    from matcher.organoids import MOST_MM, inhibition_of

    drug = " + ".join(pad.texts(keys.get("drug"), "drug")) or None
    given = pad.number(keys.get("inhibition_percent"), "inhibition_percent", -1000, 100)
    baseline = pad.number(keys.get("baseline_mm"), "baseline_mm", 0, MOST_MM)
    after = "treated_mm" if "treated_mm" in keys else "after_mm"
    treated = pad.number(keys.get(after), after, 0, MOST_MM)
    inhibition = inhibition_of(given, baseline, treated)
    if drug is None or inhibition is None:
        remedy = "write {sample: ..., drug: ..., inhibition_percent: 72}, or baseline_mm and treated_mm"
        pad.warn(value, "an organoid result without drug or inhibition_percent: not used", remedy, Severity.ERROR)
        return None
    return Organoid(
        pad.text(keys.get("sample"), "sample"),
        drug,
        inhibition,
        pad.date(keys.get("date"), "date"),
        pad.place(value),
        baseline,
        treated,
        pad.text(keys.get("method"), "method"),
        pad.text(keys.get("dose"), "dose"),
        pad.text(keys.get("passage"), "passage"),
        pad.number(keys.get("sensitive_from"), "sensitive_from", -1000, 100),
        pad.number(keys.get("resistant_below"), "resistant_below", -1000, 100),
    )


def _event(value: Value, pad: _Pad) -> Event | None:
    """A dated event; keys beyond date and kind are its details."""
    if not isinstance(value.content, dict):
        pad.warn(value, "an event is not a mapping: not used", "write {date: 2024-06-01, kind: ...}", Severity.ERROR)
        return None
    date, kind = pad.date(value.content.get("date"), "date"), pad.text(value.content.get("kind"), "kind")
    if date is None or kind is None:
        pad.warn(value, "an event without date or kind: not used", "write {date: 2024-06-01, kind: progression}")
        return None
    details = tuple(
        (key, "; ".join(pad.texts(one, key)))
        for key, one in value.content.items()
        if key not in ("date", "kind") and one.content is not None
    )
    return Event(date, kind, details, pad.place(value))


def _markers(value: Value | None, pad: _Pad) -> list[Alteration]:
    """The measured markers, each at the row of its key."""
    if value is None:
        return []
    if not isinstance(value.content, dict):
        pad.warn(value, "biomarkers is not a mapping: not used", "write {MSI: MSS, HER2 IHC: 3+}", Severity.ERROR)
        return []
    found: list[Alteration] = []
    for marker, stated in value.content.items():
        text = pad.text(stated, marker)
        if text is not None:
            found.append(MarkerValue(marker.strip(), text, pad.place(stated)))
        elif stated.content is None or stated.content == "":
            pad.warn(stated, f"the marker {marker!r} has no value: not used", "write its value, or take it out")
    return found


def _listed(value: Value | None, pad: _Pad) -> list[Alteration]:
    """Alterations written into the patient file itself: `{gene: EGFR, alteration: ex19del}` or `EGFR ex19del`."""
    found: list[Alteration] = []
    for item in (value,) if value and isinstance(value.content, dict) else pad.items(value, "alterations"):
        if isinstance(item.content, str):
            found.extend(_from_text(item, item.content.strip(), pad))
            continue
        keys = pad.mapping(item, ALTERATION_KEYS, "an alteration")
        if keys is not None:
            picked = {key: pad.text(keys.get(key), key) or "" for key in ALTERATION_KEYS}
            row = table.row_of(pad.place(item), picked, "significance")
            pad.notes.extend(row.notes)
            found.extend(row.alterations)
    return found


def _from_text(item: Value, text: str, pad: _Pad) -> tuple[Alteration, ...]:
    from kb.nomenclature.free_text import parse_all  # a file without such texts does not pay for it

    try:
        return parse_all(text, pad.place(item))
    except UnreadableAlteration as unreadable:
        pad.warn(item, f"unreadable alteration {text!r}: not used", unreadable.remedy, Severity.ERROR)
        return ()


def _sample(value: Value, number: int, pad: _Pad) -> tuple[Sample, list[Alteration]]:
    """One sample, and what its files hold; `reported` are the kinds of the files supplied."""
    keys = pad.mapping(value, SAMPLE_KEYS, "a sample") or {}
    name = pad.text(keys.get("id"), "id") or f"sample-{number}"
    if "id" not in keys:
        pad.warn(value, f"a sample without id: {name!r} is used", "write id: ...")
    inside = pad.text(keys.get("sample"), "sample")
    alterations = [replace(one, sample=name) for one in _markers(keys.get("biomarkers"), pad)]
    reported: set[str] = set()
    for key, (kind, read) in _FILES.items():
        for item in pad.items(keys.get(key), key):
            reading = _file(item, key, read, (inside, name), pad)
            if reading is not None:
                pad.notes.extend(reading.notes)
                reported |= {kind, *reading.reported}
                alterations.extend(replace(one, sample=name) for one in reading.alterations)
    purity = columns.fraction(str(pad.number(keys.get("purity"), "purity", 0, 100)))
    sample = Sample(
        name,
        pad.text(keys.get("kind"), "kind") or "tissue",
        pad.text(keys.get("site"), "site"),
        pad.date(keys.get("date"), "date"),
        pad.text(keys.get("assay"), "assay"),
        purity,
        pad.number(keys.get("ploidy"), "ploidy", 0.5, 20),
        pad.number(keys.get("depth"), "depth", 0, 1_000_000),
        frozenset(reported),
        pad.place(keys.get("kind", value)),
    )
    return sample, [of_normal_tissue(one) for one in alterations] if is_normal(sample) else alterations


def _file(
    value: Value, key: str, read: Callable[[Path, str | None], Reading], names: tuple[str | None, str], pad: _Pad
) -> Reading | None:
    """What a named file holds for this sample. A file with several samples is asked for the one of the sample's id.

    A relative path is relative to the patient file. An error is raised again with the place that named the file.
    """
    text = pad.text(value, key)
    if text is None:
        return None
    inside, name = names
    path = pad.path.parent / text
    try:
        try:
            return read(path, inside)
        except UnusableInput:
            if inside is not None:
                raise
            try:
                return read(path, name)
            except UnusableInput:
                pass
            raise
    except UnusableInput as error:
        where = pad.at or Place(str(pad.path), value.row)
        at = f" (row {error.where.row})" if isinstance(error.where, Place) and error.where.row else ""
        raise UnusableInput(where, f"{key} {text}{at}: {error.reason}", error.remedy) from error
