"""PSA progression and response by PCWG3 (Scher 2016, 10.1200/JCO.2015.64.2702), and progression by PSA or imaging.

Where PSA declined from baseline: the first rise of 25% or more and 2 ng/mL or more above the nadir, confirmed by a
second value three or more weeks later. Where it did not: 25% or more and 2 ng/mL or more above baseline, beyond twelve
weeks. Rises before twelve weeks are ignored. Response: a decline of 50% or more, confirmed three or more weeks later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple, cast

from matcher.events import Assessment, Level, Progression
from matcher.outcomes.arms import stratum
from matcher.outcomes.study import Endpoint, Measure, Option, duration, durations, end, numbers, several_of, yes_or_no
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.treatment import Course, course_of, earliest
from matcher.outcomes.values import Excluded, Result, Spell, Table, proportion

RISE, STEP = 0.25, 2.0
"""A rise counts from this part of the lowest value, and from this many ng/mL above it."""

DECLINE = 50.0
"""A response is a decline by this many percent of the baseline."""

EARLY_DAYS = 84.0
"""Rises before so many days of treatment are ignored: twelve weeks."""

CONFIRM_DAYS = 21.0
"""A second value confirms from so many days after the first: three weeks."""

ROUNDING = 1e-9
"""Room for the rounding of decimal fractions: 2.6 is a quarter and 2 ng/mL above 0.6."""


class Value(NamedTuple):
    """A PSA value (ng/mL) so many days after the start of treatment."""

    day: float
    psa: float


class Rise(NamedTuple):
    """A PSA progression: the day of the first rise, its value, what it rose from, and the day that confirmed it.

    `confirmed` is the day of the rise itself where PSA never declined: no second value is asked for then.
    """

    day: float
    psa: float
    above: float
    confirmed: float


class Rules(NamedTuple):
    """The numbers of the criteria, which a study file can set."""

    early: float = EARLY_DAYS
    confirm: float = CONFIRM_DAYS
    decline: float = DECLINE


PCWG3 = Rules()


def progression(baseline: float, values: Sequence[Value], rules: Rules = PCWG3) -> Rise | None:
    """The PSA progression of values under treatment in the order of their days; None without a confirmed one.

    1. The lowest value so far, baseline included, is the nadir. 2. A value 25% and 2 ng/mL above it, not before twelve
    weeks, is a rise. 3. Below the baseline there was a decline: the first value three weeks later must still be that
    high, and none in between may be lower. Without a decline the rise counts by itself, beyond twelve weeks.

    >>> course = [Value(28, 10), Value(84, 4), Value(112, 6.5), Value(140, 7)]
    >>> progression(20, course)
    Rise(day=112, psa=6.5, above=4, confirmed=140)
    >>> progression(20, course[:3]) is None
    True
    """
    nadir = baseline
    for index, value in enumerate(values):
        declined = nadir < baseline
        if is_rise(value.psa, nadir) and not declined and value.day > rules.early:
            return Rise(value.day, value.psa, nadir, value.day)
        if is_rise(value.psa, nadir) and declined and value.day >= rules.early:
            confirmed = _confirmed(values[index:], partial(is_rise, nadir=nadir), rules)
            if confirmed is not None:
                return Rise(value.day, value.psa, nadir, confirmed)
        nadir = min(nadir, value.psa)
    return None


def is_rise(psa: float, nadir: float) -> bool:
    """Whether a value is 25% or more and 2 ng/mL or more above another.

    >>> is_rise(2.5, 2), is_rise(4, 2), is_rise(11.9, 10), is_rise(12.5, 10)
    (False, True, False, True)
    """
    return psa >= nadir * (1 + RISE) - ROUNDING and psa >= nadir + STEP - ROUNDING


def _confirmed(values: Sequence[Value], holds: Callable[[float], bool], rules: Rules) -> float | None:
    """The day of the first value late enough to confirm the first of these; None where one before it does not hold."""
    for value in values:
        if not holds(value.psa):
            return None
        if value.day - values[0].day >= rules.confirm:
            return value.day
    return None


def unconfirmed(baseline: float, values: Sequence[Value], rules: Rules = PCWG3) -> Value | None:
    """The rise after a decline that no later value refutes and none is late enough to confirm; None for none."""
    nadir = baseline
    for index, value in enumerate(values):
        holds = partial(is_rise, nadir=nadir)
        if nadir < baseline and value.day >= rules.early and all(holds(each.psa) for each in values[index:]):
            return value if _confirmed(values[index:], holds, rules) is None else None
        nadir = min(nadir, value.psa)
    return None


def response(baseline: float, values: Sequence[Value], rules: Rules = PCWG3) -> float | None:
    """The day of the first decline by half that is confirmed; None without one.

    >>> response(20, [Value(28, 10), Value(49, 9)]), response(20, [Value(28, 10), Value(49, 11)])
    (28, None)
    """
    limit = baseline * (1 - rules.decline / 100) + ROUNDING
    confirmed = (value.day for index, value in enumerate(values) if _confirmed(values[index:], limit.__ge__, rules))
    return next(confirmed, None)


# --- a subject's values ----------------------------------------------------------------------------------------------


class Levels(NamedTuple):
    """A subject's PSA: the start of treatment, baseline, and values until the next therapy began."""

    id: str
    start: date
    baseline: float
    values: tuple[Value, ...]
    where: str


