"""What a record says of one sample: genotype, reads, origin and phase, in the fields that callers use.

FORMAT fields of VCF 4.4 (https://samtools.github.io/hts-specs/VCFv4.4.pdf) and those of GATK, Strelka, VarScan, MuSE,
SomaticSniper, freebayes and Platypus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kb.alteration import Origin
from matcher.readers import columns
from matcher.readers.vcf_text import Header, Record


@dataclass(frozen=True, slots=True)
class Call:
    """One record seen from one sample; `info` are its INFO fields (a flag is empty), `fields` the sample's."""

    record: Record
    header: Header
    sample: str | None
    info: dict[str, str]
    fields: dict[str, str]

    def field(self, name: str) -> str | None:
        """A FORMAT value of the sample, None when it has none."""
        value = self.fields.get(name)
        return None if value in (None, "", ".") else value

    @property
    def genotype(self) -> tuple[int | None, ...]:
        """The alleles of GT, None for one that is not called; empty without GT."""
        return _alleles(self.fields.get("GT", ""))


def call_of(record: Record, header: Header, sample: str | None) -> Call:
    """The record as a call of the sample whose column it carries."""
    info = dict(part.partition("=")[::2] for part in reversed(record.info.split(";")))
    fields = dict(zip(record.format.split(":"), record.sample.split(":"), strict=False)) if record.sample else {}
    return Call(record, header, sample, info, fields)


@lru_cache(maxsize=1024)
def _alleles(text: str) -> tuple[int | None, ...]:
    """The alleles of a genotype.

    >>> _alleles("0/1"), _alleles("1|."), _alleles("")
    ((0, 1), (1, None), ())
    """
    # VCF 4.4 allows a sign before the first allele.
    parts = re.split(r"[/|]", text.lstrip("/|")) if text else []
    return tuple(int(part) if part.isdecimal() and part.isascii() and len(part) < 6 else None for part in parts)


def is_called(call: Call, number: int) -> bool:
    """Whether the sample has the allele: by its genotype, else by its reads, else yes (a caller without genotypes)."""
    genotype = call.genotype
    if any(allele is not None for allele in genotype):
        return number in genotype
    depth = allele_depths(call)
    if len(depth) > number:
        return depth[number] > 0
    return not genotype


def allele_depths(call: Call) -> tuple[int, ...]:
    """Reads of each allele, the reference first; empty when the sample's fields do not give them all."""
    record, wanted = call.record, len(call.record.alternates) + 1
    stated = _numbers(call.field("AD"))
    if len(stated) == wanted:
        return stated
    # VarScan's AD is the alternate's alone; freebayes; Platypus gives all reads and the alternate's.
    for reference, alternate in (("RD", "AD"), ("RO", "AO"), ("NR", "NV")):
        of_reference, of_alternates = _numbers(call.field(reference)), _numbers(call.field(alternate))
        if len(of_reference) in (1, wanted - 1) and len(of_alternates) == wanted - 1:
            first = of_reference[0] - (of_alternates[0] if reference == "NR" else 0)
            return (first, *of_alternates) if first >= 0 else ()
    if wanted == 2:
        # Strelka: first-tier reads of each base, or of the reference and the indel.
        names = ("TAR", "TIR") if "TIR" in call.fields else (f"{record.reference}U", f"{record.alternates[0]}U")
        counts = [_numbers(call.field(name)) for name in names]
        if all(counts):
            return counts[0][0], counts[1][0]
    return ()


def _numbers(text: str | None) -> tuple[int, ...]:
    """The whole numbers of a list; empty unless all are (a value that is missing counts as none)."""
    if text is None:
        return ()
    found = [columns.whole(part) for part in text.split(",")]
    return tuple(one for one in found if one is not None and one >= 0) if None not in found else ()


_FRACTIONS = ("AF", "FREQ", "FA")
"""Fields with the allele fraction of each alternate allele."""


def reads(call: Call, number: int) -> tuple[int | None, float | None]:
    """Depth and allele fraction: AF, FREQ or FA of the sample, else from the reads of each allele."""
    by_allele = allele_depths(call)
    total = sum(by_allele)
    depth = columns.count(call.field("DP") or "") or total or None
    for name in _FRACTIONS:
        stated = _of_alternates(call, name)
        vaf = columns.fraction(stated[number - 1]) if stated else None
        if vaf is not None:
            return depth, round(vaf, 6)
    return depth, round(by_allele[number] / total, 6) if total else None


