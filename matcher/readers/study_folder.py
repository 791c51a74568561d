"""A cBioPortal study folder: the patient of one sample, or of one patient's samples, from its clinical and data files.

https://docs.cbioportal.org/file-formats/ . A data file's role is what its meta file says, and where no meta file names
one for that role, what its header says: a study that was downloaded, cut down or renamed is read all the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Alteration, Fusion, MarkerValue, Place
from kb.handing import by_fields
from matcher.file_names import check_name, printable
from matcher.notes import Note, Severity, UnusableInput
from matcher.patient import Patient, Sample
from matcher.readers import columns, copy_number, fusion, maf
from matcher.readers.opened_files import note_file
from matcher.readers.reading import PatientFile, Reading, Row, named, summarized
from matcher.readers.source_text import head, lines, text_of
from matcher.specimens import kind_of as kind_of_specimen
from matcher.specimens import with_germline

SMALL_VARIANT, COPY_NUMBER, FUSION = "small variant", "copy number", "fusion"

_ROLES = {
    ("MUTATION_EXTENDED", "MAF"): SMALL_VARIANT,
    ("COPY_NUMBER_ALTERATION", "DISCRETE"): COPY_NUMBER,
    ("COPY_NUMBER_ALTERATION", "DISCRETE_LONG"): COPY_NUMBER,
    ("COPY_NUMBER_ALTERATION", "LOG2-VALUE"): "log ratio",
    ("STRUCTURAL_VARIANT", "SV"): FUSION,
    ("STRUCTURAL_VARIANT", "FUSION"): FUSION,
    ("FUSION", "FUSION"): FUSION,
    ("CLINICAL", "SAMPLE_ATTRIBUTES"): "samples",
    ("CLINICAL", "PATIENT_ATTRIBUTES"): "patients",
    ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"): "panel matrix",
}
"""What a meta file's genetic_alteration_type and datatype say that its data file is."""

ROWS: dict[str, Callable[[Path, list[Note], frozenset[str] | None], Iterator[Row]]] = {
    SMALL_VARIANT: lambda path, notes, wanted: maf.rows(path, notes, wanted),
    COPY_NUMBER: lambda path, notes, wanted: copy_number.rows(path, notes, wanted=wanted),
    "log ratio": lambda path, notes, wanted: copy_number.rows(path, notes, wanted=wanted),
    FUSION: lambda path, notes, wanted: fusion.rows(path, notes, wanted),
}

_PROFILES = {
    "mutations": SMALL_VARIANT,
    "cna": COPY_NUMBER,
    "gistic": COPY_NUMBER,
    "cna_rae": COPY_NUMBER,
    "log2cna": COPY_NUMBER,
    "structural_variants": FUSION,
    "fusion": FUSION,
    "fusions": FUSION,
    "sv": FUSION,
}
"""Columns of a gene panel matrix (a profile's stable id) by the kind of result."""

_CASE_LISTS = {"_sequenced": SMALL_VARIANT, "_cna": COPY_NUMBER, "_sv": FUSION, "_fusion": FUSION}
"""Ends of the stable ids of case lists by the kind of result that their samples have."""

PERSON = {
    "age": (
        "AGE", "AGE_AT_DIAGNOSIS", "AGE_AT_SEQUENCING", "DIAGNOSIS_AGE", "AGE_AT_INITIAL_PATHOLOGIC_DIAGNOSIS",
        "CDR_AGE_AT_INITIAL_PATHOLOGIC_DIAGNOSIS",
    ),
    "days": ("DAYS_TO_BIRTH", "CDR_BIRTH_DAYS_TO"),
    "sex": ("SEX", "GENDER", "CDR_GENDER"),
    "stage": (
        "STAGE", "TUMOR_STAGE", "CLINICAL_STAGE", "AJCC_PATHOLOGIC_TUMOR_STAGE", "PATH_STAGE", "STAGE_AT_DIAGNOSIS",
        "INITIAL_TNM_STAGE", "STAGE_HIGHEST_RECORDED", "CDR_AJCC_PATHOLOGIC_TUMOR_STAGE",
        "STAGE_EVENT_PATHOLOGIC_STAGE", "CDR_CLINICAL_STAGE",
    ),
    "menopausal_status": ("MENOPAUSAL_STATUS", "MENOPAUSAL_STATUS_AT_DIAGNOSIS"),
}  # fmt: skip

TUMOR = ("ONCOTREE_CODE", "CANCER_TYPE_DETAILED", "CANCER_TYPE")

ICD_O_3 = {"morphology": ("ICD_O_3_HISTOLOGY", "MORPHOLOGY"), "site": ("ICD_O_3_SITE",)}
"""Attributes with the codes of the tumor's histology (`8140/3`) and site (`C34.1`)."""

IDS = {
    "PATIENT_ID": ("PATIENT_ID", "BCR_PATIENT_BARCODE", "TUMOR_SAMPLE_BARCODE_MIN", "PATIENT", "CASE_SUBMITTER_ID"),
    "SAMPLE_ID": ("SAMPLE_ID", "TUMOR_SAMPLE_BARCODE", "SAMPLE", "SAMPLE_SUBMITTER_ID"),
}
"""The names of the columns that tell the patient and the sample: cBioPortal's first, then those of TCGA and GDC."""

