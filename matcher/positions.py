"""Calls without a gene (an unannotated VCF), placed by what the graph knows of positions, and doubts about the build.

A call is placed by the known coordinates of a biomarker, which give its protein change, else by the exon that it lies
in, which gives what can be said without the reference sequence. The graph's exons are of GRCh37; in GRCh38 they are
known where two or more known coordinates of a gene agree how far it moved. What is placed nowhere is counted, and
nothing follows from it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import Alteration, Place, SmallVariant
from kb.nomenclature.genomic import BUILD_NAMES, BUILDS, Change, parse, trimmed
from matcher.notes import Note, Severity
from matcher.readers.reading import counted

if TYPE_CHECKING:
    from kb.genes import Exon
    from kb.graph import KnowledgeBase

_NAMES = {**BUILD_NAMES, "b37": "GRCh37", "b38": "GRCh38"}
_SEVERAL = 2
"""From this many known coordinates of the other build on, and none of its own, a file's stated build looks wrong."""
_ANCHORS = 2
"""So many known coordinates must agree on how far a gene moved between the builds."""
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_ANNOTATE = "annotate the calls with VEP or SnpEff and give the annotated file"


class Placed(NamedTuple):
    """The alterations with the calls that were placed, notes on how, and the calls that were not."""

    alterations: tuple[Alteration, ...]
    notes: tuple[Note, ...]
    unplaced: tuple[SmallVariant, ...]


def placed(
    alterations: Iterable[Alteration], knowledge: KnowledgeBase
) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
    """The alterations with a gene and what is known of the change for calls without one, and notes.

    A call at no known position is left out and counted in a note; one with a gene stays as it is.
    """
    found = place(alterations, knowledge)
    return found.alterations, found.notes


def place(alterations: Iterable[Alteration], knowledge: KnowledgeBase) -> Placed:
    """As `placed`, with the calls that were left out."""
    every = tuple(alterations)
    calls = [each for each in every if isinstance(each, SmallVariant) and not each.gene]
    if not calls:
        return Placed(every, (), ())
    atlas = _Atlas(knowledge)
    notes: list[Note] = []
    found: dict[int, SmallVariant] = {}
    for key in dict.fromkeys(map(_file_and_build, calls)):
        group = [call for call in calls if _file_and_build(call) == key]
        at, told = _in_one_build(group, *key, atlas)
        found |= at
        notes += told
    kept = (found.get(id(each), each) for each in every)
    unplaced = tuple(call for call in calls if id(call) not in found)
    left_out = {id(call) for call in unplaced}
    return Placed(tuple(each for each in kept if id(each) not in left_out), tuple(notes), unplaced)


def _file_and_build(call: SmallVariant) -> tuple[str, str | None]:
    return call.place.file, None if call.genomic is None else _build(call.genomic.build)


def _build(text: str | None) -> str | None:
    """A build by its own name; None when none is stated or it is neither of the two."""
    return None if text is None else _NAMES.get(text.strip().lower())


def _change(call: SmallVariant) -> Change | None:
    at = call.genomic
    return None if at is None else trimmed(at.chromosome, at.position, at.reference, at.alternate)


def _in_one_build(
    calls: list[SmallVariant], file: str, stated: str | None, atlas: _Atlas
) -> tuple[dict[int, SmallVariant], list[Note]]:
    """The placed calls of one file by identity, and notes."""
    changes = {id(call): _change(call) for call in calls}
    build, notes = _settled_build(file, stated, [change for change in changes.values() if change], atlas)
    found: dict[int, SmallVariant] = {}
    known = 0
    if build is not None:
        for call in calls:
            change = changes[id(call)]
            exact = None if change is None else atlas.known(call, change, build)
            known += exact is not None
            at = exact if exact is not None or change is None else atlas.in_exon(call, change, build)
            if at is not None:
                found[id(call)] = at
        if build == "GRCh38":
            notes.append(_newer_build_note(file, atlas))
    return found, [*notes, *_counts(file, len(calls), known, len(found))]


