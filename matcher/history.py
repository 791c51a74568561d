"""The treatment history as facts: what was received, responded to and progressed on, by drug and by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from matcher.patient import PriorTherapy
from matcher.phrases import joined
from matcher.regimens import kinds_of
from rules.facts import Fact, fact

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.patient import Event, Patient

SYSTEMIC = "systemic therapy"
_CURATIVE = ("adjuvant", "neoadjuvant", "perioperative")
_MAINTENANCE = ("maintenance", "维持")
_UNRECORDED = frozenset({"", "unknown"})


class Given(NamedTuple):
    """A regimen that was given, what stands for it, and its settings.

    `plain` are its drugs and the classes above them, `names` these and the same in a setting; `unread` are the drugs
    that the graph does not know, each of which may be any drug.
    """

    therapy: PriorTherapy
    plain: frozenset[str]
    names: frozenset[str]
    settings: frozenset[str] | None
    unread: tuple[str, ...] = ()


Course = tuple[Given, ...]
"""What was given, in the order of the file."""


def course_of(patient: Patient, knowledge: KnowledgeBase) -> Course:
    """Every prior therapy with its names: `trastuzumab`, `her2 antibody`, `trastuzumab (adjuvant)`, ..."""
    found: list[Given] = []
    for therapy in patient.prior_therapies or ():
        names, settings = names_of(therapy, knowledge), settings_of(therapy)
        within = {qualified(name, setting) for name in names for setting in settings or ()}
        unread = tuple(name.lower() for name in therapy.regimen if kinds_of(name, knowledge) is None)
        found.append(Given(therapy, frozenset(names), frozenset(names | within), settings, unread))
    return tuple(found)


def is_known(patient: Patient) -> bool:
    """Whether the whole treatment history is known: what is not in it was not given."""
    return patient.prior_therapies is not None and "prior_therapies" not in patient.incomplete


def history_facts(patient: Patient, course: Course, asked: Collection[str]) -> Iterator[Fact]:
    """The facts of the treatment history; only that it is unknown when the patient file has none.

    Therapies in a setting are stated only where a requirement has `asked` for them. Of a history that is known in part
    the therapies are stated, and neither how many lines there were nor which was the last.
    """
    if not is_known(patient):
        yield fact("history", status="unknown")
    if patient.prior_therapies is None:
        return
    if is_known(patient):
        yield fact("history", status="known")
        count = lines_of_therapy(patient.prior_therapies)
        yield fact("prior_lines", count=count, next=count + 1)
        yield fact("last_therapy", ended=ending(patient.prior_therapies))
    received: Counter[str] = Counter()
    failed: set[str] = set()
    ever: set[str] = set()
    silent: set[str] = set()
    latest: dict[str, PriorTherapy] = {}
    lines = courses_of_lines(course)
    for line in lines:
        received.update({name for each in line for name in _names(each, asked)})
    for given in chain.from_iterable(lines):
        therapy, names = given.therapy, _names(given, asked)
        latest.update(dict.fromkeys(names, therapy))
        if progressed(therapy):
            failed |= names
        if responded(therapy):
            ever |= names
        if not is_recorded(therapy):
            silent |= names
    for name in sorted(received):
        yield fact("received", therapy=name, times=received[name])
    last = lines[-1][0] if lines and is_known(patient) else None
    unclear = {name for name, therapy in latest.items() if not is_recorded(therapy)}
    for predicate, therapies in (
        ("progressed_on", failed),
        ("responded_to", {name for name, therapy in latest.items() if responded(therapy)}),
        ("outcome_unknown", (silent - failed - ever) | (unclear - failed)),
        ("last_was", _names(last, asked) if last is not None else ()),
    ):
        for name in sorted(therapies):
            yield fact(predicate, therapy=name)
    if last is not None and last.unread:
        yield fact("last_unread", drug=joined(last.unread, "list"))


def _names(given: Given, asked: Collection[str]) -> frozenset[str]:
    """The drugs and classes of what was given, in a setting only where that is asked for."""
    return given.plain | given.names.intersection(asked)


def lines_of_therapy(therapies: tuple[PriorTherapy, ...]) -> int:
    """How many lines for advanced disease were given: the highest number stated, or more where more are listed.

    Regimens that the file calls adjuvant, neoadjuvant or perioperative are not lines for advanced disease, and
    maintenance belongs to the line that it follows. A regimen without a number is a line of its own; one that started
    after that of the highest number comes on top of it.
    """
    lines = [line for line in in_lines(therapies) if not _setting(line[0]).startswith(_CURATIVE)]
    numbers = [max((each.line for each in line if each.line is not None), default=None) for line in lines]
    highest = max((number for number in numbers if number is not None), default=0)
    last = max((_start(line[0]) for line, number in zip(lines, numbers, strict=True) if number == highest), default="")
    unnumbered = [line[0] for line, number in zip(lines, numbers, strict=True) if number is None]
    later = sum(bool(each.start) and bool(last) and span(each.start or "").earliest > last for each in unnumbered)
    distinct = len({number for number in numbers if number is not None})
    return max(distinct + len(unnumbered), highest + later)


def in_lines(therapies: Iterable[PriorTherapy]) -> list[tuple[PriorTherapy, ...]]:
    """The therapies in the order in which they were given, each maintenance with the regimen that it follows."""
    found: list[tuple[PriorTherapy, ...]] = []
    for therapy in in_order(therapies):
        if found and is_maintenance(therapy):
            found[-1] = (*found[-1], therapy)
        else:
            found.append((therapy,))
    return found


def courses_of_lines(course: Course) -> list[Course]:
    """What was given, in the order in which it was, each maintenance with the regimen that it follows."""
    of_therapy = {id(each.therapy): each for each in course}
    return [tuple(of_therapy[id(each)] for each in line) for line in in_lines(each.therapy for each in course)]


def in_order(therapies: Iterable[PriorTherapy]) -> list[PriorTherapy]:
    """Therapies by their start; as the file lists them where one has none."""
    listed = list(therapies)
    return sorted(listed, key=_start) if all(each.start for each in listed) else listed


def is_maintenance(therapy: PriorTherapy) -> bool:
    """Whether the file calls a therapy maintenance.

    >>> from kb.alteration import Place
    >>> is_maintenance(PriorTherapy(("capecitabine",), Place("p"), setting="maintenance"))
    True
    """
    return _setting(therapy).startswith(_MAINTENANCE)


def _setting(therapy: PriorTherapy) -> str:
    return (therapy.setting or "").strip().lower()


def _start(therapy: PriorTherapy) -> str:
    """The last day on which a therapy can have started; empty when the file tells none."""
    return span(therapy.start).latest if therapy.start else ""


def ending(therapies: tuple[PriorTherapy, ...]) -> str:
    """How the last regimen ended: `controlled`, `progressed`, `not recorded`, or `none` when there was none.

    The last is the one with the latest start, or else the one that the file names last.
    """
    if not therapies:
        return "none"
    last = therapies[-1]
    if all(therapy.start for therapy in therapies):
        last = max(therapies, key=lambda therapy: therapy.start or "")
    if progressed(last):
        return "progressed"
    controlled = (last.best_response or "").upper() in {"CR", "PR", "SD"}
    return "controlled" if controlled else "not recorded"


def names_of(therapy: PriorTherapy, knowledge: KnowledgeBase) -> set[str]:
    """The drugs of a regimen and every class above them; an unknown name stands for itself."""
    return {SYSTEMIC}.union(*(kinds_of(name, knowledge) or {name.lower()} for name in therapy.regimen))


ENDINGS = (
    "progress", "pd", "relapse", "recurr", "refractory", "resist", "toxic", "intoler", "adverse", "side effect",
    "complet", "planned", "finish", "patient", "prefer", "wish", "choice", "death", "died", "lost", "cost", "financ",
    "coverage", "switch", "surgery", "transplant", "ongoing", "response", "remission", "comorbid", "physician", "other",
    "unknown", "进展", "毒性", "不良反应", "完成", "不耐受", "患者", "死亡",
)  # fmt: skip
"""How a text on why a therapy was stopped begins; another one is not understood, and decides nothing."""

_TOXIC = ("toxic", "intoler", "adverse", "side effect", "毒性", "不良反应", "不耐受")


def is_known_ending(text: str) -> bool:
    """Whether a text on why a therapy was stopped is understood.

    >>> is_known_ending("Progression of liver lesions"), is_known_ending("disease progression"), is_known_ending("3")
    (True, True, False)
    """
    words = text.lower().removeprefix("disease ").removeprefix("acceptable ").removeprefix("unacceptable ")
    return words.startswith(ENDINGS) or is_progression(text)


def is_progression(text: str | None) -> bool:
    """Whether a text on why a therapy was stopped tells of progression: what comes before the word may say of which.

    >>> is_progression("radiographic progression"), is_progression("PD"), is_progression("no progression")
    (True, True, False)
    """
    words = (text or "").lower().split()
    while words and words[0] in _KINDS_OF_PROGRESSION:
        del words[0]
    return bool(words) and (words[0].startswith(("progress", "进展", "疾病进展", "影像学进展")) or words[0] == "pd")


_KINDS_OF_PROGRESSION = frozenset(
    {"disease", "radiographic", "radiological", "radiologic", "imaging", "clinical", "biochemical", "psa", "confirmed",
     "documented", "symptomatic", "tumor", "tumour", "rapid"}
)  # fmt: skip


def progressed(therapy: PriorTherapy) -> bool:
    """Whether the disease progressed on the therapy."""
    return is_progression(therapy.stopped_for) or (therapy.best_response or "").upper() == "PD"


def responded(therapy: PriorTherapy) -> bool:
    """Whether the best response to the therapy was complete or partial."""
    return (therapy.best_response or "").upper() in {"CR", "PR"}


def is_recorded(therapy: PriorTherapy) -> bool:
    """Whether the file tells how the therapy ended: its best response, or why it was stopped."""
    return is_told_why_stopped(therapy) or bool(therapy.best_response)


def is_told_why_stopped(therapy: PriorTherapy) -> bool:
    """Whether the file tells why the therapy was stopped."""
    return (therapy.stopped_for or "").lower() not in _UNRECORDED


# Settings


_QUALIFIED = {
    "adjuvant": frozenset({"adjuvant", "(neo)adjuvant"}),
    "neoadjuvant": frozenset({"neoadjuvant", "(neo)adjuvant"}),
    "perioperative": frozenset({"adjuvant", "neoadjuvant", "(neo)adjuvant"}),
}
_ADVANCED = ("metastatic", "advanced", "palliative", "recurrent", "relapsed")


def settings_of(therapy: PriorTherapy) -> frozenset[str] | None:
    """The settings, in the words of requirements, that a prior therapy was given in; None when the file tells none.

    >>> from kb.alteration import Place
    >>> sorted(settings_of(PriorTherapy(("trastuzumab",), Place("p"), line=1, setting="metastatic")))
    ['first-line', 'metastatic']
    """
    stated = (therapy.setting or "").lower()
    for word, settings in _QUALIFIED.items():
        if stated.startswith(word):
            return settings
    if stated.startswith(_ADVANCED):
        return frozenset({"metastatic", "first-line"} if therapy.line == 1 else {"metastatic"})
    return None


def is_known_setting(therapy: PriorTherapy) -> bool:
    """Whether the file tells no setting, or one that is understood.

    >>> from kb.alteration import Place
    >>> is_known_setting(PriorTherapy(("trastuzumab",), Place("p"), setting="locally advanced"))
    False
    """
    untold = _setting(therapy) in _UNRECORDED
    return untold or is_maintenance(therapy) or settings_of(therapy) is not None


def is_settled(setting: str, names: Iterable[str], course: Course) -> bool:
    """Whether every regimen with one of these therapies says in which setting it was given.

    For `first-line` it must tell its line too.
    """
    wanted = set(names)
    return all(
        settings is not None and (setting != "first-line" or "metastatic" not in settings or therapy.line is not None)
        for therapy, own, _, settings, _ in course
        if wanted & own
    )


def qualified(name: str, setting: str) -> str:
    """A therapy in a setting as one word for facts: `trastuzumab (adjuvant)`."""
    return f"{name} ({setting})"


# Intervals


class Days(NamedTuple):
    """The least and the most days that an interval can have had, from dates as precisely as they are known."""

    least: int
    most: int


def since_last(name: str, course: Course, as_of: str) -> Days | None:
    """The days from the last dose of a therapy or class to the date asked for; None when it was not received.

    A regimen without a stop date ended between its start and the start of the next one, or the date asked for.
    """
    found = [since(*end_of(each.therapy, course, as_of), as_of) for each in course if name in each.names]
    return Days(min(each.least for each in found), min(each.most for each in found)) if found else None


def end_of(therapy: PriorTherapy, course: Course, as_of: str) -> tuple[str, str]:
    """The first and last day on which a regimen can have ended."""
    if therapy.stop:
        stop = span(therapy.stop)
        return stop.earliest, stop.latest
    start = span(therapy.start).earliest if therapy.start else _EVER
    starts = [each.therapy.start for each in course if each.therapy.start]
    later = [span(each).latest for each in starts if therapy.start and each > therapy.start]
    return start, min([as_of, *later])


_EVER = "1900-01-01"


def since(earliest: str, latest: str, until: str) -> Days:
    """The days from an end between two days until another day."""
    end = date.fromisoformat(until).toordinal()
    return Days(end - date.fromisoformat(latest).toordinal(), end - date.fromisoformat(earliest).toordinal())


def dated_state(kind: str, name: str, limit: int, patient: Patient, course: Course, as_of: str) -> str:
    """Whether dates (or a recorded intolerance) meet a part of a requirement: `met`, `missed` or `open`.

    `completed within` asks that the therapy ended at most `limit` days before the date asked for; `recurred within`
    that the disease came back on it or at most so many days after it; `intolerant of` that it was stopped for
    toxicity.
    """
    own = [each for each in course if name in each.names]
    if kind == "intolerant of":
        if any(is_toxic(each.therapy) for each in own):
            return "met"
        return "open" if any(not (each.therapy.stopped_for or "") for each in own) else "missed"
    unsettled = any(each.settings is None and name.rpartition(" (")[0] in each.names for each in course)
    states = {dated_state_of(kind, each.therapy, limit, patient, course, as_of) for each in own}
    if "met" in states:
        return "met"
    return "open" if "open" in states or unsettled else "missed"


def dated_state_of(kind: str, therapy: PriorTherapy, limit: int, patient: Patient, course: Course, as_of: str) -> str:
    """Whether one therapy ended, or the disease came back after it, within so many days (`dated_state`)."""
    ended = end_of(therapy, course, as_of)
    if kind == "completed within":
        found: Days | None = since(*ended, as_of)
    elif progressed(therapy):
        return "met"
    else:
        found = _until_recurrence(therapy, ended, patient, course, as_of)
    if found is None:
        return "open"
    return "met" if found.most <= limit else "missed" if found.least > limit else "open"


def _until_recurrence(
    therapy: PriorTherapy, ended: tuple[str, str], patient: Patient, course: Course, as_of: str
) -> Days | None:
    """The days from the end of an adjuvant therapy to the recurrence; None when nothing tells when that was.

    A progression or recurrence among the events is the day; else it came before the first line for advanced disease.
    """
    told = [event.date for event in patient.events if is_return(event) and event.date >= (therapy.start or "")]
    if told:
        day = span(min(told))
        return Days(since(*ended, day.earliest).least, since(*ended, day.latest).most)
    advanced = [each.therapy.start for each in course if each.settings and "metastatic" in each.settings]
    first = [start for start in advanced if start]
    return Days(0, since(*ended, span(min(first)).latest).most) if first else None


def is_return(event: Event) -> bool:
    """Whether an event is a progression or a recurrence of the disease."""
    return event.kind.lower().startswith(("progress", "recur", "relapse"))


# Resistance and toxicity


BROAD = frozenset(
    {
        SYSTEMIC, "targeted therapy", "kinase inhibitor", "multikinase inhibitor", "chemotherapy", "immunotherapy",
        "endocrine therapy", "antibody-drug conjugate", "combination regimen", "radioligand therapy", "radiotherapy",
        "surgery", "corticosteroid", "nsaid", "angiogenesis inhibitor", "cytokine", "egfr inhibitor", "egfr tki",
        "anti-her2 therapy", "ar-directed therapy", "androgen deprivation therapy", "pi3k/akt/mtor inhibitor",
        "vegf/vegfr inhibitor", "antimetabolite", "topoisomerase inhibitor", "alkylating agent", "raf inhibitor",
        "ras inhibitor", "estrogen receptor inhibitor", "domestic pd-1 antibody", "cdk inhibitor",
    }
)  # fmt: skip
"""Classes too wide for progression or toxicity on one drug to say something of another one."""


class Relative(NamedTuple):
    """A drug with another of its mechanism class that was given before."""

    drug: str
    given: str
    group: str


def relatives(drugs: Mapping[str, Collection[str]], given: Mapping[str, Collection[str]]) -> tuple[Relative, ...]:
    """Each drug with the given ones of the same mechanism class, by the narrowest class that they share.

    Both map a drug to the classes above it, nearest first. A drug that was given itself is left out.

    >>> relatives({"ribociclib": ("cdk4/6 inhibitor", "kinase inhibitor")}, {"palbociclib": ("cdk4/6 inhibitor",)})
    (Relative(drug='ribociclib', given='palbociclib', group='cdk4/6 inhibitor'),)
    """
    found: list[Relative] = []
    for drug in sorted(drugs.keys() - given.keys()):
        for other in sorted(given):
            shared = [name for name in drugs[drug] if name in given[other] and name not in BROAD]
            if shared:
                found.append(Relative(drug, other, shared[0]))
    return tuple(found)


def is_toxic(therapy: PriorTherapy) -> bool:
    """Whether the therapy was stopped for toxicity or intolerance.

    >>> from kb.alteration import Place
    >>> is_toxic(PriorTherapy(("imatinib",), Place("p"), stopped_for="intolerance"))
    True
    """
    return (therapy.stopped_for or "").lower().removeprefix("unacceptable ").startswith(_TOXIC)
