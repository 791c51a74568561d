"""What could change what keeps an option out, as edits of the patient: only candidates, each to be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from kb.indication import Indication, Requirement
from kb.trial import Trial
from matcher.disease_state import STATES, states_of
from matcher.edits import ADD, AS_OF, REMOVE, SET, Edit
from matcher.eligibility import AllOf, AnyOf, Criterion, WarnIf
from matcher.facts import COUNTRIES, SERVED, Case, Item, Query, trial_places
from matcher.observations import Edits, Holds, confirmations, ways

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.biomarker_status import StatusBoard
    from matcher.eligibility import Tree
    from matcher.patient import Patient

EACH = 3
"""At most so many alternatives are tried for one thing that is in the way: drugs of a class, subtypes, stages."""


class Blocker(NamedTuple):
    """A finding that keeps an option out, by its fields."""

    criterion: str
    verdict: str
    about: str
    recoverable: bool


class Ground(NamedTuple):
    """The patient that remedies are sought for."""

    patient: Patient
    query: Query
    board: StatusBoard
    knowledge: KnowledgeBase
    case: Case
    holds: Holds


def remedies(blocker: Blocker, item: Item, ground: Ground) -> tuple[Edits, ...]:
    """The edits each of which may take a blocker away, the most natural first; none where it cannot change.

    Sex and age, an alteration that was sought and not found, an exclusion, evidence against the drug, a lasting
    condition and a filing stay as they are.
    """
    find = _BY_CRITERION.get(blocker.criterion)
    return tuple(dict.fromkeys(find(blocker, item, ground))) if find is not None else ()


# --- what was tested -------------------------------------------------------------------------------------------------


def biomarker_ways(profile: str, ground: Ground) -> tuple[Edits, ...]:
    """The results that would make a profile present; none where one in hand rules it out."""
    return tuple(way for way in ways(profile, ground.board, ground.knowledge, ground.holds) if way)


def _biomarker(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    if blocker.verdict != "undetermined":
        return
    for profile in profiles_of(item):
        yield from biomarker_ways(profile, ground)
        for name in ground.knowledge.profile_members(profile):
            yield from (
                each for each in confirmations(name, ground.board, ground.knowledge) if ground.holds(each, name)
            )


def profiles_of(item: Item) -> tuple[str, ...]:
    """The biomarker profiles that an item asks for, each of which suffices."""
    if isinstance(item.record, Trial):
        return item.record.profiles
    return (item.record.profile,) if item.record.profile else ()


# --- the diagnosis, the place, the date ------------------------------------------------------------------------------


def _tumor_type(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    if blocker.verdict != "undetermined":
        return
    below = ground.knowledge.types_below(ground.query.tumor.code)
    excluded = set(getattr(item.record, "excluded_tumor_types", ()))
    own = [code for code in item.record.tumor_types if code in below]
    near = own or sorted(code for code in below if excluded and code not in excluded)
    for code in near[:EACH]:
        yield (Edit(SET, "tumor_type", code),)


def _jurisdiction(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    record = item.record
    if isinstance(record, Indication) and record.jurisdiction in SERVED:
        yield (Edit(SET, "jurisdiction", record.jurisdiction),)


def _country(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    if isinstance(item.record, Trial):
        for place in sorted(trial_places(item.record)):
            if place in COUNTRIES:
                yield (Edit(SET, "jurisdiction", place),)


def _approval(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    """A later date on which the approval is known to be in force; none for a filing and after a withdrawal."""
    record = item.record
    if not isinstance(record, Indication) or record.status.value != "approved":
        return
    known = span(record.approved_on).latest if record.approved_on else ground.knowledge.released_on
    if known > ground.query.as_of:
        yield (Edit(SET, AS_OF, known),)


def _access(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    """The day on which the last drug of the regimen without an approval has its first one, where the graph knows it."""
    if blocker.verdict != "fail":
        return
    days: list[str] = []
    for drug in item.regimen:
        found = ground.knowledge.indications_of_regimens(ground.knowledge.regimens_with([drug]))
        dates = [
            span(each.approved_on).latest for each in found if each.status.value == "approved" and each.approved_on
        ]
        if not dates:
            return
        days.append(min(dates))
    if max(days) > ground.query.as_of:
        yield (Edit(SET, AS_OF, max(days)),)


def _washout(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    """The day on which the time without the therapy is over."""
    asked = _field(ground.case, "washout_of", "days", item=item.id, therapy=blocker.about)
    least = _field(ground.case, "since_last", "least", therapy=blocker.about)
    if isinstance(asked, int) and isinstance(least, int) and asked > least:
        day = date.fromisoformat(ground.query.as_of) + timedelta(days=asked - least)
        yield (Edit(SET, AS_OF, day.isoformat()),)


def _field(case: Case, predicate: str, wanted: str, **fields: str) -> object:
    """A field of the first given fact with these values."""
    for fact in case.facts:
        if fact.predicate == predicate and all(fact.get(name) == value for name, value in fields.items()):
            return fact.get(wanted)
    return None


# --- the person ------------------------------------------------------------------------------------------------------


def _setting(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    if blocker.about == "maintenance":
        asked = item.record.requirements if isinstance(item.record, Indication) else ()
        named = next((each.any_of for each in asked if each.kind == "response-to" and each.any_of), ("chemotherapy",))
        yield (_given(named[0], "best_response: PR"),)
        return
    settings = item.record.settings if isinstance(item.record, Indication) else ()
    late = not LATE.isdisjoint(states_of(ground.patient.stage or ""))
    for state in [each for each in settings if each in STATES and not (late and each in EARLY)][:EACH]:
        yield (Edit(SET, "stage", state),)


EARLY = frozenset(
    {"early", "localized", "adjuvant", "extended adjuvant", "neoadjuvant", "perioperative", "post-surgery", "0", "I"}
    | {"II", "mHSPC", "mCSPC"}
)
"""Disease states to which a later disease does not go back."""

LATE = frozenset({"advanced", "metastatic", "IV", "CRPC", "mCRPC", "nmCRPC"})
"""Disease states from which there is no way back to those."""


def _performance(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    most = _field(ground.case, "ecog_limit", "maximum", item=item.id)
    if isinstance(most, int):
        yield (Edit(SET, "ecog", str(most)),)


def _comedication(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    """Stopping the medications that the caution is about."""
    taken = {
        str(fact.get("by"))
        for fact in ground.case.facts
        if fact.predicate == "caution" and fact.get("kind") == "medication" and fact.get("subject") == blocker.about
    }
    written = [name for name in ground.patient.medications or () if _is_one_of(name, taken, ground.knowledge)]
    if written:
        yield tuple(Edit(REMOVE, "medications", name) for name in written)


def _is_one_of(name: str, taken: Iterable[str], knowledge: KnowledgeBase) -> bool:
    from kb.caution import UnknownSubject

    try:
        return knowledge.comedication(name).id in taken
    except UnknownSubject:
        return name.strip().lower() in taken


def _organ_function(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    """The measurement at the value that the label's caution begins with, or beyond it."""
    for caution in ground.case.cautions.values():
        if caution.kind != "measurement" or caution.threshold is None or caution.operator is None:
            continue
        known = ground.knowledge.measurement(caution.subject)
        subject = f"{known.label} {caution.operator} {caution.threshold:g} {caution.unit}"
        if subject != blocker.about:
            continue
        beyond = {"<": 0, ">": 0, "<=": 1, ">=": -1}[caution.operator]
        unit = caution.unit or known.unit
        yield (Edit(SET, f"measurements.{known.label}", f"{caution.threshold + beyond:g} {unit}"),)