_SPECIMEN = {
    "type": ("SAMPLE_TYPE",),
    "class": ("SAMPLE_CLASS", "SPECIMEN_TYPE"),
    "primary": ("PRIMARY_SITE", "TUMOR_SITE"),
    "metastatic": ("METASTATIC_SITE",),
    "purity": ("TUMOR_PURITY", "PURITY"),
    "ploidy": ("PLOIDY",),
    "depth": ("SAMPLE_COVERAGE", "MEAN_COVERAGE"),
}

_WORDS = {
    "type": "type of the sample",
    "class": "class of the sample",
    "primary": "primary site",
    "metastatic": "site of the metastasis",
    "purity": "tumor purity",
    "ploidy": "ploidy",
    "depth": "coverage",
}
"""What the keys of a specimen are called."""

_MARKERS = {
    "MSI": ("MSI_TYPE", "MSI_STATUS"),
    "MSI score": ("MSI_SCORE", "MSI_SENSOR_SCORE", "MSI_SCORE_MANTIS"),
    "TMB": ("TMB", "TMB_SCORE", "CVR_TMB_SCORE", "TMB_NONSYNONYMOUS", "TMB_(NONSYNONYMOUS)"),
    "HER2": ("HER2_STATUS",),
    "HER2 IHC": ("HER2_IHC_SCORE", "HER2_IHC"),
    "HER2 FISH": ("HER2_FISH_STATUS", "HER2_FISH"),
    "ER": ("ER_STATUS",),
    "ER IHC": ("ER_STATUS_BY_IHC", "ER_STATUS_IHC"),
    "PR": ("PR_STATUS",),
    "PR IHC": ("PR_STATUS_BY_IHC", "PR_STATUS_IHC"),
    "PD-L1": ("PDL1_POSITIVE", "PD_L1_STATUS"),
    "PD-L1 TPS": ("PDL1_TPS", "PD_L1_TPS"),
    "PD-L1 CPS": ("PDL1_CPS", "PD_L1_CPS"),
}
"""Markers by the clinical attributes that give them, the preferred one first."""

_OF_MARKERS = frozenset(name for names in _MARKERS.values() for name in names)

_MSI = {"stable": "MSS", "instable": "MSI-H", "unstable": "MSI-H"}
"""Words of MSI_TYPE (MSK-IMPACT) for the states; other words are taken as they stand."""

_ABSENT = frozenset(
    {"not applicable", "not available", "[not available]", "[not applicable]", "unknown", "[unknown]", "do not report",
     "not provided", "not collected", "[not evaluated]", "[discrepancy]", "[completed]", "not reported", "'--"}
)  # fmt: skip
_TYPE, _CODE = "tumor type", "ICD-O-3 code"
_FIELDS = {
    name: field
    for fields in (
        {"age": (*PERSON["age"], *PERSON["days"]), _TYPE: TUMOR, _CODE: (*ICD_O_3["morphology"], *ICD_O_3["site"])},
        {key.replace("_", " "): names for key, names in PERSON.items() if key not in ("age", "days")},
        {_WORDS[key]: names for key, names in _SPECIMEN.items()},
        _MARKERS,
    )
    for field, names in fields.items()
    for name in names
}
"""What each attribute tells, by its name."""
_READ = frozenset(
    name
    for of_kind in (PERSON, {"tumor": TUMOR}, ICD_O_3, _SPECIMEN, _MARKERS, IDS)
    for names in of_kind.values()
    for name in names
)
"""Every attribute that is read."""


@by_fields
@dataclass(frozen=True, slots=True)
class Record:
    """One row of a clinical file: the values that are read by attribute id, those that say nothing left out.

    `doubt` is the error that rows on the same sample or patient contradict each other in the tumor type.
    """

    place: Place
    values: dict[str, str]
    doubt: Note | None = None

    def first(self, names: Iterable[str]) -> str | None:
        """The value of the first of these attributes that has one."""
        values = self.values
        for name in names:
            if name in values:
                return values[name]
        return None


@dataclass(frozen=True, slots=True)
class Study:
    """The files of a study by their role, and the notes taken while they are read."""

    path: Path
    files: dict[str, tuple[Path, ...]]
    panels: dict[str, Path]
    notes: list[Note] = field(default_factory=list)

    def warn(self, place: Place, message: str, remedy: str, severity: Severity = Severity.WARNING) -> None:
        """Add a note."""
        self.notes.append(Note(severity, place, message, remedy))

    def check_names(self) -> None:
        """UnusableInput for a file of the study whose name cannot be written into an answer."""
        for file in (*chain.from_iterable(self.files.values()), *self.panels.values()):
            check_name(file)


def is_study(path: Path) -> bool:
    """Whether the folder's files are those of a study: a table of samples, or a description of the study."""
    for file in _files(path):
        start = _start(file)
        meta = _meta(file, start)
        if meta is not None and "cancer_study_identifier" in meta and "type_of_cancer" in meta:
            return True
        if meta is None and _lists_samples(_header(start)):
            return True
    return False