def _newer_build_note(file: str, atlas: _Atlas) -> Note:
    genes = ", ".join(atlas.shifts()) or "none"
    message = f"exons are known in GRCh37; in GRCh38 they are computed, for {genes} alone, from known positions in both"
    return Note(Severity.INFO, Place(file), message, _ANNOTATE)


def _counts(file: str, calls: int, known: int, placed: int) -> Iterable[Note]:
    if placed:
        how = f"{known:,} at a known position, the others by exon"
        message = f"placed: {placed:,} of {counted(calls, 'call')} without a gene, {how}"
        remedy = f"in-frame and frameshift are by length, and no protein change is known by exon: {_ANNOTATE}"
        yield Note(Severity.INFO, Place(file), message, remedy)
    if calls > placed:
        message = f"at no known position: {calls - placed:,} of {counted(calls, 'call')} without a gene"
        yield Note(Severity.WARNING, Place(file), f"{message}: nothing is concluded from them", _ANNOTATE)


def _settled_build(
    file: str, stated: str | None, changes: list[Change], atlas: _Atlas
) -> tuple[str | None, list[Note]]:
    """The build to place calls by; None, with a warning, when it is not known or looks wrong."""
    hits = {build: sum(change.written(build) in atlas.coordinates for change in changes) for build in BUILDS}
    if stated is None:
        likely = [build for build in BUILDS if hits[build]]
        if len(likely) == 1:
            message = (
                f"the genome build is not stated: {likely[0]} is taken, in which {hits[likely[0]]} calls are known"
            )
            return likely[0], [Note(Severity.INFO, Place(file), message, "state the build in the file's header")]
        message = "the genome build is not known: calls without a gene cannot be placed"
        remedy = "state the build in the file's header (##reference=GRCh37), or annotate the calls"
        return None, [Note(Severity.WARNING, Place(file), message, remedy)]
    other = next(build for build in BUILDS if build != stated)
    if not hits[stated] and hits[other] >= _SEVERAL:
        message = f"the file says {stated}, and {hits[other]} of its calls lie where {other} has known variants"
        remedy = "check the build: no call was placed"
        return None, [Note(Severity.WARNING, Place(file), message, remedy)]
    return stated, []


