"""The inhibition rate of patient-derived organoids as an endpoint: regression of the long diameter, by scheme."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from matcher.organoids import contradiction, cut_offs, drugs_of
from matcher.outcomes.study import Endpoint, Measure, numbers, one_of
from matcher.outcomes.values import Estimate, Excluded, Result, Table, proportion
from matcher.regimens import named

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.outcomes.subject import Subject
    from matcher.patient import Organoid

COLUMNS = ("scheme", "results", "patients", "median %", "lowest %", "highest %", "at or above the threshold")


class Rate(NamedTuple):
    """One result that counts: the subject, the tested scheme, and the organoid."""

    subject: str
    scheme: str
    organoid: Organoid


def inhibition_rate(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """The rates by scheme: how many, median, range, and the share at or above the threshold.

    The headline is the median of all results with their range as its limits. A rate that is not that of the long
    diameters is left out, and told; a subject without a result is excluded.
    """
    given = endpoint.options.get("threshold")
    threshold = float(given[0]) if isinstance(given, tuple) and given else cut_offs().sensitive
    rates = list(_rates(subjects))
    if endpoint.options.get("results") == "newest":
        rates = _newest(rates)
    by_scheme: dict[str, list[Rate]] = {}
    for each in sorted(rates, key=lambda each: each.scheme):
        by_scheme.setdefault(each.scheme, []).append(each)
    counted = {each.subject for each in rates}
    return Result(
        endpoint,
        None,
        None,
        len(counted),
        _estimate(rates),
        tuple((scheme, proportion(_above(each, threshold), len(each))) for scheme, each in by_scheme.items()),
        tables=(("by scheme", Table(COLUMNS, tuple(_row(name, each, threshold) for name, each in by_scheme.items()))),),
        excluded=tuple(
            Excluded(each.id, "no organoid result that counts", str(each.patient.place))
            for each in subjects
            if each.id not in counted
        ),
        notes=(*_reading(threshold, given is None or given == ()), *_left_out(subjects)),
    )


def _rates(subjects: Iterable[Subject]) -> Iterator[Rate]:
    from kb.graph import open_knowledge_base

    knowledge = open_knowledge_base()
    for subject in subjects:
        for each in subject.patient.organoids:
            if contradiction(each) is None:
                yield Rate(subject.id, _scheme(each, knowledge), each)


def _scheme(organoid: Organoid, knowledge: KnowledgeBase) -> str:
    """The drugs by the names of the starter graph, sorted; one that it does not know as written, in lower case."""
    return " + ".join(dict.fromkeys(named(drugs_of(organoid.drug), knowledge)))


def _newest(rates: list[Rate]) -> list[Rate]:
    """The results of the last date of each subject, lesion and scheme; those without a lesion or date all count."""
    last: dict[tuple[str, str, str], str] = {}
    for each in rates:
        lesion, date = each.organoid.sample, each.organoid.date
        if lesion and date:
            key = each.subject, each.scheme, lesion
            last[key] = max(last.get(key, date), date)
    return [
        each
        for each in rates
        if each.organoid.date is None
        or last.get((each.subject, each.scheme, each.organoid.sample or ""), each.organoid.date) == each.organoid.date
    ]


def _estimate(rates: list[Rate]) -> Estimate | None:
    values = [each.organoid.inhibition_percent for each in rates]
    return Estimate(median(values), min(values), max(values), "%") if values else None


def _above(rates: list[Rate], threshold: float) -> int:
    return sum(each.organoid.inhibition_percent >= threshold for each in rates)


def _row(scheme: str, rates: list[Rate], threshold: float) -> tuple[str | int | float | None, ...]:
    values = [each.organoid.inhibition_percent for each in rates]
    patients = len({each.subject for each in rates})
    return scheme, len(rates), patients, median(values), min(values), max(values), _above(rates, threshold)


def _reading(threshold: float, is_declared: bool) -> Iterator[str]:
    yield "the limits of the median are the lowest and the highest rate, no confidence interval"
    yield "results of several lesions of one patient are not independent: the intervals of the shares are too narrow"
    if is_declared:
        yield f"the threshold of {threshold:g}% is the project's reading, unverified: the protocol gives none"


def _left_out(subjects: Iterable[Subject]) -> Iterator[str]:
    for subject in subjects:
        for each in subject.patient.organoids:
            measured = contradiction(each)
            if measured is not None:
                rate = f"{each.inhibition_percent:g}% is not that of the long diameters ({measured:g}%)"
                yield f"left out: {subject.id}, {each.place}: {rate}"


MEASURES = {
    "inhibition rate": Measure(
        "Regression of the long diameter of patient-derived organoids in percent, by tested scheme.",
        {
            "threshold": numbers(-1000, 100, doc="The rate from which a result is counted; the declared cut-off else."),
            "results": one_of("all", "newest", default="all", doc="All results, or the newest of a lesion and scheme."),
        },
        inhibition_rate,
    )
}
