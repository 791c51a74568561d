"""Whose rule it is: the library's, or that of a site's folder. Only paths are looked at, so it costs a run nothing."""

from __future__ import annotations

import os
from pathlib import Path

from rules.language import Rule
from rules.library import LIBRARY

_START = str(LIBRARY) + os.sep


def is_of_library(file: str) -> bool:
    """Whether a file is one of the library's, by whatever way its path is written."""
    return file.startswith(_START) or Path(file).resolve().is_relative_to(LIBRARY.resolve())


def folder(rule: Rule) -> str:
    """Where the rule comes from: `library`, or the folder of the site's file."""
    return "library" if is_of_library(rule.file) else str(Path(rule.file).absolute().parent)


def place(rule: Rule) -> str:
    """File and line, in a few words for the library: `library/5-tiers.yaml:12`."""
    if not is_of_library(rule.file):
        return f"{rule.file}:{rule.line}"
    return f"{Path('library') / Path(rule.file).resolve().relative_to(LIBRARY.resolve())}:{rule.line}"


_SITE = {
    "en": ("site rule, {}", ", overrides the rule of this name"),
    "zh": ("本机构规则，{}", "，取代同名规则"),
}


def site(rule: Rule, language: str = "en") -> str:
    """How a proof names a rule that is not the library's: its place, and whether it stands in for another.

    Empty for a rule of the library.
    """
    if is_of_library(rule.file):
        return ""
    named, overrides = _SITE.get(language, _SITE["en"])
    return named.format(place(rule)) + (overrides if rule.overrides else "")