class _Atlas:
    """The graph's known coordinates and exons, read when first asked for."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self.coordinates = knowledge.genomic_changes()
        self._exons: dict[str, tuple[tuple[Exon, ...], list[int]]] | None = None
        self._last: dict[str, int] = {}
        self._moves: dict[str, int] | None = None
        self._numbered: dict[str, bool] = {}

    # Known coordinates

    def known(self, call: SmallVariant, change: Change, build: str) -> SmallVariant | None:
        """The call with the gene and protein change of the biomarkers at this position, where they agree."""
        from kb.nomenclature.protein import parse as parse_protein

        ids = self.coordinates.get(change.written(build), ()) or self._moved_ids(change, build)
        biomarkers = [self._knowledge.biomarker(id) for id in ids]
        genes = {gene for biomarker in biomarkers for gene in biomarker.genes}
        proteins = {parse_protein(text) for biomarker in biomarkers for text in biomarker.protein_changes}
        if len(genes) != 1 or len(proteins) != 1:
            return None
        return replace(call, gene=genes.pop(), protein=proteins.pop(), exon=self._exon_number(change, build))

    def _moved_ids(self, change: Change, build: str) -> tuple[str, ...]:
        """The biomarkers that a change of GRCh38 is in GRCh37, of genes of which it is known how far they moved."""
        if build == "GRCh37":
            return ()
        found = set[str]()
        for gene, shift in self.shifts().items():
            moved = change._replace(position=change.position + shift)
            ids = self.coordinates.get(moved.written("GRCh37"), ())
            found.update(id for id in ids if gene in self._knowledge.biomarker(id).genes)
        return tuple(sorted(found))

    def _exon_number(self, change: Change, build: str) -> int | None:
        exon = self._exon_at(change, build)
        return None if exon is None else exon[0].number

    # Exons

    def in_exon(self, call: SmallVariant, change: Change, build: str) -> SmallVariant | None:
        """The call with gene, exon and what its place tells; None outside of exons and their splice sites."""
        found = self._exon_at(change, build)
        if found is None:
            return None
        exon, moved = found
        last = exon.cds_last == self._last[exon.gene]
        told = _effect(moved, exon, first=exon.cds_first == 1, last=last)
        if told is None:
            return None
        codon = told.codon if told.codon and self._is_numbered(exon.gene) else None
        transcript = next((name for name in exon.transcripts if name.startswith("NM_")), None)
        return replace(
            call,
            gene=exon.gene,
            exon=exon.number,
            consequences=told.consequences,
            coding=told.coding,
            codon=codon,
            transcript=transcript,
        )

    def _exon_at(self, change: Change, build: str) -> tuple[Exon, Change] | None:
        """The exon that the change lies in or beside, and the change in the exon's coordinates (GRCh37)."""
        if build == "GRCh37":
            exon = self._nearest_exon(change)
            return None if exon is None else (exon, change)
        for gene, shift in self.shifts().items():
            moved = change._replace(position=change.position + shift)
            exon = self._nearest_exon(moved)
            if exon is not None and exon.gene == gene:
                return exon, moved
        return None

    def _nearest_exon(self, change: Change) -> Exon | None:
        """The only exon within two bases of the change; None for none, and for a change over several."""
        exons, starts = self._by_chromosome().get(change.chromosome, ((), []))
        first, last = min(change.position, change.last), max(change.position, change.last)
        reached = []
        for at in range(bisect_right(starts, last + 2) - 1, -1, -1):
            if exons[at].end + 2 < first:
                break
            reached.append(exons[at])
        return reached[0] if len(reached) == 1 else None

    def _by_chromosome(self) -> Mapping[str, tuple[tuple[Exon, ...], list[int]]]:
        if self._exons is None:
            exons = self._knowledge.exons_by_chromosome()
            self._exons = {name: (found, [exon.start for exon in found]) for name, found in exons.items()}
            for exon in (exon for found in exons.values() for exon in found):
                self._last[exon.gene] = max(exon.cds_last, self._last.get(exon.gene, 0))
        return self._exons

    def _is_numbered(self, gene: str) -> bool:
        """Whether the codons of the exons are those that the gene's biomarkers are named by.

        Names may follow another transcript (ROS1's do), so at least one known position must agree, and none disagree.
        """
        if gene not in self._numbered:
            agree = [
                abs(_codon(exon, change.position) - (named[1] or 0)) <= 1
                for named, change in self._anchors_of(gene)
                if (exon := self._nearest_exon(change)) is not None and exon.gene == gene
            ]
            self._numbered[gene] = bool(agree) and all(agree)
        return self._numbered[gene]

    def _anchors_of(self, gene: str) -> Iterable[tuple[tuple[str, int | None], Change]]:
        """The known substitutions of a gene in GRCh37, each with its biomarker and codon."""
        for biomarker in self._knowledge.biomarkers_of_gene(gene):
            for text in biomarker.genomic_changes:
                build, change = parse(text)
                if build == "GRCh37" and len(change.reference) == len(change.alternate):
                    yield (biomarker.id, biomarker.codon_first or _codon_named(biomarker.protein_changes)), change

    def shifts(self) -> Mapping[str, int]:
        """How far each gene moved from GRCh38 back to GRCh37, where its known coordinates agree."""
        if self._moves is None:
            self._moves = _agreed_shifts(self.coordinates, self._knowledge)
        return self._moves


def _codon_named(changes: tuple[str, ...]) -> int | None:
    from kb.nomenclature.protein import parse as parse_protein

    return parse_protein(changes[0]).first if changes else None


