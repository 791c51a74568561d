"""A preview over a registry of many patients: the first of a day, one after it, and matching everybody twice instead.

The registry is made anew: PATIENTS patient files, whose tumor types and alterations are drawn from a fixed seed out of
the lists below, about as often as panels find them; no patient is real. One item is previewed that touches few of
them, and one that touches many. The times are CPU times of this process; the yardstick in the same run is one whole
match of a patient on both graphs (facts, rules, answer), for every tenth patient, times their number.

    python -m benchmarks.preview [STORE [PATIENTS]]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cli  # as in the command: the garbage collector lets short work be
from cli.rule_files import loaded
from kb.curation.acts import book
from kb.curation.graph import changes
from kb.curation.proposed import Proposal, proposal
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.layered import Layer, LayeredKnowledge, Stored
from matcher.case import Request, match_patient, read_patient
from matcher.preview import Preview, preview
from matcher.recommend import answer
from rules.engine import engine
from rules.language import RuleSet

AS_OF = "2026-11-20"
PATIENTS = 200
FOUND: dict[str, tuple[tuple[str, float], ...]] = {
    "LUAD": (("EGFR L858R", 0.3), ("EGFR T790M", 0.1), ("KRAS G12C", 0.12), ("TP53 R273H", 0.4), ("BRAF V600E", 0.02)),
    "COAD": (("KRAS G12D", 0.3), ("BRAF V600E", 0.1), ("PIK3CA E545K", 0.15), ("TP53 R175H", 0.5)),
    "BRCA": (("PIK3CA H1047R", 0.35), ("ERBB2 amplification", 0.2), ("TP53 R175H", 0.35), ("ESR1 D538G", 0.1)),
    "HGSOC": (("TP53 R248Q", 0.9), ("BRCA1 E23fs", 0.15)),
    "THPA": (("BRAF V600E", 0.5), ("RET fusion", 0.07)),
}
FEW, MANY = "EID991", "EID12020"
"""Evidence that speaks of few patients (trametinib with afatinib), and of many (PIK3CA in breast cancer)."""

assert cli


def registry(folder: Path, number: int) -> None:
    """Write so many patient files."""
    drawn = random.Random(20261121)
    for each in range(number):
        tumor = drawn.choice(sorted(FOUND))
        found = [name for name, share in FOUND[tumor] if drawn.random() < share]
        listed = "".join(f"\n- {name}" for name in found) or " []"
        age = drawn.randint(35, 80)
        text = f"id: P{each:04}\ntumor_type: {tumor}\njurisdiction: CN\nage: {age}\nalterations:{listed}\n"
        (folder / f"p{each:04}.yaml").write_text(text, encoding="utf-8")


def timed(work: Callable[[], Preview]) -> tuple[float, Preview]:
    """How long it took (CPU seconds), and what came out."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def matched_twice(base: KnowledgeBase, decided: Proposal, folder: Path, rules: RuleSet) -> float:
    """CPU seconds that matching every patient on both graphs would take, from every tenth."""
    files = sorted(folder.iterdir())[::10]
    stored = Stored(base)
    both = [LayeredKnowledge(Layer(stored, changes(base.store, each))) for each in (decided.before, decided.after)]
    start = time.process_time()
    for path in files:
        for known in both:
            request = Request(path, AS_OF)
            answer(match_patient(request, read_patient(request), known, rules, engine("sql").run))
    return (time.process_time() - start) / len(files) * len(list(folder.iterdir()))


def main(store: str | None = None, number: str = str(PATIENTS)) -> None:
    """Print the table."""
    base, rules = open_knowledge_base(store), loaded(None)
    with tempfile.TemporaryDirectory() as workshop:
        folder, cache = Path(workshop) / "registry", Path(workshop) / "cache"
        folder.mkdir()
        registry(folder, int(number))
        print(f"{base.release}, {number} patients\n")
        print("| preview | touched | changed | CPU s | of matching all twice |\n|---|---|---|---|---|")
        whole = matched_twice(base, proposal(book((), ()), (FEW,)), folder, rules)
        for name, id in (("first of the day, few", FEW), ("next, few", FEW), ("next, many", MANY)):
            decided = proposal(book((), ()), (id,))
            took, found = timed(
                lambda decided=decided: preview(base, decided, Request(folder, AS_OF), rules, cache=cache)
            )
            touched = len(found.changed) + len(found.unchanged)
            print(f"| {name} | {touched} | {len(found.changed)} | {took:.2f} | {took / whole:.1%} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
