"""FHIR's variant observation (LOINC 69548-6) and what other observations state of a variant.

Components by LOINC code: https://hl7.org/fhir/uv/genomics-reporting/STU3/StructureDefinition-variant.html . The German
profile names the partners of a fusion and the type of a copy-number change in code systems of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    GenomicChange,
    Origin,
    SmallVariant,
)
from kb.nomenclature import alteration_text, significance
from kb.nomenclature.consequences import CODING, OTHER, severity
from kb.nomenclature.errors import UnreadableAlteration
from kb.nomenclature.genomic import BUILD_NAMES
from matcher.cut_offs import by_copies
from matcher.notes import Severity
from matcher.readers import columns
from matcher.readers import document_names as names
from matcher.readers.document import Part
from matcher.readers.fhir_parts import Concept, concept, label_of
from matcher.readers.named_change import Named, chromosome, names_in, protein_of, tell_unannotated

GENE, SOURCE_CLASS, ALLELE_STATE, SIGNIFICANCE = "48018-6", "48002-0", "53034-5", "53037-8"
PROTEIN, CODING_CHANGE, GENOMIC, VARIATION = "48005-3", "48004-6", "81290-9", "81252-9"
TRANSCRIPT, REFERENCE_SEQUENCE, BUILD, REGION = "51958-7", "48013-7", "62374-4", "47999-8"
CHROMOSOMES, START_END, REF, ALT = ("48000-4", "48001-2"), "81254-5", "69547-8", "69551-0"
FRACTION, COPIES, CHANGE_TYPE, CONSEQUENCE = "81258-6", "82155-3", "48019-4", "48006-1"

_ABSENT = frozenset({"LA9634-2", "260385009", "LA6577-6", "2667000"})
_PRESENT = frozenset({"LA9633-4", "LA6576-8", "10828004", "52101004"})
_ORIGINS = {"LA6683-2": Origin.GERMLINE, "LA6684-0": Origin.SOMATIC}
_SIGNIFICANCE = {
    "LA6668-3": "pathogenic", "LA26332-9": "likely pathogenic", "LA26333-7": "uncertain significance",
    "LA26334-5": "likely benign", "LA6675-8": "benign",
}  # fmt: skip
_BUILDS = {"LA14029-5": "GRCh37", "LA26806-2": "GRCh38"}
_STATES = {
    "high-level-gain": CopyNumberState.AMPLIFICATION,
    "low-level-gain": CopyNumberState.GAIN,
    "loss": CopyNumberState.LOSS,
    "SO:0001742": CopyNumberState.GAIN,
    "SO:0001743": CopyNumberState.LOSS,
}
"""Copy-number states by the German profile's codes (bwHC, DNPM) and the Sequence Ontology's."""

_FUSIONS = frozenset({"SO:0001565", "SO:0001886", "gene_fusion", "transcript_fusion"})
_CLASSES = {
    "missense": "missense_variant",
    "nonsense": "stop_gained",
    "frameshift": "frameshift_variant",
    "silent": "synonymous_variant",
    "stop codon mutation": "stop_gained",
    "initiating methionine": "start_lost",
}
"""LOINC's answers on the type of an amino acid change (48006-1) as Sequence Ontology terms."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What is stated of a variant beside its names."""

    significance: str | None = None
    consequences: tuple[str, ...] = ()


def plain(label: str) -> str:
    """A SNOMED display without its semantic tag.

    >>> plain("Positive (qualifier value)")
    'Positive'
    """
    tags = r"qualifier value|disorder|morphologic abnormality|finding|body structure|procedure|substance|product"
    return re.sub(rf"\s*\(({tags})\)$", "", label.strip())


def refusal(part: Part) -> tuple[str, Severity] | None:
    """Why the observation is no alteration: stated absent, or without a result; None when it is one."""
    value = concept(part.get("valueCodeableConcept"))
    stated = value.codes | {code for each in part.items("interpretation") for code in concept(each).codes}
    what = _what(part)
    if stated & _ABSENT and not stated & _PRESENT:
        return f"{what}: absent, no alteration", Severity.INFO
    if stated & _ABSENT:
        return f"{what}: value and interpretation contradict each other, no alteration", Severity.ERROR
    missing = label_of(concept(part.get("dataAbsentReason")))
    word = label_of(value)
    if missing or (value.codings and not stated & _PRESENT) or (word and not stated & _PRESENT):
        if re.fullmatch(r"present|positive|detected", plain(word), re.I):
            return None
        return f"{what}: no result ({missing or word}), no alteration", Severity.WARNING
    return None


