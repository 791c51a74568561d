"""Reading assays: the built-in ones by name, a site's own YAML file, and cBioPortal's gene panels.

cBioPortal: https://docs.cbioportal.org/file-formats/#gene-panel-data
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from kb.alteration import Place
from matcher.assay import BUILT_IN, COPY_NUMBER, KINDS, SMALL_VARIANT, SPECIMENS, Assay, Limits, Part
from matcher.cut_offs import Thresholds
from matcher.notes import UnusableInput
from matcher.readers.opened_files import note_file

KEYS = ("assay", "description", "source", "genes", "kinds", "exons", "codons", "parts", "germline", "specimens",
        "limits", "copy_number")  # fmt: skip
PART_KEYS = ("genes", "kinds", "exons", "codons")
LIMIT_KEYS = ("purity", "depth", "vaf")
THRESHOLD_KEYS = tuple(field.name for field in fields(Thresholds))

_GENE_LIST = frozenset({SMALL_VARIANT, COPY_NUMBER})
"""What a bare gene list stands for: a kind counts only when its results are handed in, and fusions break in introns,
which a list of genes does not tell."""


def assay(name: str, folder: Path | None = None) -> Assay:
    """The assay of this name (`WES`, `WGS`) or in this file (relative to `folder`); `FILE#NAME` picks one of several.

    Raises UnusableInput when there is none, with place and remedy.
    """
    if name.upper() in BUILT_IN:
        return BUILT_IN[name.upper()]
    file, _, chosen = name.partition("#")
    path = (folder or Path()) / file
    note_file(path)
    if not path.is_file():
        raise UnusableInput(
            name,
            "no such assay",
            f"name one of {', '.join(sorted(BUILT_IN))}, or a file: YAML with assay, genes and kinds, or a gene panel",
        )
    return read(path, chosen or None)


def read(path: Path, chosen: str | None = None) -> Assay:
    """The assay that a file describes: a site's YAML, cBioPortal's gene panel, or one of a list of panels in JSON."""
    content = _loaded(path)
    if isinstance(content, list):
        return _one_of(path, content, chosen)
    if not isinstance(content, dict):
        raise UnusableInput(str(path), "the assay file is not a mapping", "give it assay, genes and kinds")
    if "gene_list" in content:
        genes = frozenset(str(content["gene_list"]).replace(",", " ").split())
        if not genes:
            raise UnusableInput(str(path), "gene_list names no gene", "list the genes that the panel covers")
        return _panel(str(content.get("stable_id", path.stem)), genes, path)
    return _described(path, content)


def _loaded(path: Path) -> Any:
    import gzip

    import yaml  # only a site's own assay file needs it

    note_file(path)
    try:
        body = path.read_bytes()
        text = (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body).decode()
        if re.search(r"^gene_list:", text, re.MULTILINE):
            # cBioPortal separates the genes by tabs, which YAML does not allow.
            pairs = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
            return {key.strip(): value.strip() for key, colon, value in pairs if colon}
        if text.startswith("["):
            with suppress(ValueError):
                return json.loads(text)  # a list of panels is long, and YAML's reader takes a second for it
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise UnusableInput(Place(str(path), row), "the assay file is not UTF-8", "save it as UTF-8") from error
    except (OSError, EOFError, yaml.YAMLError, RecursionError) as error:
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise UnusableInput(str(path), f"the assay file cannot be read ({reason})", "mend the YAML") from error


def _one_of(path: Path, panels: list[Any], chosen: str | None) -> Assay:
    """One panel of cBioPortal's list (`genePanelId`, `genes` with `hugoGeneSymbol`)."""
    found = {
        str(panel["genePanelId"]): panel.get("genes")
        for panel in panels
        if isinstance(panel, dict) and "genePanelId" in panel
    }
    if not found:
        raise UnusableInput(str(path), "a list without gene panels", "give panels with genePanelId and genes")
    if chosen not in found:
        from difflib import get_close_matches

        near = get_close_matches(chosen or "", found, 5, 0.3) or sorted(found)[:5]
        problem = f"no panel {chosen!r} in it" if chosen else f"{len(found)} panels, and none is chosen"
        raise UnusableInput(str(path), problem, f"name one after #, such as {path.name}#{near[0]} ({', '.join(near)})")
    genes_of_it = found[chosen or ""]
    listed = genes_of_it if isinstance(genes_of_it, list) else []
    genes = frozenset(
        str(gene["hugoGeneSymbol"]) for gene in listed if isinstance(gene, dict) and gene.get("hugoGeneSymbol")
    )
    if not genes:
        raise UnusableInput(str(path), f"the panel {chosen} names no gene", "list its genes with hugoGeneSymbol")
    return _panel(str(chosen), genes, path)


def _panel(name: str, genes: frozenset[str], path: Path) -> Assay:
    return Assay(name, (Part(_GENE_LIST, genes),), source=path.name)


