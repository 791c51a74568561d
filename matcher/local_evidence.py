"""A site's accepted local evidence beside a recommendation's public evidence: never part of its levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from matcher.biomarker_status import Status
from matcher.names import biomarker_name

if TYPE_CHECKING:
    from kb.indication import Regimen
    from kb.outcomes import Accepted
    from matcher.case import Matched

SHOWN_RESPONSE = 0.2
"""From this lower limit of the response rate's 95% interval on, local outcomes put a regimen before equals."""


class LocalShown(NamedTuple):
    """Accepted local evidence for a regimen and a biomarker that the patient has.

    `same_tumor` says whether its patients had this patient's tumor type, or one that holds it.
    """

    accepted: Accepted
    biomarker: str
    same_tumor: bool


def local_evidence(matched: Matched) -> dict[Regimen, tuple[LocalShown, ...]]:
    """The local evidence for this patient by regimen, that of the same tumor type first; empty for most graphs."""
    found: dict[Regimen, list[LocalShown]] = {}
    for each in matched.knowledge.local_evidence():
        item = each.item
        if matched.board.status(item.biomarker).status is not Status.PRESENT:
            continue
        name = biomarker_name(matched.knowledge.biomarker(item.biomarker))
        same = matched.knowledge.is_a(matched.query.tumor.code, item.tumor_type)
        found.setdefault(item.drugs, []).append(LocalShown(each, name, same))
    return {regimen: tuple(sorted(rows, key=_key)) for regimen, rows in found.items()}


def _key(shown: LocalShown) -> tuple[object, ...]:
    item = shown.accepted.item
    return not shown.same_tumor, item.biomarker, item.tumor_type, item.arm or "", item.id


def shows_response(shown: Iterable[LocalShown]) -> bool:
    """Whether local outcomes in the same tumor type speak for a regimen: the least of the lower limits decides.

    Nothing, or too little, is no reason against it.
    """
    limits = [each.accepted.item.rate_low for each in shown if each.same_tumor]
    known = [limit for limit in limits if limit is not None]
    return bool(known) and min(known) >= SHOWN_RESPONSE
