"""How a patient stands to a study's criteria: each is a fact with a status, in one of which every patient is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kb.errors import KnowledgeError
from kb.profile import mentions, parse
from matcher.assay import is_tumor
from matcher.biomarker_status import BiomarkerStatus, Status, StatusBoard
from matcher.disease_state import STATES, states_of
from matcher.events import kind_of
from matcher.facts import Origin, relation_of
from matcher.history import (
    Course,
    dated_state,
    is_known,
    is_recorded,
    lines_of_therapy,
    progressed,
    qualified,
)
from matcher.names import biomarker_label, drug_name, regimen_name, tumor_codes
from matcher.notes import UnusableInput
from matcher.phrases import Text, joined, text
from matcher.unread import dated_doubt, may_be_received, may_have_progressed_on
from rules.engine import engine
from rules.facts import Value, fact
from rules.prune import resting

if TYPE_CHECKING:
    from kb.alteration import Place
    from kb.graph import KnowledgeBase
    from matcher.facts import Query
    from matcher.history import Given
    from matcher.patient import Patient, Sample
    from rules.language import RuleSet


class Standing(NamedTuple):
    """A patient's status in one criterion, one sentence on what says so, and where that was read.

    `label` is what is asked for as a board reads it, where that is another text than the study file's.
    """

    status: str
    because: str
    origin: Origin
    label: str | None = None


@dataclass(slots=True)
class Ground:
    """What the criteria of one patient are decided on; `library` are the rules that know the states of a disease."""

    patient: Patient
    query: Query
    board: StatusBoard
    knowledge: KnowledgeBase
    course: Course
    library: RuleSet
    evaluator: str
    _states: dict[str, frozenset[str]] = field(default_factory=dict)

    def states(self, predicate: str) -> frozenset[str]:
        """The disease states that the library concludes of the stage: `disease_state`, or `state_open`."""
        if not self._states:
            patient = fact(
                "patient",
                tumor=tumor_codes([self.query.tumor.code], self.knowledge),
                jurisdiction=self.query.jurisdiction,
                as_of=self.query.as_of,
            )
            facts = [patient, *(fact("stage", state=each) for each in told_states(self.patient))]
            found = engine(self.evaluator).run(resting(self.library, ("disease_state", "state_open")), facts)
            for each in ("disease_state", "state_open"):
                self._states[each] = frozenset(str(one.get("state")) for one in found.facts(each))
        return self._states[predicate]


def told_states(patient: Patient) -> tuple[str, ...]:
    """The disease states that the stage names, and `recurrent` where an event tells of a recurrence."""
    came_back = any(kind_of(event.kind) == "recurrence" for event in patient.events)
    return tuple(dict.fromkeys((*states_of(patient.stage or ""), *(("recurrent",) if came_back else ()))))


class Criterion(NamedTuple):
    """A kind of criterion: the fields that say what is asked, beside `status`, and how a patient stands to it."""

    asked: tuple[str, ...]
    standing: Callable[[Mapping[str, Value], Ground], Standing]


def standing(predicate: str, asked: Mapping[str, Value], ground: Ground, place: Place) -> Standing:
    """How the patient stands to a criterion; UnusableInput, with the study file's place, for an unknown name in it."""
    try:
        return CRITERIA[predicate].standing(asked, ground)
    except KnowledgeError as error:
        raise UnusableInput(place, str(error), "correct the study file") from error
    except _NotKnown as error:
        raise UnusableInput(place, error.args[0], error.args[1]) from error


class _NotKnown(Exception):
    """A value of a study file that is not known: what is wrong, and the remedy."""


# --- biomarkers ------------------------------------------------------------------------------------------------------


def _biomarker(asked: Mapping[str, Value], ground: Ground) -> Standing:
    found = _profile(str(asked["profile"]), ground.board, ground)
    return Standing(found.status.value, found.because, _origin_of(found), _label_of(found))


def _profile(profile: str, board: StatusBoard, ground: Ground) -> BiomarkerStatus:
    for name in mentions(parse(profile)):
        ground.knowledge.biomarker(name)
    return board.profile(profile)


