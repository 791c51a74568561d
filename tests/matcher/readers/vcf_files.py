"""Small VCFs written for one test each."""

from __future__ import annotations

from pathlib import Path

CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|SYMBOL|Gene|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|STRAND|DISTANCE|CANONICAL|CLIN_SIG">'
)
ANN = "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation'\">"
SV = ("##INFO=<ID=SVTYPE,Number=1,Type=String,Description=x>", "##INFO=<ID=MATEID,Number=.,Type=String,Description=x>")


def csq(allele: str, terms: str, gene: str = "", **more: str) -> str:
    """One entry in the format of CSQ above."""
    names = ["Feature", "BIOTYPE", "EXON", "INTRON", "HGVSc", "HGVSp", "STRAND", "DISTANCE", "CANONICAL", "CLIN_SIG"]
    return "|".join((allele, terms, gene, f"ENSG_{gene}" if gene else "", *(more.get(name, "") for name in names)))


def ann(allele: str, terms: str, gene: str, rank: str = "", coding: str = "", protein: str = "") -> str:
    """One entry of ANN."""
    return f"{allele}|{terms}|HIGH|{gene}|{gene}|transcript|NM_1|protein_coding|{rank}|{coding}|{protein}|||||"


def vcf(folder: Path, rows: list[str], *meta: str, samples: tuple[str, ...] = (), name: str = "a.vcf") -> Path:
    """A VCF of these rows, in which blanks stand for tabs."""
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    if samples:
        columns += ["FORMAT", *samples]
    lines = ["##fileformat=VCFv4.2", *meta, "\t".join(columns), *("\t".join(row.split(" ")) for row in rows)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
