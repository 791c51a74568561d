"""One patient from file to answer: read, normalize, state the facts, run the rules, recommend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import Alteration, Place, SmallVariant
from matcher import readers
from matcher.assay import BUILT_IN, SMALL_VARIANT, Coverage
from matcher.biomarker_status import StatusBoard
from matcher.classified import with_one_significance
from matcher.facts import Case, Query, case_of
from matcher.file_names import check_name
from matcher.normalize import (
    assays_of,
    called_again,
    is_unknown_gene,
    marker_notes,
    normalized_alterations,
    normalized_history,
    resolved_tumor_type,
    without_open_exons,
)
from matcher.notes import Note, Severity, UnusableInput
from matcher.numbering import with_hgvs_numbers, with_histone_family
from matcher.patient import Patient, Sample
from matcher.person_checks import person_notes
from matcher.preferences import preference_notes
from matcher.readers.reading import counted
from matcher.safety import normalized_person
from matcher.specimens import unknown_kinds
from matcher.stated_alterations import with_stated_alterations
from rules.engine import engine

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from rules.facts import Derivations, Fact
    from rules.language import RuleSet

JURISDICTIONS = ("CN", "EU", "US")

ANNOTATED = ("VCF", "ANNOVAR", "cBioPortal study")
"""Formats whose genes come from an annotator, which names thousands that no biomarker speaks of."""


class Request(NamedTuple):
    """What a user asks: a file, and the options that the file does not settle. `as_of` is an ISO day."""

    path: Path
    as_of: str
    tumor_type: str | None = None
    jurisdiction: str | None = None
    default_jurisdiction: str | None = None
    assay: str | None = None
    sample: str | None = None
    strict: bool = False
    build: str | None = None


class Source(NamedTuple):
    """What a patient was matched from: the request, and the patient as read (format, patient, notes)."""

    request: Request
    read: tuple[str, Patient, tuple[Note, ...]]


@dataclass(frozen=True, slots=True)
class Matched:
    """A patient with everything that was derived for them: what recommendations and explanations are made from."""

    patient: Patient
    query: Query
    board: StatusBoard
    case: Case
    derivations: Derivations
    rules: RuleSet
    knowledge: KnowledgeBase
    notes: tuple[Note, ...]
    source: Source | None = None
    """The question and the patient as they were read, from which an edited patient is made; None where unknown."""
    kept: dict[str, object] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out of this patient by those who ask, for the next question."""


def match(request: Request, knowledge: KnowledgeBase, rules: RuleSet, evaluator: str) -> Matched:
    """Everything derived for the patient in the file.

    Raises UnusableInput when the file cannot be used, and with `strict` for its first warning or error.
    """
    return match_patient(request, read_patient(request), knowledge, rules, engine(evaluator).run)


def match_patient(
    request: Request,
    read: tuple[str, Patient, tuple[Note, ...]],
    knowledge: KnowledgeBase,
    rules: RuleSet,
    derive: Callable[[RuleSet, list[Fact]], Derivations],
) -> Matched:
    """As `match`, for a patient who was read (format, patient, notes); `derive` runs the rules on the facts."""
    ready = prepared(request, read, knowledge)
    case = case_of(ready.patient, ready.query, ready.board, knowledge)
    derivations = derive(rules, case.facts)
    source = Source(request, read)
    return Matched(ready.patient, ready.query, ready.board, case, derivations, rules, knowledge, ready.notes, source)


class Prepared(NamedTuple):
    """A patient whose names and samples are understood, with the question and the status of every biomarker."""

    patient: Patient
    query: Query
    board: StatusBoard
    notes: tuple[Note, ...]


