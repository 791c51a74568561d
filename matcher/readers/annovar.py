"""ANNOVAR's annotations and its table_annovar output (`*_multianno.txt` and `.csv`).

https://annovar.openbioinformatics.org/en/latest/user-guide/gene/ explains Func, ExonicFunc, GeneDetail and AAChange.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kb.alteration import GenomicChange, Place, SmallVariant
from kb.nomenclature import protein, significance
from kb.nomenclature.errors import UnreadableProteinChange
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns
from matcher.readers.annovar_words import EXONIC, age, exonic_terms, hgvs, near_splice_site
from matcher.readers.reading import Reading, Row, gathered, named

COLUMNS = {
    "chromosome": ("chr", "#chr", "chrom", "chromosome"),
    "start": ("start", "start_position"),
    "reference": ("ref", "reference"),
    "alternate": ("alt", "alternate"),
    "filter": ("filter",),
    "sample": ("sample", "sample_id", "tumor_sample_barcode"),
    "vaf": ("t_vaf", "tumor_vaf", "vaf", "tumor_af", "allele_fraction"),
    "depth": ("t_depth", "dp", "depth"),
    "significance": ("clnsig", "clinvar_sig", "clinvar_clnsig", "intervar_automated"),
}
_GENE_MODELS = ("refgene", "refgenewithver", "ncbirefseq", "knowngene", "ensgene")
"""Suffixes of ANNOVAR's gene models, preferred first: the ones by symbols before Ensembl's by numbers."""

_ORDER = ("func", "gene", "detail", "exonic", "change", "of_sample", "reads", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Change:
    """What ANNOVAR says of one transcript, `coding` in HGVS notation and `protein` as it wrote it."""

    gene: str
    transcript: str
    exon: int | None = None
    coding: str | None = None
    protein: str | None = None


def changes(aa_change: str) -> tuple[Change, ...]:
    """The changes of an AAChange field, one for each transcript, in its order.

    >>> changes("EGFR:NM_005228:exon21:c.T2573G:p.L858R")[0].coding
    'c.2573T>G'
    """
    found = (_change(part.strip().split(":")) for part in re.split(r",|\\x2c", aa_change))
    return tuple(change for change in found if change is not None)


def _change(parts: list[str]) -> Change | None:
    """One entry `GENE:transcript:exon:c.:p.`; the last parts may lack."""
    if len(parts) < 2 or not parts[0] or columns.value(parts[0]) is None:
        return None
    exon = next((int(found[1]) for part in parts[2:] if (found := re.fullmatch(r"exon([0-9]{1,4})", part))), None)
    coding = next((part for part in parts[2:] if part.startswith("c.")), None)
    changed = next((part for part in parts[2:] if part.startswith("p.")), None)
    return Change(parts[0], parts[1], exon, hgvs(coding) if coding else None, changed)


def splice_changes(gene: str, gene_detail: str) -> tuple[Change, ...]:
    """The changes of a splice variant, which ANNOVAR writes into GeneDetail without the gene.

    >>> splice_changes("MET", "NM_000245:exon14:c.3028+1G>T")[0].coding
    'c.3028+1G>T'
    """
    parts = (part.strip() for part in re.split(r"[;,]|\\x3b|\\x2c", gene_detail))
    return tuple(change for part in parts if ":" in part and (change := _change([gene, *part.split(":")])) is not None)


def reference_transcript(found: tuple[Change, ...]) -> Change | None:
    """The change in the transcript with the oldest RefSeq accession, the first one without any.

    ANNOVAR marks no reference transcript. RefSeq numbered the transcripts that the literature's residue numbers
    refer to first (EGFR NM_005228 of L858R, not NM_001346897 of L813R).
    """
    if not found:
        return None
    return min(found, key=lambda change: (*age(change.transcript), found.index(change)))


def read(path: Path, sample: str | None = None) -> Reading:
    """The ANNOVAR table's rows of one sample."""
    notes: list[Note] = []
    return gathered("ANNOVAR", path, rows(path, notes), sample, ("small variant",), notes)


def is_header(header: list[str]) -> bool:
    """Whether these are columns of table_annovar: a gene model's AAChange, or its Func and Gene."""
    lower = {name.lower() for name in header}
    return any(name.startswith("aachange.") for name in lower) or any(
        name.startswith("func.") and f"gene.{name[5:]}" in lower for name in lower
    )


def rows(path: Path, notes: list[Note] | None = None) -> Iterator[Row]:
    """One Row for each data row: an alteration for each gene that it is in, or a note."""
    notes = [] if notes is None else notes
    header, records = columns.header_and_records(path, notes)
    if not is_header(header):
        raise UnusableInput(str(path), "no column AAChange.refGene", f"add it; the columns found are: {named(header)}")
    at = _located(header)
    pick = columns.picker(_ORDER, at)
    stated_by = header[at["significance"]] if "significance" in at else None
    for number, fields in records:
        place = Place(path.name, number)
        if len(header) == 1:
            fields = [",".join(fields)]
        if len(fields) <= max(at.get(key, 0) for key in ("func", "gene", "change")):
            yield columns.misfit_row(place, f"{len(fields)} of {len(header)} columns")
            continue
        # Otherinfo has one name in the header and several columns below it.
        padded = [*fields[: len(header)], *([""] * (len(header) - len(fields))), ""]
        yield _row(place, dict(zip(_ORDER, pick(padded), strict=True)), stated_by)


