"""Families of genes by the names that reports use for any member."""

from __future__ import annotations

FAMILIES = {
    "RAS": "KRAS, NRAS or HRAS", "NTRK": "NTRK1, NTRK2 or NTRK3", "FGFR": "FGFR1, FGFR2, FGFR3 or FGFR4",
    "BRCA": "BRCA1 or BRCA2", "BRCA1/2": "BRCA1 or BRCA2", "IDH": "IDH1 or IDH2", "RAF": "ARAF, BRAF or RAF1",
    "AKT": "AKT1, AKT2 or AKT3", "MEK": "MAP2K1 or MAP2K2", "PI3K": "PIK3CA or another gene", "HRR": "each gene",
    "PDGFR": "PDGFRA or PDGFRB", "JAK": "JAK1, JAK2 or JAK3", "CDKN2": "CDKN2A or CDKN2B", "TSC": "TSC1 or TSC2",
}  # fmt: skip
"""Names of families that reports use for any of several genes."""