def read_study(path: Path, sample: str | None = None, has_type: bool = False) -> PatientFile:
    """The patient whose id, or one of whose samples' id, is `sample`; or the only patient of the study.

    UnusableInput when no file lists the samples, when there are several patients and none is chosen, when the one
    chosen is not there, and when rows contradict each other in whose a sample is, or in the tumor type, be it of one
    sample or of several, unless `has_type` says that this is told elsewhere.
    """
    study = study_of(path)
    study.check_names()
    chosen = by_sample(study, _chosen(path, _listed(study), sample))
    person = _person_record(study, chosen[0].values["PATIENT_ID"])
    doubt = None if has_type else doubted_type(chosen, person)
    if doubt is not None:
        each = named([record.values["SAMPLE_ID"] for record in chosen])
        remedy = f"choose one with --sample: {each}" if doubt == two_tumors(chosen) else doubt.remedy
        raise UnusableInput(doubt.where, doubt.message, remedy)
    ids = frozenset(record.values["SAMPLE_ID"] for record in chosen)
    alterations, listed = _alterations(study, ids)
    patient = assembled(study, chosen, person, alterations, reported(study, ids, listed, tested_of(study)))
    if patient.tumor_type is None:
        patient = replace(patient, tumor_type=icd_o_3((person, *chosen)))
    if patient.tumor_type is None and doubted_type(chosen, person) is None:
        without_tumor_type(study, patient)
    return PatientFile(patient, tuple(map(printable, summarized(study.notes))))


def patients(path: Path) -> tuple[str, ...]:
    """The patients whom the clinical files list samples of, in their order; UnusableInput as `read_study`."""
    return tuple(_by_patient(_listed(study_of(path))))


def read_patients(path: Path) -> tuple[tuple[Patient, ...], tuple[Note, ...]]:
    """Every patient of the study with all their alterations, and the notes; each file is read once.

    UnusableInput as `read_study`, but for a doubtful tumor type.
    """
    study = study_of(path)
    study.check_names()
    listed = _listed(study)
    ids = frozenset(record.values["SAMPLE_ID"] for record in listed)
    alterations, with_rows = _alterations(study, ids)
    results = reported(study, ids, with_rows, tested_of(study))
    of_sample: dict[str | None, list[Alteration]] = {}
    for each in alterations:
        of_sample.setdefault(each.sample, []).append(each)
    persons = _by_patient(record for file in study.files.get("patients", ()) for record in _records(study, file))
    found: list[Patient] = []
    for name, rows in _by_patient(listed).items():
        _refuse_shared(listed, rows)
        chosen, person = by_sample(study, rows), persons.get(name)
        mine = [one for record in chosen for one in of_sample.get(record.values["SAMPLE_ID"], ())]
        found.append(assembled(study, chosen, united(study, person) if person else None, mine, results))
    return tuple(found), tuple(map(printable, summarized(study.notes)))


def _listed(study: Study) -> list[Record]:
    """The rows of the clinical files that name a sample; UnusableInput where there is none."""
    rows = [record for file in study.files["samples"] for record in _records(study, file)]
    found = [record for record in rows if "SAMPLE_ID" in record.values]
    if not found:
        raise UnusableInput(str(study.path), "the clinical file lists no sample", "fill in PATIENT_ID and SAMPLE_ID")
    return found


def _records(study: Study, file: Path) -> Iterator[Record]:
    return (record for record in ClinicalTable(file, study.notes).records() if isinstance(record, Record))


def _by_patient(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.values["PATIENT_ID"], []).append(record)
    return found


def assembled(
    study: Study,
    chosen: Sequence[Record],
    person: Record | None,
    alterations: Iterable[Alteration],
    results: Mapping[str, Results],
) -> Patient:
    """The patient of these rows of the clinical files, with the alterations and what was reported of each sample.

    What is doubtful in the rows becomes notes of the study.
    """
    samples = tuple(_sample(study, record, results[record.values["SAMPLE_ID"]]) for record in chosen)
    markers = [marker for record in chosen for marker in _markers(record)]
    if person is not None:
        told = {marker.marker for marker in markers}
        markers += [replace(one, sample=None) for one in _markers(person) if one.marker not in told]
    return _patient(study, chosen, person, samples, with_germline((*markers, *alterations), samples))


def _files(path: Path) -> list[Path]:
    """The folder's own files, by name; UnusableInput when it cannot be listed."""
    note_file(path)
    try:
        return sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
    except OSError as error:
        raise UnusableInput(str(path), f"the folder cannot be read ({error.strerror})", "check the path") from error


def _start(path: Path) -> list[str]:
    """The first lines of a text file; none when it is no text."""
    try:
        text = text_of(head(path)).removeprefix("\ufeff")
    except UnusableInput:
        return []
    return [line for line in text.splitlines() if line.strip()]


def _meta(path: Path, start: Sequence[str]) -> dict[str, str] | None:
    """The keys and values of a meta or gene panel file, by its first lines; None when it is none.

    A key begins every line of it.
    """
    if path.stat().st_size > 1_000_000:
        return None
    pairs = [line.partition(":") for line in start if not line.startswith("#")]
    if not pairs or any(not colon or not key.strip().replace("_", "").isalnum() for key, colon, _ in pairs):
        return None
    found = {key.strip().lower(): value.strip() for key, _, value in pairs}
    return found if found.keys() & {"cancer_study_identifier", "genetic_alteration_type", "stable_id"} else None


