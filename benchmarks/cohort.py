"""A cohort end to end as a user runs it, beside DuckDB that reads the same files alone; what a patient costs, by size.

Every figure is of a child process that is held to two cores (`sched_setaffinity`) and 2 GB of memory of its own
(RLIMIT_DATA: heap and anonymous maps; a limit on addresses would count files that are only mapped), waited for with
`wait4`, which gives its peak resident memory. The time is wall time, the start of Python and the opening of the graph
included.

`tcga FOLDER [STORE [RUNS]]`: `mtb-match cohort FOLDER --jurisdiction US --out X.parquet`, in turn with the peer, after
one of each that is not counted. The peer is a process in which DuckDB reads all columns of the MAFs and of the clinical
tables of the folder into two tables, and does nothing else; its memory is not limited. The figures are the medians,
their ratio and the highest peaks; the limits are 60 s, five times the peer, and 2 GB.

`sizes FOLDER [STORE [SIZE ...]]`: the same command over cohorts of 1,000, 3,000, 10,000, 30,000 and 100,000 patients.
They are drawn from FOLDER with replacement, from a fixed seed: study by study a MAF and a clinical table, the rows of a
drawn patient under a new barcode, in the order of the file that they are from. `more` is what each further patient
costs, between one size and the next; flat is where that does not grow.

`stages FOLDER [STORE]`: where the time goes, in one process without limits: what a run does one after the other, and,
by the product's own counters (`Matching.seconds`), the stages that go on side by side in several threads. Those of
reading are the seconds that its thread works.

`alone FOLDER [STORE]`: no time, but a check that takes minutes: every row of every table that a patient has in the
cohort is the one that they have alone.

`draw FOLDER TARGET SIZE`: writes one such cohort.

    python -m benchmarks.cohort tcga|sizes|stages|alone|draw ...
"""

from __future__ import annotations

import gc
import gzip
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from benchmarks.cold_start import Run

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Request
    from matcher.cohort.matching import Matching
    from matcher.cohort.subject import Intake, Subject, Unreadable
    from matcher.cohort.tables import Tables
    from matcher.cohort.work import Saved, Watch

Made = TypeVar("Made")

CORES = 2
MEMORY = 2 * 2**30
LIMIT_SECONDS, LIMIT_RATIO = 60.0, 5.0
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
SEED = 20_261_120
TODAY = "2026-11-20"
MAFS, CLINICAL = "*.maf.tsv.gz", "*.clinical.tsv.gz"
BARCODE = 12
"""So many characters of a TCGA barcode name the patient; the rest names the sample."""


def limited(command: Sequence[str], memory: int = MEMORY) -> Run:
    """Runs the command under the limits; it must succeed (3: some patients could not be read)."""

    def confine() -> None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, preexec_fn=confine)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 3):
            said.seek(0)
            told = said.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"failed ({process.returncode}): {' '.join(command)}\n{told}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


# --- end to end, beside the peer ------------------------------------------------------------------------------------


def command(folder: Path, store: str | None, out: Path) -> list[str]:
    """The command of a user."""
    words = ["cohort", str(folder), "--jurisdiction", "US", "--as-of", TODAY, "--out", str(out), "--fresh"]
    return [sys.executable, "-m", "cli.main", *words, *(("--kb", store) if store else ())]


def peer(folder: Path) -> list[str]:
    """DuckDB alone."""
    return [sys.executable, "-m", "benchmarks.cohort", "read", str(folder)]


def read_by_duckdb(folder: Path) -> dict[str, tuple[int, float]]:
    """Rows and seconds of the MAFs and of the clinical tables, every column read into a table."""
    import duckdb

    found = {}
    with duckdb.connect(config={"threads": CORES}) as database:
        for name, pattern in (("mutations", MAFS), ("clinical", CLINICAL)):
            start = time.perf_counter()
            files = [str(path) for path in sorted(folder.glob(pattern))]
            database.execute(
                f"CREATE TABLE {name} AS SELECT * FROM read_csv(?, delim='\t', header=true, quote='', "
                "all_varchar=true, union_by_name=true)",
                [files],
            )
            (rows,) = database.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,)
            found[name] = rows, time.perf_counter() - start
    return found


def tcga(folder: Path, store: str | None = None, runs: int = 3) -> None:
    """Print the command's and the peer's seconds and memory, in turn."""
    ours: list[Run] = []
    theirs: list[Run] = []
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "X.parquet"
        for number in range(runs + 1):
            for words, found in ((peer(folder), theirs), (command(folder, store, out), ours)):
                run = limited(words, memory=MEMORY if found is ours else 64 * MEMORY)  # the peer holds all in memory
                found.extend([run] if number else [])
        counted = patients_in(out)
    base = statistics.median(run.seconds for run in theirs)
    print(f"{folder}: {counted}, {runs} runs of each, in turn, {CORES} cores, {MEMORY >> 20} MB")
    print(f"{'':28}{'wall s':>8}{'ratio':>8}{'CPU s':>8}{'MB':>7}")
    for name, found in (("DuckDB reads the files", theirs), ("mtb-match cohort", ours)):
        seconds = statistics.median(run.seconds for run in found)
        cpu, peak = statistics.median(run.cpu for run in found), max(run.megabytes for run in found)
        print(f"{name:28}{seconds:8.2f}{seconds / base:8.2f}{cpu:8.2f}{peak:7.0f}", end="")
        met = seconds < LIMIT_SECONDS and seconds <= LIMIT_RATIO * base and peak < MEMORY >> 20
        print("" if found is theirs else f"  {'within' if met else 'OVER'} the limits")


