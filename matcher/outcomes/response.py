"""Tumor response by RECIST 1.1 (Eisenhauer 2009, 10.1016/j.ejca.2008.10.026): best overall response and its rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, cast

from matcher.events import MODALITIES, RESPONSES, Assessment, Progression
from matcher.outcomes.study import Endpoint, Measure, Option, duration, end, numbers, one_of, several_of, yes_or_no
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.treatment import TREATMENTS, Course, courses, earliest, latest
from matcher.outcomes.values import Excluded, Proportion, Result, Table, proportion

STABLE = ("SD", "NON-CR/NON-PD")

EVALUABLE = ("CR", "PR", *STABLE, "PD")

CONTROLLED = ("CR", "PR", *STABLE)
"""What counts as disease control."""

WEEK = 7.0

MINIMUM_SD = 6 * WEEK
"""Days from the start after which stable disease counts as such, unless the study says otherwise."""

CONFIRMED_AFTER = 4 * WEEK
"""Days after which a response that stands again is confirmed (RECIST 1.1, section 4.6)."""


class Seen(NamedTuple):
    """An overall response so many days after the start of the treatment."""

    days: int
    response: str


class Window(NamedTuple):
    """Which assessments count, in days from the start.

    `first` takes the first one alone. `cycles` are the ends of cycles of `cycle_days`; `tolerance` widens every limit.
    """

    within: float | None = None
    first: bool = False
    cycles: tuple[int, ...] = ()
    cycle_days: tuple[float, float] = (21, 28)
    modality: tuple[str, ...] = ()
    tolerance: float = 0


class Rule(NamedTuple):
    """How a best overall response is found.

    `confirm` asks for a second assessment. `after_cr` is what disease after an unconfirmed CR is: `PD`, as it came
    back, or `PR` where the CR is held to have been a PR (RECIST 1.1, table 3, footnote).
    """

    confirm: bool = False
    minimum_sd: float = MINIMUM_SD
    confirmed_after: float = CONFIRMED_AFTER
    after_cr: str = "PD"


class Best(NamedTuple):
    """A subject's best overall response, with the day of the assessment that it rests on (None for NE)."""

    subject: str
    response: str
    days: int | None = None
    change: float | None = None


# --- best overall response -------------------------------------------------------------------------------------------


def best_overall_response(seen: Sequence[Seen], rule: Rule = Rule()) -> str:  # noqa: B008
    """The best overall response of the assessments in their order, the first PD being the last that counts.

    Where confirmation is asked for, as table 3 of RECIST 1.1; between a response and the one that confirms it there may
    be NE, and nothing worse. SD, or a response that is not confirmed, counts as SD from `minimum_sd` days on; before,
    it is PD where that follows and else NE.

    >>> best_overall_response([Seen(42, "PR"), Seen(84, "SD"), Seen(126, "PD")])
    'PR'
    >>> best_overall_response([Seen(42, "PR"), Seen(84, "SD"), Seen(126, "PD")], Rule(confirm=True))
    'SD'
    >>> best_overall_response([Seen(28, "SD"), Seen(56, "PD")]), best_overall_response([Seen(28, "SD")])
    ('PD', 'NE')
    """
    return _best(seen, rule)[0]


def _best(seen: Sequence[Seen], rule: Rule) -> tuple[str, int | None]:
    counted = _until_progression(_without_false_cr(seen, rule))
    for response in ("CR", "PR"):
        found = next((each for each in counted if _is(response, each, counted, rule)), None)
        if found is not None:
            return response, found.days
    return _at_most_stable(counted, rule)


def _is(response: str, at: Seen, counted: Sequence[Seen], rule: Rule) -> bool:
    """Whether an assessment shows this response, confirmed where that is asked for; a CR is a PR too."""
    enough = ("CR",) if response == "CR" else ("CR", "PR")
    if at.response not in enough:
        return False
    if not rule.confirm:
        return True
    for later in counted:
        if later.days <= at.days or later.response == "NE":
            continue
        if later.response not in enough:
            return False
        if later.days - at.days >= rule.confirmed_after:
            return True
    return False


