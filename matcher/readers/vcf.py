"""VCF, annotated by VEP (CSQ), SnpEff (ANN) or ANNOVAR, or not at all: read row by row in bounded memory.

What is kept are the alterations; calls outside of coding sequences, splice sites and promoters are counted. A call
without annotation is kept by its coordinates only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Alteration, GenomicChange, Place
from kb.alteration import SmallVariant as Variant
from kb.consequence import may_change_protein
from kb.nomenclature import protein, significance
from kb.nomenclature.consequences import is_coding, severity
from kb.nomenclature.errors import UnreadableProteinChange
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import assembly, columns, vcf_annovar
from matcher.readers import vcf_remarks as told
from matcher.readers.annotation import PROMOTER, Annotation, best_of_each_gene, snpeff, vep
from matcher.readers.reading import Reading, Row, chosen_sample, no_rows
from matcher.readers.tally import Remark, Tally
from matcher.readers.vcf_call import (
    Call,
    call_of,
    haplotype,
    is_called,
    origin,
    reads,
    unreadable_numbers,
    zygosity,
)
from matcher.readers.vcf_structural import (
    Breakend,
    Mates,
    alone,
    breakend_of,
    is_gene_part,
    is_reference_block,
    is_structural,
    joined,
    symbolic,
)
from matcher.readers.vcf_text import Fault, Header, Record, Text, opened_text, tumor_by_name

MOST_UNPLACED = 250_000
"""Calls without annotation that are kept: some 150 MB of them. A tumor's whole genome has fewer."""

_HARMFUL = frozenset(significance.WORDS[:4])
_HOW_TO_ANNOTATE = (
    "annotate it first, for example: vep -i IN.vcf -o OUT.vcf --vcf --cache --symbol --hgvs --mane --canonical "
    "or: snpEff GENOME IN.vcf > OUT.vcf"
)


class Found(NamedTuple):
    """What one data row gave."""

    row: int
    alterations: tuple[Alteration, ...] = ()
    remarks: tuple[Remark, ...] = ()


def read(path: Path, sample: str | None = None) -> Reading:
    """The calls of one sample: the one asked for, the tumor of a tumor-normal pair, or the only one.

    Nothing is `reported` for a file without annotation, so that nothing counts as absent. UnusableInput when the file
    is no VCF, has several samples of which none is known as the tumor, or more calls without annotation than can be
    kept.
    """
    notes: list[Note] = []
    scan = _scan(path, notes, sample)
    tally, alterations, count, unplaced = Tally(path.name), list[Alteration](), 0, 0
    for found in scan.rows():
        count += 1
        for one in found.alterations:
            if isinstance(one, Variant) and not one.gene:
                unplaced += 1
                if unplaced > MOST_UNPLACED:
                    _refuse_unannotated(path, scan)
                    tally.add(Remark(told.NOT_KEPT, found.row))
                    continue
            alterations.append(one)
        for remark in found.remarks:
            tally.add(remark)
    if tally.count(told.BEYOND):
        alterations = [_without_build(one) for one in alterations]
    last = [] if count else [no_rows(path)]
    return Reading(
        "VCF",
        tuple(alterations),
        (*notes, *scan.file_notes(), *tally.notes(), *last),
        scan.text.header.samples,
        count,
        scan.reported(),
    )


def rows(path: Path, notes: list[Note] | None = None, sample: str | None = None) -> Iterator[Row]:
    """One Row for each data row of the file, streaming; a call that was not taken is a note.

    They come in the file's order, but for breakends, which come with their mates. Notes on the whole file are added
    to `notes`, the last ones when all rows have been read.
    """
    notes = [] if notes is None else notes
    scan = _scan(path, notes, sample)
    for found in scan.rows():
        told_notes = tuple(remark.note(path.name) for remark in found.remarks)
        yield Row(Place(path.name, found.row), found.alterations, told_notes, scan.sample)
    notes += scan.file_notes()


