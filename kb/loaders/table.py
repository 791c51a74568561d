"""A site's own evidence in a plain table, tab-separated or CSV (docs/own-evidence.md).

A site's table must be right: every bad row is listed with its line, column and the nearest known names, and nothing of
it is taken until all are mended.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from kb.curation.fields import FIELDS, BadField, chosen, evidence_row, regimens
from kb.errors import UnreadableSource
from kb.loaders.base import Loader, Report, alternatives
from kb.loaders.files import read_table
from kb.normalizer import Normalizer
from kb.statements import Row, Tables

COLUMNS = (
    "id", "gene", "alteration", "profile", "therapy", "tumor_type", "direction", "significance", "level", "origin",
    "source", "nct", "rating", "note", "curator", "date",
)  # fmt: skip
_NEEDED = ("therapy", "tumor_type", "direction", "significance", "level", "source")
_CHOSEN = ("direction", "significance", "level", "origin", "rating")


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
        except BadField as error:
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
            raise BadField(column, "is empty")
    for column in _CHOSEN:
        if row[column] or column in _NEEDED:
            chosen(column, row[column], FIELDS[column].choices)
    content = "\n".join(row[column] for column in COLUMNS if column not in {"id", "note"})
    id = row["id"] or f"SITE:{sha256(content.encode()).hexdigest()[:12]}"
    if not re.fullmatch(r"[A-Za-z0-9:._-]+", id) or id.startswith(("EID", "AID", "MOA", "CUR")):
        raise BadField("id", f"{id!r} is taken by another source or has other signs than letters, digits and :._-")
    said = evidence_row(row, names)
    said |= {"level_source": f"the site's table {path.name}", "verified": "yes"}
    said |= {"curator": row["curator"], "curated_on": row["date"]}
    return alternatives(said, id, regimens(row["therapy"], names))


LOADER = Loader(
    name="table",
    title="the site's own evidence",
    reads="a tab-separated or CSV file of evidence (docs/own-evidence.md)",
    licence="the site's own",
    address="the site's own file",
    load=load,
    id_prefixes=("SITE:",),
)
