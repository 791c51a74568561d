"""Notes on a patient's input: nothing is dropped silently, each with its place and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.alteration import Place
from kb.handing import by_fields
from matcher.phrases import in_language, say


class Severity(StrEnum):
    """How much a note matters: an `error` made a row or value unusable, a `warning` may change the answer."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@by_fields
@dataclass(frozen=True, slots=True)
class Note:
    """One thing a reader of the answer must know about the input."""

    severity: Severity
    where: Place
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}; {self.remedy}"

    def told(self, lang: str) -> str:
        """The note in a language, as far as its texts are ours."""
        between = say("joining", "sentences", lang)
        return f"{self.where}: {in_language(self.message, lang)}{between}{in_language(self.remedy, lang)}"

    def as_texts(self) -> dict[str, str]:
        """The four fields as texts, as every JSON answer shows a note."""
        return {
            "severity": self.severity.value,
            "where": str(self.where),
            "message": self.message,
            "remedy": self.remedy,
        }


class UnusableInput(Exception):
    """The input cannot be used at all; `remedy` says what the user can do.

    The command line prints it as one line and exits with 1.
    """

    def __init__(self, where: Place | str, reason: str, remedy: str) -> None:
        super().__init__(where, reason, remedy)
        self.where, self.reason, self.remedy = where, reason, remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}; {self.remedy}"
