"""A VCF's text: its header, and its rows as records with their row numbers, read in one pass.

The format: https://samtools.github.io/hts-specs/VCFv4.4.pdf. A header that is incomplete or partly wrong is read as far
as it goes, for callers and scripts write many that htslib refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import assembly
from matcher.readers.source_text import lines

_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
_MOST_DIGITS = 10
_MOST_STRAY = 100
_ANN_SKIM = (1, 14)
_PAIRS = re.compile(r'(\w+)=("[^"]*"|[^,>]*)')
_NORMAL = re.compile(r"normal|germline", re.IGNORECASE)
_TUMOR = re.compile(r"tumou?r|somatic", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """What the reader needs of a VCF's header.

    `vep_key` is the INFO field that VEP wrote (`CSQ` unless it was told another), `csq_fields` what is in it. `skim` is
    the annotation's field with the places of the consequence and the distance in an entry, for a first look.
    `declared` are the names of all INFO fields. `builds` are the assemblies that the header states (`build` when it
    is one) and `breakends` whether it declares structural variants that join two places.
    """

    samples: tuple[str, ...] = ()
    vep_key: str = "CSQ"
    csq_fields: tuple[str, ...] = ()
    skim: tuple[str, int, int | None] | None = None
    declared: frozenset[str] = frozenset()
    build: str | None = None
    builds: tuple[tuple[str, str], ...] = ()
    tumor_sample: str | None = None
    normal_sample: str | None = None
    breakends: bool = False

    @property
    def has_normal(self) -> bool:
        """Whether the calls were made against a normal sample, as Mutect2's header says."""
        return self.normal_sample is not None


class Record(NamedTuple):
    """One data row. `sample` is the text of the chosen sample's column, empty in a file without samples."""

    row: int
    chromosome: str
    position: int
    id: str
    reference: str
    alternates: tuple[str, ...]
    filter: str
    info: str
    format: str
    sample: str


class Fault(NamedTuple):
    """A row that is no record, and why."""

    row: int
    reason: str


class Comment(NamedTuple):
    """A line below the header that begins with `#`."""

    row: int


@dataclass(frozen=True, slots=True)
class Text:
    """An opened VCF: its header, and its data rows, which can be gone through once."""

    path: Path
    header: Header
    _rows: Iterator[tuple[int, str]]
    _width: int

    def records(self, sample: str | None) -> Iterator[Record | Fault | Comment]:
        """Each line below the header, with the column of this sample."""
        column = 9 + self.header.samples.index(sample) if sample in self.header.samples else None
        for number, line in self._rows:
            if line[0] == "#":
                self._refuse_another_header(number, line)
                yield Comment(number)
            else:
                yield _record(number, line.split("\t"), self._width, column)

    def _refuse_another_header(self, number: int, line: str) -> None:
        if line.startswith("#CHROM\t") and tuple(line.split("\t")[9:]) != self.header.samples:
            place = Place(str(self.path), number)
            raise UnusableInput(place, "a second header with other samples", "give one VCF at a time")


def opened_text(path: Path, notes: list[Note]) -> Text:
    """The VCF with its header read; UnusableInput when it is no VCF. Notes on the whole file are added to `notes`.

    Lines above the header that are no part of it (the messages of a program, for example) are faulty rows.
    """
    meta: list[str] = []
    stray: list[tuple[int, str]] = []
    source = lines(path, notes)
    for number, line in source:
        if line[0] == "#":
            meta.append(line)
            if line.startswith("#CHROM") and "\t" in line:
                return _begun(path, meta, line.split("\t"), chain(stray, source), notes)
        elif (count := line.count("\t") + 1) >= 8:
            names = [f"SAMPLE{n}" for n in range(1, count - 8)] if count > 9 else []
            columns = [*_COLUMNS[: min(count, 9)], *names]
            return _begun(path, meta, columns, chain(stray, [(number, line)], source), notes, "no #CHROM line")
        elif len(stray) < _MOST_STRAY:
            stray.append((number, line))
        else:
            break
    if stray or not any(line.startswith("#CHROM") for line in meta):
        raise UnusableInput(str(path), "no #CHROM line: it is not a VCF", "give a VCF with its header")
    return _begun(path, meta, list(_COLUMNS[:8]), source, notes)


def _begun(
    path: Path,
    meta: list[str],
    columns: list[str],
    source: Iterator[tuple[int, str]],
    notes: list[Note],
    *missing: str,
) -> Text:
    if not meta or not meta[0].startswith("##fileformat=VCF"):
        missing = ("no ##fileformat line at its start", *missing)
    if missing:
        message = f"the VCF's header is incomplete ({' and '.join(missing)}): it was read as VCF 4.2"
        notes.append(Note(Severity.WARNING, Place(path.name), message, "write the whole header"))
    header = _header(meta, tuple(name.strip() for name in columns[9:]))
    if len(header.builds) > 1:
        stated = " and ".join(f"{build} ({line})" for build, line in header.builds)
        message = f"the header states two genome assemblies, {stated}: none is assumed"
        notes.append(Note(Severity.WARNING, Place(path.name), message, "correct the header or make the calls again"))
    return Text(path, header, source, len(columns))


