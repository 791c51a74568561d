"""MAF: the mutation annotation format of GDC and of cBioPortal, and tables derived from it.

GDC: https://docs.gdc.cancer.gov/Data/File_Formats/MAF_Format/ ; cBioPortal:
https://docs.cbioportal.org/file-formats/#mutation-data
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import lru_cache
from pathlib import Path

from kb.alteration import Alteration, Fusion, GenomicChange, Origin, Place, SmallVariant
from kb.nomenclature import fusion, protein, significance
from kb.nomenclature.consequences import severity
from kb.nomenclature.errors import UnreadableFusion, UnreadableProteinChange
from kb.nomenclature.genomic import BUILD_NAMES
from matcher.notes import Note, Severity
from matcher.readers import columns
from matcher.readers.reading import Reading, Row, counted, gathered, named

TERMS = {
    "Missense_Mutation": ("missense_variant",),
    "Nonsense_Mutation": ("stop_gained",),
    "Frame_Shift_Del": ("frameshift_variant",),
    "Frame_Shift_Ins": ("frameshift_variant",),
    "In_Frame_Del": ("inframe_deletion",),
    "In_Frame_Ins": ("inframe_insertion",),
    "Splice_Site": ("splice_site_variant",),
    "Splice_Region": ("splice_region_variant",),
    "Translation_Start_Site": ("start_lost",),
    "Start_Codon_SNP": ("start_lost",),
    "Start_Codon_Del": ("start_lost",),
    "Start_Codon_Ins": ("start_lost",),
    "Nonstop_Mutation": ("stop_lost",),
    "Stop_Codon_Del": ("stop_lost",),
    "Stop_Codon_Ins": ("stop_lost",),
    "Silent": ("synonymous_variant",),
    "Intron": ("intron_variant",),
    "5'UTR": ("5_prime_UTR_variant",),
    "3'UTR": ("3_prime_UTR_variant",),
    "5'Flank": ("upstream_gene_variant",),
    "3'Flank": ("downstream_gene_variant",),
    "De_novo_Start_InFrame": ("5_prime_UTR_premature_start_codon_gain_variant",),
    "De_novo_Start_OutOfFrame": ("5_prime_UTR_premature_start_codon_gain_variant",),
    "IGR": ("intergenic_variant",),
    "RNA": ("non_coding_transcript_exon_variant",),
    "lincRNA": ("non_coding_transcript_exon_variant",),
    "Targeted_Region": (),
    "Fusion": (),
}
"""Variant_Classification to Sequence Ontology terms: the inverse of vcf2maf's table where that is one-to-one.

`Splice_Site` covers donor and acceptor, hence their parent term (SO:0001629).
"""

NEEDED = {
    "gene": ("hugo_symbol",),
    "classification": ("variant_classification", "consequence", "hgvsp_short", "hgvsp", "protein_change"),
}
"""Columns without which a file is no MAF; one without Tumor_Sample_Barcode is of one sample."""

COLUMNS = {
    "gene": ("hugo_symbol",),
    "sample": ("tumor_sample_barcode", "sample_id", "tumor_sample", "sample"),
    "classification": ("variant_classification",),
    "terms": ("consequence", "one_consequence"),
    "protein": ("hgvsp_short", "protein_change", "amino_acid_change", "aachange", "hgvsp", "aa_change"),
    "protein_long": ("hgvsp",),
    "coding": ("hgvsc", "cdna_change"),
    "transcript": ("transcript_id", "annotation_transcript", "i_transcript_name", "refseq"),
    "exon": ("exon_number", "exon", "transcript_exon"),
    "chromosome": ("chromosome",),
    "start": ("start_position",),
    "reference": ("reference_allele",),
    "first_allele": ("tumor_seq_allele1",),
    "second_allele": ("tumor_seq_allele2", "alt_allele", "alternate_allele"),
    "build": ("ncbi_build",),
    "depth": ("t_depth", "tumor_depth"),
    "alternate_reads": ("t_alt_count", "tumor_alt_count"),
    "reference_reads": ("t_ref_count", "tumor_ref_count"),
    "vaf": ("t_vaf", "tumor_vaf", "tumor_f", "i_tumor_f", "i_tumorvaf_wu", "vaf"),
    "status": ("mutation_status",),
    "filter": ("filter",),
    "zygosity": ("zygosity", "zygosity_status"),
    "phase_set": ("t_pid", "pid", "t_ps", "ps", "phase_set"),
    "phased_genotype": ("t_pgt", "pgt", "t_gt", "gt", "phased_genotype"),
    "significance": ("oncogenic", "clinvar_clnsig", "clinvar_significance", "clinvar", "clnsig", "clin_sig"),
}
"""What is read, and the names of its column in lower case, the preferred one first."""

_ORDER = tuple(COLUMNS)
_ORIGINS = {"somatic": Origin.SOMATIC, "germline": Origin.GERMLINE}
_NO_CALLS = {"wildtype": "the row says that the gene is wild type", "redacted": "the call was redacted"}
NO_GENE = frozenset({"", ".", "Unknown", "unknown", "NA", "-", "None"})
"""What stands for the gene of a call that lies in none."""


def read(path: Path, sample: str | None = None) -> Reading:
    """The MAF's rows of one sample. UnusableInput when it has several (Tumor_Sample_Barcode) and none is chosen."""
    notes: list[Note] = []
    return gathered("MAF", path, rows(path, notes), sample, ("small variant",), notes)