def study_of(path: Path) -> Study:
    """The folder's files by role: meta files first, then headers for the roles that no meta file gives.

    UnusableInput when none lists the samples.
    """
    files = _files(path)
    starts = {file: _start(file) for file in files}
    metas = {file: meta for file in files if (meta := _meta(file, starts[file])) is not None}
    study = Study(path, {}, _panels(metas))
    by_meta: dict[str, list[Path]] = {}
    spoken_for = set(metas)
    for file, meta in metas.items():
        role = _ROLES.get((meta.get("genetic_alteration_type", ""), meta.get("datatype", "")))
        if "data_filename" not in meta:
            continue
        data = next((one for one in files if one.name in (meta["data_filename"], f"{meta['data_filename']}.gz")), None)
        if data is None:
            message = f"its data file {meta['data_filename']!r} is not in the folder"
            study.warn(Place(file.name), message, "add it, or take the meta file out", Severity.INFO)
        elif role is not None:
            by_meta.setdefault(role, []).append(data)
            spoken_for.add(data)
    by_header: dict[str, list[Path]] = {}
    for file in files:
        if file not in spoken_for and (found := _role(file, starts[file])) is not None:
            by_header.setdefault(found, []).append(file)
    study.files.update({role: tuple(found) for role, found in (by_header | by_meta).items()})
    _leave_out(study, files, metas)
    if "samples" not in study.files:
        raise UnusableInput(
            str(path), "no file of the study lists its samples", "add the clinical file with PATIENT_ID and SAMPLE_ID"
        )
    return study


def _panels(metas: dict[Path, dict[str, str]]) -> dict[str, Path]:
    """The gene panel files by the panel's stable id."""
    return {meta["stable_id"]: file for file, meta in metas.items() if "stable_id" in meta and "gene_list" in meta}


def _leave_out(study: Study, files: list[Path], metas: dict[Path, dict[str, str]]) -> None:
    """Keep one copy-number file, the discrete one if there is, and tell which files are not read."""
    if COPY_NUMBER in study.files:
        study.files.pop("log ratio", None)
    read = {file for found in study.files.values() for file in found}
    unread = [file for file in files if file not in read and file not in metas]
    for file in unread:
        _refuse_unread(file)
    doubted = {file: doubt for file in unread if (doubt := _why_unread(study, file)) is not None}
    for file, (message, remedy) in doubted.items():
        study.warn(Place(file.name), message, remedy)
    unread = [file for file in unread if file not in doubted]
    if unread:
        message = f"files that are not read: {named([file.name for file in unread])}"
        study.warn(Place(study.path.name), message, "nothing to do if they hold no alteration", Severity.INFO)


def _why_unread(study: Study, path: Path) -> tuple[str, str] | None:
    """What keeps a file of alterations from being read, and the remedy, where the study has no other of its kind."""
    if path.name.startswith("meta_") or not (shown := [line for line in _start(path) if not line.startswith("#")]):
        return None
    header = [name.strip() for name in columns.splitter(shown[0])(shown[0])]
    sites = ("Site1_Hugo_Symbol", "Site2_Hugo_Symbol")
    missing = [name for name in sites if name.lower() not in map(str.lower, header)]
    if FUSION not in study.files and len(missing) == 1:
        return f"no column {missing[0]}: no fusion of it is read", f"add the column {missing[0]}"
    if COPY_NUMBER in study.files or "log ratio" in study.files or not _is_matrix(path):
        return None
    cell = copy_number.first_fraction(path)
    if cell is None:
        return None
    row, column, text = cell
    message = f"fractions as in row {row}, column {column} ({text!r}), and no meta file that tells their unit"
    remedy = "correct the cells that are no levels (-2 to 2), or add a meta file with datatype: LOG2-VALUE"
    return f"{message}: no copy number of it is read", remedy


def _is_matrix(path: Path) -> bool:
    """Whether the file is a table of copy numbers."""
    from matcher.readers.detect import detect

    try:
        return detect(path) == "copy number"
    except UnusableInput:
        return False


def _refuse_unread(path: Path) -> None:
    """UnusableInput for a file that may not be read, and for one that is named as a MAF and has no role.

    Without it nobody would have a mutation.
    """
    if not os.access(path, os.R_OK):
        raise UnusableInput(str(path), "no permission to read it", "ask for read access, or take it out of the folder")
    if ".maf" not in map(str.lower, path.suffixes):
        return
    from matcher.readers.detect import detect

    remedy = "mend the file, or take it out of the folder"
    try:
        detect(path)
    except UnusableInput as error:
        raise UnusableInput(str(path), error.reason, remedy) from error
    raise UnusableInput(str(path), "is named as a MAF, and cannot be read as one", remedy)


def _role(path: Path, start: Iterable[str]) -> str | None:
    """The role of a data file by its header, which is among its first lines; None when it has none that is read."""
    header = _header(start)
    if not header:
        return None
    if _names_both(header):
        return "samples" if _lists_samples(header) else None
    if header[0] == "PATIENT_ID" and _OF_EVENTS.isdisjoint(header):
        return "patients"
    if header[0] == "SAMPLE_ID" and {name.lower() for name in header} & _PROFILES.keys():
        return "panel matrix"
    return _data_role(path)


_OF_EVENTS = frozenset({"START_DATE", "EVENT_TYPE"})
"""Columns of a table of events, which names samples and lists none."""


def _header(start: Iterable[str]) -> list[str]:
    """The ids of the columns that the first line of a table names, comments left aside; none without such a line."""
    line = next((line for line in start if not line.startswith("#")), None)
    return [] if line is None else [_attribute(name) for name in columns.splitter(line)(line)]