def _agreed_shifts(coordinates: Mapping[str, tuple[str, ...]], knowledge: KnowledgeBase) -> dict[str, int]:
    """How far genes moved, by their known substitutions of one base: longer changes may be written in several ways."""
    older: dict[tuple[str, str, str], set[Change]] = {}
    newer: list[tuple[str, Change]] = []
    for text, ids in coordinates.items():
        build, change = parse(text)
        if len(change.reference) != 1 or len(change.alternate) != 1:
            continue
        for id in ids:
            if build == "GRCh37":
                older.setdefault((id, change.reference, change.alternate), set()).add(change)
            else:
                newer.append((id, change))
    seen: dict[str, Counter[int]] = {}
    for id, change in newer:
        was = older.get((id, change.reference, change.alternate), set())
        shifts = {each.position - change.position for each in was if each.chromosome == change.chromosome}
        if len(shifts) == 1:
            seen.setdefault(knowledge.biomarker(id).genes[0], Counter())[shifts.pop()] += 1
    return {gene: next(iter(found)) for gene, found in sorted(seen.items()) if _agree(found)}


def _agree(shifts: Counter[int]) -> bool:
    return len(shifts) == 1 and shifts.total() >= _ANCHORS


# What a place in an exon tells


class _Effect(NamedTuple):
    consequences: tuple[str, ...] = ()
    coding: str | None = None
    codon: int | None = None


def _effect(change: Change, exon: Exon, *, first: bool, last: bool) -> _Effect | None:
    """What a change in or beside an exon does, without the reference sequence; None when it lies in neither.

    `first` and `last` say that the exon holds the start or the end of the coding sequence: beyond it is no splice site.
    """
    reached = _splice_sites(change, exon, first=first, last=last)
    if reached:
        whole = change.position <= exon.start and change.last >= exon.end
        return _Effect(("exon_loss_variant",) if whole else reached, _splice_coding(change, exon))
    if not change.reference:
        inside = exon.start < change.position <= exon.end
        if not inside:
            at_border = (change.position == exon.start and not _is_open(exon, "low", first, last)) or (
                change.position == exon.end + 1 and not _is_open(exon, "high", first, last)
            )
            return _Effect(("splice_region_variant",)) if at_border else None
    elif not exon.start <= change.position <= change.last <= exon.end:
        # No splice site is reached, so what sticks out does so where the coding sequence starts or ends.
        overlaps = change.position <= exon.end and change.last >= exon.start
        return _Effect(("coding_sequence_variant",)) if overlaps else None
    return _inside(change, exon, last=last)


def _inside(change: Change, exon: Exon, *, last: bool) -> _Effect:
    codons = sorted({_codon(exon, at) for at in (change.position, max(change.position, change.last))})
    net = len(change.alternate) - len(change.reference)
    if net == 0:
        return _Effect((), _substitution(change, exon), codons[0])
    if codons[0] == 1 or (last and codons[-1] == exon.codon_last):
        return _Effect(("coding_sequence_variant",), None, codons[0])  # the start or the stop codon may be gone
    if net % 3:
        return _Effect(("frameshift_variant",), None, codons[0])
    return _Effect(("inframe_insertion" if net > 0 else "inframe_deletion",), None, codons[0])


def _codon(exon: Exon, position: int) -> int:
    return (_cds(exon, min(max(position, exon.start), exon.end)) + 2) // 3


def _cds(exon: Exon, position: int) -> int:
    """The coding base at a position inside the exon."""
    return exon.cds_first + (position - exon.start if exon.strand == "+" else exon.end - position)


def _substitution(change: Change, exon: Exon) -> str | None:
    """The coding name of a substitution of one base: `c.2573T>G`."""
    if len(change.reference) != 1:
        return None
    return f"c.{_cds(exon, change.position)}{_on_strand(change, exon)}"


