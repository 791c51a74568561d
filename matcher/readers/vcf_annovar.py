"""ANNOVAR's gene annotation in a VCF's INFO (`Gene.refGene`, `Func.refGene`, `AAChange.refGene`, ...).

The columns and their words: https://annovar.openbioinformatics.org/en/latest/user-guide/gene/ . With `-vcfinput` each
alternate allele has a block of its own, from `ANNOVAR_DATE` to `ALLELE_END`, and `;`, `=`, `,` in a value are `\\x3b`,
`\\x3d`, `\\x2c`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from matcher.readers import columns
from matcher.readers.annotation import Annotation
from matcher.readers.annovar_words import age, exonic_terms, hgvs, near_splice_site
from matcher.readers.vcf_text import Record

MODELS = ("refGene", "refGeneWithVer", "ensGene", "knownGene")
"""Gene models, the preferred one first; the suffix of the columns' names."""

_ESCAPES = {"\\x3b": ";", "\\x3d": "=", "\\x2c": ",", "\\x3a": ":", "\\x25": "%", "\\x20": " "}
_MAIN = re.compile(r"MANE|canonical", re.IGNORECASE)


def model_of(names: Iterable[str]) -> str | None:
    """The gene model of the INFO fields, the preferred one of several; None when they are not ANNOVAR's.

    >>> model_of(["DP", "Gene.ensGene", "Gene.refGene"]), model_of(["DP"])
    ('refGene', None)
    """
    found = [name[5:] for name in names if name.startswith(("Gene.", "Gene_")) and len(name) > 5]
    known = [model for model in MODELS if model in found]
    return known[0] if known else next((name for name in found if name.endswith("Gene")), None)


def entries_of(record: Record, info: Mapping[str, str]) -> list[Annotation] | None:
    """Every transcript of every allele; None when the row has no columns of ANNOVAR's.

    The transcripts of AAChange are in the file's order; one that a MANE or canonical field of the row names comes
    first. Blocks that do not fit the row's alleles have no allele number.
    """
    model = model_of(info)
    if model is None:
        return None
    blocks = _blocks(record.info) if len(record.alternates) > 1 else [dict(info)]
    fits = len(blocks) == len(record.alternates)
    found: list[Annotation] = []
    for number, block in enumerate(blocks, start=1):
        found.extend(_of_block(block, model, number if fits else None, len(found)))
    return found


def _blocks(text: str) -> list[dict[str, str]]:
    """The values of each allele's block."""
    blocks: list[dict[str, str]] = []
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name == "ANNOVAR_DATE":
            blocks.append({})
        elif blocks:
            blocks[-1].setdefault(name, value)
    return blocks


def unescaped(text: str) -> str:
    """The text with ANNOVAR's codes for separators resolved.

    >>> unescaped("exonic" + chr(92) + "x3bsplicing")
    'exonic;splicing'
    """
    if "\\" in text:
        for code, character in _ESCAPES.items():
            text = text.replace(code, character).replace(code.upper().replace("X", "x"), character)
    return text


def _of_block(block: Mapping[str, str], model: str, number: int | None, order: int) -> list[Annotation]:
    separator = "." if f"Gene.{model}" in block else "_"

    def column(name: str) -> str:
        value = unescaped(block.get(f"{name}{separator}{model}", ""))
        return "" if value in (".", "UNKNOWN") else value

    stated = unescaped(next((block[name] for name in ("CLNSIG", "CLINSIG") if block.get(name, ".") != "."), "")) or None
    main = _main_transcripts(block)
    changes = [entry.split(":") for entry in column("AAChange").split(",") if ":" in entry]
    entries: list[tuple[list[str], tuple[str, ...]]] = []
    for place, genes in _places(column("Func"), column("Gene")):
        terms = exonic_terms(place, column("ExonicFunc"))
        coding = [parts for parts in changes if parts[0] in genes] if "exonic" in place.split(";") else []
        named = coding or _details(column("GeneDetail"), genes)
        bare = [[gene] for gene in genes if all(parts[0] != gene for parts in named)]
        entries += [(parts, terms) for parts in (*named, *bare)]
    if not entries:
        entries = [([""], ("intergenic_variant",))]
    oldest: dict[str, str] = {}
    for gene, transcript in (parts[:2] for parts, _ in entries if len(parts) > 1):
        oldest[gene] = min(oldest.get(gene, transcript), transcript, key=age)
    return [
        _annotation(parts, terms, number, stated, (main, oldest.get(parts[0])), order + at)
        for at, (parts, terms) in enumerate(entries)
    ]


def _places(places: str, genes: str) -> list[tuple[str, list[str]]]:
    """Each place with its genes: `exonic;splicing` of `A;B` are one of A and one of B, of `A` both of A.

    >>> _places("exonic;splicing", "A;B"), _places("intergenic", "A;B")
    ([('exonic', ['A']), ('splicing', ['B'])], [('intergenic', ['A', 'B'])])
    """
    groups = re.sub(r"\([^()]*\)", "", genes).split(";")
    words = places.split(";")
    paired = list(zip(words, groups, strict=True)) if len(words) == len(groups) else [(places, ",".join(groups))]
    return [(place, [one for one in group.split(",") if one not in ("", "NONE")]) for place, group in paired]


def _details(text: str, genes: list[str]) -> list[list[str]]:
    """The transcripts of GeneDetail (`NM_1:exon3:c.100+1G>A`), which stand for AAChange at splice sites and in UTRs."""
    entries = [re.sub(r"^[^():]+\(|\)$", "", entry).split(":") for entry in re.split("[;,]", text)]
    named = [parts for parts in entries if len(parts) > 1 and any(part.startswith("c.") for part in parts)]
    return [[genes[0], *parts] for parts in named] if len(genes) == 1 else []


def _main_transcripts(block: Mapping[str, str]) -> frozenset[str]:
    """Accessions without version that a MANE or canonical field of the row names."""
    texts = " ".join(value for name, value in block.items() if _MAIN.search(name))
    return frozenset(re.findall(r"\b(?:N[MR]_\d+|ENST\d+)", texts))


def _annotation(
    parts: list[str],
    terms: tuple[str, ...],
    number: int | None,
    stated: str | None,
    reference: tuple[frozenset[str], str | None],
    order: int,
) -> Annotation:
    """One entry of AAChange: gene, transcript, exon, coding change, protein change, the later ones where given."""
    transcript = next((part for part in parts[1:2] if part), None)
    exon = next((part[4:] for part in parts[2:] if re.fullmatch(r"exon\d+", part)), "")
    coding = next((hgvs(part) for part in parts[2:] if part.startswith("c.")), None)
    return Annotation(
        allele_number=number,
        terms=near_splice_site(terms, coding),
        gene=parts[0],
        transcript=transcript,
        coding=coding,
        protein=next((part for part in parts[2:] if part.startswith("p.")), None),
        exon=columns.whole(exon) if "intron_variant" not in terms else None,
        significance=stated,
        significance_source="CLNSIG" if stated else None,
        order=order,
        # The oldest transcript is taken unless the row names the main one.
        is_mane=transcript is not None and transcript.partition(".")[0] in reference[0],
        is_canonical=transcript is not None and transcript == reference[1],
    )