def _of_alternates(call: Call, name: str) -> list[str]:
    """The field's values, one for each alternate allele; none for another number of them (`0,4` is two)."""
    stated = (call.field(name) or "").split(",")
    return stated if len(stated) == len(call.record.alternates) else []


def unreadable_numbers(call: Call) -> list[tuple[str, str]]:
    """Names and texts of the depth and allele fractions that the sample has and that cannot be read."""
    found = []
    for name in _FRACTIONS:
        text = call.field(name) or ""
        told = [one for one in text.split(",") if columns.value(one) is not None]
        if told and (not _of_alternates(call, name) or any(columns.fraction(one) is None for one in told)):
            found.append((name, text))
    depth = call.field("DP") or ""
    if columns.is_unread(depth, columns.count):
        found.append(("DP", depth))
    return found


_STATUS = {"1": Origin.GERMLINE, "2": Origin.SOMATIC}
_WORDS = {"germline": Origin.GERMLINE, "strongsomatic": Origin.SOMATIC, "likelysomatic": Origin.SOMATIC}


def origin(call: Call) -> Origin:
    """Somatic or germline where the caller says so: SOMATIC or GERMLINE flags, SS, VarDict's STATUS, or a normal.

    What the normal sample itself has is germline.
    """
    info = call.info
    if "SOMATIC" in info:
        return Origin.SOMATIC
    if "GERMLINE" in info:
        return Origin.GERMLINE
    for stated in (info.get("SS"), call.field("SS")):
        if stated in _STATUS:
            return _STATUS[stated]
    said = _WORDS.get(info.get("STATUS", "").lower())
    if said is not None:
        return said
    if not call.header.has_normal:
        return Origin.UNKNOWN
    return Origin.GERMLINE if call.sample == call.header.normal_sample else Origin.SOMATIC


def zygosity(call: Call, number: int) -> str | None:
    """`homozygous` or `heterozygous` by the genotype, None when it has fewer than two alleles."""
    genotype = call.genotype
    if number not in genotype or len(genotype) < 2:
        return None
    return "homozygous" if all(allele == number for allele in genotype) else "heterozygous"


def haplotype(call: Call, number: int) -> str | None:
    """`SET|NUMBER` where the caller phased the allele, None otherwise and for one that is on every haplotype.

    The set is the chromosome and the caller's name of the phase set: PS with a phased GT, HP of GATK 3, PID with PGT of
    GATK 4. The number is that of the haplotype, from 1.
    """
    genotype, stated = call.genotype, call.field("GT") or ""
    if "|" in stated and "/" not in stated and (phase_set := call.field("PS")) is not None:
        return _placed(call, phase_set, [at for at, allele in enumerate(genotype, 1) if allele == number], genotype)
    pairs = [part.rpartition("-")[::2] for part in (call.field("HP") or "").split(",")]
    if len(pairs) == len(genotype) > 1 and len({phase_set for phase_set, _ in pairs}) == 1:
        mine = [columns.whole(pairs[at][1]) for at, allele in enumerate(genotype) if allele == number]
        return _placed(call, pairs[0][0], mine, genotype)
    phased, phase_set = call.field("PGT") or "", call.field("PID")
    if "|" in phased and phase_set is not None:
        # PGT names the alternate 1 whatever its number is, so it tells only of a call with one alternate.
        alternates = {allele for allele in genotype if allele}
        on = [at for at, allele in enumerate(_alleles(phased), 1) if allele]
        return _placed(call, phase_set, on, _alleles(phased)) if alternates <= {number} else None
    return None


def _placed(
    call: Call, phase_set: str, numbers: list[int] | list[int | None], genotype: tuple[int | None, ...]
) -> str | None:
    if len(numbers) != 1 or numbers[0] is None or len(genotype) < 2 or not phase_set:
        return None
    phase_set = phase_set.replace("|", "/")
    return f"{call.record.chromosome}:{phase_set}|{numbers[0]}"