def _at_most_stable(counted: Sequence[Seen], rule: Rule) -> tuple[str, int | None]:
    stable = [each for each in counted if each.response in CONTROLLED]
    held = next((each for each in stable if each.days >= rule.minimum_sd), None)
    if held is not None:
        return ("NON-CR/NON-PD" if held.response == "NON-CR/NON-PD" else "SD"), held.days
    progressed = next((each for each in counted if each.response == "PD"), None)
    return ("NE", None) if progressed is None else ("PD", progressed.days)


def _until_progression(seen: Sequence[Seen]) -> list[Seen]:
    """The assessments up to the first PD; disease in any form after a CR is one."""
    found: list[Seen] = []
    was_complete = False
    for each in seen:
        came_back = was_complete and each.response not in {"CR", "NE"}
        found.append(Seen(each.days, "PD") if came_back else each)
        if found[-1].response == "PD":
            break
        was_complete = was_complete or each.response == "CR"
    return found


def _without_false_cr(seen: Sequence[Seen], rule: Rule) -> list[Seen]:
    """With `after_cr: PR`, a first CR that a PR follows and no CR confirmed before is a PR."""
    first = next((index for index, each in enumerate(seen) if each.response == "CR"), None)
    if rule.after_cr != "PR" or first is None:
        return list(seen)
    after = [each for each in seen[first + 1 :] if each.response != "NE"]
    if not after or after[0].response != "PR":
        return list(seen)
    return [*seen[:first], Seen(seen[first].days, "PR"), *seen[first + 1 :]]


# --- which assessments -----------------------------------------------------------------------------------------------


class Assessed(NamedTuple):
    """The assessments of a subject that count, and what is to be said of those that do not."""

    seen: tuple[Seen, ...]
    notes: tuple[str, ...] = ()


def assessments(course: Course, window: Window = Window()) -> Assessed:  # noqa: B008
    """The assessments under the treatment: after its start, before another therapy, and within the window.

    A progression that was seen by imaging, or that the file does not say what it was seen by, is a PD of its day.
    """
    found = sorted({*_assessed(course, window), *_progressed(course, window)}, key=_in_order)
    every = course.subject.events.of(Assessment)
    notes = [note for each in every if (note := _unused(course, each)) is not None]
    if len({each.days for each in found}) < len(found):
        found, twice = _one_a_day(found, course)
        notes += twice
    if window.modality:
        silent = (each.date for each in every if each.modality is None and _is_under(course, each.date))
        notes += [f"assessment of {date} does not say by what it was made: not used" for date in silent]
    return Assessed(tuple(found[:1] if window.first else found), tuple(notes))


def _unused(course: Course, each: Assessment) -> str | None:
    """Why an assessment is not used whatever the window, where its date is the reason; None where it is not."""
    found = day(each.date)
    after = None if course.next is None else course.next.start
    if found is None:
        return f"assessment of {each.date} has no full date: not used"
    if found == course.start and each.response != "NE":
        return f"{each.response} of {each.date} is of the day on which the treatment began: taken as from before it"
    if _is_after_death(course, found):
        return f"assessment of {each.date} is after the death: not used"
    if found > course.start and after is not None and earliest(after) < found <= latest(after) and day(after) is None:
        return f"assessment of {each.date} may lie after the next therapy began ({after}): not used; give its day"
    return None


def _one_a_day(found: Sequence[Seen], course: Course) -> tuple[list[Seen], list[str]]:
    """One response a day, the worst that can be evaluated, and a note for each day that had several."""
    by_day: dict[int, list[str]] = {}
    for each in found:
        by_day.setdefault(each.days, []).append(each.response)
    kept, notes = [], []
    for days, told in by_day.items():
        worst = max((each for each in told if each != "NE"), key=RESPONSES.index, default="NE")
        kept.append(Seen(days, worst))
        if len(told) > 1:
            date = course.start + timedelta(days)
            notes.append(f"{' and '.join(told)} on one day, {date}: {worst} counts")
    return kept, notes