def _label_of(found: BiomarkerStatus) -> str:
    return Text(found.label, lambda lang: biomarker_label(found.label, lang))


def _origin_of(found: BiomarkerStatus) -> Origin:
    """Where a status was read; of a profile of several biomarkers, each of them with its own places."""
    parts = {each.id: each for each in _leaves(found)}
    if len(parts) < 2:
        return Origin("", places=tuple(place for each in parts.values() for place in _places(each)))
    return Origin("", parts=tuple(_part(each) for each in parts.values()))


def _places(found: BiomarkerStatus) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(one.place for one in found.alterations))


def _leaves(found: BiomarkerStatus) -> tuple[BiomarkerStatus, ...]:
    return tuple(leaf for part in found.parts for leaf in _leaves(part)) if found.parts else (found,)


def _part(found: BiomarkerStatus) -> Origin:
    status = text("status", found.status.value)
    told = text("status", "shown", label=_label_of(found), status=status, because=found.because)
    return Origin(told, places=_places(found))


def _across_foci(asked: Mapping[str, Value], ground: Ground) -> Standing:
    profile = str(asked["profile"])
    whole = _profile(profile, ground.board, ground)
    found = _at_foci(profile, ground)
    because = joined([_at_focus(each) for each in found], "sentences") if found else text("groups", "no focus")
    statuses = [each.status.status for each in found]
    if spread(statuses) == "not tested" and found:
        because = text("groups", "one focus", foci=because)
    parts = tuple(Origin(_at_focus(each), places=_places(each.status)) for each in found)
    return Standing(spread(statuses), because, Origin("", parts=parts), _label_of(whole))


class _Focus(NamedTuple):
    """A biomarker in the newest sample of a focus."""

    name: str
    status: BiomarkerStatus


def _at_foci(profile: str, ground: Ground) -> tuple[_Focus, ...]:
    """The profile in each focus; HER2 without IHC or ISH of the focus by its copy number, as `her2_by_focus` has it."""
    found = []
    for sample in foci(ground.patient):
        alone = ground.board.of_sample(sample.id)
        status = _profile(profile, alone, ground)
        if profile == "HER2:POS" and status.status is Status.NOT_TESTED:
            status = alone.status("ERBB2:AMP")
        found.append(_Focus(sample.site or sample.id, status))
    return tuple(found)


def spread(statuses: list[Status]) -> str:
    """How a biomarker lies over foci with these statuses.

    >>> spread([Status.PRESENT, Status.ABSENT]), spread([Status.PRESENT, Status.PRESENT]), spread([Status.PRESENT])
    ('heterogeneous', 'uniform', 'not tested')
    """
    decided = [each for each in statuses if each in {Status.PRESENT, Status.ABSENT}]
    if len(set(decided)) == 2:
        return "heterogeneous"
    looked = [each for each in statuses if each is not Status.NOT_TESTED]
    if len(looked) < 2:
        return "not tested"
    return "uniform" if looked == decided else "equivocal"


def foci(patient: Patient) -> tuple[Sample, ...]:
    """The latest tissue sample of each focus, in the order of the file; samples without a site are foci each."""
    latest: dict[str, Sample] = {}
    for sample in patient.samples:
        if not is_tumor(sample):
            continue
        site = (sample.site or f"sample {sample.id}").lower()
        if site not in latest or (latest[site].date or "") <= (sample.date or ""):
            latest[site] = sample
    return tuple(sample for sample in patient.samples if sample in latest.values())


def _at_focus(focus: _Focus) -> str:
    status = text("status", focus.status.status.value)
    return text("groups", "at focus", focus=focus.name, status=status, because=focus.status.because)


# --- tumor, disease and person ---------------------------------------------------------------------------------------


def _tumor(asked: Mapping[str, Value], ground: Ground) -> Standing:
    wanted = ground.knowledge.tumor_type(str(asked["type"]))
    relation = relation_of(ground.query.tumor, (wanted.code,), (), ground.knowledge)
    status = {"exact": "yes", "covered": "yes", "agnostic": "yes", "general": "unknown"}.get(relation, "no")
    own = tumor_codes([ground.query.tumor.code], ground.knowledge)
    because = text("groups", "tumor", tumor=own)
    return Standing(status, because, _told(ground, "tumor_type"), tumor_codes([wanted.code], ground.knowledge))


