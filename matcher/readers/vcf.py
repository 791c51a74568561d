"""VCF annotated by VEP (CSQ) or SnpEff (ANN), read through pysam.

VEP: https://www.ensembl.org/info/docs/tools/vep/vep_formats.html ; SnpEff's ANN:
https://pcingola.github.io/SnpEff/adds/VCFannotationformat_v1.0.pdf
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.alteration import Alteration, CopyNumberChange, CopyNumberState, Fusion, GenomicChange, Origin, Place
from kb.alteration import SmallVariant as Variant
from kb.nomenclature import fusion, protein, significance
from kb.nomenclature.consequences import is_coding, severity
from kb.nomenclature.errors import UnreadableFusion, UnreadableProteinChange
from matcher.cut_offs import by_copies
from matcher.notes import Note, Severity
from matcher.readers import columns
from matcher.readers.annotation import Annotation, annotations_of
from matcher.readers.reading import Reading, Row, chosen_sample, no_rows
from matcher.readers.vcf_text import Header, Spooled, spooled

_KINDS_OF_SYMBOL = {"DEL": CopyNumberState.LOSS, "DUP": CopyNumberState.GAIN}
_WHOLE_GENE = frozenset({"transcript_ablation", "feature_ablation", "transcript_amplification", "duplication"})


def read(path: Path, sample: str | None = None) -> Reading:
    """The calls of one sample: the one asked for, the tumor of a tumor-normal pair, or the only one.

    UnusableInput when the file is not annotated, or has several samples of which none is known as the tumor.
    """
    notes: list[Note] = []
    found: list[Row] = []
    with spooled(path, notes) as text:
        chosen = tumor(path, text.header, sample)
        found.extend(_rows(text, chosen))
    if not found:
        notes.append(no_rows(path))
    return Reading(
        "VCF",
        tuple(alteration for row in found for alteration in row.alterations),
        (*notes, *(note for row in found for note in row.notes)),
        text.header.samples,
        len(found),
        frozenset({"small variant"}),
    )


def rows(path: Path, notes: list[Note] | None = None, sample: str | None = None) -> Iterator[Row]:
    """One Row for each data row of the file; a call that a filter took out, or that the sample lacks, is a note."""
    with spooled(path, [] if notes is None else notes) as text:
        yield from _rows(text, tumor(path, text.header, sample))


def tumor(path: Path, header: Header, sample: str | None = None) -> str | None:
    """The sample to read; None in a file without samples (its rows then hold for the one patient)."""
    if sample is None and header.tumor_sample in header.samples:
        return header.tumor_sample
    if sample is None and len(header.samples) > 1:
        tumors = [name for name in header.samples if re.search(r"tumou?r|somatic", name, re.IGNORECASE)]
        normals = [name for name in header.samples if re.search(r"normal|germline", name, re.IGNORECASE)]
        if len(tumors) == 1 and len(normals) == len(header.samples) - 1 and tumors[0] not in normals:
            return tumors[0]
    return chosen_sample(path, header.samples, sample)


def _rows(text: Spooled, sample: str | None) -> Iterator[Row]:
    """The rows in the file's order: those that fit the header through pysam, the others as notes."""
    records = iter(text.records)
    for number, fault in text.plan:
        place = Place(text.path.name, number)
        if fault is not None:
            yield columns.misfit_row(place, fault)._replace(sample=sample)
            continue
        try:
            record = next(records, None)
            row = _unreadable(place, "the row") if record is None else _row(record, place, text.header, sample)
        except (ValueError, OSError, TypeError, KeyError, IndexError, UnicodeError) as error:
            # pysam has no error of its own: a bad record or field raises one of these, and the next one is read on.
            row = _unreadable(place, str(error))
        yield row._replace(sample=sample)


def _unreadable(place: Place, reason: str) -> Row:
    note = Note(Severity.ERROR, place, f"not a VCF record: {reason}", "check it with: bcftools view FILE")
    return Row(place, (), (note,))


@dataclass(frozen=True, slots=True)
class _Call:
    """One record seen from one sample."""

    record: Any
    place: Place
    header: Header
    sample: str | None

    def field(self, name: str) -> Any:
        """A FORMAT value of the sample, None when it has none."""
        if self.sample is None:
            return None
        return self.record.samples[self.sample].get(name)


