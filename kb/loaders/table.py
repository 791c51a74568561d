"""A site's own evidence in a plain table, tab-separated or CSV (docs/own-evidence.md).

A site's table must be right: every bad row is listed with its line, column and the nearest known names, and nothing of
it is taken until all are mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Loader, Report, alternatives
from kb.loaders.files import read_table
from kb.normalizer import Normalizer, Placement, VariantName
from kb.profile import UnreadableProfile, parse
from kb.statements import Row, Tables

COLUMNS = (
    "id", "gene", "alteration", "profile", "therapy", "tumor_type", "direction", "significance", "level", "origin",
    "source", "nct", "rating", "note", "curator", "date",
)  # fmt: skip
_NEEDED = ("therapy", "tumor_type", "direction", "significance", "level", "source")
_CHOICES = {
    "direction": ("supports", "does not support"),
    "significance": ("sensitivity", "resistance", "reduced sensitivity", "adverse response"),
    "level": ("A", "B", "C", "D", "E"),
    "origin": ("", "somatic", "germline"),
    "rating": ("", "1", "2", "3", "4", "5"),
}


class _Bad(Exception):
    """One thing wrong with one cell."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(f"{column}: {problem}")


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """The table's rows as evidence; UnreadableSource that lists every bad row when there is one."""
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    table = read_table(path, _NEEDED, delimiter, quoted=delimiter == ",")
    unknown = sorted({column for _, row in table for column in row} - set(COLUMNS))
    if unknown:
        remedy = f"the columns are {', '.join(COLUMNS)}"
        raise UnreadableSource(f"{path}:1", f"has a column that is not known: {', '.join(unknown)}", remedy)
    rows: list[Row] = []
    problems: list[str] = []
    lines: dict[str, int] = {}
    for line, row in table:
        try:
            taken = _evidence(row, path, names)
        except _Bad as error:
            problems.append(f"line {line}, {error}")
            continue
        first = lines.setdefault(taken[0]["id"], line)
        if first != line:
            problems.append(f"line {line}, id: {taken[0]['id']} is that of line {first} too")
        rows += taken
    if problems:
        shown = "\n  ".join([f"{len(problems)} of {len(table)} rows cannot be taken:", *problems])
        raise UnreadableSource(str(path), shown, "mend these rows")
    report.take("evidence", len(table))
    for _ in table:
        report.meet("evidence", True)
    report.release = report.release or sha256(path.read_bytes()).hexdigest()[:12]
    return Tables({"evidence": tuple(rows)})


def _evidence(row: Row, path: Path, names: Normalizer) -> list[Row]:
    for column in _NEEDED:
        if not row[column]:
            raise _Bad(column, "is empty")
    for column, choices in _CHOICES.items():
        if row[column] not in choices:
            known = ", ".join(choice for choice in choices if choice)
            raise _Bad(column, f"{row[column]!r} is not one of {known}")
    tumor = _tumor(row["tumor_type"], names)
    profile = _profile(row, names)
    regimens = [_regimen(each, names) for each in re.split(r"\s+or\s+", row["therapy"])]
    if tumor.profile:
        profile = f"({profile}) AND {tumor.profile}" if " OR " in profile else f"{profile} AND {tumor.profile}"
    content = "\n".join(row[column] for column in COLUMNS if column not in {"id", "note"})
    id = row["id"] or f"SITE:{sha256(content.encode()).hexdigest()[:12]}"
    if not re.fullmatch(r"[A-Za-z0-9:._-]+", id) or id.startswith(("EID", "AID", "MOA", "CUR")):
        raise _Bad("id", f"{id!r} is taken by another source or has other signs than letters, digits and :._-")
    common = Row(
        profile=profile,
        tumor_types=" | ".join(tumor.codes),
        tumor_as_stated=row["tumor_type"],
        tumor_placement="" if tumor.exact else "broader",
        direction=row["direction"],
        significance=row["significance"],
        level=row["level"],
        level_source=f"the site's table {path.name}",
        origin=row["origin"],
        rating=row["rating"],
        sources=" | ".join(_source(each.strip()) for each in row["source"].split(";") if each.strip()),
        trials=" | ".join(_trials(row["nct"])),
        verified="yes",
        note=row["note"],
        curator=row["curator"],
        curated_on=row["date"],
    )
    return alternatives(common, id, regimens)


