"""The outcomes of a study as a document: patients, one row for each result, and each endpoint as it was defined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.outcomes import values
from matcher.outcomes.arms import TOGETHER
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import DURATION, duration_text
from matcher.outcomes.values import Estimate, Excluded, Proportion, Result
from matcher.report.document import Document, Section, Table

if TYPE_CHECKING:
    from matcher.outcomes.computed import Comparison, LeftOut, Outcomes
    from matcher.outcomes.study import Endpoint

HEADINGS = ("endpoint", "arm", "group", "n", "result", "95% interval", "not counted")
"""The columns of the table of results."""

ALL_ARMS, ALL_GROUPS = "all arms together", "all"

RANGES = ("inhibition rate",)
"""Measures whose limits are the lowest and highest value, and no confidence interval."""

MOST_IDS = 5
"""So many subjects are named beside a reason; a page has all."""

FEW = 12
"""Up to so many patients who are not counted are listed open; more are folded."""

CLOSING = (
    "Research use only: a molecular tumor board decides. Numbers are as the files tell; what a file does not tell is "
    "not filled in."
)


def outcomes_document(outcomes: Outcomes, drawn: Mapping[str | None, Sequence[Section]] | None = None) -> Document:
    """The whole report; with `drawn`, the sections of figures by endpoint stand in their places."""
    study, figures = outcomes.study, drawn or {}
    sections = [patients_section(outcomes), results_section(outcomes.results)]
    sections += figures.get(None, ())
    for endpoint in study.endpoints:
        sections.append(_endpoint_section(endpoint, outcomes, figures.get(endpoint.name, ())))
    sections += _about_files(outcomes)
    return Document(study.title, tuple(_summary(outcomes)), _known(outcomes), tuple(sections), CLOSING)


def brief_document(outcomes: Outcomes) -> Document:
    """Who counts and one row for each result, with what has to be said of them: what a terminal shows."""
    compared: dict[str, list[str]] = {}
    for each in outcomes.comparisons:
        compared.setdefault(each.endpoint, []).append(comparison_text(each))
    by_endpoint = _notes_by_endpoint(outcomes.results)
    notes = tuple(Section(name, (*compared.get(name, ()), *lines)) for name, lines in by_endpoint)
    told = (Section("What to know of the numbers", (), sections=notes),) if notes else ()
    parts = (patients_section(outcomes, is_whole=False), results_section(outcomes.results))
    sections = (*parts, *told, *_about_files(outcomes))
    return Document(outcomes.study.title, tuple(_summary(outcomes)), _known(outcomes), sections, CLOSING)


def _summary(outcomes: Outcomes) -> Iterator[str]:
    arms = [(str(row[0]), row[2]) for row in outcomes.patients.rows if row[0] not in {"not counted", "the study"}]
    told = ", ".join(f"{number} {arm}" if arm != "all" else str(number) for arm, number in arms)
    count = "1 patient counts" if outcomes.counted == 1 else f"{outcomes.counted} patients count"
    yield f"{count}{f' ({told})' if len(arms) > 1 else ''}."
    if outcomes.unusable:
        yield f"{len(outcomes.unusable)} could not be used."
    if outcomes.left_out:
        yield f"{len(outcomes.left_out)} are not counted; the reasons are below."


def _known(outcomes: Outcomes) -> tuple[str, ...]:
    study = outcomes.study
    lines = [f"Study {study.name}, {study.path.name}, {study.digest[:19]}."]
    if study.reading:
        lines.append(f"Reading: {study.reading}")
    return tuple(lines)


# --- patients --------------------------------------------------------------------------------------------------------


def patients_section(outcomes: Outcomes, is_whole: bool = True) -> Section:
    """How many are planned and count in each arm, who does not count and why, and how long they were followed.

    Patient by patient only where it is the whole report's.
    """
    arms = tuple(f"{arm.name}: {arm.doc}" for arm in outcomes.study.arms)
    inner = []
    if outcomes.unusable:
        inner.append(_left("Could not be used", outcomes.unusable))
    if outcomes.left_out:
        inner.append(_left("Not counted", outcomes.left_out))
    if outcomes.baseline is not None and outcomes.subjects and is_whole:
        inner.append(Section("Baseline", (), shown(outcomes.baseline)))
    if outcomes.follow_up is not None:
        every = Section("Follow-up of each patient", (), shown(outcomes.follow_up), folded=True)
        inner.append(Section("Follow-up", (), _ends(outcomes.follow_up), sections=(every,) if is_whole else ()))
    return Section("Patients", arms, shown(outcomes.patients), sections=tuple(inner))


def _ends(follow_up: values.Table) -> Table:
    """How many subjects of each arm were followed until what."""
    counts = Counter((str(row[1] or "all"), str(row[4])) for row in follow_up.rows)
    arms = list(dict.fromkeys(str(row[1] or "all") for row in follow_up.rows))
    ordered = sorted(counts, key=lambda each: (arms.index(each[0]), each[1]))
    return Table(("arm", "follow-up", "patients"), tuple((*each, str(counts[each])) for each in ordered))


def _left(heading: str, left: Sequence[LeftOut]) -> Section:
    rows = tuple((each.id, each.reason, each.where) for each in left)
    return Section(heading, (), Table(("patient", "why", "where"), rows), folded=len(left) > FEW)


def _about_files(outcomes: Outcomes) -> tuple[Section, ...]:
    if not outcomes.notes:
        return ()
    rows = tuple((str(note.where), note.message, note.remedy) for note in outcomes.notes)
    return (Section("Notes on the files", (), Table(("where", "what", "remedy"), rows), folded=True),)


# --- results ---------------------------------------------------------------------------------------------------------


def results_section(results: Iterable[Result]) -> Section:
    """One row for each endpoint, arm and group."""
    return Section("Results", (), Table(HEADINGS, tuple(result_row(each) for each in results)))


def result_row(result: Result) -> tuple[str, ...]:
    """The row of a result, in the order of HEADINGS."""
    value, interval = said(result)
    left = str(len(result.excluded)) if result.excluded else ""
    return (result.endpoint.name, arm_of(result), result.group or ALL_GROUPS, str(result.n), value, interval, left)


def arm_of(result: Result) -> str:
    """The arm of a result in words."""
    if result.arm is not None:
        return result.arm
    return ALL_ARMS if any(note.startswith(TOGETHER) for note in result.notes) else "all"


def said(result: Result) -> tuple[str, str]:
    """The headline of a result and its interval in words; shares where it has no single value."""
    value = result.value
    if not result.n:
        return "nobody to count", ""
    if isinstance(value, Proportion):
        return share_text(value), interval_text(value)
    if isinstance(value, Estimate):
        limits = _limits_text(value)
        is_range = limits and result.endpoint.measure in RANGES
        return _estimate_text(value, result), f"range {limits}" if is_range else limits
    if result.shares:
        return ", ".join(f"{name} {share.number}" for name, share in result.shares if " " not in name), ""
    return "see the tables below", ""


def share_text(share: Proportion) -> str:
    """A proportion in words.

    >>> share_text(Proportion(3, 10, 0.3, 0.07, 0.65)), share_text(Proportion(0, 0, None, None, None))
    ('3 of 10 (30.0%)', '0 of 0')
    """
    percent = "" if share.share is None else f" ({100 * share.share:.1f}%)"
    return f"{share.number} of {share.of}{percent}"


def interval_text(share: Proportion) -> str:
    """The interval of a proportion in percent; empty of nobody."""
    if share.low is None or share.high is None:
        return ""
    return f"{100 * share.low:.1f} to {100 * share.high:.1f}%"


def _estimate_text(value: Estimate, result: Result) -> str:
    if result.curve is not None:
        events = f"{result.curve.events} event{'' if result.curve.events == 1 else 's'}"
        median = "not reached" if value.value is None else f"{value.value:.1f} {value.unit}"
        return f"median {median}, {events}"
    if value.value is None:
        return "not known"
    return f"{value.value:.1f}{'%' if value.unit == '%' else f' {value.unit}'}".strip()


def _limits_text(value: Estimate) -> str:
    if value.low is None and value.high is None:
        return ""
    low, high = ("not reached" if each is None else f"{each:.1f}" for each in (value.low, value.high))
    return f"{low} to {high}"


# --- one endpoint ----------------------------------------------------------------------------------------------------


def _endpoint_section(endpoint: Endpoint, outcomes: Outcomes, figures: Sequence[Section]) -> Section:
    results = [each for each in outcomes.results if each.endpoint is endpoint]
    lines = [f"Protocol: “{endpoint.says}”"] if endpoint.says else []
    lines += [f"Measure: {endpoint.measure}. {MEASURES[endpoint.measure].doc}", *_options(endpoint)]
    table = Table(HEADINGS[1:], tuple(result_row(each)[1:] for each in results))
    inner = [*figures, *(_result_section(each) for each in results if _has_more(each))]
    lines += [comparison_text(each) for each in outcomes.comparisons if each.endpoint == endpoint.name]
    return Section(endpoint.name, tuple(lines), table, sections=tuple(inner))


def comparison_text(found: Comparison) -> str:
    """A log-rank test in words, with its arm."""
    return f"{found.arm}: {found.says}" if found.arm is not None else found.says


def _options(endpoint: Endpoint) -> tuple[str, ...]:
    """The options that are not as they are where a study file is silent, in words; empty where none is."""
    known = MEASURES[endpoint.measure].options
    told = [
        f"{name}: {option_text(value, known[name].takes == DURATION)}"
        for name, value in endpoint.options.items()
        if value != known[name].default
    ]
    return (f"Options: {'; '.join(told)}.",) if told else ()


def option_text(value: object, is_duration: bool = False) -> str:
    """An option's value as a reader takes it; a duration is in days.

    >>> option_text(True), option_text((2.0, 3.0)), option_text(42.0, True), option_text(730.5, True)
    ('yes', '2, 3', '6 weeks', '2 years')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(option_text(each, is_duration) for each in value)
    if isinstance(value, float) and is_duration:
        return duration_text(value)
    return value.name if isinstance(value, Path) else f"{value:g}" if isinstance(value, float) else str(value)


