"""A VCF's text made ready for pysam: its header mended where it can be, its rows numbered, bad rows set apart.

pysam stops at a header it does not like and gives no row numbers. So the lines are copied to an unnamed temporary
file, with what is missing of the header added and rows that cannot be records left out; the plan says, for each row
of the user's file, whether pysam's next record is that row or what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers.source_text import lines

_FILE_FORMAT = "##fileformat=VCFv4.2"
_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
_ANN = '##INFO=<ID=ANN,Number=.,Type=String,Description="Functional annotations">'

# Length of chromosome 1 in each assembly.
_BUILDS = {"249250621": "GRCh37", "248956422": "GRCh38"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the reader needs of a VCF's header."""

    samples: tuple[str, ...]
    csq_fields: tuple[str, ...]
    has_ann: bool
    build: str | None
    tumor_sample: str | None
    has_normal: bool


@dataclass(frozen=True, slots=True)
class Spooled:
    """A VCF ready to be read: pysam's records, and for each row of the file its number and its fault, or None."""

    path: Path
    header: Header
    records: Any
    plan: list[tuple[int, str | None]]


@contextmanager
def spooled(path: Path, notes: list[Note]) -> Iterator[Spooled]:
    """The VCF, ready for as long as the block lasts; UnusableInput when it is no VCF or is not annotated."""
    import tempfile

    import pysam

    pysam.set_verbosity(0)
    with tempfile.TemporaryFile() as copy:
        meta, plan, annotated = _copied(path, copy, notes)
        header = _header(meta)
        _refuse_unannotated(path, header, annotated, plan)
        records = _records(path, copy, meta, notes)
        yield Spooled(path, header, records, plan)
        records.close()


def _copied(path: Path, copy: IO[bytes], notes: list[Note]) -> tuple[list[str], list[tuple[int, str | None]], set[str]]:
    """Header lines and plan; the rows are in `copy`, below the header. Also which annotations the rows carry."""
    meta: list[str] = []
    plan: list[tuple[int, str | None]] = []
    annotated: set[str] = set()
    width = 0
    for number, line in lines(path, notes):
        if line.startswith("#"):
            if not plan or not width:
                meta.append(line)
            continue
        fields = line.split("\t")
        if not width and (len(fields) >= 8 or (meta and meta[-1].startswith("#CHROM"))):
            width = _begun(path, copy, meta, fields, notes)
        fault = _fault(fields, width)
        plan.append((number, fault))
        if fault is None:
            copy.write(line.encode() + b"\n")
            annotated.update(name for name in ("CSQ", "ANN", "EFF") if f"{name}=" in fields[7])
    if not width:
        _begun(path, copy, meta, [], notes)
    return meta, plan, annotated


def _begun(path: Path, copy: IO[bytes], meta: list[str], fields: list[str], notes: list[Note]) -> int:
    """The number of columns, after the header (mended in place, and written) says them."""
    mended = []
    if not any(line.startswith("##fileformat=VCF") for line in meta[:1]):
        meta[:] = [_FILE_FORMAT, *(line for line in meta if not line.startswith("##fileformat"))]
        mended.append("no ##fileformat line at its start")
    if not any(line.startswith("#CHROM\t") for line in meta):
        if len(fields) < 8:
            raise UnusableInput(str(path), "no #CHROM line: it is not a VCF", "give a VCF with its header")
        samples = [f"SAMPLE{n}" for n in range(1, len(fields) - 8)] if len(fields) > 9 else []
        meta[:] = [line for line in meta if line.startswith("##")]
        meta.append("\t".join((*_COLUMNS[: min(len(fields), 9)], *samples)))
        mended.append("no #CHROM line")
    # The column line closes the header, whatever stands below it by mistake.
    meta.sort(key=lambda line: line.startswith("#CHROM\t"))
    if "ANN=" in "".join(fields[7:8]) and not any(line.startswith("##INFO=<ID=ANN,") for line in meta):
        meta.insert(len(meta) - 1, _ANN)
    if mended:
        message = f"the VCF's header is incomplete ({' and '.join(mended)}): it was read as VCF 4.2"
        notes.append(Note(Severity.WARNING, Place(path.name), message, "write the whole header"))
    copy.write("".join(f"{line}\n" for line in meta).encode())
    return len(meta[-1].split("\t"))


