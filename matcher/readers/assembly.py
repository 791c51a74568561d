"""Human genome assemblies: which one a VCF's header states, and where each chromosome ends.

The lengths are those of the assembled chromosomes of GRCh37 (GenBank GCA_000001405.1) and GRCh38 (GCA_000001405.15),
https://www.ncbi.nlm.nih.gov/grc/human/data. The mitochondrion is left out: hg19 has another one than GRCh37.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMES = (*map(str, range(1, 23)), "X", "Y")

_GRCH37 = (
    *(249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431, 135534747),
    *(135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248, 59128983, 63025520),
    *(48129895, 51304566, 155270560, 59373566),
)
_GRCH38 = (
    *(248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717, 133797422),
    *(135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285, 58617616, 64444167),
    *(46709983, 50818468, 156040895, 57227415),
)

LENGTHS: dict[str, dict[str, int]] = {
    "GRCh37": dict(zip(_NAMES, _GRCH37, strict=True)),
    "GRCh38": dict(zip(_NAMES, _GRCH38, strict=True)),
}
"""Length in bases of each chromosome (named without `chr`) in each assembly."""

_WORDS = {
    "GRCh38": re.compile(r"GRCh38|\bhg38|GCA_000001405\.(?:1[5-9]|2\d)|\bb38\b|hs38", re.IGNORECASE),
    "GRCh37": re.compile(
        r"GRCh37|\bhg19|hs37d5|\bb37\b|human_g1k_v37|GCA_000001405\.(?:[1-9]|1[0-4])\b", re.IGNORECASE
    ),
}
_TELLING = re.compile(r"##(reference|contig|VEP|assembly|SnpEffCmd)=")


def plain(chromosome: str) -> str:
    """The chromosome's name without `chr`.

    >>> plain("chr7"), plain("CHRX"), plain("7")
    ('7', 'X', '7')
    """
    return chromosome[3:] if chromosome[:3].lower() == "chr" else chromosome


def ends(build: str | None) -> dict[str, int]:
    """The last position of each chromosome of the assembly under its names with and without `chr`; empty for None."""
    known = LENGTHS.get(build or "", {})
    return {name: length for bare, length in known.items() for name in (bare, f"chr{bare}", f"Chr{bare}", f"CHR{bare}")}


def stated_builds(meta: Iterable[str]) -> dict[str, str]:
    """The assemblies that a header's lines show, each with the kind of the first line that shows it.

    A reference, contig, VEP, assembly or SnpEff line shows it by name, a contig line also by its length.

    >>> stated_builds(["##contig=<ID=chr7,length=159345973>", "##reference=hg19.fa"])
    {'GRCh38': 'contig length', 'GRCh37': 'reference'}
    """
    found: dict[str, str] = {}
    for line in meta:
        kind = _TELLING.match(line)
        if kind is None:
            continue
        text = _genome_of_command(line) if kind[1] == "SnpEffCmd" else line
        for build, words in _WORDS.items():
            if words.search(text):
                found.setdefault(build, kind[1])
        if kind[1] == "contig" and (build_of_length := _by_length(line)) is not None:
            found.setdefault(build_of_length, "contig length")
    return found


def _genome_of_command(line: str) -> str:
    """SnpEff's command without the names of files, which may name any genome."""
    return " ".join(word for word in line.split() if "/" not in word and ".vcf" not in word)


def _by_length(line: str) -> str | None:
    name, length = re.search(r"ID=([^,>]+)", line), re.search(r"length=([0-9]{1,12})\b", line)
    if name is None or length is None:
        return None
    return next((build for build, known in LENGTHS.items() if known.get(plain(name[1])) == int(length[1])), None)
