"""Proportions of the molecular side of a study: guided by a profile, actionable by the board, guided by a second one.

A treatment is guided when it names the sample whose profile led to it, or when the last recorded decision for its
regimen does (`matcher.profiles.guided`). Whether alterations are actionable is the board's conclusion and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, cast

from kb.dates import span
from matcher.events import Assessment, Board, Progression
from matcher.history import progressed
from matcher.outcomes.arms import stratum
from matcher.outcomes.study import Endpoint, Measure, yes_or_no
from matcher.outcomes.subject import Subject
from matcher.outcomes.treatment import is_targeted, next_therapy
from matcher.outcomes.values import Excluded, Result, Table, proportion
from matcher.patient import PriorTherapy
from matcher.profiles import UNPLACED, guided, profiles_of


class Guided(NamedTuple):
    """A treatment of the study that a profile guided, with the profile's number; UNPLACED where no date places it."""

    treatment: PriorTherapy
    profile: int


def guided_treatments(subject: Subject, targeted: bool = True) -> tuple[Guided, ...]:
    """The treatments of the study that a profile guided, in the order of their starts.

    `targeted` asks for a drug of the class targeted therapy: only a regimen that surely has none is left out.
    """
    found = ((each, guided(each, subject.patient)) for each in subject.treatments)
    return tuple(
        Guided(each, profile)
        for each, profile in found
        if profile is not None and not (targeted and is_targeted(each.regimen) is False)
    )


