"""What endpoints come to: proportions with exact intervals, times to an event, and results by arm and group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matcher.outcomes.study import Endpoint

CONFIDENCE = 0.95
"""The level of every confidence interval."""

DAYS_PER_MONTH = 365.25 / 12
"""A month in days, as time-to-event results count it."""


class Proportion(NamedTuple):
    """`number` of `of` subjects with the Clopper-Pearson interval (10.1093/biomet/26.4.404) from `low` to `high`.

    All three shares are None of no subjects.
    """

    number: int
    of: int
    share: float | None
    low: float | None
    high: float | None


def proportion(number: int, of: int, confidence: float = CONFIDENCE) -> Proportion:
    """The proportion with its exact two-sided interval; ValueError unless 0 <= number <= of.

    >>> found = proportion(3, 10)
    >>> found.share, round(found.low or 0, 4), round(found.high or 0, 4)
    (0.3, 0.0667, 0.6525)
    """
    if not 0 <= number <= of:
        raise ValueError(f"{number} of {of} is no proportion")
    if of == 0:
        return Proportion(0, 0, None, None, None)
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = 0.0 if number == 0 else float(beta.ppf(tail, number, of - number + 1))
    high = 1.0 if number == of else float(beta.ppf(1 - tail, number + 1, of - number))
    return Proportion(number, of, number / of, low, high)


class Spell(NamedTuple):
    """The time of one subject from an origin to an event, in days; `event` is False where it was censored then."""

    subject: str
    days: float
    event: bool


class Excluded(NamedTuple):
    """A subject that an endpoint cannot count, and why: what is missing in words, with the place where it belongs."""

    subject: str
    reason: str
    where: str = ""


class Estimate(NamedTuple):
    """A number with its interval and unit; `low` or `high` is None where it is not reached."""

    value: float | None
    low: float | None
    high: float | None
    unit: str = ""


class Curve(NamedTuple):
    """A Kaplan-Meier estimate: steps as (days, survival, low, high), the median in days, numbers at risk by day."""

    steps: tuple[tuple[float, float, float, float], ...]
    median: Estimate
    at_risk: tuple[tuple[float, int], ...]
    events: int
    censored: tuple[float, ...]


class Table(NamedTuple):
    """Rows under named columns, as a report prints them; a cell is a text, a number or None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


class Result(NamedTuple):
    """What one endpoint came to in one arm and group (None: in all of them together).

    `n` subjects counted. `value` is the headline; `tables` and `spells`, `curve` hold what figures and reports show.
    `shares` are by what they count (`CR`, `grade 3`). `excluded` are the subjects that could not be counted; `notes`
    say what the number needs to be read rightly. `biomarker` is the one whose status makes the group, where one does.
    """

    endpoint: Endpoint
    arm: str | None
    group: str | None
    n: int
    value: Proportion | Estimate | None
    shares: tuple[tuple[str, Proportion], ...] = ()
    curve: Curve | None = None
    spells: tuple[Spell, ...] = ()
    tables: tuple[tuple[str, Table], ...] = ()
    excluded: tuple[Excluded, ...] = ()
    notes: tuple[str, ...] = ()
    biomarker: str | None = None
