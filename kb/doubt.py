"""Why a biomarker may describe an alteration and may not: English sentences, each with a key for other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.biomarker import Biomarker

DOUBTS = {
    "copy number": "the copy number of {gene} decides no state",
    "log ratio": "the copy number of {gene} (log2 ratio {ratio}) decides no state",
    "no second gene": "{alteration}: no second gene is named",
    "reciprocal": "{alteration} may be the reciprocal of one that {biomarker} means",
    "partner not named": "the partner in {alteration} is not named",
    "exons not given": "the exons that {alteration} joins are not given: {role}",
    "out of frame": "the fusion is reported out of frame, and the biomarker needs the kinase domain in frame",
    "transcript not told": "{alteration}: which transcript it gives is not told",
    "protein change not given": "the protein change of {alteration} is not given",
    "protein change at a codon not given": "the protein change of {alteration} (codon {codon} of its transcript) "
    "is not given",
    "not among the known": "{alteration} is not among the variants known to qualify as {biomarker}",
    "unknown significance": "{alteration} is a variant of unknown significance",
    "both alleles": "both alleles must be lost, and the input does not tell",
    "loss not stated": "{alteration} is not stated to lose function",
    "loss not known": "{alteration} is not known to lose function",
    "escapes decay": "{alteration} leaves {kept} of {length} residues and escapes nonsense-mediated decay",
    "skipping not given": "whether {alteration} skips the exon is not given: confirm on RNA",
    "phenocopy": "{alteration} may phenocopy {biomarker}: confirm on RNA",
    "base not given": "which base {alteration} changes is not given",
}
"""The sentences, with what they speak of in braces: alterations and biomarkers by their labels."""


class Doubt(str):
    """A doubt as an English sentence, with its `key` of `DOUBTS` and the `values` that it speaks of.

    >>> doubt("copy number", gene="ERBB2")
    'the copy number of ERBB2 decides no state'
    """

    __slots__ = ("key", "values")
    key: str
    values: dict[str, Alteration | Biomarker | str | int]


def doubt(key: str, **values: Alteration | Biomarker | str | int) -> Doubt:
    """The doubt of this key; KeyError where `DOUBTS` has none."""
    shown = {name: each if isinstance(each, str | int) else each.label for name, each in values.items()}
    made = Doubt(DOUBTS[key].format_map(shown))
    made.key, made.values = key, values
    return made
