"""How much of a study `kb.loaders.study_text` reads from CIViC's descriptions, against what a person read.

Method: every item of `kb/data/source/designs.tsv` that a person read is read again by the program from the release's
description. For each fact: right is the same value, wrong another value than the person's (none included), missed a
value that the person has and the program has not. Precision is right / (right + wrong), recall right / (right +
missed). Items of level A, and of the other levels, are counted apart. The words were made with these descriptions at
hand, so the figures are those of a fit; docs/kb-model.md has those of samples that had not been seen.

    python -m benchmarks.study_text CIVIC_FOLDER
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from kb.loaders.files import one_file, read_table
from kb.loaders.study_text import READ_BY_PROGRAM, read_study
from kb.starter import DATA, read_tables
from kb.statements import Row, cells

FACTS = ("kind", "phase", "stratified", "comparator", "endpoints", "reported", "size")


def by_hand() -> dict[str, Row]:
    """One design that a person read for each CIViC record."""
    rows = read_tables(DATA / "source")["designs"]
    read = [row for row in rows if row["item"].startswith("EID") and row["note"] != READ_BY_PROGRAM]
    return {row["item"].partition(".")[0]: row for row in read}


def by_program(record: Row) -> Row:
    """The same of a record of CIViC's evidence."""
    is_for = (record["evidence_direction"], record["significance"]) == ("Supports", "Sensitivity/Response")
    id = f"EID{record['evidence_id']}"
    return read_study(record["evidence_statement"], record["evidence_level"], is_for).row(id, "")


def compared(known: Row, read: Row) -> Counter[tuple[str, str]]:
    """How many values of each fact are right, wrong and missed."""
    found: Counter[tuple[str, str]] = Counter()
    for fact in FACTS:
        expected, got = set(cells(known, fact)), set(cells(read, fact))
        found[fact, "right"] += len(expected & got)
        found[fact, "wrong"] += len(got - expected)
        found[fact, "missed"] += len(expected - got)
    return found


def main(folder: Path) -> None:
    """Print the figures of a release."""
    known = by_hand()
    file = one_file(folder, "*ClinicalEvidenceSummaries.tsv")
    records = {f"EID{row['evidence_id']}": row for _, row in read_table(file, ("evidence_statement",))}
    for name, levels in (("level A", "A"), ("levels B to D", "BCDE")):
        items = [id for id in known if id in records and records[id]["evidence_level"] in levels]
        total: Counter[tuple[str, str]] = Counter()
        for id in items:
            total += compared(known[id], by_program(records[id]))
        print(f"{name}: {len(items)} items")
        for fact in FACTS:
            right, wrong, missed = (total[fact, each] for each in ("right", "wrong", "missed"))
            shares = f"precision {right / max(right + wrong, 1):.2f}, recall {right / max(right + missed, 1):.2f}"
            print(f"  {fact:10} right {right:3} wrong {wrong:3} missed {missed:3}   {shares}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