def _names_both(header: Sequence[str]) -> bool:
    return "SAMPLE_ID" in header and "PATIENT_ID" in header and "HUGO_SYMBOL" not in header


def _lists_samples(header: Sequence[str]) -> bool:
    """Whether a table is of samples and whose each is."""
    return _names_both(header) and _OF_EVENTS.isdisjoint(header)


def _data_role(path: Path) -> str | None:
    """The role of a table of alterations: a matrix of fractions without a meta file has no unit, and none."""
    from matcher.readers.detect import detect

    try:
        form = detect(path)
        if form == "copy number":
            return COPY_NUMBER if copy_number.is_discrete(path) else None
    except UnusableInput:
        return None
    return {"MAF": SMALL_VARIANT, "fusions": FUSION}.get(form)


def _attribute(name: str) -> str:
    """A clinical attribute's id: `Sample ID` of a download is `SAMPLE_ID`."""
    return name.strip().strip('"').upper().replace(" ", "_")


class ClinicalTable:
    """A clinical file: rows below its header, which is the first line that does not begin with `#`."""

    def __init__(self, path: Path, notes: list[Note]) -> None:
        self.path, self.header = path, tuple[str, ...]()
        self._notes = notes
        self._source = lines(path, notes)
        self._split: Callable[[str], list[str]] = str.split
        self._texts: dict[str, str] = {}
        self._again: list[tuple[str, int]] = []
        for _, line in self._source:
            if not line.startswith("#"):
                self._split = columns.splitter(line)
                self.header = tuple(map(_attribute, self._split(line)))
                break
        self._at = self._positions()

    def _positions(self) -> dict[str, int]:
        """Where the attributes that are read stand; the ids under cBioPortal's names.

        UnusableInput for two columns of one id.
        """
        at: dict[str, int] = {}
        for position, name in enumerate(self.header):
            if name in _READ and at.setdefault(name, position) != position:
                self._again.append((name, position))
        for own, names in IDS.items():
            found = next((name for name in names if name in at), None)
            if found is not None:
                at[own] = at[found]
            if any(name == found for name, _ in self._again):
                raise UnusableInput(str(self.path), f"the column {found} is there twice", "leave one of the two out")
        if "PATIENT_ID" not in at and "SAMPLE_ID" in at:
            at["PATIENT_ID"] = at["SAMPLE_ID"]  # a table of samples alone: each is a patient's only one
        return at

    @property
    def ids(self) -> frozenset[str]:
        """Which of PATIENT_ID and SAMPLE_ID the columns give, under any of their names."""
        return frozenset(self._at) & frozenset(IDS)

    def records(self) -> Iterator[Record | Note]:
        """The rows; in place of one that cannot be read, which is also a note on the file, that note.

        A column that is there again gives a second record of the row: they may contradict each other.
        """
        width, at = len(self.header), self._at.items()
        for number, line in self._source:
            if line.startswith("#"):
                continue
            place, fields = Place(self.path.name, number), self._split(line)
            values = self._values(fields, at)
            fault = columns.misfit(fields, width) if len(fields) > width else None
            if fault is None and "PATIENT_ID" in values:
                yield Record(place, values)
                if self._again:
                    ids = {name: values[name] for name in IDS if name in values}
                    yield Record(place, {**self._values(fields, self._again), **ids})
                continue
            note = Note(Severity.ERROR, place, "the row names no patient", "fill in PATIENT_ID")
            if fault is not None:
                remedy = "give it the same number of columns as the header"
                note = Note(Severity.ERROR, place, f"the row cannot be read: {fault}", remedy)
            self._notes.append(note)
            yield note

    def _values(self, fields: list[str], at: Iterable[tuple[str, int]]) -> dict[str, str]:
        """What the fields say, equal texts held once: a cohort has few words."""
        known, width, found = self._texts, len(fields), {}
        for name, position in at:
            if position < width and (text := columns.value(fields[position])) and text.lower() not in _ABSENT:
                found[name] = known.setdefault(text, text)
        return found


def by_sample(study: Study, records: Iterable[Record]) -> list[Record]:
    """One record for each sample: what the rows on it say together."""
    rows: dict[str, list[Record]] = {}
    for record in records:
        rows.setdefault(record.values["SAMPLE_ID"], []).append(record)
    return [united(study, each) for each in rows.values()]


def united(study: Study, rows: Sequence[Record]) -> Record:
    """What rows on the same sample or patient say together; what they contradict each other in is not given.

    Each contradiction becomes an error among the notes of the study.
    """
    if len(rows) == 1:
        return rows[0]
    said: dict[str, Record] = {}
    torn: dict[str, Note] = {}
    for row in rows:
        for name, text in row.values.items():
            first = said.setdefault(name, row)
            field = _FIELDS.get(name)
            if field is not None and field not in torn and not _is_same(field, first.values[name], text):
                torn[field] = _contradiction(field, first, name, row, name)
    study.notes.extend(torn.values())
    values = {name: row.values[name] for name, row in said.items() if _FIELDS.get(name) not in torn}
    doubt = torn.get(_TYPE) or (None if any(name in values for name in TUMOR) else torn.get(_CODE))
    return Record(rows[0].place, values, doubt)