def _assessed(course: Course, window: Window) -> tuple[Seen, ...]:
    """The assessments alone, in their order."""
    under = (each for each in course.subject.events.of(Assessment) if _is_under(course, each.date))
    wanted = (each for each in under if not window.modality or each.modality in window.modality)
    found = (Seen(_days(course, each.date), each.response) for each in wanted if _fits(course, each, window))
    return tuple(sorted(found, key=_in_order))


def _progressed(course: Course, window: Window) -> Iterable[Seen]:
    for each in course.subject.events.of(Progression):
        if each.by in {"imaging", None} and _is_under(course, each.date):
            seen = Seen(_days(course, each.date), "PD")
            if _in_time(seen.days, window):
                yield seen


def _in_order(seen: Seen) -> tuple[int, int]:
    return seen.days, RESPONSES.index(seen.response)


def _is_under(course: Course, text: str) -> bool:
    found = day(text)
    if found is None or found <= course.start or _is_after_death(course, found):
        return False
    after = None if course.next is None else course.next.start
    return after is None or found <= earliest(after)


def _is_after_death(course: Course, found: date) -> bool:
    died = course.subject.died
    return died is not None and found > latest(died.date)


def _days(course: Course, text: str) -> int:
    return (cast(date, day(text)) - course.start).days


def _fits(course: Course, each: Assessment, window: Window) -> bool:
    days = _days(course, each.date)
    if not _in_time(days, window):
        return False
    if not window.cycles:
        return True
    if each.cycle is not None:
        return each.cycle in window.cycles
    return any(_ends(cycle, days, window) for cycle in window.cycles)


def _ends(cycle: int, days: int, window: Window) -> bool:
    """Whether a day may be the end of this cycle."""
    short, long = window.cycle_days
    return cycle * short - window.tolerance <= days <= cycle * long + window.tolerance


def _in_time(days: int, window: Window) -> bool:
    return window.within is None or days <= window.within + window.tolerance


# --- change of the target lesions ------------------------------------------------------------------------------------


def baseline_mm(course: Course) -> float | None:
    """The sum of the target lesions' diameters at the last measurement up to the start of the treatment."""
    before = [
        each.target_mm
        for each in course.subject.events.of(Assessment)
        if each.target_mm is not None and (found := day(each.date)) is not None and found <= course.start
    ]
    return before[-1] if before else None


def best_change(course: Course) -> float | None:
    """The smallest sum of target lesions under the treatment against the baseline, in percent; None without both.

    -100 is the disappearance of all; a positive number is the smallest growth.
    """
    baseline = baseline_mm(course)
    sums = [each.target_mm for each in _measured(course) if each.target_mm is not None]
    return (min(sums) - baseline) / baseline * 100 if baseline and sums else None


def _measured(course: Course) -> tuple[Assessment, ...]:
    every = course.subject.events.of(Assessment)
    return tuple(each for each in every if each.target_mm is not None and _is_under(course, each.date))


def target_response(sum_mm: float, baseline: float, nadir: float, new_lesion: bool | None = None) -> str:
    """What the target lesions alone come to by RECIST 1.1: growth counts against the smallest sum before (the nadir).

    >>> target_response(48, 80, 80), target_response(45, 80, 36), target_response(33, 80, 30)
    ('PR', 'PD', 'PR')
    """
    if new_lesion or (sum_mm >= nadir * 1.2 and sum_mm - nadir >= 5):
        return "PD"
    if sum_mm == 0:
        return "CR"
    return "PR" if sum_mm <= baseline * 0.7 else "SD"


def disagreements(course: Course) -> tuple[str, ...]:
    """Where a stated response is not what the sums of target lesions allow.

    Non-target lesions can make a response worse and nothing can make it better. A CR with a sum above 0 is left, as
    lymph nodes keep a size.
    """
    baseline = baseline_mm(course)
    if baseline is None:
        return ()
    notes, nadir = [], baseline
    for each in _measured(course):
        found = target_response(cast(float, each.target_mm), baseline, nadir, each.new_lesion)
        nadir = min(nadir, cast(float, each.target_mm))
        if _disagree(each.response, found):
            notes.append(
                f"{each.date}: stated {each.response}, the target lesions ({each.target_mm:g} mm) give {found}"
            )
    return tuple(notes)


