"""Curated items and journals for the tests of several folders."""

from __future__ import annotations

from pathlib import Path

from kb.curation.entry import stated
from kb.curation.item import Item
from kb.curation.journal import Journal
from kb.statements import Row
from tests.curated import names

ROW = Row(
    profile="BRAF:V600E",
    regimen="trametinib",
    combination="single",
    tumor_types="THPA",
    direction="supports",
    significance="sensitivity",
    level="B",
    level_source="the curator",
    sources="PMID:22169769 https://pubmed.ncbi.nlm.nih.gov/22169769/",
    verified="no",
)
"""What supports trametinib in a patient with papillary thyroid cancer and BRAF V600E, where the starter has nothing of
this level: a made-up claim for tests, which is why it is marked as not verified."""


def item(design: Row | None = None, **changed: str) -> Item:
    """The item of ROW, with some columns changed, and the design of its study."""
    return stated(Row({**ROW, **changed}), names(), design)


def journal(folder: Path, day: str | None = None) -> Journal:
    """The journal in a folder; with a day, what is recorded is of its noon."""
    path = folder / "curation.sqlite"
    return Journal(path) if day is None else Journal(path, lambda: f"{day}T12:00:00.000000Z")
