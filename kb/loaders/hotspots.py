"""Cancer hotspots: amino-acid changes that recur more often than chance, as known oncogenic variants of their genes.

https://www.cancerhotspots.org, version 2. A change counts as known here when the same change of the same residue was
seen in at least 10 samples, the count from which ClinGen/CGC/VICC take a hotspot as strong evidence (code OS3, Horak
2022, https://doi.org/10.1016/j.gim.2022.01.001). Rarer changes at the residue stay in doubt.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Loader, Report
from kb.loaders.files import AGAIN, read_text
from kb.normalizer import Normalizer, VariantName
from kb.statements import Row, Tables

LEAST_SAMPLES = 10
_COLUMNS = ("Hugo_Symbol", "Amino_Acid_Position", "Reference_Amino_Acid", "Variant_Amino_Acid", "judgement")


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """A link from each known change to its gene's oncogenic mutation; the changes themselves are defined as needed."""
    counts: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], int] = {}
    for line, row in _table(path):
        seen = _change(line, row, path, report)
        if seen is not None:
            counts[seen] += _number(row["Variant_Amino_Acid"], path, line)
            places.setdefault(seen, line)
    links = []
    for (gene, change), samples in sorted(counts.items()):
        record = f"{gene} {change}"
        if samples < LEAST_SAMPLES:
            report.leave(f"a change seen in fewer than {LEAST_SAMPLES} samples", record)
            continue
        try:
            specific = names.biomarker(VariantName(gene, change))
            general = names.biomarker(VariantName(gene, "Mutation"))
        except UnknownTerm as error:
            report.meet("change", False)
            report.refuse(record, f"{path.name}:{places[gene, change]}", error.name, str(error))
            continue
        report.meet("change", True)
        if names.biomarkers.get(general, Row())["kind"] != "oncogenic mutation":
            report.leave("a gene whose mutations are judged by loss of function", record)
            continue
        report.take("change")
        links.append(Row(biomarker=specific, broader=general))
    report.release = report.release or "v2"
    return Tables({"links": tuple(links)})


def _table(path: Path) -> list[tuple[int, Row]]:
    """The rows with their line numbers; the file's lines may end as on old Macintosh computers."""
    lines = read_text(path).splitlines()
    header = lines[0].split("\t")
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        problem = f"has no column {', '.join(missing)}"
        raise UnreadableSource(f"{path}:1", problem, "name the table of hotspots as tab-separated text")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != len(header):
            problem = f"has {len(cells)} cells where the header has {len(header)}: it is truncated or damaged"
            raise UnreadableSource(f"{path}:{number}", problem, AGAIN)
        rows.append((number, Row(zip(header, cells, strict=True))))
    return rows


def _change(line: int, row: Row, path: Path, report: Report) -> tuple[str, str] | None:
    """Gene and change of a row (`NRAS`, `Q61R`), or None with a word in the report."""
    position, new = row["Amino_Acid_Position"], row["Variant_Amino_Acid"].partition(":")[0]
    record = f"{row['Hugo_Symbol']} {position} {row['Variant_Amino_Acid']}"
    if row["judgement"] != "RETAIN":
        report.leave(f"a row judged {row['judgement'] or 'not at all'}", record)
        return None
    if new == "splice":
        report.leave("a splice site: judged by its consequence", record)
        return None
    if not position.isdigit() or len(new) != 1:
        report.refuse(record, f"{path.name}:{line}", position, "not one residue")
        return None
    return row["Hugo_Symbol"], f"{row['Reference_Amino_Acid'].partition(':')[0]}{position}{new}"


def _number(cell: str, path: Path, line: int) -> int:
    count = cell.partition(":")[2]
    if not count.isdigit():
        raise UnreadableSource(f"{path}:{line}", f"has no count of samples in {cell!r}", AGAIN)
    return int(count)


LOADER = Loader(
    name="hotspots",
    title="Cancer hotspots",
    reads="the table of version 2 as tab-separated text",
    licence="see the site; check before redistribution",
    address="https://www.cancerhotspots.org",
    load=load,
)
