"""What of a graph has aged: withdrawn approvals, evidence of retracted papers, superseded evidence, old reviews.

Nothing is taken out here: a curator retracts an item, or submits another that supersedes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from kb import terms as t
from kb.curation.acts import ACCEPTED, RETRACTED, SUBMITTED, SUPERSEDED, Book, state
from kb.curation.item import is_curated
from kb.curation.retractions import RetractedPapers
from kb.curation.sources import papers
from kb.dates import span
from kb.errors import UnknownItem
from kb.sparql import run

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.source import Source

WITHDRAWN, PAPER, CONCERN, SUPERSEDED_BY, RELEASE, UNSEEN = (
    "withdrawn approval",
    "retracted paper",
    "paper with an expression of concern",
    "superseded evidence",
    "changed in a newer release",
    "not reviewed lately",
)
KINDS = (WITHDRAWN, PAPER, CONCERN, SUPERSEDED_BY, RELEASE, UNSEEN)
"""What can be wrong with the age of an item, in the order of the list."""


NONE = RetractedPapers({})
"""No list of retracted papers."""


class Stale(NamedTuple):
    """One item that has aged: what it is, what it says, since when (ISO, None where unknown), and why.

    `counts` says whether recommendations of now can rest on it. An item can be stale in several ways.
    """

    kind: str
    id: str
    label: str
    since: str | None
    because: str
    counts: bool


def stale(
    knowledge: KnowledgeBase,
    day: str,
    known: Book | None = None,
    listed: RetractedPapers = NONE,
    newer: ox.Store | None = None,
    years: int | None = None,
) -> tuple[Stale, ...]:
    """What has aged in the graph on a day (ISO), by kind and id.

    `known` is the journal's book, `listed` a list of retracted papers, `newer` the store of a newer release to compare
    evidence with, and `years` after which an accepted item asks for another look.
    """
    found = [*_withdrawn(knowledge, day), *_of_papers(knowledge, listed.until(day))]
    if known is not None:
        found += _superseded(known, day)
        if years is not None:
            found += _unseen(known, day, years)
    if newer is not None:
        found += _changed(knowledge, newer)
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.kind), each.id)))


# --- approvals -------------------------------------------------------------------------------------------------------


def _withdrawn(knowledge: KnowledgeBase, day: str) -> Iterator[Stale]:
    query = f"""SELECT DISTINCT ?i WHERE {{ {{ ?i <{t.STATUS}> "withdrawn" ; <{t.JURISDICTION}> ?place }}
        UNION {{ ?i <{t.WITHDRAWN_ON}> ?day }} }}"""
    for (node,) in run(knowledge.store, query).rows:
        found = knowledge.indication(t.item_id(node.value))
        regimens = " or ".join(" + ".join(each) for each in found.regimens)
        place = f"{found.jurisdiction}: {regimens} for {found.profile or 'any biomarker'} in "
        gone = None if found.withdrawn_on is None else span(found.withdrawn_on)
        if gone is None:
            said, counts = "withdrawn; no source gives the date", False
        elif gone.earliest > day:
            said, counts = f"will be withdrawn on {found.withdrawn_on}", True
        else:
            said, counts = f"withdrawn on {found.withdrawn_on}", gone.latest > day
        yield Stale(
            WITHDRAWN,
            found.id,
            place + ", ".join(found.tumor_types),
            found.withdrawn_on,
            _told(said, found.sources),
            counts,
        )


def _told(said: str, sources: Iterable[Source]) -> str:
    named = "; ".join(source.label for source in sources)
    return f"{said} ({named})" if named else said


# --- papers ----------------------------------------------------------------------------------------------------------


def _of_papers(knowledge: KnowledgeBase, listed: RetractedPapers) -> Iterator[Stale]:
    if not listed:
        return
    query = f"""SELECT DISTINCT ?item ?source ?label WHERE {{ ?item a <{t.EVIDENCE_ITEM}> ; <{t.SOURCE}> ?source .
        OPTIONAL {{ ?source <{t.LABEL}> ?label }} }}"""
    named: dict[str, set[str]] = {}
    for item, source, label in run(knowledge.store, query).rows:
        found = papers("" if label is None else label.value, source.value)
        named.setdefault(t.item_id(item.value), set()).update(found)
    for id, cited in sorted(named.items()):
        for kind, notices in ((PAPER, listed), (CONCERN, listed.concerns)):
            for paper in sorted(cited & notices.keys()):
                said = f"rests on {paper}, {_NOTICES[kind]}{notices[paper].told}"
                yield Stale(kind, id, knowledge.evidence_item(id).label, notices[paper].day, said, True)


_NOTICES = {PAPER: "which was retracted", CONCERN: "which has an expression of concern"}


# --- curated items ---------------------------------------------------------------------------------------------------


def _superseded(known: Book, day: str) -> Iterator[Stale]:
    for id, history in sorted(known.histories(day).items()):
        if state(history) not in (SUPERSEDED, RETRACTED):
            continue
        if is_curated(id) and ACCEPTED not in {act.kind for act in history}:
            continue  # it never counted
        last = history[-1]
        why = f": {last.reason}" if last.reason else ""
        by = f" in favour of {last.other}" if last.other else ""
        said = f"{last.kind} by {last.person.name} ({last.person.orcid}){by}{why}"
        label = known.items[id].label if id in known.items else f"evidence item {id} of the graph"
        yield Stale(SUPERSEDED_BY, id, label, last.day, said, False)


def _unseen(known: Book, day: str, years: int) -> Iterator[Stale]:
    limit = f"{int(day[:4]) - years:04d}{day[4:]}"
    histories = known.histories(day)
    for item in known.counting(day):
        looked = [act for act in histories[item.id] if act.kind in (SUBMITTED, ACCEPTED)][-1]
        if looked.day < limit:
            said = f"{looked.kind} by {looked.person.name}, and not looked at for {years} years or more"
            yield Stale(UNSEEN, item.id, item.label, looked.day, said, True)


# --- a newer release -------------------------------------------------------------------------------------------------


_SAYS = {t.DIRECTION, t.SIGNIFICANCE, t.LEVEL, t.HAS_PROFILE, t.HAS_REGIMEN, t.HAS_TUMOR_TYPE, t.SOURCE}
"""The properties of an evidence item of which a recommendation depends."""


def _changed(knowledge: KnowledgeBase, newer: ox.Store) -> Iterator[Stale]:
    from kb.diff import diff
    from kb.store import metadata

    if not isinstance(knowledge.store, ox.Store):
        return
    about = metadata(newer)
    for change in diff(knowledge.store, newer).of_kinds(("evidence",)).items:
        if change.change == "added" or is_curated(change.id):
            continue
        try:
            label = knowledge.evidence_item(change.id).label
        except UnknownItem:
            continue
        gone = change.change == "removed"
        fields = sorted(field.name for field in change.fields if field.predicate in _SAYS)
        if not gone and not fields:
            continue
        said = f"gone from {about.release}" if gone else f"says something else in {about.release}: {', '.join(fields)}"
        yield Stale(RELEASE, change.id, label, about.released_on, said, True)
