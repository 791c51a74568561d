"""What was understood of an input file, row by row, and which biomarkers of the knowledge base each alteration meets.

It answers why a variant did not match, so it says what the matcher itself would see: the readers' rows, approved gene
symbols, `kb.biomarker.covers`, and for measured markers the status that the matcher gives.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Place, SmallVariant
from kb.biomarker import Closeness, covers
from kb.consequence import may_change_protein
from matcher import readers
from matcher.assay import Coverage
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard, genes_of
from matcher.file_names import check_name
from matcher.markers import HER2_CRITERIA, STATED, has_result, measures
from matcher.normalize import with_approved_genes
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers.columns import is_header, splitter
from matcher.readers.reading import Row, chosen_sample, named, no_rows
from matcher.readers.source_text import head as first_bytes
from matcher.readers.source_text import text_of
from matcher.stated_alterations import with_stated_alterations

if TYPE_CHECKING:
    from kb.biomarker import Biomarker
    from kb.graph import KnowledgeBase

KINDS = {
    SmallVariant: "small variant",
    CopyNumberChange: "copy number",
    Fusion: "fusion",
    MarkerValue: "marker",
}
"""The word for each kind of alteration."""


@dataclass(frozen=True, slots=True)
class GeneName:
    """A gene symbol as the file writes it, and the approved one; None for a gene that the knowledge base lacks."""

    written: str
    approved: str | None


@dataclass(frozen=True, slots=True)
class Met:
    """A biomarker that an alteration meets.

    `doubt` says why it only may do so; `caution` what to confirm although it does. `closeness` is None where the
    knowledge base gives none (a doubtful composite).
    """

    id: str
    label: str
    closeness: Closeness | None
    doubt: str | None = None
    caution: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """One alteration of a row: with approved symbols, its genes, and the biomarkers that it meets, closest first.

    `ruled_out` are the labels of the biomarkers that a measured marker shows to be absent. `why_not` is the reason when
    no biomarker is met, else None.
    """

    alteration: Alteration
    genes: tuple[GeneName, ...]
    met: tuple[Met, ...]
    ruled_out: tuple[str, ...] = ()
    why_not: str | None = None

    @property
    def kind(self) -> str:
        """`small variant`, `copy number`, `fusion` or `marker`."""
        return KINDS[type(self.alteration)]

    @property
    def is_certain(self) -> bool:
        """Whether it meets a biomarker without doubt."""
        return any(met.doubt is None for met in self.met)


@dataclass(frozen=True, slots=True)
class InspectedRow:
    """One data row of a file: what it gave, and the notes on it. Without an alteration it has a note."""

    place: Place
    sample: str | None
    understood: tuple[Understood, ...]
    notes: tuple[Note, ...]

    @property
    def is_matched(self) -> bool:
        """Whether one of its alterations meets a biomarker, be it in doubt."""
        return any(each.met for each in self.understood)

    @property
    def is_unmatched(self) -> bool:
        """Whether it was understood and one of its alterations meets no biomarker."""
        return any(not each.met for each in self.understood)


SELECTIONS: dict[str, Callable[[InspectedRow], bool]] = {
    "matched": lambda row: row.is_matched,
    "unmatched": lambda row: row.is_unmatched,
    "notes": lambda row: bool(row.notes),
}
"""The rows that can be asked for: those with a biomarker, with an alteration that meets none, and with a note."""


@dataclass(slots=True)
class Tally:
    """Counts over the rows that were read so far.

    `rows` is the sum of `understood` (rows that gave an alteration) and `without_alteration`; `noted` are those of
    either with a note. Of the understood rows `matched` meet a biomarker, `doubtful` one in doubt only and `unmatched`
    none. `kinds`, `unknown_genes` count alterations.
    """

    rows: int = 0
    understood: int = 0
    without_alteration: int = 0
    noted: int = 0
    matched: int = 0
    doubtful: int = 0
    unmatched: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    unknown_genes: Counter[str] = field(default_factory=Counter)
    samples: dict[str, None] = field(default_factory=dict)
    builds: set[str] = field(default_factory=set)

    def add(self, row: InspectedRow) -> None:
        """Count one more row."""
        self.rows += 1
        self.noted += bool(row.notes)
        if row.sample is not None:
            self.samples[row.sample] = None
        if not row.understood:
            self.without_alteration += 1
            return
        self.understood += 1
        if any(each.is_certain for each in row.understood):
            self.matched += 1
        elif row.is_matched:
            self.doubtful += 1
        else:
            self.unmatched += 1
        for each in row.understood:
            self._add_alteration(each)

    def _add_alteration(self, each: Understood) -> None:
        self.kinds[each.kind] += 1
        self.unknown_genes.update(gene.written for gene in each.genes if gene.approved is None)
        genomic = each.alteration.genomic if isinstance(each.alteration, SmallVariant) else None
        if genomic is not None and genomic.build is not None:
            self.builds.add(genomic.build)


@dataclass(slots=True)
class Inspection:
    """A file under inspection: its format and what showed it; `rows` can be walked through once.

    `tally` and `notes` (on the file as a whole) are complete when the rows have been walked through, which raises
    UnusableInput where the file turns out to be unusable further down.
    """

    file: str
    form: str
    told_by: str
    rows: Iterator[InspectedRow]
    tally: Tally
    notes: list[Note]


def inspect(path: Path, knowledge: KnowledgeBase, sample: str | None = None) -> Inspection:
    """What was understood of the file, whatever its format; of one sample, or of all.

    UnusableInput when it cannot be read at all.
    """
    check_name(path)
    form = readers.detect(path)
    notes: list[Note] = []
    lexicon = Lexicon(knowledge)
    if form == readers.STUDY and sample is None:
        rows = _rows_of_study(path, lexicon, notes)
    elif form in readers.PATIENTS:
        rows = _rows_of_patient(path, form, sample, lexicon, notes)
    elif form in readers.ROWS:
        rows = _streamed(path, form, sample, lexicon, notes)
    else:
        reading = readers.read(path, sample, form)
        placed, of_places = lexicon.placed(reading.alterations)
        found = _regrouped(placed, (*reading.notes, *of_places), notes)
        rows = (lexicon.inspected(row) for row in found)
    tally = Tally()
    return Inspection(path.name, form, told_by(path, form), _counted(rows, tally), tally, notes)


def _counted(rows: Iterable[InspectedRow], tally: Tally) -> Iterator[InspectedRow]:
    for row in rows:
        tally.add(row)
        yield row


def _streamed(path: Path, form: str, sample: str | None, lexicon: Lexicon, notes: list[Note]) -> Iterator[InspectedRow]:
    """The rows of a file as its reader gives them, in bounded memory; of a VCF those of one sample after the other."""
    row = None
    several = readers.choices(path, form) if form in readers.SIDE_BY_SIDE and sample is None else ()
    for each in several or (sample,):
        of_file: list[Note] = []
        places: dict[Alteration, Alteration] | None = None
        for row in readers.rows(path, of_file, each, form):
            if places is None and any(map(_is_bare, row.alterations)):
                places = _places(path, form, each, lexicon, of_file)
            known = places or {}
            yield lexicon.inspected(row._replace(alterations=tuple(known.get(one, one) for one in row.alterations)))
        notes += [note for note in of_file if note not in notes]
    if row is None and no_rows(path) not in notes:
        notes.append(no_rows(path))


def _is_bare(alteration: Alteration) -> bool:
    """Whether it is a call that no annotator placed in a gene."""
    return isinstance(alteration, SmallVariant) and not alteration.gene


def _places(
    path: Path, form: str, sample: str | None, lexicon: Lexicon, notes: list[Note]
) -> dict[Alteration, Alteration]:
    """The calls of a file without a gene, as their positions place them: which build they are of, all of them tell."""
    from matcher.readers.vcf import MOST_UNPLACED

    rows = readers.rows(path, [], sample, form)
    calls = (one for row in rows for one in row.alterations if _is_bare(one))
    bare = list(islice(calls, MOST_UNPLACED))
    placed, told = lexicon.placed(bare)
    notes += told
    if next(calls, None) is not None:
        message = f"more than {MOST_UNPLACED:,} calls without a gene: those behind are not placed"
        notes.append(Note(Severity.WARNING, Place(path.name), message, "annotate the file: no more are matched"))
    return dict(zip(bare, placed, strict=True))


def _rows_of_study(path: Path, lexicon: Lexicon, notes: list[Note]) -> Iterator[InspectedRow]:
    """The rows of a study's files; a marker is judged beside the others of its patient."""
    from matcher.readers.study_folder import read_patients

    patients, told = read_patients(path)
    boards: dict[str | None, StatusBoard] = {}
    for patient in patients:
        boards |= dict.fromkeys((each.id for each in patient.samples), _board_of(patient.alterations, lexicon))
    found, of_places = lexicon.placed([one for each in patients for one in each.alterations])
    for row in _regrouped(found, (*told, *of_places), notes):
        yield lexicon.inspected(row, boards.get(row.sample))


