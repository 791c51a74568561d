"""Cancer Genome Interpreter: biomarkers of drug response, from the catalog's table of one row for each variant.

Tamborero 2018 (https://doi.org/10.1186/s13073-018-0531-8). Rows that say the same of a biomarker, drug and source
are one record; their number is in its note. The catalog has no record ids: an id is made from the content.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from kb.errors import UnknownTerm
from kb.loaders.base import Loader, Report, alternatives
from kb.loaders.coordinates import of_cgi
from kb.loaders.files import read_table
from kb.normalizer import Normalizer, Placement, VariantName
from kb.statements import Row, Tables

_COLUMNS = (
    "Alteration", "Alteration type", "Association", "Biomarker", "Drug", "Drug family", "Drug full name",
    "Evidence level", "Primary Tumor type", "Source",
)  # fmt: skip
_KEY = ("Biomarker", "Alteration", "Association", "Drug", "Drug full name", "Evidence level", "Source")

LEVELS = {
    "fda guidelines": "A",
    "nccn guidelines": "A",
    "nccn/cap guidelines": "A",
    "cpic guidelines": "A",
    "european leukemianet guidelines": "A",
    "late trials": "B",
    "early trials": "B",
    "clinical trials": "B",
    "case report": "C",
    "pre-clinical": "D",
}
"""The catalog's evidence levels on CIViC's scale (validated, clinical, case study, preclinical); of two the lower."""

_MEANINGS = {
    "responsive": ("supports", "sensitivity"),
    "resistant": ("supports", "resistance"),
    "no responsive": ("does not support", "sensitivity"),
    "increased toxicity": ("supports", "adverse response"),
}
_CNA = {"amp": "Amplification", "del": "Deletion"}
_EXPRESSION = {"over": "Overexpression", "under": "Underexpression", "norm": "Expression"}
_CLASSES = {
    "inframe_deletion": ("DEL", "inframe_deletion | delins", "in-frame deletion"),
    "inframe_insertion": ("INS", "inframe_insertion | duplication", "in-frame insertion"),
    "inframe_variant": ("INDEL", "inframe_indel", "in-frame variant"),
    "missense_variant": ("MIS", "missense", "missense mutation"),
    "frameshift_variant": ("FS", "frameshift", "frameshift"),
    "stop_gained": ("NON", "nonsense", "nonsense mutation"),
    "splice_donor_variant": ("SPLICE", "splice", "splice-site mutation"),
    "splice_acceptor_variant": ("SPLICE", "splice", "splice-site mutation"),
}


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """The catalog's statements as evidence rows."""
    merged: dict[tuple[str, ...], tuple[int, Row, int, set[str]]] = {}
    records = read_table(path, _COLUMNS, quoted=True)
    for line, row in records:
        key = tuple(row[column] for column in _KEY)
        first, kept, number, tumors = merged.get(key, (line, row, 0, set()))
        tumors |= {tumor.strip() for tumor in row["Primary Tumor type"].split(";") if tumor.strip()}
        merged[key] = (first, kept, number + 1, tumors)
    rows: list[Row] = []
    for key, (line, row, number, tumors) in merged.items():
        id = "CGI:" + sha256("\n".join(key).encode()).hexdigest()[:12]
        rows += _record(id, row, sorted(tumors), number, f"{path.name}:{line}", names, report)
    report.release = report.release or "undated"
    report.notes.append(f"{sum(each[2] for each in merged.values()) - len(merged)} rows say what another row says")
    positions = tuple(of_cgi((row for _, row in records), report.release, names))
    return Tables({"evidence": tuple(rows), "positions": positions})