def rows(path: Path, notes: list[Note] | None = None, wanted: Container[str] | None = None) -> Iterator[Row]:
    """One Row for each data row of the MAF, all samples; notes on the file as a whole are added to `notes`.

    With `wanted` the other samples' rows are passed over. UnusableInput when the columns are not a MAF's, naming those
    found.
    """
    notes = [] if notes is None else notes
    header, records = columns.header_and_records(path, notes)
    table = Table(path, header, notes)
    for number, fields in records:
        row = table.row(number, fields, wanted)
        if row is not None:
            yield row
    notes += table.last_notes()


_CHANGES = ("protein", "protein_long")
"""The columns of a protein change; where one tells it, it is read or noted as unreadable."""
_OF_PROTEIN = frozenset(
    {"missense_variant", "stop_gained", "frameshift_variant", "inframe_insertion", "inframe_deletion"}
)
"""Consequences of which an annotator tells the change of the protein."""


class Table:
    """A MAF whose header is read: what one of its lines says. UnusableInput when the columns are not a MAF's."""

    def __init__(self, path: Path, header: list[str], notes: list[Note]) -> None:
        columns.needed(path, header, columns.located(header, NEEDED), NEEDED)
        self.at = at = columns.located(header, COLUMNS)
        self.width = len(header)
        self._file, self._notes = path.name, notes
        if "protein" not in at:
            notes.append(_without_protein(path, header))
        self._pick = columns.picker(_ORDER, at)
        self._stated_by = header[at["significance"]] if "significance" in at else None
        self._untold: dict[int, None] = {}
        self._sample_at, self._build_at, self._builds = at.get("sample", -1), at.get("build", -1), dict[str, int]()

    def row(self, number: int, fields: list[str], wanted: Container[str] | None = None) -> Row | None:
        """The Row of the line of this number, None for a sample that is not wanted."""
        place, width = Place(self._file, number), self.width
        if len(fields) != width and (fault := columns.misfit(fields, width)) is not None:
            return columns.misfit_row(place, fault)
        del fields[width:]
        fields.append("")
        if wanted is not None and columns.value(fields[self._sample_at]) not in wanted:
            return None
        if fields[self._build_at] not in self._builds:
            _compare_builds(place, fields[self._build_at], self._builds, self._notes)
        row = _row(place, self._pick(fields), self._stated_by)
        if not row.notes and "protein" in self.at and any(map(_is_untold, row.alterations)):
            self._untold[number] = None
        return row

    def look(self, number: int, fields: list[str]) -> None:
        """Note what a row tells of the whole file, as `row` does: for one that another process reads."""
        at, build_at = self.at, self._build_at
        is_told = "protein" not in at or any(columns.value(fields[at[name]]) for name in _CHANGES if name in at)
        is_plain = len(fields) == self.width and (fields[build_at] if build_at >= 0 else "") in self._builds
        if not (is_plain and is_told):
            self.row(number, fields)

    def last_notes(self) -> list[Note]:
        """What is known of the whole file when its rows have been read: how many leave their protein change out."""
        if not self._untold:
            return []
        rows = counted(len(self._untold), "row")
        message = f"{rows} of a changed protein without the change: no biomarker of a protein change can see them"
        remedy = f"fill in HGVSp_Short (rows {named(map(str, self._untold), 5)}), or annotate the calls again (vcf2maf)"
        return [Note(Severity.WARNING, Place(self._file, next(iter(self._untold))), message, remedy)]


def _is_untold(alteration: Alteration) -> bool:
    """Whether its class says that the protein is changed, and nothing says how."""
    return (
        isinstance(alteration, SmallVariant)
        and alteration.protein is None
        and alteration.codon is None
        and not _OF_PROTEIN.isdisjoint(alteration.consequences)
    )