def _row(record: Any, place: Place, header: Header, sample: str | None) -> Row:
    """The Row of one record."""
    filters = [name for name in record.filter if name not in ("PASS", ".")]
    if filters:
        return _noted(
            place, f"filtered: {', '.join(filters)}", "the caller's filter took it out; check it if it matters"
        )
    if not record.alts:
        return _noted(place, "no alternate allele: a reference call", "nothing to do")
    call = _Call(record, place, header, sample)
    entries = annotations_of(record, header)
    if not entries:
        return _noted(place, "the row is not annotated", "annotate the file again with VEP or SnpEff")
    alterations: list[Alteration] = []
    notes: list[Note] = []
    for number, alternate in enumerate(record.alts, start=1):
        for one in _allele(call, number, alternate, entries):
            (notes if isinstance(one, Note) else alterations).append(one)  # type: ignore[arg-type]
    return Row(place, tuple(alterations), tuple(notes))


def _noted(place: Place, message: str, remedy: str) -> Row:
    return Row(place, (), (Note(Severity.INFO, place, message, remedy),))


def _allele(call: _Call, number: int, alternate: str, entries: list[Annotation]) -> list[Alteration | Note]:
    """What one alternate allele is, in every gene that it changes; notes when it is nothing that can be used."""
    if alternate == "*":
        return [_info(call, "a star allele: the deletion is in another row", "nothing to do")]
    if not _is_called(call, number):
        sample = call.sample or "the sample"
        return [_info(call, f"{alternate} is not called in {sample}", "choose another sample with --sample")]
    mine = [one for one in entries if one.is_of(number, call.record.ref, alternate, len(call.record.alts))]
    if not mine:
        return [_info(call, f"no annotation for the allele {alternate}", "annotate the file again")]
    found = [one for one in (_fused(call, hit) for hit in mine) if one is not None]
    if found:
        return list(dict.fromkeys(found))
    hits = relevant(mine)
    if not hits:
        return [_info(call, f"no gene: {mine[0].terms[0] if mine[0].terms else 'intergenic'}", "nothing to do")]
    if "<" in alternate or "[" in alternate or "]" in alternate:
        return [_structural(call, number, alternate, hit) for hit in hits]
    return [one for hit in hits for one in _small_variant(call, number, alternate, hit)]


def _info(call: _Call, message: str, remedy: str) -> Note:
    return Note(Severity.INFO, call.place, message, remedy)


def _is_called(call: _Call, number: int) -> bool:
    """Whether the sample has the allele: by its genotype, else by its reads, else yes (a caller without genotypes)."""
    genotype = call.field("GT")
    if genotype is not None and any(allele is not None for allele in genotype):
        return number in genotype
    depth = _allele_depths(call)
    if len(depth) > number:
        return depth[number] > 0
    return genotype is None


def relevant(entries: list[Annotation]) -> list[Annotation]:
    """One annotation per gene whose coding sequence or splicing is changed, else the most severe one of all.

    In each gene the transcript is MANE Select, else canonical, else the annotator's pick, else the most severe.
    """
    best: dict[str, Annotation] = {}
    for one in entries:
        if one.gene and (one.gene not in best or one.preference < best[one.gene].preference):
            best[one.gene] = one
    coding = [one for one in best.values() if any(map(is_coding, one.terms))]
    return coding or sorted(best.values(), key=lambda one: one.severity)[:1]


def _small_variant(call: _Call, number: int, alternate: str, hit: Annotation) -> list[Alteration | Note]:
    """The small variant of one gene, after a note when its protein change cannot be read."""
    change, notes = _protein(call, hit)
    stated = significance.parse(hit.significance) if hit.significance else None
    depth, vaf = _reads(call, number)
    record = call.record
    variant = Variant(
        hit.gene,
        call.place,
        change,
        hit.coding,
        hit.terms,
        hit.exon,
        hit.transcript,
        GenomicChange(record.chrom, record.pos, record.ref, alternate, call.header.build),
        _origin(call),
        vaf,
        depth,
        _zygosity(call, number),
        stated,
        hit.significance_source if stated else None,
        call.sample,
    )
    return [*notes, variant]


