"""Fusion tables: two gene columns, cBioPortal's structural variants, or one column with the fusion's name.

Read are the outputs of STAR-Fusion (https://github.com/STAR-Fusion/STAR-Fusion/wiki), Arriba
(https://arriba.readthedocs.io/en/latest/output-files/), FusionCatcher
(https://github.com/ndaniel/fusioncatcher/blob/master/doc/manual.md) and PCGR's input, cBioPortal's data_sv.txt and
older data_fusions.txt (https://docs.cbioportal.org/file-formats/#structural-variant-data), and any table with such
columns.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Fusion, Place
from kb.nomenclature import fusion
from kb.nomenclature.errors import UnreadableFusion
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns
from matcher.readers.reading import Reading, Row, gathered, named, summarized

ORIENTED = (
    ("gene5", "gene3"),
    ("gene_5_prime", "gene_3_prime"),
    ("five_prime", "three_prime"),
    ("five_prime_gene", "three_prime_gene"),
    ("5_prime_gene", "3_prime_gene"),
    ("5'gene", "3'gene"),
    ("upstream_gene", "downstream_gene"),
    ("head_gene", "tail_gene"),
    ("gene5prime", "gene3prime"),
    ("gene_1_symbol(5end_fusion_partner)", "gene_2_symbol(3end_fusion_partner)"),
    ("leftgene", "rightgene"),
)
"""Pairs of columns that say which partner is 5'."""

UNORIENTED = (
    ("site1_hugo_symbol", "site2_hugo_symbol"),
    ("site1_gene", "site2_gene"),
    ("gene1", "gene2"),
    ("gene_1", "gene_2"),
    ("genea", "geneb"),
    ("left_gene", "right_gene"),
)
"""Pairs of columns that do not: the sites of a breakpoint, in any order."""

NAMES = ("fusion", "fusionname", "fusiongene", "fusion_name")
"""Columns whose presence makes a table one of fusions."""

COLUMNS = {
    "name": (*NAMES, "name", "alteration"),
    "gene": ("gene", "hugo_symbol"),
    "frame": (
        "frame", "in_frame", "site2_effect_on_frame", "reading_frame", "prot_fusion_type", "predicted_effect",
        "fusion_effect",
    ),
    "sample": ("sample", "sample_id", "tumor_sample_barcode"),
    "event": ("event_info",),
    "connection": ("connection_type",),
    "status": ("sv_status", "fusion_status"),
    "first_site": ("site1_description",),
    "second_site": ("site2_description",),
    "first_region": ("site1_region",),
    "second_region": ("site2_region",),
    "first_number": ("site1_region_number",),
    "second_number": ("site2_region_number",),
    "five_exon": ("site1_exon", "five_prime_exon", "5_prime_exon", "exon5", "exon_5_prime", "exon1"),
    "three_exon": ("site2_exon", "three_prime_exon", "3_prime_exon", "exon3", "exon_3_prime", "exon2"),
    "reads": (
        "junctionreadcount", "junctionreads", "junction_reads", "splitreads", "split_reads", "spanning_unique_reads",
        "tumor_split_read_count",
    ),
    "variant_reads": ("tumor_variant_count",),
    "first_reads": ("split_reads1",),
    "second_reads": ("split_reads2",),
    "confidence": ("confidence",),
    "first_strand": ("strand1(gene/fusion)",),
    "second_strand": ("strand2(gene/fusion)",),
}  # fmt: skip
_ORDER = ("five", "three", *COLUMNS)
_FRAMES = {"in-frame": True, "in frame": True, "inframe": True, "in_frame": True, "yes": True, "true": True}
_OUT = {"out-of-frame": False, "out of frame": False, "frameshift": False, "out_of_frame": False, "no": False}
_FRAMES |= _OUT | {"frame_shift": False, "false": False}


def read(path: Path, sample: str | None = None) -> Reading:
    """The fusion table's rows of one sample; a fusion that rows repeat in every detail is told once, with a note."""
    notes: list[Note] = []
    return told_once(gathered("fusions", path, rows(path, notes), sample, ("fusion",), notes))