def _record(number: int, fields: list[str], width: int, column: int | None) -> Record | Fault:
    count = len(fields)
    if count < 8 or count != width:
        # Some files end every row with a tab.
        if count > width and not any(map(str.strip, fields[width:])):
            return _record(number, fields[:width], width, column)
        return Fault(number, f"{count} of {width} columns")
    chromosome, position, identifier, reference, alternates, _, filters, info = fields[:8]
    if not position.isdecimal() or not position.isascii() or len(position) > _MOST_DIGITS:
        return Fault(number, f"the position {position[:20]!r} is no number")
    if not reference or not alternates or not chromosome:
        return Fault(number, "no chromosome or allele")
    return Record(
        number,
        chromosome,
        int(position),
        identifier,
        reference,
        tuple(alternates.split(",")) if alternates != "." else (),
        filters,
        info,
        fields[8] if count > 8 else "",
        fields[column] if column is not None else "",
    )


def _header(meta: list[str], samples: tuple[str, ...]) -> Header:
    described = (found for line in meta if (found := _vep_fields(line)) is not None)
    key, fields = min(described, key=lambda one: one[0] != "CSQ", default=("CSQ", ()))
    declared = frozenset(re.findall(r"^##INFO=<ID=([^,>]+)", "\n".join(meta), re.MULTILINE))
    tumor, normal = _pair(meta, samples)
    builds = tuple(assembly.stated_builds(meta).items())
    joins = re.compile(r"##(?:ALT=<ID=(?:BND|TRA)\b|INFO=<ID=(?:MATEID|CHR2)\b)")
    return Header(
        samples=samples,
        vep_key=key,
        csq_fields=fields,
        skim=_skim(key, fields) if fields else ("ANN", *_ANN_SKIM) if "ANN" in declared else None,
        declared=declared,
        build=builds[0][0] if len(builds) == 1 else None,
        builds=builds,
        tumor_sample=tumor,
        normal_sample=normal,
        breakends="SVTYPE" in declared and any(map(joins.match, meta)),
    )


def _vep_fields(line: str) -> tuple[str, tuple[str, ...]] | None:
    """The INFO field that a header line describes as VEP's, and what is in an entry of it."""
    if not line.startswith("##INFO=<ID=") or "Format:" not in line:
        return None
    described = line.partition("Format:")[2].partition('"')[0].partition(">")[0]
    fields = tuple(name.strip(" '") for name in described.split("|"))
    return (line[11:].partition(",")[0], fields) if "Consequence" in fields else None


def _skim(key: str, fields: tuple[str, ...]) -> tuple[str, int, int | None] | None:
    if "Consequence" not in fields:
        return None
    return key, fields.index("Consequence"), fields.index("DISTANCE") if "DISTANCE" in fields else None


def _pair(meta: list[str], samples: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The tumor and the normal sample: GATK's lines, then PEDIGREE and SAMPLE lines; a pair tells one by the other."""
    named = _gatk_pair(meta) or _pedigree(meta, samples) or _described(meta, samples) or (None, None)
    tumor, normal = named
    others = [name for name in samples if name != normal]
    if tumor is None and normal in samples and len(others) == 1:
        tumor = others[0]
    return tumor, normal


def _gatk_pair(meta: list[str]) -> tuple[str | None, str | None] | None:
    found: dict[str, str] = {}
    for line in meta:
        match = re.match(r"##(tumor|normal)_sample=(.+)", line)
        if match:
            found.setdefault(match[1], match[2].strip())
    return (found.get("tumor"), found.get("normal")) if found else None


def _pedigree(meta: list[str], samples: tuple[str, ...]) -> tuple[str | None, str | None] | None:
    """The derived (tumor) and the original (normal) genome of the one PEDIGREE line that names two samples."""
    pairs = []
    for line in meta:
        if line.startswith("##PEDIGREE=<"):
            keys = {key: value.strip('"') for key, value in _PAIRS.findall(line.partition("<")[2])}
            derived, original = keys.get("Derived") or keys.get("ID"), keys.get("Original")
            if derived in samples and original in samples and derived != original:
                pairs.append((derived, original))
    return pairs[0] if len(set(pairs)) == 1 else None


def _described(meta: list[str], samples: tuple[str, ...]) -> tuple[str | None, str | None] | None:
    """The two samples whose SAMPLE lines say that one is the tumor and the other the normal."""
    tumors: list[str] = []
    normals: list[str] = []
    for line in meta:
        if line.startswith("##SAMPLE=<"):
            keys = {key: value.strip('"') for key, value in _PAIRS.findall(line.partition("<")[2])}
            said = " ".join(value for key, value in keys.items() if key != "File")
            name = next((keys[key] for key in ("ID", "SampleName", "NAME") if keys.get(key) in samples), None)
            if name is not None and bool(_TUMOR.search(said)) != bool(_NORMAL.search(said)):
                (tumors if _TUMOR.search(said) else normals).append(name)
    return (tumors[0], normals[0]) if len(tumors) == 1 and len(normals) == 1 else None


def normals_by_name(samples: Iterable[str]) -> tuple[str, ...]:
    """The samples that are normal tissue by the words that callers use as names.

    >>> normals_by_name(("P1_tumor", "P1_normal", "P2"))
    ('P1_normal',)
    """
    return tuple(name for name in samples if _NORMAL.search(name) and not _TUMOR.search(name))


def tumor_by_name(samples: tuple[str, ...]) -> str | None:
    """The one sample that is no normal among normals, by the words that callers use as names; None when unclear.

    >>> tumor_by_name(("NORMAL", "TUMOR")), tumor_by_name(("P1", "P2")), tumor_by_name(("NORMAL", "PRIMARY"))
    ('TUMOR', None, 'PRIMARY')
    """
    normals = normals_by_name(samples)
    others = [name for name in samples if name not in normals]
    return others[0] if normals and len(others) == 1 else None
