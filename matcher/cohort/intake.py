"""From files to the patients of a cohort: studies, MAFs with clinical tables, folders of either, patient files.

What a path is, is told by its content, and which clinical table belongs to a MAF by their names:

    a folder with a table of samples       a cBioPortal study                                     intake_study.py
    X.maf.gz with X.clinical.tsv, or the   a MAF of many patients with their clinical table       intake_study.py
    only MAF with the only clinical table
    MAFs with the table of --clinical      the same, one part for all of them                     intake_study.py
    any other file or folder               patient files, and variant files that none of them     intake_files.py
                                           reads, as `kb preview` takes them
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import Place
from matcher import readers
from matcher.cohort.intake_files import FilesPart
from matcher.cohort.intake_genes import Spoken
from matcher.cohort.intake_names import readable
from matcher.cohort.intake_study import MAF, STUDY, Part
from matcher.cohort.intake_tumor import FileType, file_type
from matcher.cohort.subject import Intake, Subject, Unreadable
from matcher.file_names import check_name, printable
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns, maf, study_folder
from matcher.readers.reading import named, summarized
from matcher.readers.source_text import head
from matcher.readers.study_folder import SMALL_VARIANT, ClinicalTable, Study
from matcher.registry import LeftOut, Member, Registry, registry

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Request


ONCE = "check that no patient is given twice"


def intake(
    paths: Sequence[Path],
    template: Request,
    knowledge: KnowledgeBase,
    clinical: Path | None = None,
    *,
    whole: bool = True,
) -> Intake:
    """The patients of these files and folders; `template` has the options that count for every one of them.

    `clinical` is the clinical table of the MAFs among the paths. Without `whole` rows of MAFs are left `unread`, for
    `Subject.whole` to read in another process. UnusableInput where a path is not there or cannot be
    read twice, a folder holds no patient, or a clinical table is given that is no file or that no MAF needs.
    """
    if clinical is not None:
        if clinical.is_dir():
            raise UnusableInput(str(clinical), "--clinical names a folder", "name the clinical table in it")
        check_name(clinical)
        _check_file(clinical)
    return _Cohort(paths, _Finding(template, knowledge, clinical, whole))


class _Cohort:
    """See `matcher.cohort.subject.Intake`."""

    def __init__(self, paths: Sequence[Path], finding: _Finding) -> None:
        once = tuple({path.resolve(): path for path in paths}.values())
        self._parts = finding.joined([part for path in once for part in finding.parts(path)])
        if finding.clinical is not None and not finding.mafs:
            where = str(finding.clinical)
            raise UnusableInput(where, "no MAF among the inputs needs a clinical table", "leave --clinical out")
        self._folders = [path for path in once if path.is_dir()]
        self._clinical = finding.clinical
        self._notes = [*finding.notes, *([_twice(paths)] if len(once) < len(paths) else [])]
        self._named: list[Note] = []
        self._counts: list[int | None] | None = None

    @property
    def total(self) -> int | None:
        """What the clinical tables and patient files come to, None where a file has to be read for it.

        A MAF may have further samples, which no clinical row tells of: they are found when it is read.
        """
        if self._counts is None:
            self._counts = [part.least() for part in self._parts]
        known = [number for number in self._counts if number is not None]
        return sum(known) if len(known) == len(self._counts) else None

    @property
    def has_patient_files(self) -> bool:
        """Whether there are files that describe a patient, and may state what studies and MAFs cannot."""
        return any(isinstance(part, FilesPart) and part.has_patient_files for part in self._parts)

    @property
    def digest(self) -> str:
        """Of the names, sizes and times of the files: those below a folder, and those that a single file reads."""
        files = {file.absolute() for folder in self._folders for file in folder.rglob("*")}
        if self._clinical is not None:
            files.add(self._clinical.absolute())
        for part in self._parts:
            if not any(part.path.is_relative_to(folder) for folder in self._folders):
                files.update(file.absolute() for file in part.files())
        found = blake2b(digest_size=16)
        for file in sorted(files):
            if file.is_file():
                state = file.stat()
                found.update(f"{file}\0{state.st_size}\0{state.st_mtime_ns}\n".encode(errors="surrogateescape"))
        return found.hexdigest()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Of the inputs, then of their files."""
        of_parts = (note for part in self._parts for note in part.notes)
        return tuple(map(printable, dict.fromkeys((*self._notes, *of_parts, *self._named))))

    def subjects(self) -> Iterator[Subject | Unreadable]:
        """Every patient; a name that occurs again is told apart by its source."""
        self._named.clear()
        names: set[str] = set()
        again: dict[str, None] = {}
        files = _Files()
        for part in self._parts:
            for each in map(readable, part.subjects()):
                files.add(each)
                name = _free(each, names)
                names.add(name)
                if name == each.name:
                    yield each
                else:
                    again[each.name] = None
                    yield each._replace(name=name)
        if again:
            message = f"names of patients that occur more than once: {named(again)}; the later ones have their source's"
            self._named.append(Note(Severity.WARNING, Place("cohort"), message, ONCE))
        self._named.extend(files.notes())


