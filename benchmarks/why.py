"""Why, why-not and what-if over the full graph: cold as whole processes, warm in one process.

Cold, as in `cold_start`: each command is started as a whole process in turn with `python -c "import pandas"`; the
figure is the ratio of the medians, the limits are 1.5 times that import and 150 MB. The page is made with the picture
of the proof, which needs networkx.

Warm: the graph is open, the rules are compiled, the patient is matched and the answer is made, as a board asks about
one patient after another. Each question is asked once unmeasured, then RUNS times; the time is the CPU time of this
process. `why` asks for every recommended regimen, `why-not` for drugs that were considered and for drugs that never
were, with the changes that would flip them, each computed by matching the changed patient anew. The goal is 50 ms for
each question; the rows give the median and the slowest question. The yardstick in the same run is one whole match of
the same patient: facts, rules, answer.

    python -m benchmarks.why [STORE [RUNS]]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.cold_start import ENTRY, LIMIT_MEGABYTES, LIMIT_RATIO, Run, large_maf, timed
from cli.rule_files import loaded
from kb.graph import KnowledgeBase, open_knowledge_base
from matcher.case import Matched, Request, match
from matcher.recommend import Answer, answer
from matcher.report.why_document import why_document
from matcher.report.why_json import why_structure
from matcher.report.why_not import why_not_document, why_not_structure
from matcher.why import why
from matcher.why_not import why_not
from rules.language import RuleSet

ROOT = Path(__file__).resolve().parents[1]
GOAL = 50.0
"""Milliseconds for a question, warm."""

AS_OF = "2026-11-20"
BREAST = ROOT / "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
PROSTATE = ROOT / "examples/mcrpc-wes/ar-v7-positive.yaml"
NOT = ("neratinib", "olaparib", "osimertinib", "pembrolizumab", "cetuximab", "parp inhibitor", "larotrectinib")
"""Asked of every patient: some are considered, some never were, one is a class."""


class Asking(NamedTuple):
    """Milliseconds of CPU time of one question's runs."""

    question: str
    median: float


def cold(maf: Path, store: str | None, runs: int) -> None:
    """Print a row for each command: wall median, ratio to the import, peak memory."""
    graph = ("--kb", store) if store else ()
    end = ("--as-of", AS_OF, *graph)
    lung = (str(maf), "--tumor-type", "LUAD", "--jurisdiction", "CN", "--assay", "WES")
    told = {
        "why": ("why", str(BREAST), "pyrotinib+capecitabine"),
        "why, Chinese": ("why", str(BREAST), "pyrotinib+capecitabine", "--lang", "zh"),
        "why, page with picture": ("why", str(BREAST), "pyrotinib+capecitabine", "--format", "html"),
        "why-not, considered": ("why-not", str(BREAST), "olaparib"),
        "why-not, never considered": ("why-not", str(BREAST), "larotrectinib"),
        "why-not, MAF of 300 rows": ("why-not", lung[0], "amivantamab", *lung[1:]),
        "what-if": ("what-if", str(BREAST), "--set", "jurisdiction=US"),
    }
    commands = {"import pandas": [sys.executable, "-c", "import pandas"]}
    commands |= {name: [str(ENTRY), *words, *end] for name, words in told.items()}
    for command in commands.values():
        timed(command)
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(timed(command))
    base = statistics.median(run.seconds for run in found["import pandas"])
    print(f"cold, {runs} runs of each, in turn; seconds of wall time")
    for name, each in found.items():
        median, peak = statistics.median(run.seconds for run in each), max(run.megabytes for run in each)
        within = median / base <= LIMIT_RATIO and peak < LIMIT_MEGABYTES
        said = "" if name == "import pandas" else "  within the limits" if within else "  OVER the limits"
        print(f"{name:28}{median:8.3f}{median / base:8.2f}{peak:8.0f} MB{said}")


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
    """Print the times of every question about one patient."""
    matched = match(request, knowledge, rules, evaluator)
    found = answer(matched)
    whole = milliseconds(lambda: answer(match(request, knowledge, rules, evaluator)), runs)
    print(f"warm, {matched.patient.id}, {evaluator}: {len(matched.case.facts)} facts, a whole match {whole:.0f} ms")
    _row("why, all regimens", _whys(matched, found, runs), whole)
    _row("why-not", _why_nots(matched, runs), whole)


def _whys(matched: Matched, found: Answer, runs: int) -> Iterable[Asking]:
    for each in found.recommendations:
        regimen = "+".join(each.option.regimen)

        def ask(regimen: str = regimen) -> None:
            told = why(matched, regimen)
            why_document(told), why_structure(told)

        yield Asking(regimen, milliseconds(ask, runs))


def _why_nots(matched: Matched, runs: int) -> Iterable[Asking]:
    for asked in NOT:

        def ask(asked: str = asked) -> None:
            told = why_not(matched, asked)
            why_not_document(told), why_not_structure(told)

        yield Asking(asked, milliseconds(ask, runs))


def _row(name: str, askings: Iterable[Asking], whole: float) -> None:
    each = sorted(askings, key=lambda asking: asking.median)
    middle, last = statistics.median(asking.median for asking in each), each[-1]
    said = "within" if last.median <= GOAL else "OVER"
    print(
        f"  {name:20}{len(each):4} questions, median {middle:6.1f} ms ({middle / whole:.2f} of a match), "
        f"slowest {last.median:6.1f} ms ({last.question}), {said} the goal"
    )


def main(store: str | None = None, runs: int = 9) -> None:
    """Print the cold rows, then the warm ones for three patients and both evaluators."""
    from rules.engine import ENGINES

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
