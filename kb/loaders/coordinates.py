"""Known genomic coordinates of biomarkers, from the variants of CIViC and of the Cancer Genome Interpreter.

Only biomarkers that are one change of a protein get coordinates: a source's position for a whole exon or for "any
mutation" is an example, and no definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb.errors import UnknownTerm
from kb.nomenclature.errors import UnreadableName
from kb.nomenclature.genomic import BUILDS, of_hgvs, trimmed
from kb.nomenclature.protein import ProteinChange, parse
from kb.normalizer import Normalizer
from kb.statements import Row, cells


def of_civic(variants: Iterable[Row], release: str, names: Normalizer) -> Iterator[Row]:
    """A row for each variant of CIViC's VariantSummaries that is a biomarker, by its alleles and its HGVS names."""
    single = _single_changes(names)
    for row in variants:
        biomarker = _biomarker(row["feature_name"] or row["gene"], row["variant"], row["entrez_id"], names, single)
        changes = _of_columns(row)
        for name in re.split(r",\s*", row["hgvs_descriptions"]):
            changes |= set(of_hgvs(name, row["reference_bases"] or row["variant_bases"]))
        if biomarker is not None and changes:
            number = row["variant_id"]
            source = f"CIViC VID{number} https://civicdb.org/links/variants/{number}"
            note = f"CIViC {release}" if release else ""
            yield Row(biomarker=biomarker, changes=" | ".join(sorted(changes)), sources=source, note=note)


def _of_columns(row: Row) -> set[str]:
    """The change in the columns chromosome to variant_bases, which count an insertion by the bases beside it."""
    old, new, build = row["reference_bases"], row["variant_bases"], row["reference_build"]
    if build not in BUILDS or not (row["start"].isdigit() and row["stop"].isdigit()) or not (old or new):
        return set()
    first, last = int(row["start"]), int(row["stop"])
    if old and len(old) != last - first + 1:
        return set()
    change = trimmed(row["chromosome"], first if old else last, old, new)
    return set() if change is None else {change.written(build)}


def of_cgi(rows: Iterable[Row], release: str, names: Normalizer) -> Iterator[Row]:
    """A row for each protein change of the catalog with a genomic name (`chr9:g.133748283C>T`, GRCh37)."""
    single = _single_changes(names)
    found: dict[str, set[str]] = {}
    for row in rows:
        gene, _, change = row["individual_mutation"].partition(":")
        biomarker = _biomarker(gene, change, "", names, single)
        place = re.fullmatch(r"chr([0-9]{1,2}|X|Y):g\.([0-9]+)([ACGT])>([ACGT])", row["gDNA"])
        if biomarker is not None and place is not None:
            changed = trimmed(place[1], int(place[2]), place[3], place[4])
            found.setdefault(biomarker, set()).update({changed.written("GRCh37")} if changed else ())
    source = f"Cancer Genome Interpreter biomarkers, {release} https://www.cancergenomeinterpreter.org/biomarkers"
    for biomarker, changes in sorted(found.items()):
        yield Row(biomarker=biomarker, changes=" | ".join(sorted(changes)), sources=source)


Changes = dict[tuple[str, ProteinChange], str]


def _single_changes(names: Normalizer) -> Changes:
    """The biomarkers that are exactly one change of one protein, by gene and change."""
    found: Changes = {}
    for id, row in names.biomarkers.items():
        changes, genes = cells(row, "protein_changes"), cells(row, "genes")
        if row["kind"] == "protein change" and row["origin"] != "germline" and len(changes) == len(genes) == 1:
            found.setdefault((genes[0], parse(changes[0])), id)
    return found


def _biomarker(gene: str, change: str, entrez: str, names: Normalizer, single: Changes) -> str | None:
    """The biomarker of a protein change, None for what is no protein change or has none."""
    try:
        return single.get((names.gene(gene, entrez=entrez or None), parse(change)))
    except (UnknownTerm, UnreadableName):
        return None