def doubted_type(chosen: Iterable[Record], person: Record | None) -> Note | None:
    """The error that the tumor type is not known, since rows contradict each other in it; on one sample or several."""
    chosen = list(chosen)
    of_samples = next((record.doubt for record in chosen if record.doubt is not None), None) or two_tumors(chosen)
    if of_samples is not None or person is None or any(record.first(TUMOR) for record in chosen):
        return of_samples
    return person.doubt


def two_tumors(chosen: Sequence[Record]) -> Note | None:
    """The error that the samples are of different tumor types; None when all rows that tell one agree.

    Two rows are compared in the first attribute that both have; codes of ICD-O-3 by histology and organ, and only where
    no row tells a tumor type. A mutation of one tumor says nothing of the treatment of another.
    """
    telling = [(record, name) for record in chosen for name in TUMOR if name in record.values]
    names = TUMOR if telling else (*ICD_O_3["morphology"], *ICD_O_3["site"])
    rows = [record for record in chosen if any(name in record.values for name in names)]
    for record in rows[1:]:
        first = rows[0]
        both = [name for name in names if name in record.values and name in first.values]
        compared = [(name, name) for name in (both[:1] if telling else both)]
        if telling and not both:
            compared = [(_first_of(names, first), _first_of(names, record))]
        for name, other in compared:
            if not _is_same(_TYPE, _of_organ(name, first.values[name]), _of_organ(other, record.values[other])):
                texts = f"{other} of {record.values['SAMPLE_ID']} is {record.values[other]!r} here and {name} of "
                texts += f"{first.values['SAMPLE_ID']} is {first.values[name]!r} in {first.place}"
                message = f"the patient's samples are of different tumor types: {texts}"
                remedy = "correct one of the two rows, or make the samples of each tumor a patient of their own"
                return Note(Severity.ERROR, record.place, message, remedy)
    return None


def _first_of(names: Iterable[str], record: Record) -> str:
    return next(name for name in names if name in record.values)


def _of_organ(name: str, text: str) -> str:
    """The value; of an ICD-O-3 site the organ alone (`C34.1`: `C34`), since its parts are no other tumor."""
    return text.partition(".")[0] if name in ICD_O_3["site"] else text


