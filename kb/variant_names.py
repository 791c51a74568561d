"""Variant names of other sources as biomarkers of this graph.

CIViC, the Molecular Oncology Almanac and others name variants in words of their own: `V600E`, `Exon 19 Deletion`,
`Loss-of-function`, `EML4::ALK Fusion`, `G12/G13`, `DPYD*2A HOMOZYGOSITY`. Each pattern below is one way of naming, with
the kind of biomarker that it means. A name that no pattern reads is refused: it never becomes "any mutation".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from kb.biomarker import ANY_MUTATION
from kb.errors import UnknownTerm
from kb.nomenclature import protein
from kb.nomenclature.errors import UnreadableProteinChange
from kb.statements import Row

if TYPE_CHECKING:
    from kb.normalizer import Normalizer, VariantName

SOURCE = "defined by the name of a variant in a loaded source"
_ANY = frozenset({"v", "?", "", None})


def biomarker_of(name: VariantName, names: Normalizer) -> str:
    """The profile of a variant name: the id of a biomarker, or an expression of several in brackets.

    UnknownTerm when the gene is not known or no pattern reads the name.
    """
    partners = name.partners or _partners(name.gene)
    if partners:
        return _fusion(partners, name, names)
    if name.gene.upper() in _FACTORS:
        return _factor(name.gene.upper(), name.text, names)
    gene = names.gene(name.gene)
    text = _clean(name.text, name.gene, gene)
    joined = _JOINED.fullmatch(text)
    if joined is not None:
        return _fusion_and(joined, gene, names)
    curated = names.variant(gene, text, name.origin)
    if curated is not None:
        return curated
    if name.origin == "germline":
        found = _germline(gene, text, name, names)
        if found is not None:
            return found
    for pattern, meaning in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            found = meaning(gene, match, name, names)
            if found is not None:
                return found
    if name.protein:
        return _protein(gene, name.protein, names)
    raise UnknownTerm("biomarker", f"{gene} {name.text}", "no kind of biomarker goes by this name")


def _clean(text: str, *genes: str) -> str:
    """The text without the gene before it and with single spaces: `EGFRVIII` of EGFR is `VIII`."""
    body = " ".join(text.split())
    for gene in genes:
        if body.upper().startswith(gene.upper()) and not body[len(gene) :].startswith("::"):
            body = body[len(gene) :].lstrip(" :-") or body
            break
    return body


# Fusions


def _partners(gene: str) -> tuple[str | None, ...]:
    """The partners in a fusion's name, 5' first: `EML4::ALK`, `v::ALK`."""
    left, joined, right = gene.partition("::")
    return (left, right) if joined else ()


def _fusion(partners: tuple[str | None, ...], name: VariantName, names: Normalizer) -> str:
    genes = [None if partner in _ANY else _partner(partner or "", names) for partner in partners]
    known = [gene for gene in genes if gene is not None]
    if not any(names.is_gene(gene) for gene in known) or len(genes) != 2:
        raise UnknownTerm("biomarker", name.gene, "a fusion of two partners of which none is a known gene")
    driver = _driver(genes, names)
    any_partner = f"{driver}:FUSION"
    if len(known) == 1 or known[0] == known[1]:
        role = "" if driver == genes[1] else "5-prime partner"
        return _define(names, any_partner, f"{driver} fusion (any partner)", "fusion", driver, "any", fusion_role=role)
    partner = next(gene for gene in known if gene != driver)
    pair = f"{genes[0]}::{genes[1]}"
    existing = names.fusion_of(driver, partner)
    plain = existing or _define(
        names,
        f"{driver}:{partner}FUS",
        f"{pair} fusion",
        "fusion",
        driver,
        partner,
        broader=any_partner if any_partner in names.biomarkers else "",
    )
    exons = _BREAKPOINT.fullmatch(name.text.strip())
    if exons is None:
        return plain
    role = f"breakpoint e{exons[1]}::e{exons[2]}"
    id = f"{plain}_e{exons[1]}e{exons[2]}"
    return _define(names, id, f"{pair} fusion e{exons[1]}::e{exons[2]}", "fusion", driver, partner, role, broader=plain)


_JOINED = re.compile(r"(?P<left>[^\s:]+)::(?P<right>[^\s:]+)(?: (?P<rest>.+))?")


def _fusion_and(match: re.Match[str], gene: str, names: Normalizer) -> str:
    """`BCR::ABL T315I` under a gene: the fusion together with the gene's further changes."""
    from kb.normalizer import VariantName

    rest = match["rest"] or "Fusion"
    partners = (match["left"], match["right"])
    if rest == "Fusion" or _BREAKPOINT.fullmatch(rest):
        return _fusion(partners, VariantName(f"{partners[0]}::{partners[1]}", rest), names)
    parts = [_fusion(partners, VariantName(gene, "Fusion"), names)]
    parts += [_protein(gene, change, names) for change in re.split(r" and |, ", rest)]
    return f"({' AND '.join(parts)})"


