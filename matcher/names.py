"""Names in every language: biomarkers, alterations, drugs and regimens, tumor types, and what else the graph names.

What a name cannot be found for is said as the graph has it: the INN, the English label.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import TYPE_CHECKING

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue
from kb.doubt import Doubt
from matcher.phrases import Text, joined, phrases, say, text

if TYPE_CHECKING:
    from kb.biomarker import Biomarker
    from kb.caution import Comedication, Condition, Measurement
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen, Requirement
    from kb.tumor_types import TumorType

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


def marker_name(marker: str) -> str:
    """A marker; most are abbreviations that every language has."""
    return text("markers", marker) if marker in phrases("markers") else marker


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


# Doubts


def doubt_name(why: str) -> str:
    """Why a biomarker may not describe an alteration, which can be said in every language."""
    return Text(why, partial(_doubt, why)) if isinstance(why, Doubt) else why


def _doubt(why: Doubt, lang: str) -> str:
    return say("doubts", why.key, lang, **{name: _spoken_of(each) for name, each in why.values.items()})


def _spoken_of(value: Alteration | Biomarker | str | int) -> str | int:
    if isinstance(value, str | int):
        return value
    return alteration_name(value) if isinstance(value, Alteration) else biomarker_name(value)


# Therapies


def drug_name(drug: str, knowledge: KnowledgeBase) -> str:
    """A drug, a class or a scheme, which can be said in every language; the INN where the graph has no other name.

    >>> from kb.graph import open_knowledge_base
    >>> drug_name("pyrotinib", open_knowledge_base()).in_language("zh")
    '吡咯替尼'
    """
    return Text(drug, partial(_drug, drug, knowledge))


def regimen_name(regimen: Regimen, knowledge: KnowledgeBase) -> str:
    """A regimen as a board reads it: `capecitabine + pyrotinib`."""
    return joined((drug_name(drug, knowledge) for drug in regimen), "drugs")


def _drug(drug: str, knowledge: KnowledgeBase, lang: str) -> str:
    return known_therapy(drug, knowledge, lang) or drug


def known_therapy(name: str, knowledge: KnowledgeBase, lang: str) -> str | None:
    """A therapy's name in a language, also of one in a setting (`trastuzumab (adjuvant)`); None when it is none."""
    plain, _, setting = name.removesuffix(")").partition(" (")
    if setting and name.endswith(")") and setting in phrases("requirements"):
        inner = known_therapy(plain, knowledge, lang)
        words = phrases("requirements")[setting][lang]
        return inner and say("requirements", "in setting", lang, requirement=inner, setting=words)
    found = phrases("therapies").get(name)
    if found is not None:
        return found[lang]
    therapy = knowledge.therapy_of_id(name)
    return therapy and (therapy.chinese_name or name)


# Tumor types and places


def tumor_name(code: str, lang: str, knowledge: KnowledgeBase) -> str:
    """A tumor type as a board calls it in a language; its English name where there is no other.

    >>> from kb.graph import open_knowledge_base
    >>> tumor_name("LUAD", "zh", open_knowledge_base())
    '肺腺癌'
    """
    found = phrases("tumors").get(code)
    return found[lang] if found is not None else knowledge.tumor_type(code).name


def tumor_codes(codes: Iterable[str], knowledge: KnowledgeBase, by: str = "list") -> str:
    """OncoTree codes one after another; other languages than English have their names."""
    return joined((Text(code, partial(_tumor, code, knowledge)) for code in codes), by)


def _tumor(code: str, knowledge: KnowledgeBase, lang: str) -> str:
    return tumor_name(code, lang, knowledge)


def tumor_label(tumor: TumorType) -> str:
    """A tumor type by its name, which can be said in every language."""
    return Text(tumor.name, partial(_tumor_label, tumor))


def _tumor_label(tumor: TumorType, lang: str) -> str:
    found = phrases("tumors").get(tumor.code)
    return tumor.name if found is None else found[lang]


def jurisdiction_name(code: str) -> str:
    """A jurisdiction by its code; by its name in other languages."""
    return text("jurisdictions", code) if code in phrases("jurisdictions") else code


# Conditions, medications, measurements


def condition_name(name: str, knowledge: KnowledgeBase) -> str:
    """A condition by the graph's name, which can be said in every language; as it is where the graph knows none."""
    return Text(name, partial(_subject, name, knowledge.condition))


def medication_name(name: str, knowledge: KnowledgeBase) -> str:
    """A medication that is taken beside the therapy, by the graph's name."""
    return Text(name, partial(_subject, name, knowledge.comedication))


def measurement_name(known: Measurement) -> str:
    """A measured value's name."""
    return Text(known.label, lambda lang: known.chinese_name or known.label)


def toxicity_name(written: str, name: str, grade: int | None, knowledge: KnowledgeBase) -> str:
    """A toxicity as the file writes it; other languages have the graph's name of it and the grade."""
    return Text(written, partial(_toxicity, written, name, grade, knowledge))


def _toxicity(written: str, name: str, grade: int | None, knowledge: KnowledgeBase, lang: str) -> str:
    found = _subject(name, knowledge.condition, lang)
    if found == name:
        return written
    return found if grade is None else say("items", "of grade", lang, toxicity=found, grade=grade)


def _subject(name: str, find: Callable[[str], Condition | Comedication], lang: str) -> str:
    from kb.caution import UnknownSubject

    try:
        return find(name).chinese_name or name
    except UnknownSubject:
        return name


# Requirements on the history


def requirement_name(requirement: Requirement, knowledge: KnowledgeBase) -> str:
    """A requirement as its source has it; other languages say what was read of it, or what was written for its text.

    >>> from kb.graph import open_knowledge_base
    >>> from kb.indication import Requirement
    >>> asked = Requirement("received", "received trastuzumab (adjuvant)", ("trastuzumab",), setting="adjuvant")
    >>> requirement_name(asked, open_knowledge_base()).in_language("zh")
    '曾接受曲妥珠单抗（辅助）'
    """
    return Text(requirement.text, partial(_requirement, requirement, knowledge))


def _requirement(requirement: Requirement, knowledge: KnowledgeBase, lang: str) -> str:
    written = phrases("requirement_texts").get(requirement.text)
    if written is not None:
        return written[lang]
    forms = phrases("requirements")
    if requirement.kind not in forms or requirement.setting not in {None, *forms}:
        return requirement.text
    names = joined((drug_name(each, knowledge) for each in requirement.any_of or (SYSTEMIC,)), "or")
    counts = {"least": requirement.at_least, "most": requirement.at_most or 0}
    said = say("requirements", _form_of(requirement), lang, therapies=names, **counts)
    if requirement.setting is None:
        return said
    return say("requirements", "in setting", lang, requirement=said, setting=forms[requirement.setting][lang])


SYSTEMIC = "systemic therapy"
"""What a requirement without therapies is about."""


def _form_of(requirement: Requirement) -> str:
    if requirement.kind != "received" or (requirement.at_least, requirement.at_most) == (1, None):
        return requirement.kind
    return "received lines" if requirement.at_most is None else "received range"