def _protein(call: _Call, hit: Annotation) -> tuple[protein.ProteinChange | None, list[Note]]:
    if hit.protein is None:
        return None, []
    try:
        return protein.parse(hit.protein), []
    except UnreadableProteinChange as unreadable:
        message = f"unreadable protein change {hit.protein!r} of {hit.gene}: the row is kept without it"
        return None, [Note(Severity.WARNING, call.place, message, unreadable.remedy)]


def _allele_depths(call: _Call) -> tuple[int, ...]:
    """Reads of each allele, the reference first; empty when AD does not give them all."""
    stated = call.field("AD")
    if isinstance(stated, str):
        stated = tuple(columns.whole(part) for part in stated.split(","))
    if not isinstance(stated, tuple) or any(not isinstance(reads, int) for reads in stated):
        return ()
    return stated if len(stated) == len(call.record.alts) + 1 else ()


def _reads(call: _Call, number: int) -> tuple[int | None, float | None]:
    """Depth and allele fraction: AF or FREQ of the sample, else from AD."""
    by_allele = _allele_depths(call)
    depth = columns.whole(str(call.field("DP"))) or sum(by_allele) or None
    for name in ("AF", "FREQ", "FA"):
        stated = call.field(name)
        if isinstance(stated, tuple):
            stated = stated[number - 1] if len(stated) >= number else None
        vaf = columns.fraction(str(stated)) if stated is not None else None
        if vaf is not None:
            return depth, round(vaf, 6)
    total = sum(by_allele)
    return depth, round(by_allele[number] / total, 6) if total else None


def _origin(call: _Call) -> Origin:
    """Somatic or germline where the caller says so: the SOMATIC flag, VarScan's SS, or Mutect2 with a normal."""
    info = call.record.info
    if "SOMATIC" in info:
        return Origin.SOMATIC
    status = str(info["SS"]) if "SS" in info else ""
    if status in ("1", "2"):
        return Origin.GERMLINE if status == "1" else Origin.SOMATIC
    return Origin.SOMATIC if call.header.has_normal else Origin.UNKNOWN


def _zygosity(call: _Call, number: int) -> str | None:
    genotype = call.field("GT")
    if not genotype or number not in genotype or len(genotype) < 2:
        return None
    return "homozygous" if all(allele == number for allele in genotype) else "heterozygous"


def _fused(call: _Call, hit: Annotation) -> Fusion | None:
    """SnpEff's gene fusion, named `EML4&ALK`; it does not say which partner is 5'."""
    if not any("gene_fusion" in term for term in hit.terms) or "&" not in hit.gene:
        return None
    try:
        name = fusion.parse(hit.gene.replace("&", "::"))
    except UnreadableFusion:
        return None
    in_frame = False if "frameshift_variant" in hit.terms else None
    return Fusion(name.five_prime, name.three_prime, call.place, in_frame, call.sample, oriented=False)


def _structural(call: _Call, number: int, alternate: str, hit: Annotation) -> Alteration | Note:
    """A gene lost or gained whole, an exon lost, or a note: a symbolic allele alone says little of a gene."""
    symbol = alternate.strip("<>").partition(":")[0]
    copies = columns.decimal(str(call.field("CN")))
    if symbol in ("DEL", "DUP", "CNV") and copies is not None and any(map(is_coding, hit.terms)):
        return CopyNumberChange(hit.gene, by_copies(copies), call.place, copies, sample=call.sample)
    if symbol in _KINDS_OF_SYMBOL and _WHOLE_GENE.intersection(hit.terms):
        both = symbol == "DEL" and _zygosity(call, number) == "homozygous"
        state = CopyNumberState.HOMOZYGOUS_DELETION if both else _KINDS_OF_SYMBOL[symbol]
        return CopyNumberChange(hit.gene, state, call.place, sample=call.sample)
    if symbol == "DEL" and "exon_loss_variant" in hit.terms:
        return next(one for one in _small_variant(call, number, alternate, hit) if isinstance(one, Variant))
    shown = ", ".join(sorted(hit.terms, key=severity)[:2])
    message = f"structural variant {alternate} in {hit.gene} ({shown}): no gene-level result is annotated"
    return _info(call, message, "give fusions and copy numbers as tables")