def _board_of(alterations: Iterable[Alteration], lexicon: Lexicon) -> StatusBoard:
    """The statuses of the markers among these alterations."""
    return StatusBoard(
        (each for each in alterations if isinstance(each, MarkerValue)), Coverage((), {}), lexicon.knowledge
    )


def _rows_of_patient(
    path: Path, form: str, sample: str | None, lexicon: Lexicon, notes: list[Note]
) -> Iterator[InspectedRow]:
    """The rows of a patient's file and of the files that it names; a marker is judged beside all the others."""
    found = readers.read_patient(path, sample, form)
    if sample is not None:
        chosen_sample(path, tuple(each.id for each in found.patient.samples), sample)
    alterations = found.patient.alterations
    board = _board_of(alterations, lexicon)
    placed, of_places = lexicon.placed(alterations)
    for row in _regrouped(placed, (*found.notes, *of_places), notes):
        if sample is None or row.sample in (sample, None):
            yield lexicon.inspected(row, board)


def _regrouped(alterations: Iterable[Alteration], notes: Iterable[Note], of_file: list[Note]) -> list[Row]:
    """Alterations and notes put together again by their row, file by file; notes without a row go to `of_file`."""
    by_row: dict[tuple[Place, str | None], list[Alteration]] = {}
    first: dict[Place, tuple[Place, str | None]] = {}
    for alteration in alterations:
        key = (alteration.place, alteration.sample)
        by_row.setdefault(key, []).append(alteration)
        first.setdefault(alteration.place, key)
    noted: dict[tuple[Place, str | None], list[Note]] = {}
    for note in notes:
        if note.where.row is None:
            of_file.append(note)
            continue
        key = first.setdefault(note.where, (note.where, None))
        by_row.setdefault(key, [])
        noted.setdefault(key, []).append(note)
    files = {place.file: None for place, _ in by_row}
    order = {file: number for number, file in enumerate(files)}
    keys = sorted(by_row, key=lambda key: (order[key[0].file], key[0].row or 0))
    return [Row(key[0], tuple(by_row[key]), tuple(noted.get(key, ())), key[1]) for key in keys]


