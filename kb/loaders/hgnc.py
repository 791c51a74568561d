"""HGNC: the complete set of approved genes, with aliases and previous symbols.

Two layouts are read: HGNC's own `hgnc_complete_set.txt` (https://www.genenames.org/download/) and the table that
cBioPortal derives from it. An alias that is another gene's approved symbol is no alias.
"""

from __future__ import annotations

import re
from pathlib import Path

from kb.errors import UnreadableSource
from kb.loaders.base import Loader, Report
from kb.loaders.files import AGAIN, no_duplicates, read_table
from kb.normalizer import Normalizer
from kb.statements import Row, Tables

_OWN = ("hgnc_id", "symbol", "status", "location", "alias_symbol", "prev_symbol", "entrez_id", "ensembl_gene_id")
_DERIVED = ("entrez_id", "symbol", "cytoband", "synonyms", "hgnc_id", "ensembl_id")


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """A row for each approved gene. A gene that the graph has under an earlier symbol keeps that one as its name."""
    first = path.read_bytes()[:4] if path.is_file() else b""
    if not first:
        raise UnreadableSource(str(path), "is not there or is empty", "name the file hgnc_complete_set.txt")
    own = _has_columns(path, _OWN)
    table = read_table(path, _OWN if own else _DERIVED)
    kept = [(line, row) for line, row in table if not own or _is_approved(row, report)]
    no_duplicates(path, ((line, row["symbol"]) for line, row in kept))
    no_duplicates(path, ((line, row["hgnc_id"]) for line, row in kept if row["hgnc_id"]))
    dated = re.search(r"(\d{4})-(\d{2})-(\d{2})", path.name)
    report.release = report.release or (dated[0] if dated else "")
    report.released_on = dated[0] if dated else None
    approved = {row["symbol"] for _, row in kept}
    rows = [_gene(row, own, approved, names, report) for _, row in kept]
    report.take("gene", len(rows))
    return Tables({"genes": tuple(row for row in rows if row is not None)})


def _has_columns(path: Path, columns: tuple[str, ...]) -> bool:
    try:
        read_table(path, columns)
    except UnreadableSource as error:
        if "has no column" not in error.problem:
            raise
        return False
    return True


def _is_approved(row: Row, report: Report) -> bool:
    if row["status"] in {"", "Approved"}:
        return True
    report.leave(f"an entry whose status is {row['status']}", row["hgnc_id"] or row["symbol"])
    return False


def _gene(row: Row, own: bool, approved: set[str], names: Normalizer, report: Report) -> Row:
    symbol = row["symbol"]
    if not symbol:
        raise UnreadableSource("hgnc", f"has a gene without a symbol ({row['hgnc_id']})", AGAIN)
    aliases = [
        alias
        for cell in ((row["prev_symbol"], row["alias_symbol"]) if own else (row["synonyms"],))
        for alias in cell.strip('"').split("|")
        if alias and alias not in approved and alias != symbol
    ]
    known = names.gene_of_hgnc(row["hgnc_id"])
    if known is not None and known != symbol and known not in approved:
        report.notes.append(f"{known} is now called {symbol}; it keeps its name here, and answers to both")
        aliases, symbol = [symbol, *(alias for alias in aliases if alias != known)], known
    return Row(
        symbol=symbol,
        hgnc_id=row["hgnc_id"],
        entrez_id=row["entrez_id"],
        ensembl_id=row["ensembl_gene_id"] if own else row["ensembl_id"],
        cytoband=row["location"] if own else row["cytoband"],
        synonyms=" | ".join(dict.fromkeys(aliases)),
    )


LOADER = Loader(
    name="hgnc",
    title="HGNC",
    reads="hgnc_complete_set.txt, or cBioPortal's gene table",
    licence="free to use",
    address="https://www.genenames.org",
    load=load,
)
