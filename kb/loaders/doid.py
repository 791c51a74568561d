"""The Disease Ontology: which disease is a kind of which, and the codes of ICD-10 and ICD-O-3 of each.

A disease without a type finds the nearest broader one. A code stands for the types of the diseases that carry it.

Read are OBO files (`DO_cancer_slim.obo`, `doid.obo`), the table `HumanDO_isa.tsv`, whose parents are labels, and
`NCIinDO.tsv`, the NCI Thesaurus codes of diseases. The Disease Ontology (https://disease-ontology.org) is under CC0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Loader, Report
from kb.loaders.files import AGAIN, read_table, read_text
from kb.normalizer import NAMES, Normalizer, Placement, read
from kb.statements import Row, Tables

_WITHDRAWN = NAMES / "codes.tsv"
"""Codes that the ontology gives to a disease that they do not mean, each with the reason."""

_SYSTEMS = {"ICD10CM": "ICD10", "ICDO": "ICDO"}
_CODE = re.compile(r"ICD10:[CD]\d[0-9A-Z](\.[0-9A-Z]{1,4})?|ICDO:\d{4}/\d")
_BLOOD = frozenset({"LYMPH", "MYELOID"})

_ROOT = "disease"
"""The label of the top of the ontology, which the table of labels does not list."""


@dataclass(slots=True)
class Ontology:
    """What the files say: labels, parents and codes by DOID, and ids that were merged into another."""

    labels: dict[str, str] = field(default_factory=dict)
    broader: dict[str, list[str]] = field(default_factory=dict)
    ncit: dict[str, set[str]] = field(default_factory=dict)
    codes: dict[str, set[str]] = field(default_factory=dict)

    def is_a(self, disease: str, above: str) -> None:
        """Note that a disease is a kind of another one, once."""
        known = self.broader.setdefault(disease, [])
        if above not in known:
            known.append(above)


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """Teach the hierarchy to the normalizer; the rows are the codes of ICD-10 and ICD-O-3, where the files have any."""
    obo, isa, ncit = _files(path)
    ontology = Ontology()
    for file in obo:
        _read_obo(file, ontology, report)
    for file in isa:
        _read_isa(file, ontology, report)
    if not ontology.labels:
        remedy = "name a file of the Disease Ontology (*.obo or HumanDO_isa.tsv) or a folder of them"
        raise UnreadableSource(str(path), "holds no disease", remedy)
    for file in ncit:
        _read_ncit(file, ontology, report)
    _no_cycle(path, ontology.broader)
    names.learn_hierarchy(ontology.broader)
    names.learn_placements(_by_ncit(ontology, names))
    report.take("disease", len(ontology.labels))
    rows = tuple(_code_rows(ontology, names, report))
    return Tables({"tumor_codes": rows} if rows else {})


def _files(path: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """The OBO files, tables of parents and tables of NCI codes."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file())
    elif path.is_file():
        files = [path]
    else:
        raise UnreadableSource(str(path), "is not there", "name a file or folder that exists")
    obo = [file for file in files if re.search(r"\.obo(\.gz)?$", file.name)]
    ncit = [file for file in files if re.match(r"NCIinDO\b", file.name)]
    isa = [file for file in files if re.match(r"HumanDO_isa\b", file.name)]
    if path.is_file() and not (obo or ncit or isa):
        isa = [path]
    if not obo and not isa:
        problem = "holds no hierarchy of the Disease Ontology (*.obo or HumanDO_isa.tsv)"
        raise UnreadableSource(str(path), problem, "name the folder that the files are in")
    return obo, isa, ncit


# OBO


