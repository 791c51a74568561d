"""Consequence annotations of a VCF record, from VEP's CSQ and SnpEff's ANN, as one value type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.nomenclature.consequences import severity
from matcher.readers import columns

if TYPE_CHECKING:
    from matcher.readers.vcf_text import Header

ANN_FIELDS = (
    "Allele", "Annotation", "Annotation_Impact", "Gene_Name", "Gene_ID", "Feature_Type", "Feature_ID",
    "Transcript_BioType", "Rank", "HGVS.c", "HGVS.p", "cDNA.pos", "CDS.pos", "AA.pos", "Distance", "ERRORS",
)  # fmt: skip
"""The fields of ANN, fixed by its specification."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one allele does to one transcript of one gene. `terms` are most severe first."""

    allele: str
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

    @property
    def severity(self) -> int:
        """Rank of the most severe term."""
        return severity(self.terms[0]) if self.terms else 1000

    @property
    def preference(self) -> tuple[bool, bool, bool, int, int]:
        """Sorts the transcripts of a gene: MANE Select, canonical, the annotator's pick, severity, the file's order."""
        return (not self.is_mane, not self.is_canonical, not self.is_pick, self.severity, self.order)

    def is_of(self, number: int, reference: str, alternate: str, alternates: int) -> bool:
        """Whether this is about the record's alternate allele of this number (from 1)."""
        if alternates == 1:
            return True
        if self.allele_number is not None:
            return self.allele_number == number
        # VEP leaves out the first base of indels; SnpEff's cancer mode writes `G-C` for G against germline C.
        names = {alternate, alternate[1:] or "-", alternate.strip("<>"), _trimmed(reference, alternate)}
        return self.allele.partition("-")[0] == alternate or self.allele in names


def _trimmed(reference: str, alternate: str) -> str:
    """The alternate without the bases that it shares with the reference at its start."""
    shared = 0
    while shared < min(len(reference), len(alternate)) and reference[shared] == alternate[shared]:
        shared += 1
    return alternate[shared:] or "-"


def annotations_of(record: Any, header: Header) -> list[Annotation]:
    """Every annotation of the record, in the file's order; CSQ before ANN when a file has both."""
    if header.csq_fields and "CSQ" in record.info:
        texts = _entries(record.info["CSQ"])
        return [_vep(text.split("|"), header.csq_fields, order) for order, text in enumerate(texts)]
    if "ANN" in record.info:
        stated = _clinvar(record)
        return [_snpeff(text.split("|"), stated, order) for order, text in enumerate(_entries(record.info["ANN"]))]
    return []


def _entries(stated: Any) -> list[str]:
    texts = stated if isinstance(stated, tuple) else (stated,)
    return [entry for text in texts if isinstance(text, str) for entry in text.split(",") if entry]


def _terms(text: str) -> tuple[str, ...]:
    return tuple(sorted({term for term in text.split("&") if term}, key=lambda term: (severity(term), term)))


def _vep(values: list[str], names: tuple[str, ...], order: int) -> Annotation:
    """One CSQ entry; the header says which field is where."""
    entry = dict(zip(names, values, strict=False))
    terms = _terms(entry.get("Consequence", ""))
    source = "CLIN_SIG" if entry.get("CLIN_SIG") else "ClinVar_CLNSIG"
    return Annotation(
        allele=entry.get("Allele", ""),
        allele_number=columns.whole(entry.get("ALLELE_NUM", "")),
        terms=terms,
        gene=entry.get("SYMBOL") or entry.get("Gene", ""),
        transcript=entry.get("Feature") or None,
        coding=_unescaped(entry.get("HGVSc", "")).rpartition(":")[2] or None,
        protein=_unescaped(entry.get("HGVSp", "")) or _from_amino_acids(entry, terms),
        exon=columns.whole(entry.get("EXON", "").partition("/")[0].partition("-")[0]),
        significance=entry.get(source) or None,
        significance_source=source,
        order=order,
        is_mane=bool(entry.get("MANE_SELECT")) or entry.get("MANE", "").startswith("MANE_Select"),
        is_canonical=entry.get("CANONICAL") == "YES",
        is_pick=entry.get("PICK") == "1",
    )


_ESCAPES = {"%3A": ":", "%3B": ";", "%3D": "=", "%2C": ",", "%25": "%"}


def _unescaped(text: str) -> str:
    """The text without VCF's percent codes (VCF 4.3, section 1.2), which some tools write for every `:` and `=`."""
    if "%" in text:
        for code, character in _ESCAPES.items():
            text = text.replace(code, character).replace(code.lower(), character)
    return text


def _from_amino_acids(entry: dict[str, str], terms: tuple[str, ...]) -> str | None:
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


def _snpeff(values: list[str], stated: str | None, order: int) -> Annotation:
    """One ANN entry."""
    entry = dict(zip(ANN_FIELDS, values, strict=False))
    terms = _terms(entry.get("Annotation", ""))
    # Rank counts introns in an intron variant.
    in_exon = not any("intron" in term or "splice" in term for term in terms)
    return Annotation(
        allele=entry.get("Allele", ""),
        allele_number=None,
        terms=terms,
        gene=entry.get("Gene_Name") or entry.get("Gene_ID", ""),
        transcript=entry.get("Feature_ID") or None,
        coding=entry.get("HGVS.c") or None,
        protein=entry.get("HGVS.p") or None,
        exon=columns.whole(entry.get("Rank", "").partition("/")[0]) if in_exon else None,
        significance=stated,
        significance_source="CLNSIG",
        order=order,
    )


def _clinvar(record: Any) -> str | None:
    """ClinVar's significance that SnpSift adds beside ANN."""
    if "CLNSIG" not in record.info:
        return None
    stated = record.info["CLNSIG"]
    return ",".join(map(str, stated)) if isinstance(stated, tuple) else str(stated)
