"""Clinical trials as the graph knows them."""

from __future__ import annotations

from typing import NamedTuple

from kb.indication import Regimen
from kb.source import Source, Verified


class Trial(NamedTuple):
    """One trial. `nct_id` is None when no source shows its number; `status` is the source's own word.

    `status_as_of` says when that status was true. `recruiting` is True only when the source says so, False when
    it says otherwise and None when it does not tell. `regimens` are the arms' regimens where they are drugs of
    the graph; `intervention` keeps the source's wording. `profiles` are alternatives, each a boolean expression
    over biomarker ids, empty when there is no biomarker; `unread_profile` keeps one that could not be mapped, and is
    open for every patient.
    `conditions` are criteria kept as text: they are never met unseen. A trial of which a source tells the arms apart
    has one item for each arm, and for each group of clinical criteria that an arm admits. Its design is read by
    `KnowledgeBase.designs`.
    """

    id: str
    iri: str
    nct_id: str | None
    title: str | None
    phase: str | None
    status: str | None
    status_as_of: str | None
    recruiting: bool | None
    regimens: tuple[Regimen, ...]
    intervention: str
    profiles: tuple[str, ...]
    unread_profile: str | None
    tumor_types: tuple[str, ...]
    excluded_tumor_types: tuple[str, ...]
    minimum_age: float | None
    conditions: tuple[str, ...]
    countries: tuple[str, ...]
    role: str | None
    sources: tuple[Source, ...]
    verified: Verified
    note: str | None = None