def patients_in(out: Path) -> str:
    """How many patients a finished run has, by what became of them."""
    import duckdb

    table = str(out.with_suffix("")) + ".patients.parquet"
    rows = duckdb.sql(f"SELECT outcome, count(*) FROM '{table}' GROUP BY outcome ORDER BY outcome").fetchall()
    return ", ".join(f"{count:,} {outcome}" for outcome, count in rows)


# --- what a patient costs, by size ----------------------------------------------------------------------------------


class Study(NamedTuple):
    """The two files of a study, and its patients."""

    maf: Path
    clinical: Path
    patients: tuple[str, ...]


def studies(folder: Path) -> list[Study]:
    """The studies of a folder; only those patients who have rows in the MAF."""
    found = []
    for maf in sorted(folder.glob(MAFS)):
        clinical = Path(str(maf).replace(".maf.", ".clinical."))
        with gzip.open(maf, "rt", encoding="utf-8") as lines:
            at = _barcode_column(next(lines))
            names = dict.fromkeys(line.split("\t", at + 1)[at].strip()[:BARCODE] for line in lines)
        found.append(Study(maf, clinical, tuple(names)))
    return found


def _barcode_column(header: str) -> int:
    return header.rstrip("\r\n").split("\t").index("Tumor_Sample_Barcode")


def draw(folder: Path, target: Path, size: int, seed: int = SEED) -> int:
    """Writes a cohort of so many patients, drawn with replacement; gives the number of its mutations.

    A drawn patient is `TCGA-` and seven digits, in the place of the first twelve characters of the barcode.
    """
    known = studies(folder)
    everyone = [(number, name) for number, study in enumerate(known) for name in study.patients]
    copies: list[dict[str, list[str]]] = [defaultdict(list) for _ in known]
    for new, (number, name) in enumerate(random.Random(seed).choices(everyone, k=size)):
        copies[number][name].append(f"TCGA-{new:07}")
    target.mkdir(parents=True, exist_ok=True)
    rows = 0
    for study, drawn in zip(known, copies, strict=True):
        if drawn:
            rows += _renamed(study.maf, target / study.maf.name, drawn)
            _renamed(study.clinical, target / study.clinical.name, drawn)
    return rows


def _renamed(source: Path, target: Path, drawn: Mapping[str, Sequence[str]]) -> int:
    """Writes each row of a drawn patient once for each time that they were drawn; gives the number of rows."""
    rows = 0
    with (
        gzip.open(source, "rt", encoding="utf-8", newline="") as lines,
        gzip.open(target, "wt", encoding="utf-8", newline="", compresslevel=1) as out,
    ):
        header = next(lines)
        at = _barcode_column(header)
        out.write(header)
        for line in lines:
            name = line.split("\t", at + 1)[at].strip()[:BARCODE]
            names = drawn.get(name, ())
            rows += len(names)
            out.writelines(line.replace(name, new) for new in names)
    return rows


def sizes(folder: Path, store: str | None = None, counts: Sequence[int] = SIZES) -> None:
    """Print the cost of a patient and the peak memory at each size."""
    print(
        f"{'patients':>9}{'mutations':>12}{'wall s':>9}{'ms each':>9}{'more ms':>9}{'CPU s':>8}{'MB':>7}{'peer s':>8}"
    )
    before: tuple[int, float] | None = None
    for count in counts:
        with tempfile.TemporaryDirectory() as scratch:
            cohort = Path(scratch) / "cohort"
            rows = draw(folder, cohort, count)
            base = limited(peer(cohort), memory=64 * MEMORY)  # it holds all in memory
            run = limited(command(cohort, store, Path(scratch) / "X.parquet"))
        each = run.seconds / count * 1000
        more = f"{(run.seconds - before[1]) / (count - before[0]) * 1000:9.2f}" if before else f"{'':9}"
        print(f"{count:9,}{rows:12,}{run.seconds:9.1f}{each:9.2f}{more}", end="")
        print(f"{run.cpu:8.1f}{run.megabytes:7.0f}{base.seconds:8.1f}", flush=True)
        before = count, run.seconds


# --- where the time goes --------------------------------------------------------------------------------------------


class TimedIntake:
    """An intake that counts the seconds its own thread works."""

    def __init__(self, inner: Intake) -> None:
        self._inner, self.seconds = inner, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def subjects(self) -> Iterator[Subject | Unreadable]:
        """The subjects, each timed by the thread that asks for it."""
        source = iter(self._inner.subjects())
        while True:
            start = time.thread_time()
            found = next(source, None)
            self.seconds += time.thread_time() - start
            if found is None:
                return
            yield found


