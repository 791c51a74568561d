"""Edits of a patient: one change of what is known, written as in a patient file, before anything is normalized."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Place, SmallVariant
from kb.nomenclature.errors import UnreadableAlteration
from matcher.case import Request
from matcher.history import is_maintenance, lines_of_therapy, settings_of
from matcher.notes import Note, Severity, UnusableInput
from matcher.patient import Measured, Patient, PriorTherapy
from matcher.phrases import text
from matcher.readers import patient_file, tree
from matcher.readers.patient_file import KEYS, nearest_key
from matcher.readers.reading import PatientFile, named

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

ADD, REMOVE, SET = "add", "remove", "set"
ACTIONS = (REMOVE, SET, ADD)
"""What an edit does, in the order in which a command applies them: what goes, what is put in its place, what comes."""

AS_OF = "as_of"
PROGRESSION = "progression"
_SINGLE = ("tumor_type", "jurisdiction", "age", "sex", "ecog", "stage", "menopausal_status", "coverage")
_NAMED = ("alterations", "biomarkers", "measurements")
_PLACED = (*_SINGLE, AS_OF, "conditions", "medications", "preferences", "prior_therapies", "measurements")
_KNOWN = (*(key for key in KEYS if key != "id"), AS_OF, PROGRESSION)
_NOT_FOUND = (
    "not found",
    "not detected",
    "wild type",
    "wildtype",
    "wt",
    "negative",
    "absent",
    "none",
    "阴性",
    "未检出",
)

Read = tuple[str, Patient, tuple[Note, ...]]
"""What `matcher.case.read_patient` gives: format, patient, notes."""


class Edit(NamedTuple):
    """One change of what is known of a patient: `action` is `add`, `remove` or `set`.

    `key` is a key of the patient file, `as_of`, or a key with the one thing that it is about (`biomarkers.MSI`,
    `alterations.KRAS`, `measurements.LVEF`). `value` is written as in the patient
    file; it is empty where a removal takes all.
    """

    action: str
    key: str
    value: str = ""

    @property
    def text(self) -> str:
        """KEY=VALUE, as it follows the option."""
        return f"{self.key}={self.value}" if self.value else self.key

    def __str__(self) -> str:
        """The option as a user of a shell writes it.

        >>> str(Edit("add", "alterations", "EGFR T790M"))
        "--add 'alterations=EGFR T790M'"
        """
        from shlex import quote

        return f"--{self.action} {quote(self.text)}"


# --- reading an edit --------------------------------------------------------------------------------------------


def parse_edit(action: str, text: str) -> Edit:
    """The edit that an option's text writes; UnusableInput, with the option as place, when it is none.

    >>> parse_edit("add", "EGFR T790M").text, parse_edit("set", "MSI=MSI-H").text
    ('alterations=EGFR T790M', 'biomarkers.MSI=MSI-H')
    >>> parse_edit("add", "progression=osimertinib").text
    'prior_therapies={regimen: [osimertinib], stopped_for: progression}'
    """
    key, sign, value = (part.strip() for part in text.strip().partition("="))
    if not key:
        raise UnusableInput(f"--{action}", f"{text!r} names nothing", "write KEY=VALUE, such as jurisdiction=US")
    root = key.partition(".")[0].strip()
    if not sign:
        return _lone(action, text.strip())
    if root not in _KNOWN:
        return _marker(action, key, value)
    if not value and action != REMOVE:
        raise UnusableInput(f"--{action}", f"{key} has no value", f"write {key}=VALUE")
    if root == PROGRESSION:
        return Edit(action, "prior_therapies", _stopped(action, key, value))
    return Edit(action, ".".join(part.strip() for part in key.split(".", 1)), value)


def _lone(action: str, text: str) -> Edit:
    """An edit without `=`: a key to remove, or an alteration or marker as a report writes it."""
    root = text.partition(".")[0]
    if root in _KNOWN and text not in (PROGRESSION,):
        if action == REMOVE:
            return Edit(action, text)
        raise UnusableInput(f"--{action}", f"{text} has no value", f"write {text}=VALUE")
    found = _read_text(f"--{action}", text)
    if all(isinstance(one, MarkerValue) for one in found) and len(found) == 1:
        (one,) = found
        assert isinstance(one, MarkerValue)
        return Edit(action, f"biomarkers.{one.marker}", one.value)
    if action == SET:
        remedy = f"write --add {text!r}, or --set 'alterations.GENE=...' to put it in the place of another"
        raise UnusableInput(f"--{action}", f"{text!r} names no key", remedy)
    return Edit(action, "alterations", text)


def _read_text(where: str, text: str) -> tuple[Alteration, ...]:
    """The alterations that a lone text names; UnusableInput with the nearest keys when it names none."""
    from kb.nomenclature.free_text import parse_all

    try:
        return parse_all(text, Place(where))
    except UnreadableAlteration as error:
        remedy = f"write KEY=VALUE ({nearest_key(text, _KNOWN)}), or an alteration: {error.remedy}"
        raise UnusableInput(where, f"{text!r} is no key with a value and no alteration", remedy) from error


def _marker(action: str, key: str, value: str) -> Edit:
    """An edit of a marker by its name alone; UnusableInput for what is rather a key that is misspelt."""
    from difflib import get_close_matches

    from matcher.marker_reading import NAMES

    if key == "id":
        raise UnusableInput(f"--{action}", "who the patient is cannot be edited", f"known keys: {', '.join(_KNOWN)}")
    is_marker = key in NAMES or key.lower() in {name for names in NAMES.values() for name in names}
    if not is_marker and get_close_matches(key.lower(), _KNOWN, 1, 0.6):
        raise UnusableInput(f"--{action}", f"unknown key {key!r}", nearest_key(key, _KNOWN))
    if not value and action != REMOVE:
        raise UnusableInput(f"--{action}", f"{key} has no value", f"write {key}=VALUE, or --remove biomarkers.{key}")
    return Edit(action, f"biomarkers.{key}", value)


def _stopped(action: str, key: str, value: str) -> str:
    """The therapy, as a patient file writes it, that these drugs are when it was stopped for progression."""
    if action == SET or key != PROGRESSION:
        raise UnusableInput(f"--{action}", f"{key} cannot be used so", "write --add progression=DRUG+DRUG")
    drugs = [drug.strip() for drug in re.split(r"[+,;]", value.strip("[]")) if drug.strip()]
    if not drugs:
        raise UnusableInput(f"--{action}", "progression names no drug", "write --add progression=DRUG+DRUG")
    listed = ", ".join(drug if re.fullmatch(r"[\w][\w /()-]*", drug) else _quoted(drug) for drug in drugs)
    return f"{{regimen: [{listed}], stopped_for: progression}}"


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


# --- applying edits ---------------------------------------------------------------------------------------------


def edited(
    request: Request, read: Read, edits: Iterable[Edit], knowledge: KnowledgeBase, done: Iterable[Edit] = ()
) -> tuple[Request, Read]:
    """The request and the patient as read (format, patient, notes) after the edits, applied in their order.

    What an edit brings is at its place, `--add 2` for the second that adds; those that were `done` before count.
    UnusableInput, with that place, for an edit that cannot be done; one that changes nothing is a note.
    """
    form, patient, notes = read
    count = dict.fromkeys(ACTIONS, 0)
    for edit in done:
        count[edit.action] += 1
    for edit in edits:
        count[edit.action] += 1
        state = _Editing(request, patient, edit, Place(f"--{edit.action} {count[edit.action]}"), knowledge)
        changed, person, told = state.done()
        if changed == request and _is_told_alike(person, patient):
            message, remedy = text("what_if", "note same", edit=edit.text), text("what_if", "note same remedy")
            told = (*told, Note(Severity.INFO, state.at, message, remedy))
        else:
            request, patient = changed, state.placed(person)
        notes = (*notes, *told)
    return request, (form, patient, notes)


def _is_told_alike(one: Patient, other: Patient) -> bool:
    """Whether two patients are the same but for the places at which things were told."""
    placed = ("alterations", "prior_therapies", "measurements")
    if not all(_are_alike(getattr(one, name), getattr(other, name)) for name in placed):
        return False
    same = {name: getattr(other, name) for name in (*placed, "places")}
    return _with_values(one, **same) == other


def _are_alike(some: tuple[Placed, ...] | None, others: tuple[Placed, ...] | None) -> bool:
    """Whether two lists hold the same, wherever it was told; what is the very same is not looked into."""
    if some is others or some is None or others is None:
        return some is others
    nowhere = Place("")
    return len(some) == len(others) and all(
        one is other or replace(one, place=nowhere) == replace(other, place=nowhere)
        for one, other in zip(some, others, strict=True)
    )


Placed = SmallVariant | CopyNumberChange | Fusion | MarkerValue | PriorTherapy | Measured
Done = tuple[Request, Patient, tuple[Note, ...]]


def _with_values(patient: Patient, **values: Any) -> Patient:
    """The patient with other values of these keys."""
    return replace(patient, **values)


class _Editing(NamedTuple):
    """One edit of one patient."""

    request: Request
    patient: Patient
    edit: Edit
    at: Place
    knowledge: KnowledgeBase

    def done(self) -> Done:
        """The request and the patient after the edit, and what is to be said of it."""
        root, _, name = self.edit.key.partition(".")
        if name and root not in _NAMED:
            raise self.refused(f"{root} has no part {name!r}", f"write {root}=VALUE")
        if root == AS_OF:
            return self.request._replace(as_of=self._day()), self.patient, ()
        if root in _SINGLE:
            return self._single(root)
        if root in _BY_KEY:
            return _BY_KEY[root](self, name)
        raise self.refused(f"{self.edit.key} cannot be edited", f"known keys: {', '.join(_KNOWN)}")

    def placed(self, patient: Patient) -> Patient:
        """The patient with the place of this edit for the key that it told; what is added to is told there too."""
        root = self.edit.key.partition(".")[0]
        kept = tuple(each for each in patient.places if each[0] != root)
        if self.edit.action == REMOVE or root not in _PLACED:
            return replace(patient, places=kept)
        before = tuple((root, place) for place in self.patient.at(root)) if self._adds_to(root) else ()
        return replace(patient, places=(*kept, *before, (root, self.at)))

    def _adds_to(self, root: str) -> bool:
        return self.edit.action == ADD and bool(getattr(self.patient, root))

    def refused(self, reason: str, remedy: str) -> UnusableInput:
        """The error that says why this edit cannot be done."""
        return UnusableInput(f"{self.at}", f"{self.edit.text}: {reason}", remedy)

    def _day(self) -> str:
        import datetime

        if self.edit.action != SET:
            raise self.refused("the date that counts can only be set", "write --set as_of=YYYY-MM-DD")
        try:
            return datetime.date.fromisoformat(self.edit.value).isoformat()
        except ValueError as error:
            raise self.refused("it is not a date", "write --set as_of=YYYY-MM-DD") from error

    def value(self, name: str = "") -> PatientFile:
        """What the edit's value says, as a patient of whom nothing else is known; `name` is the key inside the key."""
        root = self.edit.key.partition(".")[0]
        if root in _OF_TEXT_ALONE:
            read, notes = _read_alone(root, name, self.edit.value, self.at)
        else:
            read, notes = _read_value(root, name, self.edit.value, self.at, self.request.path)
        for note in (*notes, *read.notes):
            if note.severity is not Severity.INFO:
                raise self.refused(note.message, note.remedy)
        return read

    # --- one value ---

    def _single(self, key: str) -> Done:
        """A key with one value: set it, add it where it is unknown, or make it unknown."""
        option = getattr(self.request, key, None)
        known = option if option is not None else getattr(self.patient, key)
        default = self.request.default_jurisdiction if key == "jurisdiction" else None
        if self.edit.action == REMOVE:
            if self.edit.value and self.edit.value.casefold() != str(known).casefold():
                raise self.refused(f"{key} is {'not known' if known is None else known}", f"write --remove {key}")
            return self._with(key, None, default=None)
        if self.edit.action == ADD and known is not None:
            raise self.refused(f"{key} is {known} already", f"write --set {self.edit.text}")
        value = getattr(self.value().patient, key)
        if value is None:
            raise self.refused("it is no value", f"write --remove {key} to make it unknown")
        same = str(known or default).casefold() == str(value).casefold()
        return (self.request, self.patient, ()) if same else self._with(key, value, default)

    def _with(self, key: str, value: object, default: str | None) -> Done:
        request = self.request
        if key in ("tumor_type", "jurisdiction"):
            request = request._replace(
                tumor_type=None if key == "tumor_type" else request.tumor_type,
                jurisdiction=None if key == "jurisdiction" else request.jurisdiction,
            )
        if key == "jurisdiction":
            request = request._replace(default_jurisdiction=default)
        codes = () if key == "tumor_type" else self.patient.tumor_codes
        return request, _with_values(self.patient, **{key: value}, tumor_codes=codes), ()

    # --- lists of texts ---

    def _texts(self, key: str) -> Done:
        """Conditions, medications, preferences: a list that is complete, unless it is unknown or not complete."""
        given: tuple[str, ...] | None = getattr(self.patient, key)
        if self.edit.action == REMOVE and not self.edit.value:
            return self._listed(key, () if key == "preferences" else None, complete=True)
        read: tuple[str, ...] | None = getattr(self.value().patient, key)
        if self.edit.action == SET:
            return self._listed(key, read, complete=True)
        if not read:
            raise self.refused("it names nothing", f"write --set {self.edit.text}")
        if self.edit.action == ADD:
            new = tuple(one for one in read if one.casefold() not in {each.casefold() for each in given or ()})
            return self._listed(key, (*(given or ()), *new), complete=given is not None or key == "preferences")
        left = tuple(one for one in given or () if one.casefold() not in {each.casefold() for each in read})
        if given is None or len(given) - len(left) < len(set(map(str.casefold, read))):
            raise self._missing(given)
        return self._listed(key, left, complete=True)

    def _listed(self, key: str, value: tuple[object, ...] | None, *, complete: bool) -> Done:
        """The patient with this list; one that was not complete stays so, and an empty one of those is unknown."""
        incomplete = self.patient.incomplete
        if self.edit.action == SET or value is None:
            incomplete -= {key}
        elif not complete:
            incomplete |= {key}
        elif not value and key in incomplete:
            value, incomplete = None, incomplete - {key}
        return self.request, _with_values(self.patient, **{key: value}, incomplete=incomplete), ()

    def _missing(self, given: Iterable[str] | None) -> UnusableInput:
        listed = list(given or ())
        known = f"known: {named(listed)}" if listed else "nothing of the kind is known"
        return self.refused("the patient has no such thing", known)

    # --- the history ---

    def _history(self, _: str) -> Done:
        given = self.patient.prior_therapies
        if self.edit.action == REMOVE and not self.edit.value:
            return self._listed("prior_therapies", None, complete=True)
        read = self.value().patient.prior_therapies
        if self.edit.action == SET:
            return self._listed("prior_therapies", read, complete=True)
        if not read:
            raise self.refused("it names no therapy", f"write --set {self.edit.text}")
        if self.edit.action == REMOVE:
            left = tuple(one for one in given or () if not any(self._names(each, one) for each in read))
            if len(left) == len(given or ()):
                raise self._missing("+".join(one.regimen) for one in given or ())
            return self._listed("prior_therapies", left, complete=True)
        history = given or ()
        for therapy in read:
            history = (*history, _numbered(therapy, history))
        return self._listed("prior_therapies", history, complete=given is not None)

    def _names(self, wanted: PriorTherapy, given: PriorTherapy) -> bool:
        """Whether what is written of a therapy fits the given one: its drugs are in it, what else is stated agrees."""
        drugs = set(map(self._drug, wanted.regimen)) <= set(map(self._drug, given.regimen))
        stated = [one.name for one in fields(wanted) if one.name not in ("regimen", "place")]
        return drugs and all(getattr(wanted, one) in (None, (), getattr(given, one)) for one in stated)

    def _drug(self, name: str) -> str:
        from kb.therapies import UnknownTherapy

        try:
            return self.knowledge.therapy(name).id
        except UnknownTherapy:
            return name.casefold()

    # --- measurements, organoids, events, samples ---

    def _measurements(self, name: str) -> Done:
        given = self.patient.measurements
        wanted = name or self.edit.value
        if self.edit.action == REMOVE:
            left = tuple(one for one in given if wanted and self._measurement(one.name) != self._measurement(wanted))
            if len(left) == len(given):
                raise self._missing(one.name for one in given)
            return self.request, replace(self.patient, measurements=left), ()
        if name:
            value = tree.Value(1, {name: tree.written(self.edit.value, str(self.at), [])})
            read = self._read("measurements", value).patient.measurements
        else:
            read = self.value().patient.measurements
        if self.edit.action == SET:
            new = {self._measurement(one.name) for one in read}
            given = tuple(one for one in given if self._measurement(one.name) not in new)
        return self.request, replace(self.patient, measurements=(*given, *read)), ()

    def _read(self, key: str, value: tree.Value) -> PatientFile:
        read = patient_file.read_key(key, value, self.request.path, self.at)
        for note in read.notes:
            if note.severity is not Severity.INFO:
                raise self.refused(note.message, note.remedy)
        return read

    def _measurement(self, name: str) -> str:
        from kb.caution import UnknownSubject

        try:
            return self.knowledge.measurement(name).id
        except UnknownSubject:
            return name.casefold()

    def _records(self, key: str) -> Done:
        """Organoids and events: records that are equal or not."""
        given: tuple[object, ...] = getattr(self.patient, key)
        if self.edit.action == REMOVE and not self.edit.value:
            return self.request, _with_values(self.patient, **{key: ()}), ()
        read: tuple[object, ...] = getattr(self.value().patient, key)
        if self.edit.action == REMOVE:
            if not set(read) <= set(given) or not read:
                raise self._missing(map(str, given))
            left = tuple(one for one in given if one not in read)
            return self.request, _with_values(self.patient, **{key: left}), ()
        kept = given if self.edit.action == ADD else ()
        return self.request, _with_values(self.patient, **{key: (*kept, *read)}), ()

    def _samples(self, _: str) -> Done:
        """Samples with what their files hold; removing one takes its alterations with it."""
        patient = self.patient
        if self.edit.action == REMOVE:
            gone = {self.edit.value} if self.edit.value else {one.id for one in patient.samples}
            if not gone & {one.id for one in patient.samples}:
                raise self._missing(one.id for one in patient.samples)
            return self.request, _without_samples(patient, gone), ()
        read = self.value()
        new = {one.id for one in read.patient.samples}
        if self.edit.action == SET:
            patient = _without_samples(patient, {one.id for one in patient.samples})
        elif twice := new & {one.id for one in patient.samples}:
            raise self.refused(f"there is a sample {named(sorted(twice))} already", "give it another id")
        samples = (*patient.samples, *read.patient.samples)
        alterations = (*patient.alterations, *read.patient.alterations)
        return self.request, replace(patient, samples=samples, alterations=alterations), read.notes

    # --- markers and alterations ---

    def _biomarkers(self, name: str) -> Done:
        if self.edit.action == REMOVE:
            return self._without_markers(name)
        read = self.value(name).patient.alterations
        return self._with_markers([one for one in read if isinstance(one, MarkerValue)])

    def _without_markers(self, name: str) -> Done:
        """The patient without the values of a marker; `--remove biomarkers.MSI` or `--remove biomarkers=MSI`."""
        wanted, value = (name, self.edit.value) if name else (self.edit.value, "")
        have = [one for one in self.patient.alterations if isinstance(one, MarkerValue)]
        gone = [
            one
            for one in have
            if (not wanted or _is_marker(wanted, one)) and (not value or one.value.casefold() == value.casefold())
        ]
        if not gone:
            raise self._missing(one.label for one in have)
        left = tuple(one for one in self.patient.alterations if one not in gone)
        return self.request, replace(self.patient, alterations=left), ()

    def _with_markers(self, markers: list[MarkerValue]) -> Done:
        """The patient with these markers; a marker that is set takes the place of what else says the same thing."""
        if not markers:
            raise self.refused("it names no marker", "write biomarkers.NAME=VALUE")
        self._refuse_unknown(markers)
        old = self.patient.alterations
        known = {(one.marker.casefold(), one.value.casefold()) for one in old if isinstance(one, MarkerValue)}
        if self.edit.action == ADD:
            new = [one for one in markers if (one.marker.casefold(), one.value.casefold()) not in known]
            return self.request, replace(self.patient, alterations=(*old, *new)), ()
        gone = self._answered(old, markers)
        kept = tuple(one for one in old if one not in gone)
        return self.request, replace(self.patient, alterations=(*kept, *markers)), self._replaced(gone, markers)

    def _answered(self, old: Iterable[Alteration], markers: Iterable[MarkerValue]) -> list[Alteration]:
        """The observations that new values answer: earlier values, and of a gene that is denied what was observed."""
        names = [_gene_and_kind(each) for each in markers if _is_denying(each)]
        observed = [one for one in old if not isinstance(one, MarkerValue)] if names else []
        denied = {id(one) for text in names for one in self._named_by(text, observed)}
        return [
            one
            for one in old
            if id(one) in denied or (isinstance(one, MarkerValue) and any(_is_answered(one, each) for each in markers))
        ]

    def _refuse_unknown(self, markers: list[MarkerValue]) -> None:
        from matcher.normalize import marker_notes
        from matcher.stated_alterations import with_stated_alterations

        read, _ = with_stated_alterations(tuple(markers), self.knowledge)
        for note in marker_notes(read, self.knowledge):
            if note.severity is Severity.WARNING and ("no biomarker" in note.message or "not used" in note.message):
                raise self.refused(note.message, f"{note.remedy}; keys of a patient: {', '.join(_KNOWN)}")

    def _replaced(self, gone: list[Alteration], markers: list[MarkerValue]) -> tuple[Note, ...]:
        """A note on what else was taken away than an earlier value under the same name."""
        names = {each.marker.casefold() for each in markers}
        other = [one.label for one in gone if not isinstance(one, MarkerValue) or one.marker.casefold() not in names]
        if not other:
            return ()
        message = text("what_if", "note replaced", edit=self.edit.text, old=named(dict.fromkeys(other)))
        return (Note(Severity.INFO, self.at, message, text("what_if", "note replaced remedy")),)

    def _alterations(self, name: str) -> Done:
        if name:
            return self._of_gene(name)
        old = self.patient.alterations
        if self.edit.action == REMOVE:
            return self._without(self.edit.value)
        if self.edit.action == SET:
            markers = tuple(one for one in old if isinstance(one, MarkerValue))
            read = () if self.edit.value.casefold() in _NOT_FOUND else self.value().patient.alterations
            return self.request, replace(self.patient, alterations=(*markers, *read)), ()
        read = self.value().patient.alterations
        if not read:
            raise self.refused("it names no alteration", "write alterations=EGFR T790M")
        return self._with_alterations(old, read)

    def _with_alterations(self, old: tuple[Alteration, ...], read: Iterable[Alteration]) -> Done:
        """The patient with what is read, but for what was observed already."""
        given = [(one, self._approved(one)) for one in read]
        genes = None if any(isinstance(seen, MarkerValue) for _, seen in given) else _genes([seen for _, seen in given])
        near = old if genes is None else self._in_genes(genes, old)
        have = {self._approved(one).label.casefold() for one in near}
        new = tuple(one for one, seen in given if seen.label.casefold() not in have)
        return self.request, replace(self.patient, alterations=(*old, *new)), ()

    def _of_gene(self, name: str) -> Done:
        """`alterations.KRAS=G12D`, `alterations.KRAS=not found`, `alterations.ALK fusion=not found`."""
        if self.edit.action == REMOVE:
            return self._without(f"{name} {self.edit.value}".strip())
        text = _negative(name) if self.edit.value.casefold() in _NOT_FOUND else f"{name} {self.edit.value}"
        read = self._parsed(text)
        markers = [one for one in read if isinstance(one, MarkerValue)]
        if markers:
            return self._with_markers(markers)
        old = self.patient.alterations
        gone = () if self.edit.action == ADD else self._named_by(name, old)
        kept = tuple(one for one in old if one not in gone)
        return self._with_alterations(kept, read)

    def _without(self, text: str) -> Done:
        """The patient without every observation that the text names; without all of them for no text."""
        old = self.patient.alterations
        have = [one for one in old if not isinstance(one, MarkerValue)]
        gone = self._named_by(text, have) if text else have
        if not gone:
            raise self._missing(dict.fromkeys(one.label for one in have))
        left = tuple(one for one in old if one not in gone)
        return self.request, replace(self.patient, alterations=left), ()

    def _parsed(self, text: str) -> tuple[Alteration, ...]:
        from kb.nomenclature.free_text import parse_all

        try:
            return parse_all(text, self.at)
        except UnreadableAlteration as error:
            raise self.refused(f"unreadable alteration {text!r}", error.remedy) from error

    def _approved(self, one: Alteration) -> Alteration:
        """The alteration under approved symbols."""
        from matcher.normalize import with_approved_genes

        return with_approved_genes(one, {}, {}, self.knowledge)

    def _in_genes(self, genes: Collection[str], observed: Iterable[Alteration]) -> list[Alteration]:
        """The observations that may be in one of these genes, by their approved symbols; most are for sure not."""
        other: dict[str, bool] = dict.fromkeys(genes, False)
        found: list[Alteration] = []
        for one in observed:
            symbol = one.gene if isinstance(one, (SmallVariant, CopyNumberChange)) else ""
            if symbol and symbol not in other:
                known = self.knowledge.gene(symbol)
                other[symbol] = known is None or known.symbol not in genes
            if not symbol or not other[symbol]:
                found.append(one)
        return found

    def _genes_named(self, text: str) -> frozenset[str]:
        """The genes, by their approved symbols, that a text may be about; those that it begins with as they stand."""
        first = text.partition(" ")[0]
        known = self.knowledge.gene(first)
        return frozenset((first, known.symbol if known else first, *_genes(map(self._approved, _meant(text, self.at)))))

    def _named_by(self, text: str, observed: Collection[Alteration]) -> list[Alteration]:
        """Those of the observations that the text, a gene or an alteration, names."""
        near = {id(one) for one in self._in_genes(self._genes_named(text), observed)}
        start = text.casefold()
        alike = (one for one in observed if id(one) in near or start.startswith(getattr(one, "gene", "").casefold()))
        return [one for one in alike if self._is_named(text, one)]

    def _is_named(self, text: str, observed: Alteration) -> bool:
        """Whether the text names an observation that may be in its gene, or that begins alike."""
        seen = self._approved(observed)
        if isinstance(seen, MarkerValue):
            return False
        genes = seen.genes if isinstance(seen, Fusion) else (seen.gene,)
        if text.casefold() in (observed.label.casefold(), seen.label.casefold()):
            return True
        gene, _, kind = text.partition(" ")
        known = self.knowledge.gene(gene)
        if (known.symbol if known else gene) in genes and kind in _KINDS:
            return isinstance(seen, _KINDS[kind])
        return any(_fits(self._approved(one), seen) for one in _meant(text, self.at))


