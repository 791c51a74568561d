"""GISTIC 2's tables by genes: `all_thresholded.by_genes.txt` and `all_data_by_genes.txt`.

Both begin with the columns `Gene Symbol`, `Locus ID` (or `Gene ID`) and `Cytoband`. The first holds the levels -2 to 2,
the second the copies minus 2 (https://www.genepattern.org/modules/docs/GISTIC_2.0).
"""

from __future__ import annotations

from math import log2

from matcher.readers.columns import decimal


def is_by_genes(header: list[str]) -> bool:
    """Whether the columns are those of one of GISTIC's tables by genes."""
    lower = [name.lower() for name in header[:3]]
    return (
        len(lower) == 3 and lower[0] == "gene symbol" and lower[1] in ("locus id", "gene id") and lower[2] == "cytoband"
    )


def log_ratio(text: str) -> str:
    """The log2 ratio of a cell of `all_data_by_genes.txt`, which is its copies minus 2; anything else as it stands.

    The copies are those of the whole specimen, normal cells included, and so no absolute number of the tumor's.

    >>> log_ratio("6.0"), log_ratio("0"), log_ratio("-1"), log_ratio("NA")
    ('2.0', '0.0', '-1.0', 'NA')
    """
    number = decimal(text)
    if number is None:
        return text
    copies = number + 2
    # No signal at all has no logarithm: GISTIC caps its values above this.
    return str(log2(copies / 2)) if copies > 0 else "-10"
