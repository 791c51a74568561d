"""Every protein change of the TCGA set through the parser: what it reads, whether it prints back, what class it gives.

Reads `*.maf.tsv.gz` of a folder (the TCGA mutation files of PoisonAlien/TCGAmutations as tab-separated text: `mc3`
files carry VEP's HGVS, `firehose` files Oncotator's older forms) and prints the tables of docs/tcga.md.

    python -m benchmarks.tcga_nomenclature FOLDER
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kb.nomenclature.errors import UnreadableProteinChange
from kb.nomenclature.protein import ProteinChange, parse

EXPECTED = {
    "Missense_Mutation": "missense",
    "Nonsense_Mutation": "nonsense",
    "Nonstop_Mutation": "stop_lost",
    "Translation_Start_Site": "start_lost",
    "Frame_Shift_Del": "frameshift",
    "Frame_Shift_Ins": "frameshift",
    "In_Frame_Del": "inframe_deletion",
    "In_Frame_Ins": "inframe_insertion",
    "Splice_Site": "splice",
}
"""The class that says the same as the file's Variant_Classification."""

_BESIDE_A_SPLICE_SITE = "exonic change beside a splice site: the file's class is of the site, its text of the protein"
_STOP = "the new reading frame, or what is inserted, begins with a stop or reaches one: HGVS calls it nonsense"
_BOTH = "residues are lost or gained and a neighbour is replaced too: HGVS calls it a deletion-insertion"
_START = "the change takes away the start codon"
_STOP_CODON = "the change begins at, or spans, the stop codon"
_NO_METHIONINE = "codon 1 is no methionine: the transcript is incomplete at its 5' end, so no start is known to be lost"

REASONS = {
    **{("Splice_Site", found): _BESIDE_A_SPLICE_SITE
       for found in ("missense", "nonsense", "synonymous", "frameshift", "inframe_deletion", "inframe_insertion",
                     "inframe_delins", "start_lost", "stop_lost")},
    **{(stated, "nonsense"): _STOP
       for stated in ("Frame_Shift_Del", "Frame_Shift_Ins", "In_Frame_Del", "In_Frame_Ins")},
    **{(stated, "inframe_delins"): _BOTH for stated in ("In_Frame_Del", "In_Frame_Ins")},
    **{(stated, "start_lost"): _START for stated in ("Frame_Shift_Del", "Frame_Shift_Ins", "Missense_Mutation")},
    **{(stated, "stop_lost"): _STOP_CODON for stated in ("Frame_Shift_Del", "Frame_Shift_Ins")},
    ("Missense_Mutation", "inframe_delins"): "neighbouring bases are replaced and two or more residues with them",
    ("Nonsense_Mutation", "frameshift"): "the file's class is VEP's gravest term, its text a frame shift with its stop",
    ("Frame_Shift_Del", "missense"): "the file's text names one replaced residue and no frame shift: read as written",
    ("Frame_Shift_Del", "synonymous"): "the file's text is p.=, an unchanged protein: read as written",
    ("Frame_Shift_Ins", "synonymous"): "the file's text is p.=, an unchanged protein: read as written",
    ("Translation_Start_Site", "unknown"): _NO_METHIONINE,
    ("Nonsense_Mutation", "unknown"): _NO_METHIONINE,
}  # fmt: skip
"""Why the class of a text differs from the file's Variant_Classification; what is not here is unexplained."""

HOTSPOTS = (
    ("BRAF", "V600E"), ("KRAS", "G12C"), ("KRAS", "G12D"), ("PIK3CA", "E542K"), ("PIK3CA", "E545K"),
    ("PIK3CA", "H1047R"), ("PIK3CA", "H1047L"), ("EGFR", "L858R"), ("IDH1", "R132H"), ("NRAS", "Q61R"),
)  # fmt: skip
"""Changes that are counted in each cohort."""

ABSENT = frozenset({"", ".", "NA"})


@dataclass
class Cohort:
    """What one file gave. The counts are of rows, those of `hotspots` of samples."""

    name: str
    rows: int = 0
    without: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    not_printed_back: Counter[str] = field(default_factory=Counter)
    classes: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: set[str] = field(default_factory=set)
    hotspots: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    @property
    def stated(self) -> int:
        """The rows that give a protein change."""
        return self.rows - self.without

    @property
    def parsed(self) -> int:
        """The rows whose protein change was read."""
        return self.stated - self.unreadable.total()


def counted(path: Path) -> Cohort:
    """One mutation file, counted row by row."""
    cohort = Cohort(path.name.split(".maf")[0])
    for row in _rows(path):
        cohort.rows += 1
        cohort.samples.add(row["Tumor_Sample_Barcode"])
        text = row["HGVSp_Short"]
        if text in ABSENT:
            cohort.without += 1
            continue
        change = _parsed(text, cohort)
        if change is not None:
            cohort.classes[row["Variant_Classification"], change.consequence_class] += 1
            key = row["Hugo_Symbol"], change.short
            if key in HOTSPOTS:
                cohort.hotspots.setdefault(key, set()).add(row["Tumor_Sample_Barcode"])
    return cohort


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        yield from csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)


