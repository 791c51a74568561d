"""The patients of a cBioPortal study folder, or of a MAF with a clinical table: every file is read once.

1. The clinical tables: who there is, and which samples are whose.
2. The files of alterations, one after the other: what a line tells is put under its patient (intake_scattered).
3. Patient after patient: the rows are read by the readers' own code, and the patient is put together as
   matcher.readers.study_folder does it for one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, overload

from kb.alteration import Alteration, Place
from matcher.case import with_assay
from matcher.cohort.intake_genes import Spoken
from matcher.cohort.intake_maf import Sieve
from matcher.cohort.intake_scattered import NoSpace, Scattered
from matcher.cohort.intake_unread import Lines as UnreadLines
from matcher.cohort.intake_unread import Unread
from matcher.cohort.subject import Subject, Unreadable
from matcher.notes import Note, Severity, UnusableInput
from matcher.patient import Patient, Sample
from matcher.readers import columns, copy_number, study_folder
from matcher.readers.reading import Row, Summary, counted, named, no_rows, summarized
from matcher.readers.study_folder import SMALL_VARIANT, ClinicalTable, Record, Study, Tested, kind_of

if TYPE_CHECKING:
    from matcher.case import Request
    from matcher.cohort.intake_tumor import FileType
    from matcher.readers.copy_number import Matrix, MatrixLine

STUDY, MAF = "cBioPortal study", "MAF"

NO_ROW = "no clinical table has a row of this sample"
ALIKE = "name the samples alike in both, or give the clinical table that belongs to it"
NOBODY = "no row names a sample: nobody is in it"


@dataclass(slots=True)
class Person:
    """Who the clinical tables tell of: the rows of their samples, and their own rows.

    `doubt` is the error that a sample is theirs and another's.
    """

    name: str
    samples: list[Record] = field(default_factory=list)
    own: list[Record] = field(default_factory=list)
    doubt: Note | None = None


class Clinic:
    """The clinical tables of a study: persons by their order, and the person of each sample."""

    def __init__(self, study: Study) -> None:
        self.persons: list[Person] = []
        self.of_sample: dict[str, int] = {}
        self.unreadable: list[Unreadable] = []
        self._numbers: dict[str, int] = {}
        self._study = study
        self._without_sample: list[str] = []
        for path in study.files.get("samples", ()):
            self._read(path, self._sample)
        for path in study.files.get("patients", ()):
            self._read(path, self._person)
        self._tell()

    def number(self, name: str) -> int | None:
        """The person of this name."""
        return self._numbers.get(name)

    def add(self, name: str) -> int:
        """The person of this name, a new one if need be."""
        if name not in self._numbers:
            self._numbers[name] = len(self.persons)
            self.persons.append(Person(name))
        return self._numbers[name]

    def _read(self, path: Path, take: Callable[[Record], None]) -> None:
        for found in ClinicalTable(path, self._study.notes).records():
            if isinstance(found, Record):
                take(found)
            else:
                self.unreadable.append(Unreadable(str(found.where), str(path), found.message, found.remedy))

    def _sample(self, record: Record) -> None:
        name = record.values.get("SAMPLE_ID")
        if name is None:
            self._without_sample.append(record.values["PATIENT_ID"])
            return
        number = self.add(record.values["PATIENT_ID"])
        first, person = self.persons[self.of_sample.setdefault(name, number)], self.persons[number]
        if first is not person:
            above = next(each for each in first.samples if each.values["SAMPLE_ID"] == name)
            first.doubt = person.doubt = study_folder.two_patients(name, above, record)
        person.samples.append(record)

    def _person(self, record: Record) -> None:
        known = self._numbers.get(record.values["PATIENT_ID"])
        if known is None and "samples" not in self._study.files:
            known = self.add(record.values["PATIENT_ID"])
        if known is None:
            self._without_sample.append(record.values["PATIENT_ID"])
        else:
            self.persons[known].own.append(record)

    def _tell(self) -> None:
        """Those without a sample are no patients of the cohort, and are told of."""
        names = dict.fromkeys(name for name in self._without_sample if name not in self._numbers)
        if names:
            message = f"{counted(len(names), 'patient')} of the clinical files without a sample: {named(names)}"
            place = Place(self._study.path.name)
            self._study.warn(place, message, "add their rows with SAMPLE_ID if they were tested")


def _names(persons: Iterable[Person]) -> list[str]:
    return [person.name for person in persons]


def participant(barcode: str) -> str:
    """The patient of a sample: of a TCGA barcode its first three parts, else the name itself.

    https://docs.gdc.cancer.gov/Encyclopedia/pages/TCGA_Barcode/

    >>> participant("TCGA-OR-A5J1-01A-11D-A29I-10"), participant("P-0001-T01")
    ('TCGA-OR-A5J1', 'P-0001-T01')
    """
    parts = barcode.split("-")
    return "-".join(parts[:3]) if parts[0] == "TCGA" and len(parts) > 3 else barcode


class Told(NamedTuple):
    """What is put under a patient: the number of the source, and what it needs to read the row."""

    source: int
    number: int
    text: str
    row: Row | None = None


class Lines:
    """The lines of a MAF as a source of rows."""

    def __init__(self, role: str, path: Path, study: Study) -> None:
        self.role, self.path, self._study = role, path, study
        self._sieve = Sieve(path, study.notes)

    def scatter(self, own: int, spoken: Spoken, put: Callable[[str, Told], None]) -> Iterable[str]:
        """Put every line that counts under its sample; all samples of the file."""
        nobody = 0
        notes = Summary()
        for number, text, sample in self._sieve.lines(spoken):
            if sample:
                put(sample, Told(own, number, text))
                continue
            row = self._sieve.row(number, text)
            nobody += bool(row.alterations)
            for each in row.notes:
                notes.add(each)
        self._study.notes.extend(notes.notes())
        _tell_nobodys(self._study, self.path, nobody)
        note = self._sieve.note(spoken)
        self._study.notes.extend(() if note is None else (note,))
        if not self._sieve.rows:
            self._study.notes.append(no_rows(self.path))
        return self._sieve.samples

    def unread(self, told: Iterable[Told]) -> UnreadLines:
        """What was put, to be read by whoever has it; what it tells of the whole file is noted."""
        lines = tuple([(each.number, each.text) for each in told])
        for number, text in lines:
            self._sieve.look(number, text)
        assert self._sieve.head is not None, "lines are put behind the header"
        return self._sieve.head, lines

    def last_notes(self) -> list[Note]:
        """What is known of the file when what was put has been given away."""
        return self._sieve.last_notes()


class Rows:
    """A smaller table, of fusions or of copy numbers with a row for each gene and sample: read row by row."""

    def __init__(self, role: str, path: Path, study: Study) -> None:
        self.role, self.path, self._study = role, path, study

    def scatter(self, own: int, spoken: Spoken, put: Callable[[str, Told], None]) -> Iterable[str]:
        """Put every row that counts under its sample; all samples of the file."""
        samples: dict[str, None] = {}
        nobody = passed = 0
        notes = Summary()
        for row in study_folder.ROWS[self.role](self.path, self._study.notes, None):
            if row.sample is None:
                nobody += bool(row.alterations)
                for each in row.notes:
                    notes.add(each)
                continue
            samples[row.sample] = None
            if not row.alterations or any(map(spoken.of, row.alterations)):
                put(row.sample, Told(own, row.place.row or 0, "", row))
            else:
                passed += 1
        self._study.notes.extend(notes.notes())
        _tell_passed(self._study, self.path, passed, "row")
        _tell_nobodys(self._study, self.path, nobody)
        return samples

    def row(self, told: Told) -> Row:
        """What was put."""
        assert told.row is not None
        return told.row

    def rows(self, samples: Iterable[str]) -> Iterator[Row]:
        """No more than what was put."""
        return iter(())


class Numbers(Sequence[str]):
    """Texts that are numbers, held as such: a log ratio takes 8 bytes and not 60. What is none stays as it is."""

    def __init__(self, texts: Sequence[str]) -> None:
        found = list(map(columns.decimal, texts))
        self._texts = {at: text for at, text in enumerate(texts) if found[at] is None}
        self._numbers = array("d", (number or 0.0 for number in found))

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        return self._texts[at] if at in self._texts else repr(self._numbers[at])


class Cells:
    """A matrix of genes by samples: the lines of genes that are spoken of are held, equal levels once."""

    def __init__(self, role: str, path: Path, study: Study, matrix: Matrix) -> None:
        self.role, self.path, self._study, self._matrix = role, path, study, matrix
        self._columns: dict[str, list[int]] = {}
        self._lines: list[MatrixLine] = []

    def scatter(self, own: int, spoken: Spoken, put: Callable[[str, Told], None]) -> Iterable[str]:
        """All samples of the file; nothing is put."""
        known: dict[str, str] = {}
        passed = 0
        for line in self._matrix.lines():
            if isinstance(line, Row):
                self._study.notes.extend(line.notes)
            elif spoken[line.gene]:
                levels = [known.setdefault(text, text) for text in line.fields] if self._matrix.is_discrete else None
                self._lines.append(line._replace(fields=levels or Numbers(line.fields)))
            else:
                passed += 1
        _tell_passed(self._study, self.path, passed, "gene")
        for position, name in self._matrix.samples:
            self._columns.setdefault(name, []).append(position)
        return self._columns if self._lines or passed else ()

    def row(self, told: Told) -> Row:
        """Nothing is put."""
        raise AssertionError("a matrix puts nothing under a patient")

    def rows(self, samples: Iterable[str]) -> Iterator[Row]:
        """The cells of these samples, gene by gene."""
        wanted = sorted((at, name) for name in samples for at in self._columns.get(name, ()))
        for line in self._lines:
            yield from (self._matrix.row(line, at, name) for at, name in wanted)


Source = Lines | Rows | Cells


def _source(role: str, path: Path, study: Study) -> Source:
    if role == SMALL_VARIANT:
        return Lines(role, path, study)
    if kind_of(role) == study_folder.COPY_NUMBER:
        matrix = copy_number.matrix(path, study.notes)
        if matrix is not None:
            return Cells(role, path, study, matrix)
    return Rows(role, path, study)


def _tell_passed(study: Study, path: Path, count: int, what: str) -> None:
    if count:
        message = f"passed over, since no biomarker speaks of the gene: {counted(count, what)}"
        study.warn(Place(path.name), message, "none needed: they decide nothing", Severity.INFO)


def _tell_nobodys(study: Study, path: Path, count: int) -> None:
    if count:
        message = f"{counted(count, 'row')} with an alteration and no sample: nobody's"
        study.warn(Place(path.name), message, "fill in the sample of each row", Severity.ERROR)


class Part:
    """One study, or one MAF with its clinical table: `subjects` gives its patients.

    `tumor` is the tumor type that the file itself stands for, where it does. Without `whole` rows of MAFs are left to
    whoever gets the subjects. `notes` are of the whole, complete after the last subject. `least` is how many patients
    the clinical tables tell of.
    """

    def __init__(
        self,
        path: Path,
        form: str,
        study: Callable[[], Study],
        template: Request,
        spoken: Spoken,
        tumor: FileType,
        whole: bool = True,
    ) -> None:
        self.path, self.form, self.tumor, self.whole = path, form, tumor, whole
        self.notes: list[Note] = []
        self._open, self._template, self._spoken = study, template, spoken

    def least(self) -> int | None:
        """How many patients the clinical tables tell of, None where there is none or it cannot be read."""
        try:
            study = self._open()
            if not {"samples", "patients"} & study.files.keys():
                return None
            clinic = Clinic(study)
        except UnusableInput:
            return None
        return len(clinic.persons) + len(clinic.unreadable)

    def files(self) -> Iterator[Path]:
        """The files that are read."""
        yield self.path
        try:
            yield from (file for found in self._open().files.values() for file in found)
        except UnusableInput:
            return

    def subjects(self) -> Iterator[Subject | Unreadable]:
        """The patients in the order of the clinical table, then those that no row of it tells of.

        Where a file cannot be read to its end nobody's data are known to be whole: all are unreadable. UnusableInput
        where temporary files cannot be written.
        """
        self.notes.clear()
        clinic: Clinic | None = None
        reading: _Reading | None = None
        try:
            study = self._open()
            study.check_names()
            clinic = Clinic(study)
            reading = _Reading(self, study, clinic, self._spoken)
            reading.read()
        except NoSpace:
            self._over(reading)
            raise
        except UnusableInput as error:
            reason = f"{error.where}: {error.reason}"
            yield from clinic.unreadable if clinic is not None else ()
            names = [person.name for person in clinic.persons] if clinic is not None else []
            for name in names or [self.path.name]:
                yield Unreadable(name, str(self.path), reason, error.remedy)
            self._over(reading)
            return
        if not clinic.persons and not clinic.unreadable:
            yield Unreadable(self.path.name, str(self.path), NOBODY, "export it again, or leave it out")
        try:
            yield from clinic.unreadable
            for each in reading.subjects(self._template):
                yield each.whole() if self.whole and isinstance(each, Subject) else each
        finally:
            self._over(reading)

    def _over(self, reading: _Reading | None) -> None:
        if reading is not None:
            mafs = [source for source in reading.sources if isinstance(source, Lines)]
            reading.study.notes.extend(note for maf in mafs for note in maf.last_notes())
            self.notes.extend(summarized(reading.study.notes))
            reading.close()


class _Reading:
    """A part while it is read: first all files, then its patients one after the other.

    `known` is how many persons the clinical tables tell of; those behind them were met in the files of alterations.
    """

    def __init__(self, part: Part, study: Study, clinic: Clinic, spoken: Spoken) -> None:
        self.part, self.study, self.clinic, self.spoken = part, study, clinic, spoken
        self.known = len(clinic.persons)
        self.listed: dict[str, dict[str, None]] = {}
        self.store: Scattered[Told] = Scattered()
        self.sources = [_source(role, path, study) for role in study_folder.ROWS for path in study.files.get(role, ())]
        self.tested = study_folder.tested_of(study) if part.form == STUDY else Tested({}, {})
        self.samples: dict[int, list[str]] = {}

    def close(self) -> None:
        self.store.close()

    def read(self) -> None:
        """Read every file of alterations, and find whose each sample is.

        UnusableInput where none of them is of anybody whom the clinical tables tell of.
        """
        apart: list[tuple[Path, Iterable[str]]] = []
        for number, source in enumerate(self.sources):
            names = dict.fromkeys(source.scatter(number, self.spoken, self._put))
            self.listed.setdefault(kind_of(source.role), {}).update(names)
            if names and all(self._number(name) >= self.known for name in names):
                apart.append((source.path, names))
        there = {self._number(name) for listed in self.listed.values() for name in listed}
        if self.known and there:
            self._tell_apart(apart, there)

    def _tell_apart(self, apart: Iterable[tuple[Path, Iterable[str]]], there: Container[int]) -> None:
        """Samples without a clinical row, and patients without a sample's; `apart` are files of such samples alone.

        UnusableInput where no patient of the clinical tables is `there`, in any file.
        """
        clinical, strangers = self.clinic.persons[: self.known], self.clinic.persons[self.known :]
        without = [person for number, person in enumerate(clinical) if number not in there]
        ids = [each.values["SAMPLE_ID"] for person in clinical for each in person.samples] or _names(clinical)
        for path, names in apart:
            message = f"none of its samples has a clinical row: {named(names, 3)} here, and there {named(ids, 3)}"
            if len(without) == len(clinical):
                del self.clinic.persons[self.known :]
                raise UnusableInput(path.name, message, ALIKE)
            self.study.warn(Place(path.name), message, ALIKE, Severity.ERROR)
        place = Place(self.part.path.name)
        if strangers:
            message = f"{counted(len(strangers), 'sample')} with alterations and no clinical row"
            self.study.warn(place, f"{message}: {named(_names(strangers))}", "add their rows to the clinical table")
        if strangers and without:
            message = f"{counted(len(without), 'patient')} with a clinical row and no row of an alteration"
            self.study.warn(place, f"{message}: {named(_names(without))}", ALIKE)

    def _put(self, sample: str, told: Told) -> None:
        self.store.put(self._number(sample), told)

    def _number(self, sample: str) -> int:
        """The patient of a sample of a file of alterations: a new one where no clinical table tells of it."""
        found = self.clinic.of_sample.get(sample)
        if found is None:
            found = None if "samples" in self.study.files else self.clinic.number(participant(sample))
            if found is None:
                found = self.clinic.add(self._free(sample))
            self.clinic.of_sample[sample] = found
        if found >= self.known or "samples" not in self.study.files:
            names = self.samples.setdefault(found, [])
            if sample not in names:
                names.append(sample)
        return found

    def _free(self, sample: str) -> str:
        """A name for a sample that nobody has: not that of a patient by chance."""
        return sample if self.clinic.number(sample) is None else f"{sample} (sample)"

    def subjects(self, template: Request) -> Iterator[Subject | Unreadable]:
        """The patients."""
        groups = self.store.groups()
        at, told = next(groups, (-1, []))
        for number, person in enumerate(self.clinic.persons):
            mine: list[Told] = []
            if at == number:
                mine = told
                at, told = next(groups, (-1, []))
            yield self._subject(number, person, mine, template)
            person.samples, person.own = [], []  # told: not held any longer

    def _subject(self, number: int, person: Person, told: Sequence[Told], template: Request) -> Subject | Unreadable:
        path, form = self.part.path, self.part.form
        if number >= self.known and form == STUDY:
            remedy = "add it to the clinical sample file, or leave its rows out of the files of alterations"
            return Unreadable(person.name, str(path), NO_ROW, remedy)
        study = Study(self.study.path, self.study.files, self.study.panels)
        own = study_folder.united(study, person.own) if person.own else None
        chosen = study_folder.by_sample(study, person.samples) or self._records(number, person)
        doubt = person.doubt
        if doubt is None and template.tumor_type is None:
            doubt = study_folder.doubted_type(chosen, own)
        if doubt is not None:
            return Unreadable(person.name, str(path), f"{doubt.where}: {doubt.message}", doubt.remedy)
        samples = [record.values["SAMPLE_ID"] for record in chosen]
        before = tuple(study.notes)
        study.notes.clear()
        files = tuple(self._unread(told))
        others = [
            one
            for role in study_folder.ROWS
            if role in study.files and role != SMALL_VARIANT
            for one in study_folder.settled(study.notes, role, self._rows(role, samples, told))
        ]
        patient = self._patient(study, person.name, own, chosen, others, is_known=number < self.known)
        request = template._replace(path=path, sample=person.name if form == STUDY else samples[0])
        patient = with_assay(patient, template.assay)
        unread = Unread(files, len(patient.alterations) - len(others), before, tuple(study.notes))
        is_last = number == len(self.clinic.persons) - 1
        return Subject(person.name, str(path), request, form, patient, unread=unread, is_last=is_last)

    def _patient(
        self,
        study: Study,
        name: str,
        own: Record | None,
        chosen: list[Record],
        alterations: list[Alteration],
        is_known: bool,
    ) -> Patient:
        """The patient as the clinical tables tell of them; of one whom they do not, the samples alone."""
        results = study_folder.reported(study, [each.values["SAMPLE_ID"] for each in chosen], self.listed, self.tested)
        if is_known:
            if own is None and "patients" in study.files:
                study_folder.without_person(study, name)
            patient = study_folder.assembled(study, chosen, own, alterations, results)
        else:
            samples = tuple(Sample(sample, reported=found.kinds) for sample, found in results.items())
            place = Place(self.part.path.name)
            patient = Patient(name, samples=samples, alterations=tuple(alterations), place=place)
            if self.known:
                study.warn(place, NO_ROW, "add it, so that age, sex and stage are known")
        patient, notes = self.part.tumor.stated(patient, (own, *chosen))
        study.notes.extend(notes)
        if patient.tumor_type is None and self.part.form == STUDY and study_folder.doubted_type(chosen, own) is None:
            study_folder.without_tumor_type(study, patient)
        return patient

    def _records(self, number: int, person: Person) -> list[Record]:
        """Rows for the samples of a patient whom a table of patients tells of, or none."""
        place = person.own[0].place if person.own else Place(self.part.path.name)
        return [
            Record(place, {"PATIENT_ID": person.name, "SAMPLE_ID": name})
            for name in self.samples.get(number, [person.name])
        ]

    def _unread(self, told: Iterable[Told]) -> Iterator[UnreadLines]:
        """The lines of a patient in the MAFs."""
        for number, lines in groupby(told, attrgetter("source")):
            source = self.sources[number]
            if isinstance(source, Lines):
                yield source.unread(lines)

    def _rows(self, role: str, samples: Iterable[str], told: Sequence[Told]) -> Iterator[Row]:
        """The rows of a patient in the files of one role."""
        for number, source in enumerate(self.sources):
            if source.role == role and not isinstance(source, Lines):
                yield from (source.row(each) for each in told if each.source == number)
                yield from source.rows(samples)
