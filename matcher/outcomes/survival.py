"""Times to an event: progression-free and overall survival, time on treatment, and the ratio of two lines' times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from matcher.events import Assessment, Board, Level, Progression
from matcher.history import is_progression
from matcher.outcomes.kaplan_meier import follow_up, kaplan_meier, log_rank, months, rate_at, until
from matcher.outcomes.study import Endpoint, Measure, durations, end, numbers, one_of, several_of, yes_or_no
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.treatment import TREATMENTS, Course, course_of, courses, earliest, latest, next_therapy
from matcher.outcomes.values import Estimate, Excluded, Result, Spell, Table, proportion
from matcher.patient import PriorTherapy

ORIGINS = ("treatment start", "enrolment", "profile", "board", "diagnosis")
"""From when time may be counted: `profile` is the day of the sample that guided the treatment, `board` the first
meeting on or after the enrolment."""

PROGRESSION = ("imaging", "PSA", "clinical")
"""What a progression may be seen by."""

VON_HOFF = 1.3
"""A ratio of PFS from which a treatment counts as better than the line before (von Hoff 2010,
10.1200/JCO.2009.26.5983)."""

INTERVAL = (
    "Kaplan-Meier with lifelines; 95% interval of Greenwood on the scale of log(-log S) (R: conf.type log-log); "
    "the median is the first day on which half or fewer are free of the event"
)


class Timed(NamedTuple):
    """The spell of one subject, and what has to be said of it."""

    spell: Spell
    notes: tuple[str, ...] = ()


def survival_result(
    endpoint: Endpoint,
    spells: Iterable[Spell],
    arm: str | None = None,
    group: str | None = None,
    excluded: Iterable[Excluded] = (),
    notes: Iterable[str] = (),
    tables: Iterable[tuple[str, Table]] = (),
) -> Result:
    """The result of a time to an event from spells, which may come from patient files or from a table.

    Its value is the median in months; the options `until` and `at` of the endpoint apply.
    """
    end = cast("float | None", endpoint.options.get("until"))
    every = tuple(spells) if end is None else until(spells, end)
    curve = kaplan_meier(every)
    said = [INTERVAL] if every else []
    if every:
        said.append(f"{curve.events} events in {len(every)} subjects{_followed(every)}")
    if end is not None:
        said.append(f"follow-up ends {end / 365.25 * 12:.4g} months after the time origin: what is later is censored")
    at = _rates(endpoint, every)
    return Result(
        endpoint, arm, group, len(every), months(curve.median), (), curve, every, (*at, *tables), tuple(excluded),
        (*said, *notes),
    )  # fmt: skip


def _followed(spells: Sequence[Spell]) -> str:
    found = months(follow_up(spells)).value
    return "" if found is None else f", median follow-up {found:.1f} months (reverse Kaplan-Meier)"


def _rates(endpoint: Endpoint, spells: Sequence[Spell]) -> tuple[tuple[str, Table], ...]:
    """The shares free of the event at the landmarks that the endpoint asks for."""
    marks = cast("tuple[float, ...]", endpoint.options.get("at") or ())
    if not marks or not spells:
        return ()
    curve, followed = kaplan_meier(spells), max(spell.days for spell in spells)
    rows = [
        (round(mark / 365.25 * 12, 2), *rate_at(curve, mark, followed)[:3], sum(each.days >= mark for each in spells))
        for mark in marks
    ]
    return (("free of the event", Table(("months", "share", "low", "high", "at risk"), tuple(rows))),)


def compared(results: Mapping[str, Result]) -> str | None:
    """What the log-rank test says of the times of arms or groups, with its caution; None without two of them."""
    test = log_rank({name: result.spells for name, result in results.items()})
    if test is None:
        return None
    groups = ", ".join(f"{name} ({result.n})" for name, result in results.items() if result.n)
    p = "p < 0.0001" if test.p < 0.0001 else f"p = {test.p:.3g}"
    return (
        f"log-rank test of {groups}: {p}; who was in which was not drawn by lot, so a difference need not be an effect"
    )


# --- from when -------------------------------------------------------------------------------------------------------


def origin_of(subject: Subject, treatment: PriorTherapy | None, origin: str) -> date | Excluded:
    """The day that time is counted from; why there is none."""
    text = _ORIGINS[origin](subject, treatment)
    found = day(text)
    if found is None:
        reason = f"no {origin} is told" if text is None else f"the {origin} has no full date: {text}"
        return Excluded(subject.id, reason, str(subject.patient.place))
    return found


def _profiled(subject: Subject, treatment: PriorTherapy | None) -> str | None:
    """The day of the sample that guided the treatment; without one, that of the only sample with a date."""
    dated = {sample.id: sample.date for sample in subject.patient.samples if sample.date is not None}
    if treatment is not None and treatment.guided_by is not None:
        return dated.get(treatment.guided_by)
    return next(iter(dated.values())) if len(dated) == 1 else None


def _discussed(subject: Subject, _treatment: PriorTherapy | None) -> str | None:
    dates = [board.date for board in subject.events.of(Board)]
    return next((each for each in dates if subject.enrolled is None or each >= subject.enrolled), None)


def _diagnosed(subject: Subject, _treatment: PriorTherapy | None) -> str | None:
    return subject.patient.diagnosed


_ORIGINS: Mapping[str, Callable[[Subject, PriorTherapy | None], str | None]] = {
    "treatment start": lambda subject, treatment: None if treatment is None else treatment.start,
    "enrolment": lambda subject, treatment: subject.enrolled,
    "profile": _profiled,
    "board": _discussed,
    "diagnosis": _diagnosed,
}


# --- what happened ---------------------------------------------------------------------------------------------------


def progressions(subject: Subject, by: Iterable[str] = ("imaging",)) -> tuple[tuple[str, str | None], ...]:
    """When the disease progressed and by what this was seen; None where the file does not say.

    PD of an assessment is seen by imaging. A treatment that stopped for progression tells of one on the day of its stop
    where nothing else does between its start and the next therapy.
    """
    wanted = set(by)
    found: list[tuple[str, str | None]] = []
    if "imaging" in wanted:
        found += [(each.date, "imaging") for each in subject.events.of(Assessment) if each.response == "PD"]
    every = subject.events.of(Progression)
    found += [(each.date, each.by) for each in every if each.by is None or each.by in wanted]
    told = [each.date for each in every] + [date for date, _ in found]
    found += [(stop, None) for stop in _stopped_for_progression(subject, told)]
    return tuple(sorted(found, key=lambda each: each[0]))


def _stopped_for_progression(subject: Subject, told: Sequence[str]) -> Iterator[str]:
    for therapy in subject.therapies:
        if therapy.stop is None or not is_progression(therapy.stopped_for):
            continue
        after = next_therapy(subject, therapy)
        end = after.start if after is not None and after.start is not None else "9999"
        if not any((therapy.start or "") < each <= end for each in told):
            yield therapy.stop


def _first(dates: Iterable[str], origin: date, *, same_day: bool) -> date | str | None:
    """The first day after the origin (or on it); the text of a partial date that may be it; None without one."""
    later = [each for each in dates if latest(each) > origin or (same_day and latest(each) == origin)]
    first = min(later, key=lambda each: (earliest(each), -len(each)), default=None)
    return None if first is None else (day(first) or first)


def _last(dates: Iterable[str], origin: date, end: date | None = None) -> date | None:
    """The last full date from the origin on, up to an end."""
    days = [found for found in map(day, dates) if found is not None and found >= origin]
    return max((each for each in days if end is None or each <= end), default=None)


def _adequate(subject: Subject, by: Iterable[str]) -> list[str]:
    """Days of assessments that could have shown a progression."""
    found = [each.date for each in subject.events.of(Assessment) if each.response != "NE"]
    return found + ([each.date for each in subject.events.of(Level) if each.name == "PSA"] if "PSA" in by else [])


def progression_free(
    subject: Subject,
    treatment: PriorTherapy | None,
    origin: date,
    by: Iterable[str] = ("imaging", "clinical"),
    at_new_therapy: bool = False,
) -> Timed | Excluded:
    """From the origin to the first progression after it, or death of any cause.

    Without either, censored at the last assessment that could have shown progression, and on the first day where there
    was none. `at_new_therapy` censors at the last such assessment before another therapy began.
    """
    wanted = tuple(by)
    seen = progressions(subject, wanted)
    died = [] if subject.died is None else [subject.died.date]
    if died and latest(died[0]) < origin:
        return Excluded(subject.id, f"the death ({died[0]}) is before the time origin", str(subject.patient.place))
    progressed, dead = (
        _first((date for date, _ in seen), origin, same_day=False),
        _first(died, origin, same_day=True),
    )
    event = _earlier(progressed, dead)
    if isinstance(event, str):
        return Excluded(subject.id, f"the progression or death of {event} has no full date", str(subject.patient.place))
    notes = (*_by_unknown(seen, event), *_on_first_day(seen, origin))
    if at_new_therapy and treatment is not None:
        changed = _before_new_therapy(subject, treatment, origin, event, wanted)
        if changed is not None:
            return changed
    if event is not None:
        return Timed(Spell(subject.id, float((event - origin).days), True), notes)
    adequate = _adequate(subject, wanted)
    partial = any(day(each) is None and latest(each) >= origin for each in adequate)
    told = (*notes, *(("an assessment has no full date: not used",) if partial else ()))
    return _censored(subject, origin, _last(adequate, origin), told)


def _before_new_therapy(
    subject: Subject, treatment: PriorTherapy, origin: date, event: date | None, by: tuple[str, ...]
) -> Timed | Excluded | None:
    """The spell that another therapy ends; None where none began before the event."""
    new = next_therapy(subject, treatment)
    if new is None or new.start is None or (event is not None and earliest(new.start) >= event):
        return None
    began = day(new.start)
    if began is None:
        return Excluded(subject.id, f"the start of the next therapy has no full date: {new.start}", str(new.place))
    last = _last(_adequate(subject, by), origin, began)
    return _censored(subject, origin, last, ("censored before a new therapy",))


def _earlier(one: date | str | None, other: date | str | None) -> date | str | None:
    """The earlier of two days; a partial date where it may be the earlier one."""
    if one is None or other is None:
        return other if one is None else one
    both: tuple[date | str, ...] = (one, other)
    return min(both, key=lambda each: (earliest(each), True) if isinstance(each, str) else (each, False))


def _by_unknown(seen: Sequence[tuple[str, str | None]], event: date | None) -> tuple[str, ...]:
    of_day = [by for date, by in seen if event is not None and day(date) == event]
    return ("a progression that the file does not say what it was seen by",) if of_day and not any(of_day) else ()


def _on_first_day(seen: Sequence[tuple[str, str | None]], origin: date) -> tuple[str, ...]:
    is_there = any(day(each) == origin for each, _ in seen)
    return ("a progression on the day that time is counted from is taken as from before it",) if is_there else ()


def _censored(subject: Subject, origin: date, last: date | None, notes: tuple[str, ...]) -> Timed:
    if last is None:
        return Timed(Spell(subject.id, 0.0, False), (*notes, "no assessment after the time origin: censored on day 0"))
    return Timed(Spell(subject.id, float((last - origin).days), False), notes)


def alive(subject: Subject, origin: date) -> Timed | Excluded:
    """From the origin to death of any cause; without it, censored at the last day that the file tells of."""
    where = str(subject.patient.place)
    if subject.died is None:
        last = _last(subject.told_alive, origin)
        return _censored(subject, origin, last, ())
    died = day(subject.died.date)
    if died is None:
        return Excluded(subject.id, f"the death has no full date: {subject.died.date}", where)
    if died < origin:
        return Excluded(subject.id, f"the death ({died}) is before the time origin", where)
    return Timed(Spell(subject.id, float((died - origin).days), True))


def on_treatment(course: Course) -> Timed | Excluded:
    """From the start of the treatment to its stop or death; censored at the last contact where it goes on."""
    subject, treatment = course.subject, course.treatment
    ends = [each for each in (treatment.stop, subject.died.date if subject.died else None) if each is not None]
    end = _first(ends, course.start, same_day=True)
    if isinstance(end, str):
        return Excluded(subject.id, f"the end of treatment has no full date: {end}", str(treatment.place))
    if end is None:
        return _censored(subject, course.start, _last(subject.told_alive, course.start), ())
    return Timed(Spell(subject.id, float((end - course.start).days), True))


# --- the measures ----------------------------------------------------------------------------------------------------

Timing = Callable[[Subject, PriorTherapy | None, date], Timed | Excluded]


def _texts(endpoint: Endpoint, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    return cast("tuple[str, ...]", endpoint.options.get(name) or default)


def _from_origins(endpoint: Endpoint, subjects: tuple[Subject, ...], timing: Timing) -> Result:
    """The result from the first time origin; with several, a table of all of them."""
    origins = _texts(endpoint, "from", ("treatment start",))
    found = [_from_origin(endpoint, subjects, origin, timing) for origin in origins]
    if len(found) == 1:
        return found[0]
    rows = [(origin, *_row(each)) for origin, each in zip(origins, found, strict=True)]
    columns = ("from", "subjects", "events", "median (months)", "low", "high", "not counted")
    table = ("by time origin", Table(columns, tuple(rows)))
    head = found[0]
    return head._replace(tables=(table, *head.tables), notes=(f"counted from {origins[0]}", *head.notes))


def _row(result: Result) -> tuple[int | float | None, ...]:
    value, curve = cast("Estimate", result.value), result.curve
    return result.n, 0 if curve is None else curve.events, value.value, value.low, value.high, len(result.excluded)


def _from_origin(endpoint: Endpoint, subjects: tuple[Subject, ...], origin: str, timing: Timing) -> Result:
    timed: list[Timed] = []
    excluded: list[Excluded] = []
    for subject in subjects:
        found = _timed(subject, origin, str(endpoint.options.get("of") or "all"), timing)
        if isinstance(found, Excluded):
            excluded.append(found)
        else:
            timed.append(found)
    spells = [each.spell for each in timed]
    return survival_result(endpoint, spells, excluded=excluded, notes=_told(timed))


def _timed(subject: Subject, origin: str, which: str, timing: Timing) -> Timed | Excluded:
    """A subject without treatment counts from an origin that needs none, where everybody counts."""
    course = course_of(subject, which)
    if isinstance(course, Excluded) and (origin == "treatment start" or which != "all"):
        return course
    treatment = None if isinstance(course, Excluded) else course.treatment
    start = origin_of(subject, treatment, origin)
    return start if isinstance(start, Excluded) else timing(subject, treatment, start)


def _told(timed: Iterable[Timed]) -> tuple[str, ...]:
    """What is to be said of single subjects: each sentence once, with all it is said of."""
    by_note: dict[str, list[str]] = {}
    for each in timed:
        for note in each.notes:
            by_note.setdefault(note, []).append(each.spell.subject)
    return tuple(f"{note}: {', '.join(subjects)}" for note, subjects in by_note.items())


def _progression_free_survival(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    by = _texts(endpoint, "progression_by", ("imaging", "clinical"))
    at_new = bool(endpoint.options.get("censor_at_new_therapy"))
    return _from_origins(
        endpoint, subjects, lambda subject, treatment, origin: progression_free(subject, treatment, origin, by, at_new)
    )


def _overall_survival(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    return _from_origins(endpoint, subjects, lambda subject, _treatment, origin: alive(subject, origin))


def _time_on_treatment(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    counted, excluded = courses(subjects, str(endpoint.options.get("of") or "all"))
    found = [on_treatment(course) for course in counted]
    timed = [each for each in found if isinstance(each, Timed)]
    left = (*excluded, *(each for each in found if isinstance(each, Excluded)))
    return survival_result(endpoint, [each.spell for each in timed], excluded=left, notes=_told(timed))


# --- the ratio of two lines ------------------------------------------------------------------------------------------


class Ratio(NamedTuple):
    """PFS on the study treatment (`second`) over that on the line before (`first`), in days; `event` is whether the
    second one ended: the ratio is a least one where it did not."""

    subject: str
    first: float
    second: float
    event: bool

    @property
    def value(self) -> float:
        """PFS2 / PFS1."""
        return self.second / self.first


def ratio_of(course: Course, by: Iterable[str], previous: str = "progression") -> Ratio | Excluded:
    """The subject's ratio, or why there is none.

    PFS1 runs from the start of the line before to its progression; with `previous` "time on treatment", to its stop.
    """
    wanted = tuple(by)
    first = _first_line(course, wanted, previous)
    if isinstance(first, Excluded):
        return first
    second = progression_free(course.subject, course.treatment, course.start, wanted)
    if isinstance(second, Excluded):
        return second
    return Ratio(course.subject.id, first, second.spell.days, second.spell.event)


def _first_line(course: Course, by: tuple[str, ...], previous: str) -> float | Excluded:
    subject = course.subject
    line = _line_before(course)
    if isinstance(line, Excluded):
        return line
    start = day(line.start)
    where = str(line.place)
    if start is None:
        return Excluded(subject.id, f"the start of the line before has no full date: {line.start}", where)
    if previous == "progression":
        found = _first((date for date, _ in progressions(subject, by)), start, same_day=False)
    else:
        found = _first([line.stop] if line.stop is not None else [], start, same_day=False)
    if isinstance(found, str):
        return Excluded(subject.id, f"the end of the line before has no full date: {found}", where)
    if found is None or found > course.start:
        what = "progression" if previous == "progression" else "stop"
        return Excluded(subject.id, f"no {what} of the line before is told until the study treatment began", where)
    return float((found - start).days)


def _line_before(course: Course) -> PriorTherapy | Excluded:
    subject, start = course.subject, course.treatment.start or ""
    where = str(subject.patient.place)
    if any(each.start is None for each in subject.therapies):
        return Excluded(subject.id, "a therapy without a start: which line came before is not known", where)
    before = [each for each in subject.therapies if (each.start or "") < start]
    if not before:
        return Excluded(subject.id, "no line before the study treatment is told", where)
    if "adjuvant" in (before[-1].setting or "").lower():
        return Excluded(subject.id, "the line before was not for advanced disease", str(before[-1].place))
    return before[-1]


def _ratio(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    counted, excluded = courses(subjects, str(endpoint.options.get("of") or "all"))
    by = _texts(endpoint, "progression_by", ("imaging", "clinical"))
    least = cast("tuple[float, ...]", endpoint.options.get("threshold") or (VON_HOFF,))[0]
    found = [ratio_of(course, by, str(endpoint.options.get("previous") or "progression")) for course in counted]
    ratios = [each for each in found if isinstance(each, Ratio)]
    settled = [each for each in ratios if each.event or each.value >= least]
    rows = tuple((r.subject, r.first, r.second, "yes" if r.event else "no", round(r.value, 3)) for r in ratios)
    columns = ("subject", "PFS1 (days)", "PFS2 (days)", "progressed or died", "PFS2/PFS1")
    open_ones = tuple(
        Excluded(each.subject, f"PFS2 is censored at a ratio of {each.value:.2f}: it may still reach {least:g}")
        for each in ratios
        if each not in settled
    )
    value = proportion(sum(each.value >= least for each in settled), len(settled))
    return Result(
        endpoint, None, None, len(settled), value, ((f"ratio at least {least:g}", value),), None, (),
        (("ratio by subject", Table(columns, rows)),),
        (*excluded, *(each for each in found if isinstance(each, Excluded)), *open_ones),
        ("ratio: PFS on the study treatment (PFS2) over PFS on the line before (PFS1); 95% interval: Clopper-Pearson",),
    )  # fmt: skip


_OF = one_of(*TREATMENTS, default="all", doc="whose treatment counts: every first one of the study, the first with a "
    "targeted drug, or the first that a profile guided")  # fmt: skip
_UNTIL = end(doc="the end of follow-up, counted from the time origin")
_AT = durations(doc="landmarks at which the share free of the event is given")
_FROM = several_of(*ORIGINS, default=("treatment start",), doc="from when time is counted; several give a table")
_BY = several_of(*PROGRESSION, default=("imaging", "clinical"), doc="what a progression may be seen by")

MEASURES: dict[str, Measure] = {
    "progression-free survival": Measure(
        "Time to the first progression or death of any cause, censored at the last adequate assessment.",
        {
            "from": _FROM, "of": _OF, "until": _UNTIL, "at": _AT, "progression_by": _BY,
            "censor_at_new_therapy": yes_or_no(False, "whether follow-up ends when another therapy begins"),
        },
        _progression_free_survival,
    ),
    "overall survival": Measure(
        "Time to death of any cause, censored at the last contact.",
        {"from": _FROM, "of": _OF, "until": _UNTIL, "at": _AT},
        _overall_survival,
    ),
    "time on treatment": Measure(
        "Time from the start of the treatment to its stop or death, censored at the last contact.",
        {"of": _OF, "until": _UNTIL, "at": _AT},
        _time_on_treatment,
    ),
    "PFS ratio": Measure(
        "The proportion whose PFS on the study treatment is at least so many times that on the line before.",
        {
            "of": _OF, "progression_by": _BY,
            "threshold": numbers(0.1, 10, (VON_HOFF,), "the ratio PFS2/PFS1 from which a subject counts"),
            "previous": one_of(
                "progression", "time on treatment", default="progression", doc="what ends PFS1 on the line before"
            ),
        },
        _ratio,
    ),
}  # fmt: skip
"""The measures of time."""