class TimedMatching:
    """A matching that counts the seconds that are spent in it."""

    def __init__(self, inner: Matching) -> None:
        self._inner, self.seconds = inner, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        """The tables of a piece."""
        (found,) = self.stream([subjects])
        return found

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Iterator[Tables]:
        """The tables of each piece; waiting for pieces counts too."""
        return self._timed(self._inner.stream(pieces))

    def save(
        self, pieces: Iterable[tuple[Sequence[Subject | Unreadable], Path]], out: Path, watch: Watch
    ) -> Iterator[Saved]:
        """The same, with the tables written."""
        return self._timed(self._inner.save(pieces, out, watch))

    def _timed(self, source: Generator[Made, None, None]) -> Generator[Made, None, None]:
        while True:
            start = time.perf_counter()
            found = next(source, None)
            self.seconds += time.perf_counter() - start
            if found is None:
                return
            yield found


def stages(folder: Path, store: str | None = None) -> None:
    """Print the seconds of each part of a run, and of the stages that go on side by side."""
    gc.disable()  # as the command has it
    start = time.perf_counter()
    from kb.graph import open_knowledge_base
    from matcher.case import Request
    from matcher.cohort.matching import Matching
    from rules.library import LIBRARY
    from rules.load import load

    knowledge, rules = open_knowledge_base(store), load([LIBRARY])
    request = Request(folder, TODAY, jurisdiction="US")
    with closing(Matching(knowledge, rules)) as matching:
        begun = time.perf_counter() - start
        whole, reading, matched = _timed_run(folder, request, knowledge, matching)
    one_after_the_other = {
        "start: imports, graph, rules": begun,
        "matching, and waiting for it": matched,
        "writing and joining": whole - matched,
    }
    _print("one after the other", one_after_the_other, begun + whole)
    _print("side by side", {"reading": reading, **matching.seconds}, begun + whole)


def held_against_alone(folder: Path, store: str | None = None) -> None:
    """Answer the cohort in one process and each patient alone; AssertionError names the first row that differs."""
    from kb.graph import open_knowledge_base
    from matcher.case import Request
    from matcher.cohort.alone import alone, tables
    from matcher.cohort.intake import intake
    from matcher.cohort.matching import Matching
    from matcher.cohort.run import PIECE, pieces
    from rules.library import LIBRARY
    from rules.load import load
    from tests.matcher.cohort.told import assert_same

    knowledge, rules = open_knowledge_base(store), load([LIBRARY])
    subjects = intake([folder], Request(folder, TODAY, jurisdiction="US"), knowledge).subjects()
    with closing(Matching(knowledge, rules)) as matching:
        for piece in pieces(iter(subjects), [PIECE]):
            assert_same(matching.matched(piece), tables(alone(piece, knowledge, rules)))
            print(f"{len(piece):,} patients have the rows that they have alone", flush=True)


def _print(title: str, parts: Mapping[str, float], whole: float) -> None:
    print(f"{title:32}{'s':>8}{'of all':>8}")
    for name, seconds in parts.items():
        print(f"  {name:30}{seconds:8.2f}{seconds / whole:8.0%}")


def _timed_run(
    folder: Path, request: Request, knowledge: KnowledgeBase, matching: Matching
) -> tuple[float, float, float]:
    """Seconds of a whole run, of its reading, and of its matching."""
    from matcher.cohort.intake import intake
    from matcher.cohort.output import target
    from matcher.cohort.run import run

    start = time.perf_counter()
    read, match = TimedIntake(intake([folder], request, knowledge)), TimedMatching(matching)
    with tempfile.TemporaryDirectory() as scratch:
        aim = target(Path(scratch) / "X.parquet")
        run(read, match, aim.out, aim.form, fresh=True, about={})
    return time.perf_counter() - start, read.seconds, match.seconds


def main(arguments: Sequence[str]) -> None:
    """Runs the part that is named."""
    what, folder = arguments[0], Path(arguments[1])
    store = arguments[2] if len(arguments) > 2 and arguments[2] != "starter" else None
    if what == "read":
        for name, (rows, seconds) in read_by_duckdb(folder).items():
            print(f"{name}: {rows:,} rows in {seconds:.2f} s")
    elif what == "tcga":
        tcga(folder, store, int(arguments[3]) if len(arguments) > 3 else 3)
    elif what == "sizes":
        sizes(folder, store, tuple(map(int, arguments[3:])) or SIZES)
    elif what == "stages":
        stages(folder, store)
    elif what == "alone":
        held_against_alone(folder, store)
    elif what == "draw":
        print(f"{draw(folder, Path(arguments[2]), int(arguments[3])):,} mutations")
    else:
        raise SystemExit(f"unknown part {what!r}: name one of tcga, sizes, stages, alone, draw")


if __name__ == "__main__":
    main(sys.argv[1:])