def _what(part: Part) -> str:
    """The variant as a note names it."""
    components = _components(part)
    texts = [
        label_of(each) for code in (GENE, PROTEIN, CODING_CHANGE, VARIATION) for each in _concepts(components, code)
    ]
    return " ".join(texts)[:80] or "a variant"


def _components(part: Part) -> dict[str, list[Part]]:
    """The components by each of their codes."""
    found: dict[str, list[Part]] = {}
    for component in part.items("component"):
        for code in concept(component.get("code")).codes:
            found.setdefault(code, []).append(component)
    return found


def _concepts(components: dict[str, list[Part]], code: str) -> list[Concept]:
    return [concept(each.get("valueCodeableConcept")) for each in components.get(code, ())]


def _texts(components: dict[str, list[Part]], code: str) -> list[str]:
    """Every text of the components with this code: displays, codes, texts and strings."""
    found = []
    for each in components.get(code, ()):
        value = concept(each.get("valueCodeableConcept"))
        found += [text for _, one, display in value.codings for text in (one, display) if text]
        found += [text for text in (value.text, each.text("valueString")) if text]
    return found


def genes(found: Concept) -> tuple[str, ...]:
    """The symbols of a gene component; an HGNC id stands where no symbol is given.

    >>> genes(Concept((("https://www.genenames.org/", "HGNC:1097", "BRAF"),)))
    ('BRAF',)
    """
    symbols = (display or code for _, code, display in found.codings)
    listed = tuple(dict.fromkeys(symbol.strip() for symbol in symbols if symbol.strip()))
    return listed or ((found.text,) if found.text else ())


def alterations(part: Part, sample: str | None) -> Iterator[Alteration]:
    """The alterations of a variant observation: one, or one for each gene of a copy-number change."""
    components = _components(part)
    listed = tuple(dict.fromkeys(gene for each in _concepts(components, GENE) for gene in genes(each)))
    copies = _copies(components)
    if copies is not None:
        _leave(part, components, {GENE, COPIES, CHANGE_TYPE, "type", *CHROMOSOMES})
        state, number = copies
        if not listed:
            part.note(f"a copy-number change ({state.value}) names no gene: no alteration", "name it", Severity.ERROR)
        yield from (CopyNumberChange(gene, state, part.place, number, None, sample) for gene in listed)
        return
    fusion = _fusion(part, components, listed, sample)
    if fusion is not None:
        yield fusion
    elif len(listed) > 1:
        message = f"the variant names {len(listed)} genes ({', '.join(listed[:5])}): no alteration"
        part.note(message, "give each its own observation", Severity.ERROR)
        part.take()
    else:
        variant = _small_variant(part, components, next(iter(listed), ""), sample)
        if variant is not None:
            yield variant


def kind(change: Alteration) -> str:
    """The kind of result that the alteration is."""
    if isinstance(change, CopyNumberChange):
        return "copy number"
    return "fusion" if isinstance(change, Fusion) else "small variant"


def _copies(components: dict[str, list[Part]]) -> tuple[CopyNumberState, float | None] | None:
    """State and number of copies, None when the observation is of another kind."""
    number = next((each.number("valueQuantity", "value") for each in components.get(COPIES, ())), None)
    state = None
    for code in components:
        for value in _concepts(components, code) if code not in (GENE, SIGNIFICANCE) else ():
            state = state or next((_STATES[one] for one in value.codes if one in _STATES), None)
    if state is None and number is not None and number >= 0:
        state = by_copies(number)
    if state is CopyNumberState.LOSS and number == 0:
        state = CopyNumberState.HOMOZYGOUS_DELETION
    return (state, number) if state is not None else None


