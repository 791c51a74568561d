"""The rules that a command runs with: the library, and what a site names with `--rules`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from rules.errors import Problem, RuleProblems
    from rules.language import Rule, RuleSet

RulesOption = Annotated[
    list[Path] | None, typer.Option("--rules", help="A folder or file of rules on top of the library; may be repeated.")
]

Placed = TypeVar("Placed", "Problem", "Rule")


def loaded(extra: Sequence[Path] | None) -> "RuleSet":
    """The library with these sources on top; RuleProblems when any of them cannot be used."""
    from kb.store import cache_folder
    from rules.library import LIBRARY
    from rules.load import load

    return load([LIBRARY, *(extra or [])], cache_folder())


def from_site(items: Sequence[Placed]) -> tuple[Placed, ...]:
    """The rules, or problems, that come from other files than the library's."""
    from rules.origin import is_of_library

    return tuple(item for item in items if not is_of_library(item.file))


def site_warnings_text(rules: "RuleSet") -> str:
    """The warnings about a site's own files, a block each; empty when there is none."""
    return "\n".join(warning.block() for warning in from_site(rules.warnings))


def problems_text(error: "RuleProblems") -> str:
    """Every problem, a block each, under a line that says how many there are and what that means."""
    errors = sum(problem.severity == "error" for problem in error.problems)
    head = f"{errors} problem{'' if errors == 1 else 's'} in the rules, and none of them is used until mended:"
    return "\n".join([head, "", *(problem.block() for problem in error.problems)])
