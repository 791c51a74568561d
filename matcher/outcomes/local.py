"""Local evidence: what a study's patients show of a biomarker, a regimen and a tumor type, proposed to a curator.

Which biomarkers: those that the graph's supporting evidence or labels name for the regimen, or for a part of it, and
that the patient had in the profile that guided the treatment. Every group that this gives is counted once, as the study
defines response and progression-free survival; arms are never pooled. A group of too few patients is left out, and so
is one by which a difference would tell of too few. docs/local-evidence.md says what this protects and what not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from kb import outcomes as kept
from kb.dates import span
from kb.outcomes import PLACES, Local, LocalEvidence, PatientOutcome
from kb.profile import mentions, negated, parse
from matcher.biomarker_status import Status, StatusBoard
from matcher.notes import UnusableInput
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.treatment import Course, course_of
from matcher.outcomes.values import Estimate, Excluded, Proportion, Result
from matcher.profiles import decision_for, profile_of
from matcher.regimens import id_of

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.case import Prepared
    from matcher.outcomes.study import Endpoint, Study
    from matcher.outcomes.subject import Subject
    from matcher.patient import Patient, PriorTherapy

RESPONSE, PROGRESSION_FREE = "objective response rate", "progression-free survival"
"""The measures that make local evidence: of each, the first endpoint of the study file counts."""

BANDS = (10, 20, 40)
"""Widths of age bands in years, the first that is wide enough being used."""

SHORTEST_SECRET = 16
"""A secret has at least so many bytes."""


class Counted(NamedTuple):
    """A subject as local evidence counts them: the regimen by the graph's names, and the biomarkers of its evidence."""

    subject: Subject
    course: Course
    tumor_type: str
    regimen: str
    biomarkers: frozenset[str]


class Cell(NamedTuple):
    """What is never pooled: a tumor type, a regimen and an arm."""

    tumor_type: str
    regimen: str
    arm: str | None


class Proposal(NamedTuple):
    """What a study proposes: the outcomes for the graph, how many groups were looked at, and who is in none.

    `alike` groups have the same patients as a narrower biomarker's, which is told; `left_out` ones would have told of
    too few patients. `excluded` names patients by their own ids: it is for the site's eyes and in no file.
    """

    local: Local
    looked_at: int
    alike: int
    left_out: int
    excluded: tuple[Excluded, ...]


class Proposed(NamedTuple):
    """Who proposes, and on which day."""

    on: str
    by: str | None = None


def propose(
    study: Study,
    subjects: Iterable[Subject],
    read: Callable[[Subject], Prepared],
    knowledge: KnowledgeBase,
    secret: bytes,
    proposed: Proposed,
) -> Proposal:
    """The local evidence that a study's subjects make; `read` gives a subject's patient with the biomarkers' statuses.

    UnusableInput when the study defines neither response nor progression-free survival.
    """
    ends = endpoints_of(study)
    every = [_counted(each, read, knowledge, ends) for each in sorted(subjects, key=lambda each: each.id)]
    counted = [each for each in every if isinstance(each, Counted)]
    hidden = {each.subject.id: kept.pseudonym(secret, study.name, each.subject.id) for each in counted}
    looked_at, alike = 0, 0
    items: list[LocalEvidence] = []
    patients: list[PatientOutcome] = []
    for cell, members in sorted(cells_of(counted).items(), key=lambda each: str(each[0])):
        every_group = groups_of(members)
        groups = distinct(every_group, knowledge)
        looked_at += len(every_group)
        alike += len(every_group) - len(groups)
        table = _Table(cell, members, ends, study.smallest_group)
        safe = safe_groups({name: ids for name, ids in groups.items() if table.tells(ids)}, study.smallest_group)
        items += [table.item(name, ids, hidden, proposed) for name, ids in safe.items()]
        patients += table.patients(safe, hidden)
    left_out = looked_at - alike - len(items)
    about = kept.Study(
        "", study.name, study.title, study.digest, study.smallest_group, looked_at, left_out,
        definition(ends.response), definition(ends.progression_free),
    )  # fmt: skip
    excluded = tuple(each for each in every if isinstance(each, Excluded))
    return Proposal(kept.identified(about, patients, items), looked_at, alike, left_out, excluded)


def reader(study: Study, as_of: str, knowledge: KnowledgeBase) -> Callable[[Subject], Prepared]:
    """What gives a subject's patient, by the names of the graph and with the statuses of biomarkers."""
    from matcher.case import JURISDICTIONS, Request, prepared, read_patient

    # No approval is asked about here, so a file without a jurisdiction is as good as one with any.
    requests = [Request(path, as_of, default_jurisdiction=JURISDICTIONS[0]) for path in study.patients]
    found: dict[str, Request] = {}

    def read(subject: Subject) -> Prepared:
        while subject.id not in found:
            request = requests.pop(0)
            with suppress(UnusableInput, OSError):  # who reads the study has told of it
                found[read_patient(request)[1].id] = request
        return prepared(found[subject.id], read_patient(found[subject.id]), knowledge)

    return read