def _read_value(root: str, name: str, text: str, at: Place, path: Path) -> tuple[PatientFile, tuple[Note, ...]]:
    """What a value says of a key, or of the key inside it, in a patient file at the path; with notes on its writing."""
    notes: list[Note] = []
    value = tree.Value(1, {name: tree.Value(1, text)}) if name else tree.written(text, str(at), notes)
    return patient_file.read_key(root, value, path, at), tuple(notes)


_OF_TEXT_ALONE = frozenset({"alterations", "biomarkers", "prior_therapies"})
"""Keys whose values name no file: what they say is in the text."""


@lru_cache(maxsize=512)
def _read_alone(root: str, name: str, text: str, at: Place) -> tuple[PatientFile, tuple[Note, ...]]:
    """As `_read_value`, for a key of texts alone: searches for changes write the same texts for every patient."""
    return _read_value(root, name, text, at, Path("edit"))


@lru_cache(maxsize=16)
def _is_denying(new: MarkerValue) -> bool:
    """Whether a value says that something of a gene was sought and not found."""
    from matcher.markers import measures

    if new.value.casefold() not in _NOT_FOUND:
        return False
    return " " in new.marker or any(one.is_of_sequence for one in measures(new))


@lru_cache(maxsize=16)
def _meant(text: str, at: Place) -> tuple[Alteration, ...]:
    """The alterations that a text names, none where it cannot be read; each observation is held against them."""
    from kb.nomenclature.free_text import parse_all

    try:
        return parse_all(text, at)
    except UnreadableAlteration:
        return ()