def _fault(fields: list[str], width: int) -> str | None:
    """Why a row cannot be a record, or None."""
    if len(fields) < 8 or len(fields) != width:
        return f"{len(fields)} of {width or 8} columns"
    if not fields[1].isdigit() or len(fields[1]) > 10:
        return f"the position {fields[1][:20]!r} is no number"
    if not fields[3] or not fields[4] or not fields[0]:
        return "no chromosome or allele"
    return None


def _header(meta: list[str]) -> Header:
    text = "\n".join(meta)
    described = re.search(r'##INFO=<ID=CSQ,[^\n]*Format: ?([^">\n]+)', text)
    tumor = re.search(r"^##tumor_sample=(\S+)", text, re.MULTILINE)
    columns = meta[-1].split("\t") if meta[-1].startswith("#CHROM") else []
    return Header(
        samples=tuple(name.strip() for name in columns[9:]),
        csq_fields=tuple(name.strip() for name in described[1].split("|")) if described else (),
        has_ann="##INFO=<ID=ANN," in text,
        build=_build(text),
        tumor_sample=tumor[1] if tumor else None,
        has_normal="##normal_sample=" in text,
    )


def _build(text: str) -> str | None:
    """The genome assembly that the header shows: by name in its reference, contig or VEP line, else by length."""
    for line in re.findall(r"^##(?:reference|contig|VEP|assembly|SnpEffCmd)[^\n]*", text, re.MULTILINE):
        if re.search(r"GRCh38|hg38|GCA_000001405\.15", line, re.IGNORECASE):
            return "GRCh38"
        if re.search(r"GRCh37|hg19|hs37d5|\bb37\b|human_g1k_v37", line, re.IGNORECASE):
            return "GRCh37"
    length = re.search(r"##contig=<ID=(?:chr)?1,[^\n]*length=([0-9]+)", text)
    return _BUILDS.get(length[1]) if length else None


def _refuse_unannotated(path: Path, header: Header, annotated: set[str], plan: list[tuple[int, str | None]]) -> None:
    """UnusableInput when neither the header nor the rows carry an annotation that can be read."""
    if header.csq_fields or header.has_ann or "ANN" in annotated:
        return
    if "CSQ" in annotated:
        raise UnusableInput(
            str(path), "CSQ without its header line, which says what the fields are", "annotate it again with VEP"
        )
    if "EFF" in annotated:
        raise UnusableInput(
            str(path), "annotated in SnpEff's old EFF format", "annotate it again with SnpEff 4 or later (ANN)"
        )
    raise UnusableInput(
        str(path),
        "the VCF is not annotated (neither VEP's CSQ nor SnpEff's ANN)",
        "annotate it first, for example: vep -i IN.vcf -o OUT.vcf --vcf --cache --symbol --hgvs --mane --canonical "
        "or: snpEff GENOME IN.vcf > OUT.vcf",
    )


def _records(path: Path, copy: IO[bytes], meta: list[str], notes: list[Note]) -> Any:
    """pysam's reader over the copy; with the least header when pysam refuses the file's own."""
    import pysam

    copy.flush()
    copy.seek(0)
    try:
        return pysam.VariantFile(copy)
    except (ValueError, OSError) as error:
        own = "".join(f"{line}\n" for line in meta).encode()
        copy.seek(len(own))
        body = copy.read()
        copy.seek(0)
        copy.truncate()
        least = [_FILE_FORMAT, *(one for one in meta if re.match(r"##INFO=<ID=(CSQ|ANN),", one)), meta[-1]]
        copy.write("".join(f"{line}\n" for line in least).encode() + body)
        copy.flush()
        copy.seek(0)
        message = "the VCF's header has lines that cannot be read: only its annotation and column lines were used"
        notes.append(Note(Severity.WARNING, Place(path.name), message, "check it with: bcftools view -h FILE"))
        try:
            return pysam.VariantFile(copy)
        except (ValueError, OSError):
            raise UnusableInput(
                str(path), "its header is no VCF header", "check it with: bcftools view -h FILE"
            ) from error
