"""Where a statement comes from, and how far it was verified."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Verified(StrEnum):
    """Whether the fact was seen stated in its source: never "checked against the regulator"."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Source(NamedTuple):
    """A source of a statement: a short label that a board reads and its address.

    Labels are `PMID:25184630`, `FDA label`, `CIViC EID863` and the like.
    """

    label: str
    url: str | None = None