# --- the study's definitions -----------------------------------------------------------------------------------------


class Endpoints(NamedTuple):
    """The endpoints of a study that local evidence is made of."""

    response: Endpoint | None
    progression_free: Endpoint | None

    @property
    def treatment(self) -> str:
        """Whose treatment counts: as the response says, else as progression-free survival does."""
        if self.response is not None:
            return str(self.response.options.get("therapy") or "all")
        assert self.progression_free is not None
        return str(self.progression_free.options.get("of") or "all")


def endpoints_of(study: Study) -> Endpoints:
    """The study's first endpoints of response and of progression-free survival; UnusableInput where it has neither."""
    if study.table is not None:
        raise UnusableInput(str(study.path), "the study is a table", "local evidence needs patient files")
    first = {each.measure: each for each in reversed(study.endpoints)}
    found = Endpoints(first.get(RESPONSE), first.get(PROGRESSION_FREE))
    if found == Endpoints(None, None):
        remedy = f"write endpoints: [{{measure: {RESPONSE}}}], or {PROGRESSION_FREE}"
        raise UnusableInput(str(study.path), "the study defines neither response nor progression-free survival", remedy)
    return found


def definition(endpoint: Endpoint | None) -> str | None:
    """How a study defines an endpoint, in words: its measure, the options that are set, and the protocol's sentence."""
    if endpoint is None:
        return None
    given = {name: value for name, value in sorted(endpoint.options.items()) if value not in (None, False, ())}
    options = ", ".join(f"{name}: {_said(value)}" for name, value in given.items())
    return "; ".join(filter(None, (endpoint.measure, options, endpoint.says)))


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_said, value))
    return f"{value:g}" if isinstance(value, float) else "yes" if value is True else str(value)


# --- who is counted for what -----------------------------------------------------------------------------------------


def _counted(
    subject: Subject, read: Callable[[Subject], Prepared], knowledge: KnowledgeBase, ends: Endpoints
) -> Counted | Excluded:
    try:
        return counted_as(subject, read(subject), knowledge, ends.treatment)
    except UnusableInput as error:
        return Excluded(subject.id, f"{error.reason}; {error.remedy}", str(error.where))


def counted_as(subject: Subject, ready: Prepared, knowledge: KnowledgeBase, which: str) -> Counted | Excluded:
    """The subject with the regimen and the biomarkers that count, or why the subject counts nowhere."""
    course = course_of(subject, which)
    if isinstance(course, Excluded):
        return course
    regimen = _regimen(course.treatment, knowledge)
    if regimen is None:
        named = " + ".join(course.treatment.regimen)
        return Excluded(subject.id, f"a drug of {named} is not in the graph", str(course.treatment.place))
    board = _guiding(course, ready, knowledge)
    found = (name for name in named_biomarkers(regimen, knowledge) if board.status(name).status is Status.PRESENT)
    return Counted(subject, course, ready.query.tumor.code, "+".join(regimen), frozenset(found))


def _regimen(therapy: PriorTherapy, knowledge: KnowledgeBase) -> Regimen | None:
    found = {id_of(drug, knowledge) for drug in therapy.regimen}
    return None if None in found else tuple(sorted(filter(None, found)))


