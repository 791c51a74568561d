"""MONDO: which disease of the Disease Ontology or NCI Thesaurus is exactly which tumor type, from its SSSOM mappings.

Read are the mappings of MONDO to DOID, to NCIt and to OncoTree: one file that holds them all (`mondo.sssom.tsv`), or a
folder of the files by vocabulary. MONDO (https://mondo.monarchinitiative.org) is under CC BY 4.0, the mappings under
CC0 1.0. SSSOM: https://w3id.org/sssom/.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Loader, Report
from kb.loaders.files import AGAIN, read_text
from kb.normalizer import Normalizer, Placement
from kb.statements import Tables

_EXACT = "skos:exactMatch"
_ONCOTREE = frozenset({_EXACT, "oboInOwl:hasDbXref"})
"""MONDO's links to OncoTree are cross-references; its curators mean the same disease by them."""
_COLUMNS = ("subject_id", "predicate_id", "object_id")


class Mapping(NamedTuple):
    """One line: a disease of MONDO, how it stands to the other one, and the other one."""

    place: str
    mondo: str
    predicate: str
    other: str

    @property
    def record(self) -> str:
        """The line as the report names it."""
        return f"{self.mondo} {self.other}"


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """Teach exact placements to the normalizer; MONDO gives no rows of its own."""
    mappings = [mapping for file in _files(path) for mapping in _read(file, report)]
    types = _types(mappings, names, report)
    placements: dict[str, set[str]] = {}
    for mapping in mappings:
        if mapping.other.startswith("ONCOTREE:"):
            continue
        vocabulary = mapping.other.partition(":")[0]
        if vocabulary not in {"DOID", "NCIT"}:
            report.leave(f"mappings to {vocabulary}, which no source uses", mapping.record)
        elif mapping.predicate != _EXACT:
            report.leave("mappings that are not exact", mapping.record)
        elif mapping.mondo not in types:
            report.leave("diseases that MONDO does not map to OncoTree", mapping.record)
        else:
            report.take("exact placement")
            placements.setdefault(mapping.other, set()).update(types[mapping.mondo])
    found = {disease: Placement(tuple(sorted(codes)), note="MONDO") for disease, codes in sorted(placements.items())}
    differing = sorted(disease for disease, placement in found.items() if _differs(disease, placement, names))
    if differing:
        report.notes.append(f"the table of diseases says otherwise, and stays: {', '.join(differing)}")
    names.learn_placements(found)
    return Tables({})


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UnreadableSource(str(path), "is not there", "name a file or folder that exists")
    found = sorted(file for file in path.iterdir() if re.search(r"^mondo.*\.sssom\.tsv(\.gz)?$", file.name))
    if not found:
        raise UnreadableSource(str(path), "holds no mondo*.sssom.tsv", "name the folder of MONDO's mappings")
    return found


def _read(file: Path, report: Report) -> Iterator[Mapping]:
    lines = read_text(file).splitlines()
    comments = [line for line in lines if line.startswith("#")]
    released = re.search(r"^#\s*mapping_set_version:.*?(\d{4}-\d\d-\d\d)", "\n".join(comments), re.M)
    if released is not None:
        report.release = report.released_on = released[1]
    at = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    rows = csv.reader(io.StringIO("\n".join(lines[at:])), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, [])
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        problem = f"has no column {', '.join(missing)}: it is no SSSOM file"
        raise UnreadableSource(f"{file}:{at + 1}", problem, "name MONDO's mappings (*.sssom.tsv)")
    mondo, predicate, other = (header.index(name) for name in _COLUMNS)
    seen: dict[tuple[str, str, str], int] = {}
    for cells in rows:
        line = at + rows.line_num
        if not any(cells):
            continue
        if len(cells) != len(header):
            problem = f"has {len(cells)} cells where the header has {len(header)}: it is truncated or damaged"
            raise UnreadableSource(f"{file}:{line}", problem, AGAIN)
        key = (cells[mondo], cells[predicate], cells[other])
        if not (key[0].startswith("MONDO:") and ":" in key[2]):
            raise UnreadableSource(f"{file}:{line}", f"maps {key[0]!r} to {key[2]!r}, which is not MONDO's", AGAIN)
        if seen.setdefault(key, line) != line:
            raise UnreadableSource(f"{file}:{line}", f"maps {key[0]} to {key[2]} as line {seen[key]} does", AGAIN)
        yield Mapping(f"{file.name}:{line}", *key)


def _types(mappings: list[Mapping], names: Normalizer, report: Report) -> dict[str, set[str]]:
    """The tumor types of each disease of MONDO; a former code finds the type of today."""
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        vocabulary, _, code = mapping.other.partition(":")
        code = unquote(code)
        if vocabulary != "ONCOTREE":
            continue
        if mapping.predicate not in _ONCOTREE:
            report.leave("mappings that are not exact", mapping.record)
            continue
        try:
            placement = names.tumor(oncotree=code)
        except UnknownTerm:
            report.refuse(mapping.record, mapping.place, code, "the loaded OncoTree has no such code")
            continue
        report.take("mapping to OncoTree")
        found.setdefault(mapping.mondo, set()).update(placement.codes)
    if not found:
        raise UnreadableSource(
            mappings[0].place if mappings else "MONDO's mappings",
            "maps nothing to OncoTree",
            "name a folder with mondo_hasdbxref_oncotree.sssom.tsv beside the others, or mondo.sssom.tsv",
        )
    return found


def _differs(disease: str, placement: Placement, names: Normalizer) -> bool:
    curated = names.curated_tumor(disease)
    return curated is not None and curated.codes != placement.codes


LOADER = Loader(
    name="mondo",
    title="MONDO mappings",
    reads="MONDO's mappings to DOID, NCIt and OncoTree (*.sssom.tsv), one file or a folder of them",
    licence="CC0 1.0",
    address="https://mondo.monarchinitiative.org",
    load=load,
)