def _has_more(result: Result) -> bool:
    return bool(result.shares or result.tables or result.excluded or result.notes)


def _result_section(result: Result) -> Section:
    """Everything beside the headline of one result, folded."""
    inner = []
    if result.shares:
        inner.append(Section("Shares", (), _shares(result)))
    if result.spells:
        inner.append(Section("Times", (), _spells(result)))
    inner += [Section(_heading(name), (), shown(table)) for name, table in result.tables if table.rows]
    if result.excluded:
        inner.append(Section("Not counted", (), _excluded(result.excluded)))
    return Section(f"Details: {_where(result)}", result.notes, sections=tuple(inner), folded=True)


def _heading(name: str) -> str:
    return name[:1].upper() + name[1:]


def _shares(result: Result) -> Table:
    rows = tuple((name, share_text(share), interval_text(share)) for name, share in result.shares)
    return Table(("what", "subjects", "95% interval"), rows)


def _spells(result: Result) -> Table:
    ordered = sorted(result.spells, key=lambda each: (each.days, each.subject))
    rows = tuple((each.subject, f"{each.days:g}", "event" if each.event else "censored") for each in ordered)
    return Table(("subject", "days", "end"), rows)


def _excluded(excluded: Iterable[Excluded]) -> Table:
    return Table(("subject", "why", "where"), tuple((each.subject, each.reason, each.where) for each in excluded))