def prepared(request: Request, read: tuple[str, Patient, tuple[Note, ...]], knowledge: KnowledgeBase) -> Prepared:
    """A patient who was read (format, patient, notes), ready for the facts of a case; UnusableInput as `match`."""
    form, patient, notes = read
    if patient.events:
        from matcher.course import with_progressions

        patient = with_progressions(patient)
    patient, build_notes = _with_build(patient, request.build)
    patient, place_notes = _with_places(patient, knowledge)
    unknown = Severity.INFO if form in ANNOTATED else Severity.WARNING
    alterations, family_notes = with_histone_family(patient.alterations)
    alterations, gene_notes = normalized_alterations(alterations, knowledge, unknown)
    alterations, number_notes = with_hgvs_numbers(alterations, knowledge)
    alterations, class_notes = with_one_significance(alterations)
    alterations, stated_notes = with_stated_alterations(alterations, knowledge, patient.samples)
    alterations, exon_notes = without_open_exons(alterations, knowledge)
    history, drug_notes = normalized_history(patient.prior_therapies, knowledge)
    if alterations is not patient.alterations or history is not patient.prior_therapies:
        patient = replace(patient, alterations=alterations, prior_therapies=history)
    patient, name_notes = normalized_person(patient, knowledge)
    drug_notes = (*drug_notes, *name_notes, *preference_notes(patient, knowledge))
    assays, assay_notes = assays_of(patient, request.path.parent, knowledge)
    called = called_again(patient.alterations, patient.samples, assays)
    if called is not patient.alterations:
        patient = replace(patient, alterations=called)
    told = (
        *family_notes,
        *number_notes,
        *class_notes,
        *stated_notes,
        *exon_notes,
        *marker_notes(alterations, knowledge),
        *_build_notes(patient, knowledge),
    )
    notes = (*notes, *unknown_kinds(patient), *build_notes, *place_notes, *gene_notes, *drug_notes, *assay_notes, *told)
    notes = (
        *notes,
        *person_notes(patient),
        *event_notes(patient),
        *_decided(patient, knowledge),
        *unused_notes(patient),
        *death_notes(patient, request.as_of),
        *_course_notes(patient, request.as_of, knowledge),
    )
    if patient.organoids:
        from matcher.organoids import organoid_notes  # a patient without organoids does not pay for them

        notes = (*notes, *organoid_notes(patient, knowledge, request.as_of))
    if form in readers.READERS:
        _refuse_useless(patient, notes, knowledge, from_annotator=form in (*ANNOTATED, "MAF"))
    query, tumor_notes = query_of(request, patient, knowledge)
    notes = (*notes, *tumor_notes)
    if len(notes) > 1:
        notes = tuple(dict.fromkeys(notes))
    if request.strict:
        _refuse_doubtful(notes)
    board = StatusBoard(patient.alterations, Coverage(patient.samples, assays), knowledge)
    return Prepared(patient, query, board, notes)


def _with_build(patient: Patient, build: str | None) -> tuple[Patient, tuple[Note, ...]]:
    """The patient with the build of the option on every call whose file states none; a file that states another wins.

    UnusableInput for a build that is not known.
    """
    if build is None:
        return patient, ()
    named = build_named(build)
    others: list[Alteration] = []

    def stated(alteration: Alteration) -> Alteration:
        if not isinstance(alteration, SmallVariant) or alteration.genomic is None:
            return alteration
        if alteration.genomic.build is not None:
            others.extend([alteration] if alteration.genomic.build != named else [])
            return alteration
        return replace(alteration, genomic=replace(alteration.genomic, build=named))

    patient = replace(patient, alterations=tuple(map(stated, patient.alterations)))
    if not others:
        return patient, ()
    other = f"another genome build than --build {named}"
    message = f"the file states {other} for {counted(len(others), 'variant')}: the file's is used"
    return patient, (Note(Severity.WARNING, others[0].place, message, "leave --build out, or mend the file"),)


def build_named(build: str) -> str:
    """The genome build of this name; UnusableInput for one that is not known.

    >>> build_named("hg19"), build_named("grch38")
    ('GRCh37', 'GRCh38')
    """
    from kb.nomenclature.genomic import BUILDS

    known = {name.lower(): name for name in BUILDS} | {"hg19": "GRCh37", "hg38": "GRCh38"}
    if build.lower() not in known:
        raise UnusableInput("--build", f"unknown genome build {build!r}", f"name one of {', '.join(BUILDS)}")
    return known[build.lower()]


