"""Cohorts for tests of what runs them: patients who are only named, answered at once, and the files of a folder."""

from __future__ import annotations

import json
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

from matcher.case import Request, read_patient
from matcher.cohort.alone import empty, tables
from matcher.cohort.database import Database
from matcher.cohort.output import SCHEMA, target, writes
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import COLUMNS, Tables
from matcher.notes import Note, UnusableInput
from matcher.patient import Patient

REQUEST = Request(Path("patients.yaml"), "2026-11-20", jurisdiction="CN")


def written(found: Tables, out: Path, **about: object) -> None:
    """The tables of a cohort as the files of a finished run, in the form of the name; its manifest tells `about`."""
    aim = target(out)
    with Database() as database:
        for name, columns in COLUMNS.items():
            cells = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
            database.register("stage", found[name])
            database.run(writes(f"SELECT {cells} FROM stage", columns, aim.file(name), aim.form))
    files = {name: {"file": aim.file(name).name, "rows": len(found[name])} for name in COLUMNS}
    manifest = {"schema": SCHEMA, **about, "form": aim.form._asdict(), "files": files}
    aim.manifest.write_text(json.dumps(manifest), encoding="utf-8")


class Named:
    """Patients P-00000, P-00001 and so on; every `bad`th could not be read."""

    has_patient_files = True

    def __init__(self, number: int, bad: int = 0, digest: str = "one", notes: tuple[Note, ...] = ()) -> None:
        self.total: int | None = number
        self.digest, self.notes, self.bad = digest, notes, bad

    def subjects(self) -> Iterator[Subject | Unreadable]:
        for number in range(self.total or 0):
            name = f"P-{number:05d}"
            if self.bad and number % self.bad == self.bad - 1:
                yield Unreadable(name, "patients.yaml", f"row {number} is broken", "mend it")
            else:
                yield Subject(name, "patients.yaml", REQUEST, "patient file", Patient(name))


class Files:
    """The patients of files, as they are read alone."""

    notes = ()
    has_patient_files = True

    def __init__(self, files: Sequence[Path], template: Request = REQUEST) -> None:
        self.files, self.template = files, template
        self.total: int | None = len(files)
        self.digest = str(zlib.crc32(b"".join(file.read_bytes() for file in files)))

    def subjects(self) -> Iterator[Subject | Unreadable]:
        for file in self.files:
            request = self.template._replace(path=file)
            try:
                form, patient, notes = read_patient(request)
            except UnusableInput as error:
                yield Unreadable(file.stem, file.name, error.reason, error.remedy)
            else:
                yield Subject(file.stem, file.name, request, form, patient, notes)


class Told:
    """Answers that follow from the names: what `matched` gives is shuffled, as a database may give it."""

    def __init__(self, rows: int = 3) -> None:
        self.asked: list[list[str]] = []
        self.rows = rows

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        self.asked.append([subject.name for subject in subjects])
        found = empty()
        for place, subject in reversed(list(enumerate(subjects))):
            alike = -(place % 3)
            if isinstance(subject, Unreadable):
                why = (subject.name, subject.source, "unreadable", subject.reason, subject.remedy)
                found["patients"].append((*why, None, None, None, None, 100 + place))
                continue
            held = (subject.name, subject.source, "matched", None, None, "LUAD", "CN", "on-label", self.rows, alike)
            found["patients"].append(held)
            found["recommendations"] += [_recommended(subject.name, rank) for rank in range(self.rows, 0, -1)]
            found["avoided"] += [(subject.name, drug, "resistance", ["KRAS G12C"], ["EID1"]) for drug in ("b", "a")]
            found["notes"].append((subject.name, "warning", subject.source, place, f"of {subject.name}", None))
        for alike in sorted({row[-1] for row in found["patients"] if row[2] == "matched"}, reverse=True):
            found["blocks"] += [
                (alike, "a+b", f"EID{n}", "access", "fail", str(alike), str(alike), n == 1) for n in (2, 1)
            ]
        return tables(found)

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        """The tables of each piece."""
        yield from map(self.matched, pieces)

    def close(self) -> None:
        """Nothing is held."""


def _recommended(name: str, rank: int) -> tuple[object, ...]:
    finding = {"criterion": "age", "verdict": "pass", "about": f"{name}; (18 a=b)"}
    levels = ("I-A", None, "1", "A", "m1A")
    lists = (["x;y", "z"], [], [finding, finding], ["EID2", "EID1"], [])
    return (
        *(name, rank, f"drug-{rank}", "on-label", f"EID{rank}", "evidence", None, "KRAS G12C"),
        *(["KRAS G12C"], "exact", *levels, *lists[:2], lists[2], *lists[3:], rank == 1 or None),
    )