def _read_obo(file: Path, ontology: Ontology, report: Report) -> None:
    text = read_text(file)
    if not text.lstrip().startswith("format-version:"):
        raise UnreadableSource(f"{file}:1", "does not begin as an OBO file does (format-version:)", AGAIN)
    released = re.search(r"^data-version: .*?(\d{4}-\d\d-\d\d)", text, re.M)
    if released is not None:
        report.release = report.released_on = released[1]
    stanzas = [(line, tags) for line, tags in _stanzas(text) if tags["kind"] == ["[Term]"]]
    ids: dict[str, int] = {}
    for line, tags in stanzas:
        if len(tags.get("id", ())) != 1 or not tags.get("name"):
            raise UnreadableSource(f"{file}:{line}", "is a term without one id and a name: it is damaged", AGAIN)
        id = tags["id"][0]
        if id in ids:
            raise UnreadableSource(f"{file}:{line}", f"has the id {id} a second time (first in line {ids[id]})", AGAIN)
        ids[id] = line
    for line, tags in stanzas:
        _take_term(f"{file.name}:{line}", tags, ids, ontology, report)


def _stanzas(text: str) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """Each stanza with the number of its first line, as tags with their values; comments and qualifiers cut off."""
    start, tags = 0, dict[str, list[str]]()
    for number, line in enumerate([*text.splitlines(), "[End]"], start=1):
        if line.startswith("["):
            if tags:
                yield start, tags
            start, tags = number, {"kind": [line.strip()]}
        elif tags and ": " in line:
            tag, _, value = line.partition(": ")
            tags.setdefault(tag, []).append(re.split(r" [!{]", value)[0].strip())


def _take_term(
    place: str, tags: Mapping[str, list[str]], ids: Mapping[str, int], ontology: Ontology, report: Report
) -> None:
    id = tags["id"][0]
    if not id.startswith("DOID:"):
        report.leave("terms of other ontologies", id)
        return
    if tags.get("is_obsolete") == ["true"]:
        report.leave("diseases that the ontology has withdrawn", id)
        return
    ontology.labels[id] = tags["name"][0]
    for above in tags.get("is_a", ()):
        if above in ids:
            ontology.is_a(id, above)
        else:
            report.refuse(id, place, above, "its broader disease is not in the file")
    for merged in tags.get("alt_id", ()):
        if merged not in ids:
            ontology.is_a(merged, id)
    codes = {xref.removeprefix("NCI:") for xref in tags.get("xref", ()) if xref.startswith("NCI:")}
    ontology.ncit.setdefault(id, set()).update(codes)
    for xref in tags.get("xref", ()):
        system, _, value = xref.partition(":")
        code = f"{_SYSTEMS.get(system, '')}:{value}"
        if _CODE.fullmatch(code):
            ontology.codes.setdefault(code, set()).add(id)


# Tables


def _read_isa(file: Path, ontology: Ontology, report: Report) -> None:
    rows = read_table(file, ("id", "label", "subClassOf"), quoted=True)
    ids: dict[str, str] = {}
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        place, id, label = f"{file}:{line}", row["id"], row["label"]
        if not re.fullmatch(r"DOID:\d+", id) or not label:
            raise UnreadableSource(place, f"has {id!r} and {label!r} where an id and a label belong", AGAIN)
        if ids.setdefault(label, id) != id:
            raise UnreadableSource(place, f"has the label {label!r} of {ids[label]} a second time", AGAIN)
        first = seen.setdefault((id, row["subClassOf"]), line)
        if first != line:
            raise UnreadableSource(place, f"says the same of {id} as line {first}", AGAIN)
    for line, row in rows:
        place = f"{file.name}:{line}"
        if row["label"].startswith("obsolete "):
            report.leave("diseases that the ontology has withdrawn", row["id"])
            continue
        ontology.labels.setdefault(row["id"], row["label"])
        above = row["subClassOf"]
        if above in ids:
            ontology.is_a(row["id"], ids[above])
        elif above not in {"", _ROOT}:
            report.refuse(row["id"], place, above, "no disease of the file has this label")


