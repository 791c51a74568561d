"""Patients and notes of a cohort whose paths hold bytes that are no letters of UTF-8."""

from __future__ import annotations

from matcher.cohort.subject import Subject, Unreadable
from matcher.file_names import NOT_UTF_8, is_utf_8, shown


def readable(each: Subject | Unreadable) -> Subject | Unreadable:
    """The patient; Unreadable where a path cannot be written into any table."""
    if is_utf_8(each.name) and is_utf_8(each.source):
        return each
    if isinstance(each, Unreadable):
        return Unreadable(shown(each.name), shown(each.source), shown(each.reason), each.remedy)
    return Unreadable(shown(each.name), shown(each.source), NOT_UTF_8, "rename it")
