"""Free text of an alteration in a plain table or a report: `V600E`, `amp`, `ex19del`, `EML4-ALK fusion`, `AR-V7`."""

from __future__ import annotations

import re

from kb.alteration import Alteration, CopyNumberChange, CopyNumberState, Fusion, MarkerValue, Place, SmallVariant
from kb.nomenclature import fusion, protein
from kb.nomenclature.errors import UnreadableAlteration, UnreadableFusion, UnreadableProteinChange

STATES = {
    "amplification": CopyNumberState.AMPLIFICATION,
    "amplified": CopyNumberState.AMPLIFICATION,
    "amp": CopyNumberState.AMPLIFICATION,
    "high-level amplification": CopyNumberState.AMPLIFICATION,
    "high level amplification": CopyNumberState.AMPLIFICATION,
    "focal amplification": CopyNumberState.AMPLIFICATION,
    "copy number amplification": CopyNumberState.AMPLIFICATION,
    "homozygous deletion": CopyNumberState.HOMOZYGOUS_DELETION,
    "homozygous loss": CopyNumberState.HOMOZYGOUS_DELETION,
    "homdel": CopyNumberState.HOMOZYGOUS_DELETION,
    "hom del": CopyNumberState.HOMOZYGOUS_DELETION,
    "deep deletion": CopyNumberState.HOMOZYGOUS_DELETION,
    "deepdel": CopyNumberState.HOMOZYGOUS_DELETION,
    "biallelic deletion": CopyNumberState.HOMOZYGOUS_DELETION,
    "biallelic loss": CopyNumberState.HOMOZYGOUS_DELETION,
    "gain": CopyNumberState.GAIN,
    "gained": CopyNumberState.GAIN,
    "low-level gain": CopyNumberState.GAIN,
    "low level gain": CopyNumberState.GAIN,
    "copy number gain": CopyNumberState.GAIN,
    "copy gain": CopyNumberState.GAIN,
    "loss": CopyNumberState.LOSS,
    "copy number loss": CopyNumberState.LOSS,
    "copy loss": CopyNumberState.LOSS,
    "heterozygous loss": CopyNumberState.LOSS,
    "heterozygous deletion": CopyNumberState.LOSS,
    "hemizygous deletion": CopyNumberState.LOSS,
    "hemizygous loss": CopyNumberState.LOSS,
    "shallow deletion": CopyNumberState.LOSS,
    "single copy loss": CopyNumberState.LOSS,
    "neutral": CopyNumberState.NEUTRAL,
    "diploid": CopyNumberState.NEUTRAL,
    "normal copy number": CopyNumberState.NEUTRAL,
    "no change": CopyNumberState.NEUTRAL,
}
"""Words for a copy-number state. A bare "deletion" is not among them: it may be a heterozygous or homozygous one."""

_CLASSES = {
    "missense": "missense_variant",
    "missense mutation": "missense_variant",
    "nonsense": "stop_gained",
    "nonsense mutation": "stop_gained",
    "stop gained": "stop_gained",
    "frameshift": "frameshift_variant",
    "frameshift mutation": "frameshift_variant",
    "splice": "splice_site_variant",
    "splice site": "splice_site_variant",
    "splice_site": "splice_site_variant",
    "splice mutation": "splice_site_variant",
    "splice site mutation": "splice_site_variant",
    "truncating": "feature_truncation",
    "truncation": "feature_truncation",
    "truncating mutation": "feature_truncation",
    "lof": "loss_of_function_variant",
    "lof mutation": "loss_of_function_variant",
    "lof variant": "loss_of_function_variant",
    "loss of function": "loss_of_function_variant",
    "loss-of-function": "loss_of_function_variant",
    "loss of function mutation": "loss_of_function_variant",
    "loss-of-function mutation": "loss_of_function_variant",
    "loss of function variant": "loss_of_function_variant",
    "in-frame deletion": "inframe_deletion",
    "in-frame insertion": "inframe_insertion",
    "inframe deletion": "inframe_deletion",
    "inframe insertion": "inframe_insertion",
}

_OF_EXON = {
    "del": "inframe_deletion",
    "ins": "inframe_insertion",
    "dup": "inframe_insertion",
    # Sequence Ontology's term for a transcript that lacks an exon; MET exon 14 skipping is one.
    "ski": "exon_loss_variant",
    "los": "exon_loss_variant",
    "ind": "inframe_indel",
    "mut": None,
    "var": None,
}

_ISOFORMS = {"ar-v7": "AR-V7", "arv7": "AR-V7", "v7": "AR-V7", "egfrviii": "EGFRvIII", "viii": "EGFRvIII"}