def _with_places(patient: Patient, knowledge: KnowledgeBase) -> tuple[Patient, tuple[Note, ...]]:
    """The patient with calls that no annotator placed in a gene placed by their positions, where those are known.

    A sample with calls that are placed nowhere has no small variants handed in: what was not found is not absent.
    """
    if "" not in [getattr(alteration, "gene", None) for alteration in patient.alterations]:
        return patient, ()
    from matcher.positions import place

    found = place(patient.alterations, knowledge)
    unread = {call.sample for call in found.unplaced}
    samples = tuple(
        replace(sample, reported=sample.reported - {SMALL_VARIANT}) if unread & {sample.id, None} else sample
        for sample in patient.samples
    )
    return replace(patient, alterations=found.alterations, samples=samples), found.notes


def _build_notes(patient: Patient, knowledge: KnowledgeBase) -> tuple[Note, ...]:
    """Doubts about the genome build of annotated variants, where any states one."""
    placed = [each for each in (getattr(one, "genomic", None) for one in patient.alterations) if each is not None]
    if not any(each.build for each in placed):
        return ()
    from matcher.positions import build_notes

    return build_notes(patient.alterations, knowledge)


def read_patient(request: Request) -> tuple[str, Patient, tuple[Note, ...]]:
    """The file's format, and the patient that it gives: a patient file's, or one sample of a variant file."""
    check_name(request.path)
    form = readers.detect(request.path)
    if form in readers.PATIENTS:
        found = readers.read_patient(request.path, request.sample, form, has_type=request.tumor_type is not None)
        of_assay = _assay_notes(found.patient, request) if form != readers.STUDY else ()
        return form, with_assay(found.patient, request.assay), (*found.notes, *of_assay)
    reading = readers.read(request.path, request.sample, form)
    called = next((alteration.sample for alteration in reading.alterations if alteration.sample), None)
    name = request.sample or called or next(iter(reading.samples), None) or request.path.name.split(".")[0]
    sample = Sample(name, reported=reading.reported)
    mine = tuple(one if one.sample else replace(one, sample=name) for one in reading.alterations)
    patient = Patient(name, samples=(sample,), alterations=mine, place=Place(request.path.name))
    return form, with_assay(patient, request.assay), reading.notes


def _assay_notes(patient: Patient, request: Request) -> Iterator[Note]:
    """A note where the assay of the option is that of no sample: what was not found is absent by none of it."""
    if request.assay is None:
        return
    option = f"--assay {request.assay} counts for no sample"
    if not patient.samples:
        message = f"{option}: the file has none, and what stands in the file itself does not show what was looked at"
        remedy = f"name a file of results: samples: [{{id: tumor, variants: FILE, assay: {request.assay}}}]"
        yield Note(Severity.WARNING, patient.place, message, remedy)
    elif all(sample.assay for sample in patient.samples):
        message = f"{option}: each names its own assay"
        yield Note(Severity.INFO, patient.place, message, "change the assay in the patient file if it is another")


def with_assay(patient: Patient, name: str | None) -> Patient:
    """The patient with the assay of the option on every sample that names none; UnusableInput for an unknown one."""
    if name is None:
        return patient
    if name.upper() not in BUILT_IN:
        from matcher.assay_files import assay

        assay(name)
        name = str(Path(name).absolute())  # the option is relative to here, an assay of the patient file to that file
    samples = (sample if sample.assay else replace(sample, assay=name) for sample in patient.samples)
    return replace(patient, samples=tuple(samples))


