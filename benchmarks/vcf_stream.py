"""A large annotated VCF: time against a plain pass over the same file, and peak memory.

Method: N rows are written to a temporary folder, made from a fixed seed: a tumor-normal pair with GT, AD, DP and AF,
a CSQ of one to nine transcripts with 26 fields (about 650 bytes a row, so 1.6 million rows are 1 GB), and the
consequences in about the shares of a whole genome (one call in fifty in a coding sequence, one in ten filtered).
Then each of these is started as a whole process, in turn, and waited for with `wait4`, which gives its peak memory:

- `lines`: the file unpacked and its lines counted;
- `pysam`: all records through `pysam.VariantFile`, touching position, alleles and CSQ (left out without pysam
  and for plain gzip, which it does not read);
- `reader`: `matcher.readers.vcf.read`.

The figures are the ratios of the reader's best time to the best of the others in the same run.

    python benchmarks/vcf_stream.py [ROWS [RUNS [gz]]]
"""

from __future__ import annotations

import gzip
import importlib.util
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LIMIT_MEGABYTES = 200

FIELDS = (
    "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|cDNA_position|"
    "CDS_position|Protein_position|Amino_acids|Codons|Existing_variation|DISTANCE|STRAND|SYMBOL_SOURCE|HGNC_ID|"
    "CANONICAL|MANE_SELECT|CLIN_SIG|PICK"
)
HEADER = (
    "##fileformat=VCFv4.2",
    "##reference=GRCh38.fa",
    "##contig=<ID=chr7,length=159345973>",
    "##tumor_sample=TUMOR",
    "##normal_sample=NORMAL",
    '##FILTER=<ID=weak_evidence,Description="weak">',
    f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {FIELDS}">',
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##INFO=<ID=TLOD,Number=A,Type=Float,Description="Score">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Fraction">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tNORMAL\tTUMOR",
)
CONSEQUENCES = (
    *(["intron_variant"] * 50),
    *(["intergenic_variant"] * 25),
    *(["upstream_gene_variant", "downstream_gene_variant"] * 8),
    *(["3_prime_UTR_variant", "5_prime_UTR_variant", "non_coding_transcript_exon_variant"] * 2),
    *(["missense_variant", "synonymous_variant"]),
)

COMMANDS = {
    "lines": "import gzip,sys;p=sys.argv[1];n=0\n"
    "for line in (gzip.open(p) if p.endswith('gz') else open(p,'rb')): n+=1\nprint(n)",
    "pysam": "import pysam,sys;n=0\n"
    "for r in pysam.VariantFile(sys.argv[1]): n+=bool(r.pos and r.alts and r.info.get('CSQ'))\nprint(n)",
    "reader": "import sys;from pathlib import Path;from matcher.readers import vcf\n"
    "r=vcf.read(Path(sys.argv[1]));print(r.rows,len(r.alterations),len(r.notes))",
}


class Run(NamedTuple):
    """One finished process: wall seconds and peak resident memory in MB (2**20 bytes)."""

    seconds: float
    megabytes: float


def entry(term: str, number: int, transcript: int) -> str:
    """One CSQ entry."""
    coding = term in ("missense_variant", "synonymous_variant")
    values = dict.fromkeys(FIELDS.split("|"), "")
    values |= {"Allele": "T", "Consequence": term, "IMPACT": "MODIFIER"}
    if term != "intergenic_variant":
        gene = f"GENE{number % 20000}"
        values |= {"SYMBOL": gene, "Gene": f"ENSG{number % 20000:011d}", "Feature_type": "Transcript", "STRAND": "1"}
        values |= {"Feature": f"ENST{number % 20000 * 7 + transcript:011d}", "BIOTYPE": "protein_coding"}
        values |= {"SYMBOL_SOURCE": "HGNC", "HGNC_ID": f"HGNC:{number % 20000}", "CANONICAL": "YES" * (not transcript)}
    if coding:
        values |= {"HGVSc": f"{values['Feature']}.3:c.{number % 3000 + 1}C>T", "EXON": "3/12"}
        values |= {"HGVSp": f"ENSP{number:011d}.1:p.Arg{number % 900 + 1}Trp", "Codons": "Cgg/Tgg"}
    if "stream" in term:
        values["DISTANCE"] = str(number % 5000)
    return "|".join(values.values())


def write(path: Path, rows: int) -> None:
    """The synthetic VCF."""
    chance = random.Random(7)
    with gzip.open(path, "wt", compresslevel=4) if path.suffix == ".gz" else path.open("w") as file:
        file.write("\n".join(HEADER) + "\n")
        for number in range(rows):
            position = 1000 + number * 150 % 159000000
            term = chance.choice(CONSEQUENCES)
            count = 1 if term == "intergenic_variant" else chance.randint(2, 9)
            csq = ",".join(entry(term, number, at) for at in range(count))
            filters = "weak_evidence" if chance.random() < 0.1 else "PASS"
            reads = chance.randint(3, 60)
            file.write(
                f"chr7\t{position}\t.\tC\tT\t.\t{filters}\tDP=180;TLOD=9.5;CSQ={csq}\tGT:AD:AF:DP"
                f"\t0/0:90,0:0.0:90\t0/1:{90 - reads},{reads}:{reads / 90:.3f}:90\n"
            )


def timed(code: str, path: Path) -> tuple[Run, str]:
    """Run the code as a process on the file, and what it printed; it must succeed."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", code, str(path)],
            {**os.environ, "PYTHONPATH": str(ROOT)},
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)],
        )
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - start
        if status != 0:
            raise SystemExit(f"failed: {code}")
        output.seek(0)
        return Run(seconds, usage.ru_maxrss / 1024), output.read().decode().strip()


def main(rows: int, runs: int, suffix: str) -> None:
    """Print a row per command: best wall time, the reader's ratio to it, peak memory, what it printed."""
    has_pysam = importlib.util.find_spec("pysam") is not None and not suffix
    names = [name for name in COMMANDS if name != "pysam" or has_pysam]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"large.vcf{suffix}"
        write(path, rows)
        size = path.stat().st_size / 2**20
        found: dict[str, list[tuple[Run, str]]] = {name: [] for name in names}
        for _ in range(runs):
            for name in names:
                found[name].append(timed(COMMANDS[name], path))
    best = {name: min(run.seconds for run, _ in each) for name, each in found.items()}
    print(f"{rows} rows, {size:.0f} MB{' packed' if suffix else ''}; best of {runs} runs of each, in turn")
    for name, each in found.items():
        peak = max(run.megabytes for run, _ in each)
        ratio = f"{best['reader'] / best[name]:5.2f} times this" if name != "reader" else ""
        limit = "" if name != "reader" else "within the limit" if peak < LIMIT_MEGABYTES else "OVER the limit"
        print(f"{name:8}{best[name]:8.2f} s {peak:6.0f} MB  printed {each[0][1]:24} {ratio}{limit}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        int(arguments[0]) if arguments else 100_000,
        int(arguments[1]) if len(arguments) > 1 else 3,
        ".gz" if "gz" in arguments else "",
    )