_MUTATED = frozenset({"mutation", "mutations", "mutated", "mutant", "mut", "variant"})
_SIGNIFICANT = {
    f"{word} {noun}": word
    for word in ("oncogenic", "likely oncogenic", "pathogenic", "likely pathogenic")
    for noun in ("mutation", "variant")
}

_WILD_TYPE = frozenset({"wild type", "wild-type", "wildtype", "wt", "unmutated", "not mutated"})
_NO_MUTATION = frozenset({"no mutation", "no mutations", "no mutation detected", "no mutations detected", "no variant"})
_NOT_FOUND = frozenset(
    {"negative", "neg", "not detected", "undetected", "not found", "not identified", "none detected", "no alteration"}
)


def denied(words: str, gene: str, place: Place, sample: str | None = None) -> MarkerValue | None:
    """The stated negative of a whole gene (`wild type`, `not detected`), or None when the words are none.

    >>> denied("not detected", "EGFR", Place("table.tsv", 2)).label
    'EGFR alteration not detected'
    """
    if words in _WILD_TYPE:
        return MarkerValue(gene, "wild type", place, sample)
    if words in _NO_MUTATION:
        return MarkerValue(f"{gene} mutation", "not detected", place, sample)
    return MarkerValue(f"{gene} alteration", "not detected", place, sample) if words in _NOT_FOUND else None


def parse(
    text: str, gene: str, place: Place, sample: str | None = None, is_gene: fusion.IsGene | None = None
) -> Alteration:
    """The alteration of a gene that a free text names; UnreadableAlteration when it names none.

    A leading gene symbol in the text is allowed, and Chinese words. `is_gene` settles the hyphens of fusions. A gene
    without any alteration (`wild type`, `not detected`) is a marker value, as free text states it.

    >>> parse("ex19del", "EGFR", Place("table.tsv", 2)).label
    'EGFR inframe_deletion'
    >>> parse("deep deletion", "CDKN2A", Place("table.tsv", 3)).label
    'CDKN2A homozygous deletion'
    """
    english = text if text.isascii() else _english(text)
    body = _without_gene(" ".join(english.split()), gene)
    words = body.lower()
    if words in STATES:
        return CopyNumberChange(gene, STATES[words], place, sample=sample)
    if words == "none":
        raise UnreadableAlteration(text, "write wild type or not detected, or take the row out")
    negative = denied(words, gene, place, sample) if gene else None
    if negative is not None:
        return negative
    if words in _NOT_FOUND | _NO_MUTATION | _WILD_TYPE:
        raise UnreadableAlteration(text, "name the gene that was looked at")
    if words in ("deletion", "del"):
        raise UnreadableAlteration(text, "write homozygous deletion or loss")
    if words in _ISOFORMS and (gene or words not in ("v7", "viii")):
        return MarkerValue(_ISOFORMS[words], "detected", place, sample)
    refuse_ambiguous(body, text)
    return described(body, gene, place, sample) or _by_notation(body, text, gene, place, sample, is_gene)


def _english(text: str) -> str:
    from kb.nomenclature.chinese import in_english

    return in_english(text)


def _without_gene(text: str, gene: str) -> str:
    """The text without the gene that it may begin with: `EGFR ex19del`, `METex14 skipping`."""
    rest = text[len(gene) :] if gene and text.lower().startswith(gene.lower()) else ""
    if rest.startswith("::"):
        return text  # the gene begins the name of a fusion
    if rest[:1] in (" ", ":") or rest.lower().startswith("ex"):
        return rest[1:].strip() if rest[:1] in (" ", ":") else rest
    return text


def refuse_ambiguous(name: str, text: str) -> None:
    """UnreadableAlteration for a name that reports use for two things; `text` is what the user wrote."""
    if re.fullmatch(r"(?:p\.)?\(?[A-Z][a-z]{0,2}[0-9]{1,5}X(?:aa)?\)?", name):
        raise UnreadableAlteration(
            text, "X is a stop or any residue: write * for a stop, or name the new residue (G719A)"
        )
    if re.fullmatch(r"E[0-9]{1,2}(?:del|ins|dup)[A-Z]*", name):
        raise UnreadableAlteration(text, f"E is an exon or glutamate: write exon {name[1:3]}, or p.{name}")
    if re.fullmatch(r"[0-9]{1,5}[ACGT]+>[ACGT]+", name):
        raise UnreadableAlteration(text, f"A, C, G and T are bases or residues: write c.{name}, or p.{name}")


