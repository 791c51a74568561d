"""Curators and curated items for tests: evidence on the starter graph, made from a few words."""

from __future__ import annotations

from functools import cache

from kb import starter
from kb.curation.acts import Person
from kb.curation.entry import stated
from kb.curation.item import Item
from kb.normalizer import Normalizer
from kb.statements import Row

CARBERRY = Person("Josiah Carberry", "0000-0002-1825-0097")
SECOND = Person("Second Reader", "0000-0002-1694-233X")


AFATINIB = Row(
    profile="EGFR:L858R",
    regimen="afatinib",
    combination="single",
    tumor_types="LUAD",
    direction="supports",
    significance="sensitivity",
    level="B",
    level_source="the curator",
    sources="PMID:27083334 https://pubmed.ncbi.nlm.nih.gov/27083334/",
    verified="yes",
)
"""EGFR L858R in lung adenocarcinoma responds to afatinib, by one trial."""

WRITTEN = Row(
    gene="EGFR",
    alteration="L858R",
    therapy="afatinib",
    tumor_type="LUAD",
    direction="supports",
    significance="sensitivity",
    level="B",
    source="PMID:27083334",
)
"""The same as a curator writes it, field by field."""


@cache
def names() -> Normalizer:
    """The terms of the starter."""
    return Normalizer(starter.read_tables(starter.DATA / "source"))


def made(**changed: str) -> Item:
    """The item of AFATINIB, with some columns changed."""
    return stated(Row({**AFATINIB, **changed}), names())


def evidence(profile: str, regimen: str, tumors: str, says: str = "sensitivity", level: str = "B", **more: str) -> Item:
    """An item that supports this; `says` with `no ` before it does not support it."""
    return made(
        profile=profile,
        regimen=regimen,
        combination="single" if "+" not in regimen else "combination",
        tumor_types=tumors,
        direction="does not support" if says.startswith("no ") else "supports",
        significance=says.removeprefix("no "),
        level=level,
        **more,
    )