def _disease(asked: Mapping[str, Value], ground: Ground) -> Standing:
    state = str(asked["state"])
    if state not in STATES:
        raise _NotKnown(f"unknown disease state {state!r}", f"write one of {', '.join(STATES)}")
    origin, stage = _told(ground, "stage"), ground.patient.stage
    told = told_states(ground.patient)
    if not told:
        return Standing("unknown", text("groups", "no stage"), origin)
    because = text("groups", "stage", stage=stage or ", ".join(told))
    has = ground.states("disease_state")
    # A file that gives the extent of a disease does not say whether it came back.
    is_open = state in ground.states("state_open") or (state in {"recurrent", "relapsed"} and "advanced" in has)
    return Standing("yes" if state in has else "unknown" if is_open else "no", because, origin)


def _age(asked: Mapping[str, Value], ground: Ground) -> Standing:
    age = ground.patient.age
    if age is None:
        return Standing("unknown", text("groups", "no age"), _told(ground, "age"))
    return Standing(_yes(age >= int(asked["at_least"])), text("groups", "age", years=age), _told(ground, "age"))


def _told(ground: Ground, *keys: str) -> Origin:
    return Origin(text("items", "patient", id=ground.patient.id), places=ground.patient.at(*keys))


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


# --- history ---------------------------------------------------------------------------------------------------------


def _received(asked: Mapping[str, Value], ground: Ground) -> Standing:
    name = ground.knowledge.therapy(str(asked["therapy"])).id
    label, own = drug_name(name, ground.knowledge), _with(name, ground)
    if own.course:
        return Standing("yes", text("groups", "received", regimens=_regimens(own.course, ground)), own.origin, label)
    if unread := may_be_received(name, ground):
        return _unread(unread, own, label)
    return Standing(_unless_known(ground), own.history, own.origin, label)


def _progressed_on(asked: Mapping[str, Value], ground: Ground) -> Standing:
    name = ground.knowledge.therapy(str(asked["therapy"])).id
    label, own = drug_name(name, ground.knowledge), _with(name, ground)
    failed = tuple(each for each in own.course if progressed(each.therapy))
    if failed:
        because = text("groups", "progressed", regimens=_regimens(failed, ground))
        return Standing("yes", because, own.at(failed), label)
    silent = tuple(each for each in own.course if _is_silent(each))
    if silent:
        return Standing(
            "unknown", text("groups", "unrecorded", regimens=_regimens(silent, ground)), own.at(silent), label
        )
    if unread := may_have_progressed_on(name, ground):
        return _unread(unread, own, label)
    because = text("groups", "no progression") if own.course else own.history
    return Standing(_unless_known(ground), because, own.origin, label)


def _progressed_on_drugs(asked: Mapping[str, Value], ground: Ground) -> Standing:
    wanted = ground.knowledge.therapy(str(asked["class"]))
    label, own, least = drug_name(wanted.id, ground.knowledge), _with(wanted.id, ground), int(asked["at_least"])
    failed = {drug for each in own.course if progressed(each.therapy) for drug in _drugs_of(wanted.id, each, ground)}
    silent = {drug for each in own.course if _is_silent(each) for drug in _drugs_of(wanted.id, each, ground)}
    told = joined([drug_name(each, ground.knowledge) for each in sorted(failed)], "list") if failed else ""
    because = text("groups", "progressed on", drugs=told) if told else own.history
    if len(failed) >= least:
        return Standing("yes", because, own.origin, label)
    if len(failed | silent) >= least:
        return Standing(
            "unknown", text("groups", "unrecorded", regimens=_regimens(own.course, ground)), own.origin, label
        )
    unread = may_have_progressed_on(wanted.id, ground)
    if unread and len(failed | silent) + _unread_drugs(ground) >= least:
        return _unread(unread, own, label)
    return Standing(_unless_known(ground), because, own.origin, label)


