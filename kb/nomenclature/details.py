"""What a report adds to an alteration: allele fraction, copies, origin, significance, exons of a fusion, reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kb.alteration import Origin
from kb.nomenclature import significance


class Contradiction(ValueError):
    """Two details of one alteration that cannot both hold, such as two allele fractions; its text is the remedy."""


@dataclass(frozen=True, slots=True)
class Details:
    """The details found, None where the text states none; units and words as in kb.alteration."""

    vaf: float | None = None
    depth: int | None = None
    copies: float | None = None
    origin: Origin | None = None
    significance: str | None = None
    zygosity: str | None = None
    transcript: str | None = None
    exons: tuple[str, str] | None = None
    reads: int | None = None
    in_frame: bool | None = None

    @property
    def stated(self) -> frozenset[str]:
        """The names of the details that the text states."""
        return frozenset(name for name in self.__slots__ if getattr(self, name) is not None)


OF_SMALL_VARIANT = frozenset({"vaf", "depth", "origin", "significance", "zygosity", "transcript"})
OF_COPY_NUMBER = frozenset({"copies"})
OF_FUSION = frozenset({"exons", "reads", "in_frame"})

_FRACTION = r"(?:VAF|variant allele (?:fraction|frequency)|allele (?:fraction|frequency)|AF)"
_PERCENT = r"(\d{1,3}(?:\.\d{1,4})?)"
_SIGNIFICANCE = (
    r"(?:(?:ACMG |ClinVar )?(?:likely[ -])?(?:pathogenic|oncogenic|benign)|VUS|(?:ACMG )?class [1-5]|"
    r"(?:variant of )?(?:uncertain|unknown) significance)"
)
_ZYGOSITY = r"(heterozygous|homozygous|hemizygous)(?! (?:del|loss))"


def taken(text: str) -> tuple[str, Details]:
    """The text without its details, each replaced by a blank, and the details.

    >>> taken("KRAS p.Gly12Cys (VAF 23%)")[0].strip(" ()"), taken("KRAS p.Gly12Cys (VAF 23%)")[1].vaf
    ('KRAS p.Gly12Cys', 0.23)
    """
    known: dict[str, Any] = {}
    for pattern, name, value in _PATTERNS:
        for found in re.finditer(pattern, text, re.IGNORECASE):
            stated = value(found)
            if known.setdefault(name, stated) != stated:
                raise Contradiction(f"it states {name.replace('_', ' ')} twice: write one")
        text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    return text, Details(**known)


def _fraction(found: re.Match[str]) -> float:
    number = float(found[1])
    # As in a table: a number above 1 can only be a percentage.
    value = number / 100 if "%" in found[0] or number > 1 else number
    if value > 1:
        raise Contradiction("an allele fraction is at most 100 %")
    return round(value, 6)


def _word_of(found: re.Match[str]) -> str | None:
    return significance.parse(re.sub(r"(?i)ACMG |ClinVar ", "", found[0]))


def _exons(found: re.Match[str]) -> tuple[str, str]:
    return found[1].upper(), found[2].upper()


_PATTERNS: tuple[tuple[str, str, Callable[[re.Match[str]], object]], ...] = (
    (rf"\b{_FRACTION} ?[:=]? ?{_PERCENT}(?![\d.]) ?%?", "vaf", _fraction),
    (rf"(?<![\d.\w]){_PERCENT} ?% ?{_FRACTION}\b", "vaf", _fraction),
    (r"\bdepth ?[:=]? ?(\d{1,6})x?\b", "depth", lambda found: int(found[1])),
    (r"\b(?:G?CN|copy number) ?[:=]? ?(\d{1,4}(?:\.\d{1,2})?)(?![\d.])", "copies", lambda found: float(found[1])),
    (r"(?<![\d.\w])(\d{1,4}(?:\.\d{1,2})?) copies\b", "copies", lambda found: float(found[1])),
    (r"\b(germline|somatic)\b", "origin", lambda found: Origin(found[1].lower())),
    (rf"(?<![\w-]){_SIGNIFICANCE}(?![\w-])", "significance", _word_of),
    (rf"\b{_ZYGOSITY}\b", "zygosity", lambda found: found[1].lower()),
    (r"\b(N[MR]_\d{4,12}(?:\.\d{1,3})?|ENST\d{11}(?:\.\d{1,3})?)(?::|\b)", "transcript", lambda found: found[1]),
    (r"\b(?:exon |ex|e)(\d{1,3}) ?(?:[-:;,/]|::|to) ?(?:exon |ex|e)(\d{1,3})\b", "exons",
     lambda found: (f"E{found[1]}", f"E{found[2]}")),
    (r"(?<=[(\s])([A-Z]\d{1,3}) ?[;:,] ?([A-Z]\d{1,3})(?=[)\s]|$)", "exons", _exons),
    (r"\b(\d{1,6}) (?:supporting |junction |spanning |split )?reads\b", "reads", lambda found: int(found[1])),
    (r"\bout[- ]of[- ]frame\b", "in_frame", lambda _: False),
    (r"\bin[- ]frame\b(?!.{0,20}(?:del|ins|dup))", "in_frame", lambda _: True),
)  # fmt: skip