def samples(path: Path) -> tuple[str, ...]:
    """The samples that may be asked for: the tumor alone where one is known as that, else each that has a column."""
    header = opened_text(path, []).header
    known = _known_tumor(header)
    return (known,) if known is not None else tuple(dict.fromkeys(header.samples))


def _known_tumor(header: Header) -> str | None:
    named = header.samples
    known = header.tumor_sample if header.tumor_sample in named else None
    return known or (tumor_by_name(named) if len(named) > 1 else None)


def tumor(path: Path, header: Header, sample: str | None = None) -> str | None:
    """The sample to read; None in a file without samples (its rows then hold for the one patient)."""
    named = header.samples
    chosen = chosen_sample(path, named, _known_tumor(header) if sample is None else sample)
    if chosen is not None and named.count(chosen) > 1:
        raise UnusableInput(str(path), f"{named.count(chosen)} samples are named {chosen!r}", "rename them")
    return chosen


def _scan(path: Path, notes: list[Note], sample: str | None) -> _Scan:
    text = opened_text(path, notes)
    return _Scan(text, tumor(path, text.header, sample), assembly.ends(text.header.build))


def _refuse_unannotated(path: Path, scan: _Scan) -> None:
    if not scan.is_annotated:
        raise UnusableInput(
            str(path), f"more than {MOST_UNPLACED} calls and the VCF is not annotated", _HOW_TO_ANNOTATE
        )


def _without_build(one: Alteration) -> Alteration:
    if isinstance(one, Variant) and one.genomic is not None and one.genomic.build is not None:
        return replace(one, genomic=replace(one.genomic, build=None))
    return one