_BREAKPOINT = re.compile(r"(?:fusion )?e(\d+)(?:::|-)e(\d+)", re.IGNORECASE)


def _partner(symbol: str, names: Normalizer) -> str:
    """The approved symbol of a partner; one that the loaded genes do not have stays as the source writes it."""
    try:
        return names.gene(symbol)
    except UnknownTerm:
        if re.fullmatch(r"[A-Z][A-Za-z0-9-]{1,14}", symbol):
            return symbol
        raise


def _driver(genes: list[str | None], names: Normalizer) -> str:
    """The gene that the fusion is about: one that the graph knows by its fusions, else a known gene, 3' first."""
    by_fusions = [gene for gene in genes if gene is not None and f"{gene}:FUSION" in names.biomarkers]
    if len(by_fusions) == 1:
        return by_fusions[0]
    return next(gene for gene in reversed(genes) if gene is not None and names.is_gene(gene))


# Whole-tumor features

_FACTORS = {
    "TMB": "TMB",
    "MSI": "MSI",
    "MMR": "MMR proteins",
    "HRD": "HRD",
    "WGD": "WGD",
    "COSMIC": "COSMIC",
    "EBV": "EBV",
    "HPV": "HPV",
}
_VIRUSES = frozenset({"EBV", "HPV"})


def _factor(marker: str, text: str, names: Normalizer) -> str:
    """TMB, MSI, HRD and signatures: a source that names no cut-off means the laboratory's own word."""
    body = _clean(text, marker).casefold().replace("-", " ").strip()
    if marker == "MSI" and body in {"high", "h", "msi high", "instability high"}:
        return "MSI:H"
    if marker == "MSI" and body in {"stable", "mss", "low", "l"}:
        return "MSI:NOT_H"
    if marker == "MMR" and body in {"deficient", "deficiency", "loss", "d"}:
        return "MMR:D"
    if marker == "HRD" and body in {"high", "positive", "present", ""}:
        return "HRD:POS"
    if marker == "TMB" and body in {"high", "h"}:
        return _define(
            names, "TMB:HIGH", "TMB high (no cut-off stated)", "signature", "", marker="TMB", threshold="high"
        )
    if marker == "WGD":
        return _define(names, "WGD", "whole-genome doubling", "signature", "", marker="WGD", threshold="present")
    if marker in _VIRUSES:
        return _viral(marker, body, names)
    signature = re.fullmatch(r"(?:signature )?((?:sbs|dbs|id|cn)?\s?\d+[a-d]?)", body)
    if marker == "COSMIC" and signature is not None:
        label = signature[1].upper().replace(" ", "")
        label = re.sub(r"([A-D])$", lambda letter: letter[1].lower(), label)
        label = label if label[0].isalpha() else f"SBS{label}"
        title = f"COSMIC signature {label}"
        return _define(names, f"SIG:{label}", title, "signature", "", marker=label, threshold="present")
    raise UnknownTerm("biomarker", f"{marker} {text}", "not a value of this marker")


