"""How a patient stands to the clinical conditions of an item: those that were read, as facts for the rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from matcher.condition_text import timed_part
from matcher.eligibility import AllOf, AnyOf, Criterion, Not, Tree, Verdict, evaluate
from matcher.history import (
    SYSTEMIC,
    Course,
    dated_state,
    is_known,
    is_settled,
    is_toxic,
    progressed,
    qualified,
    since_last,
)
from matcher.names import drug_name, requirement_name, tumor_label
from matcher.phrases import joined, text
from matcher.unread import (
    dated_doubt,
    doubt_of,
    may_be_intolerant_of,
    may_be_received,
    may_be_within,
    may_have_progressed_on,
)

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Requirement
    from matcher.facts import Case, Origin, Query
    from matcher.patient import Patient

WIDEST = 99_999
"""Stands for "longer than the patient's life" in facts about days."""


class Person(NamedTuple):
    """The patient with what was given so far, the question, and what is known."""

    patient: Patient
    course: Course
    query: Query
    knowledge: KnowledgeBase


def state_condition(case: Case, item: str, condition: str, origin: Origin, person: Person) -> None:
    """State one condition of an item: as structure where its text can be read, else as text to confirm."""
    tree = case.read(condition, person.knowledge)
    if tree is None:
        case.state("condition_of", origin, item=item, text=condition)
    elif isinstance(tree, Criterion) and tree.kind in _BY_RULE:
        _BY_RULE[tree.kind](case, item, tree.value, origin, person)
    elif _kinds(tree) == {"state"}:
        case.state("condition_of", origin, item=item, text=condition)
        for leaf in _leaves(tree):
            case.state("condition_state", origin, text=condition, state=leaf.value)
    else:
        found = evaluate(tree, lambda leaf: _verdict(leaf, person))
        case.state(
            "criterion_of",
            origin,
            item=item,
            criterion=_criterion(tree),
            verdict=found.value,
            recoverable=found.recoverable,
            text=condition,
            because=joined(found.because, "sentences"),
        )
        if found.value == "pass" and "recurred within" in _kinds(tree):
            case.state("recurrence_counts", origin, item=item)


def _leaves(tree: Tree) -> tuple[Criterion, ...]:
    if isinstance(tree, Criterion):
        return (tree,)
    parts = tree.parts if isinstance(tree, AllOf | AnyOf) else (tree.part,) if isinstance(tree, Not) else ()
    return tuple(leaf for part in parts for leaf in _leaves(part))


def _kinds(tree: Tree) -> set[str]:
    return {leaf.kind for leaf in _leaves(tree)}


_CRITERIA = {
    "sex": "sex", "menopause": "sex", "histology": "histology", "tumor": "histology", "received": "prior-therapy",
    "progressed on": "prior-therapy", "recurred within": "prior-therapy", "intolerant of": "prior-therapy",
    "at least Karnofsky": "performance-status",
}  # fmt: skip


def _criterion(tree: Tree) -> str:
    """The name of the criterion that a tree is about; `condition` when it mixes several."""
    names = {_CRITERIA.get(kind, "condition") for kind in _kinds(tree)}
    return names.pop() if len(names) == 1 else "condition"


# Criteria that rules decide


def _ecog(case: Case, item: str, value: str, origin: Origin, person: Person) -> None:
    case.state("ecog_limit", origin, item=item, maximum=int(value))


def _age(case: Case, item: str, value: str, origin: Origin, person: Person) -> None:
    case.state("maximum_age", origin, item=item, years=float(value))


def _paediatric(case: Case, item: str, value: str, origin: Origin, person: Person) -> None:
    case.state("paediatric_of", origin, item=item)


def _sex(case: Case, item: str, value: str, origin: Origin, person: Person) -> None:
    case.state("sex_of", origin, item=item, sex=value)


def _washout(case: Case, item: str, value: str, origin: Origin, person: Person) -> None:
    name, _, limit = value.partition("|")
    case.state("washout_of", origin, item=item, therapy=name, days=int(limit))
    found = since_last(name, person.course, person.query.as_of)
    unread = may_be_within(name, int(limit), person)
    if unread and (found is None or found.most >= int(limit)):
        case.state("unread_in_washout", case.history_origin(person), item=item, therapy=name, drug=unread)
    if found is not None:
        case.state(
            "since_last", case.history_origin(person), therapy=name, least=found.least, most=min(found.most, WIDEST)
        )


_BY_RULE: dict[str, Callable[[Case, str, str, Origin, Person], None]] = {
    "at most ECOG": _ecog,
    "at most age": _age,
    "paediatric": _paediatric,
    "sex": _sex,
    "washout": _washout,
}


# Criteria of trees


def _verdict(leaf: Criterion, person: Person) -> Verdict:
    return _LEAVES[leaf.kind](leaf.value, person)


def sex_of(patient: Patient) -> str | None:
    """The patient's sex as `female` or `male`; None when the file tells neither.

    >>> from matcher.patient import Patient
    >>> sex_of(Patient("P", sex="F")), sex_of(Patient("P"))
    ('female', None)
    """
    return _SEXES.get((patient.sex or "").strip().casefold())


_SEXES = {
    "female": "female", "f": "female", "woman": "female", "w": "female", "weiblich": "female", "女": "female",
    "女性": "female", "male": "male", "m": "male", "man": "male", "männlich": "male", "男": "male", "男性": "male",
}  # fmt: skip
"""Words for the two sexes that labels name."""

_MENOPAUSE = re.compile(r"(post|pre|peri)[- ]?(?:menopaus\w*)?(?![^\W_])")


def menopause_of(patient: Patient) -> str | None:
    """The patient's menopausal status as `postmenopausal`, `premenopausal` or `perimenopausal`; None when not told.

    >>> from matcher.patient import Patient
    >>> menopause_of(Patient("P", menopausal_status="Post (prior bilateral ovariectomy)"))
    'postmenopausal'
    >>> menopause_of(Patient("P", menopausal_status="premature")) is None
    True
    """
    stated = (patient.menopausal_status or "").strip().casefold()
    found = _MENOPAUSE.match(stated)
    return f"{found[1]}menopausal" if found else _MENOPAUSE_ZH.get(stated)


_MENOPAUSE_ZH = {"绝经后": "postmenopausal", "绝经前": "premenopausal", "围绝经期": "perimenopausal"}


def _of_sex(value: str, person: Person) -> Verdict:
    sex = sex_of(person.patient)
    if sex is None:
        return Verdict("undetermined", True, (text("clinical", "sex not given"),))
    return Verdict("pass" if sex == value else "fail", False, (text("clinical", "sex", sex=text("clinical", sex)),))


def _menopause(value: str, person: Person) -> Verdict:
    stated = menopause_of(person.patient)
    if sex_of(person.patient) == "male":
        return Verdict("fail", False, (text("clinical", "sex", sex=text("clinical", "male")),))
    if stated is not None:
        told = text("clinical", stated)
        return Verdict("pass" if stated == value else "fail", True, (text("clinical", "menopause", stated=told),))
    return Verdict("undetermined", True, (text("clinical", "menopause not given"),))


def _tumor(value: str, person: Person) -> Verdict:
    tumor = person.query.tumor
    if value in (tumor.code, *tumor.ancestors):
        return Verdict("pass", False, (text("clinical", "diagnosis", tumor=tumor_label(tumor)),))
    if value in person.knowledge.types_below(tumor.code):
        return Verdict("undetermined", True, (text("clinical", "diagnosis more general", tumor=tumor_label(tumor)),))
    return Verdict("fail", False, (text("clinical", "diagnosis", tumor=tumor_label(tumor)),))


_NON_SQUAMOUS = ("LUAD", "LCLC")


def _histology(value: str, person: Person) -> Verdict:
    """Whether a lung cancer is non-squamous: adenocarcinoma and large cell carcinoma are."""
    tumor = person.query.tumor
    lineage = {tumor.code, *tumor.ancestors}
    said = (text("clinical", "diagnosis", tumor=tumor_label(tumor)),)
    if "LUSC" in lineage:
        return Verdict("fail", False, said)
    if lineage.intersection(_NON_SQUAMOUS):
        return Verdict("pass", False, said)
    return Verdict("undetermined", True, (text("clinical", "diagnosis does not tell", tumor=tumor_label(tumor)),))


def _told(key: str, therapy: str, person: Person, **values: int) -> str:
    return text("clinical", key, therapy=drug_name(therapy, person.knowledge), **values)


def _history_not_known() -> Verdict:
    return Verdict("undetermined", True, (text("clinical", "history not known"),))


def _received(value: str, person: Person) -> Verdict:
    if person.patient.prior_therapies is None:
        return _history_not_known()
    if any(value in each.names for each in person.course):
        return Verdict("pass", False, (_told("received", value, person),))
    if any(value.partition(" (")[0] in each.plain and each.settings is None for each in person.course):
        return Verdict("undetermined", True, (_told("setting not told", value, person),))
    if not is_known(person.patient):
        return _history_not_known()
    return _unread(may_be_received(value, person), value, person) or _not_received(value, person)


def _not_received(value: str, person: Person) -> Verdict:
    return Verdict("fail", True, (_told("not received", value, person),))


def _unread(drugs: str, value: str, person: Person) -> Verdict | None:
    """What is said where drugs that could not be read may decide; None where there are none."""
    if not drugs:
        return None
    told = text("clinical", "may be unread", drug=drugs, therapy=drug_name(value, person.knowledge))
    return Verdict("undetermined", True, (told,))


def _progressed(value: str, person: Person) -> Verdict:
    received = _received(value, person)
    unread = _unread(may_have_progressed_on(value, person), value, person)
    if received.value != "pass":
        return unread or (_not_received(value, person) if _is_unread_alone(value, person) else received)
    own = [each.therapy for each in person.course if value in each.names]
    if any(progressed(therapy) for therapy in own):
        return Verdict("pass", False, (_told("progressed", value, person),))
    if all(therapy.stopped_for or therapy.best_response for therapy in own):
        return unread or Verdict("fail", True, (_told("not progressed", value, person),))
    return Verdict("undetermined", True, (_told("ending not recorded", value, person),))


def _is_unread_alone(value: str, person: Person) -> bool:
    """Whether nothing but unread drugs left open if a therapy was received; how they ended has been looked at."""
    return bool(may_be_received(value, person)) and not any(
        value.partition(" (")[0] in each.plain and each.settings is None for each in person.course
    )


def _intolerant(value: str, person: Person) -> Verdict:
    received = _received(value, person)
    unread = _unread(may_be_intolerant_of(value, person), value, person)
    if received.value != "pass":
        return unread or (_not_received(value, person) if _is_unread_alone(value, person) else received)
    own = [each.therapy for each in person.course if value in each.names]
    if any(is_toxic(therapy) for therapy in own):
        return Verdict("pass", False, (_told("stopped for toxicity", value, person),))
    if all(therapy.stopped_for for therapy in own):
        return unread or Verdict("fail", True, (_told("not stopped for toxicity", value, person),))
    return Verdict("undetermined", True, (_told("stopping not recorded", value, person),))


def _recurred(value: str, person: Person) -> Verdict:
    name, _, limit = value.partition("|")
    if person.patient.prior_therapies is None:
        return _history_not_known()
    state = dated_state("recurred within", name, int(limit), person.patient, person.course, person.query.as_of)
    unread = _unread(dated_doubt("recurred within", name, int(limit), person), name, person)
    if state == "missed" and unread is not None:
        return unread
    told = {
        "met": Verdict("pass", False, (_told("came back", name, person, days=int(limit)),)),
        "missed": Verdict("fail", False, (_told("no recurrence", name, person, days=int(limit)),)),
        "open": Verdict("undetermined", True, (_told("recurrence not recorded", name, person),)),
    }
    return told[state] if state == "met" or is_known(person.patient) else _history_not_known()


_KARNOFSKY = ((90, 100), (70, 80), (50, 60), (30, 40), (10, 20), (0, 0))
"""The Karnofsky scores of each ECOG grade (Oken 1982, https://doi.org/10.1097/00000421-198212000-00014)."""


def _karnofsky(value: str, person: Person) -> Verdict:
    ecog = person.patient.ecog
    if ecog is None:
        return Verdict("undetermined", True, (text("clinical", "performance not given"),))
    low, high = _KARNOFSKY[ecog]
    fits = "pass" if low >= int(value) else "fail" if high < int(value) else "undetermined"
    return Verdict(fits, True, (text("clinical", "Karnofsky", grade=ecog, low=low, high=high),))


def _taken(key: str, medication: str, person: Person) -> str:
    return text("clinical", key, medication=drug_name(medication, person.knowledge))


def _receives(value: str, person: Person) -> Verdict:
    """Whether the patient takes a drug of a class; one that is not taken can be added."""
    from kb.therapies import UnknownTherapy

    for name in person.patient.medications or ():
        try:
            found = person.knowledge.therapy(name)
        except UnknownTherapy:
            continue
        if value in (found.id, *found.classes):
            return Verdict("pass", False, (_taken("takes", found.id, person),))
    return Verdict(
        "undetermined",
        True,
        (_taken("not among medications", value, person),),
    )


_LEAVES: dict[str, Callable[[str, Person], Verdict]] = {
    "sex": _of_sex,
    "menopause": _menopause,
    "tumor": _tumor,
    "histology": _histology,
    "received": _received,
    "progressed on": _progressed,
    "recurred within": _recurred,
    "intolerant of": _intolerant,
    "at least Karnofsky": _karnofsky,
    "receives": _receives,
}


# Requirements on the history


_COMPUTED = frozenset(
    {"received", "progressed-on", "response-to", "no-progression-on", "not-received", "refractory-to"}
)
"""The kinds of requirement that the treatment history can answer; any other is shown as text, to confirm."""

NO_LIMIT = 99
"""Stands for "no upper limit" in facts about lines and counts of regimens."""


def state_requirement(case: Case, name: str, requirement: Requirement, person: Person) -> None:
    """What a requirement means; items share requirements, so it is each item's `asks` that cites a source."""
    dated = None if requirement.kind in _COMPUTED else timed_part(requirement.text, person.knowledge)
    kind = requirement.kind if requirement.kind in _COMPUTED else "alternatives" if dated else "text"
    therapies = requirement.any_of or (SYSTEMIC,)
    setting = requirement.setting
    settled = setting is not None and is_settled(setting, therapies, person.course)
    case.state(
        "requirement",
        id=name,
        kind=kind,
        at_least=requirement.at_least,
        at_most=NO_LIMIT if requirement.at_most is None else requirement.at_most,
        text=requirement_name(requirement, person.knowledge),
        restricted=setting is not None and not settled,
    )
    if kind in _COMPUTED:
        accepted = [qualified(one, setting) if setting is not None and settled else one for one in therapies]
        case.asked.update(accepted)
        for therapy in accepted:
            case.state("accepts", requirement=name, therapy=therapy)
        doubt = doubt_of(requirement, accepted, person)
        for may, drugs in (("meet it", doubt.meet), ("go against it", doubt.against)):
            if drugs:
                case.state("unread_therapy", case.history_origin(person), requirement=name, drug=drugs, may=may)
    for number, part in enumerate(requirement.alternatives, start=1):
        called = text("requirements", "part", requirement=name, number=number)
        case.state("alternative", requirement=name, part=called)
        state_requirement(case, called, part, person)
    if dated is not None:
        _state_dated(case, name, requirement_name(requirement, person.knowledge), dated, person)


def _state_dated(case: Case, name: str, asked: str, dated: Criterion, person: Person) -> None:
    """The part of a requirement that dates answer, as an alternative of its own."""
    therapy, _, limit = dated.value.partition("|")
    part = text("requirements", "by date", requirement=name)
    case.state("alternative", requirement=name, part=part)
    case.state("requirement", id=part, kind="dated", at_least=1, at_most=NO_LIMIT, text=asked, restricted=False)
    case.state("accepts", requirement=part, therapy=therapy)
    if person.patient.prior_therapies is not None:
        found = dated_state(dated.kind, therapy, int(limit or 0), person.patient, person.course, person.query.as_of)
        if found == "missed" and not is_known(person.patient):
            return  # another therapy, which is not known, may meet it
        case.state("dated", case.history_origin(person), requirement=part, state=found)
        unread = dated_doubt(dated.kind, therapy, int(limit or 0), person)
        if found == "missed" and unread:
            case.state("unread_therapy", case.history_origin(person), requirement=part, drug=unread, may="meet it")