def proportion_guided(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """Of all subjects, those who received one or more treatments that their molecular characteristics guided."""
    arm, group, pooled = stratum(subjects)
    targeted = cast("bool", endpoint.options["targeted"])
    every = {subject.id: guided_treatments(subject, targeted) for subject in subjects}
    rows = [
        (who, _named(each.treatment), each.treatment.start, _profile(each.profile))
        for who, treatments in every.items()
        for each in treatments
    ]
    shares = [(f"{number} or more", sum(len(found) >= number for found in every.values())) for number in (1, 2)]
    return Result(
        endpoint, arm, group, len(subjects), proportion(shares[0][1], len(subjects)),
        tuple((name, proportion(number, len(subjects))) for name, number in shares),
        tables=(("guided treatments", Table(("subject", "treatment", "start", "profile"), tuple(rows))),),
        notes=(*pooled, *(note for subject in subjects for note in _remarks(subject))),
    )  # fmt: skip


def _named(treatment: PriorTherapy) -> str:
    return " + ".join(treatment.regimen)


def _profile(number: int) -> str:
    return "not dated" if number == UNPLACED else f"profile {number}"


def _remarks(subject: Subject) -> Sequence[str]:
    """What is told of guidance and cannot be used, or is not known of a drug."""
    profiled = {sample for profile in profiles_of(subject.patient) for sample in profile.samples}
    found = [
        f"{subject.id}: {_named(each)} names the sample {each.guided_by!r}, of which no molecular result is told: "
        "not counted as guided"
        for each in subject.treatments
        if each.guided_by is not None and each.guided_by not in profiled
    ]
    return found + [
        f"{subject.id}: whether {_named(each.treatment)} is targeted therapy is not known; it is counted"
        for each in guided_treatments(subject)
        if is_targeted(each.treatment.regimen) is None
    ]


# --- the board's conclusion ------------------------------------------------------------------------------------------


def conclusion(subject: Subject) -> bool | Excluded:
    """Whether a board concluded that there are intervening alterations; why it is not known.

    One yes is a yes. A meeting whose conclusion is not recorded could have been a yes: without one, it is not known.
    """
    boards = subject.events.of(Board)
    if any(board.actionable for board in boards):
        return True
    silent = [board for board in boards if board.actionable is None]
    if not boards:
        return Excluded(subject.id, "no meeting of the board is recorded", str(subject.patient.place))
    if silent:
        text = f"the board of {silent[0].date} did not record whether alterations are actionable"
        return Excluded(subject.id, text, str(silent[0].place))
    return False


def proportion_actionable(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """Of the subjects with a recorded conclusion, those in whom the board found intervening alterations."""
    arm, group, pooled = stratum(subjects)
    found = [conclusion(subject) for subject in subjects]
    answers = [each for each in found if isinstance(each, bool)]
    return Result(
        endpoint, arm, group, len(answers), proportion(sum(answers), len(answers)),
        excluded=tuple(each for each in found if isinstance(each, Excluded)), notes=pooled,
    )  # fmt: skip


# --- the second profile ----------------------------------------------------------------------------------------------


class Resistance(NamedTuple):
    """Progression on a treatment that a profile guided: since when at the latest, and what tells it."""

    on: str
    treatment: PriorTherapy
    profile: int
    told_by: str


def resistance(subject: Subject, targeted: bool = True) -> Resistance | None:
    """The first progression on a guided treatment; None where none is told.

    The treatment ended for progression, an assessment under it was PD, or a progression was told under it.
    """
    for each in guided_treatments(subject, targeted):
        told = _progressed(subject, each.treatment)
        if told is not None:
            return Resistance(told[0], each.treatment, each.profile, told[1])
    return None


def _progressed(subject: Subject, treatment: PriorTherapy) -> tuple[str, str] | None:
    """When the disease progressed on a treatment and what tells it: events under it first, then why it ended."""
    told = [(each.date, "imaging") for each in subject.events.of(Assessment) if each.response == "PD"]
    told += [(each.date, each.by or "progression") for each in subject.events.of(Progression)]
    begun, ended = span(treatment.start or "").latest, _ended(subject, treatment)
    under = sorted(each for each in told if begun < each[0] <= ended)
    if under:
        return under[0]
    if progressed(treatment):
        return (treatment.stop or treatment.start or "", "why it ended")
    return None


def _ended(subject: Subject, treatment: PriorTherapy) -> str:
    """The last day of a treatment: its stop, or the start of the next therapy."""
    following = next_therapy(subject, treatment)
    text = treatment.stop or (None if following is None else following.start)
    return date.max.isoformat() if text is None else span(text).latest


class Second(NamedTuple):
    """Whether a subject with resistance has a second profile, and the treatment that it guided; None for none."""

    resistance: Resistance
    has_profile: bool
    treatment: PriorTherapy | None


def second(subject: Subject, targeted: bool = True) -> Second | None:
    """What followed the resistance; None without one.

    The second profile is a later one than that which guided the first treatment, taken after this treatment began.
    """
    found = resistance(subject, targeted)
    if found is None:
        return None
    begun = found.treatment.start or ""
    later = {
        each.number
        for each in profiles_of(subject.patient)
        if UNPLACED < found.profile < each.number and each.date is not None and span(each.date).latest > begun
    }
    after = (each for each in guided_treatments(subject, targeted) if (each.treatment.start or "") >= found.on)
    return Second(found, bool(later), next((each.treatment for each in after if each.profile in later), None))


def proportion_second(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """Of the subjects with resistance, those then treated by a second profile; and of those who have one."""
    arm, group, pooled = stratum(subjects)
    targeted = cast("bool", endpoint.options["targeted"])
    found = {subject.id: second(subject, targeted) for subject in subjects}
    resistant = {who: each for who, each in found.items() if each is not None}
    guided_by_it = sum(each.treatment is not None for each in resistant.values())
    profiled = sum(each.has_profile for each in resistant.values())
    rows = [
        (
            who, _named(each.resistance.treatment), each.resistance.on, each.resistance.told_by,
            "yes" if each.has_profile else "no", None if each.treatment is None else _named(each.treatment),
        )
        for who, each in resistant.items()
    ]  # fmt: skip
    columns = ("subject", "resistant to", "since", "told by", "second profile", "guided by it")
    without = [subject for subject in subjects if found[subject.id] is None]
    return Result(
        endpoint, arm, group, len(resistant), proportion(guided_by_it, len(resistant)),
        (
            ("of those with resistance", proportion(guided_by_it, len(resistant))),
            ("of those with a second profile", proportion(guided_by_it, profiled)),
            ("second profile among those with resistance", proportion(profiled, len(resistant))),
        ),
        tables=(("after resistance", Table(columns, tuple(rows))),),
        excluded=tuple(_without_resistance(subject) for subject in without),
        notes=(*pooled, *(_unplaced(who) for who, each in resistant.items() if each.resistance.profile == UNPLACED)),
    )  # fmt: skip


def _without_resistance(subject: Subject) -> Excluded:
    return Excluded(subject.id, "no progression on a guided treatment is told", str(subject.patient.place))


def _unplaced(who: str) -> str:
    return f"{who}: the profile that guided the treatment has no date: which one is the second is not known"


_TARGETED = yes_or_no(True, "whether only treatments with a targeted drug count")

MEASURES: dict[str, Measure] = {
    "guided treatment": Measure(
        "Of all subjects, those who received one or more targeted treatments that a molecular profile guided.",
        {"targeted": _TARGETED},
        proportion_guided,
    ),
    "actionable alterations": Measure(
        "Of the subjects with a recorded conclusion of the molecular tumor board, those with intervening alterations.",
        {},
        proportion_actionable,
    ),
    "guided by the second profile": Measure(
        "Of the subjects whose disease progressed on a guided targeted treatment, those then treated by a second "
        "profile.",
        {"targeted": _TARGETED},
        proportion_second,
    ),
}
