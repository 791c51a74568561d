"""What the checks of rules share: a problem with its place, the words nearest to a wrong one, a rule's patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.errors import ERROR, Problem
from rules.language import Atom, Comparison, Rule


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the known words most like this one."""
    import difflib

    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(f'`{name}`' for name in close)}?"
    if len(known) > MOST_LISTED:
        return (
            f"none of the {len(known)} known ones is much like it: `mtb-match rules list` and the rule book name them"
        )
    return f"known are {', '.join(known)}" if known else "none is declared"


MOST_LISTED = 15
"""More words than these are not worth listing in a remedy."""


def problem(rule: Rule, place: int | None, message: str, remedy: str, severity: str = ERROR) -> Problem:
    """A problem of a rule; `place` counts its conditions, -1 is the conclusion, None the rule itself."""
    line = rule.line if place is None or not rule.lines else rule.lines[place]
    return Problem(rule.file, rule.name, line, message, remedy, severity)


def atoms(rule: Rule) -> Iterator[tuple[int, Atom]]:
    """The atoms of conditions with their places, then the conclusion with -1."""
    for place, condition in enumerate(rule.body):
        if isinstance(condition, Atom):
            yield place, condition
        elif not isinstance(condition, Comparison):
            yield place, condition.atom
    yield -1, rule.head


def bindable(rule: Rule) -> set[str]:
    """The variables that comparisons, the conclusion and the sentence may use."""
    return {name for atom in rule.positives() for name in atom.variables()} | {a.result for a in rule.aggregates()}