def described(text: str, gene: str, place: Place, sample: str | None = None) -> SmallVariant | None:
    """A small variant that is described, not named (a class, an exon with a class, just "mutation"), or None."""
    words = text.lower()
    if words in _CLASSES:
        return SmallVariant(gene, place, consequences=(_CLASSES[words],), sample=sample)
    if words in _MUTATED:
        return SmallVariant(gene, place, sample=sample)
    if words in _SIGNIFICANT:
        return SmallVariant(
            gene, place, significance=_SIGNIFICANT[words], significance_source="alteration", sample=sample
        )
    # A capital E before a number is glutamate: E746del is no exon.
    exon = None if re.match("E[0-9]", text) else _exon(words, gene)
    if exon is None:
        return None
    return SmallVariant(gene, place, consequences=(exon[1],) if exon[1] else (), exon=exon[0], sample=sample)


def is_described(text: str) -> bool:
    """Whether the text describes a small variant: `exon 20 insertion`, `frameshift`, `mutation`."""
    return described(text, "", Place("")) is not None


_OF_AN_EXON = (
    "deletions?|del|insertions?|ins|duplications?|dup|indels?|skipping|skip|skipped|loss|mutations?|mutated|variant"
)
_SHORT_EXONS = {"EGFR": range(18, 22), "ERBB2": range(18, 22), "HER2": range(18, 22)}
"""Exons of the kinases whose numbers reports write without the word: `EGFR del19`, `HER2 20ins`."""


def _exon(words: str, gene: str) -> tuple[int, str | None] | None:
    """Exon and Sequence Ontology term of `exon 14 skipping`, `ex19del`, `ex20ins`, `exon 20 insertion`."""
    if words == "ex14" and gene.upper() == "MET":
        return 14, "exon_loss_variant"
    found = re.fullmatch(
        rf"(?:in-?frame )?(?:exon|ex|e)[ -]?([0-9]{{1,3}})[ -]?(?:in-?frame )?({_OF_AN_EXON})(?: mutation)?", words
    )
    if found is not None:
        return int(found[1]), _OF_EXON[found[2][:3]]
    short = re.fullmatch(r"(del|ins)?[ -]?([0-9]{2})[ -]?(del|ins)?(?:etion|ertion)?", words)
    if short is None or bool(short[1]) == bool(short[3]) or int(short[2]) not in _SHORT_EXONS.get(gene.upper(), ()):
        return None
    return int(short[2]), _OF_EXON[short[1] or short[3]]


def _by_notation(
    body: str, text: str, gene: str, place: Place, sample: str | None, is_gene: fusion.IsGene | None
) -> Alteration:
    """A protein change, a coding change, or a fusion."""
    coding = re.fullmatch(
        r"(?:([A-Z]+_?[0-9]+(?:\.[0-9]+)?)(?:\([A-Za-z0-9-]+\))?:)?([cn]\.[^\s(),;]+)(?:[,;\s]+\(?(p\.\S+?)\)?)?", body
    )
    if coding is not None:
        change = _protein(coding[3] + ")" * ("(" in coding[3]), text) if coding[3] else None
        return SmallVariant(gene, place, change, coding[2], transcript=coding[1], sample=sample)
    if "::" in body or "--" in body or re.search(r"(?i)fusion|rearrange|translocat", body):
        return _fused(body, text, gene, place, sample, is_gene)
    try:
        return SmallVariant(gene, place, protein.parse(body), sample=sample)
    except UnreadableProteinChange as unreadable:
        if gene and gene.upper() not in re.split(r"[-/]", body.upper()):
            raise UnreadableAlteration(text) from unreadable
        return _fused(body, text, gene, place, sample, is_gene)


def _protein(named: str, text: str) -> protein.ProteinChange:
    try:
        return protein.parse(named)
    except UnreadableProteinChange as unreadable:
        raise UnreadableAlteration(text) from unreadable


def _fused(body: str, text: str, gene: str, place: Place, sample: str | None, is_gene: fusion.IsGene | None) -> Fusion:
    """The fusion that the text names, which must be one of this gene; a bare "fusion" is one with any partner."""
    bare = body.lower() in ("fusion", "rearrangement", "rearranged", "translocation", "gene fusion")
    try:
        name = fusion.parse(f"{gene} fusion" if bare and gene else body, is_gene)
    except UnreadableFusion as unreadable:
        raise UnreadableAlteration(text) from unreadable
    partners = {partner.upper() for partner in (name.five_prime, name.three_prime) if partner}
    if gene and not {part.upper() for part in re.split(r"::|--|/|\s|,", gene)} & (partners | {""}) and not bare:
        raise UnreadableAlteration(text, f"the fusion does not name the gene {gene} of its row")
    return Fusion(name.five_prime, name.three_prime, place, sample=sample, oriented=name.oriented)