def _check_file(path: Path) -> None:
    """UnusableInput for what is no file: a cohort is read more than once, and a pipe can be read only once."""
    if not path.exists():
        raise UnusableInput(str(path), "no such file or folder", "check the path")
    if not path.is_file():
        raise UnusableInput(str(path), "it is a pipe or a device", "write what it gives to a file, and name that")


def _free(each: Subject | Unreadable, names: set[str]) -> str:
    """A name that nobody has: the patient's own, else with the source's, else with a number behind it."""
    if each.name not in names:
        return each.name
    apart = f"{each.name}@{Path(each.source).name}"
    if apart not in names:
        return apart
    return next(name for number in count(2) if (name := f"{apart}#{number}") not in names)


class _Files:
    """Patients whose id stands in several files, though their names in the cohort, those of the files, differ."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._others: dict[str, list[str]] = {}

    def add(self, each: Subject | Unreadable) -> None:
        """One more patient, where the id is of a file that describes patients: variant files name samples."""
        if isinstance(each, Unreadable) or (each.form not in readers.PATIENTS and each.name != each.patient.id):
            return
        id, first = each.patient.id, self._first.setdefault(each.patient.id, each.name)
        if first != each.name:
            self._others.setdefault(id, [first]).append(each.name)

    def notes(self) -> Iterator[Note]:
        """One for each such id, the first ones."""
        of = [Note(Severity.WARNING, Place("cohort"), _of_one_id(*each), ONCE) for each in self._others.items()]
        yield from summarized(of)


def _of_one_id(id: str, names: Sequence[str]) -> str:
    return f"the patient id {id!r} stands in several files, each matched as a patient: {named(names)}"


def _twice(paths: Sequence[Path]) -> Note:
    seen = [path.resolve() for path in paths]
    again = dict.fromkeys(str(path) for path in paths if seen.count(path.resolve()) > 1)
    return Note(Severity.WARNING, Place("cohort"), f"given more than once, read once: {named(again)}", "none needed")


class _Pair(NamedTuple):
    """A MAF, its clinical table, and the first part of their common name where they have one."""

    maf: Path
    clinical: Path | None
    stem: str | None


class _Finding:
    """What the paths are: the parts of the cohort. `mafs` are the MAFs with many patients among them."""

    def __init__(self, template: Request, knowledge: KnowledgeBase, clinical: Path | None, whole: bool) -> None:
        self.notes: list[Note] = []
        self.mafs: list[Part] = []
        self.clinical = clinical
        self._template, self._knowledge, self._whole = template, knowledge, whole
        self._spoken = Spoken(knowledge)

    def parts(self, path: Path) -> list[Part | FilesPart]:
        """The parts that a path gives."""
        try:
            return self._parts(path)
        except OSError as error:
            raise UnusableInput(str(path), f"it cannot be read ({error.strerror})", "check the path") from error

    def _parts(self, path: Path) -> list[Part | FilesPart]:
        check_name(path)
        if not path.is_dir():
            _check_file(path)
            return [self._of_file(path)]
        is_one = study_folder.is_study(path) and not _is_of_pairs(path)
        return [self._study(path)] if is_one else self._of_folder(path)

    def _of_file(self, path: Path) -> Part | FilesPart:
        try:
            form = readers.detect(path)
            if form == MAF and self._is_of_many(path):
                return self._maf(self._pair(path))
        except UnusableInput as error:
            left = LeftOut(path.name, error.reason, error.remedy)
            return FilesPart(Registry(path.parent, (), (), (left,)), self._template, must_be_read=True)
        member = (Member(self._template._replace(path=path), path.name),)
        if form in readers.PATIENTS:
            return FilesPart(Registry(path.parent, member, (), ()), self._template)
        return FilesPart(Registry(path.parent, (), (path,), ()), self._template)

    def _of_folder(self, folder: Path) -> list[Part | FilesPart]:
        found = registry(folder, self._template)
        studies = [self._study(each.request.path) for each in found.members if each.request.path.is_dir()]
        members = tuple(each for each in found.members if not each.request.path.is_dir())
        pairs = [self._pair(path) for path in found.variants if readers.detect(path) == MAF and self._is_of_many(path)]
        mine = {path for pair in pairs for path in (pair.maf, pair.clinical)}
        variants = tuple(path for path in found.variants if path not in mine)
        left = tuple(each for each in found.left_out if folder / each.name not in mine)
        if not (studies or members or pairs or variants or left):
            remedy = "give a cBioPortal study, MAFs with clinical tables, or patient files"
            raise UnusableInput(str(folder), "the folder holds no patient", remedy)
        rest = Registry(folder, members, variants, left)
        return [FilesPart(rest, self._template, list(map(self._maf, pairs))), *studies]

    def _is_of_many(self, path: Path) -> bool:
        """Whether a MAF has a column for the sample, or ought to have: a clinical table tells of its patients."""
        return _names_samples(path) or self.clinical is not None or _of_same_name(path, _beside(path)) is not None

    def _study(self, path: Path) -> Part:
        own = FileType(None, "", self._knowledge)
        return Part(path, STUDY, lambda: study_folder.study_of(path), self._template, self._spoken, own, self._whole)

    def _maf(self, pair: _Pair) -> Part:
        own = FileType(None, "", self._knowledge)
        if pair.stem is not None and self._template.tumor_type is None:
            own = file_type(pair.stem, _is_tcga(pair.maf), self._knowledge)
        self.mafs.append(Part(pair.maf, MAF, lambda: _study_of(pair), self._template, self._spoken, own, self._whole))
        return self.mafs[-1]

    def joined(self, parts: Sequence[Part | FilesPart]) -> list[Part | FilesPart]:
        """The parts, with one for all MAFs where several share the table that is given: each patient is there once."""
        if self.clinical is None or len(self.mafs) < 2:
            return list(parts)
        clinical, mafs = self.clinical, tuple(part.path for part in self.mafs)
        for part in parts:
            if isinstance(part, FilesPart):
                part.mafs = ()
        own = FileType(None, "", self._knowledge)
        of_all = Part(clinical, MAF, lambda: _joint(clinical, mafs), self._template, self._spoken, own, self._whole)
        return [*(part for part in parts if part not in self.mafs), of_all]

    def _pair(self, path: Path) -> _Pair:
        """The MAF with the clinical table that is given, else that with its name, else the only one beside it."""
        beside = _beside(path)
        first = _stem(path).split(".")[0]
        if self.clinical is not None:
            return _Pair(path, self.clinical, first if self.clinical.name.startswith(f"{first}.") else None)
        same = _of_same_name(path, beside)
        if same is not None:
            return _Pair(path, same, first)
        others = [each for each in beside if _MAF.search(each.name)]
        taken = [_of_same_name(each, beside) for each in others]
        found = [each for each in beside if _CLINICAL.search(each.name) and each not in taken and _has_ids(each)]
        if len(found) == 1 and not others:
            return _Pair(path, found[0], None)
        if found:
            names = named(one.name for one in found)
            message = f"none of the tables beside it is known to be its clinical one: {names}"
            self.notes.append(Note(Severity.WARNING, Place(path.name), message, "name it with --clinical"))
        return _Pair(path, None, None)


_MAF = re.compile(r"[._]maf\b|(^|[._-])mutations?\b", re.IGNORECASE)
_CLINICAL = re.compile(r"(^|[._-])(clinical|annot)", re.IGNORECASE)


def _beside(path: Path) -> list[Path]:
    return sorted(each for each in path.parent.iterdir() if each.is_file() and each != path)


def _stem(path: Path) -> str:
    """A MAF's name up to what says that it is one: `LUAD.mc3` of `LUAD.mc3.maf.tsv.gz`."""
    return _MAF.split(path.name, maxsplit=1)[0]