def _fusion(
    part: Part, components: dict[str, list[Part]], listed: tuple[str, ...], sample: str | None
) -> Fusion | None:
    """The fusion, by its partners in the German profile, by two genes, or by its name."""
    five, three = (
        next((gene for each in _concepts(components, f"{end}-prime-gene") for gene in genes(each)), None)
        for end in ("five", "three")
    )
    if five or three:
        _leave(part, components, {"five-prime-gene", "three-prime-gene"})
        return Fusion(five, three, part.place, sample=sample)
    terms = {text for code in (CHANGE_TYPE, CONSEQUENCE) for text in _texts(components, code)}
    labels = [text for text in _texts(components, VARIATION) if re.search(r"fusion|::|rearrange", text, re.I)]
    named = names_in(text for code in (PROTEIN, CODING_CHANGE, GENOMIC, VARIATION) for text in _texts(components, code))
    is_stated = bool(terms & _FUSIONS or labels)
    # Two genes alone are a fusion; with another type or a name they may as well overlap, or be deleted together.
    is_pair = len(listed) == 2 and not terms and named == Named()
    if not (is_stated or is_pair) or not (labels or listed):
        return None
    if named.protein or named.coding:
        message = f"the fusion of {' and '.join(listed) or labels[0][:40]} also names {named.protein or named.coding}"
        part.note(f"{message}: not read", "give the small variant an observation of its own")
    _leave(part, components, {GENE, CHANGE_TYPE, CONSEQUENCE, VARIATION, SOURCE_CLASS, PROTEIN, CODING_CHANGE, GENOMIC})
    for text in labels:
        try:
            change = alteration_text.parse(text, listed[0] if len(listed) == 1 else "", part.place, sample)
        except UnreadableAlteration:
            continue
        if isinstance(change, Fusion):
            return change
    if not listed:
        return None
    first = listed[0] if len(listed) > 1 else None
    return Fusion(first, listed[1] if first else listed[0], part.place, sample=sample, oriented=False)


_READ = frozenset({
    GENE, SOURCE_CLASS, ALLELE_STATE, SIGNIFICANCE, PROTEIN, CODING_CHANGE, GENOMIC, VARIATION, TRANSCRIPT, REF, ALT,
    REFERENCE_SEQUENCE, BUILD, REGION, *CHROMOSOMES, START_END, FRACTION, CONSEQUENCE, CHANGE_TYPE,
})  # fmt: skip


def _leave(part: Part, components: dict[str, list[Part]], read: set[str] | frozenset[str]) -> None:
    """Count the components that are not read, by their label."""
    for code, parts in components.items():
        if code not in read:
            for each in parts:
                part.document.leave("Observation", label_of(concept(each.get("code"))), each.value.row)
        for each in parts:
            each.take()


def _small_variant(part: Part, components: dict[str, list[Part]], gene: str, sample: str | None) -> SmallVariant | None:
    texts = [text for code in (PROTEIN, CODING_CHANGE, GENOMIC, VARIATION) for text in _texts(components, code)]
    named = names_in(texts)
    if named == Named() and texts:
        described = _described(texts, gene, part, sample)
        if described is not None:
            return with_statements(described, statements(part), part)
    bare = next(iter(_texts(components, PROTEIN)), None)
    protein = protein_of(named.protein or bare, gene, part)
    genomic = _genomic(components) or named.genomic
    gene = gene or _gene_of(texts)
    if not gene and genomic is None:
        message = f"{_what(part)} names neither a gene nor a genomic change: no alteration"
        part.note(message, "name the gene (48018-6)", Severity.ERROR)
        part.take()
        return None
    tell_unannotated(gene, replace(named, protein=named.protein or bare), part)
    variant = SmallVariant(
        gene,
        part.place,
        protein,
        named.coding,
        exon=_exon(components),
        transcript=next(iter(_texts(components, TRANSCRIPT)), None) or named.transcript,
        genomic=genomic,
        origin=_origin(part, components),
        vaf=next(
            (fraction(each.get("valueQuantity"), "allele fraction") for each in components.get(FRACTION, ())), None
        ),
        zygosity=_zygosity(components),
        sample=sample,
    )
    stated = statements(part)
    _leave(part, components, _READ)
    return with_statements(variant, stated, part)


def _described(texts: list[str], gene: str, part: Part, sample: str | None) -> SmallVariant | None:
    """A variant that is described and not named: `Exon 19 deletion`."""
    for text in texts:
        try:
            change = alteration_text.parse(text, gene, part.place, sample)
        except UnreadableAlteration:
            continue
        if isinstance(change, SmallVariant) and gene:
            return change
    return None


def _gene_of(texts: list[str]) -> str:
    """The gene in brackets of a full HGVS name: `NM_000455.5(STK11):c.725G>A`."""
    found = next((hit for text in texts if (hit := re.search(r"\(([A-Z][A-Z0-9-]{1,14})\):", text))), None)
    return found[1] if found else ""