def _described(path: Path, content: Mapping[Any, Any]) -> Assay:
    """A site's own description."""
    _known(path, content, KEYS, "")
    parts = content.get("parts")
    if parts is None:
        read_parts = [_part(path, content, "")]
    elif isinstance(parts, list) and parts and all(isinstance(part, dict) for part in parts):
        if {"genes", "kinds", "exons", "codons"} & content.keys():
            raise UnusableInput(str(path), "genes or kinds beside parts", "move them into a part")
        for number, part in enumerate(parts, 1):
            _known(path, part, PART_KEYS, f"part {number}: ")
        read_parts = [_part(path, part, f"part {number}: ") for number, part in enumerate(parts, 1)]
    else:
        raise UnusableInput(str(path), "parts is not a list of mappings", "write - {genes: [...], kinds: [...]}")
    specimens = content.get("specimens", [])
    if not isinstance(specimens, list) or any(specimen not in SPECIMENS for specimen in specimens):
        raise UnusableInput(str(path), f"unknown specimens: {specimens}", f"give a list of {', '.join(SPECIMENS)}")
    germline = content.get("germline", False)
    if not isinstance(germline, bool):
        raise UnusableInput(str(path), f"germline is {germline!r}", "write true or false")
    limits = _numbers(path, content.get("limits"), LIMIT_KEYS, "limits")
    thresholds = _numbers(path, content.get("copy_number"), THRESHOLD_KEYS, "copy_number")
    for share in ("purity", "vaf"):
        if not 0 <= limits.get(share, 0) <= 1:
            raise UnusableInput(str(path), f"limits: {share} is no fraction", "write 0.2 for 20 %")
    source = content.get("source")
    return Assay(
        str(content.get("assay", path.stem)),
        tuple(read_parts),
        germline,
        frozenset(specimens),
        Limits(**limits),
        Thresholds(**thresholds),
        None if source is None else str(source),
    )


def _known(path: Path, content: Mapping[Any, Any], keys: tuple[str, ...], where: str) -> None:
    """UnusableInput for a key that is not known: a misspelt limit would be a limit that is not kept."""
    unknown = [str(key) for key in content if key not in keys]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], keys, 1, 0.6)
        remedy = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(keys)}"
        raise UnusableInput(str(path), f"{where}unknown key {unknown[0]!r}", remedy)


def _part(path: Path, content: Mapping[Any, Any], where: str) -> Part:
    kinds, genes = content.get("kinds"), content.get("genes")
    unknown = [kind for kind in kinds if kind not in KINDS] if isinstance(kinds, list) and kinds else ["(no list)"]
    if unknown or not isinstance(kinds, list):
        named = ", ".join(map(str, unknown))
        raise UnusableInput(str(path), f"{where}unknown kinds: {named}", f"give a list of {', '.join(KINDS)}")
    if genes != "all" and not (isinstance(genes, list) and genes and all(isinstance(gene, str) for gene in genes)):
        problem = f"{where}genes is neither `all` nor a list of symbols"
        raise UnusableInput(str(path), problem, "list the genes that it covers")
    named_genes = None if genes == "all" else frozenset(genes)
    exons = _spots(path, content.get("exons"), named_genes, f"{where}exons")
    codons = _spots(path, content.get("codons"), named_genes, f"{where}codons")
    return Part(frozenset(kinds), named_genes, exons, codons)


def _spots(path: Path, content: Any, genes: frozenset[str] | None, what: str) -> dict[str, frozenset[int]]:
    """Exons or codons by gene, as numbers or ranges (`[18, 19]`, `[12, 13, 59-61]`)."""
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UnusableInput(str(path), f"{what} is not a mapping", "write {EGFR: [18, 19, 20, 21]}")
    found = {}
    for gene, numbers in content.items():
        if genes is not None and gene not in genes:
            raise UnusableInput(str(path), f"{what} names {gene}, which genes does not list", "add it to genes")
        listed = numbers if isinstance(numbers, list) else [numbers]
        spans = [re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", str(number)) for number in listed]
        if not listed or None in spans:
            raise UnusableInput(str(path), f"{what} of {gene}: {numbers!r}", "write numbers or ranges such as 59-61")
        found[str(gene)] = frozenset(
            number for span in spans if span for number in range(int(span[1]), int(span[2] or span[1]) + 1)
        )
    return found


def _numbers(path: Path, content: Any, keys: tuple[str, ...], what: str) -> dict[str, float]:
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UnusableInput(str(path), f"{what} is not a mapping", f"write {{{keys[0]}: ...}}")
    _known(path, content, keys, f"{what}: ")
    for key, value in content.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise UnusableInput(str(path), f"{what}: {key} is {value!r}", "write a number")
    return {str(key): float(value) for key, value in content.items()}
