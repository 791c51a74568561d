"""The rules of one patient with 50 alterations against the full graph, in both evaluators, and events in a memory.

Method: with FOLDER (TCGA's MAFs), up to five cases of each of 19 studies with 48 to 52 mutations are matched, one by
one: the median, the ninetieth percentile and the slowest; each case's time is the median of three warm runs. Two made
patients are written to a temporary folder and matched as a patient file is. `drivers` has ten drivers, most of which
exclude each other in a real tumor, and forty passengers; `extreme` has 50 alterations that all are biomarkers of the
graph: no patient reaches more. For each evaluator: the first run of the process, which compiles the rules, then the
median of RUNS more; of the rules alone (matches and conclusions: a derivation is made when asked for), and of facts,
rules and answer. The time is the CPU time of this process, so that other work on the machine counts less; garbage is
collected as in the command. The yardstick, in the same run, is to write the same derivations as JSON and read them
back. A working memory is opened, and a second line of therapy with progression comes and goes as events; `event` is
the median of these.

    python -m benchmarks.rules STORE [RUNS [FOLDER]]
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.rules_cohort import TUMORS, cases
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.store import cache_folder
from matcher.case import Matched, Request, match
from matcher.recommend import answer
from rules.engine import ENGINES, engine
from rules.errors import EngineUnavailable
from rules.facts import Derivations, fact
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load
from rules.memory import memory

GOAL = 50.0
"""Milliseconds for the rules of one patient, after start."""

CASES = 5
"""At most so many cases of a study."""

DRIVERS = (
    *("EGFR p.L858R", "EGFR p.T790M", "TP53 p.R273H", "KRAS p.G12C", "BRCA2 p.S1982Rfs*22", "PIK3CA p.E545K"),
    *("STK11 p.Q37*", "KEAP1 p.R470C", "MET p.D1010N"),
)
MORE_DRIVERS = (
    *("EGFR p.C797S", "BRAF p.V600E", "NF1 p.R1947*", "ATM p.R3008C", "CDKN2A p.R80*", "RB1 p.R579*", "PTEN p.R130Q"),
    *("ERBB2 p.S310F", "SMARCA4 p.T910M", "IDH1 p.R132C", "FGFR3 p.S249C", "NRAS p.Q61K", "MAP2K1 p.K57N"),
    *("CTNNB1 p.S37F", "ARID1A p.Q1334*", "NFE2L2 p.E79K", "KIT p.D816V", "ALK p.F1174L", "ROS1 p.G2032R"),
    *("RET p.M918T", "APC p.R1450*", "SMAD4 p.R361H", "FBXW7 p.R465C", "BRCA1 p.C61G", "PALB2 p.W1038*"),
    *("CHEK2 p.I157T", "POLE p.P286R", "MTOR p.S2215Y", "AKT1 p.E17K", "ESR1 p.D538G", "GNAS p.R201H"),
    *("JAK2 p.V617F", "KRAS p.Q61H", "TP53 p.R248Q", "HRAS p.Q61R"),
)
PASSENGERS = (
    *("TTN", "MUC16", "OBSCN", "RYR2", "CSMD3", "LRP1B", "USH2A", "ZFHX4", "XIRP2", "FLG", "SPTA1", "MUC17", "PCLO"),
    *("SYNE1", "FAT3", "DNAH5", "AHNAK2", "MUC5B", "HMCN1", "PCDH15", "NAV3", "RYR1", "COL11A1", "CUBN", "DNAH11"),
    *("RELN", "FAT4", "DNAH8", "ANK2", "CSMD1", "RP1L1", "PAPPA2", "COL22A1", "NEB", "DMD", "ABCA13", "FRAS1"),
    *("UNC13C", "HYDIN", "ZNF536"),
)
MANY = (*DRIVERS, *(f"{gene} p.R{100 + number}W" for number, gene in enumerate(PASSENGERS)))
AMPLIFIED = ("ERBB2", "MET", "CCND1", "MYC")
FUSIONS = ("EML4::ALK", "KIF5B::RET")


class Times(NamedTuple):
    """Milliseconds of CPU time: the first run, and the median of those after it."""

    first: float
    median: float


def patient(folder: Path, changes: tuple[str, ...], amplified: tuple[str, ...], fusions: tuple[str, ...]) -> Path:
    """A patient file with these alterations, whose tables lie beside it."""
    folder.mkdir()
    rows = ["gene\talteration", *(change.replace(" ", "\t") for change in changes)]
    (folder / "variants.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    copies = "".join(f"{gene}\tamplification\n" for gene in amplified)
    (folder / "copies.tsv").write_text("gene\tstate\n" + copies, encoding="utf-8")
    sample = {"id": "t", "variants": "variants.tsv", "copy_number": "copies.tsv", "assay": "WGS"}
    if fusions:
        (folder / "fusions.tsv").write_text("\n".join(["fusion", *fusions]) + "\n", encoding="utf-8")
        sample["fusions"] = "fusions.tsv"
    therapy = {"regimen": ["osimertinib"], "line": 1, "start": "2023-01", "stop": "2024-02", "best_response": "PR"}
    about = {
        "id": folder.name, "tumor_type": "LUAD", "jurisdiction": "US", "age": 60, "stage": "metastatic",
        "biomarkers": {"MSI": "MSS", "TMB": 12, "PD-L1 TPS": 60},
        "prior_therapies": [therapy | {"stopped_for": "progression"}], "samples": [sample],
    }  # fmt: skip
    path = folder / "patient.json"
    path.write_text(json.dumps(about), encoding="utf-8")
    return path


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of CPU time."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def times(work: Callable[[], object], runs: int) -> Times:
    """Of the first run, and of `runs` more."""
    first = timed(work)
    return Times(first, statistics.median(timed(work) for _ in range(runs)))


def yardstick(found: Derivations) -> None:
    """Write the derivations as JSON, and read them back."""
    json.loads(json.dumps([(conclusion, ways) for conclusion, ways in found.derived.items()]))


def event_time(name: str, matched: Matched, runs: int) -> tuple[float, float]:
    """Milliseconds to open a memory, and for one event: a second line with progression, or its taking back."""
    drug = "sotorasib"
    added = [fact("received", therapy=drug, times=1), fact("progressed_on", therapy=drug)]
    lines = [each for each in matched.case.facts if each.predicate == "prior_lines"]
    start = time.process_time()
    with memory(name, matched.rules, matched.case.facts) as kept:
        opened = (time.process_time() - start) * 1000
        found = []
        for _ in range(runs):
            coming, going = [*added, fact("prior_lines", count=2, next=3)], lines
            found.append(timed(lambda coming=coming, going=going: kept.arrive(coming, going)))
            found.append(timed(lambda coming=coming, going=going: kept.arrive(going, coming)))
    return opened, statistics.median(found)


def real(folder: Path, knowledge: KnowledgeBase, rules: RuleSet) -> None:
    """Print the times of real patients with about fifty mutations, for each evaluator."""
    found: dict[str, list[float]] = {}
    sizes: list[tuple[int, int]] = []
    for study, tumor in TUMORS.items():
        near = (text for _, text in cases(next(folder.glob(f"{study}.*.maf.tsv.gz"))) if 49 <= text.count("\n") <= 53)
        for text in islice(near, CASES):
            with tempfile.TemporaryDirectory() as scratch:
                path = Path(scratch) / "case.maf"
                path.write_text(text, encoding="utf-8")
                matched = match(Request(path, "2026-11-20", tumor, "US", assay="WES"), knowledge, rules, "sql")
            facts = matched.case.facts
            sizes.append((len(facts), sum(map(len, matched.derivations.derived.values()))))
            for name in available():
                evaluator = engine(name)
                found.setdefault(name, []).append(times(lambda e=evaluator, f=facts: e.run(rules, f), 3).median)
    middle = [statistics.median(each) for each in zip(*sizes, strict=True)]
    print(
        f"{len(sizes)} real patients of 48 to 52 mutations: median {middle[0]:.0f} facts, {middle[1]:.0f} derivations"
    )
    for name, each in found.items():
        ordered = sorted(each)
        ninth, most = ordered[int(0.9 * len(ordered))], ordered[-1]
        row = f"  {name:8} median {statistics.median(each):.1f}, ninetieth percentile {ninth:.1f}, slowest {most:.1f}"
        print(row + ("  within the goal" if most <= GOAL else "  OVER the goal"))


def available() -> list[str]:
    """The evaluators that run on this Python."""
    found = []
    for name in ENGINES:
        try:
            engine(name)
        except EngineUnavailable:
            continue
        found.append(name)
    return found


def main(store: str, runs: int, folder: Path | None) -> None:
    """Print a row for each patient and evaluator."""
    gc.set_threshold(1_000_000, 50, 50)  # as the command does
    knowledge, rules = open_knowledge_base(store), load([LIBRARY], cache_folder())
    if folder is not None:
        real(folder, knowledge, rules)
    print(f"CPU ms, the first run and the median of {runs} more; goal for the rules: {GOAL:.0f} after start")
    head = (
        "patient",
        "evaluator",
        "facts",
        "derivations",
        "rules",
        "(first)",
        "whole",
        "(first)",
        "yardstick",
        "ratio",
    )
    print(("{:9}{:10}" + "{:>12}" * 8 + "{:>12}{:>12}").format(*head, "memory", "event"))
    with tempfile.TemporaryDirectory() as scratch:
        files = {
            "drivers": patient(Path(scratch) / "drivers", MANY, ("ERBB2",), ()),
            "extreme": patient(Path(scratch) / "extreme", (*DRIVERS, *MORE_DRIVERS), AMPLIFIED, FUSIONS),
        }
        for who, file in files.items():
            request = Request(file, "2026-11-20")
            for name in ENGINES:
                try:
                    evaluator = engine(name)
                except EngineUnavailable as error:
                    print(f"{who:9}{name:10}{error}")
                    continue
                whole = times(lambda r=request, n=name: answer(match(r, knowledge, rules, n)), runs)
                matched = match(request, knowledge, rules, name)
                again = type(evaluator)()
                alone = times(lambda e=again, m=matched: e.run(rules, m.case.facts), runs)
                stick = times(lambda m=matched: yardstick(m.derivations), runs).median
                opened, event = event_time(name, matched, max(2, runs // 2))
                ways = sum(map(len, matched.derivations.derived.values()))
                row = f"{who:9}{name:10}{len(matched.case.facts):12}{ways:12}"
                row += "".join(f"{each:12.1f}" for each in (alone.median, alone.first, whole.median, whole.first))
                row += f"{stick:12.1f}{alone.median / stick:12.2f}{opened:12.1f}{event:12.1f}"
                print(row + ("  within the goal" if alone.median <= GOAL else "  OVER the goal"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7, Path(sys.argv[3]) if len(sys.argv) > 3 else None)
