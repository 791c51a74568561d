"""Names in every language: biomarkers, alterations, drugs and regimens, tumor types, and what else the graph names.

What a name cannot be found for is said as the graph has it: the INN, the English label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, partial
from typing import TYPE_CHECKING

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue
from matcher.phrases import Text, joined, phrases, say

if TYPE_CHECKING:
    from kb.biomarker import Biomarker

# Biomarkers


def biomarker_name(biomarker: Biomarker) -> str:
    """A biomarker's label, which can be said in every language.

    >>> from kb.graph import open_knowledge_base
    >>> biomarker_name(open_knowledge_base().biomarker("ERBB2:AMP")).in_language("zh")
    'ERBB2扩增'
    """
    return Text(biomarker.label, partial(biomarker_label, biomarker.label))


def biomarker_label(label: str, lang: str) -> str:
    """A biomarker's English label in another language; as it is where no phrase has its form.

    >>> biomarker_label("EGFR exon 19 deletion", "zh"), biomarker_label("EGFR L858R", "zh")
    ('EGFR外显子19缺失', 'EGFR L858R')
    """
    for form, key in _forms():
        found = form.fullmatch(label)
        if found is not None:
            return say("biomarkers", key, lang, **found.groupdict())
    return label


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The forms of English labels, those with the longest fixed text first."""
    written = {key: each["en"] for key, each in phrases("biomarkers").items()}
    ordered = sorted(written, key=lambda key: -len(re.sub(r"\{\w+\}", "", written[key])))
    return tuple((_form(written[key]), key) for key in ordered)


def _form(template: str) -> re.Pattern[str]:
    """A phrase as the pattern of the labels that have its form."""
    pieces = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{each}>.+)" if n % 2 else re.escape(each) for n, each in enumerate(pieces)))


# Alterations


def alteration_name(alteration: Alteration) -> str:
    """An alteration's label, which can be said in every language.

    >>> from kb.alteration import CopyNumberState, Place
    >>> alteration_name(CopyNumberChange("ERBB2", CopyNumberState.AMPLIFICATION, Place("p"))).in_language("zh")
    'ERBB2扩增'
    """
    return Text(alteration.label, partial(_alteration, alteration))


def listed(alterations: Iterable[Alteration]) -> str:
    """Alterations one after another, each label once."""
    return joined({each.label: alteration_name(each) for each in alterations}.values(), "list")


def _alteration(alteration: Alteration, lang: str) -> str:
    if isinstance(alteration, CopyNumberChange):
        return say("alterations", alteration.state.value, lang, gene=alteration.gene)
    if isinstance(alteration, Fusion):
        return _fusion(alteration, lang)
    if isinstance(alteration, MarkerValue):
        return _put(alteration.marker, result_name(alteration.value, lang))
    if alteration.label == f"{alteration.gene} variant":
        return say("alterations", "variant", lang, gene=alteration.gene)
    if not alteration.gene and not alteration.genomic:
        return say("alterations", "variant without gene", lang)
    named = alteration.protein is not None or alteration.coding
    consequence = phrases("consequences").get(alteration.consequences[0]) if alteration.consequences else None
    return alteration.label if named or consequence is None else alteration.gene + consequence[lang]


def _fusion(fusion: Fusion, lang: str) -> str:
    exons = {"last": fusion.five_prime_exon, "first": fusion.three_prime_exon}
    told = {name: number for name, number in exons.items() if number is not None}
    whole = " of exons" if len(told) == len(exons) else ""
    if fusion.is_intragenic:
        return say("alterations", f"intragenic{whole}", lang, gene=fusion.five_prime or "", **told)
    genes = f"{fusion.five_prime or '?'}::{fusion.three_prime or '?'}"
    return say("alterations", f"fusion{whole}", lang, genes=genes, **told)


def result_name(value: str, lang: str) -> str:
    """The result of a test in a language; what the file writes otherwise stays as it is.

    >>> result_name("not detected", "zh"), result_name("3+", "zh")
    ('未检出', '3+')
    """
    known = phrases("results").get(value.strip().lower())
    return value if known is None or lang == "en" else known[lang]


def _put(name: str, value: str) -> str:
    """A name and its value: a space between them only where both are Latin."""
    return f"{name}{value}" if value[:1] > "\u2e7f" else f"{name} {value}"