# --- the treatment history -------------------------------------------------------------------------------------------


def _line(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    """Further lines of therapy where it comes too early; a line that is past is past."""
    minimum, following = _field(ground.case, "line_of", "minimum", item=item.id), _next(ground)
    if isinstance(minimum, int) and following < minimum:
        lines = range(following, minimum)
        yield tuple(_given("chemotherapy", "stopped_for: progression", f"line: {line}") for line in lines)


def _prior_therapy(blocker: Blocker, item: Item, ground: Ground) -> Iterator[Edits]:
    if blocker.verdict != "fail":
        return
    if isinstance(item.record, Indication):
        for requirement in item.record.requirements:
            if requirement.text == blocker.about:
                yield from _meeting(requirement, ground)
    tree = ground.case.conditions.get(blocker.about)
    if tree is not None:
        yield from _meeting_tree(tree)


def _meeting(requirement: Requirement, ground: Ground) -> Iterator[Edits]:
    """Therapies that meet a requirement; none for one that excludes what was received, or allows no more."""
    details = _DETAILS.get(requirement.kind)
    if details is not None:
        within = _WITHIN.get(requirement.setting or "", "")
        for name in (requirement.any_of or ("chemotherapy",))[:EACH]:
            missing = max(requirement.at_least - _times(name, ground), 1)
            numbers = (
                [f"line: {line}" for line in range(_next(ground), _next(ground) + missing)] if missing > 1 else [""]
            )
            yield tuple(_given(name, *filter(None, (details, within, number))) for number in numbers)
    for part in requirement.alternatives:
        yield from _meeting(part, ground)


_DETAILS = {
    "received": "stopped_for: completed",
    "progressed-on": "stopped_for: progression",
    "refractory-to": "stopped_for: progression",
    "response-to": "best_response: PR",
    "no-progression-on": "best_response: SD",
}
"""How a therapy must have ended to meet a requirement of each kind."""

_WITHIN = {
    "metastatic": "setting: metastatic",
    "first-line": "setting: metastatic, line: 1",
    "adjuvant": "setting: adjuvant",
    "neoadjuvant": "setting: neoadjuvant",
    "(neo)adjuvant": "setting: neoadjuvant",
}


def _times(name: str, ground: Ground) -> int:
    found = _field(ground.case, "received", "times", therapy=name)
    return found if isinstance(found, int) else 0


def _next(ground: Ground) -> int:
    """The number of the next line of therapy; 1 where the history is not known."""
    found = next((fact.get("next") for fact in ground.case.facts if fact.predicate == "prior_lines"), 1)
    return found if isinstance(found, int) else 1


def _given(drug: str, *details: str) -> Edit:
    return Edit(ADD, "prior_therapies", f"{{regimen: [{drug}], {', '.join(details)}}}")


def _meeting_tree(tree: Tree) -> Iterator[Edits]:
    """Therapies that meet a condition that was read as a tree; only what is asked for, nothing that is excluded."""
    if isinstance(tree, Criterion):
        ending = {"received": "completed", "progressed on": "progression", "intolerant of": "toxicity"}.get(tree.kind)
        name, _, setting = tree.value.partition(" (")
        if ending is not None:
            within = _WITHIN.get(setting.rstrip(")"), "")
            yield (_given(name, *filter(None, (f"stopped_for: {ending}", within))),)
    elif isinstance(tree, AllOf):
        parts = [next(_meeting_tree(part), None) for part in tree.parts]
        found = [edits for edits in parts if edits is not None]
        if found:
            yield tuple(edit for edits in found for edit in edits)
    elif isinstance(tree, AnyOf):
        for part in tree.parts:
            yield from _meeting_tree(part)
    elif isinstance(tree, WarnIf):
        yield from _meeting_tree(tree.part)


_BY_CRITERION: dict[str, Callable[[Blocker, Item, Ground], Iterator[Edits]]] = {
    "biomarker": _biomarker,
    "tumor-type": _tumor_type,
    "histology": _tumor_type,
    "jurisdiction": _jurisdiction,
    "country": _country,
    "approval": _approval,
    "access": _access,
    "washout": _washout,
    "setting": _setting,
    "performance-status": _performance,
    "co-medication": _comedication,
    "organ-function": _organ_function,
    "line": _line,
    "prior-therapy": _prior_therapy,
    "condition": _prior_therapy,
}
"""What could change each criterion. One that is not here does not change, or nothing that a board can do changes it."""
