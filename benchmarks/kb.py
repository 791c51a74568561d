"""The knowledge graph at full size: building, validating, opening, and one patient against it.

Method: `kb build` runs as a whole process, without and with validation, and `wait4` gives its peak memory. Opening is
timed inside a fresh process, from the call to the first gene, after the imports. One patient runs as in
`cold_start.py`, in turn against the starter and the full graph, beside `python -c "import pandas"`; the figures are
ratios of medians. The limits are the design's: built in 15 s and 1 GB, validation included in 60 s, opened in 50 ms,
one patient within 1.5 times the import and 150 MB.

    python benchmarks/kb.py civic=DIR moalmanac=DIR oncotree=FILE [RUNS]
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from cold_start import ENTRY, LIMIT_MEGABYTES, LIMIT_RATIO, ROOT, Run, large_maf, timed

OPENED = """
import sys, time
from pathlib import Path
from kb.graph import open_knowledge_base
start = time.perf_counter()
open_knowledge_base(Path(sys.argv[1])).gene("EGFR")
print(time.perf_counter() - start)
"""


def shown(name: str, runs: list[Run], limit_seconds: float, limit_megabytes: float) -> None:
    """One line: median, least and greatest seconds, peak memory, and the limits."""
    seconds = [run.seconds for run in runs]
    peak = max(run.megabytes for run in runs)
    print(
        f"{name:<28} {statistics.median(seconds):6.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), {peak:4.0f} MB"
        f"   limit {limit_seconds:g} s, {limit_megabytes:g} MB"
    )


def compile_modules() -> None:
    """Write the modules' bytecode, as an installation does: where Python may not write it, each start compiles anew."""
    for package in ("kb", "rules", "matcher", "cli"):
        compileall.compile_dir(str(ROOT / package), quiet=1)


def main(sources: list[str], runs: int) -> None:
    """Build a store from the sources and measure it."""
    compile_modules()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        build = [str(ENTRY), "kb", "build", "--out", str(store), *sources]
        shown("build", [timed([*build, "--no-validate"]) for _ in range(runs)], 15, 1024)
        shown("build and validate", [timed(build) for _ in range(runs)], 60, 1024)
        opened = [_opened(store) for _ in range(max(runs, 5))]
        print(f"{'open':<28} {1000 * statistics.median(opened):6.1f} ms   limit 50 ms")
        _patients(store, Path(folder) / "large.maf", max(runs, 7))


def _opened(store: Path) -> float:
    done = subprocess.run([sys.executable, "-c", OPENED, str(store)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _patients(store: Path, maf: Path, runs: int) -> None:
    large_maf(maf)
    patient = [str(ENTRY), str(ROOT / "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml")]
    many = [str(ENTRY), str(maf), "--tumor-type", "LUAD", "--jurisdiction", "CN", "--assay", "WES"]
    full = ["--kb", str(store)]
    commands = {
        "import pandas": [sys.executable, "-c", "import pandas"],
        "patient file, starter": patient,
        "patient file, full": [*patient, *full],
        "MAF of 300 rows, starter": many,
        "MAF of 300 rows, full": [*many, *full],
    }
    measured: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            run = timed(command)
            if number:
                measured[name].append(run)
    base = statistics.median(run.seconds for run in measured["import pandas"])
    for name, found in measured.items():
        median = statistics.median(run.seconds for run in found)
        peak = max(run.megabytes for run in found)
        print(
            f"{name:<28} {median:6.3f} s, {median / base:5.2f} times the import, {peak:4.0f} MB"
            f"   limit {LIMIT_RATIO} times, {LIMIT_MEGABYTES} MB"
        )


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if "=" in argument]
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    data = ROOT.parent / "shared" / "data"
    if not given and not data.is_dir():
        raise SystemExit("name the sources: civic=DIR moalmanac=DIR oncotree=FILE")
    known = [
        f"civic={data / 'civic/2025-07-01'}",
        f"moalmanac={data / 'moalmanac'}",
        f"oncotree={data / 'oncotree/oncotree_2025_10_03.json'}",
    ]
    main(given or known, numbers[0] if numbers else 3)