def named_biomarkers(regimen: Regimen, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The biomarkers (ids) that supporting evidence or a label asks for, for the regimen or a part of it, sorted."""
    parts = [part for size in range(1, len(regimen) + 1) for part in combinations(regimen, size)]
    items = knowledge.evidence_of_regimens(parts)
    profiles = {each.profile for each in items if (each.direction, each.significance) == ("supports", "sensitivity")}
    profiles |= {each.profile for each in knowledge.indications_of_regimens(parts) if each.profile is not None}
    asked: set[str] = set()
    for profile in map(parse, profiles - {"NONE"}):
        asked |= set(mentions(profile)) - set(negated(profile))
    return tuple(sorted(name for name in asked if knowledge.biomarker(name).kind != "none"))


def _guiding(course: Course, ready: Prepared, knowledge: KnowledgeBase) -> StatusBoard:
    """The statuses by the profile that guided the treatment; without one, by what was sampled until it began.

    What the file states of no sample (an IHC value of the patient) is among them.
    """
    patient = ready.patient
    samples = _guided_by(course.treatment, patient)
    if samples is None:
        begun = course.treatment.start or ""
        samples = {each.id for each in patient.samples if each.date is None or span(each.date).earliest <= begun}
    mine = (each for each in patient.alterations if each.sample is None or each.sample in samples)
    return StatusBoard(mine, ready.board.coverage, knowledge)


def _guided_by(therapy: PriorTherapy, patient: Patient) -> set[str] | None:
    """The samples of the profile that guided a therapy; None where nothing tells of one."""
    profile = profile_of(therapy.guided_by, patient)
    if profile is None and therapy.guided_by is None:
        decision = decision_for(therapy, patient)
        profile = None if decision is None else profile_of(decision.profile, patient)
    return None if profile is None else set(profile.samples)


def cells_of(counted: Iterable[Counted]) -> dict[Cell, tuple[Counted, ...]]:
    """The subjects by what is never pooled."""
    found: dict[Cell, list[Counted]] = {}
    for each in counted:
        found.setdefault(Cell(each.tumor_type, each.regimen, each.subject.arm), []).append(each)
    return {cell: tuple(members) for cell, members in found.items()}


def groups_of(members: Iterable[Counted]) -> dict[str, frozenset[str]]:
    """The subjects' ids by biomarker."""
    found: dict[str, set[str]] = {}
    for each in members:
        for biomarker in each.biomarkers:
            found.setdefault(biomarker, set()).add(each.subject.id)
    return {biomarker: frozenset(found[biomarker]) for biomarker in sorted(found)}


def distinct(groups: Mapping[str, frozenset[str]], knowledge: KnowledgeBase) -> dict[str, frozenset[str]]:
    """Each set of patients once, under the narrowest biomarker that they share: no result is told several times."""

    def width(name: str) -> tuple[bool, int, str]:
        biomarker = knowledge.biomarker(name)
        return biomarker.members is not None, len(knowledge.narrower_biomarkers(biomarker)), name

    found: dict[frozenset[str], str] = {}
    for name in sorted(groups, key=width):
        found.setdefault(groups[name], name)
    return {name: ids for ids, name in sorted(found.items(), key=lambda each: each[1])}


def safe_groups(groups: Mapping[str, frozenset[str]], smallest: int) -> dict[str, frozenset[str]]:
    """The groups that may be told together, the largest first: whatever is made of them has `smallest` members or none.

    A group is left out when it has fewer, or when it splits those that are told already into a part with fewer.

    >>> many = frozenset("abcdefgh")
    >>> sorted(safe_groups({"AMP": many, "POS": many - {"a"}, "MUT": many - set("abcd")}, 4))
    ['AMP', 'MUT']
    """
    told: dict[str, frozenset[str]] = {}
    for name, ids in sorted(groups.items(), key=lambda each: (-len(each[1]), each[0])):
        if min(map(len, parts_of((*told.values(), ids)))) >= smallest:
            told[name] = ids
    return {name: told[name] for name in sorted(told)}


def parts_of(groups: Sequence[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Those who are in the same of the groups, together; nobody who is in none.

    >>> [sorted(part) for part in parts_of((frozenset("abc"), frozenset("bc")))]
    [['a'], ['b', 'c']]
    """
    found: dict[tuple[bool, ...], set[str]] = {}
    for each in sorted(frozenset().union(*groups)):
        found.setdefault(tuple(each in group for group in groups), set()).add(each)
    return tuple(map(frozenset, found.values()))


# --- one cell --------------------------------------------------------------------------------------------------------


class _Table:
    """The subjects of one tumor type, regimen and arm: what any group of them comes to."""

    def __init__(self, cell: Cell, members: Sequence[Counted], endpoints: Endpoints, smallest: int) -> None:
        self._cell, self._members, self._endpoints, self._smallest = cell, tuple(members), endpoints, smallest

    def tells(self, ids: Collection[str]) -> bool:
        """Whether a group is large enough, and so is one of its results."""
        return len(ids) >= self._smallest and (self._response(ids) or self._progression_free(ids)) is not None

    def item(
        self, biomarker: str, ids: Collection[str], hidden: Mapping[str, str], proposed: Proposed
    ) -> LocalEvidence:
        """The local evidence of a group, with the patients by their pseudonyms."""
        years = sorted(str(each.course.start.year) for each in self._members if each.subject.id in ids)
        tumor, regimen, arm = self._cell
        item = LocalEvidence(
            "", "", biomarker, regimen, tumor, arm, len(ids), years[0], years[-1], proposed.on, proposed.by
        )
        return self._with_results(item, ids)._replace(counts=tuple(sorted(hidden[each] for each in ids)))

    def _with_results(self, item: LocalEvidence, ids: Collection[str]) -> LocalEvidence:
        response, times = self._response(ids), self._progression_free(ids)
        if response is not None:
            rate = cast("Proportion", response.value)
            item = item._replace(
                responders=rate.number, assessed=rate.of, rate=_rounded(rate.share), rate_low=_rounded(rate.low),
                rate_high=_rounded(rate.high),
            )  # fmt: skip
        if times is not None:
            median = cast("Estimate", times.value)
            item = item._replace(
                followed=times.n, events=sum(each.event for each in times.spells), median=_rounded(median.value),
                median_low=_rounded(median.low), median_high=_rounded(median.high),
            )  # fmt: skip
        return item

    def _response(self, ids: Collection[str]) -> Result | None:
        """The response rate of a group; None where it is not defined, or of too few."""
        endpoint = self._endpoints.response
        return None if endpoint is None else self._large(endpoint, self._of(ids, endpoint, "therapy"))

    def _progression_free(self, ids: Collection[str]) -> Result | None:
        endpoint = self._endpoints.progression_free
        return None if endpoint is None else self._large(endpoint, self._of(ids, endpoint, "of"))

    def _of(self, ids: Collection[str], endpoint: Endpoint, option: str) -> tuple[Subject, ...]:
        """The group's subjects of whom the endpoint counts the same treatment."""
        which = str(endpoint.options.get(option) or "all")
        mine = (each for each in self._members if each.subject.id in ids)
        return tuple(each.subject for each in mine if course_of(each.subject, which) == each.course)

    def _large(self, endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result | None:
        if len(subjects) < self._smallest:
            return None
        result = MEASURES[endpoint.measure].compute(endpoint, subjects)
        return result if result.n >= self._smallest else None

    # The patients

    def patients(self, groups: Mapping[str, frozenset[str]], hidden: Mapping[str, str]) -> list[PatientOutcome]:
        """The patients of these groups, each with the biomarkers by which the groups are told, and nothing besides."""
        if not groups:
            return []
        counted = frozenset().union(*groups.values())
        responses, times = self._told(counted)
        bands = {id: band for part in parts_of(tuple(groups.values())) for id, band in self._bands(part).items()}
        tumor, regimen, arm = self._cell
        return [
            PatientOutcome(
                "", "", hidden[id], arm, bands[id], tumor, tuple(name for name, ids in groups.items() if id in ids),
                regimen, responses.get(id), *times.get(id, (None, None)),
            )
            for id in sorted(counted)
        ]  # fmt: skip

    def _told(self, ids: frozenset[str]) -> tuple[dict[str, str], dict[str, tuple[int, bool]]]:
        """Best response by subject, and days with whether an event ended them."""
        response, times = self._response(ids), self._progression_free(ids)
        tables = {} if response is None else dict(response.tables)
        rows = tables["best response by subject"].rows if tables else ()
        spells = () if times is None else times.spells
        return (
            {str(row[0]): str(row[1]) for row in rows},
            {each.subject: (round(each.days), each.event) for each in spells},
        )

    def _bands(self, ids: frozenset[str]) -> dict[str, str | None]:
        """The age bands of patients who are alike in everything else: of the least width of which each holds enough."""
        ages = {each.subject.id: each.subject.patient.age for each in self._members if each.subject.id in ids}
        for width in BANDS:
            bands = {id: band_of(age, width) for id, age in ages.items()}
            named = list(bands.values())
            if min(map(named.count, named)) >= self._smallest:
                return bands
        return dict.fromkeys(ids)


def band_of(age: int | None, width: int) -> str | None:
    """The band of years that an age lies in.

    >>> band_of(57, 10), band_of(57, 40)
    ('50-59', '40-79')
    """
    if age is None:
        return None
    low = age // width * width
    return f"{low}-{low + width - 1}"


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, PLACES)


# --- the site's secret -----------------------------------------------------------------------------------------------


def secret_in(path: Path) -> bytes:
    """The secret that a file holds; UnusableInput where it cannot be read or is too short to protect anybody."""
    try:
        found = path.read_bytes().strip()
    except OSError as error:
        raise UnusableInput(str(path), f"cannot be read ({error.strerror})", "name the file of the secret") from error
    return checked_secret(found, str(path))


def checked_secret(secret: bytes, where: str) -> bytes:
    """The secret, if it is long enough; UnusableInput otherwise."""
    if len(secret) < SHORTEST_SECRET:
        problem = f"the secret has {len(secret)} bytes; short ones can be guessed"
        raise UnusableInput(where, problem, f"use {SHORTEST_SECRET} random bytes or more")
    return secret


def made_secret(path: Path) -> bytes:
    """A new random secret in this file, which its owner alone can read; UnusableInput where it cannot be written."""
    import os
    from secrets import token_hex

    made = token_hex(32)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{made}\n")
    except OSError as error:
        remedy = "name a file with --secret, or set MTB_MATCH_SECRET"
        raise UnusableInput(str(path), f"cannot be written ({error.strerror})", remedy) from error
    return made.encode()