def told_by(path: Path, form: str) -> str:
    """What in the file shows this format: its first line, its columns or its keys."""
    try:
        text = text_of(first_bytes(path)).removeprefix("\ufeff")
    except UnusableInput:
        return "its content"
    shown = [line for line in text.splitlines() if line.strip()]
    if shown[0].startswith("##fileformat="):
        return f"its first line, {shown[0].strip()[:60]}"
    if form in readers.PATIENTS:
        keys = re.findall(r'"(\w+)"\s*:' if text.lstrip().startswith("{") else r"(?m)^(\w+) *:", text)
        return f"its keys {named(keys, 5)}" if keys else "its content"
    lines = [line for line in shown if not line.startswith("##") and (line[0] != "#" or is_header(line))]
    first = (lines or shown)[0]
    fields = [name.strip() for name in splitter(first)(first.removeprefix("#"))]
    if len(fields) > 1:
        return f"its columns {named(name[:40] for name in fields)}"
    return f"its content, which begins {first.strip()[:40]!r}"


class Lexicon:
    """The knowledge base as it is asked for one alteration after the other: symbols are looked up once."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self.knowledge = knowledge
        self._symbols: dict[str, str | None] = {}
        self._first: dict[str, Place] = {}

    def placed(self, alterations: Sequence[Alteration]) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
        """The alterations with calls without a gene placed by their positions, as the matcher does, and the notes.

        A call that is placed nowhere stays as it is.
        """
        if not any(map(_is_bare, alterations)):
            return tuple(alterations), ()
        from matcher.positions import place

        found = place(alterations, self.knowledge)
        nowhere, kept = {id(each) for each in found.unplaced}, iter(found.alterations)
        return tuple(each if id(each) in nowhere else next(kept) for each in alterations), found.notes

    def inspected(self, row: Row, board: StatusBoard | None = None) -> InspectedRow:
        """The row with what its alterations meet; `board` holds the patient's markers, else those of the row count."""
        board = board or _board_of(row.alterations, self)
        read, notes = with_stated_alterations(row.alterations, self.knowledge)
        understood = tuple(
            self._marker(each, board) if isinstance(each, MarkerValue) else self._genomic(each) for each in read
        )
        return InspectedRow(row.place, row.sample, understood, (*row.notes, *notes))

    def _genomic(self, written: Alteration) -> Understood:
        """A small variant, copy number or fusion, compared with every biomarker of its genes."""
        alteration = with_approved_genes(written, self._symbols, self._first, self.knowledge)
        genes = tuple(GeneName(gene, self._symbols.get(gene)) for gene in dict.fromkeys(genes_of(written)) if gene)
        of_genes = {
            biomarker.id: biomarker
            for gene in genes
            if gene.approved is not None
            for biomarker in self.knowledge.biomarkers_of_gene(gene.approved)
        }
        board: StatusBoard | None = None
        met: list[Met] = []
        for biomarker in of_genes.values():
            if not _is_composite(biomarker):
                match = covers(biomarker, alteration, self.knowledge)
                if match is not None:
                    met.append(Met(biomarker.id, biomarker.label, match.closeness, match.doubt))
                continue
            board = board or StatusBoard((alteration,), Coverage((), {}), self.knowledge)
            found = _by_status(board, biomarker, alteration)
            if found is not None:
                met.append(found)
        reason = None if met else _why_not(alteration, genes, len(of_genes))
        return Understood(alteration, genes, tuple(sorted(met, key=_closest_first)), (), reason)

    def _marker(self, value: MarkerValue, board: StatusBoard) -> Understood:
        """A measured marker, with the statuses that the board gives the biomarkers of its name."""
        held = measures(value)
        about = {each.id: each for each in self.knowledge.biomarkers_named(value.marker)}
        for measured in held:
            about |= {each.id: each for each in self.knowledge.biomarkers_of_marker(measured.marker)}
            about |= {id: self.knowledge.biomarker(id) for id in STATED.get(measured.marker, ())}
            gene = self.knowledge.gene(measured.marker)
            if gene is not None:
                about |= {each.id: each for each in self.knowledge.biomarkers_of_gene(gene.symbol)}
        met = [found for each in about.values() if (found := _by_status(board, each, value)) is not None]
        ruled_out = [each.label for each in about.values() if _is_ruled_out(board, each, value)]
        reason = None
        if not met:
            if not about:
                reason = f"no biomarker speaks of the marker {value.marker!r}"
            elif not any(map(has_result, held)):
                reason = f"{value.value!r} is no result"
            else:
                reason = f"{_none(len(about), held[0].marker)} is met"
        return Understood(value, (), tuple(sorted(met, key=_closest_first)), tuple(sorted(ruled_out)), reason)