def _tumor(text: str, names: Normalizer) -> Placement:
    try:
        doid = text if re.fullmatch(r"DOID:\d+", text) else ""
        return names.tumor(name="" if doid else text, doid=doid, oncotree=text)
    except UnknownTerm as error:
        raise _Bad("tumor_type", f"{error}{_near(text, names.tumor_names())}") from error


def _regimen(text: str, names: Normalizer) -> str:
    found = []
    for name in text.split("+"):
        clean = name.strip()
        if not names.knows_therapy(clean):
            raise _Bad("therapy", f"no therapy is called {clean!r}{_near(clean, names.therapy_names())}")
        try:
            found.append(names.therapy(clean))
        except UnknownTerm as error:
            raise _Bad("therapy", str(error)) from error
    return names.regimen(found)


def _profile(row: Row, names: Normalizer) -> str:
    if row["profile"] and (row["gene"] or row["alteration"]):
        raise _Bad("profile", "stands beside gene and alteration; give one or the other")
    if not row["profile"]:
        if not row["gene"]:
            raise _Bad("gene", "is empty, and so is profile")
        return _biomarker(row["gene"], row["alteration"], row["origin"], "alteration", names)
    text = re.sub(r"([()])", r" \1 ", row["profile"])
    words: list[str] = []
    found: list[str] = []
    for word in [*text.split(), "AND"]:
        if word not in {"AND", "OR", "NOT", "(", ")"}:
            words.append(word)
            continue
        if words:
            found.append(_biomarker(words[0], " ".join(words[1:]), row["origin"], "profile", names))
            words = []
        found.append(word)
    expression = " ".join(found[:-1])
    try:
        parse(expression)
    except UnreadableProfile as error:
        raise _Bad("profile", str(error)) from error
    return expression


def _biomarker(gene: str, alteration: str, origin: str, column: str, names: Normalizer) -> str:
    if "::" not in gene and not names.is_gene(gene) and gene.upper() not in {"TMB", "MSI", "MMR", "HRD"}:
        raise _Bad("gene" if column == "alteration" else column, f"no gene {gene!r}{_near(gene, names.gene_names())}")
    try:
        profile = names.biomarker(VariantName(gene, alteration, origin=origin or None))
    except UnknownTerm as error:
        raise _Bad(column, str(error)) from error
    return profile


def _source(text: str) -> str:
    """A source in a form that can be checked, with its address."""
    forms: tuple[tuple[str, Callable[[str], str]], ...] = (
        (r"PMID:\d+", lambda found: f"{found} https://pubmed.ncbi.nlm.nih.gov/{found[5:]}/"),
        (r"NCT\d{8}", lambda found: f"{found} https://clinicaltrials.gov/study/{found}"),
        (r"10\.\d{4,9}/\S+", lambda found: f"doi:{found} https://doi.org/{found}"),
        (r"https://\S+", lambda found: f"{found} {found}"),
    )
    for form, written in forms:
        if re.fullmatch(form, text):
            return written(text)
    raise _Bad("source", f"{text!r} is not PMID:123, a DOI (10.1000/xyz), an NCT number or an https address")


def _trials(cell: str) -> list[str]:
    found = [each.strip() for each in re.split(r"[;,]", cell) if each.strip()]
    for each in found:
        if not re.fullmatch(r"NCT\d{8}", each):
            raise _Bad("nct", f"{each!r} is not NCT and eight digits")
    return found


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; the nearest are {', '.join(near)}" if near else ""


LOADER = Loader(
    name="table",
    title="the site's own evidence",
    reads="a tab-separated or CSV file of evidence (docs/own-evidence.md)",
    licence="the site's own",
    address="the site's own file",
    load=load,
    id_prefixes=("SITE:",),
)