_KINDS: dict[str, type[Alteration] | tuple[type[Alteration], ...]] = {
    "": (SmallVariant, CopyNumberChange, Fusion),
    "mutation": SmallVariant,
    "fusion": Fusion,
    "amplification": CopyNumberChange,
}
"""What a word after a gene leaves of its alterations."""


def _negative(name: str) -> str:
    """A test without a finding, as a report writes it: `KRAS wild type`, `ALK fusion not detected`."""
    return f"{name} not detected" if " " in name.strip() else f"{name} wild type"


def _genes(alterations: Iterable[Alteration]) -> set[str]:
    """The genes that alterations are in."""
    each = (one.genes if isinstance(one, Fusion) else (getattr(one, "gene", ""),) for one in alterations)
    return {gene for genes in each for gene in genes}


def _is_answered(old: MarkerValue, new: MarkerValue) -> bool:
    """Whether a new value answers what an old one answers: the same marker on the same scale, or what it measures."""
    from matcher.markers import measures

    ours, theirs = measures(new), measures(old)
    same = old.marker.casefold() == new.marker.casefold()
    return same or any(a.marker == b.marker and a.scale in (None, b.scale) for a in ours for b in theirs)


@lru_cache(maxsize=64)
def _gene_and_kind(marker: MarkerValue) -> str:
    """The alterations that a stated negative denies: `KRAS mutation`, `ALK fusion`, `EGFR T790M`."""
    name = re.sub(r" ?(?:gene|status)$", "", marker.marker.strip(), flags=re.IGNORECASE)
    return name if " " in name else f"{name} mutation"