def _record(
    id: str, row: Row, tumors: list[str], number: int, place: str, names: Normalizer, report: Report
) -> list[Row]:
    fields = Row(names.corrected("cgi", id, row))
    try:
        profile = _profile(fields, names)
        placed = [names.tumor(name=tumor) for tumor in tumors]
        regimens = _regimens(fields, names)
        meaning = _MEANINGS.get(re.sub(r" \(.*\)", "", fields["Association"]).lower())
        levels = [LEVELS.get(level.strip().lower()) for level in fields["Evidence level"].split(",")]
        if meaning is None:
            raise UnknownTerm("association", fields["Association"], "not one that this loader reads")
        if not placed or None in levels:
            raise UnknownTerm(
                "evidence level", fields["Evidence level"], "not one of the catalog's, or no tumor is named"
            )
    except UnknownTerm as error:
        report.meet("statement", False)
        report.refuse(id, place, error.name, str(error))
        return []
    report.meet("statement", True)
    report.take("statement")
    level = max(level for level in levels if level is not None)
    toxicity = re.search(r"\((.*)\)", fields["Association"])
    notes = [
        f"biomarker: {fields['Biomarker']}",
        f"{number} rows" if number > 1 else "",
        toxicity[1] if toxicity else "",
    ]
    common = Row(
        tumor_as_stated="; ".join(tumors),
        tumor_types=" | ".join(sorted({code for each in placed for code in each.codes})),
        tumor_placement="" if all(each.exact for each in placed) else "broader",
        profile=_with(profile, placed),
        direction=meaning[0],
        significance=meaning[1],
        level=level,
        level_source=f"mapped from CGI {fields['Evidence level']}",
        sources=_sources(fields["Source"], id),
        trials=" | ".join(sorted(set(re.findall(r"NCT\d{8}", fields["Source"])))),
        verified="yes",
        note="; ".join(filter(None, notes)),
    )
    return alternatives(common, id, regimens)


def _with(profile: str, placed: list[Placement]) -> str:
    extra = sorted({each.profile for each in placed if each.profile})
    return " AND ".join([f"({profile})" if extra and " OR " in profile else profile, *extra])


def _regimens(fields: Row, names: Normalizer) -> set[str]:
    """The regimens of a record: `[A,B]` are alternatives, `A;B` are given together, a family stands for its drugs."""
    cell = fields["Drug"] if fields["Drug"] not in {"", "[]"} else fields["Drug family"]
    inside = cell.strip("[]")
    groups = [inside.split(";")] if ";" in inside else [[each] for each in inside.split(",")]
    if not inside:
        raise UnknownTerm("therapy", fields["Drug full name"], "the record names neither a drug nor a family")
    return {names.regimen([names.therapy(name.strip()) for name in group]) for group in groups}


def _profile(fields: Row, names: Normalizer) -> str:
    """The alterations of a record: parts joined by `;` must all hold, parts joined by `,` are alternatives."""
    kinds = fields["Alteration type"].split(";")
    parts = fields["Alteration"].split(";")
    if len(kinds) != len(parts):
        raise UnknownTerm("biomarker", fields["Alteration"], "its parts and their types do not go together")
    found = [_part(part.strip(), kind, fields["Biomarker"], names) for part, kind in zip(parts, kinds, strict=True)]
    return found[0] if len(found) == 1 else " AND ".join(f"({each})" if " OR " in each else each for each in found)


def _part(part: str, kind: str, shown: str, names: Normalizer) -> str:
    if kind == "FUS":
        left, _, right = part.partition("__")
        partners = (None, left) if right == "." else (left, right)
        return names.biomarker(VariantName(left, "Fusion", ("fusion",), partners))
    gene, _, spec = part.partition(":")
    if kind == "CNA" and spec in _CNA:
        return names.biomarker(VariantName(gene, _CNA[spec]))
    if kind == "EXPR" and spec in _EXPRESSION:
        return names.biomarker(VariantName(gene, _EXPRESSION[spec]))
    if spec.startswith(":wildtype:"):
        return names.biomarker(VariantName(gene, "Wildtype"))
    if spec.startswith(":consequence:"):
        each = [piece.removeprefix(":consequence:").lstrip(":") for piece in spec.split(",")]
        return _any_of([_consequence(gene, piece, names) for piece in each])
    if kind == "BIA":
        return names.biomarker(VariantName(gene, "Biallelic inactivation"))
    if kind != "MUT":
        raise UnknownTerm("biomarker", shown, f"of a type that this loader does not read: {kind}")
    return _any_of([_mutation(gene, piece, names) for piece in spec.split(",")])


