"""The swimmer figure of one patient: a lane for each therapy, then adverse events, samples and the course."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from kb.dates import span
from matcher import events as told
from matcher.assay import is_tumor
from matcher.names import regimen_name
from matcher.phrases import in_language, say
from matcher.report.swimmer import SHAPES, Bar, Lane, Mark, swimmer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from matcher.patient import PriorTherapy
    from matcher.replay import Replay

SEVERE = 3
"""From this CTCAE grade on an adverse event is marked as a severe one."""

_KINDS: dict[type, str] = {
    told.Progression: "progression",
    told.Death: "death",
    told.Contact: "last contact",
    told.Board: "board",
    told.Decision: "decision",
    told.Enrolment: "enrolment",
    told.Withdrawal: "withdrawal",
}
"""The marks of the course."""


def figure_of(found: Replay) -> Figure:
    """The figure of a patient's course up to the date asked for, with dates on its axis."""
    start = first_day(found)
    return swimmer(lanes_of(found, start), title_of(found), start, found.lang, legend_of_bars=False)


def title_of(found: Replay) -> str:
    """What the figure is called."""
    return say("timeline", "title", found.lang, patient=found.patient.id)


def first_day(found: Replay) -> str:
    """The day from which the figure counts."""
    return min((span(each).earliest for each in _dates(found)), default=found.as_of)


def _dates(found: Replay) -> Iterator[str]:
    patient = found.patient
    yield from (
        each.start or each.stop or found.as_of for each in patient.prior_therapies or () if each.start or each.stop
    )
    yield from (each.date for each in patient.samples if each.date is not None)
    yield from (each.date for each in patient.organoids if each.date is not None)
    yield from (event.date for event in patient.events)


class _Lanes(NamedTuple):
    """What lanes are made from: the replay, and the day from which it counts."""

    found: Replay
    start: str

    def day(self, iso: str) -> float:
        """The number of a day."""
        return float((date.fromisoformat(iso) - date.fromisoformat(self.start)).days)

    def mark(self, written: str, kind: str, text: str = "") -> Mark:
        """A mark on the last day that a date can mean, as the timeline places it."""
        return Mark(self.day(span(written).latest), kind, text)

    def say(self, key: str) -> str:
        """A phrase of the timeline."""
        return say("timeline", key, self.found.lang)


def lanes_of(found: Replay, start: str) -> tuple[Lane, ...]:
    """The lanes, those without anything left out."""
    lanes = _Lanes(found, start)
    events = told.read_events(found.patient)[0]
    therapies = sorted(
        (each for each in found.patient.prior_therapies or () if each.start is not None),
        key=lambda each: (span(each.start or ""), each.regimen),
    )
    of_therapies, others = _therapy_lanes(lanes, therapies, events.of(told.Assessment))
    every = (
        *of_therapies,
        Lane(lanes.say("lane other"), (), tuple(others)),
        Lane(lanes.say("lane adverse"), (), tuple(_adverse(lanes, events.of(told.AdverseEvent)))),
        Lane(lanes.say("lane samples"), (), tuple(_samples(lanes))),
        Lane(lanes.say("lane course"), (), tuple(_course(lanes, events))),
    )
    return tuple(lane for lane in every if lane.bars or lane.marks)


def _therapy_lanes(
    lanes: _Lanes, therapies: list[PriorTherapy], assessments: Iterable[told.Assessment]
) -> tuple[list[Lane], list[Mark]]:
    """A lane for each therapy with the responses under it, and the responses under none."""
    marks: list[list[Mark]] = [[] for _ in therapies]
    others: list[Mark] = []
    for each in assessments:
        begun = [number for number, therapy in enumerate(therapies) if (therapy.start or "") <= each.date]
        stopped = therapies[begun[-1]].stop if begun else None
        if stopped is not None and span(stopped).latest < span(each.date).earliest:
            begun = []  # it is the baseline of what comes next
        (marks[begun[-1]] if begun else others).append(lanes.mark(each.date, each.response))
    return [_therapy(lanes, each, tuple(mine)) for each, mine in zip(therapies, marks, strict=True)], others


def _therapy(lanes: _Lanes, therapy: PriorTherapy, marks: tuple[Mark, ...]) -> Lane:
    found = lanes.found
    regimen = in_language(regimen_name(therapy.regimen, found.last.matched.knowledge), found.lang)
    name = f"{therapy.line}. {regimen}" if therapy.line is not None else regimen
    begun = span(therapy.start or "")
    if therapy.stop is None:
        ends = next((each for each in (_died(found), found.days[-1].date) if each is not None), found.as_of)
        end, may_end = max(ends, begun.latest), None
    else:
        stop = span(therapy.stop)
        end, may_end = max(stop.earliest, begun.earliest), lanes.day(stop.latest)
    first = min(begun.latest, end)
    ongoing = therapy.stop is None and therapy.stopped_for is None and _died(found) is None
    bar = Bar(lanes.day(first), lanes.day(end), name, ongoing, lanes.day(begun.earliest), may_end)
    return Lane(name, (bar,), marks)


def _died(found: Replay) -> str | None:
    deaths = told.read_events(found.patient)[0].of(told.Death)
    return span(deaths[0].date).latest if deaths else None


def _adverse(lanes: _Lanes, events: Iterable[told.AdverseEvent]) -> Iterator[Mark]:
    for each in events:
        severe = each.serious or (each.grade or 0) >= SEVERE
        text = each.term if each.grade is None else f"{each.term} {each.grade}"
        yield lanes.mark(each.date, "serious adverse event" if severe else "adverse event", text)


def _samples(lanes: _Lanes) -> Iterator[Mark]:
    patient = lanes.found.patient
    for sample in patient.samples:
        if sample.date is not None:
            kind = "biopsy" if is_tumor(sample) else "ctDNA"
            yield lanes.mark(sample.date, kind, sample.id)
    for organoid in patient.organoids:
        if organoid.date is not None:
            yield lanes.mark(organoid.date, "organoid", f"{organoid.drug} {organoid.inhibition_percent:g} %")


def _course(lanes: _Lanes, events: told.Events) -> Iterator[Mark]:
    for each in events.every:
        kind = _KINDS.get(type(each))
        if isinstance(each, told.Level) and each.name in SHAPES:
            yield lanes.mark(each.date, each.name, f"{each.value:g}")
        elif kind is not None:
            yield lanes.mark(each.date, kind)
    for day in lanes.found.days:
        if any(advice.topic == "re-sequencing" and advice.state == "due" for advice in day.advised):
            yield lanes.mark(day.date, "re-sequencing")
