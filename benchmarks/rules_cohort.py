"""The rules over a cohort: 10,000 patients on DuckDB, and the same facts one patient at a time on SQLite.

1. Real patients: up to 40 cases of each of the TCGA studies in FOLDER (shared/data/cohorts/tcga), their mutations read
   as a MAF of a whole exome, matched to the graph in STORE (`starter`, or a built one) as patients of the US, CN and EU
   in turn. What is kept is the facts that the matcher states for the rules. Cases that it refuses are left out.
2. The cohort: 10,000 patients (or as many as asked for), each with the facts of a real one in turn. In every second
   round a patient's texts about findings in their files (`because`) are marked with the patient's number, so that most
   facts are shared by few, as in life.
3. Timed apart, in one process: adding the facts (`Cohort.add`), evaluating, reading all recommendations,
   deriving 20 patients with all premises; and the one-patient evaluator on 200 of the patients, in a loop.
4. The peer: DuckDB counts the rows of every table of facts that it has been given, grouped by patient.
5. The derivations of the 20 patients must equal those of the one-patient evaluator; the run fails where they do not.

    python -m benchmarks.rules_cohort FOLDER [STORE [PATIENTS]]
"""

from __future__ import annotations

import csv
import gzip
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from kb.graph import KnowledgeBase, open_knowledge_base
from matcher.case import Request, match
from matcher.notes import UnusableInput
from rules.cohort_engine import Cohort
from rules.engine import engine
from rules.facts import Fact
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load

T = TypeVar("T")
TODAY = "2026-11-20"
CASES_OF_A_STUDY, SAMPLE, PROVED, THREADS = 40, 200, 20, 2
JURISDICTIONS = ("US", "CN", "EU")
TUMORS = {
    "ACC": "ACC", "BLCA": "BLCA", "BRCA": "BRCA", "CHOL": "CHOL", "COAD": "COAD", "GBM": "GBM", "HNSC": "HNSC",
    "KIRC": "CCRCC", "LIHC": "HCC", "LUAD": "LUAD", "LUSC": "LUSC", "OV": "HGSOC", "PAAD": "PAAD", "PRAD": "PRAD",
    "READ": "READ", "STAD": "STAD", "THCA": "THPA", "UCEC": "UCEC", "UVM": "UM",
}  # fmt: skip
"""OncoTree types of the TCGA studies that are one."""


def real_patients(folder: Path, knowledge: KnowledgeBase, rules: RuleSet) -> list[list[Fact]]:
    """The facts of real cases, study after study."""
    found: list[list[Fact]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for study, tumor in TUMORS.items():
            for name, text in islice(cases(next(folder.glob(f"{study}.*.maf.tsv.gz"))), CASES_OF_A_STUDY):
                path = Path(scratch) / f"{name}.maf"
                path.write_text(text, encoding="utf-8")
                where = JURISDICTIONS[len(found) % len(JURISDICTIONS)]
                try:
                    matched = match(Request(path, TODAY, tumor, where, assay="WES"), knowledge, rules, "sql")
                except UnusableInput:
                    continue  # a case without one gene that the graph knows
                found.append(matched.case.facts)
    return found


def cases(path: Path) -> Iterator[tuple[str, str]]:
    """The cases of a study by name, each as the text of a MAF."""
    rows: dict[str, list[str]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        head = next(lines)
        column = next(csv.reader([head], delimiter="\t")).index("Tumor_Sample_Barcode")
        for line in lines:
            rows[line.split("\t", column + 1)[column]].append(line)
    for name in sorted(rows):
        yield name, head + "".join(rows[name])


def cohort_of(patients: list[list[Fact]], size: int) -> Iterator[tuple[str, list[Fact]]]:
    for number in range(size):
        facts = patients[number % len(patients)]
        if number // len(patients) % 2:
            facts = [marked(each, number) for each in facts]
        yield f"P{number:05}", facts


def marked(stated: Fact, number: int) -> Fact:
    if stated.predicate != "biomarker_of":
        return stated
    fields = tuple((name, f"{value} (P{number})" if name == "because" else value) for name, value in stated.fields)
    return Fact(stated.predicate, fields)


def timed(what: str, work: Callable[[], T]) -> T:
    begun = perf_counter()
    done = work()
    print(f"{what}: {perf_counter() - begun:.2f} s")
    return done


def main(arguments: list[str]) -> None:
    store = arguments[1] if len(arguments) > 1 and arguments[1] != "starter" else None
    size = int(arguments[2]) if len(arguments) > 2 else 10_000
    knowledge, rules = open_knowledge_base(store), load([LIBRARY])
    patients = timed("matching the real patients", lambda: real_patients(Path(arguments[0]), knowledge, rules))
    made = list(cohort_of(patients, size))
    counts = sorted(len(facts) for _, facts in made)
    print(f"{len(patients)} real patients, {size} in the cohort, {sum(counts)} facts, median {counts[size // 2]}")
    with Cohort(rules, threads=THREADS) as cohort:
        timed("adding", lambda: [cohort.add(name, facts) for name, facts in made])
        timed("evaluating", cohort.evaluate)
        given = [name for name, predicate in rules.predicates.items() if predicate.given]
        timed("peer: counting the given rows by patient", lambda: [cohort.counts(name) for name in given])
        concluded = sum(sum(cohort.counts(name).values()) for name in rules.predicates if name not in given)
        found = timed("reading the recommendations", lambda: cohort.rows("recommendation"))
        print(f"{concluded} conclusions, {len(found)} recommendations")
        asked = [name for name, _ in made[:: max(1, size // PROVED)]][:PROVED]
        proved = timed(f"deriving {len(asked)} patients with premises", lambda: cohort.derivations(asked))
    evaluator, sample = engine("sql"), made[:: max(1, size // SAMPLE)][:SAMPLE]
    evaluator.run(rules, sample[0][1])
    timed(f"one by one, {len(sample)} patients", lambda: [evaluator.run(rules, facts) for _, facts in sample])
    facts_of = dict(made)
    assert all(proved[name] == evaluator.run(rules, facts_of[name]) for name in asked), "the evaluators disagree"


if __name__ == "__main__":
    main(sys.argv[1:])
