"""What can go wrong with rules: one family of exceptions, and the problems that a checker finds in rule files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rules.facts import Fact

ERROR = "error"
WARNING = "warning"


class Problem(NamedTuple):
    """One thing wrong in a rule file: where it is, what it is, and what to do about it.

    `rule` is the rule's (or predicate's) name, empty when the whole file is meant; `severity` is `error` or `warning`.
    """

    file: str
    rule: str
    line: int
    message: str
    remedy: str
    severity: str = ERROR

    def __str__(self) -> str:
        name = f" {self.rule}:" if self.rule else ""
        return f"{self.file}:{self.line}:{name} {self.message}; {self.remedy}"


class RulesError(Exception):
    """Anything this package raises on purpose."""


class RuleProblems(RulesError):
    """Rule files that cannot be used; `problems` holds every error and warning found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class BadSyntax(RulesError):
    """A condition or conclusion that is not written in the rule language. `position` counts characters from 0."""

    def __init__(self, text: str, position: int, reason: str, remedy: str) -> None:
        super().__init__(text, position, reason, remedy)
        self.text, self.position, self.reason, self.remedy = text, position, reason, remedy

    def __str__(self) -> str:
        return f"{self.reason} at character {self.position + 1} of `{self.text}`; {self.remedy}"


class UnknownRule(RulesError):
    """A rule asked for by a name that no rule has; `nearest` holds the names most like it."""

    def __init__(self, name: str, nearest: tuple[str, ...]) -> None:
        super().__init__(name, nearest)
        self.name, self.nearest = name, nearest

    def __str__(self) -> str:
        close = " or ".join(f"`{name}`" for name in self.nearest)
        remedy = f"did you mean {close}?" if close else "`mtb-match rules list` names them all"
        return f"no rule is named `{self.name}`; {remedy}"


class InvalidFact(RulesError):
    """A given fact that does not fit its declared predicate."""

    def __init__(self, fact: Fact, reason: str, remedy: str) -> None:
        super().__init__(fact, reason, remedy)
        self.fact, self.reason, self.remedy = fact, reason, remedy

    def __str__(self) -> str:
        return f"{self.fact!r}: {self.reason}; {self.remedy}"


class EngineUnavailable(RulesError):
    """An evaluator that does not exist or cannot run on this Python."""

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(name, reason, remedy)
        self.name, self.reason, self.remedy = name, reason, remedy

    def __str__(self) -> str:
        return f"rule engine `{self.name}`: {self.reason}; {self.remedy}"


class EngineFailure(RulesError):
    """An evaluator that stopped in the middle: its own error is the `__cause__`."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f"rule engine `{self.name}` failed: {self.reason}; run again with the other engine and report this"


class UnknownPatient(RulesError):
    """A patient asked about who is not in the cohort."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"no patient of the cohort is named {self.name!r}; ask for one that `Cohort.patients` lists"


class RepeatedPatient(RulesError):
    """A patient added to a cohort under a name that it has already."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"patient {self.name!r} is in the cohort already; give each patient one name and all facts at once"


class NotDerived(RulesError):
    """A fact asked to be proved that was neither given nor derived."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact)
        self.fact = fact

    def __str__(self) -> str:
        return f"{self.fact!r} was neither given nor derived; ask for a fact that `Derivations.facts` lists"
