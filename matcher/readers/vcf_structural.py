"""Structural variants of a VCF: symbolic alleles and breakends as copy-number changes, fusions and small variants.

Only what the annotation or the breakends themselves tell is concluded. The forms of a breakend's ALT are those of
VCF 4.4, section 5.4 (https://samtools.github.io/hts-specs/VCFv4.4.pdf): `t[p[`, `t]p]`, `]p]t` and `[p[t`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import NamedTuple

from kb.alteration import Alteration, CopyNumberChange, CopyNumberState, Fusion, Place
from kb.nomenclature import fusion
from kb.nomenclature.consequences import severity
from kb.nomenclature.errors import UnreadableFusion
from matcher.cut_offs import by_copies
from matcher.readers import columns
from matcher.readers import vcf_remarks as told
from matcher.readers.annotation import Annotation, best_of_each_gene
from matcher.readers.assembly import plain
from matcher.readers.tally import Remark
from matcher.readers.vcf_call import Call, zygosity

_STATES = {"DEL": CopyNumberState.LOSS, "DUP": CopyNumberState.GAIN}
_LOST_WHOLE = frozenset({"transcript_ablation", "feature_ablation", "gene_ablation"})
_GAINED_WHOLE = frozenset({"transcript_amplification", "feature_amplification", "duplication", "feature_duplication"})
_PART = frozenset({"feature_truncation", "feature_elongation", "exon_loss_variant"})
_DECIDED = frozenset(
    {"frameshift_variant", "stop_gained", "stop_lost", "start_lost", "protein_altering_variant", "inframe_insertion"}
    | {"conservative_inframe_insertion", "disruptive_inframe_insertion"}
)
_GENE_PAIRS = (
    ("GENE1", "GENE2"),
    ("GENEA", "GENEB"),
    ("GENE_A", "GENE_B"),
    ("LEFT_GENE", "RIGHT_GENE"),
    ("GENE_LEFT", "GENE_RIGHT"),
    ("GENE5", "GENE3"),
)
_FUSION_TAGS = ("FUSION", "GENE_FUSION", "FUSION_GENES", "FUSION_NAME")
_BREAKEND = re.compile(r"([A-Za-z.]*)([\[\]])([^\[\]]+):(\d{1,10})[\[\]]([A-Za-z.]*)")
_MOST_PAIRS = 6

Found = list[Alteration | Remark]


def is_structural(alternate: str) -> bool:
    """Whether an alternate allele is symbolic or a breakend and no sequence."""
    return alternate[:1] == "<" or "[" in alternate or "]" in alternate or "." in alternate


def is_reference_block(alternate: str) -> bool:
    """Whether an alternate allele stands for any other allele, in a gVCF's reference calls."""
    return alternate in ("<NON_REF>", "<*>", "<X>")


class Side(NamedTuple):
    """One gene at one side of a join. `keeps_start` is whether its 5' part stays, None when that is not known."""

    gene: str
    keeps_start: bool | None
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class Breakend:
    """One breakend row: where it is, where its mate is, and the genes on its side.

    `keeps_left` is whether the sequence left of the break stays, here and at the mate. `named` are the fusions that
    the row names itself. `is_annotated` is whether the row's genes are known at all.
    """

    row: int
    id: str
    mates: tuple[str, ...]
    at: tuple[str, int]
    mate_at: tuple[str, int] | None
    keeps_left: bool | None
    entries: tuple[Annotation, ...]
    named: tuple[Fusion, ...]
    is_annotated: bool
    alternate: str
    sample: str | None

    @property
    def genes(self) -> tuple[str, ...]:
        """The genes that the breakend lies in: of those with proteins when there is one."""
        inside = list(best_of_each_gene([one for one in self.entries if one.is_in_gene]).values())
        coding = [one for one in inside if one.biotype in ("protein_coding", "Coding")]
        return tuple(sorted({one.gene for one in (coding or inside)}))

    def side(self, gene: str) -> Side:
        """The gene as a side of the join."""
        one = best_of_each_gene([one for one in self.entries if one.gene == gene]).get(gene)
        strand = one.strand if one else None
        known = strand is not None and self.keeps_left is not None
        return Side(gene, (strand == 1) == self.keeps_left if known else None, one)


def breakend_of(call: Call, alternate: str, entries: list[Annotation], is_annotated: bool, file: str) -> Breakend:
    """The row's breakend (or its `<TRA>`, Delly's form of one)."""
    record, info = call.record, call.info
    form = _BREAKEND.fullmatch(alternate)
    mate_at = (_bare(form[3].strip("<>")), int(form[4])) if form else _delly_mate(info)
    keeps_left = bool(form[1]) if form and bool(form[1]) != bool(form[5]) else None
    place = Place(file, record.row)
    return Breakend(
        record.row,
        record.id,
        tuple(one for one in info.get("MATEID", info.get("PARID", "")).split(",") if one not in ("", ".")),
        (_bare(record.chromosome), record.position),
        mate_at,
        keeps_left,
        tuple(entries),
        tuple(named_fusions(call, entries, place)),
        is_annotated,
        alternate,
        call.sample,
    )