def levels_of(subject: Subject, notes: list[str]) -> Levels | Excluded:
    """The subject's PSA under the first treatment of the study; what has to be said of dates is added to the notes."""
    course = course_of(subject)
    if isinstance(course, Excluded):
        return course
    told = [each for each in subject.events.of(Level) if each.name == "PSA"]
    notes.extend(f"{subject.id}: PSA of {each.date} has no full date: not used" for each in told if not day(each.date))
    dated = [(on, each.value) for each in told if (on := day(each.date)) is not None]
    before = [psa for on, psa in dated if on <= course.start]
    where = str(subject.patient.place)
    if not before:
        return Excluded(subject.id, f"no PSA on or before {course.start}", where)
    end = _end(course)
    after = [Value((on - course.start).days, psa) for on, psa in dated if course.start < on <= end]
    if not after:
        return Excluded(subject.id, f"no PSA after {course.start} under the treatment", where)
    return Levels(subject.id, course.start, before[-1], tuple(after), where)


def _end(course: Course) -> date:
    """The day on which the next therapy began; the last of all days where none did."""
    return date.max if course.next is None or course.next.start is None else earliest(course.next.start)


def _rules(endpoint: Endpoint) -> Rules:
    options = endpoint.options
    decline = cast("tuple[float, ...]", options.get("decline") or (DECLINE,))
    return Rules(
        cast("float", options.get("ignore_before", EARLY_DAYS)),
        cast("float", options.get("confirmed_after", CONFIRM_DAYS)),
        decline[0],
    )


# --- the measures ----------------------------------------------------------------------------------------------------