def _located(header: list[str]) -> dict[str, int]:
    """Where the columns of the preferred gene model and the others are."""
    lower = [name.lower() for name in header]
    models = [name.partition(".")[2] for name in lower if name.startswith(("func.", "aachange."))]
    model = min(models, key=lambda name: _GENE_MODELS.index(name) if name in _GENE_MODELS else len(_GENE_MODELS))
    kinds = {"func": "func", "gene": "gene", "detail": "genedetail", "exonic": "exonicfunc", "change": "aachange"}
    at = {key: lower.index(f"{word}.{model}") for key, word in kinds.items() if f"{word}.{model}" in lower}
    at |= columns.located(header, COLUMNS)
    # AF alone is gnomAD's frequency in a population; behind a genotype it is the sample's.
    for position, (before, name) in enumerate(itertools.pairwise(lower), start=1):
        if (before, name) == ("gt", "af") and "of_sample" not in at:
            at["of_sample"] = position
            if lower[position + 1 : position + 2] == ["ad"]:
                at["reads"] = position + 1
    return at


def _row(place: Place, picked: dict[str, str], stated_by: str | None) -> Row:
    """The Row of one record."""
    sample = columns.value(picked["sample"])
    filtered = columns.value(picked["filter"])
    filtered = None if filtered == "PASS" else filtered
    found = changes(picked["change"])
    genes = list(dict.fromkeys(change.gene for change in found)) or _genes(picked)
    if not genes:
        note = Note(Severity.INFO, place, "the row names no gene", "nothing to do for a variant between genes")
        return Row(place, (), (note,), sample)
    notes: list[Note] = []
    if filtered is not None:
        notes.append(columns.filtered_note(place, filtered))
    terms = exonic_terms(picked["func"], picked["exonic"])
    if columns.value(picked["exonic"]) and picked["exonic"].strip() not in (*EXONIC, "unknown"):
        message = f"unknown ExonicFunc {picked['exonic']!r}: the row is kept without it"
        notes.append(Note(Severity.WARNING, place, message, "use ANNOVAR's words, such as nonsynonymous SNV"))
    for name, number, remedy in (
        ("depth", columns.count, columns.COUNT_REMEDY),
        ("vaf", columns.fraction, columns.FRACTION_REMEDY),
    ):
        if columns.is_unread(picked[name], number):
            notes.append(columns.unread_note(place, name, picked[name], remedy))
    variants = (_variant(place, gene, found, terms, picked, stated_by, notes) for gene in genes)
    return Row(place, tuple(replace(one, filtered=filtered) for one in variants), tuple(notes), sample)


def _genes(picked: dict[str, str]) -> list[str]:
    """The genes of the Gene column; none between genes, where it names the neighbors."""
    if "intergenic" in picked["func"]:
        return []
    names = (name.strip() for name in re.split(r"[;,]", picked["gene"]))
    return list(dict.fromkeys(name for name in names if columns.value(name) and name != "NONE"))


def _variant(
    place: Place,
    gene: str,
    found: tuple[Change, ...],
    terms: tuple[str, ...],
    picked: dict[str, str],
    stated_by: str | None,
    notes: list[Note],
) -> SmallVariant:
    """The variant in one gene by its reference transcript, with a note when transcripts disagree on the residue."""
    of_gene = tuple(change for change in found if change.gene == gene) or splice_changes(gene, picked["detail"])
    chosen = reference_transcript(of_gene) or Change(gene, "")
    others = {change.protein for change in of_gene if change.protein} - {chosen.protein}
    if others and chosen.protein:
        message = f"{gene} {chosen.protein} by {chosen.transcript}; other transcripts say {named(sorted(others))}"
        notes.append(Note(Severity.INFO, place, message, "check the transcript if the residue number matters"))
    depth, vaf = _reads(picked)
    word = significance.parse(picked["significance"]) if columns.value(picked["significance"]) else None
    return SmallVariant(
        gene,
        place,
        _protein(place, chosen, notes),
        chosen.coding,
        near_splice_site(terms, chosen.coding),
        chosen.exon if "splicing" not in picked["func"] or chosen.protein else None,
        chosen.transcript or None,
        _genomic(picked),
        vaf=vaf,
        depth=depth,
        significance=word,
        significance_source=stated_by if word else None,
        sample=columns.value(picked["sample"]),
    )


def _protein(place: Place, change: Change, notes: list[Note]) -> protein.ProteinChange | None:
    if change.protein is None:
        return None
    try:
        return protein.parse(change.protein)
    except UnreadableProteinChange as unreadable:
        message = f"unreadable protein change {change.protein!r} of {change.gene}: the row is kept without it"
        notes.append(Note(Severity.WARNING, place, message, unreadable.remedy))
        return None


def _genomic(picked: dict[str, str]) -> GenomicChange | None:
    start = columns.whole(picked["start"])
    if columns.value(picked["chromosome"]) is None or start is None or start < 0:
        return None
    return GenomicChange(picked["chromosome"], start, picked["reference"] or "-", picked["alternate"] or "-")


def _reads(picked: dict[str, str]) -> tuple[int | None, float | None]:
    """Depth and allele fraction of the sample, from its own columns or the counts of its alleles (`113,2`)."""
    counts = [columns.whole(part) for part in picked["reads"].split(",")]
    total = sum(count for count in counts if count is not None) if None not in counts else None
    depth = columns.count(picked["depth"]) or total or None
    return depth, columns.fraction(picked["vaf"] or picked["of_sample"])