def _of_same_name(path: Path, beside: Iterable[Path]) -> Path | None:
    """The clinical table whose name begins as a MAF's does."""
    stem = _stem(path)
    return next((each for each in beside if stem and _CLINICAL.split(each.name, maxsplit=1)[0] == stem), None)


def _is_of_pairs(folder: Path) -> bool:
    """Whether a folder without a description of a study holds several MAFs, each with a clinical table of its name."""
    files = sorted(each for each in folder.iterdir() if each.is_file())
    if any(each.name.startswith("meta_") for each in files):
        return False
    mafs = [each for each in files if _MAF.search(each.name)]
    return len(mafs) > 1 and all(_of_same_name(each, files) is not None for each in mafs)


def _study_of(pair: _Pair) -> Study:
    """A MAF and its clinical table as the files of a study.

    UnusableInput for a table that names neither patients nor samples.
    """
    if pair.clinical is not None:
        return _joint(pair.clinical, (pair.maf,), pair.maf)
    return Study(pair.maf, {SMALL_VARIANT: (pair.maf,)}, {})


def _joint(clinical: Path, mafs: tuple[Path, ...], named_by: Path | None = None) -> Study:
    """MAFs and the clinical table that they share as the files of a study; UnusableInput as `_study_of`."""
    head(clinical)
    ids = ClinicalTable(clinical, []).ids
    if not ids:
        known = named((*study_folder.IDS["PATIENT_ID"], *study_folder.IDS["SAMPLE_ID"]), 20)
        raise UnusableInput(str(clinical), "no column names the patient or the sample", f"name one of them so: {known}")
    role = "samples" if "SAMPLE_ID" in ids else "patients"
    return Study(named_by or clinical, {SMALL_VARIANT: mafs, role: (clinical,)}, {})


def _has_ids(path: Path) -> bool:
    """Whether a table names patients or samples."""
    try:
        return bool(ClinicalTable(path, []).ids)
    except UnusableInput:
        return False


def _names_samples(path: Path) -> bool:
    """Whether a MAF has a column for the sample: one without is of one patient."""
    header, _ = columns.header_and_records(path, [])
    return "sample" in columns.located(header, {"sample": maf.COLUMNS["sample"]})


def _is_tcga(path: Path) -> bool:
    """Whether the first sample of a MAF bears a barcode of TCGA."""
    try:
        first = next((row.sample for row in maf.rows(path) if row.sample), None)
    except UnusableInput:
        return False
    return first is not None and first.startswith("TCGA-")