def query_of(request: Request, patient: Patient, knowledge: KnowledgeBase) -> tuple[Query, tuple[Note, ...]]:
    """The tumor type, jurisdiction and date that count, with notes on how the tumor type was read.

    The option comes first, then the patient file, then the user's default.
    """
    codes = () if request.tumor_type else patient.tumor_codes
    text = request.tumor_type or patient.tumor_type
    tumor, notes = resolved_tumor_type(text, patient.at("tumor_type")[0], knowledge, codes)
    jurisdiction = request.jurisdiction or patient.jurisdiction or request.default_jurisdiction
    if not jurisdiction:
        raise UnusableInput(
            patient.place,
            "no jurisdiction is given",
            f"give --jurisdiction ({', '.join(JURISDICTIONS)}), or set it in the patient file or the configuration",
        )
    if jurisdiction.upper() not in JURISDICTIONS:
        where = patient.at("jurisdiction")[0]
        raise UnusableInput(where, f"unknown jurisdiction {jurisdiction!r}", f"name one of {', '.join(JURISDICTIONS)}")
    return Query(tumor, jurisdiction.upper(), request.as_of), notes


def event_notes(patient: Patient) -> tuple[Note, ...]:
    """Notes on events of which something could not be read."""
    if not patient.events:
        return ()
    from matcher.events import read_events

    return read_events(patient)[1]


def _decided(patient: Patient, knowledge: KnowledgeBase) -> tuple[Note, ...]:
    """Notes on joint decisions, where the file tells of any."""
    if not patient.events:
        return ()
    from matcher.decisions import decision_notes

    return decision_notes(patient, knowledge)


UNWEIGHED = ("PSA", "ECOG", "adverse event", "last contact", "biopsy", "board", "PROMIS-29")
"""The kinds of events that no rule weighs: endpoints of studies count some of them."""


def _course_notes(patient: Patient, as_of: str, knowledge: KnowledgeBase) -> tuple[Note, ...]:
    """Notes on what contradicts itself in the patient's therapies and events."""
    if not patient.events and not patient.prior_therapies:
        return ()
    from matcher.event_checks import course_notes

    return course_notes(patient, knowledge, as_of)


def unused_notes(patient: Patient) -> tuple[Note, ...]:
    """A note that names what the file tells and no rule weighs, so that the board does.

    Of the events those of UNWEIGHED kinds are named; an event of an unknown kind has a note of its own.
    """
    if not patient.events:
        return ()
    from matcher.events import kind_of

    kinds = dict.fromkeys(kind_of(event.kind) for event in patient.events)
    unweighed = [kind for kind in kinds if kind in UNWEIGHED]
    if not unweighed:
        return ()
    message = f"no rule weighs the patient's events ({', '.join(unweighed)})"
    return (Note(Severity.INFO, patient.place, message, "weigh them in the board"),)


def death_notes(patient: Patient, as_of: str) -> tuple[Note, ...]:
    """A note that the patient has died by the date asked for: the answer is what would have been recommended."""
    if not patient.events:
        return ()
    from kb.dates import span
    from matcher.events import Death, read_events

    deaths = [each for each in read_events(patient)[0].of(Death) if span(each.date).latest <= as_of]
    if not deaths:
        return ()
    message = f"the patient died ({deaths[0].date}): no recommendation is for a date after it"
    return (Note(Severity.INFO, deaths[0].place, message, "ask with an earlier --as-of for what was recommended then"),)


def _refuse_useless(patient: Patient, notes: Iterable[Note], knowledge: KnowledgeBase, from_annotator: bool) -> None:
    """A file of which nothing could be understood is no input: its first problem is the error.

    The genes of a VCF or MAF come from an annotator, which names thousands that no biomarker speaks of: they are no
    mistake. Nor is that of a call with a genomic position, as a caller writes it.
    """
    bad = [note for note in notes if note.severity is not Severity.INFO]
    if patient.alterations and from_annotator:
        return
    if any(getattr(alteration, "genomic", None) is not None for alteration in patient.alterations):
        return
    useless = all(is_unknown_gene(alteration, knowledge) for alteration in patient.alterations)
    if useless and (patient.alterations or any(note.severity is Severity.ERROR for note in bad)) and bad:
        raise UnusableInput(bad[0].where, bad[0].message, bad[0].remedy)


def _refuse_doubtful(notes: Iterable[Note]) -> None:
    for note in notes:
        if note.severity is not Severity.INFO:
            raise UnusableInput(note.where, note.message, note.remedy)
