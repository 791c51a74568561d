"""Evidence items: what a study or a curated statement says of a biomarker and a regimen in a tumor type."""

from __future__ import annotations

from dataclasses import dataclass

from kb.indication import Regimen
from kb.source import Source, Verified


@dataclass(frozen=True, slots=True)
class Evidence:
    """One evidence item.

    `direction` is `supports` or `does not support`; `significance` is `sensitivity`, `resistance`,
    `reduced sensitivity` or `adverse response` (so "no benefit" is *does not support sensitivity*). `level` is
    CIViC's scale A to E. `combination` is `single`, `combination` or `sequential`. `stated_for` is the disease as the
    source names it, where it is narrower than the tumor types that stand for it here; else None.
    """

    id: str
    iri: str
    profile: str
    regimen: Regimen
    combination: str
    tumor_types: tuple[str, ...]
    direction: str
    significance: str
    level: str
    level_source: str
    origin: str | None
    rating: int | None
    amp_assertion: str | None
    sources: tuple[Source, ...]
    trials: tuple[str, ...]
    verified: Verified
    note: str | None = None
    stated_for: str | None = None