def _viral(virus: str, body: str, names: Normalizer) -> str:
    """The virus found in the tumor, or tested and not found."""
    if body in {"positive", "pos", "+", "present", "detected", "associated", "infection"}:
        label = f"{virus} positive"
        return _define(names, f"{virus}:POS", label, "measured", "", marker=virus, threshold="positive", origin="")
    if body in {"negative", "neg", "absent", "not detected"}:
        return _define(
            names,
            f"{virus}:NEG",
            f"{virus} negative",
            "measured",
            "",
            marker=virus,
            threshold="positive",
            origin="",
            state="absent",
        )
    raise UnknownTerm("biomarker", f"{virus} {body}", "not a value of this marker")


# One gene

Meaning = Callable[[str, "re.Match[str]", "VariantName", "Normalizer"], str | None]


def _protein(gene: str, text: str, names: Normalizer) -> str:
    """A protein change: one biomarker for all its notations, and frameshifts by the codon where they begin."""
    try:
        change = protein.parse(text)
    except UnreadableProteinChange as error:
        raise UnknownTerm("biomarker", f"{gene} {text}", "not a protein change in HGVS or an older form") from error
    existing = names.protein_change(gene, change)
    if existing is not None:
        return existing
    body = str(change).removeprefix("p.").strip("()")
    first = change.first
    if change.kind == "frameshift" and first is not None:
        body = f"{change.reference}{first}fs"
        return _define(
            names,
            f"{gene}:{body}",
            f"{gene} {body}",
            "exon and class",
            gene,
            codons=(first, first),
            classes="frameshift",
        )
    if change.kind in {"unknown", "synonymous", "no-protein"}:
        raise UnknownTerm("biomarker", f"{gene} {text}", "names no change of the protein")
    body = body.replace(">", "delins") if ">" in body and change.kind != "substitution" else body
    last = change.last or first
    return _define(
        names,
        f"{gene}:{body}",
        f"{gene} {body}",
        "protein change",
        gene,
        protein_changes=f"p.{_short_edit(body, change)}",
        codons=(first, last) if first is not None and last is not None else None,
        broader=_codon_above(gene, change, names),
    )


def _short_edit(body: str, change: protein.ProteinChange) -> str:
    """The change without the residues that a deletion or duplication repeats: `P551_E554del`, not `...delPMYE`."""
    if change.kind in {"deletion", "duplication"}:
        return re.sub(r"(del|dup)[A-Z]+$", r"\1", body)
    return body


def _codon_above(gene: str, change: protein.ProteinChange, names: Normalizer) -> str:
    """The codon's own biomarker above a substitution (`BRAF:V600` above V600E), where the graph has one."""
    above = f"{gene}:{change.reference}{change.first}"
    return above if change.kind == "substitution" and above in names.biomarkers else ""