def told_once(reading: Reading) -> Reading:
    """The reading without the fusions that are the same but for their row, each of which becomes a note."""
    first: dict[Fusion, Place] = {}
    kept, notes = [], []
    for one in reading.alterations:
        key = replace(one, place=Place("")) if isinstance(one, Fusion) else None
        if isinstance(one, Fusion) and key is not None and key in first:
            message = f"{one.label} repeats that of row {first[key].row}: told once"
            notes.append(Note(Severity.INFO, one.place, message, "none needed"))
            continue
        if key is not None:
            first[key] = one.place
        kept.append(one)
    return replace(reading, alterations=tuple(kept), notes=(*reading.notes, *summarized(notes)))


def rows(path: Path, notes: list[Note] | None = None, wanted: Container[str] | None = None) -> Iterator[Row]:
    """One Row for each data row; UnusableInput when no column names a fusion or its partners.

    With `wanted` the other samples' rows are passed over.
    """
    notes = [] if notes is None else notes
    header, records = columns.header_and_records(path, notes)
    at, oriented = _partners(header)
    at |= columns.located(header, COLUMNS)
    if "five" not in at and "name" not in at:
        raise UnusableInput(
            str(path), "no column fusion, and none of gene5 and gene3", f"add them; the columns found: {named(header)}"
        )
    pick, width = columns.picker(_ORDER, at), len(header)
    needed = max(at.get("three", 0), at.get("name", 0) if "five" not in at else 0)
    by_name = "name" in at and header[at["name"]].lower() in NAMES and header[at.get("five", 0)].lower() == "leftgene"
    for number, fields in records:
        place = Place(path.name, number)
        if len(fields) < width and len(fields) <= needed:
            yield columns.misfit_row(place, f"{len(fields)} of {width} columns")
            continue
        padded = [*fields[:width], *([""] * (width - len(fields))), ""]
        picked = dict(zip(_ORDER, pick(padded), strict=True))
        if wanted is None or (sample := columns.value(picked["sample"])) is None or sample in wanted:
            yield _row(place, picked, oriented, by_name)


def _partners(header: list[str]) -> tuple[dict[str, int], bool]:
    """Where the two partner columns are, and whether they say which is 5'."""
    lower = [name.lower() for name in header]
    for pairs, oriented in ((ORIENTED, True), (UNORIENTED, False)):
        for five, three in pairs:
            if five in lower and three in lower:
                return {"five": lower.index(five), "three": lower.index(three)}, oriented or is_arriba(header)
    return {}, True


def is_arriba(header: list[str]) -> bool:
    """Whether the columns are Arriba's, whose first gene is the 5' partner."""
    return {"gene1", "gene2", "breakpoint1", "breakpoint2", "site1", "site2"} <= {name.lower() for name in header}


def _row(place: Place, picked: dict[str, str], oriented: bool, by_name: bool) -> Row:
    """The Row of one record."""
    sample = columns.value(picked["sample"])
    notes: list[Note] = []
    five, three = (_partner(picked[side], place, notes) for side in ("five", "three"))
    if by_name and columns.value(picked["name"]):
        found = _by_name(place, picked, sample)
        return _beside_genes(found, five, three) if found.alterations else _of_genes(found, five, three)
    if five is None and three is None:
        if notes:
            return Row(place, (), tuple(notes), sample)
        return _by_name(place, picked, sample)
    joined = Joined(five, three, oriented and not _is_open(picked))
    if not oriented:
        joined = _turned(joined, picked, place, notes)
    elif not joined.is_oriented:
        message = "the strands are not known, so either partner may be the 5' one"
        notes.append(Note(Severity.INFO, place, message, "none needed"))
    joined = joined._replace(
        five_exon=joined.five_exon or columns.whole(picked["five_exon"]),
        three_exon=joined.three_exon or columns.whole(picked["three_exon"]),
    )
    notes.extend(_doubts(place, picked))
    return Row(place, (joined.fusion(place, picked, sample),), tuple(notes), sample)