def _disagree(stated: str, found: str) -> bool:
    if stated == "NE" or stated == found:
        return False
    if found == "PD":
        return True
    if stated in {"CR", "PR"}:
        return found == "SD"
    return stated == "SD" and found in {"CR", "PR"}


# --- results ---------------------------------------------------------------------------------------------------------

_COUNTED: Mapping[str, tuple[str, ...]] = {
    "objective response rate": ("CR", "PR"),
    "disease control rate": CONTROLLED,
}
"""Which best responses a rate counts."""


def response_result(
    endpoint: Endpoint,
    responses: Iterable[Best],
    arm: str | None = None,
    group: str | None = None,
    excluded: Iterable[Excluded] = (),
    notes: Iterable[str] = (),
    tables: Iterable[tuple[str, Table]] = (),
) -> Result:
    """The result of responses, which may come from patient files or from a table.

    The value of a rate is by the endpoint's denominator (`of`), and both denominators are among the shares; best
    overall response has shares alone.
    """
    best = tuple(responses)
    rates = _rates(endpoint.measure, best)
    of = str(endpoint.options.get("of") or "treated")
    value = rates[of] if rates else None
    counts = {name: sum(each.response == name for each in best) for name in RESPONSES}
    shares = [(name, proportion(count, len(best))) for name, count in counts.items() if count or name in _ALWAYS]
    shares += [(f"of {name} subjects", rate) for name, rate in rates.items()]
    said = ["95% intervals of Clopper-Pearson", *([f"the rate is of the {of} subjects"] if rates else [])]
    unknown = [each.subject for each in best if each.response == "NE"]
    if unknown:
        said.append(f"no evaluable response, counted as no responders among the treated: {', '.join(unknown)}")
    table = ("best response by subject", _by_subject(best))
    n = len(best) if value is None else value.of
    return Result(
        endpoint, arm, group, n, value, tuple(shares), None, (), (table, *tables), tuple(excluded), (*said, *notes)
    )


_ALWAYS = ("CR", "PR", "SD", "PD", "NE")
"""Responses that are shown where nobody has them too."""


def _rates(measure: str, best: Sequence[Best]) -> dict[str, Proportion]:
    """The rate by denominator; empty for best overall response, which is none."""
    counted = _COUNTED.get(measure)
    if counted is None:
        return {}
    hits = sum(each.response in counted for each in best)
    evaluable = sum(each.response in EVALUABLE for each in best)
    return {"treated": proportion(hits, len(best)), "evaluable": proportion(hits, evaluable)}


def _by_subject(best: Iterable[Best]) -> Table:
    rows = (
        (each.subject, each.response, each.days, None if each.change is None else round(each.change, 1))
        for each in best
    )
    return Table(("subject", "best response", "on day", "best change of target lesions (%)"), tuple(rows))


def _by_visit(seen: Mapping[str, Sequence[Seen]]) -> tuple[str, Table]:
    """Responses at each visit, the visits being the assessments under treatment in their order."""
    rows: list[tuple[str | int | float | None, ...]] = []
    for visit in range(max((len(each) for each in seen.values()), default=0)):
        at = [each[visit].response for each in seen.values() if len(each) > visit]
        hits = sum(response in {"CR", "PR"} for response in at)
        of_seen, of_all = proportion(hits, len(at)), proportion(hits, len(seen))
        rows.append((visit + 1, len(at), *(at.count(name) for name in RESPONSES), *of_seen[2:], *of_all[2:]))
    columns = (
        "visit", "assessed", *RESPONSES, "ORR of assessed", "low", "high", "ORR of treated", "low of treated",
        "high of treated",
    )  # fmt: skip
    return "objective response by visit", Table(columns, tuple(rows))


def _rule(endpoint: Endpoint) -> Rule:
    options = endpoint.options
    if options.get("first_evaluation"):
        return Rule(minimum_sd=0)
    return Rule(
        bool(options.get("confirm")),
        cast(float, _or(options.get("minimum_sd"), MINIMUM_SD)),
        cast(float, _or(options.get("confirmed_after"), CONFIRMED_AFTER)),
        str(options.get("after_cr") or "PD"),
    )