def _on_strand(change: Change, exon: Exon) -> str:
    old, new = change.reference, change.alternate
    if exon.strand == "-":
        old, new = old.translate(_COMPLEMENT), new.translate(_COMPLEMENT)
    return f"{old}>{new}"


def _is_open(exon: Exon, side: str, first: bool, last: bool) -> bool:
    """Whether the low or high side of the exon is the start or end of the coding sequence, and no splice site."""
    five_prime = (side == "low") == (exon.strand == "+")
    return first if five_prime else last


def _splice_sites(change: Change, exon: Exon, *, first: bool, last: bool) -> tuple[str, ...]:
    """The splice sites (the two bases of the intron beside the exon) that the change reaches."""
    sides = {"low": (exon.start - 2, exon.start - 1), "high": (exon.end + 1, exon.end + 2)}
    found = []
    for side, (low, high) in sides.items():
        if _is_open(exon, side, first, last):
            continue
        between = not change.reference and change.position == high
        if between or (change.reference and change.position <= high and change.last >= low):
            acceptor = (side == "low") == (exon.strand == "+")
            found.append("splice_acceptor_variant" if acceptor else "splice_donor_variant")
    return tuple(sorted(found))


def _splice_coding(change: Change, exon: Exon) -> str | None:
    """The coding name of a substitution beside the exon: `c.3028+1G>T`, `c.2888-2A>G`."""
    if len(change.reference) != 1 or len(change.alternate) != 1:
        return None
    low = change.position < exon.start
    distance = exon.start - change.position if low else change.position - exon.end
    before = low == (exon.strand == "+")
    base = f"{exon.cds_first}-{distance}" if before else f"{exon.cds_last}+{distance}"
    return f"c.{base}{_on_strand(change, exon)}"


# Annotated files


def build_notes(alterations: Iterable[Alteration], knowledge: KnowledgeBase) -> tuple[Note, ...]:
    """A warning for each file whose annotated variants lie where the other genome build has them.

    Compared are variants whose protein change is a biomarker with known coordinates in both builds, or in the other.
    """
    wrong: dict[tuple[str, str], list[SmallVariant]] = {}
    for variant in alterations:
        if isinstance(variant, SmallVariant) and variant.gene and variant.protein and variant.genomic:
            stated = _build(variant.genomic.build)
            if stated is not None and _is_of_the_other(variant, stated, knowledge):
                wrong.setdefault((variant.place.file, stated), []).append(variant)
    return tuple(_wrong_build(*key, variants) for key, variants in sorted(wrong.items()))


def _is_of_the_other(variant: SmallVariant, stated: str, knowledge: KnowledgeBase) -> bool:
    known_of_gene = knowledge.placed_changes(variant.gene)
    changes = known_of_gene.get(variant.protein, ()) if known_of_gene and variant.protein is not None else ()
    elsewhere = _of_the_other_alone(changes, stated) if changes else frozenset()
    change = _change(variant) if elsewhere else None
    return change is not None and (change.chromosome, change.position) in elsewhere


@lru_cache(maxsize=4096)
def _of_the_other_alone(changes: tuple[str, ...], stated: str) -> frozenset[tuple[str, int]]:
    """Where the other build than the stated one has a change of these known coordinates, and the stated one has not."""
    places = {build: set[tuple[str, int]]() for build in BUILDS}
    for text in changes:
        build, known = parse(text)
        places[build].add((known.chromosome, known.position))
    other = next(build for build in BUILDS if build != stated)
    return frozenset(places[other] - places[stated])


def _wrong_build(file: str, stated: str, variants: list[SmallVariant]) -> Note:
    other = next(build for build in BUILDS if build != stated)
    shown = ", ".join(f"{variant.label} at {variant.genomic}" for variant in variants[:3])
    message = f"the file says {stated}, and {len(variants)} of its variants lie where {other} has them: {shown}"
    place = variants[0].place if len(variants) == 1 else Place(file)
    return Note(Severity.WARNING, place, message, "check the genome build of the file and of its annotation")