class Joined(NamedTuple):
    """Two partners of a row, in 5' to 3' order when `is_oriented`, with the exons at the breakpoint."""

    five: str | None
    three: str | None
    is_oriented: bool
    five_exon: int | None = None
    three_exon: int | None = None

    def fusion(self, place: Place, picked: dict[str, str], sample: str | None) -> Fusion:
        """The fusion, with the row's frame and reads."""
        frame, reads = _frame(picked["frame"]), _reads(picked)
        return Fusion(
            self.five, self.three, place, frame, sample, self.is_oriented, self.five_exon, self.three_exon, reads
        )


def _partner(text: str, place: Place, notes: list[Note]) -> str | None:
    """The symbol of a partner column, None for a breakpoint between genes.

    STAR-Fusion writes `EML4^ENSG00000143924.19`; Arriba `A(123),B(456)`, the nearest genes and their distances, where
    the breakpoint lies in neither.
    """
    found = columns.value(text.partition("^")[0])
    if found is None or re.search(r"\(\d+\)", found) is None:
        return found
    message = f"the breakpoint lies between genes ({found}): read as a partner that is not named"
    notes.append(Note(Severity.INFO, place, message, "none needed"))
    return None


def _of_genes(unnamed: Row, five: str | None, three: str | None) -> Row:
    """A row whose name cannot be read and whose gene columns can."""
    if five is None and three is None:
        return unnamed
    return Row(unnamed.place, (Fusion(five, three, unnamed.place, sample=unnamed.sample),), (), unnamed.sample)


def _beside_genes(found: Row, five: str | None, three: str | None) -> Row:
    """A row read by its name, with a note when its gene columns name others."""
    (named_fusion,) = found.alterations
    if not isinstance(named_fusion, Fusion) or {five, three} <= {*named_fusion.genes, None}:
        return found
    message = (
        f"{named_fusion.label} by its name, and {five or '?'} and {three or '?'} by its gene columns: read by name"
    )
    note = Note(Severity.WARNING, found.place, message, "correct the row")
    return found._replace(notes=(*found.notes, note))


def _is_open(picked: dict[str, str]) -> bool:
    """Whether Arriba could not tell the strand of a partner in the fusion (`+/.`), and so not the order either."""
    return any(picked[key].strip().endswith("/.") for key in ("first_strand", "second_strand"))


def _doubts(place: Place, picked: dict[str, str]) -> Iterator[Note]:
    """Notes on what weakens a fusion that is kept."""
    if picked["confidence"].strip().lower() == "low":
        yield Note(Severity.WARNING, place, "the caller's confidence is low: kept", "confirm it by another method")
    if picked["status"].strip().lower() == "germline":
        yield Note(Severity.WARNING, place, "a germline structural variant: kept", "weigh it as germline in the board")


def _turned(joined: Joined, picked: dict[str, str], place: Place, notes: list[Note]) -> Joined:
    """The partners of a cBioPortal row in 5' to 3' order where the row gives it, with the exons at the breakpoint.

    1. `Event_Info` with the pair in brackets, `Protein fusion: in frame (EML4-ALK)`, names the 5' partner first. A
       bare pair (`EML4-ALK Fusion`) does so only by custom, and is not used.
    2. `Connection_Type` says which end of the genome on either side is joined, as Delly's CT does: `3to5` joins what
       lies left of site 1 to what lies right of site 2. With the strands in the sites' descriptions (`Intron of
       ALK(-): 452bp before exon 20`) the part of the gene that is kept follows. Alone it orders nothing.
    """
    first, second = _site(picked, "first", joined.five), _site(picked, "second", joined.three)
    if None not in (first.gene, second.gene) and (first.gene, second.gene) == (joined.three, joined.five):
        # Some rows describe the sites the other way round than they name them.
        first, second = second, first
        ends = _ends(picked)[::-1]
    else:
        ends = _ends(picked)
    kept = tuple(site.kept(end) for site, end in zip((first, second), ends, strict=True))
    pair = re.search(r"\(([^()]+)\)\s*$", picked["event"])
    stated = pair[1].strip() if pair else None
    if stated == f"{joined.five}-{joined.three}" or (stated is None and kept == (5, 3)):
        return Joined(joined.five, joined.three, True, first.last_exon, second.first_exon)
    if stated == f"{joined.three}-{joined.five}" or (stated is None and kept == (3, 5)):
        return Joined(joined.three, joined.five, True, second.last_exon, first.first_exon)
    if joined.five != joined.three and kept in ((3, 3), (5, 5)):
        message = f"the breakpoint joins two {kept[0]}' parts (antisense): kept as a fusion of unknown order"
        notes.append(Note(Severity.WARNING, place, message, "confirm by RNA that a fusion is expressed"))
    return joined._replace(five_exon=first.exon, three_exon=second.exon)