def _without_protein(path: Path, header: list[str]) -> Note:
    """The warning that no column tells the protein changes: biomarkers of one can be neither present nor absent."""
    message = (
        "no column HGVSp_Short, Protein_Change or HGVSp: the calls are kept without their effect on the protein, and "
        "no biomarker of a protein change can see them"
    )
    found = [name for name in header if name]
    remedy = f"annotate the calls (vcf2maf), or name the column HGVSp_Short; the columns found are: {named(found, 12)}"
    return Note(Severity.WARNING, Place(path.name), message, remedy)


def _compare_builds(place: Place, text: str, builds: dict[str, int], notes: list[Note]) -> None:
    """Remember a new NCBI_Build; the first one that disagrees with those above is a note on the file."""
    known = {_BUILDS.get(build.lower(), build): row for build, row in reversed(builds.items()) if columns.value(build)}
    builds[text] = place.row or 0
    build = _BUILDS.get(text.lower(), text)
    if columns.value(text) and len(known) == 1 and build not in known:
        other, row = next(iter(known.items()))
        message = f"NCBI_Build is {build} here and {other} in row {row}: coordinates of both are in the file"
        notes.append(Note(Severity.WARNING, place, message, "export the rows of one build, or check the column"))


def _row(place: Place, picked: tuple[str, ...], stated_by: str | None) -> Row:
    """The Row of one record; `picked` are its values in the order of COLUMNS."""
    (
        gene, barcode, classification, terms, change, long_change, coding, transcript, exon, chromosome, start,
        reference, first_allele, second_allele, build, depth, alternate_reads, reference_reads, vaf, status, filters,
        zygosity, phase_set, phased_genotype, stated,
    ) = picked  # fmt: skip
    sample = _known(barcode)
    refused = _refused(gene, status)
    if refused is not None:
        return Row(place, (), (Note(Severity.INFO, place, *refused),), sample)
    if classification == "Fusion":
        return _fusion(place, gene, change, sample)
    reads = _reads(depth, alternate_reads, reference_reads)
    fraction = columns.fraction(vaf) if vaf else reads[1]
    parsed, notes = _protein(place, gene, change, long_change)
    unread = _unread(vaf, depth, alternate_reads, reference_reads)
    if unread:
        notes = (*notes, *(columns.unread_note(place, *each) for each in unread))
    known, consequences = _consequences(classification, terms)
    if not known:
        notes = (*notes, _unknown_classification(place, classification))
    filtered = _filters(filters) if filters and filters != "PASS" else None
    if filtered is not None:
        notes = (*notes, columns.filtered_note(place, filtered))
    elif fraction == 0:
        filtered = columns.NO_READ
        notes = (*notes, columns.no_read_note(place, gene))
    alternate = second_allele if second_allele and second_allele != reference else first_allele or second_allele
    word = significance.parse(stated) if stated else None
    variant: Alteration = SmallVariant(
        _symbol(gene),
        place,
        parsed,
        _coding(coding) if coding else None,
        consequences,
        _exon(exon) if exon else None,
        _known(transcript) if transcript else None,
        _genomic(chromosome, start, reference, alternate, build),
        _ORIGINS.get(status.lower(), Origin.UNKNOWN) if status else Origin.UNKNOWN,
        fraction,
        reads[0],
        columns.value(zygosity) if zygosity else None,
        word,
        stated_by if word else None,
        sample,
        haplotype(phase_set, phased_genotype) if phase_set else None,
        filtered=filtered,
    )
    return Row(place, (variant,), notes, sample)


_known = lru_cache(maxsize=1 << 14)(columns.value)
"""A name that many rows repeat; equal ones are one text, which is also written once where patients are handed on."""


@lru_cache(maxsize=1 << 14)
def _symbol(gene: str) -> str:
    """The gene's name, of many rows one text."""
    return gene.strip()


_OF_SAMPLE = frozenset({"pass", ".", "na", "wga", "native_wga_mix", "nonpreferredpair", "gapfiller"})
"""FILTER values that speak of the sample's material or pairing and not against the call (MC3: Ellrott 2018,
https://doi.org/10.1016/j.cels.2018.03.002)."""


@lru_cache(maxsize=1024)
def _filters(stated: str) -> str | None:
    """The filters that speak against the call, None when none does."""
    found = [name.strip() for name in stated.replace(",", ";").split(";")]
    return ", ".join(name for name in found if name and name.lower() not in _OF_SAMPLE) or None


def haplotype(phase_set: str, genotype: str) -> str | None:
    """The haplotype that a phased genotype puts the variant on, `SET|NUMBER`; None when it is not phased, or on both.

    >>> haplotype("1200_A_T", "0|1"), haplotype("1200_A_T", "0/1"), haplotype("1200_A_T", "1|1")
    ('1200_A_T|2', None, None)
    """
    alleles = genotype.strip().split("|")
    on = [number for number, allele in enumerate(alleles, start=1) if allele not in ("0", ".", "")]
    if columns.value(phase_set) is None or len(alleles) < 2 or len(on) != 1:
        return None
    return f"{phase_set.strip()}|{on[0]}"