def _is_same(field: str, one: str, other: str) -> bool:
    """Whether two texts say the same: `61` and `61.0`, `F` and `Female`."""
    if one == other:
        return True
    numbers = columns.decimal(one), columns.decimal(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    if field == "sex":
        return one[0].lower() == other[0].lower()
    return one.lower().replace("_", " ").split() == other.lower().replace("_", " ").split()


def _contradiction(field: str, first: Record, name: str, row: Record, other: str) -> Note:
    """The error that a row says something else than one before it, by these attributes."""
    texts = f"{other} is {row.values[other]!r} here and {first.values[name]!r} in {first.place}"
    message = f"the rows contradict each other: {texts}: the {field} counts as not given"
    return Note(Severity.ERROR, row.place, message, "correct one of the two rows")


def two_patients(sample: str, first: Record, row: Record) -> Note:
    """The error that two rows name other patients for a sample: whose its results are is not known."""
    message = (
        f"the rows contradict each other: the sample {sample} is of {row.values['PATIENT_ID']} here and of "
        f"{first.values['PATIENT_ID']} in {first.place}: whose its results are is not known"
    )
    return Note(Severity.ERROR, row.place, message, "correct one of the two rows")


def _chosen(path: Path, usable: list[Record], name: str | None) -> list[Record]:
    """The rows of the sample of this name, else of the patient of this name, else of the only patient."""
    patients = list(_by_patient(usable))
    if name is None and len(patients) > 1:
        remedy = f"choose a patient or a sample with --sample: {named(patients)}"
        raise UnusableInput(str(path), f"{len(patients)} patients, and none is chosen", remedy)
    wanted = name if name is not None else patients[0]
    for key in ("SAMPLE_ID", "PATIENT_ID") if name is not None else ("PATIENT_ID",):
        found = [record for record in usable if record.values[key] == wanted]
        if found:
            _refuse_shared(usable, found)
            return found
    raise UnusableInput(str(path), f"no sample and no patient {wanted!r} in it", f"it has {named(patients)}")


def _refuse_shared(records: Iterable[Record], chosen: Sequence[Record]) -> None:
    """UnusableInput for a sample that is another patient's as well."""
    first = {record.values["SAMPLE_ID"]: record for record in reversed(chosen)}
    for record in records:
        name = record.values["SAMPLE_ID"]
        if name in first and record.values["PATIENT_ID"] != first[name].values["PATIENT_ID"]:
            told = two_patients(name, first[name], record)
            raise UnusableInput(told.where, told.message, told.remedy)


def _person_record(study: Study, patient: str) -> Record | None:
    """What the clinical patient files say of the patient."""
    told = (record for file in study.files.get("patients", ()) for record in _records(study, file))
    rows = [record for record in told if record.values["PATIENT_ID"] == patient]
    if rows:
        return united(study, rows)
    if "patients" in study.files:
        without_person(study, patient)
    return None


def without_person(study: Study, patient: str) -> None:
    """Note that the clinical patient files do not tell of a patient."""
    remedy = "add the patient's row to the clinical patient file"
    study.warn(Place(study.path.name), f"no clinical row of the patient {patient}", remedy)


def without_tumor_type(study: Study, patient: Patient) -> None:
    """Note that no clinical row tells the tumor type of a patient."""
    message = "the study gives no ONCOTREE_CODE or CANCER_TYPE_DETAILED of this patient"
    study.warn(patient.place, message, "give --tumor-type", Severity.INFO)


def icd_o_3(records: Sequence[Record | None]) -> str | None:
    """Histology and site of the tumor in one code (`8140/3 C34.1`), as far as the rows give them."""
    parts = []
    for names in ICD_O_3.values():
        texts = (record.first(names) for record in records if record is not None)
        parts.append(next((text for text in texts if text is not None), None))
    return " ".join(part for part in parts if part is not None) or None


def kind_of(role: str) -> str:
    """The kind of result that a file of this role gives."""
    return COPY_NUMBER if role == "log ratio" else role


def _alterations(study: Study, ids: frozenset[str]) -> tuple[list[Alteration], dict[str, set[str]]]:
    """The alterations of these samples, and for each kind of result the samples that its files list."""
    found: list[Alteration] = []
    listed: dict[str, set[str]] = {}
    for role, rows_of in ROWS.items():
        read = [row for file in study.files.get(role, ()) for row in rows_of(file, study.notes, ids)]
        listed.setdefault(kind_of(role), set()).update(row.sample for row in read if row.sample is not None)
        found.extend(settled(study.notes, role, read))
    return found, listed


def settled(notes: list[Note], role: str, rows: Iterable[Row]) -> tuple[Alteration, ...]:
    """The alterations of a patient's rows of all files of one role; their notes are added to `notes`."""
    alterations: list[Alteration] = []
    for row in rows:
        alterations.extend(row.alterations)
        notes.extend(row.notes)
    if role == SMALL_VARIANT and not any(isinstance(one, Fusion) for one in alterations):
        return tuple(alterations)
    told = fusion.told_once(Reading(role, tuple(alterations), (), (), 0, frozenset()))
    unclear = copy_number.unclear_note(told.alterations)
    notes.extend((*told.notes, *([unclear] if unclear else [])))
    return told.alterations


class Tested(NamedTuple):
    """What the study says of who was tested for what: its gene panel matrix and its case lists."""

    matrix: dict[str, dict[str, str | None]]
    cases: dict[str, frozenset[str]]


class Results(NamedTuple):
    """The kinds of result that a study reports of a sample, and the panel that its gene panel matrix names."""

    kinds: frozenset[str]
    panel: str | None


def tested_of(study: Study) -> Tested:
    """The study's gene panel matrix and case lists."""
    return Tested(_panel_matrix(study), _case_lists(study))


def reported(
    study: Study, ids: Iterable[str], listed: Mapping[str, Container[str]], tested: Tested
) -> dict[str, Results]:
    """What the study reports of each of these samples; `listed` are those with a row, for each kind of result.

    The matrix decides where there is one, then the case lists; else a kind counts only when the sample is in its file:
    a sample without a mutation row may not have been sequenced.
    """
    kinds = dict.fromkeys(kind_of(role) for role in ROWS if role in study.files)
    found: dict[str, Results] = {}
    for name in ids:
        row = tested.matrix.get(name)
        certain: set[str] = set()
        for kind in kinds:
            stated = _stated(kind, name, row, tested.cases)
            if stated or (stated is None and name in listed.get(kind, ())):
                certain.add(kind)
            elif stated is None:
                message = f"no {kind} row of {name}, and nothing says that it was tested: read as not tested"
                study.warn(Place(study.path.name), message, "add the gene panel matrix or the case lists")
        panels = list(dict.fromkeys(panel for panel in (row or {}).values() if panel))
        if len(panels) > 1:
            message = f"{name} was tested by {named(panels)}: {panels[0]} is taken as its assay"
            study.warn(Place(study.path.name), message, "give the assay of the other results with a patient file")
        found[name] = Results(frozenset(certain), panels[0] if panels else None)
    return found


def _stated(kind: str, sample: str, row: dict[str, str | None] | None, cases: dict[str, frozenset[str]]) -> bool | None:
    """Whether the study says that the sample has this kind of result, None when it says nothing."""
    if row is not None and kind in row:
        return row[kind] is not None
    return sample in cases[kind] if kind in cases else None


def _panel_matrix(study: Study) -> dict[str, dict[str, str | None]]:
    """For each sample its panel for each kind of result, None where it has no such result; mutations come first."""
    found: dict[str, dict[str, str | None]] = {}
    for file in study.files.get("panel matrix", ()):
        header: list[str] = []
        for _, line in lines(file, study.notes):
            fields = columns.splitter(line)(line)
            if not header:
                header = [name.strip().lower() for name in fields]
                continue
            row = {
                _PROFILES[name]: columns.value(text)
                for name, text in sorted(zip(header, fields, strict=False), key=lambda pair: pair[0] != "mutations")
                if name in _PROFILES
            }
            found[fields[0].strip()] = row
    return found


def _case_lists(study: Study) -> dict[str, frozenset[str]]:
    """The samples of the case lists (`case_lists/cases_sequenced.txt`) by kind of result."""
    folder = study.path / "case_lists"
    found: dict[str, frozenset[str]] = {}
    for file in _files(folder) if folder.is_dir() else []:
        values = {key.strip(): value for _, line in lines(file, study.notes) for key, _, value in [line.partition(":")]}
        stable = values.get("stable_id", "").strip()
        kind = next((kind for end, kind in _CASE_LISTS.items() if stable.endswith(end)), None)
        if kind is not None:
            found[kind] = frozenset(values.get("case_list_ids", "").split()) | found.get(kind, frozenset())
    return found


def _sample(study: Study, record: Record, results: Results) -> Sample:
    """The specimen as the clinical file describes it."""
    kinds, panel = results
    values = {key: record.first(names) for key, names in _SPECIMEN.items()}
    told = (values["type"], values["class"], record.values.get("SPECIMEN_TYPE"))
    kind = kind_of_specimen(", ".join(dict.fromkeys(filter(None, told))))
    purity = columns.fraction(values["purity"]) if values["purity"] else None
    ploidy = _number(study, record, "ploidy", values["ploidy"], 0.5, 20)
    if values["purity"] and purity is None:
        study.warn(record.place, f"tumor purity {values['purity']!r} is not used", "write a fraction or a percentage")
    return Sample(
        record.values["SAMPLE_ID"],
        "ctDNA" if kind == "plasma" else kind,
        _site(values),
        assay=str(study.panels[panel].resolve()) if panel in study.panels else panel,
        purity=purity,
        ploidy=ploidy,
        depth=_number(study, record, "coverage", values["depth"], 0, 1_000_000),
        reported=kinds,
        place=record.place,
    )


def _number(study: Study, record: Record, what: str, text: str | None, least: float, most: float) -> float | None:
    """A number in its range, or None after a note."""
    number = columns.decimal(text) if text else None
    if number is not None and least <= number <= most:
        return number
    if text:
        study.warn(record.place, f"{what} {text!r} is not used", f"write a number from {least:g} to {most:g}")
    return None


def _site(values: dict[str, str | None]) -> str | None:
    """Where the specimen is from: `Liver (Metastasis)`."""
    kind = values["type"]
    is_metastasis = kind is not None and "meta" in kind.lower()
    site = values["metastatic"] if is_metastasis else values["primary"]
    if site is None or kind is None:
        return site or kind
    return f"{site} ({kind})"


def _markers(record: Record) -> list[MarkerValue]:
    """The measured markers among the clinical attributes."""
    found: list[MarkerValue] = []
    if _OF_MARKERS.isdisjoint(record.values):
        return found
    for marker, names in _MARKERS.items():
        text = record.first(names)
        if text is not None:
            value = _MSI.get(text.lower(), text) if marker == "MSI" else text
            found.append(MarkerValue(marker, value, record.place, record.values.get("SAMPLE_ID")))
    return found


def _patient(
    study: Study,
    chosen: Sequence[Record],
    person: Record | None,
    samples: tuple[Sample, ...],
    alterations: tuple[Alteration, ...],
) -> Patient:
    """The patient as the clinical rows describe them."""
    records = [record for record in (person, *chosen) if record is not None]

    def told(key: str) -> str | None:
        return next((text for record in records if (text := record.first(PERSON[key])) is not None), None)

    tumor, codes = _tumor(study, chosen, records)
    stage = told("stage")
    return Patient(
        chosen[0].values["PATIENT_ID"],
        tumor,
        codes,
        age=_age(study, records),
        sex=_sex(study, records),
        stage=None if stage is None else stage.replace("_", " "),
        menopausal_status=told("menopausal_status"),
        samples=samples,
        alterations=alterations,
        place=chosen[0].place,
    )


def _sex(study: Study, records: Iterable[Record]) -> str | None:
    """The sex that all rows of the patient agree on, else None after a note."""
    told = [(record, name) for record in records for name in PERSON["sex"] if name in record.values]
    for (first, name), (record, other) in pairwise(told):
        if not _is_same("sex", first.values[name], record.values[other]):
            study.notes.append(_contradiction("sex", first, name, record, other))
            return None
    return told[0][0].values[told[0][1]] if told else None


def _age(study: Study, records: list[Record]) -> int | None:
    """The age in whole years, else that at diagnosis by the days from birth, which some tables count below zero."""
    for key, days, most in (("age", 1.0, 130), ("days", 365.25, 47500)):
        for record in records:
            text = record.first(PERSON[key])
            if text is not None:
                text = text.removeprefix("-") if key == "days" else text
                age = _number(study, record, "age" if key == "age" else "number of days from birth", text, 0, most)
                return None if age is None else int(age / days)
    return None


def _tumor(study: Study, chosen: Sequence[Record], records: Sequence[Record]) -> tuple[str | None, tuple[str, ...]]:
    """The tumor type (the OncoTree code, else the detailed name), and the further names of the same tumor."""
    types = list(dict.fromkeys(text for record in chosen if (text := record.first(TUMOR)) is not None))
    types = types or [text for record in records if (text := record.first(TUMOR)) is not None][:1]
    if not types:
        return None, ()
    if len(types) > 1:
        message = f"the patient's samples are of different tumor types: {named(types)}; --tumor-type counts for all"
        study.warn(chosen[0].place, message, "make the samples of each tumor a patient of their own")
    record = next(record for record in (*chosen, *records) if record.first(TUMOR) == types[0])
    further = dict.fromkeys(record.values[name] for name in TUMOR if name in record.values)
    return types[0], tuple(text for text in further if text != types[0])
