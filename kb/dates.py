"""Partial ISO dates: the first and the last day that they can mean."""

from __future__ import annotations

import calendar
from typing import NamedTuple


class Span(NamedTuple):
    """The first and last day that a date of unknown precision can mean, as ISO text."""

    earliest: str
    latest: str


def span(date: str) -> Span:
    """The days that a date may mean.

    >>> span("2018-08")
    Span(earliest='2018-08-01', latest='2018-08-31')
    >>> span("2020")
    Span(earliest='2020-01-01', latest='2020-12-31')
    """
    parts = date.split("-")
    if len(parts) == 1:
        return Span(f"{date}-01-01", f"{date}-12-31")
    if len(parts) == 2:
        last = calendar.monthrange(int(parts[0]), int(parts[1]))[1]
        return Span(f"{date}-01", f"{date}-{last:02d}")
    return Span(date, date)


def last_day(date: str) -> str:
    """The last day that a date may mean.

    >>> last_day("2018-08")
    '2018-08-31'
    """
    return span(date).latest