def _read_ncit(file: Path, ontology: Ontology, report: Report) -> None:
    for _, row in read_table(file, ("id", "xrefs"), quoted=True):
        if row["id"] in ontology.labels:
            codes = re.findall(r"\bNCI:(C\d+)", row["xrefs"])
            ontology.ncit.setdefault(row["id"], set()).update(codes)
        else:
            report.leave("NCI Thesaurus codes of diseases that the hierarchy does not have", row["id"])


# What it teaches


def _by_ncit(ontology: Ontology, names: Normalizer) -> dict[str, Placement]:
    """Curated placements by NCI Thesaurus code, where the code and the disease are each other's only one.

    The other way, from the code that OncoTree names to the disease, is not taken: OncoTree's codes are often of a
    wider or narrower disease than its type.
    """
    times = Counter(code for codes in ontology.ncit.values() for code in codes)
    found: dict[str, Placement] = {}
    for disease, codes in sorted(ontology.ncit.items()):
        placement = names.curated_tumor(disease)
        if placement is not None and len(codes) == 1 and times[min(codes)] == 1:
            found[f"NCIT:{min(codes)}"] = placement
    return found


def _code_rows(ontology: Ontology, names: Normalizer, report: Report) -> Iterator[Row]:
    """A row for each code with the types of all diseases that carry it."""
    wrong = {(row["code"], row["doid"]) for row in read(_WITHDRAWN)}
    for code, diseases in sorted(ontology.codes.items()):
        types: dict[str, tuple[str, ...]] = {}
        for disease in sorted(diseases):
            found = _types_of(code, disease, names)
            if (code, disease) in wrong:
                report.leave("codes that do not mean the disease that carries them", f"{code} {disease}")
            elif not found or _BLOOD.issubset(found):
                report.leave("codes of diseases without a tumor type", f"{code} {disease}")
            else:
                types[disease] = found
        if types:
            report.take("code of ICD")
            yield _code_row(code, types, ontology, report)


def _types_of(code: str, disease: str, names: Normalizer) -> tuple[str, ...]:
    """The types that a code stands for by one disease.

    A morphology names one diagnosis, as a name does, so the type that is exactly the disease comes first. A code of
    ICD-10 is of a group, so it is all types that the disease covers.
    """
    exact = names.tumors_named(disease)
    if exact and code.startswith("ICDO:"):
        return exact
    try:
        return names.tumor(doid=disease).codes
    except UnknownTerm:
        return ()


def _code_row(code: str, types: Mapping[str, tuple[str, ...]], ontology: Ontology, report: Report) -> Row:
    diseases = ", ".join(f"{disease} ({ontology.labels[disease]})" for disease in types)
    return Row(
        code=code,
        tumor_types=" | ".join(sorted({each for found in types.values() for each in found})),
        sources=" | ".join(f"{id} http://purl.obolibrary.org/obo/{id.replace(':', '_')}" for id in types),
        verified="yes",
        note=f"cross-reference of {diseases}, Disease Ontology {report.release or 'of an unknown release'}",
    )


def _no_cycle(path: Path, broader: Mapping[str, list[str]]) -> None:
    """UnreadableSource when a disease is a kind of itself; no recursion, so that depth does not matter."""
    done: set[str] = set()
    for start in broader:
        way: dict[str, None] = {}
        waiting = [(start, False)]
        while waiting:
            disease, leaving = waiting.pop()
            if leaving:
                done.add(way.popitem()[0])
            elif disease in way:
                line = list(way)
                cycle = " > ".join([*line[line.index(disease) :], disease])
                raise UnreadableSource(f"{path}#{disease}", f"diseases form a cycle: {cycle}", AGAIN)
            elif disease not in done:
                way[disease] = None
                waiting.append((disease, True))
                waiting += [(above, False) for above in broader.get(disease, ())]


LOADER = Loader(
    name="doid",
    title="Disease Ontology",
    reads="an OBO file or HumanDO_isa.tsv of the Disease Ontology, or a folder of them",
    licence="CC0 1.0",
    address="https://disease-ontology.org",
    load=load,
)