def _delly_mate(info: Mapping[str, str]) -> tuple[str, int] | None:
    end = columns.whole(info.get("POS2") or info.get("END", ""))
    return (_bare(info["CHR2"]), end) if info.get("CHR2") and end is not None else None


def _bare(chromosome: str) -> str:
    """The chromosome's name as both mates may write it."""
    return plain(chromosome).upper()


@dataclass(slots=True)
class Mates:
    """Breakends that wait for their mates: matched by MATEID, else by the coordinates in ALT."""

    _by_id: dict[str, Breakend] = field(default_factory=dict)
    _by_place: dict[tuple[tuple[str, int], tuple[str, int] | None], Breakend] = field(default_factory=dict)
    _waiting: dict[int, Breakend] = field(default_factory=dict)

    def mate_of(self, one: Breakend) -> Breakend | None:
        """The waiting mate, which then waits no more; None when there is none, and this one waits from now on."""
        mate = next((self._by_id[name] for name in one.mates if name in self._by_id), None)
        if mate is None and one.mate_at is not None and not one.mates:
            mate = self._by_place.get((one.mate_at, one.at))
        if mate is None or mate.row not in self._waiting:
            self._wait(one)
            return None
        del self._waiting[mate.row]
        self._by_id.pop(mate.id, None)
        self._by_place.pop((mate.at, mate.mate_at), None)
        return mate

    def _wait(self, one: Breakend) -> None:
        self._waiting[one.row] = one
        if one.id not in ("", "."):
            self._by_id[one.id] = one
        if one.mate_at is not None:
            self._by_place[one.at, one.mate_at] = one

    def left_over(self) -> list[Breakend]:
        """The breakends whose mates never came."""
        return list(self._waiting.values())


def joined(first: Breakend, second: Breakend, file: str) -> Found:
    """What two mates are together, placed at the first."""
    named = [*first.named, *second.named]
    if named:
        unique = {frozenset(one.genes): one for one in reversed(named)}
        return [*reversed(unique.values())]
    here, there = _sides(first, second)
    if here and there:
        found: Found = []
        for one, other in list(product(here, there))[:_MOST_PAIRS]:
            found += _fusion(first, one, other, Place(file, first.row))
        return found
    genes = ", ".join((*here_names(first), *here_names(second)))
    if not genes:
        kind = told.INTERGENIC if first.is_annotated and second.is_annotated else told.UNPLACED_BREAKEND
        return [Remark(kind, first.row, (first.alternate[:40],))]
    if not (first.is_annotated and second.is_annotated):
        return [Remark(told.NO_MATE, first.row, (genes, "its mate"))]
    return [Remark(told.NO_MATE_GENE, first.row, (genes,))]


def here_names(one: Breakend) -> tuple[str, ...]:
    """The names of the breakend's genes, cut after a few."""
    return one.genes[:3]


def _sides(first: Breakend, second: Breakend) -> tuple[list[Side], list[Side]]:
    """The genes at each of two mates. An annotator that writes both sides' genes on both rows leaves the side open."""
    here, there = set(first.genes), set(second.genes)
    if here == there and len(here) == 2:
        one, other = sorted(here)
        return [Side(one, None, None)], [Side(other, None, None)]
    mine, others = (here - there or here), (there - here or there)
    return [first.side(gene) for gene in sorted(mine)], [second.side(gene) for gene in sorted(others)]


def _fusion(first: Breakend, one: Side, other: Side, place: Place) -> Found:
    """Two genes that are joined; the one that keeps its start is 5' of one that keeps its end."""
    if one.gene == other.gene:
        return [Fusion(one.gene, one.gene, place, sample=first.sample, oriented=False)]
    if one.keeps_start is None or other.keeps_start is None:
        return [Fusion(one.gene, other.gene, place, sample=first.sample, oriented=False)]
    if one.keeps_start == other.keeps_start:
        open_fusion = Fusion(one.gene, other.gene, place, sample=first.sample, oriented=False)
        return [open_fusion, Remark(told.NO_SENSE, first.row, (one.gene, other.gene))]
    five, three = (one, other) if one.keeps_start else (other, one)
    last, intron = _intron(five), _intron(three)
    # Both or neither: an exon number without the other says nothing of the frame.
    exons = (last, intron + 1) if last is not None and intron is not None else (None, None)
    return [
        Fusion(five.gene, three.gene, place, sample=first.sample, five_prime_exon=exons[0], three_prime_exon=exons[1])
    ]


def _intron(side: Side) -> int | None:
    """The intron in which the gene is cut: the exon before it has the same number."""
    return side.annotation.intron if side.annotation is not None else None


def alone(one: Breakend) -> Found:
    """What a breakend is whose mate is in no row."""
    if one.named:
        return [*one.named]
    genes = ", ".join(here_names(one))
    if not one.is_annotated:
        return [Remark(told.UNPLACED_BREAKEND, one.row, (one.alternate[:40],))]
    if not genes:
        return [Remark(told.INTERGENIC, one.row, (one.alternate[:40],))]
    where = f"{one.mate_at[0]}:{one.mate_at[1]}" if one.mate_at else "an unknown place"
    return [Remark(told.NO_MATE, one.row, (genes, where))]