def _ends(picked: dict[str, str]) -> tuple[str, str]:
    """The two ends that `Connection_Type` joins, `3` and `5` for `3to5`; empty ones when it says nothing."""
    found = re.fullmatch(r"([35])to([35])", picked["connection"].strip().lower())
    return (found[1], found[2]) if found else ("", "")


class _Site(NamedTuple):
    """One side of a breakpoint as cBioPortal's columns describe it."""

    gene: str | None
    strand: str | None
    exon: int | None
    after: int | None
    before: int | None

    def kept(self, end: str) -> int | None:
        """Which part of the gene, 5' or 3', is joined: what lies left of a breakpoint (`3`) is the 5' one on `+`."""
        if not end or self.strand is None:
            return None
        return 5 if (end == "3") == (self.strand == "+") else 3

    @property
    def last_exon(self) -> int | None:
        """The last exon of a 5' partner with this breakpoint."""
        before = self.before - 1 if self.before is not None and self.before > 1 else None
        return self.exon or self.after or before

    @property
    def first_exon(self) -> int | None:
        """The first exon of a 3' partner with this breakpoint."""
        return self.exon or self.before or (self.after + 1 if self.after is not None else None)


def _site(picked: dict[str, str], side: str, gene: str | None) -> _Site:
    """What the description, else the region and its number, say of one side."""
    text = picked[f"{side}_site"]
    found = re.match(r"(?:Exon (\d{1,4})|Intron) of (\S+)\(([+-])\)(?:.* (before|after) exon (\d{1,4}))?", text)
    if found:
        near = int(found[5]) if found[5] else None
        exon = int(found[1]) if found[1] else None
        after, before = (near if found[4] == word else None for word in ("after", "before"))
        return _Site(found[2], found[3], exon, after, before)
    strand = re.search(r"(\S+)\(([+-])\)", text)
    number, region = columns.whole(picked[f"{side}_number"]), picked[f"{side}_region"].strip().lower()
    exon = number if region == "exon" else None
    after = number if region == "intron" else None
    return _Site(strand[1] if strand else gene, strand[2] if strand else None, exon, after, None)


def _reads(picked: dict[str, str]) -> int | None:
    """Reads that span the junction: one column, or the sum of those that Arriba splits by the partner."""
    counts = [columns.whole(picked[key]) for key in ("reads", "first_reads", "second_reads")]
    known = [count for count in counts if count is not None and count >= 0]
    return sum(known) if known else columns.whole(picked["variant_reads"])


def _by_name(place: Place, picked: dict[str, str], sample: str | None) -> Row:
    """A row that gives the fusion's name only."""
    text, gene = picked["name"].strip(), columns.value(picked["gene"])
    if columns.value(text) is None:
        note = Note(Severity.ERROR, place, "the row names no partner", "fill in both genes, or take the row out")
        return Row(place, (), (note,), sample)
    try:
        name = fusion.parse(f"{gene} fusion" if gene and text.lower() == "fusion" else text)
    except UnreadableFusion as unreadable:
        note = Note(Severity.ERROR, place, f"unreadable fusion {text!r}", unreadable.remedy)
        return Row(place, (), (note,), sample)
    exons = columns.whole(picked["five_exon"]), columns.whole(picked["three_exon"])
    found = Joined(name.five_prime, name.three_prime, name.oriented, *exons).fusion(place, picked, sample)
    return Row(place, (found,), tuple(_doubts(place, picked)), sample)


def _frame(text: str) -> bool | None:
    """Whether the fusion is in frame, None when the text does not tell."""
    plain = " ".join(text.lower().split())
    if plain in _FRAMES:
        return _FRAMES[plain]
    if "out of frame" in plain or "out-of-frame" in plain:
        return False
    return True if "in frame" in plain or "in-frame" in plain else None