def _mutation(gene: str, piece: str, names: Normalizer) -> str:
    """`.` any oncogenic mutation, `C481.` any change of a residue, `.618.` the same without its letter, `V600E`."""
    if piece == ".":
        return names.biomarker(VariantName(gene, "Mutation"))
    ranged = re.fullmatch(r"(\d+)-(\d+)", piece)
    if ranged is not None:
        return _in_range(gene, "any coding", int(ranged[1]), int(ranged[2]), names)
    unnamed = re.fullmatch(r"\.(\d+)\.", piece)
    if unnamed is not None:
        return _in_range(gene, "missense_variant", int(unnamed[1]), int(unnamed[1]), names)
    return names.biomarker(VariantName(gene, piece.removesuffix(".")))


def _consequence(gene: str, piece: str, names: Normalizer) -> str:
    """`inframe_deletion:729-761`, `frameshift_variant:D771.`, `splice_donor_variant:.`."""
    kind, _, where = piece.partition(":")
    if kind not in _CLASSES:
        raise UnknownTerm("biomarker", f"{gene} {piece}", "a consequence that this loader does not read")
    ranged = re.fullmatch(r"(\d+)-(\d+)", where)
    if ranged is not None:
        return _in_range(gene, kind, int(ranged[1]), int(ranged[2]), names)
    residue = re.fullmatch(r"[A-Z.](\d+)\.", where)
    if residue is not None:
        return _in_range(gene, kind, int(residue[1]), int(residue[1]), names)
    if where == ".":
        return names.biomarker(VariantName(gene, {"SPLICE": "Splice Site"}.get(_CLASSES[kind][0], _CLASSES[kind][2])))
    raise UnknownTerm("biomarker", f"{gene} {piece}", "an inserted sequence without its place in HGVS")


def _in_range(gene: str, kind: str, first: int, last: int, names: Normalizer) -> str:
    """A class of consequence between two residues."""
    symbol = names.gene(gene)
    code, classes, noun = _CLASSES.get(kind, ("ANY", "any coding", "mutation"))
    where = f"{first}" if first == last else f"{first}_{last}"
    return names.add_biomarker(
        Row(
            id=f"{symbol}:{code}{where}",
            label=f"{symbol} {noun} in codon{'s' if first != last else ''} {where.replace('_', '-')}",
            kind="exon and class",
            genes=symbol,
            codon_first=str(first),
            codon_last=str(last),
            classes=classes,
            origin="somatic",
            state="present",
            sources="defined by the name of a variant in a loaded source",
            verified="yes",
        )
    )


def _any_of(found: list[str]) -> str:
    return " OR ".join(dict.fromkeys(found))


def _sources(cell: str, id: str) -> str:
    """Each source as label and address where it has one; a bare name of an agency or a meeting stays a label."""
    found = []
    for piece in re.split(r";|,\s*(?=PMID|NCT|http|ASCO|ESMO|AACR|ENA)", cell):
        label = re.sub(r"^PMID:?\s*(?=\d)", "PMID:", piece.strip())
        if re.fullmatch(r"PMID:\d+", label):
            found.append(f"{label} https://pubmed.ncbi.nlm.nih.gov/{label[5:]}/")
        elif re.fullmatch(r"NCT\d{8}", label):
            found.append(f"{label} https://clinicaltrials.gov/study/{label}")
        elif re.fullmatch(r"https?://\S+", label):
            found.append(f"{label} {label}")
        elif label:
            found.append(f"as stated: {label}" if label.startswith("PMID") else label)
    return " | ".join(dict.fromkeys([*found, f"CGI catalog {id[4:]}"]))


LOADER = Loader(
    name="cgi",
    title="Cancer Genome Interpreter biomarkers",
    reads="the catalog's table with one row for each variant",
    licence="CC0 1.0 as the site states",
    address="https://www.cancergenomeinterpreter.org/biomarkers",
    load=load,
    id_prefixes=("CGI:",),
)