def _recurred_within(asked: Mapping[str, Value], ground: Ground) -> Standing:
    """Whether the disease came back on a therapy of early disease, or within so many days of its end."""
    name = ground.knowledge.therapy(str(asked["therapy"])).id
    label, own = drug_name(name, ground.knowledge), _with(name, ground)
    early = qualified(name, "(neo)adjuvant")
    state = dated_state("recurred within", early, int(asked["days"]), ground.patient, ground.course, ground.query.as_of)
    given = tuple(each for each in own.course if early in each.names)
    unread = dated_doubt("recurred within", early, int(asked["days"]), ground)
    if unread and state == "missed":
        return _unread(unread, own, label)
    if not own.course:
        return Standing(_unless_known(ground), own.history, own.origin, label)
    told = "early" if given else "not early"
    because = text("groups", told, regimens=_regimens(given or own.course, ground))
    status = {"met": "yes", "open": "unknown"}.get(state) or _unless_known(ground)
    return Standing(status, because, own.at(given or own.course), label)


def _lines(asked: Mapping[str, Value], ground: Ground) -> Standing:
    origin, least = _told(ground, "prior_therapies"), int(asked["at_least"])
    therapies = ground.patient.prior_therapies
    if therapies is None:
        return Standing("unknown", text("groups", "no history"), origin)
    count = lines_of_therapy(therapies)
    because = text("groups", "lines", count=count)
    return Standing("yes" if count >= least else _unless_known(ground), because, origin)


class _Own(NamedTuple):
    """The part of the history with a therapy, where it was read, and what the history says of one without it."""

    course: Course
    origin: Origin
    history: str

    def at(self, course: Course) -> Origin:
        """The origin at the rows of some regimens alone."""
        return self.origin._replace(places=tuple(each.therapy.place for each in course))


def _with(name: str, ground: Ground) -> _Own:
    own = tuple(each for each in ground.course if name in each.plain)
    places = tuple(each.therapy.place for each in own) or ground.patient.at("prior_therapies")
    said = "no history" if ground.patient.prior_therapies is None else "not in the history"
    if not is_known(ground.patient) and ground.patient.prior_therapies is not None:
        said = "history in part"
    return _Own(own, Origin(text("items", "history"), places=places), text("groups", said))


def _unless_known(ground: Ground) -> str:
    """What a history that does not show something says of it: no where it is known as a whole."""
    return "no" if is_known(ground.patient) else "unknown"


def _unread(drugs: str, own: _Own, label: str) -> Standing:
    """What drugs that could not be read leave open."""
    return Standing("unknown", text("groups", "may be unread", drug=drugs), own.origin, label)


def _unread_drugs(ground: Ground) -> int:
    return len({name for each in ground.course for name in each.unread})


def _is_silent(given: Given) -> bool:
    return not is_recorded(given.therapy) and not progressed(given.therapy)


def _drugs_of(group: str, given: Given, ground: Ground) -> set[str]:
    found = (ground.knowledge.therapy_of_id(name) for name in given.plain)
    return {each.id for each in found if each is not None and each.kind == "drug" and group in (each.id, *each.classes)}


def _regimens(course: Course, ground: Ground) -> str:
    """The regimens, each once."""
    every = {each.therapy.regimen: regimen_name(each.therapy.regimen, ground.knowledge) for each in course}
    return joined(every.values(), "sentences")


CRITERIA: Mapping[str, Criterion] = {
    "biomarker": Criterion(("profile",), _biomarker),
    "across_foci": Criterion(("profile",), _across_foci),
    "tumor": Criterion(("type",), _tumor),
    "disease": Criterion(("state",), _disease),
    "received": Criterion(("therapy",), _received),
    "progressed_on": Criterion(("therapy",), _progressed_on),
    "progressed_on_drugs": Criterion(("class", "at_least"), _progressed_on_drugs),
    "recurred_within": Criterion(("therapy", "days"), _recurred_within),
    "lines": Criterion(("at_least",), _lines),
    "age": Criterion(("at_least",), _age),
}
"""Every kind of criterion that a study file can ask for."""