def _notes_by_endpoint(results: Iterable[Result]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The notes on each endpoint, each once; with the arm and group where not all of its results have the note."""
    by_endpoint: dict[str, list[Result]] = {}
    for result in results:
        by_endpoint.setdefault(result.endpoint.name, []).append(result)
    for name, of_one in by_endpoint.items():
        having: dict[str, list[str]] = {}
        for result in of_one:
            for note in (*result.notes, *_reasons(result)):
                having.setdefault(note, []).append(_where(result))
        yield from (
            [(name, tuple(_placed(note, where, len(of_one)) for note, where in having.items()))] if having else []
        )


def _reasons(result: Result) -> Iterator[str]:
    """Why subjects are not counted, with whom each reason concerns; of a whole arm, as its groups repeat it.

    Reasons that differ in a date alone are one.
    """
    by_reason: dict[str, list[Excluded]] = {}
    for each in result.excluded if result.group is None else ():
        by_reason.setdefault(_DATE.sub("…", each.reason), []).append(each)
    for reason, alike in by_reason.items():
        more = f" and {len(alike) - MOST_IDS} more" if len(alike) > MOST_IDS else ""
        named = ", ".join(each.subject for each in alike[:MOST_IDS])
        yield f"not counted: {named}{more}: {reason if len(alike) > 1 else alike[0].reason}"


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _placed(note: str, where: Sequence[str], of: int) -> str:
    return note if len(where) == of else f"{'; '.join(where)}: {note}"


def _where(result: Result) -> str:
    return arm_of(result) if result.group is None else f"{arm_of(result)}, {result.group}"


def shown(table: values.Table) -> Table:
    """A table of values as a report's: shares of 0 to 1 as they are, at most two decimals."""
    rows = tuple(tuple(cell_text(cell) for cell in row) for row in table.rows)
    return Table(table.columns, rows)


def cell_text(cell: str | int | float | None) -> str:
    """A cell as text.

    >>> cell_text(None), cell_text(3), cell_text(0.25), cell_text(42.0), cell_text(-6.666)
    ('', '3', '0.25', '42', '-6.67')
    """
    if cell is None:
        return ""
    return f"{cell:.2f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