def _fits(wanted: Alteration, seen: Alteration) -> bool:
    """Whether what is named is what was observed; what the name leaves open may be anything."""
    if isinstance(wanted, MarkerValue):
        return False
    if isinstance(wanted, SmallVariant) and isinstance(seen, SmallVariant):
        named_by = ("gene", "coding") if wanted.protein is None else ("gene",)
        if wanted.protein is not None and (seen.protein is None or wanted.protein.short != seen.protein.short):
            return False
        stated = (*named_by, *(() if wanted.protein or wanted.coding else ("exon", "codon")))
        same = all(getattr(wanted, one) in (None, getattr(seen, one)) for one in stated)
        kinds = wanted.protein is not None or wanted.coding is not None or not wanted.consequences
        return same and (kinds or bool(set(wanted.consequences) & set(seen.consequences)))
    if isinstance(wanted, CopyNumberChange) and isinstance(seen, CopyNumberChange):
        return (wanted.gene, wanted.state) == (seen.gene, seen.state)
    if isinstance(wanted, Fusion) and isinstance(seen, Fusion):
        return set(wanted.genes) <= set(seen.genes)
    return False


def _is_marker(name: str, value: MarkerValue) -> bool:
    """Whether a name is that of the marker of this value, however it is written."""
    from matcher.markers import measures

    if name.casefold() == value.marker.casefold():
        return True
    wanted = measures(MarkerValue(name, value.value, value.place))
    return any((a.marker, a.scale) == (b.marker, b.scale) for a in wanted for b in measures(value))