@dataclass(slots=True)
class _Scan:
    """One pass over a file: its rows, and what is known of the file as a whole when they have gone by."""

    text: Text
    sample: str | None
    ends: dict[str, int]
    _mates: Mates = field(default_factory=Mates)
    _beside: dict[int, list[Alteration | Remark]] = field(default_factory=dict)
    """By row, what the other alleles of a breakend that waits are: a row is told once, as a whole."""
    _comments: int = 0
    _annotated: int = 0
    _bare: int = 0
    _foreign: set[str] = field(default_factory=set)
    _small: bool = False
    _structural: bool = False
    _open_structural: bool = False

    @property
    def is_annotated(self) -> bool:
        """Whether the header or a row so far shows an annotation that can be read."""
        return self._annotated > 0 or self._is_declared

    @property
    def _is_declared(self) -> bool:
        header = self.text.header
        return bool(header.csq_fields) or "ANN" in header.declared or vcf_annovar.model_of(header.declared) is not None

    def rows(self) -> Iterator[Found]:
        """What each row gave, in the file's order but for breakends."""
        for record in self.text.records(self.sample):
            if isinstance(record, Record):
                yield from self._of_record(record)
            elif isinstance(record, Fault):
                yield Found(record.row, (), (Remark(told.MISFIT, record.row, (record.reason,)),))
            else:
                self._comments += 1
        for one in self._mates.left_over():
            yield self._found(one.row, [*self._beside.pop(one.row, ()), *alone(one)])

    def file_notes(self) -> list[Note]:
        """Notes on the file as a whole, known when all rows have been read."""
        place, notes = Place(self.text.path.name), list[Note]()
        if not self._is_usable:
            message, remedy = self._without_annotation()
            missing = "genes and protein changes are not known, only calls at known coordinates can count, and nothing"
            notes.append(Note(Severity.WARNING, place, f"{message}: {missing} counts as absent", remedy))
        if self._comments:
            message = f"lines below the header that begin with # and were taken as comments: {self._comments}"
            notes.append(Note(Severity.INFO, place, message, "take the # away if they are calls"))
        return notes

    @property
    def _is_usable(self) -> bool:
        """Whether calls could be placed in genes: some were, or the header says so and there was none to place."""
        return self._annotated > 0 or (self._is_declared and not self._bare)

    def _without_annotation(self) -> tuple[str, str]:
        if "EFF" in self._foreign:
            return "annotated in SnpEff's old EFF format", "annotate it again with SnpEff 4 or later (ANN)"
        if "CSQ" in self._foreign:
            return "CSQ without its header line, which says what the fields are", "annotate it again with VEP"
        return "the VCF is not annotated (neither VEP's CSQ, SnpEff's ANN nor ANNOVAR's columns)", _HOW_TO_ANNOTATE

    def reported(self) -> frozenset[str]:
        """The kinds of result that the file supplies, once all rows have been read.

        Fusions only where the file is a structural variant caller's, which joins places, and each such variant could
        be placed in genes; small variants unless it holds structural variants only.
        """
        if not self._is_usable:
            return frozenset()
        header = self.text.header
        kinds = set()
        if self._small or not (self._structural or header.breakends):
            kinds.add("small variant")
        if header.breakends and self._structural and not self._open_structural:
            kinds.add("fusion")
        return frozenset(kinds)

    def _found(self, row: int, found: list[Alteration | Remark]) -> Found:
        alterations = tuple(one for one in found if not isinstance(one, Remark))
        remarks = tuple(one for one in found if isinstance(one, Remark))
        if any(one.kind in (told.UNPLACED_BREAKEND, told.NO_MATE) for one in remarks):
            self._open_structural = True
        return Found(row, alterations, remarks)

    def _of_record(self, record: Record) -> Iterable[Found]:
        """What a record gave; a breakend waits for its mate."""
        row, alternates = record.row, record.alternates
        found: list[Alteration | Remark] = []
        end = self.ends.get(record.chromosome)
        if end is not None and record.position > end:
            place = (record.chromosome, record.position, self.text.header.build, end)
            found.append(Remark(told.BEYOND, row, place))
        if not alternates or all(map(is_reference_block, alternates)):
            return (self._found(row, [*found, Remark(told.REFERENCE, row)]),)
        if "SVTYPE=" in record.info or any(map(is_structural, alternates)):
            self._structural = True
        else:
            self._small = True
        if record.filter not in ("PASS", ".", ""):
            return (self._found(row, [*found, *self._of_filtered(record)]),)
        if not found and len(alternates) == 1 and (term := self._far_from_coding(record)) is not None:
            self._annotated += 1
            return (Found(row, (), (Remark(told.NOT_CODING, row, (_short(term),)),)),)
        breakend = self._of_call(call_of(record, self.text.header, self.sample), found)
        return (self._found(row, found),) if breakend is None else self._with_mate(breakend, found)

    def _of_filtered(self, record: Record) -> list[Alteration | Remark]:
        """What a call is that a filter took out: changes of proteins are kept with the filter's name, and told."""
        filters = record.filter.replace(";", ", ")
        remark = Remark(told.FILTERED, record.row, (_short(filters),))
        if any(map(is_structural, record.alternates)) or self._far_from_coding(record) is not None:
            return [remark]
        found: list[Alteration | Remark] = []
        self._of_call(call_of(record, self.text.header, self.sample), found)
        kept = [one for one in found if isinstance(one, Variant) and one.gene and may_change_protein(one)]
        return [*(replace(one, filtered=_short(filters)) for one in kept), remark]

    def _far_from_coding(self, record: Record) -> str | None:
        """A term of a CSQ or ANN that holds nothing relevant, None for any other record.

        Most of a genome's rows are such, so it is told without taking record or annotation apart.
        """
        skim, info = self.text.header.skim, record.info
        if skim is None or is_structural(record.alternates[0]) or "CLNSIG" in info:
            return None
        key, at, distance_at = skim
        text = _value(info, key)
        if not text or "athogenic" in text or "ncogenic" in text:
            return None
        terms = ""
        for entry in text.split(","):
            terms = entry.split("|", at + 1)[at] if entry.count("|") >= at else ""
            if not terms or (_may_be_kept(terms) and not _is_far(entry, terms, distance_at)):
                return None
        return terms

    def _with_mate(self, breakend: Breakend, found: list[Alteration | Remark]) -> list[Found]:
        mate = self._mates.mate_of(breakend)
        if mate is None:
            if found:
                self._beside[breakend.row] = found
            return []
        return [
            self._found(mate.row, [*self._beside.pop(mate.row, ()), *joined(mate, breakend, self.text.path.name)]),
            self._found(breakend.row, [*found, Remark(told.TOLD_WITH_MATE, breakend.row, (mate.row,))]),
        ]

    def _of_call(self, call: Call, found: list[Alteration | Remark]) -> Breakend | None:
        """Adds what the call's alleles are to `found`; the breakend among them is given back."""
        record = call.record
        entries = self._entries(call)
        breakend = None
        for number, alternate in enumerate(record.alternates, start=1):
            if alternate in ("*", "", ".") or is_reference_block(alternate) or alternate == record.reference:
                found.append(Remark(told.STAR if alternate == "*" else told.REFERENCE, record.row))
            elif not is_called(call, number):
                found.append(Remark(told.NOT_CALLED, record.row, (_short(alternate), call.sample or "the sample")))
            elif is_structural(alternate):
                mine = [one for one in entries or () if one.allele_number in (number, None)]
                if _is_breakend(alternate) and breakend is None:
                    breakend = breakend_of(call, alternate, mine, bool(entries), self.text.path.name)
                else:
                    found += self._symbolic(call, number, alternate, mine, bool(entries))
            else:
                found += self._sequence(call, number, alternate, entries)
        if any(isinstance(one, Variant) for one in found):
            unread = ((name, _short(text)) for name, text in unreadable_numbers(call))
            found += [Remark(told.UNREADABLE_NUMBER, record.row, each) for each in unread]
        return breakend

    def _entries(self, call: Call) -> list[Annotation] | None:
        """Every annotation of the record, CSQ before ANN before ANNOVAR's columns; None when it has none."""
        found = self._parsed(call)
        if found is None:
            self._bare += 1
        else:
            self._annotated += 1
        return found

    def _parsed(self, call: Call) -> list[Annotation] | None:
        header, info = self.text.header, call.info
        stated = info.get("CLNSIG")
        stated = None if stated in (None, "", ".") else stated
        text = info.get(header.vep_key, ".")
        if text not in ("", ".", "true"):
            if header.csq_fields:
                return vep(text, call.record, header, stated) or None
            self._foreign.add("CSQ")
        text = info.get("ANN", ".")
        if text not in ("", ".") and "|" in text:
            return snpeff(text, call.record, stated) or None
        if "EFF" in info:
            self._foreign.add("EFF")
        return vcf_annovar.entries_of(call.record, info)

    def _symbolic(
        self, call: Call, number: int, alternate: str, mine: list[Annotation], is_annotated: bool
    ) -> list[Alteration | Remark]:
        place = Place(self.text.path.name, call.record.row)
        found = symbolic(call, number, alternate, mine, place)
        if found is None:
            kind = alternate.strip("<>").partition(":")[0]
            parts = [one for one in best_of_each_gene(mine).values() if one.is_in_gene and is_gene_part(kind, one)]
            return [one for hit in parts for one in self._small_variant(call, number, alternate, hit)]
        if not is_annotated and not any(not isinstance(one, Remark) for one in found):
            return [Remark(told.UNPLACED_BREAKEND, call.record.row, (_short(alternate),))]
        return found

    def _sequence(
        self, call: Call, number: int, alternate: str, entries: list[Annotation] | None
    ) -> list[Alteration | Remark]:
        """A small variant of each gene that the allele changes; one without a gene when it is not annotated."""
        row = call.record.row
        if entries is None:
            remark = [Remark(told.NOT_ANNOTATED, row)] if self._is_declared else []
            return [self._unplaced(call, number, alternate), *remark]
        mine = [one for one in entries if one.allele_number == number]
        if not mine:
            return [self._unplaced(call, number, alternate), Remark(told.OTHER_ALLELE, row, (_short(alternate),))]
        hits = relevant(mine)
        if not hits:
            first = min(mine, key=lambda one: (one.severity, one.order))
            term = first.terms[0] if first.terms else "intergenic"
            return [Remark(told.NOT_CODING if first.gene else told.NO_GENE, row, (_short(term),))]
        return [one for hit in hits for one in self._small_variant(call, number, alternate, hit)]

    def _unplaced(self, call: Call, number: int, alternate: str) -> Variant:
        """A call of which only the coordinates are known."""
        return self._variant(call, number, alternate, None, None)

    def _small_variant(self, call: Call, number: int, alternate: str, hit: Annotation) -> list[Alteration | Remark]:
        """The small variant of one gene, after a remark when its protein change cannot be read."""
        change, remarks = None, []
        if hit.protein is not None:
            try:
                change = protein.parse(hit.protein)
            except UnreadableProteinChange:
                remarks = [Remark(told.UNREADABLE_PROTEIN, call.record.row, (_short(hit.protein), hit.gene))]
        return [*remarks, self._variant(call, number, alternate, hit, change)]

    def _variant(
        self, call: Call, number: int, alternate: str, hit: Annotation | None, change: protein.ProteinChange | None
    ) -> Variant:
        record = call.record
        stated = significance.parse(hit.significance) if hit is not None and hit.significance else None
        depth, vaf = reads(call, number)
        return Variant(
            hit.gene if hit is not None else "",
            Place(self.text.path.name, record.row),
            change,
            hit.coding if hit is not None else None,
            hit.terms if hit is not None else (),
            hit.exon if hit is not None else None,
            hit.transcript if hit is not None else None,
            GenomicChange(record.chromosome, record.position, record.reference, alternate, self.text.header.build),
            origin(call),
            vaf,
            depth,
            zygosity(call, number),
            stated,
            hit.significance_source if hit is not None and stated else None,
            call.sample,
            haplotype(call, number),
        )


