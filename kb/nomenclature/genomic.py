"""Changes in genomic coordinates, in one form that can be compared: `GRCh37:7:140453136:A>T`.

Alleles are trimmed: what reference and alternate share at the end, then at the start, is cut off, and an empty allele
is `-`. The position is that of the first base that is left; for an insertion it is that of the base after it.
Sequences of the two builds: https://www.ncbi.nlm.nih.gov/grc/human; HGVS: https://hgvs-nomenclature.org.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BUILDS = ("GRCh37", "GRCh38")

BUILD_NAMES = {
    "37": "GRCh37", "hg19": "GRCh37", "grch37": "GRCh37", "38": "GRCh38", "hg38": "GRCh38", "grch38": "GRCh38",
}  # fmt: skip
"""The builds by their usual names, in lower case; a format may have more of its own."""

GRCH37_VERSIONS = {
    "1": 10, "2": 11, "3": 11, "4": 11, "5": 9, "6": 11, "7": 13, "8": 10, "9": 11, "10": 10, "11": 9, "12": 11,
    "13": 10, "14": 8, "15": 9, "16": 9, "17": 10, "18": 9, "19": 9, "20": 10, "21": 8, "22": 10, "X": 10, "Y": 9,
}  # fmt: skip
"""The version of each chromosome's RefSeq sequence (NC_000007.13) in GRCh37; GRCh38 has the next one."""

_HGVS = re.compile(
    r"NC_0000(?P<number>\d\d)\.(?P<version>\d+):g\.(?P<first>\d+)(?:_(?P<last>\d+))?"
    r"(?P<kind>[ACGT]>[ACGT]|delins[ACGT]+|del[ACGT]*|dup[ACGT]*|ins[ACGT]+)"
)
_WRITTEN = re.compile(r"(GRCh3[78]):([0-9]{1,2}|X|Y|MT):([0-9]+):([ACGT]+|-)>([ACGT]+|-)")
_BASES = re.compile(r"[ACGT]*")


class Change(NamedTuple):
    """A change with trimmed alleles; an allele may be empty."""

    chromosome: str
    position: int
    reference: str
    alternate: str

    def written(self, build: str) -> str:
        """The change as the graph has it.

        >>> Change("7", 55242465, "GGAATTAAGAGAAGC", "").written("GRCh37")
        'GRCh37:7:55242465:GGAATTAAGAGAAGC>-'
        """
        return f"{build}:{self.chromosome}:{self.position}:{self.reference or '-'}>{self.alternate or '-'}"

    @property
    def last(self) -> int:
        """The position of the last reference base; before `position` for an insertion."""
        return self.position + len(self.reference) - 1


def chromosome_name(text: str) -> str:
    """A chromosome without `chr`, as `7`, `X` or `MT`.

    >>> chromosome_name("chr7"), chromosome_name("chrM"), chromosome_name("23")
    ('7', 'MT', '23')
    """
    name = re.sub(r"^chr", "", text.strip(), flags=re.I).upper()
    return "MT" if name == "M" else name


def trimmed(chromosome: str, position: int, reference: str, alternate: str) -> Change | None:
    """The change of a VCF's POS, REF and ALT with trimmed alleles; None for one without bases (`<DEL>`, `*`, `N`).

    >>> trimmed("chr7", 55242464, "AGGAATTAAGAGAAGC", "A")
    Change(chromosome='7', position=55242465, reference='GGAATTAAGAGAAGC', alternate='')
    """
    old, new = ("" if allele in {"-", "."} else allele.upper() for allele in (reference, alternate))
    if old == new or not (_BASES.fullmatch(old) and _BASES.fullmatch(new)):
        return None
    end = 0
    while end < min(len(old), len(new)) and old[-1 - end] == new[-1 - end]:
        end += 1
    old, new = old[: len(old) - end], new[: len(new) - end]
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    return Change(chromosome_name(chromosome), position + start, old[start:], new[start:])


def parse(written: str) -> tuple[str, Change]:
    """The build and the change of a literal of the graph; ValueError for anything else.

    >>> parse("GRCh37:7:140453136:A>T")
    ('GRCh37', Change(chromosome='7', position=140453136, reference='A', alternate='T'))
    """
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is no change such as GRCh37:7:140453136:A>T")
    build, chromosome, position, reference, alternate = found.groups()
    return build, Change(chromosome, int(position), reference.replace("-", ""), alternate.replace("-", ""))


def of_hgvs(text: str, bases: str = "") -> tuple[str, ...]:
    """The literals of a genomic HGVS name; two for a duplication, which is an insertion before or after what it copies.

    `bases` is the sequence that is deleted or copied, which HGVS leaves out. Empty when it is needed and not given, or
    when the sequence is of neither build.

    >>> of_hgvs("NC_000007.14:g.140753336A>T")
    ('GRCh38:7:140753336:A>T',)
    """
    found = _HGVS.fullmatch(text)
    build = _build_of(found) if found else None
    if found is None or build is None:
        return ()
    first, last, kind = int(found["first"]), int(found["last"] or found["first"]), found["kind"]
    chromosome = _name_of(found)
    if ">" in kind:
        return _written(build, chromosome, [(first, kind[0], kind[2])])
    if kind.startswith("ins"):
        return _written(build, chromosome, [(last, "", kind[3:])])
    named = re.sub(r"^(delins|del|dup)", "", kind)
    old = bases if kind.startswith("delins") else named or bases
    if len(old) != last - first + 1:
        return ()
    if kind.startswith("dup"):
        return _written(build, chromosome, [(first, "", old), (last + 1, "", old)])
    return _written(build, chromosome, [(first, old, named if kind.startswith("delins") else "")])


def _written(build: str, chromosome: str, changes: list[tuple[int, str, str]]) -> tuple[str, ...]:
    found = (trimmed(chromosome, *change) for change in changes)
    return tuple(change.written(build) for change in found if change is not None)


def _name_of(found: re.Match[str]) -> str:
    return {"23": "X", "24": "Y"}.get(found["number"], found["number"].lstrip("0"))


def _build_of(found: re.Match[str]) -> str | None:
    return build_of_version(_name_of(found), int(found["version"]))


def build_of_version(chromosome: str, version: int) -> str | None:
    """The build that this version of a chromosome's RefSeq sequence belongs to; None for neither of the two.

    >>> build_of_version("7", 13), build_of_version("7", 14), build_of_version("7", 12)
    ('GRCh37', 'GRCh38', None)
    """
    older = GRCH37_VERSIONS.get(chromosome)
    return None if older is None else {older: "GRCh37", older + 1: "GRCh38"}.get(version)