def _numbered(therapy: PriorTherapy, history: tuple[PriorTherapy, ...]) -> PriorTherapy:
    """The therapy with the number of the next line, where those before it have one and it is no maintenance and none of
    the curative.
    """
    if is_maintenance(therapy):
        return therapy
    if therapy.line is not None or settings_of(therapy) not in (None, frozenset({"metastatic"})) or not history:
        return therapy
    stated = any(each.line is not None for each in history)
    return replace(therapy, line=lines_of_therapy(history) + 1) if stated else therapy


def _without_samples(patient: Patient, gone: set[str]) -> Patient:
    samples = tuple(one for one in patient.samples if one.id not in gone)
    alterations = tuple(one for one in patient.alterations if one.sample not in gone)
    return replace(patient, samples=samples, alterations=alterations)


_BY_KEY: dict[str, Callable[[_Editing, str], Done]] = {
    "alterations": _Editing._alterations,
    "biomarkers": _Editing._biomarkers,
    "measurements": _Editing._measurements,
    "prior_therapies": _Editing._history,
    "samples": _Editing._samples,
    "conditions": lambda editing, _: editing._texts("conditions"),
    "medications": lambda editing, _: editing._texts("medications"),
    "preferences": lambda editing, _: editing._texts("preferences"),
    "organoids": lambda editing, _: editing._records("organoids"),
    "events": lambda editing, _: editing._records("events"),
}
"""What does an edit, by the key that it is about."""