def named_fusions(call: Call, entries: Iterable[Annotation], place: Place) -> list[Fusion]:
    """The fusions that an annotation (`EML4&ALK` of SnpEff) or an INFO field names; none tells which gene is 5'."""
    names = [
        (one.gene.replace("&", "::"), False if "frameshift_variant" in one.terms else None)
        for one in entries
        if any("gene_fusion" in term for term in one.terms) and "&" in one.gene
    ]
    names = names or [(name, None) for name in _tagged(call.info)]
    found: dict[frozenset[str], Fusion] = {}
    for text, in_frame in names:
        try:
            name = fusion.parse(text)
        except UnreadableFusion:
            continue
        if name.five_prime is None or name.three_prime is None:
            continue
        one = Fusion(name.five_prime, name.three_prime, place, in_frame, call.sample, oriented=False)
        found.setdefault(frozenset(one.genes), one)
    return list(found.values())


def _tagged(info: Mapping[str, str]) -> list[str]:
    """Fusion names in INFO fields that fusion and structural variant callers write."""
    for one, other in _GENE_PAIRS:
        genes = info.get(one, "."), info.get(other, ".")
        if not any(columns.value(gene) is None for gene in genes):
            pairs = product(*(gene.split(",") for gene in genes))
            return [f"{left}::{right}" for left, right in pairs][:_MOST_PAIRS]
    stated = next((info[name] for name in _FUSION_TAGS if columns.value(info.get(name, ".")) is not None), "")
    return [name for name in stated.split(",") if name][:_MOST_PAIRS]


def symbolic(call: Call, number: int, alternate: str, entries: list[Annotation], place: Place) -> Found | None:
    """What a symbolic allele is: fusions, genes lost or gained whole. None when it is like a small variant."""
    fusions = named_fusions(call, entries, place)
    if fusions:
        return [*fusions]
    kind = alternate.strip("<>").partition(":")[0]
    inside = [one for one in best_of_each_gene(_one_gene_each(entries)).values() if one.is_in_gene]
    if not inside:
        return [Remark(told.INTERGENIC, call.record.row, (alternate[:40],))]
    found = [change for one in inside if (change := _copies(call, number, kind, one, place)) is not None]
    if found:
        return [*found]
    if kind == "DEL" and any(_loses_exon(one) for one in inside):
        return None
    if kind in ("INS", "DUP") and any(not _DECIDED.isdisjoint(one.terms) or one.protein for one in inside):
        return None
    shown = ", ".join(f"{one.gene} ({', '.join(sorted(one.terms, key=severity)[:2])})" for one in inside[:3])
    return [Remark(told.STRUCTURAL, call.record.row, (alternate[:40], shown))]


def is_gene_part(kind: str, one: Annotation) -> bool:
    """Whether a symbolic allele of this kind changes part of the gene so that it can be told as a small variant."""
    return _loses_exon(one) if kind == "DEL" else not _DECIDED.isdisjoint(one.terms) or one.protein is not None


def _loses_exon(one: Annotation) -> bool:
    """Whether a deletion takes coding sequence of the gene: `feature_truncation` alone may be an intron's."""
    return "exon_loss_variant" in one.terms or (one.is_coding and any(term not in _PART for term in _coding(one)))


def _coding(one: Annotation) -> list[str]:
    return [term for term in one.terms if severity(term) <= severity("coding_sequence_variant")]


def _one_gene_each(entries: Iterable[Annotation]) -> list[Annotation]:
    """The entries with those of several genes (`A&B`, as SnpEff writes for a large variant) taken apart."""
    return [
        replace(one, gene=gene) if "&" in one.gene else one
        for one in entries
        for gene in (one.gene.split("&") if one.gene else [""])
    ]


def _copies(call: Call, number: int, kind: str, one: Annotation, place: Place) -> CopyNumberChange | None:
    """The gene's copy-number change by CN or by terms for a whole gene; None when neither tells."""
    whole = not (_LOST_WHOLE | _GAINED_WHOLE).isdisjoint(one.terms)
    copies = columns.decimal(call.field("CN") or "")
    # Delly writes -1 for a copy number that it did not compute.
    if copies is not None and copies >= 0 and kind in ("DEL", "DUP", "CNV") and (whole or _covers(one)):
        return CopyNumberChange(one.gene, by_copies(copies), place, copies, sample=call.sample)
    terms = {"DEL": _LOST_WHOLE, "DUP": _GAINED_WHOLE}.get(kind, frozenset())
    if terms.isdisjoint(one.terms):
        return None
    both = kind == "DEL" and zygosity(call, number) == "homozygous"
    state = CopyNumberState.HOMOZYGOUS_DELETION if both else _STATES[kind]
    return CopyNumberChange(one.gene, state, place, sample=call.sample)


def _covers(one: Annotation) -> bool:
    """Whether coding sequence is changed and no term says that it is a part of the gene only."""
    return one.is_coding and _PART.isdisjoint(one.terms)