def psa_response(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """The share with a confirmed decline by half or more, and each subject's best change for a waterfall."""
    arm, group, pooled = stratum(subjects)
    notes = list(pooled)
    found = [levels_of(subject, notes) for subject in subjects]
    courses = [each for each in found if isinstance(each, Levels)]
    rules = _rules(endpoint)
    excluded = [each for each in found if isinstance(each, Excluded)]
    counted = [each for each in courses if each.baseline > 0]
    zero = [each for each in courses if not each.baseline]
    excluded += [Excluded(each.id, "the PSA at baseline is 0: no share of it", each.where) for each in zero]
    responded = [each for each in counted if response(each.baseline, each.values, rules) is not None]
    table = Table(
        ("subject", "baseline", "lowest", "change %", "confirmed response"),
        tuple(_best(each, "yes" if each in responded else "no") for each in sorted(counted, key=_waterfall)),
    )
    return Result(
        endpoint, arm, group, len(counted), proportion(len(responded), len(counted)), tables=(("best change", table),),
        excluded=tuple(excluded), notes=tuple(notes),
    )  # fmt: skip


def _best(levels: Levels, responded: str) -> tuple[str | float, ...]:
    lowest = min(value.psa for value in levels.values)
    return (levels.id, levels.baseline, lowest, (lowest - levels.baseline) / levels.baseline * 100, responded)


def _waterfall(levels: Levels) -> tuple[float, str]:
    """The order of a waterfall: the largest rise first."""
    return (-min(value.psa for value in levels.values) / levels.baseline, levels.id)


def psa_progression(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """Times from the start of treatment to PSA progression, censored at the last PSA under the treatment."""
    notes: list[str] = []
    found = [levels_of(subject, notes) for subject in subjects]
    spells: list[Spell] = []
    for course in found:
        if isinstance(course, Levels):
            rise = progression(course.baseline, course.values, _rules(endpoint))
            notes.extend(_open_rise(course, rise, _rules(endpoint)))
            spells.append(Spell(course.id, course.values[-1].day if rise is None else rise.day, rise is not None))
    return _timed(endpoint, subjects, spells, [each for each in found if isinstance(each, Excluded)], notes)


def _open_rise(course: Levels, rise: Rise | None, rules: Rules) -> Iterable[str]:
    """That a last rise was not confirmed."""
    open_one = None if rise is not None else unconfirmed(course.baseline, course.values, rules)
    if open_one is not None:
        yield f"{course.id}: the rise to {open_one.psa:g} ng/mL on day {open_one.day:g} is not confirmed: not counted"


COMPONENTS = ("PSA", "imaging", "clinical")
"""What a progression may be seen by: PSA by PCWG3, imaging by RECIST 1.1, or the clinician's judgment."""


def first_progression(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """Times from the start of treatment to the first of the `components`; the last evaluation censors."""
    notes: list[str] = []
    found = [_first(subject, endpoint, notes) for subject in subjects]
    counted = [each for each in found if isinstance(each, First)]
    excluded = [each for each in found if isinstance(each, Excluded)]
    table = Table(("subject", "first progression by"), tuple((each.spell.subject, each.by) for each in counted))
    spells = [each.spell for each in counted]
    return _timed(endpoint, subjects, spells, excluded, notes, [("first progression", table)])


class First(NamedTuple):
    """The first progression of a subject and what it was seen by, `none` where the spell was censored."""

    spell: Spell
    by: str


class Looked(NamedTuple):
    """Progressions as (day, seen by), and the days on which one was looked for, counted from the start."""

    seen: tuple[tuple[float, str], ...] = ()
    days: tuple[float, ...] = ()


def _first(subject: Subject, endpoint: Endpoint, notes: list[str]) -> First | Excluded:
    course = course_of(subject)
    if isinstance(course, Excluded):
        return course
    parts = cast("tuple[str, ...]", endpoint.options["components"])
    found = [_looked_at(course, parts, notes), _died(course) if endpoint.options["death"] else Looked()]
    if "PSA" in parts:
        found.append(_psa_looked_at(subject, endpoint, notes))
    last = float((_end(course) - course.start).days)
    seen = sorted(event for each in found for event in each.seen if event[0] <= last)
    if seen:
        by = dict.fromkeys(what for on, what in seen if on == seen[0][0])
        return First(Spell(subject.id, seen[0][0], True), " and ".join(by))
    days = [on for each in found for on in each.days if on <= last]
    if not days:
        return Excluded(subject.id, f"nothing was evaluated after {course.start}", str(subject.patient.place))
    return First(Spell(subject.id, max(days), False), "none")


def _died(course: Course) -> Looked:
    died = course.subject.died
    on = None if died is None else day(died.date)
    return Looked() if on is None else Looked((((on - course.start).days, "death"),))


def _psa_looked_at(subject: Subject, endpoint: Endpoint, notes: list[str]) -> Looked:
    levels = levels_of(subject, notes)
    if isinstance(levels, Excluded):
        notes.append(f"{subject.id}: {levels.reason}: no PSA progression can be seen")
        return Looked()
    rise = progression(levels.baseline, levels.values, _rules(endpoint))
    notes.extend(_open_rise(levels, rise, _rules(endpoint)))
    return Looked(() if rise is None else ((rise.day, "PSA"),), tuple(value.day for value in levels.values))


def _looked_at(course: Course, parts: Sequence[str], notes: list[str]) -> Looked:
    """What imaging and the clinician's judgment told after the start."""
    events = course.subject.events
    told: list[tuple[str, str | None, bool]] = [
        (each.date, "imaging", each.response == "PD") for each in events.of(Assessment) if each.response != "NE"
    ]
    told += [(each.date, each.by, True) for each in events.of(Progression)]
    seen: list[tuple[float, str]] = []
    days: list[float] = []
    for date_told, by, is_progression in told:
        on = day(date_told)
        if on is None or (by is None and on > course.start) or (by == "PSA" and on > course.start):
            notes.append(f"{course.subject.id}: {_unused(date_told, by, on is None)}")
        elif on > course.start and by in parts and by != "PSA":
            days.append((on - course.start).days)
            seen.extend([(days[-1], str(by))] if is_progression else [])
    return Looked(tuple(seen), tuple(days))


def _unused(date_told: str, by: str | None, is_partial: bool) -> str:
    if is_partial:
        return f"what was told of {date_told} has no full date: not used"
    if by == "PSA":
        return f"the PSA progression told on {date_told} does not count by itself: the PSA values decide"
    return f"what the progression of {date_told} was seen by is not told: not counted"


def _timed(
    endpoint: Endpoint,
    subjects: tuple[Subject, ...],
    spells: Sequence[Spell],
    excluded: Sequence[Excluded],
    notes: Sequence[str],
    tables: Sequence[tuple[str, Table]] = (),
) -> Result:
    from matcher.outcomes.survival import survival_result

    arm, group, pooled = stratum(subjects)
    return survival_result(endpoint, spells, arm, group, excluded, (*pooled, *notes), tables)


_OPTIONS: Mapping[str, Option] = {
    "ignore_before": duration(EARLY_DAYS, "rises before this time are ignored"),
    "confirmed_after": duration(CONFIRM_DAYS, "how much later a second value must be to confirm the first"),
    "until": end(doc="the end of follow-up, counted from the start of treatment"),
    "at": durations(doc="the times at which the share without progression is told"),
}

_ABOUT = "PCWG3 (10.1200/JCO.2015.64.2702)"

MEASURES: dict[str, Measure] = {
    "PSA response": Measure(
        f"The share with a PSA decline of 50% or more that a second value confirms, by {_ABOUT}.",
        {
            "confirmed_after": _OPTIONS["confirmed_after"],
            "decline": numbers(1, 100, (DECLINE,), "the decline in percent that is a response"),
        },
        psa_response,
    ),
    "PSA progression": Measure(
        f"Time from the start of treatment to PSA progression by {_ABOUT}; censored at the last PSA before another "
        "therapy.",
        _OPTIONS,
        psa_progression,
    ),
    "PSA or imaging progression": Measure(
        f"Time from the start of treatment to the first of PSA progression by {_ABOUT} and progression in imaging by "
        "RECIST 1.1.",
        {
            **_OPTIONS,
            "components": several_of(*COMPONENTS, default=("PSA", "imaging"), doc="what a progression may be seen by"),
            "death": yes_or_no(False, "whether death of any cause is an event too"),
        },
        first_progression,
    ),
}