def _is_composite(biomarker: Biomarker) -> bool:
    """Whether the matcher decides it over other biomarkers or over several measurements."""
    return biomarker.members is not None or biomarker.id in HER2_CRITERIA


def _by_status(board: StatusBoard, biomarker: Biomarker, alteration: Alteration) -> Met | None:
    """The biomarker as met where its status rests on the alteration."""
    status = board.status(biomarker.id)
    if alteration not in status.alterations or status.status in {Status.ABSENT, Status.NOT_TESTED}:
        return None
    doubt = "; ".join(dict.fromkeys(_because(status, alteration))) if status.status is Status.EQUIVOCAL else None
    return Met(biomarker.id, biomarker.label, status.closeness, doubt, status.caution)


def _because(status: BiomarkerStatus, alteration: Alteration) -> Iterator[str]:
    """The reasons of the parts that rest on the alteration: what other genes lack is not about this row."""
    parts = [part for part in status.parts if alteration in part.alterations]
    if not parts:
        yield status.because
    for part in parts:
        yield from _because(part, alteration)


def _is_ruled_out(board: StatusBoard, biomarker: Biomarker, value: MarkerValue) -> bool:
    status = board.status(biomarker.id)
    return status.status is Status.ABSENT and value in status.alterations


def _closest_first(met: Met) -> tuple[bool, int, str]:
    return (met.doubt is not None, met.closeness or len(Closeness) + 1, met.id)


def _none(known: int, of: str) -> str:
    return f"no biomarker of {of} ({known} known)"


def _why_not(alteration: Alteration, genes: tuple[GeneName, ...], known: int) -> str:
    """Why an alteration meets no biomarker, in one sentence."""
    if not genes:
        return "the call is at no position that the knowledge base knows"
    symbols = " or ".join(gene.approved or gene.written for gene in genes)
    if all(gene.approved is None for gene in genes):
        return f"{symbols} is not in the knowledge base"
    if not known:
        return f"no biomarker speaks of {symbols}"
    none = _none(known, symbols)
    if isinstance(alteration, CopyNumberChange):
        return f"{none} is met by the state {alteration.state.value!r}"
    if not isinstance(alteration, SmallVariant):
        return f"{none} is met by this fusion"
    if alteration.significance in {"benign", "likely benign"}:
        return f"it is stated to be {alteration.significance}"
    if not may_change_protein(alteration):
        return "it does not change the protein or its splicing"
    return f"{none} covers it"