def _genomic(components: dict[str, list[Part]]) -> GenomicChange | None:
    """The change by chromosome, start and alleles, when all are there."""
    position = next(
        (each.whole("valueRange", "low", "value") for each in components.get(START_END, ()) if each.has("valueRange")),
        None,
    )
    reference, alternate = (next(iter(_texts(components, code)), None) for code in (REF, ALT))
    shown = [text for code in CHROMOSOMES for text in _texts(components, code)]
    numbers = (re.search(r"(?:^|chr|chromosome )([0-9]{1,2}|[XYM])\b", text, re.I) for text in shown)
    sequence = next(iter(_texts(components, REFERENCE_SEQUENCE)), "")
    name, of_sequence = chromosome(sequence) if sequence.startswith("NC_") else ("", None)
    name = name or next((found[1] for found in numbers if found), "")
    stated = next((_BUILDS.get(code) for each in _concepts(components, BUILD) for code in each.codes), None)
    stated = stated or next((BUILD_NAMES.get(text.lower()) for text in _texts(components, BUILD)), None)
    if position is None or not reference or not alternate or not name:
        return None
    return GenomicChange(name, position, reference, alternate, stated or of_sequence)


def _exon(components: dict[str, list[Part]]) -> int | None:
    shown = (re.fullmatch(r"exon (\d{1,3})", text, re.I) for text in _texts(components, REGION))
    return next((int(found[1]) for found in shown if found), None)


def _origin(part: Part, components: dict[str, list[Part]]) -> Origin:
    """Germline or somatic where it is stated for certain; a likely origin stays open, with a note."""
    for value in _concepts(components, SOURCE_CLASS):
        for code in value.codes:
            if code in _ORIGINS:
                return _ORIGINS[code]
        word = label_of(value).strip().lower()
        if word in ("germline", "somatic"):
            return Origin(word)
        if word:
            part.note(f"genomic source class {word!r}: the origin is left open", "none", Severity.INFO)
    return Origin.UNKNOWN


def _zygosity(components: dict[str, list[Part]]) -> str | None:
    for value in _concepts(components, ALLELE_STATE):
        for _, code, display in value.codings:
            return names.zygosity(code, display or value.text)
        return names.zygosity(None, value.text)
    return None


def fraction(quantity: Part | None, what: str) -> float | None:
    """A fraction from 0 to 1 of a quantity in `1` or `%`; a note where the unit leaves it open."""
    if quantity is None:
        return None
    number, unit = quantity.number("value"), quantity.text("code") or quantity.text("unit") or "1"
    quantity.take()
    if number is None:
        return None
    is_percent = unit.strip() in ("%", "percent")
    if is_percent and 0 < number <= 1:
        message = f"{what} {number:g} %: a share of one percent, or a fraction with the wrong unit; left out"
        quantity.note(message, "write the fraction with unit 1, or the percentage")
        return None
    found = columns.fraction(f"{number}%" if is_percent else f"{number}")
    if found is None:
        quantity.note(f"{what} {number:g} is no share: left out", "write a fraction from 0 to 1", Severity.ERROR)
    return found


def statements(part: Part) -> Statements:
    """The significance and the consequences that the components state."""
    components = _components(part)
    words = []
    for value in _concepts(components, SIGNIFICANCE):
        words += [_SIGNIFICANCE.get(code, display or code) for _, code, display in value.codings] or [value.text]
    terms = []
    for code in (CONSEQUENCE, "feature-consequence"):
        for text in _texts(components, code):
            term = text.strip().replace(" ", "_")
            term = _CLASSES.get(text.strip().lower(), term)
            terms += [term] if term in CODING or term in OTHER else []
    ordered = sorted(dict.fromkeys(terms), key=lambda term: (severity(term), term))
    return Statements(significance.parse("|".join(filter(None, words))) if words else None, tuple(ordered))


def with_statements(variant: SmallVariant, stated: Statements, part: Part) -> SmallVariant:
    """The variant with what is stated of it; classifications that contradict each other are told."""
    word = stated.significance or variant.significance
    if variant.significance and stated.significance and variant.significance != stated.significance:
        word = significance.parse(f"{variant.significance}|{stated.significance}")
        message = f"{variant.label}: {variant.significance} and {stated.significance} are both stated; {word} is used"
        part.note(message, "check the classification")
    return replace(
        variant,
        significance=word,
        significance_source="53037-8" if word else None,
        consequences=tuple(dict.fromkeys((*variant.consequences, *stated.consequences))),
    )