def _as_protein(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str | None:
    body = match["change"]
    try:
        return _protein(gene, body, names)
    except UnknownTerm:
        upper = re.sub(r"DELINS|DEL|INS|DUP|FS", lambda word: word[0].lower(), body.upper())
        return _protein(gene, upper, names)


def _range_deleted(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str:
    first, last = int(match[1]), int(match[2])
    label = f"{gene} in-frame deletion in codons {first}-{last}"
    codons = (first, last)
    id = f"{gene}:DEL{first}_{last}"
    return _define(names, id, label, "exon and class", gene, codons=codons, classes="inframe_deletion | delins")


def _codon(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str:
    found = [
        _one_codon(gene, letter, number, names) for letter, number in re.findall(r"([A-Z])(\d+)", match[0].upper())
    ]
    return _any_of(found)


def _one_codon(gene: str, letter: str, number: str, names: Normalizer) -> str:
    known = names.codon(gene, int(number))
    if known is not None:
        return known
    label = f"{gene} {letter}{number} (any substitution)"
    codon = int(number)
    return _define(names, f"{gene}:{letter}{number}", label, "codon", gene, codons=(codon, codon), classes="missense")


def _alternatives(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str:
    """`D835H/Y`: one residue, several substitutions."""
    return _any_of([_protein(gene, f"{match[1]}{new}", names) for new in match[2].upper().split("/")])


def _any_of(found: list[str]) -> str:
    distinct = list(dict.fromkeys(found))
    return distinct[0] if len(distinct) == 1 else f"({' OR '.join(distinct)})"


def _coding(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str:
    change = "c." + match["coding"].replace(" ", "")
    return _define(names, f"{gene}:{change}", f"{gene} {change}", "coding change", gene, coding_changes=change)


def _exon(gene: str, match: re.Match[str], name: VariantName, names: Normalizer) -> str | None:
    number, what = int(match["exon"]), match["what"].casefold()
    if what.startswith("skip"):
        return _exon_lost(gene, number, names)
    if what in {"deletion", "del"} and "exon_loss_variant" in name.types:
        return _exon_lost(gene, number, names)
    code, classes, noun = _EXON_EVENTS[what]
    id = f"{gene}:EX{number}{code}"
    codons = names.exon_codons(gene, number)
    return _define(
        names,
        id,
        f"{gene} exon {number} {noun}",
        "exon and class",
        gene,
        codons=codons,
        classes=classes,
        exons=(number,),
    )


_EXON_EVENTS = {
    "mutation": ("MUT", "missense | inframe_indel", "mutation"),
    "mutations": ("MUT", "missense | inframe_indel", "mutation"),
    "deletion": ("DEL", "inframe_deletion | delins", "deletion"),
    "del": ("DEL", "inframe_deletion | delins", "deletion"),
    "insertion": ("INS", "inframe_insertion | duplication", "insertion"),
    "ins": ("INS", "inframe_insertion | duplication", "insertion"),
    "frameshift": ("FS", "frameshift", "frameshift"),
    "missense": ("MIS", "missense", "missense mutation"),
    "nonsense": ("NON", "nonsense", "nonsense mutation"),
    "splice site": ("SPLICE", "splice", "splice-site mutation"),
    "any coding": ("ANY", "any coding", "mutation"),
}
"""What may happen to an exon: the end of the id, the consequence classes, the noun."""


def _exon_lost(gene: str, number: int, names: Normalizer) -> str:
    codons = names.exon_codons(gene, number)
    id = f"{gene}:EX{number}SKIP"
    return _define(
        names,
        id,
        f"{gene} exon {number} skipping",
        "isoform",
        gene,
        codons=codons,
        classes="splice | exon_deletion",
        exons=(number,),
    )


def _internal_tandem(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str | None:
    if gene != "FLT3":
        return None
    note = "insertions of the juxtamembrane domain, exons 14 and 15"
    id, label = "FLT3:ITD", "FLT3 internal tandem duplication"
    classes = "inframe_insertion | duplication"
    return _define(names, id, label, "exon and class", gene, classes=classes, exons=(14, 15), note=note, verified="no")


def _copy_number(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    return _define(names, f"{gene}:AMP", f"{gene} amplification", "amplification", gene)


def _gained(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    """More copies, be they amplified or not."""
    return _define(names, f"{gene}:GAIN", f"{gene} copy-number gain", "gain", gene)


def _copies_lost(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    """One copy lost or more; a bare "loss" is a loss of function."""
    return _define(names, f"{gene}:CNLOSS", f"{gene} copy-number loss", "loss", gene)


_TERT_HOTSPOTS = {"C228T": "c.-124C>T", "C250T": "c.-146C>T"}
"""TERT's promoter hotspots by the last digits of their position in GRCh37, and by HGVS (10.1126/science.1229259)."""


def _promoter(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str | None:
    """Any change of the promoter, or the named one, which stands under it."""
    hotspot = (match["hotspot"] or "").upper()
    if hotspot and (gene != "TERT" or hotspot not in _TERT_HOTSPOTS):
        return None
    above = _define(names, f"{gene}:PROMOTER", f"{gene} promoter mutation", "promoter", gene)
    change = _TERT_HOTSPOTS.get(hotspot) or (f"c.{match['coding']}" if match["coding"] else None)
    if change is None:
        return above
    label = f"{gene} promoter {change}"
    return _define(names, f"{gene}:{change}", label, "promoter", gene, coding_changes=change, broader=above)


def _homozygous_deletion(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    above = f"{gene}:LOF" if f"{gene}:LOF" in names.biomarkers else ""
    return _define(names, f"{gene}:HOMDEL", f"{gene} homozygous deletion", "homozygous deletion", gene, broader=above)


def _loss(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    classes = "truncating | splice | start_loss | homozygous_deletion | pathogenic_missense"
    origin = "somatic or germline"
    label = f"{gene} loss of function"
    return _define(names, f"{gene}:LOF", label, "loss of function", gene, classes=classes, origin=origin)


def _biallelic(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    classes = "biallelic | truncating | homozygous_deletion"
    origin = "somatic or germline"
    label = f"{gene} biallelic inactivation"
    return _define(names, f"{gene}:BIALLELIC", label, "loss of function", gene, classes=classes, origin=origin)


def _truncating(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str:
    """A class of consequence anywhere in the gene."""
    code, classes, noun = _CLASSES[match[1].casefold()]
    return _define(names, f"{gene}:{code}", f"{gene} {noun}", "exon and class", gene, classes=classes)


_CLASSES = {
    "truncating": ("TRUNC", "nonsense | frameshift | splice | start_lost | truncation", "truncating mutation"),
    "truncation": ("TRUNC", "nonsense | frameshift | splice | start_lost | truncation", "truncating mutation"),
    "frameshift": ("FS", "frameshift", "frameshift"),
    "frameshift truncation": ("FS", "frameshift", "frameshift"),
    "nonsense": ("NON", "nonsense", "nonsense mutation"),
    "missense": ("MIS", "missense", "missense mutation"),
    "splice site": ("SPLICE", "splice", "splice-site mutation"),
    "in-frame insertion": ("INFINS", "inframe_insertion | duplication", "in-frame insertion"),
    "in-frame deletion": ("INFDEL", "inframe_deletion | delins", "in-frame deletion"),
}


def _mutated(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    classes = "oncogenic_or_likely_oncogenic"
    return _define(
        names, f"{gene}{ANY_MUTATION}", f"{gene} oncogenic mutation (any)", "oncogenic mutation", gene, classes=classes
    )


def _activated(gene: str, _: re.Match[str], name: VariantName, names: Normalizer) -> str:
    above = _mutated(gene, _, name, names)
    label = f"{gene} activating mutation"
    return _define(names, f"{gene}:ACTMUT", label, "oncogenic mutation", gene, classes="activating", broader=above)


def _wild_type(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str:
    rule = "gene must have been tested and no qualifying variant found; untested = unknown, not wild type"
    return _define(
        names,
        f"{gene}:WT",
        f"{gene} wild type",
        "wild type",
        gene,
        classes="no qualifying mutation",
        origin="somatic or germline",
        state="absent",
        wild_type_rule=rule,
    )


def _rearranged(gene: str, match: re.Match[str], __: VariantName, names: Normalizer) -> str:
    any_partner = f"{gene}:FUSION"
    if match[0].casefold().startswith("fusion"):
        return _define(names, any_partner, f"{gene} fusion (any partner)", "fusion", gene, "any")
    return _define(names, f"{gene}:REARR", f"{gene} rearrangement", "fusion", gene, "any")


_LEVELS = {"": "present", "over": "high", "under": "low"}


def _expressed(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str:
    level = (match[1] or "").casefold()
    code = {"": "EXPR", "over": "OVEREXPR", "under": "UNDEREXPR"}[level]
    word = f"{level}expression"
    label = f"{gene} {word}"
    return _define(names, f"{gene}:{code}", label, "expression", gene, marker=gene, operator=_LEVELS[level])


def _measured(gene: str, match: re.Match[str], _: VariantName, names: Normalizer) -> str:
    """What only a report can state by name: methylation, phosphorylation, a germline allele, a serum level."""
    allele = re.fullmatch(r"(\*\w+|rs\d+)( homozygosity)?", match[0], re.IGNORECASE)
    if allele is not None:
        named = allele[1].upper() if allele[1].startswith("*") else allele[1].lower()
        marker = f"{gene}{named}" if named.startswith("*") else named
        zygosity = "homozygous" if allele[2] else "positive"
        id = f"{gene}:{named}{'_HOMOZYGOUS' if allele[2] else ''}"
        label = f"{gene} {named}{', homozygous' if allele[2] else ''}"
        return _define(names, id, label, "measured", gene, marker=marker, threshold=zygosity, origin="germline")
    words = match[0].lower()
    marker = f"{gene} {words}"
    id = f"{gene}:{re.sub(r'[^A-Za-z0-9*.-]+', '_', words).upper()}"
    return _define(names, id, marker, "measured", gene, marker=marker, threshold="positive")


def _variant_iii(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str | None:
    return "EGFR:VIII" if gene == "EGFR" else None


def _ar_v7(gene: str, _: re.Match[str], __: VariantName, names: Normalizer) -> str | None:
    return "AR:V7" if gene == "AR" else None


def _not_v600(gene: str, _: re.Match[str], name: VariantName, names: Normalizer) -> str | None:
    if gene != "BRAF":
        return None
    return f"({_mutated(gene, _, name, names)} AND NOT {_one_codon(gene, 'V', '600', names)})"


def _germline(gene: str, text: str, name: VariantName, names: Normalizer) -> str | None:
    """A germline variant: any pathogenic one of the gene, or a named one that must be called in the germline."""
    if re.fullmatch(r"|mutations?|variants?|pathogenic(?: variant)?|oncogenic mutations?", text, re.IGNORECASE):
        classes = "pathogenic | likely_pathogenic"
        label = f"{gene} germline deleterious or suspected deleterious"
        above = f"{gene}:DEL" if f"{gene}:DEL" in names.biomarkers else ""
        return _define(
            names, f"G{gene}:DEL", label, "germline", gene, classes=classes, origin="germline", broader=above
        )
    classed = re.fullmatch(r"(" + "|".join(map(re.escape, _CLASSES)) + r")(?: mutations?| variants?)?", text, re.I)
    if classed is not None:
        code, classes, noun = _CLASSES[classed[1].casefold()]
        label = f"{gene} germline {noun}"
        return _define(names, f"G{gene}:{code}", label, "exon and class", gene, classes=classes, origin="germline")
    plain = biomarker_of(name._replace(origin=None), names)
    row = names.biomarkers.get(plain)
    if row is None or row["kind"] not in {"protein change", "exon and class", "coding change", "codon"}:
        return plain
    own = Row(row)
    own["id"], own["label"] = f"G{plain}", f"{row['label']} (germline)"
    own["origin"], own["broader"] = "germline", plain
    return names.add_biomarker(own)


_AA = r"(?:[A-Z]|Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val)"
_EDIT = rf"(?:{_AA}|\*|=|(?:delins|del|ins|dup|fs|>)[A-Z*0-9]*)"
_PATTERNS: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning)
    for pattern, meaning in (
        (r"viii|v(?:ariant )?iii", _variant_iii),
        (r"(?:ar-)?v7", _ar_v7),
        (r"(?P<hotspot>C228T|C250T)(?P<coding>(?!))?", _promoter),  # TERT's, and a protein change of any other gene
        (r"(?:p\.)?[A-Z]\d+(?:/[A-Z]\d+)*", _codon),
        (r"(?:p\.)?([A-Z]\d+)([A-Z](?:/[A-Z])+)", _alternatives),
        (rf"(?P<change>(?:p\.)?\(?{_AA}\d+(?:_{_AA}\d+)?{_EDIT}\)?)(?: \(c\.[^)]*\))?", _as_protein),
        (r"del (\d+)-(\d+)", _range_deleted),
        (r"(?:splice site )?\(?c\.(?P<coding>[^()]+)\)?(?: \(.*\))?", _coding),
        (
            r"(?:exon|ex) ?(?P<exon>\d+) ?(?P<what>skipping|deletion|del|insertion|ins|mutations?|frameshift|missense"
            r"|nonsense|splice site|any coding)(?: mutations?| variants?)?",
            _exon,
        ),
        (r"(?:itd|internal tandem duplications?)", _internal_tandem),
        (r"(?:copy number )?(?:amplification|amp|gain of copies)", _copy_number),
        (r"(?:copy[- ]number |copy |low[- ]level )?gain", _gained),
        (
            r"copy(?:[- ]number)? loss|(?:heterozygous|hemizygous) (?:loss|deletion)|shallow deletion"
            r"|single[- ]copy loss",
            _copies_lost,
        ),
        (
            r"promoter(?: region)? (?:(?P<hotspot>[ACGT]\d{3}[ACGT])|c\.(?P<coding>-\d+\S+)|mutations?|variants?)"
            r"(?: mutation)?",
            _promoter,
        ),
        (r"(?:homozygous |deep )?deletion|homdel", _homozygous_deletion),
        (
            r"(?:loss|loss[- ]of[- ]function|inactivat\w+|inactivating mutations?|deleterious mutations?|knockdown)",
            _loss,
        ),
        (r"biallelic (?:inactivation|loss)", _biallelic),
        (r"(" + "|".join(map(re.escape, _CLASSES)) + r")(?: mutations?| variants?)?", _truncating),
        (r"(?:oncogenic )?(?:mutations?|alterations?|variants?)|", _mutated),
        (r"activating mutations?|gain[- ]of[- ]function(?: mutations?)?", _activated),
        (r"wild[- ]?type|wt", _wild_type),
        (r"fusions?|(?:intron \d+ )?rearrangements?|translocations?", _rearranged),
        (r"(over|under)?expression", _expressed),
        (r"non-v600", _not_v600),
        (
            r"(?:promoter )?(?:hyper)?methylation|.*phosphorylation|serum levels|nuclear expression"
            r"|cytoplasmic mislocali[sz]ation|(?:copy-neutral )?(?:loh|loss of heterozygosity)"
            r"|rs\d+(?: homozygosity)?|\*\w+(?: homozygosity)?|.*polymorphism|.*tandem repeat"
            r"|alternative transcript \(ati\)|exon \d+-\d+ deletion|internal duplication|\w+ expression",
            _measured,
        ),
    )
)
"""How variants are named, in the order in which the patterns are tried."""


def _define(
    names: Normalizer,
    id: str,
    label: str,
    kind: str,
    gene: str,
    fusion_partner: str = "",
    fusion_role: str = "",
    *,
    codons: tuple[int, int] | None = None,
    exons: tuple[int, ...] = (),
    classes: str = "",
    protein_changes: str = "",
    coding_changes: str = "",
    marker: str = "",
    operator: str = "",
    threshold: str = "",
    origin: str = "somatic",
    state: str = "present",
    broader: str = "",
    wild_type_rule: str = "",
    note: str = "",
    verified: str = "yes",
) -> str:
    """The biomarker of this id, added with these fields when the graph does not have it."""
    row = Row(
        id=id,
        label=label,
        kind=kind,
        genes=gene,
        fusion_partner=fusion_partner,
        fusion_role=fusion_role,
        codon_first=str(codons[0]) if codons else "",
        codon_last=str(codons[1]) if codons else "",
        exons=" | ".join(map(str, exons)),
        classes=classes,
        protein_changes=protein_changes,
        coding_changes=coding_changes,
        marker=marker,
        operator=operator or ("=" if threshold else ""),
        threshold=threshold,
        origin=origin,
        state=state,
        broader=broader,
        wild_type_rule=wild_type_rule,
        sources=SOURCE,
        verified=verified,
        note=note,
    )
    return names.add_biomarker(row)