def _is_breakend(alternate: str) -> bool:
    return alternate[:1] != "<" or alternate in ("<BND>", "<TRA>")


def _short(text: str) -> str:
    """The text, cut for a message: an allele may have thousands of bases."""
    return text if len(text) <= 40 else f"{text[:37]}..."


def relevant(entries: list[Annotation]) -> list[Annotation]:
    """One annotation per gene whose coding sequence, splicing or promoter is changed, or which is said to be harmful.

    In each gene the transcript is MANE Select, else canonical, else the annotator's pick, else the most severe.
    Promoters count where no coding sequence is changed, and a stated significance where nothing else is.
    """
    best = list(best_of_each_gene(entries).values())
    coding = [one for one in best if one.is_coding]
    if coding:
        return coding
    promoters = [one for one in best if one.is_promoter]
    if promoters:
        return promoters
    harmful = [one for one in best if one.significance and significance.parse(one.significance) in _HARMFUL]
    return sorted(harmful, key=lambda one: one.severity)[:1]


def _value(info: str, name: str) -> str:
    """The value of an INFO field, empty without it."""
    if info.startswith(f"{name}="):
        start = len(name) + 1
    else:
        start = info.find(f";{name}=") + len(name) + 2
        if start == len(name) + 1:
            return ""
    end = info.find(";", start)
    return info[start:] if end < 0 else info[start:end]


@lru_cache(maxsize=4096)
def _may_be_kept(terms: str) -> bool:
    """Whether one of the terms is of a coding sequence, a splice site or a promoter, or is not known."""
    unknown = severity("")
    return any(
        is_coding(term) or term.startswith(("5_prime", "upstream")) or severity(term) == unknown
        for term in terms.split("&")
    )


def _is_far(entry: str, terms: str, at: int | None) -> bool:
    """Whether an entry is only of a gene's far side: beyond what is taken as its promoter."""
    if at is None or terms != "upstream_gene_variant" or entry.count("|") < at:
        return False
    distance = columns.whole(entry.split("|", at + 1)[at].lstrip("-"))
    return distance is not None and distance > PROMOTER
