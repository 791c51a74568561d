"""A study computed: its patients read and put into arms and groups, and every endpoint in each of them.

No patient is dropped silently: one whose file cannot be used, who is not eligible or whose arm is not known is listed
with the reason. Arms are counted apart, and together only where the study file asks for it (`by: all`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from kb.alteration import Place
from kb.dates import span
from matcher.case import Request, read_patient
from matcher.event_checks import course_notes
from matcher.events import Enrolment, Withdrawal
from matcher.file_names import shown
from matcher.notes import Note, Severity, UnusableInput
from matcher.outcomes.arms import counted_together
from matcher.outcomes.baseline import baseline
from matcher.outcomes.kaplan_meier import LogRank, log_rank
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.prognosis import check, contrast, sides, statuses
from matcher.outcomes.prognosis import results as by_biomarker
from matcher.outcomes.study import Endpoint, Study
from matcher.outcomes.subject import Subject, day, subject_of
from matcher.outcomes.survival import compared, progressions
from matcher.outcomes.table_subjects import TableRow, read_table, table_result
from matcher.outcomes.treatment import is_targeted
from matcher.outcomes.values import DAYS_PER_MONTH, Result, Table
from matcher.regimens import named

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.outcomes.groups import Assignment
    from matcher.patient import Patient
    from rules.language import RuleSet

TARGETED, OTHER, UNKNOWN, NONE = "targeted therapy", "other therapy", "therapy of unknown class", "no study treatment"
"""The groups of a study whose groups are the treatments that patients got."""


class LeftOut(NamedTuple):
    """A patient whom no endpoint counts: the id, why, and where."""

    id: str
    reason: str
    where: str = ""


class Comparison(NamedTuple):
    """The log-rank test of the groups of one arm on one endpoint, not adjusted, and what is to be said of it."""

    endpoint: str
    arm: str | None
    groups: tuple[str, ...]
    test: LogRank
    says: str
    biomarker: str | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A study with its results.

    `subjects` are those who count, in the order of their ids (none for a study of a table, whose `rows` count).
    `unusable` are patients whose files cannot be used, `left_out` those who do not belong to the study or of whom that
    is not known. `patients` counts them by arm, `follow_up` says who was followed as long as the study asks,
    `baseline` what the patients of each arm were like. `notes` are about the patients' files.
    """

    study: Study
    results: tuple[Result, ...]
    patients: Table
    subjects: tuple[Subject, ...] = ()
    rows: tuple[TableRow, ...] = ()
    unusable: tuple[LeftOut, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    follow_up: Table | None = None
    notes: tuple[Note, ...] = ()
    baseline: Table | None = None

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The log-rank tests of groups within an arm, for each endpoint that is a time."""
        return tuple(_comparisons(self.results))

    @property
    def counted(self) -> int:
        """How many patients the endpoints were computed for."""
        return len(self.rows) if self.study.table is not None else len(self.subjects)


@dataclass(frozen=True, slots=True)
class Ground:
    """What patients are read with: the knowledge base, the rules, the date that counts, and the evaluator.

    The jurisdictions are as in a `Request`: one for all patients, and one for those whose files name none. `cut_off` is
    the last day (ISO) whose events and treatments count; None where all that the files tell counts.
    """

    knowledge: KnowledgeBase
    library: RuleSet
    as_of: str
    evaluator: str = "sql"
    jurisdiction: str | None = None
    default_jurisdiction: str | None = None
    cut_off: str | None = None


class Read(NamedTuple):
    """A patient's file as read: the subject, with notes on the file.

    `is_cut` where the file tells of days after the cut-off; `not_yet` says why there is no such subject until then.
    """

    subject: Subject
    notes: tuple[Note, ...]
    is_cut: bool = False
    not_yet: str | None = None


def outcomes_of(study: Study, ground: Ground) -> Outcomes:
    """Every endpoint of the study in each arm and group; UnusableInput for a study file that cannot be computed."""
    if not study.endpoints:
        raise UnusableInput(str(study.path), "the study has no endpoints", "write endpoints: [{measure: ...}]")
    if study.table is not None:
        return _of_table(study)
    if not study.patients:
        raise UnusableInput(str(study.path), "no patient is given", "name patient files after the study")
    check(study, ground.knowledge)
    read, unusable = _read(study, ground)
    counted, left_out = _sorted_out(study, read, ground.knowledge)
    return Outcomes(
        study,
        tuple(_results(study, counted, ground.knowledge)),
        _patients(study, counted, (*unusable, *left_out)),
        counted,
        (),
        unusable,
        left_out,
        None if study.follow_up is None else _follow_up(counted, study.follow_up),
        (*_cut_notes(read, ground.cut_off, study), *_notes(read)),
        baseline(counted, _in_order((each.arm for each in counted), [arm.name for arm in study.arms])),
    )


def _of_table(study: Study) -> Outcomes:
    assert study.table is not None
    rows, notes = read_table(study.table)
    wrong = [note for note in notes if note.severity is Severity.ERROR]
    unusable = tuple(LeftOut("?", note.message, str(note.where)) for note in wrong)
    ordered, left_out = _rows_by_arm(study, sorted(rows, key=lambda row: row.id))
    results: list[Result] = []
    for endpoint in study.endpoints:
        for part in _parts(study, endpoint, [Placed(row.arm, row.group, row) for row in ordered]):
            found = table_result(endpoint, part.members, part.arm, part.group)
            results.append(_said_together(found, [row.arm for row in part.members]))
    rest = tuple(note for note in notes if note not in wrong)
    patients = _patients(study, ordered, (*unusable, *left_out))
    return Outcomes(study, tuple(results), patients, (), ordered, unusable, left_out, None, rest)


def _rows_by_arm(study: Study, rows: Iterable[TableRow]) -> tuple[tuple[TableRow, ...], tuple[LeftOut, ...]]:
    """The rows under the study's arms, in any letter case; and those of no arm of a study that declares its arms."""
    known = {arm.name.lower(): arm.name for arm in study.arms}
    if not known:
        return tuple(rows), ()
    counted: list[TableRow] = []
    left_out: list[LeftOut] = []
    for row in rows:
        told = next(iter(known)) if row.arm is None and len(known) == 1 else (row.arm or "").lower()
        if told in known:
            counted.append(row._replace(arm=known[told]))
        else:
            wrong = "no arm in the table" if row.arm is None else f"the arm {row.arm!r} is none of the study's"
            left_out.append(LeftOut(row.id, wrong, str(row.place)))
    return tuple(counted), tuple(left_out)


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(study: Study, ground: Ground) -> tuple[tuple[tuple[Read, Assignment | None], ...], tuple[LeftOut, ...]]:
    """Every patient by id, with the group; and those whose file cannot be used, or whose id another file has too."""
    found: list[tuple[Read, Assignment | None]] = []
    unusable: list[LeftOut] = []
    for path in study.patients:
        try:
            found.append(_one(path, study, ground))
        except UnusableInput as error:
            unusable.append(LeftOut(shown(path.name), f"{error.reason}; {error.remedy}", shown(str(error.where))))
        except OSError as error:
            unusable.append(LeftOut(shown(path.name), f"cannot be read ({error.strerror})", shown(str(path))))
    ids = Counter(each.subject.id for each, _ in found)
    for each, _ in found:
        if ids[each.subject.id] > 1:
            reason = f"{ids[each.subject.id]} files have this id, and none of them is used"
            unusable.append(LeftOut(each.subject.id, reason, str(each.subject.patient.place)))
    once = [each for each in found if ids[each[0].subject.id] == 1]
    return tuple(sorted(once, key=lambda each: each[0].subject.id)), tuple(sorted(unusable))


def _one(path: Path, study: Study, ground: Ground) -> tuple[Read, Assignment | None]:
    from matcher.outcomes.groups import group_of

    request = Request(path, ground.as_of, None, ground.jurisdiction, ground.default_jurisdiction)
    form, patient, notes = read_patient(request)
    known = _told_until(patient, ground.cut_off)
    read = form, known, notes
    subject, told = subject_of(known, study)
    not_yet = None if known == patient else _not_yet(subject_of(patient, study)[0], subject, str(ground.cut_off))
    subject = subject._replace(statuses=statuses(request, read, subject, study, ground.knowledge))
    assigned = None
    if study.groups is not None or study.eligible is not None:
        assigned = group_of(request, study, ground.knowledge, ground.library, ground.evaluator, read)
    checks = course_notes(patient, ground.knowledge, ground.as_of)
    every = tuple(note for note in (*notes, *told, *checks) if note.severity is not Severity.INFO)
    return Read(subject, tuple(dict.fromkeys(every)), known != patient, not_yet), assigned


def _told_until(patient: Patient, cut_off: str | None) -> Patient:
    """The patient as the data are cut off: a date without its day stays where it may be before that, and is told."""
    from matcher.timeline import told_until

    return patient if cut_off is None else told_until(patient, cut_off, may_be=True)


def _not_yet(whole: Subject, known: Subject, cut_off: str) -> str | None:
    """Why a patient is no subject at the cut-off: enrolled later, or nothing is told of them until then."""
    if whole.enrolled is not None and known.enrolled is None:
        return f"enrolled on {whole.enrolled}, after the data cut-off {cut_off}"
    diagnosed = whole.patient.diagnosed
    is_known = known.told_alive or known.died or (diagnosed is not None and span(diagnosed).earliest <= cut_off)
    return None if is_known else f"nothing is told of them until the data cut-off {cut_off}"


def _cut_notes(read: Iterable[tuple[Read, Assignment | None]], cut_off: str | None, study: Study) -> tuple[Note, ...]:
    """That later events and treatments do not count, and of whom there are such."""
    ids = [each.subject.id for each, _ in read if each.is_cut]
    if not ids:
        return ()
    told = f"data are cut off at {cut_off}: later events and treatments do not count, of {', '.join(ids)}"
    return (Note(Severity.WARNING, Place(study.path.name), told, "name a later day with --as-of to have them count"),)


def _notes(read: Iterable[tuple[Read, Assignment | None]]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(note for each, _ in read for note in each.notes))


# --- who counts ------------------------------------------------------------------------------------------------------


def _sorted_out(
    study: Study, read: Iterable[tuple[Read, Assignment | None]], knowledge: KnowledgeBase
) -> tuple[tuple[Subject, ...], tuple[LeftOut, ...]]:
    """The subjects who count with their arms and groups, and the others with the reason."""
    counted: list[Subject] = []
    left_out: list[LeftOut] = []
    for each, assigned in read:
        subject = _with_arm(each.subject, study)
        reason = each.not_yet or _elsewhere(subject, study) or _ineligible(assigned) or _wrong_arm(subject, study)
        if reason is not None:
            left_out.append(LeftOut(subject.id, reason, str(subject.patient.place)))
            continue
        counted.append(subject._replace(group=_group(subject, study, assigned, knowledge)))
    return tuple(counted), tuple(left_out)


def _with_arm(subject: Subject, study: Study) -> Subject:
    """The subject in the study's only arm where the file names none; an arm in any letter case."""
    if subject.arm is None:
        return subject._replace(arm=study.arms[0].name) if len(study.arms) == 1 else subject
    known = {arm.name.lower(): arm.name for arm in study.arms}
    return subject._replace(arm=known.get(subject.arm.lower(), subject.arm))


def _elsewhere(subject: Subject, study: Study) -> str | None:
    entered = subject.events.of(Enrolment)
    if not entered or subject.enrolled is not None:
        return None
    return f"enrolled in {', '.join(str(each.study) for each in entered)}, not in {study.name}"


def _ineligible(assigned: Assignment | None) -> str | None:
    if assigned is None or assigned.eligible == "yes":
        return None
    lines = "; ".join(assigned.criteria)
    return f"not eligible: {lines}" if assigned.eligible == "no" else f"eligibility is not settled: {lines}"


def _wrong_arm(subject: Subject, study: Study) -> str | None:
    names = [arm.name for arm in study.arms]
    if not names:
        return None
    if subject.arm not in names:
        told = "no arm is told" if subject.arm is None else f"the arm {subject.arm!r} is none of the study's"
        return f"{told}: write arm: {' or '.join(names)} in the enrolment event"
    since = dict(study.since).get(subject.arm)
    if since is None:
        return None
    if subject.enrolled is None:
        return f"no enrolment is told, and the {subject.arm} arm begins with {since}"
    if span(subject.enrolled).latest < span(since).earliest:
        return f"enrolled on {subject.enrolled}, before the {subject.arm} arm begins ({since})"
    return None


def _group(subject: Subject, study: Study, assigned: Assignment | None, knowledge: KnowledgeBase) -> str | None:
    """The study's group, or the kind of the first treatment of the study, or its regimen."""
    if study.treatment_groups is None:
        return None if assigned is None else assigned.group
    if subject.treatment is None:
        return NONE
    if study.treatment_groups == "regimen":
        return " + ".join(named(subject.treatment.regimen, knowledge))
    return {True: TARGETED, False: OTHER, None: UNKNOWN}[is_targeted(subject.treatment.regimen)]


# --- results ---------------------------------------------------------------------------------------------------------

M = TypeVar("M")


class Placed(NamedTuple, Generic[M]):
    """A member of an arm and a group: a subject or a table's row."""

    arm: str | None
    group: str | None
    member: M


class Part(NamedTuple, Generic[M]):
    """The members of one arm and group that an endpoint is computed for."""

    arm: str | None
    group: str | None
    members: tuple[M, ...]


def _results(study: Study, subjects: Sequence[Subject], knowledge: KnowledgeBase) -> Iterator[Result]:
    placed = [Placed(subject.arm, subject.group, subject) for subject in subjects]
    for endpoint in study.endpoints:
        for part in _parts(study, endpoint, placed):
            found = MEASURES[endpoint.measure].compute(endpoint, part.members)
            placed_there = found._replace(arm=part.arm, group=part.group)
            yield _said_together(placed_there, [subject.arm for subject in part.members])
        if "biomarker" in endpoint.by:
            for arm in _in_order((each.arm for each in subjects), [arm.name for arm in study.arms]):
                of_arm = [each for each in subjects if each.arm == arm]
                yield from by_biomarker(endpoint, arm, of_arm, study, knowledge)


def _said_together(result: Result, arms: Sequence[str | None]) -> Result:
    """The result with the note that several arms are counted together, where they are."""
    return result._replace(notes=tuple(dict.fromkeys((*counted_together(arms), *result.notes))))


def _parts(study: Study, endpoint: Endpoint, placed: Sequence[Placed[M]]) -> Iterator[Part[M]]:
    """The arms, each as a whole and then by group, as the endpoint asks; last all together, where it asks for that."""
    arms = _in_order((each.arm for each in placed), [arm.name for arm in study.arms])
    if "arm" in endpoint.by:
        for arm in arms:
            yield from _of_arm(study, endpoint, arm, [each for each in placed if each.arm == arm])
    elif "group" in endpoint.by:
        yield from _of_arm(study, endpoint, None, placed)
    if "all" in endpoint.by and (len(arms) > 1 or endpoint.by == ("all",)):
        yield Part(None, None, tuple(each.member for each in placed))


def _of_arm(study: Study, endpoint: Endpoint, arm: str | None, placed: Sequence[Placed[M]]) -> Iterator[Part[M]]:
    yield Part(arm, None, tuple(each.member for each in placed))
    groups = _in_order((each.group for each in placed), group_names(study))
    if "group" in endpoint.by and groups != (None,):
        for group in groups:
            yield Part(arm, group, tuple(each.member for each in placed if each.group == group))


def _in_order(found: Iterable[str | None], known: Sequence[str]) -> tuple[str | None, ...]:
    """Each name once: those that are known in their order, then the others by name, then None."""
    names = set(found)
    rest = sorted(name for name in names if name is not None and name not in known)
    return (*(name for name in known if name in names), *rest, *([None] if None in names else []))


def group_names(study: Study) -> tuple[str, ...]:
    """The names of the study's groups in their order; empty where its file has none."""
    if study.treatment_groups == "kind":
        return (TARGETED, OTHER, UNKNOWN, NONE)
    if study.groups is None or study.treatment_groups:
        return ()
    from matcher.outcomes.group_rules import plan_of

    return tuple(group.name for group in plan_of(study).groups)


def _comparisons(results: Iterable[Result]) -> Iterator[Comparison]:
    """Groups of one arm, and statuses of one biomarker in it; arms are not compared: they are no alternatives."""
    timed: dict[tuple[str, str | None, str | None], list[Result]] = {}
    for result in results:
        if result.curve is not None and result.group is not None and result.spells:
            timed.setdefault((result.endpoint.name, result.arm, result.biomarker), []).append(result)
    for (name, arm, biomarker), found in timed.items():
        if biomarker is not None:
            alike = [every for (each, there, of), every in timed.items() if of and (each, there) == (name, arm)]
            number = sum(len(sides(every)) == 2 for every in alike)
            made = contrast(biomarker, found, number)
            if made is not None:
                yield Comparison(name, arm, made.groups, made.test, made.says, biomarker)
            continue
        by_group = {str(result.group): result for result in found}
        test = log_rank({group: result.spells for group, result in by_group.items()})
        if test is not None:
            yield Comparison(name, arm, tuple(by_group), test, compared(by_group) or "")


# --- patients --------------------------------------------------------------------------------------------------------


def _patients(study: Study, members: Sequence[Subject | TableRow], others: Sequence[LeftOut]) -> Table:
    """A row for each arm: how many are planned and how many count; and one of those who do not."""
    planned, counts = dict(study.planned), Counter(each.arm for each in members)
    names = [arm.name for arm in study.arms]
    arms = _in_order((*counts, *names), names)
    rows: list[tuple[str | int | None, ...]] = [
        (arm or "all", planned.get(arm or ""), counts[arm], _dates(each for each in members if each.arm == arm))
        for arm in arms
    ]
    if "" in planned and None not in arms:
        rows.append(("the study", planned[""], len(members), _dates(members)))
    if others:
        rows.append(("not counted", None, len(others), None))
    return Table(("arm", "planned", "patients", "enrolled"), tuple(rows))


def _dates(members: Iterable[Subject | TableRow]) -> str | None:
    """From when to when patients were enrolled."""
    found = sorted(each.enrolled for each in members if isinstance(each, Subject) and each.enrolled is not None)
    return None if not found else found[0] if found[0] == found[-1] else f"{found[0]} to {found[-1]}"


def _follow_up(subjects: Sequence[Subject], least: float) -> Table:
    """How each subject's follow-up ended, or that it is still shorter than the study asks for."""
    rows = [(subject.id, subject.arm, *_followed(subject, least)) for subject in subjects]
    return Table(("subject", "arm", "from", "months", "follow-up"), tuple(rows))


def _followed(subject: Subject, least: float) -> tuple[str | None, float | None, str]:
    begun = subject.enrolled or (subject.treatment.start if subject.treatment is not None else None)
    start = day(begun)
    if start is None:
        return begun, None, "no full date to count from"
    ends: Mapping[str, list[str]] = {
        "death": [subject.died.date] if subject.died is not None else [],
        "progression": [date for date, _ in progressions(subject, ("imaging", "PSA", "clinical"))],
        "withdrawal": [each.date for each in subject.events.of(Withdrawal)],
    }
    last = subject.last_told
    months = None if last is None or last < start else round((last - start).days / DAYS_PER_MONTH, 1)
    for name, dates in ends.items():
        if any(span(each).latest >= start.isoformat() for each in dates):
            return begun, months, f"until {name}"
    is_long = last is not None and (last - start).days >= least
    wanted = f"{round(least / DAYS_PER_MONTH):g} months"
    return begun, months, f"at least {wanted}" if is_long else f"shorter than {wanted}, and no end is told"
