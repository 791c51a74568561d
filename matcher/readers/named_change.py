"""Small variants from the names that a document gives them: HGVS in any of its levels, alone or inside a label."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kb.alteration import GenomicChange
from kb.nomenclature import protein
from kb.nomenclature.errors import UnreadableProteinChange
from kb.nomenclature.genomic import GRCH37_VERSIONS, build_of_version
from matcher.readers.document import Part

_PROTEIN = re.compile(r"(?<![A-Za-z0-9])p\.[^\s,]+")
_CODING = re.compile(
    r"(?:((?:[NX][MR]_|ENST|LRG_)[\w.]+)(?:\([^)\s]*\))?:)?(?<![A-Za-z0-9.])([cn]\.[*\-\d][^\s,;()]*)", re.ASCII
)
_GENOMIC = re.compile(r"(?:([\w.]+):)?(?<![A-Za-z0-9.])(g\.[^\s,;]+)", re.ASCII)
_SPDI = re.compile(r"(NC_\d{6}\.\d+):(\d{1,12}):([ACGTN]*):([ACGTN]*)")


@dataclass(frozen=True, slots=True)
class Named:
    """The names found: a protein change as text, a coding change with its transcript, a change in the genome."""

    protein: str | None = None
    coding: str | None = None
    transcript: str | None = None
    genomic: GenomicChange | None = None
    genomic_text: str | None = None


def names_in(texts: Iterable[str]) -> Named:
    """The first name of each level in the texts.

    >>> names_in(["NM_000455.5(STK11):c.725G>A (p.Gly242Glu)"]).protein
    'p.Gly242Glu'
    >>> str(names_in(["NC_000009.12:g.5073770G>T"]).genomic)
    '9:5073770G>T'
    """
    listed = [text[:500] for text in texts]
    changes = _first(_PROTEIN, listed)
    coding = _first(_CODING, listed)
    genomic = _first(_GENOMIC, listed)
    spdi = _first(_SPDI, listed)
    change = _substitution(genomic[1], genomic[2]) if genomic else None
    if change is None and spdi and spdi[3] and spdi[4]:
        change = _genomic_change(spdi[1], int(spdi[2]) + 1, spdi[3], spdi[4])
    return Named(
        _unclosed(changes[0]) if changes else None,
        coding[2] if coding else None,
        coding[1] if coding else None,
        change,
        genomic[0] if genomic else spdi[0] if spdi else None,
    )


def _first(pattern: re.Pattern[str], texts: list[str]) -> re.Match[str] | None:
    return next((found for text in texts if (found := pattern.search(text))), None)


def _unclosed(text: str) -> str:
    """The text without a closing bracket that it does not open: a label puts `(p.Gly242Glu)` into brackets."""
    return text[:-1] if text.endswith(")") and text.count(")") > text.count("(") else text


def _substitution(sequence: str | None, change: str) -> GenomicChange | None:
    found = re.fullmatch(r"g\.(\d{1,12})([ACGT]+)>([ACGT]+)", change)
    return _genomic_change(sequence, int(found[1]), found[2], found[3]) if found and sequence else None


def _genomic_change(sequence: str | None, position: int, reference: str, alternate: str) -> GenomicChange | None:
    name, build = chromosome(sequence or "")
    return GenomicChange(name, position, reference, alternate, build) if name else None


def chromosome(text: str) -> tuple[str, str | None]:
    """The chromosome and, where the text is a RefSeq accession, its build.

    >>> chromosome("NC_000013.11"), chromosome("chr13")
    (('13', 'GRCh38'), ('13', None))
    """
    found = re.fullmatch(r"NC_0000(\d\d)\.(\d+)", text, re.ASCII)
    if found is None:
        return text.strip().removeprefix("chr"), None
    name = {"23": "X", "24": "Y"}.get(found[1], found[1].lstrip("0"))
    if name not in GRCH37_VERSIONS:
        return text, None
    return name, build_of_version(name, int(found[2][:6]))


def protein_of(text: str | None, gene: str, part: Part) -> protein.ProteinChange | None:
    """The protein change that the text names; a note when it cannot be read and the variant is kept without it."""
    if text is None:
        return None
    try:
        return protein.parse(text)
    except UnreadableProteinChange as unreadable:
        message = f"unreadable protein change {text[:60]!r} of {gene or 'a variant'}: the variant is kept without it"
        part.note(message, unreadable.remedy)
        return None


def tell_unannotated(gene: str, found: Named, part: Part) -> None:
    """A note on a change without a name, or without its effect on the protein, which protein biomarkers need.

    Intronic changes are left out.
    """
    named = found.coding or found.genomic_text
    if named is None and found.protein is None:
        message = f"the variant of {gene or 'no gene'} has no name: kept as a variant of the gene"
        part.note(message, "add its p. name, or say that it is a copy-number change or a fusion")
    elif named and found.protein is None and not re.search(r"\d[+-]\d", named):
        message = f"{gene or 'a variant'} {named[:60]} has no protein change"
        part.note(
            f"{message}: biomarkers of protein changes cannot see it", "add its p. name, or give the annotated VCF"
        )
