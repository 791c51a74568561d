"""One patient, cold process, against `python -c "import pandas"` in the same run.

Method: each command is started as a whole process and waited for with `wait4`, which gives its peak memory; wall time
is taken around it. After one warm-up of each (which also builds the caches) the commands run in turn, so that a change
of the machine's speed meets all of them. The figure is the ratio of the medians. The limits are those of the design:
at most 1.5 times the import, under 150 MB.

With a store of the full graph (`kb build`), the same limits hold for the rows on it.

    python benchmarks/cold_start.py [RUNS] [STORE]
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ENTRY = Path(sys.executable).with_name("mtb-match")
LIMIT_RATIO = 1.5
LIMIT_MEGABYTES = 150


class Run(NamedTuple):
    """One finished process: seconds of wall time and of CPU time, peak resident memory in MB (2**20 bytes)."""

    seconds: float
    cpu: float
    megabytes: float


def timed(command: Sequence[str]) -> Run:
    """Start the command with its output thrown away, and wait for it; it must succeed."""
    start = time.perf_counter()
    process = os.posix_spawn(
        command[0],
        list(command),
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, list[Run]]:
    """The runs of each command, by its name: in turn, after one of each that is not counted."""
    for command in commands.values():
        timed(command)
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(timed(command))
    return found


PASSENGERS = (
    *("TTN", "MUC16", "OBSCN", "RYR2", "CSMD3", "LRP1B", "USH2A", "ZFHX4", "XIRP2", "FLG", "SPTA1", "MUC17", "PCLO"),
    *("SYNE1", "FAT3", "DNAH5", "AHNAK2", "MUC5B", "HMCN1", "PCDH15", "NAV3", "RYR1", "COL11A1", "CUBN", "DNAH11"),
    *("STK11", "KEAP1", "RB1", "SMARCA4", "PIK3CA", "BRCA2", "NF1", "ATM", "KMT2D", "ERBB4"),
)
"""Genes that a lung tumor's exome often has mutated; the last ten are in the graph's vocabulary."""


def large_maf(path: Path) -> None:
    """A MAF of 300 rows: two known mutations among 298 passengers."""
    rows = ["Hugo_Symbol\tVariant_Classification\tHGVSp_Short\tTumor_Sample_Barcode\tt_depth\tt_alt_count"]
    many = len(PASSENGERS)
    rows += [
        f"{PASSENGERS[n % many]}\tMissense_Mutation\tp.R{n + 10}W\tS\t{100 + n}\t{20 + n % 50}" for n in range(298)
    ]
    rows += ["EGFR\tMissense_Mutation\tp.L858R\tS\t200\t80", "TP53\tMissense_Mutation\tp.R273H\tS\t200\t90"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def main(runs: int, store: str | None = None) -> None:
    """Print a row per command: wall median, minimum and maximum, ratio to the import, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        maf = Path(folder) / "large.maf"
        large_maf(maf)
        patient = ROOT / "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
        asked = ("--tumor-type", "LUAD", "--jurisdiction", "CN", "--assay", "WES")
        why = ("why", str(patient), "pyrotinib+capecitabine")
        commands = {
            "import pandas": [sys.executable, "-c", "import pandas"],
            "patient file (demo)": [str(ENTRY), str(patient), "--as-of", "2026-11-20"],
            "MAF of 300 rows": [str(ENTRY), str(maf), *asked],
            "MAF of 300 rows, JSON": [str(ENTRY), str(maf), *asked, "--format", "json"],
            "why": [str(ENTRY), *why, "--as-of", "2026-11-20"],
        }
        if store is not None:
            graph = ("--kb", store)
            commands["patient file, full graph"] = [str(ENTRY), str(patient), "--as-of", "2026-11-20", *graph]
            commands["MAF, full graph"] = [str(ENTRY), str(maf), *asked, *graph]
            commands["why, full graph"] = [str(ENTRY), *why, "--as-of", "2026-11-20", *graph]
        found = in_turn(commands, runs)
    base = statistics.median(run.seconds for run in found["import pandas"])
    print(f"{runs} runs of each, in turn; seconds of wall time")
    print(f"{'command':26}{'median':>8}{'min':>8}{'max':>8}{'ratio':>8}{'MB':>8}")
    for name, each in found.items():
        seconds = [run.seconds for run in each]
        median, peak = statistics.median(seconds), max(run.megabytes for run in each)
        print(f"{name:26}{median:8.3f}{min(seconds):8.3f}{max(seconds):8.3f}{median / base:8.2f}{peak:8.0f}", end="")
        met = median / base <= LIMIT_RATIO and peak < LIMIT_MEGABYTES
        print("" if name == "import pandas" else f"  {'within' if met else 'OVER'} the limits")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15, sys.argv[2] if len(sys.argv) > 2 else None)
