"""Why, why-not and what-if over the full graph: cold as whole processes, warm in one process.

Cold, as in `cold_start`: each command is started as a whole process in turn with `python -c "import pandas"`. The
figures are ratios of medians to that import, of wall time and of CPU time, which other work on the machine changes
less; the limits are 1.5 times the import and 150 MB. The page is made with the picture of the proof.

Warm: the graph is open, the rules are compiled, the patient is matched and the answer is at hand, as a board asks
about one patient after another. The garbage collector works as a server that answers people has it: what was there
before the questions is frozen, it waits while a question is answered (`matcher.collector`), and works between them, in
steps of GENERATION new values; what that takes has a line of its own. All questions of a row are asked in RUNS
rounds, each round in another order and about a patient of whom nothing was asked yet. Every answer is made as document
and as JSON; as a user asks for one of them, the slower one counts. A first round, which reads what the graph was never
asked for, is not counted. A question takes over
what earlier ones of its round worked out of edits of the patient, and nothing of its own earlier answers. The time is
the CPU time of this process. `why` asks for every recommended regimen, `why-not` for every fifth therapy of
the graph by name (drugs, classes and schemes, most of them never considered) and, in rows of their own, for those
that have most to be weighed and for classes that half of the graph speaks of; the changes that would flip them are
computed by matching the changed patient anew. The goal is 50 ms for a question: the rows give the median, the
ninetieth percentile, the slowest, and how many are over the goal. The yardstick in the same run is one whole match of
the same patient: facts, rules, answer.

    python -m benchmarks.why [STORE [RUNS]]
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from benchmarks.cold_start import ENTRY, LIMIT_MEGABYTES, LIMIT_RATIO, Run, in_turn, large_maf
from cli.rule_files import loaded
from kb import terms
from kb.graph import KnowledgeBase, open_knowledge_base
from matcher.case import Matched, Request, match
from matcher.collector import undisturbed
from matcher.recommend import Answer, answer
from matcher.report.why_document import why_document
from matcher.report.why_json import why_structure
from matcher.report.why_not import why_not_document, why_not_structure
from matcher.why import Why, why
from matcher.why_not import WhyNot, why_not
from rules.engine import ENGINES
from rules.language import RuleSet

Told = TypeVar("Told")
Made = TypeVar("Made")

ROOT = Path(__file__).resolve().parents[1]
GOAL = 50.0
"""Milliseconds for a question, warm."""

GENERATION = 50_000
"""After so many new values the garbage collector looks at the young ones, between two questions."""

AS_OF = "2026-11-20"
BREAST = ROOT / "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
PROSTATE = ROOT / "examples/mcrpc-wes/ar-v7-positive.yaml"
HARD = (
    *("carboplatin", "cisplatin", "capecitabine", "fluorouracil", "paclitaxel", "neratinib", "olaparib"),
    *("osimertinib", "pembrolizumab", "palbociclib", "trastuzumab", "bevacizumab", "egfr inhibitor", "parp inhibitor"),
)
"""Therapies of many regimens and statements."""
BROAD = ("kinase inhibitor", "systemic therapy", "targeted therapy")
"""Classes about which the full graph says two to four thousand things."""


def commands(maf: Path, store: str | None) -> dict[str, list[str]]:
    """What is started cold, by its name in the table; the import of pandas comes first."""
    end = ("--as-of", AS_OF, *(("--kb", store) if store else ()))
    breast, lung = str(BREAST), ("--tumor-type", "LUAD", "--jurisdiction", "CN", "--assay", "WES")
    told: dict[str, tuple[str, ...]] = {
        "main job": (breast,),
        "why": ("why", breast, "pyrotinib+capecitabine"),
        "why, Chinese": ("why", breast, "pyrotinib+capecitabine", "--lang", "zh"),
        "why, page with picture": ("why", breast, "pyrotinib+capecitabine", "--format", "html"),
        "why-not, considered": ("why-not", breast, "olaparib"),
        "why-not, much to weigh": ("why-not", breast, "neratinib"),
        "why-not, never considered": ("why-not", breast, "larotrectinib"),
        "why-not, MAF of 300 rows": ("why-not", str(maf), "amivantamab", *lung),
        "what-if": ("what-if", breast, "--set", "jurisdiction=US"),
    }
    found = {"import pandas": [sys.executable, "-c", "import pandas"]}
    return found | {name: [str(ENTRY), *words, *end] for name, words in told.items()}


def cold(maf: Path, store: str | None, runs: int) -> None:
    """Print a row for each command: wall median, ratios to the import, peak memory."""
    found = in_turn(commands(maf, store), runs)
    base = _median(found["import pandas"])
    print(f"cold, {runs} runs of each, in turn")
    print(f"{'command':28}{'wall s':>8}{'ratio':>8}{'CPU s':>8}{'ratio':>8}{'MB':>6}")
    for name, costs in found.items():
        cost = _median(costs)
        ratios = cost.seconds / base.seconds, cost.cpu / base.cpu
        within = max(ratios) <= LIMIT_RATIO and cost.megabytes < LIMIT_MEGABYTES
        said = "" if name == "import pandas" else "  within the limits" if within else "  OVER the limits"
        figures = f"{cost.seconds:8.3f}{ratios[0]:8.2f}{cost.cpu:8.3f}{ratios[1]:8.2f}{cost.megabytes:6.0f}"
        print(f"{name:28}{figures}{said}")


def _median(costs: Sequence[Run]) -> Run:
    return Run(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.megabytes for cost in costs),
    )


class Asking(NamedTuple):
    """The median CPU time of one question, in milliseconds."""

    question: str
    median: float


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """The median CPU time of some runs, after one that is not counted."""
    work()
    found = []
    for _ in range(runs):
        start = time.process_time()
        work()
        found.append((time.process_time() - start) * 1000)
    return statistics.median(found)


def warm(request: Request, knowledge: KnowledgeBase, rules: RuleSet, evaluator: str, runs: int) -> None:
    """Print the times of the questions about one patient."""
    matched = match(request, knowledge, rules, evaluator)
    found = answer(matched)
    whole = milliseconds(lambda: answer(match(request, knowledge, rules, evaluator)), runs)
    gc.set_threshold(GENERATION, 20, 100)
    gc.collect()
    gc.freeze()
    gc.callbacks.append(collecting := Collecting())
    print(f"warm, {matched.patient.id}, {evaluator}: {len(matched.case.facts)} facts, a whole match {whole:.0f} ms")
    rows = {
        "why, all regimens": _whys(matched, found, runs),
        "why-not, every fifth": _why_nots(matched, found, every_fifth(knowledge), runs),
        "why-not, hard ones": _why_nots(matched, found, HARD, runs),
        "why-not, broad classes": _why_nots(matched, found, BROAD, runs),
    }
    for name, askings in rows.items():
        _row(name, askings, whole)
    asked = (runs + 1) * sum(map(len, rows.values()))
    print(f"  the garbage collector between questions: {collecting.seconds / asked * 1000:.1f} ms for each")
    gc.callbacks.remove(collecting)
    gc.unfreeze()


def every_fifth(knowledge: KnowledgeBase) -> tuple[str, ...]:
    """Every fifth therapy of the graph, in the order of names; one that a user would have to write in parts is none."""
    types = ", ".join(f"<{kind}>" for kind in (terms.DRUG, terms.DRUG_CLASS, terms.SCHEME))
    query = f"SELECT DISTINCT ?t WHERE {{ ?t a ?kind FILTER(?kind IN ({types})) }}"
    rows = knowledge.store.query(query, use_default_graph_as_union=True)
    names = sorted(terms.item_id(row[0].value) for row in rows)  # type: ignore[union-attr,index]
    return tuple(name for name in names if "+" not in name)[::5]


def _whys(matched: Matched, found: Answer, runs: int) -> list[Asking]:
    def ask(patient: Matched, regimen: str) -> Why:
        return why(patient, regimen, answered=found)

    questions = ["+".join(each.option.regimen) for each in found.recommendations]
    return _rounds(matched, questions, ask, (why_document, why_structure), runs)


def _why_nots(matched: Matched, found: Answer, names: Iterable[str], runs: int) -> list[Asking]:
    def ask(patient: Matched, asked: str) -> WhyNot:
        return why_not(patient, asked, found)

    return _rounds(matched, names, ask, (why_not_document, why_not_structure), runs)


class Collecting:
    """The seconds that the garbage collector has worked, while it is watched."""

    def __init__(self) -> None:
        self.seconds = self._began = 0.0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        """What the collector calls when it begins and ends."""
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.seconds += time.perf_counter() - self._began


def _timed(work: Callable[[], Made]) -> tuple[Made, float]:
    """What some work gives, and the milliseconds of this process that it took."""
    start = time.process_time()
    made = work()
    return made, (time.process_time() - start) * 1000


def _rounds(
    matched: Matched,
    questions: Iterable[str],
    ask: Callable[[Matched, str], Told],
    forms: Iterable[Callable[[Told], object]],
    runs: int,
) -> list[Asking]:
    """What each question takes in the slower form: the median of the rounds, after one that is not counted."""
    found: dict[str, list[float]] = {question: [] for question in questions}
    for number in range(runs + 1):
        patient, order = replace(matched), list(found)
        random.Random(number).shuffle(order)
        for question in order:
            with undisturbed():
                told, took = _timed(partial(ask, patient, question))
                took += max(_timed(partial(form, told))[1] for form in forms)
                found[question] += [took] if number else []
    return [Asking(question, statistics.median(times)) for question, times in found.items()]


def _row(name: str, askings: Iterable[Asking], whole: float) -> None:
    each = sorted(askings, key=lambda asking: asking.median)
    middle, last = statistics.median(asking.median for asking in each), each[-1]
    ninetieth = each[int(len(each) * 0.9)].median
    over = sum(asking.median > GOAL for asking in each)
    print(
        f"  {name:22}{len(each):4} questions, median {middle:6.1f} ms ({middle / whole:.2f} of a match), "
        f"ninetieth percentile {ninetieth:6.1f}, slowest {last.median:6.1f} ({last.question}); {over} over the goal"
    )


def main(store: str | None = None, runs: int = 9) -> None:
    """Print the cold rows, then the warm ones for three patients and both evaluators."""
    with tempfile.TemporaryDirectory() as folder:
        maf = Path(folder) / "large.maf"
        large_maf(maf)
        cold(maf, store, runs)
        knowledge, rules = open_knowledge_base(store), loaded(None)
        lung = Request(maf, AS_OF, "LUAD", "CN", assay="WES")
        for request in (Request(BREAST, AS_OF), Request(PROSTATE, AS_OF), lung):
            for evaluator in ENGINES:
                warm(request, knowledge, rules, evaluator, runs)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None, int(sys.argv[2]) if len(sys.argv) > 2 else 9)
