"""Consequence annotations of a VCF record, from VEP's CSQ, SnpEff's ANN or ANNOVAR's columns, as one value type.

VEP: https://www.ensembl.org/info/docs/tools/vep/vep_formats.html ; SnpEff's ANN:
https://pcingola.github.io/SnpEff/adds/VCFannotationformat_v1.0.pdf
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from kb.nomenclature.consequences import is_coding, severity
from matcher.readers import columns
from matcher.readers.vcf_text import Header, Record

ANN_FIELDS = (
    "Allele", "Annotation", "Annotation_Impact", "Gene_Name", "Gene_ID", "Feature_Type", "Feature_ID",
    "Transcript_BioType", "Rank", "HGVS.c", "HGVS.p", "cDNA.pos", "CDS.pos", "AA.pos", "Distance", "ERRORS",
)  # fmt: skip
"""The fields of ANN, fixed by its specification."""

PROMOTER = 1000
"""Distance in bases before a gene within which a variant is kept: what ANNOVAR calls `upstream`
(https://annovar.openbioinformatics.org/en/latest/user-guide/gene/)."""

_FIVE_PRIME = frozenset({"5_prime_UTR_variant", "5_prime_UTR_premature_start_codon_gain_variant"})
_BESIDE = frozenset(
    {"upstream_gene_variant", "downstream_gene_variant", "intergenic_variant", "intergenic_region"}
    | {"regulatory_region_variant", "TF_binding_site_variant"}
)


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one allele does to one transcript of one gene. `terms` are most severe first.

    `allele_number` is the record's alternate allele from 1, None when the annotation cannot be told apart. `intron`
    is the intron that the variant lies in, `strand` 1 or -1, `distance` in bases from a gene that it lies beside.
    """

    allele_number: int | None
    terms: tuple[str, ...]
    gene: str
    transcript: str | None
    coding: str | None
    protein: str | None
    exon: int | None
    significance: str | None
    significance_source: str | None
    order: int
    is_mane: bool = False
    is_canonical: bool = False
    is_pick: bool = False
    intron: int | None = None
    strand: int | None = None
    distance: int | None = None
    biotype: str = ""

    @property
    def severity(self) -> int:
        """Rank of the most severe term."""
        return severity(self.terms[0]) if self.terms else 1000

    @property
    def preference(self) -> tuple[bool, bool, bool, int, int]:
        """Sorts the transcripts of a gene: MANE Select, canonical, the annotator's pick, severity, the file's order."""
        return (not self.is_mane, not self.is_canonical, not self.is_pick, self.severity, self.order)

    @property
    def is_coding(self) -> bool:
        """Whether the coding sequence or the splicing of the gene is changed: by a term, or by a protein change."""
        return any(map(is_coding, self.terms)) or self.protein is not None

    @property
    def is_in_gene(self) -> bool:
        """Whether the variant lies in the gene and not beside it."""
        return bool(self.gene) and any(term not in _BESIDE for term in self.terms)

    @property
    def is_promoter(self) -> bool:
        """Whether the variant lies before the coding sequence, where promoter mutations do."""
        if not _FIVE_PRIME.isdisjoint(self.terms):
            return True
        return "upstream_gene_variant" in self.terms and (self.distance is None or self.distance <= PROMOTER)


def best_of_each_gene(entries: list[Annotation]) -> dict[str, Annotation]:
    """For each gene the preferred transcript: MANE Select, canonical, the annotator's pick, or the most severe."""
    best: dict[str, Annotation] = {}
    for one in entries:
        if one.gene and (one.gene not in best or one.preference < best[one.gene].preference):
            best[one.gene] = one
    return best


# Parsing


def text_entries(text: str) -> list[str]:
    """The entries of an annotation that is a list."""
    return [entry for entry in text.split(",") if entry and entry != "."]


@lru_cache(maxsize=4096)
def sorted_terms(text: str) -> tuple[str, ...]:
    """Terms joined by `&`, the most severe first."""
    return tuple(sorted({term for term in text.split("&") if term}, key=lambda term: (severity(term), term)))


def vep(text: str, record: Record, header: Header, stated: str | None) -> list[Annotation]:
    """Every entry of a CSQ; the header says which field is where. `stated` is the row's own CLNSIG."""
    names = _vep_names(record.reference, record.alternates)
    return [
        _vep(dict(zip(header.csq_fields, entry.split("|"), strict=False)), record, names, stated, order)
        for order, entry in enumerate(text_entries(text))
    ]


def _vep(
    entry: Mapping[str, str], record: Record, names: Mapping[str, int], stated: str | None, order: int
) -> Annotation:
    terms = sorted_terms(entry.get("Consequence", ""))
    source = next((name for name in ("CLIN_SIG", "ClinVar_CLNSIG") if entry.get(name)), None)
    single = len(record.alternates) == 1
    number = 1 if single else columns.whole(entry.get("ALLELE_NUM", "")) or names.get(entry.get("Allele", ""))
    coding, change = entry.get("HGVSc", ""), entry.get("HGVSp", "")
    return Annotation(
        allele_number=number,
        terms=terms,
        gene=entry.get("SYMBOL") or entry.get("Gene", ""),
        transcript=entry.get("Feature") or None,
        coding=_unescaped(coding).rpartition(":")[2] or None,
        protein=_unescaped(change) or _from_amino_acids(entry, terms),
        exon=_ordinal(entry.get("EXON", "")),
        significance=entry[source] if source else (stated if single else None),
        significance_source=source or ("CLNSIG" if stated and single else None),
        order=order,
        is_mane=bool(entry.get("MANE_SELECT")) or entry.get("MANE", "").startswith("MANE_Select"),
        is_canonical=entry.get("CANONICAL") == "YES",
        is_pick=entry.get("PICK") == "1" or entry.get("FLAG_PICK") == "1",
        intron=_ordinal(entry.get("INTRON", "")),
        strand={"1": 1, "-1": -1}.get(entry.get("STRAND", "")),
        distance=columns.whole(entry.get("DISTANCE", "")),
        biotype=entry.get("BIOTYPE", ""),
    )


def _ordinal(text: str) -> int | None:
    """The number of an exon or intron from `15/18`; the first one of `2-7/28`."""
    return columns.whole(text.partition("/")[0].partition("-")[0]) if text else None


def _vep_names(reference: str, alternates: tuple[str, ...]) -> dict[str, int]:
    """The number of each allele by VEP's name: without the first base where alleles of unlike length share it.

    What is left empty is `-`.

    >>> _vep_names("A", ("AA", "AAA"))["AA"], _vep_names("AC", ("A", "ACC"))["-"], _vep_names("C", ("T", "G"))["G"]
    (2, 1, 2)
    """
    if len(alternates) == 1:
        return {}
    plain = [one for one in alternates if one.isalpha()]
    lengths = {len(reference), *map(len, plain)}
    is_cut = len(lengths) > 1 and all(one[0] == reference[0] for one in plain)
    names: dict[str, int] = {}
    for number, one in enumerate(alternates, start=1):
        names.setdefault((one[1:] or "-") if is_cut and one.isalpha() else _symbol_name(one), number)
    for number, one in enumerate(alternates, start=1):
        # Other ways in which tools name alleles, where they cannot be mistaken.
        for name in (one, one[1:] or "-", _trimmed(reference, one)):
            names.setdefault(name, number)
    return names


_SYMBOLS = {"DEL": "deletion", "DUP": "duplication", "INV": "inversion", "INS": "insertion"}


def _symbol_name(alternate: str) -> str:
    """VEP's word for a symbolic allele; any other allele as it stands."""
    return _SYMBOLS.get(alternate.strip("<>").partition(":")[0], alternate) if alternate[:1] == "<" else alternate


def _trimmed(reference: str, alternate: str) -> str:
    """The alternate without the bases that it shares with the reference at its start."""
    shared = 0
    while shared < min(len(reference), len(alternate)) and reference[shared] == alternate[shared]:
        shared += 1
    return alternate[shared:] or "-"


_ESCAPES = {"%3A": ":", "%3B": ";", "%3D": "=", "%2C": ",", "%25": "%"}


def _unescaped(text: str) -> str:
    """The text without VCF's percent codes (VCF 4.3, section 1.2), which some tools write for every `:` and `=`."""
    if "%" in text:
        for code, character in _ESCAPES.items():
            text = text.replace(code, character).replace(code.lower(), character)
    return text


def _from_amino_acids(entry: Mapping[str, str], terms: tuple[str, ...]) -> str | None:
    """The protein change of a VEP entry without HGVSp, from Protein_position and Amino_acids.

    >>> _from_amino_acids({"Protein_position": "600", "Amino_acids": "V/E"}, ("missense_variant",))
    'p.V600E'
    """
    position = entry.get("Protein_position", "").partition("/")[0]
    old, changed, new = entry.get("Amino_acids", "").partition("/")
    first, _, last = position.partition("-")
    if not first.isdigit() or not old or (last and not last.isdigit()):
        return None
    if "frameshift_variant" in terms:
        return f"p.{old[0] if old[0] != '-' else ''}{first}fs"
    if not changed:
        return f"p.{old}{first}=" if len(old) == 1 else None
    if new == "-":
        return f"p.{old[0]}{first}_{old[-1]}{last}del" if last else f"p.{old}{first}del"
    if old == "-":
        return f"p.{first}_{last or int(first) + 1}ins{new}"
    return f"p.{old}{first}{new}" if len(old) == len(new) == 1 else f"p.{first}_{last or first}{old}>{new}"


def snpeff(text: str, record: Record, stated: str | None) -> list[Annotation]:
    """Every entry of an ANN. `stated` is the row's CLNSIG, which SnpSift adds beside it."""
    return [_snpeff(entry.split("|"), record, stated, order) for order, entry in enumerate(text_entries(text))]


def _snpeff(values: list[str], record: Record, stated: str | None, order: int) -> Annotation:
    entry = dict(zip(ANN_FIELDS, values, strict=False))
    terms = sorted_terms(entry.get("Annotation", ""))
    # Rank counts introns in an intron variant.
    in_exon = not any("intron" in term or "splice" in term for term in terms)
    rank = _ordinal(entry.get("Rank", ""))
    allele = entry.get("Allele", "")
    # Cancer mode adds entries such as `G-C`: G seen against the germline's C.
    plain, against_germline, _ = allele.partition("-")
    number = 1 if len(record.alternates) == 1 else _number_of(plain, record)
    return Annotation(
        allele_number=number,
        terms=terms,
        gene=entry.get("Gene_Name") or entry.get("Gene_ID", ""),
        transcript=entry.get("Feature_ID") or None,
        coding=_unescaped(entry.get("HGVS.c", "")) or None,
        protein=_unescaped(entry.get("HGVS.p", "")) or None,
        exon=rank if in_exon else None,
        significance=stated,
        significance_source="CLNSIG" if stated else None,
        order=order,
        is_pick=not (plain and against_germline),
        intron=rank if "intron_variant" in terms and not any("exon" in term for term in terms) else None,
        distance=columns.whole(entry.get("Distance", "").lstrip("-")),
        biotype=entry.get("Transcript_BioType", ""),
    )


def _number_of(allele: str, record: Record) -> int | None:
    if allele in record.alternates:
        return record.alternates.index(allele) + 1
    symbols = [one.strip("<>") for one in record.alternates]
    return symbols.index(allele.strip("<>")) + 1 if allele.strip("<>") in symbols else None