def _parsed(text: str, cohort: Cohort) -> ProteinChange | None:
    """The change, with its round trips tried: through its short, its long and its printed form."""
    try:
        change = parse(text)
        back = parse(change.short) == change == parse(change.long) and str(change) == text
    except UnreadableProteinChange as unreadable:
        cohort.unreadable[unreadable.text] += 1
        return None
    if not back:
        cohort.not_printed_back[text] += 1
    return change


def all_classes(cohorts: Iterable[Cohort]) -> Counter[tuple[str, str]]:
    """All cohorts' counts by (stated class, class of the text)."""
    classes: Counter[tuple[str, str]] = Counter()
    for cohort in cohorts:
        classes.update(cohort.classes)
    return classes


def agreement(cohorts: Iterable[Cohort]) -> tuple[int, int, Counter[tuple[str, str]]]:
    """Rows read, rows whose class is the expected one, and the differences by (stated class, class of the text)."""
    classes = all_classes(cohorts)
    same = sum(count for (stated, found), count in classes.items() if EXPECTED.get(stated) == found)
    different = Counter({key: count for key, count in classes.items() if EXPECTED.get(key[0]) != key[1]})
    return classes.total(), same, different


def unexplained(cohorts: Iterable[Cohort]) -> dict[tuple[str, str], int]:
    """The differences that REASONS does not explain."""
    return {key: count for key, count in agreement(cohorts)[2].items() if key not in REASONS}


def hotspot_row(cohort: Cohort) -> str:
    """A cohort's line in the table of hotspots: samples with each change, of all samples with a mutation."""
    numbers = (len(cohort.hotspots.get(key, ())) for key in HOTSPOTS)
    return f"| {cohort.name} | {len(cohort.samples)} | {' | '.join(map(str, numbers))} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3f} %" if whole else "-"


def _overview(cohorts: list[Cohort]) -> Iterator[str]:
    yield "| files | rows | with a protein change | parsed | share | unparsable | round-trip failures |"
    yield "|---|---|---|---|---|---|---|"
    for kind in ("mc3", "firehose", ""):
        some = [cohort for cohort in cohorts if cohort.name.endswith(kind)]
        stated, parsed = sum(each.stated for each in some), sum(each.parsed for each in some)
        unread = sum(each.unreadable.total() for each in some)
        failed = sum(each.not_printed_back.total() for each in some)
        rows = sum(each.rows for each in some)
        name = f"{len(some)} {kind}".strip() if kind else f"all {len(some)}"
        yield f"| {name} | {rows} | {stated} | {parsed} | {_share(parsed, stated)} | {unread} | {failed} |"


def _listed(title: str, texts: Counter[str]) -> Iterator[str]:
    """Every text with its count, or the word none."""
    yield f"{title}: {', '.join(f'`{text}` ({count})' for text, count in sorted(texts.items())) or 'none'}."


def _confusion(cohorts: list[Cohort]) -> Iterator[str]:
    """The table of stated class by class of the text."""
    classes = all_classes(cohorts)
    found = sorted({key[1] for key in classes})
    yield f"| Variant_Classification | {' | '.join(found)} |"
    yield "|---" * (len(found) + 1) + "|"
    for stated in sorted({key[0] for key in classes}):
        yield f"| {stated} | {' | '.join(str(classes[stated, each] or '') for each in found)} |"


def _differences(cohorts: list[Cohort]) -> Iterator[str]:
    total, same, different = agreement(cohorts)
    classes = all_classes(cohorts)
    sites = sum(count for (stated, _), count in classes.items() if stated == "Splice_Site")
    same_elsewhere, elsewhere = same - classes["Splice_Site", "splice"], total - sites
    yield f"The two agree in {same} of {total} rows ({_share(same, total)}); outside `Splice_Site` in {same_elsewhere}"
    yield f"of {elsewhere} ({_share(same_elsewhere, elsewhere)}). Each difference, with its reason:"
    yield ""
    yield "| Variant_Classification | class of the text | rows | why |"
    yield "|---|---|---|---|"
    for (stated, found), count in sorted(different.items(), key=lambda item: (-item[1], item[0])):
        yield f"| {stated} | {found} | {count} | {REASONS.get((stated, found), 'UNEXPLAINED')} |"


def report(cohorts: list[Cohort]) -> Iterator[str]:
    """The lines of docs/tcga.md below its first section."""
    unreadable: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for cohort in cohorts:
        unreadable.update(cohort.unreadable)
        failed.update(cohort.not_printed_back)
    yield "## Parsed and printed back\n"
    yield from _overview(cohorts)
    yield ""
    yield from _listed("Unparsable texts", unreadable)
    yield from _listed("Texts that do not come back", failed)
    yield "\n## Class of the text against the file's class\n"
    yield from _confusion(cohorts)
    yield ""
    yield from _differences(cohorts)
    yield "\n## Hotspots\n"
    yield "Samples with the change, by cohort; `samples` are those with any row.\n"
    yield f"| cohort | samples | {' | '.join(' '.join(key) for key in HOTSPOTS)} |"
    yield "|---" * (len(HOTSPOTS) + 2) + "|"
    yield from map(hotspot_row, cohorts)


def main(folder: Path) -> None:
    paths = sorted(folder.glob("*.maf.tsv.gz"))
    if not paths:
        raise SystemExit(f"no *.maf.tsv.gz in {folder}")
    print("\n".join(report([counted(path) for path in paths])))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