def _or(given: object | None, default: float) -> object:
    return default if given is None else given


def _window(endpoint: Endpoint) -> Window:
    options = endpoint.options
    cycles = cast("tuple[float, ...]", options.get("cycles") or ())
    lengths = cast("tuple[float, ...]", options.get("cycle_days") or (21.0, 28.0))
    return Window(
        cast("float | None", options.get("within")),
        bool(options.get("first_evaluation")),
        tuple(int(cycle) for cycle in cycles),
        (min(lengths), max(lengths)),
        cast("tuple[str, ...]", options.get("modality") or ()),
        cast(float, options.get("tolerance") or 0.0),
    )


def best_of(course: Course, window: Window = Window(), rule: Rule = Rule()) -> Best:  # noqa: B008
    """The subject's best overall response within a window, with the best change of target lesions."""
    response, days = _best(assessments(course, window).seen, rule)
    return Best(course.subject.id, response, days, best_change(course))


def _compute(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    counted, excluded = courses(subjects, str(endpoint.options.get("therapy") or "all"))
    window, rule = _window(endpoint), _rule(endpoint)
    notes = [f"{course.subject.id}: {note}" for course in counted for note in _notes(course, window)]
    tables = []
    if endpoint.options.get("each_visit"):
        tables.append(_by_visit({each.subject.id: _one_a_day(_assessed(each, window), each)[0] for each in counted}))
    best = [best_of(course, window, rule) for course in counted]
    return response_result(endpoint, best, excluded=excluded, notes=(*_read_as(endpoint), *notes), tables=tables)


def _notes(course: Course, window: Window) -> tuple[str, ...]:
    return (*assessments(course, window).notes, *disagreements(course))


def _read_as(endpoint: Endpoint) -> tuple[str, ...]:
    """How the endpoint's best responses were found, in words."""
    if endpoint.options.get("first_evaluation"):
        return ("the response of the first assessment, not confirmed",)
    rule = _rule(endpoint)
    confirmed = f"confirmed after at least {rule.confirmed_after:g} days" if rule.confirm else "not confirmed"
    return (f"RECIST 1.1, CR and PR {confirmed}, SD from day {rule.minimum_sd:g} on",)


_SHARED: Mapping[str, Option] = {
    "within": end(doc="the last day of the window, counted from the start of the treatment"),
    "first_evaluation": yes_or_no(False, "whether the first assessment alone counts"),
    "cycles": numbers(1, 99, doc="the cycles at whose end an assessment counts"),
    "cycle_days": numbers(1, 99, (21.0, 28.0), "the shortest and longest cycle, for assessments without a cycle"),
    "modality": several_of(*MODALITIES, doc="what an assessment must be made by"),
    "tolerance": duration(0.0, "by how much a window may be missed"),
    "confirm": yes_or_no(False, "whether CR and PR need a second assessment"),
    "confirmed_after": duration(CONFIRMED_AFTER, "the least time between a response and the one that confirms it"),
    "minimum_sd": duration(MINIMUM_SD, "the least time from the start to stable disease"),
    "after_cr": one_of("PD", "PR", default="PD", doc="what a PR after a CR makes of it: PD, or PR from the first on"),
    "each_visit": yes_or_no(False, "whether responses are given visit by visit"),
    "therapy": one_of(*TREATMENTS, default="all", doc="whose treatment counts"),
}

_OF = one_of("treated", "evaluable", default="treated", doc="the denominator of the rate; both are told")

MEASURES: dict[str, Measure] = {
    "best overall response": Measure("The best overall response of each subject by RECIST 1.1.", _SHARED, _compute),
    "objective response rate": Measure(
        "The proportion whose best overall response is CR or PR.", {**_SHARED, "of": _OF}, _compute
    ),
    "disease control rate": Measure(
        "The proportion whose best overall response is CR, PR or SD.", {**_SHARED, "of": _OF}, _compute
    ),
}
"""The measures of response."""