def _refused(gene: str, status: str) -> tuple[str, str] | None:
    """Message and remedy of a row that names no alteration of a gene."""
    if _symbol(gene) in NO_GENE:
        return "the row names no gene", "nothing to do for an intergenic call; otherwise fill Hugo_Symbol"
    if status and status.lower() in _NO_CALLS:
        return _NO_CALLS[status.lower()], "nothing to do if that is right; otherwise correct Mutation_Status"
    return None


def _protein(
    place: Place, gene: str, change: str, long_change: str
) -> tuple[protein.ProteinChange | None, tuple[Note, ...]]:
    """The protein change of a row (the short form, else the long one), with a note when it cannot be read."""
    written = columns.value(change) or columns.value(long_change)
    if written is None:
        return None, ()
    try:
        return protein.parse(written), ()
    except UnreadableProteinChange as unreadable:
        message = f"unreadable protein change {written!r} of {gene}: the row is kept without it"
        return None, (Note(Severity.WARNING, place, message, unreadable.remedy),)


@lru_cache(maxsize=1024)
def _consequences(classification: str, terms: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the classification is known, and the terms, most severe first: the file's own before the translated."""
    if columns.value(terms):
        parts = {part.strip() for part in terms.replace("&", ",").replace(";", ",").split(",")} - {""}
        return True, tuple(sorted(parts, key=lambda term: (severity(term), term)))
    known = not classification or classification in TERMS
    return known, TERMS.get(classification, ())


def _unknown_classification(place: Place, classification: str) -> Note:
    return Note(
        Severity.WARNING,
        place,
        f"unknown Variant_Classification {classification!r}: the row is kept without it",
        "use the MAF specification's words, such as Missense_Mutation",
    )


def _coding(text: str) -> str | None:
    """The coding change without its transcript (`ENST00000269305.4:c.343dup` and `c.343dup` alike)."""
    return columns.value(text.rpartition(":")[2])


@lru_cache(maxsize=4096)
def _exon(text: str) -> int | None:
    """The exon of `15/18` or `15`; the first of a range such as `2-4/10`."""
    return columns.whole(text.partition("/")[0].partition("-")[0].strip())


def _genomic(chromosome: str, start: str, reference: str, alternate: str, build: str) -> GenomicChange | None:
    if not chromosome or not (start.isascii() and start.isdigit()):
        return None
    return GenomicChange(chromosome, int(start[:12]), reference or "-", alternate or "-", _build(build))


@lru_cache(maxsize=1024)
def _build(text: str) -> str | None:
    return _BUILDS.get(text.lower(), text or None)


_BUILDS = {**BUILD_NAMES, "b37": "GRCh37", "grch37-lite": "GRCh37", "b38": "GRCh38"}


@lru_cache(maxsize=65536)
def _reads(depth: str, alternate: str, reference: str) -> tuple[int | None, float | None]:
    """Depth and allele fraction from the read counts, each None when the counts do not give it."""
    with_variant, without = columns.count(alternate), columns.count(reference)
    total = columns.count(depth)
    if not total and with_variant is not None and without is not None:
        total = with_variant + without
    if not total or with_variant is None or with_variant > total:
        return total or None, None
    return total, round(with_variant / total, 6)


def _unread(vaf: str, depth: str, alternate: str, reference: str) -> list[tuple[str, str, str]]:
    """The name, the text and the remedy of each number that the row has and that cannot be read."""
    counts = (("read depth", depth), ("count of alternate reads", alternate), ("count of reference reads", reference))
    found = [
        (name, text, columns.COUNT_REMEDY) for name, text in counts if text and columns.is_unread(text, columns.count)
    ]
    if vaf and columns.is_unread(vaf, columns.fraction):
        found.append(("allele fraction", vaf, columns.FRACTION_REMEDY))
    return found


def _fusion(place: Place, gene: str, change: str, sample: str | None) -> Row:
    """The fusion of an older cBioPortal row, whose Protein_Change holds its name (`EML4-ALK fusion`)."""
    try:
        name = fusion.parse(change)
    except UnreadableFusion:
        name = fusion.FusionName(None, gene, False)
    found = Fusion(name.five_prime, name.three_prime, place, sample=sample, oriented=name.oriented)
    if gene in found.genes:
        return Row(place, (found,), (), sample)
    message = f"the fusion {change!r} does not name {gene}: read as a fusion of {gene} with an unnamed partner"
    note = Note(Severity.WARNING, place, message, "write both partners, such as EML4::ALK")
    return Row(place, (Fusion(None, gene, place, sample=sample, oriented=False),), (note,), sample)
